"""Two routes beside each other, in their order: which point of the new one belongs to a point of the old one.

The nearest point alone would be wrong where a route nears or crosses itself, runs out and back, or round in a ring. So
both are sampled and warped onto each other (dynamic time warping, Sakoe and Chiba 1978, symmetric form), which keeps
the order of both; within some samples of the warp the nearest point is then found exactly. One route may be a segment
of the other: where it begins or ends on the other's way, what lies beyond belongs to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.geodesy import to_ecef_m
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import Positions, positions_at_km, vertices_km

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

SAMPLES = 500
"""Of the longer route; the shorter one is sampled as densely."""
FINEST_KM = 0.02
CHORD_KM = 0.5
"""A geodesic is drawn by chords of no more: they lie less than a millimetre aside of it."""
ON_WAY_M = 300.0
"""An end that lies no farther from the other route's way, and not at its end, may be that of a segment."""
SEGMENT_M = 1000.0
"""An end that lies nearer to the end of the other route has moved: no segment begins there."""
WINDOW = 3
"""Samples on either side of the warp among which the nearest point is sought."""
MARGIN = 0.1
"""Of a sample: so far beyond the samples on either side of a point its own place is looked for."""
EDGE_KM = 0.001
"""A position that lies so far beyond the common stretch was rounded there."""
PAIRS_AT_ONCE = 2_000_000
SAME_M = 0.003
"""Points that are nearer by less are equally near: the one where the warp expects it is taken."""
DRAWN_ASIDE_M = 1e-3


@dataclass(frozen=True)
class Track:
    """A route as chords: KP from its start of each corner, km, and the corners, shape ``(n, 3)``, metres ECEF."""

    lonlat: Floats
    at_km: Floats
    corners_m: Floats

    @property
    def length_km(self) -> float:
        """Geodesic length."""
        return float(self.at_km[-1])

    def points_m(self, kp_km: Floats) -> Floats:
        """Points at distances from the start, shape ``(m, 3)``, metres ECEF."""
        return np.column_stack([np.interp(kp_km, self.at_km, self.corners_m[:, axis]) for axis in range(3)])


def track(lonlat: Floats) -> Track:
    """The route through positions ``(n, 2)``."""
    ends_km = vertices_km(lonlat)
    pieces = np.maximum(np.ceil(np.diff(ends_km) / CHORD_KM), 1).astype(int)
    if pieces.max() == 1:
        return Track(lonlat, ends_km, to_ecef_m(lonlat[:, 0], lonlat[:, 1]))
    inner = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(ends_km, ends_km[1:], pieces, strict=False)]
    at_km = np.append(np.concatenate(inner), ends_km[-1])
    places = positions_at_km(lonlat, at_km)
    return Track(lonlat, at_km, to_ecef_m(places.lon_deg, places.lat_deg))


@dataclass(frozen=True)
class Alignment:
    """The warp of an old route onto a new one.

    ``old_km`` and ``new_km`` are distances from the start of each, never decreasing, that belong to each other;
    ``mean_m`` is how far they lie apart on average. Outside of the warp the routes have nothing in common.
    """

    old: Track
    new: Track
    old_km: Floats
    new_km: Floats
    step_km: float
    mean_m: float

    @cached_property
    def old_vertices_km(self) -> Floats:
        """Distance of each position of the old list along its route."""
        return vertices_km(self.old.lonlat)

    @cached_property
    def new_vertices_km(self) -> Floats:
        """Distance of each position of the new list along its route."""
        return vertices_km(self.new.lonlat)

    @cached_property
    def old_range_km(self) -> tuple[float, float]:
        """The stretch of the old route that the new one runs beside."""
        return self._range(self.old, self.new, (self.old_km, self.new_km))

    @cached_property
    def new_range_km(self) -> tuple[float, float]:
        """The stretch of the new route that the old one runs beside."""
        return self._range(self.new, self.old, (self.new_km, self.old_km))

    def _range(self, of: Track, other: Track, warp: tuple[Floats, Floats]) -> tuple[float, float]:
        """Where a route's common stretch begins and ends: at its own ends, or where the other's lie beside it."""
        own_km, others_km = warp
        ends = []
        for at, end_km, others_end_km in ((0, 0.0, 0.0), (-1, of.length_km, other.length_km)):
            is_own_end = abs(own_km[at] - end_km) < 1e-9
            is_others_end = abs(others_km[at] - others_end_km) < 1e-9
            if is_own_end or not is_others_end:
                ends.append(end_km)
                continue
            low_km, high_km = own_km[at] - WINDOW * self.step_km, own_km[at] + WINDOW * self.step_km
            point = other.points_m(np.array([others_end_km]))
            ends.append(float(nearest_km(of, point, np.array([low_km]), np.array([high_km]), own_km[[at]])[0]))
        return ends[0], ends[1]

    def to_new_km(self, old_km: Floats) -> Floats:
        """Distances along the new route for distances along the old one, which rise; never decreasing.

        Those outside of the common stretch are moved to its ends.
        """
        at_km, anchors_km = self._anchors
        after = np.clip(np.searchsorted(at_km, old_km), 1, len(at_km) - 1)
        margin_km = MARGIN * self.step_km
        low_km, high_km = anchors_km[after - 1] - margin_km, anchors_km[after] + margin_km
        expected_km = np.interp(old_km, at_km, anchors_km)
        found = nearest_km(self.new, self.old.points_m(old_km), low_km, high_km, expected_km)
        return np.maximum.accumulate(np.clip(found, *self.new_range_km))

    @cached_property
    def _anchors(self) -> tuple[Floats, Floats]:
        """The samples of the old route, and where exactly they belong on the new one: other points lie between."""
        at_km, first = np.unique(self.old_km, return_index=True)
        last = np.append(first[1:], len(self.old_km)) - 1
        reach_km = WINDOW * self.step_km
        low_km, high_km = self.new_km[first] - reach_km, self.new_km[last] + reach_km
        expected_km = (self.new_km[first] + self.new_km[last]) / 2
        found = nearest_km(self.new, self.old.points_m(at_km), low_km, high_km, expected_km)
        return at_km, np.maximum.accumulate(np.clip(found, *self.new_range_km))

    @cached_property
    def positions_km(self) -> tuple[Floats, Floats]:
        """Where the positions of either list lie along the new route; NaN where the other does not run."""
        old_km, new_km = self.old_vertices_km, self.new_vertices_km.copy()
        found = np.where(self.inside(old_km), self.to_new_km(old_km), np.nan)
        first_km, last_km = self.new_range_km
        new_km[(new_km < first_km - EDGE_KM) | (new_km > last_km + EDGE_KM)] = np.nan
        return found, new_km

    def inside(self, old_km: Floats) -> NDArray[np.bool_]:
        """Which distances along the old route lie on the common stretch."""
        return (old_km >= self.old_range_km[0] - 1e-6) & (old_km <= self.old_range_km[1] + 1e-6)


def align(old: Track, new: Track) -> Alignment:
    """The warp of an old route onto a new one that keeps the order of both and has them nearest to each other."""
    step_km = max(max(old.length_km, new.length_km) / SAMPLES, FINEST_KM)
    counts = [max(int(np.ceil(one.length_km / step_km)), 2) + 1 for one in (old, new)]
    samples_km = [np.linspace(0.0, one.length_km, count) for one, count in zip((old, new), counts, strict=True)]
    points = [one.points_m(at_km) for one, at_km in zip((old, new), samples_km, strict=True)]
    apart_m = np.sqrt(np.maximum(_squared_m2(*points), 0.0))
    starts = _on_way(old, new, apart_m, 0), _on_way(new, old, apart_m.T, 0)
    ends = _on_way(old, new, apart_m, -1), _on_way(new, old, apart_m.T, -1)
    i, j = warp(apart_m, starts, ends)
    return Alignment(old, new, samples_km[0][i], samples_km[1][j], step_km, float(apart_m[i, j].mean()))


def _squared_m2(one: Floats, other: Floats) -> Floats:
    """Squared distances of all pairs; about their middle, so that few digits are lost."""
    middle = (one.mean(axis=0) + other.mean(axis=0)) / 2
    one, other = one - middle, other - middle
    return (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2.0 * one @ other.T


def _on_way(of: Track, other: Track, apart_m: Floats, end: int) -> Ints:
    """Samples of a route where an end of the other lies on its way, so that the other may be a segment; else none.

    Parameters
    ----------
    apart_m
        Distance of each sample of the route from each of the other, shape ``(n, m)``.
    end
        0 for the other's start, -1 for its end.
    """
    point = other.corners_m[[end]]
    if np.linalg.norm(point - of.corners_m[end]) < SEGMENT_M:
        return np.empty(0, dtype=np.intp)
    at_km = nearest_km(of, point, np.zeros(1), np.full(1, of.length_km), np.zeros(1))
    if np.linalg.norm(of.points_m(at_km) - point) > ON_WAY_M:
        return np.empty(0, dtype=np.intp)
    step_m = 1000.0 * of.length_km / (len(apart_m) - 1)
    near = np.flatnonzero(apart_m[:, end] <= ON_WAY_M + step_m)
    to_go_m = step_m * (len(apart_m) - 1 - near if end == 0 else near)
    return near[to_go_m > SEGMENT_M]  # where the route ends nothing of it would be left


def warp(apart_m: Floats, starts: tuple[Ints, Ints], ends: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """The cheapest way through a matrix of distances that goes on in both indices; rows and columns along it.

    Parameters
    ----------
    apart_m
        Distance of each sample of the old route from each of the new one, shape ``(n, m)``.
    starts, ends
        Rows of the first (last) column, and columns of the first (last) row, where it may begin (end) besides the
        corner.
    """
    n, m = apart_m.shape
    cost = np.full((n + 1, m + 1), np.inf)
    cost[0, 0] = 0.0
    cost[starts[0], 0] = 0.0  # before row i of the first column
    cost[0, starts[1]] = 0.0
    aside = apart_m + DRAWN_ASIDE_M
    for k in range(n + m - 1):
        i = np.arange(max(0, k - m + 1), min(n, k + 1))
        j = k - i
        along = np.minimum(cost[i, j + 1], cost[i + 1, j]) + aside[i, j]
        cost[i + 1, j + 1] = np.minimum(cost[i, j] + 2.0 * apart_m[i, j], along)
    last_rows, last_columns = np.append(ends[0], n - 1), np.append(ends[1], m - 1)
    finish = [(float(cost[i + 1, m]), int(i), m - 1) for i in last_rows]
    finish += [(float(cost[n, j + 1]), n - 1, int(j)) for j in last_columns]
    _, row, column = min(finish, key=lambda item: (item[0], -item[1] - item[2]))
    return _walked_back(cost, apart_m, row, column)


def _walked_back(cost: Floats, apart_m: Floats, i: int, j: int) -> tuple[Ints, Ints]:
    path = [(i, j)]
    while i or j:
        steps = [
            (cost[i, j] + 2.0 * apart_m[i, j], i - 1, j - 1),
            (cost[i, j + 1] + apart_m[i, j] + DRAWN_ASIDE_M, i - 1, j),
            (cost[i + 1, j] + apart_m[i, j] + DRAWN_ASIDE_M, i, j - 1),
        ]
        _, before_i, before_j = min(steps, key=lambda item: item[0])
        if before_i < 0 or before_j < 0:
            break  # the way began here
        i, j = before_i, before_j
        path.append((i, j))
    rows, columns = np.array(path[::-1], dtype=np.intp).T
    return rows, columns


def nearest_km(of: Track, points_m: Floats, low_km: Floats, high_km: Floats, expected_km: Floats) -> Floats:
    """Distance along a route of the point nearest to each of these, within a stretch of its own.

    Parameters
    ----------
    points_m
        Shape ``(q, 3)``, metres ECEF.
    low_km, high_km
        The stretch of the route that is looked at, shape ``(q,)``.
    expected_km
        Of points equally near the one nearest to this is taken, shape ``(q,)``.
    """
    last = len(of.at_km) - 2
    first_leg = np.clip(np.searchsorted(of.at_km, low_km, side="right") - 1, 0, last)
    last_leg = np.clip(np.searchsorted(of.at_km, high_km, side="left") - 1, first_leg, last)
    found = np.empty(len(points_m))
    for part in _chunks(last_leg - first_leg + 1):
        found[part] = _nearest_of(of, points_m[part], first_leg[part], last_leg[part], expected_km[part])
    return found


def _nearest_of(of: Track, points_m: Floats, first_leg: Ints, last_leg: Ints, expected_km: Floats) -> Floats:
    counts = last_leg - first_leg + 1
    begins = np.concatenate([[0], np.cumsum(counts)[:-1]])
    point = np.repeat(np.arange(len(points_m)), counts)
    leg = np.arange(counts.sum()) - np.repeat(begins, counts) + np.repeat(first_leg, counts)
    start, way = of.corners_m[leg], of.corners_m[leg + 1] - of.corners_m[leg]
    length_2 = np.maximum((way**2).sum(axis=1), 1e-12)
    share = np.clip(((points_m[point] - start) * way).sum(axis=1) / length_2, 0.0, 1.0)
    away_m = np.sqrt(((points_m[point] - start - share[:, None] * way) ** 2).sum(axis=1))
    at_km = of.at_km[leg] + share * (of.at_km[leg + 1] - of.at_km[leg])
    nearest_m = np.minimum.reduceat(away_m, begins)
    is_near = away_m <= np.repeat(nearest_m, counts) + SAME_M
    unexpected_km = np.where(is_near, np.abs(at_km - np.repeat(expected_km, counts)), np.inf)
    order = np.lexsort((unexpected_km, point))
    return at_km[order[begins]]


def _chunks(counts: Ints) -> Iterator[slice]:
    """Slices of the queries that have not too many legs together."""
    group = np.cumsum(counts) // PAIRS_AT_ONCE
    edges = np.concatenate([[0], np.flatnonzero(np.diff(group)) + 1, [len(counts)]])
    yield from (slice(int(a), int(b)) for a, b in pairwise(edges) if b > a)


def offsets_m(places: Positions, feet: Positions) -> Floats:
    """How far feet lie from the places on the old route, positive to starboard of its direction of travel, metres."""
    bearing_deg, _, away_m = GEOD.inv(places.lon_deg, places.lat_deg, feet.lon_deg, feet.lat_deg)
    # to starboard where the way over lies clockwise from the direction of travel
    side = np.where(np.mod(np.asarray(bearing_deg) - places.bearing_deg, 360.0) < 180.0, 1.0, -1.0)
    return side * np.asarray(away_m)
