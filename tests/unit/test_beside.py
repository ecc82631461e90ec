"""Files beside a data file: opened and hashed as part of it, or not opened at all."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely import Point

from transcaspian.ingest import read_seabed
from transcaspian.ingest.vectors import open_vector
from transcaspian.sources.beside import ignored_beside, opened_beside
from transcaspian.sources.datafile import DataFile

HALVED = '<PAMDataset><PAMRasterBand band="1"><Offset>0</Offset><Scale>0.5</Scale></PAMRasterBand></PAMDataset>'
NO_DATA = '<PAMDataset><PAMRasterBand band="1"><NoDataValue>-101</NoDataValue></PAMRasterBand></PAMDataset>'
MOVED = "0.1\n0\n0\n-0.1\n10.0\n50.0\n"


@pytest.fixture
def raster(tmp_path: Path) -> Path:
    path = tmp_path / "sea.tif"
    values = -np.arange(100, 200, dtype=np.float32).reshape(10, 10)
    with rasterio.open(
        path, "w", driver="GTiff", width=10, height=10, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(50, 43, 0.1, 0.1),
    ) as file:  # fmt: skip
        file.write(values, 1)
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sea.tif.aux.xml", HALVED),
        ("sea.tif.aux.xml", NO_DATA),
        ("SEA.TIF.AUX.XML", HALVED),
        ("sea.tfw", MOVED),
        ("sea.wld", MOVED),
        ("sea.tif.msk", ""),
        ("sea.prj", 'GEOGCS["other"]'),
    ],
)
def test_nothing_beside_a_raster_changes_it_and_a_person_is_told(raster: Path, name: str, text: str) -> None:
    before = read_seabed(DataFile("seabed", raster, "s"))
    (raster.parent / name).write_text(text)
    now = read_seabed(DataFile("seabed", raster, "s"))
    np.testing.assert_array_equal(before.elevation_m, now.elevation_m)
    np.testing.assert_array_equal(before.lon_deg, now.lon_deg)
    assert ignored_beside(raster) == (name,)
    assert opened_beside(raster) == {}


def test_the_companions_of_a_shapefile_are_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "cables.shp"
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(50, 43)], crs="EPSG:4326").to_file(path)
    before = opened_beside(path)
    assert set(before) == {"cables.shx", "cables.dbf", "cables.prj", "cables.cpg"}
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"a   ", b"b   ", 1))
    now = opened_beside(path)
    assert {name for name in now if now[name] != before[name]} == {"cables.dbf"}
    assert open_vector(path)["name"].tolist() == ["b"]


def test_what_sqlite_has_not_brought_into_a_geopackage_is_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "cables.gpkg"
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(50, 43)], crs="EPSG:4326").to_file(path)
    with closing(sqlite3.connect(path)) as editor:
        editor.execute("PRAGMA journal_mode=WAL")
        editor.execute("PRAGMA wal_autocheckpoint=0")
        editor.execute("CREATE TABLE edits (name TEXT)")
        editor.commit()
        copied = tmp_path / "copied"
        copied.mkdir()
        for one in ("cables.gpkg", "cables.gpkg-wal"):
            shutil.copy(tmp_path / one, copied)
        assert set(opened_beside(copied / "cables.gpkg")) == {"cables.gpkg-wal"}
    assert ignored_beside(path) == ()
