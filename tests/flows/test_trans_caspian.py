"""The flow through a real, ephemeral Prefect server, and its bytes beside those of a direct run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import StudyError
from pipeline.run import RunSettings, run_study
from tests.conftest import COARSE, RAW, STUDY, silent

pytestmark = [pytest.mark.prefect, pytest.mark.slow]


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=60):
        yield


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_flow_writes_the_same_bytes_as_a_direct_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.trans_caspian import run_as_flow

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    stages: list[str] = []

    def watch(stage: object, seconds: float | None, told: str) -> None:
        if seconds is not None:
            stages.append(stage.name)  # type: ignore[attr-defined]

    by_flow = run_as_flow(RunSettings(STUDY, tmp_path / "flow", ("main",), COARSE, RAW), watch)
    direct = run_study(RunSettings(STUDY, tmp_path / "direct", ("main",), COARSE, RAW), silent)
    assert stages == ["read", "depth", "cost", "routes", "waters", "engineering", "publish"]
    assert by_flow.folder.name == direct.folder.name
    assert digests(by_flow.folder) == digests(direct.folder)
    assert json.loads((by_flow.folder / "manifest.json").read_text())["run"]["id"] == by_flow.folder.name


def test_flow_runs_unattended_and_leaves_its_table_as_artifact(tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client

    from flows.trans_caspian import trans_caspian

    trans_caspian(study=STUDY, out=tmp_path, systems=["reserve-2023"], overrides=COARSE, raw=RAW)
    with get_client(sync_client=True) as client:
        tables = client.read_artifacts()
    assert any(item.key == "trans-caspian-systems" and "reserve-2023" in str(item.data) for item in tables)


def test_bad_input_passes_through_prefect_as_itself(tmp_path: Path) -> None:
    from flows.trans_caspian import run_as_flow

    with pytest.raises(StudyError, match="nosuch"):
        run_as_flow(RunSettings(STUDY, tmp_path, ("nosuch",), raw_dir=RAW), silent)
