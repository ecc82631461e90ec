"""Vector writers: GeoPackage and GeoJSON (RFC 7946), with the columns and types of the table of layers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from pipeline.errors import ExportError
from pipeline.layers import PUBLISHED, Layer

GEOJSON_DECIMALS = 7
# Older readers warn at 1.4, which brings nothing that these layers need
GEOPACKAGE_VERSION = "1.3"
# A layer whose table says Polygon may hold multi-part polygons too, so its column is declared as the multi type
DECLARED = {"Point": "Point", "LineString": "LineString", "Polygon": "MultiPolygon", "Unknown": "Unknown"}


def write_geopackage(path: Path, layers: Mapping[str, gpd.GeoDataFrame], *, last_change: str) -> None:
    """Write every published layer, also the empty ones, with a spatial index and its meaning as description.

    Parameters
    ----------
    path
        A file that does not exist yet.
    layers
        By name; the frames have the columns of the table of layers.
    last_change
        ISO 8601, UTC: what the file says of its own age, so that equal layers give equal bytes.

    Raises
    ------
    ExportError
        When the file cannot be written.
    """
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": last_change})
    try:
        for layer in PUBLISHED:
            pyogrio.write_dataframe(
                with_declared_geometry(layer, layers[layer.name]),
                path,
                layer=layer.name,
                driver="GPKG",
                geometry_type=declared_type(layer, layers[layer.name]),
                append=path.exists(),
                dataset_options=None if path.exists() else {"VERSION": GEOPACKAGE_VERSION},
                layer_options={
                    "SPATIAL_INDEX": "YES",
                    "IDENTIFIER": layer.name,
                    "DESCRIPTION": layer.meaning,
                    "GEOMETRY_NAME": "geom",
                },
            )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as exc:
        raise ExportError(f"{path} cannot be written: {exc}. Check the space and the rights of the folder") from exc
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def declared_type(layer: Layer, data: gpd.GeoDataFrame) -> str:
    """Geometry type of the column: single where all are single, multi where one is."""
    if layer.geometry == "LineString" and (data.geometry.geom_type == "MultiLineString").any():
        return "MultiLineString"
    return DECLARED[layer.geometry]


def with_declared_geometry(layer: Layer, data: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with its geometry promoted to the declared type, columns in the table's order."""
    ordered = data[[*layer.field_names, "geometry"]]
    wanted = declared_type(layer, data)
    if not wanted.startswith("Multi"):
        return ordered
    single = wanted.removeprefix("Multi")
    build = {"Polygon": shapely.multipolygons, "LineString": shapely.multilinestrings}[single]
    promoted = [build([part]) if part is not None and part.geom_type == single else part for part in ordered.geometry]
    return ordered.set_geometry(gpd.GeoSeries(promoted, index=ordered.index, crs=ordered.crs))


def write_geojson(path: Path, layer: Layer, data: gpd.GeoDataFrame) -> None:
    """Write a layer as RFC 7946: WGS84 degrees, right-hand rule, bbox, seven decimals, null for what is not known.

    The text is made here and not by a driver: a full disk then raises, and does not leave a truncated file that was
    reported as written.
    """
    features = [feature(layer, row) for row in data.to_dict("records")]
    collection: dict[str, Any] = {"type": "FeatureCollection", "name": layer.name}
    if np.isfinite(data.total_bounds).all():
        collection["bbox"] = [round(float(edge), GEOJSON_DECIMALS) for edge in data.total_bounds]
    collection["features"] = features
    with path.open("w", encoding="utf-8") as file:
        json.dump(collection, file, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        file.write("\n")


def feature(layer: Layer, row: Mapping[str, Any]) -> dict[str, Any]:
    """One GeoJSON feature."""
    geometry = row["geometry"]
    shape: dict[str, Any] | None = None
    if geometry is not None and not geometry.is_empty:
        shape = rounded(shapely.geometry.mapping(shapely.orient_polygons(geometry)))
    return {
        "type": "Feature",
        "properties": {name: plain(row[name]) for name in layer.field_names},
        "geometry": shape,
    }


def plain(value: Any) -> Any:
    """A value that JSON knows; NaN and missing become None."""
    if value is None or value is pd.NA or (isinstance(value, float | np.floating) and math.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def rounded(value: Any) -> Any:
    """Coordinates with seven decimals (a centimetre), tuples as lists."""
    if isinstance(value, float):
        return round(value, GEOJSON_DECIMALS)
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value
