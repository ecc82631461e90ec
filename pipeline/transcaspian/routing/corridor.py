"""The near-optimal corridor: what the best line through each cell costs more than the least-cost path."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import Grid, length_m
from transcaspian.routing.alternatives import densified
from transcaspian.routing.between import MetricOf, cells_on
from transcaspian.routing.field import cell_of, checked_cost, solve, terrain
from transcaspian.routing.landing import ShoreLanding, approach
from transcaspian.routing.metric import solve_directional
from transcaspian.routing.path import LeastCostPath, price, trace_on
from transcaspian.seabed import area_of, polygons_of

_EIGHT = np.ones((3, 3), dtype=bool)
TIE = 0.001
"""Excess up to which two ways count as equally cheap."""
_APART_CELLS = 10.0


@dataclass(frozen=True)
class Corridor:
    """Excess cost of the best line through each cell.

    Attributes
    ----------
    grid
        Frame of the values.
    excess
        ``(rows, cols)`` float32, ``(T_from + T_to) / T* − 1``, a share of the cost of the path, never negative; NaN at
        walls and where no water leads to.
    path_cost
        T*, the sum of the two fields on the path, in units of cost times metres.
    path_lonlat
        The least-cost path, ``(n, 2)`` degrees.
    ends_lonlat
        ``((lon, lat), (lon, lat))`` of the two sources, degrees.
    """

    grid: Grid
    excess: NDArray[np.float32]
    path_cost: float
    path_lonlat: NDArray[np.float64]
    ends_lonlat: tuple[tuple[float, float], tuple[float, float]]


def corridor(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    start_lonlat: tuple[float, float],
    end_lonlat: tuple[float, float],
    path_lonlat: NDArray[np.float64],
    *,
    metric_of: MetricOf | None = None,
) -> Corridor:
    """Fields of least cost from both ends, solved at once, and what their sum exceeds its value on the path by.

    The cells with an excess of at most ε are those that some line of at most (1 + ε) times the path's cost goes
    through. The path is taken at the price that the fields give it: an error that they make by a landing is the same
    for all lines through it and is no excess of any.

    Parameters
    ----------
    grid, cost_per_m
        As in `solve`; NaN or inf is a wall.
    start_lonlat, end_lonlat
        ``(lon, lat)`` in degrees, in open cells: where the landings join the grid, from `approach`.
    path_lonlat
        The least-cost path between the landings, ``(n, 2)`` degrees.
    metric_of
        As in `route_between`.

    Raises
    ------
    GridError, RoutingError, NoRouteError
        As in `solve`; also when the two ends lie in separate waters.
    """
    ends = (start_lonlat, end_lonlat)
    there, back = _both_fields(grid, cost_per_m, ends, metric_of)
    total = np.add(there, back, dtype=np.float64)
    path_cost = float(np.median(_finite(total[cells_on(grid, np.vstack([densified(path_lonlat), ends]))])))
    excess = np.maximum(total / path_cost - 1.0, 0.0).astype(np.float32)
    excess[np.isinf(excess)] = np.nan
    return Corridor(grid, excess, path_cost, path_lonlat, ends)


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[np.isfinite(values)]


def ties(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    start_lonlat: tuple[float, float],
    end_lonlat: tuple[float, float],
    *,
    tolerance: float = TIE,
) -> tuple[LeastCostPath, ...]:
    """Paths by different ways that cost the same within a tolerance, cheapest first; one where the best is alone.

    Halfway by cost, the cells of the near-optimal corridor form one group for each way; the ways around an island form
    two. The cheapest path through each group is returned, in two halves, one from each field, if it is somewhere more
    than ten cells away from the cheaper ones.

    Parameters
    ----------
    grid, cost_per_m, start_lonlat, end_lonlat
        As in `corridor`.
    tolerance
        Greatest excess over the least cost, a share. Below a tenth of a percent the fields cannot tell.
    """
    sea = terrain(grid, cost_per_m)
    there, back = _both_fields(grid, cost_per_m, (start_lonlat, end_lonlat), None)
    total = np.add(there, back, dtype=np.float64)
    # every line passes halfway: the least sum there is that of the best one, whatever the fields err by at a landing
    halfway = (there <= back) & ndimage.binary_dilation(there > back, _EIGHT)
    gate = halfway & (total <= total[halfway].min(initial=np.inf) * (1 + tolerance))
    # a gap of a cell or two is noise of the fields, not another way
    groups, n = ndimage.label(ndimage.binary_dilation(gate, _EIGHT, iterations=2), _EIGHT)
    found = []
    for group in range(1, n + 1):
        row, col = np.unravel_index(int(np.argmin(np.where(gate & (groups == group), total, np.inf))), grid.shape)
        lon, lat = (float(v) for v in grid.to_lonlat(row, col))
        first = trace_on(sea, there.ravel(), [start_lonlat], lon, lat)
        last = trace_on(sea, back.ravel(), [end_lonlat], lon, lat)[::-1]
        line = np.vstack([first, last[1:]])
        found.append(LeastCostPath(line, price(sea, line), length_m(line)))
    return _parted(grid, sorted(found, key=lambda path: path.cost))


def _parted(grid: Grid, paths: Sequence[LeastCostPath]) -> tuple[LeastCostPath, ...]:
    """The paths that part from all before them: groups of cells may be two by the noise of the fields alone."""
    kept: list[tuple[LeastCostPath, shapely.LineString]] = []
    for path in paths:
        cells = np.column_stack(grid.to_rowcol(*path.lonlat.T))
        if all(shapely.distance(shapely.points(cells), line).max() > _APART_CELLS for _, line in kept):
            kept.append((path, shapely.LineString(cells)))
    return tuple(path for path, _ in kept)


def _both_fields(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    ends: tuple[tuple[float, float], tuple[float, float]],
    metric_of: MetricOf | None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """T from either end, on two threads at once.

    Raises
    ------
    NoRouteError
        When the ends lie in separate waters.
    """
    with ThreadPoolExecutor(len(ends)) as pool:
        there, back = pool.map(partial(field_from, grid, cost_per_m, metric_of), ends)
    if not np.isfinite(there[cell_of(grid, *(float(v) for v in grid.to_rowcol(*ends[1])))]):
        (lon, lat), (to_lon, to_lat) = ends
        raise NoRouteError(
            f"there is no corridor from {lon:.5f} E, {lat:.5f} N to {to_lon:.5f} E, {to_lat:.5f} N: "
            "they lie in separate waters"
        )
    return there, back


def field_from(
    grid: Grid, cost_per_m: NDArray[np.floating], metric_of: MetricOf | None, end: tuple[float, float]
) -> NDArray[np.float32]:
    """T from one point, float32, shape ``grid.shape``, by the cost or by the metric made of it."""
    if metric_of is None:
        return solve(grid, cost_per_m, [end], threads=1).value
    return solve_directional(metric_of(checked_cost(grid, cost_per_m)), [end]).value


def corridor_between(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    water: shapely.Geometry,
    start: ShoreLanding,
    end: ShoreLanding,
    forbidden: shapely.Geometry | None,
    path: LeastCostPath,
    *,
    max_approach_km: float | None = None,
    metric_of: MetricOf | None = None,
) -> Corridor:
    """`corridor` from landing to landing: between the open cells where they join the grid.

    Parameters
    ----------
    grid, cost_per_m, water, start, end, forbidden, max_approach_km, metric_of
        As in `route_between`.
    path
        From `route_between`, with the same.

    Raises
    ------
    LandingError
        A landing cannot join the grid.
    NoRouteError
        The landings are in separate waters.
    """
    joins = [
        approach(grid, cost_per_m, (at.lon, at.lat), water, max_approach_km, name=at.name, forbidden=forbidden)
        for at in (start, end)
    ]
    there, back = ((at.lon, at.lat) for at in joins)
    return corridor(grid, cost_per_m, there, back, path.lonlat, metric_of=metric_of)


def corridor_polygon(
    corridor: Corridor, limit: float, water: shapely.Geometry, forbidden: shapely.Geometry | None = None
) -> shapely.MultiPolygon:
    """The cells with an excess of at most a limit, as an area in the exact water and out of the exact no-go areas.

    Through every point of the corridor runs a near-optimal line, so the set hangs together; a cell that does not
    touch the cells of the line and its ends is an error of the fields and is left out. Pieces that only the shoreline
    or a no-go area cuts off stay.

    Parameters
    ----------
    limit
        Greatest excess, a share of the cost of the path.
    water
        Polygon or multipolygon, lon/lat; islands are holes.
    forbidden
        No-go polygons with their buffers, lon/lat, or None.

    Returns
    -------
    MultiPolygon
        Valid, lon/lat degrees; its outer edges follow the edges of cells, the shoreline and the no-go areas.
    """
    inside = _joined(corridor, corridor.excess <= limit)
    area = shapely.intersection(area_of(corridor.grid, inside), water)
    return polygons_of(area if forbidden is None else shapely.difference(area, forbidden))


def _joined(corridor: Corridor, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pieces of a set of cells that the path or one of its ends lies in; corners join."""
    label, _ = ndimage.label(inside, structure=_EIGHT)
    wanted = label[cells_on(corridor.grid, np.vstack([densified(corridor.path_lonlat), corridor.ends_lonlat]))]
    return np.isin(label, wanted[wanted > 0])
