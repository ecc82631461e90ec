"""The files of a study as they are read, or as a run before this one read the very same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from transcaspian.ingest import boundary
from transcaspian.runs import cache
from transcaspian.sources.resolve import ResolvedSource

if TYPE_CHECKING:
    from transcaspian.ingest import Ingested, SeabedRaster
    from transcaspian.study import Study

READ_FILES = "read"
"""What is read is kept under the name of the stage."""


def read_files(
    study: Study, sources: Mapping[str, ResolvedSource], store: cache.Store | None, *, forced: bool
) -> tuple[SeabedRaster, dict[str, Ingested]]:
    """The seabed, and every layer by its role.

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

    def read(roles: Sequence[str], _: str) -> dict[str, Any]:
        boundary.prepare_readers()
        files = {role: sources[role].file for role in roles}
        return {
            role: boundary.read_seabed(file, bounds) if role == "seabed" else boundary.read_layer(file, bounds=bounds)
            for role, file in files.items()
        }

    keeper = cache.Keeper(store, frozenset([READ_FILES] if forced else ()), lambda _: None)
    wanted = {role: ingredients(source, bounds) for role, source in sources.items()}
    found = {role: item.value for role, item in keeper.obtain(READ_FILES, wanted, read).items()}
    return found["seabed"], {role: found[role] for role in sources if role != "seabed"}


def ingredients(source: ResolvedSource, bounds: Sequence[float]) -> dict[str, Any]:
    """All that what is read depends on: the bytes, what the study says of them, the readers and their libraries."""
    reader = boundary.seabed_here if source.provenance.role == "seabed" else boundary.layer_here
    said = cache.flattened(asdict(source.file) | {"path": source.file.path.name, "bounds": list(bounds)})
    return {
        "study": said,
        "data": {source.provenance.file: source.provenance.sha256, **source.provenance.beside},
        "code": cache.code_of(reader, boundary.read_layer),
        "libraries": cache.library_versions(),
    }
