"""Values that no sea has: found by their size, or by standing alone; a real seabed has none of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import box

from tests.conftest import RAW
from transcaspian.core.errors import IngestError, SeabedError
from transcaspian.ingest import SeabedRaster, read_seabed
from transcaspian.ingest.plausible import FILLS, refuse_implausible
from transcaspian.seabed import check_elevation
from transcaspian.sources.datafile import DataFile

LON, LAT = np.linspace(46.05, 54.95, 90), np.linspace(47.95, 36.05, 120)
SHOWN = {
    -1.7976931348623157e308: "-1.7976931348623157e+308",
    -9999.0: "-9999.0",
    1e20: "1e+20",
    -32768.0: "-32768.0",
    9.969209968386869e36: "9.96921e+36",
}


def given_file(path: Path = Path("sea.tif"), **changes: object) -> DataFile:
    return DataFile("seabed", path, "sea", **changes)  # type: ignore[arg-type]


def natural(seed: int = 0, deep_m: float = 800.0) -> NDArray[np.float64]:
    """A seabed of hills, to a centimetre, from its deepest to somewhat above the sea."""
    x, y = np.meshgrid(np.linspace(0, 6, LON.size), np.linspace(0, 6, LAT.size))
    phases = np.random.default_rng(seed).uniform(0, 6, 6)
    hills = sum(np.sin((k + 1) * x + phases[k]) * np.cos((k + 1) * y + phases[k + 3]) / (k + 1) for k in range(3))
    shape = (hills - hills.min()) / np.ptp(hills)
    return np.round(-deep_m + shape * (deep_m + 50.0), 2)


def geotiff(path: Path, values: NDArray[np.float64], crs: str = "EPSG:4326", dtype: str = "float32") -> Path:
    bounds = (46, 36, 55, 48) if crs == "EPSG:4326" else (300_000, 4_000_000, 900_000, 5_200_000)
    place = rasterio.transform.from_bounds(*bounds, values.shape[1], values.shape[0])
    profile = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": dtype}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=place, **profile) as target:
        target.write(values.astype(dtype), 1)
    return path


def with_block(values: NDArray[np.float64], fill: float) -> NDArray[np.float64]:
    """A block of one value in the middle, as where a survey has no data: 300 nodes."""
    return np.where((np.abs(np.arange(120) - 60)[:, None] < 10) & (np.abs(np.arange(90) - 45) < 8), fill, values)


@given(
    st.integers(0, 50),
    st.sampled_from([20.0, 150.0, 1000.0, 6000.0]),
    st.sampled_from([-9999.0, -32768.0, 32767.0, 9999.0, 99999.0, -99999.0, 1e20, -3.4e38, 65535.0, -999.0, 12345.0]),
    st.sampled_from(["elevation_m_up", "depth_m_down"]),
)
def test_a_fill_value_that_nobody_declared_is_named_with_its_count(
    seed: int, deep_m: float, fill: float, values: str
) -> None:
    seabed = natural(seed, deep_m) * (1 if values == "elevation_m_up" else -1)
    refuse_implausible(given_file(values=values), seabed)
    with pytest.raises(IngestError) as refused:
        refuse_implausible(given_file(values=values), with_block(seabed, fill))
    for word in ("sea.tif has 285 nodes", f"nodata = {np.float32(fill)!s} in sources.seabed"):
        assert word in str(refused.value)


@given(st.integers(0, 50), st.sampled_from(sorted({*FILLS} - {9999.0})), st.integers(10, 300))
def test_a_usual_fill_value_is_found_among_real_depths_of_its_size(seed: int, fill: float, count: int) -> None:
    seabed = natural(seed, 11_000.0)
    seabed[np.abs(seabed - fill) < 3] -= 7.0  # few real ones near it, as of one value among so many
    seabed.ravel()[:count] = fill
    near = ((np.abs(seabed - fill) <= 10) & (seabed != fill)).sum()
    if 3 * near < count:
        with pytest.raises(IngestError, match=rf"{count} nodes of exactly {fill} m"):
            refuse_implausible(given_file(), seabed)
    else:
        refuse_implausible(given_file(), seabed)


@pytest.mark.parametrize("file", ["etopo1_caspian.tif", "etopo1_black_sea.tif"])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_real_seabed_has_none(file: str, sign: int) -> None:
    with rasterio.open(RAW / file) as source:
        values = sign * source.read(1).astype(float)
    refuse_implausible(given_file(values="elevation_m_up" if sign > 0 else "depth_m_down"), values)


@pytest.mark.parametrize("values", [
    np.full((20, 20), -200.0),
    np.where(np.arange(400).reshape(20, 20) < 200, -2000.0, 50.0),
    np.where(np.arange(400).reshape(20, 20) == 7, 3000.0, -5000.0 + np.arange(400).reshape(20, 20)),
    np.round(np.linspace(-1025, 100, 4000)),
], ids=["flat", "two levels", "one peak", "whole metres"])  # fmt: skip
def test_what_is_odd_but_may_be_a_seabed_is_read(values: NDArray[np.float64]) -> None:
    refuse_implausible(given_file(), values)


def test_one_node_of_a_usual_fill_value_is_enough() -> None:
    seabed = natural()
    seabed[3, 4] = -9999.0
    with pytest.raises(IngestError, match="1 nodes of exactly"):
        refuse_implausible(given_file(), seabed)


def test_several_codes_on_one_side_are_found() -> None:
    seabed = with_block(natural(), -9999.0)
    seabed[:5] = -9998.0
    with pytest.raises(IngestError, match="nodata = -999"):
        refuse_implausible(given_file(), seabed)


@pytest.mark.parametrize(("fill", "shown"), SHOWN.items())
@pytest.mark.parametrize("kind", ["tif", "nc"])
def test_what_is_said_to_declare_makes_it_no_data(tmp_path: Path, fill: float, shown: str, kind: str) -> None:
    values, path = with_block(natural(), fill), tmp_path / f"sea.{kind}"
    if kind == "tif":
        geotiff(path, values, dtype="float64")
    else:
        xr.Dataset({"z": (("lat", "lon"), values)}, {"lat": LAT, "lon": LON}).to_netcdf(path)
    with pytest.raises(IngestError, match=rf"sea\.{kind} has 285 nodes") as refused:
        read_seabed(given_file(path))
    said = str(refused.value).split("nodata = ")[1].split(" ")[0]
    assert said == shown
    read: SeabedRaster = read_seabed(given_file(path, nodata=float(said)))
    np.testing.assert_array_equal(np.isnan(read.elevation_m), values == fill)
    assert np.nanmin(read.elevation_m) == pytest.approx(natural().min(), abs=1e-3)


def test_a_projected_grid_is_looked_at_before_its_values_are_mixed(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "utm.tif", with_block(natural(), -9999.0), "EPSG:32639")
    with pytest.raises(IngestError, match="285 nodes of exactly"):
        read_seabed(given_file(path))
    read = read_seabed(given_file(path, nodata=-9999.0))
    assert np.nanmin(read.elevation_m) >= natural().min() - 1e-3


WATER = box(46, 36, 55, 48)


def raster(elevation_m: Any) -> SeabedRaster:
    return SeabedRaster(elevation_m, LON, LAT, 0.1, "seabed")


def test_a_block_of_zeros_in_the_water_stands_for_no_data() -> None:
    deep = natural() - 200.0
    check_elevation(raster(deep), WATER, 0.0)
    with pytest.raises(SeabedError, match=r"exactly 0 m at 2\.6% of its nodes .* nodata = 0\.0"):
        check_elevation(raster(with_block(deep, 0.0)), WATER, 0.0)
    flats = with_block(deep, 0.0) + np.where(with_block(deep, 0.0) == 0, np.linspace(-9, 0, 90), 0.0)
    check_elevation(raster(flats), WATER, 0.0)


def test_a_seabed_deeper_than_the_sea_is_refused_with_the_value_and_its_count() -> None:
    seabed = natural()
    seabed[50, 40:43] = -1100.25
    check_elevation(raster(seabed), WATER, -29.5)
    check_elevation(raster(seabed), WATER, -29.5, max_depth_m=1100.0)
    with pytest.raises(SeabedError, match=r"max_depth_m 1025 m at 3 of .* -1100\.25 m, .*-1100\.25 m \(3 nodes\)"):
        check_elevation(raster(seabed), WATER, -29.5, max_depth_m=1025.0)
    on_land = WATER - box(49.9, 42.6, 50.4, 43.1)
    check_elevation(raster(seabed), on_land, -29.5, max_depth_m=1025.0)


@pytest.mark.parametrize("fill", [np.inf, -np.inf])
def test_what_is_infinite_is_no_depth_that_is_missing(fill: float) -> None:
    with pytest.raises(IngestError, match=f"285 of them {fill} m"):
        refuse_implausible(given_file(), with_block(natural(), fill))
