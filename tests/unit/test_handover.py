"""What others get beside the features: descriptions, metadata, styles, a project, a catalogue item, other formats."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import fiona
import geopandas as gpd
import lxml.etree
import numpy as np
import pandas as pd
import pyarrow.parquet
import pystac
import pytest
import rasterio
import shapely
from geojson_validator import validate_geometries, validate_structure
from hypothesis import given
from hypothesis import strategies as st
from owslib.iso import MD_Metadata
from shapely import GeometryCollection, LineString, MultiLineString, MultiPoint, Point, Polygon, box

from tests.layer_tables import ALWAYS, LAYERS, PUBLISHED, STYLES
from tests.unit.test_export import ABOUT, COMPUTED, FILLED, GRID, SOURCES, STAMP, rasters
from transcaspian import export
from transcaspian.core.errors import ExportError, StudyError
from transcaspian.core.frames import frame
from transcaspian.core.layers import HAZARDS, QUARANTINE, ROUTES, RPL_LINES, RPL_POINTS, SLD, Layer
from transcaspian.core.styles import DEPTH_STOPS, Band, Category, Style, Symbol
from transcaspian.core.xmltext import xml_text
from transcaspian.export import FORMATS, Content
from transcaspian.export.geojson import in_world
from transcaspian.export.geopackage import write_geopackage
from transcaspian.export.gpkg_tables import describe_geopackage
from transcaspian.export.iso19139 import iso19139
from transcaspian.export.published import published_layers
from transcaspian.export.qgs import project_archive
from transcaspian.export.qml import conditions, renderer
from transcaspian.export.rasters import colour_table
from transcaspian.export.read_back import blob_header_bytes, check_geojson, check_geopackage
from transcaspian.runs.engine import RunResult

SCRIPTS = "Ағылшын Azərbaycan Türkmen Русский 中文 日本語 한국어 العربية עברית हिन्दी ไทย ქართული Հայերեն ελληνικά 🌊"
AWKWARD = [
    *("=1+1", '=HYPERLINK("x")', "x" * 300, "名" * 300, SCRIPTS, "a\tb\nc", "\x01\x1b\x7f"),
    *("'; drop table x; --", '"<&>', "", " "),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    export.write_run(folder, Content(ABOUT, COMPUTED, GRID, rasters(("depth", "cost"))))
    return folder


@pytest.fixture(scope="module")
def database(run: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(run / "sea.gpkg")) as opened:
        yield opened


def test_every_column_says_what_it_means(database: sqlite3.Connection) -> None:
    told = {
        (table, column): (title, meaning, constraint)
        for table, column, title, meaning, constraint in database.execute(
            "select table_name, column_name, title, description, constraint_name from gpkg_data_columns"
        )
    }
    assert set(told) == {(layer.name, field.name) for layer in PUBLISHED for field in layer.fields}
    for layer in PUBLISHED:
        for field in layer.fields:
            title, meaning, constraint = told[layer.name, field.name]
            assert meaning.startswith(field.meaning)
            assert (field.unit in title) or field.unit in ("", "1")
            assert bool(constraint) == bool(field.choices or field.minimum is not None)


def test_what_values_may_be_stands_in_constraints(database: sqlite3.Connection) -> None:
    (name,) = database.execute(
        "select constraint_name from gpkg_data_columns where table_name = 'hazards' and column_name = 'kind'"
    ).fetchone()
    rows = database.execute(
        "select constraint_type, value from gpkg_data_column_constraints where constraint_name = ?", (name,)
    ).fetchall()
    assert set(rows) == {("enum", choice) for choice in HAZARDS.fields[2].choices}
    ranges = database.execute(
        "select min, min_is_inclusive, max from gpkg_data_column_constraints where constraint_type = 'range'"
    ).fetchall()
    assert ranges == [(0, 1, sys.float_info.max)] * len(ranges)
    assert ranges


def test_extensions_are_declared_where_the_standard_wants_it(database: sqlite3.Connection) -> None:
    rows = set(database.execute("select table_name, extension_name from gpkg_extensions where column_name is null"))
    assert rows >= {
        ("gpkg_data_columns", "gpkg_schema"),
        ("gpkg_data_column_constraints", "gpkg_schema"),
        ("gpkg_metadata", "gpkg_metadata"),
        ("gpkg_metadata_reference", "gpkg_metadata"),
    }
    assert database.execute("pragma foreign_key_check").fetchall() == []


def test_positions_and_spans_are_related_tables(tmp_path: Path) -> None:
    """A span has the two positions that it lies between."""
    at, system = Point(50, 41), {"system_id": "a"}
    points = [{**system, "SeqNo": n, "PosNo": f"P{n}", "geometry": at} for n in (1, 2, 3)]
    spans = [
        {**system, "SeqNo": n, "FromPos": f"P{n}", "ToPos": f"P{n + 1}", "geometry": LineString([at, (51, 42)])}
        for n in (1, 2)
    ]
    layers = {layer.name: frame(layer, []) for layer in PUBLISHED}
    layers |= {"rpl_points": frame(RPL_POINTS, points), "rpl_lines": frame(RPL_LINES, spans)}
    write_geopackage(tmp_path / "a.gpkg", layers, last_change=STAMP)
    describe_geopackage(tmp_path / "a.gpkg", ABOUT, layers, "<qgis/>")
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as written:
        joined = written.execute(
            "select l.SeqNo, p.PosNo from rpl_lines_of_rpl_points m join rpl_points p on p.fid = m.base_id "
            "join rpl_lines l on l.fid = m.related_id"
        ).fetchall()
    assert joined == [(1, "P1"), (1, "P2"), (2, "P2"), (2, "P3")]


def test_an_independent_reader_of_iso_19139_finds_all_of_it(database: sqlite3.Connection) -> None:
    ((uri, kind, text),) = database.execute("select md_standard_uri, mime_type, metadata from gpkg_metadata")
    assert (uri, kind) == ("http://www.isotc211.org/2005/gmd", "text/xml")
    scope = database.execute("select reference_scope, timestamp, md_file_id from gpkg_metadata_reference").fetchall()
    assert scope == [("geopackage", STAMP, 1)]
    found = MD_Metadata(lxml.etree.fromstring(text))
    assert (found.identifier, found.datestamp) == (ABOUT.run_id, "2026-01-02T03:04:05")
    assert found.referencesystem.code == "4326"
    (identity,) = found.identification
    assert identity.title == ABOUT.title
    assert identity.bbox.minx == repr(GRID.bounds[0])
    assert identity.bbox.maxy == repr(GRID.bounds[3])
    assert identity.otherconstraints == ["CC BY 4.0"]
    assert identity.contact[0].organization == "We"
    assert identity.contact[0].email == "a@b.example"
    assert set(identity.topiccategory) == {"oceans", "utilitiesCommunication"}
    assert "resolve 0.1°" in found.dataquality.lineage
    for source in SOURCES:
        assert source.sha256 in text
        assert source.licence in text


def test_metadata_holds_whatever_a_study_says() -> None:
    from dataclasses import replace

    for text in AWKWARD:
        ET.fromstring(iso19139(replace(ABOUT, title=text, abstract=text, licence=text, organisation=text)))
    assert xml_text("a\x00\x01\ud800b\n") == "a\ufffd\ufffd\ufffdb\n"


def test_every_layer_has_its_styles_where_qgis_looks(database: sqlite3.Connection) -> None:
    rows = database.execute(
        "select f_table_name, f_geometry_column, styleName, styleQML, useAsDefault from layer_styles"
    ).fetchall()
    assert [(table, name, bool(default)) for table, _, name, _, default in rows] == [
        (layer.name, style.name, number == 0) for layer in PUBLISHED for number, style in enumerate(STYLES[layer.name])
    ]
    assert {column for _, column, *_ in rows} == {"geom"}
    for table, _, name, text, _ in rows:
        root = ET.fromstring(text.partition("\n")[2])
        assert root.find("renderer-v2") is not None, (table, name)
    assert ("layer_styles", "attributes") in set(database.execute("select table_name, data_type from gpkg_contents"))


def test_the_project_lies_inside_with_relative_paths(database: sqlite3.Connection) -> None:
    ((name, content),) = database.execute("select name, content from qgis_projects")
    with zipfile.ZipFile(io.BytesIO(bytes.fromhex(content))) as archive:
        (entry,) = archive.namelist()
        root = ET.fromstring(archive.read(entry).decode().partition("\n")[2])
    assert (name, entry) == ("sea", "sea.qgs")
    sources = [item.text or "" for item in root.iter("datasource")]
    assert all(source.startswith(("./sea.gpkg|layername=", "./rasters/")) for source in sources)
    assert {source.split("layername=")[1].split("|")[0] for source in sources if "layername" in source} == {
        layer.name for layer in PUBLISHED
    }
    ids = [item.text or "" for item in root.findall("projectlayers/maplayer/id")]
    assert len(set(ids)) == len(ids)
    assert min(map(len, ids)) >= 10  # QGIS renames shorter ones and then finds none of them
    assert sorted(ids) == sorted(leaf.get("id", "") for leaf in root.findall("layer-tree-group//layer-tree-layer"))


def test_the_same_project_gives_the_same_bytes() -> None:
    assert project_archive("<qgis/>", "a", STAMP) == project_archive("<qgis/>", "a", STAMP)


def test_nothing_is_left_out_by_a_style() -> None:
    """What belongs to no class, and what has no value, is drawn by a symbol of its own and named in the legend."""
    bands = (Band(0, 10, "a", Symbol("#111111")), Band(10, 20, "b", Symbol("#222222")))
    assert [text for _, text in conditions("x", bands)] == ['"x" < 10', '"x" >= 10']
    drawn = renderer(Style("s", Symbol("#333333"), "x", bands=bands), "marker")
    rules = [(rule.get("label"), rule.get("filter")) for rule in drawn.iter("rule")]
    assert rules[-1][0] == "insufficient information"
    assert "coalesce" in (rules[-1][1] or "")
    by_value = renderer(Style("s", Symbol("#333333"), "x", (Category("it's", "l", Symbol("#111111")),)), "line")
    assert [item.get("value") for item in by_value.iter("category")] == ["it's", ""]
    assert [item.get("label") for item in by_value.iter("category")] == ["l", "insufficient information"]


def test_rasters_have_their_colours_beside_them(run: Path) -> None:
    lines = (run / "rasters" / "depth.colours.txt").read_text().splitlines()
    assert lines[0] == "0 255 255 217 255"
    assert lines[-1] == "nv 0 0 0 0"
    assert len(lines) == len(DEPTH_STOPS) + 1 == len(colour_table(DEPTH_STOPS).splitlines())
    root = ET.fromstring((run / "rasters" / "depth.qml").read_text().partition("\n")[2])
    items = [(float(item.get("value", "")), item.get("color")) for item in root.iter("item")]
    assert items == list(DEPTH_STOPS)


def test_catalogues_can_index_the_run(run: Path) -> None:
    item = pystac.Item.from_file(str(run / "stac_item.json"))
    assert item.id == ABOUT.run_id
    assert item.bbox == pytest.approx(list(GRID.bounds))
    assert item.datetime is not None
    assert item.datetime.isoformat() == "2026-01-02T03:04:05+00:00"
    for name, asset in item.assets.items():
        assert (run / asset.href).resolve() == (run / name).resolve()
        assert asset.media_type, name
        assert asset.extra_fields["file:size"] == (run / name).stat().st_size
    with rasterio.open(run / "rasters" / "depth.tif") as source:
        assert item.assets["rasters/depth.tif"].extra_fields["proj:transform"] == pytest.approx(
            list(source.transform)[:6]
        )
        assert item.assets["rasters/depth.tif"].extra_fields["proj:shape"] == list(source.shape)


def awkward(layer: Layer) -> gpd.GeoDataFrame:
    """A feature for each awkward text, and one without a geometry."""
    texts = [field.name for field in layer.fields if field.type == "str" and field.name != layer.key]
    records: list[dict[str, Any]] = [
        {layer.key: f"{number}", **dict.fromkeys(texts, text), "geometry": Point(50, 41)}
        for number, text in enumerate(AWKWARD)
    ]
    records.append({layer.key: "nowhere", "geometry": None})
    for record in records:
        record |= {field.name: False for field in layer.fields if field.type == "bool"}
    return frame(layer, records)


@pytest.mark.parametrize("whole", [HAZARDS, QUARANTINE], ids=lambda layer: layer.name)
def test_awkward_texts_and_missing_geometries_come_back(tmp_path: Path, whole: Layer) -> None:
    given = awkward(whole)
    layers = published_layers({item.name: frame(item, []) for item in LAYERS.values()} | {whole.name: given})
    write_geopackage(tmp_path / "a.gpkg", layers, last_change=STAMP, table=whole.parts)
    check_geopackage(tmp_path / "a.gpkg", layers, whole.parts)
    written = {layer.name: layers[layer.name] for layer in whole.parts}
    assert sum(map(len, written.values())) == len(given)
    assert written[whole.name].geometry.tolist() == [None], "what has no geometry is among the areas"
    for layer in whole.parts:
        data = written[layer.name]
        export.write_geojson(tmp_path / "a.geojson", layer, data)
        check_geojson(tmp_path / "a.geojson", layer, data)
        features = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))["features"]
        back = gpd.read_file(tmp_path / "a.gpkg", layer=layer.name, engine="fiona")
        assert [feature["geometry"] is None for feature in features] == data.geometry.isna().tolist()
        for name in layer.field_names:
            wrote = [None if pd.isna(value) else value for value in data[name]]
            assert [feature["properties"][name] for feature in features] == wrote
            assert [None if pd.isna(value) else value for value in back[name]] == wrote
        for name, wanted in FORMATS.items():
            path = tmp_path / f"{layer.name}.{wanted.suffix}"
            wanted.write(path, layer, data)
            wanted.check(path, layer, data)
            assert path.stat().st_size, name


def test_every_geometry_is_in_the_layer_of_its_kind_once() -> None:
    """Of a collection, each layer has what is of its kind; keys stay, nothing is lost."""
    mixed = [
        Point(1, 1), MultiPoint([(1, 1), (2, 2)]), LineString([(0, 0), (1, 1)]), box(0, 0, 1, 1), None, Point(),
        GeometryCollection([Point(5, 5), GeometryCollection([box(5, 5, 6, 6), LineString([(5, 5), (7, 7)])])]),
        GeometryCollection(),
    ]  # fmt: skip
    data = frame(HAZARDS, [{"hazard_id": str(n), "no_go": False, "geometry": shape} for n, shape in enumerate(mixed)])
    areas, points, lines = (published_layers({"hazards": data})[part.name] for part in HAZARDS.parts)
    assert areas["hazard_id"].tolist() == ["3", "4", "5", "6", "7"]
    assert points["hazard_id"].tolist() == ["0", "1", "6"]
    assert lines["hazard_id"].tolist() == ["2", "6"]
    assert areas.geometry.iloc[3].area == 1.0
    assert points.geometry.iloc[2].equals(Point(5, 5))
    for part, kind in ((points, "Point"), (lines, "LineString"), (areas.dropna(subset="geometry"), "Polygon")):
        assert set(part.geometry[~part.geometry.is_empty].geom_type) <= {kind, f"Multi{kind}"}
    hundred = data.loc[[3] * 100].assign(hazard_id=[str(n) for n in range(100)])
    assert len(published_layers({"hazards": hundred})["hazards"]) == 100


@given(st.lists(st.floats(0.0, 400.0), min_size=2, max_size=500))
def test_figures_are_written_with_the_decimals_of_their_unit_and_sums_still_agree(ends_km: list[float]) -> None:
    ends_km.sort()
    rows = [
        {"segment_id": str(n), "system_id": "a", "from_kp_km": a, "to_kp_km": b, "length_km": b - a, "geometry": None}
        for n, (a, b) in enumerate(pairwise(ends_km))
    ]
    written = published_layers({"sld": frame(SLD, rows)})["sld"]
    total_km = ends_km[-1] - ends_km[0]
    assert abs(written["length_km"].sum() - total_km) < 0.001
    assert (written["to_kp_km"] - written["from_kp_km"]).sum() == pytest.approx(total_km, abs=0.001)
    assert all(len(repr(value).partition(".")[2]) <= 6 for value in written["length_km"] if value >= 1e-3)


def test_a_small_rate_is_not_rounded_away_and_a_position_is_kept() -> None:
    rate = next(field for field in LAYERS["risk_front"].fields if field.name == "faults_per_year")
    assert rate.stored([1.23456789012e-7, np.nan]).tolist()[0] == 1.23456789e-7
    latitude = next(field for field in RPL_POINTS.fields if field.name == "Latitude")
    assert latitude.stored([40.123456789123]).tolist() == [40.123456789]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("layer", PUBLISHED, ids=lambda layer: layer.name)
def test_further_formats_hold_every_layer_also_an_empty_one(tmp_path: Path, name: str, layer: Layer) -> None:
    wanted = FORMATS[name]
    for number, data in enumerate((FILLED[layer.name], frame(layer, []))):
        path = tmp_path / f"{number}.{wanted.suffix}"
        wanted.write(path, layer, data)
        wanted.check(path, layer, data)


def test_what_does_not_read_back_is_named_in_every_format(tmp_path: Path) -> None:
    for wanted in FORMATS.values():
        path = tmp_path / f"a.{wanted.suffix}"
        wanted.write(path, HAZARDS, FILLED["hazards"])
        with pytest.raises(ExportError, match=rf"a\.{wanted.suffix}"):
            wanted.check(path, HAZARDS, frame(HAZARDS, []))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(ExportError, match=rf"a\.{wanted.suffix}"):
            wanted.check(path, HAZARDS, FILLED["hazards"])


def test_geoparquet_is_of_version_1_1_with_boxes(tmp_path: Path) -> None:
    FORMATS["parquet"].write(tmp_path / "a.parquet", ROUTES, FILLED["routes"])
    metadata = json.loads(pyarrow.parquet.read_schema(tmp_path / "a.parquet").metadata[b"geo"])
    assert metadata["version"] == "1.1.0"
    assert "bbox" in metadata["columns"]["geometry"]["covering"]
    back = gpd.read_parquet(tmp_path / "a.parquet")
    assert shapely.equals(back.geometry.to_numpy(), FILLED["routes"].geometry.to_numpy()).all()


def test_an_unknown_format_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(ExportError, match="`shapefile` is not known: expected flatgeobuf, parquet, kml"):
        export.check_formats(["shapefile"])


def test_a_format_whose_package_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transcaspian.export.formats.find_spec", lambda name: None)
    export.check_formats(["kml"])
    with pytest.raises(ExportError, match=r"needs the package pyarrow: pip install 'transcaspian\[parquet\]'"):
        export.check_formats(["parquet"])


def test_geojson_is_cut_at_the_antimeridian() -> None:
    shapes = np.array(
        [LineString([(179, 10), (181, 12)]), box(-181, 0, -179, 1), Point(190, 0), Point(10, 0), None], object
    )
    line, area, far, near, nothing = in_world(shapes)
    assert isinstance(line, MultiLineString)
    assert sorted(part.bounds[0] for part in line.geoms) == [-180, 179]
    assert {part.coords[0] for part in line.geoms} | {part.coords[-1] for part in line.geoms} >= {
        (179.0, 10.0),
        (-179.0, 12.0),
    }
    assert area.area == pytest.approx(2.0)
    assert area.bounds == (-180, 0, 180, 1)
    assert (far.x, near.x, nothing) == (-170, 10, None)


def test_the_box_of_what_reaches_over_the_antimeridian_has_its_west_in_the_east(tmp_path: Path) -> None:
    data = frame(HAZARDS, [{"hazard_id": "a", "no_go": False, "geometry": box(178, 10, 182, 11)}])
    export.write_geojson(tmp_path / "a.geojson", HAZARDS, data)
    collection = json.loads((tmp_path / "a.geojson").read_text())
    assert collection["bbox"] == [178.0, 10.0, -178.0, 11.0]
    assert not validate_structure(collection)
    found = validate_geometries(collection)
    assert not found["invalid"], found


def test_coordinates_have_seven_decimals_at_most(tmp_path: Path) -> None:
    data = frame(HAZARDS, [{"hazard_id": "a", "no_go": False, "geometry": Point(50.123456789123, -1e-9)}])
    export.write_geojson(tmp_path / "a.geojson", HAZARDS, data)
    text = (tmp_path / "a.geojson").read_text()
    assert "50.1234568" in text
    assert "50.12345678" not in text.replace("50.1234568", "")
    assert json.loads(text)["features"][0]["geometry"]["coordinates"] == [50.1234568, 0]


def test_wrong_geometry_in_a_geopackage_is_noticed(tmp_path: Path) -> None:
    layers = FILLED
    write_geopackage(tmp_path / "a.gpkg", layers, last_change=STAMP)
    moved = layers | {"routes": layers["routes"].set_geometry(layers["routes"].geometry.translate(1e-7))}
    with pytest.raises(ExportError, match="geometries of routes"):
        check_geopackage(tmp_path / "a.gpkg", moved)


@pytest.mark.parametrize(("flags", "length"), [(0b0001, 8), (0b0011, 40), (0b0101, 56), (0b1001, 72)])
def test_the_header_of_a_geometry_is_as_long_as_its_envelope_says(flags: int, length: int) -> None:
    assert blob_header_bytes(b"GP\x00" + bytes([flags])) == length


def test_polygons_turn_the_way_geojson_wants_in_the_geopackage_too(run: Path) -> None:
    with fiona.open(run / "sea.gpkg", layer="corridors") as source:
        for item in source:
            for part in shapely.get_parts(shapely.geometry.shape(item["geometry"])):
                assert isinstance(part, Polygon)
                assert part.exterior.is_ccw


def test_a_study_may_not_hold_control_characters(study_file: Any) -> None:
    from transcaspian.study import load_study

    path = study_file(('title = "Trans-Caspian fibre-optic line"', 'title = "Trans\\u0000Caspian"'))
    with pytest.raises(StudyError, match=r"study\.title.*U\+0000"):
        load_study(path, {})


@pytest.mark.parametrize("layer", ALWAYS, ids=lambda layer: layer.name)
def test_keys_name_one_feature_of_a_layer(layer: Layer, default_run: RunResult) -> None:
    data = gpd.read_file(next(default_run.folder.glob("*.gpkg")), layer=layer.name)
    assert not data[list(layer.keys)].duplicated().any()


def test_all_published_layers_have_columns_that_sql_can_name() -> None:
    for layer in LAYERS.values():
        for name in (layer.name, *layer.field_names):
            assert name.isidentifier()
            assert name.isascii()
