"""Compile all kernels by using them once, on a small sea; ``python -m`` runs it beside a first run.

A kernel that is not used here is compiled when it is used first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.grid import Grid
from transcaspian.core.kernel_cache import mark_complete
from transcaspian.routing._kernels.chains import one_leg_more
from transcaspian.routing._kernels.divisions import cheapest_divisions
from transcaspian.routing.cost_excess import cost_excess
from transcaspian.routing.field import solve
from transcaspian.routing.metric import Metric, slope_metric
from transcaspian.routing.problem import RoutingProblem
from transcaspian.routing.refine import refine
from transcaspian.routing.search import least_cost_path
from transcaspian.seabed.features import distance_m, max_inside

SIDE_CELLS = 460
"""The fast mode works on blocks from 200,000 cells on."""


def compile_kernels() -> None:
    """Lay features on a grid, and route over a sea with an island in every mode, isotropic and by slope."""
    grid = Grid(50.0, 42.0, 0.01, SIDE_CELLS, SIDE_CELLS)
    area = [shapely.box(51.0, 40.0, 51.1, 40.1)]
    distance_m(grid, area, 5000.0)  # the seabed's come first: a run needs them first
    max_inside(grid, area, [1.0])
    row, col = np.indices(grid.shape, np.float32) / SIDE_CELLS
    cost = 2 + np.sin(6 * row) * np.cos(5 * col)
    cost[np.hypot(row - 0.5, col - 0.5) < 0.1] = np.inf
    ends = (50.5, 41.5), (54.1, 37.9)
    problem = RoutingProblem(grid, cost)
    for mode in ("fast", "full", "proven"):
        path = least_cost_path(problem.with_effort(mode=mode), *ends)
    refine(problem, path)
    cost_excess(problem, ends, path.lonlat)
    solve(problem, ends[:1], order=1)
    _route_by_slope(grid, cost)
    legs = np.full((3, 3), np.inf)
    one_leg_more(legs, np.ones(1, bool), legs)
    cheapest_divisions(np.zeros(2, np.int64), np.zeros(1), 1, 0.1)


def _route_by_slope(grid: Grid, cost: NDArray[np.float32]) -> None:
    part = Grid(grid.west_deg, grid.north_deg, grid.step_deg, 40, 40)
    depth = np.add.outer(np.arange(40.0) ** 2, np.arange(40.0))

    def metric_of(cost: NDArray[np.float32]) -> Metric:
        return slope_metric(part, cost, depth, side_factor=3.0, in_line_factor=1.5, full_slope_deg=10.0)

    problem = replace(RoutingProblem(part, cost[:40, :40]), metric_of=metric_of)
    least_cost_path(problem, (50.05, 41.95), (50.35, 41.65))


if __name__ == "__main__":
    compile_kernels()
    mark_complete()
