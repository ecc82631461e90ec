"""``try``: what a change would do, in the terminal."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console

from transcaspian.cli import completion
from transcaspian.cli.options import out_option, raw_option, set_option, study_argument
from transcaspian.cli.screen import say, table_with
from transcaspian.runs.engine import RunSettings
from transcaspian.runs.trial import Figure, Trial, try_study


@click.command("try")
@study_argument
@set_option
@completion.system_option("Try only this system; repeatable.")
@out_option("Folder of the runs.")
@raw_option
def try_keys(**asked: Any) -> None:
    """Show what STUDY would give with the keys of --set, beside the last published run; nothing is published."""
    trial = try_study(RunSettings(**asked), lambda stage, seconds, told: None)
    show_trial(Console(highlight=False), trial)


NOTHING_PUBLISHED = "nothing was published: `transcaspian run` with the same --set keeps it as a what-if"


def show_trial(console: Console, trial: Trial, footer: str = NOTHING_PUBLISHED) -> None:
    """The figures of every system, as a run has them, as they would be, and the difference."""
    for note in trial.notes:
        say(console, f"note: {note}")
    table = table_with("system", ("figure", trial.before or "not published", "tried", "differs", "unit"))
    for system_id, figures in trial.figures.items():
        for number, figure in enumerate(figures):
            table.add_row("" if number else system_id, *cells(figure))
    console.print(table)
    for system_id, reason in trial.missing.items():
        say(console, f"{system_id} cannot be laid: {reason}")
    if footer:
        say(console, footer)


def cells(figure: Figure) -> tuple[str, ...]:
    """A figure as the columns show it; cost in millions."""
    scale, unit, digits = (
        (1e-6, "MUSD", 3) if figure.unit == "USD" else (1.0, figure.unit, 4 if "/" in figure.unit else 2)
    )
    was, now = (None if value is None else scale * value for value in (figure.before, figure.now))
    differs = "–" if was is None or now is None else f"{now - was:+,.{digits}f}"
    shown = ["unknown" if value is None else f"{value:,.{digits}f}" for value in (was, now)]
    return figure.name, "–" if was is None else shown[0], shown[1], differs, unit
