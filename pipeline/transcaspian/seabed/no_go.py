"""Areas that no route enters: hazards with their buffers, and the walls they make on the grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.errors import SeabedError
from transcaspian.core.frames import frame
from transcaspian.core.grid import GEOD, Grid
from transcaspian.core.layers import NO_GO
from transcaspian.seabed.water import burn

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

_QUARTER_SEGMENTS = 32
_SEGMENT_M = 1000.0
MAX_BUFFER_M = 1e6
"""Wider ones are no distance that anything keeps, and beyond what the projection around a feature holds for."""
_SEGMENT_DEG = 0.01


def geodesic_buffer(geometry: BaseGeometry, buffer_m: float) -> BaseGeometry:
    """A geometry and all within a distance of it along the ellipsoid; see `geodesic_buffers`.

    Parameters
    ----------
    geometry
        Lon/lat degrees, EPSG:4326.
    buffer_m
        The distance, metres, not negative.

    Returns
    -------
    BaseGeometry
        Lon/lat degrees, EPSG:4326.

    Raises
    ------
    SeabedError
        When the buffer is negative, not a number or wider than `MAX_BUFFER_M`.

    Examples
    --------
    >>> from shapely import Point
    >>> west, south, east, north = geodesic_buffer(Point(50.0, 40.0), 1_000.0).bounds
    >>> round((north - south) * 111.03, 1), round((east - west) * 85.39, 1)
    (2.0, 2.0)
    """
    return geodesic_buffers([geometry], [buffer_m])[0]


def geodesic_buffers(geometries: Sequence[BaseGeometry], buffers_m: Sequence[float]) -> list[BaseGeometry]:
    """Geometries with all within a distance of each along the ellipsoid, EPSG:4326.

    Buffered in azimuthal equidistant projections around the features' centres: exact around a point, within
    ``(d / R)² / 6`` at the distance ``d`` from the centre (0.001 % at 50 km, 0.1 % at 490 km). The polygon stands
    around the true circle, not inside it, so that the buffer is nowhere less than asked for (at most 0.03 % more).

    Parameters
    ----------
    geometries
        EPSG:4326; edges are straight in longitude and latitude.
    buffers_m
        One for each; where it is 0 the geometry is given back.

    Raises
    ------
    SeabedError
        When a buffer is negative, not a number or wider than `MAX_BUFFER_M`.
    """
    found, widths_m = np.array(geometries, dtype=object), np.asarray(buffers_m, float)
    for width_m in widths_m[~((widths_m >= 0) & (widths_m <= MAX_BUFFER_M))]:
        raise SeabedError(f"a no-go area has a buffer of {width_m} m: expected a number from 0 to {MAX_BUFFER_M:,.0f}")
    wide = widths_m > 0
    if not wide.any():
        return list(found)
    centres = shapely.get_coordinates(shapely.centroid(found[wide]))
    # Undensified, an edge of 100 km would stray by over 100 m
    flat = _around_centres(shapely.segmentize(found[wide], _SEGMENT_DEG), centres, _to_plane)
    around_m = widths_m[wide] / float(np.cos(np.pi / (4 * _QUARTER_SEGMENTS)))
    grown = shapely.segmentize(shapely.buffer(flat, around_m, quad_segs=_QUARTER_SEGMENTS), _SEGMENT_M)
    found[wide] = _around_centres(grown, centres, _from_plane)
    return list(found)


def _around_centres(shapes: Shapes, centres: Floats, move: Callable[[Floats, Floats], Floats]) -> Shapes:
    """Shapes with all their vertices moved, each shape by its own centre ``(lon, lat)``."""
    vertices, owner = shapely.get_coordinates(shapes, return_index=True)
    moved: Shapes = shapely.set_coordinates(shapes.copy(), move(vertices, centres[owner]))
    return moved


def _to_plane(lonlat: Floats, centre: Floats) -> Floats:
    """Degrees to metres east and north of a centre, at their true distance and azimuth from it."""
    azimuth_deg, _, distance_m = GEOD.inv(centre[:, 0], centre[:, 1], lonlat[:, 0], lonlat[:, 1])
    azimuth = np.radians(azimuth_deg)
    return np.column_stack([distance_m * np.sin(azimuth), distance_m * np.cos(azimuth)])


def _from_plane(metres: Floats, centre: Floats) -> Floats:
    """The inverse of `_to_plane`; longitudes run on over the antimeridian."""
    east_m, north_m = metres.T
    azimuth_deg = np.degrees(np.arctan2(east_m, north_m))
    lon, lat, _ = GEOD.fwd(centre[:, 0], centre[:, 1], azimuth_deg, np.hypot(east_m, north_m))
    return np.column_stack([centre[:, 0] + (lon - centre[:, 0] + 180.0) % 360.0 - 180.0, lat])


def no_go_areas(hazards: Sequence[tuple[str, BaseGeometry, float]]) -> list[BaseGeometry]:
    """The closed polygon of each hazard ``(id, geometry, buffer_m)``, in their order.

    Parameters
    ----------
    hazards
        Buffers are geodesic distances in m, from 0 to `MAX_BUFFER_M`.

    Returns
    -------
    list
        In EPSG:4326.

    Raises
    ------
    SeabedError
        When a buffer is no distance, or a hazard without extent has no buffer; the message names the hazard.

    Examples
    --------
    >>> from transcaspian.seabed import area_km2
    >>> wreck = shapely.Point(50.1, 40.95)
    >>> [round(area_km2(area, 0.01), 2) for area in no_go_areas([("wreck", wreck, 500.0)])]
    [0.79]
    >>> no_go_areas([("wreck", wreck, 0.0)])
    Traceback (most recent call last):
    transcaspian.core.errors.SeabedError: hazard `wreck` is a Point with a buffer of 0 m, which closes no area...
    """
    for hazard_id, _, buffer_m in hazards:
        if not 0 <= buffer_m <= MAX_BUFFER_M:
            raise SeabedError(
                f"hazard `{hazard_id}` has a buffer of {buffer_m} m: expected a number from 0 to {MAX_BUFFER_M:,.0f}"
            )
    areas = geodesic_buffers([geometry for _, geometry, _ in hazards], [buffer_m for _, _, buffer_m in hazards])
    for open_one in np.flatnonzero(~_are_closed(areas)).tolist():
        hazard_id, geometry, buffer_m = hazards[open_one]
        raise SeabedError(
            f"hazard `{hazard_id}` is a {geometry.geom_type} with a buffer of {buffer_m:g} m, which closes no "
            "area, or not with all its parts: give it a buffer_m greater than 0, or no_go = false"
        )
    return areas


def _are_closed(areas: Sequence[BaseGeometry]) -> NDArray[np.bool_]:
    """Whether all single parts of each area, also of collections of multi-part geometries, have extent."""
    whole = np.array(areas, dtype=object)
    parts, owner = whole, np.arange(len(whole))
    for _ in range(3):
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    closed = shapely.area(whole) > 0
    closed[owner[shapely.get_dimensions(parts) < 2]] = False
    return closed


def no_go_layer(hazards: Sequence[Mapping[str, Any]], default_buffer_m: Mapping[str, float]) -> gpd.GeoDataFrame:
    """The layer ``no_go`` of hazards marked so.

    Parameters
    ----------
    hazards
        Rows of the layer ``hazards`` with ``geometry``; an empty ``buffer_m`` takes the default of the kind, and an
        area of a kind without one is closed as it is drawn.
    default_buffer_m
        Metres by kind.

    Returns
    -------
    GeoDataFrame
        Closed areas with their buffers in m, in the order of the hazards, EPSG:4326.

    Raises
    ------
    SeabedError
        When a point or line has no buffer and its kind no default, or a hazard closes no area.

    Examples
    --------
    >>> volcano = {
    ...     "hazard_id": "mv-1", "name": "Mud volcano", "kind": "mud_volcano", "geometry": shapely.Point(50.1, 40.95),
    ...     "buffer_m": np.nan, "source": "example", "status": "ASSUMED",
    ... }  # fmt: skip
    >>> print(no_go_layer([volcano], {"mud_volcano": 2000.0})[["no_go_id", "buffer_m"]].to_string(index=False))
      no_go_id  buffer_m
    no-go/mv-1    2000.0
    """
    buffers = [_buffer_m(row, default_buffer_m) for row in hazards]
    areas = no_go_areas(
        [(row["hazard_id"], row["geometry"], buffer_m) for row, buffer_m in zip(hazards, buffers, strict=True)]
    )
    return frame(
        NO_GO,
        (
            NO_GO.row(
                area,
                no_go_id=f"no-go/{row['hazard_id']}",
                buffer_m=buffer_m,
                **{name: row[name] for name in ("hazard_id", "name", "kind", "source", "status")},
            )
            for row, buffer_m, area in zip(hazards, buffers, areas, strict=True)
        ),
    )


def own_or_default_m(row: Mapping[str, Any], default_buffer_m: Mapping[str, float]) -> float | None:
    """Distance to keep from a hazard: its own, else the default of its kind; None where neither is given.

    Parameters
    ----------
    row
        Of the layer of hazards; its ``buffer_m`` counts where it is given, also where it is 0.
    default_buffer_m
        By kind of hazard, in m.

    Returns
    -------
    float or None
        In m.

    Examples
    --------
    >>> default_m = {"wreck": 500.0}
    >>> own_or_default_m({"kind": "wreck", "buffer_m": np.nan}, default_m)
    500.0
    >>> own_or_default_m({"kind": "wreck", "buffer_m": 0.0}, default_m)
    0.0
    """
    own = row.get("buffer_m")
    return default_buffer_m.get(row["kind"]) if own is None or np.isnan(own) else float(own)


def _buffer_m(row: Mapping[str, Any], default_buffer_m: Mapping[str, float]) -> float:
    buffer_m = own_or_default_m(row, default_buffer_m)
    if buffer_m is None and shapely.get_dimensions(row["geometry"]) == 2:
        return 0.0  # an area closes what it covers; a distance around it would need a figure
    if buffer_m is None:
        raise SeabedError(
            f"hazard `{row['hazard_id']}` is no-go and has no buffer_m, and no_go.default_buffer_m has no entry for "
            f"its kind `{row['kind']}`: give one of them"
        )
    return buffer_m


def rasterise_walls(grid: Grid, polygons: Sequence[BaseGeometry]) -> NDArray[np.bool_]:
    """True for every cell that a polygon touches, be it at a corner: no path slips through.

    Parameters
    ----------
    grid
        Frame of the result.
    polygons
        In EPSG:4326.

    Returns
    -------
    ndarray
        Shape ``grid.shape``, bool, row 0 northernmost.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=3, cols=4)
    >>> print(rasterise_walls(grid, [shapely.box(50.025, 40.965, 50.045, 40.975)]).astype(int))
    [[0 0 0 0]
     [0 1 1 0]
     [0 0 0 0]]
    """
    return burn(grid, list(polygons), all_touched=True)
