"""Open a vector file of an allowed format, and no other.

GDAL guesses drivers by content, and some drivers read other files or call the network (a ``.geojson`` that holds OGR
VRT does both). So a file must be, by its first bytes or as JSON, what its suffix says before GDAL sees it; and the
drivers that read elsewhere are not loaded at all (``GDAL_SKIP``, see `pipeline`).
"""

from __future__ import annotations

import codecs
import json
import math
import sqlite3
import warnings
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from transcaspian.core.collector import without_collector
from transcaspian.core.errors import IngestError
from transcaspian.core.grid import CRS
from transcaspian.ingest.counts import features_in_flatgeobuf, lost_in_geopackage, lost_in_shapefile
from transcaspian.ingest.csv_rows import read_rows
from transcaspian.ingest.datums import WGS84, Bounds, Operation, operation_to_wgs84, stated_crs
from transcaspian.ingest.dbf_encoding import expect_encoding
from transcaspian.ingest.geojson_crs import geojson_crs
from transcaspian.ingest.limits import check_features, check_file, check_vertices
from transcaspian.sources.datafile import DataFile, Limits
from transcaspian.sources.service_errors import service_error

TEXTS = (".csv", ".xyz", ".txt")
LON_NAMES = ("lon", "longitude", "lon_deg", "x", "long")
LAT_NAMES = ("lat", "latitude", "lat_deg", "y")
ALL = Limits()
with np.errstate(invalid="ignore"):
    BROKEN = shapely.LineString([(math.nan, math.nan), (math.nan, math.nan)])
"""Stands for a geometry with a position that is none; what reads coordinates refuses it."""
GdalError = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError)


def open_vector(path: Path, layer: str | None = None, limits: Limits = ALL) -> gpd.GeoDataFrame:
    """The features of a file, as `open_placed` reads them where there is no study."""
    return open_placed(DataFile("cables", path, path.stem, layer, limits=limits))[0]


def open_placed(file: DataFile, bounds: Bounds | None = None) -> tuple[gpd.GeoDataFrame, Operation, tuple[str, ...]]:
    """Read a file as it is: its own columns, in EPSG:4326 with axis order lon, lat; how it came there, and notes.

    Parameters
    ----------
    file
        GeoPackage, GeoJSON, Shapefile, FlatGeobuf or CSV; on this disk, not compressed.
    bounds
        ``(west, south, east, north)`` that the operation to WGS 84 must serve, degrees.

    Raises
    ------
    IngestError
        When the file is missing, too large, of another format, damaged, or says no CRS that is known.
    """
    return placed(file, read_as_is(file.path, file.layer, file.limits, file.encoding), bounds)


def placed(
    file: DataFile, data: gpd.GeoDataFrame, bounds: Bounds | None
) -> tuple[gpd.GeoDataFrame, Operation, tuple[str, ...]]:
    """Features brought to EPSG:4326, as `open_placed` gives them; texts, which cannot state a CRS, are taken as that.

    Parameters
    ----------
    file
        Where they come from.
    data
        In the CRS that they state.
    bounds
        As of `open_placed`.
    """
    if data.crs is None and file.crs is None and file.path.suffix.lower() in TEXTS:
        operation = Operation(WGS84, is_assumed=not file.is_registered)
    else:
        found = None if data.crs is None else pyproj.CRS(data.crs)
        operation = operation_to_wgs84(file.path, stated_crs(file.path, found, file.crs, file.role), bounds)
    moved = gpd.GeoSeries(operation.moved(data.geometry.to_numpy()), index=data.index, crs=CRS)
    return (
        data.set_geometry(moved),
        operation,
        tuple(f"{file.path.name}: {note}" for note in operation.notes(file.role)),
    )


def read_as_is(path: Path, layer: str | None, limits: Limits, encoding: str | None = None) -> gpd.GeoDataFrame:
    """What a file holds, in the CRS that it states; without one where it states none.

    Parameters
    ----------
    encoding
        Of the texts of a Shapefile; None: as a file beside it says.

    Raises
    ------
    IngestError
        When the file is missing, too large, of another format or damaged.
    """
    check_file(path, limits)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise IngestError(f"{path} has the suffix {path.suffix or '(none)'}: expected a {allowed()} file")
    if encoding is not None:
        if reader is not _read_shapefile:
            raise IngestError(f"{path}: `encoding` is for Shapefiles; the texts of other formats are UTF-8")
        reader = partial(_read_shapefile, encoding=encoding)
    data = reader(path, layer, limits)
    check_features(path, len(data), limits)
    check_vertices(path, int(shapely.get_num_coordinates(data.geometry.to_numpy()).sum()), limits)
    return data


def allowed() -> str:
    """The formats, for messages."""
    return "GeoPackage (.gpkg), GeoJSON (.geojson, .json), Shapefile (.shp), FlatGeobuf (.fgb) or CSV (.csv)"


def read_geopackage(path: Path, layer: str | None, limits: Limits) -> gpd.GeoDataFrame:
    """A layer of a GeoPackage, complete by count."""
    expect_start(path, b"SQLite format 3\x00", "GeoPackage")
    names = [str(name) for name, kind in list_layers(path) if kind is not None]
    if layer is None and len(names) != 1:
        raise IngestError(f"{path} has the layers {', '.join(names) or '(none)'}: name one by `layer`")
    if layer is not None and layer not in names:
        raise IngestError(f"{path} has no layer `{layer}`: it has {', '.join(names)}")
    name = layer or names[0]
    expect_table(path, name)
    data = _read_with_gdal(path, name, limits)
    quoted = name.replace('"', '""')
    (count,) = ask_sqlite(path, f'select count(*) from "{quoted}"')
    if count != len(data):
        raise IngestError(
            f"{path}, layer {name}, holds {count} features but its contents table says {len(data)}: "
            "repair it (ogr2ogr into a new file) so that none is lost"
        )
    return with_broken(data, lost_in_geopackage(path, name, data.geometry.to_numpy()))


def read_geojson(path: Path, _: str | None, limits: Limits) -> gpd.GeoDataFrame:
    """A feature collection; whole as JSON before the driver reads it."""
    try:
        with without_collector():
            document = parsed(path.read_bytes().removeprefix(codecs.BOM_UTF8))
    except (ValueError, UnicodeDecodeError, RecursionError) as exc:
        raise IngestError(
            f"{path} is not valid JSON ({exc}): it may be truncated, or another format by its content"
        ) from exc
    if told := service_error(document):
        raise IngestError(f"{path} is {told}")
    if not isinstance(document, dict) or document.get("type") not in ("FeatureCollection", "Feature"):
        raise IngestError(f"{path} is JSON but no GeoJSON feature collection: expected `type: FeatureCollection`")
    features = document.get("features") if document["type"] == "FeatureCollection" else [document]
    if not isinstance(features, list):
        raise IngestError(
            f"{path} is a feature collection whose `features` is {json.dumps(features)[:40]}: expected a list"
        )
    if not features:
        return gpd.GeoDataFrame(geometry=[], crs=CRS)
    check_features(path, len(features), limits)
    data = read_all(path)
    if len(data) != len(features):
        raise IngestError(
            f"{path} holds {len(features)} features, of which only {len(data)} can be read: repair the file"
        )
    return without_broken(data.set_crs(geojson_crs(path, document), allow_override=True), features)


def parsed(text: bytes) -> Any:
    """JSON; also where numbers are not finite or texts no Unicode, which only the slower parser reads."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text.decode())


def without_broken(data: gpd.GeoDataFrame, features: list[Any]) -> gpd.GeoDataFrame:
    """The features with `BROKEN` for a geometry of which the driver left out a part: it says no word of that."""
    read = shapely.get_num_coordinates(data.geometry.to_numpy())
    wanted = np.array([positions(feature.get("geometry")) for feature in features])
    return with_broken(data, (read > 0) & (read != wanted))


def with_broken(data: gpd.GeoDataFrame, lost: NDArray[np.bool_]) -> gpd.GeoDataFrame:
    """The features with `BROKEN` for a geometry of which something was lost."""
    if not lost.any():
        return data
    geometry = data.geometry.to_numpy().copy()
    geometry[lost] = BROKEN
    return data.set_geometry(gpd.GeoSeries(geometry, index=data.index, crs=data.crs))


def positions(geometry: Any) -> int:
    """How many positions a GeoJSON geometry has, whatever they hold; what is no geometry, or empty, counts as one."""
    if isinstance(geometry, dict):
        return sum(map(positions, geometry.get("geometries") or [geometry.get("coordinates")]))
    if not isinstance(geometry, list) or not geometry or not isinstance(geometry[0], list):
        return 1
    if geometry[0] and not isinstance(geometry[0][0], list):
        return len(geometry)  # a list of positions: most of the time goes here
    return sum(map(positions, geometry))


def _read_shapefile(path: Path, _: str | None, limits: Limits, encoding: str | None = None) -> gpd.GeoDataFrame:
    """A Shapefile with its companions beside it."""
    expect_start(path, b"\x00\x00\x27\x0a", "Shapefile")
    missing = [suffix for suffix in (".shx", ".dbf") if not path.with_suffix(suffix).is_file()]
    if missing:
        raise IngestError(f"{path} lacks its companions {', '.join(missing)}: put them beside it")
    expect_encoding(path, encoding)
    data = _read_with_gdal(path, None, limits, encoding)
    # of 100 bytes and 8 for each shape; the driver counts the rows of the table of attributes, which may be fewer
    indexed = (path.with_suffix(".shx").stat().st_size - 100) // 8
    if indexed != len(data):
        raise IngestError(
            f"{path} holds {indexed} shapes by its index, of which {len(data)} have a row of attributes: repair it "
            "(ogr2ogr into a new file) so that none is lost"
        )
    return with_broken(data, lost_in_shapefile(path, data.geometry.to_numpy()))


def read_flatgeobuf(path: Path, _: str | None, limits: Limits) -> gpd.GeoDataFrame:
    """A FlatGeobuf file."""
    expect_start(path, b"fgb\x03fgb", "FlatGeobuf")
    promised, data = features_in_flatgeobuf(path), _read_with_gdal(path, None, limits)
    if promised and promised != len(data):
        raise IngestError(
            f"{path} holds {promised:,} features by its header, of which {len(data):,} can be read: it may be truncated"
        )
    return data


def read_csv(path: Path, _: str | None, limits: Limits) -> gpd.GeoDataFrame:
    """Points from two columns of degrees, whose datum it cannot state; a row without numbers there has no geometry."""
    rows = read_rows(path)
    table = pd.DataFrame(rows.cells, columns=list(rows.names), dtype=str).replace("", np.nan)
    columns = {name.lower(): name for name in rows.names}
    lon = next((columns[name] for name in LON_NAMES if name in columns), None)
    lat = next((columns[name] for name in LAT_NAMES if name in columns), None)
    if lon is None or lat is None:
        raise IngestError(
            f"{path} has no coordinate columns: found {', '.join(rows.names) or 'none'}; "
            "expected `lon` and `lat` in degrees"
        )
    x = pd.to_numeric(table[lon], errors="coerce").to_numpy(float)
    y = pd.to_numeric(table[lat], errors="coerce").to_numpy(float)
    points = gpd.points_from_xy(x, y)
    points[~(np.isfinite(x) & np.isfinite(y))] = None
    return gpd.GeoDataFrame(table.drop(columns=[lon, lat]), geometry=points)


READERS: dict[str, Callable[[Path, str | None, Limits], gpd.GeoDataFrame]] = {
    ".gpkg": read_geopackage,
    ".geojson": read_geojson,
    ".json": read_geojson,
    ".shp": _read_shapefile,
    ".fgb": read_flatgeobuf,
    ".csv": read_csv,
}
FORMATS = {
    ".gpkg": "GeoPackage",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".shp": "Shapefile",
    ".fgb": "FlatGeobuf",
    ".csv": "CSV",
}


def expect_start(path: Path, magic: bytes, format_name: str) -> None:
    """The first bytes of a format."""
    with path.open("rb") as file:
        found = file.read(len(magic))
    if found != magic:
        raise IngestError(f"{path} does not begin as a {format_name} file does: it is damaged or of another format")


def expect_table(path: Path, name: str) -> None:
    """A layer must be a table: a view is a query of the file's author, which may take for ever."""
    found = ask_sqlite(path, "SELECT type FROM sqlite_master WHERE name = ?", name)
    if found != ("table",):
        raise IngestError(f"{path}, layer {name}, is no table but a view: export it as a layer of its own (ogr2ogr)")


def ask_sqlite(path: Path, query: str, *values: str) -> tuple[Any, ...]:
    """The first row that a query finds, the file opened for reading alone; empty where there is none."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchone() or ()
    except sqlite3.Error as exc:
        raise IngestError(f"{path} cannot be read as SQLite: {exc}. It may be truncated or damaged") from exc


def list_layers(path: Path) -> list[tuple[str, str | None]]:
    """Layers of a file with their geometry type (None: a table without geometry)."""
    try:
        return [(name, kind) for name, kind in pyogrio.list_layers(path)]
    except GdalError as exc:
        raise IngestError(f"{path} cannot be read: {exc}") from exc


def _read_with_gdal(path: Path, layer: str | None, limits: Limits, encoding: str | None = None) -> gpd.GeoDataFrame:
    """Read by pyogrio, where the driver says that there are no more features than the limit."""
    try:
        count = int(pyogrio.read_info(path, layer=layer)["features"])
    except Exception as exc:
        raise damaged(path, exc) from exc
    check_features(path, count, limits)
    return read_all(path, layer, encoding)


def read_all(path: Path, layer: str | None = None, encoding: str | None = None) -> gpd.GeoDataFrame:
    """All features by pyogrio; whatever GDAL dislikes is one sentence."""
    try:
        # a geometry that cannot be one (a line of a single vertex) is read as none: the contract says so of its row,
        # not the driver beside it
        with warnings.catch_warnings(action="ignore"):
            data = pyogrio.read_dataframe(path, layer=layer, on_invalid="ignore", encoding=encoding)
    except Exception as exc:
        raise damaged(path, exc) from exc
    if not isinstance(data, gpd.GeoDataFrame):
        raise IngestError(f"{path} has no geometry: expected a layer of features")
    return data


def damaged(path: Path, fault: Exception) -> IngestError:
    """One sentence on what a driver raised of a file: of a damaged one an IndexError, an UnboundLocalError or any."""
    return IngestError(f"{path} cannot be read: {fault}. It may be truncated or damaged")
