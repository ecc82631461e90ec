"""Both designs on the page of the system."""

from __future__ import annotations

from collections.abc import Iterator

from transcaspian.core.findings import AnalysisResult
from transcaspian.report.page.content import NONE, Column, layer_table
from transcaspian.report.page.parts import Block, Section
from transcaspian.report.page.system import SystemPage

COLUMNS = (
    Column("system_id", "system"),
    Column("design"),
    Column("chosen", empty=""),
    Column("amplified_by", "amplified by", empty=NONE),
    Column("amplifiers", "amplifiers", ",.0f"),
    Column("line_km", "station to station, km", ",.1f"),
    Column("longest_span_km", "longest span, km", ",.1f"),
    Column("loss_db", "loss, dB", ",.1f"),
    Column("budget_db", "budget, dB", ",.1f"),
    Column("margin_db", "margin, dB", "+,.1f"),
    Column("reach_km", "reach, km", ",.0f"),
    Column("fibre_pairs", "fibre pairs", ",.0f"),
    Column("capacity_tbit_s", "carries, Tbit/s", ",.0f"),
    Column("announced_tbit_s", "announced, Tbit/s", ",.0f", NONE),
    Column("feed_v", "power feed, V", ",.0f", NONE),
    Column("delay_ms", "one way, ms", ",.3f"),
    Column("cost_base_usd", "cost, USD", ",.2f", NONE),
    Column("lacks", "cannot be built", empty=NONE),
)
LEAD = "Each system as two designs, by the rules of [link], over the cable of its route and both land tails."
TITLE = "Unrepeatered or repeatered"


def link_sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """A row for each design of each system."""
    rows = page.layers["link_designs"]
    shown = rows.assign(chosen=["chosen" if chosen else "" for chosen in rows["is_chosen"]])
    note = (
        "Loss: fixed, and fibre, splices, repairs and ageing by the length, of the longest span. Chosen: of those that "
        "close and carry what is announced the cheaper. The cost book prices cable by type, not by fibre pairs."
    )
    yield Section(
        "link", TITLE, LEAD, (Block(table=layer_table("link_designs", shown, TITLE, note, COLUMNS, "ASSUMED")),)
    )
