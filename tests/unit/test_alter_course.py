"""Alter courses: the fewest legs within the rules, held against all chains there are, and against the polygons."""

from __future__ import annotations

from itertools import combinations, pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from transcaspian.core.errors import EngineeringError
from transcaspian.core.grid import Grid
from transcaspian.engineering import alter_course
from transcaspian.engineering.alter_course import alter_courses, headings_change_deg
from transcaspian.routing import RoutingProblem, least_cost_path, polyline_cost, route_between, snap_to_shore
from transcaspian.seabed import water_mask
from transcaspian.study import AlterCourseRules

GRID = Grid.covering(50.0, 41.0, 52.0, 42.0, 1 / 60)
SEA = shapely.box(50.02, 41.02, 51.98, 41.98)
WEST, EAST = (50.02, 41.5), (51.98, 41.5)


def rules(**changes: float) -> AlterCourseRules:
    figures = {
        "tolerance": 0.005,
        "min_leg_km": 1.0,
        "max_alter_course_deg": 60.0,
        "turning_radius_m": 300.0,
        "turning_radius_depth_factor": 0.0,
        "straight_approach_km": 1.0,
    }
    return AlterCourseRules(**(figures | changes), source="test", status="ASSUMED")


def sea_with(*islands: shapely.Geometry) -> tuple[shapely.Geometry, np.ndarray]:
    water = shapely.difference(SEA, shapely.union_all(list(islands)))
    return water, np.where(water_mask(GRID, water), np.float32(1), np.float32(np.nan))


def engineered(
    water: shapely.Geometry, cost: np.ndarray, wanted: AlterCourseRules, no_go: shapely.Geometry | None = None
):  # type: ignore[no-untyped-def]
    ends = [snap_to_shore(water, *at, 15.0, "end") for at in (WEST, EAST)]
    path = route_between(RoutingProblem(GRID, cost, water, no_go), *ends)
    return path, alter_courses(path.sea, path, water, no_go, wanted)


def assert_within(course, wanted: AlterCourseRules) -> None:  # type: ignore[no-untyped-def]
    """By Karney's own library: lengths, turns, and room for the curves."""
    legs = [Geodesic.WGS84.Inverse(a[1], a[0], b[1], b[0]) for a, b in pairwise(course.lonlat)]
    lengths = [leg["s12"] for leg in legs]
    assert min(lengths) >= 1000 * wanted.min_leg_km - 1
    assert lengths[0] >= 1000 * wanted.straight_approach_km - 1
    assert lengths[-1] >= 1000 * wanted.straight_approach_km - 1
    for (before, after), told in zip(pairwise(legs), course.alter_course_deg, strict=True):
        turn = (after["azi1"] - before["azi2"] + 180) % 360 - 180
        assert turn == pytest.approx(told, abs=1e-6)
        assert abs(turn) <= wanted.max_alter_course_deg + 1e-6
        tangent = wanted.turning_radius_m * np.tan(np.radians(abs(turn)) / 2)
        assert tangent <= min(before["s12"], after["s12"]) / 2 + 0.01


def test_open_water_needs_no_alter_course() -> None:
    water, cost = sea_with()
    _, course = engineered(water, cost, rules())
    assert len(course.lonlat) == 2
    assert course.lonlat.ravel().tolist() == pytest.approx([*WEST, *EAST])
    assert abs(course.excess) < 1e-4


@settings(max_examples=12)
@given(seed=st.integers(0, 2**31), tolerance=st.sampled_from([0.002, 0.01, 0.05]))
def test_legs_keep_the_rules_and_stay_out_of_land_and_no_go(seed: int, tolerance: float) -> None:
    random = np.random.default_rng(seed)
    islands = [
        shapely.Point(*at).buffer(size)
        for at, size in zip(
            random.uniform((50.4, 41.2), (51.6, 41.8), (5, 2)), random.uniform(0.03, 0.12, 5), strict=True
        )
    ]
    water, cost = sea_with(*islands[1:])
    no_go = islands[0]
    cost = np.where(water_mask(GRID, no_go.buffer(0.02)), np.float32(np.nan), cost)
    wanted = rules(tolerance=tolerance)
    path, course = engineered(water, cost, wanted, no_go)
    assert_within(course, wanted)
    dense = np.vstack([
        [[p["lon2"], p["lat2"]] for p in (
            Geodesic.WGS84.InverseLine(a[1], a[0], b[1], b[0]).ArcPosition(s)
            for s in np.linspace(0, Geodesic.WGS84.Inverse(a[1], a[0], b[1], b[0])["a12"], 200)
        )] for a, b in pairwise(course.lonlat)
    ])  # fmt: skip
    way = shapely.LineString(dense)
    assert shapely.length(shapely.difference(way, water)) < 1e-6
    assert shapely.length(shapely.intersection(way, no_go)) < 1e-6
    assert course.path_cost == pytest.approx(path.cost, rel=1e-9)
    assert course.is_within_tolerance == (course.cost <= (1 + tolerance) * path.cost)


def all_chains(sea, points: np.ndarray, wanted: AlterCourseRules):  # type: ignore[no-untyped-def]
    """Every chain of the points that keeps the rules, with its cost: the oracle."""
    inner = range(1, len(points) - 1)
    for count in range(len(points) - 1):
        for chosen in combinations(inner, count):
            chain = points[[0, *chosen, len(points) - 1]]
            try:
                assert_within(SimpleNamespace(lonlat=chain, alter_course_deg=headings_change_deg(chain)), wanted)
            except AssertionError:
                continue
            yield count, polyline_cost(RoutingProblem(sea.grid, sea.cells.cost.reshape(sea.grid.shape)), chain)


@settings(max_examples=8)
@given(seed=st.integers(0, 2**31), tolerance=st.sampled_from([0.003, 0.02]), turn=st.sampled_from([15.0, 60.0]))
def test_no_chain_of_the_same_points_does_it_with_fewer(seed: int, tolerance: float, turn: float) -> None:
    random = np.random.default_rng(seed)
    cost = np.kron(random.uniform(1, 3, (6, 12)), np.ones((10, 10))).astype(np.float32)
    path = least_cost_path(RoutingProblem(GRID, cost), WEST, EAST)
    sea = RoutingProblem(GRID, cost).terrain
    wanted = rules(tolerance=tolerance, max_alter_course_deg=turn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alter_course, "STEPS", 9)
        patch.setattr(alter_course, "END_KM", 0.0)
        patch.setattr(alter_course, "STRAY_M", ())
        points = alter_course._candidates(path.lonlat, alter_course.STEPS)
        course = alter_courses(sea, path, SEA, None, wanted)
    chains = list(all_chains(sea, points, wanted))
    enough = [chain for chain in chains if chain[1] <= (1 + tolerance) * path.cost * (1 + 1e-12)]
    if enough:
        fewest = min(count for count, _ in enough)
        assert course.is_within_tolerance
        assert len(course.alter_course_deg) == fewest
        assert course.cost == pytest.approx(min(cost for count, cost in enough if count == fewest), rel=1e-9)
    else:
        assert not course.is_within_tolerance
        assert course.cost == pytest.approx(min(cost for _, cost in chains), rel=1e-9)


def test_a_lower_tolerance_never_has_fewer_alter_courses() -> None:
    water, cost = sea_with(shapely.box(50.8, 41.3, 51.2, 41.9))
    counts = [len(engineered(water, cost, rules(tolerance=t))[1].alter_course_deg) for t in (0.05, 0.01, 0.003, 0.001)]
    assert counts == sorted(counts)
    assert counts[0] >= 1


def test_rules_that_no_legs_keep_are_told() -> None:
    water, cost = sea_with(shapely.box(50.8, 41.3, 51.2, 41.98))
    with pytest.raises(EngineeringError, match=r"no legs are within the rules of \[engineering.alter_course\].*90 km"):
        engineered(water, cost, rules(min_leg_km=90.0, max_alter_course_deg=5.0))


def test_deeper_water_needs_wider_curves() -> None:
    water, cost = sea_with(shapely.box(50.9, 41.4, 51.0, 41.98))
    path = least_cost_path(RoutingProblem(GRID, cost), WEST, EAST)
    wanted = rules(turning_radius_depth_factor=40.0)
    shallow = alter_courses(RoutingProblem(GRID, cost).terrain, path, water, None, wanted, max_depth_m=10.0)
    deep = alter_courses(RoutingProblem(GRID, cost).terrain, path, water, None, wanted, max_depth_m=1000.0)
    assert_within(shallow, rules(turning_radius_m=400.0))
    assert_within(deep, rules(turning_radius_m=40_000.0))
    with pytest.raises(EngineeringError, match="at a radius of 4,000,000 m"):
        alter_courses(RoutingProblem(GRID, cost).terrain, path, water, None, wanted, max_depth_m=100_000.0)
