"""The least-cost path of every system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from transcaspian import routing
from transcaspian.core.errors import LandingError
from transcaspian.runs.stages.each_system import Failed, each_system
from transcaspian.runs.stages.finer_costs import finer_costs
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.model_seabed import Bed, Seabed
from transcaspian.runs.stages.own_lines import line_of, own_ends
from transcaspian.runs.stages.tiles import WIDTH_DEG, cut_edges
from transcaspian.study import Landing, Study, System


@dataclass(frozen=True)
class SystemPath:
    """The path of a system, and its landings on the shore; a list of a person may end beside them."""

    start: routing.ShoreLanding
    end: routing.ShoreLanding
    path: routing.LeastCostPath


@dataclass(frozen=True)
class Routed:
    """Landings by id; by system id paths, and alternatives where the study asks for them."""

    landings: Mapping[str, routing.ShoreLanding]
    paths: Mapping[str, routing.LeastCostPath]
    alternatives: Mapping[str, routing.Alternatives] = field(default_factory=dict)


def route_systems(inputs: Inputs, ground: Seabed) -> dict[str, SystemPath | Failed]:
    """Bring the landings of every system to the shore, and find the least-cost path between them."""
    shared = replace(
        problem_of(inputs.study, ground, ground.cost.friction_cost),
        effort=effort_of(inputs.study),
        finer=finer_costs(inputs, ground),
    )
    here = shared.for_threads()

    def route(system: System) -> SystemPath:
        problem = costed_for(system, ground, here())
        snapped = snapped_ends(inputs, problem.water, system)
        ends = own_ends(inputs, system, snapped)
        path = line_of(inputs, problem, system, ends)
        return SystemPath(*(snapped if system.gives_whole_line else ends), path)

    return each_system(inputs.systems, route, at_once=True)


def ends_of(
    inputs: Inputs, water: Polygon | MultiPolygon, system: System
) -> tuple[routing.ShoreLanding, routing.ShoreLanding]:
    """Where the line of a system comes ashore: at its landings, or where a list of its own does.

    Raises
    ------
    LandingError
        As `snapped_ends`, and when the list does not end at the landings.
    """
    return own_ends(inputs, system, snapped_ends(inputs, water, system))


def snapped_ends(
    inputs: Inputs, water: Polygon | MultiPolygon, system: System
) -> tuple[routing.ShoreLanding, routing.ShoreLanding]:
    """The landings of a system on the shore.

    Raises
    ------
    LandingError
        When one cannot be brought there, or both come ashore at one place.
    """
    wanted = [inputs.study.landing(end) for end in (system.from_landing, system.to_landing)]
    landings = shore_landings(water, wanted, inputs.study.area.bounds)
    start, end = landings[system.from_landing], landings[system.to_landing]
    routing.check_apart(start, end)
    cuts = cut_edges(water, list(inputs.layers["shoreline"].layer.geometry))
    for landing in (start, end):
        if shapely.dwithin(cuts, shapely.Point(landing.lonlat), WIDTH_DEG):
            raise LandingError(
                f"landing {landing.name} comes ashore at {landing.lon:.5f} E, {landing.lat:.5f} N, on the edge of a "
                "tile of sources.shoreline whose neighbour is missing: that is no shore; give the tiles of all the area"
            )
    return start, end


def routed_of(
    systems: Sequence[System],
    paths: Mapping[str, SystemPath],
    alternatives: Mapping[str, routing.Alternatives] | None = None,
) -> Routed:
    """Paths and alternatives of all systems together, with their landings."""
    landings = {
        landing_id: shore
        for system in systems
        for landing_id, shore in (
            (system.from_landing, paths[system.id].start),
            (system.to_landing, paths[system.id].end),
        )
    }
    return Routed(landings, {system.id: paths[system.id].path for system in systems}, alternatives or {})


def shore_landings(
    water: Polygon | MultiPolygon, landings: Sequence[Landing], area: tuple[float, float, float, float]
) -> dict[str, routing.ShoreLanding]:
    """The landings on the shoreline, by their id; ``area``: what the water was cut to, as of a study."""
    return {
        place.id: routing.snap_to_shore(
            routing.water_to_land_at(water, place.lon_deg, place.lat_deg, place.island),
            *(place.lon_deg, place.lat_deg, place.max_snap_km, place.name, area),
        )
        for place in landings
    }


def problem_of(study: Study, bed: Bed, cost_per_m: NDArray[np.float32]) -> routing.RoutingProblem:
    """What lines are sought on by the rules of a study: its approaches and its direction; with the usual effort.

    Parameters
    ----------
    study
        The rules.
    bed
        Grid, water, depth and closed areas.
    cost_per_m
        ``(rows, cols)`` on the bed's grid, metres of clear seabed per metre; NaN or inf is a wall.
    """
    metric_of: routing.MetricOf | None = None
    if study.direction is not None:
        rules = study.direction.model_dump(include={"side_factor", "in_line_factor", "full_slope_deg"})

        def metric_of(cost: NDArray[np.float32]) -> routing.Metric:
            return routing.slope_metric(bed.grid, cost, bed.depth.depth_m, **rules)

    approach_km = study.rules.landing_approach.max_km
    return routing.RoutingProblem(bed.grid, cost_per_m, bed.water, bed.forbidden, approach_km, metric_of)


def costed_for(system: System, ground: Seabed, problem: routing.RoutingProblem) -> routing.RoutingProblem:
    """A problem with the cost of a system, where that is another than that of most."""
    own = ground.cost.by_system.get(system.id)
    return problem if own is None else problem.with_cost(own)


def effort_of(study: Study) -> routing.Effort:
    """How much effort the paths of a study are worth."""
    rules = study.routing
    return routing.Effort("proven" if rules.proven else "fast", rules.refinement) if rules else routing.Effort()
