"""A run is published by a decision: that of a run that was asked for the whole study, or that of a person."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from transcaspian.core.errors import ExportError
from transcaspian.runs.archive.archived_runs import ArchivedRun, find_run, verify_run
from transcaspian.runs.archive.register import PUBLISHED, UNKNOWN
from transcaspian.runs.archive.steps import Steps, steps_in


def publish_run(home: Path, name: str, at: datetime, *, force: bool = False) -> Path:
    """Publish a run by a person's decision, which the register keeps; returns its folder.

    Parameters
    ----------
    name
        Of the run, or the beginning of it.
    force
        Also a run that is older than the published one, or that the register does not know.

    Raises
    ------
    ExportError
        When there is no such run, it is no longer as it was written, it needs ``force``, or the system refuses.
    """
    run = find_run(home, name)
    if faults := verify_run(run):
        raise ExportError(f"run {run.name} is not as it was written and cannot be published: {faults[0]}")
    with steps_in(home) as steps:
        if steps.register.published and steps.register.published.run == run.name:
            raise ExportError(f"run {run.name} is the published one already")
        if not force and (why := _against(run, steps)):
            raise ExportError(f"{why}: `--force` publishes it all the same")
        moved = run.folder.parent != home.absolute() and run.folder.parent != home
        rename = (run.folder.relative_to(home).as_posix(), run.name) if moved else None
        steps.take(PUBLISHED, run.name, at, by="person", reasons=run.reasons, rename=rename)
    return home / run.name


def _against(run: ArchivedRun, steps: Steps) -> str:
    """Why a run is not published without force; empty where nothing speaks against it."""
    standing = steps.register.published
    if run.state == UNKNOWN:
        return f"run {run.name} is not in the register of {steps.home}: it was copied there from elsewhere"
    if standing and steps.register.number(run.name) < steps.register.number(standing.run):
        return f"run {run.name} is older than the published run {standing.run}"
    return ""


def confirm_run(home: Path, name: str, at: datetime) -> None:
    """Say that the published run was found to be what a run of this moment would give.

    Raises
    ------
    ExportError
        When it is no longer the published one, or the operating system refuses; the pointers are then as before.
    """
    with steps_in(home) as steps:
        steps.confirm(name, at)
