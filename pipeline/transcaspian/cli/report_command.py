"""``report``: the desktop study of a run as a document, and its straight-line diagrams as drawings."""

from __future__ import annotations

from pathlib import Path

import click

from transcaspian.cli.options import DEFAULT_OUT, PATH, default_option, study_id_option
from transcaspian.core.errors import ExportError

MANIFEST = "manifest.json"
FORMATS = ("docx", "pdf", "sld")
"""Those of `transcaspian.runs.desktop_study`, which is loaded when a report is made."""


@click.command()
@click.argument("run", default="latest")
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    default=("docx",),
    show_default=True,
    help="A document to edit, its PDF (by LibreOffice), or straight-line diagrams (SVG, PDF, DXF); repeatable.",
)
@click.option(
    "--out", "out", type=PATH, required=True, metavar="FOLDER", help="Folder to write to, outside of the run."
)
@click.option("--document", type=PATH, metavar="FILE.TOML", help="Study or other file whose table [document] is taken.")
@click.option("--overwrite", is_flag=True, help="Also a document that was edited since it was written.")
@default_option("--runs", "runs_dir", kind=PATH, default=DEFAULT_OUT, meaning="Folder of the runs.")
@study_id_option
def report(
    run: str,
    formats: tuple[str, ...],
    out: Path,
    document: Path | None,
    overwrite: bool,
    runs_dir: Path,
    study_id: str,
) -> None:
    """Make the desktop study of the run RUN (default: the published one); the run is only read.

    RUN is the name of a run, the beginning of one, or its folder. Texts of your own stand in Markdown files that the
    table [document.text] names, chapter by chapter: see docs/how-to/desktop-study.md.
    """
    from transcaspian.runs.desktop_study import deliver_report

    made = deliver_report(run_folder(run, runs_dir / study_id), out, formats, document, overwrite=overwrite)
    for note in made.notes:
        click.echo(f"note: {note}")
    for path in made.files:
        click.echo(f"written: {path}")


def run_folder(run: str, home: Path) -> Path:
    """The folder of a run, from its name or as it is given.

    Raises
    ------
    ExportError
        When there is no such run.
    """
    from transcaspian.runs.archive.archived_runs import find_run

    if (Path(run) / MANIFEST).is_file():
        return Path(run)
    if len(Path(run).parts) > 1:
        raise ExportError(f"{run} is not the folder of a run: it has no {MANIFEST}")
    if not home.is_dir():
        raise ExportError(
            f"{home} is not a folder with runs: name it by --runs and --study, or give the folder of a run"
        )
    return find_run(home, run).folder
