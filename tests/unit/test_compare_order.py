"""Lists in the order of the route: turned, cut, shifted, renumbered; routes that near, cross or follow themselves."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from tests.rpl_samples import CREATED, rpl_through, with_position, with_span
from transcaspian import cli
from transcaspian.core.errors import IngestError
from transcaspian.core.linear_reference import cut, line_length_km, positions_at_km, vertices_km
from transcaspian.rpl.compare import compare_rpl, translated
from transcaspian.rpl.model import Rpl
from transcaspian.rpl.translate import translate_table
from transcaspian.rpl.writer import write_rpl_csv

LINE = [(49.7, 40.6), (50.4, 41.8), (50.9, 42.9), (51.2, 43.6)]
OUT_AND_BACK = [(50.0, 42.0), (50.2, 42.1), (50.5, 42.2), (50.2, 42.1), (50.0, 42.0)]
RING = [(50.0, 42.0), (50.3, 42.0), (50.3, 42.2), (50.0, 42.2), (50.0, 42.0)]
CROSSING = [(50.0, 42.0), (50.4, 42.3), (50.4, 42.0), (50.0, 42.3)]
HAIRPIN = [(50.0, 42.0), (50.6, 42.0), (50.6, 42.0005), (50.0, 42.0005), (50.0, 42.001), (50.6, 42.001)]
"""Its legs lie 55 m apart."""
SHAPES = {"line": LINE, "out and back": OUT_AND_BACK, "ring": RING, "crossing": CROSSING, "hairpin": HAIRPIN}


def listed(places: list[tuple[float, float]], slack: float = 1.5) -> Rpl:
    events = ["BMH", *["AC"] * (len(places) - 2), "BMH"]
    return rpl_through(
        [(str(n), event, *at, 10.0 * n) for n, (event, at) in enumerate(zip(events, places, strict=True), 1)], slack
    )


def densely(places: list[tuple[float, float]], step_km: float) -> list[tuple[float, float]]:
    """The same route with further positions on its legs."""
    ends_km = vertices_km(places)
    at_km = np.unique(np.concatenate([ends_km, np.arange(0.0, ends_km[-1], step_km)]))
    return [(float(lon), float(lat)) for lon, lat in positions_at_km(places, at_km).lonlat]


def turned(rpl: Rpl) -> Rpl:
    """The list from its other end, its figures counted from there."""
    whole = rpl.positions[-1]
    positions = [
        replace(
            at, route_km=(whole.route_km or 0) - (at.route_km or 0), cable_km=(whole.cable_km or 0) - (at.cable_km or 0)
        )
        for at in rpl.positions[::-1]
    ]
    spans = []
    for span, (end, start) in zip(rpl.spans[::-1], pairwise(rpl.positions[::-1]), strict=True):
        back = Geodesic.WGS84.Inverse(end.lat_deg, end.lon_deg, start.lat_deg, start.lon_deg)["azi1"] % 360.0
        spans.append(replace(span, from_pos=span.to_pos, to_pos=span.from_pos, bearing_deg=back))
    return replace(rpl, positions=tuple(positions), spans=tuple(spans))


def renumbered(rpl: Rpl, first: int) -> Rpl:
    names = [str(first + n) for n in range(len(rpl.positions))]
    return replace(
        rpl,
        positions=tuple(replace(at, pos_no=name) for at, name in zip(rpl.positions, names, strict=True)),
        spans=tuple(
            replace(span, from_pos=a, to_pos=b) for span, (a, b) in zip(rpl.spans, pairwise(names), strict=True)
        ),
    )


def part(rpl: Rpl, first: int, last: int) -> Rpl:
    """The positions from one to another, with the KPs of the whole."""
    return replace(rpl, positions=rpl.positions[first : last + 1], spans=rpl.spans[first:last])


def placed(rpl: Rpl, lonlat: np.ndarray) -> Rpl:  # type: ignore[type-arg]
    """The list with its positions elsewhere, its figures as they were."""
    places = zip(rpl.positions, lonlat.tolist(), strict=True)
    return replace(rpl, positions=tuple(replace(at, lon_deg=lon, lat_deg=lat) for at, (lon, lat) in places))


def pulkovo(rpl: Rpl) -> Rpl:
    """The positions as they come out where coordinates on Pulkovo 1942 are turned into WGS 84."""
    to_wgs84 = Transformer.from_crs("EPSG:4284", "EPSG:4326", always_xy=True)
    return placed(rpl, np.column_stack(to_wgs84.transform(*rpl.lonlat.T)))


@pytest.mark.parametrize("places", SHAPES.values(), ids=SHAPES)
def test_a_route_is_itself_whatever_its_shape_and_numbers(places: list[tuple[float, float]]) -> None:
    rpl = listed(densely(places, 3.0))
    assert compare_rpl(rpl, rpl).is_same
    other = compare_rpl(rpl, renumbered(rpl, 500))
    assert other.is_same, other.as_text()
    assert other.is_renumbered
    for row in other.table:
        assert row.new_kp_km == pytest.approx(row.old_kp_km, abs=1e-6)


@pytest.mark.parametrize("places", SHAPES.values(), ids=SHAPES)
def test_a_change_on_one_leg_is_found_on_that_leg(places: list[tuple[float, float]]) -> None:
    """Also where another leg lies beside it, or on it."""
    rpl = listed(places)
    ends_km = vertices_km(rpl.lonlat)
    for index in range(len(rpl.spans)):
        (change,) = compare_rpl(rpl, with_span(renumbered(rpl, 70), index, cable_type="LWP")).cable_changes
        assert [change.from_km, change.to_km] == pytest.approx(ends_km[index : index + 2].tolist(), abs=1e-6)


@settings(max_examples=25)
@given(st.sampled_from([*SHAPES]), st.floats(0.0, 1.0))
def test_translation_of_a_route_to_itself_is_what_it_was(shape: str, share: float) -> None:
    rpl = listed(SHAPES[shape])
    at_km = share * line_length_km(rpl.lonlat)
    (row,) = translated(rpl, renumbered(rpl, 9), np.array([at_km]))
    assert row.new_kp_km == pytest.approx(at_km, abs=1e-6)
    assert row.offset_m == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("places", SHAPES.values(), ids=SHAPES)
def test_a_list_that_runs_the_other_way_is_turned(places: list[tuple[float, float]]) -> None:
    rpl = listed(places)
    result = compare_rpl(rpl, turned(rpl), ("a", "b"))
    assert result.is_reversed
    assert not result.is_same
    assert "b runs the other way: it was compared from its end" in result.as_text()
    assert result.positions_kept == len(places)
    assert [*result.position_changes, *result.span_changes, *result.cable_changes, *result.event_changes] == []
    length_km = line_length_km(rpl.lonlat)
    assert [row.old_kp_km + row.new_kp_km for row in result.table] == pytest.approx(
        [length_km] * len(result.table), abs=1e-6
    )


@pytest.mark.parametrize("are_numbers_kept", [True, False])
@pytest.mark.parametrize(("first", "last"), [(0, 20), (10, 40), (30, 59), (58, 78)])
def test_a_segment_is_recognised_with_its_kps(first: int, last: int, are_numbers_kept: bool) -> None:
    whole = listed(densely(LINE, 5.0))
    last = min(last, len(whole.positions) - 1)
    segment = part(whole, first, last)
    if not are_numbers_kept:
        segment = renumbered(segment, 1)
    for pair in ((whole, segment), (segment, whole)):
        result = compare_rpl(*pair)
        stretch = result.old_segment if pair[0] is whole else result.new_segment
        kp_km = [at.route_km for at in whole.positions]
        assert stretch == pytest.approx((kp_km[first], kp_km[last]), abs=1e-4)
        assert result.positions_kept == last - first + 1
        assert [*result.positions_added, *result.positions_removed, *result.event_changes] == []
        assert [*result.position_changes, *result.span_changes, *result.moved_ranges] == []
        assert result.length_km == pytest.approx(0.0, abs=1e-4)
        assert result.cable_km == pytest.approx(0.0, abs=1e-3)


def test_lists_that_overlap_are_compared_where_both_run() -> None:
    whole = listed(densely(LINE, 5.0))
    result = compare_rpl(part(whole, 0, 40), with_span(part(whole, 25, 70), 5, cable_type="LWP"))
    kp_km = [at.route_km for at in whole.positions]
    assert result.old_segment == pytest.approx((kp_km[25], kp_km[40]), abs=1e-4)
    assert result.new_segment == pytest.approx((kp_km[25], kp_km[40]), abs=1e-4)
    (change,) = result.cable_changes
    assert [change.from_km, change.to_km] == pytest.approx([kp_km[30], kp_km[31]], abs=1e-4)


def test_lists_that_follow_each_other_have_nothing_in_common() -> None:
    whole = listed(densely(LINE, 5.0))
    with pytest.raises(IngestError, match="a and b have no stretch in common"):
        compare_rpl(part(whole, 0, 30), part(whole, 30, 60), ("a", "b"))


def test_a_shift_of_all_positions_is_told_once_with_its_size_and_datum() -> None:
    rpl = listed(densely(LINE, 20.0))
    shifted = pulkovo(rpl)
    result = compare_rpl(rpl, shifted)
    assert result.shift is not None
    places = zip(rpl.lonlat, shifted.lonlat, strict=True)
    apart_m = [Geodesic.WGS84.Inverse(a[1], a[0], b[1], b[0])["s12"] for a, b in places]
    assert result.shift.distance_m == pytest.approx(np.median(apart_m), abs=1.0)
    assert 85 < result.shift.distance_m < 105
    assert result.shift.datum == "from Pulkovo 1942 to WGS 84"
    assert (result.positions_moved, result.moved_ranges, result.event_changes) == ((), (), ())
    assert result.as_text().count("shifted as a whole by 9") == 1
    assert compare_rpl(shifted, rpl).shift.datum == "from WGS 84 to Pulkovo 1942"  # type: ignore[union-attr]
    away = Geodesic.WGS84.Direct(*reversed(shifted.lonlat[5]), 40.0, 300.0)
    one_more = compare_rpl(rpl, with_position(shifted, 5, lon_deg=away["lon2"], lat_deg=away["lat2"]))
    assert one_more.shift is not None
    assert [(item.pos_no, round(item.distance_m, -1)) for item in one_more.positions_moved] == [("6", 300)]


def test_a_part_that_moved_as_a_whole_is_no_shift_of_all() -> None:
    rpl = listed(densely(LINE, 20.0))
    lonlat = rpl.lonlat
    lonlat[8:, 0] += 0.001
    result = compare_rpl(rpl, placed(rpl, lonlat))
    assert result.shift is None
    assert len(result.positions_moved) == len(lonlat) - 8


def test_events_lost_added_moved_and_renamed_are_told() -> None:
    rpl = listed(densely(LINE, 20.0))
    old = with_position(with_position(rpl, 4, event="RPTR1"), 8, event="AC / Xing")
    new = with_position(with_position(renumbered(rpl, 300), 5, event="Repeater 1"), 10, event="JT 2")
    told = {(item.kind, item.old, item.new) for item in compare_rpl(old, new).event_changes}
    assert ("moved", "RPTR 1", "RPTR 1") in told
    assert ("lost", "Xing", "") in told
    assert ("renamed", "AC", "JT 2") in told
    kp_km = [at.route_km for at in rpl.positions]
    text = compare_rpl(old, new).as_text()
    assert f"event moved: RPTR 1, old KP {kp_km[4]:.3f} → KP {kp_km[5]:.3f}" in text


def test_stated_kps_are_kept_where_they_are_not_those_of_the_geodesics() -> None:
    """A list whose KPs are 1 % longer, as over the slopes of the seabed."""
    rpl = listed(densely(LINE, 20.0))
    longer = replace(
        rpl, positions=tuple(replace(at, route_km=round(1.01 * (at.route_km or 0.0), 3)) for at in rpl.positions)
    )
    for row in compare_rpl(rpl, longer).table:
        assert row.new_kp_km == pytest.approx(1.01 * row.old_kp_km, abs=0.001)


def test_a_figure_in_fathoms_is_the_same_within_its_last_digit() -> None:
    rpl = listed(LINE)
    fathoms = [None if at.depth_m is None else round(at.depth_m / 1.8288, 1) * 1.8288 for at in rpl.positions]
    other = replace(
        rpl,
        positions=tuple(replace(at, depth_m=depth) for at, depth in zip(rpl.positions, fathoms, strict=True)),
        steps={"ApproxDepth": 0.18288},
    )
    assert compare_rpl(rpl, other).is_same
    assert not compare_rpl(rpl, with_position(other, 1, depth_m=20.4)).is_same


# -- KPs of tables


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_kps_of_a_table_are_translated(tmp_path: Path) -> None:
    old, new = listed(LINE), turned(listed(LINE))
    length_km = line_length_km(LINE)
    path = tmp_path / "faults.csv"
    path.write_text(
        f"Faults 2026\n\nId,KP from (km),KP to,Note\n1,10.5,20,a\n2,,{length_km:.3f},b\n3,900,x,c\n", "utf-8"
    )
    found = translate_table(path, old, new)
    rows = table(found.csv)
    assert rows[2][4:] == [
        *("KP from (km), new list", "KP from (km), offset to starboard (m)"),
        *("KP to, new list", "KP to, offset to starboard (m)"),
    ]
    assert [float(cell) for cell in rows[3][4::2]] == pytest.approx([length_km - 10.5, length_km - 20], abs=0.001)
    assert rows[4][4:] == ["", "", "0.000", rows[4][7]]
    assert rows[5] == ["3", "900", "x", "c", "", "", "", ""]
    assert [note.split(" KPs of ")[0] for note in found.notes] == ["1", "1"]


def test_a_column_of_another_name_and_unit_is_translated(tmp_path: Path) -> None:
    old = listed(densely(LINE, 5.0))
    segment = part(old, 10, 40)
    first_km = segment.positions[0].route_km or 0.0
    moved = replace(
        segment, positions=tuple(replace(at, route_km=(at.route_km or 0.0) - first_km) for at in segment.positions)
    )
    path = tmp_path / "a.csv"
    path.write_text("Place (m);Name\n60000;a\n1000;before the segment\n", encoding="utf-8")
    rows = table(translate_table(path, old, moved, kp_columns=["place (m)"]).csv)
    assert float(rows[1][2]) == pytest.approx(60_000 - 1000 * first_km, abs=1.0)
    assert rows[2][2:] == ["", ""]
    with pytest.raises(IngestError, match="no row of headings with Chainage: name the columns"):
        translate_table(path, old, moved, kp_columns=["Chainage"])


def test_the_command_translates_to_the_screen_or_a_file(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("old.csv", "new.csv", "kp.csv", "out.csv")]
    write_rpl_csv(paths[0], listed(LINE), created_utc=CREATED)
    write_rpl_csv(paths[1], listed([*LINE[:1], (50.41, 41.8), *LINE[2:]]), created_utc=CREATED)
    paths[2].write_text("KP\n100\n200\n", encoding="utf-8")
    args = ["compare-rpl", str(paths[0]), str(paths[1]), "--translate", str(paths[2])]
    shown = CliRunner().invoke(cli.command, args)
    assert shown.exit_code == 0, shown.output
    assert [len(row) for row in table(shown.output)] == [3, 3, 3]
    done = CliRunner().invoke(cli.command, [*args, "--out", str(paths[3])])
    assert done.output == f"open: {paths[3]}\n"
    assert paths[3].read_text(encoding="utf-8") == shown.output
    assert CliRunner().invoke(cli.command, [*args[:3], "--out", str(paths[3])]).exit_code == 2


def test_a_cut_route_lies_on_the_route() -> None:
    """The helper that segments are judged by, against a library of its own."""
    piece = cut(LINE, 100.0, 150.0)
    assert line_length_km(piece) == pytest.approx(50.0, abs=1e-6)
