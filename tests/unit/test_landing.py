"""Landings: the manhole stays, the waterline moves with the sea, and a barge lays what the main vessel cannot."""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, fields
from itertools import pairwise

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import STUDY
from transcaspian.core.errors import StudyError
from transcaspian.core.grid import Grid
from transcaspian.core.linear_reference import line_length_km
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.engineering import EngineeredRoute, Feature, Label, Met, Surroundings, engineer_route
from transcaspian.engineering.alter_course import Course, headings_change_deg
from transcaspian.engineering.landing import approach, installation
from transcaspian.engineering.landing_sheet import landing_findings, nearest, waterline_within_km
from transcaspian.engineering.profile import Profile, seabed_profile
from transcaspian.engineering.route import manholes, with_drying
from transcaspian.rpl.model import Position, waterlines
from transcaspian.rpl.qa import check_rpl
from transcaspian.seabed import CostSurface, DepthModel, DepthSurface
from transcaspian.study import Landing, LandingRules, Place, load_study

GRID = Grid.covering(50.0, 41.0, 52.0, 42.0, 1 / 120)
RULES = load_study(STUDY).engineering
assert RULES is not None
ENGINEERING = RULES
LANDING = LandingRules(wind_set_up_m=2.0, source="test", status="ASSUMED")
SEA = shapely.box(50.2, 41.0, 51.8, 42.0)
SHORES = np.array([(50.2, 41.5), (51.8, 41.5)])
LEVEL_M, ERROR_M = -29.5, 0.8


def seabed(m_per_km: float) -> np.ndarray:
    """A plane beach from either shore, grid.shape; NaN on land."""
    lon = np.broadcast_to(GRID.lon_deg, GRID.shape)
    off_km = np.minimum(lon - 50.2, 51.8 - lon) * 83.4
    return np.where(off_km > 0, off_km * m_per_km, np.nan).astype(np.float32)


def landing(name: str, lon_deg: float, height_m: float | None = None) -> Landing:
    place = Place(lon_deg=lon_deg, lat_deg=41.5, height_m_msl=height_m, source="permit", status="REAL")
    return Landing(
        id=name, name=name.upper(), country="AZ", lon_deg=lon_deg, lat_deg=41.5, max_snap_km=50.0,
        beach_manhole=place, source="permit", status="REAL",
    )  # fmt: skip


WEST, EAST = landing("west", 50.194, -26.0), landing("east", 51.807)


def route(m_per_km: float, level_m: float = LEVEL_M, features: tuple[Feature, ...] = (), **keys) -> EngineeredRoute:  # type: ignore[no-untyped-def]
    """A route over the sea when it stands at a level: the depths are of the plane beach, less the fall."""
    signed_m = seabed(m_per_km) - np.float32(LEVEL_M - level_m)
    depth_m, drying_m = np.maximum(signed_m, 0.0), np.nan_to_num(np.maximum(-signed_m, 0.0))
    surface = DepthSurface.of_one_source(GRID, depth_m, ERROR_M + 0.0 * depth_m, 1 / 120)
    depth = DepthModel(surface, np.isfinite(depth_m), 1 / 120, signed_m < 0, drying_m=drying_m)
    cost = CostSurface(np.ones(GRID.shape, np.float32), {})
    ground = Surroundings(GRID, depth, cost, SEA, None, level_m, features)
    rules = ENGINEERING.model_copy(update={"landing": LANDING.model_copy(update=keys)})
    assert rules.land_tail is not None
    course = Course(SHORES, headings_change_deg(SHORES), 1.0, 1.0, 0.005)
    course = course.from_manholes(*manholes(course, (WEST, EAST), rules.land_tail, SEA))
    profile = with_drying(
        seabed_profile(GRID, depth, course.lonlat, 1 / 120).with_ashore(course.ashore_km), ground.grid, depth
    )
    label = Label(
        "main", "t", "A", f"water level {level_m:g} m MSL (2025-10)", "W", "E", (WEST, EAST), level_m_msl=level_m
    )
    return engineer_route(ground, course, profile, rules, label, Met())


def profile_of(kp_km: np.ndarray, depth_m: np.ndarray) -> Profile:
    """Depths along a route of which nothing else is known."""
    names = [field.name for field in fields(Profile) if field.default is MISSING and field.name != "resolution_deg"]
    told = dict.fromkeys(names, np.zeros(len(kp_km))) | {"kp_km": kp_km, "depth_m": depth_m}
    return Profile(**told, resolution_deg=0.01)  # type: ignore[arg-type]


def named(made: EngineeredRoute, name: str) -> list[Position]:
    return [at for at in made.rpl.positions if any(event.name == name for event in at.events)]


def test_kp_0_is_the_manhole_and_stays_there_whatever_the_level() -> None:
    for level_m in (-28.0, LEVEL_M, -32.0):
        first, last = named(route(1.0, level_m), "BMH")
        assert (first.route_km, first.lon_deg, first.lat_deg) == (0.0, 50.194, 41.5)
        assert (last.lon_deg, last.lat_deg) == (51.807, 41.5)
        beaches_m = [Geodesic.WGS84.Inverse(41.5, a, 41.5, b)["s12"] for a, b in ((50.194, 50.2), (51.8, 51.807))]
        assert last.route_km == pytest.approx(line_length_km(SHORES) + sum(beaches_m) / 1000, abs=1e-6)


@pytest.mark.parametrize("fall_m", [0.0, 1.0, 2.5])
def test_the_waterline_is_an_event_with_its_level_and_moves_out_with_a_lower_sea(fall_m: float) -> None:
    made = route(1.0, LEVEL_M - fall_m)
    beach_km = Geodesic.WGS84.Inverse(41.5, 50.194, 41.5, 50.2)["s12"] / 1000
    line = waterlines(made.rpl)[0]
    assert line.route_km == pytest.approx(beach_km + fall_m, abs=0.05)  # 1 m in 1 km
    assert line.remarks.startswith(f"W; waterline at {LEVEL_M - fall_m:g} m MSL (2025-10)")


def test_beach_shore_end_and_main_lay_follow_each_other_in_list_bill_and_diagram() -> None:
    made = route(1.0)
    kinds = [item.kind for item in made.installation]
    assert kinds == ["beach", "shore end", "main lay", "shore end", "beach"]
    beach, shore_end, main = made.installation[:3]
    assert shore_end.from_km == pytest.approx(waterlines(made.rpl)[0].route_km, abs=1e-6)
    assert made.profile.depth_at([main.from_km])[0] == pytest.approx(LANDING.min_lay_depth_m, abs=1e-3)
    methods = [(item.rule.method, round(item.from_km, 3)) for item in made.cable.burial]
    assert methods[:3] == [
        ("beach trench", 0.0),
        ("trenching", round(beach.to_km, 3)),
        ("jetting", round(main.from_km, 3)),
    ]
    assert made.cable.burial[-1].rule.method == "beach trench"
    by_kind = {item.installation.kind: item.burial.rule.method for item in made.segments}
    assert by_kind["beach"] == "beach trench"
    assert by_kind["shore end"] == "trenching"
    assert [at.route_km for at in named(made, "SE")] == pytest.approx([main.from_km, main.to_km], abs=1e-6)
    ploughed = [item for item in made.cable.burial if item.rule.method == "plough"]
    assert ploughed
    assert all(main.from_km < item.from_km and item.to_km < main.to_km for item in ploughed)
    assert check_rpl(made.rpl) == ()


def test_a_drilled_beach_is_said_to_be_one() -> None:
    made = route(1.0, beach_method="HDD")
    first = made.rpl.spans[[at.event for at in made.rpl.positions].index("BMH")]
    assert (first.protection_method, first.target_burial_m) == ("HDD", 2.0)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.0, 40.0), min_size=12, max_size=60), st.floats(0.5, 30.0), st.floats(0.0, 4.0))
def test_sections_cover_the_route_and_main_lay_is_deep_enough(depths: list[float], min_m: float, min_km: float) -> None:
    n = len(depths)
    kp_km = np.linspace(0.0, 0.5 * n, n)
    profile = profile_of(kp_km, np.array(depths))
    rules = LANDING.model_copy(update={"min_lay_depth_m": min_m})
    sections = installation(profile, rules, min_km)
    assert sections[0].from_km == 0.0
    assert sections[-1].to_km == profile.length_km
    assert all(a.to_km == b.from_km and a.kind != b.kind for a, b in pairwise(sections))
    for item in sections:
        inside = (kp_km > item.from_km + 1e-6) & (kp_km < item.to_km - 1e-6)
        if item.kind == "main lay":
            assert (profile.depth_m[inside] >= min_m).all()
        if item.kind == "beach" and len(sections) > 1:
            assert (profile.depth_m[inside] == 0.0).all()


def test_a_height_stands_ashore_and_no_depth() -> None:
    first, last = named(route(1.0), "BMH")
    assert (first.depth_m, first.height_m, first.height_status) == (None, 3.5, "REAL")
    assert (last.depth_m, last.height_m, last.height_status) == (None, None, NOT_KNOWN)


def test_unknown_depths_are_not_water_and_not_land() -> None:
    kp_km, flat = np.linspace(0.0, 10.0, 21), np.zeros(21)
    depth_m = np.full(21, np.nan)
    depth_m[10:] = 20.0
    seen = approach(profile_of(kp_km, depth_m), 0)
    assert seen.first_km(0.0) == 0.0  # where no depth is known the shoreline's word counts
    assert seen.first_km(0.0, -1.0) is None  # of water above the declared level nothing is known
    assert approach(profile_of(kp_km, flat), 0).first_km(0.0) is None


# -- the sheet


def test_a_sheet_says_slope_contours_and_levels() -> None:
    west = route(2.0).landings[0]
    assert west.slope_deg == pytest.approx(np.degrees(np.arctan(0.002)), rel=0.03)
    for item in west.contours:
        assert item.away_m == pytest.approx(500.0 * item.depth_m, rel=0.05)
        assert item.nearest_m is not None
        assert item.farthest_m is not None
        assert item.nearest_m < item.away_m < item.farthest_m
        assert (item.farthest_m - item.nearest_m) / 2 == pytest.approx(500.0 * ERROR_M, rel=0.05)
    by_stand = {(item.level_m_msl, item.set_up_m): item for item in west.stands}
    assert by_stand[-29.5, 2.0].waterline_km is None  # inland of the shoreline: not known
    assert by_stand[-31.0, -2.0].waterline_km == pytest.approx(west.shore_km + 1.75, abs=0.05)
    assert by_stand[-31.0, -2.0].lay_km == pytest.approx(west.shore_km + 6.75, abs=0.05)
    assert (by_stand[-29.5, 2.0].waterline_min_km, by_stand[-29.5, 2.0].waterline_max_km) == (None, None)
    lower, declared, off_km = by_stand[-31.0, -2.0], by_stand[-29.5, 0.0], ERROR_M / 2.0
    assert lower.waterline_min_km == pytest.approx(west.shore_km + 1.75 - off_km, abs=0.05)
    assert lower.waterline_max_km == pytest.approx(west.shore_km + 1.75 + off_km, abs=0.05)
    assert declared.waterline_min_km == pytest.approx(west.shore_km, abs=0.01), (
        "inland of the shoreline nothing is known"
    )
    assert declared.waterline_max_km == pytest.approx(west.shore_km + off_km, abs=0.05)


def test_where_no_error_is_known_a_waterline_has_no_bounds() -> None:
    kp_km = np.linspace(0.0, 10.0, 101)
    seen = approach(profile_of(kp_km, np.maximum(kp_km - 2.0, 0.0)), 0)
    line_km = seen.first_km(0.0, 1.0)
    unknown = dataclasses.replace(seen, error_m=np.full(seen.depth_m.shape, np.nan))
    assert waterline_within_km(unknown, line_km, 1.0) == (None, None)
    known = dataclasses.replace(seen, error_m=np.full(seen.depth_m.shape, 0.5))
    assert waterline_within_km(known, line_km, 1.0) == (pytest.approx(2.5), pytest.approx(3.5))
    assert waterline_within_km(known, None, -1.0) == (None, None)


def test_a_landing_out_of_reach_of_the_barge_is_not_viable_and_the_finding_names_the_keys() -> None:
    made = route(1.0, max_shore_end_km=12.0)
    (found,) = landing_findings("main", made.landings[0], LANDING.model_copy(update={"max_shore_end_km": 12.0}))
    assert found.severity == "major"  # at the declared level it still is
    assert "not viable at -29.5 m MSL with 2 m of set-down" in found.sentence
    assert "systems.main.from_landing" in found.action
    assert route(1.0).landings[0].verdict == "viable"
    assert list(landing_findings("main", route(1.0).landings[0], LANDING)) == []


def test_neighbours_have_distance_and_bearing() -> None:
    at = Geodesic.WGS84.Direct(41.5, 50.194, 60.0, 4000.0)
    far = Geodesic.WGS84.Direct(41.5, 50.194, 60.0, 12000.0)
    features = tuple(
        Feature(name, name, "platform", shapely.Point(place["lon2"], place["lat2"]), 0.0, 50.0)
        for name, place in (("near", at), ("far", far))
    )
    (item,) = route(1.0, features=features).landings[0].neighbours
    assert (item.neighbour_id, item.group) == ("near", "hazard")
    assert item.distance_m == pytest.approx(4000.0, abs=1.0)
    assert item.bearing_deg == pytest.approx(60.0, abs=0.1)


@settings(max_examples=30, deadline=None)
@given(st.floats(-60, 60), st.floats(0, 359), st.floats(100, 9000), st.floats(0, 359))
def test_the_nearest_place_of_a_line_is_nearest_on_the_ground(
    lat: float, way: float, off_m: float, turn: float
) -> None:
    ends = [Geodesic.WGS84.Direct(lat, 50.0, way, off_m)]
    ends.append(Geodesic.WGS84.Direct(ends[0]["lat2"], ends[0]["lon2"], turn, 5000.0))
    line = shapely.LineString([(end["lon2"], end["lat2"]) for end in ends])
    found = nearest(Position("1", "BMH", 50.0, lat, 0.0), line, 10_000.0)
    dense = shapely.get_coordinates(shapely.segmentize(line, 1e-4))
    nearest_m = min(Geodesic.WGS84.Inverse(lat, 50.0, y, x)["s12"] for x, y in dense)
    assert found is not None
    assert found[0] == pytest.approx(nearest_m, abs=12.0 + 2e-3 * nearest_m)


# -- what a study may say


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"shore_end_method": "plough"}, "main lay vessel tows it"),
        ({"shore_end_method": "surface laid"}, "shore_end_burial_m"),
        ({"min_lay_depth_m": 0}, "min_lay_depth_m"),
        ({"beach_method": "jetting"}, "beach_method"),
    ],
)
def test_rules_of_landings_are_checked(keys: dict[str, object], says: str) -> None:
    with pytest.raises(StudyError, match=says):
        load_study(STUDY, {"engineering.landing": {**keys, "source": "s", "status": "ASSUMED"}})


def test_a_lower_sea_is_one_key_away() -> None:
    lower = load_study(STUDY, {"water_level.level_m_msl": -30.0})
    assert lower.engineering is not None
    assert lower.engineering.water_levels is not None
    assert lower.engineering.water_levels.below(-30.0) == (-30.0, -31.0)
    elsewhere = load_study(STUDY, {"systems.turkmen.from_landing": "buzovna"})
    assert elsewhere.systems[-1].from_landing == "buzovna"
    with pytest.raises(StudyError, match="no level at or below"):
        load_study(STUDY, {"water_level.level_m_msl": -40.0})
