"""What a run published, read again: the rows of its layers without their geometry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.errors import IngestError


def published_rows(folder: Path, layer: str, system_id: str) -> list[dict[str, Any]]:
    """The rows of one system in a layer of the run in ``folder``, in their order.

    Raises
    ------
    IngestError
        When the run has no such layer, or it cannot be read.
    """
    path = folder / "geojson" / f"{layer}.geojson"
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        rows = [dict(feature["properties"]) for feature in features]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else repr(exc)
        raise IngestError(f"{path} cannot be read: {reason}. Look at the run by `transcaspian runs verify`") from exc
    return [row for row in rows if row.get("system_id") == system_id]
