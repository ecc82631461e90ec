"""KPs of an old list turned into those of a new one, in any table that has a column of KPs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError
from transcaspian.rpl._cells import CellError, has_decimal_comma, number
from transcaspian.rpl._heading_rows import WITHIN_ROWS
from transcaspian.rpl._headings import METRES_PER, read_heading, words_of
from transcaspian.rpl._table import TEXTS, WORKBOOKS, Raw, SheetTable, as_cell, open_table
from transcaspian.rpl.column_map import folded
from transcaspian.rpl.model import Rpl
from transcaspian.rpl.side_by_side import SideBySide, side_by_side

Floats = NDArray[np.float64]

ROUNDING_KM = 0.0015
"""A KP that lies so far beyond an end was rounded there."""


@dataclass(frozen=True)
class TranslatedTable:
    """The rows of a table with the new KPs beside them, as CSV, and what a person should know of it."""

    csv: str
    notes: tuple[str, ...]


def translate_table(
    path: Path, old: Rpl, new: Rpl, *, sheet: str | None = None, kp_columns: Sequence[str] = ()
) -> TranslatedTable:
    """Turn the KPs of a table from an old list into those of a new one.

    Parameters
    ----------
    path
        ``.csv`` or ``.xlsx`` with headings.
    old, new
        The lists, as of `read_rpl`.
    sheet
        Name of the sheet, where the workbook has several.
    kp_columns
        Headings of the columns of KPs; none: those that say KP or chainage.

    Returns
    -------
    TranslatedTable
        All rows as they are, with two more columns for each of KPs: the KP of the new list, in the unit of the column,
        and how far the new route lies to starboard there, in metres. Both are empty where the new list does not run.

    Raises
    ------
    IngestError
        When the file cannot be read or has no column of KPs.
    """
    if path.suffix.lower() not in (*TEXTS, *WORKBOOKS):
        raise IngestError(f"{path} has the suffix {path.suffix or '(none)'}: expected a table, .csv or .xlsx")
    if not path.is_file():
        raise IngestError(f"{path} is not a file on this disk: give the path of a table with KPs")
    table = open_table(path, sheet, lambda candidate: len(_columns(candidate, kp_columns)[1]))
    heading_row, columns = _columns(table, kp_columns)
    if not columns:
        wanted = ", ".join(kp_columns) or "KP or chainage"
        raise IngestError(f"{path} has no row of headings with {wanted}: name the columns of KPs by --kp-column")
    sides = side_by_side(old, new)
    rows = [[as_cell(raw).text for raw in cells] for cells in table.rows]
    notes = list(table.notes)
    for column in columns:
        added, left_out = _added(table, heading_row, column, sides)
        rows = [[*row, *more] for row, more in zip(rows, added, strict=True)]
        heading = as_cell(table.raw(heading_row, column)).text
        if left_out:
            notes.append(f"{left_out} KPs of `{heading}` lie where the new list does not run, or are no numbers")
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return TranslatedTable(text.getvalue(), tuple(notes))


def _columns(table: SheetTable, wanted: Sequence[str]) -> tuple[int, list[int]]:
    """The row of the headings and its columns of KPs; ``(0, [])`` where there is none."""
    names = set(map(folded, wanted))
    for row in range(1, min(WITHIN_ROWS, len(table.rows)) + 1):
        texts = {column: as_cell(table.raw(row, column)).text for column in table.filled(row)}
        found = [column for column, text in texts.items() if (folded(text) in names if names else _is_kp(text))]
        if found and (not names or len(found) == len(names)):
            return row, found
    return 0, []


def _is_kp(text: str) -> bool:
    heading = read_heading(text)
    return heading.unit in ("", *METRES_PER) and bool({"kp", "chainage"} & set(words_of(text)))


def _added(table: SheetTable, heading_row: int, column: int, sides: SideBySide) -> tuple[list[list[str]], int]:
    """The two further cells of each row for a column of KPs, and of how many KPs there is no counterpart."""
    heading = as_cell(table.raw(heading_row, column)).text
    unit = read_heading(heading).unit or "km"
    raws = table.column(column, range(heading_row + 1, len(table.rows) + 1))
    kp_km = np.array([*_numbers(raws)]) * METRES_PER[unit] / 1000.0
    new_km, offset_m = _translated(sides, kp_km)
    decimals = 3 if unit in ("km", "nm") else 0
    cells = [
        [f"{km * 1000.0 / METRES_PER[unit]:.{decimals}f}", f"{metres:.1f}"] if np.isfinite(km) else ["", ""]
        for km, metres in zip(new_km, offset_m, strict=True)
    ]
    above = [["", ""] for _ in range(heading_row - 1)]
    left_out = sum(raw != "" for raw in raws) - int(np.isfinite(new_km).sum())
    return [*above, [f"{heading}, new list", f"{heading}, offset to starboard (m)"], *cells], left_out


def _numbers(raws: Sequence[Raw]) -> Iterator[float]:
    """The numbers in cells; NaN where there is none."""
    comma = has_decimal_comma(raws)
    for raw in raws:
        try:
            yield number(raw, comma) if raw != "" else np.nan
        except CellError:
            yield np.nan


def _translated(sides: SideBySide, kp_km: Floats) -> tuple[Floats, Floats]:
    """KPs of the old list as those of the new one, and offsets to starboard, metres; NaN where there is none."""
    new_kp, offset_m = np.full(len(kp_km), np.nan), np.full(len(kp_km), np.nan)
    old_km = sides.kps[0].distance_km(kp_km)
    for end_km in (0.0, sides.alignment.old.length_km):
        beyond = np.abs(kp_km - sides.kps[0].figure_km(end_km)) <= ROUNDING_KM
        old_km = np.where(beyond & ~np.isfinite(old_km), end_km, old_km)
    there = np.flatnonzero(np.isfinite(old_km) & sides.alignment.inside(old_km))
    if len(there):
        rising = there[np.argsort(old_km[there], kind="stable")]
        rows = sides.in_stated_kps(sides.translated(old_km[rising]))
        new_kp[rising] = [row.new_kp_km for row in rows]
        offset_m[rising] = [row.offset_m for row in rows]
    return new_kp, offset_m
