"""How near a line may be to the cheapest one: the corridor of every system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shapely import MultiPolygon

from transcaspian import routing
from transcaspian.runs.stages.each_system import Failed, each_system
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.runs.stages.own_lines import confined
from transcaspian.runs.stages.route_systems import SystemPath, costed_for, problem_of
from transcaspian.study import System


@dataclass(frozen=True)
class NearOptimal:
    """What lines cost that leave the path.

    Attributes
    ----------
    areas
        Of the corridor, by excess limit.
    ways
        Equally cheap ways; 1 where the cost depends on direction, or people say where the line passes, and they are
        not counted.
    """

    corridor: routing.Corridor
    areas: Mapping[float, MultiPolygon]
    ways: int


def find_corridors(inputs: Inputs, ground: Seabed, paths: Mapping[str, SystemPath]) -> dict[str, NearOptimal | Failed]:
    """The corridor of every system, by its id; empty where the study asks for none."""
    study = inputs.study
    rules = study.corridor
    if rules is None:
        return {}
    shared = problem_of(study, ground, ground.cost.friction_cost)

    def find(system: System) -> NearOptimal:
        problem = costed_for(system, ground, shared)
        laid = paths[system.id]
        own = confined(problem, system, (laid.start, laid.end))
        if system.gives_whole_line:  # what is near the best line says how near the given one is to it
            path = routing.route_between(own, laid.start, laid.end)
            near = routing.corridor_between(own, laid.start, laid.end, path)
        else:
            near = routing.corridor_through(own, laid.start, laid.end, laid.path)
        areas = {limit: routing.corridor_polygon(own, near, limit) for limit in rules.excess_limits}
        counted = study.direction is None and not isinstance(laid.path, routing.HeldPath)
        return NearOptimal(near, areas, len(routing.ties(own, near.ends_lonlat)) if counted else 1)

    return each_system(inputs.systems, find)
