"""What a reader must know of how deep the cable lies and what reaches it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from transcaspian.analyses.burial.config import Burial
from transcaspian.analyses.burial.layers import NO_TOOL, SHALLOW, SOIL_VERDICTS
from transcaspian.analyses.burial.read_reasons import LEFT_OUT
from transcaspian.analyses.burial.route import Assessed, Section
from transcaspian.core.findings import Finding, Place
from transcaspian.core.vocabulary import NOT_KNOWN

MAX_LEFT_OUT = 0.05
"""Where more of a file than this share is left out, what is left may not tell."""
LAYER = "layer burial_sections"


def route_findings(rules: Burial, route: Assessed) -> Iterator[Finding]:
    """Of one route."""
    yield from tool_findings(route)
    yield from plan_findings(route)
    yield from strike_findings(rules, route)
    yield from unknown_findings(rules, route)
    yield from soil_findings(route)


def tool_findings(route: Assessed) -> Iterator[Finding]:
    """Sections where the target is deeper than any tool buries."""
    short = [one for one in route.sections if one.verdict == SHALLOW]
    if short:
        worst = max(short, key=lambda one: one.target_m - (one.choice.achievable_m or 0.0))
        yield Finding(
            kind="burial short of the target",
            severity="major",
            subject=route.system_id,
            sentence=f"no tool reaches the target on {km_of(short):.1f} km: at worst "
            f"{worst.choice.achievable_m:g} m by "
            f"{worst.choice.tool.id if worst.choice.tool else 'none'} of {worst.target_m:.2f} m, for {worst.threat}",
            action="accept the strikes that are left, add protection, take another tool, or move the line",
            source=LAYER,
            status="ASSUMED",
            place=Place((worst.from_km + worst.to_km) / 2),
        )
    none = [one for one in route.sections if one.verdict == NO_TOOL]
    if none:
        worst = max(none, key=lambda one: one.length_km)
        reasons = "; ".join(f"{tool}: {', '.join(why)}" for tool, why in worst.choice.excluded.items())
        yield Finding(
            kind="no tool buries here",
            severity="major",
            subject=route.system_id,
            sentence=f"no tool of [burial] works on {km_of(none):.1f} km where a target of up to "
            f"{max(one.target_m for one in none):.2f} m is asked for ({reasons})",
            action="protect the cable otherwise there (rock, mattresses, armour), or move the line",
            source=LAYER,
            status="ASSUMED",
            place=Place((worst.from_km + worst.to_km) / 2),
        )


def plan_findings(route: Assessed) -> Iterator[Finding]:
    """Sections that are planned shallower than what acts reaches."""
    short = [one for one in route.sections if one.is_at_sea and one.planned[1] < one.target_m - 1e-9]
    if short:
        worst = max(short, key=lambda one: one.target_m - one.planned[1])
        yield Finding(
            kind="plan shallower than its target",
            severity="major",
            subject=route.system_id,
            sentence=f"the plan lays the cable shallower than its target on {km_of(short):.1f} km: at worst "
            f"{worst.planned[1]:g} m ({worst.planned[0]}) of {worst.target_m:.2f} m, for {worst.threat}",
            action="deepen the rules of engineering.burial there, or accept what is left",
            source=f"{LAYER}, engineering.burial",
            status="ASSUMED",
            place=Place((worst.from_km + worst.to_km) / 2),
        )


def strike_findings(rules: Burial, route: Assessed) -> Iterator[Finding]:
    """Strikes on the whole route, bare and as it is planned."""
    if not rules.has_traffic:
        return
    bare, most, left = (
        sum(getattr(one.struck, name) for one in route.sections if one.is_at_sea)
        for name in ("strikes_per_year", "strikes_at_most_per_year", "planned_strikes_per_year")
    )
    accepted = 1.0 / rules.return_period_years
    told = f"{NOT_KNOWN}, at most {most:.2g} a year" if np.isnan(bare) else f"{bare:.2g} a year"
    planned = NOT_KNOWN if np.isnan(left) else f"{left:.2g} a year"
    yield Finding(
        kind="anchor strikes",
        severity="major" if left > accepted * (1 + 1e-9) else "information",
        subject=route.system_id,
        sentence=f"anchor strikes on a bare cable: {told}; as planned {planned}; accepted: {accepted:.2g}",
        action="bury to the targets of burial_sections" if not left <= accepted else "keep the plan of burial",
        source=f"{LAYER}, anchor_strikes",
        status="ASSUMED",
    )


def unknown_findings(rules: Burial, route: Assessed) -> Iterator[Finding]:
    """Sections of which it cannot be told, with what is missing."""
    unknown = [one for one in route.sections if one.verdict == NOT_KNOWN]
    if unknown:
        lacks_km = {
            "traffic": 0.0 if rules.has_traffic else km_of(unknown),
            "soil": km_of(one for one in unknown if one.soil.soil is None),
            "tools": 0.0 if rules.tools else km_of(unknown),
            "depth of water": km_of(one for one in unknown if None in one.depth_m),
        }
        lacks = [f"{what} on {km:.1f} km" for what, km in lacks_km.items() if km > 0]
        yield Finding(
            kind="burial not known",
            severity="minor",
            subject=route.system_id,
            sentence=f"whether the cable can be buried deep enough is not known on {km_of(unknown):.1f} km: "
            f"{NOT_KNOWN} ({', '.join(lacks) or 'limits of tools'})",
            action="survey the soil, and give it and the traffic to [burial]",
            source=LAYER,
            status="DERIVED",
            place=Place(unknown[0].from_km),
        )


def soil_findings(route: Assessed) -> Iterator[Finding]:
    """Sections where a map contradicts itself."""
    contradicting = [one for one in route.sections if one.soil.soil_verdict == SOIL_VERDICTS[1]]
    if contradicting:
        yield Finding(
            kind="soil contradicts itself",
            severity="minor",
            subject=route.system_id,
            sentence=f"areas of one map overlap with different soils on {km_of(contradicting):.1f} km: taken as not "
            "known there",
            action=f"correct {', '.join(sorted({str(one.soil.soil_source) for one in contradicting}))}",
            source=LAYER,
            place=Place(contradicting[0].from_km),
        )


def km_of(sections: Iterable[Section]) -> float:
    """Their length together."""
    return float(sum(one.length_km for one in sections))


def class_findings(unnamed: Sequence[tuple[str, list[str]]]) -> Iterator[Finding]:
    """Classes of maps that are of no soil."""
    for map_id, names in unnamed:
        yield Finding(
            kind="classes of soil without a soil",
            severity="minor",
            sentence=f"soil map `{map_id}` has {len(names)} class{'es' if len(names) > 1 else ''} that no soil of "
            f"[burial] names: {', '.join(names[:5])}; taken as not known",
            action="name them in burial.soils",
            source=f"burial.soil_maps.{map_id}",
        )


def data_findings(file_id: str, found: Mapping[str, Any]) -> Iterator[Finding]:
    """What was wrong with a file of traffic or soil."""
    reasons = found["reasons"]
    if not reasons:
        return
    left_out = sum(count for reason, count in reasons.items() if is_left_out(found, reason))
    yield Finding(
        kind="data of ships and soil left out",
        severity="minor" if left_out > MAX_LEFT_OUT * found["count"] else "information",
        sentence=f"`{file_id}`: {left_out:,} of {found['count']:,} rows are left out; "
        + "; ".join(f"{count:,} {reason}" for reason, count in reasons.items()),
        action="look at layer burial_data, and correct the file",
        source=f"burial, {file_id}",
    )


def is_left_out(found: Mapping[str, Any], reason: str) -> bool:
    """Whether rows of which a reason is told are not used."""
    return "places" not in found or reason in LEFT_OUT
