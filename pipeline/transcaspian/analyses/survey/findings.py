"""What a reader must know of the survey before ordering it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from transcaspian.analyses.installation.layers import NOT_REACHED
from transcaspian.analyses.installation.vessels import Vessel
from transcaspian.analyses.survey.config import Survey
from transcaspian.core.findings import Finding, Place
from transcaspian.core.vocabulary import NOT_KNOWN

if TYPE_CHECKING:
    from transcaspian.analyses.survey.stage import Surveyed


def survey_findings(one: Surveyed, vessels: Sequence[Vessel], rules: Survey) -> Iterator[Finding]:
    """Of one route."""
    yield from line_findings(one, vessels, rules)
    yield from sample_findings(one, vessels, rules)
    yield from unknown_findings(one)


def line_findings(one: Surveyed, vessels: Sequence[Vessel], rules: Survey) -> Iterator[Finding]:
    """Corridor where no vessel of the table runs lines."""
    short = [block for block in one.blocks if block.reach.verdict == NOT_REACHED]
    if short:
        worst = max(short, key=lambda block: block.length_km)
        depths_m = [depth_m for block in short for depth_m in block.depth_m if depth_m is not None]
        yield Finding(
            kind="survey out of reach",
            severity="major",
            subject=one.system_id,
            sentence=f"no vessel that is there runs survey lines on {sum(block.length_km for block in short):.1f} km, "
            f"in {min(depths_m):.1f} to {max(depths_m):.1f} m of water ({reaches_of('survey', vessels, rules)})",
            action="find a vessel that works there, and add it to the table of vessels",
            source="layer survey_sections",
            status="ASSUMED",
            place=Place((worst.from_km + worst.to_km) / 2),
        )


def sample_findings(one: Surveyed, vessels: Sequence[Vessel], rules: Survey) -> Iterator[Finding]:
    """Stations that no vessel of the table reaches."""
    short = [station for station in one.stations if station.reach.verdict == NOT_REACHED]
    if short:
        works = dict.fromkeys(samples.work for samples in rules.samples)
        depths_m = [station.depth_m for station in short]
        yield Finding(
            kind="samples out of reach",
            severity="major",
            subject=one.system_id,
            sentence=f"no vessel there reaches {len(short)} of {len(one.stations)} stations, in {min(depths_m):.0f} to "
            f"{max(depths_m):.0f} m of water ({'; '.join(reaches_of(work, vessels, rules) for work in works)})",
            action="find a vessel that samples where none here reaches",
            source="layer survey_stations",
            status="ASSUMED",
            place=Place(max(short, key=lambda station: station.depth_m).kp_km),
        )


def unknown_findings(one: Surveyed) -> Iterator[Finding]:
    """Corridor of which depth or reach are not known."""
    unknown = [block for block in one.blocks if block.reach.verdict == NOT_KNOWN]
    if unknown:
        yield Finding(
            kind="survey not known",
            severity="minor",
            subject=one.system_id,
            sentence=f"on {sum(block.length_km for block in unknown):.1f} km the depth, or how deep a vessel reaches, "
            "is insufficient information",
            action="plan those lines once the depth is known, and complete the table of vessels",
            source="layer survey_sections",
            place=Place(unknown[0].from_km),
        )


def reaches_of(work: str, vessels: Sequence[Vessel], rules: Survey) -> str:
    """In how much water the vessels of some work do it."""
    told = (
        f"{one.name}: {one.min_working_depth_m(rules.under_keel_m):g} to "
        f"{f'{one.max_depth_m:g} m' if one.max_depth_m else 'a depth that is not stated'}"
        for one in vessels
        if work in one.works
    )
    return "; ".join(told) or f"the table has none for {work}"
