"""The field and the line: as long as the geodesic on uniform cost, never through a wall, never over land."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from skimage.graph import MCP_Geometric

from transcaspian.core.errors import GridError, LandingError, NoRouteError, RoutingError
from transcaspian.core.grid import GEOD, Grid
from transcaspian.routing import (
    Effort,
    RoutingProblem,
    along_geodesics,
    least_cost_path,
    nearest_reachable,
    polyline_cost,
    route_between,
    snap_to_shore,
    solve,
    trace,
)

STEP_DEG = 1 / 120
SMALL = Grid(50.0, 42.0, STEP_DEG, 40, 40)


def centre(row: float, col: float, grid: Grid = SMALL) -> tuple[float, float]:
    lon, lat = grid.to_lonlat(row, col)
    return float(lon), float(lat)


def rough(seed: int) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(size=SMALL.shape) * 0.4).astype(np.float32)


@pytest.mark.parametrize("lat", [0.0, 42.0, 65.0])
def test_uniform_cost_gives_the_geodesic_in_16_headings(lat: float) -> None:
    grid = Grid(50 - 1.5, lat + 1.5, STEP_DEG, 360, 360)
    cost = np.ones(grid.shape, np.float32)
    source = (50.0013, lat + 0.0021)
    field = solve(RoutingProblem(grid, cost), [source])
    for heading in np.arange(16) * 22.5:
        far = Geodesic.WGS84.Direct(source[1], source[0], heading, 60_000)
        target = (far["lon2"], far["lat2"])
        line = trace(RoutingProblem(field.grid, cost), field, *target)
        assert tuple(line[0]) == source
        assert tuple(line[-1]) == target
        legs = pairwise(line)
        length_m = sum(Geodesic.WGS84.Inverse(a[1], a[0], b[1], b[0])["s12"] for a, b in legs)
        assert 60_000 - 1e-3 <= length_m <= 60_000 * 1.0003


@pytest.mark.parametrize("wall", ["row", "column", "diagonal", "antidiagonal"])
def test_a_wall_one_cell_thick_holds(wall: str) -> None:
    cost = np.ones(SMALL.shape, np.float32)
    i = np.arange(40)
    rows, cols = {
        "row": (np.full(40, 20), i),
        "column": (i, np.full(40, 20)),
        "diagonal": (i, i),
        "antidiagonal": (i, 39 - i),
    }[wall]
    cost[rows, cols] = np.nan
    start, end = {
        "row": ((5, 20), (35, 20)),
        "column": ((20, 5), (20, 35)),
        "diagonal": ((30, 5), (5, 30)),
        "antidiagonal": ((5, 5), (35, 35)),
    }[wall]
    assert not np.isfinite(solve(RoutingProblem(SMALL, cost), [centre(*start)]).value[end])
    assert polyline_cost(RoutingProblem(SMALL, cost), [centre(*start), centre(*end)]) == np.inf
    with pytest.raises(NoRouteError, match=r"Aktau.*Baku.*separate waters.*km².*nearest"):
        least_cost_path(RoutingProblem(SMALL, cost), centre(*start), centre(*end), names=("Aktau", "Baku"))


def test_an_obstacle_is_rounded() -> None:
    cost = np.ones(SMALL.shape, np.float32)
    cost[:30, 20] = np.nan
    path = least_cost_path(RoutingProblem(SMALL, cost), centre(5, 5), centre(5, 35))
    assert np.isfinite(polyline_cost(RoutingProblem(SMALL, cost), path.lonlat))
    around_m = GEOD.line_length(*zip(centre(5, 5), centre(29.5, 19.5), centre(29.5, 20.5), centre(5, 35), strict=True))
    assert path.length_m == pytest.approx(around_m, rel=0.004)


@pytest.mark.parametrize("seed", range(3))
def test_field_is_not_above_the_graph_solver_and_obeys_scaling(seed: int) -> None:
    smooth = 1 + np.abs(np.sin(np.arange(40) / 9 + seed))[:, None] * np.ones(40)
    cost = smooth.astype(np.float32)
    grid = Grid(50.0, 0.17, STEP_DEG, 40, 40)  # at the equator cells are square
    field = solve(RoutingProblem(grid, cost), [centre(20, 20, grid)])
    graph, _ = MCP_Geometric(smooth * float(grid.spacing_m()[0][20])).find_costs([(20, 20)])
    assert (field.value <= graph * 1.01 + 1e-6).all()
    assert np.allclose(solve(RoutingProblem(grid, cost * 4), [centre(20, 20, grid)]).value, 4 * field.value, rtol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_first_order_field_is_monotone_in_cost_and_domain(seed: int) -> None:
    cost = rough(seed)
    source = [centre(20, 20)]
    base = solve(RoutingProblem(SMALL, cost), source, order=1).value
    higher = cost * (1 + np.random.default_rng(seed).random(SMALL.shape).astype(np.float32))
    assert (solve(RoutingProblem(SMALL, higher), source, order=1).value >= base * (1 - 1e-9)).all()
    holed = cost.copy()
    holed[np.random.default_rng(seed + 9).random(SMALL.shape) < 0.2] = np.nan
    holed[20, 20] = 1e3
    assert (solve(RoutingProblem(SMALL, holed), source, order=1).value >= base * (1 - 1e-9)).all()


def test_snell() -> None:
    cost = np.ones(SMALL.shape, np.float32)
    cost[20:] = 3
    path = least_cost_path(RoutingProblem(SMALL, cost), centre(3, 5), centre(36, 30))
    best = min(
        polyline_cost(RoutingProblem(SMALL, cost), [centre(3, 5), centre(19.5, c), centre(36, 30)])
        for c in np.linspace(5, 30, 101)
    )
    assert path.cost == pytest.approx(best, rel=0.003)


@pytest.mark.parametrize("heading_deg", [0.0, 37.0, 90.0, 151.0, 270.0, 305.0])
def test_a_long_leg_costs_what_the_short_ones_on_its_geodesic_do(heading_deg: float) -> None:
    grid = Grid(176.0, 52.0, 0.01, 800, 1200)  # over the antimeridian
    row, col = np.indices(grid.shape)
    problem = RoutingProblem(grid, 2 + np.sin(row / 60) * np.cos(col / 80))
    far = Geodesic.WGS84.Direct(48.0, 182.0, heading_deg, 350_000)
    leg = np.array([(182.0, 48.0), (far["lon2"] % 360.0, far["lat2"])])
    line = along_geodesics(grid, leg)
    line[:, 0] %= 360.0  # pieces of at most four cells, with ends as PROJ has them
    assert polyline_cost(problem, leg) == pytest.approx(polyline_cost(problem, line), rel=1e-6)


def test_wrong_costs_and_ends_are_named() -> None:
    cost = np.ones(SMALL.shape, np.float32)
    for bad in (cost[1:], cost * 0, cost * np.nan):
        with pytest.raises(GridError):
            solve(RoutingProblem(SMALL, bad), [centre(5, 5)])
    with pytest.raises(RoutingError, match="outside the grid"):
        solve(RoutingProblem(SMALL, cost), [(42.0, 50.0)])
    cost[5, 5] = np.nan
    with pytest.raises(NoRouteError, match="Kuryk"):
        least_cost_path(RoutingProblem(SMALL, cost), centre(5, 5), centre(9, 9), names=("Kuryk", "the end"))
    found = nearest_reachable(solve(RoutingProblem(SMALL, cost), [centre(20, 20)]), *centre(7, 7))
    assert found is not None
    assert found[2] == pytest.approx(0, abs=1e-9)


def test_a_landing_goes_to_the_nearest_shore_within_its_limit() -> None:
    water = shapely.box(50, 41, 51, 42)
    landing = snap_to_shore(water, 49.9, 41.5, 20, "Siyazan")
    assert landing.lon == 50.0
    assert landing.snap_km == pytest.approx(GEOD.inv(49.9, 41.5, landing.lon, landing.lat)[2] / 1000)
    with pytest.raises(LandingError, match=r"Siyazan.*8\.\d km.*5 km allowed.*50\.00000 E"):
        snap_to_shore(water, 49.9, 41.5, 5, "Siyazan")


def test_a_headland_between_cell_centres_is_never_crossed() -> None:
    spit = shapely.box(50.1500, 41.72, 50.1512, 42.0)  # far thinner than a cell
    water = shapely.difference(shapely.box(50.01, 41.69, 50.31, 41.99), spit)
    lon, lat = np.meshgrid(SMALL.lon_deg, SMALL.lat_deg)
    cost = np.where(shapely.contains_xy(water, lon, lat), 1, np.nan).astype(np.float32)
    ends = [snap_to_shore(water, lon, 41.9, 20, name) for lon, name in ((50.0, "West"), (50.32, "East"))]
    path = route_between(RoutingProblem(SMALL, cost, water), ends[0], ends[1])
    assert tuple(path.lonlat[0]) == (ends[0].lon, ends[0].lat)
    assert tuple(path.lonlat[-1]) == (ends[1].lon, ends[1].lat)
    assert shapely.length(shapely.difference(shapely.LineString(path.lonlat), water)) < 1e-6


def test_a_winding_channel_half_a_cell_wide_is_passed() -> None:
    stairs = [centre(row, col) for step in range(8) for row, col in ((16 + step, 16 + step), (16 + step, 17 + step))]
    basins = [
        shapely.box(lon - 0.04, lat - 0.04, lon + 0.04, lat + 0.04) for lon, lat in (centre(13, 11), centre(26, 28))
    ]
    channel = shapely.LineString([centre(16, 11), *stairs, centre(23, 28)]).buffer(STEP_DEG / 4)
    water = shapely.union_all([*basins, channel])
    lon, lat = np.meshgrid(SMALL.lon_deg, SMALL.lat_deg)
    cost = np.where(shapely.contains_xy(water, lon, lat), 1, np.nan).astype(np.float32)
    ends = [
        snap_to_shore(water, *centre(row, col), 20, name) for row, col, name in ((8, 11, "North"), (31, 28, "South"))
    ]
    path = route_between(RoutingProblem(SMALL, cost, water), *ends)
    assert shapely.covers(water.buffer(1e-6), shapely.LineString(path.lonlat))


@pytest.mark.parametrize(("lat", "step_deg"), [(42.0, 0.01), (70.0, 0.1), (-60.0, 0.01)])
@pytest.mark.parametrize("seed", range(3))
def test_a_line_beside_walls_is_clear_of_them_where_its_geodesics_are_cut_finer(
    lat: float, step_deg: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    grid = Grid(50.0, lat, step_deg, 60, 160)
    cost = random.uniform(5.0, 9.0, grid.shape).astype(np.float32)
    for row in range(6, 55, 8):
        cost[row, random.choice(160, 150, replace=False)] = np.inf
        cost[row + 1, 20:140] = 1.0
    row, col = np.meshgrid(np.arange(60), np.arange(160), indexing="ij")
    for way in ((row + col) % 40 == 7, (row - col) % 37 == 3):
        cost[way & np.isfinite(cost)] = 2.0
    finer = Grid(grid.west_deg, grid.north_deg, grid.step_deg / 4, 240, 640)
    ends = [tuple(float(at[0]) for at in grid.to_lonlat([r], [c])) for r, c in ((2, 3), (57, 155))]
    for mode in ("fast", "full"):
        problem = RoutingProblem(grid, cost, effort=Effort(mode))
        line = least_cost_path(problem, *ends)
        entered = np.kron(np.where(np.isinf(cost), np.float32(100.0), cost), np.ones((4, 4), np.float32))
        cut = polyline_cost(RoutingProblem(finer, entered), line.lonlat)
        assert cut == pytest.approx(line.cost, rel=1e-3), "it may enter at a corner"
