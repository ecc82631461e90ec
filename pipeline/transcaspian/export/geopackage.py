"""The GeoPackage of a run, with the columns and types of the table of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from transcaspian.core.layer_catalogue import published_in
from transcaspian.core.layers import Layer
from transcaspian.export.faults import PYOGRIO_ERRORS, writing

# Older readers warn at 1.4, which brings nothing that these layers need
GEOPACKAGE_VERSION = "1.3"
GEOMETRY_COLUMN = "geom"
INDEXED_FROM = 1000
"""Features of a layer from which on it has a spatial index: its tables and triggers take longer to open than to read
fewer features, for every program and whichever layer it opens."""
# A file that no program reads yet needs no journal; it is brought to the disk when the run is published
WRITING = {"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_SQLITE_JOURNAL": "OFF"}
PROMOTE = {
    "MultiPoint": shapely.multipoints,
    "MultiLineString": shapely.multilinestrings,
    "MultiPolygon": shapely.multipolygons,
}


def write_geopackage(
    path: Path, layers: Mapping[str, gpd.GeoDataFrame], *, last_change: str, table: Sequence[Layer] = ()
) -> None:
    """Write every layer of a table, also the empty ones, with its meaning as description; large ones are indexed.

    Parameters
    ----------
    path
        A file that does not exist yet.
    layers
        By name; the frames have the columns of the table of layers.
    last_change
        ISO 8601, UTC: what the file says of its own age, so that equal layers give equal bytes.
    table
        Which layers; those of a run by default.

    Raises
    ------
    ExportError
        When the file cannot be written.

    Examples
    --------
    >>> from transcaspian.core.frames import frame
    >>> from transcaspian.core.layers import CABLES
    >>> cable = {"cable_id": "c1", "geometry": shapely.LineString([(50.0, 40.0), (51.0, 40.5)])}
    >>> layers = {"cables": frame(CABLES, [cable])}
    >>> write_geopackage(folder / "sea.gpkg", layers, last_change="2026-11-30T12:00:00.000Z", table=(CABLES,))
    >>> pyogrio.list_layers(folder / "sea.gpkg").tolist()
    [['cables', 'LineString']]
    """
    pyogrio.set_gdal_config_options({**WRITING, "OGR_CURRENT_DATE": last_change})
    try:
        with writing(path, *PYOGRIO_ERRORS):
            for layer in table or published_in(layers):
                pyogrio.write_dataframe(
                    with_declared_geometry(layer, layers[layer.name]),
                    path,
                    layer=layer.name,
                    driver="GPKG",
                    geometry_type=declared_type(layer, layers[layer.name]),
                    append=path.exists(),
                    dataset_options=None if path.exists() else {"VERSION": GEOPACKAGE_VERSION},
                    layer_options={
                        "SPATIAL_INDEX": "YES" if len(layers[layer.name]) >= INDEXED_FROM else "NO",
                        "IDENTIFIER": layer.name,
                        "DESCRIPTION": layer.meaning,
                        "GEOMETRY_NAME": GEOMETRY_COLUMN,
                    },
                )
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys((*WRITING, "OGR_CURRENT_DATE")))


def declared_type(layer: Layer, data: gpd.GeoDataFrame) -> str:
    """Geometry type of the column: of areas always multi, of points and lines where one is; mixed stays mixed."""
    multi = f"Multi{layer.geometry}"
    if multi not in PROMOTE:
        return layer.geometry
    is_multi = shapely.get_type_id(data.geometry.to_numpy()) == shapely.GeometryType[multi.upper()]
    return multi if layer.geometry == "Polygon" or is_multi.any() else layer.geometry


def with_declared_geometry(layer: Layer, data: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame as it is written: columns in the table's order, geometry of the declared type, rings as in GeoJSON."""
    ordered = data[[*layer.field_names, "geometry"]]
    return ordered.set_geometry(gpd.GeoSeries(declared_shapes(layer, data), index=ordered.index, crs=ordered.crs))


def declared_shapes(layer: Layer, data: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Its geometries alone."""
    wanted = declared_type(layer, data)
    shapes = data.geometry.to_numpy().copy()
    if layer.geometry == "Polygon":
        shapes = shapely.orient_polygons(shapes)
    if wanted in PROMOTE:
        single = shapely.get_type_id(shapes) == shapely.GeometryType[wanted.removeprefix("Multi").upper()]
        shapes[single] = PROMOTE[wanted](shapes[single], indices=range(single.sum()))
    return shapes
