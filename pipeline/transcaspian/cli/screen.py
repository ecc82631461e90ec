"""What a person at a terminal sees of a run: its progress, its notes, its figures."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from transcaspian.core.cost_range import MILLION
from transcaspian.core.system_figures import SystemFigures
from transcaspian.runs.archive.archived_runs import SYSTEM_PAGE
from transcaspian.runs.archive.register import PUBLISHED
from transcaspian.runs.archive.steps import MANIFEST
from transcaspian.runs.engine import REUSED, AnyStage, RunResult, Watch

FIRST_FINDINGS = 5
MAX_SILENCE_S = 8.0
HEADINGS = ("route\nkm", "geodesic\nkm", "published\nkm", "differs\nkm", "deepest\nm", "cost\nMUSD", "gap\n%")


@contextmanager
def progress_on(console: Console) -> Iterator[Watch]:
    """A line per stage: the seconds it took and why, or that an earlier run's value stands; and a sign while one works.

    A reason that is that of the stage before is not said again.
    """
    working, reason = Working(console), ""

    def watch(stage: AnyStage, seconds: float | None, told: str) -> None:
        nonlocal reason
        if seconds is None:
            working.on(stage)
            return
        working.end(stage)
        took = "   reused" if told == REUSED else f"{seconds:7.2f} s"
        why = f"; because {told}" if told not in ("", REUSED, reason) else ""
        reason = told
        say(console, f"  {stage.name:<12}{took}   {stage.meaning}{why}")

    try:
        yield watch
    finally:
        working.end()


class Working:
    """The sign that stages work: on a terminal a line that counts the seconds, in a file a line now and then.

    Of several it shows the one that began last.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._at_work: list[tuple[AnyStage, float]] = []

    def on(self, stage: AnyStage) -> None:
        """A stage begins."""
        self._at_work = [*self._at_work, (stage, perf_counter())]
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._tell, daemon=True)
            self._thread.start()

    def end(self, stage: AnyStage | None = None) -> None:
        """A stage has ended; None: the run has."""
        self._at_work = [] if stage is None else [item for item in self._at_work if item[0] is not stage]
        if self._thread is not None and not self._at_work:
            self._ended.set()
            self._thread.join()
            self._thread = None

    def _tell(self) -> None:
        if not self._console.is_terminal:
            while not self._ended.wait(MAX_SILENCE_S):
                for stage, begun in self._at_work[-1:]:
                    say(self._console, f"  {stage.name:<12}{perf_counter() - begun:5.0f} s so far")
            return
        with self._console.status("") as status:
            while not self._ended.is_set():
                for stage, begun in self._at_work[-1:]:
                    status.update(f"{stage.name:<12}{perf_counter() - begun:5.0f} s   {stage.meaning}")
                self._ended.wait(1.0)


def json_progress() -> Watch:
    """A line of JSON as each stage begins and ends; ``process`` is the same in all lines of one run."""

    def watch(stage: AnyStage, seconds: float | None, told: str) -> None:
        event = "stage begins" if seconds is None else "stage"
        log(event, stage=stage.name, seconds=seconds, told=told)

    return watch


def json_result(result: RunResult) -> None:
    """A line of JSON for each note and finding, and one for the run with its figures."""
    for note in result.notes:
        log("note", run=result.folder.name, note=note)
    for found in result.findings:
        log("finding", run=result.folder.name, **asdict(found))
    log(
        "run",
        run=result.folder.name,
        state=result.state,
        reused=result.reused,
        folder=str(result.folder),
        systems=[asdict(item) for item in result.figures],
        missing=dict(result.missing),
        advice=[asdict(item) for item in result.advice],
    )


def log(event: str, **further: Any) -> None:
    """One line of JSON."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    said = {"time": now, "process": os.getpid(), "event": event, **further}
    click.echo(json.dumps(said, ensure_ascii=False))


def show_result(console: Console, result: RunResult) -> None:
    """The figures of every system, then what to open."""
    for note in result.notes:
        say(console, f"note: {note}")
    if result.reused:
        say(console, f"nothing changed: run {result.folder.name} stands")
    console.print(figures_table(result.figures, result.missing))
    console.print(
        "Routed lengths are DERIVED, published ones REAL (never tuned to), landings ASSUMED; sources: manifest.json\n"
        "differs: our cable less the published length, see published figures in the report; gap: no line on the cost "
        "grid through the same points is cheaper by more than that\n"
        "cost: base and range by [prices] of the study; without that table the length at the price of [cost]",
        markup=False,
        soft_wrap=True,
    )
    show_findings(console, result)
    shown = result.folder
    packages = sorted(shown.glob("*.gpkg"))
    further = [path for path in (shown / SYSTEM_PAGE,) if path.is_file()]
    for path in (shown / "report.html", *further, *packages, shown / "map.png", shown / MANIFEST):
        say(console, f"open: {path}")
    if result.state == PUBLISHED:
        told = f"published: {result.latest}"
    else:
        told = f"not published ({result.state}): `transcaspian runs publish {shown.name}` publishes it"
    say(console, told)


def show_findings(console: Console, result: RunResult) -> None:
    """What to do about each system, and the first findings; the report has all."""
    for item in result.advice:
        say(console, f"what to do: {item}")
    for found in result.findings[:FIRST_FINDINGS]:
        say(console, f"{found.severity}: {found}")
    if (more := len(result.findings) - FIRST_FINDINGS) > 0:
        say(console, f"{counted(more, 'further finding')}: report.html, layer findings")


def say(console: Console, text: str) -> None:
    """A line as it is, whatever it has: names of files may look like markup, and are not broken."""
    console.print(text, markup=False, soft_wrap=True)


def table_with(first: str, headings: Sequence[str], is_narrow: bool = False) -> Table:
    """An empty table: a column of names, then columns of figures.

    Parameters
    ----------
    first, headings
        Of the columns.
    is_narrow
        Whether it has so many columns that names are cut.
    """
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=is_narrow)
    # where there is no room for all, names are broken, never figures
    table.add_column(first, max_width=20 if is_narrow else None, overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def figures_table(figures: Sequence[SystemFigures], missing: Iterable[str] = ()) -> Table:
    """One row per system, as wide as its figures; ``missing``: ids of those that could not be laid."""
    table = table_with("system", HEADINGS, is_narrow=True)
    for item in figures:
        table.add_row(
            item.system_id,
            f"{item.length_km:.1f}",
            f"{item.geodesic_km:.1f}",
            _or_dash(item.published_km, ".0f"),
            _or_dash(item.difference_km, "+.1f"),
            "unknown" if item.max_depth_m is None else f"{item.max_depth_m:.0f}",
            f"{item.cost_usd / MILLION:.3g}" if item.cost is None else item.cost.in_short,
            "–" if item.gap is None else f"{100 * item.gap:.1f}",
        )
    for system_id in missing:
        table.add_row(system_id, "not laid", *("–" for _ in HEADINGS[1:]))
    return table


def _or_dash(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def counted(count: int, word: str) -> str:
    """A number with its word."""
    return f"{count} {word}" if count == 1 else f"{count} {word}{'es' if word.endswith('ch') else 's'}"
