"""A line becomes a route: legs, KP, profile, cable, Route Position List. Values in, values out; no file is opened."""

from pipeline.engineering.alter_course import Course
from pipeline.engineering.kp import Positions, cut, kp_series_km, line_length_km, positions_at_km
from pipeline.engineering.numbering import numbered
from pipeline.engineering.profile import Profile, seabed_profile
from pipeline.engineering.route import EngineeredRoute, Ground, Label, engineer_route
from pipeline.engineering.scenarios import RouteAtLevel, SeaAtLevel, route_at_level, sea_at_level

__all__ = [
    "Course",
    "EngineeredRoute",
    "Ground",
    "Label",
    "Positions",
    "Profile",
    "RouteAtLevel",
    "SeaAtLevel",
    "cut",
    "engineer_route",
    "kp_series_km",
    "line_length_km",
    "numbered",
    "positions_at_km",
    "route_at_level",
    "sea_at_level",
    "seabed_profile",
]
