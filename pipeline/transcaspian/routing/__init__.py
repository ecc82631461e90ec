"""Routing: least-cost fields and lines over a cost surface. Arrays in, arrays and lines out; no file is opened."""

from transcaspian.routing.alternatives import Alternative, Alternatives, Finish, alternatives, densified
from transcaspian.routing.between import MetricOf, route_between, violations
from transcaspian.routing.bound import Bound
from transcaspian.routing.branching import Branching, Joined, join_third
from transcaspian.routing.corridor import TIE, Corridor, corridor, corridor_between, corridor_polygon, ties
from transcaspian.routing.field import CostField, Terrain, nearest_reachable, solve, terrain
from transcaspian.routing.joint import JointPlan, Link, SeparationCurve, plan_together, separation_curve
from transcaspian.routing.landing import Approach, ShoreLanding, approach, check_apart, snap_to_shore
from transcaspian.routing.metric import Metric, isotropic_metric, slope_metric, solve_directional
from transcaspian.routing.own import OwnPolygons
from transcaspian.routing.path import (
    QUICK,
    THOROUGH,
    LeastCostPath,
    Polish,
    along_geodesics,
    leg_costs,
    polyline_cost,
    price,
    trace,
)
from transcaspian.routing.refine import refine
from transcaspian.routing.search import directional_cost, directional_path, least_cost_path
from transcaspian.routing.shared import Place, SharedHazard, SharedPart, shared_by_anchors, shared_by_places

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
