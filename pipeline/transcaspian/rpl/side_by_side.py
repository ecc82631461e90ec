"""Two lists beside each other: the new one turned and shifted back where needed, positions paired, KPs as stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import positions_at_km, vertices_km
from transcaspian.rpl.alignment import EDGE_KM, Alignment, align, offsets_m, track
from transcaspian.rpl.columns import Beside
from transcaspian.rpl.matching import Along, Matched, Shift, match_positions, whole_shift
from transcaspian.rpl.model import Cumulative, Rpl, Span, cumulative, stated_length_km

Floats = NDArray[np.float64]

PLAINLY_ASIDE_M = 500.0
"""Routes that lie no farther apart on average run the same way."""
TOUCHING_M = 1000.0
ELSEWHERE = 0.25
"""Of the shorter route: routes that lie farther apart on average than so much of it are not one cable."""
MIN_COVER = 0.02


@dataclass(frozen=True)
class Translation:
    """A KP of the old route, the KP of the new one that belongs to it, and how far that lies to starboard."""

    old_kp_km: float
    new_kp_km: float
    offset_m: float


@dataclass(frozen=True)
class Moved:
    """A position that both lists have, in different places."""

    pos_no: str
    distance_m: float


@dataclass(frozen=True)
class StatedKp:
    """KPs as a list states them: between its positions in proportion, else counted on from its first figure.

    ``since_start_km`` are distances from its first position, rising, ``figures_km`` the stated ones.
    """

    counted: Cumulative
    since_start_km: Floats
    figures_km: Floats

    def figure_km(self, since_start_km: float) -> float:
        """The list's figure for a distance from its first position."""
        return float(self.figures_at(np.array([since_start_km]))[0])

    def figures_at(self, since_start_km: Floats) -> Floats:
        """The list's figures for distances from its first position."""
        if not len(self.figures_km):
            return self.counted.begins_km + self.counted.sign * since_start_km
        return np.interp(since_start_km, self.since_start_km, self.figures_km)

    def distance_km(self, figure_km: Floats) -> Floats:
        """Distances from the first position for figures of the list; NaN for those it does not reach."""
        figures, distances = self.figures_km, self.since_start_km
        if not len(figures):
            return self.counted.sign * (figure_km - self.counted.begins_km)
        if figures[-1] < figures[0]:
            figures, distances = figures[::-1], distances[::-1]
        return np.interp(figure_km, figures, distances, left=np.nan, right=np.nan)


def stated_kp(rpl: Rpl, at_km: Floats, name: str = "route_km") -> StatedKp:
    """How a list counts; where it states a figure at each position that always rises, or falls, by these."""
    figures = [getattr(at, name) for at in rpl.positions]
    stated = np.array([np.nan if figure is None else figure for figure in figures], float)
    steps = np.diff(stated)
    is_whole = np.isfinite(stated).all() and ((steps > 0).all() or (steps < 0).all()) and (np.diff(at_km) > 0).all()
    return StatedKp(cumulative(rpl, name), at_km if is_whole else at_km[:0], stated if is_whole else stated[:0])


@dataclass(frozen=True)
class SideBySide:
    """Two lists beside each other; ``new`` is turned where ``is_reversed``, ``shift`` is taken off in ``alignment``."""

    old: Rpl
    new: Rpl
    alignment: Alignment
    matched: Matched
    is_reversed: bool = False
    shift: Shift | None = None

    @cached_property
    def ends_km(self) -> tuple[Floats, Floats]:
        """Distance of each position of either list along its own route."""
        return vertices_km(self.old.lonlat), vertices_km(self.new.lonlat)

    @cached_property
    def kps(self) -> tuple[StatedKp, StatedKp]:
        """How either list counts its KPs."""
        return stated_kp(self.old, self.ends_km[0]), stated_kp(self.new, self.ends_km[1])

    @property
    def on_new_km(self) -> tuple[Floats, Floats]:
        """Where the positions of either list lie along the new route; NaN where the other does not run."""
        return self.alignment.positions_km

    @cached_property
    def along(self) -> tuple[Along, Along]:
        """Either list with its positions along the new route and their KPs."""
        old_kp, new_kp = (kp.figures_at(at_km) for kp, at_km in zip(self.kps, self.ends_km, strict=True))
        return Along(self.old, self.on_new_km[0], old_kp), Along(self.new, self.on_new_km[1], new_kp)

    @cached_property
    def beside(self) -> Beside:
        """What the columns of spans are compared by."""
        old_km, (first_km, _) = self.on_new_km[0].copy(), self.alignment.old_range_km
        outside = np.isnan(old_km)
        old_km[outside] = np.where(self.alignment.old_vertices_km[outside] <= first_km, -np.inf, np.inf)
        names = () if self.matched.are_numbers_kept else ("FromPos", "ToPos")
        return Beside(old_km, self.alignment.new_vertices_km, self.matched.pairs, names)

    @property
    def ranges_km(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The common stretch, along either route."""
        return self.alignment.old_range_km, self.alignment.new_range_km

    @property
    def length_km(self) -> tuple[float, float]:
        """Length of the common stretch along either route; of a whole list without its shift."""
        (old_from, old_to), (new_from, new_to) = self.ranges_km
        shrunk_km = self.ends_km[1][-1] - self.alignment.new.length_km if self.segment(1) is None else 0.0
        return old_to - old_from, new_to - new_from + float(shrunk_km)

    def segment(self, which: int) -> tuple[float, float] | None:
        """The KPs of a list that the other covers; None where it covers all of it."""
        from_km, to_km = self.ranges_km[which]
        length_km = (self.alignment.old, self.alignment.new)[which].length_km
        if from_km <= EDGE_KM and to_km >= length_km - EDGE_KM:
            return None
        return self.kps[which].figure_km(from_km), self.kps[which].figure_km(to_km)

    def stated_km(self, which: int, name: str) -> float | None:
        """What a list states the common stretch to be long; None where it does not."""
        rpl = (self.old, self.new)[which]
        if self.segment(which) is None:
            return stated_length_km(rpl, name)
        stated = stated_kp(rpl, self.ends_km[which], name)
        from_km, to_km = self.ranges_km[which]
        return abs(stated.figure_km(to_km) - stated.figure_km(from_km)) if len(stated.figures_km) else None

    def deepest_m(self, which: int) -> float | None:
        """The deepest position of a list on the common stretch."""
        rpl, at_km = (self.old, self.new)[which], self.on_new_km[which]
        known = [at.depth_m for at, km in zip(rpl.positions, at_km, strict=True) if np.isfinite(km)]
        return max((depth_m for depth_m in known if depth_m is not None), default=None)

    def in_stated_kps(self, rows: Sequence[Translation]) -> tuple[Translation, ...]:
        """Translations at the KPs of both lists."""
        old_kp, new_kp = (
            kp.figures_at(np.array([getattr(row, name) for row in rows]))
            for kp, name in zip(self.kps, ("old_kp_km", "new_kp_km"), strict=True)
        )
        return tuple(
            Translation(float(a), float(b), row.offset_m) for a, b, row in zip(old_kp, new_kp, rows, strict=True)
        )

    def translated(self, old_km: Floats) -> list[Translation]:
        """Distances along the old route, which rise, on the new one."""
        new_km = self.alignment.to_new_km(old_km)
        places = positions_at_km(self.alignment.old.lonlat, old_km)
        feet = positions_at_km(self.alignment.new.lonlat, new_km)
        rows = zip(old_km.tolist(), new_km.tolist(), offsets_m(places, feet).tolist(), strict=True)
        return [Translation(*row) for row in rows]

    def positions(self, moved_m: float) -> dict[str, Any]:
        """Positions by what became of them, for `Comparison`; those beside no other route are left out."""
        i, j = (list(side) for side in zip(*self.matched.pairs, strict=True)) if self.matched.pairs else ([], [])
        old_lonlat, new_lonlat = self.alignment.old.lonlat[i], self.alignment.new.lonlat[j]
        apart_m = np.asarray(GEOD.inv(*old_lonlat.T, *new_lonlat.T)[2]) if i else np.empty(0)
        moved = [(self.new.positions[at].pos_no, float(m)) for at, m in zip(j, apart_m, strict=True) if m > moved_m]
        rest = [
            tuple(at.pos_no for k, at in enumerate(rpl.positions) if k not in taken and np.isfinite(at_km[k]))
            for rpl, taken, at_km in zip((self.old, self.new), (set(i), set(j)), self.on_new_km, strict=True)
        ]
        return {
            "positions_kept": len(i) - len(moved),
            "positions_moved": tuple(Moved(*item) for item in moved),
            "positions_added": rest[1],
            "positions_removed": rest[0],
        }


def side_by_side(old: Rpl, new: Rpl, names: tuple[str, str] = ("old", "new"), moved_m: float = 5.0) -> SideBySide:
    """Lay two lists beside each other.

    Parameters
    ----------
    names
        What they are called in an error.
    moved_m
        A shift of all positions that is larger is taken off.

    Raises
    ------
    IngestError
        When the lists have no stretch in common.
    """
    alignment, is_reversed = oriented(old, new)
    if not cover(alignment) or follow_each_other(alignment):
        raise IngestError(
            f"{names[0]} and {names[1]} have no stretch in common: expected two lists of one cable, or of a cable and "
            "a segment of it"
        )
    new = reversed_list(new) if is_reversed else new
    matched = match_positions(old, new, *alignment.positions_km)
    i, j = np.array(matched.pairs, dtype=int).reshape(-1, 2).T
    shift = whole_shift(old.lonlat[i], new.lonlat[j], moved_m)
    if shift is not None:
        alignment = align(track(old.lonlat), track(shift.trend.taken_off(new.lonlat)))
        matched = match_positions(old, new, *alignment.positions_km)
    return SideBySide(old, new, alignment, matched, is_reversed, shift)


# -- which way


def oriented(old: Rpl, new: Rpl) -> tuple[Alignment, bool]:
    """The alignment of two lists, and whether the new one runs the other way."""
    was = track(old.lonlat)
    forward = align(was, track(new.lonlat))
    is_beside = forward.mean_m < PLAINLY_ASIDE_M + 1000.0 * forward.step_km and cover(forward)
    if is_beside and not numbers_run_back(old, new):
        return forward, False
    backward = align(was, track(new.lonlat[::-1]))
    if is_beside and backward.mean_m > PLAINLY_ASIDE_M + 1000.0 * backward.step_km:
        return forward, False
    is_reversed = bool(cover(backward)) and (is_beside or not cover(forward) or backward.mean_m < forward.mean_m)
    return (backward, True) if is_reversed else (forward, False)


def cover(alignment: Alignment) -> bool:
    """Whether the routes have more than a point in common."""
    ends = zip((alignment.old_range_km, alignment.new_range_km), (alignment.old, alignment.new), strict=True)
    return all(b - a > MIN_COVER * one.length_km or one.length_km == 0.0 for (a, b), one in ends)


def follow_each_other(alignment: Alignment) -> bool:
    """Whether one route begins where the other ends, and otherwise lies elsewhere."""
    ends = ((alignment.old, alignment.new), (alignment.new, alignment.old))
    touches = any(np.linalg.norm(one.corners_m[-1] - other.corners_m[0]) < TOUCHING_M for one, other in ends)
    return touches and alignment.mean_m > 1000.0 * ELSEWHERE * min(alignment.old.length_km, alignment.new.length_km)


def numbers_run_back(old: Rpl, new: Rpl) -> bool:
    """Whether the numbers of positions of one list are those of the other in the opposite order.

    A route out and back looks alike from both ends: only what stands on it tells.
    """
    first = {at.pos_no: index for index, at in enumerate(old.positions)}
    order = [first[at.pos_no] for at in new.positions if at.pos_no in first]
    falls = sum(after < before for before, after in pairwise(order))
    return len(order) > 2 and falls > 0.8 * (len(order) - 1)


def reversed_list(rpl: Rpl) -> Rpl:
    """The list from its end: its figures stay as stated, so that KPs run down; bearings are those of the way back."""
    spans = [
        turned(span, (start.lon_deg, start.lat_deg), (end.lon_deg, end.lat_deg))
        for span, start, end in zip(rpl.spans, rpl.positions[:-1], rpl.positions[1:], strict=True)
    ]
    return replace(rpl, positions=rpl.positions[::-1], spans=tuple(spans[::-1]))


def turned(span: Span, start: tuple[float, float], end: tuple[float, float]) -> Span:
    """A span the other way, its bearing as far from the geodesic's as stated."""
    bearing_deg = span.bearing_deg
    if bearing_deg is not None:
        there_deg, back_deg, _ = GEOD.inv(*start, *end)
        bearing_deg = float((bearing_deg - there_deg + back_deg) % 360.0)
    return replace(span, from_pos=span.to_pos, to_pos=span.from_pos, bearing_deg=bearing_deg)
