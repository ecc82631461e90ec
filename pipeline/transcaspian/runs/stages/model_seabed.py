"""Depth and closed areas on the grid of the study, and cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from transcaspian import seabed
from transcaspian.core.grid import Grid
from transcaspian.runs.stages.inputs import Inputs, water_polygon
from transcaspian.runs.stages.steering import barrier_rows, check_constraints, follows_any_of, steered_by, steering_of
from transcaspian.study.seabed_tables import SEABED

if TYPE_CHECKING:
    from transcaspian.study import DepthModelRules


@dataclass(frozen=True)
class Bed:
    """Depth and the areas that are closed, on the study's grid."""

    grid: Grid
    water: Polygon | MultiPolygon
    depth: seabed.DepthModel
    no_go: gpd.GeoDataFrame

    @cached_property
    def forbidden(self) -> BaseGeometry | None:
        """All that is closed, buffers and all; None where nothing is."""
        return unary_union(list(self.no_go.geometry)) if len(self.no_go) else None

    def with_own_polygons(self) -> Self:
        """The same for one thread, with prepared polygons: GEOS prepares a geometry for one thread at a time."""
        own = replace(self, water=shapely.from_wkb(shapely.to_wkb(self.water)))
        shapely.prepare([own.water, own.forbidden])
        return own


@dataclass(frozen=True)
class Seabed(Bed):
    """The bed with what a metre of cable costs on it."""

    cost: seabed.CostSurface


def with_cost(bed: Bed, cost: seabed.CostSurface) -> Seabed:
    """Both together."""
    return Seabed(bed.grid, bed.water, bed.depth, bed.no_go, cost)


def model_bed(
    inputs: Inputs, coarse: Mapping[str, seabed.DepthModel] = MappingProxyType({}), *, with_error: bool = True
) -> Bed:
    """Depth below the declared water level, and the areas that no route enters.

    ``with_error``: whether the error of the depths is wanted; several seabeds have it always, they are joined by it.
    """
    water = water_polygon(inputs)
    no_go = checked_areas(inputs, water)
    grid = inputs.study.area.grid()
    return Bed(grid, water, depth_of(inputs, grid, water, coarse, with_error=with_error), no_go)


def model_coarse(inputs: Inputs, roles: Sequence[str]) -> dict[str, seabed.DepthModel]:
    """The depth of some of several seabeds, each alone, by their roles."""
    grid, water, level_m_msl = inputs.study.area.grid(), water_polygon(inputs), inputs.study.water_level.level_m_msl
    rules = depth_rules(inputs.study.depth_model)
    return {role: seabed.model_of(grid, inputs.seabeds[role], water, level_m_msl, rules) for role in roles}


def depth_of(
    inputs: Inputs,
    grid: Grid,
    water: Polygon | MultiPolygon,
    coarse: Mapping[str, seabed.DepthModel] = MappingProxyType({}),
    *,
    with_error: bool = True,
) -> seabed.DepthModel:
    """The depth of one seabed, or of several one over the other.

    Parameters
    ----------
    inputs
        With the seabeds as read.
    grid
        Frame of the depths.
    water
        Area inside the shoreline, EPSG:4326.
    coarse
        Depths of those seabeds that are known already, by role.

    Returns
    -------
    DepthModel
        Depths in m below the declared level, positive down, NaN where not known.
    """
    study, sources = inputs.study, list(inputs.seabeds.values())
    rules, level_m_msl = depth_rules(inputs.study.depth_model), study.water_level.level_m_msl
    if SEABED in inputs.seabeds:
        rules = rules._replace(kriging=rules.kriging._replace(with_error=with_error))
        return seabed.model_of(grid, sources[0], water, level_m_msl, rules)
    seams = study.fusion
    fusion = seabed.FusionRules(rules, 1000.0 * seams.feather_km, seams.max_disagreement, seams.unknown_datum_error_m)
    return seabed.model_seabeds(grid, sources, water, level_m_msl, fusion, coarse)


def depth_rules(rules: DepthModelRules) -> seabed.DepthRules:
    """The study's table of the depth model, as the seabed takes it."""
    kriging = seabed.Kriging(
        range_km=rules.range_km,
        scale_km=rules.scale_km,
        node_error_m=rules.node_error_m,
        shore_error_m=rules.shoreline_error_m,
    )
    source = rules.source_error
    deepest_m = float("inf") if source.measured_to_m is None else source.measured_to_m
    error = seabed.SourceError(source.base_m, source.depth_share, source.slope_m, deepest_m)
    return seabed.DepthRules(kriging, error, rules.shoreline_m_msl)


def checked_areas(inputs: Inputs, water: Polygon | MultiPolygon) -> gpd.GeoDataFrame:
    """The closed areas, after a look whether the seabed can be of this water; nothing is computed on the grid yet."""
    study = inputs.study
    for source in inputs.seabeds.values():
        seabed.check_elevation(source, water, study.water_level.level_m_msl, study.max_depth_m)
    return closed_areas(inputs)


def price_bed(inputs: Inputs, bed: Bed) -> seabed.CostSurface:
    """What a metre of cable costs on every cell."""
    check_constraints(inputs, bed.water)
    return cost_of(inputs, bed, steering_of(inputs, bed.grid, bed.depth))


def cost_of(inputs: Inputs, bed: Bed, steering: Iterable[seabed.Steering]) -> seabed.CostSurface:
    """The cost by all that steers, as `steering_of` gives it; and that of systems that must not follow some cables."""
    walls = seabed.rasterise_walls(bed.grid, list(bed.no_go.geometry))
    cost = seabed.build_cost(bed.grid, bed.depth, steering, walls, set(type(inputs.study.criteria).model_fields))
    return replace(cost, by_system=diverse_costs(inputs, bed, cost.friction_cost))


def diverse_costs(inputs: Inputs, bed: Bed, friction_cost: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """The cost of each system that asks for diversity from what others may follow, by its id."""
    found: dict[str, NDArray[np.float32]] = {}
    for system_id, names in inputs.study.diverse_from.items():
        others = frozenset(names)
        changed = [one for one in inputs.study.constraints if follows_any_of(inputs, one, others)]
        if not changed:
            continue
        cost = friction_cost.copy()
        for constraint in changed:
            whole = steered_by(inputs, bed.grid, bed.depth, constraint)
            rest = steered_by(inputs, bed.grid, bed.depth, constraint, others)
            cost += np.float32(whole.weight) * (rest.friction() - whole.friction())
        found[system_id] = np.maximum(cost, np.float32(1))
    return found


def closed_areas(inputs: Inputs) -> gpd.GeoDataFrame:
    """Hazards marked no-go and barriers of constraints, with their buffers, as the layer ``no_go``."""
    hazards = inputs.layers.get("hazards")
    rows = [] if hazards is None else hazards.layer[hazards.layer["no_go"]].to_dict("records")
    defaults = default_buffers_m(inputs)
    closed = seabed.no_go_layer([as_known(row, defaults) for row in rows], defaults)
    if not inputs.study.barriers:
        return closed
    return gpd.GeoDataFrame(pd.concat([closed, barrier_areas(inputs)], ignore_index=True), crs=closed.crs)


def as_known(row: dict[str, Any], default_buffer_m: Mapping[str, float]) -> dict[str, Any]:
    """A closed point that is known no better than its buffer is wide, with a buffer round all places it may be at."""
    accuracy_m, buffer_m = row["position_accuracy_m"], seabed.own_or_default_m(row, default_buffer_m)
    if row["geometry"].geom_type != "Point" or buffer_m is None or not accuracy_m > buffer_m:
        return row
    return {**row, "buffer_m": buffer_m + accuracy_m}


def barrier_areas(inputs: Inputs) -> gpd.GeoDataFrame:
    """What the barriers among the constraints close, as the layer ``no_go``."""
    return seabed.no_go_layer([row for one in inputs.study.barriers for row in barrier_rows(inputs, one)], {})


def default_buffers_m(inputs: Inputs) -> dict[str, float]:
    """The study's distance to keep from a hazard without one of its own, by kind."""
    return {str(kind): buffer_m for kind, buffer_m in inputs.study.no_go.default_buffer_m.items()}
