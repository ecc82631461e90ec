"""Nights of a study without `[review]` and without `[engineering]`: what a person must see is held."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import RAW, silent
from transcaspian.core.errors import HeldForReviewError
from transcaspian.runs.engine import RunResult, RunSettings, run_study

pytestmark = [pytest.mark.whole_run, pytest.mark.usefixtures("without_pictures")]

BLACK_SEA = Path(__file__).with_name("black_sea.toml").read_text(encoding="utf-8")
GRID = (("grid_step_arcsec = 120.0", "grid_step_arcsec = 300.0"), ("max_km = 15.0", "max_km = 40.0"))
Night = Callable[..., RunResult]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Runs the study with texts of its file replaced; the first night is published."""
    place = tmp_path_factory.mktemp("nights")

    def run(*changes: tuple[str, str]) -> RunResult:
        text = BLACK_SEA
        for old, new in (*GRID, *changes):
            assert old in text
            text = text.replace(old, new, 1)
        (place / "study.toml").write_text(text, encoding="utf-8")
        return run_study(RunSettings(place / "study.toml", place / "out", raw_dir=RAW), silent)

    run()
    return run


def test_a_small_change_is_published(night: Night) -> None:
    published = night(("weight = 1.0", "weight = 1.01"))
    record = json.loads((published.folder / "manifest.json").read_text(encoding="utf-8"))
    assert record["review"] == []
    assert record["review_notes"] == []
    assert record["study"]["document"]["review"]["status"] == "ASSUMED", "the rules that held stand there"


def test_a_landing_that_moved_is_held(night: Night) -> None:
    with pytest.raises(HeldForReviewError) as held:
        night(("lat_deg = 43.21", "lat_deg = 42.6"), ("lon_deg = 27.91", "lon_deg = 27.65"))
    assert "batumi-varna: the route lies" in str(held.value)
    assert "more than review.max_shift_km 10" in str(held.value)


def test_a_system_under_another_id_is_held(night: Night) -> None:
    with pytest.raises(HeldForReviewError, match=r"batumi-varna: the system is in run .*`georgia-bulgaria`, which is"):
        night(('id = "batumi-varna"', 'id = "georgia-bulgaria"'))


def test_a_last_run_that_was_edited_is_no_run_to_compare_with(night: Night) -> None:
    last = night(("weight = 1.0", "weight = 1.01")).folder
    with closing(sqlite3.connect(last / "black-sea.gpkg")) as database, database:
        database.execute("UPDATE layer_styles SET owner = 'another user'")
    with pytest.raises(
        HeldForReviewError, match=r"cannot be compared with: .*black-sea\.gpkg is not as it was written"
    ):
        night(("weight = 1.0", "weight = 1.02"))
