"""The files of a study as they are read, or as a run before this one read the very same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from transcaspian.core.constraint_data import Wanted
from transcaspian.core.registry import asked_of
from transcaspian.ingest import ROLE_LAYERS, boundary, features_of_kinds
from transcaspian.runs import cache
from transcaspian.runs.stages.inputs import FurtherInput
from transcaspian.sources.resolve import ResolvedSource, is_of_a_table
from transcaspian.study import BarrierConstraint, CrossingConstraint, FollowConstraint
from transcaspian.study.seabed_tables import SEABED

if TYPE_CHECKING:
    from transcaspian.core.constraint_data import ConstraintData
    from transcaspian.core.registry import FileReader
    from transcaspian.ingest import Ingested, SeabedRaster
    from transcaspian.sources.datafile import DataFile
    from transcaspian.study import Constraint, Study

CONSTRAINTS = "constraints."
"""Before the id of a constraint: the role of its data."""
MIN_WITHIN_KM = 50.0
"""So far around the area features of constraints are kept: cells at its edge see what lies beyond."""
ON_LAND = ("states",)
"""Data sets that are not of the sea: the area of the study is no bound to them."""
READ_FILES = "read"
"""What is read is kept under the name of the stage."""


def read_files(
    study: Study, sources: Mapping[str, ResolvedSource], store: cache.Store | None, *, forced: bool
) -> tuple[dict[str, SeabedRaster], dict[str, Ingested], dict[str, ConstraintData]]:
    """The seabeds and every layer by its role, and the data of every constraint by its id.

    Parameters
    ----------
    store
        Where a run before this one kept what it read, and this one keeps it for the next; None: each file is read.
    forced
        Whether each file is read in any case.

    Raises
    ------
    IngestError
        When a file cannot be read as what it is named for.
    """
    bounds = study.area.bounds
    asked = {f"{CONSTRAINTS}{one.id}": wanted_of(one) for one in study.constraints}

    def read(roles: Sequence[str], _: str) -> dict[str, Any]:
        boundary.prepare_readers()
        files = {role: sources[role].file for role in roles}
        return {role: read_one(role, file) for role, file in files.items()}

    def read_one(role: str, file: DataFile) -> Any:
        if role in asked:
            return boundary.read_constraint(file, asked[role], bounds)
        if is_seabed(role):
            return boundary.read_seabed(file, bounds)
        return boundary.read_layer(file, bounds=None if role in ON_LAND else bounds)

    keeper = keeper_of(store, forced)
    wanted = {
        role: ingredients(source, bounds, asked.get(role)) if store is not None else {}
        for role, source in sources.items()
        if role in asked or not is_of_a_table(role)
    }
    found = {role: item.value for role, item in keeper.obtain(READ_FILES, wanted, read).items()}
    layers = {role: found[role] for role in wanted if not is_seabed(role) and role not in asked}
    own = {role.removeprefix(CONSTRAINTS): found[role] for role in sources if role in asked}
    return {role: found[role] for role in study.sources.seabeds}, layers, own | of_data_sets(study, layers)


def keeper_of(store: cache.Store | None, forced: bool) -> cache.Keeper:
    """What gives the files as they were read before, and reads the others."""
    return cache.Keeper(store, frozenset([READ_FILES] if forced else ()), lambda _: None)


def read_further(
    study: Study,
    sources: Mapping[str, ResolvedSource],
    layers: Mapping[str, Ingested],
    keeper: cache.Keeper,
) -> dict[str, FurtherInput]:
    """The data sets of analyses, by their roles.

    Parameters
    ----------
    layers
        What was read of the study.

    Raises
    ------
    IngestError
        When one cannot be read.
    """
    readers = {
        f"{wing.name}.{key}": reader
        for wing in asked_of(study)
        if wing.readers is not None
        for key, reader in wing.readers(study, layers).items()
    }

    def read(roles: Sequence[str], _: str) -> dict[str, Any]:
        return {role: boundary.read_further(sources[role].file, readers[role]) for role in roles}

    is_kept = keeper.store is not None
    wanted = {role: further_ingredients(sources[role], one) if is_kept else {} for role, one in readers.items()}
    found = {role: item.value for role, item in keeper.obtain(READ_FILES, wanted, read).items()} if wanted else {}
    return {
        role: FurtherInput(value, int(value["count"]), readers[role].meaning, sources[role].provenance)
        for role, value in found.items()
    }


def further_ingredients(source: ResolvedSource, reader: FileReader) -> dict[str, Any]:
    """All that a data set of an analysis depends on when it is read."""
    said = cache.flattened(asdict(source.file) | {"path": source.file.path.name})
    return {
        "study": said | {"arguments": cache.digest(reader.arguments)},
        "data": {source.provenance.file: source.provenance.sha256, **source.provenance.beside},
        "code": cache.code_of(reader.function),
        "libraries": cache.library_versions(),
    }


def is_seabed(role: str) -> bool:
    """Whether a role is that of a seabed."""
    return role.partition(".")[0] == SEABED


def wanted_of(constraint: Constraint) -> Wanted:
    """What is read of the file of a constraint."""
    within_km = max(constraint.acts_within_km, constraint.list_within_km or 0.0, MIN_WITHIN_KM)
    return Wanted(constraint.id, constraint.column, isinstance(constraint, BarrierConstraint), within_km)


def of_data_sets(study: Study, layers: Mapping[str, Ingested]) -> dict[str, ConstraintData]:
    """The features of constraints that take them from a data set of the study.

    What is followed or has a price exists: systems of the study themselves, and planned cables, are left out.
    """
    found: dict[str, ConstraintData] = {}
    for one in study.constraints:
        if one.from_source is None:
            continue
        layer = layers[one.from_source].layer
        if one.from_source == "cables" and isinstance(one, FollowConstraint | CrossingConstraint):
            layer = layer[(layer["state"] != "planned") & ~layer["cable_id"].isin(study.sketches)]
        key = ROLE_LAYERS[one.from_source].key
        found[one.id] = features_of_kinds(layer, key, wanted_of(one), one.kinds)
    return found


def ingredients(source: ResolvedSource, bounds: Sequence[float], asked: Wanted | None) -> dict[str, Any]:
    """All that what is read depends on: the bytes, what the study says of them, the readers and their libraries."""
    reader: Callable[..., Any] = boundary.seabed_here if is_seabed(source.provenance.role) else boundary.layer_here
    said = cache.flattened(asdict(source.file) | {"path": source.file.path.name, "bounds": list(bounds)})
    if asked is not None:
        reader, said = boundary.constraint_here, said | cache.flattened(asdict(asked), "asked")
    return {
        "study": said,
        "data": {source.provenance.file: source.provenance.sha256, **source.provenance.beside},
        "code": cache.code_of(reader, boundary.read_layer),
        "libraries": cache.library_versions(),
    }
