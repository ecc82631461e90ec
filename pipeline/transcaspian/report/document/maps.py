"""Maps that a desktop study has and a run does not: one around each landing, and one for each theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch

from transcaspian.core.frames import of_system
from transcaspian.core.styles import LAND, SHORE, system_colours
from transcaspian.report.chart import cropped, draw_depth, frame_map, literal, outline_of, stretch_of
from transcaspian.report.document.desk_study import DeskStudy
from transcaspian.report.map_picture import (
    CONSTRAINT_MARKS,
    HAZARD_MARKS,
    draw_cables,
    draw_constraints,
    draw_hazards,
    draw_landings,
    draw_routes,
    open_constraints,
)
from transcaspian.report.page.landing_map import frame_around
from transcaspian.report.png import save_png

WIDTH_IN, DPI, MAX_HEIGHT_IN = 7.0, 150, 7.6
LANDING_WIDTH_IN = 5.6
MARGIN_DEG = 0.5
NEAR_CONTOURS_M = (5, 10, 15, 20, 30, 50, 100, 200)
WATER = "#eef5fb"
Bounds = tuple[float, float, float, float]


def landing_map(study: DeskStudy, sheet: Mapping[str, Any]) -> Path:
    """The map around a landing: shoreline, depths, route, positions of its list, neighbours, waterlines.

    Parameters
    ----------
    sheet
        A row of the layer ``landing_sheets``.
    """
    around = frame_around(sheet["geometry"])
    bounds = around.west_deg, around.south_deg, around.east_deg, around.north_deg
    figure, axes = framed(study, bounds, LANDING_WIDTH_IN)
    contours(axes, study, bounds)
    near = study.rows("landing_neighbours")
    for row in near[near["sheet_id"] == sheet["sheet_id"]].itertuples():
        _draw_shape(axes, row.geometry, "#7a0177")
    for row in of_system(study.rows("routes"), sheet["system_id"]).itertuples():
        _draw_shape(axes, row.geometry, system_colours(study.rows("routes")["system_id"])[row.system_id], 1.8)
    draw_list(axes, study.rows("rpl_points", sheet["system_id"]), bounds)
    axes.plot(sheet["geometry"].x, sheet["geometry"].y, "D", color="#111111", markersize=7, zorder=12)
    handles = [
        Line2D([], [], marker="D", color="#111111", linestyle="none", label=f"{sheet['name']}: beach manhole"),
        Line2D([], [], marker="o", color="#111111", linestyle="none", markersize=3, label="positions of the list"),
    ]
    axes.legend(handles=handles, loc="upper left", fontsize=7, framealpha=0.92)
    frame_map(axes, bounds)
    return saved(study, f"landing_{sheet['system_id']}_{sheet['landing_id']}", figure)


def theme_map(study: DeskStudy, name: str, kinds: Sequence[str], *, with_cables: bool = False) -> Path:
    """The routes over the depth of the sea, with the hazards and constraints of some kinds."""
    bounds = around_routes(study)
    figure, axes = framed(study, bounds, WIDTH_IN)
    layers = study.page.layers
    handles = []
    if with_cables:
        draw_cables(axes, study.rows("cables"))
    shown = {layer: of_kinds(study.rows(layer), kinds) for layer in ("hazards", "no_go")}
    draw_hazards(axes, shown["hazards"], shown["no_go"])
    constraints = open_constraints(layers)
    if constraints is not None:
        draw_constraints(axes, of_kinds(constraints, kinds))
    draw_routes(axes, layers["routes"], layers["kp_marks"])
    draw_landings(axes, layers["landing_points"])
    there = {*shown["hazards"]["kind"], *(() if constraints is None else of_kinds(constraints, kinds)["kind"])}
    for kind, (mark, colour, label) in (HAZARD_MARKS | CONSTRAINT_MARKS).items():
        if kind in there:
            handles.append(Line2D([], [], marker=mark, color=colour, linestyle="none", markersize=4, label=label))
    if handles:
        axes.legend(handles=handles, loc="upper left", fontsize=7, framealpha=0.92)
    frame_map(axes, bounds)
    return saved(study, name, figure)


def of_kinds(rows: gpd.GeoDataFrame, kinds: Sequence[str]) -> gpd.GeoDataFrame:
    """The rows of some kinds."""
    return rows[rows["kind"].isin(kinds)] if len(rows) else rows


def around_routes(study: DeskStudy) -> Bounds:
    """All routes with a margin, inside the grid."""
    west, south, east, north = study.rows("routes").total_bounds
    grid = study.page.grid.bounds
    return (
        max(west - MARGIN_DEG, grid[0]),
        max(south - MARGIN_DEG, grid[1]),
        min(east + MARGIN_DEG, grid[2]),
        min(north + MARGIN_DEG, grid[3]),
    )


def framed(study: DeskStudy, bounds: Bounds, width_in: float) -> tuple[Figure, Any]:
    """A figure with land, water and depth in a frame."""
    west, south, east, north = bounds
    shape = (north - south) * stretch_of(south, north) / (east - west)
    width_in = min(width_in, MAX_HEIGHT_IN / shape)
    figure = Figure(figsize=(width_in, width_in * shape * 0.9 + 0.4), dpi=DPI)
    axes = figure.add_axes((0.08, 0.07, 0.9, 0.91))
    axes.set_facecolor(LAND)
    for area in study.rows("coastline").geometry:
        water = shapely.clip_by_rect(area, west - 0.1, south - 0.1, east + 0.1, north + 0.1)
        if not water.is_empty and shapely.get_dimensions(water) == 2:
            outline = outline_of(water)
            axes.add_patch(PathPatch(outline, facecolor=WATER, linewidth=0, zorder=0.5))
            axes.add_patch(PathPatch(outline, facecolor="none", edgecolor=SHORE, linewidth=0.6, zorder=3))
    grid, depth_m = cropped(study.page.grid, study.depth_m, bounds)
    if np.isfinite(depth_m).any():
        draw_depth(axes, grid, depth_m)
    return figure, axes


def contours(axes: Any, study: DeskStudy, bounds: Bounds) -> None:
    """Depth contours with their depths, as far as the grid has them."""
    grid, depth_m = cropped(study.page.grid, study.depth_m, bounds)
    if min(grid.shape) < 2 or not np.isfinite(depth_m).any():
        return
    levels = [level for level in NEAR_CONTOURS_M if np.nanmin(depth_m) < level < np.nanmax(depth_m)]
    if levels:
        lines = axes.contour(
            grid.lon_deg, grid.lat_deg, depth_m, levels=levels, colors="#08306b", linewidths=0.5, alpha=0.7, zorder=2
        )
        axes.clabel(lines, fmt="%g m", fontsize=6.5)


def _draw_shape(axes: Any, shape: Any, colour: str, width: float = 1.0) -> None:
    """A line, the edge of an area, or a point."""
    if shape.geom_type == "Point":
        axes.plot(shape.x, shape.y, "X", color=colour, markersize=5, markeredgecolor="white", zorder=7)
        return
    lines = shape.boundary if shapely.get_dimensions(shape) == 2 else shape
    for line in shapely.get_parts(lines):
        axes.plot(*shapely.get_coordinates(line).T, color=colour, linewidth=width, zorder=6)


def draw_list(axes: Any, positions: gpd.GeoDataFrame, bounds: Bounds) -> None:
    """Positions of the list inside of the map, with their events."""
    west, south, east, north = bounds
    for row in positions.itertuples():
        inside = west < row.geometry.x < east and south < row.geometry.y < north
        if inside and isinstance(row.Event, str) and row.Event:
            axes.plot(row.geometry.x, row.geometry.y, "o", color="#111111", markersize=3, zorder=11)
            axes.annotate(
                literal(row.Event), (row.geometry.x, row.geometry.y), xytext=(4, 3), textcoords="offset points",
                fontsize=6.5, zorder=11,
            )  # fmt: skip


def saved(study: DeskStudy, name: str, figure: Figure) -> Path:
    """Where the picture stands."""
    path = study.drawn / f"{name}.png"
    save_png(figure, path)
    return path
