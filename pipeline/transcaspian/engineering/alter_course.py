"""From the continuous path to geodesic legs with few alter courses: the fewest that the rules and the cost allow.

Dynamic programming over the legs between points of the path and off its bends. A state is a leg; the next leg may
follow where the turn between them is within the rules. Among all chains of ``m`` legs the cheapest is known for each
``m``, so the first ``m`` whose cost is within the tolerance is the fewest. Legs are held to the exact polygons when a
chain uses them: one that cuts land or a no-go area is taken out and the programme is run again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.errors import EngineeringError
from transcaspian.core.geodesy import METRES_PER_DEGREE
from transcaspian.core.grid import GEOD, Grid
from transcaspian.core.linear_reference import line_length_km, positions_at_km, signed_deg, vertices_km
from transcaspian.engineering.held_legs import HeldPoints, arcs, held_by, is_whole, passing_by
from transcaspian.routing import (
    HeldPath,
    LeastCostPath,
    Terrain,
    clear_legs,
    leg_costs,
    leg_pieces,
    one_leg_more,
    pieces_between,
    price,
    without_repeats,
)
from transcaspian.study import AlterCourseRules

Floats = NDArray[np.float64]

STEPS, MIN_STEPS = 160, 8
END_KM, END_STEP_KM = 12.0, 1.0
STRAY_M = (40.0, 160.0, 640.0)
MAX_CORNERS = 40
OFF_BENDS = 1.5
_MOST_LEGS = 120
_MOST_RUNS = 300
_AROUND = 3


@dataclass(frozen=True)
class Course:
    """The legs of an engineered route.

    Attributes
    ----------
    lonlat
        Its vertices, shape ``(n, 2)``, degrees: the two landings and the alter courses between them.
    alter_course_deg
        Change of heading at each alter course, shape ``(n - 2,)``; positive to starboard.
    cost, path_cost
        Of the legs and of the path they follow, by the same quadrature.
    tolerance
        What was asked for.
    ashore
        How many vertices lie on land before the shoreline and after it: beach manholes, where they are elsewhere.
        Costs are of what lies at sea.

    Examples
    --------
    >>> lonlat = np.array([(50.0, 41.0), (50.5, 41.2), (51.0, 41.0)])
    >>> course = Course(lonlat, headings_change_deg(lonlat), cost=100.4, path_cost=100.0, tolerance=0.005)
    >>> course.alter_course_deg.round(1).tolist(), round(course.excess, 4), course.is_within_tolerance
    ([55.4], 0.004, True)
    """

    lonlat: Floats
    alter_course_deg: Floats
    cost: float
    path_cost: float
    tolerance: float
    ashore: tuple[int, int] = (0, 0)

    @property
    def at_sea(self) -> Course:
        """From shoreline to shoreline."""
        before, after = self.ashore
        lonlat = self.lonlat[before : len(self.lonlat) - after]
        return replace(self, lonlat=lonlat, alter_course_deg=headings_change_deg(lonlat), ashore=(0, 0))

    @property
    def ashore_km(self) -> tuple[float, float]:
        """How much of it lies ashore, from each manhole to the shoreline."""
        before, after = self.ashore
        return line_length_km(self.lonlat[: before + 1]), line_length_km(self.lonlat[len(self.lonlat) - after - 1 :])

    def from_manholes(self, first: Floats, last: Floats) -> Course:
        """With legs from and to beach manholes, each a position of shape ``(1, 2)``, or ``(0, 2)`` where it is none."""
        lonlat = np.vstack([first, self.lonlat, last])
        ashore = len(first), len(last)
        return replace(self, lonlat=lonlat, alter_course_deg=headings_change_deg(lonlat), ashore=ashore)

    @property
    def excess(self) -> float:
        """What engineering costs, as a share of the path's cost."""
        return self.cost / self.path_cost - 1.0

    @property
    def is_within_tolerance(self) -> bool:
        """Whether legs within the rules and the tolerance exist; if not, these are the cheapest within the rules."""
        return self.excess <= self.tolerance


def alter_courses(
    sea: Terrain,
    path: LeastCostPath,
    water: shapely.Geometry,
    forbidden: shapely.Geometry | None,
    rules: AlterCourseRules,
    max_depth_m: float | None = None,
) -> Course:
    """The fewest geodesic legs along a path, and the cheapest of so few.

    Parameters
    ----------
    sea
        The ground that priced the path; it may have further walls, for legs to keep out of.
    path
        The least-cost path; of a `HeldPath` legs keep what it holds.
    water, forbidden
        Polygons that legs stay in and out of; ``forbidden`` has its buffers, or is None.
    max_depth_m
        Greatest depth of the path; None when no depth is known (the least radius counts then).

    Returns
    -------
    Course
        Its vertices are points of the path, or off its bends. When no legs are within rules and tolerance, the
        cheapest within the rules.

    Raises
    ------
    EngineeringError
        When no legs from landing to landing are within the rules at all.
    """
    if is_whole(path):
        return course_of(sea, path, rules)
    points, held = _points_along(path, rules)
    legs = _Legs.between(sea, points, rules)
    radius_m = max(rules.turning_radius_m, rules.turning_radius_depth_factor * (max_depth_m or 0.0))
    turns = _turns(legs, radius_m, rules.max_alter_course_deg)
    for item in held:
        _hold(legs, turns, sea, points, item)
    allowed = np.concatenate([turn.ravel() for turn in turns])
    limits = _Limits(sea.grid, points, water, forbidden)
    for _ in range(_MOST_RUNS):
        chain = _fewest(legs.cost, allowed, (1.0 + rules.tolerance) * path.cost)
        if chain is None:
            raise EngineeringError(
                f"no legs are within the rules of [engineering.alter_course] (legs of {rules.min_leg_km:g} km "
                f"or more, turns of {rules.max_alter_course_deg:g}° or less at a radius of {radius_m:,.0f} m, "
                f"{rules.straight_approach_km:g} km straight at the landings){_through(held)}: relax one of them"
            )
        at, to = np.array(chain[:-1]), np.array(chain[1:])
        cut = limits.cut(at, to)
        if not cut.any():
            cost = float(sum(legs.cost[i, j] for i, j in pairwise(chain)))
            return Course(points[chain], headings_change_deg(points[chain]), cost, path.cost, rules.tolerance)
        limits.close(legs.cost, at[cut], to[cut])
    raise EngineeringError(f"after {_MOST_RUNS} attempts legs still cut land or no-go: use a finer grid step")


def course_of(sea: Terrain, path: LeastCostPath, rules: AlterCourseRules) -> Course:
    """The legs of a path that are given, whatever the rules say of them."""
    lonlat = held_by(path)[0].lonlat
    cost = price(sea, lonlat)
    return Course(lonlat, headings_change_deg(lonlat), cost, cost, rules.tolerance)


def _through(held: list[HeldPoints]) -> str:
    names = ", ".join(item.held.name for item in held)
    return f" through {names} in this order" if names else ""


def _points_along(path: LeastCostPath, rules: AlterCourseRules) -> tuple[Floats, list[HeldPoints]]:
    """Places where a course may alter, shape ``(n, 2)``, and which of them are held."""
    if not isinstance(path, HeldPath):
        return _candidates(path.lonlat, STEPS), []
    held, lines = path.held, pieces_between(path)
    lengths_km = [line_length_km(line) for line in lines]
    points: list[Floats] = []
    found: list[HeldPoints] = []
    for i, line in enumerate(lines):
        if lengths_km[i]:
            inner = _candidates(line, max(int(STEPS * lengths_km[i] / sum(lengths_km)), MIN_STEPS))
            points.append(inner[1 if i else 0 : len(inner) if i == len(held) else -1])
        if i == len(held):
            break
        kept = held[i].lonlat
        if lengths_km[i]:
            points.append(arcs(without_repeats(np.vstack([kept, lines[i + 1]])[::-1]), rules)[::-1])
        found.append(HeldPoints(held[i], sum(map(len, points)) + np.arange(len(kept))))
        points.append(kept)
        if lengths_km[i + 1]:
            points.append(arcs(without_repeats(np.vstack([line, kept])), rules))
    return np.vstack(points), found


def _hold(legs: _Legs, turns: list[NDArray[np.bool_]], sea: Terrain, points: Floats, item: HeldPoints) -> None:
    """Take out, in place, legs that do not keep what is held, and let those stand that are given."""
    legs.cost[passing_by(points, legs.depart_deg, legs.length_m, item)] = np.inf
    for at in item.index[:-1]:
        legs.cost[at, at + 1] = price(sea, points[at : at + 2])
    for at in item.index[1:-1]:
        turns[at][at - 1, 0] = True


def headings_change_deg(lonlat: Floats) -> Floats:
    """Change of heading at each inner vertex of geodesic legs, −180…180, positive to starboard; shape ``(n - 2,)``."""
    out, back, _ = GEOD.inv(lonlat[:-1, 0], lonlat[:-1, 1], lonlat[1:, 0], lonlat[1:, 1])
    arriving = np.asarray(back)[:-1] + 180.0
    return signed_deg(np.asarray(out)[1:] - arriving)


def _candidates(path_lonlat: Floats, steps: int) -> Floats:
    """Places where a course may alter, in the order of the path; shape ``(n, 2)``.

    Points of the path at equal steps, closer by the landings, and at its corners. A leg between two points of a path
    that hugs a headland or a round buffer would cut it, so there are also points off the outer side of each corner, by
    a little more than legs between such corners stray from the path.
    """
    length_km = line_length_km(path_lonlat)
    ends_km = np.arange(0.0, min(END_KM, length_km / 2), END_STEP_KM)
    kp_km = np.concatenate([np.linspace(0.0, length_km, steps), ends_km, length_km - ends_km])
    points = [positions_at_km(path_lonlat, kp_km).lonlat]
    for wanted_m in STRAY_M:
        corners, corners_km, stray_m = _corners(path_lonlat, wanted_m)
        points += [corners, _off_bends(corners, OFF_BENDS * stray_m)]
        # a point off a corner comes after it, by less than any leg is long
        kp_km = np.concatenate([kp_km, corners_km, corners_km[1:-1] + stray_m * 1e-6])
    kp_km, kept = np.unique(np.round(kp_km, 6), return_index=True)
    found = np.vstack(points)[kept]
    found[0], found[-1] = path_lonlat[0], path_lonlat[-1]
    return found


def _off_bends(corners: Floats, off_m: float) -> Floats:
    """Points off the outer side of every inner corner, shape ``(n - 2, 2)``."""
    if len(corners) < 3:
        return np.empty((0, 2))
    turn_deg = headings_change_deg(corners)
    _, back, _ = GEOD.inv(corners[:-2, 0], corners[:-2, 1], corners[1:-1, 0], corners[1:-1, 1])
    outward_deg = np.asarray(back) + 180.0 + turn_deg / 2 - 90.0 * np.sign(turn_deg)
    lon, lat, _ = GEOD.fwd(corners[1:-1, 0], corners[1:-1, 1], outward_deg, np.full(len(turn_deg), off_m))
    return np.column_stack([lon, lat])


def _corners(path_lonlat: Floats, stray_m: float) -> tuple[Floats, Floats, float]:
    """The fewest vertices of a path that keep its shape: where, at which KP, and how far straight lines stray, m."""
    line = shapely.LineString(path_lonlat)
    corners = shapely.get_coordinates(shapely.simplify(line, stray_m / METRES_PER_DEGREE))
    while len(corners) > MAX_CORNERS:
        stray_m *= 1.5
        corners = shapely.get_coordinates(shapely.simplify(line, stray_m / METRES_PER_DEGREE))
    kept = (path_lonlat[:, None, :] == corners[None, :, :]).all(axis=2).any(axis=1)
    return path_lonlat[kept], vertices_km(path_lonlat)[kept], stray_m


@dataclass(frozen=True)
class _Legs:
    """All legs from point ``i`` to a later point ``j``: arrays of shape ``(n, n)``; cost inf where there is none.

    ``depart_deg`` and ``arrive_deg`` are headings at ``i`` and at ``j``.
    """

    cost: Floats
    length_m: Floats
    depart_deg: Floats
    arrive_deg: Floats

    @classmethod
    def between(cls, sea: Terrain, points: Floats, rules: AlterCourseRules) -> _Legs:
        n = len(points)
        i, j = np.triu_indices(n, 1)
        depart, back, metres = GEOD.inv(points[i, 0], points[i, 1], points[j, 0], points[j, 1])
        needed_km = np.where(
            (i == 0) | (j == n - 1), max(rules.straight_approach_km, rules.min_leg_km), rules.min_leg_km
        )
        long_enough = np.asarray(metres) >= 1000.0 * needed_km - 0.5
        cost = np.full((n, n), np.inf)
        i, j = i[long_enough], j[long_enough]
        cost[i, j] = leg_costs(sea, points[i], points[j])
        legs = cls(cost, *(np.zeros((n, n)) for _ in range(3)))
        upper = np.triu_indices(n, 1)
        legs.length_m[upper], legs.depart_deg[upper], legs.arrive_deg[upper] = metres, depart, np.asarray(back) + 180.0
        return legs


def _turns(legs: _Legs, radius_m: float, max_deg: float) -> list[NDArray[np.bool_]]:
    """Per point: whether leg ``(h, point)`` may be followed by leg ``(point, j)``; shape ``(point, n - point - 1)``."""
    n = len(legs.cost)
    allowed = []
    for at in range(n):
        turn_deg = np.abs(signed_deg(legs.depart_deg[at, None, at + 1 :] - legs.arrive_deg[:at, at, None]))
        tangent_m = radius_m * np.tan(np.radians(np.minimum(turn_deg, 179.0)) / 2.0)
        room_m = 0.5 * np.minimum(legs.length_m[:at, at, None], legs.length_m[at, None, at + 1 :])
        allowed.append((turn_deg <= max_deg) & (tangent_m <= room_m))
    return allowed


def _fewest(cost: Floats, turns: NDArray[np.bool_], budget: float) -> list[int] | None:
    """Indices of the points of the chain with fewest legs within the budget, else of the cheapest; None without any."""
    n = len(cost)
    last = np.full((n, n), np.inf)
    last[0] = cost[0]
    befores: list[NDArray[np.int32]] = []
    cheapest: tuple[float, int, int] | None = None
    for legs in range(1, min(n, _MOST_LEGS) + 1):
        at = int(np.argmin(last[:, -1]))
        total = float(last[at, -1])
        if total <= budget:
            return _traced(befores, at, n - 1)
        if np.isfinite(total) and (cheapest is None or total < cheapest[0]):
            cheapest = (total, at, legs)
        last, before = one_leg_more(cost, turns, last)
        befores.append(before)
        if not np.isfinite(last).any():
            break
    if cheapest is None:
        return None
    _, at, legs = cheapest
    return _traced(befores[: legs - 1], at, n - 1)


def _traced(befores: list[NDArray[np.int32]], at: int, end: int) -> list[int]:
    """The points of a chain, from its last leg ``(at, end)`` back to the first."""
    chain = [end, at]
    for before in reversed(befores):
        chain.append(int(before[chain[-1], chain[-2]]))
    return chain[::-1]


@dataclass(frozen=True)
class _Limits:
    """What legs between points keep to exactly; a leg that was tested is not tested again.

    Parameters
    ----------
    points
        ``(n, 2)`` degrees; a leg is named by the indices of its ends.
    water, forbidden
        As of `alter_courses`.
    """

    grid: Grid
    points: Floats
    water: shapely.Geometry
    forbidden: shapely.Geometry | None

    @cached_property
    def _clear(self) -> NDArray[np.bool_]:
        """Which legs were tested and are clear, ``(n, n)``."""
        return np.zeros((len(self.points), len(self.points)), bool)

    def cut(self, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether legs from ``i`` to ``j``, shape ``(k,)`` each, cut land or no-go."""
        untested = ~self._clear[i, j]
        if untested.any():
            a, b = i[untested], j[untested]
            ends, leg, _ = leg_pieces(self.grid, self.points[a], self.points[b])
            self._clear[a, b] = clear_legs((ends, leg), self.water, self.forbidden)
        return np.asarray(~self._clear[i, j])

    def close(self, cost: Floats, i: NDArray[np.int64], j: NDArray[np.int64]) -> None:
        """Take out, in place, legs that cut land or no-go, and those of their neighbours that do so too."""
        near = np.zeros(cost.shape, bool)
        for a, b in zip(i.tolist(), j.tolist(), strict=True):
            near[max(0, a - _AROUND) : a + _AROUND + 1, max(0, b - _AROUND) : b + _AROUND + 1] = True
        legs = np.nonzero(near & np.isfinite(cost))
        cut = self.cut(*legs)
        cost[legs[0][cut], legs[1][cut]] = np.inf
