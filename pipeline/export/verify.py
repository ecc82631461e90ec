"""Read vector files back with another library than the one that wrote them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import fiona
import fiona.errors
import geopandas as gpd
import numpy as np

from pipeline.errors import ExportError, IngestError
from pipeline.grid import GEOD
from pipeline.ingest.rpl import load_rpl
from pipeline.layers import PUBLISHED, Layer
from pipeline.rpl import Rpl

BOUNDS_TOLERANCE_DEG = 1e-6
RPL_TOLERANCE_M = 0.5


def check_geopackage(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Every published layer: columns, count (by fiona's own GDAL and by SQL), CRS and bounds.

    Raises
    ------
    ExportError
        Naming the file, the layer and what differs.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            (sound,) = database.execute("pragma integrity_check").fetchone()
            expect(path, "integrity", "ok", sound)
            for layer in PUBLISHED:
                (count,) = database.execute(f'select count(*) from "{layer.name}"').fetchone()
                expect(path, f"rows of {layer.name}", len(layers[layer.name]), count)
    except sqlite3.Error as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    for layer in PUBLISHED:
        check_layer(path, layer, layers[layer.name])


def check_layer(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """One layer of a file, as fiona reads it."""
    try:
        with fiona.open(path, layer=layer.name) as source:
            expect(path, f"columns of {layer.name}", list(layer.field_names), list(source.schema["properties"]))
            expect(path, f"CRS of {layer.name}", 4326, source.crs.to_epsg())
            keys = [feature["properties"][layer.key] for feature in source]
            expect(path, f"features of {layer.name}", len(data), len(keys))
            expect(path, f"keys of {layer.name} agree", True, keys == list(data[layer.key]))
            if np.isfinite(data.total_bounds).all():
                differences = [abs(a - b) for a, b in zip(data.total_bounds, source.bounds, strict=True)]
                expect(path, f"bounds of {layer.name} agree", True, max(differences) <= BOUNDS_TOLERANCE_DEG)
    except fiona.errors.FionaError as exc:
        raise ExportError(f"{path}, layer {layer.name}, does not read back: {exc}") from exc


def check_geojson(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """A GeoJSON file: whole as JSON, every feature there, and readable by fiona.

    Raises
    ------
    ExportError
        Naming the file and what differs.
    """
    try:
        collection = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    expect(path, "features", len(data), len(collection["features"]))
    if len(data):
        try:
            with fiona.open(path) as source:
                expect(path, "features read by fiona", len(data), sum(1 for _ in source))
        except fiona.errors.FionaError as exc:
            raise ExportError(f"{path} does not read back: {exc}") from exc


def check_rpl_file(path: Path, rpl: Rpl) -> None:
    """A printed Route Position List: read as anybody's would be, with every position within half a metre.

    Raises
    ------
    ExportError
        Naming the file and what differs.
    """
    try:
        read = load_rpl(path)
    except IngestError as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    expect(path, "PosNo", [at.pos_no for at in rpl.positions], [at.pos_no for at in read.positions])
    expect(path, "events", [at.event for at in rpl.positions], [at.event for at in read.positions])
    expect(path, "spans", len(rpl.spans), len(read.spans))
    _, _, off_m = GEOD.inv(rpl.lonlat[:, 0], rpl.lonlat[:, 1], read.lonlat[:, 0], read.lonlat[:, 1])
    expect(path, "positions agree within 0.5 m", True, float(np.max(off_m)) <= RPL_TOLERANCE_M)


def expect(path: Path, what: str, wanted: Any, found: Any) -> None:
    """Raise when what was found is not what was written."""
    if found != wanted:
        raise ExportError(f"{path} does not read back as it was written: {what}: {wanted} written, {found} found")
