"""Numba kernels of the lower bound: a function on the corners of blocks that nowhere rises faster than the cost.

Nodes are the corners of blocks, ``(rows + 1) * (cols + 1)`` of them, flat; ``lowest`` holds the lowest cost of each
block, with a ring of inf around them. Distances are per padded row of blocks. Where two open blocks touch at a node
only, with walls beside them, no line passes: the southern one has a node of its own there, as many places further on as
there are nodes.
"""

from __future__ import annotations

import math

import numpy as np

from transcaspian.routing._kernels import buckets
from transcaspian.routing._kernels.compiled import inlined, kernel


@inlined
def _parted(cost, i, j):  # type: ignore[no-untyped-def]
    """Whether the open blocks around node (i, j) touch at it only."""
    nw = cost[i, j] < np.inf
    ne = cost[i, j + 1] < np.inf
    sw = cost[i + 1, j] < np.inf
    se = cost[i + 1, j + 1] < np.inf
    return nw == se and ne == sw and nw != ne


@inlined
def _north_of(cost, i, j):  # type: ignore[no-untyped-def]
    """Index of the node (i, j) as a northern corner, as the block south of it has it."""
    width = cost.shape[1] - 1
    q = i * width + j
    return q + (cost.shape[0] - 1) * width if _parted(cost, i, j) else q


@inlined
def corners(cost, r, c):  # type: ignore[no-untyped-def]
    """Indices of a padded block's nodes: north-west, north-east, south-west, south-east."""
    width = cost.shape[1] - 1
    sw = r * width + c - 1
    return _north_of(cost, r - 1, c - 1), _north_of(cost, r - 1, c), sw, sw + 1


@kernel
def march_nodes(cost, dx_m, dy_m, value, flag, queue):  # type: ignore[no-untyped-def]
    """First-order label-correcting march over nodes, each block with its own cost, until the queue ends or is full."""
    width = cost.shape[1] - 1
    nodes = (cost.shape[0] - 1) * width
    state = queue.state[0]
    here = state.here
    in_order = state.in_heap > 0
    while buckets.can_go_on(state):
        if in_order or buckets.too_often(state):
            if not buckets.lowest_alone(queue, value, here):
                break
            in_order = state.in_heap > 0
        piece = buckets.take(queue, here)
        if piece < 0:
            here = buckets.next_bucket(queue, here)
            continue
        for e in range(piece * buckets.PIECE, piece * buckets.PIECE + queue.filled[piece]):
            q = np.int64(queue.cells[e])
            known = flag[q]
            if known & buckets.QUEUED == 0:
                continue
            flag[q] = buckets.VISITED
            state.visits += 1
            state.again += known >= buckets.VISITED
            k = value[q]
            twin = q >= nodes
            i = (q - nodes if twin else q) // width
            j = (q - nodes if twin else q) - i * width
            only_north = not twin and _parted(cost, i, j)
            for south in range(2):
                if (twin and south == 0) or (only_north and south == 1):
                    continue
                for east in range(2):
                    f = cost[i + south, j + east]
                    if not f < np.inf:
                        continue
                    nw, ne, sw, se = corners(cost, i + south, j + east)
                    if south == 1:
                        beside = ne if east == 1 else nw
                        across = sw if east == 1 else se
                        corner = se if east == 1 else sw
                    else:
                        beside = se if east == 1 else sw
                        across = nw if east == 1 else ne
                        corner = ne if east == 1 else nw
                    step_x, step_y = f * dx_m[i + south], f * dy_m[i + south]
                    for turn in range(2):
                        p = beside if turn == 0 else across
                        step = step_x if turn == 0 else step_y
                        other_step = step_y if turn == 0 else step_x
                        before, other = value[p], value[corner]
                        if before <= k or k >= other + other_step:
                            continue
                        if other >= k + step:
                            t = k + step
                        else:
                            gap = other - k
                            square = step * step + other_step * other_step
                            t = k + (step * step * gap + step * other_step * math.sqrt(square - gap * gap)) / square
                        if t < before:
                            value[p] = t
                            bucket = np.int64(t * queue.per_width)
                            if (
                                flag[p] & buckets.QUEUED == 0
                                or np.int64(before * queue.per_width) != bucket
                                or in_order
                            ):
                                flag[p] |= buckets.QUEUED
                                buckets.push(queue, max(bucket, here), p)
        buckets.give_back(queue, piece)
    state.here = here


@inlined
def _steepness(lowest, dx_m, dy_m, value, r, c):  # type: ignore[no-untyped-def]
    """Highest slope of the function in a block over the block's cost, for the better of its two triangulations."""
    at_nw, at_ne, at_sw, at_se = corners(lowest, r, c)
    nw = value[at_nw]
    if not nw < np.inf:
        return 0.0
    ne, sw, se = value[at_ne], value[at_sw], value[at_se]
    north, south = ((nw - ne) / dx_m[r]) ** 2, ((sw - se) / dx_m[r]) ** 2
    west, east = ((nw - sw) / dy_m[r]) ** 2, ((ne - se) / dy_m[r]) ** 2
    square = min(max(north + west, south + east), max(north + east, south + west))
    return math.sqrt(square) / lowest[r, c]


@kernel
def steer(lowest, dx_m, dy_m, value, cost, power):  # type: ignore[no-untyped-def]
    """Lower the marched costs of the blocks that came out too steep, in place, for the next march.

    Returns
    -------
    float
        The highest steepness of all blocks: ``value`` divided by it nowhere rises faster than the cost.
    """
    steepest = 0.0
    for r in range(1, lowest.shape[0] - 1):
        for c in range(1, lowest.shape[1] - 1):
            if lowest[r, c] < np.inf:
                s = _steepness(lowest, dx_m, dy_m, value, r, c)
                steepest = max(steepest, s)
                if s > 1.0:
                    cost[r, c] /= s**power
    return steepest


@kernel
def could_pass(lowest, first, second, upper, keep):  # type: ignore[no-untyped-def]
    """Blocks through which a line of cost ``upper`` or less could pass, into ``keep``.

    On a block each function is one of two triangulations of its corner values; both lie within a quarter of the twist
    of the bilinear one, and the sum of two bilinear functions is lowest at a corner.
    """
    for r in range(keep.shape[0]):
        for c in range(keep.shape[1]):
            keep[r, c] = False
            if not lowest[r + 1, c + 1] < np.inf:
                continue
            nw, ne, sw, se = corners(lowest, r + 1, c + 1)
            lowest_sum = min(min(first[nw] + second[nw], first[ne] + second[ne]), first[sw] + second[sw])
            lowest_sum = min(lowest_sum, first[se] + second[se])
            if lowest_sum < np.inf:
                twist = abs(first[nw] - first[ne] - first[sw] + first[se])
                twist += abs(second[nw] - second[ne] - second[sw] + second[se])
                keep[r, c] = lowest_sum - 0.25 * twist <= upper
