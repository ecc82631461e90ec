"""What cable lies where: type, slack and burial by the study's rules, amplifiers, and the length to make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.linear_reference import KpRange
from transcaspian.core.vocabulary import CABLE_TYPES, CROSSING
from transcaspian.engineering.crossings import crossing_distances_km
from transcaspian.engineering.landing import protected_ashore
from transcaspian.engineering.laying import Legs, laid_sections
from transcaspian.engineering.profile import Profile
from transcaspian.engineering.rule_sections import RuleSection, joined, moved_to, sections_by_rule, with_intervals
from transcaspian.study import AmplifierRules, BurialRule, CableTypeRule, Engineering, SlackRule, SpareRules

Floats = NDArray[np.float64]

ARMOUR = CABLE_TYPES[::-1]
"""From the lightest to the heaviest."""
METHODS = ("plough", "trenching", "jetting", "PLIB", "surface laid", "mattress")
"""Each works wherever one before it does."""


@dataclass(frozen=True)
class Amplifier:
    """A repeater (``RPTR``) or a remotely pumped amplifier (``ROPA``)."""

    event: str
    kp_km: float
    cable_km: float


@dataclass(frozen=True)
class Laid(KpRange):
    """A stretch that is laid by one method; ``change_km`` as in `RuleSection`."""

    method: str
    change_km: tuple[float, float] | None = None


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

    @property
    def joints(self) -> int:
        """Where pieces of cable meet, by what the list has: see `joints_of`."""
        return joints_of(self.types, self.amplifiers)


def joints_of(types: Sequence[RuleSection[CableTypeRule]], amplifiers: Sequence[Amplifier]) -> int:
    """Joints at changes of type, on either side of each amplifier, and at both ends."""
    return len(types) - 1 + 2 * len(amplifiers) + 2


@dataclass(frozen=True)
class ChosenCable:
    """Cable that was chosen otherwise than by the rules; sections of each kind from KP 0 to the end."""

    types: tuple[RuleSection[CableTypeRule], ...]
    burial: tuple[RuleSection[BurialRule], ...]


def engineer_cable(
    profile: Profile,
    distance_km: Mapping[str, Floats],
    rules: Engineering,
    legs: Legs,
    chosen: ChosenCable | None = None,
) -> CablePlan:
    """Sections by rule, amplifiers and lengths of a route; ashore by the rules of the shallowest water.

    Changes of cable type within a sample of a vertex of the legs are moved there, and changes of slack and burial
    within two samples of either, so that the list has no positions a few metres apart. A change of type moves to the
    nearest place for a joint that the heavier cable reaches by growing, an amplifier to the nearest one that makes no
    span too long; where there is none, they stay.

    Parameters
    ----------
    distance_km
        From each sample of the profile to the nearest hazard of a kind, by kind; a kind left out is nowhere.
    legs
        Where they turn, what they cross, and how they are installed.
    chosen
        Types and burial in place of those by rule; slack follows its burial.
    """
    limits, wet = rules.sections, profile.as_shallow_ashore()
    away_km = crossing_distances_km(profile.kp_km, [kp_km for kp_km, _ in legs.crossed])
    near = {**distance_km, CROSSING: away_km}
    first = chosen or by_rules(wet, near, rules)
    types = moved_to(first.types, legs.vertices_km, wet.step_km)
    types = _with_clear_joints(types, legs.kept_off, limits.min_cable_type_km)
    changes_km = np.concatenate([legs.vertices_km, [section.to_km for section in types]])
    burial = moved_to(first.burial, changes_km, 2 * wet.step_km)
    if chosen is None:  # what was chosen otherwise goes by no limit of depth
        types = with_intervals(types, wet, near, rules.cable_types)
        burial = with_intervals(burial, wet, distance_km, rules.burial)
    burial = _as_laid(burial, wet, rules, legs)
    slack = slack_sections(wet, near, rules, laid_by(burial), changes_km)
    edges_km, cable_km = cable_along(slack)
    length_km = float(cable_km[-1])
    amplifiers = _clear_amplifiers(edges_km, cable_km, rules.amplifiers, legs.kept_off)
    spare = spare_km(length_km, joints_of(types, amplifiers), rules.spare)
    return CablePlan(types, slack, burial, amplifiers, length_km, spare)


def by_rules(profile: Profile, distance_km: Mapping[str, Floats], rules: Engineering) -> ChosenCable:
    """Types and burial by the study's rules; those of burial near crossings come when it is laid."""
    limits = rules.sections
    types = sections_by_rule(
        profile, distance_km, rules.cable_types, lambda rule: ARMOUR.index(rule.cable_type), limits.min_cable_type_km
    )
    away = {kind: away_km for kind, away_km in distance_km.items() if kind != CROSSING}
    return ChosenCable(types, sections_by_rule(profile, away, rules.burial, burial_rank, limits.min_burial_km))


def _as_laid(
    burial: tuple[RuleSection[BurialRule], ...], profile: Profile, rules: Engineering, legs: Legs
) -> tuple[RuleSection[BurialRule], ...]:
    """Burial by the sections of installation, and as it can be laid."""
    if legs.installed:
        burial = protected_ashore(burial, legs.installed, rules.landing)
    return laid_sections(burial, profile, legs, rules)


def laid_by(burial: Sequence[RuleSection[BurialRule]]) -> list[Laid]:
    """Stretches that are laid by one method; neighbours differ."""
    found: list[Laid] = []
    for section in burial:
        if found and found[-1].method == section.rule.method:
            found[-1] = replace(found[-1], to_km=section.to_km)
        else:
            found.append(Laid(section.from_km, section.to_km, section.rule.method, section.change_km))
    return found


def slack_sections(
    profile: Profile,
    distance_km: Mapping[str, Floats],
    rules: Engineering,
    laid: Sequence[Laid],
    changes_km: Floats | None = None,
) -> tuple[RuleSection[SlackRule], ...]:
    """Slack along a route: it changes with the method, and within a stretch of one method not too soon.

    Parameters
    ----------
    laid
        Stretches that follow each other from KP 0 to the end.
    changes_km
        Where other things change: changes of slack within two samples of one are moved there.
    """
    pieces = []
    for stretch in laid:
        usable = [rule for rule in rules.slack if not rule.methods or stretch.method in rule.methods]
        here = slice(*_samples_around(profile, stretch))
        part, near = profile.part(here), {kind: away_km[here] for kind, away_km in distance_km.items()}
        found = sections_by_rule(part, near, usable, lambda rule: rule.slack_percent, rules.sections.min_slack_km)
        found = moved_to(found, np.array([] if changes_km is None else changes_km), 2 * profile.step_km)
        for section in with_intervals(found, part, near, usable):
            from_km, to_km = max(section.from_km, stretch.from_km), min(section.to_km, stretch.to_km)
            change_km = section.change_km if from_km > stretch.from_km else stretch.change_km
            pieces.append((from_km, to_km, section.rule, change_km))
    return joined(pieces)


def _samples_around(profile: Profile, stretch: KpRange) -> tuple[int, int]:
    """First sample, and the one after the last, of those that a stretch lies between."""
    first = int(np.searchsorted(profile.kp_km, stretch.from_km + 1e-9, side="right")) - 1
    last = int(np.searchsorted(profile.kp_km, stretch.to_km - 1e-9, side="left"))
    return min(max(first, 0), len(profile.kp_km) - 2), min(last, len(profile.kp_km) - 1) + 1


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
    """The nearest KP from ``from_km`` to ``to_km`` outside all of the stretches; ``at_km`` where there is none.

    Parameters
    ----------
    at_km
        Where the place is wanted.
    kept
        Stretches to stay out of; their edges are clear.
    from_km, to_km
        Where it may be moved to.

    Returns
    -------
    float
        KP in km.
    """

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
        min_km, max_km = length_km - left * reach_km, last_km + reach_km
        if event == "ROPA":
            reach_km = rules.ropa_from_terminal_km
            min_km = length_km - reach_km if left == 1 else 0.0
            max_km = reach_km if number == 0 else length_km
        at_km = min(max(at_km, min_km), max_km)  # where one before it has moved
        limits_km = np.interp([max(min_km, last_km), min(max_km, length_km)], cable_km, edges_km)
        kp_km = float(np.interp(at_km, cable_km, edges_km))
        clear_km = clear_place_km(kp_km, kept_off, *limits_km.tolist())
        last_km = at_km if clear_km == kp_km else float(np.interp(clear_km, edges_km, cable_km))
        found.append(Amplifier(event, clear_km, last_km))
    return tuple(found)


def spare_km(cable_km: float, joints: int, rules: SpareRules) -> float:
    """Cable made beyond what is laid."""
    return joints * rules.per_joint_km + depot_km(cable_km, rules)


def depot_km(cable_km: float, rules: SpareRules) -> float:
    """Of the cable made beyond what is laid, what goes to the depots."""
    return cable_km * rules.depot_percent / 100.0
