"""The QGIS project of a run: its layers in groups, with their styles, over the depth of the sea."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyproj

from transcaspian.core.grid import Grid
from transcaspian.core.layer_catalogue import all_groups, all_layers, all_styles, published_in
from transcaspian.core.layers import RELATIONS, Layer
from transcaspian.core.styles import DEPTH_STOPS, THEMES, for_run, stops_to
from transcaspian.core.words import in_words
from transcaspian.core.xmltext import xml_text
from transcaspian.export.description import Description
from transcaspian.export.qgs_forms import EDITED, add_form, add_formats, add_snapping, layer_id
from transcaspian.export.qgs_layout import add_layout, add_themes, themes_of
from transcaspian.export.qml import QGIS_VERSION, add_raster_symbology, add_symbology, as_text
from transcaspian.export.rasters import Raster

PROJECT_CRS = 3395
"""World Mercator, as charts are drawn; lengths are measured on the ellipsoid all the same."""
CRS = 4326
QGIS_GEOMETRIES = {"Point": "Point", "LineString": "Line", "Polygon": "Polygon"}


def project_xml(
    about: Description, package: str, layers: Mapping[str, gpd.GeoDataFrame], rasters: Sequence[Raster], grid: Grid
) -> str:
    """The project (.qgs); paths are relative to the folder of the GeoPackage.

    Parameters
    ----------
    package
        Name of the file of the GeoPackage.
    grid
        Frame of the rasters.
    """
    root = ET.Element("qgis", {"version": QGIS_VERSION, "projectname": xml_text(about.title)})
    ET.SubElement(root, "title").text = xml_text(f"{about.title}, revision {about.revision}, run {about.run_id}")
    _crs(ET.SubElement(root, "projectCrs"), PROJECT_CRS)
    tree, every = ET.SubElement(root, "layer-tree-group"), ET.Element("projectlayers")
    there = {layer.name for layer in published_in(layers)}
    for group in all_groups():
        parts = [(name, part) for name in group.layers for part in all_layers()[name].parts if part.name in there]
        if not parts:
            continue
        branch = _branch(tree, group.title, shown=bool(group.shown), opened=bool(group.shown) and not group.closed)
        for name, part in parts:
            item = _vector_layer(about, package, part, layers[part.name])
            every.append(item)
            _leaf(branch, item, "ogr", name in group.shown)
    branch = _branch(tree, "Rasters", shown=True, opened=True)
    for raster in rasters:
        item = _raster_layer(raster, grid)
        every.append(item)
        _leaf(branch, item, "gdal", raster.shown)
    root.append(every)
    extent = _canvas(root, layers["routes"], about)
    themes = themes_of(all_groups(), {name: parts_in(name, there) for name in all_layers()})
    below = [item.findtext("id", "") for item in every if item.get("type") == "raster"][:1]
    add_themes(root, themes, below)
    titles = {item.findtext("id", ""): item.findtext("layername", "") for item in every}
    add_layout(root, about, extent, [(one, titles[one]) for one in (*themes[THEMES[0]], *below)], THEMES[0])
    add_snapping(root)
    _relations(root)
    _properties(root)
    return as_text(root)


def parts_in(name: str, there: Container[str]) -> list[str]:
    """Ids in the project of the layers in which a layer is written, of those that the run has."""
    return [layer_id(part.name) for part in all_layers()[name].parts if part.name in there]


def project_archive(xml: str, name: str, created_utc: str) -> bytes:
    """The project as QGIS stores it in a GeoPackage: a zip (.qgz); the same project gives the same bytes."""
    moment = datetime.fromisoformat(created_utc)
    if not 1980 <= moment.year <= 2107:  # what a zip can say; the clock of a machine may say anything
        moment = datetime(1980, 1, 1)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(f"{name}.qgs", date_time=moment.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, xml)
    return packed.getvalue()


def _vector_layer(about: Description, package: str, layer: Layer, data: gpd.GeoDataFrame) -> ET.Element:
    item = ET.Element("maplayer", {"type": "vector", "geometry": QGIS_GEOMETRIES[layer.geometry]})
    source = f"./{package}|layername={layer.name}"
    _source(item, layer.name, layer.title, source, data.total_bounds if len(data) else about.bounds)
    ET.SubElement(ET.SubElement(item, "resourceMetadata"), "abstract").text = xml_text(layer.meaning)
    ET.SubElement(item, "provider", {"encoding": "UTF-8"}).text = "ogr"
    style = all_styles()[layer.name][0]
    values = set(data[style.attribute]) if style.attribute else set()
    add_symbology(item, for_run(style, about.system_ids, values), layer.geometry)
    if layer.name in EDITED:
        add_form(item, layer, about.system_ids)
    else:
        item.set("readOnly", "1")
    aliases = ET.SubElement(item, "aliases")
    for number, field in enumerate(layer.fields, 1):
        ET.SubElement(aliases, "alias", {"field": field.name, "index": str(number), "name": field.title})
    add_formats(item, layer)
    return item


def _raster_layer(raster: Raster, grid: Grid) -> ET.Element:
    item = ET.Element("maplayer", {"type": "raster"})
    _source(item, f"raster_{raster.name}", in_words(raster.name), f"./{raster.file}", grid.bounds)
    ET.SubElement(item, "provider").text = "gdal"
    known = raster.array[np.isfinite(raster.array)]
    is_depth = raster.stops is DEPTH_STOPS and known.size
    stops = stops_to(raster.stops, float(np.ceil(known.max()))) if is_depth else raster.stops
    add_raster_symbology(item, stops, raster.unit)
    return item


def _source(item: ET.Element, key: str, title: str, source: str, bounds: Sequence[float]) -> None:
    _extent(item, bounds)
    ET.SubElement(item, "id").text = layer_id(key)
    ET.SubElement(item, "datasource").text = source
    ET.SubElement(item, "layername").text = xml_text(title)
    _crs(ET.SubElement(item, "srs"), CRS)


def _relations(root: ET.Element) -> None:
    """How the layers belong together, for forms and expressions."""
    every = ET.SubElement(root, "relations")
    for relation in RELATIONS:
        ends = {"referencingLayer": layer_id(relation.child.name), "referencedLayer": layer_id(relation.parent.name)}
        named = {"id": relation.key, "name": relation.name, "strength": "Association"}
        item = ET.SubElement(every, "relation", {**named, **ends})
        for ours, theirs in relation.on:
            ET.SubElement(item, "fieldRef", {"referencingField": ours, "referencedField": theirs})


def _extent(parent: ET.Element, bounds: Sequence[float]) -> None:
    extent = ET.SubElement(parent, "extent")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), bounds, strict=True):
        ET.SubElement(extent, name).text = repr(float(value))


def _crs(parent: ET.Element, code: int) -> None:
    reference = ET.SubElement(parent, "spatialrefsys")
    ET.SubElement(reference, "wkt").text = pyproj.CRS.from_epsg(code).to_wkt()  # QGIS takes no authid alone
    ET.SubElement(reference, "authid").text = f"EPSG:{code}"


def _branch(tree: ET.Element, title: str, shown: bool, opened: bool) -> ET.Element:
    return ET.SubElement(
        tree, "layer-tree-group", {"name": title, "checked": _checked(shown), "expanded": "1" if opened else "0"}
    )


def _leaf(branch: ET.Element, item: ET.Element, provider: str, shown: bool) -> None:
    values = {
        "id": item.findtext("id", ""),
        "name": item.findtext("layername", ""),
        "source": item.findtext("datasource", ""),
        "providerKey": provider,
        "checked": _checked(shown),
        "expanded": "0",
    }
    ET.SubElement(branch, "layer-tree-layer", values)


def _checked(shown: bool) -> str:
    return "Qt::Checked" if shown else "Qt::Unchecked"


def _canvas(root: ET.Element, routes: gpd.GeoDataFrame, about: Description) -> tuple[float, ...]:
    """Where the map opens: at the routes, with a margin; returns it in metres of the project."""
    west, south, east, north = routes.total_bounds if len(routes) else about.bounds
    margin_deg = 0.1 * max(east - west, north - south)
    wanted = (west - margin_deg, south - margin_deg, east + margin_deg, north + margin_deg)
    canvas = ET.SubElement(root, "mapcanvas", {"name": "theMapCanvas", "annotationsVisible": "1"})
    ET.SubElement(canvas, "units").text = "meters"
    there = pyproj.Transformer.from_crs(CRS, PROJECT_CRS, always_xy=True).transform_bounds(*wanted)
    extent = tuple(round(value, 3) for value in there)
    _extent(canvas, extent)
    _crs(ET.SubElement(canvas, "destinationsrs"), PROJECT_CRS)
    return extent


def _properties(root: ET.Element) -> None:
    """Use the CRS of the project, measure on the ellipsoid in kilometres, keep paths relative."""
    properties = ET.SubElement(root, "properties")
    reference = ET.SubElement(properties, "SpatialRefSys")
    ET.SubElement(reference, "ProjectionsEnabled", {"type": "int"}).text = "1"
    measure = ET.SubElement(properties, "Measure")
    ET.SubElement(measure, "Ellipsoid", {"type": "QString"}).text = "EPSG:7030"
    measurement = ET.SubElement(properties, "Measurement")
    ET.SubElement(measurement, "DistanceUnits", {"type": "QString"}).text = "km"
    ET.SubElement(measurement, "AreaUnits", {"type": "QString"}).text = "km2"
    paths = ET.SubElement(properties, "Paths")
    ET.SubElement(paths, "Absolute", {"type": "bool"}).text = "false"
