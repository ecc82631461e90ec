"""What an editor of a study and a reader of the outputs need: ``rules``, ``schema`` and ``dictionary``."""

from __future__ import annotations

import json

import click

from transcaspian.report.dictionary import data_dictionary
from transcaspian.study import study_schema
from transcaspian.study.rules import rule_sets, rules_text


@click.command()
@click.argument("version", required=False)
def rules(version: str | None) -> None:
    """Print the packaged rules of VERSION (default: the newest) as TOML: what `extends = "rules:VERSION"` brings."""
    click.echo(rules_text(version or rule_sets()[-1]), nl=False)


@click.command()
def schema() -> None:
    """Print the JSON schema of a study file, for editors."""
    click.echo(json.dumps(study_schema(), indent=2))


@click.command()
def dictionary() -> None:
    """Print the data dictionary of all layers (Markdown)."""
    click.echo(data_dictionary(), nl=False)
