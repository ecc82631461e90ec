"""The same work on many items at once: results in the order of the items, and no more of them in memory than needed.

The caller of the work says how it is spread: over the threads of this machine, or over a cluster of others.
Work that leaves this process must be picklable and give the same result wherever it is done.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Lost:
    """Stands in the place of a result that will not come: the item, and why. A cluster may lose its workers."""

    item: Any
    reason: str


WAITING = 2
"""Results that may wait for an earlier one, for each worker: memory stays bounded however long one item takes."""


class Spread(Protocol):
    """A way to do the same work on many items; yields the results in the order of the items, or `Lost` ones."""

    def __call__(self, work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]: ...


class Submitted(Protocol):
    """Work that was handed over."""

    def result(self) -> Any:
        """Its result, when it is there."""
        ...


def on_threads(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """Do the work on threads of this process; it must be safe on several at once.

    What the work raises is raised here in the place of its result; items that were not begun are then left out.
    """
    with ThreadPoolExecutor(threads) as pool:
        yield from in_order(lambda item: pool.submit(work, item), items, threads, Future.cancel)


class Beside(Protocol):
    """Does one thing beside what its caller does meanwhile."""

    def __call__(self, do: Callable[[], Result]) -> Future[Result]:
        """Its result, when it is there."""
        ...


@contextmanager
def one_beside() -> Iterator[Beside]:
    """One further thread, for the length of the block: it does one thing after another, in the context of the caller.

    A block that fails does not wait for what was not begun.
    """
    with ThreadPoolExecutor(1) as pool:

        def beside(do: Callable[[], Result]) -> Future[Result]:
            return pool.submit(copy_context().run, do)

        try:
            yield beside
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def in_order(
    submit: Callable[[Any], Submitted], items: Iterable[Any], workers: int, cancel: Callable[[Any], Any]
) -> Iterator[Any]:
    """Hand over items, a few ahead of the result that is waited for, and yield the results in their order.

    Parameters
    ----------
    cancel
        Called with what was handed over and is no longer wanted: an earlier item failed, or no result is read any more.
    """
    waiting: deque[Submitted] = deque()
    try:
        for item in items:
            waiting.append(submit(item))
            if len(waiting) >= workers * WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for unwanted in waiting:
            cancel(unwanted)


def all_threads() -> Spread:
    """Over as many threads as this machine has cores."""
    return partial(on_threads, threads=os.cpu_count() or 1)


_HOW: ContextVar[Spread | None] = ContextVar("how work is spread", default=None)


def spread() -> Spread:
    """How work is spread here: as the caller said, else over all threads."""
    return _HOW.get() or all_threads()


@contextmanager
def spreading(how: Spread) -> Iterator[None]:
    """Within the block, work is spread that way."""
    token = _HOW.set(how)
    try:
        yield
    finally:
        _HOW.reset(token)
