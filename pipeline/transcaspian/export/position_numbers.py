"""The numbers of the positions that a run leaves for the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from transcaspian.rpl.model import Numbers


def write_numbers(path: Path, numbers: Mapping[str, Numbers]) -> None:
    """Write the numbers by system id."""
    document = {
        system_id: {
            "greatest": of_system.greatest,
            "positions": [
                {"pos_no": at.pos_no, "event": at.event, "lon_deg": at.lon_deg, "lat_deg": at.lat_deg}
                for at in of_system.positions
            ],
        }
        for system_id, of_system in sorted(numbers.items())
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
