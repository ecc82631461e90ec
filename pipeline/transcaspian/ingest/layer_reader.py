"""From a file to a layer under contract."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import shapely

from transcaspian.core.errors import IngestError
from transcaspian.ingest.barriers import Bounds, listed
from transcaspian.ingest.contracts import ROLE_LAYERS, Ingested, conform
from transcaspian.ingest.datums import Operation
from transcaspian.ingest.events import events_noted, time_span
from transcaspian.ingest.schemas import translated
from transcaspian.ingest.understood import Understood
from transcaspian.ingest.vectors import FORMATS, open_placed
from transcaspian.sources.datafile import DataFile

# A study without these features can be routed; one without water cannot
MAY_BE_EMPTY = {"cables", "hazards", "earthquakes", "agreed_lines", "islands"}


def read_layer(file: DataFile, *, bounds: Bounds | None = None) -> Ingested:
    """Read a vector file as the layer of its role.

    Parameters
    ----------
    file
        What to read; its role says which layer of the table.
    bounds
        ``(west, south, east, north)`` of the study, degrees. Features are not cut to it: it serves to tell swapped
        axes and a file of another place; None: neither is told.

    Raises
    ------
    IngestError
        When the file cannot be read as that layer, none of its features lies in the area, or one that cannot be used
        is or may be a barrier; another row that cannot be used is quarantined instead.
    """
    layer = ROLE_LAYERS[file.role]
    data, operation, notes = open_placed(file, bounds)
    if len(data) == 0:
        if file.role not in MAY_BE_EMPTY:
            raise IngestError(f"{file.path} has no features: expected those of layer {layer.name}")
        empty = gpd.GeoDataFrame({name: [] for name in layer.field_names}, geometry=[], crs=4326)
        return told(file, operation, conform(layer, empty, file, (*notes, f"{file.path.name} has no features"), bounds))
    data, told_of_columns = translated(layer, data, file)
    notes = (*notes, *told_of_columns)
    if file.role == "earthquakes":
        notes = (*notes, *events_noted(file, data))
    if shapely.has_z(data.geometry.to_numpy()).any():
        notes = (*notes, f"{file.path.name}: heights are dropped")
    read = told(file, operation, conform(layer, data, file, notes, bounds))
    return read if bounds is None else in_place(file, read, bounds)


def told(file: DataFile, operation: Operation, read: Ingested) -> Ingested:
    """With what was understood of the file."""
    suffix = file.path.suffix.lower()
    shown = Understood(
        format=FORMATS[suffix],
        crs=operation.crs.name,
        operation=operation.shown,
        axes="lon, lat" if operation.crs.is_geographic else "x, y",
        count=f"{read.counts.read:,} features",
        in_area=f"{read.counts.in_area:,}",
        detail=time_span(read.layer) if file.role == "earthquakes" else "",
    )
    return replace(read, understood=shown)


def in_place(file: DataFile, read: Ingested, bounds: Bounds) -> Ingested:
    """Refuse features of another place, or whose axes are swapped; a source may say that it expects none here.

    Raises
    ------
    IngestError
        When no feature lies in the area, or some lie there only with their axes swapped.
    """
    refuse_swapped(file, read, bounds)
    if not len(read.layer) or read.counts.in_area:
        return read
    west, south, east, north = bounds
    left, low, right, high = read.layer.geometry.total_bounds
    where = (
        f"none of its {len(read.layer)} features lies in the study's area {west:g}…{east:g}° E, "
        f"{south:g}…{north:g}° N: they span {left:g}…{right:g}° E, {low:g}…{high:g}° N"
    )
    may_be_empty = file.role in MAY_BE_EMPTY
    if may_be_empty and (file.is_registered or file.expect == "none"):
        return replace(read, notes=(*read.notes, f"{file.path.name}: {where}"))
    remedy = (
        f'leave sources.{file.role} out where this area has none (or say expect = "none" there)'
        if may_be_empty
        else f"name the {file.role} of this sea"
    )
    raise IngestError(f"{file.path}: {where}. Give the file of this place, correct its CRS, or {remedy}")


def refuse_swapped(file: DataFile, read: Ingested, bounds: Bounds) -> None:
    """Refuse features that lie in the area with latitude first, where all others lie there as they are.

    A data set of the whole world may well have features in both places, and in others.

    Raises
    ------
    IngestError
        When there are some; the message has their number and names.
    """
    west, south, east, north = bounds
    area, swapped = shapely.box(west, south, east, north), shapely.box(south, west, north, east)
    here = read.layer.geometry.intersects(area).to_numpy()
    there = read.layer.geometry.within(swapped).to_numpy() & ~here
    if not there.any() or not (here | there).all():
        return
    names = read.layer.loc[there, ROLE_LAYERS[file.role].key].tolist()
    left, low, right, high = read.layer.geometry[there].total_bounds
    whose = "none of its" if not here.any() else f"{there.sum()} of its"
    what = "lies" if not here.any() else f"({listed([f'`{name}`' for name in names])}) do not lie"
    raise IngestError(
        f"{file.path}: {whose} {len(here)} features {what} in the study's area {west:g}…{east:g}° E, "
        f"{south:g}…{north:g}° N: they span {left:g}…{right:g}° E, {low:g}…{high:g}° N; longitude and latitude look "
        "swapped: expected lon, lat"
    )
