"""Numba kernels of the directional field: Selling's stencils, the march over them, rays around a source.

``vᵀ D v = 1`` with ``v = ∇T`` and ``D = M⁻¹`` is the eikonal equation of a Riemannian metric M. Selling's reduction
(Selling 1874, J. reine angew. Math. 77:143) writes the matrix of each cell as ``D = Σ ρ e eᵀ`` with three integer
offsets e and weights ρ ≥ 0, so that ``Σ ρ max(0, T(x) - T(x - e), T(x) - T(x + e))² = 1`` is a monotone scheme, and
causal: no value depends on a later one, and one march in the order of rising T solves it (Mirebeau 2019, SIAM J.
Numer. Anal. 57:2608; Mirebeau & Portegies 2019, IPOL 9:47; causality by reduced bases: Mirebeau 2014, SIAM J. Numer.
Anal. 52:1573). A diagonal D has the offsets (1, 0) and (0, 1): Godunov's scheme on the four edge neighbours.

Arrays are ``(rows, cols)``, row 0 northernmost, or flat in that order. Offsets are (rows down, columns right), in
cells. The tensor is given as ``ee, en, nn`` (east, north); inf in ``ee`` is a wall, and so is all outside the array.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.compiled import allocating, kernel
from transcaspian.routing._kernels.descent import broken_rays, segment_cost
from transcaspian.routing._kernels.heap import heap_drop, heap_push, heap_room

NO_FAULT, ALL_WALLS, BAD_WALL, NOT_POSITIVE, TOO_UNEQUAL = 0, 1, 2, 3, 4

LONGEST_OFFSET = 60
"""Cells; twice as many must fit into int8."""

_MAX_CLEARANCE = 255
_NEGLIGIBLE = 1e-13
"""Weights below this share of the trace of D come from rounding: they name no direction."""
_MAX_BEND = 0.25
"""Largest second difference beside walls, as a share of the cost of one step: where the front turns round a wall's
end more sharply, second order would fall below the truth."""
NARROW, UNEVEN = 64, 128
"""Bits 6 and 7 beside the six bits of open sides: a wall hides an offset longer than to an edge neighbour, where T may
also come by straight steps; and T is what straight steps cost, not the solution of an equation."""
_EVEN = 1.25
"""Ratio of the price of a step to that in the cell's own metric up to which differences of T are trusted: for halves of
a step in two cells, a ratio of the cells of 1.5."""


class Stencils(NamedTuple):
    """Selling's scheme of every cell, flat.

    Attributes
    ----------
    weight
        ``(n, 3)`` float64, per unit of cost squared; 0 where an offset is not used.
    offset
        ``(n, 3, 2)`` int8 (rows, columns).
    sides
        ``(n,)`` uint8: bit ``2 i`` where ``x + e_i`` is in sight over water, bit ``2 i + 1`` where ``x - e_i`` is;
        `NARROW` and `UNEVEN`.
    clear
        ``(rows, cols)`` uint8, see `clearance`.
    """

    weight: NDArray[np.float64]
    offset: NDArray[np.int8]
    sides: NDArray[np.uint8]
    clear: NDArray[np.uint8]


class Dependants(NamedTuple):
    """For every cell y those whose stencil holds y: ``cells[first[y] : first[y + 1]]``; int64 and int32."""

    first: NDArray[np.int64]
    cells: NDArray[np.int32]


class Tensor(NamedTuple):
    """The metric M of one cell, east-east, east-north and north-north, squared cost per metre, and the cell's sides."""

    ee: float
    en: float
    nn: float
    dx_m: float
    dy_m: float


class SlopeFactors(NamedTuple):
    """Cost on a full slope over that on flat ground, along and across the contours, and the angle that is full."""

    side: float
    in_line: float
    full_slope_deg: float


class Front(NamedTuple):
    """T of every cell, float64, and whether it is final."""

    value: NDArray[np.float64]
    is_final: NDArray[np.bool_]


@allocating
def clearance(ee):  # type: ignore[no-untyped-def]
    """Steps of a chess king to the nearest wall or to the outside, at most 255; uint8, 0 in walls.

    Two sweeps, forth and back, are exact for this distance.
    """
    rows, cols = ee.shape
    clear = np.zeros((rows, cols), np.uint8)
    for r in range(rows):
        for c in range(cols):
            if not ee[r, c] < np.inf:
                continue
            lowest = 0
            if r > 0 and 0 < c < cols - 1:
                lowest = min(min(clear[r - 1, c - 1], clear[r - 1, c]), min(clear[r - 1, c + 1], clear[r, c - 1]))
            clear[r, c] = min(lowest + 1, _MAX_CLEARANCE)
    for r in range(rows - 1, -1, -1):
        for c in range(cols - 1, -1, -1):
            if clear[r, c] <= 1:
                continue
            lowest = 0
            if r < rows - 1 and 0 < c < cols - 1:
                lowest = min(min(clear[r + 1, c - 1], clear[r + 1, c]), min(clear[r + 1, c + 1], clear[r, c + 1]))
            clear[r, c] = min(clear[r, c], lowest + 1)
    return clear


@kernel
def _crosses_water(clear, r, c, d_r, d_c):  # type: ignore[no-untyped-def]
    """Whether the straight segment between two centres stays in open cells, by whole numbers only.

    Through a corner it may pass where one of the two cells beside is open: walls that touch at a corner hold.
    """
    rows, cols = clear.shape
    end_r, end_c = r + d_r, c + d_c
    if clear[r, c] == 0 or end_r < 0 or end_r >= rows or end_c < 0 or end_c >= cols:
        return False
    step_r = 1 if d_r > 0 else -1
    step_c = 1 if d_c > 0 else -1
    wide_r, wide_c = abs(d_r), abs(d_c)
    # the k-th row edge is crossed at (2 k + 1) / (2 wide_r) of the way, the l-th column edge likewise
    at_r, at_c = wide_c, wide_r
    while r != end_r or c != end_c:
        if r != end_r and c != end_c and at_r == at_c:
            if clear[r + step_r, c] == 0 and clear[r, c + step_c] == 0:
                return False
            r += step_r
            c += step_c
            at_r += 2 * wide_c
            at_c += 2 * wide_r
        elif c == end_c or (r != end_r and at_r < at_c):
            r += step_r
            at_r += 2 * wide_c
        else:
            c += step_c
            at_c += 2 * wide_r
        if clear[r, c] == 0:
            return False
    return True


@kernel
def _visible(clear, r, c, d_r, d_c):  # type: ignore[no-untyped-def]
    """`_crosses_water`, at once where no wall is near."""
    if clear[r, c] > max(abs(d_r), abs(d_c)):
        return True
    return _crosses_water(clear, r, c, d_r, d_c)


@kernel
def selling(rr, rc, cc):  # type: ignore[no-untyped-def]
    """Selling's decomposition of a positive definite matrix ``[[rr, rc], [rc, cc]]``.

    Returns
    -------
    w0, r0, c0, w1, r1, c1, w2, r2, c2
        Three weights ≥ 0, each with its offset (rows, columns): the matrix is the sum of ``w (r, c)ᵀ (r, c)``.
    """
    # a superbase sums to zero; it is obtuse when no two of its vectors enclose an acute angle in this matrix
    a_r, a_c, b_r, b_c, c_r, c_c = 1, 0, 0, 1, -1, -1
    ab = rc
    bc, ca = -rc - cc, -rr - rc
    tiny = _NEGLIGIBLE * (rr + cc)
    for _ in range(1000):
        if ab > tiny:
            c_r, c_c = a_r - b_r, a_c - b_c
            a_r, a_c = -a_r, -a_c
        elif bc > tiny:
            a_r, a_c = b_r - c_r, b_c - c_c
            b_r, b_c = -b_r, -b_c
        elif ca > tiny:
            b_r, b_c = c_r - a_r, c_c - a_c
            c_r, c_c = -c_r, -c_c
        else:
            break
        ab = rr * a_r * b_r + rc * (a_r * b_c + a_c * b_r) + cc * a_c * b_c
        bc = rr * b_r * c_r + rc * (b_r * c_c + b_c * c_r) + cc * b_c * c_c
        ca = rr * c_r * a_r + rc * (c_r * a_c + c_c * a_r) + cc * c_c * a_c
    return max(-ab, 0.0), -c_c, c_r, max(-bc, 0.0), -a_c, a_r, max(-ca, 0.0), -b_c, b_r


@kernel
def _tensor(costs, q, row):  # type: ignore[no-untyped-def]
    """The `Tensor` of the cell q in a row."""
    ee, en, nn = float(costs.tensor[0, q]), float(costs.tensor[1, q]), float(costs.tensor[2, q])
    return Tensor(ee, en, nn, costs.dx_m[row], costs.dy_m[row])


@kernel
def _dual(m):  # type: ignore[no-untyped-def]
    """``D = M⁻¹`` per cell: entries (row, row), (row, column), (column, column); rows point south."""
    det = m.ee * m.nn - m.en * m.en
    return m.ee / (det * m.dy_m * m.dy_m), m.en / (det * m.dx_m * m.dy_m), m.nn / (det * m.dx_m * m.dx_m)


@kernel
def _step_cost(m, d_r, d_c):  # type: ignore[no-untyped-def]
    """Metric length ``(eᵀ M e)^½`` of an offset e."""
    east = d_c * m.dx_m
    north = -d_r * m.dy_m
    return math.sqrt(m.ee * east * east + 2.0 * m.en * east * north + m.nn * north * north)


@allocating
def stencils(costs, clear):  # type: ignore[no-untyped-def]
    """The stencils of every cell of a grid.

    Parameters
    ----------
    costs
        `CellCosts` of the whole grid, with its tensor.
    clear
        From `clearance`.

    Returns
    -------
    stencils
        `Stencils`, without the marks of `mark_uneven`.
    longest
        Longest offset met, cells; the result is useless when it exceeds `LONGEST_OFFSET`.
    """
    rows, cols = clear.shape
    weight = np.zeros((rows * cols, 3))
    offset = np.zeros((rows * cols, 3, 2), np.int8)
    sides = np.zeros(rows * cols, np.uint8)
    longest = 0
    for r in range(rows):
        for c in range(cols):
            if clear[r, c] == 0:
                continue
            q = r * cols + c
            rr, rc, cc = _dual(_tensor(costs, q, r))
            w0, r0, c0, w1, r1, c1, w2, r2, c2 = selling(rr, rc, cc)
            negligible = _NEGLIGIBLE * (rr + cc)
            seen = 0
            for i in range(3):
                w, e_r, e_c = (w0, w1, w2)[i], (r0, r1, r2)[i], (c0, c1, c2)[i]
                if w <= negligible:
                    continue
                reach = max(abs(e_r), abs(e_c))
                longest = max(longest, reach)
                if reach > LONGEST_OFFSET:
                    return Stencils(weight, offset, sides, clear), longest
                weight[q, i] = w
                offset[q, i, 0] = e_r
                offset[q, i, 1] = e_c
                one_way = _visible(clear, r, c, e_r, e_c)
                other_way = _visible(clear, r, c, -e_r, -e_c)
                seen |= (one_way << (2 * i)) | (other_way << (2 * i + 1))
                if abs(e_r) + abs(e_c) > 1 and not (one_way and other_way):
                    seen |= NARROW
            sides[q] = seen
    return Stencils(weight, offset, sides, clear), longest


@kernel
def _king(k):  # type: ignore[no-untyped-def]
    """The k-th of the eight neighbours, (rows, columns)."""
    k += k >= 4
    return k // 3 - 1, k % 3 - 1


@allocating
def dependants(stencils):  # type: ignore[no-untyped-def]
    """For every cell those whose stencil holds it, `Dependants`."""
    offset, sides, clear = stencils.offset, stencils.sides, stencils.clear
    rows, cols = clear.shape
    n = rows * cols
    first = np.zeros(n + 2, np.int64)
    cells = np.empty(0, np.int32)
    # twice the same loop: counting, then filling
    for filling in range(2):
        if filling:
            for y in range(n):
                first[y + 2] += first[y + 1]
            cells = np.empty(first[n + 1], np.int32)
        for r in range(rows):
            for c in range(cols):
                x = r * cols + c
                seen = sides[x]
                for k in range(14):
                    if k < 6:
                        if not seen >> k & 1:
                            continue
                        sign = 1 - 2 * (k & 1)
                        y = x + sign * (offset[x, k >> 1, 0] * cols + offset[x, k >> 1, 1])
                    elif not seen & (NARROW | UNEVEN):
                        break
                    else:
                        d_r, d_c = _king(k - 6)
                        if not _visible(clear, r, c, d_r, d_c):
                            continue
                        y = x + d_r * cols + d_c
                    if filling:
                        cells[first[y + 1]] = x
                        first[y + 1] += 1
                    else:
                        first[y + 2] += 1
    return Dependants(first[:-1], cells)


@kernel
def _root(a0, w0, a1, w1, a2, w2):  # type: ignore[no-untyped-def]
    """Root t of ``Σ w max(0, t - a)² = 1``; a is inf where there is no neighbour, and inf comes back if all are."""
    if a1 < a0:
        a0, w0, a1, w1 = a1, w1, a0, w0
    if a2 < a1:
        a1, w1, a2, w2 = a2, w2, a1, w1
        if a1 < a0:
            a0, w0, a1, w1 = a1, w1, a0, w0
    if not a0 < np.inf:
        return np.inf
    # measured from the lowest value, for the sake of rounding
    t = 1.0 / math.sqrt(w0)
    b1 = a1 - a0
    if b1 < t:
        w = w0 + w1
        s = w1 * b1
        t = (s + math.sqrt(max(w - w0 * w1 * b1 * b1, 0.0))) / w
        b2 = a2 - a0
        if b2 < t:
            w += w2
            s += w2 * b2
            t = (s + math.sqrt(max(s * s - w * (w1 * b1 * b1 + w2 * b2 * b2 - 1.0), 0.0))) / w
    return a0 + t


@kernel
def _step(stencils, x, i):  # type: ignore[no-untyped-def]
    """The offset ``e_i`` of a cell as a step in the flat array."""
    return stencils.offset[x, i, 0] * stencils.clear.shape[1] + stencils.offset[x, i, 1]


@kernel
def _neighbour(front, stencils, x, i):  # type: ignore[no-untyped-def]
    """Lowest final value at ``x ± e_i``, and the signed step to it in the flat array (0 where there is none)."""
    value, seen, step = front.value, stencils.sides[x], _step(stencils, x, i)
    lowest, to = np.inf, 0
    if seen >> (2 * i) & 1 and front.is_final[x + step]:
        lowest = value[x + step]
        to = step
    if seen >> (2 * i + 1) & 1 and front.is_final[x - step] and value[x - step] < lowest:
        lowest = value[x - step]
        to = -step
    return lowest, to


@kernel
def _reach(offset, x, k):  # type: ignore[no-untyped-def]
    """The k-th of the fourteen cells that a straight step may lead to, (rows, columns): eight neighbours, six ends."""
    if k < 8:
        return _king(k)
    sign = 1 - 2 * (k & 1)
    return sign * int(offset[x, (k - 8) >> 1, 0]), sign * int(offset[x, (k - 8) >> 1, 1])


@kernel
def _direct(front, stencils, costs, x):  # type: ignore[no-untyped-def]
    """Lowest value by one straight step from a final cell in sight: the eight neighbours and the ends of offsets.

    Such a step is a line, at the price of lines: where walls cut the stencil, or the metric is uneven, T is what lines
    cost.
    """
    cols = stencils.clear.shape[1]
    r = x // cols
    c = x % cols
    lowest = np.inf
    for k in range(14):
        d_r, d_c = _reach(stencils.offset, x, k)
        if (d_r == 0 and d_c == 0) or not _visible(stencils.clear, r, c, d_r, d_c):
            continue
        y = x + d_r * cols + d_c
        if front.is_final[y] and front.value[y] < lowest:
            step = segment_cost(costs, float(r), float(c), float(r + d_r), float(c + d_c))
            lowest = min(lowest, front.value[y] + step)
    return lowest


@kernel
def mark_uneven(costs, stencils):  # type: ignore[no-untyped-def]
    """Set `UNEVEN` in ``sides`` where a neighbour or the end of an offset is not reached at the cell's own metric.

    Parameters
    ----------
    costs
        `CellCosts` of the whole grid, with its tensor.
    stencils
        From `stencils`; ``sides`` is written.
    """
    rows, cols = stencils.clear.shape
    for r in range(rows):
        for c in range(cols):
            x = r * cols + c
            if not costs.cost[x] < np.inf:
                continue
            own = _tensor(costs, x, r)
            for k in range(14):
                d_r, d_c = _reach(stencils.offset, x, k)
                if d_r == 0 and d_c == 0:
                    continue
                outside = not (0 <= r + d_r < rows and 0 <= c + d_c < cols)
                if outside and (k < 8 or stencils.sides[x] >> ((k - 8) & ~1) & 3):
                    continue  # nothing comes from outside, and nothing bends round the edge of the grid
                in_own_metric = _step_cost(own, d_r, d_c)
                price = segment_cost(costs, float(r), float(c), float(r + d_r), float(c + d_c))
                if not (price < _EVEN * in_own_metric and in_own_metric < _EVEN * price):
                    stencils.sides[x] |= UNEVEN
                    break


@kernel
def _first_order(front, stencils, x):  # type: ignore[no-untyped-def]
    """T of a cell by first-order differences along its three offsets."""
    weight = stencils.weight
    a0, _ = _neighbour(front, stencils, x, 0)
    a1, _ = _neighbour(front, stencils, x, 1)
    a2, _ = _neighbour(front, stencils, x, 2)
    return _root(a0, weight[x, 0], a1, weight[x, 1], a2, weight[x, 2])


@kernel
def _second_along(front, stencils, x, i, now):  # type: ignore[no-untyped-def]
    """Neighbour, extrapolated neighbour and weight along ``e_i`` for the second-order difference.

    ``(3 t - 4 a + b) / 2`` is ``3/2 (t - (4 a - b) / 3)``: the first-order form with another neighbour and weight.
    Taken where the second cell behind is known, in sight and not later than the first, and, beside walls, the front
    does not turn sharply. Not over an uneven neighbour: beyond a jump T rises by another metric, and a difference over
    it falls short of any line by up to 5 %.
    """
    value, weight, clear = front.value, stencils.weight[x, i], stencils.clear
    cols = clear.shape[1]
    e_r, e_c = int(stencils.offset[x, i, 0]), int(stencils.offset[x, i, 1])
    first, to = _neighbour(front, stencils, x, i)
    if not first < now:
        return np.inf, np.inf, 0.0
    if to != e_r * cols + e_c:
        e_r, e_c = -e_r, -e_c
    r = x // cols
    c = x % cols
    free = clear[r, c] > 2 * max(abs(e_r), abs(e_c))
    even = not stencils.sides[x + to] & UNEVEN
    if even and (free or _crosses_water(clear, r + e_r, c + e_c, e_r, e_c)):
        y = x + 2 * to
        if front.is_final[y] and value[y] <= first:
            bend = now - 2.0 * first + value[y]
            if free or bend * bend * weight <= _MAX_BEND * _MAX_BEND:
                return first, (4.0 * first - value[y]) / 3.0, 2.25 * weight
    return first, first, weight


@kernel
def _second_order(front, stencils, x, now):  # type: ignore[no-untyped-def]
    """Value with second-order differences along the offsets that are upwind at first order; ``now`` if it fails."""
    f0, a0, w0 = _second_along(front, stencils, x, 0, now)
    f1, a1, w1 = _second_along(front, stencils, x, 1, now)
    f2, a2, w2 = _second_along(front, stencils, x, 2, now)
    t = _root(a0, w0, a1, w1, a2, w2)
    # an upwind cell must not be later than the cell that leans on it
    if (a0 < t and f0 > t) or (a1 < t and f1 > t) or (a2 < t and f2 > t) or not t < np.inf:
        return now
    return t


@allocating
def march(costs, stencils, dependants, seeds, seed_values, second_order):  # type: ignore[no-untyped-def]
    """March from seed cells over the whole connected water.

    Parameters
    ----------
    costs
        `CellCosts` of the whole grid, with its tensor.
    stencils, dependants
        `Stencils`, with the marks of `mark_uneven` and of the seeds, and their `Dependants`.
    seeds, seed_values
        Flat cells with a known upper bound of T, straight rays from the source; only straight steps lower them: next to
        a point source the front is curved too much for differences.
    second_order
        Whether a cell's value is made second-order when its turn has come: order and upwind sides are those of the
        first-order scheme, which is causal.

    Returns
    -------
    ndarray
        T, ``(n,)`` float64; inf at walls and where nothing arrives.
    """
    sides, first = stencils.sides, dependants.first
    front = Front(np.full(sides.size, np.inf), np.zeros(sides.size, np.bool_))
    value, is_final = front
    room = max(1 << 16, 2 * seeds.size)
    keys = np.empty(room)
    ids = np.empty(room, np.int32)
    size = 0
    for i in range(seeds.size):
        q = seeds[i]
        if seed_values[i] < value[q]:
            value[q] = seed_values[i]
            heap_push(keys, ids, size, seed_values[i], q)
            size += 1
    while size > 0:
        y, key = ids[0], keys[0]
        size -= 1
        heap_drop(keys, ids, size)
        if is_final[y] or key > value[y]:
            continue
        stepped = sides[y] & NARROW and _direct(front, stencils, costs, y) <= value[y]
        if second_order and not stepped and not sides[y] & UNEVEN:
            value[y] = _second_order(front, stencils, y, value[y])
        is_final[y] = True
        keys, ids = heap_room(keys, ids, size, first[y + 1] - first[y])
        for k in range(first[y], first[y + 1]):
            x = dependants.cells[k]
            # a cell that is not lower is not upwind (second order may lift y above its turn)
            if is_final[x] or value[x] <= value[y]:
                continue
            if sides[x] & UNEVEN:
                t = _direct(front, stencils, costs, x)
            else:
                t = _first_order(front, stencils, x)
                if sides[x] & NARROW:
                    t = min(t, _direct(front, stencils, costs, x))
            if t < value[x]:
                value[x] = t
                heap_push(keys, ids, size, t, x)
                size += 1
    return value


@kernel
def _highest(m):  # type: ignore[no-untyped-def]
    """Cost per metre in the most expensive direction: the root of the larger eigenvalue of M."""
    return math.sqrt(0.5 * (m.ee + m.nn) + math.hypot(0.5 * (m.ee - m.nn), m.en))


@kernel
def _reaches(m, radius):  # type: ignore[no-untyped-def]
    """Size of a ball: cost reached, and half the sides in rows and columns of the box that holds it.

    Where ``eᵀ M e`` is at most the square of the reach, e reaches as far as the reach times the root of the dual's
    diagonal.
    """
    reach = radius * _highest(m) * min(m.dx_m, m.dy_m)
    rr, _, cc = _dual(m)
    return reach, int(max(radius, reach * math.sqrt(rr))) + 1, int(max(radius, reach * math.sqrt(cc))) + 1


@allocating
def rays(cells, cols, row, col, radius):  # type: ignore[no-untyped-def]
    """Cells near a source, and the cost of the cheapest ray to each: straight, or broken at centres of cells near it.

    Near are the cells within ``radius`` cells, and in cheap directions those within the cost of as many cells in the
    most expensive one: there the field is curved the most, as seen by the long offsets of a strong preference. Rays are
    lines, so that no value is below the price of one.

    Parameters
    ----------
    cells
        `CellCosts` of a whole grid, with its tensor.
    cols
        Columns of the grid.
    row, col, radius
        Fractional position of the source, and the radius in cells.

    Returns
    -------
    cells, values
        Flat indices and costs.
    """
    r0, c0 = math.floor(row + 0.5), math.floor(col + 0.5)
    middle = _tensor(cells, r0 * cols + c0, r0)
    reach, wide_r, wide_c = _reaches(middle, radius)
    top, left = max(r0 - wide_r, 0), max(c0 - wide_c, 0)
    height, width = min(r0 + wide_r + 1, cells.dx_m.size) - top, min(c0 + wide_c + 1, cols) - left
    is_near = np.zeros((height, width), np.bool_)
    for i in range(height):
        for j in range(width):
            r, c = top + i, left + j
            in_circle = (r - row) ** 2 + (c - col) ** 2 <= radius * radius
            is_near[i, j] = in_circle or _step_cost(middle, r - row, c - col) <= reach
    value = broken_rays(cells, row, col, top, left, is_near)
    near = np.empty(height * width, np.int64)
    values = np.empty(height * width)
    n = 0
    for i in range(height):
        for j in range(width):
            if value[i, j] < np.inf:
                near[n] = (top + i) * cols + left + j
                values[n] = value[i, j]
                n += 1
    return near[:n], values[:n]


@allocating
def slope_tensor(cost, depth, dx_m, dy_m, factors):  # type: ignore[no-untyped-def]
    """Tensor ``c² (f_in² g gᵀ + f_side² t tᵀ)`` of each cell; see `metric.slope_metric`.

    Parameters
    ----------
    cost, depth
        ``(rows, cols)``; a cost of inf is a wall, a depth of NaN is unknown.
    dx_m, dy_m
        Spacing of each row.
    factors
        `SlopeFactors`.

    Returns
    -------
    ee, en, nn
        ``(rows, cols)`` float32.
    """
    rows, cols = cost.shape
    ee = np.full((rows, cols), np.inf, np.float32)
    en = np.zeros((rows, cols), np.float32)
    nn = np.full((rows, cols), np.inf, np.float32)
    for r in range(rows):
        for c in range(cols):
            f = float(cost[r, c])
            if not f < np.inf:
                continue
            here = float(depth[r, c])
            west = float(depth[r, c - 1]) if c > 0 else np.nan
            east = float(depth[r, c + 1]) if c < cols - 1 else np.nan
            north = float(depth[r - 1, c]) if r > 0 else np.nan
            south = float(depth[r + 1, c]) if r < rows - 1 else np.nan
            # downwards, but the sign does not matter: the tensor is even
            g_e = _difference(west, here, east) / dx_m[r]
            g_n = _difference(south, here, north) / dy_m[r]
            steep = math.hypot(g_e, g_n)
            if not (0.0 < steep < np.inf):
                ee[r, c] = f * f
                nn[r, c] = f * f
                continue
            share = min(math.degrees(math.atan(steep)) / factors.full_slope_deg, 1.0)
            along = (1.0 + (factors.in_line - 1.0) * share) ** 2 * f * f
            across = (1.0 + (factors.side - 1.0) * share) ** 2 * f * f
            g_e /= steep
            g_n /= steep
            ee[r, c] = along * g_e * g_e + across * g_n * g_n
            nn[r, c] = along * g_n * g_n + across * g_e * g_e
            en[r, c] = (along - across) * g_e * g_n
    return ee, en, nn


@kernel
def _difference(before, here, after):  # type: ignore[no-untyped-def]
    """Change per cell: central, one-sided at the edge of the known, NaN where it cannot be told."""
    if math.isnan(here):
        # a cell of unknown depth need not lie on the slope between its neighbours
        return np.nan
    if math.isnan(before):
        return after - here
    if math.isnan(after):
        return here - before
    return 0.5 * (after - before)


@kernel
def first_fault(ee, en, nn, max_ratio):  # type: ignore[no-untyped-def]
    """What is wrong with a metric, and in which cell first: ``(fault, row, column)``."""
    rows, cols = ee.shape
    open_cells = 0
    for r in range(rows):
        for c in range(cols):
            a, b, d = float(ee[r, c]), float(en[r, c]), float(nn[r, c])
            if a == np.inf and d == np.inf and b == 0.0:
                continue
            if not (abs(a) < np.inf and abs(b) < np.inf and abs(d) < np.inf):
                return BAD_WALL, r, c
            det = a * d - b * b
            if not (a > 0.0 and d > 0.0 and det > 0.0):
                return NOT_POSITIVE, r, c
            # the ratio of the eigenvalues is k squared where trace² / determinant is (k + 1 / k)²
            if (a + d) ** 2 / det > (max_ratio + 1.0 / max_ratio) ** 2:
                return TOO_UNEQUAL, r, c
            open_cells += 1
    return (NO_FAULT if open_cells else ALL_WALLS), 0, 0
