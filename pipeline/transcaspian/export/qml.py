"""Styles as QGIS writes them (QML, version 3.22 and newer), from the table of styles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from transcaspian.core.styles import Band, Style, Symbol, channels_of

QGIS_VERSION = "3.22.0"
DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
SYMBOL_TYPES = {"Point": "marker", "LineString": "line", "Polygon": "fill"}
BRUSHES = {"none": "no", "solid": "solid", "hatched": "b_diagonal"}
MARKERS = {"cross": "cross_fill"}  # the others have the same name there
# Places of labels as QGIS counts them: around a point, along a line, and free inside an area
PLACEMENTS = {"Point": "0", "LineString": "3", "Polygon": "1"}
LABEL_SIZE_PT = 8
EDGE_MM = 0.5
"""Widest edge of an area: where points have the same style, the size of its symbols is that of their markers."""

Stops = Sequence[tuple[float, str]]


def vector_qml(style: Style, geometry: str) -> str:
    """The QML of a style, for features of a type (``Point``, ``LineString`` or ``Polygon``)."""
    root = ET.Element("qgis", {"version": QGIS_VERSION, "styleCategories": "Symbology|Labeling"})
    add_symbology(root, style, geometry)
    return as_text(root)


def raster_qml(stops: Stops, unit: str) -> str:
    """The QML of a raster of one band whose colour goes over evenly between stops."""
    root = ET.Element("qgis", {"version": QGIS_VERSION, "styleCategories": "Symbology"})
    add_raster_symbology(root, stops, unit)
    return as_text(root)


def add_symbology(parent: ET.Element, style: Style, geometry: str) -> None:
    """Renderer and labels of a layer, under the root of a QML or a layer of a project."""
    parent.append(renderer(style, SYMBOL_TYPES[geometry]))
    parent.set("labelsEnabled", "1" if style.label else "0")
    if style.label:
        parent.append(labeling(style, PLACEMENTS[geometry]))
    ET.SubElement(parent, "blendMode").text = "0"
    ET.SubElement(parent, "layerOpacity").text = "1"


def renderer(style: Style, kind: str) -> ET.Element:
    """One symbol, or one per class; what belongs to none of the classes is drawn too, and named."""
    if style.bands:
        return rule_renderer(rules_of(style, kind))
    if not style.categories:
        element = ET.Element("renderer-v2", {"type": "singleSymbol"})
        element.append(symbols_of([(style.symbol, kind)]))
        return element
    element = ET.Element("renderer-v2", {"type": "categorizedSymbol", "attr": style.attribute})
    listed = ET.SubElement(element, "categories")
    for number, category in enumerate(style.categories):
        values = {"value": category.value, "label": category.label, "symbol": str(number), "type": "string"}
        ET.SubElement(listed, "category", {**values, "render": "true"})
    others = {"value": "", "label": style.other, "symbol": str(len(style.categories)), "type": "string"}
    ET.SubElement(listed, "category", {**others, "render": "true"})
    element.append(symbols_of([(item, kind) for item in (*(item.symbol for item in style.categories), style.symbol)]))
    return element


@dataclass(frozen=True)
class Rule:
    """Features for which the expression is true, with their symbol of a kind."""

    label: str
    expression: str
    symbol: Symbol
    kind: str


def rules_of(style: Style, kind: str) -> Iterator[Rule]:
    """A rule for each band, and for what belongs to none.

    Rules and not graduated symbols: those leave out what has no value, and missing is never left out.
    """
    bands = [(band.label, condition, band.symbol) for band, condition in conditions(style.attribute, style.bands)]
    told = " OR ".join(f"({condition})" for _, condition, _ in bands)
    for label, condition, symbol in (*bands, (style.other, f"coalesce(NOT ({told}), true)", style.symbol)):
        yield Rule(label, condition, symbol, kind)


def rule_renderer(rules: Iterable[Rule]) -> ET.Element:
    """A renderer by rules."""
    element = ET.Element("renderer-v2", {"type": "RuleRenderer"})
    listed = ET.SubElement(element, "rules", {"key": "all"})
    every = list(rules)
    for number, rule in enumerate(every):
        key = {"key": f"rule-{number}", "symbol": str(number), "label": rule.label}
        ET.SubElement(listed, "rule", {**key, "filter": rule.expression})
    element.append(symbols_of([(rule.symbol, rule.kind) for rule in every]))
    return element


def conditions(attribute: str, bands: Sequence[Band]) -> Iterator[tuple[Band, str]]:
    """Each band with the expression that is true for its features; the first and the last are open outwards."""
    for number, band in enumerate(bands):
        ends = [f'"{attribute}" >= {band.low:g}'] if number else []
        ends += [f'"{attribute}" < {band.high:g}'] if number < len(bands) - 1 else []
        yield band, " AND ".join(ends)


def symbols_of(symbols: Sequence[tuple[Symbol, str]]) -> ET.Element:
    """Symbols with their kinds, named by their number."""
    element = ET.Element("symbols")
    for number, (symbol, kind) in enumerate(symbols):
        whole = {"name": str(number), "type": kind, "alpha": f"{symbol.opacity:g}", "clip_to_extent": "1"}
        item = ET.SubElement(element, "symbol", {**whole, "force_rhr": "0"})
        class_name, properties = SYMBOL_LAYERS[kind]
        layer = ET.SubElement(item, "layer", {"class": class_name, "enabled": "1", "locked": "0", "pass": "0"})
        add_options(layer, properties(symbol))
    return element


def marker_properties(symbol: Symbol) -> dict[str, str]:
    """A marker with a thin white edge, so that it stands out from what is under it."""
    return {
        "name": MARKERS.get(symbol.marker, symbol.marker),
        "color": rgba(symbol.colour),
        "size": f"{symbol.size_mm:g}",
        "size_unit": "MM",
        "outline_color": rgba("#ffffff"),
        "outline_style": "solid",
        "outline_width": "0.1",
        "outline_width_unit": "MM",
    }


def line_properties(symbol: Symbol) -> dict[str, str]:
    """A line."""
    return {
        "line_color": rgba(symbol.colour),
        "line_width": f"{symbol.size_mm:g}",
        "line_width_unit": "MM",
        "line_style": symbol.dash,
        "capstyle": "flat",
        "joinstyle": "round",
    }


def fill_properties(symbol: Symbol) -> dict[str, str]:
    """An area with its edge."""
    return {
        "style": BRUSHES[symbol.fill],
        "color": rgba(symbol.colour),
        "outline_color": rgba(symbol.colour),
        "outline_style": symbol.dash,
        "outline_width": f"{min(symbol.size_mm, EDGE_MM):g}",
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }


SYMBOL_LAYERS: dict[str, tuple[str, Callable[[Symbol], dict[str, str]]]] = {
    "marker": ("SimpleMarker", marker_properties),
    "line": ("SimpleLine", line_properties),
    "fill": ("SimpleFill", fill_properties),
}


def labeling(style: Style, placement: str) -> ET.Element:
    """Labels by the expression of the style, on a white edge."""
    element = ET.Element("labeling", {"type": "simple"})
    settings = ET.SubElement(element, "settings")
    font = {"fontFamily": "Sans Serif", "fontSize": str(LABEL_SIZE_PT), "fontSizeUnit": "Point"}
    shown = {"fieldName": style.label, "isExpression": "1", **font, "textColor": rgba("#222222")}
    edge = {"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM", "bufferColor": rgba("#ffffff")}
    ET.SubElement(ET.SubElement(settings, "text-style", shown), "text-buffer", edge)
    priority = {"priority": "10" if style.label_wins else "5"}
    ET.SubElement(settings, "placement", {"placement": placement, "dist": "1", "distUnits": "MM", **priority})
    visibility = {"drawLabels": "1", "scaleVisibility": "1" if style.label_from_scale else "0"}
    visibility["displayAll"] = "1" if style.label_wins else "0"
    ET.SubElement(settings, "rendering", {**visibility, "scaleMin": "0", "scaleMax": str(style.label_from_scale)})
    return element


def add_raster_symbology(parent: ET.Element, stops: Stops, unit: str) -> None:
    """Colours of a raster, under the root of a QML or a layer of a project."""
    low, high = f"{stops[0][0]:g}", f"{stops[-1][0]:g}"
    pipe = ET.SubElement(parent, "pipe")
    ends = {"classificationMin": low, "classificationMax": high}
    kind = {"type": "singlebandpseudocolor", "band": "1", "opacity": "1", "alphaBand": "-1"}
    shader = ET.SubElement(ET.SubElement(pipe, "rasterrenderer", {**kind, **ends}), "rastershader")
    classes = {"colorRampType": "INTERPOLATED", "classificationMode": "1", "clip": "0"}
    ramp = ET.SubElement(shader, "colorrampshader", classes | {"minimumValue": low, "maximumValue": high})
    for value, colour in stops:
        shown = {"label": f"{value:g} {unit}".rstrip(), "color": colour, "alpha": "255"}
        ET.SubElement(ramp, "item", {"value": f"{value:g}", **shown})
    ET.SubElement(pipe, "brightnesscontrast", {"brightness": "0", "contrast": "0", "gamma": "1"})
    ET.SubElement(pipe, "huesaturation", {"saturation": "0", "grayscaleMode": "0"})
    ET.SubElement(pipe, "rasterresampler", {"maxOversampling": "2"})
    ET.SubElement(parent, "blendMode").text = "0"


def add_options(parent: ET.Element, values: Mapping[str, str]) -> None:
    """Properties the way QGIS keeps them."""
    options = ET.SubElement(parent, "Option", {"type": "Map"})
    for name, value in values.items():
        ET.SubElement(options, "Option", {"name": name, "type": "QString", "value": value})


def rgba(colour: str) -> str:
    """``#rrggbb`` as ``r,g,b,255``."""
    return ",".join(map(str, (*channels_of(colour), 255)))


def as_text(root: ET.Element) -> str:
    """The document with its type, indented."""
    ET.indent(root)
    return DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"
