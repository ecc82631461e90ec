"""What an editor of a study and a reader of the outputs need: ``schema`` and ``dictionary``."""

from __future__ import annotations

import json

import click

from transcaspian.report.dictionary import data_dictionary
from transcaspian.study import study_schema


@click.command()
def schema() -> None:
    """Print the JSON schema of a study file, for editors."""
    click.echo(json.dumps(study_schema(), indent=2))


@click.command()
def dictionary() -> None:
    """Print the data dictionary of all layers (Markdown)."""
    click.echo(data_dictionary(), nl=False)
