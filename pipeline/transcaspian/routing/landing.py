"""How a landing meets the sea: from a town to the shoreline, from the shoreline to an open cell of the grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from transcaspian.core.errors import LandingError
from transcaspian.core.geodesy import reach_deg
from transcaspian.core.grid import GEOD, Grid
from transcaspian.routing.problem import Ends, LonLat, RoutingProblem

Bounds = tuple[float, float, float, float]

TOUCH_DEG = 5e-6
"""Half a metre: a landing lies on the shoreline, so the first piece of a leg may graze it within rounding."""
EDGE_DEG = 1e-6
"""What lies so near to the edge of the area runs along it: a file may have been cut to it before, within rounding."""
DEFAULT_APPROACH_CELLS = 3.0
MIN_APART_M = 1.0
"""Landings that come ashore nearer to each other are one place: rounding alone parts them by less."""
_LONGEST_EDGE_DEG = 0.02
_BESIDE_M = 1.0
"""Around what is nearest on the map, where that is the place itself, too."""


@dataclass(frozen=True)
class ShoreLanding:
    """A landing on the shoreline.

    Attributes
    ----------
    lon, lat
        Degrees.
    snap_km
        Geodesic distance that it was moved by, to the shoreline.
    name
        What messages call it.

    Examples
    --------
    >>> ShoreLanding(49.95, 40.35, name="Baku").lonlat
    (49.95, 40.35)
    """

    lon: float
    lat: float
    snap_km: float = 0.0
    name: str = "the landing"

    @property
    def lonlat(self) -> LonLat:
        """Where it is."""
        return self.lon, self.lat


@dataclass(frozen=True)
class EntryCell:
    """The open cell where a landing joins the grid.

    Attributes
    ----------
    row, col
        Of the grid, from 0 at the north and the west.
    lonlat
        Its centre, degrees.
    """

    row: int
    col: int
    lonlat: LonLat


def snap_to_shore(
    water: shapely.Geometry, lon: float, lat: float, max_snap_km: float, name: str, area: Bounds | None = None
) -> ShoreLanding:
    """Point of the outline of the water nearest to a landing, on land or on water.

    Distances from the landing are true in the azimuthal equidistant projection centred on it (Snyder 1987, ch. 25).

    Parameters
    ----------
    water
        Polygon or multipolygon, lon/lat degrees; islands are holes.
    lon, lat
        The landing, degrees.
    max_snap_km
        Longest distance allowed, geodesic.
    name
        For the message.
    area
        ``(west, south, east, north)`` that the water was cut to, degrees: its edges are no shore. None: it was not cut.

    Returns
    -------
    ShoreLanding
        On the outline, with the geodesic distance that it was moved by.

    Raises
    ------
    LandingError
        When the position is not a number, there is no shoreline, or it is further than allowed.

    Examples
    --------
    >>> landing = snap_to_shore(shapely.box(50, 41, 51, 42), 49.99, 41.5, max_snap_km=5.0, name="Aktau")
    >>> f"{landing.lon:.3f} E, {landing.lat:.3f} N, moved {landing.snap_km:.2f} km"
    '50.000 E, 41.500 N, moved 0.83 km'
    """
    if not (np.isfinite(lon) and np.isfinite(lat) and -90 <= lat <= 90):
        raise LandingError(f"landing {name} is at lon {lon}, lat {lat}: expected degrees, longitude first")
    if water is None or shapely.is_empty(water):
        raise LandingError(f"landing {name} has no shoreline to go to: the water polygon is empty")
    shoreline = shore_of(water, area)
    if shapely.is_empty(shoreline):
        raise LandingError(
            f"landing {name} has no shoreline to go to: the water reaches all edges of [area] and has no shore in it; "
            "enlarge [area] to take in the coast, give a shoreline that has it, or say island = true where it is on an "
            "island"
        )
    found = _nearest_geodesic(shoreline, lon, lat)
    _, _, distance_m = GEOD.inv(lon, lat, found[0], found[1])
    snap_km = float(distance_m) / 1000.0
    if snap_km > max_snap_km:
        raise LandingError(
            f"landing {name} at {lon:.5f} E, {lat:.5f} N is {snap_km:.1f} km from the shoreline, more than the "
            f"{max_snap_km:g} km allowed; the nearest shore is at {found[0]:.5f} E, {found[1]:.5f} N: "
            "correct its position, raise the limit, or say island = true where it is on an island"
        )
    return ShoreLanding(found[0], found[1], snap_km, name)


def water_to_land_at(water: shapely.Geometry, lon: float, lat: float, island: bool = False) -> shapely.Geometry:
    """The water with those islands only that a landing may be on.

    An islet off a town is not a landing: without ``island`` those count alone that the position lies on.

    Parameters
    ----------
    water
        Polygon or multipolygon, lon/lat degrees; islands are holes.
    lon, lat
        The landing, degrees.
    island
        Whether the landing is on an island, by word of the study: then no mainland counts, where there is an island.

    Returns
    -------
    Polygon or MultiPolygon
        Lon/lat degrees.

    Examples
    --------
    >>> water = shapely.box(50, 41, 51, 42) - shapely.box(50.4, 41.4, 50.5, 41.5)
    >>> [round(water_to_land_at(water, lon, 41.45).area, 2) for lon in (50.45, 50.0)]  # on the island, on the mainland
    [0.99, 1.0]
    """
    at, parts = shapely.Point(lon, lat), shapely.get_parts(water)
    holes = [[shapely.Polygon(hole) for hole in part.interiors] for part in parts]
    if island and any(holes):
        return shapely.MultiPolygon([hole for of_part in holes for hole in of_part])
    kept = [[hole.exterior for hole in of_part if shapely.intersects(hole, at)] for of_part in holes]
    return shapely.MultiPolygon([(part.exterior, rings) for part, rings in zip(parts, kept, strict=True)])


def shore_of(water: shapely.Geometry, area: Bounds | None) -> shapely.Geometry:
    """The outlines of the water, without the edges of the area that it was cut to.

    Parameters
    ----------
    water
        Polygon or multipolygon, lon/lat degrees.
    area
        ``(west, south, east, north)`` that it was cut to, degrees; None: it was not cut.
    """
    outlines = shapely.boundary(water)
    edges = None if area is None else shapely.box(*area).exterior.buffer(EDGE_DEG, join_style="mitre")
    return outlines if edges is None or not shapely.intersects(outlines, edges) else outlines.difference(edges)


def check_apart(start: ShoreLanding, end: ShoreLanding) -> None:
    """Refuse two landings that come ashore at one place.

    Parameters
    ----------
    start, end
        Where they come ashore.

    Raises
    ------
    LandingError
        When there is nothing between them to route.

    Examples
    --------
    >>> baku = ShoreLanding(49.95, 40.35, name="Baku")
    >>> check_apart(baku, baku)
    Traceback (most recent call last):
    transcaspian.core.errors.LandingError: landings Baku and Baku come ashore at one place...
    """
    if GEOD.inv(start.lon, start.lat, end.lon, end.lat)[2] < MIN_APART_M:
        raise LandingError(
            f"landings {start.name} and {end.name} come ashore at one place, {start.lon:.5f} E, {start.lat:.5f} N: "
            "move one of them, there is nothing to route between them"
        )


def _nearest_geodesic(shoreline: shapely.Geometry, lon: float, lat: float) -> tuple[float, float]:
    """Point of the lines nearest to (lon, lat) on the ellipsoid, exactly on a lon/lat edge."""
    here = shapely.Point(lon, lat)
    # nothing farther than the point that is nearest on the map can be nearest on the ellipsoid
    at = shapely.get_coordinates(shapely.shortest_line(shoreline, here))[0]
    width, height = reach_deg(lat, lat, GEOD.inv(lon, lat, *at)[2] + _BESIDE_M)
    near = shoreline
    if abs(lon) + width < 180.0:
        near = shapely.clip_by_rect(shoreline, lon - width, lat - height, lon + width, lat + height)
    # a long straight edge of the map is curved in the plane, where azimuths and distances from here are true: cut it
    pieces = shapely.segmentize(near, _LONGEST_EDGE_DEG)

    def to_plane(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        there = np.broadcast_to((lon, lat), lonlat.shape)
        azimuth_deg, _, metres = GEOD.inv(*there.T, *lonlat.T)
        return np.column_stack([metres * np.sin(np.radians(azimuth_deg)), metres * np.cos(np.radians(azimuth_deg))])

    plane = shapely.transform(pieces, to_plane)
    x, y = shapely.get_coordinates(shapely.shortest_line(plane, shapely.Point(0.0, 0.0)))[0]
    nearest = shapely.Point(*GEOD.fwd(lon, lat, np.degrees(np.arctan2(x, y)), np.hypot(x, y))[:2])
    on_edge = shapely.get_coordinates(shapely.shortest_line(shoreline, nearest))[0]
    return float(on_edge[0]), float(on_edge[1])


def entry_cell(problem: RoutingProblem, landing: ShoreLanding) -> EntryCell:
    """Open cell to which a straight line from a landing stays on water and out of the forbidden areas.

    A cell of the largest connected water in reach is preferred, then the nearest.

    Parameters
    ----------
    problem
        Its cost says which cells are open, its ``approach_km`` how far they may be.
    landing
        On the shoreline; its own cell may be a wall.

    Returns
    -------
    EntryCell
        The cell, and its centre.

    Raises
    ------
    LandingError
        When no open cell is in reach and in sight.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> entry_cell(problem, ShoreLanding(50.005, 41.85))
    EntryCell(row=15, col=0, lonlat=(50.005, 41.845))
    """
    reach_km = approach_km(problem, landing)
    rows, cols, places = _open_cells_near(problem, landing, reach_km)
    if rows.size:
        legs = shapely.linestrings(np.stack([_off_shore(landing, places), places], axis=1))
        shapely.prepare(problem.water)
        seen = shapely.covers(problem.water, legs)
        if problem.forbidden is not None:
            seen &= ~shapely.intersects(problem.forbidden, legs)
        if seen.any():
            best = int(np.argmax(seen))
            return EntryCell(int(rows[best]), int(cols[best]), (float(places[best, 0]), float(places[best, 1])))
    found = f"{rows.size} open cells, none in a straight line over water" if rows.size else "no open cell"
    raise LandingError(
        f"landing {landing.name} at {landing.lon:.5f} E, {landing.lat:.5f} N cannot join the grid: {found} within "
        f"{reach_km:.2f} km; move the landing, open the no-go area or missing depth before it, or use a finer grid step"
    )


def entry_ends(problem: RoutingProblem, start: ShoreLanding, end: ShoreLanding) -> Ends:
    """Centres of the open cells where two landings join the grid.

    Parameters
    ----------
    problem
        As for `entry_cell`.
    start, end
        On the shoreline.
    """
    return entry_cell(problem, start).lonlat, entry_cell(problem, end).lonlat


def approach_km(problem: RoutingProblem, landing: ShoreLanding) -> float:
    """The reach of a landing: the problem's, or three cells' longer side at its latitude."""
    if problem.approach_km is not None:
        return problem.approach_km
    return DEFAULT_APPROACH_CELLS * max(_spacing_m(problem.grid, landing.lat)) / 1000.0


def _spacing_m(grid: Grid, lat: float) -> tuple[float, float]:
    """Sides of a cell of the row nearest to a latitude, ``dx, dy``."""
    dx_m, dy_m = grid.spacing_m()
    i = int(np.argmin(np.abs(grid.lat_deg - lat)))
    return float(dx_m[i]), float(dy_m[i])


def _open_cells_near(
    problem: RoutingProblem, landing: ShoreLanding, reach_km: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Open cells within reach, those of the largest water first, then by distance: rows, cols, centres ``(n, 2)``."""
    grid, cost = problem.grid, problem.checked_cost
    dx_m, dy_m = _spacing_m(grid, landing.lat)
    half_rows = int(np.ceil(1000.0 * reach_km / dy_m)) + 1
    half_cols = int(np.ceil(1000.0 * reach_km / dx_m)) + 1
    row, col = (round(float(v)) for v in grid.to_rowcol(*landing.lonlat))
    r0, r1 = max(row - half_rows, 0), max(row + half_rows + 1, 0)
    c0, c1 = max(col - half_cols, 0), max(col + half_cols + 1, 0)
    around = np.isfinite(cost[r0:r1, c0:c1])
    rows, cols = np.nonzero(around)
    rows, cols = rows + r0, cols + c0
    places = np.column_stack(grid.to_lonlat(rows, cols))
    if rows.size == 0:
        return rows, cols, places
    at = np.broadcast_to(landing.lonlat, places.shape)
    distance_m = np.asarray(GEOD.inv(at[:, 0], at[:, 1], places[:, 0], places[:, 1])[2])
    size = np.ones(rows.size)
    if ndimage.label(around)[1] > 1:  # else all of it is one water, here as on the whole grid
        label, _ = ndimage.label(np.isfinite(cost))
        size = np.bincount(label.ravel())[label[rows, cols]]
    order = np.lexsort((distance_m, -size))
    order = order[distance_m[order] <= 1000.0 * reach_km]
    return rows[order], cols[order], places[order]


def _off_shore(landing: ShoreLanding, to: NDArray[np.float64]) -> NDArray[np.float64]:
    """Start of each leg moved off the shoreline by the tolerance, shape ``(n, 2)``."""
    step = to - landing.lonlat
    length = np.hypot(step[:, 0], step[:, 1])
    share = np.minimum(TOUCH_DEG / np.maximum(length, 1e-12), 0.5)
    return np.asarray(landing.lonlat + share[:, np.newaxis] * step)
