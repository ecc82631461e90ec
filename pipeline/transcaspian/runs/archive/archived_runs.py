"""The runs of a study: which there are, what became of them, and whether they are still what was written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transcaspian.core.errors import ExportError
from transcaspian.core.findings import Finding
from transcaspian.runs.archive.manifest_schema import manifest_fault
from transcaspian.runs.archive.pointer import latest_name
from transcaspian.runs.archive.register import HELD, PUBLISHED, UNKNOWN, Register, RegisterEntry, read_register
from transcaspian.runs.archive.steps import (
    INCOMPLETE,
    MANIFEST,
    OLD_HELD,
    adopted,
    manifest_sha256,
    recover,
    run_folders,
)
from transcaspian.sources.verify import sha256_of

SYSTEM_PAGE = "system.html"
"""Of the runs whose study asks about the system as a whole."""
BESIDE = ("-wal", "-shm", "-journal", ".aux.xml")
"""How the names of files end that a GIS puts beside one it has open."""


@dataclass(frozen=True)
class ArchivedRun:
    """A run on the disk.

    Attributes
    ----------
    manifest
        What the run says of itself; empty where it cannot be read.
    is_latest
        Whether it is the published run, to which ``latest`` points.
    entry
        The newest entry of the register for it; None where the register does not know it.
    fault
        Why the manifest cannot be read; empty where it can.
    """

    folder: Path
    manifest: Mapping[str, Any]
    is_latest: bool = False
    entry: RegisterEntry | None = None
    fault: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """Its id: the name of the folder, also of the one that it will have when it is written."""
        return self.folder.name.removeprefix(INCOMPLETE)

    @property
    def state(self) -> str:
        """``published``, ``held``, ``what-if``, or ``unknown`` to the register."""
        return self.entry.event if self.entry else UNKNOWN

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is held."""
        return self.entry.reasons if self.entry and self.entry.event == HELD else ()

    @property
    def created_utc(self) -> str:
        """The moment of the run; empty where the manifest does not say."""
        return str(self.manifest.get("run", {}).get("created_utc", ""))

    @property
    def analyses(self) -> Mapping[str, Any]:
        """Figures of analyses, by their names; in manifests before the third schema these are called findings."""
        key = "findings" if self.manifest.get("schema_version", 0) < 3 else "analyses"
        return dict(self.manifest.get(key, {}))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader must know of the run, the most severe first; of manifests before the third schema nothing."""
        rows = self.manifest.get("findings", ()) if self.manifest.get("schema_version", 0) >= 3 else ()
        return tuple(map(Finding.of_manifest, rows))

    @property
    def lengths_km(self) -> dict[str, float]:
        """Length of the route of each system."""
        return {item["id"]: item["figures"]["length"]["value"] for item in self.manifest.get("systems", ())}

    @property
    def mbytes(self) -> float:
        """Size of its files as the manifest has them."""
        return sum(int(file["bytes"]) for file in self.manifest.get("files", {}).values()) / 1e6


def runs_in(home: Path, *states: str) -> tuple[ArchivedRun, ...]:
    """The runs of a study in the order in which they came; those that the register does not know are the first.

    Parameters
    ----------
    home
        ``<out>/<study>``.
    states
        Only runs in one of these; none: all.

    Raises
    ------
    ExportError
        When there is no such folder, or its register is not as it was written.
    """
    if not home.is_dir():
        raise ExportError(f"{home} is not a folder with runs: name it by --out and --study")
    register = register_of(home)
    found = [_run(folder, register) for folder in (*run_folders(home), *run_folders(home / OLD_HELD))]
    if states:
        found = [run for run in found if run.state in states]
    return tuple(sorted(found, key=lambda run: (register.number(run.name), run.created_utc, run.name)))


def register_of(home: Path) -> Register:
    """The register of a study; of an earlier version's folder, the one that it will get.

    Raises
    ------
    ExportError
        When it is not as it was written.
    """
    recover(home)
    return read_register(home) or adopted(home)


def find_run(home: Path, name: str, *states: str) -> ArchivedRun:
    """The run of a name, or of the beginning of one; ``latest`` is the published one.

    Raises
    ------
    ExportError
        When there is none, or several.
    """
    runs = runs_in(home, *states)
    if name == "latest":
        found = [run for run in runs if run.is_latest]
        if not found:
            raise ExportError(f"nothing is published yet in {home}: name a run, or publish one by `runs publish RUN`")
    else:
        found = [run for run in runs if run.name == name] or [run for run in runs if run.name.startswith(name)]
    if len(found) != 1:
        known = ", ".join(run.name for run in runs[-5:]) or "none"
        raise ExportError(f"run `{name}`: {len(found)} in {home} have that name; the last runs there are: {known}")
    return found[0]


def verify_run(run: ArchivedRun) -> tuple[str, ...]:
    """What of a run is no longer as it was written, a sentence each; nothing where all is well."""
    faults = list(manifest_faults(run))
    if run.fault:
        return tuple(faults)
    for name, wrote in sorted(run.manifest["files"].items()):
        path = run.folder / name
        if not path.is_file():
            faults.append(f"{name} is missing")
        elif sha256_of(path) != wrote["sha256"]:
            faults.append(f"{name} was changed: {path.stat().st_size:,} bytes, {int(wrote['bytes']):,} were written")
    there = {path.relative_to(run.folder).as_posix() for path in run.folder.rglob("*") if path.is_file()}
    own = {*run.manifest["files"], MANIFEST}
    faults += [f"{name} is not of this run" for name in sorted(there - own) if not name.endswith(BESIDE)]
    return tuple(faults)


def manifest_faults(run: ArchivedRun) -> tuple[str, ...]:
    """Why the manifest of a run cannot be read, or is not the one that was written for it."""
    if run.fault:
        return (run.fault,)
    faults = []
    if run.manifest["run"]["id"] != run.name:
        faults.append(f"{MANIFEST} is that of run {run.manifest['run']['id']}")
    if run.entry is not None and run.entry.manifest_sha256 != manifest_sha256(run.folder):
        faults.append(f"{MANIFEST} was changed: the register has another hash for it")
    return tuple(faults)


def read_manifest(folder: Path) -> tuple[dict[str, Any], str]:
    """The manifest of a run, and why it cannot be read: one of the two is empty."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}, f"{MANIFEST} is missing or cannot be read: nothing of this run can be verified"
    fault = manifest_fault(found)
    if fault:
        return {}, f"{MANIFEST} is damaged ({fault}): nothing of this run can be verified"
    return found, ""


def run_at(folder: Path) -> ArchivedRun:
    """The run in a folder."""
    home = folder.parent.parent if folder.parent.name == OLD_HELD else folder.parent
    return _run(folder, register_of(home))


def last_published(home: Path) -> ArchivedRun | None:
    """The published run; None where nothing is published. Its manifest may be damaged: then ``fault`` says so."""
    name = latest_name(home)
    return run_at(home / name) if name else None


def _run(folder: Path, register: Register) -> ArchivedRun:
    manifest, fault = read_manifest(folder)
    entry = register.states.get(folder.name)
    standing = register.published
    is_latest = entry is not None and entry.event == PUBLISHED and standing is not None and standing.run == folder.name
    return ArchivedRun(folder, manifest, is_latest, entry, fault)
