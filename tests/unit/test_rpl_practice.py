"""What a list plans against practice: every planted case is named where it is, and a list without one says nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rpl_samples import karney, rpl_through, sample_rpl, with_position, with_span
from transcaspian.core.grid import GEOD
from transcaspian.rpl.model import STRAIGHT, Rpl, event_names
from transcaspian.rpl.practice import BODIES, check_practice
from transcaspian.rpl.qa import DEFAULTS, Tolerances, check_rpl
from transcaspian.rpl.rules import RULES

START, AZIMUTH_DEG = (50.0, 42.0), 30.0


def line(events: dict[float, str], turns_deg: dict[float, float] | None = None, depth_m: float = 50.0) -> Rpl:
    """A list with positions at KPs, and the turns of the course at some of them."""
    lon, lat, azimuth_deg, before_km = *START, AZIMUTH_DEG, 0.0
    places = []
    for number, (kp_km, event) in enumerate(sorted(events.items()), 1):
        lon, lat, back_deg = GEOD.fwd(lon, lat, azimuth_deg, 1000.0 * (kp_km - before_km))
        azimuth_deg, before_km = back_deg + 180.0 + (turns_deg or {}).get(kp_km, 0.0), kp_km
        places.append((str(number), event, lon, lat, depth_m))
    made = rpl_through(places)
    return replace(made, spans=tuple(replace(span, protection_method="surface laid") for span in made.spans))


BENDS = {0.0: "LP", 40.0: "AC", 80.0: "LP"}
TURN = {40.0: 10.0}


def rules_of(rpl: Rpl, tolerances: Tolerances = DEFAULTS) -> list[tuple[str, int]]:
    return [(breach.rule, breach.index) for breach in check_practice(rpl, tolerances)]


def test_a_list_without_anything_against_practice_says_nothing() -> None:
    assert check_practice(line(BENDS | {10.0: "Xing", 20.0: "RPTR 1", 30.0: "TW"}, TURN)) == ()


@dataclass(frozen=True)
class Planted:
    """A list, and what is to be named: the rule and the index of position or span."""

    name: str
    rpl: Rpl
    named: tuple[tuple[str, int], ...]


def ploughed(rpl: Rpl, *spans: int) -> Rpl:
    for index in spans:
        rpl = with_span(rpl, index, protection_method="Plough burial")
    return rpl


PLANTED = [
    *(
        Planted(f"{body} by a crossing", line(BENDS | {20.0: "Xing", 20.9: body}, TURN), (("body-crossing", 2),))
        for body in ("RPTR 1", "JT 3", "BU", "ROPA 2", "Repeater #4", "Tr / JT 1")
    ),
    Planted("at the crossing itself", line(BENDS | {20.0: "Xing / RPTR 1"}, TURN), (("body-crossing", 1),)),
    Planted("in deep water", line(BENDS | {20.0: "Xing", 22.0: "JT 1"}, TURN, depth_m=700.0), (("body-crossing", 2),)),
    *(
        Planted(f"joint by {event}", line(BENDS | {20.0: event, 20.4: "JT 1"}, TURN), (("body-boundary", 2),))
        for event in ("TW", "FZ", "EEZ", "MEDIAN", "EDGE")
    ),
    Planted("by a large turn", line(BENDS | {40.8: "RPTR 1"}, {40.0: -25.0}), (("body-turn", 2),)),
    Planted(
        "by a turn without its event",
        line({0.0: "LP", 40.0: "", 40.8: "BU", 80.0: "LP"}, {40.0: 60.0}),
        (("body-turn", 2),),
    ),
    Planted("plough up to", ploughed(line(BENDS | {20.0: "Xing", 20.3: "PLDN"}, TURN), 2), (("plough-standoff", 2),)),
    Planted("jump", line({0.0: "LP", 450.0: "AC", 520.0: "LP"}, {450.0: 10.0}), (("straight", 0), ("jumps", 1))),
    Planted("straight", line({0.0: "LP", 70.0: "WD 50", 120.0: "LP"}), (("straight", 0),)),
    Planted(
        "both",
        line(BENDS | {20.0: "Xing", 20.2: "JT 1", 20.5: "TW"}, TURN),
        (("body-crossing", 2), ("body-boundary", 2)),
    ),
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda item: item.name)
def test_what_is_planted_is_named(planted: Planted) -> None:
    assert tuple(rules_of(planted.rpl)) == planted.named
    assert check_rpl(planted.rpl) == ()
    for breach in check_practice(planted.rpl):
        assert breach.found
        assert breach.expected.startswith("expected ")
        assert breach.sentence


def test_a_plough_that_keeps_clear_is_not_named() -> None:
    clear = line(BENDS | {19.4: "PLUP", 20.0: "Xing", 20.6: "PLDN"}, TURN)
    assert rules_of(ploughed(clear, 0, 3)) == []
    assert rules_of(ploughed(clear, 0, 3), Tolerances(plough_clear_m=700.0)) == [
        ("plough-standoff", 0),
        ("plough-standoff", 3),
    ]


def by_events(rpl: Rpl) -> Rpl:
    """The list without a word of protection: its events say where the plough is."""
    return replace(rpl, spans=tuple(replace(span, protection_method="") for span in rpl.spans))


THROUGH = line(BENDS | {20.0: "Xing"}, TURN)


@pytest.mark.parametrize(
    ("rpl", "spans"),
    [
        (ploughed(THROUGH, 0, 1, 2), (0, 1)),
        (ploughed(THROUGH, 0), (0,)),
        (with_span(THROUGH, 1, protection_method="SEA PLOW V"), (1,)),
        (by_events(line({0.0: "LP / PLDN", 20.0: "Xing / AC", 40.0: "PLUP", 60.0: "LP"}, {20.0: 9.0})), (0, 1)),
        (by_events(line({0.0: "LP / PLDN", 20.0: "Xing / PLUP / AC", 60.0: "LP"}, {20.0: 9.0})), (0,)),
        (by_events(line({0.0: "LP / PLDN", 19.0: "PLUP", 20.0: "Xing / AC", 60.0: "LP"}, {20.0: 9.0})), ()),
        (by_events(line({0.0: "LP", 20.0: "Xing / AC", 21.0: "Plough Down", 60.0: "LP"}, {20.0: 9.0})), ()),
        (line(BENDS | {20.0: "AC"}, TURN), ()),
    ],
)
def test_a_plough_through_a_crossing_is_a_breach(rpl: Rpl, spans: tuple[int, ...]) -> None:
    found = check_rpl(rpl)
    assert [(breach.rule, breach.index) for breach in found] == [("plough-crossing", span) for span in spans]
    assert all("PLUP before the crossing" in breach.expected for breach in found)
    assert "plough-standoff" not in [rule for rule, _ in rules_of(rpl)]


def test_a_list_that_says_why_it_is_straight_is_not_named() -> None:
    straight = line({0.0: "LP", 120.0: "LP"})
    assert rules_of(replace(straight, header=((STRAIGHT, "no data that would bend it"),))) == []


def test_many_small_turns_bend_a_route() -> None:
    at_km = [float(km) for km in range(0, 151, 5)]
    assert rules_of(line(dict.fromkeys(at_km, "AC"), dict.fromkeys(at_km, 0.3))) == []


@settings(max_examples=40)
@given(st.floats(2.0, 38.0), st.floats(0.01, 3.0), st.sampled_from(sorted(BODIES)), st.booleans())
def test_a_body_is_named_exactly_within_the_distance(at_km: float, away_km: float, body: str, after: bool) -> None:
    other_km = at_km + away_km if after else max(at_km - away_km, 0.5)
    away_km = abs(other_km - at_km)
    if abs(away_km - 1.0) < 1e-6 or away_km < 0.002 or abs(other_km - 40.0) < 0.01:
        return
    made = line({0.0: "LP", at_km: "Xing", other_km: f"{body} 7", 41.0: "LP"})
    assert [rule for rule, _ in rules_of(made)] == (["body-crossing"] if away_km < 1.0 else [])


def test_every_rule_is_applied_somewhere() -> None:
    planted = {rule for item in PLANTED for rule, _ in item.named}
    sample = sample_rpl()
    wrong = [
        replace(sample, spans=sample.spans[:-1]),
        with_position(sample, 1, pos_no="1"),
        with_position(sample, 1, lon_deg=sample.positions[0].lon_deg, lat_deg=sample.positions[0].lat_deg),
        with_span(sample, 2, route_km=30.0),
        with_span(sample, 2, bearing_deg=10.0),
        with_span(sample, 2, to_pos="9"),
        with_span(sample, 2, slack_percent=200.0),
        with_position(sample, 3, route_km=1.0),
        replace(sample, positions=tuple(replace(at, route_km=(at.route_km or 0) * 1.01) for at in sample.positions),
                spans=tuple(replace(s, route_km=(s.route_km or 0) * 1.01, cable_km=None) for s in sample.spans)),
        ploughed(THROUGH, 0),
    ]  # fmt: skip
    faults = {breach.rule for rpl in wrong for breach in check_rpl(rpl)}
    assert planted == {rule.id for rule in RULES if rule.is_warning}
    assert faults == {rule.id for rule in RULES if not rule.is_warning}


@pytest.mark.parametrize("name", list(vars(DEFAULTS)))
def test_every_tolerance_stands_in_a_rule(name: str) -> None:
    assert any(f"{{{name}:g}}" in rule.text for rule in RULES)


def test_the_distances_are_those_of_another_library() -> None:
    made = line(BENDS | {20.0: "Xing", 20.5: "JT 1"}, TURN)
    apart_km = karney(tuple(made.lonlat[1]), tuple(made.lonlat[2]))[1]  # type: ignore[arg-type]
    (breach,) = check_practice(made)
    assert f"{apart_km:.3f} km from the crossing at position 2" in breach.found
    assert [str(event) for event in event_names(made.positions[2].event)] == ["JT 1"]
