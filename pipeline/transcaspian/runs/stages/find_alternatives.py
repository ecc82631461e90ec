"""The seventh stage: alternatives to the routes, engineered as these are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from transcaspian import engineering, routing
from transcaspian.runs.stages.route_systems import problem_of

if TYPE_CHECKING:
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.runs.stages.model_seabed import Seabed
    from transcaspian.runs.stages.route_systems import Routed


def find_alternatives(
    inputs: Inputs, ground: Seabed, routed: Routed, engineered: Mapping[str, engineering.EngineeredRoute]
) -> dict[str, routing.Alternatives]:
    """Lines that keep away from the published routes, by system id; empty where the study asks for none."""
    study = inputs.study
    if study.alternatives is None:
        return {}
    rules = routing.Apart(**study.alternatives.model_dump(include={"count", "min_separation_km", "min_share"}))
    problem = problem_of(study, ground, ground.cost.friction_cost)
    return {
        system.id: routing.alternatives(
            problem,
            routed.landings[system.from_landing],
            routed.landings[system.to_landing],
            published_line(routed.paths[system.id], engineered.get(system.id)),
            rules,
            finish_of(inputs, ground, system.id),
        )
        for system in inputs.systems
    }


def published_line(path: routing.LeastCostPath, route: engineering.EngineeredRoute | None) -> routing.LeastCostPath:
    """The line that the layer ``routes`` has, with its cost: the legs, or the path where there are none."""
    if route is None:
        return path
    return routing.LeastCostPath(route.lonlat, route.course.cost, 1000.0 * route.profile.length_km)


def finish_of(inputs: Inputs, ground: Seabed, system_id: str) -> routing.Finish | None:
    """What makes legs of a path by the study's rules; None without any."""
    study, rules = inputs.study, inputs.study.engineering
    if rules is None:
        return None
    common = engineering.Ground(
        ground.grid, ground.depth, ground.cost, ground.water, ground.forbidden, study.water_level.level_m_msl
    )

    def finish(path: routing.LeastCostPath) -> routing.LeastCostPath:
        course, profile = engineering.lay_course(common, path, rules, f"an alternative of {system_id}")
        lonlat = routing.along_geodesics(ground.grid, course.lonlat)
        return routing.LeastCostPath(lonlat, course.cost, 1000.0 * profile.length_km)

    return finish
