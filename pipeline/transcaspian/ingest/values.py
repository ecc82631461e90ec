"""A cell of a file as a value of a column: in its type, within its limits, or why not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from transcaspian.core.errors import IngestError
from transcaspian.core.fields import Field
from transcaspian.core.layers import Layer
from transcaspian.core.xmltext import NOT_XML, xml_text
from transcaspian.ingest.geometry import UnusableError
from transcaspian.ingest.times import utc_time
from transcaspian.sources.datafile import DataFile

MAX_TEXT = 2000
"""Characters of a text that are kept: a cell of a Route Position List joins several, and holds 32,767."""
EXACT_BELOW = 2.0**53
"""Whole numbers from here on are not all different where a driver makes floats of them."""
TRUE, FALSE = {"true", "1", "yes", "t", "y"}, {"false", "0", "no", "f", "n"}


def find_columns(layer: Layer, data: gpd.GeoDataFrame, file: DataFile) -> dict[str, str]:
    """Our column names to those of the file, which may be spelled as an alias or in capitals."""
    names = [str(name) for name in data.columns]
    there = {name.strip().lower(): name for name in names}
    found = {}
    for item in layer.current_fields:
        name = next((there[alias] for alias in (item.name, *item.aliases) if alias in there), None)
        if name is not None:
            if twins := [one for one in names if one.strip().lower() == name.strip().lower() and one != name]:
                raise IngestError(
                    f"{file.path} has the columns `{twins[0]}` and `{name}`: only one can be `{item.name}`"
                )
            found[item.name] = name
        elif item.required and item.default is None and item.name not in ("source", layer.key):
            columns = ", ".join(str(name) for name in data.columns if name != "geometry") or "(none)"
            raise IngestError(
                f"{file.path} has no column `{item.name}` ({item.meaning}), which layer {layer.name} needs: "
                f"found {columns}"
            )
    return found


def cell(row: Mapping[str, Any], columns: Mapping[str, str], name: str) -> Any:
    """What stands in one of our columns, as the file has it."""
    return row.get(columns[name]) if name in columns else None


def value_of(item: Field, row: Mapping[str, Any], columns: Mapping[str, str], file: DataFile, index: int) -> Any:
    """The value of a column in its type, or why there is none.

    Parameters
    ----------
    item
        Name, type, choices and limits of the column.
    row
        Raw values by the names in the file.
    columns
        Names in the file by ours.
    file
        Gives what stands in for an empty value.
    index
        Of the row, from 0.

    Returns
    -------
    Any
        None where it is empty and need not be given.

    Raises
    ------
    UnusableError
        When it is empty and must be given, has another type, or is none of the choices or beyond the limits.
    """
    raw = cell(row, columns, item.name)
    if is_empty(raw):
        raw = stand_in(item, file, index)
    if raw is None:
        if item.required:
            raise UnusableError(f"{item.name} is empty")
        return None
    value = utc_time(raw) if item.name == "time_utc" else CONVERT[item.type](item, raw)
    if item.choices and value not in item.choices:
        raise UnusableError(f"{item.name} is {raw!r}: expected one of {', '.join(item.choices)}")
    if item.minimum is not None and float(value) < item.minimum:
        raise UnusableError(f"{item.name} is {raw!r}: expected at least {item.minimum:g}")
    if item.maximum is not None and float(value) > item.maximum:
        raise UnusableError(f"{item.name} is {raw!r}: expected at most {item.maximum:g}")
    return value


def sound_values(item: Field, column: Sequence[Any]) -> Sequence[Any] | None:
    """The values of a column that is sound throughout, at once; None: they are looked at one by one, by `value_of`.

    Parameters
    ----------
    item
        Name, type, choices and limits of the column.
    column
        Raw values, as the file has them.
    """
    types = set(map(type, column))
    if item.name == "time_utc" or len(types) != 1:
        return None
    if item.type == "str" and types == {str} and all(map(str.strip, column)) and max(map(len, column)) <= MAX_TEXT:
        is_sound = not (item.choices and set(column) - set(item.choices)) and not NOT_XML.search("".join(column))
        return column if is_sound else None
    if item.type == "float" and types == {float}:
        low = -math.inf if item.minimum is None else item.minimum
        high = math.inf if item.maximum is None else item.maximum
        numbers = np.array(column)
        return column if (np.isfinite(numbers) & (numbers >= low) & (numbers <= high)).all() else None
    return column if item.type == "bool" and types == {bool} else None


def stand_in(item: Field, file: DataFile, index: int) -> Any:
    """What fills an empty column: the citation and status of the source, a running key, or the table's default."""
    if item.name == "source":
        return file.citation or file.source_id
    if item.name == "status":
        return file.status
    if item.name == "epoch" and file.epoch:
        return file.epoch
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
        if abs(raw) >= EXACT_BELOW:
            raise UnusableError(f"{item.name} is {raw:.0f}, a number too long to be exact: write it as text")
        return str(int(raw))  # identifiers that a driver made floats of
    return xml_text(str(raw)[:MAX_TEXT])


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
