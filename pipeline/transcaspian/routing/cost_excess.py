"""What the best line through each cell costs more than a line: within a tolerance, its cost-tolerance zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from transcaspian.core.grid import Grid, spread_to_eight, strips_of, window_of
from transcaspian.routing.alternatives import densified
from transcaspian.routing.field import both_fields
from transcaspian.routing.landing import ShoreLanding, entry_ends
from transcaspian.routing.path import LeastCostPath, measured, trace_on
from transcaspian.routing.problem import Ends, RoutingProblem
from transcaspian.routing.terrain import cells_on
from transcaspian.seabed import area_of, polygons_of

Fields = tuple[NDArray[np.float32], NDArray[np.float32]]

_EIGHT = np.ones((3, 3), dtype=bool)
TIE = 0.001
"""Excess up to which two ways count as equally cheap."""
_APART_CELLS = 10.0


@dataclass(frozen=True)
class CostExcess:
    """Excess cost of the best line through each cell.

    Attributes
    ----------
    grid
        Frame of the values.
    excess
        ``(rows, cols)`` float32, ``(T_from + T_to) / T* − 1``, a share of the cost of the path, never negative; NaN at
        walls and where no water leads to. Of a line that costs more than the path see `above`.
    path_cost
        T*, the sum of the two fields on the path, in units of cost times metres.
    path_lonlat
        The least-cost path, ``(n, 2)`` degrees.
    ends_lonlat
        ``((lon, lat), (lon, lat))`` of the two sources, degrees.
    fields
        T from either source, ``(rows, cols)`` each, for `ties`; None of an excess over another line.
    """

    grid: Grid
    excess: NDArray[np.float32]
    path_cost: float
    path_lonlat: NDArray[np.float64]
    ends_lonlat: Ends
    fields: Fields | None = field(default=None, repr=False, compare=False)

    def above(self, price: float) -> tuple[CostExcess, NDArray[np.bool_]]:
        """The excess over a line that costs ``price`` times the path; and the cells of lines that cost less than it.

        Those have an excess of 0.
        """
        excess, is_cheaper = np.empty_like(self.excess), np.empty(self.excess.shape, bool)
        for rows in strips_of(len(excess)):
            strip = (1.0 + self.excess[rows].astype(np.float64)) / price - 1.0
            excess[rows], is_cheaper[rows] = np.maximum(strip, 0.0), strip < 0
        return replace(self, excess=excess, fields=None), is_cheaper


def cost_excess(problem: RoutingProblem, ends: Ends, path_lonlat: NDArray[np.float64]) -> CostExcess:
    """Fields of least cost from both ends, solved at once, and what their sum exceeds its value on the path by.

    The cells with an excess of at most ε are those that some line of at most (1 + ε) times the path's cost goes
    through. The path is taken at the price that the fields give it: an error that they make by a landing is the same
    for all lines through it and is no excess of any.

    Parameters
    ----------
    problem
        Its cost, or metric.
    ends
        Both ``(lon, lat)`` in degrees, in open cells: where the landings join the grid, from `entry_ends`.
    path_lonlat
        The least-cost path between the landings, ``(n, 2)`` degrees.

    Returns
    -------
    CostExcess
        Of every cell, a share of the cost of the path.

    Raises
    ------
    GridError, RoutingError, NoRouteError
        As in `solve`; also when the two ends lie in separate waters.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> west, east = (50.005, 41.85), (50.195, 41.85)
    >>> near = cost_excess(problem, (west, east), np.array([west, east]))
    >>> [f"{float(share):.1%}" for share in near.excess[[14, 10, 5], 10]]  # on the line, 5 and 10 km north of it
    ['0.0%', '17.9%', '66.2%']
    """
    there, back = fields = both_fields(problem, ends)
    cells = cells_on(problem.grid, np.vstack([densified(path_lonlat), ends]))
    on_path = np.add(there[cells], back[cells], dtype=np.float64)
    path_cost = float(np.median(on_path[np.isfinite(on_path)]))
    excess = np.empty(there.shape, np.float32)
    for rows in strips_of(len(excess)):
        total = np.add(there[rows], back[rows], dtype=np.float64)
        excess[rows] = np.maximum(total / path_cost - 1.0, 0.0)
    excess[np.isinf(excess)] = np.nan
    return CostExcess(problem.grid, excess, path_cost, path_lonlat, ends, fields)


def ties(
    problem: RoutingProblem, ends: Ends, *, tolerance: float = TIE, fields: Fields | None = None
) -> tuple[LeastCostPath, ...]:
    """Paths by different ways that cost the same within a tolerance, cheapest first; one where the best is alone.

    Halfway by cost, the cells of least excess form one group for each way; the ways around an island form
    two. The cheapest path through each group is returned, in two halves, one from each field, if it is somewhere more
    than ten cells away from the cheaper ones.

    Parameters
    ----------
    problem, ends
        As in `cost_excess`.
    tolerance
        Highest excess over the least cost, a share. Below a tenth of a percent the fields cannot tell.
    fields
        Of `cost_excess` with the same problem and ends; None: they are computed.

    Returns
    -------
    tuple of LeastCostPath
        Cheapest first.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> cost = np.ones(grid.shape)
    >>> cost[8:22, 8:12] = np.inf  # an island across the way
    >>> ends = (50.005, 41.85), (50.195, 41.85)
    >>> [round(path.cost) for path in ties(RoutingProblem(grid, cost), ends, tolerance=0.002)]  # north and south of it
    [23439, 23455]
    """
    grid, sea = problem.grid, problem.terrain
    there, back = fields or both_fields(problem, ends)
    # every line passes halfway: the lowest sum there is that of the best one, whatever the fields err by at a landing
    halfway = (there <= back) & spread_to_eight(there > back)
    total = np.add(there[halfway], back[halfway], dtype=np.float64)
    low = total <= total.min(initial=np.inf) * (1 + tolerance)
    gate, total = np.zeros(grid.shape, bool), total[low]
    gate[halfway] = low
    # a gap of a cell or two is noise of the fields, not another way
    near = window_of(gate, beside=2)
    groups, n = ndimage.label(ndimage.binary_dilation(gate[near], _EIGHT, iterations=2), _EIGHT)
    cells, group_of = np.argwhere(gate), groups[gate[near]]
    found = []
    for group in range(1, n + 1):
        row, col = cells[int(np.argmin(np.where(group_of == group, total, np.inf)))]
        lon, lat = (float(v) for v in grid.to_lonlat(row, col))
        first = trace_on(sea, there.ravel(), ends[:1], lon, lat).lonlat
        last = trace_on(sea, back.ravel(), ends[1:], lon, lat).lonlat[::-1]
        found.append(measured(sea, np.vstack([first, last[1:]])))
    return _parted(grid, sorted(found, key=lambda path: path.cost))


def _parted(grid: Grid, paths: Sequence[LeastCostPath]) -> tuple[LeastCostPath, ...]:
    """The paths that part from all before them: groups of cells may be two by the noise of the fields alone."""
    kept: list[tuple[LeastCostPath, shapely.LineString]] = []
    for path in paths:
        cells = np.column_stack(grid.to_rowcol(*path.lonlat.T))
        if all(shapely.distance(shapely.points(cells), line).max() > _APART_CELLS for _, line in kept):
            kept.append((path, shapely.LineString(cells)))
    return tuple(path for path, _ in kept)


def excess_between(problem: RoutingProblem, start: ShoreLanding, end: ShoreLanding, path: LeastCostPath) -> CostExcess:
    """`cost_excess` from landing to landing: between the open cells where they join the grid.

    Parameters
    ----------
    problem, start, end
        As in `route_between`.
    path
        From `route_between`, with the same.

    Returns
    -------
    CostExcess
        As of `cost_excess`.

    Raises
    ------
    LandingError
        A landing cannot join the grid.
    NoRouteError
        The landings are in separate waters.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> west, east = ShoreLanding(50.005, 41.85), ShoreLanding(50.195, 41.85)
    >>> from transcaspian.routing import route_between
    >>> near = excess_between(problem, west, east, route_between(problem, west, east))
    >>> int((near.excess < 0.05).sum())  # cells through which a line of at most 5 % more goes
    80
    """
    return cost_excess(problem, entry_ends(problem, start, end), path.lonlat)


def zone_polygon(problem: RoutingProblem, near: CostExcess, limit: float) -> shapely.MultiPolygon:
    """The cells with an excess of at most a limit, as an area in the exact water and out of the exact no-go areas.

    Through every point of the zone runs a line of at most that excess, so the set hangs together; a cell that does not
    touch the cells of the line and its ends is an error of the fields and is left out. Pieces that only the shoreline
    or a no-go area cuts off stay.

    Parameters
    ----------
    problem
        Its polygons cut the area.
    near
        Of the same problem.
    limit
        Highest excess, a share of the cost of the path.

    Returns
    -------
    MultiPolygon
        Valid, lon/lat degrees; its outer edges follow the edges of cells, the shoreline and the no-go areas.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> west, east = ShoreLanding(50.005, 41.85), ShoreLanding(50.195, 41.85)
    >>> from transcaspian.routing import route_between
    >>> near = excess_between(problem, west, east, route_between(problem, west, east))
    >>> zone_polygon(problem, near, 0.05).bounds
    (50.0, 41.82, 50.2, 41.87)
    """
    area = shapely.intersection(area_of(near.grid, _joined(near, near.excess <= limit)), problem.water)
    return polygons_of(area if problem.forbidden is None else shapely.difference(area, problem.forbidden))


def _joined(near: CostExcess, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pieces of a set of cells that the path or one of its ends lies in; corners join."""
    there = window_of(inside)
    label = np.zeros(inside.shape, np.int32)
    label[there], _ = ndimage.label(inside[there], structure=_EIGHT)
    wanted = label[cells_on(near.grid, np.vstack([densified(near.path_lonlat), near.ends_lonlat]))]
    joined = np.zeros(inside.shape, bool)
    joined[there] = np.isin(label[there], wanted[wanted > 0])
    return joined
