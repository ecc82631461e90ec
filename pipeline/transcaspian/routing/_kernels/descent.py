"""Numba kernels on fractional ``(row, col)`` positions: cost of a segment, descent of T, shortcuts.

A position has whole numbers at cell centres; cell ``i`` reaches from ``i - ½`` to ``i + ½``. The cost is constant
in each cell and inf in walls; where no cell is stored everything is wall. T is flat and lies as the `CellCosts` does.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.compiled import allocating, inlined, kernel
from transcaspian.routing._kernels.heap import heap_drop, heap_push, heap_room
from transcaspian.routing._kernels.layout import RowRuns
from transcaspian.routing._kernels.lines import EVEN, SMOOTH

_U = np.uintp


class CellCosts(NamedTuple):
    """What kernels must know of a grid: cost by cell, where the cells lie, and the metric of each row.

    Attributes
    ----------
    cost
        Flat float32, per metre; inf is a wall.
    tensor
        ``(3, 0)`` where the cost is the same in all directions; else ``(3, n)`` float32: the metric ``ee, en, nn`` of
        each cell (see `metric`), and ``cost`` says only where walls are.
    rows
        Runs of the grid's rows.
    dx_m, dy_m
        Spacing of the grid's rows, metres.
    """

    cost: NDArray[np.float32]
    tensor: NDArray[np.float32]
    rows: RowRuns
    dx_m: NDArray[np.float64]
    dy_m: NDArray[np.float64]


ISOTROPIC = np.empty((3, 0), np.float32)
DIRECTIONAL_REACH_CELLS = 12
"""Under a metric a cell's value may come from so far: stencils are as long as the ratio of the costs of directions."""
AT_A_CORNER_CELLS = 1e-8
"""A segment that passes a corner nearer than this passes through it: no more than the rounding of coordinates."""
ALONG_AN_EDGE_CELLS = 1e-2
"""And no longer than this may it run so near to an edge, in a cell that it only grazes: which corner it passes is the
same there and back, also where the segment keeps to an edge."""
_LEADS_NOWHERE = 0.2
"""Length of the sum of two headings, about one each, below which they point at each other."""
CLEAR_OF_EDGES_CELLS = 1e-7
"""How far vertices stand off edges: more than the above, so that none stands on the wrong side of a corner."""
_MORE_BESIDE_WALLS = 10.0
"""How much more two legs may cost that stand off a wall, in shares of the way off: at corners they are short."""

_LEG_CELLS = 4
_LEGS = tuple(
    (r, c)
    for r in range(-_LEG_CELLS, _LEG_CELLS + 1)
    for c in range(-_LEG_CELLS, _LEG_CELLS + 1)
    if math.gcd(r, c) == 1
)
"""Legs of broken rays, (rows, columns): 48 directions, no more than a hundredth of a leg from any."""


@inlined
def _at(array, rows, r, c):  # type: ignore[no-untyped-def]
    if r < 0 or r >= rows.base.size:
        return np.inf
    # unsigned, or numba would test each index for being negative
    line = _U(r)
    if c < rows.west[line] or c >= rows.east[line]:
        return np.inf
    return float(array[_U(rows.base[line] + c)])


@inlined
def _along(cells, r, c, east, north):  # type: ignore[no-untyped-def]
    """Cost per metre in a cell in the unit direction (east, north); inf in a wall."""
    f = _at(cells.cost, cells.rows, r, c)
    if cells.tensor.shape[1] == 0 or not f < np.inf:
        return f
    q = cells.rows.base[r] + c
    ee, en, nn = float(cells.tensor[0, q]), float(cells.tensor[1, q]), float(cells.tensor[2, q])
    return math.sqrt(ee * east * east + 2.0 * en * east * north + nn * north * north)


@inlined
def _direction_of(cells, r0, c0, r1, c1):  # type: ignore[no-untyped-def]
    """Unit vector (east, north) of a segment by the metric of its middle row; zero where direction does not count."""
    if cells.tensor.shape[1] == 0:
        return 0.0, 0.0
    i = min(max(math.floor(0.5 * (r0 + r1) + 0.5), 0), cells.dx_m.size - 1)
    east_m, north_m = (c1 - c0) * cells.dx_m[i], (r0 - r1) * cells.dy_m[i]
    length_m = math.hypot(east_m, north_m)
    return (east_m / length_m, north_m / length_m) if length_m > 0.0 else (0.0, 0.0)


@inlined
def _edges(start, end, cell):  # type: ignore[no-untyped-def]
    """Where a segment crosses the edges along one axis, as shares of it: the step to the next cell, first, spacing."""
    extent = end - start
    step = 1 if extent > 0 else -1
    if extent == 0:
        return step, np.inf, np.inf
    return step, (cell + 0.5 * step - start) / extent, abs(1.0 / extent)


@inlined
def _mean_cost(cells, r0, c0, r1, c1):  # type: ignore[no-untyped-def]
    """Mean cost along a straight segment, exact over the cells it crosses; inf where it enters a wall.

    The mean is the sum of (cost of a cell) · (share of the segment in it); the cells follow one another as the segment
    crosses their edges (Amanatides and Woo 1987, Eurographics, doi:10.2312/egtp.19871000). A segment through a corner
    may pass where at least one of the two cells beside the corner is open: two walls that touch at a corner hold.
    """
    r, c = math.floor(r0 + 0.5), math.floor(c0 + 0.5)
    r_end, c_end = math.floor(r1 + 0.5), math.floor(c1 + 0.5)
    east, north = _direction_of(cells, r0, c0, r1, c1)
    here = _along(cells, r, c, east, north)
    step_r, next_r, gain_r = _edges(r0, r1, r)
    step_c, next_c, gain_c = _edges(c0, c1, c)
    longer, shorter = max(abs(r1 - r0), abs(c1 - c0)), min(abs(r1 - r0), abs(c1 - c0))
    done, total = 0.0, 0.0
    left = abs(r_end - r) + abs(c_end - c)
    while left > 0 and here < np.inf:
        at = min(min(next_r, next_c), 1.0)
        total += here * max(at - done, 0.0)
        done = max(at, done)
        apart = abs(next_r - next_c)
        corner = apart * shorter < AT_A_CORNER_CELLS and apart * longer < ALONG_AN_EDGE_CELLS
        if corner and left >= 2 and r != r_end and c != c_end:
            beside = min(_at(cells.cost, cells.rows, r + step_r, c), _at(cells.cost, cells.rows, r, c + step_c))
            if not beside < np.inf:
                return np.inf
            r, next_r = r + step_r, next_r + gain_r
            c, next_c = c + step_c, next_c + gain_c
            left -= 2
        elif c == c_end or (r != r_end and next_r < next_c):
            r, next_r = r + step_r, next_r + gain_r
            left -= 1
        else:
            c, next_c = c + step_c, next_c + gain_c
            left -= 1
        here = _along(cells, r, c, east, north)
    return total + here * (1.0 - done) if here < np.inf else np.inf


@inlined
def segment_length_m(dx_m, dy_m, r0, c0, r1, c1):  # type: ignore[no-untyped-def]
    """Length of a short segment in the local metric, Simpson's rule over the change of latitude."""
    total, last = 0.0, dx_m.size - 1
    for k in range(3):
        at = min(max(r0 + (r1 - r0) * 0.5 * k, 0.0), float(last))
        i, j = _U(at), _U(min(int(at) + 1, last))
        w = at - int(at)
        dx, dy = dx_m[i] * (1 - w) + dx_m[j] * w, dy_m[i] * (1 - w) + dy_m[j] * w
        east_m, south_m = (c1 - c0) * dx, (r1 - r0) * dy
        # `hypot` guards against overflow, and takes three times as long as all the rest
        total += (4.0 if k == 1 else 1.0) * math.sqrt(east_m * east_m + south_m * south_m)
    return total / 6.0


@inlined
def _segment_cost(cells, r0, c0, r1, c1):  # type: ignore[no-untyped-def]
    """`segment_cost` inside a kernel: to hand over all that `CellCosts` holds takes as long as a short segment."""
    mean = _mean_cost(cells, r0, c0, r1, c1)
    return mean * max(segment_length_m(cells.dx_m, cells.dy_m, r0, c0, r1, c1), 1e-12)


@kernel
def mean_cost(cells, r0, c0, r1, c1):  # type: ignore[no-untyped-def]
    """Mean cost along a straight segment, exact over the cells it crosses; inf where it enters a wall."""
    return _mean_cost(cells, r0, c0, r1, c1)


@kernel
def segment_cost(cells, r0, c0, r1, c1):  # type: ignore[no-untyped-def]
    """Cost of a straight segment; inf through a wall."""
    mean = mean_cost(cells, r0, c0, r1, c1)
    return mean * max(segment_length_m(cells.dx_m, cells.dy_m, r0, c0, r1, c1), 1e-12)


@kernel
def _lowest_near(cells, top, left, is_near):  # type: ignore[no-untyped-def]
    """What a metre costs at least in some open cells; 0 where that depends on direction."""
    lowest = np.inf if cells.tensor.shape[1] == 0 else 0.0
    for i in range(is_near.shape[0]):
        for j in range(is_near.shape[1]):
            if is_near[i, j]:
                lowest = min(lowest, _at(cells.cost, cells.rows, top + i, left + j))
    return lowest


@allocating
def broken_rays(cells, row, col, top, left, is_near):  # type: ignore[no-untyped-def]
    """Cost of the cheapest ray from a source to each cell near it: straight, or broken at centres of cells near it.

    Rays are lines, so that no value is below the price of one; they are broken where costs vary and behind walls
    (Dijkstra 1959 over `_LEGS`).

    Parameters
    ----------
    cells
        `CellCosts`.
    row, col
        Fractional position of the source.
    top, left
        Row and column of the first cell of ``is_near``.
    is_near
        ``(height, width)``: the cells.

    Returns
    -------
    ndarray
        ``(height, width)`` float64; inf where no ray leads.
    """
    height, width = is_near.shape
    value = np.full((height, width), np.inf)
    lowest, leg_m = _lowest_near(cells, top, left, is_near), np.empty(len(_LEGS))
    dx_m, dy_m = cells.dx_m[top : top + height].min(), cells.dy_m[top : top + height].min()
    for n, (d_r, d_c) in enumerate(_LEGS):
        leg_m[n] = math.hypot(d_c * dx_m, d_r * dy_m)
    keys, ids = np.empty(height * width), np.empty(height * width, np.int32)
    size = 0
    for i in range(height):
        for j in range(width):
            if is_near[i, j]:
                value[i, j] = segment_cost(cells, row, col, float(top + i), float(left + j))
                if value[i, j] < np.inf:
                    heap_push(keys, ids, size, value[i, j], i * width + j)
                    size += 1
    while size > 0:
        key, i, j = keys[0], ids[0] // width, ids[0] % width
        size -= 1
        heap_drop(keys, ids, size)
        if key > value[i, j]:
            continue
        keys, ids = heap_room(keys, ids, size, len(_LEGS))
        for n, (d_r, d_c) in enumerate(_LEGS):
            k, m = i + d_r, j + d_c
            if not (0 <= k < height and 0 <= m < width) or not is_near[k, m] or value[k, m] <= key + lowest * leg_m[n]:
                continue
            r, c = float(top + i), float(left + j)
            t = key + segment_cost(cells, r, c, r + d_r, c + d_c)
            if t < value[k, m]:
                value[k, m] = t
                heap_push(keys, ids, size, t, k * width + m)
                size += 1
    return value


@kernel
def _slope(value, cells, r, c):  # type: ignore[no-untyped-def]
    """T and its derivatives per row and per column, bilinear between four known centres; ok is False beside walls."""
    i, j = math.floor(r), math.floor(c)
    u, v = r - i, c - j
    t00 = _at(value, cells.rows, i, j)
    t01 = _at(value, cells.rows, i, j + 1)
    t10 = _at(value, cells.rows, i + 1, j)
    t11 = _at(value, cells.rows, i + 1, j + 1)
    if not (t00 < np.inf and t01 < np.inf and t10 < np.inf and t11 < np.inf):
        return False, np.inf, 0.0, 0.0
    t = (t00 * (1 - v) + t01 * v) * (1 - u) + (t10 * (1 - v) + t11 * v) * u
    return True, t, (t10 - t00) * (1 - v) + (t11 - t01) * v, (t01 - t00) * (1 - u) + (t11 - t10) * u


@kernel
def _upwind_slope(value, cells, r, c):  # type: ignore[no-untyped-def]
    """One-sided derivatives of T at the centre of the nearest cell, towards its lower neighbours."""
    i, j = math.floor(r + 0.5), math.floor(c + 0.5)
    t = _at(value, cells.rows, i, j)
    up, down = _at(value, cells.rows, i - 1, j), _at(value, cells.rows, i + 1, j)
    left, right = _at(value, cells.rows, i, j - 1), _at(value, cells.rows, i, j + 1)
    d_r, d_c = 0.0, 0.0
    if min(up, down) < t:
        d_r = t - up if up < down else down - t
    if min(left, right) < t:
        d_c = t - left if left < right else right - t
    return d_r, d_c


@kernel
def _against_metric(cells, r, c, g_r, g_c):  # type: ignore[no-untyped-def]
    """The inverse metric of a cell times a gradient per metre (south, east): where a least-cost line goes."""
    if not _at(cells.cost, cells.rows, r, c) < np.inf:
        return g_r, g_c
    q = cells.rows.base[r] + c
    ee, en, nn = float(cells.tensor[0, q]), float(cells.tensor[1, q]), float(cells.tensor[2, q])
    # north is minus south, so the mixed term changes its sign
    return ee * g_r + en * g_c, nn * g_c + en * g_r


@kernel
def _heading(value, cells, r, c):  # type: ignore[no-untyped-def]
    """Change of (row, col) per unit step down the slope, a step being one cell's mean side in metres."""
    ok, _, d_r, d_c = _slope(value, cells, r, c)
    if not ok:
        d_r, d_c = _upwind_slope(value, cells, r, c)
    i = min(max(math.floor(r + 0.5), 0), cells.dx_m.size - 1)
    g_r, g_c = d_r / cells.dy_m[i], d_c / cells.dx_m[i]
    if cells.tensor.shape[1] > 0:
        g_r, g_c = _against_metric(cells, math.floor(r + 0.5), math.floor(c + 0.5), g_r, g_c)
    norm = math.hypot(g_r, g_c)
    if norm == 0.0:
        return 0.0, 0.0
    side = math.sqrt(cells.dx_m[i] * cells.dy_m[i])
    return -g_r / norm * side / cells.dy_m[i], -g_c / norm * side / cells.dx_m[i]


@kernel
def _level(value, cells, r, c):  # type: ignore[no-untyped-def]
    ok, t, _, _ = _slope(value, cells, r, c)
    if ok:
        return t
    return _at(value, cells.rows, math.floor(r + 0.5), math.floor(c + 0.5))


@kernel
def _best_neighbour(value, cells, r, c, level, radius=1):  # type: ignore[no-untyped-def]
    """Centre in the square around a position that is lower than ``level``, in sight, and cheapest in total."""
    i, j = math.floor(r + 0.5), math.floor(c + 0.5)
    best, best_r, best_c = np.inf, -1, -1
    for p in range(i - radius, i + radius + 1):
        for q in range(j - radius, j + radius + 1):
            t = _at(value, cells.rows, p, q)
            if not t < min(level, best):
                continue
            total = t + segment_cost(cells, r, c, float(p), float(q))
            if total < best:
                best, best_r, best_c = total, p, q
    return best, best_r, best_c


@allocating
def stairs(cells, value, start, sources, reach):  # type: ignore[no-untyped-def]
    """Down T from a position to a source by the cheapest steps from centre to centre, as T has them in uneven places.

    Parameters
    ----------
    cells, value
        What T was solved on, and T.
    start, sources
        A position (row, col), and positions ``(n, 2)``.
    reach
        Cells along either axis within which a source is gone to straight, where that costs no more.

    Returns
    -------
    points, ok
        As of `descend`.
    """
    r, c = start[0], start[1]
    out = np.empty((1024, 2))
    out[0, 0], out[0, 1] = r, c
    n = 1
    level = np.inf
    radius = 1 if cells.tensor.shape[1] == 0 else DIRECTIONAL_REACH_CELLS
    while n <= value.size:
        near = False
        for s in range(sources.shape[0]):
            near |= max(abs(sources[s, 0] - r), abs(sources[s, 1] - c)) <= reach
        best, i, j = _best_neighbour(value, cells, r, c, level, max(radius, _LEG_CELLS) if near else radius)
        to_r, to_c = float(i), float(j)
        direct = False
        for s in range(sources.shape[0]):
            if max(abs(sources[s, 0] - r), abs(sources[s, 1] - c)) <= reach:
                ray = segment_cost(cells, r, c, sources[s, 0], sources[s, 1])
                if ray <= best:
                    best, to_r, to_c = ray, sources[s, 0], sources[s, 1]
                    direct = True
        if not best < np.inf:
            break
        if n == out.shape[0]:
            out = np.concatenate((out, np.empty_like(out)))
        out[n, 0] = to_r
        out[n, 1] = to_c
        n += 1
        if direct:
            return out[:n], True
        r, c = to_r, to_c
        level = _at(value, cells.rows, i, j)
    return out[:n], False


@kernel
def _seen_source(cells, r, c, sources, reach):  # type: ignore[no-untyped-def]
    """Index of the first source within ``reach`` cells and in sight; -1 where there is none."""
    for s in range(sources.shape[0]):
        if max(abs(sources[s, 0] - r), abs(sources[s, 1] - c)) > reach:
            continue
        if mean_cost(cells, r, c, sources[s, 0], sources[s, 1]) < np.inf:
            return s
    return -1


@allocating
def descend(cells, value, start, sources, step, reach):  # type: ignore[no-untyped-def]
    """Heun's method down T from a position to a source; T falls at every step, so it ends.

    A least-cost line runs against the gradient of T: ``dx/ds = -M⁻¹ ∇T / |M⁻¹ ∇T|`` (Sethian 1999, SIAM Rev. 41:199).
    Where the interpolated slope misleads (a wall ahead, a step that does not lead down) the next point is the
    best lower cell centre in sight.

    Parameters
    ----------
    cells, value, start, sources
        As of `stairs`.
    step
        Length of a step, cells.
    reach
        Cells along either axis within which a source in sight is gone to straight.

    Returns
    -------
    points, ok
        ``(n, 2)`` positions (row, col) from the target to the source; ok is False when the descent got stuck.
    """
    r, c = start[0], start[1]
    room = 1024
    out = np.empty((room, 2))
    out[0, 0] = r
    out[0, 1] = c
    n, level = 1, np.inf
    ok = _at(value, cells.rows, math.floor(r + 0.5), math.floor(c + 0.5)) < np.inf
    while ok:
        if n > 8 * value.size:
            ok = False
            break
        s = _seen_source(cells, r, c, sources, reach)
        if s >= 0:
            out[n] = sources[s]
            n += 1
            break
        a_r, a_c = _heading(value, cells, r, c)
        b_r, b_c = _heading(value, cells, r + step * a_r, c + step * a_c)
        to_r, to_c = r + 0.5 * step * (a_r + b_r), c + 0.5 * step * (a_c + b_c)
        to_level = _level(value, cells, to_r, to_c)
        now = min(level, _level(value, cells, r, c))
        # where the two slopes point at each other the mean of them leads nowhere, by ever smaller steps
        moves = math.hypot(a_r + b_r, a_c + b_c) > _LEADS_NOWHERE
        fair = moves and to_level < now and mean_cost(cells, r, c, to_r, to_c) < np.inf
        if not fair:
            _, i, j = _best_neighbour(value, cells, r, c, now)
            if i < 0:
                # interpolation can promise less than any centre in sight holds: start afresh from this cell
                _, i, j = _best_neighbour(
                    value, cells, r, c, _at(value, cells.rows, math.floor(r + 0.5), math.floor(c + 0.5))
                )
            if i < 0:
                ok = False
                break
            to_r, to_c = float(i), float(j)
            to_level = _at(value, cells.rows, i, j)
        r, c, level = to_r, to_c, to_level
        if n + 2 >= room:
            more = np.empty((2 * room, 2))
            more[:n] = out[:n]
            out = more
            room *= 2
        out[n, 0] = r
        out[n, 1] = c
        n += 1
    return out[:n], ok


@allocating
def line_cost(points, cells):  # type: ignore[no-untyped-def]
    """Cost of a whole polyline ``(n, 2)`` of (row, col); inf through a wall."""
    cost_to = np.empty(points.shape[0])
    _add_up(points, cells, cost_to)
    return cost_to[-1]


@kernel
def _add_up(points, cells, cost_to):  # type: ignore[no-untyped-def]
    """Cost of a polyline up to each of its vertices, into ``cost_to``."""
    cost_to[0] = 0.0
    for i in range(points.shape[0] - 1):
        cost = _segment_cost(cells, points[i, 0], points[i, 1], points[i + 1, 0], points[i + 1, 1])
        cost_to[i + 1] = cost_to[i] + cost


@allocating
def shorten(points, cells, stride):  # type: ignore[no-untyped-def]
    """Replace runs of ``stride`` legs by one straight leg wherever that does not cost more; ends stay."""
    n = points.shape[0]
    cost_to, out = np.empty(n), np.empty((n, 2))
    _add_up(points, cells, cost_to)
    out[0] = points[0]
    m, i = 1, 0
    while i < n - 1:
        j = min(i + stride, n - 1)
        while j > i + 1:
            direct = segment_cost(cells, points[i, 0], points[i, 1], points[j, 0], points[j, 1])
            if direct <= (cost_to[j] - cost_to[i]) * (1.0 + 1e-12):
                break
            j = i + (j - i) // 2
        out[m] = points[j]
        m += 1
        i = j
    return out[:m]


@allocating
def nudge(points, cells, reach, passes):  # type: ignore[no-untyped-def]
    """Move inner vertices across the line, in place, by ``reach`` of its legs to either side or not at all.

    Of all such choices along the line the cheapest together is found place by place (Viterbi's way, as in
    `stand_clear`): a long bend is pulled straight at once, where one vertex alone would gain nothing. After the first
    pass only vertices are tried that moved, or whose neighbours did: the others would stay.

    Parameters
    ----------
    points, cells
        Line ``(n, 2)`` of (row, col), and what prices it.
    reach
        Share of the legs beside a vertex.
    passes
        How many passes at most.

    Returns
    -------
    int
        Vertices tried.
    """
    n = points.shape[0]
    waiting = np.ones(n, np.bool_)
    waiting[0] = waiting[n - 1] = False
    across, came = np.empty((n, 2)), np.empty((n, 3), np.int8)
    tried = 0
    for _ in range(passes):
        moved = False
        i = 1
        while i < n - 1:
            first = i
            while waiting[i]:
                i += 1
            if i == first:
                i += 1
                continue
            tried += i - first
            moved |= _nudged(points, cells, reach, (first, i), waiting, (across, came))
        if not moved:
            break
    return tried


@kernel
def _nudged(points, cells, reach, run, waiting, room):  # type: ignore[no-untyped-def]
    """Move the vertices of a run between two that stay to where they are cheapest together; False where none moves."""
    first, end = run
    across, came = room
    for i in range(first, end):
        # across the line on the map: the skew of the metric only changes how far that is
        across[i, 0] = 0.5 * reach * (points[i + 1, 1] - points[i - 1, 1])
        across[i, 1] = 0.5 * reach * (points[i - 1, 0] - points[i + 1, 0])
    across[first - 1] = across[end] = 0.0
    stay, left, right = 0.0, np.inf, np.inf
    for i in range(first, end + 1):
        new = stay, left, right
        for k in range(1 if i == end else 3):
            to_r, to_c = _beside(points, across, i, k)
            best, came[i, k] = np.inf, 0
            for j in range(3):
                total = new[j]
                if total < best:
                    r, c = _beside(points, across, i - 1, j)
                    total += _segment_cost(cells, r, c, to_r, to_c)
                    # what costs as much within rounding is no gain, or a vertex would go to and fro
                    if total < best * (1.0 - 1e-12):
                        best, came[i, k] = total, j
            if k == 0:
                stay = best
            elif k == 1:
                left = best
            else:
                right = best
    k = came[end, 0]
    moved = False
    waiting[first:end] = False
    for i in range(end - 1, first - 1, -1):
        if k > 0:
            points[i] = _beside(points, across, i, k)
            moved = True
            waiting[max(i - 1, 1) : min(i + 2, points.shape[0] - 1)] = True
        k = came[i, k]
    return moved


@inlined
def _beside(points, across, i, k):  # type: ignore[no-untyped-def]
    """Where vertex i can go: it stays (0), or moves to its left (1) or its right (2)."""
    side = (0.0, -1.0, 1.0)[k]
    return points[i, 0] + side * across[i, 0], points[i, 1] + side * across[i, 1]


@inlined
def _clear_of_edge(at, side, clear):  # type: ignore[no-untyped-def]
    """A coordinate moved off the edge it lies on, to the lower side (0) or the higher (1); others as they are."""
    edge = math.floor(at) + 0.5
    if abs(at - edge) > 2.0 * CLEAR_OF_EDGES_CELLS:
        return at
    return edge + (2 * side - 1) * clear


@allocating
def stand_clear(points, cells, clear=CLEAR_OF_EDGES_CELLS):  # type: ignore[no-untyped-def]
    """Move inner vertices off the edges of cells, in place, each to the side with which the whole line is cheapest.

    On an edge a rounding would choose the cell, and that may be a wall. Each such vertex has two or four places to go,
    and the cheapest choice of all together is found place by place along the line (Viterbi's way).

    Parameters
    ----------
    points, cells
        Line ``(n, 2)`` of (row, col), and what prices it.
    clear
        How far off, cells.
    """
    n = points.shape[0]
    total = np.array([0.0, np.inf, np.inf, np.inf])
    came = np.zeros((n, 4), np.int8)
    for i in range(1, n):
        new = np.full(4, np.inf)
        for k in range(4):
            to_r, to_c = _place(points, i, k, clear)
            if k > 0 and (to_r, to_c) == _place(points, i, 0, clear):
                continue  # not on such an edge: the places are one
            for j in range(4):
                if total[j] < np.inf:
                    r, c = _place(points, i - 1, j, clear)
                    t = total[j] + segment_cost(cells, r, c, to_r, to_c)
                    if t < new[k]:
                        new[k] = t
                        came[i, k] = j
        total = new
    if not total[0] < np.inf:
        return
    k = 0
    for i in range(n - 1, 0, -1):
        points[i, 0], points[i, 1] = _place(points, i, k, clear)
        k = came[i, k]


@inlined
def _place(points, i, k, clear):  # type: ignore[no-untyped-def]
    """Where vertex i can go: the k-th of four quarters around it; the ends of the line stay."""
    if i == 0 or i == points.shape[0] - 1:
        return points[i, 0], points[i, 1]
    return _clear_of_edge(points[i, 0], k // 2, clear), _clear_of_edge(points[i, 1], k % 2, clear)


@allocating
def stand_off(points, cells, clear):  # type: ignore[no-untyped-def]
    """Move inner vertices away from walls and cells that cost more, in place, where the line stays as cheap.

    Parameters
    ----------
    points, cells
        As in `stand_clear`, and off edges as that leaves them.
    clear
        How far off, cells.
    """
    for k in range(1, points.shape[0] - 1):
        for axis in range(2):
            at = points[k, axis]
            here, beside = _cost_beside(cells, points[k, 0], points[k, 1], axis)
            centre = math.floor(at + 0.5)
            if beside > here and abs(at - centre) > 0.5 - clear:
                before = _cost_about(points, cells, k)
                points[k, axis] = centre + math.copysign(0.5 - clear, at - centre)
                more = _MORE_BESIDE_WALLS if beside == np.inf else 1.0
                if not _cost_about(points, cells, k) <= before * (1.0 + more * clear):
                    points[k, axis] = at


@kernel
def _cost_beside(cells, r, c, axis):  # type: ignore[no-untyped-def]
    """Cost of the cell of a position, and the higher of the two that are behind its nearer edge along an axis."""
    i, j = math.floor(r + 0.5), math.floor(c + 0.5)
    p, q = (i + 1 if r > i else i - 1), (j + 1 if c > j else j - 1)
    across = _at(cells.cost, cells.rows, p, j) if axis == 0 else _at(cells.cost, cells.rows, i, q)
    return _at(cells.cost, cells.rows, i, j), max(across, _at(cells.cost, cells.rows, p, q))


@kernel
def _cost_about(points, cells, k):  # type: ignore[no-untyped-def]
    """What the two legs of a vertex cost."""
    before = segment_cost(cells, points[k - 1, 0], points[k - 1, 1], points[k, 0], points[k, 1])
    return before + segment_cost(cells, points[k, 0], points[k, 1], points[k + 1, 0], points[k + 1, 1])


@allocating
def divide(points, longest):  # type: ignore[no-untyped-def]
    """Cut legs into equal parts no longer than ``longest`` cells along either axis; vertices stay."""
    n = points.shape[0]
    parts = np.ones(n - 1, np.int64)
    for i in range(n - 1):
        parts[i] = _parts_of(points, i, longest)
    return _cut(points, parts)


@inlined
def _parts_of(points, i, longest):  # type: ignore[no-untyped-def]
    """Into how many parts a leg is cut, so that none is longer than so many cells along either axis."""
    reach = max(abs(points[i + 1, 0] - points[i, 0]), abs(points[i + 1, 1] - points[i, 1]))
    return max(1, math.ceil(reach / longest))


@allocating
def _cut(points, parts):  # type: ignore[no-untyped-def]
    """Cut each leg into so many equal parts."""
    out = np.empty((parts.sum() + 1, 2))
    m = 0
    for i in range(parts.size):
        for k in range(parts[i]):
            w = k / parts[i]
            out[m] = points[i] * (1.0 - w) + points[i + 1] * w
            m += 1
    out[m] = points[-1]
    return out


@allocating
def divide_uneven(points, cells, longest):  # type: ignore[no-untyped-def]
    """As `divide`, but only legs with an end where the cost is uneven: elsewhere short legs gain nothing.

    Parameters
    ----------
    points, cells
        Line ``(n, 2)`` of (row, col), and what prices it.
    longest
        Along either axis, cells.
    """
    n = points.shape[0]
    parts = np.ones(n - 1, np.int64)
    before = _is_uneven(cells, points[0, 0], points[0, 1])
    for i in range(n - 1):
        after = _is_uneven(cells, points[i + 1, 0], points[i + 1, 1])
        if before or after:
            parts[i] = _parts_of(points, i, longest)
        before = after
    return _cut(points, parts)


@kernel
def _is_uneven(cells, r, c):  # type: ignore[no-untyped-def]
    """Whether the best line may bend within a cell: at a corner of a wall, or where the cost jumps or goes to and fro.

    As `lines.mark_uneven` has it, but that a straight wall bends no line.
    """
    if cells.tensor.shape[1] > 0:
        return True
    i, j = math.floor(r + 0.5), math.floor(c + 0.5)
    f = _at(cells.cost, cells.rows, i, j)
    north, south = _at(cells.cost, cells.rows, i - 1, j), _at(cells.cost, cells.rows, i + 1, j)
    west, east = _at(cells.cost, cells.rows, i, j - 1), _at(cells.cost, cells.rows, i, j + 1)
    for p, in_col in ((i - 1, north), (i + 1, south)):
        for q, in_row in ((j - 1, west), (j + 1, east)):
            corner = _at(cells.cost, cells.rows, p, q)
            # a straight wall closes a corner together with a cell beside it
            if (corner < np.inf) != (max(in_col, in_row) < np.inf) or _jump(f, corner):
                return True
    if _jump(f, north) or _jump(f, south) or _jump(f, west) or _jump(f, east):
        return True
    bend_r = abs(north + south - 2.0 * f) if max(north, south) < np.inf else 0.0
    bend_c = abs(west + east - 2.0 * f) if max(west, east) < np.inf else 0.0
    return max(bend_r, bend_c) > SMOOTH * f


@inlined
def _jump(f, g):  # type: ignore[no-untyped-def]
    """Whether two open cells differ more than differences of T can follow."""
    return g < np.inf and (g > EVEN * f or f > EVEN * g)
