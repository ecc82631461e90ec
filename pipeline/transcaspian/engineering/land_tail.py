"""The cable ashore at an end of a route: from the cable landing station to the beach manhole, and where that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import shapely
from shapely.geometry.base import BaseGeometry

from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import geodesic_legs
from transcaspian.core.vocabulary import LAND_CABLE
from transcaspian.engineering.listing_rows import JOINED_KM
from transcaspian.rpl.model import PROVISIONAL, Position, Rpl, Span
from transcaspian.study import Landing, LandTailRules, Place

TURNS_DEG = (0.0, 180.0, *(sign * turn for turn in (30.0, 60.0, 90.0, 120.0, 150.0) for sign in (1.0, -1.0)))
"""Directions in which land is sought for a manhole, from that of the landing's own position."""


@dataclass(frozen=True)
class Ashore:
    """A place of the land tail: ``event`` is ``BMH`` or ``CLS``."""

    event: str
    lon_deg: float
    lat_deg: float
    remarks: str


def with_land_tails(rpl: Rpl, ends: tuple[Landing, Landing], rules: LandTailRules, water: BaseGeometry) -> Rpl:
    """The list with a land tail at either end; KP 0 stays at its first position, and the tail before it is negative.

    Parameters
    ----------
    rpl
        From beach manhole to beach manhole, or from waterline to waterline: what is missing between the end and the
        station is added.
    ends
        The landings that it begins and ends at.
    water
        Polygon of the water, lon/lat: a beach manhole is not assumed in it.
    """
    first, last = (
        _places_ashore(landing, rpl.positions[at], rules, water) for landing, at in zip(ends, (0, -1), strict=True)
    )
    start, *before = joined(rpl.positions[0], first, rules.slack_percent, -1)
    end, *after = joined(rpl.positions[-1], last, rules.slack_percent, 1)
    positions = (*before[::-1], start, *rpl.positions[1:-1], end, *after)
    names = [str(number) for number in range(1, len(positions) + 1)]
    spans = (
        *_spans([*before[::-1], start], rules, f"{LAND_CABLE}-1"),
        *rpl.spans,
        *_spans([end, *after], rules, f"{LAND_CABLE}-{1 + bool(before)}"),
    )
    return replace(
        rpl,
        positions=tuple(replace(at, pos_no=name) for at, name in zip(positions, names, strict=True)),
        spans=tuple(replace(span, from_pos=a, to_pos=b) for span, (a, b) in zip(spans, pairwise(names), strict=True)),
    )


def _places_ashore(landing: Landing, end: Position, rules: LandTailRules, water: BaseGeometry) -> tuple[Ashore, ...]:
    """Beach manhole and cable landing station inland of the end of a list, as far as the list does not have them.

    None where no place for a manhole is known.
    """
    has_manhole = any(event.name == "BMH" for event in end.events)
    manhole = (
        Ashore("BMH", end.lon_deg, end.lat_deg, "")
        if has_manhole
        else manhole_of(landing, (end.lon_deg, end.lat_deg), rules, water)
    )
    if manhole is None:
        return ()
    station = _station(landing, manhole, water)
    return tuple(place for place in (None if has_manhole else manhole, station) if place is not None)


def manhole_of(
    landing: Landing, shore: tuple[float, float], rules: LandTailRules, water: BaseGeometry
) -> Ashore | None:
    """The beach manhole of a landing, at `manhole_lonlat`, and what the list says of it.

    Parameters
    ----------
    landing
        With its manhole where the study gives one.
    shore
        ``(lon, lat)`` of the end of the line at sea, degrees.
    rules
        How far behind the shoreline a manhole is assumed.
    water
        EPSG:4326; an assumed manhole lies outside of it.

    Returns
    -------
    Ashore or None
        With its status; None where the landing has no manhole and none is assumed.
    """
    at = manhole_lonlat(landing, shore, rules, water)
    if at is None:
        return None
    name = f"{landing.name}, beach manhole"
    if landing.beach_manhole:
        return _given("BMH", name, landing.beach_manhole)
    if at == (landing.lon_deg, landing.lat_deg):
        return _given("BMH", name, Place(lon_deg=at[0], lat_deg=at[1], source=landing.source, status=landing.status))
    assumed = f"{PROVISIONAL}: assumed {rules.beach_manhole_m:g} m behind the shoreline"
    return Ashore("BMH", *at, f"{name}; {assumed}")


def manhole_lonlat(
    landing: Landing, shore: tuple[float, float], rules: LandTailRules, water: BaseGeometry
) -> tuple[float, float] | None:
    """Where the beach manhole of a landing is: the same for every system that lands there.

    Parameters
    ----------
    shore
        Where the landing meets the shoreline, longitude and latitude.

    Returns
    -------
    tuple | None
        The one that is given; else the landing's own position, if that is near; else inland of the shoreline, as near
        to the direction of that position as there is land. None where there is none.
    """
    if landing.beach_manhole:
        return landing.beach_manhole.lon_deg, landing.beach_manhole.lat_deg
    to_own_deg, _, own_m = GEOD.inv(*shore, landing.lon_deg, landing.lat_deg)
    is_near = 1000.0 * JOINED_KM < own_m <= rules.beach_manhole_m
    if is_near and not _in_water(water, landing.lon_deg, landing.lat_deg):
        return landing.lon_deg, landing.lat_deg
    for turn_deg in TURNS_DEG:
        lon_deg, lat_deg, _ = GEOD.fwd(*shore, to_own_deg + turn_deg, rules.beach_manhole_m)
        if not _in_water(water, lon_deg, lat_deg):
            return lon_deg, lat_deg
    return None


def _station(landing: Landing, manhole: Ashore, water: BaseGeometry) -> Ashore | None:
    name = f"{landing.name}, cable landing station"
    if landing.cable_station:
        return _given("CLS", name, landing.cable_station)
    _, _, away_m = GEOD.inv(manhole.lon_deg, manhole.lat_deg, landing.lon_deg, landing.lat_deg)
    taken = (landing.lon_deg, landing.lat_deg)
    if landing.beach_manhole or away_m <= 1000.0 * JOINED_KM or _in_water(water, *taken):
        return None
    return Ashore("CLS", *taken, f"{name}; {PROVISIONAL}: at the position of the landing ({landing.source})")


def _given(event: str, name: str, place: Place) -> Ashore:
    provisional = f"; {PROVISIONAL}: {place.source}" if place.status == "ASSUMED" else ""
    return Ashore(event, place.lon_deg, place.lat_deg, name + provisional)


def _in_water(water: BaseGeometry, lon_deg: float, lat_deg: float) -> bool:
    return bool(shapely.contains_xy(water, lon_deg, lat_deg))


def joined(shore: Position, places: Sequence[Ashore], slack_percent: float, way: int) -> list[Position]:
    """The end of a list and the positions inland of it; places no farther apart than `JOINED_KM` share one.

    Parameters
    ----------
    way
        -1 before the first position, where figures fall inland; 1 beyond the last one.
    """
    found = [shore]
    for place in places:
        at = found[-1]
        km = float(geodesic_legs([(at.lon_deg, at.lat_deg), (place.lon_deg, place.lat_deg)])[1][0])
        if km <= JOINED_KM:
            found[-1] = replace(
                at, event=_both(at.event, place.event, " / "), remarks=_both(at.remarks, place.remarks, "; ")
            )
            continue
        route_km = (at.route_km or 0.0) + way * km
        cable_km = (at.cable_km or 0.0) + way * km * (1 + slack_percent / 100)
        inland = Position("", place.event, place.lon_deg, place.lat_deg, route_km, cable_km, remarks=place.remarks)
        found.append(inland)
    return found


def _both(one: str, other: str, between: str) -> str:
    return between.join(filter(None, (one, other)))


def _spans(positions: Sequence[Position], rules: LandTailRules, code: str) -> Iterator[Span]:
    """The spans of a land tail between positions in the order of the list."""
    azimuth_deg, leg_km = geodesic_legs([(at.lon_deg, at.lat_deg) for at in positions])
    for bearing_deg, km in zip(azimuth_deg.tolist(), leg_km.tolist(), strict=True):
        cable_km = km * (1 + rules.slack_percent / 100)
        yield Span("", "", bearing_deg, km, rules.slack_percent, cable_km, code, LAND_CABLE, rules.method)
