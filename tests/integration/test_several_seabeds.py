"""Several seabeds of a small sea whose truth is known: each counts where it should, and faults are one sentence."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from click.testing import CliRunner
from shapely import box
from shapely.geometry import mapping

from tests.conftest import RAW, silent, whole_study
from transcaspian import cli
from transcaspian.core.errors import TranscaspianError
from transcaspian.runs.engine import RunSettings, check_study, run_study
from transcaspian.runs.stages.inputs import water_polygon
from transcaspian.runs.stages.model_seabed import depth_of
from transcaspian.runs.stages.read_inputs import read_inputs
from transcaspian.seabed import DepthModel, seabed_at

Values = Callable[..., Any]
LEAST = Path(__file__).with_name("black_sea.toml").read_text(encoding="utf-8")
CITED = 'source = "test"\nstatus = "ASSUMED"'
SURVEYED = (0.8, 40.9, 1.4, 41.1)
"""West, south, east and north of the survey."""
WAVE_M, WAVE_DEG = 3.0, 0.02
ERROR = 'error = { error_m = 0.5, source = "report", status = "REAL" }'
BASE = '{ path = "sea.tif", citation = "t", id = "regional", vertical_datum = "egm96" }'


def smooth(lon: Any, lat: Any) -> Any:
    """Elevation without sand waves, metres."""
    return -100.0 - 40.0 * np.sin(2 * lon) * np.cos(3 * (lat - 40.0))


def truth(lon: Any, lat: Any) -> Any:
    """With sand waves across the survey."""
    return smooth(lon, lat) + WAVE_M * np.sin(2 * np.pi * lon / WAVE_DEG)


def write_grid(
    path: Path, values: Callable[..., Any], bounds: tuple[float, ...], step_deg: float, **profile: Any
) -> None:
    west, south, east, north = bounds
    cols, rows = round((east - west) / step_deg), round((north - south) / step_deg)
    lon, lat = west + step_deg * (np.arange(cols) + 0.5), north - step_deg * (np.arange(rows) + 0.5)
    place = rasterio.transform.from_origin(west, north, step_deg, step_deg)
    about = {"height": rows, "width": cols, "count": 1, "dtype": "float32", "crs": "EPSG:4326"} | profile
    with rasterio.open(path, "w", driver="GTiff", transform=place, **about) as target:
        target.write(np.broadcast_to(values(*np.meshgrid(lon, lat)), (rows, cols)).astype("float32"), 1)


def survey(folder: Path, values: Values = truth, name: str = "survey.tif", **said: Any) -> None:
    write_grid(folder / name, values, said.pop("bounds", SURVEYED), said.pop("step_deg", 0.002), **said)


@pytest.fixture
def sea(tmp_path: Path) -> Path:
    """A folder with the water and the regional grid."""
    row = {"type": "Feature", "properties": {}, "geometry": mapping(box(0.3, 40.2, 2.7, 41.8))}
    (tmp_path / "shoreline.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [row]}))
    write_grid(tmp_path / "sea.tif", smooth, (0, 40, 3, 42), 0.1)
    return tmp_path


def study(folder: Path, *seabeds: str, more: str = "", name: str = "study.toml") -> Path:
    ends = "".join(
        f'[[landings]]\nid = "{one}"\nname = "{one}"\ncountry = "AZ"\nlon_deg = {lon}\nlat_deg = 41.0\n'
        f"max_snap_km = 20.0\n{CITED}\n"
        for one, lon in (("a", 0.3), ("b", 2.7))
    )
    (folder / name).write_text(
        'schema_version = 1\n[study]\nid = "small"\ntitle = "Small"\nrevision = "A"\n'
        "[area]\nwest_deg = 0.0\nsouth_deg = 40.0\neast_deg = 3.0\nnorth_deg = 42.0\ngrid_step_arcsec = 120.0\n"
        f"{CITED}\n"
        f'[water_level]\nlevel_m_msl = 0.0\nepoch = "2025"\n{CITED}\n{more}'
        f"[sources]\nseabed = [\n{''.join(f'  {one},{chr(10)}' for one in seabeds)}]\n"
        f'shoreline = {{ path = "shoreline.geojson", citation = "t" }}\n{ends}'
        '[[systems]]\nid = "a-b"\nname = "A to B"\nfrom_landing = "a"\nto_landing = "b"\n'
        + LEAST[LEAST.index("[cost]") :],
        encoding="utf-8",
    )
    return folder / name


def modelled(path: Path) -> tuple[Any, DepthModel]:
    """The grid and the depths of a study."""
    inputs = read_inputs(RunSettings(path, raw_dir=RAW))
    grid = inputs.study.area.grid()
    return grid, depth_of(inputs, grid, water_polygon(inputs))


def own(file: str, *keys: str) -> str:
    return "{ " + ", ".join([f'path = "{file}"', 'citation = "t"', *keys]) + " }"


def test_a_survey_counts_inside_its_edge_and_nowhere_else(sea: Path) -> None:
    survey(sea)
    strip = own("survey.tif", 'vertical_datum = "egm96"', ERROR)
    grid, alone = modelled(study(sea, BASE, name="one.toml"))
    _, both = modelled(study(sea, BASE, strip))
    lon, lat = np.meshgrid(grid.lon_deg, grid.lat_deg)
    west, south, east, north = SURVEYED
    margin = grid.step_deg / 2
    outside = (lon < west - margin) | (lon > east + margin) | (lat < south - margin) | (lat > north + margin)
    for name in ("depth_m", "error_m", "source", "resolution_m"):
        before, after = getattr(alone.surface, name), getattr(both.surface, name)
        assert np.array_equal(before[outside], after[outside], equal_nan=True), name
    inside = (lon > west + 0.04) & (lon < east - 0.04) & (lat > south + 0.04) & (lat < north - 0.04)
    assert (both.surface.source[inside] == 1).all()
    assert np.allclose(both.surface.error_m[inside], 0.5, atol=0.02)
    # a profile has the sand waves, which no cell of the grid holds
    at = np.linspace(west + 0.03, east - 0.03, 500)
    here = seabed_at(grid, both, at, np.full(at.shape, 41.0))
    assert np.abs(here.depth_m + truth(at, 41.0)).max() < 0.2
    assert np.abs(seabed_at(grid, alone, at, np.full(at.shape, 41.0)).depth_m + truth(at, 41.0)).max() > 2.5
    assert here.resolution_m.max() < 250


def test_priority_decides_which_lies_above_and_else_the_order(sea: Path) -> None:
    survey(sea, lambda lon, lat: truth(lon, lat) - 10)
    survey(sea, lambda lon, lat: truth(lon, lat) + 10, "other.tif")
    pair = (own("survey.tif", 'id = "one"'), own("other.tif", 'id = "other"'))
    first = own("survey.tif", 'id = "one"', "priority = 1")
    middle = (1.1, 41.0)

    def depth_at(*seabeds: str) -> float:
        grid, depth = modelled(study(sea, BASE, *seabeds))
        return float(seabed_at(grid, depth, *map(np.array, middle)).depth_m)

    expected = -truth(*middle)
    assert depth_at(*pair) == pytest.approx(expected - 10, abs=0.3)
    assert depth_at(*pair[::-1]) == pytest.approx(expected + 10, abs=0.3)
    assert depth_at(first, pair[1]) == pytest.approx(expected + 10, abs=0.3)


@pytest.mark.parametrize(
    ("error", "expected_m"),
    [
        ("error_m = 0.4", 0.4),
        ("share_of_depth = 0.02", 0.02 * 100),
        ("error_m = 1.0, share_of_depth = 0.01", 1.0 + 0.01 * 100),
        ('catzoc = "A1"', 0.5 + 0.01 * 100),
        ('catzoc = "C"', 2.0 + 0.05 * 100),
        ('raster = "sigma.tif"', 0.7),
        ('tid = "tid.tif"', 1.0 + 0.02 * 100),
    ],
)
def test_the_error_of_a_seabed_is_as_the_study_says(sea: Path, error: str, expected_m: float) -> None:
    survey(sea, lambda lon, lat: 0 * lon - 100.0)
    survey(sea, lambda lon, lat: 0 * lon + 0.7, "sigma.tif")
    survey(sea, lambda lon, lat: 0 * lon + 11, "tid.tif")
    keys = f'error = {{ {error}, source = "report", status = "REAL" }}'
    grid, depth = modelled(study(sea, BASE, own("survey.tif", 'vertical_datum = "egm96"', keys)))
    found = seabed_at(grid, depth, np.array(1.1), np.array(41.0))
    assert float(found.error_m) == pytest.approx(expected_m, rel=0.01)


def test_a_datum_that_is_not_known_adds_to_the_error_and_a_known_one_moves_the_depths(sea: Path) -> None:
    survey(sea, lambda lon, lat: 0 * lon - 72.0)
    at = np.array(1.1), np.array(41.0)

    def found(datum: str, more: str = "") -> tuple[float, float]:
        keys = (f'vertical_datum = "{datum}"',) if datum else ()
        grid, depth = modelled(study(sea, BASE, own("survey.tif", *keys, ERROR), more=more))
        here = seabed_at(grid, depth, *at)
        return float(here.depth_m), float(here.error_m)

    assert found("baltic-1977") == (pytest.approx(72.0), pytest.approx(0.5))
    assert found("caspian") == (pytest.approx(100.0), pytest.approx(0.5))
    assert found("aioc95") == (pytest.approx(98.3), pytest.approx(0.5))
    assert found("unknown") == (pytest.approx(72.0), pytest.approx(np.hypot(0.5, 1.5)))
    assert found("") == found("unknown")
    more = f"[seabed_fusion]\nunknown_datum_error_m = 4.0\n{CITED}\n"
    assert found("unknown", more)[1] == pytest.approx(np.hypot(0.5, 4.0))


def test_seabeds_of_different_levels_are_found_out_by_check(sea: Path) -> None:
    survey(sea, lambda lon, lat: smooth(lon, lat) + 28.0)
    exact = 'error = { error_m = 1.0, source = "r", status = "REAL" }'
    base = BASE.replace(" }", f", {exact} }}")
    path = study(sea, base, own("survey.tif", 'id = "strip"', 'vertical_datum = "egm96"', ERROR))
    said = CliRunner().invoke(cli.command, ["check", str(path), "--raw", str(RAW)]).output
    (note,) = [line for line in said.splitlines() if line.startswith("note: seabed: strip lies")]
    for part in ("28.0 m shallower than regional", "100.0% of them differ by more than 2", "look at vertical_datum"):
        assert part in note
    assert "seabed.strip" in said
    understood = read_inputs(RunSettings(path, raw_dir=RAW)).seabeds["seabed.strip"].understood
    assert understood.detail == "resolves 0.002°, error 0.5 m (REAL)"
    assert "EGM96" in understood.units


AS_OTHER = 'id = "other"'
WRONG = {
    "no overlap": (
        lambda folder: survey(folder, bounds=(0.05, 40.02, 0.25, 40.15)),
        own("survey.tif"),
        ("sources.seabed.survey", "no data on the water"),
    ),
    "another sea": (
        lambda folder: survey(folder, bounds=(10.0, 50.0, 10.2, 50.2)),
        own("survey.tif"),
        ("survey.tif", "outside the study's area"),
    ),
    "upside down": (
        lambda folder: survey(folder, lambda lon, lat: -truth(lon, lat)),
        own("survey.tif"),
        ("sources.seabed.survey", 'values = "depth_m_down"'),
    ),
    "no datum": (survey, own("survey.tif", 'vertical_datum = "mean sea level"'), ("vertical_datum", "baltic-1977")),
    "a datum of positions": (
        survey,
        own("survey.tif", 'vertical_datum = "EPSG:4326"'),
        ("sources.seabed.survey", "EPSG:5706"),
    ),
    "two ways to say the level": (
        survey,
        own("survey.tif", 'vertical_datum = "caspian"', "zero_m_msl = -28.0"),
        ("vertical_datum", "zero_m_msl"),
    ),
    "the same entry twice": (
        survey,
        f"{own('survey.tif')}, {own('survey.tif', AS_OTHER)}",
        ("survey.tif twice",),
    ),
    "the same name twice": (
        survey,
        f"{own('survey.tif', AS_OTHER)}, {own('sea.tif', AS_OTHER)}",
        ("`other` more than once",),
    ),
    "the same bytes twice": (
        lambda folder: (survey(folder), (folder / "copy.tif").write_bytes((folder / "survey.tif").read_bytes())),
        f"{own('survey.tif')}, {own('copy.tif')}",
        ("sources.seabed.survey", "sources.seabed.copy", "same file"),
    ),
    "an error of another grid": (
        lambda folder: (survey(folder), survey(folder, name="sigma.tif", step_deg=0.004)),
        own("survey.tif", 'error = { raster = "sigma.tif", source = "r", status = "REAL" }'),
        ("sigma.tif", "other nodes than survey.tif"),
    ),
    "an error below nought": (
        lambda folder: (survey(folder), survey(folder, name="sigma.tif")),
        own("survey.tif", 'error = { raster = "sigma.tif", source = "r", status = "REAL" }'),
        ("sigma.tif", "no standard errors"),
    ),
    "an error that is not there": (
        survey,
        own("survey.tif", 'error = { raster = "nowhere.tif", source = "r", status = "REAL" }'),
        ("sources.seabed.survey.error.raster", "nowhere.tif"),
    ),
    "types that are none": (
        lambda folder: (survey(folder), survey(folder, lambda lon, lat: 0 * lon + 99, "tid.tif")),
        own("survey.tif", 'error = { tid = "tid.tif", source = "r", status = "REAL" }'),
        ("tid.tif", "99", "no type identifiers"),
    ),
    "two errors": (
        survey,
        own("survey.tif", 'error = { error_m = 1.0, catzoc = "B", source = "r", status = "REAL" }'),
        ("sources.seabed.1.error", "only one"),
    ),
    "soundings without a depth": (
        lambda folder: (folder / "s.csv").write_text("lon,lat,name\n1.0,41.0,a\n1.1,41.0,b\n1.0,41.1,c\n"),
        own("s.csv"),
        ("s.csv", "no depth column", "found name"),
    ),
    "no seabed": (survey, None, ("sources.seabed",)),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_sentence_of_check(sea: Path, case: str) -> None:
    prepare, seabeds, says = WRONG[case]
    prepare(sea)
    path = study(sea, *([BASE, seabeds] if seabeds else []))
    done = CliRunner().invoke(cli.command, ["check", str(path), "--raw", str(RAW)])
    told = f"{done.output}{done.exception}"
    assert isinstance(done.exception, TranscaspianError), told
    for word in says:
        assert word in told
    assert "\n" not in str(done.exception)


def test_a_study_that_extends_another_finds_its_seabeds(sea: Path) -> None:
    survey(sea)
    study(sea, BASE, own("survey.tif", 'error = { raster = "survey.tif", source = "r", status = "REAL" }'))
    (sea / "below").mkdir()
    (sea / "below" / "more.toml").write_text('extends = "../study.toml"\n[study]\nrevision = "B"\n')
    with pytest.raises(TranscaspianError, match="no standard errors"):
        check_study(RunSettings(sea / "below" / "more.toml", raw_dir=RAW))


@pytest.mark.usefixtures("without_pictures")
def test_a_run_tells_all_seabeds_and_computes_only_what_depends_on_one(sea: Path, tmp_path: Path) -> None:
    survey(sea)
    survey(sea, lambda lon, lat: 0 * lon + 0.5, "sigma.tif")
    strip = own("survey.tif", 'id = "strip"', 'error = { raster = "sigma.tif", source = "r", status = "REAL" }')
    settings = RunSettings(study(sea, BASE, strip), tmp_path / "out", raw_dir=RAW)
    first = run_study(settings, silent)
    manifest = json.loads((first.folder / "manifest.json").read_text())
    roles = {item["role"]: item for item in manifest["sources"]}
    assert set(roles) == {"seabed.regional", "seabed.strip", "shoreline"}
    assert set(roles["seabed.strip"]["beside"]) == {"sigma.tif"}
    assert any("strip lies" in note for note in first.notes)
    assert any(item["kind"].startswith("seabeds that") for item in manifest["findings"])
    told: list[str] = []
    assert run_study(settings, lambda stage, *_: told.append(stage.name)).reused
    survey(sea, lambda lon, lat: 0 * lon + 0.6, "sigma.tif")
    told_of: list[tuple[str, str]] = []
    again = run_study(
        settings, lambda stage, seconds, why: told_of.append((stage.meaning, why)) if seconds is None else None
    )
    assert not again.reused
    begun = [meaning for meaning, _ in told_of]
    assert "depth below the water level, and closed areas" in begun
    assert "depth of each of several seabeds that is coarser than the grid" not in begun


HUMPS_DEG = (1.200, 1.2008, 1.300, 1.3012)
"""Two pairs of ridges across the route, 67 m and 101 m apart, 4 m high."""


def humps(lon: Any, lat: Any) -> Any:
    """Flat ground with the ridges; elevation, metres."""
    return -100.0 + sum(4.0 * np.exp(-0.5 * ((lon - at) / 0.00004) ** 2) for at in HUMPS_DEG) + 0.0 * lat


@pytest.mark.usefixtures("without_pictures")
def test_free_spans_between_known_humps_are_listed_and_nothing_is_said_beyond_the_survey(
    sea: Path, tmp_path: Path
) -> None:
    write_grid(sea / "flat.tif", lambda lon, lat: 0 * lon - 100.0, (0, 40, 3, 42), 0.1)
    survey(sea, humps, step_deg=0.00005, bounds=(1.15, 41.0, 1.35, 41.025))
    text = whole_study()
    begins = [match.start() for match in re.finditer(r"(?m)^\[", text)]
    tables = [text[a:b] for a, b in itertools.pairwise([*begins, len(text)])]
    rules = "".join(part for part in tables if re.match(r"\[+engineering\.(?!sectors|land_tail|water_levels)", part))
    path = study(sea, BASE.replace("sea.tif", "flat.tif"), own("survey.tif", 'vertical_datum = "egm96"', ERROR))
    path.write_text(path.read_text(encoding="utf-8") + rules, encoding="utf-8")
    straight = {"criteria.slope.weight": 0.0, "criteria.depth.weight": 0.0}  # else the route avoids the ridges
    found = run_study(RunSettings(path, tmp_path / "out", overrides=straight, raw_dir=RAW), silent)
    spans = gpd.read_file(found.folder / "small.gpkg", layer="free_spans").sort_values("from_kp_km")
    unknown = spans[spans["verdict"] == "insufficient information"]
    critical = spans[spans["verdict"] == "critical"].to_dict("records")
    assert len(unknown) == 2
    assert unknown["span_m"].isna().all()
    # between the first pair the cable sags 2.8 m and stays clear; between the second it would sag 6.4 m, and lies down
    lengths_m = sorted(row["span_m"] for row in critical)
    assert lengths_m[-1] == pytest.approx(0.0008 * 84_140, abs=9.0)
    assert lengths_m[-2] < np.sqrt(2 * 4.0 * 2000.0 / 10.0) + 9.0
    assert all(row["height_m"] < 4.3 for row in critical)
    manifest = json.loads((found.folder / "manifest.json").read_text())
    assert {item["kind"] for item in manifest["findings"]} >= {"free spans", "free spans not known"}
    rows = (found.folder / "rpl" / "a-b.csv").read_text(encoding="utf-8-sig")
    assert "Free Span 1" in rows
    profile = gpd.read_file(found.folder / "small.gpkg", layer="route_profile")
    assert profile["depth_m"].notna().mean() > 0.99
