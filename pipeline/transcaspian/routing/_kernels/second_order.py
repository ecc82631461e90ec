"""Numba kernels of the second-order field: T of each cell once, in an announced order, and of few cells again.

A cell among even neighbours takes the lower of two values. One solves |∇T| = cost by upwind differences of second order
(Sethian 1999, SIAM Rev. 41:199, §5). The other is the cheapest straight step from one of its eight neighbours, at the
price that a line has there: so no value is above what a search over the eight directions finds, and beside walls and in
channels of cells that touch at corners the front is not slowed down. A cell beside a jump of the cost is reached by
straight steps only, see `lines`, and one beside a wall by differences too where the front is straight.

Arrays are laid out as in `march`. A cell in a list is ``row << 32 | index``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.compiled import inlined, kernel
from transcaspian.routing._kernels import buckets, lines
from transcaspian.routing._kernels.heap import heap_drop, heap_push
from transcaspian.routing._kernels.march import upwind
from transcaspian.routing._kernels.prefetch import prefetch

_U = np.uintp
_F = np.float32
_INF = np.float32(np.inf)
_LOWER = 0xFFFFFFFF
_NEIGHBOURS = 8
_AHEAD = 16
"""Cells between asking for a cell's memory and computing it: measured, 8 to 32 are alike."""
NEAR_SOURCE, UNEVEN, BESIDE_WALL = 1, 2, 4
"""Bits of a cell's flag: it has the price of a straight ray from the source; a jump of cost is beside it;
a wall is, and no jump."""
_MAX_BEND = np.float32(0.25)
"""Steps by which T may bend along an axis beside a wall: where the front turns sharply round a wall's end, or two meet,
differences of second order fall short of any line."""
NOT_REACHED = np.finfo(np.float32).max
"""T of a cell whose turn came before that of every neighbour: finite, so that it counts as computed too early."""
_WORTH_A_LOOK = np.float32(0.1)
"""Steps by which an upwind neighbour must be lower than a cell computed before it: a tenth of a step changes that cell
by half a percent of the step."""
_WORTH_A_GLANCE = np.float32(0.06)
"""Its own steps by which a cell must be lower than a neighbour for any to be looked at: that many are a tenth of a step
of a neighbour that is even with it, and far less than a straight step costs to one that is not."""
_SHORTEST_LINE = np.float32(0.35)
"""No line into a cell crosses less of it than this share of a side: half its length, at an angle of 45 degrees."""
_WORTH_A_CHANGE = np.float32(1e-4)
"""Steps by which a cell must become lower for its neighbours to be looked at again."""


class Field(NamedTuple):
    """Cells whose second-order T is sought, flat, and the rows in which they lie.

    Attributes
    ----------
    cost
        float32, per metre; inf is a wall.
    value
        float32, T; inf where nothing has arrived, `NOT_REACHED` where that was said too early.
    flag
        uint8, `NEAR_SOURCE`, `UNEVEN` and `BESIDE_WALL`.
    base
        int64, per row: the cell (row, col) has the index ``base[row] + col``.
    dx_m, dy_m, diagonal_m
        float32, per row: between neighbours in the row, to the next row, and to the next row's next column.
    """

    cost: NDArray[np.float32]
    value: NDArray[np.float32]
    flag: NDArray[np.uint8]
    base: NDArray[np.int64]
    dx_m: NDArray[np.float32]
    dy_m: NDArray[np.float32]
    diagonal_m: NDArray[np.float32]


class Late(NamedTuple):
    """Cells that came too late for neighbours computed before them: a heap by T.

    Attributes
    ----------
    keys, cells
        T (float32) and cell (int64); an entry whose cell is lower by now is out of date.
    state
        One record, `buckets.STATE`: ``in_heap``, ``visits`` and ``again`` are used.
    """

    keys: NDArray[np.float32]
    cells: NDArray[np.int64]
    state: NDArray[np.void]

    @classmethod
    def none(cls) -> Late:
        """An empty heap."""
        return cls(np.empty(1 << 12, np.float32), np.empty(1 << 12, np.int64), np.zeros(1, buckets.STATE))

    def with_room(self) -> Late:
        """The same with room for more."""
        keys, cells = (np.concatenate([array, np.empty_like(array)]) for array in (self.keys, self.cells))
        return Late(keys, cells, self.state)


@inlined
def _extrapolated(near, far):  # type: ignore[no-untyped-def]
    """Upwind value and share of the spacing of a difference of second order, of first where the far cell is no help.

    ``(3 t - 4 near + far) / 2h`` is ``(t - a) / h'`` with ``a = near + (near - far) / 3`` and ``h' = 2h / 3``.
    """
    second = far <= near and near < _INF
    a = near + (near - far) * _F(1 / 3)
    return (a if second else near), (_F(2 / 3) if second else _F(1))


@inlined
def _by_differences(field, q, r, f):  # type: ignore[no-untyped-def]
    """T of the cell q in row r by second-order upwind differences.

    All neighbours are read and then chosen from: a branch for each choice, which no processor can foresee, took twice
    as long.
    """
    value = field.value
    at = field.base[_U(r)]
    north, south = value[_U(q + field.base[_U(r - 1)] - at)], value[_U(q + field.base[_U(r + 1)] - at)]
    far_north, far_south = value[_U(q + field.base[_U(r - 2)] - at)], value[_U(q + field.base[_U(r + 2)] - at)]
    west, east = value[_U(q - 1)], value[_U(q + 1)]
    far_west, far_east = value[_U(q - 2)], value[_U(q + 2)]
    a, share_x = _extrapolated(min(west, east), far_west if west <= east else far_east)
    b, share_y = _extrapolated(min(north, south), far_north if north <= south else far_south)
    return upwind(a, b, f * field.dx_m[_U(r)] * share_x, f * field.dy_m[_U(r)] * share_y)


@inlined
def _along_wall(field, q, r, f):  # type: ignore[no-untyped-def]
    """As `_by_differences`, beside a wall: inf where the front bends, or another one comes from beyond the corner.

    Steps in eight directions alone make the way along a slanting shore, stairs of cells, up to 5 % too long.
    """
    value = field.value
    at = field.base[_U(r)]
    up, down = field.base[_U(r - 1)] - at, field.base[_U(r + 1)] - at
    side = -1 if value[_U(q - 1)] <= value[_U(q + 1)] else 1
    northward = value[_U(q + up)] <= value[_U(q + down)]
    row = up if northward else down
    far_row = field.base[_U(r - 2 if northward else r + 2)] - at
    x, y = f * field.dx_m[_U(r)], f * field.dy_m[_U(r)]
    near_x, far_x = value[_U(q + side)], value[_U(q + 2 * side)]
    near_y, far_y = value[_U(q + row)], value[_U(q + far_row)]
    a, share_x = _extrapolated(near_x, far_x)
    b, share_y = _extrapolated(near_y, far_y)
    t = upwind(a, b, x * share_x, y * share_y)
    bends_x = t > a and far_x <= near_x and not abs(t - near_x - near_x + far_x) < _MAX_BEND * x
    bends_y = t > b and far_y <= near_y and not abs(t - near_y - near_y + far_y) < _MAX_BEND * y
    meets = t > a and t > b and value[_U(q + row + side)] > min(near_x, near_y)
    return _INF if bends_x or bends_y or meets else t


@inlined
def _by_straight_steps(field, q, r, f):  # type: ignore[no-untyped-def]
    """T of a cell without walls around it by the cheapest straight step from its eight neighbours.

    A step costs its length at the mean of the two cells' costs: half of it lies in each.
    """
    cost, value = field.cost, field.value
    at = field.base[_U(r)]
    up, down = q + field.base[_U(r - 1)] - at, q + field.base[_U(r + 1)] - at
    half = _F(0.5)
    x, y, across = half * field.dx_m[_U(r)], half * field.dy_m[_U(r)], half * field.diagonal_m[_U(r)]
    in_row = min(value[_U(q - 1)] + x * (f + cost[_U(q - 1)]), value[_U(q + 1)] + x * (f + cost[_U(q + 1)]))
    in_col = min(value[_U(up)] + y * (f + cost[_U(up)]), value[_U(down)] + y * (f + cost[_U(down)]))
    northward = min(
        value[_U(up - 1)] + across * (f + cost[_U(up - 1)]), value[_U(up + 1)] + across * (f + cost[_U(up + 1)])
    )
    southward = min(
        value[_U(down - 1)] + across * (f + cost[_U(down - 1)]), value[_U(down + 1)] + across * (f + cost[_U(down + 1)])
    )
    return min(min(in_row, in_col), min(northward, southward))


@inlined
def _arrival(field, q, r):  # type: ignore[no-untyped-def]
    """T of the open cell q in row r from its neighbours."""
    flag, f = field.flag[_U(q)], field.cost[_U(q)]
    if flag & (NEAR_SOURCE | UNEVEN | BESIDE_WALL):
        at = field.base[_U(r)]
        up, down = field.base[_U(r - 1)] - at, field.base[_U(r + 1)] - at
        around = lines.Around(up, down, field.dx_m[_U(r)], field.dy_m[_U(r)])
        if flag & NEAR_SOURCE:  # the front is curved too much for differences, and two may meet
            return min(lines.straight_step(field.cost, field.value, q, around), field.value[_U(q)])
        t = lines.cheapest_step(field.cost, field.value, q, around)
        return t if flag & UNEVEN else min(t, _along_wall(field, q, r, f))
    return min(_by_straight_steps(field, q, r, f), _by_differences(field, q, r, f))


@inlined
def _beside(base, q, r, k):  # type: ignore[no-untyped-def]
    """The k-th of the eight neighbours of the cell q in row r (edges first): index, row, and the cell behind it."""
    at = base[_U(r)]
    if k < 2:
        way = 2 * k - 1
        return q + way, r, q + 2 * way
    way = 2 * (k & 1) - 1
    if k < 4:
        return q + base[_U(r + way)] - at, r + way, q + base[_U(r + 2 * way)] - at
    side = k // 2 * 2 - 5
    return q + base[_U(r + way)] - at + side, r + way, q


@inlined
def _lags(field, q, r, k):  # type: ignore[no-untyped-def]
    """Whether the k-th neighbour of q was computed without q's value, which would lower it, and that neighbour."""
    cost, value = field.cost, field.value
    p, r_p, behind = _beside(field.base, q, r, k)
    t, known, f = value[_U(q)], value[_U(p)], cost[_U(p)]
    if not (t < known and known < _INF):
        return False, p, r_p
    side_m = min(field.dx_m[_U(r_p)], field.dy_m[_U(r_p)])
    if k < 4:
        uneven = field.flag[_U(p)] & (UNEVEN | BESIDE_WALL) != 0
        look = _SHORTEST_LINE if uneven else _WORTH_A_LOOK
        if known - t > look * f * side_m and (uneven or value[_U(behind)] > t):
            return True, p, r_p
        step = _F(0.5) * (f + cost[_U(q)]) * (field.dx_m[_U(r_p)] if k < 2 else field.dy_m[_U(r_p)])
    else:
        beside = q + field.base[_U(r_p)] - field.base[_U(r)]
        step = lines.diagonal(cost, p, q, beside, p + q - beside, field.diagonal_m[_U(r_p)])
    return t + step < known - _WORTH_A_CHANGE * f * side_m, p, r_p


@inlined
def _known(value):  # type: ignore[no-untyped-def]
    return value if value < _INF else _F(0)


@inlined
def _highest_beside(field, q, r):  # type: ignore[no-untyped-def]
    """The highest T known among the eight neighbours."""
    value = field.value
    at = field.base[_U(r)]
    up, down = q + field.base[_U(r - 1)] - at, q + field.base[_U(r + 1)] - at
    in_row = max(_known(value[_U(q - 1)]), _known(value[_U(q + 1)]))
    above = max(max(_known(value[_U(up - 1)]), _known(value[_U(up)])), _known(value[_U(up + 1)]))
    below = max(max(_known(value[_U(down - 1)]), _known(value[_U(down)])), _known(value[_U(down + 1)]))
    return max(in_row, max(above, below))


@inlined
def _ask_for(field, cell):  # type: ignore[no-untyped-def]
    """Prefetch what the update of a cell reads."""
    q, r = cell & _LOWER, cell >> 32
    at = field.base[_U(r)]
    prefetch(field.flag, _U(q))
    for rows in (-2, -1, 0, 1, 2):
        beside = q + field.base[_U(r + rows)] - at
        prefetch(field.value, _U(beside))
        if abs(rows) < 2:
            prefetch(field.cost, _U(beside))


@kernel
def update(field, late, cells, first, m, free_again):  # type: ignore[no-untyped-def]
    """Second-order values of ``cells[first:m]`` in their order, into ``field.value``.

    The order comes from a coarser grid and is nearly, not quite, that of T: where a cell lowers neighbours that had
    their turn before it, they are computed again, see `lower`.

    Parameters
    ----------
    field, late
        Written.
    cells, first, m
        What is announced, and which of it to do.
    free_again
        So many visits may be to cells visited before, beside a share of all visits.

    Returns
    -------
    int
        The end of what was done, less than ``m`` when ``late`` needs room.
    """
    state = late.state[0]
    for j in range(first, m):
        if j + _AHEAD < m:
            _ask_for(field, cells[_U(j + _AHEAD)])
        q, r = cells[_U(j)] & _LOWER, cells[_U(j)] >> 32
        if not field.cost[_U(q)] < _INF:
            continue
        t = min(_arrival(field, q, r), NOT_REACHED)
        field.value[_U(q)] = t
        state.visits += 1
        if not _highest_beside(field, q, r) > t + _WORTH_A_GLANCE * field.cost[_U(q)] * field.dx_m[_U(r)]:
            continue
        lagging = False
        for k in range(_NEIGHBOURS):
            lagging |= _lags(field, q, r, k)[0]
        if lagging:
            heap_push(late.keys, late.cells, state.in_heap, t, cells[_U(j)])
            state.in_heap += 1
            if not lower(field, late, buckets.allowed_again(state) + free_again):
                return j + 1
    return m


@kernel
def lower(field, late, allowed):  # type: ignore[no-untyped-def]
    """Compute again what the cells of ``late`` lower, and what those lower, by rising T.

    Done at once unless cells have been visited again more often than ``allowed`` (a guide that knows a cell only by the
    mean of four is wrong in channels of one cell): then the rest waits for the end, when each cell is lowered for good
    by the time its turn comes.

    Returns
    -------
    bool
        False when ``late`` needs room.
    """
    keys, cells, state = late.keys, late.cells, late.state[0]
    while state.in_heap > 0 and state.again <= allowed:
        if state.in_heap + _NEIGHBOURS > keys.size:
            return False
        t, q, r = keys[0], cells[0] & _LOWER, cells[0] >> 32
        state.in_heap -= 1
        heap_drop(keys, cells, state.in_heap)
        if t > field.value[_U(q)]:
            continue
        for k in range(_NEIGHBOURS):
            lags, p, r_p = _lags(field, q, r, k)
            if not lags:
                continue
            state.visits += 1
            state.again += 1
            new = _arrival(field, p, r_p)
            if new < field.value[_U(p)] - _WORTH_A_CHANGE * field.cost[_U(p)] * field.dx_m[_U(r_p)]:
                field.value[_U(p)] = new
                heap_push(keys, cells, state.in_heap, new, r_p << 32 | p)
                state.in_heap += 1
    return state.in_heap + _NEIGHBOURS <= keys.size
