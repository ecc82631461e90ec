"""How much cheaper a line could be at most: a certificate for a path, and the blocks that no cheaper line enters.

**Lower bound.** Let L be continuous, zero at the start, and nowhere rise faster than the cost: |∇L| ≤ cost. Then any
line from the start to a point costs at least L there, because along the line L rises by at most the cost. Such an L is
made on the corners of blocks of cells with each block's *lowest* cost: a march gives a first guess, a few more with
lowered costs where it came out too steep bring it near, and the result is divided by the highest steepness left.
Whether the bound holds is read from that finished function and from nothing else.

**What may be left out.** A line through a point costs at least L_from + L_to there. Blocks where that exceeds the cost
of a path in hand are left out, and smaller blocks of the rest are looked at: a finer bound, fewer blocks, and so on.
Both fields always cover everything that is not proven useless; nothing is split along the way from start to end.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.grid import Grid, metric_m
from transcaspian.routing._kernels import nodes
from transcaspian.routing._kernels.buckets import Buckets, seed
from transcaspian.routing.problem import Ends, RoutingProblem
from transcaspian.routing.terrain import cell_of, locate, pooled

_STEERINGS = (1.0, 1.5, 2.0, 3.0, 4.0, 4.0, 4.0)
"""Powers of the steepness by which marched costs are lowered, march by march: ever fewer blocks are too steep."""
_STEEP_ENOUGH = 1.005
_ROUNDING = 1e-6
_MAX_NODES = 500_000
"""The first blocks are as small as this many allow."""
_MAX_ROUGH_NODES = 30_000
_LARGEST_BLOCK = 32
_FINEST_SHARE = 2


@dataclass(frozen=True)
class Bound:
    """What is certain about a path's cost.

    Attributes
    ----------
    lower
        No line between the ends costs less.
    upper
        What the path costs.
    kept_share
        Share of the grid's cells that a line as cheap as ``upper`` could enter; the rest is proven useless.
    """

    lower: float
    upper: float
    kept_share: float

    @property
    def gap(self) -> float | None:
        """``upper / lower - 1``: no line is cheaper than the path by more than this share of the least cost.

        None where nothing is certain, as of ends that lie within a cell or two.
        """
        return self.upper / self.lower - 1.0 if self.lower > 0 else None


@dataclass(frozen=True)
class Kept:
    """Blocks that a line as cheap as the path in hand could enter, with the bound that left out the others."""

    keep: NDArray[np.bool_]
    block: int
    bound: Bound


def narrowed(problem: RoutingProblem, ends: Ends, upper: float, finest_block: int | None = None) -> Kept:
    """Leave out all that no line of cost ``upper`` can enter.

    Parameters
    ----------
    problem
        Its cost bounds lines; a metric that is nowhere cheaper than it is bounded too.
    ends
        Both ``(lon, lat)``, degrees, on the grid.
    upper
        Cost of a path between them, by `polyline_cost` on the same cost.
    finest_block
        Side of the smallest blocks, in cells: smaller ones take longer and give a tighter bound. None: a
        half of the side of the first.
    """
    grid = problem.grid
    if finest_block is None:
        finest_block = max(1, first_block(grid) // _FINEST_SHARE)
    cells = [cell_of(grid, *locate(grid, *end, "an end")) for end in ends]
    lower = 0.0
    keep: NDArray[np.bool_] | None = None
    block = first_block(grid)
    while True:
        _, lowest = pooled(problem.cost, block)
        if keep is not None:
            wider = np.repeat(np.repeat(keep, 2, axis=0), 2, axis=1)[: lowest.shape[0], : lowest.shape[1]]
            lowest[~wider] = np.inf
        keep, found = _level(grid, lowest, block, cells, upper)
        lower = max(lower, found)
        if block <= finest_block:
            break
        block //= 2
    return _kept(grid, keep, block, lower, upper)


def rough_bound(problem: RoutingProblem, ends: Ends, upper: float) -> Bound:
    """What is certain at little cost: one look at blocks so large that a march over them takes milliseconds.

    Parameters
    ----------
    problem, ends, upper
        As in `narrowed`.
    """
    grid, block = problem.grid, 1
    while grid.rows * grid.cols / block**2 > _MAX_ROUGH_NODES:
        block *= 2
    cells = [cell_of(grid, *locate(grid, *end, "an end")) for end in ends]
    _, lowest = pooled(problem.cost, block, problem.effort.threads)
    keep, lower = _level(grid, lowest, block, cells, upper)
    return _kept(grid, keep, block, lower, upper).bound


def _kept(grid: Grid, keep: NDArray[np.bool_], block: int, lower: float, upper: float) -> Kept:
    """What is left of the grid, with its share of the cells."""
    rows = np.minimum(grid.rows - np.arange(keep.shape[0]) * block, block)
    cols = np.minimum(grid.cols - np.arange(keep.shape[1]) * block, block)
    kept = float((keep * rows[:, None] * cols).sum())
    return Kept(keep, block, Bound(min(lower, upper), upper, kept / (grid.rows * grid.cols)))


def first_block(grid: Grid) -> int:
    """Side of the largest blocks, a power of two."""
    block = 1
    while block < _LARGEST_BLOCK and grid.rows * grid.cols / block**2 > _MAX_NODES:
        block *= 2
    return block


def _level(
    grid: Grid, lowest: NDArray[np.float32], block: int, ends: list[tuple[int, int]], upper: float
) -> tuple[NDArray[np.bool_], float]:
    """The blocks that stay, and a lower bound for a line from end to end."""
    padded = np.pad(lowest, 1, constant_values=np.inf)
    dx_m, dy_m = _shortest_sides_m(grid, block, lowest.shape[0])
    blocks = [(row // block, col // block) for row, col in ends]
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(partial(_certain, padded, dx_m, dy_m), blocks, blocks[::-1])
    keep = np.empty(lowest.shape, np.bool_)
    nodes.could_pass(padded, first, second, upper * (1 + _ROUNDING), keep)
    corners = [_corners(padded, at) for at in blocks]
    return keep, float(max(first[corners[1]].min(), second[corners[0]].min()))


def _shortest_sides_m(grid: Grid, block: int, n_blocks: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sides of the blocks of each padded row, metres, where they are shortest."""
    edge_deg = np.clip(grid.north_deg - grid.step_deg * block * np.arange(n_blocks + 1), -90.0, 90.0)
    dx_m, dy_m = metric_m(edge_deg, grid.step_deg * block)
    sides = [np.minimum(side[:-1], side[1:]) * (1 - _ROUNDING) for side in (dx_m, dy_m)]
    dx_m, dy_m = (np.pad(np.maximum(side, 1e-9), 1, mode="edge") for side in sides)
    return dx_m, dy_m


def _corners(padded: NDArray[np.float32], block: tuple[int, int]) -> NDArray[np.int64]:
    """Flat indices of a block's four nodes."""
    return np.array(nodes.corners(padded, block[0] + 1, block[1] + 1))


def _certain(
    padded: NDArray[np.float32],
    dx_m: NDArray[np.float64],
    dy_m: NDArray[np.float64],
    start: tuple[int, int],
    end: tuple[int, int],
) -> NDArray[np.float64]:
    """L on the nodes: zero on the start's block, as great as can be had on the end's, inf where nothing leads."""
    marched = padded.copy()
    best, best_at_end = np.zeros(0), -1.0
    for power in _STEERINGS:
        value = _marched(marched, dx_m, dy_m, _corners(padded, start))
        steepest = nodes.steer(padded, dx_m, dy_m, value, marched, power)
        value /= max(1.0, steepest) * (1 + _ROUNDING)
        at_end = float(value[_corners(padded, end)].min())
        if at_end > best_at_end:
            best, best_at_end = value, at_end
        if steepest < _STEEP_ENOUGH:
            break
    return best


def _marched(
    cost: NDArray[np.float32], dx_m: NDArray[np.float64], dy_m: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """First-order T on the nodes."""
    # twice the nodes, for those that part two blocks
    value = np.full(2 * (cost.shape[0] - 1) * (cost.shape[1] - 1), np.inf)
    flag = np.zeros(value.size, np.uint8)
    queue = Buckets(cost.ravel(), max(dx_m.max(), dy_m.max()), min(dx_m.min(), dy_m.min()), 0.0)
    seed(queue.queue, value, flag, starts, np.zeros(4, np.float32))
    while queue.waiting:
        queue.make_room()
        nodes.march_nodes(cost, dx_m, dy_m, value, flag, queue.queue)
    return value
