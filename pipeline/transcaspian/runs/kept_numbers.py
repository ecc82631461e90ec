"""The numbers of the positions that the last published run leaves for the next."""

from __future__ import annotations

import json
from pathlib import Path

from transcaspian.core.errors import IngestError
from transcaspian.rpl.model import NUMBERS, Numbers, Position
from transcaspian.runs.archive.pointer import LATEST, latest_name


def numbers_of(home: Path) -> Path | None:
    """The numbers that the published run under ``home`` left; None where there are none."""
    name = latest_name(home)
    path = home / name / NUMBERS
    return path if name and path.is_file() else None


def read_numbers(home: Path) -> dict[str, Numbers]:
    """Numbers by system id, as the published run under ``home`` left them; empty where there is none.

    Raises
    ------
    IngestError
        When a file is damaged: positions numbered from the start would name other places than before.
    """
    path: Path | None = home / LATEST
    try:
        if not (home / LATEST).is_file():
            return {}
        json.loads((home / LATEST).read_text(encoding="utf-8"))["run"]
        path = numbers_of(home)
        if path is None:
            return {}
        return {
            system_id: Numbers(
                tuple(
                    Position(
                        pos_no=str(at["pos_no"]),
                        event=str(at["event"]),
                        lon_deg=float(at["lon_deg"]),
                        lat_deg=float(at["lat_deg"]),
                        route_km=None,
                    )
                    for at in entry["positions"]
                ),
                int(entry["greatest"]),
            )
            for system_id, entry in json.loads(path.read_text(encoding="utf-8")).items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise IngestError(
            f"{path} leads to the numbers of the positions and cannot be read ({exc!r}): restore it, or move it away "
            "to number all positions from the start"
        ) from exc
