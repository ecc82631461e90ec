"""Depth below the declared water level, criteria and cost surface: arrays in, arrays out; no file is opened here."""

from pipeline.seabed.cost import CostSurface, build_cost
from pipeline.seabed.criteria import (
    depth_friction,
    earthquake_friction,
    hazard_friction,
    shallow_friction,
    slope_friction,
    unknown_friction,
)
from pipeline.seabed.depth import DepthModel, model_depth
from pipeline.seabed.geodesy import distance_to_geometries_m
from pipeline.seabed.no_go import geodesic_buffer, no_go_areas, no_go_layer, rasterise_walls
from pipeline.seabed.sampling import sample
from pipeline.seabed.slope import slope_deg
from pipeline.seabed.water import area_km2, area_of, polygons_of, water_mask

__all__ = [
    "CostSurface",
    "DepthModel",
    "area_km2",
    "area_of",
    "build_cost",
    "depth_friction",
    "distance_to_geometries_m",
    "earthquake_friction",
    "geodesic_buffer",
    "hazard_friction",
    "model_depth",
    "no_go_areas",
    "no_go_layer",
    "polygons_of",
    "rasterise_walls",
    "sample",
    "shallow_friction",
    "slope_deg",
    "slope_friction",
    "unknown_friction",
    "water_mask",
]
