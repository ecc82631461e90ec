"""What is killed and started again: a run leaves no server behind, a service outlives its server, and health tells."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import RAW, ROOT, TINY, options
from tests.faults.harness import Place, small_study
from tests.flows.served import BIN, environment
from tests.soak.house import House, descendants, kill_family, until
from transcaspian.runs.archive.live import at_work

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.whole_run,
    pytest.mark.skipif(os.name == "nt", reason="no signals there"),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server and a service, which runs nights when they are asked for."""
    found = House(tmp_path_factory.mktemp("house"), "serve")
    found.environment |= {"PREFECT_CLIENT_MAX_RETRIES": "0"}  # a server that is away is lost in seconds, not minutes
    try:
        found.set_up()
        yield found
    finally:
        found.kill_all()


def test_a_run_that_is_killed_leaves_no_server_behind(tmp_path: Path) -> None:
    place = Place(tmp_path / "out", small_study(tmp_path))
    words = [
        str(BIN / "transcaspian"), "run", str(place.study), "--raw", str(RAW), "--out", str(place.out),
        *options(TINY),
    ]  # fmt: skip
    settings = environment(PREFECT_HOME=str(tmp_path / "home"), PYTHONPATH=str(ROOT))
    with subprocess.Popen(words, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        until(lambda: at_work(place.home) or run.poll() is not None, 240, "the run is at work")
        below = descendants(run.pid)
        assert below, "it has a server of its own"
        run.send_signal(signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), 15, f"{below} ended")


def told_by_health(house: House) -> tuple[int, list[str]]:
    """What health says of the nights; whether that is well."""
    words = [str(BIN / "transcaspian"), "health", "--out", str(house.out), "--raw", str(RAW), "--json"]
    done = subprocess.run(words, cwd=ROOT, env=house.environment, capture_output=True, text=True, check=False)
    findings = [item for item in json.loads(done.stdout)["findings"] if item["name"] == "nights"]
    assert done.returncode == 1 or all(item["is_well"] for item in findings)
    return sum(not item["is_well"] for item in findings), [item["told"] for item in findings]


@pytest.mark.slow
def test_a_service_outlives_its_server_and_runs_the_night_that_was_due(house: House) -> None:
    assert told_by_health(house) == (0, [f"none is late, stuck or failed (served-nightly at {house.api})"])
    night = house.night(1, in_s=3.0)
    kill_family(house.server)
    log = house.place / "serve.log"
    until(lambda: "is lost: nothing is begun until one answers" in log.read_text(), 120, "it is told")
    (bad, [told]) = told_by_health(house)
    assert bad == 1
    assert told.startswith(f"no Prefect server answers at {house.api}")
    house.start_server()
    until(lambda: house.state(night) == "COMPLETED", 240, "the night is run")
    assert house.nights_done() == {1}
    assert house.keeper.poll() is None


@pytest.mark.slow
def test_health_tells_nights_that_are_late_or_failed(house: House) -> None:
    kill_family(house.keeper)
    house.night(2, in_s=-3600.0)
    bad, told = told_by_health(house)
    assert bad == 1
    assert "is late: it was to begin at" in told[0]
    house.start_keeper()
    until(house.stage, 240, "the late night is at work")
    os.kill(house.run_process(), signal.SIGKILL)
    until(lambda: not house.stage() and told_by_health(house)[0], 120, "it is told that it ended")
    bad, told = told_by_health(house)
    assert bad == 1
    assert "of served-nightly Crashed at" in told[0]
    night = house.night(3)
    until(lambda: house.state(night) == "COMPLETED", 240, "the next night is run")
    assert told_by_health(house)[0] == 0
