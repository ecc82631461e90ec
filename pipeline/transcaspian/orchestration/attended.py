"""Runs and batches that a person at a terminal waits for; all others report to Prefect's log and pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transcaspian.analyses.batch import Told
    from transcaspian.runs.engine import RunResult, Watch


@dataclass(frozen=True)
class Terminal:
    """What shows the progress of a run or of a batch there.

    Attributes
    ----------
    results
        Of the runs that are over, even where Prefect's server could not be told.
    """

    watch: Watch | None = None
    told: Told | None = None
    results: list[RunResult] = field(default_factory=list)


_TERMINAL: ContextVar[Terminal | None] = ContextVar("terminal", default=None)


@contextmanager
def attended(terminal: Terminal) -> Iterator[None]:
    """Within the block, flows report to the terminal.

    A flow's parameters are what a person may choose in Prefect's pages: a terminal cannot be one of them.
    """
    token = _TERMINAL.set(terminal)
    try:
        yield
    finally:
        _TERMINAL.reset(token)


def terminal_of_run() -> Terminal | None:
    """The terminal that waits for the run, if any does."""
    return _TERMINAL.get()
