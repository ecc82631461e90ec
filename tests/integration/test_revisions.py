"""A week of runs: what changed, what a person must look at, what stays, and the same bytes again."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.conftest import COARSE, RAW, STUDY, silent
from transcaspian import cli
from transcaspian.core.errors import HeldForReviewError
from transcaspian.runs.archive.archived_runs import last_published, runs_in, verify_run
from transcaspian.runs.archive.pointer import confirmed_utc
from transcaspian.runs.archive.register import HELD, PUBLISHED, WHAT_IF, read_register
from transcaspian.runs.archive.retention import Retention, expired_runs
from transcaspian.runs.archive.steps import MANIFEST
from transcaspian.runs.engine import RunSettings, run_study
from transcaspian.runs.health import HealthLimits, health

pytestmark = [pytest.mark.whole_run, pytest.mark.usefixtures("without_pictures")]

NEAR = {**COARSE, "landings.aktau.lat_deg": 43.64}
FAR = {**COARSE, "landings.aktau.lat_deg": 43.3}
BEGAN = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)


@dataclass
class Week:
    """The runs of some nights, in one folder."""

    out: Path
    folders: list[Path] = field(default_factory=list)
    held: str = ""

    @property
    def home(self) -> Path:
        return self.out / "trans-caspian"

    def run(self, night: int, overrides: dict[str, Any]) -> Path:
        os.environ["SOURCE_DATE_EPOCH"] = str(int((BEGAN + timedelta(days=night)).timestamp()))
        try:
            result = run_study(RunSettings(STUDY, self.out, ("main",), overrides, RAW, publish=True), silent)
        finally:
            del os.environ["SOURCE_DATE_EPOCH"]
        self.folders.append(result.folder)
        return result.folder

    def command(self, *args: str) -> Result:
        return CliRunner().invoke(cli.command, ["runs", *args, "--out", str(self.out)])


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory, without_pictures: None) -> Week:
    week = Week(tmp_path_factory.mktemp("week"))
    week.run(0, COARSE)
    week.run(1, COARSE)  # nothing changed
    week.run(2, NEAR)
    with pytest.raises(HeldForReviewError) as held:
        week.run(3, FAR)
    week.held = str(held.value)
    return week


def test_a_night_without_change_confirms_the_run_that_stands(week: Week) -> None:
    assert week.folders[0] == week.folders[1]
    assert len(runs_in(week.home, PUBLISHED)) == 2


def test_each_run_says_what_changed_against_the_last_good_one(week: Week) -> None:
    said = (week.folders[2] / "changes.md").read_text(encoding="utf-8")
    assert f"# Run {week.folders[2].name} against {week.folders[0].name}" in said
    assert "landings.aktau.lat_deg: 43.66105 → 43.64" in said
    assert "| length |" in said
    assert "| KP before (km) | KP now (km) |" in said
    assert "| at a level of the sea | before | now | differs | unit |" in said
    assert (week.folders[2] / "changes.png").read_bytes().startswith(b"\x89PNG")
    assert not (week.folders[0] / "changes.md").exists()
    printed = week.command("diff", week.folders[0].name, week.folders[2].name)
    assert printed.output == said


def test_a_great_change_is_held_and_the_last_good_run_stands(week: Week) -> None:
    (held,) = runs_in(week.home, HELD)
    assert "review.max_shift_km 10" in week.held
    assert str(held.folder) in week.held
    assert not verify_run(held)
    assert held.manifest["review"]
    good = last_published(week.home)
    assert good is not None
    assert good.folder == week.folders[2]
    listed = week.command("list").output
    assert f"* {good.name}" in listed
    assert f"? {held.name}" in listed
    with pytest.raises(HeldForReviewError, match=held.name):  # the same again: nothing is computed, nothing piles up
        week.run(4, FAR)
    assert len(runs_in(week.home, HELD)) == 1


def test_every_byte_comes_out_again(week: Week) -> None:
    found = week.command("reproduce", week.folders[2].name, "--raw", str(RAW), "--paths-of", str(STUDY))
    assert found.exit_code == 0, found.output
    assert "0 not" in found.output


def test_what_does_not_come_out_again_is_named(week: Week) -> None:
    path = week.folders[2] / "report.html"
    before = path.read_bytes()
    path.write_bytes(before[:-1] + b"!")
    try:
        found = week.command("reproduce", week.folders[2].name, "--raw", str(RAW), "--paths-of", str(STUDY))
    finally:
        path.write_bytes(before)
    assert found.exit_code == 2
    assert "differs: report.html" in found.output
    assert "note: report.html was changed" in found.output


def test_health_tells_age_damage_and_what_is_held(week: Week) -> None:
    at = confirmed_utc(week.home)
    assert at == BEGAN + timedelta(days=2)

    def not_well(now: datetime) -> set[str]:
        return {item.name for item in health(week.home, RAW, HealthLimits(), now) if not item.is_well}

    assert not_well(at + timedelta(hours=25)) == {"held for review"}
    assert not_well(at + timedelta(hours=27)) == {"held for review", "age"}
    assert not_well(at - timedelta(hours=1)) == {"held for review", "age"}  # a clock was moved
    assert {item.name for item in health(week.out / "nothing", RAW, HealthLimits(), at) if not item.is_well} == {
        "published run"
    }


def test_a_person_publishes_it_and_the_register_keeps_that(week: Week) -> None:
    (held,) = runs_in(week.home, HELD)
    published = week.command("publish", held.name[:20])
    assert published.exit_code == 0, published.output
    good = last_published(week.home)
    assert good is not None
    assert good.name == held.name
    assert not verify_run(good)
    register = read_register(week.home)
    assert register is not None
    entry = register.entries[-1]
    assert (entry.event, entry.run, entry.by) == (PUBLISHED, held.name, "person")
    assert "max_shift_km" in entry.reasons[0]
    assert week.run(5, FAR) == good.folder, "what a person published stands; it is not held again"
    again = week.command("release", held.name)
    assert again.exit_code != 0
    assert "use `runs publish`" in again.output


def test_a_what_if_has_its_folder_and_is_published_by_a_persons_word_alone(week: Week) -> None:
    before = last_published(week.home)
    assert before is not None
    settings = RunSettings(STUDY, week.out, ("main",), {**FAR, "landings.aktau.lat_deg": 43.32}, RAW)
    first = run_study(settings, silent)
    assert (first.state, first.reused) == (WHAT_IF, False)
    again = run_study(settings, silent)
    assert (again.state, again.reused, again.folder) == (WHAT_IF, True, first.folder)
    assert last_published(week.home) == before
    older = runs_in(week.home, PUBLISHED)[0].name
    refused = week.command("publish", older)
    assert refused.exit_code != 0
    assert "is older than the published run" in str(refused.exception)
    assert week.command("publish", older, "--force").exit_code == 0
    assert week.command("publish", before.name, "--force").exit_code == 0


def test_retention_never_takes_the_last_good_run(week: Week) -> None:
    assert {run.name for run in expired_runs(week.home, Retention(newest=0, months=0))} == {
        run.name for run in runs_in(week.home) if not run.is_latest
    }
    assert expired_runs(week.home, Retention(newest=30, months=0)) == ()
    good = last_published(week.home)
    assert good is not None
    (good.folder / "report.html").rename(good.folder / "moved.html")
    try:  # the only run that would stay is damaged: so does the newest that is not
        stays = {run.name for run in runs_in(week.home)} - {r.name for r in expired_runs(week.home, Retention(0, 0))}
        assert stays == {good.name, week.folders[2].name}
    finally:
        (good.folder / "moved.html").rename(good.folder / "report.html")
    pruned = week.command("prune", "--keep", "1", "--months", "0")
    assert pruned.exit_code == 0, pruned.output
    assert {run.name for run in runs_in(week.home, PUBLISHED)} == {good.name}
    assert len(runs_in(week.home, WHAT_IF)) == 1, "a what-if is counted apart"
    assert not [place for place in week.home.iterdir() if place.name.startswith(".incomplete")]
    assert (good.folder / MANIFEST).is_file()
