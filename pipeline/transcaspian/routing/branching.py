"""A branching unit: where three legs meet at the least sum of costs, and what joins a third landing otherwise.

The best place is the Steiner point of three landings: the cell where the weighted sum of the fields of least cost from
them is least. Near it the sum is flat, and fields err by tenths of a percent, which may be many cells; so the cell is
found by fields and then moved until no cell near it is better by the price of the lines themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import GEOD
from transcaspian.routing.alternatives import densified
from transcaspian.routing.between import Landings, route_between
from transcaspian.routing.field import solve
from transcaspian.routing.landing import ShoreLanding, entry_cell
from transcaspian.routing.path import LeastCostPath, leg_costs, measured, price, trace_on
from transcaspian.routing.problem import LonLat, RoutingProblem
from transcaspian.routing.terrain import cells_on

_NEARLY_BEST = 0.02
"""Where the sum of fields is lowest around and so much above the least at most, the best cell may be near."""
_MAX_STARTS, _DESCENTS = 12, 3
_WINDOW_CELLS = 6
_MAX_MOVES = 24

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
        """Of the trunk and the separate cable."""
        return self.trunk.cost + self.separate.cost


@dataclass(frozen=True)
class UnitRules:
    """Where a branching unit may lie and what it costs.

    Attributes
    ----------
    allowed
        Cells where it may lie, ``(rows, cols)``: deep enough, for one.
    price
        Of the unit, metres of clear seabed.
    spur_factor
        What a metre of the leg to the third landing costs over a metre of trunk.
    """

    allowed: NDArray[np.bool_]
    price: float = 0.0
    spur_factor: float = 1.0

    @property
    def factors(self) -> tuple[float, float, float]:
        """Of the legs to both ends of the trunk and to the third landing."""
        return 1.0, 1.0, self.spur_factor


def join_third(
    problem: RoutingProblem,
    ends: Landings,
    third: ShoreLanding,
    rules: UnitRules,
    trunk: LeastCostPath | None = None,
) -> Joined:
    """The best branching unit for a third landing, beside a unit on the trunk as it is and a cable of its own.

    Parameters
    ----------
    problem
        As given to `route_between`; never proven.
    ends, third
        Landings of the trunk, and the one to join.
    rules
        Where a unit may lie, and prices.
    trunk
        The cheapest line between the ends; sought where None.

    Returns
    -------
    Joined
        The three ways, with their lines and costs.

    Raises
    ------
    LandingError
        A landing cannot join the grid.
    NoRouteError
        The landings are in separate waters, or a unit may lie in no cell that they reach.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> west, east = ShoreLanding(50.005, 41.85), ShoreLanding(50.195, 41.85)
    >>> rules = UnitRules(np.ones(grid.shape, dtype=bool), price=500.0)
    >>> joined = join_third(problem, (west, east), ShoreLanding(50.1, 41.98), rules)
    >>> [f"{one / 1000:.1f} km" for one in (joined.best.cost, joined.on_trunk.cost, joined.separate_cost)]
    ['28.7 km', '30.7 km', '32.2 km']
    """
    problem = problem.with_effort(mode="fast", bounded=False)
    landings = (*ends, third)
    entries = [entry_cell(problem, at).lonlat for at in landings]
    fields = [solve(problem, [at]).value for at in entries]
    if trunk is None:
        trunk = route_between(problem, *ends)
    total = np.zeros(problem.grid.shape)
    for factor, value in zip(rules.factors, fields, strict=True):
        total += factor * value.astype(np.float64)
    total[~(rules.allowed & np.isfinite(problem.checked_cost))] = np.inf
    if not np.isfinite(total).any():
        raise NoRouteError(
            f"no place for a branching unit between {', '.join(at.name for at in landings)}: no cell that all three "
            "reach over water is deep enough by known depths; lower min_depth_m or give seabed data there"
        )
    lon, lat = _PlaceSearch(problem, entries, fields, rules.factors, total).best()
    unit = _unit_at(lon, lat)
    best = Branching(lon, lat, tuple(route_between(problem, unit, at) for at in landings), rules.factors, rules.price)
    separate = [route_between(problem, third, end) for end in ends]
    separate_to = int(np.argmin([path.cost for path in separate]))
    on_trunk = _on_trunk(problem, trunk, fields[2], third, rules)
    return Joined(trunk, best, on_trunk, separate[separate_to], separate_to)


def _unit_at(lon: float, lat: float) -> ShoreLanding:
    return ShoreLanding(lon, lat, name="the branching unit")


@dataclass
class _PlaceSearch:
    """The search for the cell where lines cost least, near one where fields do.

    ``total`` is the sum of the fields with their factors, ``(rows, cols)``, inf where no unit may lie.
    """

    problem: RoutingProblem
    entries: Sequence[LonLat]
    fields: Sequence[Cells]
    factors: Sequence[float]
    total: Floats
    known: dict[tuple[int, int], tuple[list[Floats], float]] = field(default_factory=dict)

    def best(self) -> LonLat:
        """Centre of the cell where the legs' own prices sum to the least."""
        total = self.total
        lowest = (total == ndimage.minimum_filter(total, size=5)) & (total <= float(total.min()) * (1 + _NEARLY_BEST))
        starts = sorted(((int(row), int(col)) for row, col in np.argwhere(lowest)), key=lambda cell: float(total[cell]))
        ranked = sorted(starts[:_MAX_STARTS], key=self.price)
        row, col = min((self.descended(cell) for cell in ranked[:_DESCENTS]), key=self.price)
        lon, lat = self.problem.grid.to_lonlat(row, col)
        return float(lon), float(lat)

    def price(self, cell: tuple[int, int]) -> float:
        """Of the cheapest lines to a cell's centre, with their factors."""
        return self.at(cell)[1]

    def at(self, cell: tuple[int, int]) -> tuple[list[Floats], float]:
        """The cheapest lines from where the landings join the grid to a cell's centre, and their price."""
        if cell not in self.known:
            sea = self.problem.terrain
            lon, lat = (float(v) for v in self.problem.grid.to_lonlat(*cell))
            both = zip(self.fields, self.entries, strict=True)
            lines = [trace_on(sea, value.ravel(), [at], lon, lat).lonlat for value, at in both]
            cost = sum(factor * price(sea, line) for factor, line in zip(self.factors, lines, strict=True))
            self.known[cell] = lines, cost
        return self.known[cell]

    def descended(self, cell: tuple[int, int]) -> tuple[int, int]:
        """From a cell to one that no cell beside it betters."""
        for _ in range(_MAX_MOVES):
            following = self._pulled_over(cell)
            if self.price(following) >= self.price(cell):
                following = min((cell, *self._beside(cell)), key=self.price)
            if following == cell:
                break
            cell = following
        return cell

    def _window(self, cell: tuple[int, int], radius: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and columns of the cells around one where a unit may lie, row by row."""
        rows, cols = (
            np.arange(max(at - radius, 0), min(at + radius + 1, size))
            for at, size in zip(cell, self.total.shape, strict=True)
        )
        at_rows, at_cols = (index.ravel() for index in np.meshgrid(rows, cols, indexing="ij"))
        allowed = np.isfinite(self.total[at_rows, at_cols])
        return at_rows[allowed], at_cols[allowed]

    def _beside(self, cell: tuple[int, int]) -> list[tuple[int, int]]:
        """The cells that touch one and where a unit may lie."""
        around = zip(*self._window(cell, 1), strict=True)
        return [(int(row), int(col)) for row, col in around if (row, col) != cell]

    def _pulled_over(self, cell: tuple[int, int]) -> tuple[int, int]:
        """The cell in a window at which the three lines cost least when they are pulled over to it.

        A line is pulled over by moving each of its points by its share of the length: exact where the cost is even, and
        to first order everywhere, because the line is the cheapest to its end.
        """
        at_rows, at_cols = self._window(cell, _WINDOW_CELLS)
        to = np.column_stack(self.problem.grid.to_lonlat(at_rows, at_cols))
        costs = np.zeros(len(to))
        for factor, line in zip(self.factors, self.at(cell)[0], strict=True):
            _, _, leg_m = GEOD.inv(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])
            share = np.r_[0.0, np.cumsum(leg_m)]
            share /= max(float(share[-1]), 1e-9)
            moved = line + share[:, np.newaxis] * (to - line[-1])[:, np.newaxis, :]
            legs = leg_costs(self.problem.terrain, moved[:, :-1].reshape(-1, 2), moved[:, 1:].reshape(-1, 2))
            costs += factor * legs.reshape(len(to), -1).sum(axis=1)
        best = int(np.argmin(costs))
        return int(at_rows[best]), int(at_cols[best])


def _on_trunk(
    problem: RoutingProblem, trunk: LeastCostPath, from_third: Cells, third: ShoreLanding, rules: UnitRules
) -> Branching | None:
    """A unit on the trunk as it is, where the third landing is reached at least cost; None where none may lie."""
    points = densified(trunk.lonlat)
    cells = cells_on(problem.grid, points)
    allowed = rules.allowed[cells] & np.isfinite(problem.checked_cost[cells])
    spur = np.where(allowed, from_third[cells], np.inf)
    k = int(np.argmin(spur))
    if not np.isfinite(spur[k]):
        return None
    lon, lat = (float(v) for v in points[k])
    legs = [measured(trunk.sea or problem.terrain, half) for half in (points[: k + 1][::-1], points[k:])]
    spur_leg = route_between(problem, _unit_at(lon, lat), third)
    return Branching(lon, lat, (*legs, spur_leg), rules.factors, rules.price)
