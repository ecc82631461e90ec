"""The console script: the command of `pipeline`, with the way through Prefect handed in."""

from __future__ import annotations

import os

from pipeline import cli
from pipeline.cli.orchestrator import Orchestrator
from pipeline.run import RunResult, RunSettings, Watch

# Prefect logs a failed task with its traceback. At a terminal our own progress and one clear sentence are what a
# person needs; deployments keep Prefect's logging, because they do not come through here.
TERMINAL_SETTINGS = {
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "60",
}


class Prefect(Orchestrator):
    """The ways through Prefect, which is imported only when one is gone, because that takes seconds."""

    def run(self, settings: RunSettings, watch: Watch) -> RunResult:
        """Run as the flow ``trans-caspian``."""
        for name, value in TERMINAL_SETTINGS.items():
            os.environ.setdefault(name, value)
        from flows.trans_caspian import run_as_flow

        return run_as_flow(settings, watch)

    def serve(self, cron: str, timezone: str) -> None:
        """Serve the flow until interrupted."""
        from flows.serve import serve

        serve(cron, timezone)


def main() -> None:
    """Entry point of ``transcaspian``."""
    cli.main(Prefect())


if __name__ == "__main__":
    main()
