"""Several seabeds as one: seams, order, errors and disagreement, against surfaces that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcaspian.core.grid import Grid
from transcaspian.seabed.fusion import cells_of, disagreements, fused, sampled
from transcaspian.seabed.seabed_layer import FULL, SeabedLayer, feathered, spacing_of

GRID = Grid(50.0, 42.0, 0.01, 40, 50)
WATER = np.ones(GRID.shape, bool)
EVERYWHERE = (True, True, True, True)
NOWHERE = (False, False, False, False)


def whole(depth_m: float = 100.0, error_m: float = 10.0) -> SeabedLayer:
    """A seabed on the grid itself."""
    depth = np.full(GRID.shape, depth_m, np.float32)
    weight = np.full(GRID.shape, FULL, np.uint8)
    return SeabedLayer(0, GRID.lon_deg, GRID.lat_deg, depth, np.full_like(depth, error_m), weight, 1000.0)


def strip(
    depth_m: float = 100.0, error_m: float = 1.0, *, number: int = 1, step_deg: float = 0.0005, feather_m: float = 300.0
) -> SeabedLayer:
    """A survey of 5 by 20 cells in the middle of the grid."""
    lon = np.arange(50.2 + step_deg / 2, 50.25, step_deg)
    lat = np.arange(41.9 - step_deg / 2, 41.7, -step_deg)
    depth = np.full((lat.size, lon.size), depth_m, np.float32)
    share = feathered(np.isfinite(depth), spacing_of(lat, lon), feather_m, NOWHERE)
    weight = np.round(FULL * share).astype(np.uint8)
    return SeabedLayer(number, lon, lat, depth, np.full_like(depth, error_m), weight, 50.0)


def test_a_strip_changes_nothing_outside_its_edge_and_counts_whole_inside_its_seam() -> None:
    low, high = whole(), strip(130.0)
    found = fused(GRID, [low, high], WATER).surface
    west, south, east, north = 50.2, 41.7, 50.25, 41.9
    lon, lat = np.meshgrid(GRID.lon_deg, GRID.lat_deg)
    outside = (lon < west) | (lon > east) | (lat < south) | (lat > north)
    assert np.array_equal(found.depth_m[outside], low.depth_m[outside])
    assert np.array_equal(found.error_m[outside], low.error_m[outside])
    middle = (lon > west + 0.01) & (lon < east - 0.01) & (lat > south + 0.01) & (lat < north - 0.01)
    assert np.allclose(found.depth_m[middle], 130.0)
    assert np.allclose(found.error_m[middle], 1.0)
    assert (found.source[middle] == 1).all()
    assert (found.source[outside] == 0).all()
    assert (found.resolution_m[middle] == 50.0).all()
    assert (found.resolution_m[outside] == 1000.0).all()


def test_along_the_seam_depth_goes_smoothly_from_one_to_the_other_and_its_error_holds_the_difference() -> None:
    layers = [whole(), strip(130.0)]
    lon = np.linspace(50.19, 50.225, 400)
    depth_m, error_m, *_ = sampled(layers, lon, np.full(lon.shape, 41.8))
    assert (np.diff(depth_m) >= -1e-4).all()
    assert np.abs(np.diff(depth_m)).max() < 3.0  # 30 m over 300 m, at steps of 7 m
    halfway = int(np.argmin(np.abs(depth_m - 115.0)))
    assert error_m[halfway] == pytest.approx(np.sqrt((10.0**2 + 1.0) / 2 + 15.0**2), rel=0.02)
    assert (depth_m[0], depth_m[-1]) == (pytest.approx(100.0), pytest.approx(130.0))


def test_a_strip_narrower_than_its_seam_still_counts_whole_in_its_middle() -> None:
    known = np.ones((400, 7), bool)
    share = feathered(known, (50.0, 50.0), 5000.0, NOWHERE)
    assert share[:, 3].max() == 1.0
    assert share[200, 0] < share[200, 1] <= share[200, 2] <= 1.0


def test_what_goes_on_beyond_the_area_has_no_edge_there() -> None:
    known = np.ones((20, 30), bool)
    assert (feathered(known, (100.0, 100.0), 1000.0, EVERYWHERE) == 1.0).all()
    share = feathered(known, (100.0, 100.0), 300.0, (True, True, False, True))
    assert (share[:, 10:] == 1.0).all()
    assert (share[:, 0] < 1.0).all()


def test_a_later_one_lies_over_an_earlier_one_whatever_is_finer() -> None:
    fine_below = fused(GRID, [strip(130.0, number=0), whole()], WATER)
    assert np.allclose(fine_below.surface.depth_m, 100.0)


def test_a_cell_that_is_covered_by_half_counts_half() -> None:
    lon = np.arange(50.2 + 0.0005, 50.205, 0.001)  # the western half of a column of cells
    lat = np.arange(41.9 - 0.0005, 41.7, -0.001)
    depth = np.full((lat.size, lon.size), 120.0, np.float32)
    half = SeabedLayer(1, lon, lat, depth, np.ones_like(depth), np.full(depth.shape, FULL, np.uint8), 100.0)
    assert cells_of(half, GRID).weight[15, 20] == pytest.approx(0.5)
    assert fused(GRID, [whole(), half], WATER).surface.depth_m[15, 20] == pytest.approx(110.0)


@given(st.floats(0.0012, 0.0098), st.floats(0.0, 0.01))
def test_means_over_cells_are_those_of_the_nodes_in_them(step_deg: float, shift_deg: float) -> None:
    lon = np.arange(50.1 + shift_deg, 50.4, step_deg)
    lat = np.arange(41.95 - shift_deg, 41.65, -step_deg)
    depth = (lon * 100 + lat[:, np.newaxis] * 7).astype(np.float32)
    layer = SeabedLayer(1, lon, lat, depth, depth, np.full(depth.shape, FULL, np.uint8), 100.0)
    found = cells_of(layer, GRID)
    for row, col in ((10, 15), (20, 30), (15, 22)):
        in_rows = np.abs(lat - GRID.lat_deg[row]) < GRID.step_deg / 2 - 1e-9
        in_cols = np.abs(lon - GRID.lon_deg[col]) < GRID.step_deg / 2 - 1e-9
        on_edge = np.abs(np.abs(lat - GRID.lat_deg[row]) - 0.005) < 1e-9
        if on_edge.any() or (np.abs(np.abs(lon - GRID.lon_deg[col]) - 0.005) < 1e-9).any():
            continue
        assert found.depth_m[row, col] == pytest.approx(depth[np.ix_(in_rows, in_cols)].mean(), rel=1e-5)
        assert found.weight[row, col] == pytest.approx(1.0)


def test_land_and_water_without_data_have_no_depth() -> None:
    water = WATER.copy()
    water[:, :5] = False
    found = fused(GRID, [strip(130.0, number=0)], water).surface
    assert np.isnan(found.depth_m[:, :5]).all()
    assert np.isnan(found.depth_m[0]).all()
    assert (found.source[0] == 255).all()


def test_a_bed_above_the_water_level_is_dry_and_has_depth_nought() -> None:
    found = fused(GRID, [whole(-2.0)], WATER)
    assert found.drying.all()
    assert (found.surface.depth_m == 0).all()


def test_seabeds_within_their_errors_agree_and_others_do_not() -> None:
    (item,) = disagreements(GRID, [whole(), strip(109.0)], WATER, 2.0)
    assert (item.low, item.high) == (0, 1)
    assert item.median_m == pytest.approx(9.0)
    assert item.expected_rms_m == pytest.approx(np.hypot(10.0, 1.0), rel=1e-3)
    assert not item.is_beyond
    (apart,) = disagreements(GRID, [whole(error_m=2.0), strip(128.0)], WATER, 2.0)
    assert apart.is_beyond
    assert apart.is_steady
    assert apart.beyond_share == 1.0
    assert (apart.worst_m, apart.worst_error_m) == (pytest.approx(28.0), pytest.approx(np.hypot(2.0, 1.0)))
    assert 50.2 < apart.lon_deg < 50.25
    assert 41.7 < apart.lat_deg < 41.9


def test_a_difference_that_varies_is_not_one_of_levels() -> None:
    high = strip()
    high.depth_m[:] += np.linspace(-60, 60, high.lon_deg.size, dtype=np.float32)
    (item,) = disagreements(GRID, [whole(error_m=2.0), high], WATER, 2.0)
    assert item.is_beyond
    assert not item.is_steady
