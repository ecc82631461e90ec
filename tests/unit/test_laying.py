"""Sections that can be laid: no plough through a crossing or a bend it cannot follow, none too short or too long."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_cable import AT_CROSSING, ENGINEERING, PLOUGH, cited, legs_of, profile_of, with_burial
from transcaspian.core.linear_reference import KpRange, range_at
from transcaspian.engineering.cable import CablePlan, cable_along, engineer_cable
from transcaspian.engineering.findings import laying_findings, too_slack_km
from transcaspian.engineering.landing import Installation
from transcaspian.engineering.laying import AT_BEND, AT_RECOVERY, TOO_SHORT, Legs, gaps_in, ploughed
from transcaspian.engineering.leg_findings import plough_findings
from transcaspian.engineering.listing_rows import burial_events
from transcaspian.engineering.rule_sections import RuleSection
from transcaspian.engineering.stated import Listed
from transcaspian.rpl.model import Position, Rpl, Span
from transcaspian.study import BurialRule, Engineering, PloughRules, SlackRule
from transcaspian.study.engineering_tables import CROSSING_RULES

MATTRESS, PLIB = CROSSING_RULES
SLACK = (
    SlackRule(**cited(id="ploughed", slack_percent=0.5, methods=("plough",))),
    SlackRule(**cited(id="surface", slack_percent=2.0)),
)


def rules_with(*burial: BurialRule, slack: tuple[SlackRule, ...] = SLACK, **plough: object) -> Engineering:
    rules = PloughRules(**cited(**{"max_section_km": 500.0} | plough))
    return Engineering(**dict(with_burial(*burial)) | {"plough": rules, "slack": slack})


def plan_of(legs: Legs, rules: Engineering, depth_m: float = 100.0, step_km: float = 0.25) -> CablePlan:
    km = float(legs.vertices_km[-1])
    return engineer_cable(profile_of([depth_m] * (round(km / step_km) + 1), step_km), {}, rules, legs)


def down_of(plan: CablePlan) -> list[tuple[float, float]]:
    return [(item.from_km, item.to_km) for item in ploughed(plan.burial)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.0, 30.0), min_size=1, max_size=4),
    st.lists(st.floats(0.0, 30.0), max_size=4),
    st.sampled_from([0.25, 0.5, 2.0]),
    st.floats(0.05, 1.5),
)
def test_no_plough_comes_near_a_crossing_wherever_the_route_turns(
    crossed_km: list[float], turns_km: list[float], step_km: float, standoff_km: float
) -> None:
    rule = AT_CROSSING.model_copy(update={"within_km": standoff_km})
    rules = rules_with(rule, PLOUGH)
    legs = legs_of([0.0, *sorted(turns_km), 30.0], (), crossed_km)
    plan = plan_of(legs, rules, step_km=step_km)
    for from_km, to_km in down_of(plan):
        assert to_km - from_km >= rules.sections.min_burial_km - 0.002
        assert all(km <= from_km - standoff_km + 0.002 or km >= to_km + standoff_km - 0.002 for km in crossed_km)
    for km in crossed_km:
        assert range_at(plan.burial, km).rule.method != "plough"
    assert all(one.to_km == other.from_km for one, other in pairwise(plan.burial))
    assert (plan.burial[0].from_km, plan.burial[-1].to_km) == (0.0, 30.0)
    assert too_slack_km(plan) == 0.0
    # every metre of cable is that of its section, by its method
    by_hand = sum(item.length_km * (1.005 if item.rule.method == "plough" else 1.02) for item in plan.burial)
    assert plan.length_km == pytest.approx(by_hand, abs=1e-6)


def test_a_crossing_is_laid_over_covered_and_buried_beside() -> None:
    plan = plan_of(legs_of([0.0, 30.0], (), [10.1]), rules_with(MATTRESS, PLIB, PLOUGH))
    sections = [(item.rule.method, item.rule.target_m, round(item.to_km, 6)) for item in plan.burial]
    beside = ("PLIB", 1.0)
    assert sections == [
        ("plough", 1.0, 9.6), (*beside, 10.05), ("mattress", 0.0, 10.15), (*beside, 10.6), ("plough", 1.0, 30.0),
    ]  # fmt: skip
    edges_km, cable_km = cable_along(plan.slack)
    assert edges_km.tolist() == pytest.approx([0.0, 9.6, 10.6, 30.0])
    assert cable_km[-1] == pytest.approx(29.0 * 1.005 + 1.0 * 1.02)
    names = [(event.name, round(event.kp_km, 6)) for event in burial_events(plan.burial)]
    assert names == [
        ("PLDN", 0.0), ("PLUP", 9.6), ("PROT", 10.05), ("PROT", 10.15), ("PLDN", 10.6), ("PLUP", 30.0),
    ]  # fmt: skip


def test_the_rule_of_the_study_says_at_which_assets_the_plough_is_up() -> None:
    legs = replace(legs_of([0.0, 30.0]), crossed=[(5.0, "operating"), (15.0, "decommissioned"), (25.0, "planned")])
    for states, gaps in ((("operating", "decommissioned"), [5.0, 15.0]), (("planned",), [25.0])):
        down = down_of(plan_of(legs, rules_with(PLIB, PLOUGH, crossed_states=states)))
        assert [(one[1] + other[0]) / 2 for one, other in pairwise(down)] == pytest.approx(gaps)
    assert len(down_of(plan_of(legs, rules_with(PLIB, PLOUGH)))) == 4


def test_a_rule_for_crossings_in_some_depth_holds_at_those_alone() -> None:
    rules = rules_with(PLIB.model_copy(update={"to_depth_m": 50.0}), PLOUGH)
    profile = profile_of([20.0] * 61 + [200.0] * 60, 0.25)
    plan = engineer_cable(profile, {}, rules, legs_of([0.0, 30.0], (), [8.0, 22.0]))
    assert np.ravel(down_of(plan)) == pytest.approx([0.0, 7.5, 8.5, 30.0])


def test_a_crossing_by_the_shore_is_buried_afterwards_and_a_beach_stays_one() -> None:
    installed = (
        Installation(0.0, 1.0, "beach"),
        Installation(1.0, 6.0, "shore end"),
        Installation(6.0, 30.0, "main lay"),
    )
    legs = replace(legs_of([0.0, 30.0], (), [0.3, 4.0]), installed=installed)
    plan = plan_of(legs, rules_with(MATTRESS, PLIB, PLOUGH))
    methods = [(item.rule.method, round(item.to_km, 3)) for item in plan.burial]
    assert methods == [
        ("beach trench", 1.0), ("trenching", 3.5), ("PLIB", 3.95), ("mattress", 4.05), ("PLIB", 4.5),
        ("trenching", 6.0), ("plough", 30.0),
    ]  # fmt: skip


def test_a_section_too_short_for_a_plough_is_buried_afterwards_and_told() -> None:
    plan = plan_of(legs_of([0.0, 30.0], (), [10.0, 12.5]), rules_with(PLIB, PLOUGH))
    between = range_at(plan.burial, 11.25).rule
    assert (between.id, between.method, between.target_m, between.status) == (TOO_SHORT, "PLIB", 1.0, "ASSUMED")
    (finding,) = laying_findings("a", plan)
    assert "1.5 km in 1 section are laid on the seabed and buried afterwards" in finding.sentence
    assert plan.slack[1].rule.id == "surface"
    assert len(down_of(plan_of(legs_of([0.0, 30.0], (), [10.0, 13.1]), rules_with(PLIB, PLOUGH)))) == 3


@pytest.mark.parametrize(
    ("turn_deg", "leg_km", "depth_m", "is_up"),
    [
        (10.0, 15.0, 100.0, False),
        (45.0, 15.0, 100.0, False),
        (120.0, 15.0, 100.0, False),
        (120.0, 1.5, 100.0, True),  # sqrt(500² + 300²) · tan 60° = 1,010 m, and half a leg is 750 m
        (120.0, 2.1, 100.0, False),
        (120.0, 2.1, 200.0, True),  # deeper: a longer layback, a wider turn
        (30.0, 1.5, 1000.0, True),
    ],
)
def test_a_bend_without_room_for_the_plough_ends_its_section(
    turn_deg: float, leg_km: float, depth_m: float, is_up: bool
) -> None:
    legs = Legs(np.array([0.0, 15.0 - leg_km, 15.0, 30.0]), np.array([0.0, 0.0, turn_deg, 0.0]))
    plan = plan_of(legs, rules_with(PLIB, PLOUGH), depth_m)
    assert len(down_of(plan)) == 1 + is_up
    if is_up:
        layback_km = 3.0 * depth_m / 1000.0
        reach_km = np.hypot(0.5, layback_km) * np.tan(np.radians(turn_deg) / 2) + layback_km
        assert np.ravel(down_of(plan)) == pytest.approx([0.0, 15.0 - reach_km, 15.0 + reach_km, 30.0])
        assert range_at(plan.burial, 15.0).rule.id == AT_BEND
        (finding,) = laying_findings("a", plan)
        assert (finding.severity, finding.kind) == ("minor", "plough up")
        assert "a bend too sharp for the plough" in finding.sentence


@given(st.floats(0.0, 2000.0), st.floats(4.0, 300.0), st.floats(0.1, 3.0))
def test_a_long_section_is_divided_into_equal_parts(km: float, longest_km: float, gap_km: float) -> None:
    rules = PloughRules(**cited(max_section_km=longest_km, recovery_km=gap_km))
    gaps = list(gaps_in(KpRange(7.0, 7.0 + km), rules))
    ends_km = [7.0, *(km for gap in gaps for km in (gap.from_km, gap.to_km)), 7.0 + km]
    parts_km = np.diff(ends_km)[::2]
    assert parts_km.max() <= longest_km * (1 + 1e-6)
    assert np.ptp(parts_km) < 1e-6
    assert all(gap.length_km == pytest.approx(gap_km) for gap in gaps)
    assert bool(gaps) == (km > longest_km * (1 + 1e-6)) or km == pytest.approx(longest_km)


def test_recoveries_are_told_and_named_in_the_list() -> None:
    plan = plan_of(legs_of([0.0, 30.0]), rules_with(PLIB, PLOUGH, max_section_km=12.0))
    assert [item.rule.id for item in plan.burial].count(AT_RECOVERY) == 2
    assert [item.severity for item in laying_findings("a", plan)] == ["information"]
    remarks = [event.remarks for event in burial_events(plan.burial) if event.name == "PLUP"]
    assert "the plough is recovered: the section would be too long" in remarks[0]


def test_a_longest_section_that_cannot_be_divided_is_refused() -> None:
    with pytest.raises(ValueError, match=r"plough.max_section_km 3 is less than twice sections.min_burial_km 2"):
        rules_with(PLIB, PLOUGH, max_section_km=3.0)


def test_the_default_study_has_what_a_study_without_these_rules_has() -> None:
    assert [(rule.method, rule.within_km) for rule in ENGINEERING.burial[:2]] == [
        (rule.method, rule.within_km) for rule in CROSSING_RULES
    ]


def test_a_list_that_ploughs_through_a_crossing_or_a_sharp_bend_is_told_so_over_any_length() -> None:
    rules = rules_with(PLIB.model_copy(update={"within_km": 0.1}), PLOUGH)
    legs = Legs(np.array([0.0, 14.0, 15.0, 30.0]), np.array([0.0, 0.0, 100.0, 0.0]), [(5.0, "operating")])
    planned = plan_of(legs, rules)
    positions = tuple(Position(str(n), "", 50.0 + n, 42.0, None) for n in range(3))
    rpl = Rpl("a", "", "", positions, (Span("0", "1", None, None), Span("1", "2", None, None)))
    listed = Listed(rpl, np.array([0.0, 10.0, 30.0]), ((0, 2),))
    through = replace(planned, burial=(RuleSection(0.0, 30.0, PLOUGH),))
    found = list(plough_findings(listed, through, planned))
    assert [(item.rule, item.from_pos, item.to_pos) for item in found] == [
        ("engineering.burial.plib-at-crossing", "0", "1"),
        ("engineering.plough.plough-bend", "1", "2"),
    ]
    assert found[0].length_km == pytest.approx(0.2)
    assert list(plough_findings(listed, planned, planned)) == []
