"""What a seabed says of itself: unit, direction, level, range, scale and place are used, or it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import rasterio
import rasterio.shutil
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.transform import from_origin

from transcaspian.core.errors import IngestError
from transcaspian.ingest.seabed_raster import SeabedRaster
from transcaspian.ingest.seabed_reader import read_seabed
from transcaspian.sources.datafile import DataFile, Limits

AREA = (50.0, 41.0, 52.0, 42.0)
LON, LAT = np.linspace(49.5, 52.5, 61), np.linspace(42.5, 40.5, 41)
ELEVATION = -300.0 + 20.0 * (LON[None, :] - 51) - 30.0 * (LAT[:, None] - 41.5)
"""A plane, so that any interpolation of it is exact."""


def read(path: Path, bounds: tuple[float, float, float, float] | None = AREA, **said: Any) -> SeabedRaster:
    return read_seabed(DataFile("seabed", path, "sea", **said), bounds)


def netcdf(path: Path, values: NDArray[Any], attributes: dict[str, Any], lon: NDArray[Any] = LON, **extra: Any) -> Path:
    data = xr.DataArray(values, dims=("lat", "lon"), coords={"lat": LAT, "lon": lon}, attrs=attributes)
    xr.Dataset({"z": data}, attrs=extra).to_netcdf(path, engine="h5netcdf")
    return path


def geotiff(path: Path, values: NDArray[Any], crs: Any = "EPSG:4326", west: float = 49.475, **profile: Any) -> Path:
    made = {"driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": "float32"}
    place = from_origin(west, 42.525, 0.05, 0.05)
    with rasterio.open(path, "w", **made, crs=crs, transform=place, **profile) as out:
        out.write(values.astype("float32"), 1)
    return path


def expected(raster: SeabedRaster) -> NDArray[Any]:
    return -300.0 + 20.0 * (raster.lon_deg[None, :] - 51) - 30.0 * (raster.lat_deg[:, None] - 41.5)


@pytest.mark.parametrize(
    ("unit", "metres"),
    [("m", 1), ("Metres", 1), ("feet", 0.3048), ("ft", 0.3048), ("US survey foot", 1200 / 3937), ("fathoms", 1.8288),
     ("cm", 0.01), ("km", 1000)],
)  # fmt: skip
def test_values_come_to_metres_by_the_unit_of_the_file_or_of_the_study(
    tmp_path: Path, unit: str, metres: float
) -> None:
    by_file = read(netcdf(tmp_path / "a.nc", ELEVATION / metres, {"units": unit}))
    by_study = read(geotiff(tmp_path / "a.tif", ELEVATION / metres), units=unit)
    for found in (by_file, by_study):
        np.testing.assert_allclose(found.elevation_m, expected(found), atol=1e-3)


def test_a_unit_that_is_not_known_is_asked_for_and_a_contradiction_refused(tmp_path: Path) -> None:
    odd = netcdf(tmp_path / "a.nc", ELEVATION / 0.3048, {"units": "survey chains"})
    with pytest.raises(IngestError, match=r"'survey chains': expected one of m, cm, .* by units in sources.seabed"):
        read(odd)
    np.testing.assert_allclose(read(odd, units="ft").elevation_m, expected(read(odd, units="ft")), atol=1e-3)
    with pytest.raises(IngestError, match=r"in feet, and units in sources.seabed says m: correct"):
        read(netcdf(tmp_path / "b.nc", ELEVATION, {"units": "feet"}), units="m")
    with pytest.raises(IngestError, match=r"units in sources.seabed is 'parsec'"):
        read(geotiff(tmp_path / "a.tif", ELEVATION), units="parsec")


@pytest.mark.parametrize(
    "attributes", [{"positive": "down"}, {"standard_name": "sea_floor_depth_below_mean_sea_level"}]
)
def test_depths_are_read_as_depths_where_the_file_says_it(tmp_path: Path, attributes: dict[str, str]) -> None:
    found = read(netcdf(tmp_path / "a.nc", -ELEVATION, attributes))
    np.testing.assert_allclose(found.elevation_m, expected(found), atol=1e-3)
    with pytest.raises(IngestError, match=r"contradictory: the file says down; values in sources.seabed says up"):
        read(tmp_path / "a.nc", values="elevation_m_up")


@pytest.mark.parametrize(
    ("crs", "values"),
    [
        ("EPSG:4326+5706", 28.0 - (ELEVATION + 56.0)),  # Caspian depth: zero at -28 m, positive down
        ("EPSG:4326+5611", ELEVATION + 28.0),
        ("EPSG:4326+5705", ELEVATION),
        ("EPSG:4326+5715", -ELEVATION),
        ("EPSG:4326+5734", -ELEVATION - 26.3),  # AIOC95 depth: zero 1.7 m above that of Caspian depth
    ],
)
def test_values_from_a_stated_level_come_to_mean_sea_level(tmp_path: Path, crs: str, values: NDArray[Any]) -> None:
    found = read(geotiff(tmp_path / "a.tif", values, crs))
    np.testing.assert_allclose(found.elevation_m, expected(found), atol=1e-3)


def test_a_level_that_file_and_study_state_alike_is_no_contradiction(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", -ELEVATION - 26.3, "EPSG:4326+5734")
    found = read(path, zero_m_msl=-26.3)
    np.testing.assert_allclose(found.elevation_m, expected(found), atol=1e-3)
    with pytest.raises(IngestError, match="correct the one that is wrong"):
        read(path, zero_m_msl=26.3)


@pytest.mark.parametrize("stated", ["MLLW", "WGS84 ellipsoid", "EPSG:5829"])
def test_a_level_that_is_not_known_is_asked_for(tmp_path: Path, stated: str) -> None:
    path = netcdf(tmp_path / "a.nc", ELEVATION + 28.0, {}, vertical_datum=stated)
    with pytest.raises(IngestError, match=r"zero_m_msl in sources.seabed"):
        read(path)
    found = read(path, zero_m_msl=-28.0)
    np.testing.assert_allclose(found.elevation_m, expected(found), atol=1e-3)


def test_what_lies_beyond_the_valid_range_is_no_data(tmp_path: Path) -> None:
    values = ELEVATION.copy()
    values[20, 30], values[21, 31] = -5000.0, 500.0
    for attributes in ({"valid_range": [-1000.0, 100.0]}, {"valid_min": -1000.0, "valid_max": 100.0}):
        found = read(netcdf(tmp_path / "a.nc", values, attributes))
        assert np.isnan(found.elevation_m).sum() == 2
    with pytest.raises(IngestError, match="expected ascending numbers"):
        read(netcdf(tmp_path / "b.nc", values, {"valid_range": [100.0, -1000.0]}))


def test_packed_values_are_unpacked_with_their_range_and_fill(tmp_path: Path) -> None:
    packed = np.round((ELEVATION + 100.0) / 0.01).astype("int32")
    packed[20, 30], packed[20, 31] = -99999, -90000
    path = tmp_path / "a.nc"
    data = xr.DataArray(packed, dims=("lat", "lon"), coords={"lat": LAT, "lon": LON})
    data.attrs = {
        "scale_factor": 0.01,
        "add_offset": -100.0,
        "_FillValue": np.int32(-99999),
        "valid_min": np.int32(-50000),
    }
    xr.Dataset({"z": data}).to_netcdf(path, engine="h5netcdf")
    found = read(path)
    assert np.isnan(found.elevation_m).sum() == 2
    known = np.isfinite(found.elevation_m)
    np.testing.assert_allclose(found.elevation_m[known], expected(found)[known], atol=0.01)
    with rasterio.open(geotiff(tmp_path / "a.tif", packed.clip(-50000)), "r+") as out:
        out.scales, out.offsets = [0.01], [-100.0]
    np.testing.assert_allclose(read(tmp_path / "a.tif").elevation_m[known], expected(found)[known], atol=0.01)


@pytest.mark.parametrize("scale", [0.0, np.nan])
def test_a_scale_that_makes_nothing_of_values_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(IngestError, match="scale_factor"):
        read(netcdf(tmp_path / "a.nc", ELEVATION, {"scale_factor": scale}))


@pytest.mark.parametrize("turn", [0.0, 360.0, -360.0])
def test_longitudes_of_any_count_are_the_same_in_both_formats(tmp_path: Path, turn: float) -> None:
    for path in (
        geotiff(tmp_path / "a.tif", ELEVATION, west=49.475 + turn),
        netcdf(tmp_path / "a.nc", ELEVATION, {}, LON + turn),
    ):
        found = read(path)
        assert found.lon_deg[0] < 50 < 52 < found.lon_deg[-1]
        np.testing.assert_allclose(found.elevation_m, expected(found), atol=1e-3)


@settings(max_examples=20, deadline=None)
@given(west=st.floats(-170, 165), span=st.sampled_from([0, 180]))
def test_a_tile_of_the_whole_earth_is_read_over_its_seam(
    tmp_path_factory: pytest.TempPathFactory, west: float, span: int
) -> None:
    path = tmp_path_factory.mktemp("earth") / "a.tif"
    lon = span - 179.5 + np.arange(360.0)
    values = np.tile(-100.0 - np.cos(np.radians(lon)), (20, 1))
    with rasterio.open(
        path, "w", driver="GTiff", height=20, width=360, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(span - 180.0, 50.0, 1.0, 1.0),
    ) as out:  # fmt: skip
        out.write(values.astype("float32"), 1)
    found = read(path, (west, 35.0, west + 10, 45.0))
    assert (np.diff(found.lon_deg) > 0).all()
    assert found.lon_deg[0] <= west
    assert found.lon_deg[-1] >= west + 10
    np.testing.assert_allclose(found.elevation_m[0], -100.0 - np.cos(np.radians(found.lon_deg)), atol=1e-4)


def test_data_resolve_no_more_than_their_coarser_axis(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    lat = np.linspace(42.5, 40.5, 11)
    xr.Dataset({"z": (("lat", "lon"), np.full((11, 61), -50.0))}, {"lat": lat, "lon": LON}).to_netcdf(path)
    assert read(path).effective_resolution_deg == pytest.approx(0.2)


def test_a_grid_on_another_datum_is_moved_and_the_operation_told(tmp_path: Path) -> None:
    found = read(geotiff(tmp_path / "a.tif", ELEVATION, "EPSG:4284"))
    assert "Pulkovo 1942 to WGS 84" in found.understood.operation
    # 95 m to the west: the plane falls by 20 m for each degree of longitude
    shift_m = np.nanmean(found.elevation_m - expected(found))
    assert shift_m == pytest.approx(20.0 * 0.00114, abs=0.005)


def test_a_grid_on_an_unknown_datum_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="only a ballpark operation leads to WGS 84"):
        read(geotiff(tmp_path / "a.tif", ELEVATION, "+proj=longlat +ellps=krass"))


def bag(tmp_path: Path) -> Path:
    """A survey in UTM, 2 bands."""
    with rasterio.open(
        tmp_path / "raw.tif", "w", driver="GTiff", height=40, width=50, count=2, dtype="float32", crs="EPSG:32639",
        transform=from_origin(500_000, 4_600_000, 100, 100), nodata=1e6,
    ) as out:  # fmt: skip
        values = np.add.outer(np.linspace(0, -39, 40), np.linspace(-100, -149, 50)).astype("float32")
        values[5, 5] = 1e6
        out.write(np.stack([values, np.full_like(values, 0.25)]))
    rasterio.shutil.copy(tmp_path / "raw.tif", tmp_path / "survey.bag", driver="BAG")
    return tmp_path / "survey.bag"


def s102(path: Path, vertical_datum: int) -> Path:
    """An S-102 surface of 20 by 30 nodes, depths down from a level by its code."""
    with h5py.File(path, "w") as file:
        file.attrs.update({"productSpecification": "INT.IHO.S-102.2.2", "horizontalCRS": np.int32(4326)})
        file.attrs.update({"verticalDatum": np.int32(vertical_datum), "verticalDatumReference": np.int8(1)})
        coverage = file.create_group("BathymetryCoverage")
        coverage.attrs.update({"dataCodingFormat": np.int8(2), "dimension": np.int8(2), "numInstances": np.int32(1)})
        instance = coverage.create_group("BathymetryCoverage.01")
        instance.attrs.update({"gridOriginLongitude": 50.0, "gridOriginLatitude": 41.0, "startSequence": "0,0"})
        instance.attrs.update({"gridSpacingLongitudinal": 0.01, "gridSpacingLatitudinal": 0.01})
        instance.attrs.update({"numPointsLongitudinal": np.int32(30), "numPointsLatitudinal": np.int32(20)})
        values = np.zeros((20, 30), dtype=[("depth", "f4"), ("uncertainty", "f4")])
        values["depth"], values["uncertainty"] = np.linspace(20, 80, 600).reshape(20, 30), 0.4
        values["depth"][3, 4] = 1e6
        instance.create_group("Group_001")["values"] = values
    return path


def test_bag_is_read_with_its_uncertainty(tmp_path: Path) -> None:
    found = read(bag(tmp_path), None)
    assert found.understood.format == "BAG"
    assert np.nanmin(found.elevation_m) == pytest.approx(-188, abs=2)
    assert found.uncertainty_m is not None
    assert found.uncertainty_m.shape == found.elevation_m.shape
    assert np.nanmax(np.abs(found.uncertainty_m - 0.25)) < 1e-6
    assert any("states no vertical datum" in note for note in found.notes)


def test_s102_is_read_from_its_level(tmp_path: Path) -> None:
    path = s102(tmp_path / "s.h5", 12)
    with pytest.raises(IngestError, match="counts from MLLW"):
        read(path, None)
    found = read(path, None, zero_m_msl=-28.0)
    assert found.understood.format == "S-102"
    assert float(np.nanmax(found.elevation_m)) == pytest.approx(-48)
    assert float(found.elevation_m[-1, 0]) == pytest.approx(-48)  # row 0 of the file is the southernmost
    assert np.isnan(found.elevation_m).sum() == 1
    assert found.uncertainty_m is not None
    msl = read(s102(tmp_path / "m.h5", 3), None)  # mean sea level
    assert float(np.nanmax(msl.elevation_m)) == pytest.approx(-20)


def gmt3(path: Path) -> Iterator[Path]:
    flat = xr.Dataset(
        {"x_range": ("side", [46.0, 55.0]), "y_range": ("side", [36.0, 48.0]), "z_range": ("side", [-900.0, 0.0]),
         "spacing": ("side", [1.0, 1.0]), "dimension": ("side", np.array([10, 13], "int32")),
         "z": ("xysize", np.zeros(130, "float32"))}
    )  # fmt: skip
    flat.to_netcdf(path, engine="scipy")
    yield path


def test_formats_that_are_not_read_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match=r"GMT 3.*gmt grdconvert"):
        read(next(gmt3(tmp_path / "old.grd")))
    (tmp_path / "five.nc").write_bytes(b"CDF\x05" + bytes(200))
    with pytest.raises(IngestError, match=r"CDF-5.*nccopy -k nc4"):
        read(tmp_path / "five.nc")
    with pytest.raises(IngestError, match="does not say at which longitude and latitude"):
        read(geotiff(tmp_path / "a.tif", ELEVATION, 'LOCAL_CS["a grid of the yard",UNIT["metre",1]]'))


def test_pictures_and_bands_are_not_taken_for_depths(tmp_path: Path) -> None:
    path = tmp_path / "rgb.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=41, width=61, count=3, dtype="uint8", crs="EPSG:4326",
        transform=from_origin(49.475, 42.525, 0.05, 0.05),
    ) as out:  # fmt: skip
        out.write(np.zeros((3, 41, 61), "uint8"))
    with pytest.raises(IngestError, match="has the bands 1, 2, 3: name the one"):
        read(path)
    assert read(path, layer="2").notes == ("rgb.tif: band 2 of 3 is read",)
    with rasterio.open(path, "r+") as out:
        out.descriptions = ("z", "z", "error")
    with pytest.raises(IngestError, match="bands z, z, error: name one by its number"):
        read(path, layer="z")


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_grid_without_a_place_is_not_placed_by_its_columns_and_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    made = {"driver": "GTiff", "height": 60, "width": 60, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", **made) as out:
        out.write(np.full((1, 60, 60), -100, "float32"))
    (tmp_path / "a.tfw").write_text("0.05\n0\n0\n-0.05\n49.5\n42.5\n")
    with pytest.raises(IngestError, match="does not say where it lies"):
        read(path)


def test_only_the_window_of_the_area_is_read_whatever_the_size(tmp_path: Path) -> None:
    tiff, nc = tmp_path / "big.tif", tmp_path / "big.nc"
    with rasterio.open(
        tiff, "w", driver="GTiff", height=30_000, width=30_000, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(46, 48, 0.0004, 0.0004), tiled=True, compress="deflate", sparse_ok=True,
    ):  # fmt: skip
        pass
    with h5py.File(nc, "w") as file:
        for name, axis in (("lat", np.linspace(48, 36, 30_000)), ("lon", np.linspace(46, 58, 30_000))):
            file[name] = axis
            file[name].make_scale(name)
        z = file.create_dataset("z", (30_000, 30_000), "f4", chunks=(500, 500), fillvalue=-20.0)
        for axis, name in enumerate(("lat", "lon")):
            z.dims[axis].attach_scale(file[name])
    for path in (tiff, nc):
        assert max(read(path, (50.0, 42.0, 50.2, 42.1)).elevation_m.shape) < 520
        with pytest.raises(IngestError, match=r"more than limits.max_raster_cells"):
            read(path, (46.5, 37.0, 57.0, 47.0))
        with pytest.raises(IngestError, match="MB to read"):
            read(path, (50.0, 42.0, 53.0, 44.0), limits=Limits(max_read_mb=100.0))


def test_small_files_of_large_pieces_and_axes_are_refused_by_their_header(tmp_path: Path) -> None:
    with rasterio.open(
        tmp_path / "strip.tif", "w", driver="GTiff", height=20_000, width=20_000, count=1, dtype="float32",
        crs=4326, transform=from_origin(46, 48, 4e-4, 4e-4), blockysize=20_000, compress="lzw", sparse_ok=True,
    ):  # fmt: skip
        pass
    with pytest.raises(IngestError, match="in pieces of 3,200 MB"):
        read(tmp_path / "strip.tif")
    with h5py.File(tmp_path / "axis.nc", "w") as file:
        file.create_dataset("lon", (1_000_000_000,), "f8", chunks=(1_000_000,), compression="gzip").make_scale("lon")
    with pytest.raises(IngestError, match="lon has 1,000,000,000 values"):
        read(tmp_path / "axis.nc")
