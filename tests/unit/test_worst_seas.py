"""No sea makes the router slow: how often a cell is computed on seas that were the worst, counted in visits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.cases import Archipelago, Contrast, MadeSea
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
MAX_COMPUTED = {"contrast": 1.45, "archipelago of 33 %": 1.6, "archipelago of 38 %": 1.6, "channels": 1.6}
"""How often a cell is computed where the order on large cells fails for good; elsewhere 1.2."""


def counted(
    grid: Grid, cost: Costs, source: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> tuple[float, float, int]:
    """How often a cell is computed and ordered, on average of those reached, and how often it was begun."""
    lates, queues = [], []
    none, queue = second_order.Late.none, eikonal._queue
    monkeypatch.setattr(second_order.Late, "none", lambda: lates.append(none()) or lates[-1])
    monkeypatch.setattr(eikonal, "_queue", lambda *given: queues.append(queue(*given)) or queues[-1])
    reached = np.isfinite(solve(RoutingProblem(grid, cost, effort=Effort(threads=1)), [source]).value).sum()
    computed = sum(int(late.state["visits"][0]) for late in lates) / reached
    return computed, sum(made.visits_and_again[0] for made in queues) / reached, len(lates)


@pytest.mark.parametrize("name", SEAS)
def test_a_cell_is_computed_about_once_on_any_sea(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second-order scheme computes hardly a cell twice; what finds its order visits each large cell about once."""
    cost = SEAS[name]()
    grid = Grid(50.0, 40.0, 0.05 / max(cost.shape), *cost.shape)
    row, col = np.argwhere(np.isfinite(cost))[0]
    source = tuple(float(v) for v in grid.to_lonlat(float(row), float(col)))
    computed, ordered, begun = counted(grid, cost, source, monkeypatch)
    assert 1.0 <= computed < MAX_COMPUTED.get(name, 1.2)
    assert ordered < (0.45 if begun == 1 else 1.2)


@pytest.mark.parametrize("sea", [Archipelago(2), Archipelago(6), Contrast(12)], ids=lambda sea: sea.name)
def test_where_the_order_fails_in_one_place_it_is_kept(sea: MadeSea, monkeypatch: pytest.MonkeyPatch) -> None:
    """A front that comes second to a basin, and cheaper, has it computed again; that is no reason to begin again."""
    grid = sea.grid(400_000)
    computed, ordered, begun = counted(grid, sea.cost(grid), sea.source, monkeypatch)
    assert begun == 1
    assert computed < 1.4
    assert ordered < 0.3
