"""Soil, tools, threats and targets along a route that we drew, and what a table refuses."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from shapely import LineString, box

from tests.conftest import STUDY
from transcaspian.analyses.burial.checks import check_maps
from transcaspian.analyses.burial.config import Burial
from transcaspian.analyses.burial.findings import route_findings
from transcaspian.analyses.burial.known import Known
from transcaspian.analyses.burial.layers import BURIED, NO_TOOL, NOT_NEEDED, SHALLOW
from transcaspian.analyses.burial.read_files import read_density, read_logs, read_tracks
from transcaspian.analyses.burial.route import Assessed, assess
from transcaspian.analyses.burial.soil import CONTRADICTS, NOTHING, soil_at
from transcaspian.analyses.burial.stage import assess_routes
from transcaspian.analyses.burial.steering import Cells, unburiable_friction
from transcaspian.analyses.burial.strikes import Anchors
from transcaspian.analyses.burial.threats import threats_at
from transcaspian.analyses.burial.tools import Ground, bend_radius_m, fitness
from transcaspian.analyses.burial.traffic import ships_of
from transcaspian.core.constraint_data import ConstraintFeatures, ConstraintRaster
from transcaspian.core.errors import IngestError, StudyError
from transcaspian.core.grid import Grid
from transcaspian.core.linear_reference import line_length_km
from transcaspian.engineering.cable import RuleSection
from transcaspian.engineering.profile import seabed_profile
from transcaspian.sources.datafile import DataFile
from transcaspian.sources.resolve import key_of
from transcaspian.study import load_study

SAID = {"source": "test", "status": "ASSUMED"}
ROUTE = np.array([(50.0, 41.0), (50.5, 41.1), (51.0, 41.0)])
SAND = {"id": "sand", "names": ["Sand", "4"], "holding": 7.0, "penetration_flukes": 1.0, **SAID}
CLAY = {"id": "clay", "names": ["Mud"], "holding": 3.0, "penetration_flukes": 3.0, "strength_kpa": [0.0, 40.0], **SAID}
STIFF = {"id": "stiff", "holding": 9.0, "penetration_flukes": 0.7, "strength_kpa": [80.0, 300.0], **SAID}
PLOUGH = {
    "id": "plough",
    "name": "plough",
    "method": "plough",
    "soils": ["sand", "clay"],
    "max_burial_m": {"value": 1.5, "source": "BERR 2008", "status": "REAL"},
    "km_per_day": 4.8,
    "min_depth_m": 15.0,
    "crossing_m": 500.0,
    **SAID,
}
JET = {
    "id": "jet",
    "name": "jet",
    "method": "jetting",
    "soils": ["sand", "clay", "stiff"],
    **SAID,
    "max_burial_m": {"sand": 1.0, "clay": 2.0, "stiff": 0.5},
    "km_per_day": 2.0,
    "max_strength_kpa": 100.0,
}
FISHING = {"id": "trawls", "cause": "fishing", "depth_m": 0.3, **SAID}
LANE = {
    "id": "lane",
    "waypoints": [{"lon_deg": 50.7, "lat_deg": 40.5}, {"lon_deg": 50.7, "lat_deg": 41.5}],
    "ships_per_year": {"ship": 1e4},
    "speed_kn": 10.0,
    "spread_m": 500.0,
    **SAID,
}
SHIP = {"id": "ship", "displacement_t": 7e3, "drop_speed_kn": 4.0, "anchor_kg": 1000.0, "chain_m": 440.0, **SAID}


def table(**tables: Any) -> Burial:
    """A table ``[burial]``."""
    head = {"return_period_years": 1e4, "factor_of_safety": 1.2, "section_km": 5.0, **SAID}
    usual = {"soils": [SAND, CLAY, STIFF], "tools": [PLOUGH, JET], "ships": [SHIP]}
    return Burial.model_validate_json(json.dumps({**head, **usual, **tables}))


def soil_map(*areas: tuple[str, Any]) -> ConstraintFeatures:
    """A map of areas with classes."""
    names, shapes = zip(*areas, strict=True)
    layer = gpd.GeoDataFrame({"text": names}, geometry=list(shapes), crs=4326)
    return ConstraintFeatures(layer, layer.iloc[:0], len(areas), ())


MAP = soil_map(
    ("Sand", box(49.9, 40.0, 50.5, 42.0)), ("mud ", box(50.4, 40.0, 50.9, 42.0)), ("Gravel", box(50.92, 40, 51.1, 42))
)
MAPPED = {"soil_maps": [{"id": "map", "constraint": "bottom", "confidence": 0.5, **SAID}]}


def drawn_route(depth_m: float = 30.0, crossings: tuple[float, ...] = ()) -> Any:
    """The route on an even seabed, planned to 1 m by plough."""
    profile = seabed_profile_of(depth_m)
    plan = RuleSection(0.0, profile.length_km, SimpleNamespace(method="plough", target_m=1.0))
    slack = RuleSection(0.0, profile.length_km, SimpleNamespace(slack_percent=2.0))
    return SimpleNamespace(
        profile=profile,
        course=SimpleNamespace(lonlat=ROUTE),
        crossings=tuple((SimpleNamespace(kp_km=at_km), 0.0) for at_km in crossings),
        cable=SimpleNamespace(burial=(plan,), slack=(slack,)),
    )


def assessed(
    depth_m: float = 30.0, constraints: Any = None, crossings: tuple[float, ...] = (), **tables: Any
) -> Assessed:
    """The route assessed."""
    rules = table(**tables)
    known = Known(rules, constraints or {"bottom": MAP}, {}, ships_of(rules, {}), Anchors.of(rules), None)
    return assess("main", drawn_route(depth_m, crossings), known)


def seabed_profile_of(depth_m: float) -> Any:
    """An even seabed under the route."""
    grid = Grid.covering(49.5, 40.5, 51.5, 41.5, step_deg=0.05)
    return seabed_profile(grid, np.full(grid.shape, depth_m, np.float32), ROUTE, 0.05, 0.25)


def verdicts(found: Assessed) -> set[str]:
    """Of its sections."""
    return {section.verdict for section in found.sections}


def test_sections_make_up_the_route_whatever_divides_it() -> None:
    for section_km in (0.3, 5.0, 100.0):
        found = assessed(**MAPPED, threats=[FISHING], lanes=[LANE], section_km=section_km, crossings=(20.0,))
        lengths = [section.length_km for section in found.sections]
        assert sum(lengths) == pytest.approx(line_length_km(ROUTE), abs=1e-3)
        assert sum(section.cable_km for section in found.sections) == pytest.approx(1.02 * sum(lengths), abs=1e-3)
        assert max(lengths) <= section_km + 1e-9
        ends = [(section.from_km, section.to_km) for section in found.sections]
        assert all(a[1] == b[0] for a, b in pairwise(ends))
    assert sum(section.struck.strikes_per_year for section in found.sections if section.soil.soil) > 0


def test_soil_of_overlaps_gaps_and_unnamed_classes_is_not_known() -> None:
    rules, lon = table(**MAPPED), np.array([50.1, 50.45, 50.7, 50.91, 51.0, 52.0])
    found = soil_at(rules, {"bottom": MAP}, {}, lon, np.full(6, 41.0))
    assert found.soil.tolist() == [0, CONTRADICTS, 1, NOTHING, NOTHING, NOTHING]
    assert found.known.tolist() == [0, -1, 1, -1, -1, -1]
    (torn,) = [one for one in route_findings(rules, assessed(**MAPPED)) if one.kind == "soil contradicts itself"]
    assert "8.7 km" in torn.sentence  # a fifth of the first leg


def test_of_maps_and_logs_the_surest_counts() -> None:
    raster = ConstraintRaster(
        np.array([[4.0, np.nan], [4.0, 7.0]], np.float32), np.array([50.0, 51.0]), np.array([41.5, 40.5])
    )
    maps = [
        {"id": "map", "constraint": "bottom", "confidence": 0.3, **SAID},
        {"id": "folk", "constraint": "folk", "confidence": 0.5, **SAID},
    ]
    data = {"path": "x.csv", "citation": "test"}
    logs = [{"id": "logs", "data": data, "within_km": 5.0, "confidence": 0.9, **SAID}]
    read = {
        "log": ["a", "a", "b"],
        "soil": ["", "Sand", ""],
        "lon_deg": np.array([50.7, 50.7, 50.2]),
        "lat_deg": np.full(3, 41.0),
        "from_m": np.array([0.0, 1.5, 0.0]),
        "to_m": np.array([1.5, 9.0, 4.0]),
        "strength_kpa": np.array([20.0, 500.0, 150.0]),
    }
    lon = np.array([50.0, 50.2, 50.7, 50.85])
    rules = table(soil_maps=maps, soil_logs=logs)
    found = soil_at(rules, {"bottom": MAP, "folk": raster}, {"logs": read}, lon, np.full(4, 41.0))
    assert found.soil.tolist() == [0, 2, 1, 1], "Folk 4; a log of 150 kPa; a log of 20 kPa over sand; the map"
    assert found.source.tolist() == [1, 2, 2, 0]
    assert found.strength_kpa.tolist()[1:3] == [150.0, 500.0], "the strongest of the uppermost 2 m is to be cut"
    assert np.isnan(found.strength_kpa[[0, 3]]).all()


def test_each_limit_of_a_tool_excludes_it_and_says_so() -> None:
    figure = {"value": 5.0, "source": "maker", "status": "REAL"}
    limits = {"max_slope_deg": figure, "max_depth_m": 1000.0, "min_turning_radius_m": 60.0, "min_strength_kpa": 5.0}
    (fit,) = fitness(table(tools=[{**PLOUGH, **limits, "max_strength_kpa": 50.0}]), ground(12))
    told = {int(np.flatnonzero(holds)[0]): reason for reason, holds in zip(fit.reasons, fit.excluded, strict=True)}
    assert told == {
        1: "water shallower than 15 m (ASSUMED)",
        2: "water deeper than 1000 m (ASSUMED)",
        3: "slope over 5 ° (REAL)",
        4: "soil is none of sand, clay (ASSUMED)",
        5: "shear strength over 50 kPa (ASSUMED)",
        6: "bend tighter than a radius of 60 m (ASSUMED)",
        7: "crossing within 500 m (ASSUMED)",
        11: "shear strength under 5 kPa (ASSUMED)",
    }
    assert fit.works.tolist() == [True] + [False] * 11
    assert np.flatnonzero(fit.may_work).tolist() == [8, 9, 10], "depth, slope or soil is not known"


def ground(count: int) -> Ground:
    """Sand in 30 m of water, and at each place one thing that is otherwise."""
    depth, slope, soil = np.full(count, 30.0), np.zeros(count), np.zeros(count, int)
    strength, radius, crossing = np.full(count, 20.0), np.full(count, np.inf), np.full(count, 9.0)
    depth[1], depth[2], slope[3], soil[4], strength[5], radius[6], crossing[7] = 10, 2000, 6, 2, 60, 50, 0.4
    depth[8], slope[9], soil[10], strength[11] = np.nan, np.nan, -1, 2.0
    return Ground(depth, slope, soil, strength, radius, crossing)


def test_a_range_of_strength_that_spans_a_limit_is_not_known() -> None:
    rules = table(tools=[{**JET, "max_burial_m": 1.0}])
    soil = np.array([0, 1, 2, -1])
    even = np.full(4, np.nan), np.full(4, np.inf), np.full(4, np.inf)
    (fit,) = fitness(rules, Ground(np.full(4, 30.0), np.zeros(4), soil, *even))
    assert fit.works.tolist() == [True, True, False, False], "sand has no undrained strength; clay is 0 to 40 kPa"
    assert fit.may_work.tolist() == [False, False, True, True], "stiff is 80 to 300 kPa: over 100 or not"


def test_a_bend_leaves_room_for_the_curve_of_its_legs() -> None:
    legs = np.array([(50.0, 41.0), (50.0, 41.009), (50.02, 41.009)])  # 1.0 and 1.7 km, a right angle
    kp_km = np.linspace(0.0, line_length_km(legs), 200)
    radius_m = bend_radius_m(legs, kp_km, [300.0])
    assert np.isinf(radius_m[np.abs(kp_km - 1.0) > 0.31]).all()
    assert radius_m[np.abs(kp_km - 1.0) < 0.29] == pytest.approx(500.0, rel=0.02)
    assert np.isinf(bend_radius_m(legs, kp_km, [])).all()


def test_a_target_deeper_than_any_tool_is_a_finding() -> None:
    found = assessed(
        **MAPPED, threats=[{**FISHING, "depth_m": 1.8}], constraints={"bottom": soil_map(("Sand", box(49, 40, 52, 42)))}
    )
    assert verdicts(found) == {SHALLOW}
    kinds = {one.kind: one for one in route_findings(table(**MAPPED), found)}
    assert "at worst 1.5 m by plough of 1.80 m, for fishing" in kinds["burial short of the target"].sentence
    assert kinds["burial short of the target"].severity == "major"
    assert "at worst 1 m (plough) of 1.80 m" in kinds["plan shallower than its target"].sentence


def test_tools_are_chosen_by_the_target_and_then_by_speed() -> None:
    sand = {"bottom": soil_map(("Sand", box(49, 40, 52, 42)))}
    traffic = {"lanes": [{**LANE, "ships_per_year": {"ship": 0.0}}]}
    low = assessed(**MAPPED, **traffic, threats=[FISHING], constraints=sand)
    assert verdicts(low) == {BURIED}
    assert {one.choice.tool.id for one in low.sections} == {"plough"}, "both reach 0.3 m, the plough is faster"
    shallow = assessed(5.0, **MAPPED, **traffic, threats=[FISHING], constraints=sand)
    assert {one.choice.tool.id for one in shallow.sections} == {"jet"}
    assert {reason for one in shallow.sections for reason in one.choice.excluded["plough"]} == {
        "water shallower than 15 m (ASSUMED)"
    }
    clay = assessed(
        **MAPPED, threats=[{**FISHING, "depth_m": 1.8}], constraints={"bottom": soil_map(("Mud", box(49, 40, 52, 42)))}
    )
    assert {one.choice.achievable_m for one in clay.sections} == {2.0}
    nothing = assessed(**MAPPED, **traffic, constraints=sand)
    assert verdicts(nothing) == {NOT_NEEDED}
    assert {one.work_days for one in nothing.sections} == {None}


def test_a_plough_is_lifted_at_a_crossing() -> None:
    sand = {"bottom": soil_map(("Sand", box(49, 40, 52, 42)))}
    found = assessed(**MAPPED, tools=[PLOUGH], threats=[FISHING], constraints=sand, crossings=(20.0, 60.0))
    lifted = [(one.from_km, one.to_km) for one in found.sections if one.verdict == NO_TOOL]
    assert len(lifted) == 2
    for (from_km, to_km), at_km in zip(lifted, (20.0, 60.0), strict=True):
        assert from_km == pytest.approx(at_km - 0.5, abs=0.25)
        assert to_km == pytest.approx(at_km + 0.5, abs=0.25)


@pytest.mark.parametrize("lacks", ["soil", "traffic", "tools"])
def test_what_is_missing_is_never_clear(lacks: str) -> None:
    given_ = {"soil": MAPPED, "traffic": {"lanes": [LANE]}, "tools": {}}
    tables = {key: value for name, part in given_.items() if name != lacks for key, value in part.items()}
    found = assessed(**tables, threats=[FISHING], **({"tools": []} if lacks == "tools" else {}))
    assert BURIED not in verdicts(found)
    assert NOT_NEEDED not in verdicts(found)
    rules = table(**tables, **({"tools": []} if lacks == "tools" else {}))
    (told,) = [one for one in route_findings(rules, found) if one.kind == "burial not known"]
    assert lacks in told.sentence
    if lacks == "traffic":
        assert all(np.isnan(one.struck.strikes_per_year) for one in found.sections)
    if lacks == "soil":
        struck = [one for one in found.sections if one.struck.strikes_at_most_per_year > 0]
        assert struck
        assert all(np.isnan(one.struck.strikes_per_year) for one in struck)
        assert not any(one.is_whole for one in struck)


def test_the_deepest_of_all_that_acts_names_the_target() -> None:
    threats = [FISHING, {"id": "dunes", "cause": "mobility", "depth_m": 0.8, "constraint": "dunes", **SAID}]
    data = {"bottom": MAP, "dunes": soil_map(("x", box(50.2, 40.0, 50.3, 42.0)))}
    found = assessed(**MAPPED, lanes=[LANE], threats=threats, constraints=data)
    by_threat = {one.threat: one for one in found.sections}
    assert set(by_threat) == {"anchors", "mobility", "fishing"}
    assert by_threat["mobility"].target_m == 0.8
    # a fluke of 0.8 m, three of them deep in clay, times the factor of safety
    assert by_threat["anchors"].target_m == pytest.approx(1.2 * 3 * 0.8)
    assert by_threat["anchors"].soil.soil == "clay"
    assert [by_threat[cause].threat_id for cause in ("anchors", "mobility", "fishing")] == ["ship", "dunes", "trawls"]


BAKU, TURKMENBASHI, KASHAGAN = (49.9, 40.3), (52.95, 39.9), (51.8, 46.0)


def test_ice_acts_only_where_it_is_declared_and_in_its_water() -> None:
    ice = {
        "id": "ice",
        "cause": "ice",
        "depth_m": 1.0,
        "constraint": "ice",
        "from_water_m": 3.0,
        "to_water_m": 12.0,
        **SAID,
    }
    data = {"ice": soil_map(("ice", box(47.0, 44.5, 53.0, 47.0)))}
    lon, lat = np.array([BAKU, TURKMENBASHI, KASHAGAN, KASHAGAN, KASHAGAN]).T
    acts, unknown = threats_at(table(threats=[ice]), data, lon, lat, np.array([5.0, 5.0, 5.0, 20.0, np.nan]))
    assert acts[0].tolist() == [False, False, True, False, False]
    assert unknown[0].tolist() == [False, False, False, False, True]
    with pytest.raises(ValidationError, match="ice acts only where an area of the study declares it"):
        table(threats=[{key: value for key, value in ice.items() if key != "constraint"}])


def test_a_raster_of_a_threat_without_data_is_not_known() -> None:
    raster = ConstraintRaster(
        np.array([[1.0, 0.0, np.nan]], np.float32), np.array([50.0, 50.1, 50.2]), np.array([41.0])
    )
    gear = {**FISHING, "constraint": "effort"}
    acts, unknown = threats_at(
        table(threats=[gear]), {"effort": raster}, np.array([50.0, 50.1, 50.2, 51.0]), np.full(4, 41.0), np.full(4, 9.0)
    )
    assert acts[0].tolist() == [True, False, False, False]
    assert unknown[0].tolist() == [False, False, True, True]


@given(depths=st.lists(st.floats(0.0, 4.0), min_size=2, max_size=2, unique=True))
def test_a_curve_of_the_user_is_read_and_none_stands_in(depths: list[float]) -> None:
    from transcaspian.analyses.burial.route import index_at

    curve = {
        "id": "c",
        "soil": "sand",
        "points": [{"depth_m": 0.0, "index": 0.0}, {"depth_m": 2.0, "index": 4.0}],
        **SAID,
    }
    rules = table(index_curves=[curve])
    for depth_m in depths:
        found = index_at(rules, 0, depth_m)
        assert found == (pytest.approx(2.0 * depth_m) if depth_m <= 2.0 else None)
        assert index_at(rules, 1, depth_m) is None
        assert index_at(table(), 0, depth_m) is None


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"tools": [{**PLOUGH, "max_depth_m": 10.0}]}, "min_depth_m 15 and max_depth_m 10 exclude each other"),
        ({"tools": [{**JET, "min_strength_kpa": 200.0}]}, "min_strength_kpa 200 and max_strength_kpa 100 exclude"),
        ({"tools": [{**JET, "max_burial_m": {"sand": 1.0}}]}, "max_burial_m is given for sand, and its soils are"),
        ({"tools": [{**PLOUGH, "max_burial_m": {"value": -1.0, **SAID}}]}, "greater than or equal to 0"),
        ({"tools": [{**PLOUGH, "km_per_day": 0.0}]}, "km_per_day is 0: it would never finish"),
        (
            {"tools": [{**PLOUGH, "soils": ["chalk"]}]},
            "names `chalk`, which is none of burial.soils: it has sand, clay",
        ),
        ({"lanes": [{**LANE, "ships_per_year": {"tanker": 1.0}}]}, "names `tanker`, which is none of burial.ships"),
        ({"soils": [SAND, {**CLAY, "names": ["sand"]}], "tools": []}, "has the name `sand` in two soils"),
        ({"ships": [{**SHIP, "anchor_kg": None}]}, "give equipment_number, or breadth_m, height_m and profile_m2"),
        (
            {
                "ships": [
                    {**SHIP, "from_length_m": 0.0, "to_length_m": 90.0},
                    {**SHIP, "id": "b", "from_length_m": 80.0, "to_length_m": 120.0},
                ]
            },
            "ships `ship` and `b` overlap at a length of 80 m",
        ),
        ({"reach": {"full_to_chain": 0.5, "none_from_chain": 0.4, **SAID}}, "full_to_chain 0.5 is not less than"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(tables: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as fault:
        table(**tables)
    assert says in str(fault.value)


CITED = 'source = "t"\nstatus = "ASSUMED"\n'
HEAD = f"[burial]\nreturn_period_years = 1e4\nfactor_of_safety = 1.2\nsection_km = 5.0\n{CITED}"
ICE = f'[[burial.threats]]\nid = "i"\ncause = "ice"\ndepth_m = 1.0\nconstraint = "ice"\n{CITED}'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ICE, "threat `i` of [burial] names the constraint `ice`, which the study does not have: it has none"),
        (
            f"[burial.steering.anchor_strikes]\nweight = 1.0\nkm_per_strike = 1e4\n{CITED}",
            "burial.steering.anchor_strikes needs burial.lanes or burial.traffic: there are no ships",
        ),
        (
            f"[burial.steering.unburiable]\nweight = 1.0\nfriction = 1.0\nunknown_friction = 1.0\n{CITED}",
            "burial.steering.unburiable needs burial.tools, and soil_maps or soil_logs",
        ),
        ("[burial.steering]\nslope = 1.0\n", "`burial.steering.slope` is not a key of a study"),
    ],
)
def test_a_table_that_does_not_fit_the_study_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "study.toml").write_text(f'extends = "{STUDY.as_posix()}"\n{HEAD}{text}')
    with pytest.raises(StudyError) as fault:
        load_study(tmp_path / "study.toml")
    assert says in str(fault.value)


LOGS = "log,lon,lat,from_m,to_m,soil,{heading}\nB1,50.1,41,0,1,Sand,{value}\nB1,50.1,41,1,3,,{value}\n"


@pytest.mark.parametrize(
    ("heading", "value", "unit", "cone", "expected"),
    [
        ("strength_kpa", 25.0, None, None, 25.0),
        ("strength_MPa", 0.025, None, None, 25.0),
        ("strength", 0.025, "MPa", None, 25.0),
        ("qc_mpa", 0.45, None, 18.0, 25.0),
        ("strength_kpa", 25.0, "kPa", None, 25.0),
        ("strength", 25.0, None, None, "states no unit, and kPa for MPa is a factor of 1,000"),
        ("strength_kpa", 25.0, "MPa", None, "is in kpa by its heading and in MPa by strength_unit: which?"),
        ("strength_bar", 25.0, None, None, "has the unit bar: expected kPa or MPa"),
        ("qc_mpa", 0.45, None, None, "has cone resistances (`qc_mpa`): give cone_factor"),
        ("strength_mpa", 25.0, None, None, "none of 2 rows can be used: 2: strength over 1,000 kPa"),
    ],
)
def test_strengths_in_kpa_and_mpa(
    tmp_path: Path, heading: str, value: float, unit: str | None, cone: float | None, expected: float | str
) -> None:
    path = tmp_path / "logs.csv"
    path.write_text(LOGS.format(heading=heading, value=value))
    file = DataFile("burial.soil_logs.l", path, "l")
    if isinstance(expected, str):
        with pytest.raises(IngestError) as fault:
            read_logs(file, unit, cone)
        assert expected in str(fault.value)
    else:
        found = read_logs(file, unit, cone)
        assert found["strength_kpa"].tolist() == [pytest.approx(expected)] * 2
        assert (found["count"], found["reasons"], found["soil"]) == (2, {}, ["Sand", ""])


def test_units_row_by_row_and_rows_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "logs.csv"
    rows = [
        "a,50,41,0,1,30,kPa",
        "b,50,41,0,1,0.03,MPa",
        "c,50,95,0,1,30,kPa",
        "d,50,41,2,1,30,kPa",
        "e,50,41,0,1,5,MPa",
        "f,50,41,0,1,,",
    ]
    path.write_text("\n".join(["log,lon,lat,from_m,to_m,strength,strength_unit", *rows]))
    found = read_logs(DataFile("burial.soil_logs.l", path, "l"), None, None)
    assert found["strength_kpa"].tolist() == [pytest.approx(30.0)] * 2
    assert found["reasons"] == {
        "no position": 1,
        "from_m is not less than to_m": 1,
        "strength over 1,000 kPa: rock, or of another unit": 1,
        "neither soil nor strength": 1,
    }
    path.write_text(path.read_text().replace("30,kPa", "30,psi", 1))
    with pytest.raises(IngestError, match="`strength_unit` is `psi`: expected kPa or MPa in every row"):
        read_logs(DataFile("burial.soil_logs.l", path, "l"), None, None)


def test_tracks_and_what_is_wrong_with_them(tmp_path: Path) -> None:
    path, bounds = tmp_path / "tracks.geojson", (49.0, 40.0, 52.0, 43.0)
    line = LineString([(50, 41), (50.1, 41.2), (50.2, 41.9)])
    columns = {
        "ship": ["ship", "tug", "ship", "ship"],
        "ships_per_year": [10.0, 1.0, -1.0, 5.0],
        "speed_kn": [9.0, 9.0, 9.0, 0.0],
    }
    gpd.GeoDataFrame(columns, geometry=[line] * 4, crs=4326).to_file(path)
    found = read_tracks(DataFile("burial.traffic.t", path, "t"), ("ship",), bounds)
    assert found["lonlat"].tolist() == [[50.0, 41.0, 50.1, 41.2], [50.1, 41.2, 50.2, 41.9]]
    assert found["per_year"].tolist() == [10.0, 10.0]
    assert (found["count"], sum(found["reasons"].values())) == (4, 3)
    gpd.GeoDataFrame({"ship": ["ship"], "ships_per_year": [1.0]}, geometry=[line], crs=4326).to_file(path)
    with pytest.raises(IngestError, match="has no column speed_kn"):
        read_tracks(DataFile("burial.traffic.t", path, "t"), ("ship",), bounds)


def test_a_density_with_a_negative_value_is_refused(tmp_path: Path) -> None:
    import rasterio
    from rasterio.transform import from_bounds

    path, values = tmp_path / "density.tif", np.array([[1.0, -9999.0], [2.0, 3.0]], np.float32)
    place = {"transform": from_bounds(50, 40, 52, 42, 2, 2), "crs": "EPSG:4326", "driver": "GTiff"}
    with rasterio.open(path, "w", width=2, height=2, count=1, dtype="float32", **place) as opened:
        opened.write(values, 1)
    with pytest.raises(IngestError, match="has the value -9999: hours of ships are 0 or more"):
        read_density(DataFile("burial.traffic.d", path, "d"), (50.0, 40.0, 52.0, 42.0))
    found = read_density(DataFile("burial.traffic.d", path, "d", nodata=-9999.0), (50.0, 40.0, 52.0, 42.0))
    assert found["count"] == 3


@pytest.mark.parametrize(
    ("column", "shape", "says"),
    [
        (None, box(50, 41, 51, 42), "names no `column`: say in which column of the file the classes of soil stand"),
        ("class", LineString([(50, 41), (51, 42)]), "has no areas: give points as burial.soil_logs"),
    ],
)
def test_a_map_that_says_no_soil_is_refused_before_a_run(column: str | None, shape: Any, says: str) -> None:
    constraint = SimpleNamespace(id="bottom", column=column)
    study = SimpleNamespace(constraints=(constraint,), required_table=lambda _: table(**MAPPED))
    inputs: Any = SimpleNamespace(study=study, constraints={"bottom": soil_map(("Sand", shape))})
    with pytest.raises(StudyError) as fault:
        check_maps(inputs)
    assert says in str(fault.value)


def cells(**tables: Any) -> Cells:
    """The sea of a drawn grid: 30 m of water in its north, 600 m in its south, land in its west."""
    grid = Grid.covering(49.5, 40.5, 51.5, 41.5, step_deg=0.05)
    lon, lat = np.meshgrid(grid.lon_deg, grid.lat_deg)
    water = lon > 49.8
    depth_m = np.where(water, np.where(lat > 41.0, 30.0, 600.0), np.nan).astype(np.float32)
    rules = table(**MAPPED, **tables)
    known = Known(rules, {"bottom": MAP}, {}, ships_of(rules, {}), Anchors.of(rules), load_study(STUDY).prices)
    depth: Any = SimpleNamespace(depth_m=depth_m, water=water)
    return Cells(known, grid, depth)


def test_hours_of_ships_on_the_grid_are_those_of_their_tracks() -> None:
    sea = cells(lanes=[LANE])
    km2 = (sea.grid.step_deg * 111.2) ** 2 * np.cos(np.radians(sea.grid.lat_deg))[:, np.newaxis]
    track_km = line_length_km(np.array([(50.7, 40.5), (50.7, 41.5)]))
    hours = float((sea.track_hours(0) * km2).sum())
    assert hours == pytest.approx(1e4 * track_km / (10.0 * 1.852), rel=0.03), "the lane ends at the edge of the grid"
    seen = float((sea.passages_per_km * km2).sum())
    assert seen == pytest.approx(2.0 / np.pi * sum(LANE["ships_per_year"].values()) * track_km, rel=0.03)
    struck = sea.strikes_per_km
    assert struck.max() > 0
    assert (struck[sea.grid.lat_deg < 40.9] == 0).all(), "beyond the reach of the chain"


def test_what_steers_by_tools_and_their_cost() -> None:
    sea = cells(
        tools=[{**PLOUGH, "max_depth_m": 300.0}, {**JET, "soils": ["clay"], "max_burial_m": 2.0, "max_depth_m": 300.0}]
    )
    friction, usd = unburiable_friction(sea, 1.0, 0.25), sea.usd_per_km
    at = {
        name: sea.grid.to_rowcol(lon, lat)
        for name, lon, lat in (
            ("land", 49.6, 41.3),
            ("sand", 50.1, 41.3),
            ("clay", 50.7, 41.3),
            ("both", 50.45, 41.3),
            ("deep", 50.1, 40.7),
        )
    }
    at = {name: (round(float(row)), round(float(col))) for name, (row, col) in at.items()}
    assert {name: float(friction[place]) for name, place in at.items()} == {
        "land": 0.0,
        "sand": 0.0,
        "clay": 0.0,
        "both": 0.25,
        "deep": 1.0,
    }
    by_tool = [sea.tool_usd_per_km(fit.tool) for fit in sea.tools]
    assert {name: float(usd[place]) for name, place in at.items()} == {
        "land": 0.0,
        "sand": pytest.approx(by_tool[0]),
        "clay": pytest.approx(min(by_tool)),
        "both": pytest.approx(min(by_tool)),
        "deep": pytest.approx(max(by_tool)),
    }


def test_files_of_a_table_count_from_the_study_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    traffic = f'[[burial.traffic]]\nid = "t"\nform = "tracks"\ndata = {{ path = "t.geojson", citation = "t" }}\n{CITED}'
    (tmp_path / "below" / "one.toml").write_text(f'extends = "{STUDY.as_posix()}"\n{HEAD}{traffic}')
    (tmp_path / "two.toml").write_text('extends = "below/one.toml"\n')
    study = load_study(tmp_path / "two.toml")
    assert study.data_sets["burial.traffic.t"].path == "below/t.geojson"
    assert key_of("burial.traffic.t") == "burial.traffic.t.data"


def test_its_weights_are_weights_of_the_study() -> None:
    rules = table(**MAPPED, steering={"unburiable": {"weight": 2.0, "friction": 1.0, "unknown_friction": 0.5, **SAID}})
    assert rules.steers == {"unburiable": 2.0}
    assert rules.with_steering({"unburiable": 0.0, "slope": 3.0}).steers == {"unburiable": 0.0}
    study = load_study(STUDY).model_copy(update={"burial": rules})
    assert study.weights["unburiable"] == 2.0
    assert study.steered_by == ("burial",)
    assert study.weight_key("unburiable") == "burial.steering.unburiable.weight"
    off = study.with_weights({"unburiable": 0.0, "slope": 3.0})
    assert (off.weights["unburiable"], off.weights["slope"], off.steered_by) == (0.0, 3.0, ())


def test_routes_of_a_run_have_strikes_by_section() -> None:
    rules = table(**MAPPED, lanes=[LANE])
    study = SimpleNamespace(required_table=lambda _: rules, prices=None)
    inputs: Any = SimpleNamespace(study=study, further={}, constraints={"bottom": MAP})
    (route,) = assess_routes(inputs, {"main": drawn_route()})
    assert route.system_id == "main"
    found, own = route.sections, assessed(**MAPPED, lanes=[LANE]).sections
    assert [(one.from_km, one.to_km) for one in found] == [(one.from_km, one.to_km) for one in own]
    assert [one.struck.strikes_per_year for one in found] == [one.struck.strikes_per_year for one in own]
    bare = sum(one.struck.strikes_per_year for one in found)
    planned = sum(one.struck.planned_strikes_per_year for one in found)
    assert 0 < planned == bare, "in clay an anchor goes 2.4 m deep, and the plan is 1 m"
