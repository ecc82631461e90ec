"""Where the headings of a list stand, in one row or several, and what each column is by them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from openpyxl.utils import get_column_letter

from transcaspian.rpl._cells import is_figure
from transcaspian.rpl._headings import DEPTHS, DISTANCES, HEMISPHERES, Heading, known_fields, read_heading
from transcaspian.rpl._table import HAS_POSITIONS, SheetTable, as_cell, is_blank
from transcaspian.rpl.column_map import ColumnMap

WITHIN_ROWS = 100
MAX_ROWS = 4
"""Groups, headings, a second line of them, units."""
KNOWN_HEADINGS = 3
LONGEST_GROUP = 40
HEADER_KEYS = {
    "title": "title project projecttitle",
    "system_id": "system systemid cablesystem systemname",
    "revision": "revision rev revisionno issue version",
    "status": "statusoffigures status",
    "datum": "datum geodeticdatum horizontaldatum",
    "water_level": "depthsbelow waterlevel verticaldatum depthdatum depthreference",
    "straight": "straight",
    "units": "units unit",
    "distance_unit": "distances distanceunits distanceunit lengths lengthunits",
    "depth_unit": "depths depthunits depthunit",
}
HEADER_FIELDS = {key: name for name, keys in HEADER_KEYS.items() for key in keys.split()}


@dataclass(frozen=True)
class HeadingRows:
    """The rows of the headings, the first and the last, and what stands in each column, by 1-based column.

    ``score`` is larger the more is understood, and at least `HAS_POSITIONS` with columns of latitude and longitude.
    """

    first: int
    last: int
    headings: dict[int, Heading]
    score: int


def find_headings(table: SheetTable, columns: ColumnMap) -> HeadingRows | None:
    """The rows that are best understood as headings; of those alike the fewest and the first. None where none is."""
    is_text = [bool(cells) and all(not is_figure(raw) for raw in cells) for cells in table.rows[:WITHIN_ROWS]]
    best: HeadingRows | None = None
    for last in range(1, len(is_text) + 1):
        for first in range(last, max(0, last - MAX_ROWS), -1):
            if not is_text[first - 1] or not table.filled(first) or not (first == last or is_group(table, first)):
                break
            found = read_rows(table, first, last, columns)
            is_enough = found.score >= HAS_POSITIONS or len(known_fields(found.headings.values())) >= KNOWN_HEADINGS
            if is_enough and (not best or found.score > best.score):
                best = found
    return best


def is_group(table: SheetTable, row: int) -> bool:
    """Whether a row may head groups of the columns below: several short texts, none of them a key of a header block."""
    texts = [as_cell(table.raw(row, column)).text.strip() for column in table.filled(row)]
    return len(texts) > 1 and all(len(text) <= LONGEST_GROUP and not header_key(text) for text in texts)


def header_key(text: str) -> str:
    """The key of a header block that a text is; "" where it is none."""
    return HEADER_FIELDS.get(re.sub("[^a-z]", "", text.partition(":")[0].lower()), "")


def read_rows(table: SheetTable, first: int, last: int, columns: ColumnMap) -> HeadingRows:
    """What the columns are if these rows are the headings."""
    found = {}
    for column, texts in column_texts(table, first, last).items():
        heading = columns.find((f"column {get_column_letter(column)}", *texts))
        if heading is None:
            read = [read_heading(text) for text in texts]
            heading = next((item for item in read if item.known), read[0])
        found[column] = replace(heading, text=texts[0])
    found = with_angles_named(found)
    names = [heading.field for heading in found.values() if heading.field and heading.field not in HEMISPHERES]
    fields = known_fields(found.values())
    united = sum(heading.unit != "" for heading in found.values() if heading.field in (*DISTANCES, *DEPTHS))
    doubled = len(names) - len(set(names))
    angles = HAS_POSITIONS * all(has_angle(fields, axis) for axis in HEMISPHERES)
    return HeadingRows(first, last, found, angles + 3 * (len(fields) - doubled) + united)


def column_texts(table: SheetTable, first: int, last: int) -> dict[int, tuple[str, ...]]:
    """What heads each column: all rows joined, those that stand over it alone, and the lowest of them."""
    width = max(len(table.rows[row - 1]) for row in range(first, last + 1))
    groups = {row: group_texts(table, row, first, last) for row in range(first, last)}
    found = {}
    for column in range(1, width + 1):
        own = [as_cell(table.raw(row, column)).text.strip() for row in range(first, last + 1)]
        spread = [groups[row].get(column, text) for row, text in zip(range(first, last), own[:-1], strict=True)]
        alone = list(dict.fromkeys(filter(None, own)))
        joined = list(dict.fromkeys(filter(None, [*spread, own[-1]])))
        if alone:
            found[column] = tuple(dict.fromkeys((" ".join(joined), " ".join(alone), alone[-1])))
    return found


def group_texts(table: SheetTable, row: int, first: int, last: int) -> dict[int, str]:
    """The texts of a row over all columns that they head: merged cells, or blank ones with a heading below."""
    merges = [item for item in table.merged if item.rows[0] == row]
    found: dict[int, str] = {}
    for column in table.filled(row):
        text = as_cell(table.raw(row, column)).text.strip()
        merge = next((item for item in merges if item.columns[0] == column), None)
        end = merge.columns[1] if merge else column
        if not any(item.rows[1] <= last and item.rows[0] >= first for item in table.merged):
            end = blank_until(table, row, column, last)
        found.update(dict.fromkeys(range(column, end + 1), text))
    return found


def blank_until(table: SheetTable, row: int, column: int, last: int) -> int:
    """The last column beside one whose cell in a row is blank, with a text in a row below."""
    end = column
    width = max(len(table.rows[below - 1]) for below in range(row, last + 1))
    while end < width and is_blank(table.raw(row, end + 1)):
        if all(is_blank(table.raw(below, end + 1)) for below in range(row + 1, last + 1)):
            break
        end += 1
    return end


def has_angle(names: Sequence[str] | set[str], axis: str) -> bool:
    """Whether a column of latitude or longitude is among the fields."""
    return any(name in names for name in (axis, f"{axis[:3]}Deg", f"{axis[:3]}Hem"))


def with_angles_named(found: dict[int, Heading]) -> dict[int, Heading]:
    """Whether an angle stands in one column or in parts shows only from all headings together."""
    names = {heading.field for heading in found.values()}
    swap = {}
    for axis, whole in (("Lat", "Latitude"), ("Lon", "Longitude")):
        if f"{axis}Min" in names and f"{axis}Deg" not in names:
            swap[whole] = f"{axis}Deg"
        if f"{axis}Deg" in names and f"{axis}Min" not in names:
            swap[f"{axis}Deg"] = whole
        if not {whole, f"{axis}Deg"} & names:
            swap[f"{axis}Hem"] = whole  # `Latitude (N/S)` over the whole angle
    return {column: replace(item, field=swap.get(item.field, item.field)) for column, item in found.items()}


# -- angles


@dataclass(frozen=True)
class AngleColumns:
    """The columns, from 1, that an angle stands in: one, or one for each part; ``hem`` is 0 where there is none."""

    parts: tuple[int, ...]
    hem: int = 0
    letter: str = ""

    @property
    def columns(self) -> tuple[int, ...]:
        """All of them."""
        return (*self.parts, self.hem) if self.hem else self.parts


def angle_columns(table: SheetTable, rows: HeadingRows, axis: str) -> list[AngleColumns]:
    """The notations that a latitude or longitude stands in, one or several."""
    short = axis[:3]
    by_part: dict[str, list[int]] = {}
    for column, heading in rows.headings.items():
        if heading.field.startswith(short) and heading.field != "LayDirection":
            by_part.setdefault("" if heading.field == axis else heading.field[3:], []).append(column)
    whole = by_part.get("", [])
    hems, found = by_part.get("Hem", []), []
    split = [by_part[part][0] for part in ("Deg", "Min", "Sec") if part in by_part]
    if "Deg" in by_part and "Min" in by_part:
        found.append(AngleColumns(tuple(split), hems[0] if hems else 0, rows.headings[split[0]].hemisphere))
        hems = hems[1:]
    for column in whole:
        under = with_blank_headings(table, rows, column)
        hem = next((item for item in hems if item == max(under) + 1), hems[0] if len(whole) == 1 and hems else 0)
        found.append(
            in_parts(table, rows, under, axis) or AngleColumns((column,), hem, rows.headings[column].hemisphere)
        )
    merged = whole_group(whole, rows)
    parts = in_parts(table, rows, merged, axis) if merged else None
    return sorted([parts] if parts else found, key=lambda item: item.columns)


def whole_group(whole: Sequence[int], rows: HeadingRows) -> list[int]:
    """Columns side by side under one heading, as a merged `Latitude` over its parts; empty where there are none."""
    beside = [*whole] == list(range(whole[0], whole[0] + len(whole))) if whole else False
    return [*whole] if beside and len(whole) > 1 and len({rows.headings[at].text for at in whole}) == 1 else []


def with_blank_headings(table: SheetTable, rows: HeadingRows, column: int) -> list[int]:
    """A column and those beside it that have values and no heading: parts of one angle."""
    under = [column]
    while under[-1] + 1 not in rows.headings and any(sample(table, rows, under[-1] + 1)):
        under.append(under[-1] + 1)
    return under


def in_parts(table: SheetTable, rows: HeadingRows, columns: Sequence[int], axis: str) -> AngleColumns | None:
    """The parts of an angle by what stands in the columns; None where it is a whole one."""
    letters = [{text.upper() for text in sample(table, rows, column)} for column in columns]
    hem = columns[-1] if letters and letters[-1] and letters[-1] <= set(HEMISPHERES[axis]) else 0
    parts = tuple(column for column in columns if column != hem)
    return AngleColumns(parts, hem, rows.headings[columns[0]].hemisphere) if hem or len(parts) > 1 else None


def sample(table: SheetTable, rows: HeadingRows, column: int) -> list[str]:
    """Texts of the first cells below the headings that are filled."""
    below: Iterator[str] = (
        as_cell(table.raw(row, column)).text.strip()
        for row in range(rows.last + 1, min(rows.last + 60, len(table.rows)) + 1)
    )
    return [text for text in below if text][:8]
