"""One KMZ of a run, for globes: folders as the groups of the QGIS project, its symbols, a balloon for each feature."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from struct import pack
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import shapely

from transcaspian.core.errors import ExportError
from transcaspian.core.frames import plain_values
from transcaspian.core.layer_catalogue import all_groups, all_layers, all_styles, published_in
from transcaspian.core.layers import Layer
from transcaspian.core.styles import Marker, Symbol, channels_of, for_run
from transcaspian.core.xmltext import xml_text
from transcaspian.export.faults import writing
from transcaspian.export.geojson import feature_ids, in_world
from transcaspian.export.read_back import expect

NAMESPACE = "http://www.opengis.net/kml/2.2"
DOCUMENT = "doc.kml"
PIXELS_PER_MM = 4.0
ICON_PIXELS = 32
ICON_MM = 8.0
"""Diameter of a marker that an icon has without scaling."""
MIN_LINE_PIXELS = 1.5
"""Of areas that are not filled: a globe knows no hatching."""


def write_kmz(
    path: Path, layers: Mapping[str, gpd.GeoDataFrame], system_ids: tuple[str, ...], title: str, created_utc: str
) -> None:
    """All layers in one file; those that the QGIS project switches on are shown.

    Parameters
    ----------
    title
        What the document is called.
    created_utc
        ISO 8601; the same run gives the same bytes.

    Raises
    ------
    ExportError
        When the file cannot be written or does not read back as it was written.
    """
    root = ET.Element("kml", {"xmlns": NAMESPACE})
    document = _named(ET.SubElement(root, "Document"), title)
    there = {layer.name for layer in published_in(layers)}
    for group in all_groups():
        parts = [(name, part) for name in group.layers for part in all_layers()[name].parts if part.name in there]
        folder = _named(ET.SubElement(document, "Folder"), group.title) if parts else document
        for name, part in parts:
            _add_layer(document, folder, part, layers[part.name], system_ids, shown=name in group.shown)
    with writing(path, OSError):
        pack_files(path, ET.tostring(root, encoding="utf-8", xml_declaration=True), created_utc)
    check_kmz(path, {name: len(layers[name]) for name in there})


def _add_layer(
    document: ET.Element,
    parent: ET.Element,
    layer: Layer,
    data: gpd.GeoDataFrame,
    system_ids: tuple[str, ...],
    *,
    shown: bool,
) -> None:
    """A folder with a placemark for each feature, and the styles that they have."""
    style = all_styles()[layer.name][0]
    values = plain_values(data[style.attribute]) if style.attribute else [None] * len(data)
    style = for_run(style, system_ids, set(values))
    symbols = {item.value: item.symbol for item in style.categories}
    for number, symbol in enumerate((style.symbol, *symbols.values())):
        document.append(style_of(f"{layer.name}-{number}", layer, symbol))
    numbers = {value: number for number, value in enumerate(symbols, 1)}
    folder = _named(ET.SubElement(parent, "Folder", {"id": layer.name}), layer.title)
    ET.SubElement(folder, "visibility").text = str(int(shown))
    ET.SubElement(folder, "description").text = layer.meaning
    columns = [plain_values(data[name]) for name in layer.field_names]
    rows = zip(feature_ids(layer, data), values, in_world(data.geometry.to_numpy()), *columns, strict=True)
    for name, value, shape, *row in rows:
        mark = _named(ET.SubElement(folder, "Placemark"), name or "")
        ET.SubElement(mark, "visibility").text = str(int(shown))
        ET.SubElement(mark, "styleUrl").text = f"#{layer.name}-{numbers.get(value, 0)}"
        add_values(mark, layer, row)
        add_geometry(mark, shape)


def add_values(mark: ET.Element, layer: Layer, row: list[Any]) -> None:
    """Each column that is filled, with its name in words and its unit."""
    extended = ET.SubElement(mark, "ExtendedData")
    for field, value in zip(layer.fields, row, strict=True):
        if value is not None:
            data = ET.SubElement(extended, "Data", {"name": data_name(field.name)})
            ET.SubElement(data, "displayName").text = field.title
            ET.SubElement(data, "value").text = xml_text(str(value))


def data_name(name: str) -> str:
    """What a column is called where an element of a placemark has its name: balloons would show that."""
    return f"{name}_" if name in ("name", "description", "address", "id") else name


def add_geometry(parent: ET.Element, shape: Any) -> None:
    """A geometry on the ground; nothing where there is none."""
    if shape is None or shape.is_empty:
        return
    if hasattr(shape, "geoms"):
        parent = ET.SubElement(parent, "MultiGeometry")
    for part in shapely.get_parts(shape):
        element = ET.SubElement(parent, part.geom_type)
        if part.geom_type == "Polygon":
            for kind, rings in (("outerBoundaryIs", [part.exterior]), ("innerBoundaryIs", part.interiors)):
                for ring in rings:
                    bound = ET.SubElement(ET.SubElement(element, kind), "LinearRing")
                    ET.SubElement(bound, "coordinates").text = coordinates_of(ring)
        else:
            ET.SubElement(element, "coordinates").text = coordinates_of(part)


def coordinates_of(part: Any) -> str:
    """Longitude and latitude, ten decimals at most."""
    return " ".join(f"{round(lon, 10)!r},{round(lat, 10)!r}" for lon, lat in shapely.get_coordinates(part).tolist())


def style_of(key: str, layer: Layer, symbol: Symbol) -> ET.Element:
    """A symbol, and the balloon with the columns of a layer."""
    style = ET.Element("Style", {"id": key})
    if layer.geometry == "Point":
        icon = ET.SubElement(style, "IconStyle")
        ET.SubElement(icon, "color").text = colour_of(symbol.colour, symbol.opacity)
        ET.SubElement(icon, "scale").text = f"{max(symbol.size_mm / ICON_MM, 0.2):g}"
        ET.SubElement(ET.SubElement(icon, "Icon"), "href").text = f"icons/{symbol.marker}.png"
        ET.SubElement(ET.SubElement(style, "LabelStyle"), "scale").text = "0.7"
    line = ET.SubElement(style, "LineStyle")
    ET.SubElement(line, "color").text = colour_of(symbol.colour, 1.0)
    ET.SubElement(line, "width").text = f"{max(symbol.size_mm * PIXELS_PER_MM, MIN_LINE_PIXELS):g}"
    area = ET.SubElement(style, "PolyStyle")
    ET.SubElement(area, "color").text = colour_of(
        symbol.colour, {"none": 0.0, "hatched": 0.15}.get(symbol.fill, symbol.opacity)
    )
    lines = "".join(
        f"<tr><td>{escape(field.title)}</td><td>$[{data_name(field.name)}]</td></tr>" for field in layer.current_fields
    )
    ET.SubElement(
        ET.SubElement(style, "BalloonStyle"), "text"
    ).text = f"<h3>{escape(layer.title)}: $[name]</h3><p>{escape(layer.meaning)}</p><table>{lines}</table>"
    return style


def colour_of(colour: str, opacity: float) -> str:
    """A colour as KML writes it: opacity, blue, green, red."""
    red, green, blue = channels_of(colour)
    return f"{round(opacity * 255):02x}{blue:02x}{green:02x}{red:02x}"


def _named(element: ET.Element, name: str) -> ET.Element:
    ET.SubElement(element, "name").text = xml_text(name)
    return element


SHAPES: dict[Marker, Any] = {
    "circle": lambda x, y: x**2 + y**2 <= 1.0,
    "square": lambda x, y: np.maximum(abs(x), abs(y)) <= 0.85,
    "diamond": lambda x, y: abs(x) + abs(y) <= 1.0,
    "triangle": lambda x, y: (y <= 0.8) & (2.0 * abs(x) <= 0.9 * (y + 1.0)),
    "cross": lambda x, y: (np.minimum(abs(x), abs(y)) <= 0.3) & (np.maximum(abs(x), abs(y)) <= 1.0),
    "star": lambda x, y: np.hypot(x, y) <= 0.7 + 0.3 * np.cos(5.0 * np.arctan2(x, -y)),
}
"""Whether a place of a square of -1 to 1, y downwards, belongs to a marker."""


@cache
def icon(marker: Marker) -> bytes:
    """A marker in white, which the colour of the style then tints, as PNG."""
    places = (np.arange(ICON_PIXELS) + 0.5) / ICON_PIXELS * 2.0 - 1.0
    inside = SHAPES[marker](*np.meshgrid(places, places))
    pixels = np.full((ICON_PIXELS, ICON_PIXELS, 4), 255, np.uint8)
    pixels[..., 3] = inside * 255
    rows = np.insert(pixels.reshape(ICON_PIXELS, -1), 0, 0, axis=1).tobytes()
    header = pack(">IIBBBBB", ICON_PIXELS, ICON_PIXELS, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    parts = (pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def pack_files(path: Path, document: bytes, created_utc: str) -> None:
    """The document and its icons as one file."""
    moment = datetime.fromisoformat(created_utc).timetuple()[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ((DOCUMENT, document), *((f"icons/{marker}.png", icon(marker)) for marker in SHAPES)):
            entry = zipfile.ZipInfo(name, date_time=moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def check_kmz(path: Path, counts: Mapping[str, int]) -> None:
    """Whole as a zip and as XML, with a placemark for each feature in the folder of its layer."""
    try:
        with zipfile.ZipFile(path) as archive:
            root = ET.fromstring(archive.read(DOCUMENT))
    except (zipfile.BadZipFile, KeyError, ET.ParseError) as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    found = {folder.get("id"): len(folder.findall(f"{{{NAMESPACE}}}Placemark")) for folder in _folders(root)}
    expect(path, "placemarks by layer", dict(counts), found)


def _folders(root: ET.Element) -> Iterator[ET.Element]:
    return (folder for folder in root.iter(f"{{{NAMESPACE}}}Folder") if folder.get("id"))
