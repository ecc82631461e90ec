"""``runs``: what was published."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console

from pipeline.archive.folder import HELD
from pipeline.archive.held import held_runs, release_run
from pipeline.archive.prune import Retention, doomed_runs, remove_run
from pipeline.archive.runs import ArchivedRun, find_run, runs_in, verify_run
from pipeline.cli.options import DEFAULT_STUDY, EXIT_BAD_INPUT, out_option, raw_option, study_id_option
from pipeline.cli.screen import counted, progress_on


@click.group()
def runs() -> None:
    """Look at the runs that were published."""


@runs.command("list")
@out_option("Folder of the runs.")
@study_id_option
def list_runs(out_dir: Path, study_id: str) -> None:
    """List the runs, the oldest first; * marks the last good one, ? those held for review."""
    home = out_dir / study_id
    published = runs_in(home)
    for run in (*published, *held_runs(home)):
        lengths = ", ".join(f"{system_id} {length_km:.1f} km" for system_id, length_km in run.lengths_km.items())
        told = lengths or "damaged: its manifest cannot be read"
        mark = "*" if run.is_latest else " " if run in published else "?"
        click.echo(f"{mark} {run.folder.name}  {run.mbytes:6.1f} MB  {told}")


@runs.command("verify")
@click.argument("name", default="latest")
@out_option("Folder of the runs.")
@study_id_option
def verify_one(name: str, out_dir: Path, study_id: str) -> None:
    """Compare every file of the run NAME (the beginning is enough; default: the last good one) with its manifest."""
    run = any_run(out_dir / study_id, name)
    faults = verify_run(run)
    for fault in faults:
        click.echo(fault)
    files = counted(len(run.manifest.get("files", ())), "file")
    click.echo(f"{run.folder.name}: {files}, {counted(len(faults), 'fault') if faults else 'all as they were written'}")
    if faults:
        sys.exit(EXIT_BAD_INPUT)


def any_run(home: Path, name: str) -> ArchivedRun:
    """The published run of a name, or the one held for review."""
    held = [run for run in held_runs(home) if run.folder.name.startswith(name)]
    return find_run(home / HELD, name) if held else find_run(home, name)


@runs.command()
@click.argument("name", default="latest")
@out_option("Folder of the runs.")
@study_id_option
def show(name: str, out_dir: Path, study_id: str) -> None:
    """Show what the run NAME was made of and what came out."""
    run = any_run(out_dir / study_id, name)
    record = run.manifest
    if not record:
        click.echo(f"{run.folder}: its manifest cannot be read")
        sys.exit(EXIT_BAD_INPUT)
    study, code = record["study"], record["code"]
    click.echo(f"run {run.name}, {run.created_utc}")
    click.echo(f"study {study['id']}, revision {study['revision']}; code {code['version']} ({code['sha256'][:12]})")
    for key, value in study["overrides"].items():
        click.echo(f"  set {key} = {value}")
    for source in record["sources"]:
        click.echo(f"  {source['role']}: {source['id']} {source['version']} ({source['sha256'][:12]})")
    for system in record["systems"]:
        click.echo(f"{system['id']}")
        for figure, told in system["figures"].items():
            value = "insufficient information" if told["value"] is None else f"{told['value']:,.6g} {told['unit']}"
            click.echo(f"  {figure.replace('_', ' '):<28}{value}  {told['status']}")
    for fault in record.get("review", ()):
        click.echo(f"held for review: {fault}")
    click.echo(f"{counted(len(record['files']), 'file')}, {run.mbytes:.1f} MB in {run.folder}")


@runs.command()
@click.argument("before")
@click.argument("now", default="latest")
@out_option("Folder of the runs.")
@study_id_option
def diff(before: str, now: str, out_dir: Path, study_id: str) -> None:
    """Say what changed from the run BEFORE to the run NOW (default: the last good one), as Markdown."""
    from pipeline.revisions import diff_runs

    home = out_dir / study_id
    click.echo(diff_runs(any_run(home, before), any_run(home, now)).as_markdown(), nl=False)


@runs.command()
@click.argument("name")
@out_option("Folder of the runs.")
@study_id_option
def release(name: str, out_dir: Path, study_id: str) -> None:
    """Publish the run NAME that was held for review: your decision, which is written down in released.jsonl."""
    published = release_run(out_dir / study_id, name, datetime.now(UTC))
    click.echo(f"published: {published}")


@runs.command()
@click.option(
    "--keep", type=click.IntRange(0), default=Retention.newest, show_default=True, help="Newest runs to keep."
)
@click.option(
    "--months", type=click.IntRange(0), default=Retention.months, show_default=True, help="Months whose last run stays."
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@out_option("Folder of the runs.")
@study_id_option
def prune(keep: int, months: int, dry_run: bool, out_dir: Path, study_id: str) -> None:
    """Remove old runs; the last good run always stays."""
    doomed = doomed_runs(out_dir / study_id, Retention(keep, months))
    for run in doomed:
        if not dry_run:
            remove_run(run)
        click.echo(f"{'would remove' if dry_run else 'removed'} {run.folder.name}")
    click.echo(
        f"{counted(len(doomed), 'run')} {'would go' if dry_run else 'went'}, {len(runs_in(out_dir / study_id))} there"
    )


@runs.command()
@click.argument("name", default="latest")
@click.option(
    "--paths-of",
    "study_path",
    type=click.Path(path_type=Path),
    default=DEFAULT_STUDY,
    show_default=True,
    help="Study file that paths of own sources count from; it is not read.",
)
@raw_option
@out_option("Folder of the runs.")
@study_id_option
def reproduce(name: str, study_path: Path, raw_dir: Path | None, out_dir: Path, study_id: str) -> None:
    """Make the run NAME again from its manifest and compare every byte; exit code 2 when any differs."""
    from pipeline.reproduce import reproduce as made_again

    run = any_run(out_dir / study_id, name)
    with TemporaryDirectory(prefix="transcaspian-reproduce-") as place:
        found = made_again(run, Path(place), study_path, raw_dir, progress_on(Console(highlight=False)))
    for reason in found.reasons:
        click.echo(f"note: {reason}")
    for file in found.other:
        click.echo(f"differs: {file}")
    click.echo(f"{run.name}: {counted(len(found.same), 'file')} the same to the byte, {len(found.other)} not")
    if found.other:
        sys.exit(EXIT_BAD_INPUT)
