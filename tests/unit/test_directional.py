"""The directional field: a norm where the metric is constant, the isotropic field where it has no preference."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from transcaspian.core.errors import GridError, NoRouteError, RoutingError
from transcaspian.core.grid import Grid, metric_m
from transcaspian.routing import Metric, RoutingProblem, isotropic_metric, slope_metric, solve, solve_directional
from transcaspian.routing._kernels import selling

ANGLES = [0.0, 7.0, 22.5, 30.0, 45.0, 63.0, 90.0, 112.0, 135.0, 171.0]
SMALL = Grid(50.0, 42.0, 1 / 120, 40, 40)


def square(cells: int, lat: float = 0.0, side_deg: float = 0.2) -> Grid:
    return Grid(50.0, lat + side_deg / 2, side_deg / cells, cells, cells)


def centre(row: float, col: float, grid: Grid = SMALL) -> tuple[float, float]:
    lon, lat = grid.to_lonlat(row, col)
    return float(lon), float(lat)


def constant(grid: Grid, ratio: float, angle_deg: float, cheapest: float = 1.0) -> Metric:
    """The cheapest direction lies ``angle_deg`` from east to north, the most expensive costs ``ratio`` times more."""
    a = math.radians(angle_deg)
    along, across = cheapest**2, (cheapest * ratio) ** 2
    entries = (
        along * math.cos(a) ** 2 + across * math.sin(a) ** 2,
        (along - across) * math.cos(a) * math.sin(a),
        along * math.sin(a) ** 2 + across * math.cos(a) ** 2,
    )
    return Metric(grid, *(np.full(grid.shape, entry, np.float32) for entry in entries))


def with_walls(metric: Metric, rows: Any, cols: Any) -> Metric:
    ee, en, nn = metric.ee.copy(), metric.en.copy(), metric.nn.copy()
    ee[rows, cols] = nn[rows, cols] = np.inf
    en[rows, cols] = 0
    return Metric(metric.grid, ee, en, nn)


def metres_from(grid: Grid, lon: float, lat: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """East and north of a near point, in the metric of the mean latitude."""
    lons, lats = np.meshgrid(grid.lon_deg, grid.lat_deg)
    dx, dy = metric_m((lats + lat) / 2, 1.0)
    return (lons - lon) * dx, (lats - lat) * dy


def norm(metric: Metric, lon: float, lat: float) -> NDArray[np.float64]:
    """Distance under a constant metric."""
    east, north = metres_from(metric.grid, lon, lat)
    ee, en, nn = (float(array[0, 0]) for array in (metric.ee, metric.en, metric.nn))
    return np.sqrt(ee * east**2 + 2 * en * east * north + nn * north**2)


def waves(cells: int, seed: int, length: float) -> NDArray[np.float64]:
    """A smooth random field on the unit square, the same at any resolution, of variance 1."""
    rng = np.random.default_rng(seed)
    at = (np.arange(cells) + 0.5) / cells
    row, col = np.meshgrid(at, at, indexing="ij")
    wave, phase = rng.normal(size=(24, 2)) / length, rng.uniform(0, 2 * np.pi, 24)
    return sum(np.sin(k * row + m * col + p) for (k, m), p in zip(wave, phase, strict=True)) / math.sqrt(12)


# --- Selling's decomposition -------------------------------------------------------------------------------------


@given(st.floats(1.0, 10.0), st.floats(0.0, 180.0), st.floats(0.5, 2.0))
def test_offsets_and_weights_make_up_the_matrix(ratio: float, angle: float, aspect: float) -> None:
    a = math.radians(angle)
    turn = np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
    wide = np.diag([1.0, aspect])
    matrix = wide @ turn @ np.diag([1.0, ratio**2]) @ turn.T @ wide
    found = selling.selling(matrix[0, 0], matrix[0, 1], matrix[1, 1])
    total = np.zeros((2, 2))
    for weight, row, col in zip(found[::3], found[1::3], found[2::3], strict=True):
        assert weight >= 0
        assert math.gcd(row, col) == 1
        assert max(abs(row), abs(col)) <= 25
        total += weight * np.outer([row, col], [row, col])
    assert np.allclose(total, matrix, rtol=0, atol=1e-10 * matrix.max())


def test_a_diagonal_matrix_has_the_edge_neighbours() -> None:
    found = selling.selling(3.0, 0.0, 5.0)
    kept = {(w, abs(r), abs(c)) for w, r, c in zip(found[::3], found[1::3], found[2::3], strict=True) if w > 0}
    assert kept == {(3.0, 1, 0), (5.0, 0, 1)}


# --- accuracy ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lat", [0.0, 42.0])
@pytest.mark.parametrize("ratio", [1.0, 2.0, 5.0, 10.0])
def test_a_constant_metric_gives_its_norm(lat: float, ratio: float) -> None:
    grid = square(200, lat)
    source = (50.1 + 0.23 * grid.step_deg, lat + 0.37 * grid.step_deg)
    for angle in ANGLES:
        metric = constant(grid, ratio, angle)
        exact = norm(metric, *source)
        error = np.abs(solve_directional(metric, [source]).value / exact - 1)
        assert np.median(error) < 0.0006, angle
        assert np.quantile(error, 0.99) < 0.002, angle
        first = np.abs(solve_directional(metric, [source], order=1).value / exact - 1)
        assert np.median(first) < 0.01, angle


def test_a_source_in_a_corner_of_its_cell_and_of_the_grid() -> None:
    grid = square(100)
    for row, col in ((0.45, -0.45), (-0.5, 99.5), (50.5, 50.5)):
        source = centre(row, col, grid)
        metric = constant(grid, 4.0, 30.0)
        error = np.abs(solve_directional(metric, [source]).value / norm(metric, *source) - 1)
        assert np.median(error) < 0.002


def sheared(cells: int) -> tuple[Metric, tuple[float, float], NDArray[np.float64]]:
    """A flat metric in bent coordinates: ``(e + A sin(n / L), n)`` are Cartesian, so distances are known."""
    grid = square(cells)
    source = (50.1003, 0.0004)
    east, north = metres_from(grid, *source)
    length, amplitude = 2500.0, 3000.0
    lean = amplitude / length * np.cos(north / length)
    entries = (np.ones(grid.shape), lean, 1 + lean**2)
    metric = Metric(grid, *(entry.astype(np.float32) for entry in entries))
    return metric, source, np.hypot(east + amplitude * np.sin(north / length), north)


def test_a_variable_metric_gives_known_distances_ever_better() -> None:
    errors: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
    for cells in (100, 200, 400):
        metric, source, exact = sheared(cells)
        # straight lines of the Cartesian plane that do not leave the grid
        inside = (exact > 2500) & (exact < 8000)
        for order, found in errors.items():
            value = solve_directional(metric, [source], order=order).value
            error = np.abs(value / exact - 1)[inside]
            found.append((float(np.median(error)), float(np.quantile(error, 0.99))))
    (_, worst), (_, half), (median, quarter) = errors[2]
    assert median < 0.0003
    assert worst < 0.005
    assert quarter < 0.0005
    # all but the last of the error is of second order; rays in a fixed number of cells leave a part of first
    assert half < 0.35 * worst
    assert quarter < 0.35 * half
    (_, worst), (_, half), (median, quarter) = errors[1]
    assert median < 0.003
    assert worst < 0.018
    # from the source's rays to where they no longer count, the coarsest are better than the scheme
    assert half < 0.9 * worst
    assert quarter < 0.75 * half


def slopes(cells: int) -> Metric:
    grid = square(cells, 42.0, 0.8)
    depth = 400 + 1500 * waves(cells, 1, 0.2)
    cost = np.exp(0.4 * waves(cells, 2, 0.3))
    return slope_metric(grid, cost, depth, side_factor=4.0, in_line_factor=1.2, full_slope_deg=10.0)


def test_a_seabed_of_slopes_converges() -> None:
    cells = 120
    source = centre(60.23, 59.69, square(cells, 42.0, 0.8))

    def at_centres(times: int) -> NDArray[np.float64]:
        value = solve_directional(slopes(times * cells), [source]).value.astype(float)
        if times == 1:
            return value
        # a coarse centre is the corner of four fine cells
        middle = slice(times // 2 - 1, times // 2 + 1)
        return value.reshape(cells, times, cells, times)[:, middle, :, middle].mean((1, 3))

    truth = at_centres(4)
    coarse, finer = (np.median(np.abs(at_centres(times) / truth - 1)) for times in (1, 2))
    assert coarse < 0.0085
    assert finer < 0.4 * coarse


# --- the isotropic special case ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lat", [0.0, 42.0, 65.0])
def test_without_preference_it_is_the_isotropic_field_of_first_order(lat: float) -> None:
    grid = square(90, lat, 0.5)
    rng = np.random.default_rng(3)
    cost = np.exp(rng.normal(size=grid.shape) * 0.4).astype(np.float32)
    cost[rng.random(grid.shape) < 0.15] = np.nan
    cost[30:60, 30:60] = 1.0
    source = centre(45.2, 44.6, grid)
    ours = solve_directional(isotropic_metric(grid, cost), [source], order=1).value
    theirs = solve(RoutingProblem(grid, cost), [source], order=1).value
    assert ours.dtype == np.float32
    assert np.array_equal(np.isfinite(ours), np.isfinite(theirs))
    known = np.isfinite(ours)
    assert np.allclose(ours[known], theirs[known], rtol=2e-6)


def test_without_preference_second_order_is_as_good_as_the_isotropic_solver() -> None:
    grid = square(200, 42.0)
    cost = np.ones(grid.shape, np.float32)
    source = centre(99.7, 100.2, grid)
    metric = isotropic_metric(grid, cost)
    exact = norm(metric, *source)
    ours = np.abs(solve_directional(metric, [source]).value / exact - 1)
    theirs = np.abs(solve(RoutingProblem(grid, cost), [source]).value / exact - 1)
    assert np.median(ours) <= 1.1 * np.median(theirs)


# --- properties --------------------------------------------------------------------------------------------------


def test_there_and_back_cost_the_same() -> None:
    metric = slopes(150)
    rng = np.random.default_rng(8)
    ends = rng.integers(5, 145, (6, 2))
    for (a, b), (c, d) in zip(ends[:3], ends[3:], strict=True):
        there = solve_directional(metric, [centre(a, b, metric.grid)]).value[c, d]
        back = solve_directional(metric, [centre(c, d, metric.grid)]).value[a, b]
        assert there == pytest.approx(back, rel=0.01)


@settings(max_examples=10)
@given(st.floats(1.0, 6.0), st.floats(0.0, 180.0), st.floats(1e-3, 1e3))
def test_field_scales_with_the_cost(ratio: float, angle: float, factor: float) -> None:
    source = centre(11.3, 22.8)
    once = solve_directional(constant(SMALL, ratio, angle), [source]).value
    scaled = solve_directional(constant(SMALL, ratio, angle, factor), [source]).value
    # float32 tensors are rounded at another place
    assert np.allclose(scaled, once * factor, rtol=1e-3)


def test_a_dearer_seabed_is_nowhere_cheaper() -> None:
    # the same stencils, as the tensor is scaled, cell by cell
    grid = square(80)
    base = constant(grid, 4.0, 25.0)
    factor = (1 + np.clip(waves(80, 4, 0.2), 0, None)).astype(np.float32)
    higher = Metric(grid, base.ee * factor, base.en * factor, base.nn * factor)
    source = centre(40, 40, grid)
    cheap = solve_directional(base, [source], order=1).value
    dear = solve_directional(higher, [source], order=1).value
    assert np.all(dear >= cheap * (1 - 1e-5))
    assert np.nanmedian(dear / cheap) > 1.01


def test_several_sources_give_the_nearest() -> None:
    metric = constant(SMALL, 3.0, 40.0)
    ends = [centre(5, 5), centre(33, 28)]
    both = solve_directional(metric, ends)
    each = [solve_directional(metric, [end]).value for end in ends]
    assert np.allclose(both.value, np.minimum(*each), rtol=0.02)
    assert both.sources_lonlat == tuple(ends)


# --- walls -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [1.0, 3.0, 10.0])
@pytest.mark.parametrize("wall", ["row", "column", "diagonal", "antidiagonal", "steep", "flat"])
def test_a_wall_one_cell_thick_holds(wall: str, ratio: float) -> None:
    i = np.arange(40)
    rows, cols = {
        "row": (np.full(40, 20), i),
        "column": (i, np.full(40, 20)),
        "diagonal": (i, i),
        "antidiagonal": (i, 39 - i),
        "steep": (i, 10 + i // 2),
        "flat": (30 - i // 3, i),
    }[wall]
    start = {
        "row": (18, 20),
        "column": (20, 18),
        "diagonal": (22, 19),
        "antidiagonal": (18, 19),
        "steep": (20, 18),
        "flat": (20, 20),
    }[wall]
    row, col = np.indices(SMALL.shape)
    beyond = {
        "row": row > 20,
        "column": col > 20,
        "diagonal": col > row,
        "antidiagonal": col > 39 - row,
        "steep": col > 10 + row // 2,
        "flat": row > 30 - col // 3,
    }[wall]
    for angle in np.arange(0, 180, 7.5):
        metric = with_walls(constant(SMALL, ratio, float(angle)), rows, cols)
        for order in (1, 2):
            value = solve_directional(metric, [centre(*start)], order=order).value
            assert not np.isfinite(value[beyond]).any(), (angle, order)
            below = ~beyond
            below[rows, cols] = False
            assert np.isfinite(value[below]).all(), (angle, order)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.floats(1.0, 10.0), st.floats(0.0, 180.0), st.floats(0.05, 0.5))
def test_it_reaches_what_the_four_neighbours_reach(seed: int, ratio: float, angle: float, share: float) -> None:
    grid = square(40, side_deg=0.04)
    rng = np.random.default_rng(seed)
    cost = np.ones(grid.shape, np.float32)
    cost[rng.random(grid.shape) < share] = np.nan
    cost[20, 20] = 1
    metric = with_walls(constant(grid, ratio, angle), *np.nonzero(np.isnan(cost)))
    source = centre(20, 20, grid)
    first = solve_directional(metric, [source], order=1).value
    second = solve_directional(metric, [source]).value
    reached = np.isfinite(solve(RoutingProblem(grid, cost), [source], order=1).value)
    assert np.array_equal(np.isfinite(first), reached)
    assert np.array_equal(np.isfinite(second), reached)
    # never below the straight line over open water, but for what second order errs behind the ends of walls
    exact = norm(constant(grid, ratio, angle), *source)
    assert np.all(first[reached] >= exact[reached] * (1 - 1e-5) - 1e-3)
    assert np.all(second[reached] >= exact[reached] * 0.92 - 1e-3)


def test_a_strong_preference_is_bounded_in_a_narrow_channel() -> None:
    # a channel three cells wide along the cheap diagonal: no long offset fits, steps do
    row, col = np.indices(SMALL.shape)
    metric = with_walls(constant(SMALL, 6.0, -45.0), *np.nonzero(np.abs(row - col) > 1))
    value = solve_directional(metric, [centre(2, 2)]).value
    exact = norm(constant(SMALL, 6.0, -45.0), *centre(2, 2))
    assert exact[37, 37] * 0.999 < value[37, 37] < exact[37, 37] * 1.1


# --- the metric of slopes ----------------------------------------------------------------------------------------


def incline(towards_deg: float, slope_deg: float, grid: Grid = SMALL) -> NDArray[np.float64]:
    """A plane that deepens towards a direction (from east to north)."""
    east, north = metres_from(grid, *centre(20, 20, grid))
    a = math.radians(towards_deg)
    return 500 + math.tan(math.radians(slope_deg)) * (east * math.cos(a) + north * math.sin(a))


def cost_along(metric: Metric, row: int, col: int, angle_deg: float) -> float:
    e, n = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    ee, en, nn = (float(array[row, col]) for array in (metric.ee, metric.en, metric.nn))
    return math.sqrt(ee * e * e + 2 * en * e * n + nn * n * n)


@pytest.mark.parametrize("towards", [0.0, 30.0, 90.0, 140.0, 250.0])
@pytest.mark.parametrize(("slope", "share"), [(0.0, 0.0), (1.5, 0.5), (3.0, 1.0), (8.0, 1.0)])
def test_factors_grow_with_the_slope(towards: float, slope: float, share: float) -> None:
    cost = np.full(SMALL.shape, 2.0)
    metric = slope_metric(SMALL, cost, incline(towards, slope), side_factor=5.0, in_line_factor=1.4, full_slope_deg=3.0)
    for cell in ((20, 20), (0, 0), (39, 13)):
        assert cost_along(metric, *cell, towards) == pytest.approx(2 * (1 + 0.4 * share), rel=2e-3)
        assert cost_along(metric, *cell, towards + 90) == pytest.approx(2 * (1 + 4.0 * share), rel=2e-3)


def test_flat_ground_has_no_preference() -> None:
    cost = np.exp(waves(40, 1, 0.3))
    metric = slope_metric(
        SMALL, cost, np.full(SMALL.shape, 30.0), side_factor=5.0, in_line_factor=2.0, full_slope_deg=3.0
    )
    plain = isotropic_metric(SMALL, cost)
    assert np.allclose(metric.ee, plain.ee, rtol=1e-6)
    assert np.allclose(metric.nn, plain.nn, rtol=1e-6)
    assert not metric.en.any()


def test_where_the_depth_is_unknown_the_cost_is_isotropic() -> None:
    cost = np.full(SMALL.shape, 3.0)
    cost[0, :] = np.nan
    depth = incline(30.0, 5.0)
    depth[10:20, 10:20] = np.nan
    depth[15, 15] = 100.0  # known, but nothing beside it is
    metric = slope_metric(SMALL, cost, depth, side_factor=4.0, in_line_factor=1.0, full_slope_deg=3.0)
    assert np.all(metric.ee[10:20, 10:20] == 9)
    assert np.all(metric.nn[10:20, 10:20] == 9)
    assert not metric.en[10:20, 10:20].any()
    assert np.all(np.isinf(metric.ee[0]))
    assert np.all(np.isinf(metric.nn[0]))
    # the edge of the known has its slope from one side
    assert cost_along(metric, 9, 15, 30.0) == pytest.approx(3.0, rel=2e-3)
    assert cost_along(metric, 9, 15, 120.0) == pytest.approx(12.0, rel=2e-3)


def test_a_line_turns_up_the_slope_on_a_side_slope() -> None:
    # west to east with a plane that deepens to the north-east: the field is the norm of the plane's tensor
    grid = square(120)
    depth = incline(45.0, 4.0, grid)
    metric = slope_metric(grid, np.ones(grid.shape), depth, side_factor=4.0, in_line_factor=1.0, full_slope_deg=3.0)
    value = solve_directional(metric, [centre(60, 60, grid)]).value
    up, along = value[30, 90], value[90, 90]
    assert along == pytest.approx(4 * up, rel=0.01)


# --- arguments ---------------------------------------------------------------------------------------------------

GOOD: dict[str, float] = {"side_factor": 3.0, "in_line_factor": 1.2, "full_slope_deg": 5.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side_factor": 0.9}, "side_factor is 0.9"),
        ({"side_factor": math.nan}, "side_factor is nan"),
        ({"in_line_factor": math.inf}, "in_line_factor is inf"),
        ({"side_factor": 30.0}, "differ 25 times"),
        ({"full_slope_deg": 0.0}, "full_slope_deg is 0"),
        ({"full_slope_deg": 91.0}, "full_slope_deg is 91"),
    ],
)
def test_bad_factors_are_named(change: dict[str, float], message: str) -> None:
    with pytest.raises(RoutingError, match=re.escape(message)):
        slope_metric(SMALL, np.ones(SMALL.shape), np.ones(SMALL.shape), **(GOOD | change))


def test_bad_arrays_are_named() -> None:
    ones = np.ones(SMALL.shape, np.float32)
    with pytest.raises(GridError, match="depth has shape"):
        slope_metric(SMALL, ones, ones[1:], **GOOD)
    with pytest.raises(GridError, match="cost has shape"):
        isotropic_metric(SMALL, ones[:, 1:])
    bad = ones.copy()
    bad[3, 4] = -1
    with pytest.raises(GridError, match="-1 per metre at row 3, column 4"):
        isotropic_metric(SMALL, bad)
    with pytest.raises(GridError, match="another unit"):
        isotropic_metric(SMALL, ones * np.float32(1e20))
    with pytest.raises(GridError, match="no cell"):
        isotropic_metric(SMALL, ones * np.nan)


@pytest.mark.parametrize(
    ("ee", "en", "nn", "message"),
    [
        (1.0, 1.0, 1.0, "positive definite"),
        (-1.0, 0.0, 1.0, "positive definite"),
        (np.nan, 0.0, 1.0, "not finite"),
        (np.inf, 0.0, 1.0, "not finite"),
        (1.0, 0.0, 121.0, "10 times its cheapest"),
    ],
)
def test_bad_tensors_are_named(ee: float, en: float, nn: float, message: str) -> None:
    arrays = [np.ones(SMALL.shape, np.float32), np.zeros(SMALL.shape, np.float32), np.ones(SMALL.shape, np.float32)]
    for array, entry in zip(arrays, (ee, en, nn), strict=True):
        array[7, 9] = entry
    with pytest.raises(GridError, match=rf"row 7, column 9.*{message}"):
        Metric(SMALL, *arrays)


def test_a_metric_of_another_shape_or_type_is_named() -> None:
    ones = np.ones(SMALL.shape, np.float32)
    with pytest.raises(GridError, match="nn has shape"):
        Metric(SMALL, ones, ones * 0, ones[1:])
    with pytest.raises(GridError, match="en is float64"):
        Metric(SMALL, ones, np.zeros(SMALL.shape), ones)  # type: ignore[arg-type]


def test_the_greatest_ratio_is_allowed() -> None:
    for angle in ANGLES:
        constant(SMALL, 10.0, angle)
    with pytest.raises(GridError, match="10 times"):
        constant(SMALL, 10.1, 20.0)


def test_bad_sources_are_named() -> None:
    metric = with_walls(constant(SMALL, 2.0, 0.0), [5], [5])
    with pytest.raises(RoutingError, match="no source"):
        solve_directional(metric, [])
    with pytest.raises(RoutingError, match="outside the grid"):
        solve_directional(metric, [(42.0, 50.0)])
    with pytest.raises(NoRouteError, match="in a wall"):
        solve_directional(metric, [centre(5, 5)])
    with pytest.raises(RoutingError, match="order is 3"):
        solve_directional(metric, [centre(6, 6)], order=3)


def test_cells_too_narrow_for_the_stencils_are_named() -> None:
    # at 89.9 degrees a cell is some 570 times as high as wide
    with pytest.raises(GridError, match="stencils longer than"):
        solve_directional(constant(Grid(0.0, 89.95, 0.01, 10, 10), 9.0, 5.0), [(0.05, 89.9)])


@pytest.mark.parametrize("shape", [(1, 30), (30, 1), (2, 2), (1, 1)])
def test_tiny_grids_work(shape: tuple[int, int]) -> None:
    grid = Grid(50.0, 42.0, 0.01, *shape)
    metric = constant(grid, 5.0, 33.0)
    value = solve_directional(metric, [centre(0, 0, grid)]).value
    assert np.isfinite(value).all()
    assert value[0, 0] == pytest.approx(0, abs=1e-6)
