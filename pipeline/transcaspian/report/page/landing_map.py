"""The small map of a landing: shoreline, route, waterlines at the levels of the study, and what is near."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import shapely

from transcaspian.core.frames import of_system
from transcaspian.core.grid import GEOD
from transcaspian.core.styles import DEPTH_STOPS, LAND, SHORE, Symbol
from transcaspian.core.svg import element
from transcaspian.report.page.chart_map import Layers, Mercator, lines_of, marker, symbol_of

AROUND_KM = 12.0
WIDTH = 340.0
SCALE_KM = 5.0
WATER = DEPTH_STOPS[1][1]
COLOURS = {"cables": "#555555", "hazards": "#7a0177", "constraints": "#7a0177"}


def landing_svg(layers: Layers, row: Mapping[str, Any]) -> ET.Element:
    """The map around a landing.

    Parameters
    ----------
    layers
        The published layers by name.
    row
        Of the layer ``landing_sheets``.
    """
    place, title = row["geometry"], f"Map around {row['name']}: {2 * AROUND_KM:g} km across"
    frame = frame_around(place)
    root = element(
        None, "svg", viewBox=f"0 0 {WIDTH:g} {frame.height:.1f}", class_="landing-map", role="img", aria_label=title
    )
    element(root, "title", title)
    element(root, "rect", x=0, y=0, width=WIDTH, height=f"{frame.height:.1f}", fill=LAND)
    _draw(root, frame, layers["coastline"], fill=WATER, stroke=SHORE, width=1)
    for name, colour in COLOURS.items():
        if name in layers:
            _draw(root, frame, layers[name], fill="none", stroke=colour, width=1)
    _draw(root, frame, of_landing(layers, "landing_neighbours", row), fill="none", stroke="#999999", width=0.6)
    _draw(root, frame, of_system(layers["routes"], row["system_id"]), fill="none", stroke="#d55e00", width=2)
    for item in of_landing(layers, "landing_levels", row).itertuples():
        mark = marker(root, frame, item.geometry, symbol_of("landing_levels", item.verdict), 3.5, hollow=True)
        element(mark, "title", f"waterline at {item.stands_m_msl:g} m MSL: {item.verdict}")
    element(marker(root, frame, place, Symbol("#111111", marker="diamond"), 5.0), "title", row["name"])
    draw_scale(root, frame, place)
    return root


def frame_around(place: shapely.Point) -> Mercator:
    """As far as `AROUND_KM` to the west, south, east and north."""
    azimuths = np.array([270.0, 180.0, 90.0, 0.0])
    lon, lat, _ = GEOD.fwd(np.full(4, place.x), np.full(4, place.y), azimuths, np.full(4, 1000.0 * AROUND_KM))
    return Mercator(float(lon[0]), float(lat[1]), float(lon[2]), float(lat[3]), WIDTH)


def of_landing(layers: Layers, name: str, row: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """The rows of a layer that belong to a sheet."""
    return layers[name][layers[name]["sheet_id"] == row["sheet_id"]]


def _draw(root: ET.Element, frame: Mercator, data: gpd.GeoDataFrame, fill: str, stroke: str, width: float) -> None:
    """The shapes of a layer, as far as the map shows them; points as dots."""
    view = (frame.west_deg, frame.south_deg, frame.east_deg, frame.north_deg)
    near = data.geometry[data.geometry.intersects(shapely.box(*view))]
    for shape in near:
        if shape.geom_type == "Point":
            marker(root, frame, shape, Symbol(stroke), 3.0)
        for path in lines_of(shapely.clip_by_rect(shape, *view), frame, 1):
            element(root, "path", d=path, class_="line solid", fill=fill, stroke=stroke, stroke_width=width)


def draw_scale(root: ET.Element, frame: Mercator, place: shapely.Point) -> None:
    """A bar of `SCALE_KM`."""
    lon, lat, _ = GEOD.fwd(place.x, place.y, 90.0, 1000.0 * SCALE_KM)
    length = float(frame.units([lon, lat])[0] - frame.units([place.x, place.y])[0])
    y = frame.height - 10
    element(root, "path", d=f"M10,{y:.1f}h{length:.1f}", fill="none", stroke="#111111", stroke_width=2)
    element(root, "text", f"{SCALE_KM:g} km", x=10, y=f"{y - 5:.1f}", class_="small")
