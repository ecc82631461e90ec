"""Systems that are built together: both lists name one place, where Karney's geodesics of both pass."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.conftest import RAW, STUDY, TINY
from tests.depth_models import exact
from transcaspian.core.errors import StudyError
from transcaspian.core.grid import Grid
from transcaspian.core.linear_reference import line_length_km
from transcaspian.engineering import (
    Asset,
    Course,
    EngineeredRoute,
    Label,
    Laid,
    Met,
    Surroundings,
    drawn_positions,
    engineer_route,
    meetings,
)
from transcaspian.engineering.alter_course import headings_change_deg
from transcaspian.engineering.crossings import crossings, parallel_runs
from transcaspian.engineering.profile import seabed_profile
from transcaspian.engineering.together import common_causes
from transcaspian.rpl.practice import check_practice
from transcaspian.runs.stages.engineer_systems import assets_of, meetings_of
from transcaspian.runs.stages.inputs import Inputs, RunSettings
from transcaspian.runs.stages.lay_courses import LaidCourse
from transcaspian.runs.stages.read_inputs import read_inputs
from transcaspian.runs.stages.run_notes import neighbour_notes
from transcaspian.runs.stages.steering import frictions_of
from transcaspian.seabed import CostSurface
from transcaspian.study import NeighbourRules, Place, load_study

GRID = Grid.covering(49.0, 40.0, 53.0, 44.0, 1 / 15)
DEPTH_M = np.full(GRID.shape, 100.0, np.float32)
ENGINEERING = load_study(STUDY).engineering
assert ENGINEERING is not None
assert ENGINEERING.neighbours is not None
RULES: NeighbourRules = ENGINEERING.neighbours
Points = list[tuple[float, float]]


def laid(name: str, points: Points) -> Laid:
    lonlat = np.array(points, float)
    asset = Asset(
        name, name.title(), "telecom_cable", "", "planned", 0.0, shapely.LineString(drawn_positions(lonlat).lonlat)
    )
    course = Course(lonlat, headings_change_deg(lonlat), 1.0, 1.0, 0.005)
    return Laid(course, seabed_profile(GRID, DEPTH_M, lonlat, 0.1, 2.0), asset)


def met(**points: Points) -> dict[str, Met]:
    names = list(points)
    return meetings({name: laid(name, line) for name, line in points.items()}, list(pairwise(names)), RULES)


def listed(points: Points, met: Met) -> EngineeredRoute:
    wet = np.ones(GRID.shape, bool)
    ground = Surroundings(
        GRID, exact(GRID, DEPTH_M, wet), CostSurface(np.ones(GRID.shape, np.float32), {}),
        shapely.box(*GRID.bounds), None, -29.5,
    )  # fmt: skip
    own = laid("own", points)
    assert ENGINEERING is not None
    return engineer_route(ground, own.course, own.profile, ENGINEERING, Label("own", "t", "A", "l", "W", "E"), met)


def at_km(points: Points, kp_km: float) -> tuple[float, float]:
    """Latitude and longitude at a KP, by Karney's own library."""
    for a, b in pairwise(points):
        leg = Geodesic.WGS84.InverseLine(a[1], a[0], b[1], b[0])
        if kp_km * 1000 <= leg.s13 or b == points[-1]:
            place = leg.Position(kp_km * 1000)
            return place["lat2"], place["lon2"]
        kp_km -= leg.s13 / 1000
    raise AssertionError


def apart_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(Geodesic.WGS84.Inverse(*one, *other)["s12"])


def near_count(one: Points, other: Points) -> int:
    """How often two lines cross, on a map of Karney's points every 5 km."""
    lines = []
    for points in (one, other):
        km = np.arange(0, line_length_km(points), 5.0)
        lines.append(shapely.LineString([at_km(points, float(k))[::-1] for k in km] + [points[-1]]))
    return len([p for p in shapely.get_parts(shapely.intersection(*lines)) if not p.is_empty])


west_east = st.lists(st.floats(40.2, 43.8), min_size=3, max_size=4).map(
    lambda lats: list(zip(np.linspace(49.2, 52.8, len(lats)).tolist(), lats, strict=True))
)


@settings(max_examples=10)
@given(west_east, west_east)
def test_both_lists_name_one_place(one: Points, other: Points) -> None:
    assume(min(abs(a[1] - b[1]) for a, b in ((one[0], other[0]), (one[-1], other[-1]))) > 0.05)
    found = met(one=one, other=other)
    assert len(found["one"].crossings) == len(found["other"].crossings) == near_count(one, other)
    mirrored = {round(crossing.asset_kp_km, 6): crossing for crossing in found["other"].crossings}
    lists = {"one": listed(one, found["one"]), "other": listed(other, found["other"])}
    for crossing in found["one"].crossings:
        back = mirrored[round(crossing.kp_km, 6)]
        assert (back.kp_km, back.angle_deg, back.lon_deg, back.lat_deg) == (
            crossing.asset_kp_km, crossing.angle_deg, crossing.lon_deg, crossing.lat_deg,
        )  # fmt: skip
        assert (crossing.asset.asset_id, back.asset.asset_id) == ("other", "one")
        place = (crossing.lat_deg, crossing.lon_deg)
        assert apart_m(at_km(one, crossing.kp_km), place) < 0.1
        assert apart_m(at_km(other, back.kp_km), place) < 0.1
        for name, seen in (("one", crossing), ("other", back)):
            assert seen.verdict == ("pass" if seen.angle_deg >= RULES.min_angle_deg else "fail")
            positions = [p for p in lists[name].rpl.positions if "Xing" in p.event.split(" / ")]
            assert min(apart_m((p.lat_deg, p.lon_deg), place) for p in positions) < 1.0
    for system in lists.values():
        assert {item.rule for item in check_practice(system.rpl)} <= {"straight", "body-crossing", "body-turn"}


def test_a_shared_manhole_is_no_crossing_whichever_way_the_systems_run() -> None:
    hub = (50.0, 42.0)
    for one, other in (
        ([hub, (52.0, 42.0)], [hub, (51.0, 43.5)]),
        ([(52.0, 42.0), hub], [hub, (51.0, 43.5)]),
        ([(52.0, 42.0), hub], [(51.0, 43.5), hub]),
    ):
        found = met(one=one, other=other)
        for name in ("one", "other"):
            assert found[name].crossings == ()
            assert len(found[name].shared_ends) == 1
            assert listed(one if name == "one" else other, found[name]).parallel_runs == ()


def test_manholes_side_by_side_are_one_landing_and_lines_that_cross_at_once_do_not_cross() -> None:
    # 40 m between the manholes, and legs that pass over each other at 17°, 135 m out
    one, other = [(50.0, 42.0), (52.0, 42.3)], [(50.0, 42.00036), (52.0, 41.85)]
    found = met(one=one, other=other)
    (crossing,) = crossings(np.array(one), laid("one", one).profile, [laid("other", other).asset], RULES)
    assert (crossing.kp_km, crossing.angle_deg) == pytest.approx((0.135, 17.15), abs=0.01)
    assert found["one"].crossings == found["other"].crossings == ()
    assert [end.kp_km for end in found["one"].shared_ends] == [0.0]


def test_systems_that_share_a_manhole_and_cross_far_from_it_do_cross() -> None:
    one = [(50.0, 42.0), (51.0, 42.5), (52.0, 42.0)]
    other = [(50.0, 42.0), (51.0, 41.5), (52.0, 43.0)]
    found = met(one=one, other=other)
    assert len(found["one"].crossings) == len(found["other"].crossings) == 1
    assert found["one"].crossings[0].kp_km > 100


def test_a_crossing_soon_after_the_straight_approach_is_one() -> None:
    hub = (50.0, 42.0)
    one, other = [hub, (50.02, 42.001), (52.0, 42.3)], [hub, (50.02, 42.004), (52.0, 41.8)]
    (found,) = met(one=one, other=other)["one"].crossings
    assert found.kp_km == pytest.approx(2.4, abs=0.3)


def test_systems_that_run_beside_each_other_are_listed_by_both() -> None:
    one = [(50.0, 42.0), (52.0, 42.0)]
    other = [(50.0, 42.002), (52.0, 42.002)]
    found = met(one=one, other=other)
    for points, name in ((one, "one"), (other, "other")):
        runs = listed(points, found[name]).parallel_runs
        assert sum(run.length_km for run in runs) == pytest.approx(line_length_km(points), abs=0.2)
        assert {run.verdict for run in runs} == {"fail"}
        assert min(run.min_distance_m for run in runs) == pytest.approx(222, abs=2)
    same = met(one=one, other=one)  # all of it, without the approaches to the manholes that they share
    (run,) = listed(one, same["one"]).parallel_runs
    assert same["one"].crossings == ()
    assert run.length_km == pytest.approx(line_length_km(one) - 2 * RULES.approach_km, abs=0.2)


def test_three_systems_meet_by_pairs() -> None:
    lines = {"a": [(50.0, 42.0), (52.0, 42.0)], "b": [(51.0, 41.0), (51.0, 43.0)], "c": [(51.5, 41.0), (51.5, 43.0)]}
    found = meetings({name: laid(name, line) for name, line in lines.items()}, [("a", "b"), ("a", "c")], RULES)
    assert [c.asset.asset_id for c in found["a"].crossings] == ["b", "c"]
    assert [c.asset.asset_id for c in found["b"].crossings] == ["a"]
    assert [asset.asset_id for asset in found["c"].assets] == ["a"]


def test_an_asset_in_parts_that_meet_on_the_route_is_crossed_once_and_repeated_vertices_do_no_harm() -> None:
    route = np.array([[50.0, 42.0], [52.0, 42.0]])
    profile = seabed_profile(GRID, DEPTH_M, route, 0.1)
    lat = Geodesic.WGS84.InverseLine(42.0, 50.0, 42.0, 52.0).Position(80_000)
    middle = (lat["lon2"], lat["lat2"])
    parts = shapely.MultiLineString([[(middle[0], 41.5), middle, middle], [middle, middle, (middle[0], 42.5)]])
    pipe = Asset("pipe", "Pipe", "pipeline", "", "operating", 10.0, parts)
    (found,) = crossings(route, profile, [pipe], RULES)
    assert found.angle_deg == pytest.approx(90, abs=1.0)
    assert found.kp_km == pytest.approx(80, abs=0.001)
    assert parallel_runs(route, profile, [pipe], [found], RULES) == ()


# --- what a study says of it ----------------------------------------------------------------------------------------


def inputs_of(tmp_path: Path, *systems: str, **overrides: Any) -> Inputs:
    return read_inputs(RunSettings(STUDY, tmp_path, systems, TINY | overrides, RAW))


def test_sketches_of_systems_are_neither_crossed_nor_priced(tmp_path: Path) -> None:
    planned = {"criteria.crossings.states": ["planned"]}
    inputs = inputs_of(tmp_path, "main", **planned)
    assert inputs.study.sketches == {
        "planned-main-2025", "planned-main-2023", "planned-reserve-2023", "planned-turkmen",
    }  # fmt: skip
    names = {asset.asset_id for asset in assets_of(inputs)}
    assert not names & inputs.study.sketches
    assert "pipeline-acg-oil-1" in names
    grid = inputs.study.area.grid()
    wet = np.ones(grid.shape, bool)
    depth = exact(grid, np.full(grid.shape, 50.0), wet)
    assert not frictions_of(inputs, grid, depth)["crossings"][1].any()
    without = {f"systems.{system.id}.own_assets": [] for system in inputs.study.systems}
    assert frictions_of(inputs_of(tmp_path, "main", **planned, **without), grid, depth)["crossings"][1].any()


def test_who_is_not_in_the_run_is_insufficient_information(tmp_path: Path) -> None:
    def notes(*systems: str) -> list[str]:
        inputs = inputs_of(tmp_path, *systems)
        told = neighbour_notes(inputs, {})
        return [note for note in told if "built together" in note]

    assert notes() == []
    assert [note.partition(":")[0] for note in notes("main-2023", "reserve-2023")] == ["main-2023", "reserve-2023"]
    (note,) = notes("main")
    assert note == (
        "main: built together with reserve-2023, turkmen, not in this run: insufficient information about crossings of "
        "each other and runs beside"
    )


def test_only_systems_that_are_built_together_meet(tmp_path: Path) -> None:
    lines = {"main": [(50.0, 42.0), (52.0, 42.0)], "main-2023": [(50.0, 41.5), (52.0, 42.5)]}
    laid_ = {name: laid(name, line) for name, line in lines.items()}
    courses = {name: LaidCourse(one.course, one.profile) for name, one in laid_.items()}
    assert set(meetings_of(inputs_of(tmp_path, *lines), courses).values()) == {Met()}
    together = {"systems.main.coexists_with": ["main-2023"], "systems.main-2023.alternative_of": ""}
    found = meetings_of(inputs_of(tmp_path, *lines, **together), courses)
    assert [c.asset.owner for c in found["main"].crossings] == ["AzerTelecom; KazTransCom"]
    assert [c.asset.name for c in found["main-2023"].crossings] == ["Trans-Caspian main, as contracted"]


# -- alternatives of one link, and what systems share


def test_plans_of_one_link_are_never_built_together() -> None:
    study = load_study(STUDY)
    by_id = {system.id: system for system in study.systems}
    assert study.alternative_of(by_id["main-2023"]) == "main"
    assert study.alternative_of(by_id["main"]) == ""
    free = load_study(STUDY, {f"systems.{name}.coexists_with": None for name in ("main", "main-2023")})
    told = {system.id: [other.id for other in free.built_with(system)] for system in free.systems}
    assert told["main"] == ["reserve-2023", "turkmen"]
    assert told["main-2023"] == ["reserve-2023", "turkmen"]


def test_of_systems_that_exclude_each_other_the_first_is_the_plan() -> None:
    study = load_study(STUDY, {"systems.main-2023.alternative_of": ""})
    assert [study.alternative_of(system) for system in study.systems] == ["", "main", "", ""]


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"main-2023.alternative_of": "main-2023"}, "itself"),
        ({"main-2023.alternative_of": "mian"}, "no system of the study: expected one of main, reserve-2023, turkmen"),
        ({"main.alternative_of": "main-2023"}, "itself an alternative"),
        ({"main.coexists_with": ["main-2023"]}, "both are built"),
    ],
)
def test_an_alternative_that_cannot_be_one_is_one_sentence(keys: dict[str, object], says: str) -> None:
    with pytest.raises(StudyError, match=says):
        load_study(STUDY, {f"systems.{key}": value for key, value in keys.items()})


def test_a_shared_manhole_or_station_is_a_common_cause() -> None:
    study = load_study(STUDY)
    landings = {landing.id: landing for landing in study.landings}
    by_id = {system.id: system for system in study.systems}
    (found,) = common_causes([(by_id["main-2023"], by_id["turkmen"])], landings)
    assert (found.what, found.place) == ("beach manhole", "Siyazan")
    assert "their faults are not independent" in found.finding.sentence
    station = Place(lon_deg=49.8, lat_deg=40.55, source="s", status="REAL")
    beside = Place(lon_deg=49.8003, lat_deg=40.55, source="s", status="REAL")
    landings["sumgait"] = landings["sumgait"].model_copy(update={"cable_station": station})
    landings["buzovna"] = landings["buzovna"].model_copy(update={"cable_station": beside})
    (found,) = common_causes([(by_id["main"], by_id["reserve-2023"])], landings)
    assert found.what == "cable landing station"
    assert list(common_causes([(by_id["main"], by_id["turkmen"])], landings)) == []
