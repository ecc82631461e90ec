"""What a file holds by its own account comes out, is in quarantine, or stops the reading; never less without a word."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon, box

from transcaspian.core.errors import IngestError
from transcaspian.ingest.contracts import Ingested
from transcaspian.ingest.counts import features_in_flatgeobuf, lost_in_geopackage, lost_in_shapefile, wkb_frame_bytes
from transcaspian.ingest.layer_reader import read_layer
from transcaspian.ingest.vectors import open_vector
from transcaspian.sources.datafile import DataFile

BOUNDS = (46.0, 36.25, 55.0, 47.75)
HOLED = Polygon(box(50, 41, 51, 42).exterior, [box(50.2, 41.2, 50.4, 41.4).exterior])
SHAPES = {
    "points": [Point(50, 41), Point(51, 42)],
    "lines": [LineString([(50, 41), (51, 42)]), MultiLineString([[(50, 41), (51, 41)], [(51.2, 41), (52, 41)]])],
    "areas": [HOLED, MultiPolygon([box(52, 41, 52.1, 41.1), box(53, 41, 53.1, 41.1)])],
    "with heights": [LineString([(50, 41, 5), (51, 42, 6)]), LineString([(50, 41, 5), (51, 41, 5), (52, 41, 5)])],
}


def write(path: Path, shapes: list[shapely.Geometry], **columns: object) -> Path:
    ids = {"cable_id": [f"c{number}" for number in range(len(shapes))]}
    names = {"name": ["a"] * len(shapes), "kind": ["pipeline"] * len(shapes), "state": ["planned"] * len(shapes)}
    gpd.GeoDataFrame(ids | names | columns, geometry=shapes, crs=4326).to_file(path)
    return path


def cables(path: Path, **said: object) -> Ingested:
    return read_layer(DataFile("cables", path, "own", citation="c", **said), bounds=BOUNDS)  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "fgb", "geojson"])
@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
def test_sound_files_are_whole(tmp_path: Path, suffix: str, shapes: list[shapely.Geometry]) -> None:
    read = open_vector(write(tmp_path / f"own.{suffix}", shapes))
    found, drawn = (shapely.get_parts(np.array(one, object)) for one in (read.geometry.to_numpy(), shapes))
    assert sorted(shapely.normalize(found).tolist(), key=str) == sorted(shapely.normalize(drawn).tolist(), key=str)


@given(st.data())
@settings(max_examples=60)
def test_the_bytes_of_a_geometry_are_known_without_writing_it(data: st.DataObject) -> None:
    flat = [shape for shapes in list(SHAPES.values())[:3] for shape in shapes]
    parts = st.lists(st.sampled_from(flat), min_size=1, max_size=4)
    collection = shapely.GeometryCollection(data.draw(parts))
    shapes = np.array([*data.draw(parts), collection], dtype=object)
    written = [len(shapely.to_wkb(one)) - 16 * shapely.get_num_coordinates(one) for one in shapes]
    assert wkb_frame_bytes(shapes).tolist() == written


def test_a_part_that_a_record_has_beside_what_is_read_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "own.shp", SHAPES["areas"])
    geometries = open_vector(path).geometry.to_numpy()
    assert not lost_in_shapefile(path, geometries).any()
    without_hole = np.array([Polygon(HOLED.exterior), geometries[1]], object)
    assert lost_in_shapefile(path, without_hole).tolist() == [True, False]
    one_part = np.array([geometries[0], geometries[1].geoms[0]], object)
    assert lost_in_shapefile(path, one_part).tolist() == [False, True]


def test_an_index_that_leads_to_the_record_of_another_feature_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "own.shp", SHAPES["areas"])
    index = bytearray(path.with_suffix(".shx").read_bytes())
    index[108:116] = index[100:108]
    path.with_suffix(".shx").write_bytes(bytes(index))
    assert lost_in_shapefile(path, pyogrio.read_dataframe(path).geometry.to_numpy()).tolist() == [False, True]


def test_a_geometry_shorter_than_its_bytes_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "own.gpkg", SHAPES["lines"])
    geometries = open_vector(path).geometry.to_numpy()
    assert not lost_in_geopackage(path, "own", geometries).any()
    shorter = np.array([geometries[0], geometries[1].geoms[0]], object)
    assert lost_in_geopackage(path, "own", shorter).tolist() == [False, True]


def test_rows_that_the_contents_of_a_geopackage_do_not_count_stop_the_reading(tmp_path: Path) -> None:
    path = write(tmp_path / "own.gpkg", SHAPES["lines"])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("update gpkg_ogr_contents set feature_count = 1")
    with pytest.raises(IngestError, match="holds 2 features"):
        open_vector(path)


def test_features_beyond_those_of_a_flatgeobuf_header_stop_the_reading(tmp_path: Path) -> None:
    path = write(tmp_path / "own.fgb", SHAPES["lines"])
    assert features_in_flatgeobuf(path) == 2
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 150])
    with pytest.raises(IngestError, match=r"cannot be read|by its header"):
        open_vector(path)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "MultiLineString", "coordinates": [[[50, 41], [51, 41]], [[50.5, 41]], [[51, 42], [52, 42]]]},
        {"type": "MultiPolygon", "coordinates": [[[[50, 41], [51, 41], [51, 42], [50, 41]]], [[[52, 41], [53, 41]]]]},
        {"type": "LineString", "coordinates": [[50, 41], [51], [52, 42]]},
        {"type": "GeometryCollection", "geometries": [{"type": "LineString", "coordinates": [[50, 41], [51, 41]]},
                                                      {"type": "LineString", "coordinates": [[52, 41]]}]},
    ],
    ids=["a line of one position", "a ring of two", "a position of one number", "in a collection"],
)  # fmt: skip
def test_a_part_that_the_driver_leaves_out_takes_its_feature_with_it(tmp_path: Path, geometry: object) -> None:
    sound = {"type": "LineString", "coordinates": [[50, 41], [51, 41]]}
    columns = {"name": "a", "kind": "pipeline", "state": "planned"}
    features = [
        {"type": "Feature", "properties": {"cable_id": name} | columns, "geometry": shape}
        for name, shape in (("whole", sound), ("broken", geometry))
    ]
    path = tmp_path / "own.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    read = cables(path)
    assert read.layer["cable_id"].tolist() == ["whole"]
    assert read.counts.quarantined == 1


def test_one_bad_row_is_left_out_or_stops_as_the_study_says(tmp_path: Path) -> None:
    path = write(tmp_path / "own.gpkg", [*SHAPES["lines"], None])  # type: ignore[list-item]
    assert cables(path).counts.quarantined == 1
    assert cables(path, on_error="quarantine").counts.quarantined == 1
    with pytest.raises(IngestError, match=r'feature 2 .*on_error = "quarantine" in sources.cables'):
        cables(path, on_error="stop")


def test_a_wall_is_left_out_where_the_study_says_so_and_nowhere_else(tmp_path: Path) -> None:
    columns = {"hazard_id": ["a", None], "name": ["a", None], "no_go": [True, True], "kind": ["military_area"] * 2}
    gpd.GeoDataFrame(columns, geometry=[box(50, 41, 51, 42), None], crs=4326).to_file(tmp_path / "walls.gpkg")
    file = DataFile("hazards", tmp_path / "walls.gpkg", "walls", citation="c")
    with pytest.raises(IngestError, match="never left out"):
        read_layer(file, bounds=BOUNDS)
    lenient = DataFile("hazards", tmp_path / "walls.gpkg", "walls", citation="c", on_error="quarantine")
    assert read_layer(lenient, bounds=BOUNDS).counts.quarantined == 1


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "cp866"])
def test_texts_of_a_table_are_read_in_the_encoding_that_is_said_and_in_no_other(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "own.shp"
    data = {"cable_id": ["c0"], "name": ["Баку – Актау"], "kind": ["pipeline"], "state": ["planned"]}
    frame = gpd.GeoDataFrame(data | {"name": ["Баку"]}, geometry=[SHAPES["lines"][0]], crs=4326)
    frame.to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = 0
    path.with_suffix(".dbf").write_bytes(bytes(table))
    with pytest.raises(IngestError, match=r"texts beyond ASCII .* give it as `encoding`"):
        cables(path)
    assert cables(path, encoding=encoding).layer["name"].tolist() == ["Баку"]
    with pytest.raises(IngestError, match="not known"):
        cables(path, encoding="klingon")
    path.with_suffix(".cpg").write_text(encoding)
    assert cables(path).layer["name"].tolist() == ["Баку"]


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "csv"])
def test_identifiers_are_exact_or_refused(tmp_path: Path, suffix: str) -> None:
    """A column of whole numbers with a gap comes as floats, in which neighbours above 2**53 are one."""
    ids = [9007199254740993, 9007199254740992, None]
    path = tmp_path / f"own.{suffix}"
    if suffix == "csv":
        path.write_text("event_id,lon,lat,magnitude_mw\n" + "".join(f"{i or ''},50,41,5\n" for i in ids))
        read = read_layer(DataFile("earthquakes", path, "q", citation="c"), bounds=BOUNDS)
        assert read.layer["event_id"].tolist()[:2] == ["9007199254740993", "9007199254740992"]
        return
    features = [
        {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[50, 41], [51, 41]]},
         "properties": {"cable_id": one, "name": "a", "kind": "pipeline", "state": "planned"}}
        for one in ids
    ]  # fmt: skip
    (tmp_path / "own.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    if suffix == "gpkg":
        gpd.read_file(tmp_path / "own.geojson", use_arrow=False).astype({"cable_id": "Int64"}).to_file(path)
    read = cables(path)
    assert not set(read.layer["cable_id"]) & {"9007199254740992.0", "9007199254740994"}
    kept = [name for name in read.layer["cable_id"] if name.startswith("9")]
    assert kept == [str(i) for i in ids[:2]] or read.counts.quarantined >= 2


def test_columns_that_differ_in_capitals_alone_are_not_guessed_between(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("event_id,lon,lat,magnitude_mw,MAGNITUDE_MW\nq,50,41,5,6\n")
    with pytest.raises(IngestError, match="has the columns `magnitude_mw` and `MAGNITUDE_MW`"):
        read_layer(DataFile("earthquakes", path, "q", citation="c"), bounds=BOUNDS)
