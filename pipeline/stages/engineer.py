"""The fourth stage: every path becomes a route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline import engineering
from pipeline.rpl import Numbers
from pipeline.stages.inputs import Inputs
from pipeline.stages.routes import Routed
from pipeline.stages.seabed import Seabed
from pipeline.study import Study, System


@dataclass(frozen=True)
class Engineered:
    """The engineered routes by system id, and the sea at lower levels; empty where the study has no rules for them.

    ``numbers``: those of the positions, of every system that ever had a list, for the next run.
    """

    routes: Mapping[str, engineering.EngineeredRoute]
    seas: tuple[engineering.SeaAtLevel, ...]
    numbers: Mapping[str, Numbers]


def engineer_systems(inputs: Inputs, ground: Seabed, routed: Routed) -> Engineered:
    """Make a route of every path: legs, profile, cable, Route Position List."""
    study, rules = inputs.study, inputs.study.engineering
    if rules is None:
        return Engineered({}, (), inputs.numbers)
    hazards = inputs.layers["hazards"].layer if "hazards" in inputs.layers else None
    common = engineering.Ground(
        grid=ground.grid,
        depth=ground.depth,
        cost=ground.cost,
        water=ground.water,
        forbidden=ground.forbidden,
        level_m_msl=study.water_level.level_m_msl,
        hazards={}
        if hazards is None
        else {str(kind): list(rows) for kind, rows in hazards.geometry.groupby(hazards["kind"])},
    )
    routes: dict[str, engineering.EngineeredRoute] = {}
    numbers = dict(inputs.numbers)
    for system in inputs.systems:
        route = engineering.engineer_route(common, routed.paths[system.id], rules, label_of(study, system))
        before = inputs.numbers.get(system.id)
        rpl, numbers[system.id] = engineering.numbered(route.rpl, before, rules.rpl.same_position_m)
        routes[system.id] = replace(route, rpl=rpl)
    levels = rules.water_levels.levels_m_msl if rules.water_levels else ()
    seas = (
        engineering.sea_at_level(ground.grid, ground.depth, ground.water, study.water_level.level_m_msl, level)
        for level in levels
    )
    return Engineered(routes, tuple(seas), numbers)


def label_of(study: Study, system: System) -> engineering.Label:
    """What heads the Route Position List of a system."""
    level = study.water_level
    return engineering.Label(
        system_id=system.id,
        title=f"{study.study.title}: {system.name}",
        revision=study.study.revision,
        water_level=f"water level {level.level_m_msl:g} m MSL ({level.epoch})",
        from_name=study.landing(system.from_landing).name,
        to_name=study.landing(system.to_landing).name,
    )
