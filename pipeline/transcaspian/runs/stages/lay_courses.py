"""The legs of every system along its path, and the seabed under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from transcaspian import engineering
from transcaspian.rpl.model import BARE
from transcaspian.runs.stages.each_system import Failed, each_system
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.runs.stages.own_lines import areas_of
from transcaspian.runs.stages.route_systems import SystemPath
from transcaspian.study import Landing, System


@dataclass(frozen=True)
class LaidCourse:
    """The legs of a system, and the seabed under them."""

    course: engineering.Course
    profile: engineering.Profile


def lay_courses(inputs: Inputs, ground: Seabed, paths: Mapping[str, SystemPath]) -> dict[str, LaidCourse | Failed]:
    """The legs of every system, by its id; empty where the study has no rules of engineering."""
    rules = inputs.study.engineering
    if rules is None:
        return {}
    grounds = {system.id: bare_ground(inputs, ground.with_own_polygons()) for system in inputs.systems}

    def lay(system: System) -> LaidCourse:
        surroundings = within_areas(grounds[system.id], system)
        ends = None if has_ends(inputs, system) else ends_of(inputs, system)
        return LaidCourse(*engineering.lay_course(surroundings, paths[system.id].path, rules, system.id, ends))

    return each_system(inputs.systems, lay, at_once=True, work=lambda system: paths[system.id].path.length_m)


def ends_of(inputs: Inputs, system: System) -> tuple[Landing, Landing]:
    """The landings of a system."""
    return inputs.study.landing(system.from_landing), inputs.study.landing(system.to_landing)


def has_ends(inputs: Inputs, system: System) -> bool:
    """Whether the whole line is a list that states more than where it goes: its KPs and its ends stand."""
    own = inputs.own_lists.get(system.id)
    return own is not None and system.gives_whole_line and own.rpl.columns != BARE


def within_areas(ground: engineering.Surroundings, system: System) -> engineering.Surroundings:
    """The ground of one system: its own areas to stay in and out of are part of water and closed areas."""
    keep_in, keep_out = areas_of(system)
    if keep_in is not None:
        ground = replace(ground, water=ground.water.intersection(keep_in))
    if keep_out is not None:
        closed = keep_out if ground.forbidden is None else ground.forbidden.union(keep_out)
        ground = replace(ground, forbidden=closed)
    return ground


def bare_ground(inputs: Inputs, ground: Seabed) -> engineering.Surroundings:
    """What legs are laid on: without neighbours, hazards and states."""
    level_m_msl = inputs.study.water_level.level_m_msl
    return engineering.Surroundings(ground.grid, ground.depth, ground.cost, ground.water, ground.forbidden, level_m_msl)
