"""A finished line between two landings: on the grid in the middle, exact at the shore, checked against polygons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from transcaspian.core.errors import LandingError, NoRouteError
from transcaspian.core.grid import Grid, length_m
from transcaspian.routing import _descent
from transcaspian.routing.bound import Kept, narrowed
from transcaspian.routing.field import PaddedTerrain, Terrain, as_terrain, checked_cost
from transcaspian.routing.landing import TOUCH_DEG, Approach, ShoreLanding, approach, default_approach_km
from transcaspian.routing.metric import Metric
from transcaspian.routing.path import LONGEST_LEG_CELLS, THOROUGH, LeastCostPath, Polish, price
from transcaspian.routing.refine import refine
from transcaspian.routing.search import directional_path, in_band, least_cost_path, metric_terrain

MetricOf = Callable[[NDArray[np.float32]], Metric]

MAX_REPAIRS = 24
EXACT_DEG = 1e-7
"""A centimetre: shorter pieces over land or no-go are rounding of coordinates."""
_END_VERTICES = 12
_WIDEST_REPAIR_CELLS = 64


def route_between(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    water: shapely.Geometry,
    start: ShoreLanding,
    end: ShoreLanding,
    forbidden: shapely.Geometry | None = None,
    *,
    max_approach_km: float | None = None,
    proven: bool = False,
    refinement: int = 1,
    metric_of: MetricOf | None = None,
    threads: int = 2,
    polish: Polish = THOROUGH,
) -> LeastCostPath:
    """Cheapest line from landing to landing that stays in the exact water and out of the exact no-go areas.

    Cells are open by their centres, so a line through open cells may still cut a headland. Where it does, the cells
    under the cut, and the half-wet ones around it, become walls and the route is sought again.

    Parameters
    ----------
    grid, cost_per_m
        As in `solve`; NaN or inf is a wall.
    water
        Polygon or multipolygon, lon/lat; islands are holes.
    start, end
        On the shoreline, from `snap_to_shore`.
    forbidden
        No-go polygons with their buffers, lon/lat, or None.
    max_approach_km
        Reach between a landing and its first open cell; three cells when None.
    proven
        Search everywhere a cheaper line could pass, and certify how much cheaper one could be at most.
    refinement
        March again in a band around the line on cells so many times as fine, barriers and all; 1: leave it. Not done
        where the cost depends on direction.
    metric_of
        Makes the metric of a cost where the cost depends on direction; nowhere cheaper than the cost itself.

    threads
        One or two for the march, as in `least_cost_path`; proof and refinement always take two.
    polish
        How the line is pulled straight: `QUICK` takes a third of the time, for lines that are counted, not laid.

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
    """
    asked = checked_cost(grid, cost_per_m)
    least = wide = asked
    if forbidden is not None and shapely.is_empty(forbidden):
        forbidden = None
    for area in (water, forbidden):
        if area is not None:
            shapely.prepare(area)
    task = _Task(grid, water, forbidden, start, end, max_approach_km, metric_of, threads, polish)
    for attempt in range(MAX_REPAIRS):
        try:
            line, cost = _draft(task, wide)
        except (NoRouteError, LandingError) as narrow:
            if wide is least:
                if attempt == 0:
                    raise
                raise NoRouteError(
                    f"{narrow} (after {attempt} cells or groups of cells that touch land or no-go were closed: "
                    "the water there may be narrower than a cell; use a finer grid step)"
                ) from None
            wide = least
            continue
        bad = violations(line, water, forbidden)
        if not bad:
            return _finished(task, _for_pricing(np.minimum(asked, cost)), wide, line, proven, refinement)
        rows, cols = _cells_under(grid, least, bad)
        # `least` closes what was cut; `wide` also what could be cut next: if that closes a strait, we fall back
        least = least.copy()
        least[rows, cols] = np.inf
        if not np.isfinite(least).any():
            break
        radius = min(2 ** (attempt + 1), _WIDEST_REPAIR_CELLS)
        wide = np.maximum(wide, least)
        _close_half_wet(grid, wide, rows, cols, radius, water, forbidden)
        if not np.isfinite(wide).any():
            wide = least
    raise NoRouteError(
        f"no route from {start.name} to {end.name} stays over water outside the no-go areas after {MAX_REPAIRS} "
        "repairs: use a finer grid step"
    )


@dataclass(frozen=True)
class _Task:
    """What all attempts have in common."""

    grid: Grid
    water: shapely.Geometry
    forbidden: shapely.Geometry | None
    start: ShoreLanding
    end: ShoreLanding
    max_km: float | None
    metric_of: MetricOf | None
    threads: int = 2
    polish: Polish = THOROUGH

    def terrain(self, cost: NDArray[np.float32]) -> Terrain:
        """The ground that prices lines."""
        return as_terrain(self.grid, cost) if self.metric_of is None else metric_terrain(self.metric_of(cost))

    def is_fair(self, line: NDArray[np.float64]) -> bool:
        """Whether a line stays in the exact water and out of the exact no-go areas."""
        return not violations(line, self.water, self.forbidden)


def _draft(
    task: _Task, cost: NDArray[np.float32], within: Kept | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """One attempt: the line, and the cost that prices it (coastal walls by the landings filled)."""
    landings = (task.start, task.end)
    ends = [
        approach(task.grid, cost, (at.lon, at.lat), task.water, task.max_km, name=at.name, forbidden=task.forbidden)
        for at in landings
    ]
    inner = _between_cells(task, cost, (ends[0].lon, ends[0].lat), (ends[1].lon, ends[1].lat), within)
    priced = cost.copy()
    for at, join in zip(landings, ends, strict=True):
        _price_coast(task, cost, priced, at, join)
    first, last = ([at.lon, at.lat] for at in landings)
    line = np.vstack([first, inner.lonlat, last])
    line = line[np.r_[True, (np.diff(line, axis=0) != 0).any(axis=1)]]
    if len(line) < 2:
        line = np.array([first, last])
    sea = task.terrain(priced)
    line = _straight_end(task, sea, line)
    line = _straight_end(task, sea, line[::-1])[::-1]
    return np.ascontiguousarray(_short_legs(task.grid, line)), priced


def _between_cells(
    task: _Task,
    cost: NDArray[np.float32],
    first: tuple[float, float],
    last: tuple[float, float],
    within: Kept | None,
) -> LeastCostPath:
    """The cheapest path between open cells, within kept blocks where those are given."""
    start, end = task.start.name, task.end.name
    if task.metric_of is not None:
        return directional_path(task.metric_of(cost), first, last, start_name=start, end_name=end)
    if within is not None:
        path = in_band(task.grid, cost, first, last, within.keep, within.block, task.polish, task.threads)
        if path is not None:
            return path
    return least_cost_path(
        task.grid, cost, first, last, polish=task.polish, start_name=start, end_name=end, threads=task.threads
    )


def _finished(
    task: _Task,
    prices: NDArray[np.float32],
    cost: NDArray[np.float32],
    line: NDArray[np.float64],
    proven: bool,
    refinement: int,
) -> LeastCostPath:
    """A fair line made cheaper where asked: over all cells that could hold a cheaper one, then on finer cells.

    ``prices`` is the cost that prices lines; ``cost`` has the walls of the repairs, where cells by their centres would
    let a line cut a headland. The certificate is about the latter, with the coastal cells that the line itself enters.
    """
    sea = task.terrain(prices)
    path = LeastCostPath(line, price(sea, line), length_m(line), sea=sea)
    bound = None
    if proven:
        certified = cost.copy()
        dense = shapely.segmentize(shapely.LineString(path.lonlat), task.grid.step_deg / 8)
        under = cells_on(task.grid, shapely.get_coordinates(dense))
        certified[under] = prices[under]
        start, end = task.start, task.end
        kept = narrowed(task.grid, certified, (start.lon, start.lat), (end.lon, end.lat), path.cost)
        bound = kept.bound
        if task.metric_of is None:
            path = _cheaper(task, sea, path, _draft(task, cost, kept)[0])
    if refinement > 1 and task.metric_of is None:
        path = _cheaper(task, sea, path, _refined(task, cost, path, refinement))
    return path if bound is None else replace(path, bound=replace(bound, upper=path.cost))


def _cheaper(task: _Task, sea: Terrain, path: LeastCostPath, line: NDArray[np.float64]) -> LeastCostPath:
    """The line instead of the path where it costs less and is as fair."""
    found = LeastCostPath(line, price(sea, line), length_m(line), sea=sea)
    return found if found.cost < path.cost and task.is_fair(line) else path


def _refined(task: _Task, cost: NDArray[np.float32], path: LeastCostPath, factor: int) -> NDArray[np.float64]:
    """The line on finer cells, but for its ends by the shore; what touches land or no-go is closed."""
    grid = task.grid
    row, col = cells_on(grid, path.lonlat)
    whole = np.isfinite(cost[row, col]) & ~_half_wet(grid, row, col, task.water, task.forbidden)
    wet = np.flatnonzero(whole)
    if wet.size < 2 or wet[-1] - wet[0] < 2:
        return path.lonlat
    first, last = int(wet[0]), int(wet[-1])

    def close(band: PaddedTerrain, keep: NDArray[np.bool_]) -> None:
        rows, cols = np.nonzero(keep & np.isfinite(cost))
        half = _half_wet(grid, rows, cols, task.water, task.forbidden)
        side = np.arange(factor)
        fine_rows = (rows[half, None, None] * factor + side[:, None] + 0 * side).ravel()
        fine_cols = (cols[half, None, None] * factor + 0 * side[:, None] + side).ravel()
        dry = _half_wet(band.grid, fine_rows, fine_cols, task.water, task.forbidden)
        band.ground.cost[band.layout.index(fine_rows[dry], fine_cols[dry])] = np.inf

    inner = LeastCostPath(path.lonlat[first : last + 1], np.inf, np.inf)
    exact = refine(grid, cost, inner, factor=factor, polish=THOROUGH, adjust=close).lonlat
    return _short_legs(grid, np.vstack([path.lonlat[:first], exact, path.lonlat[last + 1 :]]))


def _for_pricing(reached: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cost that prices a line already held to the exact polygons: never inf beside open water.

    A wall takes the greatest cost of its open neighbours, because the line may graze the corner of a wall by the
    centimetres between a geodesic and a straight line on the map.
    """
    walls = np.isinf(reached)
    around = ndimage.maximum_filter(np.where(walls, np.float32(-np.inf), reached), size=3)
    return np.where(walls & np.isfinite(around), around, reached).astype(np.float32)


def _price_coast(
    task: _Task, cost: NDArray[np.float32], priced: NDArray[np.float32], at: ShoreLanding, join: Approach
) -> None:
    """Give walls around a landing that are only half land or no-go the cost of its open cell, in place.

    Walls of another cause (no data, an excluded slope) in whole water stay walls.
    """
    grid = task.grid
    reach_m = 1000.0 * (default_approach_km(grid, at.lat) if task.max_km is None else task.max_km)
    dx_m, dy_m = grid.spacing_m()
    radius = int(np.ceil(reach_m / min(dx_m[join.row], dy_m[join.row]))) + 1
    rows, cols = _window(grid, np.array([join.row]), np.array([join.col]), radius)
    wall = ~np.isfinite(cost[rows, cols])
    rows, cols = rows[wall], cols[wall]
    half = _half_wet(grid, rows, cols, task.water, task.forbidden)
    priced[rows[half], cols[half]] = cost[join.row, join.col]


def _straight_end(task: _Task, sea: Terrain, line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out the detour by the approach cell's centre where a straight leg from the landing is fair and cheaper."""
    last = min(_END_VERTICES, len(line) - 1)
    for k in range(last, 1, -1):
        direct = line[[0, k]]
        if not task.is_fair(direct):
            continue
        if price(sea, direct) <= price(sea, line[: k + 1]):
            return np.vstack([line[:1], line[k:]])
    return line


def _short_legs(grid: Grid, line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut long legs on the map; the vertices stay exactly as they are."""
    cells = _descent.divide(np.ascontiguousarray(line) / grid.step_deg, LONGEST_LEG_CELLS) * grid.step_deg
    cells[0], cells[-1] = line[0], line[-1]
    return cells


def violations(
    line: NDArray[np.float64], water: shapely.Geometry, forbidden: shapely.Geometry | None
) -> list[shapely.Geometry]:
    """Pieces of a line outside the water or inside the forbidden areas, longer than a centimetre."""
    legs = shapely.linestrings(np.stack([_off_ends(line)[:-1], _off_ends(line)[1:]], axis=1))
    dry = legs[~shapely.covers(water, legs)]
    pieces = [shapely.difference(dry, water)]
    if forbidden is not None:
        pieces.append(shapely.intersection(legs[shapely.intersects(forbidden, legs)], forbidden))
    found = np.concatenate(pieces)
    return list(found[shapely.length(found) > EXACT_DEG])


def _off_ends(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line with its ends moved off the shoreline by the tolerance."""
    out = line.copy()
    for end, beside in ((0, 1), (-1, -2)):
        step = line[beside] - line[end]
        out[end] += step * min(0.4, TOUCH_DEG / max(float(np.hypot(*step)), 1e-12))
    return out


def _cells_under(
    grid: Grid, cost: NDArray[np.float32], pieces: list[shapely.Geometry]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Open cells under pieces of line, shape ``(n,)`` each; their open neighbours where all of them are walls."""
    rows, cols = cells_on(grid, shapely.get_coordinates(shapely.segmentize(np.array(pieces), grid.step_deg / 8)))
    if not np.isfinite(cost[rows, cols]).any():
        rows, cols = _window(grid, rows, cols, 1)
    return rows, cols


def cells_on(grid: Grid, points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells that hold points ``(n, 2)`` lon/lat; those outside the grid count to its edge."""
    row, col = grid.to_rowcol(points[:, 0], points[:, 1])
    rows = np.clip(np.floor(row + 0.5).astype(np.int64), 0, grid.rows - 1)
    cols = np.clip(np.floor(col + 0.5).astype(np.int64), 0, grid.cols - 1)
    return rows, cols


def _window(
    grid: Grid, rows: NDArray[np.int64], cols: NDArray[np.int64], radius: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All cells within a square radius of the given ones, each once."""
    d = np.arange(-radius, radius + 1)
    r = (rows[:, None, None] + d[:, None] + 0 * d).ravel()
    c = (cols[:, None, None] + 0 * d[:, None] + d).ravel()
    inside = (r >= 0) & (r < grid.rows) & (c >= 0) & (c < grid.cols)
    flat = np.unique(r[inside] * grid.cols + c[inside])
    return flat // grid.cols, flat % grid.cols


def _half_wet(
    grid: Grid,
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    water: shapely.Geometry,
    forbidden: shapely.Geometry | None,
) -> NDArray[np.bool_]:
    """Whether a cell's square touches land or a forbidden area, shape ``(n,)``."""
    lon, lat = grid.to_lonlat(rows, cols)
    half = grid.step_deg / 2
    squares = shapely.box(lon - half, lat - half, lon + half, lat + half)
    touched = ~shapely.covers(water, squares)
    if forbidden is not None:
        touched |= shapely.intersects(forbidden, squares)
    return touched


def _close_half_wet(
    grid: Grid,
    cost: NDArray[np.float32],
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    radius: int,
    water: shapely.Geometry,
    forbidden: shapely.Geometry | None,
) -> None:
    """Wall, in place, the half-wet open cells within a radius of the given ones."""
    seed = np.unique(rows * grid.cols + cols)
    rows, cols = _window(grid, seed // grid.cols, seed % grid.cols, radius)
    is_open = np.isfinite(cost[rows, cols])
    rows, cols = rows[is_open], cols[is_open]
    half = _half_wet(grid, rows, cols, water, forbidden)
    cost[rows[half], cols[half]] = np.inf
