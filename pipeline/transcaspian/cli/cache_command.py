"""``cache``: the values of stages that runs keep for the next."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from transcaspian.cli.options import POSITIVE, default_option, runs_options
from transcaspian.cli.screen import counted
from transcaspian.runs.cache.store import Store
from transcaspian.runs.stages.inputs import RunSettings

CACHE_MB = "What kept values may take on the disk, by study; the longest unused go first."
cache_mb_option = default_option("--cache-mb", kind=POSITIVE, default=RunSettings.cache_mb, meaning=CACHE_MB)


@click.group()
def cache() -> None:
    """Look after what runs keep for the next one; it can be removed at any time."""


@cache.command("list")
@runs_options
def list_entries(home: Path) -> None:
    """List the kept values, the last used first."""
    entries = Store(home).entries()
    for entry in entries:
        used = datetime.fromtimestamp(entry.used_s, UTC)
        click.echo(f"{entry.stage:<24} {entry.size_bytes / 1e6:8.1f} MB  last used {used:%Y-%m-%d %H:%M} UTC")
    click.echo(f"{counted(len(entries), 'value')}, {sum(entry.size_bytes for entry in entries) / 1e6:.1f} MB")


@cache.command()
@cache_mb_option
@runs_options
def prune(cache_mb: float, home: Path) -> None:
    """Remove the values that were unused longest.

    Until the rest takes no more than --cache-mb.
    """
    gone = Store(home).prune(cache_mb)
    click.echo(f"removed {counted(len(gone), 'value')}")
