"""The fourth stage: the least-cost path of every system, and its corridor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from transcaspian import routing
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.model_seabed import Bed, Seabed
from transcaspian.study import Landing, Study


@dataclass(frozen=True)
class Routed:
    """Landings by id; by system id paths, corridors, their areas by excess limit, equally cheap ways, and alternatives.

    All but the paths are empty where the study does not ask for them. The alternatives come from a later stage: they
    keep away from the engineered routes.
    """

    landings: Mapping[str, routing.ShoreLanding]
    paths: Mapping[str, routing.LeastCostPath]
    corridors: Mapping[str, routing.Corridor]
    corridor_areas: Mapping[str, Mapping[float, MultiPolygon]]
    ties: Mapping[str, int]
    alternatives: Mapping[str, routing.Alternatives] = field(default_factory=dict)


def route_systems(inputs: Inputs, ground: Seabed) -> Routed:
    """Bring the landings to the shore; find the least-cost path of every system and its corridor."""
    study = inputs.study
    wanted = dict.fromkeys(end for system in inputs.systems for end in (system.from_landing, system.to_landing))
    landings = shore_landings(ground.water, [study.landing(landing_id) for landing_id in wanted], study.area.bounds)
    ends = {system.id: (landings[system.from_landing], landings[system.to_landing]) for system in inputs.systems}
    for start, end in ends.values():
        routing.check_apart(start, end)
    problem = problem_of(study, ground, ground.cost.friction_cost)
    # one after another: GEOS's prepared geometries, which all routes share, are not safe between threads
    paths = {system_id: routing.route_between(problem, *pair) for system_id, pair in ends.items()}
    corridors: dict[str, routing.Corridor] = {}
    areas: dict[str, dict[float, MultiPolygon]] = {}
    ties: dict[str, int] = {}
    if study.corridor:
        for system_id, pair in ends.items():
            near = routing.corridor_between(problem, *pair, paths[system_id])
            corridors[system_id] = near
            areas[system_id] = {
                limit: routing.corridor_polygon(problem, near, limit) for limit in study.corridor.excess_limits
            }
            if study.direction is None:
                ties[system_id] = len(routing.ties(problem, near.ends_lonlat))
    return Routed(landings, paths, corridors, areas, ties)


def shore_landings(
    water: Polygon | MultiPolygon, landings: Sequence[Landing], area: tuple[float, float, float, float]
) -> dict[str, routing.ShoreLanding]:
    """The landings on the shoreline, by their id; ``area``: what the water was cut to, as of a study."""
    return {
        place.id: routing.snap_to_shore(water, place.lon_deg, place.lat_deg, place.max_snap_km, place.name, area)
        for place in landings
    }


def problem_of(study: Study, bed: Bed, cost_per_m: NDArray[np.float32]) -> routing.RoutingProblem:
    """What lines are sought on by the rules of a study: its approaches, its direction, its effort.

    Parameters
    ----------
    study
        The rules.
    bed
        Grid, water, depth and closed areas.
    cost_per_m
        ``(rows, cols)`` on the bed's grid, metres of clear seabed per metre; NaN or inf is a wall.
    """
    effort = routing.Effort()
    if study.routing is not None:
        effort = routing.Effort("proven" if study.routing.proven else "fast", study.routing.refinement)
    metric_of: routing.MetricOf | None = None
    if study.direction is not None:
        rules = study.direction.model_dump(include={"side_factor", "in_line_factor", "full_slope_deg"})

        def metric_of(cost: NDArray[np.float32]) -> routing.Metric:
            return routing.slope_metric(bed.grid, cost, bed.depth.depth_m, **rules)

    return routing.RoutingProblem(
        bed.grid,
        cost_per_m,
        bed.water,
        bed.forbidden,
        study.rules.landing_approach.max_km,
        metric_of,
        effort,
    )
