"""Legs along a path that must keep something: via discs that they pass, and legs that stand as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import signed_deg
from transcaspian.routing import Held, HeldPath, LeastCostPath
from transcaspian.study import AlterCourseRules

Floats = NDArray[np.float64]

ARC_TURNS = (0.45, 0.9)
"""Turns of the arcs by which a line may come away from what is held, as shares of the largest allowed."""
ARC_LEGS = 1.5
"""Their sides, in shortest legs."""
_INSIDE = 0.99
"""Share of a disc's radius that legs pass within: the cross-track distance is taken on a sphere."""


@dataclass(frozen=True)
class HeldPoints:
    """Which of the candidate points are those of a `Held`, by their indices, which follow each other."""

    held: Held
    index: NDArray[np.int64]


def held_by(path: LeastCostPath) -> tuple[Held, ...]:
    """What of a path legs must keep."""
    return path.held if isinstance(path, HeldPath) else ()


def arcs(lonlat: Floats, rules: AlterCourseRules) -> Floats:
    """Points on arcs to either side that go on from a line of geodesic legs, nearest first, shape ``(m, 2)``.

    A line that reaches a held place in one direction and must leave it in another has no points of its path to turn
    at: these are some, up to where it runs back.

    Parameters
    ----------
    lonlat
        The line, ``(n, 2)`` degrees: what is held after what comes before it; for arcs that lead to it, backwards.
    """
    before, place = lonlat[-2], lonlat[-1]
    heading_deg = float(GEOD.inv(*place, *before)[0]) + 180.0
    side_m = 1000.0 * ARC_LEGS * rules.min_leg_km
    found = [
        _arc(place, heading_deg, sign * share * rules.max_alter_course_deg, side_m)
        for share in ARC_TURNS
        for sign in (-1.0, 1.0)
    ]
    steps = np.concatenate([np.arange(len(arc)) for arc in found])
    return np.vstack(found)[np.argsort(steps, kind="stable")]


def _arc(place: Floats, heading_deg: float, turn_deg: float, side_m: float) -> Floats:
    """Corners of a regular polygon from a place on, as far as it turns back."""
    points, at = [], (float(place[0]), float(place[1]))
    for _ in range(int(180.0 / abs(turn_deg)) + 1):
        heading_deg += turn_deg
        lon, lat, _ = GEOD.fwd(*at, heading_deg, side_m)
        at = float(lon), float(lat)
        points.append(at)
    return np.array(points)


def passing_by(
    points: Floats, depart_deg: Floats, length_m: Floats, item: HeldPoints
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Legs, by the indices of their ends, that leave out what is held without keeping it.

    Parameters
    ----------
    points
        Candidates ``(n, 2)``, degrees, in the order of the path.
    depart_deg, length_m
        Of the leg from each point to each later one, shape ``(n, n)``.
    """
    first, last = int(item.index[0]), int(item.index[-1])
    i, j = np.triu_indices(len(points), 1)
    wrong = np.maximum(first, i + 1) <= np.minimum(last, j - 1)
    if item.held.centre is not None:
        wrong &= ~_near(points, i, j, depart_deg, length_m, item.held)
    return i[wrong], j[wrong]


def _near(
    points: Floats,
    i: NDArray[np.int64],
    j: NDArray[np.int64],
    depart_deg: Floats,
    length_m: Floats,
    held: Held,
) -> NDArray[np.bool_]:
    """Whether each leg passes within the radius of a disc: cross-track distance by geodesic azimuths and lengths."""
    lon, lat = (np.full(len(points), value) for value in held.centre or (0.0, 0.0))
    azimuth_deg, _, away_m = GEOD.inv(points[:, 0], points[:, 1], lon, lat)
    angle = np.radians(signed_deg(np.asarray(azimuth_deg)[i] - depart_deg[i, j]))
    away = np.asarray(away_m)
    along_m, across_m = away[i] * np.cos(angle), np.abs(away[i] * np.sin(angle))
    beside = (along_m >= 0) & (along_m <= length_m[i, j])
    nearest_m = np.where(beside, across_m, np.minimum(away[i], away[j]))
    return np.asarray(nearest_m <= 1000.0 * _INSIDE * held.radius_km)


def is_whole(path: LeastCostPath) -> bool:
    """Whether all legs of a path stand, from its first to its last point."""
    held = held_by(path)
    if len(held) != 1 or len(held[0].lonlat) < 2:
        return False
    ends = held[0].lonlat[[0, -1]], path.lonlat[[0, -1]]
    return bool(np.array_equal(*ends))
