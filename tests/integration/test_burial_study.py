"""The study of the how-to, run as it stands there: files, page, findings, and what its weights change."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from tests.conftest import RAW, ROOT, STUDY, TINY, silent
from tests.unit.test_ais import voyage
from tests.unit.test_reuse import Recorder, undeclared
from transcaspian.core.linear_reference import line_length_km
from transcaspian.core.registry import wings
from transcaspian.runs.archive.live import live_in
from transcaspian.runs.engine import RunResult, RunSettings, StudyRun, run_study
from transcaspian.runs.stages.read_inputs import wanted_study
from transcaspian.runs.stages.stage import Perform

PAGE = (ROOT / "docs" / "how-to" / "burial.md").read_text(encoding="utf-8")
pytestmark = [pytest.mark.whole_run, pytest.mark.usefixtures("without_pictures")]
# none of these is looked at here, and they take most of the time
FASTER = {
    "routing.proven": False,
    "routing.refinement": 1,
    "alternatives.count": 1,
    "cost_tolerance.excess_limits": [0.01],
}
AIS = """
[[burial.traffic]]
id = "ais"
form = "ais"
data = { path = "ais.csv", citation = "synthetic", status = "ASSUMED" }
period_days = 365.0
unstated_ship = "coaster"
source = "test"
status = "ASSUMED"

[[burial.soil_logs]]
id = "boreholes"
data = { path = "logs.csv", citation = "synthetic", status = "ASSUMED" }
within_km = 20.0
confidence = 0.9
source = "test"
status = "ASSUMED"
"""
LOGS = """log,lon,lat,from_m,to_m,soil,strength_kpa
B1,51.1,43.4,0,3,Mud,20
B2,51.1,43.4,3,1,Mud,20
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study of the page with its files, and a file of positions: three voyages, one coast station, one on land."""
    folder = tmp_path_factory.mktemp("burial")
    block = re.findall(r"```toml\n(.*?)```", PAGE, re.S)[0]
    (folder / "burial.toml").write_text(block.replace('extends = "', f'extends = "{STUDY.parent.as_posix()}/') + AIS)
    (folder / "logs.csv").write_text(LOGS)
    areas = [box(49.0, 40.0, 50.3, 44.0), box(50.3, 40.0, 50.9, 44.0), box(51.1, 43.0, 51.4, 44.0)]
    gpd.GeoDataFrame({"class": ["Sand", "Mud", "Gravel"]}, geometry=areas, crs=4326).to_file(folder / "soil.geojson")
    gpd.GeoDataFrame({"class": ["ice"]}, geometry=[box(47.0, 44.5, 53.0, 47.0)], crs=4326).to_file(
        folder / "ice.geojson"
    )
    rows = [voyage(273_000_000 + n, f"2025-0{n}-01", 50.0, 11.0, 120.0) for n in (1, 2, 3)]
    rows += [rows[0].head(1).assign(MMSI=2_730_000), rows[0].head(1).assign(LON=47.0)]
    pd.concat(rows).to_csv(folder / "ais.csv", index=False)
    return folder / "burial.toml"


def asked(study: Path, **changes: Any) -> RunSettings:
    """A coarse run of one system."""
    return RunSettings(study, study.parent / "out", ("main",), TINY | FASTER | changes, RAW)


def noted(seen: dict[Any, set[str]]) -> Perform:
    """Performs stages; what two of them read of study and data is noted."""

    def perform(stage: Any, *args: Any) -> Any:
        if stage.name in ("burial", "cost"):
            args = (Recorder(args[0], seen.setdefault(stage, set()), ""), *args[1:])
        return stage.function(*args)

    return perform


@pytest.fixture(scope="module")
def seen() -> dict[Any, set[str]]:
    """What stages read."""
    return {}


@pytest.fixture(scope="module")
def plain(study: Path, seen: dict[Any, set[str]]) -> RunResult:
    """The run of the study as it stands."""
    return run_study(asked(study), silent, noted(seen))


def layer(result: RunResult, name: str) -> list[dict[str, Any]]:
    """The rows of a published layer, with their geometry."""
    with fiona.open(next(result.folder.glob("*.gpkg")), layer=name) as rows:
        return [{**row["properties"], "geometry": row["geometry"]} for row in rows]


def test_what_it_publishes(plain: RunResult) -> None:
    sections = layer(plain, "burial_sections")
    manifest = json.loads((plain.folder / "manifest.json").read_text(encoding="utf-8"))
    figures = manifest["analyses"]["burial"]["systems"]["main"]
    drawn_km = sum(line_length_km(np.array(row["geometry"]["coordinates"])) for row in sections)
    (route,) = layer(plain, "routes")
    listed_km = route["length_km"]
    assert sum(row["length_km"] for row in sections) == pytest.approx(listed_km, abs=1e-3)
    assert drawn_km == pytest.approx(listed_km, abs=1e-3)
    assert sum(figures["km_by_verdict"].values()) == pytest.approx(listed_km, abs=1e-3)
    assert {row["status"] for row in sections} == {"ASSUMED"}
    assert {"sand", "soft-clay", None} == {row["soil"] for row in sections}
    assert all(
        row["verdict"] == "insufficient information" for row in sections if row["tools_not_known"] and row["target_m"]
    )
    assert all(row["ice_m"] == 0 for row in sections), "no ice is declared there"
    told = {row["told"]: (row["count"], row["of_count"], row["is_left_out"]) for row in layer(plain, "burial_data")}
    rows = len((plain.folder.parents[2] / "ais.csv").read_text().splitlines()) - 1
    assert told["coast station (MMSI 00…)"] == (1, rows, True)
    assert told["on land"] == (1, rows, True)
    assert told["from_m is not less than to_m"] == (1, 2, True)
    assert {row["soil_source"] for row in sections} >= {"charts", "boreholes"}
    assert sum(row["cable_km"] for row in sections) == pytest.approx(route["cable_km"], abs=1e-3)
    assert {row["tool"]: row["works_km"] > 0 for row in layer(plain, "burial_tools")} == {"plough": True, "jet": True}
    crossed = layer(plain, "anchor_strikes")
    assert sum(row["passages_per_year"] for row in crossed if row["ship_class"] == "feeder") == pytest.approx(
        403.0, abs=1.0
    )


def test_the_page_shows_each_figure_with_its_status_and_the_published_result(plain: RunResult) -> None:
    page = (plain.folder / "system.html").read_text(encoding="utf-8")
    assert '<section class="part" id="burial"' in page
    for words in ("Haenam–Jeju", "0.60–0.74 m", "How deep, by what, and what hits it", "BERR 2008, table 3.6"):
        assert words in page
    kinds = {finding.kind for finding in plain.findings}
    assert {
        "anchor strikes",
        "burial not known",
        "data of ships and soil left out",
        "classes of soil without a soil",
    } <= kinds


def test_weights_steer_and_their_effect_is_told(study: Path, plain: RunResult, seen: dict[Any, set[str]]) -> None:
    assert "burial steers the route" not in {finding.kind for finding in plain.findings}
    shallow = {f"burial.tools.{tool}.max_depth_m": 400.0 for tool in ("plough", "jet")}
    settings = asked(study, **shallow, **{"burial.steering.unburiable.weight": 5.0})
    with live_in(settings.out_dir / "trans-caspian") as live:
        steered = StudyRun(settings, wanted_study(settings), silent, noted(seen), live, []).results().further["burial"]
    effect = steered.value.figures["steering"]["main"]
    assert effect["with"]["unburiable_km"] < effect["without"]["unburiable_km"] - 20.0
    assert effect["with"]["length_km"] > effect["without"]["length_km"] + 5.0
    assert set(effect["with"]) == {"length_km", "strikes_per_year", "unburiable_km", "burial_usd"}
    (told,) = [finding for finding in steered.value.findings if finding.kind == "burial steers the route"]
    assert f"{effect['without']['length_km']:,.1f} km" in told.sentence


def test_its_stages_name_all_that_they_read(plain: RunResult, seen: dict[Any, set[str]]) -> None:
    assert {stage.name for stage in seen} == {"burial", "cost"}
    (wing,) = [wing for wing in wings() if wing.name == "burial"]
    of_steering = {f"study.{key}" for key in (wing.name, *wing.steering_study)}
    left = {stage.name: set(undeclared(stage, read)) - {"further"} for stage, read in seen.items()}
    assert left == {"burial": set(), "cost": of_steering}
