"""What a night may bring: the last good run stays readable, `latest` right, and the next run cleans up and succeeds."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.conftest import RAW, ROOT, need, without
from tests.faults.harness import Place, ended, kill_at_random, kill_before_call, kill_in_stage, reader, small_study
from transcaspian.runs.archive.archived_runs import last_published, runs_in, verify_run

pytestmark = [pytest.mark.whole_run, pytest.mark.skipif(os.name == "nt", reason="no signals there")]

KILLS = int(os.environ.get("TRANSCASPIAN_KILLS", "5"))
"""In every run of the tests; 200 by hand: TRANSCASPIAN_KILLS=200 pytest tests/faults."""


MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """In memory where there is room: a run waits for the disk more than it computes."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 1e9
    folder = Path(tempfile.mkdtemp(dir=MEMORY)) if roomy else tmp_path_factory.mktemp("faults")
    place = Place(folder / "out", small_study(folder))
    place.run(1.0)
    yield place
    shutil.rmtree(folder)


@pytest.mark.slow
def test_runs_that_are_killed_at_any_moment_break_nothing(place: Place) -> None:
    with reader(place.home) as seen:
        killed, _ = kill_at_random(place, KILLS, seed=20261124)
    assert not seen, seen[:3]
    assert killed >= KILLS // 3, "most of the kills must hit a run"
    result = place.run(1.06)
    assert not place.faults()
    assert not place.leftovers()
    assert last_published(place.home).folder == result.folder  # type: ignore[union-attr]


def test_the_power_may_go_out_before_any_rename(place: Place, tmp_path: Path) -> None:
    names = ("rename", "replace", "symlink")
    told = tmp_path / "calls"
    assert ended(place.child(1.1, partial(kill_before_call, 0, names, told))) == 0
    calls = int(told.read_text())
    for number in (calls // 3, *range(calls - 4, calls + 1)):  # every file is renamed once, the last calls publish
        code = ended(place.child(1.1 + number / 1000, partial(kill_before_call, number, names)))
        assert code == -signal.SIGKILL
        assert not place.faults(), f"killed before call {number} of {calls}"
    result = place.run(1.3)
    assert sum("left by a run that did not end" in note for note in result.notes) <= 2, "each run cleans up"
    assert not place.leftovers()


def test_of_two_runs_at_once_the_second_is_refused_in_one_sentence(place: Place) -> None:
    before = len(runs_in(place.home))
    with reader(place.home) as seen:
        children = [place.child(weight) for weight in (1.31, 1.32)]
        assert sorted(ended(child) for child in children) == [0, 2]
    assert not seen, seen[:3]
    assert len(runs_in(place.home)) == before + 1
    assert not place.faults()
    assert not place.leftovers()


def test_somebody_may_hold_the_geopackage_open(place: Place) -> None:
    held = next((place.home / "latest").resolve().glob("*.gpkg"))
    with closing(sqlite3.connect(held)) as database:
        database.execute("BEGIN")
        count = database.execute("SELECT count(*) FROM routes").fetchone()
        place.run(1.33)
        assert database.execute("SELECT count(*) FROM routes").fetchone() == count
    assert held.is_file()


def small_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))


def little_memory() -> None:
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + 4_000_000,) * 2)


def test_too_little_memory_and_too_large_files_leave_the_last_good_run(place: Place) -> None:
    good = last_published(place.home)

    assert ended(place.child(1.34, small_files)) == 2
    assert ended(place.child(1.35, little_memory)) != 0
    assert not place.faults()
    assert last_published(place.home).folder == good.folder  # type: ignore[union-attr]
    place.run(1.36)
    assert not place.leftovers()


def test_a_run_that_the_system_ends_is_told_by_the_next_with_its_stage(place: Place) -> None:
    child = place.child(1.37, partial(kill_in_stage, "routes"))
    assert ended(child) == -signal.SIGKILL
    assert not place.faults()
    result = place.run(1.38)
    told = [note for note in result.notes if f"process {child.pid}" in note]
    assert len(told) == 1, result.notes
    assert "in the stage routes" in told[0]
    assert "did not end" in told[0]
    assert "too little memory" in told[0]
    assert not place.leftovers()
    assert not [note for note in place.run(1.38).notes if "did not end" in note], "said once"


def two_gigabytes() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2_500_000_000,) * 2)


def test_a_grid_too_fine_for_the_memory_is_one_sentence_with_its_stage(place: Place) -> None:
    """127 million cells: the interpreter and its libraries fit, an array of all cells and its fellows do not."""
    good = last_published(place.home)
    words = [*command(place, place.out, 1.39), "--set", "area.grid_step_arcsec=3"]
    done = finished(words, before=two_gigabytes)
    assert done.returncode == 4, done.stderr
    told = done.stderr.strip().splitlines()[-1]
    assert told.startswith("error: the memory did not suffice in the stage `depth` (Unable to allocate")
    assert "area.grid_step_arcsec" in told
    assert "Traceback" not in done.stderr
    assert not place.faults()
    assert not place.leftovers()
    assert last_published(place.home).folder == good.folder  # type: ignore[union-attr]


def test_a_fault_of_the_program_keeps_its_traceback_whatever_it_says(place: Place) -> None:
    with (
        patch("transcaspian.runs.stages.route_systems.route_systems", side_effect=ZeroDivisionError("no cells")),
        pytest.raises(ZeroDivisionError, match="no cells"),
    ):
        place.run(1.4)
    assert not place.leftovers()


def command(place: Place, out: Path, weight: float) -> list[str]:
    return [
        sys.executable, "-m", "transcaspian", "run", str(place.study), "--direct", "--raw", str(RAW), "--out", str(out),
        "--system", "main", "--set", "area.grid_step_arcsec=300", "--set", "rules.landing_approach.max_km=40.0",
        "--set", f"criteria.depth.weight={weight}",
    ]  # fmt: skip


def finished(words: list[str], before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180, preexec_fn=before)


def test_a_full_disk_is_one_sentence_and_the_runs_before_stand(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "disk"
    out.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount"):
        without("root, who may mount a small disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "none", str(out)], check=False).returncode:
        without("the right to mount a small disk")
    try:
        there = Place(out, place.study)
        there.run(1.0)
        (out / "other.bin").write_bytes(bytes(shutil.disk_usage(out).free - 300_000))
        done = finished(command(place, out, 1.01))
        assert done.returncode == 2, done.stderr
        assert "space" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
        home = out / "trans-caspian"
        assert runs_in(home)
        assert all(not verify_run(run) for run in runs_in(home))
        assert not [path for path in home.iterdir() if path.name.startswith(".incomplete")]
        subprocess.run(["mount", "-o", "remount,ro", str(out)], check=True)
        refused = finished(command(place, out, 2.0))
        assert refused.returncode == 2
        assert "Read-only file system" in refused.stderr
        assert "Traceback" not in refused.stderr
        subprocess.run(["mount", "-o", "remount,rw,size=80m", str(out)], check=True)
        there.run(1.02)
        assert not there.leftovers()
    finally:
        subprocess.run(["umount", str(out)], check=True)


@pytest.mark.parametrize(
    ("call", "error", "says"), [("fsync", "EIO", "Input/output error"), ("rename", "ENOSPC", "No space left")]
)
def test_a_disk_that_fails_under_the_run_is_told(
    place: Place, tmp_path: Path, call: str, error: str, says: str
) -> None:
    strace = need("strace", "strace")
    out = tmp_path / "out"
    place_there = Place(out, place.study)
    place_there.run(1.0)
    good = last_published(place_there.home)
    inject = [
        strace,
        "-f",
        "-qq",
        "--seccomp-bpf",
        "-o",
        os.devnull,
        "-e",
        f"trace={call}",
        "-e",
        f"inject={call}:error={error}",
    ]
    done = finished([*inject, *command(place, out, 1.01)])
    if "PTRACE" in done.stderr:
        without("the right to trace a process")
    assert "Traceback" not in done.stderr, done.stderr
    assert not place_there.faults()
    assert done.returncode == 2
    assert says in done.stderr
    assert last_published(place_there.home).folder == good.folder  # type: ignore[union-attr]
    place_there.run(1.02)
    assert not place_there.leftovers()
