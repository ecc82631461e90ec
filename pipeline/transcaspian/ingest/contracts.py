"""The contract of a layer: what a row must hold to be used. A row that does not is quarantined with its reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from transcaspian.core.errors import IngestError
from transcaspian.core.frames import Row, frame, records
from transcaspian.core.layers import (
    AGREED_LINES,
    BORDERS,
    CABLES,
    COASTLINE,
    EARTHQUAKES,
    HAZARDS,
    ISLANDS,
    QUARANTINE,
    SECTOR_AREAS,
    STATES,
    Layer,
)
from transcaspian.core.reading_place import at
from transcaspian.core.xmltext import REPLACEMENT, xml_text
from transcaspian.ingest.barriers import Bounds, Rejected, listed, refuse_islands, refuse_lost
from transcaspian.ingest.geometry import UnusableError, drawable, sound_geometries, usable_geometry
from transcaspian.ingest.understood import NOTHING, Understood
from transcaspian.ingest.values import MAX_TEXT, find_columns, is_empty, sound_values, value_of
from transcaspian.sources.datafile import DataFile

ROLE_LAYERS = {
    "shoreline": COASTLINE,
    "cables": CABLES,
    "hazards": HAZARDS,
    "earthquakes": EARTHQUAKES,
    "borders": BORDERS,
    "sectors": SECTOR_AREAS,
    "states": STATES,
    "agreed_lines": AGREED_LINES,
    "islands": ISLANDS,
}
"""What a data set is read as, by its role."""


@dataclass(frozen=True)
class Counts:
    """How many rows of a file there are: ``read == kept + quarantined``.

    Attributes
    ----------
    read
        Rows of the file.
    kept
        Those that hold the contract.
    repaired
        Those of the kept that were repaired.
    quarantined
        Those that cannot be used.
    in_area
        Those of the kept that touch the area of the study.
    """

    read: int
    kept: int
    repaired: int
    quarantined: int
    in_area: int


@dataclass(frozen=True)
class Ingested:
    """A layer under contract.

    Attributes
    ----------
    layer
        The rows that hold the contract, in the columns of the table of layers, EPSG:4326.
    quarantine
        The others as the layer ``quarantine``.
    counts
        How many rows became what.
    notes
        What a person should know of this file.
    understood
        As what columns, units and coordinates were read.
    """

    layer: gpd.GeoDataFrame
    quarantine: gpd.GeoDataFrame
    counts: Counts
    notes: tuple[str, ...]
    understood: Understood = NOTHING


def conform(
    layer: Layer, data: gpd.GeoDataFrame, file: DataFile, notes: tuple[str, ...], bounds: Bounds | None = None
) -> Ingested:
    """Hold every row to the contract of the layer.

    Parameters
    ----------
    bounds
        ``(west, south, east, north)`` of the study, degrees; None: a place is never said to be outside it.

    Raises
    ------
    IngestError
        When a column is missing that nothing can stand in for, no row can be used, a row that cannot be used is or
        may be a barrier, or a key stands twice.
    """
    columns = find_columns(layer, data, file)
    if layer is HAZARDS and len(data) and "no_go" not in columns:
        notes = (*notes, f"{file.path.name} has no column no_go: none of its features is closed to routes")
    kept, rejected, repairs = _read_rows(layer, data, file, columns)
    if rejected and not kept:
        raise IngestError(
            f"{file.path}: none of its {len(rejected)} features can be used as layer {layer.name}; "
            f"the first: {rejected[0].reason}"
        )
    refuse_lost(layer, file, columns, rejected, bounds)
    refuse_twins(layer, kept, file)
    refuse_islands(layer, kept, file)
    if repairs:
        notes = (*notes, f"{file.path.name}: {len(repairs)} repaired: {listed(repairs)}")
    made = frame(layer, kept)
    if odd := sum(shortened_in(made[item.name]) for item in layer.current_fields if item.type == "str"):
        notes = (
            *notes,
            f"{file.path.name}: {odd} texts are cut at {MAX_TEXT:,} characters, or have some that no output "
            f"can hold, shown as {REPLACEMENT}",
        )
    in_area = len(kept) if bounds is None else int(made.geometry.intersects(shapely.box(*bounds)).sum())
    counts = Counts(len(data), len(kept), len(repairs), len(rejected), in_area)
    quarantine = frame(QUARANTINE, [quarantine_row(layer, file, item) for item in rejected])
    return Ingested(made, quarantine, counts, notes)


def _read_rows(
    layer: Layer, data: gpd.GeoDataFrame, file: DataFile, columns: Mapping[str, str]
) -> tuple[list[Row], list[Rejected], list[str]]:
    """Rows that hold the contract, rows that do not, and what was repaired in the former."""
    kept: list[Row] = []
    rejected: list[Rejected] = []
    repairs: list[str] = []
    fields = layer.current_fields
    sound = sound_geometries(layer, data.geometry.to_numpy())
    lacking = [item for item in fields if item.name not in columns and not item.required]
    same = {item.name: value_of(item, {}, columns, file, 0) for item in lacking}
    present = {item: data[columns[item.name]].tolist() for item in fields if item.name in columns}
    sound_columns = {
        item.name: whole for item, column in present.items() if (whole := sound_values(item, column)) is not None
    }
    given = [item for item in fields if item.name not in same and item.name not in sound_columns]
    for index, row in enumerate(records(data)):
        at(f"feature {index}")
        try:
            geometry, repair = (sound[index], "") if sound[index] else usable_geometry(layer, row.get("geometry"))
            values = {item.name: value_of(item, row, columns, file, index) for item in given}
        except UnusableError as reason:
            rejected.append(Rejected(index, row, str(reason)))
            continue
        values |= {name: column[index] for name, column in sound_columns.items()}
        kept.append({**same, **values, "geometry": geometry})
        if repair:
            repairs.append(f"`{values[layer.key]}`: {repair}")
    return kept, rejected, repairs


def shortened_in(texts: pd.Series[Any]) -> int:
    """How many texts are not all that the file has."""
    return int(((texts.str.len() == MAX_TEXT) | texts.str.contains(REPLACEMENT, regex=False, na=False)).sum())


def quarantine_row(layer: Layer, file: DataFile, item: Rejected) -> Row:
    """A row of the layer ``quarantine``, with all that the feature said."""
    attributes = {str(name): value for name, value in item.row.items() if name != "geometry" and not is_empty(value)}
    return QUARANTINE.row(
        drawable(item.row.get("geometry")),
        item,
        quarantine_id=f"{layer.name}/{file.source_id}/{item.index}",
        layer=layer.name,
        source_file=file.path.name,
        feature_index=item.index,
        attributes=xml_text(json.dumps(attributes, ensure_ascii=False, default=str, sort_keys=True)),
    )


def refuse_twins(layer: Layer, kept: list[dict[str, Any]], file: DataFile) -> None:
    """A key identifies one feature."""
    keys = pd.Series([record[layer.key] for record in kept], dtype="str")
    twins = sorted(keys[keys.duplicated()].unique())
    if twins:
        raise IngestError(f"{file.path} has the {layer.key} `{twins[0]}` more than once: give each feature its own")
