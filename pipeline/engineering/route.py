"""The engineered route of a system: legs, profile, cable and Route Position List in one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from pipeline.engineering.alter_course import Course, alter_courses
from pipeline.engineering.cable import Cable, engineer_cable
from pipeline.engineering.kp import vertices_km
from pipeline.engineering.profile import Profile, SeabedBend, seabed_bends, seabed_profile
from pipeline.engineering.rpl import Event, Waters, cable_events, course_events, depth_events, rows, stations
from pipeline.engineering.scenarios import RouteAtLevel, route_at_level
from pipeline.grid import Grid
from pipeline.routing import LeastCostPath, along_geodesics, terrain
from pipeline.rpl import Rpl
from pipeline.seabed import CostSurface, DepthModel, distance_to_geometries_m
from pipeline.study import CableRule, Engineering

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """What all systems of a study lie on.

    Attributes
    ----------
    water, forbidden
        Polygons that a route stays in and out of, lon/lat; ``forbidden`` is None where nothing is closed.
    level_m_msl
        The declared water level against mean sea level.
    hazards
        Geometries by kind.
    """

    grid: Grid
    depth: DepthModel
    cost: CostSurface
    water: shapely.Geometry
    forbidden: shapely.Geometry | None
    level_m_msl: float
    hazards: Mapping[str, Sequence[BaseGeometry]]


@dataclass(frozen=True)
class Label:
    """What the Route Position List says about itself."""

    system_id: str
    title: str
    revision: str
    water_level: str
    from_name: str
    to_name: str


@dataclass(frozen=True)
class EngineeredRoute:
    """A route that can be surveyed and laid.

    Attributes
    ----------
    lonlat
        Its line as a map draws it, shape ``(n, 2)``: the vertices of the legs, and points on the geodesics between.
    """

    course: Course
    lonlat: Floats
    profile: Profile
    bends: tuple[SeabedBend, ...]
    cable: Cable
    rpl: Rpl
    at_levels: tuple[RouteAtLevel, ...]


def engineer_route(
    ground: Ground,
    path: LeastCostPath,
    rules: Engineering,
    label: Label,
    waters: Sequence[Waters] = (),
    events: Sequence[Event] = (),
) -> EngineeredRoute:
    """Make a route of a path.

    Parameters
    ----------
    waters, events
        Whose waters the course lies in, and what it meets there (crossings, boundaries).
    """
    sea = path.sea or terrain(ground.grid, ground.cost.friction_cost)
    below = seabed_profile(ground.grid, ground.depth.depth_m, path.lonlat, ground.depth.effective_resolution_deg)
    course = alter_courses(
        sea, path.lonlat, ground.water, ground.forbidden, rules.alter_course, below.max_depth_m, label.system_id
    )
    profile = seabed_profile(
        ground.grid,
        ground.depth.depth_m,
        course.lonlat,
        ground.depth.effective_resolution_deg,
        rules.profile.sample_step_km,
    )
    near = hazard_distances_km(profile, ground.hazards, rules.cable_types + rules.slack + rules.burial)
    cable = engineer_cable(profile, near, rules, vertices_km(course.lonlat))
    found = [*course_events(course, label.from_name, label.to_name), *cable_events(cable), *events]
    found += depth_events(profile, rules.rpl.depth_marks_m, found)
    positions, spans = rows(stations(course, found), cable, profile, waters)
    return EngineeredRoute(
        course=course,
        lonlat=along_geodesics(ground.grid, course.lonlat),
        profile=profile,
        bends=seabed_bends(profile, rules.profile.bend_limit_deg_per_km),
        cable=cable,
        rpl=Rpl(
            system_id=label.system_id,
            title=label.title,
            revision=label.revision,
            positions=positions,
            spans=spans,
            water_level=label.water_level,
        ),
        at_levels=levels_of(profile, ground.level_m_msl, rules),
    )


def levels_of(profile: Profile, declared_m_msl: float, rules: Engineering) -> tuple[RouteAtLevel, ...]:
    """The route at every level that the study asks for."""
    if rules.water_levels is None:
        return ()
    shallow_m = rules.water_levels.shallow_m
    return tuple(route_at_level(profile, declared_m_msl, level, shallow_m) for level in rules.water_levels.levels_m_msl)


def hazard_distances_km(
    profile: Profile, hazards: Mapping[str, Sequence[BaseGeometry]], rules: Sequence[CableRule]
) -> dict[str, Floats]:
    """Distance of each sample from the nearest hazard of the kinds that rules speak of; infinite beyond their reach."""
    reach_km: dict[str, float] = {}
    for rule in rules:
        for kind in rule.near:
            reach_km[kind] = max(reach_km.get(kind, 0.0), rule.within_km or 0.0)
    return {
        kind: distance_to_geometries_m(profile.lon_deg, profile.lat_deg, hazards.get(kind, ()), 1000.0 * reach) / 1000.0
        for kind, reach in reach_km.items()
    }
