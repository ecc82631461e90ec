"""``serve``: nightly runs without a worker."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from pipeline.cli.orchestrator import Orchestrator

CRON_FIELDS = 5


@click.command()
@click.option("--cron", default="0 1 * * *", show_default=True, help="When a run begins.")
@click.option("--timezone", default="Asia/Baku", show_default=True, help="Where that time holds.")
@click.pass_obj
def serve(orchestrator: Orchestrator | None, cron: str, timezone: str) -> None:
    """Serve the flow from this process, every night and by hand, one run at a time, until interrupted.

    Uses the Prefect server of PREFECT_API_URL; without one, a server that lives as long as this process.
    """
    if orchestrator is None:
        raise click.UsageError("this needs Prefect: use the command `transcaspian`, not `python -m pipeline`")
    if len(cron.split()) != CRON_FIELDS:
        raise click.UsageError(f"--cron {cron!r}: expected five fields, as in '0 1 * * *'")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise click.UsageError(f"--timezone {timezone}: expected a name such as Asia/Baku or UTC") from exc
    orchestrator.serve(cron, timezone)
