"""Kilometres of two routes that one event could hit together: the measure of what a reserve is worth.

Two cables fail independently only where nothing reaches both: an anchor that is dragged across them, an earthquake that
sets off slides and currents around it, a mud volcano. A stretch of a route is *shared* with the other for an event when
the event reaches the stretch and some stretch of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.geodesy import distance_to_geometries_m, distance_to_points_m
from transcaspian.core.grid import GEOD
from transcaspian.routing.alternatives import densified

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

ANCHOR, EARTHQUAKE, MUD_VOLCANO = "anchor", "earthquake", "mud_volcano"
SHARED_KINDS = (ANCHOR, EARTHQUAKE, MUD_VOLCANO)


@dataclass(frozen=True)
class EventPlace:
    """Where an event would come from, and how far it reaches.

    Attributes
    ----------
    kind, event
        Of hazard, and its own name.
    geometry
        Lon/lat degrees.
    within_km
        Geodesic distance that it reaches.
    """

    kind: str
    event: str
    geometry: BaseGeometry
    within_km: float


@dataclass(frozen=True)
class SharedPart:
    """What of one route is shared.

    Attributes
    ----------
    pieces
        Lines ``(n, 2)`` degrees.
    length_km, in_zone_km
        Geodesic; how much of it lies in the landing zones.
    """

    pieces: tuple[Floats, ...]
    length_km: float
    in_zone_km: float

    @property
    def outside_km(self) -> float:
        """How much of it lies outside all landing zones."""
        return self.length_km - self.in_zone_km


@dataclass(frozen=True)
class SharedHazard:
    """An event that reaches both routes.

    Attributes
    ----------
    kind
        ``anchor``, or that of the place.
    event
        Its name; empty for all events of a kind together.
    one, other
        What of each route it reaches.
    """

    kind: str
    event: str
    one: SharedPart
    other: SharedPart


@dataclass(frozen=True)
class _Steps:
    """A line in steps of at most 100 m: their ends ``(n + 1, 2)``, middles ``(n, 2)``, lengths, which are in a zone."""

    ends: Floats
    middle: Floats
    length_m: Floats
    in_zone: Bools

    def part(self, taken: Bools) -> SharedPart:
        edges = np.flatnonzero(np.diff(np.r_[False, taken, False].astype(np.int8)))
        pieces = tuple(self.ends[a : b + 1] for a, b in edges.reshape(-1, 2))
        metres = np.where(taken, self.length_m, 0.0)
        return SharedPart(pieces, float(metres.sum()) / 1000.0, float(metres[self.in_zone].sum()) / 1000.0)


def shared_by_anchors(
    one: Floats,
    other: Floats,
    landings: Floats,
    *,
    drag_km: float,
    zone_km: float,
    within_reach: Callable[[Floats, Floats], Bools] | None = None,
) -> SharedHazard:
    """Where an anchor dragged over a distance crosses both routes: within that distance of each other.

    Parameters
    ----------
    one, other
        Lines, ``(n, 2)`` degrees.
    landings, zone_km
        Centres ``(k, 2)`` and radius of the landing zones.
    drag_km
        How far an anchor is dragged.
    within_reach
        Of ``(lon, lat)``: whether an anchor reaches the seabed there; None: everywhere.

    Returns
    -------
    SharedHazard
        What of each route an anchor can reach together with the other.

    Examples
    --------
    >>> one, other = np.array([(50.0, 41.9), (50.2, 41.9)]), np.array([(50.0, 41.9), (50.2, 41.8)])
    >>> shared = shared_by_anchors(one, other, np.array([(50.0, 41.9)]), drag_km=1.0, zone_km=1.0)
    >>> round(shared.one.length_km, 1), round(shared.one.outside_km, 1)
    (1.8, 0.8)
    """
    steps = [_steps(line, landings, zone_km) for line in (one, other)]
    reached = [
        np.ones(len(line.middle), bool) if within_reach is None else within_reach(line.middle[:, 0], line.middle[:, 1])
        for line in steps
    ]
    taken = []
    for k in (0, 1):
        lon, lat = steps[k].middle.T
        targets = steps[1 - k].middle[reached[1 - k]]
        taken.append(reached[k] & (distance_to_points_m(lon, lat, targets, 1000.0 * drag_km) <= 1000.0 * drag_km))
    return SharedHazard(ANCHOR, "", *(line.part(mask) for line, mask in zip(steps, taken, strict=True)))


def shared_by_places(
    one: Floats, other: Floats, landings: Floats, places: Sequence[EventPlace], *, zone_km: float
) -> tuple[list[SharedHazard], dict[str, SharedHazard]]:
    """What events at places reach of two routes: of each event that reaches both, and of all of a kind together.

    Parameters
    ----------
    one, other, landings, zone_km
        As for `shared_by_anchors`.
    places
        Where events would come from.

    Returns
    -------
    events
        In the order of the places.
    totals
        By kind, a stretch that several events share counted once; a kind without a place is not there.

    Examples
    --------
    >>> one, other = np.array([(50.0, 41.9), (50.2, 41.9)]), np.array([(50.0, 41.9), (50.2, 41.8)])
    >>> import shapely
    >>> quake = EventPlace("earthquake", "of magnitude 6", shapely.Point(50.1, 41.87), within_km=5.0)
    >>> events, _ = shared_by_places(one, other, np.array([(50.0, 41.9)]), [quake], zone_km=2.0)
    >>> [(event.event, round(event.one.length_km, 1), round(event.other.length_km, 1)) for event in events]
    [('of magnitude 6', 7.4, 9.3)]
    """
    steps = [_steps(line, landings, zone_km) for line in (one, other)]
    events = []
    taken: dict[str, list[Bools]] = {}
    for place in places:
        of_kind = taken.setdefault(place.kind, [np.zeros(len(line.middle), bool) for line in steps])
        masks = [_reached(line, place) for line in steps]
        if all(mask.any() for mask in masks):
            events.append(SharedHazard(place.kind, place.event, steps[0].part(masks[0]), steps[1].part(masks[1])))
            for total, mask in zip(of_kind, masks, strict=True):
                total |= mask
    totals = {
        kind: SharedHazard(kind, "", steps[0].part(first), steps[1].part(second))
        for kind, (first, second) in taken.items()
    }
    return events, totals


def _steps(line: Floats, landings: Floats, zone_km: float) -> _Steps:
    ends = densified(line)
    middle = (ends[:-1] + ends[1:]) / 2
    _, _, length_m = GEOD.inv(ends[:-1, 0], ends[:-1, 1], ends[1:, 0], ends[1:, 1])
    away_m = distance_to_points_m(middle[:, 0], middle[:, 1], landings, np.inf)
    return _Steps(ends, middle, np.asarray(length_m), away_m <= 1000.0 * zone_km)


def _reached(line: _Steps, place: EventPlace) -> Bools:
    lon, lat = line.middle.T
    reach_m = 1000.0 * place.within_km
    if place.geometry.geom_type == "Point":
        at: Any = place.geometry
        return np.asarray(distance_to_points_m(lon, lat, [[at.x, at.y]], reach_m) <= reach_m)
    return np.asarray(distance_to_geometries_m(lon, lat, [place.geometry], reach_m) <= reach_m)
