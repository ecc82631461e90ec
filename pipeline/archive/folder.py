"""The folder of a run: invisible until it is whole, then visible in one step, and never changed again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.archive.unfinished import OPEN, alone_in, in_hand, own_name, sweep
from pipeline.disk import sync
from pipeline.errors import ExportError, TranscaspianError

LATEST = "latest.json"
HELD = "held"
"""Folder of the runs that a person must look at before they are published."""


@dataclass(frozen=True)
class RunFolder:
    """A run that is being written.

    Attributes
    ----------
    path
        Where to write now.
    run_id
        Name that the folder will bear; a number is added when that run exists already.
    created
        The moment of the run.
    notes
        What was cleaned up of earlier runs that died.
    """

    path: Path
    run_id: str
    created: datetime
    notes: tuple[str, ...]

    def publish(self) -> Path:
        """Make the run visible and point ``latest`` to it; returns the published folder.

        Everything is on the disk before the folder is renamed, and the folder bears its name before ``latest``
        moves: whoever reads ``latest`` finds a whole run at any moment.
        """
        self.sync_all()
        published = self.path.parent / self.run_id
        with pointers_to(published, self.created) as point, alone_in(published.parent):
            os.rename(self.path, published)
            sync(published.parent)
            point()
        return published

    def sync_all(self) -> None:
        """Bring every file to the disk."""
        for folder, _, names in os.walk(self.path):
            for name in names:
                sync(Path(folder) / name)
            sync(Path(folder))

    def hold(self) -> Path:
        """Put the run, whole, where a person can look at it, and leave ``latest`` as it is; returns the folder."""
        self.sync_all()
        held = self.path.parent / HELD / self.run_id
        held.parent.mkdir(exist_ok=True)
        os.rename(self.path, held)
        sync(held.parent)
        return held


@contextmanager
def open_run(out_dir: Path, study_id: str, run_id: str, created: datetime) -> Iterator[RunFolder]:
    """A folder to write a run into; removed again, with everything in it, when the block does not end well.

    Raises
    ------
    ExportError
        When the operating system refuses (no space, no right, read-only, a file in the way).
    """
    home = out_dir / study_id
    made = first_missing(home)
    folder: Path | None = None
    try:
        home.mkdir(parents=True, exist_ok=True)
        notes = sweep(home)
        with alone_in(home):
            name = free_name(home, run_id)
            folder = (home / own_name(f".incomplete-{name}")).absolute()
            OPEN.add(folder)
            folder.mkdir()
        yield RunFolder(folder, name, created, notes)
    except TranscaspianError:
        raise
    except OSError as exc:
        reason = exc.strerror or str(exc)
        if folder is not None and (home / name).exists():
            left = f"the run is whole in {home / name}, but `latest` may still point to the one before"
        else:
            left = "nothing was published and the last good run stands"
        raise ExportError(
            f"run {run_id} cannot be written to {home}: {reason}. "
            f"Free some space, or name another folder by --out; {left}"
        ) from exc
    finally:
        if folder is not None:
            try:
                shutil.rmtree(folder, ignore_errors=True)
            finally:  # a later run may take it then
                OPEN.discard(folder)
        remove_empty(home, made)


def check_place(home: Path) -> None:
    """Refuse a folder that can never be made, before anything is computed for it.

    Raises
    ------
    ExportError
        When a file is in the way.
    """
    there = next(place for place in (home, *home.absolute().parents) if place.exists())
    if not there.is_dir():
        raise ExportError(f"{there} is a file: runs need a folder there, name another by --out")


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


def free_name(home: Path, run_id: str) -> str:
    """The run id, with a number when a run of that name stands there: a published run is never touched."""
    number = 1
    name = run_id
    while (home / name).exists() or (home / HELD / name).exists() or any(home.glob(f".incomplete-{name}-*")):
        number += 1
        name = f"{run_id}-{number}"
    return name


def confirmed_utc(home: Path) -> datetime | None:
    """When the last good run was last found to be what a run would give; None where nothing says it."""
    try:
        said = json.loads((home / LATEST).read_text(encoding="utf-8"))["confirmed_utc"]
        return datetime.fromisoformat(said)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def confirm_run(published: Path, at: datetime) -> None:
    """Say that a run was found to be what a run of this moment would give, and point ``latest`` to it.

    Raises
    ------
    ExportError
        When the operating system refuses, or somebody removed the run meanwhile; `latest` is then as before.
    """
    try:
        with pointers_to(published, at) as point, alone_in(published.parent):
            if not published.is_dir():
                raise ExportError(f"run {published.name} was removed while another run found it current: run again")
            point()
    except ExportError:
        raise
    except OSError as exc:
        raise ExportError(f"{published.parent / LATEST} cannot be written: {exc.strerror or exc}") from exc


@contextmanager
def pointers_to(published: Path, confirmed: datetime) -> Iterator[Callable[[], None]]:
    """Make the pointers to a run ready; what is yielded moves them, each in one step.

    They are on the disk before the run takes its name, so that a full disk cannot leave a run that ``latest`` does
    not know. ``latest`` is a relative symbolic link where there are any; ``latest.json`` stands everywhere, and says
    when the run was last found to be current.
    """
    home = published.parent
    link = home / own_name(".latest")
    text = link.with_name(f"{link.name}.json")
    said = {"run": published.name, "confirmed_utc": confirmed.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def point() -> None:
        os.replace(text, home / LATEST)
        with suppress(OSError):  # something else of that name is in the way: latest.json says it
            os.replace(link, home / "latest")
        sync(home)

    with in_hand(text, link):
        try:
            text.write_text(json.dumps(said) + "\n", encoding="utf-8")
            sync(text)
            with suppress(OSError, NotImplementedError):  # Windows without the right to make links
                link.symlink_to(published.name, target_is_directory=True)
            yield point
        finally:
            text.unlink(missing_ok=True)
            link.unlink(missing_ok=True)
