"""GeoJSON by RFC 7946, with the columns of the table of layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely import affinity

from transcaspian.core.frames import plain_values
from transcaspian.core.layers import Layer

DECIMALS = 7
"""A centimetre; section 11.2 of the RFC asks not to give more than is meant."""
WORLD = shapely.box(-180.0, -90.0, 180.0, 90.0)


def write_geojson(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """Write a layer as RFC 7946: WGS84 degrees, right-hand rule, bbox, seven decimals, null for what is not known.

    The ``id`` of a feature is its key in the table of layers, the parts of one joined by ``/``.

    The text is made here and not by a driver: a full disk then raises, and does not leave a truncated file that was
    reported as written. What reaches over the antimeridian is cut there.

    Parameters
    ----------
    path
        File to write.
    layer
        Its table: fields, in their order, and key.
    data
        EPSG:4326, with the columns of the layer.

    Examples
    --------
    >>> from transcaspian.core.frames import frame
    >>> from transcaspian.core.layers import CABLES
    >>> cable = {"cable_id": "c1", "name": "cable", "geometry": shapely.LineString([(50.0, 40.0), (51.0, 40.5)])}
    >>> write_geojson(folder / "cables.geojson", CABLES, frame(CABLES, [cable]))
    >>> orjson.loads((folder / "cables.geojson").read_bytes())["bbox"]
    [50.0, 40.0, 51.0, 40.5]
    """
    shapes = shapes_of(data)
    names = layer.field_names
    columns = [plain_values(data[name]) for name in names]
    features = [
        {"type": "Feature", **identity(name), "properties": dict(zip(names, row, strict=True)), "geometry": shape}
        for name, shape, *row in zip(feature_ids(layer, data), shapes, *columns, strict=True)
    ]
    collection: dict[str, Any] = {"type": "FeatureCollection", "name": layer.name}
    if np.isfinite(data.total_bounds).all():
        collection["bbox"] = bbox_of(data)
    path.write_bytes(orjson.dumps(collection | {"features": features}, option=orjson.OPT_APPEND_NEWLINE))


def feature_ids(layer: Layer, data: gpd.GeoDataFrame) -> list[str | None]:
    """The key of each feature as one text; None where a part of it is empty."""
    parts = [plain_values(data[name]) for name in layer.keys]
    return [None if None in key else "/".join(map(str, key)) for key in zip(*parts, strict=True)]


def identity(name: str | None) -> dict[str, str]:
    """The member ``id`` of a feature, where it has one."""
    return {} if name is None else {"id": name}


def shapes_of(data: gpd.GeoDataFrame) -> list[orjson.Fragment | None]:
    """Each geometry as JSON, rings by the right-hand rule; None where there is none."""
    shapes = shapely.orient_polygons(in_world(data.geometry.to_numpy()))
    shapes = shapely.transform(shapes, lambda coordinates: coordinates.round(DECIMALS))
    given = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    texts = shapely.to_geojson(shapes)
    return [orjson.Fragment(text) if there else None for text, there in zip(texts, given, strict=True)]


def in_world(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Longitudes of -180 to 180: what lies beyond is cut at the antimeridian and brought to its other side."""
    west, _, east, _ = shapely.bounds(shapes).T
    found = shapes.copy()
    for i in np.flatnonzero((west < -180.0) | (east > 180.0)):
        parts = [affinity.translate(shapes[i], shift).intersection(WORLD) for shift in (-360.0, 0.0, 360.0)]
        found[i] = shapely.union_all([part for part in parts if not part.is_empty])
    return found


def bbox_of(data: gpd.GeoDataFrame) -> list[float]:
    """West, south, east, north; west is the greater number where the data reach over the antimeridian."""
    west, south, east, north = (float(edge) for edge in data.total_bounds)
    if west < -180.0 or east > 180.0:
        west, east = ((edge + 180.0) % 360.0 - 180.0 for edge in (west, east))
    return [round(edge, DECIMALS) for edge in (west, south, east, north)]
