"""The command ``transcaspian``, one module for each group of its commands.

It knows nothing of Prefect: whoever can run a study through Prefect hands that way in (`flows.command` does), and
without one only ``--direct`` is there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from pipeline import __version__
from pipeline.cli.lists import check_list, compare_lists
from pipeline.cli.options import EXIT_BAD_INPUT
from pipeline.cli.publish import publish
from pipeline.cli.runs import runs
from pipeline.cli.sources import sources
from pipeline.cli.study import RunThroughPrefect, check, dictionary, run, schema
from pipeline.errors import TranscaspianError

__all__ = ["EXIT_BAD_INPUT", "RunThroughPrefect", "command", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="transcaspian")
def command() -> None:
    """Route a subsea cable over the real seabed and export it as GIS layers.

    Start with `transcaspian run`; it needs nothing but the data in the checkout.
    """


for part in (run, check, runs, publish, check_list, compare_lists, sources, schema, dictionary):
    command.add_command(part)


def main(through_prefect: RunThroughPrefect | None = None, args: Sequence[str] | None = None) -> Any:
    """Run the command; a fault in the user's input is one sentence on standard error and exit code 2."""
    try:
        return command.main(args=None if args is None else list(args), obj=through_prefect, prog_name="transcaspian")
    except TranscaspianError as exc:
        click.echo(f"error: {exc}", err=True)
        sys.exit(EXIT_BAD_INPUT)
