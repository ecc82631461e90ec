"""Work on a Dask cluster, each chunk of it as a Prefect task.

What the work needs travels once to every worker, not with each chunk; the workers need this package installed, and none
of the files. Loaded only when a cluster is named: its packages are an extra.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from distributed import Future, get_client
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings
from prefect_dask.client import PrefectDaskClient

from transcaspian.core.errors import StudyError
from transcaspian.core.spread import Lost, Spread, in_order

CONNECT_S = 10


@task(name="chunk", cache_policy=NO_CACHE, persist_result=False)
def do_work(work_name: str, chunk: Any) -> Any:
    """Do the work on a chunk, where the worker has it."""
    return work_of(work_name)(chunk)


@dataclass(frozen=True)
class Handed:
    """A chunk that was handed to the cluster."""

    chunk: Any
    future: Future[Any]

    def result(self) -> Any:
        """What came of it, or that it is lost: the scheduler gave it to other workers before it gave it up."""
        try:
            return self.future.result()
        except Exception as exc:  # whatever a cluster, its network and its machines can do
            return Lost(self.chunk, f"a worker of the cluster was lost: {type(exc).__name__}: {exc}")


_WORK: dict[str, Callable[[Any], Any]] = {}


def work_of(name: str) -> Callable[[Any], Any]:
    """The work that was sent to the cluster under a name; a worker keeps the last it had, and what that keeps."""
    if name not in _WORK:
        _WORK.clear()
        _WORK[name] = get_client().get_dataset(name)
    return _WORK[name]


@contextmanager
def connected(address: str) -> Iterator[PrefectDaskClient]:
    """A client of a cluster.

    Raises
    ------
    StudyError
        When nothing answers at the address.
    """
    try:
        client = PrefectDaskClient(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as exc:
        raise StudyError(f"no Dask scheduler answers at {address}: {exc}. Start one with `dask scheduler`") from exc
    with client:
        yield client


def over_cluster(address: str) -> Spread:
    """A way to spread work: over the cluster of that scheduler, each chunk as a task of the running flow."""

    def spread(work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        name = f"transcaspian-{uuid4()}"
        with connected(address) as client:
            workers = sum(client.nthreads().values())
            if not workers:
                raise StudyError(
                    f"the Dask cluster at {address} has no workers: start some with `dask worker {address}`"
                )
            client.publish_dataset(work, name=name)  # the scheduler keeps it: a worker that dies takes none of it along
            try:

                def hand(chunk: Any) -> Handed:
                    return Handed(chunk, client.submit(do_work, name, chunk, pure=False))  # type: ignore[no-untyped-call]

                yield from in_order(hand, items, workers, lambda handed: handed.future.cancel())
            finally:
                client.unpublish_dataset(name)

    return spread


@contextmanager
def server_for_workers() -> Iterator[None]:
    """A Prefect server that workers of this machine reach, where ``PREFECT_API_URL`` names none.

    Otherwise each worker would start one of its own. Workers of other machines need one that they reach.
    """
    if get_current_settings().api.url:
        yield
        return
    server = SubprocessASGIServer()  # the one of this process: where a flow has begun, it is running
    server.start()  # and ends with the process, when all has been told to it
    with temporary_settings({PREFECT_API_URL: server.api_url}):
        yield
