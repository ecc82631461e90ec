"""The flow through a real, ephemeral Prefect server, and its bytes beside those of a direct run."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.conftest import RAW, STUDY, TINY, silent
from tests.integration.test_fetch import Server, linked, send
from transcaspian.core.errors import OrchestratorError, SourceError, StudyError
from transcaspian.export import FORMATS
from transcaspian.runs.engine import OPTIONAL, RENAMED, STAGES, RunResult, RunSettings, run_study
from transcaspian.sources.editions import entries_in
from transcaspian.study import load_study

pytestmark = [pytest.mark.prefect, pytest.mark.whole_run]


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Iterator[None]:
    from prefect.events.worker import EventsWorker
    from prefect.testing.utilities import prefect_test_harness

    EventsWorker.drain_all()  # one that flows of other tests began goes on telling their server, which is gone
    with prefect_test_harness(server_startup_timeout=60):
        yield


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.usefixtures("without_pictures")
def test_flow_writes_the_same_bytes_as_a_direct_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.trans_caspian import trans_caspian
    from transcaspian.orchestration.flow_runs import run_as_flow

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    stages: list[str] = []

    def watch(stage: object, seconds: float | None, told: str) -> None:
        if seconds is not None:
            stages.append(stage.name)  # type: ignore[attr-defined]

    by_flow = run_as_flow(trans_caspian, RunSettings(STUDY, tmp_path / "flow", ("main",), TINY, RAW), watch)
    direct = run_study(RunSettings(STUDY, tmp_path / "direct", ("main",), TINY, RAW), silent)
    asked = load_study(STUDY)
    assert sorted(stages) == sorted(
        stage.name for stage in STAGES if stage not in OPTIONAL or getattr(asked, stage.name)
    )
    assert by_flow.folder.name == direct.folder.name
    assert digests(by_flow.folder) == digests(direct.folder)
    assert json.loads((by_flow.folder / "manifest.json").read_text())["run"]["id"] == by_flow.folder.name


@pytest.mark.usefixtures("without_pictures")
def test_flow_runs_unattended_and_leaves_its_table_as_artifact(tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client

    from flows.trans_caspian import trans_caspian

    trans_caspian(study=STUDY, out=tmp_path, systems=["reserve-2023"], overrides=TINY, raw=RAW)
    with get_client(sync_client=True) as client:
        tables = client.read_artifacts()
    assert any(item.key == "trans-caspian-systems" and "reserve-2023" in str(item.data) for item in tables)


def test_bad_input_passes_through_prefect_as_itself(tmp_path: Path) -> None:
    from flows.trans_caspian import trans_caspian
    from transcaspian.orchestration.flow_runs import run_as_flow

    with pytest.raises(StudyError, match="nosuch"):
        run_as_flow(trans_caspian, RunSettings(STUDY, tmp_path, ("nosuch",), raw_dir=RAW), silent)


def fitting(value: Any, name: str) -> bool:
    """Whether the form of a deployment lets a value in."""
    from flows.trans_caspian import trans_caspian

    schema = trans_caspian.to_deployment("manual")._parameter_openapi_schema.model_dump()
    return Draft202012Validator(schema["properties"][name]).is_valid(value)


def test_the_form_of_a_deployment_explains_every_parameter() -> None:
    from flows.trans_caspian import trans_caspian

    schema = trans_caspian.to_deployment("manual")._parameter_openapi_schema
    assert list(schema.properties) == [
        "study", "out", "systems", "overrides", "raw", "criteria_rasters", "formats", "since", "reuse", "keep_runs",
        "publish", "fetch", "dask",
    ]  # fmt: skip
    for name, shown in schema.properties.items():
        assert len(shown["description"]) > 20, name
        for example in shown.get("examples", ()):
            assert fitting(example, name), (name, example)
        assert fitting(shown["default"], name)
    assert schema.properties["since"]["enum"] == [*(stage.name for stage in STAGES), *RENAMED, None]
    assert schema.properties["formats"]["items"]["enum"] == list(FORMATS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("study", ""), ("study", 3), ("out", ""), ("systems", ["Main"]), ("systems", "main"),
        ("systems", ["main", "main"]), ("systems", [""]), ("overrides", {"criteria..weight": 1}),
        ("overrides", {"": 1}), ("overrides", ["a=1"]),
        ("overrides", {"criteria.slope.weight": None}), ("criteria_rasters", "yes"), ("formats", ["shapefile"]),
        ("since", "cable"), ("keep_runs", -1), ("keep_runs", 1.5), ("fetch", "on"),
        ("dask", "somewhere"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_parameter_is_refused_by_the_form(name: str, value: Any) -> None:
    assert not fitting(value, name)


def test_a_source_that_fails_hides_no_other_one(tmp_path: Path, study_file: Callable[..., Path]) -> None:
    from prefect.client.orchestration import get_client

    from flows.source_refresh import source_refresh

    server = Server()

    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        send(handler, (RAW / "gcmt_caspian.csv").read_bytes()) if "quakes" in handler.path else send(handler, b"", 404)

    server.answer = answer
    url = f"http://127.0.0.1:{server.port}"
    credit = 'citation = "NOAA", licence = "public domain"'
    study = study_file(
        ('seabed = { registry = "etopo1-caspian" }', f'seabed = {{ url = "{url}/sea.tif", {credit} }}'),
        ('earthquakes = { registry = "gcmt-caspian" }', f'earthquakes = {{ url = "{url}/quakes.csv", {credit} }}'),
    )
    raw = linked(tmp_path / "raw")
    try:
        with pytest.raises(SourceError, match=r"sources\.seabed: .*404.*there is no copy") as failed:
            source_refresh(study=study, raw=raw)
    finally:
        server.close()
    assert "earthquakes" not in str(failed.value)
    assert [entry.file for entry in entries_in(raw).values() if entry] == ["quakes.csv"]
    with get_client(sync_client=True) as client:
        (table,) = [item for item in client.read_artifacts() if item.key == "source-refresh"]
        names: dict[str, Any] = {}
        for _ in range(100):  # the server hears of tasks by events, some time after them
            names |= {run.name: run.state_type for run in client.read_task_runs()}
            if names.get("fetch seabed") == "FAILED" and names.get("fetch earthquakes") == "COMPLETED":
                break
            time.sleep(0.2)
    assert {row["source"]: row["state"] for row in json.loads(str(table.data))} == {
        "seabed": "failed",
        "earthquakes": "fetched",
    }
    assert names["fetch seabed"] == "FAILED"
    assert names["fetch earthquakes"] == "COMPLETED"


def test_a_server_that_is_lost_is_asked_once_and_ends_no_run(default_run: RunResult) -> None:
    from prefect import artifacts

    from flows.trans_caspian import trans_caspian
    from transcaspian.orchestration import flow_runs

    gone = httpx.ConnectError("[Errno 111] Connection refused")
    with (
        patch.object(flow_runs, "run_study", return_value=default_run),
        patch.object(artifacts, "create_table_artifact", side_effect=gone) as table,
        patch.object(artifacts, "create_markdown_artifact") as page,
    ):
        assert trans_caspian(study=STUDY) == default_run
    table.assert_called_once()
    page.assert_not_called()


def test_a_fault_that_the_server_could_not_be_told_is_told_as_itself() -> None:
    from transcaspian.orchestration.flow_runs import without_server

    lost = httpx.ConnectError("refused")
    lost.__context__ = StudyError("there is no system `x`")
    with pytest.raises(StudyError, match="there is no system `x`"):
        without_server(lost, [])
    with pytest.raises(OrchestratorError, match=r"cannot be reached \(refused\)"):
        without_server(httpx.ConnectError("refused"), [])
