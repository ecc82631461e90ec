"""What several pictures draw the same way: depth under a light, scale bar, north arrow, texts as they are."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from transcaspian.core.geodesy import METRES_PER_DEGREE, window_around
from transcaspian.core.grid import GEOD, Grid
from transcaspian.core.styles import DEPTH_STOPS, SHORE, rgb_at
from transcaspian.engineering import Profile

LIGHT_FROM_DEG, LIGHT_ABOVE_DEG = 315.0, 45.0
EXAGGERATION = 25.0
"""Of heights for the light: the slopes of a sea are too gentle to be seen as they are."""
SHADE = 0.8
"""How much brighter what faces the light is, and how much darker what turns away."""
MAX_DRAWN = 2000
"""Features of a layer of `CROWDED` on a map; more could not be told apart."""
CROWDED = ("cables", "hazards", "constraints")
MAX_CELLS = 2000
"""To a side of a picture of depth: no page shows more."""
SHADED_ROWS = 256
"""How many rows are shaded at once: all of a fine grid would take a hundred bytes a cell."""
LETTERS_PER_INCH = 19.5
"""Of the small print."""
FLOOR = 1.08
"""Where a picture of a profile ends, of the greatest depth."""
BAR_STEPS_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500)


def literal(text: str) -> str:
    """Text that is drawn as it stands: a dollar sign begins no formula, and there are no control characters."""
    return "".join(character if character.isprintable() else " " for character in text).replace("$", r"\$")


def small_print(figure: Figure, text: str, left: float, bottom: float, width_in: float) -> None:
    """The sources, at the foot of a picture, as many letters a line as there is room for."""
    letters = int(width_in * LETTERS_PER_INCH)
    figure.text(
        left, bottom, textwrap.fill(literal(text), letters), fontsize=6.6, color="#444444", va="bottom", linespacing=1.1
    )


def deepest_of(depth_m: NDArray[np.float32]) -> float:
    """The greatest depth, at least 1: so that there is a scale where none is known, too."""
    return max(float(np.nanmax(depth_m)), 1.0) if np.isfinite(depth_m).any() else 1.0


def depth_colours(deepest_m: float) -> LinearSegmentedColormap:
    """The colours of depth from 0 to the deepest, as a map of colours."""
    stops = [(stop, np.array(rgb_at(DEPTH_STOPS, stop)) / 255) for stop, _ in DEPTH_STOPS if stop < deepest_m]
    stops.append((deepest_m, np.array(rgb_at(DEPTH_STOPS, deepest_m)) / 255))
    return LinearSegmentedColormap.from_list("depth", [(stop / deepest_m, tuple(colour)) for stop, colour in stops])


def shaded(grid: Grid, depth_m: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Red, green, blue and opacity, 0 to 255, of each cell: colour by depth, brightness by a light from the north-west.

    Where no depth is known nothing is drawn.
    """
    east_m, north_m = (float(metres[grid.rows // 2]) for metres in grid.spacing_m())
    picture = np.empty((*depth_m.shape, 4), np.uint8)
    for first in range(0, len(depth_m), SHADED_ROWS):
        low, high = max(first - 1, 0), first + SHADED_ROWS + 1  # a slope takes a row on either side
        inner = slice(first - low, first - low + SHADED_ROWS)
        picture[first : first + SHADED_ROWS] = shaded_rows(depth_m[low:high], north_m, east_m)[inner]
    return picture


def shaded_rows(depth_m: NDArray[np.float32], north_m: float, east_m: float) -> NDArray[np.uint8]:
    """Some rows of a picture of depth, of cells so far apart."""
    to_south, to_east = np.gradient(-EXAGGERATION * depth_m, north_m, east_m)
    azimuth, height = np.radians([LIGHT_FROM_DEG, LIGHT_ABOVE_DEG])
    towards = np.cos(height) * (to_south * np.cos(azimuth) - to_east * np.sin(azimuth)) + np.sin(height)
    brightness = towards / np.sqrt(1 + to_south**2 + to_east**2)
    # beside what is not known there is no slope to see
    more = np.nan_to_num(brightness - np.sin(height), nan=0.0)
    colour = rgb_at(DEPTH_STOPS, depth_m) * (1 + SHADE * more[..., None])
    return np.dstack([np.clip(np.rint(colour), 0.0, 255.0), 255.0 * np.isfinite(depth_m)]).astype(np.uint8)


def thinned(grid: Grid, depth_m: NDArray[np.float32]) -> tuple[Grid, NDArray[np.float32]]:
    """Every third cell, or fewer, where there are more to a side than `MAX_CELLS`: the middle ones of squares."""
    step = -(-max(grid.shape) // MAX_CELLS) | 1
    part = depth_m[step // 2 :: step, step // 2 :: step]
    return Grid(grid.west_deg, grid.north_deg, grid.step_deg * step, *part.shape), part


def draw_depth(axes: Any, grid: Grid, depth_m: NDArray[np.float32], opacity: float = 1.0) -> None:
    """The depth of the sea as a picture in degrees."""
    grid, depth_m = thinned(grid, depth_m)
    axes.imshow(
        shaded(grid, depth_m),
        extent=(grid.west_deg, grid.east_deg, grid.south_deg, grid.north_deg),
        interpolation="nearest",
        aspect="auto",
        alpha=opacity,
        zorder=1,
    )


def floor_m(profile: Profile) -> float:
    """The depth at which a picture of a profile ends: a little under the greatest."""
    return FLOOR * (profile.max_depth_m or 1.0)


def fill_depth(axes: Any, profile: Profile) -> None:
    """Water and ground over KP, depth positive down; stretches without a depth are hatched and named."""
    known, floor = np.isfinite(profile.depth_m), floor_m(profile)
    axes.fill_between(profile.kp_km, profile.depth_m, floor, where=known, color="#cbb994", linewidth=0)
    axes.fill_between(profile.kp_km, 0.0, profile.depth_m, where=known, color="#d6e8f5", linewidth=0)
    if not known.all():
        axes.fill_between(
            profile.kp_km, 0.0, floor, where=~known, step="mid", facecolor="white", edgecolor="#888888",
            hatch="////", linewidth=0.3, label="no depth: insufficient information",
        )  # fmt: skip
    axes.set_ylim(floor, 0.0)
    axes.set_ylabel("depth, m", fontsize=9)


def outline_of(area: Any) -> Outline:
    """The outline of an area, islands included, as one path: what it leaves out stays clear."""
    rings = [
        Outline(shapely.get_coordinates(ring), closed=True)
        for polygon in shapely.get_parts(shapely.orient_polygons(area))
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    return Outline.make_compound_path(*rings)


def draw_shoreline(axes: Any, coastline: gpd.GeoDataFrame, order: float) -> None:
    """The shoreline, islands included."""
    for polygon in coastline.geometry.explode():
        for ring in (polygon.exterior, *polygon.interiors):
            axes.plot(*np.asarray(ring.coords).T[:2], color=SHORE, linewidth=0.6, zorder=order)


def cropped(
    grid: Grid, depth_m: NDArray[np.float32], bounds: tuple[float, float, float, float]
) -> tuple[Grid, NDArray[np.float32]]:
    """The part of the sea that a picture shows, with a cell to spare on each side."""
    rows, cols = window_around(grid, bounds, grid.step_deg * METRES_PER_DEGREE)
    part = depth_m[rows, cols]
    corner = (grid.west_deg + cols.start * grid.step_deg, grid.north_deg - rows.start * grid.step_deg)
    return Grid(*corner, grid.step_deg, *part.shape), part


def drawn_of(layers: Mapping[str, gpd.GeoDataFrame], name: str) -> gpd.GeoDataFrame:
    """The features of a layer that a map shows: of those of `CROWDED`, the `MAX_DRAWN` that are nearest to a route."""
    data, routes = layers[name], layers["routes"].geometry.to_numpy()
    if not _leaves_out(layers, name):
        return data
    lines = shapely.multilinestrings(shapely.get_parts(routes))
    shapely.prepare(lines)
    nearest = np.argsort(shapely.distance(lines, data.geometry.to_numpy()), kind="stable")[:MAX_DRAWN]
    return data.iloc[np.sort(nearest)]


def drawn_note(layers: Mapping[str, gpd.GeoDataFrame], name: str) -> str:
    """What a map says of a layer of which `drawn_of` leaves features out; empty where it shows all."""
    left_out = _leaves_out(layers, name)
    return f"{MAX_DRAWN:,} of {len(layers[name]):,}, the nearest to the routes" if left_out else ""


def _leaves_out(layers: Mapping[str, gpd.GeoDataFrame], name: str) -> bool:
    return name in CROWDED and len(layers[name]) > MAX_DRAWN


def stretch_of(south: float, north: float) -> float:
    """How much longer a degree of latitude is drawn than one of longitude, true in the middle of a map."""
    return float(1.0 / np.cos(np.radians((south + north) / 2)))


def frame_map(axes: Any, bounds: tuple[float, float, float, float]) -> None:
    """The extent of a map (west, south, east, north) with degrees, a scale bar and where north is."""
    west, south, east, north = bounds
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(stretch_of(south, north))
    degrees_on(axes)
    scale_bar(axes, west, south, east, north)
    north_arrow(axes)


def scale_bar(axes: Any, west: float, south: float, east: float, north: float) -> None:
    """A bar that is true, along the ellipsoid, at the latitude where it stands.

    Parameters
    ----------
    axes
        Of matplotlib, in degrees.
    west, south, east, north
        Edges of the map, degrees; the bar stands in its lower left.
    """
    lon, lat = west + 0.05 * (east - west), south + 0.04 * (north - south)
    width_km = GEOD.inv(west, lat, east, lat)[2] / 1000
    length_km = max((step for step in BAR_STEPS_KM if step < width_km / 3), default=BAR_STEPS_KM[0])
    end = GEOD.fwd(lon, lat, 90, length_km * 1000)[0]
    axes.plot([lon, end], [lat, lat], color="black", linewidth=3, solid_capstyle="butt", zorder=13)
    axes.text((lon + end) / 2, lat + 0.012 * (north - south), f"{length_km} km", ha="center", fontsize=8, zorder=13)


def north_arrow(axes: Any) -> None:
    """North is up."""
    axes.annotate(
        "N", xy=(0.96, 0.97), xytext=(0.96, 0.91), xycoords="axes fraction", ha="center", va="center", fontsize=11,
        fontweight="bold", arrowprops={"arrowstyle": "-|>", "color": "black"}, zorder=13,
    )  # fmt: skip


def degrees_on(axes: Any) -> None:
    """Degrees along the edges, with their sides."""
    axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}° {'W' if value < 0 else 'E'}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}° {'S' if value < 0 else 'N'}")
    axes.tick_params(labelsize=8)
