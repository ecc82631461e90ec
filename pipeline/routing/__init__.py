"""Routing: least-cost fields and lines over a cost surface. Arrays in, arrays and lines out; no file is opened."""

from pipeline.routing.alternatives import Alternative, Alternatives, Finish, alternatives, densified
from pipeline.routing.between import MetricOf, route_between, violations
from pipeline.routing.bound import Bound
from pipeline.routing.branching import Branching, Joined, join_third
from pipeline.routing.corridor import TIE, Corridor, corridor, corridor_between, corridor_polygon, ties
from pipeline.routing.field import CostField, Terrain, nearest_reachable, solve, terrain
from pipeline.routing.joint import JointPlan, Link, SeparationCurve, plan_together, separation_curve
from pipeline.routing.landing import Approach, ShoreLanding, approach, check_apart, snap_to_shore
from pipeline.routing.metric import Metric, isotropic_metric, slope_metric, solve_directional
from pipeline.routing.own import OwnPolygons
from pipeline.routing.path import (
    QUICK,
    THOROUGH,
    LeastCostPath,
    Polish,
    along_geodesics,
    leg_costs,
    length_m,
    polyline_cost,
    price,
    trace,
)
from pipeline.routing.refine import refine
from pipeline.routing.search import directional_cost, directional_path, least_cost_path
from pipeline.routing.shared import Place, SharedHazard, SharedPart, shared_by_anchors, shared_by_places

__all__ = [
    "QUICK",
    "THOROUGH",
    "TIE",
    "Alternative",
    "Alternatives",
    "Approach",
    "Bound",
    "Branching",
    "Corridor",
    "CostField",
    "Finish",
    "Joined",
    "JointPlan",
    "LeastCostPath",
    "Link",
    "Metric",
    "MetricOf",
    "OwnPolygons",
    "Place",
    "Polish",
    "SeparationCurve",
    "SharedHazard",
    "SharedPart",
    "ShoreLanding",
    "Terrain",
    "along_geodesics",
    "alternatives",
    "approach",
    "check_apart",
    "corridor",
    "corridor_between",
    "corridor_polygon",
    "densified",
    "directional_cost",
    "directional_path",
    "isotropic_metric",
    "join_third",
    "least_cost_path",
    "leg_costs",
    "length_m",
    "nearest_reachable",
    "plan_together",
    "polyline_cost",
    "price",
    "refine",
    "route_between",
    "separation_curve",
    "shared_by_anchors",
    "shared_by_places",
    "slope_metric",
    "snap_to_shore",
    "solve",
    "solve_directional",
    "terrain",
    "ties",
    "trace",
    "violations",
]
