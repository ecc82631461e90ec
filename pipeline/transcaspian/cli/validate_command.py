"""``validate``: routed lines beside cables that lie there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from transcaspian.analyses.validation.outcome import FitRules, FittedWeights, Validation, ValidationSettings
from transcaspian.analyses.validation.sections import CutRules
from transcaspian.analyses.validation.tables import (
    contests,
    csv_rows,
    document_of,
    fit_row,
    page,
    validation_layers,
    verdict,
    weight_options,
    weights_toml,
    without_nan,
)
from transcaspian.cli.options import out_option, raw_option, set_option, study_argument
from transcaspian.cli.screen import counted
from transcaspian.core.system_figures import percent
from transcaspian.study import parse_override

SHOWN = 12
CUT, RULES, ASKED = CutRules(), FitRules(), ValidationSettings


@click.command()
@click.argument("cables", type=click.Path(path_type=Path))
@study_argument
@set_option
@raw_option
@out_option("Folder that receives <study>_validation/<id>/.")
@click.option("--layer", default=None, metavar="NAME", help="Layer of a GeoPackage, or sheet of a workbook.")
@click.option("--name", "name_column", default=None, metavar="COLUMN", help="Column that names the cables.")
@click.option(
    "--status",
    type=click.Choice(["REAL", "ASSUMED"]),
    default=None,
    help="What the lines are, where the file does not say it: REAL as laid or surveyed, ASSUMED as drawn.",
)
@click.option(
    "--snap-km",
    type=click.FloatRange(0),
    default=CUT.snap_km,
    show_default=True,
    help="End at sea that is led to the shore.",
)
@click.option(
    "--bridge-km",
    type=click.FloatRange(0),
    default=CUT.bridge_km,
    show_default=True,
    help="Land on the way that is passed over.",
)
@click.option("--least-km", type=float, default=CUT.least_km, show_default=True, help="Shorter is not compared.")
@click.option("--step-km", type=float, default=ASKED.step_km, show_default=True, help="Between samples on lines.")
@click.option("--within-km", type=float, default=ASKED.within_km, show_default=True, help="What counts as near.")
@click.option("--aside-km", type=float, default=ASKED.aside_km, show_default=True, help="How far the control is moved.")
@click.option("--fit", is_flag=True, help="Fit the weights of the criteria on some cables; changes no study.")
@click.option("--hold-out", type=float, default=None, help=f"Share of cables kept aside.  [default: {RULES.share:g}]")
@click.option("--seed", type=click.IntRange(0), default=RULES.seed, show_default=True, help="Of the fit.")
@click.option("--evaluations", type=int, default=RULES.evaluations, show_default=True, help="Trials of each fit.")
@click.option(
    "--objective",
    type=click.Choice(["distance", "share"]),
    default=RULES.objective,
    show_default=True,
    help="What a fit makes small: mean distance over length, or the share that is not near.",
)
def validate(
    cables: Path,
    study: Path,
    overrides: Sequence[str],
    raw_dir: Path | None,
    out_dir: Path,
    layer: str | None,
    name_column: str | None,
    status: str | None,
    snap_km: float,
    bridge_km: float,
    least_km: float,
    step_km: float,
    within_km: float,
    aside_km: float,
    fit: bool,
    hold_out: float | None,
    seed: int,
    evaluations: int,
    objective: str,
) -> None:
    """Compare routed lines with the cables in CABLES that lie in the sea of STUDY, or fit its weights to them.

    CABLES is a GeoPackage, GeoJSON, Shapefile, FlatGeobuf or Route Position List.
    """
    from transcaspian.analyses.validation.compute import validate as compare
    from transcaspian.analyses.validation.files import write_validation
    from transcaspian.export.manifest import code_sha256
    from transcaspian.runs.engine import clock

    if hold_out is not None and not fit:
        raise click.UsageError("--hold-out says what a fit keeps aside: give --fit too")
    share = RULES.share if hold_out is None else hold_out
    rules = FitRules(share, seed, evaluations, "share" if objective == "share" else "distance") if fit else None
    settings = ValidationSettings(
        cables,
        study,
        overrides=dict(parse_override(text) for text in overrides),
        raw_dir=raw_dir,
        layer=layer,
        name_column=name_column,
        status=status or "",
        cut=CutRules(snap_km, bridge_km, least_km),
        step_km=step_km,
        within_km=within_km,
        aside_km=aside_km,
        fit=rules,
    )
    console = Console(highlight=False)
    created = clock()
    found = compare(settings, lambda told: console.print(f"  {told}", markup=False, soft_wrap=True))
    said = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    document = without_nan(document_of(found, said, code_sha256()))
    columns, rows = csv_rows(found)
    content = hashlib.sha256(f"{found.drawn.sha256}{found.study_sha256}{code_sha256()}".encode()).hexdigest()
    folder = write_validation(
        out_dir,
        found.study.study.id,
        f"{created:%Y%m%dT%H%M%SZ}-{content[:8]}",
        created,
        layers=validation_layers(found),
        document=document,
        columns=columns,
        rows=rows,
        page=page(found, said),
    )
    show(console, found, folder)


def show(console: Console, found: Validation, folder: Path) -> None:
    """The figures, then what to open."""

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    for note in found.notes:
        say(f"note: {note}")
    for out in found.refused[:SHOWN]:
        say(f"not compared: {out}")
    if len(found.refused) > SHOWN:
        say(f"not compared: {len(found.refused) - SHOWN} more, see validation.md")
    console.print(sections_table(found))
    say(
        "ratio: routed over laid; mean: distance to the cable, both ways, km: of the routed line, the shortest way "
        "over water, the great circle\n"
        f"aside: of the routed line to the cable moved {found.settings.aside_km:g} km, to the side that is nearer\n"
        f"near: share of the cable within {found.settings.within_km:g} km of the routed line; cheaper: share of "
        "copies moved aside that lie on cheaper ground, 50 is no preference\n"
        "* drawn straight from end to end: decides nothing. All DERIVED; a cable is REAL or ASSUMED as its file has it"
    )
    off = [item.great_circle.reading.off_water_share for item in found.compared]
    if any(off):
        say(
            f"the great circle leaves the water for {sum(share > 0 for share in off)} of {len(off)}, over up to "
            f"{percent(max(off))} of its length"
        )
    for _, contest, meaning in contests(found):
        say(f"{meaning}: {verdict(contest)}")
    if found.fit is not None:
        show_fit(console, found, found.fit)
    for name in ("validation.md", "validation.gpkg", "validation.csv", "validation.json"):
        say(f"open: {folder / name}")


def sections_table(found: Validation) -> Table:
    """One row per section; as wide as eighty columns hold, the rest stands on the page."""
    shown = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    shown.add_column("cable", max_width=20, no_wrap=True)
    for heading in ("laid\nkm", "\nratio", "mean\nrouted", "\nshort", "\ncircle", "\naside", "near\n%", "cheaper\n%"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for item in found.compared:
        rank = item.preference.percentile
        shown.add_row(
            f"{'* ' if item.straight else ''}{item.section.label}",
            f"{item.laid_km:.0f}",
            f"{item.routed.reading.length_ratio:.3f}",
            f"{item.routed.reading.mean_km:.1f}",
            f"{item.shortest.reading.mean_km:.1f}",
            f"{item.great_circle.reading.mean_km:.1f}",
            f"{item.nearer_control_km:.1f}",
            f"{100 * item.routed.reading.within_share:.0f}",
            "–" if rank is None else f"{100 * rank:.0f}",
        )
    return shown


def show_fit(console: Console, found: Validation, fit: FittedWeights) -> None:
    """Train and held out beside each other, and the weights."""
    shown = Table(box=SIMPLE_HEAD, pad_edge=False)
    shown.add_column("median of mean km", no_wrap=True)
    for heading in ("cables", "fitted", "study's", "shortest", "circle"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for title, held_out in (("held out", True), ("trained on", False)):
        shown.add_row(*fit_row(title, fit.of(held_out)))
    console.print(shown)

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    say(f"{counted(len(fit.splits), 'split')}, {fit.search.evaluations} trials each, seed {fit.rules.seed}")
    say(f"held out, fitted nearer than the study's weights: {verdict(fit.held_out_beats_study)}")
    say(f"held out, fitted nearer than the great circle: {verdict(fit.held_out_beats_great_circle)}")
    say("fitted weights, DERIVED; your study is not changed:")
    say(weights_toml(found))
    say(weight_options(fit))
