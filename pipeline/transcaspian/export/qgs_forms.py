"""What the QGIS project has for the layers that people edit: forms for their features, and snapping to the route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from transcaspian.core.fields import Field
from transcaspian.core.layers import EDIT_KEEP_OUT, EDIT_REMARKS, EDIT_VERTICES, EDIT_VIA, Layer

EDITED = tuple(layer.name for layer in (EDIT_VERTICES, EDIT_VIA, EDIT_KEEP_OUT, EDIT_REMARKS))
"""Layers that may be edited; the others are open for reading only."""
SNAPPED = ("edit_vertices", "edit_via", "routes", "cables")
SNAP_PIXELS = 12
DEFAULTS = {"who": "@user_account_name", "when": "format_date(now(), 'yyyy-MM-dd')"}
"""Expressions that fill a field of a new feature."""
TIP_FIELDS = 12
"""How many columns, the first of a layer, a pointer over a feature tells."""
ADVANCED, VERTEX_AND_SEGMENT, IN_PIXELS = "3", "3", "1"
"""Codes of QGIS: snapping as each layer says, to what, and the unit of the tolerance (`QgsTolerance.Pixels`)."""


def layer_id(key: str) -> str:
    """The id of a layer in the project: QGIS gives a new one to whatever is shorter than ten."""
    return f"transcaspian_{key}"


def add_form(item: ET.Element, layer: Layer, system_ids: Sequence[str]) -> None:
    """Widgets, defaults and which fields may be edited.

    Parameters
    ----------
    item
        The layer of the project.
    system_ids
        What ``system_id`` is chosen from.
    """
    widgets, defaults = ET.SubElement(item, "fieldConfiguration"), ET.SubElement(item, "defaults")
    editable = ET.SubElement(item, "editable")
    for field in layer.fields:
        is_key = field.name in (layer.key, "SeqNo", "PosNo")
        edited = ET.SubElement(widgets, "field", {"name": field.name, "configurationFlags": "NoFlag"})
        _widget(edited, field.name, field.type, system_ids)
        expression = DEFAULTS.get(field.name, "")
        ET.SubElement(defaults, "default", {"field": field.name, "expression": expression, "applyOnUpdate": "0"})
        ET.SubElement(editable, "field", {"name": field.name, "editable": "0" if is_key else "1"})
    ET.SubElement(item, "editorlayout").text = "generatedlayout"


def _widget(edited: ET.Element, name: str, kind: str, system_ids: Sequence[str]) -> None:
    if name == "system_id":
        options = _widget_of(edited, "ValueMap", {})
        choices = ET.SubElement(options, "Option", {"type": "List", "name": "map"})
        for shown, value in (("(the nearest)", ""), *((system_id, system_id) for system_id in system_ids)):
            choice = ET.SubElement(choices, "Option", {"type": "Map"})
            ET.SubElement(choice, "Option", {"type": "QString", "name": shown, "value": value})
    elif name == "remarks":
        _widget_of(edited, "TextEdit", {"IsMultiline": "true"})
    elif kind in ("int", "float"):
        _widget_of(edited, "Range", {"Style": "SpinBox", "AllowNull": "true", "Min": "0"})
    else:
        _widget_of(edited, "TextEdit", {"IsMultiline": "false"})


def _widget_of(edited: ET.Element, kind: str, values: Mapping[str, str]) -> ET.Element:
    """A widget with its settings; returns the element that they stand in."""
    config = ET.SubElement(ET.SubElement(edited, "editWidget", {"type": kind}), "config")
    options = ET.SubElement(config, "Option", {"type": "Map"})
    for name, value in values.items():
        as_bool = value in ("true", "false")
        attributes = {"type": "bool" if as_bool else "QString", "name": name, "value": value}
        ET.SubElement(options, "Option", attributes)
    return options


def add_formats(item: ET.Element, layer: Layer) -> None:
    """How figures are shown, what names a feature, and what a pointer over it tells.

    Parameters
    ----------
    item
        The layer of the project.
    """
    widgets = item.find("fieldConfiguration")
    if widgets is None:
        widgets = ET.SubElement(item, "fieldConfiguration")
        for field in layer.fields:
            if field.type == "float" and field.shown_decimals is not None:
                shown = ET.SubElement(widgets, "field", {"name": field.name, "configurationFlags": "NoFlag"})
                _widget_of(shown, "Range", {"Style": "SpinBox", "Precision": str(field.shown_decimals)})
    named = "name" if "name" in layer.field_names else layer.key
    ET.SubElement(item, "previewExpression").text = f'coalesce("{named}", "{layer.key}")'
    lines = "".join(f"[% coalesce({told_of(field)} || '<br>', '') %]" for field in layer.current_fields[:TIP_FIELDS])
    ET.SubElement(item, "mapTip").text = f"<b>{layer.title}</b><br>{lines}"


def told_of(field: Field) -> str:
    """The expression of a column with its name in words; nothing where it is empty."""
    decimals = field.shown_decimals if field.type == "float" else None
    value = f'"{field.name}"' if decimals is None else f'format_number("{field.name}", {decimals})'
    return f"'{field.title}: ' || {value}"


def add_snapping(root: ET.Element) -> None:
    """Snapping to vertices and lines that a person edits along, on from the start."""
    settings = {
        "enabled": "1",
        "mode": ADVANCED,
        "type": VERTEX_AND_SEGMENT,
        "tolerance": str(SNAP_PIXELS),
        "unit": IN_PIXELS,
        "intersection-snapping": "0",
        "self-snapping": "1",
    }
    one_by_one = ET.SubElement(ET.SubElement(root, "snapping-settings", settings), "individual-layer-settings")
    for name in SNAPPED:
        of_layer = {"id": layer_id(name), "enabled": "1", "type": VERTEX_AND_SEGMENT, "tolerance": str(SNAP_PIXELS)}
        ET.SubElement(one_by_one, "layer-setting", {**of_layer, "units": IN_PIXELS, "minScale": "0", "maxScale": "0"})
