"""From the roles of a study to files on disk, each with its hash and its credit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SourceError
from pipeline.sources.catalogue import REGISTRY_NAME, Registry, load_registry
from pipeline.sources.datafile import DataFile
from pipeline.sources.verify import resolve, sha256_of
from pipeline.study import SourceRef, Study


@dataclass(frozen=True)
class Provenance:
    """What the manifest and the map say of a source."""

    role: str
    id: str
    file: str
    sha256: str
    version: str
    licence: str
    citation: str
    datum: str
    epoch: str
    status: str


@dataclass(frozen=True)
class ResolvedSource:
    """A file that a reader can open, and where it comes from."""

    file: DataFile
    provenance: Provenance


def find_raw_dir(study_path: Path) -> Path:
    """``data/raw`` with a registry, beside or above the study file, or else below the working directory.

    Raises
    ------
    SourceError
        When there is none.
    """
    places = [*study_path.resolve().parents, Path.cwd()]
    for place in places:
        if (place / "data" / "raw" / REGISTRY_NAME).is_file():
            return place / "data" / "raw"
    raise SourceError(
        f"no data/raw/{REGISTRY_NAME} beside or above {study_path} nor in the working directory: "
        "run from the checkout or name the folder with --raw"
    )


def resolve_sources(study: Study, study_path: Path, raw_dir: Path) -> dict[str, ResolvedSource]:
    """Every source of the study by its role; registered files are checked against their hash.

    Raises
    ------
    SourceError
        When an id is unknown, a file is missing, or a registered file is not what the registry describes.
    """
    refs = study.sources.by_role()
    registered = any(ref.registry for ref in refs.values())
    registry = load_registry(raw_dir / REGISTRY_NAME) if registered else None
    resolved = {}
    for role, ref in refs.items():
        if ref.registry is not None and registry is not None:
            resolved[role] = _registered(role, ref, ref.registry, registry, raw_dir)
        elif ref.path is not None:
            resolved[role] = _users_own(role, ref, ref.path, study_path)
    return resolved


def _registered(role: str, ref: SourceRef, source_id: str, registry: Registry, raw_dir: Path) -> ResolvedSource:
    source = registry.get(source_id)
    if source.kind != role:
        raise SourceError(
            f"sources.{role} names `{source_id}`, which is registered as {source.kind}: name a source of kind {role}"
        )
    path = resolve(registry, raw_dir, source_id)
    file = DataFile(
        role=role,
        path=path,
        source_id=source_id,
        layer=ref.layer,
        citation=source.citation,
        status=ref.status,
        effective_resolution_deg=ref.effective_resolution_deg or source.effective_resolution_deg,
        values=ref.values,
    )
    provenance = Provenance(
        role=role,
        id=source_id,
        file=path.name,
        sha256=source.sha256,
        version=source.version,
        licence=source.licence,
        citation=source.citation,
        datum=source.datum,
        epoch=source.epoch,
        status=ref.status,
    )
    return ResolvedSource(file, provenance)


def _users_own(role: str, ref: SourceRef, given: str, study_path: Path) -> ResolvedSource:
    if given.startswith("/vsi"):
        raise SourceError(f"sources.{role}.path is {given}: virtual paths are not read, give a file on this disk")
    path = (study_path.resolve().parent / given).resolve()
    if not path.is_file():
        raise SourceError(f"sources.{role}.path names {path}, which is not a file: paths count from the study file")
    file = DataFile(
        role=role,
        path=path,
        source_id=path.stem,
        layer=ref.layer,
        citation=ref.citation or "",
        status=ref.status,
        effective_resolution_deg=ref.effective_resolution_deg,
        values=ref.values,
    )
    provenance = Provenance(
        role=role,
        id=path.stem,
        file=path.name,
        sha256=sha256_of(path),
        version="",
        licence=ref.licence or "not stated",
        citation=ref.citation or "",
        datum="",
        epoch="",
        status=ref.status,
    )
    return ResolvedSource(file, provenance)
