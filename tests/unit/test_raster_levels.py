"""Frames of a raster larger than memory, and lines over it: what is read, and that it is what stands there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError, NoRouteError, RoutingError
from transcaspian.core.grid import Grid
from transcaspian.export import write_cog
from transcaspian.ingest import RasterLevels, raster_levels
from transcaspian.routing import RoutingProblem, least_cost_path, least_cost_path_by_levels, polyline_cost
from transcaspian.sources.datafile import DataFile

GLOBE = Grid(-180.0, 40.0, 360.0 / 4032, 640, 4032)
"""A belt around the Earth whose columns are a multiple of 64, as those of GEBCO."""


@pytest.fixture(scope="module")
def elevation_m() -> NDArray[np.float32]:
    lon, lat = np.meshgrid(np.radians(GLOBE.lon_deg), np.radians(GLOBE.lat_deg))
    values = (-3000.0 + 1500.0 * np.sin(9 * lon) * np.cos(15 * lat) - 900.0 * np.cos(40 * lon)).astype(np.float32)
    values[100:140, 3700:3760] = 50.0  # an island west of the antimeridian
    values[300:310, 10:20] = np.nan
    return values


@pytest.fixture(scope="module")
def belt(elevation_m: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> RasterLevels:
    path = tmp_path_factory.mktemp("belt") / "belt.tif"
    write_cog(path, GLOBE, elevation_m, description="elevation", units="m")
    return raster_levels(DataFile("seabed", path, "belt", values="elevation_m_up"))


def means(
    elevation_m: NDArray[np.float32], top: int, left: int, shape: tuple[int, int], side: int
) -> NDArray[np.float64]:
    """By hand: means of what there is, around the Earth."""
    rows, cols = np.arange(top, top + shape[0] * side), np.arange(left, left + shape[1] * side) % GLOBE.cols
    there = (rows >= 0) & (rows < GLOBE.rows)
    cells = np.where(there[:, None], elevation_m[np.clip(rows, 0, GLOBE.rows - 1)][:, cols].astype(float), np.nan)
    cells = cells.reshape(shape[0], side, shape[1], side)
    known = np.isfinite(cells).sum(axis=(1, 3))
    return np.where(known, np.nan_to_num(cells).sum(axis=(1, 3)) / np.maximum(known, 1), np.nan)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([1, 4, 16, 64]), st.integers(-4, 8), st.integers(-40, 70), st.integers(1, 9), st.integers(1, 9))
def test_frames_are_means_of_the_file_around_the_earth(
    belt: RasterLevels, elevation_m: NDArray[np.float32], side: int, top: int, left: int, rows: int, cols: int
) -> None:
    top, left = 64 * top, 64 * left
    step = GLOBE.step_deg
    frame = Grid(GLOBE.west_deg + left * step, GLOBE.north_deg - top * step, step * side, rows, cols)
    expected, found = means(elevation_m, top, left, frame.shape, side), belt.elevation_m(frame)
    # an overview is a mean of means: beside missing values the weights differ
    whole = np.isfinite(means(np.where(np.isnan(elevation_m), np.inf, elevation_m), top, left, frame.shape, side))
    np.testing.assert_allclose(found[whole], expected[whole], atol=0.01)
    assert (np.isfinite(found) == np.isfinite(expected)).all()


def test_a_frame_across_the_antimeridian_is_whole(belt: RasterLevels, elevation_m: NDArray[np.float32]) -> None:
    frame = belt.frame((172.0, -10.0, -170.0, 10.0))
    assert frame.west_deg <= 172.0
    assert frame.east_deg >= 190.0 > frame.east_deg - frame.step_deg
    top, left = (round(gap / frame.step_deg) for gap in (40.0 - frame.north_deg, frame.west_deg + 180.0))
    assert top % 64 == left % 64 == 0
    np.testing.assert_array_equal(
        belt.elevation_m(frame), means(elevation_m, top, left, frame.shape, 1).astype(np.float32)
    )


def test_a_line_of_a_part_of_the_sea_costs_what_a_line_of_the_whole_does(belt: RasterLevels) -> None:
    frame = belt.frame((170.0, 5.0, -150.0, 35.0))
    asked: list[int] = []

    def cost_of(part: Grid) -> NDArray[np.float64]:
        asked.append(part.rows * part.cols if part.step_deg < 1.5 * frame.step_deg else 0)
        depth_m = -belt.elevation_m(part)
        return np.where(depth_m > 20.0, 1.0 + np.abs(depth_m - 2500.0) / 500.0, np.nan)

    ends = (171.0, 33.0), (-152.0, 8.0)
    line = least_cost_path_by_levels(frame, cost_of, ends, max_cells=5_000, half_width_cells=6)
    whole = RoutingProblem(frame, cost_of(frame)).with_effort(mode="full")
    best = least_cost_path(whole, ends[0], (208.0, 8.0))
    assert line.cost == pytest.approx(best.cost, rel=0.005)
    assert line.cost == pytest.approx(polyline_cost(whole, line.lonlat), rel=1e-6)
    assert np.allclose(line.lonlat[[0, -1]], [(171.0, 33.0), (208.0, 8.0)])
    assert line.bound is None


def test_what_cannot_be_found_is_said() -> None:
    grid = Grid(0.0, 10.0, 0.01, 1000, 1000)

    def walled(frame: Grid) -> NDArray[np.float64]:
        cost = np.ones(frame.shape)
        cost[:, (frame.lon_deg > 4.0) & (frame.lon_deg < 6.0)] = np.nan
        return cost

    with pytest.raises(RoutingError, match=r"the end at 12\.00000 E"):
        least_cost_path_by_levels(grid, walled, ((1.0, 5.0), (12.0, 5.0)))
    with pytest.raises(NoRouteError, match=r"on cells of 0\.16°: no water leads"):
        least_cost_path_by_levels(grid, walled, ((1.0, 5.0), (9.0, 5.0)), max_cells=10_000)
    with pytest.raises(NoRouteError, match="in a wall"):
        least_cost_path_by_levels(grid, walled, ((1.0, 5.0), (5.0, 5.0)), max_cells=10_000)


def test_a_raster_that_is_not_in_degrees_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "metres.tif"
    place = rasterio.transform.from_origin(400_000.0, 4_500_000.0, 100.0, 100.0)
    profile = {"driver": "GTiff", "height": 8, "width": 8, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", crs="EPSG:32639", transform=place, **profile) as target:
        target.write(np.full((8, 8), -100.0, np.float32), 1)
    with pytest.raises(IngestError, match="expected square cells in lon/lat degrees"):
        raster_levels(DataFile("seabed", path, "metres", values="elevation_m_up"))
