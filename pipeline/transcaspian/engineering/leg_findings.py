"""Where a line that a person gives and the rules differ, leg by leg: told, and never mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.grid import Grid, length_m
from transcaspian.core.linear_reference import KpRange, vertices_km
from transcaspian.core.vocabulary import CROSSING
from transcaspian.engineering.alter_course import Course
from transcaspian.engineering.cable import CablePlan
from transcaspian.engineering.crossings import Crossing
from transcaspian.engineering.laying import AT_BEND, SLIVER_KM, ploughed
from transcaspian.engineering.rule_sections import RuleSection
from transcaspian.engineering.stated import Listed, burial_of, has_burial, type_of
from transcaspian.routing import along_geodesics, violations
from transcaspian.rpl.qa import check_rpl
from transcaspian.study import AlterCourseRules

Floats = NDArray[np.float64]

SHORTEST_KM = 0.75
"""Stretches that differ over less are where a change of cable was moved to another event: three samples."""
NEAR_CROSSING_KM = 0.5


@dataclass(frozen=True)
class LegFinding(KpRange):
    """A leg, or a stretch, where the list says one thing and a rule another.

    Attributes
    ----------
    from_km, to_km
        KPs of its ends.
    from_pos, to_pos
        Positions of the list around it.
    rule
        Key of the study, or the check of lists.
    found, expected
        What the list has and what the rule asks for, in words.

    Examples
    --------
    >>> rule = "engineering.alter_course.min_leg_km"
    >>> print(LegFinding(12.0, 12.4, "7", "8", rule, "a leg of 0.400 km", "1 km or more"))
    positions 7 to 8: a leg of 0.400 km, engineering.alter_course.min_leg_km asks for 1 km or more
    """

    from_pos: str
    to_pos: str
    rule: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"positions {self.from_pos} to {self.to_pos}: {self.found}, {self.rule} asks for {self.expected}"


def _finding(listed: Listed, from_km: float, to_km: float, rule: str, found: str, expected: str) -> LegFinding:
    """A finding between two KPs, with the positions of the list around them."""
    first = int(np.clip(np.searchsorted(listed.kp_km, from_km + 1e-6, side="right") - 1, 0, len(listed.kp_km) - 1))
    last = int(np.clip(np.searchsorted(listed.kp_km, to_km - 1e-6), 0, len(listed.kp_km) - 1))
    before, after = (listed.rpl.positions[i].pos_no for i in (first, last))
    return LegFinding(from_km, to_km, before, after, rule, found, expected)


def course_findings(
    listed: Listed, course: Course, rules: AlterCourseRules, max_depth_m: float | None
) -> Iterator[LegFinding]:
    """Legs that are too short, and turns that are too sharp or have too little room.

    Parameters
    ----------
    listed
        The list, whose positions the KPs are told by.
    course
        The legs of the list; its land tails are left out.
    rules
        Shortest leg in km, sharpest turn in degrees, radius in m.
    max_depth_m
        Deepest seabed below the route, which the turning radius grows with; None where no depth is known.
    """
    begins_km, course = course.ashore_km[0], course.at_sea
    at_km = begins_km + vertices_km(course.lonlat)
    legs_km = np.diff(at_km)
    key = "engineering.alter_course"
    for i, leg_km in enumerate(legs_km.tolist()):
        is_end = i in (0, len(legs_km) - 1)
        for name, min_km in (("min_leg_km", rules.min_leg_km), ("straight_approach_km", rules.straight_approach_km)):
            if leg_km < min_km - 0.0005 and (is_end or name == "min_leg_km"):
                found = f"a leg of {leg_km:.3f} km"
                yield _finding(listed, at_km[i], at_km[i + 1], f"{key}.{name}", found, f"{min_km:g} km or more")
    radius_m = max(rules.turning_radius_m, rules.turning_radius_depth_factor * (max_depth_m or 0.0))
    for i, turn_deg in enumerate(np.abs(course.alter_course_deg).tolist(), 1):
        around = at_km[i - 1], at_km[i + 1]
        if turn_deg > rules.max_alter_course_deg:
            found, limit = f"a turn of {turn_deg:.1f}°", f"{rules.max_alter_course_deg:g}° or less"
            yield _finding(listed, *around, f"{key}.max_alter_course_deg", found, limit)
        need_m = radius_m * np.tan(np.radians(min(turn_deg, 179.0)) / 2.0)
        room_m = 500.0 * float(min(legs_km[i - 1], legs_km[i]))
        if need_m > room_m:
            found = f"a turn of {turn_deg:.1f}° with {room_m:,.0f} m of each leg to take it"
            yield _finding(listed, *around, f"{key}.turning_radius_m", found, f"{need_m:,.0f} m")


def area_findings(
    listed: Listed, course: Course, grid: Grid, water: shapely.Geometry, closed: shapely.Geometry | None
) -> Iterator[LegFinding]:
    """Legs on land or in closed areas.

    Parameters
    ----------
    listed
        The list, whose positions the KPs are told by.
    course
        The legs of the list; its land tails are left out.
    grid
        Legs are drawn as geodesics on it, and its bounds are the study's.
    water
        Polygons in EPSG:4326 to stay in.
    closed
        Polygons in EPSG:4326 to stay out of; None where nothing is closed.
    """
    begins_km, lonlat = course.ashore_km[0], course.at_sea.lonlat
    for (from_km, to_km), leg in zip(pairwise(begins_km + vertices_km(lonlat)), pairwise(lonlat), strict=True):
        drawn = along_geodesics(grid, np.array(leg))
        for rule, limits in (("sources.shoreline", (water, None)), ("no_go", (shapely.box(*grid.bounds), closed))):
            pieces = violations(drawn, *limits)
            if pieces:
                km = sum(length_m(shapely.get_coordinates(part)) for piece in pieces for part in _lines(piece)) / 1000.0
                where = "on land" if rule == "sources.shoreline" else "in closed areas"
                yield _finding(listed, float(from_km), float(to_km), rule, f"{km:.3f} km {where}", "none")


def _lines(piece: shapely.Geometry) -> list[shapely.Geometry]:
    return [part for part in shapely.get_parts(piece) if part.geom_type == "LineString"]


def cable_findings(listed: Listed, planned: CablePlan) -> Iterator[LegFinding]:
    """Stretches whose cable, slack or burial is stated and is not that of the rules."""
    spans = listed.rpl.spans
    burial = [
        burial_of(span) or ((span.protection_method, span.target_burial_m) if has_burial(span) else None)
        for span in spans
    ]
    of_rules: tuple[tuple[str, Sequence[RuleSection[Any]], list[Any], Any], ...] = (
        ("engineering.cable_types", planned.types, [type_of(s) or s.cable_type or None for s in spans], "cable_type"),
        ("engineering.slack", planned.slack, [span.slack_percent for span in spans], "slack_percent"),
        ("engineering.burial", planned.burial, burial, None),
    )
    for key, sections, values, name in of_rules:
        for from_km, to_km, stated, section in _overlaps(listed, sections, values):
            wanted = getattr(section.rule, name) if name else (section.rule.method, section.rule.target_m)
            if stated != wanted:
                yield _finding(
                    listed, from_km, to_km, f"{key}.{section.rule.id}", _said(stated, key), _said(wanted, key)
                )


def plough_findings(listed: Listed, stated: CablePlan, planned: CablePlan) -> Iterator[LegFinding]:
    """Where the list ploughs through a crossing, or a bend that a plough cannot follow, over whatever length."""
    for section in planned.burial:
        if CROSSING not in section.rule.near and section.rule.id != AT_BEND:
            continue
        for down in ploughed(stated.burial):
            from_km, to_km = max(down.from_km, section.from_km), min(down.to_km, section.to_km)
            if to_km - from_km > SLIVER_KM:
                found = f"ploughed {'at a crossing' if CROSSING in section.rule.near else 'around a bend'}"
                rule = f"engineering.{'burial' if CROSSING in section.rule.near else 'plough'}.{section.rule.id}"
                yield _finding(listed, from_km, to_km, rule, found, "PLUP before it and PLDN behind it")


def _overlaps(
    listed: Listed, sections: Sequence[RuleSection[Any]], values: Sequence[Any]
) -> Iterator[tuple[float, float, Any, RuleSection[Any]]]:
    """Stretches that one stated value and one section share, where they are long enough; equal neighbours are one."""
    merged: list[tuple[float, float, Any]] = []
    for (from_km, to_km), value in zip(pairwise(listed.kp_km.tolist()), values, strict=True):
        if merged and merged[-1][2] == value:
            merged[-1] = merged[-1][0], to_km, value
        else:
            merged.append((from_km, to_km, value))
    for from_km, to_km, value in merged:
        for section in sections if value is not None else ():
            begin, end = max(from_km, section.from_km), min(to_km, section.to_km)
            if end - begin > SHORTEST_KM:
                yield begin, end, value, section


def _said(value: Any, key: str) -> str:
    if key.endswith("slack"):
        return f"slack of {value:g} %"
    if isinstance(value, tuple):
        method, target_m = value
        return f"{method or 'no method stated'}{'' if target_m is None else f' to {target_m:g} m'}"
    return f"cable {value}"


def crossing_findings(listed: Listed, crossed: Sequence[Crossing]) -> Iterator[LegFinding]:
    """Crossings that a part of the list has no position for, where it names others."""
    for part in listed.parts():
        places = zip(part.rpl.positions, part.kp_km.tolist(), strict=True)
        named = [kp for at, kp in places if any(event.name == "Xing" for event in at.events)]
        for item in crossed if named else ():
            is_here = part.kp_km[0] <= item.kp_km <= part.kp_km[-1]
            if is_here and min(abs(kp - item.kp_km) for kp in named) > NEAR_CROSSING_KM:
                found = f"no position for the crossing of {item.asset.name} ({item.asset.asset_id})"
                yield _finding(part, item.kp_km, item.kp_km, "engineering.neighbours", found, "an event Xing")


def list_findings(listed: Listed) -> Iterator[LegFinding]:
    """Figures of the list that do not hold against its geodesics, or each other."""
    for part in listed.parts():
        last = len(part.kp_km) - 1
        for breach in check_rpl(part.rpl):
            first = min(breach.index, last)
            from_km, to_km = (float(part.kp_km[i]) for i in (first, min(first + (breach.place == "span"), last)))
            found = f"{breach.column} {breach.found}"
            yield _finding(part, from_km, to_km, f"check-rpl, {breach.column}", found, breach.expected)
