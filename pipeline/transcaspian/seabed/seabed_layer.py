"""One seabed on its own nodes: depth, error, and how much it counts near its edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from transcaspian.core.grid import Grid, metric_m
from transcaspian.seabed.sampling import sample_at, smooth_at

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

FULL = 255
"""Weight of a node that counts whole; weights are kept in a byte."""
NARROW_SHARE = 0.5
"""Of the distance of the middle of a strip from its edge: no seam is wider."""


class Sampled(NamedTuple):
    """What a seabed says of places: depth, one standard error and weight (0 to 1), of their shape; NaN is no data."""

    depth_m: Floats
    error_m: Floats
    weight: Floats


@dataclass(frozen=True)
class SeabedLayer:
    """A seabed on its nodes.

    Attributes
    ----------
    number
        Index among the seabeds of the study in their order.
    lon_deg, lat_deg
        Nodes, equally spaced; longitudes ascend, latitudes descend.
    depth_m
        Below the declared water level, positive down, negative where the bed lies above it; float32, shape
        ``(len(lat_deg), len(lon_deg))``; NaN is no data.
    error_m
        One standard error, of the same shape.
    weight
        uint8, 0 to `FULL`: how much it counts against what lies below it.
    resolution_m
        Spacing of its data.
    """

    number: int
    lon_deg: Floats
    lat_deg: Floats
    depth_m: Singles
    error_m: Singles
    weight: NDArray[np.uint8]
    resolution_m: float

    @property
    def step_deg(self) -> float:
        """Spacing of the nodes, the coarser of the two directions."""
        return float(max(abs(self.lon_deg[1] - self.lon_deg[0]), abs(self.lat_deg[1] - self.lat_deg[0])))

    def is_finer_than(self, grid: Grid) -> bool:
        """Whether it has several nodes in a cell."""
        return grid.is_coarser_than(self.step_deg)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """``(west, south, east, north)`` of the nodes, degrees."""
        return float(self.lon_deg[0]), float(self.lat_deg[-1]), float(self.lon_deg[-1]), float(self.lat_deg[0])

    def is_near(self, lon_deg: Floats, lat_deg: Floats) -> bool:
        """Whether one of some places may lie in it."""
        west, south, east, north = self.bounds
        margin = self.step_deg
        in_lon = (lon_deg >= west - margin) & (lon_deg <= east + margin)
        return bool((in_lon & (lat_deg >= south - margin) & (lat_deg <= north + margin)).any())

    def at(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> Sampled:
        """What it says of places: depth without kinks, the rest bilinear; one whose nearest node has no data has none.

        Parameters
        ----------
        lon_deg, lat_deg
            Degrees, of one shape.
        """
        col = (np.asarray(lon_deg, float) - self.lon_deg[0]) / (self.lon_deg[1] - self.lon_deg[0])
        row = (np.asarray(lat_deg, float) - self.lat_deg[0]) / (self.lat_deg[1] - self.lat_deg[0])
        depth_m = smooth_at(self.depth_m, row, col)
        error_m, weight = (sample_at(values, row, col) for values in (self.error_m, self.weight))
        known = np.isfinite(depth_m)
        return Sampled(depth_m, error_m, np.where(known, np.nan_to_num(weight) / FULL, 0.0))


def feathered(known: NDArray[np.bool_], spacing_m: tuple[float, float], width_m: float, open_ends: ArrayLike) -> Floats:
    """Weights that rise from 0 at the edge of what is known to 1 at a distance inside it, smoothly; shape of ``known``.

    In a piece that is narrow the seam is at most `NARROW_SHARE` of what its middle is away from the edge, so that the
    middle counts whole.

    Parameters
    ----------
    known
        ``(rows, cols)``: where there is data.
    spacing_m
        Of rows and of columns, metres.
    width_m
        Of the seam; 0: none.
    open_ends
        Whether the data goes on beyond the first row, the last row, the first column and the last column, so that there
        is no edge.
    """
    ends = np.asarray(open_ends, bool).reshape(2, 2)
    if width_m <= 0 or (known.all() and ends.all()):
        return known.astype(float)
    away_m = ndimage.distance_transform_edt(np.pad(known, np.where(ends, 0, 1)), sampling=spacing_m)
    away_m = away_m[tuple(slice(None if a else 1, None if b else -1) for a, b in ends)]
    pieces, count = ndimage.label(known, structure=np.ones((3, 3)))
    middle_m = np.zeros(count + 1)
    np.maximum.at(middle_m, pieces.ravel(), away_m.ravel())
    seam_m = np.minimum(width_m, NARROW_SHARE * middle_m)[pieces]
    # a node at the edge lies one step inside what has no data
    share = np.clip(np.divide(away_m, seam_m, out=np.zeros(known.shape), where=seam_m > 0), 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


class OnGrid(NamedTuple):
    """A seabed on the grid of the study, each of shape ``grid.shape``; ``weight`` 0 where it has no data."""

    depth_m: Floats
    error_m: Floats
    weight: Floats


def on_grid(layer: SeabedLayer, grid: Grid) -> OnGrid:
    """Means over the cells of a grid, of a seabed at least as fine as it.

    Depths and errors are means of the nodes in the cell by their weights; the weight of the cell is that of its nodes
    over all nodes that it has room for, so that a cell covered by half counts half.

    Parameters
    ----------
    layer
        Its nodes are as dense as the cells, or denser.
    grid
        Of the study.
    """
    north, west = grid.to_rowcol(layer.lon_deg[0], layer.lat_deg[0])
    south, east = grid.to_rowcol(layer.lon_deg[-1], layer.lat_deg[-1])
    rows = _cells(float(north), float(south), layer.lat_deg.size, grid.rows)
    cols = _cells(float(west), float(east), layer.lon_deg.size, grid.cols)
    known = np.isfinite(layer.depth_m)
    weight = np.where(known, layer.weight, 0).astype(np.float32)

    def on_cells(values: Singles) -> Floats:
        of_rows = np.add.reduceat(values, rows.begins, axis=0, dtype=float)
        cells = np.zeros(grid.shape)
        sums = np.add.reduceat(of_rows, cols.begins, axis=1)
        cells[np.ix_(rows.cells[rows.inside], cols.cells[cols.inside])] = sums[np.ix_(rows.inside, cols.inside)]
        return cells

    total = on_cells(weight)
    depth_m, error_m = (
        np.divide(
            on_cells(np.where(known, np.nan_to_num(values), np.float32(0)) * weight),
            total,
            out=np.full(grid.shape, np.nan),
            where=total > 0,
        )
        for values in (layer.depth_m, layer.error_m)
    )
    room = np.full(grid.shape, np.inf)
    room[np.ix_(rows.cells[rows.inside], cols.cells[cols.inside])] = FULL * np.outer(
        rows.room[rows.inside], cols.room[cols.inside]
    )
    return OnGrid(depth_m, error_m, total / room)


class _Cells(NamedTuple):
    """Cells along an axis that nodes lie in, where the nodes of each begin, which lie on the grid.

    ``room``: how many nodes each has room for.
    """

    cells: NDArray[np.intp]
    begins: NDArray[np.intp]
    inside: NDArray[np.intp]
    room: NDArray[np.intp]


def _cells(first: float, last: float, count: int, cells: int) -> _Cells:
    """Cells of ``count`` nodes from one fractional row or column to another; as many on the grid as ``cells``."""
    step = (last - first) / (count - 1)
    beyond = int(np.ceil(1.0 / step)) + 1
    places = np.floor(first + step * np.arange(-beyond, count + beyond) + 0.5).astype(int)
    index, begins = np.unique(places[beyond : beyond + count], return_index=True)
    room = np.searchsorted(places, index, side="right") - np.searchsorted(places, index, side="left")
    return _Cells(index, begins, np.flatnonzero((index >= 0) & (index < cells)), room)


def spacing_of(lat_deg: Floats, lon_deg: Floats) -> tuple[float, float]:
    """Metres between rows and between columns at the middle latitude."""
    middle = float(lat_deg[lat_deg.size // 2])
    east_m, _ = metric_m(middle, abs(float(lon_deg[1] - lon_deg[0])))
    _, north_m = metric_m(middle, abs(float(lat_deg[1] - lat_deg[0])))
    return float(north_m), float(east_m)
