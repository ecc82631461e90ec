"""What of lines and cells touches land or closed areas, by the exact polygons: cells are open by their centres only."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.grid import Grid
from transcaspian.routing.landing import TOUCH_DEG
from transcaspian.routing.problem import RoutingProblem

EXACT_DEG = 1e-7
"""A centimetre: shorter pieces over land or no-go are rounding of coordinates."""

Cells = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows and columns, ``(n,)`` each."""


def violations(
    line: NDArray[np.float64], water: shapely.Geometry, forbidden: shapely.Geometry | None
) -> list[shapely.Geometry]:
    """Pieces of a line outside the water or inside the forbidden areas, longer than a centimetre.

    Parameters
    ----------
    line
        ``(n, 2)`` degrees; its ends may graze the shoreline.
    water, forbidden
        As in `RoutingProblem`.

    Returns
    -------
    list
        Lines in lon/lat degrees; empty where the line keeps to the water.

    Examples
    --------
    >>> violations(np.array([(50.0, 41.5), (50.2, 41.5)]), shapely.box(50.0, 41.0, 50.1, 42.0), None)
    [<LINESTRING (50.1 41.5, 50.2 41.5)>]
    """
    off = line.copy()
    off[0], off[-1] = _off_the_ends(line[0], line[1]), _off_the_ends(line[-1], line[-2])
    return list(_outside(shapely.linestrings(np.stack([off[:-1], off[1:]], axis=1)), water, forbidden)[0])


def clear_legs(
    pieces: tuple[NDArray[np.float64], NDArray[np.int64]], water: shapely.Geometry, forbidden: shapely.Geometry | None
) -> NDArray[np.bool_]:
    """Whether each of many legs has no `violations`.

    Parameters
    ----------
    pieces
        From `leg_pieces`; the ends of every leg may graze the shoreline.
    water, forbidden
        As in `RoutingProblem`.

    Returns
    -------
    ndarray
        Shape ``(legs,)``.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> from transcaspian.routing import leg_pieces
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> start, end = np.array([(50.0, 41.95), (50.0, 41.85)]), np.array([(50.2, 41.95), (50.2, 41.85)])
    >>> ends, leg, _ = leg_pieces(grid, start, end)
    >>> clear_legs((ends, leg), shapely.box(50.0, 41.9, 50.2, 42.0), None).tolist()
    [True, False]
    """
    (first, last), leg = pieces
    begins = np.r_[True, leg[1:] != leg[:-1]]
    off_first = np.where(begins[:, None], _off_the_ends(first, last), first)
    off_last = np.where(np.r_[begins[1:], True][:, None], _off_the_ends(last, first), last)
    _, outside = _outside(shapely.linestrings(np.stack([off_first, off_last], axis=1)), water, forbidden)
    clear = np.ones(leg[-1] + 1, bool)
    clear[leg[outside]] = False
    return clear


def _off_the_ends(end: NDArray[np.float64], beside: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ends of legs, moved by `TOUCH_DEG` towards the vertices beside them; ``(..., 2)`` degrees."""
    step = beside - end
    reach = np.maximum(np.hypot(step[..., 0], step[..., 1]), 1e-12)[..., None]
    return np.asarray(end + step * np.minimum(0.4, TOUCH_DEG / reach))


def _outside(
    legs: NDArray[np.object_], water: shapely.Geometry, forbidden: shapely.Geometry | None
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Pieces of straight legs outside the water or inside the forbidden areas, and the index of the leg of each."""
    index = np.flatnonzero(~shapely.covers(water, legs))
    found = [shapely.difference(legs[index], [_around_leg(water, leg) for leg in legs[index]])]
    if forbidden is not None:
        closed = np.flatnonzero(shapely.intersects(forbidden, legs))
        found.append(shapely.intersection(legs[closed], forbidden))
        index = np.concatenate([index, closed])
    pieces = np.concatenate(found)
    counts = shapely.length(pieces) > EXACT_DEG
    return pieces[counts], index[counts]


def _around_leg(water: shapely.Geometry, leg: shapely.Geometry) -> shapely.Geometry:
    """The water about a leg: an overlay with all of it takes five times as long."""
    west, south, east, north = leg.bounds
    near = shapely.clip_by_rect(water, west - TOUCH_DEG, south - TOUCH_DEG, east + TOUCH_DEG, north + TOUCH_DEG)
    return near if near.is_valid else water


def is_clear(problem: RoutingProblem, line: NDArray[np.float64]) -> bool:
    """Whether a line ``(n, 2)`` stays in the exact water and out of the exact no-go areas.

    Parameters
    ----------
    problem
        Its water and closed areas.
    line
        ``(n, 2)`` degrees; its ends may graze the shoreline.
    """
    return not violations(line, problem.water, problem.forbidden)


def half_wet(problem: RoutingProblem, grid: Grid, cells: Cells) -> NDArray[np.bool_]:
    """Whether the squares of cells of a grid touch land or a forbidden area, shape ``(n,)``.

    Parameters
    ----------
    problem
        Its water and closed areas.
    grid
        The cells' frame, which may be finer than the problem's.
    cells
        Rows and columns, ``(n,)`` each.
    """
    lon, lat = grid.to_lonlat(*cells)
    half = grid.step_deg / 2
    squares = shapely.box(lon - half, lat - half, lon + half, lat + half)
    touched = ~shapely.covers(problem.water, squares)
    if problem.forbidden is not None:
        touched |= shapely.intersects(problem.forbidden, squares)
    return np.asarray(touched)


def half_wet_around(problem: RoutingProblem, wanted: NDArray[np.bool_], cells: Cells, radius: int) -> Cells:
    """The half-wet cells within a square radius of given ones.

    Parameters
    ----------
    problem
        Its polygons tell what is half wet.
    wanted
        Which cells count at all, ``(rows, cols)``.
    cells
        Rows and columns of the given ones.
    radius
        Cells.
    """
    rows, cols = around(problem.grid, cells, radius)
    kept = wanted[rows, cols]
    rows, cols = rows[kept], cols[kept]
    half = half_wet(problem, problem.grid, (rows, cols))
    return rows[half], cols[half]


def around(grid: Grid, cells: Cells, radius: int) -> Cells:
    """All cells within a square radius of the given ones, each once, row by row.

    Parameters
    ----------
    grid
        Cells outside it are left out.
    cells
        Rows and columns of the given ones.
    radius
        Cells along either axis.
    """
    flat = np.unique(np.asarray(cells[0]) * grid.cols + np.asarray(cells[1]))
    if not flat.size:
        return flat, flat
    rows, cols = flat // grid.cols, flat % grid.cols
    top, left = max(int(rows.min()) - radius, 0), max(int(cols.min()) - radius, 0)
    bottom, right = min(int(rows.max()) + radius + 1, grid.rows), min(int(cols.max()) + radius + 1, grid.cols)
    near = np.zeros((bottom - top, right - left), bool)
    for row, col in zip(rows.tolist(), cols.tolist(), strict=True):
        near[
            max(row - radius - top, 0) : row + radius + 1 - top, max(col - radius - left, 0) : col + radius + 1 - left
        ] = True
    r, c = np.nonzero(near)
    return r + top, c + left
