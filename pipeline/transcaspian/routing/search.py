"""The cheapest path between two points without marching over the whole grid.

*Fast*: fields from both ends on blocks of cells, by their mean and by their lowest cost, for a passage narrower than a
block is in the lowest only; the fine march only where one of the sums is near its lowest. What it may have missed is
bounded; where the costs of blocks tell too little of their cells, the whole grid is marched.
*Full*: the whole grid. *Proven*: the fine march wherever a cheaper line could pass at all, see `bound`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import GridError, NoRouteError
from transcaspian.core.grid import Grid, spread_to_eight
from transcaspian.routing._kernels.layout import band_layout, full_layout
from transcaspian.routing.bound import Bound, Kept, Pooled, first_narrowed, is_large, rough_bound, tightened
from transcaspian.routing.eikonal import flat_field
from transcaspian.routing.field import CostField, nearest_reachable, solve_directional
from transcaspian.routing.path import LeastCostPath, trace_on
from transcaspian.routing.problem import QUICK, THOROUGH, Ends, LonLat, Polish, Pull, RoutingProblem
from transcaspian.routing.terrain import PaddedTerrain, Terrain, cell_of, in_a_wall, locate, padded_terrain, pooled

Names = tuple[str, str]
Line = TypeVar("Line")
Certain = TypeVar("Certain")

_BLOCKS = ((2_000_000, 8), (200_000, 4))
"""Side of a block in cells for grids of at least so many cells; smaller grids are marched whole."""
_SLACK, _SLACK_OF_PROOF = 0.01, 0.003
"""The fine march covers the blocks whose lowest cost from end to end is within this share of the best; before a proof
of a large grid, which marches again, fewer of them."""
_POLISH_OF_PROOF = Polish((Pull(2.0, 2.0, ()),), 1, 1.0)
"""There, the first line only says what to leave out."""
_BLIND = 1.5
"""A path that costs so many times what the lowest costs of blocks say is no news of them: the whole grid is marched."""
_LIKELY = 1.01
"""A path costs hardly more than its blocks say by their mean cost, and this share of it."""
_WIDEN = 4.0
_WIDEST_SLACK, _WIDEST = 0.2, 0.25
_MOST = 0.5
"""Where so much of the grid would be marched, all of it is: first in vain perhaps, then for a proof."""
_FIELD_ERROR = 0.01
"""Share of T by which a line down the field costs more at most, as a rule."""


class Marched(NamedTuple):
    """A terrain with T of its stored cells, flat."""

    sea: Terrain
    value: NDArray[np.float32]


class Coarse(NamedTuple):
    """What blocks of cells say of a path.

    Attributes
    ----------
    lowest
        Lowest cost of the cells of each block.
    by_mean, by_lowest
        Cost from end to end through each block, by the mean and by the lowest cost of its cells.
    """

    lowest: Pooled
    by_mean: NDArray[np.float32]
    by_lowest: NDArray[np.float32]


def least_cost_path(
    problem: RoutingProblem,
    start_lonlat: LonLat,
    end_lonlat: LonLat,
    *,
    names: Names = ("the start", "the end"),
) -> LeastCostPath:
    """Cheapest path between two points in open cells.

    Parameters
    ----------
    problem
        Its cost, or metric, and its effort; water, closed areas and refinement play no part. Under a metric the field
        of the whole grid is solved in every mode.
    start_lonlat, end_lonlat
        ``(lon, lat)``, degrees.
    names
        Of the ends, for messages.

    Returns
    -------
    LeastCostPath
        Vertices from start to end, its cost, its geodesic length, and, as the effort asks, a lower bound.

    Raises
    ------
    GridError
        As `solve`.
    NoRouteError
        Names both ends and the cause: an end in a wall, or separate waters, with the size of the start's water
        and its point nearest to the end.

    Notes
    -----
    The line of least ∫ c ds between two points: the eikonal equation |∇T| = c and descent of T; docs/method/routing.md.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid.covering(50.0, 40.0, 51.0, 41.0, step_deg=0.02)
    >>> path = least_cost_path(RoutingProblem(grid, np.full(grid.shape, 2.0)), (50.1, 40.5), (50.9, 40.5))
    >>> f"{path.length_m / 1000:.1f} km, weighted {path.cost / 1000:.1f} km"
    '67.8 km, weighted 135.6 km'
    """
    ends = (start_lonlat, end_lonlat)
    _check_ends(problem, ends, names)
    if problem.metric_of is not None or problem.effort.mode == "full":
        return _by_field(problem, ends, names)
    return (_proven if problem.effort.mode == "proven" else _fast)(problem, ends, names)


def _check_ends(problem: RoutingProblem, ends: Ends, names: Names) -> None:
    """Both ends must lie on the grid and in open cells."""
    grid, walls = problem.grid, problem.cost if problem.metric is None else problem.metric.ee
    for name, lonlat in zip(names, ends, strict=True):
        if not walls[cell_of(grid, *locate(grid, *lonlat, name))] < np.inf:
            raise NoRouteError(f"no route from {names[0]} to {names[1]}: {in_a_wall(*lonlat, name)}")


def _fast(problem: RoutingProblem, ends: Ends, names: Names) -> LeastCostPath:
    """The path by blocks, or by the whole grid where it is small or blocks tell too little, and a rough bound beside.

    The bound is begun with what blocks say that the path costs, and again where it costs more.
    """
    block, bounded = block_of(problem.grid), problem.effort.bounded
    if block == 1:
        path = _by_field(problem, ends, names)
        return replace(path, bound=rough_bound(problem, ends, path.cost).bound) if bounded else path
    quick = problem.with_effort(polish=problem.effort.polish or QUICK)
    coarse = _coarse(quick, ends, block)

    def line() -> LeastCostPath:
        return _by_blocks(quick, ends, coarse, _SLACK) or _by_field(quick, ends, names)

    if not bounded:
        return line()
    likely = float(coarse.by_mean.min()) * _LIKELY
    path, kept = beside_bound(problem, line, partial(rough_bound, problem, ends, likely, coarse.lowest))
    if path.cost > likely:
        kept = rough_bound(problem, ends, path.cost, coarse.lowest)
    return replace(path, bound=kept.bound_at(problem.grid, path.cost))


def _proven(problem: RoutingProblem, ends: Ends, names: Names) -> LeastCostPath:
    """The cheapest path over all cells that a line cheaper than the one found could enter, with its bound.

    All of the grid is marched where no line was found over a part of it, or where hardly anything can be left out.
    """
    block, soon, found, known = block_of(problem.grid), is_large(problem.grid), None, None
    if block > 1:
        quick = problem.with_effort(polish=_POLISH_OF_PROOF if soon else problem.effort.polish or QUICK)
        coarse = _coarse(quick, ends, block)
        known = coarse.lowest
        found = _by_blocks(quick, ends, coarse, _SLACK_OF_PROOF if soon else _SLACK)
    if found is None and not is_large(problem.grid):
        path = _by_field(problem, ends, names)
        bound = first_narrowed(problem, ends, path.cost).bound
    elif found is None:
        marched = _whole(problem, ends, names)
        upper = float(marched.value[marched.sea.index_at(*ends[1])]) * (1 + _FIELD_ERROR)
        path, bound = beside_bound(
            problem, partial(_traced, problem, ends, marched), partial(_bound, problem, ends, upper)
        )
        bound = bound if path.cost <= upper else _bound(problem, ends, path.cost)
    else:
        kept = first_narrowed(problem, ends, found.cost, known)
        again, bound = beside_bound(
            problem, partial(_over_kept, problem, ends, names, kept), partial(tightened, problem, ends, kept)
        )
        path = found if again is None or found.cost < again.cost else again
    return replace(path, bound=replace(bound, lower=min(bound.lower, path.cost), upper=path.cost))


def _over_kept(problem: RoutingProblem, ends: Ends, names: Names, kept: Kept) -> LeastCostPath | None:
    """The path over the cells that are kept, or over all where hardly any can be left out; None where there is none."""
    if kept.bound.kept_share > _MOST:
        return _by_field(problem, ends, names)
    return in_band(problem, ends, *kept.whole_blocks)


def _bound(problem: RoutingProblem, ends: Ends, upper: float) -> Bound:
    """What is certain of a path of a large grid, as far as that is known soon."""
    return tightened(problem, ends, first_narrowed(problem, ends, upper))


def beside_bound(
    problem: RoutingProblem, line: Callable[[], Line], bound: Callable[[], Certain]
) -> tuple[Line, Certain]:
    """A line and a bound, side by side: the polish of one line leaves a processor idle.

    Parameters
    ----------
    problem
        Its effort says how many threads there are.
    line, bound
        Make them.
    """
    if problem.effort.threads < 2:
        return line(), bound()
    with ThreadPoolExecutor(1) as beside:
        found = beside.submit(bound)
        return line(), found.result()


def block_of(grid: Grid) -> int:
    """Side of the blocks for a grid of this size, in cells; 1 where blocks do not pay or would leave the globe."""
    size = next((block for cells, block in _BLOCKS if grid.rows * grid.cols >= cells), 1)
    try:
        blocks_grid(grid, size)
    except GridError:
        return 1
    return size


def blocks_grid(grid: Grid, block: int) -> Grid:
    """The frame whose cells are blocks of the grid's.

    Parameters
    ----------
    grid
        The frame of the cells.
    block
        Side of a block, cells.
    """
    return Grid(grid.west_deg, grid.north_deg, grid.step_deg * block, -(-grid.rows // block), -(-grid.cols // block))


def _coarse(problem: RoutingProblem, ends: Ends, block: int) -> Coarse:
    """What blocks of so many cells a side say of the path."""
    mean, lowest = pooled(problem.cost, block, problem.effort.threads)
    by_mean = _through_blocks(problem, ends, block, mean)
    # a way that the mean does not show is none that a proof would leave out
    by_lowest = by_mean if problem.effort.mode == "proven" else _through_blocks(problem, ends, block, lowest)
    return Coarse(Pooled(lowest, block), by_mean, by_lowest)


def _by_blocks(problem: RoutingProblem, ends: Ends, coarse: Coarse, slack: float) -> LeastCostPath | None:
    """The path by blocks; None where no band of blocks leads through, or where their costs tell too little."""
    through = (coarse.by_mean,) if problem.effort.mode == "proven" else coarse[1:]
    while np.isfinite(through[0].min()) and slack <= _WIDEST_SLACK:
        near = np.logical_or.reduce([total <= total.min() * (1 + slack) for total in through])
        near = spread_to_eight(near)
        if near.mean() > _WIDEST:
            return None
        path = in_band(problem, ends, near, coarse.lowest.block)
        if path is not None:
            return path if len(through) == 1 or path.cost <= _BLIND * float(through[1].min()) else None
        slack *= _WIDEN
    return None


def _through_blocks(
    problem: RoutingProblem, ends: Ends, block: int, cost_per_m: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Cost from end to end through each block, by one cost for each block."""
    sea = padded_terrain(full_layout(blocks_grid(problem.grid, block)), cost_per_m)
    with ThreadPoolExecutor(problem.effort.threads) as workers:
        there, back = workers.map(lambda at: sea.layout.inner(flat_field(sea, [at])), ends)
    return np.asarray(there + back)


def in_band(problem: RoutingProblem, ends: Ends, keep: NDArray[np.bool_], block: int) -> LeastCostPath | None:
    """The cheapest path over kept blocks, the ends' among them, or None without any.

    Parameters
    ----------
    problem, ends
        As given to `least_cost_path`; without a metric.
    keep
        ``(ceil(rows / block), ceil(cols / block))``.
    block
        Side of a block, cells.
    """
    marched = _part(problem, ends, keep, block)
    return None if marched is None else _traced(problem, ends, marched)


def _part(problem: RoutingProblem, ends: Ends, keep: NDArray[np.bool_], block: int) -> Marched | None:
    """T from the start over kept blocks, as in `in_band`; None where it does not reach the end."""
    grid, keep = problem.grid, keep.copy()
    for end in ends:
        row, col = cell_of(grid, *locate(grid, *end, "an end"))
        keep[row // block, col // block] = True
    band = padded_terrain(band_layout(grid, keep, block), problem.cost, keep=keep, block=block)
    value = flat_field(band, ends[:1], threads=problem.effort.threads)
    return Marched(band, value) if np.isfinite(value[band.index_at(*ends[1])]) else None


def _traced(problem: RoutingProblem, ends: Ends, marched: Marched) -> LeastCostPath:
    """The path down a field."""
    polish = THOROUGH if problem.metric is not None else problem.effort.polish or THOROUGH
    return trace_on(*marched, ends[:1], *ends[1], polish)


def _by_field(problem: RoutingProblem, ends: Ends, names: Names) -> LeastCostPath:
    """The path by the field of the whole grid."""
    return _traced(problem, ends, _whole(problem, ends, names))


def _whole(problem: RoutingProblem, ends: Ends, names: Names) -> Marched:
    """T from the start over the whole grid; an error where it does not reach the end."""
    sea: Terrain
    if problem.metric is None:
        # traced where it was marched: on a large grid there is no room for another copy
        sea = padded_terrain(full_layout(problem.grid), problem.cost)
        flat = flat_field(sea, ends[:1], threads=problem.effort.threads)
    else:
        sea, flat = problem.terrain, solve_directional(problem.metric, ends[:1]).value.ravel()
    if not np.isfinite(flat[sea.index_at(*ends[1])]):
        value = sea.layout.inner(flat) if isinstance(sea, PaddedTerrain) else flat.reshape(problem.grid.shape)
        why = _separate_waters(CostField(problem.grid, value, ends[:1]), ends[1], names)
        raise NoRouteError(f"no route from {names[0]} to {names[1]}: {why}")
    return Marched(sea, flat)


def _separate_waters(field: CostField, end_lonlat: LonLat, names: Names) -> str:
    """Why nothing arrives: the size of the water around the start and where it comes nearest to the end."""
    dx_m, dy_m = field.grid.spacing_m()
    area_km2 = float((np.isfinite(field.value).sum(axis=1) * dx_m * dy_m).sum()) / 1e6
    text = f"they lie in separate waters; the open water around {names[0]} covers {area_km2:,.1f} km²"
    near = nearest_reachable(field, *end_lonlat)
    if near is None:
        return text
    lon, lat, km = near
    return (
        f"{text} and comes nearest to {names[1]} at {lon:.5f} E, {lat:.5f} N, {km:.1f} km away: "
        "open the no-go areas between them or move a landing"
    )
