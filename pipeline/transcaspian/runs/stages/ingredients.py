"""What the value of a stage depends on of the study, by dotted keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from transcaspian.runs.cache import flattened

if TYPE_CHECKING:
    from transcaspian.runs.stages.stage import AnyStage
    from transcaspian.study import Study, System

REMARKS = ("source", "status", "remarks")
"""What a study says of a figure beside it: only what shows figures reads it."""


def study_document(
    study: Study, systems: Sequence[System] = (), own_lists: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """A study as stages depend on it.

    Beside its own keys it has ``sketches``, ``barriers``, ``diverse_from`` and ``max_depth_m``, as of `Study`,
    ``steered_by`` (tables of analyses that add to the cost) and
    ``landing_points``: where the landings are. ``area`` is the grid and no more.

    Parameters
    ----------
    systems
        Those that are asked for.
    own_lists
        Hashes of the lines that people give, by system id.
    """
    return study.model_dump(mode="json") | {
        "systems": [system.model_dump(mode="json") for system in systems],
        "area": study.area.model_dump(mode="json", exclude={"max_depth_m"}),
        "max_depth_m": study.max_depth_m,
        "own_lists": dict(own_lists),
        "sketches": sorted(study.sketches),
        "barriers": [one.model_dump(mode="json") for one in study.barriers],
        "steered_by": {name: getattr(study, name).model_dump(mode="json") for name in study.steered_by},
        "diverse_from": {system_id: [*names] for system_id, names in study.diverse_from.items()},
        "landing_points": {landing.id: [landing.lon_deg, landing.lat_deg] for landing in study.landings},
    }


def system_document(document: Mapping[str, Any], study: Study, system: System, others: Iterable[str]) -> dict[str, Any]:
    """The document of a study as a system depends on it.

    ``start`` and ``end``: its landings; ``line``: what people ask of its line, with the hash of a list of its own;
    ``lay``: how it is to be laid; ``built_with``: the systems that are built together with it.

    Parameters
    ----------
    others
        Ids of the systems of the run.
    """
    ends = {"start": system.from_landing, "end": system.to_landing}
    beside = [other for other in (system, *study.built_with(system)) if other.id in others]
    own = document["own_lists"].get(system.id)
    return {
        **document,
        "line": system.line_keys | ({} if own is None else {"list": own}),
        "lay": system.lay.model_dump(mode="json") if system.lay else None,
        **{end: study.landing(landing_id).model_dump(mode="json") for end, landing_id in ends.items()},
        "built_with": [{"id": one.id, "name": one.name, "own_assets": [*one.own_assets]} for one in beside]
        if len(beside) > 1
        else [],
    }


def leaves(document: Mapping[str, Any], stage: AnyStage) -> dict[str, Any]:
    """The figures of a document that a stage reads, by their own dotted keys."""
    found: dict[str, Any] = {}
    for key in stage.study:
        value: Any = document
        for name in key.split("."):
            value = None if value is None else value[name]
        found |= flattened(value, key)
    return {
        key: value
        for key, value in found.items()
        if stage.reads_remarks or key in stage.study or key.rpartition(".")[2] not in REMARKS
    }
