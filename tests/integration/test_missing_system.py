"""A system that cannot be laid is a finding: the others are laid, and a person must look before they are published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from tests.conftest import RAW, ROUTE_ALONE, STUDY, TINY, silent
from transcaspian.core.errors import HeldForReviewError, LandingError, RoutingError
from transcaspian.runs.engine import REUSED, RunSettings, check_study, run_study

pytestmark = [pytest.mark.whole_run, pytest.mark.usefixtures("without_pictures")]
PLAIN = {**TINY, **ROUTE_ALONE}
INLAND: dict[str, Any] = {**PLAIN, "landings.turkmenbashi.lon_deg": 54.9}


def test_the_others_are_laid(tmp_path: Path) -> None:
    told: dict[str, str] = {}

    def watch(stage: Any, seconds: float | None, why: str) -> None:
        told[stage.name] = why

    settings = RunSettings(STUDY, tmp_path, ("main", "turkmen"), INLAND, RAW)
    result = run_study(settings, silent)
    assert [item.system_id for item in result.figures] == ["main"]
    assert list(result.missing) == ["turkmen"]
    assert "km from the shoreline" in result.missing["turkmen"]
    assert any(note.startswith("turkmen: it cannot be laid: landing Turkmenbashi") for note in result.notes)
    assert any("turkmen, not in this run: insufficient information" in note for note in result.notes)
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert manifest["missing"] == dict(result.missing)
    assert manifest["settings"]["systems"] == ["main", "turkmen"]
    assert set(gpd.read_file(result.folder / "trans-caspian.gpkg", layer="routes")["system_id"]) == {"main"}
    again = run_study(settings, watch)
    assert set(told.values()) == {"", REUSED}, "that it cannot be laid is kept too"
    assert (again.folder, again.missing) == (result.folder, result.missing)


def test_the_run_is_held_and_check_says_so_before(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="Turkmenbashi"):
        check_study(RunSettings(STUDY, tmp_path, overrides=INLAND, raw_dir=RAW))
    with pytest.raises(HeldForReviewError, match="turkmen: the system cannot be laid: landing Turkmenbashi"):
        run_study(RunSettings(STUDY, tmp_path, ("main", "turkmen"), INLAND, RAW, publish=True), silent)
    assert not (tmp_path / "trans-caspian" / "latest.json").exists()


def test_where_none_can_be_laid_there_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RoutingError, match=r"^landing Turkmenbashi at"):
        run_study(RunSettings(STUDY, tmp_path, ("turkmen",), INLAND, RAW), silent)
    assert [path.name for path in (tmp_path / "trans-caspian").iterdir()] == [".cache"]


def test_a_verdict_is_made_again_when_the_published_run_was_repaired(tmp_path: Path) -> None:
    first = run_study(RunSettings(STUDY, tmp_path, ("main",), PLAIN, RAW, publish=True), silent)
    package = first.folder / "trans-caspian.gpkg"
    whole = package.read_bytes()
    package.write_bytes(whole[:-1])
    settings = RunSettings(STUDY, tmp_path, ("main",), {**PLAIN, "study.revision": "Z"}, RAW, publish=True)
    for _ in range(2):
        with pytest.raises(HeldForReviewError, match="cannot be compared with"):
            run_study(settings, silent)
    package.write_bytes(whole)
    assert run_study(settings, silent).state == "published"
