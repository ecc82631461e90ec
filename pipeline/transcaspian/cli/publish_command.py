"""``publish``: a run handed on."""

from __future__ import annotations

from pathlib import Path

import click

from transcaspian.cli.options import DEFAULT_OUT, PATH, default_option, out_option
from transcaspian.runs.catalogue import write_catalogue
from transcaspian.runs.postgis import publish_postgis
from transcaspian.runs.published_run import DSN_VARIABLE

PUBLISHED = DEFAULT_OUT / "trans-caspian" / "latest"


@click.group()
def publish() -> None:
    """Hand a published run on."""


@publish.command()
@click.argument("dsn", envvar=DSN_VARIABLE, default="")
@default_option("--run", "folder", kind=PATH, default=PUBLISHED, meaning="Folder of the run.")
@click.option("--schema", default=None, metavar="NAME", help="Default: the id of the study, with _ for -.")
@click.option("--keep", type=click.IntRange(1), default=None, help="How many runs stay in the history. Default: all.")
def postgis(dsn: str, folder: Path, schema: str | None, keep: int | None) -> None:
    """Write a run into a PostGIS database.

    Into the database DSN, in one transaction, with the runs before it kept.

    DSN is postgresql://user@host/database; with a password in it, better give it as TRANSCASPIAN_POSTGIS_DSN.
    """
    if not dsn:
        raise click.UsageError(f"no DSN: give postgresql://user@host/database, or set {DSN_VARIABLE}")
    done = publish_postgis(folder, dsn, schema=schema, keep=keep)
    for name, rows in done.rows.items():
        click.echo(f"  {name:<18}{rows:>8} rows")
    for run_id in done.removed:
        click.echo(f"  removed the older run {run_id}")
    there = "was already there and " if done.was_there else ""
    click.echo(f"run {done.run_id} {there}is current in schema {done.schema} of {done.place}")


@publish.command()
@out_option("Folder of the runs of all studies.")
def catalogue(out_dir: Path) -> None:
    """Write a static catalogue (STAC) of the published runs.

    catalog.json in the folder of the runs, and collection.json beside the runs of each study, to which each run links:
    serve the folder as files. Write it again after a run.
    """
    for study_id, count in write_catalogue(out_dir).items():
        click.echo(f"  {study_id:<18}{count:>8} runs")
    click.echo(f"{out_dir / 'catalog.json'}")
