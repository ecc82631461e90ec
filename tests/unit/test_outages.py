"""Systems out of service together: against a simulation of outages and repairs, and against figures by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcaspian.analyses.risk.outages import YEAR_DAYS, Outage, Ship, out_of_service

YEARS = 400_000


def arrival(begin: np.ndarray, ship: Ship) -> np.ndarray:
    """When the ship is there for outages that begin on these days."""
    arrives = begin + ship.waiting_days
    day = arrives % YEAR_DAYS
    opens = ship.closed_from_day + ship.closed_days
    # of a season over the turn of the year, the days after it are of the season of the year before
    day = np.where(day < opens - YEAR_DAYS, day + YEAR_DAYS, day)
    is_shut = (day >= ship.closed_from_day) & (day < opens)
    return np.where(is_shut, arrives + opens - day, arrives)


def intervals_of(outages: list[Outage], ship: Ship, years: int, seed: int) -> list[list[np.ndarray]]:
    """Begin and end of every outage of each line, in days, drawn one kind after another."""
    random = np.random.default_rng(seed)
    drawn: list[list[np.ndarray]] = [[], []]
    for outage in outages:
        begin = random.uniform(0.0, years * YEAR_DAYS, random.poisson(outage.per_year * years))
        work = arrival(begin, ship) if outage.by_ship else begin
        for line, days in zip(drawn, outage.days, strict=True):
            if days > 0:
                line.append(np.column_stack([begin, work + days]))
    return drawn


def joined(pieces: list[np.ndarray]) -> np.ndarray:
    """Stretches of time in which something is out, that do not overlap."""
    spans = np.vstack([np.empty((0, 2)), *pieces])
    spans = spans[np.argsort(spans[:, 0])]
    latest = np.maximum.accumulate(spans[:, 1])
    firsts = np.flatnonzero(np.r_[True, spans[1:, 0] > latest[:-1]])
    return np.column_stack([spans[firsts, 0], latest[np.r_[firsts[1:] - 1, len(spans) - 1]]])


def length(spans: np.ndarray) -> float:
    return float((spans[:, 1] - spans[:, 0]).sum())


def shares_out(drawn: list[list[np.ndarray]], years: int) -> tuple[float, float, float]:
    """Shares of time that the lines, and both of them, are out."""
    one, other = map(joined, drawn)
    # both = one + other − either
    either = length(joined([one, other]))
    whole = years * YEAR_DAYS
    return length(one) / whole, length(other) / whole, (length(one) + length(other) - either) / whole


PAIR = [
    Outage("anchoring", 0.4, (7.0, 0.0)),
    Outage("anchoring", 0.6, (0.0, 5.0)),
    Outage("earthquake", 0.05, (9.0, 16.0)),
    Outage("anchoring", 0.02, (11.0, 5.0)),
    Outage("station", 0.5, (2.0, 0.0), by_ship=False),
    Outage("state", 0.1, (3.0, 3.0), by_ship=False),
]


@pytest.mark.parametrize(
    ("outages", "ship"),
    [
        (PAIR, Ship(20.0)),
        (PAIR, Ship(75.0, closed_from_day=340.0, closed_days=108.0)),
        ([outage for outage in PAIR if not outage.is_common], Ship(40.0)),
        ([outage for outage in PAIR if outage.is_common], Ship(0.0, closed_from_day=30.0, closed_days=200.0)),
    ],
    ids=["a ship that waits", "a canal closed over the turn of the year", "nothing common", "all common"],
)
def test_shares_of_time_are_those_of_a_simulation(outages: list[Outage], ship: Ship) -> None:
    found = out_of_service(outages, ship)
    assert (found.one, found.other, found.both) == pytest.approx(
        shares_out(intervals_of(outages, ship, YEARS, seed=25), YEARS), rel=0.01
    )


def test_figures_by_hand() -> None:
    own = [Outage("anchoring", 2.0, (10.0, 0.0)), Outage("anchoring", 1.0, (0.0, 10.0))]
    days = 30.0
    found = out_of_service(own, Ship(20.0))
    assert found.one == pytest.approx(1 - np.exp(-2.0 * days / YEAR_DAYS))
    assert found.both == pytest.approx(found.if_independent)
    assert found.common == {}
    shared = out_of_service([*own, Outage("station", 0.1, (3.0, 3.0), by_ship=False)], Ship(20.0))
    assert shared.common["station"] == pytest.approx(1 - np.exp(-0.3 / YEAR_DAYS))
    assert shared.both > found.both + shared.common["station"] * 0.9


def test_a_closed_season_lengthens_repairs_by_its_mean() -> None:
    """An outage on any day of the year waits C²/2 days more in a year, on the mean, where C days are closed."""
    rare = [Outage("ice", 1e-6, (5.0, 0.0))]
    longer = out_of_service(rare, Ship(20.0, 341.0, 108.0)).one - out_of_service(rare, Ship(20.0)).one
    assert longer == pytest.approx(1e-6 * 108.0**2 / 2 / YEAR_DAYS**2, rel=0.01)


rates = st.floats(1e-4, 3.0)
work = st.floats(0.5, 60.0)
kinds = st.lists(
    st.tuples(rates, work, work, st.sampled_from([(1, 1), (1, 0), (0, 1)]), st.booleans()), min_size=1, max_size=6
)


@given(kinds, st.floats(0, 90), st.floats(0, 365), st.floats(0, 300))
def test_what_touches_both_is_never_better_than_what_does_not(
    drawn: list[tuple[float, float, float, tuple[int, int], bool]], waiting: float, shut: float, for_days: float
) -> None:
    outages = [Outage("other", rate, (one * a, two * b), ship) for rate, one, two, (a, b), ship in drawn]
    found = out_of_service(outages, Ship(waiting, shut, for_days))
    assert 0 <= found.coincidence <= found.both <= min(found.one, found.other) + 1e-12
    assert max(found.one, found.other) < 1
    slower = out_of_service(outages, Ship(waiting + 10.0, shut, for_days))
    assert slower.one >= found.one - 1e-3
    assert slower.both >= found.both - 1e-3
    turned = [Outage(item.cause, item.per_year, item.days[::-1], item.by_ship) for item in outages]
    swapped = out_of_service(turned, Ship(waiting, shut, for_days))
    assert (swapped.one, swapped.other, swapped.both) == pytest.approx((found.other, found.one, found.both))


@given(kinds)
def test_causes_apart_are_together_no_worse_without_a_season(
    drawn: list[tuple[float, float, float, tuple[int, int], bool]],
) -> None:
    """Where nothing depends on the day of the year, both are out at least as often as by chance."""
    outages = [Outage("other", rate, (one * a, two * b), ship) for rate, one, two, (a, b), ship in drawn]
    found = out_of_service(outages, Ship(20.0))
    assert found.both >= found.if_independent - 1e-12
