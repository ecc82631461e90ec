"""The queue of the marches: cells in buckets of equal width of T (Dial 1969, CACM 12:632), kept in pieces of a pool.

Cells of one bucket are visited in no order, and again where a later one lowers them. That is cheap while hardly a cell
costs less than a bucket is wide. Where many do (a cheap shoal in a sea ten thousand times as dear), they would be
lowered over and over: so when too many visits are to cells visited before, the rest of a bucket is visited by rising T,
from a heap. No sea takes more than some visits a cell.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.compiled import inlined, kernel
from transcaspian.routing._kernels.heap import heap_drop, heap_push

PIECE = 60
"""Cells in one piece of a bucket."""
ROOM_FOR_PIECE = 8 * PIECE + 9
"""Each cell of a piece pushes at most eight neighbours, each perhaps into a new piece; one more for a lowest cell."""
QUEUED, VISITED = 1, 2
"""Bits of a cell's flag."""
STATE = np.dtype(
    [(name, np.int64) for name in ("in_heap", "visits", "again", "here", "waiting", "free", "free_pieces")]
)
"""What changes as a queue is worked off: cells in its heap, visits so far, how many of them to cells visited before,
the bucket at hand, cells waiting in buckets, the first free piece, free pieces."""

_U = np.uintp
_WIDTH_OF_STEP = 1.4
_LOW_COST = 0.02
"""A bucket is 1.4 steps wide over the cheapest fiftieth of the cells."""
_MAX_BUCKETS = 1 << 20
GROUP = 64
"""So many empty buckets are passed over at once."""
_VISITS_AN_AGAIN = 4
_FREE_AGAIN = 1 << 10
"""One visit in four, and a thousand, may be to cells visited before."""


class Queue(NamedTuple):
    """Cells that wait, as kernels take them.

    Attributes
    ----------
    ring, in_group
        First piece of each bucket, -1 where it is empty, and how many pieces each `GROUP` buckets hold; int32.
    following, filled, cells
        Of each piece: the next one of its bucket (or of the free ones), how many cells it holds, and which; int32.
    keys, heap
        T and cells of a bucket that is put in order, a heap.
    state
        One record, see `STATE`.
    per_width
        One over the width of a bucket.
    """

    ring: NDArray[np.int32]
    in_group: NDArray[np.int32]
    following: NDArray[np.int32]
    filled: NDArray[np.int32]
    cells: NDArray[np.int32]
    keys: NDArray[np.float64]
    heap: NDArray[np.int32]
    state: NDArray[np.void]
    per_width: np.float32


@inlined
def push(queue, bucket, cell):  # type: ignore[no-untyped-def]
    """Put a cell into a bucket."""
    state = queue.state[0]
    slot = _U(bucket & (queue.ring.size - 1))
    piece = np.int64(queue.ring[slot])
    if piece < 0 or queue.filled[_U(piece)] == PIECE:
        new = state.free
        state.free = queue.following[_U(new)]
        state.free_pieces -= 1
        queue.following[_U(new)] = piece
        queue.filled[_U(new)] = 0
        queue.ring[slot] = new
        queue.in_group[slot // _U(GROUP)] += 1
        piece = new
    n = np.int64(queue.filled[_U(piece)])
    queue.cells[_U(piece * PIECE + n)] = cell
    queue.filled[_U(piece)] = n + 1
    state.waiting += 1


@inlined
def take(queue, bucket):  # type: ignore[no-untyped-def]
    """Take the first piece of a bucket off; -1 where the bucket is empty."""
    slot = _U(bucket & (queue.ring.size - 1))
    piece = np.int64(queue.ring[slot])
    if piece >= 0:
        queue.ring[slot] = queue.following[_U(piece)]
        queue.in_group[slot // _U(GROUP)] -= 1
        queue.state[0].waiting -= queue.filled[_U(piece)]
    return piece


@inlined
def give_back(queue, piece):  # type: ignore[no-untyped-def]
    """A piece whose cells have been visited is free again."""
    state = queue.state[0]
    queue.following[_U(piece)] = state.free
    state.free = piece
    state.free_pieces += 1


@inlined
def next_piece(queue, value, here):  # type: ignore[no-untyped-def]
    """Take the first piece of the lowest bucket that holds any, from ``here`` on.

    Cells must wait, see `can_go_on`.

    Returns
    -------
    piece, bucket
        The piece, -1 when the heap needs more room first; and its bucket.
    """
    state = queue.state[0]
    piece = np.int64(-1)
    while piece < 0:
        if (state.in_heap > 0 or too_often(state)) and not lowest_alone(queue, value, here):
            break
        piece = take(queue, here)
        if piece < 0:
            here = next_bucket(queue, here)
    return piece, here


@inlined
def lower(queue, value, flag, here, cell, t):  # type: ignore[no-untyped-def]
    """Lower a cell's T to ``t``, and queue it unless it waits in the right bucket already.

    While a heap is in use, the cell's T there is out of date by now, and the cell is queued once more.
    """
    before = value[_U(cell)]
    value[_U(cell)] = t
    state = queue.state[0]
    bucket = np.int64(t * queue.per_width)
    waiting = flag[_U(cell)]
    if waiting & QUEUED == 0 or np.int64(before * queue.per_width) != bucket or state.in_heap > 0:
        flag[_U(cell)] = waiting | QUEUED
        push(queue, max(bucket, here), cell)


@inlined
def can_go_on(state):  # type: ignore[no-untyped-def]
    """Whether cells wait and there is room for the neighbours of a piece."""
    return state.waiting + state.in_heap > 0 and state.free_pieces >= ROOM_FOR_PIECE


@inlined
def allowed_again(state):  # type: ignore[no-untyped-def]
    """How many of the visits so far may have been to cells visited before."""
    return (state.visits + _FREE_AGAIN) // _VISITS_AN_AGAIN


@inlined
def too_often(state):  # type: ignore[no-untyped-def]
    """Whether too many visits were to cells visited before."""
    return state.again > allowed_again(state)


@kernel
def lowest_alone(queue, value, bucket):  # type: ignore[no-untyped-def]
    """Move the cells of a bucket to the heap, and the lowest of all there back into the bucket, alone in a piece.

    Returns
    -------
    bool
        False when the heap needs more room first.
    """
    state = queue.state[0]
    while queue.ring[bucket & (queue.ring.size - 1)] >= 0:
        if state.in_heap + PIECE > queue.keys.size:
            return False
        piece = take(queue, bucket)
        for e in range(piece * PIECE, piece * PIECE + queue.filled[piece]):
            cell = queue.cells[e]
            heap_push(queue.keys, queue.heap, state.in_heap, value[cell], cell)
            state.in_heap += 1
        give_back(queue, piece)
    if state.in_heap > 0:
        push(queue, bucket, queue.heap[0])
        state.in_heap -= 1
        heap_drop(queue.keys, queue.heap, state.in_heap)
    return True


@kernel
def next_bucket(queue, bucket):  # type: ignore[no-untyped-def]
    """The next bucket, or one behind it with nothing but empty ones between."""
    bucket += 1
    while bucket % GROUP == 0 and queue.in_group[(bucket & (queue.ring.size - 1)) // GROUP] == 0:
        bucket += GROUP
    return bucket


@kernel
def highest_open(cost):  # type: ignore[no-untyped-def]
    """The highest cost that is no wall; 0 where all are."""
    highest = np.float32(0)
    for q in range(cost.size):
        f = cost[_U(q)]
        highest = max(highest, f if f < np.inf else np.float32(0))
    return highest


@kernel
def seed(queue, value, flag, at, start):  # type: ignore[no-untyped-def]
    """Queue source cells ``at`` with the values ``start``, where those are lower than what is known."""
    for i in range(at.size):
        q = np.int64(at[i])
        if start[i] < value[_U(q)]:
            value[_U(q)] = start[i]
            flag[_U(q)] |= QUEUED
            push(queue, np.int64(start[i] * queue.per_width), q)


class Buckets:
    """A queue of cells by T, not sorted inside a bucket: pieces of buckets in a pool that grows.

    Parameters
    ----------
    cost
        Flat, per metre; inf is a wall. Its range decides how wide a bucket is, which changes speed but no value.
    longest_step_m, shortest_step_m
        Between neighbouring cells.
    start
        Highest value that is queued at the start.
    """

    def __init__(self, cost: NDArray[np.float32], longest_step_m: float, shortest_step_m: float, start: float) -> None:
        some = cost[:: max(1, cost.size // 100_000)]
        some = some[np.isfinite(some)]
        highest = float(highest_open(cost))
        low = float(np.quantile(some, _LOW_COST)) if some.size else highest
        span = max(highest * longest_step_m, start)
        self.width = max(_WIDTH_OF_STEP * low * shortest_step_m, span / _MAX_BUCKETS)
        buckets = max(GROUP, 1 << int(span / self.width + 4).bit_length())
        pieces = 4096
        self.queue = Queue(
            ring=np.full(buckets, -1, np.int32),
            in_group=np.zeros(buckets // GROUP, np.int32),
            following=np.arange(1, pieces + 1, dtype=np.int32),
            filled=np.zeros(pieces, np.int32),
            cells=np.empty(pieces * PIECE, np.int32),
            keys=np.empty(pieces),
            heap=np.empty(pieces, np.int32),
            state=np.zeros(1, STATE),
            per_width=np.float32(1.0 / self.width),
        )
        self.queue.state["free_pieces"] = pieces

    @property
    def visits_and_again(self) -> tuple[int, int]:
        """Visits so far, and how many of them were to cells visited before."""
        return int(self.queue.state["visits"][0]), int(self.queue.state["again"][0])

    @property
    def waiting(self) -> bool:
        """Whether cells wait."""
        state = self.queue.state[0]
        return bool(state["waiting"] + state["in_heap"] > 0)

    @property
    def front(self) -> np.float32:
        """T up to which all cells have been visited; inf when the queue is empty."""
        return np.float32(self.queue.state["here"][0] * self.width if self.waiting else np.inf)

    def restart(self) -> None:
        """Begin at T = 0 again, when all that waited has been visited."""
        for name in ("here", "visits", "again"):
            self.queue.state[name] = 0

    def make_room(self) -> None:
        """Double the pool, or the heap, when a march stopped for want of it."""
        queue, state = self.queue, self.queue.state[0]
        if state["free_pieces"] < ROOM_FOR_PIECE:
            old = queue.filled.size
            added = np.arange(old + 1, 2 * old + 1, dtype=np.int32)
            added[-1] = state["free"]
            state["free"] = old
            state["free_pieces"] += old
            self.queue = queue = queue._replace(
                following=np.concatenate([queue.following, added]),
                filled=np.concatenate([queue.filled, np.zeros(old, np.int32)]),
                cells=np.concatenate([queue.cells, np.empty(old * PIECE, np.int32)]),
            )
        if state["in_heap"] + PIECE > queue.keys.size:
            keys, heap = (np.concatenate([array, np.empty_like(array)]) for array in (queue.keys, queue.heap))
            self.queue = queue._replace(keys=keys, heap=heap)
