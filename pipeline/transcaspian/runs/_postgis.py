"""The database side of `transcaspian.runs.postgis`: every layer with its history, and views that show the current run.

Everything happens in one transaction. Rows go to a staging table first and are compared there; the history then takes
them, and the views turn to the new run by one row of ``runs``. Readers therefore see the run before until the commit
and the whole new run after it, and none waits but a second publisher.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import Jsonb

from transcaspian.core.errors import ExportError
from transcaspian.core.frames import plain_values
from transcaspian.core.layer_catalogue import published_in
from transcaspian.core.layers import Layer
from transcaspian.export.geopackage import with_declared_geometry
from transcaspian.runs.published_run import DSN_VARIABLE, PublishedRun

SQL_TYPES = {"str": "text", "int": "bigint", "float": "double precision", "bool": "boolean"}
# lines and areas may be multi-part in one run and not in the next: a column has one type for all of them
SQL_GEOMETRIES = {"Point": "Point", "LineString": "MultiLineString", "Polygon": "MultiPolygon"}
MULTI_PART = {
    "MultiPoint": shapely.multipoints,
    "MultiLineString": shapely.multilinestrings,
    "MultiPolygon": shapely.multipolygons,
}
COLLECTION_TYPES = {"Point": 1, "LineString": 2, "Polygon": 3}
"""What `ST_CollectionExtract` calls them."""
SRID = 4326
AMBIGUOUS_PASSWORD = re.compile(r"postgres(?:ql)?://[^:@/]*:(?:[^@]*/[^@?]*@|[^@]*@[^?]*@)")
"""libpq would take a part of such a password for the host, and name it."""
CONNECT_SECONDS = 10
EXTENT_TOLERANCE_DEG = 1e-9
CURRENT_ROWS: LiteralString = (
    "CREATE OR REPLACE VIEW {schema}.{view} AS SELECT h.* FROM {schema}.{table} h "
    "JOIN {schema}.runs r ON r.run_id = h.run WHERE r.is_current"
)
HINTS: dict[type[psycopg.Error], str] = {
    errors.InsufficientPrivilege: "ask the database's owner for the right: CREATE on the database for a new schema, "
    "and once CREATE EXTENSION postgis",
    errors.DataError: "the database cannot hold a text of that row",
    errors.UndefinedFile: "install PostGIS on the server",
    errors.FeatureNotSupported: "install PostGIS on the server",
}


@contextmanager
def opened(dsn: str, schema: str) -> Iterator[Database]:
    """A database inside one transaction; every fault of it is one sentence, without the password.

    Raises
    ------
    ExportError
        Naming the database and the schema, what happened and what to do.
    """
    if AMBIGUOUS_PASSWORD.match(dsn):
        raise ExportError(
            "the DSN has @ or / within its password: write %40 and %2F for them, or leave it out and set PGPASSWORD"
        )
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        # not chained: what libpq says of a DSN that it cannot read quotes it
        raise ExportError(
            "the DSN cannot be read: expected postgresql://user@host/database or key=value pairs; "
            f"it may also stand in {DSN_VARIABLE}"
        ) from None
    secret = str(given.get("password") or os.environ.get("PGPASSWORD") or "")
    place = f"database {given.get('dbname') or given.get('user') or 'default'} on {given.get('host') or 'this machine'}"
    wanted = make_conninfo(dsn, connect_timeout=given.get("connect_timeout") or CONNECT_SECONDS, client_encoding="UTF8")
    try:
        with psycopg.connect(wanted, application_name="transcaspian") as connection, connection.transaction():
            yield Database(connection, schema, place)
    except psycopg.Error as exc:
        if isinstance(exc, psycopg.ProgrammingError) and not isinstance(exc, errors.InsufficientPrivilege):
            raise  # a fault of ours, not of the database
        raise ExportError(f"{place}, schema {schema}: {explained(exc, secret)}. Nothing was changed there") from None


def explained(exc: psycopg.Error, secret: str) -> str:
    """What the database says and what to do, on one line and without the password."""
    text = " ".join(str(exc).split())
    for hidden in (secret, quote(secret, safe="")) if secret else ():
        text = text.replace(hidden, "***")
    hint = next((hint for kind, hint in HINTS.items() if isinstance(exc, kind)), "check the server and the DSN")
    return f"{text}: {hint}"


@dataclass(frozen=True)
class Database:
    """A schema of a database, within a transaction; ``place`` names the database to people."""

    connection: psycopg.Connection[Any]
    schema: str
    place: str

    def statement(self, text: LiteralString, /, **names: str | sql.Composable) -> sql.Composed:
        """A statement in which ``{schema}`` and each name given stands for an identifier, quoted as one."""
        parts = {name: sql.Identifier(given) if isinstance(given, str) else given for name, given in names.items()}
        return sql.SQL(text).format(schema=sql.Identifier(self.schema), **parts)

    def do(
        self, text: LiteralString, values: Sequence[Any] = (), /, **names: str | sql.Composable
    ) -> psycopg.Cursor[Any]:
        """Execute a statement, made by `statement`, with its values."""
        return self.connection.execute(self.statement(text, **names), values or None)

    def put(self, run: PublishedRun) -> bool:
        """The run with all its layers, as the current one; whether it was there already.

        Raises
        ------
        ExportError
            When the schema holds another study, another run of that name, or tables of another version.
        """
        self.do("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"transcaspian {self.schema}",))
        self.make(run)
        before = self.do("SELECT manifest FROM {schema}.runs WHERE run_id = %s", (run.run_id,)).fetchone()
        if before is not None and before[0] != run.manifest:
            raise ExportError(f"schema {self.schema} has another run named {run.run_id}: its manifest differs")
        if before is None:
            self.insert(run)
        self.do("UPDATE {schema}.runs SET is_current = false WHERE is_current AND run_id <> %s", (run.run_id,))
        self.do("UPDATE {schema}.runs SET is_current = true WHERE run_id = %s AND NOT is_current", (run.run_id,))
        return before is not None

    def prune(self, keep: int) -> tuple[str, ...]:
        """Remove the oldest runs beyond so many, never the current one; returns their names."""
        removed = self.do(
            "DELETE FROM {schema}.runs WHERE NOT is_current AND run_id NOT IN (SELECT run_id FROM {schema}.runs "
            "ORDER BY is_current DESC, created_utc DESC, run_id DESC LIMIT %s) RETURNING run_id",
            (keep,),
        )
        return tuple(sorted(run_id for (run_id,) in removed.fetchall()))

    def make(self, run: PublishedRun) -> None:
        """Schema, tables, views, indexes and comments, where they are not there yet; else they are compared."""
        self.find_postgis()
        if not self.has("runs"):
            if self.do("SELECT to_regnamespace(%s)", (self.schema,)).fetchone() == (None,):
                self.do("CREATE SCHEMA {schema}")
            self.make_runs()
        other = self.do("SELECT study_id FROM {schema}.runs WHERE study_id <> %s LIMIT 1", (run.study_id,)).fetchone()
        if other is not None:
            raise ExportError(f"schema {self.schema} holds the study `{other[0]}`, not `{run.study_id}`: name another")
        layers = published_in(run.layers)
        there = [layer for layer in layers if self.has(history(layer))]
        for layer in layers:
            if layer not in there:
                self.make_layer(layer)
        for whole in {layer.part_of for layer in there if layer.part_of}:
            self.divide([layer for layer in layers if layer.part_of == whole])
        for layer in there:
            self.check_columns(layer)

    def find_postgis(self) -> None:
        """PostGIS, in whatever schema the database has it, on the search path of this transaction."""
        self.do("CREATE EXTENSION IF NOT EXISTS postgis")
        self.do(
            "SELECT set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''), "
            "extnamespace::regnamespace::text), true) FROM pg_extension WHERE extname = 'postgis'"
        )

    def has(self, name: str) -> bool:
        """Whether a table or a view of that name is in the schema."""
        found = self.do(
            "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.relname = %s",
            (self.schema, name),
        )
        return found.fetchone() is not None

    def make_runs(self) -> None:
        """The table of runs, of which at most one is the current."""
        self.do(
            "CREATE TABLE {schema}.runs (run_id text PRIMARY KEY, study_id text NOT NULL, revision text NOT NULL, "
            "created_utc timestamptz NOT NULL, published_at timestamptz NOT NULL DEFAULT now(), "
            "code_sha256 text NOT NULL, manifest jsonb NOT NULL, is_current boolean NOT NULL DEFAULT false)"
        )
        self.do("CREATE UNIQUE INDEX runs_one_is_current ON {schema}.runs (is_current) WHERE is_current")
        text = sql.Literal("the runs of the study; the views of the layers show the current one")
        self.do("COMMENT ON TABLE {schema}.runs IS {text}", text=text)

    def make_layer(self, layer: Layer) -> None:
        """The history of a layer and the view of its current rows, in one message to a server that may be far away."""
        self.connection.execute(sql.SQL(";\n").join([*self.layer_statements(layer), *self.layer_comments(layer)]))

    def layer_statements(self, layer: Layer) -> Iterator[sql.Composed]:
        """What makes table, indexes and view."""
        table = history(layer)
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns_of(layer).items()
        )
        yield self.statement(
            "CREATE TABLE {schema}.{table} (fid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
            "run text NOT NULL REFERENCES {schema}.runs ON DELETE CASCADE, {columns})",
            table=table,
            columns=columns,
        )
        yield self.statement("CREATE INDEX ON {schema}.{table} USING gist (geom)", table=table)
        yield self.statement("CREATE INDEX ON {schema}.{table} (run)", table=table)
        yield self.statement("CREATE INDEX ON {schema}.{table} ({keys})", table=table, keys=identifiers(layer.keys))
        yield self.statement(CURRENT_ROWS, table=table, view=layer.name)

    def layer_comments(self, layer: Layer) -> Iterator[sql.Composed]:
        """What says what the layer and its columns mean, where a client shows it."""
        table, every = history(layer), sql.Literal(f"{layer.meaning}; of every run")
        current = sql.Literal(f"{layer.meaning}; of the current run")
        yield self.statement("COMMENT ON TABLE {schema}.{table} IS {text}", table=table, text=every)
        yield self.statement("COMMENT ON VIEW {schema}.{view} IS {text}", view=layer.name, text=current)
        for owner in (table, layer.name):
            for field in layer.fields:
                unit = f", {field.shown_unit}" if field.shown_unit else ""
                text = sql.Literal(f"{field.meaning}{unit}")
                yield self.statement(
                    "COMMENT ON COLUMN {schema}.{owner}.{column} IS {text}", owner=owner, column=field.name, text=text
                )

    def check_columns(self, layer: Layer) -> None:
        """Add the columns that were renamed since the table was made; raise where it has others that differ."""
        there, wanted = self.column_types(layer), columns_of(layer)
        new = [name for name in old_of(layer) if name not in there and old_of(layer)[name] in there]
        if new and there | {name: wanted[name] for name in new} == wanted:
            self.add_renamed(layer, new)
        elif there != wanted:
            differ = sorted(name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name))
            raise ExportError(
                f"table {self.schema}.{history(layer)} was made by another version: columns {', '.join(differ)} "
                "differ. Publish into another --schema, or drop this one when its history is no longer needed"
            )

    def add_renamed(self, layer: Layer, names: Sequence[str]) -> None:
        """Columns under their new names beside the old ones, with the values of every run, in table and view."""
        table, kinds = history(layer), columns_of(layer)
        for name in names:
            self.do(
                "ALTER TABLE {schema}.{table} ADD COLUMN {name} {kind}",
                table=table,
                name=name,
                kind=sql.SQL(kinds[name]),
            )
            self.do("UPDATE {schema}.{table} SET {name} = {old}", table=table, name=name, old=old_of(layer)[name])
        self.do(CURRENT_ROWS, view=layer.name, table=table)
        self.connection.execute(sql.SQL(";\n").join(self.layer_comments(layer)))

    def column_types(self, layer: Layer) -> dict[str, str]:
        """Names and types of the columns of a history, beside its number and its run."""
        found = self.do(
            "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a "
            "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped",
            (self.schema, history(layer)),
        )
        return {name: kind for name, kind in found.fetchall() if name not in ("fid", "run")}

    def divide(self, parts: Sequence[Layer]) -> None:
        """Bring a history of mixed geometry, as one once was, to a table for each kind; its rows stay, of every run."""
        areas, *others = parts
        if self.column_types(areas)["geom"] != f"geometry(Geometry,{SRID})":
            return
        for part in others:
            same = [name for name in columns_of(part) if name in self.column_types(areas) and name != "geom"]
            columns = identifiers(["run", *same])
            names: dict[str, str | sql.Composable] = {
                "to": history(part),
                "old": history(areas),
                "columns": columns,
                "kind": sql.Literal(COLLECTION_TYPES[part.geometry]),
            }
            self.do(
                "INSERT INTO {schema}.{to} ({columns}, geom) SELECT {columns}, ST_Multi(ST_CollectionExtract(geom, "
                "{kind})) FROM {schema}.{old} WHERE NOT ST_IsEmpty(ST_CollectionExtract(geom, {kind})) ORDER BY fid",
                **names,
            )
        self.do("DELETE FROM {schema}.{table} WHERE ST_IsEmpty(ST_CollectionExtract(geom, 3))", table=history(areas))
        self.do("DROP VIEW {schema}.{view}", view=areas.name)
        self.do(
            "ALTER TABLE {schema}.{table} ALTER COLUMN geom TYPE {kind} USING ST_Multi(ST_CollectionExtract(geom, 3))",
            table=history(areas),
            kind=sql.SQL(columns_of(areas)["geom"]),
        )
        self.do(CURRENT_ROWS, table=history(areas), view=areas.name)
        self.connection.execute(sql.SQL(";\n").join(self.layer_comments(areas)))

    def insert(self, run: PublishedRun) -> None:
        """The run and its rows; it is not the current one yet."""
        self.do(
            "INSERT INTO {schema}.runs (run_id, study_id, revision, created_utc, code_sha256, manifest) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            (run.run_id, run.study_id, run.revision, run.created_utc, run.code_sha256, Jsonb(run.manifest)),
        )
        for layer in published_in(run.layers):
            self.insert_layer(layer, run)

    def insert_layer(self, layer: Layer, run: PublishedRun) -> None:
        """The rows of a layer: to a staging table, compared there, and into the history."""
        data, staging = run.layers[layer.name], f"staging_{layer.name}"
        columns = sql.SQL(", ").join(sql.Identifier(name) for name in ("run", *columns_of(layer)))
        names: dict[str, str | sql.Composable] = {"staging": staging, "table": history(layer), "columns": columns}
        self.do(
            "CREATE TEMP TABLE {staging} ON COMMIT DROP AS SELECT {columns} FROM {schema}.{table} WITH NO DATA", **names
        )
        into = self.statement("COPY {staging} ({columns}) FROM STDIN", staging=staging, columns=columns)
        with self.connection.cursor() as cursor, cursor.copy(into) as copy:
            for row in rows_of(layer, run):
                copy.write_row(row)
        self.check_staged(layer, data)
        self.do("INSERT INTO {schema}.{table} ({columns}) SELECT {columns} FROM {staging}", **names)

    def check_staged(self, layer: Layer, data: gpd.GeoDataFrame) -> None:
        """Compare what arrived with what was sent: count, keys and extent."""
        (found,) = self.do(
            "SELECT count(*), count(DISTINCT ({keys})), ST_XMin(ST_Extent(geom)), ST_YMin(ST_Extent(geom)), "
            "ST_XMax(ST_Extent(geom)), ST_YMax(ST_Extent(geom)) FROM {staging}",
            keys=identifiers(layer.keys),
            staging=f"staging_{layer.name}",
        ).fetchall()
        came = np.array(found, float)
        sent = np.array([len(data), len(data[list(layer.keys)].drop_duplicates()), *data.total_bounds])
        if not np.allclose(came, sent, rtol=0, atol=EXTENT_TOLERANCE_DEG, equal_nan=True):
            raise ExportError(
                f"layer {layer.name} did not arrive whole in {self.place}: rows, keys and extent {sent.tolist()} "
                f"were sent, {came.tolist()} came. Nothing was changed there"
            )


def identifiers(names: Sequence[str]) -> sql.Composed:
    """Names of columns, as a list."""
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)


def columns_of(layer: Layer) -> dict[str, str]:
    """Names and types of the columns of a layer, beside its number and its run."""
    fields = {field.name: SQL_TYPES[field.type] for field in layer.fields}
    return {"revision": "text", **fields, "geom": f"geometry({sql_geometry(layer)},{SRID})"}


def sql_geometry(layer: Layer) -> str:
    """The type of its geometry; a point of what may be of any kind may have several places."""
    return "MultiPoint" if layer.part_of and layer.geometry == "Point" else SQL_GEOMETRIES[layer.geometry]


def old_of(layer: Layer) -> dict[str, str]:
    """Old names of columns by their new ones."""
    return {field.old_name_of: field.name for field in layer.fields if field.old_name_of}


def history(layer: Layer) -> str:
    """Name of the table that holds a layer of every run."""
    return f"{layer.name}_history"


def rows_of(layer: Layer, run: PublishedRun) -> Iterator[Sequence[Any]]:
    """Rows as the database takes them: run, revision, fields, and the geometry as hexadecimal EWKB."""
    data = run.layers[layer.name]
    texts = shapely.to_wkb(shapely.set_srid(multi_part(layer, data), SRID), hex=True, include_srid=True)
    columns: dict[str, Sequence[Any]] = {"revision": [run.revision] * len(data)}
    columns |= {name: plain_values(data[name]) for name in layer.field_names}
    for *values, shape in zip(*columns.values(), texts, strict=True):
        yield (run.run_id, *values, shape)


def multi_part(layer: Layer, data: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """The geometries as multi-part ones where their column is."""
    shapes = with_declared_geometry(layer, data).geometry.to_numpy().copy()
    if (kind := sql_geometry(layer)) in MULTI_PART:
        single = shapely.get_type_id(shapes) == shapely.GeometryType[layer.geometry.upper()]
        shapes[single] = MULTI_PART[kind](shapes[single], indices=range(single.sum()))
    return shapes
