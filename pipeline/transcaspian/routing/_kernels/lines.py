"""Straight steps between neighbouring cells: what is in sight of what, and the price of going there.

This is the relation that the field, the tracer and the price of lines share. A step runs from centre to centre and
costs what `descent.segment_cost` says of it: half its length at the cost of each of the two cells. Across a corner it
may go where at least one of the two cells beside the corner is open: two walls that touch at a corner hold.

Where a cell is even with its neighbours, T is the solution of a differential equation. Where it is not (a wall beside
it, or a jump of the cost), differences of T mean little and T is what a line costs: see `cheapest_step`.
"""

from __future__ import annotations

import math

import numpy as np

from transcaspian.core.compiled import inlined, kernel

_U = np.uintp
_F = np.float32
_INF = np.float32(np.inf)

EVEN = np.float32(1.5)
"""Ratio of the costs of neighbouring cells up to which differences of T are trusted."""


@kernel
def mark_uneven(cost, rows, flag, uneven):  # type: ignore[no-untyped-def]
    """Set the bit of open cells that have a wall or a jump of the cost among their eight neighbours.

    Parameters
    ----------
    cost, flag
        Of every stored cell, in a layout with a ring of walls.
    rows
        `RowRuns` of every row of the layout, its padding included.
    uneven
        The bit.

    Returns
    -------
    open, even
        How many cells are open, and how many of them are even.
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
            if high > EVEN * f or f > EVEN * low:
                flag[_U(q)] |= uneven
                n_uneven += 1
    return n_open, n_open - n_uneven


@inlined
def diagonal(cost, p, q, beside, other, length):  # type: ignore[no-untyped-def]
    """Price of the step between p and q, which touch at a corner with the cells ``beside`` and ``other``."""
    if not min(cost[_U(beside)], cost[_U(other)]) < _INF:
        return _INF
    return _F(0.5) * (cost[_U(p)] + cost[_U(q)]) * length


@inlined
def _wedge(straight, across, f, s_straight, s_across, ahead, aside):  # type: ignore[no-untyped-def]
    """T from between an edge neighbour and the diagonal one next to it, where all three are even; inf otherwise.

    The line comes from a point between their centres, where T is between theirs: ``ahead`` is the distance to the edge
    neighbour, ``aside`` from there to the diagonal one.
    """
    fall = straight - across
    s = _F(0.5) * (f + max(s_straight, s_across))
    if not (fall > 0 and s <= EVEN * f and s <= EVEN * min(s_straight, s_across)):
        return _INF
    sine = fall / (s * aside)
    if not sine < 1:
        return _INF
    cosine = _F(math.sqrt(_F(1) - sine * sine))
    if ahead * sine > aside * cosine:
        return _INF
    return straight + s * ahead * cosine


@inlined
def cheapest_step(cost, value, q, up, down, x, y):  # type: ignore[no-untyped-def]
    """T of the open cell q by the cheapest line from a neighbour in sight, or from between two of them.

    Parameters
    ----------
    cost, value
        Of every stored cell.
    q, up, down
        The cell, and what leads to the cells north and south of it.
    x, y
        Sides of the cell, metres.
    """
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
    shorter = half * min(x, y)
    for row in (up, down):
        for side in (-1, 1):
            t_corner, f_corner = value[_U(q + row + side)], cost[_U(q + row + side)]
            # no line from beyond the corner is shorter than this
            if not t_corner + shorter * (f + f_corner) < best:
                continue
            f_side, f_row = cost[_U(q + side)], cost[_U(q + row)]
            if f_side < _INF:
                best = min(best, _wedge(value[_U(q + side)], t_corner, f, f_side, f_corner, x, y))
            if f_row < _INF:
                best = min(best, _wedge(value[_U(q + row)], t_corner, f, f_row, f_corner, y, x))
    return best
