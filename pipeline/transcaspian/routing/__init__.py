"""Routing: least-cost fields and lines over a cost surface. Arrays in, arrays and lines out; no file is opened.

All of it speaks of one value, the `RoutingProblem`: a grid, the cost of its cells, what is closed, and how much effort
a line is worth.
"""

from transcaspian.routing._kernels.chains import one_leg_more
from transcaspian.routing._kernels.divisions import cheapest_divisions
from transcaspian.routing.alternatives import (
    Alternative,
    Alternatives,
    Apart,
    Finish,
    alternatives,
    densified,
)
from transcaspian.routing.between import route_between
from transcaspian.routing.bound import Bound
from transcaspian.routing.branching import Branching, Joined, UnitRules, join_third
from transcaspian.routing.cost_excess import TIE, CostExcess, cost_excess, excess_between, ties, zone_polygon
from transcaspian.routing.exact_water import clear_legs, violations
from transcaspian.routing.field import CostField, nearest_reachable, solve, solve_directional
from transcaspian.routing.joint import JointPlan, Link, SeparationCurve, plan_together, separation_curve
from transcaspian.routing.landing import (
    EntryCell,
    ShoreLanding,
    check_apart,
    entry_cell,
    snap_to_shore,
    water_to_land_at,
)
from transcaspian.routing.levels import least_cost_path_by_levels
from transcaspian.routing.metric import Metric, isotropic_metric, slope_metric
from transcaspian.routing.path import LeastCostPath, along_geodesics, leg_costs, leg_pieces, polyline_cost, price, trace
from transcaspian.routing.polygon_copies import PolygonCopies
from transcaspian.routing.problem import (
    QUICK,
    THOROUGH,
    Effort,
    FinerCost,
    FixedLegs,
    MetricOf,
    Polish,
    Pull,
    RoutingProblem,
    ViaDisc,
    Waypoint,
)
from transcaspian.routing.refine import refine
from transcaspian.routing.search import least_cost_path
from transcaspian.routing.shared import EventPlace, SharedHazard, SharedPart, shared_by_anchors, shared_by_places
from transcaspian.routing.terrain import Terrain
from transcaspian.routing.through import (
    Held,
    HeldPath,
    ThroughBound,
    check_waypoints,
    excess_through,
    pieces_between,
    priced_as_laid,
    route_through,
    without_repeats,
)

__all__ = [
    "QUICK", "THOROUGH", "TIE", "Alternative", "Alternatives", "Apart", "Bound", "Branching", "CostExcess",
    "CostField", "Effort", "EntryCell", "EventPlace", "FinerCost", "Finish", "FixedLegs", "Held", "HeldPath",
    "Joined", "JointPlan", "LeastCostPath", "Link", "Metric", "MetricOf", "Polish", "PolygonCopies", "Pull",
    "RoutingProblem", "SeparationCurve", "SharedHazard", "SharedPart", "ShoreLanding", "Terrain", "ThroughBound",
    "UnitRules", "ViaDisc", "Waypoint", "along_geodesics", "alternatives", "cheapest_divisions", "check_apart",
    "check_waypoints", "clear_legs", "cost_excess", "densified", "entry_cell", "excess_between", "excess_through",
    "isotropic_metric", "join_third", "least_cost_path",
    "least_cost_path_by_levels", "leg_costs", "leg_pieces", "nearest_reachable", "one_leg_more",
    "pieces_between", "plan_together", "polyline_cost", "price", "priced_as_laid", "refine", "route_between",
    "route_through", "separation_curve", "shared_by_anchors", "shared_by_places", "slope_metric", "snap_to_shore",
    "solve", "solve_directional", "ties", "trace", "violations", "water_to_land_at", "without_repeats",
    "zone_polygon",
]  # fmt: skip
