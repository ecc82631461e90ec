"""Free spans against what is known of them: parabolas between humps, and data too coarse to show any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from transcaspian.engineering.free_spans import free_spans, hanging
from transcaspian.study import FreeSpanRules

CURVATURE_PER_M = 10.0 / 2000.0
LINE = np.array([[50.0, 41.0], [50.02, 41.0]])


def rules(**changes: float) -> FreeSpanRules:
    figures = {
        "residual_tension_kn": 2.0,
        "submerged_weight_n_per_m": 10.0,
        "max_length_m": 80.0,
        "max_height_m": 1.5,
        "min_height_m": 0.3,
    } | changes
    return FreeSpanRules(source="test", status="ASSUMED", **figures)


def test_between_two_humps_the_cable_is_a_parabola() -> None:
    along_m = np.arange(0.0, 401.0, 1.0)
    depth_m = np.full(along_m.shape, 100.0)
    depth_m[[150, 250]] = 95.0  # two needles, 100 m apart: a parabola sags w L² / 8 H = 6.25 m
    touching = [item for item in hanging(along_m, depth_m, CURVATURE_PER_M) if item[3] > 0.01]
    # from a needle of height h the cable reaches the flat bed after √(2 h / (w/H)) and lies tangent to it
    reach_m = np.sqrt(2 * 5.0 / CURVATURE_PER_M)
    assert [(begin, end) for begin, end, *_ in touching] == [
        (pytest.approx(150 - reach_m, abs=1.0), 150),
        (150, pytest.approx(150 + reach_m, abs=1.0)),
        (pytest.approx(250 - reach_m, abs=1.0), 250),
        (250, pytest.approx(250 + reach_m, abs=1.0)),
    ]


def test_a_deep_hollow_is_spanned_with_the_sag_of_the_parabola() -> None:
    along_m = np.arange(0.0, 401.0, 1.0)
    depth_m = np.where((along_m > 150) & (along_m < 250), 120.0, 100.0)
    ((begin, end, highest, height_m),) = [item for item in hanging(along_m, depth_m, CURVATURE_PER_M) if item[3] > 0.5]
    assert (begin, end, highest) == (150, 250, pytest.approx(200, abs=50))
    assert height_m == pytest.approx(20.0, abs=0.3)  # right at the edges, where it has not sagged yet
    chord = 0.5 * CURVATURE_PER_M * 50 * 50
    assert chord == pytest.approx(6.25)


@given(
    st.lists(st.floats(0.0, 10.0), min_size=5, max_size=25),
    st.sampled_from([0.001, 0.005, 0.02]),
)
def test_the_spans_are_those_of_a_string_that_minimises_its_energy(heights: list[float], curvature: float) -> None:
    depth_m = 50.0 - np.asarray(heights)
    along_m = 10.0 * np.arange(len(heights))
    bed = -depth_m
    bent = bed - 0.5 * curvature * along_m**2
    cable = bed.copy()
    for begin, end, _, _ in hanging(along_m, depth_m, curvature):
        inside = slice(begin, end + 1)
        chord = np.interp(along_m[inside], along_m[[begin, end]], bent[[begin, end]])
        cable[inside] = chord + 0.5 * curvature * along_m[inside] ** 2

    def energy(y: np.ndarray) -> float:
        return float((np.diff(y) ** 2 / 20.0).sum() + curvature * 10.0 * y[1:-1].sum())

    bounds = [(low, low) if i in (0, len(bed) - 1) else (low, low + 100) for i, low in enumerate(bed)]
    best = minimize(energy, np.maximum(bed, bed.max()), bounds=bounds, method="L-BFGS-B", options={"maxiter": 2000})
    assert (cable >= bed - 1e-9).all()
    assert energy(cable) <= best.fun + 1e-3 * max(1.0, abs(best.fun))


def hump_pairs(lon: np.ndarray, _: np.ndarray) -> np.ndarray:
    """Two pairs of ridges across the line: 60 m apart and 100 m apart, each 4 m high on flat ground of 200 m."""
    metres = (np.asarray(lon) - 50.0) * 84_390.0  # of longitude at 41° N
    heights = [4.0 * np.exp(-0.5 * ((metres - at) / 3.0) ** 2) for at in (400, 460, 1000, 1100)]
    return 200.0 - np.sum(heights, axis=0)


def test_pairs_of_humps_are_found_where_the_data_show_them() -> None:
    def sample(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return hump_pairs(lon, lat), np.full(lon.shape, 2.0)

    found = free_spans(LINE, sample, rules(max_length_m=55.0))
    longest = max(found, key=lambda span: span.span_m or 0.0)
    assert longest.verdict == "critical"
    # the 60 m between the crests of the first pair: the sag of 2.25 m stays clear of the bed 4 m below
    assert longest.span_m == pytest.approx(60.0, abs=4.0)
    assert longest.from_km == pytest.approx(0.400, abs=0.006)
    assert longest.height_m == pytest.approx(4.0 - 60**2 * CURVATURE_PER_M / 8, abs=2.0)
    assert all(span.verdict != "insufficient information" for span in found)


def test_data_too_coarse_for_a_critical_span_say_nothing_of_any() -> None:
    def sample(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        east = np.asarray(lon) > 50.01
        return np.where(np.asarray(lon) > 50.018, np.nan, hump_pairs(lon, lat)), np.where(east, 50.0, 2.0)

    found = free_spans(LINE, sample, rules())
    unknown = [span for span in found if span.verdict == "insufficient information"]
    assert [(span.span_m, span.height_m) for span in unknown] == [(None, None)]
    assert unknown[0].from_km == pytest.approx(0.844, abs=0.06)
    assert all(span.to_km <= unknown[0].from_km + 0.06 for span in found if span is not unknown[0])
