"""The network on the page of the system: the corridor, its branches, and published figures beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from transcaspian.analyses.network import charts
from transcaspian.analyses.network.page import amount
from transcaspian.core.findings import AnalysisResult
from transcaspian.report.page.chart_map import Layers
from transcaspian.report.page.content import NONE, Column, Table, layer_table, records_table
from transcaspian.report.page.parts import Block, Picture, Section
from transcaspian.report.page.system import SystemPage

OSM_CREDIT = "Ways on land: © OpenStreetMap contributors, Open Database License (ODbL) 1.0."
CORRIDOR_NOTE = (
    "Mercator. Only the shoreline of the study's own sea is drawn. Thin legs are on no path. Names that find no room "
    "are in the map of the crossing. "
)
PATH_COLUMNS = (
    Column("name", "path"),
    Column("length_km", "length, km", ",.0f"),
    Column("uncertainty_km", "± km", ",.0f"),
    Column("subsea_km", "subsea, km", ",.0f"),
    Column("railway_km", "railway, km", ",.0f"),
    Column("highway_km", "highway, km", ",.0f"),
    Column("given_km", "given, km", ",.0f"),
    Column("geodesic_km", "geodesic, km", ",.0f"),
    Column("cable_km", "cable with slack, km", ",.0f"),
    Column("status", "status"),
)
DELAY_COLUMNS = (
    Column("name", "path"),
    Column("fibre_ms", "fibre, ms", ".3f"),
    Column("amplifiers_ms", "amplifiers, ms", ".4f"),
    Column("amplifiers", "amplifiers", ",.0f"),
    Column("equipment_ms", "equipment, ms", ".3f"),
    Column("one_way_ms", "one way, ms", ".2f"),
    Column("round_trip_ms", "round trip, ms", ".2f"),
    Column("status", "status"),
)
PUBLISHED_COLUMNS = (
    Column("what", "published"),
    Column("subject", "of", empty=NONE),
    Column("figure"),
    Column("status"),
    Column("ours", is_figure=True),
    Column("ours_status", "status", empty=NONE),
    Column("difference", "ours less published", empty=NONE, is_figure=True),
    Column("verdict"),
    Column("source"),
)
PATHS_NOTE = "Lengths along the way on WGS84. Railways and highways © OpenStreetMap contributors, ODbL 1.0."
DELAYS_NOTE = "One way where nothing else is said; group index, amplifiers and equipment are parameters of the study."
PUBLISHED_NOTE = "A figure agrees when ours is within its rounding (±). Nothing is tuned to any of them."


def network_sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """The corridor, and its branches beside what was published."""
    layers, published = page.layers, found.figures["published"]
    if len(layers["network_nodes"]):
        lead = "The whole network with the legs that join its places; ways on land show the general direction only."
        yield Section("corridor", "Corridor", lead, (Block(corridor(layers)),))
    paths = layers["network_paths"]
    names = dict(zip(layers["routes"]["system_id"], layers["routes"]["name"], strict=True))
    names |= dict(zip(paths["path_id"], paths["name"], strict=True))
    blocks: list[Block] = []
    if len(paths):
        lengths = Picture(
            "Lengths by kind, beside the published length",
            charts.lengths_svg(paths, published),
            charts.length_keys(published, paths),
        )
        tables = (
            layer_table("network_paths", paths, "Paths and their lengths", PATHS_NOTE, PATH_COLUMNS, status=""),
            layer_table("network_paths", paths, "Delay of the paths", DELAYS_NOTE, DELAY_COLUMNS, status=""),
        )
        blocks = [Block((lengths,)), *(Block(table=table) for table in tables)]
    if published:
        blocks.append(Block(table=published_table(published, names)))
    lead = "How long each branch is, of what, how fast, and what was published of it: what agrees, and what does not."
    yield Section("branches", "Branches", lead, tuple(blocks))


def corridor(layers: Layers) -> tuple[Picture, ...]:
    """The map of the whole corridor, and that of the crossing where there is one."""
    on_land = layers["network_legs"]["kind"].isin(["railway", "highway"]).any()
    whole = Picture(
        "Corridor",
        charts.corridor_svg(layers),
        charts.corridor_keys(layers),
        CORRIDOR_NOTE + (OSM_CREDIT if on_land else ""),
    )
    crossing = charts.crossing_svg(layers)
    return (whole,) if crossing is None else (whole, Picture("Crossing, as in the box of the corridor", crossing))


def published_table(published: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Table:
    """What others published beside ours, with the verdict and the sentence that explains it."""
    sentences = tuple(
        (row["explanation"] or "Ours agrees.") + (f" ({row['remarks']})" if row["remarks"] else "") for row in published
    )
    records = [published_record(row, names) for row in published]
    return records_table("Published figures beside ours", PUBLISHED_COLUMNS, records, "", PUBLISHED_NOTE, sentences)


def published_record(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A published figure as it is read."""
    unit, off, ours = row["unit"], row["difference"], row["ours"]
    last = "" if row["published_to"] is None else f" to {amount(row['published_to'], unit)}"
    return {
        **row,
        "subject": names.get(row["of"], row["of"]) or None,
        "figure": f"{amount(row['published'], unit)}{last} ± {amount(row['tolerance'], unit)}",
        "ours": None if ours is None else amount(ours, unit),
        "difference": None if off is None else f"{'+' if off > 0 else ''}{amount(off, unit)}".replace("-", "\u2212"),
    }
