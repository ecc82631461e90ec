"""Features of constraints by our names of their columns, whatever they were read from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transcaspian.core.constraint_data import NO_FEATURES, ConstraintFeatures, Wanted
from transcaspian.core.errors import IngestError
from transcaspian.core.frames import frame
from transcaspian.core.layers import QUARANTINE
from transcaspian.core.xmltext import xml_text
from transcaspian.ingest.values import MAX_TEXT

ID_NAMES = ("constraint_id", "feature_id", "id", "hazard_id", "cable_id", "fid", "objectid")
NAME_NAMES = ("name", "objnam", "title", "label")
ACCURACY_NAMES = ("position_accuracy_m", "posacc", "accuracy_m")
KIND_NAMES = ("kind", "type")


def empty() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """No features, and none in quarantine."""
    names = ("feature_id", "name", "kind", "text")
    columns: dict[str, Any] = {name: pd.Series([], dtype="str") for name in names}
    columns["position_accuracy_m"] = pd.Series([], dtype=float)
    return gpd.GeoDataFrame(columns, geometry=[], crs=4326), frame(QUARANTINE, [])


def table_of(
    wanted: Wanted,
    data: gpd.GeoDataFrame,
    geometry: NDArray[np.object_],
    columns: Mapping[str, str],
) -> gpd.GeoDataFrame:
    """The features by our names of the columns.

    Parameters
    ----------
    wanted
        The constraint, with the column that its rule is about.
    data
        As read; ids of the rows are those of ``data.index`` where the file has none, or one twice.
    geometry
        Of the rows, EPSG:4326.
    columns
        Names of columns in the file by their small letters.

    Returns
    -------
    GeoDataFrame
        ``feature_id``, ``name``, ``kind``, ``text`` and ``position_accuracy_m`` (m; NaN: not stated).
    """

    def named(names: tuple[str, ...]) -> pd.Series[Any] | None:
        found = next((columns[name] for name in names if name in columns), None)
        return None if found is None else data[found]

    numbers = pd.Series(data.index.astype(str), index=data.index)
    ids = texts(named(ID_NAMES), data.index)
    ids = ids.where(ids != "", numbers)
    if ids.duplicated().any():
        ids = numbers
    accuracy = named(ACCURACY_NAMES)
    value = None if wanted.column is None else data[columns[wanted.column.lower()]]
    return gpd.GeoDataFrame(
        {
            "feature_id": wanted.constraint_id + "/" + ids,
            "name": texts(named(NAME_NAMES), data.index),
            "kind": texts(named(KIND_NAMES), data.index),
            "text": texts(value, data.index),
            "position_accuracy_m": np.nan if accuracy is None else pd.to_numeric(accuracy, errors="coerce"),
        },
        geometry=geometry,
        crs=4326,
    ).reset_index(drop=True)


def texts(column: pd.Series[Any] | None, index: pd.Index[Any]) -> pd.Series[str]:
    """A column as text that every output can hold; whole numbers without a point, and what is missing as nothing."""
    if column is None:
        return pd.Series("", index=index, dtype="str")
    if pd.api.types.is_float_dtype(column.dtype):
        whole = column == np.round(column)
        return column.where(~whole, column.round()).map(lambda value: f"{value:.15g}", na_action="ignore").fillna("")
    kept = column.astype("str").where(column.notna(), "").str.strip()
    if "".join(kept).isprintable() and kept.str.len().max() < MAX_TEXT:
        return kept
    return kept.map(lambda text: xml_text(text[:MAX_TEXT]))


def features_of_kinds(layer: gpd.GeoDataFrame, key: str, wanted: Wanted, kinds: tuple[str, ...]) -> ConstraintFeatures:
    """Features of a layer that the study has read, as those of a constraint; ``kinds``: only these, or all.

    Parameters
    ----------
    layer
        With the columns ``kind``, ``name`` and ``position_accuracy_m``, EPSG:4326.
    key
        Column of the id of a feature.
    wanted
        The constraint, with the column that its rule is about; ``kind`` where it names none.
    kinds
        Empty: all of them.

    Returns
    -------
    ConstraintFeatures
        Without quarantine: the layer was under contract before.

    Raises
    ------
    IngestError
        When the layer does not have the column that the constraint names.

    Examples
    --------
    >>> from shapely import Point
    >>> columns = {"hazard_id": ["v1", "w1"], "kind": ["mud_volcano", "well"], "name": ["", ""]}
    >>> places = [Point(50.0, 40.0), Point(50.5, 40.0)]
    >>> layer = gpd.GeoDataFrame(columns | {"position_accuracy_m": [100.0, 50.0]}, geometry=places, crs=4326)
    >>> found = features_of_kinds(layer, "hazard_id", Wanted("volcanoes"), ("mud_volcano",))
    >>> found.layer[["feature_id", "text"]].to_numpy().tolist()
    [['v1', 'mud_volcano']]
    """
    rows = layer[layer["kind"].isin(kinds)] if kinds else layer
    column = wanted.column or "kind"
    if column not in layer.columns:
        raise IngestError(
            f"constraint `{wanted.constraint_id}` names the column `{column}`: the data set has "
            f"{', '.join(str(name) for name in layer.columns if name != 'geometry')}"
        )
    table = gpd.GeoDataFrame(
        {
            "feature_id": rows[key].astype("str"),
            "name": texts(rows["name"], rows.index),
            "kind": texts(rows["kind"], rows.index),
            "text": texts(rows[column], rows.index),
            "position_accuracy_m": rows["position_accuracy_m"].astype(float),
        },
        geometry=rows.geometry.to_numpy(),
        crs=4326,
    ).reset_index(drop=True)
    told = f"{NO_FEATURES} of {', '.join(kinds) or 'any kind'} in the data set of the study"
    notes = () if len(rows) else (told,)
    return ConstraintFeatures(table, frame(QUARANTINE, []), len(rows), notes)
