"""The profile of a system as SVG: depth and slope over KP, and beneath them cable, burial and waters."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from transcaspian.core.linear_reference import runs
from transcaspian.core.styles import BURIAL_COLOURS, CABLE_COLOURS, ZONE_COLOURS
from transcaspian.core.svg import element, path_data
from transcaspian.core.system_figures import percent
from transcaspian.report.bands import joined

WIDTH, LEFT, RIGHT = 1000.0, 80.0, 14.0
DEPTH_TOP, DEPTH_BOTTOM = 26.0, 210.0
SLOPE_TOP, SLOPE_BOTTOM = 236.0, 306.0
BANDS_TOP, BAND_HEIGHT, BAND_GAP = 328.0, 26.0, 6.0
AXIS_ROOM = 30.0
BAND_TEXT_UNITS = 9.0
"""What a letter takes in a band: a text that does not fit is left out, and told by its title."""
UNKNOWN_COLOUR = "#bbbbbb"
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)

Floats = NDArray[np.float64]
Band = tuple[float, float, str, str]
"""From KP, to KP, text, colour."""


def profile_svg(system_id: str, name: str, profile: gpd.GeoDataFrame, segments: gpd.GeoDataFrame) -> ET.Element:
    """The chart of one system.

    Parameters
    ----------
    profile, segments
        The rows of ``route_profile`` and of ``sld`` of that system.
    """
    kp_km = profile["kp_km"].to_numpy(float)
    depth_m = profile["depth_m"].to_numpy(float)
    rows = bands_of(segments)
    bottom = BANDS_TOP + len(rows) * (BAND_HEIGHT + BAND_GAP)
    end_km = float(kp_km[-1])
    root = element(
        None, "svg", viewBox=f"0 0 {WIDTH:g} {bottom + AXIS_ROOM:g}", role="img", class_="profile",
        aria_labelledby=f"profile-title-{system_id}", data_system=system_id, data_left=LEFT, data_right=WIDTH - RIGHT,
        data_end=repr(end_km),
    )  # fmt: skip
    element(root, "title", told(name, kp_km, depth_m), id=f"profile-title-{system_id}")
    element(root, "text", f"{system_id}: {name}", x=WIDTH - RIGHT, y=DEPTH_TOP - 8, text_anchor="end", class_="named")
    kp_axis(root, end_km, bottom)
    draw_depth(root, kp_km, depth_m)
    draw_slopes(root, kp_km, profile)
    draw_bands(root, rows, end_km)
    element(root, "line", class_="cursor-line off", x1=LEFT, x2=LEFT, y1=DEPTH_TOP, y2=bottom)
    return root


def told(name: str, kp_km: Floats, depth_m: Floats) -> str:
    """The profile in a sentence, for who does not see it."""
    if not np.isfinite(depth_m).any():
        return f"Profile of {name}: no depth is known, insufficient information."
    deepest = int(np.nanargmax(depth_m))
    unknown = float(np.isnan(depth_m).mean())
    return (
        f"Profile of {name}: {kp_km[-1]:.1f} km, deepest {depth_m[deepest]:.0f} m at KP {kp_km[deepest]:.1f}; "
        f"no depth on {percent(unknown)} of it."
    )


def place(kp_km: float | Floats, end_km: float) -> float | Floats:
    """x of a KP."""
    return LEFT + kp_km / end_km * (WIDTH - LEFT - RIGHT)


def round_step(length: float, parts: int) -> float:
    """A round step that divides a length into about so many parts."""
    return next((float(step) for step in STEPS if length / step <= parts), float(STEPS[-1]))


def kp_axis(root: ET.Element, end_km: float, bottom: float) -> None:
    """Lines and names of round kilometre points."""
    for kp_km in np.arange(0.0, end_km + 1e-9, round_step(end_km, 10)):
        x = place(float(kp_km), end_km)
        element(root, "line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=DEPTH_TOP, y2=bottom, class_="grid")
        element(root, "text", f"{kp_km:g}", x=f"{x:.1f}", y=bottom + 16, text_anchor="middle")
    element(root, "text", "KP, km", x=LEFT - 8, y=bottom + 16, text_anchor="end", class_="axis")


def draw_depth(root: ET.Element, kp_km: Floats, depth_m: Floats) -> None:
    """Water and seabed, depth positive down; stretches without a depth are hatched and named."""
    known = np.isfinite(depth_m)
    deepest_m = float(np.nanmax(depth_m)) if known.any() else 1.0
    step_m = round_step(max(deepest_m, 1.0), 5)
    floor_m = step_m * np.ceil(max(deepest_m, 1.0) / step_m)
    y = DEPTH_TOP + np.clip(np.nan_to_num(depth_m), 0.0, None) / floor_m * (DEPTH_BOTTOM - DEPTH_TOP)
    x = np.asarray(place(kp_km, float(kp_km[-1])))
    for _, _, part in runs(kp_km, known):
        line = np.column_stack([x[part], y[part]])
        water = [(line[0, 0], DEPTH_TOP), *line, (line[-1, 0], DEPTH_TOP)]
        ground = [(line[0, 0], DEPTH_BOTTOM), *line, (line[-1, 0], DEPTH_BOTTOM)]
        element(root, "path", d=path_data(water, closed=True, decimals=1), class_="water")
        element(root, "path", d=path_data(ground, closed=True, decimals=1), class_="ground")
        element(root, "path", d=path_data(line, decimals=1), class_="seabed")
    for _, _, part in runs(kp_km, ~known):
        left, right = x[max(part.start - 1, 0)], x[min(part.stop, len(x) - 1)]
        first_km, last_km = kp_km[part][[0, -1]]
        hatched = element(
            root, "rect", x=f"{left:.1f}", y=DEPTH_TOP, width=f"{max(right - left, 1.0):.1f}",
            height=DEPTH_BOTTOM - DEPTH_TOP, class_="unknown",
        )  # fmt: skip
        element(hatched, "title", f"KP {first_km:.1f} to {last_km:.1f}: no depth, insufficient information")
    _value_axis(
        root,
        "depth, m",
        DEPTH_TOP,
        DEPTH_BOTTOM,
        [(depth, depth / floor_m) for depth in np.arange(0, floor_m + 1, step_m)],
    )


def draw_slopes(root: ET.Element, kp_km: Floats, profile: gpd.GeoDataFrame) -> None:
    """In-line and side slope; above the middle line: falls away ahead, and to starboard."""
    slopes = {kind: profile[f"{kind}_slope_deg"].to_numpy(float) for kind in ("in_line", "side")}
    steepest = max(
        (float(np.nanmax(np.abs(values))) for values in slopes.values() if np.isfinite(values).any()), default=1.0
    )
    limit_deg = next((limit for limit in (0.5, 1, 2, 5, 10, 20, 45, 90) if steepest <= limit), 90.0)
    middle, half = (SLOPE_TOP + SLOPE_BOTTOM) / 2, (SLOPE_BOTTOM - SLOPE_TOP) / 2
    x = np.asarray(place(kp_km, float(kp_km[-1])))
    for kind, values in slopes.items():
        for _, _, part in runs(kp_km, np.isfinite(values)):
            line = np.column_stack([x[part], middle - values[part] / limit_deg * half])
            element(root, "path", d=path_data(line, decimals=1), class_=f"slope {kind}")
    ticks = [(limit_deg, 0.0), (0.0, 0.5), (-limit_deg, 1.0)]
    _value_axis(root, "slope, ° (solid: in line, dashed: side)", SLOPE_TOP, SLOPE_BOTTOM, ticks)


def _value_axis(root: ET.Element, title: str, top: float, bottom: float, ticks: Iterable[tuple[float, float]]) -> None:
    """Names of values at shares of the way from top to bottom."""
    for value, share in ticks:
        y = top + share * (bottom - top)
        element(root, "line", x1=LEFT, x2=WIDTH - RIGHT, y1=f"{y:.1f}", y2=f"{y:.1f}", class_="grid")
        element(root, "text", f"{value:g}", x=LEFT - 8, y=f"{y + 4:.1f}", text_anchor="end")
    element(root, "text", title, x=LEFT, y=top - 6, class_="axis")


def bands_of(segments: gpd.GeoDataFrame) -> dict[str, list[Band]]:
    """The bands by their names, neighbours that are alike joined; none without rules of engineering."""
    if not len(segments):
        return {}
    rows = segments.sort_values("from_kp_km").to_dict("records")
    kinds: dict[str, list[tuple[str, str]]] = {
        "cable": [(str(row["cable_type"]), CABLE_COLOURS.get(row["cable_type"], UNKNOWN_COLOUR)) for row in rows],
        "burial": [burial_of(row["protection_method"], row["target_burial_m"]) for row in rows],
        "waters": [waters_of(row["state"], row["zone"]) for row in rows],
    }
    return {
        name: joined([(row["from_kp_km"], row["to_kp_km"], *shown) for row, shown in zip(rows, found, strict=True)])
        for name, found in kinds.items()
    }


def burial_of(method: str, target_m: float) -> tuple[str, str]:
    """How the cable is protected, with the colour of the method."""
    return f"{method} {target_m:g} m" if target_m else str(method), BURIAL_COLOURS.get(method, UNKNOWN_COLOUR)


def waters_of(state: str | None, zone: str | None) -> tuple[str, str]:
    """Whose waters, with the colour of the zone."""
    if not isinstance(state, str) or not isinstance(zone, str):
        return "insufficient information", UNKNOWN_COLOUR
    return f"{state} {zone}", ZONE_COLOURS[zone]


def draw_bands(root: ET.Element, rows: dict[str, list[Band]], end_km: float) -> None:
    """A row of boxes per band, named where the name fits; a dark edge keeps neighbours of like colour apart."""
    for number, (name, bands) in enumerate(rows.items()):
        top = BANDS_TOP + number * (BAND_HEIGHT + BAND_GAP)
        element(root, "text", name, x=LEFT - 8, y=top + 17, text_anchor="end", class_="axis")
        for from_km, to_km, text, colour in bands:
            left, right = float(place(from_km, end_km)), float(place(to_km, end_km))
            group = element(root, "g", class_="band")
            element(
                group, "rect", x=f"{left:.1f}", y=top, width=f"{right - left:.1f}", height=BAND_HEIGHT, fill=colour,
                stroke="#333333", stroke_width=0.6,
            )  # fmt: skip
            element(group, "title", f"{name}: {text}, KP {from_km:.1f} to {to_km:.1f}")
            if len(text) * BAND_TEXT_UNITS < right - left:
                dark = " dark" if colour in DARK else ""
                middle = f"{(left + right) / 2:.1f}"
                element(group, "text", text, x=middle, y=top + 17, text_anchor="middle", class_=f"inside{dark}")


DARK = {"#0072B2", "#D55E00", "#009E73", "#999999"}
"""Colours on which white is read better than black."""
