"""Numba kernels of the lower bound: a function on the corners of blocks that nowhere rises faster than the cost.

Nodes are the corners of blocks, ``(rows + 1) * (cols + 1)`` of them, flat. Node (i, j) is the south-eastern corner of
the padded block (i, j). Where two open blocks touch at a node only, with walls beside them, no line passes: the
southern one has a node of its own there, its twin, after all others.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.compiled import allocating, inlined, kernel
from transcaspian.routing._kernels import buckets


class Blocks(NamedTuple):
    """Blocks of cells with what a metre costs in them at least.

    Attributes
    ----------
    lowest
        ``(rows + 2, cols + 2)`` float32: lowest cost per metre in each block, with a ring of inf around them.
    dx_m, dy_m
        Sides of the blocks of each padded row, metres, where they are shortest.
    twin
        int32, per node: index of its twin, 0 where it has none.
    twin_of
        int32, per twin: its node.
    """

    lowest: NDArray[np.float32]
    dx_m: NDArray[np.float64]
    dy_m: NDArray[np.float64]
    twin: NDArray[np.int32]
    twin_of: NDArray[np.int32]

    @property
    def nodes(self) -> int:
        """How many there are, twins included."""
        return self.twin.size + self.twin_of.size


@allocating
def twins(lowest):  # type: ignore[no-untyped-def]
    """``twin`` and ``twin_of`` of `Blocks`."""
    rows, cols = lowest.shape[0] - 1, lowest.shape[1] - 1
    twin = np.zeros(rows * cols, np.int32)
    twin_of = np.empty(64, np.int32)
    n = 0
    for i in range(rows):
        for j in range(cols):
            nw, ne = lowest[i, j] < np.inf, lowest[i, j + 1] < np.inf
            sw, se = lowest[i + 1, j] < np.inf, lowest[i + 1, j + 1] < np.inf
            if nw == se and ne == sw and nw != ne:
                if n == twin_of.size:
                    twin_of = np.concatenate((twin_of, np.empty_like(twin_of)))
                twin[i * cols + j] = rows * cols + n
                twin_of[n] = i * cols + j
                n += 1
    return twin, twin_of[:n].copy()


@inlined
def _as_northern(blocks, node):  # type: ignore[no-untyped-def]
    """A node as the blocks south of it have it, which is their northern corner."""
    twin = np.int64(blocks.twin[node])
    return twin if twin > 0 else node


@inlined
def corners(blocks, r, c):  # type: ignore[no-untyped-def]
    """Nodes of a padded block: north-west, north-east, south-west, south-east."""
    width = blocks.lowest.shape[1] - 1
    se = r * width + c
    return _as_northern(blocks, se - width - 1), _as_northern(blocks, se - width), se - 1, se


@inlined
def _arrival(known, corner, step, other_step):  # type: ignore[no-untyped-def]
    """Root t of ((t - known) / step)² + ((t - corner) / other_step)² = 1, the equation |∇T| = cost in a block.

    Both neighbours of the node sought are known, one a step away in either direction; ``corner`` may be inf, and where
    it is too late to help, the step from the other is what counts (Rouy and Tourin 1992, SIAM J. Numer. Anal. 29:867).
    """
    gap = corner - known
    if gap >= step:
        return known + step
    square = step * step + other_step * other_step
    return known + (step * step * gap + step * other_step * math.sqrt(square - gap * gap)) / square


@kernel
def march_nodes(blocks, cost, value, flag, queue):  # type: ignore[no-untyped-def]
    """First-order label-correcting march over nodes, until the queue ends or is full.

    Parameters
    ----------
    blocks
        `Blocks`.
    cost
        Of each padded block, as ``lowest`` or lower.
    value, flag
        T and flags of nodes, written.
    queue
        The nodes that wait.
    """
    width = cost.shape[1] - 1
    state = queue.state[0]
    here = state.here
    while buckets.can_go_on(state):
        piece, here = buckets.next_piece(queue, value, here)
        if piece < 0:
            break
        for e in range(piece * buckets.PIECE, piece * buckets.PIECE + queue.filled[piece]):
            q = np.int64(queue.cells[e])
            known = flag[q]
            if known & buckets.QUEUED == 0:
                continue
            flag[q] = buckets.VISITED
            state.visits += 1
            state.again += known >= buckets.VISITED
            is_twin = q >= blocks.twin.size
            node = np.int64(blocks.twin_of[q - blocks.twin.size]) if is_twin else q
            i = node // width
            j = node - i * width
            # a node that has a twin belongs to the blocks north of it only, and the twin to those south of it
            for south in range(1 if is_twin else 0, 1 if not is_twin and blocks.twin[node] > 0 else 2):
                for east in range(2):
                    f = cost[i + south, j + east]
                    if not f < np.inf:
                        continue
                    beside = node + 2 * east - 1
                    across = node + (2 * south - 1) * width
                    corner = across + 2 * east - 1
                    if south == 1:
                        beside = _as_northern(blocks, beside)
                    else:
                        across, corner = _as_northern(blocks, across), _as_northern(blocks, corner)
                    step_x, step_y = f * blocks.dx_m[i + south], f * blocks.dy_m[i + south]
                    k, t_corner = value[q], value[corner]
                    if value[beside] > k and k < t_corner + step_y:
                        t = _arrival(k, t_corner, step_x, step_y)
                        if t < value[beside]:
                            buckets.lower(queue, value, flag, here, beside, t)
                    if value[across] > k and k < t_corner + step_x:
                        t = _arrival(k, t_corner, step_y, step_x)
                        if t < value[across]:
                            buckets.lower(queue, value, flag, here, across, t)
        buckets.give_back(queue, piece)
    state.here = here


@inlined
def _steepness(blocks, value, r, c):  # type: ignore[no-untyped-def]
    """Highest slope of the function in a block over the block's cost, for the better of its two triangulations."""
    at_nw, at_ne, at_sw, at_se = corners(blocks, r, c)
    nw = value[at_nw]
    if not nw < np.inf:
        return 0.0
    ne, sw, se = value[at_ne], value[at_sw], value[at_se]
    dx_m, dy_m = blocks.dx_m[r], blocks.dy_m[r]
    north, south = ((nw - ne) / dx_m) ** 2, ((sw - se) / dx_m) ** 2
    west, east = ((nw - sw) / dy_m) ** 2, ((ne - se) / dy_m) ** 2
    square = min(max(north + west, south + east), max(north + east, south + west))
    return math.sqrt(square) / blocks.lowest[r, c]


@kernel
def steepest(blocks, value):  # type: ignore[no-untyped-def]
    """Highest steepness of all blocks: ``value`` divided by it nowhere rises faster than the cost."""
    highest = 0.0
    for r in range(1, blocks.lowest.shape[0] - 1):
        for c in range(1, blocks.lowest.shape[1] - 1):
            if blocks.lowest[r, c] < np.inf:
                highest = max(highest, _steepness(blocks, value, r, c))
    return highest


@kernel
def steer(blocks, value, cost, power, steepest_at, per_band):  # type: ignore[no-untyped-def]
    """Lower the marched costs of the blocks that came out too steep for the next march, and note where they are.

    Parameters
    ----------
    blocks, value
        `Blocks`, and T of the nodes.
    cost
        What was marched, written: divided by the steepness to this power where that is above one.
    power
        Of the steepness.
    steepest_at
        Highest steepness in each band of T, written; ones where all is well.
    per_band
        One over the width of a band.
    """
    last = steepest_at.size - 1
    for r in range(1, blocks.lowest.shape[0] - 1):
        for c in range(1, blocks.lowest.shape[1] - 1):
            if not blocks.lowest[r, c] < np.inf:
                continue
            s = _steepness(blocks, value, r, c)
            if not s > 1.0:
                continue
            cost[r, c] /= s**power
            nw, ne, sw, se = corners(blocks, r, c)
            low = min(min(value[nw], value[ne]), min(value[sw], value[se]))
            high = max(max(value[nw], value[ne]), max(value[sw], value[se]))
            for band in range(np.int64(min(low * per_band, last)), np.int64(min(high * per_band, last)) + 1):
                steepest_at[band] = max(steepest_at[band], s)


@kernel
def rescale(value, start_of, per_band):  # type: ignore[no-untyped-def]
    """Give the bands of T another width each, in place.

    Parameters
    ----------
    value
        T of the nodes; inf stays, and what is beyond the last band becomes its end.
    start_of
        Where each band starts on the new scale, and where the last one ends.
    per_band
        One over the old width.
    """
    last = start_of.size - 2
    for q in range(value.size):
        if value[q] < np.inf:
            at = value[q] * per_band
            band = np.int64(min(at, last))
            value[q] = start_of[band] + min(at - band, 1.0) * (start_of[band + 1] - start_of[band])


@kernel
def could_pass(blocks, first, second, upper, keep):  # type: ignore[no-untyped-def]
    """Blocks through which a line of cost ``upper`` or less could pass, into ``keep``.

    On a block each function is one of two triangulations of its corner values; both lie within a quarter of the twist
    of the bilinear one, and the sum of two bilinear functions is lowest at a corner.
    """
    for r in range(keep.shape[0]):
        for c in range(keep.shape[1]):
            keep[r, c] = False
            if not blocks.lowest[r + 1, c + 1] < np.inf:
                continue
            nw, ne, sw, se = corners(blocks, r + 1, c + 1)
            lowest_sum = min(min(first[nw] + second[nw], first[ne] + second[ne]), first[sw] + second[sw])
            lowest_sum = min(lowest_sum, first[se] + second[se])
            if lowest_sum < np.inf:
                twist = abs(first[nw] - first[ne] - first[sw] + first[se])
                twist += abs(second[nw] - second[ne] - second[sw] + second[se])
                keep[r, c] = lowest_sum - 0.25 * twist <= upper
