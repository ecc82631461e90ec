"""Shapefiles: one per layer, with tables of what their names and texts became, for the format cuts both."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import fiona
import fiona.errors
import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from transcaspian.core.errors import ExportError
from transcaspian.core.fields import Field
from transcaspian.core.frames import plain_values
from transcaspian.core.grid import CRS
from transcaspian.core.layer_catalogue import published_in
from transcaspian.core.layers import Layer
from transcaspian.export.faults import PYOGRIO_ERRORS, writing
from transcaspian.export.geojson import feature_ids
from transcaspian.export.geopackage import declared_type, with_declared_geometry
from transcaspian.export.read_back import expect

NAME_LENGTH = 10
TEXT_BYTES = 254
MIN_INT64_WIDTH = 10
NAMES_CSV, TEXTS_CSV = "names.csv", "long_texts.csv"
NAME_COLUMNS = ("layer", "column", "column_in_shapefile", "type", "unit", "meaning")
TEXT_COLUMNS = ("layer", "feature", "column", "text")


def write_shapefiles(folder: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """A Shapefile of every layer, ``names.csv`` and ``long_texts.csv``.

    Names of columns are cut to ten letters. A text of more than 254 bytes is cut after a whole letter, and stands whole
    in ``long_texts.csv``. Texts are UTF-8 (``.cpg``); truth is 1 or 0; dates are texts, as in every format; an empty
    text and one that is not known are the same here.

    Raises
    ------
    ExportError
        When a file cannot be written or does not read back as it was written.
    """
    folder.mkdir()
    texts: list[tuple[str, ...]] = []
    for layer in published_in(layers):
        path, data = folder / f"{layer.name}.shp", layers[layer.name]
        with writing(path, fiona.errors.FionaError, *PYOGRIO_ERRORS, OSError):
            write_shapefile(path, layer, data)
        check_shapefile(path, layer, data)
        texts += long_texts(layer, data)
    _table(folder / NAMES_CSV, NAME_COLUMNS, names_of(published_in(layers)))
    _table(folder / TEXTS_CSV, TEXT_COLUMNS, texts)


def short_names(names: Sequence[str]) -> list[str]:
    """Names of ten letters, each another one, capitals or not.

    >>> short_names(["from_kp_km", "cost_base_usd", "cost_base_p05_usd"])
    ['from_kp_km', 'cost_base_', 'cost_bas_1']
    """
    found: list[str] = []
    for name in names:
        short, number = name[:NAME_LENGTH], 0
        while short.lower() in (other.lower() for other in found):
            number += 1
            short = f"{name[: NAME_LENGTH - 1 - len(str(number))]}_{number}"
        found.append(short)
    return found


def names_of(layers: Iterable[Layer]) -> Iterator[tuple[str, ...]]:
    """What each column is called in its Shapefile."""
    for layer in layers:
        for field, short in zip(layer.fields, short_names(layer.field_names), strict=True):
            yield layer.name, field.name, short, field.type, field.shown_unit, field.meaning


def write_shapefile(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """One layer; numbers have as many places as their values need."""
    shaped = with_declared_geometry(layer, data)
    columns = [values_of(field, data) for field in layer.fields]
    kinds = [kind_of(field, values) for field, values in zip(layer.fields, columns, strict=True)]
    names = short_names(layer.field_names)
    schema = {"geometry": declared_type(layer, data), "properties": list(zip(names, kinds, strict=True))}
    shapes = shaped.geometry.to_numpy()
    with fiona.open(path, "w", driver="ESRI Shapefile", crs=CRS, schema=schema, encoding="utf-8") as target:
        target.writerecords(
            {
                "geometry": None if shape is None or shape.is_empty else shapely.geometry.mapping(shape),
                "properties": dict(zip(names, row, strict=True)),
            }
            for shape, *row in zip(shapes, *columns, strict=True)
        )


def values_of(field: Field, data: gpd.GeoDataFrame) -> list[Any]:
    """The values of a column as the format holds them."""
    values = plain_values(data[field.name])
    if field.type == "str":
        return [cut(value) for value in values]
    return [None if value is None else int(value) for value in values] if field.type == "bool" else values


def cut(text: str | None) -> str | None:
    """A text of at most 254 bytes, of whole letters; blanks at its end are what the format fills up with."""
    return None if text is None else text.encode()[:TEXT_BYTES].decode(errors="ignore").rstrip(" ")


def kind_of(field: Field, values: Sequence[Any]) -> str:
    """Type and width of a column."""
    known = [value for value in values if value is not None]
    if field.type == "str":
        return f"str:{max((len(value.encode()) for value in known), default=1) or 1}"
    if field.type in ("int", "bool"):  # a narrower one is of 32 bits, and fiona then takes those after it for such
        return f"int64:{max(MIN_INT64_WIDTH, *(len(str(value)) for value in known), 0)}"
    places = max((decimals_of(value) for value in known), default=0)
    return f"float:{max((len(f'{value:.{places}f}') for value in known), default=1) + 1}.{places or 1}"


def decimals_of(value: float) -> int:
    """How many decimals a number has when it is written without an exponent."""
    mantissa, _, exponent = repr(value).partition("e")
    return max(len(mantissa.partition(".")[2].rstrip("0")) - int(exponent or 0), 0)


def long_texts(layer: Layer, data: gpd.GeoDataFrame) -> Iterator[tuple[str, ...]]:
    """The texts that are cut, whole."""
    ids = feature_ids(layer, data)
    for field in layer.fields:
        if field.type == "str":
            for name, text in zip(ids, plain_values(data[field.name]), strict=True):
                if text is not None and len(text.encode()) > TEXT_BYTES:
                    yield layer.name, name or "", field.name, text


def check_shapefile(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """Every value, as pyogrio's own GDAL reads it."""
    try:
        read = pyogrio.read_dataframe(path)
    except PYOGRIO_ERRORS as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    expect(path, "features", len(data), len(read))
    for field, short in zip(layer.fields, short_names(layer.field_names), strict=True):
        wrote = [None if value == "" else value for value in values_of(field, data)]
        came = [None if pd.isna(value) or value == "" else value for value in read[short].tolist()]
        expect(path, f"values of {short} agree", True, wrote == came)


def _table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with writing(path, OSError), path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
