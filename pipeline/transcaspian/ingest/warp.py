"""A grid in a projection, or on another datum, brought to longitudes and latitudes by a named operation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError
from transcaspian.core.grid import GEOD, strips_of
from transcaspian.ingest.datums import Operation
from transcaspian.ingest.limits import check_cells
from transcaspian.ingest.window import Bounds, Nodes
from transcaspian.sources.datafile import Limits

Floats = NDArray[np.float64]

Sample = Callable[[Nodes, Floats, Floats, Floats], Floats]

EDGE_POINTS = 101
ROWS_AT_ONCE = 256
DEGREE_M = 111_320.0


def bounds_in(path: Path, bounds: Bounds, operation: Operation) -> Bounds:
    """The extent of an area in the CRS of a file.

    Raises
    ------
    IngestError
        When the CRS has no place there.
    """
    return _extent(path, bounds, operation.from_wgs84)


def _extent(path: Path, bounds: Bounds, move: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> Bounds:
    left, low, right, high = bounds
    along = np.linspace(0.0, 1.0, EDGE_POINTS)
    at_x, at_y = np.meshgrid(left + along * (right - left), low + along * (high - low))
    x, y = move(at_x.ravel(), at_y.ravel())
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        raise IngestError(f"{path}: its CRS has no place in the study's area: correct the CRS, or give another file")
    return float(x[known].min()), float(y[known].min()), float(x[known].max()), float(y[known].max())


def warped(path: Path, nodes: Nodes, operation: Operation, limits: Limits, sample: Sample | None = None) -> Nodes:
    """The values on a lon/lat grid of like resolution, bilinear; what the source does not cover is NaN.

    Where some of the four nodes around a place have no data the others share their weight, if the nearest has data.

    Parameters
    ----------
    path, limits
        Of the file.
    nodes
        In the CRS of the file.
    operation
        From there to WGS 84.
    sample
        Takes values at places; None: `bilinear`.

    Raises
    ------
    IngestError
        When the grid would be larger than the limits.
    """
    sample = sample or bilinear
    span = (nodes.x[0], nodes.y[-1], nodes.x[-1], nodes.y[0])
    west, south, east, north = _extent(path, span, operation.to_wgs84)
    lon_step, lat_step = steps_deg(nodes, operation)
    cols, rows = int((east - west) / lon_step) + 1, int((north - south) / lat_step) + 1
    check_cells(path, rows, cols, limits)
    lon = np.asarray(west + lon_step * np.arange(cols), float)
    lat = np.asarray(north - lat_step * np.arange(rows), float)
    grids = [nodes.values] if nodes.error is None else [nodes.values, nodes.error]
    found = [np.full((rows, cols), np.nan) for _ in grids]
    for part in strips_of(rows, ROWS_AT_ONCE):
        at_lon, at_lat = np.meshgrid(lon, lat[part])
        x, y = operation.from_wgs84(at_lon, at_lat)
        for grid, target in zip(grids, found, strict=True):
            target[part] = sample(nodes, grid, np.asarray(x), np.asarray(y))
    return Nodes(lon, lat, found[0], found[1] if len(found) > 1 else None)


def steps_deg(nodes: Nodes, operation: Operation) -> tuple[float, float]:
    """The steps of a grid in degrees of longitude and latitude, at its middle."""
    x, y = (axis[axis.size // 2 - 1 : axis.size // 2 + 1] for axis in (nodes.x, nodes.y))
    lon, lat = operation.to_wgs84(np.array([x[0], x[1], x[0]]), np.array([y[0], y[0], y[1]]))
    _, _, side_m = GEOD.inv([lon[0], lon[0]], [lat[0], lat[0]], lon[1:], lat[1:])
    return side_m[0] / (DEGREE_M * float(np.cos(np.radians(lat[0])))), side_m[1] / DEGREE_M


def _places(nodes: Nodes, x: Floats, y: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Fractional row and column of places, and which lie among the nodes."""
    col = (x - nodes.x[0]) / (nodes.x[-1] - nodes.x[0]) * (nodes.x.size - 1)
    row = (nodes.y[0] - y) / (nodes.y[0] - nodes.y[-1]) * (nodes.y.size - 1)
    slack = 1e-6  # positions come back from a projection as exactly
    inside = (col >= -slack) & (col <= nodes.x.size - 1 + slack) & (row >= -slack) & (row <= nodes.y.size - 1 + slack)
    row = np.clip(np.where(inside, row, 0.0), 0, nodes.y.size - 1)
    return row, np.clip(np.where(inside, col, 0.0), 0, nodes.x.size - 1), inside


def nearest(nodes: Nodes, grid: Floats, x: Floats, y: Floats) -> Floats:
    """Values at places, each of the nearest node; see `bilinear`.

    Parameters
    ----------
    nodes
        Axes of the values.
    grid
        Values at the nodes, shape ``(len(y), len(x))``.
    x, y
        Places in the CRS of the nodes, of one shape.

    Returns
    -------
    ndarray
        NaN outside the nodes.
    """
    row, col, inside = _places(nodes, x, y)
    return np.where(inside, grid[np.rint(row).astype(int), np.rint(col).astype(int)], np.nan)


def bilinear(nodes: Nodes, grid: Floats, x: Floats, y: Floats) -> Floats:
    """Values at places, each from the four nodes around it.

    Parameters
    ----------
    nodes
        Their axes.
    grid
        Values at the nodes.
    x, y
        The places, of one shape, in the units of the axes.
    """
    row, col, inside = _places(nodes, x, y)
    left, top = (np.minimum(at.astype(int), size - 2) for at, size in ((col, nodes.x.size), (row, nodes.y.size)))
    total, weight = np.zeros(x.shape), np.zeros(x.shape)
    for down in (0, 1):
        for right in (0, 1):
            value = grid[top + down, left + right]
            share = (1 - np.abs(row - top - down)) * (1 - np.abs(col - left - right)) * np.isfinite(value)
            total += share * np.where(np.isfinite(value), value, 0.0)
            weight += share
    known = inside & np.isfinite(grid[np.rint(row).astype(int), np.rint(col).astype(int)]) & (weight > 0)
    return np.where(known, total / np.where(known, weight, 1.0), np.nan)
