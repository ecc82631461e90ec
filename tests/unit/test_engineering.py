"""Kilometre points lie on the geodesic legs at the distance they say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from transcaspian.core.grid import Grid
from transcaspian.core.linear_reference import (
    KpRange,
    kp_series_km,
    line_length_km,
    numbers_at,
    positions_at_km,
    range_at,
)
from transcaspian.engineering import seabed_profile

LINE = np.array([[49.7, 40.6], [50.4, 41.8], [50.9, 42.9], [51.2, 43.6]])


@given(st.floats(0, 1))
def test_a_kp_divides_the_line_in_lengths_that_add_up(share: float) -> None:
    length_km = line_length_km(LINE)
    kp_km = share * length_km
    place = positions_at_km(LINE, [kp_km])
    here = np.array([place.lon_deg[0], place.lat_deg[0]])
    starts = np.concatenate([[0], np.cumsum([line_length_km(LINE[i : i + 2]) for i in range(3)])])
    passed = LINE[starts <= kp_km]
    assert line_length_km(np.vstack([passed, here])) == pytest.approx(kp_km, abs=1e-5)


def test_first_leg_agrees_with_karney() -> None:
    inverse = Geodesic.WGS84.Inverse(40.6, 49.7, 41.8, 50.4)
    direct = Geodesic.WGS84.Direct(40.6, 49.7, inverse["azi1"], 50_000)
    place = positions_at_km(LINE, [50.0])
    assert (place.lon_deg[0], place.lat_deg[0]) == pytest.approx((direct["lon2"], direct["lat2"]), abs=1e-9)
    assert place.bearing_deg[0] == pytest.approx(direct["azi2"] % 360, abs=1e-6)


@pytest.mark.parametrize(
    ("length", "interval", "expected"), [(25, 10, [0, 10, 20, 25]), (20, 10, [0, 10, 20]), (3, 10, [0, 3])]
)
def test_series_has_both_ends_once(length: float, interval: float, expected: list[float]) -> None:
    assert kp_series_km(length, interval).tolist() == expected


def test_unknown_depth_is_a_length_and_not_a_zero() -> None:
    grid = Grid.covering(49, 40, 52, 44, 0.05)
    depth_m = np.full(grid.shape, np.nan, np.float32)
    figures = seabed_profile(grid, depth_m, LINE, 0.05)
    assert figures.max_depth_m is None
    assert figures.unknown_km == pytest.approx(line_length_km(LINE))
    depth_m[:] = 120.0
    figures = seabed_profile(grid, depth_m, LINE, 0.05)
    assert figures.max_depth_m == pytest.approx(120.0)
    assert figures.unknown_km == 0.0


@given(st.lists(st.floats(0.0, 50.0), min_size=1, max_size=8), st.lists(st.floats(-1.0, 60.0), max_size=20))
def test_many_kps_lie_in_the_stretches_that_each_lies_in(ends_km: list[float], kp_km: list[float]) -> None:
    edges = [0.0, *sorted(ends_km)]
    stretches = [KpRange(a, b) for a, b in pairwise(edges)]
    tried = [*kp_km, *edges]
    assert [stretches[number] for number in numbers_at(stretches, tried)] == [range_at(stretches, km) for km in tried]
