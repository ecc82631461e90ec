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

OUTAGE_CAUSES = (*RISK_CAUSES, "manhole", "station", "state")
"""What takes a system out of service: causes of faults, and what is ashore."""
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
    *(
        Field(f"{name.lower()}_km", "float", f"length with cable of the type {name}", "km")
        for name in CABLE_TYPES
        if name != "LWA"  # came later: to the right of all
    ),
    *(
        Field(f"{name.replace(' ', '_')}_km", "float", f"length with the protection: {name}", "km")
        for name in BURIAL_METHODS
    ),
)

_RANGE = (
    Field("faults_low_per_year", "float", "faults at most, with all rates at the low end of what is known", "1/a"),
    Field("faults_high_per_year", "float", "the same at the high end; empty: the study has no published rate", "1/a"),
)

define(
    *_FAULTS,
    *_RANGE,
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
    Field("is_lowest_present_value", "bool", "of all points of the front"),
    Field(
        "cost_over_route_percent", "float", "its cost over that of the route of the run; negative: it costs less", "%"
    ),
    Field("faults_over_route_percent", "float", "its faults at most over those of the route of the run", "%"),
    Field(
        "dominates_route",
        "bool",
        "no worse than the route of the run in cost and faults, and better in one by the tolerance of [risk]",
    ),
    Field("lwa_km", "float", "length with cable of the type LWA", "km"),
    Field("rpl_file", "str", "its Route Position List, in the folder of the run: `transcaspian adopt` takes it"),
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
    Field("availability_id", "str", "identifier: the systems, and the ship that repairs wait for", required=True),
    Field("other_system_id:service", "str", "the system that is built together with it; empty: the system alone"),
    Field("ship", "str", "repair: that of risk.repair; else one of risk.availability.vessels", required=True),
    Field("waiting_days", "float", "from the fault to the arrival of the ship, where no season keeps it away", "d"),
    Field("outages_per_year", "float", "events that take the system out of service, of faults at most", "1/a"),
    Field("other_outages_per_year", "float", "events that take the other system out of service", "1/a"),
    Field("availability_percent", "float", "share of time with the system, or one of both, in service", "%"),
    Field("out_h_per_year", "float", "time without the system, or without both", "h/a"),
    Field("common_h_per_year", "float", "of out_h_per_year, by events that take both; empty: one system", "h/a"),
    Field("coincidence_h_per_year", "float", "of out_h_per_year, by outages of either that meet", "h/a"),
    Field("if_independent_h_per_year", "float", "what it would be if nothing took both", "h/a"),
    Field("largest_common_cause", "str", "by which both are out longest; empty: by none", choices=OUTAGE_CAUSES),
    Field("outage_id", "str", "identifier: the systems and a number", required=True),
    Field("cause:outage", "str", "what takes them out of service", required=True, choices=OUTAGE_CAUSES),
    Field("events_per_year", "float", "how often", "1/a", required=True),
    Field("work_days", "float", "until the system is in service again, after the ship came; 0: not touched", "d"),
    Field("other_work_days", "float", "until the other is; empty: one system", "d"),
    Field("takes", "str", "one system, or both", required=True, choices=("one", "both")),
    Field("by_ship", "bool", "the work waits for a ship; else it begins at once"),
    Field("stock_id", "str", "identifier: depot and type", required=True),
    Field("depot_id", "str", "the depot, by its identifier in the study", required=True),
    Field("repairs_expected", "float", "repairs of the type from there until new cable comes, on the mean", "1"),
    Field("repairs_covered", "int", "repairs that the stock is for", "1"),
    Field("spare_km:stock", "float", "cable in stock: repairs covered, each as long as the longest there", "km"),
    Field("joints", "int", "joints for these repairs", "1"),
)

RISK_FRONT = Layer(
    "risk_front",
    "LineString",
    "routes of least cost and expected faults together, each with its cable and Route Position List: none costs less "
    "and has fewer faults than another",
    columns(
        """point_id:front system_id rank:front price_usd cost_low_usd cost_base_usd cost_high_usd cost_status
        cost_usd:paid""",
        *_FAULTS,
        *_RANGE,
        """repair_days_per_year repair_usd_per_year present_value_usd is_supported is_knee
        is_lowest_present_value length_km""",
        *_LENGTHS,
        "status cost_over_route_percent faults_over_route_percent dominates_route rpl_file lwa_km",
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

AVAILABILITY = Layer(
    "availability",
    "LineString",
    "how long each system, and each two that are built together, are out of service, for each ship that repairs may "
    "wait for",
    columns(
        """availability_id system_id other_system_id:service ship waiting_days outages_per_year other_outages_per_year
        availability_percent out_h_per_year common_h_per_year coincidence_h_per_year if_independent_h_per_year
        largest_common_cause status"""
    ),
    key="availability_id",
    asked_by="risk",
)

OUTAGES = Layer(
    "outages",
    "LineString",
    "the events that the layer availability is computed from: how often, which systems, and the days of work",
    columns(
        """outage_id system_id other_system_id:service cause:outage events_per_year work_days other_work_days takes
        by_ship status"""
    ),
    key="outage_id",
    asked_by="risk",
)

SPARE_STOCK = Layer(
    "spare_stock",
    "Point",
    "spare cable by type and depot that repairs need until new cable comes",
    columns(
        """stock_id depot_id landing_id! cable_type repairs_expected repairs_covered spare_km:stock joints status
        cost_low_usd cost_base_usd cost_high_usd cost_status"""
    ),
    key="stock_id",
    asked_by="risk",
)
