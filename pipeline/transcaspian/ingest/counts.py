"""What a file holds by its own account, against what its driver read: features, parts, rings and vertices.

Drivers leave out what they cannot read (a row, a part of a line, a ring), mostly without a word. The account is taken
from the bytes: records of a Shapefile, the header of a FlatGeobuf file, lengths of the geometries in a GeoPackage. (A
GeoJSON file is compared by `vectors.read_geojson`, which has it as JSON.)
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Geometries = NDArray[np.object_]

SHAPE_POINTS, SHAPE_MANY_POINTS = (1, 11, 21), (8, 18, 28)
SHAPE_LINES, SHAPE_POLYGONS = (3, 13, 23), (5, 15, 25)
SHAPE_BOX_BYTES = 36
"""In a record: its kind and its bounding box, before the counts."""
SHX_HEADER_BYTES, RECORD_HEADER_BYTES = 100, 8
ENVELOPE_BYTES = np.array([0, 32, 48, 48, 64, 0, 0, 0])
"""Of a geometry in a GeoPackage, by three bits of its flags (OGC 12-128r19, 2.1.3)."""
HEAD_BYTES = 8 + 64 + 5
MULTI = int(shapely.GeometryType.MULTIPOINT)
HEAD_OF = np.array([5, 9, 9, 9, 5, 9, 9, 9])
"""Bytes before the coordinates of a part, by the number of its kind in `shapely.GeometryType`."""
FGB_COUNT_FIELD = 8
"""Place of ``features_count`` in the table `Header` of FlatGeobuf."""


def lost_in_shapefile(path: Path, geometries: Geometries) -> Flags:
    """Which geometries of a Shapefile have not the parts and points of their record, or are of another's."""
    index = np.fromfile(path.with_suffix(".shx"), ">i4", offset=SHX_HEADER_BYTES)
    starts = index[: len(index) // 2 * 2 : 2].astype(np.int64)[: len(geometries)] * 2 + RECORD_HEADER_BYTES
    data = np.memmap(path, np.uint8, "r")
    kind = _ints(data, starts)
    order = _ints(data, starts - RECORD_HEADER_BYTES, ">i4") - np.arange(len(starts))
    misplaced = order != (0 if len(order) and order[0] == 0 else 1)  # by some writers from 0
    is_many, is_line, is_polygon = (np.isin(kind, one) for one in (SHAPE_MANY_POINTS, SHAPE_LINES, SHAPE_POLYGONS))
    first, second = (_ints(data, starts + SHAPE_BOX_BYTES + at) for at in (0, 4))
    parts = np.where(is_line | is_polygon, first, 0)
    points = np.where(is_line | is_polygon, second, np.where(is_many, first, 1))
    found = shapely.get_num_coordinates(geometries)
    found_parts = np.where(is_polygon, rings_of(geometries), shapely.get_num_geometries(geometries))
    wrong = (found != points) | ((is_line | is_polygon) & (found_parts != parts))
    known = is_line | is_polygon | is_many | np.isin(kind, SHAPE_POINTS)
    return np.asarray((found > 0) & (misplaced | (known & wrong)))


def lost_in_geopackage(path: Path, table: str, geometries: Geometries) -> Flags:
    """Which geometries of a GeoPackage are, as well-known binary, of another length than in the file.

    Raises
    ------
    IngestError
        When the file cannot be read as SQLite.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            wanted = "select column_name from gpkg_geometry_columns where table_name = ?"
            (column,) = database.execute(wanted, (table,)).fetchone()
            quoted, table = (name.replace('"', '""') for name in (column, table))
            sql = f'select length("{quoted}"), substr("{quoted}", 1, {HEAD_BYTES}) from "{table}" order by rowid'
            rows = database.execute(sql).fetchall()
    except (sqlite3.Error, TypeError) as exc:
        raise IngestError(f"{path} cannot be read as SQLite: {exc}. It may be truncated or damaged") from exc
    if len(rows) != len(geometries):
        raise IngestError(f"{path}, layer {table}, has {len(rows)} rows, of which {len(geometries)} were read")
    found = shapely.get_num_coordinates(geometries)
    here = np.flatnonzero(found)
    stored = np.array([rows[row][0] or 0 for row in here], np.int64)
    numbers, envelope = wkb_heads([rows[row][1] for row in here])
    dimensions = 2 + np.isin(numbers // 1000, (1, 2)) + 2 * (numbers // 1000 == 3)
    lost = np.zeros(len(geometries), bool)
    lost[here] = stored != 8 + envelope + wkb_frame_bytes(geometries[here]) + 8 * dimensions * found[here]
    return lost


def wkb_frame_bytes(geometries: Geometries) -> Ints:
    """Bytes of geometries as well-known binary without coordinates: a head for each part, a count for each ring."""
    kind, parts = shapely.get_type_id(geometries), shapely.get_num_geometries(geometries)
    heads = np.where(kind >= MULTI, 9 + HEAD_OF[kind] * parts, HEAD_OF[kind]) + 4 * rings_of(geometries)
    nested = kind == shapely.GeometryType.GEOMETRYCOLLECTION
    plain = shapely.force_2d(geometries[nested])
    heads[nested] = [len(shapely.to_wkb(one, flavor="iso")) - 16 * shapely.get_num_coordinates(one) for one in plain]
    return heads.astype(np.int64)


def wkb_heads(heads: Sequence[bytes]) -> tuple[Ints, Ints]:
    """Number of the type (ISO: 1000 and more with Z or M) and bytes of the envelope of geometries in a GeoPackage."""
    size = HEAD_BYTES
    data = np.frombuffer(b"".join(bytes(head or b"").ljust(size, b"\0") for head in heads), np.uint8).reshape(-1, size)
    envelope = ENVELOPE_BYTES[(data[:, 3] >> 1) & 7]
    kind = np.take_along_axis(data, envelope[:, None] + 8 + np.arange(5), axis=1)
    number = np.ascontiguousarray(kind[:, 1:])
    is_little = kind[:, 0] == 1
    return np.where(is_little, number.view("<u4")[:, 0], number.view(">u4")[:, 0]).astype(np.int64), envelope.astype(
        np.int64
    )


def features_in_flatgeobuf(path: Path) -> int:
    """How many features the header promises; 0: it does not say.

    Raises
    ------
    IngestError
        When the header cannot be read.
    """
    try:
        with path.open("rb") as file:
            file.seek(8)
            (size,) = struct.unpack("<I", file.read(4))
            header = file.read(min(size, 10_000_000))
        (table,) = struct.unpack_from("<I", header)
        fields = table - struct.unpack_from("<i", header, table)[0]
        (fields_bytes,) = struct.unpack_from("<H", header, fields)
        place = 4 + 2 * FGB_COUNT_FIELD
        (at,) = struct.unpack_from("<H", header, fields + place) if place < fields_bytes else (0,)
        return int(struct.unpack_from("<Q", header, table + at)[0]) if at else 0
    except struct.error as exc:
        raise IngestError(f"{path} cannot be read: its header is cut short. It may be truncated or damaged") from exc


def rings_of(geometries: Geometries) -> Ints:
    """Number of rings of each geometry."""
    is_single = shapely.get_type_id(geometries) == shapely.GeometryType.POLYGON
    rings = np.where(is_single, shapely.get_num_interior_rings(geometries) + 1, 0)
    several = np.flatnonzero(shapely.get_type_id(geometries) >= MULTI)
    parts, owner = shapely.get_parts(geometries[several], return_index=True)
    if len(parts):
        rings[several] = np.bincount(owner, rings_of(parts), len(several))
    return rings.astype(np.int64)


def _ints(data: NDArray[np.uint8], starts: Ints, kind: str = "<i4") -> Ints:
    """Integers at places of a file; -1 beyond its end."""
    there = (starts >= 0) & (starts + 4 <= len(data))
    places = np.where(there, starts, 0)[:, None] + np.arange(4)
    return np.where(there, data[places].view(kind)[:, 0], -1).astype(np.int64)
