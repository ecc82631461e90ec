"""Rates of faults: earthquakes against what theory gives, bands of depth and distance, what is not known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from tests.conftest import STUDY
from transcaspian.analyses.risk.config import EarthquakeRisk, RiskRules
from transcaspian.analyses.risk.rates import Places, banded, model_hazard, rates_at
from transcaspian.analyses.risk.seismicity import (
    Catalogue,
    Recurrence,
    b_value,
    breaks_per_km_year,
    mainshocks,
    recurrence,
    share_between,
    windows,
)
from transcaspian.core.grid import GEOD, Grid
from transcaspian.study import load_study

RISK = load_study(STUDY.parent / "digital_silk_way.toml").risk
assert RISK is not None
QUAKES = RISK.earthquakes
assert QUAKES is not None
YEAR = np.timedelta64(365, "D")


def catalogue(*events: tuple[str, float, float, float]) -> Catalogue:
    times, lon, lat, magnitude = zip(*events, strict=True)
    return Catalogue(np.array(times, "datetime64[s]"), np.array(lon), np.array(lat), np.array(magnitude))


def rules(**changes: object) -> EarthquakeRisk:
    return QUAKES.model_copy(update=changes)


def places(**columns: float | list[float]) -> Places:
    shape = np.broadcast_shapes(*(np.shape(values) for values in columns.values()), (1,))
    given_or = {"lon_deg": 51.0, "lat_deg": 42.0, "depth_m": 100.0, "slope_deg": 0.1} | columns
    return Places(**{name: np.broadcast_to(np.asarray(values, float), shape) for name, values in given_or.items()})


# earthquakes


def test_windows_are_those_of_gardner_and_knopoffs_table() -> None:
    """Their table 1: 40 km and 155 days at magnitude 5.0, 54 km and 510 days at 6.0, 70 km and 915 days at 7.0."""
    reach_km, days = windows([5.0, 6.0, 7.0])
    assert reach_km == pytest.approx([40.0, 54.0, 70.0], rel=0.03)
    assert days == pytest.approx([155.0, 510.0, 915.0], rel=0.08)


def test_aftershocks_go_and_the_mainshock_stays() -> None:
    found = catalogue(
        ("2000-01-01", 50.0, 40.0, 5.0),  # a foreshock
        ("2000-01-05", 50.1, 40.1, 7.0),
        ("2000-02-05", 50.2, 40.0, 6.0),  # an aftershock
        ("2001-06-01", 50.0, 40.2, 5.5),  # another, in the window of the mainshock though not in the aftershock's
        ("2006-01-01", 50.1, 40.1, 5.6),  # too late
        ("2000-02-01", 53.0, 40.1, 5.2),  # too far
        ("NaT", 50.1, 40.1, 5.1),  # when?
    )
    assert mainshocks(found).tolist() == [False, True, False, False, True, True, True]


def test_what_an_aftershock_could_own_by_itself_is_left_to_be_a_mainshock() -> None:
    """Windows are those of mainshocks alone: no chain of aftershocks of aftershocks."""
    found = catalogue(
        ("2000-01-01", 50.0, 40.0, 6.0), ("2000-02-01", 50.55, 40.0, 5.9), ("2000-03-01", 51.1, 40.0, 5.8)
    )
    assert mainshocks(found).tolist() == [True, False, True]


@given(st.integers(2, 12), st.integers(0, 1000))
def test_the_greatest_event_is_always_a_mainshock_and_no_two_mainshocks_are_in_reach(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    found = Catalogue(
        np.datetime64("2000-01-01", "s") + random.integers(0, 900, count) * np.timedelta64(1, "D"),
        random.uniform(50, 52, count),
        random.uniform(40, 41, count),
        random.uniform(5, 7, count).round(3),
    )
    kept = mainshocks(found)
    assert kept[found.magnitude_mw.argmax()]
    left = found.where(kept)
    reach_km, days = windows(left.magnitude_mw)
    for i in range(len(left)):
        for j in range(i):
            greater = i if left.magnitude_mw[i] >= left.magnitude_mw[j] else j
            apart_km = GEOD.inv(left.lon_deg[i], left.lat_deg[i], left.lon_deg[j], left.lat_deg[j])[2] / 1000.0
            apart_days = abs(left.time[i] - left.time[j]) / np.timedelta64(1, "D")
            assert apart_km > reach_km[greater] or apart_days > days[greater]


@pytest.mark.parametrize("b", [0.8, 1.0, 1.3])
def test_b_is_recovered_from_magnitudes_drawn_by_the_law(b: float) -> None:
    random = np.random.default_rng(7)
    magnitude = (5.295 + random.exponential(np.log10(np.e) / b, 20_000)).round(2)
    found, error = b_value(magnitude, 5.3, 0.01)
    assert abs(found - b) < 3 * error
    assert error == pytest.approx(b / np.sqrt(20_000), rel=0.1)  # Aki's


def test_the_standard_error_is_how_far_estimates_scatter() -> None:
    random = np.random.default_rng(11)
    draws = [b_value(5.3 + random.exponential(np.log10(np.e), 40), 5.3, 0.0) for _ in range(400)]
    assert np.mean([error for _, error in draws]) == pytest.approx(np.std([b for b, _ in draws]), rel=0.15)


def test_magnitude_bands_share_out_all_events_in_proportion() -> None:
    edges = [5.3, 5.5, 6.5, 7.0, 7.9]
    shares = [share_between(low, high, 5.3, 7.9, 0.9) for low, high in pairwise(edges)]
    assert sum(shares) == pytest.approx(1.0)
    # one magnitude more, ten to the power of b fewer (but for the cut at the greatest)
    assert share_between(5.3, 5.4, 5.3, 9.9, 1.0) == pytest.approx(10 * share_between(6.3, 6.4, 5.3, 9.9, 1.0))


def test_evenly_spread_earthquakes_break_as_many_cables_as_theory_says() -> None:
    """Events as dense as ν everywhere: ``2 R ν p`` breaks per km and year, of every band its share."""
    lon, lat = np.meshgrid(np.arange(40.0, 62.0, 0.2), np.arange(32.0, 52.0, 0.2))
    row_km2 = [abs(GEOD.polygon_area_perimeter([0, 0.2, 0.2, 0], [y - 0.1, y - 0.1, y + 0.1, y + 0.1])[0]) / 1e6
               for y in lat[:, 0]]  # fmt: skip
    middle = int(np.abs(lat[:, 0] - 42.0).argmin())
    # thinned to the north as the cells narrow, by weights: one event each of years that differ would be the same
    events = Catalogue(
        np.full(lon.size, np.datetime64("2000-01-01", "s")), lon.ravel(), lat.ravel(), np.full(lon.size, 5.4)
    )
    known = Recurrence(events, lon.size, lon.size, lon.size, 1.0, 0.1, 42.0, 5.3)
    grid = Grid.covering(51.0, 42.0, 51.1, 42.1, 0.1)
    per_km2_year = 1.0 / (row_km2[middle] * 42.0)
    expected = sum(
        2 * band.reach_km * per_km2_year * band.probability * share_between(band.from_mw, band.to_mw, 5.3, 7.9, 1.0)
        for band in QUAKES.breaks
    )
    assert breaks_per_km_year(grid, known, QUAKES)[0, 0] == pytest.approx(expected, rel=0.01)


def test_one_earthquake_breaks_by_the_density_of_its_kernel() -> None:
    """With a reach that is short beside the kernel the rate is the density of epicentres there, ``2 R ν p``."""
    short = rules(breaks=(QUAKES.breaks[0].model_copy(update={"from_mw": 5.3, "to_mw": 8.0, "reach_km": 0.5}),))
    event = catalogue(("2000-01-01", 50.0, 42.0, 6.0))
    known = Recurrence(event, 1, 1, 1, 1.0, 0.5, 10.0, 5.3)
    grid = Grid.covering(49.0, 41.0, 52.0, 43.0, 0.25)
    found = breaks_per_km_year(grid, known, short)
    away_km = np.array([[GEOD.inv(50.0, 42.0, lon, lat)[2] / 1000 for lon in grid.lon_deg] for lat in grid.lat_deg])
    density = np.exp(-((away_km / 50.0) ** 2)) / (np.pi * 50.0**2) / 10.0
    assert found == pytest.approx(2 * 0.5 * density * 0.05, rel=2e-3, abs=1e-12)


def test_kernels_spread_events_and_make_none() -> None:
    """Over all the sea and beyond, reach by reach, the events add up to those of the catalogue."""
    one = rules(breaks=(QUAKES.breaks[0].model_copy(update={"from_mw": 5.3, "to_mw": 8.0, "reach_km": 20.0}),))
    known = Recurrence(catalogue(("2000-01-01", 50.0, 42.0, 6.0)), 1, 1, 1, 1.0, 0.5, 1.0, 5.3)
    grid = Grid.covering(45.0, 38.0, 55.0, 46.0, 0.1)
    dx_m, dy_m = grid.spacing_m()
    total = (breaks_per_km_year(grid, known, one) * (dx_m * dy_m)[:, np.newaxis] / 1e6).sum()
    assert total == pytest.approx(2 * 20.0 * 0.05, rel=2e-3)


def test_a_catalogue_is_cut_to_its_years_and_needs_two_mainshocks() -> None:
    found = catalogue(
        ("1970-01-01", 50.0, 40.0, 6.0),
        ("1980-01-01", 50.0, 38.0, 6.0),
        ("1990-01-01", 50.0, 40.0, 5.5),
        ("1995-01-01", 52.0, 44.0, 5.0),
        ("2018-01-01", 50.0, 40.0, 6.0),
    )
    known = recurrence(found, QUAKES)
    assert known is not None
    assert (known.read, known.of_the_years, known.declustered, len(known.mainshocks)) == (5, 3, 3, 2)
    assert known.per_year == pytest.approx(2 / 42)
    assert recurrence(found, rules(completeness_mw=5.8)) is None
    assert recurrence(found, rules(from_year=2010)) is None


# depth, distance, latitude


def hazard(mud_volcanoes: list[Point] | None = None, rules: RiskRules = RISK) -> object:
    return model_hazard((50.0, 41.0, 52.0, 46.0), rules, None, mud_volcanoes)


def rate(cause: str, at: Places, **kwargs: object) -> np.ndarray:
    found = rates_at(hazard(**kwargs), at)  # type: ignore[arg-type]
    return found.rate[found.causes.index(cause)] * 1000.0


def test_bands_hold_from_their_first_figure_to_the_next() -> None:
    bands = [(0.0, 1.0), (10.0, 2.0), (50.0, 3.0)]
    assert banded([0.0, 9.99, 10.0, 49.9, 50.0, 9000.0], bands).tolist() == [1, 1, 2, 2, 3, 3]
    assert np.isnan(banded([np.nan], bands)).all()


def test_faults_by_depth_are_those_of_the_study() -> None:
    at = places(depth_m=[0.0, 9.0, 10.0, 60.0, 150.0, 300.0, 700.0, 5000.0])
    assert rate("anchoring", at) == pytest.approx([1.5, 1.5, 2.5, 1.0, 0.3, 0.05, 0.0, 0.0])
    assert rate("fishing", at)[[0, 4, 7]] == pytest.approx([1.0, 3.0, 0.05])


def test_ice_begins_in_the_north_and_is_worst_at_two_to_five_metres() -> None:
    assert rate("ice", places(lat_deg=[43.9, 44.0, 44.5, 45.0, 46.0], depth_m=3.0)) == pytest.approx([0, 0, 25, 50, 50])
    assert rate("ice", places(lat_deg=45.5, depth_m=[1.0, 3.0, 8.0, 20.0])) == pytest.approx([5, 50, 10, 0])


def test_mud_volcanoes_count_by_true_distance() -> None:
    lon, lat, _ = GEOD.fwd([51.0] * 4, [42.0] * 4, [0.0, 90.0, 180.0, 270.0], [500.0, 2000.0, 7900.0, 8100.0])
    at = places(lon_deg=list(lon), lat_deg=list(lat))
    assert rate("mud_volcano", at, mud_volcanoes=[Point(51.0, 42.0)]) == pytest.approx([6.0, 2.0, 0.1, 0.0])
    assert rate("mud_volcano", at, mud_volcanoes=[]) == pytest.approx([0.0] * 4)


def test_slopes_make_breaks_by_earthquakes_oftener() -> None:
    known = Recurrence(catalogue(("2000-01-01", 51.0, 42.0, 6.0)), 1, 1, 1, 1.0, 0.5, 42.0, 5.3)
    found = rates_at(
        model_hazard((50.0, 41.0, 52.0, 46.0), RISK, known, []), places(slope_deg=[0.5, 2.0, 20.0, np.nan])
    )
    level, moderate, steep, unknown = found.rate[0]
    assert (moderate / level, steep / level) == pytest.approx((1.5, 2.5))
    assert np.isnan(unknown)
    assert found.at_most[0, 3] == pytest.approx(steep)


def test_what_is_not_known_is_never_nothing() -> None:
    found = rates_at(hazard([Point(51, 42)]), places(depth_m=[np.nan, 100.0]))  # type: ignore[arg-type]
    assert found.is_known.tolist() == [False, True]
    assert np.isnan(found.total[0])
    greatest = {"anchoring": 2.5, "fishing": 3.0, "other": 0.04}
    for cause, most in greatest.items():
        assert found.at_most[found.causes.index(cause), 0] * 1000 == pytest.approx(most)
    assert (found.at_most[:, 1] == found.rate[:, 1]).all()
    # no ice comes so far south, whatever the depth
    assert found.rate[found.causes.index("ice"), 0] == 0.0


def test_a_cause_without_its_source_is_named_as_missing() -> None:
    blind = hazard(None)
    assert set(blind.missing) == {"earthquake", "mud_volcano"}  # type: ignore[attr-defined]
    assert rates_at(blind, places()).causes == ("anchoring", "fishing", "ice", "other")  # type: ignore[arg-type]


@given(st.lists(st.floats(0, 2000), min_size=1, max_size=20), st.floats(41.1, 45.9))
def test_rates_are_never_negative_and_at_most_is_never_less(depths: list[float], lat: float) -> None:
    found = rates_at(hazard([Point(51, 42)]), places(depth_m=[*depths, np.nan], lat_deg=lat))  # type: ignore[arg-type]
    assert (found.at_most >= 0).all()
    assert (np.nan_to_num(found.rate) <= found.at_most + 1e-15).all()


# anchors by traffic


def test_anchors_go_by_traffic_where_it_is_known_and_by_no_factor() -> None:
    """A lane in the middle column of a grid: strikes there, none beside it; all else as by depth."""
    published = RISK.published_rate
    assert published is not None
    doubled = RISK.model_copy(update={"published_rate": published.model_copy(update={"factor": 2.0})})
    grid = Grid(50.0, 43.0, 0.5, 4, 3)
    strikes = np.zeros(grid.shape, np.float32)
    strikes[:, 1] = 0.004
    by_depth = model_hazard(grid.bounds, doubled, None, [])
    by_traffic = replace(by_depth, strikes=(grid, strikes))
    at = places(lon_deg=grid.lon_deg.tolist(), lat_deg=[42.0] * 3, depth_m=[30.0, np.nan, 30.0])
    rates, before = rates_at(by_traffic, at), rates_at(by_depth, at)
    assert rates.causes == before.causes
    row = rates.causes.index("anchoring")
    assert rates.rate[row] == pytest.approx([0.0, 0.004, 0.0])
    assert rates.at_most[row] == pytest.approx([0.0, 0.004, 0.0])
    np.testing.assert_array_equal(np.delete(rates.at_most, row, 0), np.delete(before.at_most, row, 0))
    assert before.rate[row, 0] == pytest.approx(2.0 * 2.5e-3)
    without = RISK.model_copy(update={"by_depth": tuple(one for one in RISK.by_depth if one.cause != "anchoring")})
    none = replace(model_hazard(grid.bounds, without, None, []), strikes=(grid, strikes))
    assert "anchoring" not in rates_at(none, at).causes
