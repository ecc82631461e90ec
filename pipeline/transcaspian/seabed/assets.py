"""Friction that makes a router pay for crossing cables and pipelines: by price, and more the more slantwise."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.geodesy import distance_to_points_m
from transcaspian.core.grid import Grid
from transcaspian.seabed.features import ridges

_HALF_WIDTH_CELLS = 4.0


def asset_friction(
    grid: Grid,
    water: ArrayLike,
    geometries: ArrayLike,
    price_km: ArrayLike,
    landings: ArrayLike,
    free_radius_km: float,
) -> NDArray[np.float32]:
    """Friction of a ridge along each asset whose integral straight across is the asset's price.

    ``price / w · (1 − d / w)`` at the distance ``d`` from the line, with ``w`` of four cells: a ridge several cells
    wide costs the same whichever way the line runs over the grid. A crossing at the angle θ stays in it ``1 / sin θ``
    times as long and pays as much more; a run along the line pays all the way. Assets that lie together add up.

    Parameters
    ----------
    grid
        Frame of the result.
    water
        Shape ``grid.shape``; elsewhere the friction is 0.
    geometries
        Lines, shape ``(n,)``, EPSG:4326.
    price_km
        What a crossing of each costs, or of all, in kilometres of clear seabed.
    landings
        ``(lon_deg, lat_deg)``, shape ``(n, 2)``: within ``free_radius_km`` of one nothing is charged, because cables
        come ashore together.
    free_radius_km
        Geodesic, around each landing.

    Returns
    -------
    ndarray
        Friction, dimensionless and 0 or more, shape ``grid.shape``, float32; 0 beyond `ridge_half_width_m` of them all.

    Examples
    --------
    A crossing that counts as much as 5 km of clear seabed, paid along a parallel:

    >>> import shapely
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> cable = shapely.LineString([(50.09, 40.8), (50.09, 41.1)])
    >>> friction = asset_friction(grid, np.ones(grid.shape), [cable], 5.0, np.empty((0, 2)), free_radius_km=3.0)
    >>> print(friction[2].round(2))
    [0.14 0.24 0.35 0.46 0.56 0.46 0.35 0.24 0.14]
    >>> east_m, _ = grid.spacing_m()
    >>> print(f"{friction[2].sum() * east_m[2] / 1000:.1f} km")
    4.9 km
    """
    width_m = ridge_half_width_m(grid)
    assets = np.asarray(geometries, dtype=object)
    heights = np.full(assets.shape, 1000.0 * np.asarray(price_km, float) / width_m)
    result = ridges(grid, assets, heights, width_m)
    result[~np.asarray(water, bool)] = 0.0
    return free_near(grid, result, np.asarray(landings, float).reshape(-1, 2), 1000.0 * free_radius_km)


def ridge_half_width_m(grid: Grid) -> float:
    """How far the friction of an asset reaches to either side of it.

    Parameters
    ----------
    grid
        The largest spacing of its cells counts.

    Returns
    -------
    float
        In m.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> [round(float(spacing_m.max())) for spacing_m in grid.spacing_m()], round(ridge_half_width_m(grid))
    ([1685, 2221], 8884)
    """
    return _HALF_WIDTH_CELLS * max(float(spacing.max()) for spacing in grid.spacing_m())


def free_near(
    grid: Grid, friction: NDArray[np.float32], landings: NDArray[np.float64], radius_m: float
) -> NDArray[np.float32]:
    """A friction that is not charged near landings; changes it.

    Parameters
    ----------
    grid
        Its frame.
    friction
        ``(rows, cols)``; set to 0 in place.
    landings
        ``(n, 2)`` degrees.
    radius_m
        Around each, geodesic.
    """
    rows, cols = np.nonzero(friction)
    away_m = distance_to_points_m(grid.lon_deg[cols], grid.lat_deg[rows], landings, radius_m)
    near = away_m <= radius_m
    friction[rows[near], cols[near]] = 0.0
    return friction
