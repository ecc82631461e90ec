"""The command ``transcaspian``, one module for each group of its commands.

It knows nothing of Prefect: `orchestration.command` hands in the ways to run and serve a study through it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from transcaspian.cli.options import EXIT_BAD_INPUT
from transcaspian.cli.orchestrator import Orchestrator
from transcaspian.cli.streams import any_streams
from transcaspian.core.errors import StarvedError, TranscaspianError
from transcaspian.core.interrupt import EXIT_INTERRUPTED, interrupted
from transcaspian.core.old_names import old_names
from transcaspian.core.reading import READERS, prepare
from transcaspian.core.version import __version__

__all__ = ["EXIT_BAD_INPUT", "any_streams", "command", "main", "one_sentence"]

PLACES = {
    "init": ("init_command:init", "Lay out a project in a folder: studies, data, a flow."),
    "new": ("new_command:new", "Write a first study from two positions."),
    "run": ("study_command:run", "Run a study: route, engineer, write and publish."),
    "check": ("study_command:check", "Validate a study and its sources; route nothing."),
    "try": ("try_command:try_keys", "Show what a change of keys would give; publish nothing."),
    "adopt": ("adopt_command:adopt", "Take edits made in QGIS into an overlay of the study."),
    "batch": ("batch_command:batch", "Route many pairs under many weightings."),
    "serve": ("serve_command:serve", "Serve the flow from this process, every night."),
    "runs": ("runs_command:runs", "Look at runs, compare them, decide which is published."),
    "cache": ("cache_command:cache", "Look after what runs keep for the next one."),
    "health": ("health_command:health_command", "Say whether all is well: exit code 0, else 1."),
    "view": ("view_command:view", "Show a run on a map in the browser."),
    "report": ("report_command:report", "Make the desktop study of a run, and its diagrams."),
    "export": ("export_command:export", "Write a run for ArcGIS, CAD, globes and others."),
    "publish": ("publish_command:publish", "Hand a published run on, to PostGIS for one."),
    "check-rpl": ("lists_command:check_list", "Check a Route Position List row by row."),
    "compare-rpl": ("lists_command:compare_lists", "Compare two Route Position Lists KP to KP."),
    "compare-as-laid": ("as_laid_command:compare_laid", "Compare a list as laid with its design."),
    "validate": ("validate_command:validate", "Compare routed lines with cables that lie."),
    "sources": ("sources_command:sources", "Look after the data sets in data/raw."),
    "rules": ("reference_command:rules", "Print the packaged rules that studies extend."),
    "schema": ("reference_command:schema", "Print the JSON schema of a study file."),
    "dictionary": ("reference_command:dictionary", "Print the data dictionary of all layers."),
}
"""Module and name of each command, and what it does: shown without loading it."""


class Commands(click.Group):
    """Commands that are imported when they are asked for: each loads no more than it needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of `PLACES`."""
        return list(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in PLACES:
            return None
        module, _, name = PLACES[cmd_name][0].partition(":")
        found: click.Command = getattr(import_module(f"transcaspian.cli.{module}"), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What each does, in a line of its own."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, does) for name, (_, does) in PLACES.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is invoked; where it is to read at once, what reads is loaded beside the command itself."""
        reads = args[:1] == ["check"] or (args[:1] == ["run"] and {"--no-reuse", "--force"} & set(args))
        if reads and not {"-h", "--help"} & set(args):
            prepare(*READERS)
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as exc:
            if near := get_close_matches(args[0], PLACES, 1):
                raise click.UsageError(f"{exc.format_message()} Did you mean '{near[0]}'?", ctx) from exc
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Invoke the command; an interrupt, and what came of one, is told by `core.interrupt` and not by click."""
        try:
            return super().invoke(ctx)
        except BaseException as exc:
            if interrupted() or isinstance(exc, KeyboardInterrupt):
                raise SystemExit(EXIT_INTERRUPTED) from exc
            raise


def current_name(name: str) -> str:
    """The name of an option; an old one is understood, with a warning on standard error."""
    old = next((one for one in old_names() if one.kind == "option" and one.old == f"--{name}"), None)
    if old is None:
        return name
    click.echo(f"DeprecationWarning: {old.old} {old}", err=True)
    return old.new.removeprefix("--")


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "token_normalize_func": current_name}
)
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
