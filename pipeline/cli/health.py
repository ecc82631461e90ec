"""``health``: for monitors."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from pipeline.cli.options import DEFAULT_RAW, out_option, study_id_option
from pipeline.health import Limits, health

EXIT_NOT_WELL = 1


@click.command("health")
@click.option(
    "--max-age-h",
    type=click.FloatRange(0),
    default=Limits.max_age_h,
    show_default=True,
    help="Of the last good run.",
)
@click.option(
    "--min-free-gb", type=click.FloatRange(0), default=Limits.min_free_gb, show_default=True, help="On the disk."
)
@click.option("--raw", "raw_dir", type=click.Path(path_type=Path), default=DEFAULT_RAW, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@out_option("Folder of the runs.")
@study_id_option
def health_command(
    max_age_h: float, min_free_gb: float, raw_dir: Path, as_json: bool, out_dir: Path, study_id: str
) -> None:
    """Say whether all is well: exit code 0 when it is, 1 when something is not."""
    findings = health(out_dir / study_id, raw_dir, Limits(max_age_h, min_free_gb), datetime.now(UTC))
    is_well = all(item.is_well for item in findings)
    if as_json:
        click.echo(json.dumps({"is_well": is_well, "findings": [asdict(item) for item in findings]}, indent=2))
    else:
        for item in findings:
            click.echo(str(item))
    sys.exit(0 if is_well else EXIT_NOT_WELL)
