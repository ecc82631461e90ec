"""GeoDataFrames made to the table of layers: every column there, in order, with its type, also when empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from transcaspian.core.grid import CRS
from transcaspian.core.layers import Layer

Row = dict[str, Any]
"""A feature, from `Layer.row`: the columns by name, and ``geometry``."""

DTYPES = {"str": "str", "int": "Int64", "float": "float64", "bool": "bool"}


def as_alternative(plan: object) -> str:
    """What stands behind the name of a system that is an alternative of another; empty where it is of none.

    >>> as_alternative("main")
    ' (alternative of main)'
    """
    return f" (alternative of {plan})" if isinstance(plan, str) and plan else ""


def known(value: float | np.floating[Any] | None) -> float | None:
    """A figure, or None where a cell is empty, holds NaN or is infinite."""
    return float(value) if value is not None and np.isfinite(value) else None


def frame(layer: Layer, rows: Iterable[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """A typed frame of a layer.

    Parameters
    ----------
    layer
        Row of the table of layers.
    rows
        One per feature, from `Layer.row`.

    Raises
    ------
    KeyError
        When a row has a column that the layer does not know: a programming error.
    """
    records, names = list(rows), {*layer.field_names, "geometry"}
    for record in records:
        if unknown := record.keys() - names:
            raise KeyError(f"layer {layer.name} has no columns {sorted(unknown)}")
    columns = {
        column.name: pd.Series(
            [record.get(column.old_name_of or column.name) for record in records], dtype=DTYPES[column.type]
        )
        for column in layer.fields
    }
    return gpd.GeoDataFrame(columns, geometry=[record["geometry"] for record in records], crs=CRS)


def frames(rows: Mapping[Layer, Iterable[Row]]) -> dict[str, gpd.GeoDataFrame]:
    """Typed frames of layers, by the name of the layer."""
    return {layer.name: frame(layer, of_layer) for layer, of_layer in rows.items()}


def typed(layer: Layer, data: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A frame as it was read, with the types of the table: readers make floats of whole numbers with gaps.

    A column that a file of an earlier version has under its old name alone is there under both.
    """
    old = {field.old_name_of: field.name for field in layer.fields if field.old_name_of}
    data = data.assign(**{new: data[name] for new, name in old.items() if name in data and new not in data})
    return data.astype({field.name: DTYPES[field.type] for field in layer.fields})


def records(data: pd.DataFrame) -> list[Row]:
    """The rows of a frame by the names of its columns, in a third of the time of `DataFrame.to_dict`."""
    names = data.columns.tolist()
    return [dict(zip(names, row, strict=True)) for row in zip(*(data[name].tolist() for name in names), strict=True)]


def of_system(data: gpd.GeoDataFrame, system_id: str) -> gpd.GeoDataFrame:
    """The rows of a system."""
    return data[data["system_id"] == system_id]


def plain_values(column: pd.Series[Any]) -> list[Any]:
    """The values of a column as Python knows them; what is missing becomes None."""
    return column.astype(object).where(column.notna(), None).tolist()
