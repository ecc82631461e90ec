"""Straight steps between neighbouring cells: what is in sight of what, and the price of going there.

This is the relation that the field, the tracer and the price of lines share. A step runs from centre to centre and
costs what `descent.segment_cost` says of it: half its length at the cost of each of the two cells. Across a corner it
may go where at least one of the two cells beside the corner is open: two walls that touch at a corner hold.

Where a cell is even with its neighbours, T is the solution of a differential equation. Where it is not (a wall beside
it, or a jump of the cost), differences of T mean little and T is what a line costs: see `cheapest_step`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from transcaspian.core.compiled import inlined, kernel

_U = np.uintp
_F = np.float32
_INF = np.float32(np.inf)

EVEN = np.float32(1.5)
"""Ratio of the costs of neighbouring cells up to which differences of T are trusted."""

SMOOTH = np.float32(0.04)
"""Share of a cell's cost by which the sum of two opposite neighbours' costs may differ from twice it: where costs go to
and fro from cell to cell, differences of T fall short of any line."""


class Around(NamedTuple):
    """What leads to the cells north and south of a cell, and the sides of the cell, metres."""

    up: int
    down: int
    dx_m: float
    dy_m: float


class Wedge(NamedTuple):
    """An edge neighbour of a cell and the diagonal one at its side.

    Attributes
    ----------
    t_edge, t_corner, t_other
        T of both, and of the diagonal one at the edge neighbour's other side.
    f_edge, f_corner
        Costs of both.
    ahead_m, aside_m
        From the cell to the edge neighbour, and from there to the diagonal one.
    """

    t_edge: float
    t_corner: float
    t_other: float
    f_edge: float
    f_corner: float
    ahead_m: float
    aside_m: float


@inlined
def _jumps(cost, q, up, down):  # type: ignore[no-untyped-def]
    """Whether one of the eight neighbours is open and more than 1.5 times as expensive or as cheap."""
    f = cost[_U(q)]
    for beside in (q - 1, q + 1, q + up - 1, q + up, q + up + 1, q + down - 1, q + down, q + down + 1):
        g = cost[_U(beside)]
        if g < _INF and (g > EVEN * f or f > EVEN * g):
            return True
    return False


@inlined
def _open_bend(in_row, in_col, f):  # type: ignore[no-untyped-def]
    """Most by which the costs of two opposite open neighbours, given as sums, differ from twice a cell's cost f."""
    return max(abs(in_row - f - f) if in_row < _INF else _F(0), abs(in_col - f - f) if in_col < _INF else _F(0))


@kernel
def mark_uneven(cost, rows, flag, uneven, beside_wall):  # type: ignore[no-untyped-def]
    """Set the bits of open cells with a jump or a zigzag of the cost among their eight neighbours, or a wall alone.

    ``uneven`` also of the cells beside one with a jump: a difference of second order would reach over it, to where T
    rises by another cost, and fall short of any line by a sixth of the higher cost.

    Parameters
    ----------
    cost, flag
        Of every stored cell, in a layout with a ring of walls.
    rows
        `RowRuns` of every row of the layout, its padding included.
    uneven, beside_wall
        The bits.

    Returns
    -------
    open, even
        How many cells are open, and how many of them have neither bit.
    """
    n_open, n_uneven = 0, 0
    for r in range(1, rows.base.size - 1):
        at = rows.base[r]
        up, down = rows.base[r - 1] - at, rows.base[r + 1] - at
        for q in range(at + rows.west[r], at + rows.east[r]):
            f = cost[_U(q)]
            if not f < _INF:
                continue
            high = max(max(cost[_U(q - 1)], cost[_U(q + 1)]), max(cost[_U(q + up)], cost[_U(q + down)]))
            low = min(min(cost[_U(q - 1)], cost[_U(q + 1)]), min(cost[_U(q + up)], cost[_U(q + down)]))
            for corner in (up - 1, up + 1, down - 1, down + 1):
                high = max(high, cost[_U(q + corner)])
                low = min(low, cost[_U(q + corner)])
            n_open += 1
            in_row, in_col = cost[_U(q - 1)] + cost[_U(q + 1)], cost[_U(q + up)] + cost[_U(q + down)]
            bend = max(abs(in_row - f - f), abs(in_col - f - f))
            if high > EVEN * f or f > EVEN * low or bend > SMOOTH * f:
                wall_alone = not high < _INF and not _open_bend(in_row, in_col, f) > SMOOTH * f
                flag[_U(q)] |= beside_wall if wall_alone and not _jumps(cost, q, up, down) else uneven
                n_uneven += 1
    for r in range(1, rows.base.size - 1):
        at = rows.base[r]
        up, down = rows.base[r - 1] - at, rows.base[r + 1] - at
        for q in range(at + rows.west[r], at + rows.east[r]):
            if flag[_U(q)] & uneven and _jumps(cost, q, up, down):
                for beside in (q - 1, q + 1, q + up, q + down):
                    if cost[_U(beside)] < _INF and flag[_U(beside)] & uneven == 0:
                        n_uneven += flag[_U(beside)] & beside_wall == 0
                        flag[_U(beside)] |= uneven
    return n_open, n_open - n_uneven


@inlined
def diagonal(cost, p, q, beside, other, length):  # type: ignore[no-untyped-def]
    """Price of the step between p and q, which touch at a corner with the cells ``beside`` and ``other``."""
    if not min(cost[_U(beside)], cost[_U(other)]) < _INF:
        return _INF
    return _F(0.5) * (cost[_U(p)] + cost[_U(q)]) * length


@inlined
def _from_between(f, wedge):  # type: ignore[no-untyped-def]
    """T of a cell of cost f from between two neighbours, where all three are even; inf otherwise.

    The line comes from a point between their centres, where T is between theirs, unless two fronts meet there: then it
    falls more from the edge neighbour to the corner than it does on the other side, and the slope there is what counts.
    """
    fall = min(wedge.t_edge - wedge.t_corner, wedge.t_other - wedge.t_edge)
    s = _F(0.5) * (f + max(wedge.f_edge, wedge.f_corner))
    if not (fall > 0 and s <= EVEN * f and s <= EVEN * min(wedge.f_edge, wedge.f_corner)):
        return _INF
    sine = fall / (s * wedge.aside_m)
    if not sine < 1:
        return _INF
    cosine = _F(math.sqrt(_F(1) - sine * sine))
    if wedge.ahead_m * sine > wedge.aside_m * cosine:
        return _INF
    return wedge.t_edge + s * wedge.ahead_m * cosine


@inlined
def straight_step(cost, value, q, around):  # type: ignore[no-untyped-def]
    """T of the open cell q by the cheapest straight line from a neighbour in sight.

    Parameters
    ----------
    cost, value
        Of every stored cell.
    q, around
        The cell, and its `Around`.
    """
    up, down, x, y = around
    f = cost[_U(q)]
    half = _F(0.5)
    length = _F(math.sqrt(x * x + y * y))
    best = _INF
    for side in (-1, 1):
        row = up if side < 0 else down
        best = min(best, value[_U(q + side)] + half * (f + cost[_U(q + side)]) * x)
        best = min(best, value[_U(q + row)] + half * (f + cost[_U(q + row)]) * y)
    for row in (up, down):
        for side in (-1, 1):
            step = half * (f + cost[_U(q + row + side)]) * length
            is_open = min(cost[_U(q + side)], cost[_U(q + row)]) < _INF
            t = value[_U(q + row + side)] + step
            best = min(best, t if is_open else _INF)
    return best


@inlined
def cheapest_step(cost, value, q, around):  # type: ignore[no-untyped-def]
    """`straight_step`, or from between two neighbours where that is lower."""
    up, down, x, y = around
    best = straight_step(cost, value, q, around)
    f = cost[_U(q)]
    shorter = _F(0.5) * min(x, y)
    for row, other_row in ((up, down), (down, up)):
        for side in (-1, 1):
            t_corner, f_corner = value[_U(q + row + side)], cost[_U(q + row + side)]
            # no line from beyond the corner is shorter than this
            if not t_corner + shorter * (f + f_corner) < best:
                continue
            f_side, f_row = cost[_U(q + side)], cost[_U(q + row)]
            if f_side < _INF:
                t_other = value[_U(q + other_row + side)]
                in_row = Wedge(value[_U(q + side)], t_corner, t_other, f_side, f_corner, x, y)
                best = min(best, _from_between(f, in_row))
            if f_row < _INF:
                t_other = value[_U(q + row - side)]
                in_col = Wedge(value[_U(q + row)], t_corner, t_other, f_row, f_corner, y, x)
                best = min(best, _from_between(f, in_col))
    return best
