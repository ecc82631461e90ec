"""Work on a Dask cluster, chunk by chunk.

What the work needs travels once to every worker process, whose threads share it, not with each chunk; the workers
need this package installed, and none of the files. They know nothing of Prefect: to load it takes seconds, and a task
of it for each chunk as long as a route. Loaded only when a cluster is named: its packages are an extra.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import uuid4

from distributed import Client, Future, get_client

from transcaspian.core.environment import return_memory
from transcaspian.core.errors import StudyError
from transcaspian.core.spread import Lost, Spread, in_order

CONNECT_S = 10


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
_WORK_LOCK = Lock()


def work_of(name: str) -> Callable[[Any], Any]:
    """The work that was sent to the cluster under a name; a worker keeps the last it had, and what that keeps."""
    with _WORK_LOCK:
        if name not in _WORK:
            return_memory()  # Dask has each small array return its pages: routes then take a third more time
            _WORK.clear()
            _WORK[name] = get_client().get_dataset(name)
        return _WORK[name]


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of a cluster.

    Raises
    ------
    StudyError
        When nothing answers at the address.
    """
    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as exc:
        raise StudyError(f"no Dask scheduler answers at {address}: {exc}. Start one with `dask scheduler`") from exc
    with client:
        yield client


def over_cluster(address: str) -> Spread:
    """A way to spread work: over the cluster of that scheduler."""

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
                    return Handed(chunk, client.submit(do_work, name, chunk, pure=False))

                yield from in_order(hand, items, workers, lambda handed: handed.future.cancel())
            finally:
                client.unpublish_dataset(name)

    return spread
