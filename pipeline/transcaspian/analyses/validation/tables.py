"""A validation as layers, as rows, as JSON and as a page, from values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import geopandas as gpd
import numpy as np
from shapely import LineString

from transcaspian.analyses.validation.follow import LINES, FollowGroup
from transcaspian.analyses.validation.layers import (
    AS_LAID,
    CONTROL,
    GREAT_CIRCLE,
    MIRRORED,
    NOT_COMPARED,
    ROUTED,
    SHORTEST,
    VALIDATION,
)
from transcaspian.analyses.validation.outcome import (
    ComparedSection,
    FitReading,
    FittedWeights,
    MeasuredLine,
    Stratum,
    Validation,
)
from transcaspian.analyses.validation.summary import MIN_UNITS, Contest
from transcaspian.core.frames import frame, known
from transcaspian.core.layers import Layer
from transcaspian.core.line_distance import LineDistances, read_off
from transcaspian.core.system_figures import percent
from transcaspian.core.version import __version__
from transcaspian.core.vocabulary import STATUSES
from transcaspian.study.toml import toml_value

SCHEMA_VERSION = 2
DERIVED = "derived here"
LISTED = 40
"""So many of what was not compared stand on the page; the rest is counted, and stands in the files."""


def validation_layers(found: Validation) -> dict[str, gpd.GeoDataFrame]:
    """All layers of a validation by name."""
    records: dict[str, list[dict[str, Any]]] = {layer.name: [] for layer in VALIDATION}
    for number, item in enumerate(found.compared, start=1):
        records[AS_LAID.name].append({**laid_record(number, item, found), "geometry": LineString(item.section.lonlat)})
        for layer, line in ((ROUTED, item.routed), (SHORTEST, item.shortest), (GREAT_CIRCLE, item.great_circle)):
            records[layer.name].append(_line_record(layer, number, item, line))
        if item.followed is not None:
            image = item.followed.mirrored
            reading = read_off(
                item.section.lonlat, image, step_km=found.settings.step_km, within_km=found.settings.within_km
            )
            records[MIRRORED.name].append(_line_record(MIRRORED, number, item, MeasuredLine(image, reading)))
        for control in item.controls:
            record = _line_record(CONTROL, number, item, MeasuredLine(control.lonlat, control.reading))
            record |= {
                "line_id": f"{number}/control/{control.side}",
                "control_side": control.side,
                "offset_km": control.offset_km,
                "control_off_water_share": control.off_water_share,
            }
            records[CONTROL.name].append(record)
    for number, out in enumerate(found.refused, start=1):
        drawable = out.lonlat is not None and len(out.lonlat) > 1
        records[NOT_COMPARED.name].append(
            {
                "number": number,
                "name": out.name,
                "feature_index": out.feature,
                "reason": out.reason,
                "geometry": LineString(out.lonlat) if drawable else None,
            }
        )
    return {layer.name: frame(layer, records[layer.name]) for layer in VALIDATION}


def laid_record(number: int, item: ComparedSection, found: Validation) -> dict[str, Any]:
    """What is known of an as-laid section."""
    section, rank = item.section, item.preference
    cable = section.cable
    return {
        "section_id": number,
        "name": section.label,
        "cable": cable.system,
        "unit": item.unit,
        "circle_in_water": item.in_water,
        "features": ", ".join(map(str, cable.features)),
        "length_km": item.laid_km,
        "vertex_spacing_km": cable.spacing_km,
        "is_straight": item.straight,
        "dry_km": section.dry_km,
        "closed_share": item.closed_share,
        "from_end": section.start.kind,
        "from_moved_km": section.start.moved_km,
        "to_end": section.end.kind,
        "to_moved_km": section.end.moved_km,
        "mean_cost": known(rank.mean_cost),
        "cost_copies": rank.copies,
        "cost_copies_left_out": rank.left_out,
        "cost_percentile": rank.percentile,
        "cost_p": rank.p_value,
        "position_accuracy_m": cable.accuracy_m,
        "source": f"{found.settings.cables_path.name} ({found.drawn.publisher})",
        "status": cable.status if cable.status in STATUSES else "ASSUMED",
    }


def _line_record(layer: Layer, number: int, item: ComparedSection, line: MeasuredLine) -> dict[str, Any]:
    """A line beside an as-laid section."""
    return {
        "line_id": f"{number}/{layer.name}",
        "section_id": number,
        "name": item.section.label,
        **reading_values(line.reading),
        "source": DERIVED,
        "status": "DERIVED",
        "geometry": LineString(line.lonlat),
    }


def reading_values(reading: LineDistances) -> dict[str, float]:
    """The figures of a reading by the names of the columns."""
    return {**asdict(reading), "mean_km": reading.mean_km}


def csv_rows(found: Validation) -> tuple[list[str], list[list[Any]]]:
    """One row per section: what is known of it, and every line's figures with the name of the line before them."""
    rows = [row_values(number, item, found) for number, item in enumerate(found.compared, start=1)]
    return list(rows[0]), [list(row.values()) for row in rows]


def row_values(number: int, item: ComparedSection, found: Validation) -> dict[str, Any]:
    """A row of the table by the names of its columns."""
    values = laid_record(number, item, found)
    lines = {ROUTED.name: item.routed, SHORTEST.name: item.shortest, GREAT_CIRCLE.name: item.great_circle}
    for name, line in lines.items():
        values |= {f"{name}_{figure}": value for figure, value in reading_values(line.reading).items()}
    for control in item.controls:
        side = control.side
        values[f"control_{side}_mean_km"] = control.reading.mean_km
        values[f"control_{side}_off_water_share"] = control.off_water_share
    return values


def document_of(found: Validation, created_utc: str, code_sha256: str) -> dict[str, Any]:
    """All of it for programs; what is not known is null."""
    settings = asdict(found.settings) | {
        "cables_path": found.settings.cables_path.name,
        "study_path": found.settings.study_path.name,
        "raw_dir": None,
        "columns": found.settings.columns.name if found.settings.columns else None,
        "overrides": dict(found.settings.overrides),
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "created_utc": created_utc,
        "code": {"version": __version__, "sha256": code_sha256},
        "study": {
            "id": found.study.study.id,
            "title": found.study.study.title,
            "revision": found.study.study.revision,
            "sha256": found.study_sha256,
        },
        "sources": [dict(source) for source in found.sources],
        "cables": {
            "file": found.settings.cables_path.name,
            "sha256": found.drawn.sha256,
            "publisher": found.drawn.publisher,
            "features": found.drawn.features,
        },
        "settings": settings,
        "notes": list(found.notes),
        "strata": [stratum_document(stratum) for stratum in found.strata],
        "follow": [asdict(group) | {"verdict": group.verdict} for group in found.follow],
        "sections": [row_values(number, item, found) for number, item in enumerate(found.compared, start=1)],
        "not_compared": [
            {"name": out.name, "feature_index": out.feature, "reason": out.reason} for out in found.refused
        ],
        "fit": None if found.fit is None else fit_document(found.fit),
    }


def stratum_document(stratum: Stratum) -> dict[str, Any]:
    """What cables of a stratum say together, for programs."""
    return {
        "in_water": stratum.in_water,
        "units": stratum.units,
        "systems": stratum.systems,
        "sections": stratum.sections,
        "min_units": MIN_UNITS,
        "medians": dict(stratum.medians),
        "verdict": stratum.verdict,
        **{name: contest_document(contest) for name, contest, _ in contests(stratum)},
    }


def contest_document(contest: Contest) -> dict[str, Any]:
    """A test for programs."""
    return asdict(contest) | {"count": contest.count, "verdict": verdict(contest)}


def fit_document(fit: FittedWeights) -> dict[str, Any]:
    """The fit for programs."""
    return {
        "rules": asdict(fit.rules),
        "folds": len(fit.splits),
        "weights": dict(fit.weights),
        "study_weights": dict(fit.study_weights),
        "about_as_good": {name: list(ends) for name, ends in fit.ranges.items()},
        "objective": fit.search.objective,
        "objective_of_the_study": fit.search.start_objective,
        "splits": [asdict(split) for split in fit.splits],
        "cables": [asdict(item) for item in fit.readings],
        "held_out_beats_study": contest_document(fit.held_out_beats_study),
        "held_out_beats_great_circle": contest_document(fit.held_out_beats_great_circle),
        "status": "DERIVED",
    }


def contests(stratum: Stratum) -> tuple[tuple[str, Contest, str], ...]:
    """What was tested, with the words for it."""
    return (
        ("beats_great_circle", stratum.beats_great_circle, "routed line nearer than the great circle"),
        ("beats_shortest", stratum.beats_shortest, "routed line nearer than the shortest way over water"),
        ("beats_mirror", stratum.beats_mirror, "routed line nearer to the cable than to its mirror image"),
        ("prefers_cheap", stratum.prefers_cheap, "cable on cheaper ground than its copies aside"),
    )


def stratum_title(stratum: Stratum) -> str:
    """Which cables these are."""
    return "great circle in water" if stratum.in_water else "great circle crosses land"


def verdict(contest: Contest) -> str:
    """A test in words."""
    decided = contest.wins + contest.losses
    said = f"{contest.wins} of {contest.count}"
    if contest.sign_p is None or contest.wilcoxon_p is None:
        return f"{said}: insufficient information, units that differ: {decided}, at least {MIN_UNITS} are needed"
    paired = f"; paired median {contest.ratio}" if contest.ratio else ""
    return f"{said}{paired}; sign test p = {contest.sign_p:.2g}, Wilcoxon p = {contest.wilcoxon_p:.2g}"


def weights_toml(found: Validation, fit: FittedWeights) -> str:
    """The fitted weights as tables of a study, labelled for what they are."""
    source = f"fitted to {found.settings.cables_path.name}, {trained_on(fit)}, seed {fit.rules.seed}"
    constraints = {one.id for one in found.study.constraints}
    tables = [
        (f'[[constraints]]\nid = "{name}"' if name in constraints else f"[criteria.{name}]")
        + f'\nweight = {weight:g}\nsource = {toml_value(source)}\nstatus = "DERIVED"'
        for name, weight in fit.weights.items()
    ]
    return "\n\n".join(tables) + "\n"


def weight_options(found: Validation, fit: FittedWeights) -> str:
    """The fitted weights as options of the command."""
    return " ".join(f"--set {found.study.weight_key(name)}={weight:g}" for name, weight in fit.weights.items())


def trained_on(fit: FittedWeights) -> str:
    """The names of the cables that the weights are of."""
    names = [item.unit for item in fit.of(held_out=False)]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def page(found: Validation, created_utc: str) -> str:
    """All of it for people, as Markdown."""
    return "\n".join(_page(found, created_utc)) + "\n"


def _page(found: Validation, created_utc: str) -> Iterator[str]:
    settings, study = found.settings, found.study.study
    yield f"# {study.title} beside {settings.cables_path.name}"
    yield ""
    yield (
        f"Study `{study.id}`, revision {study.revision}; made {created_utc} by transcaspian {__version__}. Every "
        "figure is DERIVED from the file of cables and the sources of the study; a cable is REAL or ASSUMED as its "
        "file has it."
    )
    yield ""
    yield from (f"- {cell(note)}" for note in found.notes)
    yield ""
    yield "## Cables"
    yield (
        f"Mean distance is between the two lines, both ways; near is within {settings.within_km:g} km; samples every "
        f"{settings.step_km:g} km. `cheaper` is the share of copies moved aside that lie on cheaper ground: 50% is no "
        "preference."
    )
    yield ""
    yield from table(section_headings(settings.within_km), [section_cells(item) for item in found.compared])
    yield ""
    yield "## All together"
    yield from _summary(found)
    if found.follow:
        yield ""
        yield from _follow(found)
    if found.fit is not None:
        yield ""
        yield from _fit(found, found.fit)
    yield ""
    yield "## Not compared"
    if not found.refused:
        yield "Nothing: every line of the file was compared."
    for out in found.refused[:LISTED]:
        yield f"- {cell(str(out))}"
    if len(found.refused) > LISTED:
        yield f"- and {len(found.refused) - LISTED} more, which stand in the layer `not_compared`"


def section_headings(within_km: float) -> list[str]:
    """Of the table of sections."""
    near = f"within {within_km:g} km"
    return [
        "cable",
        "status",
        "as laid km",
        "routed/laid",
        "circle/laid",
        "routed mean km",
        "shortest mean km",
        "circle mean km",
        "mirror image mean km",
        "aside mean km, port / starboard",
        "routed Hausdorff km",
        "circle Hausdorff km",
        f"routed {near}",
        f"circle {near}",
        "circle off water",
        "cheaper",
    ]


def section_cells(item: ComparedSection) -> list[str]:
    """A row of the table of sections."""
    routed, circle = item.routed.reading, item.great_circle.reading
    rank = item.preference.percentile
    return [
        cell(item.section.label) + (" (drawn straight)" if item.straight else ""),
        item.section.cable.status,
        f"{item.laid_km:.1f}",
        f"{routed.length_ratio:.3f}",
        f"{circle.length_ratio:.3f}",
        f"{routed.mean_km:.1f}",
        f"{item.shortest.reading.mean_km:.1f}",
        f"{circle.mean_km:.1f}",
        f"{item.mirror_km:.1f}" if np.isfinite(item.mirror_km) else "off the water",
        " / ".join(f"{one.reading.mean_km:.1f}" for one in item.controls if one.offset_km is not None),
        f"{routed.hausdorff_km:.1f}",
        f"{circle.hausdorff_km:.1f}",
        percent(routed.within_share),
        percent(circle.within_share),
        percent(circle.off_water_share),
        "insufficient information" if rank is None else f"{percent(rank)} (p {item.preference.p_value:.2f})",
    ]


def _summary(found: Validation) -> Iterator[str]:
    yield (
        "Cables whose great circle stays in water stand apart from those whose circle crosses land: there any line "
        "that goes round the land is nearer. A unit is one witness: the lines of a cable system, and cables within "
        f"{found.settings.twins_km:g} km of more than half of each other's middle. Tests are two-sided over units, and "
        f"fewer than {MIN_UNITS} decide nothing. Paired median: of the ratio of both distances to the same cable, less "
        "1, with its 95 % interval; a ratio of two medians says nothing. Lines drawn straight are left out."
    )
    for stratum in found.strata:
        yield ""
        yield from _stratum(stratum)


def _stratum(stratum: Stratum) -> Iterator[str]:
    title = stratum_title(stratum)
    yield f"### {title[0].upper()}{title[1:]}: {stratum.units} units, {stratum.sections} sections"
    yield ""
    rows = []
    for figure, meaning in (
        ("length_ratio", "length over as laid"),
        ("mean_km", "mean distance, km"),
        ("hausdorff_km", "Hausdorff distance, km"),
        ("within_share", "share within"),
        ("off_water_share", "share off the water"),
    ):
        names = ("routed", "shortest", "great_circle")
        rows.append([meaning, *(number(stratum.medians[f"{name}_{figure}"]) for name in names)])
    yield from table(["median over sections", "routed", "shortest over water", "great circle"], rows)
    yield ""
    yield f"- **{stratum.verdict}**"
    yield from (f"- {meaning}: {verdict(contest)}" for _, contest, meaning in contests(stratum))
    mirror = number(stratum.medians["mirror_mean_km"])
    yield f"- median mean distance of the routed line to the mirror image of the cable: {mirror} km"
    yield f"- median share of copies on cheaper ground: {number(stratum.medians['cost_percentile'])}"


def _follow(found: Validation) -> Iterator[str]:
    yield "## Following other cables"
    yield (
        "Each cable was tried on the network without itself and its system. Distances are medians over units, "
        "km; in brackets 95 % intervals. *Mirrored* is the rule on the network mirrored across the great circle. "
        f"Twins: cables within {found.settings.twins_km:g} km of more than half of the middle of the one tried."
    )
    yield ""
    yield from table(FOLLOW_HEADINGS, [follow_cells(group) for group in found.follow])
    yield ""
    yield from (f"- {follow_title(group)}: {group.verdict}" for group in found.follow)


FOLLOW_HEADINGS = (
    *("cables", "units", "circle", "shortest", "rule", "mirrored"),
    *("rule to circle, paired", "rule to shortest, mean", "nearer than mirrored"),
)


def follow_title(group: FollowGroup) -> str:
    """Which cables, and which network."""
    where = "circle in water" if group.in_water else "circle crosses land"
    return f"{where}, {'with' if group.has_twins else 'without'} twins"


def follow_cells(group: FollowGroup) -> list[str]:
    """A row of the table of following."""
    return [
        follow_title(group),
        str(group.units),
        *(f"{group.medians_km[line]:.2f}" for line in LINES),
        str(group.to_circle),
        str(group.to_shortest),
        verdict(group.beats_mirror),
    ]


def _fit(found: Validation, fit: FittedWeights) -> Iterator[str]:
    rules = fit.rules
    yield "## Fitted weights"
    how = "mean distance over length" if rules.objective == "distance" else "share that is not near"
    many = len(fit.splits) > 1
    yield (
        f"Objective: {how}, a mean over the training cables; {fit.search.evaluations} trials, seed {rules.seed}. "
        + (
            f"Few cables: {len(fit.splits)} folds, each cable held out once; the weights below are of all of them."
            if many
            else f"{len(fit.splits[0].train)} cables trained on, {len(fit.splits[0].held_out)} held out by lot."
        )
    )
    yield ""
    rows = [
        [name, f"{fit.study_weights[name]:g}", f"{weight:g}", *(f"{end:g}" for end in fit.ranges[name])]
        for name, weight in fit.weights.items()
    ]
    yield from table(["criterion", "study", "fitted", "about as good from", "to"], rows)
    yield ""
    yield "Where the last two lie far apart these cables do not determine the weight."
    yield ""
    yield from _held_out(fit, found.settings.within_km)
    yield ""
    yield f"```toml\n{weights_toml(found, fit).rstrip()}\n```"


def _held_out(fit: FittedWeights, within_km: float) -> Iterator[str]:
    headings = ["units", "fitted", "study's weights", "shortest over water", "great circle"]
    rows = [fit_row("held out", fit.of(held_out=True)), fit_row("trained on", fit.of(held_out=False))]
    yield from table(["median of mean distance, km", *headings], rows)
    yield ""
    yield f"- held out, fitted nearer than the study's weights: {verdict(fit.held_out_beats_study)}"
    yield f"- held out, fitted nearer than the great circle: {verdict(fit.held_out_beats_great_circle)}"
    near = float(np.median([item.near_training for item in fit.of(held_out=True)]))
    yield (
        f"- median share of a held-out cable within {within_km:g} km of a training cable: {percent(near)}; there it is "
        "no independent witness"
    )


def fit_row(title: str, items: Sequence[FitReading]) -> list[str]:
    """Medians of some cables by who drew the line."""
    columns = ("fitted_km", "study_km", "shortest_km", "great_circle_km")
    return [
        title,
        str(len(items)),
        *(number(float(np.median([getattr(item, column) for item in items]))) for column in columns),
    ]


def number(value: float | None) -> str:
    """A figure to three digits, or that there is none."""
    return "insufficient information" if value is None else f"{value:,.3g}"


def cell(text: str) -> str:
    """Text that is no markup of a table or a heading, in one line."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a Markdown table, the first column left and the others right."""
    yield f"| {' | '.join(headings)} |"
    yield f"|---|{'---:|' * (len(headings) - 1)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def without_nan(value: Any) -> Any:
    """The same with null for what is not a number, for JSON."""
    if isinstance(value, Mapping):
        return {str(key): without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value
