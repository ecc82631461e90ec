"""Laying cost against expected faults, and what makes the faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd

from transcaspian.core.styles import Symbol
from transcaspian.core.svg import element
from transcaspian.core.vocabulary import RISK_CAUSES
from transcaspian.report.page.axes import BOTTOM, RIGHT, Part, chart, covering, draw_parts, draw_row_name, draw_x_axis
from transcaspian.report.page.chart_points import KNEE, POINT, ChartPoint, points_svg
from transcaspian.report.page.parts import Key, key_of_fill, key_of_mark

BEST_VALUE = Symbol("#009E73", marker="triangle")
ENGINEERED = Symbol("#000000", marker="diamond")
CAUSE_COLOURS: dict[str, str] = dict(
    zip(RISK_CAUSES, ("#D55E00", "#8c510a", "#0072B2", "#009E73", "#56B4E9", "#CC79A7"), strict=True)
)
CAUSE_NAMES = {"mud_volcano": "mud volcanoes", "earthquake": "earthquakes", "other": "other causes"}
UNKNOWN = "#dddddd"
ROW, WIDTH, NAMES_WIDTH = 34.0, 1000.0, 300.0


def front_svg(system_id: str, number: int, front: gpd.GeoDataFrame, route: Mapping[str, Any] | None) -> ET.Element:
    """Laying cost against faults of a system: its front, the knee, the lowest present value, the engineered route.

    Parameters
    ----------
    number
        Of the chart on the page.
    front
        The rows of the layer ``risk_front`` of the system.
    route
        Figures of the engineered route; None where there is none.
    """
    points = [front_point(row) for row in front.sort_values("rank").to_dict("records")]
    if route:
        points.append(front_point({"point_id": "engineered", "rank": None, **route}))
    return points_svg(
        f"front-{number}",
        f"{system_id}: laying cost against expected faults; the table below says the same",
        ("laying cost, million USD", "expected faults a year, at most"),
        points,
        y_from_zero=True,
    )


def front_point(row: Mapping[str, Any]) -> ChartPoint:
    """A line of the front, or the engineered route, as a point."""
    symbol, words = look_of(row)
    name = "engineered route" if row["rank"] is None else f"point {row['rank']}"
    value = row["present_value_usd"]
    later = "" if value is None or pd.isna(value) else f", present value USD {value / 1e6:.2f} million"
    return ChartPoint(
        str(row["point_id"]),
        row["cost_usd"] / 1e6,
        row["faults_at_most_per_year"],
        symbol,
        f"{name}: USD {row['cost_usd'] / 1e6:.2f} million, {row['faults_at_most_per_year']:.4f} faults a year at most, "
        f"{row['length_km']:,.1f} km{later}",
        words,
        radius=6.0 if symbol is POINT else 8.0,
        is_on_curve=row["rank"] is not None,
    )


def look_of(row: Mapping[str, Any]) -> tuple[Symbol, str]:
    """The mark of a point and what is written beside it."""
    if row["rank"] is None:
        return ENGINEERED, "engineered route"
    if row["is_knee"]:
        return KNEE, "knee and lowest present value" if row["is_lowest_present_value"] else "knee"
    return (BEST_VALUE, "lowest present value") if row["is_lowest_present_value"] else (POINT, "")


def front_keys() -> tuple[Key, ...]:
    """What the fronts show."""
    return (
        key_of_mark("point of the front", POINT),
        key_of_mark("knee", KNEE),
        key_of_mark("lowest present value, where not the knee", BEST_VALUE),
        key_of_mark("engineered route of this run", ENGINEERED),
    )


def causes_svg(causes: Sequence[str], rows: Sequence[tuple[str, Mapping[str, Any]]]) -> ET.Element:
    """A bar for each route of the faults expected of it, by cause.

    Parameters
    ----------
    rows
        What each route is called, with its figures.
    """
    ends = [row["faults_at_most_per_year"] for _, row in rows]
    x = covering(ends, NAMES_WIDTH, WIDTH - RIGHT, from_zero=True, parts=8)
    bottom = 10 + ROW * len(rows)
    told = "Expected faults a year by cause; the table below says the same"
    root = chart("fault-causes", told, WIDTH, bottom + BOTTOM)
    draw_x_axis(root, x, 6, bottom, "expected faults a year", 8)
    for number, (name, row) in enumerate(rows):
        top = 10 + ROW * number
        draw_row_name(root, name, NAMES_WIDTH, top + 15)
        bar = element(root, "g", class_="bar", data_route=name)
        end = draw_parts(bar, x, top, parts_of(causes, name, row))
        text = f"{row['faults_at_most_per_year']:.3f}"
        element(root, "text", text, x=f"{x.at(end) + 6:.1f}", y=f"{top + 15:g}", class_="halo")
    return root


def parts_of(causes: Sequence[str], name: str, row: Mapping[str, Any]) -> list[Part]:
    """The faults of a route by cause, and those where not all is known."""
    rest = row["faults_at_most_per_year"] - row["faults_per_year"]
    found = [(cause_name(cause), CAUSE_COLOURS[cause], row["by_cause_per_year"].get(cause)) for cause in causes]
    return [
        Part(faults, colour, f"{name}, {cause}: {faults:.4f} faults a year", (cause,))
        for cause, colour, faults in [*found, ("where not all is known, at most", UNKNOWN, rest)]
        if faults and not pd.isna(faults) and faults > 0
    ]


def cause_name(cause: str) -> str:
    """A cause as it is read."""
    return CAUSE_NAMES.get(cause, cause.replace("_", " "))


def cause_keys(causes: Sequence[str]) -> tuple[Key, ...]:
    """The causes by their colours."""
    return (
        *(key_of_fill(cause_name(cause), CAUSE_COLOURS[cause]) for cause in causes),
        key_of_fill("where not all is known, at most", UNKNOWN),
    )
