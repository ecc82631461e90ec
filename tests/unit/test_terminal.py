"""What a person at a terminal sees while a run works, and what the shell offers."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from click.shell_completion import ShellComplete
from rich.console import Console

from tests.conftest import STUDY
from transcaspian import cli
from transcaspian.cli import screen
from transcaspian.runs.engine import STAGES, Watch

READ, DEPTH, COST = STAGES[:3]


@contextmanager
def impatient(file: io.StringIO) -> Iterator[Watch]:
    """Progress that is told in a file many times a second."""
    with (
        patch.object(screen, "MAX_SILENCE_S", 0.02),
        screen.progress_on(Console(file=file, highlight=False)) as watch,
    ):
        yield watch


def test_no_stage_is_silent_for_long_and_a_reason_is_said_once() -> None:
    file = io.StringIO()
    with impatient(file) as watch:
        watch(READ, None, "")
        watch(READ, 0.1, "")
        watch(DEPTH, None, "nothing is kept yet")
        time.sleep(0.2)
        watch(DEPTH, 0.2, "nothing is kept yet")
        watch(COST, None, "nothing is kept yet")
        watch(COST, 0.1, "nothing is kept yet")
        watch(COST, None, "")
        time.sleep(0.2)
    lines = file.getvalue().splitlines()
    assert lines[0].split() == ["read", "0.10", "s", *READ.meaning.split()]
    assert lines[1] == "  depth           0 s so far"
    (told,) = [line for line in lines if "because" in line]
    assert told.endswith(f"{DEPTH.meaning}; because nothing is kept yet")
    ended = len(lines)
    time.sleep(0.1)
    assert len(file.getvalue().splitlines()) == ended  # a run that stopped says nothing more


def test_of_stages_side_by_side_the_one_that_is_left_is_still_told() -> None:
    file = io.StringIO()
    with impatient(file) as watch:
        watch(DEPTH, None, "")
        watch(COST, None, "")
        time.sleep(0.2)
        watch(COST, 0.2, "")
        time.sleep(0.2)
        watch(DEPTH, 0.4, "")
        time.sleep(0.1)
    told = [line.split()[0] for line in file.getvalue().splitlines()]
    assert list(dict.fromkeys(told)) == ["cost", "depth"]
    assert (told[0], told[-1]) == ("cost", "depth")
    assert told.count("depth") > 2  # signs of it after the other had ended, then its line


def test_on_a_terminal_the_sign_is_a_line_that_goes_again() -> None:
    file = io.StringIO()
    with screen.progress_on(Console(file=file, force_terminal=True, width=100, highlight=False)) as watch:
        watch(DEPTH, None, "")
        time.sleep(0.2)
        watch(DEPTH, 0.2, "")
    shown = file.getvalue()
    assert "depth           0 s   depth below" in shown
    assert "\x1b[2K" in shown
    assert shown.rstrip().endswith(DEPTH.meaning)


def offered(words: list[str], begun: str = "") -> list[str]:
    completer = ShellComplete(cli.command, {}, "transcaspian", "_TRANSCASPIAN_COMPLETE")
    return [item.value for item in completer.get_completions(words, begun)]


def test_the_shell_offers_commands_systems_stages_and_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert offered([], "che") == ["check", "check-rpl"]
    assert offered(["run", str(STUDY), "--system"], "re") == ["reserve-2023"]
    assert offered(["run", str(tmp_path / "none.toml"), "--system"]) == []
    assert "alternatives" in offered(["run", "--from"])
    for name in ("20260101T000000Z-a", "20260102T000000Z-b", "latest"):
        (tmp_path / "sea" / name).mkdir(parents=True)
    for name in ("20260101T000000Z-a", "20260102T000000Z-b"):
        (tmp_path / "sea" / name / "manifest.json").write_text("{}")
    where = ["--out", str(tmp_path), "--study", "sea"]
    assert offered(["runs", "show", *where]) == ["20260102T000000Z-b", "20260101T000000Z-a"]
