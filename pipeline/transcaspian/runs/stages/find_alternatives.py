"""Alternatives to the routes, with legs as these have."""

from __future__ import annotations

from collections.abc import Mapping

from transcaspian import engineering, routing
from transcaspian.core.linear_reference import line_length_km
from transcaspian.runs.stages.each_system import Failed, each_system
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.lay_courses import LaidCourse, bare_ground, within_areas
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.runs.stages.own_lines import confined
from transcaspian.runs.stages.route_systems import SystemPath, costed_for, problem_of
from transcaspian.study import System


def find_alternatives(
    inputs: Inputs, ground: Seabed, paths: Mapping[str, SystemPath], courses: Mapping[str, LaidCourse]
) -> dict[str, routing.Alternatives | Failed]:
    """Lines that keep away from the published routes, by system id; empty where the study asks for none.

    Parameters
    ----------
    inputs
        The study says how many, and how far apart in km.
    ground
        Cost, water and closed areas.
    paths
        Least-cost paths by system id.
    courses
        Legs along them, by system id: what the alternatives keep away from.
    """
    study = inputs.study
    if study.alternatives is None:
        return {}
    rules = routing.Apart(**study.alternatives.model_dump(include={"count", "min_separation_km", "min_share"}))
    grounds = {system.id: ground.with_own_polygons() for system in inputs.systems}

    def find(system: System) -> routing.Alternatives:
        laid, own = paths[system.id], grounds[system.id]
        problem = problem_of(study, own, own.cost.friction_cost)
        within = confined(costed_for(system, own, problem), system, (laid.start, laid.end))
        route = published_line(own, laid.path, courses.get(system.id))
        return routing.alternatives(within, laid.start, laid.end, route, rules, finish_of(inputs, own, system))

    return each_system(inputs.systems, find, at_once=True, work=lambda system: paths[system.id].path.length_m)


def published_line(ground: Seabed, path: routing.LeastCostPath, laid: LaidCourse | None) -> routing.LeastCostPath:
    """The published line from shoreline to shoreline, with its cost: the legs, or the path where there are none."""
    if laid is None:
        return path
    sea = laid.course.at_sea
    lonlat = routing.along_geodesics(ground.grid, sea.lonlat)
    return routing.LeastCostPath(lonlat, sea.cost, 1000.0 * line_length_km(sea.lonlat))


def finish_of(inputs: Inputs, ground: Seabed, system: System) -> routing.Finish | None:
    """What makes legs of a path by the study's rules; None without any."""
    rules = inputs.study.engineering
    if rules is None:
        return None
    common = within_areas(bare_ground(inputs, ground), system)

    def finish(path: routing.LeastCostPath) -> routing.LeastCostPath:
        laid = LaidCourse(*engineering.lay_course(common, path, rules, f"an alternative of {system.id}"))
        return published_line(ground, path, laid)

    return finish
