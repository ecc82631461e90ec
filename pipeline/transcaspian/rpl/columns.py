"""What the columns of a Route Position List say otherwise than those of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.linear_reference import KpRange
from transcaspian.rpl._headings import DEPTHS
from transcaspian.rpl.model import (
    OTHER_POSITION_FIELDS,
    OTHER_SPAN_FIELDS,
    POSITION_FIELDS,
    SPAN_FIELDS,
    Rpl,
    Span,
    cumulative,
)

Floats = NDArray[np.float64]
Value = str | float | None

ATTRIBUTES = {**POSITION_FIELDS, **OTHER_POSITION_FIELDS, **SPAN_FIELDS, **OTHER_SPAN_FIELDS}
OF_POSITIONS = ("Event", "ApproxDepth", "Remarks", "DistCumulative", "CableDistCumulative", *OTHER_POSITION_FIELDS)
ALONG = (
    *("CableType", "CableCode", "Slack", "ProtectionMethod", "TargetBurialDepth", "TerritorialWater", "EEZ"),
    *OTHER_SPAN_FIELDS,
)
"""Columns that hold on every kilometre of a span."""
OF_SPANS = ("FromPos", "ToPos", "Bearing", "DistBetweenPos", "CableDistBetweenPos")
"""Columns that say something of a span as a whole: compared where both lists have the same span."""
FOLLOW = ("DistCumulative", "CableDistCumulative", "Bearing", "DistBetweenPos", "CableDistBetweenPos")
"""Columns whose figures follow from where the positions are."""
ALWAYS = ("FromPos", "ToPos")  # without a column of its own, the positions that the span stands between

KM = 0.0005  # half of the last decimal that lengths are printed with
BEARING_DEG = 0.05
EXACT = 1e-6  # of figures, and what arithmetic adds to a difference
WITHIN = {**dict.fromkeys(FOLLOW, KM), "Bearing": BEARING_DEG}
"""Figures that differ by no more are the same; of other columns those that are equal."""


@dataclass(frozen=True)
class Change(KpRange):
    """A column of a stretch of the new route that is not what it was at the same place of the old."""

    column: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"KP {self.from_km:.3f} to {self.to_km:.3f}: {self.before} → {self.after}"


@dataclass(frozen=True)
class PositionChange:
    """A column of a position that both lists have that is not what it was."""

    pos_no: str
    column: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"position {self.pos_no}: {self.before} → {self.after}"


@dataclass(frozen=True)
class Lacking:
    """A column that is not compared, and the list that lacks it: ``old`` or ``new``."""

    column: str
    lacks: str


def not_compared(old: Rpl, new: Rpl) -> tuple[Lacking, ...]:
    """Columns that one list has and the other lacks."""
    names = [*OF_POSITIONS, *ALONG, *OF_SPANS]
    one_sided = [name for name in names if (name in old.columns) != (name in new.columns)]
    return tuple(Lacking(name, "new" if name in old.columns else "old") for name in one_sided)


def position_changes(old: Rpl, new: Rpl, pairs: Sequence[tuple[int, int]]) -> tuple[PositionChange, ...]:
    """Where the columns of the positions differ, by column; cumulatives from where each list begins.

    Parameters
    ----------
    pairs
        Positions of either list that are one, as indices.
    """
    both = [(old.positions[i], new.positions[j]) for i, j in pairs]
    found = []
    for column in _common(OF_POSITIONS, old, new):
        name = ATTRIBUTES[column]
        same = _same_cumulative(old, new, column, pairs) if column in FOLLOW else _same_figure(column, old, new)
        for was, now in both:
            values = getattr(was, name), getattr(now, name)
            if not same(*values):
                found.append(PositionChange(now.pos_no, column, *map(shown, values)))
    return tuple(found)


@dataclass(frozen=True)
class Beside:
    """A new list beside an old one.

    Attributes
    ----------
    old_on_new_km
        Distance of each position of the old list along the new route, never decreasing; -inf before it begins, inf
        after it ends.
    new_km
        Distance of each position of the new list along its own route.
    pairs
        Positions of either list that are one, as indices.
    not_compared
        Columns that have no counterpart in this comparison.
    """

    old_on_new_km: Floats
    new_km: Floats
    pairs: tuple[tuple[int, int], ...]
    not_compared: tuple[str, ...] = ()


def span_changes(old: Rpl, new: Rpl, beside: Beside, min_km: float) -> tuple[Change, ...]:
    """Where the columns of the spans differ, by column, along the new route.

    Parameters
    ----------
    beside
        How they lie to each other.
    min_km
        Where the lists are cut at other places: shorter stretches are taken for a cut that has moved.
    """
    pieces = list(_pieces(old, new, beside, min_km))
    found: list[Change] = []
    for column in _common((*ALONG, *OF_SPANS), old, new):
        name = ATTRIBUTES[column]
        same = _same_figure(column, old, new)
        for piece in pieces if column not in beside.not_compared else ():
            values = getattr(piece.was, name), getattr(piece.now, name)
            if values[0] != values[1] and (piece.whole or column in ALONG) and not same(*values):
                _extend(found, Change(piece.from_km, piece.to_km, column, *map(shown, values)))
    return tuple(found)


def shown(value: Value) -> str:
    """A cell for people."""
    if value is None or not str(value).strip():
        return "not stated"
    return value.strip() if isinstance(value, str) else str(round(value, 6))


@dataclass(frozen=True)
class _Piece(KpRange):
    """A stretch of the new route, its span, and that of the old route; ``whole``: both join the same positions."""

    was: Span
    now: Span
    whole: bool


def _pieces(old: Rpl, new: Rpl, beside: Beside, min_km: float) -> Iterator[_Piece]:
    old_of = {j: i for i, j in beside.pairs}
    at_km = beside.old_on_new_km
    for j, (now, from_km, to_km) in enumerate(zip(new.spans, beside.new_km[:-1], beside.new_km[1:], strict=True)):
        if j in old_of and old_of.get(j + 1) == old_of[j] + 1:
            yield _Piece(float(from_km), float(to_km), old.spans[old_of[j]], now, whole=True)
            continue
        inner = at_km[np.searchsorted(at_km, from_km, "right") : np.searchsorted(at_km, to_km, "left")]
        for a_km, b_km in pairwise([float(from_km), *inner.tolist(), float(to_km)]):
            index = int(np.searchsorted(at_km, (a_km + b_km) / 2)) - 1
            if b_km - a_km > min_km and 0 <= index < len(old.spans):
                yield _Piece(a_km, b_km, old.spans[index], now, whole=False)


def _extend(found: list[Change], change: Change) -> None:
    """Add a change, or let the last one go on where it says the same of the stretch before."""
    if found and found[-1].to_km == change.from_km:
        longer = replace(change, from_km=found[-1].from_km)
        if longer == replace(found[-1], to_km=change.to_km):
            found[-1] = longer
            return
    found.append(change)


def _common(columns: tuple[str, ...], old: Rpl, new: Rpl) -> list[str]:
    """Columns that both lists have."""
    return [name for name in columns if name in ALWAYS or (name in old.columns and name in new.columns)]


def _begins(old: Rpl, new: Rpl, name: str, pair: tuple[int, int]) -> tuple[float, float] | None:
    """The cumulatives of a position in both lists; None where one does not state it."""
    before, after = getattr(old.positions[pair[0]], name), getattr(new.positions[pair[1]], name)
    return None if before is None or after is None else (before, after)


def _step(column: str, old: Rpl, new: Rpl) -> float:
    """What figures may differ by where one list states them in another unit: half of the last digit of either."""
    return (old.steps.get(column, 0.0) + new.steps.get(column, 0.0)) / 2


def _same_figure(column: str, old: Rpl, new: Rpl) -> Callable[[Value, Value], bool]:
    step = _step(column, old, new)
    within = WITHIN.get(column, 0.05 * bool(step and column in DEPTHS)) + step

    def same(before: Value, after: Value) -> bool:
        if not isinstance(before, float | int) or not isinstance(after, float | int):
            return shown(before) == shown(after)
        apart = abs(after - before)
        return (min(apart, 360.0 - apart) if column == "Bearing" else apart) <= within + EXACT

    return same


def _same_cumulative(
    old: Rpl, new: Rpl, column: str, pairs: Sequence[tuple[int, int]]
) -> Callable[[Value, Value], bool]:
    """Cumulatives from where each list begins or, of a segment, from the first position that both have."""
    name = ATTRIBUTES[column]
    counts = cumulative(old, name), cumulative(new, name)
    if pairs and pairs[0] != (0, 0):
        begins = next(filter(None, (_begins(old, new, name, pair) for pair in pairs)), (0.0, 0.0))
        counts = replace(counts[0], begins_km=begins[0]), replace(counts[1], begins_km=begins[1])
    within = KM if counts[0] == counts[1] else 3 * KM  # the rounding of either start
    within += _step(column, old, new)

    def same(before: Value, after: Value) -> bool:
        if not isinstance(before, float | int) or not isinstance(after, float | int):
            return before == after
        return abs(counts[0].since_start_km(before) - counts[1].since_start_km(after)) <= within + EXACT

    return same
