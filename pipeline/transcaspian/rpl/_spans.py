"""The spans of a list: in which row each is stated, and in what its slack is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from transcaspian.rpl._cells import CellError, number
from transcaspian.rpl._headings import DISTANCES
from transcaspian.rpl._rows import ListRows
from transcaspian.rpl._sheet_reading import POSITION_ONLY, SPAN_NUMBERS, SPAN_TEXTS, SheetReading
from transcaspian.rpl._table import as_cell, is_blank
from transcaspian.rpl.model import OTHER_SPAN_FIELDS, ROUNDING_KM, SPAN_FIELDS, Position, Span

ALL_SPAN_FIELDS = {**SPAN_FIELDS, **OTHER_SPAN_FIELDS}
TO_PERCENT: Mapping[str, tuple[float, float]] = {"%": (1.0, 0.0), "fraction": (100.0, 0.0), "factor": (100.0, -100.0)}
"""Slack in percent is the figure times the first, and the second."""
SLACK_LIMITS_PERCENT = (-5.0, 100.0)
"""Slack that importers of the trade take for possible (Subsea Cable Tools, `rpl_import/validate.py`)."""
SLACK_DIGIT_PERCENT = 0.06
AGREEING_SHARE = 0.9


def read_spans(
    reading: SheetReading, rows: ListRows, positions: Sequence[Position | None]
) -> tuple[list[Span], tuple[int, ...]]:
    """The spans between the positions, and the row of each."""
    if rows.interleaved:
        span_rows = interleaved_rows(reading, rows)
    else:
        for row in rows.spans:
            reading.fault(row, "PosNo", "a row without PosNo, Latitude and Longitude", "a position, or no row")
        span_rows = flat_rows(reading, rows.positions)
    names = [at.pos_no if at else "" for at in positions]
    stated = [row for row in span_rows if row is not None]
    columns = {name: iter(reading.values(column, stated)) for column, name in ALL_SPAN_FIELDS.items()}
    spans: list[Span] = []
    for stated_in, (start, end) in zip(span_rows, pairwise(names), strict=True):
        if stated_in is None:
            spans.append(Span(start, end, None, None))
            continue
        span: dict[str, Any] = {name: next(values) for name, values in columns.items()}
        span["from_pos"], span["to_pos"] = span["from_pos"] or start, span["to_pos"] or end
        spans.append(Span(**span))
    shown = tuple(row or end for row, (_, end) in zip(span_rows, pairwise(rows.positions), strict=True))
    return in_percent(reading, spans, positions), shown


# -- rows


def interleaved_rows(reading: SheetReading, rows: ListRows) -> list[int | None]:
    """The span row between each position and the next; None where there is none."""
    of_spans = [name for name in (*SPAN_NUMBERS, *SPAN_TEXTS) if name in reading.where]
    of_positions = [name for name in POSITION_ONLY if name in reading.where]
    misplaced(reading, rows.positions, of_spans, "nothing here: it belongs on the span row")
    misplaced(reading, rows.spans, of_positions, "nothing here: it belongs on the position row")
    for row in rows.spans:
        if not rows.positions or not rows.positions[0] < row < rows.positions[-1]:
            reading.fault(row, "", "a span row that no two positions stand around", "one between two positions")
    chosen: list[int | None] = []
    spans, at = rows.spans, 0
    for start, end in pairwise(rows.positions):
        while at < len(spans) and spans[at] < start:
            at += 1
        between = []
        while at < len(spans) and spans[at] < end:
            between.append(spans[at])
            at += 1
        if not between:
            reading.fault(end, "", f"no span row between row {start} and this position", "one")
        for row in between[1:]:
            reading.fault(row, "", f"a second span row between the positions of rows {start} and {end}", "one")
        chosen.append(between[0] if between else None)
    return chosen


def misplaced(reading: SheetReading, rows: Sequence[int], names: Sequence[str], expected: str) -> None:
    """Figures that stand on the wrong kind of row."""
    for name in names:
        for row, raw in zip(rows, reading.table.column(reading.where[name], rows), strict=True):
            if raw != "":
                reading.fault(row, name, f"`{as_cell(raw).text}`", expected)


def flat_rows(reading: SheetReading, rows: Sequence[int]) -> list[int | None]:
    """The row that states each span, in a list with a row for each position.

    n positions have n - 1 spans: the row with the empty cell, the first or the last, tells whether spans stand where
    they end or where they begin. Where both are filled, the user's map tells, or it does not matter.
    """
    if len(rows) < 2:
        return []
    first, last = rows[0], rows[-1]
    at_end, at_start = list[int | None](rows[1:]), list[int | None](rows[:-1])
    numbers = [name for name in SPAN_NUMBERS if reading.states(first, [name]) or reading.states(last, [name])]
    texts = [name for name in SPAN_TEXTS if reading.states(first, [name]) or reading.states(last, [name])]
    if reading.columns.spans:
        return at_end if reading.columns.spans == "end" else at_start
    votes = {name: empty_end(reading, name, first, last) for name in numbers}
    votes = votes if any(votes.values()) else {name: empty_end(reading, name, first, last) for name in texts}
    decided = {name: vote for name, vote in votes.items() if vote}
    if len(set(decided.values())) == 1:
        empty = first if "first" in decided.values() else last
        check_odd_end(reading, (*numbers, *texts), empty, rows[1] if empty == first else rows[-2])
        return at_end if empty == first else at_start
    if not decided and all(is_constant(reading, name, rows) for name in (*SPAN_NUMBERS, *SPAN_TEXTS)):
        return at_end
    if numbers or texts:
        name = next(iter(decided or [*numbers, *texts]))
        expected = (
            "the figures of spans empty in the first row (where spans end) or in the last (where they begin), or "
            '`spans = "end"` or `"start"` in --columns'
        )
        found = "spans that end at the first row and begin at the last" if decided else "spans stated in both"
        reading.fault(first, name, f"{found}, rows {first} and {last}", expected)
        return [None] * (len(rows) - 1)
    return at_end


def is_constant(reading: SheetReading, name: str, rows: Sequence[int]) -> bool:
    """Whether a field is the same in all rows, so that it does not matter at which end of a span it stands."""
    return name not in reading.where or len({as_cell(reading.raw(row, name)).text for row in rows}) == 1


def empty_end(reading: SheetReading, name: str, first: int, last: int) -> str:
    """Which end of the column has no figure: ``first``, ``last``, or "" where it does not tell."""
    ends = {"first": first, "last": last}
    empty = [end for end, row in ends.items() if reading.blank(row, name)]
    if not empty and name in DISTANCES:
        empty = [end for end, row in ends.items() if is_zero(reading, row, name)]
        if len(empty) == 1:
            reading.notes.append(f"{name} is 0 in row {ends[empty[0]]}: no span stands there")
    return empty[0] if len(empty) == 1 else ""


def is_zero(reading: SheetReading, row: int, name: str) -> bool:
    """Whether a cell says nought."""
    try:
        return number(reading.raw(row, name), reading.decimal_comma) == 0.0
    except CellError:
        return False


def check_odd_end(reading: SheetReading, names: Sequence[str], row: int, neighbour: int) -> None:
    """The row that no span belongs to states none; what is the neighbour's again says nothing new."""
    for name in names:
        raw = reading.raw(row, name)
        is_again = name not in DISTANCES and as_cell(raw).text == as_cell(reading.raw(neighbour, name)).text
        if not (is_blank(raw) or is_zero(reading, row, name) or is_again):
            reading.fault(row, name, f"`{as_cell(raw).text}`", "an empty cell, as no span stands in this row")


# -- slack


def in_percent(reading: SheetReading, spans: list[Span], positions: Sequence[Position | None]) -> list[Span]:
    """The spans with their slack in percent, by the unit that the list states or shows; a fault where it does not."""
    if "Slack" not in reading.where or "Slack" in reading.unreadable:
        return spans
    unit = reading.units.get("Slack") or shown_unit(reading, spans, positions)
    reading.units["Slack"] = unit
    if not unit:
        expected = "`Slack (%)`, `Slack (fraction)` or `Slack (factor)`, in the heading or by --columns"
        text = reading.heading("Slack").text
        reading.fault(reading.heading_row, "Slack", f"`{text}`, whose figures may be any of the three", expected)
        return [replace(span, slack_percent=None) for span in spans]
    times, plus = TO_PERCENT[unit]
    if unit == "%":
        return spans
    return [
        span if span.slack_percent is None else replace(span, slack_percent=round(span.slack_percent * times + plus, 9))
        for span in spans
    ]


def shown_unit(reading: SheetReading, spans: Sequence[Span], positions: Sequence[Position | None]) -> str:
    """The unit of slack by the lengths of cable and route, or by what slack can be at all; "" where several fit."""
    stated = np.array([np.nan if span.slack_percent is None else span.slack_percent for span in spans], float)
    route_km = np.array([length_km(spans, positions, i, "route_km") for i in range(len(spans))], float)
    cable_km = np.array([length_km(spans, positions, i, "cable_km") for i in range(len(spans))], float)
    known = np.isfinite(stated)
    if not known.any():
        return "%"
    within = np.isfinite(route_km + cable_km + stated) & (route_km > 0)
    implied = 100.0 * (cable_km[within] / route_km[within] - 1.0)
    digits = SLACK_DIGIT_PERCENT + 100.0 * ROUNDING_KM / route_km[within]
    fitting = []
    for unit, (times, plus) in TO_PERCENT.items():
        percent = stated * times + plus
        is_possible = bool(
            ((percent[known] >= SLACK_LIMITS_PERCENT[0]) & (percent[known] < SLACK_LIMITS_PERCENT[1])).all()
        )
        agrees = not within.any() or float((np.abs(percent[within] - implied) <= digits).mean()) >= AGREEING_SHARE
        if is_possible and agrees:
            fitting.append(unit)
    same = len(fitting) > 1 and not stated[known].any()  # no slack is none, as percent and as fraction
    if len(fitting) == 1 or same:
        by = "as only that agrees with the lengths" if within.any() else "as slack cannot be the others"
        reading.notes.append(f"`{reading.heading('Slack').text}` states no unit: it was read as {fitting[0]}, {by}")
    return fitting[0] if len(fitting) == 1 or same else ""


def length_km(spans: Sequence[Span], positions: Sequence[Position | None], index: int, name: str) -> float:
    """Length of a span as stated, or by the cumulatives of its ends; NaN where neither is."""
    stated = getattr(spans[index], name)
    start, end = (getattr(at, name) if at else None for at in positions[index : index + 2])
    if stated is None and start is not None and end is not None:
        stated = abs(end - start)
    return float("nan") if stated is None else float(stated)
