"""From a file to a layer under contract."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import shapely

from transcaspian.core.errors import IngestError
from transcaspian.ingest.barriers import Bounds
from transcaspian.ingest.contracts import ROLE_LAYERS, Ingested, conform
from transcaspian.ingest.schemas import recognise, translate
from transcaspian.ingest.vectors import open_vector
from transcaspian.sources.datafile import DataFile

# A study without these features can be routed; one without water cannot
MAY_BE_EMPTY = {"cables", "hazards", "earthquakes"}


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
    data = open_vector(file.path, file.layer, file.limits)
    if len(data) == 0:
        if file.role not in MAY_BE_EMPTY:
            raise IngestError(f"{file.path} has no features: expected those of layer {layer.name}")
        empty = gpd.GeoDataFrame({name: [] for name in layer.field_names}, geometry=[], crs=4326)
        return conform(layer, empty, file, (f"{file.path.name} has no features",))
    notes: tuple[str, ...] = ()
    schema = recognise(layer, data)
    if schema is not None:
        data = translate(schema, data)
        notes = (f"{file.path.name} is read as {schema.name}; {schema.note}",)
    if shapely.has_z(data.geometry.to_numpy()).any():
        notes = (*notes, f"{file.path.name}: heights are dropped")
    read = conform(layer, data, file, notes, bounds)
    return read if bounds is None else in_place(file, read, bounds)


def in_place(file: DataFile, read: Ingested, bounds: Bounds) -> Ingested:
    """Refuse features of another place; a registered data set may have none in a part of its region, and says so.

    Raises
    ------
    IngestError
        When no feature lies in the area.
    """
    west, south, east, north = bounds
    area, swapped = shapely.box(west, south, east, north), shapely.box(south, west, north, east)
    geometry = read.layer.geometry
    if not len(geometry) or geometry.intersects(area).any():
        return read
    left, low, right, high = geometry.total_bounds
    where = (
        f"none of its {len(geometry)} features lies in the study's area {west:g}…{east:g}° E, {south:g}…{north:g}° N: "
        f"they span {left:g}…{right:g}° E, {low:g}…{high:g}° N"
    )
    if geometry.intersects(swapped).all():
        raise IngestError(f"{file.path}: {where}; longitude and latitude look swapped: expected lon, lat")
    if file.role in MAY_BE_EMPTY and file.is_registered:
        return replace(read, notes=(*read.notes, f"{file.path.name}: {where}"))
    remedy = (
        f"leave sources.{file.role} out where this area has none"
        if file.role in MAY_BE_EMPTY
        else f"name the {file.role} of this sea"
    )
    raise IngestError(f"{file.path}: {where}. Give the file of this place, correct its CRS, or {remedy}")
