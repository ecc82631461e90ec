"""What the field of least cost promises, by properties and by solutions known otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.graph import MCP_Geometric

from transcaspian.core.errors import RoutingError
from transcaspian.core.grid import Grid
from transcaspian.routing import Effort, RoutingProblem, solve
from transcaspian.routing._kernels import nodes

GRID = Grid(50.0, 0.25, 1 / 120, 60, 60)  # square cells at the equator
SIDE_M = float(GRID.spacing_m()[0][30])
SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=20)


def centre(row: float, col: float, grid: Grid = GRID) -> tuple[float, float]:
    lon, lat = grid.to_lonlat(row, col)
    return float(lon), float(lat)


def smooth(seed: int, shape: tuple[int, int] = GRID.shape) -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 6, mode="nearest")
    return np.exp(noise / noise.std() * 0.5).astype(np.float32)


def with_walls(seed: int, share: float = 0.25) -> np.ndarray:
    random = np.random.default_rng(seed)
    cost = np.exp(0.4 * random.normal(size=GRID.shape)).astype(np.float32)
    cost[random.random(GRID.shape) < share] = np.nan
    cost[30, 30] = 1.0
    return cost


def channels(seed: int) -> np.ndarray:
    """Cheap channels of cells that touch at corners only, through a sea a hundred times as dear."""
    dice = np.random.default_rng(seed)
    cost = np.full(GRID.shape, 100, np.float32)
    for _ in range(6):
        row, col = dice.integers(0, 60, 2)
        way = dice.choice([-1, 1])
        for step in range(60):
            if row + step < 60 and 0 <= col + way * step < 60:
                cost[row + step, col + way * step] = 1
    return cost


def contrast(seed: int) -> np.ndarray:
    return (10 ** np.random.default_rng(seed).uniform(0, 4, GRID.shape)).astype(np.float32)


@FEW
@given(SEEDS)
def test_what_is_reached_is_the_water_of_the_source(seed: int) -> None:
    cost = with_walls(seed, share=0.4)
    waters, _ = ndimage.label(np.isfinite(cost))
    for order in (1, 2):
        value = solve(RoutingProblem(GRID, cost), [centre(30, 30)], order=order).value
        assert value.dtype == np.float32
        assert not np.isnan(value).any()
        np.testing.assert_array_equal(np.isfinite(value), waters == waters[30, 30])


@FEW
@given(SEEDS, st.sampled_from([with_walls, channels, contrast]))
def test_one_thread_and_two_give_the_same_bytes(seed: int, sea: Callable[[int], np.ndarray]) -> None:
    cost = sea(seed)
    one, two = (
        solve(RoutingProblem(GRID, cost, effort=Effort(threads=threads)), [centre(30, 30)]).value for threads in (1, 2)
    )
    assert one.tobytes() == two.tobytes()


@FEW
@given(SEEDS)
def test_first_order_is_monotone_in_cost_and_domain_and_scales(seed: int) -> None:
    cost = with_walls(seed, share=0.1)
    source = [centre(30, 30)]
    base = solve(RoutingProblem(GRID, cost), source, order=1).value
    random = np.random.default_rng(seed + 1)
    higher = cost * (1 + random.random(GRID.shape).astype(np.float32))
    assert (solve(RoutingProblem(GRID, higher), source, order=1).value >= base * (1 - 1e-6)).all()
    smaller = np.where(random.random(GRID.shape) < 0.1, np.nan, cost).astype(np.float32)
    smaller[30, 30] = cost[30, 30]
    # the ball of rays around the source may be wider where fewer cells make the cost more even: rays are upper bounds
    assert (solve(RoutingProblem(GRID, smaller), source, order=1).value >= base * (1 - 2e-2)).all()
    np.testing.assert_allclose(solve(RoutingProblem(GRID, 4 * cost), source, order=1).value, 4 * base, rtol=1e-6)


@FEW
@given(SEEDS)
def test_the_triangle_inequality_and_symmetry(seed: int) -> None:
    cost = smooth(seed)
    a, b = (10, 12), (45, 50)
    from_a, from_b = (solve(RoutingProblem(GRID, cost), [centre(*at)]).value for at in (a, b))
    assert from_a[b] == pytest.approx(from_b[a], rel=0.02)
    assert (from_a <= 1.01 * (from_a[b] + from_b) + SIDE_M).all()


@FEW
@given(SEEDS)
def test_several_sources_are_the_least_of_the_single_fields(seed: int) -> None:
    cost = smooth(seed)
    sources = [centre(10, 12), centre(40, 50)]
    both = solve(RoutingProblem(GRID, cost), sources).value
    singles = np.minimum(*(solve(RoutingProblem(GRID, cost), [at]).value for at in sources))
    assert np.median(np.abs(both - singles) / (singles + SIDE_M)) < 1e-3
    assert (np.abs(both - singles) <= 0.03 * singles + SIDE_M).all()


@FEW
@given(SEEDS, st.sampled_from([smooth, channels, contrast]))
def test_no_cell_is_dearer_than_by_the_graph_of_eight_directions(seed: int, sea: Callable[[int], np.ndarray]) -> None:
    cost = sea(seed)
    side_m = [float(side[30]) for side in reversed(GRID.spacing_m())]
    graph, _ = MCP_Geometric(cost.astype(float), sampling=side_m).find_costs([(30, 30)])
    value = solve(RoutingProblem(GRID, cost), [centre(30, 30)]).value
    assert (value <= graph * (1 + 5e-4) + 1e-3).all()


@pytest.mark.parametrize("lat", [0.0, 42.0, 65.0])
def test_uniform_cost_is_the_geodesic_distance_within_a_thousandth(lat: float) -> None:
    grid = Grid(48.5, lat + 1.5, 1 / 120, 360, 360)
    source = (50.0013, lat + 0.0021)
    value = solve(RoutingProblem(grid, np.ones(grid.shape, np.float32)), [source]).value
    for heading in np.arange(16) * 22.5:
        far = Geodesic.WGS84.Direct(source[1], source[0], heading, 60_000)
        row, col = (round(float(v)) for v in grid.to_rowcol(far["lon2"], far["lat2"]))
        lon, lat_there = centre(row, col, grid)
        true_m = Geodesic.WGS84.Inverse(source[1], source[0], lat_there, lon)["s12"]
        assert value[row, col] == pytest.approx(true_m, rel=1e-3)


def test_speed_that_grows_linearly_has_its_closed_form() -> None:
    # speed v = v0 + g y: T = acosh(1 + g² d² / (2 v v_source)) / g (rays are circles)
    errors = []
    for cells in (60, 240):
        grid = Grid(50.0, 0.05, 0.1 / cells, cells, cells)
        side_m = [float(side.mean()) for side in grid.spacing_m()]
        x, y = np.arange(cells) * side_m[0], np.arange(cells)[:, None] * side_m[1]
        growth = 3.0 / float(y.max())
        speed = (1 + growth * y) * np.ones(cells)
        at = cells // 4
        value = solve(RoutingProblem(grid, (1 / speed).astype(np.float32)), [centre(at, at, grid)]).value
        square = (x - x[at]) ** 2 + (y - y[at]) ** 2
        true = np.arccosh(1 + growth**2 * square / (2 * speed * speed[at, at])) / growth
        far = square > (10 * side_m[0]) ** 2
        errors.append(float(np.median(np.abs(value[far] / true[far] - 1))))
    assert errors[0] < 0.001
    assert errors[1] < min(0.0004, errors[0] / 2)


def test_a_round_island_is_rounded_by_tangents_and_arc() -> None:
    errors = []
    for cells in (80, 320):
        grid = Grid(50.0, 0.05, 0.1 / cells, cells, cells)
        side_m = float(grid.spacing_m()[0][0])
        row, col = np.indices(grid.shape) - (cells - 1) / 2
        radius = cells / 5
        cost = np.where(np.hypot(row, col) < radius, np.nan, 1).astype(np.float32)
        reach = cells * 0.4
        middle = (cells - 1) / 2
        source, target = centre(middle, middle - reach, grid), (round(middle), round(middle + reach))
        value = float(solve(RoutingProblem(grid, cost), [source]).value[target])
        away = np.hypot(target[0] - middle, target[1] - middle)
        tangents = np.sqrt(reach**2 - radius**2) + np.sqrt(away**2 - radius**2)
        turn = np.pi - np.arccos(radius / reach) - np.arccos(radius / away)
        errors.append(abs(value / (side_m * (tangents + radius * turn)) - 1))
    assert errors[0] < 0.03
    assert errors[1] < 0.01


def test_a_curved_strait_of_three_cells_is_as_long_as_on_finer_cells() -> None:
    """Stairs of cells on both sides: steps in eight directions alone were 1.5 % too long, scikit-fmm is 3 %."""
    values = []
    for parts in (1, 4):
        row, col = np.indices((200, 200)) - 99.5
        is_open = (np.abs(np.hypot(row, col) - 81.5) < 1.5) & ~((np.abs(col) < 1) & (row < 0))
        cost = np.where(is_open, 1.0, np.inf).repeat(parts, 0).repeat(parts, 1)
        grid = Grid(50.0, 0.1, 0.001 / parts, *cost.shape)
        ends = (18, 102), (18, 97)
        source, target = (centre(*((np.array(end) + 0.5) * parts - 0.5), grid) for end in ends)
        field = solve(RoutingProblem(grid, cost), [source])
        values.append(float(field.value[tuple(int(v) for v in grid.to_rowcol(*target))]))
    assert 1.0 < values[0] / values[1] < 1.014


@FEW
@given(SEEDS)
def test_staircase_walls_that_touch_at_corners_hold(seed: int) -> None:
    random = np.random.default_rng(seed)
    cost = np.ones(GRID.shape, np.float32)
    row = int(random.integers(20, 40))
    for col in range(60):
        cost[row, col] = np.nan
        row = int(np.clip(row + random.integers(-1, 2), 10, 50))
    below = ndimage.label(np.isfinite(cost))[0]
    for order in (1, 2):
        value = solve(RoutingProblem(GRID, cost), [centre(2, 30)], order=order).value
        assert not np.isfinite(value[below == below[58, 30]]).any()


def test_a_cost_may_come_mapped_from_disk_in_any_layout(tmp_path: Path) -> None:
    cost = with_walls(3)
    expected = solve(RoutingProblem(GRID, cost), [centre(30, 30)]).value
    np.save(tmp_path / "cost.npy", cost)
    mapped = np.load(tmp_path / "cost.npy", mmap_mode="r")
    wide = np.full((60, 120), np.nan, np.float32)
    wide[:, ::2] = cost
    for same in (mapped, cost.astype(np.float64), cost.astype(">f4"), np.asfortranarray(cost), wide[:, ::2]):
        np.testing.assert_array_equal(solve(RoutingProblem(GRID, same), [centre(30, 30)]).value, expected)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 2), (3, 7)])
def test_the_smallest_grids_are_solved(shape: tuple[int, int]) -> None:
    grid = Grid(50.0, 0.1, 1 / 120, *shape)
    value = solve(RoutingProblem(grid, np.ones(shape, np.float32)), [centre(0, 0, grid)]).value
    far_m = Geodesic.WGS84.Inverse(*centre(0, 0, grid)[::-1], *centre(shape[0] - 1, shape[1] - 1, grid)[::-1])["s12"]
    assert value[0, 0] == pytest.approx(0, abs=1e-6)
    assert value[-1, -1] == pytest.approx(far_m, rel=0.01, abs=1e-3)


def test_costs_from_a_thousandth_to_a_million_end_and_are_right() -> None:
    cost = np.full(GRID.shape, 1e6, np.float32)
    cost[30] = 1e-3
    value = solve(RoutingProblem(GRID, cost), [centre(30, 0)]).value
    assert value[30, 59] == pytest.approx(59 * SIDE_M * 1e-3, rel=0.01)
    assert value[40, 30] == pytest.approx(1e6 * 9.5 * float(GRID.spacing_m()[1][0]), rel=0.1)


def test_no_source_is_an_error() -> None:
    with pytest.raises(RoutingError, match="no source"):
        solve(RoutingProblem(GRID, np.ones(GRID.shape)), [])


@given(st.floats(0.1, 10.0), st.floats(0.1, 10.0), st.floats(0.0, 1.0), st.floats(0.0, 100.0))
def test_a_step_over_a_block_solves_the_eikonal_equation(
    step: float, other_step: float, share: float, known: float
) -> None:
    """((t - known) / step)² + ((t - corner) / other_step)² = 1, from a neighbour and a corner that is later."""
    corner = known + share * step
    arrival = nodes._arrival.py_func(known, corner, step, other_step)
    assert ((arrival - known) / step) ** 2 + ((arrival - corner) / other_step) ** 2 == pytest.approx(1.0)
    assert corner - 1e-9 <= arrival <= known + step + 1e-9
