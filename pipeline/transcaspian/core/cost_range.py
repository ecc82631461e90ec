"""An amount of money as it is known: low, base and high, and how far the figure can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate, pairwise
from math import fsum
from types import SimpleNamespace

from transcaspian.core.vocabulary import Status

MILLION = 1e6
CENT = Decimal("0.01")
COST_COLUMNS = ("cost_low_usd", "cost_base_usd", "cost_high_usd")
NO_COST = SimpleNamespace(**dict.fromkeys((*COST_COLUMNS, "cost_status")))
"""The columns of costs where there is no cost book."""


def to_cent(amount: float) -> float:
    """An amount to the cent, halves away from zero: as spreadsheets round its first 15 digits.

    >>> to_cent(1.005), round(1.005, 2)
    (1.01, 1.0)
    """
    return float(Decimal(f"{amount:.15g}").quantize(CENT, ROUND_HALF_UP))


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

    def shared_out(self, weights: Sequence[float]) -> list[CostRange]:
        """In proportion to weights, not all 0; the parts make up the whole to the cent.

        >>> [part.cost_base_usd for part in CostRange(0.0, 1.0, 9.0, "ASSUMED").shared_out([1, 1, 1])]
        [0.33, 0.34, 0.33]
        """
        upto = list(accumulate(weights))
        ends = [[round(amount * part / upto[-1], 2) for part in (0.0, *upto)] for amount in self.by_name.values()]
        parts = zip(*([round(end - begin, 2) for begin, end in pairwise(one)] for one in ends), strict=True)
        return [CostRange(low, base, high, self.cost_status) for low, base, high in parts]

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

    @property
    def in_short(self) -> str:
        """In millions, for narrow tables: the range without decimals where it is of tens."""
        decimals = 0 if self.cost_low_usd >= 10 * MILLION else 1
        return self._in_millions(f"{{:.1f}} ({{:.{decimals}f}}–{{:.{decimals}f}})")

    def __str__(self) -> str:
        """In millions, as base and range."""
        return self._in_millions("{:,.2f} ({:,.2f}–{:,.2f})")

    def _in_millions(self, form: str) -> str:
        amounts = (self.cost_base_usd, self.cost_low_usd, self.cost_high_usd)
        return form.format(*(amount / MILLION for amount in amounts))
