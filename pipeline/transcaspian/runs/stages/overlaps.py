"""What seabeds that overlap say of each other's errors."""

from __future__ import annotations

from collections.abc import Iterator

from transcaspian.core.findings import Finding, Place
from transcaspian.core.system_figures import percent
from transcaspian.core.vocabulary import Severity
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.seabed import DepthModel, Disagreement
from transcaspian.study.seabed_tables import SEABED


def overlap_findings(inputs: Inputs, depth: DepthModel) -> Iterator[Finding]:
    """A finding for each two seabeds that have cells in common."""
    names = [role.partition(".")[2] or role for role in inputs.seabeds]
    limit = inputs.study.fusion.max_disagreement
    for item in depth.disagreements:
        low, high = names[item.low], names[item.high]
        told = (
            f"{high} lies {abs(item.median_m):.1f} m {'deeper' if item.median_m >= 0 else 'shallower'} than {low} in "
            f"the median of {item.cells:,} cells (RMS {item.rms_m:.1f} m; {item.expected_rms_m:.1f} m by their errors)"
        )
        worst = f"most at {abs(item.worst_m):.1f} m, where their errors allow {item.worst_error_m:.1f} m"
        if item.is_beyond:
            told += f"; {percent(item.beyond_share)} of them differ by more than {limit:g} standard errors, {worst}"
        yield Finding(
            kind="seabeds that disagree" if item.is_beyond else "seabeds that overlap",
            severity=severity_of(item),
            sentence=told,
            action=action_of(item, low, high),
            source="sources.seabed",
            place=Place(lonlat=(item.lon_deg, item.lat_deg)),
        )


def severity_of(item: Disagreement) -> Severity:
    """How much a disagreement matters."""
    return "major" if item.is_steady else "minor" if item.is_beyond else "information"


def action_of(item: Disagreement, low: str, high: str) -> str:
    """What to do about it."""
    if item.is_steady:
        keys = f"vertical_datum, zero_m_msl and values of {low} and {high}"
        return f"the difference is much the same everywhere: look at {keys}"
    if item.is_beyond:
        return f"raise the error of {low} or {high}, or find out which is right"
    return "nothing: the difference is evidence that their errors are of the right size"


def datum_notes(inputs: Inputs) -> Iterator[str]:
    """Of several seabeds, those that count from a level that is not known."""
    added_m = inputs.study.fusion.unknown_datum_error_m
    for role, source in inputs.seabeds.items():
        if not source.has_known_datum and role != SEABED:
            yield (
                f"{role}: it names no vertical datum (mean sea level is none) and is read as from mean sea level: "
                f"{added_m:g} m are added to its error ({inputs.study.fusion.status}); name it by vertical_datum"
            )


def overlap_notes(inputs: Inputs, depth: DepthModel) -> Iterator[str]:
    """The same as notes, after those on datums."""
    yield from datum_notes(inputs)
    for item in overlap_findings(inputs, depth):
        yield f"seabed: {item}; {item.action}" if item.severity != "information" else f"seabed: {item}"
