"""Where a list alters course: its positions without those that stand on the legs between others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import geodesic_legs, positions_at_km
from transcaspian.rpl.model import Rpl

ON_LEG_M = 0.5
"""What a position on a leg may lie off its geodesic: the last decimal that lists print, and a little more."""


def vertices_of(rpl: Rpl) -> NDArray[np.int64]:
    """Indices of the positions of a list that its legs run between: the ends, all alter courses, and all off the legs.

    Parameters
    ----------
    rpl
        Positions in their order; where its events name alter courses these are vertices however little they turn.
    """
    named = [i for i, at in enumerate(rpl.positions) if "AC" in at.event.split(" / ")]
    ends = sorted({0, *named, len(rpl.positions) - 1})
    found = {index for first, last in pairwise(ends) for index in _bent(rpl.lonlat, first, last)}
    return np.array(sorted({*ends, *found}))


def at_sea(rpl: Rpl) -> Rpl:
    """The part of a list from waterline to waterline, where it has events ``LP``; else all of it."""
    first, last = sea_ends(rpl)
    return replace(rpl, positions=rpl.positions[first : last + 1], spans=rpl.spans[first:last])


def sea_ends(rpl: Rpl) -> tuple[int, int]:
    """Indices of the first and the last position of `at_sea`."""
    last = len(rpl.positions) - 1
    shore = [i for i, at in enumerate(rpl.positions) if any(event.name == "LP" for event in at.events)]
    begins = [i for i in shore if i < last / 2]
    ends = [i for i in shore if i >= last / 2]
    return (begins[0] if begins else 0), (ends[-1] if ends else last)


def joined_ranges(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges of positions in their order; what begins where another ends is one with it."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        begin = found.pop()[0] if found and found[-1][1] == first else first
        found.append((begin, last))
    return found


def bends(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vertices of a line ``(n, 2)`` that is drawn with points on its geodesic legs, shape ``(m, 2)``."""
    return lonlat[sorted({0, *_bent(lonlat, 0, len(lonlat) - 1), len(lonlat) - 1})]


def _bent(lonlat: NDArray[np.float64], first: int, last: int) -> list[int]:
    """Points between two others that no geodesic between kept points passes (Douglas and Peucker 1973)."""
    kept: list[int] = []
    waiting = [(first, last)]
    while waiting:
        a, b = waiting.pop()
        if b - a < 2:
            continue
        off_m = _off_leg_m(lonlat[a], lonlat[b], lonlat[a + 1 : b])
        worst = int(off_m.argmax())
        if off_m[worst] > ON_LEG_M:
            at = a + 1 + worst
            kept.append(at)
            waiting += [(a, at), (at, b)]
    return kept


def _off_leg_m(
    start: NDArray[np.float64], end: NDArray[np.float64], points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of points ``(n, 2)`` from where the geodesic is as far along as they are, shape ``(n,)``."""
    leg = np.vstack([start, end])
    azimuth_deg, length_km = geodesic_legs(leg)
    lon, lat = (np.full(len(points), value) for value in start)
    to_deg, _, away_m = GEOD.inv(lon, lat, points[:, 0], points[:, 1])
    along_km = np.asarray(away_m) * np.cos(np.radians(np.asarray(to_deg) - azimuth_deg[0])) / 1000.0
    foot = positions_at_km(leg, np.clip(along_km, 0.0, length_km[0]))
    # on long legs the sphere's cosine is off along the leg, never across it: once more from the foot
    back_deg, _, off_m = GEOD.inv(foot.lon_deg, foot.lat_deg, points[:, 0], points[:, 1])
    on_km = along_km + np.asarray(off_m) * np.cos(np.radians(np.asarray(back_deg) - foot.bearing_deg)) / 1000.0
    foot = positions_at_km(leg, np.clip(on_km, 0.0, length_km[0]))
    return np.asarray(GEOD.inv(foot.lon_deg, foot.lat_deg, points[:, 0], points[:, 1])[2])
