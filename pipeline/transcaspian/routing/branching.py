"""A branching unit: where three legs meet at the least sum of costs, and what joins a third landing otherwise.

The best place is the Steiner point of three landings: the cell where the weighted sum of the fields of least cost from
them is least. Near it the sum is flat, and fields err by tenths of a percent, which may be many cells; so the cell is
found by fields and then moved until no cell near it is better by the price of the lines themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import GEOD, Grid, length_m
from transcaspian.routing.alternatives import densified
from transcaspian.routing.between import MetricOf, route_between
from transcaspian.routing.corridor import field_from
from transcaspian.routing.field import Terrain, as_terrain, cell_of, checked_cost
from transcaspian.routing.landing import ShoreLanding, approach
from transcaspian.routing.path import LeastCostPath, leg_costs, price, trace_on
from transcaspian.routing.search import metric_terrain

_NEARLY_BEST = 0.02
"""Where the sum of fields is lowest around and so much above the least at most, the best cell may be near."""
_MOST_STARTS, _DESCENTS = 12, 3
_WINDOW_CELLS = 6
_MOST_MOVES = 24

Cells = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Branching:
    """A branching unit and its legs.

    Attributes
    ----------
    lon, lat
        Of the unit, degrees.
    legs
        From the unit to each landing, in their order.
    factors
        What a metre of each leg costs over a metre of the same seabed otherwise.
    price
        Of the unit, in the unit of cost (metres of clear seabed).
    """

    lon: float
    lat: float
    legs: tuple[LeastCostPath, ...]
    factors: tuple[float, ...]
    price: float

    @property
    def cost(self) -> float:
        """Of all legs and the unit."""
        return self.price + sum(factor * leg.cost for factor, leg in zip(self.factors, self.legs, strict=True))

    @property
    def length_m(self) -> float:
        """Sum of the legs."""
        return sum(leg.length_m for leg in self.legs)


@dataclass(frozen=True)
class Joined:
    """Three ways to join a third landing to a trunk between two.

    Attributes
    ----------
    trunk
        The cheapest line between the two.
    best
        A unit at the best place: the trunk is laid through it.
    on_trunk
        A unit on the trunk where it is; None where the trunk is nowhere deep enough.
    separate
        A cable of its own from the third landing to one end of the trunk, the cheaper one.
    separate_to
        Number of that end, 0 or 1.
    """

    trunk: LeastCostPath
    best: Branching
    on_trunk: Branching | None
    separate: LeastCostPath
    separate_to: int

    @property
    def separate_cost(self) -> float:
        """Of trunk and own cable."""
        return self.trunk.cost + self.separate.cost


@dataclass(frozen=True)
class _Sea:
    """What lines are sought on, as given to `route_between`; ``sea`` prices them."""

    grid: Grid
    cost: Cells
    water: shapely.Geometry
    forbidden: shapely.Geometry | None
    max_approach_km: float | None
    metric_of: MetricOf | None
    refinement: int
    sea: Terrain

    def route(self, start: ShoreLanding, end: ShoreLanding) -> LeastCostPath:
        return route_between(
            self.grid, self.cost, self.water, start, end, self.forbidden,
            max_approach_km=self.max_approach_km, metric_of=self.metric_of, refinement=self.refinement,
        )  # fmt: skip

    def join(self, at: ShoreLanding) -> tuple[float, float]:
        found = approach(
            self.grid, self.cost, (at.lon, at.lat), self.water, self.max_approach_km,
            name=at.name, forbidden=self.forbidden,
        )  # fmt: skip
        return found.lon, found.lat


def join_third(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    water: shapely.Geometry,
    ends: tuple[ShoreLanding, ShoreLanding],
    third: ShoreLanding,
    forbidden: shapely.Geometry | None = None,
    *,
    allowed: NDArray[np.bool_],
    unit_price: float = 0.0,
    spur_factor: float = 1.0,
    trunk: LeastCostPath | None = None,
    max_approach_km: float | None = None,
    metric_of: MetricOf | None = None,
    refinement: int = 1,
) -> Joined:
    """The best branching unit for a third landing, beside a unit on the trunk as it is and a cable of its own.

    Parameters
    ----------
    grid, cost_per_m, water, forbidden, max_approach_km, metric_of, refinement
        As given to `route_between`.
    ends, third
        Landings of the trunk, and the one to join.
    allowed
        Cells where a unit may lie, ``(rows, cols)``: deep enough, for one.
    unit_price
        Of the unit, metres of clear seabed.
    spur_factor
        What a metre of the leg to the third landing costs over a metre of trunk.
    trunk
        The cheapest line between the ends; sought where None.

    Raises
    ------
    LandingError
        A landing cannot join the grid.
    NoRouteError
        The landings are in separate waters, or a unit may lie in no cell that they reach.
    """
    cost = checked_cost(grid, cost_per_m)
    terrain = as_terrain(grid, cost) if metric_of is None else metric_terrain(metric_of(cost))
    sea = _Sea(grid, cost, water, forbidden, max_approach_km, metric_of, refinement, terrain)
    landings = (*ends, third)
    factors = (1.0, 1.0, spur_factor)
    joins = [sea.join(at) for at in landings]
    fields = [field_from(grid, cost, metric_of, at) for at in joins]
    if trunk is None:
        trunk = sea.route(*ends)
    lon, lat = _best_place(sea, joins, fields, factors, allowed, landings)
    unit = ShoreLanding(lon, lat, 0.0, "the branching unit")
    best = Branching(lon, lat, tuple(sea.route(unit, at) for at in landings), factors, unit_price)
    own = [sea.route(third, end) for end in ends]
    separate_to = int(np.argmin([path.cost for path in own]))
    on_trunk = _on_trunk(sea, trunk, fields[2], third, factors, unit_price, allowed)
    return Joined(trunk, best, on_trunk, own[separate_to], separate_to)


def _best_place(
    sea: _Sea,
    joins: Sequence[tuple[float, float]],
    fields: Sequence[Cells],
    factors: Sequence[float],
    allowed: NDArray[np.bool_],
    landings: Sequence[ShoreLanding],
) -> tuple[float, float]:
    """Centre of the cell where the legs' own prices sum to the least."""
    total = np.zeros(sea.grid.shape)
    for factor, value in zip(factors, fields, strict=True):
        total += factor * value.astype(np.float64)
    total[~(allowed & np.isfinite(sea.cost))] = np.inf
    least = float(total.min())
    names = ", ".join(at.name for at in landings)
    if not np.isfinite(least):
        raise NoRouteError(
            f"no place for a branching unit between {names}: no cell that all three reach over water is deep enough "
            "by known depths; lower min_depth_m or give seabed data there"
        )
    lowest = (total == ndimage.minimum_filter(total, size=5)) & (total <= least * (1 + _NEARLY_BEST))
    starts = sorted(((int(row), int(col)) for row, col in np.argwhere(lowest)), key=lambda cell: float(total[cell]))
    search = _Search(sea, joins, fields, factors, total)
    ranked = sorted(starts[:_MOST_STARTS], key=lambda cell: search.at(cell)[1])
    row, col = min((search.descended(cell) for cell in ranked[:_DESCENTS]), key=lambda cell: search.at(cell)[1])
    lon, lat = sea.grid.to_lonlat(row, col)
    return float(lon), float(lat)


@dataclass
class _Search:
    """The search for the cell where lines cost least, near one where fields do."""

    sea: _Sea
    joins: Sequence[tuple[float, float]]
    fields: Sequence[Cells]
    factors: Sequence[float]
    total: Floats
    known: dict[tuple[int, int], tuple[list[Floats], float]] = field(default_factory=dict)

    def at(self, cell: tuple[int, int]) -> tuple[list[Floats], float]:
        """The cheapest lines from where the landings join the grid to a cell's centre, and their price."""
        if cell not in self.known:
            sea = self.sea.sea
            lon, lat = (float(v) for v in self.sea.grid.to_lonlat(*cell))
            lines = [
                trace_on(sea, value.ravel(), [at], lon, lat) for value, at in zip(self.fields, self.joins, strict=True)
            ]
            cost = sum(factor * price(sea, line) for factor, line in zip(self.factors, lines, strict=True))
            self.known[cell] = lines, cost
        return self.known[cell]

    def descended(self, cell: tuple[int, int]) -> tuple[int, int]:
        """From a cell to one that no cell beside it betters."""
        for _ in range(_MOST_MOVES):
            following = self._drawn_over(cell)
            if self.at(following)[1] >= self.at(cell)[1]:
                following = min((cell, *self._beside(cell)), key=lambda other: self.at(other)[1])
            if following == cell:
                break
            cell = following
        return cell

    def _beside(self, cell: tuple[int, int]) -> list[tuple[int, int]]:
        """The open cells that touch one."""
        row, col = cell
        rows, cols = self.sea.grid.shape
        return [
            (r, c)
            for r in range(max(row - 1, 0), min(row + 2, rows))
            for c in range(max(col - 1, 0), min(col + 2, cols))
            if (r, c) != cell and np.isfinite(self.total[r, c])
        ]

    def _drawn_over(self, cell: tuple[int, int]) -> tuple[int, int]:
        """The cell in a window at which the three lines cost least when they are drawn over to it.

        A line is drawn over by moving each of its points by its share of the length: exact where the cost is even, and
        to first order everywhere, because the line is the cheapest to its end.
        """
        grid, (row, col) = self.sea.grid, cell
        rows = np.arange(max(row - _WINDOW_CELLS, 0), min(row + _WINDOW_CELLS + 1, grid.rows))
        cols = np.arange(max(col - _WINDOW_CELLS, 0), min(col + _WINDOW_CELLS + 1, grid.cols))
        at_rows, at_cols = (index.ravel() for index in np.meshgrid(rows, cols, indexing="ij"))
        is_open = np.isfinite(self.total[at_rows, at_cols])
        at_rows, at_cols = at_rows[is_open], at_cols[is_open]
        to = np.column_stack(grid.to_lonlat(at_rows, at_cols))
        costs = np.zeros(len(to))
        for factor, line in zip(self.factors, self.at(cell)[0], strict=True):
            _, _, leg_m = GEOD.inv(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])
            share = np.r_[0.0, np.cumsum(leg_m)]
            share /= max(float(share[-1]), 1e-9)
            moved = line + share[:, np.newaxis] * (to - line[-1])[:, np.newaxis, :]
            legs = leg_costs(self.sea.sea, moved[:, :-1].reshape(-1, 2), moved[:, 1:].reshape(-1, 2))
            costs += factor * legs.reshape(len(to), -1).sum(axis=1)
        best = int(np.argmin(costs))
        return int(at_rows[best]), int(at_cols[best])


def _on_trunk(
    sea: _Sea,
    trunk: LeastCostPath,
    from_third: Cells,
    third: ShoreLanding,
    factors: tuple[float, float, float],
    unit_price: float,
    allowed: NDArray[np.bool_],
) -> Branching | None:
    """A unit on the trunk as it is, where the third landing is reached at least cost; None where none may lie."""
    points = densified(trunk.lonlat)
    cells = [cell_of(sea.grid, float(row), float(col)) for row, col in zip(*sea.grid.to_rowcol(*points.T), strict=True)]
    rows, cols = np.array(cells).T
    spur = np.where(allowed[rows, cols] & np.isfinite(sea.cost[rows, cols]), from_third[rows, cols], np.inf)
    k = int(np.argmin(spur))
    if not np.isfinite(spur[k]):
        return None
    lon, lat = (float(v) for v in points[k])
    unit = ShoreLanding(lon, lat, 0.0, "the branching unit")
    halves = (points[: k + 1][::-1], points[k:])
    ground = trunk.sea or sea.sea
    legs = [LeastCostPath(half, price(ground, half), length_m(half)) for half in halves]
    return Branching(lon, lat, (*legs, sea.route(unit, third)), factors, unit_price)
