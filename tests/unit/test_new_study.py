"""A first study from two positions, and the packaged rules that studies extend."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import RAW, STUDY, silent
from transcaspian import cli
from transcaspian.core.errors import StudyError
from transcaspian.runs.engine import RunSettings, run_study
from transcaspian.runs.new_study import NewStudy, Position, area_of, position_of, step_of, write_new_study
from transcaspian.study import load_study
from transcaspian.study.load import read_tables
from transcaspian.study.rules import newest, rule_sets, rules_tables

BATUMI = position_of("41.63,41.65", "from")
VARNA = position_of("27.95,43.20", "to")
FAR = (Position("a", 1.0, 50.0, "A", "ZZ"), Position("a", 5.0, 51.0, "A", "ZZ"))
"""In no embedded sea."""


@pytest.mark.usefixtures("without_pictures")
def test_two_positions_give_a_study_of_under_forty_lines_that_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my-sea.toml"
    with pytest.raises(SystemExit, match="0"):
        cli.main(args=["new", str(path), "--from", "41.63,41.65", "--to", "27.95,43.20", "--raw", str(RAW)])
    told = capsys.readouterr().out
    assert re.search(r"41\.63° E, 41\.65° N: brought 0\.3 km to the shore at 41\.63\d+° E, 41\.64\d+° N", told)
    assert "seabed: etopo1-black-sea" in told
    assert told.endswith(f"next: transcaspian run {path}\n")
    assert len(path.read_text(encoding="utf-8").splitlines()) < 40
    coarse = {"area.grid_step_arcsec": 300, "rules.landing_approach.max_km": 40.0, "alternatives.count": 1}
    run = run_study(RunSettings(path, tmp_path / "out", overrides=coarse, raw_dir=RAW), silent)
    (row,) = json.loads((run.folder / "manifest.json").read_text())["systems"]
    assert row["id"] == "from-to"


def test_the_sea_of_the_landings_gives_sources_and_water_level(tmp_path: Path) -> None:
    ends = position_of("49.67,40.59,Sumgait,AZ", "from"), position_of("51.17,43.66,Aktau,KZ", "to")
    sentences = list(write_new_study(NewStudy(tmp_path / "c.toml", ends, raw_dir=RAW)))
    study = load_study(tmp_path / "c.toml")
    assert study.water_level == load_study(STUDY).water_level
    assert study.sources == load_study(STUDY).sources
    assert [(one.id, one.country) for one in study.landings] == [("sumgait", "AZ"), ("aktau", "KZ")]
    assert "borders: borders-caspian" in sentences


def test_files_of_ones_own_stand_in_the_study_by_their_way_from_it(tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    path = tmp_path / "studies" / "n.toml"
    sentences = list(write_new_study(NewStudy(path, FAR, shoreline=tmp_path / "w.gpkg", raw_dir=RAW)))
    study = load_study(path)
    assert study.sources.shoreline.path == "../w.gpkg"
    assert [one.id for one in study.landings] == ["a-1", "a-2"]
    assert sentences[-1] == f"next: transcaspian sources fetch {path} && transcaspian check {path}"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--from", "41.63", "--to", "3,51"], "--from 41.63: expected LON,LAT or LON,LAT,NAME,COUNTRY"),
        (["--from", "1,2", "--to", "nan,51"], "--to nan,51: expected LON,LAT"),
        (["--from", "41.65,200", "--to", "3,3"], "--from 41.65,200: expected LON,LAT"),
        (["--from", "1,2,A,Georgia", "--to", "3,3"], "two capital letters"),
        (["--from", "1,2,A,GE,x", "--to", "3,3"], "--from 1,2,A,GE,x: expected"),
        (["--from", "0,50", "--to", "3,51"], "no embedded shoreline has both landings: give --shoreline FILE"),
        (["--from", "33,43.2", "--to", "27.95,43.2"], "133.4 km from the shoreline, more than the 25 km allowed"),
        (["--from", "28,43.2", "--to", "28,43.2"], "the landings `from` and `to` are one place"),
    ],
)
def test_what_would_not_run_is_one_sentence_and_nothing_is_written(
    given: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(args=["new", str(tmp_path / "no.toml"), *given, "--raw", str(RAW)])
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert said in message
    assert message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays_and_a_folder_that_is_not_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("mine")
    for name, said in (("mine.toml", "exists already"), ("none/new.toml", "cannot be written: No such file")):
        with pytest.raises(StudyError, match=said):
            list(write_new_study(NewStudy(tmp_path / name, (BATUMI, VARNA), raw_dir=RAW)))
    assert (tmp_path / "mine.toml").read_text() == "mine"


def test_an_area_without_an_embedded_sea_is_around_both_landings() -> None:
    area = area_of(FAR, None)
    assert area == (0.0, 49.0, 6.0, 52.0)
    assert step_of(area) == 30.0
    assert step_of((-60.0, 0.0, 0.0, 40.0)) == 240.0
    with pytest.raises(StudyError, match="both sides of the antimeridian"):
        area_of((Position("a", 179.0, 3.0, "A", "ZZ"), Position("b", -1.5, 3.0, "B", "ZZ")), None)


@pytest.mark.parametrize("version", rule_sets())
def test_each_set_of_rules_is_all_that_a_study_needs_beside_its_place(version: str, tmp_path: Path) -> None:
    place = {"study", "area", "water_level", "sources", "landings", "systems"}
    tables = read_tables(STUDY)
    assert not place & set(rules_tables(version))
    path = tmp_path / "study.toml"
    list(write_new_study(NewStudy(tmp_path / "first.toml", FAR, shoreline=tmp_path, raw_dir=RAW)))
    text = (tmp_path / "first.toml").read_text(encoding="utf-8").replace(newest(), f"rules:{version}")
    path.write_text(text + "\n[criteria.slope]\nweight = 3.0\n", encoding="utf-8")
    study = load_study(path)
    assert study.criteria.slope.weight == 3.0
    assert study.criteria.slope.bands == load_study(STUDY).criteria.slope.bands
    assert study.engineering
    assert study.prices
    assert set(tables) >= set(rules_tables(version))


def test_rules_that_are_not_there_are_named_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('extends = "rules:1999"\n')
    with pytest.raises(StudyError, match=r"a\.toml: `extends` is 'rules:1999': there are no rules `1999`: expected"):
        load_study(tmp_path / "a.toml")
