"""Layers as they are written: each of one kind of geometry, and figures with the decimals of the dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.layer_catalogue import all_layers
from transcaspian.core.layers import Layer

DIMENSIONS = {"Point": 0, "LineString": 1, "Polygon": 2}
MULTI_PART = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)


def published_layers(
    layers: Mapping[str, gpd.GeoDataFrame], table: Iterable[Layer] = ()
) -> dict[str, gpd.GeoDataFrame]:
    """The layers of a table (those that runs publish, by default) as they are written, by name.

    Parameters
    ----------
    layers
        As they were computed, by name; one may hold points, lines and areas.
    """
    known = table or (layer for layer in all_layers().values() if layer.published and layer.name in layers)
    return {part.name: part_of(layers[layer.name], layer, part) for layer in known for part in layer.parts}


def part_of(data: gpd.GeoDataFrame, layer: Layer, part: Layer) -> gpd.GeoDataFrame:
    """The features of a kind of geometry, figures rounded; what has no geometry is among the areas.

    Of a collection each part has what is of its kind, under the same key.
    """
    floats = [field for field in part.fields if field.type == "float"]
    rounded = data.assign(**{field.name: field.stored(data[field.name]) for field in floats})
    if part is layer:
        return rounded
    shapes = of_dimension(data.geometry.to_numpy(), DIMENSIONS[part.geometry])
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    nowhere = shapely.is_missing(data.geometry.to_numpy()) | shapely.is_empty(data.geometry.to_numpy())
    here = ~empty | nowhere if part.geometry == "Polygon" else ~empty
    return rounded.set_geometry(gpd.GeoSeries(shapes, index=data.index, crs=data.crs))[here].reset_index(drop=True)


def of_dimension(shapes: NDArray[np.object_], dimension: int) -> NDArray[np.object_]:
    """What of each geometry is of a dimension (0: points, 1: lines, 2: areas); None where nothing is."""
    found = shapes.copy()
    found[shapely.get_dimensions(shapes) != dimension] = None
    for i in np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION):
        fitting = [piece for piece in pieces(shapes[i]) if shapely.get_dimensions(piece) == dimension]
        found[i] = MULTI_PART[dimension](fitting) if fitting else None
    return found


def pieces(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    """Its points, lines and polygons one by one, also those of collections in it."""
    if not hasattr(shape, "geoms"):
        yield shape
    for part in getattr(shape, "geoms", ()):
        yield from pieces(part)
