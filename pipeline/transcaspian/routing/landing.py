"""How a landing meets the sea: from a town to the shoreline, from the shoreline to an open cell of the grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from scipy import ndimage

from transcaspian.core.errors import LandingError
from transcaspian.core.grid import GEOD, Grid
from transcaspian.routing.field import checked_cost

Bounds = tuple[float, float, float, float]

TOUCH_DEG = 5e-6
"""Half a metre: a landing lies on the shoreline, so the first piece of a leg may graze it within rounding."""
DEFAULT_APPROACH_CELLS = 3.0
_LONGEST_EDGE_DEG = 0.02


@dataclass(frozen=True)
class ShoreLanding:
    """A landing on the shoreline; ``snap_km`` is the geodesic distance it was moved by."""

    lon: float
    lat: float
    snap_km: float
    name: str = "the landing"


@dataclass(frozen=True)
class Approach:
    """The open cell where a landing joins the grid, and its centre."""

    row: int
    col: int
    lon: float
    lat: float


def snap_to_shore(
    water: shapely.Geometry, lon: float, lat: float, max_snap_km: float, name: str, area: Bounds | None = None
) -> ShoreLanding:
    """Point of the shoreline (of the sea or of an island) nearest to a landing, on land or on water.

    Distances from the landing are true in the azimuthal equidistant projection centred on it (Snyder 1987, ch. 25).

    Parameters
    ----------
    water
        Polygon or multipolygon, lon/lat degrees; islands are holes.
    lon, lat
        The landing, degrees.
    max_snap_km
        Greatest distance allowed, geodesic.
    name
        For the message.
    area
        ``(west, south, east, north)`` that the water was cut to, degrees: its edges are no shore. None: it was not cut.

    Raises
    ------
    LandingError
        When the position is not a number, there is no shoreline, or it is further than allowed.
    """
    if not (np.isfinite(lon) and np.isfinite(lat) and -90 <= lat <= 90):
        raise LandingError(f"landing {name} is at lon {lon}, lat {lat}: expected degrees, longitude first")
    if water is None or shapely.is_empty(water):
        raise LandingError(f"landing {name} has no shoreline to go to: the water polygon is empty")
    shoreline = shore_of(water, area)
    if shapely.is_empty(shoreline):
        raise LandingError(
            f"landing {name} has no shoreline to go to: the water reaches all edges of [area] and has no shore in it; "
            "enlarge [area] to take in the coast, or give a shoreline that has it"
        )
    found = _nearest_geodesic(shoreline, lon, lat)
    _, _, distance_m = GEOD.inv(lon, lat, found[0], found[1])
    snap_km = float(distance_m) / 1000.0
    if snap_km > max_snap_km:
        raise LandingError(
            f"landing {name} at {lon:.5f} E, {lat:.5f} N is {snap_km:.1f} km from the shoreline, more than the "
            f"{max_snap_km:g} km allowed; the nearest shore is at {found[0]:.5f} E, {found[1]:.5f} N: "
            "correct its position or raise the limit"
        )
    return ShoreLanding(found[0], found[1], snap_km, name)


def shore_of(water: shapely.Geometry, area: Bounds | None) -> shapely.Geometry:
    """The outlines of the water, without the edges of the area that it was cut to."""
    outlines = shapely.boundary(water)
    edges = None if area is None else shapely.box(*area).exterior
    return outlines if edges is None or not shapely.intersects(outlines, edges) else outlines.difference(edges)


def check_apart(start: ShoreLanding, end: ShoreLanding) -> None:
    """Refuse two landings that come ashore at one place.

    Raises
    ------
    LandingError
        When there is nothing between them to route.
    """
    if (start.lon, start.lat) == (end.lon, end.lat):
        raise LandingError(
            f"landings {start.name} and {end.name} come ashore at one place, {start.lon:.5f} E, {start.lat:.5f} N: "
            "move one of them, there is nothing to route between them"
        )


def _nearest_geodesic(shoreline: shapely.Geometry, lon: float, lat: float) -> tuple[float, float]:
    """Point of the lines nearest to (lon, lat) on the ellipsoid, exactly on a lon/lat edge."""
    centred = CRS.from_proj4(f"+proj=aeqd +lat_0={lat!r} +lon_0={lon!r} +datum=WGS84 +units=m")
    to_plane = Transformer.from_crs("EPSG:4326", centred, always_xy=True)
    # a long straight edge of the map is curved in the projection: cut it first
    pieces = shapely.segmentize(shoreline, _LONGEST_EDGE_DEG)
    plane = shapely.transform(pieces, to_plane.transform, interleaved=False)
    x, y = shapely.get_coordinates(shapely.shortest_line(plane, shapely.Point(0.0, 0.0)))[0]
    near = shapely.Point(*to_plane.transform(x, y, direction="INVERSE"))
    on_edge = shapely.get_coordinates(shapely.shortest_line(shoreline, near))[0]
    return float(on_edge[0]), float(on_edge[1])


def approach(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    landing_lonlat: tuple[float, float],
    water: shapely.Geometry,
    max_km: float | None = None,
    *,
    name: str = "the landing",
    forbidden: shapely.Geometry | None = None,
) -> Approach:
    """Open cell to which a straight line from a landing stays on water and out of the forbidden areas.

    A cell of the greatest connected water in reach is preferred, then the nearest.

    Parameters
    ----------
    grid, cost_per_m
        As in `solve`; NaN or inf is a wall.
    landing_lonlat
        On the shoreline, degrees; its own cell may be a wall.
    water
        Exact water polygon, lon/lat.
    max_km
        Reach; three cells when None.
    name
        For the message.
    forbidden
        Exact no-go polygons, lon/lat.

    Raises
    ------
    LandingError
        When no open cell is in reach and in sight.
    """
    cost = checked_cost(grid, cost_per_m)
    lon, lat = landing_lonlat
    reach_km = default_approach_km(grid, lat) if max_km is None else max_km
    rows, cols, lons, lats = _open_cells_near(grid, cost, lon, lat, reach_km)
    if rows.size:
        legs = shapely.linestrings(np.stack([_off_shore(lon, lat, lons, lats), np.column_stack([lons, lats])], axis=1))
        shapely.prepare(water)
        seen = shapely.covers(water, legs)
        if forbidden is not None:
            seen &= ~shapely.intersects(forbidden, legs)
        if seen.any():
            best = int(np.argmax(seen))
            return Approach(int(rows[best]), int(cols[best]), float(lons[best]), float(lats[best]))
    found = f"{rows.size} open cells, none in a straight line over water" if rows.size else "no open cell"
    raise LandingError(
        f"landing {name} at {lon:.5f} E, {lat:.5f} N cannot join the grid: {found} within {reach_km:.2f} km; "
        "move the landing, open the no-go area or missing depth before it, or use a finer grid step"
    )


def default_approach_km(grid: Grid, lat: float) -> float:
    """Three cells' longer side at a latitude."""
    dx_m, dy_m = grid.spacing_m()
    i = int(np.argmin(np.abs(grid.lat_deg - lat)))
    return DEFAULT_APPROACH_CELLS * float(max(dx_m[i], dy_m[i])) / 1000.0


def _open_cells_near(
    grid: Grid, cost: NDArray[np.float32], lon: float, lat: float, reach_km: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Open cells within reach, those of the greatest water first, then by distance: rows, cols, lons, lats."""
    dx_m, dy_m = grid.spacing_m()
    i = int(np.argmin(np.abs(grid.lat_deg - lat)))
    half_rows = int(np.ceil(1000.0 * reach_km / dy_m[i])) + 1
    half_cols = int(np.ceil(1000.0 * reach_km / dx_m[i])) + 1
    row, col = (round(float(v)) for v in grid.to_rowcol(lon, lat))
    r0, r1 = max(row - half_rows, 0), max(row + half_rows + 1, 0)
    c0, c1 = max(col - half_cols, 0), max(col + half_cols + 1, 0)
    around = np.isfinite(cost[r0:r1, c0:c1])
    rows, cols = np.nonzero(around)
    rows, cols = rows + r0, cols + c0
    lons, lats = grid.to_lonlat(rows, cols)
    if rows.size == 0:
        return rows, cols, lons, lats
    _, _, distance_m = GEOD.inv(np.full(rows.size, lon), np.full(rows.size, lat), lons, lats)
    size = np.ones(rows.size)
    if ndimage.label(around)[1] > 1:  # else all of it is one water, here as on the whole grid
        label, _ = ndimage.label(np.isfinite(cost))
        size = np.bincount(label.ravel())[label[rows, cols]]
    order = np.lexsort((distance_m, -size))
    order = order[np.asarray(distance_m)[order] <= 1000.0 * reach_km]
    return rows[order], cols[order], lons[order], lats[order]


def _off_shore(lon: float, lat: float, to_lon: NDArray[np.float64], to_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Start of each leg moved off the shoreline by the tolerance, shape ``(n, 2)``."""
    d_lon, d_lat = to_lon - lon, to_lat - lat
    length = np.hypot(d_lon, d_lat)
    share = np.minimum(TOUCH_DEG / np.maximum(length, 1e-12), 0.5)
    return np.column_stack([lon + share * d_lon, lat + share * d_lat])
