"""The layers of the analysis and their columns."""

from __future__ import annotations

from typing import Literal, get_args

from transcaspian.analyses.installation.vessels import ACCESSES, LAYING
from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layers import Layer

WindowVerdict = Literal["respected", "broken", "no day left"]
JointKind = Literal["transition", "amplifier", "factory length", "load"]
Reached = Literal["reached", "no vessel reaches it", "insufficient information"]
REACHED, NOT_REACHED = get_args(Reached)[:2]

define(
    Field("vessel_id", "str", "identifier: row of the table of vessels", required=True),
    Field("works", "str", "what it does", required=True),
    Field("vessel", "str", "its name in the table of vessels; empty: none is there for it"),
    Field("vessel_length_m", "float", "length over all; empty: insufficient information", "m"),
    Field("beam_m", "float", "beam; empty: insufficient information", "m"),
    Field("draught_m", "float", "draught", "m"),
    Field("min_working_depth_m", "float", "smallest depth of water that it works in, below the declared level", "m"),
    Field("reach_depth_m", "float", "how deep its gear reaches; empty: insufficient information", "m"),
    Field("cable_capacity_t", "float", "cable that it carries; empty: insufficient information", "t"),
    Field("max_hs_m", "float", "greatest significant wave height that it works in; empty: not known", "m"),
    Field("dp", "bool", "whether it holds its place by itself; empty: not known"),
    Field("access", "str", "resident, or by canal", choices=ACCESSES),
    Field("port", "str", "name of its port, where cable is loaded"),
    Field("work:laying", "str", "what the water allows, from the shallowest", choices=LAYING),
    Field("reached", "str", "whether a vessel of the table works there", required=True, choices=get_args(Reached)),
    Field("vessel_section_id", "str", "identifier: system and number", required=True),
    Field("load_id", "str", "identifier: system, work and number", required=True),
    Field("load", "int", "number of the load of that work, from KP 0", "1"),
    Field("cable_t", "float", "weight of the cable in air", "t"),
    Field("passage", "str", "resident, or the days of the year on which the canal is open to it"),
    Field("joint_id", "str", "identifier: system and number", required=True),
    Field("joint_kind", "str", "why cable is joined there", required=True, choices=get_args(JointKind)),
    Field("cable_kp_km", "float", "along the cable, with slack, from KP 0", "km"),
    Field("in_list", "bool", "whether the Route Position List has a position of it", required=True),
    Field("window_id", "str", "identifier: system, window and stretch", required=True),
    Field("window", "str", "the window of the study, or the constraint that has a season", required=True),
    Field("cause", "str", "why", required=True),
    Field("closed_from", "str", "first closed day, month-day of every year or year-month-day; empty: from ever"),
    Field("closed_to", "str", "last closed day; empty: for ever"),
    Field("phases", "str", "what may not be done then; empty: nothing along the route"),
    Field("operation_id", "str", "identifier: system and number", required=True),
    Field("operation", "int", "number in the order of the plan", "1"),
    Field("phase", "str", "what is done", required=True),
    Field("quantity:operation", "float", "how much of it, of what per_day counts or in km", "see unit"),
    Field("unit:operation", "str", "of the quantity"),
    Field("work_days:operation", "float", "days of work without weather", "d"),
    Field("weather_percent", "float", "days lost to weather, of all days", "%"),
    Field("days_low", "float", "days with weather, at the best", "d"),
    Field("days_base", "float", "days with weather", "d"),
    Field("days_high", "float", "days with weather, at the worst", "d"),
    Field("starts_on", "str", "first day of the plan, year-month-day; empty: no day is left for it"),
    Field("ends_on", "str", "last day; empty: no day is left for it"),
    Field("latest_end_on", "str", "last day where everything takes its longest; empty: no day is left for it"),
    Field(
        "project_starts_on",
        "str",
        "first day in the calendar of the project, in which vessels go from system to system; empty: it is an "
        "alternative, is alone, or no day is left",
    ),
    Field("project_ends_on", "str", "last day in the calendar of the project"),
    Field("interruptions", "int", "how often it waits for a window once it has begun", "1"),
    Field("windows", "str", "verdict on closed windows", required=True, choices=get_args(WindowVerdict)),
    Field("waits_for", "str", "windows that it waits for"),
    Field("breaks", "str", "windows that it breaks, with days; empty: none"),
)

INSTALLATION_VESSELS = Layer(
    "installation_vessels",
    "Point",
    "the vessels of the study at their ports: what they are, and whether they can come",
    columns(
        """vessel_id vessel works vessel_length_m beam_m draught_m min_working_depth_m reach_depth_m
        cable_capacity_t max_hs_m dp access port source status"""
    ),
    key="vessel_id",
    asked_by="installation",
)
INSTALLATION_SECTIONS = Layer(
    "installation_sections",
    "LineString",
    "each route by the water that vessels need: barge, shallow plough, main lay",
    columns(
        """vessel_section_id system_id from_kp_km to_kp_km length_km work:laying vessel access
        min_working_depth_m reached min_depth_m max_depth_m source status"""
    ),
    key="vessel_section_id",
    asked_by="installation",
)
INSTALLATION_LOADS = Layer(
    "installation_loads",
    "LineString",
    "the cable of each route load by load: how much, in which vessel, from which port",
    columns(
        """load_id system_id work:laying load vessel from_kp_km to_kp_km cable_km cable_t cable_capacity_t port passage
        source status"""
    ),
    key="load_id",
    asked_by="installation",
)
INSTALLATION_JOINTS = Layer(
    "installation_joints",
    "Point",
    "where cable is joined at the factory, on board or at sea, and whether the list has it",
    columns("joint_id system_id joint_kind kp_km cable_kp_km in_list remarks status"),
    key="joint_id",
    asked_by="installation",
)
INSTALLATION_WINDOWS = Layer(
    "installation_windows",
    "LineString",
    "days on which a stretch of a route is closed, of the study and of constraints with a season",
    columns(
        """window_id system_id window cause from_kp_km to_kp_km closed_from closed_to phases constraint_id source
        status"""
    ),
    key="window_id",
    asked_by="installation",
)
INSTALLATION_OPERATIONS = Layer(
    "installation_operations",
    "LineString",
    "the plan of each system as if it was built alone, and in one calendar with the others: what is done where and "
    "when, how long it takes and costs",
    columns(
        """operation_id system_id operation phase vessel from_kp_km to_kp_km quantity:operation unit:operation
        work_days:operation weather_percent days_low days_base days_high starts_on ends_on latest_end_on
        project_starts_on project_ends_on interruptions
        windows waits_for breaks cost_low_usd cost_base_usd cost_high_usd cost_status source status"""
    ),
    key="operation_id",
    asked_by="installation",
)
