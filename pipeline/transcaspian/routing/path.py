"""From a field of cost to a line: descent, local polish, and the one quadrature of cost that all comparisons use."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import GEOD, Grid
from transcaspian.routing._kernels import descent, legs
from transcaspian.routing.bound import Bound
from transcaspian.routing.eikonal import NEAR_SOURCE_CELLS
from transcaspian.routing.field import CostField
from transcaspian.routing.problem import THOROUGH, Ends, LonLat, Polish, RoutingProblem
from transcaspian.routing.terrain import Terrain, cell_of, position

STEP_CELLS = 0.5
SOURCE_REACH_CELLS = 2.0
_WORTH_STAIRS = 1e-3
"""A line down the slope that costs more than T by this share is held against one from centre to centre."""
LONGEST_LEG_CELLS = 4.0
"""Published legs are short, so that a straight line on a lon/lat map and the geodesic are the same within metres."""

_SHORTCUT_LEGS = 8
_FARTHEST_CLEAR_CELLS = 0.01


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

    Returns
    -------
    float
        Metres of clear seabed: the integral of the cost per metre along the line.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid.covering(50.0, 40.0, 51.0, 41.0, step_deg=0.1)
    >>> problem = RoutingProblem(grid, np.full(grid.shape, 3.0))
    >>> round(polyline_cost(problem, [(50.2, 40.5), (50.8, 40.5)]) / 1000.0, 1)
    152.6
    """
    return price(problem.terrain, np.asarray(lonlat, float))


def price(sea: Terrain, lonlat: NDArray[np.float64]) -> float:
    """`polyline_cost` on a terrain: no copy of the grid for each of many short lines.

    Parameters
    ----------
    sea
        What prices the line.
    lonlat
        ``(n, 2)`` degrees.

    Returns
    -------
    float
        In units of cost times metres; inf through a wall or off the grid.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> round(price(problem.terrain, np.array([(50.01, 41.9), (50.19, 41.9)])))
    14936
    """
    return float(leg_costs(sea, lonlat[:-1], lonlat[1:]).sum()) if len(lonlat) > 1 else 0.0


def measured(sea: Terrain, lonlat: NDArray[np.float64]) -> LeastCostPath:
    """A line with its cost and its length.

    Parameters
    ----------
    sea
        What prices the line.
    lonlat
        ``(n, 2)`` degrees.
    """
    if len(lonlat) < 2:
        return LeastCostPath(lonlat, 0.0, 0.0)
    costs, metres = _costs_and_metres(sea, lonlat[:-1], lonlat[1:])
    return LeastCostPath(lonlat, float(costs.sum()), float(metres.sum()))


def leg_costs(sea: Terrain, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cost of each of many geodesic legs, by the quadrature of `polyline_cost`; inf through a wall or off the grid.

    Parameters
    ----------
    sea
        What prices them.
    start, end
        Ends of the legs, shape ``(n, 2)`` each, degrees.

    Returns
    -------
    ndarray
        Shape ``(n,)``, in units of cost times metres.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> start, end = np.array([(50.01, 41.9), (50.01, 41.9)]), np.array([(50.19, 41.9), (50.3, 41.9)])
    >>> leg_costs(problem.terrain, start, end).round(1).tolist()  # the second leaves the grid
    [14936.5, inf]
    """
    return _costs_and_metres(sea, start, end)[0] if len(start) else np.empty(0)


def _costs_and_metres(
    sea: Terrain, start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`leg_costs` of one leg or more, and their geodesic lengths."""
    parts = _pieces_of(sea.grid, start, end)
    azimuth, _, metres = GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    frame = sea.grid.west_deg, sea.grid.north_deg, sea.grid.step_deg
    return legs.leg_costs(sea.cells, frame, start, end, azimuth, metres, parts), np.asarray(metres)


def along_geodesics(grid: Grid, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """A polyline ``(n, 2)`` with points put in on the geodesics of its long legs, so that a map draws it truly.

    Parameters
    ----------
    grid
        Legs longer than four of its cells are cut.
    lonlat
        ``(n, 2)`` degrees.

    Returns
    -------
    ndarray
        ``(m, 2)`` degrees, with every vertex of the line among them.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> along_geodesics(grid, np.array([(50.0, 42.0), (50.2, 41.8)])).shape  # a leg of 28 km
    (6, 2)
    """
    if len(lonlat) < 2:
        return lonlat
    points, _, _ = leg_pieces(grid, lonlat[:-1], lonlat[1:])
    return np.vstack([points[0], lonlat[-1:]])


def leg_pieces(
    grid: Grid, start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Cut geodesic legs into pieces that are straight on the map; the vertices of the legs stay exactly as they are.

    Parameters
    ----------
    grid
        Pieces are at most four of its cells long.
    start, end
        Ends of the legs, ``(n, 2)`` degrees each.

    Returns
    -------
    ends, leg, metres
        Ends of the pieces, ``(2, pieces, 2)`` degrees, the leg that each is of, and its geodesic length, m.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> ends, leg, metres = leg_pieces(grid, np.array([(50.0, 41.95)]), np.array([(50.2, 41.95)]))
    >>> ends.shape, leg.tolist(), round(float(metres.sum()))
    ((2, 5, 2), [0, 0, 0, 0, 0], 16583)
    """
    parts = _pieces_of(grid, start, end)
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


def _pieces_of(grid: Grid, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.int64]:
    """Into how many pieces each leg is cut."""
    row, col = grid.to_rowcol(np.stack([start[:, 0], end[:, 0]]), np.stack([start[:, 1], end[:, 1]]))
    reach_cells = np.maximum(np.abs(row[1] - row[0]), np.abs(col[1] - col[0]))
    return np.maximum(1, np.ceil(reach_cells / LONGEST_LEG_CELLS - 1e-6).astype(np.int64))


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

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> from transcaspian.routing import solve
    >>> line = trace(problem, solve(problem, [(50.005, 41.85)]), 50.195, 41.85)
    >>> line[[0, -1]].tolist()
    [[50.005, 41.85], [50.195, 41.85]]
    """
    return trace_on(problem.terrain, field.value.ravel(), field.sources_lonlat, lon, lat).lonlat


def trace_on(
    sea: Terrain,
    value: NDArray[np.float32],
    sources_lonlat: Sequence[LonLat],
    lon: float,
    lat: float,
    polish: Polish = THOROUGH,
) -> LeastCostPath:
    """`trace` where T lies flat as the terrain does, priced.

    Parameters
    ----------
    sea
        What T was solved on.
    value
        T of every stored cell, flat as the terrain.
    sources_lonlat
        ``(lon, lat)`` degrees.
    lon, lat
        The target, degrees.
    polish
        How the line is pulled straight.
    """
    grid = sea.grid
    row, col = position(sea, lon, lat, "the target")
    i, j = cell_of(grid, row, col)
    if not value[sea.cells.rows.base[i] + j] < np.inf:
        raise NoRouteError(f"no water leads from the source to {lon:.5f} E, {lat:.5f} N")
    sources = np.array([position(sea, *at, "the source") for at in sources_lonlat])
    down = sea, value, (row, col), sources
    ends = (lon, lat), sources_lonlat
    path = on_the_map(sea, pulled_straight(descended(*down), sea, polish), *ends)
    if path.cost <= float(value[sea.cells.rows.base[i] + j]) * (1 + _WORTH_STAIRS):
        return path
    # in uneven places T is the sum of steps from centre to centre, and the slope between their values means little
    stairs, arrived = descent.stairs(sea.cells, *down[1:], float(NEAR_SOURCE_CELLS))
    if not arrived:
        return path
    others = [on_the_map(sea, points, *ends) for points in (pulled_straight(stairs, sea, polish), stairs)]
    return min(path, *others, key=lambda one: one.cost)


def on_the_map(
    sea: Terrain, points: NDArray[np.float64], target: LonLat, sources_lonlat: Sequence[LonLat]
) -> LeastCostPath:
    """A line of positions (row, col) to a source in degrees, turned to begin there; both ends exactly as given.

    Parameters
    ----------
    sea
        What the line is priced on.
    points
        ``(n, 2)`` positions (row, col) from the target to a source.
    target, sources_lonlat
        ``(lon, lat)`` degrees.
    """
    path = measured(sea, in_degrees(sea, points, target, sources_lonlat))
    if np.isfinite(path.cost):
        return path
    # a leg that just passes the corner of a wall may not do so when its ends are rounded to degrees: further off then
    points = points.copy()
    descent.stand_clear(points, sea.cells, 2.0 * descent.CLEAR_OF_EDGES_CELLS)
    return measured(sea, in_degrees(sea, points, target, sources_lonlat))


def in_degrees(
    sea: Terrain, points: NDArray[np.float64], target: LonLat, sources_lonlat: Sequence[LonLat]
) -> NDArray[np.float64]:
    """As `on_the_map`, whatever rounding does to the line.

    Parameters
    ----------
    sea, points, target, sources_lonlat
        As there.
    """
    lonlat = np.column_stack(sea.grid.to_lonlat(points[::-1, 0], points[::-1, 1]))
    which = int(np.argmin(np.abs(np.array(sources_lonlat) - lonlat[0]).sum(axis=1)))
    lonlat[0], lonlat[-1] = sources_lonlat[which], target
    return lonlat


def descended(
    sea: Terrain, value: NDArray[np.float32], start: tuple[float, float], sources: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Down the field from a position to a source, ``(n, 2)`` positions (row, col).

    The second-order field is not monotone: here and there a cell lies lower than all its neighbours. From there the
    line goes by cell centres to the nearest one, by cost, that is lower still, and on from it.

    Parameters
    ----------
    sea, value
        As in `trace_on`.
    start
        Position (row, col), in an open cell.
    sources
        Positions ``(n, 2)`` (row, col).
    """
    parts: list[NDArray[np.float64]] = []
    lowest = np.inf
    while True:
        part, ok = descent.descend(sea.cells, value, start, sources, STEP_CELLS, SOURCE_REACH_CELLS)
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
    """Cells (row, col) from one to the nearest by cost whose T is below ``level``, centre to centre (Dijkstra 1959).

    Parameters
    ----------
    sea, value
        As in `trace_on`.
    start
        Cell (row, col).
    level
        What T must be below.
    """
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
    """A line of (row, col) with shortcuts and shifted vertices, wherever that lowers its cost.

    Parameters
    ----------
    points
        ``(n, 2)`` positions (row, col).
    sea
        What prices the line.
    polish
        How, and how often.
    """
    for _ in range(polish.rounds):
        for pull in polish.pulls:
            before = descent.line_cost(points, sea.cells)
            points = descent.shorten(points, sea.cells, _SHORTCUT_LEGS)
            # equal legs again after each pull, so that the next one can cut at other places
            points = descent.divide(points, pull.leg_cells)
            if pull.uneven_leg_cells < pull.leg_cells:
                points = descent.divide_uneven(points, sea.cells, pull.uneven_leg_cells)
            descent.stand_clear(points, sea.cells)
            for reach in pull.nudges:
                descent.nudge(points, sea.cells, reach, polish.passes)
        if descent.line_cost(points, sea.cells) > before * (1 - polish.min_gain):
            break
    descent.stand_clear(points, sea.cells)
    descent.stand_off(points, sea.cells, _clear_cells(sea.grid))
    return points


def _clear_cells(grid: Grid) -> float:
    """How far vertices stand off walls and cells that cost more: the geodesic of a leg is not to bow into them.

    On the map a geodesic leaves the straight line between its ends by an eighth of its second derivative. That of the
    longitude is the larger, ``2 tan φ λ' φ'``: from the equations of a great circle.
    """
    lat_deg = min(max(abs(grid.north_deg), abs(grid.south_deg)), 89.0)
    bow_cells = LONGEST_LEG_CELLS**2 / 4.0 * math.radians(grid.step_deg) * math.tan(math.radians(lat_deg))
    return min(bow_cells, _FARTHEST_CLEAR_CELLS)
