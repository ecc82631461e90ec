"""The folder of a run: invisible until it is whole, then visible in one step, and never changed again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from transcaspian.core.disk import sync
from transcaspian.core.errors import ExportError, TranscaspianError
from transcaspian.runs.archive.live import Live
from transcaspian.runs.archive.register import HELD, PUBLISHED
from transcaspian.runs.archive.steps import INCOMPLETE, OLD_HELD, steps_in


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
    """

    path: Path
    run_id: str
    created: datetime

    def register(self, event: str, reasons: tuple[str, ...] = (), *, after: str | None = None) -> tuple[str, ...]:
        """Give the folder its name and register what became of the run; of what is published, move the pointers.

        Everything is on the disk before that, so that ``latest`` leads to a whole run at any moment.

        Parameters
        ----------
        event
            ``published``, ``held`` or ``what-if``.
        after
            The published run that this one was compared with (empty: none was there); None: it was compared with none.
            A publication by another command meanwhile holds this one.

        Returns
        -------
        Why it is held; nothing otherwise.
        """
        self.sync_all()
        with steps_in(self.path.parent) as steps:
            standing = steps.register.published.run if steps.register.published else ""
            if event == PUBLISHED and after is not None and after != standing:
                event = HELD
                reasons = (f"run {standing} was published while this one was made, which was compared with {after}",)
            steps.take(event, self.run_id, self.created, reasons=reasons, rename=(self.path.name, self.run_id))
        return reasons

    def sync_all(self) -> None:
        """Bring every file to the disk."""
        for folder, _, names in os.walk(self.path):
            for name in names:
                sync(Path(folder) / name)
            sync(Path(folder))


@contextmanager
def open_run(live: Live, run_id: str, created: datetime) -> Iterator[RunFolder]:
    """A folder to write a run into; removed again, with everything in it, when the block does not end well.

    Raises
    ------
    ExportError
        When the operating system refuses (no space, no right, read-only, a file in the way).
    """
    name = free_name(live.home, run_id)
    folder = live.home.absolute() / f"{INCOMPLETE}{name}"
    try:
        folder.mkdir()
        yield RunFolder(folder, name, created)
    except TranscaspianError:
        raise
    except OSError as exc:
        raise ExportError(
            f"run {run_id} cannot be written to {live.home}: {exc.strerror or exc}. Free some space, or name another "
            "folder by --out; nothing was published and the published run stands"
        ) from exc
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_name(home: Path, run_id: str) -> str:
    """The run id, with a number when a run of that name stands there: a run is never written over."""
    number, name = 1, run_id
    while any((place / name).exists() for place in (home, home / OLD_HELD)):
        number += 1
        name = f"{run_id}-{number}"
    return name
