"""What layers mean to a line: frictions of any constraint on the grid. Arrays and geometries in, frictions ≥ 0 out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.errors import SeabedError
from transcaspian.core.grid import Grid
from transcaspian.seabed.assets import free_near, ridge_half_width_m
from transcaspian.seabed.depth import DepthModel
from transcaspian.seabed.features import distance_m, max_inside, ridges

Floats = NDArray[np.float32]
Bands = Sequence[tuple[float, float, float]]


@dataclass(frozen=True)
class Steering:
    """Something that adds to the cost of a metre: a criterion or a constraint.

    Attributes
    ----------
    name
        Of the criterion, or the id of the constraint.
    friction
        Works it out, shape ``grid.shape``; not before it is asked for, so that layers need not lie in memory together.
    """

    name: str
    weight: float
    friction: Callable[[], Floats]


def class_friction(name: str, texts: Sequence[str], classes: Mapping[str, float], unknown: float | None) -> Floats:
    """The friction of each class, shape ``(n,)``.

    Parameters
    ----------
    name
        Of the constraint, for messages.
    texts
        Classes as the file has them; empty: none is stated.
    unknown
        Friction where none is stated; None: such a feature is refused.

    Raises
    ------
    SeabedError
        When a class has no figure, or none is stated and nothing stands in.
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
    """
    away_m = distance_m(grid, geometries, reach_m)
    return np.float32(friction) * np.maximum(1.0 - away_m / np.float32(reach_m), np.float32(0))


def crossing_price(
    grid: Grid, geometries: ArrayLike, price_km: float, landings: ArrayLike, free_radius_km: float
) -> Floats:
    """Friction of a ridge along each feature whose integral straight across is the price; see `asset_friction`.

    Parameters
    ----------
    landings
        ``(lon_deg, lat_deg)``, shape ``(n, 2)``; within ``free_radius_km`` of one nothing is charged.
    """
    width_m = ridge_half_width_m(grid)
    features = np.asarray(geometries, dtype=object)
    found = ridges(grid, features, np.full(len(features), 1000.0 * price_km / width_m), width_m)
    return free_near(grid, found, np.asarray(landings, float).reshape(-1, 2), 1000.0 * free_radius_km)


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
    geometries
        Lines that are followed, EPSG:4326.
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
    """A regular raster on the study's grid, shape ``grid.shape``; NaN where it says nothing.

    A cell takes the mean, or the greatest, of the raster's nodes inside it; one without any takes the nearest node
    within a step of the raster.

    Parameters
    ----------
    lon_deg, lat_deg
        Nodes, ascending and descending.
    values
        Shape ``(len(lat_deg), len(lon_deg))``; NaN nodes are left out.
    how
        ``mean`` or ``greatest``.
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
