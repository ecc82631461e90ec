"""An optional stage: main and reserve as one design, what they share, and a branch to a third landing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import combinations
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from transcaspian import engineering, routing
from transcaspian.analyses.design.config import (
    BranchingRules,
    Design,
    EarthquakeRules,
    MudVolcanoRules,
    SharedHazards,
    trunk_ends,
)
from transcaspian.analyses.design.layers import BRANCH_LEGS, BRANCHING_UNITS, DESIGN_ROUTES, SHARED_HAZARDS
from transcaspian.analyses.design.tables import (
    BranchWay,
    DesignPoint,
    SharedEvent,
    WayLeg,
    leg_rows,
    point_figures,
    route_rows,
    shared_rows,
    unit_row,
    way_figures,
)
from transcaspian.analyses.design.unit_places import clear_cells, unit_findings
from transcaspian.core.cost_range import CostRange
from transcaspian.core.errors import NoRouteError, SeparationError
from transcaspian.core.findings import AnalysisResult, Finding
from transcaspian.core.frames import frames, known
from transcaspian.engineering import Quantities, bill_of, quantities_along
from transcaspian.engineering.bill import LANDINGS
from transcaspian.routing.joint import crossings
from transcaspian.routing.shared import ANCHOR, EARTHQUAKE, MUD_VOLCANO
from transcaspian.runs.stages.divide_waters import state_waters
from transcaspian.runs.stages.engineer_systems import listed_ground
from transcaspian.runs.stages.inputs import Inputs, rows_of
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.runs.stages.route_systems import Routed, effort_of, problem_of, shore_landings
from transcaspian.seabed import sample
from transcaspian.study import Study

BEST, ON_TRUNK, SEPARATE = "best place", "on the trunk", "separate"
UNIT = "unit"

DEPTH_COLUMNS = (("depth_m", "depth_m"), ("depth_error_m", "error_m"))
Lines = NDArray[np.float64]


def design_systems(
    inputs: Inputs, ground: Seabed, routed: Routed, engineered: Mapping[str, engineering.EngineeredRoute]
) -> AnalysisResult:
    """Plan the systems of the table ``[design]`` together, price their separation, and join the third landing.

    Raises
    ------
    SeparationError
        The systems cannot keep the least separation of the study.
    """
    study, rules = inputs.study, inputs.study.required_table(Design)
    curve = _planned(study, rules, ground, routed)
    points = [_point_of(inputs, rules, ground, plan) for plan in curve.points]
    near = listed_ground(inputs, ground)
    points = [replace(point, costs=costs_of(study, near, point.plan)) for point in points]
    chosen = chosen_of(rules, curve, points)
    revision = study.study.revision
    layers = frames(
        {
            DESIGN_ROUTES: [row for point in points for row in route_rows(point, point is chosen, revision)],
            SHARED_HAZARDS: shared_rows(chosen.point_id, chosen.events),
            BRANCHING_UNITS: [],
            BRANCH_LEGS: [],
        }
    )
    figures = _curve_figures(rules, curve, points, chosen)
    notes = [*own_line_notes(study, rules), *curve_notes(curve, chosen)]
    findings: list[Finding] = []
    if (branch := rules.branching) is not None:
        ways = _branch_ways(study, branch, (ground, near), routed, chosen)
        layers |= _branch_layers(inputs, branch, ground, ways)
        figures["branching"] = branch_figures(inputs, branch, ways)
        notes += branch_notes(branch, ways)
        waters, lines = state_waters(inputs, ground), lines_beside(near, branch, chosen)
        findings = [one for way in ways if way.unit for one in unit_findings(way.way, way.unit, ground, lines, waters)]
    return AnalysisResult(layers=layers, figures=figures, notes=tuple(notes), findings=tuple(findings))


def _planned(study: Study, rules: Design, ground: Seabed, routed: Routed) -> routing.SeparationCurve:
    """The curve of cost against separation, with the least separation of the study on it."""
    systems = [next(system for system in study.systems if system.id == name) for name in rules.systems]
    wanted = dict.fromkeys(end for system in systems for end in (system.from_landing, system.to_landing))
    landings = shore_landings(ground.water, [study.landing(landing_id) for landing_id in wanted], study.area.bounds)
    links = [routing.Link(system.id, landings[system.from_landing], landings[system.to_landing]) for system in systems]
    problem = replace(problem_of(study, ground, ground.cost.friction_cost), effort=effort_of(study))
    return routing.separation_curve(
        problem,
        links,
        separations_km=[rules.min_separation_km, *rules.separations_km],
        landing_zone_km=rules.landing_zone_km,
        own=[routed.paths.get(link.name) or routing.route_between(problem, link.start, link.end) for link in links],
    )


def chosen_of(rules: Design, curve: routing.SeparationCurve, points: Sequence[DesignPoint]) -> DesignPoint:
    """The cheapest point that keeps the study's least separation."""
    plan = curve.cheapest(rules.min_separation_km)
    if plan is None:
        raise SeparationError(f"design: {curve.impossible[rules.min_separation_km]}")
    return next(point for point in points if point.plan is plan)


def _point_of(inputs: Inputs, rules: Design, ground: Seabed, plan: routing.JointPlan) -> DesignPoint:
    """A point of the curve with what its systems share."""
    pairs = list(combinations(range(len(rules.systems)), 2))
    shared = [shared_by(inputs, rules, ground, plan, pair) for pair in pairs]
    totals = {(rules.systems[i], rules.systems[j]): found for (i, j), (_, found) in zip(pairs, shared, strict=True)}
    return DesignPoint(plan, rules.systems, totals, [event for events, _ in shared for event in events])


def shared_by(
    inputs: Inputs, rules: Design, ground: Seabed, plan: routing.JointPlan, pair: tuple[int, int]
) -> tuple[list[SharedEvent], dict[str, routing.SharedHazard | None]]:
    """What events reach of two systems: one by one, and in total by kind; None where there is no data."""
    names = (rules.systems[pair[0]], rules.systems[pair[1]])
    lines = [path.lonlat for path in plan.paths]
    beside = (lines[pair[0]], lines[pair[1]], np.vstack([line[[0, -1]] for line in lines]))
    zone_km, anchor = rules.landing_zone_km, rules.shared_hazards.anchor
    events: list[SharedEvent] = []
    totals: dict[str, routing.SharedHazard | None] = {}
    if anchor is not None:
        reach = anchor_reach(ground, anchor.max_depth_m)
        found = routing.shared_by_anchors(*beside, drag_km=anchor.drag_km, zone_km=zone_km, within_reach=reach)
        totals[ANCHOR] = found
        if found.one.pieces and found.other.pieces:
            events.append(SharedEvent(names, found, "", anchor.drag_km, anchor.source, anchor.status))
    for kind, rule, places in events_of(inputs, rules.shared_hazards):
        if places is None:
            totals[kind] = None
            continue
        told = {place.event: words for place, words in places}
        found_all, of_kind = routing.shared_by_places(*beside, [place for place, _ in places], zone_km=zone_km)
        empty = routing.SharedHazard(kind, "", *(routing.SharedPart((), 0.0, 0.0) for _ in range(2)))
        totals[kind] = of_kind.get(kind, empty)
        events += [
            SharedEvent(names, found, told[found.event], rule.within_km, rule.source, rule.status)
            for found in found_all
        ]
    return events, totals


def events_of(
    inputs: Inputs, rules: SharedHazards
) -> Iterator[tuple[str, EarthquakeRules | MudVolcanoRules, list[tuple[routing.EventPlace, str]] | None]]:
    """Each kind of event that is looked at with its rule, and its places with what is known of each; None: no data."""
    if (quakes := rules.earthquake) is not None:
        yield EARTHQUAKE, quakes, earthquakes_of(inputs, quakes) if "earthquakes" in inputs.layers else None
    if (volcanoes := rules.mud_volcano) is not None:
        yield MUD_VOLCANO, volcanoes, mud_volcanoes_of(inputs, volcanoes) if "hazards" in inputs.layers else None


def anchor_reach(ground: Seabed, max_depth_m: float | None) -> Any:
    """Of places, whether an anchor reaches the seabed: where the depth is not known it does."""
    if max_depth_m is None:
        return None
    depth_m = ground.depth.depth_m
    return lambda lon, lat: ~(sample(ground.grid, depth_m, lon, lat) > max_depth_m)


def earthquakes_of(inputs: Inputs, rule: EarthquakeRules) -> list[tuple[routing.EventPlace, str]]:
    """Epicentres of those that break a cable, and what is known of each."""
    return [
        (
            routing.EventPlace(EARTHQUAKE, row["event_id"], row["geometry"], rule.within_km),
            f"Mw {row['magnitude_mw']:.1f}" + (f", {row['time_utc']}" if isinstance(row["time_utc"], str) else ""),
        )
        for row in rows_of(inputs, "earthquakes")
        if row["magnitude_mw"] >= rule.min_magnitude_mw
    ]


def mud_volcanoes_of(inputs: Inputs, rule: MudVolcanoRules) -> list[tuple[routing.EventPlace, str]]:
    """The mud volcanoes, with their names."""
    return [
        (routing.EventPlace(MUD_VOLCANO, row["hazard_id"], row["geometry"], rule.within_km), row["name"])
        for row in rows_of(inputs, "hazards")
        if row["kind"] == "mud_volcano"
    ]


def _curve_figures(
    rules: Design, curve: routing.SeparationCurve, points: Sequence[DesignPoint], chosen: DesignPoint
) -> dict[str, Any]:
    """The design and its curve for the manifest."""
    knee = curve.knee
    return {
        "status": "DERIVED",
        "rules": {
            "landing_zone_km": rules.landing_zone_km,
            "min_separation_km": rules.min_separation_km,
            "source": rules.source,
            "status": rules.status,
        },
        "systems": list(rules.systems),
        "chosen": chosen.point_id,
        "knee": next((point.point_id for point in points if point.plan is knee), None),
        "curve": [point_figures(point) for point in points],
        "kept_by_another_point_at_no_more_cost_km": list(curve.dropped),
        "impossible": [{"separation_km": km, "reason": why} for km, why in curve.impossible.items()],
    }


def own_line_notes(study: Study, rules: Design) -> Iterator[str]:
    """Of each system whose line a person has a say in, what does not heed that."""
    trunk = None if rules.branching is None else rules.branching.system
    for system in study.systems:
        deaf = ["plans that push systems apart"] if system.id in rules.systems else []
        deaf += ["the best place of the branching unit"] if system.id == trunk else []
        asked = [*system.line_keys, *(["diverse_from"] if system.diverse_from else [])]
        if deaf and asked:
            yield f"{system.id}: its own route heeds {', '.join(asked)}; {' and '.join(deaf)} did not"


def curve_notes(curve: routing.SeparationCurve, chosen: DesignPoint) -> list[str]:
    """What a person should know of the curve."""
    plan, own = chosen.plan, curve.points[0]
    reached = f"{plan.reached_km:.1f} km" if np.isfinite(plan.reached_km) else "no part outside the landing zones"
    notes = [
        f"{' and '.join(chosen.system_ids)} together cost {plan.excess:.2%} more than each for itself and reach "
        f"{reached}; no plan is cheaper by more than {plan.gap:.2%}, as exactly as fields tell"
    ]
    if plan is own:
        notes.append("the least-cost paths of the systems keep the least separation as they are")
    crossed = sum(crossings(one.lonlat, other.lonlat) for one, other in combinations(plan.paths, 2))
    if crossed:
        notes.append(f"the routes cross {crossed} times inside landing zones: exchange landings at one end to avoid it")
    return notes + list(curve.impossible.values())


def _branch_ways(
    study: Study,
    branch: BranchingRules,
    ground: tuple[Seabed, engineering.Surroundings],
    routed: Routed,
    chosen: DesignPoint,
) -> tuple[BranchWay, ...]:
    """The ways of joining the third landing, the cable of its own last.

    ``ground``: as it is routed on, and as `listed_ground` has it.
    """
    ids = (*trunk_ends(branch, study.systems), branch.third_landing)
    allowed = clear_cells(ground[0], lines_beside(ground[1], branch, chosen), branch.min_depth_m)
    try:
        joined = joined_third(study, branch, ground[0], routed, ids, allowed)
    except NoRouteError:  # no clear place that all three reach: a finding says what the unit lies by
        joined = joined_third(study, branch, ground[0], routed, ids, ground[0].depth.depth_m >= branch.min_depth_m)
    others = [
        path.lonlat
        for system_id, path in zip(chosen.system_ids, chosen.plan.paths, strict=True)
        if system_id != branch.system
    ]

    def leg(path: routing.LeastCostPath, from_place: str, to_landing: str, factor: float = 1.0) -> WayLeg:
        return WayLeg(path, from_place, to_landing, factor, sum(crossings(path.lonlat, other) for other in others))

    def way(name: str, unit: routing.Branching | None, legs: tuple[WayLeg, ...], cost: float) -> BranchWay:
        return BranchWay(name, unit, legs, cost, bought(study, ground[1], legs))

    def through(name: str, unit: routing.Branching) -> BranchWay:
        at = zip(unit.legs, ids, unit.factors, strict=True)
        return way(name, unit, tuple(leg(path, UNIT, end, factor) for path, end, factor in at), unit.cost)

    own = (leg(joined.trunk, ids[0], ids[1]), leg(joined.separate, ids[2], ids[joined.separate_to]))
    separate = way(SEPARATE, None, own, joined.separate_cost)
    on_trunk = () if joined.on_trunk is None else (through(ON_TRUNK, joined.on_trunk),)
    return (through(BEST, joined.best), *on_trunk, separate)


def lines_beside(near: engineering.Surroundings, branch: BranchingRules, chosen: DesignPoint) -> list[BaseGeometry]:
    """Cables, pipelines and other systems of the design, which a unit keeps clear of."""
    plan = zip(chosen.system_ids, chosen.plan.paths, strict=True)
    return [
        *(asset.geometry for asset in near.assets),
        *(LineString(path.lonlat) for system_id, path in plan if system_id != branch.system),
    ]


def joined_third(
    study: Study,
    branch: BranchingRules,
    ground: Seabed,
    routed: Routed,
    ids: Sequence[str],
    allowed: NDArray[np.bool_],
) -> routing.Joined:
    """The ways of joining as the router finds them.

    Parameters
    ----------
    ids
        Of the landings of the trunk, and of the third.
    allowed
        Cells where a unit may lie.
    """
    landings = shore_landings(ground.water, [study.landing(landing_id) for landing_id in ids], study.area.bounds)
    first, second, third = (landings[landing_id] for landing_id in ids)
    problem = replace(problem_of(study, ground, ground.cost.friction_cost), effort=effort_of(study))
    rules = routing.UnitRules(allowed, 1000.0 * branch.price_km, branch.spur_factor)
    trunk = routed.paths.get(branch.system) if branch.system else None
    return routing.join_third(problem, (first, second), third, rules, trunk)


def bought(study: Study, near: engineering.Surroundings, legs: Sequence[WayLeg]) -> Quantities | None:
    """What all legs come to by the study's rules; None without any.

    Legs from a unit are built at once, with the unit; else each is a system.
    """
    rules = study.engineering
    if rules is None:
        return None
    laid = reduce(add, (quantities_along(near, leg.path.lonlat, rules) for leg in legs))
    ends = sum(1 if leg.from_place == UNIT else LANDINGS for leg in legs)
    if ends == LANDINGS * len(legs):
        return laid
    return replace(laid, landings=ends, systems=1, units={**laid.units, "BU": 1})


def costs_of(study: Study, near: engineering.Surroundings, plan: routing.JointPlan) -> tuple[CostRange, ...]:
    """What each line of a plan costs by the cost book, without land tails; empty where the study has none."""
    rules, prices = study.engineering, study.prices
    if rules is None or prices is None:
        return ()
    return tuple(bill_of(prices, quantities_along(near, path.lonlat, rules)).total for path in plan.paths)


def _branch_layers(inputs: Inputs, branch: BranchingRules, ground: Seabed, ways: Sequence[BranchWay]) -> dict[str, Any]:
    """The layers of the branch."""
    separate, revision = ways[-1], inputs.study.study.revision
    units = []
    for way in ways:
        if (unit := way.unit) is not None:
            at, seabed = (np.array([unit.lon]), np.array([unit.lat])), ground.depth.surface
            depth = {name: known(sample(ground.grid, getattr(seabed, of), *at)[0]) for name, of in DEPTH_COLUMNS}
            units.append(unit_row(way, unit, branch, depth, 1.0 - way.cost / separate.cost))
    return frames({BRANCHING_UNITS: units, BRANCH_LEGS: [row for way in ways for row in leg_rows(way, revision)]})


def branch_figures(inputs: Inputs, branch: BranchingRules, ways: Sequence[BranchWay]) -> dict[str, Any]:
    """The ways of joining beside each other, for the manifest."""
    return {
        "trunk": branch.trunk,
        "third_landing": branch.third_landing,
        "rules": branch.model_dump(mode="json", exclude_none=True),
        "ways": [
            way_figures(way, ways[-1], inputs.study.cost.base_cost_usd_per_km, inputs.study.prices) for way in ways
        ],
    }


def branch_notes(branch: BranchingRules, ways: Sequence[BranchWay]) -> list[str]:
    """What a person should know of the branch."""
    best, separate = ways[0], ways[-1]
    notes = [
        f"{branch.third_landing} joined to {branch.trunk} by a branching unit at the best place costs "
        f"{best.cost / 1000.0:.0f} km of clear seabed with the trunk, by a cable of its own "
        f"{separate.cost / 1000.0:.0f} km"
    ]
    if ON_TRUNK not in [way.way for way in ways]:
        notes.append(f"the trunk is nowhere known to be {branch.min_depth_m:g} m deep: no unit on it as it is")
    if best.crosses:
        notes.append(f"the legs of the branch cross the other systems of the design {best.crosses} times")
    return notes
