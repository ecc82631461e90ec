"""Read vector files back with another library than the one that wrote them."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import fiona
import fiona.errors
import geopandas as gpd
import numpy as np
import orjson
import shapely

from transcaspian.core.collector import without_collector
from transcaspian.core.errors import ExportError, IngestError
from transcaspian.core.grid import GEOD
from transcaspian.core.layer_catalogue import published_in
from transcaspian.core.layers import Layer
from transcaspian.export.geopackage import GEOMETRY_COLUMN, declared_shapes
from transcaspian.rpl.model import Rpl
from transcaspian.rpl.reader import read_rpl

BOUNDS_TOLERANCE_DEG = 1e-6
READ_FEATURES = 100
"""How many features fiona reads of each layer: all rows are compared by SQL, byte by byte, in a tenth of the time."""
WHOLE_FEATURES = 10_000
"""Of a longer GeoJSON file fiona reads the first `READ_FEATURES`: its GDAL holds a file whole, at ten times the time of
parsing it."""
EMPTY_FLAG = 0b10000
ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
RPL_TOLERANCE_M = 0.5


def check_geopackage(path: Path, layers: Mapping[str, gpd.GeoDataFrame], table: Sequence[Layer] = ()) -> None:
    """Every layer of a table (those of a run by default), by SQL and by fiona's own GDAL.

    By SQL: the file is sound, and every key and every geometry is the one that was written. By fiona: columns, CRS,
    count and bounds, and that features can be read.

    Raises
    ------
    ExportError
        Naming the file, the layer and what differs.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            (sound,) = database.execute("pragma integrity_check").fetchone()
            expect(path, "integrity", "ok", sound)
            for layer in table or published_in(layers):
                _check_rows(database, path, layer, layers[layer.name])
    except sqlite3.Error as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    for layer in table or published_in(layers):
        check_layer(path, layer, layers[layer.name])


def _check_rows(database: sqlite3.Connection, path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """Keys and geometries of one layer as they stand in its table."""
    rows = database.execute(f'select "{layer.key}", "{GEOMETRY_COLUMN}" from "{layer.name}" order by fid').fetchall()
    expect(path, f"rows of {layer.name}", len(data), len(rows))
    expect(path, f"keys of {layer.name} agree", True, [key for key, _ in rows] == keys_of(layer, data))
    wrote = declared_shapes(layer, data)
    gone = shapely.is_missing(wrote) | shapely.is_empty(wrote)
    read = [wkb_in(blob) for _, blob in rows]
    sent = shapely.to_wkb(wrote, byte_order=1, flavor="iso")
    sent[gone] = None
    same = read == sent.tolist()
    expect(path, f"geometries of {layer.name} agree", True, same)


def keys_of(layer: Layer, data: gpd.GeoDataFrame) -> list[Any]:
    """The keys of the features as plain values."""
    return data[layer.key].to_numpy(object).tolist()


def wkb_in(blob: bytes | None) -> bytes | None:
    """The WKB inside a geometry of a GeoPackage; None where there is none, or an empty one."""
    return None if blob is None or blob[3] & EMPTY_FLAG else blob[blob_header_bytes(blob) :]


def blob_header_bytes(blob: bytes) -> int:
    """Length of what stands before the WKB (OGC GeoPackage 1.3, 2.1.3): eight bytes and the envelope."""
    return 8 + ENVELOPE_BYTES[(blob[3] >> 1) & 0b111]


def check_layer(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """One layer of a file, as fiona reads it."""
    try:
        with fiona.open(path, layer=layer.name) as source:
            expect(path, f"columns of {layer.name}", list(layer.field_names), list(source.schema["properties"]))
            expect(path, f"CRS of {layer.name}", 4326, source.crs.to_epsg())
            expect(path, f"features of {layer.name}", len(data), len(source))
            first = [feature["properties"][layer.key] for feature in islice(source, READ_FEATURES)]
            expect(path, f"features read of {layer.name} agree", True, first == keys_of(layer, data[:READ_FEATURES]))
            if np.isfinite(data.total_bounds).all():
                differences = [abs(a - b) for a, b in zip(data.total_bounds, source.bounds, strict=True)]
                expect(path, f"bounds of {layer.name} agree", True, max(differences) <= BOUNDS_TOLERANCE_DEG)
    except fiona.errors.FionaError as exc:
        raise ExportError(f"{path}, layer {layer.name}, does not read back: {exc}") from exc


def check_geojson(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """A GeoJSON file: whole as JSON, every feature there with its key, and readable by fiona (`WHOLE_FEATURES`).

    Raises
    ------
    ExportError
        Naming the file and what differs.
    """
    try:
        with without_collector():
            collection = orjson.loads(path.read_bytes())
    except ValueError as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    keys = [feature["properties"][layer.key] for feature in collection["features"]]
    expect(path, "features", len(data), len(keys))
    expect(path, "keys agree", True, keys == keys_of(layer, data))
    if len(data):
        try:
            is_long = len(data) > WHOLE_FEATURES
            with fiona.open(beginning_of(collection) if is_long else path) as source:
                expect(path, "features read by fiona", READ_FEATURES if is_long else len(data), len(source))
        except fiona.errors.FionaError as exc:
            raise ExportError(f"{path} does not read back: {exc}") from exc


def beginning_of(collection: dict[str, Any]) -> io.BytesIO:
    """The first features of a collection as a file of their own."""
    return io.BytesIO(orjson.dumps(collection | {"features": collection["features"][:READ_FEATURES]}))


def check_rpl_file(path: Path, rpl: Rpl) -> None:
    """A printed Route Position List: read as any other list, with every position within half a metre.

    Raises
    ------
    ExportError
        Naming the file and what differs.
    """
    try:
        read = read_rpl(path)
    except IngestError as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    expect(path, "PosNo", [at.pos_no for at in rpl.positions], [at.pos_no for at in read.positions])
    expect(path, "events", [at.event for at in rpl.positions], [at.event for at in read.positions])
    expect(path, "spans", len(rpl.spans), len(read.spans))
    _, _, off_m = GEOD.inv(rpl.lonlat[:, 0], rpl.lonlat[:, 1], read.lonlat[:, 0], read.lonlat[:, 1])
    expect(path, "positions agree within 0.5 m", True, float(np.max(off_m)) <= RPL_TOLERANCE_M)


def expect(path: Path, what: str, wanted: Any, found: Any) -> None:
    """Raise when what was found is not what was written.

    Parameters
    ----------
    path
        File that was read back, for the message.
    what
        What is compared, for the message.
    wanted, found
        Compared by ``!=``.

    Raises
    ------
    ExportError
        When they differ.
    """
    if found != wanted:
        raise ExportError(f"{path} does not read back as it was written: {what}: {wanted} written, {found} found")
