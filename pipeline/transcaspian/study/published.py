"""Figures that others published of the systems of a study and of the network: shown beside ours, never tuned to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Self

from pydantic import model_validator

from transcaspian.core.reconciled import Counts, Quantity
from transcaspian.study.base import Cited, Identifier, NotNegative, PlainText, Positive, Text

COUNTED: Mapping[Quantity, tuple[Counts, ...]] = {
    "length_km": ("cable", "cable_to_stations", "cable_made", "line", "line_on_land", "line_cable"),
    "delay_ms": ("one_way", "one_way_on_land", "round_trip"),
    "cost_usd": ("cable_laid", "cable_protected", "system_built"),
    "capacity_tbit_s": ("fibre_pairs",),
}
"""What the figures of a quantity may count."""
RELATED: Mapping[Quantity, tuple[Quantity, int, int]] = {
    "length_km": ("length_km", 0, 1),
    "reduction_km": ("length_km", 1, 1),
    "delay_ms": ("length_km", 0, 1),
    "delay_ratio": ("delay_ms", 2, 2),
    "capacity_tbit_s": ("length_km", 0, 1),
    "cost_usd": ("length_km", 0, 1),
}
"""Of which quantity the related figures are, at least and at most how many."""


class PublishedFigure(Cited):
    """A published figure.

    Attributes
    ----------
    id
        Short name, unique among the published figures.
    what
        What the figure is, in words.
    quantity
        Decides the unit, which is the end of its name: km, ms, Tbit/s or USD; a ratio has none.
    value, to_value
        The figure, or the first and the last of a range.
    tolerance
        How far it is rounded, in the same unit. Not given, it is half of its last digit that is not 0, and of its
        second digit at most.
    counts
        What it counts, where the source says it; not given: it may mean any of our figures of that quantity.
    scope
        What the source says is in it and what is not, in words.
    former
        Said of the lines as they were, which the study does not describe.
    of
        Systems and paths of which it may be said, each compared with it. Empty: nothing here is its match.
    related
        Figures of the same publication that it must agree with: of a delay or a cost the length; of a reduction the
        length that is left; of a ratio the former and the new delay.
    remarks
        What else a reader should know.
    """

    id: Identifier
    what: Text
    quantity: Quantity
    value: Positive
    to_value: Positive | None = None
    tolerance: NotNegative | None = None
    counts: Counts | None = None
    scope: PlainText = ""
    former: bool = False
    of: tuple[Identifier, ...] = ()
    related: tuple[Identifier, ...] = ()
    remarks: PlainText = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.to_value is not None and self.to_value <= self.value:
            raise ValueError(f"figure `{self.id}`: to_value {self.to_value:g} is not above value {self.value:g}")
        if self.rounding >= self.value:
            raise ValueError(f"figure `{self.id}`: tolerance {self.rounding:g} is not less than value {self.value:g}")
        allowed = COUNTED.get(self.quantity, ())
        if self.counts is not None and self.counts not in allowed:
            wanted = f"one of {', '.join(allowed)}" if allowed else "nothing"
            raise ValueError(f"figure `{self.id}`: counts is {self.counts}, a {self.quantity} may count {wanted}")
        _, low, high = RELATED[self.quantity]
        if not low <= len(self.related) <= high:
            many = f"{low}" if low == high else f"at most {high}"
            raise ValueError(f"figure `{self.id}`: a {self.quantity} names {many} figures in `related`")
        return self

    @property
    def rounding(self) -> float:
        """How far it is rounded."""
        return rounding_of(self.value) if self.tolerance is None else self.tolerance

    @property
    def ends(self) -> tuple[float, float]:
        """First and last of a range; both the same of a single figure."""
        return self.value, self.value if self.to_value is None else self.to_value

    def off(self, value: float) -> float:
        """How far a value is from the figure, or from the nearest end of a range; 0 inside the range."""
        low, high = self.ends
        return value - min(max(value, low), high)


def rounding_of(value: float) -> float:
    """Half of the last digit of a figure that is not 0, and of its second digit at most.

    >>> [rounding_of(value) for value in (380.0, 2800.0, 300.0, 13.0, 359.4)]
    [5.0, 50.0, 5.0, 0.5, 0.05]
    """
    digits, exponent = f"{value:.9e}".split("e")
    decimals = len(digits.rstrip("0").partition(".")[2])
    return float(f"{0.5:g}e{int(exponent) - max(decimals, 1)}")


def check_published(figures: Sequence[PublishedFigure], subjects: Collection[str]) -> None:
    """Refuse figures that speak of what is not there, or lean on figures of another kind.

    Raises
    ------
    ValueError
        One sentence.
    """
    known = {figure.id: figure for figure in figures}
    for figure in figures:
        for subject in figure.of:
            if subject not in subjects:
                raise ValueError(
                    f"figure `{figure.id}` names the system or path `{subject}`, which is not among {sorted(subjects)}"
                )
        quantity, _, _ = RELATED[figure.quantity]
        for name in figure.related:
            if name not in known or name == figure.id:
                others = sorted(set(known) - {figure.id})
                raise ValueError(
                    f"figure `{figure.id}` names the published figure `{name}`, which is not among {others}"
                )
            if known[name].quantity != quantity:
                raise ValueError(
                    f"figure `{figure.id}` is related to `{name}`, a {known[name].quantity}: expected a {quantity}"
                )
