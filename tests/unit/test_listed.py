"""What a list of ours says besides its spans: land tails, provisional places, depths as known, other systems."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import openpyxl
import pyproj
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import STUDY
from tests.rpl_samples import CREATED, rpl_through
from transcaspian.core.errors import StudyError
from transcaspian.core.second_crs import second_coordinates, second_crs
from transcaspian.engineering.listed import KM_PER_DEG, Label, chart_of, finished
from transcaspian.rpl.model import PROVISIONAL, STRAIGHT, Rpl, waterlines
from transcaspian.rpl.practice import check_practice
from transcaspian.rpl.qa import check_rpl
from transcaspian.rpl.reader import read_rpl, read_rpl_sheet
from transcaspian.rpl.writer import write_rpl_csv, write_rpl_xlsx
from transcaspian.study import Chart, Landing, LandTailRules, Lay, Place, load_study

RULES = load_study(STUDY).engineering
assert RULES is not None
TAIL = LandTailRules(beach_manhole_m=100.0, slack_percent=2.0, method="duct", source="s", status="ASSUMED")
BARE = RULES.model_copy(update={"land_tail": TAIL})
BOUNDS = (49.0, 41.0, 52.0, 43.0)
SEA = shapely.box(50.0, 41.0, 51.0, 43.0)
LINE = [("1", "LP", 50.0, 42.0, None), ("2", "AC", 50.4, 42.05, 94.53), ("3", "LP", 51.0, 42.0, 3.27)]
WRITERS = {".csv": write_rpl_csv, ".xlsx": write_rpl_xlsx}


def landing(lon_deg: float, name: str = "W", status: str = "ASSUMED", **places: Place) -> Landing:
    return Landing(id=name.lower(), name=name, country="AZ", lon_deg=lon_deg, lat_deg=42.0, max_snap_km=50.0,
                   source="GeoNames", status=status, **places)  # fmt: skip


def place(lon_deg: float, lat_deg: float = 42.0, status: str = "REAL") -> Place:
    return Place(lon_deg=lon_deg, lat_deg=lat_deg, source="permit 7", status=status)


def made(first: Landing, last: Landing, lay: Lay | None = None, rules=BARE) -> Rpl:  # type: ignore[no-untyped-def]
    label = Label("main", "t", "A", "l", first.name, last.name, (first, last), lay)
    return finished(rpl_through(LINE), label, rules, 0.1, BOUNDS, SEA)


def events(rpl: Rpl) -> list[str]:
    return [at.event for at in rpl.positions]


TOWN_W, TOWN_E = landing(49.95), landing(51.02, "E")


def test_station_manhole_and_waterline_are_three_events_at_either_end() -> None:
    rpl = made(TOWN_W, TOWN_E)
    assert events(rpl) == ["CLS", "BMH", "LP", "AC", "LP", "BMH", "CLS"]
    assert [at.pos_no for at in rpl.positions] == list("1234567")
    assert [span.cable_type for span in rpl.spans] == ["LAND", "LAND", "DA", "DA", "LAND", "LAND"]
    assert [span.cable_code for span in rpl.spans] == ["LAND-1", "LAND-1", "DA1", "DA1", "LAND-2", "LAND-2"]
    west, east = waterlines(rpl)
    assert (west.route_km, west.cable_km) == (0.0, 0.0)
    assert rpl.positions[1].route_km == pytest.approx(-0.1)
    assert rpl.positions[1].cable_km == pytest.approx(-0.102)
    town_km = Geodesic.WGS84.Inverse(42.0, 51.0, 42.0, 51.02)["s12"] / 1000
    assert rpl.positions[-1].route_km - east.route_km == pytest.approx(town_km, abs=1e-6)  # type: ignore[operator]
    assert check_rpl(rpl) == ()


def test_only_what_is_assumed_is_provisional() -> None:
    given = landing(49.95, status="REAL", beach_manhole=place(49.999), cable_station=place(49.9))
    rpl = made(given, landing(51.02, "E", beach_manhole=place(51.001, status="ASSUMED")))
    assert events(rpl) == ["CLS", "BMH", "LP", "AC", "LP", "BMH"]  # a given manhole says nothing of a station
    assert [PROVISIONAL in at.remarks for at in rpl.positions] == [False, False, False, False, True, True]
    assert ("Provisional", "2 positions are assumed and marked PROVISIONAL in Remarks") in rpl.header
    assert (rpl.positions[0].lon_deg, rpl.positions[1].lon_deg) == (49.9, 49.999)


def test_a_given_manhole_does_not_move_with_the_waterline() -> None:
    given = landing(49.95, beach_manhole=place(49.999))
    lower = [("1", "LP", 50.01, 42.0, None), *LINE[1:]]
    label = Label("main", "t", "A", "l", "W", "E", (given, TOWN_E))
    moved = finished(rpl_through(lower), label, BARE, 0.1, BOUNDS, SEA)
    assert next(at.lon_deg for at in moved.positions if at.event == "BMH") == 49.999


def test_a_manhole_is_not_assumed_in_the_water() -> None:
    rpl = made(landing(50.3), TOWN_E)  # its own position lies out at sea
    assert events(rpl)[:2] == ["BMH", "LP"]
    assert rpl.positions[0].lon_deg < 50.0
    island = finished(
        rpl_through(LINE), Label("m", "t", "A", "l", "W", "E", (landing(50.3), TOWN_E)), BARE, 0.1, BOUNDS,
        shapely.box(49.0, 41.0, 51.0, 43.0),
    )  # fmt: skip
    assert events(island)[0] == "LP"  # no place ashore is known


@pytest.mark.parametrize("apart_m", [0.0, 0.5, 1.2])
def test_places_that_are_one_share_a_position(apart_m: float) -> None:
    at = Geodesic.WGS84.Direct(42.0, 50.0, 270.0, apart_m)
    rpl = made(landing(49.95, beach_manhole=place(at["lon2"], at["lat2"])), TOWN_E)
    assert events(rpl)[0] == "LP / BMH"
    assert check_rpl(rpl) == ()


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 3000.0), st.floats(0.0, 20000.0), st.floats(200.0, 340.0), st.sampled_from(sorted(WRITERS)))
def test_lists_with_land_tails_hold_in_print(manhole_m: float, station_m: float, way_deg: float, suffix: str) -> None:
    first = Geodesic.WGS84.Direct(42.0, 50.0, way_deg, manhole_m)
    second = Geodesic.WGS84.Direct(first["lat2"], first["lon2"], way_deg, station_m)
    places = (place(at["lon2"], at["lat2"]) for at in (first, second))
    rpl = made(landing(49.95, **dict(zip(("beach_manhole", "cable_station"), places, strict=True))), TOWN_E)
    assert check_rpl(rpl) == ()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        WRITERS[suffix](path, rpl, created_utc=CREATED)
        found = read_rpl_sheet(path)
    assert found.faults == ()
    assert found.rpl is not None
    assert check_rpl(found.rpl) == ()
    assert events(found.rpl) == events(rpl)


# -- depths


@pytest.mark.parametrize(
    ("depth_m", "base_m", "share", "printed", "error_m"),
    [
        (94.53, 1.19, 0.132, 90.0, 12.53),
        (94.53, 0.05, 0.0, 94.5, 0.05),
        (94.53, 1.0, 0.0, 95.0, 1.0),
        (94.53, 0.3, 0.0, 94.5, 0.3),
        (784.2, 200.0, 0.0, 800.0, 200.0),
        (3.27, 1.19, 0.132, 3.0, 1.27),
    ],
)
def test_a_depth_is_printed_to_what_is_known_of_it(
    depth_m: float, base_m: float, share: float, printed: float, error_m: float, tmp_path: Path
) -> None:
    label = Label("main", "t", "A", "l", "W", "E")
    listed = rpl_through([*LINE[:1], (*LINE[1][:4], depth_m), LINE[2]])
    known = replace(listed.positions[1], depth_error_m=float(np.hypot(base_m, share * depth_m)))
    listed = replace(listed, positions=(listed.positions[0], known, listed.positions[2]))
    rpl = finished(listed, label, RULES, 0.1, BOUNDS, SEA)
    at = rpl.positions[1]
    assert (at.depth_m, round(at.depth_error_m, 2)) == (printed, error_m)  # type: ignore[arg-type]
    assert at.depth_resolution_m == pytest.approx(0.1 * KM_PER_DEG * 1000)
    write_rpl_csv(tmp_path / "a.csv", rpl, created_utc=CREATED)
    text = f"{printed:.0f}" if error_m >= 1 else f"{printed:.1f}"
    assert f",{text}," in (tmp_path / "a.csv").read_text()
    assert read_rpl(tmp_path / "a.csv").positions[1].depth_m == printed
    assert rpl.positions[0].depth_error_m is None


def test_without_an_error_depths_keep_their_decimal() -> None:
    rpl = made(TOWN_W, TOWN_E)
    assert rpl.positions[3].depth_m == 94.53
    assert rpl.positions[3].depth_error_m is None
    assert not any(key == "Accuracy" for key, _ in rpl.header)


# -- lay, charts, a long straight


def test_fibre_pairs_and_lay_direction_stand_in_every_span(tmp_path: Path) -> None:
    rpl = made(TOWN_W, TOWN_E, Lay(from_landing="e", fibre_pairs=8, source="s", status="ASSUMED"))
    assert {(span.fiber_pair, span.lay_direction) for span in rpl.spans if span.cable_type == "DA"} == {("8", "from E")}
    write_rpl_csv(tmp_path / "a.csv", rpl, created_utc=CREATED)
    read = read_rpl(tmp_path / "a.csv")
    assert [span.fiber_pair for span in read.spans] == [span.fiber_pair for span in rpl.spans]
    assert [span.lay_direction for span in read.spans] == [span.lay_direction for span in rpl.spans]


def test_the_chart_of_the_largest_scale_that_shows_a_position_is_named() -> None:
    charts = [
        Chart(number=n, scale=s, west_deg=w, south_deg=41.0, east_deg=e, north_deg=43.0, source="x", status="REAL")
        for n, s, w, e in (
            ("small", 750_000, 49.0, 52.0),
            ("large", 50_000, 50.2, 50.6),
            ("other", 50_000, 50.9, 50.95),
        )
    ]
    assert [chart_of(at, charts) for at in rpl_through(LINE).positions] == ["small", "large", "small"]
    assert chart_of(rpl_through(LINE).positions[0], charts[1:]) == ""


def test_a_long_straight_is_headed_as_what_it_is(tmp_path: Path) -> None:
    straight = [LINE[0], ("2", "LP", 51.6, 42.0, 3.0)]
    label = Label("main", "t", "A", "l", "W", "E")
    rpl = finished(rpl_through(straight), label, BARE, 0.1, BOUNDS, SEA)
    (text,) = (text for key, text in rpl.header if key == STRAIGHT)
    assert "no data that would bend the route" in text
    assert "132." in text
    write_rpl_csv(tmp_path / "a.csv", rpl, created_utc=CREATED)
    assert check_practice(read_rpl(tmp_path / "a.csv")) == ()
    assert not any(key == STRAIGHT for key, _ in made(TOWN_W, TOWN_E).header)


# -- totals


def test_totals_are_the_sums_of_the_printed_legs_by_type(tmp_path: Path) -> None:
    rpl = made(TOWN_W, TOWN_E)
    write_rpl_xlsx(tmp_path / "a.xlsx", rpl, created_utc=CREATED)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    (text,) = (row[1] for row in sheet.iter_rows(max_row=20, values_only=True) if row[0] == "Totals")
    read = read_rpl(tmp_path / "a.xlsx")
    for name in ("LAND", "DA"):
        legs = [(s.route_km, s.cable_km) for s in read.spans if s.cable_type == name]
        route_km, cable_km = (sum(values) for values in zip(*legs, strict=True))  # type: ignore[arg-type]
        assert f"{name} {route_km:.3f} km (cable {cable_km:.3f} km)" in text
    ends = read.positions[0], read.positions[-1]
    assert f"all {ends[1].route_km - ends[0].route_km:.3f} km" in text  # type: ignore[operator]


# -- a second reference system


@pytest.mark.parametrize("name", ["EPSG:28409", "EPSG:32639", "EPSG:4284", "EPSG:20009"])
@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_positions_stand_in_the_second_system_too(name: str, suffix: str, tmp_path: Path) -> None:
    rules = BARE.model_copy(update={"rpl": BARE.rpl.model_copy(update={"second_crs": name})})
    rpl = made(TOWN_W, TOWN_E, rules=rules)
    path = tmp_path / f"a{suffix}"
    WRITERS[suffix](path, rpl, created_utc=CREATED)
    assert rpl.second is not None
    assert name in str(rpl.second)
    x, y = np.array(rpl.second.xy).T
    own = second_crs(name, BOUNDS)[1].transform(x, y, direction="INVERSE")
    assert np.column_stack(own) == pytest.approx(rpl.lonlat, abs=1e-8)
    # whatever PROJ takes by itself is as near as the two operations are good
    any_ = pyproj.Transformer.from_crs(name, "EPSG:4326", always_xy=True).transform(x, y)
    assert np.column_stack(any_) == pytest.approx(rpl.lonlat, abs=2e-4)
    found = read_rpl_sheet(path)
    assert found.faults == ()
    assert found.rpl is not None
    assert found.rpl.lonlat == pytest.approx(rpl.lonlat, abs=2e-6)  # not mistaken for the position itself
    in_degrees = ["Authority Lon (deg)", "Authority Lat (deg)"]
    headings = [item.heading for item in found.understood][-2:]
    assert headings == (in_degrees if name == "EPSG:4284" else ["Easting (m)", "Northing (m)"])


def test_eastings_are_those_of_a_published_worked_example() -> None:
    """Two well-known facts: the central meridian of zone 9 has 9,500,000 m, and Pulkovo lies some 100 m off WGS84."""
    found = second_coordinates([(51.0, 42.0)], "EPSG:28409", BOUNDS)
    east, _ = found.xy[0] or (0.0, 0.0)
    assert 20 < abs(east - 9_500_000.0) < 300
    assert found.accuracy_m is not None
    assert found.accuracy_m > 0.5


def test_positions_outside_the_area_of_the_system_have_none() -> None:
    found = second_coordinates([(50.0, 42.0), (60.0, 42.0)], "EPSG:32639", (49.0, 41.0, 62.0, 43.0))
    assert found.xy[0] is not None
    assert found.xy[1] is None
    assert "1 positions lie outside its area" in str(found)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("EPSG:99999999", "no reference system that PROJ knows"),
        ("Pulkovo", "no reference system"),
        ("EPSG:5705", "expected degrees"),
        ("EPSG:2274", "in metres"),
        ("EPSG:32610", "and the study lies in"),
        ("EPSG:4979", "expected degrees"),
    ],
)
def test_a_system_that_does_not_fit_is_one_sentence(name: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        second_crs(name, BOUNDS)
    with pytest.raises(StudyError, match=says):
        load_study(STUDY, {"engineering.rpl.second_crs": name})


def test_what_a_study_says_of_its_lists_is_checked() -> None:
    with pytest.raises(StudyError, match="expected one of its landings"):
        load_study(STUDY, {"systems.main.lay": {"from_landing": "kuryk", "source": "s", "status": "ASSUMED"}})
