"""How sure a route is: draws that depend on seed and number alone, fields that are what they say, honest shares."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from shapely import LineString, Point, box

from tests.conftest import BARE, RAW, STUDY, TINY, silent
from tests.depth_models import exact
from transcaspian.analyses.robustness.config import SeabedUncertainty
from transcaspian.analyses.robustness.counts import QUANTILES, HeatMap, quantiles, share_of
from transcaspian.analyses.robustness.draws import Spreads, correlated_error, depth_with_error, draw, moved
from transcaspian.analyses.robustness.flips import RUNGS, Flip, find_flip, ladder
from transcaspian.analyses.robustness.stage import with_error
from transcaspian.core.errors import StudyError
from transcaspian.core.grid import Grid
from transcaspian.core.spread import on_threads, spreading
from transcaspian.core.vocabulary import FlipStep
from transcaspian.runs.engine import RunSettings, run_study
from transcaspian.seabed import SeabedLayer, sample
from transcaspian.study import load_study

GRID = Grid(50.0, 43.0, 1 / 60, 180, 240)
OTHER = np.zeros((2, 2))
SPREADS = Spreads(3.0, 0.5, True, np.array([1000.0, 0.0, 5000.0]), 20_000.0)


def test_a_draw_depends_on_seed_and_number_alone() -> None:
    one, again = (draw(7, 3, ("depth", "slope"), 4, SPREADS) for _ in range(2))
    assert one.factors == again.factors
    np.testing.assert_array_equal(one.hazard_offsets, again.hazard_offsets)
    np.testing.assert_array_equal(
        correlated_error(GRID, 0.4, 20.0, one.error_rng), correlated_error(GRID, 0.4, 20.0, again.error_rng)
    )  # type: ignore[arg-type]
    assert draw(7, 4, ("depth", "slope"), 4, SPREADS).factors != one.factors
    assert draw(8, 3, ("depth", "slope"), 4, SPREADS).factors != one.factors
    certain = dataclasses.replace(SPREADS, weight_factor=None, has_seabed_error=False)
    other = draw(7, 3, ("depth", "slope"), 4, certain)
    assert set(other.factors.values()) == {1.0}
    assert other.error_rng is None
    np.testing.assert_array_equal(other.hazard_offsets, one.hazard_offsets)
    assert other.level_shift_m == one.level_shift_m


def test_draws_have_the_spread_that_was_asked_for() -> None:
    draws = [draw(1, number, ("depth",), 1, SPREADS) for number in range(4000)]
    logs = np.log([one.factors["depth"] for one in draws]) / np.log(3.0)
    assert np.abs(logs).max() <= 1
    assert np.std(logs) == pytest.approx(1 / np.sqrt(3), rel=0.03)  # uniform over -1 … 1
    assert np.std([one.level_shift_m for one in draws]) == pytest.approx(0.5, rel=0.05)
    moved_m = np.array([one.hazard_offsets[:, 1] for one in draws])
    assert (moved_m[:, 1] == 0).all()
    assert moved_m[:, 2].max() <= 5000
    assert np.mean(moved_m[:, 2] < 2500) == pytest.approx(0.25, abs=0.03), "evenly over the disc"


@pytest.mark.parametrize(("alike_share", "correlation_km"), [(0.4, 18.0), (0.0, 8.0), (0.4, 60.0)])
def test_errors_of_the_depth_are_as_alike_as_the_model_says(alike_share: float, correlation_km: float) -> None:
    fields = np.array(
        [correlated_error(GRID, alike_share, correlation_km, np.random.default_rng(number)) for number in range(400)]
    )
    assert fields.shape[1:] == GRID.shape
    assert fields.var() == pytest.approx(1.0, rel=0.12)
    assert abs(fields.mean()) < 0.12
    dx_m, dy_m = GRID.spacing_m()
    for lag in (2, 6, 12, 50):
        rows = np.mean(fields[:, lag:] * fields[:, :-lag])
        cols = np.mean(fields[:, :, lag:] * fields[:, :, :-lag])
        for found, distance_km in ((rows, lag * dy_m[90] / 1000), (cols, lag * dx_m[90] / 1000)):
            expected = alike_share + (1 - alike_share) * np.exp(-distance_km / correlation_km)
            assert found == pytest.approx(expected, abs=0.12)
    edge, middle = fields[:, 0].std(), fields[:, 90].std()
    assert edge == pytest.approx(middle, rel=0.1)


def test_what_has_no_depth_gets_none() -> None:
    depth = np.array([[np.nan, 0.0, 10.0, 800.0]], np.float32)
    error = np.array([[1.0, -1.0, 1.0, 1.0]], np.float32)
    standard_error_m = np.array([[5.0, 5.0, 5.0, 80.0]], np.float32)
    found = depth_with_error(depth, error, standard_error_m, -1.0)
    np.testing.assert_allclose(found, [[np.nan, 0.0, 14.0, 879.0]])
    np.testing.assert_array_equal(depth_with_error(depth, None, standard_error_m, 0.0), depth)
    not_known = np.full(depth.shape, np.nan, np.float32)
    np.testing.assert_array_equal(depth_with_error(depth, error, not_known, 0.0), depth)


def test_a_finer_seabed_is_off_by_its_own_error_and_stays() -> None:
    wet = np.ones(GRID.shape, bool)
    depth = exact(GRID, np.full(GRID.shape, 100.0), wet, error_m=20.0)
    west, north = 51.0, 42.0
    axes = west + 0.001 * np.arange(300), north - 0.001 * np.arange(200)
    nodes = np.full((200, 300), 80.0, np.float32)
    nodes[50:60] = np.nan
    strip = SeabedLayer(
        1, *axes, nodes, np.full(nodes.shape, 0.5, np.float32), np.full(nodes.shape, 255, np.uint8), 100
    )
    error = correlated_error(GRID, 0.4, 20.0, np.random.default_rng(3))
    found = with_error(GRID, dataclasses.replace(depth, layers=(strip,)), error, None, 1.0)
    np.testing.assert_allclose(found.depth_m, 101.0 + 20.0 * error, rtol=1e-5)
    (drawn,) = found.layers
    np.testing.assert_array_equal(np.isnan(drawn.depth_m), np.isnan(nodes))
    expected = 81.0 + 0.5 * sample(GRID, error, *np.meshgrid(*axes))
    np.testing.assert_allclose(drawn.depth_m[~np.isnan(nodes)], expected[~np.isnan(nodes)], atol=1e-3)
    stated_rules = SeabedUncertainty(sd_m=3.0, source="a test", status="ASSUMED")
    stated = with_error(GRID, found, error, stated_rules, 0.0).layers[0]
    off_m = stated.depth_m - drawn.depth_m
    np.testing.assert_allclose(off_m[0], 3.0 * sample(GRID, error, axes[0], np.full(300, north)), atol=1e-3)


@given(st.floats(0, 360), st.floats(1, 40_000))
def test_a_hazard_is_moved_along_a_geodesic(azimuth_deg: float, distance_m: float) -> None:
    area = box(51.0, 42.0, 51.2, 42.1)
    found = moved(area, azimuth_deg, distance_m).centroid
    leg = Geodesic.WGS84.Inverse(42.05, 51.1, found.y, found.x)
    assert leg["s12"] == pytest.approx(distance_m, rel=1e-6, abs=0.01)
    assert moved(area, azimuth_deg, 0.0) is area
    assert moved(Point(), 10.0, 5.0).is_empty


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_a_share_comes_with_its_confidence(holds: list[bool]) -> None:
    share = share_of(holds)
    interval = binomtest(sum(holds), len(holds)).proportion_ci(0.95, method="wilson")
    assert share.share == pytest.approx(sum(holds) / len(holds))
    assert share.low == pytest.approx(interval.low, abs=1e-9)
    assert share.high == pytest.approx(interval.high, abs=1e-9)


def test_of_nothing_nothing_is_known() -> None:
    assert share_of([]).share is None
    assert quantiles([]) == {}
    assert list(quantiles([3.0, 1.0, 2.0])) == list(QUANTILES)
    assert quantiles([3.0, 1.0, 2.0])[0.5] == 2.0


def test_a_heat_map_counts_each_line_once_in_each_cell() -> None:
    coarse = Grid.covering(50.0, 40.0, 53.0, 43.0, step_deg=0.5)
    fine = Grid.covering(50.0, 40.0, 53.0, 43.0, step_deg=0.1)
    lines = [LineString([(50.1, 42.9), (52.9, 42.9)]), LineString([(50.1, 42.9), (50.1, 40.1)])]
    heat = HeatMap(coarse)
    heat.add(shapely.get_coordinates(shapely.segmentize(line, 0.01)) for line in lines)
    share = heat.share()
    cells = [[box(50 + c / 2, 42.5 - r / 2, 50.5 + c / 2, 43 - r / 2) for c in range(6)] for r in range(6)]
    crossed = sum(shapely.intersects(cells, line).astype(int) for line in lines)
    np.testing.assert_array_equal(np.nan_to_num(share), crossed / 2)
    on_fine = heat.on(fine)
    assert on_fine.shape == fine.shape
    for _ in range(50):
        row, col = np.random.default_rng(_).integers(0, 30, 2)
        np.testing.assert_array_equal(on_fine[row, col], share[row // 5, col // 5])
    outside = HeatMap(coarse)
    outside.add([np.array([[10.0, 10.0]])])
    assert np.isnan(outside.share()).all()


@given(st.floats(1.01, 200.0), st.sampled_from(["up", "down"]))
def test_a_flip_is_found_where_it_is(at: float, step: FlipStep) -> None:
    """The answer changes at one factor: it is bracketed, and where nothing flips within the range, nothing is said."""
    greatest = 20.0
    threshold = at if step == "up" else 1 / at
    flip = find_flip(
        lambda factor: OTHER if (factor >= threshold if step == "up" else factor <= threshold) else None,
        ladder(greatest, step),
    )
    if at > greatest:
        assert flip is None
        return
    assert flip is not None
    low, high = sorted((flip.factor, flip.held_at))
    assert low <= threshold <= high
    widest = max(b / a for a, b in pairwise((1.0, *RUNGS)))
    assert high / low <= widest ** (1 / 8) + 1e-9


def test_a_weight_may_be_turned_off() -> None:
    assert ladder(8.0, "off") == (0.0,)
    flip = find_flip(lambda factor: OTHER if factor == 0 else None, (0.0,))
    assert flip == Flip(0.0, 1.0, OTHER)
    assert max(ladder(2.7, "up")) == 2.7


RULES = {
    "samples": 6, "seed": 3, "near_km": 10.0, "grid_step_arcsec": 300.0, "heat_cell_arcsec": 600.0, "flip_factor": 2.0,
    "systems": ["main", "main-2023"], "source": "tests", "status": "ASSUMED",
    "weights": {"factor": 3.0, "source": "tests", "status": "ASSUMED"},
    "water_level": {"sd_m": 0.3, "source": "tests", "status": "ASSUMED"},
    "seabed": {"source": "tests", "status": "ASSUMED"},
    "positions": {
        "default_accuracy_m": 5000.0, "epicentre_accuracy_km": 20.0, "source": "tests", "status": "ASSUMED",
    },
}  # fmt: skip
QUICK = {
    **TINY,
    **BARE,
    "alternatives.count": 1,
    "routing.proven": False,
    "routing.refinement": 1,
    "cost_tolerance": None,
    "engineering": None,
}


@pytest.mark.whole_run
@pytest.mark.usefixtures("without_pictures")
def test_a_run_says_how_sure_it_is_and_the_same_on_any_threads(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    import geopandas as gpd
    import rasterio

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    overrides = {**QUICK, "robustness": RULES}
    runs = []
    for threads in (1, 3):
        settings = RunSettings(STUDY, tmp_path / str(threads), ("main", "main-2023"), overrides, RAW, reuse=False)
        with spreading(partial(on_threads, threads=threads)):
            runs.append(run_study(settings, silent).folder)
    one, three = runs
    package = one / "trans-caspian.gpkg"
    for name in ("trans-caspian.gpkg", "rasters/route_probability_main.tif", "manifest.json"):
        assert (one / name).read_bytes() == (three / name).read_bytes(), name
    sure = gpd.read_file(package, layer="robustness").set_index("system_id")
    samples = gpd.read_file(package, layer="sample_routes")
    ranks = gpd.read_file(package, layer="rank_acceptability")
    flips = gpd.read_file(package, layer="weight_flips")
    routes = gpd.read_file(package, layer="routes").set_index("system_id")
    alternatives = gpd.read_file(package, layer="alternatives")
    assert list(sure.index) == ["main", "main-2023"]
    for system_id, row in sure.iterrows():
        own = samples[samples["system_id"] == system_id]
        assert len(own) == 6 - row["without_route"]
        assert row["near_share"] == pytest.approx((own["off_km"] <= 10.0).sum() / 6)
        assert row["length_p50_km"] == pytest.approx(own["length_km"].median())
        assert (own["is_near"] == (own["off_km"] <= 10.0)).all()
        best = ranks[ranks["system_id"] == system_id]
        others = alternatives[alternatives["system_id"] == system_id].geometry
        ranked = [routes.geometry[system_id], *others]  # as they are published: what is done to one is done to all
        assert [line.wkb for line in best.geometry] == [line.wkb for line in ranked]
        assert best["best_share"].sum() == pytest.approx(1.0, abs=1e-5)  # each has six decimals
        with rasterio.open(one / "rasters" / f"route_probability_{system_id}.tif") as raster:
            share = raster.read(1)
            for line in own.geometry:  # every sampled route runs over cells that were counted
                lon, lat = line.interpolate(0.5, normalized=True).coords[0]
                assert share[raster.index(lon, lat)] >= 1 / len(own) - 1e-6
            assert np.nanmax(share) <= 1.0
    assert set(flips["step"]) == {"up", "down", "off"}
    told = json.loads((one / "manifest.json").read_text())["analyses"]["robustness"]["systems"]
    for system_id in sure.index:  # weights are turned where the route as given is the recommended one
        own_flips = flips[flips["system_id"] == system_id]
        assert (len(own_flips) == 0) == ("already goes" in told[system_id]["unturned"])
    for flip in flips[flips["flips"]].itertuples():
        assert flip.geometry is not None
        assert flip.factor != flip.held_at
    assert flips[~flips["flips"]].geometry.isna().all()


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("samples", 0, r"`robustness\.samples` is 0: input should be greater than or equal to 1"),
        ("near_km", 0.0, r"`robustness\.near_km` is 0"),
        ("heat_cell_arcsec", 45.0, r"heat_cell_arcsec is 45: expected a multiple of area\.grid_step_arcsec, 30"),
        ("systems", ["nosuch"], r"robustness\.systems names `nosuch`, which is no system"),
        ("flip_factor", 1.0, r"`robustness\.flip_factor` is 1"),
        ("weights", {"factor": 0.5, "source": "x", "status": "ASSUMED"}, r"`robustness\.weights\.factor` is 0\.5"),
    ],
)
def test_rules_that_make_no_sense_are_one_sentence(key: str, value: object, says: str) -> None:
    with pytest.raises(StudyError, match=says):
        load_study(STUDY, {"robustness": {**RULES, key: value}})


def test_something_must_be_uncertain() -> None:
    rules = {name: value for name, value in RULES.items() if not isinstance(value, dict)}
    with pytest.raises(StudyError, match="nothing is uncertain"):
        load_study(STUDY, {"robustness": rules})
