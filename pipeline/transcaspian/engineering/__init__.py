"""A line becomes a route: legs, KP, profile, cable, neighbours, waters, Route Position List.

Values in, values out; no file is opened.

A sea of two states, shallow in the west, with a pipeline across it:

>>> import numpy as np
>>> import shapely
>>> from transcaspian.core.grid import Grid
>>> from transcaspian.routing import RoutingProblem, least_cost_path
>>> from transcaspian.seabed import CostSurface, DepthModel, DepthSurface
>>> from transcaspian.study import load_study
>>> grid = Grid(west_deg=50.0, north_deg=41.6, step_deg=0.02, rows=10, cols=50)
>>> depth_m = np.tile(np.interp(grid.lon_deg, [50.0, 50.5, 50.75, 51.0], [2.0, 12.0, 150.0, 2.0]), (10, 1))
>>> surface = DepthSurface.of_one_source(grid, depth_m, error_m=0.5, resolution_deg=0.02)
>>> depth = DepthModel(surface, np.ones(grid.shape, bool), 0.02, np.zeros(grid.shape, bool))
>>> cost, sea = CostSurface(np.ones(grid.shape, np.float32), {}), shapely.box(*grid.bounds)
>>> ashore = [Border("AA", "AA", 50.0, 41.5), Border("BB", "BB", 51.0, 41.5)]
>>> borders = [*ashore, Border("AA", "BB", 50.5, 41.4), Border("AA", "BB", 50.5, 41.6)]
>>> waters = equidistance_waters(shores_of(sea, borders, max_off_km=1.0), territorial_nm=12.0, fishing_nm=25.0)
>>> drawn = shapely.LineString([(50.7, 41.3), (50.7, 41.7)])
>>> pipe = Asset("pipe", "Pipe", "pipeline", "", "operating", 10.0, drawn)
>>> ground = Surroundings(grid, depth, cost, sea, None, level_m_msl=-28.0, assets=(pipe,), waters=waters)

The least-cost path over it becomes a route by the rules of a study:

>>> study = load_study("studies/trans_caspian.toml")
>>> rules, prices = study.engineering, study.prices
>>> path = least_cost_path(RoutingProblem(grid, cost.friction_cost), (50.05, 41.5), (50.95, 41.5))
>>> course, profile = lay_course(ground, path, rules, "main")
>>> route = engineer_route(ground, course, profile, rules, Label("main", "Example", "A", "", "West", "East"), Met())
>>> [at.event for at in route.rpl.positions[:5]]
['LP', 'SE / PROT', 'MEDIAN', 'SLACK / PLDN', 'Tr / JT 1']
>>> [(crossing.asset.name, round(crossing.kp_km, 1), crossing.verdict) for crossing, _ in route.crossings]
[('Pipe', 54.3, 'pass')]

What a reader must know of it:

>>> print(next(sector_findings("main", route)).sentence)
passes from AA to BB seabed by an equidistance line: no agreed line is known here
>>> print(next(landing_findings("main", route.landings[0], rules.landing)).sentence)
landing West is not viable at -28 m MSL: 10 m of water lies 29.2 km from the beach manhole...

Its stretches from KP 0 to the end, with depths in m and costs in USD million:

>>> parts = route.segments
>>> for part, share in zip(parts, segment_costs(prices, route, parts)):
...     cable, burial = part.cable.rule.cable_type, part.burial.rule.method
...     print(f"{part.from_km:4.1f} {cable} {burial:9} {part.max_depth_m:3.0f} {share.cost_base_usd / 1e6:5.2f}")
 0.0 DA trenching  10 12.32
29.2 DA jetting    15  1.70
37.7 DA jetting    15  0.04
37.9 DA plough     51  0.77
43.4 SA plough    119  1.25
53.8 SA PLIB      122  0.09
54.2 SA mattress  123  0.01
54.3 SA PLIB      126  0.09
54.8 SA plough    150  1.83
69.9 DA plough     69  0.73
>>> bought = quantities_of(route)
>>> {kind: round(km, 1) for kind, km in bought.cable_km.items()}
{'DA': 48.9, 'SA': 26.6}
>>> bill_of_route(prices, route).total == bill_of(prices, bought).total
True

A straight line between the same ends has no list, and is priced without one; the beaches count for both:

>>> straight = quantities_along(ground, [(50.05, 41.5), (50.95, 41.5)], rules)
>>> {kind: round(km, 1) for kind, km in (straight + quantities_ashore(route)).cable_km.items()}
{'DA': 48.9, 'SA': 26.6}
"""

from transcaspian.engineering.agreed_lines import AgreedLine, Agreement, agree, agreed_waters
from transcaspian.engineering.alter_course import Course
from transcaspian.engineering.asset_check import asset_findings, contradictions
from transcaspian.engineering.bill import (
    Bill,
    BillItem,
    Quantities,
    bill_of,
    bill_of_route,
    quantities_along,
    quantities_ashore,
    quantities_of,
    segment_costs,
)
from transcaspian.engineering.crossings import Asset, Crossing, ParallelRun, drawn_positions
from transcaspian.engineering.free_spans import span_findings
from transcaspian.engineering.landing import Installation
from transcaspian.engineering.landing_sheet import LandingSheet, Stand, landing_findings
from transcaspian.engineering.leg_findings import LegFinding
from transcaspian.engineering.listed import Label
from transcaspian.engineering.listing import Feature, Nearby, Register, Surface
from transcaspian.engineering.profile import Profile, seabed_profile
from transcaspian.engineering.route import EngineeredRoute, Surroundings, engineer_route, lay_course, with_drying
from transcaspian.engineering.scenarios import RouteAtLevel, SeaAtLevel, route_at_level, sea_at_level
from transcaspian.engineering.sector_findings import sector_findings
from transcaspian.engineering.sectors import (
    Border,
    BoundaryLine,
    Shores,
    StateWaters,
    Stretch,
    Zone,
    classes_on,
    equidistance_waters,
    given_waters,
    median_lines,
    shores_of,
    zone_areas,
)
from transcaspian.engineering.sld import Segment
from transcaspian.engineering.together import (
    CommonCause,
    Laid,
    Met,
    common_causes,
    meetings,
    share_manhole,
    share_station,
)
from transcaspian.engineering.waterline import waterline_findings

__all__ = [
    "AgreedLine",
    "Agreement",
    "Asset",
    "Bill",
    "BillItem",
    "Border",
    "BoundaryLine",
    "CommonCause",
    "Course",
    "Crossing",
    "EngineeredRoute",
    "Feature",
    "Installation",
    "Label",
    "Laid",
    "LandingSheet",
    "LegFinding",
    "Met",
    "Nearby",
    "ParallelRun",
    "Profile",
    "Quantities",
    "Register",
    "RouteAtLevel",
    "SeaAtLevel",
    "Segment",
    "Shores",
    "Stand",
    "StateWaters",
    "Stretch",
    "Surface",
    "Surroundings",
    "Zone",
    "agree",
    "agreed_waters",
    "asset_findings",
    "bill_of",
    "bill_of_route",
    "classes_on",
    "common_causes",
    "contradictions",
    "drawn_positions",
    "engineer_route",
    "equidistance_waters",
    "given_waters",
    "landing_findings",
    "lay_course",
    "median_lines",
    "meetings",
    "quantities_along",
    "quantities_ashore",
    "quantities_of",
    "route_at_level",
    "sea_at_level",
    "seabed_profile",
    "sector_findings",
    "segment_costs",
    "share_manhole",
    "share_station",
    "shores_of",
    "span_findings",
    "waterline_findings",
    "with_drying",
    "zone_areas",
]
