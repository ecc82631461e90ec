"""Depth below the declared water level, criteria and cost surface: arrays in, arrays out; no file is opened here."""

from transcaspian.seabed.assets import asset_friction, ridge_half_width_m
from transcaspian.seabed.constraints import (
    Steering,
    band_friction,
    class_friction,
    distance_friction,
    follow_friction,
    inside_friction,
    raster_on_grid,
)
from transcaspian.seabed.cost import CostSurface, build_cost, with_free_approaches
from transcaspian.seabed.criteria import (
    depth_friction,
    earthquake_friction,
    hazard_friction,
    shallow_friction,
    slope_friction,
    unknown_friction,
)
from transcaspian.seabed.depth import DepthModel, DepthRules, model_depth
from transcaspian.seabed.elevation_check import check_elevation
from transcaspian.seabed.finer import mean_friction, node_slope_deg
from transcaspian.seabed.fusion import Disagreement
from transcaspian.seabed.kriging import Kriging
from transcaspian.seabed.no_go import geodesic_buffer, no_go_areas, no_go_layer, own_or_default_m, rasterise_walls
from transcaspian.seabed.sampling import on_nodes, sample
from transcaspian.seabed.seabed_layer import SeabedLayer
from transcaspian.seabed.seabeds import FusionRules, SeabedAt, model_of, model_seabeds, seabed_at
from transcaspian.seabed.slope import slope_deg
from transcaspian.seabed.surface import NO_SOURCE, DepthSurface, SourceError
from transcaspian.seabed.water import area_km2, area_of, polygons_of, water_mask

__all__ = [
    "NO_SOURCE",
    "CostSurface",
    "DepthModel",
    "DepthRules",
    "DepthSurface",
    "Disagreement",
    "FusionRules",
    "Kriging",
    "SeabedAt",
    "SeabedLayer",
    "SourceError",
    "Steering",
    "area_km2",
    "area_of",
    "asset_friction",
    "band_friction",
    "build_cost",
    "check_elevation",
    "class_friction",
    "depth_friction",
    "distance_friction",
    "earthquake_friction",
    "follow_friction",
    "geodesic_buffer",
    "hazard_friction",
    "inside_friction",
    "mean_friction",
    "model_depth",
    "model_of",
    "model_seabeds",
    "no_go_areas",
    "no_go_layer",
    "node_slope_deg",
    "on_nodes",
    "own_or_default_m",
    "polygons_of",
    "raster_on_grid",
    "rasterise_walls",
    "ridge_half_width_m",
    "sample",
    "seabed_at",
    "shallow_friction",
    "slope_deg",
    "slope_friction",
    "unknown_friction",
    "water_mask",
    "with_free_approaches",
]
