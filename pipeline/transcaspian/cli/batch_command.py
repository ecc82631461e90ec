"""``batch``: many routes at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from transcaspian.analyses.batch.compute import BatchResult, BatchSettings, run_batch
from transcaspian.cli.options import out_option, raw_option, set_option
from transcaspian.cli.orchestrator import Orchestrator
from transcaspian.core.errors import StudyError
from transcaspian.core.spread import on_threads
from transcaspian.study import parse_override

EXIT_FAULT = 1
SHOWN_PAIRS = 20


@click.command()
@click.argument("batch_path", metavar="BATCH", type=click.Path(path_type=Path))
@out_option("Folder that receives batches/<study>/<batch>/<run id>/.")
@set_option
@raw_option
@click.option(
    "--threads", type=click.IntRange(1), default=None, help="Threads of this machine.  [default: one for each core]"
)
@click.option(
    "--dask",
    metavar="ADDRESS",
    default=None,
    help="Spread the work over a Dask cluster, e.g. tcp://10.0.0.5:8786, as a Prefect flow.",
)
@click.pass_obj
def batch(
    orchestrator: Orchestrator | None,
    batch_path: Path,
    out_dir: Path,
    overrides: Sequence[str],
    raw_dir: Path | None,
    threads: int | None,
    dask: str | None,
) -> None:
    """Route every pair of BATCH under every weighting in every scenario, into one GeoParquet file.

    A member that cannot be routed is a row that says why, and the exit code stays 0; it is 1 when the program itself
    failed on one, and 2 when none could be routed.
    """
    if dask is not None and threads is not None:
        raise StudyError("--threads and --dask exclude each other: the workers of a cluster have threads of their own")
    settings = BatchSettings(
        batch_path,
        out_dir,
        dict(parse_override(text) for text in overrides),
        raw_dir,
        partial(on_threads, threads=threads or os.cpu_count() or 1),
    )
    console = Console(highlight=False)
    columns = (TextColumn("routes"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        bar = progress.add_task("routes", total=None, failed="")

        def told(done: int, failed: int, members: int) -> None:
            progress.update(bar, completed=done, total=members, failed=f"{failed} failed" if failed else "")

        if dask is None:
            result = run_batch(settings, told)
        elif orchestrator is None:
            raise StudyError("--dask goes through Prefect: use `transcaspian`, not `python -m transcaspian`")
        else:
            result = orchestrator.batch(settings, dask, told)
    show_batch(console, result)
    if result.faults:
        click.echo(f"{result.faults} members failed by a fault of the program: see `traceback` in the file", err=True)
        raise SystemExit(EXIT_FAULT)


def show_batch(console: Console, result: BatchResult) -> None:
    """The figures of every pair, then what to open."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("pair", no_wrap=True)
    for heading in ("routes", "failed", "least\nkm", "median\nkm", "greatest\nkm"):
        table.add_column(heading, justify="right")
    for item in result.pairs[:SHOWN_PAIRS]:
        lengths = (item.least_km, item.median_km, item.greatest_km)
        figures = ("–" if value is None else f"{value:.1f}" for value in lengths)
        table.add_row(item.pair_id, str(item.routes), str(item.failed), *figures)
    console.print(table)
    if len(result.pairs) > SHOWN_PAIRS:
        console.print(f"and {len(result.pairs) - SHOWN_PAIRS:,} more pairs")
    console.print(f"{result.members:,} members, {result.failed:,} failed; lengths are DERIVED")
    for reason in result.reasons:
        console.print(f"failed: {reason}", markup=False, soft_wrap=True)
    console.print(f"open: {result.folder / 'routes.parquet'}", markup=False, soft_wrap=True)
