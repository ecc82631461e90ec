"""Numba kernels of the first-order march: the equation |∇T| = cost on a grid whose rows have their own spacing.

Godunov's upwind scheme on the four edge neighbours (Rouy and Tourin 1992, SIAM J. Numer. Anal. 29:867), in buckets of T
(Dial 1969, CACM 12:632; Yatziv et al. 2006, J. Comput. Phys. 212:393). A cell that a later one lowers is visited again,
so its fixed point does not depend on the order of visits. On cells twice as large it also *announces* the cells of the
finer grid, in an order that `second_order` follows.

Arrays are flat and laid out by `Layout`: two wall cells around every open one, so that no neighbour must be checked
for. Indices are made unsigned before use: numba would otherwise test each one for being negative.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.compiled import inlined, kernel
from transcaspian.routing._kernels import buckets
from transcaspian.routing._kernels.buckets import QUEUED, VISITED
from transcaspian.routing._kernels.prefetch import prefetch

_U = np.uintp
_F = np.float32
_INF = np.float32(np.inf)

_AHEAD = 4
"""Cells of a piece between asking for a cell's memory and visiting it: measured, 2 to 8 are alike."""
WEST, EAST, NORTH, SOUTH = 16, 32, 64, 128
"""Bits of a cell's flag beside `QUEUED` and `VISITED`: the sides on which water leads to the next cell."""


class Front(NamedTuple):
    """Cells that are marched over, flat, and the rows in which they lie.

    Attributes
    ----------
    cost
        float32, per metre; inf is a wall.
    value
        float32, T so far; inf where nothing has arrived.
    flag
        uint8, `QUEUED`, `VISITED` and the open sides of each cell.
    row_of
        uint16, row of each cell.
    base
        int64, per row: the cell (row, col) has the index ``base[row] + col``.
    dx_m, dy_m
        float32, per row: between neighbours in the row, and to the next row.
    """

    cost: NDArray[np.float32]
    value: NDArray[np.float32]
    flag: NDArray[np.uint8]
    row_of: NDArray[np.uint16]
    base: NDArray[np.int64]
    dx_m: NDArray[np.float32]
    dy_m: NDArray[np.float32]


class Announced(NamedTuple):
    """Cells of the layout twice as fine, in the order in which the march met the large cells that hold them.

    Attributes
    ----------
    base
        Rows of that layout; empty: nothing is announced.
    cells
        int64, ``row << 32 | index``.
    keys
        float32, T by the slope at hand.
    """

    base: NDArray[np.int64]
    cells: NDArray[np.int64]
    keys: NDArray[np.float32]

    @classmethod
    def room(cls, base: NDArray[np.int64], room: int) -> Announced:
        """Room for so many cells of a layout."""
        return cls(base, np.empty(room, np.int64), np.empty(room, np.float32))

    def longer(self, room: int) -> Announced:
        """The same with room for more."""
        cells, keys = (
            np.concatenate([array, np.empty(room - array.size, array.dtype)]) for array in (self.cells, self.keys)
        )
        return Announced(self.base, cells, keys)


@kernel
def open_sides(cost, rows, flag):  # type: ignore[no-untyped-def]
    """Note in the flag of every open cell on which sides the next cell is open; ``rows`` with the padding."""
    for r in range(1, rows.base.size - 1):
        at = rows.base[r]
        up, down = rows.base[r - 1] - at, rows.base[r + 1] - at
        for q in range(at + rows.west[r], at + rows.east[r]):
            if cost[_U(q)] < _INF:
                flag[_U(q)] = (
                    (cost[_U(q - 1)] < _INF) * WEST
                    | (cost[_U(q + 1)] < _INF) * EAST
                    | (cost[_U(q + up)] < _INF) * NORTH
                    | (cost[_U(q + down)] < _INF) * SOUTH
                )


@kernel
def coarsen(fine_cost, fine_base, base, length, cost, flag):  # type: ignore[no-untyped-def]
    """Cost and open sides of cells that are two by two cells.

    A side is open where water leads over it from one of the two cells behind it to the next large cell: a wall of one
    cell parts the large cells beside it. The cost is the mean of the open cells; a wall where all four are.

    Parameters
    ----------
    fine_cost, fine_base
        The cells and where their rows lie.
    base, length
        Per row of large cells: where it lies and how many it has.
    cost, flag
        Written, flat.
    """
    first = 0
    for r in range(base.size):
        above, below = fine_base[2 * r], fine_base[2 * r + 1]
        north = fine_base[2 * r - 1] if r > 0 else above
        south = fine_base[2 * r + 2] if r < base.size - 1 else below
        for i in range(first, first + length[r]):
            col = 2 * (i - base[r])
            nw, ne = fine_cost[_U(above + col)], fine_cost[_U(above + col + 1)]
            sw, se = fine_cost[_U(below + col)], fine_cost[_U(below + col + 1)]
            if not min(min(nw, ne), min(sw, se)) < _INF:
                cost[i], flag[i] = _INF, 0
                continue
            # where one of the four is open, all that lies beside them is stored: read, then chosen from
            cost[i] = (_or_0(nw) + _or_0(ne) + _or_0(sw) + _or_0(se)) / _F(
                (nw < _INF) + (ne < _INF) + (sw < _INF) + (se < _INF)
            )
            west = _leads(fine_cost, nw, above + col - 1) | _leads(fine_cost, sw, below + col - 1)
            east = _leads(fine_cost, ne, above + col + 2) | _leads(fine_cost, se, below + col + 2)
            up = _leads(fine_cost, nw, north + col) | _leads(fine_cost, ne, north + col + 1)
            down = _leads(fine_cost, sw, south + col) | _leads(fine_cost, se, south + col + 1)
            flag[i] = west * WEST | east * EAST | up * NORTH | down * SOUTH
        first += length[r]


@inlined
def _or_0(f):  # type: ignore[no-untyped-def]
    return f if f < _INF else _F(0)


@inlined
def _leads(cost, f, beside):  # type: ignore[no-untyped-def]
    """1 where water leads from a cell of cost f to the cell beside, else 0."""
    return np.int64((f < _INF) & (cost[_U(beside)] < _INF))


@inlined
def _across(value, flag, before, after, side_before, side_after):  # type: ignore[no-untyped-def]
    """The lower value of the two neighbours along one axis that water leads to."""
    t_before = value[_U(before)] if flag & side_before else _INF
    t_after = value[_U(after)] if flag & side_after else _INF
    return min(t_before, t_after)


@inlined
def upwind(a, b, x, y):  # type: ignore[no-untyped-def]
    """Root t of ((t - a)/x)² + ((t - b)/y)² = 1 above a and b (Godunov); along one axis where the other is no help.

    ``a`` and ``b`` are the upwind values along the row and the column, inf where there is none; ``x`` and ``y`` what
    the steps from there cost.
    """
    gap = b - a
    alone = min(a + x, b + y)
    square = x * x + y * y
    both = a + (x * x * gap + x * y * _F(math.sqrt(max(square - gap * gap, _F(0))))) / square
    return both if gap < x and -gap < y else alone


@inlined
def _announce(front, announced, i, n):  # type: ignore[no-untyped-def]
    """Announce the four cells of the large cell i, each with T by the upwind slope over a quarter of it."""
    value, flag = front.value, front.flag[_U(i)]
    k = value[_U(i)]
    r = np.int64(front.row_of[_U(i)])
    at = front.base[_U(r)]
    west = value[_U(i - 1)] if flag & WEST else _INF
    east = value[_U(i + 1)] if flag & EAST else _INF
    north = value[_U(i + front.base[_U(r - 1)] - at)] if flag & NORTH else _INF
    south = value[_U(i + front.base[_U(r + 1)] - at)] if flag & SOUTH else _INF
    quarter = _F(0.25)
    eastward, southward = _F(0), _F(0)
    if min(west, east) < k:
        eastward = quarter * (k - west) if west < east else quarter * (east - k)
    if min(north, south) < k:
        southward = quarter * (k - north) if north < south else quarter * (south - k)
    col = 2 * (i - at)
    for half in range(2):
        row = 2 * r + half
        q = announced.base[_U(row)] + col
        key = k + southward if half == 1 else k - southward
        announced.cells[_U(n)] = row << 32 | q
        announced.keys[_U(n)] = key - eastward
        announced.cells[_U(n + 1)] = row << 32 | (q + 1)
        announced.keys[_U(n + 1)] = key + eastward
        n += 2
    return n


@inlined
def _ask_for(front, i):  # type: ignore[no-untyped-def]
    """Prefetch what a visit to a cell reads and writes."""
    r = np.int64(front.row_of[_U(i)])
    for row in range(-1, 2):
        beside = i + front.base[_U(r + row)] - front.base[_U(r)]
        prefetch(front.value, _U(beside))
        prefetch(front.cost, _U(beside))
        prefetch(front.flag, _U(beside))


@inlined
def _beside(i, r, up, down, side):  # type: ignore[no-untyped-def]
    """The next cell to the west, east, north or south (side 0 to 3) of cell i in row r, and the row that it lies in."""
    if side == 0:
        return i - 1, r
    if side == 1:
        return i + 1, r
    if side == 2:
        return i + up, r - 1
    return i + down, r + 1


@inlined
def _arrival(front, q, row, side, k, up, down):  # type: ignore[no-untyped-def]
    """T at the centre of cell q by a front that has reached T = k in the cell from which q lies on a side.

    The root of (T - a)²/dx² + (T - b)²/dy² = cost² (Rouy and Tourin 1992), with a the upwind value along the row and b
    along the column: one of them is k, the other the lower one of the two neighbours across.
    """
    value, flag, f = front.value, front.flag[_U(q)], front.cost[_U(q)]
    x, y = f * front.dx_m[_U(row)], f * front.dy_m[_U(row)]
    if side < 2:
        return upwind(k, _across(value, flag, q + up, q + down, NORTH, SOUTH), x, y)
    return upwind(_across(value, flag, q - 1, q + 1, WEST, EAST), k, x, y)


@inlined
def _lower_beside(front, queue, here, i, leads):  # type: ignore[no-untyped-def]
    """Lower T of the four neighbours of cell i, on the sides to which its flag leads, where the front is earlier."""
    value = front.value
    k, r = value[_U(i)], np.int64(front.row_of[_U(i)])
    at = front.base[_U(r)]
    up, down = front.base[_U(r - 1)] - at, front.base[_U(r + 1)] - at
    for side in range(4):
        q, row = _beside(i, r, up, down, side)
        before = value[_U(q)]
        if before > k and leads & (WEST << side) != 0:
            t = _arrival(front, q, row, side, k, up, down)
            if t < before:
                buckets.lower(queue, value, front.flag, here, q, t)


@kernel
def march(front, queue, announced, n, limit):  # type: ignore[no-untyped-def]
    """First-order marching until the queue is empty, needs more room, or ``limit`` cells are announced.

    Parameters
    ----------
    front
        `Front`; values and flags are written.
    queue
        The cells that wait, `Queue`.
    announced, n
        `Announced`, and how many there are so far.

    Returns
    -------
    int
        Cells announced.
    """
    flag = front.flag
    state = queue.state[0]
    here = state.here
    fine = announced.base.size > 0
    while n < limit and buckets.can_go_on(state):
        piece, here = buckets.next_piece(queue, front.value, here)
        if piece < 0:
            break
        visits, again = 0, 0
        for e in range(piece * buckets.PIECE, piece * buckets.PIECE + queue.filled[_U(piece)]):
            i = np.int64(queue.cells[_U(e)])
            known = flag[_U(i)]
            if known & QUEUED == 0:
                continue
            flag[_U(i)] = (known | VISITED) & ~QUEUED
            visits += 1
            if known & VISITED:
                again += 1
            elif fine:
                n = _announce(front, announced, i, n)
            _lower_beside(front, queue, here, i, known)
        state.visits += visits
        state.again += again
        buckets.give_back(queue, piece)
    state.here = here
    return n


@kernel
def march_by_steps(front, queue, announced, n, limit):  # type: ignore[no-untyped-def]
    """As `march`, over straight steps to the eight neighbours, see `lines`; the cells announced are those visited.

    Takes twice as long as the march over cells twice as large that announces as many, but knows channels and walls of
    one cell in any direction.
    """
    cost, value, flag, row_of, base, dx_m, dy_m = front
    state = queue.state[0]
    here = state.here
    half = _F(0.5)
    while n < limit and buckets.can_go_on(state):
        piece, here = buckets.next_piece(queue, value, here)
        if piece < 0:
            break
        end = piece * buckets.PIECE + queue.filled[_U(piece)]
        for e in range(piece * buckets.PIECE, end):
            if e + _AHEAD < end:
                _ask_for(front, np.int64(queue.cells[_U(e + _AHEAD)]))
            i = np.int64(queue.cells[_U(e)])
            known = flag[_U(i)]
            if known & QUEUED == 0:
                continue
            flag[_U(i)] = (known | VISITED) & ~QUEUED
            state.visits += 1
            k, f = value[_U(i)], cost[_U(i)]
            r = np.int64(row_of[_U(i)])
            if known & VISITED:
                state.again += 1
            else:
                announced.cells[_U(n)] = r << 32 | i
                announced.keys[_U(n)] = k
                n += 1
            x, y = half * dx_m[_U(r)], half * dy_m[_U(r)]
            diagonal = _F(math.sqrt(x * x + y * y))
            for row in range(-1, 2):
                beside = i + base[_U(r + row)] - base[_U(r)]
                leads_on = NORTH if row < 0 else SOUTH if row > 0 else 0
                for col in range(-1, 2):
                    q = beside + col
                    before = value[_U(q)]
                    leads_aside = WEST if col < 0 else EAST if col > 0 else 0
                    t = k + (f + cost[_U(q)]) * (diagonal if row != 0 and col != 0 else y if row != 0 else x)
                    if (t < before) & (known & (leads_on | leads_aside) != 0):
                        buckets.lower(queue, value, flag, here, q, t)
        buckets.give_back(queue, piece)
    state.here = here
    return n


@kernel
def sort_by_key(announced, n, cut, bins, out, later):  # type: ignore[no-untyped-def]
    """Counting sort of the first ``n`` announced cells with keys up to ``cut`` into ``out``; the others are kept.

    Parameters
    ----------
    bins
        Its size decides how fine the sort is.
    out
        ``row << 32 | index``, as announced.
    later
        `Announced`, for what is kept for the next time.

    Returns
    -------
    sorted, kept
        How many there are of each.
    """
    low = _INF
    high = _F(-np.inf)
    kept, m = 0, 0
    for j in range(n):
        key = announced.keys[_U(j)]
        if key <= cut:
            m += 1
            low, high = min(low, key), max(high, key)
        else:
            later.cells[_U(kept)] = announced.cells[_U(j)]
            later.keys[_U(kept)] = key
            kept += 1
    bins[:] = 0
    scale = _F(bins.size - 2) / (high - low) if high > low else _F(0)
    for j in range(n):
        key = announced.keys[_U(j)]
        if key <= cut:
            bins[_U(np.int64((key - low) * scale) + 1)] += 1
    for b in range(1, bins.size):
        bins[b] += bins[b - 1]
    for j in range(n):
        key = announced.keys[_U(j)]
        if key <= cut:
            place = _U(np.int64((key - low) * scale))
            out[_U(bins[place])] = announced.cells[_U(j)]
            bins[place] += 1
    return m, kept
