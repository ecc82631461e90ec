"""Runs that a person must look at before they are published: whole and readable, and not under ``latest``."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from pipeline.archive.folder import HELD, confirm_run
from pipeline.archive.runs import ArchivedRun, find_run, runs_in, verify_run
from pipeline.disk import sync
from pipeline.errors import ExportError

DECISIONS = "released.jsonl"


def held_runs(home: Path) -> tuple[ArchivedRun, ...]:
    """The runs held for review, the oldest first."""
    return runs_in(home / HELD) if (home / HELD).is_dir() else ()


def release_run(home: Path, name: str, at: datetime) -> Path:
    """Publish a run that was held, by a person's decision, which is written down; returns its folder.

    Raises
    ------
    ExportError
        When there is no such run, it is no longer as it was written, or the operating system refuses.
    """
    if not (home / HELD).is_dir():
        raise ExportError(f"no run is held for review in {home}")
    run = find_run(home / HELD, name)
    if faults := verify_run(run):
        raise ExportError(f"run {run.name} is not as it was written and stays held: {faults[0]}")
    published = home / run.name
    try:
        os.rename(run.folder, published)
        sync(home)
    except OSError as exc:
        raise ExportError(f"run {run.name} cannot be moved to {home}: {exc.strerror or exc}") from exc
    confirm_run(published, at)
    said = {"run": run.name, "released_utc": f"{at:%Y-%m-%dT%H:%M:%SZ}", "faults": run.manifest.get("review", [])}
    with (home / DECISIONS).open("a", encoding="utf-8") as log:
        log.write(json.dumps(said, ensure_ascii=False) + "\n")
    return published
