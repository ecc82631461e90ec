"""``latest``: the pointers to the published run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from transcaspian.core.disk import replace_text, sync
from transcaspian.runs.archive.seal import sealed

LATEST = "latest.json"
LINK = "latest"
TEMPORARY_LINK = ".latest-link"


def read_latest(home: Path) -> dict[str, Any]:
    """What ``latest.json`` says; empty where it is missing or cannot be read."""
    try:
        found = json.loads((home / LATEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def latest_name(home: Path) -> str:
    """Name of the published run; empty where nothing is published."""
    name = read_latest(home).get("run")
    return name if isinstance(name, str) else ""


def confirmed_utc(home: Path) -> datetime | None:
    """When the published run was last found to be what a run would give; None where nothing says it."""
    try:
        return datetime.fromisoformat(read_latest(home)["confirmed_utc"])
    except (KeyError, TypeError, ValueError):
        return None


def latest_document(run: str, confirmed: datetime, entry: Mapping[str, Any]) -> dict[str, Any]:
    """What ``latest.json`` is to say: the run, when it was last found current, and its entry in the register."""
    return {"run": run, "confirmed_utc": utc(confirmed), "entry": dict(entry)}


def point(home: Path, document: Mapping[str, Any]) -> None:
    """Move the pointers, each in one step; doing it twice does no harm.

    ``latest.json`` stands everywhere and decides; ``latest`` is a relative symbolic link where there are any.
    """
    replace_text(home / LATEST, sealed(document) + "\n")
    temporary = home / TEMPORARY_LINK
    with suppress(OSError, NotImplementedError):  # Windows without the right to make links; a folder in the way
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(document["run"], target_is_directory=True)
        os.replace(temporary, home / LINK)
    with suppress(OSError):
        temporary.unlink(missing_ok=True)
    sync(home)


def utc(at: datetime) -> str:
    """A moment as it stands in the register and in ``latest.json``."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
