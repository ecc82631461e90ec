"""What a GeoPackage says beside its features: columns described, metadata, styles and a QGIS project.

The tables are those of the schema and metadata extensions of OGC GeoPackage 1.3 (annexes F.9 and F.8), of the related
tables extension (OGC 18-000), and the two that QGIS keeps for itself, ``layer_styles`` and ``qgis_projects``.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Container, Iterator, Mapping
from contextlib import closing
from itertools import groupby
from pathlib import Path

import geopandas as gpd

from transcaspian.core.fields import Field
from transcaspian.core.layer_catalogue import all_styles, published_in
from transcaspian.core.layers import RELATIONS, Layer
from transcaspian.core.styles import for_run
from transcaspian.export.description import Description
from transcaspian.export.faults import writing
from transcaspian.export.geopackage import GEOMETRY_COLUMN
from transcaspian.export.iso19139 import MIME_TYPE, STANDARD_URI, iso19139
from transcaspian.export.qgs import project_archive
from transcaspian.export.qml import vector_qml

TABLES = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
CREATE TABLE gpkgext_relations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, base_table_name TEXT NOT NULL, base_primary_column TEXT NOT NULL DEFAULT 'id',
  related_table_name TEXT NOT NULL, related_primary_column TEXT NOT NULL DEFAULT 'id', relation_name TEXT NOT NULL,
  mapping_table_name TEXT NOT NULL UNIQUE);
CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB);
"""
SCHEMA_URI = "http://www.geopackage.org/spec/#extension_schema"
METADATA_URI = "http://www.geopackage.org/spec/#extension_metadata"
RELATED_URI = "http://www.geopackage.org/18-000.html"
EXTENSIONS = (
    ("gpkg_data_columns", "gpkg_schema", SCHEMA_URI),
    ("gpkg_data_column_constraints", "gpkg_schema", SCHEMA_URI),
    ("gpkg_metadata", "gpkg_metadata", METADATA_URI),
    ("gpkg_metadata_reference", "gpkg_metadata", METADATA_URI),
    ("gpkgext_relations", "gpkg_related_tables", RELATED_URI),
    *((tables, "gpkg_related_tables", RELATED_URI) for tables in dict.fromkeys(item.tables for item in RELATIONS)),
)


def describe_geopackage(path: Path, about: Description, layers: Mapping[str, gpd.GeoDataFrame], project: str) -> None:
    """Add descriptions, metadata, styles and the project to a GeoPackage that has its layers.

    Parameters
    ----------
    project
        The QGIS project, as XML.

    Raises
    ------
    ExportError
        When the file cannot be written.
    """
    with writing(path, sqlite3.Error), closing(sqlite3.connect(path)) as database, database:
        for statement in filter(str.strip, TABLES.split(";")):
            database.execute(statement)
        database.executemany(
            "INSERT INTO gpkg_extensions (table_name, column_name, extension_name, definition, scope) "
            "VALUES (?, NULL, ?, ?, 'read-write')",
            EXTENSIONS,
        )
        describe_columns(database, layers)
        add_metadata(database, about)
        add_styles(database, about, layers)
        relate_tables(database)
        add_project(database, about, project)


def describe_columns(database: sqlite3.Connection, names: Container[str]) -> None:
    """Title, meaning and unit of every column, and what its values may be."""
    constraints: dict[str, list[tuple[str | float | None, ...]]] = {}
    for layer in published_in(names):
        for field in layer.fields:
            name = None
            rows = list(constraint_rows(field))
            if rows:
                # columns that say the same share a constraint: `status` is the same everywhere
                name = next(
                    (known for known, given in constraints.items() if given == rows), f"{layer.name}_{field.name}"
                )
                constraints.setdefault(name, rows)
            database.execute(
                "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)",
                (layer.name, field.name, field.name, column_title(field), column_meaning(layer, field), name),
            )
    for name, rows in constraints.items():
        database.executemany(
            "INSERT INTO gpkg_data_column_constraints VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            [(name, *row) for row in rows],
        )


def constraint_rows(field: Field) -> Iterator[tuple[str | float | None, ...]]:
    """Type, value, least and greatest with whether they are included, of each row of a column's constraint."""
    if field.choices:
        yield from (("enum", choice, None, None, None, None) for choice in field.choices)
    elif field.minimum is not None:
        yield ("range", None, field.minimum, 1, sys.float_info.max, 1)  # the standard wants both ends


def column_title(field: Field) -> str:
    """The name, with the unit."""
    return f"{field.name} ({field.shown_unit})" if field.shown_unit else field.name


def column_meaning(layer: Layer, field: Field) -> str:
    """What the column says, and whether it names the feature."""
    if field.name not in layer.keys:
        return field.meaning
    return f"{field.meaning} ({'part of the' if layer.key_of else 'the'} key of the layer)"


def add_metadata(database: sqlite3.Connection, about: Description) -> None:
    """The ISO document, for the whole file."""
    database.execute(
        "INSERT INTO gpkg_metadata VALUES (1, 'dataset', ?, ?, ?)", (STANDARD_URI, MIME_TYPE, iso19139(about))
    )
    database.execute(
        "INSERT INTO gpkg_metadata_reference VALUES ('geopackage', NULL, NULL, NULL, ?, 1, NULL)", (about.created_utc,)
    )


def add_styles(database: sqlite3.Connection, about: Description, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Every style of every layer, where QGIS looks for them; the first of a layer is its default."""
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', 'styles of the layers, for QGIS', ?)",
        (about.created_utc,),
    )
    for layer in published_in(layers):
        data = layers[layer.name]
        for number, style in enumerate(all_styles()[layer.name]):
            values = set(data[style.attribute]) if style.attribute else set()
            database.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                "styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) "
                "VALUES ('', '', ?, ?, ?, ?, '', ?, ?, 'transcaspian', NULL, ?)",
                (
                    layer.name,
                    GEOMETRY_COLUMN,
                    style.name,
                    vector_qml(for_run(style, about.system_ids, values), layer.geometry),
                    number == 0,
                    f"{layer.meaning}: by {style.name}",
                    about.created_utc,
                ),
            )


def relate_tables(database: sqlite3.Connection) -> None:
    """Say which positions and spans belong together, feature by feature, as the related tables extension has it."""
    for tables, relations in groupby(RELATIONS, lambda relation: relation.tables):
        ways = list(relations)
        parent, child = ways[0].parent.name, ways[0].child.name
        database.execute(
            "INSERT INTO gpkgext_relations (base_table_name, base_primary_column, related_table_name, "
            "related_primary_column, relation_name, mapping_table_name) VALUES (?, 'fid', ?, 'fid', 'features', ?)",
            (parent, child, tables),
        )
        same = (" AND ".join(f'p."{theirs}" = c."{ours}"' for ours, theirs in way.on) for way in ways)
        pairs = " UNION ".join(f'SELECT p.fid, c.fid FROM "{parent}" p JOIN "{child}" c ON {on}' for on in same)
        database.execute(f'CREATE TABLE "{tables}" (base_id INTEGER NOT NULL, related_id INTEGER NOT NULL)')
        database.execute(f'INSERT INTO "{tables}" {pairs} ORDER BY 2, 1')


def add_project(database: sqlite3.Connection, about: Description, project: str) -> None:
    """The project under the name of the study; QGIS keeps it as hexadecimal text."""
    metadata = json.dumps({"last_modified_time": about.created_utc[:19], "last_modified_user": "transcaspian"})
    content = project_archive(project, about.study_id, about.created_utc).hex()
    database.execute("INSERT INTO qgis_projects VALUES (?, ?, ?)", (about.study_id, metadata, content))
