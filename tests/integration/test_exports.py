"""A run in the formats of others, every value as a reader of others finds it: GDAL of Debian, R, and zip with XML."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import pyproj
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from tests.conftest import need, without
from tests.integration.test_clients import HERE, debian_python_with
from tests.layer_tables import PUBLISHED
from tests.unit.test_export import ABOUT, COMPUTED, GRID
from tests.unit.test_handover import awkward
from transcaspian import cli, export
from transcaspian.core.errors import ExportError
from transcaspian.core.frames import plain_values
from transcaspian.core.layers import HAZARDS, Layer
from transcaspian.core.xmltext import xml_text
from transcaspian.export import Content, geodatabase
from transcaspian.export.dxf import checked_name, utm_of
from transcaspian.export.geojson import feature_ids
from transcaspian.export.kmz import data_name
from transcaspian.export.published import published_layers
from transcaspian.export.shapefile import cut, short_names
from transcaspian.runs.exported import WRITERS, export_run

GIVEN = COMPUTED | {"hazards": awkward(HAZARDS)}
SENT = published_layers(GIVEN)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a run writes it, with every layer there is, texts of every script and places that are not known."""
    folder = tmp_path_factory.mktemp("run")
    files = export.write_run(folder, Content(ABOUT, GIVEN, GRID, ()))
    manifest = {
        "schema_version": 1, "sources": [], "files": files, "code": {"sha256": "0"},
        "run": {"id": ABOUT.run_id, "created_utc": ABOUT.created_utc},
        "study": {"id": "sea", "revision": "A", "document": {"study": {"title": ABOUT.title}}},
        "systems": [{"id": name, "name": name, "figures": {}} for name in ABOUT.system_ids],
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def exported(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All formats, by the command."""
    out, before = tmp_path_factory.mktemp("out") / "new", bytes_of(run)
    asked = [text for name in WRITERS for text in ("--format", name)]
    done = CliRunner().invoke(cli.command, ["export", str(run), *asked, "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert bytes_of(run) == before, "a published run is never changed"
    assert sorted(path.name for path in out.iterdir()) == sorted([*(f"sea.{name}" for name in WRITERS), "sea.prj"])
    return out


def bytes_of(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def seen_by_gdal(place: Path, epsg: int = 0) -> dict[str, list[tuple[dict[str, Any], Any]]]:
    """Every feature of every layer, by the GDAL of Debian."""
    program = debian_python_with("osgeo.gdal", "python3-gdal")
    done = subprocess.run([program, HERE / "gdal_look.py", place, str(epsg)], capture_output=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return {
        name: [(items, shapely.from_wkb(bytes.fromhex(shape)) if shape else None) for items, shape in rows]
        for name, rows in found.items()
    }


Rows = list[tuple[dict[str, Any], Any]]


def wrong(layer: Layer, came: Rows, names: dict[str, str], held: Callable[[Any], Any] = lambda value: value) -> Any:
    """Every value and geometry that is not the one that was sent, in whatever order the format has the features.

    ``names``: what each column is called there; ``held``: a value as the format can hold it.
    """
    data = SENT[layer.name]
    columns = [plain_values(data[name]) for name in layer.field_names]
    rows = [dict(zip(layer.field_names, row, strict=True)) for row in zip(*columns, strict=True)]
    sent = list(zip(rows, data.geometry, strict=True))
    came = [({name: items.get(there) for name, there in names.items()}, shape) for items, shape in came]
    assert len(came) == len(sent), layer.name
    found = []
    for (wanted, place), (values, there) in zip(ordered(layer, sent), ordered(layer, came), strict=True):
        found += [
            (layer.name, name, value, values[name])
            for name, value in wanted.items()
            if (values[name] or None) != (held(value) or None) and values[name] != held(value)
        ]
        if not same_place(place, there):
            found.append((layer.name, "geometry", str(place), str(there)))
    return found


def ordered(layer: Layer, rows: Rows) -> Rows:
    """By their keys; made-up rows that have the same, by what they lack."""
    return sorted(
        rows,
        key=lambda item: ([str(item[0][name]) for name in layer.keys], [v in (None, "") for v in item[0].values()]),
    )


def same_place(sent: Any, came: Any) -> bool:
    """Within a millimetre, whether a part stands alone or in a geometry of several parts."""
    if sent is None or sent.is_empty:
        return came is None or came.is_empty
    one, other = (shapely.normalize(shapely.force_2d(shape)) for shape in (sent, came))
    parts = (shapely.get_parts(shape) for shape in (one, other))
    return all(a.equals_exact(b, 1e-8) for a, b in zip(*parts, strict=True))


def test_gdal_finds_every_value_in_the_geodatabase(exported: Path) -> None:
    seen = seen_by_gdal(exported / "sea.gdb")
    assert list(seen) == [layer.name for layer in PUBLISHED], "no layer is lost after another"
    for layer in PUBLISHED:
        names = {name: geodatabase.column_name(name) for name in layer.field_names}
        assert wrong(layer, seen[layer.name], names) == []


def test_gdal_finds_every_value_in_the_shapefiles_by_the_table_of_names(exported: Path) -> None:
    folder = exported / "sea.shp"
    seen = seen_by_gdal(folder)
    with (folder / "names.csv").open(encoding="utf-8-sig") as file:
        table = list(csv.DictReader(file))
    for layer in PUBLISHED:
        names = {row["column"]: row["column_in_shapefile"] for row in table if row["layer"] == layer.name}
        assert tuple(names) == layer.field_names
        assert (
            wrong(layer, seen[layer.name], names, lambda value: cut(value) if isinstance(value, str) else value) == []
        )
        assert (folder / f"{layer.name}.cpg").read_text() == "UTF-8"
        assert "WGS_1984" in (folder / f"{layer.name}.prj").read_text()


def test_a_text_that_a_shapefile_cuts_stands_whole_beside_it(exported: Path) -> None:
    with (exported / "sea.shp" / "long_texts.csv").open(encoding="utf-8-sig", newline="") as file:
        whole = {(row["layer"], row["feature"], row["column"]): row["text"] for row in csv.DictReader(file)}
    for layer in HAZARDS.parts:
        data = SENT[layer.name]
        for name, key in zip(plain_values(data["name"]), feature_ids(layer, data), strict=True):
            assert (layer.name, key, "name") in whole or name is None or len(name.encode()) <= 254
            assert whole.get((layer.name, key, "name"), name) == name
    assert {len(text) for text in whole.values()} == {300}


def test_r_reads_the_shapefiles_and_flatgeobuf_alike(exported: Path) -> None:
    program = need("Rscript", "r-base-core r-cran-sf")
    look = (
        "library(sf); for (f in commandArgs(TRUE)) { d <- st_read(f, quiet = TRUE); "
        'cat(nrow(d), format(d[["length_km"]], digits = 15), "\\n") }'
    )
    files = [exported / "sea.shp" / "routes.shp", exported / "sea.fgb" / "routes.fgb"]
    done = subprocess.run([program, "-e", look, *files], capture_output=True, text=True, check=False)
    if "there is no package called" in done.stderr:
        without("sf for R (Debian: r-cran-sf)")
    assert done.returncode == 0, done.stderr
    wanted = SENT["routes"]["length_km"].dropna().tolist()
    for line in done.stdout.splitlines():
        count, *values = line.split()
        assert int(count) == len(SENT["routes"])
        assert [float(value) for value in values if value != "NA"] == wanted


def test_gdal_finds_every_value_in_flatgeobuf(exported: Path) -> None:
    seen = seen_by_gdal(exported / "sea.fgb")
    for layer in PUBLISHED:
        assert wrong(layer, seen[layer.name], {name: name for name in layer.field_names}) == []


def test_every_value_is_in_geoparquet(exported: Path) -> None:
    for layer in PUBLISHED:
        read = gpd.read_parquet(exported / "sea.parquet" / f"{layer.name}.parquet")
        columns = {name: plain_values(read[name]) for name in layer.field_names}
        rows = [({name: values[i] for name, values in columns.items()}, shape) for i, shape in enumerate(read.geometry)]
        assert wrong(layer, rows, {name: name for name in layer.field_names}) == []


KML = "{http://www.opengis.net/kml/2.2}"


def test_every_value_is_in_the_kmz_with_its_title_and_a_symbol_that_is_there(exported: Path) -> None:
    with zipfile.ZipFile(exported / "sea.kmz") as archive:
        assert archive.testzip() is None
        root, files = ET.fromstring(archive.read("doc.kml")), set(archive.namelist())
    styles = {f"#{style.get('id')}" for style in root.iter(f"{KML}Style")}
    assert {href.text for href in root.iter(f"{KML}href")} <= files
    folders = {folder.get("id"): folder for folder in root.iter(f"{KML}Folder")}
    for layer in PUBLISHED:
        titles = {data_name(field.name): field.title for field in layer.fields}
        marks = folders[layer.name].findall(f"{KML}Placemark")
        assert {mark.findtext(f"{KML}styleUrl") for mark in marks} <= styles
        rows = []
        for mark, shape in zip(marks, SENT[layer.name].geometry, strict=True):
            items = {one.get("name", ""): one for one in mark.iter(f"{KML}Data")}
            assert {name: one.findtext(f"{KML}displayName") for name, one in items.items()}.items() <= titles.items()
            rows.append(({name: one.findtext(f"{KML}value") for name, one in items.items()}, shape))
        names = {name: data_name(name) for name in layer.field_names}
        assert wrong(layer, rows, names, lambda value: None if value is None else xml_text(str(value))) == []


def test_gdal_finds_the_kmz_as_kml_with_all_its_places(exported: Path) -> None:
    seen = seen_by_gdal(exported / "sea.kmz")
    by_title = {layer.title: layer for layer in PUBLISHED}
    for title, rows in seen.items():
        if (layer := by_title.get(title.removesuffix(" (#2)"))) and rows:
            for sent, (_, came) in zip(SENT[layer.name].geometry, rows, strict=True):
                assert same_place(sent, came), layer.name


def test_gdal_finds_the_drawing_where_it_was_drawn(exported: Path) -> None:
    """Back to degrees by the zone of the file beside it: within a millimetre; layers by class, in true colours."""
    zone = utm_of(tuple(SENT["routes"].total_bounds))
    assert pyproj.CRS((exported / "sea.prj").read_text()).equals(zone, ignore_axis_order=True)
    (entities,) = seen_by_gdal(exported / "sea.dxf", zone.to_epsg()).values()
    for layer in PUBLISHED:
        mine = [
            shape for items, shape in entities
            if items["Layer"].partition("-")[0] == layer.name.upper() and not items["Layer"].endswith("-TEXT")
        ]  # fmt: skip
        parts = shapely.get_parts(SENT[layer.name].geometry.dropna().to_numpy())
        rings = [ring for part in parts for ring in getattr(part, "interiors", ())]
        assert len(mine) == len(parts) + len(rings), layer.name
        sent = shapely.get_coordinates([*(getattr(part, "exterior", part) for part in parts), *rings])
        came = shapely.get_coordinates(mine)
        if len(sent):
            apart = cKDTree(sent).query(came)[0]
            assert apart.max() < 1e-8
            assert cKDTree(came).query(sent)[0].max() < 1e-8
    # the text is UTF-8, as of every drawing since 2007; GDAL 3.6 takes it for what the header has for older programs
    told = {items["Layer"] for items, _ in entities}
    names = told | {name.encode("latin-1", "replace").decode(errors="replace") for name in told}
    assert {"RPL_LINES-OTHER", "ROUTES-БУЗОВНА — ŞÜVƏLAN"} <= names


@pytest.mark.parametrize(
    ("name", "out", "said"),
    [
        ("tab", "new", "format `tab` is not known: expected gdb, shp, kmz, dxf, fgb, parquet"),
        ("kmz", "taken", "sea.kmz exists already: remove it, or name another folder"),
        ("kmz", "file", "cannot be made"),
        ("kmz", "run", "is within the run"),
    ],
)
def test_what_cannot_be_written_is_one_sentence_and_leaves_nothing(
    run: Path, tmp_path: Path, name: str, out: str, said: str
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "sea.kmz").write_text("mine")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ExportError, match=re.escape(said)):
        export_run(run, name, run / "more" if out == "run" else tmp_path / out)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "sea.kmz", "taken"]


def test_without_a_driver_or_a_program_it_says_what_to_install(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geodatabase.pyogrio, "list_drivers", lambda: {"OpenFileGDB": "r"})
    with monkeypatch.context() as bare:
        bare.setattr(geodatabase.shutil, "which", lambda name: None)
        with pytest.raises(ExportError, match=r"the program ogr2ogr, which is not installed: install GDAL 3\.6"):
            export_run(run, "gdb", tmp_path)
    monkeypatch.setattr("transcaspian.export.dxf.find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"pip install 'transcaspian\[dxf\]'"):
        export_run(run, "dxf", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_program_writes_the_same_geodatabase(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("ogr2ogr", "gdal-bin")
    monkeypatch.setattr(geodatabase.pyogrio, "list_drivers", lambda: {"OpenFileGDB": "r"})
    done = export_run(run, "gdb", tmp_path)
    assert done.features == sum(map(len, SENT.values()))


@pytest.mark.parametrize("name", ["a/b", "a|b", "", "x" * 256, "a\nb"])
def test_a_layer_name_that_a_drawing_cannot_hold_is_one_sentence(name: str) -> None:
    with pytest.raises(ExportError, match="has a name that a DXF drawing cannot hold"):
        checked_name(name)


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=300, unique=True))
def test_cut_names_are_others_each(names: list[str]) -> None:
    short = short_names(names)
    assert len({name.lower() for name in short}) == len(names)
    assert all(0 < len(name) <= 10 for name in short)


@given(st.text())
def test_a_cut_text_is_the_beginning_of_the_text(text: str) -> None:
    assert text.startswith(cut(text) or "")
    assert len((cut(text) or "").encode()) <= 254
