"""The register of position numbers that a run leaves for the next."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.archive.folder import LATEST
from pipeline.errors import IngestError
from pipeline.rpl import Numbers, Position

REGISTER = "rpl/numbers.json"


def register_of(home: Path) -> Path | None:
    """The register that the last run under ``home`` left; None where there is none."""
    pointer = home / LATEST
    if not pointer.is_file():
        return None
    path = home / str(json.loads(pointer.read_text(encoding="utf-8"))["run"]) / REGISTER
    return path if path.is_file() else None


def read_register(home: Path) -> dict[str, Numbers]:
    """Numbers by system id, as the last run under ``home`` left them; empty where there is none.

    Raises
    ------
    IngestError
        When a file is damaged: numbers begun anew would name other places than before.
    """
    path: Path | None = home / LATEST
    try:
        path = register_of(home)
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
            "to number all positions anew"
        ) from exc
