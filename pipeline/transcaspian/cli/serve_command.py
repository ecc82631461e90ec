"""``serve``: nightly runs without a worker."""

from __future__ import annotations

from typing import Any

import click

from transcaspian.cli.options import PATH, default_option, raw_option
from transcaspian.cli.orchestrator import Orchestrator, ServeSettings

STUDY = "Study that is run. Default: studies/trans_caspian.toml here, or else of the project."
OUT = "Folder that receives the runs. Default: data/processed beside that studies folder."
KEEP = "After a run remove older ones but so many, the last of each of twelve months, and the last good one."


@click.command()
@default_option("--cron", default="0 1 * * *", meaning="When a run begins.")
@default_option("--timezone", default="Asia/Baku", meaning="Where that time holds.")
@click.option("--study", "study_path", type=PATH, metavar="FILE", help=STUDY)
@click.option("--out", "out_dir", type=PATH, help=OUT)
@raw_option
@click.option("--keep-runs", type=click.IntRange(0, 10_000), help=KEEP)
@click.pass_obj
def serve(orchestrator: Orchestrator | None, /, **asked: Any) -> None:
    """Serve the flow from this process, every night and by hand, one run at a time, until interrupted.

    Uses the Prefect server of PREFECT_API_URL; without one, a server of its own on 127.0.0.1 that lives as long as
    this process.
    """
    if orchestrator is None:
        raise click.UsageError("this needs Prefect: use the command `transcaspian`, not `python -m transcaspian`")
    orchestrator.serve(ServeSettings(**asked))
