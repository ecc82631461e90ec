"""A finished line between two landings: on the grid in the middle, exact at the shore, checked against polygons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.errors import LandingError, NoRouteError
from transcaspian.core.grid import Grid, spread_to_eight
from transcaspian.routing._kernels import descent
from transcaspian.routing.bound import Kept, first_narrowed, rough_bound, tightened
from transcaspian.routing.exact_water import Cells, around, half_wet, half_wet_around, is_clear, violations
from transcaspian.routing.landing import EntryCell, ShoreLanding, approach_km, entry_cell
from transcaspian.routing.path import LONGEST_LEG_CELLS, LeastCostPath, measured, price
from transcaspian.routing.problem import THOROUGH, FinerCost, RoutingProblem
from transcaspian.routing.refine import HALF_WIDTH_CELLS, add_finer, finer_grid, refine
from transcaspian.routing.search import beside_bound, in_band, least_cost_path
from transcaspian.routing.terrain import PaddedTerrain, Terrain, cells_on

Landings = tuple[ShoreLanding, ShoreLanding]
Draft = tuple[NDArray[np.float64], NDArray[np.float32]]
"""A line between landings, and the cost that prices it: coastal walls by the landings filled."""

MAX_REPAIRS = 24
_END_VERTICES = 12
_WIDEST_REPAIR_CELLS = 64
NARROW_FACTOR = 16
"""How much finer than the grid a draft is sought again, where no line over whole cells passes a narrow water."""


def route_between(
    problem: RoutingProblem, start: ShoreLanding, end: ShoreLanding, repairs: NDArray[np.bool_] | None = None
) -> LeastCostPath:
    """Cheapest line from landing to landing that stays in the exact water and out of the exact no-go areas.

    Cells are open by their centres, so a line through open cells may still cut a headland. Where it does, the cells
    under the cut, and the half-wet ones around it, become walls and the route is sought again.

    Parameters
    ----------
    problem
        What the line is sought on, and with how much effort.
    start, end
        On the shoreline, from `snap_to_shore`.
    repairs
        Cells that became walls in searches on much the same cost, ``grid.shape``: they are walls here from the first,
        and those that become so here are added, in place. None: nothing is remembered.

    Returns
    -------
    LeastCostPath
        From start to end. On coastal cells that are walls by their centre the approach is priced as its open cell.

    Raises
    ------
    LandingError
        A landing cannot join the grid.
    NoRouteError
        The landings are in separate waters, or the water between them is narrower than the grid can follow.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> west, east = ShoreLanding(50.005, 41.85), ShoreLanding(50.195, 41.85)
    >>> pier = shapely.box(50.09, 41.7, 50.1, 41.9)
    >>> f"{route_between(replace(problem, forbidden=pier), west, east).length_m / 1000:.2f} km around the pier"
    '21.34 km around the pier'
    """
    for area in (problem.water, problem.forbidden):
        if area is not None:
            shapely.prepare(area)
    landings, proven = (start, end), problem.effort.mode == "proven"
    mode = "fast" if proven else problem.effort.mode
    rough = problem.with_effort(mode=mode, polish=problem.effort.polish or THOROUGH, bounded=False)
    trial, (line, cost) = _clear_draft(rough, landings, repairs)
    trial = trial.with_effort(bounded=problem.effort.bounded)
    return _finished(trial, landings, line, for_pricing(np.minimum(problem.checked_cost, cost)), proven)


def _clear_draft(
    problem: RoutingProblem, landings: Landings, repairs: NDArray[np.bool_] | None
) -> tuple[RoutingProblem, Draft]:
    """A draft that is in the exact water and out of the no-go areas, and the problem with the cells that it is on."""
    # `cut` closes what was cut; `wide` also what could be cut next: if that closes a strait, we fall back
    cut = wide = problem.checked_cost
    if repairs is not None and (np.isfinite(cut) & ~repairs).any():
        wide = np.where(repairs, np.float32(np.inf), cut)
    drafts: list[Draft] = []
    for attempt in range(MAX_REPAIRS):
        trial = problem.with_cost(wide)
        try:
            draft = _draft(trial, landings)
        except (NoRouteError, LandingError) as narrow:
            if wide is not cut:
                wide = cut
                continue
            if not drafts:
                raise
            return problem, _through_narrows(problem, drafts, narrow)
        bad = violations(draft[0], problem.water, problem.forbidden)
        if not bad:
            if repairs is not None:
                repairs |= np.isinf(wide) & np.isfinite(problem.checked_cost)
            return trial, draft
        drafts.append(draft)
        cells = _cells_under(problem.grid, cut, bad)
        cut = cut.copy()
        cut[cells] = np.inf
        if not np.isfinite(cut).any():
            break
        radius = min(2 ** (attempt + 1), _WIDEST_REPAIR_CELLS)
        wide = np.maximum(wide, cut)
        wide[half_wet_around(problem, np.isfinite(wide), cells, radius)] = np.inf
        if not np.isfinite(wide).any():
            wide = cut
    raise NoRouteError(
        f"no route from {landings[0].name} to {landings[1].name} stays over water outside the no-go areas after "
        f"{MAX_REPAIRS} repairs: use a finer grid step"
    )


def _through_narrows(problem: RoutingProblem, drafts: Sequence[Draft], narrow: Exception) -> Draft:
    """The first draft that is clear when it is sought again on much finer cells, closed where they touch land or no-go.

    ``narrow``: why no line over whole cells was left.
    """
    finer = problem.with_effort(refinement=NARROW_FACTOR)
    for draft, cost in drafts:
        line = _refined(finer, LeastCostPath(draft, np.inf, np.inf))
        if is_clear(problem, line):
            return line, cost
    raise NoRouteError(
        f"{narrow} (after {len(drafts)} cells or groups of cells that touch land or no-go were closed: the water there "
        f"may be narrower than a {NARROW_FACTOR}th of a cell; use a finer grid step)"
    ) from None


def _draft(problem: RoutingProblem, landings: Landings, within: Kept | None = None) -> Draft:
    """One attempt."""
    entries = [entry_cell(problem, at) for at in landings]
    ends = entries[0].lonlat, entries[1].lonlat
    inner = None if within is None else in_band(problem, ends, *within.whole_blocks)
    if inner is None:
        inner = least_cost_path(problem, *ends, names=(landings[0].name, landings[1].name))
    priced = problem.checked_cost.copy()
    for at, entry in zip(landings, entries, strict=True):
        price_coast(problem, priced, at, entry)
    first, last = (at.lonlat for at in landings)
    line = np.vstack([first, inner.lonlat, last])
    line = line[np.r_[True, (np.diff(line, axis=0) != 0).any(axis=1)]]
    if len(line) < 2:
        line = np.array([first, last])
    sea = problem.with_cost(priced).terrain
    line = _straight_end(problem, sea, line)
    line = _straight_end(problem, sea, line[::-1])[::-1]
    return np.ascontiguousarray(_short_legs(problem.grid, line)), priced


def _finished(
    problem: RoutingProblem, landings: Landings, line: NDArray[np.float64], prices: NDArray[np.float32], proven: bool
) -> LeastCostPath:
    """A fair line made cheaper where asked: over all cells that could hold a cheaper one, then on finer cells.

    ``prices`` is the cost that prices lines; that of the problem has the walls of the repairs, where cells by their
    centres would let a line cut a headland. The certificate is about the latter, with the coastal cells that the line
    itself enters.
    """
    grid, sea = problem.grid, problem.with_cost(prices).terrain
    path = _priced(sea, line)
    if path.length_m == 0.0:  # both ends are one place: nothing could be cheaper
        return path
    bound = None
    ends = landings[0].lonlat, landings[1].lonlat
    is_fast = problem.effort.mode == "fast" and problem.metric_of is None
    is_bounded = not proven and problem.effort.bounded and is_fast
    if proven or is_bounded:
        certified = problem.checked_cost.copy()
        under = _cells_of(grid, [shapely.LineString(path.lonlat)])
        certified[under] = prices[under]
        known = problem.with_cost(certified)
    if is_bounded:
        bound = rough_bound(known, ends, path.cost).bound
    if proven:
        kept = first_narrowed(known, ends, path.cost)
        tighter = partial(tightened, known, ends, kept)
        if problem.metric_of is None:
            (line, _), bound = beside_bound(problem, lambda: _draft(problem, landings, kept), tighter)
            path = _cheaper(problem, sea, path, line)
        else:
            bound = tighter()
    if problem.effort.refinement > 1 and problem.metric_of is None:
        path = _cheaper(problem, sea, path, _refined(problem, path))
    for finer in problem.finer if problem.metric_of is None else ():
        path = _on_finer_cells(problem, sea, path, finer)
    return path if bound is None else replace(path, bound=replace(bound, upper=path.cost))


def _priced(sea: Terrain, line: NDArray[np.float64]) -> LeastCostPath:
    """A line with its cost, and what priced it."""
    return replace(measured(sea, line), sea=sea)


def _cheaper(problem: RoutingProblem, sea: Terrain, path: LeastCostPath, line: NDArray[np.float64]) -> LeastCostPath:
    """The line instead of the path where it costs less and is as fair."""
    found = _priced(sea, line)
    return found if found.cost < path.cost and is_clear(problem, line) else path


def _on_finer_cells(problem: RoutingProblem, sea: Terrain, path: LeastCostPath, finer: FinerCost) -> LeastCostPath:
    """The path, each stretch by finer data sought again on them: what is cheaper there stands, where it is fair."""
    (west, south, east, north), beside = finer.bounds, HALF_WIDTH_CELLS * problem.grid.step_deg
    lon, lat = path.lonlat.T
    inside = (lon >= west - beside) & (lon <= east + beside) & (lat >= south - beside) & (lat <= north + beside)
    changes = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(np.int8), [0]]))).reshape(-1, 2)
    for begin, end in changes[::-1]:
        part = LeastCostPath(path.lonlat[begin:end], np.inf, np.inf)
        line = np.vstack([path.lonlat[:begin], _refined(problem, part, finer), path.lonlat[end:]])
        if not np.array_equal(line, path.lonlat) and is_clear(problem, line):
            path = _priced(sea, line)
    return path


def _refined(problem: RoutingProblem, path: LeastCostPath, finer: FinerCost | None = None) -> NDArray[np.float64]:
    """The line on finer cells, but for its ends by the shore; what touches land or no-go is closed."""
    grid, is_open = problem.grid, np.isfinite(problem.checked_cost)
    factor = problem.effort.refinement if finer is None else finer.factor
    if len(path.lonlat) < 2:
        return path.lonlat
    fine = finer_grid(grid, factor)
    wet = np.flatnonzero(is_open[cells_on(grid, path.lonlat)] & ~half_wet(problem, fine, cells_on(fine, path.lonlat)))
    if wet.size < 2 or wet[-1] - wet[0] < 2:
        return path.lonlat
    first, last = int(wet[0]), int(wet[-1])

    def close(band: PaddedTerrain, keep: NDArray[np.bool_]) -> None:
        rows, cols = np.nonzero(keep & is_open)
        half = half_wet(problem, grid, (rows, cols))
        side = np.arange(factor)
        fine_rows = (rows[half, None, None] * factor + side[:, None] + 0 * side).ravel()
        fine_cols = (cols[half, None, None] * factor + 0 * side[:, None] + side).ravel()
        dry = half_wet(problem, band.grid, (fine_rows, fine_cols))
        band.cells.cost[band.layout.index(fine_rows[dry], fine_cols[dry])] = np.inf
        if finer is not None:
            add_finer(band, keep, finer, grid)

    inner = LeastCostPath(path.lonlat[first : last + 1], np.inf, np.inf)
    exact = refine(problem, inner, factor=factor, adjust=close).lonlat
    return _short_legs(grid, np.vstack([path.lonlat[:first], exact, path.lonlat[last + 1 :]]))


def for_pricing(reached: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cost that prices a line already held to the exact polygons: never inf beside open water; in place.

    A wall takes the highest cost of its open neighbours, because the line may graze the corner of a wall by the
    centimetres between a geodesic and a straight line on the map.
    """
    walls = np.isinf(reached)
    rows, cols = np.nonzero(spread_to_eight(~walls) & walls)
    highest = np.full(len(rows), -np.inf, np.float32)
    for down, right in product((-1, 0, 1), repeat=2):
        near = reached[np.clip(rows + down, 0, len(walls) - 1), np.clip(cols + right, 0, walls.shape[1] - 1)]
        highest = np.fmax(highest, near, where=np.isfinite(near), out=highest)
    reached[rows, cols] = highest
    return reached


def price_coast(problem: RoutingProblem, priced: NDArray[np.float32], at: ShoreLanding, entry: EntryCell) -> None:
    """Give walls around a landing that are only half land or no-go the cost of its open cell, in place.

    Walls of another cause (no data, an excluded slope) in whole water stay walls.

    Parameters
    ----------
    problem
        Its cost says what is a wall, its water where it is wet.
    priced
        Cost per metre that is changed, shape ``grid.shape``.
    at
        The landing.
    entry
        Open cell where it joins the grid; its cost is the price.
    """
    cost, (dx_m, dy_m) = problem.checked_cost, problem.grid.spacing_m()
    radius = int(np.ceil(1000.0 * approach_km(problem, at) / min(dx_m[entry.row], dy_m[entry.row]))) + 1
    cells = np.array([entry.row]), np.array([entry.col])
    priced[half_wet_around(problem, np.isinf(cost), cells, radius)] = cost[entry.row, entry.col]


def _straight_end(problem: RoutingProblem, sea: Terrain, line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out the detour by the entry cell's centre where a straight leg from the landing is fair and cheaper."""
    last = min(_END_VERTICES, len(line) - 1)
    for k in range(last, 1, -1):
        direct = line[[0, k]]
        if is_clear(problem, direct) and price(sea, direct) <= price(sea, line[: k + 1]):
            return np.vstack([line[:1], line[k:]])
    return line


def _short_legs(grid: Grid, line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut long legs on the map; the vertices stay exactly as they are."""
    cells = descent.divide(np.ascontiguousarray(line) / grid.step_deg, LONGEST_LEG_CELLS) * grid.step_deg
    cells[0], cells[-1] = line[0], line[-1]
    return cells


def _cells_of(grid: Grid, lines: list[shapely.Geometry]) -> Cells:
    """Cells under lines."""
    return cells_on(grid, shapely.get_coordinates(shapely.segmentize(np.array(lines), grid.step_deg / 8)))


def _cells_under(grid: Grid, cost: NDArray[np.float32], pieces: list[shapely.Geometry]) -> Cells:
    """Open cells under pieces of line; their open neighbours where all of them are walls."""
    cells = _cells_of(grid, pieces)
    return cells if np.isfinite(cost[cells]).any() else around(grid, cells, 1)
