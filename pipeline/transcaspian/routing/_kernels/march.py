"""Numba kernels of the eikonal equation |∇T| = cost on a grid whose rows have their own spacing.

Godunov's upwind scheme on the four edge neighbours (Rouy and Tourin 1992, SIAM J. Numer. Anal. 29:867), so that a wall
of cells that touch at corners only still holds. Two marches share it:

- `march`: first order, label-correcting, in buckets of T (Dial 1969, CACM 12:632; Yatziv et al. 2006, J. Comput.
  Phys. 212:393). Its fixed point does not depend on the order of visits. It can also *announce* the cells of a grid
  twice as fine.
- `update`: second order (Sethian 1999, SIAM Rev. 41:199, §5) in the announced order, once per cell, and again for
  the few cells that a later one still lowers.

Arrays are flat and laid out by `Layout`: two wall cells around every open one, so that no neighbour must be checked
for. Indices are made unsigned before use: numba would otherwise test each one for being negative.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from transcaspian.routing._kernels import buckets
from transcaspian.routing._kernels.heap import heap_drop, heap_push
from transcaspian.routing._kernels.prefetch import prefetch

_U = np.uintp
_F = np.float32
_INF = np.float32(np.inf)
_AHEAD = 16
_DONE, NEAR_SOURCE = 1, 2
_LOWER = 0xFFFFFFFF
_NEIGHBOURS = 4

# What a later neighbour could still improve is looked at only when it matters: a difference of T of a tenth of a cell's
# own step changes its value by half a percent of that step, and smaller gains than a percent of a step are left.
_WORTH_A_LOOK = np.float32(0.1)
_WORTH_A_CHANGE = np.float32(0.01)


def first_order_rows(dx_m: NDArray[np.float64], dy_m: NDArray[np.float64]) -> NDArray[np.float32]:
    """Constants of each row for the first-order update, flat, eight per row."""
    square = dx_m**2 + dy_m**2
    pad = np.zeros_like(dx_m)
    table = np.stack([dx_m**2 / square, dy_m**2 / square, dx_m * dy_m / square, square, dx_m, dy_m, pad, pad], axis=1)
    return table.astype(np.float32).ravel()


def second_order_rows(dx_m: NDArray[np.float64], dy_m: NDArray[np.float64]) -> NDArray[np.float32]:
    """Constants of each row for the four combinations of one- and two-cell differences, flat, 4 x 5 per row.

    A second-order difference is a first-order one with two thirds of the spacing (see `_second_order`).
    """
    parts = []
    for combination in range(4):
        x, y = dx_m * (2 / 3 if combination & 1 else 1), dy_m * (2 / 3 if combination & 2 else 1)
        square = x**2 + y**2
        parts.append(np.stack([x**2 / square, x * y / square, square, x, y], axis=1))
    return np.stack(parts, axis=1).astype(np.float32).ravel()


@njit(cache=True, nogil=True)
def coarsen(cost, base, half_base, half_length, out):  # type: ignore[no-untyped-def]
    """Mean cost of the open cells of each two by two; a wall where all four are.

    ``base`` belongs to the fine layout, ``half_base`` and ``half_length`` to the halved one.
    """
    first = 0
    for r in range(half_base.size):
        above = base[2 * r]
        below = base[2 * r + 1]
        for i in range(first, first + half_length[r]):
            col = 2 * (i - half_base[r])
            total, n = _F(0), 0
            for q in (above + col, above + col + 1, below + col, below + col + 1):
                f = cost[_U(q)]
                if f < _INF:
                    total += f
                    n += 1
            out[i] = total / _F(n) if n > 0 else _INF
        first += half_length[r]


@njit(cache=True, nogil=True)
def march(  # type: ignore[no-untyped-def]
    cost, value, flag, row_of, base, table, queue, fine_base, announced, keys, n, limit
):
    """First-order marching until the queue is empty, needs more room, or ``limit`` cells are announced.

    Parameters
    ----------
    cost, value, flag, row_of
        Per cell: cost per metre (inf is a wall), T so far, state, row.
    base, table
        Per row: where it lies, and `first_order_rows`.
    queue
        The cells that wait, see `Queue`.
    fine_base
        Rows of the layout twice as fine; empty: nothing is announced.
    announced, keys, n
        Cells of that layout with their rows (``row << 32 | index``) and their T by the slope at hand; n so far.

    Returns
    -------
    int
        Cells announced.
    """
    ring, in_group, following, count, cells, _, _, state, per_width = queue
    here = state[buckets.HERE]
    in_order = state[buckets.IN_HEAP] > 0
    fine = fine_base.size > 0
    quarter = _F(0.25)
    while n < limit and buckets.can_go_on(state):
        slot = _U(here & (ring.size - 1))
        if in_order or buckets.too_often(state):
            if not buckets.lowest_alone(queue, value, here):
                break
            in_order = state[buckets.IN_HEAP] > 0
        piece = np.int64(ring[slot])
        if piece < 0:
            here = buckets.next_bucket(ring, in_group, here)
            continue
        ring[slot] = following[_U(piece)]
        in_group[slot // _U(buckets.GROUP)] -= 1
        in_piece = np.int64(count[_U(piece)])
        state[buckets.WAITING] -= in_piece
        visits, again = 0, 0
        for e in range(in_piece):
            i = np.int64(cells[_U(piece * buckets.PIECE + e)])
            known = flag[_U(i)]
            if known & buckets.QUEUED == 0:
                continue
            flag[_U(i)] = buckets.VISITED
            visits += 1
            again += known >= buckets.VISITED
            k = value[_U(i)]
            r = np.int64(row_of[_U(i)])
            at = base[_U(r)]
            up, down = base[_U(r - 1)] - at, base[_U(r + 1)] - at
            if fine and known < buckets.VISITED:
                left, right = value[_U(i - 1)], value[_U(i + 1)]
                above, below = value[_U(i + up)], value[_U(i + down)]
                g_c, g_r = _F(0), _F(0)
                if min(left, right) < k:
                    g_c = quarter * (k - left) if left < right else quarter * (right - k)
                if min(above, below) < k:
                    g_r = quarter * (k - above) if above < below else quarter * (below - k)
                col = 2 * (i - at)
                row = 2 * r
                for half in range(2):
                    q = fine_base[_U(row + half)] + col
                    key = k + g_r if half == 1 else k - g_r
                    announced[_U(n)] = (row + half) << 32 | q
                    keys[_U(n)] = key - g_c
                    announced[_U(n + 1)] = (row + half) << 32 | (q + 1)
                    keys[_U(n + 1)] = key + g_c
                    n += 2
            for side in range(4):
                if side == 0:
                    q = i - 1
                elif side == 1:
                    q = i + 1
                elif side == 2:
                    q = i + up
                else:
                    q = i + down
                before = value[_U(q)]
                if before <= k:
                    continue
                f = cost[_U(q)]
                if not f < _INF:
                    continue
                if side < 2:
                    other = min(value[_U(q + up)], value[_U(q + down)])
                    z = _U(r * 8)
                    share = table[z]
                    step, step_other = f * table[z + _U(4)], f * table[z + _U(5)]
                else:
                    other = min(value[_U(q - 1)], value[_U(q + 1)])
                    z = _U((r - 1) * 8) if side == 2 else _U((r + 1) * 8)
                    share = table[z + _U(1)]
                    step, step_other = f * table[z + _U(5)], f * table[z + _U(4)]
                if other >= k + step:
                    t = k + step
                elif k >= other + step_other:
                    continue  # the other axis alone gave less, when that neighbour was visited
                else:
                    gap = other - k
                    rest = f * f * table[z + _U(3)] - gap * gap
                    t = k + share * gap + table[z + _U(2)] * _F(math.sqrt(max(rest, _F(0))))
                if t < before:
                    value[_U(q)] = t
                    bucket = np.int64(t * per_width)
                    waiting = flag[_U(q)]
                    if waiting & buckets.QUEUED == 0 or np.int64(before * per_width) != bucket or in_order:
                        flag[_U(q)] = waiting | buckets.QUEUED
                        buckets.push(ring, in_group, following, count, cells, state, max(bucket, here), q)
        state[buckets.VISITS] += visits
        state[buckets.AGAIN] += again
        following[_U(piece)] = state[buckets.FREE]
        state[buckets.FREE] = piece
        state[buckets.FREE_PIECES] += 1
    state[buckets.HERE] = here
    return n


@njit(cache=True, nogil=True)
def sort_by_key(cells, keys, n, cut, bins, out, later, later_keys):  # type: ignore[no-untyped-def]
    """Counting sort of the cells with keys up to ``cut`` into ``out``; the others are kept for the next time.

    Returns
    -------
    sorted, kept
        How many there are of each.
    """
    low = _INF
    high = _F(-np.inf)
    kept, m = 0, 0
    for j in range(n):
        key = keys[_U(j)]
        if key <= cut:
            m += 1
            low, high = min(low, key), max(high, key)
        else:
            later[_U(kept)] = cells[_U(j)]
            later_keys[_U(kept)] = key
            kept += 1
    bins[:] = 0
    scale = _F(bins.size - 2) / (high - low) if high > low else _F(0)
    for j in range(n):
        key = keys[_U(j)]
        if key <= cut:
            bins[_U(np.int64((key - low) * scale) + 1)] += 1
    for b in range(1, bins.size):
        bins[b] += bins[b - 1]
    for j in range(n):
        key = keys[_U(j)]
        if key <= cut:
            place = _U(np.int64((key - low) * scale))
            out[_U(bins[place])] = cells[_U(j)]
            bins[place] += 1
    return m, kept


@njit(cache=True, nogil=True, inline="always")
def _second_order(value, q, up, up2, down, down2, f, table, r):  # type: ignore[no-untyped-def]
    """T at q: the larger root of ((t - a)/(f x))² + ((t - b)/(f y))² = 1 over the upwind neighbours of each axis.

    Where the cell behind an upwind neighbour is known and lower, (3t - 4a₁ + a₂)/2x is the difference, which is
    (t - a)/x' with a = a₁ + (a₁ - a₂)/3 and x' = 2x/3. Where that arrives before a neighbour it comes from, the
    first-order difference holds.
    """
    left, right = value[_U(q - 1)], value[_U(q + 1)]
    behind = np.int64(-2)
    a1 = left
    if right < left:
        behind = np.int64(2)
        a1 = right
    above, below = value[_U(q + up)], value[_U(q + down)]
    beyond, b1 = up2, above
    if below < above:
        beyond, b1 = down2, below
    third = _F(1 / 3)
    kind = 0
    a, b = a1, b1
    if a1 < _INF:
        a2 = value[_U(q + behind)]
        if a2 <= a1:
            a = a1 + (a1 - a2) * third
            kind = 1
    if b1 < _INF:
        b2 = value[_U(q + beyond)]
        if b2 <= b1:
            b = b1 + (b1 - b2) * third
            kind += 2
    z = _U(r * 20 + kind * 5)
    x, y = f * table[z + _U(3)], f * table[z + _U(4)]
    gap = b - a
    if gap < x and -gap < y:
        rest = f * f * table[z + _U(2)] - gap * gap
        t = a + table[z] * gap + table[z + _U(1)] * _F(math.sqrt(max(rest, _F(0))))
        if t >= a1 and t >= b1:
            return t
    if kind == 0:
        return min(a + x, b + y)
    one = _first_order(value, q, a1, b1, f, table, r)
    if a1 < _INF and b1 < _INF and one > max(a1, b1):
        return one
    t_x = a + x
    if not t_x >= a1:
        t_x = one
    t_y = b + y
    if not t_y >= b1:
        t_y = one
    return min(t_x, t_y)


@njit(cache=True, nogil=True, inline="always")
def _first_order(value, q, a, b, f, table, r):  # type: ignore[no-untyped-def]
    """The same from the two upwind neighbours a (of the row) and b (of the column) alone."""
    z = _U(r * 20)
    x, y = f * table[z + _U(3)], f * table[z + _U(4)]
    gap = b - a
    if gap < x and -gap < y:
        rest = f * f * table[z + _U(2)] - gap * gap
        return a + table[z] * gap + table[z + _U(1)] * _F(math.sqrt(max(rest, _F(0))))
    return min(a + x, b + y)


@njit(cache=True, nogil=True, inline="always")
def _arrival(value, flag, q, r, base, cost, table):  # type: ignore[no-untyped-def]
    """T at the open cell q of row r; the straight ray or a first-order step next to a source."""
    at = base[_U(r)]
    up, down = base[_U(r - 1)] - at, base[_U(r + 1)] - at
    f = cost[_U(q)]
    if flag[_U(q)] & NEAR_SOURCE:
        a = min(value[_U(q - 1)], value[_U(q + 1)])
        b = min(value[_U(q + up)], value[_U(q + down)])
        return min(value[_U(q)], _first_order(value, q, a, b, f, table, r))
    up2, down2 = base[_U(r - 2)] - at, base[_U(r + 2)] - at
    return _second_order(value, q, up, up2, down, down2, f, table, r)


class Late(NamedTuple):
    """Cells that came too late for neighbours computed before them: a heap by T, as kernels take it.

    Attributes
    ----------
    keys, cells
        T (float32) and cell (``row << 32 | index``, int64); an entry whose cell is lower by now is out of date.
    state
        int64; `IN_HEAP`, `VISITS` and `AGAIN` are used.
    """

    keys: NDArray[np.float32]
    cells: NDArray[np.int64]
    state: NDArray[np.int64]

    @classmethod
    def none(cls) -> Late:
        """An empty heap."""
        return cls(np.empty(1 << 12, np.float32), np.empty(1 << 12, np.int64), np.zeros(buckets.AGAIN + 1, np.int64))

    def with_room(self) -> Late:
        """The same with room for more."""
        keys, cells = (np.concatenate([array, np.empty_like(array)]) for array in (self.keys, self.cells))
        return Late(keys, cells, self.state)


@njit(cache=True, nogil=True)
def update(cost, value, flag, base, table, late, cells, first, m):  # type: ignore[no-untyped-def]
    """Second-order values of ``cells[first:m]`` (``row << 32 | index``) in their order, into ``value``.

    The order comes from a coarser grid and is nearly, not quite, that of T: where a cell lowers neighbours that had
    their turn before it, they are computed again, see `lower`.

    Returns
    -------
    int
        The end of what was done, less than ``m`` when ``late`` needs room.
    """
    state = late.state
    visits = 0
    for j in range(first, m):
        if j + _AHEAD < m:
            ahead = cells[_U(j + _AHEAD)]
            q = ahead & _LOWER
            r = ahead >> 32
            at = base[_U(r)]
            prefetch(cost, _U(q))
            prefetch(value, _U(q))
            prefetch(flag, _U(q))
            for off in (-2, -1, 1, 2):
                beside = q + base[_U(r + off)] - at
                prefetch(value, _U(beside))
                if abs(off) == 1:
                    prefetch(flag, _U(beside))
        q = cells[_U(j)] & _LOWER
        if not cost[_U(q)] < _INF:
            continue
        r = cells[_U(j)] >> 32
        t = _arrival(value, flag, q, r, base, cost, table)
        value[_U(q)] = t
        flag[_U(q)] |= _DONE
        visits += 1
        lagging = 0
        if t < _INF:
            for side in range(4):  # all four: to stop at the first takes longer
                p, r_p, behind = _beside(q, r, base, side)
                lagging += _lags(cost, value, flag, table, p, r_p, behind, t)
        if lagging > 0:
            state[buckets.VISITS] += visits
            visits = 0
            heap_push(late.keys, late.cells, state[buckets.IN_HEAP], t, cells[_U(j)])
            state[buckets.IN_HEAP] += 1
            if not lower(cost, value, flag, base, table, late, False):
                return j + 1
    state[buckets.VISITS] += visits
    return m


@njit(cache=True, nogil=True)
def lower(cost, value, flag, base, table, late, to_the_end):  # type: ignore[no-untyped-def]
    """Compute again what the cells of ``late`` lower, and what those lower, by rising T.

    Done at once unless it has been too much already (a guide that sees no walls of one cell is all wrong behind them):
    then the rest waits for the end, when each cell is lowered for good by the time its turn comes.

    Returns
    -------
    bool
        False when ``late`` needs room.
    """
    keys, cells, state = late
    while state[buckets.IN_HEAP] > 0 and (to_the_end or not buckets.too_often(state)):
        if state[buckets.IN_HEAP] + _NEIGHBOURS > keys.size:
            return False
        t = keys[0]
        q = cells[0] & _LOWER
        r = cells[0] >> 32
        state[buckets.IN_HEAP] -= 1
        heap_drop(keys, cells, state[buckets.IN_HEAP])
        if t > value[_U(q)]:
            continue
        for side in range(4):
            p, r_p, behind = _beside(q, r, base, side)
            if not _lags(cost, value, flag, table, p, r_p, behind, t):
                continue
            state[buckets.VISITS] += 1
            state[buckets.AGAIN] += 1
            new = _arrival(value, flag, p, r_p, base, cost, table)
            if new < value[_U(p)] - _WORTH_A_CHANGE * cost[_U(p)] * table[_U(r_p * 20 + 3)]:
                value[_U(p)] = new
                heap_push(keys, cells, state[buckets.IN_HEAP], new, r_p << 32 | p)
                state[buckets.IN_HEAP] += 1
    return state[buckets.IN_HEAP] + _NEIGHBOURS <= keys.size


@njit(cache=True, nogil=True, inline="always")
def _beside(q, r, base, side):  # type: ignore[no-untyped-def]
    """A neighbour of the cell q in row r, the neighbour's row, and the cell on its far side."""
    if side < 2:
        way = 2 * side - 1
        return q + way, r, q + 2 * way
    way = 2 * side - 5
    at = base[_U(r)]
    return q + base[_U(r + way)] - at, r + way, q + base[_U(r + 2 * way)] - at


@njit(cache=True, nogil=True, inline="always")
def _lags(cost, value, flag, table, p, r, behind, t):  # type: ignore[no-untyped-def]
    """Whether p in row r was computed without its upwind neighbour's value t, which is well below its own."""
    known = value[_U(p)]
    if not known > t or flag[_U(p)] & _DONE == 0:
        return False
    return known - t > _WORTH_A_LOOK * cost[_U(p)] * table[_U(r * 20 + 3)] and value[_U(behind)] > t
