"""The command ``transcaspian``, one module for each group of its commands.

It knows nothing of Prefect: `orchestration.command` hands in the ways to run and serve a study through it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from transcaspian.cli.options import EXIT_BAD_INPUT
from transcaspian.cli.orchestrator import Orchestrator
from transcaspian.cli.streams import any_streams
from transcaspian.core.errors import StarvedError, TranscaspianError
from transcaspian.core.interrupt import EXIT_INTERRUPTED, interrupted
from transcaspian.core.reading import READERS, prepare
from transcaspian.core.version import __version__

__all__ = ["EXIT_BAD_INPUT", "any_streams", "command", "main", "one_sentence"]

PLACES = {
    "init": "init_command:init",
    "run": "study_command:run",
    "check": "study_command:check",
    "try": "try_command:try_keys",
    "adopt": "adopt_command:adopt",
    "batch": "batch_command:batch",
    "serve": "serve_command:serve",
    "runs": "runs_command:runs",
    "cache": "cache_command:cache",
    "health": "health_command:health_command",
    "publish": "publish_command:publish",
    "check-rpl": "lists_command:check_list",
    "compare-rpl": "lists_command:compare_lists",
    "compare-as-laid": "as_laid_command:compare_laid",
    "validate": "validate_command:validate",
    "sources": "sources_command:sources",
    "schema": "reference_command:schema",
    "dictionary": "reference_command:dictionary",
}
"""Module and name of each command."""


class Commands(click.Group):
    """Commands that are imported when somebody asks for them: each loads no more than it needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of `PLACES`."""
        return list(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in PLACES:
            return None
        module, _, name = PLACES[cmd_name].partition(":")
        found: click.Command = getattr(import_module(f"transcaspian.cli.{module}"), name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is invoked; `check` reads at once, so what reads is loaded beside the command itself."""
        if args[:1] == ["check"] and "--help" not in args:
            prepare(*READERS)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Invoke the command; an interrupt, and what came of one, is told by `core.interrupt` and not by click."""
        try:
            return super().invoke(ctx)
        except BaseException as exc:
            if interrupted() or isinstance(exc, KeyboardInterrupt):
                raise SystemExit(EXIT_INTERRUPTED) from exc
            raise


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="transcaspian")
def command() -> None:
    """Route a subsea cable over the real seabed and export it as GIS layers.

    Start with `transcaspian run`; it needs nothing but the data in the checkout.
    """


@contextmanager
def one_sentence() -> Iterator[None]:
    """A fault in the user's input, or too little memory, ends the program with one sentence on standard error."""
    try:
        yield
    except TranscaspianError as exc:
        click.echo(f"error: {exc}", err=True)
        sys.exit(exc.exit_code)
    except MemoryError as exc:
        click.echo(
            f"error: the memory did not suffice{f' ({exc})' if str(exc) else ''}: give the command more", err=True
        )
        sys.exit(StarvedError.exit_code)


def main(orchestrator: Orchestrator | None = None, args: Sequence[str] | None = None) -> Any:
    """Run the command."""
    with any_streams(), one_sentence():
        return command.main(args=None if args is None else list(args), obj=orchestrator, prog_name="transcaspian")
