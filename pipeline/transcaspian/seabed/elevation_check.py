"""Whether a grid of elevations can be the bed of a water: depths taken for heights, the water's surface, zeros."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.errors import SeabedError
from transcaspian.core.system_figures import percent

if TYPE_CHECKING:  # a kept depth does not depend on how files are read
    from transcaspian.ingest import SeabedRaster

# What tells a bed from something else: so many nodes are looked at, and a bed is neither mostly dry nor flat as water
_LOOKED_AT_NODES = 20_000
_MOST_DRY_SHARE = 0.5
_FLAT_M = 1.0
_AT_LEVEL_M = 2.0
# Exact zeros, many and with few figures near them, stand for no data
_MANY_ZEROS, _TIMES_AS_MANY = 10, 3
_NEAR_ZERO_M = 10.0


def check_elevation(
    source: SeabedRaster, water_polygon: BaseGeometry, level_m_msl: float, max_depth_m: float | None = None
) -> None:
    """Refuse a grid that cannot be the bed of this water.

    Parameters
    ----------
    source, water_polygon, level_m_msl
        As for `transcaspian.seabed.model_depth`.
    max_depth_m
        The deepest of this sea below its level; None: not known.

    Raises
    ------
    SeabedError
        When most of the nodes in the water lie above its level (depths read as heights), or all of them at it (the
        surface of the water), when many are exactly 0 where none is near that, or one is deeper than the sea.

    Examples
    --------
    >>> from transcaspian.ingest import SeabedRaster
    >>> lon_deg, lat_deg = np.arange(49.9, 50.31, 0.05), np.arange(41.1, 40.79, -0.05)
    >>> elevation_m = np.tile(np.linspace(-30.0, -130.0, lon_deg.size), (lat_deg.size, 1)).astype(np.float32)
    >>> source = SeabedRaster(-elevation_m, lon_deg, lat_deg, 0.05, "example")
    >>> check_elevation(source, shapely.box(50.0, 40.9, 50.18, 41.0), level_m_msl=-28.0)
    Traceback (most recent call last):
    transcaspian.core.errors.SeabedError: sources.seabed lies above the water level of -28 m at 100.0% of its nodes...
    """
    shapely.prepare(water_polygon)
    _check_swapped(source, water_polygon, level_m_msl)
    if max_depth_m is not None:
        _check_deepest(source, water_polygon, level_m_msl, max_depth_m)
    stride = max(1, int(np.sqrt(source.elevation_m.size / _LOOKED_AT_NODES)))
    wet = shapely.contains_xy(water_polygon, *np.meshgrid(source.lon_deg[::stride], source.lat_deg[::stride]))
    found = source.elevation_m[::stride, ::stride][wet].astype(float)
    found = found[np.isfinite(found)]
    if found.size:
        _check_nodes(found, level_m_msl, f"sources.{source.role}")


def _check_swapped(source: SeabedRaster, water_polygon: BaseGeometry, level_m_msl: float) -> None:
    """Refuse a shoreline whose inside is land by the seabed, and whose outside is water."""
    stride = max(1, int(np.sqrt(source.elevation_m.size / _LOOKED_AT_NODES)))
    elevation_m = source.elevation_m[::stride, ::stride]
    inside = shapely.contains_xy(water_polygon, *np.meshgrid(source.lon_deg[::stride], source.lat_deg[::stride]))
    shares = [float((part[np.isfinite(part)] > level_m_msl).mean()) for part in _parted(elevation_m, inside)]
    if len(shares) == 2 and shares[0] > _MOST_DRY_SHARE > shares[1] and shares[0] - shares[1] > _MOST_DRY_SHARE:
        raise SeabedError(
            f"sources.shoreline looks like land given as water: sources.{source.role} lies above the water level of "
            f"{level_m_msl:g} m at {percent(shares[0])} of its nodes inside the polygons and at {percent(shares[1])} "
            "outside them; give the water as polygons, with islands as holes"
        )


def _parted(values: NDArray[np.float32], inside: NDArray[np.bool_]) -> list[NDArray[np.float32]]:
    """Values inside and outside, where both have some that are known."""
    parts = [values[inside], values[~inside]]
    return parts if all(np.isfinite(part).any() for part in parts) else []


def _check_nodes(found: NDArray[np.float64], level_m_msl: float, key: str) -> None:
    """Refuse elevations of nodes in the water that cannot be those of its bed, shape ``(n,)``; ``key`` names them."""
    low, middle, high = np.quantile(found, (0.05, 0.5, 0.95))
    if high - low < _FLAT_M and abs(middle - level_m_msl) < _AT_LEVEL_M:
        raise SeabedError(
            f"{key} is flat at {middle:g} m inside the shoreline, the water level being {level_m_msl:g} m: "
            "the grid holds the surface of the water, not its bed; give a bathymetry"
        )
    dry = float((found > level_m_msl).mean())
    zeros, near = int((found == 0).sum()), int(((found != 0) & (np.abs(found) <= _NEAR_ZERO_M)).sum())
    if zeros >= _MANY_ZEROS and zeros > _TIMES_AS_MANY * near:
        raise SeabedError(
            f"{key} is exactly 0 m at {percent(zeros / found.size)} of its nodes inside the shoreline, where "
            f"{near:,} have any other figure within {_NEAR_ZERO_M:g} m of it: where 0 stands for no data, say so by "
            f"nodata = 0.0 in {key}, or in the file itself"
        )
    if dry > _MOST_DRY_SHARE:
        raise SeabedError(
            f"{key} lies above the water level of {level_m_msl:g} m at {percent(dry)} of its nodes inside the "
            f'shoreline (median {middle:g} m): where the file holds depths, give values = "depth_m_down"; else check '
            "water_level.level_m_msl and the file"
        )


def _check_deepest(source: SeabedRaster, water_polygon: BaseGeometry, level_m_msl: float, max_depth_m: float) -> None:
    """Refuse nodes in the water that are deeper than the sea."""
    rows, cols = np.nonzero(level_m_msl - source.elevation_m > max_depth_m)
    there = shapely.contains_xy(water_polygon, source.lon_deg[cols], source.lat_deg[rows])
    found = source.elevation_m[rows[there], cols[there]]
    if found.size:
        values, counts = np.unique(found, return_counts=True)
        raise SeabedError(
            f"sources.{source.role} is deeper than the sea's max_depth_m {max_depth_m:g} m at {found.size:,} of its "
            f"nodes inside the shoreline: elevations down to {found.min():g} m, the water being at {level_m_msl:g} m, "
            f"most often {values[counts.argmax()]:g} m ({counts.max():,} nodes). Where that stands for no data, say so "
            f"by nodata in sources.{source.role}, with the sign that it has in the file; else check the file, or raise "
            "max_depth_m in [area]"
        )
