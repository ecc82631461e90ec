"""The field of least cost from a source to every cell of the grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import GridError, NoRouteError, RoutingError
from pipeline.grid import GEOD, Grid
from pipeline.routing import _descent, _march

SOURCE_BALL_CELLS = 10
"""Radius of the ball of exact straight rays around a source: there the field's curvature defeats differences."""


@dataclass(frozen=True)
class CostField:
    """Least cost from the nearest source.

    Attributes
    ----------
    grid
        Frame of the values.
    value
        ``(rows, cols)`` float64, in units of cost; inf at walls and where no water leads to. Never NaN.
    sources_lonlat
        ``((lon, lat), ...)`` in degrees, exactly as given.
    """

    grid: Grid
    value: NDArray[np.float64]
    sources_lonlat: tuple[tuple[float, float], ...]


def checked_cost(grid: Grid, cost_per_m: NDArray[np.floating]) -> NDArray[np.float32]:
    """Cost as the kernels want it: float32, C order, every wall inf.

    Raises
    ------
    GridError
        When the shape is not the grid's, a cost is zero or negative, or no cell is open.
    """
    if cost_per_m.shape != grid.shape:
        raise GridError(f"the cost has shape {cost_per_m.shape} and the grid {grid.shape}: make the cost on this grid")
    cost = np.array(cost_per_m, np.float32, order="C")
    cost[np.isnan(cost)] = np.inf
    lowest = float(cost.min())
    if lowest <= 0:
        row, col = np.unravel_index(int(cost.argmin()), cost.shape)
        raise GridError(
            f"the cost is {lowest:g} per metre at row {row}, column {col}: expected more than zero "
            "(mark walls by NaN or inf)"
        )
    if lowest == np.inf:
        raise GridError("no cell of the cost is open: every one is NaN or inf; check depth, shoreline and no-go areas")
    return cost


def position(grid: Grid, cost: NDArray[np.float32], lon: float, lat: float, name: str) -> tuple[float, float]:
    """Fractional (row, col) of a point that must lie in an open cell.

    Raises
    ------
    RoutingError
        When the point is outside the grid.
    NoRouteError
        When its cell is a wall.
    """
    if not grid.contains(lon, lat):
        west, south, east, north = grid.bounds
        raise RoutingError(
            f"{name} at {lon:.5f} E, {lat:.5f} N is outside the grid ({west:g}…{east:g} E, {south:g}…{north:g} N): "
            "check the order of longitude and latitude, or widen the study's extent"
        )
    row, col = (float(v) for v in grid.to_rowcol(lon, lat))
    i, j = cell_of(grid, row, col)
    if not cost[i, j] < np.inf:
        raise NoRouteError(
            f"{name} at {lon:.5f} E, {lat:.5f} N is in a wall (land, no data or no-go): move it to open water"
        )
    # a point exactly on the grid's outer edge belongs to the edge cell
    return min(row, grid.rows - 0.5 - 1e-9), min(col, grid.cols - 0.5 - 1e-9)


def cell_of(grid: Grid, row: float, col: float) -> tuple[int, int]:
    """Cell that holds a fractional position, the outer edges included."""
    return min(int(np.floor(row + 0.5)), grid.rows - 1), min(int(np.floor(col + 0.5)), grid.cols - 1)


def solve(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    sources_lonlat: Sequence[tuple[float, float]],
    *,
    order: int = 2,
) -> CostField:
    """Least cost from the sources to every cell: the eikonal equation |∇T| = cost on the ellipsoid.

    Parameters
    ----------
    grid
        Lon/lat frame; its row-dependent spacing on WGS84 is the metric.
    cost_per_m
        ``(rows, cols)``, per metre, row 0 northernmost; NaN or inf is a wall.
    sources_lonlat
        ``(lon, lat)`` in degrees, each in an open cell. Values near a source count from the point itself, not
        from its cell's centre.
    order
        2 (default) or 1. The first-order scheme is less accurate (some 3 %) but strictly monotone in the cost.

    Raises
    ------
    GridError
        Wrong shape, a cost that is not positive, or no open cell.
    RoutingError, NoRouteError
        No source, a source outside the grid, or in a wall.
    """
    cost = checked_cost(grid, cost_per_m)
    if not sources_lonlat:
        raise RoutingError("no source to route from: give at least one (lon, lat)")
    dx_m, dy_m = grid.spacing_m()
    width = grid.cols + 2 * _march.PAD
    seeds, values = [], []
    for lon, lat in sources_lonlat:
        row, col = position(grid, cost, lon, lat, "the source")
        r, c, t = _descent.ball(cost, dx_m, dy_m, row, col, SOURCE_BALL_CELLS)
        seeds.append((r + _march.PAD) * width + c + _march.PAD)
        values.append(t)
    padded = _march.march(
        _march.pad(cost),
        width,
        np.pad(dx_m, _march.PAD, mode="edge"),
        np.pad(dy_m, _march.PAD, mode="edge"),
        np.concatenate(seeds).astype(np.int32),
        np.concatenate(values),
        order == 2,
    )
    inner = slice(_march.PAD, -_march.PAD)
    value = np.ascontiguousarray(padded.reshape(-1, width)[inner, inner])
    return CostField(grid, value, tuple((float(lon), float(lat)) for lon, lat in sources_lonlat))


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
