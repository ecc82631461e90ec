"""Cost-tolerance zones: an ellipse on uniform cost, nested, around islands on both sides, inside the exact water."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import Grid
from transcaspian.routing import CostExcess, RoutingProblem, cost_excess, least_cost_path, zone_polygon
from transcaspian.seabed import area_km2

GRID = Grid(50.0, 42.0, 1 / 120, 120, 180)
FRAME = shapely.box(*GRID.bounds)
STEP_DEG = GRID.step_deg
WEST, EAST = (50.4 + STEP_DEG / 2, 41.5 + STEP_DEG / 2), (51.1 + STEP_DEG / 2, 41.5 + STEP_DEG / 2)
LIMITS = (0.005, 0.01, 0.02, 0.05)


def open_sea() -> np.ndarray:
    return np.ones(GRID.shape, np.float32)


def sea_around(*islands: shapely.Geometry) -> np.ndarray:
    lon, lat = np.meshgrid(GRID.lon_deg, GRID.lat_deg)
    cost = open_sea()
    cost[shapely.contains_xy(shapely.union_all(islands), lon, lat)] = np.nan
    return cost


def around_path(cost: np.ndarray) -> CostExcess:
    problem = RoutingProblem(GRID, cost)
    return cost_excess(problem, (WEST, EAST), least_cost_path(problem, WEST, EAST).lonlat)


def polygon_of(
    near: CostExcess, limit: float, water: shapely.Geometry = FRAME, forbidden: shapely.Geometry | None = None
) -> shapely.MultiPolygon:
    return zone_polygon(RoutingProblem(GRID, open_sea(), water, forbidden), near, limit)


def excess_on(near: CostExcess, line: shapely.LineString) -> np.ndarray:
    row, col = GRID.to_rowcol(*shapely.get_coordinates(shapely.segmentize(line, STEP_DEG / 4)).T)
    return near.excess[np.round(row).astype(int), np.round(col).astype(int)]


def cells(inside: np.ndarray) -> shapely.Geometry:
    lon, lat = GRID.to_lonlat(*np.nonzero(inside))
    half = STEP_DEG / 2
    return shapely.union_all(shapely.box(lon - half, lat - half, lon + half, lat + half))


@pytest.mark.parametrize("limit", [0.02, 0.05, 0.1])
def test_on_uniform_cost_it_is_the_ellipse_with_the_ends_as_foci(limit: float) -> None:
    focal_km = Geodesic.WGS84.Inverse(WEST[1], WEST[0], EAST[1], EAST[0])["s12"] / 1000
    major, minor = (1 + limit) * focal_km / 2, focal_km / 2 * np.sqrt((1 + limit) ** 2 - 1)
    area = polygon_of(around_path(open_sea()), limit)
    assert area_km2(area, STEP_DEG) == pytest.approx(np.pi * major * minor, rel=0.02)
    west, south, east, north = area.bounds
    assert east - west == pytest.approx(0.7 * (1 + limit), abs=2 * STEP_DEG)
    assert north - south == pytest.approx(2 * minor / 111.1, abs=2 * STEP_DEG)


def test_the_area_is_measured_on_the_ellipsoid() -> None:
    ring = Geodesic.WGS84.Polygon()
    for lon in np.linspace(46, 55, 2001):
        ring.AddPoint(40.0, lon)
    for lon in np.linspace(55, 46, 2001):
        ring.AddPoint(44.0, lon)
    assert area_km2(shapely.box(46, 40, 55, 44), 1 / 120) == pytest.approx(ring.Compute()[2] / 1e6, rel=1e-6)
    holed = shapely.difference(shapely.box(46, 40, 55, 44), shapely.box(50, 41, 51, 42))
    both = area_km2(holed, 1 / 120) + area_km2(shapely.box(50, 41, 51, 42), 1 / 120)
    assert both == pytest.approx(ring.Compute()[2] / 1e6, rel=1e-6)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**31), walls=st.floats(0, 0.1))
def test_zones_are_nested_hang_together_and_hold_the_line(seed: int, walls: float) -> None:
    random = np.random.default_rng(seed)
    cost = np.exp(2.0 * ndimage.gaussian_filter(random.normal(size=GRID.shape), 5)).astype(np.float32)
    cost[np.kron(random.random((24, 36)) < walls, np.ones((5, 5), bool))] = np.nan
    for lon, lat in (WEST, EAST):
        row, col = (round(float(v)) for v in GRID.to_rowcol(lon, lat))
        cost[row - 3 : row + 4, col - 3 : col + 4] = 1
    try:
        near = around_path(cost)
    except NoRouteError:
        return
    assert np.nanmin(near.excess) == 0
    assert (np.isnan(near.excess) | np.isfinite(cost)).all()
    areas = [polygon_of(near, limit) for limit in LIMITS]
    for area, wider in pairwise(areas):
        assert area.is_valid
        assert shapely.difference(area, wider).area < 1e-12
    # the fields err by a few tenths of a percent, and a line may cut the corner of a cell whose centre is off it
    line = shapely.LineString(near.path_lonlat)
    assert shapely.length(shapely.difference(line, areas[2])) < 0.01 * line.length
    assert np.median(excess_on(near, line)) < 1e-3


def test_it_is_exactly_its_cells_cut_to_the_water_and_out_of_no_go() -> None:
    near = around_path(open_sea())
    whole = polygon_of(near, 0.05)
    assert shapely.symmetric_difference(whole, cells(near.excess <= 0.05)).area < 1e-12
    water = shapely.difference(shapely.box(50.2, 41.2, 51.3, 41.555), shapely.Point(50.8, 41.52).buffer(0.013))
    no_go = shapely.Point(50.6, 41.47).buffer(0.02)
    cut = polygon_of(near, 0.05, water, no_go)
    assert cut.is_valid
    assert cut.geom_type == "MultiPolygon"
    assert shapely.difference(cut, water).area == 0
    assert shapely.intersection(cut, no_go).area == pytest.approx(0, abs=1e-15)
    assert shapely.symmetric_difference(cut, whole.intersection(water).difference(no_go)).area < 1e-12


def test_around_an_island_there_are_two_ways_above_the_difference() -> None:
    island = shapely.box(50.7, 41.43, 50.8, 41.66)  # its southern end is nearer
    near = around_path(sea_around(island))

    def around(lat: float) -> float:
        way = (WEST, (50.7, lat), (50.8, lat), EAST)
        return sum(Geodesic.WGS84.Inverse(a[1], a[0], b[1], b[0])["s12"] for a, b in pairwise(way))

    shorter, longer = sorted((around(41.43), around(41.66)))
    assert longer / shorter > 1.03
    below = polygon_of(near, (longer / shorter - 1) * 0.5)
    above = polygon_of(near, (longer / shorter - 1) * 1.5)
    assert not below.geoms[0].interiors
    (all_around,) = above.geoms
    assert any(shapely.Polygon(hole).contains(island.centroid) for hole in all_around.interiors)


@settings(max_examples=10)
@given(seed=st.integers(0, 2**31))
def test_what_the_fields_err_by_at_a_landing_is_no_excess(seed: int) -> None:
    """Costs that differ from cell to cell around an end: both fields err there, and all lines lead through it."""
    row, col = (round(float(v)) for v in GRID.to_rowcol(*WEST))
    cost = open_sea()
    cost[row - 4 : row + 5, col - 4 : col + 5] = np.exp(0.7 * np.random.default_rng(seed).normal(size=(9, 9)))
    near = around_path(cost)
    on_path = excess_on(near, shapely.LineString(near.path_lonlat))
    assert np.median(on_path) < 1e-4
    between = on_path[len(on_path) // 5 : -len(on_path) // 5]
    assert between.max() < 3e-3  # the fields err by a few tenths of a percent


def test_separate_waters_have_none() -> None:
    cost = open_sea()
    cost[:, 90] = np.nan
    with pytest.raises(NoRouteError, match=r"no way by water from 50\.4.*separate waters"):
        cost_excess(RoutingProblem(GRID, cost), (WEST, EAST), np.array([WEST, EAST]))


def test_pieces_that_the_fields_scatter_are_left_out() -> None:
    near = around_path(open_sea())
    near.excess[5, 5] = 0.001
    area = polygon_of(near, 0.01)
    assert len(area.geoms) == 1
    assert area.bounds[3] < 41.7


def by_graph(cost: np.ndarray, reach: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Least costs from both ends by a graph of straight steps of up to some cells: another method than the fields'."""
    rows, cols = cost.shape
    dx_m, dy_m = (
        Geodesic.WGS84.Inverse(41.5, 50.0, 41.5 + down, 50.0 + across)["s12"]
        for down, across in ((0.0, STEP_DEG), (STEP_DEG, 0.0))
    )
    number = np.arange(rows * cols).reshape(cost.shape)
    begin, end, weight = [], [], []
    for down in range(reach + 1):
        for across in range(-reach, reach + 1):
            if np.gcd(down, across) != 1 or (down, across) == (0, -1):
                continue
            here = np.s_[: rows - down, max(0, -across) : cols - max(0, across)]
            there = np.s_[down:, max(0, across) : cols + min(0, across)]
            samples = np.linspace(0, 1, 2 * reach + 1)
            row, col = np.mgrid[: rows - down, max(0, -across) : cols - max(0, across)]
            along = [ndimage.map_coordinates(cost, [row + s * down, col + s * across], order=1) for s in samples]
            begin.append(number[here].ravel())
            end.append(number[there].ravel())
            weight.append((np.trapezoid(along, samples, axis=0) * np.hypot(down * dy_m, across * dx_m)).ravel())
    steps = (np.concatenate(begin), np.concatenate(end))
    graph = csr_array((np.concatenate(weight), steps), shape=(cost.size, cost.size))
    sources = [int(number[tuple(np.round(GRID.to_rowcol(*at)).astype(int))]) for at in (WEST, EAST)]
    there, back = dijkstra(graph, directed=False, indices=sources)
    return there.reshape(cost.shape), back.reshape(cost.shape)


@pytest.mark.parametrize("seed", [3, 14])
def test_zones_are_those_of_an_independent_field(seed: int) -> None:
    """Over the price of a line that costs 1 % more than the best, as the engineered route does."""
    random = np.random.default_rng(seed)
    cost = (1.0 + np.abs(ndimage.gaussian_filter(random.normal(size=GRID.shape), 12)) * 10).astype(np.float32)
    near, is_cheaper = around_path(cost).above(1.01)
    there, back = by_graph(cost.astype(float))
    excess = (there + back) / (1.01 * (there + back).min()) - 1.0
    for limit in (0.01, 0.02, 0.05):
        assert (near.excess <= limit).sum() == pytest.approx((excess <= limit).sum(), rel=0.03), limit
    assert is_cheaper.sum() == pytest.approx((excess < 0).sum(), rel=0.06)
    assert near.excess[is_cheaper].max() == 0.0
