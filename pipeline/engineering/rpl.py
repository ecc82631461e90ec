"""From legs, sections and events to the Route Position List of a system."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.engineering.alter_course import Course
from pipeline.engineering.cable import Cable
from pipeline.engineering.kp import Event, geodesic_legs, positions_at_km, range_at, vertices_km
from pipeline.engineering.profile import Profile
from pipeline.engineering.sectors import Stretch
from pipeline.frames import known
from pipeline.rpl import Position, Span

Floats = NDArray[np.float64]

SAME_PLACE_KM = 0.0005
"""Events closer than half a metre share a position."""


@dataclass(frozen=True)
class Stations:
    """Positions of a list on the legs: KP and place of each, shapes ``(n,)`` and ``(n, 2)``, with their events."""

    kp_km: Floats
    lonlat: Floats
    events: tuple[tuple[Event, ...], ...]


def course_events(course: Course, from_name: str, to_name: str) -> list[Event]:
    """Beach manholes at both ends and the alter courses between them."""
    at_km = vertices_km(course.lonlat)
    turns = [
        Event(float(kp_km), "AC", f"{abs(turn):.1f}° to {'starboard' if turn > 0 else 'port'}")
        for kp_km, turn in zip(at_km[1:-1], course.alter_course_deg, strict=True)
    ]
    return [Event(0.0, "BMH", from_name), *turns, Event(float(at_km[-1]), "BMH", to_name)]


def cable_events(cable: Cable) -> list[Event]:
    """Transitions, changes of slack and protection, plough down and up, and amplifiers."""
    found = [Event(item.kp_km, item.event, f"cable KP {item.cable_km:.3f}") for item in cable.amplifiers]
    for before, after in pairwise(cable.types):
        found.append(Event(after.from_km, "Tr", f"{before.rule.cable_type} to {after.rule.cable_type}"))
    for old, new in pairwise(cable.slack):
        percent = f"slack {old.rule.slack_percent:g} to {new.rule.slack_percent:g} %"
        found.append(Event(new.from_km, "SLACK", percent))
    for ending, beginning in pairwise(cable.burial):
        ploughs = beginning.rule.method == "plough", ending.rule.method == "plough"
        name = "PLDN" if ploughs[0] else "PLUP" if ploughs[1] else "PROT"
        remarks = f"{beginning.rule.method}, target {beginning.rule.target_m:g} m"
        found.append(Event(beginning.from_km, name, remarks))
    return found


def depth_events(profile: Profile, marks_m: Iterable[float], others: Sequence[Event]) -> list[Event]:
    """``WD nnn`` wherever the route passes a depth, at the KP between samples where it does.

    None within two samples of another event: the list gives the depth of every position anyway.
    """
    found: list[Event] = []
    taken_km = np.array([event.kp_km for event in others])
    depth_m, kp_km = profile.depth_m, profile.kp_km
    for mark_m in marks_m:
        below = depth_m >= mark_m
        known = np.isfinite(depth_m)
        for i in np.flatnonzero((below[1:] != below[:-1]) & known[1:] & known[:-1]):
            share = (mark_m - depth_m[i]) / (depth_m[i + 1] - depth_m[i])
            at_km = float(kp_km[i] + share * (kp_km[i + 1] - kp_km[i]))
            if np.abs(taken_km - at_km).min(initial=np.inf) > 2 * profile.step_km:
                found.append(Event(at_km, f"WD {mark_m:g}"))
    return found


def stations(course: Course, events: Sequence[Event]) -> Stations:
    """Place events on the legs; those at one place share a position, and those at a vertex take the vertex itself."""
    corners_km = vertices_km(course.lonlat)
    ordered = sorted(events, key=lambda event: event.kp_km)
    groups: list[list[Event]] = []
    for event in ordered:
        if groups and event.kp_km - groups[-1][0].kp_km <= SAME_PLACE_KM:
            groups[-1].append(event)
        else:
            groups.append([event])
    kp_km = np.array([_station_km(group, corners_km) for group in groups])
    lonlat = positions_at_km(course.lonlat, kp_km).lonlat
    lonlat[0], lonlat[-1] = course.lonlat[0], course.lonlat[-1]
    return Stations(kp_km, lonlat, tuple(tuple(group) for group in groups))


def rows(
    at: Stations, cable: Cable, profile: Profile, waters: Sequence[Stretch]
) -> tuple[tuple[Position, ...], tuple[Span, ...]]:
    """Positions, numbered from 1, and the spans between them.

    Lengths and bearings are those of the geodesics between the positions. A span has the cable of the sections that its
    middle lies in; changes of cable are positions, so that every span lies in one section of each kind.
    """
    azimuth_deg, span_km = geodesic_legs(at.lonlat)
    route_km = np.concatenate([[0.0], np.cumsum(span_km)])
    middle_km = (at.kp_km[1:] + at.kp_km[:-1]) / 2
    slack = [range_at(cable.slack, km).rule.slack_percent for km in middle_km]
    cable_km = np.concatenate([[0.0], np.cumsum(span_km * (1.0 + np.array(slack) / 100.0))])
    depth_m = profile.depth_at(at.kp_km)
    positions = tuple(
        Position(
            pos_no=str(i + 1),
            event=_joined(event.name for event in at.events[i]),
            lon_deg=float(at.lonlat[i, 0]),
            lat_deg=float(at.lonlat[i, 1]),
            route_km=float(route_km[i]),
            cable_km=float(cable_km[i]),
            depth_m=known(depth_m[i]),
            remarks="; ".join(dict.fromkeys(event.remarks for event in at.events[i] if event.remarks)),
        )
        for i in range(len(route_km))
    )
    spans = []
    for i, km in enumerate(middle_km):
        laid, burial = range_at(cable.types, km), range_at(cable.burial, km)
        where = range_at(waters, km) if waters else None
        spans.append(
            Span(
                from_pos=positions[i].pos_no,
                to_pos=positions[i + 1].pos_no,
                bearing_deg=float(azimuth_deg[i]),
                route_km=float(span_km[i]),
                slack_percent=slack[i],
                cable_km=float(cable_km[i + 1] - cable_km[i]),
                cable_code=f"{cable.types.index(laid) + 1:02d}-{laid.rule.cable_type}",
                cable_type=laid.rule.cable_type,
                protection_method=burial.rule.method,
                target_burial_m=burial.rule.target_m,
                territorial_water=where.territorial_water if where else "",
                eez=where.state if where else "",
            )
        )
    return positions, tuple(spans)


def _station_km(group: Sequence[Event], corners_km: Floats) -> float:
    """The KP of a vertex where one of the events stands at it, else of the first event."""
    for event in group:
        near = float(corners_km[np.abs(corners_km - event.kp_km).argmin()])
        if abs(near - event.kp_km) <= SAME_PLACE_KM:
            return near
    return group[0].kp_km


def _joined(names: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(names))
