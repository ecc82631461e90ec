"""A line on a sea too large to hold: sought on coarse cells, then on ever finer ones in a band around the last line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import GEOD, Grid
from transcaspian.routing._kernels.descent import ISOTROPIC, CellCosts
from transcaspian.routing._kernels.layout import band_layout
from transcaspian.routing.eikonal import flat_field
from transcaspian.routing.path import LeastCostPath, trace_on
from transcaspian.routing.problem import QUICK, THOROUGH, Ends, LonLat
from transcaspian.routing.refine import cells_around
from transcaspian.routing.terrain import PaddedTerrain, Terrain, cell_at, check_lowest, in_a_wall, locate

CostOf = Callable[[Grid], NDArray[np.floating]]
READ_CELLS = 512
"""Costs are asked for in squares of about so many cells: the tiles of a cloud-optimised GeoTIFF."""
WIDEST = 4
"""A band through which no way leads is widened to so many times its width."""
_REACH_CELLS = 4
_NAMES = ("the start", "the end")


def least_cost_path_by_levels(
    grid: Grid,
    cost_of: CostOf,
    ends: Ends,
    *,
    factor: int = 4,
    max_cells: int = 4_000_000,
    half_width_cells: int = 12,
) -> LeastCostPath:
    """The cheapest line that is found when no more of a sea is read than what lies near it.

    The whole sea is seen on its coarsest cells alone. A way that their costs do not show, a strait narrower than they
    are for one, is not found, and nothing certifies the line: where a sea fits into memory take `least_cost_path`.

    Parameters
    ----------
    grid
        The finest cells, lon/lat degrees. A sea across the antimeridian runs on beyond 180° E.
    cost_of
        Of a frame whose cells are 1, ``factor``, ``factor²`` … times as long as the finest, and whose edges are edges
        of such cells: cost per metre, ``(rows, cols)``, row 0 northernmost, above 0; NaN or inf is a wall. A frame of
        long cells may reach beyond the south and the east of the grid.
    ends
        Start and end, ``(lon, lat)`` in degrees, each in an open cell; what lies west of the grid counts as 360°
        further east.
    factor
        Cells of a level along the side of a cell of the level before.
    max_cells
        That the coarsest level may have.
    half_width_cells
        Half the width of the band, in cells of the level before; up to `WIDEST` times that where no way leads through.

    Returns
    -------
    LeastCostPath
        Priced on the finest cells, without a bound.

    Raises
    ------
    RoutingError
        When an end is outside the grid.
    NoRouteError
        When an end lies in a wall, or no way is found on a level.

    Examples
    --------
    A sea of 16 million cells across the antimeridian, of which a band is read:

    >>> sea = Grid(west_deg=175.0, north_deg=5.0, step_deg=0.0025, rows=4000, cols=4000)
    >>> asked = []
    >>> def cost_of(frame):
    ...     asked.append(frame.rows * frame.cols)
    ...     return np.ones(frame.shape)
    >>> path = least_cost_path_by_levels(sea, cost_of, ((176.0, 0.0), (-176.0, 1.0)), max_cells=10_000)
    >>> f"{path.length_m / 1000:.1f} km, {sum(asked) / 1e6:.2f} of 16 million cells"
    '897.4 km, 3.14 of 16 million cells'
    """
    start, end = ((lon + 360.0 if lon < grid.west_deg else lon, lat) for lon, lat in ends)
    for name, lonlat in zip(_NAMES, (start, end), strict=True):
        locate(grid, *lonlat, name)
    coarsest, *finer = levels(grid, factor, max_cells)
    everywhere = np.ones((1, 1), np.bool_)
    path = _path(_band(coarsest, cost_of, everywhere, max(coarsest.shape)), (start, end), is_last=not finer)
    for coarse, frame in pairwise([coarsest, *finer]):
        line = np.vstack([start, path.lonlat, end])
        path = _around(line, coarse, frame, cost_of, half_width_cells, (start, end), is_last=frame is grid)
    return path


def levels(grid: Grid, factor: int, max_cells: int) -> list[Grid]:
    """The frames from the coarsest, of at most so many cells, to the grid itself.

    Parameters
    ----------
    grid
        The last of them.
    factor
        Cells of a level along the side of a cell of the level before.
    max_cells
        Of the first.
    """
    found = [grid]
    while found[0].rows * found[0].cols > max_cells:
        side = factor ** len(found)
        rows, cols = -(-grid.rows // side), -(-grid.cols // side)
        found.insert(0, Grid(grid.west_deg, grid.north_deg, grid.step_deg * side, rows, cols))
    return found


def _around(
    line: NDArray[np.float64],
    coarse: Grid,
    frame: Grid,
    cost_of: CostOf,
    half_width_cells: int,
    ends: Ends,
    *,
    is_last: bool,
) -> LeastCostPath:
    """The cheapest line on finer cells in a band around a line, the narrowest through which one leads."""
    factor = round(coarse.step_deg / frame.step_deg)

    def within(half_width_cells: int) -> LeastCostPath:
        keep = cells_around(coarse, line, half_width_cells)
        return _path(_band(frame, cost_of, keep, factor), ends, is_last=is_last)

    for wider in range(1, WIDEST):
        with suppress(NoRouteError):
            return within(wider * half_width_cells)
    return within(WIDEST * half_width_cells)


def _path(sea: PaddedTerrain, ends: Ends, *, is_last: bool) -> LeastCostPath:
    """The cheapest line of a band; not on the last level its ends are moved out of walls."""
    try:
        start, end = ends if is_last else (_open_near(sea, *named) for named in zip(_NAMES, ends, strict=True))
        value = flat_field(sea, [start])
        return trace_on(sea, value, [start], *end, THOROUGH if is_last else QUICK)
    except NoRouteError as exc:
        raise NoRouteError(f"on cells of {sea.grid.step_deg:g}°: {exc}") from exc


def _band(grid: Grid, cost_of: CostOf, keep: NDArray[np.bool_], block: int) -> PaddedTerrain:
    """The cost of the kept blocks of a grid, asked for tile by tile; all else is a wall."""
    layout = band_layout(grid, keep, block)
    flat = np.full(layout.size, np.inf, np.float32)
    for rows, cols, kept in _tiles(grid, keep, block):
        west_deg, north_deg = grid.west_deg + cols.start * grid.step_deg, grid.north_deg - rows.start * grid.step_deg
        frame = Grid(west_deg, north_deg, grid.step_deg, rows.stop - rows.start, cols.stop - cols.start)
        at_rows, at_cols = np.nonzero(kept)
        cost = np.asarray(cost_of(frame), np.float32)[kept]
        cost[np.isnan(cost)] = np.inf
        lowest = int(cost.argmin())
        if cost[lowest] < np.inf:
            check_lowest(float(cost[lowest]), rows.start + int(at_rows[lowest]), cols.start + int(at_cols[lowest]))
        flat[layout.index(at_rows + rows.start, at_cols + cols.start)] = cost
    return PaddedTerrain(grid, CellCosts(flat, ISOTROPIC, layout.rows, *grid.spacing_m()), layout)


def _tiles(grid: Grid, keep: NDArray[np.bool_], block: int) -> Iterator[tuple[slice, slice, NDArray[np.bool_]]]:
    """Rows and columns of the tiles that have kept blocks, each with its cells that are kept."""
    side = max(1, READ_CELLS // block)
    for top, left in np.unique(np.argwhere(keep) // side, axis=0) * side:
        kept = keep[top : top + side, left : left + side].repeat(block, axis=0).repeat(block, axis=1)
        rows = slice(int(top) * block, min(int(top) * block + kept.shape[0], grid.rows))
        cols = slice(int(left) * block, min(int(left) * block + kept.shape[1], grid.cols))
        yield rows, cols, kept[: rows.stop - rows.start, : cols.stop - cols.start]


def _open_near(sea: Terrain, name: str, lonlat: LonLat) -> LonLat:
    """The place itself where its cell is open, else the centre of the nearest open cell in reach."""
    grid, cells = sea.grid, sea.cells
    row, col = cell_at(grid, *lonlat)
    rows = np.arange(max(row - _REACH_CELLS, 0), min(row + _REACH_CELLS + 1, grid.rows))[:, None]
    cols = np.arange(max(col - _REACH_CELLS, 0), min(col + _REACH_CELLS + 1, grid.cols))
    stored = (cells.rows.west[rows] <= cols) & (cols < cells.rows.east[rows])
    is_open = stored & (cells.cost[np.where(stored, cells.rows.base[rows] + cols, 0)] < np.inf)
    if not is_open.any():
        raise in_a_wall(*lonlat, name)
    if is_open[row - rows[0, 0], col - cols[0]]:
        return lonlat
    lon, lat = grid.to_lonlat(*(index[is_open] for index in np.broadcast_arrays(rows, cols)))
    best = int(GEOD.inv(np.full_like(lon, lonlat[0]), np.full_like(lat, lonlat[1]), lon, lat)[2].argmin())
    return float(lon[best]), float(lat[best])
