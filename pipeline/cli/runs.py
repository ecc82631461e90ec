"""``runs``: what was published."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.archive.runs import find_run, runs_in, verify_run
from pipeline.cli.options import EXIT_BAD_INPUT, out_option, study_id_option
from pipeline.cli.screen import counted


@click.group()
def runs() -> None:
    """Look at the runs that were published."""


@runs.command("list")
@out_option("Folder of the runs.")
@study_id_option
def list_runs(out_dir: Path, study_id: str) -> None:
    """List the runs, the oldest first; * marks the last good one."""
    for run in runs_in(out_dir / study_id):
        lengths = ", ".join(f"{system_id} {length_km:.1f} km" for system_id, length_km in run.lengths_km.items())
        told = lengths or "damaged: its manifest cannot be read"
        click.echo(f"{'*' if run.is_latest else ' '} {run.folder.name}  {run.mbytes:6.1f} MB  {told}")


@runs.command("verify")
@click.argument("name", default="latest")
@out_option("Folder of the runs.")
@study_id_option
def verify_one(name: str, out_dir: Path, study_id: str) -> None:
    """Compare every file of the run NAME (the beginning is enough; default: the last good one) with its manifest."""
    run = find_run(out_dir / study_id, name)
    faults = verify_run(run)
    for fault in faults:
        click.echo(fault)
    files = counted(len(run.manifest.get("files", ())), "file")
    click.echo(f"{run.folder.name}: {files}, {counted(len(faults), 'fault') if faults else 'all as they were written'}")
    if faults:
        sys.exit(EXIT_BAD_INPUT)
