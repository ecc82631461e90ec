"""Cost-tolerance zones of one system and alternatives beside its route, with what each costs more."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from numpy.typing import NDArray

from transcaspian.core.frames import of_system
from transcaspian.core.grid import Grid
from transcaspian.core.styles import LAND
from transcaspian.report.chart import (
    cropped,
    draw_depth,
    draw_shoreline,
    frame_map,
    literal,
    outline_of,
    small_print,
    stretch_of,
)
from transcaspian.report.png import save_png

DPI = 160
MAP_WIDTH_IN, MAP_HEIGHT_IN, MIN_HEIGHT_IN = 5.8, 6.6, 3.2
LEFT_IN, LEGEND_IN, HEAD_IN, FOOT_IN = 0.75, 2.4, 0.6, 1.5
MARGIN_DEG = 0.25
TITLE_LETTERS_PER_INCH = 7.5
SHADES = ("#00441b", "#238b45", "#66c2a4", "#b2e2e2")
"""Of zones from the narrowest limit on; told apart by lightness alone."""
LINE_STYLES = ((0, (6, 2)), (0, (2, 1.5)), (0, (8, 2, 2, 2)), (0, (1, 1)))


def draw_alternatives_figure(
    to: Path | BinaryIO,
    *,
    system_id: str,
    grid: Grid,
    depth_m: NDArray[np.float32],
    layers: Mapping[str, gpd.GeoDataFrame],
    credits: str,
) -> None:
    """Draw the zones and alternatives of a system as PNG; the same values give the same bytes."""
    own = {name: of_system(layers[name], system_id) for name in ("routes", "alternatives", "cost_tolerance_zones")}
    west, south, east, north = extent(own)
    shape = (north - south) * stretch_of(south, north) / (east - west)
    map_width_in = min(MAP_WIDTH_IN, MAP_HEIGHT_IN / shape)
    map_height_in = map_width_in * shape
    width_in, height_in = LEFT_IN + map_width_in + LEGEND_IN, FOOT_IN + max(map_height_in, MIN_HEIGHT_IN) + HEAD_IN
    figure = Figure(figsize=(width_in, height_in), dpi=DPI)
    place = (LEFT_IN / width_in, FOOT_IN / height_in, map_width_in / width_in, map_height_in / height_in)
    axes = figure.add_axes(place)
    axes.set_facecolor(LAND)
    draw_depth(axes, *cropped(grid, depth_m, (west, south, east, north)), opacity=0.55)
    draw_shoreline(axes, layers["coastline"], 2)
    handles = [*draw_lines(axes, own), *draw_zones(axes, own["cost_tolerance_zones"])]
    frame_map(axes, (west, south, east, north))
    beside = ((LEFT_IN + map_width_in + 0.1) / width_in, (FOOT_IN + map_height_in) / height_in)
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=beside, fontsize=8, frameon=False)
    title = literal(f"{own['routes']['name'].iloc[0]}: cost-tolerance zones and alternatives")
    heading = textwrap.fill(title, int(TITLE_LETTERS_PER_INCH * (width_in - LEFT_IN)))
    figure.text(LEFT_IN / width_in, 1 - 0.15 / height_in, heading, fontsize=11.5, fontweight="bold", va="top")
    small_print(figure, credits, LEFT_IN / width_in, 0.1 / height_in, width_in - LEFT_IN - 0.2)
    save_png(figure, to)


def extent(own: Mapping[str, gpd.GeoDataFrame]) -> tuple[float, float, float, float]:
    """All that is drawn, with a margin."""
    bounds = np.array([data.total_bounds for data in own.values() if len(data)])
    west, south = bounds[:, :2].min(axis=0) - MARGIN_DEG
    east, north = bounds[:, 2:].max(axis=0) + MARGIN_DEG
    return float(west), float(south), float(east), float(north)


def draw_zones(axes: Any, zones: gpd.GeoDataFrame) -> list[Any]:
    """Each zone from the widest to the narrowest, one above the other; what the legend says of them."""
    ordered = zones.sort_values("excess_limit")
    handles: list[Any] = []
    for number, row in reversed(list(enumerate(ordered.itertuples()))):
        colour = SHADES[min(number, len(SHADES) - 1)]
        outline = outline_of(row.geometry)
        axes.add_artist(PathPatch(outline, facecolor=colour, alpha=0.35, linewidth=0, zorder=3 - 0.01 * number))
        axes.add_artist(PathPatch(outline, facecolor="none", edgecolor=colour, linewidth=0.7, zorder=3.2))
        size = f"{row.area_km2:,.0f} km², {row.mean_width_km:.0f} km wide"
        label = f"up to {100 * row.excess_limit:g} % over the path:\n{size}"
        handles.insert(0, Patch(facecolor=colour, alpha=0.5, edgecolor=colour, label=label))
    return handles


def draw_lines(axes: Any, own: Mapping[str, gpd.GeoDataFrame]) -> list[Any]:
    """The route and its alternatives; what the legend says of them."""
    handles: list[Any] = []
    for row in own["routes"].itertuples():
        line = shapely.get_coordinates(row.geometry).T
        axes.plot(*line, color="white", linewidth=3.4, zorder=5)
        axes.plot(*line, color="#D55E00", linewidth=2.0, zorder=6)
        handles.append(Line2D([], [], color="#D55E00", linewidth=2, label=f"route: {row.length_km:,.1f} km"))
    for row in own["alternatives"].sort_values("rank").itertuples():
        dashes = LINE_STYLES[(row.rank - 1) % len(LINE_STYLES)]
        axes.plot(*shapely.get_coordinates(row.geometry).T, color="#000000", linestyle=dashes, linewidth=1.3, zorder=5)
        label = f"alternative {row.rank}: {row.length_km:,.1f} km,\ncosts {100 * row.excess:+.2f} %"
        handles.append(Line2D([], [], color="#000000", linestyle=dashes, linewidth=1.3, label=label))
    return handles
