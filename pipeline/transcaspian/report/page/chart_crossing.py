"""Maps of the crossing itself: routes planned together, a branch to a third landing, where sampled routes go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.grid import Grid
from transcaspian.core.styles import LAND, PROBABILITY_STOPS, STYLES, Dash, Symbol, rgb_at, system_colours
from transcaspian.report.page.chart_map import (
    Layers,
    Mercator,
    draw_surface,
    lines_of,
    symbol_label,
    symbol_of,
    widened,
)
from transcaspian.report.page.parts import Key, draw_mark, key_of_fill, key_of_line, key_of_mark
from transcaspian.report.page.placing import Box, draw_names, place_names
from transcaspian.report.page.svg import element

WIDTH = 480.0
MOST_HEIGHT = 1.3
"""Of a map, in its widths."""
MARGIN_DEG = 0.35
SIMPLIFIED_DEG = 0.004
NAME_SIZE = 14.0
LANDING = Symbol("#111111", marker="diamond")
SHARES = (0.05, 0.25, 0.5, 1.0)
"""Of the legend of a heat map."""
DASHES: tuple[Dash, ...] = ("solid", "dash", "dot")
SAME_PLACE_DEG = 0.01

Lonlat = tuple[float, float] | NDArray[np.float64]


def sea_svg(name: str, told: str, bounds: NDArray[np.float64], layers: Layers) -> tuple[ET.Element, Mercator]:
    """A map of land and water inside bounds (west, south, east, north), and its frame."""
    west, south, east, north = (float(value) for value in bounds)
    frame = Mercator(west, south, east, north, WIDTH)
    root = element(
        None, "svg", viewBox=f"0 0 {WIDTH:g} {frame.height:.1f}", role="img", class_="crossing", id=name,
        aria_labelledby=f"{name}-title",
    )  # fmt: skip
    element(root, "title", told, id=f"{name}-title")
    element(root, "rect", x=0, y=0, width=f"{WIDTH:g}", height=f"{frame.height:.1f}", fill=LAND)
    seen = shapely.box(*bounds).buffer(1.0)  # so that its edge is not drawn
    for shape in layers["coastline"].geometry:
        for path in lines_of(shapely.intersection(shape.simplify(SIMPLIFIED_DEG), seen), frame, 1):
            element(root, "path", d=path, class_="line water shore")
    return root, frame


def bounds_of(*shown: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """West, south, east and north of what is shown, with a margin, and wide enough not to be a tall strip."""
    bounds = np.array([data.total_bounds for data in shown if len(data)])
    south_west, north_east = bounds[:, :2].min(axis=0) - MARGIN_DEG, bounds[:, 2:].max(axis=0) + MARGIN_DEG
    return widened([*south_west, *north_east], MOST_HEIGHT)


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
    for name, (x, y) in zip(inside, places, strict=True):
        draw_mark(group, x, y, LANDING, 6.0, title=name)
    along = [frame.units(shapely.get_coordinates(shapely.segmentize(line, 0.03))) for line in lines]
    whole = Box(2, 2, WIDTH - 2, frame.height - 2)
    placed = place_names(places, list(inside), NAME_SIZE, whole, np.vstack([np.empty((0, 2)), *along]))
    draw_names(element(root, "g", class_="names"), placed, NAME_SIZE)


def landings_of(layers: Layers) -> dict[str, Lonlat]:
    """The landings of the run by their names."""
    data = layers["landing_points"]
    return {str(row.name): (row.geometry.x, row.geometry.y) for row in data.itertuples(index=False)}


def joint_svg(layers: Layers, system_ids: Sequence[str]) -> ET.Element:
    """Routes planned together: the chosen ones, the others of the curve thin, and what one event could do to both."""
    routes, shared = layers["design_routes"], layers["shared_hazards"]
    chosen, others = routes[routes["chosen"].fillna(False)], routes[~routes["chosen"].fillna(False)]
    names = ", ".join(system_ids)
    root, frame = sea_svg("joint-map", f"Map of {names} planned together", bounds_of(routes), layers)
    colours = system_colours(list(dict.fromkeys(routes["system_id"])))
    group = element(root, "g", class_="shared")
    for row in shared.itertuples():
        looks = {"stroke": symbol_of("shared_hazards", row.kind).colour, "stroke_width": 9, "stroke_opacity": 0.4}
        title = f"{row.system_id} with {row.other_system_id}: {symbol_label('shared_hazards', row.kind)}, "
        draw_line(group, frame, row.geometry, f"{title}{row.length_km:,.1f} km", class_="line", **looks)
    group = element(root, "g", class_="other-points")
    for row in others.itertuples():
        title = f"{row.system_id}, {row.separation_asked_km:g} km asked for: {row.length_km:,.1f} km"
        looks = {"stroke": colours[row.system_id], "stroke_width": 0.9}
        draw_line(group, frame, row.geometry, title, class_="line", **looks)
    group = element(root, "g", class_="chosen")
    for number, row in enumerate(chosen.itertuples()):
        looks = {"stroke": colours[row.system_id], "stroke_width": 2.8}
        title = f"{row.system_id}: {row.length_km:,.1f} km"
        draw_line(group, frame, row.geometry, title, class_=f"line {DASHES[number % 3]}", **looks)
    draw_landings(root, frame, landings_at_ends(layers, routes), list(chosen.geometry))
    return root


def joint_keys(layers: Layers) -> tuple[Key, ...]:
    """What the map of routes planned together shows."""
    routes, shared = layers["design_routes"], layers["shared_hazards"]
    colours = system_colours(list(dict.fromkeys(routes["system_id"])))
    kinds = [one for one in STYLES["shared_hazards"][0].categories if one.value in set(shared["kind"])]
    chosen = list(routes[routes["chosen"].fillna(False)]["system_id"])
    return (
        *(
            key_of_line(f"{system_id}, as planned", colours[system_id], DASHES[number % 3], 2.8)
            for number, system_id in enumerate(chosen)
        ),
        key_of_line("the same for other separations", "#666666", width=0.9),
        *(key_of_line(f"{one.label} could reach both", one.symbol.colour, width=9, opacity=0.4) for one in kinds),
        key_of_mark("landing", LANDING),
    )


def branch_svg(layers: Layers, names: Mapping[str, str]) -> ET.Element:
    """The ways of joining a third landing, and their units; ``names``: of the landings, by their ids."""
    legs, units = layers["branch_legs"], layers["branching_units"]
    root, frame = sea_svg("branch-map", "Map of the ways of joining a third landing", bounds_of(legs), layers)
    group = element(root, "g", class_="legs")
    for way in ("separate", "on the trunk", "best place"):
        for row in legs[legs["way"] == way].itertuples():
            symbol = symbol_of("branch_legs", way)
            title = f"{way}: {row.from_place} to {row.to_landing}, {row.length_km:,.1f} km"
            looks = {"stroke": symbol.colour, "stroke_width": 2.4}
            draw_line(group, frame, row.geometry, title, class_=f"line {symbol.dash}", **looks)
    for row in units.itertuples():
        x, y = frame.units([row.geometry.x, row.geometry.y])
        draw_mark(root, x, y, symbol_of("branching_units", row.way), 8.0, title=f"branching unit, {row.way}")
    ends = {
        names.get(row.to_landing, row.to_landing): shapely.get_coordinates(row.geometry)[-1]
        for row in legs.itertuples()
    }
    draw_landings(root, frame, ends, list(legs.geometry))
    return root


def branch_keys(layers: Layers) -> tuple[Key, ...]:
    """What the map of the branch shows."""
    ways, units = set(layers["branch_legs"]["way"]), set(layers["branching_units"]["way"])
    return (
        *(
            key_of_line(one.label, one.symbol.colour, one.symbol.dash)
            for one in STYLES["branch_legs"][0].categories
            if one.value in ways
        ),
        *(
            key_of_mark(f"branching unit {one.label}", one.symbol)
            for one in STYLES["branching_units"][0].categories
            if one.value in units
        ),
        key_of_mark("landing", LANDING),
    )


def heat_svg(
    system_id: str, number: int, share: NDArray[np.float32], grid: Grid, layers: Layers, told: str
) -> ET.Element:
    """Where the sampled routes of a system go, its route above them, its alternatives dashed."""
    ranks = layers["rank_acceptability"]
    own = ranks[ranks["system_id"] == system_id]
    part, window = window_of(grid, share, own)
    root, frame = sea_svg(f"heat-{number}", told, np.array(part.bounds), layers)
    seen = np.where(window > 0, window, np.nan).astype(np.float32)
    draw_surface(element(root, "g", class_="heat"), frame, part, seen, PROBABILITY_STOPS)
    group = element(root, "g", class_="lines")
    for row in own.itertuples():
        looks = {"stroke": "#000000", "stroke_width": 1.8 if row.candidate == "route" else 1.1}
        dash = "solid" if row.candidate == "route" else "dash"
        draw_line(group, frame, row.geometry, f"{row.candidate} of {system_id}", class_=f"line {dash}", **looks)
    draw_landings(root, frame, landings_at_ends(layers, own), list(own.geometry))
    return root


def landings_at_ends(layers: Layers, lines: gpd.GeoDataFrame) -> dict[str, Lonlat]:
    """The landings where lines begin or end."""
    ends = np.vstack([np.empty((0, 2)), *(shapely.get_coordinates(one)[[0, -1]] for one in lines.geometry)])
    return {
        name: place
        for name, place in landings_of(layers).items()
        if (np.abs(ends - np.asarray(place)).max(axis=1) < SAME_PLACE_DEG).any()
    }


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
            for share in SHARES
        ),
        key_of_line("route", "#000000", width=1.8),
        key_of_line("alternative", "#000000", "dash", 1.1),
    )
