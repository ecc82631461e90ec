"""The cheapest path between two points without marching over the whole grid.

*Fast*: fields from both ends on blocks of cells; the fine march only where their sum is near its least.
*Full*: the whole grid. *Proven*: the fine march wherever a cheaper line could pass at all, see `bound`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from transcaspian.core.errors import GridError, NoRouteError
from transcaspian.core.grid import Grid, length_m
from transcaspian.routing._descent import Ground
from transcaspian.routing._layout import band_layout, full_layout, whole
from transcaspian.routing._pool import pool
from transcaspian.routing.bound import narrowed
from transcaspian.routing.field import (
    CostField,
    PaddedTerrain,
    Terrain,
    cell_of,
    check_shape,
    flat_field,
    in_a_wall,
    locate,
    nearest_reachable,
    padded_terrain,
)
from transcaspian.routing.metric import Metric, solve_directional
from transcaspian.routing.path import QUICK, THOROUGH, LeastCostPath, Polish, price, trace_on

Mode = Literal["fast", "full", "proven"]

_BLOCKS = ((2_000_000, 8), (200_000, 4))
"""Side of a block in cells for grids of at least so many cells; smaller grids are marched whole."""
_SLACK = 0.01
"""The fine march covers the blocks whose least cost from end to end is within one percent of the best."""
_WIDEN = 4.0
_WIDEST_SLACK = 0.2


def least_cost_path(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    start_lonlat: tuple[float, float],
    end_lonlat: tuple[float, float],
    *,
    mode: Mode = "fast",
    polish: Polish | None = None,
    start_name: str = "the start",
    end_name: str = "the end",
    threads: int = 2,
) -> LeastCostPath:
    """Cheapest path between two points in open cells.

    Parameters
    ----------
    grid, cost_per_m
        As in `solve`.
    start_lonlat, end_lonlat
        ``(lon, lat)``, degrees.
    mode
        ``fast`` marches over some percent of a large grid; ``full`` over all of it; ``proven`` over all that is not
        proven useless, and says how much cheaper a line could be at most.
    polish
        How the line is pulled straight: None is a quick one for ``fast`` on a large grid, else a thorough one.
    start_name, end_name
        For messages.
    threads
        One or two for the march; the path is the same. Only the proof always takes two.

    Raises
    ------
    GridError
        As `solve`.
    NoRouteError
        Names both ends and the cause: an end in a wall, or separate waters, with the size of the start's water
        and its point nearest to the end.
    """
    check_shape(grid, cost_per_m)
    for name, lonlat in ((start_name, start_lonlat), (end_name, end_lonlat)):
        try:
            check_end(grid, cost_per_m, lonlat, name)
        except NoRouteError as wall:
            raise NoRouteError(f"no route from {start_name} to {end_name}: {wall}") from None
    block = block_of(grid) if mode != "full" else 1
    quick = polish or (QUICK if block > 1 else THOROUGH)
    path = _fast(grid, cost_per_m, start_lonlat, end_lonlat, block, quick, threads) if block > 1 else None
    if path is None:
        path = _full(grid, cost_per_m, start_lonlat, end_lonlat, quick, start_name, end_name, threads)
    return path if mode != "proven" else _proven(grid, cost_per_m, start_lonlat, end_lonlat, path, polish or THOROUGH)


def _proven(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    start_lonlat: tuple[float, float],
    end_lonlat: tuple[float, float],
    path: LeastCostPath,
    polish: Polish,
) -> LeastCostPath:
    """The cheapest path over all cells that a line cheaper than the path in hand could enter, with its bound."""
    kept = narrowed(grid, cost_per_m, start_lonlat, end_lonlat, path.cost)
    again = in_band(grid, cost_per_m, start_lonlat, end_lonlat, kept.keep, kept.block, polish)
    if again is not None and again.cost < path.cost:
        path = again
    return replace(path, bound=replace(kept.bound, upper=path.cost))


def block_of(grid: Grid) -> int:
    """Side of the blocks for a grid of this size, in cells; 1 where blocks do not pay or would leave the globe."""
    size = next((block for cells, block in _BLOCKS if grid.rows * grid.cols >= cells), 1)
    try:
        blocks_grid(grid, size)
    except GridError:
        return 1
    return size


def blocks_grid(grid: Grid, block: int) -> Grid:
    """The frame whose cells are blocks of the grid's."""
    return Grid(grid.west_deg, grid.north_deg, grid.step_deg * block, -(-grid.rows // block), -(-grid.cols // block))


def both_fields(
    sea: PaddedTerrain, start_lonlat: tuple[float, float], end_lonlat: tuple[float, float], threads: int = 2
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """T from the start and T from the end, flat; on two threads at the same time."""
    with ThreadPoolExecutor(threads) as workers:
        first, second = workers.map(lambda at: flat_field(sea, [at]), (start_lonlat, end_lonlat))
    return first, second


def _fast(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    start_lonlat: tuple[float, float],
    end_lonlat: tuple[float, float],
    block: int,
    polish: Polish,
    threads: int,
) -> LeastCostPath | None:
    """The path by blocks; None where no band of blocks leads through."""
    mean, _ = pool(cost_per_m, block, threads)
    blocks = blocks_grid(grid, block)
    sea = padded_terrain(full_layout(blocks), mean)
    total = sum(sea.layout.inner(field) for field in both_fields(sea, start_lonlat, end_lonlat, threads))
    best = float(np.min(total))
    slack = _SLACK
    while np.isfinite(best) and slack <= _WIDEST_SLACK:
        keep = ndimage.binary_dilation(total <= best * (1 + slack), np.ones((3, 3), bool))
        path = in_band(grid, cost_per_m, start_lonlat, end_lonlat, keep, block, polish, threads)
        if path is not None:
            return path
        slack *= _WIDEN
    return None


def in_band(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    start_lonlat: tuple[float, float],
    end_lonlat: tuple[float, float],
    keep: NDArray[np.bool_],
    block: int,
    polish: Polish,
    threads: int = 2,
) -> LeastCostPath | None:
    """The cheapest path over kept blocks of ``block`` by ``block`` cells, the ends' among them, or None without any."""
    keep = keep.copy()
    for end in (start_lonlat, end_lonlat):
        row, col = cell_of(grid, *locate(grid, *end, "an end"))
        keep[row // block, col // block] = True
    band = padded_terrain(band_layout(grid, keep, block), cost_per_m, keep=keep, block=block)
    value = flat_field(band, [start_lonlat], threads=threads)
    if not np.isfinite(value[band.index_at(*end_lonlat)]):
        return None
    return measured(band, trace_on(band, value, [start_lonlat], *end_lonlat, polish))


def _full(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    start_lonlat: tuple[float, float],
    end_lonlat: tuple[float, float],
    polish: Polish,
    start_name: str,
    end_name: str,
    threads: int,
) -> LeastCostPath:
    """The path by the field of the whole grid."""
    sea = padded_terrain(full_layout(grid), cost_per_m)
    value = flat_field(sea, [start_lonlat], threads=threads)
    if not np.isfinite(value[sea.index_at(*end_lonlat)]):
        field = CostField(grid, sea.layout.inner(value), (start_lonlat,))
        why = separate_waters(field, end_lonlat, start_name, end_name)
        raise NoRouteError(f"no route from {start_name} to {end_name}: {why}")
    return measured(sea, trace_on(sea, value, [start_lonlat], *end_lonlat, polish))


def metric_terrain(metric: Metric) -> Terrain:
    """A metric as the kernels of lines take it."""
    tensor = np.stack([metric.ee.ravel(), metric.en.ravel(), metric.nn.ravel()])
    ground = Ground(np.ascontiguousarray(tensor[0]), tensor, whole(metric.grid), *metric.grid.spacing_m())
    return Terrain(metric.grid, ground)


def directional_path(
    metric: Metric,
    start_lonlat: tuple[float, float],
    end_lonlat: tuple[float, float],
    *,
    start_name: str = "the start",
    end_name: str = "the end",
) -> LeastCostPath:
    """`least_cost_path` where the cost depends on direction: by the field of the whole grid."""
    for name, lonlat in ((start_name, start_lonlat), (end_name, end_lonlat)):
        check_end(metric.grid, metric.ee, lonlat, name)
    sea = metric_terrain(metric)
    field = solve_directional(metric, [start_lonlat])
    if not np.isfinite(field.value.ravel()[sea.index_at(*end_lonlat)]):
        why = separate_waters(field, end_lonlat, start_name, end_name)
        raise NoRouteError(f"no route from {start_name} to {end_name}: {why}")
    return measured(sea, trace_on(sea, field.value.ravel(), [start_lonlat], *end_lonlat))


def directional_cost(metric: Metric, lonlat: ArrayLike) -> float:
    """`polyline_cost` where the cost depends on direction."""
    return price(metric_terrain(metric), np.asarray(lonlat, float))


def measured(sea: Terrain, lonlat: NDArray[np.float64]) -> LeastCostPath:
    """A line with its cost and its length."""
    return LeastCostPath(lonlat, price(sea, lonlat), length_m(lonlat))


def check_end(grid: Grid, cost_per_m: NDArray[np.floating], lonlat: tuple[float, float], name: str) -> None:
    """An end of a path must lie on the grid and in an open cell."""
    row, col = cell_of(grid, *locate(grid, *lonlat, name))
    if not cost_per_m[row, col] < np.inf:
        raise in_a_wall(*lonlat, name)


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
