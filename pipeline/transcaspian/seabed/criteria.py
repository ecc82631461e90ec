"""Criteria: what makes a metre of seabed worse than clear seabed. Arrays in, frictions ≥ 0 out.

A friction of 0 is clear seabed; 1 makes a metre count twice. Where the depth is unknown, the criteria that read it
give 0 and :func:`unknown_friction` speaks: missing data is weighed once, by name, and never as clear seabed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.geodesy import (
    arc_squared_m2,
    boundary_lonlat,
    distance_to_points_m,
    near_bounds,
    window_around,
)
from transcaspian.core.grid import Grid
from transcaspian.seabed.water import burn

# A kernel is cut off where it has fallen to 4e-6 of its height
_KERNEL_REACH = 5.0
# Outlines are densified to this share of the reach: the distance is then too great by at most half of it
_OUTLINE_SHARE = 1 / 100


def depth_friction(depth_m: ArrayLike, bands: Sequence[tuple[float, float, float]]) -> NDArray[np.float32]:
    """Friction by bands of water depth.

    Parameters
    ----------
    depth_m
        Any shape, positive down; NaN gives 0 (see the module).
    bands
        ``(from_m, to_m, friction)``, ascending and without gaps; ``from_m`` belongs to the band, ``to_m`` to the
        next. A value beyond the last band takes the last band's friction, one before the first the first's.

    Returns
    -------
    ndarray
        Friction, of the shape of the depths, float32.

    Examples
    --------
    >>> depth_friction([5.0, 10.0, 400.0, np.nan], [(0, 10, 2.0), (10, 200, 0.5), (200, 1000, 0.0)]).tolist()
    [2.0, 0.5, 0.0, 0.0]
    """
    return _by_bands(depth_m, bands)


def slope_friction(slope_deg: ArrayLike, bands: Sequence[tuple[float, float, float]]) -> NDArray[np.float32]:
    """Friction by bands of the slope of the seabed.

    Parameters
    ----------
    slope_deg
        Any shape, degrees from the horizontal; NaN gives 0.
    bands
        ``(from_deg, to_deg, friction)``, as of :func:`depth_friction`.

    Returns
    -------
    ndarray
        Friction, of the shape of the slopes, float32.

    Examples
    --------
    >>> slope_friction([1.0, 8.0], [(0, 5, 0.0), (5, 90, 1.0)]).tolist()
    [0.0, 1.0]
    """
    return _by_bands(slope_deg, bands)


def _by_bands(values: ArrayLike, bands: Sequence[tuple[float, float, float]]) -> NDArray[np.float32]:
    value = np.asarray(values)
    limits = np.array([low for low, _, _ in bands[1:]], dtype=value.dtype)
    frictions = np.array([friction for _, _, friction in bands], dtype=np.float32)
    friction: NDArray[np.float32] = frictions[np.searchsorted(limits, value, side="right")]
    return np.where(np.isnan(value), np.float32(0), friction)


def shallow_friction(
    grid: Grid,
    depth_m: ArrayLike,
    landings: Sequence[tuple[float, float]],
    *,
    limit_m: float,
    approach_km: float,
    friction: float,
) -> NDArray[np.float32]:
    """Friction of water shallower than ``limit_m``, but for the approaches to the landings.

    Parameters
    ----------
    grid
        Frame of the depths.
    depth_m
        Shape ``grid.shape``, positive down; NaN gives 0.
    landings
        ``(lon_deg, lat_deg)``; within ``approach_km`` of any of them (geodesic) shallow water is free.
    limit_m
        Shallower is shallow.
    approach_km
        Around each landing.
    friction
        Of shallow water, dimensionless and 0 or more.

    Returns
    -------
    ndarray
        Friction, dimensionless and 0 or more, shape ``grid.shape``, float32.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> depth_m = np.tile(np.linspace(10.0, 90.0, 9), (5, 1))
    >>> print(shallow_friction(grid, depth_m, [(50.01, 40.95)], limit_m=55.0, approach_km=4.0, friction=3.0)[2])
    [0. 0. 0. 3. 3. 0. 0. 0. 0.]
    """
    result = np.zeros(grid.shape, dtype=np.float32)
    rows, cols = np.nonzero(np.asarray(depth_m) < limit_m)
    reach_m = approach_km * 1000.0
    away_m = distance_to_points_m(grid.lon_deg[cols], grid.lat_deg[rows], np.array(landings, float), reach_m)
    result[rows, cols] = np.where(away_m <= reach_m, 0.0, friction)
    return result


def unknown_friction(depth_m: ArrayLike, water: ArrayLike, friction: float) -> NDArray[np.float32]:
    """Friction of water whose depth is not known: insufficient information is not clear seabed.

    Parameters
    ----------
    depth_m
        Any shape, metres, positive down; NaN is not known.
    water
        Of that shape, True on water.
    friction
        Of such water.

    Returns
    -------
    ndarray
        Friction, of that shape, float32; 0 elsewhere.

    Examples
    --------
    >>> unknown_friction([50.0, np.nan, np.nan], [True, True, False], 0.7).round(1).tolist()
    [0.0, 0.699999988079071, 0.0]
    """
    return np.where(np.asarray(water, bool) & np.isnan(np.asarray(depth_m)), np.float32(friction), np.float32(0))


def hazard_friction(
    grid: Grid,
    water: ArrayLike,
    by_kind: Sequence[tuple[Sequence[BaseGeometry], float]],
    friction: float,
) -> NDArray[np.float32]:
    """Friction that falls linearly from ``friction`` at a hazard to 0 at the reach of its kind.

    Parameters
    ----------
    grid
        Frame of the result.
    water
        Shape ``grid.shape``; elsewhere the friction is 0.
    by_kind
        ``(geometries, reach_km)`` of each kind, EPSG:4326; where kinds overlap the greatest friction counts.
        Inside a polygon the distance is 0. Distances are along the ellipsoid; an outline's is too great by at
        most 1/200 of the reach.
    friction
        At a hazard, dimensionless and 0 or more.

    Returns
    -------
    ndarray
        Friction, dimensionless and 0 or more, shape ``grid.shape``, float32.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> volcano = shapely.Point(50.09, 40.95)
    >>> print(hazard_friction(grid, np.ones(grid.shape), [([volcano], 5.0)], friction=1.0)[2].round(2))
    [0.   0.   0.33 0.66 1.   0.66 0.33 0.   0.  ]
    """
    result = np.zeros(grid.shape, dtype=np.float32)
    wet = np.asarray(water, bool)
    for geometries, reach_km in by_kind:
        there = [geometry for geometry in geometries if geometry is not None and not geometry.is_empty]
        if there:
            _add_hazards(grid, wet, there, reach_km * 1000.0, friction, result)
    return result


def _add_hazards(
    grid: Grid,
    wet: NDArray[np.bool_],
    geometries: Sequence[BaseGeometry],
    reach_m: float,
    friction: float,
    result: NDArray[np.float32],
) -> None:
    """Raise the friction to that of the nearest hazard of a kind."""
    rows, cols = np.nonzero(wet & near_bounds(grid, shapely.bounds(geometries), reach_m))
    if not len(rows):
        return
    outlines = boundary_lonlat(geometries, max(reach_m * _OUTLINE_SHARE, 1.0))
    away_m = distance_to_points_m(grid.lon_deg[cols], grid.lat_deg[rows], outlines, reach_m)
    if areas := [geometry for geometry in geometries if "Polygon" in geometry.geom_type]:
        away_m[burn(grid, areas, all_touched=False)[rows, cols]] = 0.0
    near = friction * np.maximum(1.0 - away_m / reach_m, 0.0)
    result[rows, cols] = np.maximum(result[rows, cols], near)


def earthquake_friction(
    grid: Grid,
    water: ArrayLike,
    epicentres: ArrayLike,
    *,
    bandwidth_km: float,
    min_magnitude_mw: float,
    friction: float,
) -> NDArray[np.float32]:
    """Friction by the density of epicentres: ``friction`` where it is greatest on the water, in proportion elsewhere.

    A Gaussian of the geodesic distance with standard deviation ``bandwidth_km`` stands on every epicentre of at
    least ``min_magnitude_mw``, weighted by ``10^(Mw/2)``: rupture length grows with the cube root of the seismic
    moment (Kanamori & Anderson 1975), so that one great earthquake does not silence all the others, as weighting
    by energy would. The density says where earthquakes were, not what they would do to a cable.

    Parameters
    ----------
    grid
        Frame of the result.
    water
        Shape ``grid.shape``; elsewhere the friction is 0.
    epicentres
        Longitude and latitude, degrees, and moment magnitude, shape ``(n, 3)``; one with a missing figure is left out.
    bandwidth_km
        Standard deviation of the kernel.
    min_magnitude_mw
        Smaller earthquakes are left out.
    friction
        Where the density is greatest, dimensionless and 0 or more.

    Returns
    -------
    ndarray
        Friction, dimensionless and 0 or more, shape ``grid.shape``, float32; all 0 where no earthquake counts.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> events = [(50.03, 40.95, 6.0), (50.13, 40.95, 5.0), (50.11, 40.95, 3.0)]
    >>> sea = np.ones(grid.shape)
    >>> print(earthquake_friction(grid, sea, events, bandwidth_km=2.0, min_magnitude_mw=4.5, friction=1.0)[2].round(2))
    [0.7  1.   0.7  0.26 0.12 0.23 0.32 0.22 0.08]
    """
    wet = np.asarray(water, bool)
    events = np.asarray(epicentres, float).reshape(-1, 3)
    events = events[np.isfinite(events).all(axis=1) & (events[:, 2] >= min_magnitude_mw)]
    density = np.zeros(grid.shape)
    for lon, lat, magnitude in events:
        _add_kernel(grid, lon, lat, 10.0 ** (magnitude / 2), bandwidth_km * 1000.0, density)
    density[~wet] = 0.0
    peak = density.max()
    return (density * (friction / peak if peak > 0 else 0.0)).astype(np.float32)


def _add_kernel(
    grid: Grid, lon: float, lat: float, weight: float, bandwidth_m: float, density: NDArray[np.float64]
) -> None:
    window = window_around(grid, (lon, lat, lon, lat), _KERNEL_REACH * bandwidth_m)
    lons, lats = grid.lon_deg[window[1]], grid.lat_deg[window[0]]
    if not len(lons) or not len(lats):
        return
    density[window] += weight * np.exp(-0.5 * arc_squared_m2(lons, lats, lon, lat) / bandwidth_m**2)
