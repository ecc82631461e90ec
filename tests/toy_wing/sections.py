"""The section of the question on the page of the whole system."""

from __future__ import annotations

from collections.abc import Iterator

from transcaspian.core.findings import AnalysisResult
from transcaspian.report.page.content import Column, layer_table
from transcaspian.report.page.parts import Block, Section
from transcaspian.report.page.system import SystemPage

COLUMNS = (Column("system_id", "system"), Column("trawled_km", "reached by trawls, km", ",.1f"))


def trawling_sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """A table of the routes."""
    table = layer_table("trawled_routes", page.layers["trawled_routes"], "Routes that trawls reach", "", COLUMNS)
    yield Section("trawling", "Trawling", found.notes[0], (Block(table=table),))
