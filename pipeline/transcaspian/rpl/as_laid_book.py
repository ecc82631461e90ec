"""The comparison of a laid cable with its design as a workbook: what is out of tolerance, by KP, positions, bodies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from transcaspian.rpl.as_laid import AsLaid
from transcaspian.rpl.writer import A4, BOLD, BOX, GREY, LINE_PT, book_bytes, lines_in, save_book

SHEETS: dict[str, tuple[tuple[str, int, str], ...]] = {
    "Out of tolerance": (
        ("From KP (km)", 12, "0.000"), ("To KP (km)", 12, "0.000"), ("What", 40, "@"), ("Worst", 10, "0.00"),
        ("Allowed", 10, "0.00"), ("Unit", 7, "@"), ("Worst at KP (km)", 12, "0.000"),
    ),
    "By KP": (
        ("From KP (km)", 12, "0.000"), ("To KP (km)", 12, "0.000"), ("Target Burial Depth (m)", 14, "0.00"),
        ("Burial Depth (m)", 14, "0.00"), ("Design Slack (%)", 12, "0.000"), ("Slack (%)", 12, "0.000"),
    ),
    "Positions": (
        ("Pos No", 10, "@"), ("Event", 24, "@"), ("Design KP (km)", 12, "0.000"),
        ("Offset, starboard + (m)", 14, "0.0"),
    ),
    "Bodies": (
        ("Body", 14, "@"), ("Design KP (km)", 12, "0.000"), ("As-laid at KP (km)", 14, "0.000"),
        ("Apart (m)", 10, "0.0"),
    ),
}  # fmt: skip
"""Headings of each sheet, the width of the column, and how its cells are shown."""


def write_as_laid_xlsx(path: Path, found: AsLaid, *, created_utc: str) -> None:
    """Write the comparison as an Excel workbook, ready to print; equal input gives equal bytes.

    Parameters
    ----------
    created_utc
        ISO 8601, UTC: the date of the file.
    """
    book = Workbook()
    summary = book.active
    summary.title = "Summary"
    for row in summary_rows(found):
        summary.append([plain(cell) for cell in row])
    for letter, width in zip("ABCDE", (70, 10, 8, 60, 10), strict=True):
        summary.column_dimensions[letter].width = width
    lay_out_page(summary)
    rows: tuple[Sequence[Any], ...] = (found.findings, found.stretches, found.positions, found.bodies)
    for (title, columns), items in zip(SHEETS.items(), rows, strict=True):
        fill_sheet(book.create_sheet(title), columns, [astuple(item) for item in items])
    save_book(path, book, created_utc)


def table_book(title: str, columns: Sequence[tuple[str, int, str]], rows: Sequence[tuple[Any, ...]]) -> bytes:
    """One table as a workbook, ready to print, without a date of its own: equal input gives equal bytes.

    Parameters
    ----------
    columns
        Heading, width and format of each.
    """
    book = Workbook()
    book.active.title = title
    fill_sheet(book.active, columns, rows)
    return book_bytes(book, "2000-01-01T00:00:00Z")


def summary_rows(found: AsLaid) -> list[tuple[Any, ...]]:
    """What was compared, and the tolerances with their sources."""
    rows: list[tuple[Any, ...]] = [(line,) for line in found.summary()]
    rows += [(), ("Tolerance", "Value", "Unit", "Source", "Status")]
    tolerances = ((item.name, getattr(found.tolerances, item.name)) for item in fields(found.tolerances))
    return rows + [(name, *astuple(tolerance)) for name, tolerance in tolerances]


def plain(cell: Any) -> Any:
    """A text that begins like a formula stays a text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "@")) else cell


def fill_sheet(sheet: Worksheet, columns: Sequence[tuple[str, int, str]], rows: Sequence[tuple[Any, ...]]) -> None:
    """Headings that stay in sight and on every page, borders, and the rows below."""
    sheet.append([heading for heading, _, _ in columns])
    for row in rows:
        sheet.append([plain(cell) for cell in row])
    for number, (_, width, shown) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
        for (cell,) in sheet.iter_rows(min_col=number, max_col=number):
            cell.border, cell.number_format = BOX, shown
    for cell in sheet[1]:
        cell.font, cell.fill = BOLD, GREY
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.row_dimensions[1].height = LINE_PT * max(lines_in(heading, width) for heading, width, _ in columns)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    lay_out_page(sheet)


def lay_out_page(sheet: Worksheet) -> None:
    """A4 across, all columns on one page."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "Page &P of &N"
