"""A binary heap of cells by T, for numba kernels: the lowest key is at the root, ``keys[0]`` and ``cells[0]``."""

from __future__ import annotations

import numpy as np

from transcaspian.core.compiled import allocating, kernel


@kernel
def heap_push(keys, cells, size, key, cell):  # type: ignore[no-untyped-def]
    """Add to a heap of ``size`` entries; there must be room."""
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if keys[parent] <= key:
            break
        keys[i] = keys[parent]
        cells[i] = cells[parent]
        i = parent
    keys[i] = key
    cells[i] = cell


@kernel
def heap_drop(keys, cells, size):  # type: ignore[no-untyped-def]
    """Remove the root of a heap that has ``size`` entries left after the removal."""
    key, cell = keys[size], cells[size]
    i, child = 0, 1
    while child < size:
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[i] = keys[child]
        cells[i] = cells[child]
        i = child
        child = 2 * i + 1
    keys[i] = key
    cells[i] = cell


@allocating
def heap_room(keys, cells, size, more):  # type: ignore[no-untyped-def]
    """The heap's arrays if ``more`` entries fit beside ``size``, else copies with twice the room and more."""
    if size + more <= keys.size:
        return keys, cells
    wide_keys = np.empty(2 * keys.size + more, keys.dtype)
    wide_cells = np.empty(2 * keys.size + more, cells.dtype)
    wide_keys[:size] = keys[:size]
    wide_cells[:size] = cells[:size]
    return wide_keys, wide_cells
