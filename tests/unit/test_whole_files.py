"""Files that other libraries wrote are whole; however they are cut, they are not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin
from scipy.io import netcdf_file
from shapely import Point

from tests.conftest import RAW
from transcaspian.core.errors import SourceError
from transcaspian.sources._whole import check_whole

VALUES = np.arange(90 * 70, dtype="float32").reshape(90, 70)


def tiff(path: Path, **more: object) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", width=70, height=90, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(50, 40, 0.1, 0.1), **more,
    ) as out:  # fmt: skip
        out.write(VALUES, 1)


def grid() -> xr.Dataset:
    axes = {"lat": np.linspace(36, 44.9, 90), "lon": np.linspace(50, 56.9, 70)}
    return xr.Dataset({"z": (("lat", "lon"), VALUES, {"units": "m"})}, axes, {"title": "a sea"})


def series(path: Path, names: str) -> None:
    """A classic netCDF whose variables grow along a record dimension."""
    with netcdf_file(path, "w") as out:
        out.createDimension("time", None)
        out.createDimension("lon", 3)
        for name in names:
            variable = out.createVariable(name, "i2", ("time", "lon"))
            variable[:] = np.arange(21, dtype="i2").reshape(7, 3)


WRITERS: dict[str, Callable[[Path], object]] = {
    "strips.tif": tiff,
    "tiles.tif": lambda path: tiff(path, tiled=True, blockxsize=16, blockysize=16, compress="deflate"),
    "big.tif": lambda path: tiff(path, BIGTIFF="YES"),
    "motorola.tif": lambda path: tiff(path, ENDIANNESS="BIG"),
    "classic.nc": lambda path: grid().to_netcdf(path, engine="scipy"),
    "offsets64.nc": lambda path: grid().to_netcdf(path, engine="scipy", format="NETCDF3_64BIT"),
    "one_series.nc": lambda path: series(path, "a"),
    "two_series.nc": lambda path: series(path, "ab"),
    "hdf5.nc": lambda path: grid().to_netcdf(path, engine="h5netcdf"),
    "points.gpkg": lambda path: gpd.GeoDataFrame(geometry=[Point(50, 40)], crs=4326).to_file(path, driver="GPKG"),
    "points.geojson": lambda path: gpd.GeoDataFrame(geometry=[Point(50, 40)], crs=4326).to_file(path),
}


@pytest.fixture(scope="module", params=WRITERS)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / request.param
    WRITERS[request.param](path)
    return path


def test_what_other_libraries_write_is_whole(written: Path) -> None:
    check_whole(written, written.name, "https://data.example/")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_cut_is_not(written: Path, tmp_path: Path, data: st.DataObject) -> None:
    # up to three bytes at the very end may be padding; the head must tell the format
    content = written.read_bytes().rstrip(b"\n")
    kept = data.draw(st.integers(16, len(content) - 4))
    cut = tmp_path / written.name
    cut.write_bytes(content[:kept])
    with pytest.raises(SourceError, match="try again"):
        check_whole(cut, cut.name, "https://data.example/")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(8, 400), byte=st.integers(0, 255))
def test_a_damaged_head_is_a_sentence_at_most(written: Path, tmp_path: Path, at: int, byte: int) -> None:
    content = bytearray(written.read_bytes())
    content[min(at, len(content) - 1)] = byte
    damaged = tmp_path / written.name
    damaged.write_bytes(content)
    with suppress(SourceError):
        check_whole(damaged, damaged.name, "https://data.example/")


def test_an_answer_in_json_is_not_yet_geojson(tmp_path: Path) -> None:
    path = tmp_path / "cables.geojson"
    path.write_text('{"error": {"code": 500, "message": "quota"}}')
    with pytest.raises(SourceError, match="quota"):
        check_whole(path, path.name, "https://data.example/")


@pytest.mark.parametrize("path", sorted(RAW.glob("*.*")), ids=lambda path: path.name)
def test_the_embedded_files_are_whole(path: Path) -> None:
    check_whole(path, path.name, "https://data.example/")
