"""The map of the page as SVG: the sea in Mercator, each layer a group that can be switched."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import matplotlib.image
import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.frames import as_alternative
from transcaspian.core.grid import Grid
from transcaspian.core.layer_catalogue import all_styles
from transcaspian.core.styles import DEPTH_STOPS, LAND, Category, Symbol, rgb_at, system_colours
from transcaspian.core.svg import element, path_data
from transcaspian.report.chart import drawn_of
from transcaspian.report.png import NO_VERSION

WIDTH = 1000.0
"""Units across the whole study; the view shows a part of them."""
PICTURE_PIXELS = 900
"""Greatest side of the picture of the depth: finer than the embedded seabed data, small enough to send by mail."""
MARGIN_DEG = 0.35
KP_LABEL_KM = 50.0
SIMPLIFIED_DEG = {"coastline": 0.002, "scenario_seas": 0.01, "cost_tolerance_zones": 0.005, "sectors": 0.01}

Layers = Mapping[str, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Mercator:
    """From degrees to the units of the map; y grows to the south."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float
    width: float = WIDTH

    @property
    def scale(self) -> float:
        """Units per radian of longitude."""
        return self.width / np.radians(self.east_deg - self.west_deg)

    @property
    def height(self) -> float:
        """Units from the northern edge to the southern."""
        return float(self.units([self.west_deg, self.south_deg])[1])

    def units(self, lonlat: object) -> NDArray[np.float64]:
        """Places in units, of degrees of the same shape ``(..., 2)``."""
        lon, lat = np.moveaxis(np.asarray(lonlat, float), -1, 0)
        x = np.radians(lon - self.west_deg) * self.scale
        y = (_mercator(self.north_deg) - _mercator(lat)) * self.scale
        return np.stack([x, y], axis=-1)


def _mercator(lat_deg: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.arctanh(np.sin(np.radians(lat_deg)))


def widened(bounds: Sequence[float], max_height: float) -> NDArray[np.float64]:
    """West, south, east and north with so much more at both sides that the map is at most so high, in its widths."""
    west, south, east, north = (float(value) for value in bounds)
    shape = Mercator(west, south, east, north, width=1.0).height
    across = max(shape / max_height - 1.0, 0.0) / 2 * (east - west)
    return np.array([west - across, south, east + across, north])


Draw = Callable[[ET.Element, Mercator, gpd.GeoDataFrame, Mapping[str, str]], None]
"""Draws the rows of a layer into a group, given the colours of the systems."""


@dataclass(frozen=True)
class MapLayer:
    """A layer that the reader can switch: its title, whether it is on at first, and what draws it."""

    name: str
    title: str
    shown: bool
    draw: Draw


def map_svg(layers: Layers, grid: Grid, depth_m: NDArray[np.float32], title: str) -> ET.Element:
    """The whole map; layers from the bottom up, each in a group with ``data-layer``."""
    frame = Mercator(*grid.bounds)
    view = " ".join(f"{value:.1f}" for value in first_view(layers, frame))
    root = element(
        None, "svg", viewBox=view, id="map", tabindex="0", role="group", aria_labelledby="map-title", class_="map",
        preserveAspectRatio="xMidYMid meet", data_home=view, data_width=WIDTH, data_height=f"{frame.height:.1f}",
    )  # fmt: skip
    element(root, "title", title, id="map-title")
    element(root, "rect", x=0, y=0, width=WIDTH, height=f"{frame.height:.1f}", fill=LAND)
    _draw_depth(element(root, "g", data_layer="depth"), frame, grid, depth_m)
    colours = system_colours(list(layers["routes"]["system_id"]))
    for item in MAP_LAYERS:
        if len(layers.get(item.name, ())):
            group = element(root, "g", data_layer=item.name, class_="on" if item.shown else "off")
            item.draw(group, frame, drawn_of(layers, item.name), colours)
    cursor = element(root, "g", id="map-cursor", class_="off", transform="translate(0,0)")
    element(cursor, "circle", r=6, class_="cursor fixed")
    return root


def first_view(layers: Layers, frame: Mercator) -> tuple[float, float, float, float]:
    """x, y, width and height of what is seen first: the routes, with a margin."""
    routes = layers["routes"]
    if not len(routes):
        return 0.0, 0.0, WIDTH, frame.height
    west, south, east, north = routes.total_bounds
    left, top = frame.units([west - MARGIN_DEG, north + MARGIN_DEG])
    right, bottom = frame.units([east + MARGIN_DEG, south - MARGIN_DEG])
    return float(left), float(top), float(right - left), float(bottom - top)


def _draw_depth(group: ET.Element, frame: Mercator, grid: Grid, depth_m: NDArray[np.float32]) -> None:
    """The depth as a picture."""
    draw_surface(group, frame, grid, depth_m, DEPTH_STOPS)


def draw_surface(
    group: ET.Element, frame: Mercator, grid: Grid, array: NDArray[np.float32], stops: Sequence[tuple[float, str]]
) -> None:
    """A raster as a picture, its rows put where Mercator has them; the frame is that of the grid, NaN is not seen."""
    step = max(1, -(-max(grid.shape) // PICTURE_PIXELS))
    rows, cols = grid.rows // step, grid.cols // step
    lat = np.degrees(
        np.arcsin(np.tanh(_mercator(grid.north_deg) - (np.arange(rows) + 0.5) / rows * frame.height / frame.scale))
    )
    row = np.clip(((grid.north_deg - lat) / grid.step_deg).astype(int), 0, grid.rows - 1)
    col = np.clip(((np.arange(cols) + 0.5) / cols * grid.cols).astype(int), 0, grid.cols - 1)
    seen = array[np.ix_(row, col)]
    opacity = np.where(np.isfinite(seen), 255, 0).astype(np.uint8)
    picture = np.dstack([np.where(opacity[..., None] > 0, rgb_at(stops, seen), 0), opacity]).astype(np.uint8)
    packed = io.BytesIO()
    matplotlib.image.imsave(packed, picture, format="png", metadata=NO_VERSION)
    data = base64.b64encode(packed.getvalue()).decode()
    element(
        group, "image", href=f"data:image/png;base64,{data}", x=0, y=0, width=frame.width,
        height=f"{frame.height:.1f}", preserveAspectRatio="none",
    )  # fmt: skip


def lines_of(shape: shapely.Geometry, frame: Mercator, decimals: int = 2) -> Iterator[str]:
    """The paths of a line or of the rings of an area."""
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            rings = [part.exterior, *part.interiors]
            yield "".join(path_data(frame.units(ring.coords), closed=True, decimals=decimals) for ring in rings)
        elif part.geom_type == "LineString":
            yield path_data(frame.units(shapely.get_coordinates(part)), decimals=decimals)


def _draw_shapes(
    group: ET.Element,
    frame: Mercator,
    data: gpd.GeoDataFrame,
    name: str,
    symbol: Callable[[Any], Symbol],
    **kind: object,
) -> None:
    """Lines and areas of a layer, each with its symbol, and its name for who points at it."""
    for row in data.itertuples():
        shape = row.geometry
        if shape is None or shape.is_empty:
            continue
        if name in SIMPLIFIED_DEG:
            shape = shape.simplify(SIMPLIFIED_DEG[name])
        paths = "".join(lines_of(shape, frame, 1 if name in SIMPLIFIED_DEG else 2))
        if paths:
            drawn = symbol(row)
            shown: dict[str, Any] = {"stroke": drawn.colour, "class_": f"line {drawn.dash}", **kind}
            element(element(group, "path", d=paths, **shown), "title", title_of(row))


def title_of(row: Any) -> str:
    """What a feature is called: its name, or the system it belongs to."""
    found = [str(getattr(row, column)) for column in ("name", "system_id", "level_id") if hasattr(row, column)]
    return found[0] + as_alternative(getattr(row, "alternative_of", None)) if found else ""


def styled(name: str, column: str = "", **kind: object) -> Draw:
    """Draws a layer by its style; by the value of a column, where the style has categories for it."""

    def draw(group: ET.Element, frame: Mercator, data: gpd.GeoDataFrame, colours: Mapping[str, str]) -> None:
        _draw_shapes(group, frame, data, name, lambda row: symbol_of(name, getattr(row, column, "")), **kind)

    return draw


def by_system(name: str, **kind: object) -> Draw:
    """Draws a layer in the colours of the systems."""

    def draw(group: ET.Element, frame: Mercator, data: gpd.GeoDataFrame, colours: Mapping[str, str]) -> None:
        own = {system_id: replace(all_styles()[name][0].symbol, colour=colour) for system_id, colour in colours.items()}

        def symbol(row: Any) -> Symbol:
            drawn = own[row.system_id]
            return replace(drawn, dash="dash") if as_alternative(getattr(row, "alternative_of", None)) else drawn

        _draw_shapes(group, frame, data, name, symbol, **kind)

    return draw


def _draw_hazards(group: ET.Element, frame: Mercator, data: gpd.GeoDataFrame, colours: Mapping[str, str]) -> None:
    """A mark of its kind at each hazard, and the edge of those that are areas."""
    _draw_marked(group, frame, data, "hazards")


def _draw_constraints(group: ET.Element, frame: Mercator, data: gpd.GeoDataFrame, colours: Mapping[str, str]) -> None:
    """As hazards; barriers are among the no-go areas."""
    _draw_marked(group, frame, data[data["role"] != "barrier"], "constraints")


def _draw_marked(group: ET.Element, frame: Mercator, data: gpd.GeoDataFrame, name: str) -> None:
    """A mark of its kind at each feature of a layer, and lines and edges where it has them."""
    for row in data.itertuples():
        if row.geometry is None or row.geometry.is_empty:
            continue
        symbol = symbol_of(name, row.kind)
        for path in lines_of(row.geometry, frame):
            element(group, "path", d=path, fill="none", stroke=symbol.colour, stroke_width=0.8, class_="line solid")
        mark = marker(group, frame, row.geometry.representative_point(), symbol, 4.0)
        element(mark, "title", f"{row.name}: {symbol_label(name, row.kind)}")


def _draw_crossings(group: ET.Element, frame: Mercator, data: gpd.GeoDataFrame, colours: Mapping[str, str]) -> None:
    """Each crossing by its verdict; what cannot be judged stands out as such."""
    for row in data.itertuples():
        mark = marker(group, frame, row.geometry, symbol_of("crossings", row.verdict), 7.0)
        element(mark, "title", f"{row.system_id} crosses {row.name} at KP {row.kp_km:.1f}: {row.verdict}")


def _draw_kp_marks(group: ET.Element, frame: Mercator, data: gpd.GeoDataFrame, colours: Mapping[str, str]) -> None:
    """A dot at every kilometre point, and the names of some."""
    for row in data.itertuples():
        mark = marker(group, frame, row.geometry, Symbol(colours[row.system_id]), 2.5, hollow=True)
        if row.kp_km > 0 and row.kp_km % KP_LABEL_KM == 0:
            element(mark, "text", f"KP {row.kp_km:.0f}", x=6, y=4, class_="small")


def _draw_landings(group: ET.Element, frame: Mercator, data: gpd.GeoDataFrame, colours: Mapping[str, str]) -> None:
    """Landing points with their names."""
    for row in data.itertuples():
        mark = marker(group, frame, row.geometry, Symbol("#111111", marker="diamond"), 5.0)
        element(mark, "text", row.name, x=8, y=-6, class_="place")


def marker(
    group: ET.Element, frame: Mercator, point: shapely.Point, symbol: Symbol, radius: float, *, hollow: bool = False
) -> ET.Element:
    """A mark whose size stays the same when the map is zoomed; what is put into it stays beside it."""
    x, y = frame.units([point.x, point.y])
    place = element(group, "g", transform=f"translate({x:.2f},{y:.2f})")
    held = element(place, "g", class_="fixed")
    ink = {"fill": "#ffffff", "stroke": symbol.colour} if hollow else {"fill": symbol.colour, "stroke": "#ffffff"}
    element(held, "path", d=MARKS[symbol.marker](radius), stroke_width=0.8, **ink)
    return held


def _polygon(*corners: tuple[float, float]) -> Callable[[float], str]:
    return lambda radius: path_data(np.array(corners) * radius, closed=True)


def _circle(radius: float) -> str:
    return f"M{-radius:g},0a{radius:g},{radius:g} 0 1 0 {2 * radius:g},0a{radius:g},{radius:g} 0 1 0 {-2 * radius:g},0Z"


_ARM = 0.3
MARKS: dict[str, Callable[[float], str]] = {
    "circle": _circle,
    "square": _polygon((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    "triangle": _polygon((0, -1), (0.9, 0.7), (-0.9, 0.7)),
    "diamond": _polygon((0, -1), (1, 0), (0, 1), (-1, 0)),
    "cross": _polygon(
        (-_ARM, -1), (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM),
        (_ARM, 1), (-_ARM, 1), (-_ARM, _ARM), (-1, _ARM), (-1, -_ARM), (-_ARM, -_ARM),
    ),
    "star": _polygon((0, -1), (0.3, -0.3), (1, 0), (0.3, 0.3), (0, 1), (-0.3, 0.3), (-1, 0), (-0.3, -0.3)),
}  # fmt: skip


def symbol_of(name: str, value: str) -> Symbol:
    """The symbol of a value in the first style of a layer: that of its category, or of all the others."""
    style = all_styles()[name][0]
    return next((item.symbol for item in style.categories if item.value == value), style.symbol)


def symbol_label(name: str, value: str) -> str:
    """What the legend calls a value."""
    return next((item.label for item in all_styles()[name][0].categories if item.value == value), value)


def categories_in(name: str, values: Iterable[str]) -> list[Category]:
    """The categories of the first style of a layer that some of its values belong to, in their order."""
    there = set(values)
    return [item for item in all_styles()[name][0].categories if item.value in there]


MAP_LAYERS: tuple[MapLayer, ...] = (
    MapLayer("sectors", "waters of the states", False, styled("sectors", fill="none", stroke_width=0.8)),
    MapLayer("scenario_seas", "shore at lower levels", False, styled("scenario_seas", fill="none", stroke_width=1)),
    MapLayer(
        "cost_tolerance_zones",
        "cost-tolerance zones",
        False,
        styled("cost_tolerance_zones", fill="#238b45", fill_opacity=0.1, stroke_width=0.5),
    ),
    MapLayer("coastline", "shoreline", True, styled("coastline", fill="none", stroke_width=0.8)),
    MapLayer("islands", "islands beside the shoreline", True, styled("islands", fill="none", stroke_width=0.8)),
    MapLayer("median_lines", "median lines (not agreed)", True, styled("median_lines", fill="none", stroke_width=1)),
    MapLayer(
        "boundary_lines",
        "agreed lines",
        True,
        styled("boundary_lines", "kind", fill="none", stroke_width=1.4),
    ),
    MapLayer(
        "no_go",
        "no-go areas with their buffers",
        True,
        styled("no_go", fill="#7a0177", fill_opacity=0.18, stroke_width=1),
    ),
    MapLayer("cables", "cables and pipelines", True, styled("cables", "kind", fill="none", stroke_width=1.2)),
    MapLayer("constraints", "constraints that close nothing", True, _draw_constraints),
    MapLayer("hazards", "hazards", True, _draw_hazards),
    MapLayer("alternatives", "alternatives", False, by_system("alternatives", fill="none", stroke_width=1.5)),
    MapLayer("routes", "routes", True, by_system("routes", fill="none", stroke_width=2.5)),
    MapLayer("kp_marks", "kilometre points", True, _draw_kp_marks),
    MapLayer("crossings", "crossings", True, _draw_crossings),
    MapLayer("landing_points", "landing points", True, _draw_landings),
)
"""From the bottom up."""
