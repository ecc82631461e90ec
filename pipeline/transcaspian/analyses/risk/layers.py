"""Layers of the analysis and their columns: cost against risk."""

from __future__ import annotations

from typing import get_args

from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layers import Layer
from transcaspian.core.vocabulary import BURIAL_METHODS, CABLE_TYPES, RISK_CAUSES, RiskVerdict

_CAUSES = dict(
    zip(
        RISK_CAUSES,
        ("earthquakes", "mud volcanoes", "anchors", "fishing", "ice", "other causes (abrasion, components)"),
        strict=True,
    )
)

_FAULTS = (
    Field("faults_per_year", "float", "expected faults of all causes where they are known", "1/a"),
    Field("faults_at_most_per_year", "float", "the same, with the study's highest rates where one is not known", "1/a"),
    *(
        Field(
            f"{cause}_per_year",
            "float",
            f"expected faults by {by} where known; empty: insufficient information or no figures",
            "1/a",
        )
        for cause, by in _CAUSES.items()
    ),
    Field("unknown_km:rate", "float", "length on which a rate is not known: insufficient information", "km"),
)

_LENGTHS = (
    *(Field(f"{name.lower()}_km", "float", f"length with cable of the type {name}", "km") for name in CABLE_TYPES),
    *(
        Field(f"{name.replace(' ', '_')}_km", "float", f"length with the protection: {name}", "km")
        for name in BURIAL_METHODS
    ),
)

define(
    *_FAULTS,
    *_LENGTHS,
    Field("point_id:front", "str", "the point of the front: system and rank", required=True),
    Field("rank:front", "int", "from 1, the cheapest", required=True),
    Field("price_usd", "float", "price of a fault a year at which no other point is better; empty: at none", "USD"),
    Field("cost_usd:paid", "float", "as cost_base_usd; without a cost book by the shares of [risk]", "USD"),
    Field("repair_days_per_year", "float", "expected days from fault to service, from faults at most", "d/a"),
    Field("repair_usd_per_year", "float", "expected cost of repairs, from faults at most", "USD/a"),
    Field("present_value_usd", "float", "laying cost and repairs of the service life, discounted", "USD"),
    Field("is_supported", "bool", "the best of all at some price of a fault"),
    Field("is_knee", "bool", "farthest from the chord between the ends of the front"),
    Field("is_least_present_value", "bool", "of all points of the front"),
    Field("section_id:risk", "str", "identifier: point and kilometre", required=True),
    Field(
        "faults_at_most_per_1000km_year",
        "float",
        "faults at most over the length, to compare with published rates",
        "1/(1000 km a)",
    ),
    Field(
        "verdict:risk",
        "str",
        "insufficient information: a rate is not known on part of it",
        choices=get_args(RiskVerdict),
    ),
)

RISK_FRONT = Layer(
    "risk_front",
    "LineString",
    "lines, without legs, of least laying cost and expected faults together: none costs less and has fewer faults "
    "than another",
    columns(
        """point_id:front system_id rank:front price_usd cost_low_usd cost_base_usd cost_high_usd cost_status
        cost_usd:paid""",
        *_FAULTS,
        """repair_days_per_year repair_usd_per_year present_value_usd is_supported is_knee
        is_least_present_value length_km""",
        *_LENGTHS,
        "status",
    ),
    key="point_id",
    asked_by="risk",
)

RISK_SECTIONS = Layer(
    "risk_sections",
    "LineString",
    "stretches of the routes of the layer risk_front with one cable type and one burial",
    columns(
        """section_id:risk point_id:front system_id from_kp_km to_kp_km length_km cable_type protection_method
        target_burial_m cost_low_usd cost_base_usd cost_high_usd cost_status cost_usd:paid""",
        *_FAULTS,
        "status",
    ),
    key="section_id",
    asked_by="risk",
)

ROUTE_RISK = Layer(
    "route_risk",
    "LineString",
    "stretches of each engineered route with the faults expected of its cable and burial",
    columns(
        "stretch_id! system_id from_kp_km to_kp_km length_km",
        *_FAULTS,
        "faults_at_most_per_1000km_year verdict:risk status",
    ),
    key="stretch_id",
    asked_by="risk",
)
