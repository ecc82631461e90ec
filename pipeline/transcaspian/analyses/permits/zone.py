"""The protection zone: the seabed within a distance of the cable, divided by whose waters it lies in.

Widths are geodesic, as `transcaspian.engineering.strip` has them. Where the route passes from one state to another, the
zone ends on the boundary where its edges meet it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.analyses.permits.config import ProtectionZone, StateWidth
from transcaspian.core.grid import GEOD
from transcaspian.engineering import EngineeredRoute
from transcaspian.engineering.sectors import StateWaters
from transcaspian.engineering.strip import beside, strip

Floats = NDArray[np.float64]

BOUNDARY_WIDTHS = 20.0
"""How far before and behind the place where the cable crosses a boundary the edges of the zone are followed to it."""
VERTEX_M = 0.1
"""A vertex of the drawing that lies so near to the geodesic between its neighbours is none of the list."""


@dataclass(frozen=True)
class ZonePart:
    """The zone of a cable in the waters of one state.

    Attributes
    ----------
    state
        Empty where it is not known whose waters they are.
    area
        As it is drawn; parts and holes as they come.
    vertices
        Its corners, shape ``(n, 2)``, anticlockwise, the first not repeated; geodesics join them.
    """

    system_id: str
    number: int
    state: str
    from_km: float
    to_km: float
    rule: ProtectionZone | StateWidth
    area: BaseGeometry
    vertices: Floats


def zone_parts(
    system_id: str, route: EngineeredRoute, waters: StateWaters | None, rules: ProtectionZone
) -> Iterator[ZonePart]:
    """The zone from shoreline to shoreline, state by state."""
    legs = route.course.lonlat
    begins_km, ends_km = route.profile.ashore_km[0], route.profile.length_km - route.profile.ashore_km[1]
    spans = spans_of(route, begins_km, ends_km)
    for number, (state, from_km, to_km) in enumerate(spans, 1):
        rule = rules.rule_of(state)
        width_m, limits_km = rule.half_width_m, (begins_km, ends_km)
        ends = [(from_km, from_km), (to_km, to_km)]
        for end, (at_km, _) in enumerate(ends):
            if waters is not None and begins_km < at_km < ends_km:
                port_km, starboard_km = (
                    edge_km(legs, at_km, off_m, waters, limits_km) for off_m in (-width_m, width_m)
                )
                ends[end] = port_km, starboard_km
        area = strip(legs, ends[0], ends[1], width_m)
        yield ZonePart(system_id, number, state, from_km, to_km, rule, area, corners(area))


def spans_of(route: EngineeredRoute, begins_km: float, ends_km: float) -> list[tuple[str, float, float]]:
    """State, from KP and to KP of the route at sea; one without a name where the study does not tell."""
    found: list[tuple[str, float, float]] = []
    for item in route.stretches:
        from_km, to_km = max(item.from_km, begins_km), min(item.to_km, ends_km)
        if to_km <= from_km:
            continue
        if found and found[-1][0] == item.state:
            found[-1] = item.state, found[-1][1], to_km
        else:
            found.append((item.state, from_km, to_km))
    return found or [("", begins_km, ends_km)]


def edge_km(legs: Floats, at_km: float, off_m: float, waters: StateWaters, limits_km: tuple[float, float]) -> float:
    """KP at which an edge of the zone passes the boundary that the cable passes at a KP; that KP where it does not."""
    reach_km = BOUNDARY_WIDTHS * abs(off_m) / 1000.0
    kp_km = np.linspace(max(at_km - reach_km, limits_km[0]), min(at_km + reach_km, limits_km[1]), 401)
    states = np.array([waters.named(int(code))[0] for code in waters.class_at(beside(legs, kp_km, off_m))])
    changes = np.flatnonzero(states[1:] != states[:-1])
    if not len(changes):
        return at_km
    nearest = changes[np.abs(kp_km[changes] - at_km).argmin()]
    return float(kp_km[nearest] + kp_km[nearest + 1]) / 2.0


def corners(area: BaseGeometry) -> Floats:
    """The vertices of the largest outline of an area that geodesics cannot do without."""
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    if not parts:
        return np.empty((0, 2))
    ring = shapely.get_coordinates(shapely.orient_polygons(max(parts, key=lambda part: part.area)).exterior)
    kept = [0, *_needed(ring, 0, len(ring) - 1)]
    return ring[sorted(set(kept))]


def _needed(ring: Floats, first: int, last: int) -> Sequence[int]:
    """Vertices between two that lie farther than `VERTEX_M` from the geodesic between these (Douglas and Peucker)."""
    if last - first < 2:
        return []
    inside = ring[first + 1 : last]
    from_lon, from_lat = (np.full(len(inside), value) for value in ring[first])
    azimuth_deg, _, length_m = GEOD.inv(*ring[first], *ring[last])
    to_deg, _, away_m = GEOD.inv(from_lon, from_lat, inside[:, 0], inside[:, 1])
    off_m = np.abs(away_m * np.sin(np.radians(to_deg - azimuth_deg)))
    beyond = (away_m > length_m) | (np.cos(np.radians(to_deg - azimuth_deg)) < 0) | (length_m < VERTEX_M)
    off_m = np.where(beyond, np.maximum(off_m, away_m), off_m)
    worst = int(off_m.argmax())
    if off_m[worst] <= VERTEX_M:
        return []
    at = first + 1 + worst
    return [*_needed(ring, first, at), at, *_needed(ring, at, last)]
