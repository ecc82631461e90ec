"""What a list plans that engineers avoid: its figures may all hold, and it is still worth a second look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import signed_deg
from transcaspian.rpl.model import STRAIGHT, Position, Rpl
from transcaspian.rpl.qa import (
    CROSSINGS,
    DEFAULTS,
    ROUNDED_M,
    Breach,
    Geometry,
    Tolerances,
    along,
    geometry_of,
    is_whole,
    plough_of,
    ploughed,
    with_events,
)

Floats = NDArray[np.float64]

BODIES = {"RPTR": "repeater", "ROPA": "amplifier", "BU": "branching unit", "JT": "joint"}
BOUNDARIES = ("TW", "FZ", "EEZ", "BOUNDARY", "MEDIAN", "EDGE")
BENT_DEG = 1.0
"""What a stretch turns in all before it is no longer called straight: the rounding of the positions turns it less."""


@dataclass(frozen=True)
class Course:
    """Distance of each position along the route, km, and the turn at each, degrees; shape ``(n,)``, 0 at the ends."""

    kp_km: Floats
    turn_deg: Floats


def check_practice(rpl: Rpl, tolerances: Tolerances = DEFAULTS) -> tuple[Breach, ...]:
    """What a list plans against practice; empty where it does not, or where its positions and spans do not alternate.

    Distances are along the route, by the geodesics of the positions.

    Parameters
    ----------
    rpl
        Positions and spans in their order.
    tolerances
        What to keep from what.

    Returns
    -------
    In the order of the list.
    """
    if not is_whole(rpl):
        return ()
    geometry = geometry_of(rpl)
    course = course_of(geometry)
    by_rule = [
        ("jumps", check_jumps(geometry, tolerances)),
        ("plough-standoff", check_plough(rpl, course, tolerances)),
        ("body-crossing", check_bodies_at(rpl, course, tolerances)),
        ("body-boundary", _near(rpl, course, BOUNDARIES, tolerances.boundary_clear_km, "a boundary", WHY_BOUNDARY)),
        ("body-turn", check_turns(rpl, course, tolerances)),
        ("straight", check_straight(rpl, course, tolerances)),
    ]
    return along(replace(breach, rule=rule) for rule, breaches in by_rule for breach in breaches)


WHY_BOUNDARY = "a repair there needs the permits of both sides"
WHY_CROSSING = "a repair there endangers the other asset"
WHY_TURN = "the body is laid and recovered under tension, off its line"


def course_of(geometry: Geometry) -> Course:
    """Distances and turns by the geodesics."""
    lonlat = geometry.lonlat
    _, back_deg, _ = GEOD.inv(lonlat[:-1, 0], lonlat[:-1, 1], lonlat[1:, 0], lonlat[1:, 1])
    arrives_deg = np.asarray(back_deg) + 180.0
    turn_deg = np.zeros(len(lonlat))
    turn_deg[1:-1] = signed_deg(geometry.azimuth_deg[1:] - arrives_deg[:-1])
    return Course(np.concatenate([[0.0], np.cumsum(geometry.geodesic_km)]), turn_deg)


def check_jumps(geometry: Geometry, tolerances: Tolerances) -> Iterator[Breach]:
    """Spans longer than any that a list has."""
    for index in np.flatnonzero(geometry.geodesic_km > tolerances.jump_km).tolist():
        found = f"{geometry.geodesic_km[index]:.3f} km to the position before"
        sentence = "lists have no spans so long: a position is missing, or in the wrong place"
        yield Breach("position", index + 1, "Latitude", found, f"expected {tolerances.jump_km:g} km or less", sentence)


def bodies(rpl: Rpl) -> list[tuple[int, str]]:
    """Index and name of each repeater, amplifier, joint and branching unit; of two at one position the first."""
    found = ((index, event) for index, at in enumerate(rpl.positions) for event in at.events if event.name in BODIES)
    named: dict[int, str] = {}
    for index, event in found:
        named.setdefault(index, f"{BODIES[event.name]} {event.number}".strip())
    return list(named.items())


def check_plough(rpl: Rpl, course: Course, tolerances: Tolerances) -> Iterator[Breach]:
    """Plough sections that run up to a crossing; one through it is a breach: see `check_ploughed`."""
    crossed = with_events(rpl, CROSSINGS)
    for index, is_down in enumerate(ploughed(rpl)):
        for at in crossed if is_down else ():
            from_km, to_km = course.kp_km[index], course.kp_km[index + 1]
            away_m = 1000.0 * max(from_km - course.kp_km[at], course.kp_km[at] - to_km, 0.0)
            if at not in (index, index + 1) and away_m < tolerances.plough_clear_m - ROUNDED_M:
                where = f"crossing at position {rpl.positions[at].pos_no}"
                found = f"{plough_of(rpl, index)} {away_m:.0f} m from the {where}"
                expected = f"expected the plough up within {tolerances.plough_clear_m:g} m of it"
                sentence = "the gap is buried afterwards or covered: a plough cuts what it crosses"
                yield Breach("span", index, "ProtectionMethod", found, expected, sentence)


def check_bodies_at(rpl: Rpl, course: Course, tolerances: Tolerances) -> Iterator[Breach]:
    """Bodies nearer to a crossing than the greater of a length and a multiple of the depth."""
    for at in with_events(rpl, CROSSINGS):
        depth_m = max(rpl.positions[at].depth_m or 0.0, 0.0)
        clear_km = max(tolerances.body_clear_km, tolerances.body_depth_factor * depth_m / 1000.0)
        yield from _near_one(rpl, course, at, clear_km, "the crossing", WHY_CROSSING)


def check_turns(rpl: Rpl, course: Course, tolerances: Tolerances) -> Iterator[Breach]:
    """Bodies near a large alter course, whether or not the list calls it one."""
    for at in np.flatnonzero(np.abs(course.turn_deg) >= tolerances.large_turn_deg).tolist():
        what = f"the alter course of {abs(course.turn_deg[at]):.1f}°"
        yield from _near_one(rpl, course, at, tolerances.turn_clear_km, what, WHY_TURN)


def _near(
    rpl: Rpl, course: Course, names: tuple[str, ...], clear_km: float, what: str, sentence: str
) -> Iterator[Breach]:
    """Bodies near positions that have one of the events."""
    for at in with_events(rpl, names):
        yield from _near_one(rpl, course, at, clear_km, what, sentence)


def _near_one(rpl: Rpl, course: Course, at: int, clear_km: float, what: str, sentence: str) -> Iterator[Breach]:
    """Bodies nearer to a position than they should be."""
    other: Position = rpl.positions[at]
    for index, name in bodies(rpl):
        away_km = abs(float(course.kp_km[index] - course.kp_km[at]))
        if away_km < clear_km:
            found = f"{name} {away_km:.3f} km from {what} at position {other.pos_no}"
            yield Breach("position", index, "Event", found, f"expected {clear_km:g} km or more", sentence)


def check_straight(rpl: Rpl, course: Course, tolerances: Tolerances) -> Iterator[Breach]:
    """The longest stretch in which the route does not bend, where it is long and the list does not say so itself."""
    if any(key == STRAIGHT for key, _ in rpl.header):
        return
    begins_km, turned_deg, longest_km = float(course.kp_km[0]), 0.0, 0.0
    for kp_km, turn_deg in zip(course.kp_km[1:], course.turn_deg[1:], strict=True):
        longest_km = max(longest_km, float(kp_km) - begins_km)
        turned_deg += float(turn_deg)
        if abs(turned_deg) > BENT_DEG:
            begins_km, turned_deg = float(kp_km), 0.0
    if longest_km > tolerances.straight_km:
        expected = f"expected one within {tolerances.straight_km:g} km, or a heading that says why not"
        sentence = "such a line is a geodesic between its ends: there were no data that would bend it"
        yield Breach("list", 0, "Event", f"no alter course in {longest_km:.1f} km", expected, sentence)
