"""Whoever can run and serve flows; the command knows no more of it than this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pipeline.run import RunResult, RunSettings, Watch


class Orchestrator(Protocol):
    """Runs a study, and serves it on a schedule."""

    def run(self, settings: RunSettings, watch: Watch) -> RunResult:
        """Run a study."""
        ...

    def serve(self, cron: str, timezone: str) -> None:
        """Serve until interrupted."""
        ...
