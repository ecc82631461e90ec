"""What a line is sought on, in one value that all of routing speaks, and how much effort it is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.grid import Grid
from transcaspian.routing.metric import Metric
from transcaspian.routing.polygon_copies import PolygonCopies
from transcaspian.routing.terrain import Terrain, check_shape, checked_cost, whole_terrain
from transcaspian.seabed import rasterise_walls

LonLat = tuple[float, float]
Ends = tuple[LonLat, LonLat]
MetricOf = Callable[[NDArray[np.float32]], Metric]
Mode = Literal["fast", "full", "proven"]


class Pull(NamedTuple):
    """One pull at a line: shortcuts, equal legs, and vertices moved across it to where they are cheapest together.

    Attributes
    ----------
    leg_cells
        Longest leg that it is cut into.
    uneven_leg_cells
        Longest leg at the corners of walls, and where the cost jumps or goes to and fro from cell to cell.
    nudges
        How far vertices are moved across the line, one after the other, as shares of its legs.
    """

    leg_cells: float
    uneven_leg_cells: float
    nudges: tuple[float, ...]


@dataclass(frozen=True)
class Polish:
    """How a line is pulled straight after the descent.

    Attributes
    ----------
    pulls
        One after the other.
    rounds
        How often all of that, at most.
    min_gain
        Share of the cost that the last pull of a round must save for another round to follow: on costs that go to and
        fro from cell to cell it saves some thousandths, on smooth ones a ten-thousandth.
    passes
        How often vertices that moved, and those beside them, are tried again at each length and reach.
    """

    pulls: tuple[Pull, ...]
    rounds: int
    min_gain: float
    passes: int = 6


_WIDE = Pull(4.0, 4.0, (0.5, 0.25, 0.1))
QUICK = Polish((_WIDE, Pull(2.0, 0.25, (0.25, 0.03)), Pull(4.0, 4.0, (0.25, 0.03))), 4, 4e-4)
THOROUGH = Polish((_WIDE, Pull(2.0, 0.25, (0.25, 0.05, 0.01)), Pull(4.0, 4.0, (0.25, 0.05, 0.01))), 4, 1e-5)


@dataclass(frozen=True)
class Effort:
    """How hard a line is sought.

    Attributes
    ----------
    mode
        ``fast`` marches over some percent of a large grid; ``full`` over all of it; ``proven`` over all that a cheaper
        line could pass, and certifies how much cheaper one could be at most.
    refinement
        March again in a band around a line between landings on cells so many times as fine, barriers and all; 1: leave
        it. Not done where the cost depends on direction.
    polish
        How a line is pulled straight: `QUICK` takes a third of the time, for lines that are counted, not laid. None:
        thoroughly, but quickly between the cells of a large grid in the fast mode. Under a metric always thoroughly.
    threads
        One or two for the march; the lines are the same.
    bounded
        Whether the fast mode says how much cheaper another line could be: not where it is not read.
    """

    mode: Mode = "fast"
    refinement: int = 1
    polish: Polish | None = None
    threads: int = 2
    bounded: bool = True


@dataclass(frozen=True)
class ViaDisc:
    """A place that a line passes.

    Attributes
    ----------
    lonlat
        Degrees.
    radius_km
        How near it is passed, geodesic; 0: through the place itself.
    name
        What messages call it.
    """

    lonlat: LonLat
    radius_km: float = 0.0
    name: str = "the via point"


@dataclass(frozen=True, eq=False)
class FixedLegs:
    """Geodesic legs that a line has, whatever they cost.

    Attributes
    ----------
    lonlat
        Their vertices ``(n, 2)``, degrees, in the direction of the line.
    name
        What messages call them.
    """

    lonlat: NDArray[np.float64] = field(repr=False)
    name: str = "the locked legs"


Waypoint = ViaDisc | FixedLegs


@dataclass(frozen=True, eq=False)
class FinerCost:
    """What is known of the cost on finer cells than those of the grid, somewhere in it.

    Attributes
    ----------
    bounds
        ``(west, south, east, north)``, degrees, of where it is known.
    factor
        Finer cells along the side of a cell.
    added
        Of a frame of finer cells, what each adds to the cost of the cell that it lies in, ``(rows, cols)`` per metre;
        NaN where no more is known.
    """

    bounds: tuple[float, float, float, float]
    factor: int
    added: Callable[[Grid], NDArray[np.floating]] = field(repr=False)


_MADE_OF_COST = ("checked_cost", "metric", "terrain")


@dataclass(frozen=True, eq=False)
class RoutingProblem:
    """What lines are sought on: the frame and the cost of its cells, what is closed, and with how much effort.

    The arrays are referred to, not copied, and must not change afterwards. Variations share what they do not change:
    ``problem.with_cost(other)``, ``problem.with_effort(mode="proven")``, ``replace(problem, forbidden=area)`` of
    `dataclasses`.

    Attributes
    ----------
    grid
        Frame in lon/lat degrees, EPSG:4326; a cell is a pixel with its value at its centre.
    cost
        ``(rows, cols)``, row 0 northernmost, column 0 westernmost: cost per metre of cable, above 0; NaN or inf is a
        wall. It may be memory-mapped.
    water
        Polygon or multipolygon, lon/lat degrees, that lines between landings stay in; islands are holes. None: all of
        the grid, so that only the cost has walls.
    forbidden
        No-go polygons with their buffers, lon/lat degrees, that such lines stay out of; None where nothing is closed.
    approach_km
        Reach between a landing and the open cell where it joins the grid, geodesic; None: three cells.
    metric_of
        Makes the metric of a cost where the cost depends on direction; nowhere cheaper than the cost itself.
    effort
        How hard lines are sought.
    finer
        Where the cost is known on finer cells: lines between landings are sought again there, in a band around them.
        Not done where the cost depends on direction.
    waypoints
        What lines between landings pass, in this order; only `route_through` heeds them.

    Raises
    ------
    GridError
        When the shape of the cost is not the grid's. That costs are positive and that a cell is open is checked where
        they are read first.

    Examples
    --------
    A sea of thirty by twenty cells with an island, and the cheapest line around it:

    >>> import numpy as np
    >>> from transcaspian.core.grid import Grid
    >>> from transcaspian.routing import RoutingProblem, ShoreLanding, route_between
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> cost = np.ones(grid.shape)
    >>> cost[3:9, 8:12] = np.inf
    >>> problem = RoutingProblem(grid, cost)
    >>> west, east = ShoreLanding(50.005, 41.95), ShoreLanding(50.195, 41.95)
    >>> path = route_between(problem, west, east)
    >>> f"{path.length_m / 1000:.1f} km, weighted {path.cost / 1000:.1f} km"
    '16.5 km, weighted 16.5 km'

    Without the island, where a metre costs twice as much, with a certificate:

    >>> costly = problem.with_cost(np.full(grid.shape, 2.0)).with_effort(mode="proven")
    >>> path = route_between(costly, west, east)
    >>> f"{path.length_m / 1000:.1f} km, weighted {path.cost / 1000:.1f} km"
    '15.8 km, weighted 31.5 km'
    >>> 0 < path.bound.lower <= path.cost
    True
    """

    grid: Grid
    cost: NDArray[np.floating] = field(repr=False)
    water: shapely.Geometry = field(default=None, repr=False)
    forbidden: shapely.Geometry | None = field(default=None, repr=False)
    approach_km: float | None = None
    metric_of: MetricOf | None = field(default=None, repr=False)
    effort: Effort = Effort()
    waypoints: tuple[Waypoint, ...] = ()
    finer: tuple[FinerCost, ...] = ()

    def __post_init__(self) -> None:
        check_shape(self.grid, self.cost)
        if self.water is None:
            object.__setattr__(self, "water", shapely.box(*self.grid.bounds))

    @cached_property
    def checked_cost(self) -> NDArray[np.float32]:
        """The cost in float32 and C order, every wall inf.

        Raises
        ------
        GridError
            When a cost is zero or negative, or no cell is open.
        """
        return checked_cost(self.grid, self.cost)

    @cached_property
    def metric(self) -> Metric | None:
        """The metric of the cost; None where it is the same in all directions."""
        return None if self.metric_of is None else self.metric_of(self.checked_cost)

    @cached_property
    def terrain(self) -> Terrain:
        """The cost, or its metric, as what prices lines."""
        return whole_terrain(self.grid, self.checked_cost) if self.metric is None else self.metric.terrain()

    def with_cost(self, cost: NDArray[np.floating]) -> RoutingProblem:
        """The same on another cost, ``(rows, cols)`` per metre."""
        return replace(self, cost=cost)

    def with_effort(self, **changes: Any) -> RoutingProblem:
        """The same with the given parts of its effort changed: ``mode``, ``refinement``, ``polish``, ``threads``."""
        return self._on_same_cost(effort=replace(self.effort, **changes))

    def for_threads(self) -> Callable[[], RoutingProblem]:
        """Gives each thread that calls it the same with polygons of its own; what the cost gives is computed once."""
        polygons, _ = PolygonCopies(self.water, self.forbidden), self.terrain

        def here() -> RoutingProblem:
            water, forbidden = polygons.here()
            return self._on_same_cost(water=water, forbidden=forbidden)

        return here

    def _on_same_cost(self, **changes: Any) -> RoutingProblem:
        """The same but for these attributes, with all that was computed from the cost."""
        other = replace(self, **changes)
        vars(other).update({name: made for name, made in vars(self).items() if name in _MADE_OF_COST})
        return other

    def confined(self, keep_in: shapely.Geometry | None, keep_out: shapely.Geometry | None) -> RoutingProblem:
        """The same for lines that stay in one area and out of another: part of its water, its no-go and its walls.

        Parameters
        ----------
        keep_in, keep_out
            Polygons or multipolygons, lon/lat degrees; None: no such area.
        """
        if keep_in is None and keep_out is None:
            return self
        cost, water, forbidden = self.checked_cost.copy(), self.water, self.forbidden
        if keep_in is not None:
            water = shapely.intersection(water, keep_in)
            cost[~rasterise_walls(self.grid, [keep_in])] = np.inf
        if keep_out is not None:
            forbidden = keep_out if forbidden is None else shapely.union(forbidden, keep_out)
            cost[rasterise_walls(self.grid, [keep_out])] = np.inf
        return replace(self, cost=cost, water=water, forbidden=forbidden)
