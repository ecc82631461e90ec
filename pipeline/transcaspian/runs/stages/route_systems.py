"""The fourth stage: the least-cost path of every system, and its corridor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from shapely import MultiPolygon, Polygon

from transcaspian import routing
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.study import Landing, Study, System

Found = TypeVar("Found")


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

    def on_grid(function: Callable[..., Found], system: System, *args: Any, **wanted: Any) -> Found:
        return function(
            ground.grid,
            ground.cost.friction_cost,
            ground.water,
            landings[system.from_landing],
            landings[system.to_landing],
            ground.forbidden,
            *args,
            max_approach_km=study.rules.landing_approach.max_km,
            metric_of=metric_of(study, ground),
            **wanted,
        )

    for system in inputs.systems:
        routing.check_apart(landings[system.from_landing], landings[system.to_landing])
    # one after another: GEOS's prepared geometries, which all routes share, are not safe between threads
    effort = study.routing.model_dump(include={"proven", "refinement"}) if study.routing else {}
    paths = {system.id: on_grid(routing.route_between, system, **effort) for system in inputs.systems}
    corridors: dict[str, routing.Corridor] = {}
    areas: dict[str, dict[float, MultiPolygon]] = {}
    ties: dict[str, int] = {}
    for system in inputs.systems:
        if study.corridor:
            near = on_grid(routing.corridor_between, system, paths[system.id])
            corridors[system.id] = near
            areas[system.id] = {
                limit: routing.corridor_polygon(near, limit, ground.water, ground.forbidden)
                for limit in study.corridor.excess_limits
            }
            if study.direction is None:
                ties[system.id] = len(routing.ties(ground.grid, ground.cost.friction_cost, *near.ends_lonlat))
    return Routed(landings, paths, corridors, areas, ties)


def shore_landings(
    water: Polygon | MultiPolygon, landings: Sequence[Landing], area: tuple[float, float, float, float]
) -> dict[str, routing.ShoreLanding]:
    """The landings on the shoreline, by their id; ``area``: what the water was cut to, as of a study."""
    return {
        place.id: routing.snap_to_shore(water, place.lon_deg, place.lat_deg, place.max_snap_km, place.name, area)
        for place in landings
    }


def metric_of(study: Study, ground: Seabed) -> routing.MetricOf | None:
    """What makes a metric of a cost by the study's rules of direction; None without any."""
    if study.direction is None:
        return None
    rules = study.direction.model_dump(include={"side_factor", "in_line_factor", "full_slope_deg"})
    return lambda cost: routing.slope_metric(ground.grid, cost, ground.depth.depth_m, **rules)
