"""A server and what runs its nights, each a process that can be killed and started again, as on a real machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tests.conftest import RAW, ROOT, TINY
from tests.faults.harness import small_study
from tests.flows.served import BIN, environment
from transcaspian.runs.archive.live import RUNNING, at_work

DEPLOYMENTS = {"serve": "served-nightly", "worker": "nightly"}


class House:
    """A real server, and a service or a worker, in folders of their own.

    Parameters
    ----------
    kind
        Who runs the nights: ``serve`` or ``worker``.
    """

    def __init__(self, place: Path, kind: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.place, self.kind = place, kind
        self.out = place / "out"
        self.home = self.out / "trans-caspian"
        self.study = small_study(place)
        self.api = f"http://127.0.0.1:{self.port}/api"
        self.environment = environment(
            PREFECT_HOME=str(place / "home"), PREFECT_API_URL=self.api, PYTHONPATH=str(ROOT), PWD=str(ROOT),
            PREFECT_RUNNER_POLL_FREQUENCY="2", PREFECT_WORKER_QUERY_SECONDS="2", PREFECT_SERVER_ANALYTICS_ENABLED="0",
        )  # fmt: skip
        self.server: subprocess.Popen[bytes]
        self.keeper: subprocess.Popen[bytes]

    def begin(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """Start a process in a session of its own; its log is ``<name>.log``."""
        with (self.place / f"{name}.log").open("a") as log:
            return subprocess.Popen(
                [str(BIN / words[0]), *words[1:]], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def start_server(self) -> None:
        self.server = self.begin(
            "server", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)
        )
        until(self.answers, 240, "the server answers")

    def start_keeper(self) -> None:
        if self.kind == "serve":
            words = ["transcaspian", "serve", "--study", str(self.study), "--out", str(self.out), "--raw", str(RAW)]
        else:
            words = ["prefect", "worker", "start", "--pool", "transcaspian", "--type", "process", "--limit", "1"]
        self.keeper = self.begin(self.kind, *words)

    def set_up(self) -> None:
        """As a newcomer does."""
        self.start_server()
        if self.kind == "worker":
            for words in (
                ["work-pool", "create", "--type", "process", "transcaspian"],
                ["deploy", "--name", "nightly"],
            ):
                assert self.begin("set-up", "prefect", "--no-prompt", *words).wait(240) == 0
        self.start_keeper()
        until(lambda: bool(self.deployment()), 240, "the flow is deployed")

    def ask(self, path: str, **question: Any) -> Any:
        """The answer of the server; one that is busy (503) is asked again, as Prefect's client does."""
        for _ in range(10):
            try:
                return self.ask_once(path, question)
            except HTTPError as exc:
                if exc.code != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise
                time.sleep(2.0)
        return self.ask_once(path, question)

    def ask_once(self, path: str, question: dict[str, Any]) -> Any:
        request = Request(self.api + path, json.dumps(question).encode() if question else None)
        request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def answers(self) -> bool:
        try:
            return self.ask("/health") is True
        except (OSError, URLError):
            return False

    def deployment(self) -> str:
        try:
            return str(self.ask(f"/deployments/name/trans-caspian/{DEPLOYMENTS[self.kind]}")["id"])
        except (HTTPError, URLError):
            return ""

    def night(self, number: int, in_s: float = 0.0) -> str:
        """A night that is due in so many seconds, and differs from all others; its id."""
        due = datetime.now(UTC) + timedelta(seconds=in_s)
        parameters = {
            "study": str(self.study), "out": str(self.out), "raw": str(RAW), "systems": ["main"], "publish": True,
            "overrides": {**TINY, "criteria.depth.weight": weight(number)},
        }  # fmt: skip
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": due.isoformat()}}
        made = self.ask(
            f"/deployments/{self.deployment()}/create_flow_run", parameters=parameters, state=state,
            idempotency_key=f"night {number}",
        )  # fmt: skip
        return str(made["id"])

    def state(self, night: str) -> str:
        try:
            return str(self.ask(f"/flow_runs/{night}")["state_type"])
        except (OSError, URLError):
            return "UNKNOWN"

    def stage(self) -> str:
        """The stage that the run at work is in; empty where none is at work."""
        return str(self.said().get("stage") or "read") if at_work(self.home) else ""

    def said(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.home / RUNNING).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def run_process(self) -> int:
        return int(self.said()["process"])

    def nights_done(self) -> set[int]:
        """Numbers of the nights that were published."""
        done = set()
        for path in self.home.glob("*/manifest.json"):
            criteria = json.loads(path.read_text(encoding="utf-8"))["study"]["document"]["criteria"]
            done.add(round((criteria["depth"]["weight"] - 1.0) * 10_000))
        return done

    def kill_all(self) -> None:
        for process in (getattr(self, "keeper", None), getattr(self, "server", None)):
            if process is not None:
                kill_family(process)


def weight(number: int) -> float:
    """The weight of depth in a night: each is a run of its own."""
    return round(1.0 + number / 10_000, 4)


def until(is_so: Callable[[], Any], timeout_s: float, told: str) -> None:
    """Wait for it."""
    ends = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > ends:
            raise AssertionError(f"not within {timeout_s:g} s: {told}")
        time.sleep(0.2)


def kill_family(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that this test began, and all that descend from it, as systemd kills a unit."""
    for pid in [process.pid, *descendants(process.pid)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait(30)


def descendants(parent: int) -> list[int]:
    """Numbers of all processes below one, whatever their sessions."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    found, newest = [], [parent]
    while newest:
        newest = [pid for pid, above in parents.items() if above in newest]
        found += newest
    return found
