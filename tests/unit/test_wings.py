"""A further question is added by one folder: study, run, files, page and dictionary take it from the registry."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import fiona
import pytest

from tests.conftest import COARSE, RAW, ROOT, ROUTE_ALONE, STUDY, TINY, options
from transcaspian.core.code_hash import code_of
from transcaspian.core.registry import asked_of, extensions, wings
from transcaspian.export import code_sha256
from transcaspian.study import load_study
from transcaspian.study.schema import Study
from transcaspian.study.whole import WholeStudy

TABLE = """extends = "{study}"
[trawling]
max_depth_m = 60.0
source = "author 2020"
status = "ASSUMED"
"""
RUN = """
import json, sys
from pathlib import Path
from unittest.mock import patch
from transcaspian.runs.engine import RunSettings, run_study
told = {}
class Unwritten(Exception): pass
def perform(stage, *args):
    if stage.name == "write" and sys.argv[5:]:
        told["write"] = ""
        raise Unwritten
    return stage.function(*args)
def watch(stage, seconds, why):
    if seconds is not None:
        told[stage.name] = why
settings = RunSettings(Path(sys.argv[1]), Path(sys.argv[2]), ("main",), json.loads(sys.argv[3]), Path(sys.argv[4]))
with patch("transcaspian.report.page_process.pictures", return_value={}):
    try:
        folder = str(run_study(settings, watch, perform).folder)
    except Unwritten:
        folder = ""
print(json.dumps([folder, sorted(name for name, why in told.items() if why != "reused")]))
"""
HELP = """
import sys
from click.testing import CliRunner
from transcaspian.cli import command
result = CliRunner().invoke(command, sys.argv[1:])
assert result.exit_code == 0, result.output
print("\\n".join(sorted(name for name in sys.modules if name.startswith(("transcaspian.analyses.", "toy_wing")))))
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Where a distribution with the toy question is installed."""
    site = tmp_path / "site"
    shutil.copytree(ROOT / "tests" / "toy_wing", site / "toy_wing", ignore=shutil.ignore_patterns("__pycache__"))
    about = site / "toy_wing-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-wing\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[transcaspian.analyses]\ntrawling = toy_wing.wing:WING\n")
    return site


def python(site: Path, code: str, *args: object) -> str:
    """What a program prints where the distribution is installed."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), *sys.path])}
    command = [sys.executable, "-c", code, *map(str, args)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.whole_run
def test_a_question_in_a_folder_of_its_own_is_part_of_everything(site: Path, tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text(TABLE.format(study=STUDY.as_posix()), encoding="utf-8")

    def run(*unwritten: str, **changes: Any) -> tuple[Path, set[str]]:
        overrides = json.dumps(TINY | ROUTE_ALONE | changes)
        folder, computed = json.loads(python(site, RUN, study, tmp_path / "out", overrides, RAW, *unwritten))
        return Path(folder), set(computed) - {"read"}

    folder, computed = run()
    assert "trawling" in computed
    package = next(folder.glob("*.gpkg"))
    with fiona.open(package, layer="trawled_routes") as layer:
        (row,) = [feature["properties"] for feature in layer]
    assert row["system_id"] == "main"
    assert 0 < row["trawled_km"] < row["length_km"]
    with fiona.open(package, layer="layer_styles") as styles:
        assert "trawled" in [
            one["properties"]["styleName"] for one in styles if "trawl" in str(dict(one["properties"]))
        ]
    assert (folder / "geojson" / "trawled_routes.geojson").is_file()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["analyses"]["trawling"]["main"]["trawled_km"] == pytest.approx(row["trawled_km"])
    assert manifest["study"]["document"]["trawling"]["max_depth_m"] == 60.0
    assert manifest["code"]["sha256"] != code_sha256(), "the code of the question counts, too"
    page = (folder / "system.html").read_text(encoding="utf-8")
    assert '<section class="part" id="trawling"' in page
    assert f"{row['trawled_km']:,.1f}" in page
    assert "author 2020" in page

    assert run()[1] == set(), "nothing changed"
    edit(site / "toy_wing" / "reach.py")
    assert run()[1] == {"trawling"}, "it finds the same: the files stand"
    edit(site / "toy_wing" / "sections.py")
    assert run("unwritten")[1] == {"write"}
    assert run("unwritten", **{"trawling.max_depth_m": 30.0})[1] == {"trawling", "write"}


def edit(path: Path) -> None:
    """A line that changes nothing but the file."""
    path.write_text(path.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")


def test_a_wrong_table_is_named_as_any_other(site: Path, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(TABLE.format(study=STUDY.as_posix()), encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from transcaspian.study import load_study, study_schema;"
        "from transcaspian.core.errors import StudyError\n"
        "print('trawling' in study_schema()['properties'])\n"
        "for key, value in (('max_depth_m', -1.0), ('max_depth_m', 5000.0), ('depth', 1.0)):\n"
        "    try: load_study(Path(sys.argv[1]), {f'trawling.{key}': value})\n"
        "    except StudyError as exc: print(exc)\n"
    )
    known, negative, deep, unknown = python(site, code, path).splitlines()
    assert known == "True"
    assert "`trawling.max_depth_m` is -1.0" in negative
    assert "trawling.max_depth_m is 5000: the sea is" in deep
    assert "`trawling.depth` is not a key of a study" in unknown


def test_the_dictionary_has_its_layer_with_what_is_said_of_it(site: Path) -> None:
    text = python(site, "from transcaspian.report.dictionary import data_dictionary; print(data_dictionary())")
    chapter = text.split("\n## Trawling\n")[1].split("\n## ")[0]
    assert chapter.startswith("Trawls and the routes that they reach.\n\n### trawled_routes\n")
    assert "| `trawled_km` | float | km | may be | length in water that trawls reach" in chapter
    assert "styles: trawled" in chapter


def test_who_checks_a_study_loads_no_computation(site: Path) -> None:
    loaded = set(python(site, HELP, "check", str(STUDY), "--raw", str(RAW), *options(COARSE)).split())
    packages = {f"transcaspian.analyses.{wing.name}" for wing in wings()} | {"toy_wing"}
    found = {name for name in loaded if name.rpartition(".")[0] in packages}
    looked = ("wing", "config", "readers", "vessels", "fleet", "windows")
    assert found <= {f"{package}.{part}" for package in packages for part in looked}
    assert found >= {f"{package}.wing" for package in packages}


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("trawling = toy_wing.nowhere:WING", "the analysis `trawling` (toy_wing.nowhere:WING) of toy-wing cannot be"),
        ("trawling = toy_wing.wing:table", "is function: expected a Wing"),
        ("risk = toy_wing.wing:WING\nother = toy_wing.wing:WING", "an analysis is called `trawling`"),
    ],
)
def test_a_distribution_that_is_broken_is_named(site: Path, entry: str, says: str) -> None:
    (site / "toy_wing-1.0.dist-info" / "entry_points.txt").write_text(f"[transcaspian.analyses]\n{entry}\n")
    code = (
        "from transcaspian.core.registry import wings; from transcaspian.core.errors import WingError\n"
        "try: wings()\nexcept WingError as exc: print(exc)"
    )
    assert says in python(site, code)


@pytest.mark.parametrize(
    ("name", "says"), [("depth", "as a stage of every run is"), ("area", "as a table of every study")]
)
def test_a_name_that_is_taken_is_refused(site: Path, name: str, says: str) -> None:
    wing = site / "toy_wing" / "wing.py"
    wing.write_text(wing.read_text(encoding="utf-8").replace('name="trawling"', f'name="{name}"'), encoding="utf-8")
    code = (
        "from transcaspian.core.errors import WingError\n"
        "try:\n import transcaspian.runs.engine, transcaspian.study.whole\nexcept WingError as exc: print(exc)"
    )
    assert says in python(site, code)


def test_orders_are_those_of_before() -> None:
    by_stage = ["risk", "burial", "robustness", "network", "design", "link", "permits", "survey", "installation"]
    assert [wing.name for wing in wings()] == by_stage
    by_page = sorted(wings(), key=lambda wing: wing.page_order)
    assert [wing.name for wing in by_page] == [
        *("network", "link", "permits", "survey", "installation", "design", "burial", "risk", "robustness")
    ]
    assert {item.name for item in extensions()} == {wing.name for wing in wings()} | {"batch", "validation"}


ASKS = {"risk": "burial", "survey": "installation"}
"""An analysis that takes figures of another, where the study asks for both, or reads its table with the same reader."""


def test_a_stage_depends_on_its_own_analysis_and_on_those_that_it_asks() -> None:
    folders = {name: f"transcaspian.analyses.{name}" for name in [wing.name for wing in wings()]}
    for wing in wings():
        code = code_of(wing.compute)
        theirs = {name for name in code if name.startswith("transcaspian.analyses.")}
        assert f"{folders[wing.name]}.stage" in theirs
        assert f"{folders[wing.name]}.config" in theirs
        asked = [folders[wing.name], *(folders[name] for name in (ASKS.get(wing.name),) if name)]
        assert all(name.startswith(tuple(asked)) for name in theirs)
        assert not {f"{folders[wing.name]}.{part}" for part in ("sections", "charts", "styles")} & theirs
        assert wing.sections is not None
        assert f"{folders[wing.name]}.sections" in code_of(wing.sections)


def test_the_tables_of_analyses_are_found_by_their_class() -> None:
    study = load_study(STUDY.parent / "digital_silk_way.toml")
    assert {wing.name for wing in wings()} - {wing.name for wing in asked_of(study)} == {"burial"}
    for wing in asked_of(study):
        assert study.required_table(wing.table()) is getattr(study, wing.name)
    assert load_study(STUDY).table(wings()[0].table()) is None
    assert set(WholeStudy.model_fields) - set(Study.model_fields) == {wing.name for wing in wings()}
