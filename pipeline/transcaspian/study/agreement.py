"""Rules of a study that contradict each other or their source: what `check` and a run name, and nothing refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TypeVar

from transcaspian.core.vocabulary import CABLE_TYPES, CROSSING
from transcaspian.study.engineering_tables import BurialRule, CableRule, CableTypeRule, Engineering, SlackRule

Rule = TypeVar("Rule", bound=CableRule)
MAX_PLOUGHED_SLACK_PERCENT = 1.0
"""A ploughed cable follows the seabed, and a plough lays no slack; how much a rule may give it is ASSUMED."""
UNARMOURED = ("LW", "LWP")
UNARMOURED_FROM_M = 1000.0
"""Water in which cable is laid on the seabed without armour: LW beyond 1,000 m (BERR)."""
ON_SEABED = "surface laid"
FAR_M = 12_000.0


@dataclass(frozen=True)
class Contradiction:
    """What contradicts what, what to change, and the keys of the study."""

    sentence: str
    action: str
    source: str

    def __str__(self) -> str:
        return f"{self.sentence}: {self.action}"


def rule_contradictions(rules: Engineering) -> Iterator[Contradiction]:
    """Of the rules of engineering."""
    yield from _of_rock_armour(rules)
    yield from _of_burial(rules)
    said = set()
    for one in (*_of_places(rules), *_of_depths(rules), *_of_slack(rules)):
        if (one.source, one.action) not in said:  # at the shallowest of its places
            said.add((one.source, one.action))
            yield one


def _of_rock_armour(rules: Engineering) -> Iterator[Contradiction]:
    """Rock armour that no hazard asks for."""
    for rule in rules.cable_types:
        if rule.cable_type == "RA" and not set(rule.near) - {CROSSING}:
            yield Contradiction(
                f"rule `{rule.id}` lays RA{_where(rule)} and names no hazard: rock armour is for rock, surf and "
                "abrasion, not for a depth, a slope or a crossing",
                'name the hazard (near = ["rock"], within_km), or lay DA by the shore, SA or LWA where it is buried',
                f"engineering.cable_types.{rule.id}",
            )


def _where(rule: CableRule) -> str:
    """The conditions of a rule by depth and slope, in words."""
    limits = ((rule.from_depth_m, rule.to_depth_m, "m of water"), (rule.from_slope_deg, rule.to_slope_deg, "degrees"))
    said = [
        f"from {low or 0:,g} {unit}" if high is None else f"from {low or 0:,g} to {high:,g} {unit}"
        for low, high, unit in limits
        if (low, high) != (None, None)
    ]
    return f" {' and '.join(said)}" if said else ""


def _of_burial(rules: Engineering) -> Iterator[Contradiction]:
    """Burial that claims to be known, and slack for methods that no rule uses."""
    for rule in rules.burial:
        if rule.status == "REAL" and rule.target_m > 0:
            yield Contradiction(
                f"rule `{rule.id}` of engineering.burial is REAL, and no soil of this seabed stands behind it: a depth "
                "of lowering is a target until the soil is known",
                "write ASSUMED",
                f"engineering.burial.{rule.id}",
            )
    methods = {rule.method for rule in rules.burial} | {rules.landing.shore_end_method}
    for slack in rules.slack:
        if unused := sorted(set(slack.methods) - methods):
            yield Contradiction(
                f"rule `{slack.id}` of engineering.slack holds for {' and '.join(unused)}, which no rule of "
                "burial asks for",
                "take the method out, or add the rule of burial",
                f"engineering.slack.{slack.id}",
            )


def _of_places(rules: Engineering) -> Iterator[Contradiction]:
    """Slack and cable that do not go with how the cable is laid, wherever the rules bring them together."""
    for depth_m, slope_deg in product(*_between(rules)):
        burial, cable = _first(rules.burial, depth_m, slope_deg), _first(rules.cable_types, depth_m, slope_deg)
        at = f"at {depth_m:,.0f} m of water"
        if burial.method == "plough":
            yield from _of_plough(burial, cable, _slack(rules, "plough", depth_m, slope_deg), at)
        on_seabed = burial.method == ON_SEABED and depth_m < UNARMOURED_FROM_M
        if on_seabed and cable.cable_type in UNARMOURED:
            yield Contradiction(
                f"rule `{cable.id}` lays {cable.cable_type} where rule `{burial.id}` leaves the cable on the seabed "
                f"({at}): without armour or burial nothing keeps off anchors and fishing gear in less than "
                f"{UNARMOURED_FROM_M:,.0f} m",
                "bury it there, or lay SA or LWA",
                f"engineering.cable_types.{cable.id}",
            )


def _of_plough(burial: BurialRule, cable: CableTypeRule, slack: SlackRule, at: str) -> Iterator[Contradiction]:
    """Slack and cable where the plough works."""
    if slack.slack_percent > MAX_PLOUGHED_SLACK_PERCENT:
        yield Contradiction(
            f"slack {slack.slack_percent:g} % of rule `{slack.id}` contradicts rule `{burial.id}`, by which cable "
            f"is ploughed there ({at}): a ploughed cable needs no more than {MAX_PLOUGHED_SLACK_PERCENT:g} % at "
            "any depth (ASSUMED)",
            'put a rule with methods = ["plough"] first in engineering.slack',
            f"engineering.slack.{slack.id}",
        )
    if cable.cable_type in UNARMOURED:
        yield Contradiction(
            f"rule `{cable.id}` lays {cable.cable_type} where rule `{burial.id}` ploughs ({at}): a plough takes "
            "armoured cable",
            "let the rule of burial end where that of the cable begins, or give it armour",
            f"engineering.cable_types.{cable.id}",
        )


def _of_depths(rules: Engineering) -> Iterator[Contradiction]:
    """Cable that is heavier in deeper water."""
    depths_m, slopes_deg = _between(rules)
    for slope_deg, (shallower_m, deeper_m) in product(slopes_deg, pairwise(depths_m)):
        upper, lower = (_first(rules.cable_types, depth_m, slope_deg) for depth_m in (shallower_m, deeper_m))
        if CABLE_TYPES.index(lower.cable_type) < CABLE_TYPES.index(upper.cable_type):  # from the heaviest
            yield Contradiction(
                f"rule `{lower.id}` lays {lower.cable_type} at {deeper_m:,.0f} m of water, deeper than `{upper.id}` "
                f"lays {upper.cable_type}: armour gets lighter with depth, as anchors and fishing gear reach less deep",
                "give the deeper water the lighter cable, or name the hazard that the heavier is for (near, within_km)",
                f"engineering.cable_types.{lower.id}",
            )


def _of_slack(rules: Engineering) -> Iterator[Contradiction]:
    """Cable on the seabed with less slack than on flatter seabed, or than ploughed cable."""
    depths_m, slopes_deg = _between(rules)
    for depth_m, (flatter_deg, steeper_deg) in product(depths_m, pairwise(slopes_deg)):
        flat, steep = (_slack(rules, ON_SEABED, depth_m, slope_deg) for slope_deg in (flatter_deg, steeper_deg))
        if steep.slack_percent < flat.slack_percent:
            yield Contradiction(
                f"slack {steep.slack_percent:g} % of rule `{steep.id}` on {steeper_deg:.0f} degrees is less than the "
                f"{flat.slack_percent:g} % of `{flat.id}` on flatter seabed: cable that is laid on the seabed needs "
                "more the steeper it is",
                "give the steeper seabed at least as much slack",
                f"engineering.slack.{steep.id}",
            )
    for depth_m, slope_deg in product(depths_m, slopes_deg):
        laid, ploughed = (_slack(rules, method, depth_m, slope_deg) for method in (ON_SEABED, "plough"))
        if laid.slack_percent < ploughed.slack_percent:
            yield Contradiction(
                f"slack {laid.slack_percent:g} % of rule `{laid.id}` for cable on the seabed is less than the "
                f"{ploughed.slack_percent:g} % of `{ploughed.id}` for ploughed cable (at {depth_m:,.0f} m of water): "
                "a plough follows the seabed, and what is laid on it needs more",
                "give cable that is laid on the seabed at least as much slack",
                f"engineering.slack.{laid.id}",
            )


def _slack(rules: Engineering, method: str, depth_m: float, slope_deg: float) -> SlackRule:
    """The rule of slack for cable that is laid by a method."""
    return _first([one for one in rules.slack if not one.methods or method in one.methods], depth_m, slope_deg)


def _between(rules: Engineering) -> tuple[list[float], list[float]]:
    """Depths and slopes between all limits of the rules: in between, every rule decides alike."""
    every: list[CableRule] = [*rules.cable_types, *rules.slack, *rules.burial]
    depths_m = {0.0, FAR_M, *(one for rule in every for one in (rule.from_depth_m, rule.to_depth_m) if one)}
    slopes_deg = {0.0, 90.0, *(one for rule in every for one in (rule.from_slope_deg, rule.to_slope_deg) if one)}
    return tuple([(a + b) / 2 for a, b in pairwise(sorted(one))] for one in (depths_m, slopes_deg))  # type: ignore[return-value]


def _first(rules: Sequence[Rule], depth_m: float, slope_deg: float) -> Rule:
    """The first rule that is met, away from all that rules are near to."""
    return next(rule for rule in rules if _is_met(rule, depth_m, slope_deg))


def _is_met(rule: CableRule, depth_m: float, slope_deg: float) -> bool:
    within = (
        (depth_m, rule.from_depth_m, rule.to_depth_m),
        (slope_deg, rule.from_slope_deg, rule.to_slope_deg),
    )
    return not rule.near and all(
        (low is None or value >= low) and (high is None or value < high) for value, low, high in within
    )
