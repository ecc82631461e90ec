"""What cable lies where: type, slack and burial by the study's rules, amplifiers, and the length to make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.linear_reference import KpRange, range_at, runs
from transcaspian.core.vocabulary import CROSSING
from transcaspian.engineering.profile import Profile
from transcaspian.study import AmplifierRules, BurialRule, CableRule, CableTypeRule, Engineering, SlackRule, SpareRules

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rule = TypeVar("Rule", bound=CableRule)

ARMOUR = ("LW", "LWP", "SA", "RA", "DA")
"""From the lightest to the heaviest."""
METHODS = ("plough", "trenching", "jetting", "surface laid")
"""Each works wherever one before it does."""


@dataclass(frozen=True)
class RuleSection(KpRange, Generic[Rule]):
    """A stretch of the route and the rule that decided it.

    ``change_km``: the KPs between which it may begin, by one standard error of the depth; None: not by depth, or not
    known.
    """

    rule: Rule
    change_km: tuple[float, float] | None = None


@dataclass(frozen=True)
class Amplifier:
    """A repeater (``RPTR``) or a remotely pumped amplifier (``ROPA``)."""

    event: str
    kp_km: float
    cable_km: float


@dataclass(frozen=True)
class CablePlan:
    """The cable of a route. Sections of each kind follow each other from KP 0 to the end.

    Attributes
    ----------
    length_km
        Along the cable as laid: the route with its slack.
    spare_km
        Made beyond that, for joints and the depot.
    """

    types: tuple[RuleSection[CableTypeRule], ...]
    slack: tuple[RuleSection[SlackRule], ...]
    burial: tuple[RuleSection[BurialRule], ...]
    amplifiers: tuple[Amplifier, ...]
    length_km: float
    spare_km: float


def engineer_cable(
    profile: Profile,
    distance_km: Mapping[str, Floats],
    rules: Engineering,
    vertices_km: Floats,
    kept_off: Sequence[KpRange] = (),
) -> CablePlan:
    """Sections by rule, amplifiers and lengths of a route; ashore by the rules of the shallowest water.

    Parameters
    ----------
    distance_km
        From each sample of the profile to the nearest hazard of a kind, by kind, and to the nearest crossing; a kind
        left out is nowhere.
    vertices_km
        KP of the alter courses. Changes of cable type within a sample of one are moved there, and changes of slack and
        burial within two samples of either, so that the list has no positions a few metres apart.
    kept_off
        Where neither joint nor amplifier is to lie. A change of type moves to the nearest place that the heavier cable
        reaches by growing, an amplifier to the nearest one that makes no span too long; where there is none, they stay.
    """
    limits, step_km, profile = rules.sections, profile.step_km, profile.as_shallow_ashore()
    types = sections_by_rule(
        profile, distance_km, rules.cable_types, lambda rule: ARMOUR.index(rule.cable_type), limits.min_cable_type_km
    )
    types = _moved_to(types, vertices_km, step_km)
    types = _with_clear_joints(types, kept_off, limits.min_cable_type_km)
    changes_km = np.concatenate([vertices_km, [section.to_km for section in types]])
    burial = sections_by_rule(profile, distance_km, rules.burial, burial_rank, limits.min_burial_km)
    burial = _moved_to(burial, _off_crossings(changes_km, profile, distance_km, rules.burial), 2 * step_km)
    methods = [range_at(burial, kp_km).rule.method for kp_km in profile.kp_km.tolist()]
    slack = slack_sections(profile, distance_km, rules, methods)
    slack = _moved_to(slack, changes_km, 2 * step_km)
    types = _with_intervals(types, profile, distance_km, rules.cable_types)
    slack = _with_intervals(slack, profile, distance_km, rules.slack, _elsewhere(rules.slack, methods))
    burial = _with_intervals(burial, profile, distance_km, rules.burial)
    edges_km, cable_km = cable_along(slack)
    length_km = float(cable_km[-1])
    amplifiers = _clear_amplifiers(edges_km, cable_km, rules.amplifiers, kept_off)
    joints = len(types) - 1 + 2 * len(amplifiers) + 2
    return CablePlan(types, slack, burial, amplifiers, length_km, spare_km(length_km, joints, rules.spare))


def _off_crossings(
    places_km: Floats, profile: Profile, distance_km: Mapping[str, Floats], rules: Sequence[BurialRule]
) -> Floats:
    """The places that a change of burial may be moved to and still keep its distance from a crossing."""
    clear_km = max((rule.within_km or 0.0 for rule in rules if CROSSING in rule.near), default=0.0)
    if not clear_km or CROSSING not in distance_km:
        return places_km
    reach_km = clear_km + 2 * profile.step_km
    away_km = np.interp(places_km, profile.kp_km, np.minimum(distance_km[CROSSING], 2 * reach_km))
    return places_km[away_km > reach_km]


def slack_sections(
    profile: Profile, distance_km: Mapping[str, Floats], rules: Engineering, methods: Sequence[str]
) -> tuple[RuleSection[SlackRule], ...]:
    """Slack along a route; ``methods``: how it is buried at each sample of the profile."""
    min_km, elsewhere = rules.sections.min_slack_km, _elsewhere(rules.slack, methods)
    return sections_by_rule(profile, distance_km, rules.slack, lambda rule: rule.slack_percent, min_km, elsewhere)


def _elsewhere(rules: Sequence[SlackRule], methods: Sequence[str]) -> dict[str, NDArray[np.bool_]]:
    """By the id of a rule for some methods, the samples that are buried otherwise."""
    return {rule.id: ~np.isin(methods, rule.methods) for rule in rules if rule.methods}


def burial_rank(rule: BurialRule) -> float:
    """Shallower burial ranks higher, and of equal depths the method that works in more places."""
    return -rule.target_m * len(METHODS) * 100.0 + METHODS.index(rule.method)


def cable_along(slack: Sequence[RuleSection[SlackRule]]) -> tuple[Floats, Floats]:
    """KP of the ends of the slack sections and the length of cable up to each, km; shape ``(sections + 1,)`` each."""
    edges_km = np.array([slack[0].from_km, *(section.to_km for section in slack)])
    factor = np.array([1.0 + section.rule.slack_percent / 100.0 for section in slack])
    return edges_km, np.concatenate([[0.0], np.cumsum(np.diff(edges_km) * factor)])


def amplifier_positions(cable_km: float, rules: AmplifierRules) -> list[tuple[str, float]]:
    """Event and km along the cable of every amplifier: none, one or two pumped ones, or repeaters at equal spans."""
    if cable_km <= rules.unrepeatered_km:
        return []
    if cable_km <= rules.ropa_km:
        first_km = min(rules.ropa_from_terminal_km, cable_km / 2)
        ends = {first_km, cable_km - first_km}
        return [("ROPA", at_km) for at_km in sorted(ends)]
    spans = int(np.ceil(cable_km / rules.repeater_spacing_km))
    return [("RPTR", cable_km * i / spans) for i in range(1, spans)]


def clear_place_km(at_km: float, kept: Sequence[KpRange], from_km: float, to_km: float) -> float:
    """The nearest KP from ``from_km`` to ``to_km`` outside all of the stretches; ``at_km`` where there is none."""

    def is_clear(kp_km: float) -> bool:
        return not any(item.from_km < kp_km < item.to_km for item in kept)

    if is_clear(at_km):
        return at_km
    edges_km = [kp_km for item in kept for kp_km in (item.from_km, item.to_km) if from_km <= kp_km <= to_km]
    return min(filter(is_clear, edges_km), key=lambda kp_km: abs(kp_km - at_km), default=at_km)


def _with_clear_joints(
    types: Sequence[RuleSection[CableTypeRule]], kept_off: Sequence[KpRange], min_km: float
) -> tuple[RuleSection[CableTypeRule], ...]:
    """The sections with every change where a joint may lie; the lighter cable of the two gives way."""
    moved = list(types)
    for i in range(len(moved) - 1):
        before, after = moved[i], moved[i + 1]
        if ARMOUR.index(before.rule.cable_type) > ARMOUR.index(after.rule.cable_type):
            reach_km = before.to_km, after.to_km - min_km
        else:
            reach_km = before.from_km + min_km, before.to_km
        at_km = clear_place_km(before.to_km, kept_off, *reach_km)
        moved[i], moved[i + 1] = replace(before, to_km=at_km), replace(after, from_km=at_km)
    return tuple(moved)


def _clear_amplifiers(
    edges_km: Floats, cable_km: Floats, rules: AmplifierRules, kept_off: Sequence[KpRange]
) -> tuple[Amplifier, ...]:
    """Amplifiers where they may lie: repeaters with no span longer than the spacing, pumped ones within their reach.

    ``edges_km``, ``cable_km``: from `cable_along`.
    """
    length_km, found, last_km = float(cable_km[-1]), [], 0.0
    planned = amplifier_positions(length_km, rules)
    for number, (event, at_km) in enumerate(planned):
        reach_km, left = rules.repeater_spacing_km, len(planned) - number
        least_km, most_km = length_km - left * reach_km, last_km + reach_km
        if event == "ROPA":
            reach_km = rules.ropa_from_terminal_km
            least_km = length_km - reach_km if left == 1 else 0.0
            most_km = reach_km if number == 0 else length_km
        limits_km = np.interp([max(least_km, last_km), min(most_km, length_km)], cable_km, edges_km)
        kp_km = float(np.interp(at_km, cable_km, edges_km))
        clear_km = clear_place_km(kp_km, kept_off, *limits_km.tolist())
        last_km = at_km if clear_km == kp_km else float(np.interp(clear_km, edges_km, cable_km))
        found.append(Amplifier(event, clear_km, last_km))
    return tuple(found)


def spare_km(cable_km: float, joints: int, rules: SpareRules) -> float:
    """Cable made beyond what is laid."""
    return joints * rules.per_joint_km + cable_km * rules.depot_percent / 100.0


def sections_by_rule(
    profile: Profile,
    distance_km: Mapping[str, Floats],
    rules: Sequence[Rule],
    rank: Callable[[Rule], float],
    min_km: float,
    excluded: Mapping[str, NDArray[np.bool_]] | None = None,
) -> tuple[RuleSection[Rule], ...]:
    """Stretches of the profile by the first rule that is met, none of them shorter than ``min_km``.

    ``rank`` orders the rules: a stretch may be given a rule of a higher rank than was decided (heavier cable, more
    slack, a shallower burial) so that it becomes long enough, never of a lower one. Of all such divisions the one with
    the lowest rank times length is taken, by dynamic programming. ``excluded``: by the id of a rule, the samples at
    which it is not met whatever its own conditions.
    """
    decided = _decided(profile, distance_km, rules, excluded)
    ranks, of_rule = np.unique([rank(rule) for rule in rules], return_inverse=True)
    by_sample = of_rule[decided]
    required = np.maximum(by_sample[:-1], by_sample[1:])
    min_steps = int(np.ceil(min_km / profile.step_km - 1e-9))
    found = []
    for first, last, level in divided(required, ranks - ranks[0], min_steps):
        deciding = decided[first : last + 1]
        at_level = deciding[of_rule[deciding] == level]
        from_km, to_km = float(profile.kp_km[first]), float(profile.kp_km[last])
        found.append(RuleSection(from_km, to_km, rules[int(np.bincount(at_level).argmax())]))
    return tuple(found)


def divided(required: Ints, weight: Floats, min_steps: int) -> list[tuple[int, int, int]]:
    """Divide steps into runs of one level: ``(first step, step after the last, level)``.

    Parameters
    ----------
    required
        Lowest level of each step, shape ``(n,)``, from 0.
    weight
        What a step of each level costs, ascending.
    min_steps
        Smallest number of steps in a run (all of them, where there are fewer).

    Returns
    -------
    list
        The cheapest division, and among those the one with the smallest number of runs.
    """
    n, levels = len(required), len(weight)
    min_steps = max(1, min(min_steps, n))
    a_run = 1e-6 * (float(np.max(weight)) + 1.0) / levels
    cost = np.full((n + 1, levels), np.inf)
    start = np.zeros((n + 1, levels), np.int64)
    # cheapest way to have covered the steps before `a` with a last run of another level
    other = np.full((n + 1, levels), np.inf)
    other[0] = 0.0
    earliest = np.zeros(levels, np.int64)
    for end in range(1, n + 1):
        earliest[: required[end - 1]] = end
        for level in range(int(required[end - 1]), levels):
            low, high = earliest[level], end - min_steps + 1
            if low >= high:
                continue
            ways = other[low:high, level] - weight[level] * np.arange(low, high)
            best = int(ways.argmin())
            cost[end, level] = ways[best] + weight[level] * end + a_run
            start[end, level] = low + best
        for level in range(levels):
            other[end, level] = min((cost[end, k] for k in range(levels) if k != level), default=np.inf)
    return _runs_back(cost, start)


def _runs_back(cost: Floats, start: Ints) -> list[tuple[int, int, int]]:
    end, level = len(cost) - 1, int(cost[-1].argmin())
    found = []
    while end > 0:
        first = int(start[end, level])
        found.append((first, end, level))
        others = cost[first].copy()
        others[level] = np.inf
        end, level = first, int(others.argmin())
    return found[::-1]


def _decided(
    profile: Profile,
    distance_km: Mapping[str, Floats],
    rules: Sequence[CableRule],
    excluded: Mapping[str, NDArray[np.bool_]] | None = None,
) -> Ints:
    """Index of the first rule that is met at each sample, shape ``(n,)``; ``excluded`` as in `sections_by_rule`."""
    out = excluded or {}
    met = np.stack([_is_met(profile, distance_km, rule) & ~out.get(rule.id, np.False_) for rule in rules])
    return met.argmax(axis=0)


def _with_intervals(
    sections: Sequence[RuleSection[Rule]],
    profile: Profile,
    distance_km: Mapping[str, Floats],
    rules: Sequence[Rule],
    excluded: Mapping[str, NDArray[np.bool_]] | None = None,
) -> tuple[RuleSection[Rule], ...]:
    """The sections with the KPs between which each may begin, for all that its depth is known.

    That is where a depth one standard error off would be decided otherwise, as far as this reaches without a break.
    """
    step_km, error_m = profile.step_km, np.nan_to_num(profile.depth_error_m)
    off = [replace(profile, depth_m=np.maximum(profile.depth_m + error, 0.0)) for error in (-error_m, error_m)]
    shallower, deeper = (_decided(one, distance_km, rules, excluded) for one in off)
    at_limit = np.zeros(len(error_m), bool)
    for limit_m in {limit for rule in rules for limit in (rule.from_depth_m, rule.to_depth_m) if limit}:
        changes = np.diff(profile.depth_m >= limit_m)
        at_limit[:-1] |= changes
        at_limit[1:] |= changes
    open_km = [
        (from_km, to_km)
        for from_km, to_km, _ in runs(profile.kp_km, ((shallower != deeper) | at_limit) & (profile.depth_error_m > 0))
    ]

    def interval(at_km: float) -> tuple[float, float] | None:
        near = [(a, b) for a, b in open_km if a - 3 * step_km <= at_km <= b + 3 * step_km]
        return (min(at_km, *(a for a, _ in near)), max(at_km, *(b for _, b in near))) if near else None

    return (sections[0], *(replace(item, change_km=interval(item.from_km)) for item in sections[1:]))


def _is_met(profile: Profile, distance_km: Mapping[str, Floats], rule: CableRule) -> NDArray[np.bool_]:
    met = np.ones(len(profile.kp_km), bool)
    for values, low, high in (
        (profile.depth_m, rule.from_depth_m, rule.to_depth_m),
        (profile.steepest_deg, rule.from_slope_deg, rule.to_slope_deg),
    ):
        if low is not None:
            met &= values >= low
        if high is not None:
            met &= values < high
    if rule.within_km is not None:
        near_km = [distance_km[kind] for kind in rule.near if kind in distance_km]
        met &= np.min(near_km, axis=0) <= rule.within_km if near_km else False
    return met


def _moved_to(
    sections: Sequence[RuleSection[Rule]], places_km: Floats, within_km: float
) -> tuple[RuleSection[Rule], ...]:
    """Move the changes between sections to a place within reach, where none of them loses its extent."""
    moved = list(sections)
    for i in range(len(moved) - 1):
        change_km = moved[i].to_km
        at_km = float(places_km[np.abs(places_km - change_km).argmin()]) if len(places_km) else np.inf
        if abs(at_km - change_km) <= within_km and moved[i].from_km < at_km < moved[i + 1].to_km:
            moved[i] = replace(moved[i], to_km=at_km)
            moved[i + 1] = replace(moved[i + 1], from_km=at_km)
    return tuple(moved)
