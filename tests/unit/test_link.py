"""Unrepeatered or repeatered: the link budget by hand, both designs, the choice, and input that is refused."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import STUDY
from transcaspian.analyses.link.choice import choose, link_findings
from transcaspian.analyses.link.config import Link
from transcaspian.analyses.link.designs import Line, LinkDesign, both_designs, repeatered, unrepeatered
from transcaspian.core.cost_range import CostRange
from transcaspian.core.errors import StudyError
from transcaspian.core.linear_reference import KpRange
from transcaspian.study import load_study

ASSUMED = {"source": "a test", "status": "ASSUMED"}
TABLE: dict[str, Any] = {
    "attenuation_db_per_km": 0.18,
    "splice_db": 0.1,
    "splice_every_km": 20.0,
    "repair_db": 0.6,
    "repairs_per_100km": 2.0,
    "ageing_db_per_km": 0.003,
    "fixed_db": 2.0,
    "group_index": 1.47,
    "unrepeatered": {"budget_db": 42.0, "ropa_budget_db": 62.0, "fibre_pairs": 30, "pair_tbit_s": 10.0, **ASSUMED},
    "repeatered": {
        "span_budget_db": 22.0,
        "fibre_pairs": 16,
        "pair_tbit_s": 22.0,
        "feed_a": 0.9,
        "conductor_ohm_per_km": 1.1,
        "repeater_v": 40.0,
        "max_feed_v": 5000.0,
        **ASSUMED,
    },
    **ASSUMED,
}
RULES = Link.model_validate(TABLE)
# by hand, in dB per km: 0.18 of fibre, 0.1 / 20 = 0.005 of splices, 0.6 * 2 / 100 = 0.012 of repairs, 0.003 of ageing
DB_PER_KM = 0.2


def usd(million: float) -> CostRange:
    return CostRange(million * 1e6, million * 1e6, million * 1e6, "ASSUMED")


def test_the_budget_of_a_line_by_hand() -> None:
    line = Line(cable_km=184.0, tails_km=(2.0, 4.0))
    one = unrepeatered(line, RULES, 80.0)
    assert one.loss_db == pytest.approx(2.0 + 190.0 * DB_PER_KM)  # 40.0 dB
    assert one.margin_db == pytest.approx(2.0)
    assert one.reach_km == pytest.approx(200.0)  # (42 - 2) / 0.2
    assert (one.event, one.amplifiers, one.capacity_tbit_s, one.feed_v) == ("", 0, 300.0, None)
    assert one.delay_ms == pytest.approx(190.0 * 1.47 / 299.792458)


def test_the_repeatered_design_by_hand() -> None:
    one = repeatered(Line(cable_km=284.0, tails_km=(10.0, 6.0)), RULES)
    assert one.reach_km == pytest.approx(100.0)
    assert one.amplifiers_km == pytest.approx((100.0, 200.0))
    assert (one.loss_db, one.margin_db) == (pytest.approx(22.0), pytest.approx(0.0))
    assert one.feed_v == pytest.approx(0.9 * 1.1 * 300.0 + 2 * 40.0)
    assert one.capacity_tbit_s == 352.0


def test_amplifiers_are_pumped_where_equipment_ashore_does_not_reach() -> None:
    line = Line(cable_km=250.0, tails_km=(5.0, 5.0))
    one = unrepeatered(line, RULES, 80.0)
    assert (one.event, one.amplifiers_km, one.budget_db) == ("ROPA", (80.0, 180.0), 62.0)
    assert one.margin_db == pytest.approx(62.0 - 2.0 - 260.0 * DB_PER_KM)
    assert not one.lacks
    assert unrepeatered(replace(line, cable_km=300.0), RULES, 80.0).lacks == (
        "its longest span loses 2.0 dB more than its budget of 62 dB"
    )


def test_repeaters_of_the_list_are_taken_where_they_do() -> None:
    line = Line(250.0, (10.0, 0.0), amplifiers=(("RPTR", 70.0), ("RPTR", 160.0)))
    one = repeatered(line, RULES)
    assert one.amplifiers_km == (80.0, 170.0)
    assert one.longest_span_km == 90.0
    too_far = replace(line, amplifiers=(("RPTR", 70.0), ("RPTR", 175.0)))
    assert repeatered(too_far, RULES).longest_span_km == pytest.approx(260.0 / 3)


@given(st.floats(20.0, 3000.0), st.floats(0.0, 40.0), st.floats(0.0, 40.0))
def test_designs_of_any_line(cable_km: float, first_km: float, last_km: float) -> None:
    line = Line(cable_km, (first_km, last_km))
    for one in both_designs(line, RULES, 80.0):
        assert list(one.amplifiers_km) == sorted(one.amplifiers_km)
        assert all(first_km <= km <= first_km + cable_km for km in one.amplifiers_km), "amplifiers lie in the sea"
        assert one.loss_db == pytest.approx(2.0 + one.longest_span_km * DB_PER_KM)
        assert (one.margin_db < 0) == (one.longest_span_km > one.reach_km) or one.margin_db == pytest.approx(0.0)
    many = repeatered(line, RULES)
    assert many.amplifiers + 1 == max(2, ceil(line.length_km / 100.0 - 1e-6))
    assert many.margin_db >= -1e-6


def chosen(announced_tbit_s: float | None, *designs: LinkDesign) -> tuple[str | None, str]:
    found = choose(designs, announced_tbit_s)
    return found.design and found.design.design, found.reason


def test_the_choice_and_its_reason() -> None:
    alone, fed = both_designs(Line(180.0), RULES, 80.0)
    alone, fed = replace(alone, cost=usd(20.0)), replace(fed, cost=usd(21.5))
    assert chosen(250.0, alone, fed) == (
        "unrepeatered",
        "it costs USD 1.50 million less than repeatered, 1 repeater",
    )
    assert chosen(320.0, alone, fed) == ("repeatered", "unrepeatered carries 300 Tbit/s")
    assert chosen(400.0, alone, fed)[0] == "repeatered"
    assert chosen(None, replace(alone, cost=usd(30.0)), fed)[0] == "repeatered"
    assert chosen(None, replace(alone, cost=None), replace(fed, cost=None))[0] == "unrepeatered"
    far, also = both_designs(Line(900.0), RULES, 80.0)
    assert chosen(None, far, also)[0] == "repeatered"
    assert "loses" in chosen(None, far, also)[1]
    assert chosen(None, far, replace(also, max_feed_v=500.0))[0] is None


def findings(line: Line, announced_tbit_s: float | None) -> list[tuple[str, str]]:
    choice = choose(both_designs(line, RULES, 80.0), announced_tbit_s)
    return [(item.kind, item.severity) for item in link_findings("a", line, choice, announced_tbit_s)]


def test_findings_tell_the_choice_and_a_list_of_another_design() -> None:
    line = Line(180.0)
    assert findings(line, 250.0) == [("link design", "information")]
    assert findings(line, 1000.0)[0] == ("link design", "major")
    assert findings(replace(line, amplifiers=(("RPTR", 90.0),)), 250.0)[1] == ("list has another link design", "major")
    assert findings(replace(line, amplifiers=(("RPTR", 90.0),)), 320.0) == [("link design", "information")]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        (
            "link.attenuation_db_per_km",
            2.0,
            "2 dB per km is not the attenuation of a fibre at 1,550 nm: expected 0.1 to",
        ),
        ("link.attenuation_db_per_km", float("nan"), "nan dB per km is not the attenuation of a fibre"),
        ("link.repeatered.span_budget_db", 1.5, "reaches 3.0 km .* not over the shortest section of cable .5 km"),
        ("link.unrepeatered.budget_db", 0.5, "reaches 0.0 km .* not over the shortest section of cable"),
        ("link.unrepeatered.budget_db", 80.0, "budget_db 80 is more than ropa_budget_db 75"),
        ("link.repeatered.fibre_pairs", 0, "fibre_pairs` is 0"),
        (
            "link.ageing_db_per_km",
            1.0,
            "fibre, splices, repairs and ageing come to 1.162 dB per km: expected at most 0.5",
        ),
        (
            "engineering.amplifiers.repeater_spacing_km",
            3.0,
            "repeater_spacing_km 3 is shorter than the shortest section",
        ),
    ],
)
def test_what_no_link_can_have_is_refused_in_one_sentence(key: str, value: float, says: str) -> None:
    with pytest.raises(StudyError, match=says) as caught:
        load_study(STUDY, {key: value})
    assert "; `" not in str(caught.value)


def test_the_reaches_of_the_default_study_are_those_of_its_amplifiers() -> None:
    """A link and the amplifiers of the lists rest on the same rules."""
    study = load_study(STUDY)
    link = study.required_table(Link)
    assert study.engineering is not None
    amplifiers = study.engineering.amplifiers
    alone, pumped, span = (link.reach_km(budget_db) for budget_db in link.budgets_db.values())
    assert amplifiers.unrepeatered_km <= alone
    assert amplifiers.ropa_km <= pumped
    assert amplifiers.repeater_spacing_km <= span


# amplifiers where they can be laid and repaired


@given(st.lists(st.floats(0.0, 900.0), max_size=8), st.floats(0.5, 3.0), st.floats(230.0, 850.0))
def test_repeaters_keep_clear_and_no_span_is_too_long(places_km: list[float], clear_km: float, cable_km: float) -> None:
    kept = tuple(KpRange(km - clear_km, km + clear_km) for km in places_km)
    line = Line(cable_km, (5.0, 5.0), kept_off=kept)
    one = repeatered(line, RULES)
    assert one.longest_span_km <= one.reach_km + 1e-9
    assert one.amplifiers == len(repeatered(replace(line, kept_off=()), RULES).amplifiers_km)
    for number, km in enumerate(one.amplifiers_km):
        before_km, after_km = (0.0, *one.amplifiers_km)[number], (*one.amplifiers_km, line.length_km)[number + 1]
        tried = [at for item in kept for at in (item.from_km, item.to_km)]
        free = [at for at in tried if max(after_km - one.reach_km, before_km) <= at <= before_km + one.reach_km]
        assert line.is_clear(km) or not any(line.is_clear(at) and 5.0 <= at <= 5.0 + cable_km for at in free)


def test_a_repeater_that_moves_back_draws_the_next_one_with_it() -> None:
    line = Line(285.0, kept_off=(KpRange(86.0, 104.0),))
    one = repeatered(line, RULES)
    assert one.amplifiers_km == (86.0, 186.0)
    assert one.longest_span_km == 100.0


def test_pumped_amplifiers_keep_clear_within_their_reach() -> None:
    line = Line(250.0, (5.0, 5.0), kept_off=(KpRange(79.0, 81.0), KpRange(178.0, 180.5)))
    assert unrepeatered(line, RULES, 80.0).amplifiers_km == (79.0, 180.5)


def test_a_repeater_without_a_clear_place_is_a_finding() -> None:
    line = Line(200.0, kept_off=(KpRange(95.0, 105.0),))
    designs = (replace(unrepeatered(line, RULES, 80.0), budget_db=1.0), repeatered(line, RULES))
    found = [one for one in link_findings("a", line, choose(designs, None), None) if "clear place" in one.kind]
    assert [one.sentence.partition(" and no")[0] for one in found] == [
        "1 of 1 amplifiers of the repeatered design lie by a crossing, a boundary, a large alter course or a shore end,"
    ]
    assert "(100.0 km along the cable" in found[0].sentence
    clear = replace(line, kept_off=())
    assert not [one for one in link_findings("a", clear, choose(designs, None), None) if "clear place" in one.kind]
