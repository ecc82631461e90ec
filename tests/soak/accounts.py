"""What a vector file holds by an account of its own, from its bytes: another one than the reader's."""

from __future__ import annotations

import csv
import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import pyogrio
import shapely

Account = tuple[int, int, int]
"""Features, rings or lines, vertices."""


def lost(path: Path, value: Any) -> str:
    """What of a file neither came out nor was spoken of; empty where nothing is missing."""
    try:
        there = ACCOUNTS[path.suffix](path)
    except (ValueError, KeyError, TypeError, struct.error, sqlite3.Error, IndexError, AttributeError):
        return ""  # it has none that can be taken: whatever was read is all that there is
    counts = value.counts
    if counts.read != there[0]:
        return f"{there[0]} features by its account, {counts.read} read"
    if counts.quarantined or counts.repaired or value.notes:
        return ""
    kept = value.layer.geometry
    parts = shapely.get_parts(kept.to_numpy())
    is_area = shapely.get_dimensions(parts) == 2
    rings = int((shapely.get_num_interior_rings(parts[is_area]) + 1).sum()) + int((~is_area).sum())
    found = (counts.read, rings, int(shapely.get_num_coordinates(kept.to_numpy()).sum()))
    return "" if found == there else f"{there} by its account, {found} came out"


def of_geojson(path: Path) -> Account:
    features = json.loads(path.read_text("utf-8-sig"))["features"]
    rings = vertices = 0
    for feature in features:
        geometry = feature["geometry"]
        for part in geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]:
            rings += len(part)
            vertices += sum(map(len, part))
    return len(features), rings, vertices


def of_csv(path: Path) -> Account:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = sum(any(map(str.strip, row)) for row in csv.reader(file)) - 1
    return rows, rows, rows


def of_shapefile(path: Path) -> Account:
    """By the records as they follow one another, not by the index."""
    data = path.read_bytes()
    at, features, rings, vertices = 100, 0, 0, 0
    while at + 12 <= len(data):
        (words,), (kind,) = struct.unpack_from(">i", data, at + 4), struct.unpack_from("<i", data, at + 8)
        if kind not in (5, 15, 25) or words < 22:
            raise ValueError(kind)
        parts, points = struct.unpack_from("<ii", data, at + 44)
        features, rings, vertices = features + 1, rings + parts, vertices + points
        at += 8 + 2 * words
    return features, rings, vertices


def of_geopackage(path: Path) -> Account:
    """By SQLite and GEOS, without GDAL."""
    features = rings = vertices = 0
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        (table, column) = database.execute("select table_name, column_name from gpkg_geometry_columns").fetchone()
        for (blob,) in database.execute(f'select "{column}" from "{table}"'):
            features += 1
            geometry = shapely.from_wkb(blob[8 + (0, 32, 48, 48, 64)[blob[3] >> 1 & 7] :])
            rings += sum(1 + len(part.interiors) for part in getattr(geometry, "geoms", [geometry]))
            vertices += int(shapely.get_num_coordinates(geometry))
    return features, rings, vertices


def of_flatgeobuf(path: Path) -> Account:
    """What GDAL makes of it without its index of places."""
    data = pyogrio.raw.read(path)
    geometries = shapely.from_wkb(data[2])
    parts = shapely.get_parts(geometries)
    return (
        len(geometries),
        int((shapely.get_num_interior_rings(parts) + 1).sum()),
        int(shapely.get_num_coordinates(geometries).sum()),
    )


ACCOUNTS = {
    ".geojson": of_geojson,
    ".csv": of_csv,
    ".shp": of_shapefile,
    ".gpkg": of_geopackage,
    ".fgb": of_flatgeobuf,
}
