"""What a lower sea does to a route: the shoreline goes out, the landings with it, and shallow water grows.

The Caspian falls by 20 to 30 cm a year, so a line laid today ends in tomorrow's dry land. The seabed stays as it is;
only the level moves, so a depth at another level is the depth less the fall. The route stays the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.grid import Grid
from transcaspian.core.linear_reference import runs
from transcaspian.engineering.landing import waterlines_km
from transcaspian.engineering.profile import Profile
from transcaspian.seabed import DepthModel, area_km2, area_of, polygons_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SeaAtLevel:
    """The water of the study's shoreline that is left at a level.

    Attributes
    ----------
    level_m_msl
        On mean sea level, positive up.
    fall_m
        Below the declared level.
    water
        Where the depth is not known the shoreline's word counts. Its edges follow the cells of the grid.
    area_km2
        Of the water.
    lost_km2
        What lies dry inside the shoreline.
    """

    level_m_msl: float
    fall_m: float
    water: shapely.MultiPolygon
    area_km2: float
    lost_km2: float


@dataclass(frozen=True)
class RouteAtLevel:
    """A route at a level of the sea.

    Attributes
    ----------
    level_m_msl
        On mean sea level, positive up.
    from_extension_km, to_extension_km
        Route that lies dry from the shoreline to the first and from the last water: by so much the beaches grow.
    dry_km
        Route that lies dry between.
    shallow_km
        Stretches of water shallower than the limit, dry ones not counted.
    unknown_km
        Length without a depth: nothing is said about it.
    max_depth_m, max_depth_error_m
        None where no depth is known; the error is one standard error.
    submerged_km
        What lies in water at the level.
    """

    level_m_msl: float
    from_extension_km: float
    to_extension_km: float
    dry_km: float
    shallow_km: tuple[tuple[float, float], ...]
    unknown_km: float
    submerged_km: float
    max_depth_m: float | None
    max_depth_error_m: float | None

    @property
    def dry_length_km(self) -> float:
        """All that lies dry: at both ends and between."""
        return self.from_extension_km + self.dry_km + self.to_extension_km

    @property
    def shallow_length_km(self) -> float:
        """Sum of the shallow stretches."""
        return sum(to_km - from_km for from_km, to_km in self.shallow_km)


def sea_at_level(
    grid: Grid, depth: DepthModel, shoreline: shapely.Geometry, declared_m_msl: float, level_m_msl: float
) -> SeaAtLevel:
    """The water left at a level at or below the declared one.

    Parameters
    ----------
    grid
        Frame of the depths.
    depth
        Below the declared level, in m, positive down; a cell whose depth is unknown stays water.
    shoreline
        Water inside the shoreline of today, EPSG:4326.
    declared_m_msl, level_m_msl
        Declared level, and the one at or below it that is asked for, m on mean sea level, positive up.

    Returns
    -------
    SeaAtLevel
        Water left and its area, and the area that fell dry, in km².

    Examples
    --------
    >>> from transcaspian.seabed import DepthSurface
    >>> grid = Grid(west_deg=50.0, north_deg=41.4, step_deg=0.1, rows=4, cols=10)
    >>> depth_m = np.tile(np.linspace(10.0, 100.0, 10), (4, 1))
    >>> surface = DepthSurface.of_one_source(grid, depth_m, error_m=1.0, resolution_deg=0.1)
    >>> depth = DepthModel(surface, np.ones(grid.shape, bool), 0.1, np.zeros(grid.shape, bool))
    >>> lower = sea_at_level(grid, depth, shapely.box(*grid.bounds), declared_m_msl=-28.0, level_m_msl=-43.0)
    >>> lower.fall_m, round(lower.area_km2), round(lower.lost_km2)
    (15.0, 3354, 373)
    """
    fall_m = declared_m_msl - level_m_msl
    wet = depth.water & ~(depth.depth_m <= fall_m)
    water = polygons_of(shapely.intersection(area_of(grid, wet), shoreline))
    left_km2 = area_km2(water, grid.step_deg)
    return SeaAtLevel(level_m_msl, fall_m, water, left_km2, area_km2(shoreline, grid.step_deg) - left_km2)


def route_at_level(profile: Profile, declared_m_msl: float, level_m_msl: float, shallow_m: float) -> RouteAtLevel:
    """Landings, dry and shallow stretches of a route at a level at or below the declared one.

    Parameters
    ----------
    profile
        Depths in m below the declared level, positive down.
    declared_m_msl, level_m_msl
        Declared level, and the one at or below it that is asked for, m on mean sea level, positive up.
    shallow_m
        Water shallower than that counts as shallow.

    Returns
    -------
    RouteAtLevel
        Lengths in km; stretches by their KPs.

    Examples
    --------
    >>> from transcaspian.engineering.profile import seabed_profile
    >>> grid = Grid(west_deg=50.0, north_deg=41.4, step_deg=0.1, rows=4, cols=10)
    >>> depth_m = np.tile(np.linspace(10.0, 100.0, 10), (4, 1))
    >>> profile = seabed_profile(grid, depth_m, [(50.05, 41.2), (50.95, 41.2)], 0.1)
    >>> lower = route_at_level(profile, declared_m_msl=-28.0, level_m_msl=-43.0, shallow_m=20.0)
    >>> round(lower.from_extension_km, 1), round(lower.shallow_length_km, 1), round(lower.max_depth_m)
    (4.2, 16.7, 85)
    """
    fall_m, kp_km, sea = declared_m_msl - level_m_msl, profile.kp_km, profile.at_sea
    depth_m = profile.depth_m - fall_m
    shore_km = profile.ashore_km[0], profile.length_km - profile.ashore_km[1]
    lines_km = waterlines_km(profile, fall_m)
    wet_km = (shore_km[1], shore_km[1]) if lines_km is None else (lines_km[0], profile.length_km - lines_km[1])
    between = (kp_km > wet_km[0]) & (kp_km < wet_km[1])
    with np.errstate(invalid="ignore"):
        dry = sum(to_km - from_km for from_km, to_km, _ in runs(kp_km, (depth_m <= 0) & between))
        shallow = runs(kp_km, sea & (depth_m > 0) & (depth_m < shallow_m))
    before_km, after_km = wet_km[0] - shore_km[0], shore_km[1] - wet_km[1]
    return RouteAtLevel(
        level_m_msl=level_m_msl,
        from_extension_km=before_km,
        to_extension_km=after_km,
        dry_km=dry,
        shallow_km=tuple((a, b) for a, b, _ in shallow),
        unknown_km=sum(to_km - from_km for from_km, to_km, _ in runs(kp_km, profile.is_unknown)),
        submerged_km=shore_km[1] - shore_km[0] - before_km - after_km - dry,
        max_depth_m=None if lines_km is None else float(np.nanmax(depth_m)),
        max_depth_error_m=None if lines_km is None else profile.max_depth_error_m,
    )
