"""The flow served by the command, each in a process of its own, with a schedule of a minute."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import RAW
from tests.faults.harness import small_study

BIN = Path(sys.executable).parent
PROBE = """
import os, sys
def told(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        host = args[0] if event == "socket.getaddrinfo" else args[1][0] if isinstance(args[1], tuple) else None
        host = host.decode() if isinstance(host, bytes) else host
        if host not in (None, "127.0.0.1", "::1", "localhost"):
            with open(os.environ["PROBE"], "a") as file:
                print(sys.argv, event, host, file=file)
            raise OSError(f"{host} is not this machine")
sys.addaudithook(told)
"""


def environment(**settings: str) -> dict[str, str]:
    """Of a newcomer: no setting of Prefect but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "DO_NOT_TRACK"))}
    return {**kept, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **settings}


def probed(place: Path, environment: dict[str, str]) -> dict[str, str]:
    """Every Python process notes in ``place/asked`` what it asks of another machine, and is refused it."""
    (place / "probe").mkdir()
    (place / "probe" / "sitecustomize.py").write_text(PROBE)
    paths = os.pathsep.join(filter(None, [str(place / "probe"), environment.get("PYTHONPATH")]))
    return {**environment, "PYTHONPATH": paths, "PROBE": str(place / "asked")}


def night_study(folder: Path) -> Path:
    """One system on a coarse grid, with nothing further asked: a night is a few seconds."""
    tables = re.split(r"(?m)^(?=\[)", small_study(folder).read_text(encoding="utf-8"))
    text = "".join(table for table in tables if not re.match(r'\[\[(published|systems)\]\]\nid = (?!"main"\n)', table))
    text = "\n".join(line for line in text.split("\n") if not line.startswith("coexists_with"))
    for old, new in (("grid_step_arcsec = 30.0", "grid_step_arcsec = 300.0"), ("max_km = 5.0", "max_km = 40.0")):
        assert old in text, f"the default study no longer has {old!r}"
        text = text.replace(old, new)
    path = folder / "night.toml"
    path.write_text(text, encoding="utf-8")
    return path


@dataclass
class Service:
    """``transcaspian serve`` in a folder that is not the checkout, and what it has told so far."""

    process: subprocess.Popen[bytes]
    log: Path
    out: Path
    secret: str

    def told(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def line(self, begins: str, timeout_s: float = 120) -> str:
        """The rest of a line, when it comes."""
        until = time.monotonic() + timeout_s
        while True:
            found = [line for line in self.told().splitlines() if line.startswith(begins)]
            if found:
                return found[0].removeprefix(begins)
            assert self.process.poll() is None, self.told()
            assert time.monotonic() < until, self.told()
            time.sleep(0.5)

    def ask(self, path: str, **question: Any) -> Any:
        """The answer of its server."""
        request = urllib.request.Request(
            f"{self.line('Prefect pages: ')}/api{path}", json.dumps(question).encode() if question else None
        )
        request.add_header("Content-Type", "application/json")
        request.add_header("Authorization", "Basic " + base64.b64encode(self.secret.encode()).decode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def nights(self, wanted: int, timeout_s: float = 240) -> list[dict[str, Any]]:
        """Runs that the schedule began and that are over, when there are so many."""
        until = time.monotonic() + timeout_s
        while True:
            runs = self.ask("/flow_runs/filter", deployments={"name": {"any_": ["served-nightly"]}})
            over = [run for run in runs if run["auto_scheduled"] and run["end_time"]]
            if len(over) >= wanted:
                return over
            assert self.process.poll() is None, self.told()
            assert time.monotonic() < until, self.told()
            time.sleep(1)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(90)


@contextmanager
def serving(place: Path, environment: dict[str, str]) -> Iterator[Service]:
    """A service with a schedule of a minute."""
    study = night_study(place)
    out = place / "out"
    command = [
        str(BIN / "transcaspian"), "serve", "--cron", "* * * * *", "--timezone", "UTC", "--study", study.name,
        "--out", "out", "--raw", str(RAW), "--keep-runs", "30",
    ]  # fmt: skip
    log = place / "serve.log"
    with (
        log.open("w") as told,
        subprocess.Popen(command, cwd=place, env=environment, stdout=told, stderr=told) as process,
    ):
        try:
            yield Service(process, log, out, environment.get("PREFECT_API_AUTH_STRING", ""))
        finally:
            process.kill()
