"""Numba kernel that makes a cost on blocks of cells."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from numpy.typing import NDArray

from transcaspian.routing.field import check_lowest, native_floats


@njit(cache=True, nogil=True)
def _pool(cost, block, first, last, mean, least):  # type: ignore[no-untyped-def]
    """Mean and least cost of the open cells of the blocks in rows ``first … last - 1`` of the result; inf without any.

    Returns
    -------
    lowest, row, col
        Least cost seen, and where.
    """
    lowest = np.inf
    at_row = -1
    at_col = -1
    cols = mean.shape[1]
    total = np.empty(cols, np.float32)
    low = np.empty(cols, np.float32)
    number = np.empty(cols, np.int32)
    for i in range(first, last):
        total[:] = 0.0
        low[:] = np.inf
        number[:] = 0
        for r in range(i * block, min((i + 1) * block, cost.shape[0])):
            line = cost[r]
            for j in range(cols):
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
                                lowest = f
                                at_row = r
                                at_col = c
                total[j] += block_total
                number[j] += n
                low[j] = min(low[j], block_low)
        for j in range(cols):
            mean[i, j] = total[j] / number[j] if number[j] > 0 else np.inf
            least[i, j] = low[j]
    return lowest, at_row, at_col


def pool(
    cost_per_m: NDArray[np.floating], block: int, threads: int = 2
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and least cost of the open cells of each block of ``block`` by ``block`` cells.

    Every cell is read once, on one or two threads, and checked as by `check_lowest`. A block with one open cell is
    open: what is connected stays connected.

    Returns
    -------
    mean, least
        ``(ceil(rows / block), ceil(cols / block))`` float32 each; inf where no cell is open.
    """
    source = native_floats(cost_per_m)
    shape = tuple(-(-side // block) for side in source.shape)
    mean, least = np.empty(shape, np.float32), np.empty(shape, np.float32)
    middle = shape[0] // 2
    with ThreadPoolExecutor(threads) as workers:
        halves = [(0, middle), (middle, shape[0])]
        found = list(workers.map(lambda part: _pool(source, block, *part, mean, least), halves))
    check_lowest(*min(found))
    return mean, least
