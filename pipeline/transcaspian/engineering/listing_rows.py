"""From legs, sections and events to the Route Position List of a system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.frames import known
from transcaspian.core.linear_reference import Event, Range, geodesic_legs, positions_at_km, vertices_km
from transcaspian.engineering.alter_course import Course
from transcaspian.engineering.cable import CablePlan
from transcaspian.engineering.landing import Installation, waterlines_km
from transcaspian.engineering.laying import REASONS
from transcaspian.engineering.profile import Profile
from transcaspian.engineering.rule_sections import RuleSection
from transcaspian.engineering.sectors import Stretch
from transcaspian.rpl.model import PRINT_M, SAME_PLACE_M, Position, Span
from transcaspian.study import BurialRule

Floats = NDArray[np.float64]

JOINED_KM = (SAME_PLACE_M + PRINT_M) / 1000.0
"""Events no farther apart share a position, so that positions stay apart in print too."""

SHORELINE = "shoreline as the data have it"
"""In the remarks of the position where the shoreline of the data is not the waterline."""


@dataclass(frozen=True)
class Stations:
    """Positions of a list on the legs: KP and place of each, shapes ``(n,)`` and ``(n, 2)``, with their events."""

    kp_km: Floats
    lonlat: Floats
    events: tuple[tuple[Event, ...], ...]


def course_events(course: Course) -> list[Event]:
    """The alter courses at sea."""
    begins_km, sea = course.ashore_km[0], course.at_sea
    return [
        Event(begins_km + float(kp_km), "AC", f"{abs(turn):.1f} deg to {'starboard' if turn > 0 else 'port'}")
        for kp_km, turn in zip(vertices_km(sea.lonlat)[1:-1], sea.alter_course_deg, strict=True)
    ]


def shore_events(
    profile: Profile, names: tuple[str, str], water_level: str, sections: Sequence[Installation]
) -> Iterator[Event]:
    """The waterline at both ends, at the level that depths are below, and the outer ends of the shore ends.

    Parameters
    ----------
    names
        Of the two landings.
    water_level
        In words, with its date.
    """
    begin_km, end_km = profile.ashore_km[0], profile.length_km - profile.ashore_km[1]
    lines_km = waterlines_km(profile) or profile.ashore_km
    wet_km = lines_km[0], profile.length_km - lines_km[1]
    for shore_km, kp_km, name in zip((begin_km, end_km), wet_km, names, strict=True):
        yield Event(kp_km, "LP", f"{name}; waterline at {water_level.removeprefix('water level ')}")
        if any(profile.ashore_km) and abs(shore_km - kp_km) > JOINED_KM:
            yield Event(shore_km, "", SHORELINE)
    for before, after in pairwise(sections):
        if "main lay" in (before.kind, after.kind):
            yield Event(after.from_km, "SE", f"{before.kind} to {after.kind}")


def cable_events(cable: CablePlan) -> list[Event]:
    """Transitions with their joints, changes of slack and protection, plough down and up, and amplifiers.

    Amplifiers and joints are numbered from KP 0.
    """
    found = [
        Event(item.kp_km, f"{item.event} {number}", f"cable KP {item.cable_km:.3f}")
        for number, item in enumerate(cable.amplifiers, 1)
    ]
    for number, (before, after) in enumerate(pairwise(cable.types), 1):
        change = f"{before.rule.cable_type} to {after.rule.cable_type}"
        found += [Event(after.from_km, "Tr", change + _within(after)), Event(after.from_km, f"JT {number}")]
    for old, new in pairwise(cable.slack):
        percent = f"slack {old.rule.slack_percent:g} to {new.rule.slack_percent:g} %"
        found.append(Event(new.from_km, "SLACK", percent + _within(new)))
    return [*found, *burial_events(cable.burial)]


def burial_events(burial: Sequence[RuleSection[BurialRule]]) -> Iterator[Event]:
    """Changes of protection; a plough that is down at an end of the route goes down, or comes up, there."""
    if burial[0].rule.method == "plough":
        yield Event(burial[0].from_km, "PLDN", _protection(burial[0]))
    for ending, beginning in pairwise(burial):
        was_down, is_down = (item.rule.method == "plough" for item in (ending, beginning))
        name = "PROT" if was_down == is_down else "PLDN" if is_down else "PLUP"
        yield Event(beginning.from_km, name, _protection(beginning))
    if burial[-1].rule.method == "plough":
        yield Event(burial[-1].to_km, "PLUP")


def _protection(section: RuleSection[BurialRule]) -> str:
    """Method and target, and why the plough is up where it is up for its own sake."""
    rule = section.rule
    because = f" ({REASONS[rule.id]})" if rule.id in REASONS else ""
    return f"{rule.method}, target {rule.target_m:g} m{because}{_within(section)}"


def _within(section: RuleSection[Any]) -> str:
    """Between which KPs the section may begin, for all that its depth is known; empty where that does not matter."""
    if section.change_km is None:
        return ""
    return f", by depth between KP {section.change_km[0]:.1f} and {section.change_km[1]:.1f}"


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
    """Place events on the legs, at positions that lie farther apart than `JOINED_KM`.

    Vertices are positions. Then every crossing that is not near one has a position of its own, so that the lists of two
    systems that cross name the same place; then every other event. An event that is near a position shares it.
    """
    kp_km = vertices_km(course.lonlat)
    for event in sorted(events, key=lambda event: (event.name != "Xing", event.kp_km)):
        if np.abs(kp_km - event.kp_km).min() > JOINED_KM:
            kp_km = np.append(kp_km, event.kp_km)
    kp_km = np.sort(kp_km)
    groups: list[list[Event]] = [[] for _ in kp_km]
    for event in sorted(events, key=lambda event: event.kp_km):
        groups[int(np.abs(kp_km - event.kp_km).argmin())].append(event)
    lonlat = positions_at_km(course.lonlat, kp_km).lonlat
    lonlat[0], lonlat[-1] = course.lonlat[0], course.lonlat[-1]
    return Stations(kp_km, lonlat, tuple(tuple(group) for group in groups))


def rows(
    at: Stations, cable: CablePlan, profile: Profile, waters: Sequence[Stretch]
) -> tuple[tuple[Position, ...], tuple[Span, ...]]:
    """Positions, numbered from 1, and the spans between them.

    Lengths and bearings are those of the geodesics between the positions. Cable and waters change where the list has
    the event of the change, so that every span has one of each kind.

    Parameters
    ----------
    at
        KP, position and events of each row, in the order of KP.
    cable
        Types, slack and burial along the route; a change lies at a row.
    profile
        Gives the depths in m, positive down; None in a position where it is unknown.
    waters
        Stretches of the states' waters; empty where the study has none.

    Returns
    -------
    tuple
        One position for each row, and one span fewer; lengths in km, bearings in degrees clockwise from north.
    """
    slack_percent = [section.rule.slack_percent for section in _of_spans(cable.slack, at.kp_km)]
    azimuth_deg, span_km = geodesic_legs(at.lonlat)
    cable_km = np.concatenate([[0.0], np.cumsum(span_km * (1.0 + np.array(slack_percent) / 100.0))])
    positions = _positions(at, np.concatenate([[0.0], np.cumsum(span_km)]), cable_km, profile)
    types, burial = _of_spans(cable.types, at.kp_km), _of_spans(cable.burial, at.kp_km)
    where = _of_spans(waters or [Stretch(0.0, 0.0, "", "")], at.kp_km)
    spans = tuple(
        Span(
            from_pos=positions[i].pos_no,
            to_pos=positions[i + 1].pos_no,
            bearing_deg=float(azimuth_deg[i]),
            route_km=float(span_km[i]),
            slack_percent=slack_percent[i],
            cable_km=float(cable_km[i + 1] - cable_km[i]),
            cable_code=f"{cable.types.index(types[i]) + 1:02d}-{types[i].rule.cable_type}",
            cable_type=types[i].rule.cable_type,
            protection_method=burial[i].rule.method,
            target_burial_m=burial[i].rule.target_m,
            territorial_water=where[i].territorial_water,
            eez=where[i].seabed_sector,
        )
        for i in range(len(span_km))
    )
    return positions, spans


def _positions(at: Stations, route_km: Floats, cable_km: Floats, profile: Profile) -> tuple[Position, ...]:
    """Positions, numbered from 1; arrays of shape ``(n,)``."""
    known_of = np.column_stack([of(at.kp_km) for of in (profile.depth_at, profile.error_at, profile.resolution_at)])
    return tuple(
        Position(
            pos_no=str(number),
            event=_joined(event.name for event in events),
            lon_deg=float(lon_deg),
            lat_deg=float(lat_deg),
            route_km=float(along_km),
            cable_km=float(along_cable_km),
            depth_m=known(here_m),
            depth_error_m=known(error_m) if np.isfinite(here_m) else None,
            depth_resolution_m=known(spacing_m) if np.isfinite(here_m) else None,
            remarks="; ".join(dict.fromkeys(event.remarks for event in events if event.remarks)),
        )
        for number, (events, (lon_deg, lat_deg), along_km, along_cable_km, (here_m, error_m, spacing_m)) in enumerate(
            zip(at.events, at.lonlat, route_km, cable_km, known_of, strict=True), start=1
        )
    )


def _of_spans(ranges: Sequence[Range], kp_km: Floats) -> list[Range]:
    """Of stretches that follow each other, the one of each span; a stretch begins at the position of its event."""
    begins = [int(np.abs(kp_km - item.from_km).argmin()) for item in ranges]
    return [ranges[int(i) - 1] for i in np.searchsorted(begins, np.arange(len(kp_km) - 1), side="right")]


def _joined(names: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(filter(None, names)))
