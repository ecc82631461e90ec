"""Lines through via discs and locked legs: in order, at no more than they must cost, and what is proven of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from transcaspian.core.errors import EngineeringError, LandingError, NoRouteError
from transcaspian.core.grid import GEOD, Grid
from transcaspian.engineering.alter_course import alter_courses
from transcaspian.routing import (
    FixedLegs,
    Held,
    HeldPath,
    RoutingProblem,
    ShoreLanding,
    ThroughBound,
    ViaDisc,
    excess_through,
    route_between,
    route_through,
    violations,
)
from transcaspian.study import AlterCourseRules

GRID = Grid(50.0, 42.0, 0.01, 40, 60)
WEST, EAST = ShoreLanding(50.005, 41.8, name="West"), ShoreLanding(50.595, 41.8, name="East")
RULES = AlterCourseRules(
    tolerance=0.005,
    min_leg_km=1.0,
    max_alter_course_deg=45.0,
    turning_radius_m=300.0,
    turning_radius_depth_factor=0.0,
    straight_approach_km=1.0,
    source="test",
    status="ASSUMED",
)


def sea(seed: int = 0, wall: bool = True) -> RoutingProblem:
    cost = 1.0 + 3.0 * ndimage.gaussian_filter(np.random.default_rng(seed).random(GRID.shape), 3.0)
    if wall:
        cost[8:32, 28:31] = np.inf
    return RoutingProblem(GRID, cost)


def away_km(lonlat: NDArray[np.float64], place: tuple[float, float]) -> tuple[float, int]:
    """Least distance of a place from a line that is densely sampled, and where along it."""
    legs = np.repeat(np.linspace(0, 1, 50)[:, None], 2, axis=1)
    dense = np.vstack([a + (b - a) * legs for a, b in pairwise(lonlat)])
    lon, lat = (np.full(len(dense), value) for value in place)
    away_m = np.asarray(GEOD.inv(dense[:, 0], dense[:, 1], lon, lat)[2])
    return float(away_m.min()) / 1000.0, int(away_m.argmin())


discs = st.builds(
    ViaDisc,
    st.tuples(st.floats(50.05, 50.55), st.floats(41.65, 41.95)),
    st.sampled_from([0.0, 2.0, 6.0]),
)


@settings(max_examples=15)
@given(st.lists(discs, min_size=1, max_size=3), st.integers(0, 5))
def test_a_line_passes_its_discs_in_their_order(vias: list[ViaDisc], seed: int) -> None:
    problem = replace(sea(seed), waypoints=tuple(vias))
    try:
        path = route_through(problem, WEST, EAST)
    except LandingError:
        assert any(in_the_wall(via) for via in vias)
        return
    assert isinstance(path, HeldPath)
    assert np.isfinite(path.cost)
    places = [_index(path.lonlat, item.lonlat[0]) for item in path.held]
    assert places == sorted(places)
    for via, item in zip(vias, path.held, strict=True):
        assert float(GEOD.inv(*via.lonlat, *item.lonlat[0])[2]) <= 1000.0 * via.radius_km + 0.01
    open_cells = problem.grid.to_rowcol(*path.lonlat.T)
    assert not np.isinf(problem.cost[tuple(np.round(cell).astype(int) for cell in open_cells)]).any()


def in_the_wall(via: ViaDisc) -> bool:
    return 50.27 <= via.lonlat[0] <= 50.32


def _index(lonlat: NDArray[np.float64], place: NDArray[np.float64]) -> int:
    return int(np.abs(lonlat - place).sum(axis=1).argmin())


def test_where_a_disc_is_passed_is_the_cheapest_of_all_its_cells() -> None:
    problem = sea(3, wall=False)
    via = ViaDisc((50.35, 41.7), 4.0)
    path = route_through(replace(problem, waypoints=(via,)), WEST, EAST)
    lon, lat = np.meshgrid(GRID.lon_deg, GRID.lat_deg)
    near = np.asarray(GEOD.inv(lon, lat, np.full_like(lon, via.lonlat[0]), np.full_like(lat, via.lonlat[1]))[2]) <= 4000
    tried = [
        route_through(replace(problem, waypoints=(ViaDisc((float(x), float(y))),)), WEST, EAST).cost
        for x, y in zip(lon[near][::3], lat[near][::3], strict=True)
    ]
    assert path.cost <= min(tried) * 1.003  # two quadratures: fields choose the cell, lines are priced


def test_a_bound_holds_wherever_in_its_discs_a_line_passes_and_says_so() -> None:
    problem = sea(1).with_effort(mode="proven")
    via = ViaDisc((50.4, 41.65), 5.0, "via 1")
    path = route_through(
        replace(problem, waypoints=(via, FixedLegs(np.array([[50.5, 41.7], [50.52, 41.71]])))), WEST, EAST
    )
    assert isinstance(path.bound, ThroughBound)
    assert path.bound.covers == "1 via disc, 1 stretch of fixed legs"
    assert 0 < path.bound.lower <= path.cost == path.bound.upper
    for lon, lat in [(50.4, 41.65), (50.38, 41.68), (50.43, 41.63), (50.36, 41.65)]:
        stops = (ViaDisc((lon, lat)), FixedLegs(np.array([[50.5, 41.7], [50.52, 41.71]])))
        assert path.bound.lower <= route_through(replace(sea(1), waypoints=stops), WEST, EAST).cost


def test_without_waypoints_it_is_the_line_between_the_landings() -> None:
    one, other = route_through(sea(), WEST, EAST), route_between(sea(), WEST, EAST)
    assert np.array_equal(one.lonlat, other.lonlat)


def test_locked_legs_stand_and_are_joined_with_legal_angles() -> None:
    legs = np.array([[50.4, 41.65], [50.45, 41.72], [50.47, 41.70]])  # turns by more than the rules allow
    problem = replace(sea(2), waypoints=(FixedLegs(legs),))
    path = route_through(problem, WEST, EAST)
    assert path.sea is not None
    course = alter_courses(path.sea, path, problem.water, None, RULES)
    at = [int(np.flatnonzero((course.lonlat == vertex).all(axis=1))[0]) for vertex in legs]
    assert at == [at[0], at[0] + 1, at[0] + 2], "no vertex between them"
    turns = np.delete(np.abs(course.alter_course_deg), at[1] - 1)
    assert turns.max() <= RULES.max_alter_course_deg < abs(course.alter_course_deg[at[1] - 1])


@pytest.mark.parametrize("legs", [[(50.005, 41.8), (50.06, 41.84)], [(50.5, 41.75), (50.595, 41.8)]])
def test_locked_legs_may_begin_and_end_at_a_landing(legs: list[tuple[float, float]]) -> None:
    problem = replace(sea(), waypoints=(FixedLegs(np.array(legs)),))
    path = route_through(problem, WEST, EAST)
    assert path.sea is not None
    course = alter_courses(path.sea, path, problem.water, None, RULES)
    assert all((course.lonlat == vertex).all(axis=1).any() for vertex in np.array(legs))
    assert np.array_equal(course.lonlat[[0, -1]], [WEST.lonlat, EAST.lonlat])


def test_legs_pass_a_disc_without_a_vertex_in_it_where_they_can() -> None:
    problem = RoutingProblem(GRID, np.ones(GRID.shape))
    vias = (ViaDisc((50.2, 41.81), 3.0), ViaDisc((50.4, 41.79), 3.0))
    path = route_through(replace(problem, waypoints=vias), WEST, EAST)
    course = alter_courses(path.sea or problem.terrain, path, problem.water, None, RULES)
    assert len(course.lonlat) == 2
    for via in vias:
        assert away_km(course.lonlat, via.lonlat)[0] <= via.radius_km
    exact = (ViaDisc((50.2, 41.81)), ViaDisc((50.4, 41.79)))
    path = route_through(replace(problem, waypoints=exact), WEST, EAST)
    course = alter_courses(path.sea or problem.terrain, path, problem.water, None, RULES)
    assert len(course.lonlat) == 4


def test_areas_to_stay_in_and_out_of_are_kept_to_the_polygon() -> None:
    keep_in = shapely.box(50.0, 41.7, 50.6, 42.0)
    keep_out = shapely.Point(50.15, 41.82).buffer(0.05)
    problem = sea(wall=False).confined(keep_in, keep_out)
    path = route_through(problem, WEST, EAST)
    assert not violations(path.lonlat, keep_in, keep_out)
    assert sea().confined(None, None).cost is not None


@pytest.mark.parametrize(
    ("waypoint", "says"),
    [
        (ViaDisc((50.295, 41.8), 0.0, "via 1"), "via 1 at 50.29500 E, 41.80000 N is in a closed area"),
        (ViaDisc((50.2, 43.0), 5.0, "via 1"), "via 1 at 50.20000 E, 43.00000 N is outside the study's area"),
        (ViaDisc((50.55, 41.95), 0.0, "via 1"), "via 1 at 50.55000 E, 41.95000 N is on land"),
        (FixedLegs(np.array([[50.5, 41.9], [50.58, 41.98]]), "the locked legs 3 to 4"), "the locked legs 3 to 4 leave"),
    ],
)
def test_waypoints_where_no_cable_can_lie_are_refused(waypoint: ViaDisc | FixedLegs, says: str) -> None:
    problem = sea()
    land = shapely.box(50.54, 41.94, 50.6, 42.0)
    problem = replace(problem, water=shapely.difference(problem.water, land), waypoints=(waypoint,))
    with pytest.raises(LandingError, match=says):
        route_through(problem, WEST, EAST)


def test_a_via_in_other_waters_is_named() -> None:
    cost = np.ones(GRID.shape)
    cost[20:30, 40:50] = np.inf
    cost[23:27, 43:47] = 1.0
    via = ViaDisc((50.455, 41.755), 0.0, "via 2")
    with pytest.raises(NoRouteError, match=r"between West and via 2: .*separate waters"):
        route_through(RoutingProblem(GRID, cost, waypoints=(via,)), WEST, EAST)


def test_what_cannot_be_joined_is_named() -> None:
    vias = (
        ViaDisc((50.3, 41.8), 0.0, "via 1"),
        ViaDisc((50.3, 41.803), 0.0, "via 2"),
        ViaDisc((50.3, 41.797), 0.0, "via 3"),
    )
    path = route_through(RoutingProblem(GRID, np.ones(GRID.shape), waypoints=vias), WEST, EAST)
    with pytest.raises(EngineeringError, match="through via 1, via 2, via 3 in this order"):
        alter_courses(path.sea or sea().terrain, path, shapely.box(*GRID.bounds), None, replace_rules(min_leg_km=20.0))


def replace_rules(**changes: float) -> AlterCourseRules:
    return RULES.model_copy(update=changes)


def test_the_zone_of_a_line_through_a_disc_is_about_that_line() -> None:
    problem = sea(4)
    path = route_through(replace(problem, waypoints=(ViaDisc((50.4, 41.65)),)), WEST, EAST)
    near = excess_through(problem, WEST, EAST, path)
    row, col = (np.round(part).astype(int) for part in GRID.to_rowcol(*path.lonlat.T))
    assert np.nanmax(near.excess[row, col]) < 0.02
    assert isinstance(path, HeldPath)
    assert [type(item) for item in path.held] == [Held]
