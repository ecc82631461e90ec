"""Routing: least-cost fields and lines over a cost surface. Arrays in, arrays and lines out; no file is opened.

All of it speaks of one value, the `RoutingProblem`: a grid, the cost of its cells, what is closed, and how much effort
a line is worth.
"""

from transcaspian.routing.alternatives import Alternative, Alternatives, Apart, Finish, alternatives, densified
from transcaspian.routing.between import route_between
from transcaspian.routing.bound import Bound
from transcaspian.routing.branching import Branching, Joined, UnitRules, join_third
from transcaspian.routing.corridor import TIE, Corridor, corridor, corridor_between, corridor_polygon, ties
from transcaspian.routing.exact_water import violations
from transcaspian.routing.field import CostField, nearest_reachable, solve, solve_directional
from transcaspian.routing.joint import JointPlan, Link, SeparationCurve, plan_together, separation_curve
from transcaspian.routing.landing import EntryCell, ShoreLanding, check_apart, entry_cell, snap_to_shore
from transcaspian.routing.metric import Metric, isotropic_metric, slope_metric
from transcaspian.routing.path import LeastCostPath, along_geodesics, leg_costs, polyline_cost, price, trace
from transcaspian.routing.polygon_copies import PolygonCopies
from transcaspian.routing.problem import QUICK, THOROUGH, Effort, MetricOf, Polish, RoutingProblem
from transcaspian.routing.refine import refine
from transcaspian.routing.search import least_cost_path
from transcaspian.routing.shared import EventPlace, SharedHazard, SharedPart, shared_by_anchors, shared_by_places
from transcaspian.routing.terrain import Terrain

__all__ = [
    "QUICK", "THOROUGH", "TIE", "Alternative", "Alternatives", "Apart", "Bound", "Branching", "Corridor", "CostField",
    "Effort", "EntryCell", "EventPlace", "Finish", "Joined", "JointPlan", "LeastCostPath", "Link", "Metric",
    "MetricOf", "Polish", "PolygonCopies", "RoutingProblem", "SeparationCurve", "SharedHazard", "SharedPart",
    "ShoreLanding", "Terrain", "UnitRules", "along_geodesics", "alternatives", "check_apart", "corridor",
    "corridor_between", "corridor_polygon", "densified", "entry_cell", "isotropic_metric", "join_third",
    "least_cost_path", "leg_costs", "nearest_reachable", "plan_together", "polyline_cost", "price", "refine",
    "route_between", "separation_curve", "shared_by_anchors", "shared_by_places", "slope_metric", "snap_to_shore",
    "solve", "solve_directional", "ties", "trace", "violations",
]  # fmt: skip
