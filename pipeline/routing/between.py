"""A finished line between two landings: on the grid in the middle, exact at the shore, checked against polygons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.errors import LandingError, NoRouteError
from pipeline.grid import Grid
from pipeline.routing import _descent
from pipeline.routing.bound import Kept, narrowed
from pipeline.routing.field import PaddedTerrain, Terrain, as_terrain, checked_cost
from pipeline.routing.landing import TOUCH_DEG, Approach, ShoreLanding, approach, default_approach_km
from pipeline.routing.path import (
    LONGEST_LEG_CELLS,
    THOROUGH,
    LeastCostPath,
    length_m,
    price,
)
from pipeline.routing.refine import refine
from pipeline.routing.search import in_band, least_cost_path

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
        March again in a band around the line on cells so many times as fine, barriers and all; 1: leave it.

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
    shapely.prepare(water)
    if forbidden is not None:
        if shapely.is_empty(forbidden):
            forbidden = None
        else:
            shapely.prepare(forbidden)
    for attempt in range(MAX_REPAIRS):
        try:
            line, cost = _draft(grid, wide, water, start, end, forbidden, max_approach_km)
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
        bad = _violations(line, water, forbidden)
        if not bad:
            sea = as_terrain(grid, _for_pricing(np.minimum(asked, cost)))
            path = LeastCostPath(line, price(sea, line), length_m(line))
            return _finished(sea, wide, water, start, end, forbidden, max_approach_km, path, proven, refinement)
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


def _draft(
    grid: Grid,
    cost: NDArray[np.float32],
    water: shapely.Geometry,
    start: ShoreLanding,
    end: ShoreLanding,
    forbidden: shapely.Geometry | None,
    max_km: float | None,
    within: Kept | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """One attempt: the line, and the cost that prices it (coastal walls by the landings filled)."""
    ends = [
        approach(grid, cost, (at.lon, at.lat), water, max_km, name=at.name, forbidden=forbidden) for at in (start, end)
    ]
    first, last = ((at.lon, at.lat) for at in ends)
    inner = in_band(grid, cost, first, last, within.keep, within.block, THOROUGH) if within is not None else None
    if inner is None:
        inner = least_cost_path(grid, cost, first, last, start_name=start.name, end_name=end.name)
    priced = cost.copy()
    for at, join in zip((start, end), ends, strict=True):
        _price_coast(grid, cost, priced, at, join, water, forbidden, max_km)
    line = np.vstack([[start.lon, start.lat], inner.lonlat, [end.lon, end.lat]])
    line = line[np.r_[True, (np.diff(line, axis=0) != 0).any(axis=1)]]
    if len(line) < 2:
        line = np.array([[start.lon, start.lat], [end.lon, end.lat]])
    line = _straight_end(grid, priced, line, water, forbidden)
    line = _straight_end(grid, priced, line[::-1], water, forbidden)[::-1]
    return np.ascontiguousarray(_short_legs(grid, line)), priced


def _finished(
    sea: Terrain,
    cost: NDArray[np.float32],
    water: shapely.Geometry,
    start: ShoreLanding,
    end: ShoreLanding,
    forbidden: shapely.Geometry | None,
    max_km: float | None,
    path: LeastCostPath,
    proven: bool,
    refinement: int,
) -> LeastCostPath:
    """A fair line made cheaper where asked: over all cells that could hold a cheaper one, then on finer cells.

    ``sea`` prices lines; ``cost`` has the walls of the repairs, where cells by their centres would let a line cut a
    headland. The certificate is about the latter, with the coastal cells that the line itself enters.
    """
    bound = None
    if proven:
        certified = cost.copy()
        dense = shapely.segmentize(shapely.LineString(path.lonlat), sea.grid.step_deg / 8)
        under = _cells_on(sea.grid, shapely.get_coordinates(dense))
        certified[under] = sea.ground.cost.reshape(cost.shape)[under]
        kept = narrowed(sea.grid, certified, (start.lon, start.lat), (end.lon, end.lat), path.cost)
        line, _ = _draft(sea.grid, cost, water, start, end, forbidden, max_km, kept)
        path = _cheaper(sea, path, line, water, forbidden)
        bound = kept.bound
    if refinement > 1:
        path = _cheaper(sea, path, _refined(sea, cost, path, water, forbidden, refinement), water, forbidden)
    return path if bound is None else replace(path, bound=replace(bound, upper=path.cost))


def _cheaper(
    sea: Terrain,
    path: LeastCostPath,
    line: NDArray[np.float64],
    water: shapely.Geometry,
    forbidden: shapely.Geometry | None,
) -> LeastCostPath:
    """The line instead of the path where it costs less and is as fair."""
    found = LeastCostPath(line, price(sea, line), length_m(line))
    return found if found.cost < path.cost and not _violations(line, water, forbidden) else path


def _refined(
    sea: Terrain,
    cost: NDArray[np.float32],
    path: LeastCostPath,
    water: shapely.Geometry,
    forbidden: shapely.Geometry | None,
    factor: int,
) -> NDArray[np.float64]:
    """The line on finer cells, but for its ends by the shore; what touches land or no-go is closed."""
    grid = sea.grid
    row, col = _cells_on(grid, path.lonlat)
    whole = np.isfinite(cost[row, col]) & ~_half_wet(grid, row, col, water, forbidden)
    wet = np.flatnonzero(whole)
    if wet.size < 2 or wet[-1] - wet[0] < 2:
        return path.lonlat
    first, last = int(wet[0]), int(wet[-1])
    inner = path.lonlat[first : last + 1]

    def close(band: PaddedTerrain, keep: NDArray[np.bool_]) -> None:
        rows, cols = np.nonzero(keep & np.isfinite(cost))
        half = _half_wet(grid, rows, cols, water, forbidden)
        side = np.arange(factor)
        fine_rows = (rows[half, None, None] * factor + side[:, None] + 0 * side).ravel()
        fine_cols = (cols[half, None, None] * factor + 0 * side[:, None] + side).ravel()
        dry = _half_wet(band.grid, fine_rows, fine_cols, water, forbidden)
        band.ground.cost[band.layout.index(fine_rows[dry], fine_cols[dry])] = np.inf

    part = LeastCostPath(inner, np.inf, np.inf)
    exact = refine(grid, cost, part, factor=factor, polish=THOROUGH, adjust=close).lonlat
    line = np.vstack([path.lonlat[:first], exact, path.lonlat[last + 1 :]])
    return _short_legs(grid, line)


def _for_pricing(reached: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cost that prices a line already held to the exact polygons: never inf beside open water.

    A wall takes the greatest cost of its open neighbours, because the line may graze the corner of a wall by the
    centimetres between a geodesic and a straight line on the map.
    """
    walls = np.isinf(reached)
    around = ndimage.maximum_filter(np.where(walls, np.float32(-np.inf), reached), size=3)
    return np.where(walls & np.isfinite(around), around, reached).astype(np.float32)


def _price_coast(
    grid: Grid,
    cost: NDArray[np.float32],
    priced: NDArray[np.float32],
    at: ShoreLanding,
    join: Approach,
    water: shapely.Geometry,
    forbidden: shapely.Geometry | None,
    max_km: float | None,
) -> None:
    """Give walls around a landing that are only half land or no-go the cost of its open cell, in place.

    Walls of another cause (no data, an excluded slope) in whole water stay walls.
    """
    reach_m = 1000.0 * (default_approach_km(grid, at.lat) if max_km is None else max_km)
    dx_m, dy_m = grid.spacing_m()
    radius = int(np.ceil(reach_m / min(dx_m[join.row], dy_m[join.row]))) + 1
    rows, cols = _window(grid, np.array([join.row]), np.array([join.col]), radius)
    wall = ~np.isfinite(cost[rows, cols])
    rows, cols = rows[wall], cols[wall]
    half = _half_wet(grid, rows, cols, water, forbidden)
    priced[rows[half], cols[half]] = cost[join.row, join.col]


def _straight_end(
    grid: Grid,
    cost: NDArray[np.float32],
    line: NDArray[np.float64],
    water: shapely.Geometry,
    forbidden: shapely.Geometry | None,
) -> NDArray[np.float64]:
    """Leave out the detour by the approach cell's centre where a straight leg from the landing is fair and cheaper."""
    sea = as_terrain(grid, cost)
    last = min(_END_VERTICES, len(line) - 1)
    for k in range(last, 1, -1):
        direct = line[[0, k]]
        if _violations(direct, water, forbidden):
            continue
        if price(sea, direct) <= price(sea, line[: k + 1]):
            return np.vstack([line[:1], line[k:]])
    return line


def _short_legs(grid: Grid, line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut long legs on the map; the vertices stay exactly as they are."""
    cells = _descent.divide(np.ascontiguousarray(line) / grid.step_deg, LONGEST_LEG_CELLS) * grid.step_deg
    cells[0], cells[-1] = line[0], line[-1]
    return cells


def _violations(
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
    rows, cols = _cells_on(grid, shapely.get_coordinates(shapely.segmentize(np.array(pieces), grid.step_deg / 8)))
    if not np.isfinite(cost[rows, cols]).any():
        rows, cols = _window(grid, rows, cols, 1)
    return rows, cols


def _cells_on(grid: Grid, points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
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
