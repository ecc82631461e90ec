"""A drawing (DXF R2010) of the lines, places and areas of a run, for programs of computer-aided design.

The convention: coordinates are metres of the UTM zone in which the middle of the routes lies, WGS 84; the file ``.prj``
beside it says so. A layer of the drawing is a layer of the run in capitals, and behind a hyphen the class by which that
is coloured (``RPL_LINES-RA``, ``ROUTES-MAIN``); ``OTHER`` are those of no class. Colours are the true colours of the
styles. Points are POINT, lines LWPOLYLINE, areas closed LWPOLYLINE, a ring each. Labels are TEXT on ``<LAYER>-TEXT``:
the key of the feature. Each entity has its key as extended data of the application TRANSCASPIAN; the other columns are
not in a drawing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import fiona
import fiona.errors
import geopandas as gpd
import pyproj
import shapely
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info

from transcaspian.core.errors import ExportError
from transcaspian.core.grid import CRS
from transcaspian.core.layer_catalogue import all_styles, published_in
from transcaspian.core.layers import Layer
from transcaspian.core.styles import Symbol, channels_of, for_run
from transcaspian.export.faults import writing
from transcaspian.export.geojson import feature_ids
from transcaspian.export.read_back import expect

APPLICATION = "TRANSCASPIAN"
VERSION = "R2010"
NOT_ALLOWED = re.compile(r"[<>/\\\":;?*|=`,\x00-\x1f]+")
"""What the name of a layer of a drawing may not have."""
NAME_LENGTH = 255
TEXT_METRES = 200.0
METRES = 6
"""The code of the unit, `$INSUNITS`."""
LABELLED = ("landing_points", "crossings", "rpl_points")
"""Layers with a text at each feature."""


def write_dxf(
    path: Path, layers: Mapping[str, gpd.GeoDataFrame], system_ids: tuple[str, ...], bounds: tuple[float, ...]
) -> None:
    """The drawing, with the file ``.prj`` beside it.

    Parameters
    ----------
    bounds
        ``(west, south, east, north)`` of the routes, degrees: which zone.

    Raises
    ------
    ExportError
        When ezdxf is not installed, a layer has a name that a drawing cannot hold, or the file does not read back.
    """
    if find_spec("ezdxf") is None:
        raise ExportError("a DXF drawing needs the package ezdxf: pip install 'transcaspian[dxf]'")
    import ezdxf

    crs = utm_of(bounds)
    to_metres = pyproj.Transformer.from_crs(CRS, crs, always_xy=True)
    drawing = ezdxf.new(VERSION, units=METRES)
    drawing.appids.new(APPLICATION)
    count = 0
    for layer in published_in(layers):
        checked_name(layer.name)
        count += _draw_layer(drawing, layer, layers[layer.name], system_ids, to_metres)
    with writing(path, OSError):
        drawing.saveas(path)
        path.with_suffix(".prj").write_text(crs.to_wkt("WKT1_ESRI"), encoding="utf-8")
    check_dxf(path, count)


def utm_of(bounds: tuple[float, ...]) -> pyproj.CRS:
    """The UTM zone, on WGS 84, of the middle of an area."""
    west, south, east, north = bounds
    lon, lat = (west + east) / 2.0, (south + north) / 2.0
    (found, *_) = query_utm_crs_info("WGS 84", AreaOfInterest(lon, lat, lon, lat))
    return pyproj.CRS.from_epsg(found.code)


def checked_name(name: str) -> str:
    """The name of a layer, in capitals.

    Raises
    ------
    ExportError
        When a drawing cannot hold it.
    """
    if NOT_ALLOWED.search(name) or len(name) > NAME_LENGTH or not name:
        raise ExportError(
            f"the layer `{name}` has a name that a DXF drawing cannot hold: expected 1 to {NAME_LENGTH} signs, none of "
            '< > / \\ " : ; ? * | = , ` among them. Rename it in its analysis'
        )
    return name.upper()


def _draw_layer(
    drawing: Any, layer: Layer, data: gpd.GeoDataFrame, system_ids: tuple[str, ...], to_metres: pyproj.Transformer
) -> int:
    """The features of a layer; returns how many entities they became."""
    style = all_styles()[layer.name][0]
    column = data[style.attribute].astype(object) if style.attribute else None
    style = for_run(style, system_ids, set() if column is None else set(column))
    symbols = {category.value: category.symbol for category in style.categories}
    values = [None] * len(data) if column is None else column.tolist()
    ids, count = feature_ids(layer, data), 0
    for name, value, shape in zip(ids, values, data.geometry, strict=True):
        kind = f"-{drawable(value if value in symbols else 'OTHER')}" if symbols else ""
        on = f"{checked_name(layer.name)}{kind}"
        add_layer(drawing, on, symbols.get(value, style.symbol))
        count += _draw(drawing.modelspace(), on, name or "", parts_of(shape, to_metres))
        if layer.name in LABELLED and shape is not None:
            count += _draw_text(drawing, f"{layer.name.upper()}-TEXT", name or "", shape, to_metres)
    return count


def drawable(value: object) -> str:
    """A value as a part of the name of a layer."""
    return NOT_ALLOWED.sub("_", str(value)).upper()


def add_layer(drawing: Any, name: str, symbol: Symbol) -> None:
    """A layer of the drawing in the colour of a symbol, where it is not there yet."""
    if name not in drawing.layers:
        drawing.layers.add(name, true_color=int.from_bytes(channels_of(symbol.colour)))


def parts_of(shape: Any, to_metres: pyproj.Transformer) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """Points, lines and rings of a geometry with their coordinates in metres."""
    for part in shapely.get_parts(shape) if shape is not None else ():
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            lon, lat = shapely.get_coordinates(ring).T
            yield part.geom_type, list(zip(*to_metres.transform(lon, lat), strict=True))


def _draw(space: Any, layer: str, name: str, parts: Iterable[tuple[str, list[tuple[float, float]]]]) -> int:
    """Entities of a feature; returns how many."""
    count = 0
    for kind, places in parts:
        if kind == "Point":
            entity = space.add_point(places[0], dxfattribs={"layer": layer})
        else:
            vertices = places[:-1] if kind == "Polygon" else places
            entity = space.add_lwpolyline(vertices, close=kind == "Polygon", dxfattribs={"layer": layer})
        entity.set_xdata(APPLICATION, [(1000, name[:NAME_LENGTH])])
        count += 1
    return count


def _draw_text(drawing: Any, layer: str, text: str, shape: Any, to_metres: pyproj.Transformer) -> int:
    """The text at a feature."""
    add_layer(drawing, layer, Symbol("#222222"))
    at = to_metres.transform(*shapely.get_coordinates(shape)[0])
    label = drawing.modelspace().add_text(text, height=TEXT_METRES, dxfattribs={"layer": layer})
    label.set_placement(at)
    return 1


def check_dxf(path: Path, count: int) -> None:
    """As many entities as were drawn, as fiona's GDAL reads them."""
    try:
        with fiona.open(path) as source:
            found = sum(1 for _ in source)
    except fiona.errors.FionaError as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    expect(path, "entities", count, found)
