"""What the columns of a Route Position List say otherwise than those of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.linear_reference import KpRange, vertices_km
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


def position_changes(old: Rpl, new: Rpl) -> tuple[PositionChange, ...]:
    """Where the columns of the positions differ, by column; cumulatives from where each list begins."""
    before = {position.pos_no: position for position in old.positions}
    both = [(before[position.pos_no], position) for position in new.positions if position.pos_no in before]
    found = []
    for column in _common(OF_POSITIONS, old, new):
        name = ATTRIBUTES[column]
        same = _same_cumulative(old, new, name) if column in FOLLOW else _same_figure(column)
        for was, now in both:
            values = getattr(was, name), getattr(now, name)
            if not same(*values):
                found.append(PositionChange(now.pos_no, column, *map(shown, values)))
    return tuple(found)


def span_changes(old: Rpl, new: Rpl, old_on_new_km: Floats, min_km: float) -> tuple[Change, ...]:
    """Where the columns of the spans differ, by column, along the new route.

    Parameters
    ----------
    old_on_new_km
        Distance of each position of the old list along the new route, never decreasing, shape ``(n,)``.
    min_km
        Where the lists are cut at other places: shorter stretches are taken for a cut that has moved.
    """
    pieces = list(_pieces(old, new, old_on_new_km, min_km))
    found: list[Change] = []
    for column in _common((*ALONG, *OF_SPANS), old, new):
        name = ATTRIBUTES[column]
        same = _same_figure(column)
        for piece in pieces:
            values = getattr(piece.was, name), getattr(piece.now, name)
            if (piece.whole or column in ALONG) and not same(*values):
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


def _pieces(old: Rpl, new: Rpl, old_on_new_km: Floats, min_km: float) -> Iterator[_Piece]:
    ends_km = vertices_km(new.lonlat).tolist()
    joined = dict(zip(_joints(old), old.spans, strict=True))
    for joint, now, from_km, to_km in zip(_joints(new), new.spans, ends_km[:-1], ends_km[1:], strict=True):
        if joint in joined:
            yield _Piece(from_km, to_km, joined[joint], now, whole=True)
            continue
        cuts_km = [from_km, *(km for km in old_on_new_km.tolist() if from_km < km < to_km), to_km]
        for a_km, b_km in pairwise(cuts_km):
            if b_km - a_km > min_km:
                index = int(np.searchsorted(old_on_new_km[1:-1], (a_km + b_km) / 2))
                yield _Piece(a_km, b_km, old.spans[index], now, whole=False)


def _joints(rpl: Rpl) -> list[tuple[str, str]]:
    return list(pairwise(position.pos_no for position in rpl.positions))


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


def _same_figure(column: str) -> Callable[[Value, Value], bool]:
    within = WITHIN.get(column, 0.0)

    def same(before: Value, after: Value) -> bool:
        if not isinstance(before, float | int) or not isinstance(after, float | int):
            return shown(before) == shown(after)
        apart = abs(after - before)
        return (min(apart, 360.0 - apart) if column == "Bearing" else apart) <= within + EXACT

    return same


def _same_cumulative(old: Rpl, new: Rpl, name: str) -> Callable[[Value, Value], bool]:
    counts = cumulative(old, name), cumulative(new, name)
    within = KM if counts[0] == counts[1] else 3 * KM  # the rounding of either start

    def same(before: Value, after: Value) -> bool:
        if not isinstance(before, float | int) or not isinstance(after, float | int):
            return before == after
        return abs(counts[0].since_start_km(before) - counts[1].since_start_km(after)) <= within + EXACT

    return same
