"""Stretches of a route by the rules of a study, none of them too short: what `cable` and `landing` share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.linear_reference import KpRange, runs
from transcaspian.engineering.profile import Profile
from transcaspian.routing import cheapest_divisions
from transcaspian.study import CableRule

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rule = TypeVar("Rule", bound=CableRule)


@dataclass(frozen=True)
class RuleSection(KpRange, Generic[Rule]):
    """A stretch of the route and the rule that decided it.

    ``change_km``: the KPs between which it may begin, by one standard error of the depth; None: not by depth, or not
    known.
    """

    rule: Rule
    change_km: tuple[float, float] | None = None


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

    Parameters
    ----------
    profile
        Samples with depth and slope.
    distance_km
        By the kind of a feature its distance from each sample, shape ``(n,)``.
    rules
        In the order in which they are tried.
    rank
        Of a rule; any figures that order them.
    min_km
        Shortest stretch.
    excluded
        Shape ``(n,)`` each.

    Returns
    -------
    tuple
        Without gaps from the first sample to the last.
    """
    decided = _decided_by(profile, distance_km, rules, excluded)
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
    if n and required.min() == required.max():
        return [(0, n, int(required[0]))]
    min_steps = max(1, min(min_steps, n))
    a_run = 1e-6 * (float(np.max(weight)) + 1.0) / levels
    cost, start = cheapest_divisions(required, np.asarray(weight, float), min_steps, a_run)
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


def _decided_by(
    profile: Profile,
    distance_km: Mapping[str, Floats],
    rules: Sequence[CableRule],
    excluded: Mapping[str, NDArray[np.bool_]] | None = None,
) -> Ints:
    """Index of the first rule that is met at each sample, shape ``(n,)``; ``excluded`` as in `sections_by_rule`."""
    out = excluded or {}
    met = np.stack([is_met(profile, distance_km, rule) & ~out.get(rule.id, np.False_) for rule in rules])
    return met.argmax(axis=0)


def with_intervals(
    sections: Sequence[RuleSection[Rule]],
    profile: Profile,
    distance_km: Mapping[str, Floats],
    rules: Sequence[Rule],
    excluded: Mapping[str, NDArray[np.bool_]] | None = None,
) -> tuple[RuleSection[Rule], ...]:
    """The sections with the KPs between which each may begin, for all that its depth is known.

    That is where a depth one standard error off would be decided otherwise, as far as this reaches without a break.

    Parameters
    ----------
    sections
        From `sections_by_rule`.
    profile, distance_km, rules, excluded
        As there.
    """
    step_km, error_m = profile.step_km, np.nan_to_num(profile.depth_error_m)
    off = [replace(profile, depth_m=np.maximum(profile.depth_m + error, 0.0)) for error in (-error_m, error_m)]
    shallower, deeper = (_decided_by(one, distance_km, rules, excluded) for one in off)
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


def is_met(profile: Profile, distance_km: Mapping[str, Floats], rule: CableRule) -> NDArray[np.bool_]:
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


def joined(pieces: Iterable[tuple[float, float, Rule, tuple[float, float] | None]]) -> tuple[RuleSection[Rule], ...]:
    """Sections of pieces that follow each other: from KP, to KP, rule, and between which KPs it may begin."""
    found: list[RuleSection[Rule]] = []
    for from_km, to_km, rule, change_km in pieces:
        if found and found[-1].rule == rule:
            found[-1] = replace(found[-1], to_km=to_km)
        elif to_km > from_km:
            found.append(RuleSection(from_km, to_km, rule, change_km))
    return tuple(found)


def moved_to(
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
