"""Criteria are pure functions; their distances are those along the ellipsoid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from transcaspian.core.geodesy import arc_squared_m2, distance_to_points_m
from transcaspian.core.grid import GEOD, Grid
from transcaspian.seabed import (
    depth_friction,
    earthquake_friction,
    hazard_friction,
    shallow_friction,
    slope_friction,
    unknown_friction,
)

GRID = Grid.covering(50.0, 41.0, 51.0, 42.0, 1 / 120)
WATER = np.ones(GRID.shape, bool)
BANDS = [(0.0, 15.0, 0.6), (15.0, 200.0, 0.1), (200.0, 1000.0, 0.0)]
lons, lats = st.floats(-180, 180), st.floats(-85, 85)


def away_m(lon: float, lat: float) -> np.ndarray:
    x, y = (axis.ravel() for axis in np.meshgrid(GRID.lon_deg, GRID.lat_deg))
    return np.reshape(GEOD.inv(np.full(x.size, lon), np.full(x.size, lat), x, y)[2], GRID.shape)


@settings(max_examples=100)
@given(lons, lats, st.floats(0, 360), st.floats(1, 300_000))
def test_distances_are_geodesic(lon: float, lat: float, azimuth: float, distance_m: float) -> None:
    lon_2, lat_2, _ = GEOD.fwd(lon, lat, azimuth, distance_m)
    found = distance_to_points_m([lon_2], [lat_2], [(lon, lat)], 1e6)
    assert found[0] == pytest.approx(distance_m, rel=2e-6, abs=0.01)
    squared = arc_squared_m2(np.array([lon_2]), np.array([lat_2]), lon, lat)
    assert np.sqrt(squared[0, 0]) == pytest.approx(distance_m, rel=2e-6, abs=0.01)


def test_beyond_the_reach_and_without_targets_the_distance_is_infinite() -> None:
    assert np.isinf(distance_to_points_m([50.0], [41.0], [(51.0, 41.0)], 1000.0)).all()
    assert np.isinf(distance_to_points_m([50.0], [41.0], np.empty((0, 2)), 1000.0)).all()


def test_bands_begin_where_they_say() -> None:
    depths = np.array([0.0, 14.999, 15.0, 199.0, 200.0, 5000.0, np.nan])
    np.testing.assert_allclose(depth_friction(depths, BANDS), [0.6, 0.6, 0.1, 0.1, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(slope_friction(np.float32([0, 20, np.nan]), BANDS), [0.6, 0.1, 0.0])


def test_unknown_depth_is_weighed_and_land_is_not() -> None:
    depth = np.array([[10.0, np.nan], [np.nan, np.nan]])
    water = np.array([[True, True], [False, True]])
    np.testing.assert_array_equal(unknown_friction(depth, water, 1.5), [[0, 1.5], [0, 1.5]])


def test_shallow_water_is_free_in_the_approaches_only() -> None:
    depth = np.full(GRID.shape, 5.0)
    depth[:, 60:] = 50.0
    depth[0, 0] = np.nan
    friction = shallow_friction(GRID, depth, [(50.2, 41.5)], limit_m=12.0, approach_km=10.0, friction=1.0)
    expected = (depth < 12) & (away_m(50.2, 41.5) > 10_000)
    np.testing.assert_array_equal(friction, expected.astype(np.float32))
    everywhere = shallow_friction(GRID, depth, [], limit_m=12.0, approach_km=10.0, friction=1.0)
    np.testing.assert_array_equal(everywhere, (depth < 12).astype(np.float32))


def test_hazard_friction_falls_linearly_with_the_true_distance() -> None:
    friction = hazard_friction(GRID, WATER, [([Point(50.4, 41.6)], 8.0)], 2.0)
    expected = 2.0 * np.maximum(1 - away_m(50.4, 41.6) / 8000, 0)
    np.testing.assert_allclose(friction, expected, atol=1e-4)


def test_inside_a_hazard_friction_is_full_and_the_greatest_hazard_counts() -> None:
    field, pipe = box(50.3, 41.3, 50.5, 41.5), LineString([(50.0, 41.4), (51.0, 41.4)])
    both = hazard_friction(GRID, WATER, [([field], 5.0), ([pipe], 2.0)], 2.0)
    each = [hazard_friction(GRID, WATER, [([shape], reach)], 2.0) for shape, reach in ((field, 5.0), (pipe, 2.0))]
    np.testing.assert_array_equal(both, np.maximum(*each))
    row, col = (int(value) for value in np.rint(GRID.to_rowcol(50.4, 41.35)))
    assert both[row, col] == 2.0
    assert both.max() == 2.0
    assert both.min() == 0.0
    dry = hazard_friction(GRID, np.zeros(GRID.shape, bool), [([field], 5.0)], 2.0)
    assert not dry.any()


def test_a_hazard_beyond_the_grid_still_reaches_in() -> None:
    friction = hazard_friction(GRID, WATER, [([Point(49.98, 41.5)], 8.0)], 1.0)
    np.testing.assert_allclose(friction, np.maximum(1 - away_m(49.98, 41.5) / 8000, 0), atol=1e-4)
    assert friction.any()


def test_earthquake_density_is_a_sum_of_gaussians_with_its_peak_at_the_friction() -> None:
    events = [(50.2, 41.2, 5.0), (50.8, 41.7, 6.0), (50.5, 41.5, 4.0), (50.1, 41.9, np.nan)]
    options = {"bandwidth_km": 15.0, "min_magnitude_mw": 4.5}
    friction = earthquake_friction(GRID, WATER, events, friction=0.7, **options)
    density = sum(
        10 ** (mw / 2) * np.exp(-0.5 * (away_m(x, y) / 15_000) ** 2) for x, y, mw in ((50.2, 41.2, 5), (50.8, 41.7, 6))
    )
    np.testing.assert_allclose(friction, 0.7 * density / density.max(), atol=1e-5)


def test_without_earthquakes_there_is_no_friction() -> None:
    none = earthquake_friction(GRID, WATER, [], bandwidth_km=30.0, min_magnitude_mw=4.5, friction=1.0)
    assert none.shape == GRID.shape
    assert not none.any()
