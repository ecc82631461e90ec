"""Publishing, confirming and removing runs, killed at any moment and from two containers at once."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from tests.archives import STAMP_TIME, make_run
from tests.conftest import ROOT, need, without
from transcaspian.core.errors import ExportError
from transcaspian.runs.archive.archived_runs import runs_in, verify_run
from transcaspian.runs.archive.live import leftovers, live_in
from transcaspian.runs.archive.pointer import latest_name
from transcaspian.runs.archive.publication import confirm_run, publish_run
from transcaspian.runs.archive.register import PUBLISHED, UNKNOWN, WHAT_IF, read_register
from transcaspian.runs.archive.retention import Retention, prune
from transcaspian.runs.archive.steps import STEP

pytestmark = [pytest.mark.whole_run, pytest.mark.skipif(os.name == "nt", reason="no signals there")]

KILLS = int(os.environ.get("TRANSCASPIAN_KILLS", "20"))
"""In every run of the tests; `make soak` has 300."""
CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["tests.faults.test_decisions"])


def decide(home: Path, seed: int, count: int = 100_000) -> None:
    """Make runs, publish what-ifs, confirm, and remove, one after another in an order by lot."""
    dice = random.Random(seed)
    for number in range(count):
        at = STAMP_TIME + timedelta(seconds=number)
        with suppress(ExportError):  # of two at work, one may find that the other was first
            what = dice.choice(("night", "what-if", "publish", "confirm", "prune"))
            if what in ("night", "what-if"):
                make_run(home, f"r{seed}-{number:04}", event=PUBLISHED if what == "night" else WHAT_IF)
            elif what == "publish":
                publish_run(home, dice.choice(runs_in(home)).name, at, force=True)
            elif what == "confirm":
                confirm_run(home, latest_name(home), at)
            else:
                prune(home, Retention(newest=5, months=0), at)


def wrong(home: Path) -> Iterator[str]:
    """What is not right in a folder after the next command: nothing lost, nothing half, all pointers the same."""
    register = read_register(home)
    assert register is not None
    assert register.published is not None
    if not latest_name(home) == os.readlink(home / "latest") == register.published.run:
        yield f"{latest_name(home)}, {os.readlink(home / 'latest')}, {register.published.run}"
    runs = runs_in(home)
    yield from (f"{run.name}: {fault}" for run in runs for fault in verify_run(run))
    yield from (f"{run.name} is not registered" for run in runs if run.state == UNKNOWN)
    if {run.name for run in runs} != set(register.states):
        yield f"registered, but not there: {set(register.states) - {run.name for run in runs}}"
    if (home / STEP).exists() or leftovers(home):
        yield f"left: {leftovers(home)}"


def test_decisions_that_are_killed_at_any_moment_are_finished_or_undone(tmp_path: Path) -> None:
    home = tmp_path / "sea"
    make_run(home, "first")
    dice = random.Random(20261129)
    killed_in_a_step = 0
    for kill in range(KILLS):
        child = CHILDREN.Process(target=decide, args=(home, kill))
        child.start()
        time.sleep(dice.uniform(0.05, 0.25))
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        killed_in_a_step += (home / STEP).exists()
        with live_in(home):  # the next command
            pass
        found = list(wrong(home))
        assert not found, f"kill {kill}: {found}"
    assert killed_in_a_step or KILLS < 100, "some of the kills must hit a step"


TWO = """
from pathlib import Path
from tests.faults.test_decisions import decide
decide(Path({home!r}), {seed}, {count})
"""


def test_two_containers_on_one_folder_remove_nothing_of_each_other(tmp_path: Path) -> None:
    """Each has its own numbers of processes: both are process 1 or 2."""
    unshare = need("unshare", "util-linux")
    probe = subprocess.run([unshare, "--pid", "--fork", "true"], capture_output=True, check=False)
    if probe.returncode:
        without("the right to make a PID namespace (run as root)")
    home = tmp_path / "sea"
    make_run(home, "first")
    both = [
        subprocess.Popen(
            [unshare, "--pid", "--fork", sys.executable, "-c", TWO.format(home=str(home), seed=seed, count=60)],
            cwd=ROOT,
        )
        for seed in (1001, 1002)
    ]
    assert [process.wait(120) for process in both] == [0, 0]
    with live_in(home):
        pass
    assert not list(wrong(home))
    register = read_register(home)
    assert register is not None
    made = {entry.run.split("-")[0] for entry in register.entries}  # the runs of one may all have been removed since
    assert made >= {"r1001", "r1002"}
