"""The cells of a table file as they stand, from CSV or XLSX, with the row numbers and columns of a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from transcaspian.core.errors import IngestError

LARGEST_BYTES = 50_000_000
LARGEST_UNPACKED_BYTES = 200_000_000
MOST_CELLS = 2_000_000
DELIMITERS = (",", ";", "\t")
OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
UTF16_STARTS = (b"\xff\xfe", b"\xfe\xff")
# What a guarding apostrophe stands before in a CSV file, and another apostrophe
GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Cell:
    """A cell: its text as found; ``number`` where the file itself says it is one; ``oddity`` names what it is else."""

    text: str = ""
    number: float | None = None
    oddity: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing is stated."""
        return not self.text.strip()


EMPTY = Cell()


@dataclass(frozen=True)
class SheetTable:
    """Rows of cells; row 1 of the spreadsheet is ``rows[0]``.

    ``merged`` holds the merged ranges: name, first and last row, first column (1-based).
    """

    name: str
    sheet: str | None
    rows: tuple[tuple[Cell, ...], ...]
    merged: tuple[tuple[str, int, int, int], ...] = ()

    def cell(self, row: int, column: int) -> Cell:
        """The cell at a 1-based row and column; empty outside the table."""
        cells = self.rows[row - 1]
        return cells[column - 1] if column <= len(cells) else EMPTY


def open_table(path: Path, sheet: str | None, rank: Callable[[SheetTable], int]) -> SheetTable:
    """The table in a file.

    Parameters
    ----------
    sheet
        Name of the sheet; needed where several hold something.
    rank
        How well a table is understood: chooses between the separators that a CSV file may have.

    Raises
    ------
    IngestError
        When the file is missing, too large, of another format, damaged, protected or empty.
    """
    if not path.is_file():
        raise IngestError(f"{path} is not a file on this disk: give the path of a CSV (.csv) or Excel (.xlsx) file")
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise IngestError(
            f"{path} has {size / 1e6:.0f} MB: expected a list of at most {LARGEST_BYTES / 1e6:.0f} MB; "
            "save the list alone into a new file"
        )
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".xlsx"):
        raise IngestError(f"{path} has the suffix {path.suffix or '(none)'}: expected .csv or .xlsx; save it as one")
    data = path.read_bytes()
    if not data.strip():
        raise IngestError(f"{path} is empty: expected a Route Position List")
    return read_csv(path, data, sheet, rank) if suffix == ".csv" else read_xlsx(path, data, sheet)


# -- CSV


def read_csv(path: Path, data: bytes, sheet: str | None, rank: Callable[[SheetTable], int]) -> SheetTable:
    """Rows of a CSV file; the separator is the one by which the headings are understood best."""
    if sheet is not None:
        raise IngestError(f"{path} is a CSV file and has no sheet `{sheet}`: leave the sheet out")
    text = decoded(path, data)
    tables, reason = [], ""
    for delimiter in DELIMITERS:
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except csv.Error as exc:
            reason = reason or str(exc)
            continue
        tables.append(SheetTable(path.name, None, tuple(tuple(Cell(unguarded(item)) for item in row) for row in rows)))
    best = max(tables, key=rank, default=None)
    if best is None or (reason and rank(best) < 1):
        raise IngestError(f"{path} cannot be read as CSV: {reason}. It may have a quote too many or be another format")
    return best


def decoded(path: Path, data: bytes) -> str:
    """The text of a file in UTF-8 or, failing that, in cp1252."""
    if data.startswith(UTF16_STARTS):
        raise IngestError(f"{path} is text in UTF-16: save it as CSV in UTF-8")
    if b"\x00" in data:
        raise IngestError(f"{path} holds bytes that no text has: it is damaged or no CSV file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as exc:
        raise IngestError(f"{path} is text in neither UTF-8 nor cp1252 ({exc}): save it as CSV in UTF-8") from exc


def unguarded(text: str) -> str:
    """The text without the apostrophe that keeps a spreadsheet from running it."""
    return text[1:] if text.startswith("'") and text[1:].startswith(GUARDED) else text


# -- XLSX


def read_xlsx(path: Path, data: bytes, sheet: str | None) -> SheetTable:
    """Cells of one sheet of a workbook: formulas are not computed, and links are not followed."""
    check_archive(path, data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=False, keep_links=False)
    except Exception as exc:  # a damaged part of the archive raises whatever its parser meets first
        raise IngestError(
            f"{path} is a damaged workbook ({type(exc).__name__}: {exc}): save it again as .xlsx"
        ) from exc
    found = chosen_sheet(path, book, sheet)
    if found.max_row * found.max_column > MOST_CELLS:
        raise IngestError(
            f"{path}, sheet {found.title}, reaches to row {found.max_row} and column {found.max_column}: expected at "
            f"most {MOST_CELLS} cells; delete the rows and columns beside the list"
        )
    rows = tuple(tuple(cell_of(cell) for cell in row) for row in found.iter_rows())
    merged = tuple((str(item), item.min_row, item.max_row, item.min_col) for item in found.merged_cells.ranges)
    return SheetTable(path.name, found.title, rows, tuple(sorted(merged)))


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


def chosen_sheet(path: Path, book: Any, wanted: str | None) -> Worksheet:
    """The sheet of that name, or the only one that holds something."""
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if wanted is not None:
        if wanted not in sheets:
            raise IngestError(f"{path} has no sheet `{wanted}`: it has {', '.join(sheets) or '(none)'}")
        return sheets[wanted]
    filled = [sheet for sheet in sheets.values() if holds_something(sheet)]
    if not filled:
        raise IngestError(f"{path} is empty: expected a Route Position List")
    if len(filled) > 1:
        names = ", ".join(sheet.title for sheet in filled)
        raise IngestError(f"{path} has the sheets {names}: name the one with the list by `sheet` (--sheet)")
    return filled[0]


def holds_something(sheet: Worksheet) -> bool:
    """Whether any cell has a value; looks at the cells that exist, not at the extent."""
    return any(cell.value is not None for cell in sheet._cells.values())


def cell_of(cell: Any) -> Cell:
    """A cell of the workbook as text, number or oddity."""
    value = cell.value
    if value is None:
        return EMPTY
    if cell.data_type == "f":
        return Cell(str(getattr(value, "text", value)), oddity="a formula")
    if cell.data_type == "e":
        return Cell(str(value), oddity="an error")
    if isinstance(value, bool):
        return Cell(str(value).upper(), oddity="a truth value")
    if isinstance(value, date | time | timedelta):
        return Cell(str(value), oddity="a date")
    if isinstance(value, int | float):
        # a cell shown as 2.5 % holds 0.025
        number = float(value) * 100.0 if "%" in str(cell.number_format) else float(value)
        return Cell(shown(number), number=number)
    return Cell(ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value)))


def shown(number: float) -> str:
    """A number as a text, whole ones without a decimal point."""
    return str(int(number)) if math.isfinite(number) and number.is_integer() and abs(number) < 1e15 else repr(number)
