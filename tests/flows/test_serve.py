"""Nights that are served really run: without any other server, from wherever Prefect loads the flow, and in quiet."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from tests.conftest import ROOT
from tests.flows.served import BIN, Service, environment, night_study, probed, serving
from transcaspian import cli
from transcaspian.core.errors import OrchestratorError, TranscaspianError
from transcaspian.orchestration.command import Prefect

pytestmark = [pytest.mark.prefect, pytest.mark.whole_run]

FLOWS = [f"flows.{path.stem}" for path in sorted((ROOT / "flows").glob("*.py")) if "@flow(" in path.read_text()]
RESOLVE = """
import json, sys
from base64 import b64decode
import cloudpickle
from prefect.flows import load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema
for line in sys.stdin:
    pickled, given, *entrypoints = json.loads(line)
    flows = [cloudpickle.loads(b64decode(pickled))]
    flows += [load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False) for entrypoint in entrypoints]
    for flow in flows:
        print(json.dumps([parameter_schema(flow.fn).model_dump(), flow.validate_parameters(given)], default=str))
"""


@pytest.fixture(scope="module", autouse=True)
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service without a server, from the beginning of the module on: other tests go on in its first minute."""
    place = tmp_path_factory.mktemp("alone")
    with serving(place, probed(place, environment(PREFECT_HOME=str(place / "home")))) as service:
        yield service


def test_flows_are_the_same_pickled_and_loaded_in_another_process(tmp_path: Path) -> None:
    """As `serve`, workers, bundles and clusters hand them on: every annotation resolves there too."""
    import cloudpickle
    from prefect import Flow
    from prefect.utilities.callables import parameter_schema

    lines, wanted = [], []
    for module in FLOWS:
        (found,) = (item for item in vars(import_module(module)).values() if isinstance(item, Flow))
        given = {"batch": "b.toml"} if "batch" in found.parameters.properties else {"study": "s.toml"}
        name = found.fn.__name__
        entrypoints = [f"{module}.{name}", f"{ROOT / module.replace('.', '/')}.py:{name}"]
        lines.append(json.dumps([b64encode(cloudpickle.dumps(found)).decode(), given, *entrypoints]))
        wanted += 3 * [[parameter_schema(found.fn).model_dump(), found.validate_parameters(given)]]
        assert set(wanted[-1][1]) == set(found.parameters.properties), "defaults too"
    assert len(lines) == 3
    done = subprocess.run(
        [sys.executable, "-c", RESOLVE], input="\n".join(lines), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == json.loads(json.dumps(wanted, default=str))


def test_a_server_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    url = "http://127.0.0.1:9/api"
    done = subprocess.run(
        [str(BIN / "transcaspian"), "serve"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=environment(PREFECT_HOME=str(tmp_path), PREFECT_API_URL=url), timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(
        f"error: no Prefect server answers at {url} ([Errno 111] Connection refused): start it"
    )


def test_what_is_no_prefect_server_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from transcaspian.orchestration import serve

    monkeypatch.setattr(serve, "ANSWER_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as deaf, HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        Thread(target=other.serve_forever, args=(0.02,), daemon=True).start()
        for port, why in ((deaf.getsockname()[1], "timed out"), (other.server_port, "501 Not Implemented")):
            url = f"http://127.0.0.1:{port}/api"
            with temporary_settings({PREFECT_API_URL: url}), pytest.raises(OrchestratorError, match=why) as told:
                serve.check_server(url)
            assert str(told.value).startswith(f"no Prefect server answers at {url} (")
        other.shutdown()


def test_a_port_that_another_program_has_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from transcaspian.orchestration.own_server import own_server

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PREFECT_SERVER_API_PORT", str(port))
        with (
            pytest.raises(OrchestratorError, match=r"did not start \(exit code 1\), for the reason above"),
            own_server(),
        ):
            pass
    assert capfd.readouterr().err == f"Prefect server: port {port} of 127.0.0.1: Address already in use\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--cron", "61 * * * *"], "--cron '61 * * * *' names no time that comes: expected five fields"),
        (["--cron", "0 0 30 2 *"], "--cron '0 0 30 2 *' names no time"),
        (["--cron", "* * * * * *"], "--cron '* * * * * *' names no time"),
        (["--cron", "@daily"], "--cron '@daily' names no time"),
        (["--timezone", "Nowhere/City"], "--timezone 'Nowhere/City': expected a name such as Asia/Baku"),
        (["--timezone", "../x"], "--timezone '../x': expected"),
        (["--timezone", "Asia"], "--timezone 'Asia': expected"),
        (["--timezone", ""], "--timezone '': expected"),
        (["--study", "nosuch.toml"], "nosuch.toml"),
    ],
)
def test_what_cannot_be_served_is_told_before_anything_begins(options: list[str], says: str) -> None:
    with pytest.raises(TranscaspianError) as told:
        CliRunner().invoke(cli.command, ["serve", *options], obj=Prefect(), catch_exceptions=False)
    assert says in str(told.value)
    assert told.value.exit_code == 2


@pytest.mark.parametrize("telling", [False, True])
def test_nothing_is_reported_unless_a_person_turns_it_on(telling: bool, tmp_path: Path) -> None:
    """Prefect reports from terminals alone."""
    wanted = {"DO_NOT_TRACK": "0", "PREFECT_SERVER_ANALYTICS_ENABLED": "true"} if telling else {}
    settings = probed(tmp_path, environment(PREFECT_HOME=str(tmp_path / "home"), **wanted))
    settings = {name: value for name, value in settings.items() if name not in ("CI", "GITHUB_ACTIONS")}
    ours, terminal = pty.openpty()
    command = [str(BIN / "transcaspian"), "serve", "--cron", "61 * * * *"]
    done = subprocess.run(command, cwd=tmp_path, env=settings, stdout=terminal, stderr=terminal, check=False)
    os.close(terminal)
    os.close(ours)
    assert done.returncode == 2
    assert (tmp_path / "asked").is_file() == telling


def test_a_script_runs_the_default_study_of_its_checkout_from_any_folder(alone: Service, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "flows", checkout / "flows")
    (checkout / "pipeline").symlink_to(ROOT / "pipeline")
    (checkout / "data").mkdir()
    (checkout / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    (checkout / "studies").mkdir()
    night_study(checkout / "studies").rename(checkout / "studies" / "trans_caspian.toml")
    (tmp_path / "elsewhere").mkdir()
    settings = environment(
        PREFECT_HOME=str(tmp_path / "home"), PREFECT_API_URL=f"{alone.line('Prefect pages: ')}/api", PYTHONPATH=""
    )

    def script(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(checkout / "flows" / words[0]), *words[1:]], cwd=tmp_path / "elsewhere", env=settings,
            capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip

    done = script("trans_caspian.py")
    assert done.returncode == 0, done.stderr
    assert (checkout / "data" / "processed" / "trans-caspian" / "latest" / "manifest.json").is_file()
    assert list((tmp_path / "elsewhere").iterdir()) == []
    usage = script("batch.py")
    assert usage.returncode == 2
    assert usage.stderr.startswith(f"error: expected `python {checkout / 'flows' / 'batch.py'} BATCH.toml`, got []")


def test_a_night_runs_without_any_other_server(alone: Service, tmp_path: Path) -> None:
    """It ends well, in a process of its own, from a folder that is not the checkout; then the service is ended."""
    (night, *_) = alone.nights(1)
    assert night["state_type"] == "COMPLETED", alone.told()
    assert night["parameters"]["out"] == str(alone.out), "a path counts from where the service was started"
    run = json.loads((alone.out / "trans-caspian" / "latest.json").read_text())["run"]
    assert (alone.out / "trans-caspian" / run / "report.html").is_file()
    pages = alone.line("Prefect pages: ")
    with urlopen(pages, timeout=20) as answer:
        assert b"<title>Prefect" in answer.read()
    assert alone.end() == 0, alone.told()
    with pytest.raises(URLError):
        urlopen(pages, timeout=5)
    assert not (alone.log.parent / "asked").exists(), (alone.log.parent / "asked").read_text()


def test_a_server_of_its_own_does_not_outlive_a_service_that_is_killed(alone: Service, tmp_path: Path) -> None:
    code = (
        "from transcaspian.orchestration.own_server import own_server\n"
        "with own_server() as address: print(address, flush=True); input()"
    )
    home = str(alone.log.parent / "home")
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(PREFECT_HOME=home), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    ) as service:  # fmt: skip
        assert service.stdout is not None
        address = service.stdout.readline().strip()
        with urlopen(f"{address}/api/health", timeout=20) as answer:
            assert answer.status == 200
        service.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            urlopen(f"{address}/api/health", timeout=5)
        except URLError:
            return
        time.sleep(0.2)
    pytest.fail("it still answers")
