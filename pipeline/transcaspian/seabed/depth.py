"""Depth below the declared water level, between coarse nodes and a fine shoreline.

Water depth is ``water level − elevation``, never ``−elevation``: elevation grids are relative to mean sea level,
and this sea stands far below it. No depth is invented: where the source is silent, the model is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import uniform_filter
from scipy.spatial import Delaunay, QhullError
from shapely.geometry.base import BaseGeometry
from threadpoolctl import threadpool_limits

from transcaspian.core.errors import SeabedError
from transcaspian.core.grid import Grid
from transcaspian.core.system_figures import percent
from transcaspian.seabed.water import water_mask

if TYPE_CHECKING:  # a kept depth does not depend on how files are read
    from transcaspian.ingest import SeabedRaster

# Below this many grid steps between its nodes, a source resolves the shore itself and is only resampled
_FINE_STEPS = 2.0
# What tells a bed from something else: so many nodes are looked at, and a bed is neither mostly dry nor flat as water
_LOOKED_AT_NODES = 20_000
_MOST_DRY_SHARE = 0.5
_FLAT_M = 1.0
_AT_LEVEL_M = 2.0
# Exact zeros, many and with few figures near them, stand for no data
_MANY_ZEROS, _TIMES_AS_MANY = 10, 3
_NEAR_ZERO_M = 10.0


@dataclass(frozen=True)
class DepthModel:
    """Depth on the grid, with what must be known to read it.

    Attributes
    ----------
    depth_m
        Below the declared water level, positive down, never negative, float32, shape ``grid.shape``; NaN on land
        and where the source has no data ("insufficient information").
    water
        What the shoreline calls water.
    effective_resolution_deg
        Spacing of the source's independent data, however fine the grid is.
    drying
        Water of the shoreline whose seabed lies above the declared level: depth 0 there. The shoreline and the
        level then speak of different years.
    """

    depth_m: NDArray[np.float32]
    water: NDArray[np.bool_]
    effective_resolution_deg: float
    drying: NDArray[np.bool_]


def model_depth(grid: Grid, source: SeabedRaster, water_polygon: BaseGeometry, level_m_msl: float) -> DepthModel:
    """Depth of the water on the grid, honouring the source's nodes in the water and zero depth at the shoreline.

    Nodes and shoreline points are triangulated in Mercator's plane (conformal, so that triangles are as good in the
    north as in the south) and joined by a Clough–Tocher surface, which is smooth; it is held within the depths at
    the corners of each triangle, so that it nowhere overshoots its data. A source as fine as the grid (nodes less than
    two cells apart) needs no such help and is averaged over the cell instead. Farther than one step of the source
    from any of its data in the water, and outside the hull of the data, the depth is unknown.

    Measured on ETOPO1 in the Caspian: with every second node (0.2°) kept, in all four ways, the nodes left out are
    missed by 13.0 m (RMS), by plain bilinear interpolation of the grid by 17.4 m; with a random tenth of the 0.1° nodes
    left out, by 7.3 m. Beside steep shores a single node can still be missed by more than bilinear would.

    The surface: Alfeld, P. (1984), A trivariate Clough–Tocher scheme for tetrahedral data, CAGD 1, 169–181, and
    Nielson, G. (1983), A method for interpolating scattered data, Math. Comp. 40, 253–271, as in SciPy.

    Parameters
    ----------
    source
        Elevations at nodes, whose axes may ascend or descend.
    water_polygon
        The water inside the shoreline, EPSG:4326.
    level_m_msl
        The declared water level against mean sea level.

    Raises
    ------
    SeabedError
        When the source is malformed, its level is no number, or it has no data on the water of the grid.
    """
    if not np.isfinite(level_m_msl):
        raise SeabedError(f"water_level.level_m_msl is {level_m_msl}: expected metres against mean sea level")
    lon, lat, elevation = _around(grid, source)
    water = water_mask(grid, water_polygon)
    step_deg = _step_deg(lon, lat)
    if step_deg < _FINE_STEPS * grid.step_deg:
        signed_m = _resampled(grid, lon, lat, level_m_msl - elevation)
    else:
        signed_m = _triangulated(grid, lon, lat, level_m_msl - elevation, water, water_polygon, step_deg)
    signed_m[~water] = np.nan
    if not np.isfinite(signed_m).any():
        raise SeabedError(
            "the seabed source has no elevation on the water of the grid: check its extent, its no-data value and the "
            "sign of its longitudes against [area]"
        )
    depth_m = np.maximum(signed_m, 0.0).astype(np.float32)
    return DepthModel(depth_m, water, source.effective_resolution_deg, signed_m < 0)


def check_elevation(
    source: SeabedRaster, water_polygon: BaseGeometry, level_m_msl: float, max_depth_m: float | None = None
) -> None:
    """Refuse a grid that cannot be the bed of this water.

    Parameters
    ----------
    source, water_polygon, level_m_msl
        As for `model_depth`.
    max_depth_m
        The deepest of this sea below its level; None: not known.

    Raises
    ------
    SeabedError
        When most of the nodes in the water lie above its level (depths read as heights), or all of them at it (the
        surface of the water), when many are exactly 0 where none is near that, or one is deeper than the sea.
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
        _check_nodes(found, level_m_msl)


def _check_swapped(source: SeabedRaster, water_polygon: BaseGeometry, level_m_msl: float) -> None:
    """Refuse a shoreline whose inside is land by the seabed, and whose outside is water."""
    stride = max(1, int(np.sqrt(source.elevation_m.size / _LOOKED_AT_NODES)))
    elevation_m = source.elevation_m[::stride, ::stride]
    inside = shapely.contains_xy(water_polygon, *np.meshgrid(source.lon_deg[::stride], source.lat_deg[::stride]))
    shares = [float((part[np.isfinite(part)] > level_m_msl).mean()) for part in _parted(elevation_m, inside)]
    if len(shares) == 2 and shares[0] > _MOST_DRY_SHARE > shares[1] and shares[0] - shares[1] > _MOST_DRY_SHARE:
        raise SeabedError(
            f"sources.shoreline looks like land given as water: sources.seabed lies above the water level of "
            f"{level_m_msl:g} m at {percent(shares[0])} of its nodes inside the polygons and at {percent(shares[1])} "
            "outside them; give the water as polygons, with islands as holes"
        )


def _parted(values: NDArray[np.float32], inside: NDArray[np.bool_]) -> list[NDArray[np.float32]]:
    """Values inside and outside, where both have some that are known."""
    parts = [values[inside], values[~inside]]
    return parts if all(np.isfinite(part).any() for part in parts) else []


def _check_nodes(found: NDArray[np.float64], level_m_msl: float) -> None:
    """Refuse elevations of nodes in the water that cannot be those of its bed, shape ``(n,)``."""
    low, middle, high = np.quantile(found, (0.05, 0.5, 0.95))
    if high - low < _FLAT_M and abs(middle - level_m_msl) < _AT_LEVEL_M:
        raise SeabedError(
            f"sources.seabed is flat at {middle:g} m inside the shoreline, the water level being {level_m_msl:g} m: "
            "the grid holds the surface of the water, not its bed; give a bathymetry"
        )
    dry = float((found > level_m_msl).mean())
    zeros, near = int((found == 0).sum()), int(((found != 0) & (np.abs(found) <= _NEAR_ZERO_M)).sum())
    if zeros >= _MANY_ZEROS and zeros > _TIMES_AS_MANY * near:
        raise SeabedError(
            f"sources.seabed is exactly 0 m at {percent(zeros / found.size)} of its nodes inside the shoreline, where "
            f"{near:,} have any other figure within {_NEAR_ZERO_M:g} m of it: where 0 stands for no data, say so by "
            "nodata = 0.0 in sources.seabed, or in the file itself"
        )
    if dry > _MOST_DRY_SHARE:
        raise SeabedError(
            f"sources.seabed lies above the water level of {level_m_msl:g} m at {percent(dry)} of its nodes inside the "
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
            f"sources.seabed is deeper than the sea's max_depth_m {max_depth_m:g} m at {found.size:,} of its nodes "
            f"inside the shoreline: elevations down to {found.min():g} m, the water being at {level_m_msl:g} m, most "
            f"often {values[counts.argmax()]:g} m ({counts.max():,} nodes). Where that stands for no data, say so by "
            "nodata in sources.seabed, with the sign that it has in the file; else check the file, or raise "
            "max_depth_m in [area]"
        )


def _around(grid: Grid, source: SeabedRaster) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The source around the grid with ascending axes, or what is wrong with it."""
    lon, lat, elevation = source.lon_deg, source.lat_deg, np.asarray(source.elevation_m, float)
    if elevation.shape != (lat.size, lon.size) or min(elevation.shape) < 2:
        raise SeabedError(
            f"the seabed source has {lat.size} latitudes, {lon.size} longitudes and elevations of shape "
            f"{elevation.shape}: expected (latitudes, longitudes), at least two of each"
        )
    for name, axis in (("longitudes", lon), ("latitudes", lat)):
        steps = np.diff(axis)
        if not ((steps > 0).all() or (steps < 0).all()):
            raise SeabedError(f"the {name} of the seabed source neither ascend nor descend: sort the file")
    if lon[0] > lon[-1]:
        lon, elevation = lon[::-1], elevation[:, ::-1]
    if lat[0] > lat[-1]:
        lat, elevation = lat[::-1], elevation[::-1]
    margin_deg = 2 * _step_deg(lon, lat)
    west, south, east, north = grid.bounds
    near_lon = (lon >= west - margin_deg) & (lon <= east + margin_deg)
    near_lat = (lat >= south - margin_deg) & (lat <= north + margin_deg)
    if near_lon.sum() < 2 or near_lat.sum() < 2:
        raise SeabedError(
            f"the seabed source spans {lon[0]:g}…{lon[-1]:g}° E, {lat[0]:g}…{lat[-1]:g}° N, away from the grid "
            f"{west:g}…{east:g}° E, {south:g}…{north:g}° N: check [area] and the sign of the longitudes"
        )
    return lon[near_lon], lat[near_lat], elevation[np.ix_(near_lat, near_lon)]


def _step_deg(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> float:
    """Spacing of the source's nodes, the coarser of the two directions."""
    return float(max(np.median(np.diff(lon)), np.median(np.diff(lat))))


def _resampled(
    grid: Grid, lon: NDArray[np.float64], lat: NDArray[np.float64], signed_depth_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A source as fine as the grid: mean over the cell, then bilinear; NaN where the nearest node has no data."""
    from scipy.interpolate import RegularGridInterpolator  # 0.2 s, which only runs with new depths need

    finite = np.isfinite(signed_depth_m)
    size = tuple(max(1, round(grid.step_deg / float(np.median(np.diff(axis))))) for axis in (lat, lon))
    weight = uniform_filter(finite.astype(float), size, mode="constant")
    total = uniform_filter(np.where(finite, signed_depth_m, 0.0), size, mode="constant")
    at = tuple(np.meshgrid(grid.lat_deg, grid.lon_deg, indexing="ij"))

    def at_cells(values: NDArray[np.float64], method: str) -> NDArray[np.float64]:
        interpolated: NDArray[np.float64] = RegularGridInterpolator(
            (lat, lon), values, method=method, bounds_error=False, fill_value=0.0
        )(at)
        return interpolated

    weights = at_cells(weight, "linear")
    known = (at_cells(finite.astype(float), "nearest") > 0.5) & (weights > 1e-9)
    return np.where(known, at_cells(total, "linear") / np.where(known, weights, 1.0), np.nan)


def _triangulated(
    grid: Grid,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    signed_depth_m: NDArray[np.float64],
    water: NDArray[np.bool_],
    water_polygon: BaseGeometry,
    step_deg: float,
) -> NDArray[np.float64]:
    """A source coarser than the grid: a surface through its nodes in the water and the shoreline at zero."""
    finite = np.isfinite(signed_depth_m)
    node_lon, node_lat = np.meshgrid(lon, lat)
    wet = finite & _in_water(grid, water_polygon, node_lon, node_lat, signed_depth_m)
    shore = _shore_points(grid, water_polygon, step_deg)
    points = np.concatenate([np.column_stack([node_lon[wet], node_lat[wet]]), shore])
    depths_m = np.concatenate([signed_depth_m[wet], np.zeros(len(shore))])
    return _surface(grid, points, depths_m, water & _covered(grid, lon, lat, finite, wet))


def _in_water(
    grid: Grid,
    water_polygon: BaseGeometry,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    signed_depth_m: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Nodes in the water polygon.

    The polygon may be cut at the frame: a node outside the frame counts where the frame beside it is water and the
    node lies below the water level, or else the outermost cells would have no data on one side.
    """
    shapely.prepare(water_polygon)
    west, south, east, north = grid.bounds
    inset = grid.step_deg
    beside_lon = np.clip(lon, west + inset, east - inset)
    beside_lat = np.clip(lat, south + inset, north - inset)
    outside = (lon < west + inset) | (lon > east - inset) | (lat < south + inset) | (lat > north - inset)
    with np.errstate(invalid="ignore"):
        return shapely.intersects_xy(water_polygon, beside_lon, beside_lat) & (~outside | (signed_depth_m > 0))


def _covered(
    grid: Grid,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    finite: NDArray[np.bool_],
    wet: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Cells within one source step of a node with data in the water, or between four nodes with data."""
    west, east = _brackets(lon, grid.lon_deg)
    south, north = _brackets(lat, grid.lat_deg)
    any_wet = np.zeros(grid.shape, dtype=bool)
    all_finite = np.ones(grid.shape, dtype=bool)
    for row in (south, north):
        for col in (west, east):
            there = np.ix_(row, col)
            outside = (row < 0)[:, np.newaxis] | (col < 0)
            any_wet |= wet[there] & ~outside
            all_finite &= finite[there] & ~outside
    return any_wet | all_finite


def _brackets(axis: NDArray[np.float64], at: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the nodes before and after each position, -1 where there is none within one step."""
    step = float(np.median(np.diff(axis)))
    after = np.searchsorted(axis, at, side="left")
    before = after - 1
    before[(before >= 0) & (at - axis[np.maximum(before, 0)] > step * (1 + 1e-9))] = -1
    after_there = np.minimum(after, axis.size - 1)
    after = np.where((after < axis.size) & (axis[after_there] - at <= step * (1 + 1e-9)), after_there, -1)
    return before, after


def _shore_points(grid: Grid, water_polygon: BaseGeometry, step_deg: float) -> NDArray[np.float64]:
    """Points of the shoreline, a quarter of the source's step apart, without the frame the water was cut at."""
    outline = shapely.segmentize(water_polygon.boundary, max(step_deg / 4, grid.step_deg))
    shore = np.unique(shapely.get_coordinates(outline), axis=0)
    west, south, east, north = grid.bounds
    frame = grid.step_deg
    inside = (shore[:, 0] > west + frame) & (shore[:, 0] < east - frame)
    inside &= (shore[:, 1] > south + frame) & (shore[:, 1] < north - frame)
    points: NDArray[np.float64] = shore[inside]
    return points


def _surface(
    grid: Grid, points: NDArray[np.float64], depths_m: NDArray[np.float64], known: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The surface through the points at the known cells, NaN elsewhere; shape ``grid.shape``."""
    surface = np.full(grid.shape, np.nan)
    rows, cols = np.nonzero(known)
    if not len(rows):
        return surface
    from scipy.interpolate import CloughTocher2DInterpolator

    try:
        triangles = Delaunay(_mercator(points[:, 0], points[:, 1]))
    except (QhullError, ValueError) as exc:
        raise SeabedError(
            f"the seabed source and the shoreline give only {len(points)} points on the water of the grid, too few "
            "to span a surface: use a finer seabed source or enlarge [area]"
        ) from exc
    at = _mercator(grid.lon_deg[cols], grid.lat_deg[rows])
    # SciPy calls LAPACK once for each triangle; on several threads these wait for each other by spinning
    with threadpool_limits(1, user_api="blas"):
        smooth = CloughTocher2DInterpolator(triangles, depths_m)(at)
        corners = depths_m[triangles.simplices[triangles.find_simplex(at)]]
    surface[rows, cols] = np.clip(smooth, corners.min(axis=1), corners.max(axis=1))
    return surface


def _mercator(lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.float64]:
    """Spherical Mercator of unit radius (Snyder 1987, eqs 7-1 and 7-2): conformal is all that is asked of it."""
    lat = np.radians(np.asarray(lat_deg, float))
    return np.column_stack([np.radians(np.asarray(lon_deg, float)), np.arcsinh(np.tan(lat))])
