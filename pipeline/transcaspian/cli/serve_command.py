"""``serve``: nightly runs without a worker."""

from __future__ import annotations

from pathlib import Path

import click

from transcaspian.cli.options import raw_option
from transcaspian.cli.orchestrator import Orchestrator, ServeSettings


@click.command()
@click.option("--cron", default="0 1 * * *", show_default=True, help="When a run begins.")
@click.option("--timezone", default="Asia/Baku", show_default=True, help="Where that time holds.")
@click.option(
    "--study",
    "study_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Study that is run. Default: studies/trans_caspian.toml here, or else of the checkout.",
)
@click.option(
    "--out",
    "out_dir",
    type=click.Path(path_type=Path),
    help="Folder that receives the runs. Default: data/processed beside that studies folder.",
)
@raw_option
@click.option(
    "--keep-runs",
    type=click.IntRange(0, 10_000),
    help="After a run remove older ones but so many, the last of each of twelve months, and the last good one.",
)
@click.pass_obj
def serve(
    orchestrator: Orchestrator | None,
    cron: str,
    timezone: str,
    study_path: Path | None,
    out_dir: Path | None,
    raw_dir: Path | None,
    keep_runs: int | None,
) -> None:
    """Serve the flow from this process, every night and by hand, one run at a time, until interrupted.

    Uses the Prefect server of PREFECT_API_URL; without one, a server of its own on 127.0.0.1 that lives as long as
    this process.
    """
    if orchestrator is None:
        raise click.UsageError("this needs Prefect: use the command `transcaspian`, not `python -m transcaspian`")
    orchestrator.serve(ServeSettings(cron, timezone, study_path, out_dir, raw_dir, keep_runs))
