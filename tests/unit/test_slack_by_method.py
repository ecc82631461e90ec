"""Slack follows how the cable is buried: a ploughed cable needs little at any depth."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import STUDY
from tests.unit.test_cable import cited, legs_of, profile_of
from transcaspian.core.linear_reference import range_at
from transcaspian.engineering.cable import Laid, engineer_cable, slack_sections
from transcaspian.study import Engineering, SlackRule, load_study

PLOUGHED = SlackRule(**cited(id="ploughed", slack_percent=0.5, methods=("plough", "jetting")))
DEEP = SlackRule(**cited(id="deep", slack_percent=1.5, from_depth_m=200.0))
ELSE = SlackRule(**cited(id="else", slack_percent=0.7))


def rules_of(*slack: SlackRule) -> Engineering:
    rules = load_study(STUDY).engineering
    assert rules is not None
    sections = rules.sections.model_copy(update={"min_slack_km": 0.0})
    return rules.model_copy(update={"slack": slack, "sections": sections})


@given(
    st.lists(
        st.tuples(st.floats(0, 900), st.sampled_from(["plough", "jetting", "surface laid"])), min_size=3, max_size=40
    )
)
def test_the_first_rule_of_depth_and_method_decides(samples: list[tuple[float, str]]) -> None:
    profile = profile_of([depth for depth, _ in samples])
    steps = list(pairwise(profile.kp_km.tolist()))
    methods = [method for _, method in samples[:-1]]
    laid = [Laid(from_km, to_km, method) for (from_km, to_km), method in zip(steps, methods, strict=True)]
    found = slack_sections(profile, {}, rules_of(PLOUGHED, DEEP, ELSE), laid)
    for (from_km, to_km), method, ends in zip(steps, methods, pairwise(profile.depth_m), strict=True):
        asked = 0.5 if method != "surface laid" else 1.5 if max(ends) >= 200 else 0.7
        assert range_at(found, (from_km + to_km) / 2).rule.slack_percent == asked


def test_a_cable_that_is_ploughed_in_deep_water_has_the_slack_of_the_plough() -> None:
    profile = profile_of([500.0] * 80)
    plan = engineer_cable(profile, {}, rules_of(PLOUGHED, DEEP, ELSE), legs_of(profile.kp_km[[0, -1]]))
    assert {part.rule.method for part in plan.burial} == {"plough"}
    assert plan.length_km == pytest.approx(1.005 * profile.length_km)


def test_a_rule_for_a_method_does_not_hold_everywhere() -> None:
    assert not PLOUGHED.is_unconditional
    assert ELSE.is_unconditional
