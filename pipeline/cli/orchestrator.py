"""Whoever can run and serve flows; the command knows no more of it than this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pipeline.batch import BatchResult, BatchSettings, Told
    from pipeline.run import RunResult, RunSettings, Watch


class Orchestrator(Protocol):
    """Runs a study or a batch, and serves a study on a schedule."""

    def run(self, settings: RunSettings, watch: Watch, dask: str | None = None) -> RunResult:
        """Run a study; what can be spread, over a Dask cluster where one is named."""
        ...

    def batch(self, settings: BatchSettings, dask: str, told: Told) -> BatchResult:
        """Route a batch on a Dask cluster."""
        ...

    def serve(self, cron: str, timezone: str) -> None:
        """Serve until interrupted."""
        ...
