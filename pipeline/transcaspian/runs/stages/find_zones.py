"""Where a line may go at little more cost than the published route: the cost-tolerance zones of every system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shapely import MultiPolygon

from transcaspian import routing
from transcaspian.runs.stages.each_system import Failed, each_system
from transcaspian.runs.stages.find_alternatives import published_line
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.lay_courses import LaidCourse
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.runs.stages.own_lines import confined
from transcaspian.runs.stages.route_systems import SystemPath, costed_for, problem_of
from transcaspian.seabed import area_km2, area_of
from transcaspian.study import System


@dataclass(frozen=True)
class NearOptimal:
    """What lines cost that leave the published route.

    Attributes
    ----------
    near
        Excess over the published route.
    areas
        Of the zones, by excess limit.
    cheaper_km2
        Area through which some line costs less than the published route: there the excess is 0.
    ways
        Equally cheap ways; 1 where the cost depends on direction, or people say where the line passes, and they are
        not counted.
    """

    near: routing.CostExcess
    areas: Mapping[float, MultiPolygon]
    cheaper_km2: float
    ways: int


def find_zones(
    inputs: Inputs, ground: Seabed, paths: Mapping[str, SystemPath], courses: Mapping[str, LaidCourse]
) -> dict[str, NearOptimal | Failed]:
    """The zones of every system, by its id; empty where the study asks for none.

    Parameters
    ----------
    inputs
        The study asks for limits of the excess of cost.
    ground
        Cost, water and closed areas.
    paths
        Least-cost paths by system id.
    courses
        Legs along them, by system id.
    """
    study = inputs.study
    rules = study.cost_tolerance
    if rules is None:
        return {}
    here = problem_of(study, ground, ground.cost.friction_cost).for_threads()

    def find(system: System) -> NearOptimal:
        laid = paths[system.id]
        own = confined(costed_for(system, ground, here()), system, (laid.start, laid.end))
        path = routing.route_between(own, laid.start, laid.end) if system.gives_whole_line else laid.path
        best = routing.excess_through(own, laid.start, laid.end, path)
        near, is_cheaper = best.above(published_line(ground, laid.path, courses.get(system.id)).cost / path.cost)
        areas = {limit: routing.zone_polygon(own, near, limit) for limit in rules.excess_limits}
        counted = study.direction is None and not isinstance(laid.path, routing.HeldPath)
        ways = len(routing.ties(own, best.ends_lonlat, fields=best.fields)) if counted else 1
        return NearOptimal(near, areas, area_km2(area_of(own.grid, is_cheaper), own.grid.step_deg), ways)

    return each_system(inputs.systems, find, at_once=True, work=lambda system: paths[system.id].path.length_m)
