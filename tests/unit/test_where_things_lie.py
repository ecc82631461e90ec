"""Datums by named operations, features of the area, answers of services, and layers of publishers."""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer
from shapely import LineString, Point, box

from transcaspian.core.errors import IngestError
from transcaspian.ingest.contracts import Ingested
from transcaspian.ingest.datums import above_sea_level, operation_to_wgs84
from transcaspian.ingest.geometry import UnusableError
from transcaspian.ingest.layer_reader import read_layer
from transcaspian.ingest.times import utc_time
from transcaspian.runs.revisions.review import _half_lost
from transcaspian.sources.datafile import DataFile
from transcaspian.sources.service_errors import service_error

AREA = (46.0, 36.25, 55.0, 47.75)
LINES = [LineString([(50, 42), (51, 43)]), LineString([(50, 41), (51, 41)])]


def read(path: Path, role: str = "cables", **said: Any) -> Ingested:
    return read_layer(DataFile(role, path, "s", citation="c", **said), bounds=AREA)


def geojson(path: Path, features: list[dict[str, Any]], **members: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", **members, "features": features}), encoding="utf-8")
    return path


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry.__geo_interface__}


def cable(number: int = 0, geometry: Any = LINES[0]) -> dict[str, Any]:
    return feature(geometry, cable_id=f"c{number}", name="n")


class TestDatums:
    def test_the_way_to_caspian_depths_is_never_straight(self) -> None:
        """PROJ's own way from 5705 to 5706 is a ballpark operation that turns the sign and leaves 28 m out."""
        straight = Transformer.from_crs(5705, 5706, always_xy=True).transform(50, 40, -29.5)[2]
        assert straight == pytest.approx(29.5)
        way = above_sea_level(CRS(5706))
        assert way is not None
        assert (way.factor, way.offset_m) == (-1.0, -28.0)
        level_m_msl = way.factor * 1.5 + way.offset_m  # today's water stands 1.5 m below chart zero
        assert level_m_msl == pytest.approx(-29.5)
        terminal = above_sea_level(CRS(5734))  # EPSG: "1.7 m above Caspian datum and 26.3 m below Baltic datum"
        assert terminal is not None
        assert (terminal.factor, terminal.offset_m) == (-1.0, -26.3)

    def test_pulkovo_taken_for_wgs84_is_95_m_off(self) -> None:
        operation = operation_to_wgs84(Path("f"), CRS("EPSG:4284"), AREA)
        lon, lat = operation.to_wgs84(np.array([50.0]), np.array([40.0]))
        assert Geod(ellps="WGS84").inv(50, 40, lon[0], lat[0])[2] == pytest.approx(97, abs=5)
        assert operation.accuracy_m is not None
        assert 0 < operation.accuracy_m <= 10

    @pytest.mark.parametrize("name", ["Pulkovo 1942", "EPSG:999999", "urn:ogc:def:crs:EPSG::0", "WGS84?", "", "LOCAL"])
    def test_a_crs_that_is_not_known_is_not_wgs84(self, tmp_path: Path, name: str) -> None:
        crs = {"type": "name", "properties": {"name": name}}
        with pytest.raises(IngestError, match="not taken for WGS 84"):
            read(geojson(tmp_path / "a.geojson", [cable()], crs=crs))

    @pytest.mark.parametrize(
        "crs",
        [{"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4284"}},
         {"type": "EPSG", "properties": {"code": 4284}}, "EPSG:4284"],
    )  # fmt: skip
    def test_a_crs_by_its_code_is_used(self, tmp_path: Path, crs: Any) -> None:
        found = read(geojson(tmp_path / "a.geojson", [cable()], crs=crs))
        assert found.layer.geometry.iloc[0].coords[0][0] == pytest.approx(49.99881, abs=1e-4)
        assert "Pulkovo 1942 to WGS 84" in found.understood.operation

    def test_no_crs_is_asked_for_and_taken_from_the_study(self, tmp_path: Path) -> None:
        path = geojson(tmp_path / "a.geojson", [cable()], crs=None)
        with pytest.raises(IngestError, match=r"names no CRS; it is not guessed: .* crs in sources.cables"):
            read(path)
        assert read(path, crs="EPSG:4284").layer.geometry.iloc[0].coords[0][0] < 49.999
        gpd.GeoDataFrame({"cable_id": ["a"], "name": ["n"]}, geometry=LINES[:1]).to_file(tmp_path / "a.shp")
        with pytest.raises(IngestError, match="names no CRS"):
            read(tmp_path / "a.shp")

    def test_a_study_does_not_overrule_a_file(self, tmp_path: Path) -> None:
        with pytest.raises(IngestError, match=r"in WGS 84, and crs in sources.cables says Pulkovo 1942"):
            read(geojson(tmp_path / "a.geojson", [cable()]), crs="EPSG:4284")

    def test_degrees_of_a_csv_state_no_datum(self, tmp_path: Path) -> None:
        path = tmp_path / "h.csv"
        path.write_text("hazard_id,name,kind,lon,lat\nh,H,platform,50,42\n")
        assert "states no datum" in read(path, "hazards").notes[0]
        assert read(path, "hazards", crs="EPSG:4284").layer.geometry.iloc[0].x < 49.999

    def test_a_crs_of_one_feature_is_refused(self, tmp_path: Path) -> None:
        one = cable()
        one["geometry"] = {**one["geometry"], "crs": {"type": "name", "properties": {"name": "EPSG:4284"}}}
        with pytest.raises(IngestError, match="feature 0 has a crs of its own"):
            read(geojson(tmp_path / "a.geojson", [one]))


class TestPlaces:
    def test_features_of_the_area_are_counted(self, tmp_path: Path) -> None:
        far = LineString([(0, 0), (1, 1)])
        found = read(geojson(tmp_path / "a.geojson", [cable(0), cable(1, far), cable(2)]))
        assert (found.counts.kept, found.counts.in_area) == (3, 2)
        assert found.understood.in_area == "2"

    def test_none_in_the_area_is_refused_unless_it_is_expected(self, tmp_path: Path) -> None:
        path = geojson(tmp_path / "a.geojson", [cable(0, LineString([(0, 0), (1, 1)]))])
        with pytest.raises(IngestError, match='expect = "none"'):
            read(path)
        assert "none of its 1 features" in read(path, expect="none").notes[-1]

    def test_swapped_axes_of_one_feature_in_two_are_named(self, tmp_path: Path) -> None:
        swapped = LineString([(42, 50), (43, 51)])
        with pytest.raises(IngestError, match=r"1 of its 2 features \(`c1`\) do not lie .* look swapped"):
            read(geojson(tmp_path / "a.geojson", [cable(0), cable(1, swapped)]))
        world = [cable(0), cable(1, swapped), cable(2, LineString([(0, 0), (1, 1)]))]
        assert read(geojson(tmp_path / "w.geojson", world)).counts.in_area == 1

    @pytest.mark.parametrize(
        "document",
        [
            {"error": {"code": 400, "message": "Invalid URL"}},
            {"version": "2.0.0", "exceptions": [{"code": "NoApplicableCode", "text": "no such layer"}]},
            {"code": "InvalidParameterValue", "description": "bbox"},
            {"type": "FeatureCollection", "exceededTransferLimit": True, "features": [cable()]},
            {"type": "FeatureCollection", "properties": {"exceededTransferLimit": True}, "features": [cable()]},
            {"type": "FeatureCollection", "numberMatched": 1200, "numberReturned": 1, "features": [cable()]},
            {"geometryType": "esriGeometryPolyline", "features": [{"attributes": {}, "geometry": {"paths": []}}]},
        ],
    )
    def test_answers_of_services_that_failed_or_cut_are_refused(self, tmp_path: Path, document: dict[str, Any]) -> None:
        path = tmp_path / "a.geojson"
        path.write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(IngestError, match=r"the answer of a service|cut at|of 1,200 features|JSON of Esri"):
            read(path)

    def test_a_whole_answer_is_one(self) -> None:
        assert service_error({"type": "FeatureCollection", "numberMatched": 1, "features": [cable()]}) == ""


class TestEvents:
    @pytest.mark.parametrize(
        ("raw", "told"),
        [
            ("2000-11-25T18:09:11Z", "2000-11-25T18:09:11Z"),
            ("2000-11-25 18:09:11.5", "2000-11-25 18:09:11.5"),
            ("2000-11-25T22:09:11+04:00", "2000-11-25T18:09:11Z"),
            ("1895-07", "1895-07"),
            ("1668", "1668"),
        ],
    )
    def test_times_are_iso_8601(self, raw: str, told: str) -> None:
        assert utc_time(raw) == told

    @pytest.mark.parametrize(
        "raw", ["25/11/2000", "11-25-2000", "975175751000", "2000-13-01", "2000-02-30", "36855.7", "noon"]
    )
    def test_other_times_are_refused(self, raw: str) -> None:
        with pytest.raises(UnusableError, match="expected ISO 8601"):
            utc_time(raw)

    @given(st.text(max_size=30))
    def test_any_text_is_a_time_or_refused(self, raw: str) -> None:
        with suppress(UnusableError):
            assert utc_time(raw)[:4].isdigit()

    def test_scales_of_magnitudes_are_told(self, tmp_path: Path) -> None:
        path = tmp_path / "q.csv"
        path.write_text(
            "id,time,longitude,latitude,mag,magType\na,2000-11-25T18:09:11Z,50,42,6.8,mww\nb,1999,50,41,5,mb\n"
        )
        found = read(path, "earthquakes", crs="EPSG:4326")
        assert any("1 mww, 1 mb" in note for note in found.notes)
        assert found.understood.detail == "1999–2000"


class TestPublishers:
    @pytest.mark.parametrize(
        ("columns", "expected"),
        [
            ({"id": "x", "name": "X", "color": "#fff", "feature_id": "x-0"}, ("X", "unknown", "telecom_cable")),
            ({"slug": "x", "color": "fff"}, ("x", "unknown", "telecom_cable")),
            ({"kabel_nr": "K", "naam": "N", "eigenaar": "E", "kabelsoort": "Elektra", "rpl_status": "In gebruik"},
             ("N", "operating", "power_cable")),
            ({"uuid": "u", "featureid": "f", "name_": "N", "featuretyp": "Data Cables", "status": "Außer Betrieb"},
             ("N", "decommissioned", "telecom_cable")),
            ({"lokalid": "l", "navn": "N", "eier": "E"}, ("N", "unknown", "power_cable")),
            ({"catcbl": "1", "objnam": "N", "status": "4"}, ("N", "decommissioned", "power_cable")),
            ({"Name": "N", "Status": "Out of Service", "Owner": "O", "Type": "Telecom"},
             ("N", "decommissioned", "telecom_cable")),
            ({"cable_name": "N", "status": "Proposed", "owner": "O"}, ("N", "planned", "telecom_cable")),
        ],
    )  # fmt: skip
    def test_layers_are_read_as_they_come(
        self, tmp_path: Path, columns: dict[str, str], expected: tuple[str, ...]
    ) -> None:
        features = [feature(line, **columns) for line in LINES]
        found = read(geojson(tmp_path / "a.geojson", features))
        assert found.counts.kept == 2
        assert tuple(found.layer.loc[0, ["name", "state", "kind"]]) == expected
        assert found.layer["cable_id"].is_unique
        assert "is read as" in found.notes[0]

    def test_ours_is_not_taken_for_a_publishers(self, tmp_path: Path) -> None:
        columns = {"id": "a", "name": "n", "owner": "o", "status": "REAL", "kind": "pipeline", "source": "s"}
        found = read(geojson(tmp_path / "a.geojson", [feature(LINES[0], **columns)]))
        assert found.layer.loc[0, "kind"] == "pipeline"

    def test_any_columns_by_a_mapping(self, tmp_path: Path) -> None:
        path = geojson(
            tmp_path / "a.geojson", [feature(Point(50, 42), ID=7, Bezeichnung="P", name="other", Art="platform")]
        )
        columns = {"hazard_id": "ID", "name": "bezeichnung", "kind": "Art"}
        found = read(path, "hazards", columns=columns)
        assert tuple(found.layer.loc[0, ["hazard_id", "name", "kind"]]) == ("7", "P", "platform")
        with pytest.raises(IngestError, match=r"has no column `Nix`, which columns in sources.hazards names"):
            read(path, "hazards", columns={**columns, "name": "Nix"})
        with pytest.raises(IngestError, match="has `nome`, which is no column of layer hazards"):
            read(path, "hazards", columns={"nome": "ID"})


def test_the_tiles_of_a_shoreline_need_no_columns(tmp_path: Path) -> None:
    path = geojson(tmp_path / "w.geojson", [feature(box(50, 41, 51, 42)), feature(box(51, 41, 52, 42))])
    assert read(path, "shoreline").counts.in_area == 2


@pytest.mark.parametrize(("srs_id", "told"), [(-1, "names no CRS"), (0, "names no CRS")])
def test_a_geopackage_that_defines_no_crs_is_asked_for_one(tmp_path: Path, srs_id: int, told: str) -> None:
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"cable_id": ["a"], "name": ["n"]}, geometry=LINES[:1], crs=4326).to_file(path, layer="a")
    with sqlite3.connect(path) as database:
        for table in ("gpkg_contents", "gpkg_geometry_columns"):
            database.execute(f"UPDATE {table} SET srs_id = {srs_id}")
    with pytest.raises(IngestError, match=told):
        read(path)
    assert read(path, crs="EPSG:4326").counts.in_area == 1


def test_degrees_on_an_ellipsoid_without_a_datum_are_asked_about() -> None:
    bare = CRS(
        'GEOGCS["n",DATUM["unknown",SPHEROID["e",6378137,298.257223563]],PRIMEM["Greenwich",0],'
        'UNIT["degree",0.0174532925199433]]'
    )
    operation = operation_to_wgs84(Path("f"), bare, AREA)
    assert "states no datum" in operation.notes("cables")[0]
    assert operation.shown == "not stated, taken as WGS 84"


@pytest.mark.parametrize(
    ("before", "now", "held"), [(91, 45, 1), (91, 46, 0), (2, 1, 0), (None, 5, 0), (1, 0, 1), (0, 0, 0)]
)
def test_fewer_than_half_of_the_features_of_the_last_run_is_held(before: int | None, now: int, held: int) -> None:
    reasons = list(_half_lost("earthquakes", before, now))
    assert len(reasons) == held
    assert all("fewer than half (always held)" in str(reason) for reason in reasons)
