"""Rates in total beside what is published, and how far they may be off: against catalogues drawn at random."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from tests.conftest import STUDY
from transcaspian.analyses.risk.config import PublishedRate
from transcaspian.analyses.risk.findings import DesignCost, dominated_findings, total_rate
from transcaspian.analyses.risk.ledger import SurveyedLine, anchor_variance
from transcaspian.analyses.risk.rate_range import quake_error, rate_range
from transcaspian.analyses.risk.rates import Places, model_hazard, rates_at
from transcaspian.analyses.risk.seismicity import Catalogue, Recurrence, b_value, share_between
from transcaspian.study import load_study

RISK = load_study(STUDY.parent / "digital_silk_way.toml").risk
assert RISK is not None
QUAKES = RISK.earthquakes
assert QUAKES is not None
COMPLETE_MW, YEARS = 5.3, 40.0


def published(**changes: float) -> PublishedRate:
    figures = {"faults_per_1000km_year": 0.3, "low": 0.1, "high": 0.6, **changes}
    return PublishedRate(**figures, source="a test", status="ASSUMED")


def drawn(random: np.random.Generator, mean: float, b: float) -> Recurrence:
    """A catalogue by Gutenberg and Richter's law, of a Poisson number of events."""
    magnitude = COMPLETE_MW + random.exponential(np.log10(np.e) / b, max(random.poisson(mean), 2))
    count = magnitude.size
    place = np.full(count, 51.0), np.full(count, 42.0)
    catalogue = Catalogue(np.full(count, "2000-01-01", "datetime64[s]"), *place, magnitude)
    found_b, error = b_value(magnitude, COMPLETE_MW, 0.0)
    return Recurrence(catalogue, count, count, count, found_b, error, YEARS, COMPLETE_MW)


def breaks(known: Recurrence) -> float:
    """By all magnitudes, up to a factor, with the greatest magnitude of the study."""
    shares = [share_between(band.from_mw, band.to_mw, COMPLETE_MW, 7.9, known.b) for band in QUAKES.breaks]
    sizes = [band.reach_km * band.probability for band in QUAKES.breaks]
    return known.per_year * float(np.dot(shares, sizes))


def test_the_error_of_breaks_is_how_far_catalogues_of_one_region_scatter() -> None:
    random = np.random.default_rng(25)
    catalogues = [drawn(random, 150.0, 0.9) for _ in range(800)]
    found = np.array([breaks(known) for known in catalogues])
    told = np.mean([quake_error(QUAKES, known) for known in catalogues])
    assert told == pytest.approx(found.std() / found.mean(), rel=0.1)


def test_limits_are_of_each_cause_and_all_to_one_side() -> None:
    known = drawn(np.random.default_rng(7), 40.0, 0.9)
    limits = rate_range(published(), QUAKES, known)
    off = 1.645 * quake_error(QUAKES, known)
    low, high = limits.of({"earthquake": 2.0, "anchoring": 6.0, "other": 3.0})
    assert low == pytest.approx(2.0 * max(1 - off, 0) + 9.0 / 3)
    assert high == pytest.approx(2.0 * (1 + off) + 9.0 * 2)
    assert rate_range(published(), None, None).of({"anchoring": 3.0}) == pytest.approx((1.0, 6.0))


def test_the_factor_of_a_total_makes_it_the_published_one() -> None:
    routes = [(300.0, {"earthquake": 0.002, "anchoring": 0.03}), (500.0, {"mud_volcano": 0.004, "fishing": 0.3})]
    found = total_rate(published(factor=0.8), routes)
    assert found.ours == pytest.approx(1000 * 0.336 / 800)
    factor = found.factor
    assert factor is not None
    natural = ("earthquake", "mud_volcano")
    scaled = [
        (km, {cause: rate if cause in natural else rate * factor / 0.8 for cause, rate in by_cause.items()})
        for km, by_cause in routes
    ]
    assert total_rate(published(), scaled).ours == pytest.approx(0.3)
    assert f"factor = {factor:.3g}" in found.sentence
    assert not list(found.findings)
    (told,) = total_rate(published(high=0.35), routes).findings
    assert (told.kind, told.severity) == ("faults in total", "minor")
    # where what is not scaled is more than the published total, no factor helps, and none is named
    assert total_rate(published(), [(100.0, {"earthquake": 0.1, "other": 0.01})]).factor is None


def test_the_factor_multiplies_rates_by_depth_and_leaves_their_shares() -> None:
    at = Places(np.array([51.0, 51.0]), np.array([42.0, 44.8]), np.array([30.0, np.nan]), np.array([0.5, 0.5]))
    plain, doubled = (
        rates_at(model_hazard((50.0, 41.0, 52.0, 46.0), rules, None, []), at)
        for rules in (RISK, RISK.model_copy(update={"published_rate": published(factor=2.0)}))
    )
    volcano = plain.causes.index("mud_volcano")
    by_depth = [place for place in range(len(plain.causes)) if place != volcano]
    np.testing.assert_allclose(doubled.rate[by_depth], 2.0 * plain.rate[by_depth])
    np.testing.assert_allclose(doubled.at_most[by_depth], 2.0 * plain.at_most[by_depth])
    np.testing.assert_allclose(doubled.rate[volcano], plain.rate[volcano])


def test_dominated_is_said_by_what_and_by_how_much() -> None:
    route, knee = DesignCost("the route", 10.0e6, 0.080, 11e6), DesignCost("point 3", 8.0e6, 0.060, 9e6)
    (told,) = dominated_findings("main", route, (knee,), 0, 0.01)
    assert (
        "point 3 of its front costs 8.0 million USD with 0.060: 20.0 % of the cost and 25.0 % of the faults less"
        in (told.sentence)
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"low": 0.4}, "is not within 0.4 to 0.6"),
        ({"high": 0.2}, "is not within 0.1 to 0.2"),
        ({"factor": 0.0}, "greater than 0"),
    ],
)
def test_a_range_upside_down_is_refused(change: dict[str, float], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        published(**change)


def test_the_error_of_faults_by_anchors_is_how_far_samples_of_ships_scatter() -> None:
    """Ships seen on each step are a Poisson number; its rate is what each of them does, times their number."""
    random = np.random.default_rng(25)
    mean_seen, faults_of_one = random.uniform(2.0, 60.0, 40), random.uniform(0.0, 1e-3, 40)
    drawn = random.poisson(mean_seen, (4000, 40))
    each = np.ones((1, 1, 40))
    line = SurveyedLine(np.arange(41.0), each[0], each[0], each > 0, each[0, 0], each[0], each[0], mean_seen)
    at_most = (mean_seen * faults_of_one)[np.newaxis]
    variance = anchor_variance(line, at_most, ("anchoring",))
    assert variance is not None
    assert np.sqrt(variance.sum()) == pytest.approx((drawn * faults_of_one).sum(axis=1).std(), rel=0.03)
    assert anchor_variance(replace(line, passages=None), at_most, ("anchoring",)) is None
    assert anchor_variance(line, at_most, ("other",)) is None


def test_anchors_by_traffic_are_off_by_their_sample_and_not_by_published_totals() -> None:
    limits = rate_range(published(), None, None)
    low, high = limits.of({"anchoring": 3.0, "other": 3.0}, anchor_error=0.5)
    assert (low, high) == pytest.approx((1.0 + 3.0 - 1.645 * 0.5, 6.0 + 3.0 + 1.645 * 0.5))
    assert limits.of({"anchoring": 0.1}, anchor_error=1.0)[0] == 0.0
