"""Many features on the grid at once: how far the nearest is, what lies inside, ridges along them.

The compiled loops stand in ``_feature_kernels``; here arguments are checked and units are said.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.grid import Grid, metric_m

Floats = NDArray[np.float64]
Chains = tuple[Floats, NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]


def chains_of(geometries: ArrayLike) -> Chains:
    """Geometries as chains of vertices: vertices ``(n, 2)``, where chains and features begin, and which are areas.

    A chain is a ring, a line or a point; a feature may have several. One that is empty has none.
    """
    geometry = np.asarray(geometries, dtype=object)
    parts, part_of = shapely.get_parts(geometry, return_index=True)
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():  # parts of a collection are parts
        parts, inner = shapely.get_parts(parts, return_index=True)
        part_of = part_of[inner]
    polygon = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, ring_of = shapely.get_rings(parts[polygon], return_index=True)
    chains = np.concatenate([parts[~polygon], rings])
    feature_of = np.concatenate([part_of[~polygon], part_of[polygon][ring_of]])
    order = np.argsort(feature_of, kind="stable")
    xy, chain_of = shapely.get_coordinates(chains[order], return_index=True)
    begins = np.searchsorted(chain_of, np.arange(len(chains) + 1))
    features = np.searchsorted(feature_of[order], np.arange(len(geometry) + 1))
    is_area = np.zeros(len(geometry), bool)
    is_area[part_of[polygon]] = True
    return np.ascontiguousarray(xy), begins.astype(np.int64), features.astype(np.int64), is_area


def distance_m(grid: Grid, geometries: ArrayLike, reach_m: float) -> NDArray[np.float32]:
    """Distance of every cell from the nearest geometry, shape ``grid.shape``; 0 inside an area, infinite beyond reach.

    Parameters
    ----------
    geometries
        Any kind, EPSG:4326; edges are straight in longitude and latitude.
    reach_m
        No distance beyond it is sought.
    """
    from transcaspian.seabed._feature_kernels import near_features

    result = np.full(grid.shape, np.float32(np.inf))
    near_features(_frame(grid), _metric(grid), *chains_of(geometries), float(reach_m), np.empty(0), result)
    return result


def ridges(grid: Grid, geometries: ArrayLike, heights: ArrayLike, half_width_m: float) -> NDArray[np.float32]:
    """The sum of ``height · (1 − d / half_width)`` around each geometry, shape ``grid.shape``.

    Parameters
    ----------
    geometries
        As of `distance_m`.
    heights
        One for each, shape ``(n,)``.
    """
    from transcaspian.seabed._feature_kernels import near_features

    result = np.zeros(grid.shape, np.float32)
    chains = chains_of(geometries)
    if len(chains[2]) > 1:
        near_features(_frame(grid), _metric(grid), *chains, float(half_width_m), np.asarray(heights, float), result)
    return result


def max_inside(grid: Grid, geometries: ArrayLike, values: ArrayLike) -> NDArray[np.float32]:
    """The greatest value of the geometries around each cell's centre, shape ``grid.shape``; 0 where there is none.

    A point, a line, or an area too small to hold a centre counts in the cells that it touches.

    Parameters
    ----------
    geometries
        As of `distance_m`.
    values
        One for each, not negative, shape ``(n,)``.
    """
    from transcaspian.seabed._feature_kernels import inside_features

    result = np.zeros(grid.shape, np.float32)
    inside_features(_frame(grid), *chains_of(geometries), np.asarray(values, float), result)
    return result


def _frame(grid: Grid) -> Floats:
    return np.array([grid.west_deg, grid.north_deg, grid.step_deg])


def _metric(grid: Grid) -> Floats:
    """Metres per degree in each row, and one below the grid, shape ``(2, rows + 1)``."""
    lat_deg = np.append(grid.lat_deg, max(grid.lat_deg[-1] - grid.step_deg, -90.0))
    return np.array(metric_m(lat_deg, 1.0))
