"""A line becomes a route: legs, KP, profile, cable, neighbours, waters, Route Position List.

Values in, values out; no file is opened.
"""

from pipeline.engineering.alter_course import Course
from pipeline.engineering.crossings import Asset, Crossing, ParallelRun, drawn_positions
from pipeline.engineering.kp import KpRange, Positions, cut, kp_series_km, line_length_km, positions_at_km
from pipeline.engineering.listing import Feature, Nearby
from pipeline.engineering.numbering import numbered
from pipeline.engineering.profile import Profile, seabed_profile
from pipeline.engineering.route import EngineeredRoute, Ground, Label, engineer_route, lay_course
from pipeline.engineering.scenarios import RouteAtLevel, SeaAtLevel, route_at_level, sea_at_level
from pipeline.engineering.sectors import (
    Border,
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
from pipeline.engineering.sld import Segment, sld_segments
from pipeline.engineering.together import Laid, Met, meetings

__all__ = [
    "Asset",
    "Border",
    "Course",
    "Crossing",
    "EngineeredRoute",
    "Feature",
    "Ground",
    "KpRange",
    "Label",
    "Laid",
    "Met",
    "Nearby",
    "ParallelRun",
    "Positions",
    "Profile",
    "RouteAtLevel",
    "SeaAtLevel",
    "Segment",
    "Shores",
    "StateWaters",
    "Stretch",
    "Zone",
    "classes_on",
    "cut",
    "drawn_positions",
    "engineer_route",
    "equidistance_waters",
    "given_waters",
    "kp_series_km",
    "lay_course",
    "line_length_km",
    "median_lines",
    "meetings",
    "numbered",
    "positions_at_km",
    "route_at_level",
    "sea_at_level",
    "seabed_profile",
    "shores_of",
    "sld_segments",
    "zone_areas",
]
