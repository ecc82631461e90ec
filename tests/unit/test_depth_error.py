"""What is known of a depth: its error on nodes left out and by the source, and what that means for figures."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import shapely
from shapely import box

from tests.conftest import STUDY
from tests.depth_models import exact
from tests.unit.test_seabed import LEVEL_M, caspian, raster
from transcaspian.core.catzoc import ERRORS
from transcaspian.core.grid import Grid
from transcaspian.engineering.cable import engineer_cable
from transcaspian.engineering.laying import Legs
from transcaspian.engineering.profile import seabed_bends, seabed_profile
from transcaspian.engineering.sld import confidence_zone
from transcaspian.seabed import DepthRules, Kriging, SourceError, model_depth, sample
from transcaspian.study import load_study

BANDS_M = (-np.inf, 5, 20, 50, 100, 200, 500, np.inf)
NO_SOURCE_ERROR = SourceError(0.0, 0.0, 0.0)
FINE = Grid.covering(49.0, 40.5, 51.5, 42.5, 1 / 120)
SHORE = DepthRules(shoreline_m_msl=-28.0)


@pytest.fixture(scope="module")
def left_out() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depths of every second node as the others tell them, with their error, and as they are: two of the four ways."""
    lon, lat, elevation, water = caspian()
    grid = Grid.covering(46.0, 36.25, 55.0, 47.75, 1 / 30)
    rules = DepthRules(Kriging(), NO_SOURCE_ERROR, -28.0)
    found = []
    for kept in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        judged = shapely.contains_xy(water, *np.meshgrid(lon, lat))
        judged[kept] = False
        model = model_depth(grid, raster(elevation[kept], lon[kept[1]], lat[kept[0]], 0.2), water, LEVEL_M, rules)
        at = [axis[judged] for axis in np.meshgrid(lon, lat)]
        told, error_m = (sample(grid, of, *at) for of in (model.depth_m, model.error_m))
        found.append(np.stack([told, error_m, np.maximum(LEVEL_M - elevation[judged], 0)]))
    told, error_m, truth = np.concatenate(found, axis=1)
    known = np.isfinite(told)
    return told[known], error_m[known], truth[known]


def test_nodes_left_out_are_missed_by_less_than_11_m(left_out: tuple[np.ndarray, ...]) -> None:
    told, _, truth = left_out
    assert np.sqrt(np.mean((told - truth) ** 2)) < 11.3  # two of four ways, sampled between cells of 2'


def test_nodes_left_out_lie_within_two_standard_errors_in_every_depth_band(left_out: tuple[np.ndarray, ...]) -> None:
    told, error_m, truth = left_out
    within = np.abs(told - truth) <= 2 * np.hypot(error_m, 0.5)
    for low, high in pairwise(BANDS_M):
        assert 0.92 <= within[(truth > low) & (truth <= high)].mean() <= 1.0, f"{low} to {high} m"


def test_between_nodes_there_is_neither_a_plateau_nor_a_step() -> None:
    lon, lat, elevation, water = caspian()
    model = model_depth(FINE, raster(elevation, lon, lat), water.intersection(box(*FINE.bounds)), LEVEL_M, SHORE)
    line = np.array([[49.9, 41.0], [51.0, 42.3]])
    profile = seabed_profile(FINE, model, line, 0.1, sample_step_km=0.2)
    depth_m = profile.depth_m[profile.depth_m > 1]
    assert (np.abs(np.diff(depth_m)) > 1e-4).all()
    assert np.abs(np.diff(depth_m, 2)).max() <= 0.5


def test_what_lies_between_four_nodes_is_not_one_of_them() -> None:
    lon, lat, elevation, water = caspian()
    grid = Grid.covering(50.1, 36.8, 50.8, 37.5, 1 / 120)
    model = model_depth(grid, raster(elevation, lon, lat), water.intersection(box(*grid.bounds)), LEVEL_M, SHORE)
    assert sample(grid, model.depth_m, [50.42], [37.12])[0] == pytest.approx(50, abs=8)


def test_shallow_water_is_known_no_better_than_a_chart_of_class_c() -> None:
    grid = Grid.covering(50.0, 41.0, 51.0, 42.0, 1 / 60)
    lon, lat = np.arange(49.5, 51.6, 0.1), np.arange(40.5, 42.6, 0.1)
    for depth_m, rules in ((10.0, SourceError(0.1, 0.0, 0.0)), (10.0, SourceError(5.0, 0.1, 0.0))):
        model = model_depth(
            grid, raster(np.full((lat.size, lon.size), -depth_m), lon, lat), box(*grid.bounds), 0.0,
            DepthRules(Kriging(), rules),
        )  # fmt: skip
        base_m, share = ERRORS["C"]
        expected = max(base_m + share * depth_m, np.hypot(rules.base_m, rules.depth_share * depth_m))
        assert np.nanmedian(model.error_m) == pytest.approx(expected, rel=1e-3)


def test_a_share_of_the_depth_is_not_carried_beyond_the_water_it_was_measured_in() -> None:
    grid = Grid.covering(50.0, 41.0, 51.0, 42.0, 1 / 60)
    lon, lat = np.arange(49.5, 51.6, 0.1), np.arange(40.5, 42.6, 0.1)
    for depth_m, counted_m in ((400.0, 400.0), (1000.0, 1000.0), (2200.0, 1000.0)):
        rules = DepthRules(Kriging(), SourceError(3.0, 0.1, 0.0, measured_to_m=1000.0))
        source = raster(np.full((lat.size, lon.size), -depth_m), lon, lat)
        model = model_depth(grid, source, box(*grid.bounds), 0.0, rules)
        assert np.nanmedian(model.error_m) == pytest.approx(np.hypot(3.0, 0.1 * counted_m), rel=1e-3)


def test_a_profile_bends_no_more_between_cells_than_the_seabed_does() -> None:
    lon, lat = np.arange(29.5, 32.6, 0.1), np.arange(42.0, 44.1, 0.1)
    grid = Grid.covering(30.0, 42.5, 32.0, 43.5, 1 / 30)
    at = np.meshgrid(lon, lat)
    height_m, width_deg = 2000.0, 0.12
    source = raster(-height_m / (1 + np.exp(-(at[0] - 31.0 + 0.3 * (at[1] - 43.0)) / width_deg)), lon, lat)
    model = model_depth(grid, source, box(*grid.bounds), 0.0)
    depth_m = seabed_profile(grid, model, np.array([[30.3, 43.1], [31.7, 42.9]]), 0.1, sample_step_km=0.2).depth_m
    across_km = width_deg * 111.2 * np.cos(np.radians(43.0))
    steepest = height_m / (6 * np.sqrt(3) * across_km**2) * 0.2**2  # greatest curvature of the logistic, over 200 m
    assert np.abs(np.diff(depth_m, 2)).max() < 1.3 * steepest


def test_a_survey_s_own_error_stands_instead() -> None:
    grid = Grid.covering(50.0, 41.0, 50.5, 41.5, 1 / 60)
    lon, lat = np.arange(49.9, 50.6, 1 / 60), np.arange(40.9, 41.6, 1 / 60)
    source = raster(np.full((lat.size, lon.size), -10.0), lon, lat, 1 / 60)
    source = replace(source, uncertainty_m=np.full(source.elevation_m.shape, 0.3, np.float32))
    model = model_depth(grid, source, box(*grid.bounds), 0.0)
    assert np.nanmax(model.error_m) == pytest.approx(0.3, abs=1e-5)
    assert np.nanmedian(model.surface.resolution_m) == pytest.approx(1852, rel=0.01)


def test_a_change_by_depth_has_the_kps_between_which_it_may_lie() -> None:
    rules = load_study(STUDY).engineering
    assert rules is not None
    grid = Grid.covering(50.0, 41.0, 51.0, 41.2, 1 / 120)
    east_m = grid.spacing_m()[0][grid.rows // 2]
    slope = 0.005  # 5 m in a kilometre
    depth_m = np.broadcast_to(slope * east_m * np.arange(grid.cols), grid.shape).astype(np.float32)
    line = np.array([[50.05, 41.1], [50.95, 41.1]])
    wet = np.ones(grid.shape, bool)
    changes = {}
    for error_m in (0.0, 5.0):
        profile = seabed_profile(grid, exact(grid, depth_m, wet, error_m, 1 / 120), line, 0.01)
        plan = engineer_cable(profile, {}, rules, Legs(np.array([0.0, profile.length_km]), np.zeros(2)))
        changes[error_m] = [section for section in plan.types[1:] if section.change_km]
    at = changes[5.0][0]
    from_km, to_km = at.change_km
    assert to_km - from_km == pytest.approx(2 * 5.0 / slope / 1000, abs=0.8)
    assert from_km <= at.from_km <= to_km
    assert not changes[0.0], "a depth that is certain leaves nothing open"


def test_no_bend_is_told_that_is_shorter_than_the_data() -> None:
    grid = Grid.covering(50.0, 41.0, 51.0, 41.2, 1 / 120)
    _, cols = np.mgrid[: grid.rows, : grid.cols]
    depth_m = (300.0 + 60.0 * np.sin(cols / 2.0)).astype(np.float32)
    line = np.array([[50.1, 41.1], [50.9, 41.1]])
    wet = np.ones(grid.shape, bool)
    fine = seabed_profile(grid, exact(grid, depth_m, wet, resolution_deg=1 / 500), line, 1 / 500)
    coarse = seabed_profile(grid, exact(grid, depth_m, wet, resolution_deg=0.1), line, 0.1)
    assert seabed_bends(fine, 1.0)
    assert not seabed_bends(coarse, 1.0)
    assert np.nanmax(np.abs(coarse.in_line_slope_deg)) < 0.5 * np.nanmax(np.abs(fine.in_line_slope_deg))


@pytest.mark.parametrize(
    ("depth_m", "error_m", "zone"),
    [
        ([10.0, 100.0], [0.5, 1.2], "A1"),
        ([10.0, 100.0], [1.1, 2.9], "B"),
        ([10.0, 100.0], [2.5, 2.0], "C"),
        ([10.0, 100.0], [2.5, 13.0], "D"),
        ([10.0, np.nan], [0.5, np.nan], "U"),
        ([], [], "U"),
    ],
)
def test_the_worst_depth_makes_the_class_of_a_stretch(depth_m: list[float], error_m: list[float], zone: str) -> None:
    assert confidence_zone(np.array(depth_m), np.array(error_m)) == zone
