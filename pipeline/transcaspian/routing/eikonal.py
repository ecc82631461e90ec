"""The eikonal equation on a laid-out cost, for `solve`: the rays around the sources, and two marches in step."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import RoutingError
from transcaspian.routing._kernels import march
from transcaspian.routing._kernels.buckets import PIECE, Buckets, seed
from transcaspian.routing._kernels.descent import ball, extremes
from transcaspian.routing.terrain import PaddedTerrain, Terrain, cell_of, position

SOURCE_BALL_CELLS = 10
"""Largest radius of the ball of straight rays around a source: there the field's curvature defeats differences."""
_MIN_BALL_CELLS = 2
_EVEN_COST = 1.1
"""A ball's radius is the largest in which the cost varies by no more than this factor: its rays are straight."""
_MIN_BATCH, _MAX_BATCH = 1 << 14, 1 << 17
"""Cells announced between two hand-overs from the first to the second march."""


def flat_field(
    sea: PaddedTerrain, sources_lonlat: Sequence[tuple[float, float]], *, order: int = 2, threads: int = 1
) -> NDArray[np.float32]:
    """`solve` on a laid-out cost: T of every stored cell, flat, inf at walls."""
    if not sources_lonlat:
        raise RoutingError("no source to route from: give at least one (lon, lat)")
    balls = [_ball(sea, lon, lat) for lon, lat in sources_lonlat]
    cells, values = (np.concatenate(parts) for parts in zip(*balls, strict=True))
    if order == 1:
        return _first_order(sea, cells, values)
    return _second_order(sea, cells, values, threads)


def _ball(sea: PaddedTerrain, lon: float, lat: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Cells around a source with the cost of the straight ray to each."""
    row, col = position(sea, lon, lat, "the source")
    radius = _even_radius(sea, *cell_of(sea.grid, row, col))
    rows, cols, values = ball(sea.cells, row, col, radius)
    return sea.layout.index(rows, cols), values.astype(np.float32)


def _even_radius(sea: Terrain, row: int, col: int) -> int:
    """Radius in cells within which the cost is nearly even."""
    for radius in range(_MIN_BALL_CELLS, SOURCE_BALL_CELLS + 1):
        low, high = extremes(sea.cells, row, col, radius)
        if high > _EVEN_COST * low:
            return max(radius - 1, _MIN_BALL_CELLS)
    return SOURCE_BALL_CELLS


_NOTHING = np.empty(0, np.int64)


def _first_order(sea: PaddedTerrain, cells: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The monotone scheme on the cells themselves."""
    dx_m, dy_m = sea.layout.spacing_m
    value = np.full(sea.layout.size, np.inf, np.float32)
    flag = np.zeros(sea.layout.size, np.uint8)
    queue = Buckets(sea.cells.cost, max(dx_m.max(), dy_m.max()), min(dx_m.min(), dy_m.min()), float(values.max()))
    seed(queue.queue, value, flag, cells, values)
    table = march.first_order_rows(dx_m, dy_m)
    keys = np.empty(0, np.float32)
    while queue.waiting:
        queue.make_room()
        march.march(
            sea.cells.cost, value, flag, sea.layout.row_of, sea.layout.base, table, queue.queue,
            _NOTHING, _NOTHING, keys, 0, 1,
        )  # fmt: skip
    return value


def _second_order(
    sea: PaddedTerrain, cells: NDArray[np.int64], values: NDArray[np.float32], threads: int
) -> NDArray[np.float32]:
    """A first-order march on cells twice as large finds the order; the second-order one follows a batch behind."""
    layout = sea.layout
    value = np.full(layout.size, np.inf, np.float32)
    flag = np.zeros(layout.size, np.uint8)
    np.minimum.at(value, cells, values)
    flag[cells] = march.NEAR_SOURCE
    table = march.second_order_rows(*layout.spacing_m)
    guide = _Guide(sea, cells, values)
    arrays = sea.cells.cost, value, flag, layout.base, table
    late = march.Late.none()

    def march_on(batch: NDArray[np.int64], m: int) -> None:
        nonlocal late
        done = 0
        while (done := march.update(*arrays, late, batch, done, m)) < m:
            late = late.with_room()

    if threads < 2:
        while (batch := guide.next_batch()) is not None:
            march_on(*batch)
    else:
        with ThreadPoolExecutor(1) as follower:
            # a batch's buffer is used again after two more: by then its update has ended
            running: list[Future[None]] = []
            while (batch := guide.next_batch()) is not None:
                running.append(follower.submit(march_on, *batch))
                if len(running) >= _Guide.BUFFERS - 1:
                    running.pop(0).result()
            for rest in running:
                rest.result()
    while not march.lower(*arrays, late, True):
        late = late.with_room()
    return value


class _Guide:
    """Announces the cells of a layout, batch by batch, in the order of a first-order T on cells twice as large."""

    BUFFERS = 3

    def __init__(self, sea: PaddedTerrain, cells: NDArray[np.int64], values: NDArray[np.float32]) -> None:
        fine = sea.layout
        self._fine_base = fine.base
        self._base, lengths = fine.halved()
        self._cost = np.empty(int(lengths.sum()), np.float32)
        march.coarsen(sea.cells.cost, fine.base, self._base, lengths, self._cost)
        self._row_of = np.repeat(np.arange(lengths.size, dtype=np.uint16), lengths)
        self._value = np.full(self._cost.size, np.inf, np.float32)
        self._flag = np.zeros(self._cost.size, np.uint8)
        dx_m, dy_m = (side_m[::2] + side_m[1::2] for side_m in fine.spacing_m)
        self._table = march.first_order_rows(dx_m, dy_m)
        self._queue = Buckets(self._cost, max(dx_m.max(), dy_m.max()), min(dx_m.min(), dy_m.min()), float(values.max()))
        rows = np.searchsorted(fine.base + fine.west, cells, side="right") - 1
        above = self._base[rows // 2] + (cells - fine.base[rows]) // 2
        seed(self._queue.queue, self._value, self._flag, above, values)
        self._limit = min(max(sea.layout.size // 32, _MIN_BATCH), _MAX_BATCH)
        room = 2 * self._limit + 4 * PIECE + 64
        self._announced = [np.empty(room, np.int64) for _ in range(2)]
        self._keys = [np.empty(room, np.float32) for _ in range(2)]
        self._sorted = [np.empty(room, np.int64) for _ in range(self.BUFFERS)]
        self._bins = np.empty(self._limit // 2 + 2, np.int32)
        self._kept = 0
        self._turn = 0
        self._ended = False

    def next_batch(self) -> tuple[NDArray[np.int64], int] | None:
        """Cells (``row << 32 | index``) and how many; None after the last. The array is used again in three turns."""
        if self._ended:
            return None
        n = self._kept
        self._grow(n + self._limit + 4 * PIECE)
        queue = self._queue
        wanted = n + self._limit
        while queue.waiting and n < wanted:
            queue.make_room()
            n = march.march(
                self._cost, self._value, self._flag, self._row_of, self._base, self._table, queue.queue,
                self._fine_base, self._announced[0], self._keys[0], n, wanted,
            )  # fmt: skip
        out = self._sorted[self._turn % self.BUFFERS]
        m, self._kept = march.sort_by_key(
            self._announced[0], self._keys[0], n, queue.front, self._bins, out, self._announced[1], self._keys[1]
        )
        self._announced.reverse()
        self._keys.reverse()
        self._turn += 1
        self._ended = not queue.waiting
        return out, m

    def _grow(self, room: int) -> None:
        """More room where many cells wait for the front."""
        if self._keys[0].size < room:
            self._announced = [_longer(array, room) for array in self._announced]
            self._keys = [_longer(array, room) for array in self._keys]
            self._sorted = [np.empty(2 * room, np.int64) for _ in self._sorted]


def _longer(array: NDArray[Any], room: int) -> NDArray[Any]:
    return np.concatenate([array, np.empty(2 * room - array.size, array.dtype)])
