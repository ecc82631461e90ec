"""Depth below the declared water level, between coarse nodes and a fine shoreline.

Water depth is ``water level − elevation``, never ``−elevation``: elevation grids are relative to mean sea level,
and this sea stands far below it. No depth is invented: where the source is silent, the model is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CloughTocher2DInterpolator
from scipy.spatial import Delaunay
from shapely.geometry.base import BaseGeometry

from pipeline.errors import SeabedError
from pipeline.grid import Grid


@dataclass(frozen=True)
class DepthModel:
    """Depth on the grid, with what must be known to read it.

    Attributes
    ----------
    depth_m
        Below the declared water level, positive down, never negative, float32, shape ``grid.shape``; NaN on land
        and where the source has no data ("insufficient information").
    water
        What the shoreline calls water.
    effective_resolution_deg
        Spacing of the source's independent data, however fine the grid is.
    drying
        Water of the shoreline whose seabed lies above the declared level: depth 0 there. The shoreline and the
        level then speak of different years.
    """

    depth_m: NDArray[np.float32]
    water: NDArray[np.bool_]
    effective_resolution_deg: float
    drying: NDArray[np.bool_]


def model_depth(
    grid: Grid,
    seabed_lon_deg: ArrayLike,
    seabed_lat_deg: ArrayLike,
    elevation_m: ArrayLike,
    water_mask: ArrayLike,
    water_polygon: BaseGeometry,
    level_m_msl: float,
    effective_resolution_deg: float,
) -> DepthModel:
    """Depth of the water on the grid, honouring the source's nodes in the water and zero depth at the shoreline.

    Nodes and shoreline points are triangulated in Mercator's plane (conformal, so that triangles are as good in the
    north as in the south) and joined by a Clough–Tocher surface, which is smooth; it is held within the depths at
    the corners of each triangle, so that it nowhere overshoots its data.

    Parameters
    ----------
    seabed_lon_deg, seabed_lat_deg
        Positions of the source's columns and rows, shapes ``(m,)`` and ``(n,)``, ascending or descending, degrees.
    elevation_m
        Shape ``(n, m)``, positive up from mean sea level; NaN is no data.
    water_mask, water_polygon
        Water as cells of the grid and as the shoreline in EPSG:4326.
    level_m_msl
        The declared water level against mean sea level.

    Raises
    ------
    SeabedError
        When the source is malformed, its level is no number, or it has no data on the water of the grid.
    """
    lon, lat, elevation = _source(seabed_lon_deg, seabed_lat_deg, elevation_m)
    if not np.isfinite(level_m_msl):
        raise SeabedError(f"water_level.level_m_msl is {level_m_msl}: expected metres against mean sea level")
    water = np.asarray(water_mask, bool)
    step_deg = float(np.median(np.abs(np.diff(lon))))
    known = water & _covered(grid, lon, lat, elevation, water_polygon)
    if not known.any():
        raise SeabedError(
            "the seabed source has no elevation on the water of the grid: check its extent, its no-data value and the "
            "sign of its longitudes against [area]"
        )
    points, depths_m = _constraints(grid, lon, lat, level_m_msl - elevation, water_polygon, step_deg)
    signed_m = _surface(grid, points, depths_m, known)
    depth_m = np.maximum(signed_m, 0.0).astype(np.float32)
    return DepthModel(depth_m, water, float(effective_resolution_deg), signed_m < 0)


def _source(
    lon_deg: ArrayLike, lat_deg: ArrayLike, elevation_m: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The source with ascending axes, or what is wrong with it."""
    lon, lat = np.asarray(lon_deg, float), np.asarray(lat_deg, float)
    elevation = np.asarray(elevation_m, float)
    if elevation.shape != (lat.size, lon.size) or min(elevation.shape) < 2:
        raise SeabedError(
            f"the seabed source has {lat.size} latitudes, {lon.size} longitudes and elevations of shape "
            f"{elevation.shape}: expected (latitudes, longitudes), at least two of each"
        )
    for name, axis in (("longitudes", lon), ("latitudes", lat)):
        steps = np.diff(axis)
        if not ((steps > 0).all() or (steps < 0).all()):
            raise SeabedError(f"the {name} of the seabed source neither ascend nor descend: sort the file")
    if lon[0] > lon[-1]:
        lon, elevation = lon[::-1], elevation[:, ::-1]
    if lat[0] > lat[-1]:
        lat, elevation = lat[::-1], elevation[::-1]
    return lon, lat, elevation


def _covered(
    grid: Grid,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    elevation: NDArray[np.float64],
    water_polygon: BaseGeometry,
) -> NDArray[np.bool_]:
    """Cells within one source step of a finite node in the water, or between four finite nodes."""
    finite = np.isfinite(elevation)
    node_lon, node_lat = np.meshgrid(lon, lat)
    shapely.prepare(water_polygon)
    wet = finite & shapely.contains_xy(water_polygon, node_lon, node_lat)
    west, east = _brackets(lon, grid.lon_deg)
    south, north = _brackets(lat, grid.lat_deg)
    any_wet = np.zeros(grid.shape, dtype=bool)
    all_finite = np.ones(grid.shape, dtype=bool)
    for row in (south, north):
        for col in (west, east):
            there = np.ix_(row, col)
            outside = (row < 0)[:, np.newaxis] | (col < 0)
            any_wet |= wet[there] & ~outside
            all_finite &= finite[there] & ~outside
    return any_wet | all_finite


def _brackets(axis: NDArray[np.float64], at: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the nodes before and after each position, -1 where there is none within one step."""
    step = float(np.median(np.diff(axis)))
    after = np.searchsorted(axis, at, side="left")
    before = after - 1
    before[(before >= 0) & (at - axis[np.maximum(before, 0)] > step * (1 + 1e-9))] = -1
    after_there = np.minimum(after, axis.size - 1)
    after = np.where((after < axis.size) & (axis[after_there] - at <= step * (1 + 1e-9)), after_there, -1)
    return before, after


def _constraints(
    grid: Grid,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    signed_depth_m: NDArray[np.float64],
    water_polygon: BaseGeometry,
    step_deg: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions and depths of the source's nodes in the water and of the shoreline (zero)."""
    node_lon, node_lat = np.meshgrid(lon, lat)
    wet = np.isfinite(signed_depth_m) & shapely.contains_xy(water_polygon, node_lon, node_lat)
    nodes = np.column_stack([node_lon[wet], node_lat[wet]])
    shore = _shore_points(grid, water_polygon, step_deg)
    points = np.concatenate([nodes, shore])
    depths_m = np.concatenate([signed_depth_m[wet], np.zeros(len(shore))])
    # A node on the shoreline itself would be two data at one place: Qhull keeps the first
    return points, depths_m


def _shore_points(grid: Grid, water_polygon: BaseGeometry, step_deg: float) -> NDArray[np.float64]:
    """Points of the shoreline, a quarter of the source's step apart, without the frame the water was cut at."""
    outline = shapely.segmentize(water_polygon.boundary, max(step_deg / 4, grid.step_deg))
    shore = np.unique(shapely.get_coordinates(outline), axis=0)
    west, south, east, north = grid.bounds
    slack = 1e-9
    inside = (shore[:, 0] > west + slack) & (shore[:, 0] < east - slack)
    inside &= (shore[:, 1] > south + slack) & (shore[:, 1] < north - slack)
    points: NDArray[np.float64] = shore[inside]
    return points


def _surface(
    grid: Grid, points: NDArray[np.float64], depths_m: NDArray[np.float64], known: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The surface through the points at the known cells, NaN elsewhere; shape ``grid.shape``."""
    surface = np.full(grid.shape, np.nan)
    triangles = Delaunay(_mercator(points[:, 0], points[:, 1]))
    rows, cols = np.nonzero(known)
    at = _mercator(grid.lon_deg[cols], grid.lat_deg[rows])
    smooth = CloughTocher2DInterpolator(triangles, depths_m)(at)
    corners = depths_m[triangles.simplices[triangles.find_simplex(at)]]
    surface[rows, cols] = np.clip(smooth, corners.min(axis=1), corners.max(axis=1))
    return surface


def _mercator(lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.float64]:
    """Spherical Mercator of unit radius (Snyder 1987, eqs 7-1 and 7-2): conformal is all that is asked of it."""
    lat = np.radians(np.asarray(lat_deg, float))
    return np.column_stack([np.radians(np.asarray(lon_deg, float)), np.arcsinh(np.tan(lat))])
