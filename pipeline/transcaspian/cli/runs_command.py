"""``runs``: which there are, what they say, and which is published."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console

from transcaspian.cli import completion
from transcaspian.cli.options import DEFAULT_STUDY, EXIT_BAD_INPUT, PATH, default_option, raw_option, runs_options
from transcaspian.cli.screen import counted, progress_on
from transcaspian.runs.archive.archived_runs import find_run, runs_in, verify_run
from transcaspian.runs.archive.publication import publish_run
from transcaspian.runs.archive.register import HELD, UNKNOWN, WHAT_IF
from transcaspian.runs.archive.retention import Retention, expired_runs
from transcaspian.runs.archive.retention import prune as prune_runs

COUNT = click.IntRange(0)
PATHS_OF = "Study file that paths of own sources count from; it is not read."
MARKS = {HELD: "?", WHAT_IF: "~", UNKNOWN: "!"}


@click.group()
def runs() -> None:
    """Look at the runs of a study, and decide which is published."""


@runs.command("list")
@runs_options
def list_runs(home: Path) -> None:
    """List the runs in the order in which they came.

    \b
    *  the published run, to which `latest` leads
       one that was published before
    ?  held for review
    ~  a what-if: of some systems, or with other keys
    !  not in the register: copied there from elsewhere
    """
    for run in runs_in(home):
        lengths = ", ".join(f"{system_id} {length_km:.1f} km" for system_id, length_km in run.lengths_km.items())
        told = lengths or "damaged: its manifest cannot be read"
        mark = "*" if run.is_latest else MARKS.get(run.state, " ")
        click.echo(f"{mark} {run.name}  {run.mbytes:6.1f} MB  {told}")


@runs.command("verify")
@click.argument("name", default="latest", shell_complete=completion.runs)
@runs_options
def verify_one(name: str, home: Path) -> None:
    """Compare every file of a run with what was written.

    NAME may be the beginning of one; without it the published run is compared.
    """
    run = find_run(home, name)
    faults = verify_run(run)
    for fault in faults:
        click.echo(fault)
    files = counted(len(run.manifest.get("files", ())), "file")
    click.echo(f"{run.name}: {files}, {counted(len(faults), 'fault') if faults else 'all as they were written'}")
    if faults:
        sys.exit(EXIT_BAD_INPUT)


@runs.command()
@click.argument("name", default="latest", shell_complete=completion.runs)
@runs_options
def show(name: str, home: Path) -> None:
    """Show what the run NAME was computed from and its results."""
    run = find_run(home, name)
    record = run.manifest
    if not record:
        click.echo(f"{run.folder}: {run.fault}")
        sys.exit(EXIT_BAD_INPUT)
    study, code = record["study"], record["code"]
    state = f"{run.state}, the one to which `latest` leads" if run.is_latest else run.state
    click.echo(f"run {run.name}, {run.created_utc}: {state}")
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
    for reason in run.reasons or record.get("review", ()):
        click.echo(f"to review: {reason}")
    click.echo(f"{counted(len(record['files']), 'file')}, {run.mbytes:.1f} MB in {run.folder}")


@runs.command()
@click.argument("before", shell_complete=completion.runs)
@click.argument("now", default="latest", shell_complete=completion.runs)
@runs_options
def diff(before: str, now: str, home: Path) -> None:
    """Say what changed from one run to another.

    From BEFORE to NOW (default: the last good one), as Markdown.
    """
    from transcaspian.runs.revisions import diff_runs

    click.echo(diff_runs(find_run(home, before), find_run(home, now)).as_markdown(), nl=False)


@runs.command("publish")
@click.argument("name", shell_complete=completion.runs)
@click.option("--force", is_flag=True, help="Also a run older than the published one, or unknown to the register.")
@runs_options
def publish_one(name: str, force: bool, home: Path) -> None:
    """Publish a run that was held, or a what-if.

    The run NAME: your decision, which the register keeps. `latest` then leads to it.
    """
    published = publish_run(home, name, datetime.now(UTC), force=force)
    click.echo(f"published: {published}")


@runs.command(hidden=True, deprecated="use `runs publish`")
@click.argument("name", shell_complete=completion.runs)
@runs_options
@click.pass_context
def release(context: click.Context, name: str, home: Path) -> None:
    """The name of `runs publish` in the version before."""
    context.invoke(publish_one, name=name, force=False, out_dir=home.parent, study_id=home.name)


@runs.command()
@default_option("--keep", kind=COUNT, default=Retention.newest, meaning="Newest runs to keep of a kind.")
@default_option("--months", kind=COUNT, default=Retention.months, meaning="Months whose last run stays.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@runs_options
def prune(keep: int, months: int, dry_run: bool, home: Path) -> None:
    """Remove old runs, never the published one.

    Published, held and what-if runs are counted apart.
    """
    rule = Retention(keep, months)
    expired = [run.name for run in expired_runs(home, rule)] if dry_run else prune_runs(home, rule, datetime.now(UTC))
    for name in expired:
        click.echo(f"{'would remove' if dry_run else 'removed'} {name}")
    click.echo(f"{counted(len(expired), 'run')} {'would go' if dry_run else 'went'}, {len(runs_in(home))} there")


@runs.command()
@click.argument("name", default="latest", shell_complete=completion.runs)
@default_option("--paths-of", "study_path", kind=PATH, default=DEFAULT_STUDY, meaning=PATHS_OF)
@raw_option
@runs_options
def reproduce(name: str, study_path: Path, raw_dir: Path | None, home: Path) -> None:
    """Make a run again and compare every byte.

    The run NAME, from its manifest; exit code 2 when any byte differs.
    """
    from transcaspian.runs.reproduce import reproduce as made_again

    run = find_run(home, name)
    with (
        TemporaryDirectory(prefix="transcaspian-reproduce-") as place,
        progress_on(Console(highlight=False)) as watch,
    ):
        found = made_again(run, Path(place), study_path, raw_dir, watch)
    for reason in found.reasons:
        click.echo(f"note: {reason}")
    for file in found.other:
        click.echo(f"differs: {file}")
    click.echo(f"{run.name}: {counted(len(found.same), 'file')} the same to the byte, {len(found.other)} not")
    if found.other:
        sys.exit(EXIT_BAD_INPUT)
