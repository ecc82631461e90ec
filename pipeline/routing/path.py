"""From a field of cost to a line: descent, local polish, and the one quadrature of cost that all comparisons use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.errors import NoRouteError, RoutingError
from pipeline.grid import GEOD, Grid
from pipeline.routing import _descent
from pipeline.routing.field import CostField, Terrain, cell_of, nearest_reachable, position, solve, terrain

STEP_CELLS = 0.5
SOURCE_REACH_CELLS = 2.0
LONGEST_LEG_CELLS = 4.0
"""Published legs are short, so that a straight line on a lon/lat map and the geodesic are the same within metres."""
_STRIDES = (2, 4, 8, 16, 32, 64)
_NUDGES = (0.5, 0.25, 0.1, 0.05)
"""How far a vertex is moved across the line, as shares of its legs."""
_MOST_ROUNDS = 8
_LEAST_GAIN = 1e-5


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
    """

    lonlat: NDArray[np.float64]
    cost: float
    length_m: float


def length_m(lonlat: ArrayLike) -> float:
    """Length of a polyline ``(n, 2)`` lon/lat as the sum of its geodesic legs on WGS84, metres."""
    points = np.asarray(lonlat, float)
    return float(GEOD.line_length(points[:, 0], points[:, 1])) if len(points) > 1 else 0.0


def polyline_cost(grid: Grid, cost_per_m: NDArray[np.floating], lonlat: ArrayLike) -> float:
    """Cost of a polyline whose legs are geodesics; inf when it enters a wall or leaves the grid.

    Legs are divided along the geodesic into pieces of at most half a cell; each piece costs its geodesic length
    times the exact mean of the cells it crosses.

    Parameters
    ----------
    grid, cost_per_m
        As in `solve`.
    lonlat
        ``(n, 2)`` degrees.
    """
    return price(terrain(grid, cost_per_m), np.asarray(lonlat, float))


def price(sea: Terrain, lonlat: NDArray[np.float64]) -> float:
    """`polyline_cost` on a terrain: no copy of the grid for each of many short lines."""
    points = _along_geodesics(sea.grid, lonlat)
    if len(points) < 2:
        return 0.0
    _, _, metres = GEOD.inv(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])
    row, col = sea.grid.to_rowcol(points[:, 0], points[:, 1])
    mean = _descent.mean_costs(sea.ground, row, col)
    return float(np.sum(mean * np.asarray(metres))) if np.isfinite(mean).all() else float("inf")


def _along_geodesics(grid: Grid, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Insert points on the geodesic legs, at most half a cell apart."""
    if len(points) < 2:
        return points
    azimuth, _, metres = GEOD.inv(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])
    dx_m, dy_m = grid.spacing_m()
    half_cell_m = 0.5 * float(min(dx_m.min(), dy_m.min()))
    parts = np.maximum(1, np.ceil(np.asarray(metres) / half_cell_m).astype(int))
    leg = np.repeat(np.arange(len(parts)), parts)
    k = np.arange(leg.size) - np.repeat(np.cumsum(parts) - parts, parts)
    lon, lat, _ = GEOD.fwd(
        points[leg, 0], points[leg, 1], np.asarray(azimuth)[leg], np.asarray(metres)[leg] * k / parts[leg]
    )
    inner = np.column_stack([lon, lat])
    inner[k == 0] = points[:-1]
    return np.vstack([inner, points[-1:]])


def trace(field: CostField, cost_per_m: NDArray[np.floating], lon: float, lat: float) -> NDArray[np.float64]:
    """Least-cost line from the source to a point, by descent of the field.

    Heun's method on the interpolated field, then shortcuts that never enter a wall and never cost more.

    Parameters
    ----------
    field
        From `solve`, with the same cost.
    cost_per_m
        ``(rows, cols)``, per metre.
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
    return trace_on(terrain(field.grid, cost_per_m), field.value.ravel(), field.sources_lonlat, lon, lat)


def trace_on(
    sea: Terrain, value: NDArray[np.float32], sources_lonlat: Sequence[tuple[float, float]], lon: float, lat: float
) -> NDArray[np.float64]:
    """`trace` where T lies flat as the terrain does."""
    grid = sea.grid
    row, col = position(sea, lon, lat, "the target")
    i, j = cell_of(grid, row, col)
    if not value[sea.ground.rows.base[i] + j] < np.inf:
        raise NoRouteError(f"no water leads from the source to {lon:.5f} E, {lat:.5f} N")
    sources = np.array([position(sea, *at, "the source") for at in sources_lonlat])
    points, ok = _descent.descend(
        value, sea.ground, row, col, sources[:, 0].copy(), sources[:, 1].copy(), STEP_CELLS, SOURCE_REACH_CELLS
    )
    if not ok:
        raise RoutingError(
            f"the descent from {lon:.5f} E, {lat:.5f} N got stuck: the field was not solved with this cost"
        )
    which = int(np.argmin(np.abs(sources - points[-1]).sum(axis=1)))
    points = polish(np.ascontiguousarray(points[::-1]), sea)
    lonlat = np.column_stack(grid.to_lonlat(points[:, 0], points[:, 1]))
    lonlat[0] = sources_lonlat[which]
    lonlat[-1] = lon, lat
    return lonlat


def polish(points: NDArray[np.float64], sea: Terrain) -> NDArray[np.float64]:
    """Pull a line of (row, col) straight at ever longer scales, again and again, wherever that lowers its cost."""
    before = np.inf
    for _ in range(_MOST_ROUNDS):
        for stride in _STRIDES:
            # equal pieces again after each pull, so that the next scale can cut at other places
            points = _descent.shorten(points, sea.ground, stride)
            for reach in _NUDGES:
                _descent.nudge(points, sea.ground, reach)
            points = _descent.divide(points, min(stride / 8.0, LONGEST_LEG_CELLS))
        now = _descent.line_cost(points, sea.ground)
        if now > before * (1 - _LEAST_GAIN):
            break
        before = now
    return points


def least_cost_path(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    start_lonlat: tuple[float, float],
    end_lonlat: tuple[float, float],
    *,
    start_name: str = "the start",
    end_name: str = "the end",
) -> LeastCostPath:
    """Cheapest path between two points in open cells.

    Raises
    ------
    NoRouteError
        Names both ends and the cause: an end in a wall, or separate waters, with the size of the start's water
        and its point nearest to the end.
    """
    sea = terrain(grid, cost_per_m)
    between = f"no route from {start_name} to {end_name}"
    for name, (lon, lat) in ((start_name, start_lonlat), (end_name, end_lonlat)):
        try:
            position(sea, lon, lat, name)
        except NoRouteError as wall:
            raise NoRouteError(f"{between}: {wall}") from None
    field = solve(grid, cost_per_m, [start_lonlat])
    row, col = grid.to_rowcol(*end_lonlat)
    if not np.isfinite(field.value[cell_of(grid, float(row), float(col))]):
        raise NoRouteError(f"{between}: {separate_waters(field, end_lonlat, start_name, end_name)}")
    lonlat = trace_on(sea, field.value.ravel(), [start_lonlat], *end_lonlat)
    return LeastCostPath(lonlat, price(sea, lonlat), length_m(lonlat))


def separate_waters(field: CostField, end_lonlat: tuple[float, float], start_name: str, end_name: str) -> str:
    """Why nothing arrives: the size of the water around the start and where it comes nearest to the end."""
    dx_m, dy_m = field.grid.spacing_m()
    area_km2 = float((np.isfinite(field.value).sum(axis=1) * dx_m * dy_m).sum()) / 1e6
    text = f"they lie in separate waters; the open water around {start_name} covers {area_km2:,.1f} km²"
    near = nearest_reachable(field, *end_lonlat)
    if near is None:
        return text
    lon, lat, km = near
    return (
        f"{text} and comes nearest to {end_name} at {lon:.5f} E, {lat:.5f} N, {km:.1f} km away: "
        "open the no-go areas between them or move a landing"
    )
