"""Readers: the same features whatever the format and CRS, and nothing dropped in silence."""

from __future__ import annotations

import gc
import json
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer
from shapely import GeometryCollection, LineString, MultiLineString, Point, Polygon, box

from tests.conftest import RAW
from transcaspian.core.collector import without_collector
from transcaspian.core.errors import IngestError
from transcaspian.core.fields import Field
from transcaspian.core.layers import CABLES, EARTHQUAKES, HAZARDS
from transcaspian.core.vocabulary import CABLE_KINDS
from transcaspian.ingest import datums, limits, netcdf, read_layer, read_seabed, values, warp, window
from transcaspian.ingest.datums import operation_to_wgs84
from transcaspian.ingest.geometry import enclosed_km2
from transcaspian.sources.datafile import DataFile

BOUNDS = (46.0, 36.25, 55.0, 47.75)
LINES = [LineString([(50, 42), (51, 43)]), MultiLineString([[(50, 41), (51, 41)], [(51.2, 41), (52, 41)]])]


def cables(**columns: object) -> gpd.GeoDataFrame:
    base = {
        "cable_id": ["a", "b"],
        "name": ["Ä – 光", "=1+1"],
        "kind": ["pipeline", "telecom_cable"],
        "state": ["planned"] * 2,
    }
    return gpd.GeoDataFrame(base | columns, geometry=LINES, crs=4326)


def file(path: Path, role: str = "cables", **changes: object) -> DataFile:
    return DataFile(role=role, path=path, source_id=path.stem, citation="a citation", **changes)  # type: ignore[arg-type]


def test_the_extent_of_an_area_is_that_of_its_edges_in_the_crs_of_the_file() -> None:
    utm = CRS.from_epsg(32639)
    moved = warp.bounds_in(Path("a.tif"), BOUNDS, datums.operation_to_wgs84(Path("a.tif"), utm, BOUNDS))
    west, south, east, north = BOUNDS
    edge = np.linspace(0.0, 1.0, 1001)
    lon = np.concatenate([west + edge * (east - west)] * 2 + [np.full(1001, west), np.full(1001, east)])
    lat = np.concatenate([np.full(1001, south), np.full(1001, north)] + [south + edge * (north - south)] * 2)
    x, y = Transformer.from_crs(4326, utm, always_xy=True).transform(lon, lat)
    np.testing.assert_allclose(moved, (x.min(), y.min(), x.max(), y.max()), atol=10.0)


def test_a_crs_is_the_declared_one_in_whatever_order_its_axes_are() -> None:
    found = datums.stated_crs(Path("a.gpkg"), CRS("OGC:CRS84"), "EPSG:4326", "cables")
    assert found.is_geographic
    with pytest.raises(IngestError, match="correct the one that is wrong"):
        datums.stated_crs(Path("a.gpkg"), CRS("OGC:CRS84"), "EPSG:4267", "cables")


def test_a_hole_is_no_part_of_an_enclosed_area() -> None:
    ring = box(50.0, 40.0, 51.0, 41.0).difference(box(50.2, 40.2, 50.8, 40.8))
    km2 = abs(Geod(ellps="WGS84").geometry_area_perimeter(shapely.segmentize(ring, 0.01))[0]) / 1e6
    assert enclosed_km2(ring) == pytest.approx(km2, rel=1e-4)


def test_longitudes_from_180_on_are_west() -> None:
    assert window.around(np.array([180.0, 200.0, 359.0]), None).tolist() == [-180.0, -160.0, -1.0]
    assert window.around(np.array([179.0, 200.0]), None).tolist() == [179.0, 200.0]


def test_a_file_that_is_no_json_leaves_the_collector_on() -> None:
    with pytest.raises(ValueError, match="Expecting value"), without_collector():
        json.loads("no")
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("dims", "attributes"),
    [
        (("lat", "lon"), ({}, {})),
        (("j", "i"), ({"standard_name": "latitude"}, {"standard_name": "longitude"})),
        (("j", "i"), ({"units": "degrees_north"}, {"units": "degrees_east"})),
    ],
)
def test_axes_are_known_by_name_by_standard_name_or_by_unit(
    dims: tuple[str, str], attributes: tuple[dict[str, str], dict[str, str]]
) -> None:
    coordinates = {name: (name, np.arange(3.0), said) for name, said in zip(dims, attributes, strict=True)}
    data = xr.Dataset({"z": (dims, np.zeros((3, 3)))}, coordinates)
    assert netcdf.axes_of(Path("a.nc"), data, data.z) == (dims[1], dims[0])


def test_of_the_memory_of_a_container_what_is_used_is_not_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CGROUP", tmp_path)
    for name, size in (("max", 90_000_000), ("current", 50_000_000)):
        (tmp_path / f"memory.{name}").write_text(f"{size}\n")
    assert limits.memory_mb() == 40.0


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="the system does not tell")
def test_free_memory_is_less_than_there_is() -> None:
    total_kb = int(Path("/proc/meminfo").read_text(encoding="ascii").partition(":")[2].split()[0])
    assert 0.0 < limits.memory_mb() < total_kb / 1e3


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "fgb"])
def test_every_format_gives_the_same_layer(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cables.{suffix}"
    cables().to_file(path)
    read = read_layer(file(path), bounds=BOUNDS)
    assert tuple(read.layer.columns) == (*CABLES.field_names, "geometry")
    ordered = read.layer.sort_values("cable_id")
    assert ordered["name"].tolist() == ["Ä – 光", "=1+1"]
    assert ordered["source"].tolist() == ["a citation"] * 2
    assert all(a.equals(b) for a, b in zip(ordered.geometry, LINES, strict=True))
    assert read.counts.read == read.counts.kept == 2


@pytest.mark.parametrize("epsg", [32639, 3857, 28409, 4284])
def test_any_crs_comes_to_lon_lat(tmp_path: Path, epsg: int) -> None:
    path = tmp_path / "cables.gpkg"
    there = operation_to_wgs84(path, CRS.from_epsg(epsg), BOUNDS).from_wgs84
    data = cables()
    moved = shapely.transform(data.geometry.to_numpy(), there, interleaved=False)
    data.set_geometry(gpd.GeoSeries(moved, crs=epsg)).to_file(path)
    read = read_layer(file(path), bounds=BOUNDS)
    assert read.layer.crs.to_epsg() == 4326
    assert read.layer.total_bounds == pytest.approx([50, 41, 52, 43], abs=1e-6)


def test_csv_of_points(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("ID,Longitude,Latitude,mag\nx,50.5,41,6.8\ny,,41,5\n")
    read = read_layer(file(path, "earthquakes"))
    assert read.layer["magnitude_mw"].tolist() == [6.8]
    assert (read.layer.geometry[0].x, read.layer.geometry[0].y) == (50.5, 41)
    assert read.quarantine["reason"].str.startswith("the geometry is empty").tolist() == [True]


@pytest.mark.parametrize(("magnitude", "expected"), [("999", "at most 10"), ("-999", "at least -5")])
def test_a_magnitude_that_no_earthquake_has_is_set_aside(tmp_path: Path, magnitude: str, expected: str) -> None:
    path = tmp_path / "q.csv"
    path.write_text(f"event_id,lon,lat,magnitude_mw\nx,50.5,41,6.8\ny,50.6,41,{magnitude}\n")
    read = read_layer(file(path, "earthquakes"))
    assert read.layer["magnitude_mw"].tolist() == [6.8]
    assert read.quarantine["reason"].str.endswith(f"expected {expected}").tolist() == [True]


def test_a_comma_at_the_end_of_rows_shifts_no_column(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("event_id,lon,lat,magnitude_mw,depth_km\nq1,50.5,41.5,5.5,30,\nq2,51.5,42.5,6.0,10,\n")
    layer = read_layer(file(path, "earthquakes")).layer
    assert layer["event_id"].tolist() == ["q1", "q2"]
    assert (layer.geometry.x.tolist(), layer.geometry.y.tolist()) == ([50.5, 51.5], [41.5, 42.5])
    assert layer["magnitude_mw"].tolist() == [5.5, 6.0]


def test_drivers_that_read_elsewhere_are_not_loaded() -> None:
    assert not {"OGR_VRT", "WFS", "OAPIF", "CSW"} & set(pyogrio.list_drivers())


def test_geojson_that_is_vrt_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>')
    with pytest.raises(IngestError, match=r"a\.geojson is not valid JSON"):
        read_layer(file(path))


def test_stale_count_of_a_geopackage_is_found(tmp_path: Path) -> None:
    path = tmp_path / "cables.gpkg"
    cables().to_file(path, layer="cables")
    with sqlite3.connect(path) as db:
        db.execute("update gpkg_ogr_contents set feature_count = 1")
    assert len(pyogrio.read_dataframe(path)) == 1  # GDAL believes the stale count
    with pytest.raises(IngestError, match="holds 2 features"):
        read_layer(file(path))


def test_invalid_polygon_is_repaired_and_counted(tmp_path: Path) -> None:
    bow = Polygon([(50, 40), (52, 42), (52, 40), (50, 42)])
    path = tmp_path / "s.gpkg"
    gpd.GeoDataFrame({"shoreline_id": ["a"]}, geometry=[bow], crs=4326).to_file(path)
    read = read_layer(file(path, "shoreline"))
    assert read.counts.repaired == 1
    assert read.layer.geometry[0].is_valid
    assert read.layer.geometry[0].area == pytest.approx(2.0)


def test_collection_keeps_the_parts_of_the_layers_kind(tmp_path: Path) -> None:
    path = tmp_path / "s.gpkg"
    mixed = GeometryCollection([box(50, 40, 51, 41), LineString([(50, 42), (51, 42)])])
    gpd.GeoDataFrame({"shoreline_id": ["a"]}, geometry=[mixed], crs=4326).to_file(path)
    assert read_layer(file(path, "shoreline")).layer.geometry[0].geom_type == "Polygon"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([*CABLE_KINDS, "kraken", None]),
            st.sampled_from([None, "", 10.0, -1.0]),
            st.sampled_from([LINES[0], Point(50, 41), LineString(), None]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_read_is_kept_or_quarantined(tmp_path: Path, rows: list[tuple[object, object, object]]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"cable_id": str(i), "name": "n", "kind": kind, "position_accuracy_m": accuracy},
            "geometry": None
            if shape is None
            else json.loads(gpd.GeoSeries([shape]).to_json())["features"][0]["geometry"],
        }
        for i, (kind, accuracy, shape) in enumerate(rows)
    ]
    path = tmp_path / "c.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    try:
        read = read_layer(file(path))
    except IngestError as error:
        assert "none of its" in str(error)  # noqa: PT017
        return
    assert read.counts.read == len(rows) == len(read.layer) + len(read.quarantine)
    assert set(read.layer["kind"]) <= set(CABLE_KINDS)
    assert all(read.quarantine["reason"].str.len() > 5)


def test_same_key_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.gpkg"
    cables(cable_id=["a", "a"]).to_file(path)
    with pytest.raises(IngestError, match="cable_id `a` more than once"):
        read_layer(file(path))


def test_telegeography_is_recognised_and_its_licence_named(tmp_path: Path) -> None:
    path = tmp_path / "cable-geo.json"
    data = gpd.GeoDataFrame(
        {"id": ["tcfo", "tcfo"], "name": ["T", "T"], "color": ["#fff"] * 2, "feature_id": ["tcfo-0", "tcfo-1"]},
        geometry=LINES,
        crs=4326,
    )
    path.write_text(data.to_json())
    read = read_layer(file(path))
    assert read.layer["cable_id"].tolist() == ["tcfo-0", "tcfo-1"]
    assert read.layer["status"].tolist() == ["ASSUMED"] * 2
    assert "CC BY-NC-SA" in read.notes[0]


def test_emodnet_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "emodnet.geojson"
    data = gpd.GeoDataFrame(
        {"gid": [1, 2], "name": ["A", "B"], "operator": ["X", "Y"], "status": ["Active", "odd"], "medium": ["sea"] * 2},
        geometry=LINES,
        crs=4326,
    )
    path.write_text(data.to_json())
    read = read_layer(file(path))
    assert read.layer["state"].tolist() == ["operating", "unknown"]
    assert read.layer["owner"].tolist() == ["X", "Y"]


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize("names", [("lon", "lat", "elevation"), ("longitude", "latitude", "z"), ("x", "y", "Band1")])
def test_netcdf_in_every_writing_is_the_geotiff(
    tmp_path: Path, engine: str, ascending: bool, wrapped: bool, names: tuple[str, str, str]
) -> None:
    expected = read_seabed(file(RAW / "etopo1_black_sea.tif", "seabed"), (30, 41, 40, 46))
    with rasterio.open(RAW / "etopo1_black_sea.tif") as source:
        values = source.read(1)
    lat = np.round(47.5 - 0.1 * np.arange(values.shape[0]), 6)
    lon = np.round(26.5 + 0.1 * np.arange(values.shape[1]), 6)
    if ascending:
        lat, values = lat[::-1], values[::-1]
    if not wrapped:
        # the same meridians counted from −180: the file then begins in the west of the area, as before
        lon = (lon + 180) % 360 - 180
    else:
        lon = np.concatenate([lon, np.round(lon[-1] + 0.1 * np.arange(1, 1500), 6)])
        values = np.concatenate([values, np.zeros((values.shape[0], 1499), "float32")], axis=1)
        assert lon.max() > 190
    path = tmp_path / "sea.nc"
    x, y, z = names
    xr.Dataset({z: ((y, x), values)}, {x: lon, y: lat}).to_netcdf(path, engine=engine)
    read = read_seabed(file(path, "seabed"), (30, 41, 40, 46))
    assert read.lon_deg == pytest.approx(expected.lon_deg)
    assert read.lat_deg == pytest.approx(expected.lat_deg)
    np.testing.assert_array_equal(read.elevation_m, expected.elevation_m)
    assert read.effective_resolution_deg == pytest.approx(0.1)


def test_a_projected_raster_comes_to_lon_lat(tmp_path: Path) -> None:
    path = tmp_path / "utm.tif"
    x, y = 400_000 + 2000 * np.arange(100), 4_700_000 - 2000 * np.arange(100)
    profile = {"driver": "GTiff", "height": 100, "width": 100, "count": 1, "dtype": "float32", "crs": "EPSG:32639"}
    with rasterio.open(
        path, "w", transform=rasterio.Affine(2000, 0, x[0] - 1000, 0, -2000, y[0] + 1000), **profile
    ) as out:
        out.write(np.add.outer(y, x).astype("float32") / 1000 - 5500, 1)
    read = read_seabed(file(path, "seabed"))
    at_lon, at_lat = 51.0, 41.5
    col, row = np.abs(read.lon_deg - at_lon).argmin(), np.abs(read.lat_deg - at_lat).argmin()
    to_utm = Transformer.from_crs(4326, 32639, always_xy=True)
    east, north = to_utm.transform(read.lon_deg[col], read.lat_deg[row])
    assert read.elevation_m[row, col] == pytest.approx((east + north) / 1000 - 5500, abs=0.3)
    from_utm = Transformer.from_crs(32639, 4326, always_xy=True)
    for axis, covered in zip((read.lon_deg, read.lat_deg), from_utm.transform(*np.meshgrid(x, y)), strict=True):
        assert covered.min() - 1e-6 <= axis.min()
        assert axis.max() <= covered.max() + 1e-6  # no row or column beyond what the file covers


def test_depths_down_become_elevations_up(tmp_path: Path) -> None:
    path = tmp_path / "d.nc"
    lat, lon = np.linspace(41, 44, 7), np.linspace(50, 53, 7)
    xr.Dataset({"depth": (("lat", "lon"), np.full((7, 7), 55.0))}, {"lat": lat, "lon": lon}).to_netcdf(path)
    assert (read_seabed(file(path, "seabed", values="depth_m_down")).elevation_m == -55).all()


def test_real_seabed_has_the_depths_of_the_caspian() -> None:
    raster = read_seabed(file(RAW / "etopo1_caspian.tif", "seabed"), BOUNDS)

    def at(lon: float, lat: float) -> float:
        return float(raster.elevation_m[np.abs(raster.lat_deg - lat).argmin(), np.abs(raster.lon_deg - lon).argmin()])

    assert at(51.0, 38.5) == pytest.approx(-815, abs=1)
    assert at(50.0, 42.5) == pytest.approx(-575, abs=2)
    assert at(51.0, 40.3) == pytest.approx(-130, abs=2)


def test_real_hazards_hold_the_contract() -> None:
    read = read_layer(file(RAW / "hazards_caspian.geojson", "hazards"), bounds=BOUNDS)
    assert read.counts.quarantined == 0
    assert len(read.layer) >= 25
    assert tuple(read.layer.columns) == (*HAZARDS.field_names, "geometry")
    assert read.layer["position_accuracy_m"].notna().all()


CELLS = st.one_of(
    st.text(max_size=4),
    st.sampled_from(["pipeline", "telecom_cable", " ", "\x07", "x" * 2001, "\ud800"]),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(0.0, 100.0),
    st.integers(-5, 5),
    st.booleans(),
    st.none(),
)
COLUMNS = st.one_of(
    st.lists(CELLS, min_size=1, max_size=5),
    st.lists(st.floats(-10.0, 400.0), min_size=1, max_size=5),
    st.lists(st.sampled_from(["pipeline", "telecom_cable", "operating", "planned", "a"]), min_size=1, max_size=5),
    st.lists(st.booleans(), min_size=1, max_size=5),
)


@given(
    item=st.sampled_from([*CABLES.current_fields, *HAZARDS.current_fields, *EARTHQUAKES.current_fields]), raw=COLUMNS
)
def test_a_column_that_is_sound_throughout_has_the_values_of_its_rows_one_by_one(
    item: Field, raw: list[object]
) -> None:
    whole = values.sound_values(item, raw)
    about = file(Path("sea.geojson"), "cables")
    if whole is not None:
        assert list(whole) == [
            values.value_of(item, {item.name: cell}, {item.name: item.name}, about, index)
            for index, cell in enumerate(raw)
        ]


def test_what_files_have_for_the_most_part_is_found_sound() -> None:
    fields = {item.name: item for item in (*CABLES.current_fields, *HAZARDS.current_fields)}
    assert values.sound_values(fields["kind"], ["mud_volcano", "mud_volcano"])
    assert values.sound_values(fields["name"], ["Absheron", "Шах-Дениз"])
    assert values.sound_values(fields["buffer_m"], [500.0, 0.0])
    assert values.sound_values(fields["no_go"], [True, False])
    assert values.sound_values(fields["buffer_m"], [500.0, -1.0]) is None
    assert values.sound_values(fields["name"], ["Absheron", " "]) is None
