"""The console script: the command of `cli`, with the way through Prefect handed in."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from transcaspian.core.errors import StudyError
from transcaspian.core.interrupt import interruptible

if TYPE_CHECKING:  # loaded when it is asked for, and Ctrl-C is listened to
    from datetime import datetime
    from pathlib import Path

    from transcaspian.analyses.batch.compute import BatchResult, BatchSettings, Told
    from transcaspian.cli.orchestrator import ServeSettings
    from transcaspian.runs.engine import RunResult, RunSettings, Watch
    from transcaspian.runs.health import Check, HealthLimits

# Prefect logs a failed task with its traceback. At a terminal our own progress and one clear sentence are what a
# person needs; deployments keep Prefect's logging, because they do not come through here.
TERMINAL_SETTINGS = {
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",  # of a server that is lost, our own note tells
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_CLIENT_MAX_RETRIES": "3",  # some 14 s: a server that is started again is found, a dead one given up
}


def quieten() -> None:
    """Let Prefect say nothing at a terminal that our own words say better."""
    for name, value in TERMINAL_SETTINGS.items():
        os.environ.setdefault(name, value)


def project_flow(module: str, name: str) -> Any:
    """A flow of the project, with Prefect prepared for it; that takes seconds.

    Parameters
    ----------
    module, name
        Of its file and of the flow in it.
    """
    from transcaspian.orchestration.prefect_environment import prepare
    from transcaspian.orchestration.project import load_flow, project_folder

    prepare()
    return load_flow(project_folder(), module, name)


def check_dask() -> None:
    """Whether a cluster can be spoken to.

    Raises
    ------
    StudyError
        When the packages for it are not installed.
    """
    if find_spec("distributed") is None:
        raise StudyError("--dask needs the package distributed: pip install 'transcaspian[dask]'")


class Prefect:
    """The ways through Prefect, which is imported only when one is gone, because that takes seconds.

    An `Orchestrator` of the command.
    """

    def run(self, settings: RunSettings, watch: Watch, dask: str | None = None) -> RunResult:
        """Run as the flow ``trans-caspian``."""
        if dask is not None:
            check_dask()
        quieten()
        flow = project_flow("trans_caspian", "trans_caspian")
        from transcaspian.orchestration.flow_runs import run_as_flow

        return run_as_flow(flow, settings, watch, dask)

    def batch(self, settings: BatchSettings, dask: str, told: Told) -> BatchResult:
        """Route a batch on a Dask cluster, without Prefect."""
        check_dask()
        from transcaspian.analyses.batch.compute import run_batch
        from transcaspian.orchestration.cluster import connected, over_cluster

        with connected(dask):
            pass  # said before the study is read
        return run_batch(replace(settings, how=over_cluster(dask)), told)

    def serve(self, settings: ServeSettings) -> None:
        """Serve the flow ``trans-caspian`` until interrupted."""
        from transcaspian.orchestration.prefect_environment import prepare

        prepare()
        from transcaspian.orchestration.serve import serve

        serve(settings)

    def nights(self, out_dir: Path, limits: HealthLimits, now: datetime) -> tuple[Check, ...]:
        """Ask the server of ``PREFECT_API_URL``, where it names one."""
        quieten()
        from transcaspian.orchestration.prefect_environment import go_round_proxies, read_settings

        go_round_proxies()
        read_settings()
        from transcaspian.orchestration.nights import Asked, nights
        from transcaspian.runs.archive.live import at_work

        is_at_work = any(map(at_work, out_dir.iterdir())) if out_dir.is_dir() else False
        return tuple(nights(Asked(out_dir, is_at_work, limits.max_run_h, now)))


def command() -> None:
    """Run the command."""
    from transcaspian import cli

    cli.main(Prefect())


def main() -> None:
    """Entry point of ``transcaspian``."""
    interruptible(command)


if __name__ == "__main__":
    main()
