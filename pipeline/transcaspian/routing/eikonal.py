"""The eikonal equation on a laid-out cost, for `solve`: the rays around the sources, and two marches in step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import RoutingError
from transcaspian.routing._kernels import lines, march, second_order
from transcaspian.routing._kernels.buckets import PIECE, Buckets, seed
from transcaspian.routing._kernels.descent import broken_rays
from transcaspian.routing._kernels.layout import Layout
from transcaspian.routing.terrain import PaddedTerrain, cell_of, position

NEAR_SOURCE_CELLS = 10
"""Radius around a source in which T is the cost of lines: differences fall short by a part of a step where two fronts
meet and where the front is strongly curved, and that is more than half a percent of a few steps."""
_EVEN_AN_AGAIN, _OPEN_AN_AGAIN = 7, 4
"""One visit again for so many even cells is free beside a share of all visits, or the march begins with another order;
with that one, one for so many open cells, or the rest waits for the end and takes several times as long.

Where most cells are uneven, an order that fails at once goes on failing; elsewhere it may fail in one place. Measured:
one of sixty made seas begins again, and none waits for the end."""
_MIN_BATCH, _MAX_BATCH = 1 << 14, 1 << 17
"""Cells announced between two hand-overs from the first to the second march."""


def flat_field(
    sea: PaddedTerrain, sources_lonlat: Sequence[tuple[float, float]], *, order: int = 2, threads: int = 1
) -> NDArray[np.float32]:
    """`solve` on a laid-out cost: T of every stored cell, flat, inf at walls.

    Parameters
    ----------
    sea
        A laid-out cost.
    sources_lonlat
        ``(lon, lat)`` degrees, each in an open cell.
    order
        2 or 1, as in `solve`.
    threads
        1 or 2; the values are the same.
    """
    if not sources_lonlat:
        raise RoutingError("no source to route from: give at least one (lon, lat)")
    rays = [_rays(sea, lon, lat) for lon, lat in sources_lonlat]
    cells, values = (np.concatenate(parts) for parts in zip(*rays, strict=True))
    if order == 1:
        return _first_order(sea, cells, values)
    return _second_order(sea, cells, values, threads)


def _rays(sea: PaddedTerrain, lon: float, lat: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Cells around a source and the cost of the cheapest ray to each."""
    row, col = position(sea, lon, lat, "the source")
    i, j = cell_of(sea.grid, row, col)
    top, left = max(i - NEAR_SOURCE_CELLS, 0), max(j - NEAR_SOURCE_CELLS, 0)
    bottom, right = min(i + NEAR_SOURCE_CELLS + 1, sea.grid.rows), min(j + NEAR_SOURCE_CELLS + 1, sea.grid.cols)
    rows, cols = np.ogrid[top:bottom, left:right]
    value = broken_rays(sea.cells, row, col, top, left, np.hypot(rows - row, cols - col) <= NEAR_SOURCE_CELLS)
    reached = np.isfinite(value)
    rows, cols = np.nonzero(reached)
    return sea.layout.index(rows + top, cols + left), value[reached].astype(np.float32)


def _first_order(sea: PaddedTerrain, cells: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The monotone scheme on the cells themselves."""
    front = _front_on_cells(sea)
    queue = _queue(front, cells, values)
    nothing = march.Announced.room(np.empty(0, np.int64), 0)
    while queue.waiting:
        queue.make_room()
        march.march(front, queue.queue, nothing, 0, 1)
    return front.value


def _front(
    cost: NDArray[np.float32],
    flag: NDArray[np.uint8],
    row_of: NDArray[np.uint16],
    base: NDArray[np.int64],
    spacing_m: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> march.Front:
    """A front that has arrived nowhere yet."""
    dx_m, dy_m = (side_m.astype(np.float32) for side_m in spacing_m)
    return march.Front(cost, np.full(cost.size, np.inf, np.float32), flag, row_of, base, dx_m, dy_m)


def _front_on_cells(sea: PaddedTerrain) -> march.Front:
    """A front on the cells themselves."""
    layout = sea.layout
    flag = np.zeros(layout.size, np.uint8)
    march.open_sides(sea.cells.cost, layout.padded_rows, flag)
    return _front(sea.cells.cost, flag, layout.row_of, layout.base, layout.spacing_m)


def _queue(front: march.Front, cells: NDArray[np.int64], values: NDArray[np.float32]) -> Buckets:
    """The queue of a front that starts from cells with known values."""
    sides_m = np.concatenate([front.dx_m, front.dy_m])
    queue = Buckets(front.cost, float(sides_m.max()), float(sides_m.min()), float(values.max()))
    seed(queue.queue, front.value, front.flag, cells, values)
    return queue


def _second_order(
    sea: PaddedTerrain,
    cells: NDArray[np.int64],
    values: NDArray[np.float32],
    threads: int,
) -> NDArray[np.float32]:
    """A march that is quick finds the order, on cells twice as large; the second-order one follows a batch behind.

    Where that order turns out wrong too often, as in channels of one cell, both begin again with an order that is found
    on the cells themselves.
    """
    follower = _Follower(sea, cells, values, gives_up=True)
    if not _follow(_Guide.on_large_cells(sea, cells, values), follower, threads):
        follower = _Follower(sea, cells, values, gives_up=False)
        _follow(_Guide.on_cells(sea, cells, values), follower, threads)
    return follower.finish()


def _follow(guide: _Guide, follower: _Follower, threads: int) -> bool:
    """Whether the follower computed all that the guide announced, and did not give up."""
    if threads < 2:
        while (batch := guide.next_batch()) is not None:
            if not follower.update(*batch):
                return False
        return True
    keeps_up = True
    with ThreadPoolExecutor(1) as other:
        # a batch's buffer is used again after two more: by then its update has ended
        running: list[Future[bool]] = []
        while keeps_up and (batch := guide.next_batch()) is not None:
            running.append(other.submit(follower.update, *batch))
            if len(running) >= _Guide.BUFFERS - 1:
                keeps_up = running.pop(0).result()
        return all([keeps_up, *(rest.result() for rest in running)])


class _Follower:
    """The second-order field of a layout, computed in the order that a guide announces."""

    def __init__(
        self,
        sea: PaddedTerrain,
        cells: NDArray[np.int64],
        values: NDArray[np.float32],
        *,
        gives_up: bool,
    ) -> None:
        self._gives_up = gives_up
        layout, cost = sea.layout, sea.cells.cost
        dx_m, dy_m = layout.spacing_m
        sides_m = (side_m.astype(np.float32) for side_m in (dx_m, dy_m, np.hypot(dx_m, dy_m)))
        value = np.full(layout.size, np.inf, np.float32)
        flag = np.zeros(layout.size, np.uint8)
        self._open, even = lines.mark_uneven(
            cost, layout.padded_rows, flag, second_order.UNEVEN, second_order.BESIDE_WALL
        )
        self._free_again = even // _EVEN_AN_AGAIN if gives_up else self._open // _OPEN_AN_AGAIN
        np.minimum.at(value, cells, values)
        flag[cells] |= second_order.NEAR_SOURCE
        self._field = second_order.Field(cost, value, flag, layout.base, *sides_m)
        self._late = second_order.Late.none()

    def update(self, cells: NDArray[np.int64], m: int) -> bool:
        """T of the first ``m`` cells of a batch; False where it gives up, because too many must be lowered again.

        Past the first half of the sea it goes on: to begin again would take longer.
        """
        done = 0
        while (done := second_order.update(self._field, self._late, cells, done, m, self._free_again)) < m:
            self._late = self._late.with_room()
        late = self._late.state[0]
        return not (self._gives_up and late["in_heap"] > 0 and late["visits"] < 0.75 * self._open)

    def finish(self) -> NDArray[np.float32]:
        """T of all cells, when what waited has been lowered."""
        while not second_order.lower(self._field, self._late, np.iinfo(np.int64).max):
            self._late = self._late.with_room()
        value = self._field.value
        value[value == second_order.NOT_REACHED] = np.inf
        return value


class _Guide:
    """Announces the cells of a layout, batch by batch, in an order that is nearly that of T."""

    BUFFERS = 3

    def __init__(self, march_on: Callable[..., int], front: march.Front, queue: Buckets, fine: Layout) -> None:
        self._march, self._front, self._queue = march_on, front, queue
        self._limit = min(max(fine.size // 32, _MIN_BATCH), _MAX_BATCH)
        room = 2 * self._limit + 4 * PIECE + 64
        self._announced = [march.Announced.room(fine.base, room) for _ in range(2)]
        self._sorted = [np.empty(room, np.int64) for _ in range(self.BUFFERS)]
        self._bins = np.empty(self._limit // 2 + 2, np.int32)
        self._kept, self._turn, self._ended = 0, 0, False

    @classmethod
    def on_large_cells(cls, sea: PaddedTerrain, cells: NDArray[np.int64], values: NDArray[np.float32]) -> _Guide:
        """By a first-order T on cells twice as large."""
        fine = sea.layout
        base, lengths = fine.halved()
        cost, flag = np.empty(int(lengths.sum()), np.float32), np.empty(int(lengths.sum()), np.uint8)
        march.coarsen(sea.cells.cost, fine.base, base, lengths, cost, flag)
        row_of = np.repeat(np.arange(lengths.size, dtype=np.uint16), lengths)
        dx_m, dy_m = (side_m[::2] + side_m[1::2] for side_m in fine.spacing_m)
        front = _front(cost, flag, row_of, base, (dx_m, dy_m))
        rows = np.searchsorted(fine.base + fine.west, cells, side="right") - 1
        above = base[rows // 2] + (cells - fine.base[rows]) // 2
        return cls(march.march, front, _queue(front, above, values), fine)

    @classmethod
    def on_cells(cls, sea: PaddedTerrain, cells: NDArray[np.int64], values: NDArray[np.float32]) -> _Guide:
        """By what straight steps from cell to cell cost."""
        front = _front_on_cells(sea)
        return cls(march.march_by_steps, front, _queue(front, cells, values), sea.layout)

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
            n = self._march(self._front, queue.queue, self._announced[0], n, wanted)
        out = self._sorted[self._turn % self.BUFFERS]
        m, self._kept = march.sort_by_key(self._announced[0], n, queue.front, self._bins, out, self._announced[1])
        self._announced.reverse()
        self._turn += 1
        self._ended = not queue.waiting
        return out, m

    def _grow(self, room: int) -> None:
        """More room where many cells wait for the front."""
        if self._announced[0].keys.size < room:
            self._announced = [announced.longer(2 * room) for announced in self._announced]
            self._sorted = [np.empty(2 * room, np.int64) for _ in self._sorted]
