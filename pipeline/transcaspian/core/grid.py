"""The raster frame that every array of the pipeline lies on, with the metric of the WGS84 ellipsoid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from transcaspian.core.errors import GridError

GEOD = Geod(ellps="WGS84")
CRS = "EPSG:4326"
KM_PER_NM = 1.852
ROWS_AT_ONCE = 512
"""All rows of a fine grid at once would take forty bytes a cell."""


def length_m(lonlat: ArrayLike) -> float:
    """Length of a line as the sum of its geodesic legs on WGS84.

    Parameters
    ----------
    lonlat
        Vertices, shape ``(n, 2)``, longitude first, degrees.

    Returns
    -------
    float
        Metres; 0 of fewer than two vertices.

    Examples
    --------
    >>> round(length_m([(50.0, 40.0), (50.0, 41.0)]), 1)
    111044.3
    """
    points = np.asarray(lonlat, float)
    return float(GEOD.line_length(points[:, 0], points[:, 1])) if len(points) > 1 else 0.0


def strips_of(rows: int, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[slice]:
    """The rows of an array, some at a time.

    Parameters
    ----------
    rows, rows_at_once
        How many there are, and how many are taken at once.

    Examples
    --------
    >>> [range(5)[rows] for rows in strips_of(5, 2)]
    [range(0, 2), range(2, 4), range(4, 5)]
    """
    return (slice(first, first + rows_at_once) for first in range(0, rows, rows_at_once))


def window_of(inside: NDArray[np.bool_], beside: int = 0) -> tuple[slice, slice]:
    """Rows and columns that hold all true cells of a mask; empty where there is none.

    Parameters
    ----------
    inside
        ``(rows, cols)``.
    beside
        How many rows and columns more on each side, as far as there are any.

    Returns
    -------
    tuple of slice
        Of rows, and of columns.

    Examples
    --------
    >>> mask = np.zeros((9, 5), bool)
    >>> mask[4, 3] = True
    >>> window_of(mask, beside=2)
    (slice(2, 7, None), slice(1, 5, None))
    """
    if not inside.any():
        return slice(0, 0), slice(0, 0)

    def within(axis: int) -> slice:
        there = np.flatnonzero(inside.any(axis=1 - axis))
        return slice(max(int(there[0]) - beside, 0), min(int(there[-1]) + beside + 1, inside.shape[axis]))

    return within(0), within(1)


def spread_to_eight(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The true cells of a mask and their eight neighbours.

    Parameters
    ----------
    inside
        ``(rows, cols)``.

    Returns
    -------
    ndarray
        Of the same shape.

    Examples
    --------
    >>> spread_to_eight(np.array([[False, False, False, False], [True, False, False, False]])).astype(int)
    array([[1, 1, 0, 0],
           [1, 1, 0, 0]])
    """
    found = inside.copy()
    for across in (found, found.T):
        across[1:] |= (same := across.copy())[:-1]
        across[:-1] |= same[1:]
    return found


_ROUNDED_DEG = 1e-9
FINER_SHARE = 0.99
"""A step is shorter than another where it is less than this share of it."""


@dataclass(frozen=True)
class Grid:
    """A north-up lon/lat raster frame; cells are pixels, row 0 is the northernmost.

    Parameters
    ----------
    west_deg, north_deg
        Outer edges (not cell centres) of the north-western pixel, degrees.
    step_deg
        Side of a cell in both directions, degrees.
    rows, cols
        Shape of arrays on this grid, ``array[row, col]``.

    Raises
    ------
    GridError
        When the frame is empty, leaves the sphere, or its step is not a positive number.

    Examples
    --------
    >>> grid = Grid.covering(49.0, 39.0, 53.0, 42.0, step_deg=0.5)
    >>> grid.shape, grid.bounds
    ((6, 8), (49.0, 39.0, 53.0, 42.0))
    >>> float(grid.lat_deg[0])
    41.75
    """

    west_deg: float
    north_deg: float
    step_deg: float
    rows: int
    cols: int

    def __post_init__(self) -> None:
        if not (np.isfinite(self.step_deg) and self.step_deg > 0):
            raise GridError(f"grid step is {self.step_deg}°: expected a positive number of degrees")
        if self.rows < 1 or self.cols < 1:
            raise GridError(f"the grid has {self.rows} rows and {self.cols} columns: expected at least one each")
        round_deg = self.cols * self.step_deg
        if self.north_deg > 90 + _ROUNDED_DEG or self.south_deg < -90 - _ROUNDED_DEG or round_deg > 360 + _ROUNDED_DEG:
            raise GridError(
                f"the grid spans {self.west_deg}…{self.east_deg}° E, {self.south_deg}…{self.north_deg}° N, "
                "which leaves the globe: check the order of longitude and latitude"
            )

    @classmethod
    def covering(cls, west_deg: float, south_deg: float, east_deg: float, north_deg: float, step_deg: float) -> Grid:
        """The smallest grid anchored at the north-western corner that covers the given bounds.

        Parameters
        ----------
        west_deg, south_deg, east_deg, north_deg
            Bounds, degrees; those in the west and north are edges of the grid.
        step_deg
            Side of a cell, degrees.

        Returns
        -------
        Grid
            Its eastern and southern edges lie less than a cell outside the bounds.

        Raises
        ------
        GridError
            As of the class.
        """
        cols = int(np.ceil(round((east_deg - west_deg) / step_deg, 9)))
        rows = int(np.ceil(round((north_deg - south_deg) / step_deg, 9)))
        return cls(west_deg, north_deg, step_deg, rows, cols)

    @property
    def shape(self) -> tuple[int, int]:
        """``(rows, cols)``."""
        return self.rows, self.cols

    @property
    def east_deg(self) -> float:
        """Outer eastern edge, degrees."""
        return self.west_deg + self.cols * self.step_deg

    @property
    def south_deg(self) -> float:
        """Outer southern edge, degrees."""
        return self.north_deg - self.rows * self.step_deg

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """``(west, south, east, north)`` of the outer edges, degrees."""
        return self.west_deg, self.south_deg, self.east_deg, self.north_deg

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine coefficients ``(a, b, c, d, e, f)``: lon = a·col + b·row + c, lat = d·col + e·row + f (edges)."""
        return self.step_deg, 0.0, self.west_deg, 0.0, -self.step_deg, self.north_deg

    @property
    def lon_deg(self) -> NDArray[np.float64]:
        """Longitudes of the cell centres, ascending, shape ``(cols,)``."""
        return self.west_deg + (np.arange(self.cols, dtype=np.float64) + 0.5) * self.step_deg

    @property
    def lat_deg(self) -> NDArray[np.float64]:
        """Latitudes of the cell centres, descending, shape ``(rows,)``."""
        return self.north_deg - (np.arange(self.rows, dtype=np.float64) + 0.5) * self.step_deg

    def spacing_m(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """East-west and north-south distance between neighbouring cell centres, per row, metres.

        Returns
        -------
        dx_m, dy_m
            Shape ``(rows,)`` each: ``N(φ) cos φ Δλ`` and ``M(φ) Δφ`` with the radii of curvature of WGS84 in
            the prime vertical and the meridian (Snyder 1987, eqs 4-20 and 4-19).
        """
        return metric_m(self.lat_deg, self.step_deg)

    def to_rowcol(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fractional ``(row, col)``; a cell's centre has whole numbers, its edges lie half a cell away."""
        row = (self.north_deg - np.asarray(lat_deg, float)) / self.step_deg - 0.5
        col = (np.asarray(lon_deg, float) - self.west_deg) / self.step_deg - 0.5
        return row, col

    def to_lonlat(self, row: ArrayLike, col: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``(lon, lat)`` in degrees of fractional ``(row, col)``."""
        lon = self.west_deg + (np.asarray(col, float) + 0.5) * self.step_deg
        lat = self.north_deg - (np.asarray(row, float) + 0.5) * self.step_deg
        return lon, lat

    def is_coarser_than(self, step_deg: float) -> bool:
        """Whether several nodes of a step lie in a cell; axes of files are rounded."""
        return step_deg < FINER_SHARE * self.step_deg

    def contains(self, lon_deg: float, lat_deg: float) -> bool:
        """Whether a point lies inside the outer edges."""
        return self.west_deg <= lon_deg <= self.east_deg and self.south_deg <= lat_deg <= self.north_deg


def metric_m(lat_deg: ArrayLike, step_deg: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres of one step east and one step north on WGS84.

    Parameters
    ----------
    lat_deg
        Latitudes, degrees, any shape.
    step_deg
        The step in longitude and latitude, degrees.

    Returns
    -------
    east_m, north_m
        Arrays of that shape, metres: ``N(φ) cos φ Δλ`` and ``M(φ) Δφ`` (Snyder 1987, eqs 4-20 and 4-19).

    Examples
    --------
    >>> [round(float(side_m)) for side_m in metric_m(40.0, 0.1)]
    [8539, 11103]
    """
    phi = np.radians(np.asarray(lat_deg, float))
    step_rad = np.radians(step_deg)
    w_squared = 1.0 - GEOD.es * np.sin(phi) ** 2
    prime_vertical_m = GEOD.a / np.sqrt(w_squared)
    meridian_m = GEOD.a * (1.0 - GEOD.es) / w_squared**1.5
    return prime_vertical_m * np.cos(phi) * step_rad, meridian_m * step_rad
