"""The Route Position List in print, as CSV and XLSX: a header block, headings, then positions and spans in turn.

Importers look for the headings by words in a row and in the rows that touch it. So a blank row parts the header block
from them, units stand in the headings alone, and the block has no key that could name a column.

The printed totals reconcile to the last digit: cumulatives are rounded, and a printed leg is their exact difference.
"""

from __future__ import annotations

import csv
import io
import math
import re
import textwrap
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from transcaspian.core.errors import ExportError
from transcaspian.core.fields import FIELDS
from transcaspian.rpl._headings import HEMISPHERES
from transcaspian.rpl.model import COLUMNS, POSITION_FIELDS, SPAN_FIELDS, Position, Rpl, Span, columns_of

NAME = "Route Position List"
TENTHS_OF_MILLI = 10_000  # a printed minute has four decimals
# A leg that was rounded by itself differs from rounded cumulatives by half a metre thrice; more is another length
RECONCILES_KM = 0.002
DECIMALS = {name: FIELDS[name].decimals for name in COLUMNS}
UNITS = {"Bearing": "deg true", "Latitude": "", "Longitude": ""}
HEADINGS = {
    name: re.sub("(?<=[a-z])(?=[A-Z])", " ", name) + (f" ({unit})" if unit else "")
    for name, unit in ((name, UNITS.get(name, FIELDS[name].unit)) for name in COLUMNS)
}
"""In print: the words of the column's name, and its unit."""
WIDTHS = {
    "SeqNo": 18,  # the keys of the header block stand in it
    "PosNo": 8,
    **dict.fromkeys(("Latitude", "Longitude"), 16),
    **dict.fromkeys(("Event", "CableType", "ProtectionMethod", "TerritorialWater", "EEZ"), 18),
    "Remarks": 40,
}
WIDTH = 12
LINE_PT = 15.0
WIDER_FONT = 0.75  # of the width of a column, where another program has another font
# A spreadsheet may take a text that begins so for a formula
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
NOT_PRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_CELL = 32_767
LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
MODIFIED = re.compile(rb"(<\w+:modified[^>]*>)[^<]*(</\w+:modified>)")  # another library may have named the prefix
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
A4 = 9
BOLD = Font(name="Calibri", size=11, bold=True)

Value = str | float | int | None
"""What a cell holds: text, a number, or nothing."""


def write_rpl_csv(path: Path, rpl: Rpl, *, created_utc: str) -> None:
    r"""Write the list as CSV: UTF-8, comma, ``\r\n`` (RFC 4180).

    A text that a spreadsheet would run as a formula gets an apostrophe before it.

    Parameters
    ----------
    created_utc
        ISO 8601, UTC: the date of the list.

    Raises
    ------
    ExportError
        When the list cannot be printed: see `printed_rows`.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([as_text(name, value) for name, value in row] for row in printed_rows(rpl, created_utc))
    path.write_bytes(text.getvalue().encode("utf-8"))


def write_rpl_xlsx(path: Path, rpl: Rpl, *, created_utc: str) -> None:
    """Write the list as an Excel workbook of one sheet, ready to print; equal input gives equal bytes.

    Parameters
    ----------
    created_utc
        ISO 8601, UTC: the date of the list, and what the file says of its own age.

    Raises
    ------
    ExportError
        When the list cannot be printed: see `printed_rows`.
    """
    created = moment(created_utc)
    book = Workbook()
    book.properties.creator = "transcaspian"
    book.properties.created = created.replace(tzinfo=None)
    sheet = book.active
    sheet.title = "RPL"
    rows = list(printed_rows(rpl, created_utc))
    for number, row in enumerate(rows, start=1):
        for column, (name, value) in enumerate(row, start=1):
            fill(sheet.cell(number, column), name, value)
    lay_out(sheet, heading_row=len(rows) - len(rpl.positions) - len(rpl.spans))
    raw = io.BytesIO()
    book.save(raw)
    path.write_bytes(with_fixed_times(raw.getvalue(), created))


# -- rows


def printed_rows(rpl: Rpl, created_utc: str) -> Iterator[list[tuple[str, Value]]]:
    """Rows of the printed list; each cell is the name of its field and its value.

    Raises
    ------
    ExportError
        When positions and spans do not alternate, a figure is not finite, or a stated leg is another length than the
        cumulatives say (`RECONCILES_KM`).
    """
    check_order(rpl)
    for key, value in header_block(rpl, created_utc):
        yield [("", checked_text(f"the {key.lower()}", text)) for text in ([key, value] if value else [key])]
    yield []
    yield [(name, HEADINGS[name]) for name in COLUMNS]
    routes = printed_legs(rpl, "route_km")
    cables = printed_legs(rpl, "cable_km")
    for number, position in enumerate(rpl.positions, start=1):
        yield in_columns(position_cells(number, position))
        if number <= len(rpl.spans):
            span = rpl.spans[number - 1]
            yield in_columns(span_cells(number, span, routes[number - 1], cables[number - 1]))


def header_block(rpl: Rpl, created_utc: str) -> list[tuple[str, str]]:
    """What heads the list, key and value."""
    return [
        (NAME, ""),
        ("Title", rpl.title),
        ("System", rpl.system_id),
        ("Revision", rpl.revision),
        ("Created (UTC)", f"{moment(created_utc):%Y-%m-%d %H:%M}"),
        ("Datum", rpl.datum),
        ("Vertical datum", rpl.water_level),
        ("Status of figures", rpl.status),
    ]


def position_cells(number: int, position: Position) -> dict[str, Value]:
    """Cells of a position row by field."""
    return {"SeqNo": number, **cells_of(f"position {position.pos_no!r}", columns_of(position, POSITION_FIELDS))}


def span_cells(number: int, span: Span, route_km: float | None, cable_km: float | None) -> dict[str, Value]:
    """Cells of a span row by field, with the legs as they are printed."""
    cells = cells_of(f"span {span.from_pos!r} to {span.to_pos!r}", columns_of(span, SPAN_FIELDS))
    bearing_deg = 0.0 if cells["Bearing"] == 360.0 else cells["Bearing"]
    legs = {"DistBetweenPos": route_km, "CableDistBetweenPos": cable_km}
    return {"SeqNo": number, **cells, **legs, "Bearing": bearing_deg}


def cells_of(culprit: str, values: Mapping[str, Any]) -> dict[str, Value]:
    """Texts, angles and figures as they are printed."""
    cells: dict[str, Value] = {}
    for name, value in values.items():
        if name in HEMISPHERES:
            cells[name] = degrees_and_minutes(value, HEMISPHERES[name])
        else:
            cells[name] = checked_text(culprit, value) if isinstance(value, str) else figure(name, value, culprit)
    return cells


def in_columns(cells: dict[str, Value]) -> list[tuple[str, Value]]:
    """A cell in every column of the list."""
    return [(name, cells.get(name)) for name in COLUMNS]


def check_order(rpl: Rpl) -> None:
    """A printed list has two positions or more, and says by order alone which of them a span joins."""
    names = [position.pos_no for position in rpl.positions]
    joined = [(span.from_pos, span.to_pos) for span in rpl.spans]
    if len(names) < 2:
        raise ExportError(f"the list {rpl.title!r} has {len(names)} positions: expected two or more")
    if not all(name.strip() for name in names):
        raise ExportError(f"a position of the list {rpl.title!r} has no PosNo: give each its own")
    if joined != list(pairwise(names)):
        raise ExportError(
            f"the list {rpl.title!r} has {len(names)} positions and {len(joined)} spans that do not join them in "
            "their order: expected one span from each position to the next; see `check_rpl`"
        )


def printed_legs(rpl: Rpl, name: str) -> list[float | None]:
    """Lengths of the spans as printed, km: differences of the printed cumulatives where both are stated."""
    field = "DistBetweenPos" if name == "route_km" else "CableDistBetweenPos"
    cumulative = [figure(field, getattr(position, name), "a cumulative") for position in rpl.positions]
    legs = []
    for span, start_km, end_km in zip(rpl.spans, cumulative[:-1], cumulative[1:], strict=True):
        culprit = f"span {span.from_pos!r} to {span.to_pos!r}"
        legs.append(printed_leg(figure(field, getattr(span, name), culprit), start_km, end_km, f"{culprit}, {field}"))
    return legs


def printed_leg(stated_km: float | None, start_km: float | None, end_km: float | None, culprit: str) -> float | None:
    """One leg as printed; None where it is not stated."""
    if stated_km is None or start_km is None or end_km is None:
        return stated_km
    difference_km = round(end_km - start_km, DECIMALS["DistBetweenPos"])
    if abs(difference_km - stated_km) > RECONCILES_KM:
        raise ExportError(
            f"{culprit} is {stated_km:.3f} km, but the cumulatives differ by {difference_km:.3f} km: "
            "expected a list whose totals reconcile; see `check_rpl`"
        )
    return difference_km + 0.0


# -- cells


def degrees_and_minutes(degrees: float, hemispheres: str) -> str:
    """Degrees and decimal minutes with the hemisphere, as ``43 39.6630 N`` and ``051 10.4352 E``.

    Parameters
    ----------
    hemispheres
        ``NS`` for a latitude, ``EW`` for a longitude.

    Raises
    ------
    ExportError
        When the angle is not finite or leaves the globe.
    """
    most, width = (90, 2) if hemispheres == "NS" else (180, 3)
    if not (math.isfinite(degrees) and abs(degrees) <= most):
        raise ExportError(f"a position lies at {degrees}°: expected {-most}…{most}° {hemispheres[0]}")
    units = round(abs(degrees) * 60 * TENTHS_OF_MILLI)
    whole, rest = divmod(units, 60 * TENTHS_OF_MILLI)
    minutes, decimals = divmod(rest, TENTHS_OF_MILLI)
    letter = hemispheres[1] if degrees < 0 and units else hemispheres[0]
    return f"{whole:0{width}d} {minutes:02d}.{decimals:04d} {letter}"


def figure(name: str, value: float | None, culprit: str) -> float | None:
    """A number rounded as it is printed; None stays None."""
    if value is None:
        return None
    if not math.isfinite(value):
        raise ExportError(f"{culprit}, {name} is {value}: expected a finite number, or None where it is not stated")
    return round(float(value), DECIMALS[name]) + 0.0  # no minus before a zero


def checked_text(culprit: str, text: str) -> str:
    """The text, when a cell can hold it unchanged."""
    found = NOT_PRINTABLE.search(text)
    if found:
        raise ExportError(f"{culprit} has the character {found[0]!r}, which no cell can hold: take it out")
    if len(text) > LONGEST_CELL:
        raise ExportError(f"{culprit} has a text of {len(text)} characters: a cell holds {LONGEST_CELL}; shorten it")
    return text


def as_text(name: str, value: Value) -> str:
    """A cell of the CSV file."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    return f"{value:.{DECIMALS.get(name) or 0}f}"


def guarded(text: str) -> str:
    """An apostrophe before what could run, and before an apostrophe that would be taken for such a guard."""
    inner = text[1:] if text.startswith("'") else text
    return "'" + text if inner.startswith((*DANGEROUS, "'")) else text


# -- workbook


def fill(cell: Cell, name: str, value: Value) -> None:
    """Put a value into a cell of the workbook: text is text, whatever it begins with, and numbers are numbers."""
    if value is None or value == "":
        return
    if isinstance(value, str):
        cell.value = LOOKS_ESCAPED.sub("_x005F_", value).replace("\r", "_x000D_")
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(DANGEROUS)  # stays a text when someone edits the cell
        return
    cell.value = value
    decimals = DECIMALS.get(name)
    cell.number_format = "0." + "0" * decimals if decimals else "0"


def lay_out(sheet: Worksheet, heading_row: int) -> None:
    """Bold headings, whole, that stay in sight and on every page, widths, A4 across."""
    for cell in sheet[heading_row]:
        cell.font = BOLD
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.row_dimensions[heading_row].height = LINE_PT * max(map(heading_lines, COLUMNS))
    sheet.cell(1, 1).font = BOLD
    for row in range(heading_row + 1, sheet.max_row + 1):
        sheet.cell(row, 1).alignment = Alignment(horizontal="left")
    for number, name in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS.get(name, WIDTH)
    sheet.freeze_panes = sheet.cell(heading_row + 1, 1)
    sheet.print_title_rows = f"{heading_row}:{heading_row}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "Page &P of &N"


def heading_lines(name: str) -> int:
    """Lines that the heading of a field takes in its column; a program that keeps a stated height shows no more."""
    width = int(WIDTHS.get(name, WIDTH) * WIDER_FONT)
    return len(textwrap.wrap(HEADINGS[name], width, break_long_words=False))


def with_fixed_times(book: bytes, created: datetime) -> bytes:
    """The workbook with the date of the list for its own, and the same time for all members of the archive."""
    stamp = f"{created:%Y-%m-%dT%H:%M:%SZ}".encode()
    fixed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", data)
            member = zipfile.ZipInfo(name, ZIP_EPOCH)
            member.create_system = 0  # the same on every operating system
            target.writestr(member, data, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


def moment(created_utc: str) -> datetime:
    """The date of a list, from ISO 8601."""
    try:
        return datetime.fromisoformat(created_utc)
    except ValueError as exc:
        raise ExportError(f"created_utc is {created_utc!r}: expected ISO 8601 in UTC, as 2026-01-31T12:00:00Z") from exc
