"""Small seas by lot, and wider ones, each from a seed: a finite value gives a line, no line enters a wall, bounds hold.

Those of the benchmark too: no line costs more than by a search over eight directions.

``python -m tests.soak.seas 20000`` runs the seeds from 0; ``--first`` starts at another. A seed that fails is printed
with what went wrong, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.cases import MADE
from transcaspian.core.grid import Grid
from transcaspian.routing import Metric, RoutingProblem, least_cost_path, solve, trace
from transcaspian.routing.bound import narrowed
from transcaspian.routing.path import polyline_cost
from transcaspian.routing.problem import Mode

CONTRASTS = (1.0, 1.3, 3.0, 100.0, 1e4, 1e6)
TARGETS = 3
WIDE_EVERY = 20
"""One wide sea, and one of channels, for so many small ones."""
MADE_EVERY = 400
"""One sea of each kind of the benchmark for so many small ones."""
MADE_CELLS = 20_000


def tolerated(contrast: float) -> float:
    """Share of T by which a line may cost more."""
    return 0.005 if contrast <= 1e4 else 0.02


@dataclass(frozen=True)
class SmallSea:
    """A problem with its contrast, its source and some targets, all in open cells."""

    problem: RoutingProblem
    contrast: float
    source: tuple[float, float]
    targets: list[tuple[float, float]]

    @classmethod
    def of(cls, seed: int) -> SmallSea:
        """Walls and costs by lot; every other sea has costs that depend on direction."""
        dice = np.random.default_rng(seed)
        shape = tuple(dice.integers(2, 31 if dice.random() < 0.1 else 9, 2))
        return cls._made(dice, shape, float(dice.choice(CONTRASTS)), directional=bool(seed % 2))

    @classmethod
    def wide(cls, seed: int) -> SmallSea:
        """Thirty to sixty cells a side and any contrast: on longer ways what each cell errs by adds up."""
        dice = np.random.default_rng(seed)
        shape = tuple(dice.integers(30, 61, 2))
        return cls._made(dice, shape, float(10 ** (4 * dice.random() ** 3)), directional=False)

    @classmethod
    def channels(cls, seed: int) -> SmallSea:
        """Cheap channels of one cell in any direction through a sea of one cost, which depends on direction."""
        dice = np.random.default_rng(seed)
        shape = tuple(dice.integers(4, 25, 2))
        contrast = float(dice.choice(CONTRASTS[:-1]))
        cost = np.full(shape, contrast)
        for _ in range(3):
            row, col = dice.integers(shape)
            d_row, d_col = ((0, 1), (1, 0), (1, 1), (1, -1))[dice.integers(4)]
            step = np.arange(-25, 26)
            at = np.column_stack([row + d_row * step, col + d_col * step])
            cost[tuple(at[((at >= 0) & (at < shape)).all(axis=1)].T)] = 1.0
        cost[dice.random(shape) < dice.choice([0.0, 0.05, 0.2])] = np.inf
        return cls._over(dice, cost, contrast, directional=True)

    @classmethod
    def _made(
        cls, dice: np.random.Generator, shape: tuple[int, ...], contrast: float, *, directional: bool
    ) -> SmallSea:
        cost = contrast ** dice.random(shape)
        cost[dice.random(shape) < dice.choice([0.0, 0.1, 0.3, 0.5, 0.6])] = np.inf
        cost[dice.integers(shape[0]), dice.integers(shape[1])] = 1.0
        return cls._over(dice, cost, contrast, directional=directional)

    @classmethod
    def _over(
        cls, dice: np.random.Generator, cost: NDArray[np.float64], contrast: float, *, directional: bool
    ) -> SmallSea:
        grid = Grid(50.0, float(dice.uniform(-60, 70)), float(dice.choice([0.002, 0.02])), *cost.shape)
        problem = RoutingProblem(grid, cost)
        if directional:
            metric = metric_by_lot(dice, grid, cost)
            problem = RoutingProblem(grid, cost, metric_of=lambda _: metric)
        cells = dice.permutation(np.argwhere(np.isfinite(cost)))[: TARGETS + 1]
        places = [tuple(float(v) for v in grid.to_lonlat(*map(float, cell))) for cell in cells]
        return cls(problem, contrast, places[0], places[1:])

    def faults(self) -> Iterator[str]:
        """What is wrong with the lines from the source to the targets."""
        field = solve(self.problem, [self.source])
        for target in self.targets:
            row, col = (round(float(v)) for v in self.problem.grid.to_rowcol(*target))
            value = float(field.value[row, col])
            if not np.isfinite(value):
                continue
            try:
                cost = polyline_cost(self.problem, trace(self.problem, field, *target))
            except AssertionError as stuck:
                yield f"{target}: stuck, {stuck}"
                continue
            if not np.isfinite(cost):
                yield f"{target}: the line enters a wall"
            elif cost > value * (1 + tolerated(self.contrast)):
                yield f"{target}: the line costs {cost:g} and the field says {value:g}"
            if self.problem.metric is None:
                lower = narrowed(self.problem, (self.source, target), cost, finest_block=1).bound.lower
                back = polyline_cost(self.problem, trace(self.problem, solve(self.problem, [target]), *self.source))
                if lower > min(cost, back) * (1 + 1e-6):
                    yield f"{target}: proven to cost {lower:g} at least, and a line costs {min(cost, back):g}"


def eight_directions(problem: RoutingProblem, source: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """What the cheapest steps from a flat cell to every other cost, at the price of lines, and the cell before each."""
    cost = np.asarray(problem.cost, float)
    dx_m, dy_m = problem.grid.spacing_m()
    steps = []
    for d_row, d_col in ((0, 1), (1, 0), (1, 1), (1, -1)):
        row, col = np.nonzero(np.isfinite(cost))
        to_row, to_col = row + d_row, col + d_col
        inside = (to_row < cost.shape[0]) & (to_col >= 0) & (to_col < cost.shape[1])
        row, col, to_row, to_col = (at[inside] for at in (row, col, to_row, to_col))
        price = 0.5 * (cost[row, col] + cost[to_row, to_col]) * np.hypot(d_row * dy_m[row], d_col * dx_m[row])
        in_sight = np.isfinite(price) & (np.isfinite(cost[row, to_col]) | np.isfinite(cost[to_row, col]))
        cells = (np.ravel_multi_index(at, cost.shape)[in_sight] for at in ((row, col), (to_row, to_col)))
        steps.append((*cells, price[in_sight]))
    before, after, price = (np.concatenate(part) for part in zip(*steps, strict=True))
    graph = coo_array((price, (before, after)), (cost.size, cost.size)).tocsr()
    total, predecessor = dijkstra(graph, directed=False, indices=source, return_predecessors=True)
    return total, predecessor


def dearer_lines(kind: str, seed: int, cells: float = MADE_CELLS) -> Iterator[str]:
    """Lines over a sea of the benchmark that cost more than one of straight steps in eight directions."""
    sea = MADE[kind](seed)
    grid = sea.grid(cells)
    problem = RoutingProblem(grid, sea.cost(grid))
    row, col = (round(float(v)) for v in grid.to_rowcol(*sea.source))
    total, before = eight_directions(problem, row * grid.cols + col)
    reached = np.flatnonzero(np.isfinite(total) & (total > 0))
    for target in np.random.default_rng(seed).permutation(reached)[:TARGETS]:
        way = [int(target)]
        while before[way[-1]] >= 0:
            way.append(int(before[way[-1]]))
        steps = np.column_stack(grid.to_lonlat(*(at.astype(float) for at in np.divmod(way, grid.cols))))
        price = polyline_cost(problem, steps)
        ends = [(float(lon), float(lat)) for lon, lat in (steps[-1], steps[0])]
        for mode in get_args(Mode):
            cost = least_cost_path(problem.with_effort(mode=mode), *ends).cost
            if cost > price * (1 + 1e-6):
                yield f"{kind} to {ends[1]}, {mode}: {cost:g}, by eight directions {price:g}"


def metric_by_lot(dice: np.random.Generator, grid: Grid, cost: NDArray[np.float64]) -> Metric:
    """A metric whose cheap direction costs the cost, the other up to nearly ten times as much."""
    angle = dice.uniform(0, np.pi, cost.shape if dice.random() < 0.5 else ())
    east, north = np.cos(angle), np.sin(angle)
    walls = np.isinf(cost)
    cheap = np.where(walls, 1.0, cost) ** 2
    dear = cheap * dice.uniform(1.0, 9.9) ** 2
    entries = cheap * east**2 + dear * north**2, (cheap - dear) * east * north, cheap * north**2 + dear * east**2
    ee, en, nn = (
        np.where(walls, wall, entry).astype(np.float32)
        for entry, wall in zip(entries, (np.inf, 0, np.inf), strict=True)
    )
    return Metric(grid, ee, en, nn)


def main() -> int:
    """Run the seeds asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seas", type=int, nargs="?", default=20_000)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    bad = 0
    for seed in range(asked.first, asked.first + asked.seas):
        for kind in (SmallSea.of, SmallSea.wide, SmallSea.channels) if seed % WIDE_EVERY == 0 else (SmallSea.of,):
            for fault in kind(seed).faults():
                bad += 1
                print(f"seed {seed}, {kind.__name__}, {fault}", flush=True)
        for made in MADE if seed % MADE_EVERY == 0 else ():
            for fault in dearer_lines(made, seed + 1):
                bad += 1
                print(f"seed {seed}, {fault}", flush=True)
    print(f"{asked.seas:,} seas, {bad} faults")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
