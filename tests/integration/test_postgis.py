"""Publishing to a real PostgreSQL with PostGIS: whole or not at all, with history, safe while others read."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import geopandas as gpd
import pandas as pd
import psycopg
import pytest
import shapely
from click.testing import CliRunner

from tests.conftest import without
from tests.layer_tables import DEFAULT, LAYERS, PUBLISHED
from tests.unit.test_export import ABOUT, COMPUTED, FILLED, GRID, rasters
from tests.unit.test_handover import awkward
from transcaspian import cli, export
from transcaspian.core.errors import ExportError
from transcaspian.core.frames import frame
from transcaspian.core.layers import HAZARDS
from transcaspian.core.old_names import old_names
from transcaspian.export import Content
from transcaspian.export.geopackage import write_geopackage
from transcaspian.export.published import published_layers
from transcaspian.runs import _postgis as database_side
from transcaspian.runs.engine import RunResult
from transcaspian.runs.postgis import Publication, publish_postgis
from transcaspian.runs.published_run import read_run
from transcaspian.sources.verify import sha256_of

PASSWORD = "s3cret/@ word"
FEW = tuple(
    layer
    for layer in PUBLISHED
    if layer.name in {"routes", "sectors", *(part.name for part in HAZARDS.parts)}
    or layer.name in {one.of for one in old_names() if one.kind == "column"}
)
"""Layers of the tests that are about transactions, refusals and histories: those of all are told once, at the top."""
FEW_FILLED = {layer.name: FILLED[layer.name] for layer in FEW}


@dataclass(frozen=True)
class Server:
    """A server of our own: its programs, its place, and how to run something as its owner."""

    bin: Path
    home: Path
    port: int
    owner: tuple[str, ...]

    def control(self, *words: str) -> None:
        command = [*self.owner, str(self.bin / "pg_ctl"), "-D", str(self.home / "data"), "-w", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.home} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.control("-o", options, "-l", str(self.home / "log"), "start")

    def dsn(self, name: str = "gis", password: str = PASSWORD, user: str = "writer") -> str:
        return psycopg.conninfo.make_conninfo(
            host="127.0.0.1", port=self.port, dbname=name, user=user, password=password
        )

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        return psycopg.connect(self.dsn(user="owner"), **options)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    extensions = sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"), reverse=True)
    if not extensions:
        without("PostgreSQL with PostGIS (Debian: postgresql postgresql-postgis)")
    programs = Path("/usr/lib/postgresql") / extensions[0].parts[-3] / "bin"
    home = Path(tempfile.mkdtemp(prefix="transcaspian-pg-"))
    owner: tuple[str, ...] = ()
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(home, "postgres", "postgres")
        owner = ("runuser", "-u", "postgres", "--")
    made = Server(programs, home, free_port(), owner)
    secret = home / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    initdb = [str(made.bin / "initdb"), "-D", str(home / "data"), "-U", "owner", f"--pwfile={secret}"]
    subprocess.run([*owner, *initdb, "-A", "scram-sha-256"], check=True, stdout=subprocess.DEVNULL)
    made.start()
    try:
        with psycopg.connect(made.dsn("postgres", user="owner"), autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE ROLE writer LOGIN PASSWORD {}").format(PASSWORD))
            for name in ("gis", "plain"):
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
            connection.execute("GRANT CREATE ON DATABASE gis TO writer")
        with made.connect() as connection:
            connection.execute("CREATE EXTENSION postgis")
        yield made
    finally:
        with suppress(subprocess.CalledProcessError):
            made.control("stop", "-m", "immediate")
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def schema(server: Server) -> Iterator[str]:
    name = f"s_{free_port()}"
    yield name
    with server.connect() as connection:
        connection.execute(psycopg.sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(psycopg.sql.Identifier(name)))


def made_run(folder: Path, run_id: str, layers: dict[str, gpd.GeoDataFrame] = FEW_FILLED, created: str = "") -> Path:
    """A run folder with a GeoPackage and a manifest, as publishing reads them."""
    place = folder / run_id
    place.mkdir(parents=True)
    package = place / "sea.gpkg"
    write_geopackage(package, layers, last_change=ABOUT.created_utc)
    manifest = {
        "schema_version": 1,
        "sources": [],
        "run": {"id": run_id, "created_utc": created or ABOUT.created_utc},
        "study": {"id": "sea", "revision": "A"},
        "code": {"sha256": "0" * 64},
        "files": {"sea.gpkg": {"sha256": sha256_of(package), "bytes": package.stat().st_size}},
    }
    (place / "manifest.json").write_text(json.dumps(manifest))
    return place


@pytest.fixture
def few_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A product that publishes few layers."""
    monkeypatch.setattr("transcaspian.core.layer_catalogue.all_published", lambda: FEW)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with patch("transcaspian.core.layer_catalogue.all_published", return_value=FEW):
        return made_run(tmp_path_factory.mktemp("runs"), "r1")


@pytest.fixture
def run(made: Path, few_layers: None) -> Path:
    return made


@pytest.fixture(scope="module")
def whole(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Publication:
    """A folder as a run writes it, published: every layer there is, and styles, metadata and a project beside them."""
    folder = tmp_path_factory.mktemp("whole")
    files = export.write_run(folder, Content(ABOUT, COMPUTED, GRID, rasters(("depth",))))
    manifest = export.build_manifest(
        run={"id": "r9", "created_utc": ABOUT.created_utc}, study={"id": "sea", "revision": "B"}, code_sha256="0",
        sources=[], findings={}, systems=[], ingest={}, seabed={}, numbering={}, settings={},
        files=files,
    )  # fmt: skip
    export.write_manifest(folder / "manifest.json", manifest)
    return publish_postgis(folder, server.dsn(), schema="whole")


def read(server: Server, schema: str, *statements: str) -> list[Any]:
    """The rows of one statement, or of each of several."""
    with server.connect(options=f"-c search_path={schema},public") as connection:
        rows = [connection.execute(statement).fetchall() for statement in statements]  # type: ignore[arg-type]
    return rows[0] if len(rows) == 1 else rows


def state(server: Server, schema: str) -> list[Any]:
    """Every row of every view and history, for comparing."""
    names = [layer.name for layer in FEW]
    return read(server, schema, *(f"SELECT * FROM {name}{suffix}" for name in names for suffix in ("", "_history")))


def test_what_arrives_is_what_was_sent(server: Server, whole: Publication) -> None:
    assert (whole.run_id, whole.was_there, whole.removed) == ("r9", False, ())
    for layer in PUBLISHED:
        columns = ", ".join(f'"{name}"' for name in layer.field_names)
        rows = read(server, whole.schema, f"SELECT {columns}, ST_AsBinary(geom) FROM {layer.name} ORDER BY fid")
        sent = FILLED[layer.name]
        assert whole.rows[layer.name] == len(rows) == len(sent)
        for row, (_, wanted) in zip(rows, sent.iterrows(), strict=True):
            for value, name in zip(row, layer.field_names, strict=False):
                assert value is None if pd.isna(wanted[name]) else value == wanted[name], (layer.name, name)
            assert shapely.equals(shapely.from_wkb(bytes(row[-1])), wanted.geometry)


def test_the_real_run_keeps_its_lengths_by_postgis_own_geodesics(
    server: Server, schema: str, default_run: RunResult
) -> None:
    publish_postgis(default_run.folder, server.dsn(), schema=schema)
    rows = read(server, schema, "SELECT system_id, length_km, ST_Length(geom::geography) / 1000 FROM routes")
    assert {row[0] for row in rows} == {"main", "main-2023", "reserve-2023", "turkmen"}
    for _, ours_km, theirs_km in rows:
        assert theirs_km == pytest.approx(ours_km, abs=1e-6)
    counted = read(server, schema, *(f"SELECT count(*) FROM {layer.name}" for layer in DEFAULT))
    counts = {layer.name: rows[0][0] for layer, rows in zip(DEFAULT, counted, strict=True)}
    package = default_run.folder / "trans-caspian.gpkg"
    assert counts == {layer.name: len(gpd.read_file(package, layer=layer.name)) for layer in DEFAULT}


def test_clients_find_geometries_indexes_and_comments(server: Server, whole: Publication) -> None:
    schema = whole.schema
    kinds = read(server, schema, f"SELECT f_table_name, srid FROM geometry_columns WHERE f_table_schema = '{schema}'")
    assert {name for name, _ in kinds} >= {layer.name for layer in PUBLISHED}
    assert {srid for _, srid in kinds} == {4326}
    indexed = read(server, schema, f"SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = '{schema}'")
    for layer in PUBLISHED:
        own = " ".join(text for name, text in indexed if name == f"{layer.name}_history")
        assert "USING gist (geom)" in own
        assert f"({', '.join(layer.keys)})" in own.replace('"', "")
    told = read(
        server, schema,
        "SELECT c.relname, a.attname, col_description(c.oid, a.attnum) FROM pg_class c JOIN pg_attribute a "
        f"ON a.attrelid = c.oid WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind = 'v' AND a.attnum > 0",
    )  # fmt: skip
    comments = {(table, column): text for table, column, text in told}
    for layer in PUBLISHED:
        for field in layer.fields:
            assert comments[layer.name, field.name].startswith(field.meaning)


def test_the_same_run_twice_is_there_once(server: Server, schema: str, run: Path) -> None:
    publish_postgis(run, server.dsn(), schema=schema)
    before = state(server, schema)
    again = publish_postgis(run, server.dsn(), schema=schema)
    assert again.was_there
    assert state(server, schema) == before


def test_views_show_the_current_run_and_the_history_all(server: Server, schema: str, run: Path, tmp_path: Path) -> None:
    empty = {layer.name: frame(layer, []) for layer in FEW}
    second = made_run(tmp_path, "r2", empty, "2026-02-02T03:04:05.000Z")
    publish_postgis(run, server.dsn(), schema=schema)
    publish_postgis(second, server.dsn(), schema=schema)
    assert read(server, schema, "SELECT count(*) FROM routes") == [(0,)]
    assert read(server, schema, "SELECT DISTINCT run, revision FROM sectors_history") == [("r1", "A")]
    assert read(server, schema, "SELECT run_id FROM runs WHERE is_current") == [("r2",)]
    publish_postgis(run, server.dsn(), schema=schema)  # back to the first, by hand
    assert read(server, schema, "SELECT count(*) FROM routes") == [(len(FILLED["routes"]),)]


@pytest.mark.usefixtures("few_layers")
def test_old_runs_are_removed_only_when_asked_and_never_the_current(
    server: Server, schema: str, tmp_path: Path
) -> None:
    for number in range(1, 5):
        last = publish_postgis(
            made_run(tmp_path, f"r{number}", created=f"2026-01-0{number}T00:00:00.000Z"), server.dsn(), schema=schema
        )
    assert last.removed == ()
    back = publish_postgis(tmp_path / "r1", server.dsn(), schema=schema, keep=2)
    assert back.removed == ("r2", "r3")
    assert sorted(read(server, schema, "SELECT run_id, is_current FROM runs")) == [("r1", True), ("r4", False)]
    assert {row[0] for row in read(server, schema, "SELECT run FROM routes_history")} == {"r1", "r4"}


def while_inserting(monkeypatch: pytest.MonkeyPatch, act: Callable[[database_side.Database], None]) -> None:
    """Do something when half of the layers are written and nothing is committed."""
    insert = database_side.Database.insert_layer

    def hooked(self: database_side.Database, layer: Any, run: Any) -> None:
        if layer is FEW[len(FEW) // 2]:
            act(self)
        insert(self, layer, run)

    monkeypatch.setattr(database_side.Database, "insert_layer", hooked)


def test_readers_see_the_run_before_until_the_new_one_is_whole(
    server: Server, schema: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_postgis(run, server.dsn(), schema=schema)
    before = state(server, schema)
    seen: list[list[Any]] = []
    while_inserting(monkeypatch, lambda _: seen.append(state(server, schema)))
    with server.connect(options=f"-c search_path={schema},public") as reader:
        reader.execute("SELECT count(*) FROM routes")  # holds its lock to the end of its transaction
        publish_postgis(made_run(tmp_path, "r2"), server.dsn(), schema=schema)
    assert seen == [before]
    assert read(server, schema, "SELECT DISTINCT run FROM routes") == [("r2",)]


@pytest.mark.usefixtures("few_layers")
def test_two_publishers_wait_for_each_other(server: Server, schema: str, tmp_path: Path) -> None:
    runs = [made_run(tmp_path, f"r{number}", created=f"2026-01-0{number}T00:00:00.000Z") for number in (1, 2, 3)]
    done: list[Publication] = []
    threads = [
        threading.Thread(target=lambda run=run: done.append(publish_postgis(run, server.dsn(), schema=schema)))
        for run in runs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(item.run_id for item in done) == ["r1", "r2", "r3"]
    assert len(read(server, schema, "SELECT * FROM runs WHERE is_current")) == 1
    assert read(server, schema, "SELECT count(*) FROM routes_history") == [(3 * len(FILLED["routes"]),)]


def test_a_connection_that_dies_leaves_the_run_before(
    server: Server, schema: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_postgis(run, server.dsn(), schema=schema)
    before = state(server, schema)

    def kill(own: database_side.Database) -> None:
        with server.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", (own.connection.info.backend_pid,))

    while_inserting(monkeypatch, kill)
    with pytest.raises(ExportError, match=rf"database gis on 127\.0\.0\.1, schema {schema}: .*Nothing was changed"):
        publish_postgis(made_run(tmp_path, "r2"), server.dsn(), schema=schema)
    assert state(server, schema) == before


def test_a_server_that_goes_away_leaves_the_run_before(
    server: Server, schema: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_postgis(run, server.dsn(), schema=schema)
    before = state(server, schema)
    while_inserting(monkeypatch, lambda _: server.control("stop", "-m", "immediate"))
    try:
        with pytest.raises(ExportError, match="Nothing was changed there"):
            publish_postgis(made_run(tmp_path, "r2"), server.dsn(), schema=schema)
        with pytest.raises(ExportError, match="refused"):
            publish_postgis(tmp_path / "r2", server.dsn(), schema=schema)
    finally:
        server.start()
    assert state(server, schema) == before


def test_what_arrives_wrong_is_not_kept(
    server: Server, schema: str, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = database_side.rows_of
    monkeypatch.setattr(database_side, "rows_of", lambda layer, run: list(rows(layer, run))[:-1])
    with pytest.raises(ExportError, match="layer routes did not arrive whole"):
        publish_postgis(run, server.dsn(), schema=schema)
    assert read(server, "public", f"SELECT to_regnamespace('{schema}')") == [(None,)]


@pytest.mark.parametrize("form", ["url", "pairs"])
def test_a_wrong_password_is_never_shown(server: Server, run: Path, form: str) -> None:
    wrong, quoted = "wr0ng/@ word", "wr0ng%2F%40%20word"
    dsn = f"postgresql://writer:{quoted}@127.0.0.1:{server.port}/gis" if form == "url" else server.dsn(password=wrong)
    done = CliRunner().invoke(cli.command, ["publish", "postgis", dsn, "--run", str(run)])
    text = f"{done.output}{done.exception}"
    assert isinstance(done.exception, ExportError)
    assert "password authentication failed" in text
    assert wrong not in text
    assert quoted not in text
    assert "wr0ng" not in text


def test_a_dsn_that_cannot_be_read_is_not_quoted(run: Path) -> None:
    with pytest.raises(ExportError, match="the DSN cannot be read") as raised:
        publish_postgis(run, "postgresql://user:s3cret@[::1/x")
    assert "s3cret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_the_dsn_may_stand_in_the_environment(
    server: Server, schema: str, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSCASPIAN_POSTGIS_DSN", server.dsn())
    done = CliRunner().invoke(cli.command, ["publish", "postgis", "--run", str(run), "--schema", schema])
    assert done.exit_code == 0, done.output
    assert done.output.endswith(f"run r1 is current in schema {schema} of database gis on 127.0.0.1\n")
    assert PASSWORD not in done.output


def test_without_a_dsn_it_says_where_one_may_stand(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRANSCASPIAN_POSTGIS_DSN", raising=False)
    done = CliRunner().invoke(cli.command, ["publish", "postgis", "--run", str(run)])
    assert done.exit_code == 2
    assert "set TRANSCASPIAN_POSTGIS_DSN" in done.output


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "nosuch"}, 'database "nosuch" does not exist'),
        ({"name": "plain"}, "CREATE EXTENSION postgis"),
        ({"user": "stranger"}, "password authentication failed"),
    ],
)
def test_what_the_database_refuses_is_one_sentence(
    server: Server, run: Path, change: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ExportError, match=sentence) as raised:
        publish_postgis(run, server.dsn(**change))
    assert "\n" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_history_of_the_version_before_gets_the_new_names_beside_the_old_ones(
    server: Server, schema: str, run: Path, tmp_path: Path
) -> None:
    publish_postgis(run, server.dsn(), schema=schema)
    renamed = [one for one in old_names() if one.kind == "column"]
    with psycopg.connect(server.dsn(), options=f"-c search_path={schema},public") as connection:
        for layer in {one.of for one in renamed}:
            connection.execute(f"DROP VIEW {layer}")  # type: ignore[arg-type]
        for one in renamed:
            connection.execute(f"ALTER TABLE {one.of}_history DROP COLUMN {one.new}")  # type: ignore[arg-type]
        for layer in {one.of for one in renamed}:
            connection.execute(  # type: ignore[call-overload]
                f"CREATE VIEW {layer} AS SELECT h.* FROM {layer}_history h JOIN runs r ON r.run_id = h.run "
                "WHERE r.is_current"
            )
    publish_postgis(made_run(tmp_path, "r2"), server.dsn(), schema=schema)
    for one in renamed:
        for place in (one.of, f"{one.of}_history"):
            rows = read(server, schema, f"SELECT {one.old}, {one.new} FROM {place}")
            assert rows
            assert all(old == new for old, new in rows), (place, one.new)


def test_a_schema_of_another_study_or_version_is_refused(
    server: Server, schema: str, run: Path, tmp_path: Path
) -> None:
    publish_postgis(run, server.dsn(), schema=schema)
    other = made_run(tmp_path, "r2")
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "sea.gpkg").rename(other / "lake.gpkg")
    manifest["files"] = {"lake.gpkg": manifest["files"]["sea.gpkg"]}
    manifest["study"]["id"] = "lake"
    (other / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ExportError, match="holds the study `sea`, not `lake`"):
        publish_postgis(other, server.dsn(), schema=schema)
    with server.connect() as connection:
        connection.execute(f"ALTER TABLE {schema}.routes_history ADD COLUMN mine text")  # type: ignore[arg-type]
    with pytest.raises(ExportError, match=r"routes_history was made by another version: columns mine differ"):
        publish_postgis(run, server.dsn(), schema=schema)


def test_a_history_of_mixed_geometry_is_divided_and_every_run_stays(
    server: Server, schema: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the version before wrote it: one table of points, lines and areas, and a view that readers may have."""
    with monkeypatch.context() as before:
        mixed = [layer for layer in FEW if not layer.part_of or layer.part_of == layer.name]
        before.setattr(database_side, "published_in", lambda names: mixed)
        kind, shapes = database_side.sql_geometry, database_side.multi_part
        before.setattr(database_side, "sql_geometry", lambda layer: "Geometry" if layer.part_of else kind(layer))
        before.setattr(
            database_side,
            "multi_part",
            lambda layer, data: data.geometry.to_numpy() if layer.part_of else shapes(layer, data),
        )
        before.setattr("transcaspian.runs.postgis.read_run", lambda folder: replace(read_run(folder), layers=COMPUTED))
        publish_postgis(run, server.dsn(), schema=schema)
    whole = COMPUTED["hazards"]
    assert read(server, schema, "SELECT count(*) FROM hazards") == [(len(whole),)]
    empty = published_layers({layer.name: frame(layer, []) for layer in LAYERS.values()})
    publish_postgis(made_run(tmp_path, "r2", empty, "2026-02-02T03:04:05.000Z"), server.dsn(), schema=schema)
    publish_postgis(run, server.dsn(), schema=schema)  # back to the run of before
    for part in HAZARDS.parts:
        rows = read(server, schema, f"SELECT hazard_id, ST_AsBinary(geom) FROM {part.name}")
        assert [name for name, _ in rows] == FILLED[part.name]["hazard_id"].tolist()
        for (_, shape), wanted in zip(rows, FILLED[part.name].geometry, strict=True):
            assert shapely.equals(shapely.from_wkb(bytes(shape)), wanted)
    kinds = dict(
        read(server, schema, f"SELECT f_table_name, type FROM geometry_columns WHERE f_table_schema = '{schema}'")
    )
    assert [kinds[part.name] for part in HAZARDS.parts] == ["MULTIPOLYGON", "MULTIPOINT", "MULTILINESTRING"]
    assert not {name for name, kind in kinds.items() if kind == "GEOMETRY"} & {part.name for part in FEW}


def test_postgis_may_stand_in_any_schema_and_the_client_have_any_encoding(
    server: Server, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(server.dsn("postgres", user="owner"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE elsewhere")
        connection.execute("GRANT CREATE ON DATABASE elsewhere TO writer")
    with psycopg.connect(server.dsn("elsewhere", user="owner")) as connection:
        connection.execute('CREATE SCHEMA "Geo & co"')
        connection.execute('CREATE EXTENSION postgis SCHEMA "Geo & co"')
        connection.execute('GRANT USAGE ON SCHEMA "Geo & co" TO writer')
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    publish_postgis(run, server.dsn("elsewhere"), schema="sea")
    with psycopg.connect(server.dsn("elsewhere", user="owner"), client_encoding="UTF8") as connection:
        rows = connection.execute("SELECT name FROM sea.routes ORDER BY fid").fetchall()
    assert [name for (name,) in rows] == FILLED["routes"]["name"].tolist()
    assert publish_postgis(run, server.dsn("elsewhere"), schema="sea").was_there


@pytest.mark.parametrize("password", ["p@ss", "@", "s3cret/@word", "a/b", "x@y@z", "12@3/4"])
@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_password_that_libpq_would_take_for_a_host_is_never_shown(run: Path, password: str, scheme: str) -> None:
    done = CliRunner().invoke(
        cli.command, ["publish", "postgis", f"{scheme}://writer:{password}@127.0.0.1:1/gis", "--run", str(run)]
    )
    assert isinstance(done.exception, ExportError)
    assert "%40" in str(done.exception)
    said = f"{done.output}{done.exception}".replace("@ or /", "")
    assert not [part for part in re.split("[@/]", password) if part and part in said.split()]
    assert "@" not in said


@pytest.mark.parametrize(
    "dsn", ["postgresql://127.0.0.1:1/gis?application_name=a@b", "postgresql://me:p%40s@127.0.0.1:1/gis?user=a@b"]
)
def test_a_sign_elsewhere_in_a_dsn_is_no_password(run: Path, dsn: str) -> None:
    with pytest.raises(ExportError, match="refused"):
        publish_postgis(run, dsn)


@pytest.mark.parametrize("name", ["Sea", "a-b", 'x"; drop table y', "1a", "a\n", "a" * 51])
def test_a_schema_name_that_would_need_quotes_is_refused(run: Path, name: str) -> None:
    with pytest.raises(ExportError, match="schema"):
        publish_postgis(run, "dbname=gis", schema=name)


@pytest.mark.usefixtures("few_layers")
def test_a_damaged_run_is_not_published(tmp_path: Path) -> None:
    run = made_run(tmp_path, "r1")
    with (run / "sea.gpkg").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ExportError, match=r"sea\.gpkg has sha256 .* the file was changed"):
        publish_postgis(run, "dbname=gis")
    with pytest.raises(ExportError, match="is not a run that can be published"):
        publish_postgis(tmp_path, "dbname=gis")


@pytest.mark.usefixtures("few_layers")
def test_awkward_texts_arrive(server: Server, schema: str, tmp_path: Path) -> None:
    data = awkward(HAZARDS)
    layers = published_layers({layer.name: frame(layer, []) for layer in LAYERS.values()} | {"hazards": data})
    publish_postgis(made_run(tmp_path, "r1", layers), server.dsn(), schema=schema)
    points, areas = read(
        server,
        schema,
        *(f"SELECT name, geom IS NULL FROM {name} ORDER BY fid" for name in ("hazard_points", "hazards")),
    )
    assert [*points, *areas] == [
        (None if pd.isna(row["name"]) else row["name"], row["geometry"] is None) for row in data.to_dict("records")
    ]


def test_without_its_package_it_says_how_to_get_it(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transcaspian.runs.postgis.find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"pip install 'transcaspian\[postgis\]'"):
        publish_postgis(run, "dbname=gis")
