"""An optional stage: main and reserve as one design, what they share, and a branch to a third landing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcaspian import engineering, routing
from transcaspian.analyses.design.config import Design, trunk_ends
from transcaspian.analyses.design.layers import BRANCH_LEGS, BRANCHING_UNITS, DESIGN_ROUTES, SHARED_HAZARDS
from transcaspian.analyses.design.tables import (
    BranchWay,
    DesignPoint,
    SharedEvent,
    leg_rows,
    point_figures,
    route_rows,
    shared_rows,
    unit_row,
    way_figures,
)
from transcaspian.core.errors import SeparationError
from transcaspian.core.findings import Findings
from transcaspian.core.frames import frames, known
from transcaspian.core.linear_reference import vertices_km
from transcaspian.engineering.cable import engineer_cable
from transcaspian.engineering.route import hazard_distances_km
from transcaspian.routing.joint import crossings
from transcaspian.routing.shared import ANCHOR, EARTHQUAKE, MUD_VOLCANO
from transcaspian.runs.stages.engineer_systems import features_of
from transcaspian.runs.stages.inputs import Inputs, rows_of
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.runs.stages.route_systems import Routed, problem_of, shore_landings
from transcaspian.seabed import sample
from transcaspian.study import Study

BEST, ON_TRUNK, SEPARATE = "best place", "on the trunk", "separate"

Lines = NDArray[np.float64]


def design_systems(
    inputs: Inputs, ground: Seabed, routed: Routed, engineered: Mapping[str, engineering.EngineeredRoute]
) -> Findings:
    """Plan the systems of the table ``[design]`` together, price their separation, and join the third landing.

    Raises
    ------
    SeparationError
        The systems cannot keep the least separation of the study.
    """
    study, rules = inputs.study, inputs.study.required_table(Design)
    curve = planned(study, rules, ground, routed)
    points = [point_of(inputs, rules, ground, plan) for plan in curve.points]
    chosen = chosen_of(rules, curve, points)
    events = [event for pair in combinations(range(len(rules.systems)), 2) for event in shared_by(
        inputs, rules, ground, chosen.plan, pair
    )[0]]  # fmt: skip
    revision = study.study.revision
    layers = frames(
        {
            DESIGN_ROUTES: [row for point in points for row in route_rows(point, point is chosen, revision)],
            SHARED_HAZARDS: shared_rows(chosen.point_id, events),
            BRANCHING_UNITS: [],
            BRANCH_LEGS: [],
        }
    )
    figures = curve_figures(rules, curve, points, chosen)
    notes = [*curve_notes(curve, chosen)]
    if rules.branching is not None:
        ways = branch_ways(inputs, rules, ground, routed, chosen)
        layers |= branch_layers(inputs, rules, ground, ways)
        figures["branching"] = branch_figures(inputs, rules, ways)
        notes += branch_notes(rules, ways)
    return Findings(layers=layers, figures=figures, notes=tuple(notes))


def planned(study: Study, rules: Design, ground: Seabed, routed: Routed) -> routing.SeparationCurve:
    """The curve of cost against separation, with the least separation of the study on it."""
    systems = [next(system for system in study.systems if system.id == name) for name in rules.systems]
    wanted = dict.fromkeys(end for system in systems for end in (system.from_landing, system.to_landing))
    landings = shore_landings(ground.water, [study.landing(landing_id) for landing_id in wanted], study.area.bounds)
    links = [routing.Link(system.id, landings[system.from_landing], landings[system.to_landing]) for system in systems]
    problem = problem_of(study, ground, ground.cost.friction_cost)
    return routing.separation_curve(
        problem,
        links,
        separations_km=[rules.least_separation_km, *rules.separations_km],
        landing_zone_km=rules.landing_zone_km,
        own=[routed.paths.get(link.name) or routing.route_between(problem, link.start, link.end) for link in links],
    )


def chosen_of(rules: Design, curve: routing.SeparationCurve, points: Sequence[DesignPoint]) -> DesignPoint:
    """The cheapest point that keeps the study's least separation."""
    plan = curve.cheapest(rules.least_separation_km)
    if plan is None:
        raise SeparationError(f"design: {curve.impossible[rules.least_separation_km]}")
    return next(point for point in points if point.plan is plan)


def point_of(inputs: Inputs, rules: Design, ground: Seabed, plan: routing.JointPlan) -> DesignPoint:
    """A point of the curve with what its systems share."""
    totals = {
        (rules.systems[i], rules.systems[j]): shared_by(inputs, rules, ground, plan, (i, j))[1]
        for i, j in combinations(range(len(rules.systems)), 2)
    }
    return DesignPoint(plan, rules.systems, totals)


def shared_by(
    inputs: Inputs, rules: Design, ground: Seabed, plan: routing.JointPlan, pair: tuple[int, int]
) -> tuple[list[SharedEvent], dict[str, routing.SharedHazard | None]]:
    """What events reach of two systems: one by one, and in total by kind; None where there is no data."""
    names = (rules.systems[pair[0]], rules.systems[pair[1]])
    one, other = (plan.paths[k].lonlat for k in pair)
    landings = np.vstack([plan.paths[k].lonlat[[0, -1]] for k in range(len(plan.paths))])
    shared = rules.shared_hazards
    events: list[SharedEvent] = []
    totals: dict[str, routing.SharedHazard | None] = {}
    if shared.anchor is not None:
        anchor = shared.anchor
        reach = anchor_reach(ground, anchor.max_depth_m)
        found = routing.shared_by_anchors(
            one, other, landings, drag_km=anchor.drag_km, zone_km=rules.landing_zone_km, within_reach=reach
        )
        totals[ANCHOR] = found
        if found.one.pieces and found.other.pieces:
            events.append(SharedEvent(names, found, "", anchor.drag_km, anchor.source, anchor.status))
    for kind, rule, role in (
        (EARTHQUAKE, shared.earthquake, "earthquakes"),
        (MUD_VOLCANO, shared.mud_volcano, "hazards"),
    ):
        if rule is None:
            continue
        if role not in inputs.layers:
            totals[kind] = None
            continue
        named = earthquakes_of(inputs, rules) if kind == EARTHQUAKE else mud_volcanoes_of(inputs, rules)
        found_all, of_kind = routing.shared_by_places(
            one, other, landings, [place for place, _ in named], zone_km=rules.landing_zone_km
        )
        words = {place.event: word for place, word in named}
        empty = routing.SharedHazard(kind, "", *(routing.SharedPart((), 0.0, 0.0) for _ in range(2)))
        totals[kind] = of_kind.get(kind, empty)
        events += [
            SharedEvent(names, found, words[found.event], rule.within_km, rule.source, rule.status)
            for found in found_all
        ]
    return events, totals


def anchor_reach(ground: Seabed, max_depth_m: float | None) -> Any:
    """Of places, whether an anchor reaches the seabed: where the depth is not known it does."""
    if max_depth_m is None:
        return None
    depth_m = ground.depth.depth_m
    return lambda lon, lat: ~(sample(ground.grid, depth_m, lon, lat) > max_depth_m)


def earthquakes_of(inputs: Inputs, rules: Design) -> list[tuple[routing.EventPlace, str]]:
    """Epicentres of those that break a cable, and what is known of each."""
    rule = rules.shared_hazards.earthquake
    assert rule is not None
    return [
        (
            routing.EventPlace(EARTHQUAKE, row["event_id"], row["geometry"], rule.within_km),
            f"Mw {row['magnitude_mw']:.1f}" + (f", {row['time_utc']}" if isinstance(row["time_utc"], str) else ""),
        )
        for row in rows_of(inputs, "earthquakes")
        if row["magnitude_mw"] >= rule.min_magnitude_mw
    ]


def mud_volcanoes_of(inputs: Inputs, rules: Design) -> list[tuple[routing.EventPlace, str]]:
    """The mud volcanoes, with their names."""
    rule = rules.shared_hazards.mud_volcano
    assert rule is not None
    return [
        (routing.EventPlace(MUD_VOLCANO, row["hazard_id"], row["geometry"], rule.within_km), row["name"])
        for row in rows_of(inputs, "hazards")
        if row["kind"] == "mud_volcano"
    ]


def curve_figures(
    rules: Design, curve: routing.SeparationCurve, points: Sequence[DesignPoint], chosen: DesignPoint
) -> dict[str, Any]:
    """The design and its curve for the manifest."""
    knee = curve.knee
    return {
        "status": "DERIVED",
        "rules": {
            "landing_zone_km": rules.landing_zone_km,
            "least_separation_km": rules.least_separation_km,
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


def branch_ways(
    inputs: Inputs, rules: Design, ground: Seabed, routed: Routed, chosen: DesignPoint
) -> tuple[BranchWay, ...]:
    """The ways of joining the third landing, the cable of its own last."""
    study, branch = inputs.study, rules.branching
    assert branch is not None
    ids = (*trunk_ends(branch, study.systems), branch.third_landing)
    landings = shore_landings(ground.water, [study.landing(landing_id) for landing_id in ids], study.area.bounds)
    first, second, third = (landings[landing_id] for landing_id in ids)
    joined = routing.join_third(
        problem_of(study, ground, ground.cost.friction_cost),
        (first, second),
        third,
        routing.UnitRules(
            allowed=ground.depth.depth_m >= branch.min_depth_m,
            price=1000.0 * branch.price_km,
            spur_factor=branch.spur_factor,
        ),
        routed.paths.get(branch.system) if branch.system else None,
    )
    others = [
        path.lonlat
        for system_id, path in zip(chosen.system_ids, chosen.plan.paths, strict=True)
        if system_id != branch.system
    ]
    units = [(BEST, joined.best), (ON_TRUNK, joined.on_trunk)]
    ways = [
        way_of(inputs, ground, name, unit, unit.legs, unit.factors, ids, ("unit",) * 3, others, unit.cost)
        for name, unit in units
        if unit is not None
    ]
    ends = (ids[1], ids[joined.separate_to])
    legs, starts = (joined.trunk, joined.separate), (ids[0], ids[2])
    separate = way_of(inputs, ground, SEPARATE, None, legs, (1.0, 1.0), ends, starts, others, joined.separate_cost)
    return (*ways, separate)


def way_of(
    inputs: Inputs,
    ground: Seabed,
    name: str,
    unit: routing.Branching | None,
    legs: tuple[routing.LeastCostPath, ...],
    factors: tuple[float, ...],
    ends: tuple[str, ...],
    from_places: tuple[str, ...],
    others: Sequence[Lines],
    cost: float,
) -> BranchWay:
    """A way with its cable and its crossings."""
    cables = [cable_km(inputs, ground, leg.lonlat) for leg in legs]
    total_km = None if any(km is None for km in cables) else float(sum(km for km in cables if km is not None))
    crosses = tuple(sum(crossings(leg.lonlat, other) for other in others) for leg in legs)
    return BranchWay(name, unit, legs, factors, ends, from_places, crosses, cost, total_km)


def cable_km(inputs: Inputs, ground: Seabed, lonlat: Lines) -> float | None:
    """Cable along a line with the slack of the study's rules; None without any."""
    rules = inputs.study.engineering
    if rules is None:
        return None
    depth = ground.depth
    profile = engineering.seabed_profile(
        ground.grid, depth.depth_m, lonlat, depth.effective_resolution_deg, rules.profile.sample_step_km
    )
    near = hazard_distances_km(profile, features_of(inputs), rules.cable_types + rules.slack + rules.burial)
    return engineer_cable(profile, near, rules, vertices_km(lonlat)).length_km


def branch_layers(inputs: Inputs, rules: Design, ground: Seabed, ways: Sequence[BranchWay]) -> dict[str, Any]:
    """The layers of the branch."""
    branch = rules.branching
    assert branch is not None
    separate, revision = ways[-1], inputs.study.study.revision
    units = []
    for way in ways:
        if way.unit is None:
            continue
        depth_m = sample(ground.grid, ground.depth.depth_m, np.array([way.unit.lon]), np.array([way.unit.lat]))
        saving = 1.0 - way.cost / separate.cost
        units.append(unit_row(way, trunk_of(rules), branch.third_landing, known(depth_m[0]), saving, branch.source))
    return frames({BRANCHING_UNITS: units, BRANCH_LEGS: [row for way in ways for row in leg_rows(way, revision)]})


def branch_figures(inputs: Inputs, rules: Design, ways: Sequence[BranchWay]) -> dict[str, Any]:
    """The ways of joining beside each other, for the manifest."""
    branch = rules.branching
    assert branch is not None
    return {
        "trunk": trunk_of(rules),
        "third_landing": branch.third_landing,
        "rules": branch.model_dump(mode="json", exclude_none=True),
        "ways": [way_figures(way, ways[-1], inputs.study.cost.base_cost_usd_per_km) for way in ways],
    }


def branch_notes(rules: Design, ways: Sequence[BranchWay]) -> list[str]:
    """What a person should know of the branch."""
    branch = rules.branching
    assert branch is not None
    best, separate = ways[0], ways[-1]
    notes = [
        f"{branch.third_landing} joined to {trunk_of(rules)} by a branching unit at the best place costs "
        f"{best.cost / 1000.0:.0f} km of clear seabed with the trunk, by a cable of its own "
        f"{separate.cost / 1000.0:.0f} km"
    ]
    if ON_TRUNK not in [way.way for way in ways]:
        notes.append(f"the trunk is nowhere known to be {branch.min_depth_m:g} m deep: no unit on it as it is")
    if sum(best.crosses):
        notes.append(f"the legs of the branch cross the other systems of the design {sum(best.crosses)} times")
    return notes


def trunk_of(rules: Design) -> str:
    """The trunk by its system, or by its two landings."""
    branch = rules.branching
    assert branch is not None
    return branch.system or "-".join(branch.trunk_landings or ())
