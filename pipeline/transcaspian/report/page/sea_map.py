"""Maps of a part of the sea: land and water, lines with their names, and the landings beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.styles import LAND, Dash, Symbol
from transcaspian.core.svg import element
from transcaspian.report.page.chart_map import Layers, Mercator, lines_of, widened
from transcaspian.report.page.parts import Key, draw_mark, key_of_mark
from transcaspian.report.page.placing import Box, draw_names, place_names

WIDTH = 480.0
MAX_HEIGHT = 1.3
"""Of a map, in its widths."""
MARGIN_DEG = 0.35
NAME_SIZE = 14.0
LANDING = Symbol("#111111", marker="diamond")
DASHES: tuple[Dash, ...] = ("solid", "dash", "dot")
SAME_PLACE_DEG = 0.01

Lonlat = tuple[float, float] | NDArray[np.float64]


def sea_svg(
    name: str, told: str, frame: Mercator, layers: Layers, *, look: str = "crossing", simplified_deg: float = 0.004
) -> ET.Element:
    """A map of land and water.

    Parameters
    ----------
    told
        What it shows, for who does not see it.
    look
        Its class in the style of the page.
    simplified_deg
        By how much shores may be moved: under a unit of the map.
    """
    size = {"width": f"{frame.width:g}", "height": f"{frame.height:.1f}"}
    root = element(
        None, "svg", viewBox=f"0 0 {size['width']} {size['height']}", role="img", class_=look, id=name,
        aria_labelledby=f"{name}-title",
    )  # fmt: skip
    element(root, "title", told, id=f"{name}-title")
    element(root, "rect", x=0, y=0, **size, fill=LAND)
    seen = shapely.box(frame.west_deg, frame.south_deg, frame.east_deg, frame.north_deg)
    for shape in layers["coastline"].geometry:  # a degree more, so that its edge is not drawn
        for path in lines_of(shapely.intersection(shape.simplify(simplified_deg), seen.buffer(1.0)), frame, 1):
            element(root, "path", d=path, class_="line water shore")
    return root


def frame_around(*shown: gpd.GeoDataFrame) -> Mercator:
    """The frame of what is shown, with a margin, and wide enough not to be a tall strip."""
    west, south, east, north = (float(value) for value in bounds_of(*shown))
    return Mercator(west, south, east, north, WIDTH)


def bounds_of(*shown: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """West, south, east and north of what is shown, with a margin, and wide enough not to be a tall strip."""
    bounds = np.array([data.total_bounds for data in shown if len(data)])
    south_west, north_east = bounds[:, :2].min(axis=0) - MARGIN_DEG, bounds[:, 2:].max(axis=0) + MARGIN_DEG
    return widened([*south_west, *north_east], MAX_HEIGHT)


def draw_line(group: ET.Element, frame: Mercator, shape: Any, title: str, **looks: Any) -> None:
    """A line with its name for who points at it."""
    for path in lines_of(shape, frame, 1):
        element(element(group, "path", d=path, fill="none", **looks), "title", title)


def draw_landings(root: ET.Element, frame: Mercator, landings: Mapping[str, Lonlat], lines: Sequence[Any]) -> None:
    """Marks and names of the landings inside the map, clear of the lines."""
    inside = {
        name: (lon, lat)
        for name, (lon, lat) in landings.items()
        if frame.west_deg < lon < frame.east_deg and frame.south_deg < lat < frame.north_deg
    }
    if not inside:
        return
    places = frame.units(list(inside.values()))
    group = element(root, "g", class_="landings")
    for name, place in zip(inside, places, strict=True):
        draw_mark(group, place, LANDING, 6.0, title=name)
    along = [frame.units(shapely.get_coordinates(shapely.segmentize(line, 0.03))) for line in lines]
    whole = Box(2, 2, WIDTH - 2, frame.height - 2)
    placed = place_names(places, list(inside), NAME_SIZE, whole, np.vstack([np.empty((0, 2)), *along]))
    draw_names(element(root, "g", class_="names"), placed, NAME_SIZE)


def landings_of(layers: Layers) -> dict[str, Lonlat]:
    """The landings of the run by their names."""
    data = layers["landing_points"]
    return {str(row.name): (row.geometry.x, row.geometry.y) for row in data.itertuples(index=False)}


def landings_at_ends(layers: Layers, lines: gpd.GeoDataFrame) -> dict[str, Lonlat]:
    """The landings where lines begin or end."""
    ends = np.vstack([np.empty((0, 2)), *(shapely.get_coordinates(one)[[0, -1]] for one in lines.geometry)])
    return {
        name: place
        for name, place in landings_of(layers).items()
        if (np.abs(ends - np.asarray(place)).max(axis=1) < SAME_PLACE_DEG).any()
    }


def landing_key() -> Key:
    """What the mark of a landing is."""
    return key_of_mark("landing", LANDING)
