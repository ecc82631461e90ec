"""A week of nights under a clock that stops, jumps back and jumps ahead: `latest` follows what happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.conftest import RAW, silent
from tests.faults.harness import Place, small_study
from transcaspian.runs.archive.archived_runs import last_published, runs_in, verify_run
from transcaspian.runs.archive.pointer import confirmed_utc
from transcaspian.runs.archive.retention import Retention, expired_runs, prune
from transcaspian.runs.engine import RunResult, run_study
from transcaspian.runs.health import HealthLimits, health

pytestmark = pytest.mark.whole_run


@dataclass(frozen=True)
class Night:
    """What the clock said when a run began, and the weight it was run with.

    ``since``: the stage that was asked for again. ``stands``: of an earlier night whose run it found to be current.
    """

    clock: datetime
    weight: float
    since: str | None = None
    stands: int | None = None


MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
NIGHTS = (
    Night(MONDAY, 1.0),
    Night(MONDAY + timedelta(days=1), 1.0, stands=0),
    Night(MONDAY + timedelta(days=2), 1.02),
    Night(datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC), 1.03),  # the battery of the clock is dead
    Night(MONDAY, 1.0, since="write"),  # set by hand, to the very second of a run that there is, with its inputs
    Night(datetime(2031, 1, 1, 1, tzinfo=UTC), 1.04),  # set wrongly
    Night(MONDAY + timedelta(days=6), 1.05),  # set right
)


@pytest.mark.slow
def test_a_week_of_nights_under_a_clock_that_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path / "out", small_study(tmp_path))
    results: list[RunResult] = []

    def not_well(now: datetime) -> set[str]:
        return {item.name for item in health(place.home, RAW, HealthLimits(), now) if not item.is_well}

    for night in NIGHTS:
        before = last_published(place.home)
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(night.clock.timestamp())))
        with patch("transcaspian.report.page_process.pictures", return_value={}):
            results.append(run_study(replace(place.settings(night.weight), since=night.since), silent))
        folder = results[-1].folder
        assert not place.faults()
        assert not place.leftovers()
        good = last_published(place.home)
        assert good is not None
        assert good.folder == folder, "the last run that ended well, whatever the clock says"
        assert confirmed_utc(place.home) == night.clock
        assert not_well(night.clock + timedelta(hours=25)) == set()
        assert not_well(night.clock + timedelta(hours=27)) == {"age"}
        assert results[-1].reused == (night.stands is not None)
        if night.stands is not None:
            assert folder == results[night.stands].folder
            continue
        assert good.created_utc == night.clock.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        assert folder.name.startswith(night.clock.strftime("%Y%m%dT%H%M%SZ"))
        if before is not None:
            said = (folder / "changes.md").read_text(encoding="utf-8")
            assert said.startswith(f"# Run {folder.name} against {before.folder.name}\n")
    assert len({result.folder for result in results}) == len(NIGHTS) - 1, "no run took the place of another"
    assert results[4].folder.name == f"{results[0].folder.name}-2", "the same second and inputs"
    assert "criteria.depth.weight: 1.04 → 1.05" in (results[6].folder / "changes.md").read_text(encoding="utf-8")

    # the order is that in which the runs came, which no clock can change
    came = [results[index].folder for index in (0, 2, 3, 4, 5, 6)]
    assert [run.folder for run in runs_in(place.home)] == came
    assert {run.folder for run in expired_runs(place.home, Retention(newest=1, months=0))} == set(came[:-1])
    # beside the newest the last of each month: January 2031, March 2026 and, where there is room, January 1970
    expired = {run.folder for run in expired_runs(place.home, Retention(newest=1, months=2))}
    assert expired == set(came) - {results[5].folder, results[6].folder}
    expired = {run.folder for run in expired_runs(place.home, Retention(newest=1, months=3))}
    assert expired == set(came) - {results[5].folder, results[6].folder, results[3].folder}
    assert len(prune(place.home, Retention(newest=0, months=0), MONDAY)) == len(came) - 1
    (left,) = runs_in(place.home)
    assert left.folder == results[6].folder
    assert not verify_run(left)
    assert not place.faults()


def test_a_clock_that_is_set_right_again_is_told_until_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path / "out", small_study(tmp_path))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(datetime(2031, 1, 1, tzinfo=UTC).timestamp())))
    first = place.run(1.0)
    told = {item.name: item for item in health(place.home, RAW, HealthLimits(), MONDAY)}
    assert not told["age"].is_well
    assert "in the future: a clock was moved" in told["age"].told
    assert told["published run"].is_well
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(MONDAY.timestamp())))
    again = place.run(1.0)
    assert again.reused
    assert again.folder == first.folder
    assert all(item.is_well for item in health(place.home, RAW, HealthLimits(), MONDAY + timedelta(hours=1)))
