"""The network on the page of the system: its map, and its branches."""

from __future__ import annotations

from collections.abc import Iterator

from transcaspian.analyses.network import charts
from transcaspian.core.findings import AnalysisResult
from transcaspian.report.page.chart_map import Layers
from transcaspian.report.page.content import Column, layer_table
from transcaspian.report.page.parts import Block, Picture, Section
from transcaspian.report.page.system import SystemPage

OSM_CREDIT = "Ways on land: © OpenStreetMap contributors, Open Database License (ODbL) 1.0."
NETWORK_NOTE = (
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
    Column("abroad", "in other states", empty="–"),
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
PATHS_NOTE = "Lengths along the way on WGS84. Railways and highways © OpenStreetMap contributors, ODbL 1.0."
DELAYS_NOTE = "One way where nothing else is said; group index, amplifiers and equipment are parameters of the study."


def network_sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """The network, and its branches beside what was published."""
    layers, published = page.layers, page.published["figures"]
    if len(layers["network_nodes"]):
        lead = "The whole network with the legs that join its places; ways on land show the general direction only."
        yield Section("network", "Network", lead, (Block(network_maps(layers)),))
    paths = layers["network_paths"]
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
    lead = "How long each branch is, of what, and how fast. Published figures have a section of their own."
    yield Section("branches", "Branches", lead, tuple(blocks))


def network_maps(layers: Layers) -> tuple[Picture, ...]:
    """The map of the whole network, and that of the crossing where there is one."""
    on_land = layers["network_legs"]["kind"].isin(["railway", "highway"]).any()
    whole = Picture(
        "Network",
        charts.whole_svg(layers),
        charts.whole_keys(layers),
        NETWORK_NOTE + (OSM_CREDIT if on_land else ""),
    )
    crossing = charts.crossing_svg(layers)
    return (whole,) if crossing is None else (whole, Picture("Crossing, as in the box of the network", crossing))
