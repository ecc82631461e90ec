"""The layers of the analysis and their columns."""

from __future__ import annotations

from typing import get_args

from transcaspian.analyses.permits.config import AgreementState
from transcaspian.analyses.permits.register import Relation
from transcaspian.analyses.permits.requirements import InForce, PermitState, TextRead
from transcaspian.core.fields import COORDINATE_DECIMALS, Field, columns, define
from transcaspian.core.kinds import KINDS
from transcaspian.core.layers import Layer
from transcaspian.core.vocabulary import NOT_KNOWN

define(
    Field("register_id", "str", "identifier: system and number in the register", required=True),
    Field("met_id:register", "str", "id of the cable, pipeline, system, licence block or field", required=True),
    Field("name:register", "str", "its name"),
    Field("kind:register", "str", "what it is", choices=tuple(kind.name for kind in KINDS)),
    Field(
        "relation",
        "str",
        "crossed, nearer than the rule asks for, or maybe: its position does not exclude it",
        choices=get_args(Relation),
    ),
    Field("owner:register", "str", f"its owner; {NOT_KNOWN} where neither study nor data name one", required=True),
    Field("operator", "str", "its operator, in the same way", required=True),
    Field(
        "agreement",
        "str",
        "state of the agreement, as a person keeps it in the study",
        required=True,
        choices=(*get_args(AgreementState), NOT_KNOWN),
    ),
    Field("agreement_reference", "str", "number or date of the agreement, from the study; empty: none is kept"),
    Field("inspected_by", "str", "who inspects the crossing, from the study", required=True),
    Field("from_kp_km:register", "float", "on the route: the crossing, or where it comes near", "km"),
    Field("to_kp_km:register", "float", "on the route: the crossing, or where it is near no longer", "km"),
    Field("separation_m", "float", "smallest distance; 0 where they cross", "m", minimum=0.0),
    Field("crossing_method", "str", "how the cable is laid there and protected, by KP of the route"),
    Field("permit_row_id", "str", "identifier: system, waters and permit", required=True),
    Field("permit_id", "str", "id of the permit in the table of [permits.requirements]", required=True),
    Field("what:permit", "str", "what is asked for", required=True),
    Field("phase:permit", "str", "for which part of the work; empty: not told"),
    Field("asked_by", "str", "which body asks for it", required=True),
    Field("instrument", "str", "treaty, law or rule by which it is asked for; empty: not told"),
    Field("lead_time_days", "float", "how long it takes; empty: insufficient information", "d", minimum=0.0),
    Field(
        "permit_state",
        "str",
        "state of the permit, as a person keeps it in the table",
        required=True,
        choices=(*get_args(PermitState), NOT_KNOWN),
    ),
    Field("in_force", "str", "whether the instrument is in force", required=True, choices=get_args(InForce)),
    Field("in_force_since", "str", "date from which it is in force; empty: not told"),
    Field("text_read", "str", "how much of it was read", required=True, choices=get_args(TextRead)),
    Field("date_checked", "str", "when a person last looked; empty: never"),
    Field("zone_id:protection", "str", "identifier: system and number of the part", required=True),
    Field("half_width_m", "float", "from the cable to the edge of the zone, geodesic", "m", minimum=0.0),
    Field("vertices", "int", "corners of its outline, joined by geodesics", "1"),
    Field("zone_vertex_id", "str", "identifier: part of the zone and number of the corner", required=True),
    Field("vertex", "int", "number of the corner, anticlockwise", "1"),
    Field("lon_deg:vertex", "float", "longitude on WGS 84", "deg", stored_decimals=COORDINATE_DECIMALS),
    Field("lat_deg:vertex", "float", "latitude on WGS 84", "deg", stored_decimals=COORDINATE_DECIMALS),
    Field("second_crs:vertex", "str", "second reference system and the transformation to it, with its accuracy"),
    Field("second_x", "float", "longitude (or easting) there; empty outside of its area", "deg or m"),
    Field("second_y", "float", "latitude (or northing) there", "deg or m"),
)

REGISTER = Layer(
    "crossing_register",
    "Point",
    "whom each route crosses or passes nearer than the rules ask for: assets, licence blocks and fields, with what is "
    "agreed",
    columns(
        """register_id! system_id met_id:register name:register kind:register relation owner:register operator
        agreement agreement_reference inspected_by from_kp_km:register to_kp_km:register asset_kp_km angle_deg
        separation_m required_m crossing_method cost_low_usd cost_base_usd cost_high_usd cost_status
        position_accuracy_m verdict:asset source status"""
    ),
    key="register_id",
    asked_by="permits",
)
PERMITS = Layer(
    "permit_register",
    "LineString",
    "what the state asks for in whose waters a route lies, zone by zone; of waters without a national act in the table "
    "that is said",
    columns(
        """permit_row_id! system_id state zone from_kp_km to_kp_km length_km permit_id what:permit phase:permit asked_by
        instrument lead_time_days permit_state in_force in_force_since text_read date_checked remarks source status"""
    ),
    key="permit_row_id",
    asked_by="permits",
)
ZONES = Layer(
    "protection_zones",
    "Polygon",
    "the protection zone of each cable, state by state",
    columns("""zone_id:protection! system_id state from_kp_km to_kp_km half_width_m area_km2 vertices source status"""),
    key="zone_id",
    asked_by="permits",
)
ZONE_VERTICES = Layer(
    "protection_zone_vertices",
    "Point",
    "corners of the protection zones, in two reference systems",
    columns(
        """zone_vertex_id! zone_id:protection system_id state vertex lon_deg:vertex lat_deg:vertex second_crs:vertex
        second_x second_y status"""
    ),
    key="zone_vertex_id",
    asked_by="permits",
)
