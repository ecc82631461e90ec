"""The data dictionary as Markdown, from the table of layers and from nothing else."""

from __future__ import annotations

from transcaspian.core.fields import Field
from transcaspian.core.layers import BATCH_ROUTES, LAYERS, VALIDATION, Layer
from transcaspian.core.styles import GROUPS, STYLES
from transcaspian.report.markdown import table

REGENERATE = "transcaspian dictionary > docs/reference/data-dictionary.md"
HEAD = f"""# Data dictionary

Made by `{REGENERATE}` from `fields.py` and `layers.py` in
`pipeline/transcaspian/core/`; a test holds it current.

Every layer stands in `<study>.gpkg` and as `geojson/<layer>.geojson`, in EPSG:4326, longitude before latitude. Lengths,
areas and bearings are geodesic on WGS84. Depths are below the declared water level, positive down. An empty cell means
that it is not known ("insufficient information"), never zero; columns without "may be" are always filled. `status` is
REAL (published or measured), DERIVED (computed) or ASSUMED (a default to replace).
"""
BATCH_HEAD = """## Batches
What `transcaspian batch` writes into `routes.parquet` (GeoParquet, EPSG:4326).
"""
READ_HEAD = """## Layers that are read
What your own file may hold, in any format and CRS that is read. Columns may bear one of the other names, in capitals or
not; columns that are not listed are not read. A file that lacks a required column is refused. A row with an empty
required cell, or with a value that is not allowed, goes to the layer `quarantine` with its reason. Where it is or may
be a no-go area, or is of the shoreline, it stops the run instead.
"""
VALIDATION_HEAD = """## Layers of a validation
What `transcaspian validate` writes into `validation.gpkg`; no run has them.
"""


def data_dictionary() -> str:
    """The whole page."""
    parts = [HEAD]
    for group in GROUPS:
        parts.append(f"## {group.title}\n")
        parts += [published(LAYERS[name]) for name in group.layers]
    parts.append(BATCH_HEAD)
    parts.append(f"### {BATCH_ROUTES.name}\n{about(BATCH_ROUTES)}\n\n{columns_of(BATCH_ROUTES)}")
    parts.append(READ_HEAD)
    parts += [read(layer) for layer in LAYERS.values() if layer.ingested]
    parts.append(VALIDATION_HEAD)
    parts += [f"### {layer.name}\n{about(layer)}\n\n{columns_of(layer)}" for layer in VALIDATION]
    return "\n".join(parts)


def published(layer: Layer) -> str:
    """A layer that a run publishes."""
    styles = ", ".join(style.name for style in STYLES[layer.name])
    return f"### {layer.name}\n{about(layer, f'; styles: {styles}')}\n\n{columns_of(layer)}"


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
    facts = f"{geometry_of(layer)}; key {key_of(layer)}"
    return f"### {layer.name}, as read\n{sentence(layer.meaning)} {sentence(facts)}\n\n" + table(
        ("column", "type", "unit", "where empty", "other names", "meaning"), rows
    )


def key_of(layer: Layer) -> str:
    """What names a feature."""
    return " and ".join(f"`{name}`" for name in layer.keys)


def geometry_of(layer: Layer) -> str:
    """What its features are."""
    return "Points, lines or areas" if layer.geometry == "Unknown" else f"Geometry {layer.geometry}"


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
    return "; ".join(said)


def sentence(text: str) -> str:
    """The text as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."
