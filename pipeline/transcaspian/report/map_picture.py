"""The map of a run: routes over the depth of the sea, with what they keep away from and where the data comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch, Polygon
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from transcaspian.core.frames import as_alternative, of_system
from transcaspian.core.grid import GEOD, Grid
from transcaspian.core.styles import CORE_STYLES, DEPTH_STOPS, LAND, SHORE, system_colours
from transcaspian.report.chart import (
    CROWDED,
    deepest_of,
    depth_colours,
    draw_depth,
    draw_shoreline,
    drawn_note,
    drawn_of,
    frame_map,
    literal,
    outline_of,
    small_print,
    stretch_of,
    thinned,
)
from transcaspian.report.png import save_png

UNKNOWN = "#ffffff"
MARKERS = {"square": "s", "triangle": "^", "circle": "o", "cross": "X", "diamond": "D", "star": "*"}
HAZARD_MARKS = {
    item.value: (MARKERS[item.symbol.marker], item.symbol.colour, item.label)
    for item in CORE_STYLES["hazards"][0].categories
}
"""Mark, colour and name of each kind."""
CONSTRAINT_MARKS = {
    item.value: (MARKERS[item.symbol.marker], item.symbol.colour, item.label)
    for item in CORE_STYLES["constraints"][0].categories
}
"""As of hazards, of the kinds of constraints."""
NO_GO_COLOUR = CORE_STYLES["no_go"][0].symbol.colour
ALTERNATIVE_DASHES = (0, (5, 2.5))
OTHER_PLAN_DASHES = (0, (6, 1.2))
CONTOURS_M = (50, 200, 500, 800)
LANDING_MARGIN_DEG = 0.9
KP_LABEL_KM = 50.0
KP_TICK_SHARE = 0.022
"""Length of a tick across a route, of the diagonal of all routes."""
INSET = (0.81, 0.60, 0.175, 0.27)
"""Left, bottom, width and height, as shares of the map."""
NAME_WIDTH_DEG, NAME_HEIGHT_DEG = 0.8, 0.15
WIDTH_IN, DPI = 10.0, 160


def draw_map(
    to: Path | BinaryIO,
    *,
    grid: Grid,
    depth_m: NDArray[np.float32],
    layers: Mapping[str, gpd.GeoDataFrame],
    title: str,
    credits: str,
) -> None:
    """Draw the map as PNG; the same values give the same bytes.

    Parameters
    ----------
    grid, depth_m
        Depth below the declared water level, shape ``grid.shape``; NaN is land or unknown.
    layers
        The published layers by name.
    credits
        Small print: water level, resolution, sources.
    """
    notes = (f"{name}: {note}" for name in CROWDED if name in layers and (note := drawn_note(layers, name)))
    credits = "; ".join([*notes, credits])
    layers = {name: drawn_of(layers, name) for name in layers}
    west, south, east, north = extent(grid, layers)
    map_width = 0.80 * WIDTH_IN
    map_height = map_width * (north - south) * stretch_of(south, north) / (east - west)
    height = map_height + 1.6
    figure = Figure(figsize=(WIDTH_IN, height), dpi=DPI)
    axes = figure.add_axes((0.07, 1.15 / height, 0.80, map_height / height))
    axes.set_facecolor(LAND)
    draw_unknown(axes, layers["coastline"])
    _draw_seabed(figure, axes, grid, depth_m)
    draw_shoreline(axes, layers["coastline"], 3)
    draw_zones(axes, layers["cost_tolerance_zones"], layers["routes"])
    draw_cables(axes, layers["cables"])
    draw_hazards(axes, layers["hazards"], layers["no_go"])
    draw_constraints(axes, open_constraints(layers))
    draw_alternatives(axes, layers["alternatives"], layers["routes"])
    draw_routes(axes, layers["routes"], layers["kp_marks"])
    draw_landings(axes, layers["landing_points"])
    axes.grid(color="#ffffff", linewidth=0.4, alpha=0.5)
    frame_map(axes, (west, south, east, north))
    inset(axes, layers["coastline"], (west, south, east, north))
    axes.legend(handles=legend(layers), loc="upper left", fontsize=7.5, framealpha=0.92)
    axes.set_title(literal(title), fontsize=13, loc="left", fontweight="bold")
    small_print(figure, credits, 0.07, 0.12 / height, 0.9 * WIDTH_IN)
    save_png(figure, to)


def extent(grid: Grid, layers: Mapping[str, gpd.GeoDataFrame]) -> tuple[float, float, float, float]:
    """The routes and their alternatives with a margin, inside the grid."""
    routes, alternatives = layers["routes"], layers["alternatives"]
    if not len(routes):
        return grid.bounds
    west, south = np.fmin(routes.total_bounds[:2], alternatives.total_bounds[:2])
    east, north = np.fmax(routes.total_bounds[2:], alternatives.total_bounds[2:])
    margin = LANDING_MARGIN_DEG
    return (
        max(west - margin, grid.west_deg),
        max(south - margin, grid.south_deg),
        min(east + margin, grid.east_deg),
        min(north + margin, grid.north_deg),
    )


def _draw_seabed(figure: Figure, axes: Any, grid: Grid, depth_m: NDArray[np.float32]) -> None:
    """Depth in colour under a light from the north-west, with labelled contours."""
    deepest = deepest_of(depth_m)
    grid, depth_m = thinned(grid, depth_m)
    draw_depth(axes, grid, depth_m)
    levels = [level for level in CONTOURS_M if level < deepest]
    if levels:
        lines = axes.contour(
            grid.lon_deg, grid.lat_deg, depth_m, levels=levels, colors="#08306b", linewidths=0.5, alpha=0.7, zorder=2
        )
        axes.clabel(lines, fmt="%g m", fontsize=7)
    left, bottom, width, height = axes.get_position().bounds
    scale = figure.add_axes((left + width + 0.015, bottom + 0.2 * height, 0.015, 0.6 * height))
    bar = figure.colorbar(ScalarMappable(Normalize(0, deepest), depth_colours(deepest)), cax=scale)
    bar.set_label("water depth below the declared level, m", fontsize=8.5)
    bar.set_ticks([stop for stop, _ in DEPTH_STOPS if stop <= deepest and (stop >= 100 or stop == 0)])
    bar.ax.invert_yaxis()
    bar.ax.tick_params(labelsize=8)


def draw_unknown(axes: Any, coastline: gpd.GeoDataFrame) -> None:
    """All water hatched, below the depths: what stays to be seen has none, and is not land."""
    # areas are artists, not patches: the extent is stated, and to measure a shore takes longer than to draw it
    for polygon in coastline.geometry.explode():
        for ring, colour, hatch in (
            (polygon.exterior, UNKNOWN, "...."),
            *((hole, LAND, "") for hole in polygon.interiors),
        ):
            outline = Polygon(
                shapely.get_coordinates(ring),
                facecolor=colour,
                edgecolor="#999999",
                hatch=hatch,
                linewidth=0,
                zorder=0.5,
            )
            axes.add_artist(outline)


def draw_cables(axes: Any, cables: gpd.GeoDataFrame) -> None:
    """Cables and pipelines that lie there or are planned."""
    for row in cables.itertuples():
        colour, style = ("#444444", (0, (6, 2))) if row.kind == "pipeline" else ("#5e3c99", (0, (1, 1.5)))
        for line in getattr(row.geometry, "geoms", [row.geometry]):
            axes.plot(*np.asarray(line.coords).T[:2], color=colour, linestyle=style, linewidth=0.9, zorder=4)


def draw_hazards(axes: Any, hazards: gpd.GeoDataFrame, no_go: gpd.GeoDataFrame) -> None:
    """No-go areas hatched, the other hazards by a mark of their kind."""
    for area in no_go.geometry.explode():
        outline = Polygon(
            shapely.get_coordinates(area.exterior),
            facecolor="none",
            edgecolor=NO_GO_COLOUR,
            hatch="////",
            linewidth=0.6,
            zorder=5,
        )
        axes.add_artist(outline)
    for row in hazards.itertuples():
        mark, colour, _ = HAZARD_MARKS[row.kind]
        point = row.geometry.representative_point()
        axes.plot(
            point.x, point.y, mark, color=colour, markersize=3.5, markeredgecolor="white", markeredgewidth=0.4, zorder=6
        )


def open_constraints(layers: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame | None:
    """The constraints that close nothing: barriers are among the no-go areas. None: the study has no constraints."""
    constraints = layers.get("constraints")
    return None if constraints is None else constraints[constraints["role"] != "barrier"]


def draw_constraints(axes: Any, constraints: gpd.GeoDataFrame | None) -> None:
    """A mark of its kind at each feature, and lines and edges where it has them."""
    for row in () if constraints is None else constraints.itertuples():
        mark, colour, _ = CONSTRAINT_MARKS[row.kind]
        edges = row.geometry.boundary if shapely.get_dimensions(row.geometry) == 2 else row.geometry
        for line in shapely.get_parts(edges) if shapely.get_dimensions(edges) == 1 else ():
            axes.plot(*shapely.get_coordinates(line).T, color=colour, linewidth=0.7, zorder=5)
        point = row.geometry.representative_point()
        axes.plot(
            point.x, point.y, mark, color=colour, markersize=3.5, markeredgecolor="white", markeredgewidth=0.4, zorder=6
        )


def draw_zones(axes: Any, zones: gpd.GeoDataFrame, routes: gpd.GeoDataFrame) -> None:
    """The widest zone of each system, lightly in the colour of its route; islands stay clear."""
    colour_of = system_colours(routes["system_id"])
    for row in widest(zones).itertuples():
        outline = outline_of(row.geometry)
        colour = colour_of[row.system_id]
        axes.add_artist(PathPatch(outline, facecolor=colour, linewidth=0, alpha=0.13, zorder=3.2))
        axes.add_artist(PathPatch(outline, facecolor="none", edgecolor=colour, linewidth=0.4, alpha=0.5, zorder=3.3))


def widest(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Of each system the zone with the greatest limit."""
    return zones[zones["excess_limit"] == zones["excess_limit"].max()]


def draw_alternatives(axes: Any, alternatives: gpd.GeoDataFrame, routes: gpd.GeoDataFrame) -> None:
    """Alternatives dashed, in the colour of the route they could replace."""
    colour_of = system_colours(routes["system_id"])
    for row in alternatives.itertuples():
        line = shapely.get_coordinates(row.geometry).T
        axes.plot(*line, color=colour_of[row.system_id], linestyle=ALTERNATIVE_DASHES, linewidth=1.0, zorder=6.5)


def draw_routes(axes: Any, routes: gpd.GeoDataFrame, kp_marks: gpd.GeoDataFrame) -> None:
    """Each route in its colour on a white casing, with a tick across it at every KP mark and some of them named."""
    colour_of = system_colours(routes["system_id"])
    west, south, east, north = routes.total_bounds if len(routes) else (0.0, 0.0, 0.0, 0.0)
    tick_m = KP_TICK_SHARE * GEOD.inv(west, south, east, north)[2]
    for row in routes.itertuples():
        colour = colour_of[row.system_id]
        line = np.asarray(getattr(row.geometry, "geoms", [row.geometry])[0].coords).T[:2]
        axes.plot(*line, color="white", linewidth=3.2, zorder=7)
        axes.plot(*line, color=colour, linewidth=1.8, linestyle=dashes_of(row), zorder=8)
        marks = of_system(kp_marks, row.system_id)
        for mark in marks.itertuples():
            named = mark.kp_km % KP_LABEL_KM == 0 and mark.kp_km > 0
            ends = ticks_across(mark.geometry, mark.bearing_deg, tick_m if named else tick_m / 2)
            axes.plot(*ends, color=colour, linewidth=1.2 if named else 0.8, solid_capstyle="butt", zorder=9)
            if named:
                axes.annotate(
                    f"KP {mark.kp_km:.0f}", (mark.geometry.x, mark.geometry.y), xytext=(5, -2),
                    textcoords="offset points", fontsize=6.5, color=colour, zorder=10,
                    path_effects=[withStroke(linewidth=1.6, foreground="white")],
                )  # fmt: skip


def dashes_of(row: Any) -> Any:
    """Of a route: dashed where it is an alternative of another, of which only one is built."""
    return OTHER_PLAN_DASHES if as_alternative(row.alternative_of) else "solid"


def ticks_across(place: Any, bearing_deg: float, length_m: float) -> tuple[list[float], list[float]]:
    """Longitudes and latitudes of the ends of a tick square to a route."""
    ends = [GEOD.fwd(place.x, place.y, bearing_deg + side, length_m / 2)[:2] for side in (-90.0, 90.0)]
    return [lon for lon, _ in ends], [lat for _, lat in ends]


def draw_landings(axes: Any, landings: gpd.GeoDataFrame) -> None:
    """Landing points with their names; of two close together, the western one has its name to the west."""
    for row in landings.itertuples():
        west = has_neighbour_east(row.geometry, landings)
        axes.plot(
            row.geometry.x, row.geometry.y, "D", color="#111111", markersize=5, markeredgecolor="white", zorder=11
        )
        axes.annotate(
            literal(row.name), (row.geometry.x, row.geometry.y), xytext=(-6 if west else 6, 6),
            textcoords="offset points", ha="right" if west else "left", fontsize=9, fontweight="bold", zorder=12,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.75},
        )  # fmt: skip


def has_neighbour_east(place: Any, landings: gpd.GeoDataFrame) -> bool:
    """Whether a name written to the east would run into the next landing's."""
    east, north = landings.geometry.x - place.x, landings.geometry.y - place.y
    return bool(((east > 0) & (east < NAME_WIDTH_DEG) & (north.abs() < NAME_HEIGHT_DEG)).any())


def legend(layers: Mapping[str, gpd.GeoDataFrame]) -> list[Any]:
    """What the lines and marks mean, the routes with their lengths."""
    routes = layers["routes"]
    colour_of = system_colours(routes["system_id"])
    handles: list[Any] = [
        Line2D(
            *([], []),
            color=colour_of[row.system_id],
            linewidth=2,
            linestyle=dashes_of(row),
            label=f"{row.system_id}: {row.length_km:.0f} km{as_alternative(row.alternative_of)}",
        )
        for row in routes.itertuples()
    ]
    if len(layers["alternatives"]):
        apart_km = layers["alternatives"]["min_separation_km"].max()
        label = f"alternatives, {apart_km:g} km off except near the ends"
        handles.append(Line2D([], [], color="#555555", linestyle=ALTERNATIVE_DASHES, linewidth=1, label=label))
    if len(layers["cost_tolerance_zones"]):
        limit = layers["cost_tolerance_zones"]["excess_limit"].max()
        label = f"cost-tolerance zones: lines up to {100 * limit:g} % over the route"
        handles.append(Patch(facecolor="#555555", alpha=0.2, label=label))
    kinds = set(layers["hazards"]["kind"])
    handles += [
        Line2D([], [], marker=mark, color=colour, linestyle="none", markersize=4, label=label)
        for kind, (mark, colour, label) in HAZARD_MARKS.items()
        if kind in kinds
    ]
    constraints = open_constraints(layers)
    handles += [
        Line2D([], [], marker=mark, color=colour, linestyle="none", markersize=4, label=label)
        for kind, (mark, colour, label) in CONSTRAINT_MARKS.items()
        if constraints is not None and kind in set(constraints["kind"])
    ]
    if len(layers["no_go"]):
        handles.append(Patch(facecolor="none", edgecolor=NO_GO_COLOUR, hatch="////", label="no-go with its buffer"))
    if "pipeline" in set(layers["cables"]["kind"]):
        handles.append(Line2D([], [], color="#444444", linestyle=(0, (6, 2)), label="pipeline (approximate)"))
    if "telecom_cable" in set(layers["cables"]["kind"]):
        handles.append(
            Line2D([], [], color="#5e3c99", linestyle=(0, (1, 1.5)), label="cable as published (approximate)")
        )
    handles.append(
        Patch(facecolor=UNKNOWN, edgecolor="#999999", hatch="....", label="no depth: insufficient information")
    )
    return handles


def inset(axes: Any, coastline: gpd.GeoDataFrame, seen: tuple[float, float, float, float]) -> None:
    """The whole water body, with what the map shows of it."""
    if not len(coastline):
        return
    west, south, east, north = coastline.total_bounds
    small = axes.inset_axes(INSET, zorder=14)
    small.set_facecolor(LAND)
    for polygon in coastline.geometry.explode():
        shore = shapely.get_coordinates(polygon.exterior)
        small.add_artist(Polygon(shore, facecolor="#cfe6f5", edgecolor=SHORE, linewidth=0.4))
    left, bottom, right, top = seen
    small.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom], color="#D55E00", linewidth=1.3)
    margin = 0.05 * max(east - west, north - south)
    small.set_xlim(min(west, left) - margin, max(east, right) + margin)
    small.set_ylim(min(south, bottom) - margin, max(north, top) + margin)
    small.set_aspect(stretch_of(south, north))
    small.set_xticks([])
    small.set_yticks([])
