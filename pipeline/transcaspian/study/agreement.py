"""Rules of a study that contradict each other or their source: what `check` and a run name, and nothing refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TypeVar

from transcaspian.study.engineering_tables import CableRule, Engineering

Rule = TypeVar("Rule", bound=CableRule)
MAX_PLOUGHED_SLACK_PERCENT = 1.0
"""A ploughed cable follows the seabed, and a plough lays no slack; how much a rule may give it is ASSUMED."""
UNARMOURED = ("LW", "LWP")
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
    yield from _of_burial(rules)
    yield from _of_places(rules)


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
    """Slack and cable that do not go with the plough, wherever the rules bring them together away from hazards."""
    said = set()
    for depth_m, slope_deg in product(*_between(rules)):
        burial = _first(rules.burial, depth_m, slope_deg)
        if burial.method != "plough":
            continue
        slack = _first([one for one in rules.slack if not one.methods or "plough" in one.methods], depth_m, slope_deg)
        cable = _first(rules.cable_types, depth_m, slope_deg)
        if slack.slack_percent > MAX_PLOUGHED_SLACK_PERCENT and ("slack", slack.id) not in said:
            said.add(("slack", slack.id))
            yield Contradiction(
                f"slack {slack.slack_percent:g} % of rule `{slack.id}` contradicts rule `{burial.id}`, by which cable "
                f"is ploughed there (at {depth_m:,.0f} m of water): a ploughed cable needs no more than "
                f"{MAX_PLOUGHED_SLACK_PERCENT:g} % at any depth (ASSUMED)",
                'put a rule with methods = ["plough"] first in engineering.slack',
                f"engineering.slack.{slack.id}",
            )
        if cable.cable_type in UNARMOURED and ("cable", cable.id) not in said:
            said.add(("cable", cable.id))
            yield Contradiction(
                f"rule `{cable.id}` lays {cable.cable_type} where rule `{burial.id}` ploughs (at {depth_m:,.0f} m of "
                "water): a plough takes armoured cable",
                "let the rule of burial end where that of the cable begins, or give it armour",
                f"engineering.cable_types.{cable.id}",
            )


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
