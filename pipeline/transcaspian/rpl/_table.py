"""The cells of a table file as they stand, from CSV or XLSX, with the row numbers and columns of a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from transcaspian.core.errors import IngestError

LARGEST_BYTES = 50_000_000
LARGEST_UNPACKED_BYTES = 200_000_000
MAX_CELLS = 2_000_000
DELIMITERS = (",", ";", "\t")
TRIED_ROWS = 500
"""By which the separator of a CSV file is chosen."""
TEXTS = (".csv", ".tsv", ".txt")
WORKBOOKS = (".xlsx", ".xlsm")
OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
UTF16_STARTS = (b"\xff\xfe", b"\xfe\xff")
# What a guarding apostrophe stands before in a CSV file, and another apostrophe
GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
CYRILLIC = re.compile(rb"[\xc0-\xff]{4}")  # in cp1251; in no other language of cp1252 do four such letters follow


@dataclass(frozen=True)
class Cell:
    """A cell: its text as found; ``number`` where the file itself says it is one; ``oddity`` names what it is else.

    ``is_percent``: a spreadsheet shows it with a percent sign; ``formula`` is what its value was calculated by.
    """

    text: str = ""
    number: float | None = None
    oddity: str = ""
    is_percent: bool = False
    formula: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing is stated."""
        return not self.text.strip()


EMPTY = Cell()
Raw = str | float | Cell
"""A cell as it is kept: a text, a number, or a `Cell` where there is more to say; "" is empty."""


@dataclass(frozen=True)
class Merged:
    """A merged range of cells: its name, and its rows and columns, the first and the last, from 1."""

    name: str
    rows: tuple[int, int]
    columns: tuple[int, int]


@dataclass(frozen=True)
class SheetTable:
    """Rows of cells; row 1 of the spreadsheet is ``rows[0]``.

    All rows are as wide as the widest. ``notes`` say what a person should know of how the file was opened.
    """

    name: str
    sheet: str | None
    rows: tuple[Sequence[Raw], ...]
    merged: tuple[Merged, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        width = max(map(len, self.rows), default=0)
        even = (row if len(row) == width else [*row, *[""] * (width - len(row))] for row in self.rows)
        object.__setattr__(self, "rows", tuple(even))

    @property
    def width(self) -> int:
        """Cells of a row."""
        return len(self.rows[0]) if self.rows else 0

    def raw(self, row: int, column: int) -> Raw:
        """What is kept of the cell at a 1-based row and column; "" outside the table."""
        cells = self.rows[row - 1]
        return cells[column - 1] if column <= len(cells) else ""

    def column(self, column: int, rows: Iterable[int]) -> list[Raw]:
        """What is kept of a column in these rows."""
        return [self.rows[row - 1][column - 1] for row in rows]

    def cell(self, row: int, column: int) -> Cell:
        """The cell at a 1-based row and column; empty outside the table."""
        return as_cell(self.raw(row, column))

    def filled(self, row: int) -> list[int]:
        """Columns of a row, from 1, whose cells are not empty."""
        return [column for column, raw in enumerate(self.rows[row - 1], 1) if raw != ""]


def as_cell(raw: Raw) -> Cell:
    """What is kept of a cell, with all that there is to say of it."""
    if isinstance(raw, Cell):
        return raw
    return Cell(raw) if isinstance(raw, str) else Cell(shown(raw), number=raw)


def is_blank(raw: Raw) -> bool:
    """Whether nothing is stated; spaces alone are not kept."""
    return raw == ""


Rank = Callable[[SheetTable], int]
"""How well a table is understood as a list; at least `HAS_POSITIONS` where it has columns of positions."""
HAS_POSITIONS = 100


def open_table(path: Path, sheet: str | None, rank: Rank) -> SheetTable:
    """The table in a CSV file or a workbook.

    Parameters
    ----------
    sheet
        Name of the sheet; needed where several hold a list.
    rank
        Chooses between the separators that a CSV file may have, and between sheets.

    Raises
    ------
    IngestError
        When the file is missing, too large, of another format, damaged, protected or empty.
    """
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise IngestError(
            f"{path} has {size / 1e6:.0f} MB: expected a list of at most {LARGEST_BYTES / 1e6:.0f} MB; "
            "save the list alone into a new file"
        )
    data = path.read_bytes()
    if not data.strip():
        raise IngestError(f"{path} is empty: expected a Route Position List")
    return (read_xlsx if path.suffix.lower() in WORKBOOKS else read_csv)(path, data, sheet, rank)


# -- CSV


def read_csv(path: Path, data: bytes, sheet: str | None, rank: Rank) -> SheetTable:
    """Rows of a CSV file; the separator is the one by which the headings are understood best."""
    if sheet is not None:
        raise IngestError(f"{path} is a CSV file and has no sheet `{sheet}`: leave the sheet out")
    text, notes = decoded(path, data)
    reasons: list[str] = []
    ranks: dict[str, int] = {}
    for delimiter in DELIMITERS:
        try:
            ranks[delimiter] = rank(rows_by(path, text, delimiter, TRIED_ROWS))
        except csv.Error as exc:
            reasons.append(str(exc))
    best = max(ranks, key=lambda name: ranks[name], default="")
    if best and (ranks[best] or not reasons):
        try:
            return replace(rows_by(path, text, best), notes=notes)
        except csv.Error as exc:
            reasons.insert(0, str(exc))
    raise IngestError(f"{path} cannot be read as CSV: {reasons[0]}. It may have a quote too many or be another format")


def rows_by(path: Path, text: str, delimiter: str, most: int | None = None) -> SheetTable:
    """The rows of a text by a separator, or the first of them."""
    read = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return SheetTable(path.name, None, tuple([kept(item) for item in row] for row in islice(read, most)))


def decoded(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a file in UTF-8 or, failing that, in cp1251 or cp1252; and what to say of that."""
    if data.startswith(UTF16_STARTS):
        try:
            return data.decode("utf-16"), ("the text is not UTF-8: it was read as UTF-16",)
        except UnicodeDecodeError as exc:
            raise IngestError(f"{path} is text in UTF-16 that is damaged ({exc}): save it as CSV in UTF-8") from exc
    if b"\x00" in data:
        raise IngestError(f"{path} holds bytes that no text has: it is damaged or no CSV file")
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    encoding = "cp1251" if CYRILLIC.search(data) else "cp1252"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as exc:
        raise IngestError(f"{path} is text in neither UTF-8 nor {encoding} ({exc}): save it as CSV in UTF-8") from exc
    return text, (f"the text is not UTF-8: it was read as {encoding}",)


def kept(text: str) -> str:
    """The text without the apostrophe that keeps a spreadsheet from running it; "" for spaces alone."""
    if text[:1] == "'":
        return text[1:] if text[1:].startswith(GUARDED) else text
    return "" if text.isspace() else text


# -- XLSX


def read_xlsx(path: Path, data: bytes, sheet: str | None, rank: Rank) -> SheetTable:
    """Cells of one sheet of a workbook: of formulas the value that was calculated last; links are not followed."""
    check_archive(path, data)
    book = loaded(path, data, are_values=False)
    candidates = chosen_sheets(path, book, sheet)
    for one in candidates:
        if one.max_row * one.max_column > MAX_CELLS:
            raise IngestError(
                f"{path}, sheet {one.title}, reaches to row {one.max_row} and column {one.max_column}: expected at "
                f"most {MAX_CELLS} cells; delete the rows and columns beside the list"
            )
    has_formulas = any(cell.data_type == "f" for one in candidates for cell in one._cells.values())
    values = loaded(path, data, are_values=True) if has_formulas else None
    tables = [sheet_table(path, one, values[one.title] if values else None) for one in candidates]
    if len(tables) == 1:
        return tables[0]
    lists = [table for table in tables if rank(table) >= HAS_POSITIONS]
    names = ", ".join(str(table.sheet) for table in tables)
    if len(lists) != 1:
        raise IngestError(f"{path} has the sheets {names}: name the one with the list by `sheet` (--sheet)")
    note = f"of the sheets {names}, only {lists[0].sheet} holds positions: it was read"
    return replace(lists[0], notes=(note, *lists[0].notes))


def loaded(path: Path, data: bytes, *, are_values: bool) -> Any:
    """The workbook with its formulas or with the values that were calculated last."""
    try:
        return openpyxl.load_workbook(io.BytesIO(data), data_only=are_values, keep_links=False)
    except Exception as exc:  # a damaged part of the archive raises whatever its parser meets first
        raise IngestError(
            f"{path} is a damaged workbook ({type(exc).__name__}: {exc}): save it again as .xlsx"
        ) from exc


def sheet_table(path: Path, sheet: Worksheet, values: Worksheet | None) -> SheetTable:
    """The cells of a sheet; ``values`` holds what its formulas were calculated to."""
    rows = tuple(
        [raw_of(cell, None if values is None else values.cell(cell.row, cell.column)) for cell in row]
        for row in sheet.iter_rows()
    )
    merged = tuple(
        Merged(str(item), (item.min_row, item.max_row), (item.min_col, item.max_col))
        for item in sorted(sheet.merged_cells.ranges, key=str)
    )
    return SheetTable(path.name, sheet.title, rows, merged, tuple(sheet_notes(sheet, rows)))


def sheet_notes(sheet: Worksheet, rows: Sequence[Sequence[Raw]]) -> Iterator[str]:
    """What the screen does not show of a sheet: hidden rows and columns, formulas."""
    hidden = [str(row) for row, item in sorted(sheet.row_dimensions.items()) if item.hidden and row <= len(rows)]
    columns = [name for name, item in sorted(sheet.column_dimensions.items()) if item.hidden]
    for what, names in (("rows", hidden), ("columns", columns)):
        if names:
            yield f"{what} {some(names)} are hidden in the sheet; they were read like the others"
    formulas = [
        (f"{get_column_letter(column)}{row}", raw.formula)
        for row, cells in enumerate(rows, 1)
        for column, raw in enumerate(cells, 1)
        if isinstance(raw, Cell) and raw.formula
    ]
    if formulas:
        place, text = formulas[0]
        yield f"{len(formulas)} cells are formulas, as {place} `{text}`: the values calculated last were read"


def some(names: Sequence[str], most: int = 6) -> str:
    """The first names, and how many there are besides."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def check_archive(path: Path, data: bytes) -> None:
    """Say what a file is that bears the name of a workbook and is none."""
    if data.startswith(OLE_START):
        if ENCRYPTED in data:
            raise IngestError(f"{path} is protected by a password: save it without one")
        raise IngestError(f"{path} is a workbook of the old format (.xls): save it as .xlsx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            unpacked = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as exc:
        raise IngestError(f"{path} is no Excel workbook ({exc}): it is damaged or of another format") from exc
    if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
        raise IngestError(f"{path} is a zip archive but no Excel workbook: give the .xlsx file itself")
    if unpacked > LARGEST_UNPACKED_BYTES:
        raise IngestError(
            f"{path} unpacks to {unpacked / 1e6:.0f} MB: expected at most {LARGEST_UNPACKED_BYTES / 1e6:.0f} MB; "
            "save the list alone into a new file"
        )


def chosen_sheets(path: Path, book: Any, wanted: str | None) -> list[Worksheet]:
    """The sheet of that name, or those that hold something."""
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if wanted is not None:
        if wanted not in sheets:
            raise IngestError(f"{path} has no sheet `{wanted}`: it has {', '.join(sheets) or '(none)'}")
        return [sheets[wanted]]
    filled = [sheet for sheet in sheets.values() if holds_something(sheet)]
    if not filled:
        raise IngestError(f"{path} is empty: expected a Route Position List")
    return filled


def holds_something(sheet: Worksheet) -> bool:
    """Whether any cell has a value; looks at the cells that exist, not at the extent."""
    return any(cell.value is not None for cell in sheet._cells.values())


def raw_of(cell: Any, calculated: Any = None) -> Raw:
    """What is kept of a cell of the workbook; ``calculated`` is the same cell with the value of its formula."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        text = str(getattr(value, "text", value))
        if calculated is None or calculated.value is None:
            return Cell(text, oddity="a formula whose value the file does not hold")
        return replace(as_cell(raw_of(calculated)), formula=text)
    if cell.data_type == "e":
        return Cell(str(value), oddity="an error")
    if isinstance(value, bool):
        return Cell(str(value).upper(), oddity="a truth value")
    if isinstance(value, date | time | timedelta):
        return Cell(str(value), oddity="a date")
    if isinstance(value, int | float):
        if "%" not in str(cell.number_format):
            return float(value)
        percent = float(value) * 100.0  # a cell shown as 2.5 % holds 0.025
        return Cell(shown(percent), number=percent, is_percent=True)
    text = ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value))
    return "" if text.isspace() else text


def shown(number: float) -> str:
    """A number as a text, whole ones without a decimal point."""
    return str(int(number)) if math.isfinite(number) and number.is_integer() and abs(number) < 1e15 else repr(number)
