"""The fourth stage: every path becomes a route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline import engineering
from pipeline.frames import known
from pipeline.layers import STATUSES
from pipeline.rpl import Numbers
from pipeline.seabed import own_or_default_m
from pipeline.stages.inputs import Inputs
from pipeline.stages.routes import Routed
from pipeline.stages.seabed import Seabed, default_buffers_m
from pipeline.study import SectorRules, Study, System

SHORE_POINTS_FOR_CELLS = 5
"""Every fifth point, a kilometre apart: at 15 nm the distance is then too great by 5 m at most, and cells are wider."""


@dataclass(frozen=True)
class StateZones:
    """Whose waters the sea of the study is: areas, and equidistance lines by the two states where they were derived."""

    waters: engineering.StateWaters
    areas: tuple[engineering.Zone, ...]
    medians: Mapping[tuple[str, str], list[NDArray[np.float64]]]


@dataclass(frozen=True)
class Engineered:
    """The engineered routes by system id, and what is drawn around them; empty where the study has no rules for it.

    ``numbers``: those of the positions, of every system that ever had a list, for the next run.
    """

    routes: Mapping[str, engineering.EngineeredRoute]
    seas: tuple[engineering.SeaAtLevel, ...]
    zones: StateZones | None
    numbers: Mapping[str, Numbers]


def engineer_systems(inputs: Inputs, ground: Seabed, routed: Routed) -> Engineered:
    """Make a route of every path: legs, profile, cable, neighbours, Route Position List."""
    study, rules = inputs.study, inputs.study.engineering
    if rules is None:
        return Engineered({}, (), None, inputs.numbers)
    zones = None if rules.sectors is None else state_zones(inputs, ground, rules.sectors)
    common = engineering.Ground(
        grid=ground.grid,
        depth=ground.depth,
        cost=ground.cost,
        water=ground.water,
        forbidden=ground.forbidden,
        level_m_msl=study.water_level.level_m_msl,
        features=features_of(inputs),
        assets=assets_of(inputs),
        waters=zones.waters if zones else None,
    )
    routes: dict[str, engineering.EngineeredRoute] = {}
    numbers = dict(inputs.numbers)
    for system in inputs.systems:
        path, label = routed.paths[system.id], label_of(study, system)
        route = engineering.engineer_route(common, path, rules, label, system.own_assets)
        before = inputs.numbers.get(system.id)
        rpl, numbers[system.id] = engineering.numbered(route.rpl, before, rules.rpl.same_position_m)
        routes[system.id] = replace(route, rpl=rpl)
    levels = rules.water_levels.levels_m_msl if rules.water_levels else ()
    seas = (
        engineering.sea_at_level(ground.grid, ground.depth, ground.water, study.water_level.level_m_msl, level)
        for level in levels
    )
    return Engineered(routes, tuple(seas), zones, numbers)


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


def state_zones(inputs: Inputs, ground: Seabed, rules: SectorRules) -> StateZones | None:
    """Waters by the study's own areas, and by equidistance from its borders what it has no areas for.

    None where it has neither.
    """
    given = [engineering.Zone(row["state"], row["zone"], row["geometry"]) for row in rows_of(inputs, "sectors")]
    borders = [
        engineering.Border(row["state_a"], row["state_b"], row["geometry"].x, row["geometry"].y)
        for row in rows_of(inputs, "borders")
    ]
    if not given and not borders:
        return None
    waters = on_cells = shores = None
    if borders:
        shores = engineering.shores_of(ground.water, borders, rules.max_border_off_km)
        waters, on_cells = (
            engineering.equidistance_waters(shore, rules.territorial_nm, rules.fishing_nm)
            for shore in (shores, shores.thinned(SHORE_POINTS_FOR_CELLS))
        )
    if given:
        layer = inputs.layers["sectors"].layer
        source, status = "; ".join(sorted(set(layer["source"]))), max(layer["status"], key=STATUSES.index)
        waters, on_cells = (engineering.given_waters(given, source, status, rest) for rest in (waters, on_cells))
    assert waters is not None
    assert on_cells is not None
    codes = engineering.classes_on(ground.grid, ground.depth.water, on_cells)
    own_sectors = any(zone.zone == "seabed" for zone in given)
    medians = (
        {} if shores is None or own_sectors else engineering.median_lines(ground.grid, codes, ground.water, shores)
    )
    return StateZones(waters, engineering.zone_areas(ground.grid, codes, ground.water, waters), medians)


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
    """The cables and pipelines of the study."""
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
    )


def rows_of(inputs: Inputs, role: str) -> list[dict[str, Any]]:
    """The rows of a layer that was read; none where the study does not name it."""
    found: list[dict[str, Any]] = inputs.layers[role].layer.to_dict("records") if role in inputs.layers else []
    return found
