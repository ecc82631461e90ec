"""``sources``: the data sets in data/raw."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli.options import DEFAULT_RAW, EXIT_BAD_INPUT
from pipeline.sources import rebuild as rebuilding
from pipeline.sources.catalogue import REGISTRY_NAME, load_registry
from pipeline.sources.verify import verify_sources


@click.group()
def sources() -> None:
    """Look after the data sets in data/raw."""


@sources.command()
@click.option("--raw", "raw_dir", type=click.Path(path_type=Path), default=DEFAULT_RAW, show_default=True)
def verify(raw_dir: Path) -> None:
    """Check every file against the hash in the registry."""
    checks = verify_sources(raw_dir, load_registry(raw_dir / REGISTRY_NAME))
    for item in checks:
        click.echo(str(item))
    if not all(item.ok for item in checks):
        sys.exit(EXIT_BAD_INPUT)


@sources.command()
@click.option("--raw", "raw_dir", type=click.Path(path_type=Path), default=DEFAULT_RAW, show_default=True)
def rebuild(raw_dir: Path) -> None:
    """Build the extracts anew from the named packages, in a temporary environment (needs a package index)."""
    for line in rebuilding.rebuild(raw_dir):
        click.echo(str(line))
