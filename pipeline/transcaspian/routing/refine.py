"""A path made exact: the march again on a finer grid, in a band around it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import Grid
from transcaspian.routing._kernels import descent
from transcaspian.routing._kernels.layout import band_layout
from transcaspian.routing.eikonal import flat_field
from transcaspian.routing.path import LeastCostPath, price, trace_on
from transcaspian.routing.problem import QUICK, FinerCost, RoutingProblem
from transcaspian.routing.terrain import PaddedTerrain, check_shape, padded_terrain

HALF_WIDTH_CELLS = 8
FACTOR = 4
BLOCK_CELLS = 32
"""Finer costs are asked for in squares of so many cells of the grid."""
LOWEST_COST = np.float32(1.0)
"""Of clear seabed: no finer cell costs less."""


def refine(
    problem: RoutingProblem,
    path: LeastCostPath,
    *,
    factor: int = FACTOR,
    finer_cost: NDArray[np.floating] | None = None,
    half_width_cells: int = HALF_WIDTH_CELLS,
    adjust: Callable[[PaddedTerrain, NDArray[np.bool_]], None] | None = None,
) -> LeastCostPath:
    """The cheapest path in a band around a given one, on cells ``factor`` times as fine.

    Parameters
    ----------
    problem
        Its cost, polish (None: quick) and threads; without a metric.
    path
        Between two points in open cells.
    factor
        Finer cells along the side of a cell.
    finer_cost
        ``(rows * factor, cols * factor)``, per metre, where the cost is known so finely; it may be memory-mapped, and
        only the band is read. None: each finer cell has the cost of the cell it lies in.
    half_width_cells
        Half the width of the band, in cells of the problem's grid.
    adjust
        Called with the finer band and the cells kept, before the march: may open or close finer cells in place.

    Returns
    -------
    LeastCostPath
        Priced on the finer cells; the given line, priced there, where none cheaper is found. Without a bound, because
        that one was about another cost.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> cost = np.ones(grid.shape)
    >>> cost[:, 9:11] = np.linspace(1.0, 4.0, 30)[:, None]
    >>> problem = RoutingProblem(grid, cost)
    >>> from transcaspian.routing import least_cost_path
    >>> path = least_cost_path(problem, (50.005, 41.85), (50.195, 41.85))
    >>> refine(problem, path).cost <= path.cost
    True
    """
    finer = finer_grid(problem.grid, factor)
    keep = cells_around(problem.grid, path.lonlat, half_width_cells)
    layout = band_layout(finer, keep, factor)
    if finer_cost is None:
        band = padded_terrain(layout, problem.cost, split=factor, keep=keep, block=factor)
    else:
        check_shape(finer, finer_cost)
        band = padded_terrain(layout, finer_cost, keep=keep, block=factor)
    if adjust is not None:
        adjust(band, keep)
    given = LeastCostPath(path.lonlat, price(band, path.lonlat), path.length_m)
    start, end = path.ends
    try:
        value = flat_field(band, [start], threads=problem.effort.threads)
        found = trace_on(band, value, [start], *end, problem.effort.polish or QUICK)
    except NoRouteError:
        return given
    return found if found.cost < given.cost else given


def add_finer(band: PaddedTerrain, keep: NDArray[np.bool_], finer: FinerCost, grid: Grid) -> None:
    """Add to the cells of a band what is known of them on finer cells, in place; walls stay walls.

    Parameters
    ----------
    band
        Of cells ``finer.factor`` times as fine as those of the grid.
    keep
        Cells of the grid that are in the band, ``(rows, cols)``.
    finer
        What is known.
    grid
        Of the problem.
    """
    west, south, east, north = finer.bounds
    (top, bottom), (left, right) = grid.to_rowcol([west, east], [north, south])
    known = np.zeros(grid.shape, np.bool_)
    known[max(int(top), 0) : max(int(bottom) + 2, 0), max(int(left), 0) : max(int(right) + 2, 0)] = True
    rows, cols = np.nonzero(keep & known)
    for block in np.unique(np.column_stack([rows, cols]) // BLOCK_CELLS, axis=0) * BLOCK_CELLS:
        _add_block(band, keep & known, finer, grid, block)


def _add_block(
    band: PaddedTerrain, wanted: NDArray[np.bool_], finer: FinerCost, grid: Grid, block: NDArray[np.int64]
) -> None:
    (row, col), factor = block, finer.factor
    cells = wanted[row : row + BLOCK_CELLS, col : col + BLOCK_CELLS]
    frame = Grid(
        grid.west_deg + col * grid.step_deg,
        grid.north_deg - row * grid.step_deg,
        grid.step_deg / factor,
        cells.shape[0] * factor,
        cells.shape[1] * factor,
    )
    added = finer.added(frame)
    rows, cols = np.nonzero(np.kron(cells, np.ones((factor, factor), np.bool_)) & np.isfinite(added))
    index = band.layout.index(rows + row * factor, cols + col * factor)
    cost = band.cells.cost
    cost[index] = np.maximum(cost[index] + added[rows, cols], LOWEST_COST)


def finer_grid(grid: Grid, factor: int) -> Grid:
    """The same frame with cells ``factor`` times as fine.

    Parameters
    ----------
    grid
        The frame.
    factor
        Finer cells along the side of a cell.
    """
    return Grid(grid.west_deg, grid.north_deg, grid.step_deg / factor, grid.rows * factor, grid.cols * factor)


def cells_around(grid: Grid, lonlat: NDArray[np.float64], half_width_cells: int) -> NDArray[np.bool_]:
    """Cells within half a width of a line, along either axis: ``(rows, cols)``.

    Parameters
    ----------
    grid
        The frame.
    lonlat
        The line, ``(n, 2)`` degrees.
    half_width_cells
        Half the width, cells.
    """
    row, col = grid.to_rowcol(lonlat[:, 0], lonlat[:, 1])
    points = descent.divide(np.column_stack([row, col]), max(1.0, half_width_cells / 2))
    keep = np.zeros(grid.shape, np.bool_)
    for r, c in np.unique(np.floor(points + 0.5).astype(np.int64), axis=0):
        south, east = r + half_width_cells + 1, c + half_width_cells + 1
        keep[max(r - half_width_cells, 0) : max(south, 0), max(c - half_width_cells, 0) : max(east, 0)] = True
    return keep
