"""Findings: the most severe first, of several systems the same one once before it comes again, and kept as written."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import STUDY
from transcaspian.analyses.risk.findings import (
    DesignCost,
    cause_findings,
    dominated_findings,
    dominating,
    price_findings,
)
from transcaspian.analyses.robustness.counts import share_of
from transcaspian.analyses.robustness.findings import Rank, candidate_findings
from transcaspian.core.findings import Finding, Place, advice, ranked
from transcaspian.core.vocabulary import SEVERITIES, STATUSES
from transcaspian.engineering import RouteAtLevel, Stretch
from transcaspian.engineering.findings import (
    Steered,
    depth_limits_m,
    level_findings,
    limit_findings,
    silent_findings,
    state_findings,
)
from transcaspian.routing import Alternative
from transcaspian.routing.findings import alternative_findings
from transcaspian.runs.stages.run_findings import age_findings
from transcaspian.study import load_study

degrees = st.floats(-180, 180)
places = st.builds(Place, st.none() | st.floats(0, 1e4), st.none() | st.tuples(degrees, degrees))
findings = st.builds(
    Finding,
    kind=st.sampled_from("abcd"),
    severity=st.sampled_from(SEVERITIES),
    subject=st.sampled_from(["", "main", "spare"]),
    sentence=st.text(max_size=5),
    action=st.just("look"),
    source=st.just("here"),
    status=st.sampled_from(STATUSES),
    place=st.none() | places,
)


@given(st.lists(findings))
def test_ranks_keep_all_and_put_the_most_severe_first(listed: list[Finding]) -> None:
    found = ranked(listed)
    assert sorted(map(repr, found)) == sorted(map(repr, listed))
    order = [SEVERITIES.index(item.severity) for item in found]
    assert order == sorted(order)
    for severity in SEVERITIES:
        kinds = [item.kind for item in found if item.severity == severity]
        assert len(set(kinds[: len(set(kinds))])) == len(set(kinds)), "each kind is there before one comes again"


@given(findings)
def test_a_manifest_holds_a_finding_whole(item: Finding) -> None:
    assert Finding.of_manifest(json.loads(json.dumps(asdict(item)))) == item


def test_places_are_said_as_engineers_say_them() -> None:
    item = Finding(
        kind="steep",
        severity="minor",
        subject="main",
        sentence="the slope is 9°",
        action="",
        source="",
        place=Place(1.25),
    )
    assert str(item) == "main: the slope is 9° (KP 1.2)"
    assert str(Place(3.0, (49.5, 40.25))) == "KP 3.0, 49.5000° E 40.2500° N"


# --- figures of the default studies as people found them by hand, and the same where nothing is to be said
FRONTS = {
    "main": (DesignCost("the route", 10.0e6, 0.077, 11e6), DesignCost("point 6", 8.3e6, 0.072, 9e6)),
    "turkmen": (DesignCost("the route", 13.0e6, 0.175, 15e6), DesignCost("point 6", 10.3e6, 0.141, 12e6)),
}


@pytest.mark.parametrize("system_id", FRONTS)
def test_a_design_that_its_own_front_dominates_is_told_with_both_figures(system_id: str) -> None:
    route, point = FRONTS[system_id]
    (found,) = dominated_findings(system_id, route, [point], 0, 0.012)
    assert (found.kind, found.severity, found.subject) == ("dominated design", "major", system_id)
    for figure in (f"{route.cost_usd / 1e6:.1f}", f"{point.cost_usd / 1e6:.1f}", f"{point.faults_per_year:.3f}"):
        assert figure in found.sentence
    assert "point 6" in found.action


@given(st.floats(0.5, 1.5), st.floats(0.5, 1.5))
def test_a_point_that_is_no_better_in_both_dominates_nothing(cost: float, faults: float) -> None:
    route = DesignCost("the route", 10e6, 0.08, 11e6)
    point = DesignCost("point 1", cost * route.cost_usd, faults * route.faults_per_year, 9e6)
    margin = 0.012
    is_better = cost <= 1 and faults <= 1 and (cost < 1 - margin or faults < 1 - margin)
    assert bool(list(dominated_findings("main", route, [point], 0, margin))) is is_better


def test_the_knee_is_named_where_it_dominates_else_the_least_present_value() -> None:
    route = DesignCost("the route", 10e6, 0.08, 12e6)
    front = [
        DesignCost("point 1", 8e6, 0.09, 7e6),
        DesignCost("point 2", 9e6, 0.07, 9e6),
        DesignCost("point 3", 9.5e6, 0.06, 8e6),
    ]
    assert dominating(route, front, 1, 0.01) is front[1]
    assert dominating(route, front, 0, 0.01) is front[2]
    assert dominating(front[0], front[1:], 0, 0.01) is None


def test_three_prices_of_one_crossing_and_causes_unlike_those_published_are_told() -> None:
    (prices,) = price_findings("main", DesignCost("the route", 10.01e6, 0.077, 11e6), 8.79e6)
    assert "8.79" in prices.sentence
    assert "10.01" in prices.sentence
    assert not list(price_findings("main", DesignCost("the route", 9.0e6, 0.077, 11e6), 8.79e6))
    (causes,) = cause_findings([{"earthquake": 0.0004, "anchoring": 0.0555, "fishing": 0.0211}])
    assert "natural causes make 0.52 %" in causes.sentence
    assert "anchors make 72 %" in causes.sentence
    assert "fishing" not in causes.sentence
    assert not list(cause_findings([{"earthquake": 0.01, "anchoring": 0.025, "fishing": 0.04, "other": 0.02}]))


def test_a_route_that_is_best_in_few_samples_is_told_with_the_line_that_is_best() -> None:
    shares = [
        Rank(name, share_of([True] * n + [False] * (200 - n)), excess)
        for name, n, excess in (("route", 20, 0.03), ("alternative 1", 52, 0.02), ("alternative 2", 128, 0.0))
    ]
    (found,) = candidate_findings("turkmen", shares)
    assert found.severity == "major"
    assert "10.0% of 200 samples" in found.sentence
    assert "alternative 2 in 64.0%" in found.sentence
    assert "alternative 2" in found.action
    assert not list(candidate_findings("main", [shares[2], shares[0]]))
    assert not list(candidate_findings("main", shares[:1]))


def at_level(level_m: float, dry_km: float, shallow_km: float = 0.0) -> RouteAtLevel:
    shallow = ((1.0, 1.0 + shallow_km),)
    return RouteAtLevel(level_m, 0.0, dry_km, 0.0, shallow, 0.0, 400.0 - dry_km, 100.0, 10.0)


def test_lengths_that_lie_dry_are_told_now_and_at_the_worst_level() -> None:
    (found,) = level_findings("turkmen", at_level(-29.5, 5.7, 40.0), [at_level(-30.0, 32.5)])
    assert found.severity == "major"
    assert found.sentence == (
        "at \u221229.5 m 5.7 km lie dry and 40.0 km are too shallow for a cable ship; at \u221230 m 32.5 km lie dry"
    )
    assert found.place == Place(400.0)
    (later,) = level_findings("main", at_level(-29.5, 0.0), [at_level(-30.0, 2.0)])
    assert later.severity == "minor"
    assert not list(level_findings("deep", at_level(-29.5, 0.0), [at_level(-31.0, 0.4)]))


def test_criteria_that_never_act_are_told_with_the_slope() -> None:
    silent = {"main": Steered({"slope": 0.0, "depth": 27.0, "unknown": 0.0}, 1.25)}
    (found,) = silent_findings(silent, 3.0)
    assert found.sentence == "slope: nothing of it acts along any route (slope: steepest 1.25°, the rule begins at 3°)"
    assert not list(silent_findings({"main": Steered({"slope": 1.0, "unknown": 0.0}, 5.0)}, 3.0))
    one_acts = silent | {"other": Steered({"slope": 0.2, "depth": 0.0, "unknown": 0.0}, 4.0)}
    assert not list(silent_findings(one_acts, 3.0))


def test_depths_within_their_error_of_a_limit_are_told_with_the_limit() -> None:
    kp_km = np.linspace(0, 100, 101)
    profile: Any = SimpleNamespace(
        kp_km=kp_km, length_km=100.0, step_km=1.0, depth_m=kp_km.copy(), depth_error_m=np.full(101, 5.0)
    )
    (found,) = limit_findings("main", profile, (15.0, 50.0, 500.0))
    assert "on 22 km" in found.sentence
    assert "(11 km) of 15 m" in found.sentence
    assert found.place == Place(10.0)
    assert not list(limit_findings("main", profile, (500.0,)))
    assert not list(limit_findings("main", profile, ()))
    profile.depth_error_m[:] = np.nan  # not known is not zero, and decides nothing
    assert not list(limit_findings("main", profile, (15.0, 50.0)))
    study = load_study(STUDY)
    assert study.engineering is not None
    assert {12.0, 15.0, 50.0, 200.0} <= set(depth_limits_m(study.engineering))


def test_states_without_a_landing_are_told_where_the_route_enters_them() -> None:
    route: Any = SimpleNamespace(
        stretches=[
            Stretch(0.0, 149.0, "AZ", "seabed"),
            Stretch(149.0, 161.0, "TM", "seabed"),
            Stretch(161.0, 325.0, "KZ", "seabed"),
        ]
    )
    (found,) = state_findings("reserve", {"AZ", "KZ"}, route)
    assert (found.severity, found.place) == ("major", Place(149.0))
    assert "12.0 km lie in waters of TM" in found.sentence
    (own,) = state_findings("reserve", {"AZ", "KZ", "TM"}, route)
    assert own.severity == "information"


def test_an_alternative_that_costs_less_is_told() -> None:
    line: Any = SimpleNamespace(length_m=360e3)
    cheaper, other = (Alternative(rank, line, excess, 0.5, 11.0, 90.0) for rank, excess in ((2, -0.02), (1, 0.01)))
    (found,) = alternative_findings("main", [other, cheaper], 0.001)
    assert "alternative 2 (360.0 km) costs 2.0% less" in found.sentence
    (held,) = alternative_findings("main", [other, cheaper], 0.001, held=True)
    assert held.severity == "minor"
    assert "does not keep its via points" in held.sentence
    assert "adopt" not in held.action
    assert not list(alternative_findings("main", [other], 0.001))
    assert not list(alternative_findings("main", [], 0.001))


def test_a_level_of_an_earlier_year_is_told_and_one_of_this_year_is_not() -> None:
    study = load_study(STUDY)
    (found,) = age_findings(study, datetime(2026, 11, 30, tzinfo=UTC))
    assert "2025-10" in found.sentence
    assert not list(age_findings(study, datetime(2025, 12, 1, tzinfo=UTC)))


def test_advice_is_what_the_severe_findings_ask_for() -> None:
    def one(subject: str, severity: Any, action: str) -> Finding:
        return Finding(kind="k", severity=severity, subject=subject, sentence="s", action=action, source="here")

    said = ranked([one("a", "major", "x"), one("a", "critical", "y"), one("b", "minor", "z"), one("a", "major", "w")])
    first, second = advice({"a": (), "b": ("a",)}, said)
    assert str(first) == "a: do not build it as it is: y; x; 1 more"
    assert str(second) == "b: it can go to the survey (or a: one is built)"
