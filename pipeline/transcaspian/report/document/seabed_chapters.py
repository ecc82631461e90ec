"""The chapters on the route and what it meets: KP by KP, seabed, geohazards, weather, ships, assets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transcaspian.report.document.blocks import Block, Figure, Heading, said
from transcaspian.report.document.desk_study import DeskStudy, name_of, table_of
from transcaspian.report.document.maps import of_kinds, theme_map
from transcaspian.report.document.missing import CHAPTER_OF_KIND, missing
from transcaspian.report.page.content import FROM_TO, NONE, SYSTEM_TABLES, Column

BY_LAYER = {layer: (title, note, columns) for layer, title, note, columns in SYSTEM_TABLES}
KP_COLUMNS = (
    *FROM_TO,
    Column("length_km", "length, km", ".1f"),
    Column("state"),
    Column("zone"),
    Column("min_depth_m", "least depth, m", ",.0f"),
    Column("max_depth_m", "greatest depth, m", ",.0f"),
    Column("steepest_deg", "steepest, °", ".2f"),
    Column("cable_type", "cable"),
    Column("slack_percent", "slack, %", ".1f"),
    Column("protection_method", "protection"),
    Column("target_burial_m", "target, m", ".1f"),
    Column("zone_of_confidence", "CATZOC"),
)
SPAN_COLUMNS = (
    *FROM_TO,
    Column("verdict"),
    Column("span_m", "span, m", ",.0f"),
    Column("height_m", "height, m", ".1f"),
    Column("depth_m", "depth, m", ",.0f"),
    Column("resolution_m", "data every, m", ",.0f"),
)
BEND_COLUMNS = (
    *FROM_TO,
    Column("kind"),
    Column("worst_deg_per_km", "sharpest, °/km", ".2f"),
    Column("limit_deg_per_km", "limit, °/km", ".2f"),
)
HAZARD_COLUMNS = (
    Column("name", empty=NONE),
    Column("kind"),
    Column("position_accuracy_m", "known to, m", ",.0f", "not stated"),
    Column("buffer_m", "buffer, m", ",.0f", NONE),
    Column("no_go", "closed", empty=NONE),
    Column("source"),
    Column("status"),
)
ASSET_COLUMNS = (
    Column("name", empty=NONE),
    Column("kind"),
    Column("state"),
    Column("owner", empty="insufficient information"),
    Column("position_accuracy_m", "known to, m", ",.0f", "not stated"),
    Column("source"),
    Column("status"),
)
CONSTRAINT_COLUMNS = (
    Column("name", empty=NONE),
    Column("kind"),
    Column("role"),
    Column("position_accuracy_m", "known to, m", ",.0f", "not stated"),
    Column("source"),
    Column("status"),
)


def route(study: DeskStudy) -> Iterator[Block]:
    """Each route by KP: what changes along it, and where a given line and the rules differ."""
    yield from missing(study, "route")
    for row in study.systems:
        segments = study.rows("sld", row["system_id"])
        if not len(segments):
            continue
        yield Heading(name_of(row))
        start, end = (study.landing(row[f"{end}_landing"]) for end in ("from", "to"))
        yield said(
            f"From {start} (KP 0) to {end} (KP {row['length_km']:,.1f}): {row['length_km']:,.1f} km of route and "
            f"{row['cable_km']:,.1f} km of cable, {len(segments)} stretches "
            "that are alike in cable, slack, protection and waters (DERIVED). Its positions stand in the appendix."
        )
        note = "Depths below the declared level, of the samples in each stretch; CATZOC: what their errors allow."
        segments = segments.sort_values("from_kp_km")
        yield from table_of("sld", segments, f"Route by KP: {row['system_id']}", note, KP_COLUMNS)
        yield from system_table(study, "route_findings", row["system_id"])


def system_table(study: DeskStudy, layer: str, system_id: str) -> Iterator[Block]:
    """The table that the page of a run has of a layer, of one system; nothing where there is no row."""
    title, note, columns = BY_LAYER[layer]
    status = "" if "status" in (column.field for column in columns) else "DERIVED"
    yield from table_of(layer, study.rows(layer, system_id), f"{title}: {system_id}", note, columns, status)


def each_system(study: DeskStudy, *layers: str) -> Iterator[Block]:
    """These tables, system by system."""
    for row in study.systems:
        for layer in layers:
            yield from system_table(study, layer, row["system_id"])


def bathymetry(study: DeskStudy) -> Iterator[Block]:
    """What the seabed data are, the profiles, bends, free spans, and the routes at lower levels."""
    about = study.page.about
    sources = [source for source in about.sources if source.role.partition(".")[0] == "seabed"]
    for source in sources:
        yield said(f"Seabed: {source.citation} ({source.datum}; {source.epoch}) ({source.status}).")
    yield said(
        f"Depths are {about.water_level}. The seabed data resolve {about.resolution_deg:g}° (DERIVED): they show "
        "nothing smaller, and the survey will find what they do not show."
    )
    for row in study.systems:
        name = f"figures/profile_{row['system_id']}.png"
        yield from study.pictures(name, f"Depth and slope along {row['system_id']} (DERIVED)")
    for row in study.systems:
        own, title = row["system_id"], f"of {row['system_id']}"
        note = "Where the seabed bends more than the rules of engineering allow."
        yield from table_of("seabed_bends", study.rows("seabed_bends", own), f"Bends {title}", note, BEND_COLUMNS)
        note = "Spans that a cable may hang over, as far as the data resolve them."
        yield from table_of("free_spans", study.rows("free_spans", own), f"Free spans {title}", note, SPAN_COLUMNS)
    yield from each_system(study, "scenario_routes")


def themed(study: DeskStudy, chapter: str, caption: str) -> Iterator[Block]:
    """Hazards and constraints of the kinds of a chapter: map, lists, and what lies near each route."""
    kinds = [kind for kind, told in CHAPTER_OF_KIND.items() if told == chapter]
    hazards, limits = (of_kinds(study.rows(layer), kinds) for layer in ("hazards", "constraints"))
    if len(hazards) or len(limits):
        yield Figure(theme_map(study, chapter, kinds, with_cables=chapter == "assets"), caption)
    yield from table_of("hazards", hazards, f"{caption}: as the data set has them", "", HAZARD_COLUMNS, "")
    yield from table_of("constraints", limits, f"{caption}: constraints of the study", "", CONSTRAINT_COLUMNS, "")
    yield from near_routes(study, kinds, caption)


def near_routes(study: DeskStudy, kinds: Sequence[str], caption: str) -> Iterator[Block]:
    """What of some kinds lies near each route, by KP."""
    _, note, columns = BY_LAYER["route_hazards"]
    for row in study.systems:
        near = of_kinds(study.rows("route_hazards", row["system_id"]), kinds)
        yield from table_of("route_hazards", near, f"{caption} near {row['system_id']}", note, columns)


def geology(study: DeskStudy) -> Iterator[Block]:
    """Soil, as far as anything is known of it."""
    yield from missing(study, "geology")
    yield from themed(study, "geology", "Rock")
    if "burial" in study.page.results:
        yield said("What the study knows of soil stands with the tools that bury in it: see Burial assessment.")


def geohazards(study: DeskStudy) -> Iterator[Block]:
    """Mud volcanoes, faults, slides and gas; earthquakes by the catalogue that the study reads."""
    yield from themed(study, "geohazards", "Geohazards")
    for source in study.page.about.sources:
        if source.role == "earthquakes":
            yield said(f"Earthquakes: {source.citation} ({source.epoch}) ({source.status}).")
    unlisted = study.rows("route_hazards")
    whole = unlisted[unlisted["kind"].isna()] if len(unlisted) else unlisted
    note = "Stretches that a source does not cover: missing data are never clear seabed."
    yield from table_of("route_hazards", whole, "Not covered by any source", note, BY_LAYER["route_hazards"][2])
    yield from missing(study, "geohazards")


def metocean(study: DeskStudy) -> Iterator[Block]:
    """Levels of the sea that the study looks at, ice; winds, waves and currents are the client's to add."""
    yield from missing(study, "metocean")
    yield from themed(study, "metocean", "Ice-gouged zones and surf")
    if len(study.rows("landing_levels")):
        yield said(
            "What lower levels with the set-down and set-up of the wind do to each landing stands under Landings; what "
            "they do to the routes under Bathymetry and morphology."
        )


def shipping(study: DeskStudy) -> Iterator[Block]:
    """Ships, ports, fishing, wrecks."""
    yield from themed(study, "shipping", "Shipping, fishing and obstacles")
    yield from missing(study, "shipping")


def assets(study: DeskStudy) -> Iterator[Block]:
    """Cables, pipelines, platforms, fields; what is crossed and what runs beside."""
    yield from themed(study, "assets", "Platforms, fields and pipelines")
    yield from table_of("cables", study.rows("cables"), "Cables and pipelines of the data set", "", ASSET_COLUMNS, "")
    yield from each_system(study, "crossings", "parallel_runs")
    yield from missing(study, "assets")
