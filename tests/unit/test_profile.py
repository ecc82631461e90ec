"""The seabed under a route: slopes of a plane are those of the plane, whatever the heading."""

from __future__ import annotations

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from tests.depth_models import exact
from transcaspian.core.grid import Grid
from transcaspian.engineering.profile import seabed_bends, seabed_profile
from transcaspian.engineering.scenarios import route_at_level, sea_at_level
from transcaspian.seabed import area_km2

GRID = Grid.covering(50.0, 41.0, 51.0, 42.0, 1 / 120)
EAST_M, NORTH_M = (step[GRID.rows // 2] for step in GRID.spacing_m())


def plane(east_per_m: float, north_per_m: float) -> np.ndarray:
    rows, cols = np.mgrid[: GRID.rows, : GRID.cols]
    return 500.0 + east_per_m * EAST_M * (cols - GRID.cols / 2) - north_per_m * NORTH_M * (rows - GRID.rows / 2)


def line(heading_deg: float, km: float = 20.0) -> np.ndarray:
    there = Geodesic.WGS84.Direct(41.5, 50.5, heading_deg, 1000 * km)
    return np.array([[50.5, 41.5], [there["lon2"], there["lat2"]]])


@given(st.floats(0, 360), st.floats(-0.02, 0.02), st.floats(-0.02, 0.02))
def test_slopes_of_a_plane(heading_deg: float, east: float, north: float) -> None:
    profile = seabed_profile(GRID, plane(east, north), line(heading_deg), 0.1)
    h = np.radians(heading_deg)
    in_line = np.degrees(np.arctan(east * np.sin(h) + north * np.cos(h)))
    side = np.degrees(np.arctan(east * np.cos(h) - north * np.sin(h)))
    assert profile.in_line_slope_deg == pytest.approx(np.full(len(profile.kp_km), in_line), abs=0.02)
    assert profile.side_slope_deg == pytest.approx(np.full(len(profile.kp_km), side), abs=0.02)
    assert np.nanmax(np.abs(profile.bend_deg_per_km)) < 0.2
    fall_km = 20.0 * np.tan(np.radians(in_line))
    assert profile.seabed_length_km == pytest.approx(np.hypot(20.0, fall_km), rel=1e-4)


def test_a_ridge_is_a_crest_and_a_valley_a_hollow() -> None:
    _, cols = np.mgrid[: GRID.rows, : GRID.cols]
    away_m = EAST_M * np.abs(cols - 78)
    for depth_m, kind in ((200 + 0.2 * away_m, "crest"), (900 - 0.2 * away_m, "hollow")):
        profile = seabed_profile(GRID, depth_m, line(90.0), 0.01, sample_step_km=0.5)
        (bend,) = seabed_bends(profile, 10.0)
        assert bend.kind == kind
        assert bend.from_km < (78 + 0.5 - 60) * EAST_M / 1000 < bend.to_km
        assert 10.0 < bend.worst_deg_per_km < 2 * np.degrees(np.arctan(0.2)) / 0.5
        assert not seabed_bends(profile, 60.0)


def test_unknown_depth_is_a_length_and_not_a_zero() -> None:
    depth_m = plane(0.0, 0.0)
    depth_m[:, 78:] = np.nan
    profile = seabed_profile(GRID, depth_m, line(90.0), 0.1)
    known_km = (78 - 60) * EAST_M / 1000
    assert profile.unknown_km == pytest.approx(20.0 - known_km, abs=0.3)
    assert profile.max_depth_m == pytest.approx(500.0)
    assert np.isnan(profile.in_line_slope_deg[-1])
    assert profile.seabed_length_km == pytest.approx(20.0)


def test_a_lower_sea_leaves_more_of_a_beach_dry() -> None:
    # 1 in 1,000 down to the east from the western edge; the route runs out to sea
    beach = np.broadcast_to(0.001 * EAST_M * np.arange(GRID.cols), GRID.shape).astype(np.float32)
    run = np.array([[50.01, 41.5], [50.9, 41.5]])
    profile = seabed_profile(GRID, beach, run, 0.1, sample_step_km=0.05)
    start_m = float(profile.depth_m[0])
    before = None
    for fall_m in (0.0, 1.0, 2.0, 5.0):
        at = route_at_level(profile, -29.5, -29.5 - fall_m, shallow_m=12.0)
        assert at.from_extension_km == pytest.approx(max(0.0, fall_m - start_m), abs=0.06)
        assert at.to_extension_km == 0
        assert at.shallow_length_km == pytest.approx(12.0 - max(0.0, start_m - fall_m), abs=0.1)
        assert at.submerged_km + at.from_extension_km == pytest.approx(profile.length_km)
        assert before is None or at.submerged_km <= before
        before = at.submerged_km


def test_a_route_that_falls_dry_altogether_has_no_water() -> None:
    profile = seabed_profile(GRID, np.full(GRID.shape, 3.0, np.float32), line(90.0), 0.1)
    at = route_at_level(profile, -29.5, -33.0, shallow_m=12.0)
    assert at.submerged_km == pytest.approx(0.0)
    assert at.from_extension_km == pytest.approx(profile.length_km)
    assert at.max_depth_m is None
    assert at.shallow_km == ()


def test_the_sea_at_a_level_is_where_it_is_deeper_than_the_fall() -> None:
    import shapely

    beach = np.broadcast_to(0.001 * EAST_M * np.arange(GRID.cols), GRID.shape).astype(np.float32)
    water = shapely.box(*GRID.bounds)
    model = exact(GRID, beach, np.ones(GRID.shape, bool))
    sea = sea_at_level(GRID, model, water, -29.5, -34.5)
    assert sea.fall_m == 5.0
    cells = np.sum(beach[0] > 5.0)
    assert sea.area_km2 == pytest.approx(area_km2(water, GRID.step_deg) * cells / GRID.cols, rel=1e-6)
    assert sea.area_km2 + sea.lost_km2 == pytest.approx(area_km2(water, GRID.step_deg))
