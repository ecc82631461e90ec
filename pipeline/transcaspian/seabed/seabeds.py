"""The seabeds of a study, one over the other, as one depth model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.catzoc import ERRORS, Catzoc
from transcaspian.core.errors import SeabedError
from transcaspian.core.grid import Grid
from transcaspian.seabed.depth import DepthModel, DepthRules, model_depth
from transcaspian.seabed.fusion import disagreements, fused, resolution_m_of, sampled
from transcaspian.seabed.sampling import sample, sample_at, smooth
from transcaspian.seabed.seabed_layer import FULL, Floats, SeabedLayer, feathered, spacing_of
from transcaspian.seabed.surface import SourceError
from transcaspian.seabed.water import water_mask

if TYPE_CHECKING:  # a kept depth does not depend on how files are read
    from transcaspian.ingest import SeabedRaster

JUST_DRY_M = -0.01
"""Stands for a bed above the water level where how far is not known."""
NOT_STATED: Catzoc = "C"
"""The class of a seabed whose error nothing says: ASSUMED."""


class FusionRules(NamedTuple):
    """How seabeds become one, as of `transcaspian.study.seabed_tables.SeabedFusion`.

    Attributes
    ----------
    depth
        Of each seabed.
    feather_m
        Width of the seam inside the edge of an upper seabed.
    max_disagreement
        Combined standard errors by which two seabeds may differ.
    unknown_datum_error_m
        One standard error of a seabed whose vertical datum is not known.
    """

    depth: DepthRules
    feather_m: float = 500.0
    max_disagreement: float = 2.0
    unknown_datum_error_m: float = 1.5


def model_seabeds(
    grid: Grid,
    sources: Sequence[SeabedRaster],
    water_polygon: BaseGeometry,
    level_m_msl: float,
    fusion: FusionRules,
    known: Mapping[str, DepthModel] = MappingProxyType({}),
) -> DepthModel:
    """Depth of the water on the grid from several seabeds, each over those before it.

    A seabed that is finer than the grid stays on its own nodes, from which profiles are taken; coarser ones are joined
    as `model_depth` does it. See `fusion.fused` for what becomes of them where they overlap.

    Parameters
    ----------
    grid, water_polygon, level_m_msl
        As of `model_depth`.
    sources
        The lowest first.
    known
        What `model_of` gave of those that are coarser than the grid, by their roles; those that are not there are
        modelled here.
    fusion
        How each is modelled, and how they are joined.

    Returns
    -------
    DepthModel
        Depth in m below the level, positive down, its error and source, shape ``grid.shape``; with the seabeds on their
        own nodes where one is finer than the grid, and how far seabeds that overlap differ.

    Raises
    ------
    SeabedError
        As of `model_depth`, and when one has no data on the water.

    Examples
    --------
    A survey, finer than the grid, over a regional grid:

    >>> import shapely
    >>> from transcaspian.ingest import SeabedRaster
    >>> lon_deg, lat_deg = np.arange(49.9, 50.31, 0.05), np.arange(41.1, 40.79, -0.05)
    >>> elevation_m = np.tile(np.linspace(-30.0, -130.0, lon_deg.size), (lat_deg.size, 1)).astype(np.float32)
    >>> source = SeabedRaster(elevation_m, lon_deg, lat_deg, 0.05, "example")
    >>> east_deg, north_deg = 50.05 + 0.005 * np.arange(20), 41.0 - 0.005 * np.arange(20)
    >>> survey = SeabedRaster(np.full((20, 20), -80.0, np.float32), east_deg, north_deg, 0.005, "survey", error_m=0.5)
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> sea = shapely.box(50.0, 40.9, 50.18, 41.0)
    >>> depth = model_seabeds(grid, [source, survey], sea, -28.0, FusionRules(DepthRules(), feather_m=0.0))
    >>> print(depth.depth_m[2].round(1), depth.surface.source[2])
    [29.5 34.5 48.9 52.  52.  52.  52.  61.4 69.5] [0 0 1 1 1 1 1 0 0]
    """
    water = water_mask(grid, water_polygon)
    layers = []
    for number, source in enumerate(sources):
        if grid.is_coarser_than(source.step_deg):
            layer = _fine_layer(number, source, level_m_msl, fusion, grid)
        else:
            model = known.get(source.role) or model_of(grid, source, water_polygon, level_m_msl, fusion.depth)
            layer = _coarse_layer(number, source, model, fusion, grid)
        _check_overlap(layer, grid, water, source.role)
        layers.append(layer)
    found = fused(grid, layers, water)
    return DepthModel(
        found.surface,
        water,
        max(source.effective_resolution_deg for source in sources),
        found.drying,
        tuple(layers) if any(layer.is_finer_than(grid) for layer in layers) else (),
        tuple(disagreements(grid, layers, water, fusion.max_disagreement)),
    )


class SeabedAt(NamedTuple):
    """The seabed at places, arrays of their shape; NaN is no data.

    Attributes
    ----------
    depth_m
        Below the declared level, positive down, 0 or more.
    error_m
        One standard error.
    resolution_m
        Spacing of the data.
    source
        Index among the seabeds of the study.
    """

    depth_m: Floats
    error_m: Floats
    resolution_m: Floats
    source: Floats


def seabed_at(grid: Grid, depth: DepthModel, lon_deg: ArrayLike, lat_deg: ArrayLike) -> SeabedAt:
    """The seabed at places from its finest source: from its own nodes where it is finer than the grid, else its cells.

    Depth has no kinks between them (`sampling.smooth_at`): bilinear, a slope of some degrees bends at each cell by more
    than its data do.

    Parameters
    ----------
    grid, depth
        Of the study.
    lon_deg, lat_deg
        Degrees, of one shape.

    Returns
    -------
    SeabedAt
        Depth and error in m, of the places' shape; NaN on land, outside the grid and where the depth is unknown.

    Examples
    --------
    >>> from transcaspian.seabed import DepthSurface
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> depth_m = np.tile(np.linspace(10.0, 90.0, 9), (5, 1))
    >>> surface = DepthSurface.of_one_source(grid, depth_m, error_m=1.0, resolution_deg=0.02)
    >>> depth = DepthModel(surface, np.ones(grid.shape, bool), 0.02, np.zeros(grid.shape, bool))
    >>> at = seabed_at(grid, depth, [50.03, 50.04], [40.95, 40.95])
    >>> print(at.depth_m, at.error_m, at.resolution_m.round())
    [20. 25.] [1. 1.] [2221. 2221.]
    """
    lon, lat = np.asarray(lon_deg, float), np.asarray(lat_deg, float)
    surface = depth.surface
    depth_m = np.maximum(smooth(grid, surface.depth_m, lon, lat), 0.0)
    if depth.layers:
        found = SeabedAt(*sampled(depth.layers, lon, lat))
        is_dry_land = np.isnan(depth_m)
        return SeabedAt(*(np.where(is_dry_land, np.nan, part) for part in (np.maximum(found.depth_m, 0.0), *found[1:])))
    row, col = (np.rint(at).astype(int) for at in grid.to_rowcol(lon, lat))
    cells = np.clip(row, 0, grid.rows - 1), np.clip(col, 0, grid.cols - 1)
    resolution_m, source = (
        np.where(np.isnan(depth_m), np.nan, of[cells]) for of in (surface.resolution_m, surface.source)
    )
    return SeabedAt(depth_m, sample(grid, surface.error_m, lon, lat), resolution_m, source)


def model_of(
    grid: Grid, source: SeabedRaster, water_polygon: BaseGeometry, level_m_msl: float, rules: DepthRules
) -> DepthModel:
    """A seabed coarser than the grid, with the error that the study states of it where it does.

    Parameters
    ----------
    grid
        Frame of the result.
    source
        Elevations in m on mean sea level, positive up, at its own nodes.
    water_polygon
        Inside the shoreline, EPSG:4326.
    level_m_msl
        Declared level, m on mean sea level.
    rules
        As of `model_depth`; the study's own error of this source takes the place of theirs.

    Returns
    -------
    DepthModel
        Depth in m, positive down from the level, with its standard error; shape ``grid.shape``.

    Raises
    ------
    SeabedError
        As of `model_depth`; the message names the source.

    Examples
    --------
    >>> import shapely
    >>> from transcaspian.ingest import SeabedRaster
    >>> lon_deg, lat_deg = np.arange(49.9, 50.31, 0.05), np.arange(41.1, 40.79, -0.05)
    >>> elevation_m = np.tile(np.linspace(-30.0, -130.0, lon_deg.size), (lat_deg.size, 1)).astype(np.float32)
    >>> source = SeabedRaster(elevation_m, lon_deg, lat_deg, 0.05, "example")
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=5, cols=9)
    >>> sea = shapely.box(50.0, 40.9, 50.18, 41.0)
    >>> stated = replace(source, error_m=2.0)
    >>> print(model_of(grid, stated, sea, -28.0, DepthRules()).error_m[2, 3:6].round(1))
    [2. 2. 2.]
    """
    if isinstance(source.error_m, float):
        rules = rules._replace(error=SourceError(source.error_m, float(np.mean(source.share_of_depth)), 0.0))
    elif source.error_m is not None:
        depth_m = np.maximum(level_m_msl - source.elevation_m, 0.0)
        source = replace(source, uncertainty_m=source.error_m + source.share_of_depth * depth_m)
    try:
        return model_depth(grid, source, water_polygon, level_m_msl, rules)
    except SeabedError as exc:
        if source.role == "seabed":
            raise
        raise SeabedError(f"sources.{source.role}: {exc}") from exc


def _fine_layer(number: int, source: SeabedRaster, level_m_msl: float, fusion: FusionRules, grid: Grid) -> SeabedLayer:
    """A seabed on its own nodes."""
    depth_m = (level_m_msl - source.elevation_m).astype(np.float32)
    middle_deg = float(source.lat_deg[source.lat_deg.size // 2])
    return SeabedLayer(
        number,
        source.lon_deg,
        source.lat_deg,
        depth_m,
        node_error_m(source, depth_m, fusion),
        _weights(number, source, fusion, grid),
        resolution_m_of(source.effective_resolution_deg, middle_deg),
    )


def node_error_m(source: SeabedRaster, depth_m: NDArray[np.float32], fusion: FusionRules) -> NDArray[np.float32]:
    """One standard error of each node: the source's own, that of interpolation, and that of an unknown datum.

    Parameters
    ----------
    source
        Its error is that of its file or of a grid beside it, else as the study states it, else that of a chart of the
        class `NOT_STATED`, which also stands where a node has none.
    depth_m
        At the nodes, positive down.
    """
    metres, share = ERRORS[NOT_STATED]
    below_m = np.maximum(depth_m, np.float32(0))
    own = metres + share * below_m
    if source.uncertainty_m is not None:
        own = np.where(np.isfinite(source.uncertainty_m), source.uncertainty_m, own)
    elif source.error_m is not None:
        stated = source.error_m + source.share_of_depth * below_m
        own = np.where(np.isfinite(stated), stated, own)
    between = 0.0 if source.between_m is None else np.nan_to_num(source.between_m)
    datum = 0.0 if source.has_known_datum else fusion.unknown_datum_error_m
    return np.sqrt(own**2 + between**2 + datum**2).astype(np.float32)


def _weights(number: int, source: SeabedRaster, fusion: FusionRules, grid: Grid) -> NDArray[np.uint8]:
    """How much each node counts; all of those of the lowest seabed do, and none where there is no data."""
    known = np.isfinite(source.elevation_m)
    if number == 0:
        return np.where(known, FULL, 0).astype(np.uint8)
    west, south, east, north = grid.bounds
    beyond = (
        (source.lat_deg[0] >= north, source.lat_deg[-1] <= south),
        (source.lon_deg[0] <= west, source.lon_deg[-1] >= east),
    )
    share = feathered(known, spacing_of(source.lat_deg, source.lon_deg), fusion.feather_m, beyond)
    return np.round(FULL * share).astype(np.uint8)


def _coarse_layer(number: int, source: SeabedRaster, model: DepthModel, fusion: FusionRules, grid: Grid) -> SeabedLayer:
    """A seabed on the cells of the grid."""
    datum = 0.0 if source.has_known_datum else fusion.unknown_datum_error_m
    weight = np.full(grid.shape, FULL, np.uint8)
    if number:
        rows = np.interp(-grid.lat_deg, -source.lat_deg, np.arange(source.lat_deg.size), -1, -1)
        cols = np.interp(grid.lon_deg, source.lon_deg, np.arange(source.lon_deg.size), -1, -1)
        of_nodes = _weights(number, source, fusion, grid)
        weight = np.nan_to_num(np.round(sample_at(of_nodes, *np.meshgrid(rows, cols, indexing="ij")))).astype(np.uint8)
    return SeabedLayer(
        number,
        grid.lon_deg,
        grid.lat_deg,
        np.where(model.drying, np.float32(JUST_DRY_M), model.depth_m),
        np.hypot(model.error_m, np.float32(datum)).astype(np.float32),
        weight,
        float(np.nanmean(model.surface.resolution_m)),
    )


def _check_overlap(layer: SeabedLayer, grid: Grid, water: NDArray[np.bool_], name: str) -> None:
    """Refuse a seabed that says nothing of the water."""
    rows, cols = (np.rint(at).astype(int) for at in grid.to_rowcol(*np.meshgrid(layer.lon_deg, layer.lat_deg)))
    inside = (rows >= 0) & (rows < grid.rows) & (cols >= 0) & (cols < grid.cols) & np.isfinite(layer.depth_m)
    if not water[rows[inside], cols[inside]].any():
        west, south, east, north = layer.bounds
        raise SeabedError(
            f"sources.{name} has no data on the water of the study's area: it spans {west:g}…{east:g}° E, "
            f"{south:g}…{north:g}° N; take it out, or check its extent and its CRS"
        )
