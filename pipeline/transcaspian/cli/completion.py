"""What the shell offers for arguments whose values lie in files: systems of a study, runs of a folder."""

from __future__ import annotations

from pathlib import Path

import click

from transcaspian.cli.options import DEFAULT_OUT, DEFAULT_STUDY, Decorator
from transcaspian.core.errors import TranscaspianError


def systems(context: click.Context, option: click.Parameter, begun: str) -> list[str]:
    """Ids of the systems of the study that stands on the line, or of the default one; none where it cannot be read."""
    from transcaspian.study.load import read_tables

    on_line = context.args[:1]  # where the option that is completed has no value yet, arguments are not told apart
    try:
        tables = read_tables(Path(*on_line or (context.params.get("study_path") or DEFAULT_STUDY,)))
    except TranscaspianError:
        return []
    found = [item.get("id") for item in tables.get("systems", ()) if isinstance(item, dict)]
    return [name for name in found if isinstance(name, str) and name.startswith(begun)]


def runs(context: click.Context, argument: click.Parameter, begun: str) -> list[str]:
    """Names of the runs of the study that stands on the line, the newest first."""
    home = Path(context.params.get("out_dir") or DEFAULT_OUT) / (context.params.get("study_id") or "trans-caspian")
    found = sorted((path.parent.name for path in home.glob("*/manifest.json")), reverse=True)
    return [name for name in found if name.startswith(begun)]


def system_option(meaning: str) -> Decorator:
    """The option that names systems of the study, which the shell completes."""
    return click.option("--system", "systems", multiple=True, metavar="ID", shell_complete=systems, help=meaning)
