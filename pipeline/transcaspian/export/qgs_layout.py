"""What the QGIS project has to print: themes of the map, and a layout of A3 with legend, scale, north and sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from transcaspian.core.styles import THEMES, Group
from transcaspian.core.xmltext import xml_text
from transcaspian.export.description import Description
from transcaspian.export.qgs_forms import layer_id

PAGE, LABEL, PICTURE, SCALE_BAR, LEGEND, MAP = "65638", "65641", "65640", "65646", "65642", "65639"
"""Kinds of items as QGIS counts them (`QgsLayoutItemRegistry`)."""
A3_MM = (420.0, 297.0)
MARGIN_MM = 10.0
MAP_MM = (10.0, 22.0, 300.0, 248.0)
"""Left, top, width and height of the map."""
SIDE_MM = 318.0
"""Where the column beside the map begins."""
TITLE_PT, TEXT_PT, SOURCES_PT = 18, 10, 6
ARROW = ":/images/north_arrows/layout_default_north_arrow.svg"
LAYOUT = "A3"
RASTER = layer_id("raster_")


def themes_of(groups: Iterable[Group], ids: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The layers of the project that each theme shows.

    Parameters
    ----------
    ids
        Layers of the project by the name of the layer in its group.
    """
    listed = list(groups)
    return {
        theme: [
            one
            for group in listed
            if theme in group.themes
            for name in group.shown or group.layers
            for one in ids.get(name, ())
        ]
        for theme in THEMES
    }


def add_themes(root: ET.Element, themes: Mapping[str, Sequence[str]], always: Sequence[str]) -> None:
    """The themes of the map, by layers of the project; ``always``: below those of each."""
    presets = ET.SubElement(root, "visibility-presets")
    for name, layers in themes.items():
        preset = ET.SubElement(presets, "visibility-preset", {"name": name, "has-expanded-info": "0"})
        for layer in (*layers, *always):
            ET.SubElement(preset, "layer", {"id": layer, "visible": "1", "expanded": "0", "style": "default"})


def add_layout(
    root: ET.Element, about: Description, extent: Sequence[float], shown: Sequence[tuple[str, str]], theme: str
) -> None:
    """A layout of A3 in landscape.

    Parameters
    ----------
    extent
        West, south, east and north of the map, in metres of the project.
    shown
        Id and title of the layers of the legend.
    theme
        What the map follows.
    """
    layouts = ET.SubElement(root, "Layouts")
    layout = ET.SubElement(layouts, "Layout", {"name": LAYOUT, "units": "mm", "printResolution": "200"})
    _item(ET.SubElement(layout, "PageCollection"), PAGE, (0.0, 0.0, *A3_MM), {})
    follow = {"followPreset": "true", "followPresetName": theme, "keepLayerSet": "false", "frame": "true"}
    sheet = _item(layout, MAP, MAP_MM, {**follow, "drawCanvasItems": "true", "mapRotation": "0"})
    ET.SubElement(sheet, "Extent", dict(zip(("xmin", "ymin", "xmax", "ymax"), map(str, fitted(extent)), strict=True)))
    uuid = sheet.get("uuid", "")
    _text(layout, f"{about.title}, revision {about.revision}", (MARGIN_MM, 8.0, 300.0, 12.0), TITLE_PT)
    _legend(layout, uuid, shown)
    _scale_bar(layout, uuid, fitted(extent))
    arrow = {"file": ARROW, "mapUuid": uuid, "mode": "0", "northMode": "1", "resizeMode": "0"}
    _item(layout, PICTURE, (388.0, 8.0, 20.0, 24.0), arrow)
    made = f"Run {about.run_id}, {about.created_utc[:10]}. World Mercator; lengths are geodesic on WGS 84. "
    told = "; ".join(dict.fromkeys(source.citation for source in about.sources))
    depths = f"Depth below {about.water_level.removeprefix('below ')}. "
    _text(layout, f"{made}{depths}Sources: {told}", (MARGIN_MM, 272.0, 400.0, 20.0), SOURCES_PT)


def fitted(extent: Sequence[float]) -> tuple[float, float, float, float]:
    """The extent made as wide or as high as the map on the sheet."""
    west, south, east, north = extent
    width, height = MAP_MM[2:]
    metres_per_mm = max((east - west) / width, (north - south) / height)
    x, y, half_x, half_y = (west + east) / 2, (south + north) / 2, width * metres_per_mm / 2, height * metres_per_mm / 2
    return x - half_x, y - half_y, x + half_x, y + half_y


def _item(parent: ET.Element, kind: str, place: Sequence[float], values: Mapping[str, str]) -> ET.Element:
    """An item of the layout at left, top, width and height."""
    left, top, width, height = place
    uuid = f"{{{uuid5(NAMESPACE_URL, f'transcaspian:{kind}:{left}:{top}')}}}"
    at = f"{left:g},{top:g},mm"
    common = {"type": kind, "uuid": uuid, "templateUuid": uuid, "position": at, "positionOnPage": at}
    common |= {"size": f"{width:g},{height:g},mm", "visibility": "1", "opacity": "1", "referencePoint": "0"}
    background = "true" if kind in (PAGE, MAP) else "false"
    return ET.SubElement(parent, "LayoutItem", {**common, "background": background, "frame": "false", **values})


def _text(layout: ET.Element, text: str, place: Sequence[float], size_pt: int) -> None:
    values = {"labelText": xml_text(text), "halign": "1", "valign": "32", "htmlState": "0", "marginX": "0"}
    label = _item(layout, LABEL, place, values | {"marginY": "0"})
    _font(label, size_pt)


def _font(parent: ET.Element, size_pt: int) -> None:
    font = {"fontFamily": "Sans Serif", "fontSize": str(size_pt), "fontSizeUnit": "Point", "textColor": "30,30,30,255"}
    ET.SubElement(parent, "text-style", font)
    ET.SubElement(parent, "LabelFont", {"description": f"Sans Serif,{size_pt},-1,5,50,0,0,0,0,0", "style": ""})


def _legend(layout: ET.Element, map_uuid: str, shown: Sequence[tuple[str, str]]) -> None:
    """Only what the map shows, with symbols of what it has."""
    values = {"title": "Legend", "map_uuid": map_uuid, "legendFilterByMap": "1", "resizeToContents": "1"}
    sizes = {"symbolWidth": "6", "symbolHeight": "3", "columnCount": "1", "boxSpace": "1", "fontColor": "#222222"}
    legend = _item(layout, LEGEND, (SIDE_MM, 36.0, 92.0, 200.0), values | sizes)
    styles = ET.SubElement(legend, "styles")
    around = {"alignment": "1", "marginTop": "1", "marginLeft": "2", "indent": "0"}
    for name, size_pt in (("title", 12), ("group", 9), ("subgroup", 8), ("symbol", 7), ("symbolLabel", 7)):
        style = ET.SubElement(styles, "style", {**around, "name": name})
        _font(style, size_pt)
        ET.SubElement(style, "styleFont", {"description": f"Sans Serif,{size_pt},-1,5,50,0,0,0,0,0", "style": ""})
    tree = ET.SubElement(legend, "layer-tree-group")
    for layer, title in shown:
        leaf = ET.SubElement(tree, "layer-tree-layer", {"id": layer, "name": title, "checked": "Qt::Checked"})
        options = ET.SubElement(ET.SubElement(leaf, "customproperties"), "Option", {"type": "Map"})
        if layer.startswith(RASTER):  # the band says what the title does
            ET.SubElement(options, "Option", {"type": "QString", "name": "legend/label-0", "value": "m"})


def _scale_bar(layout: ET.Element, map_uuid: str, extent: Sequence[float]) -> None:
    """Two segments of a round length in kilometres, measured on the ellipsoid."""
    kilometres = (extent[2] - extent[0]) / 1000.0 / 10.0
    power = 10.0 ** int(f"{kilometres:e}".partition("e")[2])
    segment = max(step * power for step in (1.0, 2.0, 5.0) if step * power <= kilometres)
    values = {"mapUuid": map_uuid, "style": "Single Box", "unitType": "km", "unitLabel": "km", "numSegments": "2"}
    sizes = {"numUnitsPerSegment": f"{segment:g}", "numMapUnitsPerScaleBarUnit": "1", "height": "2.5"}
    more = {"numSegmentsLeft": "0", "segmentSizeMode": "0", "labelBarSpace": "2", "boxContentSpace": "1"}
    bar = _item(layout, SCALE_BAR, (SIDE_MM, 248.0, 92.0, 14.0), values | sizes | more)
    _font(bar, TEXT_PT)
