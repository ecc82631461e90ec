"""The seas that are routed over: a made one, the same at every resolution, and the real Caspian cost surface.

Every sea gives its cost on two kinds of frame of as many cells. `Grid` is the router's lon/lat raster with the metric
of the ellipsoid. `Sheet` is a raster of square cells on the ellipsoidal Mercator plane, for peers that know no other
metric: the projection is conformal, so the friction times the true side of each cell is the same problem, exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Proj
from scipy import ndimage
from scipy.interpolate import BSpline
from scipy.optimize import brentq
from scipy.special import expit

from transcaspian.core.grid import GEOD, Grid, metric_m

Floats = NDArray[np.float32]
LonLat = tuple[float, float]

STUDY = Path(__file__).parents[1] / "studies" / "trans_caspian.toml"
MERCATOR = Proj(proj="merc", ellps="WGS84")
_EQUATOR_DEG_M = GEOD.a * np.pi / 180
_CHUNK_ROWS = 256


class Frame(Protocol):
    """What `Grid` and `Sheet` have in common."""

    rows: int
    cols: int

    def to_rowcol(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]: ...

    def to_lonlat(self, row: ArrayLike, col: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]: ...


class Sea(Protocol):
    """Friction per metre at any place, NaN where closed, with two far ends in open water."""

    name: str
    source: LonLat
    target: LonLat

    def grid(self, cells: float) -> Grid: ...

    def cost(self, frame: Frame, out: Floats | None = None, *, closed: bool = True) -> Floats: ...


@dataclass(frozen=True)
class Sheet:
    """Square cells on the ellipsoidal Mercator plane; row 0 is the northernmost.

    Attributes
    ----------
    west_m, north_m
        Outer edges, metres of the plane.
    step_m
        Side of a cell, metres of the plane (true only on the equator; see `side_m`).
    """

    west_m: float
    north_m: float
    step_m: float
    rows: int
    cols: int

    @classmethod
    def like(cls, grid: Grid, centre: LonLat) -> Sheet:
        """A sheet over a grid, with about as many cells, and with a cell centre at the given point."""
        west, north = MERCATOR(grid.west_deg, grid.north_deg)
        east, south = MERCATOR(grid.east_deg, grid.south_deg)
        step = float(np.sqrt((east - west) * (north - south) / (grid.rows * grid.cols)))
        x, y = MERCATOR(*centre)
        before, above = np.ceil((x - west) / step - 0.5), np.ceil((north - y) / step - 0.5)
        west, north = x - (before + 0.5) * step, y + (above + 0.5) * step
        return cls(west, north, step, int(np.ceil((north - south) / step)), int(np.ceil((east - west) / step)))

    @property
    def shape(self) -> tuple[int, int]:
        """``(rows, cols)``."""
        return self.rows, self.cols

    @cached_property
    def side_m(self) -> NDArray[np.float64]:
        """True length of a cell's side in each row, metres."""
        _, lat = self.to_lonlat(np.arange(self.rows), np.zeros(self.rows))
        true_m, _ = metric_m(lat, 1.0)
        return true_m / _EQUATOR_DEG_M * self.step_m

    def to_rowcol(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        """Fractional ``(row, col)``; a cell's centre has whole numbers."""
        x, y = MERCATOR(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
        return (self.north_m - y) / self.step_m - 0.5, (x - self.west_m) / self.step_m - 0.5

    def to_lonlat(self, row: ArrayLike, col: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        """``(lon, lat)`` in degrees of fractional ``(row, col)``."""
        x = self.west_m + (np.asarray(col, float) + 0.5) * self.step_m
        y = self.north_m - (np.asarray(row, float) + 0.5) * self.step_m
        lon, lat = MERCATOR(x, y, inverse=True)
        return lon, lat

    def per_cell(self, cost_per_m: Floats) -> tuple[Floats, float]:
        """Cost of one cell's side relative to the mean side, and that mean in metres."""
        unit_m = float(self.side_m.mean())
        return cost_per_m * (self.side_m / unit_m).astype(np.float32)[:, None], unit_m

    def plane(self) -> tuple[Grid, float]:
        """A lon/lat grid with the sheet's cells that is a plane within 0.01 %, and the side of its cells in metres.

        It is tiny and lies at the latitude where a degree east is as long as a degree north: there our own solver,
        tracer and prices work on the plane as on the ellipsoid.
        """
        lat_deg = _latitude_of_squares()
        step_deg = 0.05 / max(self.shape)
        grid = Grid(0.0, lat_deg + self.rows / 2 * step_deg, step_deg, self.rows, self.cols)
        return grid, float(grid.spacing_m()[0].mean())


def axes(frame: Frame, rows: ArrayLike, cols: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Latitudes of fractional rows and longitudes of fractional columns, degrees."""
    rows, cols = np.asarray(rows, float), np.asarray(cols, float)
    return frame.to_lonlat(rows, np.zeros_like(rows))[1], frame.to_lonlat(np.zeros_like(cols), cols)[0]


AnyFrame = TypeVar("AnyFrame", Grid, Sheet)


@cache
def _latitude_of_squares() -> float:
    """Where a step east on WGS84 is as long as a step north, degrees."""

    def excess(lat_deg: float) -> float:
        east_m, north_m = metric_m(lat_deg, 1.0)
        return float(east_m - north_m)

    return float(brentq(excess, 0.0, 45.0))


def finer(frame: AnyFrame, factor: int) -> AnyFrame:
    """The same frame with each cell cut into ``factor × factor``."""
    shape = frame.rows * factor, frame.cols * factor
    if isinstance(frame, Sheet):
        return Sheet(frame.west_m, frame.north_m, frame.step_m / factor, *shape)
    return Grid(frame.west_deg, frame.north_deg, frame.step_deg / factor, *shape)


def finer_cost(sea: Sea, frame: AnyFrame, cost: Floats, factor: int) -> Floats:
    """The friction of the sea on a finer frame, closed in just the cells that are closed on this one.

    So what a solver is judged by is how well it solves the sea that it was given, not how that was cut into cells.
    """
    fine = sea.cost(finer(frame, factor), closed=False)
    for row in range(frame.rows):
        fine[row * factor : (row + 1) * factor, np.repeat(np.isnan(cost[row]), factor)] = np.nan
    return fine


def cost_in_chunks(frame: Frame, out: Floats | None, chunk: Callable[[int, int], Floats]) -> Floats:
    """Fill a cost a few hundred rows at a time; ``out`` may be a memory map."""
    cost = np.empty((frame.rows, frame.cols), np.float32) if out is None else out
    for first in range(0, frame.rows, _CHUNK_ROWS):
        last = min(first + _CHUNK_ROWS, frame.rows)
        cost[first:last] = chunk(first, last)
    return cost


class Surface:
    """A smooth random surface of zero mean and unit variance on a rectangle: a cubic spline over a lattice of noise."""

    def __init__(self, bounds: tuple[float, float, float, float], scales: tuple[float, ...], seed: int) -> None:
        """Scales in nodes of the lattice, which lie 0.08° apart (7 to 9 km)."""
        self.bounds = west, south, east, north = bounds
        shape = round((north - south) / 0.08) + 3, round((east - west) / 0.08) + 3
        random = np.random.default_rng(seed)
        total = np.zeros(shape)
        for scale in scales:
            rough = ndimage.gaussian_filter(random.normal(size=shape), scale, mode="wrap")
            total += rough / rough.std() * scale**0.5
        self.nodes = ((total - total.mean()) / total.std()).astype(np.float32)

    def __call__(self, lat_deg: NDArray[Any], lon_deg: NDArray[Any]) -> Floats:
        """Values at every latitude by every longitude; the edge's values outside the rectangle."""
        west, south, east, north = self.bounds
        rows = self._weights((lat_deg - south) / (north - south), self.nodes.shape[0])
        cols = self._weights((lon_deg - west) / (east - west), self.nodes.shape[1])
        return (rows @ self.nodes) @ cols.T

    @staticmethod
    def _weights(share: NDArray[Any], nodes: int) -> Floats:
        knots = np.arange(-3, nodes + 1) / (nodes - 3)
        inside = np.clip(share, 0, 1 - 1e-9)
        return BSpline.design_matrix(inside, knots, 3).toarray().astype(np.float32)


class MadeSea:
    """Friction 1…100 with structure of 10–100 km, no-go zones over 36 % of the rectangle; the same at every resolution.

    A cell is closed when its centre lies in a closed zone.

    Attributes
    ----------
    contrast
        Highest friction over lowest.
    land_scales
        Scales of the closed zones, see `Surface`.
    closed_share
        Of the rectangle.
    """

    name = "caspian-like"
    bounds = (47.0, 38.0, 54.0, 47.0)
    contrast = 100.0
    land_scales: tuple[float, ...] = (3.0, 6.0)
    closed_share = 0.36

    def __init__(self, seed: int = 1) -> None:
        self.name = self.name if seed == 1 else f"{self.name} {seed}"
        self._friction = Surface(self.bounds, (1.2, 2.5, 5.0), seed)
        self._land = Surface(self.bounds, self.land_scales, seed + 1)
        lat, lon = self._coarse_axes()
        heights = self._heights(lat, lon)
        self._shore = self._shore_of(heights)
        self.source, self.target = self._far_ends(lat, lon, heights < self._shore)

    def grid(self, cells: float) -> Grid:
        """A grid of about so many cells over the sea."""
        west, south, east, north = self.bounds
        step_deg = ((east - west) * (north - south) / cells) ** 0.5
        return Grid(west, north, step_deg, round((north - south) / step_deg), round((east - west) / step_deg))

    def cost(self, frame: Frame, out: Floats | None = None, *, closed: bool = True) -> Floats:
        """Friction per metre, ``(rows, cols)``, NaN where closed; without the closed zones when asked."""

        def chunk(first: int, last: int) -> Floats:
            lat, lon = axes(frame, np.arange(first, last), np.arange(frame.cols))
            friction = np.float32(self.contrast) ** expit(np.float32(1.7) * self._friction(lat, lon))
            if closed:
                friction[self._heights(lat, lon) >= self._shore] = np.nan
            return friction

        return cost_in_chunks(frame, out, chunk)

    def _shore_of(self, heights: Floats) -> float:
        """Height from which on the sea is closed."""
        return float(np.quantile(heights, 1 - self.closed_share))

    def _heights(self, lat: NDArray[Any], lon: NDArray[Any]) -> Floats:
        """Height of the land, without a unit; it rises toward the rectangle's edges and is above all outside."""
        west, south, east, north = self.bounds

        def rise(share: NDArray[Any]) -> Floats:
            return np.where((share < 0) | (share > 1), 1e9, 6 * np.abs(2 * share - 1) ** 24).astype(np.float32)

        return (
            self._land(lat, lon) + rise((lat - south) / (north - south))[:, None] + rise((lon - west) / (east - west))
        )

    def _coarse_axes(self) -> tuple[NDArray[Any], NDArray[Any]]:
        west, south, east, north = self.bounds
        return north - (np.arange(450) + 0.5) * (north - south) / 450, west + (np.arange(350) + 0.5) * (
            east - west
        ) / 350

    @staticmethod
    def _far_ends(lat: NDArray[Any], lon: NDArray[Any], is_open: NDArray[np.bool_]) -> tuple[LonLat, LonLat]:
        """Two places in the largest water, ten kilometres and more from its shore, in the north-west and south-east."""
        waters, _ = ndimage.label(is_open)
        largest = waters == np.argmax(np.bincount(waters.ravel())[1:]) + 1
        row, col = np.nonzero(ndimage.binary_erosion(largest, iterations=6))
        ends = [int(np.argmin(row + col)), int(np.argmax(row + col))]
        first, second = ((float(lon[col[i]]), float(lat[row[i]])) for i in ends)
        return first, second


class Archipelago(MadeSea):
    """As the first, with islands and straits of some kilometres all over it."""

    name = "archipelago"
    land_scales = (0.8, 1.2)
    closed_share = 0.3


class Contrast(MadeSea):
    """As the first, with a friction of 1…10,000."""

    name = "contrast"
    contrast = 1e4


class Walled(MadeSea):
    """A sea whose closed zones are drawn, not made by lot."""

    def _shore_of(self, heights: Floats) -> float:
        return 0.5


class Serpentine(Walled):
    """Walls across the rectangle from alternate sides, and the friction of the first sea between them."""

    name = "serpentine"
    wall_deg, gap_deg, between_deg = 0.04, 0.12, 0.5

    def _heights(self, lat: NDArray[Any], lon: NDArray[Any]) -> Floats:
        """2 outside, 1 in the walls, else 0."""
        west, south, east, north = self.bounds
        number, within = np.divmod(lat - south - 0.1, self.between_deg)
        is_open = np.where(number[:, None] % 2 == 0, lon < east - self.gap_deg, lon > west + self.gap_deg)
        walls = (within < self.wall_deg)[:, None] & is_open
        inside = ((lat > south) & (lat < north))[:, None] & ((lon > west) & (lon < east))
        return np.where(inside, walls, 2).astype(np.float32)


class Even(Walled):
    """Open water of one friction: what a field should be is the geodesic, which no solver has made."""

    name = "even"
    contrast = 1.0

    def _heights(self, lat: NDArray[Any], lon: NDArray[Any]) -> Floats:
        west, south, east, north = self.bounds
        inside = ((lat > south) & (lat < north))[:, None] & ((lon > west) & (lon < east))
        return np.where(inside, 0, 2).astype(np.float32)

    def exact(self, frame: Frame) -> Floats:
        """Cost from the source at every centre."""
        lat, lon = axes(frame, np.arange(frame.rows), np.arange(frame.cols))
        lat, lon = np.broadcast_arrays(lat[:, None], lon)
        first = (np.full(lat.shape, place) for place in self.source)
        return GEOD.inv(*first, lon, lat)[2].astype(np.float32)


class Caspian:
    """The cost surface that the study's run is routed over, modelled once at a given step.

    On another frame, a cell has the friction of the model's cell that holds its centre.
    """

    name = "caspian"
    source = (50.05, 40.75)
    target = (50.9, 43.6)

    def __init__(self, study: Path = STUDY) -> None:
        self._study = study
        self._grid: Grid | None = None
        self._cost = np.empty((0, 0), np.float32)

    def grid(self, cells: float) -> Grid:
        """The study's grid at the whole fraction of its step that comes nearest to so many cells."""
        from transcaspian.runs.stages.inputs import RunSettings
        from transcaspian.runs.stages.model_seabed import model_bed, price_bed
        from transcaspian.runs.stages.read_inputs import read_inputs
        from transcaspian.study import load_study

        area = load_study(self._study).area
        own = area.grid()
        parts = max(1, round((cells / (own.rows * own.cols)) ** 0.5))
        if self._grid is None or self._grid.rows != own.rows * parts:
            step = {"area.grid_step_arcsec": area.grid_step_arcsec / parts}
            inputs = read_inputs(RunSettings(self._study, overrides=step))
            bed = model_bed(inputs)
            self._grid, self._cost = bed.grid, price_bed(inputs, bed).friction_cost
        return self._grid

    def cost(self, frame: Frame, out: Floats | None = None, *, closed: bool = True) -> Floats:
        """Friction per metre, ``(rows, cols)``, NaN where closed; if not asked for, the nearest open cell's."""
        model = self._grid
        if model is None:
            raise RuntimeError("the sea has no grid yet: call `grid` first")
        friction = self._cost if closed else self._everywhere()

        def chunk(first: int, last: int) -> Floats:
            lat, lon = axes(frame, np.arange(first, last), np.arange(frame.cols))
            row, col = model.to_rowcol(lon[0], lat)[0], model.to_rowcol(lon, lat[0])[1]
            return friction[_nearest(row, model.rows)[:, None], _nearest(col, model.cols)]

        return cost_in_chunks(frame, out, chunk)

    def _everywhere(self) -> Floats:
        """The friction of the nearest open cell in closed ones."""
        row, col = ndimage.distance_transform_edt(np.isnan(self._cost), return_distances=False, return_indices=True)
        return self._cost[row, col]


def _nearest(position: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Index of the cell that holds a place on an axis; of the last cell outside."""
    return np.clip(np.floor(position + 0.5), 0, count - 1).astype(np.int64)


@dataclass(frozen=True)
class Case:
    """A sea on a grid and on a sheet of as many cells."""

    sea: Sea
    grid: Grid
    sheet: Sheet

    @classmethod
    def of(cls, sea: Sea, cells: float) -> Case:
        """The case of about so many cells."""
        grid = sea.grid(cells)
        return cls(sea, grid, Sheet.like(grid, sea.source))


MADE: dict[str, Callable[[int], Sea]] = {kind.name: kind for kind in (MadeSea, Archipelago, Contrast, Serpentine)}
"""Kinds of sea that are made from a seed."""
SEAS: dict[str, Callable[[], Sea]] = {kind.name: kind for kind in (MadeSea, Archipelago, Contrast, Serpentine, Even)}
SEAS[Caspian.name] = Caspian
