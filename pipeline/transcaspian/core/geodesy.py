"""True distances for many points at once: chords through the ellipsoid, turned into arcs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from transcaspian.core.grid import GEOD, Grid

# Gaussian mean radius of curvature at 42° N; from the equator to the poles it differs by less than 1 %
_ARC_RADIUS_M = 6_375_000.0
METRES_PER_DEGREE = 111_320.0
_MIN_METRES_PER_DEGREE = 110_000.0


def to_ecef_m(lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.float64]:
    """Earth-centred Cartesian coordinates of points on the ellipsoid WGS84.

    Parameters
    ----------
    lon_deg, lat_deg
        Geodetic coordinates, degrees, east and north positive; any shapes that broadcast to one another.

    Returns
    -------
    ndarray
        Shape ``(..., 3)``, metres: the axes to 0° and to 90° E in the equator, and to the north pole.

    Notes
    -----
    Snyder 1987, *Map Projections: A Working Manual*, p. 12, with height 0.

    Examples
    --------
    >>> to_ecef_m(0.0, 0.0).round(3).tolist()
    [6378137.0, 0.0, 0.0]
    >>> to_ecef_m([0.0, 90.0], 0.0).shape
    (2, 3)
    """
    lon, lat = np.radians(np.asarray(lon_deg, float)), np.radians(np.asarray(lat_deg, float))
    lon, lat = np.broadcast_arrays(lon, lat)
    prime_vertical_m = GEOD.a / np.sqrt(1.0 - GEOD.es * np.sin(lat) ** 2)
    return np.stack(
        [
            prime_vertical_m * np.cos(lat) * np.cos(lon),
            prime_vertical_m * np.cos(lat) * np.sin(lon),
            prime_vertical_m * (1.0 - GEOD.es) * np.sin(lat),
        ],
        axis=-1,
    )


def arc_m(chord_m: ArrayLike) -> NDArray[np.float64]:
    """Length along the ellipsoid over a chord through it.

    Parameters
    ----------
    chord_m
        Straight distances through the ellipsoid, metres, not negative; any shape. Infinity stays infinity.

    Returns
    -------
    ndarray
        Distances along the ellipsoid, metres, of the same shape.

    Notes
    -----
    ``s = 2 R asin(c / 2R)``. The arc exceeds the chord by ``c³ / 24R²`` only, so the one radius used for all
    directions costs less than a millimetre at 100 km and less than a metre at 1,000 km.

    Examples
    --------
    >>> round(float(arc_m(100_000.0)), 2)
    100001.03
    """
    chord = np.asarray(chord_m, float)
    with np.errstate(invalid="ignore"):
        arc: NDArray[np.float64] = 2.0 * _ARC_RADIUS_M * np.arcsin(np.minimum(chord / (2.0 * _ARC_RADIUS_M), 1.0))
    return np.where(np.isinf(chord), np.inf, arc)


def chord_m(arc_length_m: float) -> float:
    """Chord under an arc: the inverse of :func:`arc_m`.

    Parameters
    ----------
    arc_length_m
        Distance along the ellipsoid, metres; beyond half of a great circle it counts as that.

    Returns
    -------
    float
        Straight distance through the ellipsoid, metres.

    Examples
    --------
    >>> round(chord_m(float(arc_m(100_000.0))), 6)
    100000.0
    """
    return float(2.0 * _ARC_RADIUS_M * np.sin(min(arc_length_m / (2.0 * _ARC_RADIUS_M), np.pi / 2)))


def arc_squared_m2(
    lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64], lon_0_deg: float, lat_0_deg: float
) -> NDArray[np.float64]:
    """Squared distance of a raster's cells from one point.

    Parameters
    ----------
    lon_deg, lat_deg
        Longitudes of the columns and latitudes of the rows, shapes ``(cols,)`` and ``(rows,)``, degrees.
    lon_0_deg, lat_0_deg
        The point, degrees.

    Returns
    -------
    ndarray
        Shape ``(rows, cols)``, m².

    Notes
    -----
    The squared chord, ``(ρ − ρ₀)² + (z − z₀)² + 4 ρ ρ₀ sin²(Δλ/2)``, splits into rows and columns and loses no
    digits close by; ``s² ≈ c² (1 + c² / 12R²)`` makes the arc of it (:func:`arc_m` to the next order).

    Examples
    --------
    >>> cells = arc_squared_m2(np.array([50.0, 51.0]), np.array([40.0]), 50.0, 40.0)
    >>> (np.sqrt(cells) / 1000.0).round(1).tolist()
    [[0.0, 85.4]]
    """
    east_0, north_0, z_0 = to_ecef_m(lon_0_deg, lat_0_deg)
    radius_0 = np.hypot(east_0, north_0)
    rows = to_ecef_m(0.0, lat_deg)
    radius, z = rows[:, 0, np.newaxis], rows[:, 2, np.newaxis]
    half = np.sin(np.radians(lon_deg - lon_0_deg) / 2)[np.newaxis, :]
    chord_2: NDArray[np.float64] = (radius - radius_0) ** 2 + (z - z_0) ** 2 + 4 * radius * radius_0 * half**2
    return chord_2 * (1.0 + chord_2 / (12 * _ARC_RADIUS_M**2))


def distance_to_points_m(
    lon_deg: ArrayLike, lat_deg: ArrayLike, target_lonlat: ArrayLike, reach_m: float
) -> NDArray[np.float64]:
    """Distance from each point to the nearest target on WGS84; infinite beyond ``reach_m`` and without targets.

    Parameters
    ----------
    lon_deg, lat_deg
        Points, shape ``(n,)``, degrees.
    target_lonlat
        Targets, shape ``(m, 2)``, longitude first, degrees.
    reach_m
        What lies farther is not looked for, metres.

    Returns
    -------
    ndarray
        Shape ``(n,)``, metres.

    Examples
    --------
    >>> distance_to_points_m([50.0, 55.0], [40.0, 40.0], [[50.0, 40.1]], reach_m=20_000.0).round(-1).tolist()
    [11100.0, inf]
    """
    targets = np.asarray(target_lonlat, float).reshape(-1, 2)
    points = to_ecef_m(lon_deg, lat_deg)
    if not len(targets):
        return np.full(len(points), np.inf)
    tree = cKDTree(to_ecef_m(targets[:, 0], targets[:, 1]))
    chords, _ = tree.query(points, distance_upper_bound=chord_m(reach_m) * (1.0 + 1e-9))
    return arc_m(chords)


def boundary_lonlat(geometry: BaseGeometry | Sequence[BaseGeometry], step_m: float) -> NDArray[np.float64]:
    """Points on a geometry's outline, at most a step apart; edges run straight in longitude and latitude.

    Parameters
    ----------
    geometry
        Any geometry, or several, lon/lat degrees.
    step_m
        Largest distance between two points on an edge, metres.

    Returns
    -------
    ndarray
        Shape ``(n, 2)``, longitude first, degrees; no points where the geometry is empty.

    Examples
    --------
    >>> len(boundary_lonlat(shapely.LineString([(50.0, 40.0), (50.0, 40.1)]), step_m=5_000.0))
    4
    """
    outlines: NDArray[np.float64] = shapely.get_coordinates(
        shapely.segmentize(np.asarray(geometry, object), max_segment_length=step_m / METRES_PER_DEGREE)
    )
    return outlines


def distance_to_geometries_m(
    lon_deg: ArrayLike, lat_deg: ArrayLike, geometries: Sequence[BaseGeometry], reach_m: float, step_m: float = 50.0
) -> NDArray[np.float64]:
    """Distance from each point to the nearest of the geometries on WGS84; 0 inside a polygon, infinite beyond reach.

    Parameters
    ----------
    lon_deg, lat_deg
        Points, shape ``(n,)``, degrees.
    geometries
        Points, lines and areas, lon/lat degrees.
    reach_m
        What lies farther is not looked for, metres.
    step_m
        Outlines are known by points so far apart: a distance ``d`` is too great by ``step_m² / 8d`` at most.

    Returns
    -------
    ndarray
        Shape ``(n,)``, metres.

    Examples
    --------
    >>> area = shapely.box(50.0, 40.0, 51.0, 41.0)
    >>> distance_to_geometries_m([50.5, 51.1], [40.5, 40.5], [area], reach_m=20_000.0).round(-2).tolist()
    [0.0, 8500.0]
    """
    lon, lat = np.asarray(lon_deg, float), np.asarray(lat_deg, float)
    away_m = np.full(lon.shape, np.inf)
    if not len(geometries):
        return away_m
    near = _near_box(lon, lat, shapely.total_bounds(np.asarray(geometries, object)), reach_m)
    if not near.any():
        return away_m
    lon, lat = lon[near], lat[near]
    found_m = distance_to_points_m(lon, lat, boundary_lonlat(geometries, step_m), reach_m)
    for geometry in geometries:
        if "Polygon" in geometry.geom_type:
            found_m[shapely.contains_xy(geometry, lon, lat)] = 0.0
    away_m[near] = found_m
    return away_m


def reach_deg(south_deg: ArrayLike, north_deg: ArrayLike, reach_m: float) -> tuple[NDArray[np.float64], float]:
    """Degrees of longitude and of latitude that a reach from between two parallels is at most.

    Parameters
    ----------
    south_deg, north_deg
        Latitudes, any shape.
    reach_m
        Metres.

    Returns
    -------
    tuple
        Longitude, of that shape, and latitude.

    Examples
    --------
    >>> lon_reach, lat_reach = reach_deg(40.0, 41.0, 5_000.0)
    >>> round(float(lon_reach), 4), round(lat_reach, 4)
    (0.0603, 0.0455)
    """
    lat_reach = reach_m / _MIN_METRES_PER_DEGREE
    widest = np.minimum(np.maximum(np.abs(south_deg), np.abs(north_deg)) + lat_reach, 89.0)
    return np.asarray(lat_reach / np.cos(np.radians(widest))), lat_reach


def _near_box(
    lon: NDArray[np.float64], lat: NDArray[np.float64], bounds: NDArray[np.float64], reach_m: float
) -> NDArray[np.bool_]:
    """Which points may lie within a reach of bounds; none where those are NaN."""
    west, south, east, north = bounds
    lon_reach, lat_reach = reach_deg(south, north, reach_m)
    from_middle = np.abs((lon - (west + east) / 2 + 180.0) % 360.0 - 180.0)
    beside = from_middle <= (east - west) / 2 + lon_reach
    return np.asarray((lat >= south - lat_reach) & (lat <= north + lat_reach) & beside)


def window_around(grid: Grid, bounds: tuple[float, float, float, float], reach_m: float) -> tuple[slice, slice]:
    """Rows and columns of the cells that may lie within a reach of some bounds; never too small.

    Parameters
    ----------
    grid
        The frame.
    bounds
        ``(west, south, east, north)``, degrees.
    reach_m
        How far around them, metres.

    Returns
    -------
    tuple of slice
        Rows and columns, within the grid.

    Examples
    --------
    >>> window_around(Grid.covering(50.0, 40.0, 51.0, 41.0, 0.1), (50.5, 40.5, 50.5, 40.5), reach_m=5_000.0)
    (slice(4, 6, None), slice(3, 7, None))
    """
    (top,), (bottom,), (left,), (right,) = _windows_around(grid, np.array([bounds]), reach_m).tolist()
    return slice(top, bottom), slice(left, right)


def near_bounds(grid: Grid, bounds: ArrayLike, reach_m: float) -> NDArray[np.bool_]:
    """The cells in the windows of `window_around` of any of many bounds.

    Parameters
    ----------
    grid
        The frame.
    bounds
        ``(west, south, east, north)`` of each, shape ``(n, 4)``, degrees.
    reach_m
        How far around them, metres.

    Returns
    -------
    ndarray
        Shape ``(rows, cols)``.

    Examples
    --------
    >>> grid = Grid.covering(50.0, 40.0, 51.0, 41.0, 0.1)
    >>> int(near_bounds(grid, [(50.5, 40.5, 50.5, 40.5)], reach_m=5_000.0).sum())
    8
    """
    top, bottom, left, right = _windows_around(grid, np.asarray(bounds, float).reshape(-1, 4), reach_m)
    corners = np.zeros((grid.rows + 1, grid.cols + 1), np.int32)
    for rows, cols, sign in ((top, left, 1), (bottom, right, 1), (top, right, -1), (bottom, left, -1)):
        np.add.at(corners, (rows, cols), sign)
    near: NDArray[np.bool_] = corners.cumsum(axis=0, out=corners).cumsum(axis=1, out=corners)[:-1, :-1] > 0
    return near


def _windows_around(grid: Grid, bounds: NDArray[np.float64], reach_m: float) -> NDArray[np.int64]:
    """First and last-plus-one rows and columns, shape ``(4, n)``."""
    west, south, east, north = bounds.T
    lon_reach, lat_reach = reach_deg(south, north, reach_m)
    row_0, col_0 = grid.to_rowcol(west - lon_reach, north + lat_reach)
    row_1, col_1 = grid.to_rowcol(east + lon_reach, south - lat_reach)
    rows = np.clip([np.floor(row_0), np.ceil(row_1) + 1], 0, grid.rows)
    cols = np.clip([np.floor(col_0), np.ceil(col_1) + 1], 0, grid.cols)
    return np.concatenate([rows, cols]).astype(np.int64)
