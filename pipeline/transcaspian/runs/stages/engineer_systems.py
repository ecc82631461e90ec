"""Every course becomes a route that can be surveyed and laid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian import engineering
from transcaspian.core.constraint_data import ConstraintRaster
from transcaspian.core.frames import known
from transcaspian.rpl.model import Numbers
from transcaspian.rpl.numbering import numbered
from transcaspian.runs.stages.divide_waters import state_waters
from transcaspian.runs.stages.each_system import Failed, each_system
from transcaspian.runs.stages.inputs import Inputs, rows_of
from transcaspian.runs.stages.lay_courses import LaidCourse, bare_ground, within_areas
from transcaspian.runs.stages.model_seabed import Seabed, default_buffers_m
from transcaspian.runs.stages.steering import accuracy_m, barrier_rows, is_closed
from transcaspian.study import BarrierConstraint, Constraint, FrictionConstraint, Study, System

LIST_WITHIN_KM = 0.5
"""How near features of constraints are listed that act less far and of which the study does not say."""


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
    ground = ground.with_own_polygons()  # other stages may be at work
    common = replace(
        bare_ground(inputs, ground),
        features=features_of(inputs),
        surfaces=tuple(item for one in inputs.study.constraints for item in surfaces_of(inputs, one)),
        registers=registers_of(inputs),
        assets=assets_of(inputs),
        waters=state_waters(inputs, ground),
    )
    met = meetings_of(inputs, courses)

    def engineer(system: System) -> engineering.EngineeredRoute:
        laid = courses[system.id]
        label = label_of(inputs.study, system)
        if (own := inputs.own_lists.get(system.id)) is not None:
            label = replace(label, stated=own.rpl, locked=system.locked)
        ground = within_areas(common, system)
        return engineering.engineer_route(ground, laid.course, laid.profile, rules, label, met[system.id])

    return each_system(inputs.systems, engineer)


def priced_ground(
    inputs: Inputs,
    near: engineering.Surroundings,
    system: System,
    routes: Mapping[str, engineering.EngineeredRoute],
) -> engineering.Surroundings:
    """The ground on which lines of a system are priced.

    Parameters
    ----------
    inputs
        The study, and who owns what.
    near
        From `listed_ground`.
    system
        Whose lines are priced.
    routes
        By system id; of those that are built together with the system, the lines are added to what may be crossed.
    """
    beside = [other for other in inputs.study.built_with(system) if other.id in routes]
    assets = (system_asset(inputs, other, routes[other.id].lonlat) for other in beside)
    return replace(near, assets=(*near.assets, *assets))


def listed_ground(inputs: Inputs, ground: Seabed) -> engineering.Surroundings:
    """The seabed with what the rules of engineering are about, and what a line may cross."""
    return replace(bare_ground(inputs, ground), features=features_of(inputs), assets=assets_of(inputs))


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
    own = inputs.layers["cables"].layer if system.own_assets else None
    owners = [] if own is None else own.loc[own["cable_id"].isin(system.own_assets), "owner"]
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
    found = {}
    for system in inputs.systems:
        route, before = routes[system.id], numbers_before(inputs, system)
        rpl, numbers[system.id] = numbered(route.rpl, before, rules.rpl.same_position_m)
        headed = replace(rpl, title=f"{study.study.title}: {system.name}", revision=study.study.revision)
        found[system.id] = replace(route, rpl=headed)
    return Engineered(found, numbers)


def numbers_before(inputs: Inputs, system: System) -> Numbers | None:
    """What a list of before called its positions: the one that a person gives with numbers, else the last published."""
    before = inputs.numbers.get(system.id)
    own = inputs.own_lists.get(system.id)
    if own is None or "PosNo" not in own.rpl.columns:
        return before
    greatest = [int(at.pos_no) for at in own.rpl.positions if at.pos_no.isdecimal()]
    return Numbers(own.rpl.positions, max([*greatest, before.greatest if before else 0]))


def label_of(study: Study, system: System) -> engineering.Label:
    """What a Route Position List says, but for its title and revision: a new letter computes no list."""
    level = study.water_level
    ends = study.landing(system.from_landing), study.landing(system.to_landing)
    return engineering.Label(
        system_id=system.id,
        title="",
        revision="",
        water_level=f"water level {level.level_m_msl:g} m MSL ({level.epoch})",
        from_name=ends[0].name,
        to_name=ends[1].name,
        level_m_msl=level.level_m_msl,
        ends=ends,
        lay=system.lay,
    )


def listed(inputs: Inputs, constraint: Constraint) -> Iterator[engineering.Feature]:
    """The features of a constraint, as the listing has them; of a raster that is a barrier the closed cells."""
    data, about = inputs.constraints[constraint.id], standing_for(constraint)
    if isinstance(data, ConstraintRaster):
        for row in barrier_rows(inputs, constraint) if isinstance(constraint, BarrierConstraint) else ():
            yield replace(about, feature_id=row["hazard_id"], geometry=row["geometry"], keep_off_m=row["buffer_m"])
        return
    layer = data.layer
    keep_off_m = np.zeros(len(layer))
    if isinstance(constraint, BarrierConstraint):
        keep_off_m += np.where(is_closed(constraint, layer), constraint.buffer_m + accuracy_m(constraint, layer), 0.0)
    texts = layer["text"] if constraint.column else [""] * len(layer)
    rows = zip(layer["feature_id"], layer["name"], texts, layer["position_accuracy_m"], strict=True)
    for (feature_id, name, text, accuracy), shape, off_m in zip(rows, layer.geometry, keep_off_m, strict=True):
        yield replace(
            about,
            feature_id=feature_id,
            name=": ".join(part for part in (name or constraint.label, text) if part),
            geometry=shape,
            keep_off_m=float(off_m),
            position_accuracy_m=known(accuracy),
        )


def standing_for(constraint: Constraint) -> engineering.Feature:
    """A feature of a constraint, without place."""
    within_km = constraint.list_within_km
    return engineering.Feature(
        feature_id="",
        name=constraint.label,
        kind=constraint.kind,
        geometry=shapely.Point(),
        keep_off_m=0.0,
        position_accuracy_m=None,
        list_within_km=max(constraint.acts_within_km, LIST_WITHIN_KM) if within_km is None else within_km,
        constraint_id=constraint.id,
        season=str(constraint.season) if constraint.season else "",
    )


def surfaces_of(inputs: Inputs, constraint: Constraint) -> Iterator[engineering.Surface]:
    """The raster of a constraint, as the listing has it: classes and bands without friction are of no interest."""
    data = inputs.constraints[constraint.id]
    if not isinstance(data, ConstraintRaster) or isinstance(constraint, BarrierConstraint):
        return
    limits: tuple[float, ...] = ()
    unlisted: tuple[float, ...] = (0.0,)
    if isinstance(constraint, FrictionConstraint) and constraint.bands is not None:
        limits = tuple(band.from_value for band in constraint.bands)
        unlisted = tuple(float(number) for number, band in enumerate(constraint.bands, 1) if band.friction == 0)
    elif isinstance(constraint, FrictionConstraint):
        unlisted = tuple(float(name) for name, friction in (constraint.classes or {}).items() if friction == 0)
    yield engineering.Surface(standing_for(constraint), data.lon_deg, data.lat_deg, data.values, limits, unlisted)


def registers_of(inputs: Inputs) -> tuple[engineering.Register, ...]:
    """What was looked through for hazards, and for each constraint."""
    about = engineering.Feature("", "hazards", "", shapely.Point(), 0.0, None)
    hazards = inputs.layers.get("hazards")
    through = f"{len(hazards.layer)} features of sources.hazards" if hazards else "no register at all"
    found = [engineering.Register(about, through)]
    for constraint in inputs.study.constraints:
        data = inputs.constraints[constraint.id]
        found.append(engineering.Register(standing_for(constraint), data.told))
    return tuple(found)


def features_of(inputs: Inputs) -> tuple[engineering.Feature, ...]:
    """All that rules of cable may be near to and that lists name: hazards, and the features of constraints."""
    of_constraints = (item for one in inputs.study.constraints for item in listed(inputs, one))
    return (*hazards_of(inputs), *of_constraints)


def hazards_of(inputs: Inputs) -> Iterator[engineering.Feature]:
    """The hazards, with the distance to keep: their own buffer, else the default of the kind.

    Those of kinds of which the study does not say how near they are listed, are listed as those of constraints are.
    """
    defaults, rules = default_buffers_m(inputs), inputs.study.engineering
    kinds = rules.listing.within_km if rules and rules.listing else {}

    def within_km(keep_off_m: float, kind: str) -> float | None:
        return None if kind in kinds else max(keep_off_m / 1000.0, LIST_WITHIN_KM)

    if (read := inputs.layers.get("hazards")) is None:
        return
    layer = read.layer
    keeps_off_m = layer["buffer_m"].fillna(layer["kind"].map(defaults)).fillna(0.0)
    columns = [layer[name] for name in ("hazard_id", "name", "kind", "geometry", "position_accuracy_m")]
    rows = zip(*(column.tolist() for column in (*columns, keeps_off_m)), strict=True)
    for feature_id, name, kind, geometry, error_m, keep_off_m in rows:
        yield engineering.Feature(
            feature_id=feature_id,
            name=name,
            kind=kind,
            geometry=geometry,
            keep_off_m=keep_off_m,
            position_accuracy_m=known(error_m),
            list_within_km=within_km(keep_off_m, kind),
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
