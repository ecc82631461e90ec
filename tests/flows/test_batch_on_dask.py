"""A batch on a real Dask cluster: the bytes of one on threads, and a worker that dies loses no member."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from distributed import LocalCluster

from tests.conftest import RAW, STUDY, TINY, silent
from tests.unit.test_robustness import QUICK, RULES
from transcaspian.analyses.batch.compute import BatchSettings, run_batch
from transcaspian.core.errors import StudyError
from transcaspian.core.spread import Lost, on_threads
from transcaspian.orchestration.command import Prefect
from transcaspian.runs.engine import RunSettings, run_study

pytestmark = [pytest.mark.prefect, pytest.mark.whole_run]

BATCH = f"""
[batch]
id = "tried"
title = "A batch of the tests"
study = "{STUDY}"
[pairs]
systems = ["main", "main-2023", "reserve-2023"]
[[sweeps]]
key = "criteria.slope.weight"
values = [0.5, 1.0, 2.0, 4.0]
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as found:
        yield found


def test_a_cluster_gives_the_bytes_of_threads_even_when_a_worker_dies(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    path = tmp_path / "batch.toml"
    path.write_text(BATCH)
    settings = BatchSettings(path, tmp_path / "threads", TINY, RAW, partial(on_threads, threads=2))
    wanted = run_batch(settings, lambda done, failed, members: None)
    assert (wanted.members, wanted.failed) == (12, 0)
    killed = threading.Event()

    def told(done: int, failed: int, members: int) -> None:
        if not killed.is_set():  # after the first chunk one of the two workers dies, with what it has in hand
            killed.set()
            os.kill(next(iter(cluster.workers.values())).process.process.pid, signal.SIGKILL)

    settings = BatchSettings(path, tmp_path / "dask", TINY, RAW)
    result = Prefect().batch(settings, cluster.scheduler_address, told)
    assert killed.is_set()
    assert (result.members, result.failed) == (12, 0)
    for name in ("routes.parquet", "manifest.json"):
        assert (result.folder / name).read_bytes() == (wanted.folder / name).read_bytes()


@pytest.mark.usefixtures("without_pictures")
def test_samples_are_the_same_to_the_byte_on_a_cluster(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.trans_caspian import trans_caspian
    from transcaspian.orchestration.flow_runs import run_as_flow

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    overrides = {**QUICK, "robustness": RULES | {"systems": ["main"]}}
    wanted = run_study(RunSettings(STUDY, tmp_path / "threads", ("main",), overrides, RAW, reuse=False), silent)
    settings = RunSettings(STUDY, tmp_path / "dask", ("main",), overrides, RAW, reuse=False)
    found = run_as_flow(trans_caspian, settings, silent, cluster.scheduler_address)
    for name in ("trans-caspian.gpkg", "manifest.json", "rasters/route_probability_main.tif"):
        assert (found.folder / name).read_bytes() == (wanted.folder / name).read_bytes(), name


def test_what_a_cluster_loses_is_told_row_by_row(tmp_path: Path) -> None:
    """As when a worker dies on the same chunk again and again."""
    path = tmp_path / "batch.toml"
    path.write_text(BATCH)

    def loses_the_second(work: Any, items: Any) -> Iterator[Any]:
        for number, item in enumerate(items):
            yield Lost(item, "a worker of the cluster was lost: KilledWorker") if number == 1 else work(item)

    result = run_batch(BatchSettings(path, tmp_path / "out", TINY, RAW, loses_the_second), lambda *_: None)
    rows = gpd.read_parquet(result.folder / "routes.parquet")
    lost = rows[rows["state"] == "failed"]
    assert (len(rows), len(lost), result.faults) == (12, 3, 0)
    assert set(lost["reason"]) == {"a worker of the cluster was lost: KilledWorker"}


def test_an_address_where_nobody_answers_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transcaspian.orchestration import cluster

    monkeypatch.setattr(cluster, "CONNECT_S", 1)
    path = tmp_path / "batch.toml"
    path.write_text(BATCH)
    settings = BatchSettings(path, tmp_path / "out")
    began = time.monotonic()
    with pytest.raises(StudyError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9: .* Start one with"):
        Prefect().batch(settings, "tcp://127.0.0.1:9", lambda *_: None)
    with pytest.raises(StudyError, match="no Dask scheduler answers at nonsense"):
        Prefect().batch(settings, "nonsense", lambda *_: None)
    assert time.monotonic() - began < 30
