"""Prefect's server may die while a run goes on: the run ends well without it, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
from prefect import get_run_logger

from transcaspian.runs.engine import RunResult

WORDS_OF_PREFECT = ("Failed to reach API", "Service exceeded error threshold")
"""The second is of a loop that asked the server some times in vain."""
_CAME: ContextVar[list[RunResult] | None] = ContextVar("came", default=None)


@contextmanager
def remembered() -> Iterator[list[RunResult]]:
    """Within the block, what runs come to is remembered: the server may not be there any more to be told."""
    came: list[RunResult] = []
    token = _CAME.set(came)
    try:
        yield came
    finally:
        _CAME.reset(token)


def remember(result: RunResult) -> None:
    """A run came to this."""
    came = _CAME.get()
    if came is not None:
        came.append(result)


class Teller:
    """Tells the server what the run does not depend on: artifacts, progress.

    A server that is gone is asked no more, because each request would be tried again for a minute.

    Attributes
    ----------
    lost
        Why the server cannot be told; empty while it can.
    """

    def __init__(self) -> None:
        self.lost = ""

    def __call__(self, tell: Callable[..., Any], **what: Any) -> Any:
        """Call a function of Prefect's that asks the server; its answer, None where there is nobody to ask."""
        if self.lost:
            return None
        try:
            return tell(**what)
        except httpx.HTTPError as exc:
            self.lost = str(exc) or type(exc).__name__
            get_run_logger().warning("Prefect's server is lost (%s): the run goes on without artifacts", self.lost)
            return None


def is_lost(fault: BaseException) -> bool:
    """Whether a fault only says that the server does not answer, or does not answer as it should."""
    if isinstance(fault, BaseExceptionGroup):
        return all(map(is_lost, fault.exceptions))
    return isinstance(fault, httpx.HTTPError) or any(words in str(fault) for words in WORDS_OF_PREFECT)
