"""A line becomes a route: legs, KP, profile, cable, neighbours, waters, Route Position List.

Values in, values out; no file is opened.
"""

from transcaspian.core.linear_reference import KpRange, Positions, cut, kp_series_km, line_length_km, positions_at_km
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
from transcaspian.engineering.sld import Segment, sld_segments
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
from transcaspian.rpl.numbering import numbered

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
    "KpRange",
    "Label",
    "Laid",
    "LandingSheet",
    "LegFinding",
    "Met",
    "Nearby",
    "ParallelRun",
    "Positions",
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
    "cut",
    "drawn_positions",
    "engineer_route",
    "equidistance_waters",
    "given_waters",
    "kp_series_km",
    "landing_findings",
    "lay_course",
    "line_length_km",
    "median_lines",
    "meetings",
    "numbered",
    "positions_at_km",
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
    "sld_segments",
    "span_findings",
    "waterline_findings",
    "with_drying",
    "zone_areas",
]
