"""The network as a map of the whole corridor, and the lengths of its paths beside what was published of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from pipeline.report.page.axes import chart, covering, draw_x_axis
from pipeline.report.page.chart_map import Layers, Mercator, lines_of, symbol_label, symbol_of
from pipeline.report.page.parts import Key, draw_mark, key_of_fill, key_of_line, key_of_mark
from pipeline.report.page.placing import Box, draw_names, place_names
from pipeline.report.page.svg import element, path_data
from pipeline.styles import LAND, NETWORK_LEG_SYMBOLS, STYLES, Symbol

MARGIN_DEG = (1.6, 1.0)
GRATICULE_DEG = 5
SIMPLIFIED_DEG = 0.01
"""Of ways and shores: under a unit of the map."""
NAME_SIZE = 14.0
BRANCH_COLOURS = ("#CC79A7", "#56B4E9", "#F0E442", "#009E73")
"""Of the bands under the legs; each branch has its letter too."""
WIDEST_BAND, BAND_STEP, NARROWEST_BAND = 17.0, 5.0, 4.0
PUBLISHED = Symbol("#000000", marker="diamond")
ROW, BAR, HEAD = 48.0, 20.0, 10.0
CHART_WIDTH, CHART_LEFT, CHART_RIGHT = 1000.0, 14.0, 30.0
LETTER = 7.4
WHITE_ON = {"#0072B2", "#111111", "#D55E00"}


def branches_of(paths: gpd.GeoDataFrame) -> list[str]:
    """The branches in their order."""
    return list(dict.fromkeys(paths["branch"]))


def letter_of(number: int) -> str:
    """The letter of a branch."""
    return chr(ord("A") + number % 26)


def corridor_svg(layers: Layers) -> ET.Element:
    """Nodes and legs from end to end, the branches as bands under their legs."""
    nodes, legs, paths = (layers[name] for name in ("network_nodes", "network_legs", "network_paths"))
    frame = frame_of(nodes, legs)
    root = element(
        None, "svg", viewBox=f"0 0 {frame.width:g} {frame.height:.1f}", role="img", class_="corridor", id="corridor",
        aria_labelledby="corridor-title",
    )  # fmt: skip
    element(root, "title", told(nodes, legs, paths), id="corridor-title")
    element(root, "rect", x=0, y=0, width=f"{frame.width:g}", height=f"{frame.height:.1f}", fill=LAND)
    for shape in layers["coastline"].geometry:
        for path in lines_of(shape.simplify(SIMPLIFIED_DEG), frame, 1):
            element(root, "path", d=path, class_="line water shore")
    taken = draw_graticule(root, frame)
    draw_bands(element(root, "g", class_="bands"), frame, legs, paths)
    drawn = element(root, "g", class_="legs")
    for row in legs.itertuples():
        symbol = symbol_of("network_legs", row.kind)
        used = isinstance(row.paths, str)
        for path in lines_of(row.geometry.simplify(SIMPLIFIED_DEG), frame, 1):
            line = element(
                drawn, "path", d=path, fill="none", stroke=symbol.colour, stroke_width=2.2 if used else 1.1,
                class_=f"line {symbol.dash}", data_leg=row.leg_id,
            )  # fmt: skip
            element(line, "title", leg_told(row))
    taken += draw_letters(element(root, "g", class_="letters"), frame, legs, paths)
    draw_nodes(root, frame, nodes, legs, taken)
    return root


def frame_of(nodes: gpd.GeoDataFrame, legs: gpd.GeoDataFrame) -> Mercator:
    """All nodes and legs, with a margin."""
    bounds = np.array([data.total_bounds for data in (nodes, legs) if len(data)])
    west, south = bounds[:, :2].min(axis=0) - MARGIN_DEG
    east, north = bounds[:, 2:].max(axis=0) + MARGIN_DEG
    return Mercator(float(west), float(south), float(east), float(north))


def told(nodes: gpd.GeoDataFrame, legs: gpd.GeoDataFrame, paths: gpd.GeoDataFrame) -> str:
    """The map in a sentence, for who does not see it."""
    return (
        f"Map of the network: {len(nodes)} places joined by {len(legs)} legs; branches "
        f"{', '.join(branches_of(paths)) or 'none'}. The tables below say the same"
    )


def leg_told(row: Any) -> str:
    """A leg in words."""
    system = f" ({row.system_id})" if isinstance(row.system_id, str) else ""
    return f"{row.leg_id}: {symbol_label('network_legs', row.kind)}{system}, {row.length_km:,.0f} km"


def draw_graticule(root: ET.Element, frame: Mercator) -> list[Box]:
    """Meridians and parallels with their degrees at the edges; what those cover."""
    group, boxes = element(root, "g", class_="graticule"), []
    for lon in range(-180, 181, GRATICULE_DEG):
        if frame.west_deg < lon < frame.east_deg:
            x = float(frame.units([lon, frame.south_deg])[0])
            element(group, "line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=0, y2=f"{frame.height:.1f}", class_="grid")
            name = f"{abs(lon)}°{' E' if lon > 0 else ' W' if lon < 0 else ''}"
            y = frame.height - 6
            element(group, "text", name, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor="middle", class_="tick")
            boxes.append(Box(x - 24, y - 13, x + 24, y + 4))
    for lat in range(-90, 91, GRATICULE_DEG):
        if frame.south_deg < lat < frame.north_deg:
            y = float(frame.units([frame.west_deg, lat])[1])
            element(group, "line", x1=0, x2=f"{frame.width:g}", y1=f"{y:.1f}", y2=f"{y:.1f}", class_="grid")
            name = f"{abs(lat)}°{' N' if lat > 0 else ' S' if lat < 0 else ''}"
            element(group, "text", name, x=6, y=f"{y - 4:.1f}", class_="tick")
            boxes.append(Box(2, y - 18, 50, y + 1))
    return boxes


def legs_by_branch(paths: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """The legs of every branch, of all its paths, each once and in their order."""
    found: dict[str, list[str]] = {branch: [] for branch in branches_of(paths)}
    for row in paths.itertuples():
        found[row.branch] += [leg for leg in row.legs.split(", ") if leg not in found[row.branch]]
    return found


def width_of_band(number: int) -> float:
    """Of the band of a branch: those drawn later are narrower, so that all are seen where they run together."""
    return max(WIDEST_BAND - number * BAND_STEP, NARROWEST_BAND)


def colour_of_branch(number: int) -> str:
    """Of its band."""
    return BRANCH_COLOURS[number % len(BRANCH_COLOURS)]


def draw_bands(group: ET.Element, frame: Mercator, legs: gpd.GeoDataFrame, paths: gpd.GeoDataFrame) -> None:
    """A band under the legs of each branch."""
    shapes = dict(zip(legs["leg_id"], legs.geometry, strict=True))
    for number, (branch, names) in enumerate(legs_by_branch(paths).items()):
        lines = [path for name in names for path in lines_of(shapes[name].simplify(SIMPLIFIED_DEG), frame, 1)]
        band = element(
            group, "path", d="".join(lines), fill="none", stroke=colour_of_branch(number),
            stroke_width=f"{width_of_band(number):g}", class_="band", data_branch=branch,
        )  # fmt: skip
        element(band, "title", f"{letter_of(number)}: {branch}")


def draw_letters(
    group: ET.Element, frame: Mercator, legs: gpd.GeoDataFrame, paths: gpd.GeoDataFrame
) -> list[Box]:
    """The letter of each branch in a circle on its longest legs that no other branch uses; what they cover."""
    shapes = dict(zip(legs["leg_id"], legs.geometry, strict=True))
    lengths = dict(zip(legs["leg_id"], legs["length_km"], strict=True))
    by_branch, boxes = legs_by_branch(paths), []
    for number, (branch, names) in enumerate(by_branch.items()):
        others = {leg for other, theirs in by_branch.items() if other != branch for leg in theirs}
        own = sorted((leg for leg in names if leg not in others), key=lambda leg: -lengths[leg]) or names
        for leg in own[:3]:
            x, y = frame.units(shapely.get_coordinates(shapes[leg].interpolate(0.5, normalized=True))[0])
            box = Box(x - 10, y - 10, x + 10, y + 10)
            if any(box.meets(other) for other in boxes):
                continue
            boxes.append(box)
            circle = element(
                group, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=9, fill=colour_of_branch(number), stroke="#111111"
            )
            element(circle, "title", branch)
            element(group, "text", letter_of(number), x=f"{x:.1f}", y=f"{y + 4.5:.1f}", text_anchor="middle", class_="letter")
    return boxes


def draw_nodes(
    root: ET.Element, frame: Mercator, nodes: gpd.GeoDataFrame, legs: gpd.GeoDataFrame, taken: Sequence[Box]
) -> None:
    """A mark of its kind and the name at each node."""
    group = element(root, "g", class_="nodes")
    places = frame.units(np.column_stack([nodes.geometry.x, nodes.geometry.y]))
    for row, (x, y) in zip(nodes.itertuples(), places, strict=True):
        kind = symbol_label("network_nodes", row.kind)
        draw_mark(group, x, y, symbol_of("network_nodes", row.kind), 5.5, title=f"{row.name}, {row.country}: {kind}")
    whole = Box(4, 4, frame.width - 4, frame.height - 4)
    placed = place_names(places, list(nodes["name"]), NAME_SIZE, whole, places_on(frame, legs), taken)
    draw_names(element(root, "g", class_="names"), placed)


def places_on(frame: Mercator, legs: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Places along all legs, close enough that a name does not slip between them."""
    lines = [frame.units(shapely.get_coordinates(shape.segmentize(0.1))) for shape in legs.geometry]
    return np.vstack([np.empty((0, 2)), *lines])


def corridor_keys(layers: Layers) -> tuple[Key, ...]:
    """What the map shows: kinds of legs and of nodes, and the branches."""
    nodes, legs, paths = (layers[name] for name in ("network_nodes", "network_legs", "network_paths"))
    kinds = [category for category in STYLES["network_legs"][0].categories if category.value in set(legs["kind"])]
    marks = [category for category in STYLES["network_nodes"][0].categories if category.value in set(nodes["kind"])]
    words = {"railway": "along a railway", "highway": "along a highway", "given": "published length, straight line"}
    return (
        *(key_of_line(words.get(one.value, one.label), one.symbol.colour, one.symbol.dash) for one in kinds),
        *(key_of_mark(one.label, one.symbol) for one in marks),
        *(
            key_of_line(f"{letter_of(number)}: {branch}", colour_of_branch(number), "solid", width_of_band(number) * 0.7)
            for number, branch in enumerate(branches_of(paths))
        ),
    )


def lengths_svg(paths: gpd.GeoDataFrame, published: Sequence[Mapping[str, Any]]) -> ET.Element:
    """A bar for each path, of its kinds of legs, with how far it may be off, and the lengths published of it."""
    rows = paths.to_dict("records")
    lengths = {row["path_id"]: lengths_published(published, row["path_id"]) for row in rows}
    ends = [row["length_km"] + (row["uncertainty_km"] or 0.0) for row in rows]
    said = [value for found in lengths.values() for one in found for value in one]
    x = covering([*ends, *said], CHART_LEFT, CHART_WIDTH - CHART_RIGHT, from_zero=True, parts=8)
    bottom = HEAD + ROW * len(rows) + 4
    root = chart("path-lengths", "Lengths of the paths by kind; the table below says the same", CHART_WIDTH, bottom + 46)
    draw_x_axis(root, x, HEAD, bottom, "length, km", 8)
    for number, row in enumerate(rows):
        top = HEAD + ROW * number + 22
        element(root, "text", row["name"], x=CHART_LEFT + 4, y=f"{top - 6:g}", class_="halo")
        draw_bar(root, x.at, row, top)
        for low, high in lengths[row["path_id"]]:
            title = f"published: {low:,.0f} km" if low == high else f"published: {low:,.0f} to {high:,.0f} km"
            middle = top + BAR / 2
            for value in dict.fromkeys((low, high)):
                draw_mark(root, x.at(value), middle, PUBLISHED, 8.0, is_hollow=True, title=title)
    return root


def lengths_published(published: Sequence[Mapping[str, Any]], path_id: str) -> list[tuple[float, float]]:
    """From and to of the lengths published of a path."""
    return [
        (row["published"], row["published"] if row["published_to"] is None else row["published_to"])
        for row in published
        if row["quantity"] == "length_km" and row["of"] == path_id
    ]


def draw_bar(root: ET.Element, at: Any, row: Mapping[str, Any], top: float) -> None:
    """The kinds of a path one after another, and how far their sum may be off."""
    kinds = [(kind, colour, row[f"{kind}_km"]) for kind, colour, _ in NETWORK_LEG_SYMBOLS]
    kinds = [one for one in kinds if one[2] and not pd.isna(one[2])]
    bar = element(root, "g", class_="bar", data_path=row["path_id"])
    for (kind, colour, length_km), end_km in zip(kinds, accumulate(one[2] for one in kinds), strict=True):
        left, right = at(end_km - length_km), at(end_km)
        part = element(
            bar, "rect", x=f"{left:.2f}", y=f"{top:g}", width=f"{right - left:.2f}", height=BAR, fill=colour,
            stroke="#ffffff", data_kind=kind,
        )  # fmt: skip
        element(part, "title", f"{kind}: {length_km:,.0f} km of {row['length_km']:,.0f} km")
        text = next(
            (one for one in (f"{kind} {length_km:,.0f}", f"{length_km:,.0f}") if len(one) * LETTER < right - left), ""
        )
        inside = "inside dark" if colour in WHITE_ON else "inside"
        middle = f"{(left + right) / 2:.1f}"
        element(bar, "text", text, x=middle, y=f"{top + 14.5:g}", text_anchor="middle", class_=inside)
    off_km = row["uncertainty_km"]
    if off_km and not pd.isna(off_km):
        low, high, middle_y = at(row["length_km"] - off_km), at(row["length_km"] + off_km), top + BAR / 2
        end = 5.0
        d = (
            path_data([(low, middle_y), (high, middle_y)])
            + path_data([(low, middle_y - end), (low, middle_y + end)])
            + path_data([(high, middle_y - end), (high, middle_y + end)])
        )
        whisker = element(bar, "path", d=d, class_="whisker")
        element(whisker, "title", f"{row['length_km']:,.0f} ± {off_km:,.0f} km")


def length_keys(published: Sequence[Mapping[str, Any]], paths: gpd.GeoDataFrame) -> tuple[Key, ...]:
    """What the chart of lengths shows."""
    kinds = [(kind, colour) for kind, colour, _ in NETWORK_LEG_SYMBOLS if paths[f"{kind}_km"].fillna(0).gt(0).any()]
    found = [key_of_fill(f"{kind}, km", colour) for kind, colour in kinds]
    found.append(key_of_line("how far the length may be off", "#111111", width=1.5))
    if any(lengths_published(published, path_id) for path_id in paths["path_id"]):
        found.append(key_of_mark("published length (REAL)", PUBLISHED, is_hollow=True))
    return tuple(found)
