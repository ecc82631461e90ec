"""The straight-line diagram of a system as a drawing of lines, boxes and texts, in millimetres on a sheet.

Made from the published layers alone. One drawing, several files: SVG and PDF (`draw_sheet`) and DXF (`sld_dxf`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from scipy.optimize import isotonic_regression

from transcaspian.core.frames import of_system
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.report.bands import joined
from transcaspian.report.chart import literal
from transcaspian.report.page.chart_profile import DARK, STEPS, UNKNOWN_COLOUR, Band, bands_of, burial_of

MM_PER_INCH = 25.4
POINTS_PER_MM = 72 / MM_PER_INCH
HEIGHT_MM, MIN_WIDTH_MM = 297.0, 420.0
LEFT_MM, RIGHT_MM = 34.0, 12.0
LABEL_STEP_MM = 4.2
"""Between the labels of positions: they stand side by side, however near the positions lie."""
LETTER_MM = 0.62
"""Width of a letter, of the height of its text."""
LABELS_MM, CABLE_MM, BANDS_MM, DEPTH_MM, FLOOR_MM = 186.0, 168.0, 161.0, 94.0, 24.0
"""Heights on the sheet: where the labels begin, the cable, the first band, and the profile from 0 m to its floor."""
BAND_MM, BAND_STEP_MM = 9.0, 11.5
TEXT_MM, TITLE_MM = 2.3, 5.0
BODIES = ("RPTR", "ROPA", "BU", "EQ")
"""Events of what is built into the cable."""
PROTECTION = ("PLDN", "PLUP", "PROT", "SE", "LP")
"""Events at which protection may change."""
SHADES = ("#d5d5d5", "#eeeeee")
SHORE_EVENTS = ("CLS", "BMH", "LP")
NO_DEPTH = f"no depth: {NOT_KNOWN}"
Layer = Literal["CABLE", "POSITIONS", "BANDS", "PROFILE", "TEXT"]


@dataclass(frozen=True)
class Stroke:
    """A line through points, millimetres."""

    layer: Layer
    points: tuple[tuple[float, float], ...]
    width_mm: float = 0.15
    colour: str = "#000000"


@dataclass(frozen=True)
class Box:
    """A filled box, millimetres: lower left corner, width and height."""

    layer: Layer
    corner: tuple[float, float]
    size: tuple[float, float]
    colour: str


@dataclass(frozen=True)
class Lettering:
    """A text, millimetres; ``align`` and ``turned_deg`` are about the point where it stands."""

    layer: Layer
    at: tuple[float, float]
    text: str
    height_mm: float = TEXT_MM
    align: Literal["left", "center", "right"] = "left"
    turned_deg: float = 0.0
    colour: str = "#000000"


Mark = Stroke | Box | Lettering


@dataclass(frozen=True)
class Sheet:
    """A drawing: its size in millimetres, and what stands on it from the lowest to the uppermost."""

    system_id: str
    width_mm: float
    height_mm: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Scale:
    """From KP to millimetres across."""

    from_km: float
    to_km: float
    width_mm: float

    def __call__(self, kp_km: Any) -> Any:
        """Across, of one KP or of many."""
        share = (np.asarray(kp_km, float) - self.from_km) / (self.to_km - self.from_km)
        return LEFT_MM + share * (self.width_mm - LEFT_MM - RIGHT_MM)


def sheet_of(system_id: str, layers: Mapping[str, gpd.GeoDataFrame], *, title: str, foot: str) -> Sheet | None:
    """The diagram of a system; None where it is not engineered.

    Parameters
    ----------
    layers
        The published layers by name.
    foot
        Small print: run, water level, sources.
    """
    positions, segments = (of_system(layers[name], system_id) for name in ("rpl_points", "sld"))
    if len(positions) < 2 or not len(segments):
        return None
    kp_km = positions["DistCumulative"].to_numpy(float)
    width_mm = max(MIN_WIDTH_MM, LEFT_MM + RIGHT_MM + LABEL_STEP_MM * (len(positions) + 1))
    scale = Scale(float(np.nanmin(kp_km)), float(np.nanmax(kp_km)), width_mm)
    route = of_system(layers["routes"], system_id).iloc[0]
    told = f"{route['name']} · {route['length_km']:,.3f} km of route, {route['cable_km']:,.3f} km of cable"
    marks = [
        Lettering("TEXT", (LEFT_MM, HEIGHT_MM - 9), title, TITLE_MM),
        Lettering("TEXT", (LEFT_MM, HEIGHT_MM - 16), f"Straight-line diagram: {told}", 3.0),
        *profile_marks(of_system(layers["route_profile"], system_id), scale),
        *band_marks(rows_of(positions, segments), scale),
        *cable_marks(scale),
        *position_marks(positions, segments, scale),
        Lettering("TEXT", (LEFT_MM, 6.0), foot, 1.8, colour="#444444"),
    ]
    return Sheet(system_id, width_mm, HEIGHT_MM, tuple(marks))


def rows_of(positions: gpd.GeoDataFrame, segments: gpd.GeoDataFrame) -> dict[str, list[Band]]:
    """The bands from top to bottom, by name."""
    found = bands_of(segments)
    slack = (
        (row["from_kp_km"], row["to_kp_km"], f"{row['slack_percent']:g} %", SHADES[1])
        for row in segments.sort_values("from_kp_km").to_dict("records")
    )
    return {
        "cable type": found["cable"],
        "slack": joined(slack),
        "protection": found["burial"],
        "waters": found["waters"],
        "cable, km": span_bands(positions),
    }


def span_bands(positions: gpd.GeoDataFrame) -> list[Band]:
    """The cable between its ends and what is built into it: from KP, to KP, its length, colour."""
    rows = positions.to_dict("records")
    ends = [row for row in rows if events_of(row) & {*BODIES, "CLS", "BMH"}]
    found = []
    for number, (first, last) in enumerate(pairwise(ends)):
        cable_km = last["CableDistCumulative"] - first["CableDistCumulative"]
        found.append((first["DistCumulative"], last["DistCumulative"], f"{cable_km:,.3f}", SHADES[number % 2]))
    return found


def events_of(row: Mapping[str, Any]) -> set[str]:
    """The events of a position, without their numbers."""
    text = row["Event"] if isinstance(row["Event"], str) else ""
    return {event.split(" ")[0] for event in text.split(" / ") if event}


def cable_marks(scale: Scale) -> Iterator[Mark]:
    """The cable itself."""
    ends = tuple((float(scale(km)), CABLE_MM) for km in (scale.from_km, scale.to_km))
    yield Stroke("CABLE", ends, 0.7)
    yield Lettering("TEXT", (LEFT_MM - 3, CABLE_MM), "cable", align="right")


def position_marks(positions: gpd.GeoDataFrame, segments: gpd.GeoDataFrame, scale: Scale) -> Iterator[Mark]:
    """Each position of the list with its label, spread so that none covers another, and a leader to its place."""
    rows = positions.to_dict("records")
    x_mm = scale(positions["DistCumulative"].to_numpy(float))
    labels = labels_of(rows, segments)
    for row, at, label_at, label in zip(rows, x_mm.tolist(), spread(x_mm, scale.width_mm), labels, strict=True):
        yield Stroke("POSITIONS", ((at, CABLE_MM - 1.5), (at, CABLE_MM + 3), (label_at, LABELS_MM - 6)))
        yield Stroke("POSITIONS", ((label_at, LABELS_MM - 6), (label_at, LABELS_MM - 1)))
        yield Lettering("POSITIONS", (label_at, LABELS_MM), label, turned_deg=90.0)
        if events_of(row) & {*BODIES}:
            yield Box("CABLE", (at - 1.0, CABLE_MM - 1.6), (2.0, 3.2), "#CC79A7")
        elif "JT" in events_of(row):
            yield Box("CABLE", (at - 0.5, CABLE_MM - 1.0), (1.0, 2.0), "#000000")
        elif events_of(row) & {*SHORE_EVENTS}:
            yield Box("CABLE", (at - 0.8, CABLE_MM - 0.8), (1.6, 1.6), "#8c6d31")


def spread(x_mm: Any, width_mm: float) -> list[float]:
    """Where labels stand: as near to their places as `LABEL_STEP_MM` between neighbours allows (least squares).

    >>> spread(np.array([100.0, 100.0, 300.0]), 420.0)
    [97.9, 102.1, 300.0]
    """
    steps = LABEL_STEP_MM * np.arange(len(x_mm))
    left = isotonic_regression(np.asarray(x_mm, float) - steps).x
    free = np.clip(left, LEFT_MM - 4, width_mm - RIGHT_MM + 4 - steps[-1])
    return [round(float(at), 3) for at in free + steps]


def labels_of(rows: Sequence[Mapping[str, Any]], segments: gpd.GeoDataFrame) -> Iterator[str]:
    """The events of each position with names and numbers, its KP, cable distance and depth."""
    courses = 0
    for row in rows:
        names = []
        for event in (row["Event"] if isinstance(row["Event"], str) else "").split(" / "):
            courses += event == "AC"
            names.append(f"AC {courses}" if event == "AC" else event)
        text = " / ".join(filter(None, names)) or f"position {row['PosNo']}"
        depth = "" if pd.isna(row["ApproxDepth"]) else f" · {row['ApproxDepth']:.0f} m"
        more = " · ".join(filter(None, (landing_of(row), protection_from(row, segments))))
        place = f"KP {row['DistCumulative']:.3f} · cable {row['CableDistCumulative']:.3f} km{depth}"
        yield " · ".join(filter(None, (text, more, place)))


def landing_of(row: Mapping[str, Any]) -> str:
    """The landing that a position ashore belongs to."""
    if not events_of(row) & {*SHORE_EVENTS} or not isinstance(row["Remarks"], str):
        return ""
    return row["Remarks"].partition(";")[0].partition(",")[0]


def protection_from(row: Mapping[str, Any], segments: gpd.GeoDataFrame) -> str:
    """How the cable is protected from a position on where that changes there."""
    if not events_of(row) & {*PROTECTION}:
        return ""
    after = segments[np.isclose(segments["from_kp_km"], row["DistCumulative"], atol=1e-3, rtol=0.0)]
    return "" if not len(after) else burial_of(after.iloc[0]["protection_method"], after.iloc[0]["target_burial_m"])[0]


def band_marks(bands: Mapping[str, Sequence[Band]], scale: Scale) -> Iterator[Mark]:
    """A row of boxes for each band; a text that does not fit lies across, or is left to the labels."""
    for number, (name, row) in enumerate(bands.items()):
        bottom = BANDS_MM - BAND_MM - number * BAND_STEP_MM
        yield Lettering("TEXT", (LEFT_MM - 3, bottom + BAND_MM / 2), name, align="right")
        for from_km, to_km, text, colour in row:
            left, right = float(scale(from_km)), float(scale(to_km))
            yield Box("BANDS", (left, bottom), (right - left, BAND_MM), colour)
            wide = len(text) * LETTER_MM * TEXT_MM < right - left
            if wide or (len(text) * LETTER_MM * TEXT_MM < BAND_MM and right - left > TEXT_MM):
                middle = ((left + right) / 2, bottom + BAND_MM / 2)
                ink = "#ffffff" if colour in DARK else "#000000"
                yield Lettering("BANDS", middle, text, align="center", turned_deg=0.0 if wide else 90.0, colour=ink)


def profile_marks(profile: gpd.GeoDataFrame, scale: Scale) -> Iterator[Mark]:
    """Depth along the route over its axes; a stretch without a depth is said to have none."""
    kp_km, depth_m = profile["kp_km"].to_numpy(float), profile["depth_m"].to_numpy(float)
    known = np.isfinite(depth_m)
    deepest_m = max(float(depth_m[known].max()) if known.any() else 0.0, 1.0)
    step_m = next(step for step in (*STEPS, deepest_m) if deepest_m / step <= 5)
    floor_m = step_m * np.ceil(deepest_m / step_m)
    down = (DEPTH_MM - FLOOR_MM) / floor_m
    yield from axes_marks(scale, step_m, down)
    for part in np.split(np.arange(len(kp_km)), np.flatnonzero(np.diff(known)) + 1):
        x = scale(kp_km[part])
        if len(part) and known[part[0]]:
            line = np.column_stack([x, DEPTH_MM - depth_m[part] * down]).round(3)
            yield Stroke("PROFILE", tuple((float(a), float(b)) for a, b in line), 0.35, "#4d3b1f")
        elif len(part) and x[-1] - x[0] > len(NO_DEPTH) * LETTER_MM * TEXT_MM:
            yield Lettering("PROFILE", (float(x.mean()), DEPTH_MM - 4), NO_DEPTH, align="center")


def axes_marks(scale: Scale, step_m: float, down: float) -> Iterator[Mark]:
    """Depths on the left and KPs below; ``down``: millimetres for a metre."""
    for depth_m in np.arange(0.0, (DEPTH_MM - FLOOR_MM) / down + 1e-6, step_m):
        y = DEPTH_MM - float(depth_m) * down
        yield Stroke("PROFILE", ((LEFT_MM, y), (scale.width_mm - RIGHT_MM, y)), 0.08, UNKNOWN_COLOUR)
        yield Lettering("PROFILE", (LEFT_MM - 2, y), f"{depth_m:g} m", align="right")
    step_km = next(step for step in STEPS if (scale.to_km - scale.from_km) / step <= 24)
    for km in np.arange(0.0, scale.to_km + 1e-9, step_km):
        at = float(scale(km))
        yield Stroke("PROFILE", ((at, FLOOR_MM), (at, FLOOR_MM - 1.5)))
        yield Lettering("PROFILE", (at, FLOOR_MM - 4.5), f"{km:g}", align="center")
    yield Lettering("PROFILE", (LEFT_MM - 4, FLOOR_MM - 4.5), "KP, km", align="right")


def draw_sheet(path: Path, sheet: Sheet) -> None:
    """Write a sheet as SVG or PDF, by the suffix; its texts stay texts. The same sheet gives the same bytes."""
    figure = Figure(figsize=(sheet.width_mm / MM_PER_INCH, sheet.height_mm / MM_PER_INCH))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0.0, sheet.width_mm)
    axes.set_ylim(0.0, sheet.height_mm)
    axes.set_axis_off()
    for mark in sheet.marks:
        draw_mark(axes, mark)
    is_svg = path.suffix == ".svg"
    (FigureCanvasSVG if is_svg else FigureCanvasPdf)(figure)
    no_date: dict[str, Any] = {"Date": None} if is_svg else {"CreationDate": None}
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": sheet.system_id, "pdf.fonttype": 42}):
        figure.savefig(path, format=path.suffix[1:], metadata={**no_date, "Creator": "transcaspian"})


def draw_mark(axes: Any, mark: Mark) -> None:
    """A mark on axes in millimetres."""
    if isinstance(mark, Stroke):
        axes.plot(*zip(*mark.points, strict=True), color=mark.colour, linewidth=mark.width_mm * POINTS_PER_MM)
    elif isinstance(mark, Box):
        axes.add_patch(Rectangle(mark.corner, *mark.size, facecolor=mark.colour, edgecolor="#333333", linewidth=0.4))
    else:
        axes.text(
            *mark.at, literal(mark.text), fontsize=mark.height_mm * POINTS_PER_MM, color=mark.colour,
            ha="center" if mark.turned_deg else mark.align, va=vertical(mark), rotation=mark.turned_deg,
            rotation_mode="anchor" if mark.turned_deg and mark.align == "center" else "default",
        )  # fmt: skip


def vertical(mark: Lettering) -> str:
    """How a text stands above its point: one that is turned begins there, unless it is centred."""
    return "bottom" if mark.turned_deg and mark.align == "left" else "center"
