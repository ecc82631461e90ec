"""Which rows of a list are positions, which are spans, and which are neither: banners, totals, headings again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcaspian.rpl._cells import is_figure
from transcaspian.rpl._heading_rows import HeadingRows
from transcaspian.rpl._headings import read_heading
from transcaspian.rpl._table import SheetTable, as_cell, some

TOTALS = re.compile(r"\s*(\w+\s+){0,3}(sub-?)?(totals?|sum|end of|итого|всего)\b", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z]{0,3}[\s-]?\d+[A-Za-z]?|\d+\.0")


@dataclass(frozen=True)
class ListRows:
    """Rows of the positions, and the rows between them that state a span; ``interleaved`` tells the layout.

    ``passed`` are the rows that are neither, with what the first cell of each says; blank ones are counted.
    """

    positions: tuple[int, ...]
    spans: tuple[int, ...]
    interleaved: bool
    passed: tuple[tuple[int, str], ...] = ()
    blank: int = 0


@dataclass(frozen=True)
class Kinds:
    """Columns, from 1, by what tells the rows apart."""

    angles: frozenset[int]
    pos_no: int
    position_only: frozenset[int]
    of_spans: frozenset[int]


def sort_rows(table: SheetTable, headings: HeadingRows, kinds: Kinds) -> ListRows:
    """The rows below the headings by their kind."""
    positions: list[int] = []
    others: list[int] = []
    passed: list[int] = []
    blank = 0
    first_angle = min(kinds.angles, default=0)
    for row in range(headings.last + 1, len(table.rows) + 1):
        filled = table.filled(row)
        if not filled:
            blank += bool(positions)
        elif first_angle and is_figure(table.raw(row, first_angle)):
            positions.append(row)
        elif kinds.of_spans.issuperset(filled):
            others.append(row)
        elif is_text_only(table, row, filled) or is_total(table, row, filled, kinds):
            passed.append(row)
        elif is_position(table, row, filled, kinds):
            positions.append(row)
        else:
            others.append(row)
    # what follows the last position and is no span belongs to what stands below the list
    end = positions[-1] if positions else 0
    below = [row for row in others if row > end and not kinds.of_spans.issuperset(table.filled(row))]
    spans = tuple(sorted(set(others) - set(below)))
    sure = [row for row in spans if kinds.position_only.isdisjoint(table.filled(row))]
    interleaved = 2 * len(sure) >= len(positions) - 1 and bool(sure)
    told = tuple((row, first_text(table, row)) for row in sorted({*passed, *below}))
    return ListRows(tuple(positions), spans, interleaved, told, blank - trailing_blank(table, end))


def is_position(table: SheetTable, row: int, filled: Sequence[int], kinds: Kinds) -> bool:
    """Whether a row has an angle, or the number of a position."""
    if any(column in kinds.angles for column in filled):
        return True
    return kinds.pos_no in filled and bool(NAME.fullmatch(as_cell(table.raw(row, kinds.pos_no)).text.strip()))


def is_text_only(table: SheetTable, row: int, filled: Sequence[int]) -> bool:
    """Whether a row is a banner or headings again: texts alone."""
    return not any(is_figure(table.raw(row, column)) for column in filled)


def is_total(table: SheetTable, row: int, filled: Sequence[int], kinds: Kinds) -> bool:
    """Whether a row sums up: it says so, and has no angle."""
    if any(column in kinds.angles and is_figure(table.raw(row, column)) for column in filled):
        return False
    return any(TOTALS.match(as_cell(table.raw(row, column)).text) for column in filled)


def trailing_blank(table: SheetTable, end: int) -> int:
    """How many blank rows stand below the last position."""
    return sum(not table.filled(row) for row in range(end + 1, len(table.rows) + 1)) if end else 0


def first_text(table: SheetTable, row: int) -> str:
    """What the first cell of a row that is filled says."""
    return as_cell(table.raw(row, table.filled(row)[0])).text.strip()


def is_headings(table: SheetTable, row: int) -> bool:
    """Whether most cells of a row, and more than one, are headings."""
    filled = table.filled(row)
    known = sum(read_heading(as_cell(table.raw(row, column)).text).known for column in filled)
    return known > 1 and 2 * known > len(filled)


def row_notes(table: SheetTable, rows: ListRows) -> Iterator[str]:
    """What was passed over."""
    again = [row for row, _ in rows.passed if is_headings(table, row)]
    if again:
        yield f"rows {some([*map(str, again)])} repeat the headings: they were passed over"
    told = [f"{row} `{text[:40]}`" for row, text in rows.passed if row not in again]
    if told:
        yield f"rows that are neither position nor span were passed over: {some(told)}"
    if rows.blank:
        yield f"{rows.blank} blank rows within the list were passed over"
