"""``health``: for monitors."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from transcaspian.cli.options import POSITIVE, default_option, raw_folder_option, runs_options
from transcaspian.cli.orchestrator import Orchestrator
from transcaspian.core.errors import OrchestratorError
from transcaspian.runs.health import Check, HealthLimits, health

EXIT_NOT_WELL = 1
RUNNING = "Of a run that Prefect shows as running."


@click.command("health")
@default_option("--max-age-h", kind=POSITIVE, default=HealthLimits.max_age_h, meaning="Of the last good run.")
@default_option("--min-free-gb", kind=POSITIVE, default=HealthLimits.min_free_gb, meaning="On the disk.")
@default_option(
    "--max-run-h", kind=POSITIVE, default=HealthLimits.max_run_h, meaning="Of a run that Prefect shows as running."
)
@raw_folder_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@runs_options
@click.pass_obj
def health_command(
    orchestrator: Orchestrator | None, /, raw_dir: Path, as_json: bool, home: Path, **limits: float
) -> None:
    """Say whether all is well: exit code 0 when it is, 1 when something is not.

    Where PREFECT_API_URL (or a profile of Prefect) names a server, it is asked for late, stuck and failed nights.
    """
    wanted, now = HealthLimits(**limits), datetime.now(UTC)
    findings = (*health(home, raw_dir, wanted, now), *_nights(orchestrator, home.parent, wanted, now))
    is_well = all(item.is_well for item in findings)
    if as_json:
        click.echo(json.dumps({"is_well": is_well, "findings": [asdict(item) for item in findings]}, indent=2))
    else:
        for item in findings:
            click.echo(str(item))
    sys.exit(0 if is_well else EXIT_NOT_WELL)


def _nights(orchestrator: Orchestrator | None, out_dir: Path, limits: HealthLimits, now: datetime) -> tuple[Check, ...]:
    if orchestrator is None:
        return (Check("nights", True, "not asked: only the command `transcaspian` asks Prefect"),)
    try:
        return orchestrator.nights(out_dir, limits, now)
    except OrchestratorError as exc:
        return (Check("nights", False, str(exc)),)
