"""An amount of money as it is known: low, base and high, and how far the figure can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum

from transcaspian.core.vocabulary import Status

MILLION = 1e6
COST_COLUMNS = ("cost_low_usd", "cost_base_usd", "cost_high_usd")


@dataclass(frozen=True)
class CostRange:
    """USD, to the cent; the sum of several has the lowest and the highest of all of them.

    >>> str(CostRange(1.0e6, 2.0e6, 3.5e6, "ASSUMED") + CostRange(0.0, 0.5e6, 0.5e6, "DERIVED"))
    '2.50 (1.00–4.00)'
    """

    cost_low_usd: float
    cost_base_usd: float
    cost_high_usd: float
    cost_status: Status

    @classmethod
    def sum(cls, ranges: Iterable[CostRange]) -> CostRange:
        """All of them together; ASSUMED as soon as one is."""
        items = tuple(ranges)
        return cls(
            round(fsum(item.cost_low_usd for item in items), 2),
            round(fsum(item.cost_base_usd for item in items), 2),
            round(fsum(item.cost_high_usd for item in items), 2),
            "ASSUMED" if any(item.cost_status == "ASSUMED" for item in items) else "DERIVED",
        )

    @property
    def by_name(self) -> dict[str, float]:
        """The three amounts by the names of their columns."""
        return {name: getattr(self, name) for name in COST_COLUMNS}

    def __add__(self, other: CostRange) -> CostRange:
        return self.sum((self, other))

    @property
    def in_full(self) -> str:
        """To the cent, as base and range."""
        return f"{self.cost_base_usd:,.2f} ({self.cost_low_usd:,.2f}–{self.cost_high_usd:,.2f})"

    def __str__(self) -> str:
        """In millions, as base and range."""
        amounts = (self.cost_base_usd, self.cost_low_usd, self.cost_high_usd)
        return "{:,.2f} ({:,.2f}–{:,.2f})".format(*(amount / MILLION for amount in amounts))
