"""Several systems planned together: a separation kept outside the landing zones, at the lowest sum of costs.

Two lines are apart when the part of the one that lies outside all landing zones and that of the other are. What a line
costs then depends on where the others lie, and the cheapest lines one after another are not the cheapest together: each
is the best answer to the others, yet all could gain if the first gave way a little. So lines also *yield*: one moves
further off than it must, the others answer, and the sum decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, combinations, permutations, product
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.errors import LandingError, NoRouteError, SeparationError
from transcaspian.core.geodesy import distance_to_points_m
from transcaspian.routing.alternatives import densified, from_points_m, half_diagonal_m
from transcaspian.routing.between import route_between
from transcaspian.routing.gates import Gates, gates_between
from transcaspian.routing.landing import ShoreLanding, entry_ends
from transcaspian.routing.path import LeastCostPath
from transcaspian.routing.problem import QUICK, Ends, RoutingProblem
from transcaspian.routing.search import least_cost_path
from transcaspian.routing.sketch import Strips, strips_between

_SAMPLE_M = 100.0
"""Lines are compared at points of `densified`, at most so far apart."""
_STRENGTHS = (1.0, 4.0, 16.0, 64.0)
"""How many times more a metre beside another line costs while lines push each other off, step by step."""
_SOFT_REACH = 1.25
"""Reach of that push over the separation: lines that just keep it still feel each other."""
_YIELDS = (0.5, 0.25, 0.125, 0.0625)
"""How much further than it must a line moves off when it yields, over the separation."""
_MIN_GAIN = 1e-5
_BLOCK = 8
"""Side, in cells, of the blocks by which distances from lines are decided before cells are looked at."""
_MAX_SWEEPS = 8
_ALIKE = 1e-4
_MAX_YIELDING = 2
"""How many of the cheapest plans are improved by yielding."""
_BISECTIONS = 6

Cells = NDArray[np.float32]


@dataclass(frozen=True)
class Link:
    """A system to plan.

    Attributes
    ----------
    name
        What messages call it.
    start, end
        Its landings, on the shoreline.
    """

    name: str
    start: ShoreLanding
    end: ShoreLanding


@dataclass(frozen=True)
class JointPlan:
    """Lines of several systems that keep their distance.

    Attributes
    ----------
    paths
        One for each link, in their order.
    own
        The cheapest line of each for itself.
    separation_km
        What was asked for.
    reached_km
        Shortest geodesic distance between the parts of two lines outside all landing zones; inf where one has no such
        part.
    lower_cost
        No plan costs less, as exactly as fields tell it (some tenths of a percent): see `gates`.
    certain_cost
        No plan costs less, with no such reserve; None where the own lines bring no certificate.
    """

    paths: tuple[LeastCostPath, ...]
    own: tuple[LeastCostPath, ...]
    separation_km: float
    reached_km: float
    lower_cost: float
    certain_cost: float | None

    @property
    def cost(self) -> float:
        """Sum over the lines."""
        return sum(path.cost for path in self.paths)

    @property
    def own_cost(self) -> float:
        """Sum of what each would cost for itself."""
        return sum(path.cost for path in self.own)

    @property
    def excess(self) -> float:
        """The price of the separation: cost over that of each for itself, less 1."""
        return self.cost / self.own_cost - 1.0

    @property
    def excesses(self) -> tuple[float, ...]:
        """The same for each line."""
        return tuple(path.cost / own.cost - 1.0 for path, own in zip(self.paths, self.own, strict=True))

    @property
    def gap(self) -> float:
        """By what share of the bound another plan could be cheaper at most, as exactly as fields tell it."""
        return self.cost / self.lower_cost - 1.0

    @property
    def certain_gap(self) -> float | None:
        """The same with no reserve; it contains the gaps of the own lines. None without a certificate."""
        return None if self.certain_cost is None else self.cost / self.certain_cost - 1.0


@dataclass(frozen=True)
class SeparationCurve:
    """The price of separation.

    Attributes
    ----------
    points
        Plans that no other beats in both, by rising separation and cost; the first is each for itself,
        or a plan that costs no more.
    dropped
        Separations, km, that were asked for and that another point keeps at no more cost.
    impossible
        Why there is none, by the separation asked for, km.
    """

    points: tuple[JointPlan, ...]
    dropped: tuple[float, ...] = ()
    impossible: Mapping[float, str] = field(default_factory=dict)

    @property
    def knee(self) -> JointPlan | None:
        """The point from which on a further kilometre costs most more: furthest below the straight line between the
        ends of the curve, both axes scaled to it (Satopää et al. 2011). None with fewer than three finite points."""
        finite = [plan for plan in self.points if np.isfinite(plan.reached_km)]
        if len(finite) < 3 or finite[-1].cost <= finite[0].cost:
            return None
        apart, cost = np.array([[plan.reached_km, plan.cost] for plan in finite]).T
        below = (apart - apart[0]) / (apart[-1] - apart[0]) - (cost - cost[0]) / (cost[-1] - cost[0])
        return finite[int(np.argmax(below))]

    def cheapest(self, separation_km: float) -> JointPlan | None:
        """The cheapest point that keeps a separation, km; None where none does."""
        return next((plan for plan in self.points if plan.reached_km >= separation_km), None)


def plan_together(
    problem: RoutingProblem,
    links: Sequence[Link],
    *,
    separation_km: float,
    landing_zone_km: float,
    own: Sequence[LeastCostPath] | None = None,
) -> JointPlan:
    """Lines that keep a separation outside the landing zones, at the lowest sum of costs that is found.

    Each order of the systems is tried, one after another around those before it; and lines that push each other off
    ever harder. From each such start every line answers the others until none gains. The best is improved by yielding.

    Parameters
    ----------
    problem
        As given to `route_between`; never proven, and refined once, at the end.
    links
        Two or more.
    separation_km
        Geodesic distance to keep between the parts of two lines that lie outside all landing zones.
    landing_zone_km
        Radius of the zone around each landing of each link.
    own
        The cheapest line of each for itself; sought where None. Their certificates are used where they have one.

    Returns
    -------
    JointPlan
        A line for each link, with the separation that they reach and a cost that no plan is below.

    Raises
    ------
    LandingError, NoRouteError
        A system has no route of its own.
    SeparationError
        The systems cannot keep the separation; it names them, and the largest that was found possible.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> ends = [(ShoreLanding(50.005, lat), ShoreLanding(50.195, lat)) for lat in (41.85, 41.84)]
    >>> links = [Link(f"system {number}", *both) for number, both in enumerate(ends)]
    >>> plan = plan_together(problem, links, separation_km=3.0, landing_zone_km=2.0)
    >>> f"{plan.reached_km:.1f} km apart for {(plan.cost - sum(one.cost for one in plan.own)) / 1000:.1f} km more"
    '3.4 km apart for 1.7 km more'
    """
    planner = _planner(problem, links, landing_zone_km, own)
    lines = planner.best(1000.0 * separation_km)
    if lines is None:
        raise SeparationError(planner.why_impossible(separation_km))
    return planner.finished(lines, separation_km)


def separation_curve(
    problem: RoutingProblem,
    links: Sequence[Link],
    *,
    separations_km: Sequence[float],
    landing_zone_km: float,
    own: Sequence[LeastCostPath] | None = None,
) -> SeparationCurve:
    """`plan_together` for several separations, each also begun from the plans for its neighbours.

    What is kept at a larger separation is kept at a smaller one too, so the cost never falls along the curve.

    Parameters
    ----------
    problem, links, landing_zone_km, own
        As given to `plan_together`.
    separations_km
        What to ask for, km, in any order.

    Returns
    -------
    SeparationCurve
        Its points by rising separation and cost.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> ends = [(ShoreLanding(50.005, lat), ShoreLanding(50.195, lat)) for lat in (41.85, 41.84)]
    >>> links = [Link(f"system {number}", *both) for number, both in enumerate(ends)]
    >>> curve = separation_curve(problem, links, separations_km=[2.0, 3.0], landing_zone_km=2.0)
    >>> [(plan.separation_km, round(plan.cost / 1000, 1)) for plan in curve.points]
    [(0.0, 31.6), (2.0, 32.4), (3.0, 33.3)]
    """
    planner = _planner(problem, links, landing_zone_km, own)
    asked = sorted(set(separations_km))
    plans = [planner.finished(planner.own, 0.0)]
    impossible: dict[float, str] = {}
    before: list[_Lines] = []
    for separation_km in asked:
        lines = planner.best(1000.0 * separation_km, before)
        if lines is None:
            impossible[separation_km] = planner.why_impossible(separation_km)
            continue
        before = [lines]
        plans.append(planner.finished(lines, separation_km))
    for k in range(len(plans) - 2, 0, -1):
        further = planner.settled(planner.lines_of(plans[k + 1].paths), 1000.0 * plans[k].separation_km)
        for rival in (plans[k + 1], planner.finished(further, plans[k].separation_km)):
            if rival.cost < plans[k].cost:
                plans[k] = rival
    kept = _undominated(plans)
    dropped = [km for km in asked if km not in impossible and km not in [plan.separation_km for plan in kept]]
    return SeparationCurve(tuple(kept), tuple(dropped), impossible)


def _undominated(plans: Sequence[JointPlan]) -> list[JointPlan]:
    """The plans that no other beats in separation and cost, by rising separation, each once."""
    kept: list[JointPlan] = []
    for plan in sorted(plans, key=lambda one: (-one.reached_km, one.cost)):
        if not kept or plan.cost < kept[-1].cost * (1 - 1e-12):
            kept.append(plan)
    return kept[::-1]


def apart_m(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Shortest distance between two lines, geodesic, from points on them at most 100 m apart, ``(n, 2)`` degrees each.

    Never more than the true one: the nearest places may lie half a step beside points of either line.

    Parameters
    ----------
    one, other
        Points of the lines, from `densified`, ``(n, 2)`` degrees; inf where one has none.
    """
    if not len(one) or not len(other):
        return float("inf")
    nearest_m = float(distance_to_points_m(one[:, 0], one[:, 1], other, np.inf).min())
    return float(np.sqrt(max(nearest_m**2 - _SAMPLE_M**2, 0.0)))


@dataclass(frozen=True, eq=False)
class _Line:
    """A path with its points outside all landing zones, ``(m, 2)`` degrees."""

    path: LeastCostPath
    outside: NDArray[np.float64]


_Lines = tuple[_Line, ...]


def _planner(
    problem: RoutingProblem, links: Sequence[Link], landing_zone_km: float, own: Sequence[LeastCostPath] | None
) -> _Planner:
    planner = _Planner(problem.with_effort(mode="fast", bounded=False), tuple(links), 1000.0 * landing_zone_km)
    paths = own or [route_between(planner.problem, link.start, link.end) for link in links]
    planner.own = planner.lines_of(paths)
    return planner


@dataclass
class _Planner:
    """The search for lines that keep their distance."""

    problem: RoutingProblem
    links: tuple[Link, ...]
    zone_m: float
    own: _Lines = ()
    answers: dict[tuple[int, float, frozenset[_Line]], _Line | None] = field(default_factory=dict)

    @cached_property
    def landings(self) -> NDArray[np.float64]:
        """Of all links, ``(n, 2)`` degrees."""
        return np.array([at.lonlat for link in self.links for at in (link.start, link.end)])

    @cached_property
    def entries(self) -> list[Ends]:
        """Where each link joins the grid."""
        return [entry_ends(self.problem, link.start, link.end) for link in self.links]

    @cached_property
    def from_landing_m(self) -> Cells:
        """Distance of each cell from the nearest landing, ``(rows, cols)``."""
        return from_points_m(self.problem.grid, self.landings)

    @cached_property
    def margin_m(self) -> NDArray[np.float64]:
        """Distance of a cell's corner from its centre, ``(rows, 1)``."""
        return half_diagonal_m(self.problem.grid)

    @cached_property
    def gates(self) -> Gates:
        """What tells how much a separation costs at least."""
        return gates_between(self.problem, self.entries, self.from_landing_m)

    @cached_property
    def strips(self) -> Strips | None:
        """What rough plans are made on."""
        return strips_between(self.problem, self.entries, self.from_landing_m)

    def lines_of(self, paths: Iterable[LeastCostPath]) -> _Lines:
        """Paths with their points outside the landing zones."""
        return tuple(self.line_of(path) for path in paths)

    def line_of(self, path: LeastCostPath) -> _Line:
        points = densified(path.lonlat)
        away_m = distance_to_points_m(points[:, 0], points[:, 1], self.landings, np.inf)
        return _Line(path, points[away_m > self.zone_m])

    def reached_m(self, lines: Sequence[_Line]) -> float:
        """Shortest distance between any two of the lines outside the landing zones."""
        return min(apart_m(one.outside, other.outside) for one, other in combinations(lines, 2))

    def answer(self, i: int, others: Sequence[_Line], reach_m: float) -> _Line | None:
        """The cheapest line of a link that keeps a distance from the others; None where there is none."""
        key = (i, reach_m, frozenset(others))
        if key not in self.answers:
            # pulled straight in haste: only the lines of the plan are made exact
            self.answers[key] = self._answer(i, others, reach_m, self.problem.with_effort(refinement=1, polish=QUICK))
        return self.answers[key]

    def _answer(self, i: int, others: Sequence[_Line], reach_m: float, problem: RoutingProblem) -> _Line | None:
        """The same on a problem of a certain effort."""
        if self._keeps(self.own[i], others, reach_m):
            return self.own[i]
        # so much more than asked that the line keeps it as `apart_m` measures
        walled = self._within(others, float(np.hypot(reach_m, _SAMPLE_M)))
        walled &= self.from_landing_m > self.zone_m - self.margin_m
        cost = np.where(walled, np.float32(np.inf), self.problem.checked_cost)
        if not np.isfinite(cost).any():
            return None
        try:
            line = self.line_of(route_between(problem.with_cost(cost), self.links[i].start, self.links[i].end))
        except (NoRouteError, LandingError):
            return None
        return line if self._keeps(line, others, reach_m) else None

    def pushed(self, i: int, others: Sequence[_Line], reach_m: float, strength: float) -> _Line:
        """About the cheapest line of a link where metres near the others cost more, the more the nearer."""
        nearness = np.maximum(1.0 - self._about_m(others, reach_m) / np.float32(reach_m), 0.0)
        nearness[self.from_landing_m <= self.zone_m] = 0.0
        cost = (self.problem.checked_cost * (1.0 + strength * nearness)).astype(np.float32)
        return self.line_of(least_cost_path(self.problem.with_cost(cost).with_effort(polish=QUICK), *self.entries[i]))

    def _within(self, others: Sequence[_Line], reach_m: float) -> NDArray[np.bool_]:
        """Cells with a corner nearer than the reach to one of the others outside the landing zones."""
        points, radius_m = _thinned(others, reach_m), float(self.margin_m.max()) * _BLOCK
        if not len(points):
            return np.zeros(self.problem.grid.shape, np.bool_)
        coarse_m = self._coarse_m(points, reach_m + 2 * radius_m)
        # most cells are decided by their block; those of the blocks on the edge one by one
        inside = self._of_blocks(coarse_m + radius_m < reach_m)
        undecided = self._of_blocks(np.abs(coarse_m - reach_m) <= 2 * radius_m)
        rows, cols = np.nonzero(undecided & ~inside & np.isfinite(self.problem.checked_cost))
        lon, lat = self.problem.grid.to_lonlat(rows, cols)
        reach_of_cell_m = reach_m + self.margin_m[rows, 0]
        inside[rows, cols] = distance_to_points_m(lon, lat, points, float(reach_of_cell_m.max(initial=0.0)) + 1.0) < (
            reach_of_cell_m
        )
        return inside

    def _about_m(self, others: Sequence[_Line], reach_m: float) -> Cells:
        """Distance of each cell's block from the nearest of the others outside the zones; inf beyond the reach."""
        points = _thinned(others, reach_m)
        if not len(points):
            return np.full(self.problem.grid.shape, np.inf, np.float32)
        return self._of_blocks(self._coarse_m(points, reach_m).astype(np.float32))

    def _of_blocks(self, blocks: NDArray[Any]) -> NDArray[Any]:
        """Each cell's value that of its block."""
        rows, cols = self.problem.grid.shape
        return np.repeat(np.repeat(blocks, _BLOCK, axis=0), _BLOCK, axis=1)[:rows, :cols]

    def _coarse_m(self, points: NDArray[np.float64], reach_m: float) -> NDArray[np.float64]:
        """Distance of the centres of blocks of cells from the nearest point."""
        rows, cols = (np.arange(0, cells, _BLOCK) + (_BLOCK - 1) / 2 for cells in self.problem.grid.shape)
        lon, lat = self.problem.grid.to_lonlat(*np.meshgrid(rows, cols, indexing="ij"))
        return distance_to_points_m(lon.ravel(), lat.ravel(), points, reach_m).reshape(lon.shape)

    def _keeps(self, line: _Line, others: Sequence[_Line], reach_m: float) -> bool:
        return all(apart_m(line.outside, other.outside) >= reach_m for other in others)

    def best(self, separation_m: float, before: Sequence[_Lines] = ()) -> _Lines | None:
        """The cheapest lines found that keep a separation; ``before``: lines of other plans to begin from."""
        if self.reached_m(self.own) >= separation_m:
            return self.own
        self.answers.clear()
        settled = [self.settled(lines, separation_m) for lines in self.starts(separation_m, before)]
        # many starts settle in the same place, to within a sliver
        begin = {round(_total(lines) / (_total(self.own) * _ALIKE)): lines for lines in settled}
        cheapest = sorted(begin.values(), key=_total)[:_MAX_YIELDING]
        return min((self.yielded(lines, separation_m) for lines in cheapest), key=_total, default=None)

    def starts(self, separation_m: float, before: Sequence[_Lines] = ()) -> Iterator[_Lines]:
        """Lines that keep a separation, found in several ways, the quickest first."""
        everyone = tuple(range(len(self.links)))
        orders = (everyone, everyone[::-1])
        rough = self._sketched(separation_m)
        found = False
        for lines in chain(
            (self._one_by_one(order, separation_m) for order in permutations(everyone)),
            (self._answered(lines, order, separation_m) for order in orders for lines in chain(rough, before)),
        ):
            if lines is not None:
                found = True
                yield lines
        for order, begin in product(orders[:1] if found else orders, (self.own, *(() if found else rough))):
            lines = self._answered(self._pushed_off(begin, order, separation_m), order, separation_m)
            if lines is not None:
                yield lines

    def _one_by_one(self, order: Sequence[int], separation_m: float) -> _Lines | None:
        """Lines in an order, each around those before it."""
        placed: dict[int, _Line] = {}
        for i in order:
            line = self.answer(i, list(placed.values()), separation_m) if placed else self.own[i]
            if line is None:
                return None
            placed[i] = line
        return tuple(placed[i] for i in range(len(self.links)))

    def _sketched(self, separation_m: float) -> list[_Lines]:
        """Rough lines that are the best together on coarse blocks; they need not keep the separation."""
        rough = self.strips.plan(separation_m, self.zone_m) if self.strips else None
        return [] if rough is None else [self.lines_of(LeastCostPath(lonlat, np.inf, np.inf) for lonlat in rough)]

    def _pushed_off(self, begin: _Lines, order: Sequence[int], separation_m: float) -> _Lines:
        """Lines that have pushed each other off, ever harder; they need not keep the separation yet."""
        lines = list(begin)
        for strength in _STRENGTHS:
            for i in order:
                others = [lines[j] for j in order if j != i]
                lines[i] = self.pushed(i, others, _SOFT_REACH * separation_m, strength)
        return tuple(lines)

    def _answered(self, lines: Sequence[_Line], order: Sequence[int], separation_m: float) -> _Lines | None:
        """Every line again in an order, the others as they are by then: afterwards all keep the separation."""
        now = list(lines)
        for i in order:
            line = self.answer(i, [now[j] for j in order if j != i], separation_m)
            if line is None:
                return None
            now[i] = line
        return tuple(now) if self.reached_m(now) >= separation_m else None

    def settled(self, lines: _Lines, separation_m: float) -> _Lines:
        """Lines that keep a separation, each the best answer to the others."""
        now = list(lines)
        for _ in range(_MAX_SWEEPS):
            before = _total(now)
            for i in range(len(now)):
                line = self.answer(i, [now[j] for j in range(len(now)) if j != i], separation_m)
                if line is not None and line.path.cost < now[i].path.cost:
                    now[i] = line
            if _total(now) > before * (1 - _MIN_GAIN):
                break
        return tuple(now)

    def yielded(self, lines: _Lines, separation_m: float) -> _Lines:
        """Lines improved by one giving way further than it must and the others following, as long as the sum falls."""
        for share in _YIELDS:
            gained = share * separation_m > float(self.margin_m.max())
            while gained:
                gained = False
                for i in range(len(lines)):
                    rival = self._after_yield(lines, i, separation_m, share)
                    if rival is not None and _total(rival) < _total(lines) * (1 - _MIN_GAIN):
                        lines, gained = rival, True
        return lines

    def _after_yield(self, lines: _Lines, i: int, separation_m: float, share: float) -> _Lines | None:
        others = [j for j in range(len(lines)) if j != i]
        given_way = self.answer(i, [lines[j] for j in others], separation_m * (1 + share))
        if given_way is None:
            return None
        moved = [given_way if j == i else line for j, line in enumerate(lines)]
        return self._answered(moved, (*others, i), separation_m)

    def finished(self, lines: _Lines, separation_km: float) -> JointPlan:
        """The plan, its lines made exact where that is asked for, with its bounds."""
        separation_m = 1000.0 * separation_km
        now = list(lines)
        for i in range(len(now)):
            others = [now[j] for j in range(len(now)) if j != i]
            if now[i] is not self.own[i]:
                exact = self._answer(i, others, separation_m, self.problem)
                now[i] = exact if exact is not None and exact.path.cost < now[i].path.cost else now[i]
        paths = tuple(line.path for line in now)
        # a line that is cheaper than the best for itself shows that another way to that was there
        own = tuple(min(line.path, path, key=lambda one: one.cost) for line, path in zip(self.own, paths, strict=True))
        cost, own_cost = sum(path.cost for path in paths), sum(path.cost for path in own)
        beyond = cost - own_cost
        further = self.gates.min_excess(separation_m, self.zone_m, beyond) if beyond > 0 else 0.0
        certain = [line.path.bound.lower for line in self.own if line.path.bound is not None]
        return JointPlan(
            paths=paths,
            own=own,
            separation_km=separation_km,
            reached_km=self.reached_m(now) / 1000.0,
            lower_cost=min(own_cost + further, cost),
            certain_cost=sum(certain) if len(certain) == len(own) else None,
        )

    def why_impossible(self, separation_km: float) -> str:
        """One sentence: who cannot keep what, what is possible, and what to do."""
        names = ", ".join(link.name for link in self.links[:-1]) + f" and {self.links[-1].name}"
        zones = f"outside landing zones of {self.zone_m / 1000.0:g} km"
        text = f"{names} cannot keep {separation_km:g} km from each other {zones}: "
        room_km = self.gates.room_m(self.zone_m) / 1000.0
        lines = self._furthest_apart(1000.0 * min(separation_km, room_km))
        if lines is None:
            return (
                f"{text}no separation was found possible, so their routes may have to cross or to share a strait; "
                "exchange their landings at one end, move a landing, or enlarge landing_zone_km"
            )
        largest_km = np.floor(min(self.reached_m(lines) / 1000.0, separation_km) * 10.0) / 10.0
        room = f" and no more than {room_km:.1f} km have room" if room_km < separation_km else ""
        cross = any(crossings(one.path.lonlat, other.path.lonlat) for one, other in combinations(lines, 2))
        hint = "exchange their landings at one end, as they cross in a landing zone, " if cross else ""
        return (
            f"{text}the largest separation found possible is {largest_km:.1f} km{room}; "
            f"ask for less, {hint}enlarge landing_zone_km, or move a landing"
        )

    def _furthest_apart(self, separation_m: float) -> _Lines | None:
        """Lines with the largest separation below one for which any are found, by bisection."""
        low, high, found = 0.0, separation_m, None
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            self.answers.clear()
            # where not even rough lines keep nearly as much, none will
            has_no_room = self.strips is not None and not self._sketched(0.8 * middle)
            lines = None if has_no_room else next(self.starts(middle), None)
            if lines is None:
                high = middle
            else:
                found = lines
                low = max(middle, min(self.reached_m(lines), high))
        return found


def crossings(one: NDArray[np.float64], other: NDArray[np.float64]) -> int:
    """How often two lines ``(n, 2)`` cross; an end that they share is no crossing.

    Parameters
    ----------
    one, other
        Lines, ``(n, 2)`` degrees.
    """
    common = shapely.intersection(shapely.LineString(one), shapely.LineString(other))
    ends = {tuple(at) for at in one[[0, -1]]} & {tuple(at) for at in other[[0, -1]]}
    parts = [part for part in shapely.get_parts(common) if not part.is_empty]
    return len([part for part in parts if tuple(shapely.get_coordinates(part)[0]) not in ends])


def _thinned(lines: Sequence[_Line], reach_m: float) -> NDArray[np.float64]:
    """Points of lines, fewer where only what is far from them counts: a distance of the reach errs by a metre."""
    step = max(1, int(np.sqrt(8.0 * reach_m) / _SAMPLE_M))
    return np.vstack([np.vstack([line.outside[::step], line.outside[-1:]]) for line in lines])


def _total(lines: Sequence[_Line]) -> float:
    return sum(line.path.cost for line in lines)
