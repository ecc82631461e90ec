"""Alternatives keep their distance, measured here by GeographicLib, and are missing with a reason where none exists."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from transcaspian.core.errors import EngineeringError
from transcaspian.core.grid import Grid, length_m
from transcaspian.engineering.alter_course import alter_courses, headings_change_deg
from transcaspian.routing import (
    Alternatives,
    Apart,
    LeastCostPath,
    RoutingProblem,
    ShoreLanding,
    along_geodesics,
    alternatives,
    route_between,
)
from transcaspian.routing.alternatives import densified, separation
from transcaspian.study import AlterCourseRules

GRID = Grid(50.0, 42.0, 1 / 60, 60, 120)
SEA = shapely.box(50.1, 41.1, 51.9, 41.9)
WEST, EAST = ShoreLanding(50.1, 41.5, 0.0, "West"), ShoreLanding(51.9, 41.5, 0.0, "East")


def cost_of(water: shapely.Geometry) -> np.ndarray:
    lon, lat = np.meshgrid(GRID.lon_deg, GRID.lat_deg)
    return np.where(shapely.contains_xy(water, lon, lat), 1, np.nan).astype(np.float32)


def seek(
    water: shapely.Geometry,
    cost: np.ndarray,
    forbidden: shapely.Geometry | None = None,
    count: int = 1,
    km: float = 8.0,
    share: float = 0.5,
) -> tuple[LeastCostPath, Alternatives]:
    first = route_between(RoutingProblem(GRID, cost, water, forbidden), WEST, EAST)
    return first, alternatives(RoutingProblem(GRID, cost, water, forbidden), WEST, EAST, first, Apart(count, km, share))


RULES = AlterCourseRules(
    tolerance=0.01,
    min_leg_km=1.0,
    max_alter_course_deg=60.0,
    turning_radius_m=300.0,
    turning_radius_depth_factor=0.0,
    straight_approach_km=1.0,
    source="test",
    status="ASSUMED",
)


def with_legs(water: shapely.Geometry, forbidden: shapely.Geometry | None, path: LeastCostPath) -> LeastCostPath:
    assert path.sea is not None
    course = alter_courses(path.sea, path, water, forbidden, RULES)
    return LeastCostPath(along_geodesics(GRID, course.lonlat), course.cost, length_m(course.lonlat))


def walk(lonlat: np.ndarray, step_m: float) -> list[tuple[float, float, float]]:
    """Points along a line by GeographicLib: lon, lat, and the metres that each stands for."""
    points = []
    for (lon, lat), (to_lon, to_lat) in pairwise(lonlat):
        leg = Geodesic.WGS84.InverseLine(lat, lon, to_lat, to_lon)
        count = max(1, round(leg.s13 / step_m))
        for k in range(count):
            at = leg.Position((k + 0.5) / count * leg.s13)
            points.append((at["lon2"], at["lat2"], leg.s13 / count))
    return points


def measured(line: np.ndarray, earlier: list[np.ndarray]) -> list[tuple[float, float, float]]:
    """Of each piece of a line: its metres, the distance from the earlier lines, and from the nearer landing."""

    def metres(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
        return float(Geodesic.WGS84.Inverse(lat, lon, to_lat, to_lon)["s12"])

    others = np.array([(lon, lat) for way in earlier for lon, lat, _ in walk(way, 200.0)])
    found = []
    for lon, lat, piece_m in walk(line, 1000.0):
        plane = np.hypot((others[:, 0] - lon) * np.cos(np.radians(lat)), others[:, 1] - lat)
        candidates = others[plane <= plane.min() * 1.02]
        away = min(metres(lon, lat, *other) for other in candidates)
        end = min(metres(lon, lat, at.lon, at.lat) for at in (WEST, EAST))
        found.append((piece_m, away, end))
    return found


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_separation_as_geographiclib_measures_it(share: float) -> None:
    first, result = seek(SEA, cost_of(SEA), count=2, share=share)
    assert result.reason is None
    earlier = [first.lonlat]
    for rank, line in enumerate(result.found, 1):
        pieces = measured(line.line.lonlat, earlier)
        total = sum(piece for piece, _, _ in pieces)
        apart = sum(piece for piece, away, _ in pieces if away >= 8000.0)
        assert line.rank == rank
        assert total == pytest.approx(line.line.length_m, rel=1e-6)
        assert apart / total == pytest.approx(line.separated_share, abs=0.02)
        assert line.separated_share >= share
        least = min(away for _, away, end in pieces if end > 1000.0 * line.end_zone_km)
        assert least >= 8000.0
        assert line.reached_separation_km == pytest.approx(least / 1000, abs=0.1)
        assert line.excess == pytest.approx(line.line.cost / first.cost - 1)
        assert line.excess > 0
        earlier.append(line.line.lonlat)


def test_the_share_that_is_apart_is_true_to_some_metres() -> None:
    """Two geodesics that part: where they are 8 km apart, by bisection with Karney's own library."""
    other = Geodesic.WGS84.InverseLine(41.0, 50.0, 41.2, 52.0)
    line = Geodesic.WGS84.InverseLine(41.0, 50.0, 41.6, 51.3)

    def apart_m(at_m: float) -> float:
        here = line.Position(at_m)

        def away_m(other_m: float) -> float:
            there = other.Position(other_m)
            return Geodesic.WGS84.Inverse(here["lat2"], here["lon2"], there["lat2"], there["lon2"])["s12"]

        return minimize_scalar(away_m, bounds=(0.0, other.s13), method="bounded", options={"xatol": 0.1}).fun

    from_m = brentq(lambda at_m: apart_m(at_m) - 8000.0, 1000.0, line.s13, xtol=0.1)
    ends = np.array([[50.0, 41.0], [51.3, 41.6]])
    share, _ = separation(ends, densified(np.array([[50.0, 41.0], [52.0, 41.2]])), 8000.0, ends, 0.0)
    assert (1.0 - share) * line.s13 == pytest.approx(from_m, abs=5.0)


def rough_sea(seed: int) -> tuple[shapely.Geometry, shapely.Geometry, np.ndarray]:
    """Water with islands, a no-go area, and a cost by which paths wind."""
    random = np.random.default_rng(seed)
    islands = [shapely.Point(*at).buffer(0.04) for at in random.uniform((50.5, 41.2), (51.5, 41.8), (3, 2))]
    water = shapely.difference(SEA, shapely.union_all(islands))
    no_go = shapely.Point(*random.uniform((50.6, 41.3), (51.4, 41.7))).buffer(0.05)
    rough = np.kron(random.uniform(1.0, 1.5, (10, 20)), np.ones((6, 6))).astype(np.float32)
    return water, no_go, rough * cost_of(shapely.difference(water, no_go.buffer(0.01)))


@pytest.mark.parametrize(("seed", "km", "share"), [(0, 7.8, 0.38), (1, 4.2, 0.3), (5, 8.9, 0.5)])
def test_they_keep_away_from_the_legs_of_the_route_and_have_legs_too(seed: int, km: float, share: float) -> None:
    """Legs may lie anywhere within their tolerance: distances from the path say nothing of those from the route."""
    water, no_go, cost = rough_sea(seed)
    route = with_legs(water, no_go, route_between(RoutingProblem(GRID, cost, water, no_go), WEST, EAST))
    problem, finish = RoutingProblem(GRID, cost, water, no_go), partial(with_legs, water, no_go)
    result = alternatives(problem, WEST, EAST, route, Apart(2, km, share), finish)
    assert len(result.found) == 2
    earlier = [route.lonlat]
    for found in result.found:
        line = found.line
        pieces = measured(line.lonlat, earlier)
        apart_m = sum(piece for piece, away, _ in pieces if away >= 1000.0 * km)
        assert apart_m / line.length_m == pytest.approx(found.separated_share, abs=0.02)
        assert found.separated_share >= share
        assert all(away >= 1000.0 * km for _, away, end in pieces if end > 1000.0 * found.end_zone_km)
        assert found.excess == pytest.approx(line.cost / route.cost - 1)
        assert (np.abs(headings_change_deg(line.lonlat)) > 0.01).sum() <= 6
        earlier.append(line.lonlat)


def test_where_no_legs_are_within_the_rules_the_reason_is_told() -> None:
    def refuse(path: LeastCostPath) -> LeastCostPath:
        raise EngineeringError("no legs are within the rules")

    problem = RoutingProblem(GRID, cost_of(SEA), SEA)
    result = alternatives(problem, WEST, EAST, route_between(problem, WEST, EAST), Apart(1, 8.0, 0.5), refuse)
    assert result.found == ()
    assert result.reason is not None
    assert "no legs are within the rules" in result.reason


def test_smaller_shares_cost_less() -> None:
    excesses = [seek(SEA, cost_of(SEA), share=share)[1].found[0].excess for share in (0.2, 0.4, 0.6)]
    assert excesses == sorted(excesses)


def test_the_other_side_of_an_island() -> None:
    island = shapely.box(50.6, 41.44, 51.4, 41.7)
    water = shapely.difference(shapely.box(50.1, 41.38, 51.9, 41.9), island)  # no room for two south of it
    first, result = seek(water, cost_of(water))
    (other,) = result.found
    assert first.lonlat[:, 1].max() <= 41.5
    ways = [
        Geodesic.WGS84.Inverse(41.5, 50.1, 41.7, 50.6)["s12"],
        Geodesic.WGS84.Inverse(41.7, 50.6, 41.7, 51.4)["s12"],
    ]
    assert other.line.lonlat[:, 1].max() > 41.7 - 1e-6
    assert other.line.length_m == pytest.approx(2 * ways[0] + ways[1], rel=0.01)
    assert other.reached_separation_km > 8.0


def test_a_narrow_strait_has_none_and_the_reason_is_told() -> None:
    strait = shapely.union_all(
        [
            shapely.box(50.1, 41.1, 50.5, 41.9),
            shapely.box(50.4, 41.45, 51.6, 41.55),
            shapely.box(51.5, 41.1, 51.9, 41.9),
        ]
    )
    _, result = seek(strait, cost_of(strait), count=3)
    assert result.found == ()
    assert result.reason is not None
    assert result.reason.startswith("0 of 3 alternatives exist: no line from West to East keeps 8 km")
    assert "50% of its length" in result.reason
    assert "no water leads past" in result.reason


def test_the_sea_is_filled_and_no_more() -> None:
    narrow = shapely.box(50.1, 41.35, 51.9, 41.65)  # 33 km wide: room for one on each side of the middle
    _, result = seek(narrow, cost_of(narrow), count=6, km=9.0)
    assert 0 < len(result.found) < 6
    assert result.reason is not None
    assert result.reason.startswith(f"{len(result.found)} of 6 alternatives exist")


def test_nothing_can_be_apart_from_the_first_metre() -> None:
    _, result = seek(SEA, cost_of(SEA), share=1.0)
    assert result.found == ()
    assert result.reason is not None


@settings(max_examples=8)
@given(seed=st.integers(0, 2**31), km=st.floats(3.0, 12.0), share=st.floats(0.2, 0.7))
def test_alternatives_stay_in_the_water_out_of_no_go_and_apart(seed: int, km: float, share: float) -> None:
    random = np.random.default_rng(seed)
    islands = [shapely.Point(*at).buffer(size) for at, size in zip(
        random.uniform((50.4, 41.2), (51.6, 41.8), (4, 2)), random.uniform(0.003, 0.1, 4), strict=True
    )]  # fmt: skip
    water = shapely.difference(SEA, shapely.union_all(islands))
    no_go = shapely.Point(*random.uniform((50.5, 41.3), (51.5, 41.7))).buffer(0.05)
    cost = cost_of(shapely.difference(water, no_go.buffer(0.01)))
    first, result = seek(water, cost, no_go, km=km, share=share)
    for line in result.found:
        way = shapely.LineString(line.line.lonlat)
        assert shapely.length(shapely.difference(way, water)) < 1e-5
        assert shapely.length(shapely.intersection(way, no_go)) < 1e-6
        pieces = measured(line.line.lonlat, [first.lonlat])
        apart = sum(piece for piece, away, _ in pieces if away >= 1000.0 * km - 1.0)
        assert apart >= (share - 0.02) * sum(piece for piece, _, _ in pieces)
        assert line.separated_share >= share
        assert line.reached_separation_km >= km
        assert line.excess > -0.01  # the first line is of the fast search too: a way, not the best of all ways
    assert result.found or result.reason
