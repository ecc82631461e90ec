"""Which runs stay: of each kind the newest, of the published ones the last of each month, and always the published."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from transcaspian.core.errors import ExportError
from transcaspian.runs.archive.archived_runs import ArchivedRun, runs_in, verify_run
from transcaspian.runs.archive.register import HELD, PUBLISHED, REMOVED, WHAT_IF
from transcaspian.runs.archive.steps import REMOVING, steps_in


@dataclass(frozen=True)
class Retention:
    """How many runs stay: the newest of those that were published, of those held, and of those that are what-ifs.

    ``months``: beside them, of so many months the last run that was published.
    """

    newest: int = 30
    months: int = 12


def expired_runs(home: Path, rule: Retention) -> tuple[ArchivedRun, ...]:
    """The runs that the rule does not keep, the oldest first.

    The published run stays whatever the rule; and where none of the published runs that stay is as it was written, so
    does the newest that is. Runs that the register does not know stay: another place may have no copy of them.
    """
    runs = runs_in(home)
    kinds = {state: [run for run in runs if run.state == state] for state in (PUBLISHED, HELD, WHAT_IF)}
    kept = {run.name for kind in kinds.values() for run in kind[max(0, len(kind) - rule.newest) :] if rule.newest}
    nights = kinds[PUBLISHED]
    kept |= {run.name for run in nights if run.is_latest}
    last_of = {run.created_utc[:7]: run.name for run in nights}
    kept |= {name for _, name in sorted(last_of.items())[max(0, len(last_of) - rule.months) :] if rule.months}
    if not any(not verify_run(run) for run in nights if run.name in kept):
        kept |= {run.name for run in [run for run in reversed(nights) if not verify_run(run)][:1]}
    return tuple(run for kind in kinds.values() for run in kind if run.name not in kept)


def remove_run(home: Path, run: ArchivedRun, at: datetime) -> None:
    """Take a run away: out of sight in one step that the register keeps, and then from the disk.

    Raises
    ------
    ExportError
        When the operating system refuses, or the run was published meanwhile.
    """
    hidden = f"{REMOVING}{run.name}"
    with steps_in(home) as steps:
        if steps.register.published and steps.register.published.run == run.name:
            raise ExportError(f"run {run.name} was published meanwhile, and stays")
        if not run.folder.is_dir():
            return
        place = run.folder.absolute().relative_to(home.absolute()).as_posix()
        steps.take(REMOVED, run.name, at, by="retention", rename=(place, hidden))
    try:
        shutil.rmtree(home / hidden)
    except OSError as exc:
        raise ExportError(
            f"run {run.name} was taken out of sight, but {home / hidden} cannot be deleted: {exc.strerror or exc}"
        ) from exc


def prune(home: Path, rule: Retention, at: datetime) -> tuple[str, ...]:
    """Remove the runs that the rule does not keep; returns their names."""
    expired = expired_runs(home, rule)
    for run in expired:
        remove_run(home, run, at)
    return tuple(run.name for run in expired)
