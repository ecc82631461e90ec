"""Crossings where Karney's geodesic meets the drawn line, runs beside by brute force, and what the router pays."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import RAW
from transcaspian.core.grid import GEOD, Grid
from transcaspian.core.linear_reference import line_length_km
from transcaspian.engineering.crossings import Asset, crossing_events, crossings, drawn_positions, parallel_runs
from transcaspian.engineering.listing import Feature, coverage_gaps, hazard_listing, may_be_near
from transcaspian.engineering.profile import Profile, seabed_profile
from transcaspian.routing import RoutingProblem, polyline_cost
from transcaspian.seabed import asset_friction, ridge_half_width_m
from transcaspian.study import NeighbourRules

GRID = Grid.covering(49.0, 40.0, 53.0, 44.0, 1 / 60)
RULES = NeighbourRules(
    aimed_angle_deg=90.0, min_angle_deg=45.0, min_distance_m=500.0, depth_factor=3.0, approach_km=5.0,
    trusted_accuracy_m=500.0, source="test", status="ASSUMED",
)  # fmt: skip
ROUTE = np.array([[49.7, 40.6], [51.2, 43.6]])


def profile_of(lonlat: np.ndarray, depth_m: float = 100.0) -> Profile:
    return seabed_profile(GRID, np.full(GRID.shape, depth_m, np.float32), lonlat, 0.1)


def asset(coordinates: list[tuple[float, float]], accuracy_m: float | None = 10.0, name: str = "pipe") -> Asset:
    return Asset(name, name.title(), "pipeline", "Owner", "operating", accuracy_m, shapely.LineString(coordinates))


def geodesic_at_latitude(lat: float) -> tuple[float, float, float]:
    """Longitude, metres from the start and azimuth where the route's geodesic passes a latitude, by bisection."""
    line = Geodesic.WGS84.InverseLine(ROUTE[0][1], ROUTE[0][0], ROUTE[1][1], ROUTE[1][0])
    low, high = 0.0, line.s13
    for _ in range(60):
        half = (low + high) / 2
        low, high = (half, high) if line.Position(half)["lat2"] < lat else (low, half)
    place = line.Position(low)
    return place["lon2"], low, place["azi2"]


@settings(max_examples=20)
@given(st.floats(40.7, 43.5))
def test_a_crossing_lies_where_the_geodesic_is_and_not_the_straight_line_on_the_map(lat: float) -> None:
    lon, metres, azimuth = geodesic_at_latitude(lat)
    (found,) = crossings(ROUTE, profile_of(ROUTE), [asset([(49.5, lat), (52.5, lat)])], RULES)
    off = Geodesic.WGS84.Inverse(lat, lon, found.lat_deg, found.lon_deg)["s12"]
    assert off < 1.0
    assert found.kp_km == pytest.approx(metres / 1000, abs=0.001)
    assert found.angle_deg == pytest.approx(90 - azimuth, abs=0.05)  # a parallel runs due east
    assert found.asset_kp_km == pytest.approx(Geodesic.WGS84.Inverse(lat, 49.5, lat, lon)["s12"] / 1000, rel=2e-3)
    assert found.depth_m == pytest.approx(100.0)
    assert found.verdict == "pass"
    assert crossing_events([found])[0].kp_km == found.kp_km


@settings(max_examples=15)
@given(st.floats(5.0, 90.0), st.floats(0.1, 0.9))
def test_the_angle_is_the_one_that_was_drawn_and_decides(angle: float, share: float) -> None:
    line = Geodesic.WGS84.InverseLine(ROUTE[0][1], ROUTE[0][0], ROUTE[1][1], ROUTE[1][0])
    at = line.Position(share * line.s13)
    ends = [Geodesic.WGS84.Direct(at["lat2"], at["lon2"], at["azi2"] + angle + turn, 3000) for turn in (0, 180)]
    pipe = asset([(end["lon2"], end["lat2"]) for end in ends])
    (found,) = crossings(ROUTE, profile_of(ROUTE), [pipe], RULES)
    assert found.angle_deg == pytest.approx(angle, abs=0.05)
    if abs(angle - 45) > 0.1:
        assert found.verdict == ("pass" if angle > 45 else "fail")
    (back,) = crossings(ROUTE[::-1], profile_of(ROUTE), [pipe], RULES)
    assert back.kp_km == pytest.approx(line_length_km(ROUTE) - found.kp_km, abs=0.002)
    assert back.angle_deg == pytest.approx(found.angle_deg, abs=0.05)


@pytest.mark.parametrize("accuracy_m", [None, 8000.0])
def test_an_asset_of_unknown_place_is_listed_and_not_judged(accuracy_m: float | None) -> None:
    pipe = asset([(49.5, 42.0), (52.5, 42.0)], accuracy_m)
    (found,) = crossings(ROUTE, profile_of(ROUTE), [pipe], RULES)
    assert found.verdict == "insufficient information"


def test_a_crossing_at_a_vertex_is_one_and_a_shared_landing_is_none() -> None:
    route = np.array([[50.0, 41.0], [50.5, 41.5], [51.0, 41.0]])
    at_vertex = asset([(50.5, 41.0), (50.5, 41.5), (50.5, 42.0)])
    assert len(crossings(route, profile_of(route), [at_vertex], RULES)) == 1
    same_landing = asset([(50.0, 41.0), (49.5, 41.5)])
    assert crossings(route, profile_of(route), [same_landing], RULES) == ()
    assert crossings(route, profile_of(route), [asset([(52.0, 42.0), (52.5, 42.5)])], RULES) == ()


@settings(max_examples=30)
@given(st.floats(0, 360), st.lists(st.floats(-20, 20), min_size=6, max_size=6), st.floats(20_000, 60_000))
def test_lines_that_share_a_shore_end_do_not_cross_where_they_part(
    heading: float, turns: list[float], leg_m: float
) -> None:
    manhole = (50.6, 41.1)
    waterline = GEOD.fwd(*manhole, heading, 100.0)[:2]

    def line(turns: list[float]) -> np.ndarray:
        places, ahead = [manhole, waterline], heading
        for turn in turns:
            ahead += turn
            places.append(GEOD.fwd(*places[-1], ahead, leg_m / len(places))[:2])
        return np.array(places)

    one, other = line(turns[:3]), line(turns[3:])
    drawn = asset([(lon, lat) for lon, lat in drawn_positions(other).lonlat])
    assert not [found for found in crossings(one, profile_of(one), [drawn], RULES) if found.kp_km < 0.2]


def test_a_run_beside_another_asset_is_as_long_as_it_is_near() -> None:
    route = np.array([[50.0, 42.0], [52.0, 42.0]])
    # 0.002 degrees north of the middle of the route for 0.5 degrees: 222 m, and far off elsewhere
    line = Geodesic.WGS84.InverseLine(42.0, 50.0, 42.0, 52.0)
    beside = [line.Position(s) for s in np.linspace(60_000, 100_000, 60)]
    pipe = asset([(p["lon2"], p["lat2"] + 0.002) for p in beside])
    (run,) = parallel_runs(route, profile_of(route, 10.0), [pipe], (), RULES)
    assert (run.kind, run.verdict) == ("parallel", "fail")
    assert run.min_distance_m == pytest.approx(222, abs=2)
    reach_km = np.sqrt(500.0**2 - 222.0**2) / 1000
    assert (run.from_km, run.to_km) == pytest.approx((60 - reach_km, 100 + reach_km), abs=0.1)
    deep = parallel_runs(route, profile_of(route, 900.0), [pipe], (), RULES)
    assert deep[0].required_m == pytest.approx(2700)
    assert deep[0].length_km > run.length_km + 2
    assert parallel_runs(route, profile_of(route, 10.0), [], (), RULES) == ()


def test_a_crossing_explains_its_own_nearness_but_no_more() -> None:
    route = np.array([[50.0, 42.0], [52.0, 42.0]])
    right = asset([(51.0, 41.5), (51.0, 42.5)])
    crossed = crossings(route, profile_of(route), [right], RULES)
    assert parallel_runs(route, profile_of(route), [right], crossed, RULES) == ()
    slant = asset([(50.5, 41.99), (51.5, 42.01)])
    crossed = crossings(route, profile_of(route), [slant], RULES)
    assert crossed[0].verdict == "fail"
    beside = parallel_runs(route, profile_of(route), [slant], crossed, RULES)
    assert sum(run.length_km for run in beside) > 20


def test_assets_by_a_landing_are_landing_conflicts() -> None:
    route = np.array([[50.0, 42.0], [52.0, 42.0]])
    pipe = asset([(50.01, 42.002), (50.03, 42.002)])
    (run,) = parallel_runs(route, profile_of(route, 10.0), [pipe], (), RULES)
    assert run.kind == "landing"
    assert run.to_km < 5.0


def test_the_published_pipelines_are_crossed_by_a_line_across_them() -> None:
    features = json.loads((RAW / "cables_caspian.geojson").read_text())["features"]
    assets = [
        Asset(
            f["properties"]["cable_id"], f["properties"]["name"], f["properties"]["kind"], f["properties"]["owner"],
            f["properties"]["state"], f["properties"]["position_accuracy_m"], shapely.geometry.shape(f["geometry"]),
        )
        for f in features
    ]  # fmt: skip
    across = np.array([[50.3, 39.6], [50.3, 40.6]])
    found = crossings(across, profile_of(across), assets, RULES)
    names = {crossing.asset.asset_id for crossing in found}
    assert {"pipeline-acg-oil-1", "pipeline-acg-oil-2", "pipeline-acg-gas"} <= names
    assert {crossing.verdict for crossing in found} == {"insufficient information"}
    assert [c.kp_km for c in found] == sorted(c.kp_km for c in found)


# --- what the router pays --------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.floats(0.0, 180.0), st.floats(30.0, 90.0), st.floats(-0.5, 0.5))
@example(124.0, 53.0, 0.0)
def test_a_crossing_costs_its_price_whatever_the_heading(heading: float, angle: float, shift: float) -> None:
    lat, lon = 42.0 + shift / 60, 51.0 + shift / 60
    ends = [Geodesic.WGS84.Direct(lat, lon, heading + turn, 60_000) for turn in (0, 180)]
    pipe = shapely.LineString([(end["lon2"], end["lat2"]) for end in ends])
    friction = asset_friction(GRID, np.ones(GRID.shape, bool), [pipe], 20.0, [], 5.0)
    ways = [Geodesic.WGS84.Direct(lat, lon, heading + angle + turn, 25_000) for turn in (0, 180)]
    route = np.array([[way["lon2"], way["lat2"]] for way in ways])
    paid_km = polyline_cost(RoutingProblem(GRID, 1 + friction), route) / 1000 - line_length_km(route)
    assert paid_km == pytest.approx(20.0 / np.sin(np.radians(angle)), rel=0.1)


def test_nothing_is_charged_by_the_landings_and_overlaps_add_up() -> None:
    pipe = shapely.LineString([(51.0, 41.0), (51.0, 43.0)])
    wet = np.ones(GRID.shape, bool)
    once = asset_friction(GRID, wet, [pipe], 10.0, [], 5.0)
    assert asset_friction(GRID, wet, [pipe, pipe], 10.0, [], 5.0) == pytest.approx(2 * once)
    free = asset_friction(GRID, wet, [pipe], 10.0, [(51.0, 42.0)], 10.0)
    row, col = (round(float(i)) for i in GRID.to_rowcol(51.0, 42.0))
    assert free[row, col] == 0.0 < once[row, col]
    assert (free != once).sum() > 10
    far = once[:, np.abs(GRID.lon_deg - 51.0) > ridge_half_width_m(GRID) / 70_000]
    assert not far.any()
    assert not asset_friction(GRID, wet, [], [], [], 5.0).any()


# --- listing ---------------------------------------------------------------------------------------------------------


def test_a_hazard_is_listed_over_the_stretch_that_is_near_it() -> None:
    route = np.array([[50.0, 42.0], [52.0, 42.0]])
    profile = profile_of(route)
    line = Geodesic.WGS84.InverseLine(42.0, 50.0, 42.0, 52.0).Position(70_000)
    north = Geodesic.WGS84.Direct(line["lat2"], line["lon2"], line["azi2"] - 90, 3000)
    for accuracy_m, verdict in (
        (500.0, "clear"),
        (2500.0, "insufficient information"),
        (None, "insufficient information"),
    ):
        well = Feature("w", "Well", "platform", shapely.Point(north["lon2"], north["lat2"]), 1000.0, accuracy_m)
        (item,) = hazard_listing(profile, [well], {"platform": 5.0})
        assert (item.from_km, item.to_km) == pytest.approx((66.0, 74.0), abs=0.3)
        assert item.nearest_m == pytest.approx(3000, abs=20)
        assert item.nearest_kp_km == pytest.approx(70.0, abs=0.15)
        assert item.verdict == verdict
    assert hazard_listing(profile, [well], {"mud_volcano": 5.0}) == ()


@pytest.mark.parametrize("points", [1, 2, 51, 120])
def test_none_of_many_that_may_be_near_a_line_is_left_out(points: int) -> None:
    draw = np.random.default_rng(points)
    lonlat = np.column_stack([np.linspace(50.0, 50.0 + 0.01 * (points - 1), points), draw.uniform(41.0, 41.5, points)])
    shapes = [shapely.Point(at) for at in draw.uniform((49.5, 40.5), (51.5, 42.0), (400, 2))]
    shapes += [shapely.box(49.0, 40.0, 53.0, 43.0), shapely.Point()]
    reach_m = draw.uniform(-1_000.0, 20_000.0, len(shapes))
    wide = np.maximum(reach_m, 0.0) / (111_320.0 * np.cos(np.radians(np.abs(lonlat[:, 1]).max() + 2.0)) * 0.98)
    line = shapely.LineString(lonlat) if points > 1 else shapely.Point(lonlat)
    found = may_be_near(lonlat[:, 0], lonlat[:, 1], shapes, reach_m)
    assert found.tolist() == (shapely.distance(line, np.array(shapes)) <= wide).tolist()


def test_inside_is_inside() -> None:
    route = np.array([[50.0, 42.0], [52.0, 42.0]])
    field = Feature("f", "Field", "oil_gas_field", shapely.box(50.5, 41.9, 51.0, 42.1), 500.0, None)
    (item,) = hazard_listing(profile_of(route), [field], {"oil_gas_field": 1.0})
    assert (item.nearest_m, item.verdict) == (0.0, "inside")


def test_stretches_without_depth_are_insufficient_information() -> None:
    depth_m = np.full(GRID.shape, 50.0, np.float32)
    depth_m[:, (GRID.lon_deg > 50.5) & (GRID.lon_deg < 51.0)] = np.nan
    profile = seabed_profile(GRID, depth_m, np.array([[50.0, 42.0], [52.0, 42.0]]), 0.1)
    (gap,) = coverage_gaps(profile)
    assert gap.verdict == "insufficient information"
    assert gap.to_km - gap.from_km == pytest.approx(profile.unknown_km, abs=0.3)
