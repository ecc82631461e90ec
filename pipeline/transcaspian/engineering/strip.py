"""A strip along a route: places beside its legs, the area within a distance of it, and how large that is.

Widths are geodesic: the edge lies on the perpendicular geodesic of its width at every place of a leg, and round a bend
on a circle.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import positions_at_km, signed_deg, vertices_km

Floats = NDArray[np.float64]

STEP_KM = 1.0
"""Between the places at which edges are drawn: straight on a map, they stray from the geodesics by 2 cm."""
ARC_SIDES = 72
"""Of the polygon around a circle at a bend: its corners lie 0.1 % farther out than the width."""
ENDS_KM = 2e-6
"""A bend so near to an end is that end: a circle around it would reach beyond."""


def beside(legs: Floats, kp_km: Floats, off_m: float) -> Floats:
    """Places beside a route, starboard positive, shape ``(n, 2)``."""
    at = positions_at_km(legs, kp_km)
    side_deg = at.bearing_deg + (90.0 if off_m >= 0 else -90.0)
    lon, lat, _ = GEOD.fwd(at.lon_deg, at.lat_deg, side_deg, np.full(len(kp_km), abs(off_m)))
    return np.column_stack([lon, lat])


def strip(legs: Floats, begins: tuple[float, float], ends: tuple[float, float], width_m: float) -> BaseGeometry:
    """The area within a distance of a route, from the KPs of its port and starboard edge to those where they end.

    Parameters
    ----------
    legs
        Vertices of geodesic legs, shape ``(n, 2)``, degrees.
    begins, ends
        KP in km of the port and of the starboard corner, as ``(port, starboard)``.
    width_m
        From the route to either edge.

    Returns
    -------
    BaseGeometry
        Valid polygons in EPSG:4326; at a bend the outer side is round.
    """
    corner_km = vertices_km(legs)
    inner = (max(begins), min(ends))
    steps_km = np.arange(inner[0], inner[1], STEP_KM)[1:]
    bends_km = corner_km[1:-1][(corner_km[1:-1] > inner[0] + ENDS_KM) & (corner_km[1:-1] < inner[1] - ENDS_KM)]
    pieces: list[BaseGeometry] = []
    # a bend has a bearing on either side of it: its perpendiculars are those a millimetre before and behind it
    whole = [inner] if inner[0] < inner[1] else []
    places_km = np.unique(np.concatenate([steps_km, bends_km - 1e-6, bends_km + 1e-6, *whole]))
    port = np.concatenate([[begins[0]], places_km, [ends[0]]])
    starboard = np.concatenate([[begins[1]], places_km, [ends[1]]])
    left, right = beside(legs, port, -width_m), beside(legs, starboard, width_m)
    for i, j in pairwise(range(len(port))):
        pieces.append(shapely.Polygon([left[i], left[j], right[j], right[i]]))
    for at in positions_at_km(legs, bends_km).lonlat if len(bends_km) else []:
        around_deg = np.linspace(0.0, 360.0, ARC_SIDES, endpoint=False)
        far_m = np.full(ARC_SIDES, width_m / np.cos(np.pi / ARC_SIDES))
        lon, lat, _ = GEOD.fwd(np.full(ARC_SIDES, at[0]), np.full(ARC_SIDES, at[1]), around_deg, far_m)
        pieces.append(shapely.Polygon(np.column_stack([lon, lat])))
    return without_slivers(shapely.union_all([shapely.make_valid(piece) for piece in pieces]))


def without_slivers(area: BaseGeometry) -> BaseGeometry:
    """An area without the parts and holes of a square metre that pieces leave between them."""
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon" and area_m2(part.exterior) > 1.0]
    whole = [shapely.Polygon(part.exterior, [ring for ring in part.interiors if area_m2(ring) > 1.0]) for part in parts]
    return whole[0] if len(whole) == 1 else shapely.MultiPolygon(whole)


def area_m2(ring: BaseGeometry) -> float:
    """Geodesic area within a ring."""
    lonlat = shapely.get_coordinates(ring)
    return abs(float(GEOD.polygon_area_perimeter(lonlat[:, 0], lonlat[:, 1])[0]))


def area_km2(area: BaseGeometry) -> float:
    """Geodesic area, without holes."""
    parts = shapely.get_parts(area)
    holes_m2 = sum(area_m2(ring) for part in parts for ring in part.interiors)
    return (sum(area_m2(part.exterior) for part in parts) - holes_m2) / 1e6


def line_beside(legs: Floats, from_km: float, to_km: float, off_m: float) -> Floats:
    """A line beside a route from one KP to another, starboard positive, shape ``(n, 2)``.

    It keeps its distance from both legs at a bend: there it lies ``off / cos(turn / 2)`` from the vertex. Legs are to
    be longer than ``off · tan(turn / 2)``.

    Parameters
    ----------
    legs
        Vertices of geodesic legs, shape ``(n, 2)``, degrees.
    from_km, to_km
        KP on the legs where the line begins and ends.
    off_m
        Distance, positive to starboard, negative to port.

    Returns
    -------
    ndarray
        Vertices in degrees, in the direction of the legs.
    """
    corner_km = vertices_km(legs)
    bends_km = corner_km[(corner_km > from_km + ENDS_KM) & (corner_km < to_km - ENDS_KM)]
    steps_km = np.arange(from_km, to_km, STEP_KM)[1:]
    places_km = np.unique(np.concatenate([[from_km], steps_km, bends_km, [to_km]]))
    before, after = (positions_at_km(legs, places_km + sign * 1e-6) for sign in (-1, 1))
    half_turn_deg = signed_deg(after.bearing_deg - before.bearing_deg) / 2
    at = positions_at_km(legs, places_km)
    side_deg = before.bearing_deg + half_turn_deg + (90.0 if off_m >= 0 else -90.0)
    lon, lat, _ = GEOD.fwd(at.lon_deg, at.lat_deg, side_deg, abs(off_m) / np.cos(np.radians(half_turn_deg)))
    return np.column_stack([lon, lat])
