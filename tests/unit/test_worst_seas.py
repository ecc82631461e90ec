"""No sea makes the router slow: how often a cell is computed on seas that were the worst, counted in visits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.cases import MadeSea
from transcaspian.core.grid import Grid
from transcaspian.routing import Effort, RoutingProblem, eikonal, solve
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


def spiral(cells: int, gap: int) -> Costs:
    """Rings of one-cell walls, each with a door in the corner across from the last one's."""
    cost = np.ones((cells, cells), np.float32)
    for number, at in enumerate(range(gap, cells // 2 - 1, gap)):
        far = cells - 1 - at
        cost[[at, far], at : far + 1] = cost[at : far + 1, [at, far]] = np.inf
        cost[(at, at + 1) if number % 2 else (far, far - 1)] = 1.0
    return cost


def contrast(smooth: float = 0.0) -> Costs:
    """Costs from 1 to 10,000, each cell for itself or in patches."""
    rough = ndimage.gaussian_filter(np.random.default_rng(4).uniform(0, 1, (240, 240)), smooth)
    return (10.0 ** (4 * (rough - rough.min()) / np.ptp(rough))).astype(np.float32)


def archipelago(share: float) -> Costs:
    """Islands of one cell, and more where they touch."""
    cost = np.ones((240, 240), np.float32)
    cost[np.random.default_rng(5).random(cost.shape) < share] = np.inf
    cost[0] = cost[:, 0] = 1.0
    return cost


def channels() -> Costs:
    """Cheap lines of cells that touch at corners only."""
    dice = np.random.default_rng(3)
    cost = np.full((240, 240), 100, np.float32)
    for _ in range(20):
        row, col = dice.integers(0, 240, 2)
        way = dice.choice([-1, 1])
        steps = np.arange(240)
        inside = (row + steps < 240) & (col + way * steps >= 0) & (col + way * steps < 240)
        cost[row + steps[inside], col + way * steps[inside]] = 1.0
    return cost


def shoal() -> Costs:
    cost = np.full((240, 240), 1e4, np.float32)
    cost[60:180, 60:180] = 1.0
    return cost


def made(seed: int) -> Costs:
    sea = MadeSea(seed)
    return sea.cost(sea.grid(60_000))


SEAS: dict[str, Callable[[], Costs]] = {
    "open": lambda: np.ones((240, 240), np.float32),
    "serpentine 3": lambda: serpentine(200, 3),
    "serpentine 8": lambda: serpentine(200, 8),
    "serpentine 16": lambda: serpentine(240, 16),
    "spiral 4": lambda: spiral(240, 4),
    "spiral 7": lambda: spiral(240, 7),
    "maze": lambda: maze(201),
    "contrast": contrast,
    "contrast in patches": lambda: contrast(2.0),
    "archipelago of 10 %": lambda: archipelago(0.1),
    "archipelago of 33 %": lambda: archipelago(0.33),
    "archipelago of 38 %": lambda: archipelago(0.38),
    "channels": channels,
    "shoal": shoal,
    **{f"seed {seed}": lambda seed=seed: made(seed) for seed in (1, 5, 77)},
}


@pytest.mark.parametrize("name", SEAS)
def test_a_cell_is_computed_about_once_on_any_sea(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second-order scheme computes hardly a cell twice, and so does what finds its order.

    Where it begins again, with an order that is found on the cells themselves, up to all cells are computed in vain.
    """
    cost = SEAS[name]()
    lates, queues = [], []
    none, queue = second_order.Late.none, eikonal._queue
    monkeypatch.setattr(second_order.Late, "none", lambda: lates.append(none()) or lates[-1])
    monkeypatch.setattr(eikonal, "_queue", lambda *given: queues.append(queue(*given)) or queues[-1])
    step = 0.05 / max(cost.shape)
    grid = Grid(50.0, 40.0, step, *cost.shape)
    row, col = np.argwhere(np.isfinite(cost))[0]
    source = tuple(float(v) for v in grid.to_lonlat(float(row), float(col)))
    reached = np.isfinite(solve(RoutingProblem(grid, cost, effort=Effort(threads=1)), [source]).value).sum()
    computed = sum(int(late.state["visits"][0]) for late in lates)
    ordered = sum(made.visits_and_again[0] for made in queues)
    assert 1.0 <= computed / reached < (1.3 if len(lates) == 1 else 2.3)
    assert ordered / reached < 1.35
