"""The plan of a system by month: a bar for each operation, and below it when each window is closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from transcaspian.analyses.installation.windows import closed_days
from transcaspian.core.styles import BAD, BLUE, ORANGE
from transcaspian.core.svg import element
from transcaspian.report.page.axes import RIGHT, Scale, chart, draw_row_name
from transcaspian.report.page.parts import Key, key_of_fill

ROW, BAR, WIDTH, NAMES_WIDTH, FOOT = 26.0, 14.0, 1000.0, 300.0, 40.0
LATEST = "#bbd7ea"
"""Up to where an operation may last."""
COLOURS = {"respected": BLUE, "broken": BAD}


def calendar_svg(
    system_id: str, number: int, operations: Sequence[Mapping[str, Any]], windows: Sequence[Mapping[str, Any]]
) -> ET.Element:
    """The plan of a system as a chart.

    Parameters
    ----------
    number
        Of the chart on the page.
    operations, windows
        Rows of the layers ``installation_operations`` and ``installation_windows`` of the system.
    """
    planned = [row for row in operations if is_given(row["starts_on"])]
    first, last = period_of(planned)
    x = Scale(first.toordinal(), last.toordinal(), NAMES_WIDTH, WIDTH - RIGHT)
    bottom = 10 + ROW * (len(planned) + len(windows))
    told = f"{system_id}: the plan by month and the closed windows; the tables below say the same"
    root = chart(f"calendar-{number}", told, WIDTH, bottom + FOOT)
    _draw_months(root, x, 6, bottom)
    for place, row in enumerate(planned):
        _draw_operation(root, x, 10 + ROW * place, row)
    for place, row in enumerate(windows, len(planned)):
        _draw_window(root, x, 10 + ROW * place, row)
    return root


def is_given(value: Any) -> bool:
    """Whether a cell has a text."""
    return isinstance(value, str) and bool(value)


def period_of(planned: Sequence[Mapping[str, Any]]) -> tuple[date, date]:
    """From the first of the month in which the plan begins to the first after it may end; a year where it has none."""
    if not planned:
        return date(2000, 1, 1), date(2001, 1, 1)
    ends = [
        date.fromisoformat(row[name]) for row in planned for name in ("ends_on", "latest_end_on") if is_given(row[name])
    ]
    begins = min(date.fromisoformat(row["starts_on"]) for row in planned).replace(day=1)
    return begins, next_month(max(ends))


def next_month(day: date) -> date:
    """The first of the month after a day."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_of(first: date, last: date) -> Iterator[date]:
    """Firsts of all months from one to another."""
    while first <= last:
        yield first
        first = next_month(first)


def _draw_months(root: ET.Element, x: Scale, top: float, bottom: float) -> None:
    """A line at the first of every month, named where there is room."""
    months = list(months_of(date.fromordinal(int(x.low)), date.fromordinal(int(x.high))))
    step = 1 + len(months) // 13
    for place, month in enumerate(months):
        at = f"{x.at(month.toordinal()):.2f}"
        element(root, "line", x1=at, x2=at, y1=f"{top:g}", y2=f"{bottom:g}", class_="grid")
        if place % step == 0:
            element(root, "text", f"{month:%Y-%m}", x=at, y=f"{bottom + 16:g}", text_anchor="middle", class_="tick x")


def _draw_operation(root: ET.Element, x: Scale, top: float, row: Mapping[str, Any]) -> None:
    """From its first to its last day, and up to where it may last."""
    draw_row_name(root, f"{row['operation']} {row['phase']}", NAMES_WIDTH, top + 12)
    starts, ends = (date.fromisoformat(row[name]).toordinal() for name in ("starts_on", "ends_on"))
    group = element(root, "g", class_="operation", data_operation=row["operation_id"])
    if is_given(row["latest_end_on"]):
        latest = max(date.fromisoformat(row["latest_end_on"]).toordinal(), ends)
        _draw_days(group, x, top, (ends + 1, latest + 1), LATEST)
    told = f"{row['phase']}: {row['starts_on']} to {row['ends_on']}, windows {row['windows']}"
    element(_draw_days(group, x, top, (starts, ends + 1), COLOURS.get(row["windows"], BAD)), "title", told)


def _draw_window(root: ET.Element, x: Scale, top: float, row: Mapping[str, Any]) -> None:
    """The days on which it is closed."""
    draw_row_name(root, f"closed: {row['window']}", NAMES_WIDTH, top + 12)
    group = element(root, "g", class_="window", data_window=row["window_id"])
    first = date.fromordinal(int(x.low))
    closed = closed_days(row["closed_from"], row["closed_to"], first, int(x.high - x.low))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], closed.astype(int), [0]]))).reshape(-1, 2)
    for begins, ends in edges.tolist():
        _draw_days(group, x, top, (int(x.low) + begins, int(x.low) + ends), ORANGE)


def _draw_days(group: ET.Element, x: Scale, top: float, days: tuple[int, int], colour: str) -> ET.Element:
    """A bar from one day to before another."""
    left, right = (x.at(day) for day in days)
    width = f"{max(right - left, 0.0):.2f}"
    return element(group, "rect", x=f"{left:.2f}", y=f"{top:g}", width=width, height=BAR, fill=colour)


def calendar_keys() -> tuple[Key, ...]:
    """What the bars are."""
    return (
        key_of_fill("at work, no window broken", BLUE),
        key_of_fill("at work in a closed window", BAD),
        key_of_fill("up to where it may last", LATEST),
        key_of_fill("closed", ORANGE),
    )
