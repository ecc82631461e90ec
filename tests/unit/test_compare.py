"""Two lists beside each other: nothing between a list and itself, and of a shift just that shift."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner
from geographiclib.geodesic import Geodesic
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import cli
from pipeline.engineering import line_length_km
from pipeline.engineering.compare import compare, translated
from pipeline.export.rpl import write_rpl_csv
from pipeline.rpl import Position, Rpl, Span

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
    result = compare(rpl_of(found), rpl_of(found))
    assert result.is_same
    assert result.positions_kept == len(found)
    assert "the same route" in result.as_text()


@pytest.mark.parametrize(("side", "sign"), [(90.0, 1), (-90.0, -1)])
def test_a_straight_route_moved_sideways_is_off_by_as_much(side: float, sign: int) -> None:
    ends = [(50.0, 41.0), (50.6, 42.4)]
    heading = Geodesic.WGS84.Inverse(41.0, 50.0, 42.4, 50.6)
    new = [moved(ends[0], heading["azi1"] + side, 500.0), moved(ends[1], heading["azi2"] + side, 500.0)]
    result = compare(rpl_of(ends), rpl_of(new), cost_per_cable_km=1000.0)
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
    result = compare(old, new)
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
    assert compare(old, with_one).crossings_added == ("Pipe A (pipe-a)",)
    assert compare(with_one, old).crossings_removed == ("Pipe A (pipe-a)",)
    assert compare(with_one, again).crossings_added == ()
    heavier = replace(old, spans=(old.spans[0], replace(old.spans[1], cable_type="DA"), old.spans[2]))
    (change,) = compare(old, heavier).cable_changes
    assert (change.before, change.after) == ("SA", "DA")
    assert change.from_km == pytest.approx(line_length_km(LINE[:2]), abs=0.11)
    assert change.to_km == pytest.approx(line_length_km(LINE[:3]), abs=0.11)


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
