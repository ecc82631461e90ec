"""Depth below the declared water level, between coarse nodes and a fine shoreline.

Water depth is ``water level − elevation``, never ``−elevation``: elevation grids are relative to mean sea level,
and this sea stands far below it. No depth is invented: where the source is silent, the model is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.errors import SeabedError
from transcaspian.core.grid import Grid
from transcaspian.seabed.fusion import Disagreement
from transcaspian.seabed.kriging import Cells, Kriging, Scattered, kriged
from transcaspian.seabed.nodes import Nodes, nodes_around
from transcaspian.seabed.seabed_layer import SeabedLayer
from transcaspian.seabed.surface import DepthSurface, SourceError, error_of_source_m
from transcaspian.seabed.water import water_mask

if TYPE_CHECKING:  # a kept depth does not depend on how files are read
    from transcaspian.ingest import SeabedRaster

# Below this many grid steps between its nodes, a source resolves the shore itself and is only resampled
_FINE_STEPS = 2.0
# Points of the shoreline lie so far apart, in steps of the source: more would outnumber its nodes
_SHORE_STEPS = 0.25
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DepthModel:
    """Depth on the grid, with what must be known to read it.

    Attributes
    ----------
    surface
        Depth with its error, source and resolution, cell by cell.
    water
        What the shoreline calls water.
    effective_resolution_deg
        Spacing of the source's independent data, however fine the grid is.
    drying
        Water of the shoreline whose seabed lies above the declared level: depth 0 there. The shoreline and the
        level then speak of different years.
    layers
        The seabeds on their own nodes, the lowest first, where one of them is finer than the grid; else none.
    disagreements
        Of seabeds that overlap.
    drying_m
        Height of that seabed above the level, float32, 0 elsewhere; None: not known, and it counts as 0.
    """

    surface: DepthSurface
    water: NDArray[np.bool_]
    effective_resolution_deg: float
    drying: NDArray[np.bool_]
    layers: tuple[SeabedLayer, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    drying_m: NDArray[np.float32] | None = None

    @property
    def depth_m(self) -> NDArray[np.float32]:
        """Below the declared water level, positive down; NaN where there is insufficient information."""
        return self.surface.depth_m

    @property
    def error_m(self) -> NDArray[np.float32]:
        """One standard error of the depth."""
        return self.surface.error_m


class DepthRules(NamedTuple):
    """How depths are joined, and how far a source may be off.

    Attributes
    ----------
    kriging
        Of a source coarser than the grid.
    error
        Standard error of a source that states none.
    shoreline_m_msl
        Height of the shoreline against mean sea level; None: the declared water level.
    """

    kriging: Kriging = Kriging()
    error: SourceError = SourceError()
    shoreline_m_msl: float | None = None

    def joining(self, level_m_msl: float) -> Kriging:
        """How depths below a level are joined: the shoreline lies as deep as it was drawn below that level."""
        drawn_m_msl = level_m_msl if self.shoreline_m_msl is None else self.shoreline_m_msl
        return self.kriging._replace(shore_depth_m=level_m_msl - drawn_m_msl)


DEFAULT_RULES = DepthRules()


def model_depth(
    grid: Grid,
    source: SeabedRaster,
    water_polygon: BaseGeometry,
    level_m_msl: float,
    rules: DepthRules = DEFAULT_RULES,
) -> DepthModel:
    """Depth of the water on the grid, with its standard error.

    Between nodes farther apart than two cells the surface is kriged (`kriging`) through the nodes in the water and
    points of the shoreline. A source as fine as the grid needs no such help and is averaged over the cell instead.
    Farther than one step of the source from any of its data in the water, the depth is unknown.

    The error is that of interpolation and that of the source together. The source's is what its file says (BAG and
    S-102), else by ``rules.error``, which was measured on one source in one sea.

    Parameters
    ----------
    grid
        Frame of the result.
    source
        Elevations at nodes, m on mean sea level, positive up, whose axes may ascend or descend.
    water_polygon
        The water inside the shoreline, EPSG:4326.
    level_m_msl
        The declared water level against mean sea level.
    rules
        How depths are joined, and the error of a source that states none.

    Returns
    -------
    DepthModel
        Depth in m below the level, positive down, and its standard error, shape ``grid.shape``; NaN on land and where
        the depth is unknown.

    Raises
    ------
    SeabedError
        When the source is malformed, its level is no number, or it has no data on the water of the grid.

    Examples
    --------
    >>> from transcaspian.ingest import SeabedRaster
    >>> lon_deg, lat_deg = np.arange(49.9, 50.31, 0.05), np.arange(41.1, 40.79, -0.05)
    >>> elevation_m = np.tile(np.linspace(-30.0, -130.0, lon_deg.size), (lat_deg.size, 1)).astype(np.float32)
    >>> source = SeabedRaster(elevation_m, lon_deg, lat_deg, 0.05, "example")
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> depth = model_depth(grid, source, shapely.box(50.0, 40.9, 50.18, 41.0), level_m_msl=-28.0)
    >>> print(depth.depth_m[2].round(1))
    [29.5 34.5 39.5 44.5 49.5 54.5 59.5 64.5 69.5]
    """
    if not np.isfinite(level_m_msl):
        raise SeabedError(f"water_level.level_m_msl is {level_m_msl}: expected metres against mean sea level")
    nodes = nodes_around(grid, source, level_m_msl)
    water = water_mask(grid, water_polygon)
    is_fine = nodes.step_deg < _FINE_STEPS * grid.step_deg
    if is_fine:
        signed_m, between_m = nodes.resampled(grid, nodes.depth_m), np.zeros(grid.shape)
    else:
        signed_m, between_m = _joined(grid, nodes, water, water_polygon, rules.joining(level_m_msl))
    signed_m[~water] = np.nan
    if not np.isfinite(signed_m).any():
        raise SeabedError(
            "the seabed source has no elevation on the water of the grid: check its extent, its no-data value and the "
            "sign of its longitudes against [area]"
        )
    if nodes.error_m is None:
        of_source_m = error_of_source_m(grid, signed_m, rules.error)
    else:
        of_source_m = nodes.resampled(grid, nodes.error_m)
    error_m = np.hypot(of_source_m, between_m, out=between_m).astype(np.float32)
    del of_source_m, between_m  # of a fine grid all that is there at once counts
    depth_m = np.maximum(signed_m.astype(np.float32), 0.0)
    surface = DepthSurface.of_one_source(grid, depth_m, error_m, source.effective_resolution_deg)
    drying_m = np.nan_to_num(np.maximum(-signed_m.astype(np.float32), 0.0), copy=False)
    return DepthModel(surface, water, source.effective_resolution_deg, signed_m < 0, drying_m=drying_m)


def _joined(
    grid: Grid, nodes: Nodes, water: NDArray[np.bool_], water_polygon: BaseGeometry, how: Kriging
) -> tuple[Floats, Floats]:
    """A source coarser than the grid: signed depth through its nodes and the shoreline, and its standard error."""
    finite = np.isfinite(nodes.depth_m)
    lon, lat = np.meshgrid(nodes.lon_deg, nodes.lat_deg)
    wet = finite & _in_water(grid, water_polygon, lon, lat, nodes.depth_m)
    data = _scattered(lon[wet], lat[wet], nodes.depth_m[wet], _shore_points(grid, water_polygon, nodes.step_deg), how)
    covered = water & _covered(grid, nodes.lon_deg, nodes.lat_deg, finite, wet)
    cells = Cells(grid.lon_deg, grid.lat_deg, covered & wet.any())
    return kriged(data, (nodes.lon_deg, nodes.lat_deg), cells, how)


def _scattered(lon: Floats, lat: Floats, depth_m: Floats, shore: Floats, how: Kriging) -> Scattered:
    """Nodes in the water and points of the shoreline, as the surface takes them."""
    is_shore = np.repeat([False, True], [lon.size, len(shore)])
    return Scattered(
        np.concatenate([np.column_stack([lon, lat]), shore]),
        np.concatenate([depth_m, np.full(len(shore), how.shore_depth_m)]),
        np.where(is_shore, how.shore_error_m, how.node_error_m),
        is_shore,
    )


def _in_water(
    grid: Grid,
    water_polygon: BaseGeometry,
    lon: Floats,
    lat: Floats,
    signed_depth_m: Floats,
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
    lon: Floats,
    lat: Floats,
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


def _brackets(axis: Floats, at: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the nodes before and after each position, -1 where there is none within one step."""
    step = float(np.median(np.diff(axis)))
    after = np.searchsorted(axis, at, side="left")
    before = after - 1
    before[(before >= 0) & (at - axis[np.maximum(before, 0)] > step * (1 + 1e-9))] = -1
    after_there = np.minimum(after, axis.size - 1)
    after = np.where((after < axis.size) & (axis[after_there] - at <= step * (1 + 1e-9)), after_there, -1)
    return before, after


def _shore_points(grid: Grid, water_polygon: BaseGeometry, step_deg: float) -> Floats:
    """Points of the shoreline, one in each square of `_SHORE_STEPS` of the source, without the frame of the water."""
    apart_deg = max(_SHORE_STEPS * step_deg, grid.step_deg)
    shore = shapely.get_coordinates(shapely.segmentize(water_polygon.boundary, apart_deg))
    squares = np.floor(shore / apart_deg).astype(np.int64)
    shore = shore[np.sort(np.unique(squares, axis=0, return_index=True)[1])]
    west, south, east, north = grid.bounds
    frame = grid.step_deg
    inside = (shore[:, 0] > west + frame) & (shore[:, 0] < east - frame)
    inside &= (shore[:, 1] > south + frame) & (shore[:, 1] < north - frame)
    points: Floats = shore[inside]
    return points
