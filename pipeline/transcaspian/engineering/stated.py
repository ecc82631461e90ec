"""A route whose list, or some legs of it, a person gives: what is stated stands, what is left empty is engineered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.linear_reference import Event, positions_at_km, range_at, vertices_km
from transcaspian.core.vocabulary import PROTECTION_METHODS
from transcaspian.engineering.alter_course import Course
from transcaspian.engineering.cable import ARMOUR, Amplifier, CablePlan, cable_along, joints_of, spare_km
from transcaspian.engineering.listing_rows import JOINED_KM, rows, stations
from transcaspian.engineering.profile import Profile
from transcaspian.engineering.rule_sections import RuleSection
from transcaspian.engineering.sectors import Stretch
from transcaspian.rpl.model import COLUMNS, Position, Rpl, Span, stated_length_km
from transcaspian.rpl.vertices import joined_ranges, sea_ends
from transcaspian.study import CableRule, Engineering

Floats = NDArray[np.float64]
Rule = TypeVar("Rule", bound=CableRule)

GROUPS = (
    ("AC",),
    ("RPTR", "ROPA"),
    ("Xing",),
    ("WD",),
    ("LP",),
    ("SE",),
)
"""Events that a list names all of, or none: where it has one of a group, the others of the group are left to it."""
KNOWN_METHODS = {name.lower(): name for name in PROTECTION_METHODS}
SPAN_EVENTS = {"Tr": "cable_type", "SLACK": "slack_percent", "PLDN": "burial", "PLUP": "burial", "PROT": "burial"}
"""Events that stand between spans, and what of the spans changes there."""
WATER_EVENTS = ("TW", "FZ", "BOUNDARY", "MEDIAN", "EDGE", "EEZ")


@dataclass(frozen=True)
class Listed:
    """A list that a person gives, beside the legs.

    Attributes
    ----------
    rpl
        From waterline to waterline; all vertices of the legs are positions of it.
    kp_km
        Of each position on the legs, shape ``(n,)``.
    given
        First and last position, by index, of each part that a person gives; what lies between states nothing.
    """

    rpl: Rpl
    kp_km: Floats
    given: tuple[tuple[int, int], ...]

    def parts(self) -> Iterator[Listed]:
        """Each part that a person gives."""
        for first, last in self.given:
            positions, spans = self.rpl.positions[first : last + 1], self.rpl.spans[first:last]
            rpl = replace(self.rpl, positions=positions, spans=spans)
            yield Listed(rpl, self.kp_km[first : last + 1], ((0, last - first),))

    def gives(self, kp_km: float) -> bool:
        """Whether a KP lies within a part, or at an end of the route that it has."""
        index = np.arange(len(self.kp_km))[[0, -1]]
        return any(
            (first == index[0] or self.kp_km[first] + JOINED_KM < kp_km)
            and (last == index[1] or kp_km < self.kp_km[last] - JOINED_KM)
            for first, last in self.given
        )


def listed_on(course: Course, stated: Rpl, locked: Sequence[tuple[str, str]] = ()) -> Listed:
    """A list that a person gives on the legs that were laid by it.

    Parameters
    ----------
    stated
        From waterline to waterline.
    locked
        First and last PosNo of the legs of it that stand, where the others were sought; empty: all stand.
    """
    if not locked:
        return Listed(stated, kp_on(course, stated), ((0, len(stated.positions) - 1),))
    positions: list[Position] = []
    spans: list[Span] = []
    given: list[tuple[int, int]] = []
    begin = 0
    index = {at.pos_no: i for i, at in enumerate(stated.positions)}
    for first, last in joined_ranges((index[a], index[b]) for a, b in locked):
        start, end = (_vertex_at(course, stated.positions[i]) for i in (first, last))
        _add_unstated(positions, spans, course.lonlat[begin:start])
        given.append((len(positions), len(positions) + last - first))
        spans += [_span_between()] * bool(positions)
        positions += [replace(at, route_km=None, cable_km=None) for at in stated.positions[first : last + 1]]
        spans += stated.spans[first:last]
        begin = end + 1
    _add_unstated(positions, spans, course.lonlat[begin:])
    rpl = replace(stated, positions=tuple(positions), spans=tuple(spans))
    return Listed(rpl, kp_on(course, rpl), tuple(given))


def from_manholes(stated: Rpl, course: Course) -> Rpl:
    """A list from shoreline to shoreline with the manholes that its legs run from and to: its cable goes on ashore."""
    before, after = course.ashore
    ends = course.lonlat[:before].tolist(), course.lonlat[len(course.lonlat) - after :].tolist()
    first, last = ([Position("", "", lon, lat, None) for lon, lat in places] for places in ends)
    positions = (*first, *stated.positions, *last)
    names = [str(number) for number in range(1, len(positions) + 1)]
    ashore = [replace(stated.spans[end], bearing_deg=None, route_km=None, cable_km=None) for end in (0, -1)]
    spans = ([ashore[0]] * before, stated.spans, [ashore[1]] * after)
    return replace(
        stated,
        positions=tuple(replace(at, pos_no=name) for at, name in zip(positions, names, strict=True)),
        spans=tuple(
            replace(span, from_pos=a, to_pos=b)
            for span, (a, b) in zip((span for part in spans for span in part), pairwise(names), strict=True)
        ),
    )


def _vertex_at(course: Course, at: Position) -> int:
    return int(np.abs(course.lonlat - (at.lon_deg, at.lat_deg)).sum(axis=1).argmin())


def _add_unstated(positions: list[Position], spans: list[Span], vertices: Floats) -> None:
    """Go on, in place, with positions that state nothing but where they are."""
    for lon, lat in vertices.tolist():
        spans += [_span_between()] * bool(positions)
        positions.append(Position("", "", lon, lat, None))


def _span_between() -> Span:
    return Span("", "", None, None)


def kp_on(course: Course, stated: Rpl) -> Floats:
    """KP on the legs of each position of the list that gave them, shape ``(n,)``."""
    along_km, at_km = vertices_km(stated.lonlat), vertices_km(course.lonlat)
    index, begin = [], 0
    for vertex in course.lonlat:
        begin += int(np.abs(stated.lonlat[begin:] - vertex).sum(axis=1).argmin())
        index.append(begin)
    return np.interp(along_km, along_km[index], at_km)


def has_burial(span: Span) -> bool:
    """Whether a span states how it is protected."""
    return bool(span.protection_method.strip()) or span.target_burial_m is not None


def type_of(span: Span) -> str | None:
    """The armour of a span as rules know it; None where it states none, or another."""
    name = span.cable_type.strip().upper()
    return name if name in ARMOUR else None


def burial_of(span: Span) -> tuple[str, float] | None:
    """Method and target of a span as rules know them; None where it states none, or others."""
    method = KNOWN_METHODS.get(span.protection_method.strip().lower())
    return None if method is None or span.target_burial_m is None else (method, span.target_burial_m)


def stated_cable(planned: CablePlan, listed: Listed, rules: Engineering) -> CablePlan:
    """The cable of a route by its list, and by the rules where that is empty.

    Parameters
    ----------
    planned
        By the rules alone.
    """
    spans, kp_km = listed.rpl.spans, listed.kp_km
    types = _merged(planned.types, kp_km, [type_of(span) for span in spans], ("cable_type",), rules.cable_types)
    slack = _merged(planned.slack, kp_km, [span.slack_percent for span in spans], ("slack_percent",), rules.slack)
    burial = _merged(planned.burial, kp_km, [burial_of(span) for span in spans], ("method", "target_m"), rules.burial)
    edges_km, along_km = cable_along(slack)
    amplifiers = tuple(
        Amplifier(name, kp, float(np.interp(kp, edges_km, along_km))) for name, kp in _amplifiers(planned, listed)
    )
    length_km = stated_length_km(listed.rpl, "cable_km") or float(along_km[-1])
    spare = spare_km(length_km, joints_of(types, amplifiers), rules.spare)
    return CablePlan(types, slack, burial, amplifiers, length_km, spare)


def _amplifiers(planned: CablePlan, listed: Listed) -> list[tuple[str, float]]:
    """Name and KP of the amplifiers: those that the list names, and those of the rules in parts that name none."""
    found = [(item.event, item.kp_km) for item in planned.amplifiers]
    for part in listed.parts():
        places = zip(part.rpl.positions, part.kp_km.tolist(), strict=True)
        named = [(name, kp) for at, kp in places for name in _names(at) if name in GROUPS[1]]
        if named:
            is_whole = len(part.kp_km) == len(listed.kp_km)
            beside = [] if is_whole else [one for one in found if not part.kp_km[0] <= one[1] <= part.kp_km[-1]]
            found = [*beside, *named]
    return sorted(found, key=lambda one: one[1])


def _merged(
    planned: Sequence[RuleSection[Rule]],
    kp_km: Floats,
    values: Sequence[Any],
    fields: tuple[str, ...],
    rules: Sequence[Rule],
) -> tuple[RuleSection[Rule], ...]:
    """Sections by what spans state, and as planned where they state nothing; neighbours of one value are one.

    ``fields``: those of a rule that are its value.
    """
    value_of = attrgetter(*fields)
    found: list[RuleSection[Rule]] = []
    for (from_km, to_km), value in zip(pairwise(kp_km.tolist()), values, strict=True):
        if value is None:
            pieces = [
                (max(item.from_km, from_km), min(item.to_km, to_km), item.rule)
                for item in planned
                if item.from_km < to_km and item.to_km > from_km
            ]
        else:
            like = [range_at(planned, (from_km + to_km) / 2).rule, *rules]
            rule = next((one for one in like if value_of(one) == value), None)
            pieces = [(from_km, to_km, rule or _as_stated(rules[-1], value, fields))]
        for begin, end, one in pieces:
            if found and value_of(found[-1].rule) == value_of(one):
                found[-1] = replace(found[-1], to_km=end)
            elif end > begin:
                found.append(RuleSection(begin, end, one))
    return tuple(found)


def _as_stated(rule: Rule, value: Any, fields: tuple[str, ...]) -> Rule:
    """A rule of no study, for what a list states and no rule has."""
    values = value if isinstance(value, tuple) else (value,)
    return rule.model_copy(update={"id": "as-stated", **dict(zip(fields, values, strict=True))})


def _names(at: Position) -> list[str]:
    return [event.name for event in at.events]


def left_to_rules(events: Sequence[Event], listed: Listed) -> list[Event]:
    """Of the events that rules give, those about what the list leaves empty."""
    left = [event for event in events if not listed.gives(event.kp_km)]
    for part, within in zip(listed.parts(), listed.given, strict=True):
        here = replace(listed, given=(within,))
        left += _left_by(part, [event for event in events if here.gives(event.kp_km)])
    return sorted(left, key=events.index)


def _left_by(part: Listed, events: Sequence[Event]) -> Iterator[Event]:
    """Of the events within a part of the list, those that it leaves to rules."""
    spans = part.rpl.spans
    named = {name for at in part.rpl.positions for name in _names(at)}
    closed = {name for group in GROUPS if named & set(group) for name in group}
    if states_waters(part):
        closed |= set(WATER_EVENTS)
    empty = {
        "cable_type": [not span.cable_type.strip() for span in spans],
        "slack_percent": [span.slack_percent is None for span in spans],
        "burial": [not has_burial(span) for span in spans],
    }
    for event in events:
        name = event.name.split(" ")[0]
        if name not in SPAN_EVENTS:
            is_left = name not in closed
        else:
            is_left = any(
                is_empty and from_km + JOINED_KM < event.kp_km < to_km - JOINED_KM
                for (from_km, to_km), is_empty in zip(pairwise(part.kp_km), empty[SPAN_EVENTS[name]], strict=True)
            )
        if is_left:
            yield event


def states_waters(part: Listed) -> bool:
    """Whether a part of a list says whose waters its spans lie in."""
    return any(span.eez or span.territorial_water for span in part.rpl.spans)


def stated_list(
    listed: Listed,
    course: Course,
    events: Sequence[Event],
    cable: CablePlan,
    profile: Profile,
    waters: Sequence[Stretch],
) -> Rpl:
    """The list of a route with what it leaves empty filled in, and positions more for events that it leaves to rules.

    Parameters
    ----------
    events
        From `left_to_rules`.
    cable
        From `stated_cable`.
    waters
        Whose they are, from KP 0 to the end; empty where the study does not tell.
    """
    stated, kp_km = listed.rpl, listed.kp_km
    at = stations(replace(course, lonlat=_with(course, kp_km)), [Event(float(kp), "") for kp in kp_km] + list(events))
    engineered = rows(at, cable, profile, waters)
    index = [int(np.abs(at.kp_km - kp).argmin()) for kp in kp_km]
    positions = list(engineered[0])
    for place, given in zip(index, stated.positions, strict=True):
        positions[place] = _filled(given, positions[place])
    spans = list(_filled_spans(listed, engineered[1], index))
    positions = list(_with_figures(positions, spans, stated, index))
    names = [position.pos_no for position in positions]
    spans = [replace(span, from_pos=a, to_pos=b) for span, (a, b) in zip(spans, pairwise(names), strict=True)]
    columns = tuple(dict.fromkeys((*COLUMNS, *stated.columns)))
    return replace(stated, positions=tuple(positions), spans=tuple(spans), columns=columns)


def _with(course: Course, kp_km: Floats) -> Floats:
    """The legs with a vertex at every position of the list."""
    all_km = np.unique(np.concatenate([vertices_km(course.lonlat), kp_km]))
    all_km = all_km[np.r_[True, np.diff(all_km) > 1e-9]]
    return positions_at_km(course.lonlat, all_km).lonlat


def _filled(given: Position, made: Position) -> Position:
    """A position of the list, with what it leaves empty; an end that has a name of its own keeps that."""
    has = [*given.event.split(" / "), *(["LP"] if given.event else [])]
    new = [event for event in made.event.split(" / ") if event and event not in has]
    event = " / ".join([*([given.event] if given.event else []), *new])
    remarks = "; ".join(text for text in (given.remarks, made.remarks if new else "") if text)
    of_depth = given if given.depth_m is not None else made
    depth = {name: getattr(of_depth, name) for name in ("depth_m", "depth_error_m", "depth_resolution_m")}
    return replace(given, event=event, remarks=remarks, **depth)


def _filled_spans(listed: Listed, made: Sequence[Span], index: Sequence[int]) -> Iterator[Span]:
    """Spans between all positions: those of the list, divided where a position came between."""
    parts = zip(listed.parts(), listed.given, strict=True)
    with_waters = {i for part, within in parts if states_waters(part) for i in range(*within)}
    for i, (given, (first, last)) in enumerate(zip(listed.rpl.spans, pairwise(index), strict=True)):
        pieces = made[first:last]
        total_km = sum(piece.route_km or 0.0 for piece in pieces)
        for piece in pieces:
            share = (piece.route_km or 0.0) / total_km if len(pieces) > 1 else 1.0
            yield _filled_span(given, piece, share, i in with_waters)


def _filled_span(given: Span, made: Span, share: float, has_waters: bool) -> Span:
    """A span, or the share of one, with what it leaves empty."""
    route_km = made.route_km if given.route_km is None else share * given.route_km
    slack = made.slack_percent if given.slack_percent is None else given.slack_percent
    cable_km = None if given.cable_km is None else share * given.cable_km
    if cable_km is None and route_km is not None:
        cable_km = route_km * (1.0 + (slack or 0.0) / 100.0)
    is_whole = share == 1.0 and given.bearing_deg is not None
    return replace(
        given,
        bearing_deg=given.bearing_deg if is_whole else made.bearing_deg,
        route_km=route_km,
        slack_percent=slack,
        cable_km=cable_km,
        cable_code=given.cable_code or made.cable_code,
        cable_type=given.cable_type or made.cable_type,
        protection_method=given.protection_method or ("" if has_burial(given) else made.protection_method),
        target_burial_m=given.target_burial_m if has_burial(given) else made.target_burial_m,
        territorial_water=given.territorial_water if has_waters else made.territorial_water,
        eez=given.eez if has_waters else made.eez,
    )


def _with_figures(
    positions: Sequence[Position], spans: Sequence[Span], stated: Rpl, index: Sequence[int]
) -> Iterator[Position]:
    """Positions with cumulative distances: as stated, and summed from there where they are not."""
    given = dict(zip(index, stated.positions, strict=True))
    route_km, cable_km = 0.0, 0.0
    for i, position in enumerate(positions):
        if i:
            route_km += spans[i - 1].route_km or 0.0
            cable_km += spans[i - 1].cable_km or 0.0
        at = given.get(i)
        route_km = route_km if at is None or at.route_km is None else at.route_km
        cable_km = cable_km if at is None or at.cable_km is None else at.cable_km
        yield replace(
            position, route_km=route_km, cable_km=cable_km, pos_no=at.pos_no if at and at.pos_no else f"new {i}"
        )


def with_tails(filled: Rpl, stated: Rpl) -> Rpl:
    """A list at sea with what the one that it is of has on land, before and after it."""
    first, last = sea_ends(stated)
    positions = (*stated.positions[:first], *filled.positions, *stated.positions[last + 1 :])
    return replace(filled, positions=positions, spans=(*stated.spans[:first], *filled.spans, *stated.spans[last:]))
