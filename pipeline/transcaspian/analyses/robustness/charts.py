"""How sure the routes are: shares, quantiles of lengths, what weights can be turned to, where sampled routes go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.robustness.styles import PROBABILITY_STOPS
from transcaspian.core.findings import Surface
from transcaspian.core.grid import Grid
from transcaspian.core.styles import Symbol, rgb_at
from transcaspian.core.svg import element
from transcaspian.report.page.axes import (
    BOTTOM,
    RIGHT,
    Scale,
    chart,
    covering,
    draw_row_name,
    draw_whisker,
    draw_x_axis,
)
from transcaspian.report.page.chart_map import Layers, Mercator, draw_surface
from transcaspian.report.page.parts import Key, draw_mark, key_of_fill, key_of_line, key_of_mark
from transcaspian.report.page.sea_map import MARGIN_DEG, bounds_of, draw_landings, draw_line, landings_at_ends, sea_svg
from transcaspian.report.page.sea_map import WIDTH as MAP_WIDTH

WIDTH, NAMES, ROW, BAR, HEAD = 580.0, 216.0, 34.0, 18.0, 10.0
TORNADO_ROW = 30.0
LEGEND_SHARES = (0.05, 0.25, 0.5, 1.0)
SHARE_COLOUR, BOX_COLOUR = "#56B4E9", "#cfe6f5"
UP, DOWN = "#D55E00", "#0072B2"
ROUTE = Symbol("#000000", marker="diamond")
QUANTILES = ("length_p05_km", "length_p25_km", "length_p50_km", "length_p75_km", "length_p95_km")


@dataclass(frozen=True)
class ShareBar:
    """A share of the samples, with the interval that holds it with 95 % confidence; None: insufficient information."""

    name: str
    share: float | None
    low: float | None
    high: float | None


def shares_svg(name: str, told: str, rows: Sequence[ShareBar]) -> ET.Element:
    """A bar for each share with its interval."""
    x = Scale(0.0, 100.0, NAMES, WIDTH - 96)
    bottom = HEAD + ROW * len(rows)
    root = chart(name, f"{told}; the table below says the same", WIDTH, bottom + BOTTOM)
    draw_x_axis(root, x, 4, bottom, "share of the samples, %")
    for number, row in enumerate(rows):
        top = HEAD + ROW * number + 5
        draw_row_name(root, row.name, NAMES, top + 14)
        if row.share is None or row.low is None or row.high is None:
            element(root, "text", "insufficient information", x=NAMES + 6, y=f"{top + 14:g}", class_="missing")
            continue
        share, low, high = (100 * value for value in (row.share, row.low, row.high))
        group = element(root, "g", class_="bar", data_row=row.name)
        element(
            group, "rect", x=f"{x.start:g}", y=f"{top:g}", width=f"{x.at(share) - x.start:.2f}", height=BAR,
            fill=SHARE_COLOUR, stroke="#333333", stroke_width=0.6,
        )  # fmt: skip
        draw_whisker(group, x.at(low), x.at(high), top + BAR / 2)
        element(group, "title", f"{row.name}: {share:.1f} %, 95 % confidence {low:.1f} to {high:.1f} %")
        text = f"{share:.0f} % ({low:.0f}–{high:.0f})"
        element(root, "text", text, x=f"{x.end + 8:g}", y=f"{top + 14:g}", class_="value")
    return root


def share_keys() -> tuple[Key, ...]:
    """What the bars show."""
    return (
        key_of_fill("share of the samples", SHARE_COLOUR),
        key_of_line("interval that holds it with 95 % confidence", "#111111", width=1.5),
    )


def quantiles_svg(systems: Mapping[str, Mapping[str, Any]], routes_km: Mapping[str, float]) -> ET.Element:
    """A box for each system: the middle half of the sampled lengths, their 5 % and 95 %, and the route itself."""
    values = [row[name] for row in systems.values() for name in QUANTILES if row.get(name) is not None]
    x = covering([*values, *(routes_km[name] for name in systems if name in routes_km)], NAMES, WIDTH - RIGHT)
    bottom = HEAD + ROW * len(systems)
    told = "Quantiles of the lengths of the sampled routes; the table below says the same"
    root = chart("length-quantiles", told, WIDTH, bottom + BOTTOM)
    draw_x_axis(root, x, 4, bottom, "length of the sampled routes, km")
    for number, (system_id, row) in enumerate(systems.items()):
        top = HEAD + ROW * number + 5
        draw_row_name(root, system_id, NAMES, top + 14)
        if any(row.get(name) is None for name in QUANTILES):
            element(root, "text", "insufficient information", x=NAMES + 6, y=f"{top + 14:g}", class_="missing")
            continue
        p05, p25, p50, p75, p95 = (x.at(row[name]) for name in QUANTILES)
        group = element(root, "g", class_="box", data_system=system_id)
        draw_whisker(group, p05, p95, top + BAR / 2)
        element(
            group, "rect", x=f"{p25:.2f}", y=f"{top:g}", width=f"{p75 - p25:.2f}", height=BAR, fill=BOX_COLOUR,
            stroke="#333333",
        )  # fmt: skip
        element(group, "line", x1=f"{p50:.2f}", x2=f"{p50:.2f}", y1=f"{top:g}", y2=f"{top + BAR:g}", class_="median")
        element(group, "title", f"{system_id}: " + ", ".join(f"{row[name]:,.1f}" for name in QUANTILES) + " km")
        if system_id in routes_km:
            title = f"route of this run: {routes_km[system_id]:,.1f} km"
            draw_mark(root, (x.at(routes_km[system_id]), top + BAR / 2), ROUTE, 6.5, is_hollow=True, title=title)
    return root


def quantile_keys() -> tuple[Key, ...]:
    """What the boxes show."""
    return (
        key_of_fill("middle half, with the median", BOX_COLOUR),
        key_of_line("from 5 % to 95 %", "#111111", width=1.5),
        key_of_mark("route of this run, with its legs, on its finer grid", ROUTE, is_hollow=True),
    )


def tornado_svg(system_id: str, number: int, flips: Sequence[Mapping[str, Any]], max_factor: float) -> ET.Element:
    """How far each weight can be turned up and down before the route leaves; open where it never does.

    Parameters
    ----------
    flips
        The rows of a system of the layer ``weight_flips``.
    max_factor
        How far the study has weights turned.
    """
    turned = {(row["criterion"], row["step"]): row for row in flips}
    criteria = sorted(
        dict.fromkeys(row["criterion"] for row in flips), key=lambda name: reach(turned, name, max_factor)
    )
    x = Scale(1.0 / max_factor, max_factor, NAMES, WIDTH - 104, is_log=True)
    bottom = HEAD + 18 + TORNADO_ROW * len(criteria)
    told = f"{system_id}: how far each weight can be turned before the route leaves; the table below says the same"
    root = chart(f"tornado-{number}", told, WIDTH, bottom + BOTTOM)
    element(root, "text", "switched off", x=f"{x.end + 10:g}", y=HEAD + 8, class_="axis")
    draw_x_axis(root, x, HEAD + 14, bottom, "factor on the weight, logarithmic")
    one = f"{x.at(1.0):.2f}"
    for place, criterion in enumerate(criteria):
        top = HEAD + 18 + TORNADO_ROW * place + 5
        draw_row_name(root, criterion.replace("_", " "), NAMES, top + 14)
        for step, colour, end in (("up", UP, max_factor), ("down", DOWN, 1.0 / max_factor)):
            row = turned.get((criterion, step))
            if row is not None:
                _draw_turn(root, x, row, colour, end, top)
        off = turned.get((criterion, "off"))
        text = "–" if off is None else "leaves" if off["flips"] else "stays"
        element(root, "text", text, x=f"{x.end + 10:g}", y=f"{top + 14:g}", class_="value")
    element(root, "line", x1=one, x2=one, y1=HEAD + 14, y2=f"{bottom:g}", class_="median")
    return root


def reach(turned: Mapping[tuple[str, str], Mapping[str, Any]], criterion: str, max_factor: float) -> float:
    """How little a weight must be turned before the route leaves, as a factor of 1 and more."""
    found = [turned.get((criterion, step)) for step in ("up", "down")]
    factors = [row["factor"] if row["step"] == "up" else 1 / row["factor"] for row in found if row and row["flips"]]
    return min(factors, default=2 * max_factor)


def _draw_turn(root: ET.Element, x: Scale, row: Mapping[str, Any], colour: str, end: float, top: float) -> None:
    """A weight turned one way: a full bar to where the route leaves, an open thin one over the range where it stays."""
    reached = row["factor"] if row["flips"] else end
    left, right = sorted((x.at(1.0), x.at(reached)))
    name = f"{row['criterion']} turned {row['step']}"
    looks: dict[str, Any] = {"fill": colour} if row["flips"] else {"fill": "#ffffff", "stroke_dasharray": "3 3"}
    height = BAR if row["flips"] else BAR / 3
    bar = element(
        root, "rect", x=f"{left:.2f}", y=f"{top + (BAR - height) / 2:.2f}", width=f"{right - left:.2f}",
        height=f"{height:.2f}", stroke=colour, data_flip=str(row["flip_id"]), **looks,
    )  # fmt: skip
    if row["flips"]:
        element(bar, "title", f"{name}: leaves at {row['factor']:.3g} times, held at {row['held_at']:.3g}")
        at, anchor = (right + 4, "start") if row["step"] == "up" else (left - 4, "end")
        element(
            root, "text", f"×{row['factor']:.3g}", x=f"{at:.1f}", y=f"{top + 14:g}", text_anchor=anchor, class_="halo"
        )
    else:
        element(bar, "title", f"{name}: stays as far as {end:.3g} times")


def tornado_keys() -> tuple[Key, ...]:
    """What the bars of a tornado chart show."""
    return (
        key_of_fill("turned up: the route leaves where the bar ends", UP),
        key_of_fill("turned down: the same", DOWN),
        key_of_line("open and thin: it stays over the whole range", "#666666", "dash", 1.5),
    )


def heat_svg(system_id: str, number: int, share: Surface, grid: Grid, layers: Layers) -> ET.Element:
    """Where the sampled routes of a system go, its route above them, its alternatives dashed."""
    ranks = layers["rank_acceptability"]
    own = ranks[ranks["system_id"] == system_id]
    part, window = window_of(grid, share.array, own)
    told = f"{share.meaning}; the tables below say how sure it is"
    frame = Mercator(*part.bounds, MAP_WIDTH)
    root = sea_svg(f"heat-{number}", told, frame, layers)
    seen = np.where(window > 0, window, np.nan).astype(np.float32)
    draw_surface(element(root, "g", class_="heat"), frame, part, seen, PROBABILITY_STOPS)
    group = element(root, "g", class_="lines")
    for row in own.itertuples():
        looks = {"stroke": "#000000", "stroke_width": 1.8 if row.candidate == "route" else 1.1}
        dash = "solid" if row.candidate == "route" else "dash"
        draw_line(group, frame, row.geometry, f"{row.candidate} of {system_id}", class_=f"line {dash}", **looks)
    draw_landings(root, frame, landings_at_ends(layers, own), list(own.geometry))
    return root


def window_of(grid: Grid, share: NDArray[np.float32], lines: gpd.GeoDataFrame) -> tuple[Grid, NDArray[np.float32]]:
    """The part of a raster that any route goes through, with a margin, and its grid; all of it where there is none."""
    visited = np.argwhere(np.nan_to_num(share) > 0)
    parts = []
    if len(visited):
        margin = round(MARGIN_DEG / grid.step_deg)
        parts.append([*(visited.min(axis=0) - margin), *(visited.max(axis=0) + margin + 1)])
    if len(lines):
        west, south, east, north = bounds_of(lines)
        edges = (grid.north_deg - north, west - grid.west_deg, grid.north_deg - south, east - grid.west_deg)
        parts.append([round(edge / grid.step_deg) for edge in edges])
    ends = np.array(parts or [[0, 0, *grid.shape]])
    top, left = (int(value) for value in np.maximum(ends[:, :2].min(axis=0), 0))
    bottom, right = (int(value) for value in np.minimum(ends[:, 2:].max(axis=0), grid.shape))
    step = grid.step_deg
    part = Grid(grid.west_deg + left * step, grid.north_deg - top * step, step, bottom - top, right - left)
    return part, share[top:bottom, left:right]


def heat_keys() -> tuple[Key, ...]:
    """What the colours of a heat map mean."""
    return (
        *(
            key_of_fill(f"{share:.0%} of the samples", f"#{bytes(rgb_at(PROBABILITY_STOPS, share)).hex()}")
            for share in LEGEND_SHARES
        ),
        key_of_line("route", "#000000", width=1.8),
        key_of_line("alternative", "#000000", "dash", 1.1),
    )
