"""A line becomes a route: positions by KP, depth along the line, marks. Values in, values out; no file is opened."""

from pipeline.engineering.kp import Positions, kp_series_km, line_length_km, positions_at_km
from pipeline.engineering.profile import Profile, seabed_profile

__all__ = ["Positions", "Profile", "kp_series_km", "line_length_km", "positions_at_km", "seabed_profile"]
