"""Following cables, as validate measures it: held out, mirrored, with twins and without; when it is called a gain."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from tests.conftest import RAW, ROOT
from transcaspian import cli
from transcaspian.analyses.validation.follow import (
    Distances,
    FollowGroup,
    group_of,
    groups_of,
    is_twin,
    lies_along,
    middle_of,
    mirrored,
)
from transcaspian.analyses.validation.summary import Estimate, contest
from transcaspian.core.errors import StudyError
from transcaspian.core.grid import GEOD

START, END = np.array([30.1, 43.0]), np.array([32.9, 43.2])
BLACK_SEA = ROOT / "tests" / "integration" / "black_sea.toml"


@given(st.floats(30.2, 32.8), st.floats(42.2, 43.9))
def test_the_mirror_image_lies_as_far_on_the_other_side_and_back(lon: float, lat: float) -> None:
    line = np.array([LineString([(lon, lat), (lon + 0.05, lat + 0.02)])], dtype=object)
    image = mirrored(line, START, END)
    azimuth, _, _ = GEOD.inv(*START, *END)
    away = []
    for shape in (line[0], image[0]):
        bearing, _, distance_m = GEOD.inv(*START, *shape.coords[0])
        away.append((distance_m, (bearing - azimuth + 180) % 360 - 180))
    assert away[0][0] == pytest.approx(away[1][0], rel=5e-3)  # on the sphere, and the world is none
    assert away[0][1] == pytest.approx(-away[1][1], abs=0.5)
    back = shapely.get_coordinates(mirrored(image, START, END))
    assert np.abs(back - shapely.get_coordinates(shapely.segmentize(line, 0.1))).max() < 1e-9


def test_own_lines_and_twins_are_known() -> None:
    laid = np.array([[30.0, 43.0], [31.0, 43.3], [32.0, 43.0]])
    same, beside = LineString(laid + np.array([0.0, 0.002])), LineString(laid + np.array([0.0, 0.03]))
    crossing, far = LineString([(31.0, 42.5), (31.0, 43.9)]), LineString(laid + np.array([0.0, 0.4]))
    assert [lies_along(shape, [laid]) for shape in (same, beside, crossing, far)] == [True, False, False, False]
    middle = middle_of(laid)
    assert [is_twin(shape, middle, 5.0) for shape in (same, beside, crossing, far)] == [True, True, False, False]


def distances(
    rule: float, mirrored_km: float, count: int, circle: float = 10.0, *, wet: bool = True
) -> list[Distances]:
    rng = np.random.default_rng(5)
    found = []
    for number, noise in enumerate(rng.normal(1.0, 0.05, count)):
        km = {"circle": 10.0, "shortest": 9.8, "rule": rule * noise, "mirrored": mirrored_km}
        found.append(Distances(f"cable {number}", 100.0, wet, km, km))
    return found


def test_it_is_a_gain_only_where_all_of_it_holds_on_enough_cables() -> None:
    assert group_of(distances(9.0, 10.0, 120), True, True).verdict == "a gain"
    few = group_of(distances(9.0, 10.0, 30), True, True)
    assert few.verdict == "no gain shown: 30 independent cables, at least 100 are needed"
    assert "the mirrored network does as well" in group_of(distances(9.0, 8.0, 120), True, True).verdict
    worse = group_of(distances(11.0, 12.0, 120), True, True)
    assert worse.to_circle.value == pytest.approx(0.10, abs=0.02)
    assert len(worse.falls_short) == 2


def test_cables_of_one_system_are_one_witness_and_groups_are_split() -> None:
    wet, dry = distances(9.0, 10.0, 4), distances(9.0, 10.0, 3, wet=False)
    groups = list(groups_of([*wet, *wet, *dry]))
    assert [(group.in_water, group.has_twins, group.units) for group in groups] == [
        (True, True, 4), (True, False, 4), (False, True, 3), (False, False, 3),
    ]  # fmt: skip


def test_intervals_hold_the_value_and_shrink_with_cables() -> None:
    few, many = (group_of(distances(9.0, 10.0, count), True, True).to_circle for count in (20, 500))
    assert few.low < few.value < few.high
    assert many.high - many.low < few.high - few.low
    assert str(Estimate(-0.031, -0.05, 0.01)) == "-3.1 % [-5.0, +1.0]"
    assert isinstance(FollowGroup(True, True, 1, {}, few, few, contest([1.0])).verdict, str)


@pytest.fixture(scope="module")
def sea(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A basin of even depth with seven cables that all bend north by the same way, and a study that follows them."""
    folder = tmp_path_factory.mktemp("follow")
    place = rasterio.transform.from_bounds(29.9, 41.9, 33.1, 44.1, 64, 44)
    profile = {"driver": "GTiff", "height": 44, "width": 64, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(folder / "sea.tif", "w", transform=place, **profile) as target:
        target.write(np.full((44, 64), -200.0, "float32"), 1)
    shore = gpd.GeoDataFrame(
        {"shoreline_id": ["sea"], "name": ["sea"]}, geometry=[shapely.box(30, 42, 33, 44)], crs=4326
    )
    shore.to_file(folder / "shore.geojson")
    lines = [
        LineString([(30.0, 42.4 + shift), (31.0, 43.0 + shift), (32.0, 43.0 + shift), (33.0, 42.4 + shift)])
        for shift in np.linspace(0.0, 0.6, 7)
    ]
    names = [f"cable {number}" for number in range(7)]
    gpd.GeoDataFrame({"name": names}, geometry=lines, crs=4326).to_file(folder / "cables.geojson")
    text = BLACK_SEA.read_text(encoding="utf-8")
    for old, new in (
        ("west_deg = 27.0", "west_deg = 30.0"),
        ("south_deg = 40.8", "south_deg = 42.0"),
        ("east_deg = 42.0", "east_deg = 33.0"),
        ("north_deg = 47.0", "north_deg = 44.0"),
        ('{ registry = "etopo1-black-sea" }', '{ path = "sea.tif", citation = "made up", values = "elevation_m_up" }'),
        ('{ registry = "gshhg-black-sea" }', '{ path = "shore.geojson", citation = "made up" }'),
        ("lon_deg = 41.64\nlat_deg = 41.65", "lon_deg = 32.95\nlat_deg = 42.5"),
        ("lon_deg = 27.91\nlat_deg = 43.21", "lon_deg = 30.05\nlat_deg = 43.5"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    follow = '[[constraints]]\nid = "cables"\nkind = "telecom_cable"\nweight = 0.5\nouter_km = 10.0\n'
    keys = 'data = { path = "cables.geojson", citation = "made up" }\nsource = "test"\nstatus = "ASSUMED"\n'
    (folder / "study.toml").write_text(text + follow + keys, encoding="utf-8")
    return folder


def validate(sea: Path, *more: str) -> Result:
    args = [
        "validate",
        str(sea / "cables.geojson"),
        str(sea / "study.toml"),
        "--raw",
        str(RAW),
        "--out",
        str(sea / "out"),
    ]
    return CliRunner().invoke(cli.command, [*args, *more])


def test_each_cable_is_tried_on_a_network_without_itself_beside_its_mirror_image(sea: Path) -> None:
    done = validate(sea)
    assert done.exit_code == 0, done.output
    folder = min((sea / "out" / "black-sea_validation").glob("*/validation.json")).parent
    document = json.loads((folder / "validation.json").read_text())
    [wet, alone] = document["follow"]
    assert (wet["in_water"], wet["has_twins"], alone["has_twins"], wet["units"]) == (True, True, False, 7)
    km = wet["medians_km"]
    assert 0.5 < km["rule"] < km["circle"]  # its own line would be met to some metres
    assert km["rule"] < km["mirrored"]
    assert "independent cables, at least 100 are needed" in wet["verdict"]
    assert "no gain shown" in " ".join(done.output.split())
    page = (folder / "validation.md").read_text()
    assert "## Following other cables" in page
    assert len(gpd.read_file(folder / "validation.gpkg", layer="mirrored")) == 7


def test_following_is_not_fitted(sea: Path) -> None:
    refused = validate(sea, "--fit").exception
    assert isinstance(refused, StudyError)
    assert "constraints.cables.weight=0" in str(refused)
