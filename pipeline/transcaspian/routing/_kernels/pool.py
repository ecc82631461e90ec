"""Numba kernel that makes a cost on blocks of cells."""

from __future__ import annotations

import numpy as np

from transcaspian.core.compiled import allocating


@allocating
def pool_rows(cost, block, rows, runs, mean, lowest_of):  # type: ignore[no-untyped-def]
    """Mean and lowest cost of the open cells of blocks, in some rows of them; inf without any, and outside the runs.

    Parameters
    ----------
    cost
        ``(rows, cols)``, per metre; NaN or inf is a wall.
    block
        Side of a block, cells.
    rows
        The first row of blocks, and one past the last.
    runs
        First column of blocks in every row, and one past the last.
    mean, lowest_of
        Of every block, written.

    Returns
    -------
    lowest, row, col
        Lowest cost seen, and where.
    """
    lowest, at_row, at_col = np.inf, -1, -1
    cols = mean.shape[1]
    total, low = np.empty(cols, np.float32), np.empty(cols, np.float32)
    number = np.empty(cols, np.int32)
    first, last = rows
    for i in range(first, last):
        west, east = runs[0][i], runs[1][i]
        total[:] = 0.0
        low[:] = np.inf
        number[:] = 0
        for r in range(i * block, min((i + 1) * block, cost.shape[0])):
            line = cost[r]
            for j in range(west, east):
                block_total = np.float32(0.0)
                block_low = np.float32(np.inf)
                n = 0
                for c in range(j * block, min((j + 1) * block, cost.shape[1])):
                    f = line[np.uintp(c)]
                    if f < np.inf:  # not so for NaN
                        block_total += f
                        n += 1
                        if f < block_low:
                            block_low = f
                            if f < lowest:
                                lowest, at_row, at_col = f, r, c
                total[j] += block_total
                number[j] += n
                low[j] = min(low[j], block_low)
        for j in range(cols):
            mean[i, j] = total[j] / number[j] if number[j] > 0 else np.inf
            lowest_of[i, j] = low[j]
    return lowest, at_row, at_col
