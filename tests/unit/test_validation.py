"""Lines beside lines: distances by independent oracles, cables joined and cut, the control, statistics, the search."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from tests.conftest import ROOT
from transcaspian.analyses.validation.fit import REACH, folds, hold_out, search
from transcaspian.analyses.validation.lines import cables_of, unwrapped
from transcaspian.analyses.validation.preference import MIN_COPIES, aside, costs_at, preference
from transcaspian.analyses.validation.sections import CutRules, sections_of
from transcaspian.analyses.validation.summary import MIN_UNITS, contest
from transcaspian.core.errors import IngestError
from transcaspian.core.grid import Grid
from transcaspian.core.layers import CABLES
from transcaspian.core.line_distance import apart_km, even, frechet, read_off
from transcaspian.core.linear_reference import line_length_km, positions_at_km
from transcaspian.export import write_geojson
from transcaspian.rpl.drawn import DrawnLine, read_drawn
from transcaspian.rpl.reader import read_rpl

GEOD = Geod(ellps="WGS84")
WATER = shapely.box(30.0, 42.0, 34.0, 45.0)
AREA = (30.0, 42.0, 34.0, 45.0)


def drawn(*lonlat: tuple[float, float], cable: str = "a", feature: int = 0) -> DrawnLine:
    return DrawnLine(cable, cable, feature, np.array(lonlat, float), "REAL")


def straight(lon: float, lat: float, bearing_deg: float, length_km: float) -> np.ndarray:
    """A geodesic with a vertex every kilometre."""
    away_m = np.linspace(0.0, 1000.0 * length_km, round(length_km) + 1)
    count = len(away_m)
    lons, lats, _ = GEOD.fwd(np.full(count, lon), np.full(count, lat), np.full(count, bearing_deg), away_m)
    return np.column_stack([lons, lats])


points = st.tuples(st.floats(30.1, 33.9), st.floats(42.1, 44.9))
polylines = st.lists(points, min_size=2, max_size=6, unique=True).map(lambda found: np.array(found))


class TestDistance:
    """Means and Hausdorff distance between lines."""

    @pytest.mark.parametrize("offset_km", [-12.5, 0.75, 30.0])
    @pytest.mark.parametrize("bearing_deg", [0.0, 63.0])
    def test_a_line_moved_aside_is_everywhere_as_far_as_it_was_moved(
        self, offset_km: float, bearing_deg: float
    ) -> None:
        line = straight(31.0, 42.5, bearing_deg, 150.0)
        found = read_off(line, aside(line, offset_km), step_km=0.5, within_km=abs(offset_km) + 0.01)
        # ends are nearest to ends, inner points to the foot of a perpendicular; geodesics drift by millimetres
        assert found.mean_km == pytest.approx(abs(offset_km), rel=1e-4)
        assert found.hausdorff_km == pytest.approx(abs(offset_km), rel=1e-3)
        assert found.within_share == 1.0
        assert found.length_ratio == pytest.approx(1.0, abs=1e-4)

    def test_a_meridian_and_a_parallel_have_distances_that_geodesics_give(self) -> None:
        """Points of the equator are as far from the meridian of Greenwich as they are east of it."""
        meridian = np.column_stack([np.zeros(201), np.linspace(-1, 1, 201)])
        equator = np.column_stack([np.linspace(0.1, 0.9, 9), np.zeros(9)])
        _, _, expected_m = GEOD.inv(np.zeros(9), np.zeros(9), equator[:, 0], np.zeros(9))
        assert apart_km(equator, meridian) == pytest.approx(np.asarray(expected_m) / 1000, rel=1e-5)

    @settings(max_examples=15)
    @given(polylines, polylines)
    def test_it_is_the_hausdorff_distance_of_a_local_projection(self, one: np.ndarray, other: np.ndarray) -> None:
        to_plane = Transformer.from_crs(4326, "+proj=aeqd +lat_0=43.5 +lon_0=32 +datum=WGS84", always_xy=True)
        dense = [even(line, 0.5) for line in (one, other)]
        planes = [np.column_stack(to_plane.transform(*line.T)) for line in dense]
        expected_km = shapely.hausdorff_distance(*(shapely.LineString(plane) for plane in planes)) / 1000
        found = read_off(one, other, step_km=0.5, within_km=1.0)
        # the projection stretches by some 3e-4 at this distance from its centre; between samples half a step is missed
        assert found.hausdorff_km == pytest.approx(expected_km, rel=2e-3, abs=0.3)

    @settings(max_examples=40)
    @given(polylines, polylines)
    def test_the_other_way_round_the_means_change_places(self, one: np.ndarray, other: np.ndarray) -> None:
        a, b = (read_off(*lines, step_km=1.0, within_km=5.0) for lines in ((one, other), (other, one)))
        assert (a.mean_to_km, a.mean_from_km, a.hausdorff_km) == (b.mean_from_km, b.mean_to_km, b.hausdorff_km)
        assert a.length_ratio * b.length_ratio == pytest.approx(1.0)
        assert 0 <= a.mean_km <= a.hausdorff_km * (1 + 1e-9)

    @settings(max_examples=20)
    @given(polylines)
    def test_a_line_lies_on_itself_and_on_its_reverse(self, line: np.ndarray) -> None:
        found = read_off(line, line[::-1], step_km=1.0, within_km=0.001)
        assert found.hausdorff_km < 1e-3
        assert found.within_share == 1.0

    def test_the_share_within_is_that_of_length(self) -> None:
        """A line of 100 km of which 60 km are laid 20 km aside."""
        near, far = straight(31.0, 43.0, 90.0, 40.0), straight(*straight(31.0, 43.0, 90.0, 40.0)[-1], 90.0, 60.0)
        laid = straight(31.0, 43.0, 90.0, 100.0)
        line = np.vstack([near, aside(far, 20.0)])
        found = read_off(laid, line, step_km=0.5, within_km=1.0)
        assert found.within_share == pytest.approx(0.41, abs=0.01)

    def test_over_the_antimeridian_nothing_changes(self) -> None:
        line = straight(31.0, 43.0, 80.0, 200.0)
        moved = line + np.array([148.0, 0.0])
        other = aside(moved, 7.0)
        wrapped = np.column_stack([np.mod(other[:, 0] + 180, 360) - 180, other[:, 1]])
        assert wrapped[:, 0].min() < -170
        assert read_off(moved, wrapped, step_km=1.0, within_km=5.0).mean_km == pytest.approx(7.0, rel=1e-3)


class TestFollowed:
    """The distance of lines that are followed from end to end."""

    @settings(max_examples=25)
    @given(polylines, polylines)
    def test_it_is_what_the_definition_gives(self, one: np.ndarray, other: np.ndarray) -> None:
        """Against the recursion of Eiter and Mannila on geodesics: GEOS gives more where a line turns back."""
        step_km = max(line_length_km(one), line_length_km(other)) / 30
        points = [even(line, step_km) for line in (one, other)]

        @cache
        def leash_m(i: int, j: int) -> float:
            steps = [(i - 1, j), (i, j - 1), (i - 1, j - 1)]
            before = [leash_m(*step) for step in steps if min(step) >= 0]
            return max(GEOD.inv(*points[0][i], *points[1][j])[2], min(before, default=0.0))

        found = frechet(one, other, samples=30)
        expected_m = leash_m(len(points[0]) - 1, len(points[1]) - 1)
        assert found.distance_km == pytest.approx(expected_m / 1000, rel=1e-4, abs=1e-6)
        # and it is the distance between the two places that it names
        ends = [positions_at_km(line, [kp]).lonlat[0] for line, kp in ((one, found.kp_km), (other, found.other_kp_km))]
        assert GEOD.inv(*ends[0], *ends[1])[2] == pytest.approx(expected_m, rel=1e-3, abs=1e-3)

    def test_who_waits_for_the_other_needs_no_longer_leash(self) -> None:
        """The one waits 0.5° north of where the other begins, until that has been a degree north of it."""
        one, other = [(31.0, 43.0), (31.0, 42.5), (32.0, 43.0)], [(31.0, 42.5), (31.0, 44.0), (31.0, 43.0)]
        assert frechet(one, other).distance_km == pytest.approx(GEOD.inv(31, 43, 31, 44)[2] / 1000, rel=1e-3)

    @settings(max_examples=25)
    @given(polylines, polylines)
    def test_it_is_symmetric_and_never_below_the_hausdorff_distance(self, one: np.ndarray, other: np.ndarray) -> None:
        there, back = (frechet(*lines, samples=200) for lines in ((one, other), (other, one)))
        assert there.distance_km == back.distance_km
        step_km = max(line_length_km(one), line_length_km(other)) / 200
        near = read_off(one, other, step_km=step_km, within_km=1.0)
        assert there.distance_km >= near.hausdorff_km * (1 - 1e-9)
        assert frechet(one, one, samples=200).distance_km == 0.0
        ends_km = GEOD.inv(*one[0], *one[-1])[2] / 1000
        assert frechet(one, one[::-1], samples=200).distance_km >= ends_km * (1 - 1e-5) - 1e-6

    def test_a_line_that_comes_near_itself_is_compared_turn_by_turn(self) -> None:
        """100 km along one lane, and back 3 km beside it; the other line turns back for 70 km first."""
        out, back = straight(31.0, 43.0, 90.0, 100.0), aside(straight(31.0, 43.0, 90.0, 100.0), 3.0)[::-1]
        one, other = np.vstack([out, back]), np.vstack([out, out[99:29:-1], out[31:], back])
        assert read_off(one, other, step_km=0.5, within_km=1.0).hausdorff_km < 0.1
        assert frechet(one, other).distance_km == pytest.approx(70.0 / 2, abs=0.5)


class TestLines:
    """Lines joined to cables."""

    def test_parts_are_joined_where_two_ends_meet_in_whatever_order_and_direction(self) -> None:
        whole = straight(30.5, 42.5, 60.0, 90.0)
        parts = [whole[60:][::-1], whole[:31], whole[30:61]]
        (cable,), refused = cables_of([drawn(*part, feature=i) for i, part in enumerate(parts)])
        assert not refused
        assert cable.features == (0, 1, 2)
        assert line_length_km(cable.lonlat) == pytest.approx(line_length_km(whole), rel=1e-9)
        assert read_off(whole, cable.lonlat, step_km=1.0, within_km=1.0).hausdorff_km < 1e-3

    def test_at_a_branching_unit_each_line_between_ends_is_a_cable(self) -> None:
        unit = (32.0, 43.0)
        cables, refused = cables_of([drawn((30, 43), unit), drawn(unit, (34, 43)), drawn(unit, (32, 45))])
        assert len(cables) == 3
        assert not refused
        assert [cable.label for cable in cables] == [f"a, line {n} of 3" for n in (1, 2, 3)]

    def test_at_a_landing_lines_are_not_joined(self) -> None:
        station = (32.0, 44.9)
        festoon = [drawn((30, 43), station), drawn(station, (34, 43))]
        cables, refused = cables_of(festoon, lambda lon, lat: lat > 44.5)
        assert [cable.lonlat.tolist() for cable in cables] == [[[30, 43], [*station]], [[32, 44.9], [34, 43]]]
        assert not refused
        assert len(cables_of(festoon)[0]) == 1

    def test_what_is_drawn_twice_counts_once_also_backwards_and_by_another(self) -> None:
        cables, refused = cables_of(
            [drawn((30, 43), (31, 44), (32, 43)), drawn((32, 43), (31, 44), (30, 43), cable="b", feature=1)]
        )
        assert len(cables) == 1
        assert "the same line as that of a (feature 0)" in str(refused[0])

    def test_a_line_cut_at_the_antimeridian_is_one(self) -> None:
        """As published, with a gap of a hundred metres."""
        (cable,), _ = cables_of([drawn((170, 10), (179.9992, 12)), drawn((-179.9998, 12), (-170, 14))])
        assert cable.lonlat[:, 0].tolist() == pytest.approx([170, 179.9992, 190])
        whole = np.array([(170, 10), (180, 12), (190, 14)])
        assert line_length_km(cable.lonlat) == pytest.approx(line_length_km(whole), abs=0.2)

    def test_longitudes_run_on_and_repeated_vertices_go(self) -> None:
        line = np.array([(179, 1), (179, 1), (-179, 2), (-178, 3)], float)
        assert unwrapped(line).tolist() == [[179, 1], [181, 2], [182, 3]]

    def test_a_ring_is_refused(self) -> None:
        cables, refused = cables_of([drawn((30, 43), (31, 44)), drawn((31, 44), (32, 43), (30, 43))])
        assert not cables
        assert "ends where it begins" in refused[0].reason

    @settings(max_examples=30)
    @given(st.lists(st.integers(1, 59), min_size=0, max_size=5, unique=True), st.randoms(use_true_random=False))
    def test_however_a_line_is_cut_up_it_comes_out_whole(self, cuts: list[int], random: Any) -> None:
        whole = straight(30.5, 42.5, 75.0, 60.0) + np.column_stack([np.zeros(61), 0.05 * np.sin(np.arange(61))])
        edges = [0, *sorted(cuts), 60]
        parts = [whole[a : b + 1] for a, b in pairwise(edges)]
        parts = [part[::-1] if random.random() < 0.5 else part for part in parts]
        random.shuffle(parts)
        (cable,), refused = cables_of([drawn(*part) for part in parts])
        assert not refused
        expected = whole if np.allclose(cable.lonlat[0], whole[0]) else whole[::-1]
        assert np.allclose(cable.lonlat, expected)


class TestSections:
    """Cables cut to the water."""

    def cut(self, *lonlat: tuple[float, float], water: Any = WATER, **rules: float) -> tuple[Any, Any]:
        (cable,), _ = cables_of([drawn(*lonlat)])
        return sections_of(cable, water, AREA, CutRules(**rules))

    def test_ends_are_on_the_shore_at_sea_and_at_the_edge_of_the_area(self) -> None:
        water = shapely.box(30.0, 42.0, 34.0, 44.5)
        (over_shore,), _ = self.cut((31.0, 43.0), (31.0, 44.8), water=water)
        assert (over_shore.start.kind, over_shore.end.kind) == ("sea", "shore")
        assert over_shore.end.place.lat == pytest.approx(44.5, abs=1e-5)
        (over_edge,), _ = self.cut((33.0, 43.0), (36.0, 43.0), water=water)
        assert (over_edge.start.kind, over_edge.end.kind) == ("sea", "edge")
        assert over_edge.end.place.lon == pytest.approx(34.0, abs=1e-5)

    def test_an_end_near_the_shore_is_led_to_it_within_the_limit(self) -> None:
        water = shapely.box(30.0, 42.0, 34.0, 44.5)
        end = (31.0, 44.47)
        _, _, away_m = GEOD.inv(*end, 31.0, 44.5)
        (led,), _ = self.cut((31.0, 43.0), end, water=water)
        assert led.end.kind == "shore"
        assert led.end.moved_km == pytest.approx(away_m / 1000, rel=1e-3)
        assert led.lonlat[-1].tolist() == [led.end.place.lon, led.end.place.lat]
        (left,), _ = self.cut((31.0, 43.0), end, water=water, snap_km=1.0)
        assert left.end.kind == "sea"

    def test_the_box_of_the_area_is_no_shore(self) -> None:
        (section,), _ = self.cut((31.0, 43.0), (33.98, 43.0))
        assert section.end.kind == "sea"

    def test_land_is_passed_over_up_to_the_limit_and_cuts_beyond(self) -> None:
        island = shapely.box(32.0, 42.5, 32.1, 43.5)
        (whole,), _ = self.cut((30.5, 43.0), (33.5, 43.0), water=WATER - island, bridge_km=10.0)
        assert whole.dry_km == pytest.approx(line_length_km([(32.0, 43.0), (32.1, 43.0)]), abs=1.0)
        two, refused = self.cut((30.5, 43.0), (33.5, 43.0), water=WATER - island, bridge_km=1.0)
        assert [item.label for item in two] == ["a, section 1", "a, section 2"]
        assert not refused
        assert (two[0].end.kind, two[1].start.kind) == ("shore", "shore")

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            (((10, 43), (12, 43)), "outside the area"),
            (((31, 43), (31.1, 43)), "shorter than 20 km"),
            (((31, 43), (32, 44), (33, 43), (31.05, 43)), "a loop"),
        ],
    )
    def test_what_cannot_be_compared_says_why(self, line: Any, why: str) -> None:
        sections, (refused,) = self.cut(*line)
        assert not sections
        assert why in refused.reason

    def test_a_line_on_land_says_so(self) -> None:
        _, (refused,) = self.cut((31.0, 44.6), (33.0, 44.8), water=shapely.box(30.0, 42.0, 34.0, 44.5))
        assert "no part of it lies in the water" in refused.reason

    def test_a_cable_over_the_antimeridian_reaches_an_area_on_either_side(self) -> None:
        (cable,), _ = cables_of([drawn((175.0, 10.0), (-175.0, 10.0))])
        for area, kinds in (
            ((170.0, 5.0, 180.0, 15.0), ("sea", "edge")),
            ((-180.0, 5.0, -170.0, 15.0), ("edge", "sea")),
        ):
            (section,), _ = sections_of(cable, shapely.box(*area), area, CutRules())
            assert (section.start.kind, section.end.kind) == kinds
            assert shapely.box(*area).buffer(1e-5).covers(shapely.LineString(section.lonlat))


class TestPreference:
    """The cost under a line beside that under its copies."""

    GRID = Grid.covering(30.0, 42.0, 34.0, 45.0, 1 / 30)
    LINE = straight(31.0, 43.5, 90.0, 150.0)
    OFFSETS = (*range(-50, 0, 5), *range(5, 55, 5))

    def test_on_a_flat_cost_there_is_no_preference(self) -> None:
        found = preference(self.GRID, np.full(self.GRID.shape, 2.5, np.float32), self.LINE, self.OFFSETS, 1.0)
        assert (found.cheaper, found.equal, found.copies) == (0, 20, 20)
        assert (found.percentile, found.p_value) == (0.5, 1.0)
        assert found.mean_cost == pytest.approx(2.5)

    def test_in_a_valley_it_is_the_cheapest_and_on_a_ridge_the_dearest(self) -> None:
        lat = self.GRID.lat_deg[:, None] + 0 * self.GRID.lon_deg
        valley = preference(self.GRID, 1 + np.abs(lat - 43.5), self.LINE, self.OFFSETS, 1.0)
        assert (valley.percentile, valley.p_value) == (0.0, pytest.approx(1 / 21))
        ridge = preference(self.GRID, 4 - np.abs(lat - 43.5), self.LINE, self.OFFSETS, 1.0)
        assert (ridge.percentile, ridge.p_value) == (1.0, 1.0)

    def test_on_a_slope_half_of_the_copies_are_cheaper(self) -> None:
        lat = self.GRID.lat_deg[:, None] + 0 * self.GRID.lon_deg
        found = preference(self.GRID, lat - 40, self.LINE, self.OFFSETS, 1.0)
        assert found.percentile == 0.5

    def test_a_copy_gains_nothing_by_running_over_land(self) -> None:
        """North of 43° the ground is dear; land hides that from the copies in the east, but not from the comparison."""
        lon, lat = np.meshgrid(self.GRID.lon_deg, self.GRID.lat_deg)
        cost = np.where(lat > 43.0, 3.0, 1.0)
        cost[(lat > 43.0) & (lon > 32.03)] = np.nan
        first, last = (GEOD.fwd(32.0, 43.0045, way_deg, away_m)[:2] for way_deg, away_m in ((180, 8e4), (0, 7e4)))
        found = preference(self.GRID, cost, np.array([first, last]), self.OFFSETS, 1.0)
        assert found.mean_cost == pytest.approx((80 + 71 * 3) / 151)
        assert (found.cheaper, found.equal, found.copies) == (0, 20, 20)

    def test_too_few_copies_are_insufficient_information(self) -> None:
        cost = np.full(self.GRID.shape, np.nan)
        cost[40:50] = 1.0
        found = preference(self.GRID, cost, self.LINE, self.OFFSETS, 1.0)
        assert found.copies < MIN_COPIES
        assert (found.percentile, found.p_value) == (None, None)

    def test_costs_are_those_of_the_cells(self) -> None:
        cost = np.arange(np.prod(self.GRID.shape), dtype=float).reshape(self.GRID.shape)
        rows, cols = np.array([0, 3, 89]), np.array([0, 77, 119])
        lon, lat = self.GRID.to_lonlat(rows + 0.49, cols - 0.49)
        assert costs_at(self.GRID, cost, np.column_stack([lon, lat])).tolist() == cost[rows, cols].tolist()
        assert np.isnan(costs_at(self.GRID, cost, np.array([[29.9, 43.0], [34.1, 43.0]]))).all()

    def test_aside_is_to_starboard_and_keeps_the_length(self) -> None:
        moved = aside(self.LINE, 10.0)  # eastward: starboard is south
        assert (moved[:, 1] < self.LINE[:, 1]).all()
        assert line_length_km(moved) == pytest.approx(line_length_km(self.LINE), rel=2e-3)


class TestStatistics:
    """Tests and medians."""

    def test_signs_and_p_values_are_those_of_the_binomial_and_of_the_ranks(self) -> None:
        found = contest([3.0, 1.0, 2.0, 4.0, 5.0, 6.0, -0.5, 0.0])
        assert (found.wins, found.losses, found.ties, found.count) == (6, 1, 1, 8)
        assert found.sign_p == pytest.approx(2 * (1 + 7) / 2**7)
        assert found.wilcoxon_p == pytest.approx(2 * 2 / 2**7)  # rank sum 1: of 2^7 signs those of {} and {1}

    def test_few_cables_decide_nothing(self) -> None:
        found = contest([1.0] * (MIN_UNITS - 1))
        assert (found.sign_p, found.wilcoxon_p) == (None, None)
        assert contest([]).median_difference is None


class TestFit:
    """Splits and the search."""

    NAMES = tuple("abcdefghij")

    @given(st.floats(0.01, 0.99), st.integers(0, 50), st.integers(2, 10))
    def test_a_split_divides_the_cables_and_is_the_same_for_a_seed(self, share: float, seed: int, count: int) -> None:
        names = self.NAMES[:count]
        split = hold_out(names, share, seed)
        assert sorted((*split.train, *split.held_out)) == list(names)
        assert split.train
        assert split.held_out
        assert split == hold_out(names[::-1], share, seed)

    @given(st.floats(0.05, 0.95), st.integers(0, 50), st.integers(2, 10))
    def test_folds_hold_each_cable_out_once(self, share: float, seed: int, count: int) -> None:
        found = folds(self.NAMES[:count], share, seed)
        assert sorted(name for split in found for name in split.held_out) == list(self.NAMES[:count])
        for split in found:
            assert sorted((*split.train, *split.held_out)) == list(self.NAMES[:count])
            assert split.train

    @pytest.mark.parametrize("seed", [0, 7])
    def test_the_search_comes_near_a_minimum_on_the_logarithms(self, seed: int) -> None:
        wanted = np.array([8.0, 0.1, 1.0])

        def objective(factors: np.ndarray) -> float:
            return float((np.log(factors / wanted) ** 2 * (1.0, 1.0, 0.0)).sum())

        found = search(objective, 3, evaluations=200, seed=seed)
        assert found.evaluations == 200
        assert np.abs(np.log(found.factors / wanted))[:2].max() < 0.4
        assert found.objective < found.start_objective
        again = search(objective, 3, evaluations=200, seed=seed)
        assert (again.factors == found.factors).all()

    def test_where_nothing_matters_the_start_stays_and_nothing_is_determined(self) -> None:
        found = search(lambda factors: 1.0, 2, evaluations=40, seed=1)
        assert found.factors.tolist() == [1.0, 1.0]
        assert (found.high / found.low > 100).all()
        assert (found.low >= 1 / REACH * (1 - 1e-12)).all()

    @pytest.mark.parametrize("evaluations", [2, 3, 4, 5, 9])
    def test_it_tries_as_often_as_it_may(self, evaluations: int) -> None:
        tried: list[float] = []
        search(lambda factors: tried.append(1.0) or 1.0, 2, evaluations=evaluations, seed=1)  # type: ignore[func-returns-value]
        assert len(tried) == evaluations


class TestFiles:
    """Files of publishers and of others."""

    LINES = (shapely.LineString([(31, 43), (32, 44)]), shapely.LineString([(32, 43, 5), (33, 44, 5)]))

    def read(self, tmp_path: Path, columns: dict[str, list[Any]], lines: Any = None, **wanted: Any) -> Any:
        path = tmp_path / "cables.geojson"
        path.write_text(
            gpd.GeoDataFrame(columns, geometry=list(lines or self.LINES), crs=4326).to_json(), encoding="utf-8"
        )
        return read_drawn(path, **wanted)

    def test_telegeography_groups_by_cable_and_names_its_licence(self, tmp_path: Path) -> None:
        found = self.read(
            tmp_path,
            {
                "id": ["x", "x"],
                "name": ["X", "X"],
                "color": ["#fff"] * 2,
                "feature_id": ["x-0", "x-1"],
                "coordinates": ["[31, 43]", "[32, 43]"],
            },
        )
        assert [line.cable for line in found.lines] == ["x", "x"]
        assert "CC BY-NC-SA" in found.notes[0]
        assert {line.status for line in found.lines} == {"ASSUMED"}

    @pytest.mark.parametrize(
        "columns",
        [
            {"kabel_nr": ["KB1", "KB2"], "naam": ["A", "B"], "eigenaar": ["X", "Y"]},
            {"uuid": ["1", "2"], "featureid": ["1", "2"], "name_": ["A", "B"], "featuretyp": ["Data Cables"] * 2},
            {"name": ["A", "B"], "inspireid": ["1", "2"], "inst_year": ["01/05/1995"] * 2, "status": ["1", "2"]},
            {"id": ["1", "2"], "pipe_name": ["A", "B"], "operator": ["X", "Y"], "fluid": ["FIBRE"] * 2},
            {"name": ["A", "B"], "operator": ["X", "Y"], "status": ["Active"] * 2, "medium": ["sea"] * 2},
        ],
    )
    def test_emodnet_is_recognised_by_the_columns_of_its_originators(self, tmp_path: Path, columns: Any) -> None:
        found = self.read(tmp_path, columns)
        assert [line.name for line in found.lines] == ["A", "B"]
        assert {line.status for line in found.lines} == {"REAL"}
        assert "EMODnet" in found.publisher

    def test_our_own_layer_keeps_status_and_accuracy(self, tmp_path: Path) -> None:
        records = [
            {
                "cable_id": f"c{i}",
                "name": "C",
                "kind": "telecom_cable",
                "state": "operating",
                "source": "s",
                "status": "REAL",
                "position_accuracy_m": 50.0,
                "geometry": shapely.force_2d(line),
            }
            for i, line in enumerate(self.LINES)
        ]
        from transcaspian.core.frames import frame

        path = tmp_path / "ours.geojson"
        write_geojson(path, CABLES, frame(CABLES, records))
        found = read_drawn(path)
        assert [(line.cable, line.status, line.accuracy_m) for line in found.lines] == [
            ("c0", "REAL", 50.0),
            ("c1", "REAL", 50.0),
        ]

    def test_a_file_without_names_takes_each_feature_for_a_cable(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, {"colour": ["red", "blue"]})
        assert [line.cable for line in found.lines] == ["feature 0", "feature 1"]
        assert found.lines[1].lonlat.shape == (2, 2)  # heights are dropped

    def test_a_route_position_list_is_one_cable(self) -> None:
        path = ROOT / "tests" / "golden" / "rpl_flat.csv"
        found = read_drawn(path, status="REAL")
        (line,) = found.lines
        assert (line.name, line.status) == ("Aktau to Sumqayit", "REAL")
        assert line_length_km(line.lonlat) == pytest.approx(read_rpl(path).positions[-1].route_km, abs=0.1)

    def test_the_status_given_holds_where_the_file_says_none(self, tmp_path: Path) -> None:
        assert {line.status for line in self.read(tmp_path, {"name": ["A", "B"]}).lines} == {"ASSUMED"}
        assert {line.status for line in self.read(tmp_path, {"name": ["A", "B"]}, status="REAL").lines} == {"REAL"}

    def test_a_column_that_is_named_is_taken(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, {"name": ["A", "B"], "system": ["S", "S"]}, name_column="system")
        assert [line.cable for line in found.lines] == ["S", "S"]

    @pytest.mark.parametrize(
        ("columns", "lines", "wanted", "says"),
        [
            ({"name": ["A"], "system": ["S"]}, LINES[:1], {}, "say which by --name"),
            ({"name": ["A"]}, LINES[:1], {"name_column": "owner"}, "no column `owner`"),
            ({"name": ["A"]}, [shapely.Point(31, 43)], {}, "no line among its 1 features"),
            ({"name": ["A"]}, [shapely.LineString([(31, 430), (32, 44)])], {}, "expected degrees"),
        ],
    )
    def test_what_cannot_be_read_is_one_sentence(
        self, tmp_path: Path, columns: Any, lines: Any, wanted: Any, says: str
    ) -> None:
        with pytest.raises(IngestError, match=says):
            self.read(tmp_path, columns, lines, **wanted)

    def test_an_empty_file_is_one_sentence(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.geojson"
        path.write_text('{"type": "FeatureCollection", "features": []}')
        with pytest.raises(IngestError, match="no features"):
            read_drawn(path)

    def test_names_lose_what_no_output_can_hold(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, {"name": ["A\x07 b\n|c", "\x00"]})
        assert [line.name for line in found.lines] == ["A b |c", "feature 1"]

    def test_a_line_of_one_vertex_is_told_and_leaves_the_others(self, tmp_path: Path) -> None:
        path = tmp_path / "one.geojson"
        features = [
            {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "LineString", "coordinates": line}}
            for name, line in (("bad", [[31, 43]]), ("good", [[31, 43], [32, 44]]))
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        found = read_drawn(path)
        assert [line.name for line in found.lines] == ["good"]
        assert [out.name for out in found.refused] == ["bad"]
