"""Compiled loops over many features: distance to their lines, cells inside them, ridges along them.

Arguments are unchecked: `transcaspian.seabed.features` is the face. Lines are straight in longitude and latitude, as
they are drawn. Distances are taken in the plane that touches the ellipsoid at the middle latitude between cell and
line: within 1e-5 of the geodesic at 100 km.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.compiled import allocating

DEG = np.pi / 180.0
SURE = 1.05
"""What is farther than that in the plane of the cell's own latitude, squared, is farther in that of the middle, too."""


@allocating
def window(
    frame: NDArray[np.float64], shape: tuple[int, int], box: NDArray[np.float64], reach_m: float
) -> tuple[int, int, int, int]:
    """First and last-plus-one row and column of the cells that may lie within reach of ``(x0, y0, x1, y1)``."""
    west, north, step = frame[0], frame[1], frame[2]
    high = reach_m / 110000.0
    widest = min(max(abs(box[1]), abs(box[3])) + high, 89.0)
    wide = high / np.cos(widest * DEG)
    row_0 = int(np.floor((north - box[3] - high) / step - 0.5))
    row_1 = int(np.ceil((north - box[1] + high) / step - 0.5)) + 1
    col_0 = int(np.floor((box[0] - wide - west) / step - 0.5))
    col_1 = int(np.ceil((box[2] + wide - west) / step - 0.5)) + 1
    return max(row_0, 0), min(row_1, shape[0]), max(col_0, 0), min(col_1, shape[1])


@allocating
def extent(xy: NDArray[np.float64], first: int, last: int) -> NDArray[np.float64]:
    """``(x0, y0, x1, y1)`` of some vertices."""
    box = np.array([np.inf, np.inf, -np.inf, -np.inf])
    for i in range(first, last):
        box[0], box[2] = min(box[0], xy[i, 0]), max(box[2], xy[i, 0])
        box[1], box[3] = min(box[1], xy[i, 1]), max(box[3], xy[i, 1])
    return box


@allocating
def add_distance(
    frame: NDArray[np.float64],
    metric: NDArray[np.float64],
    xy: NDArray[np.float64],
    first: int,
    last: int,
    reach_m: float,
    corner: tuple[int, int],
    near: NDArray[np.float32],
) -> None:
    """Lower the distances of a window to those from a chain of vertices; ``corner``: its first row and column."""
    bottom, right = corner[0] + near.shape[0], corner[1] + near.shape[1]
    for i in range(first, max(last - 1, first + 1)):
        j = min(i + 1, last - 1)
        x0, y0, x1, y1 = xy[i, 0], xy[i, 1], xy[j, 0], xy[j, 1]
        box = np.array((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
        r0, r1, c0, c1 = window(frame, (bottom, right), box, reach_m)
        for row in range(max(r0, corner[0]), r1):
            lat = frame[1] - (row + 0.5) * frame[2]
            mx, my = metric[0, row], metric[1, row]
            ay, wx, wy = (y0 - lat) * my, (x1 - x0) * mx, (y1 - y0) * my
            squared = wx * wx + wy * wy
            scale = 0.0 if squared == 0.0 else 1.0 / squared
            for col in range(max(c0, corner[1]), c1):
                ax = (x0 - frame[0] - (col + 0.5) * frame[2]) * mx
                t = min(max(-(ax * wx + ay * wy) * scale, 0.0), 1.0)
                dx, dy = ax + t * wx, ay + t * wy
                limit = min(reach_m, float(near[row - corner[0], col - corner[1]]))
                if dx * dx + dy * dy > SURE * limit * limit:
                    continue
                # the plane of the middle latitude between cell and foot; the metric is known row by row
                foot = min(max((frame[1] - lat - dy / my) / frame[2] - 0.5, 0.0), metric.shape[1] - 1.0)
                below = min(int(foot), metric.shape[1] - 2)
                share = foot - below
                dx *= 0.5 + 0.5 * (metric[0, below] + share * (metric[0, below + 1] - metric[0, below])) / mx
                dy *= 0.5 + 0.5 * (metric[1, below] + share * (metric[1, below + 1] - metric[1, below])) / my
                d = np.sqrt(dx * dx + dy * dy)
                if d <= limit:
                    near[row - corner[0], col - corner[1]] = d


@allocating
def flip_inside(
    frame: NDArray[np.float64],
    xy: NDArray[np.float64],
    first: int,
    last: int,
    corner: tuple[int, int],
    odd: NDArray[np.bool_],
) -> None:
    """Mark in each row of a window the cells where a ring is crossed on the way east (even-odd rule)."""
    rows, cols = odd.shape
    for i in range(first, last - 1):
        (x0, y0), (x1, y1) = xy[i], xy[i + 1]
        if y0 == y1:
            continue
        top, bottom = max(y0, y1), min(y0, y1)
        r0 = max(int(np.ceil((frame[1] - top) / frame[2] - 0.5)), corner[0])
        r1 = min(int(np.floor((frame[1] - bottom) / frame[2] - 0.5)) + 1, corner[0] + rows)
        for row in range(r0, r1):
            lat = frame[1] - (row + 0.5) * frame[2]
            if not (bottom <= lat < top):
                continue
            lon = x0 + (lat - y0) / (y1 - y0) * (x1 - x0)
            col = max(int(np.ceil((lon - frame[0]) / frame[2] - 0.5)), corner[1]) - corner[1]
            if col < cols:
                odd[row - corner[0], col] = not odd[row - corner[0], col]


@allocating
def fill_odd(odd: NDArray[np.bool_]) -> bool:
    """From the marks of `flip_inside` to the cells inside, in place; whether there is any."""
    found = False
    for row in range(odd.shape[0]):
        inside = False
        for col in range(odd.shape[1]):
            inside ^= odd[row, col]
            odd[row, col] = inside
            found |= inside
    return found


@allocating
def touch(
    frame: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64], value: float, out: NDArray[np.float32]
) -> None:
    """Raise every cell that a straight line passes to a value (Amanatides & Woo 1987)."""
    x, y = (a[0] - frame[0]) / frame[2], (frame[1] - a[1]) / frame[2]
    dx, dy = (b[0] - frame[0]) / frame[2] - x, (frame[1] - b[1]) / frame[2] - y
    col, row = int(np.floor(x)), int(np.floor(y))
    steps = abs(int(np.floor(x + dx)) - col) + abs(int(np.floor(y + dy)) - row)
    right, down = (1 if dx > 0 else -1), (1 if dy > 0 else -1)
    to_col = np.inf if dx == 0 else ((col + (dx > 0)) - x) / dx
    to_row = np.inf if dy == 0 else ((row + (dy > 0)) - y) / dy
    for step in range(steps + 1):
        if 0 <= row < out.shape[0] and 0 <= col < out.shape[1]:
            out[row, col] = max(out[row, col], value)
        if step == steps:
            break
        if to_col < to_row:
            col += right
            to_col += abs(1.0 / dx)
        else:
            row += down
            to_row += abs(1.0 / dy)


@allocating
def near_features(
    frame: NDArray[np.float64],
    metric: NDArray[np.float64],
    xy: NDArray[np.float64],
    chains: NDArray[np.int64],
    features: NDArray[np.int64],
    is_area: NDArray[np.bool_],
    reach_m: float,
    price: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Lower ``out`` to the distance from the nearest feature, or add the ridge of each that has a price.

    Parameters
    ----------
    frame
        ``(west_deg, north_deg, step_deg)`` of the grid.
    metric
        Metres of a degree of longitude and of latitude in each row, shape ``(2, rows)``.
    xy, chains, features
        Vertices, where each chain of them begins (and the last ends), and which chains each feature begins with.
    price
        Empty: distances. Else height of each feature's ridge, which falls linearly to 0 at the reach, shape ``(n,)``.
    out
        Shape of the grid.
    """
    shape = out.shape
    for feature in range(len(features) - 1):
        first, last = chains[features[feature]], chains[features[feature + 1]]
        r0, r1, c0, c1 = window(frame, shape, extent(xy, first, last), reach_m)
        if r0 >= r1 or c0 >= c1:
            continue
        near = np.full((r1 - r0, c1 - c0), np.float32(np.inf))
        for chain in range(features[feature], features[feature + 1]):
            add_distance(frame, metric, xy, chains[chain], chains[chain + 1], reach_m, (r0, c0), near)
        if is_area[feature]:
            odd = np.zeros(near.shape, np.bool_)
            for chain in range(features[feature], features[feature + 1]):
                flip_inside(frame, xy, chains[chain], chains[chain + 1], (r0, c0), odd)
            fill_odd(odd)
            for row in range(near.shape[0]):
                for col in range(near.shape[1]):
                    if odd[row, col]:
                        near[row, col] = 0.0
        for row in range(near.shape[0]):
            for col in range(near.shape[1]):
                d = near[row, col]
                if len(price) == 0:
                    out[r0 + row, c0 + col] = min(out[r0 + row, c0 + col], d)
                elif d < reach_m:
                    out[r0 + row, c0 + col] += price[feature] * (1.0 - d / reach_m)


@allocating
def inside_features(
    frame: NDArray[np.float64],
    xy: NDArray[np.float64],
    chains: NDArray[np.int64],
    features: NDArray[np.int64],
    is_area: NDArray[np.bool_],
    values: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Raise ``out`` to each feature's value where a cell's centre lies inside it; see `near_features`.

    A feature without extent, or so small that it has no centre inside, counts in the cells that it touches.
    """
    shape = out.shape
    for feature in range(len(features) - 1):
        first, last = chains[features[feature]], chains[features[feature + 1]]
        r0, r1, c0, c1 = window(frame, shape, extent(xy, first, last), 0.0)
        if r0 >= r1 or c0 >= c1:
            continue
        has_centre = False
        if is_area[feature]:
            odd = np.zeros((r1 - r0, c1 - c0), np.bool_)
            for chain in range(features[feature], features[feature + 1]):
                flip_inside(frame, xy, chains[chain], chains[chain + 1], (r0, c0), odd)
            has_centre = fill_odd(odd)
            for row in range(odd.shape[0]):
                for col in range(odd.shape[1]):
                    if odd[row, col]:
                        out[r0 + row, c0 + col] = max(out[r0 + row, c0 + col], values[feature])
        if not has_centre:
            for chain in range(features[feature], features[feature + 1]):
                begin, end = chains[chain], chains[chain + 1]
                for i in range(begin, max(end - 1, begin + 1)):
                    touch(frame, xy[i], xy[min(i + 1, end - 1)], values[feature], out)
