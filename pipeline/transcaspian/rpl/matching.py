"""Which position of a new list is which of an old one, and which event became of which."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.grid import GEOD
from transcaspian.rpl.model import EventName, Rpl

Floats = NDArray[np.float64]

NEAR_KM = 0.5
"""Along the route: positions of lists whose numbers say nothing are one where they lie no farther apart."""
SAME_EVENT_KM = 5.0
"""An event that has no number and is no longer where it was may have moved so far along the route."""
PLACE_KM = 0.05
PASSES = 8
KEPT_SHARE = 0.5
"""Of the positions that lie beside each other: where more bear the same number, numbers name positions."""


@dataclass(frozen=True)
class Matched:
    """Positions that two lists share, as pairs of indices ``(old, new)`` that rise in both.

    ``are_numbers_kept`` says whether the numbers of positions name them in both lists.
    """

    pairs: tuple[tuple[int, int], ...]
    are_numbers_kept: bool


@dataclass(frozen=True)
class EventChange:
    """An event that only one list has, or that has moved along the route or bears another name.

    ``kind`` is ``added``, ``lost``, ``moved`` or ``renamed``; a KP is None where that list has no such event.
    """

    kind: str
    old: str
    new: str
    old_kp_km: float | None
    new_kp_km: float | None

    def __str__(self) -> str:
        if self.kind == "lost":
            return f"event lost: {self.old} at old KP {self.old_kp_km:.3f}"
        if self.kind == "added":
            return f"event added: {self.new} at KP {self.new_kp_km:.3f}"
        if self.kind == "renamed":
            return f"event renamed: {self.old} → {self.new} at KP {self.new_kp_km:.3f}"
        return f"event moved: {self.new}, old KP {self.old_kp_km:.3f} → KP {self.new_kp_km:.3f}"


def match_positions(old: Rpl, new: Rpl, old_km: Floats, new_km: Floats) -> Matched:
    """Pair the positions of two lists.

    Parameters
    ----------
    old_km, new_km
        Where each position lies along the new route, never decreasing; NaN where the new one does not run.
    """
    beside = list(_beside(old_km, new_km, NEAR_KM))
    has_numbers = "PosNo" in old.columns and "PosNo" in new.columns
    names = [[at.pos_no for at in rpl.positions] for rpl in (old, new)]
    same = sum(names[0][i] == names[1][j] for i, j in beside)
    by_name = {name: j for j, name in enumerate(names[1])}
    if has_numbers and (same > KEPT_SHARE * len(beside) or (not beside and len(set(names[0]) & set(names[1])) > 1)):
        numbered = [(i, by_name[name]) for i, name in enumerate(names[0]) if name in by_name]
        return Matched(tuple(_rising(numbered)), are_numbers_kept=True)
    return Matched(tuple(beside), are_numbers_kept=False)


def _beside(old_km: Floats, new_km: Floats, within_km: float) -> Iterator[tuple[int, int]]:
    """Pairs each of which is the nearest of the other along the route; rising."""
    known = [np.flatnonzero(np.isfinite(one)) for one in (old_km, new_km)]
    if not all(map(len, known)):
        return
    to_new = _nearest(old_km[known[0]], new_km[known[1]])
    to_old = _nearest(new_km[known[1]], old_km[known[0]])
    for i, j in enumerate(to_new.tolist()):
        if to_old[j] == i and abs(old_km[known[0][i]] - new_km[known[1][j]]) <= within_km:
            yield int(known[0][i]), int(known[1][j])


def _nearest(of: Floats, among: Floats) -> NDArray[np.intp]:
    """Index of the nearest of some rising values for each of others."""
    right = np.clip(np.searchsorted(among, of), 1, max(len(among) - 1, 1))
    right = np.minimum(right, len(among) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(np.abs(among[left] - of) <= np.abs(among[right] - of), left, right)


def _rising(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most pairs that rise in both indices (longest increasing subsequence)."""
    ordered = sorted(set(pairs))
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(ordered):
        at = bisect_left(tails, j)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(j)
            ends.append(index)
        else:
            tails[at], ends[at] = j, index
    found = []
    index = ends[-1] if ends else -1
    while index >= 0:
        found.append(ordered[index])
        index = before[index]
    return found[::-1]


# -- a shift of all positions


@dataclass(frozen=True)
class Shift:
    """How far and where to all positions lie from where they were, within ``scatter_m``; ``datum`` may be why."""

    distance_m: float
    bearing_deg: float
    scatter_m: float
    datum: str
    trend: Trend = field(repr=False, compare=False)

    def __str__(self) -> str:
        why = f", as {self.datum}" if self.datum else ", as another datum would have it"
        return (
            f"all positions are shifted as a whole by {self.distance_m:,.1f} m towards {self.bearing_deg:.0f}°"
            f" (within {self.scatter_m:,.1f} m){why}"
        )


MIN_SHIFTED = 4
MIN_TREND = 8
"""Positions by which it can be told how a shift changes from place to place."""
LARGEST_SHIFT_M = 1000.0
SCATTER_SHARE = 0.12
"""A shift between datums differs from place to place by so much of itself, within one sea."""
SHIFTED_SHARE = 0.8
DATUMS = (("EPSG:4284", "Pulkovo 1942"), ("EPSG:4230", "ED50"), ("EPSG:4267", "NAD27"))
DATUM_M = 15.0


def whole_shift(old_lonlat: Floats, new_lonlat: Floats, moved_m: float) -> Shift | None:
    """The shift that most pairs of positions share, where it is more than ``moved_m``; None where there is none.

    Parameters
    ----------
    old_lonlat, new_lonlat
        Positions that belong to each other, shape ``(n, 2)``, degrees.
    moved_m
        What counts as moved.
    """
    if len(old_lonlat) < MIN_SHIFTED:
        return None
    vectors = vectors_m(old_lonlat, new_lonlat)
    middle = np.median(vectors, axis=0)
    distance_m = float(np.hypot(*middle))
    allowed_m = max(SCATTER_SHARE * distance_m, min(moved_m, distance_m / 4))
    shares = np.hypot(*(vectors - middle).T) <= allowed_m
    if not moved_m < distance_m <= LARGEST_SHIFT_M or shares.mean() < SHIFTED_SHARE:
        return None
    scatter_m = float(np.hypot(*(vectors - middle)[shares].T).max())
    trend = np.zeros((2, 2))
    centre = np.median(old_lonlat, axis=0)
    if shares.sum() >= MIN_TREND:
        trend = np.linalg.lstsq((new_lonlat - centre)[shares], (vectors - middle)[shares], rcond=1e-6)[0]
    bearing_deg = float(np.degrees(np.arctan2(*middle)) % 360.0)
    datum = _datum(centre, middle)
    return Shift(distance_m, bearing_deg, scatter_m, datum, Trend(middle, centre, trend))


@dataclass(frozen=True)
class Trend:
    """A shift east and north, metres, at a centre, and how it changes with each degree of longitude and latitude."""

    middle_m: Floats
    centre_deg: Floats
    per_degree_m: Floats

    def taken_off(self, lonlat: Floats) -> Floats:
        """Positions, shape ``(n, 2)``, without the shift."""
        east_m, north_m = (self.middle_m + (lonlat - self.centre_deg) @ self.per_degree_m).T
        bearing_deg = np.degrees(np.arctan2(-east_m, -north_m))
        lon, lat, _ = GEOD.fwd(lonlat[:, 0], lonlat[:, 1], bearing_deg, np.hypot(east_m, north_m))
        return np.column_stack([lon, lat])


def vectors_m(old_lonlat: Floats, new_lonlat: Floats) -> Floats:
    """How far east and north new positions lie from old ones, shape ``(n, 2)``, metres."""
    azimuth_deg, _, apart_m = GEOD.inv(*old_lonlat.T, *new_lonlat.T)
    azimuth = np.radians(np.asarray(azimuth_deg))
    return np.column_stack([apart_m * np.sin(azimuth), apart_m * np.cos(azimuth)])


def _datum(lonlat: Floats, shift_m: Floats) -> str:
    """What a shift is like, in words: coordinates on another datum taken for WGS 84, or the other way round."""
    from pyproj import Transformer

    lon, lat = map(float, lonlat)
    for code, name in DATUMS:
        there = np.array([Transformer.from_crs(code, "EPSG:4326", always_xy=True).transform(lon, lat)])
        (vector_m,) = vectors_m(np.array([[lon, lat]]), there)
        for sign, words in ((1, f"from {name} to WGS 84"), (-1, f"from WGS 84 to {name}")):
            if np.hypot(*(sign * vector_m - shift_m)) <= DATUM_M:
                return words
    return ""


# -- events


@dataclass(frozen=True)
class Along:
    """A list beside another: where each position lies along the new route, NaN where it does not run, and its KP."""

    rpl: Rpl
    at_km: Floats
    kp_km: Floats


Place = tuple[float, float, str]
"""Of an event: where along the new route, its KP in its list, its name."""


def event_changes(old: Along, new: Along, pairs: Sequence[tuple[int, int]]) -> tuple[EventChange, ...]:
    """Events added, lost, moved to another position and renamed; those where the other route does not run are left out.

    Parameters
    ----------
    pairs
        Positions of either list that are one, as indices: an event that both have has not moved to another.
    """
    both = [{*old.rpl.positions[i].events} & {*new.rpl.positions[j].events} for i, j in pairs]
    was, now = (
        _events(one, {pair[side]: events for pair, events in zip(pairs, both, strict=True)})
        for side, one in enumerate((old, new))
    )
    moved: list[EventChange] = []
    gone: list[Place] = []
    come: list[Place] = []
    for event in dict.fromkeys((*was, *now)):
        _, before, after = _paired(was.get(event, []), now.get(event, []), PLACE_KM)
        others, before, after = _paired(before, after, np.inf if event.number else SAME_EVENT_KM)
        moved += [EventChange("moved", one[2], other[2], one[1], other[1]) for one, other in others]
        gone, come = [*gone, *before], [*come, *after]
    renamed, gone, come = _paired(sorted(gone), sorted(come), PLACE_KM)
    return (
        *(EventChange("renamed", one[2], other[2], one[1], other[1]) for one, other in renamed),
        *moved,
        *(EventChange("lost", name, "", kp_km, None) for _, kp_km, name in gone),
        *(EventChange("added", "", name, None, kp_km) for _, kp_km, name in come),
    )


def _events(one: Along, settled: Mapping[int, set[EventName]]) -> dict[EventName, list[Place]]:
    """Where the events of a list lie, without those that are settled, by the index of their position."""
    found: dict[EventName, list[Place]] = defaultdict(list)
    places = zip(one.rpl.positions, one.at_km.tolist(), one.kp_km.tolist(), strict=True)
    for index, (position, at_km, kp_km) in enumerate(places):
        done = settled.get(index, ())
        for event in dict.fromkeys(position.events) if np.isfinite(at_km) else ():
            if event in done:
                continue
            found[event].append((at_km, kp_km, str(event)))
    return found


def _paired(
    one: Sequence[Place], other: Sequence[Place], within_km: float
) -> tuple[list[tuple[Place, Place]], list[Place], list[Place]]:
    """Pairs of places that are the nearest of each other, in the order of the route, and what is left of either."""
    pairs: list[tuple[Place, Place]] = []
    left, others = [*one], [*other]
    for _ in range(PASSES):
        found = list(_beside(np.array([at[0] for at in left]), np.array([at[0] for at in others]), within_km))
        if not found:
            break
        pairs += [(left[i], others[j]) for i, j in found]
        taken = [{pair[side] for pair in found} for side in (0, 1)]
        left, others = (
            [at for k, at in enumerate(rest) if k not in done] for rest, done in zip((left, others), taken, strict=True)
        )
    return pairs, left, others
