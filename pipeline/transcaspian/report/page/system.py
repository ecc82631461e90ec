"""The page of the whole system: what the analyses of a run found, section by section, in one file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from transcaspian.core.findings import AnalysisResult
from transcaspian.core.grid import Grid
from transcaspian.core.registry import wings
from transcaspian.export import Description
from transcaspian.report.page.chart_map import Layers
from transcaspian.report.page.content import Published, Table, assumptions_table, published_tables, sources_table
from transcaspian.report.page.first_page import FirstPage
from transcaspian.report.page.parts import Block, Section
from transcaspian.report.page.report_page import resolution_km
from transcaspian.report.page.shell import rendered
from transcaspian.study import Study
from transcaspian.study.base import cited

PUBLISHED_LEAD = "What others published beside ours: what agrees, what does not, and what cannot be told."


@dataclass(frozen=True)
class SystemPage:
    """All that the page tells.

    Attributes
    ----------
    about
        What the run says of itself.
    study
        The study as it was run.
    layers
        The published layers by name, those of analyses too.
    grid
        Frame of the rasters, EPSG:4326.
    results
        What analyses gave, by their names.
    published
        Published figures beside ours, and the branches of the network.
    first
        What stands first on it.
    report
        Name of the file of the run's own report, which stands beside this one.
    """

    about: Description
    study: Study
    layers: Layers
    grid: Grid
    results: Mapping[str, AnalysisResult]
    published: Published
    first: FirstPage
    report: str = "report.html"


def write_system_page(path: Path, page: SystemPage) -> None:
    """Write the page; the same values give the same bytes.

    Parameters
    ----------
    path
        File to write.
    page
        All that the page shows.
    """
    path.write_bytes(system_html(page).encode())  # as it is: another line end would change the hashes of the policy


def system_html(page: SystemPage) -> str:
    """The whole page."""
    notes = [(name, note) for name, found in page.results.items() for note in found.notes]
    sections = [section for section in sections_of(page) if section.blocks]
    return rendered(
        "system.html.j2",
        ("report.css", "system.css"),
        "system.js",
        about=page.about,
        first=page.first,
        report=page.report,
        sections=sections,
        notes=notes,
        given=given_table(page.study, list(shown_in(page.results))),
        sources=sources_table(page.about),
        assumptions=assumptions_table(page.study),
        resolution_km=resolution_km(page.about),
    )


def sections_of(page: SystemPage) -> Iterator[Section]:
    """The sections whose findings are there, in the order they are read."""
    for name, sections in shown_in(page.results).items():
        yield from sections(page, page.results[name])
    blocks = tuple(Block(table=table) for table in published_tables(page.published))
    yield Section("published", "Published figures", PUBLISHED_LEAD, blocks)


def given_table(study: Study, names: Sequence[str]) -> Table:
    """What the tables of analyses take for given."""
    document = study.model_dump(mode="json", include=set(names))
    rows = sorted(row for row in cited(document) if row[0].split(".")[0] in names)
    title = "What the tables " + ", ".join(f"[{name}]" for name in names) + " take for given"
    return Table(title, ("table of the study", "status", "source"), tuple(rows), (False,) * 3)


def shown_in(results: Collection[str]) -> dict[str, Callable[[SystemPage, AnalysisResult], Iterator[Section]]]:
    """What makes the sections of each analysis that gave something, by its name, in the order they are read."""
    ordered = sorted(wings(), key=lambda wing: (wing.page_order, wing.name))
    return {wing.name: wing.sections for wing in ordered if wing.sections is not None and wing.name in results}


def has_system_page(results: Collection[str]) -> bool:
    """Whether any analysis gave something that the page has a section for.

    Parameters
    ----------
    results
        Names of the analyses that gave something.

    Returns
    -------
    bool
        True where ``system.html`` is written.

    Examples
    --------
    >>> has_system_page([]), has_system_page(["risk"])
    (False, True)
    """
    return bool(shown_in(results))
