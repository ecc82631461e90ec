"""How much cheaper a line could be at most: a certificate for a path, and the blocks that no cheaper line enters.

**Lower bound.** Let L be continuous, zero at the start, and nowhere rise faster than the cost: |∇L| ≤ cost. Then any
line from the start to a point costs at least L there, because along the line L rises by at most the cost. Such an L is
made on the corners of blocks of cells with each block's *lowest* cost. A march gives a first guess; where it came out
too steep, costs are lowered and it marches again. What is left too steep is put right band by band of L: a band is made
narrower by the highest steepness in it. Whether the bound holds is read from the finished function and from nothing
else.

**What may be left out.** A line through a point costs at least L_from + L_to there. Blocks where that exceeds the cost
of a path in hand are left out, and smaller blocks of the rest are looked at: a finer bound, fewer blocks, and so on,
down to a quarter of a cell. Both fields always cover everything that is not proven useless; nothing is split along the
way from start to end.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from threading import Semaphore
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.grid import Grid, metric_m
from transcaspian.routing._kernels import nodes
from transcaspian.routing._kernels.buckets import Buckets, seed
from transcaspian.routing._kernels.layout import runs_of
from transcaspian.routing.problem import Ends, RoutingProblem
from transcaspian.routing.terrain import locate, pooled

_PAIRS_OF_THREADS = Semaphore(max(1, (os.cpu_count() or 2) // 2))
"""A level of blocks takes two threads: more of them at once than cores take memory and no less time."""
_STEERINGS = (1.0, 1.5, 2.0, 3.0, 4.0, 4.0)
"""Powers of the steepness by which marched costs are lowered, march by march: ever fewer blocks are too steep."""
_WORTH_A_MARCH = 0.0075
"""Share of the path's cost by which a march must raise the bound for another one to follow."""
_BANDS, _UP_TO = 1 << 14, 1.05
"""Bands of L that are put right, up to so many times the path's cost: beyond, L matters no more."""
_ROUNDING = 1e-6
_MAX_FIRST_BLOCKS = 30_000
"""The first blocks are so large that a march over all of them takes milliseconds."""
_ROUGH_MARCHES, _ROUGH_BLOCKS, _ROUGH_GAP = 3, 36_000, 0.03
"""Beside a fast path: no smaller blocks than so many, and none below that gap, by three marches from each end, which
give a gap that is wider by a fortieth of it than six."""
_SMALLEST_BLOCK = 0.5
_CLOSE_GAP, _FAR_GAP = 0.01, 0.05
_FEW_BLOCKS, _FEW, _MANY = 300_000, 1 / 64, 0.6
"""Smaller blocks are looked at where so many are left of them: a share of the cells, the larger one while the gap is
far, or 300,000. None are below a gap of one percent; above one of a fifth, as where walls are thinner than blocks, all
are, down to the cells."""
_LARGE = 2_000_000
"""Cells from which on a proof must take no longer than a march over all of them."""
_AT_ONCE_MARCHES, _AT_ONCE_BLOCK, _AT_ONCE = 2, 4, 1 / 30
"""Before the march over what is kept, no smaller blocks are looked at, and no more of them than this share of the
cells, by two marches from each end: more would take longer than they save. Nor any below a gap of one percent."""
_BESIDE, _SOUGHT_GAP, _WIDE_GAP, _HOPEFUL_GAP = 1 / 8, 0.055, 0.065, 0.2
"""Beside that march and the polish, from one end, no more than this share of the cells. The bound that is sought leaves
the first gap, or halves a wider one, and none below the second is made smaller; above the third there are as many
blocks as there are cells, and the path's own cost is sought."""


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


class Pooled(NamedTuple):
    """Lowest costs of blocks that are known already.

    Attributes
    ----------
    lowest
        ``(ceil(rows / block), ceil(cols / block))``.
    block
        Side of a block, cells.
    """

    lowest: NDArray[np.float32]
    block: int


@dataclass(frozen=True)
class Kept:
    """Blocks that a line as cheap as the path in hand could enter, with the bound that left out the others.

    Attributes
    ----------
    through
        What a line through each block costs at least.
    keep
        By block: whether that is no more than the path costs.
    block
        Side of a block, cells: a power of two, or a half.
    bound
        What is certain.
    """

    through: NDArray[np.float64]
    keep: NDArray[np.bool_]
    block: float
    bound: Bound

    @property
    def finer(self) -> int:
        """How many blocks half as large are left."""
        return 4 * int(self.keep.sum())

    def bound_at(self, grid: Grid, cost: float) -> Bound:
        """What is certain of a path that costs no more than was thought when the blocks were kept."""
        keep = self.through <= cost * (1 + _ROUNDING)
        return Bound(min(self.bound.lower, cost), cost, _share(grid, keep, self.block))

    @property
    def whole_blocks(self) -> tuple[NDArray[np.bool_], int]:
        """``keep`` and ``block`` by blocks of whole cells."""
        if self.block >= 1:
            return self.keep, int(self.block)
        rows, cols = (side // 2 for side in self.keep.shape)
        return np.asarray(self.keep.reshape(rows, 2, cols, 2).any(axis=(1, 3))), 1


def narrowed(problem: RoutingProblem, ends: Ends, upper: float, finest_block: float | None = None) -> Kept:
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
        Side of the smallest blocks, in cells: smaller ones take longer and give a tighter bound. None: as small as
        is worth the time.
    """
    cells = problem.grid.rows * problem.grid.cols

    def goes_on(kept: Kept) -> bool:
        if finest_block is not None:
            return kept.block > finest_block
        gap = kept.bound.gap or np.inf
        share = _FEW if gap < _FAR_GAP else _MANY if gap < _HOPEFUL_GAP else 1.0
        return gap > _CLOSE_GAP and kept.finer <= max(_FEW_BLOCKS, cells * share)

    return _narrowed(problem, ends, upper, goes_on)


def is_large(grid: Grid) -> bool:
    """Whether a proof must take no longer than a march over all cells."""
    return grid.rows * grid.cols >= _LARGE


def first_narrowed(problem: RoutingProblem, ends: Ends, upper: float, known: Pooled | None = None) -> Kept:
    """`narrowed`; on a large grid only as far as it takes less time than a march over what it leaves out.

    Parameters
    ----------
    problem, ends, upper
        As in `narrowed`.
    known
        Where that need not be pooled again.
    """
    if not is_large(problem.grid):
        return narrowed(problem, ends, upper)
    few = _AT_ONCE * problem.grid.rows * problem.grid.cols

    def goes_on(kept: Kept) -> bool:
        return kept.block > _AT_ONCE_BLOCK and kept.finer <= few and (kept.bound.gap or np.inf) > _CLOSE_GAP

    return _narrowed(problem, ends, upper, goes_on, marches=_AT_ONCE_MARCHES, known=known)


def tightened(problem: RoutingProblem, ends: Ends, kept: Kept) -> Bound:
    """On a large grid, where the gap is wide, a bound halfway to the path's cost, or as near as smaller blocks show.

    Lines that cost less than the bound sought pass only a part of the blocks that are kept, and nothing more has to be
    left out: the function from one end, over smaller blocks of that part, is enough.

    Parameters
    ----------
    problem, ends
        As in `narrowed`.
    kept
        As of `first_narrowed`.
    """
    bound, cells = kept.bound, problem.grid.rows * problem.grid.cols
    if not is_large(problem.grid):
        return bound
    halfway = 0.5 * (bound.lower + bound.upper)
    sought = max(halfway, bound.upper / (1 + _SOUGHT_GAP)) if (bound.gap or np.inf) < _HOPEFUL_GAP else bound.upper
    near = replace(kept, keep=kept.through <= sought)

    def goes_on(kept: Kept) -> bool:
        gap = kept.bound.gap or np.inf
        few = cells * (_BESIDE if gap < _HOPEFUL_GAP else 1.0)
        return gap > _WIDE_GAP and kept.bound.lower < sought and kept.finer <= few

    found = _narrowed(problem, ends, bound.upper, goes_on, near, marches=_AT_ONCE_MARCHES, from_one_end=True).bound
    return replace(bound, lower=max(bound.lower, min(found.lower, sought)))


def rough_bound(problem: RoutingProblem, ends: Ends, upper: float, known: Pooled | None = None) -> Kept:
    """What is certain at little cost: no blocks but those over which a march takes milliseconds.

    Parameters
    ----------
    problem, ends, upper
        As in `narrowed`.
    known
        Where that need not be pooled again.
    """

    def goes_on(kept: Kept) -> bool:
        return kept.finer <= _ROUGH_BLOCKS and (kept.bound.gap or np.inf) > _ROUGH_GAP

    return _narrowed(problem, ends, upper, goes_on, marches=_ROUGH_MARCHES, known=known)


def _narrowed(
    problem: RoutingProblem,
    ends: Ends,
    upper: float,
    goes_on: Callable[[Kept], bool],
    kept: Kept | None = None,
    *,
    marches: int = len(_STEERINGS),
    from_one_end: bool = False,
    known: Pooled | None = None,
) -> Kept:
    """Look at ever smaller blocks while ``goes_on`` says of what is kept that it is worth it.

    From one end alone all of it stays; only the bound gets tighter.
    """
    grid = problem.grid
    places = [locate(grid, *end, "an end") for end in ends]
    # where no block stays, no other line can cost less: there is nothing to look at in smaller ones
    while kept is None or (kept.keep.any() and kept.block > _SMALLEST_BLOCK and goes_on(kept)):
        block = kept.block / 2 if kept is not None else _first_block(grid)
        lowest = _lowest(problem, block, kept, known)
        blocks = _blocks(grid, block, lowest)
        at = [(int((row + 0.5) / block), int((col + 0.5) / block)) for row, col in places]
        corners = [np.array(nodes.corners(blocks, row + 1, col + 1)) for row, col in at]
        bounded = partial(_certain, blocks, upper, _STEERINGS[:marches])
        if from_one_end:
            through, lower = np.where(np.isfinite(lowest), 0.0, np.inf), float(bounded(*corners)[corners[1]].min())
        else:
            through, lower = _level(blocks, bounded, corners)
        lower = min(lower, upper) if kept is None else min(max(lower, kept.bound.lower), upper)
        keep = through <= upper * (1 + _ROUNDING)
        kept = Kept(through, keep, block, Bound(lower, upper, _share(grid, keep, block)))
    return kept


def _first_block(grid: Grid) -> float:
    """Side of the largest blocks, a power of two."""
    block = 1.0
    while grid.rows * grid.cols / block**2 > _MAX_FIRST_BLOCKS:
        block *= 2
    return block


def _lowest(problem: RoutingProblem, block: float, kept: Kept | None, known: Pooled | None) -> NDArray[np.float32]:
    """Lowest cost of each block, inf where nothing is kept; blocks smaller than a cell have the cell's."""
    cost, of_cells = problem.cost, max(1, int(block))
    if known is not None and block >= known.block:
        cost, of_cells = known.lowest, int(block / known.block)
    if kept is None:
        return pooled(cost, of_cells, problem.effort.threads)[1]
    keep = kept.keep if block < 1 else _halved(kept.keep)
    _, lowest = pooled(cost, of_cells, problem.effort.threads, runs_of(keep))
    if block < 1:
        keep, lowest = _halved(keep), _halved(lowest)
    lowest[~keep[: lowest.shape[0], : lowest.shape[1]]] = np.inf
    return lowest


def _halved(blocks: NDArray[Any]) -> NDArray[Any]:
    """What is true of blocks for each of their four quarters."""
    return np.repeat(np.repeat(blocks, 2, axis=0), 2, axis=1)


def _share(grid: Grid, keep: NDArray[np.bool_], block: float) -> float:
    """Share of the grid's cells in kept blocks."""
    rows = np.minimum(grid.rows - np.arange(keep.shape[0]) * block, block)
    cols = np.minimum(grid.cols - np.arange(keep.shape[1]) * block, block)
    return float(rows @ keep @ cols) / (grid.rows * grid.cols)


def _blocks(grid: Grid, block: float, lowest: NDArray[np.float32]) -> nodes.Blocks:
    """The blocks as kernels take them."""
    padded = np.pad(lowest, 1, constant_values=np.inf)
    west, east = runs_of(padded < np.inf)
    twin, twin_of = nodes.twins(padded, west, east)
    return nodes.Blocks(padded, *_shortest_sides_m(grid, block, lowest.shape[0]), twin, twin_of, west, east)


def _level(
    blocks: nodes.Blocks, bounded: Callable[..., NDArray[np.float64]], corners: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.float64], float]:
    """What a line through each block costs at least, and one between the ends' blocks, whose corners are given."""
    with _PAIRS_OF_THREADS, ThreadPoolExecutor(2) as threads:
        first, second = threads.map(bounded, corners, corners[::-1])
    through = np.empty(tuple(side - 2 for side in blocks.lowest.shape))
    nodes.lowest_through(blocks, first, second, through)
    return through, float(max(first[corners[1]].min(), second[corners[0]].min()))


def _shortest_sides_m(grid: Grid, block: float, n_blocks: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sides of the blocks of each padded row, metres, where they are shortest."""
    edge_deg = np.clip(grid.north_deg - grid.step_deg * block * np.arange(n_blocks + 1), -90.0, 90.0)
    dx_m, dy_m = metric_m(edge_deg, grid.step_deg * block)
    sides = [np.minimum(side[:-1], side[1:]) * (1 - _ROUNDING) for side in (dx_m, dy_m)]
    dx_m, dy_m = (np.pad(np.maximum(side, 1e-9), 1, mode="edge") for side in sides)
    return dx_m, dy_m


def _certain(
    blocks: nodes.Blocks,
    upper: float,
    steerings: Sequence[float],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
) -> NDArray[np.float64]:
    """L on the nodes: zero on the start's, as great as can be had on the end's, inf where nothing leads."""
    marched, per_band = blocks.lowest.copy(), _BANDS / max(_UP_TO * upper, 1e-9)
    value, flag = np.empty(blocks.nodes), np.empty(blocks.nodes, np.uint8)
    front = nodes.Nodes(marched.ravel(), value, flag)
    # marched costs only fall, and how wide a bucket is changes no value
    queue = Buckets(blocks.lowest[np.isfinite(blocks.lowest)], *_longest_and_shortest_m(blocks), 0.0)
    at_end = -np.inf
    for power in steerings:
        value.fill(np.inf)
        flag.fill(0)
        queue.restart()
        seed(queue.queue, value, flag, start, np.zeros(4, np.float32))
        while queue.waiting:
            queue.make_room()
            nodes.march_nodes(blocks, front, queue.queue)
        if not np.isfinite(upper):
            break  # without a line there are no bands to put right
        steepest_at = np.ones(_BANDS)
        nodes.steer(blocks, value, marched, power, steepest_at, per_band)
        nodes.rescale(value, np.concatenate([[0.0], np.cumsum(1.0 / (per_band * steepest_at))]), per_band)
        before, at_end = at_end, float(value[end].min())
        if not at_end > before + _WORTH_A_MARCH * upper:
            break
    value /= max(1.0, nodes.steepest(blocks, value)) * (1 + _ROUNDING)
    return value


def _longest_and_shortest_m(blocks: nodes.Blocks) -> tuple[float, float]:
    sides_m = np.concatenate([blocks.dx_m, blocks.dy_m])
    return float(sides_m.max()), float(sides_m.min())
