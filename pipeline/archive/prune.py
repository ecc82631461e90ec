"""Which runs stay: the newest, the last of each month, and always a good one."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from pipeline.archive.runs import ArchivedRun, run_at, runs_in, verify_run
from pipeline.archive.unfinished import alone_in, in_hand, own_name
from pipeline.disk import sync
from pipeline.errors import ExportError


@dataclass(frozen=True)
class Retention:
    """How many runs stay: the newest, and beside them the last of so many months."""

    newest: int = 30
    months: int = 12


def doomed_runs(home: Path, rule: Retention) -> tuple[ArchivedRun, ...]:
    """The runs that the rule does not keep, the oldest first.

    The last good run stays whatever the rule; and where none of the runs that stay is as it was written, so does the
    newest that is.
    """
    runs = runs_in(home)
    kept = {run.name for run in runs[max(0, len(runs) - rule.newest) :] if rule.newest} | {
        run.name for run in runs if run.is_latest
    }
    last_of = {run.created_utc[:7]: run.name for run in runs}
    kept |= {name for _, name in sorted(last_of.items())[max(0, len(last_of) - rule.months) :] if rule.months}
    if not any(not verify_run(run) for run in runs if run.name in kept):
        kept |= {run.name for run in [run for run in reversed(runs) if not verify_run(run)][:1]}
    return tuple(run for run in runs if run.name not in kept)


def remove_run(run: ArchivedRun) -> None:
    """Take a run away: first out of sight, in one step, and then from the disk.

    Raises
    ------
    ExportError
        When the operating system refuses, or another run found this one current meanwhile.
    """
    hidden = run.folder.with_name(own_name(f".incomplete-{run.name}"))
    try:
        with in_hand(hidden):
            with alone_in(hidden.parent):
                if run_at(run.folder).is_latest:
                    raise ExportError(f"run {run.name} has become the last good one meanwhile, and stays")
                os.rename(run.folder, hidden)
                sync(hidden.parent)
            shutil.rmtree(hidden)
    except ExportError:
        raise
    except OSError as exc:
        raise ExportError(f"run {run.name} cannot be removed: {exc.strerror or exc}") from exc
