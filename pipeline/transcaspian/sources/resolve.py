"""From the roles of a study to files on disk, each with its hash and its credit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from transcaspian.core.catzoc import ERRORS
from transcaspian.core.errors import SourceError
from transcaspian.sources.beside import ignored_beside, opened_beside
from transcaspian.sources.catalogue import REGISTRY_NAME, Registry, Remote, Source, load_registry
from transcaspian.sources.datafile import DataFile, Limits, StatedError
from transcaspian.sources.editions import Slot, path_of
from transcaspian.sources.verify import embedded, sha256_of
from transcaspian.study import SourceRef, Study
from transcaspian.study.seabed_tables import SeabedError, SeabedRef


@dataclass(frozen=True)
class Provenance:
    """What the manifest and the map say of a source.

    Attributes
    ----------
    retrieved_utc
        When what was fetched came from the network; empty for other files.
    beside
        Hash by name of the files that are opened with it.
    ignored
        Names of the files that other programs read with it, and that are not opened.
    """

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
    retrieved_utc: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class RemoteFile:
    """A file of the network that a study names."""

    role: str
    id: str
    url: str
    file: str
    licence: str
    sha256: str | None
    max_mb: float


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
        "call this in a project (`transcaspian init` lays one out) or name the folder with --raw"
    )


def resolve_sources(study: Study, study_path: Path, raw_dir: Path) -> dict[str, ResolvedSource]:
    """Every source of the study by its role; registered files are checked against their hash.

    Raises
    ------
    SourceError
        When an id is unknown, a file is missing, or a registered file is not what the registry describes.
    """
    registry = registry_of(study, raw_dir)
    remotes = {remote.role: remote for remote in remote_sources(study, raw_dir)}
    resolved = {}
    for role, ref in study.data_sets.items():
        if role in remotes:
            resolved[role] = _fetched(role, ref, remotes[role], registry, raw_dir)
        elif ref.registry is not None and registry is not None:
            resolved[role] = _embedded(role, ref, ref.registry, registry, raw_dir)
        elif ref.path is not None:
            resolved[role] = _users_own(role, ref, ref.path, study_path)
    check_twins(resolved)
    for role, ref in study.sources.seabeds.items():
        resolved[role] = _as_seabed(ref, resolved[role], study_path)
    limits = Limits(**study.limits.model_dump())
    return {role: replace(item, file=replace(item.file, limits=limits)) for role, item in resolved.items()}


def check_twins(resolved: Mapping[str, ResolvedSource]) -> None:
    """Refuse two seabeds that are one file by its bytes.

    Raises
    ------
    SourceError
        When that is so.
    """
    found: dict[tuple[str, str | None], str] = {}
    for role, item in resolved.items():
        if not role.startswith("seabed"):
            continue
        first = found.setdefault((item.provenance.sha256, item.file.layer), role)
        if first != role:
            raise SourceError(
                f"{key_of(first)} and {key_of(role)} are the same file by its bytes ({item.provenance.file}): it would "
                "agree with itself; remove one"
            )


def _as_seabed(ref: SeabedRef, item: ResolvedSource, study_path: Path) -> ResolvedSource:
    """With what a study says of a seabed; the files of its error count as part of it."""
    stated = None if ref.error is None else _stated_error(item.provenance.role, ref.error, study_path)
    beside = {path.name: sha256_of(path) for path in (stated.raster, stated.tid) if path} if stated else {}
    file = replace(
        item.file,
        kind=ref.kind,
        depth_column=ref.depth_column,
        vertical_datum=ref.vertical_datum,
        stated_error=stated,
    )
    return ResolvedSource(file, replace(item.provenance, beside={**item.provenance.beside, **beside}))


def _stated_error(role: str, error: SeabedError, study_path: Path) -> StatedError:
    """The error of a seabed as the study states it."""
    places = {}
    for name in ("raster", "tid"):
        given = getattr(error, name)
        places[name] = None if given is None else _file_of(f"{key_of(role)}.error.{name}", given, study_path)
    error_m, share = ERRORS[error.catzoc] if error.catzoc else (error.error_m or 0.0, error.share_of_depth or 0.0)
    figures = " + ".join(
        [*([f"{error_m:g} m"] if error_m or not share else []), *([f"{share:.1%} of the depth"] if share else [])]
    )
    shown = next((f"{name} {path.name}" for name, path in places.items() if path), figures)
    told = f"class {error.catzoc}: {figures}" if error.catzoc else shown
    return StatedError(error_m, share, places["raster"], places["tid"], f"{told} ({error.status})")


def registry_of(study: Study, raw_dir: Path) -> Registry | None:
    """The registry; None where the study does without."""
    registered = any(ref.registry for ref in study.data_sets.values())
    return load_registry(raw_dir / REGISTRY_NAME) if registered else None


def remote_sources(study: Study, raw_dir: Path) -> tuple[RemoteFile, ...]:
    """The sources of a study that lie on the network."""
    registry = registry_of(study, raw_dir)
    found = []
    for role, ref in study.data_sets.items():
        if ref.url is not None:
            file = ref.file or PurePosixPath(urlsplit(ref.url).path).name
            if not PurePosixPath(file).suffix:
                raise SourceError(f"{key_of(role)}.url does not end in the name of a file: give it one by `file`")
            licence = ref.licence or "licence not stated"
            found.append(RemoteFile(role, _plain(file), ref.url, file, licence, ref.sha256, ref.max_mb))
        elif ref.registry is not None and registry is not None:
            remote = registry.get(ref.registry)
            if isinstance(remote, Remote):
                _check_kind(role, remote)
                url = remote.url.format_map(_area(study, remote.margin_deg))
                found.append(
                    RemoteFile(role, remote.id, url, remote.file, remote.licence, remote.sha256, remote.max_mb)
                )
    return tuple(found)


def _area(study: Study, margin_deg: float) -> dict[str, str]:
    west, south, east, north = study.area.bounds
    sides = {
        "west": max(west - margin_deg, -180.0),
        "south": max(south - margin_deg, -90.0),
        "east": min(east + margin_deg, 180.0),
        "north": min(north + margin_deg, 90.0),
    }
    return {name: f"{side:.6f}".rstrip("0").rstrip(".") for name, side in sides.items()}


def key_of(role: str) -> str:
    """The key of a study that names a data set."""
    return f"{role}.data" if is_of_a_table(role) else f"sources.{role}"


def is_of_a_table(role: str) -> bool:
    """Whether a data set is not of ``[sources]``: of a constraint, or of the table of an analysis."""
    return "." in role and not role.startswith("seabed.")


def _plain(file: str) -> str:
    """The name of a file as part of a folder's."""
    return re.sub(r"[^a-z0-9]+", "-", PurePosixPath(file).stem.lower()).strip("-") or "file"


def _check_kind(role: str, source: Source | Remote) -> None:
    if source.kind != role.partition(".")[0] and not is_of_a_table(role):
        raise SourceError(
            f"{key_of(role)} names `{source.id}`, which is registered as {source.kind}: name a source of kind {role}"
        )


def _fetched(role: str, ref: SourceRef, remote: RemoteFile, registry: Registry | None, raw_dir: Path) -> ResolvedSource:
    slot = Slot(raw_dir, remote.id, remote.url)
    entry = slot.entry(remote.file, remote.sha256)
    if entry is None:
        raise SourceError(
            f"{key_of(role)}: {remote.url} is not fetched yet, or its copy is damaged or not the one that `sha256` "
            "names: run `transcaspian sources fetch`"
        )
    known = registry.get(ref.registry) if registry is not None and ref.registry is not None else None
    described = known if isinstance(known, Remote) else None
    provenance = Provenance(
        role=role,
        id=remote.id,
        file=remote.file,
        sha256=entry.sha256,
        version=described.version if described else "",
        licence=remote.licence,
        citation=described.citation if described else ref.citation or "",
        datum=described.datum if described else "",
        epoch=described.epoch if described else "",
        status=ref.status,
        retrieved_utc=entry.retrieved_utc,
    )
    return _resolved(ref, path_of(slot.folder, entry), provenance, described)


def _embedded(role: str, ref: SourceRef, source_id: str, registry: Registry, raw_dir: Path) -> ResolvedSource:
    source = registry.get(source_id)
    assert isinstance(source, Source)
    _check_kind(role, source)
    path = embedded(source, raw_dir)
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
        ignored=ignored_beside(path),
    )
    return _resolved(ref, path, provenance, source)


def _users_own(role: str, ref: SourceRef, given: str, study_path: Path) -> ResolvedSource:
    path = _file_of(f"{key_of(role)}.path", given, study_path)
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
        beside=opened_beside(path),
        ignored=ignored_beside(path),
    )
    return _resolved(ref, path, provenance, None)


def _file_of(key: str, given: str, study_path: Path) -> Path:
    """The file that a key of a study names."""
    if given.startswith("/vsi"):
        raise SourceError(f"{key} is {given}: virtual paths are not read, give a file on this disk")
    path = (study_path.resolve().parent / given).resolve()
    if not path.is_file():
        raise SourceError(f"{key} names {path}, which is not a file: paths count from the study file")
    return path


def _resolved(ref: SourceRef, path: Path, provenance: Provenance, described: Source | Remote | None) -> ResolvedSource:
    """The file as the study wants it read, with what the registry says of it."""
    remote = described if isinstance(described, Remote) else None
    file = DataFile(
        role=provenance.role,
        path=path,
        source_id=provenance.id,
        layer=ref.layer or (remote.layer if remote else None),
        citation=provenance.citation,
        status=ref.status,
        epoch=provenance.epoch,
        effective_resolution_deg=ref.effective_resolution_deg
        or (described.effective_resolution_deg if described else None),
        values=(remote.values if remote else None) or ref.values,
        nodata=ref.nodata,
        units=ref.units,
        zero_m_msl=ref.zero_m_msl,
        crs=ref.crs,
        columns=ref.columns,
        expect=ref.expect,
        encoding=ref.encoding,
        on_error=ref.on_error,
        is_registered=described is not None,
    )
    return ResolvedSource(file, provenance)
