"""``init``: a project to work in."""

from __future__ import annotations

from pathlib import Path

import click

from transcaspian.cli.options import DEFAULT_STUDY, PATH
from transcaspian.cli.project_layout import lay_out_project, upgrade
from transcaspian.core.version import __version__


@click.command()
@click.argument("folder", type=PATH, default=Path())
@click.option("--upgrade", "is_upgrade", is_flag=True, help="Bring the project FOLDER to the files of this version.")
@click.option("--force", is_flag=True, help="With --upgrade: also what you edited; yours is kept as NAME.old.")
def init(folder: Path, is_upgrade: bool, force: bool) -> None:
    """Lay out a project in FOLDER (default: here): studies, data/raw, data/processed, flows and prefect.yaml.

    A folder that has any of these is refused. With --upgrade files that are as they were laid out are renewed; what you
    edited is left alone, and shown beside that of this version where that changed.
    """
    if force and not is_upgrade:
        raise click.UsageError("--force says what an upgrade takes: give --upgrade too")
    if not is_upgrade:
        names = lay_out_project(folder)
        click.echo(f"{folder}: {', '.join(name for name in names if not name.startswith('.'))}")
        place = "" if folder == Path() else f"cd {folder} && "
        click.echo(f"next: {place}transcaspian run (routes {DEFAULT_STUDY})")
        return
    changes = list(upgrade(folder, force))
    for change in changes:
        click.echo(f"{change.path}: {change.what}")
        for line in change.diff:
            click.echo(f"  {line}")
    left = sum(bool(change.diff) for change in changes)
    click.echo(f"the project is of transcaspian {__version__}{f', but for {left} of your files' if left else ''}")
