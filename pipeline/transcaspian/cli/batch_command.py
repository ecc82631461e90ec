"""``batch``: many routes at once."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from transcaspian.analyses.batch.compute import BatchResult, BatchSettings, run_batch
from transcaspian.cli.options import PATH, out_option, raw_option, set_option
from transcaspian.cli.orchestrator import Orchestrator
from transcaspian.cli.screen import say, table_with
from transcaspian.core.errors import StudyError
from transcaspian.core.spread import on_threads

EXIT_FAULT = 1
SHOWN_PAIRS = 20
DASK = "Spread the work over a Dask cluster, e.g. tcp://10.0.0.5:8786."


@click.command()
@click.argument("batch_path", metavar="BATCH", type=PATH)
@out_option("Folder that receives batches/<study>/<batch>/<run id>/.")
@set_option
@raw_option
@click.option("--threads", type=click.IntRange(1), help="Threads of this machine.  [default: one for each core]")
@click.option("--dask", metavar="ADDRESS", help=DASK)
@click.pass_obj
def batch(orchestrator: Orchestrator | None, /, threads: int | None, dask: str | None, **asked: Any) -> None:
    """Route every pair of BATCH under every weighting in every scenario, into one GeoParquet file.

    A member that cannot be routed is a row that says why, and the exit code stays 0; it is 1 when the program itself
    failed on one, and 2 when none could be routed.
    """
    if dask is not None and threads is not None:
        raise StudyError("--threads and --dask exclude each other: the workers of a cluster have threads of their own")
    settings = BatchSettings(**asked, how=partial(on_threads, threads=threads or os.cpu_count() or 1))
    console = Console(highlight=False)
    columns = (TextColumn("routes"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        bar = progress.add_task("routes", total=None, failed="")

        def told(done: int, failed: int, members: int) -> None:
            progress.update(bar, completed=done, total=members, failed=f"{failed} failed" if failed else "")

        if dask is None:
            result = run_batch(settings, told)
        elif orchestrator is None:
            raise StudyError("--dask needs the command `transcaspian`, not `python -m transcaspian`")
        else:
            result = orchestrator.batch(settings, dask, told)
    show_batch(console, result)
    if result.faults:
        click.echo(f"{result.faults} members failed by a fault of the program: see `traceback` in the file", err=True)
        raise SystemExit(EXIT_FAULT)


def show_batch(console: Console, result: BatchResult) -> None:
    """The figures of every pair, then what to open."""
    table = table_with("pair", ("routes", "failed", "min\nkm", "median\nkm", "max\nkm"))
    for item in result.pairs[:SHOWN_PAIRS]:
        lengths = (item.min_km, item.median_km, item.max_km)
        figures = ("–" if value is None else f"{value:.1f}" for value in lengths)
        table.add_row(item.pair_id, str(item.routes), str(item.failed), *figures)
    console.print(table)
    if len(result.pairs) > SHOWN_PAIRS:
        console.print(f"and {len(result.pairs) - SHOWN_PAIRS:,} more pairs")
    console.print(f"{result.members:,} members, {result.failed:,} failed; lengths are DERIVED")
    for reason in result.reasons:
        say(console, f"failed: {reason}")
    say(console, f"open: {result.folder / 'routes.parquet'}")
