"""Cable by rule: the lightest division that is nowhere lighter than decided and nowhere too short."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from tests.conftest import STUDY
from transcaspian.core.linear_reference import KpRange
from transcaspian.engineering.alter_course import Course
from transcaspian.engineering.bodies import MARGIN_KM, kept_off
from transcaspian.engineering.cable import (
    ARMOUR,
    amplifier_positions,
    cable_along,
    engineer_cable,
)
from transcaspian.engineering.landing import Installation
from transcaspian.engineering.laying import Legs
from transcaspian.engineering.profile import Profile
from transcaspian.engineering.rule_sections import RuleSection, divided, sections_by_rule
from transcaspian.study import AmplifierRules, BurialRule, CableTypeRule, Engineering, SlackRule, load_study


def cited(**keys: object) -> dict[str, object]:
    return keys | {"source": "test", "status": "ASSUMED"}


def profile_of(depth_m: list[float], step_km: float = 0.5, slope_deg: float = 0.0, error_m: float = np.nan) -> Profile:
    n = len(depth_m)
    flat = np.zeros(n)
    return Profile(
        kp_km=step_km * np.arange(n),
        lon_deg=flat,
        lat_deg=flat,
        bearing_deg=flat,
        depth_m=np.array(depth_m, float),
        depth_error_m=np.full(n, error_m),
        resolution_m=np.full(n, np.nan),
        source=flat,
        in_line_slope_deg=np.full(n, slope_deg),
        side_slope_deg=flat,
        bend_deg_per_km=flat,
        resolution_deg=0.1,
    )


def legs_of(vertices_km: ArrayLike, off: Sequence[KpRange] = (), crossed_km: Sequence[float] = ()) -> Legs:
    """Legs without a turn."""
    at_km = np.asarray(vertices_km, float)
    return Legs(at_km, np.zeros(len(at_km)), [(km, "operating") for km in crossed_km], off)


TYPES = (
    CableTypeRule(**cited(id="da", cable_type="DA", from_depth_m=0.0, to_depth_m=50.0)),
    CableTypeRule(**cited(id="volcano", cable_type="RA", near=("mud_volcano",), within_km=2.0)),
    CableTypeRule(**cited(id="sa", cable_type="SA", from_depth_m=50.0)),
    CableTypeRule(**cited(id="unknown", cable_type="DA")),
)


def brute(required: list[int], weight: list[float], least: int) -> float:
    """Cost of the cheapest division, over all there are."""
    best = np.inf
    for levels in product(range(len(weight)), repeat=len(required)):
        if any(level < need for level, need in zip(levels, required, strict=True)):
            continue
        changes = [0, *(i for i in range(1, len(levels)) if levels[i] != levels[i - 1]), len(levels)]
        if all(b - a >= least for a, b in pairwise(changes)):
            best = min(best, sum(weight[level] for level in levels))
    return best


@settings(max_examples=60)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=7), st.integers(1, 4))
def test_a_division_is_the_cheapest_of_all(required: list[int], least: int) -> None:
    weight = [0.0, 1.0, 2.5]
    runs = divided(np.array(required), np.array(weight), least)
    least = min(least, len(required))
    assert [run[0] for run in runs] == [0, *(run[1] for run in runs[:-1])]
    assert runs[-1][1] == len(required)
    assert all(b - a >= least for a, b, _ in runs)
    assert all(level >= max(required[a:b]) for a, b, level in runs)
    assert all(x[2] != y[2] for x, y in pairwise(runs))
    assert sum(weight[level] * (b - a) for a, b, level in runs) == pytest.approx(brute(required, weight, least))


@settings(max_examples=40)
@given(st.lists(st.one_of(st.floats(0, 120), st.just(float("nan"))), min_size=3, max_size=60), st.floats(0, 8))
def test_no_stretch_is_lighter_than_its_samples_ask_or_too_short(depth_m: list[float], min_km: float) -> None:
    profile = profile_of(depth_m)
    found = sections_by_rule(profile, {}, TYPES, lambda rule: ARMOUR.index(rule.cable_type), min_km)
    assert found[0].from_km == 0
    assert found[-1].to_km == profile.length_km
    assert all(x.to_km == y.from_km for x, y in pairwise(found))
    assert len(found) == 1 or min(section.length_km for section in found) >= min_km - 1e-9
    for kp_km, depth in zip(profile.kp_km, depth_m, strict=True):
        needed = "SA" if depth >= 50 else "DA"
        for section in found:
            if section.from_km <= kp_km <= section.to_km:
                assert ARMOUR.index(section.rule.cable_type) >= ARMOUR.index(needed)
    for section in found:
        inside = (profile.kp_km >= section.from_km) & (profile.kp_km <= section.to_km)
        asked = {"da" if d < 50 else "sa" if d >= 50 else "unknown" for d in profile.depth_m[inside]}
        assert section.rule.id in asked


def test_the_first_rule_that_is_met_decides() -> None:
    profile = profile_of([100.0] * 41)
    near = {"mud_volcano": np.abs(profile.kp_km - 10.0)}
    found = sections_by_rule(profile, near, TYPES, lambda rule: ARMOUR.index(rule.cable_type), 0.0)
    assert [(s.rule.id, s.from_km, s.to_km) for s in found] == [
        ("sa", 0.0, 7.5),
        ("volcano", 7.5, 12.5),
        ("sa", 12.5, 20.0),
    ]


def test_unknown_depth_meets_no_rule_about_depth() -> None:
    profile = profile_of([float("nan")] * 5)
    (only,) = sections_by_rule(profile, {}, TYPES, lambda rule: ARMOUR.index(rule.cable_type), 0.0)
    assert only.rule.id == "unknown"


def test_cable_is_longer_by_its_slack() -> None:
    rules = [SlackRule(**cited(id=f"s{p}", slack_percent=float(p))) for p in (1, 3)]
    edges_km, cable_km = cable_along([RuleSection(0.0, 10.0, rules[0]), RuleSection(10.0, 15.0, rules[1])])
    assert edges_km.tolist() == [0, 10, 15]
    assert cable_km.tolist() == pytest.approx([0, 10.1, 10.1 + 5.15])


REACH = AmplifierRules(
    **cited(unrepeatered_km=100.0, ropa_km=300.0, ropa_from_terminal_km=105.0, repeater_spacing_km=100.0)
)


@pytest.mark.parametrize(
    ("cable_km", "expected"),
    [
        (90.0, []),
        (150.0, [("ROPA", 75.0)]),
        (280.0, [("ROPA", 105.0), ("ROPA", 175.0)]),
        (360.0, [("RPTR", 90.0), ("RPTR", 180.0), ("RPTR", 270.0)]),
    ],
)
def test_amplifiers_stand_where_the_reach_asks_for_them(cable_km: float, expected: list[tuple[str, float]]) -> None:
    assert amplifier_positions(cable_km, REACH) == expected


@given(st.floats(300.1, 5000))
def test_no_span_between_repeaters_is_too_long(cable_km: float) -> None:
    at_km = [0.0, *(km for _, km in amplifier_positions(cable_km, REACH)), cable_km]
    assert max(b - a for a, b in pairwise(at_km)) <= REACH.repeater_spacing_km + 1e-6


def test_changes_of_cable_near_an_alter_course_move_there() -> None:
    rules = load_study(STUDY).engineering
    assert rules is not None
    plough = rules.plough.model_copy(update={"max_section_km": 500.0})
    slack = tuple(rule for rule in rules.slack if not rule.methods)
    rules = rules.model_copy(update={"slack": slack, "plough": plough})
    depth_m = [30.0] * 101 + [120.0] * 101 + [400.0] * 200
    profile = profile_of(depth_m, step_km=0.25)
    cable = engineer_cable(profile, {}, rules, legs_of([0.0, 25.1, profile.length_km]))
    assert [s.rule.cable_type for s in cable.types] == ["DA", "SA", "LWA"]
    assert cable.types[0].to_km == 25.1
    assert cable.slack[0].to_km == cable.types[1].to_km
    assert cable.length_km == pytest.approx(cable.types[1].to_km * 1.005 + cable.types[2].length_km * 1.015)
    joints = 2 + 2 + 2 * len(cable.amplifiers)
    assert cable.spare_km == pytest.approx(joints * 0.2 + 0.05 * cable.length_km)


# -- burial at crossings

ENGINEERING = load_study(STUDY).engineering
assert ENGINEERING is not None
ENGINEERING = Engineering(**dict(ENGINEERING) | {"amplifiers": REACH})
AT_CROSSING = BurialRule(
    **cited(id="at-crossing", method="surface laid", target_m=0.0, near=("crossing",), within_km=0.6)
)
PLOUGH = BurialRule(**cited(id="plough", method="plough", target_m=1.0))


def with_burial(*rules: BurialRule) -> Engineering:
    return Engineering(**dict(ENGINEERING) | {"burial": rules})


def test_a_study_without_a_rule_for_crossings_has_one() -> None:
    assert [rule.id for rule in with_burial(PLOUGH).burial] == ["mattress-at-crossing", "plib-at-crossing", "plough"]
    assert with_burial(AT_CROSSING, PLOUGH).burial == (AT_CROSSING, PLOUGH)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ((AT_CROSSING.model_copy(update={"from_depth_m": 10.0}), PLOUGH), ""),
        ((AT_CROSSING.model_copy(update={"method": "jetting", "target_m": 1.5}), PLOUGH), ""),
        ((PLOUGH.model_copy(update={"to_depth_m": 50.0}), AT_CROSSING, PLOUGH), "put it first"),
    ],
)
def test_a_rule_for_crossings_that_gives_way_to_a_plough_is_refused(rules: tuple[BurialRule, ...], says: str) -> None:
    if not says:
        assert with_burial(*rules).burial == rules
        return
    rules = tuple(rule.model_copy(update={"id": f"rule-{number}"}) for number, rule in enumerate(rules))
    with pytest.raises(ValueError, match=says):
        with_burial(*rules)


def test_a_plough_is_no_rule_for_crossings() -> None:
    with pytest.raises(ValueError, match="a plough near a crossing cuts what it crosses"):
        BurialRule(**cited(id="x", method="plough", target_m=1.0, near=("crossing",), within_km=0.5))


# -- joints and amplifiers where they can be laid and repaired


@settings(max_examples=60)
@given(st.lists(st.floats(0.0, 400.0), max_size=6), st.floats(0.5, 1.5), st.floats(310.0, 395.0))
def test_joints_and_repeaters_keep_clear_where_they_can(places_km: list[float], clear_km: float, sea_km: float) -> None:
    third = round(sea_km / 0.25 / 3)
    profile = profile_of([30.0] * third + [400.0] * third + [30.0] * third, step_km=0.25)
    kept = [KpRange(km - clear_km, km + clear_km) for km in places_km]
    ends = np.array([0.0, profile.length_km])
    plain, plan = (engineer_cable(profile, {}, ENGINEERING, legs_of(ends, off)) for off in ((), kept))
    assert [item.rule for item in plan.types] == [item.rule for item in plain.types]
    for before, after in pairwise(plan.types):
        assert before.to_km == after.from_km
    bodies_km = [item.from_km for item in plan.types[1:]] + [item.kp_km for item in plan.amplifiers]
    assert not [km for km in bodies_km if any(item.from_km + 1e-9 < km < item.to_km - 1e-9 for item in kept)]
    heavy_km, plain_km = (
        sum(item.length_km for item in one.types if item.rule.cable_type == "DA") for one in (plan, plain)
    )
    assert heavy_km >= plain_km - 1e-9
    at_km = [0.0, *(item.cable_km for item in plan.amplifiers), plan.length_km]
    assert max(b - a for a, b in pairwise(at_km)) <= ENGINEERING.amplifiers.repeater_spacing_km + 1e-6
    if not kept:
        assert plan == plain


def test_a_joint_moves_into_the_lighter_cable_and_a_repeater_to_the_nearer_side() -> None:
    profile = profile_of([30.0] * 101 + [120.0] * 1300, step_km=0.25)
    ends = np.array([0.0, profile.length_km])
    plain = engineer_cable(profile, {}, ENGINEERING, legs_of(ends))
    joint_km, repeater_km = plain.types[0].to_km, plain.amplifiers[1].kp_km
    kept = [KpRange(joint_km - 0.1, joint_km + 0.9), KpRange(repeater_km - 0.3, repeater_km + 0.7)]
    plan = engineer_cable(profile, {}, ENGINEERING, legs_of(ends, kept))
    assert plan.types[0].to_km == plan.types[1].from_km == joint_km + 0.9
    assert plan.amplifiers[1].kp_km == repeater_km - 0.3
    assert (plan.amplifiers[0].kp_km, plan.amplifiers[2].kp_km) == (
        plain.amplifiers[0].kp_km,
        plain.amplifiers[2].kp_km,
    )


def test_a_repeater_that_moves_back_draws_the_next_one_with_it() -> None:
    profile = profile_of([30.0] * 1141, step_km=0.25)
    rules = Engineering(**dict(ENGINEERING) | {"amplifiers": REACH.model_copy(update={"ropa_km": 210.0})})
    plan = engineer_cable(profile, {}, rules, legs_of([0.0, profile.length_km], [KpRange(87.0, 104.0)]))
    at_km = [0.0, *(item.cable_km for item in plan.amplifiers), plan.length_km]
    assert len(plan.amplifiers) == 2
    assert plan.amplifiers[0].kp_km == 87.0
    assert max(b - a for a, b in pairwise(at_km)) <= REACH.repeater_spacing_km + 1e-9


@pytest.mark.parametrize("length_km", [150.0, 250.0])
def test_pumped_amplifiers_stay_within_their_reach(length_km: float) -> None:
    profile = profile_of([30.0] * (round(length_km / 0.25) + 1), step_km=0.25)
    ends, reach_km = np.array([0.0, length_km]), ENGINEERING.amplifiers.ropa_from_terminal_km
    plain = engineer_cable(profile, {}, ENGINEERING, legs_of(ends))
    kept = [KpRange(item.kp_km - 0.6, item.kp_km + 0.6) for item in plain.amplifiers]
    plan = engineer_cable(profile, {}, ENGINEERING, legs_of(ends, kept))
    assert {item.event for item in plan.amplifiers} == {"ROPA"}
    assert plan.amplifiers[0].cable_km <= reach_km
    assert plan.length_km - plan.amplifiers[-1].cable_km <= reach_km + 1e-9
    for item, before in zip(plan.amplifiers, plain.amplifiers, strict=True):
        assert abs(item.kp_km - before.kp_km) == pytest.approx(0.6)


def test_a_joint_keeps_clear_of_the_shore_end() -> None:
    """A change of type that falls in the shore end moves out to the main lay, where a ship makes the joint."""
    profile = profile_of([5.0] * 24 + [60.0] * 400, step_km=0.25)
    km = profile.length_km
    line = SimpleNamespace(lonlat=np.array([[50.0, 42.0], [51.0, 42.0]]))
    laid = [Installation(0.0, 0.3, "beach"), Installation(0.3, 7.5, "shore end"), Installation(7.5, km, "main lay")]
    off = list(kept_off(cast(Course, line), (), (), laid))
    plain, plan = (engineer_cable(profile, {}, ENGINEERING, legs_of([0.0, km], one)) for one in ((), off))
    assert plain.types[0].to_km < 7.5
    assert plan.types[0].to_km == plan.types[1].from_km == pytest.approx(7.5 + MARGIN_KM)
