"""The network as a map of the whole network, and the lengths of its paths beside what was published of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from transcaspian.analyses.network.styles import NETWORK_LEG_SYMBOLS
from transcaspian.core.styles import Symbol
from transcaspian.core.svg import element
from transcaspian.report.page.axes import BAR, Part, Scale, chart, covering, draw_parts, draw_whisker, draw_x_axis
from transcaspian.report.page.chart_map import (
    Layers,
    Mercator,
    categories_in,
    lines_of,
    symbol_label,
    symbol_of,
    widened,
)
from transcaspian.report.page.parts import Key, draw_mark, key_of_fill, key_of_line, key_of_mark
from transcaspian.report.page.placing import Box, draw_names, place_names
from transcaspian.report.page.sea_map import sea_svg

MARGIN_DEG = (2.4, 1.2)
CROSSING_MARGIN_DEG = 0.4
CROSSING_HEIGHT = 0.75
"""At most, in widths of the map."""
GRATICULE_DEG = 5
SIMPLIFIED_DEG = 0.01
"""Of ways and shores: under a unit of the map."""
NAME_SIZE = 14.0
BRANCH_COLOURS = ("#CC79A7", "#56B4E9", "#F0E442", "#009E73")
"""Of the bands under the legs; each branch has its letter too."""
WIDEST_BAND, BAND_STEP, NARROWEST_BAND = 17.0, 5.0, 4.0
PUBLISHED, BEHIND = Symbol("#000000", marker="diamond"), Symbol("#ffffff", marker="diamond")
ROW, HEAD = 48.0, 10.0
CHART_WIDTH, CHART_LEFT, CHART_RIGHT = 1000.0, 14.0, 30.0
MAX_LETTERS, LETTER_RADIUS = 3, 9.0


def branches_of(paths: gpd.GeoDataFrame) -> list[str]:
    """The branches in their order."""
    return list(dict.fromkeys(paths["branch"]))


def letter_of(number: int) -> str:
    """The letter of a branch."""
    return chr(ord("A") + number % 26)


def whole_svg(layers: Layers) -> ET.Element:
    """Nodes and legs from end to end, the branches as bands under their legs; a box where the crossing is."""
    nodes, legs = layers["network_nodes"], layers["network_legs"]
    return _network_svg("network-map", layers, bounds_of(nodes, legs), crossing_bounds(legs))


def crossing_svg(layers: Layers) -> ET.Element | None:
    """The same where the subsea legs are, larger and with all names; None without any."""
    bounds = crossing_bounds(layers["network_legs"])
    return None if bounds is None else _network_svg("crossing-map", layers, bounds, None)


def crossing_bounds(legs: gpd.GeoDataFrame) -> NDArray[np.float64] | None:
    """West, south, east and north of the subsea legs, with a margin."""
    subsea = legs[legs["kind"] == "subsea"]
    if not len(subsea):
        return None
    return widened(subsea.total_bounds + np.array([-1, -1, 1, 1]) * CROSSING_MARGIN_DEG, CROSSING_HEIGHT)


def _network_svg(name: str, layers: Layers, bounds: NDArray[np.float64], box: NDArray[np.float64] | None) -> ET.Element:
    """Nodes and legs inside bounds (west, south, east, north).

    ``box``: what another map shows larger; a name in it that finds no place of its own is left to that map.
    """
    nodes, legs, paths = (layers[layer] for layer in ("network_nodes", "network_legs", "network_paths"))
    frame = Mercator(*(float(value) for value in bounds))
    root = sea_svg(name, told(nodes, legs, paths), frame, layers, look="network", simplified_deg=SIMPLIFIED_DEG)
    seen = shapely.box(*bounds)
    taken = draw_graticule(root, frame)
    _draw_bands(element(root, "g", class_="bands"), frame, legs, paths)
    draw_legs(element(root, "g", class_="legs"), frame, legs)
    if box is not None:
        (left, bottom), (right, top) = frame.units(box.reshape(2, 2))
        element(
            root, "rect", x=f"{left:.1f}", y=f"{top:.1f}", width=f"{right - left:.1f}", height=f"{bottom - top:.1f}",
            class_="inset",
        )  # fmt: skip
    inside = nodes[nodes.geometry.intersects(seen)]
    places = frame.units(shapely.get_coordinates(inside.geometry))
    taken += _draw_letters(element(root, "g", class_="letters"), frame, legs, paths, places)
    elsewhere = inside.geometry.intersects(shapely.Polygon() if box is None else shapely.box(*box))
    draw_nodes(element(root, "g", class_="nodes"), inside, places)
    names, whole = [str(name) for name in inside["name"]], Box(4, 4, frame.width - 4, frame.height - 4)
    placed = place_names(places, names, NAME_SIZE, whole, places_on(frame, legs), taken)
    shown = [
        one for one, other in zip(placed, elsewhere, strict=True) if not other or (one.is_clear and not one.is_far)
    ]
    draw_names(element(root, "g", class_="names"), shown, NAME_SIZE)
    return root


def bounds_of(nodes: gpd.GeoDataFrame, legs: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """West, south, east and north of all nodes and legs, with a margin."""
    bounds = np.array([data.total_bounds for data in (nodes, legs) if len(data)])
    return np.concatenate([bounds[:, :2].min(axis=0) - MARGIN_DEG, bounds[:, 2:].max(axis=0) + MARGIN_DEG])


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
    step = GRATICULE_DEG if frame.east_deg - frame.west_deg > 3 * GRATICULE_DEG else 1
    for lon in range(-180, 181, step):
        if frame.west_deg < lon < frame.east_deg:
            x = float(frame.units([lon, frame.south_deg])[0])
            element(group, "line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=0, y2=f"{frame.height:.1f}", class_="grid")
            name = f"{abs(lon)}°{' E' if lon > 0 else ' W' if lon < 0 else ''}"
            y = frame.height - 6
            if not 60 < x < frame.width - 24:  # there it would be cut, or lie on that of a parallel
                continue
            element(group, "text", name, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor="middle", class_="tick")
            boxes.append(Box(x - 24, y - 13, x + 24, y + 4))
    for lat in range(-90, 91, step):
        if frame.south_deg < lat < frame.north_deg:
            y = float(frame.units([frame.west_deg, lat])[1])
            element(group, "line", x1=0, x2=f"{frame.width:g}", y1=f"{y:.1f}", y2=f"{y:.1f}", class_="grid")
            name = f"{abs(lat)}°{' N' if lat > 0 else ' S' if lat < 0 else ''}"
            if y < 20:
                continue
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


def _draw_bands(group: ET.Element, frame: Mercator, legs: gpd.GeoDataFrame, paths: gpd.GeoDataFrame) -> None:
    """A band under the legs of each branch."""
    shapes = dict(zip(legs["leg_id"], legs.geometry, strict=True))
    for number, (branch, names) in enumerate(legs_by_branch(paths).items()):
        lines = [path for name in names for path in lines_of(shapes[name].simplify(SIMPLIFIED_DEG), frame, 1)]
        band = element(
            group, "path", d="".join(lines), fill="none", stroke=colour_of_branch(number),
            stroke_width=f"{width_of_band(number):g}", class_="band", data_branch=branch,
        )  # fmt: skip
        element(band, "title", f"{letter_of(number)}: {branch}")


def draw_legs(group: ET.Element, frame: Mercator, legs: gpd.GeoDataFrame) -> None:
    """The legs by their kinds; those that no path uses are thin."""
    for row in legs.itertuples():
        symbol = symbol_of("network_legs", row.kind)
        used = isinstance(row.paths, str)
        for path in lines_of(row.geometry.simplify(SIMPLIFIED_DEG), frame, 1):
            line = element(
                group, "path", d=path, fill="none", stroke=symbol.colour, stroke_width=2.2 if used else 1.1,
                class_=f"line {symbol.dash}", data_leg=row.leg_id,
            )  # fmt: skip
            element(line, "title", leg_told(row))


def _draw_letters(
    group: ET.Element,
    frame: Mercator,
    legs: gpd.GeoDataFrame,
    paths: gpd.GeoDataFrame,
    nodes: NDArray[np.float64],
) -> list[Box]:
    """The letter of each branch in a circle on its longest legs, those that no other branch uses first; their boxes.

    ``nodes``: their places in units, which letters keep clear of.
    """
    shapes = dict(zip(legs["leg_id"], legs.geometry, strict=True))
    by_branch = legs_by_branch(paths)
    boxes = [Box(x - 12, y - 12, x + 12, y + 12) for x, y in nodes]
    first = len(boxes)
    for number, (branch, names) in enumerate(by_branch.items()):
        others = {leg for other, theirs in by_branch.items() if other != branch for leg in theirs}
        drawn = 0
        for leg in sorted(names, key=lambda leg: (leg in others, -shapes[leg].length)):
            box = box_of_letter(frame, shapes[leg], boxes) if drawn < MAX_LETTERS else None
            if box is None:
                continue
            drawn += 1
            boxes.append(box)
            x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
            looks: dict[str, Any] = {"r": LETTER_RADIUS, "fill": colour_of_branch(number), "stroke": "#111111"}
            circle = element(group, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", **looks)
            element(circle, "title", branch)
            letter = letter_of(number)
            element(group, "text", letter, x=f"{x:.1f}", y=f"{y + 4.5:.1f}", text_anchor="middle", class_="letter")
    return boxes[first:]


def box_of_letter(frame: Mercator, shape: Any, taken: Sequence[Box]) -> Box | None:
    """Where a letter stands on a leg, inside the map and on nothing else; None where there is no such place."""
    for share in (0.5, 0.4, 0.6, 0.3, 0.7):
        x, y = frame.units(shapely.get_coordinates(shape.interpolate(share, normalized=True))[0])
        box = Box(x - LETTER_RADIUS, y - LETTER_RADIUS, x + LETTER_RADIUS, y + LETTER_RADIUS)
        is_inside = box.left > 0 and box.top > 0 and box.right < frame.width and box.bottom < frame.height
        if is_inside and not any(box.meets(other) for other in taken):
            return box
    return None


def draw_nodes(group: ET.Element, nodes: gpd.GeoDataFrame, places: NDArray[np.float64]) -> None:
    """A mark of its kind at each node."""
    for row, place in zip(nodes.itertuples(), places, strict=True):
        title = f"{row.name}, {row.country}: {symbol_label('network_nodes', row.kind)}"
        draw_mark(group, place, symbol_of("network_nodes", row.kind), 5.5, title=title)


def places_on(frame: Mercator, legs: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Places along all legs, close enough that a name does not slip between them."""
    lines = [frame.units(shapely.get_coordinates(shape.segmentize(0.1))) for shape in legs.geometry]
    return np.vstack([np.empty((0, 2)), *lines])


def whole_keys(layers: Layers) -> tuple[Key, ...]:
    """What the map shows: kinds of legs and of nodes, and the branches."""
    nodes, legs, paths = (layers[name] for name in ("network_nodes", "network_legs", "network_paths"))
    kinds = categories_in("network_legs", legs["kind"])
    marks = categories_in("network_nodes", nodes["kind"])
    words = {"railway": "along a railway", "highway": "along a highway", "given": "published length, straight line"}
    return (
        *(key_of_line(words.get(one.value, one.label), one.symbol.colour, one.symbol.dash) for one in kinds),
        *(key_of_mark(one.label, one.symbol) for one in marks),
        *(
            key_of_line(
                f"{letter_of(number)}: {branch}", colour_of_branch(number), "solid", width_of_band(number) * 0.7
            )
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
    root = chart(
        "path-lengths", "Lengths of the paths by kind; the table below says the same", CHART_WIDTH, bottom + 46
    )
    draw_x_axis(root, x, HEAD, bottom, "length, km", 8)
    for number, row in enumerate(rows):
        top = HEAD + ROW * number + 22
        element(root, "text", row["name"], x=CHART_LEFT + 4, y=f"{top - 6:g}", class_="halo")
        _draw_bar(root, x, row, top)
        for low, high in lengths[row["path_id"]]:
            title = f"published: {low:,.0f} km" if low == high else f"published: {low:,.0f} to {high:,.0f} km"
            middle = top + BAR / 2
            for value in dict.fromkeys((low, high)):
                draw_mark(root, (x.at(value), middle), BEHIND, 12.0)
                draw_mark(root, (x.at(value), middle), PUBLISHED, 8.0, is_hollow=True, title=title)
    return root


def lengths_published(published: Sequence[Mapping[str, Any]], path_id: str) -> list[tuple[float, float]]:
    """From and to of the lengths published of a path."""
    return [
        (row["published"], row["published"] if row["published_to"] is None else row["published_to"])
        for row in published
        if row["quantity"] == "length_km" and row["of"] == path_id
    ]


def _draw_bar(root: ET.Element, x: Scale, row: Mapping[str, Any], top: float) -> None:
    """The kinds of a path one after another, and how far their sum may be off."""
    kinds = [(kind, colour, row[f"{kind}_km"]) for kind, colour, _ in NETWORK_LEG_SYMBOLS]
    parts = [
        Part(
            km, colour, f"{kind}: {km:,.0f} km of {row['length_km']:,.0f} km", (f"{kind} {km:,.0f}", f"{km:,.0f}"), kind
        )
        for kind, colour, km in kinds
        if km and not pd.isna(km)
    ]
    off_km = 0.0 if pd.isna(row["uncertainty_km"]) else row["uncertainty_km"]
    low, high = x.at(row["length_km"] - off_km), x.at(row["length_km"] + off_km)
    bar = element(root, "g", class_="bar", data_path=row["path_id"])
    draw_parts(bar, x, top, parts, free_to=low)
    if off_km:
        whisker = draw_whisker(bar, low, high, top + BAR / 2)
        element(whisker, "title", f"{row['length_km']:,.0f} ± {off_km:,.0f} km")


def length_keys(published: Sequence[Mapping[str, Any]], paths: gpd.GeoDataFrame) -> tuple[Key, ...]:
    """What the chart of lengths shows."""
    kinds = [(kind, colour) for kind, colour, _ in NETWORK_LEG_SYMBOLS if paths[f"{kind}_km"].fillna(0).gt(0).any()]
    found = [key_of_fill(f"{kind}, km", colour) for kind, colour in kinds]
    found.append(key_of_line("how far the length may be off", "#111111", width=1.5))
    if any(lengths_published(published, path_id) for path_id in paths["path_id"]):
        found.append(key_of_mark("published length (REAL)", PUBLISHED, is_hollow=True))
    return tuple(found)
