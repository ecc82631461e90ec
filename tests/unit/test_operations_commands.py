"""The commands that look after what runs keep and serve them, without a run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.conftest import ROOT
from transcaspian import cli
from transcaspian.cli.orchestrator import ServeSettings
from transcaspian.cli.screen import json_progress, json_result
from transcaspian.core.system_figures import SystemFigures
from transcaspian.runs import cache
from transcaspian.runs.engine import REUSED, RunResult
from transcaspian.runs.stages.order import COST


class Recorded:
    """An orchestrator that notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[ServeSettings] = []

    def serve(self, settings: ServeSettings) -> None:
        self.asked.append(settings)


def test_help_has_a_whole_line_for_each_command_and_loads_none_of_them() -> None:
    asked = "import sys; from transcaspian import cli; cli.command.main(['--help'], standalone_mode=False); "
    asked += "print(sorted({'numpy', 'pydantic', 'numba', 'pyproj', 'prefect'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60).stdout
    assert told.endswith("[]\n"), told
    assert "..." not in told.partition("Commands:")[2]
    for name in cli.PLACES:
        assert re.search(rf"^  {name} +\S.*\.$", told, re.MULTILINE), name
        shown = CliRunner().invoke(cli.command, [name, "--help"])
        assert shown.exit_code == 0, name
        assert "..." not in shown.output.partition("Commands:")[2], name


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["rnu"], "No such command 'rnu'. Did you mean 'run'?"),
        (["check", "--set", "criteria.slop.weight=2"], "no table `criteria.slop`: did you mean `criteria.slope`?"),
        (["check", "--set", "systems.mian.name=x"], "no table `systems.mian`: did you mean `systems.main`?"),
        (["check", "--set", "criteria.slope.weigth=2"], "did you mean `weight`?"),
        (["check", "--set", "engineering.slack.slack-deep.slack_pct=2"], "did you mean `slack_percent`?"),
        (
            ["check", "--set", "review.kraken=2"],
            "`review.kraken` is not a key of a study: remove it or correct its name",
        ),
    ],
)
def test_a_mistyped_name_is_told_with_the_one_that_was_meant(
    given: list[str], meant: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as ended:
        cli.main(args=given)
    assert ended.value.code == 2
    assert meant in capsys.readouterr().err


def test_kept_values_are_listed_and_pruned(tmp_path: Path) -> None:
    store = cache.Store(tmp_path / "sea")
    noise = np.random.default_rng(1).integers(0, 2**64, 250_000, np.uint64)  # takes its full size on the disk
    store.keep("depth", "0" * 64, {}, cache.pack(noise))
    store.keep("cost", "1" * 64, {}, cache.pack(noise))
    where = ["--out", str(tmp_path), "--study", "sea"]
    listed = CliRunner().invoke(cli.command, ["cache", "list", *where])
    assert "2 values, 4.0 MB" in listed.output
    pruned = CliRunner().invoke(cli.command, ["cache", "prune", "--cache-mb", "3", *where])
    assert pruned.output == "removed 1 value\n"
    assert len(store.entries()) == 1


def test_serving_hands_on_what_was_asked() -> None:
    orchestrator = Recorded()
    options = ["--cron", "30 2 * * 1-5", "--timezone", "UTC", "--study", "s.toml", "--out", "o", "--keep-runs", "30"]
    for given in ([], options):
        done = CliRunner().invoke(cli.command, ["serve", *given], obj=orchestrator)
        assert done.exit_code == 0, done.output
    assert orchestrator.asked == [
        ServeSettings("0 1 * * *", "Asia/Baku"),
        ServeSettings("30 2 * * 1-5", "UTC", Path("s.toml"), Path("o"), keep_runs=30),
    ]
    assert CliRunner().invoke(cli.command, ["serve", "--keep-runs", "-1"], obj=orchestrator).exit_code == 2
    assert "transcaspian" in CliRunner().invoke(cli.command, ["serve"], obj=None).output


def test_progress_as_json_has_a_line_for_each_event(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    watch = json_progress()
    watch(COST, None, "criteria.slope.weight changed 1.0 → 1.5")
    watch(COST, 0.5, "criteria.slope.weight changed 1.0 → 1.5")
    watch(COST, 0.0, REUSED)
    figures = SystemFigures("main", 359.0, 358.9, 380.0, None, 8.8e6, None)
    json_result(RunResult(tmp_path / "r1", (figures,), ("a note",)))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["stage begins", "stage", "stage", "note", "run"]
    assert lines[1]["told"].endswith("1.0 → 1.5")
    assert lines[-1]["run"] == "r1"
    assert lines[-1]["systems"][0]["max_depth_m"] is None
    assert len({line["process"] for line in lines}) == 1
