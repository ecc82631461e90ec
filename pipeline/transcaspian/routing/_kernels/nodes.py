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

_U = np.uintp


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
    west, east
        int64: open blocks of each padded row lie in columns ``west … east - 1``.
    """

    lowest: NDArray[np.float32]
    dx_m: NDArray[np.float64]
    dy_m: NDArray[np.float64]
    twin: NDArray[np.int32]
    twin_of: NDArray[np.int32]
    west: NDArray[np.int64]
    east: NDArray[np.int64]

    @property
    def nodes(self) -> int:
        """How many there are, twins included."""
        return self.twin.size + self.twin_of.size


class Nodes(NamedTuple):
    """A march over nodes.

    Attributes
    ----------
    cost
        Of each padded block, flat: its lowest cost, or less.
    value, flag
        T of each node and its flag, see `buckets`.
    """

    cost: NDArray[np.float32]
    value: NDArray[np.float64]
    flag: NDArray[np.uint8]


@allocating
def twins(lowest, west, east):  # type: ignore[no-untyped-def]
    """``twin`` and ``twin_of`` of `Blocks`, by its other arrays."""
    rows, cols = lowest.shape[0] - 1, lowest.shape[1] - 1
    twin = np.zeros(rows * cols, np.int32)
    twin_of = np.empty(64, np.int32)
    n = 0
    for i in range(rows):
        north, south = lowest[i], lowest[i + 1]
        for j in range(min(west[i], west[i + 1]) - 1, max(east[i], east[i + 1])):
            nw, ne = north[_U(j)] < np.inf, north[_U(j + 1)] < np.inf
            sw, se = south[_U(j)] < np.inf, south[_U(j + 1)] < np.inf
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
    twin = np.int64(blocks.twin[_U(node)])
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


@inlined
def _offer(nodes, queue, here, known, to, corner, steps):  # type: ignore[no-untyped-def]
    """Lower the node ``to`` by what a neighbour at T ``known`` and one at the corner between say of it, if they do.

    ``steps``: cost of a step from the neighbour, and of one from the corner.
    """
    step, other_step = steps
    now, t_corner = nodes.value[_U(to)], nodes.value[_U(corner)]
    # a corner that is no help: too early, so that its own offer is the lower one, or too late (see `_arrival`)
    if not (now > known and known < t_corner + other_step) or min(t_corner, known + step) >= now:
        return
    t = _arrival(known, t_corner, step, other_step)
    if t < now:
        buckets.lower(queue, nodes.value, nodes.flag, here, to, t)


@inlined
def _visit(blocks, nodes, queue, here, q):  # type: ignore[no-untyped-def]
    """Offer T to the neighbours of a node, over each of the blocks that it belongs to."""
    width = blocks.lowest.shape[1] - 1
    is_twin = q >= blocks.twin.size
    node = np.int64(blocks.twin_of[_U(q - blocks.twin.size)]) if is_twin else q
    # the quotient of whole numbers takes as long as all the rest
    row = np.int64((node + 0.5) * (1.0 / width))
    known = nodes.value[_U(q)]
    # a node that has a twin belongs to the blocks north of it only, and the twin to those south of it
    for south in range(1 if is_twin else 0, 1 if not is_twin and blocks.twin[_U(node)] > 0 else 2):
        for east in range(2):
            r = row + south
            f = nodes.cost[_U(node + r + south * width + east)]
            if not f < np.inf:
                continue
            beside = node + 2 * east - 1
            across = node + (2 * south - 1) * width
            corner = across + 2 * east - 1
            if south == 1:
                beside = _as_northern(blocks, beside)
            else:
                across, corner = _as_northern(blocks, across), _as_northern(blocks, corner)
            step_x, step_y = f * blocks.dx_m[_U(r)], f * blocks.dy_m[_U(r)]
            _offer(nodes, queue, here, known, beside, corner, (step_x, step_y))
            _offer(nodes, queue, here, known, across, corner, (step_y, step_x))


@kernel
def march_nodes(blocks, nodes, queue):  # type: ignore[no-untyped-def]
    """First-order label-correcting march over nodes, until the queue ends or is full.

    Parameters
    ----------
    blocks, nodes
        `Blocks`, and `Nodes`, written.
    queue
        The nodes that wait.
    """
    state = queue.state[0]
    here = state.here
    while buckets.can_go_on(state):
        piece, here = buckets.next_piece(queue, nodes.value, here)
        if piece < 0:
            break
        for e in range(piece * buckets.PIECE, piece * buckets.PIECE + queue.filled[_U(piece)]):
            q = np.int64(queue.cells[_U(e)])
            known = nodes.flag[_U(q)]
            if known & buckets.QUEUED == 0:
                continue
            nodes.flag[_U(q)] = buckets.VISITED
            state.visits += 1
            state.again += known >= buckets.VISITED
            _visit(blocks, nodes, queue, here, q)
        buckets.give_back(queue, piece)
    state.here = here


@inlined
def _steepness2(blocks, value, r, c):  # type: ignore[no-untyped-def]
    """Square of the highest slope of the function in a block over the block's cost, for the better of its two
    triangulations."""
    at_nw, at_ne, at_sw, at_se = corners(blocks, r, c)
    nw = value[_U(at_nw)]
    if not nw < np.inf:
        return 0.0
    ne, sw, se = value[_U(at_ne)], value[_U(at_sw)], value[_U(at_se)]
    f = blocks.lowest[_U(r), _U(c)]
    x, y = 1.0 / (f * blocks.dx_m[_U(r)]), 1.0 / (f * blocks.dy_m[_U(r)])
    north, south = ((nw - ne) * x) ** 2, ((sw - se) * x) ** 2
    west, east = ((nw - sw) * y) ** 2, ((ne - se) * y) ** 2
    return min(max(north + west, south + east), max(north + east, south + west))


@kernel
def steepest(blocks, value):  # type: ignore[no-untyped-def]
    """Highest steepness of all blocks: ``value`` divided by it nowhere rises faster than the cost."""
    highest = 0.0
    for r in range(1, blocks.lowest.shape[0] - 1):
        for c in range(blocks.west[r], blocks.east[r]):
            if blocks.lowest[_U(r), _U(c)] < np.inf:
                highest = max(highest, _steepness2(blocks, value, r, c))
    return math.sqrt(highest)


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
        for c in range(blocks.west[r], blocks.east[r]):
            if not blocks.lowest[_U(r), _U(c)] < np.inf:
                continue
            square = _steepness2(blocks, value, r, c)
            if not square > 1.0:
                continue
            s = math.sqrt(square)
            cost[r, c] /= s if power == 1.0 else s**power
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
def lowest_through(blocks, first, second, through):  # type: ignore[no-untyped-def]
    """What a line through each block costs at least, into ``through``; inf where none leads through.

    ``first`` and ``second`` are the functions from both ends. On a block each is one of two triangulations of its
    corner values; both lie within a quarter of the twist of the bilinear one, and the sum of two bilinear functions is
    lowest at a corner.
    """
    through[:] = np.inf
    for r in range(through.shape[0]):
        for c in range(blocks.west[r + 1] - 1, blocks.east[r + 1] - 1):
            if not blocks.lowest[r + 1, c + 1] < np.inf:
                continue
            nw, ne, sw, se = corners(blocks, r + 1, c + 1)
            lowest_sum = min(min(first[nw] + second[nw], first[ne] + second[ne]), first[sw] + second[sw])
            lowest_sum = min(lowest_sum, first[se] + second[se])
            if lowest_sum < np.inf:
                twist = abs(first[nw] - first[ne] - first[sw] + first[se])
                twist += abs(second[nw] - second[ne] - second[sw] + second[se])
                through[r, c] = lowest_sum - 0.25 * twist
