"""Depth, slope, no-go areas and cost: what the seabed promises, on made-up seas and on the Caspian."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator
from shapely import LineString, Point, Polygon, box
from shapely.geometry import shape
from threadpoolctl import threadpool_info, threadpool_limits

from tests.conftest import RAW
from transcaspian.core.errors import SeabedError
from transcaspian.core.grid import GEOD, Grid
from transcaspian.ingest import SeabedRaster
from transcaspian.seabed import (
    DepthModel,
    Steering,
    build_cost,
    geodesic_buffer,
    kriging,
    model_depth,
    no_go_areas,
    no_go_layer,
    rasterise_walls,
    sample,
    slope_deg,
    water_mask,
)
from transcaspian.seabed.sampling import smooth_at

GRID = Grid.covering(50.0, 41.0, 52.0, 43.0, 1 / 60)
LON, LAT = np.arange(49.75, 52.3, 0.1), np.arange(40.75, 43.3, 0.1)
LAKE = Point(51, 42).buffer(0.8).difference(box(50.9, 41.9, 51.05, 42.05))
LEVEL_M = -29.5


def bowl_m(depth_m: float = 500.0) -> NDArray[np.float64]:
    """Elevations of a paraboloid whose shore is the lake's."""
    away = np.hypot(LON - 51, (LAT - 42)[:, np.newaxis])
    return LEVEL_M - depth_m * (1 - (away / 0.8) ** 2)


def lake_model(elevation_m: NDArray[np.float64], level_m: float = LEVEL_M) -> DepthModel:
    return model_depth(GRID, raster(elevation_m), LAKE, level_m)


def raster(elevation_m: Any, lon: Any = LON, lat: Any = LAT, resolution_deg: float = 0.1) -> SeabedRaster:
    return SeabedRaster(elevation_m, lon, lat, resolution_deg, "seabed")


@cache
def caspian() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], Polygon]:
    with rasterio.open(RAW / "etopo1_caspian.tif") as raster:
        elevation = raster.read(1).astype(float)
        a, _, c, _, e, f = raster.transform[:6]
    lon = c + a * (np.arange(elevation.shape[1]) + 0.5)
    lat = f + e * (np.arange(elevation.shape[0]) + 0.5)
    features = json.loads((RAW / "gshhg_caspian.geojson").read_text(encoding="utf-8"))["features"]
    return lon, lat, elevation, shapely.union_all([shape(feature["geometry"]) for feature in features])


def caspian_model() -> tuple[Grid, DepthModel]:
    lon, lat, elevation, water = caspian()
    grid = Grid.covering(46.0, 36.25, 55.0, 47.75, 1 / 60)
    return grid, model_depth(grid, raster(elevation, lon, lat), water, LEVEL_M)


def test_water_is_judged_by_the_centre_and_islands_are_land() -> None:
    mask = water_mask(GRID, LAKE)
    lon, lat = np.meshgrid(GRID.lon_deg, GRID.lat_deg)
    np.testing.assert_array_equal(mask, shapely.contains_xy(LAKE, lon, lat))


def test_a_grid_without_water_is_an_error() -> None:
    with pytest.raises(SeabedError, match="no water in the grid"):
        water_mask(GRID, Point(0, 0).buffer(1))


def test_depth_is_never_negative_never_on_land_and_never_deeper_than_the_data_by_more_than_its_error() -> None:
    elevation = bowl_m()
    model = lake_model(elevation)
    assert model.depth_m.dtype == np.float32
    assert np.isnan(model.depth_m[~model.water]).all()
    depth = model.depth_m[model.water]
    assert np.isfinite(depth).all()
    assert depth.min() >= 0
    # a cliff of 500 m, as the island is, swings beyond the nodes around it, and says how far that may be off
    assert (depth - model.error_m[model.water]).max() <= (LEVEL_M - elevation).max()


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_rough_seabeds_are_overshot_within_the_error_that_is_told(seed: int) -> None:
    elevation = LEVEL_M - np.random.default_rng(seed).uniform(0, 900, (LAT.size, LON.size))
    model = lake_model(elevation)
    assert np.nanmin(model.depth_m) >= 0
    deepest = np.unravel_index(np.nanargmax(model.depth_m), GRID.shape)
    assert model.depth_m[deepest] <= (LEVEL_M - elevation).max() + 2 * model.error_m[deepest]


def test_depth_at_the_nodes_is_the_source_s() -> None:
    # Nodes on the centres of cells: what the source says there must come back
    lon, lat = GRID.lon_deg[::6], GRID.lat_deg[::6]
    elevation = LEVEL_M - 400 - 150 * np.sin(9 * lon) * np.cos(7 * lat)[:, np.newaxis]
    model = model_depth(GRID, raster(elevation, lon, lat), LAKE, LEVEL_M)
    at_nodes = model.depth_m[::6, ::6]
    off_shore = shapely.contains_xy(LAKE.buffer(-0.1), *np.meshgrid(lon, lat))
    np.testing.assert_allclose(at_nodes[off_shore], (LEVEL_M - elevation)[off_shore], atol=2.5)


def test_depth_falls_to_zero_at_the_shoreline() -> None:
    model = lake_model(bowl_m())
    lon, lat = np.meshgrid(GRID.lon_deg[np.newaxis, :], GRID.lat_deg)
    away_deg = shapely.distance(shapely.points(lon, lat), LAKE.exterior)
    # Beside the shore of the bowl; the source, whose step is twenty times as wide, knows no shore
    assert model.depth_m[model.water & (away_deg < 0.005)].max() < 15
    island = shapely.distance(shapely.points(lon, lat), LAKE.interiors[0])
    assert (
        np.median(model.depth_m[model.water & (island < 0.01)])
        < 150
        < 400
        < model.depth_m.max(where=model.water, initial=0)
    )


def test_order_of_the_source_s_axes_does_not_matter() -> None:
    elevation = bowl_m()
    flipped = model_depth(GRID, raster(elevation[::-1, ::-1], LON[::-1], LAT[::-1]), LAKE, LEVEL_M)
    np.testing.assert_array_equal(flipped.depth_m, lake_model(elevation).depth_m)


def test_a_higher_level_is_deeper_water_away_from_the_shore() -> None:
    elevation = np.full((LAT.size, LON.size), -300.0)
    inner = Point(51, 42.45).buffer(0.1)
    low, high = lake_model(elevation, -29.5), lake_model(elevation, -27.0)
    lon, lat = np.meshgrid(GRID.lon_deg, GRID.lat_deg)
    middle = shapely.contains_xy(inner, lon, lat)
    np.testing.assert_allclose(high.depth_m[middle] - low.depth_m[middle], 2.5, atol=0.15)


def test_seabed_above_the_level_is_reported_as_drying() -> None:
    elevation = bowl_m()
    elevation[:, LON > 51.3] = LEVEL_M + 2.0
    model = lake_model(elevation)
    assert model.drying.any()
    assert (model.depth_m[model.drying] == 0).all()
    assert not model.drying[~model.water].any()


def test_no_depth_is_invented_where_the_source_is_silent() -> None:
    elevation = bowl_m()
    silent = LON > 51.2
    elevation[:, silent] = np.nan
    model = lake_model(elevation)
    last_deg = LON[~silent].max()
    beyond = model.water & (GRID.lon_deg > last_deg + 0.1)
    assert beyond.any()
    assert np.isnan(model.depth_m[beyond]).all()
    assert not model.drying[beyond].any()
    assert np.isfinite(model.depth_m[model.water & (GRID.lon_deg < last_deg)]).all()


def test_open_sea_is_known_up_to_the_frame() -> None:
    sea = box(*GRID.bounds)
    elevation = np.full((LAT.size, LON.size), -1000.0)
    model = model_depth(GRID, raster(elevation), sea, 0.0)
    np.testing.assert_allclose(model.depth_m, 1000.0)


@pytest.mark.parametrize("cells", [0.25, 1.0, 1.5])
def test_a_source_as_fine_as_the_grid_is_resampled(cells: float) -> None:
    step = GRID.step_deg * cells
    lon, lat = np.arange(49.9, 52.1, step), np.arange(40.9, 43.1, step)
    elevation = LEVEL_M - 100.0 - 50.0 * (lon - 50) - 20.0 * (lat - 41)[:, np.newaxis]
    elevation[:, lon > 51.5] = np.nan
    model = model_depth(GRID, raster(elevation, lon, lat, step), LAKE, LEVEL_M)
    plane = 100 + 50 * (GRID.lon_deg - 50) + 20 * (GRID.lat_deg[:, np.newaxis] - 41)
    inside = model.water & (GRID.lon_deg < 51.45)
    np.testing.assert_allclose(model.depth_m[inside], plane[inside], atol=0.5)
    assert np.isnan(model.depth_m[:, GRID.lon_deg > 51.55]).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"elevation_m": np.full((LAT.size, LON.size), np.nan)}, "no elevation on the water"),
        ({"elevation_m": np.zeros((3, 3))}, "expected \\(latitudes, longitudes\\)"),
        ({"lon_deg": LON - 90}, "away from the grid"),
        ({"lat_deg": np.r_[LAT[1], LAT[0], LAT[2:]]}, "neither ascend nor descend"),
        ({"level_m_msl": float("nan")}, "level_m_msl is nan"),
    ],
)
def test_wrong_sources_are_named(change: dict[str, Any], words: str) -> None:
    source = {name: value for name, value in change.items() if name != "level_m_msl"}
    with pytest.raises(SeabedError, match=words):
        model_depth(GRID, replace(raster(bowl_m()), **source), LAKE, change.get("level_m_msl", LEVEL_M))


def test_the_caspian_has_the_depths_it_is_known_for() -> None:
    grid, model = caspian_model()
    depth = model.depth_m
    assert np.isfinite(depth[model.water]).all()
    north, middle = grid.lat_deg > 44.8, (grid.lat_deg > 40.8) & (grid.lat_deg <= 44.8)
    # State of the Environment of the Caspian Sea 2019: North at most 25 m, Middle 788 m, South 1,025 m. A grid of
    # 0.1° misses the very deepest place: it may be less, never more
    assert np.nanmax(depth[north]) <= 25
    assert 760 <= np.nanmax(depth[middle]) <= 800
    assert 950 <= np.nanmax(depth) <= 1025


def test_nodes_left_out_are_met_better_than_by_bilinear_interpolation() -> None:
    """Every second node of ETOPO1 predicts the others, in all four ways; all nodes left out are the judge."""
    lon, lat, elevation, water = caspian()
    node_lon, node_lat = np.meshgrid(lon, lat)
    grid = Grid.covering(46.0, 36.25, 55.0, 47.75, 1 / 60)
    ours_m, plain_m = [], []
    for kept in ((slice(i, None, 2), slice(j, None, 2)) for i in (0, 1) for j in (0, 1)):
        judged = shapely.contains_xy(water, node_lon, node_lat)
        judged[kept] = False
        truth = np.maximum(LEVEL_M - elevation[judged], 0)
        at = node_lon[judged], node_lat[judged]
        axes = lat[kept[0]], lon[kept[1]]
        model = model_depth(grid, raster(elevation[kept], axes[1], axes[0], 0.2), water, LEVEL_M)
        bilinear = RegularGridInterpolator((axes[0][::-1], axes[1]), elevation[kept][::-1])((at[1], at[0]))
        ours_m.append(sample(grid, model.depth_m, *at) - truth)
        plain_m.append(np.maximum(LEVEL_M - bilinear, 0) - truth)
    ours, plain = np.concatenate(ours_m), np.concatenate(plain_m)
    both = np.isfinite(ours)
    assert both.mean() > 0.98
    ours_rms, plain_rms = (float(np.sqrt(np.mean(misses[both] ** 2))) for misses in (ours, plain))
    assert ours_rms < 0.85 * plain_rms, f"{ours_rms:.1f} m against {plain_rms:.1f} m"


@pytest.mark.parametrize("azimuth_deg", [0.0, 30.0, 90.0, 200.0])
def test_slope_of_an_inclined_plane(azimuth_deg: float) -> None:
    grid = Grid.covering(50.0, 41.9, 50.2, 42.1, 1 / 120)
    lon, lat = np.meshgrid(grid.lon_deg, grid.lat_deg)
    bearing, _, away_m = GEOD.inv(np.full(lon.size, 50.1), np.full(lon.size, 42.0), lon.ravel(), lat.ravel())
    along_m = (away_m * np.cos(np.radians(bearing - azimuth_deg))).reshape(lon.shape)
    slope = slope_deg(grid, 1000 + along_m * np.tan(np.radians(5.0)))
    centre = slope[grid.rows // 2 - 2 : grid.rows // 2 + 2, grid.cols // 2 - 2 : grid.cols // 2 + 2]
    np.testing.assert_allclose(centre, 5.0, rtol=1e-3)


def test_slope_at_the_edge_of_the_known_is_one_sided() -> None:
    grid = Grid.covering(50.0, 42.0, 50.1, 42.1, 1 / 60)
    depth = np.broadcast_to(np.arange(grid.rows)[:, np.newaxis] * 100.0, grid.shape).copy()
    depth[2, 2] = np.nan
    slope = slope_deg(grid, depth)
    assert np.isnan(slope[2, 2])
    expected = np.degrees(np.arctan(100.0 / grid.spacing_m()[1]))
    known = ~np.isnan(slope)
    np.testing.assert_allclose(slope[known], np.broadcast_to(expected[:, np.newaxis], grid.shape)[known], rtol=1e-4)
    assert known.sum() == depth.size - 1
    alone = np.full(grid.shape, np.nan)
    alone[3, 3] = 10.0
    assert np.isnan(slope_deg(grid, alone)).all()


def test_between_cells_a_smooth_depth_is_a_surface_of_second_degree_where_its_cells_are() -> None:
    def bed(row: Any, col: Any) -> Any:
        return 90.0 + 3.0 * row - 2.0 * col + 0.5 * row**2 + 0.25 * row * col - 0.125 * col**2

    values = bed(*np.mgrid[0:12, 0:15])
    row, col = np.random.default_rng(5).uniform(1.0, 10.0, (2, 300))
    np.testing.assert_allclose(smooth_at(values, row, col), bed(row, col), rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_a_smooth_depth_has_no_step_where_cells_are_unknown(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.0, 100.0, (9, 9))
    values[rng.random(values.shape) < 0.25] = np.nan
    row, col = rng.uniform(0.0, 8.0, 200), rng.integers(1, 8, 200).astype(float)
    for at in ((row, col), (col, row)):
        before, on, behind = (smooth_at(values, at[0] + by[0], at[1] + by[1]) for by in _either_side(at, col))
        known = np.isfinite(before) & np.isfinite(behind)
        np.testing.assert_allclose(before[known], behind[known], atol=1e-3)
        np.testing.assert_allclose(on[known], behind[known], atol=1e-3)
    at_nodes = smooth_at(values, *np.mgrid[0:9, 0:9])
    np.testing.assert_allclose(at_nodes, values)


def _either_side(at: tuple[np.ndarray, np.ndarray], edge: np.ndarray) -> list[tuple[float, float]]:
    """Just before an edge between values, on it, and just behind."""
    tiny = 1e-7
    return [(by, 0.0) if at[0] is edge else (0.0, by) for by in (-tiny, 0.0, tiny)]


def test_sample_is_bilinear_and_stays_off_what_is_unknown() -> None:
    array = np.add.outer(np.arange(GRID.rows) * 2.0, np.arange(GRID.cols) * 3.0)
    lon, lat = GRID.to_lonlat([10.25, 40.0], [7.5, 3.0])
    np.testing.assert_allclose(sample(GRID, array, lon, lat), [10.25 * 2 + 7.5 * 3, 89.0])
    array[10, 7] = np.nan
    lon, lat = GRID.to_lonlat([10.0, 10.0, 10.0], [7.0, 7.4, 7.9])
    values = sample(GRID, array, lon, lat)
    assert np.isnan(values[:2]).all()
    assert values[2] == pytest.approx(array[10, 8])
    assert np.isnan(sample(GRID, array, [0.0, 51.0], [42.0, 80.0])).all()


@pytest.mark.parametrize(("lon", "lat"), [(50.0, 40.0), (51.2, 46.5), (10.0, 75.0)])
@pytest.mark.parametrize("buffer_m", [500.0, 20_000.0])
def test_a_buffer_has_its_radius_along_the_ellipsoid(lon: float, lat: float, buffer_m: float) -> None:
    ring = shapely.get_coordinates(geodesic_buffer(Point(lon, lat), buffer_m))
    away = GEOD.inv(np.full(len(ring), lon), np.full(len(ring), lat), ring[:, 0], ring[:, 1])[2]
    middle = (ring[1:] + ring[:-1]) / 2
    between = GEOD.inv(np.full(len(middle), lon), np.full(len(middle), lat), middle[:, 0], middle[:, 1])[2]
    np.testing.assert_allclose(away, buffer_m, rtol=1e-3)
    np.testing.assert_allclose(between, buffer_m, rtol=1e-3)


def test_a_line_s_buffer_keeps_its_distance_at_both_ends() -> None:
    line = LineString([(50.0, 41.0), (51.0, 41.5)])
    ring = shapely.segmentize(geodesic_buffer(line, 2000.0).exterior, 0.002)
    outline = shapely.get_coordinates(ring)
    dense = shapely.get_coordinates(shapely.segmentize(line, 0.0005))
    for lon, lat in outline[:: max(1, len(outline) // 60)]:
        away = GEOD.inv(np.full(len(dense), lon), np.full(len(dense), lat), dense[:, 0], dense[:, 1])[2].min()
        assert away == pytest.approx(2000.0, rel=2e-3)


def hazard(**change: object) -> dict[str, object]:
    row = {"hazard_id": "field", "name": "Field", "kind": "platform", "source": "chart", "status": "REAL"}
    return {**row, "buffer_m": float("nan"), "geometry": Point(51, 42), **change}


def test_no_go_layer_takes_the_hazard_s_own_buffer_first() -> None:
    layer = no_go_layer([hazard(), hazard(hazard_id="b", buffer_m=750.0)], {"platform": 500.0})
    assert list(layer["buffer_m"]) == [500.0, 750.0]
    assert list(layer["no_go_id"]) == ["no-go/field", "no-go/b"]
    assert layer.geometry.is_valid.all()
    assert len(no_go_layer([], {})) == 0


def test_no_go_without_a_buffer_is_named() -> None:
    with pytest.raises(SeabedError, match=r"`field`.*no entry for its kind `platform`"):
        no_go_layer([hazard()], {})
    with pytest.raises(SeabedError, match=r"`p` is a Point.*closes no area"):
        no_go_areas([("p", Point(51, 42), 0.0)])
    with pytest.raises(SeabedError, match=r"`p`.*buffer of -1"):
        no_go_areas([("p", Point(51, 42), -1.0)])
    with pytest.raises(SeabedError, match=r"`p`.*buffer of 1e\+300 m: expected a number from 0 to 1,000,000"):
        no_go_areas([("p", Point(51, 42), 1e300)])


def test_walls_hold_every_cell_that_is_touched() -> None:
    tiny = Point(51.0021, 42.0017).buffer(1e-4)
    walls = rasterise_walls(GRID, [tiny])
    row, col = (int(np.rint(value)) for value in GRID.to_rowcol(51.0021, 42.0017))
    assert walls[row, col]
    assert walls.sum() == 1
    assert not rasterise_walls(GRID, []).any()


def test_cost_is_one_plus_the_weighted_frictions_and_closed_where_it_must_be() -> None:
    model = lake_model(bowl_m())
    walls = rasterise_walls(GRID, [box(50.5, 42.1, 50.6, 42.2)])
    ones = np.ones(GRID.shape, np.float32)
    steering = [Steering("a", 2.0, lambda: ones), Steering("b", 0.5, lambda: 3 * ones)]
    surface = build_cost(GRID, model, iter(steering), walls, kept=("b",))
    assert set(surface.criteria) == {"b"}
    np.testing.assert_array_equal(np.isnan(surface.friction_cost), walls | ~model.water)
    np.testing.assert_allclose(surface.friction_cost[model.water & ~walls], 1 + 2 + 1.5)
    np.testing.assert_allclose(surface.criteria["b"][model.water], 1.5)


def test_wrong_criteria_are_named() -> None:
    model = lake_model(bowl_m())
    ones, open_ = np.ones(GRID.shape), np.zeros(GRID.shape, bool)
    wrong = [(-1.0, ones), (np.inf, ones), (1.0, ones[1:]), (1.0, -ones), (1.0, ones * np.nan)]
    for weight, friction in wrong:
        with pytest.raises(SeabedError, match="criterion `ice`"):
            build_cost(GRID, model, [Steering("ice", weight, partial(np.asarray, friction))], open_)
    with pytest.raises(SeabedError, match="close all the water"):
        build_cost(GRID, model, [], ~open_)


def test_the_surface_needs_one_thread_of_linear_algebra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums on several threads are not the same bytes twice; the blocks themselves are spread over threads."""
    seen: list[int] = []

    def threads() -> list[int]:
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    def watched(*args: Any) -> Any:
        seen.extend(threads())
        return solved(*args)

    solved = kriging._solved
    monkeypatch.setattr(kriging, "_solved", watched)
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        lake_model(bowl_m())
        assert threads() == before, "as the caller had them"
    assert set(seen) == {1}
