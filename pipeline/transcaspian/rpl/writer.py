"""The Route Position List in print, as CSV and XLSX: a header block, headings, then positions and spans in turn.

Importers look for the headings by words in a row and in the rows that touch it. So a blank row parts the header block
from them, units stand in the headings alone, and the block has no key that could name a column.

The printed totals reconcile to the last digit: cumulatives are rounded, and a printed leg is their exact difference.
Columns that came later stand to the right of those that every list had.
"""

from __future__ import annotations

import csv
import io
import math
import re
import textwrap
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.constants import DCTERMS_NS, DCTERMS_PREFIX
from openpyxl.xml.functions import register_namespace

from transcaspian.core.errors import ExportError
from transcaspian.core.fields import FIELDS
from transcaspian.rpl._headings import HEMISPHERES
from transcaspian.rpl.model import (
    COLUMNS,
    OTHER_SPAN_FIELDS,
    PUBLISHED_POSITION_FIELDS,
    PUBLISHED_SPAN_FIELDS,
    Position,
    Rpl,
    Span,
    columns_of,
)

NAME = "Route Position List"
MANY_DECIMALS = 9
TENTHS_OF_MILLI = 10_000  # a printed minute has four decimals
# A leg that was rounded by itself differs from rounded cumulatives by half a metre thrice; more is another length
RECONCILES_KM = 0.002
APPENDED = (
    "LatDecimal",
    "LonDecimal",
    "ChartNo",
    "FiberPair",
    "LayDirection",
    "DepthError",
    "DepthResolution",
    "Height",
    "HeightStatus",
)
"""Columns to the right of `COLUMNS` that every list has."""
AS_LAID = ("LayVessel", "DateInstalled", "BurialDepth")
"""Columns to the right of them, where the list states any."""
SECOND = ("SecondEast", "SecondNorth")
"""The last ones, where the list has positions in a second reference system."""
OWN_DECIMALS = {"LatDecimal": 6, "LonDecimal": 6, "BurialDepth": 2}
SECOND_DECIMALS = {True: 6, False: 2}  # of degrees, of metres
OWN_HEADINGS = {
    "LatDecimal": "Lat Decimal (deg)",
    "LonDecimal": "Lon Decimal (deg)",
    "FiberPair": "Fibre Pairs",
    "LayVessel": "Lay Vessel",
    "DateInstalled": "Date Installed",
    "BurialDepth": "Burial Depth (m)",
}
SECOND_HEADINGS = {
    True: ("Authority Lon (deg)", "Authority Lat (deg)"),
    False: ("Easting (m)", "Northing (m)"),
}
UNITS = {"Bearing": "deg true", "Latitude": "", "Longitude": ""}
HEADINGS = {
    name: re.sub("(?<=[a-z])(?=[A-Z])", " ", name) + (f" ({unit})" if unit else "")
    for name, unit in (
        (name, UNITS.get(name, FIELDS[name].unit)) for name in (*COLUMNS, *APPENDED) if name not in OWN_HEADINGS
    )
} | OWN_HEADINGS
"""In print: the words of the column's name, and its unit."""
DECIMALS = {name: FIELDS[name].decimals for name in HEADINGS if name in FIELDS} | OWN_DECIMALS
STORED_DECIMALS = {name: FIELDS[name].written_decimals for name in DECIMALS if name in FIELDS}
WIDTHS = {
    "SeqNo": 16,  # the keys of the header block stand in it
    **dict.fromkeys(("PosNo", "CableType", "Bearing", "Slack"), 7),
    **dict.fromkeys(("Latitude", "Longitude"), 14),
    **dict.fromkeys(("Event", "EEZ", "LayDirection", *SECOND), 16),
    **dict.fromkeys(("CableCode", "ApproxDepth"), 9),
    **dict.fromkeys(("ProtectionMethod", "LatDecimal", "LonDecimal", *AS_LAID), 11),
    "Remarks": 38,
}
WIDTH = 10
WRAPPED = ("Event", "Remarks")
LINE_PT = 15.0
MM_PER_WIDTH = 1.98  # of a column's width, with the font of the list
PAGE_MM = 277.0  # A4 across, within margins of 10 mm
MARGIN_IN = 10 / 25.4
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
LINE = Side(style="thin", color="999999")
BOX = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)
GREY = PatternFill("solid", fgColor="E6E6E6")

Value = str | float | int | None
"""What a cell holds: text, a number, or nothing."""


def write_rpl_csv(path: Path, rpl: Rpl, *, created_utc: str) -> None:
    r"""Write the list as CSV: UTF-8, comma, ``\r\n`` (RFC 4180).

    A list with characters beyond ASCII begins with a byte-order mark, by which spreadsheets know the encoding.
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
    decimals = decimals_of(rpl)
    writer.writerows([as_text(name, value, decimals) for name, value in row] for row in printed_rows(rpl, created_utc))
    written = text.getvalue()
    path.write_bytes(written.encode("utf-8" if written.isascii() else "utf-8-sig"))


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
    book = Workbook()
    sheet = book.active
    sheet.title = "RPL"
    rows = list(printed_rows(rpl, created_utc))
    decimals = decimals_of(rpl)
    for number, row in enumerate(rows, start=1):
        for column, (name, value) in enumerate(row, start=1):
            _fill(sheet.cell(number, column), name, value, decimals)
    lay_out(sheet, heading_row=len(rows) - len(rpl.positions) - len(rpl.spans), headings=headings_of(rpl))
    save_book(path, book, created_utc)


def save_book(path: Path, book: Workbook, created_utc: str) -> None:
    """Write a workbook of ours; equal content gives equal bytes.

    Parameters
    ----------
    created_utc
        ISO 8601, UTC: the date of the file.
    """
    path.write_bytes(book_bytes(book, created_utc))


def book_bytes(book: Workbook, created_utc: str) -> bytes:
    """A workbook of ours as it is written."""
    created = moment(created_utc)
    register_namespace(DCTERMS_PREFIX, DCTERMS_NS)  # another library of this process may call it otherwise
    book.properties.creator = "transcaspian"
    book.properties.created = created.replace(tzinfo=None)
    raw = io.BytesIO()
    book.save(raw)
    return with_fixed_times(raw.getvalue(), created)


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
    routes = printed_legs(rpl, "route_km")
    cables = printed_legs(rpl, "cable_km")
    for key, value in [*header_block(rpl, created_utc), *totals(rpl, routes, cables), *notes(rpl)]:
        yield [("", checked_text(f"the {key.lower()}", text)) for text in ([key, value] if value else [key])]
    yield []
    headings = headings_of(rpl)
    yield list(headings.items())
    second = second_cells(rpl)
    for number, position in enumerate(rpl.positions, start=1):
        yield in_columns(position_cells(number, position) | second[number - 1], headings)
        if number <= len(rpl.spans):
            span = rpl.spans[number - 1]
            yield in_columns(_span_cells(number, span, routes[number - 1], cables[number - 1]), headings)


def headings_of(rpl: Rpl) -> dict[str, str]:
    """Headings of the columns that a list has, in their order."""
    laid = [
        name for name in AS_LAID if any(getattr(span, OTHER_SPAN_FIELDS[name]) not in ("", None) for span in rpl.spans)
    ]
    second = dict(zip(SECOND, SECOND_HEADINGS[rpl.second.is_geographic], strict=True)) if rpl.second else {}
    return {name: HEADINGS[name] for name in (*COLUMNS, *APPENDED, *laid)} | second


def decimals_of(rpl: Rpl) -> Mapping[str, int | None]:
    """Decimals that the numbers of each column are printed with."""
    geographic = rpl.second is not None and rpl.second.is_geographic
    return DECIMALS | dict.fromkeys(SECOND, SECOND_DECIMALS[geographic])


def second_cells(rpl: Rpl) -> list[dict[str, Value]]:
    """Positions in the second reference system; empty cells outside its area, and without one."""
    if rpl.second is None:
        return [{} for _ in rpl.positions]
    decimals = SECOND_DECIMALS[rpl.second.is_geographic]
    rounded = [pair and tuple(round(value, decimals) + 0.0 for value in pair) for pair in rpl.second.xy]
    return [dict(zip(SECOND, pair, strict=True)) if pair else {} for pair in rounded]


def totals(rpl: Rpl, routes: Sequence[float | None], cables: Sequence[float | None]) -> list[tuple[str, str]]:
    """Lengths as printed by cable type, in the order of the route, and of all; nothing where one is not stated.

    A list of one type has its totals in its last cumulatives.

    Parameters
    ----------
    routes, cables
        The printed legs, km.
    """
    if len({span.cable_type for span in rpl.spans}) < 2 or None in routes or None in cables:
        return []
    by_type: dict[str, list[float]] = {}
    for span, route_km, cable_km in zip(rpl.spans, routes, cables, strict=True):
        of_type = by_type.setdefault(span.cable_type or "no type", [0.0, 0.0])
        of_type[0] += route_km or 0.0
        of_type[1] += cable_km or 0.0
    by_type["all"] = [sum(lengths) for lengths in zip(*by_type.values(), strict=True)]
    text = "; ".join(f"{name} {km:.3f} km (cable {cable_km:.3f} km)" for name, (km, cable_km) in by_type.items())
    return [("Totals", text)]


def notes(rpl: Rpl) -> list[tuple[str, str]]:
    """What else is said above the list."""
    return [*rpl.header, *([("Second system", str(rpl.second))] if rpl.second else [])]


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
    culprit = f"position {position.pos_no!r}"
    cells = cells_of(culprit, columns_of(position, PUBLISHED_POSITION_FIELDS))
    decimal = {"LatDecimal": position.lat_deg, "LonDecimal": position.lon_deg}
    cells |= {name: figure(name, value, culprit) for name, value in decimal.items()}
    if position.depth_m is not None and (position.depth_error_m or 0.0) >= 1.0:
        cells["ApproxDepth"] = round(position.depth_m)  # no decimal that is not known
    return {"SeqNo": number, **cells}


def _span_cells(number: int, span: Span, route_km: float | None, cable_km: float | None) -> dict[str, Value]:
    """Cells of a span row by field, with the legs as they are printed."""
    fields = {**OTHER_SPAN_FIELDS, **PUBLISHED_SPAN_FIELDS}
    cells = cells_of(f"span {span.from_pos!r} to {span.to_pos!r}", columns_of(span, fields))
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


def in_columns(cells: Mapping[str, Value], headings: Iterable[str]) -> list[tuple[str, Value]]:
    """A cell in every column of the list."""
    return [(name, cells.get(name)) for name in headings]


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
        legs.append(_printed_leg(figure(field, getattr(span, name), culprit), start_km, end_km, f"{culprit}, {field}"))
    return legs


def _printed_leg(stated_km: float | None, start_km: float | None, end_km: float | None, culprit: str) -> float | None:
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
    """A number rounded as it is printed; None stays None.

    First to the digits that layers have: a list of the layers prints the same.
    """
    if value is None:
        return None
    if not math.isfinite(value):
        raise ExportError(f"{culprit}, {name} is {value}: expected a finite number, or None where it is not stated")
    stored = round(float(value), STORED_DECIMALS.get(name) or MANY_DECIMALS)
    return round(stored, DECIMALS[name]) + 0.0  # no minus before a zero


def checked_text(culprit: str, text: str) -> str:
    """The text, when a cell can hold it unchanged."""
    found = NOT_PRINTABLE.search(text)
    if found:
        raise ExportError(f"{culprit} has the character {found[0]!r}, which no cell can hold: take it out")
    if len(text) > LONGEST_CELL:
        raise ExportError(f"{culprit} has a text of {len(text)} characters: a cell holds {LONGEST_CELL}; shorten it")
    return text


def as_text(name: str, value: Value, decimals: Mapping[str, int | None]) -> str:
    """A cell of the CSV file."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    return str(value) if isinstance(value, int) else f"{value:.{decimals.get(name) or 0}f}"


def guarded(text: str) -> str:
    """An apostrophe before what could run, and before an apostrophe that would be taken for such a guard."""
    inner = text[1:] if text.startswith("'") else text
    return "'" + text if inner.startswith((*DANGEROUS, "'")) else text


# -- workbook


def _fill(cell: Cell, name: str, value: Value, decimals: Mapping[str, int | None]) -> None:
    """Put a value into a cell of the workbook: text is text, whatever it begins with, and numbers are numbers."""
    if value is None or value == "":
        return
    if isinstance(value, str):
        cell.value = LOOKS_ESCAPED.sub("_x005F_", value).replace("\r", "_x000D_")
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(DANGEROUS)  # stays a text when someone edits the cell
        return
    cell.value = value
    shown = 0 if isinstance(value, int) else decimals.get(name) or 0
    cell.number_format = "0." + "0" * shown if shown else "0"


def lay_out(sheet: Worksheet, heading_row: int, headings: Mapping[str, str]) -> None:
    """Headings that are whole, stay in sight and stand on every page; borders; widths and heights; A4 across.

    The columns of `COLUMNS` fill the width of a page, and those that came later stand on a page beside it, with the
    number of each position once more.
    """
    for cell in sheet[heading_row]:
        cell.font, cell.fill = BOLD, GREY
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.row_dimensions[heading_row].height = LINE_PT * max(
        lines_in(text, WIDTHS.get(name, WIDTH)) for name, text in headings.items()
    )
    sheet.cell(1, 1).font = BOLD
    for number, name in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS.get(name, WIDTH)
        sheet.cell(heading_row, number).border = BOX
    styles: dict[Any, StyleArray] = {}
    for number in range(heading_row + 1, sheet.max_row + 1):
        lay_out_row(sheet, number, list(headings), styles)
    sheet.freeze_panes = sheet.cell(heading_row + 1, COLUMNS.index("PosNo") + 2)
    lay_out_page(sheet, heading_row, len(headings))


def lay_out_row(sheet: Worksheet, number: int, names: Sequence[str], styles: dict[Any, StyleArray]) -> None:
    """A row of the list: texts within their columns, on as many lines as they need.

    Parameters
    ----------
    sheet, number
        The sheet, and the number of the row in it, from 1.
    names
        Headings of the columns, in their order.
    styles
        What became of cells of a column that looked alike before; openpyxl looks long for the style of each.
    """
    lines = 1
    for column, name in enumerate(names, start=1):
        cell = sheet.cell(number, column)
        before = name, tuple(cell._style or ())
        if before not in styles:
            left = "left" if column == 1 or name in WRAPPED else None
            cell.border = BOX
            cell.alignment = Alignment(wrap_text=name in WRAPPED, vertical="center", horizontal=left)
            styles[before] = cell._style
        cell._style = copy(styles[before])
        lines = max(lines, lines_in(str(cell.value or ""), WIDTHS.get(name, WIDTH)) if name in WRAPPED else 1)
    sheet.row_dimensions[number].height = LINE_PT * lines


def lay_out_page(sheet: Worksheet, heading_row: int, columns: int) -> None:
    """A4 across; the first pages have what stands above the list and the columns of `COLUMNS`, the next ones the
    others, with the headings and the number of each position once more."""
    width = sum(WIDTHS.get(name, WIDTH) for name in COLUMNS)
    sheet.print_title_rows = f"{heading_row}:{heading_row}"
    sheet.print_title_cols = "A:B"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.scale = int(100 * PAGE_MM / (width * MM_PER_WIDTH))
    for side in ("left", "right", "top", "bottom"):
        setattr(sheet.page_margins, side, MARGIN_IN)
    last, first = get_column_letter(len(COLUMNS)), get_column_letter(len(COLUMNS) + 1)
    areas = [f"A1:{last}{sheet.max_row}"]
    if columns > len(COLUMNS):
        areas.append(f"{first}{heading_row}:{get_column_letter(columns)}{sheet.max_row}")
    sheet.print_area = areas
    sheet.oddFooter.center.text = "Page &P of &N"


def lines_in(text: str, width: int) -> int:
    """Lines that a text takes in a column; a program that keeps a stated height shows no more."""
    return max(1, len(textwrap.wrap(text, int(width * WIDER_FONT), break_long_words=False)))


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
