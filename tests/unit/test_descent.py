"""A finite value always gives a line: down the field from any open cell, there and back, past every kind of wall."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks.cases import MADE
from tests.soak.seas import SmallSea, dearer_lines
from transcaspian.core.grid import Grid
from transcaspian.routing import RoutingProblem, solve, trace
from transcaspian.routing._kernels import descent
from transcaspian.routing._kernels import lines as lines_kernel
from transcaspian.routing.path import in_degrees, on_the_map, polyline_cost, price
from transcaspian.routing.terrain import whole_terrain

WALL = np.inf
# even water: the line from its north-eastern end to its south-western one got stuck, and not the one back
BENT = """
....111111
11111.....
1.........
1.........
11........
11........
"""
MIXED = [
    [4.822, WALL, 7.503, 1.081, 1.582],
    [2.302, 1.66, 3.121, WALL, 1.152],
    [8.632, 6.104, 9.073, WALL, WALL],
    [WALL, WALL, 9.789, 2.905, 8.392],
    [3.54, 1.946, WALL, 3.459, WALL],
]
Costs = NDArray[np.float64]


def drawn(text: str) -> Costs:
    return np.array([[1.0 if mark == "1" else WALL for mark in line] for line in text.split()])


def lines(cost: Costs) -> dict[tuple[tuple[int, int], tuple[int, int]], float]:
    """Cost of the traced line between each pair of cells that the field joins."""
    grid = Grid(50.0, 40.0, 0.02, *cost.shape)
    cells = [(int(r), int(c)) for r, c in np.argwhere(np.isfinite(cost))]
    at = {cell: tuple(float(v) for v in grid.to_lonlat(*map(float, cell))) for cell in cells}
    found = {}
    for source in cells:
        field = solve(RoutingProblem(grid, cost), [at[source]])
        for target in cells:
            if target != source and np.isfinite(field.value[target]):
                found[source, target] = polyline_cost(
                    RoutingProblem(grid, cost), trace(RoutingProblem(field.grid, cost), field, *at[target])
                )
    return found


@pytest.mark.parametrize("cost", [drawn(BENT), np.array(MIXED)], ids=["bent", "mixed"])
def test_every_pair_of_cells_has_a_line_there_and_back(cost: Costs) -> None:
    found = lines(cost)
    assert all(np.isfinite(list(found.values())))
    assert {(b, a) for a, b in found} == set(found)


def test_in_even_water_there_and_back_cost_the_same_within_the_polish() -> None:
    found = lines(drawn(BENT))
    worst = max(abs(cost / found[b, a] - 1) for (a, b), cost in found.items())
    assert worst < 0.015


@st.composite
def seas(draw: st.DrawFn) -> Costs:
    """Walls by lot, one-cell passages among them, and costs even or in contrast up to 1 : 10,000."""
    rows, cols = draw(st.integers(2, 7)), draw(st.integers(2, 7))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    contrast = draw(st.sampled_from([1.0, 3.0, 100.0, 10_000.0]))
    cost = contrast ** dice.random((rows, cols))
    cost[dice.random((rows, cols)) < draw(st.sampled_from([0.0, 0.3, 0.5, 0.6]))] = WALL
    cost[dice.integers(rows), dice.integers(cols)] = 1.0
    return cost


def excess_over_the_field(cost: Costs, dice: np.random.Generator, targets: int) -> list[float]:
    """What traced lines to some cells cost more than T there, as shares, from one source."""
    grid = Grid(50.0, 40.0, 0.02, *cost.shape)
    problem = RoutingProblem(grid, cost)
    cells = dice.permutation(np.argwhere(np.isfinite(cost)))
    at = [tuple(float(v) for v in grid.to_lonlat(*map(float, cell))) for cell in cells]
    field = solve(problem, [at[0]])
    reached = [k for k in range(1, len(cells)) if np.isfinite(field.value[tuple(cells[k])])]
    return [
        polyline_cost(problem, trace(problem, field, *at[k])) / float(field.value[tuple(cells[k])]) - 1
        for k in reached[:targets]
    ]


@settings(max_examples=60)
@given(seas(), st.integers(0, 2**32 - 1))
def test_a_line_costs_no_more_than_the_field_says(cost: Costs, seed: int) -> None:
    assert max(excess_over_the_field(cost, np.random.default_rng(seed), 4), default=0.0) <= 0.005


@pytest.mark.parametrize("contrast", [1.0, 1.3, 30.0, 1e4, 1e6])
def test_nor_on_a_wider_sea_with_islands(contrast: float) -> None:
    dice = np.random.default_rng(int(contrast))
    cost = contrast ** dice.random((50, 40))
    cost[dice.random(cost.shape) < 0.25] = WALL
    assert max(excess_over_the_field(cost, dice, 12)) <= (0.005 if contrast <= 1e4 else 0.02)


@pytest.mark.parametrize("contrast", [10.0, 1e4])
def test_nor_beside_a_cheap_row_one_cell_wide(contrast: float) -> None:
    cost = np.full((30, 40), contrast)
    cost[14] = 1.0
    problem = RoutingProblem(Grid(50.0, 42.0, 0.01, *cost.shape), cost)
    source = tuple(map(float, problem.grid.to_lonlat(14, 2)))
    field = solve(problem, [source])
    for row in range(14, 24):
        target = tuple(map(float, problem.grid.to_lonlat(row, 30)))
        line = polyline_cost(problem, trace(problem, field, *target))
        assert line <= float(field.value[row, 30]) * 1.005


def crosses_no_wall(cost: Costs, start: tuple[int, int], end: tuple[int, int]) -> bool:
    """Whether a straight line from centre to centre stays in open cells, in fractions, without any rounding.

    Through a corner it may pass where one of the two cells beside is open.
    """
    step = end[0] - start[0], end[1] - start[1]
    cuts = {Fraction(1)}
    for axis in (0, 1):
        low, high = sorted((start[axis], end[axis]))
        cuts |= {abs((Fraction(2 * edge + 1, 2) - start[axis]) / step[axis]) for edge in range(low, high)}
    before, cell = Fraction(0), start
    for cut in sorted(cuts):
        middle = (before + cut) / 2
        now = tuple(floor(start[axis] + middle * step[axis] + Fraction(1, 2)) for axis in (0, 1))
        if cost[now] == WALL:
            return False
        if now[0] != cell[0] and now[1] != cell[1] and cost[now[0], cell[1]] == cost[cell[0], now[1]] == WALL:
            return False
        before, cell = cut, now
    return True


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.1, 0.3, 0.5]))
def test_what_is_in_sight_is_the_same_there_and_back_and_without_rounding(seed: int, walls: float) -> None:
    dice = np.random.default_rng(seed)
    cost = np.where(dice.random((7, 7)) < walls, WALL, 1.0)
    cost[3, 3] = 1.0
    cells = whole_terrain(Grid(50.0, 40.0, 0.02, 7, 7), cost.astype(np.float32)).cells
    for row, col in np.argwhere(np.isfinite(cost)):
        there = descent.segment_cost(cells, 3.0, 3.0, float(row), float(col))
        back = descent.segment_cost(cells, float(row), float(col), 3.0, 3.0)
        assert np.isfinite(there) == np.isfinite(back) == crosses_no_wall(cost, (3, 3), (int(row), int(col)))
        assert there == pytest.approx(back, rel=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_the_field_takes_the_steps_that_the_price_allows(seed: int) -> None:
    """From one neighbour alone, a cell's value is that neighbour's and the price of the way between them."""
    dice = np.random.default_rng(seed)
    cost = (100.0 ** dice.random((5, 5))).astype(np.float32)
    cost[dice.random((5, 5)) < 0.4] = WALL
    cost[2, 2] = 1.0
    grid = Grid(50.0, 40.0, 0.02, 5, 5)
    cells = whole_terrain(grid, cost).cells
    around = lines_kernel.Around(-5, 5, *(np.float32(side_m[2]) for side_m in grid.spacing_m()))
    for row in range(1, 4):
        for col in range(1, 4):
            if (row, col) != (2, 2) and np.isfinite(cost[row, col]):
                value = np.full(25, WALL, np.float32)
                value[row * 5 + col] = 0.0
                arrived = lines_kernel.cheapest_step(cost.ravel(), value, 12, around)
                assert arrived == pytest.approx(descent.segment_cost(cells, float(row), float(col), 2.0, 2.0), rel=1e-3)


@settings(max_examples=8)
@given(seas())
def test_a_finite_value_always_gives_a_line_that_enters_no_wall(cost: Costs) -> None:
    found = lines(cost)
    assert all(np.isfinite(list(found.values())))
    assert {(b, a) for a, b in found} == set(found), "joined there, and back"


@pytest.mark.parametrize("shift_cells", [0.0, 1e-6, -1e-6])
@given(st.floats(-60.0, 70.0), st.floats(0.05, 0.45), st.booleans())
def test_a_line_that_grazes_an_edge_passes_the_corner_that_it_aims_at(
    shift_cells: float, lat: float, half: float, along_rows: bool
) -> None:
    """From one side of the edge to the other by less than a degree of longitude can tell; beside it, not."""
    grid = Grid(50.0, lat, 0.002, 2, 2)
    problem = RoutingProblem(grid, np.array([[1.0, WALL], [1.0, 1.0]]))
    place = np.array([[half, descent.CLEAR_OF_EDGES_CELLS], [-half, -descent.CLEAR_OF_EDGES_CELLS]])
    if along_rows:
        place = place[::-1, ::-1] * -1.0
    # towards the wall, which lies north-east of the corner, or away from it
    place += 0.5 + shift_cells * np.array([-1.0, 1.0])
    line = np.column_stack(grid.to_lonlat(place[:, 0], place[:, 1]))
    there, back = polyline_cost(problem, line), polyline_cost(problem, line[::-1])
    assert np.isfinite(there) == np.isfinite(back) == (shift_cells <= 0)


@settings(max_examples=40)
@given(st.integers(0, 10**9))
@example(3689)  # two fronts meet three steps from the source: their differences fall below every line
@example(4091)
@example(5966)  # the same, where walls are near
@example(7806)  # costs that go to and fro by 30 % from cell to cell
@example(617)  # two slopes point at each other: the way down between them never ended
def test_small_seas_of_the_long_trial_have_no_fault(seed: int) -> None:
    """Lines within T, none through a wall, every bound below every line; every other sea depends on direction."""
    assert list(SmallSea.of(seed).faults()) == []


@pytest.mark.parametrize("seed", range(6))
def test_wide_seas_of_the_long_trial_have_no_fault(seed: int) -> None:
    """Over noise of any contrast T is the cost of lines, though it is the sum of differences where costs are even."""
    assert list(SmallSea.wide(seed).faults()) == []


@pytest.mark.parametrize("seed", [634, 709, 785])
def test_nor_beside_cheap_channels_where_costs_depend_on_direction(seed: int) -> None:
    """Differences over a jump of the metric fell short of lines by 3 to 6 %."""
    assert list(SmallSea.channels(seed).faults()) == []


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_line_over_a_sea_of_the_benchmark_is_dearer_than_by_eight_directions(kind: str, seed: int) -> None:
    assert list(dearer_lines(kind, seed, 3_000)) == []


def test_stairs_go_straight_to_a_source_that_is_near() -> None:
    grid = Grid(50.0, 40.0, 0.02, 12, 12)
    problem = RoutingProblem(grid, np.ones(grid.shape))
    source = np.array([[5.0, 4.0]])
    field = solve(problem, [tuple(float(at[0]) for at in grid.to_lonlat(*source.T))])
    cells, value = whole_terrain(grid, problem.cost).cells, field.value.ravel()
    points, arrived = descent.stairs(cells, value, (8.3, 6.6), source, 10.0)
    assert arrived
    assert points.tolist() == [[8.3, 6.6], *source.tolist()]


def test_a_line_past_a_corner_stays_fair_when_its_ends_are_rounded_to_degrees() -> None:
    cost = np.ones((250, 200), np.float32)
    cost[240, 180] = np.inf
    sea = whole_terrain(Grid(50.0, 6.625, 0.05 / 900, *cost.shape), cost)
    clear = descent.CLEAR_OF_EDGES_CELLS
    target, source = (tuple(float(v) for v in sea.grid.to_lonlat(*at)) for at in ((240.0, 181.0), (239.0, 180.0)))
    # from the corner of the wall in a direction in which a leg just passes it
    row, col = 239.5, 180.5
    points = np.array([(240.0, 181.0), (row + 0.1, col + 0.09001), (row - clear, col - clear), (239.0, 180.0)])
    assert np.isfinite(descent.line_cost(points, sea.cells))
    assert not np.isfinite(price(sea, in_degrees(sea, points, target, [source])))
    assert np.isfinite(on_the_map(sea, points, target, [source]).cost)


def test_a_bend_over_many_legs_is_pulled_straight_at_once() -> None:
    """One vertex alone gains next to nothing there."""
    cells = whole_terrain(Grid(50.0, 0.25, 0.01, 50, 50), np.ones((50, 50), np.float32)).cells
    col = np.linspace(3.0, 46.0, 44)
    bent = np.column_stack([25.0 + 6.0 * np.sin(np.pi * (col - 3.0) / 43.0), col])
    straight = descent.line_cost(bent[[0, -1]], cells)
    before = descent.line_cost(bent, cells)
    tried = descent.nudge(bent, cells, 0.5, 20)
    after = descent.line_cost(bent, cells)
    assert straight <= after < straight + 0.2 * (before - straight)
    assert tried <= 20 * 42


def test_legs_are_short_where_a_wall_has_a_corner_or_the_cost_jumps_and_nowhere_else() -> None:
    cost = np.ones((30, 60), np.float32)
    cost[:10, :30] = np.inf
    cost[20:, 45:] = 2.0
    cells = whole_terrain(Grid(50.0, 0.25, 0.01, *cost.shape), cost).cells
    line = descent.divide(np.array([(10.2, 2.1), (10.2, 57.1)]), 1.0)
    cut = descent.divide_uneven(line, cells, 0.25)
    short = cut[:-1, 1][np.diff(cut[:, 1]) < 0.5]
    assert (short.min() > 27.0, short.max() < 33.0) == (True, True), "along the wall as long as in open water"
    line[:, 0] = 20.2
    cut = descent.divide_uneven(line, cells, 0.25)
    short = cut[:-1, 1][np.diff(cut[:, 1]) < 0.5]
    assert short.min() > 42.0, "from where the other cost begins"
