"""The contract of a layer: what a row must hold to be used. A row that does not is quarantined with its reason."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from pipeline.errors import IngestError
from pipeline.frames import frame
from pipeline.layers import QUARANTINE, Field, Layer
from pipeline.sources.datafile import DataFile

DIMENSION = {"Point": 0, "LineString": 1, "Polygon": 2}
TRUE, FALSE = {"true", "1", "yes", "t", "y"}, {"false", "0", "no", "f", "n"}


@dataclass(frozen=True)
class Counts:
    """Rows: ``read == kept + quarantined``; the repaired ones are among the kept."""

    read: int
    kept: int
    repaired: int
    quarantined: int


@dataclass(frozen=True)
class Ingested:
    """A layer under contract.

    Attributes
    ----------
    layer
        The rows that hold the contract, in the columns of the table of layers, EPSG:4326.
    quarantine
        The others as the layer ``quarantine``.
    notes
        What a person should know of this file.
    """

    layer: gpd.GeoDataFrame
    quarantine: gpd.GeoDataFrame
    counts: Counts
    notes: tuple[str, ...]


class UnusableError(ValueError):
    """Why a row cannot be used; it never leaves this module."""


def conform(layer: Layer, data: gpd.GeoDataFrame, file: DataFile, notes: tuple[str, ...]) -> Ingested:
    """Hold every row to the contract of the layer.

    Raises
    ------
    IngestError
        When a column is missing that nothing can stand in for, no row can be used, or a key stands twice.
    """
    columns = find_columns(layer, data, file)
    kept: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    repaired = 0
    for index, row in enumerate(data.to_dict("records")):
        try:
            geometry, mended = usable_geometry(layer, row.get("geometry"))
            record = {item.name: value_of(item, row, columns, file, index) for item in layer.fields}
        except UnusableError as reason:
            rejected.append(quarantine_record(layer, file, index, row, str(reason)))
            continue
        kept.append({**record, "geometry": geometry})
        repaired += mended
    if rejected and not kept:
        raise IngestError(
            f"{file.path}: none of its {len(rejected)} features can be used as layer {layer.name}; "
            f"the first: {rejected[0]['reason']}"
        )
    refuse_twins(layer, kept, file)
    counts = Counts(len(data), len(kept), repaired, len(rejected))
    return Ingested(frame(layer, kept), frame(QUARANTINE, rejected), counts, notes)


def find_columns(layer: Layer, data: gpd.GeoDataFrame, file: DataFile) -> dict[str, str]:
    """Our column names to those of the file, which may be spelled as an alias or in capitals."""
    there = {str(name).strip().lower(): str(name) for name in data.columns}
    found = {}
    for item in layer.fields:
        name = next((there[alias] for alias in (item.name, *item.aliases) if alias in there), None)
        if name is not None:
            found[item.name] = name
        elif item.required and item.default is None and item.name not in ("source", layer.key):
            columns = ", ".join(str(name) for name in data.columns if name != "geometry") or "(none)"
            raise IngestError(
                f"{file.path} has no column `{item.name}` ({item.meaning}), which layer {layer.name} needs: "
                f"found {columns}"
            )
    return found


def value_of(item: Field, row: Mapping[str, Any], columns: Mapping[str, str], file: DataFile, index: int) -> Any:
    """The value of a column in its type, or why there is none."""
    raw = row.get(columns[item.name]) if item.name in columns else None
    if is_empty(raw):
        raw = stand_in(item, file, index)
    if raw is None:
        if item.required:
            raise UnusableError(f"{item.name} is empty")
        return None
    value = CONVERT[item.type](item, raw)
    if item.choices and value not in item.choices:
        raise UnusableError(f"{item.name} is {raw!r}: expected one of {', '.join(item.choices)}")
    if item.minimum is not None and float(value) < item.minimum:
        raise UnusableError(f"{item.name} is {raw!r}: expected at least {item.minimum:g}")
    return value


def stand_in(item: Field, file: DataFile, index: int) -> Any:
    """What fills an empty column: the citation and status of the source, a running key, or the table's default."""
    if item.name == "source":
        return file.citation or file.source_id
    if item.name == "status":
        return file.status
    if item.required and item.name.endswith("_id"):
        return f"{file.source_id}-{index}"
    return item.default


def is_empty(value: Any) -> bool:
    """None, NaN, NA or blank text."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, float | np.floating) and math.isnan(value):
        return True
    return isinstance(value, str) and not value.strip()


def as_text(item: Field, raw: Any) -> str:
    """Text that every format can hold."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))  # identifiers that a driver made floats of
    text = str(raw)
    if any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise UnusableError(f"{item.name} holds a character that cannot be stored (NUL or half of a pair)")
    return text


def as_float(item: Field, raw: Any) -> float:
    try:
        number = float(raw)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UnusableError(f"{item.name} is {raw!r}: expected a number{f' in {item.unit}' if item.unit else ''}")
    return number


def as_int(item: Field, raw: Any) -> int:
    number = as_float(item, raw)
    if number != int(number):
        raise UnusableError(f"{item.name} is {raw!r}: expected a whole number")
    return int(number)


def as_bool(item: Field, raw: Any) -> bool:
    word = str(int(raw) if isinstance(raw, float) and raw.is_integer() else raw).strip().lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise UnusableError(f"{item.name} is {raw!r}: expected true or false")


CONVERT: dict[str, Callable[[Field, Any], Any]] = {"str": as_text, "float": as_float, "int": as_int, "bool": as_bool}


def usable_geometry(layer: Layer, geometry: BaseGeometry | None) -> tuple[BaseGeometry, bool]:
    """The geometry as the layer wants it, and whether it had to be repaired; heights are dropped."""
    if geometry is None or geometry.is_empty:
        raise UnusableError("the geometry is empty")
    geometry = shapely.force_2d(geometry)
    coordinates = shapely.get_coordinates(geometry)
    if not np.isfinite(coordinates).all():
        raise UnusableError("a coordinate is not a number")
    if (np.abs(coordinates) > (180.0, 90.0)).any():
        lon, lat = coordinates[(np.abs(coordinates) > (180.0, 90.0)).any(axis=1)][0]
        raise UnusableError(f"a coordinate is {lon:g}, {lat:g}: expected degrees; the file may declare a wrong CRS")
    if layer.geometry != "Unknown" and shapely.get_dimensions(geometry) != DIMENSION[layer.geometry]:
        raise UnusableError(f"the geometry is a {geometry.geom_type}: expected {layer.geometry}")
    mended = not geometry.is_valid or (layer.geometry != "Unknown" and geometry.geom_type == "GeometryCollection")
    if mended:
        geometry = of_dimension(shapely.make_valid(geometry), shapely.get_dimensions(geometry))
    if layer.geometry == "LineString" and shapely.length(geometry) == 0:
        raise UnusableError("the line has no length")
    return geometry, mended


def of_dimension(geometry: BaseGeometry, dimension: int) -> BaseGeometry:
    """The parts of a repaired geometry that are of the dimension it had."""
    parts = [part for part in shapely.get_parts(geometry) if shapely.get_dimensions(part) == dimension]
    flat = [piece for part in parts for piece in shapely.get_parts(part)]
    if not flat:
        raise UnusableError("the geometry is invalid and nothing is left after repair")
    return shapely.union_all(flat) if dimension == 2 or len(flat) > 1 else flat[0]


def quarantine_record(layer: Layer, file: DataFile, index: int, row: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """A row of the layer ``quarantine``, with all that the feature said."""
    attributes = {str(name): value for name, value in row.items() if name != "geometry" and not is_empty(value)}
    return {
        "quarantine_id": f"{layer.name}/{file.source_id}/{index}",
        "layer": layer.name,
        "source_file": file.path.name,
        "feature_index": index,
        "reason": reason,
        "attributes": json.dumps(attributes, ensure_ascii=False, default=str, sort_keys=True),
        "geometry": drawable(row.get("geometry")),
    }


def drawable(geometry: BaseGeometry | None) -> BaseGeometry | None:
    """The geometry where it can be stored without harm, for a look at it; None otherwise."""
    if geometry is None or geometry.is_empty:
        return None
    coordinates = shapely.get_coordinates(geometry)
    sound = np.isfinite(coordinates).all() and (np.abs(coordinates) <= (180.0, 90.0)).all()
    return shapely.force_2d(geometry) if sound else None


def refuse_twins(layer: Layer, kept: list[dict[str, Any]], file: DataFile) -> None:
    """A key identifies one feature."""
    keys = pd.Series([record[layer.key] for record in kept], dtype="str")
    twins = sorted(keys[keys.duplicated()].unique())
    if twins:
        raise IngestError(f"{file.path} has the {layer.key} `{twins[0]}` more than once: give each feature its own")
