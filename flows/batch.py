"""The flow ``trans-caspian-batch``: the members of a batch in chunks, on threads or on a Dask cluster.

On a cluster each chunk is a Prefect task. The study and its data travel once to every worker, not with each chunk; the
workers need this package installed, and none of the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from distributed import Client, get_client
from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings
from prefect_dask.task_runners import DaskTaskRunner

from flows.telling import telling, whom_to_tell
from pipeline.batch import BatchResult, BatchSettings, Told, run_batch
from pipeline.errors import StudyError
from pipeline.spread import Lost, Spread, in_order

CONNECT_S = 20
SERVER_S = 60


@task(name="chunk", cache_policy=NO_CACHE, persist_result=False)
def route_chunk(work_name: str, chunk: Any) -> Any:
    """Do the work on a chunk, where the worker has it."""
    return work_of(work_name)(chunk)


@dataclass(frozen=True)
class Handed:
    """A chunk that was handed to the cluster."""

    chunk: Any
    future: PrefectFuture[Any]

    def result(self) -> Any:
        """The rows, or that they are lost. The scheduler has given a chunk to another worker before it gives it up."""
        try:
            return self.future.result()
        except Exception as exc:  # whatever a cluster, its network and its machines can do
            return Lost(self.chunk, f"a worker of the cluster was lost: {type(exc).__name__}: {exc}")


_WORK: dict[str, Callable[[Any], Any]] = {}


def work_of(name: str) -> Callable[[Any], Any]:
    """The work that was sent to the cluster under a name; a worker keeps the last it had, and what that keeps."""
    if name not in _WORK:
        _WORK.clear()
        _WORK[name] = get_client().get_dataset(name).result()
    return _WORK[name]


def over_cluster(address: str) -> Spread:
    """A way to spread work: over the cluster of the running flow, whose scheduler is at the address."""

    def spread(work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        name = f"transcaspian-{uuid4()}"
        with Client(address, timeout=CONNECT_S, set_as_default=False) as client:
            workers = sum(client.nthreads().values())
            if not workers:
                raise StudyError(
                    f"the Dask cluster at {address} has no workers: start some with `dask worker {address}`"
                )
            client.publish_dataset(client.scatter(work, broadcast=True), name=name)
            try:
                hand = lambda chunk: Handed(chunk, route_chunk.submit(name, chunk))  # noqa: E731
                yield from in_order(hand, items, workers, lambda handed: None)
            finally:
                client.unpublish_dataset(name)

    return spread


@flow(name="trans-caspian-batch", persist_result=False, validate_parameters=True)
def trans_caspian_batch(
    batch: Path,
    out: Path = Path("data/processed"),
    overrides: dict[str, Any] | None = None,
    raw: Path | None = None,
    dask: str | None = None,
) -> BatchResult:
    """Route every pair of a batch under every weighting in every scenario, into one GeoParquet file.

    Args:
        batch: The batch file (TOML).
        out: Folder that receives batches/<study>/<batch>/<run id>/.
        overrides: Dotted keys of the study with new values, for all members.
        raw: Folder with registry.toml; by default data/raw beside or above the study.
        dask: Address of the scheduler of a Dask cluster; without it the threads of this machine do the work.
    """
    settings = BatchSettings(batch, out, overrides or {}, raw, over_cluster(dask) if dask else None)
    result = run_batch(settings, whom_to_tell())
    create_table_artifact(
        key="trans-caspian-batch",
        table=[vars(figures) for figures in result.pairs],
        description=f"{result.folder}: {result.members} members, {result.failed} failed",
    )
    return result


def run_batch_as_flow(settings: BatchSettings, dask: str, told: Told) -> BatchResult:
    """Run the flow in this process on a cluster.

    Raises
    ------
    StudyError
        When nothing answers at the address.
    """
    try:
        Client(dask, timeout=CONNECT_S, set_as_default=False).close()
    except (OSError, ValueError) as exc:
        raise StudyError(f"no Dask scheduler answers at {dask}: {exc}. Start one with `dask scheduler`") from exc
    on_cluster = trans_caspian_batch.with_options(task_runner=DaskTaskRunner(address=dask))  # type: ignore[arg-type]
    with telling(told), a_server_for_workers():
        return on_cluster(settings.batch_path, settings.out_dir, dict(settings.overrides), settings.raw_dir, dask)


@contextmanager
def a_server_for_workers() -> Iterator[None]:
    """A Prefect server that workers of this machine reach, where ``PREFECT_API_URL`` names none.

    Otherwise each worker would start one of its own. Workers of other machines need one that they reach.
    """
    if get_current_settings().api.url:
        yield
        return
    server = SubprocessASGIServer()
    server.start(timeout=SERVER_S)
    try:
        with temporary_settings({PREFECT_API_URL: server.api_url}):
            yield
    finally:
        server.stop()
