"""What a run has in hand and under which names, so that the next run can tell a living run's from a dead one's.

Every hidden name ends in a word of its own and the number of its process: two runs of one process never share one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

# Windows has none: runs of one process alone are kept apart there
LOCKS: Any = None if os.name == "nt" else import_module("fcntl")
# What runs of this process have in hand: the number of the process is ours, and so may be that of a dead run before us
OPEN: set[Path] = set()
LEFTOVER = re.compile(r"^\.(incomplete-.+|latest|latest-.+|running-.+)-(?P<pid>\d+)(\.json)?$")
RUNNING = ".running-"
TURN = threading.Lock()


def own_name(stem: str) -> str:
    """A hidden name that no other run has, of this process or another."""
    return f"{stem}-{uuid4().hex[:8]}-{os.getpid()}"


@contextmanager
def in_hand(*places: Path) -> Iterator[None]:
    """While the block works with these places, no run of this process takes them for left behind."""
    known = {place.absolute() for place in places}
    OPEN.update(known)
    try:
        yield
    finally:
        OPEN.difference_update(known)


@contextmanager
def alone_in(home: Path) -> Iterator[None]:
    """While the block lasts, no other run names a folder of ``home``, takes one away or moves a pointer.

    The lock is the system's, on the folder itself: it leaves no file, and goes with the process that holds it.
    """
    with TURN:
        if LOCKS is None:
            yield
            return
        handle = os.open(home, os.O_RDONLY)
        try:
            with suppress(OSError):  # a file system without locks
                LOCKS.flock(handle, LOCKS.LOCK_EX)
            yield
        finally:
            os.close(handle)


def is_left(place: Path, pid: int) -> bool:
    """Whether a place with a process number in its name belongs to nobody any more."""
    return place.absolute() not in OPEN and not alive(pid)


def alive(pid: int) -> bool:
    """Whether another process of that number exists; on Windows it cannot be asked without harm, so yes."""
    if pid == os.getpid():
        return False
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def leftovers(home: Path) -> tuple[str, ...]:
    """Names of what runs left behind whose process is gone, or that are still being written."""
    return tuple(sorted(place.name for place in home.iterdir() if LEFTOVER.match(place.name)))


def sweep(home: Path) -> tuple[str, ...]:
    """Remove what runs left behind whose process is gone; returns a note for each."""
    notes = []
    for place in sorted(home.iterdir()):
        found = LEFTOVER.match(place.name)
        if not found or not is_left(place, int(found["pid"])):
            continue
        told = f"removed {place.name}, left by a run that did not end"
        if place.name.startswith(RUNNING):
            told = last_words(place, int(found["pid"]))
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)
        notes.append(told)
    return tuple(notes)


def last_words(mark: Path, pid: int) -> str:
    """How far a run came that did not end, by the file that it left."""
    try:
        said = json.loads(mark.read_text(encoding="utf-8"))
        where = f"in the stage {said['stage']}, which began {said['began_utc']}"
    except (OSError, ValueError, KeyError, TypeError):
        where = "nobody knows where"
    return (
        f"an earlier run (process {pid}) died {where}: it was killed, lost its power, or found too little memory and "
        "was ended by the system"
    )


class Whereabouts:
    """In which stage a run is; once it has a home, also for those who come after its death.

    Attributes
    ----------
    stage
        Name of the stage; empty before the first.
    """

    def __init__(self) -> None:
        self.stage = ""
        self._mark: Path | None = None

    def live_in(self, home: Path) -> None:
        """Leave word in the folder of the study, from the next stage on."""
        self._mark = home / f"{own_name(RUNNING.rstrip('-'))}.json"
        OPEN.add(self._mark.absolute())

    def go_to(self, stage: str) -> None:
        """A stage begins. Without a folder, or where nothing can be written, the run itself will find that out."""
        self.stage = stage
        if self._mark is not None and self._mark.parent.is_dir():
            said = {"stage": stage, "began_utc": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
            with suppress(OSError):
                self._mark.write_text(json.dumps(said) + "\n", encoding="utf-8")

    def leave(self) -> None:
        """The run has ended, well or not."""
        if self._mark is not None:
            with suppress(OSError):
                self._mark.unlink(missing_ok=True)
            OPEN.discard(self._mark.absolute())
