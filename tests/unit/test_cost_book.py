"""The cost book: a bill is quantities times prices, and what cannot be a price is refused in one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.conftest import STUDY
from transcaspian.core.cost_range import CostRange
from transcaspian.engineering import Quantities, bill_of
from transcaspian.study import explain, load_study
from transcaspian.study.price_tables import Prices

PRICES = load_study(STUDY).prices
assert PRICES is not None
BOOK = PRICES.model_dump(mode="json", exclude_none=True)
KM = st.floats(0, 2000)


def book(**changes: Any) -> dict[str, Any]:
    return {**BOOK, "burial": tuple(BOOK["burial"]), "outside": tuple(BOOK["outside"]), **changes}


def refused(**changes: Any) -> str:
    with pytest.raises(ValidationError) as found:
        Prices.model_validate(book(**changes))
    return explain(found.value)


def by_hand(end: str, da_km: float, plough_km: float) -> float:
    """What cable, burial, survey and vessel come to, with the contingency."""
    assert PRICES is not None
    at = lambda price: getattr(price, end)  # noqa: E731
    burial = PRICES.burial_of("plough", 1.0)
    days = plough_km / burial.km_per_day
    amount = (
        da_km * at(PRICES.cable["DA"]) + plough_km * (at(burial) + at(PRICES.survey)) + days * at(PRICES.vessel_day)
    )
    return amount * (1.0 + at(PRICES.contingency_percent) / 100.0)


@given(KM, KM)
def test_a_bill_is_quantities_times_prices(da_km: float, plough_km: float) -> None:
    assert PRICES is not None
    total = bill_of(PRICES, Quantities({"DA": da_km}, {("plough", 1.0): plough_km})).total
    for end in ("low", "base", "high"):
        assert getattr(total, f"cost_{end}_usd") == pytest.approx(by_hand(end, da_km, plough_km), abs=0.05)


@given(st.lists(KM, min_size=2, max_size=4), st.integers(0, 5), st.integers(0, 3))
def test_items_make_up_the_total_to_the_cent(km: list[float], repeaters: int, crossings: int) -> None:
    assert PRICES is not None
    bought = Quantities(
        dict(zip(PRICES.cable, km, strict=False)),
        {("plough", 1.0): sum(km)},
        units={"RPTR": repeaters},
        crossings={"pipeline": crossings},
        landings=2,
        systems=1,
    )
    bill = bill_of(PRICES, bought)
    cents = [round(100 * item.cost.cost_base_usd) for item in bill.items]
    assert sum(cents) == round(100 * bill.total.cost_base_usd)
    assert all(item.quantity > 0 for item in bill.items)
    assert bill.total.cost_low_usd <= bill.total.cost_base_usd <= bill.total.cost_high_usd


def test_an_amount_is_assumed_where_its_price_is_and_derived_elsewhere() -> None:
    assert PRICES is not None
    real = PRICES.model_copy(update={"survey": PRICES.survey.model_copy(update={"status": "REAL"})})
    bill = bill_of(real, Quantities({"DA": 10.0}, {("plough", 1.0): 10.0}))
    of = {item.price.status: item.cost.cost_status for item in bill.items}
    assert of == {"ASSUMED": "ASSUMED", "REAL": "DERIVED"}


def test_deeper_burial_has_the_price_of_the_next_depth_and_beyond_the_last_that_of_it() -> None:
    assert PRICES is not None
    assert [PRICES.burial_of("plough", depth).to_m for depth in (0.6, 1.0, 1.2, 2.0, 3.0)] == [1.0, 1.0, 2.0, 2.0, 2.0]


def test_a_sum_is_assumed_as_soon_as_one_part_is() -> None:
    known, assumed = CostRange(1.0, 2.0, 3.0, "DERIVED"), CostRange(0.1, 0.2, 0.3, "ASSUMED")
    assert (known + known).cost_status == "DERIVED"
    assert known + assumed == CostRange(1.1, 2.2, 3.3, "ASSUMED")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"currency": "EUR"}, "currency is EUR, and costs are published in USD: convert the prices"),
        ({"survey": {**BOOK["survey"], "currency": "EUR"}}, "prices.survey is in EUR, the book in USD: convert it"),
        ({"repeater": {**BOOK["repeater"], "year": 2012}}, "prices.repeater is of 2012, the book of 2025"),
        ({"permits": {"low": 3.0, "base": 2.0, "high": 4.0}}, "low 3, base 2 and high 4 do not ascend"),
        ({"permits": {"low": 1.0, "base": 2.0, "high": 3.0, "status": "REAL"}}, "the price is REAL without a source"),
        ({"permits": {"low": 1.0, "base": 2.0, "high": 3.0, "source": "  "}}, "permits.source` is '  '"),
        ({"permits": {"low": -1.0, "base": 2.0, "high": 3.0}}, "permits.low"),
        ({"cable": {"DA": BOOK["cable"]["DA"]}}, "cable has no price of "),
        (
            {"burial": tuple(one for one in BOOK["burial"] if one["method"] != "jetting")},
            "burial has no price of jetting",
        ),
        ({"crossing": {}}, "crossing has no price of telecom_cable"),
    ],
)
def test_what_is_no_price_is_refused_in_one_sentence(changes: dict[str, Any], said: str) -> None:
    found = refused(**changes)
    assert said in found
    assert "\n" not in found


def test_a_price_without_a_source_is_assumed_and_said() -> None:
    prices = Prices.model_validate(book(permits={"low": 1.0, "base": 2.0, "high": 3.0}))
    assert prices.permits.status == "ASSUMED"
    (said,) = prices.doubts(load_study(STUDY).engineering)
    assert said.startswith("no source is given of prices.permits: ASSUMED")


def test_what_the_book_cannot_price_is_said() -> None:
    rules = load_study(STUDY).engineering
    assert not list(PRICES.doubts(rules))
    shallow = [{**one, "to_m": 0.5} for one in BOOK["burial"] if (one["method"], one["to_m"]) == ("plough", 1.0)]
    shallow += [one for one in BOOK["burial"] if one["method"] != "plough"]
    said = list(Prices.model_validate(book(burial=tuple(shallow))).doubts(rules))
    assert any("prices.burial has no plough to 1 m, which rule `plough` of engineering.burial" in one for one in said)
    assert ["nothing is laid that could be priced" in one for one in PRICES.doubts(None)] == [True]


def test_light_weight_armoured_cable_has_its_own_price_or_that_of_single_armour_and_says_so() -> None:
    without = {kind: price for kind, price in BOOK["cable"].items() if kind != "LWA"}
    rules, lacking = load_study(STUDY).engineering, Prices.model_validate(book(cable=without))
    assert lacking.cable_of("LWA") == lacking.cable["SA"]
    (doubt,) = lacking.doubts(rules)
    assert "no LWA, which rule `lwa-ploughed` of engineering.cable_types lays: the price of SA is taken" in doubt
    assert list(PRICES.doubts(rules)) == []
    bought = Quantities(cable_km={"LWA": 2.0})
    assert bill_of(PRICES, bought).items[0].cost.cost_base_usd == 22_000.0
