"""Numba kernels on fractional ``(row, col)`` positions: cost of a segment, descent of T, shortcuts.

A position has whole numbers at cell centres; cell ``i`` reaches from ``i - ½`` to ``i + ½``. The cost is constant
in each cell and inf in walls; outside the array everything is wall.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, inline="always")
def _at(array, r, c):  # type: ignore[no-untyped-def]
    if r < 0 or c < 0 or r >= array.shape[0] or c >= array.shape[1]:
        return np.inf
    return float(array[r, c])


@njit(cache=True, nogil=True)
def mean_cost(cost, r0, c0, r1, c1):  # type: ignore[no-untyped-def]
    """Mean cost along a straight segment, exact over the cells it crosses; inf where it enters a wall.

    A segment through a corner may pass where at least one of the two cells beside the corner is open: two walls
    that touch at a corner hold.
    """
    r = math.floor(r0 + 0.5)
    c = math.floor(c0 + 0.5)
    r_end = math.floor(r1 + 0.5)
    c_end = math.floor(c1 + 0.5)
    here = _at(cost, r, c)
    if not here < np.inf:
        return np.inf
    d_r = r1 - r0
    d_c = c1 - c0
    step_r = 1 if d_r > 0 else -1
    step_c = 1 if d_c > 0 else -1
    gain_r = abs(1.0 / d_r) if d_r != 0 else np.inf
    gain_c = abs(1.0 / d_c) if d_c != 0 else np.inf
    next_r = (r + 0.5 * step_r - r0) / d_r if d_r != 0 else np.inf
    next_c = (c + 0.5 * step_c - c0) / d_c if d_c != 0 else np.inf
    done = 0.0
    total = 0.0
    left = abs(r_end - r) + abs(c_end - c)
    while left > 0:
        at = min(min(next_r, next_c), 1.0)
        total += here * max(at - done, 0.0)
        done = max(at, done)
        if abs(next_r - next_c) < 1e-9 and left >= 2 and r != r_end and c != c_end:
            beside = min(_at(cost, r + step_r, c), _at(cost, r, c + step_c))
            if not beside < np.inf:
                return np.inf
            r += step_r
            c += step_c
            next_r += gain_r
            next_c += gain_c
            left -= 2
        elif c == c_end or (r != r_end and next_r < next_c):
            r += step_r
            next_r += gain_r
            left -= 1
        else:
            c += step_c
            next_c += gain_c
            left -= 1
        here = _at(cost, r, c)
        if not here < np.inf:
            return np.inf
    return total + here * (1.0 - done)


@njit(cache=True, nogil=True)
def segment_length_m(dx_m, dy_m, r0, c0, r1, c1):  # type: ignore[no-untyped-def]
    """Length of a short segment in the local metric, Simpson's rule over the change of latitude."""
    total = 0.0
    for k in range(3):
        at = r0 + (r1 - r0) * 0.5 * k
        at = min(max(at, 0.0), dx_m.size - 1.0)
        i = min(int(at), dx_m.size - 2) if dx_m.size > 1 else 0
        j = min(i + 1, dx_m.size - 1)
        w = at - i
        dx = dx_m[i] * (1 - w) + dx_m[j] * w
        dy = dy_m[i] * (1 - w) + dy_m[j] * w
        total += (4.0 if k == 1 else 1.0) * math.hypot((c1 - c0) * dx, (r1 - r0) * dy)
    return total / 6.0


@njit(cache=True, nogil=True)
def segment_cost(cost, dx_m, dy_m, r0, c0, r1, c1):  # type: ignore[no-untyped-def]
    """Cost of a straight segment; inf through a wall."""
    return mean_cost(cost, r0, c0, r1, c1) * max(segment_length_m(dx_m, dy_m, r0, c0, r1, c1), 1e-12)


@njit(cache=True, nogil=True)
def mean_costs(cost, row, col):  # type: ignore[no-untyped-def]
    """`mean_cost` of every leg of a polyline, shape ``(n - 1,)``."""
    out = np.empty(row.size - 1)
    for i in range(row.size - 1):
        out[i] = mean_cost(cost, row[i], col[i], row[i + 1], col[i + 1])
    return out


@njit(cache=True, nogil=True)
def ball(cost, dx_m, dy_m, row, col, radius):  # type: ignore[no-untyped-def]
    """Cells within ``radius`` cells of a source that see it over water, and the cost of the straight line there."""
    r0 = math.floor(row + 0.5)
    c0 = math.floor(col + 0.5)
    side = 2 * radius + 1
    rr = np.empty(side * side, np.int64)
    cc = np.empty(side * side, np.int64)
    tt = np.empty(side * side)
    n = 0
    for r in range(r0 - radius, r0 + radius + 1):
        for c in range(c0 - radius, c0 + radius + 1):
            if (r - row) ** 2 + (c - col) ** 2 > radius * radius and not (r == r0 and c == c0):
                continue
            t = segment_cost(cost, dx_m, dy_m, row, col, float(r), float(c))
            if t < np.inf:
                rr[n] = r
                cc[n] = c
                tt[n] = t
                n += 1
    return rr[:n], cc[:n], tt[:n]


@njit(cache=True, nogil=True)
def _slope(value, r, c):  # type: ignore[no-untyped-def]
    """T and its derivatives per row and per column, bilinear between four known centres; ok is False beside walls."""
    i = math.floor(r)
    j = math.floor(c)
    u = r - i
    v = c - j
    t00 = _at(value, i, j)
    t01 = _at(value, i, j + 1)
    t10 = _at(value, i + 1, j)
    t11 = _at(value, i + 1, j + 1)
    if not (t00 < np.inf and t01 < np.inf and t10 < np.inf and t11 < np.inf):
        return False, np.inf, 0.0, 0.0
    t = (t00 * (1 - v) + t01 * v) * (1 - u) + (t10 * (1 - v) + t11 * v) * u
    return True, t, (t10 - t00) * (1 - v) + (t11 - t01) * v, (t01 - t00) * (1 - u) + (t11 - t10) * u


@njit(cache=True, nogil=True)
def _upwind_slope(value, r, c):  # type: ignore[no-untyped-def]
    """One-sided derivatives of T at the centre of the nearest cell, towards its lower neighbours."""
    i = math.floor(r + 0.5)
    j = math.floor(c + 0.5)
    t = _at(value, i, j)
    up = _at(value, i - 1, j)
    down = _at(value, i + 1, j)
    left = _at(value, i, j - 1)
    right = _at(value, i, j + 1)
    d_r = 0.0
    d_c = 0.0
    if min(up, down) < t:
        d_r = t - up if up < down else down - t
    if min(left, right) < t:
        d_c = t - left if left < right else right - t
    return d_r, d_c


@njit(cache=True, nogil=True)
def _heading(value, dx_m, dy_m, r, c):  # type: ignore[no-untyped-def]
    """Change of (row, col) per unit step down the slope, a step being one cell's mean side in metres."""
    ok, _, d_r, d_c = _slope(value, r, c)
    if not ok:
        d_r, d_c = _upwind_slope(value, r, c)
    i = min(max(math.floor(r + 0.5), 0), dx_m.size - 1)
    g_r = d_r / dy_m[i]
    g_c = d_c / dx_m[i]
    norm = math.hypot(g_r, g_c)
    if norm == 0.0:
        return 0.0, 0.0
    side = math.sqrt(dx_m[i] * dy_m[i])
    return -g_r / norm * side / dy_m[i], -g_c / norm * side / dx_m[i]


@njit(cache=True, nogil=True)
def _level(value, r, c):  # type: ignore[no-untyped-def]
    ok, t, _, _ = _slope(value, r, c)
    if ok:
        return t
    return _at(value, math.floor(r + 0.5), math.floor(c + 0.5))


@njit(cache=True, nogil=True)
def _best_neighbour(value, cost, dx_m, dy_m, r, c, level):  # type: ignore[no-untyped-def]
    """Centre within two cells' reach that is lower than ``level``, visible, and cheapest in total."""
    i = math.floor(r + 0.5)
    j = math.floor(c + 0.5)
    best = np.inf
    best_r = -1
    best_c = -1
    for p in range(i - 1, i + 2):
        for q in range(j - 1, j + 2):
            t = _at(value, p, q)
            if not t < level:
                continue
            total = t + segment_cost(cost, dx_m, dy_m, r, c, float(p), float(q))
            if total < best:
                best = total
                best_r = p
                best_c = q
    return best_r, best_c


@njit(cache=True, nogil=True)
def _seen_source(cost, r, c, src_r, src_c, reach):  # type: ignore[no-untyped-def]
    for s in range(src_r.size):
        if max(abs(src_r[s] - r), abs(src_c[s] - c)) <= reach and (mean_cost(cost, r, c, src_r[s], src_c[s]) < np.inf):
            return s
    return -1


@njit(cache=True, nogil=True)
def descend(value, cost, dx_m, dy_m, r, c, src_r, src_c, step, reach):  # type: ignore[no-untyped-def]
    """Heun's method down T from (r, c) to a source; T falls at every step, so it ends.

    Where the interpolated slope misleads (a wall ahead, a step that does not lead down) the next point is the
    best lower cell centre in sight.

    Returns
    -------
    points, ok
        ``(n, 2)`` positions (row, col) from the target to the source; ok is False when the descent got stuck.
    """
    room = 1024
    out = np.empty((room, 2))
    out[0, 0] = r
    out[0, 1] = c
    n = 1
    level = np.inf
    ok = _at(value, math.floor(r + 0.5), math.floor(c + 0.5)) < np.inf
    while ok:
        s = _seen_source(cost, r, c, src_r, src_c, reach)
        if s >= 0:
            out[n, 0] = src_r[s]
            out[n, 1] = src_c[s]
            n += 1
            break
        a_r, a_c = _heading(value, dx_m, dy_m, r, c)
        b_r, b_c = _heading(value, dx_m, dy_m, r + step * a_r, c + step * a_c)
        to_r = r + 0.5 * step * (a_r + b_r)
        to_c = c + 0.5 * step * (a_c + b_c)
        to_level = _level(value, to_r, to_c)
        now = min(level, _level(value, r, c))
        fair = to_level < now and mean_cost(cost, r, c, to_r, to_c) < np.inf
        if not fair:
            i, j = _best_neighbour(value, cost, dx_m, dy_m, r, c, now)
            if i < 0:
                # interpolation can promise less than any centre in sight holds: start afresh from this cell
                i, j = _best_neighbour(
                    value, cost, dx_m, dy_m, r, c, _at(value, math.floor(r + 0.5), math.floor(c + 0.5))
                )
            if i < 0 or n > 8 * value.size:
                ok = False
                break
            to_r = float(i)
            to_c = float(j)
            to_level = value[i, j]
        r = to_r
        c = to_c
        level = to_level
        if n + 2 >= room:
            more = np.empty((2 * room, 2))
            more[:n] = out[:n]
            out = more
            room *= 2
        out[n, 0] = r
        out[n, 1] = c
        n += 1
    return out[:n], ok


@njit(cache=True, nogil=True)
def line_cost(points, cost, dx_m, dy_m):  # type: ignore[no-untyped-def]
    """Cost of a whole polyline ``(n, 2)`` of (row, col); inf through a wall."""
    total = 0.0
    for i in range(points.shape[0] - 1):
        total += segment_cost(cost, dx_m, dy_m, points[i, 0], points[i, 1], points[i + 1, 0], points[i + 1, 1])
    return total


@njit(cache=True, nogil=True)
def shorten(points, cost, dx_m, dy_m, stride):  # type: ignore[no-untyped-def]
    """Replace runs of ``stride`` legs by one straight leg wherever that does not cost more; ends stay."""
    n = points.shape[0]
    prefix = np.empty(n)
    prefix[0] = 0.0
    for i in range(n - 1):
        prefix[i + 1] = prefix[i] + segment_cost(
            cost, dx_m, dy_m, points[i, 0], points[i, 1], points[i + 1, 0], points[i + 1, 1]
        )
    out = np.empty((n, 2))
    out[0] = points[0]
    m = 1
    i = 0
    while i < n - 1:
        j = min(i + stride, n - 1)
        while j > i + 1:
            direct = segment_cost(cost, dx_m, dy_m, points[i, 0], points[i, 1], points[j, 0], points[j, 1])
            if direct <= (prefix[j] - prefix[i]) * (1.0 + 1e-12):
                break
            j = i + (j - i) // 2
        out[m] = points[j]
        m += 1
        i = j
    return out[:m]


@njit(cache=True, nogil=True)
def divide(points, longest):  # type: ignore[no-untyped-def]
    """Cut legs into equal parts no longer than ``longest`` cells along either axis; vertices stay."""
    n = points.shape[0]
    parts = np.ones(n - 1, np.int64)
    for i in range(n - 1):
        reach = max(abs(points[i + 1, 0] - points[i, 0]), abs(points[i + 1, 1] - points[i, 1]))
        parts[i] = max(1, math.ceil(reach / longest))
    out = np.empty((parts.sum() + 1, 2))
    m = 0
    for i in range(n - 1):
        for k in range(parts[i]):
            w = k / parts[i]
            out[m] = points[i] * (1.0 - w) + points[i + 1] * w
            m += 1
    out[m] = points[n - 1]
    return out
