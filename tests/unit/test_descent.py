"""A finite value always gives a line: down the field from any open cell, there and back, past every kind of wall."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from transcaspian.core.grid import Grid
from transcaspian.routing import RoutingProblem, solve, trace
from transcaspian.routing.path import polyline_cost

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


@settings(max_examples=30)
@given(seas())
def test_a_finite_value_always_gives_a_line_that_enters_no_wall(cost: Costs) -> None:
    found = lines(cost)
    assert all(np.isfinite(list(found.values())))
    assert {(b, a) for a, b in found} == set(found), "joined there, and back"
