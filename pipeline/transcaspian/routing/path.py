"""From a field of cost to a line: descent, local polish, and the one quadrature of cost that all comparisons use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import GEOD, Grid, length_m
from transcaspian.routing._kernels import descent
from transcaspian.routing.bound import Bound
from transcaspian.routing.field import CostField
from transcaspian.routing.problem import THOROUGH, Ends, LonLat, Polish, RoutingProblem
from transcaspian.routing.terrain import Terrain, cell_of, position

STEP_CELLS = 0.5
SOURCE_REACH_CELLS = 2.0
LONGEST_LEG_CELLS = 4.0
"""Published legs are short, so that a straight line on a lon/lat map and the geodesic are the same within metres."""


_MIN_GAIN = 1e-5
_SHORTCUT_LEGS = 8


@dataclass(frozen=True)
class LeastCostPath:
    """A path between two points.

    Attributes
    ----------
    lonlat
        ``(n, 2)`` degrees, from the start to the end, both exactly as given.
    cost
        Integral of cost per metre along it.
    length_m
        Sum of the geodesic lengths of its legs on WGS84.
    bound
        What is certain about the cost; None where it was not asked for.
    sea
        The ground that priced it where that is more than the cost itself (coastal cells by the landings have a price
        there); None otherwise. It prices any line that is held to the exact polygons.
    """

    lonlat: NDArray[np.float64]
    cost: float
    length_m: float
    bound: Bound | None = None
    sea: Terrain | None = field(default=None, repr=False, compare=False)

    @property
    def ends(self) -> Ends:
        """First and last point."""
        first, last = ((float(at[0]), float(at[1])) for at in self.lonlat[[0, -1]])
        return first, last


def polyline_cost(problem: RoutingProblem, lonlat: ArrayLike) -> float:
    """Cost of a polyline whose legs are geodesics; inf when it enters a wall or leaves the grid.

    Legs longer than four cells are divided along the geodesic; shorter ones, as the router's own, are straight on the
    map, as walls are tested. Each piece costs its geodesic length times the exact mean of the cells it crosses.

    Parameters
    ----------
    problem
        Its cost, or the metric of it, prices the line.
    lonlat
        ``(n, 2)`` degrees.
    """
    return price(problem.terrain, np.asarray(lonlat, float))


def price(sea: Terrain, lonlat: NDArray[np.float64]) -> float:
    """`polyline_cost` on a terrain: no copy of the grid for each of many short lines."""
    return float(leg_costs(sea, lonlat[:-1], lonlat[1:]).sum()) if len(lonlat) > 1 else 0.0


def measured(sea: Terrain, lonlat: NDArray[np.float64]) -> LeastCostPath:
    """A line with its cost and its length."""
    return LeastCostPath(lonlat, price(sea, lonlat), length_m(lonlat))


def leg_costs(sea: Terrain, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cost of each of many geodesic legs, by the quadrature of `polyline_cost`; inf through a wall or off the grid.

    Parameters
    ----------
    sea
        What prices them.
    start, end
        Ends of the legs, shape ``(n, 2)`` each, degrees.
    """
    if len(start) == 0:
        return np.empty(0)
    points, leg, metres = _pieces(sea.grid, start, end)
    row, col = sea.grid.to_rowcol(points[..., 0], points[..., 1])
    mean = descent.mean_costs(sea.cells, row[0], col[0], row[1], col[1])
    with np.errstate(invalid="ignore"):
        cost = np.bincount(leg, weights=mean * metres, minlength=len(start))
    return np.where(np.isnan(cost), np.inf, cost)


def along_geodesics(grid: Grid, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """A polyline ``(n, 2)`` with points put in on the geodesics of its long legs, so that a map draws it truly."""
    if len(lonlat) < 2:
        return lonlat
    points, _, _ = _pieces(grid, lonlat[:-1], lonlat[1:])
    return np.vstack([points[0], lonlat[-1:]])


def _pieces(
    grid: Grid, start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Cut geodesic legs into pieces that are straight on the map: their ends, the leg each is of, and its metres.

    The ends have shape ``(2, pieces, 2)``; the vertices of the legs stay exactly as they are.
    """
    row, col = grid.to_rowcol(np.stack([start[:, 0], end[:, 0]]), np.stack([start[:, 1], end[:, 1]]))
    reach_cells = np.maximum(np.abs(row[1] - row[0]), np.abs(col[1] - col[0]))
    parts = np.maximum(1, np.ceil(reach_cells / LONGEST_LEG_CELLS - 1e-6).astype(np.int64))
    azimuth, _, metres = GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    leg = np.repeat(np.arange(len(parts)), parts)
    k = np.arange(leg.size) - np.repeat(np.cumsum(parts) - parts, parts)
    piece_m = np.asarray(metres)[leg] / parts[leg]
    first = start[leg]
    inner = k > 0
    at = leg[inner]
    lon, lat, _ = GEOD.fwd(start[at, 0], start[at, 1], np.asarray(azimuth)[at], piece_m[inner] * k[inner])
    first[inner] = np.column_stack([lon, lat])
    last = np.vstack([first[1:], end[-1:]])
    ends = k == parts[leg] - 1
    last[ends] = end
    return np.stack([first, last]), leg, piece_m


def trace(problem: RoutingProblem, field: CostField, lon: float, lat: float) -> NDArray[np.float64]:
    """Least-cost line from the source to a point, by descent of the field.

    Heun's method on the interpolated field, then shortcuts that never enter a wall and never cost more.

    Parameters
    ----------
    problem
        What the field was solved on.
    field
        From `solve`.
    lon, lat
        The target, degrees.

    Returns
    -------
    ndarray
        ``(n, 2)`` lon/lat, source first; first and last are exactly the source and the target.

    Raises
    ------
    NoRouteError
        When the target is in a wall or no water leads to it.
    """
    return trace_on(problem.terrain, field.value.ravel(), field.sources_lonlat, lon, lat)


def trace_on(
    sea: Terrain,
    value: NDArray[np.float32],
    sources_lonlat: Sequence[LonLat],
    lon: float,
    lat: float,
    polish: Polish = THOROUGH,
) -> NDArray[np.float64]:
    """`trace` where T lies flat as the terrain does."""
    grid = sea.grid
    row, col = position(sea, lon, lat, "the target")
    i, j = cell_of(grid, row, col)
    if not value[sea.cells.rows.base[i] + j] < np.inf:
        raise NoRouteError(f"no water leads from the source to {lon:.5f} E, {lat:.5f} N")
    sources = np.array([position(sea, *at, "the source") for at in sources_lonlat])
    points = descended(sea, value, (row, col), sources)
    which = int(np.argmin(np.abs(sources - points[-1]).sum(axis=1)))
    points = pulled_straight(np.ascontiguousarray(points[::-1]), sea, polish)
    descent.stand_clear(points)
    lonlat = np.column_stack(grid.to_lonlat(points[:, 0], points[:, 1]))
    lonlat[0] = sources_lonlat[which]
    lonlat[-1] = lon, lat
    return lonlat


def descended(
    sea: Terrain, value: NDArray[np.float32], start: tuple[float, float], sources: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Down the field from a position to a source, ``(n, 2)`` positions (row, col).

    The second-order field is not monotone: here and there a cell lies lower than all its neighbours. From there the
    line goes by cell centres to the nearest one, by cost, that is lower still, and on from it.
    """
    parts: list[NDArray[np.float64]] = []
    lowest = np.inf
    while True:
        part, ok = descent.descend(
            value, sea.cells, *start, sources[:, 0].copy(), sources[:, 1].copy(), STEP_CELLS, SOURCE_REACH_CELLS
        )
        parts.append(part)
        if ok:
            return np.vstack(parts)
        here = cell_of(sea.grid, *part[-1])
        lowest = min(lowest, level_of(sea, value, here))
        way = way_down(sea, value, here, lowest)
        lowest = level_of(sea, value, way[-1])
        parts.append(np.array(way[:-1], float).reshape(-1, 2))
        start = float(way[-1][0]), float(way[-1][1])


def way_down(sea: Terrain, value: NDArray[np.float32], start: tuple[int, int], level: float) -> list[tuple[int, int]]:
    """Cells (row, col) from one to the nearest by cost whose T is below ``level``, centre to centre (Dijkstra 1959)."""
    came: dict[tuple[int, int], tuple[int, int]] = {}
    waiting: list[tuple[float, tuple[int, int], tuple[int, int]]] = [(0.0, start, start)]
    while waiting:
        cost, cell, before = heappop(waiting)
        if cell in came:
            continue
        came[cell] = before
        if level_of(sea, value, cell) < level:
            way = [cell]
            while way[-1] != start:
                way.append(came[way[-1]])
            return way[::-1]
        for beside in product(range(cell[0] - 1, cell[0] + 2), range(cell[1] - 1, cell[1] + 2)):
            step = descent.segment_cost(sea.cells, *map(float, cell), *map(float, beside))
            if step < np.inf and beside not in came:
                heappush(waiting, (cost + step, beside, cell))
    raise AssertionError("a cell with a finite value is not joined to any source: the field is of another cost")


def level_of(sea: Terrain, value: NDArray[np.float32], cell: tuple[int, int]) -> float:
    """T at the centre of an open cell."""
    return float(value[sea.cells.rows.base[cell[0]] + cell[1]])


def pulled_straight(points: NDArray[np.float64], sea: Terrain, polish: Polish) -> NDArray[np.float64]:
    """A line of (row, col) with shortcuts and shifted vertices, wherever that lowers its cost."""
    before = np.inf
    for _ in range(polish.rounds):
        for leg in polish.legs_cells:
            points = descent.shorten(points, sea.cells, _SHORTCUT_LEGS)
            # equal legs again after each pull, so that the next scale can cut at other places
            points = descent.divide(points, leg)
            for reach in polish.nudges:
                descent.nudge(points, sea.cells, reach)
        now = descent.line_cost(points, sea.cells)
        if now > before * (1 - _MIN_GAIN):
            break
        before = now
    return points
