"""The runs that were published: which there are, what they say, and whether they are still what was written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.archive.folder import HELD, LATEST
from pipeline.errors import ExportError
from pipeline.sources.verify import sha256_of

MANIFEST = "manifest.json"
SYSTEM_PAGE = "system.html"
"""Of the runs whose study asks what the system as a whole comes to."""
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
        Whether ``latest`` points to it.
    """

    folder: Path
    manifest: Mapping[str, Any]
    is_latest: bool

    @property
    def name(self) -> str:
        """Its id; the name of the folder where the manifest does not say."""
        return str(self.manifest.get("run", {}).get("id", self.folder.name))

    @property
    def created_utc(self) -> str:
        """The moment of the run; empty where the manifest does not say."""
        return str(self.manifest.get("run", {}).get("created_utc", ""))

    @property
    def lengths_km(self) -> dict[str, float]:
        """Length of the route of each system."""
        return {item["id"]: item["figures"]["length"]["value"] for item in self.manifest.get("systems", ())}

    @property
    def mbytes(self) -> float:
        """Size of its files as the manifest has them."""
        return sum(int(file["bytes"]) for file in self.manifest.get("files", {}).values()) / 1e6


def runs_in(home: Path) -> tuple[ArchivedRun, ...]:
    """The runs of a study, the oldest first.

    Parameters
    ----------
    home
        ``<out>/<study>``.

    Raises
    ------
    ExportError
        When there is no such folder.
    """
    if not home.is_dir():
        raise ExportError(f"{home} is not a folder with runs: name it by --out and --study")
    latest = latest_name(home)
    folders = [
        place
        for place in home.iterdir()
        if place.is_dir() and not place.is_symlink() and place.name[0] != "." and place.name != HELD
    ]
    found = [ArchivedRun(folder, read_manifest(folder), folder.name == latest) for folder in folders]
    return tuple(sorted(found, key=lambda run: (run.created_utc, run.folder.name)))


def find_run(home: Path, name: str) -> ArchivedRun:
    """The run of a name, or of the beginning of one; ``latest`` is one too.

    Raises
    ------
    ExportError
        When there is none, or several.
    """
    found = [run for run in runs_in(home) if run.folder.name.startswith(name) or (name == "latest" and run.is_latest)]
    exact = [run for run in found if run.folder.name == name]
    if len(exact or found) != 1:
        known = ", ".join(run.folder.name for run in runs_in(home)[-5:]) or "none"
        raise ExportError(f"run `{name}`: {len(found)} in {home} have that name; the last runs there are: {known}")
    return (exact or found)[0]


def verify_run(run: ArchivedRun) -> tuple[str, ...]:
    """What of a run is no longer as it was written, a sentence each; nothing where all is well."""
    if not run.manifest.get("files"):
        return (f"{MANIFEST} is missing or cannot be read: nothing of this run can be verified",)
    faults = []
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


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run; empty where there is none to be read."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def latest_name(home: Path) -> str:
    """Name of the last good run; empty where nothing says it."""
    try:
        return str(json.loads((home / LATEST).read_text(encoding="utf-8"))["run"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def run_at(folder: Path) -> ArchivedRun:
    """The run in a folder."""
    return ArchivedRun(folder, read_manifest(folder), folder.name == latest_name(folder.parent))


def last_good(home: Path) -> ArchivedRun | None:
    """The run that ``latest`` points to; None where there is none whose manifest can be read."""
    name = latest_name(home)
    run = run_at(home / name) if name else None
    return run if run is not None and run.manifest else None
