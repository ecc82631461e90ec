"""What changes the folder of a study, one step at a time: an interrupted step is finished by the next command.

A step is written down, done, and struck out. Each of its parts can be done twice without harm, so that it does not
matter where a process was killed. All of it happens under a lock that is held for moments only.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from transcaspian.core.disk import replace_text, sync
from transcaspian.core.errors import ExportError
from transcaspian.runs.archive.lock import locked
from transcaspian.runs.archive.pointer import (
    LATEST,
    confirmed_utc,
    latest_document,
    latest_name,
    point,
    read_latest,
    utc,
)
from transcaspian.runs.archive.register import (
    HELD,
    PUBLISHED,
    REGISTER,
    WHAT_IF,
    Register,
    read_register,
    write_register,
)
from transcaspian.runs.archive.seal import SEAL, sealed, unsealed

MANIFEST = "manifest.json"
STEP = ".step.json"
STEP_LOCK = ".step.lock"
OLD_HELD = "held"
"""Folder in which an earlier version put the runs that it held for review."""
INCOMPLETE, REMOVING = ".incomplete-", ".removed-"
"""How the names of folders begin that are being written, and taken away."""


class Steps:
    """The folder of a study while nothing else changes it.

    Attributes
    ----------
    register
        As it stands now.
    notes
        What was put right of steps that were interrupted, a sentence each.
    """

    def __init__(self, home: Path, register: Register, notes: tuple[str, ...]) -> None:
        self.home = home
        self.register = register
        self.notes = notes

    def take(
        self,
        event: str,
        run: str,
        at: datetime,
        *,
        by: str = "run",
        reasons: tuple[str, ...] = (),
        rename: tuple[str, str] | None = None,
    ) -> None:
        """Register an event and do what belongs to it.

        Parameters
        ----------
        event
            ``published`` moves the pointers to the run, the others leave them.
        rename
            Names in ``home``, from and to, of the folder that this event brings in or takes out.

        Raises
        ------
        ExportError
            When the folder is not there: another command removed it between the look at it and this step.
        """
        folder = self.home / (rename[0] if rename else run)
        if not folder.is_dir():
            raise ExportError(f"run {run} is gone: another command removed it meanwhile. Run again")
        self.register = self.register.with_entry(
            event=event,
            run=run,
            study=self.home.name,
            manifest_sha256=manifest_sha256(folder),
            utc=utc(at),
            by=by,
            reasons=reasons,
        )
        step = {"entry": self.register.entries[-1].document, "rename": list(rename or ()), "confirmed_utc": utc(at)}
        replace_text(self.home / STEP, sealed(step))
        _do(self.home, step)

    def confirm(self, run: str, at: datetime) -> None:
        """Say that the published run is what a run of this moment would give."""
        entry = self.register.published
        if entry is None or entry.run != run or not (self.home / run).is_dir():
            raise ExportError(f"run {run} is no longer the published one: another command changed that. Run again")
        point(self.home, latest_document(run, at, entry.document))


@contextmanager
def steps_in(home: Path) -> Iterator[Steps]:
    """Change the folder of a study; nothing else changes it meanwhile, and what was interrupted is finished first.

    Raises
    ------
    ExportError
        When the operating system refuses, the volume has no locks, or the register is not as it was written.
    """
    try:
        with locked(home / STEP_LOCK):
            register, notes = _recovered(home)
            yield Steps(home, register, notes)
    except ExportError:
        raise
    except OSError as exc:
        raise ExportError(
            f"{home} cannot be changed: {exc.strerror or exc}. Free some space or give the right to write there; what "
            "was interrupted is finished by the next command"
        ) from exc


def recover(home: Path) -> None:
    """Finish what was interrupted, where this process may; a reader without the right to write sees what stands."""
    if (home / STEP).exists() and os.access(home, os.W_OK):
        with steps_in(home):
            pass


def manifest_sha256(folder: Path) -> str:
    """Hash of the manifest in a folder; empty where there is none."""
    path = folder / MANIFEST
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _recovered(home: Path) -> tuple[Register, tuple[str, ...]]:
    notes = []
    if (home / STEP).is_file():
        step = _written_step(home)
        _do(home, step)
        notes.append(f"finished what was interrupted: run {step['entry']['run']} is {step['entry']['event']}")
    register = read_register(home)
    if register is None:
        register = adopted(home)
        if register.entries:
            write_register(home, register)
            _repoint(home, register)
            notes.append(f"registered {len(register.states)} runs of an earlier version in {REGISTER}")
    elif not _points_right(home, register):
        _repoint(home, register)
        notes.append(f"{LATEST} was not as it was written and was restored from {REGISTER}")
    if register.entries and register.entries[-1].study != home.name:
        raise ExportError(
            f"{home} holds the runs of the study `{register.entries[-1].study}`, by its {REGISTER}: a folder bears the "
            "name of its study. Give it back its name, or name another folder by --out"
        )
    return register, tuple(notes)


def _written_step(home: Path) -> Mapping[str, Any]:
    try:
        return unsealed((home / STEP).read_text(encoding="utf-8"))
    except (ValueError, OSError) as exc:
        raise ExportError(f"{home / STEP} is damaged ({exc}): move it away; the runs are as they were before") from exc


def _do(home: Path, step: Mapping[str, Any]) -> None:
    """All parts of a step, in an order in which a reader never finds a pointer to what is not there."""
    entry = step["entry"]
    if step["rename"]:
        source, target = (home / name for name in step["rename"])
        if source.exists():
            os.rename(source, target)
            sync(source.parent)
            sync(home)
    register = read_register(home) or Register()
    if register.head != entry[SEAL]:
        what = {key: value for key, value in entry.items() if key not in (SEAL, "before")}
        write_register(home, register.with_entry(**what | {"reasons": tuple(what["reasons"])}))
    if entry["event"] == PUBLISHED:
        confirmed = datetime.fromisoformat(step["confirmed_utc"])
        point(home, latest_document(entry["run"], confirmed, entry))
    (home / STEP).unlink(missing_ok=True)


def _points_right(home: Path, register: Register) -> bool:
    """Whether ``latest.json`` repeats the publication that stands, to the bit."""
    entry = register.published
    if entry is None:
        return not (home / LATEST).exists()
    try:
        text = (home / LATEST).read_text(encoding="utf-8").removesuffix("\n")
        return bool(unsealed(text)["entry"] == entry.document)
    except (OSError, ValueError, KeyError):
        return False


def _repoint(home: Path, register: Register) -> None:
    entry = register.published
    if entry is None:
        (home / LATEST).unlink(missing_ok=True)
        with suppress(OSError):
            (home / "latest").unlink()
        return
    said = confirmed_utc(home) if read_latest(home).get("run") == entry.run else None
    point(home, latest_document(entry.run, said or datetime.fromisoformat(entry.utc), entry.document))


def adopted(home: Path) -> Register:
    """A register of the runs of an earlier version, which published all that it did not hold."""
    latest = latest_name(home)
    found = [(folder, PUBLISHED if latest else WHAT_IF) for folder in run_folders(home)]
    found += [(folder, HELD) for folder in run_folders(home / OLD_HELD)]
    register = Register()
    for folder, event in sorted(found, key=lambda one: (one[0].name == latest, _created_utc(one[0]), one[0].name)):
        register = register.with_entry(
            event=event,
            run=folder.name,
            study=home.name,
            manifest_sha256=manifest_sha256(folder),
            utc=_created_utc(folder),
            by="earlier version",
            reasons=(),
        )
    return register


def _created_utc(folder: Path) -> str:
    """The moment of a run, as its manifest has it; 1970 where it does not say."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["run"]["created_utc"]
        return utc(datetime.fromisoformat(said))
    except (OSError, ValueError, KeyError, TypeError):
        return "1970-01-01T00:00:00Z"


def run_folders(home: Path) -> list[Path]:
    """The folders of runs in a folder."""
    if not home.is_dir():
        return []
    return [
        place
        for place in home.iterdir()
        if place.is_dir() and not place.is_symlink() and place.name[0] != "." and place.name != OLD_HELD
    ]
