"""What a run leaves on the disk: readable by others, the same bytes again, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from geojson_validator import validate_structure
from shapely import LineString, MultiPolygon, Point, Polygon, box

from tests.archives import make_run, opened
from tests.layer_tables import LAYERS, PUBLISHED
from transcaspian import export
from transcaspian.core.errors import ExportError
from transcaspian.core.frames import frame
from transcaspian.core.grid import Grid
from transcaspian.core.layers import HAZARDS, Layer
from transcaspian.core.styles import DEPTH_STOPS
from transcaspian.export import FORMATS, Content, Description, Raster, geopackage
from transcaspian.export.published import published_layers
from transcaspian.export.rasters import check_cog
from transcaspian.export.read_back import check_geojson, check_geopackage
from transcaspian.sources.resolve import Provenance

STAMP = "2026-01-02T03:04:05.000Z"
CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GRID = Grid(48.0, 43.0, 0.01, 300, 400)
SOURCES = (
    Provenance(
        "seabed", "etopo", "e.tif", "0" * 64, "1", "public domain", "Amante & Eakins <2009>", "MSL", "2008", "REAL"
    ),
    Provenance("hazards", "own", "h.csv", "1" * 64, "", "not stated", "", "", "", "ASSUMED"),
)
ABOUT = Description(
    run_id="20260102T030405Z-00000000", study_id="sea", title="A sea & its cable", revision="A", abstract="A try.",
    created_utc=STAMP, bounds=GRID.bounds, water_level="below -29.5 m", resolution_deg=0.1, grid_step_deg=0.01,
    system_ids=("Бузовна — Şüvəlan",), sources=SOURCES, code_version="0.1.0", code_sha256="2" * 64,
    licence="CC BY 4.0", organisation="We", email="a@b.example", url="https://b.example/?a=1&b=2",
)  # fmt: skip
SHAPES = {
    "Point": [Point(50.123456789, 41.0)],
    "LineString": [LineString([(49.7, 40.6), (50.4, 42.0), (51.1, 43.6)])],
    "Polygon": [
        # rings the wrong way round for RFC 7946, and an island
        Polygon([(48, 40), (48, 43), (51, 43), (51, 40)], [[(49, 41), (50, 41), (50, 42), (49, 42)]]),
        MultiPolygon([box(50, 40, 51, 41), box(52, 40, 53, 41)]),
    ],
    "Unknown": [Point(50, 41), box(50, 41, 51, 42), LineString([(50, 41), (50.5, 41.5)])],
}


def value(column: Any, number: int) -> Any:
    """Something of the column's type; empty in every second row where the column may be empty."""
    if not column.required and number % 2:
        return None
    sample = {"str": "Бузовна — Şüvəlan", "int": 2**40 + number, "float": 0.1 + number, "bool": number == 0}
    return sample[column.type]


def rows(layer: Layer) -> gpd.GeoDataFrame:
    return frame(
        layer,
        [
            {**{column.name: value(column, number) for column in layer.fields}, "geometry": shape}
            for number, shape in enumerate(SHAPES[layer.geometry])
        ],
    )


COMPUTED = {layer.name: rows(layer) for layer in LAYERS.values() if layer.published}
FILLED = published_layers(COMPUTED)
EMPTY = {layer.name: frame(layer, []) for layer in PUBLISHED}


@pytest.mark.parametrize("layers", [FILLED, EMPTY], ids=["filled", "empty"])
def test_every_layer_stands_in_the_geopackage_with_the_columns_of_the_table(
    tmp_path: Path, layers: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.gpkg"
    monkeypatch.setattr(geopackage, "INDEXED_FROM", 1)
    geopackage.write_geopackage(path, layers, last_change=STAMP)
    check_geopackage(path, layers)
    assert fiona.listlayers(path) == [layer.name for layer in PUBLISHED]
    types = {"str": "str", "int": "int", "float": "float", "bool": "bool"}
    for layer in PUBLISHED:
        with fiona.open(path, layer=layer.name) as source:
            found = {name: kind.split(":")[0].rstrip("3264") for name, kind in source.schema["properties"].items()}
            assert found == {column.name: types[column.type] for column in layer.fields}
    with closing(sqlite3.connect(path)) as database:
        contents = dict(database.execute("select identifier, description from gpkg_contents"))
        tables = {name for (name,) in database.execute("select name from sqlite_master")}
    assert contents == {layer.name: layer.meaning for layer in PUBLISHED}
    for layer in PUBLISHED:
        assert (f"rtree_{layer.name}_geom" in tables) == bool(len(layers[layer.name]))


def test_values_and_coordinates_come_back_exactly(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    geopackage.write_geopackage(path, FILLED, last_change=STAMP)
    for layer in PUBLISHED:
        back = gpd.read_file(path, layer=layer.name, engine="fiona")
        for column in layer.fields:
            for wrote, read in zip(FILLED[layer.name][column.name], back[column.name], strict=True):
                missing = pd.isna(wrote)
                assert pd.isna(read) if missing else read == wrote, (layer.name, column.name)
        assert shapely.equals(FILLED[layer.name].geometry.values, back.geometry.values).all()


def test_the_same_layers_give_the_same_geopackage(tmp_path: Path) -> None:
    for name in "ab":
        geopackage.write_geopackage(tmp_path / f"{name}.gpkg", FILLED, last_change=STAMP)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.gpkg", "b.gpkg"]  # no journal, no write-ahead log


@pytest.mark.parametrize("layer", PUBLISHED, ids=lambda layer: layer.name)
@pytest.mark.parametrize("layers", [FILLED, EMPTY], ids=["filled", "empty"])
def test_geojson_keeps_rfc_7946(tmp_path: Path, layer: Layer, layers: dict) -> None:
    path = tmp_path / "a.geojson"
    export.write_geojson(path, layer, layers[layer.name])
    check_geojson(path, layer, layers[layer.name])
    collection = json.loads(path.read_text(encoding="utf-8"))
    assert "crs" not in collection
    assert not validate_structure(collection)
    assert len(collection["features"]) == len(layers[layer.name])
    for feature in collection["features"]:
        assert tuple(feature["properties"]) == layer.field_names
        geometry = shapely.geometry.shape(feature["geometry"])
        for part in getattr(geometry, "geoms", [geometry]):
            if isinstance(part, Polygon):
                assert part.exterior.is_ccw
                assert not any(ring.is_ccw for ring in part.interiors)


def test_a_feature_without_geometry_is_null_in_geojson(tmp_path: Path) -> None:
    data = frame(HAZARDS, [{"hazard_id": "a", "no_go": False, "geometry": None}])
    export.write_geojson(tmp_path / "a.geojson", HAZARDS, data)
    (feature,) = json.loads((tmp_path / "a.geojson").read_text())["features"]
    assert feature["geometry"] is None
    assert feature["properties"]["buffer_m"] is None


def depth() -> np.ndarray:
    array = np.random.default_rng(1).normal(300, 100, GRID.shape).astype(np.float32)
    array[:40] = np.nan
    return array


def test_rasters_are_cloud_optimised_and_come_back_exactly(tmp_path: Path) -> None:
    big = Grid(48.0, 43.0, 0.005, 700, 900)
    array = np.random.default_rng(1).normal(300, 100, big.shape).astype(np.float32)
    array[:40] = np.nan
    for name in "ab":
        export.write_cog(tmp_path / f"{name}.tif", big, array, description="water depth", units="m")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    check_cog(tmp_path / "a.tif", big, array)
    with rasterio.open(tmp_path / "a.tif") as source:
        np.testing.assert_array_equal(source.read(1), array)
        assert np.isnan(source.nodata)
        assert source.crs.to_epsg() == 4326
        assert source.bounds == pytest.approx(big.bounds)
        assert source.overviews(1)
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (source.descriptions, source.units) == (("water depth",), ("m",))


def test_what_does_not_read_back_is_named(tmp_path: Path) -> None:
    package = tmp_path / "a.gpkg"
    geopackage.write_geopackage(package, FILLED, last_change=STAMP)
    with pytest.raises(ExportError, match=r"a\.gpkg.*routes.*0 written, 1 found"):
        check_geopackage(package, EMPTY)
    package.write_bytes(package.read_bytes()[:5000])
    with pytest.raises(ExportError, match=r"a\.gpkg"):
        check_geopackage(package, FILLED)
    text = tmp_path / "a.geojson"
    export.write_geojson(text, HAZARDS, FILLED["hazards"])
    text.write_text(text.read_text()[:-40])
    with pytest.raises(ExportError, match=r"a\.geojson"):
        check_geojson(text, HAZARDS, FILLED["hazards"])
    export.write_cog(tmp_path / "a.tif", GRID, depth(), description="d", units="m")
    with pytest.raises(ExportError, match=r"a\.tif"):
        check_cog(tmp_path / "a.tif", GRID, depth() + 1)


def rasters(
    names: tuple[str, ...] = ("depth", "cost", "criterion_slope", "cost_excess_main"),
) -> tuple[Raster, ...]:
    return tuple(Raster(name, depth(), f"what {name} is", "m", DEPTH_STOPS) for name in names)


def write_everything(folder: Path, formats: tuple[str, ...] = ()) -> dict[str, dict[str, str | int]]:
    pages = {"map.png": lambda path: path.write_bytes(b"png") and None}
    return export.write_run(folder, Content(ABOUT, COMPUTED, GRID, rasters(), pages=pages, formats=formats))


@pytest.mark.parametrize("formats", [(), tuple(FORMATS)], ids=["usual", "all"])
def test_a_run_has_the_files_it_says_with_their_hashes(tmp_path: Path, formats: tuple[str, ...]) -> None:
    files = write_everything(tmp_path, formats)
    found = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    beside = {f"rasters/{raster.name}.{suffix}" for raster in rasters() for suffix in ("tif", "qml", "colours.txt")}
    vectors = {f"geojson/{layer.name}.geojson" for layer in PUBLISHED}
    vectors |= {f"{name}/{layer.name}.{FORMATS[name].suffix}" for layer in PUBLISHED for name in formats}
    assert set(found) == {"sea.gpkg", "map.png", "stac_item.json", *beside, *vectors}
    assert files == {
        name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
        for name, path in found.items()
    }


def test_a_run_is_visible_at_once_and_never_changed(tmp_path: Path) -> None:
    home = tmp_path / "sea"
    with opened(home, "r") as folder:
        assert not (home / folder.run_id).exists()
    names = [make_run(home, "r").name for _ in range(3)]
    assert names == ["r", "r-2", "r-3"]
    assert os.readlink(home / "latest") == "r-3"  # relative: the folder may be moved or copied
    assert json.loads((home / "latest.json").read_text())["run"] == "r-3"
    assert json.loads((home / "latest.json").read_text())["confirmed_utc"] == "2026-01-02T03:04:05Z"
    assert not [path for path in home.iterdir() if path.name.startswith(".")]


def test_a_step_that_cannot_be_written_down_stops_the_run_before_it_is_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "sea"
    good = make_run(home, "r")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def attempt() -> None:
        with opened(home, "s") as folder:
            monkeypatch.setattr(Path, "write_bytes", full)
            folder.register("published")

    with pytest.raises(ExportError, match="No space"):
        attempt()
    assert sorted(path.name for path in home.iterdir()) == ["latest", "latest.json", "r", "register.jsonl"]
    assert (home / "latest").resolve() == good.resolve()


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, ExportError, OSError])
def test_a_run_that_fails_leaves_nothing(tmp_path: Path, fault: type[BaseException]) -> None:
    def fail() -> None:
        with opened(tmp_path / "new" / "out" / "sea", "r") as folder:
            (folder.path / "a.txt").write_text("half")
            raise fault("stop")

    with pytest.raises(ExportError if fault is OSError else fault):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_leaves_the_published_one(tmp_path: Path) -> None:
    home = tmp_path / "sea"
    good = make_run(home, "r")
    with pytest.raises(RuntimeError), opened(home, "s"):
        raise RuntimeError
    assert sorted(path.name for path in home.iterdir()) == ["latest", "latest.json", "r", "register.jsonl"]
    assert (home / "latest").resolve() == good.resolve()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(ExportError, match="out"), opened(tmp_path / "out" / "sea", "r"):
        pass
    assert (tmp_path / "out").read_text() == "in the way"


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from transcaspian.core.errors import ExportError
from tests.archives import opened
from tests.unit.test_export import write_everything
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    with opened(Path(sys.argv[1]) / "sea", "r") as folder:
        write_everything(folder.path)
        folder.register("published")
except ExportError as exc:
    print(exc)
    sys.exit(2)
"""


@pytest.mark.skipif(os.name == "nt", reason="no file-size limits there")
@pytest.mark.parametrize("limit_bytes", [500, 20_000, 150_000, 260_000])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path, limit_bytes: int) -> None:
    """The limits stop the writers in the GeoPackage's first page, in its middle, at its end, and in a raster."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "out"), str(limit_bytes)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 2, done.stderr
    assert "out" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_run_id_tells_the_moment_and_the_content() -> None:
    one = export.run_id("a", "b", "c", CREATED)
    assert one.startswith("20260102T030405Z-")
    assert len(one) == 25
    assert one == export.run_id("a", "b", "c", CREATED)
    assert len({export.run_id(*ids, CREATED) for ids in (("a", "b", "c"), ("x", "b", "c"), ("a", "x", "c"))}) == 3
    assert len(export.code_sha256()) == 64


def test_the_manifest_is_json_for_everybody(tmp_path: Path) -> None:
    manifest = export.build_manifest(
        run={"id": "r"},
        study={"id": "sea"},
        code_sha256="c",
        sources=[{"role": "seabed"}],
        analyses={},
        findings=[],
        systems=[],
        ingest={"cables": {"read": 1}},
        seabed={},
        numbering={},
        settings={},
        files={"a": {"sha256": "0", "bytes": 1}},
    )
    export.write_manifest(tmp_path / "manifest.json", manifest)
    text = (tmp_path / "manifest.json").read_text(encoding="utf-8")
    assert json.loads(text) == manifest
    assert manifest["schema_version"] == 3
    assert list(json.loads(text)) == sorted(manifest)
    with pytest.raises(ValueError, match="JSON"):
        export.write_manifest(tmp_path / "b.json", {"value": float("nan")})
