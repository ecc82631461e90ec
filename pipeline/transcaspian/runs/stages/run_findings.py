"""What a reader of a run must know before deciding anything by it: collected from who knows it, and ranked.

Rooms and analyses say what they find, as functions of their values that give `Finding`s. Here they are asked, in the
order in which findings of equal severity are told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np

from transcaspian import engineering
from transcaspian.core.findings import Finding, ranked
from transcaspian.core.frames import known
from transcaspian.core.system_figures import percent
from transcaspian.engineering.findings import (
    Steered,
    depth_limits_m,
    friction_along_km,
    limit_findings,
    route_findings,
    silent_findings,
    slack_findings,
    unengineered_finding,
)
from transcaspian.products import Figures, Reconciled, published_findings
from transcaspian.routing.findings import alternative_findings
from transcaspian.routing.through import HeldPath
from transcaspian.runs.stages.depth_findings import depth_findings
from transcaspian.runs.stages.handover import Results
from transcaspian.runs.stages.inputs import Inputs, rows_of
from transcaspian.runs.stages.known_hazards import known_hazard_findings
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.runs.stages.overlaps import overlap_findings
from transcaspian.runs.stages.steering import steering_of
from transcaspian.study import Study
from transcaspian.study.schema import DEFAULT_MAX_GAP

PRICE_ERROR = 0.001
"""Share that the price of a line may be off by."""
REGISTERS = {"cables": "cables and pipelines", "hazards": "hazards"}
"""What is read of them by the role of the source."""
YEAR = re.compile(r"(?:19|20)\d\d")
Measured = tuple[Sequence[Figures], Sequence[Reconciled]]
"""Figures of each system that was laid, and published figures beside ours."""


def findings_of(results: Results, measured: Measured, created: datetime) -> tuple[Finding, ...]:
    """All findings of a run, the most severe first.

    Parameters
    ----------
    created
        The moment of the run.
    """
    return ranked(_all_of(results, measured, created))


def _all_of(results: Results, measured: Measured, created: datetime) -> Iterator[Finding]:
    """Of the rooms that every run goes through, then of the analyses that the study asks for."""
    inputs, (figures, published) = results.inputs, measured
    yield from missing_findings(results.missing)
    yield from unread_findings(inputs.layers)
    yield from depth_findings(inputs, results.laid.ground.seabed.depth)
    yield from overlap_findings(inputs, results.laid.ground.seabed.depth)
    assets = (rows_of(inputs, "hazards"), rows_of(inputs, "cables"))
    bed = results.laid.ground.seabed
    epochs = {row["epoch"] for row in rows_of(inputs, "shoreline") if isinstance(row["epoch"], str)}
    epoch = "; ".join(sorted(epochs))
    yield from engineering.waterline_findings(bed.grid, bed.depth, epoch)
    yield from engineering.asset_findings(engineering.contradictions(*assets, bed.grid, bed.depth))
    yield from known_hazard_findings(inputs)
    for system_id, route in results.laid.routes.items():
        yield from engineering.sector_findings(system_id, route)
        yield from engineering.span_findings(system_id, route.free_spans)
    yield from _of_landings(results)
    yield from published_findings(published)
    for found in results.further.values():
        yield from found.value.findings
    for item in figures:
        held = isinstance(results.laid.paths[item.system.id].path, HeldPath)
        yield from alternative_findings(item.system.id, item.alternatives.found, PRICE_ERROR, held=held)
    steered = steered_of(inputs, results.laid.ground.seabed, figures)
    for item in figures:
        if item.engineered is not None:
            ends = (item.system.from_landing, item.system.to_landing)
            states = {inputs.study.landing(end).country for end in ends}
            yield from route_findings(item.system.id, states, item.engineered, item.declared, steered[item.system.id])
            if inputs.study.engineering is not None:
                limits_m = depth_limits_m(inputs.study.engineering)
                yield from limit_findings(item.system.id, item.engineered.profile, limits_m)
            yield from slack_findings(item.system.id, item.engineered.cable)
        else:
            yield unengineered_finding(item.system.id)
        yield from gap_findings(inputs.study, item)
    yield from silent_findings(steered, slope_begins_deg(inputs.study))
    yield from age_findings(inputs.study, created)
    yield from contradiction_findings(inputs.study)


def contradiction_findings(study: Study) -> Iterator[Finding]:
    """Rules that contradict each other or their source."""
    for found in study.contradictions:
        yield Finding(
            kind="rules that contradict each other",
            severity="minor",
            sentence=found.sentence,
            action=found.action,
            source=found.source,
            status="ASSUMED",
        )


def missing_findings(missing: Mapping[str, str]) -> Iterator[Finding]:
    """Systems that could not be laid."""
    for system_id, reason in missing.items():
        yield Finding(
            kind="system missing",
            severity="critical",
            subject=system_id,
            sentence=f"it cannot be laid: {reason}",
            action="change what the reason names, and run again",
            source="manifest.json, missing",
        )


def unread_findings(roles: Collection[str]) -> Iterator[Finding]:
    """Registers that the study does not name; ``roles``: of the sources that were read."""
    missing = [role for role in REGISTERS if role not in roles]
    if missing:
        yield Finding(
            kind="register not given",
            severity="minor",
            sentence=f"no source of {' and of '.join(REGISTERS[role] for role in missing)} is given: what of them lies "
            "on a route is not known",
            action=f"give {' and '.join(f'sources.{role}' for role in missing)}, or ask the owners and authorities",
            source="table [sources] of the study",
        )


def steered_of(inputs: Inputs, ground: Seabed, figures: Sequence[Figures]) -> dict[str, Steered]:
    """What steers each route where it goes, by system id; a criterion of weight 0 does not count."""
    friction_km: dict[str, dict[str, float]] = {item.system.id: {} for item in figures}
    for one in steering_of(inputs, ground.grid, ground.depth):
        if one.weight <= 0:
            continue
        weighted = ground.cost.criteria.get(one.name)
        if weighted is None:
            weighted = np.float32(one.weight) * one.friction()
        for item in figures:
            friction_km[item.system.id][one.name] = friction_along_km(ground.grid, weighted, item.profile)
    return {
        item.system.id: Steered(friction_km[item.system.id], known(np.fmax.reduce(item.profile.steepest_deg)))
        for item in figures
    }


def slope_begins_deg(study: Study) -> float | None:
    """From which slope on the criterion costs something; None where it has no weight."""
    slope = study.criteria.slope
    return min((band.from_deg for band in slope.bands if band.friction > 0), default=None) if slope.weight > 0 else None


def gap_findings(study: Study, figures: Figures) -> Iterator[Finding]:
    """A line that might be missed: what is certain leaves more room than the study allows."""
    limit = DEFAULT_MAX_GAP if study.routing is None else study.routing.max_gap
    bound = figures.bound
    gap = None if bound is None or bound.lower <= 0 else bound.gap
    if gap is None or gap <= limit:
        return
    yield Finding(
        kind="cost not certain",
        severity="minor",
        subject=figures.system.id,
        sentence=f"another line could cost up to {percent(gap)} less; {limit:.1%} are allowed",
        action="set routing.proven or a finer grid, or allow for it (routing.max_gap)",
        source="layer routes, optimality_gap",
    )


def age_findings(study: Study, created: datetime) -> Iterator[Finding]:
    """A declared water level of an earlier year than the run."""
    level = study.water_level
    years = [int(year) for year in YEAR.findall(level.epoch)]
    if not years or max(years) >= created.year:
        return
    age = created.year - max(years)
    yield Finding(
        kind="level older than the run",
        severity="minor",
        sentence=(
            f"the declared level of {level.level_m_msl:g} m is of {level.epoch}, the run of {created:%Y-%m}: "
            f"{age} year{'s' if age > 1 else ''} later"
        ),
        action="declare the level of today ([water_level])",
        source=level.source,
        status=level.status,
    )


def _of_landings(results: Results) -> Iterator[Finding]:
    """Landings that are not viable, and what systems that are built together share ashore."""
    inputs, rules = results.inputs, results.inputs.study.engineering
    if rules is not None:
        for system_id, route in results.laid.routes.items():
            for sheet in route.landings:
                yield from engineering.landing_findings(system_id, sheet, rules.landing)
    landings = {landing.id: landing for landing in inputs.study.landings}
    for cause in engineering.common_causes(inputs.study.built_pairs(inputs.systems), landings):
        yield cause.finding
