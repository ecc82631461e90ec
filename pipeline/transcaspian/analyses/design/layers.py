"""Layers of the analysis and their columns: systems planned together, what they share, and a third landing."""

from __future__ import annotations

from typing import get_args

from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layers import Layer
from transcaspian.core.vocabulary import Joining, SharedKind

define(
    Field("route_id", "str", "identifier: point of the curve and system"),
    Field("point_id", "str", "the point of the curve: `apart-` and the separation asked for, km", required=True),
    Field("chosen", "bool", "true: of the point that keeps the study's min_separation_km at the lowest cost"),
    Field("separation_asked_km", "float", "separation asked for; 0: each system for itself", "km"),
    Field(
        "separation_reached_km",
        "float",
        "smallest distance between the parts of two routes outside the landing zones, geodesic; empty: no such parts",
        "km",
    ),
    Field("excess:joint", "float", "its friction cost over that of the system's own least-cost path, less 1", "1"),
    Field("joint_cost", "float", "friction cost of all systems of the point", "km"),
    Field("joint_excess", "float", "the same over that of all own least-cost paths, less 1: the price", "1"),
    Field("gap", "float", "by what share another plan could be cheaper at most, as exactly as fields tell", "1"),
    Field("certain_gap", "float", "the same, proven; empty where the own routes are not", "1"),
    Field("shared_id", "str", "identifier: point of the curve, both systems, kind and event", required=True),
    Field("other_system_id", "str", "the system that is hit together with it", required=True),
    Field("kind:shared", "str", "what could hit both", required=True, choices=get_args(SharedKind)),
    Field("event_id:shared", "str", "the earthquake or the mud volcano; empty for anchors"),
    Field("name:event", "str", "what is known of the event"),
    Field("within_km", "float", "how far it reaches", "km"),
    Field("in_zone_km", "float", "of that, how much lies in the landing zones", "km"),
    Field("other_length_km", "float", "what it reaches of the other route", "km"),
    Field("unit_id", "str", "identifier: trunk, third landing and way of joining", required=True),
    Field(
        "way",
        "str",
        "best place: the trunk is laid through it; on the trunk: as that lies; separate: a cable of its own",
        required=True,
        choices=get_args(Joining),
    ),
    Field("trunk", "str", "the system of the trunk, or its two landings", required=True),
    Field("third_landing", "str", "the landing that is joined", required=True),
    Field("legs_km", "float", "length of its three legs", "km"),
    Field("friction_cost:unit", "float", "of legs and unit, in equivalent km of clear seabed", "km"),
    Field("unit_price_km", "float", "of that, the price of the unit", "km"),
    Field("saving", "float", "share saved against a cable of its own for the third landing", "1"),
    Field("leg_id:branch", "str", "identifier: way of joining and landing", required=True),
    Field("from_place", "str", "the branching unit, or the landing that the cable begins at", required=True),
    Field("friction_cost:leg", "float", "in equivalent km of clear seabed, before the factor", "km"),
    Field("factor", "float", "what a metre of it costs over a metre of trunk", "1"),
    Field("crosses", "int", "how often it crosses the chosen routes of the other systems of the design"),
)

DESIGN_ROUTES = Layer(
    "design_routes",
    "LineString",
    "lines of systems planned together, without legs, for each point of the curve of cost against separation",
    columns(
        """route_id! point_id system_id chosen separation_asked_km separation_reached_km length_km friction_cost
        cost_low_usd cost_base_usd cost_high_usd cost_status excess:joint joint_cost
        joint_excess gap certain_gap revision status"""
    ),
    key="route_id",
    asked_by="design",
)

SHARED_HAZARDS = Layer(
    "shared_hazards",
    "LineString",
    "stretches of a route that one event could hit together with another route",
    columns(
        """shared_id point_id system_id other_system_id kind:shared event_id:shared name:event within_km length_km
        in_zone_km other_length_km source status"""
    ),
    key="shared_id",
    asked_by="design",
)

BRANCHING_UNITS = Layer(
    "branching_units",
    "Point",
    "where a third landing is joined to a trunk",
    columns(
        """unit_id way trunk third_landing depth_m depth_error_m legs_km friction_cost:unit unit_price_km saving source
        status"""
    ),
    key="unit_id",
    asked_by="design",
)

BRANCH_LEGS = Layer(
    "branch_legs",
    "LineString",
    "legs from a branching unit to its landings, and the cable of its own that they stand beside",
    columns("leg_id:branch way from_place to_landing length_km friction_cost:leg factor crosses revision status"),
    key="leg_id",
    asked_by="design",
)
