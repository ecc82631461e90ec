"""Numba kernels of the fast marching method: the anisotropic-grid eikonal equation in upwind order.

``|∇T| = cost`` in metres is solved cell by cell in the order of rising T (Sethian 1996, PNAS 93:1591), with the
Godunov upwind scheme on the four edge neighbours, so that a wall of cells that touch at corners only still holds.
Second-order differences (Sethian 1999, SIAM Rev. 41:199, §5) are taken where the two upwind cells of an axis are
known and ordered, first-order ones elsewhere, as beside walls. Arrays are flat and padded by two wall cells.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

PAD = 2

_FAR, _FROZEN, _NEAR_SOURCE = 0, 1, 2


@njit(cache=True, nogil=True, inline="always")
def _push(keys, ids, size, key, cell):  # type: ignore[no-untyped-def]
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if keys[parent] <= key:
            break
        keys[i] = keys[parent]
        ids[i] = ids[parent]
        i = parent
    keys[i] = key
    ids[i] = cell


@njit(cache=True, nogil=True, inline="always")
def _drop_top(keys, ids, size):  # type: ignore[no-untyped-def]
    """Remove the root of a heap that has ``size`` entries left after the removal."""
    key = keys[size]
    cell = ids[size]
    i = 0
    child = 1
    while child < size:
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[i] = keys[child]
        ids[i] = ids[child]
        i = child
        child = 2 * i + 1
    keys[i] = key
    ids[i] = cell


@njit(cache=True, nogil=True, inline="always")
def _two_sided(a, b, wx, wy):  # type: ignore[no-untyped-def]
    """Larger root of ((t-a)/wx)² + ((t-b)/wy)² = 1, or inf where the two fronts are too far apart in time."""
    total = wx * wx + wy * wy
    gap = a - b
    rest = total - gap * gap
    if not rest >= 0.0:
        return np.inf
    return (wy * wy * a + wx * wx * b + wx * wy * math.sqrt(rest)) / total


@njit(cache=True, nogil=True, inline="always")
def _upwind(value, state, q, stride):  # type: ignore[no-untyped-def]
    """Least frozen value next to q along one axis, and the value behind it (inf where it cannot be used)."""
    first = np.inf
    side = 0
    if state[q - stride] == _FROZEN:
        first = value[q - stride]
        side = -stride
    if state[q + stride] == _FROZEN and value[q + stride] < first:
        first = value[q + stride]
        side = stride
    second = np.inf
    if side != 0 and state[q + 2 * side] == _FROZEN and value[q + 2 * side] <= first:
        second = value[q + 2 * side]
    return first, second


@njit(cache=True, nogil=True)
def _arrival(value, state, q, width, weight_x, weight_y, second_order):  # type: ignore[no-untyped-def]
    """Value of T at cell q from its frozen neighbours; weights are cost times spacing."""
    a1, a2 = _upwind(value, state, q, 1)
    b1, b2 = _upwind(value, state, q, width)
    if second_order:
        a, wx, b, wy = a1, weight_x, b1, weight_y
        if a2 < np.inf:
            a = (4.0 * a1 - a2) / 3.0
            wx = weight_x * 2.0 / 3.0
        if b2 < np.inf:
            b = (4.0 * b1 - b2) / 3.0
            wy = weight_y * 2.0 / 3.0
        if a1 < np.inf and b1 < np.inf:
            t = _two_sided(a, b, wx, wy)
            if t < np.inf and t >= a1 and t >= b1:
                return t
    if a1 < np.inf and b1 < np.inf:
        t = _two_sided(a1, b1, weight_x, weight_y)
        if t < np.inf and t >= a1 and t >= b1:
            return t
    t_x = a1 + weight_x
    t_y = b1 + weight_y
    if second_order:
        # one axis alone: the second-order step, unless it would arrive before the cell it comes from
        if a2 < np.inf and a + wx >= a1:
            t_x = a + wx
        if b2 < np.inf and b + wy >= b1:
            t_y = b + wy
    return min(t_x, t_y)


@njit(cache=True, nogil=True)
def march(  # type: ignore[no-untyped-def]
    cost, width, dx_m, dy_m, seeds, seed_values, second_order
):
    """March from seed cells over the whole connected water.

    Parameters
    ----------
    cost
        Flat, padded, float32, per metre; inf is a wall.
    width
        Columns of the padded array.
    dx_m, dy_m
        Spacing of each padded row, metres.
    seeds, seed_values
        Flat cells with a known upper bound of T (straight rays from the source); marching may lower them, by
        first-order steps only, because those never fall below the truth next to a point source.

    Returns
    -------
    ndarray
        T, flat, padded, float64; inf at walls and where nothing arrives.
    """
    value = np.full(cost.size, np.inf)
    state = np.zeros(cost.size, np.uint8)
    near = np.zeros(cost.size, np.uint8)
    capacity = 1 << 16
    while capacity < 2 * seeds.size + 8:
        capacity *= 2
    keys = np.empty(capacity)
    ids = np.empty(capacity, np.int32)
    size = 0
    for i in range(seeds.size):
        q = seeds[i]
        if seed_values[i] < value[q]:
            value[q] = seed_values[i]
            near[q] = 1
            _push(keys, ids, size, seed_values[i], q)
            size += 1
    while size > 0:
        k = ids[0]
        size -= 1
        _drop_top(keys, ids, size)
        if state[k] == _FROZEN:
            continue
        state[k] = _FROZEN
        if size + 4 >= capacity:
            more_keys = np.empty(2 * capacity)
            more_ids = np.empty(2 * capacity, np.int32)
            more_keys[:size] = keys[:size]
            more_ids[:size] = ids[:size]
            keys = more_keys
            ids = more_ids
            capacity *= 2
        row = k // width
        for side in range(4):
            if side == 0:
                q, r = k - 1, row
            elif side == 1:
                q, r = k + 1, row
            elif side == 2:
                q, r = k - width, row - 1
            else:
                q, r = k + width, row + 1
            if state[q] == _FROZEN or not cost[q] < np.inf:
                continue
            f = float(cost[q])
            t = _arrival(value, state, q, width, f * dx_m[r], f * dy_m[r], second_order and near[q] == 0)
            if t < value[q]:
                value[q] = t
                _push(keys, ids, size, t, q)
                size += 1
    return value


def pad(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Surround a two-dimensional cost by ``PAD`` wall cells, flat."""
    rows, cols = array.shape
    out = np.full((rows + 2 * PAD, cols + 2 * PAD), np.inf, np.float32)
    out[PAD:-PAD, PAD:-PAD] = array
    return out.ravel()
