"""Ctrl-C at any moment: exit code 130, one line, nothing half-made."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import COARSE, RAW, ROOT, STUDY, TINY, options
from tests.faults.harness import Place, small_study
from transcaspian import cli
from transcaspian.analyses.batch import member
from transcaspian.core import interrupt

pytestmark = [pytest.mark.whole_run, pytest.mark.skipif(os.name == "nt", reason="no signals there")]

LINE = f"{interrupt.TOLD}\n"
AT_IMPORT = """
import signal, sys
from contextlib import suppress

module, *words = sys.argv[1:]

class AtImport:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            {interrupt}

sys.meta_path.insert(0, AtImport())
{imports}
sys.argv[1:] = ["check", *words]
{call}
"""
INTERRUPTS = {
    "raised": "signal.raise_signal(signal.SIGINT)",
    "swallowed": "with suppress(KeyboardInterrupt): signal.raise_signal(signal.SIGINT)",
}
ENTRIES = {
    "transcaspian": ("from transcaspian.orchestration.command import main", "main()"),
    "python -m transcaspian": ("import runpy", "runpy.run_module('transcaspian', run_name='__main__')"),
}


def hears(number: int) -> Callable[[], object]:
    """A child must not inherit from a shell that it is to ignore the signal."""
    return partial(signal.signal, signal.SIGINT, number)


@pytest.mark.parametrize(
    ("entry", "module", "how"),
    [
        ("transcaspian", "click", "raised"),
        ("transcaspian", "numpy", "raised"),
        ("transcaspian", "transcaspian.runs.stages.read_inputs", "raised"),
        ("transcaspian", "click", "swallowed"),
        ("transcaspian", "shapely", "swallowed"),
        ("python -m transcaspian", "transcaspian.cli.study_command", "raised"),
    ],
)
def test_while_modules_are_loaded(entry: str, module: str, how: str) -> None:
    """Also where a library swallows it, as some do while they are imported."""
    imports, call = ENTRIES[entry]
    code = AT_IMPORT.format(interrupt=INTERRUPTS[how], imports=imports, call=call)
    done = subprocess.run(
        [sys.executable, "-c", code, module, str(STUDY)], cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=120, preexec_fn=hears(signal.SIG_DFL),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, LINE)
    assert "the study can be run" not in done.stdout


def test_in_the_background_of_a_shell_it_stays_ignored() -> None:
    code = AT_IMPORT.format(interrupt=INTERRUPTS["raised"], imports=ENTRIES["transcaspian"][0], call="main()")
    done = subprocess.run(
        [sys.executable, "-c", code, "shapely", str(STUDY), *options(COARSE)], cwd=ROOT, capture_output=True,
        text=True, check=False, timeout=120, preexec_fn=hears(signal.SIG_IGN),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "the study can be run" in done.stdout


def test_where_the_lock_of_imports_stays_taken() -> None:
    """An interrupt in the machinery of imports leaves it so, and then a thread that imports waits for good."""
    code = """if True:
        import _imp, os, signal, threading
        from transcaspian.core.interrupt import interruptible
        def leave():
            _imp.acquire_lock()
            threading.Thread(target=__import__, args=("wave",)).start()
            os.kill(os.getpid(), signal.SIGINT)
        interruptible(leave)
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60,
        preexec_fn=hears(signal.SIG_DFL),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, LINE)


def test_where_python_executes_source_the_exit_code_is_the_same(tmp_path: Path) -> None:
    """As a dataclass is made: CPython would end such a module by the signal, whatever was caught."""
    wait = "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(20)"
    (tmp_path / "made.py").write_text(
        f"from transcaspian.core.interrupt import interruptible\ninterruptible(lambda: exec({wait!r}))\n"
    )
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "made"], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": paths}, preexec_fn=hears(signal.SIG_DFL),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, LINE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("interrupted")
    place = Place(folder / "out", small_study(folder))
    place.run(1.0)
    return place


def press(process: subprocess.Popen[str], times: int) -> None:
    """Ctrl-C at a terminal: for all processes of the group, and more than once by a user who waits."""
    for _ in range(times):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("module", "stage", "times"),
    [
        ("transcaspian", "cost", 1),
        ("transcaspian", "waters", 1),
        ("transcaspian", "write", 30),
        pytest.param("transcaspian.orchestration.command", "routes", 3, marks=pytest.mark.prefect),
    ],
)
def test_a_run_in_any_stage(place: Place, tmp_path: Path, module: str, stage: str, times: int) -> None:
    """Direct, and through a Prefect server of its own, which ends with it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"PREFECT_HOME": str(tmp_path / "prefect"), "PREFECT_SERVER_API_PORT": str(port)}
    settings = {**TINY, "criteria.depth.weight": 1.01}
    words = [
        sys.executable, "-m", module, "run", str(place.study), "--raw", str(RAW), "--out", str(place.out), "--json-log",
        "--system", "main", "--publish", "--from", stage, *options(settings),
    ]  # fmt: skip
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, preexec_fn=hears(signal.SIG_DFL),
    ) as run:  # fmt: skip
        assert run.stdout is not None
        assert run.stderr is not None
        for line in run.stdout:
            told = json.loads(line)
            if (told["event"], told.get("stage")) == ("stage begins", stage):
                press(run, times)
        errors = run.stderr.read()
    assert (run.returncode, errors) == (130, LINE)
    assert not place.faults()
    assert not place.leftovers()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)), "the server is still there"


def test_members_of_a_batch_that_were_not_begun_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "_came", True)
    with pytest.raises(KeyboardInterrupt):
        member.RouteMembers.row(object(), object())  # type: ignore[arg-type]


def test_a_command_that_is_called_by_a_program_has_the_same_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("transcaspian.cli.reference_command.dictionary.callback", stop)
    assert CliRunner().invoke(cli.command, ["dictionary"]).exit_code == 130
