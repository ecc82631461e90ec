"""`check` says what was understood of every source, and refuses what a run would refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner, Result

from tests.conftest import RAW
from transcaspian.cli.study_command import check
from transcaspian.ingest.understood import HEADINGS
from transcaspian.study import load_study, study_of

STUDY = Path(__file__).with_name("black_sea.toml")


def checked(path: Path, *options: str) -> Result:
    return CliRunner().invoke(check, [str(path), "--raw", str(RAW), *options])


@pytest.fixture
def own_seabed(tmp_path: Path) -> Path:
    """The study with a seabed of its own, which knows nothing of the east, with a key of each new kind."""
    with rasterio.open(RAW / "etopo1_black_sea.tif") as source:
        values, profile = source.read(1), source.profile
    values[:, np.arange(values.shape[1]) >= 100] = np.nan
    with rasterio.open(tmp_path / "sea.tif", "w", **(profile | {"nodata": None})) as out:
        out.write(values, 1)
    (tmp_path / "own.toml").write_text(
        f'extends = "{STUDY.as_posix()}"\n[sources]\n'
        'seabed = { path = "sea.tif", citation = "c", units = "m", zero_m_msl = 0.0, crs = "EPSG:4326" }\n',
        encoding="utf-8",
    )
    return tmp_path / "own.toml"


def test_a_table_says_what_was_understood(own_seabed: Path) -> None:
    done = checked(STUDY)
    assert done.exit_code == 0, done.output
    assert "shoreline: 1 read, 1 kept, 0 repaired, 0 quarantined, 1 in the area" in done.output
    table = [line.split() for line in done.output.splitlines() if line.startswith((" source", " seabed", " shoreline"))]
    assert " ".join(table[0]) == " ".join(("source", *HEADINGS))
    assert {row[0] for row in table[1:]} == {"seabed", "shoreline"}
    assert done.output.rstrip().endswith("the study can be run")


def test_check_notes_and_refuses_as_a_run_does(own_seabed: Path) -> None:
    done = checked(own_seabed)
    assert done.exit_code == 0, done.output
    assert "of the water has no depth: insufficient information" in done.output
    deeper = checked(own_seabed, "--set", "area.max_depth_m=1500")
    assert "deeper than the sea's max_depth_m 1500 m" in str(deeper.exception)
    walled = checked(STUDY, "--set", "area.grid_step_arcsec=3600", "--set", "rules.landing_approach.max_km=0.1")
    assert "cannot join the grid" in str(walled.exception)


def test_a_run_is_made_again_with_the_keys_of_its_sources(own_seabed: Path) -> None:
    study = load_study(own_seabed)
    again = study_of(study.model_dump(mode="json", exclude_none=True), "the manifest")
    assert again == study
    assert again.sources.seabed.zero_m_msl == 0.0
