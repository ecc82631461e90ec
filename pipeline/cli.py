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
from pipeline.engineering.compare import compare
from pipeline.engineering.qa import Breach, Tolerances, check_rpl
from pipeline.errors import TranscaspianError
from pipeline.export import FORMATS, MANIFEST
from pipeline.export.archive import find_run, runs_in, verify_run
from pipeline.export.postgis import DSN_VARIABLE, publish_postgis
from pipeline.ingest.rpl import RplSheet, load_rpl, place, read_rpl
from pipeline.products import Figures
from pipeline.report.dictionary import data_dictionary
from pipeline.run import RunResult, RunSettings, Stage, Watch, check_study, run_study
from pipeline.sources import rebuild as rebuilding
from pipeline.sources.catalogue import REGISTRY_NAME, load_registry
from pipeline.sources.verify import verify_sources
from pipeline.study import parse_override, study_schema

HEADINGS = ("route\nkm", "geodesic\nkm", "published\nkm", "differs\nkm", "deepest\nm", "cost\nMUSD", "gap\n%")

RunThroughPrefect = Callable[[RunSettings, Watch], RunResult]

DEFAULT_STUDY = Path("studies/trans_caspian.toml")
DEFAULT_RAW = Path("data/raw")
DEFAULT_OUT = Path("data/processed")
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


def out_option(meaning: str) -> Callable[[Any], Any]:
    """The option that names the folder of all runs."""
    return click.option(
        "--out", "out_dir", type=click.Path(path_type=Path), default=DEFAULT_OUT, show_default=True, help=meaning
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
@out_option("Folder that receives <study>/<run id>/ and <study>/latest.")
@set_option
@raw_option
@click.option("--direct", is_flag=True, help="Run without Prefect; the outputs are the same to the byte.")
@click.option("--criteria", "criteria_rasters", is_flag=True, help="Also write each criterion as a raster.")
@click.option("--format", "formats", multiple=True, type=click.Choice(list(FORMATS)), help="Also write it; repeatable.")
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
    formats: Sequence[str],
) -> None:
    """Run STUDY (default: studies/trans_caspian.toml) and publish its layers."""
    settings = RunSettings(
        study_path=study,
        out_dir=out_dir,
        systems=tuple(systems),
        overrides=dict(parse_override(text) for text in overrides),
        raw_dir=raw_dir,
        criteria_rasters=criteria_rasters,
        formats=tuple(dict.fromkeys(formats)),
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


def tolerance_option(name: str, unit: str, meaning: str) -> Callable[[Any], Any]:
    """An option for one of the tolerances, with its default."""
    return click.option(
        f"--{name.replace('_', '-')}",
        name,
        type=float,
        default=getattr(Tolerances, name),
        show_default=True,
        metavar=unit.upper(),
        help=meaning,
    )


@command.command("check-rpl")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", default=None, metavar="NAME", help="Sheet of the workbook; needed where it has several.")
@tolerance_option("span_m", "m", "A leg is wrong when it differs from the geodesic by more than this, and")
@tolerance_option("span_percent", "%", "by more than this.")
@tolerance_option("bearing_deg", "deg", "What a bearing may differ by,")
@tolerance_option("bearing_over_km", "km", "on spans longer than this.")
@tolerance_option("slack_least_percent", "%", "Least slack.")
@tolerance_option("slack_most_percent", "%", "Most slack.")
@tolerance_option("drift_km", "km", "What a cumulative may drift from the sum of the geodesics.")
@tolerance_option("reconcile_km", "km", "What sums may differ by, besides their rounding.")
@tolerance_option("repeated_m", "m", "Two positions in a row that are closer are one.")
def check_list(file: Path, sheet: str | None, **tolerances: float) -> None:
    """Check the Route Position List in FILE (.csv or .xlsx), line by line; exit code 2 when anything is wrong."""
    found = read_rpl(file, sheet)
    breaches = () if found.rpl is None else check_rpl(found.rpl, Tolerances(**tolerances))
    for note in found.notes:
        click.echo(f"note: {note}")
    for line in list_lines(found, breaches):
        click.echo(line)
    click.echo(list_summary(found, len(list_lines(found, breaches)) - len(found.faults)))
    if found.faults or breaches:
        sys.exit(EXIT_BAD_INPUT)


@command.command("compare-rpl")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--step-km", type=click.FloatRange(0.01), default=10.0, show_default=True, help="Step of the KP table.")
@click.option("--moved-m", type=click.FloatRange(0), default=5.0, show_default=True, help="What counts as moved.")
@click.option("--cost-per-km", type=click.FloatRange(0), default=None, help="Prices the difference in cable.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare_lists(
    old: Path, new: Path, step_km: float, moved_m: float, cost_per_km: float | None, as_json: bool
) -> None:
    """Compare the Route Position Lists in OLD and NEW: KP to KP, what moved, lengths, crossings, cable."""
    found = compare(
        load_rpl(old),
        load_rpl(new),
        old_name=str(old),
        new_name=str(new),
        step_km=step_km,
        moved_m=moved_m,
        cost_per_cable_km=cost_per_km,
    )
    click.echo(json.dumps(found.as_dict(), indent=2, ensure_ascii=False) if as_json else found.as_text())


def list_lines(found: RplSheet, breaches: Sequence[Breach]) -> list[str]:
    """A line for each fault and breach, by the rows of the file; a figure at fault is not named twice."""
    lines = [(fault.row, str(fault)) for fault in found.faults]
    named = {(fault.row, fault.field) for fault in found.faults}
    for breach in breaches:
        row = row_of(found, breach)
        if (row, breach.column) not in named:
            lines.append((row, f"{place(row, breach.column, column_of(found, breach.column))}: {breach}"))
    return [line for _, line in sorted(lines, key=lambda item: item[0])]


def row_of(found: RplSheet, breach: Breach) -> int:
    """Row of the file that a breach speaks of."""
    if breach.place == "list":
        return found.heading_row
    return (found.rows if breach.place == "position" else found.span_rows)[breach.index]


def column_of(found: RplSheet, name: str) -> str:
    """Letter of the column of a field; that of its degrees where an angle stands in parts."""
    return found.columns.get(name, found.columns.get(f"{name[:3]}Deg", "") if name.endswith("itude") else "")


def list_summary(found: RplSheet, breaches: int) -> str:
    """Size of the list, and how much of it is wrong."""
    verdict = ", ".join(
        counted(count, word) for count, word in ((len(found.faults), "fault"), (breaches, "breach")) if count
    )
    if found.rpl is None:
        return f"{counted(len(found.rows), 'position')}, which make no route: {verdict}"
    route_km, cable_km = list_length_km(found, "route_km"), list_length_km(found, "cable_km")
    lengths = [f"{route_km:.3f} km" if route_km is not None else "no length stated"]
    lengths += [f"{cable_km:.3f} km of cable"] if cable_km is not None else []
    return f"{counted(len(found.rows), 'position')}, {', '.join(lengths)}: {verdict or 'no breach'}"


def list_length_km(found: RplSheet, name: str) -> float | None:
    """Length that a list states: between its cumulatives or, without them, of its legs; None where it does not."""
    assert found.rpl is not None
    first, last = (getattr(found.rpl.positions[end], name) for end in (0, -1))
    if first is not None and last is not None:
        return float(last - first)
    legs = [getattr(span, name) for span in found.rpl.spans]
    return None if None in legs else float(sum(legs))


def counted(count: int, word: str) -> str:
    """A number with its word."""
    return f"{count} {word}" if count == 1 else f"{count} {word}{'es' if word.endswith('ch') else 's'}"


@command.group()
def runs() -> None:
    """Look at the runs that were published."""


study_id_option = click.option(
    "--study", "study_id", default="trans-caspian", show_default=True, metavar="ID", help="Id of the study."
)


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


@command.group()
def publish() -> None:
    """Hand a published run on."""


@publish.command()
@click.argument("dsn", envvar=DSN_VARIABLE, default="")
@click.option(
    "--run",
    "folder",
    type=click.Path(path_type=Path),
    default=DEFAULT_OUT / "trans-caspian" / "latest",
    show_default=True,
    help="Folder of the run.",
)
@click.option("--schema", default=None, metavar="NAME", help="Default: the id of the study, with _ for -.")
@click.option("--keep", type=click.IntRange(1), default=None, help="How many runs stay in the history. Default: all.")
def postgis(dsn: str, folder: Path, schema: str | None, keep: int | None) -> None:
    """Write a run into the PostGIS database DSN, in one transaction, with the runs before it kept.

    DSN is postgresql://user@host/database; with a password in it, better give it as TRANSCASPIAN_POSTGIS_DSN.
    """
    if not dsn:
        raise click.UsageError(f"no DSN: give postgresql://user@host/database, or set {DSN_VARIABLE}")
    done = publish_postgis(folder, dsn, schema=schema, keep=keep)
    for name, rows in done.rows.items():
        click.echo(f"  {name:<18}{rows:>8} rows")
    for run_id in done.removed:
        click.echo(f"  removed the older run {run_id}")
    there = "was already there and " if done.was_there else ""
    click.echo(f"run {done.run_id} {there}is current in schema {done.schema} of {done.place}")


@command.command()
def schema() -> None:
    """Print the JSON schema of a study file, for editors."""
    click.echo(json.dumps(study_schema(), indent=2))


@command.command()
def dictionary() -> None:
    """Print the data dictionary of all layers (Markdown)."""
    click.echo(data_dictionary(), nl=False)


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
    for path in (shown / "report.html", *packages, shown / "map.png", shown / MANIFEST):
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
