"""One run at a time in the folder of a study, and what is known of one that did not end."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from transcaspian.core.errors import BusyError, ExportError
from transcaspian.runs.archive.lock import is_locked, locked
from transcaspian.runs.archive.pointer import utc
from transcaspian.runs.archive.steps import INCOMPLETE, REMOVING, steps_in

RUNNING = ".running.json"
PATIENCE_S = 1.0
"""A monitor that asks whether a run is at work holds the lock for a moment."""
# the second line: names that earlier versions gave, which held the number of a process
LEFTOVER = re.compile(
    rf"^({re.escape(INCOMPLETE)}.+|{re.escape(REMOVING)}.+|\.latest-link|\..+\.new"
    r"|\.(latest|latest-.+|running-.+)-\d+(\.json)?)$"
)


class Live:
    """A run at work in ``home``, with the lock that keeps others out.

    Attributes
    ----------
    stage
        Where it is; empty before the first stage.
    notes
        What was cleaned up of earlier runs, a sentence each.
    """

    def __init__(self, home: Path, handle: int) -> None:
        self.home = home
        self.stage = ""
        self.notes: tuple[str, ...] = ()
        self._handle = handle

    def go_to(self, stage: str) -> None:
        """A stage begins: this stands in the locked file for those who come after a run that was killed."""
        self.stage = stage
        said = json.dumps({"stage": stage, "began_utc": utc(datetime.now(UTC)), **_whose()}).encode()
        with suppress(OSError):  # a full disk: the run itself will find that out
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, said, 0)


@contextmanager
def live_in(home: Path) -> Iterator[Live]:
    """Be the one run in the folder of a study; what earlier ones left is finished or removed first.

    Folders that had to be made and stay empty are removed again.

    Raises
    ------
    BusyError
        When another run is at work there.
    ExportError
        When the operating system refuses the folder, or its register is not as it was written.
    """
    made = first_missing(home)
    with ExitStack() as stack:
        stack.callback(remove_empty, home, made)
        try:
            home.mkdir(parents=True, exist_ok=True)
            handle = stack.enter_context(locked(home / RUNNING, wait_s=PATIENCE_S))
        except ExportError:
            raise
        except OSError as exc:
            raise ExportError(
                f"runs cannot be written to {home}: {exc.strerror or exc}. Give the right to write there, or name "
                "another folder by --out"
            ) from exc
        if handle is None:
            raise BusyError(f"{_who(_said(home / RUNNING))} is at work in {home}: wait for it, or name another --out")
        live = Live(home, handle)
        live.notes = (*_last_words(home / RUNNING), *_cleaned(home))
        live.go_to("")
        yield live


def at_work(home: Path) -> str:
    """Which run is at work in the folder of a study, in words; empty where none is."""
    return _who(_said(home / RUNNING)) if is_locked(home / RUNNING) else ""


def leftovers(home: Path) -> tuple[str, ...]:
    """Names of what runs left behind that did not end, or that are still being written."""
    return tuple(sorted(place.name for place in home.iterdir() if LEFTOVER.match(place.name)))


def _cleaned(home: Path) -> Iterator[str]:
    """Finish and remove what earlier runs left; a sentence each."""
    with steps_in(home) as steps:
        yield from steps.notes
        for name in leftovers(home):
            place = home / name
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place, ignore_errors=True)
            else:
                place.unlink(missing_ok=True)
            if name.startswith(INCOMPLETE):
                yield f"removed {name}, left by a run that did not end"


def _last_words(path: Path) -> Iterator[str]:
    """How far a run came that did not end, by the locked file that it left."""
    said = _said(path)
    if said:
        yield (
            f"{_who(said)} did not end: it was killed, lost its power, or found too little memory and was ended by the "
            "system"
        )


def _said(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _who(said: Mapping[str, Any]) -> str:
    """A run by what stands in its locked file."""
    if not said:
        return "another run"
    stage = f", in the stage {said.get('stage')}" if said.get("stage") else ""
    return f"a run (process {said.get('process')} on {said.get('host')}{stage}, since {said.get('began_utc')})"


def _whose() -> dict[str, Any]:
    """Who a process is, for people; the lock is what counts."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "boot": boot.read_text(encoding="utf-8").strip() if boot.is_file() else "",
    }


def first_missing(folder: Path) -> Path | None:
    """The uppermost folder on the way that does not exist yet."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    return missing[-1] if missing else None


def remove_empty(folder: Path, made: Path | None) -> None:
    """Take away the folders that this run made and left empty."""
    if made is None:
        return
    for place in (folder, *folder.parents):
        try:
            place.rmdir()
        except OSError:
            return
        if place == made:
            return
