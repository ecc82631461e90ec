"""The embedded data: every byte registered, every claim checkable."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from shapely import Point
from shapely.geometry import shape

from tests.conftest import RAW, STUDY
from transcaspian.core.errors import SourceError
from transcaspian.core.grid import GEOD
from transcaspian.sources import _recipe
from transcaspian.sources.catalogue import load_registry
from transcaspian.sources.resolve import find_raw_dir, resolve_sources
from transcaspian.sources.verify import embedded, verify_sources
from transcaspian.study import load_study

REGISTRY = load_registry(RAW / "registry.toml")


def test_every_file_is_registered_and_unchanged() -> None:
    assert [str(check) for check in verify_sources(RAW, REGISTRY) if not check.ok] == []


@pytest.mark.parametrize("source", REGISTRY.source, ids=lambda source: source.id)
def test_every_source_says_where_it_comes_from(source) -> None:  # type: ignore[no-untyped-def]
    assert all((source.licence, source.credit, source.citation, source.datum, source.epoch, source.crop))
    assert source.file in (RAW / "LICENSES.md").read_text(encoding="utf-8")
    if source.origin == "package":
        assert source.package in (*_recipe.REQUIREMENTS, _recipe.DEBIAN)
        assert source.member
        assert source.origin_sha256


def test_a_flipped_byte_is_found_and_named(tmp_path: Path) -> None:
    raw = shutil.copytree(RAW, tmp_path / "raw")
    path = raw / "gcmt_caspian.csv"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    (raw / "stray.tif").write_bytes(b"")
    (raw / "towns_caspian.csv").unlink()
    states = {check.file: check.state for check in verify_sources(raw, REGISTRY) if not check.ok}
    assert states == {"gcmt_caspian.csv": "changed", "stray.tif": "unlisted", "towns_caspian.csv": "missing"}
    with pytest.raises(SourceError, match=r"gcmt_caspian\.csv has sha256"):
        embedded(REGISTRY.get("gcmt-caspian"), raw)


def test_roles_of_the_default_study_resolve() -> None:
    sources = resolve_sources(load_study(STUDY), STUDY, find_raw_dir(STUDY))
    wanted = ["seabed", "shoreline", "cables", "hazards", "earthquakes", "borders", "agreed_lines", "islands"]
    wanted += ["survey.vessels", "installation.vessels"]
    assert list(sources) == wanted
    assert sources["seabed"].file.effective_resolution_deg == 0.1


def test_shoreline_is_the_caspian_without_kara_bogaz_gol() -> None:
    (feature,) = json.loads((RAW / "gshhg_caspian.geojson").read_text())["features"]
    water = shape(feature["geometry"])
    area_km2 = abs(GEOD.geometry_area_perimeter(water)[0]) / 1e6
    assert water.is_valid
    # GSHHG says 397,052 km² with the lagoon, which is about 18,000 km²
    assert 376_000 < area_km2 < 381_000
    assert len(water.interiors) > 40
    assert water.covers(Point(50.0, 42.5))
    assert not water.covers(Point(53.5, 41.3))
    assert not water.covers(Point(52.88, 41.5))
    assert not water.covers(Point(49.87, 40.41))


def test_earthquakes_are_the_catalogue() -> None:
    with (RAW / "gcmt_caspian.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 91
    baku = [row for row in rows if row["time_utc"].startswith("2000-11-25") and float(row["magnitude_mw"]) >= 6.7]
    assert any(abs(float(r["lon"]) - 49.9) < 0.2 and abs(float(r["lat"]) - 40.25) < 0.2 for r in baku)


def test_towns_have_the_landings() -> None:
    with (RAW / "towns_caspian.csv").open(encoding="utf-8") as file:
        towns = {row["geonameid"]: row for row in csv.DictReader(file)}
    study = load_study(STUDY)
    for landing_id, geonameid in (("aktau", "610612"), ("sumgait", "584923"), ("turkmenbashi", "601594")):
        landing = study.landing(landing_id)
        assert (landing.lon_deg, landing.lat_deg) == (float(towns[geonameid]["lon"]), float(towns[geonameid]["lat"]))


@pytest.mark.parametrize("name", ["hazards_caspian.geojson", "cables_caspian.geojson"])
def test_hand_compiled_features_are_cited_and_honest(name: str) -> None:
    for feature in json.loads((RAW / name).read_text(encoding="utf-8"))["features"]:
        properties = feature["properties"]
        assert properties["source"]
        assert properties["status"] in ("REAL", "DERIVED", "ASSUMED")
        assert properties["position_accuracy_m"] >= 1000
        assert shape(feature["geometry"]).is_valid
        assert "telegeography" not in json.dumps(feature).lower()
