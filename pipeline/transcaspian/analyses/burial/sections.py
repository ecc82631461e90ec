"""Burial on the page of the system."""

from __future__ import annotations

from collections.abc import Iterator

from transcaspian.analyses.burial.layers import ASHORE, VERDICTS
from transcaspian.core.findings import AnalysisResult
from transcaspian.report.page.chart_map import Layers
from transcaspian.report.page.content import NONE, Column, layer_table, records_table
from transcaspian.report.page.parts import Block, Section
from transcaspian.report.page.system import SystemPage

KPS = (Column("from_kp_km", "from KP, km", ".2f"), Column("to_kp_km", "to KP, km", ".2f"))
SECTIONS = (
    Column("system_id", "system"),
    *KPS,
    Column("soil"),
    Column("strikes_per_year", "strikes a year, bare", ".2g"),
    Column("strikes_at_most_per_year", "at most", ".2g"),
    Column("threat", "deepest threat", empty=NONE),
    Column("threat_id", "by", empty=NONE),
    Column("target_m", "target, m", ".2f"),
    Column("target_verdict", "all that acts"),
    Column("tool", empty=NONE),
    Column("achievable_m", "achievable, m", ".2f", NONE),
    Column("achievable_status", "status of that", empty=NONE),
    Column("planned_m", "planned, m", ".2f"),
    Column("work_days", "days", ",.2f", NONE),
    Column("verdict"),
    Column("tools_excluded", "excluded tools", empty=NONE),
    Column("status"),
)
STRIKES = (
    Column("system_id", "system"),
    *KPS,
    Column("ship_class", "ships"),
    Column("passages_per_year", "passages a year", ",.1f"),
    Column("anchor_t", "anchor, t", ",.2f"),
    Column("chain_m", "chain, m", ",.0f"),
    Column("anchor_status", "status of these"),
    Column("drag_m", "drag, m", ",.1f"),
    Column("penetration_m", "penetration, m", ",.2f"),
    Column("strikes_per_year", "strikes a year, bare", ".2g"),
    Column("strikes_at_most_per_year", "at most", ".2g"),
    Column("status"),
)
TOOLS = (
    Column("system_id", "system"),
    Column("tool"),
    Column("method"),
    Column("works_km", "buries, km", ",.1f"),
    Column("not_known_km", "not known, km", ",.1f"),
    Column("excluded_km", "excluded, km", ",.1f"),
    Column("reasons", "why excluded", empty=NONE),
    Column("status"),
)
DATA = (
    Column("file_id", "file"),
    Column("told", "what was wrong"),
    Column("count", "rows", ",.0f"),
    Column("of_count", "of", ",.0f"),
    Column("is_left_out", "left out"),
)
TITLE = "How deep, by what, and what hits it"
LEAD = (
    "Each route in sections by the rules of [burial]: anchor strikes by ships, the deepest of all that reaches down, "
    "the tool that buries there, and the plan beside it. Each figure is as sure as what it rests on: see the status."
)
STRIKES_NOTE = (
    "A strike: an anchor that is let go within a drag length before the cable, holds, and is dragged over it; hours by "
    "8,760 a year. The structure is that of the Carbon Trust's method (CTC835), whose worked example could not be "
    "read: tests hold it to its properties and to a simulation of its own."
)
SANITY = "A published result to be of the same order as"
SANITY_ROWS = (
    {
        "where": "Haenam–Jeju",
        "return_period": "2,500 years",
        "depth": "0.60–0.74 m",
        "source": "abstract of a CBRA study, discovery.researcher.life topic 25006687",
        "status": "REAL",
    },
    {
        "where": "Haenam–Jeju",
        "return_period": "25,000 years",
        "depth": "0.60–1.40 m",
        "source": "the same",
        "status": "REAL",
    },
)
SANITY_COLUMNS = (
    Column("where"),
    Column("return_period", "return period"),
    Column("depth", "depth of lowering"),
    Column("source"),
    Column("status"),
)
ROUTES = (
    Column("system"),
    Column("length_km", "length, km", ",.1f"),
    Column("strikes_per_year", "strikes a year, bare", ".2g"),
    Column("strikes_at_most_per_year", "at most", ".2g"),
    Column("planned_strikes_per_year", "as planned", ".2g"),
    Column("deepest_target_m", "deepest target, m", ",.2f"),
    *(Column(verdict, f"{verdict}, km", ",.1f") for verdict in VERDICTS if verdict != ASHORE),
    Column("work_days", "days", ",.0f"),
    Column("cost_base_usd", "burial, USD", ",.0f", NONE),
)
STEERED = (
    Column("system", "system"),
    Column("which", "path"),
    Column("length_km", "length, km", ",.2f"),
    Column("strikes_per_year", "strikes a year, bare", ".2g", NONE),
    Column("unburiable_km", "no tool, km", ",.1f", NONE),
    Column("burial_usd", "burial, USD", ",.0f", NONE),
)


def burial_sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """Sections, tools, strikes, what was wrong with the data, and what the weights changed."""
    layers = page.layers
    yield Section("burial", TITLE, LEAD, tuple(blocks_of(layers, found)))


def blocks_of(layers: Layers, found: AnalysisResult) -> Iterator[Block]:
    """Routes in short, and then the tables that have rows."""
    systems = [
        {"system": system_id, "cost_base_usd": None, **figures, **figures["km_by_verdict"]}
        for system_id, figures in found.figures["systems"].items()
    ]
    yield Block(table=records_table("Routes", ROUTES, systems, found.figures["status"], "Layer burial_sections."))
    for name, title, note, columns, is_folded in (
        ("burial_sections", "Sections", "Target: at least, where not all that acts is known.", SECTIONS, True),
        ("burial_tools", "Tools along the routes", "Each limit with its status.", TOOLS, False),
        ("anchor_strikes", "Anchor strikes by class of ships", STRIKES_NOTE, STRIKES, True),
        ("burial_data", "What was wrong with the files", "Nothing is left out without a count.", DATA, False),
    ):
        rows = layers[name]
        if len(rows):
            yield Block(table=layer_table(name, rows, title, note, columns, ""), is_folded=is_folded)
    if len(layers["anchor_strikes"]):
        yield Block(table=records_table(SANITY, SANITY_COLUMNS, SANITY_ROWS))
    if found.figures["steering"]:
        empty = dict.fromkeys(("strikes_per_year", "unburiable_km", "burial_usd"))
        rows = [
            {**empty, "system": system_id, "which": f"{which} the weights of [burial]", **figures}
            for system_id, effect in found.figures["steering"].items()
            for which, figures in effect.items()
        ]
        yield Block(table=records_table("What the weights changed", STEERED, rows, "ASSUMED"))
