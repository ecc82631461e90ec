"""What a run published, read again: layers of its GeoPackage, and the rows of its GeoJSON without their geometry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio

from transcaspian.core.errors import IngestError
from transcaspian.ingest.vectors import GdalError


def published_rows(folder: Path, layer: str, system_id: str, columns: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rows of one system in a layer of a run, in their order.

    Parameters
    ----------
    folder
        Of the run.
    layer
        Its name.
    system_id
        Whose rows.
    columns
        Those that each row must have.

    Returns
    -------
    list of dict
        Values by column, as GeoJSON has them; None where one is not known.

    Raises
    ------
    IngestError
        When the run has no such layer, it cannot be read, or a row lacks one of the columns.
    """
    path = folder / "geojson" / f"{layer}.geojson"
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        rows = [dict(feature["properties"]) for feature in features]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else repr(exc)
        raise IngestError(f"{path} cannot be read: {reason}. Look at the run by `transcaspian runs verify`") from exc
    own = [row for row in rows if row.get("system_id") == system_id]
    if lacking := [name for name in columns if any(name not in row for row in own)]:
        raise IngestError(f"{path} lacks the column {', '.join(lacking)}")
    return own


def published_layer(package: Path, layer: str) -> gpd.GeoDataFrame:
    """A layer of the GeoPackage of a run; nothing is written beside the file, as SQLite would do for a reader.

    Raises
    ------
    IngestError
        When there is no such file or layer, or it cannot be read.
    """
    try:
        found = pyogrio.read_dataframe(package, layer=layer, IMMUTABLE="YES")
    except (*GdalError, ValueError) as exc:
        raise IngestError(f"{package}, layer {layer}, cannot be read: {exc}") from exc
    if not isinstance(found, gpd.GeoDataFrame):
        raise IngestError(f"{package}, layer {layer}, has no geometry")
    return found
