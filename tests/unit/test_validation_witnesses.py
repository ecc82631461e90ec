"""What a validation may say: independent units, strata, controls that are alike; on cables whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from transcaspian.analyses.validation.compute import copies_of
from transcaspian.analyses.validation.follow import Distances, group_of, is_in_water, middle_of
from transcaspian.analyses.validation.lines import Cable
from transcaspian.analyses.validation.outcome import ComparedSection, Control, MeasuredLine, Stratum, summarise
from transcaspian.analyses.validation.preference import Preference, bowed, preference
from transcaspian.analyses.validation.sections import CableSection, SectionEnd
from transcaspian.analyses.validation.summary import MIN_UNITS, by_unit, nearer
from transcaspian.analyses.validation.units import units_of
from transcaspian.core.grid import GEOD, Grid
from transcaspian.core.line_distance import apart_km, read_off
from transcaspian.routing import ShoreLanding

Floats = NDArray[np.float64]
STEP_KM = 5.0


def chord(lon: float, lat: float, bearing_deg: float, length_km: float, count: int = 31) -> Floats:
    """Points on a geodesic."""
    away_m = np.linspace(0.0, 1000.0 * length_km, count)
    lons, lats, _ = GEOD.fwd(np.full(count, lon), np.full(count, lat), np.full(count, bearing_deg), away_m)
    return np.column_stack([lons, lats])


def bent(line: Floats, *heights_km: float) -> Floats:
    """A chord bent to starboard by sines of one, two, ... half waves; its ends stay."""
    share = np.linspace(0.0, 1.0, len(line))
    off_km = sum(high * np.sin(np.pi * (n + 1) * share) for n, high in enumerate(heights_km))
    bearing_deg = GEOD.inv(*line[0], *line[-1])[0]
    lon, lat, _ = GEOD.fwd(*line.T, np.full(len(line), bearing_deg + 90.0), 1000.0 * np.asarray(off_km))
    return np.column_stack([lon, lat])


def section(lonlat: Floats, system: str) -> CableSection:
    ends = [SectionEnd("shore", ShoreLanding(float(lon), float(lat), 0.0, system)) for lon, lat in lonlat[[0, -1]]]
    return CableSection(Cable(system, system, (0,), lonlat, 5.0, "REAL", None), system, lonlat, *ends, 0.0)


def compared(laid: Floats, routed: Floats, system: str, unit: str = "", *, in_water: bool = True) -> ComparedSection:
    def measured(line: Floats, other: Floats = laid) -> MeasuredLine:
        return MeasuredLine(line, read_off(other, line, step_km=STEP_KM, within_km=5.0))

    _, _, (side, offset_km, image) = copies_of(laid, 10.0)
    mirror = Control(side, offset_km, image, measured(routed, image).reading, 0.0)
    circle = measured(laid[[0, -1]])
    return ComparedSection(
        section(laid, system), unit or system, in_water, 150.0, measured(routed), circle, circle, (mirror,),
        Preference(1.0, 1.0, 0, 0, 0, 0), False, 0.0,
    )  # fmt: skip


def sea(seed: int, count: int, knows: float) -> Stratum:
    """Cables that bend at random; the routed line bends as they do, for the share ``knows``, and else by itself."""
    rng = np.random.default_rng(seed)
    items = []
    for number in range(count):
        line = chord(rng.uniform(30, 31), rng.uniform(42, 44), rng.uniform(60, 120), 150.0)
        laid, own = rng.normal(0.0, (12.0, 6.0)), rng.normal(0.0, (12.0, 6.0))
        items.append(compared(bent(line, *laid), bent(line, *(knows * laid + (1 - knows) * own)), f"c{number}"))
    (found,) = summarise(items)
    return found


def test_cables_that_follow_the_hidden_cost_are_found() -> None:
    for seed in range(5):
        found = sea(seed, 14, knows=0.9)
        assert found.verdict == "a gain over the great circle, the shortest way and the mirror image"
        assert found.beats_mirror.ratio is not None
        assert found.beats_mirror.ratio.high < -0.3
        assert found.beats_great_circle.wins >= 12


def test_random_cables_show_no_gain_and_the_mirror_image_is_beaten_as_often_as_its_level_says() -> None:
    seeds = 80
    found = [sea(1000 + seed, 12, knows=0.0) for seed in range(seeds)]
    assert {item.verdict for item in found} == {"no gain over the great circle is shown"}
    p = np.array([item.beats_mirror.sign_p for item in found], float)
    assert (p < 0.05).sum() <= stats.binom.ppf(0.999, seeds, 0.05)
    wins = sum(item.beats_mirror.wins for item in found)
    assert stats.binomtest(wins, 12 * seeds, 0.5).pvalue > 0.001
    covered = [
        item.beats_mirror.ratio.low <= 0.0 <= item.beats_mirror.ratio.high for item in found if item.beats_mirror.ratio
    ]
    assert sum(covered) >= stats.binom.ppf(0.001, seeds, 0.88)  # of 12 units a bootstrap is a little too sure


# independent witnesses


def test_six_cables_of_one_corridor_are_one_unit() -> None:
    line = chord(30.5, 43.0, 80.0, 150.0)
    corridor = [section(bent(line, 8.0 + 0.5 * n), f"wind farm {n}") for n in range(6)]
    crossing = section(chord(31.3, 42.5, 0.0, 120.0), "crossing")
    far = section(bent(line, -30.0), "far")
    units = units_of([*corridor, crossing, far], 5.0)
    assert units == ("wind farm 0",) * 6 + ("crossing", "far")
    items = [compared(one.lonlat, bent(line, 8.0), one.label, unit) for one, unit in zip(corridor, units, strict=False)]
    (alone,) = summarise([replace(item, unit=item.section.label) for item in items])
    (together,) = summarise(items)
    assert alone.beats_great_circle.sign_p is not None
    assert alone.beats_great_circle.sign_p < 0.05, "the trap: one decision counted six times"
    assert (together.units, together.systems, together.beats_great_circle.sign_p) == (1, 6, None)
    assert together.verdict == "insufficient information: at least 6 independent cables are needed"


def test_lines_of_one_system_and_chains_of_neighbours_are_one_unit_in_any_order() -> None:
    line = chord(30.5, 43.0, 80.0, 150.0)
    chain = [section(bent(line, 4.0 * n), f"c{n}") for n in range(4)]
    branch = section(chord(31.0, 44.0, 10.0, 60.0), "c3")
    assert units_of([*chain, branch], 5.0) == ("c0",) * 5
    assert units_of([branch, *chain[::-1]], 5.0) == ("c3",) * 5
    assert units_of([chain[0], chain[3]], 5.0) == ("c0", "c3")
    assert units_of([], 5.0) == ()


def test_a_unit_has_one_value_by_length() -> None:
    assert by_unit(["a", "b", "a"], [1.0, 5.0, 4.0], [30.0, 7.0, 10.0]) == {"a": 1.75, "b": 5.0}
    assert by_unit(["a", "b", "a"], [1.0, np.nan, np.nan], [30.0, 7.0, 10.0]) == {"a": 1.0}


# paired values


def test_a_ratio_of_medians_says_what_no_pair_does() -> None:
    """Three short cables beside three long ones: the medians fall by 11 %, and no cable is nearer by any."""
    other = np.array([4.0, 4.5, 5.0, 10.0, 10.5, 11.0, 12.0])
    line = other * np.array([1.03, 1.02, 1.02, 0.89, 1.01, 1.02, 1.03])
    assert np.median(line) / np.median(other) == pytest.approx(0.89)
    found = nearer(line, other)
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(0.02)
    assert (found.wins, found.losses) == (1, 6)
    assert not found.is_shown


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(0.1, 50), st.floats(0.1, 50)), min_size=MIN_UNITS, max_size=15))
def test_who_is_nearer_is_farther_the_other_way_round(pairs: list[tuple[float, float]]) -> None:
    one, other = np.array(pairs).T
    there, back = nearer(one, other), nearer(other, one)
    assert (there.wins, there.losses, there.sign_p) == (back.losses, back.wins, back.sign_p)
    assert not (there.is_shown and back.is_shown)
    if there.ratio is not None and back.ratio is not None:
        assert there.ratio.low - 1e-9 <= there.ratio.value <= there.ratio.high + 1e-9
        assert (1 + there.ratio.value) * (1 + back.ratio.value) == pytest.approx(1.0, rel=1e-9)


def test_few_units_decide_nothing_and_what_is_not_known_is_left_out() -> None:
    few = nearer([1.0] * 5, [2.0] * 5)
    assert (few.sign_p, few.ratio, few.is_shown) == (None, None, False)
    assert nearer([1.0, 1.0, np.nan], [2.0, np.nan, 2.0]).count == 1
    assert nearer([0.0] * 8, [0.0] * 8).ties == 8  # on the cable, both
    assert nearer([], []).count == 0


# strata


def test_land_that_is_gone_round_is_no_gain_where_the_circle_stays_in_water() -> None:
    """The shortest way is all that beats the circle over land: pooled it would be sold as a gain of the router."""
    rng = np.random.default_rng(3)
    items = []
    for number in range(24):
        line = chord(rng.uniform(30, 31), rng.uniform(42, 44), 90.0, 150.0)
        is_wet = number % 2 == 0
        laid = bent(line, *(rng.normal(0.0, (2.0, 2.0)) if is_wet else (40.0, rng.normal(0.0, 2.0))))
        routed = bent(line, *(rng.normal(0.0, (2.0, 2.0)) if is_wet else (35.0, 0.0)))
        item = compared(laid, routed, f"c{number}", in_water=is_wet)
        items.append(item if is_wet else replace(item, shortest=item.routed))
    wet, dry = summarise(items)
    assert (wet.in_water, wet.units, dry.in_water, dry.units) == (True, 12, False, 12)
    assert wet.verdict == "no gain over the great circle is shown"
    assert dry.beats_great_circle.is_shown
    assert dry.verdict.endswith("it avoids land")


def test_a_circle_is_in_water_where_no_land_lies_far_from_its_ends() -> None:
    water = shapely.box(30, 42, 34, 45) - shapely.box(31.9, 42.9, 32.1, 43.1)
    assert not is_in_water(chord(31.0, 43.0, 90.0, 160.0, 161), water)
    assert is_in_water(chord(31.0, 44.0, 90.0, 160.0, 161), water)
    assert is_in_water(chord(32.0, 43.0, 90.0, 100.0, 101), water - shapely.box(33.15, 42.9, 33.3, 43.1))


# controls


@given(st.floats(-20, 20).filter(lambda value: abs(value) > 0.5), st.floats(5, 60))
def test_a_copy_leaves_its_landings_by_the_same_approaches(offset_km: float, end_km: float) -> None:
    line = bent(chord(30.5, 43.0, 80.0, 200.0, 201), 10.0)
    copy = bowed(line, offset_km, end_km)
    assert copy[[0, -1]].tolist() == line[[0, -1]].tolist()
    away_km = np.asarray(GEOD.inv(*line.T, *copy.T)[2]) / 1000
    assert away_km.max() == pytest.approx(abs(offset_km), rel=0.01)
    inside = slice(int(end_km) + 2, 199 - int(end_km))
    assert np.abs(away_km[inside] - abs(offset_km)).max() < 0.01 * abs(offset_km) + 1e-6
    assert (np.diff(away_km[: int(end_km)]) > 0).all()


def test_the_mirror_image_has_the_same_ends_shape_and_distance_from_the_circle() -> None:
    laid = bent(chord(30.5, 43.0, 80.0, 150.0), 12.0, -4.0)
    port, starboard, mirror = copies_of(laid, 10.0)
    assert [copy[0] for copy in (port, starboard, mirror)] == ["port", "starboard", "mirror"]
    circle = chord(30.5, 43.0, 80.0, 150.0, 301)
    for own, image in ((laid, mirror[2]),):
        assert np.abs(image[[0, -1]] - own[[0, -1]]).max() < 1e-9
        away = [float(np.mean(apart_km(line, circle))) for line in (own, image)]
        assert away[0] == pytest.approx(away[1], rel=0.05)  # mirrored on the sphere
    assert float(np.mean(apart_km(mirror[2][5:-5], laid))) > 5.0
    for _, offset_km, copy in (port, starboard):
        assert offset_km is not None
        assert np.abs(copy[[0, -1]] - laid[[0, -1]]).max() < 1e-9


def test_a_mirror_image_on_land_is_no_control() -> None:
    laid = bent(chord(30.5, 43.0, 80.0, 150.0), 12.0)
    item = compared(laid, laid, "c")
    assert item.mirror_km > 5.0
    on_land = replace(item, controls=(replace(item.controls[0], off_water_share=0.4),))
    assert np.isnan(on_land.mirror_km)
    (stratum,) = summarise([on_land])
    assert (stratum.beats_mirror.count, stratum.medians["mirror_mean_km"]) == (0, None)


def test_free_approaches_make_no_ground_cheap() -> None:
    """Around both landings nothing is charged; a cable across an even sea prefers no ground, however wide that is."""
    grid = Grid.covering(30.0, 42.0, 34.0, 45.0, 1 / 30)
    lon, lat = np.meshgrid(grid.lon_deg, grid.lat_deg)
    line = chord(30.7, 43.5, 90.0, 200.0, 201)
    cost = np.full(grid.shape, 3.0)
    for end in line[[0, -1]]:
        cost[np.hypot((lon - end[0]) * np.cos(np.radians(43.5)), lat - end[1]) * 111.2 < 30.0] = 1.0
    offsets = [*range(-50, 0, 5), *range(5, 55, 5)]
    assert preference(grid, cost, line, offsets, 1.0).cheaper == 0, "the trap"
    middle = middle_of(line, 35.0)
    assert preference(grid, cost, middle, offsets, 1.0).percentile == 0.5
    assert len(middle_of(line, 500.0)) == pytest.approx(0.2 * len(line), abs=2)


# following


def test_twins_flatter_and_are_told_apart() -> None:
    rng = np.random.default_rng(1)
    found = []
    for number in range(120):
        circle = rng.uniform(5, 15)
        shared = {"circle": circle, "shortest": circle}
        found.append(
            Distances(
                f"c{number}", 100.0, True,
                shared | {"rule": 0.4 * circle, "mirrored": circle},
                shared | {"rule": 1.2 * circle * rng.uniform(0.9, 1.1), "mirrored": circle},
            )
        )  # fmt: skip
    assert group_of(found, True, True).verdict == "a gain"
    assert group_of(found, True, False).verdict.startswith("no gain shown")
    copies = [replace(item, unit=f"u{number % 6}") for number, item in enumerate(found)]
    assert "6 independent cables, at least 100 are needed" in group_of(copies, True, True).verdict
