"""Depth and closed areas on the grid of the study, and cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from transcaspian import seabed
from transcaspian.core.grid import Grid
from transcaspian.runs.stages.inputs import Inputs, rows_of, water_polygon
from transcaspian.study.schema import CrossingCriterion


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


@dataclass(frozen=True)
class Seabed(Bed):
    """The bed with what a metre of cable costs on it."""

    cost: seabed.CostSurface


def with_cost(bed: Bed, cost: seabed.CostSurface) -> Seabed:
    """Both together."""
    return Seabed(bed.grid, bed.water, bed.depth, bed.no_go, cost)


def model_bed(inputs: Inputs) -> Bed:
    """Depth below the declared water level, and the areas that no route enters."""
    water = water_polygon(inputs)
    no_go = checked_areas(inputs, water)
    grid = inputs.study.area.grid()
    depth = seabed.model_depth(grid, inputs.seabed, water, inputs.study.water_level.level_m_msl)
    return Bed(grid, water, depth, no_go)


def checked_areas(inputs: Inputs, water: Polygon | MultiPolygon) -> gpd.GeoDataFrame:
    """The closed areas, after a look whether the seabed can be of this water; nothing is computed on the grid yet."""
    study = inputs.study
    seabed.check_elevation(inputs.seabed, water, study.water_level.level_m_msl, study.max_depth_m)
    return closed_areas(inputs)


def price_bed(inputs: Inputs, bed: Bed) -> seabed.CostSurface:
    """What a metre of cable costs on every cell."""
    return cost_of(inputs, bed, frictions_of(inputs, bed.grid, bed.depth))


def cost_of(inputs: Inputs, bed: Bed, frictions: Mapping[str, Friction]) -> seabed.CostSurface:
    """The cost of weighted frictions, as `frictions_of` gives them."""
    walls = seabed.rasterise_walls(bed.grid, list(bed.no_go.geometry))
    return seabed.build_cost(bed.grid, bed.depth, frictions, walls)


def closed_areas(inputs: Inputs) -> gpd.GeoDataFrame:
    """The hazards marked no-go with their buffers, as the layer ``no_go``."""
    hazards = inputs.layers.get("hazards")
    rows = [] if hazards is None else [row for row in hazards.layer.to_dict("records") if row["no_go"]]
    return seabed.no_go_layer(rows, default_buffers_m(inputs))


def default_buffers_m(inputs: Inputs) -> dict[str, float]:
    """The study's distance to keep from a hazard without one of its own, by kind."""
    return {str(kind): buffer_m for kind, buffer_m in inputs.study.no_go.default_buffer_m.items()}


Friction = tuple[float, NDArray[np.float32]]
"""Weight and friction of a criterion, shape ``grid.shape``."""


def frictions_of(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> dict[str, Friction]:
    """Weight and friction of every criterion whose data is there."""
    found = seabed_frictions(inputs, grid, depth)
    layers, criteria = inputs.layers, inputs.study.criteria
    if "hazards" in layers:
        found["hazards"] = hazard_friction(inputs, grid, depth)
    if criteria.crossings is not None and "cables" in layers:
        found["crossings"] = crossing_friction(inputs, criteria.crossings, grid, depth)
    if "earthquakes" in layers:
        found["earthquakes"] = earthquake_friction(inputs, grid, depth)
    return found


def seabed_frictions(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> dict[str, Friction]:
    """The criteria of the seabed itself."""
    criteria = inputs.study.criteria
    depth_bands = [(band.from_m, band.to_m, band.friction) for band in criteria.depth.bands]
    slope_bands = [(band.from_deg, band.to_deg, band.friction) for band in criteria.slope.bands]
    slope_deg = seabed.slope_deg(grid, depth.depth_m)
    shallow = criteria.shallow.model_dump(include={"limit_m", "approach_km", "friction"})
    unknown = seabed.unknown_friction(depth.depth_m, depth.water, criteria.unknown.friction)
    return {
        "depth": (criteria.depth.weight, seabed.depth_friction(depth.depth_m, depth_bands)),
        "slope": (criteria.slope.weight, seabed.slope_friction(slope_deg, slope_bands)),
        "shallow": (
            criteria.shallow.weight,
            seabed.shallow_friction(grid, depth.depth_m, landing_points(inputs), **shallow),
        ),
        "unknown": (criteria.unknown.weight, unknown),
    }


def landing_points(inputs: Inputs) -> list[tuple[float, float]]:
    """Longitude and latitude of every landing of the study, degrees."""
    return [(landing.lon_deg, landing.lat_deg) for landing in inputs.study.landings]


def hazard_friction(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> Friction:
    """The criterion ``hazards``."""
    rule, hazards = inputs.study.criteria.hazards, inputs.layers["hazards"].layer
    by_kind = [
        (list(hazards.geometry[hazards["kind"] == kind]), reach_km) for kind, reach_km in sorted(rule.reach_km.items())
    ]
    return rule.weight, seabed.hazard_friction(grid, depth.water, by_kind, rule.friction)


def crossing_friction(inputs: Inputs, rule: CrossingCriterion, grid: Grid, depth: seabed.DepthModel) -> Friction:
    """The criterion ``crossings``; the systems of the study themselves have no price."""
    sketches = inputs.study.sketches
    priced = [
        (row["geometry"], rule.price_km.get(row["kind"], 0.0))
        for row in rows_of(inputs, "cables")
        if row["state"] in rule.states and row["cable_id"] not in sketches
    ]
    friction = seabed.asset_friction(grid, depth.water, priced, landing_points(inputs), rule.free_radius_km)
    return rule.weight, friction


def earthquake_friction(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> Friction:
    """The criterion ``earthquakes``."""
    rule, quakes = inputs.study.criteria.earthquakes, inputs.layers["earthquakes"].layer
    epicentres = np.column_stack([quakes.geometry.x, quakes.geometry.y, quakes["magnitude_mw"]])
    limits = rule.model_dump(include={"bandwidth_km", "min_magnitude_mw", "friction"})
    return rule.weight, seabed.earthquake_friction(grid, depth.water, epicentres, **limits)
