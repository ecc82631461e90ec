"""Vessels, loads and the plan on the page of the system."""

from __future__ import annotations

from collections.abc import Iterator

from transcaspian.analyses.installation.charts import calendar_keys, calendar_svg
from transcaspian.analyses.installation.vessels import LAYING
from transcaspian.core.findings import AnalysisResult
from transcaspian.core.frames import of_system
from transcaspian.report.page.chart_map import Layers
from transcaspian.report.page.content import NONE, Column, layer_table, records_table
from transcaspian.report.page.parts import Block, Picture, Section
from transcaspian.report.page.system import SystemPage

KPS = (Column("from_kp_km", "from KP, km", ",.2f", NONE), Column("to_kp_km", "to KP, km", ",.2f", NONE))
SYSTEM = Column("system_id", "system")
ROUTES = (
    Column("system"),
    *(Column(work, f"{work}, km", ",.1f") for work in LAYING),
    Column("not_reached_km", "no vessel or not known, km", ",.1f"),
    Column("cable_t", "cable, t", ",.0f"),
    Column("joints", "joints", ",.0f"),
    Column("joints_in_list", "in the list", ",.0f"),
    Column("days_base", "days", ",.0f"),
    Column("days_low", "at the best", ",.0f"),
    Column("days_high", "at the worst", ",.0f"),
    Column("bill_days", "days of the bill", ",.0f"),
    Column("ends_on", "ends"),
    Column("latest_end_on", "at the latest"),
    Column("cost_base_usd", "vessel, USD", ",.0f"),
)
VESSELS = (
    Column("vessel"),
    Column("works", "does"),
    Column("vessel_length_m", "length, m", ",.0f"),
    Column("beam_m", "beam, m", ",.1f"),
    Column("draught_m", "draught, m", ",.1f"),
    Column("min_working_depth_m", "works from, m", ",.1f"),
    Column("reach_depth_m", "reaches, m", ",.0f"),
    Column("cable_capacity_t", "cable, t", ",.0f"),
    Column("max_hs_m", "Hs, m", ",.1f"),
    Column("access"),
    Column("port"),
    Column("source"),
    Column("status"),
)
LOADS = (
    SYSTEM,
    *KPS,
    Column("work", "laid by"),
    Column("load", "load", ",.0f"),
    Column("vessel"),
    Column("cable_km", "cable, km", ",.1f"),
    Column("cable_t", "t", ",.0f"),
    Column("port"),
    Column("passage"),
    Column("status"),
)
JOINTS = (
    SYSTEM,
    Column("joint_kind", "joint by"),
    Column("kp_km", "KP, km", ",.3f"),
    Column("cable_kp_km", "cable KP, km", ",.3f"),
    Column("in_list", "in the list"),
    Column("remarks"),
    Column("status"),
)
OPERATIONS = (
    SYSTEM,
    Column("operation", "no.", ",.0f"),
    Column("phase"),
    Column("vessel", empty=NONE),
    *KPS,
    Column("work_days", "work, days", ",.1f"),
    Column("weather_percent", "weather, %", ",.0f"),
    Column("days_base", "days", ",.1f"),
    Column("days_low", "at the best", ",.1f"),
    Column("days_high", "at the worst", ",.1f"),
    Column("starts_on", "begins", empty="no day left"),
    Column("ends_on", "ends", empty="no day left"),
    Column("latest_end_on", "at the latest", empty="no day left"),
    Column("project_starts_on", "in the project", empty=NONE),
    Column("project_ends_on", "to", empty=NONE),
    Column("waits_for", "waits for", empty=NONE),
    Column("breaks", "breaks", empty=NONE),
    Column("cost_base_usd", "USD", ",.0f", NONE),
    Column("status"),
)
WINDOWS = (
    SYSTEM,
    Column("window"),
    Column("cause"),
    *KPS,
    Column("closed_from", "closed from", empty="ever"),
    Column("closed_to", "to", empty="ever"),
    Column("phases", "for"),
    Column("source"),
    Column("status"),
)
TABLES = (
    ("installation_vessels", "Vessels", "As the table of vessels has them.", VESSELS, False),
    ("installation_operations", "The plan", "Days of a vessel at the price of the cost book.", OPERATIONS, True),
    ("installation_windows", "Closed windows", "", WINDOWS, True),
    ("installation_loads", "Loads", "Spare cable and land tails are not in them.", LOADS, True),
    ("installation_joints", "Joints", "", JOINTS, True),
)
LEAD = (
    "Which vessel the water lets lay where, how much cable it takes on board, where cable is joined, and when all is "
    "done: one task after another, outside of closed windows, each system as if it was built alone, and in one "
    "calendar of the project, in which vessels go from system to system."
)


def installation_sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Routes in short, the calendar of each, and the tables."""
    routes = [
        {"system": system_id, **figures, **figures["km_by_work"]}
        for system_id, figures in found.figures["systems"].items()
    ]
    status = found.figures["status"]
    blocks = [
        Block(),  # all of it in the appendix
        Block(table=records_table("Installation of each route", ROUTES, routes, status)),
        *(
            Block((_calendar_of(system_id, number, page.layers, status),))
            for number, system_id in enumerate(found.figures["systems"], 1)
        ),
    ]
    for name, title, note, columns, is_folded in TABLES:
        if len(page.layers[name]):
            table = layer_table(name, page.layers[name], title, note, columns, "")
            blocks.append(Block(table=table, is_folded=is_folded))
    yield Section("installation", "Installation", LEAD, tuple(blocks))


def _calendar_of(system_id: str, number: int, layers: Layers, status: str) -> Picture:
    """The plan of a system by month."""
    operations, windows = (
        of_system(layers[name], system_id).to_dict("records")
        for name in ("installation_operations", "installation_windows")
    )
    svg = calendar_svg(system_id, number, operations, windows)
    return Picture(f"{system_id}: the plan by month", svg, calendar_keys(), status=status)
