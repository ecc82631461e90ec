"""Systems planned together on a map, their cost against separation, and the ways of joining a third landing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import shapely

from transcaspian.core.styles import Symbol, system_colours
from transcaspian.core.svg import element
from transcaspian.report.page.chart_map import Layers, categories_in, symbol_label, symbol_of
from transcaspian.report.page.chart_points import KNEE, POINT, ChartPoint, points_svg
from transcaspian.report.page.parts import Key, draw_mark, key_of_line, key_of_mark
from transcaspian.report.page.sea_map import (
    DASHES,
    draw_landings,
    draw_line,
    frame_around,
    landing_key,
    landings_at_ends,
    sea_svg,
)

CHOSEN = Symbol("#D55E00", marker="star")


def joint_svg(layers: Layers, system_ids: Sequence[str]) -> ET.Element:
    """Routes planned together: the chosen ones, the others of the curve thin, and what one event could do to both."""
    routes, shared = layers["design_routes"], layers["shared_hazards"]
    chosen, others = routes[routes["chosen"].fillna(False)], routes[~routes["chosen"].fillna(False)]
    names = ", ".join(system_ids)
    frame = frame_around(routes)
    root = sea_svg("joint-map", f"Map of {names} planned together", frame, layers)
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
    kinds = categories_in("shared_hazards", shared["kind"])
    chosen = list(routes[routes["chosen"].fillna(False)]["system_id"])
    return (
        *(
            key_of_line(f"{system_id}, as planned", colours[system_id], DASHES[number % 3], 2.8)
            for number, system_id in enumerate(chosen)
        ),
        key_of_line("the same for other separations", "#666666", width=0.9),
        *(key_of_line(f"{one.label} could reach both", one.symbol.colour, width=9, opacity=0.4) for one in kinds),
        landing_key(),
    )


def branch_svg(layers: Layers, names: Mapping[str, str]) -> ET.Element:
    """The ways of joining a third landing, and their units; ``names``: of the landings, by their ids."""
    legs, units = layers["branch_legs"], layers["branching_units"]
    frame = frame_around(legs)
    root = sea_svg("branch-map", "Map of the ways of joining a third landing", frame, layers)
    group = element(root, "g", class_="legs")
    for way in ("separate", "on the trunk", "best place"):
        for row in legs[legs["way"] == way].itertuples():
            symbol = symbol_of("branch_legs", way)
            title = f"{way}: {row.from_place} to {row.to_landing}, {row.length_km:,.1f} km"
            looks = {"stroke": symbol.colour, "stroke_width": 2.4}
            draw_line(group, frame, row.geometry, title, class_=f"line {symbol.dash}", **looks)
    for row in units.itertuples():
        place = frame.units([row.geometry.x, row.geometry.y])
        draw_mark(root, place, symbol_of("branching_units", row.way), 8.0, title=f"branching unit, {row.way}")
    ends = {
        names.get(row.to_landing, row.to_landing): shapely.get_coordinates(row.geometry)[-1]
        for row in legs.itertuples()
    }
    draw_landings(root, frame, ends, list(legs.geometry))
    return root


def branch_keys(layers: Layers) -> tuple[Key, ...]:
    """What the map of the branch shows."""
    ways = categories_in("branch_legs", layers["branch_legs"]["way"])
    units = categories_in("branching_units", layers["branching_units"]["way"])
    return (
        *(key_of_line(one.label, one.symbol.colour, one.symbol.dash) for one in ways),
        *(key_of_mark(f"branching unit {one.label}", one.symbol) for one in units),
        landing_key(),
    )


def curve_svg(figures: Mapping[str, Any]) -> ET.Element:
    """Cost of all systems against the separation that they reach; each point named by the separation asked for."""
    reached = [one for one in figures["curve"] if one["separation_reached_km"] is not None]
    return points_svg(
        "separation-curve",
        "Cost of all systems together against their least separation; the table below says the same",
        ("least separation reached outside the landing zones, km", "cost of all systems, km of clear seabed"),
        [curve_point(one, figures) for one in reached],
    )


def curve_point(point: Mapping[str, Any], figures: Mapping[str, Any]) -> ChartPoint:
    """A plan as a point of the curve."""
    is_chosen, is_knee = point["point_id"] == figures["chosen"], point["point_id"] == figures["knee"]
    km = point["separation_asked_km"]
    asked = f"{km:g} km asked for" if km else "each for itself"
    return ChartPoint(
        point["point_id"],
        point["separation_reached_km"],
        point["cost_km"],
        CHOSEN if is_chosen else KNEE if is_knee else POINT,
        f"{asked}: reached {point['separation_reached_km']:.1f} km, costs {point['cost_km']:,.1f} km of clear seabed, "
        f"{point['excess']:.2%} over each for itself",
        ", ".join([asked, *(["chosen"] * is_chosen), *(["knee"] * is_knee)]),
        radius=9.0 if is_chosen else 6.0,
    )


def curve_keys() -> tuple[Key, ...]:
    """What the curve shows."""
    return (
        key_of_mark("plan", POINT),
        key_of_mark("chosen: keeps the study's least separation at the least cost", CHOSEN),
        key_of_mark("knee, where another is chosen", KNEE),
    )
