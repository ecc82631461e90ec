"""All that the chapters of a desktop study are made from: a published run, read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from transcaspian.core.findings import Advice, Finding
from transcaspian.core.frames import as_alternative, of_system
from transcaspian.core.registry import wings
from transcaspian.report.document.blocks import Block, Figure, Heading, TableBlock, said
from transcaspian.report.page.content import Column, layer_table
from transcaspian.report.page.parts import Section
from transcaspian.report.page.system import SystemPage, shown_in
from transcaspian.study.document_tables import Document

OF_EARLIER = (
    "The run was made by an earlier version, whose figures of this had other names: its own pages have them, or run "
    "the study again."
)
EMPTY = gpd.GeoDataFrame({"system_id": []}, geometry=[])


@dataclass(frozen=True)
class DeskStudy:
    """A run as its folder holds it, and what the client adds.

    Attributes
    ----------
    page
        What the run says of itself, its study, its layers, and what analyses gave, as its own pages have them.
    depth_m
        Shape of ``page.grid``, below the declared level, NaN where not known.
    folder
        Of the run: its pictures are taken from there. It is read only.
    drawn
        Where maps that the run does not have are drawn.
    slots
        The client's texts, by the ids of chapters.
    is_of_this_code
        Whether the run was made by the code that reads it; figures of analyses may have had other names before.
    """

    page: SystemPage
    depth_m: NDArray[np.float32]
    advice: tuple[Advice, ...]
    findings: tuple[Finding, ...]
    folder: Path
    drawn: Path
    control: Document
    logo: Path | None = None
    slots: Mapping[str, tuple[Block, ...]] = field(default_factory=dict)
    is_of_this_code: bool = True

    @property
    def systems(self) -> list[dict[str, Any]]:
        """The routes, row by row."""
        return self.rows("routes").to_dict("records")

    def rows(self, layer: str, system_id: str | None = None) -> gpd.GeoDataFrame:
        """The rows of a layer, of one system where it is named; none where the run does not have the layer."""
        found = self.page.layers.get(layer, EMPTY)
        return found if system_id is None else of_system(found, system_id)

    def landing(self, landing_id: str) -> str:
        """The name of a landing."""
        names = dict(zip(self.rows("landing_points")["landing_id"], self.rows("landing_points")["name"], strict=True))
        return str(names.get(landing_id, landing_id))

    def pictures(self, name: str, caption: str, *, is_wide: bool = False) -> Iterator[Figure]:
        """A picture of the run by the relative name of its file, where the run has it."""
        if (self.folder / name).is_file():
            yield Figure(self.folder / name, caption, is_wide)

    def sections(self, chapter: str) -> Iterator[Section]:
        """What analyses say that stands in a chapter; of those of an earlier version, where it can be read."""
        chapters = {wing.name: wing.chapter for wing in wings()}
        for name, sections in shown_in(self.page.results).items():
            if chapters[name] != chapter:
                continue
            try:
                yield from list(sections(self.page, self.page.results[name]))
            except KeyError:
                if self.is_of_this_code:
                    raise
                yield Section(name, name.capitalize(), OF_EARLIER, ())

    def analysed(self, chapter: str) -> Iterator[Block]:
        """The sections of analyses as blocks: lead and tables."""
        for section in self.sections(chapter):
            tables = [block.table for block in section.blocks if block.table is not None and block.table.rows]
            if tables or section.lead == OF_EARLIER:
                yield Heading(section.title)
                yield from [said(section.lead)] if section.lead else []
                yield from map(TableBlock, tables)


def name_of(system: Mapping[str, Any]) -> str:
    """A system as a heading names it."""
    return f"{system['system_id']}: {system['name']}{as_alternative(system['alternative_of'])}"


def table_of(
    layer: str, rows: gpd.GeoDataFrame, title: str, note: str, columns: tuple[Column, ...], status: str = "DERIVED"
) -> Iterator[TableBlock]:
    """A table of the rows of a layer; nothing where there are none.

    Parameters
    ----------
    status
        Of all its figures; empty where a column has it.
    """
    if len(rows):
        yield TableBlock(layer_table(layer, rows, title, note, columns, status))
