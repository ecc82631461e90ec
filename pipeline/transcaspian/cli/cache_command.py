"""``cache``: the values of stages that runs keep for the next."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from transcaspian.cli.options import out_option, study_id_option
from transcaspian.cli.screen import counted
from transcaspian.runs.cache.store import Store
from transcaspian.runs.stages.inputs import RunSettings

cache_mb_option = click.option(
    "--cache-mb",
    type=click.FloatRange(0),
    default=RunSettings.cache_mb,
    show_default=True,
    help="What kept values may take on the disk, by study; the longest unused go first.",
)


@click.group()
def cache() -> None:
    """Look after what runs keep for the next one; it can be removed at any time."""


@cache.command("list")
@out_option("Folder of the runs.")
@study_id_option
def list_entries(out_dir: Path, study_id: str) -> None:
    """List the kept values, the last used first."""
    entries = Store(out_dir / study_id).entries()
    for entry in entries:
        used = datetime.fromtimestamp(entry.used_s, UTC)
        click.echo(f"{entry.stage:<24} {entry.size_bytes / 1e6:8.1f} MB  last used {used:%Y-%m-%d %H:%M} UTC")
    click.echo(f"{counted(len(entries), 'value')}, {sum(entry.size_bytes for entry in entries) / 1e6:.1f} MB")


@cache.command()
@cache_mb_option
@out_option("Folder of the runs.")
@study_id_option
def prune(cache_mb: float, out_dir: Path, study_id: str) -> None:
    """Remove the values that were unused longest, until the rest takes no more than --cache-mb."""
    gone = Store(out_dir / study_id).prune(cache_mb)
    click.echo(f"removed {counted(len(gone), 'value')}")
