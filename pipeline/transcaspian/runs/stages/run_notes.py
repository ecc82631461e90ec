"""What a person should know of a run before reading its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from transcaspian import engineering, routing
from transcaspian.core.system_figures import percent
from transcaspian.core.vocabulary import NOT_KNOWN, ZONES
from transcaspian.runs.stages.depth_findings import depth_findings
from transcaspian.runs.stages.divide_waters import Waters
from transcaspian.runs.stages.handover import Results
from transcaspian.runs.stages.inputs import Inputs, reading_notes
from transcaspian.runs.stages.model_seabed import Bed, Seabed
from transcaspian.runs.stages.overlaps import overlap_notes
from transcaspian.study.constraint_tables import FollowConstraint
from transcaspian.study.schema import DEFAULT_MAX_GAP, Study

MAX_USEFUL_FOLLOW_WEIGHT = 0.1
"""Of following cables; what was measured stands in docs/method/validation.md."""


def notes_of(results: Results, routes: Mapping[str, engineering.EngineeredRoute]) -> tuple[str, ...]:
    """All notes of a run: of systems that are missing, the data, the routes, and what the optional stages found."""
    return (
        *(f"{system_id}: it cannot be laid: {reason}" for system_id, reason in results.missing.items()),
        *study_notes(results.inputs.study),
        *seabed_notes(results.inputs, results.laid.ground.seabed),
        *line_notes(results),
        *gap_notes(results, routes),
        *course_notes(routes),
        *water_notes(results.inputs, results.waters.value),
        *neighbour_notes(results.inputs, routes),
        *(f"{name}: {note}" for name, found in results.further.items() for note in found.value.notes),
    )


def study_notes(study: Study) -> Iterator[str]:
    """Of old keys, of weights that made lines worse where they were tried, and of what joint planning leaves out."""
    yield from (f"study: {said}" for said in study.renamed_keys)
    yield from (f"rules: {found}" for found in study.contradictions)
    if study.prices is not None:
        yield from (f"prices: {said}" for said in study.prices.doubts(study.engineering))
    for one in study.constraints:
        if isinstance(one, FollowConstraint) and one.weight > MAX_USEFUL_FOLLOW_WEIGHT:
            yield (
                f"constraint {one.id}: its weight {one.weight:g} is more than {MAX_USEFUL_FOLLOW_WEIGHT:g}: such "
                "weights made lines worse where they were compared with laid cables; lower it, or look at the line "
                "without it"
            )


def seabed_notes(inputs: Inputs, ground: Seabed) -> Iterator[str]:
    """Of the data as they were read, and of depths."""
    resolution_deg = ground.depth.effective_resolution_deg
    yield f"seabed: depths and slopes come from data that resolve {resolution_deg:g}°, not from the finer grid"
    yield from reading_notes(inputs)
    yield from depth_notes(ground)
    yield from overlap_notes(inputs, ground.depth)
    yield from (f"seabed: {found}" for found in depth_findings(inputs, ground.depth) if found.severity != "information")


def depth_notes(ground: Bed) -> Iterator[str]:
    """Of water that lies dry at the declared level, and of water without a depth."""
    drying = float(ground.depth.drying.sum() / ground.depth.water.sum())
    if drying > 0:
        yield (
            f"seabed: {percent(drying)} of the water inside the shoreline lies above the declared level and counts as "
            "0 m deep: shoreline and water level are of different years"
        )
    if (unknown := unknown_share(ground)) > 0:
        yield f"seabed: {percent(unknown)} of the water has no depth: insufficient information"


def unknown_share(ground: Bed) -> float:
    """Of the water, what has no depth."""
    return float(np.isnan(ground.depth.depth_m[ground.depth.water]).mean())


def line_notes(results: Results) -> Iterator[str]:
    """Of ways that cost the same, and of alternatives that do not exist."""
    for system_id, near in results.zones.items():
        if near.ways > 1:
            yield f"{system_id}: {near.ways} ways cost the same within {routing.TIE:.1%}; the route takes one of them"
    for system_id, laid in results.laid.paths.items():
        if isinstance(laid.path.bound, routing.ThroughBound):
            yield f"{system_id}: its bound is of lines through {laid.path.bound.covers}: the sum of those between them"
    for system_id, lines in results.laid.alternatives.items():
        if lines.reason:
            yield f"{system_id}: {lines.reason}"


def gap_notes(results: Results, routes: Mapping[str, engineering.EngineeredRoute]) -> Iterator[str]:
    """Of lines that might be missed: where what is certain leaves more room than the study allows."""
    rules = results.inputs.study.routing
    limit = DEFAULT_MAX_GAP if rules is None else rules.max_gap
    for system_id, placed in results.laid.paths.items():
        bound = placed.path.bound
        if bound is None:
            continue
        published = routes[system_id].course.cost if system_id in routes else placed.path.cost
        if bound.lower <= 0:
            yield f"{system_id}: its landings are too few cells apart for a bound on its cost: use a finer grid"
            continue
        gap = published / bound.lower - 1.0
        if gap > limit:
            advice = "use a finer grid" if rules is not None and rules.proven else "set routing.proven, or allow for it"
            yield (
                f"{system_id}: another line could be cheaper by up to {gap:.1%} of the cost that is certain, more than "
                f"routing.max_gap allows ({limit:.1%}): {advice}"
            )


def course_notes(routes: Mapping[str, engineering.EngineeredRoute]) -> Iterator[str]:
    """Of legs that cost more than they should."""
    for system_id, route in routes.items():
        if not route.course.is_within_tolerance:
            yield (
                f"{system_id}: no legs within the rules keep the tolerance of {route.course.tolerance:.1%}; the "
                f"cheapest cost {percent(route.course.excess)} more than the path"
            )
        if route.findings:
            yield (
                f"{system_id}: what is given of its line stands; it differs from the rules in {len(route.findings)} "
                f"places (layer route_findings): {'; '.join(told_by_rule(route.findings))}"
            )


def told_by_rule(findings: Sequence[engineering.LegFinding]) -> Iterator[str]:
    """The first finding of each rule, and how many more it has."""
    more = Counter(item.rule for item in findings)
    for item in {item.rule: item for item in reversed(findings)}.values():
        yield f"{item}{f' (and {more[item.rule] - 1} more)' if more[item.rule] > 1 else ''}"


def water_notes(inputs: Inputs, waters: Waters) -> Iterator[str]:
    """Of waters whose state is not known, and of levels that are not looked at."""
    rules = inputs.study.engineering
    declared_m_msl = inputs.study.water_level.level_m_msl
    if rules is not None and rules.water_levels is not None:
        above = [level for level in rules.water_levels.levels_m_msl if level > declared_m_msl]
        if above:
            levels = ", ".join(f"{level:g}" for level in above)
            yield f"waters: levels of {levels} m are above the declared {declared_m_msl:g} m and are not looked at"
    if rules is not None and rules.sectors is not None and waters.zones is None:
        yield (
            "waters: insufficient information; the study has rules for them but neither sources.borders nor "
            "sources.sectors"
        )
    missing = set(ZONES) - set(inputs.layers["sectors"].layer["zone"]) if "sectors" in inputs.layers else set()
    if missing and "borders" not in inputs.layers:
        yield (
            f"waters: sources.sectors has no areas of the kind {', '.join(sorted(missing))} and there are no "
            "sources.borders to derive them from: insufficient information about them"
        )


def neighbour_notes(inputs: Inputs, routes: Mapping[str, engineering.EngineeredRoute]) -> Iterator[str]:
    """Of other cables and pipelines, and of systems that are not in the run."""
    rules = inputs.study.engineering
    for system_id, route in routes.items():
        crossed, beside = len(route.crossings), len(route.parallel_runs)
        verdicts = [crossing.verdict for crossing, _ in route.crossings] + [run.verdict for run in route.parallel_runs]
        judged = [
            f"{count} {meaning}"
            for verdict, meaning in (("fail", "against the rules"), (NOT_KNOWN, "at positions too coarse to judge"))
            if (count := sum(found == verdict for found in verdicts))
        ]
        if verdicts:
            yield (
                f"{system_id}: other cables or pipelines: {crossed} crossing{'' if crossed == 1 else 's'}, {beside} "
                f"stretch{'' if beside == 1 else 'es'} beside them; {', '.join(judged) or 'all within the rules'}"
            )
    if rules is None or rules.neighbours is None:
        return
    for system in inputs.systems:
        if others := [other.id for other in inputs.study.built_with(system) if other not in inputs.systems]:
            yield (
                f"{system.id}: built together with {', '.join(others)}, not in this run: insufficient information "
                "about crossings of each other and runs beside"
            )
