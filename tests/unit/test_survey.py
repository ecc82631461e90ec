"""The survey: lines that cover the corridor, areas and lengths by hand, and who reaches what."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import RAW, ROOT
from tests.unit.test_landing import route
from transcaspian.analyses.installation.readers import vessels_here
from transcaspian.analyses.installation.vessels import Vessel, vessels_of
from transcaspian.analyses.survey.config import CorridorBand, Sensor, Survey
from transcaspian.analyses.survey.findings import survey_findings
from transcaspian.analyses.survey.lines import blocks, plan_at, swath_m
from transcaspian.analyses.survey.reach import reach_at
from transcaspian.analyses.survey.stage import (
    Surveyed,
    figures_of,
    line_rows,
    section_rows,
    station_rows,
    survey_of,
    work_rows,
)
from transcaspian.core.errors import StudyError
from transcaspian.core.linear_reference import line_length_km
from transcaspian.engineering import EngineeredRoute
from transcaspian.engineering.strip import line_beside
from transcaspian.sources.datafile import DataFile
from transcaspian.study import Study, load_study

SILK_WAY = ROOT / "studies" / "digital_silk_way.toml"
VESSELS = vessels_of(vessels_here(DataFile("vessels", RAW / "vessels_caspian.csv", "vessels")))
CITED = {"source": "test", "status": "ASSUMED"}
BEND = np.array([(50.0, 42.0), (50.2, 42.0), (50.35, 42.15)])
"""Two legs with a turn of about 37 degrees."""


@cache
def study() -> Study:
    return load_study(SILK_WAY)


@cache
def rules() -> Survey:
    return study().required_table(Survey)


@cache
def base() -> EngineeredRoute:
    """133 km over a plane beach of 10 m per km from either shore: 667 m deep in its middle."""
    return route(10.0)


@cache
def surveyed() -> Surveyed:
    return survey_of("main", base(), rules(), VESSELS)


def band(width_m: float, *sensors: str) -> CorridorBand:
    return CorridorBand(from_m=0.0, to_m=2000.0, width_m=width_m, sensors=sensors, **CITED)


# -- lines


@settings(max_examples=200)
@given(
    depth_m=st.floats(0.0, 1500.0),
    width_m=st.floats(50.0, 2000.0),
    by_depth=st.floats(0.5, 8.0),
    overlap=st.floats(0.0, 80.0),
    fixed_m=st.floats(20.0, 800.0),
)
def test_swaths_cover_the_corridor_with_their_overlap_and_a_line_less_would_not(
    depth_m: float, width_m: float, by_depth: float, overlap: float, fixed_m: float
) -> None:
    sensors = {
        "hull": Sensor(id="hull", swath_depths=by_depth, min_swath_m=10.0, overlap_percent=overlap, **CITED),
        "towed": Sensor(id="towed", min_swath_m=fixed_m, max_swath_m=fixed_m, **CITED),
    }
    plan = plan_at(depth_m, band(width_m, "hull", "towed"), sensors)
    enough = []
    for sensor in sensors.values():
        seen_m = swath_m(sensor, depth_m)
        centres = plan.offsets_m
        assert centres[0] - plan.swath_m / 2 <= -width_m / 2 + 1e-6
        assert centres[-1] + plan.swath_m / 2 >= width_m / 2 - 1e-6
        apart_m = np.diff(centres).max(initial=0.0)
        if seen_m == plan.swath_m:
            assert apart_m <= seen_m * (1 - sensor.overlap_percent / 100) + 1e-6
        fewer = plan.lines - 1
        covered_m = seen_m + (fewer - 1) * seen_m * (1 - sensor.overlap_percent / 100) if fewer else 0.0
        enough.append(covered_m >= width_m - 1e-6)
    assert not all(enough), "with a line less some sensor would leave a gap"


def test_fewer_lines_are_needed_the_deeper_the_water() -> None:
    sensors = {sensor.id: sensor for sensor in rules().sensors}
    lines = [plan_at(depth_m, rules().corridor[0], sensors).lines for depth_m in (1, 5, 10, 20, 50, 100, 500, 900)]
    assert lines == sorted(lines, reverse=True)
    assert lines[0] == 25, "500 m by swaths of 25 m that overlap by a fifth: 1 + ceil(475 / 20)"
    assert plan_at(10.0, rules().corridor[0], sensors).lines == 1 + int(np.ceil((500 - 35) / 28))


@settings(max_examples=100)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=60), st.integers(1, 12))
def test_blocks_have_the_lines_that_each_sample_needs_and_are_not_too_short(needed: list[int], steps: int) -> None:
    lines = np.array(needed)
    found = list(blocks(lines, steps))
    assert found[0][0] == 0
    assert found[-1][1] == len(lines) - 1
    assert all(before[1] == after[0] for before, after in pairwise(found))
    assert all(last - first >= min(steps, len(lines) - 1) for first, last in found)


@settings(max_examples=40)
@given(st.floats(-900.0, 900.0), st.floats(0.0, 20.0), st.floats(0.5, 12.0))
def test_a_line_beside_keeps_its_distance_from_the_legs(off_m: float, from_km: float, length_km: float) -> None:
    line = line_beside(BEND, from_km, from_km + length_km, off_m)
    legs = [(BEND[0], BEND[1]), (BEND[1], BEND[2])]
    for lon, lat in line:
        away_m = [abs(across_m(leg, (lon, lat))) for leg in legs]
        assert min(abs(one - abs(off_m)) for one in away_m) < 0.5
    assert line_beside(BEND, from_km, from_km + length_km, 0.0)[0] == pytest.approx(
        line_beside(BEND, from_km, from_km + length_km, 1e-9)[0], abs=1e-9
    )


def across_m(leg: tuple[Any, Any], at: tuple[float, float]) -> float:
    """Distance from the geodesic through two places, by GeographicLib, on the sphere of their neighbourhood."""
    (lon_a, lat_a), (lon_b, lat_b) = leg
    to_b, to_at = (Geodesic.WGS84.Inverse(lat_a, lon_a, lat, lon) for lon, lat in ((lon_b, lat_b), at))
    angle = np.radians(to_at["azi1"] - to_b["azi1"])
    return float(to_at["s12"] * np.sin(angle))


# -- who reaches it


def vessel(name: str, from_m: float, to_m: float | None, access: str = "resident") -> Vessel:
    told: dict[str, Any] = {"name": name, "works": ("survey",), "draught_m": 0.5, "min_depth_m": from_m}
    told |= dict.fromkeys(("length_m", "beam_m", "cable_capacity_t", "max_hs_m", "dp"))
    told |= {"max_depth_m": to_m, "access": access, "port": "p", "source": "s", "status": "REAL", "row": 2}
    return Vessel(**told)


@pytest.mark.parametrize(
    ("depth_m", "name", "verdict"),
    [
        (1.0, None, "no vessel reaches it"),
        (3.0, "boat", "reached"),
        (30.0, "ship", "reached"),
        (300.0, "ship", "reached"),
        (300.1, "stranger", "reached"),
        (900.1, "unstated", "insufficient information"),
        (float("nan"), None, "insufficient information"),
    ],
)
def test_the_vessel_that_is_there_goes_first_and_a_reach_that_is_not_stated_is_not_known(
    depth_m: float, name: str | None, verdict: str
) -> None:
    fleet = (
        vessel("stranger", 10.0, 900.0, "canal"),
        vessel("boat", 2.0, 20.0),
        vessel("ship", 10.0, 300.0),
        vessel("unstated", 10.0, None, "canal"),
    )
    found = reach_at(depth_m, "survey", fleet, 2.0)
    assert (found.name, found.verdict) == (name, verdict)


def test_samples_deeper_than_any_vessel_reaches_are_a_finding_with_their_number_by_hand() -> None:
    found = surveyed()
    deep = [one for one in found.stations if one.surveyed == "samples" and (one.depth_m < 6.0 or one.depth_m > 300.0)]
    assert {one.reach.verdict for one in deep} == {"no vessel reaches it"}
    rest = [one for one in found.stations if one not in deep]
    assert {one.reach.verdict for one in rest if one.depth_m == one.depth_m} == {"reached"}
    (finding,) = [one for one in survey_findings(found, VESSELS, rules()) if one.kind == "samples out of reach"]
    assert finding.severity == "major"
    assert f"no vessel there reaches {len(deep)} of {len(found.stations)} stations, in " in finding.sentence
    assert "Mammad Suleymanov: 6 to 300 m" in finding.sentence
    assert finding.place is not None
    assert base().profile.depth_at([finding.place.kp_km])[0] == pytest.approx(max(one.depth_m for one in deep))


def test_lines_that_no_vessel_runs_and_depths_that_are_not_known_are_told_apart() -> None:
    near = tuple(replace(one, max_depth_m=100.0) for one in VESSELS)
    found = survey_of("main", base(), rules(), near)
    short = sum(block.length_km for block in found.blocks if block.reach.verdict == "no vessel reaches it")
    assert short == pytest.approx(133.4 - 20.0, abs=1.0)
    (finding,) = [one for one in survey_findings(found, near, rules()) if one.kind == "survey out of reach"]
    assert f"runs survey lines on {short:.1f} km, in 100" in finding.sentence
    depth_m = base().profile.depth_m.copy()
    depth_m[100:120] = np.nan
    unknown = survey_of("main", replace(base(), profile=replace(base().profile, depth_m=depth_m)), rules(), VESSELS)
    kinds = {one.kind for one in survey_findings(unknown, VESSELS, rules())}
    assert "survey not known" in kinds
    figures = figures_of(unknown, None)
    assert figures["lines_not_known_km"] == pytest.approx(20 * base().profile.step_km, abs=0.3)
    assert all(row["lines"] is None for row in section_rows(unknown) if row["min_depth_m"] is None)


# -- sums


def test_sections_follow_each_other_from_manhole_to_manhole_and_samples_keep_their_spacing() -> None:
    found = surveyed()
    assert found.blocks[0].from_km == 0.0
    assert found.blocks[-1].to_km == base().profile.length_km
    assert all(a.to_km == b.from_km for a, b in pairwise(found.blocks))
    for samples in rules().samples:
        kps = [one.kp_km for one in found.stations if one.samples == samples.id]
        assert np.diff(kps) == pytest.approx(samples.spacing_km)
        assert len(kps) == int(np.ceil((found.blocks[-1].from_km - found.blocks[0].to_km) / samples.spacing_km))


def test_layers_agree_with_each_other_and_with_geographiclib() -> None:
    found = surveyed()
    sections, lines, work = (
        list(section_rows(found)),
        list(line_rows(found)),
        list(work_rows(found, rules(), "ASSUMED")),
    )
    for row in sections:
        own = [line["length_km"] for line in lines if line["survey_section_id"] == row["survey_section_id"]]
        if row["surveyed"] == "lines":
            assert row["lines"] == len(own)
            assert row["line_km"] == pytest.approx(sum(own))
            assert row["area_km2"] == pytest.approx(row["length_km"] * row["width_m"] / 1000.0, rel=2e-3)
    assert sum(row["line_km"] or 0.0 for row in sections) == pytest.approx(
        sum(row["line_km"] for row in work if row["line_km"] == row["line_km"] and row["line_km"])
    )
    longest = max(lines, key=lambda line: line["length_km"])
    xy = shapely.get_coordinates(longest["geometry"])
    by_hand_km = sum(Geodesic.WGS84.Inverse(a[1], a[0], b[1], b[0])["s12"] for a, b in pairwise(xy.tolist())) / 1000
    assert longest["length_km"] == pytest.approx(by_hand_km, abs=1e-6)
    assert len(list(station_rows(found))) == len(found.stations)


def test_days_are_line_kilometres_over_speed_with_turns_and_weather_by_hand() -> None:
    found, asked = surveyed(), rules()
    hours = {"low": 0.0, "base": 0.0, "high": 0.0}
    for block in found.blocks:
        for line in block.lines:
            for end, kn in zip(hours, (asked.speed_kn.high, asked.speed_kn.base, asked.speed_kn.low), strict=True):
                hours[end] += line_length_km(line) / (1.852 * kn) + asked.turn_h
    rows = [row for row in work_rows(found, asked, "ASSUMED") if row["surveyed"] == "lines"]
    for end, lost in (("low", 15.0), ("base", 25.0), ("high", 40.0)):
        days = sum(row[f"days_{end}"] for row in rows)
        assert days == pytest.approx(hours[end] / asked.hours_per_day / (1 - lost / 100))
    figures = figures_of(found, study().prices)
    assert figures["cost_base_usd"] == pytest.approx(base().profile.length_km * 2500.0, abs=0.01)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("speed_kn", {"low": 0.0, "base": 4.0, "high": 5.0}, "greater than 0"),
        ("hours_per_day", 25.0, "less than or equal to 24"),
        ("corridor", [], "survey.corridor"),
        ("sensors", [{"id": "a", **CITED}], "give swath_depths"),
        (
            "sensors",
            [{"id": "multibeam", "swath_depths": 3.0, "min_swath_m": 5.0, "max_swath_m": 2.0, **CITED}],
            "min_swath_m 5 is more than max_swath_m 2",
        ),
        ("weather_percent", {"low": 1.0, "base": 2.0, "high": 100.0}, "less than 100"),
    ],
)
def test_what_cannot_be_is_one_sentence(key: str, value: Any, said: str) -> None:
    with pytest.raises(StudyError) as found:
        load_study(SILK_WAY, {f"survey.{key}": value})
    assert said in str(found.value)


def test_bands_leave_no_water_out_and_name_sensors_that_there_are() -> None:
    first = rules().corridor[0].model_dump(mode="json")
    for bands, said in (
        (
            [first | {"to_m": 500.0}],
            "survey.corridor reaches from 0 to 500 m, and the water of the study from 0 to 1025",
        ),
        ([first | {"to_m": 2000.0, "sensors": ["sonar"]}], "names the sensor `sonar`: survey.sensors has multibeam"),
        (
            [first | {"to_m": 100.0}, first | {"from_m": 200.0, "to_m": 2000.0}],
            "a band ends at 100.0 and the next begins",
        ),
    ):
        with pytest.raises(StudyError) as found:
            load_study(SILK_WAY, {"survey.corridor": bands})
        assert said in str(found.value)
