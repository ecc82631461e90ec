"""``validate``: routed lines beside cables that were laid."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

from transcaspian.analyses.validation.outcome import FitRules, FittedWeights, Validation, ValidationSettings
from transcaspian.analyses.validation.sections import CutRules
from transcaspian.analyses.validation.tables import (
    contests,
    fit_row,
    follow_title,
    stratum_title,
    verdict,
    weight_options,
    weights_toml,
)
from transcaspian.cli.options import (
    PATH,
    POSITIVE,
    columns_option,
    default_option,
    out_option,
    raw_option,
    set_option,
    study_argument,
)
from transcaspian.cli.screen import counted, say, table_with
from transcaspian.core.system_figures import percent

Rules = TypeVar("Rules", CutRules, FitRules)

SHOWN = 12
HEADINGS = ("laid\nkm", "\nratio", "mean\nrouted", "\nshort", "\ncircle", "\nmirror", "near\n%", "cheaper\n%")
CUT, RULES, ASKED = CutRules(), FitRules(), ValidationSettings
STATUS = "What the lines are, where the file does not say it: REAL as laid or surveyed, ASSUMED as drawn."
OBJECTIVE = "What a fit makes small: mean distance over length, or the share that is not near."


@click.command()
@click.argument("cables_path", metavar="CABLES", type=PATH)
@study_argument
@set_option
@raw_option
@out_option("Folder that receives <study>_validation/<id>/.")
@click.option("--layer", "--sheet", "layer", metavar="NAME", help="Layer of a GeoPackage, or sheet of a workbook.")
@columns_option
@click.option("--name", "name_column", metavar="COLUMN", help="Column that names the cables.")
@click.option("--status", type=click.Choice(["REAL", "ASSUMED"]), help=STATUS)
@default_option("--snap-km", kind=POSITIVE, default=CUT.snap_km, meaning="End at sea that is led to the shore.")
@default_option("--bridge-km", kind=POSITIVE, default=CUT.bridge_km, meaning="Land on the way that is passed over.")
@default_option("--min-km", kind=float, default=CUT.min_km, meaning="Shorter is not compared.")
@default_option("--step-km", kind=float, default=ASKED.step_km, meaning="Between samples on lines.")
@default_option("--within-km", kind=float, default=ASKED.within_km, meaning="What counts as near.")
@default_option("--aside-km", kind=float, default=ASKED.aside_km, meaning="How far copies are moved.")
@default_option(
    "--twins-km", kind=float, default=ASKED.twins_km, meaning="Cables nearer for most of their way are one unit."
)
@click.option("--fit", "is_fit", is_flag=True, help="Fit the weights of the criteria on some cables; changes no study.")
@click.option("--hold-out", type=float, help=f"Share of cables kept aside.  [default: {RULES.share:g}]")
@default_option("--seed", kind=click.IntRange(0), default=RULES.seed, meaning="Of the fit.")
@default_option("--evaluations", kind=int, default=RULES.evaluations, meaning="Trials of each fit.")
@default_option("--objective", kind=click.Choice(["distance", "share"]), default=RULES.objective, meaning=OBJECTIVE)
def validate(out_dir: Path, is_fit: bool, hold_out: float | None, **asked: Any) -> None:
    """Compare routed lines with the cables in CABLES that lie in the sea of STUDY, or fit its weights to them.

    CABLES is a GeoPackage, GeoJSON, Shapefile, FlatGeobuf or Route Position List.
    """
    from transcaspian.analyses.validation.compute import validate as compare_with_cables
    from transcaspian.analyses.validation.files import write_validation
    from transcaspian.runs.engine import clock

    if hold_out is not None and not is_fit:
        raise click.UsageError("--hold-out says what a fit keeps aside: give --fit too")
    cut, rules = taken(CutRules, asked), taken(FitRules, asked)
    fit = replace(rules, share=RULES.share if hold_out is None else hold_out) if is_fit else None
    settings = ValidationSettings(**{**asked, "status": asked["status"] or ""}, cut=cut, fit=fit)
    console = Console(highlight=False)
    created = clock()
    found = compare_with_cables(settings, lambda told: say(console, f"  {told}"))
    show_found(console, found, write_validation(found, out_dir, created))


def taken(kind: type[Rules], asked: dict[str, Any]) -> Rules:
    """Rules from the options that are named as their fields, which are taken out of what was asked."""
    return kind(**{field.name: asked.pop(field.name) for field in fields(kind) if field.name in asked})


def show_found(console: Console, found: Validation, folder: Path) -> None:
    """The figures, then what to open."""

    for note in found.notes:
        say(console, f"note: {note}")
    for out in found.refused[:SHOWN]:
        say(console, f"not compared: {out}")
    if len(found.refused) > SHOWN:
        say(console, f"not compared: {len(found.refused) - SHOWN} more, see validation.md")
    console.print(sections_table(found))
    say(
        console,
        "ratio: routed over laid; mean: distance to the cable, both ways, km: of the routed line, the shortest way "
        "over water, the great circle\n"
        "mirror: of the routed line to the cable mirrored across the great circle, which keeps its ends and shape\n"
        f"near: share of the cable within {found.settings.within_km:g} km of the routed line; cheaper: share of "
        "copies moved aside that lie on cheaper ground, 50 is no preference\n"
        "* drawn straight from end to end: decides nothing. All DERIVED; a cable is REAL or ASSUMED as its file has it",
    )
    off = [item.great_circle.reading.off_water_share for item in found.compared]
    if any(off):
        say(
            console,
            f"the great circle leaves the water for {sum(share > 0 for share in off)} of {len(off)}, over up to "
            f"{percent(max(off))} of its length",
        )
    for stratum in found.strata:
        counts = f"{counted(stratum.units, 'unit')}, {counted(stratum.sections, 'section')}"
        say(console, f"{stratum_title(stratum)} ({counts}): {stratum.verdict}")
        for _, contest, meaning in contests(stratum):
            say(console, f"  {meaning}: {verdict(contest)}")
    for group in found.follow:
        say(
            console,
            f"following, {follow_title(group)}: rule to circle {group.to_circle}, to shortest {group.to_shortest}; "
            f"nearer than on the mirrored network {verdict(group.beats_mirror)}; {group.verdict}",
        )
    if found.fit is not None:
        show_fit(console, found, found.fit)
    for name in ("validation.md", "validation.gpkg", "validation.csv", "validation.json"):
        say(console, f"open: {folder / name}")


def sections_table(found: Validation) -> Table:
    """One row per section; as wide as eighty columns hold, the rest stands on the page."""
    shown = table_with("cable", HEADINGS, is_narrow=True)
    for item in found.compared:
        rank = item.preference.percentile
        shown.add_row(
            f"{'* ' if item.straight else ''}{item.section.label}",
            f"{item.laid_km:.0f}",
            f"{item.routed.reading.length_ratio:.3f}",
            f"{item.routed.reading.mean_km:.1f}",
            f"{item.shortest.reading.mean_km:.1f}",
            f"{item.great_circle.reading.mean_km:.1f}",
            f"{item.mirror_km:.1f}" if item.mirror_km == item.mirror_km else "–",
            f"{100 * item.routed.reading.within_share:.0f}",
            "–" if rank is None else f"{100 * rank:.0f}",
        )
    return shown


def show_fit(console: Console, found: Validation, fit: FittedWeights) -> None:
    """Train and held out beside each other, and the weights."""
    shown = table_with("median of mean km", ("cables", "fitted", "study's", "shortest", "circle"))
    for title, held_out in (("held out", True), ("trained on", False)):
        shown.add_row(*fit_row(title, fit.of(held_out)))
    console.print(shown)

    say(console, f"{counted(len(fit.splits), 'split')}, {fit.search.evaluations} trials each, seed {fit.rules.seed}")
    say(console, f"held out, fitted nearer than the study's weights: {verdict(fit.held_out_beats_study)}")
    say(console, f"held out, fitted nearer than the great circle: {verdict(fit.held_out_beats_great_circle)}")
    say(console, "fitted weights, DERIVED; your study is not changed:")
    say(console, weights_toml(found, fit))
    say(console, weight_options(found, fit))
