"""Where cells lie in flat arrays: one run of columns in each row, so that a band costs no more than its cells.

Kernels see three arrays, `RowRuns`: the cell (row, col) has the flat index ``base[row] + col`` where
``west[row] <= col < east[row]``, and does not exist elsewhere. A whole array in C order is the simplest case. For the
solver, `Layout` adds two wall cells on every side of every open cell, so that no neighbour must be checked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.compiled import kernel
from transcaspian.core.errors import GridError
from transcaspian.core.grid import Grid

PAD = 2
_MAX_ROWS = 65_535 - 2 * PAD


class RowRuns(NamedTuple):
    """Runs of columns by row; int64, shape ``(rows,)`` each."""

    base: NDArray[np.int64]
    west: NDArray[np.int64]
    east: NDArray[np.int64]


def whole(grid: Grid) -> RowRuns:
    """The runs of an unpadded ``(rows, cols)`` array in C order."""
    rows = np.arange(grid.rows, dtype=np.int64)
    return RowRuns(rows * grid.cols, np.zeros_like(rows), np.full_like(rows, grid.cols))


@dataclass(frozen=True)
class Layout:
    """Padded runs for the solver.

    Attributes
    ----------
    grid
        The frame; rows and columns count from its north-western cell, and padding has negative ones.
    base, west, east
        As `RowRuns`, for the padded rows ``-PAD … rows + PAD - 1``; west is even and runs have even length, and so do
        pairs of rows, because a coarser layout halves them.
    """

    grid: Grid
    base: NDArray[np.int64]
    west: NDArray[np.int64]
    east: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Cells stored, padding included."""
        return int((self.east - self.west).sum())

    @cached_property
    def row_of(self) -> NDArray[np.uint16]:
        """Padded row of each stored cell."""
        return np.repeat(np.arange(self.base.size, dtype=np.uint16), self.east - self.west)

    @property
    def rows(self) -> RowRuns:
        """The runs of the grid's own rows."""
        inner = slice(PAD, PAD + self.grid.rows)
        return RowRuns(self.base[inner], self.west[inner], self.east[inner])

    @property
    def padded_rows(self) -> RowRuns:
        """The runs of all rows, the padding included."""
        return RowRuns(self.base, self.west, self.east)

    @cached_property
    def spacing_m(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``dx_m, dy_m`` of the padded rows; padding repeats the edge."""
        after = self.base.size - self.grid.rows - PAD
        dx_m, dy_m = (np.pad(side_m, (PAD, after), mode="edge") for side_m in self.grid.spacing_m())
        return dx_m, dy_m

    def index(self, row: NDArray[np.int64], col: NDArray[np.int64]) -> NDArray[np.int64]:
        """Flat indices of cells that are stored."""
        return self.base[row + PAD] + col

    def inner(self, flat: NDArray[np.float32]) -> NDArray[np.float32]:
        """The ``(rows, cols)`` view of values on the layout of a whole grid."""
        padded = flat.reshape(self.base.size, -1)
        left = -int(self.west[0])
        return padded[PAD : PAD + self.grid.rows, left : left + self.grid.cols]

    def halved(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """``base`` and run lengths of the layout whose cells are two by two cells of this one."""
        lengths = (self.east - self.west)[::2] // 2
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        return starts - self.west[::2] // 2, lengths


def runs_of(keep: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First column of each row that is kept, and one past the last; 1 and 1 where none is."""
    any_kept = keep.any(axis=1)
    west, east = keep.argmax(axis=1), keep.shape[1] - keep[:, ::-1].argmax(axis=1)
    return np.where(any_kept, west, 1), np.where(any_kept, east, 1)


def full_layout(grid: Grid) -> Layout:
    """Every cell of the grid."""
    rows = np.arange(grid.rows)
    return _layout(grid, np.zeros_like(rows), np.full_like(rows, grid.cols))


def band_layout(grid: Grid, keep: NDArray[np.bool_], block: int) -> Layout:
    """The cells of the kept blocks, and in each row whatever lies between them.

    Parameters
    ----------
    keep
        ``(ceil(rows / block), ceil(cols / block))``.
    block
        Side of a block in cells.
    """
    first, last = runs_of(keep)
    west = np.repeat(first * block, block)[: grid.rows]
    east = np.repeat(np.minimum(last * block, grid.cols), block)[: grid.rows]
    return _layout(grid, west, east)


def _layout(grid: Grid, west: NDArray[np.int64], east: NDArray[np.int64]) -> Layout:
    """Pad runs (empty where ``east <= west``) by two cells on all four sides and even them out."""
    if grid.rows > _MAX_ROWS:
        raise GridError(f"the grid has {grid.rows:,} rows: the router can hold {_MAX_ROWS:,}; use a larger step")
    padded = grid.rows + 2 * PAD + grid.rows % 2
    far = np.iinfo(np.int64).max // 4
    low, high = np.full(padded, far), np.full(padded, -far)
    empty = east <= west
    west, east = np.where(empty, far, west), np.where(empty, -far, east)
    for shift in range(2 * PAD + 1):
        rows = slice(shift, shift + grid.rows)
        low[rows] = np.minimum(low[rows], west - PAD)
        high[rows] = np.maximum(high[rows], east + PAD)
    # a pair of rows shares its run, from an even column to an even one
    low = np.repeat(np.minimum(low[::2], low[1::2]) // 2 * 2, 2)
    high = np.repeat((np.maximum(high[::2], high[1::2]) + 1) // 2 * 2, 2)
    nothing = high <= low
    low[nothing] = high[nothing] = 0
    starts = np.concatenate([[0], np.cumsum(high - low)[:-1]])
    return Layout(grid, starts - low, low, high)


@kernel
def fill(flat, rows, source, split, keep, block):  # type: ignore[no-untyped-def]
    """Copy a cost into a layout; NaN and what is not kept become walls.

    Parameters
    ----------
    flat
        float32, written wherever a run lies; its padding must be inf already.
    rows
        Runs of the grid's rows.
    source
        ``(rows / split, cols / split)``: each of its cells covers ``split`` by ``split`` cells of the layout.
    keep, block
        Blocks of ``block`` by ``block`` cells that are kept.

    Returns
    -------
    lowest, row, col
        Least cost copied, and where it lies.
    """
    lowest, at_row, at_col = np.inf, -1, -1
    for r in range(rows.base.size):
        line = source[r // split]
        r_block = r // block
        at = rows.base[r]
        west = max(rows.west[r], 0)
        east = min(rows.east[r], source.shape[1] * split)
        for b in range(west // block, (max(east, 1) - 1) // block + 1):
            if not keep[r_block, b]:
                continue
            # source cell by source cell: a division for every cell would take longer than all the rest
            first = max(west, b * block)
            last = min(east, (b + 1) * block)
            for c_source in range(first // split, (last - 1) // split + 1):
                f = line[np.uintp(c_source)]
                # chosen, not branched on, which no processor could foresee among islands; not so for NaN
                here = f if f < np.inf else np.inf
                if split == 1:
                    flat[np.uintp(at + c_source)] = here
                else:
                    for c in range(max(first, c_source * split), min(last, (c_source + 1) * split)):
                        flat[np.uintp(at + c)] = here
                if here < lowest:
                    lowest, at_row = here, r
                    at_col = c_source * split
    return lowest, at_row, at_col
