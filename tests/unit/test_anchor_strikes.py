"""Anchor strikes: the properties of the method, an exposure by hand, and a simulation that shares no code with it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from transcaspian.analyses.burial.anchors import BOWER_ANCHORS, anchor_of, by_rules, equipment_number, reach_chance
from transcaspian.analyses.burial.config import (
    DEFAULT_REACH,
    HOURS_PER_YEAR,
    Burial,
    DragRule,
    IncidentRule,
    Lane,
    ShipClass,
    Soil,
    Waypoint,
)
from transcaspian.analyses.burial.strikes import (
    Anchors,
    Divided,
    Seabed,
    Strikes,
    accepted_per_km,
    crossings_of,
    exposure_h,
    needed_depth_m,
    strikes_of,
)
from transcaspian.analyses.burial.traffic import Density, Passages, Ships, joined, passages_of_lane, strands_of
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import line_length_km

SAID = {"source": "test", "status": "ASSUMED"}
CABLE = np.array([(50.0, 41.0), (50.6, 41.2), (51.0, 41.0)])
SHIPS = (
    ShipClass(id="small", displacement_t=900.0, drop_speed_kn=4.0, equipment_number=160.0, **SAID),
    ShipClass(id="big", displacement_t=7000.0, drop_speed_kn=6.0, anchor_kg=3000.0, chain_m=440.0, **SAID),
)
SOILS = (
    Soil(id="sand", holding=7.0, penetration_flukes=1.0, **SAID),
    Soil(id="mud", holding=3.0, penetration_flukes=3.0, **SAID),
)


def rules(**changes: object) -> Burial:
    """A small table."""
    given_ = {"return_period_years": 1e4, "factor_of_safety": 1.2, "section_km": 5.0, "ships": SHIPS, "soils": SOILS}
    return Burial(**{**given_, **SAID, **changes})


def lane(**changes: object) -> Lane:
    """A lane from south to north across the cable."""
    points = (Waypoint(lon_deg=50.3, lat_deg=40.8), Waypoint(lon_deg=50.35, lat_deg=41.4))
    given_ = {"id": "lane", "waypoints": points, "ships_per_year": {"small": 610.0, "big": 80.0}, "speed_kn": 12.5}
    return Lane(**{**given_, **SAID, **changes})


def cable(depth_m: float = 20.0, soil: int = 0, sections: int = 12) -> Divided:
    """The cable in equal sections on an even seabed."""
    length_km = line_length_km(CABLE)
    kp_km = np.linspace(0.0, length_km, 41)
    return Divided(
        CABLE, np.linspace(0.0, length_km, sections + 1), kp_km, Seabed(np.full(41, depth_m), np.full(41, soil))
    )


def found(table: Burial, ships: Ships, line: Divided) -> Strikes:
    """Strikes by a table."""
    return strikes_of(Anchors.of(table), ships, line)


def of_lane(one: Lane) -> Ships:
    """Traffic of one lane."""
    return Ships(passages_of_lane(one, [ship.id for ship in SHIPS]))


def total(**changes: object) -> float:
    """Strikes of all ships on all sections for a lane."""
    return float(found(rules(), of_lane(lane(**changes)), cable()).per_year.sum())


def test_the_exposure_by_hand() -> None:
    """34,113.2 m at 12.5 kn by 610 ships: 898.878 h; by the 8,760 h of the method, and not the 8,766 of others."""
    hours = float(exposure_h(34_113.2, 12.5, 610.0))
    assert hours == pytest.approx(898.878, abs=1.4e-3), "the length is rounded to 0.1 m"
    assert hours / HOURS_PER_YEAR == pytest.approx(0.102612, abs=5e-7)


def test_a_crossing_by_hand() -> None:
    """One lane, one class: passages × drag / speed / 8,760 × incidents × chance."""
    one = lane(ships_per_year={"small": 610.0})
    drag_m = 0.25 * 900e3 * (4.0 * 1852 / 3600) ** 2 / (7.0 * 480.0 * 9.80665)
    chance = (0.5 * 275.0 - 60.0) / ((0.5 - 1 / 6) * 275.0)
    expected = 610.0 * drag_m / (12.5 * 1852.0) / 8760.0 * chance
    strikes = found(rules(), of_lane(one), cable(depth_m=60.0))
    assert strikes.per_year.sum() == pytest.approx(expected, rel=1e-9)
    assert strikes.passages_per_year.sum() == pytest.approx(610.0)
    assert (strikes.per_year > 0).sum() == 1, "a lane without spread crosses one section"


@settings(max_examples=25)
@given(factor=st.floats(0.0, 50.0), speed=st.floats(7.0, 30.0), spread_m=st.sampled_from([0.0, 1500.0]))
def test_strikes_are_linear_in_traffic_and_inverse_in_speed(factor: float, speed: float, spread_m: float) -> None:
    many = {name: factor * number for name, number in lane().ships_per_year.items()}
    base = total(spread_m=spread_m)
    assert total(ships_per_year=many, spread_m=spread_m) == pytest.approx(factor * base, rel=1e-9, abs=1e-300)
    # both classes let go at a speed of their own, below that of the lane: the drag length is fixed
    assert total(speed_kn=speed, spread_m=spread_m) == pytest.approx(base * 12.5 / speed, rel=1e-9)


@settings(max_examples=25)
@given(cuts=st.lists(st.floats(0.01, 0.99), max_size=12), soil=st.sampled_from([-1, 0, 1]))
def test_strikes_add_up_over_any_sections(cuts: list[float], soil: int) -> None:
    ships, whole = of_lane(lane(spread_m=4000.0)), cable(soil=soil, sections=1)
    edges_km = np.unique(np.concatenate([[0.0, 1.0], cuts])) * whole.edges_km[-1]
    parts = found(rules(), ships, replace(whole, edges_km=edges_km))
    one = found(rules(), ships, whole)
    for name in ("at_most_per_year", "passages_per_year", *(() if soil < 0 else ("per_year",))):
        assert getattr(parts, name).sum() == pytest.approx(getattr(one, name).sum(), rel=1e-9)
    assert np.isnan(one.per_year).any() == (soil < 0), "without soil it is not known"


@given(depths=st.lists(st.floats(0.0, 1000.0), min_size=2, max_size=8))
def test_the_chance_never_grows_with_depth_and_ends_with_the_chain(depths: list[float]) -> None:
    chance = reach_chance(sorted(depths), 300.0, DEFAULT_REACH)
    assert (np.diff(chance) <= 0).all()
    assert (chance[np.sort(depths) >= 150.0] == 0).all()
    assert np.isnan(reach_chance(np.nan, 300.0, DEFAULT_REACH))


@settings(max_examples=25)
@given(shallow=st.floats(1.0, 400.0), deeper=st.floats(0.0, 400.0))
def test_strikes_never_grow_with_water_depth(shallow: float, deeper: float) -> None:
    ships = of_lane(lane())
    near, far = (found(rules(), ships, cable(depth_m=depth)).per_year.sum() for depth in (shallow, shallow + deeper))
    assert far <= near
    beyond = found(rules(), ships, cable(depth_m=221.0, soil=-1))
    assert beyond.per_year.sum() == 0, "beyond the chain of both, whatever the soil"


@settings(max_examples=40)
@given(
    per_year=st.lists(st.floats(0, 1e-2), min_size=2, max_size=2),
    allowed=st.lists(st.floats(1e-9, 1e-2), min_size=2, max_size=2, unique=True),
)
def test_the_needed_depth_leaves_no_more_than_is_allowed_and_never_less_for_more(
    per_year: list[float], allowed: list[float]
) -> None:
    penetration_m = np.array([[0.6, 1.4]])
    strikes = Strikes(np.array([per_year]), np.array([per_year]), np.ones((1, 2)))
    strict, loose = (float(needed_depth_m(strikes, penetration_m, np.array([one]))[0]) for one in sorted(allowed))
    assert strict >= loose
    for depth_m, limit in ((strict, min(allowed)), (loose, max(allowed))):
        assert depth_m in (0.0, 0.6, 1.4)
        assert sum(rate for rate, deep in zip(per_year, penetration_m[0], strict=True) if deep > depth_m) <= limit


@settings(max_examples=40)
@given(
    per_year=st.lists(st.tuples(*[st.floats(0, 1e-3)] * 2), min_size=1, max_size=6),
    accepted=st.floats(1e-7, 1e-2),
    lengths=st.lists(st.floats(0.1, 50.0), min_size=6, max_size=6),
)
def test_the_whole_route_keeps_to_what_is_accepted(
    per_year: list[tuple[float, float]], accepted: float, lengths: list[float]
) -> None:
    rates, length_km = np.array(per_year), np.array(lengths[: len(per_year)])
    penetration_m = np.tile([0.6, 1.4], (len(rates), 1))
    strikes = Strikes(rates, rates, np.ones_like(rates))
    per_km = accepted_per_km(strikes, penetration_m, length_km, accepted)
    depth_m = needed_depth_m(strikes, penetration_m, per_km * length_km)
    left = np.where(penetration_m > depth_m[:, np.newaxis], rates, 0.0).sum()
    assert left <= accepted * (1 + 1e-9)
    if rates.sum() <= accepted:
        assert (depth_m == 0).all(), "what is accepted bare is not buried"


def test_what_is_not_known_is_no_depth() -> None:
    strikes = Strikes(np.array([[np.nan, 1e-3], [0.0, 0.0]]), np.array([[1e-3, 1e-3], [0.0, 0.0]]), np.ones((2, 2)))
    depth_m = needed_depth_m(strikes, np.array([[0.6, 1.4], [np.nan, np.nan]]), np.full(2, 1e-5))
    assert np.isnan(depth_m[0])
    assert depth_m[1] == 0, "where nothing can strike, no soil matters"


def test_a_simulation_of_ships_that_lose_power_agrees() -> None:
    """Conditional on an incident near the cable: drawn ships, drawn places, anchors dragged along the geodesic."""
    rng = np.random.default_rng(20261130)
    table = rules(
        incidents=IncidentRule(per_ship_year=1.7, **SAID),
        drag=DragRule(factor=25.0, **SAID),  # some km, so that the geometry matters
    )
    one, line = lane(spread_m=4000.0, ships_per_year={"big": 300.0}), cable(depth_m=100.0, soil=1, sections=10)
    analytic = found(table, of_lane(one), line).per_year[:, 1]
    # what follows shares nothing with it but the parameters
    drag_m = 25.0 * 7e6 * (6.0 * 1852 / 3600) ** 2 / (3.0 * 3000.0 * 9.80665)
    start, end = ((point.lon_deg, point.lat_deg) for point in one.waypoints)
    azimuth, _, length_m = GEOD.inv(*start, *end)
    draws = 200_000
    aside_m, along_m = rng.normal(0.0, 4000.0, draws), rng.uniform(0.0, length_m, draws)
    lon, lat, back = GEOD.fwd(np.full(draws, start[0]), np.full(draws, start[1]), np.full(draws, azimuth), along_m)
    heading = np.asarray(back) + 180.0
    lon, lat, _ = GEOD.fwd(lon, lat, heading + 90.0, aside_m)
    far_lon, far_lat, _ = GEOD.fwd(lon, lat, heading, np.full(draws, drag_m))
    anchors = shapely.linestrings(np.stack([np.column_stack([lon, lat]), np.column_stack([far_lon, far_lat])], axis=1))
    kp_km, chance = np.linspace(0.0, line.edges_km[-1], 2001), (0.5 * 440.0 - 100.0) / ((0.5 - 1 / 6) * 440.0)
    points = geodesic_points(kp_km)
    pieces = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    anchor, piece = shapely.STRtree(pieces).query(anchors, "intersects")
    hit = np.full(draws, -1)
    hit[anchor] = np.clip(np.searchsorted(line.edges_km, kp_km[piece] + 1e-9, side="right") - 1, 0, 9)
    assert (hit >= 0).sum() >= 10_000
    # incidents a year on the whole lane, each of the draws the same share of them
    incidents = 300.0 * length_m / (12.5 * 1852.0) / 8760.0 * 1.7 * chance
    for section in (*range(10), None):
        share = (hit >= 0) if section is None else hit == section
        mean, error = share.mean(), max(share.std() / np.sqrt(draws), 1.0 / draws)
        expected = analytic.sum() if section is None else analytic[section]
        assert abs(incidents * mean - expected) <= 3.0 * incidents * error, section


def geodesic_points(kp_km: np.ndarray) -> np.ndarray:
    """Points on the cable, leg by leg."""
    points = []
    azimuth, _, leg_m = GEOD.inv(CABLE[:-1, 0], CABLE[:-1, 1], CABLE[1:, 0], CABLE[1:, 1])
    ends_km = np.concatenate([[0.0], np.cumsum(leg_m)]) / 1000.0
    for at_km in kp_km:
        leg = int(np.clip(np.searchsorted(ends_km, at_km, side="right") - 1, 0, len(leg_m) - 1))
        points.append(GEOD.fwd(*CABLE[leg], azimuth[leg], 1000.0 * (at_km - ends_km[leg]))[:2])
    return np.array(points)


def test_a_density_of_ships_in_all_directions_is_the_tracks_that_it_counts() -> None:
    """Many straight tracks at random over a square, and the hours that they spend in it on a km²."""
    rng = np.random.default_rng(7)
    count, speed_kn, reach_deg = 4000, 11.0, 1.0
    middle = np.column_stack([rng.uniform(49.5, 51.5, count), rng.uniform(40.0, 42.2, count)])
    angle = rng.uniform(0.0, 2 * np.pi, count)
    step = 0.5 * reach_deg * np.column_stack([np.cos(angle) / np.cos(np.radians(41.0)), np.sin(angle)])
    tracks = Passages(
        np.hstack([middle - step, middle + step]),
        np.ones(count, int),
        np.ones(count),
        np.full(count, speed_kn),
        np.ones(count),
    )
    square = shapely.box(49.9, 40.8, 51.1, 41.4)
    inside = shapely.intersection(shapely.linestrings(tracks.lonlat.reshape(-1, 2, 2)), square)
    km = sum(GEOD.geometry_length(part) for part in inside) / 1000.0
    km2 = abs(GEOD.geometry_area_perimeter(square)[0]) / 1e6
    hours = np.full((3, 3), km / (speed_kn * 1.852) / km2)
    density = Density(1, hours, np.array([49.5, 50.5, 51.5]), np.array([42.0, 41.0, 40.0]))
    by_tracks = found(rules(), Ships(tracks), cable()).per_year.sum()
    by_density = found(rules(), Ships(joined([]), (density,)), cable()).per_year.sum()
    assert by_density == pytest.approx(by_tracks, rel=0.12)  # some 500 crossings


def test_a_crossing_at_a_vertex_counts_once() -> None:
    at = CABLE[1]
    bent = np.array([[*(at - [0.1, 0.3]), *at], [*at, at[0] + 0.1, at[1] + 0.3]])
    crossed = crossings_of(CABLE, Passages(bent, np.zeros(2, int), np.ones(2), np.full(2, 10.0), np.ones(2)))
    assert len(crossed.kp_km) == 1
    assert crossed.kp_km[0] == pytest.approx(line_length_km(CABLE[:2]), abs=1e-6)


def test_the_strands_of_a_lane_are_spread_as_it_says() -> None:
    one = lane(spread_m=900.0)
    strands, shares = strands_of(one)
    middle = np.array([strand[3] for strand in strands])
    away_m = GEOD.inv(*np.broadcast_to(middle[len(middle) // 2], middle.shape).T, *middle.T)[2]
    assert shares.sum() == pytest.approx(1.0)
    assert np.sqrt(shares @ np.square(away_m)) == pytest.approx(900.0, rel=0.002)


def test_anchors_by_the_rules_that_were_read() -> None:
    assert equipment_number(1000.0, 10.0, 5.0, 100.0) == 210.0
    for low, high, mass_kg, chain_m in BOWER_ANCHORS:
        assert by_rules(low) == by_rules((low + high) / 2) == (mass_kg, chain_m, "REAL")
        kg, m, status = by_rules(1e9 + (low + high) / 2)[0], chain_m, "ASSUMED"
        assert kg > mass_kg
        assert (m, status) == (chain_m, "ASSUMED")
    for number in (40.0, 206.0, 600.0, 5000.0):
        assert by_rules(number)[2] == "ASSUMED", "beyond the rows that were read"
    sizes = [by_rules(number)[:2] for number in np.linspace(20.0, 5000.0, 200).tolist()]
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(sizes))
    assert anchor_of(SHIPS[0], rules()).status == "ASSUMED"
    assert anchor_of(SHIPS[1], rules()).mass_kg == 3000.0
