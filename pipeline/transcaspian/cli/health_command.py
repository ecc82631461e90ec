"""``health``: for monitors."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from transcaspian.cli.options import DEFAULT_RAW, out_option, study_id_option
from transcaspian.cli.orchestrator import Orchestrator
from transcaspian.core.errors import OrchestratorError
from transcaspian.runs.health import Finding, HealthLimits, health

EXIT_NOT_WELL = 1


@click.command("health")
@click.option(
    "--max-age-h",
    type=click.FloatRange(0),
    default=HealthLimits.max_age_h,
    show_default=True,
    help="Of the last good run.",
)
@click.option(
    "--min-free-gb", type=click.FloatRange(0), default=HealthLimits.min_free_gb, show_default=True, help="On the disk."
)
@click.option(
    "--max-run-h",
    type=click.FloatRange(0),
    default=HealthLimits.max_run_h,
    show_default=True,
    help="Of a run that Prefect shows as running.",
)
@click.option("--raw", "raw_dir", type=click.Path(path_type=Path), default=DEFAULT_RAW, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@out_option("Folder of the runs.")
@study_id_option
@click.pass_obj
def health_command(
    orchestrator: Orchestrator | None,
    max_age_h: float,
    min_free_gb: float,
    max_run_h: float,
    raw_dir: Path,
    as_json: bool,
    out_dir: Path,
    study_id: str,
) -> None:
    """Say whether all is well: exit code 0 when it is, 1 when something is not.

    Where PREFECT_API_URL (or a profile of Prefect) names a server, it is asked for late, stuck and failed nights.
    """
    limits = HealthLimits(max_age_h, min_free_gb, max_run_h)
    now = datetime.now(UTC)
    findings = (*health(out_dir / study_id, raw_dir, limits, now), *_nights(orchestrator, out_dir, limits, now))
    is_well = all(item.is_well for item in findings)
    if as_json:
        click.echo(json.dumps({"is_well": is_well, "findings": [asdict(item) for item in findings]}, indent=2))
    else:
        for item in findings:
            click.echo(str(item))
    sys.exit(0 if is_well else EXIT_NOT_WELL)


def _nights(
    orchestrator: Orchestrator | None, out_dir: Path, limits: HealthLimits, now: datetime
) -> tuple[Finding, ...]:
    if orchestrator is None:
        return (Finding("nights", True, "not asked: only the command `transcaspian` asks Prefect"),)
    try:
        return orchestrator.nights(out_dir, limits, now)
    except OrchestratorError as exc:
        return (Finding("nights", False, str(exc)),)
