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

    The text is made here and not by a driver: a full disk then raises, and does not leave a truncated file that was
    reported as written. What reaches over the antimeridian is cut there.
    """
    shapes = shapes_of(data)
    names = layer.field_names
    columns = [plain_values(data[name]) for name in names]
    features = [
        {"type": "Feature", "properties": dict(zip(names, row, strict=True)), "geometry": shape}
        for shape, *row in zip(shapes, *columns, strict=True)
    ]
    collection: dict[str, Any] = {"type": "FeatureCollection", "name": layer.name}
    if np.isfinite(data.total_bounds).all():
        collection["bbox"] = bbox_of(data)
    path.write_bytes(orjson.dumps(collection | {"features": features}, option=orjson.OPT_APPEND_NEWLINE))


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
