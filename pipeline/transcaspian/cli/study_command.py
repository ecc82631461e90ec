"""``run`` and ``check``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from transcaspian.cli import completion
from transcaspian.cli.cache_command import cache_mb_option
from transcaspian.cli.options import out_option, raw_option, set_option, study_argument
from transcaspian.cli.orchestrator import Orchestrator
from transcaspian.cli.profile import Profile
from transcaspian.cli.screen import json_progress, json_result, progress_on, show_result
from transcaspian.core.errors import StudyError
from transcaspian.ingest.understood import HEADINGS
from transcaspian.runs.engine import RENAMED, STAGES, RunSettings, check_study, run_study, unchanged_run
from transcaspian.runs.stages.inputs import Inputs, reading_notes
from transcaspian.runs.stages.order import READ
from transcaspian.study.schema import AnalysisTable

SOURCES_WIDTH = 160
"""Columns of the table of sources, on a screen and in a file alike."""
FORMATS = "Also keep flatgeobuf, parquet or kml in the run itself; repeatable. To hand a run over: transcaspian export."
SINCE = "Compute this stage and all after it, even where the values of an earlier run would do."
PROFILE = "Afterwards show what each stage and its main parts took: wall and processor time, memory."
PUBLISH = "Whether `latest` is to lead to this run. Default: where it is run without --system and --set."


@click.command()
@study_argument
@completion.system_option("Route only this system; repeatable.")
@out_option("Folder that receives <study>/<run id>/ and <study>/latest.")
@set_option
@raw_option
@click.option("--direct", is_flag=True, help="Run without Prefect; the outputs are the same to the byte.")
@click.option("--criteria", "criteria_rasters", is_flag=True, help="Also write each criterion as a raster.")
@click.option("--format", "formats", multiple=True, metavar="NAME", help=FORMATS)
@click.option("--from", "since", type=click.Choice([*(stage.name for stage in STAGES), *RENAMED]), help=SINCE)
@click.option("--fetch", is_flag=True, help="First fetch the sources of the network, or say how old their copies are.")
@click.option("--dask", metavar="ADDRESS", default=None, help="Spread the samples of [robustness] over a Dask cluster.")
@click.option("--force", is_flag=True, help="Compute every stage: as --from read.")
@click.option("--publish/--no-publish", default=None, help=PUBLISH)
@click.option("--json-log", is_flag=True, help="Tell the progress as lines of JSON, for a collector of logs.")
@click.option("--profile", "is_profiled", is_flag=True, help=PROFILE)
@click.option("--no-reuse", is_flag=True, help="Take nothing from earlier runs, and keep nothing for later ones.")
@cache_mb_option
@click.pass_obj
def run(
    orchestrator: Orchestrator | None,
    /,
    direct: bool,
    dask: str | None,
    force: bool,
    json_log: bool,
    is_profiled: bool,
    no_reuse: bool,
    formats: Sequence[str],
    **asked: Any,
) -> None:
    """Run STUDY (default: studies/trans_caspian.toml): its layers stand in a folder of the run, and are published.

    With --system or --set the run is a what-if: it is not published, unless by --publish or `runs publish`.
    """
    settings = RunSettings(**asked, formats=tuple(dict.fromkeys(formats)), reuse=not no_reuse)
    settings = replace(settings, since=READ.name) if force else settings
    console = Console(highlight=False)
    if dask is not None and (direct or orchestrator is None):
        raise StudyError("--dask goes through Prefect: use the command `transcaspian`, and not --direct")
    profile = Profile() if is_profiled else None
    with nullcontext(json_progress()) if json_log else progress_on(console) as shown:
        watch = shown if profile is None else profile.beside(shown)
        if direct or orchestrator is None:
            result = run_study(settings, watch)
        else:
            unchanged, notes = unchanged_run(settings, watch)
            result = unchanged or orchestrator.run(settings, watch, dask)
            result = replace(result, notes=(*notes, *result.notes))
    if json_log:
        json_result(result)
    else:
        show_result(console, result)
    if profile is not None:
        Console(highlight=False, stderr=json_log).print(profile.table())


@click.command()
@study_argument
@set_option
@raw_option
def check(study_path: Path, **asked: Any) -> None:
    """Validate STUDY, its sources and its landings without routing anything."""
    settings = RunSettings(study_path, **asked)
    check_study(
        settings,
        understood=lambda inputs: show_understood(study_path, inputs),
        noted=lambda note: click.echo(f"note: {note}"),
    )
    click.echo("the study can be run")


def show_understood(study_path: Path, inputs: Inputs) -> None:
    """What was understood of the study and of every source, and what a person should know of them."""
    click.echo(f"{study_path}: {len(inputs.study.systems)} systems, {len(inputs.study.landings)} landings")
    for role, read in inputs.layers.items():
        counts = read.counts
        click.echo(
            f"  {role}: {counts.read} read, {counts.kept} kept, {counts.repaired} repaired, "
            f"{counts.quarantined} quarantined, {counts.in_area} in the area"
        )
    for name, data in inputs.constraints.items():
        click.echo(f"  constraint {name}: {data.told}")
    for role, raster in inputs.seabeds.items():
        click.echo(
            f"  {role}: {raster.elevation_m.shape[0]} × {raster.elevation_m.shape[1]} nodes, "
            f"resolves {raster.effective_resolution_deg:g}°"
        )
    Console(highlight=False, width=SOURCES_WIDTH).print(sources_table(inputs))
    for source in inputs.provenance:
        for name in source.beside:
            click.echo(f"  {source.role}: {name} is opened with {source.file}")
    for name, item in inputs.further.items():
        click.echo(f"  {name}: {item.count:,} {item.meaning}")
    for name, table in inputs.study:
        if isinstance(table, AnalysisTable) and table.summary:
            click.echo(f"  {name}: {table.summary}")
    for note in reading_notes(inputs):
        click.echo(f"note: {note}")


def sources_table(inputs: Inputs) -> Table:
    """One row per source: what was understood of it."""
    shown = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("source", *HEADINGS):
        shown.add_column(heading, overflow="fold")
    rows = {role: read.understood for role, read in inputs.seabeds.items()}
    rows |= {role: read.understood for role, read in inputs.layers.items()}
    for role, understood in rows.items():
        shown.add_row(role, *map(escape, understood.cells))
    return shown
