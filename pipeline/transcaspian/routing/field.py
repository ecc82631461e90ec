"""The field of least cost from a source to every cell of the grid."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import GridError, NoRouteError, RoutingError
from transcaspian.core.grid import GEOD, Grid
from transcaspian.routing._kernels import selling
from transcaspian.routing._kernels.layout import full_layout
from transcaspian.routing.eikonal import NEAR_SOURCE_CELLS, flat_field
from transcaspian.routing.metric import Metric
from transcaspian.routing.problem import Ends, LonLat, RoutingProblem
from transcaspian.routing.terrain import Terrain, cell_at, padded_terrain, position


@dataclass(frozen=True)
class CostField:
    """Least cost from the nearest source.

    Attributes
    ----------
    grid
        Frame of the values.
    value
        ``(rows, cols)`` float32, in units of cost; inf at walls and where no water leads to. Never NaN.
    sources_lonlat
        ``((lon, lat), ...)`` in degrees, exactly as given.
    """

    grid: Grid
    value: NDArray[np.float32]
    sources_lonlat: tuple[tuple[float, float], ...]


def solve(problem: RoutingProblem, sources_lonlat: Sequence[LonLat], *, order: int = 2) -> CostField:
    """Least cost from the sources to every cell: the eikonal equation |∇T| = cost on the ellipsoid.

    Under a metric see `solve_directional`.

    Parameters
    ----------
    problem
        Its grid's row-dependent spacing on WGS84 measures lengths; its cost is read once; one or two threads march.
    sources_lonlat
        ``(lon, lat)`` in degrees, each in an open cell. Values near a source count from the point itself, not
        from its cell's centre.
    order
        2 (default) or 1. The first-order scheme is less accurate (some 3 %) but strictly monotone in the cost.

    Raises
    ------
    GridError
        A cost that is not positive, or no open cell.
    RoutingError, NoRouteError
        No source, a source outside the grid, or in a wall.

    Returns
    -------
    CostField
        ``value`` of shape ``(rows, cols)``, metres of clear seabed; inf where no line leads.

    Notes
    -----
    Rouy and Tourin 1992 (upwind), Sethian 1999 (second order); docs/method/routing.md.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid.covering(50.0, 40.0, 51.0, 41.0, step_deg=0.1)
    >>> field = solve(RoutingProblem(grid, np.ones(grid.shape)), [(50.05, 40.05)])
    >>> round(float(field.value[0, 0]) / 1000.0, 1)
    99.9
    """
    if problem.metric is not None:
        return solve_directional(problem.metric, sources_lonlat, order=order)
    sea = padded_terrain(full_layout(problem.grid), problem.cost)
    value = flat_field(sea, sources_lonlat, order=order, threads=problem.effort.threads)
    return _field(problem.grid, np.ascontiguousarray(sea.layout.inner(value)), sources_lonlat)


def _field(grid: Grid, value: NDArray[np.float32], sources_lonlat: Sequence[LonLat]) -> CostField:
    return CostField(grid, value, tuple((float(lon), float(lat)) for lon, lat in sources_lonlat))


def both_fields(problem: RoutingProblem, ends: Ends) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """T from either end, on two threads at once, ``(rows, cols)`` each.

    Parameters
    ----------
    problem
        As in `solve`.
    ends
        Both ``(lon, lat)``, degrees, in open cells.

    Raises
    ------
    NoRouteError
        When the ends lie in separate waters.
    """
    alone = problem.with_effort(threads=1)
    with ThreadPoolExecutor(len(ends)) as pool:
        there, back = pool.map(lambda end: solve(alone, [end]).value, ends)
    if not np.isfinite(there[cell_at(problem.grid, *ends[1])]):
        (lon, lat), (to_lon, to_lat) = ends
        raise NoRouteError(
            f"there is no way by water from {lon:.5f} E, {lat:.5f} N to {to_lon:.5f} E, {to_lat:.5f} N: "
            "they lie in separate waters"
        )
    return there, back


def solve_directional(metric: Metric, sources_lonlat: Sequence[LonLat], *, order: int = 2) -> CostField:
    """Least cost from the sources to every cell under a metric: the eikonal equation ``∇Tᵀ M⁻¹ ∇T = 1``.

    Where walls hide part of a cell's stencil, or the metric changes within it, T is what straight steps between cells
    in sight cost, as lines are priced: in waters narrower than the stencil (some cells times the ratio of the costs of
    directions) it is too high, never through a wall, and never below what a line costs by more than half a percent.

    Parameters
    ----------
    metric
        Cost per metre by direction.
    sources_lonlat
        ``(lon, lat)`` in degrees, each in an open cell. Values near a source count from the point itself, not from its
        cell's centre.
    order
        2 (default) or 1: order of the differences; the first-order scheme is monotone.

    Returns
    -------
    CostField
        Values float32, in units of cost.

    Raises
    ------
    GridError
        When cells are so long and narrow (near a pole) that stencils do not fit.
    RoutingError, NoRouteError
        No source, a source outside the grid, or in a wall; an order that is neither 1 nor 2.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> from transcaspian.routing import isotropic_metric
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> field = solve_directional(isotropic_metric(grid, np.full(grid.shape, 2.0)), [(50.105, 41.855)])
    >>> round(float(field.value[9, 10]))  # five cells north
    11107
    """
    if order not in (1, 2):
        raise RoutingError(f"the order is {order}: expected 1 or 2")
    if not sources_lonlat:
        raise RoutingError("no source to route from: give at least one (lon, lat)")
    sea = metric.terrain()
    rays = [_rays(sea, lon, lat) for lon, lat in sources_lonlat]
    seeds, values = (np.concatenate(parts) for parts in zip(*rays, strict=True))
    stencils, longest = selling.stencils(sea.cells, selling.clearance(metric.ee))
    if longest > selling.LONGEST_OFFSET:
        raise GridError(
            f"the metric needs stencils longer than {selling.LONGEST_OFFSET} cells: the cells are too narrow for so "
            "strong a preference of direction; use a grid nearer to the equator or factors nearer to 1"
        )
    if order == 2:  # the first order stays one monotone scheme everywhere
        selling.mark_uneven(sea.cells, stencils)
        stencils.sides[seeds] |= selling.UNEVEN
    flat = selling.march(sea.cells, stencils, selling.dependants(stencils), seeds, values, order == 2)
    return _field(metric.grid, flat.reshape(metric.grid.shape).astype(np.float32), sources_lonlat)


def _rays(sea: Terrain, lon: float, lat: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Cells around a source with the cost of the cheapest ray to each."""
    return selling.rays(sea.cells, sea.grid.cols, *position(sea, lon, lat, "the source"), NEAR_SOURCE_CELLS)


def nearest_reachable(field: CostField, lon: float, lat: float) -> tuple[float, float, float] | None:
    """Centre of the reached cell nearest to a point: ``(lon, lat, distance_km)``, or None when there is none.

    Nearest by geodesic distance on WGS84, chosen among the cells that a spherical chord ranks first.

    Parameters
    ----------
    field
        From `solve`.
    lon, lat
        The point, degrees.

    Returns
    -------
    tuple or None
        Degrees and km, geodesic.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> field = solve(problem, [(50.005, 41.85)])
    >>> lon, lat, distance_km = nearest_reachable(field, 50.1, 42.05)  # north of the grid
    >>> f"{lon:.3f} E, {lat:.3f} N, {distance_km:.2f} km"
    '50.105 E, 41.995 N, 6.12 km'
    """
    rows, cols = np.nonzero(np.isfinite(field.value))
    if rows.size == 0:
        return None
    lons, lats = field.grid.to_lonlat(rows, cols)
    phi, phi0 = np.radians(lats), np.radians(lat)
    half_chord2 = np.sin((phi - phi0) / 2) ** 2 + np.cos(phi) * np.cos(phi0) * np.sin(np.radians(lons - lon) / 2) ** 2
    # a sphere misjudges distances by less than 0.6 %: keep all that could win, then measure on the ellipsoid
    near = np.flatnonzero(half_chord2 <= half_chord2.min() * 1.03)
    _, _, distance_m = GEOD.inv(np.full(near.size, lon), np.full(near.size, lat), lons[near], lats[near])
    best = int(np.argmin(distance_m))
    return float(lons[near[best]]), float(lats[near[best]]), float(distance_m[best]) / 1000.0
