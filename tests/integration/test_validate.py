"""``transcaspian validate`` in a small sea whose cables lie where hidden weights lead them."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner, Result

from tests.conftest import RAW
from transcaspian import cli, routing
from transcaspian.analyses.validation.layers import VALIDATION
from transcaspian.core.errors import TranscaspianError
from transcaspian.runs.stages.inputs import RunSettings
from transcaspian.runs.stages.model_seabed import model_bed, price_bed, with_cost
from transcaspian.runs.stages.read_inputs import read_inputs
from transcaspian.study import load_study

BLACK_SEA = Path(__file__).with_name("black_sea.toml")
HIDDEN = {"criteria.depth.weight": 8.0, "criteria.slope.weight": 0.05}
WEST, EAST, SOUTH, NORTH = 30.05, 32.95, 42.05, 43.95
ENDS = [
    ((WEST, 42.6), (EAST, 43.2)),
    ((WEST, 43.3), (EAST, 42.5)),
    ((WEST, 43.0), (EAST, 43.6)),
    ((WEST, 42.3), (EAST, 42.9)),
    ((30.5, NORTH), (EAST, 43.0)),
    ((WEST, 42.9), (32.2, SOUTH)),
    ((30.9, SOUTH), (EAST, 43.4)),
]


@pytest.fixture(scope="module")
def sea(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study, its seabed (a winding channel in a shelf), its shore and cables laid by hidden weights."""
    folder = tmp_path_factory.mktemp("sea")
    lon, lat = np.meshgrid(np.arange(29.9, 33.11, 0.05), np.arange(44.1, 41.89, -0.05))
    middle = 43.0 + 0.5 * np.sin(2 * np.pi * (lon - 30.0) / 1.6)
    depth_m = 60.0 + 600.0 * np.exp(-(((lat - middle) / 0.2) ** 2))
    with rasterio.open(
        folder / "sea.tif",
        "w",
        driver="GTiff",
        height=lon.shape[0],
        width=lon.shape[1],
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=rasterio.transform.Affine(0.05, 0.0, 29.875, 0.0, -0.05, 44.125),
    ) as target:
        target.write(-depth_m.astype("float32"), 1)
    shore = {"shoreline_id": ["sea"], "name": ["sea"]}
    gpd.GeoDataFrame(shore, geometry=[shapely.box(WEST, SOUTH, EAST, NORTH)], crs=4326).to_file(
        folder / "shore.geojson"
    )
    (folder / "study.toml").write_text(study_text(), encoding="utf-8")
    write_cables(folder / "cables.geojson", hidden_lines(folder / "study.toml"))
    return folder


def study_text() -> str:
    """The Black Sea study in another sea, with weights that lead elsewhere than the hidden ones."""
    text = BLACK_SEA.read_text(encoding="utf-8")
    for old, new in (
        ("west_deg = 27.0", "west_deg = 30.0"),
        ("south_deg = 40.8", "south_deg = 42.0"),
        ("east_deg = 42.0", "east_deg = 33.0"),
        ("north_deg = 47.0", "north_deg = 44.0"),
        ('{ registry = "etopo1-black-sea" }', '{ path = "sea.tif", citation = "made up" }'),
        ('{ registry = "gshhg-black-sea" }', '{ path = "shore.geojson", citation = "made up" }'),
        ("lon_deg = 41.64\nlat_deg = 41.65", "lon_deg = 32.95\nlat_deg = 42.5"),
        ("lon_deg = 27.91\nlat_deg = 43.21", "lon_deg = 30.05\nlat_deg = 43.5"),
        ("to_m = 100.0, friction = 0.3 }, { from_m = 100.0", "to_m = 200.0, friction = 1.0 }, { from_m = 200.0"),
        ("[criteria.depth]\nweight = 1.0", "[criteria.depth]\nweight = 0.1"),
        ("to_deg = 5.0, friction = 0.0 }, { from_deg = 5.0", "to_deg = 0.3, friction = 0.0 }, { from_deg = 0.3"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    return text


def hidden_lines(study: Path) -> list[np.ndarray]:
    """The least-cost lines under the hidden weights."""
    inputs = read_inputs(RunSettings(study, overrides=HIDDEN, raw_dir=RAW))
    bed = model_bed(inputs)
    ground = with_cost(bed, price_bed(inputs, bed))
    lines = []
    for start, end in ENDS:
        ends = [routing.snap_to_shore(ground.water, *at, 10.0, "end") for at in (start, end)]
        problem = routing.RoutingProblem(ground.grid, ground.cost.friction_cost, ground.water, approach_km=15.0)
        found = routing.route_between(problem, *ends)
        lines.append(found.lonlat)
    return lines


def write_cables(path: Path, lines: list[Any]) -> None:
    """Cables by name as GeoJSON."""
    names = [f"cable {number}" for number in range(len(lines))]
    gpd.GeoDataFrame({"name": names}, geometry=[shapely.LineString(line) for line in lines], crs=4326).to_file(path)


def invoke(*args: object) -> Result:
    """The command in this process; the seven cables share the channel, and count as seven witnesses all the same."""
    options = ["--raw", str(RAW), "--twins-km", "0.000001"]
    return CliRunner().invoke(cli.command, ["validate", *map(str, args), *options], obj=None)


@pytest.fixture(scope="module")
def fitted(sea: Path) -> tuple[Path, str]:
    """The folder of a validation with a fit, and what was said on screen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1800000000")
        options = ("--fit", "--hold-out", 0.5, "--seed", 2, "--evaluations", 10, "--out", sea / "out")
        done = invoke(sea / "cables.geojson", sea / "study.toml", *options)
        again = invoke(sea / "cables.geojson", sea / "study.toml", *options)
    assert done.exit_code == 0, done.output
    assert again.exit_code == 0
    first, second = sorted((sea / "out" / "black-sea_validation").glob("2027*"))
    for name in ("validation.json", "validation.csv", "validation.md", "validation.gpkg"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), f"{name}: the same seed, another result"
    return first, done.output


@pytest.fixture
def document(fitted: tuple[Path, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((fitted[0] / "validation.json").read_text(encoding="utf-8"))
    return found


def test_hidden_weights_are_found_again_on_cables_that_were_held_out(document: dict[str, Any]) -> None:
    fit = document["fit"]
    held_out = [item for item in fit["cables"] if item["held_out"]]
    assert sorted(item["unit"] for item in held_out) == [f"cable {number}" for number in range(len(ENDS))]
    fitted, study, circle = (
        np.array([item[f"{who}_km"] for item in held_out]) for who in ("fitted", "study", "great_circle")
    )
    assert np.median(fitted) < 2.0 < 8.0 < np.median(circle)
    assert np.median(study) > 8.0
    assert fit["held_out_beats_great_circle"]["wins"] == len(ENDS)
    assert fit["held_out_beats_great_circle"]["sign_p"] < 0.05
    assert fit["weights"]["depth"] / fit["weights"]["slope"] > 3 * 0.1 / 1.0


def test_weights_are_printed_as_tables_and_options_that_a_study_takes(sea: Path, fitted: tuple[Path, str]) -> None:
    folder, screen = fitted
    (block,) = (folder / "validation.md").read_text(encoding="utf-8").split("```toml\n")[1:]
    tables = tomllib.loads(block.split("```")[0])["criteria"]
    assert {table["status"] for table in tables.values()} == {"DERIVED"}
    assert all("cable 0" in table["source"] for table in tables.values())
    options = next(line for line in screen.splitlines() if line.startswith("--set criteria."))
    given = dict(word.split("=") for word in options.split() if word != "--set")
    study = load_study(sea / "study.toml", {key: float(value) for key, value in given.items()})
    assert study.criteria.depth.weight == tables["depth"]["weight"]
    assert load_study(sea / "study.toml").criteria.depth.weight == 0.1, "the study itself stays"


def test_cables_lie_on_cheaper_ground_than_their_copies_by_the_hidden_weights(sea: Path, tmp_path: Path) -> None:
    sets = [word for key, value in HIDDEN.items() for word in ("--set", f"{key}={value}")]
    done = invoke(sea / "cables.geojson", sea / "study.toml", *sets, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    (path,) = tmp_path.glob("*/2*/validation.json")
    (found,) = json.loads(path.read_text(encoding="utf-8"))["strata"]
    assert (found["in_water"], found["units"]) == (True, len(ENDS))
    assert found["medians"]["routed_mean_km"] < 0.5
    assert found["beats_great_circle"]["wins"] == len(ENDS)
    assert found["beats_great_circle"]["ratio"]["high"] < -0.5
    # of two cables the mirror image leaves the sea, and five decide nothing
    assert (found["beats_mirror"]["wins"], found["beats_mirror"]["count"]) == (5, 5)
    assert found["verdict"].startswith("nearer than both, and not shown nearer to the cable than to its mirror image")
    assert found["prefers_cheap"]["wins"] >= len(ENDS) - 1


def test_on_a_flat_cost_nothing_is_preferred(sea: Path, tmp_path: Path) -> None:
    sets = [word for name in ("depth", "slope", "shallow") for word in ("--set", f"criteria.{name}.weight=0.0")]
    done = invoke(sea / "cables.geojson", sea / "study.toml", *sets, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    (path,) = tmp_path.glob("*/2*/validation.json")
    found = json.loads(path.read_text(encoding="utf-8"))
    assert {item["cost_percentile"] for item in found["sections"]} == {0.5}
    (stratum,) = found["strata"]
    assert (stratum["prefers_cheap"]["ties"], stratum["prefers_cheap"]["sign_p"]) == (len(ENDS), None)
    assert stratum["verdict"] == "no gain over the great circle is shown"
    assert all(item["routed_mean_km"] == item["shortest_mean_km"] for item in found["sections"])


def test_the_files_say_the_same(fitted: tuple[Path, str], document: dict[str, Any]) -> None:
    folder, screen = fitted
    with (folder / "validation.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [item["name"] for item in document["sections"]]
    for layer in VALIDATION:
        with fiona.open(folder / "validation.gpkg", layer=layer.name) as source:
            assert list(source.schema["properties"]) == list(layer.field_names)
            expected = {"control": 3 * len(ENDS), "not_compared": 0, "mirrored": 0}.get(layer.name, len(ENDS))
            assert len(source) == expected
    for row, item in zip(rows, document["sections"], strict=True):
        assert float(row["routed_mean_km"]) == pytest.approx(item["routed_mean_km"], rel=1e-5)
        assert item["control_port_mean_km"] > 0
    page = (folder / "validation.md").read_text(encoding="utf-8")
    assert all(item["name"] in page for item in document["sections"])
    assert "held out" in screen
    assert max(len(line) for line in screen.splitlines() if re.match(r" *cable \d", line)) <= 80


def test_of_every_line_it_is_said_what_became_of_it(sea: Path, tmp_path: Path) -> None:
    """A file with all that happens: other seas, land, doubles, branches, heights, the antimeridian, too short."""
    good = hidden_lines(sea / "study.toml")[0]
    half = len(good) // 2
    unit = good[half]
    features = [
        ("trunk", {"type": "MultiLineString", "coordinates": [good[: half + 1].tolist(), good[half:].tolist()]}),
        ("trunk again", {"type": "LineString", "coordinates": good[: half + 1][::-1].tolist()}),
        ("branch", {"type": "LineString", "coordinates": [[*unit, -500.0], [31.4, NORTH + 0.02, 3.0]]}),
        ("elsewhere", {"type": "LineString", "coordinates": [[179.0, -10.0], [-179.0, -11.0]]}),
        ("short", {"type": "LineString", "coordinates": [[31.0, 43.0], [31.05, 43.0]]}),
        ("on land", {"type": "LineString", "coordinates": [[30.01, 42.2], [30.02, 43.6]]}),
        ("point", {"type": "Point", "coordinates": [31.0, 43.0]}),
        ("one vertex", {"type": "LineString", "coordinates": [[31.0, 43.0]]}),
        ("nowhere", None),
    ]  # fmt: skip
    collection = [{"type": "Feature", "properties": {"name": n}, "geometry": g} for n, g in features]
    path = tmp_path / "all.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": collection}), encoding="utf-8")
    done = invoke(path, sea / "study.toml", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    (file,) = (tmp_path / "out").glob("*/2*/validation.json")
    found = json.loads(file.read_text(encoding="utf-8"))
    assert [item["name"] for item in found["sections"]] == ["trunk", "branch"]
    assert found["sections"][1]["from_end"] == "sea"
    assert found["sections"][1]["to_end"] == "shore"
    reasons = {item["name"]: item["reason"] for item in found["not_compared"]}
    for name, word in (
        ("trunk again", "the same line as that of trunk"),
        ("elsewhere", "outside the area"),
        ("short", "shorter than 20 km"),
        ("on land", "no part of it lies in the water"),
        ("point", "expected lines"),
        ("one vertex", "single position"),
        ("nowhere", "empty"),
    ):
        assert word in reasons[name]
    assert len(reasons) + 2 == len(features)


@pytest.mark.parametrize(
    ("collection", "options", "says"),
    [
        ("missing", (), "is not a file"),
        ([], (), "has no features"),
        (["points"], (), "no line among its 1 features"),
        ([[[10.0, 43.0], [12.0, 43.0]]], (), "none of its cables can be compared"),
        ([[[43.0, 31.0], [43.5, 32.0]]], (), "longitude and latitude look swapped"),
        ([[[31.0, 43.0], [31.05, 43.0]]], (), "shorter than 20 km"),
        ([[[30.5, 43.0], [32.5, 43.0]]], ("--fit",), "0 cables can be fitted on"),
        ([[[30.5, 43.0], [32.5, 43.0]]], ("--fit", "--hold-out", "1.5"), "--hold-out is 1.5"),
        ([[[30.5, 43.0], [32.5, 43.0]]], ("--fit", "--hold-out", "nan"), "--hold-out is nan"),
        ([[[30.5, 43.0], [32.5, 43.0]]], ("--hold-out", "0.5"), "give --fit too"),
        ([[[30.5, 43.0], [32.5, 43.0]]], ("--fit", "--evaluations", "1"), "--evaluations is 1"),
        ([[[30.5, 43.0], [32.5, 43.0]]], ("--step-km", "0"), "--step-km is 0"),
        ([[[30.5, 43.0], [32.5, 43.0]]], ("--name", "owner"), "no column `owner`"),
    ],
)
def test_wrong_inputs_are_one_sentence(
    sea: Path, tmp_path: Path, collection: Any, options: tuple[str, ...], says: str
) -> None:
    path = tmp_path / "cables.geojson"
    if collection != "missing":
        features = [
            {
                "type": "Feature",
                "properties": {"name": "c"},
                "geometry": {"type": "Point", "coordinates": [31.0, 43.0]}
                if line == "points"
                else {"type": "LineString", "coordinates": line},
            }
            for line in collection
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    done = invoke(path, sea / "study.toml", *options, "--out", tmp_path / "out")
    if isinstance(done.exception, TranscaspianError):
        message = str(done.exception)
        assert done.exception.exit_code == 2
    else:
        assert done.exit_code == 2, done.output
        message = done.output
    assert says in message
    assert not [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
