"""The queue of the marches: cells in buckets of equal width of T (Dial 1969, CACM 12:632), kept in pieces of a pool."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

PIECE = 60
"""Cells in one piece of a bucket."""
ROOM_FOR_PIECE = 8 * PIECE + 8
"""Each cell of a piece pushes at most eight neighbours, each perhaps into a new piece."""
QUEUED = 1
"""Bit of a cell's flag."""

_U = np.uintp
_WIDTH_OF_STEP = 1.4
_LOW_COST = 0.02
"""A bucket is 1.4 steps wide over the cheapest fiftieth of the cells."""
_MOST_BUCKETS = 1 << 20


@njit(cache=True, nogil=True, inline="always")
def push(ring, following, count, cells, state, bucket, cell):  # type: ignore[no-untyped-def]
    """Put a cell into a bucket; ``state`` is (bucket at hand, cells waiting, first free piece, free pieces)."""
    slot = _U(bucket & (ring.size - 1))
    piece = np.int64(ring[slot])
    if piece < 0 or count[_U(piece)] == PIECE:
        new = state[2]
        state[2] = following[_U(new)]
        state[3] -= 1
        following[_U(new)] = piece
        count[_U(new)] = 0
        ring[slot] = new
        piece = new
    n = np.int64(count[_U(piece)])
    cells[_U(piece * PIECE + n)] = cell
    count[_U(piece)] = n + 1
    state[1] += 1


@njit(cache=True, nogil=True)
def seed(value, flag, ring, following, count, cells, state, per_width, at, start):  # type: ignore[no-untyped-def]
    """Queue source cells ``at`` with the values ``start``, where those are lower than what is known."""
    for i in range(at.size):
        q = np.int64(at[i])
        if start[i] < value[_U(q)]:
            value[_U(q)] = start[i]
            flag[_U(q)] |= QUEUED
            push(ring, following, count, cells, state, np.int64(start[i] * per_width), q)


class Buckets:
    """A queue of cells by T, not sorted inside a bucket: pieces of buckets in a pool that grows.

    Parameters
    ----------
    cost
        Flat, per metre; inf is a wall. Its range decides how wide a bucket is, which changes speed but no value.
    longest_step_m, least_step_m
        Between neighbouring cells.
    start
        Greatest value that is queued at the start.
    """

    def __init__(self, cost: NDArray[np.float32], longest_step_m: float, least_step_m: float, start: float) -> None:
        some = cost[:: max(1, cost.size // 100_000)]
        some = some[np.isfinite(some)]
        highest = float(np.max(cost, where=np.isfinite(cost), initial=0.0))
        low = float(np.quantile(some, _LOW_COST)) if some.size else highest
        span = max(highest * longest_step_m, start)
        self.width = max(_WIDTH_OF_STEP * low * least_step_m, span / _MOST_BUCKETS)
        self.ring = np.full(1 << int(span / self.width + 4).bit_length(), -1, np.int32)
        pieces = 4096
        self.following = np.arange(1, pieces + 1, dtype=np.int32)
        self.count = np.zeros(pieces, np.int32)
        self.cells = np.empty(pieces * PIECE, np.int32)
        self.state = np.array([0, 0, 0, pieces])

    @property
    def arrays(
        self,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
        """As the kernels take them."""
        return self.ring, self.following, self.count, self.cells, self.state

    @property
    def per_width(self) -> np.float32:
        """One over the width of a bucket."""
        return np.float32(1.0 / self.width)

    @property
    def waiting(self) -> int:
        """Cells in the queue."""
        return int(self.state[1])

    @property
    def front(self) -> np.float32:
        """T up to which all cells have been visited; inf when the queue is empty."""
        return np.float32(self.state[0] * self.width if self.waiting else np.inf)

    def make_room(self) -> None:
        """Double the pool when a march stopped for want of pieces."""
        if self.state[3] >= ROOM_FOR_PIECE:
            return
        old = self.count.size
        added = np.arange(old + 1, 2 * old + 1, dtype=np.int32)
        added[-1] = self.state[2]
        self.following = np.concatenate([self.following, added])
        self.count = np.concatenate([self.count, np.zeros(old, np.int32)])
        self.cells = np.concatenate([self.cells, np.empty(old * PIECE, np.int32)])
        self.state[2:] = old, self.state[3] + old
