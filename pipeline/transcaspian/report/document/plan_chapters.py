"""The chapters on what is to be done: permits, burial, risk, alternatives, installation, cost, gaps, appendices."""

from __future__ import annotations

from collections.abc import Iterator

from transcaspian.report.document.blocks import Block, Figure, Heading, TableBlock, said
from transcaspian.report.document.cost_chart import cost_chart
from transcaspian.report.document.desk_study import DeskStudy, name_of, table_of
from transcaspian.report.document.missing import gaps_of, missing
from transcaspian.report.document.seabed_chapters import each_system, themed
from transcaspian.report.page.content import (
    NONE,
    POSITION_COLUMNS,
    Column,
    Table,
    assumptions_table,
    published_tables,
    sources_table,
)
from transcaspian.study.document_tables import CHAPTERS

PLAN_COLUMNS = (
    Column("from_kp_km", "from KP, km", ".3f"),
    Column("to_kp_km", "to KP, km", ".3f"),
    Column("length_km", "length, km", ".3f"),
    Column("protection_method", "protection"),
    Column("target_burial_m", "target, m", ".1f"),
    Column("installation", empty=NONE),
    Column("cable_type", "cable"),
    Column("burial_rule", "rule"),
)
REGISTER_COLUMNS = (
    Column("name", empty=NONE),
    Column("kind"),
    Column("kp_km", "KP, km", ".3f"),
    Column("asset_kp_km", "its KP, km", ".3f", NONE),
    Column("angle_deg", "angle, °", ".0f"),
    Column("aimed_angle_deg", "aimed at, °", ".0f", NONE),
    Column("depth_m", "depth, m", ".0f"),
    Column("owner", empty="insufficient information"),
    Column("state"),
    Column("position_accuracy_m", "known to, m", ",.0f", "not stated"),
    Column("verdict"),
    Column("status"),
)


def environment(study: DeskStudy) -> Iterator[Block]:
    """Whose waters, what they ask for, and what is protected."""
    yield from each_system(study, "route_sectors")
    yield from study.analysed("environment")
    yield from themed(study, "environment", "Protected and restricted areas")
    yield from missing(study, "environment")


def burial(study: DeskStudy) -> Iterator[Block]:
    """What analyses find of anchors, soil and tools; how each route is planned to be buried."""
    yield from study.analysed("burial")
    for row in study.systems:
        plan = study.rows("sld", row["system_id"])
        plan = plan.sort_values("from_kp_km") if len(plan) else plan
        note = "By the rules of engineering of the study; targets are ASSUMED unless the study says otherwise."
        yield from table_of("sld", plan, f"Burial as planned: {row['system_id']}", note, PLAN_COLUMNS)
    yield from missing(study, "burial")


def risk(study: DeskStudy) -> Iterator[Block]:
    """Expected faults."""
    yield from study.analysed("risk")
    yield from missing(study, "risk")


def alternatives(study: DeskStudy) -> Iterator[Block]:
    """Other lines, and how much seabed is as good; what analyses of designs and of doubt say."""
    for row in study.systems:
        name = f"figures/alternatives_{row['system_id']}.png"
        yield from study.pictures(name, f"Alternatives of {row['system_id']} and cost-tolerance zones (DERIVED)")
    yield from each_system(study, "alternatives", "cost_tolerance_zones")
    yield from study.analysed("alternatives")
    yield from missing(study, "alternatives")


def installation(study: DeskStudy) -> Iterator[Block]:
    """Survey, vessels, calendar."""
    yield from study.analysed("installation")
    yield from missing(study, "installation")


def cost(study: DeskStudy) -> Iterator[Block]:
    """The bill of each system, and all of them as a picture."""
    if len(bill := study.rows("bill")):
        statuses = ", ".join(sorted(set(bill["status"])))
        yield Figure(cost_chart(study), f"Cost by part, of each system ({statuses})")
    yield from each_system(study, "bill")
    yield from missing(study, "cost")


def further(study: DeskStudy) -> Iterator[Block]:
    """What analyses say that has no chapter of its own."""
    yield from study.analysed("further")


def gaps(study: DeskStudy) -> Iterator[Block]:
    """Every finding, what the study lacks, and what it takes for given."""
    lacking = tuple((CHAPTERS[gap.chapter], gap.what, gap.where) for gap in gaps_of(study))
    if lacking:
        yield TableBlock(Table("What this study lacks", ("chapter", "what", "to be had from"), lacking, (False,) * 3))
    if study.findings:
        yield TableBlock(study.page.first.all_findings)
    notes = [f"{name}: {note}" for name, found in study.page.results.items() for note in found.notes]
    yield from map(said, notes)


def sources(study: DeskStudy) -> Iterator[Block]:
    """Data sets with their credit, what the study takes for given, and what others published beside ours."""
    yield TableBlock(sources_table(study.page.about), is_wide=True)
    yield TableBlock(assumptions_table(study.page.study))
    published = published_tables(study.page.published)
    if published:
        yield Heading("Published figures beside ours")
        yield from (TableBlock(table, is_wide=True) for table in published)


def position_lists(study: DeskStudy) -> Iterator[Block]:
    """The Route Position List of each system."""
    for row in study.systems:
        own = study.rows("rpl_points", row["system_id"])
        title = f"Route Position List: {row['system_id']} ({len(own)} positions)"
        for block in table_of("rpl_points", own, title, name_of(row), POSITION_COLUMNS):
            yield TableBlock(block.table, is_wide=True)


def diagrams(study: DeskStudy) -> Iterator[Block]:
    """The straight-line diagram of each system."""
    for row in study.systems:
        name = f"sld/{row['system_id']}.png"
        yield from study.pictures(name, f"Straight-line diagram of {row['system_id']} (DERIVED)", is_wide=True)
    yield said("As drawings for CAD and print (SVG, PDF, DXF): `transcaspian report --format sld`.", "note")


def crossings(study: DeskStudy) -> Iterator[Block]:
    """The register of crossings."""
    for row in study.systems:
        own = study.rows("crossings", row["system_id"])
        for block in table_of("crossings", own, f"Crossings of {row['system_id']}", "", REGISTER_COLUMNS, ""):
            yield TableBlock(block.table, is_wide=True)
    if not len(study.rows("crossings")):
        yield said("No crossing is known by the data of the study; a register that lists nothing proves nothing.")
