"""From a file to a layer under contract."""

from __future__ import annotations

import geopandas as gpd
import shapely

from pipeline.errors import IngestError
from pipeline.ingest.contracts import Ingested, conform
from pipeline.ingest.schemas import recognise, translate
from pipeline.ingest.vectors import open_vector
from pipeline.layers import BORDERS, CABLES, COASTLINE, EARTHQUAKES, HAZARDS, SECTOR_AREAS
from pipeline.sources.datafile import DataFile

ROLE_LAYERS = {
    "shoreline": COASTLINE,
    "cables": CABLES,
    "hazards": HAZARDS,
    "earthquakes": EARTHQUAKES,
    "borders": BORDERS,
    "sectors": SECTOR_AREAS,
}
# A study without these features can be routed; one without water cannot
MAY_BE_EMPTY = {"cables", "hazards", "earthquakes"}

Bounds = tuple[float, float, float, float]


def read_layer(file: DataFile, *, bounds: Bounds | None = None) -> Ingested:
    """Read a vector file as the layer of its role.

    Parameters
    ----------
    file
        What to read; its role says which layer of the table.
    bounds
        ``(west, south, east, north)`` of the study, degrees. Features are not cut to it: it serves to tell swapped
        axes and a file of another place.

    Raises
    ------
    IngestError
        When the file cannot be read as that layer; a row that cannot be used is quarantined instead.
    """
    layer = ROLE_LAYERS[file.role]
    data = open_vector(file.path, file.layer, file.limits)
    notes: tuple[str, ...] = ()
    if len(data) == 0:
        if file.role not in MAY_BE_EMPTY:
            raise IngestError(f"{file.path} has no features: expected the water polygon of layer {layer.name}")
        notes = (f"{file.path.name} has no features",)
        return conform(
            layer, gpd.GeoDataFrame({name: [] for name in layer.field_names}, geometry=[], crs=4326), file, notes
        )
    schema = recognise(layer, data)
    if schema is not None:
        data = translate(schema, data)
        notes = (f"{file.path.name} is read as {schema.name}; {schema.note}",)
    if shapely.has_z(data.geometry.to_numpy()).any():
        notes = (*notes, f"{file.path.name}: heights are dropped")
    read = conform(layer, data, file, notes)
    if bounds is not None:
        check_place(file, read, bounds)
    return read


def check_place(file: DataFile, read: Ingested, bounds: Bounds) -> None:
    """Features of another place: swapped axes are an error, and so is a shoreline that is not there."""
    west, south, east, north = bounds
    area, swapped = shapely.box(west, south, east, north), shapely.box(south, west, north, east)
    geometry = read.layer.geometry
    if not len(geometry) or geometry.intersects(area).any():
        return
    found = ", ".join(f"{edge:g}" for edge in geometry.total_bounds)
    where = (
        f"lies at west, south, east, north {found}, outside the study's area {west:g}, {south:g}, {east:g}, {north:g}"
    )
    if geometry.intersects(swapped).all():
        raise IngestError(f"{file.path} {where}: longitude and latitude look swapped; expected lon, lat")
    if file.role not in MAY_BE_EMPTY:
        raise IngestError(f"{file.path} {where}: name the shoreline of this sea")
