"""Rows of a CSV file under its headings: each cell stays in the column whose heading stands above it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from transcaspian.core.errors import IngestError

TOO_FEW = "give each row a separator for every column, also where its last cells are empty; the file may be truncated"
TOO_MANY = "put quotes around what has a comma in it, write numbers with a point, or give the column a heading"


@dataclass(frozen=True)
class CsvRows:
    """A CSV file.

    ``names`` are its headings, ``cells`` has a text for each of them in every row, and ``numbers`` are the rows as a
    spreadsheet counts them, from 1 with the headings included.
    """

    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]


def read_rows(path: Path) -> CsvRows:
    """Read a CSV file (comma, UTF-8) whose first row has the headings; blank rows are passed over.

    A column without a heading is left out where it is empty (a comma at the end of each line makes one), and where it
    is the first (the index that pandas and R write).

    Raises
    ------
    IngestError
        When the file cannot be read, two headings are the same, a row ends before the last heading, or a cell stands
        under none.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = dict(enumerate(csv.reader(file, strict=True), 1))
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else exc
        raise IngestError(f"{path} cannot be read: {reason}. Give a CSV file in UTF-8") from exc
    filled = {number: line for number, line in lines.items() if any(map(str.strip, line))}
    first = next(iter(filled), 0)
    headings = {column: text.strip() for column, text in enumerate(filled.pop(first, [])) if text.strip()}
    names = tuple(headings.values())
    for name in names:
        if names.count(name) > 1:
            raise IngestError(f"{path} has the heading `{name}` more than once: give each column its own")
    for number, line in filled.items():
        _check_width(path, number, line, headings)
    cells = tuple(tuple(line[column] for column in headings) for line in filled.values())
    return CsvRows(names, cells, tuple(filled))


def _check_width(path: Path, number: int, line: list[str], headings: Mapping[int, str]) -> None:
    """A row has a cell under every heading, and nothing beside them."""
    for column, name in headings.items():
        if column >= len(line):
            raise IngestError(f"{path}, row {number}, has {len(line)} cells and ends before `{name}`: {TOO_FEW}")
    for cell, text in enumerate(line[1:], 2):
        if cell - 1 not in headings and text.strip():
            raise IngestError(f"{path}, row {number}: `{text}` in cell {cell} stands under no heading: {TOO_MANY}")
