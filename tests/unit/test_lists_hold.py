"""What makes a list and what checks one agree: whatever crosses a route, and wherever, its list holds, in print too."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import STUDY
from tests.depth_models import exact
from transcaspian.core.grid import Grid
from transcaspian.core.linear_reference import line_length_km, positions_at_km, vertices_km
from transcaspian.engineering import (
    Asset,
    Course,
    EngineeredRoute,
    Label,
    Met,
    Surroundings,
    engineer_route,
)
from transcaspian.engineering.alter_course import headings_change_deg
from transcaspian.engineering.profile import seabed_profile
from transcaspian.engineering.sectors import Zone, given_waters
from transcaspian.products.engineering_layers import crossing_rows, sld_rows
from transcaspian.rpl.model import SAME_PLACE_M, Rpl
from transcaspian.rpl.qa import Tolerances, check_rpl
from transcaspian.rpl.reader import read_rpl, read_rpl_sheet
from transcaspian.rpl.writer import write_rpl_csv, write_rpl_xlsx
from transcaspian.seabed import CostSurface
from transcaspian.study import load_study

GRID = Grid.covering(50.0, 41.3, 51.7, 41.9, 1 / 60)
LINE = np.array([(50.1, 41.5), (50.6, 41.6), (51.1, 41.5), (51.6, 41.7)])
LENGTH_KM = line_length_km(LINE)
AT_KM = 70.0
CREATED = "2026-01-31T12:00:00Z"
RULES = load_study(STUDY).engineering
assert RULES is not None


def made(assets: tuple[Asset, ...]) -> EngineeredRoute:
    depth_m = np.broadcast_to(700 * np.sin(np.linspace(0, np.pi, GRID.cols)), GRID.shape).astype(np.float32).copy()
    wet = np.ones(GRID.shape, bool)
    zones = [
        Zone("AA", "territorial", shapely.box(50, 41, 50.3, 43)),
        Zone("AA", "seabed", shapely.box(50, 41, 50.8, 43)),
        Zone("BB", "seabed", shapely.box(50.8, 41, 52, 43)),
    ]
    ground = Surroundings(
        GRID, exact(GRID, depth_m, wet), CostSurface(np.ones(GRID.shape, np.float32), {}),
        shapely.box(*GRID.bounds), None, -29.5, assets=assets, waters=given_waters(zones, "x", "REAL"),
    )  # fmt: skip
    course = Course(LINE, headings_change_deg(LINE), 1.0, 1.0, 0.005)
    profile = seabed_profile(GRID, depth_m, LINE, 0.1, 0.5)
    return engineer_route(ground, course, profile, RULES, Label("main", "Sea: Main", "A", "level", "W", "E"), Met())


@cache
def without_assets() -> EngineeredRoute:
    return made(())


def across(name: str, kp_km: float, angle_deg: float) -> Asset:
    """A pipe of 4 km whose middle is the route at a KP."""
    at = positions_at_km(LINE, [kp_km])
    ends = [
        Geodesic.WGS84.Direct(at.lat_deg[0], at.lon_deg[0], at.bearing_deg[0] + angle_deg + turn, 2000)
        for turn in (0, 180)
    ]
    line = shapely.LineString([(end["lon2"], end["lat2"]) for end in ends])
    return Asset(name, f"Pipe {name}", "pipeline", "", "operating", 10.0, line)


@st.composite
def places_km(draw: st.DrawFn) -> float:
    """A KP anywhere, or at a few metres or millimetres from where the list has a position anyway."""
    own = [position.route_km or 0.0 for position in without_assets().rpl.positions]
    base_km = draw(st.sampled_from(own) | st.sampled_from([20.0, AT_KM]) | st.floats(0, LENGTH_KM))
    off_km = draw(st.sampled_from([0.0, 0.0005, 0.00099, 0.001, 0.0013, 0.0014]) | st.floats(0, 0.004))
    return float(np.clip(base_km + draw(st.sampled_from([-1, 1])) * off_km, 0.0, LENGTH_KM))


def read_back(route: EngineeredRoute) -> Rpl:
    """The list as the CSV file says it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "main.csv"
        write_rpl_csv(path, route.rpl, created_utc=CREATED)
        return read_rpl(path)


crossed = st.lists(st.tuples(places_km(), st.floats(15, 165)), min_size=1, max_size=12)


@settings(max_examples=25)
@given(crossed)
@example([(AT_KM, 90.0), (AT_KM + 0.0005, 90.0)])  # half a metre apart
@example([(AT_KM, 90.0), (AT_KM, 90.0), (AT_KM, 40.0)])  # at one point
@example([(AT_KM + i * 0.0005, 90.0) for i in range(12)])  # a chain
@example([(float(km) + off, 90.0) for km in vertices_km(LINE) for off in (-0.0012, -0.0004, 0.0009)])
def test_the_list_holds_whatever_crosses_the_route(crossed: list[tuple[float, float]]) -> None:
    route = made(tuple(across(f"p{i}", kp_km, angle) for i, (kp_km, angle) in enumerate(crossed)))
    positions = route.rpl.positions
    assert check_rpl(route.rpl) == ()
    assert check_rpl(read_back(route)) == ()
    legs_m = [Geodesic.WGS84.Inverse(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg)["s12"] for a, b in pairwise(positions)]
    assert min(legs_m) > SAME_PLACE_M
    assert sum(legs_m) / 1000 == pytest.approx(LENGTH_KM, abs=1e-6)
    assert positions[-1].cable_km == pytest.approx(route.cable.length_km, abs=1e-3)
    kp_km = np.array([position.route_km for position in positions])
    for corner_km in vertices_km(LINE):
        assert np.abs(kp_km - corner_km).min() < 1e-6
    for crossing, _ in route.crossings:
        near = [p for p in positions if abs((p.route_km or 0.0) - crossing.kp_km) < 0.00135 and "Xing" in p.event]
        assert any(f"({crossing.asset.asset_id})" in position.remarks for position in near)
    for records in (crossing_rows("main", route, RULES), sld_rows("main", route, RULES, None)):
        keys = [next(iter(record.values())) for record in records]
        assert len(set(keys)) == len(keys)
    assert route.segments[-1].to_km == route.profile.length_km


def test_the_workbook_holds_too(tmp_path: Path) -> None:
    route = made(tuple(across(f"p{i}", AT_KM + i * 0.0013, 90.0) for i in range(30)))
    path = tmp_path / "main.xlsx"
    write_rpl_xlsx(path, route.rpl, created_utc=CREATED)
    assert check_rpl(read_rpl_sheet(path).rpl) == ()


def test_the_check_calls_one_place_what_the_builder_does() -> None:
    assert Tolerances().repeated_m == SAME_PLACE_M


@pytest.mark.parametrize(("name", "field"), [("Tr", "cable_type"), ("SLACK", "slack_percent")])
def test_cable_changes_at_the_position_that_has_the_event(name: str, field: str) -> None:
    cable = without_assets().cable
    for section in (cable.types if name == "Tr" else cable.slack)[1:]:
        route = made(tuple(across(f"p{off}", section.from_km + off, 90.0) for off in (-0.0012, 0.0012)))
        marked = [position.pos_no for position in route.rpl.positions if name in position.event.split(" / ")]
        assert marked == [b.from_pos for a, b in pairwise(route.rpl.spans) if getattr(a, field) != getattr(b, field)]
