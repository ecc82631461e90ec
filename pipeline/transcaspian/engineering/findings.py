"""What a reader must know of an engineered route before deciding anything by it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.findings import Finding, Place
from transcaspian.core.grid import GEOD, Grid
from transcaspian.core.linear_reference import KpRange
from transcaspian.core.vocabulary import NOT_KNOWN, Severity
from transcaspian.engineering.cable import CablePlan
from transcaspian.engineering.crossings import Crossing, ParallelRun
from transcaspian.engineering.laying import AT_BEND, AT_RECOVERY, REASONS, TOO_SHORT
from transcaspian.engineering.profile import Profile
from transcaspian.engineering.route import EngineeredRoute
from transcaspian.engineering.scenarios import RouteAtLevel
from transcaspian.seabed import sample
from transcaspian.study import CableRule, Engineering
from transcaspian.study.agreement import MAX_PLOUGHED_SLACK_PERCENT

MIN_DRY_KM = 1.0
"""Dry or shallow lengths below are within the resolution of the embedded seabed at a landing."""
WITHOUT_DEPTH = "unknown"
"""The criterion of seabed without a depth: where all is known it has nothing to act on."""
MAJOR_UNKNOWN_KM = 5.0
MIN_UNDECIDED_SHARE = 0.05
"""Of the route: less is where a change of cable would be moved to another event anyhow."""
STRAIGHT = 1e-3
"""A route longer than its geodesic by no more than this share is that geodesic."""

MIN_TOO_SLACK_KM = 1.0
"""Of ploughed cable with too much slack: less is where sections meet."""


@dataclass(frozen=True)
class Steered:
    """What steers a route where it goes.

    Attributes
    ----------
    friction_km
        What each criterion and constraint adds to its cost, in equivalent km of clear seabed, by name.
    steepest_deg
        Steepest seabed under it; None: insufficient information.
    """

    friction_km: Mapping[str, float]
    steepest_deg: float | None

    @property
    def acting(self) -> tuple[str, ...]:
        """Names of those that add something, first what adds most."""
        return tuple(sorted((name for name, km in self.friction_km.items() if km > 0), key=self._most_first))

    def _most_first(self, name: str) -> tuple[float, str]:
        return -self.friction_km[name], name


def friction_along_km(grid: Grid, weighted: NDArray[np.float32], profile: Profile) -> float:
    """What a weighted friction, shape ``grid.shape``, adds along a route, in equivalent km of clear seabed."""
    return float(np.nansum(sample(grid, weighted, profile.lon_deg, profile.lat_deg))) * profile.step_km


def route_findings(
    system_id: str, states: Collection[str], route: EngineeredRoute, declared: RouteAtLevel, steered: Steered
) -> Iterator[Finding]:
    """All findings of one route.

    Parameters
    ----------
    states
        ISO 3166-1 alpha-2 codes of the countries of its landings.
    declared
        The route at the declared level.
    """
    yield from level_findings(system_id, declared, route.at_levels)
    yield from straight_findings(system_id, route, steered)
    yield from state_findings(system_id, states, route)
    yield from asset_findings(system_id, route)
    yield from hazard_findings(system_id, route)
    yield from rule_findings(system_id, route)
    yield from laying_findings(system_id, route.cable)


def unengineered_finding(system_id: str) -> Finding:
    """What is not known of a line that is the router's alone."""
    return Finding(
        kind="not engineered",
        severity="major",
        subject=system_id,
        sentence=f"its legs, cable, burial, crossings and landings are not planned: {NOT_KNOWN}",
        action="give the rules of engineering ([engineering])",
        source="layer least_cost_paths",
    )


def level_findings(system_id: str, declared: RouteAtLevel, at_levels: Sequence[RouteAtLevel]) -> Iterator[Finding]:
    """Lengths that lie dry or in shallow water, at the declared level and at the worst of the scenario."""
    worst = max((declared, *at_levels), key=lambda one: one.dry_length_km)
    dry_km, shallow_km = declared.dry_length_km, declared.shallow_length_km
    if max(worst.dry_length_km, shallow_km) < MIN_DRY_KM:
        return
    parts = [f"{dry_km:.1f} km lie dry"] if dry_km > 0 else []
    parts += [f"{shallow_km:.1f} km are too shallow for a cable ship"] if shallow_km > 0 else []
    now = f"at {_level(declared)} {' and '.join(parts)}" if parts else ""
    later = f"at {_level(worst)} {worst.dry_length_km:.1f} km lie dry" if worst.dry_length_km > dry_km else ""
    severity: Severity = "major" if dry_km >= MIN_DRY_KM or declared.dry_km > 0 else "minor"
    yield Finding(
        kind="dry or shallow route",
        severity=severity,
        subject=system_id,
        sentence="; ".join(part for part in (now, later) if part),
        action="plan the shore ends for the lowest level",
        source="layer scenario_routes",
        place=Place(declared.submerged_km + dry_km if worst.to_extension_km > worst.from_extension_km else 0.0),
    )


def _level(at: RouteAtLevel) -> str:
    return f"{at.level_m_msl:g} m".replace("-", "\u2212")


def straight_findings(system_id: str, route: EngineeredRoute, steered: Steered) -> Iterator[Finding]:
    """A route that is the geodesic between its landings, and why."""
    profile = route.profile
    geodesic_km = GEOD.inv(*route.sea_lonlat[0], *route.sea_lonlat[-1])[2] / 1000.0
    if profile.length_km - sum(profile.ashore_km) > geodesic_km * (1.0 + STRAIGHT):
        return
    acting = ", ".join(f"{name} ({steered.friction_km[name]:.1f} km)" for name in steered.acting[:3])
    slope = "" if steered.steepest_deg is None else f"; steepest slope {steered.steepest_deg:.2f}°"
    yield Finding(
        kind="route is the geodesic",
        severity="minor",
        subject=system_id,
        sentence=(
            f"the route is the geodesic between its landings ({profile.length_km:.1f} km): no data bend it "
            f"({f'acting along it: {acting}' if acting else 'no criterion acts along it'}{slope})"
        ),
        action="take it as a straight line for the survey to bend, not as an optimised route",
        source="layers routes, route_profile",
    )


def depth_limits_m(rules: Engineering) -> tuple[float, ...]:
    """Depths at which rules of cable, slack, burial or shallow water change."""
    by_depth: tuple[CableRule, ...] = (*rules.cable_types, *rules.slack, *rules.burial)
    limits = {limit for rule in by_depth for limit in (rule.from_depth_m, rule.to_depth_m) if limit}
    return tuple(sorted(limits | ({rules.water_levels.shallow_m} if rules.water_levels else set())))


def slack_findings(system_id: str, cable: CablePlan) -> Iterator[Finding]:
    """More slack than a plough lays, by rules or by a list that a person gives."""
    km = too_slack_km(cable)
    if km >= MIN_TOO_SLACK_KM:
        yield Finding(
            kind="slack on ploughed cable",
            severity="minor",
            subject=system_id,
            sentence=(
                f"slack of more than {MAX_PLOUGHED_SLACK_PERCENT:g} % on {km:.1f} km of ploughed cable contradicts how "
                "it is laid: it follows the seabed"
            ),
            action='put a rule with methods = ["plough"] first in engineering.slack, or correct the list',
            source="layer sld; the limit is an engineering default",
            status="ASSUMED",
        )


def too_slack_km(cable: CablePlan) -> float:
    """Length over ground of ploughed cable with more slack than that takes."""
    ploughed = [item for item in cable.burial if item.rule.method == "plough"]
    slack = [item for item in cable.slack if item.rule.slack_percent > MAX_PLOUGHED_SLACK_PERCENT]
    both = (min(a.to_km, b.to_km) - max(a.from_km, b.from_km) for a in ploughed for b in slack)
    return sum(km for km in both if km > 0)


def laying_findings(system_id: str, cable: CablePlan) -> Iterator[Finding]:
    """Where the plan ploughs less than the rules of burial ask for, because a plough cannot, and why."""
    actions = {
        TOO_SHORT: "lower engineering.sections.min_burial_km, or plan for PLIB",
        AT_BEND: "lengthen the legs beside it, or plan for PLIB",
        AT_RECOVERY: "place the recoveries with the contractor",
    }
    for rule_id, action in actions.items():
        sections = [item for item in cable.burial if item.rule.id == rule_id]
        if sections:
            km = sum(item.length_km for item in sections)
            yield Finding(
                kind="plough up",
                severity="information" if rule_id == AT_RECOVERY else "minor",
                subject=system_id,
                sentence=(
                    f"{km:.1f} km in {len(sections)} section{'s' * (len(sections) > 1)} are laid on the seabed and "
                    f"buried afterwards (PLIB): {REASONS[rule_id]}"
                ),
                action=action,
                source="layer sld, burial_rule; [engineering.plough], [engineering.sections]",
                status="ASSUMED",
                place=Place(sections[0].from_km),
            )


def limit_findings(system_id: str, profile: Profile, limits_m: Sequence[float]) -> Iterator[Finding]:
    """How much of a route lies within one standard error of its depth from a depth at which a rule changes.

    Parameters
    ----------
    limits_m
        Positive down, below the declared level.
    """
    off_m = np.abs(profile.depth_m[:, np.newaxis] - np.asarray(limits_m, float))
    within = off_m <= profile.depth_error_m[:, np.newaxis]
    undecided_km = float(within.any(axis=1).sum()) * profile.step_km if len(limits_m) else 0.0
    if undecided_km < MIN_UNDECIDED_SHARE * profile.length_km:
        return
    worst = int(within.sum(axis=0).argmax())
    yield Finding(
        kind="depth error decides",
        severity="minor",
        subject=system_id,
        sentence=(
            f"on {undecided_km:.0f} km the depth is within its own error of a limit of the rules, most of it "
            f"({within[:, worst].sum() * profile.step_km:.0f} km) of {limits_m[worst]:g} m"
        ),
        action="plan cable and burial there for both sides of the limit, and survey first where they change",
        source="layer route_profile, depth_error_m; [engineering]",
        place=Place(float(profile.kp_km[int(within[:, worst].argmax())])),
    )


def silent_findings(steered: Mapping[str, Steered], begins_deg: float | None) -> Iterator[Finding]:
    """Criteria and constraints that add nothing to the cost of any route.

    Parameters
    ----------
    steered
        By system id.
    begins_deg
        Slope from which the criterion ``slope`` costs something; None without the criterion.
    """
    names = {name for one in steered.values() for name in one.friction_km}
    silent = sorted(names - {WITHOUT_DEPTH} - {name for one in steered.values() for name in one.acting})
    if not silent:
        return
    known = [one.steepest_deg for one in steered.values() if one.steepest_deg is not None]
    why = f" (slope: steepest {max(known):.2f}°, the rule begins at {begins_deg:g}°)" if known and begins_deg else ""
    yield Finding(
        kind="criteria that never act",
        severity="minor" if "slope" in silent else "information",
        sentence=f"{', '.join(silent)}: nothing of it acts along any route{why if 'slope' in silent else ''}",
        action="do not count them as considered: finer data may make them act",
        source="tables [criteria] and [[constraints]] of the study, along the layer routes",
    )


def state_findings(system_id: str, states: Collection[str], route: EngineeredRoute) -> Iterator[Finding]:
    """States whose waters the route crosses: those without a landing of it, else all."""
    lengths: dict[str, float] = {}
    first: dict[str, KpRange] = {}
    for item in route.stretches:
        lengths[item.state] = lengths.get(item.state, 0.0) + item.length_km
        first.setdefault(item.state, item)
    third = [state for state in lengths if state and state not in states]
    say = partial(Finding, kind="states crossed", subject=system_id, source="layer route_sectors")
    for state in third:
        at = first[state]
        yield say(
            severity="major",
            sentence=f"{lengths[state]:.1f} km lie in waters of {state}, where it does not land",
            action=f"ask {state} for a permit or keep out of its waters",
            place=Place(at.from_km),
        )
    if lengths and not third:
        crossed = ", ".join(f"{state or NOT_KNOWN} {km:.1f} km" for state, km in lengths.items())
        yield say(severity="information", sentence=f"the waters crossed are: {crossed}", action="ask each for permits")


def asset_findings(system_id: str, route: EngineeredRoute) -> Iterator[Finding]:
    """Crossings and runs beside assets that break the rules, and those that cannot be judged."""
    met: list[tuple[Crossing | ParallelRun, float, str]] = [
        *((item, item.kp_km, f"crosses {item.asset.name} at {item.angle_deg:.0f}°") for item, _ in route.crossings),
        *(
            (
                run,
                run.min_distance_kp_km,
                f"is {run.min_distance_m:,.0f} m from {run.asset.name} ({run.required_m:,.0f} m required)",
            )
            for run in route.parallel_runs
        ),
    ]
    against = [(kp_km, told) for item, kp_km, told in met if item.verdict == "fail"]
    for kp_km, told in against[:1]:
        yield Finding(
            kind="rules broken",
            severity="critical",
            subject=system_id,
            sentence=f"the route {told}: against the rules{and_more(against)}",
            action="fix the crossing ([[systems]] via) or agree it with the owner",
            source="layers crossings, parallel_runs",
            place=Place(kp_km),
        )
    unknown = [(kp_km, item) for item, kp_km, _ in met if item.verdict == NOT_KNOWN]
    for kp_km, item in unknown[:1]:
        known_m = item.asset.position_accuracy_m
        accuracy = "not stated" if known_m is None else f"known to {known_m:,.0f} m"
        yield Finding(
            kind="crossings that cannot be judged",
            severity="minor",
            subject=system_id,
            sentence=(
                f"{len(unknown)} of {len(met)} meetings with other assets cannot be judged: the position of "
                f"{item.asset.name} is {accuracy}"
            ),
            action="get as-built positions from the owners",
            source="layers crossings, parallel_runs",
            place=Place(kp_km),
        )


def and_more(found: Sequence[object]) -> str:
    """What a sentence about the first says of the others."""
    return f", and {len(found) - 1} more" if len(found) > 1 else ""


def hazard_findings(system_id: str, route: EngineeredRoute) -> Iterator[Finding]:
    """Hazards whose distance is not kept, registers with nothing near, and stretches without data."""
    inside = [item for item in route.nearby if item.is_too_near]
    for item in inside[:1]:
        yield Finding(
            kind="hazard too near",
            severity="major",
            subject=system_id,
            sentence=f"the route comes within {item.nearest_m or 0.0:,.0f} m of {item.what}{and_more(inside)}",
            action="keep out of it ([[systems]] keep_out)",
            source="layer route_hazards",
            place=Place(item.nearest_kp_km),
        )
    passed = [item for item in route.nearby if item.verdict == "inside" and not item.is_too_near]
    for item in passed[:1]:
        yield Finding(
            kind="passes what is listed",
            severity="minor",
            subject=system_id,
            sentence=f"the route passes through {item.what}{and_more(passed)}: constraints that close nothing",
            action='see what each asks for; close it where a cable must not pass (role = "barrier")',
            source="layer route_hazards",
            place=Place(item.nearest_kp_km),
        )
    silent = [item for item in route.nearby if item.feature is not None and item.nearest_m is None]
    if silent:
        yield Finding(
            kind="register incomplete",
            severity="minor",
            subject=system_id,
            sentence=(
                f"nothing of {', '.join(item.feature.name for item in silent if item.feature)} is listed near the "
                "route, and the register is known to be incomplete"
            ),
            action="ask the authorities for what the register lacks, before the survey",
            source="layer route_hazards",
        )
    if route.profile.unknown_km >= MIN_DRY_KM:
        yield Finding(
            kind="no depth",
            severity="major" if route.profile.unknown_km >= MAJOR_UNKNOWN_KM else "minor",
            subject=system_id,
            sentence=f"{route.profile.unknown_km:.1f} km have no depth: {NOT_KNOWN}",
            action="add a source of depths for them",
            source="layer route_profile",
        )


def rule_findings(system_id: str, route: EngineeredRoute) -> Iterator[Finding]:
    """Rules that the line as given does not keep, and legs that cost more than they should."""
    if route.findings:
        first = route.findings[0]
        yield Finding(
            kind="rules broken",
            severity="major",
            subject=system_id,
            sentence=f"the line as given differs from the rules: {first}{and_more(route.findings)}",
            action="change the line, or keep the rule that it breaks as an agreed exception",
            source="layer route_findings",
            place=Place(first.from_km),
        )
    if not route.course.is_within_tolerance:
        yield Finding(
            kind="legs cost more than allowed",
            severity="minor",
            subject=system_id,
            sentence=(
                f"its legs cost {route.course.excess:.1%} more than the path, {route.course.tolerance:.1%} are allowed"
            ),
            action="allow shorter legs or sharper turns ([engineering.alter_course]), or accept the cost",
            source="layer routes, engineering_excess",
        )
