"""The first chapters: control, summary and recommendation, the system, its landings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from transcaspian.core.layers import LANDING_SHEETS
from transcaspian.core.vocabulary import NOT_KNOWN, SEVERITIES
from transcaspian.report.document.blocks import Block, Figure, Heading, TableBlock, bullets, said
from transcaspian.report.document.desk_study import DeskStudy, name_of, table_of
from transcaspian.report.document.maps import landing_map
from transcaspian.report.document.missing import gaps_of, missing
from transcaspian.report.page.content import (
    NONE,
    SYSTEM_TABLES,
    Table,
    figures_of,
    shown,
)

SPIRIT = (
    "This desktop study follows the list of subjects that is usual for one. It is in the spirit of ICPC "
    "Recommendation 9 (Minimum Technical Requirements for a Desktop Study), whose text was NOT read: conformity with "
    "it is not claimed."
)
STATUSES_SAID = (
    "REAL: published or measured by others, with the source.",
    "DERIVED: computed by the run from data that are named under Sources.",
    "ASSUMED: an engineering default that the client should replace.",
    "insufficient information: not known. It never means that there is nothing.",
)
LANDING_MAP_MM = 76.0
LEADING = ("critical", "major")
FORMS = {"m": ",.1f", "km": ",.1f", "deg": ",.2f"}
"""How figures are printed, by their units."""
SHEET_SKIPPED = {"geometry", "sheet_id", "system_id", "landing_id"}


def control(study: DeskStudy) -> Iterator[Block]:
    """Who the document is for and by, and which run it is of."""
    about, own = study.page.about, study.control
    rows = (
        ("document number", own.number),
        ("issue", own.issue),
        ("client", own.client),
        ("project", own.project or about.title),
        ("prepared by", own.prepared_by),
        ("checked by", own.checked_by),
        ("approved by", own.approved_by),
        ("confidentiality", own.confidentiality),
        ("study", f"{about.study_id}, revision {about.revision}"),
        ("run", about.run_id),
        ("date of the run, UTC", about.created_utc),
        ("code", f"transcaspian {about.code_version}, sha256 {about.code_sha256[:16]}"),
        ("licence of the figures", about.licence or None),
    )
    yield TableBlock(pairs_table("Document control", [(name, shown(value)) for name, value in rows]))
    yield said(SPIRIT)
    yield said(about.statement)
    yield Heading("How far figures can be trusted")
    yield from bullets(*STATUSES_SAID)


def pairs_table(title: str, rows: list[tuple[str, str]], status: str = "") -> Table:
    """A table of names and what stands for each."""
    return Table(title, ("", ""), tuple(rows), (False, False), status)


def side_by_side(title: str, rows: list[tuple[str, str]], status: str) -> Table:
    """A table of names and what stands for each, in two halves beside each other."""
    half = (len(rows) + 1) // 2
    right = [*rows[half:], *[("", "")] * (2 * half - len(rows))]
    both = tuple((*one, *other) for one, other in zip(rows[:half], right, strict=True))
    return Table(title, ("", "", "", ""), both, (False,) * 4, status)


def summary(study: DeskStudy) -> Iterator[Block]:
    """What is recommended, the options, the main figures, what must be known first, the map."""
    if study.page.about.abstract:
        yield said(study.page.about.abstract)
    if study.advice:
        yield said("Recommended, by the findings of the run (DERIVED):")
        yield from bullets(*(str(item) for item in study.advice))
    else:
        yield said("The run recommends nothing: it has no system.")
    yield from study.pictures("map.png", "Routes over the depth of the sea (DERIVED)")
    options = study.page.first.options
    if options.rows:
        yield TableBlock(options)
    leading = [item for item in study.findings if item.severity in LEADING]
    counts = ", ".join(
        f"{number} {severity}"
        for severity in SEVERITIES
        if (number := sum(f.severity == severity for f in study.findings))
    )
    yield said(
        f"The run has {len(study.findings)} findings{f' ({counts})' if counts else ''}; Gaps and further work has all."
    )
    if leading:
        rows = tuple((item.severity, item.subject or NONE, item.sentence, item.action, item.status) for item in leading)
        headings = ("severity", "system", "finding", "what to do", "status")
        yield TableBlock(Table("What must be settled first", headings, rows, (False,) * 5))
    if lacking := gaps_of(study):
        yield said(f"On {len(lacking)} subjects this study has no data of its own: Gaps and further work names them.")


def system(study: DeskStudy) -> Iterator[Block]:
    """Each system with its figures; what analyses say of links and network."""
    for row in study.systems:
        yield Heading(name_of(row))
        figures = [(item.name, item.text, item.status, item.source or NONE) for item in figures_of(row)]
        ends = f"{study.landing(row['from_landing'])} to {study.landing(row['to_landing'])}"
        figures.insert(0, ("landings", ends, "", NONE))
        yield TableBlock(
            Table(name_of(row), ("figure", "value", "status", "source"), tuple(figures), (False, True, False, False))
        )
    yield from study.pictures(
        "figures/published_lengths.png", "Lengths beside those that were published (DERIVED, REAL)"
    )
    yield from study.analysed("system")
    yield from missing(study, "system")


def landings(study: DeskStudy) -> Iterator[Block]:
    """A page for each landing of each system: what is known of it, and its map."""
    yield from missing(study, "landings")
    for number, sheet in enumerate(study.rows("landing_sheets").to_dict("records")):
        name = f"{sheet['name']} ({sheet['system_id']})"
        yield Heading(name, on_new_page=number > 0)
        caption = f"Around {name}: depth, route, positions of the list (DERIVED)"
        yield Figure(landing_map(study, sheet), caption, max_height_mm=LANDING_MAP_MM)
        yield TableBlock(side_by_side(f"Landing {name}", list(sheet_rows(sheet)), str(sheet["status"])))
        for layer, title, note, columns in SYSTEM_TABLES:
            if layer in ("landing_levels", "landing_neighbours"):
                rows = study.rows(layer)
                own = rows[rows["sheet_id"] == sheet["sheet_id"]] if len(rows) else rows
                yield from table_of(layer, own, f"{title}: {name}", note, columns)


def sheet_rows(sheet: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The figures of a landing sheet, name by name, with their units."""
    for field in LANDING_SHEETS.fields:
        if field.name not in SHEET_SKIPPED:
            text = shown(sheet[field.name], FORMS.get(field.unit, ""))
            unit = f" {field.shown_unit}" if text != NOT_KNOWN else ""
            yield field.name.removesuffix(f"_{field.unit}").replace("_", " "), f"{text}{unit}".strip()
