"""The second and third stage: depth and closed areas on the grid of the study, and cost."""

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
from transcaspian.runs.stages.inputs import Inputs, water_polygon


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
    sea = inputs.study.sea
    max_depth_m = sea.max_depth_m if sea else None
    seabed.check_elevation(inputs.seabed, water, inputs.study.water_level.level_m_msl, max_depth_m)
    return closed_areas(inputs)


def price_bed(inputs: Inputs, bed: Bed) -> seabed.CostSurface:
    """What a metre of cable costs on every cell."""
    return cost_of(inputs, bed, frictions_of(inputs, bed.grid, bed.depth))


def cost_of(inputs: Inputs, bed: Bed, frictions: Mapping[str, tuple[float, NDArray[np.float32]]]) -> seabed.CostSurface:
    """The cost of weighted frictions, as `frictions_of` gives them."""
    walls = seabed.rasterise_walls(bed.grid, list(bed.no_go.geometry))
    return seabed.build_cost(bed.grid, bed.depth, frictions, walls, inputs.study.cost.base_cost_usd_per_km)


def closed_areas(inputs: Inputs) -> gpd.GeoDataFrame:
    """The hazards marked no-go with their buffers, as the layer ``no_go``."""
    hazards = inputs.layers.get("hazards")
    rows = [] if hazards is None else [row for row in hazards.layer.to_dict("records") if row["no_go"]]
    return seabed.no_go_layer(rows, default_buffers_m(inputs))


def default_buffers_m(inputs: Inputs) -> dict[str, float]:
    """The study's distance to keep from a hazard without one of its own, by kind."""
    return {str(kind): buffer_m for kind, buffer_m in inputs.study.no_go.default_buffer_m.items()}


def frictions_of(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> dict[str, tuple[float, NDArray[np.float32]]]:
    """Weight and friction of every criterion whose data is there."""
    criteria = inputs.study.criteria
    landings = [(landing.lon_deg, landing.lat_deg) for landing in inputs.study.landings]
    depth_bands = [(band.from_m, band.to_m, band.friction) for band in criteria.depth.bands]
    slope_bands = [(band.from_deg, band.to_deg, band.friction) for band in criteria.slope.bands]
    result = {
        "depth": (criteria.depth.weight, seabed.depth_friction(depth.depth_m, depth_bands)),
        "slope": (
            criteria.slope.weight,
            seabed.slope_friction(seabed.slope_deg(grid, depth.depth_m), slope_bands),
        ),
        "shallow": (
            criteria.shallow.weight,
            seabed.shallow_friction(
                grid,
                depth.depth_m,
                landings,
                limit_m=criteria.shallow.limit_m,
                approach_km=criteria.shallow.approach_km,
                friction=criteria.shallow.friction,
            ),
        ),
        "unknown": (
            criteria.unknown.weight,
            seabed.unknown_friction(depth.depth_m, depth.water, criteria.unknown.friction),
        ),
    }
    if "hazards" in inputs.layers:
        hazards = inputs.layers["hazards"].layer
        by_kind = [
            (list(hazards.geometry[hazards["kind"] == kind]), reach_km)
            for kind, reach_km in sorted(criteria.hazards.reach_km.items())
        ]
        result["hazards"] = (
            criteria.hazards.weight,
            seabed.hazard_friction(grid, depth.water, by_kind, criteria.hazards.friction),
        )
    if criteria.crossings is not None and "cables" in inputs.layers:
        cables, sketches = inputs.layers["cables"].layer, inputs.study.sketches
        priced = [
            (row["geometry"], criteria.crossings.price_km.get(row["kind"], 0.0))
            for row in cables.to_dict("records")
            if row["state"] in criteria.crossings.states and row["cable_id"] not in sketches
        ]
        free_km = criteria.crossings.free_radius_km
        friction = seabed.asset_friction(grid, depth.water, priced, landings, free_km)
        result["crossings"] = (criteria.crossings.weight, friction)
    if "earthquakes" in inputs.layers:
        quakes = inputs.layers["earthquakes"].layer
        result["earthquakes"] = (
            criteria.earthquakes.weight,
            seabed.earthquake_friction(
                grid,
                depth.water,
                np.column_stack([quakes.geometry.x, quakes.geometry.y, quakes["magnitude_mw"]]),
                bandwidth_km=criteria.earthquakes.bandwidth_km,
                min_magnitude_mw=criteria.earthquakes.min_magnitude_mw,
                friction=criteria.earthquakes.friction,
            ),
        )
    return result
