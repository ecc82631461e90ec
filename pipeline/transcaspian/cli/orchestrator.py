"""What can run and serve flows; the command knows no more of it than this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from transcaspian.analyses.batch.compute import BatchResult, BatchSettings, Told
    from transcaspian.runs.engine import RunResult, RunSettings, Watch
    from transcaspian.runs.health import Check, HealthLimits


@dataclass(frozen=True)
class ServeSettings:
    """What a served study is run with, and when.

    Attributes
    ----------
    study_path, out_dir
        None: those of the flow.
    raw_dir
        None: beside or above the study.
    keep_runs
        How many runs are kept at least; None: all.
    """

    cron: str
    timezone: str
    study_path: Path | None = None
    out_dir: Path | None = None
    raw_dir: Path | None = None
    keep_runs: int | None = None


class Orchestrator(Protocol):
    """Runs a study or a batch, serves a study on a schedule, and tells how its nights are."""

    def run(self, settings: RunSettings, watch: Watch, dask: str | None = None) -> RunResult:
        """Run a study; what can be spread, over a Dask cluster where one is named."""
        ...

    def batch(self, settings: BatchSettings, dask: str, told: Told) -> BatchResult:
        """Route a batch on a Dask cluster."""
        ...

    def serve(self, settings: ServeSettings) -> None:
        """Serve a study until interrupted."""
        ...

    def nights(self, out_dir: Path, limits: HealthLimits, now: datetime) -> tuple[Check, ...]:
        """Nights that are late, stuck or did not end well, as the server of the schedule knows them.

        Raises
        ------
        OrchestratorError
            When that server is named and does not answer.
        """
        ...
