"""A cost as the kernels take it, flat with every wall inf, and where a point lies on it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import GridError, NoRouteError, RoutingError
from transcaspian.core.grid import Grid
from transcaspian.routing._kernels.descent import ISOTROPIC, CellCosts
from transcaspian.routing._kernels.layout import Layout, fill, whole
from transcaspian.routing._kernels.pool import pool_rows

ALL_OPEN = np.ones((1, 1), np.bool_)


@dataclass(frozen=True)
class Terrain:
    """A grid with the cost of its cells.

    Attributes
    ----------
    grid
        Frame in lon/lat degrees.
    cells
        Costs per metre, flat and float32, every wall inf.
    """

    grid: Grid
    cells: CellCosts

    def index_at(self, lon: float, lat: float) -> int:
        """Flat index of the stored cell that holds a point."""
        row, col = cell_at(self.grid, lon, lat)
        return int(self.cells.rows.base[row] + col)


@dataclass(frozen=True)
class PaddedTerrain(Terrain):
    """A terrain that the solver can march on."""

    layout: Layout


def whole_terrain(grid: Grid, checked: NDArray[np.float32]) -> Terrain:
    """The terrain of a cost that `checked_cost` has made; nothing is copied."""
    return Terrain(grid, CellCosts(checked.ravel(), ISOTROPIC, whole(grid), *grid.spacing_m()))


def padded_terrain(
    layout: Layout,
    cost_per_m: NDArray[np.floating],
    *,
    split: int = 1,
    keep: NDArray[np.bool_] = ALL_OPEN,
    block: int = 1 << 30,
) -> PaddedTerrain:
    """Lay out a cost for the solver, in one pass over what is kept of it.

    Parameters
    ----------
    layout
        Where its cells go.
    cost_per_m
        ``(rows / split, cols / split)``, per metre; NaN or inf is a wall. It may be memory-mapped.
    split
        Cells of the layout along the side of a cell of the cost.
    keep, block
        Blocks of ``block`` by ``block`` cells of the layout that are kept; the others are walls.
    """
    flat = np.full(layout.size, np.inf, np.float32)
    check_lowest(*fill(flat, layout.rows, _native_floats(cost_per_m), split, keep, block))
    return PaddedTerrain(layout.grid, CellCosts(flat, ISOTROPIC, layout.rows, *layout.grid.spacing_m()), layout)


def pooled(
    cost_per_m: NDArray[np.floating],
    block: int,
    threads: int = 2,
    runs: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and lowest cost of the open cells of each block of ``block`` by ``block`` cells.

    Every cell is read once and checked as by `check_lowest`. A block with one open cell is open: what is connected
    stays connected.

    Parameters
    ----------
    cost_per_m
        ``(rows, cols)``, per metre; NaN or inf is a wall. It may be memory-mapped.
    block
        Side of a block, cells.
    threads
        One or two.
    runs
        First column of blocks to look at in each row of them, and one past the last; None: all.

    Returns
    -------
    mean, lowest
        ``(ceil(rows / block), ceil(cols / block))`` float32 each; inf where no cell is open, or none was looked at.
    """
    source = _native_floats(cost_per_m)
    shape = tuple(-(-side // block) for side in source.shape)
    mean, lowest = np.empty(shape, np.float32), np.empty(shape, np.float32)
    if runs is None:
        runs = np.zeros(shape[0], np.int64), np.full(shape[0], shape[1])
    runs = runs[0][: shape[0]], np.minimum(runs[1], shape[1])[: shape[0]]
    middle = shape[0] // 2
    with ThreadPoolExecutor(threads) as workers:
        halves = [(0, middle), (middle, shape[0])]
        found = list(workers.map(lambda rows: pool_rows(source, block, rows, runs, mean, lowest), halves))
    check_lowest(*min(found))
    return mean, lowest


def _native_floats(cost_per_m: NDArray[np.floating]) -> NDArray[np.floating]:
    """The same array if kernels can read it (a memory map too), else a float32 copy."""
    plain = np.asarray(cost_per_m)
    return plain if plain.dtype in (np.float32, np.float64) else plain.astype(np.float32)


def checked_cost(grid: Grid, cost_per_m: NDArray[np.floating]) -> NDArray[np.float32]:
    """A cost in float32 and C order with every wall inf; the same array where it is so and can be written.

    Parameters
    ----------
    grid
        Its frame.
    cost_per_m
        ``(rows, cols)``, per metre; NaN or inf is a wall.

    Raises
    ------
    GridError
        When the shape is not the grid's, a cost is zero or negative, or no cell is open.
    """
    check_shape(grid, cost_per_m)
    cost = np.ascontiguousarray(cost_per_m, np.float32)
    unknown = np.isnan(cost)
    if unknown.any() or not cost.flags.writeable:  # kernels are compiled for arrays that can be written
        cost = np.where(unknown, np.float32(np.inf), cost)
    row, col = np.unravel_index(int(cost.argmin()), cost.shape)
    check_lowest(float(cost[row, col]), int(row), int(col))
    return cost


def check_shape(grid: Grid, cost_per_m: NDArray[np.floating]) -> None:
    """The cost must lie on the grid."""
    if cost_per_m.shape != grid.shape:
        raise GridError(f"the cost has shape {cost_per_m.shape} and the grid {grid.shape}: make the cost on this grid")


def check_lowest(lowest: float, row: int, col: int) -> None:
    """The lowest cost must be positive and not a wall."""
    if lowest <= 0:
        raise GridError(
            f"the cost is {lowest:g} per metre at row {row}, column {col}: expected more than zero "
            "(mark walls by NaN or inf)"
        )
    if lowest == np.inf:
        raise GridError("no cell of the cost is open: every one is NaN or inf; check depth, shoreline and no-go areas")


def position(sea: Terrain, lon: float, lat: float, name: str) -> tuple[float, float]:
    """Fractional (row, col) of a point that must lie in an open cell.

    Parameters
    ----------
    sea
        What the point must lie on.
    lon, lat
        The point, degrees.
    name
        For the message.

    Raises
    ------
    RoutingError
        When the point is outside the grid.
    NoRouteError
        When its cell is a wall.
    """
    row, col = locate(sea.grid, lon, lat, name)
    r, c = cell_of(sea.grid, row, col)
    rows = sea.cells.rows
    if not (rows.west[r] <= c < rows.east[r] and sea.cells.cost[rows.base[r] + c] < np.inf):
        raise in_a_wall(lon, lat, name)
    return row, col


def locate(grid: Grid, lon: float, lat: float, name: str) -> tuple[float, float]:
    """Fractional (row, col) of a point.

    Parameters
    ----------
    grid
        What the point must lie on.
    lon, lat
        The point, degrees.
    name
        For the message.

    Raises
    ------
    RoutingError
        When the point is outside the grid.
    """
    if not grid.contains(lon, lat):
        west, south, east, north = grid.bounds
        raise RoutingError(
            f"{name} at {lon:.5f} E, {lat:.5f} N is outside the grid ({west:g}…{east:g} E, {south:g}…{north:g} N): "
            "check the order of longitude and latitude, or widen the study's extent"
        )
    row, col = (float(v) for v in grid.to_rowcol(lon, lat))
    # a point exactly on the grid's outer edge belongs to the edge cell
    return min(row, grid.rows - 0.5 - 1e-9), min(col, grid.cols - 0.5 - 1e-9)


def in_a_wall(lon: float, lat: float, name: str) -> NoRouteError:
    """The error for a point whose cell cannot be entered."""
    return NoRouteError(
        f"{name} at {lon:.5f} E, {lat:.5f} N is in a wall (land, no data or no-go): move it to open water"
    )


def cell_of(grid: Grid, row: float, col: float) -> tuple[int, int]:
    """Cell that holds a fractional position, the outer edges included."""
    return min(int(np.floor(row + 0.5)), grid.rows - 1), min(int(np.floor(col + 0.5)), grid.cols - 1)


def cell_at(grid: Grid, lon: float, lat: float) -> tuple[int, int]:
    """Cell that holds a point of the grid."""
    return cell_of(grid, *(float(v) for v in grid.to_rowcol(lon, lat)))


def cells_on(grid: Grid, points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells that hold points ``(n, 2)`` lon/lat; those outside the grid count to its edge."""
    row, col = grid.to_rowcol(points[:, 0], points[:, 1])
    rows = np.clip(np.floor(row + 0.5).astype(np.int64), 0, grid.rows - 1)
    cols = np.clip(np.floor(col + 0.5).astype(np.int64), 0, grid.cols - 1)
    return rows, cols
