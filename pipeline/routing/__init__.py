"""Routing: least-cost fields and lines over a cost surface. Arrays in, arrays and lines out; no file is opened."""

from pipeline.routing.field import CostField, nearest_reachable, solve
from pipeline.routing.path import LeastCostPath, least_cost_path, length_m, polyline_cost, trace

__all__ = [
    "CostField",
    "LeastCostPath",
    "least_cost_path",
    "length_m",
    "nearest_reachable",
    "polyline_cost",
    "solve",
    "trace",
]
