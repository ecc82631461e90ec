"""From soundings and contours to a grid: a smooth surface between them, and its error. Arrays in, arrays out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CloughTocher2DInterpolator
from scipy.spatial import Delaunay, QhullError, cKDTree

Floats = NDArray[np.float64]

NODES_PER_SPACING = 2.0
"""So fine the grid is against the distance between data."""
MAX_GAP_SPACINGS = 4.0
"""Between data farther apart nothing is known."""
MAX_NODES_ALONG = 4000


class Gridded(NamedTuple):
    """A grid made from points.

    Attributes
    ----------
    lon_deg, lat_deg
        Of the nodes, ascending and descending.
    elevation_m
        ``(len(lat_deg), len(lon_deg))``, float32; NaN where no data is near.
    between_m
        One standard error of the interpolation, of the same shape.
    """

    lon_deg: Floats
    lat_deg: Floats
    elevation_m: NDArray[np.float32]
    between_m: NDArray[np.float32]


def gridded(lonlat: Floats, elevation_m: Floats, spacing_deg: float) -> Gridded | None:
    """The smooth surface through points, where they are not too far apart.

    Clough–Tocher on a Delaunay triangulation in degrees of equal length. Between the corners of a triangle the surface
    may be off by the spread of their elevations, less near a corner: the standard error is the standard deviation of
    the three, times the distance from the nearest point over half the spacing, at most once.

    Parameters
    ----------
    lonlat
        ``(n, 2)``, degrees, no place twice.
    elevation_m
        ``(n,)``.
    spacing_deg
        Distance between data, degrees of latitude; a triangle with a side over `MAX_GAP_SPACINGS` of it is a gap.

    Returns
    -------
    Gridded or None
        None where the points span no surface.
    """
    narrow = float(np.cos(np.radians(lonlat[:, 1].mean())))
    flat = lonlat * [narrow, 1.0]
    try:
        triangles = Delaunay(flat)
    except (QhullError, ValueError):
        return None
    corners = flat[triangles.simplices]
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)
    is_near = sides.max(axis=1) <= MAX_GAP_SPACINGS * spacing_deg
    if not is_near.any():
        return None
    lon, lat = _axes(lonlat, spacing_deg, narrow)
    places = np.stack(np.meshgrid(lon * narrow, lat), axis=-1).reshape(-1, 2)
    inside = triangles.find_simplex(places)
    known = (inside >= 0) & is_near[inside]
    found, between = (np.full(len(places), np.nan, np.float32) for _ in range(2))
    if known.any():
        found[known] = CloughTocher2DInterpolator(triangles, elevation_m)(places[known])
        away, _ = cKDTree(flat).query(places[known])
        spread = elevation_m[triangles.simplices[inside[known]]].std(axis=1)
        between[known] = spread * np.minimum(away / (spacing_deg / 2), 1.0)
    shape = (lat.size, lon.size)
    return Gridded(lon, lat, found.reshape(shape), between.reshape(shape))


def _axes(lonlat: Floats, spacing_deg: float, narrow: float) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of the nodes."""
    (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
    step = max(spacing_deg / NODES_PER_SPACING, (north - south) / MAX_NODES_ALONG, (east - west) / MAX_NODES_ALONG)
    cols, rows = max(2, round((east - west) * narrow / step) + 1), max(2, round((north - south) / step) + 1)
    return np.linspace(west, east, cols), np.linspace(north, south, rows)


def mean_spacing_deg(lonlat: Floats) -> float:
    """The distance between soundings, degrees of latitude: of each from its fourth neighbour, in the median.

    On a square net that is its step; along the lines of a survey it is twice the step along them.
    """
    narrow = np.cos(np.radians(lonlat[:, 1].mean()))
    flat = lonlat * [narrow, 1.0]
    away, _ = cKDTree(flat).query(flat, k=min(5, len(flat)))
    return float(np.median(away[:, -1]))
