"""One page of each entry of the register: a sketch of the place to scale, and what is known of it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from xml.etree import ElementTree as ET

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.analyses.permits.register import Entry
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import cut
from transcaspian.core.styles import BURIAL_COLOURS, QUIET, VERMILION
from transcaspian.core.svg import as_html, element
from transcaspian.engineering import EngineeredRoute

WIDTH, HEIGHT = 210.0, 297.0
"""A4, mm."""
MAP_TOP, MAP_SIDE = 30.0, 150.0
LEFT = (WIDTH - MAP_SIDE) / 2
AROUND_KM = 1.5
"""Half of what the sketch shows, at least; twice the distance where that is more."""
LINE_MM, LINE_CHARACTERS = 4.2, 80
SCALES_KM = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
Floats = NDArray[np.float64]


class Frame:
    """Places around a centre on the sketch: azimuth and distance from it are true (azimuthal equidistant)."""

    def __init__(self, centre: tuple[float, float], half_km: float) -> None:
        self.centre, self.half_km = centre, half_km

    def at(self, lonlat: ArrayLike) -> Floats:
        """Millimetres on the page, shape ``(n, 2)``."""
        line = np.asarray(lonlat, float).reshape(-1, 2)
        middle = np.broadcast_to(self.centre, line.shape)
        azimuth_deg, _, away_m = GEOD.inv(middle[:, 0], middle[:, 1], line[:, 0], line[:, 1])
        away_mm = away_m / 1000.0 / self.half_km * MAP_SIDE / 2
        angle = np.radians(azimuth_deg)
        east, north = away_mm * np.sin(angle), away_mm * np.cos(angle)
        return np.column_stack([WIDTH / 2 + east, MAP_TOP + MAP_SIDE / 2 - north])


def sketch_svg(number: int, entry: Entry, route: EngineeredRoute, facts: Sequence[tuple[str, str]]) -> str:
    """The page as SVG, A4 upright; the same values give the same bytes.

    Parameters
    ----------
    facts
        What stands below the sketch: name and value.
    """
    half_km = max(AROUND_KM, 2.0 * entry.separation_m / 1000.0)
    frame = Frame(entry.lonlat, half_km)
    root = element(
        None, "svg", xmlns="http://www.w3.org/2000/svg", width="210mm", height="297mm", viewBox="0 0 210 297",
        font_family="sans-serif",
    )  # fmt: skip
    element(root, "rect", x=0, y=0, width=WIDTH, height=HEIGHT, fill="#ffffff")
    element(root, "text", f"{entry.system_id}: {entry.relation}, {entry.met.name}", x=15, y=16, font_size=6)
    element(
        root, "text", f"register {entry.system_id}/{number} · not to be used for navigation", x=15, y=23, font_size=3.5
    )
    clip = element(element(root, "defs"), "clipPath", id="map")
    element(clip, "rect", x=LEFT, y=MAP_TOP, width=MAP_SIDE, height=MAP_SIDE)
    sheet = element(root, "g", clip_path="url(#map)")
    element(sheet, "rect", x=LEFT, y=MAP_TOP, width=MAP_SIDE, height=MAP_SIDE, fill="#f4f8fb")
    draw_met(sheet, frame, entry.met.geometry)
    _draw_route(sheet, frame, entry, route)
    element(
        root,
        "rect",
        x=LEFT,
        y=MAP_TOP,
        width=MAP_SIDE,
        height=MAP_SIDE,
        fill="none",
        stroke="#333333",
        stroke_width=0.4,
    )
    draw_scale(root, half_km)
    draw_facts(root, facts)
    return as_html(root) + "\n"


def draw_facts(root: ET.Element, facts: Sequence[tuple[str, str]]) -> None:
    """Names and values below the sketch; a long one goes on on the next line."""
    y = MAP_TOP + MAP_SIDE + 14
    for name, value in facts:
        element(root, "text", name, x=15, y=f"{y:.1f}", font_size=3.2, fill=QUIET)
        for line in textwrap.wrap(value, LINE_CHARACTERS) or [""]:
            element(root, "text", line, x=60, y=f"{y:.1f}", font_size=3.2)
            y += LINE_MM


def draw_met(sheet: ET.Element, frame: Frame, geometry: BaseGeometry) -> None:
    """The asset as a line, or the area as its outline, where the sketch shows it."""
    lon, lat = frame.centre
    reach_deg = 3.0 * frame.half_km / 111.0 / max(np.cos(np.radians(lat)), 0.1)
    near = shapely.clip_by_rect(geometry, lon - reach_deg, lat - reach_deg, lon + reach_deg, lat + reach_deg)
    for part in shapely.get_parts(near):
        is_area = part.geom_type == "Polygon"
        outline = part.exterior if is_area else part
        if part.geom_type in ("Polygon", "LineString"):
            lonlat = shapely.get_coordinates(shapely.segmentize(outline, 0.002))
            fill = "#e9d8ee" if is_area else "none"
            element(sheet, "path", d=path_of(frame.at(lonlat)), fill=fill, stroke="#5b2a6e", stroke_width=0.7)


def _draw_route(sheet: ET.Element, frame: Frame, entry: Entry, route: EngineeredRoute) -> None:
    """The cable in the colours of its protection, and the places where that changes."""
    from_km, to_km = entry.kp_km - 3 * frame.half_km, entry.to_kp_km + 3 * frame.half_km
    for item in route.cable.burial:
        begin, end = max(item.from_km, from_km, 0.0), min(item.to_km, to_km, route.profile.length_km)
        if end <= begin:
            continue
        places = frame.at(cut(route.lonlat, begin, end))
        colour = BURIAL_COLOURS[item.rule.method]
        element(sheet, "path", d=path_of(places), fill="none", stroke=colour, stroke_width=1.2)
        if begin == item.from_km and begin > 0:
            x, y = places[0]
            element(sheet, "circle", cx=f"{x:.2f}", cy=f"{y:.2f}", r=0.9, fill="#111111")
            element(
                sheet,
                "text",
                f"KP {begin:.3f} {item.rule.method}",
                x=f"{x + 1.5:.2f}",
                y=f"{y - 1.5:.2f}",
                font_size=2.8,
            )
    x, y = frame.at(entry.lonlat)[0]
    element(sheet, "circle", cx=f"{x:.2f}", cy=f"{y:.2f}", r=2.2, fill="none", stroke=VERMILION, stroke_width=0.6)


def draw_scale(root: ET.Element, half_km: float) -> None:
    """North, and a bar."""
    km = max((one for one in SCALES_KM if one <= half_km / 2), default=SCALES_KM[0])
    y = MAP_TOP + MAP_SIDE + 6
    length = km / half_km * MAP_SIDE / 2
    element(root, "path", d=f"M{LEFT:g},{y:g}h{length:.2f}", fill="none", stroke="#111111", stroke_width=0.8)
    element(root, "text", f"{km:g} km", x=f"{LEFT + length + 2:.2f}", y=f"{y + 1:g}", font_size=3.5)
    element(root, "text", "N ↑", x=LEFT + MAP_SIDE - 8, y=f"{y + 1:g}", font_size=4)


def path_of(places: Floats) -> str:
    """The ``d`` of a path."""
    return "M" + " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
