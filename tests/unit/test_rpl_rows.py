"""Positions and spans of a Route Position List: they add up, and every change of cable is a position."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import STUDY
from transcaspian.core.grid import Grid
from transcaspian.core.linear_reference import Event, cut, line_length_km, runs, vertices_km
from transcaspian.engineering.alter_course import Course, headings_change_deg
from transcaspian.engineering.cable import engineer_cable
from transcaspian.engineering.laying import Legs
from transcaspian.engineering.listing_rows import (
    cable_events,
    course_events,
    depth_events,
    rows,
    shore_events,
    stations,
)
from transcaspian.engineering.profile import seabed_profile
from transcaspian.engineering.sectors import Stretch
from transcaspian.study import load_study

GRID = Grid.covering(49.0, 40.0, 53.0, 45.0, 0.05)
ROWS, COLS = np.mgrid[: GRID.rows, : GRID.cols]
SEABED = (400.0 * np.sin(np.pi * ROWS / GRID.rows) * np.sin(np.pi * COLS / GRID.cols)).astype(np.float32)
RULES = load_study(STUDY).engineering
assert RULES is not None

lines = st.lists(st.tuples(st.floats(49.1, 52.9), st.floats(40.1, 44.9)), min_size=2, max_size=7, unique=True).filter(
    lambda points: all(line_length_km(pair) > 2.0 for pair in pairwise(points))
)


def listed(points: list[tuple[float, float]], events: list[Event], waters: list[Stretch]):  # type: ignore[no-untyped-def]
    lonlat = np.array(points)
    course = Course(lonlat, headings_change_deg(lonlat), 1.0, 1.0, 0.005)
    profile = seabed_profile(GRID, SEABED, lonlat, 0.05)
    cable = engineer_cable(profile, {}, RULES, Legs.of(lonlat))
    found = [
        *shore_events(profile, ("West", "East"), "level", ()),
        *course_events(course),
        *cable_events(cable),
        *events,
    ]
    found += depth_events(profile, RULES.rpl.depth_marks_m, found)
    return cable, profile, *rows(stations(course, found), cable, profile, waters)


@settings(max_examples=8)
@given(lines)
def test_the_list_adds_up(points: list[tuple[float, float]]) -> None:
    cable, profile, positions, spans = listed(points, [], [])
    assert len(spans) == len(positions) - 1
    assert [p.pos_no for p in positions] == [str(i + 1) for i in range(len(positions))]
    assert positions[0].event.startswith("LP")
    assert positions[-1].event.startswith("LP")
    assert (positions[0].lon_deg, positions[0].lat_deg) == points[0]
    assert (positions[-1].lon_deg, positions[-1].lat_deg) == points[-1]
    total = 0.0
    for a, b, span in zip(positions, positions[1:], spans, strict=False):
        geodesic = Geodesic.WGS84.Inverse(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg)
        total += geodesic["s12"] / 1000
        assert span.route_km == pytest.approx(geodesic["s12"] / 1000, abs=1e-6)
        assert (span.bearing_deg - geodesic["azi1"] + 180) % 360 - 180 == pytest.approx(0, abs=1e-4)
        assert (span.from_pos, span.to_pos) == (a.pos_no, b.pos_no)
        assert span.cable_km == pytest.approx(span.route_km * (1 + span.slack_percent / 100))
        assert b.route_km == pytest.approx(total, abs=1e-6)
    assert total == pytest.approx(profile.length_km, abs=1e-5)
    assert positions[-1].cable_km == pytest.approx(cable.length_km, abs=1e-5)


@settings(max_examples=8)
@given(lines)
def test_every_change_of_cable_and_course_is_a_position(points: list[tuple[float, float]]) -> None:
    cable, _, positions, spans = listed(points, [], [])
    kp_km = np.array([p.route_km for p in positions])
    for kind in (cable.types, cable.slack, cable.burial):
        for section in kind[1:]:
            assert np.abs(kp_km - section.from_km).min() < 0.001
    for corner_km in vertices_km(points):
        assert np.abs(kp_km - corner_km).min() < 1e-6
    changes = [(a, b) for a, b in pairwise(spans) if a.cable_type != b.cable_type]
    assert len(changes) == len(cable.types) - 1 == sum("Tr" in p.event.split(" / ") for p in positions)
    for _, after in changes:
        (position,) = [p for p in positions if p.pos_no == after.from_pos]
        assert "Tr" in position.event.split(" / ")


def test_events_at_one_place_share_a_position_and_both_their_remarks() -> None:
    points = [(50.0, 42.0), (51.0, 42.5), (52.0, 42.3)]
    at_km = float(vertices_km(points)[1])
    crossing = [Event(at_km + 0.0003, "Xing", "pipeline A"), Event(at_km + 0.0004, "TW", "AZ to KZ")]
    _, _, positions, _ = listed(points, crossing, [])
    (there,) = [p for p in positions if "AC" in p.event.split(" / ")]
    assert there.event == "AC / Xing / TW"
    assert (there.lon_deg, there.lat_deg) == pytest.approx(points[1], abs=1e-9)
    assert "pipeline A" in there.remarks
    assert "to starboard" in there.remarks


def test_spans_lie_in_the_waters_they_are_in() -> None:
    points = [(50.0, 42.0), (52.0, 42.3)]
    length_km = line_length_km(points)
    waters = [
        Stretch(0.0, 20.0, "AZ", "territorial"),
        Stretch(20.0, 90.0, "AZ", "seabed"),
        Stretch(90.0, length_km, "KZ", "seabed"),
    ]
    boundaries = [Event(20.0, "TW"), Event(90.0, "MEDIAN")]
    _, _, positions, spans = listed(points, boundaries, waters)
    for position, span in zip(positions, spans, strict=False):
        middle = position.route_km + span.route_km / 2
        assert (span.territorial_water, span.eez) == (
            "AZ" if middle < 20 else "",
            "AZ seabed sector" if middle < 90 else "KZ seabed sector",
        )


@settings(max_examples=8)
@given(lines, st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_pieces_of_a_line_add_up_to_the_whole(points: list[tuple[float, float]], shares: list[float]) -> None:
    length_km = line_length_km(points)
    at_km = [0.0, *sorted(share * length_km for share in shares), length_km]
    pieces = [cut(points, a, b) for a, b in pairwise(at_km)]
    assert sum(line_length_km(piece) for piece in pieces) == pytest.approx(length_km, abs=1e-6)
    for a, b in pairwise(pieces):
        assert a[-1] == pytest.approx(b[0], abs=1e-12)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_stretches_and_their_opposites_add_up(holds: list[bool]) -> None:
    kp_km = np.linspace(0, 10, len(holds))
    flags = np.array(holds)
    both = runs(kp_km, flags) + runs(kp_km, ~flags)
    assert sum(b - a for a, b, _ in both) == pytest.approx(kp_km[-1] - kp_km[0])
    for a, b, part in runs(kp_km, flags):
        assert flags[part].all()
        assert a <= kp_km[part][0] <= kp_km[part][-1] <= b


def test_a_depth_mark_stands_where_the_depth_is_passed() -> None:
    lonlat = np.array([[49.2, 42.5], [52.8, 42.5]])
    profile = seabed_profile(GRID, SEABED, lonlat, 0.05)
    marks = depth_events(profile, [200.0], [])
    assert [mark.name for mark in marks] == ["WD 200", "WD 200"]
    assert profile.depth_at([mark.kp_km for mark in marks]).tolist() == pytest.approx([200.0, 200.0])
    assert depth_events(profile, [200.0], [Event(marks[0].kp_km + 0.3, "AC")]) == marks[1:]


@pytest.mark.parametrize("way", [1, -1])
def test_the_plough_goes_down_where_it_begins_and_up_where_it_ends(way: int) -> None:
    _, _, positions, spans = listed([(49.001, 42.5), (52.0, 42.5)][::way], [], [])
    methods = [span.protection_method for span in spans]
    assert methods[::way][0] == "jetting"
    assert "plough" in methods
    for before, after in pairwise(spans):
        (position,) = [p for p in positions if p.pos_no == after.from_pos]
        names = position.event.split(" / ")
        assert ("PLDN" in names) == (before.protection_method != "plough" == after.protection_method)
        assert ("PLUP" in names) == (before.protection_method == "plough" != after.protection_method)
