"""The data dictionary as Markdown, from the tables of layers and from nothing else."""

from __future__ import annotations

from transcaspian.core.fields import Field
from transcaspian.core.layer_catalogue import all_groups, all_layers, all_styles
from transcaspian.core.layers import Layer
from transcaspian.core.styles import Group
from transcaspian.report.markdown import table

REGENERATE = "transcaspian dictionary > docs/reference/data-dictionary.md"
HEAD = f"""# Data dictionary

Made by `{REGENERATE}` from `fields.py` and `layers.py` in
`pipeline/transcaspian/core/`, and from the layers of the analyses; a test holds it current.

Every layer stands in `<study>.gpkg` and as `geojson/<layer>.geojson`, in EPSG:4326, longitude before latitude. Lengths,
areas and bearings are geodesic on WGS84. Depths are below the declared water level, positive down. An empty cell means
that it is not known ("insufficient information"), never zero; columns without "may be" are always filled. `status` is
REAL (published or measured), DERIVED (computed) or ASSUMED (a default to replace).
"""
READ_ORDER = 210
"""Where the layers that are read stand among the groups: after those that are written by a run or a batch."""
READ_HEAD = """## Layers that are read
What your own file may hold, in any format and CRS that is read. Columns may bear one of the other names, in capitals or
not; columns that are not listed are not read. A file that lacks a required column is refused. A row with an empty
required cell, or with a value that is not allowed, goes to the layer `quarantine` with its reason. Where it is or may
be a no-go area, or is of the shoreline, it stops the run instead.
"""


def data_dictionary() -> str:
    """The whole page."""
    chapters = [(group.order, chapter_of(group)) for group in all_groups()]
    layers_read = "\n".join(read(layer) for layer in all_layers().values() if layer.ingested)
    chapters.append((READ_ORDER, f"{READ_HEAD}\n{layers_read}"))
    return "\n".join([HEAD, *(text for _, text in sorted(chapters))])


def chapter_of(group: Group) -> str:
    """The layers of a group."""
    note = f"{group.note}\n" if group.note else ""
    return f"## {group.title}\n{note}\n" + "\n".join(written(all_layers()[name]) for name in group.layers)


def written(layer: Layer) -> str:
    """A layer that is written, with its styles where a run publishes it."""
    styles = ", ".join(style.name for style in all_styles().get(layer.name, ()))
    names = ", ".join(part.name for part in layer.parts)
    return f"### {names}\n{about(layer, f'; styles: {styles}' if styles else '')}\n\n{columns_of(layer)}"


def about(layer: Layer, more: str = "") -> str:
    """What a layer is."""
    return f"{sentence(layer.meaning)} {sentence(f'{geometry_of(layer)}; key {key_of(layer)}{more}')}"


def columns_of(layer: Layer) -> str:
    """The columns of a layer that is written."""
    rows = [
        (f"`{field.name}`", field.type, field.unit, "" if field.required else "may be", meaning_of(field))
        for field in layer.fields
    ]
    return table(("column", "type", "unit", "empty", "meaning"), rows)


def read(layer: Layer) -> str:
    """A layer that a study reads."""
    rows = [
        (
            f"`{field.name}`",
            field.type,
            field.unit,
            when_empty(layer, field),
            ", ".join(f"`{name}`" for name in field.aliases),
            meaning_of(field),
        )
        for field in layer.fields
    ]
    geometry = geometry_of(layer) if layer.geometry != "Unknown" else "Points, lines or areas"
    facts = f"{geometry}; key {key_of(layer)}"
    return f"### {layer.name}, as read\n{sentence(layer.meaning)} {sentence(facts)}\n\n" + table(
        ("column", "type", "unit", "where empty", "other names", "meaning"), rows
    )


def key_of(layer: Layer) -> str:
    """What names a feature."""
    return " and ".join(f"`{name}`" for name in layer.keys)


def geometry_of(layer: Layer) -> str:
    """What its features are."""
    parts = ", ".join(f"{part.geometry} in `{part.name}`" for part in layer.parts)
    return f"Geometry {layer.geometry}" if layer.geometry != "Unknown" else f"Geometry {parts}"


def when_empty(layer: Layer, field: Field) -> str:
    """What an empty cell, or a column that is not there, becomes in a file that is read."""
    if field.name == "source":
        return "citation of the source in the study"
    if field.name == "status":
        return "status of the source in the study"
    if field.name == layer.key:
        return "name of the file and number of the row"
    if field.default is not None:
        return f"`{str(field.default).lower() if field.type == 'bool' else field.default}`"
    return "required" if field.required else ""


def meaning_of(field: Field) -> str:
    """The meaning, with what the values may be."""
    said = [field.meaning]
    if field.choices:
        said.append(f"one of {', '.join(f'`{choice}`' for choice in field.choices)}")
    if field.minimum is not None:
        said.append(f"at least {field.minimum:g}")
    if field.maximum is not None:
        said.append(f"at most {field.maximum:g}")
    return "; ".join(said)


def sentence(text: str) -> str:
    """The text as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."
