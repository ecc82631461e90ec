"""Curves of a choice: total cost against separation, laying cost against faults, and what makes the faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd

from transcaspian.core.styles import Symbol
from transcaspian.core.vocabulary import RISK_CAUSES
from transcaspian.report.page.axes import (
    BOTTOM,
    LEFT,
    LETTER,
    RIGHT,
    TOP,
    chart,
    covering,
    draw_row_name,
    draw_x_axis,
    draw_y_axis,
)
from transcaspian.report.page.parts import Key, draw_mark, key_of_fill, key_of_mark
from transcaspian.report.page.placing import Box, draw_names, place_names
from transcaspian.report.page.svg import element, path_data

WIDTH, HEIGHT = 520.0, 360.0
NAME_SIZE = 13.0
POINT = Symbol("#0072B2")
KNEE = Symbol("#D55E00", marker="square")
LEAST = Symbol("#009E73", marker="triangle")
CHOSEN = Symbol("#D55E00", marker="star")
OWN = Symbol("#000000", marker="diamond")
CAUSE_COLOURS: dict[str, str] = dict(
    zip(RISK_CAUSES, ("#D55E00", "#8c510a", "#0072B2", "#009E73", "#56B4E9", "#CC79A7"), strict=True)
)
CAUSE_NAMES = {"mud_volcano": "mud volcanoes", "earthquake": "earthquakes", "other": "other causes"}
UNKNOWN = "#dddddd"
WHITE_ON = {"#D55E00", "#8c510a", "#0072B2", "#009E73"}
ROW, BAR, CAUSES_WIDTH, NAMES_WIDTH = 34.0, 20.0, 1000.0, 300.0


def curve_svg(figures: Mapping[str, Any]) -> ET.Element:
    """Cost of all systems against the separation that they reach; each point named by the separation asked for."""
    points = [one for one in figures["curve"] if one["separation_reached_km"] is not None]
    x = covering([one["separation_reached_km"] for one in points], LEFT, WIDTH - RIGHT)
    y = covering([one["cost_km"] for one in points], HEIGHT - BOTTOM, TOP)
    told = "Cost of all systems together against their least separation; the table below says the same"
    root = chart("separation-curve", told, WIDTH, HEIGHT)
    draw_x_axis(root, x, TOP, HEIGHT - BOTTOM, "least separation reached outside the landing zones, km")
    draw_y_axis(root, y, LEFT, WIDTH - RIGHT, "cost of all systems, km of clear seabed")
    places = np.array([(x.at(one["separation_reached_km"]), y.at(one["cost_km"])) for one in points]).reshape(-1, 2)
    if len(places):
        element(root, "path", d=path_data(places[np.argsort(places[:, 0], kind="stable")]), class_="curve")
    for one, (left, top) in zip(points, places, strict=True):
        is_chosen, is_knee = one["point_id"] == figures["chosen"], one["point_id"] == figures["knee"]
        symbol = CHOSEN if is_chosen else KNEE if is_knee else POINT
        title = (
            f"{asked(one)}: reached {one['separation_reached_km']:.1f} km, costs {one['cost_km']:,.1f} km of clear "
            f"seabed, {one['excess']:.2%} over each for itself"
        )
        mark = draw_mark(root, left, top, symbol, 9.0 if is_chosen else 6.0, title=title)
        mark.set("data-point", one["point_id"])
    names = [name_of(one, figures) for one in points]
    frame = Box(LEFT + 2, TOP - 10, WIDTH - 2, HEIGHT - BOTTOM - 2)
    placed = place_names(places, names, NAME_SIZE, frame, along(places))
    draw_names(element(root, "g", class_="names"), placed, NAME_SIZE)
    return root


def asked(point: Mapping[str, Any]) -> str:
    """What separation a point was asked for."""
    km = point["separation_asked_km"]
    return f"{km:g} km asked for" if km else "each for itself"


def name_of(point: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    """What stands beside a point of the curve."""
    words = [asked(point)]
    words += ["chosen"] * (point["point_id"] == figures["chosen"]) + ["knee"] * (point["point_id"] == figures["knee"])
    return ", ".join(words)


def along(places: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Places along a line through places in the order of x."""
    if len(places) < 2:
        return places
    ordered = places[np.argsort(places[:, 0], kind="stable")]
    steps = np.linspace(0.0, len(ordered) - 1.0, 40 * len(ordered))
    return np.column_stack([np.interp(steps, np.arange(len(ordered)), ordered[:, k]) for k in (0, 1)])


def curve_keys() -> tuple[Key, ...]:
    """What the curve shows."""
    return (
        key_of_mark("plan", POINT),
        key_of_mark("chosen: keeps the study's least separation at the least cost", CHOSEN),
        key_of_mark("knee, where another is chosen", KNEE),
    )


def front_svg(system_id: str, number: int, front: gpd.GeoDataFrame, route: Mapping[str, Any] | None) -> ET.Element:
    """Laying cost against faults of a system: its front, the knee, the least present value, the engineered route."""
    rows = front.sort_values("rank").to_dict("records")
    shown = [*rows, *([route_row(route)] if route else [])]
    x = covering([row["cost_usd"] / 1e6 for row in shown], LEFT, WIDTH - RIGHT)
    y = covering([row["faults_at_most_per_year"] for row in shown], HEIGHT - BOTTOM, TOP, from_zero=True)
    told = f"{system_id}: laying cost against expected faults; the table below says the same"
    root = chart(f"front-{number}", told, WIDTH, HEIGHT)
    draw_x_axis(root, x, TOP, HEIGHT - BOTTOM, "laying cost, million USD")
    draw_y_axis(root, y, LEFT, WIDTH - RIGHT, "expected faults a year, at most")
    places = np.array([(x.at(row["cost_usd"] / 1e6), y.at(row["faults_at_most_per_year"])) for row in shown])
    element(root, "path", d=path_data(places[: len(rows)]), class_="curve")
    named: list[tuple[int, str]] = []
    for place, (row, (left, top)) in enumerate(zip(shown, places, strict=True)):
        symbol, words = look_of(row)
        mark = draw_mark(root, left, top, symbol, 6.0 if symbol is POINT else 8.0, title=front_told(row))
        mark.set("data-point", str(row["point_id"]))
        if words:
            named.append((place, words))
    if named:
        chosen = [place for place, _ in named]
        frame = Box(LEFT + 2, TOP - 10, WIDTH - 2, HEIGHT - BOTTOM - 2)
        placed = place_names(
            places[chosen], [words for _, words in named], NAME_SIZE, frame, along(places[: len(rows)])
        )
        draw_names(element(root, "g", class_="names"), placed, NAME_SIZE)
    return root


def route_row(route: Mapping[str, Any]) -> dict[str, Any]:
    """The engineered route as a point beside the front."""
    return {"point_id": "engineered", "rank": None, **route}


def look_of(row: Mapping[str, Any]) -> tuple[Symbol, str]:
    """The mark of a point and what is written beside it."""
    if row["rank"] is None:
        return OWN, "engineered route"
    if row["is_knee"]:
        return KNEE, "knee and least present value" if row["is_least_present_value"] else "knee"
    return (LEAST, "least present value") if row["is_least_present_value"] else (POINT, "")


def front_told(row: Mapping[str, Any]) -> str:
    """A point in words."""
    name = "engineered route" if row["rank"] is None else f"point {row['rank']}"
    value = row["present_value_usd"]
    later = "" if value is None or pd.isna(value) else f", present value USD {value / 1e6:.2f} million"
    return (
        f"{name}: USD {row['cost_usd'] / 1e6:.2f} million, {row['faults_at_most_per_year']:.4f} faults a year at most, "
        f"{row['length_km']:,.1f} km{later}"
    )


def front_keys() -> tuple[Key, ...]:
    """What the fronts show."""
    return (
        key_of_mark("point of the front", POINT),
        key_of_mark("knee", KNEE),
        key_of_mark("least present value, where not the knee", LEAST),
        key_of_mark("engineered route of this run", OWN),
    )


def causes_svg(causes: Sequence[str], rows: Sequence[tuple[str, Mapping[str, Any]]]) -> ET.Element:
    """A bar for each route of the faults expected of it, by cause.

    Parameters
    ----------
    rows
        What each route is called, with its figures.
    """
    x = covering(
        [row["faults_at_most_per_year"] for _, row in rows], NAMES_WIDTH, CAUSES_WIDTH - RIGHT, from_zero=True, parts=8
    )
    bottom = 10 + ROW * len(rows)
    told = "Expected faults a year by cause; the table below says the same"
    root = chart("fault-causes", told, CAUSES_WIDTH, bottom + BOTTOM)
    draw_x_axis(root, x, 6, bottom, "expected faults a year", 8)
    for number, (name, row) in enumerate(rows):
        top = 10 + ROW * number
        draw_row_name(root, name, NAMES_WIDTH, top + 15)
        known = [(cause_name(cause), CAUSE_COLOURS[cause], row["by_cause_per_year"].get(cause)) for cause in causes]
        rest = row["faults_at_most_per_year"] - row["faults_per_year"]
        parts = [*known, ("where not all is known, at most", UNKNOWN, rest)]
        done = 0.0
        bar = element(root, "g", class_="bar", data_route=name)
        for cause, colour, faults in parts:
            if not faults or pd.isna(faults) or faults <= 0:
                continue
            left, right = x.at(done), x.at(done + faults)
            done += faults
            part = element(
                bar, "rect", x=f"{left:.2f}", y=f"{top:g}", width=f"{right - left:.2f}", height=BAR, fill=colour,
                stroke="#ffffff", stroke_width=0.6,
            )  # fmt: skip
            element(part, "title", f"{name}, {cause}: {faults:.4f} faults a year")
            if len(cause) * LETTER < right - left:
                middle, inside = f"{(left + right) / 2:.1f}", "inside dark" if colour in WHITE_ON else "inside"
                element(bar, "text", cause, x=middle, y=f"{top + 14.5:g}", text_anchor="middle", class_=inside)
        element(
            root,
            "text",
            f"{row['faults_at_most_per_year']:.3f}",
            x=f"{x.at(done) + 6:.1f}",
            y=f"{top + 15:g}",
            class_="halo",
        )
    return root


def cause_name(cause: str) -> str:
    """A cause as it is read."""
    return CAUSE_NAMES.get(cause, cause.replace("_", " "))


def cause_keys(causes: Sequence[str]) -> tuple[Key, ...]:
    """The causes by their colours."""
    return (
        *(key_of_fill(cause_name(cause), CAUSE_COLOURS[cause]) for cause in causes),
        key_of_fill("where not all is known, at most", UNKNOWN),
    )
