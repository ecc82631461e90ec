"""Who is told how far a run or a batch is: a terminal, or nobody, and then Prefect's log.

In a module of its own, because flows travel to the workers of a cluster with all that they name, and this cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from prefect import get_run_logger

if TYPE_CHECKING:
    from transcaspian.analyses.batch.compute import Told
    from transcaspian.runs.engine import Watch

_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)
_TOLD: ContextVar[Told | None] = ContextVar("told", default=None)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Within the block, this watches a run."""
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


def who_watches() -> Watch | None:
    """Who watches the run, if anybody does."""
    return _WATCH.get()


@contextmanager
def telling(told: Told) -> Iterator[None]:
    """Within the block, this is told."""
    token = _TOLD.set(told)
    try:
        yield
    finally:
        _TOLD.reset(token)


def whom_to_tell() -> Told:
    """Who is told here."""
    return _TOLD.get() or log


def log(done: int, failed: int, members: int) -> None:
    """Tell Prefect's log."""
    get_run_logger().info("%d of %d members, %d failed", done, members, failed)
