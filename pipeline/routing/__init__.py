"""Routing: least-cost fields and lines over a cost surface. Arrays in, arrays and lines out; no file is opened."""

from pipeline.routing.alternatives import Alternative, Alternatives, alternatives
from pipeline.routing.between import route_between
from pipeline.routing.corridor import Corridor, area_km2, corridor, corridor_between, corridor_polygon
from pipeline.routing.field import CostField, nearest_reachable, solve
from pipeline.routing.landing import Approach, ShoreLanding, approach, snap_to_shore
from pipeline.routing.path import LeastCostPath, length_m, polyline_cost, trace
from pipeline.routing.refine import refine
from pipeline.routing.search import least_cost_path

__all__ = [
    "Alternative",
    "Alternatives",
    "Approach",
    "Corridor",
    "CostField",
    "LeastCostPath",
    "ShoreLanding",
    "alternatives",
    "approach",
    "area_km2",
    "corridor",
    "corridor_between",
    "corridor_polygon",
    "least_cost_path",
    "length_m",
    "nearest_reachable",
    "polyline_cost",
    "refine",
    "route_between",
    "snap_to_shore",
    "solve",
    "trace",
]
