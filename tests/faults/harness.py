"""Runs that are made to fail: children of a process that has imported everything, killed or starved at will."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.conftest import RAW, TINY, silent, whole_study
from transcaspian.core.errors import TranscaspianError
from transcaspian.runs.archive.archived_runs import last_published, runs_in, verify_run
from transcaspian.runs.archive.live import Live
from transcaspian.runs.engine import RunSettings, run_study

# Children come from a process that has imported everything and never computed: one that has threads cannot be forked
CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(
    ["transcaspian.runs.stages.write_run", "transcaspian.runs.stages.read_inputs", "tests.faults.harness"]
)
CUT = r"\[+(cost_tolerance|alternatives|engineering|link|survey|installation)\b"


def small_study(folder: Path) -> Path:
    """The default study without zones, alternatives, engineering and what needs it: a run takes a second or two.

    Its line may move far: on a coarse grid another weight may lead it around an island.
    """
    tables = re.split(r"(?m)^(?=\[)", whole_study())
    text = "".join(table for table in tables if not re.match(CUT, table))
    path = folder / "small.toml"
    path.write_text(text.replace("max_shift_km = 10.0", "max_shift_km = 50.0"), encoding="utf-8")
    return path


class Place:
    """A folder of runs that is looked at from outside while runs in it are killed."""

    def __init__(self, out: Path, study: Path) -> None:
        self.out, self.study = out, study
        self.home = out / "trans-caspian"

    def settings(self, weight: float) -> RunSettings:
        return RunSettings(
            self.study, self.out, ("main",), {**TINY, "criteria.depth.weight": weight}, RAW, publish=True
        )

    def run(self, weight: float) -> Any:
        """A run in this process, to its end; without pictures, which take most of its time."""
        with patch("transcaspian.report.page_process.pictures", return_value={}):
            return run_study(self.settings(weight), silent)

    def child(self, weight: float, before: Callable[[], None] | None = None) -> BaseProcess:
        """A run in a child of its own that has everything imported; ``before`` is called in it first."""
        process = CHILDREN.Process(target=_run, args=(self, weight, before))
        process.start()
        return process

    def faults(self) -> list[str]:
        """What is not right: a published run that is not whole, or a `latest` that does not lead to one."""
        found = [f"{run.folder.name}: {fault}" for run in runs_in(self.home) for fault in verify_run(run)]
        good = last_published(self.home)
        if good is None:
            return [*found, "latest leads to no run"]
        pointed = os.readlink(self.home / "latest")
        if not (self.home / pointed / "manifest.json").is_file():
            found.append(f"the link leads to {pointed}, which is no run")
        return found

    def leftovers(self) -> list[str]:
        """Hidden names, and what is hidden among the kept values."""
        return [
            str(path.relative_to(self.home))
            for path in [*self.home.iterdir(), *(self.home / ".cache").iterdir()]
            if path.name.startswith(".") and path.name != ".cache"
        ]


def _run(place: Place, weight: float, before: Callable[[], None] | None) -> None:
    """What a child does; its exit codes are those of the command."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if before is not None:
        before()
    try:
        place.run(weight)
    except TranscaspianError as exc:
        os._exit(exc.exit_code)


def ended(process: BaseProcess) -> int:
    """Wait for a child; its exit code, negative for a signal."""
    process.join(120)
    assert process.exitcode is not None, "a run does not end"
    return process.exitcode


def kill_at_random(place: Place, kills: int, seed: int) -> tuple[int, int]:
    """Kill so many runs at random moments; returns how many were killed and how many had ended before."""
    dice = random.Random(seed)
    began = time.monotonic()
    assert ended(place.child(dice.uniform(1.0, 1.05))) == 0
    lasts_s = time.monotonic() - began
    killed = 0
    for _ in range(kills):
        child = place.child(dice.uniform(1.0, 1.05))
        time.sleep(dice.uniform(0.0, lasts_s))
        child.kill()
        killed += ended(child) == -signal.SIGKILL
        faults = place.faults()
        assert not faults, faults
    return killed, kills - killed


def kill_before_call(number: int, names: tuple[str, ...], told: Path | None = None) -> None:
    """Make this process kill itself before its n-th call of one of these functions of `os`: the power is gone.

    ``told``: a file that is told how many calls there were.
    """
    calls = 0
    for name in names:
        real = getattr(os, name)

        def counted(*args: Any, real: Callable[..., Any] = real, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if told is not None:
                told.write_text(str(calls))
            if calls == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        setattr(os, name, counted)


def kill_in_stage(name: str) -> None:
    """Make this process kill itself when that stage has begun, as the system does that has no memory left."""
    real = Live.go_to

    def last(live: Live, stage: str) -> None:
        real(live, stage)
        if stage == name:
            os.kill(os.getpid(), signal.SIGKILL)

    Live.go_to = last  # type: ignore[method-assign]


@contextmanager
def reader(home: Path) -> Iterator[list[str]]:
    """Reads what ``latest`` leads to, over and over, beside everything else; the list is what was not right."""
    found: list[str] = []
    stop = threading.Event()
    looked = 0

    def look() -> None:
        nonlocal looked
        while not stop.is_set():
            try:
                folder = home / json.loads((home / "latest.json").read_text(encoding="utf-8"))["run"]
                manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
                for name, wrote in manifest["files"].items():
                    if (folder / name).stat().st_size != wrote["bytes"]:
                        found.append(f"{name} of {folder.name} is not whole")
                looked += 1
            except (OSError, ValueError, KeyError) as exc:
                found.append(repr(exc))
            time.sleep(0.005)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()
    assert looked > 10, "the reader did not get to look"
