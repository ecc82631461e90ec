"""Two lists beside each other: nothing between a list and itself, and of a shift just that shift."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from geographiclib.geodesic import Geodesic
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.rpl_samples import CREATED, PLACES, rpl_through, with_position, with_span
from transcaspian import cli
from transcaspian.core.linear_reference import line_length_km
from transcaspian.rpl.columns import ALONG, ATTRIBUTES, OF_POSITIONS, OF_SPANS, shown
from transcaspian.rpl.compare import SHOWN, compare_rpl, translated
from transcaspian.rpl.model import COLUMNS, OTHER_POSITION_FIELDS, OTHER_SPAN_FIELDS, Position, Rpl, Span
from transcaspian.rpl.writer import write_rpl_csv

LINE = [(49.7, 40.6), (50.4, 41.8), (50.9, 42.9), (51.2, 43.6)]


def rpl_of(places: list[tuple[float, float]], cable: str = "SA", slack: float = 1.0) -> Rpl:
    legs = [line_length_km(pair) for pair in pairwise(places)]
    route_km = np.concatenate([[0.0], np.cumsum(legs)])
    positions = tuple(
        Position(str(i + 1), "AC", lon, lat, float(km), float(km) * (1 + slack / 100), 100.0 + i)
        for i, ((lon, lat), km) in enumerate(zip(places, route_km, strict=True))
    )
    spans = tuple(
        Span(str(i + 1), str(i + 2), None, leg, slack, leg * (1 + slack / 100), cable_type=cable)
        for i, leg in enumerate(legs)
    )
    return Rpl("main", "Test", "A", positions, spans, water_level="level")


def moved(place: tuple[float, float], heading: float, metres: float) -> tuple[float, float]:
    there = Geodesic.WGS84.Direct(place[1], place[0], heading, metres)
    return there["lon2"], there["lat2"]


places = st.lists(st.tuples(st.floats(49.5, 51.5), st.floats(40.5, 44.0)), min_size=2, max_size=5, unique=True).filter(
    lambda found: all(line_length_km(pair) > 5 for pair in pairwise(found))
)


@settings(max_examples=10)
@given(places)
@example([(50.0, 41.5625), (49.631699941726765, 40.86)])
@example([(50.0, 41.0), (50.0, 40.5), (49.5, 42.0)])  # so sharp a bend that a point has a foot on either leg
def test_a_list_and_itself_are_the_same(found: list[tuple[float, float]]) -> None:
    result = compare_rpl(rpl_of(found), rpl_of(found))
    assert result.is_same
    assert result.positions_kept == len(found)
    assert "the same route" in result.as_text()


@pytest.mark.parametrize(("side", "sign"), [(90.0, 1), (-90.0, -1)])
def test_a_straight_route_moved_sideways_is_off_by_as_much(side: float, sign: int) -> None:
    ends = [(50.0, 41.0), (50.6, 42.4)]
    heading = Geodesic.WGS84.Inverse(41.0, 50.0, 42.4, 50.6)
    new = [moved(ends[0], heading["azi1"] + side, 500.0), moved(ends[1], heading["azi2"] + side, 500.0)]
    result = compare_rpl(rpl_of(ends), rpl_of(new), cost_per_cable_km=1000.0)
    assert [row.offset_m for row in result.table] == pytest.approx([sign * 500.0] * len(result.table), abs=0.5)
    assert [row.new_kp_km for row in result.table] == pytest.approx([r.old_kp_km for r in result.table], abs=0.05)
    assert result.moved_ranges == ((0.0, pytest.approx(line_length_km(ends))),)
    assert [item.distance_m for item in result.positions_moved] == pytest.approx([500.0, 500.0], abs=0.01)
    assert result.cable_km == pytest.approx(1.01 * result.length_km)
    assert result.cable_cost == pytest.approx(1000.0 * result.cable_km)
    assert ("starboard" if sign > 0 else "port") in result.as_text()


@settings(max_examples=8)
@given(places, places)
def test_translation_never_goes_backwards_and_stays_on_the_route(old, new) -> None:  # type: ignore[no-untyped-def]
    rows = translated(rpl_of(old), rpl_of(new), np.linspace(0, line_length_km(old), 50))
    kp_km = [row.new_kp_km for row in rows]
    assert kp_km == sorted(kp_km)
    assert kp_km[0] >= 0
    assert kp_km[-1] <= line_length_km(new) + 1e-9


def test_an_inserted_detour_moves_its_stretch_and_no_other() -> None:
    old = rpl_of(LINE)
    middle = ((LINE[1][0] + LINE[2][0]) / 2 + 0.1, (LINE[1][1] + LINE[2][1]) / 2)
    new = rpl_of([*LINE[:2], middle, *LINE[2:]])
    numbers = ("1", "2", "5", "3", "4")
    new = replace(new, positions=tuple(replace(p, pos_no=n) for p, n in zip(new.positions, numbers, strict=True)))
    result = compare_rpl(old, new)
    assert (result.positions_added, result.positions_removed, result.positions_moved) == (("5",), (), ())
    ((from_km, to_km),) = result.moved_ranges
    corners = [line_length_km(LINE[:2]), line_length_km(LINE[:3])]
    assert corners[0] <= from_km < corners[0] + 1
    assert corners[1] - 1 < to_km <= corners[1]
    assert result.length_km == pytest.approx(line_length_km([LINE[1], middle, LINE[2]]) - line_length_km(LINE[1:3]))


def test_changed_crossings_and_cable_are_named() -> None:
    old = rpl_of(LINE)
    crossing = replace(old.positions[1], event="AC / Xing", remarks="Pipe A (pipe-a), 61°, pass")
    turned = replace(old.positions[1], event="AC / Xing", remarks="Pipe A (pipe-a), 60°, pass")
    with_one = replace(old, positions=(old.positions[0], crossing, *old.positions[2:]))
    again = replace(old, positions=(old.positions[0], turned, *old.positions[2:]))
    assert compare_rpl(old, with_one).crossings_added == ("Pipe A (pipe-a)",)
    assert compare_rpl(with_one, old).crossings_removed == ("Pipe A (pipe-a)",)
    assert compare_rpl(with_one, again).crossings_added == ()
    heavier = replace(old, spans=(old.spans[0], replace(old.spans[1], cable_type="DA"), old.spans[2]))
    (change,) = compare_rpl(old, heavier).cable_changes
    assert (change.before, change.after) == ("SA", "DA")
    assert change.from_km == pytest.approx(line_length_km(LINE[:2]), abs=0.11)
    assert change.to_km == pytest.approx(line_length_km(LINE[:3]), abs=0.11)


EVERY = (*COLUMNS, *OTHER_POSITION_FIELDS, *OTHER_SPAN_FIELDS)
SAMPLE = rpl_through([(no, event, 50 + 0.02 * n, 41 + 0.03 * n, at[-1]) for n, (no, event, *at) in enumerate(PLACES)])
SAMPLE = replace(SAMPLE, columns=EVERY)


def other(value: str | float | None) -> str | float:
    return "another" if isinstance(value, str) else (value or 0.0) + (0.06 if value is not None else 1.0)


def test_every_field_of_a_list_is_compared() -> None:
    """So that a field which is added to the list cannot be forgotten."""
    where = {"pos_no", "lon_deg", "lat_deg"}  # told as positions added, removed and moved
    assert {ATTRIBUTES[name] for name in OF_POSITIONS} == {field.name for field in fields(Position)} - where
    assert {ATTRIBUTES[name] for name in (*ALONG, *OF_SPANS)} == {field.name for field in fields(Span)}
    assert {*OF_POSITIONS, *ALONG, *OF_SPANS} >= {*COLUMNS} - {"SeqNo", "PosNo", "Latitude", "Longitude"}


@pytest.mark.parametrize("index", [0, 3, 7])
@pytest.mark.parametrize(("column", "name"), [(column, ATTRIBUTES[column]) for column in OF_POSITIONS])
def test_another_figure_of_a_position_is_named(column: str, name: str, index: int) -> None:
    was = getattr(SAMPLE.positions[index], name)
    result = compare_rpl(SAMPLE, with_position(SAMPLE, index, **{name: other(was)}))
    assert not result.is_same
    (change,) = (item for item in result.position_changes if item.column == column)
    assert (change.pos_no, change.before) == (SAMPLE.positions[index].pos_no, shown(was))
    assert f"{column}, position {change.pos_no}: {change.before} → {change.after}" in result.as_text()


@pytest.mark.parametrize(("apart_m", "is_same"), [(0.09, True), (0.11, False)])
def test_depths_of_another_unit_may_differ_by_what_both_are_printed_to(apart_m: float, is_same: bool) -> None:
    in_feet = replace(SAMPLE, steps={"ApproxDepth": 0.1})
    depth_m = SAMPLE.positions[3].depth_m
    assert depth_m is not None
    assert compare_rpl(SAMPLE, with_position(in_feet, 3, depth_m=depth_m + apart_m)).is_same is is_same


def test_of_many_changes_the_first_are_shown_and_the_others_counted() -> None:
    places = [(str(n), "AC", 50.0 + n / 20, 42.0 + n % 2 / 50, None) for n in range(20)]
    old, new = rpl_through(places), rpl_through([(*place[:4], 50.0) for place in places])
    shown_lines = compare_rpl(old, new).as_text().splitlines()
    changed = [line for line in shown_lines if line.startswith("ApproxDepth, position")]
    assert len(changed) == SHOWN
    assert f"  and {20 - SHOWN} more: --json names them all" in shown_lines


@pytest.mark.parametrize("index", [0, 3, 6])
@pytest.mark.parametrize(("column", "name"), [(column, ATTRIBUTES[column]) for column in (*ALONG, *OF_SPANS)])
def test_another_figure_of_a_span_is_named(column: str, name: str, index: int) -> None:
    was = getattr(SAMPLE.spans[index], name)
    result = compare_rpl(SAMPLE, with_span(SAMPLE, index, **{name: other(was)}))
    assert not result.is_same
    (change,) = (*result.cable_changes, *result.span_changes)
    assert (change.column, change.before, change.after) == (column, shown(was), shown(other(was)))
    ends = [line_length_km(SAMPLE.lonlat[: index + n]) if index + n > 1 else 0.0 for n in (1, 2)]
    assert [change.from_km, change.to_km] == pytest.approx(ends)
    assert f"{column}, KP {change.from_km:.3f} to {change.to_km:.3f}: {change.before} → " in result.as_text()


def test_a_figure_that_is_another_on_all_spans_is_one_stretch() -> None:
    deeper = replace(SAMPLE, spans=tuple(replace(span, target_burial_m=2.0) for span in SAMPLE.spans))
    (change,) = compare_rpl(SAMPLE, deeper).span_changes
    assert (change.column, change.before, change.after) == ("TargetBurialDepth", "1.5", "2.0")
    assert [change.from_km, change.to_km] == pytest.approx([0.0, line_length_km(SAMPLE.lonlat)])


def test_a_span_of_fifty_metres_is_compared_too() -> None:
    near = moved(LINE[1], 20.0, 50.0)
    short = rpl_of([*LINE[:2], near, *LINE[2:]])
    (change,) = compare_rpl(short, with_span(short, 1, cable_type="DA")).cable_changes
    assert change.length_km == pytest.approx(0.05, abs=1e-6)


def test_lists_that_are_cut_at_other_places_are_compared_where_they_run() -> None:
    """The same line, with a position of another number in the middle of the second span, and burial from there on."""
    old = rpl_of(LINE)
    way = Geodesic.WGS84.Inverse(LINE[1][1], LINE[1][0], LINE[2][1], LINE[2][0])
    new = rpl_of([*LINE[:2], moved(LINE[1], way["azi1"], way["s12"] / 2), *LINE[2:]])
    numbers = ("1", "2", "9", "3", "4")
    new = replace(
        new,
        positions=tuple(replace(at, pos_no=no) for at, no in zip(new.positions, numbers, strict=True)),
        spans=tuple(replace(s, from_pos=a, to_pos=b) for s, (a, b) in zip(new.spans, pairwise(numbers), strict=True)),
    )
    assert compare_rpl(old, new).span_changes == ()
    (change,) = compare_rpl(old, with_span(new, 2, target_burial_m=1.0)).span_changes
    start_km = line_length_km(LINE[:2]) + way["s12"] / 2000
    assert (change.column, change.before, change.after) == ("TargetBurialDepth", "not stated", "1.0")
    assert [change.from_km, change.to_km] == pytest.approx([start_km, line_length_km(LINE[:3])], abs=1e-6)


def test_a_column_that_one_list_lacks_is_not_compared_and_said() -> None:
    bare = replace(SAMPLE, columns=without("EEZ", "Remarks", "ApproxDepth"))
    bare = replace(bare, positions=tuple(replace(at, remarks="", depth_m=None) for at in bare.positions))
    bare = replace(bare, spans=tuple(replace(span, eez="") for span in bare.spans))
    result = compare_rpl(bare, SAMPLE, ("a.csv", "b.csv"))
    assert result.is_same
    assert "not compared, as a.csv lacks it: ApproxDepth, Remarks, EEZ" in result.as_text()
    assert {(item.column, item.lacks) for item in compare_rpl(SAMPLE, bare).not_compared} == {
        ("ApproxDepth", "new"),
        ("Remarks", "new"),
        ("EEZ", "new"),
    }
    emptied = replace(bare, columns=EVERY)
    assert not compare_rpl(SAMPLE, emptied).is_same
    assert compare_rpl(SAMPLE, emptied).not_compared == ()


def test_depths_below_another_level_are_not_the_same() -> None:
    result = compare_rpl(SAMPLE, replace(SAMPLE, water_level="-29.5 m"))
    assert not result.is_same
    assert "depths are below `-28.0 m, Baltic 1977` → `-29.5 m`" in result.as_text()


def test_a_list_with_cable_by_spans_is_the_same_cable_as_one_with_cumulatives() -> None:
    spans = tuple(replace(span, cable_km=round(span.cable_km or 0.0, 3)) for span in SAMPLE.spans)
    positions = tuple(replace(at, cable_km=None) for at in SAMPLE.positions)
    by_spans = replace(SAMPLE, spans=spans, positions=positions, columns=without("CableDistCumulative"))
    by_sums = replace(
        SAMPLE,
        spans=tuple(replace(span, cable_km=None) for span in SAMPLE.spans),
        columns=without("CableDistBetweenPos"),
    )
    result = compare_rpl(by_spans, by_sums)
    assert result.is_same, result.as_text()
    longer = with_position(by_sums, -1, cable_km=(by_sums.positions[-1].cable_km or 0.0) + 0.02)
    assert not compare_rpl(by_spans, longer).is_same


def without(*names: str) -> tuple[str, ...]:
    return tuple(name for name in EVERY if name not in names)


starts = st.integers(-500_000, 5_000_000).map(lambda metres: metres / 1000)


def counted_from(rpl: Rpl, route_km: float, cable_km: float, sign: int = 1) -> Rpl:
    """The list with cumulatives of a longer system, printed to the metre."""
    positions = tuple(
        replace(
            at,
            route_km=round(route_km + sign * (at.route_km or 0.0), 3),
            cable_km=round(cable_km + sign * (at.cable_km or 0.0), 3),
        )
        for at in rpl.positions
    )
    return replace(rpl, positions=positions)


@settings(max_examples=30)
@given(starts, starts, st.sampled_from([1, -1]))
@example(0.001, -0.002, 1)
@example(0.0, 0.001, 1)
def test_a_segment_is_the_same_cable_wherever_its_kp_begins(route_km: float, cable_km: float, sign: int) -> None:
    segment = counted_from(SAMPLE, route_km, cable_km, sign)
    result = compare_rpl(SAMPLE, segment)
    assert result.is_same, result.as_text()
    assert result.cable_km == pytest.approx(0, abs=0.0011)
    assert result.table[0].new_kp_km == pytest.approx(route_km, abs=0.0006)
    assert result.table[-1].new_kp_km == pytest.approx(route_km + sign * line_length_km(SAMPLE.lonlat), abs=0.001)
    changed = with_position(segment, 3, route_km=(segment.positions[3].route_km or 0.0) + 0.05)
    assert [item.column for item in compare_rpl(SAMPLE, changed).position_changes] == ["DistCumulative"]


def test_the_command_says_that_a_segment_begins_elsewhere(tmp_path: Path) -> None:
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    write_rpl_csv(old, SAMPLE, created_utc=CREATED)
    write_rpl_csv(new, counted_from(SAMPLE, 120.5, 122.3), created_utc=CREATED)
    output = CliRunner().invoke(cli.command, ["compare-rpl", str(old), str(new)]).output
    assert [line for line in output.splitlines() if "stands in the columns" not in line] == [
        f"{old} and {new}: the same route, positions and cable, in every column that was compared",
        f"note: {new}: KP begins at 120.500 km: taken as a segment's offset",
        f"note: {new}: cable distance begins at 122.300 km: taken as a segment's offset",
    ]


def test_the_command_prints_the_table_or_json(tmp_path) -> None:  # type: ignore[no-untyped-def]
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    write_rpl_csv(old, rpl_of(LINE), created_utc="2026-01-01T00:00:00Z")
    write_rpl_csv(new, rpl_of([LINE[0], (50.5, 41.8), *LINE[2:]]), created_utc="2026-01-01T00:00:00Z")
    shown = CliRunner().invoke(cli.command, ["compare-rpl", str(old), str(new)])
    assert shown.exit_code == 0, shown.output
    assert "old KP" in shown.output
    assert "2 moved" in shown.output
    told = json.loads(CliRunner().invoke(cli.command, ["compare-rpl", str(old), str(new), "--json"]).output)
    assert told["positions_moved"][0]["distance_m"] == pytest.approx(8302, abs=30)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("nothing", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        cli.main(args=["compare-rpl", str(old), str(wrong)])
    assert stopped.value.code == 2
