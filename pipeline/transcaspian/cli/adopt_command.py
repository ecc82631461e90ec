"""``adopt``: edits made in a GIS go into the study."""

from __future__ import annotations

import dataclasses
import getpass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from transcaspian.cli.options import DEFAULT_STUDY, PATH, out_option, raw_option
from transcaspian.cli.screen import progress_on, say
from transcaspian.cli.try_command import show_trial
from transcaspian.runs.adopt import Adopted, adopt_edits, edits_of, systems_beside
from transcaspian.runs.engine import RunSettings, run_study
from transcaspian.study import load_study


@click.command()
@click.argument("edited", type=PATH)
@click.argument("study_path", metavar="[STUDY]", type=PATH, default=DEFAULT_STUDY)
@click.option("--overlay", type=PATH, help="Study file to write. Default: EDITED with .toml; of a point, beside STUDY.")
@click.option("--run", default="latest", help="Run whose front has the point. Default: the published one.")
@click.option("--who", default=None, help="Who made the edits. Default: the name of the account.")
@click.option("--when", default=None, help="When. Default: now, in UTC.")
@click.option("--why", default="", help="Why; the remarks that were edited are kept too.")
@click.option("--replace", is_flag=True, help="Write over an overlay that is there.")
@click.option("--no-run", is_flag=True, help="Only write the overlay and report: no run is made from it.")
@out_option("Folder of the runs.")
@raw_option
def adopt(
    edited: Path,
    study_path: Path,
    overlay: Path | None,
    run: str,
    who: str | None,
    when: str | None,
    why: str,
    *,
    replace: bool,
    no_run: bool,
    out_dir: Path,
    raw_dir: Path | None,
) -> None:
    """Take the edits in EDITED, a copy of the GeoPackage of a run, into an overlay of STUDY, and report what they do.

    The layers of the group "Edit me" are read. Or EDITED is a point of a front, as main/8: its line, cable and burial
    are taken. The run of the overlay is a what-if until you publish it.
    """
    said = {"who": who or account(), "when": when or f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "why": why}
    settings = RunSettings(study_path, out_dir, raw_dir=raw_dir, publish=False)
    edits = edits_of(edited, settings, run)
    is_point = any(changed.adopt for changed in edits.systems.values())
    beside = study_path.with_name(f"{edited.as_posix().replace('/', '-point-')}.toml")
    target = overlay or (beside if is_point else edited.with_suffix(".toml"))
    console = Console(highlight=False)
    said["file"] = edited.as_posix() if is_point else edited.name
    done = adopt_edits(edits, settings, target, said, replace=replace, watch=lambda stage, seconds, told: None)
    show_adopted(console, done)
    if done.overlay is not None and done.edits.systems and not no_run:
        make_run(console, settings, done, target)


def account() -> str:
    """The name of the account, as far as the system knows it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def show_adopted(console: Console, done: Adopted) -> None:
    """What was edited, and what it does."""
    run = done.edits.run.name
    if done.overlay is None:
        say(console, f"nothing changed against run {run}: no edit moves anything by more than 0.3 m")
        return
    for system_id, changed in done.edits.systems.items():
        for told in changed.told:
            say(console, f"{system_id}: {told}")
    if done.edits.remarks is not None:
        say(console, f"remarks: {len(done.edits.remarks)} in the study")
    if done.trial is not None:
        show_trial(console, done.trial, footer="")
    for system_id, found in (done.comparisons or {}).items():
        say(console, f"\n{system_id}, its list:\n{found if isinstance(found, str) else found.as_text()}")
    for fault in done.faults:
        say(console, f"against the rules: {fault}")
    if done.trial is not None and not done.faults:
        say(console, "no rule is broken")
    say(console, f"overlay: {done.overlay}")


def make_run(console: Console, settings: RunSettings, done: Adopted, overlay: Path) -> None:
    """The what-if run of an overlay."""
    systems = systems_beside(done.edits, load_study(overlay))
    wanted = dataclasses.replace(settings, study_path=overlay, systems=systems)
    with progress_on(console) as watch:
        result = run_study(wanted, watch)
    say(console, f"what-if run: {result.folder}; `transcaspian runs publish {result.folder.name}` publishes it")
