"""Every course becomes a route that can be surveyed and laid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian import engineering
from transcaspian.core.frames import known
from transcaspian.rpl.model import Numbers
from transcaspian.runs.stages.divide_waters import state_waters
from transcaspian.runs.stages.each_system import Failed, each_system
from transcaspian.runs.stages.inputs import Inputs, rows_of
from transcaspian.runs.stages.lay_courses import LaidCourse, bare_ground
from transcaspian.runs.stages.model_seabed import Seabed, default_buffers_m
from transcaspian.seabed import own_or_default_m
from transcaspian.study import Study, System


@dataclass(frozen=True)
class Engineered:
    """The engineered routes by system id; empty where the study has no rules for it.

    ``numbers``: those of the positions, of every system that ever had a list, for the next run.
    """

    routes: Mapping[str, engineering.EngineeredRoute]
    numbers: Mapping[str, Numbers]


def engineer_systems(
    inputs: Inputs, ground: Seabed, courses: Mapping[str, LaidCourse]
) -> dict[str, engineering.EngineeredRoute | Failed]:
    """Cable, neighbours and Route Position List of every system; its list has numbers of its own, and no heading yet.

    Parameters
    ----------
    courses
        Of these systems and of those that they are built together with: their lists name each other.
    """
    rules = inputs.study.engineering
    if rules is None:
        return {}
    common = replace(
        bare_ground(inputs, ground),
        features=features_of(inputs),
        assets=assets_of(inputs),
        waters=state_waters(inputs, ground),
    )
    met = meetings_of(inputs, courses)

    def engineer(system: System) -> engineering.EngineeredRoute:
        laid = courses[system.id]
        label = label_of(inputs.study, system)
        return engineering.engineer_route(common, laid.course, laid.profile, rules, label, met[system.id])

    return each_system(inputs.systems, engineer)


def meetings_of(inputs: Inputs, courses: Mapping[str, LaidCourse]) -> dict[str, engineering.Met]:
    """What the systems meet of each other, by id; nothing where the study has no rules for neighbours."""
    study = inputs.study
    rules = study.engineering.neighbours if study.engineering else None
    if rules is None:
        return dict.fromkeys(courses, engineering.Met())
    systems = [system for system in study.systems if system.id in courses]
    laid = {
        system.id: engineering.Laid(
            (at := courses[system.id]).course, at.profile, system_asset(inputs, system, at.course.lonlat)
        )
        for system in systems
    }
    asked = {system.id for system in inputs.systems}
    pairs = [
        (one.id, other.id)
        for one, other in combinations(systems, 2)
        if other in study.built_with(one) and asked & {one.id, other.id}
    ]
    return engineering.meetings(laid, pairs, rules)


def system_asset(inputs: Inputs, system: System, lonlat: NDArray[np.float64]) -> engineering.Asset:
    """What a system is to the others: planned, and where this run lays it, so that it can be judged."""
    owners = [row["owner"] for row in rows_of(inputs, "cables") if row["cable_id"] in system.own_assets]
    return engineering.Asset(
        asset_id=system.id,
        name=system.name,
        kind="telecom_cable",
        owner="; ".join(dict.fromkeys(owner for owner in owners if isinstance(owner, str))),
        state="planned",
        position_accuracy_m=0.0,
        geometry=shapely.LineString(engineering.drawn_positions(lonlat).lonlat),
    )


def number_positions(inputs: Inputs, routes: Mapping[str, engineering.EngineeredRoute]) -> Engineered:
    """Head each list, and give its positions the numbers that they had in the last run."""
    rules, study, numbers = inputs.study.engineering, inputs.study, dict(inputs.numbers)
    if rules is None:
        return Engineered({}, numbers)
    numbered = {}
    for system in inputs.systems:
        route, before = routes[system.id], inputs.numbers.get(system.id)
        rpl, numbers[system.id] = engineering.numbered(route.rpl, before, rules.rpl.same_position_m)
        headed = replace(rpl, title=f"{study.study.title}: {system.name}", revision=study.study.revision)
        numbered[system.id] = replace(route, rpl=headed)
    return Engineered(numbered, numbers)


def label_of(study: Study, system: System) -> engineering.Label:
    """What a Route Position List says, but for its title and revision: a new letter computes no list."""
    level = study.water_level
    return engineering.Label(
        system_id=system.id,
        title="",
        revision="",
        water_level=f"water level {level.level_m_msl:g} m MSL ({level.epoch})",
        from_name=study.landing(system.from_landing).name,
        to_name=study.landing(system.to_landing).name,
    )


def features_of(inputs: Inputs) -> tuple[engineering.Feature, ...]:
    """The hazards, with the distance to keep: their own buffer, else the default of the kind."""
    defaults = default_buffers_m(inputs)
    return tuple(
        engineering.Feature(
            feature_id=row["hazard_id"],
            name=row["name"],
            kind=row["kind"],
            geometry=row["geometry"],
            keep_off_m=own_or_default_m(row, defaults) or 0.0,
            position_accuracy_m=known(row["position_accuracy_m"]),
        )
        for row in rows_of(inputs, "hazards")
    )


def assets_of(inputs: Inputs) -> tuple[engineering.Asset, ...]:
    """The cables and pipelines of the study, without those that are its systems."""
    sketches = inputs.study.sketches
    return tuple(
        engineering.Asset(
            asset_id=row["cable_id"],
            name=row["name"],
            kind=row["kind"],
            owner=row["owner"] if isinstance(row["owner"], str) else "",
            state=row["state"],
            position_accuracy_m=known(row["position_accuracy_m"]),
            geometry=row["geometry"],
        )
        for row in rows_of(inputs, "cables")
        if row["cable_id"] not in sketches
    )
