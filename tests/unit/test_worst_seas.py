"""No sea makes the router slow: how often a cell is computed on seas that were the worst, counted in visits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.cases import MadeSea
from transcaspian.core.grid import Grid
from transcaspian.routing import RoutingProblem, solve
from transcaspian.routing._kernels import second_order

Costs = NDArray[np.float32]


def serpentine(cells: int, gap: int) -> Costs:
    """One-cell walls from alternate sides, which cells twice as large do not see."""
    cost = np.ones((cells, cells), np.float32)
    for number, row in enumerate(range(gap, cells - 1, gap)):
        cost[row] = np.inf
        cost[row, 0 if number % 2 else cells - 1] = 1.0
    return cost


def maze(cells: int) -> Costs:
    """Passages of one cell, every way out of each cell by lot."""
    dice = np.random.default_rng(20261129)
    cost = np.full((cells, cells), np.inf, np.float32)
    cost[1::2, 1::2] = 1.0
    for row in range(1, cells - 2, 2):
        for col in range(1, cells - 2, 2):
            down, right = dice.random(2) < (0.7, 0.7)
            cost[row + 1, col] = 1.0 if down or not right else np.inf
            cost[row, col + 1] = 1.0 if right else np.inf
    return cost


def contrast() -> Costs:
    """Costs from 1 to 10,000, each cell for itself."""
    return (10.0 ** np.random.default_rng(4).uniform(0, 4, (200, 200))).astype(np.float32)


def archipelago() -> Costs:
    """A third of the cells are islands."""
    cost = np.ones((200, 200), np.float32)
    cost[np.random.default_rng(5).random(cost.shape) < 0.33] = np.inf
    cost[0, 0] = 1.0
    return cost


def made(seed: int) -> Costs:
    sea = MadeSea(seed)
    return sea.cost(sea.grid(60_000))


def visits_per_cell(cost: Costs, monkeypatch: pytest.MonkeyPatch) -> float:
    """How often the second-order scheme computed an open cell."""
    kept = second_order.Late.none()
    monkeypatch.setattr(second_order.Late, "none", classmethod(lambda cls: kept))
    step = 0.05 / max(cost.shape)
    grid = Grid(50.0, 40.0, step, *cost.shape)
    row, col = np.argwhere(np.isfinite(cost))[0]
    solve(RoutingProblem(grid, cost), [tuple(float(v) for v in grid.to_lonlat(float(row), float(col)))])
    return float(kept.state["visits"][0]) / np.isfinite(cost).sum()


@pytest.mark.parametrize(
    "cost",
    [
        serpentine(200, 8),
        serpentine(240, 16),
        serpentine(200, 3),
        maze(201),
        contrast(),
        archipelago(),
        made(1),
        made(77),
    ],
    ids=["serpentine 8", "serpentine 16", "serpentine 3", "maze", "contrast", "archipelago", "seed 1", "seed 77"],
)
def test_a_cell_is_computed_a_few_times_on_any_sea(cost: Costs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0.9 < visits_per_cell(cost, monkeypatch) < 3.5
