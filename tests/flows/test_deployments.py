"""The deployments, as a newcomer sets them up: a real server with a secret, a service and a worker, their nights."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import RAW, ROOT, TINY, options
from tests.faults.harness import Place, small_study
from tests.flows.served import BIN, Service, environment, probed, serving
from transcaspian.runs.archive.archived_runs import last_published, runs_in

pytestmark = [pytest.mark.prefect, pytest.mark.whole_run]

SECRET = "operator:not-a-real-secret"


@dataclass
class Installation:
    """A Prefect server of its own, and what a client needs to speak to it."""

    url: str
    environment: dict[str, str]
    place: Path
    server: subprocess.Popen[bytes] | None = None

    def prefect(self, *args: str, timeout_s: float = 120) -> str:
        done = subprocess.run(
            [str(BIN / "prefect"), "--no-prompt", *args], cwd=ROOT, env=self.environment, capture_output=True,
            text=True, timeout=timeout_s, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, path: str, question: dict[str, Any] | None = None) -> str:
        """The answer of the server to a client with the secret, also where it refuses."""
        body = None if question is None else json.dumps(question).encode()
        request = urllib.request.Request(f"{self.url}{path}", body, {"Content-Type": "application/json"})
        request.add_header("Authorization", "Basic " + base64.b64encode(SECRET.encode()).decode())
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as exc:
            return f"refused: {exc.read().decode()}"

    def get(self, path: str, secret: str = "") -> int:
        request = urllib.request.Request(f"{self.url}{path}")
        if secret:
            request.add_header("Authorization", "Basic " + base64.b64encode(secret.encode()).decode())
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as exc:
            return exc.code


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    place = tmp_path_factory.mktemp("prefect")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    settings = environment(
        PREFECT_HOME=str(place / "home"),
        PREFECT_API_URL=url,
        PREFECT_SERVER_API_AUTH_STRING=SECRET,
        PREFECT_API_AUTH_STRING=SECRET,
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        PREFECT_WORKER_QUERY_SECONDS="1",
        PREFECT_WORKER_PREFETCH_SECONDS="10",
        DO_NOT_TRACK="1",
        COLUMNS="250",
        PWD=str(ROOT),
    )
    found = Installation(url, settings, place)
    command = [str(BIN / "prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (place / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=place, env=settings, stdout=log, stderr=log, start_new_session=True)
    try:
        until = time.monotonic() + 90
        while True:
            try:
                if found.get("/health", SECRET) == 200:
                    break
            except OSError:
                pass
            assert time.monotonic() < until, (place / "server.log").read_text()
            time.sleep(0.3)
        found.server = server
        yield found
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


@pytest.fixture(scope="module")
def service(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """``transcaspian serve`` with a schedule of a minute."""
    place = tmp_path_factory.mktemp("service")
    with serving(place, probed(place, installation.environment)) as begun:
        yield begun


def test_a_deployed_night_of_a_worker_is_published(installation: Installation, tmp_path: Path) -> None:
    assert installation.get("/flows/count") in (401, 403, 405), "the server asks for the secret"
    installation.prefect("work-pool", "create", "--type", "process", "transcaspian")
    installation.prefect("deploy", "--all")
    known = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    listed = {one["name"]: one["id"] for one in json.loads(installation.ask("/deployments/filter", {}))}
    assert {deployment["name"] for deployment in known} <= set(listed)
    nightly = installation.ask("/deployments/name/trans-caspian/nightly")
    assert "CANCEL_NEW" not in nightly, "a slot that outlives a killed run would cancel the nights after it"
    assert "Asia/Baku" in nightly
    for bad in ({"keep_runs": -1}, {"systems": ["Main"]}, {"overrides": {"criteria..weight": 2.0}}):
        refused = installation.ask(f"/deployments/{listed['manual']}/create_flow_run", {"parameters": bad})
        assert refused.startswith("refused: "), refused
        assert "does not" in refused or "is less than" in refused, refused
    with (tmp_path / "worker.log").open("w") as log:
        worker = subprocess.Popen(
            [str(BIN / "prefect"), "worker", "start", "--pool", "transcaspian", "--type", "process"],
            cwd=tmp_path, env=installation.environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        parameters = {
            "out": str(tmp_path / "out"),
            "systems": ["main"],
            "overrides": TINY,
            "raw": str(RAW),
            "publish": True,
        }
        told = installation.prefect(
            "deployment", "run", "trans-caspian/nightly", "--params", json.dumps(parameters), "--watch",
            "--watch-interval", "1", "--watch-timeout", "150", timeout_s=180,
        )  # fmt: skip
        refreshed = installation.prefect(
            "deployment", "run", "source-refresh/source-refresh", "--watch", "--watch-interval", "1",
            "--watch-timeout", "150", timeout_s=180,
        )  # fmt: skip
    finally:
        os.killpg(worker.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            worker.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    assert "Completed" in told, told + (tmp_path / "worker.log").read_text()
    assert "Completed" in refreshed, refreshed
    home = tmp_path / "out" / "trans-caspian"
    run = json.loads((home / "latest.json").read_text())["run"]
    assert (home / run / "report.html").is_file()
    assert run in (tmp_path / "worker.log").read_text(), "the log names the run"
    artifacts = {one["key"] for one in json.loads(installation.ask("/artifacts/filter", {}))}
    for key in ("trans-caspian-summary", "trans-caspian-systems", "trans-caspian-map", "trans-caspian-progress"):
        assert key in artifacts


@pytest.mark.slow
def test_served_nights_complete(installation: Installation, service: Service) -> None:
    """By the schedule, in processes of their own, from a folder that is not the checkout; then the service is ended."""
    for night in service.nights(2):
        assert night["state_type"] == "COMPLETED", service.told()
    assert "nothing changed: it stands" in service.told(), "the second night finds what the first one kept"
    by_hand = installation.prefect(
        "deployment", "run", "trans-caspian/served-nightly", "--watch", "--param", 'since="cost"'
    )
    assert "Completed" in by_hand
    assert len(runs_in(service.out / "trans-caspian")) == 2
    assert service.end() == 0, service.told()
    assert not service.ask("/deployments/name/trans-caspian/served-nightly")["paused"], (
        "what is due meanwhile runs late"
    )
    assert not (service.log.parent / "asked").exists(), (service.log.parent / "asked").read_text()


@pytest.mark.slow
def test_a_server_that_dies_under_a_run_does_not_end_it(installation: Installation, tmp_path: Path) -> None:
    """It is killed in the middle of the last stage; the run is published all the same. The next finds no server."""
    place = Place(tmp_path / "out", small_study(tmp_path))
    place.run(1.0)
    before = last_published(place.home)
    settings = {**TINY, "criteria.depth.weight": 1.01}
    words = [
        sys.executable, "-m", "transcaspian.orchestration.command", "run", str(place.study), "--raw", str(RAW),
        "--out", str(place.out), "--system", "main", "--publish", "--json-log",
        *options(settings),
    ]  # fmt: skip
    settings_of_clients = {**installation.environment, "PREFECT_CLIENT_MAX_RETRIES": "1"}
    with subprocess.Popen(
        words, cwd=ROOT, env=settings_of_clients, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        told = []
        for line in run.stdout:
            told.append(json.loads(line))
            if (told[-1]["event"], told[-1].get("stage")) == ("stage begins", "write"):
                assert installation.server is not None
                os.killpg(installation.server.pid, signal.SIGKILL)
        errors = run.stderr.read()
    assert run.returncode == 0, errors
    assert "Traceback" not in errors
    assert any("Prefect's server was lost during the run" in one.get("note", "") for one in told)
    assert not place.faults()
    good = last_published(place.home)
    assert good.folder.name == told[-1]["run"] != before.folder.name  # type: ignore[union-attr]
    later = subprocess.run(
        [*words, "--from", "write"],
        cwd=ROOT,
        env=settings_of_clients,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert later.returncode == 2, later.stderr
    assert "error: no Prefect server answers at " in later.stderr
    assert "unset it for a server of its own" in later.stderr
    assert "Traceback" not in later.stderr
    assert place.run(1.02).folder != good.folder  # type: ignore[union-attr]
    assert not place.leftovers()
