"""Points of a front as routes: legs, cable as it was chosen along them, a Route Position List, and a bill of their own.

The front is traced on lines of the router, priced step by step. Lines that cost the same to within what legs may cost
more are then one: the fewest that every point can be laid on get legs, and on these the cable of each point is chosen
again. A point therefore costs what its route would cost everywhere else, by the same bill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from transcaspian import routing
from transcaspian.analyses.risk.cells import Planner
from transcaspian.analyses.risk.choice import cheapest_choice
from transcaspian.analyses.risk.front import Front, Point, front_of, trace_front
from transcaspian.analyses.risk.ledger import Ledger, SurveyedLine, step_costs
from transcaspian.analyses.risk.weighed import ledger_of_route
from transcaspian.core.errors import EngineeringError
from transcaspian.engineering import EngineeredRoute, Laid, Met, StateWaters, Surroundings, lay_course, meetings
from transcaspian.engineering.cable import ChosenCable
from transcaspian.engineering.route import Passage, engineer_passage, passage_of
from transcaspian.engineering.rule_sections import RuleSection
from transcaspian.rpl.numbering import numbered
from transcaspian.runs.stages.divide_waters import state_waters
from transcaspian.runs.stages.engineer_systems import label_of, listed_ground, system_asset
from transcaspian.runs.stages.lay_courses import LaidCourse, ends_of, within_areas
from transcaspian.runs.stages.own_lines import confined
from transcaspian.study import BurialRule, CableTypeRule, Engineering, System

if TYPE_CHECKING:
    from transcaspian.analyses.risk.cells import Cells, LaidRoute
    from transcaspian.analyses.risk.config import ArmourOption, BurialOption
    from transcaspian.analyses.risk.weighed import Weighed
    from transcaspian.runs.stages.route_systems import Routed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class BuiltPoint:
    """A point of a front as a route, with the figures that the route of a run has."""

    route: EngineeredRoute
    ledger: Ledger


@dataclass(frozen=True)
class CourseSurvey:
    """Legs with what they pass, and what could be laid on them."""

    passage: Passage
    line: SurveyedLine


def common_ground(weighed: Weighed) -> Surroundings:
    """What the lists of all points name: hazards that rules speak of, what is crossed, and whose waters."""
    waters = state_waters(weighed.inputs, weighed.ground)
    return replace(
        listed_ground(weighed.inputs, weighed.ground),
        waters=None if waters is None else one_at_a_time(waters),
    )


def one_at_a_time(waters: StateWaters) -> StateWaters:
    """The waters as several threads may ask: the areas behind them are prepared, which is for one thread at a time."""
    lock = RLock()

    def alone(ask: Callable[..., Any]) -> Callable[..., Any]:
        def answer(*args: Any) -> Any:
            with lock:
                return ask(*args)

        return answer

    return replace(waters, look=alone(waters.look), kind_at=alone(waters.kind_at), by_equidistance=None)


@dataclass(frozen=True)
class FrontBuilder:
    """Traces the front of one system, and builds its points.

    ``common``: from `common_ground`; ``engineered``: the routes of the run by system.
    """

    weighed: Weighed
    cells: Cells
    routed: Routed
    common: Surroundings
    engineered: Mapping[str, EngineeredRoute]
    system: System
    prices: list[float] = field(default_factory=list)

    @cached_property
    def rules(self) -> Engineering:
        """Of engineering."""
        return self.weighed.inputs.study.required_table(Engineering)

    @cached_property
    def ground(self) -> Surroundings:
        """With the areas of the system."""
        return within_areas(self.common, self.system)

    def front(self) -> Front[BuiltPoint]:
        """The front, every point of it a route."""
        rules = self.weighed.rules
        planner = Planner(
            self.cells, self.weighed.options, self.line, self.weighed.survey, self.min_steps, self.system.name
        )
        traced = trace_front(planner.solve, rules.max_routes, rules.tolerance, self.worth)
        prices = [point.price for point in traced.points]
        courses = self.courses(planner, prices)
        tried = [self.built(courses, price) for price in prices]
        return front_of(tried, traced.gap, traced.solved)

    def worth(self, cheapest: Point[LaidRoute]) -> float:
        """The price at which a fault costs what its repairs do: there the present value is least, or nearly."""
        account = cheapest.found.ledger.account()
        return self.weighed.annuity * account.repair_usd_per_year / account.at_most

    def problem(self, cost_per_m: NDArray[np.float32]) -> routing.RoutingProblem:
        """The line is sought on a cost that knows no direction."""
        ground, approach_km = self.weighed.ground, self.weighed.inputs.study.rules.landing_approach.max_km
        problem = routing.RoutingProblem(ground.grid, cost_per_m, ground.water, ground.forbidden, approach_km)
        return confined(problem.with_effort(bounded=False), self.system, self.ends)

    @cached_property
    def ends(self) -> tuple[routing.ShoreLanding, routing.ShoreLanding]:
        """Where it comes ashore."""
        return self.routed.landings[self.system.from_landing], self.routed.landings[self.system.to_landing]

    def line(self, price: float) -> Floats:
        """The cheapest line on the cells at a price of a fault."""
        self.prices.append(price)
        return routing.route_between(self.problem(self.cells.cost_per_m(price)), *self.ends).lonlat

    def min_steps(self, line: SurveyedLine) -> tuple[int, int]:
        """Fewest steps in a run of one armour and of one burial."""
        limits, step_km = self.rules.sections, float(line.step_km[0])
        of_armour, of_burial = (
            int(np.ceil(km / step_km - 1e-9)) for km in (limits.min_cable_type_km, limits.min_burial_km)
        )
        return of_armour, of_burial

    def courses(self, planner: Planner, prices: Sequence[float]) -> list[CourseSurvey]:
        """Legs along the fewest lines that do for all points, and those of the run."""
        lines = [line for _, line in planner.lines]
        bounds = np.array([[self.bound(line, price) for price in prices] for line in lines])
        found, failed = list(self.own_course()), None
        for at in covering(bounds, self.rules.alter_course.tolerance):
            try:
                found.append(self.surveyed(self.laid(planner.lines[at][0], self.prices[at])))
            except EngineeringError as exc:
                failed = exc
        if not found and failed is not None:
            raise failed
        return found

    def bound(self, line: SurveyedLine, price: float) -> float:
        """No choice of cable costs less than the best pair of every step by itself."""
        return float(step_costs(line, self.weighed.options, price).min(axis=(1, 2)).sum())

    def own_course(self) -> Iterator[CourseSurvey]:
        """The legs of the route of the run, where there is one."""
        if (route := self.engineered.get(self.system.id)) is not None:
            yield self.surveyed(LaidCourse(route.course, route.profile))

    def laid(self, lonlat: Floats, price: float) -> LaidCourse:
        """Legs along a line that was found at a price."""
        path = routing.priced_as_laid(self.problem(self.cells.cost_per_m(price)), self.ends, lonlat)
        ends = ends_of(self.weighed.inputs, self.system)
        return LaidCourse(*lay_course(self.ground, path, self.rules, self.system.id, ends))

    def surveyed(self, laid: LaidCourse) -> CourseSurvey:
        """What legs pass, and what could be laid on them."""
        passage = passage_of(self.ground, laid.course, laid.profile, self.rules, self.meetings(laid))
        return CourseSurvey(passage, self.weighed.survey_profile(laid.profile.sea_part()))

    def meetings(self, laid: LaidCourse) -> Met:
        """What legs meet of the systems that are built together with theirs."""
        inputs, own = self.weighed.inputs, self.system
        if self.rules.neighbours is None:
            return Met()
        beside = [other for other in inputs.study.built_with(own) if other.id in self.engineered]
        courses = {other.id: (self.engineered[other.id].course, self.engineered[other.id].profile) for other in beside}
        systems = {
            one.id: Laid(course, profile, system_asset(inputs, one, course.lonlat))
            for one, (course, profile) in [
                (own, (laid.course, laid.profile)),
                *((other, courses[other.id]) for other in beside),
            ]
        }
        return meetings(systems, [(own.id, other.id) for other in beside], self.rules.neighbours)[own.id]

    def built(self, courses: Sequence[CourseSurvey], price: float) -> Point[BuiltPoint]:
        """The best route on the legs at a price of a fault."""
        survey = min(courses, key=lambda one: self.bound(one.line, price))
        costs = step_costs(survey.line, self.weighed.options, price)
        choice = cheapest_choice(costs, self.min_steps(survey.line), self.system.name)
        chosen = self.chosen(survey.line, choice, survey.passage.profile.length_km)
        label = replace(label_of(self.weighed.inputs.study, self.system), chosen=chosen)
        route = engineer_passage(self.ground, survey.passage, self.rules, label)
        rpl, _ = numbered(route.rpl, None, self.rules.rpl.same_position_m)
        ledger = ledger_of_route(self.weighed, route)
        return Point(ledger.paid_usd, ledger.account().at_most, price, BuiltPoint(replace(route, rpl=rpl), ledger))

    def chosen(self, line: SurveyedLine, choice: Ints, length_km: float) -> ChosenCable:
        """The cable of a choice, from KP 0 to the end."""
        options = self.weighed.options
        types = [type_rule(options.armour[first]) for first in range(len(options.armour))]
        burial = [burial_rule(options.burial[second]) for second in range(len(options.burial))]
        first, second = (
            [(kp_km[0], kp_km[1], place) for *kp_km, place in runs_of(line.kp_km, places, length_km)]
            for places in choice.T
        )
        return ChosenCable(
            tuple(RuleSection(from_km, to_km, types[place]) for from_km, to_km, place in first),
            tuple(RuleSection(from_km, to_km, burial[place]) for from_km, to_km, place in second),
        )


def covering(bounds: Floats, tolerance: float) -> list[int]:
    """The fewest lines, greedily, of which one costs no more than the best by a share, at every price.

    Parameters
    ----------
    bounds
        What each line costs at each price, shape ``(lines, prices)``.
    """
    does = bounds <= (1.0 + tolerance) * bounds.min(axis=0)
    found: list[int] = []
    while not does[found].any(axis=0).all():
        left = ~does[found].any(axis=0)
        # of those that do for as many prices the one that costs least there
        most = does[:, left].sum(axis=1)
        share = (bounds[:, left] / bounds[:, left].min(axis=0)).sum(axis=1)
        found.append(int(np.lexsort((share, -most))[0]))
    return found


def runs_of(kp_km: Floats, places: Ints, length_km: float) -> Iterator[tuple[float, float, int]]:
    """Stretches of steps of one option, the first from KP 0 and the last to the end."""
    edges = [0, *(np.flatnonzero(np.diff(places)) + 1), len(places)]
    ends_km = [0.0, *(float(kp_km[at]) for at in edges[1:-1]), length_km]
    for number, first in enumerate(edges[:-1]):
        yield ends_km[number], ends_km[number + 1], int(places[first])


def type_rule(option: ArmourOption) -> CableTypeRule:
    """A type of cable as a rule of engineering."""
    return CableTypeRule(id=option.id, cable_type=option.cable_type, source=option.source, status=option.status)


def burial_rule(option: BurialOption) -> BurialRule:
    """A burial as a rule of engineering."""
    given = {name: getattr(option, name) for name in ("id", "method", "target_m", "source", "status")}
    return BurialRule(**given)
