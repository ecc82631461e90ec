"""The survey on the page of the system."""

from __future__ import annotations

from collections.abc import Iterator

from transcaspian.core.findings import AnalysisResult
from transcaspian.report.page.content import NONE, Column, layer_table, records_table
from transcaspian.report.page.parts import Block, Section
from transcaspian.report.page.system import SystemPage

ROUTES = (
    Column("system"),
    Column("corridor_km", "corridor, km", ",.1f"),
    Column("line_km", "lines, km", ",.0f"),
    Column("out_of_reach_km", "out of reach, km", ",.1f"),
    Column("samples", "samples", ",.0f"),
    Column("samples_out_of_reach", "of these out of reach", ",.0f"),
    Column("crossings", "crossings", ",.0f"),
    Column("days_base", "days", ",.0f"),
    Column("days_low", "at the best", ",.0f"),
    Column("days_high", "at the worst", ",.0f"),
)
WORK = (
    Column("system_id", "system"),
    Column("surveyed", "what"),
    Column("vessel", "vessel", empty=NONE),
    Column("access", "access", empty=NONE),
    Column("reached", "reached"),
    Column("length_km", "corridor, km", ",.1f"),
    Column("line_km", "lines, km", ",.0f", NONE),
    Column("stations", "stations", ",.0f"),
    Column("days_base", "days", ",.1f", NONE),
    Column("days_low", "at the best", ",.1f", NONE),
    Column("days_high", "at the worst", ",.1f", NONE),
    Column("status"),
)
BLOCKS = (
    Column("system_id", "system"),
    Column("from_kp_km", "from KP, km", ",.2f"),
    Column("to_kp_km", "to KP, km", ",.2f"),
    Column("min_depth_m", "depth from, m", ",.1f"),
    Column("max_depth_m", "to, m", ",.1f"),
    Column("width_m", "width, m", ",.0f"),
    Column("sensors"),
    Column("lines", "lines", ",.0f", NONE),
    Column("spacing_m", "spacing, m", ",.0f", NONE),
    Column("line_km", "lines, km", ",.1f", NONE),
    Column("vessel", empty=NONE),
    Column("reached"),
    Column("status"),
)
LEAD = (
    "The corridor by water depth, how many lines cover it, where samples are taken and crossings inspected, and which "
    "vessels reach them. Days have the weather in them; what the survey costs stands in the bill."
)


def survey_sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Routes in short, work by vessel, and the blocks of lines."""
    routes = [{"system": system_id, **figures} for system_id, figures in found.figures["systems"].items()]
    work, blocks = page.layers["survey_work"], page.layers["survey_sections"]
    yield Section(
        "survey",
        "Survey",
        LEAD,
        (
            Block(),  # all of it in the appendix
            Block(table=records_table("Survey of each route", ROUTES, routes, found.figures["status"])),
            Block(table=layer_table("survey_work", work, "By vessel", "One vessel after another.", WORK, "")),
            Block(table=layer_table("survey_sections", blocks, "Blocks of lines", "", BLOCKS, ""), is_folded=True),
        ),
    )
