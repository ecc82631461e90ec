"""The field of least cost from a source to every cell of the grid."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import GridError, NoRouteError, RoutingError
from transcaspian.core.grid import GEOD, Grid
from transcaspian.routing import _march
from transcaspian.routing._buckets import PIECE, Buckets, seed
from transcaspian.routing._descent import ISOTROPIC, Ground, ball, extremes
from transcaspian.routing._layout import Layout, fill, full_layout, whole

SOURCE_BALL_CELLS = 10
"""Greatest radius of the ball of straight rays around a source: there the field's curvature defeats differences."""
_LEAST_BALL_CELLS = 2
_EVEN_COST = 1.1
"""A ball's radius is the greatest in which the cost varies by no more than this factor: its rays are straight."""
_LEAST_BATCH, _GREATEST_BATCH = 1 << 14, 1 << 17
"""Cells announced between two hand-overs from the first to the second march."""
ALL_OPEN = np.ones((1, 1), np.bool_)


@dataclass(frozen=True)
class CostField:
    """Least cost from the nearest source.

    Attributes
    ----------
    grid
        Frame of the values.
    value
        ``(rows, cols)`` float32, in units of cost; inf at walls and where no water leads to. Never NaN.
    sources_lonlat
        ``((lon, lat), ...)`` in degrees, exactly as given.
    """

    grid: Grid
    value: NDArray[np.float32]
    sources_lonlat: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Terrain:
    """A grid with its cost as the kernels take it: flat, float32, every wall inf."""

    grid: Grid
    ground: Ground

    def is_open(self, row: int, col: int) -> bool:
        """Whether a cell can be entered."""
        rows = self.ground.rows
        stored = rows.west[row] <= col < rows.east[row]
        return bool(stored and self.ground.cost[rows.base[row] + col] < np.inf)

    def index_at(self, lon: float, lat: float) -> int:
        """Flat index of the stored cell that holds a point."""
        row, col = cell_of(self.grid, *(float(v) for v in self.grid.to_rowcol(lon, lat)))
        return int(self.ground.rows.base[row] + col)


@dataclass(frozen=True)
class PaddedTerrain(Terrain):
    """A terrain that the solver can march on."""

    layout: Layout


def terrain(grid: Grid, cost_per_m: NDArray[np.floating]) -> Terrain:
    """A whole cost, checked as by `checked_cost`."""
    return as_terrain(grid, checked_cost(grid, cost_per_m))


def as_terrain(grid: Grid, checked: NDArray[np.float32]) -> Terrain:
    """A cost that `checked_cost` has made; nothing is copied."""
    return Terrain(grid, Ground(checked.ravel(), ISOTROPIC, whole(grid), *grid.spacing_m()))


def checked_cost(grid: Grid, cost_per_m: NDArray[np.floating]) -> NDArray[np.float32]:
    """Cost as the kernels want it: float32, C order, every wall inf.

    Raises
    ------
    GridError
        When the shape is not the grid's, a cost is zero or negative, or no cell is open.
    """
    check_shape(grid, cost_per_m)
    cost = np.array(cost_per_m, np.float32, order="C")
    cost[np.isnan(cost)] = np.inf
    row, col = np.unravel_index(int(cost.argmin()), cost.shape)
    check_lowest(float(cost[row, col]), int(row), int(col))
    return cost


def check_shape(grid: Grid, cost_per_m: NDArray[np.floating]) -> None:
    """The cost must lie on the grid."""
    if cost_per_m.shape != grid.shape:
        raise GridError(f"the cost has shape {cost_per_m.shape} and the grid {grid.shape}: make the cost on this grid")


def check_lowest(lowest: float, row: int, col: int) -> None:
    """The least cost must be positive and not a wall."""
    if lowest <= 0:
        raise GridError(
            f"the cost is {lowest:g} per metre at row {row}, column {col}: expected more than zero "
            "(mark walls by NaN or inf)"
        )
    if lowest == np.inf:
        raise GridError("no cell of the cost is open: every one is NaN or inf; check depth, shoreline and no-go areas")


def padded_terrain(
    layout: Layout,
    cost_per_m: NDArray[np.floating],
    *,
    split: int = 1,
    keep: NDArray[np.bool_] = ALL_OPEN,
    block: int = 1 << 30,
) -> PaddedTerrain:
    """Lay out a cost for the solver, in one pass over what is kept of it.

    Parameters
    ----------
    cost_per_m
        ``(rows / split, cols / split)``, per metre; NaN or inf is a wall. It may be memory-mapped.
    split
        Cells of the layout along the side of a cell of the cost.
    keep, block
        Blocks of ``block`` by ``block`` cells of the layout that are kept; the others are walls.
    """
    flat = np.full(layout.size, np.inf, np.float32)
    check_lowest(*fill(flat, layout.rows, native_floats(cost_per_m), split, keep, block))
    return PaddedTerrain(layout.grid, Ground(flat, ISOTROPIC, layout.rows, *layout.grid.spacing_m()), layout)


def native_floats(cost_per_m: NDArray[np.floating]) -> NDArray[np.floating]:
    """The same array if kernels can read it (a memory map too), else a float32 copy."""
    plain = np.asarray(cost_per_m)
    return plain if plain.dtype in (np.float32, np.float64) else plain.astype(np.float32)


def position(sea: Terrain, lon: float, lat: float, name: str) -> tuple[float, float]:
    """Fractional (row, col) of a point that must lie in an open cell.

    Raises
    ------
    RoutingError
        When the point is outside the grid.
    NoRouteError
        When its cell is a wall.
    """
    row, col = locate(sea.grid, lon, lat, name)
    if not sea.is_open(*cell_of(sea.grid, row, col)):
        raise in_a_wall(lon, lat, name)
    return row, col


def locate(grid: Grid, lon: float, lat: float, name: str) -> tuple[float, float]:
    """Fractional (row, col) of a point.

    Raises
    ------
    RoutingError
        When the point is outside the grid.
    """
    if not grid.contains(lon, lat):
        west, south, east, north = grid.bounds
        raise RoutingError(
            f"{name} at {lon:.5f} E, {lat:.5f} N is outside the grid ({west:g}…{east:g} E, {south:g}…{north:g} N): "
            "check the order of longitude and latitude, or widen the study's extent"
        )
    row, col = (float(v) for v in grid.to_rowcol(lon, lat))
    # a point exactly on the grid's outer edge belongs to the edge cell
    return min(row, grid.rows - 0.5 - 1e-9), min(col, grid.cols - 0.5 - 1e-9)


def in_a_wall(lon: float, lat: float, name: str) -> NoRouteError:
    """The error for a point whose cell cannot be entered."""
    return NoRouteError(
        f"{name} at {lon:.5f} E, {lat:.5f} N is in a wall (land, no data or no-go): move it to open water"
    )


def cell_of(grid: Grid, row: float, col: float) -> tuple[int, int]:
    """Cell that holds a fractional position, the outer edges included."""
    return min(int(np.floor(row + 0.5)), grid.rows - 1), min(int(np.floor(col + 0.5)), grid.cols - 1)


def solve(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    sources_lonlat: Sequence[tuple[float, float]],
    *,
    order: int = 2,
    threads: int = 2,
) -> CostField:
    """Least cost from the sources to every cell: the eikonal equation |∇T| = cost on the ellipsoid.

    Parameters
    ----------
    grid
        Lon/lat frame; its row-dependent spacing on WGS84 is the metric.
    cost_per_m
        ``(rows, cols)``, per metre, row 0 northernmost; NaN or inf is a wall. It may be memory-mapped: it is read once.
    sources_lonlat
        ``(lon, lat)`` in degrees, each in an open cell. Values near a source count from the point itself, not
        from its cell's centre.
    order
        2 (default) or 1. The first-order scheme is less accurate (some 3 %) but strictly monotone in the cost.
    threads
        2 (default) or 1; the values are the same.

    Raises
    ------
    GridError
        Wrong shape, a cost that is not positive, or no open cell.
    RoutingError, NoRouteError
        No source, a source outside the grid, or in a wall.
    """
    check_shape(grid, cost_per_m)
    sea = padded_terrain(full_layout(grid), cost_per_m)
    value = flat_field(sea, sources_lonlat, order=order, threads=threads)
    return CostField(
        grid,
        np.ascontiguousarray(sea.layout.inner(value)),
        tuple((float(lon), float(lat)) for lon, lat in sources_lonlat),
    )


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
    rows, cols, values = ball(sea.ground, row, col, radius)
    return sea.layout.index(rows, cols), values.astype(np.float32)


def _even_radius(sea: Terrain, row: int, col: int) -> int:
    """Radius in cells within which the cost is nearly even."""
    for radius in range(_LEAST_BALL_CELLS, SOURCE_BALL_CELLS + 1):
        low, high = extremes(sea.ground, row, col, radius)
        if high > _EVEN_COST * low:
            return max(radius - 1, _LEAST_BALL_CELLS)
    return SOURCE_BALL_CELLS


_NOTHING = np.empty(0, np.int64)


def _first_order(sea: PaddedTerrain, cells: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The monotone scheme on the cells themselves."""
    dx_m, dy_m = sea.layout.spacing_m
    value = np.full(sea.layout.size, np.inf, np.float32)
    flag = np.zeros(sea.layout.size, np.uint8)
    queue = Buckets(sea.ground.cost, max(dx_m.max(), dy_m.max()), min(dx_m.min(), dy_m.min()), float(values.max()))
    seed(queue.queue, value, flag, cells, values)
    table = _march.first_order_rows(dx_m, dy_m)
    keys = np.empty(0, np.float32)
    while queue.waiting:
        queue.make_room()
        _march.march(
            sea.ground.cost, value, flag, sea.layout.row_of, sea.layout.base, table, queue.queue,
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
    flag[cells] = _march.NEAR_SOURCE
    table = _march.second_order_rows(*layout.spacing_m)
    guide = _Guide(sea, cells, values)
    arrays = sea.ground.cost, value, flag, layout.base, table
    late = _march.Late.none()

    def march_on(batch: NDArray[np.int64], m: int) -> None:
        nonlocal late
        done = 0
        while (done := _march.update(*arrays, late, batch, done, m)) < m:
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
    while not _march.lower(*arrays, late, True):
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
        _march.coarsen(sea.ground.cost, fine.base, self._base, lengths, self._cost)
        self._row_of = np.repeat(np.arange(lengths.size, dtype=np.uint16), lengths)
        self._value = np.full(self._cost.size, np.inf, np.float32)
        self._flag = np.zeros(self._cost.size, np.uint8)
        dx_m, dy_m = (side_m[::2] + side_m[1::2] for side_m in fine.spacing_m)
        self._table = _march.first_order_rows(dx_m, dy_m)
        self._queue = Buckets(self._cost, max(dx_m.max(), dy_m.max()), min(dx_m.min(), dy_m.min()), float(values.max()))
        rows = np.searchsorted(fine.base + fine.west, cells, side="right") - 1
        above = self._base[rows // 2] + (cells - fine.base[rows]) // 2
        seed(self._queue.queue, self._value, self._flag, above, values)
        self._limit = min(max(sea.layout.size // 32, _LEAST_BATCH), _GREATEST_BATCH)
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
            n = _march.march(
                self._cost, self._value, self._flag, self._row_of, self._base, self._table, queue.queue,
                self._fine_base, self._announced[0], self._keys[0], n, wanted,
            )  # fmt: skip
        out = self._sorted[self._turn % self.BUFFERS]
        m, self._kept = _march.sort_by_key(
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


def nearest_reachable(field: CostField, lon: float, lat: float) -> tuple[float, float, float] | None:
    """Centre of the reached cell nearest to a point: ``(lon, lat, distance_km)``, or None when there is none.

    Nearest by geodesic distance on WGS84, chosen among the cells that a spherical chord ranks first.
    """
    rows, cols = np.nonzero(np.isfinite(field.value))
    if rows.size == 0:
        return None
    lons, lats = field.grid.to_lonlat(rows, cols)
    phi, phi0 = np.radians(lats), np.radians(lat)
    half_chord2 = np.sin((phi - phi0) / 2) ** 2 + np.cos(phi) * np.cos(phi0) * np.sin(np.radians(lons - lon) / 2) ** 2
    # a sphere misjudges distances by less than 0.6 %: keep all that could win, then measure on the ellipsoid
    near = np.flatnonzero(half_chord2 <= half_chord2.min() * 1.03)
    _, _, distance_m = GEOD.inv(np.full(near.size, lon), np.full(near.size, lat), lons[near], lats[near])
    best = int(np.argmin(distance_m))
    return float(lons[near[best]]), float(lats[near[best]]), float(distance_m[best]) / 1000.0
