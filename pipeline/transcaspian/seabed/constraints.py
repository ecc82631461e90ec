"""What layers mean to a line: frictions of any constraint on the grid. Arrays and geometries in, frictions ≥ 0 out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.errors import SeabedError
from transcaspian.core.grid import Grid
from transcaspian.seabed.depth import DepthModel
from transcaspian.seabed.features import distance_m, max_inside

Floats = NDArray[np.float32]
Bands = Sequence[tuple[float, float, float]]


@dataclass(frozen=True)
class Steering:
    """Something that adds to the cost of a metre: a criterion or a constraint.

    Attributes
    ----------
    name
        Of the criterion, or the id of the constraint.
    weight
        Its friction is multiplied by this; dimensionless, 0 or more.
    friction
        Works it out, shape ``grid.shape``; not before it is asked for, so that layers need not lie in memory together.
    """

    name: str
    weight: float
    friction: Callable[[], Floats]


def class_friction(name: str, texts: Sequence[str], classes: Mapping[str, float], unknown: float | None) -> Floats:
    """The friction of each feature by its class.

    Parameters
    ----------
    name
        Of the constraint, for messages.
    texts
        Classes as the file has them; empty: none is stated.
    classes
        Friction of each class, dimensionless and 0 or more.
    unknown
        Friction where none is stated; None: such a feature is refused.

    Returns
    -------
    ndarray
        Shape ``(len(texts),)``, float32.

    Raises
    ------
    SeabedError
        When a class has no figure, or none is stated and nothing stands in.

    Examples
    --------
    >>> print(class_friction("soil", ["clay", "rock", ""], {"clay": 0.1, "rock": 2.0}, unknown=0.5))
    [0.1 2.  0.5]
    """
    found = classes if unknown is None else {**classes, "": unknown}
    missing = sorted({text for text in texts if text not in found})
    if missing:
        told = ", ".join(f"`{text}`" if text else "features without a class" for text in missing[:5])
        raise SeabedError(
            f"constraint `{name}` has no friction for {told}: `classes` has {', '.join(classes)}"
            + ("; `unknown_friction` is that of features without a class" if "" in missing else "")
        )
    return np.array([found[text] for text in texts], np.float32)


def band_friction(name: str, values: ArrayLike, bands: Bands, unknown: float | None) -> Floats:
    """The friction of each value by its band ``(from, to, friction)``, any shape; NaN takes that of the unknown.

    Parameters
    ----------
    name
        Of the constraint, for messages.
    values
        Of the column that the bands are about.
    bands
        In rising order, each beginning where the one before ends; a value on an edge belongs to the upper band.
    unknown
        Friction where the value is NaN; None: such a feature is refused.

    Returns
    -------
    ndarray
        Shape of ``values``, float32.

    Raises
    ------
    SeabedError
        When a value lies in no band, or is not known and nothing stands in.

    Examples
    --------
    >>> bands = [(0.0, 1.0, 0.0), (1.0, 5.0, 0.8)]  # thickness of ice in m, and friction
    >>> print(band_friction("ice", [0.2, 1.0, np.nan], bands, unknown=0.3))
    [0.  0.8 0.3]
    """
    value = np.asarray(values, float)
    low, high = bands[0][0], bands[-1][1]
    outside = value[(value < low) | (value > high)]
    if outside.size:
        raise SeabedError(
            f"constraint `{name}` has the value {outside[0]:g}, which lies in none of its bands {low:g}…{high:g}: "
            "extend them"
        )
    if unknown is None and np.isnan(value).any():
        raise SeabedError(f"constraint `{name}` has features without a value: give `unknown_friction` for them")
    frictions = np.array([friction for _, _, friction in bands], np.float32)
    found = frictions[np.searchsorted([start for start, _, _ in bands[1:]], value, side="right")]
    return np.where(np.isnan(value), np.float32(unknown or 0.0), found).astype(np.float32)


def inside_friction(grid: Grid, geometries: ArrayLike, frictions: ArrayLike) -> Floats:
    """Friction inside features; where several lie, the greatest. See `transcaspian.seabed.features`.

    Parameters
    ----------
    grid
        Frame of the result.
    geometries
        Features in EPSG:4326, shape ``(n,)``.
    frictions
        Of each feature, shape ``(n,)``.

    Returns
    -------
    ndarray
        Shape ``grid.shape``, 0 outside all features.

    Examples
    --------
    >>> import shapely
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> anchorage = shapely.box(50.0, 40.9, 50.1, 41.0)
    >>> print(inside_friction(grid, [anchorage], [0.5])[2])
    [0.5 0.5 0.5 0.5 0.5 0.  0.  0.  0. ]
    """
    return max_inside(grid, geometries, frictions)


def distance_friction(grid: Grid, geometries: ArrayLike, friction: float, reach_m: float) -> Floats:
    """Friction that falls linearly from ``friction`` at or inside the nearest feature to 0 at the reach.

    Parameters
    ----------
    grid
        Frame of the result.
    geometries
        Features in EPSG:4326.
    friction
        At or inside a feature; dimensionless, 1 is a second metre of clear seabed for each metre.
    reach_m
        Geodesic distance at which it is 0.

    Returns
    -------
    ndarray
        Shape ``grid.shape``, float32.

    Examples
    --------
    >>> import shapely
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> cable = shapely.LineString([(50.09, 40.8), (50.09, 41.1)])
    >>> print(distance_friction(grid, [cable], friction=1.0, reach_m=5000.0)[2].round(2))  # columns 1.7 km apart
    [0.   0.   0.33 0.66 1.   0.66 0.33 0.   0.  ]
    """
    away_m = distance_m(grid, geometries, reach_m)
    return np.float32(friction) * np.maximum(1.0 - away_m / np.float32(reach_m), np.float32(0))


def follow_friction(
    grid: Grid,
    depth: DepthModel,
    geometries: ArrayLike,
    *,
    min_separation_m: float,
    separation_depths: float,
    outer_km: float,
) -> Floats:
    """Friction of not following a cable: 0 at the separation from the nearest, 1 on it, and 1 at the outer limit.

    With the separation ``s = max(min_separation_m, separation_depths · depth)`` and the outer limit ``o = max(outer,
    2 s)`` it is ``1 − d / s`` within the separation, ``(d − s) / (o − s)`` from there on, and 1 beyond, where the depth
    is not known, and where there is nothing to follow. So following saves what the weight adds elsewhere, and no metre
    costs less than one of clear seabed.

    Parameters
    ----------
    grid
        Frame of the result.
    depth
        Water depth on it, m, positive down.
    geometries
        Lines that are followed, EPSG:4326.
    min_separation_m
        Least distance to keep from them.
    separation_depths
        Distance to keep in water depths, where that is more.
    outer_km
        Distance from which on a line follows nothing.

    Returns
    -------
    ndarray
        Friction, dimensionless and 0 or more, shape ``grid.shape``, float32; at most 1.

    Examples
    --------
    >>> import shapely
    >>> from transcaspian.seabed import DepthSurface
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> cable = shapely.LineString([(50.09, 40.8), (50.09, 41.1)])
    >>> depth_m = np.tile(np.linspace(10.0, 90.0, 9), (5, 1))
    >>> surface = DepthSurface.of_one_source(grid, depth_m, error_m=1.0, resolution_deg=0.02)
    >>> depth = DepthModel(surface, np.ones(grid.shape, bool), 0.02, np.zeros(grid.shape, bool))
    >>> apart = {"min_separation_m": 500.0, "separation_depths": 3.0, "outer_km": 10.0}
    >>> print(follow_friction(grid, depth, [cable], **apart)[2].round(2))
    [0.66 0.48 0.3  0.12 1.   0.12 0.3  0.48 0.66]
    """
    separation_m = np.maximum(np.float32(min_separation_m), np.float32(separation_depths) * depth.depth_m)
    outer_m = np.maximum(np.float32(1000.0 * outer_km), 2 * separation_m)
    reach_m = float(np.nanmax(outer_m)) if np.isfinite(outer_m).any() else 1000.0 * outer_km
    away_m = distance_m(grid, geometries, reach_m)
    with np.errstate(invalid="ignore"):
        beyond = np.minimum((away_m - separation_m) / (outer_m - separation_m), np.float32(1))
        found = np.where(away_m < separation_m, 1 - away_m / separation_m, beyond)
    return np.where(np.isfinite(found), found, np.float32(1)).astype(np.float32)


def raster_on_grid(grid: Grid, lon_deg: ArrayLike, lat_deg: ArrayLike, values: ArrayLike, how: str) -> Floats:
    """A regular raster on the study's grid.

    A cell takes the mean, or the greatest, of the raster's nodes inside it; one without any takes the nearest node
    within a step of the raster.

    Parameters
    ----------
    grid
        Frame of the result.
    lon_deg, lat_deg
        Nodes, ascending and descending.
    values
        Shape ``(len(lat_deg), len(lon_deg))``; NaN nodes are left out.
    how
        ``mean`` or ``greatest``.

    Returns
    -------
    ndarray
        Shape ``grid.shape``, float32, in the unit of the values; NaN where the raster says nothing.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.1, rows=1, cols=3)
    >>> lon_deg, lat_deg = np.array([50.02, 50.06, 50.12]), np.array([40.96, 40.93])
    >>> raster_on_grid(grid, lon_deg, lat_deg, [[1, 2, 5], [3, 6, 5]], "mean").tolist()
    [[3.0, 5.0, nan]]
    """
    lon, lat, value = np.asarray(lon_deg, float), np.asarray(lat_deg, float), np.asarray(values, np.float32)
    sampled = _nearest(grid, lon, lat, value)
    rows = np.floor((grid.north_deg - lat) / grid.step_deg).astype(int)
    cols = np.floor((lon - grid.west_deg) / grid.step_deg).astype(int)
    row, col = np.meshgrid(rows, cols, indexing="ij")
    here = (row >= 0) & (row < grid.rows) & (col >= 0) & (col < grid.cols) & np.isfinite(value)
    cell, inside = row[here] * grid.cols + col[here], value[here]
    size = grid.rows * grid.cols
    count = np.bincount(cell, minlength=size)
    if how == "greatest":
        found = np.full(size, -np.inf)
        np.maximum.at(found, cell, inside)
    else:
        found = np.bincount(cell, weights=inside, minlength=size) / np.maximum(count, 1)
    return np.where(count > 0, found, sampled.ravel()).reshape(grid.shape).astype(np.float32)


def _nearest(grid: Grid, lon: NDArray[np.float64], lat: NDArray[np.float64], value: Floats) -> Floats:
    """The nearest node of each cell's centre; NaN more than half a step outside the nodes."""
    step_lon, step_lat = abs(lon[-1] - lon[0]) / (len(lon) - 1), abs(lat[0] - lat[-1]) / (len(lat) - 1)
    cols = np.rint((grid.lon_deg - lon[0]) / step_lon).astype(int)
    rows = np.rint((lat[0] - grid.lat_deg) / step_lat).astype(int)
    found = value[np.ix_(np.clip(rows, 0, len(lat) - 1), np.clip(cols, 0, len(lon) - 1))].copy()
    found[(rows < 0) | (rows >= len(lat))] = np.nan
    found[:, (cols < 0) | (cols >= len(lon))] = np.nan
    return found
