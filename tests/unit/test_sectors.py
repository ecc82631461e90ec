"""Whose waters: the nearest shore by brute force, zones by distance, boundaries where they are crossed."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import RAW
from transcaspian.core.errors import EngineeringError
from transcaspian.core.grid import KM_PER_NM, Grid
from transcaspian.core.linear_reference import line_length_km, positions_at_km
from transcaspian.engineering import (
    Border,
    Zone,
    classes_on,
    equidistance_waters,
    given_waters,
    median_lines,
    shores_of,
    zone_areas,
)
from transcaspian.engineering.sectors import BoundaryLine, boundary_events, stretches
from transcaspian.seabed import area_km2, water_mask

SEA = shapely.box(50.0, 41.0, 51.5, 42.0)
WEST_EAST = [
    Border("AA", "BB", 50.75, 42.0),
    Border("AA", "BB", 50.75, 41.0),
    Border("AA", "AA", 50.0, 41.5),
    Border("BB", "BB", 51.5, 41.5),
]


def caspian() -> shapely.Geometry:
    features = json.loads((RAW / "gshhg_caspian.geojson").read_text())["features"]
    return shapely.union_all([shapely.geometry.shape(feature["geometry"]) for feature in features])


def borders() -> list[Border]:
    features = json.loads((RAW / "borders_caspian.geojson").read_text())["features"]
    return [
        Border(f["properties"]["state_a"], f["properties"]["state_b"], *f["geometry"]["coordinates"]) for f in features
    ]


@pytest.fixture(scope="module")
def real():  # type: ignore[no-untyped-def]
    water = caspian()
    shores = shores_of(water, borders(), 10.0)
    return water, shores, equidistance_waters(shores, 15.0, 25.0)


def test_the_shore_is_divided_among_the_five_states(real) -> None:  # type: ignore[no-untyped-def]
    _water, shores, _ = real
    assert shores.states == ("AZ", "IR", "KZ", "RU", "TM")
    towns = {"AZ": (49.67, 40.59), "KZ": (51.17, 43.66), "TM": (52.95, 40.02), "RU": (47.5, 42.98), "IR": (51.5, 36.7)}
    for state, town in towns.items():
        nearest = shores.distances_m(np.array([town]))[0].argmin()
        assert shores.states[nearest] == state


def test_every_place_belongs_to_the_state_of_the_nearest_shore(real) -> None:  # type: ignore[no-untyped-def]
    water, shores, waters = real
    random = np.random.default_rng(7)
    places = random.uniform((47, 37), (54, 46.5), (400, 2))
    places = places[shapely.contains_xy(water, places[:, 0], places[:, 1])][:12]
    codes = waters.class_at(places)
    for place, code in zip(places, codes, strict=True):
        best = {}
        for state, points in zip(shores.states, shores.lonlat, strict=True):
            rough = np.hypot((points[:, 0] - place[0]) * 0.74, points[:, 1] - place[1])
            near = points[np.argsort(rough)[:40]]
            best[state] = min(Geodesic.WGS84.Inverse(place[1], place[0], lat, lon)["s12"] for lon, lat in near)
        state, zone = waters.named(int(code))
        assert state == min(best, key=best.get)  # type: ignore[arg-type]
        nm = best[state] / 1000 / KM_PER_NM
        assert zone == ("territorial" if nm < 15 else "fishing" if nm < 25 else "seabed")


def test_the_main_route_passes_the_waters_of_azerbaijan_and_kazakhstan(real) -> None:  # type: ignore[no-untyped-def]
    _, shores, waters = real
    route = np.array([[49.69, 40.6], [51.131, 43.642]])
    along = stretches(route, waters)
    assert [(item.state, item.zone) for item in along] == [
        ("AZ", "territorial"), ("AZ", "fishing"), ("AZ", "seabed"),
        ("KZ", "seabed"), ("KZ", "fishing"), ("KZ", "territorial"),
    ]  # fmt: skip
    assert sum(item.length_km for item in along) == pytest.approx(line_length_km(route), abs=1e-6)
    events = boundary_events(along)
    assert [event.name for event in events] == ["", "TW", "FZ", "MEDIAN", "FZ", "TW"]
    assert events[0].remarks == "AZ seabed sector"
    assert [item.territorial_water for item in along] == ["AZ", "", "", "", "", "KZ"]
    assert [item.state for item in along] == ["AZ"] * 3 + ["KZ"] * 3
    limits = [15 * KM_PER_NM, 25 * KM_PER_NM]
    for item, limit_km in ((along[0], limits[0]), (along[1], limits[1])):
        place = positions_at_km(route, [item.to_km])
        away_m = shores.distances_m(np.column_stack([place.lon_deg, place.lat_deg]))[0]
        assert away_m.min() / 1000 == pytest.approx(limit_km, abs=0.001)
    place = positions_at_km(route, [along[2].to_km])
    away_m = np.sort(shores.distances_m(np.column_stack([place.lon_deg, place.lat_deg]))[0])
    assert away_m[0] == pytest.approx(away_m[1], abs=1.0)


@settings(max_examples=10)
@given(st.lists(st.tuples(st.floats(47.5, 53.5), st.floats(37.5, 46.0)), min_size=2, max_size=4, unique=True))
def test_stretches_follow_each_other_and_differ(points: list[tuple[float, float]]) -> None:
    shores = shores_of(SEA, WEST_EAST, 10.0)
    along = stretches(np.array(points), equidistance_waters(shores, 15.0, 25.0))
    assert along[0].from_km == 0.0
    assert along[-1].to_km == pytest.approx(line_length_km(points))
    for before, after in pairwise(along):
        assert before.to_km == after.from_km
        assert (before.state, before.zone) != (after.state, after.zone)
        assert before.length_km > 0


def test_between_two_meridians_the_median_is_the_meridian_between() -> None:
    sea = shapely.box(50.0, 41.0, 50.6, 42.0)
    grid = Grid.covering(50.0, 41.0, 50.6, 42.0, 1 / 60)
    ends = [Border("AA", "BB", 50.3, 42.0), Border("AA", "BB", 50.3, 41.0)]
    shores = shores_of(sea, [*ends, Border("AA", "AA", 50.0, 41.5), Border("BB", "BB", 50.6, 41.5)], 10.0)
    waters = equidistance_waters(shores, 5.0, 8.0)
    codes = classes_on(grid, water_mask(grid, sea), waters)
    (lines,) = median_lines(grid, codes, sea, shores).values()
    vertices = np.vstack(lines)
    # away from the northern and southern shores the two long ones decide
    inner = vertices[(vertices[:, 1] > 41.35) & (vertices[:, 1] < 41.65)]
    assert len(inner) > 15
    assert np.abs(inner[:, 0] - 50.3).max() < 1e-5
    away_m = shores.distances_m(vertices)
    assert np.abs(away_m[:, 0] - away_m[:, 1]).max() < 1.0
    agreed = [BoundaryLine("t", "BB", "AA", "agreed", line, "treaty", "CITED") for line in lines]
    assert not median_lines(grid, codes, sea, shores, agreed)  # nothing is left of it, not a line of no length
    zones = zone_areas(grid, codes, sea, waters)
    assert sum(area_km2(zone.area, grid.step_deg) for zone in zones) == pytest.approx(area_km2(sea, grid.step_deg))
    for a, b in pairwise(zones):
        assert shapely.intersection(a.area, b.area).area < 1e-9


def test_blocks_of_cells_say_the_same_as_every_cell(real) -> None:  # type: ignore[no-untyped-def]
    water, _, waters = real
    grid = Grid.covering(49.0, 40.0, 53.0, 42.0, 1 / 40)
    wet = water_mask(grid, water)
    codes = classes_on(grid, wet, waters)
    rows, cols = np.nonzero(wet)
    some = np.random.default_rng(3).integers(0, len(rows), 1500)
    places = np.column_stack([grid.lon_deg[cols[some]], grid.lat_deg[rows[some]]])
    assert (codes[rows[some], cols[some]] == waters.class_at(places)).all()


def test_an_island_belongs_to_the_nearest_shore() -> None:
    water = shapely.difference(SEA, shapely.Point(50.5, 41.5).buffer(0.02))
    shores = shores_of(water, WEST_EAST, 10.0)
    to_a, to_b = shores.distances_m(np.array([[50.5, 41.5]]))[0]
    assert shores.states == ("AA", "BB")
    assert to_a < 2500
    assert to_b > 40_000


def test_given_areas_decide_and_outside_them_nothing_is_known() -> None:
    zones = [
        Zone("AA", "seabed", shapely.box(50, 41, 50.7, 42)),
        Zone("AA", "territorial", shapely.box(50, 41, 50.2, 42)),
        Zone("BB", "seabed", shapely.box(51.0, 41, 51.5, 42)),
    ]
    along = stretches(np.array([[50.05, 41.5], [51.4, 41.5]]), given_waters(zones, "treaty", "REAL"))
    assert [(item.state, item.zone) for item in along] == [
        ("AA", "territorial"), ("AA", "seabed"), ("", ""), ("BB", "seabed"),
    ]  # fmt: skip
    at = positions_at_km(np.array([[50.05, 41.5], [51.4, 41.5]]), [item.from_km for item in along[1:]])
    assert at.lon_deg.tolist() == pytest.approx([50.2, 50.7, 51.0], abs=1e-6)
    assert [item.state for item in along] == ["AA", "AA", "", "BB"]


def test_areas_that_do_not_quite_meet_leave_no_slivers() -> None:
    zones = [
        Zone("AA", "seabed", shapely.box(50.000001, 41, 50.7, 42)),
        Zone("BB", "seabed", shapely.box(50.700005, 41, 51.5, 42)),
    ]
    route = np.array([[50.0, 41.5], [51.5, 41.5]])
    along = stretches(route, given_waters(zones, "treaty", "REAL"))
    assert [(item.state, item.zone) for item in along] == [("AA", "seabed"), ("BB", "seabed")]
    assert along[0].from_km == 0.0
    assert along[0].to_km == along[1].from_km
    assert along[1].to_km == pytest.approx(line_length_km(route))


def test_kinds_that_are_not_given_are_still_told_by_the_nearest_shore() -> None:
    shores = shores_of(SEA, WEST_EAST, 10.0)
    derived = equidistance_waters(shores, 5.0, 8.0)
    # a treaty that moves the median a tenth of a degree east and says nothing of the zones
    treaty = [
        Zone("AA", "seabed", shapely.box(50, 41, 50.85, 42)),
        Zone("BB", "seabed", shapely.box(50.85, 41, 51.5, 42)),
    ]
    route = np.array([[50.0, 41.5], [51.5, 41.5]])
    alone, moved = stretches(route, derived), stretches(route, given_waters(treaty, "treaty", "REAL", derived))
    kinds = [("AA", "territorial"), ("AA", "fishing"), ("AA", "seabed")]
    kinds += [("BB", zone) for _, zone in kinds[::-1]]
    assert [(item.state, item.zone) for item in alone] == kinds
    assert [(item.state, item.zone) for item in moved] == kinds
    for before, after in zip(alone, moved, strict=True):
        if before.zone != "seabed":
            assert (after.from_km, after.to_km) == pytest.approx((before.from_km, before.to_km), abs=1e-4)
    assert positions_at_km(route, [moved[2].to_km]).lon_deg[0] == pytest.approx(50.85, abs=1e-6)
    waters = given_waters(treaty, "treaty", "REAL", derived)
    assert waters.status == "DERIVED"
    assert waters.method.startswith("seabed as given: treaty; other zones: nearest shore")


def test_a_kind_that_is_given_lies_in_its_areas_only() -> None:
    derived = equidistance_waters(shores_of(SEA, WEST_EAST, 10.0), 5.0, 8.0)
    narrow = [Zone("AA", "territorial", shapely.box(50, 41, 50.02, 42))]
    route = np.array([[50.0, 41.5], [51.5, 41.5]])
    along = stretches(route, given_waters(narrow, "baseline", "REAL", derived))
    assert [(item.state, item.zone) for item in along] == [
        ("AA", "territorial"), ("AA", "fishing"), ("AA", "seabed"), ("BB", "seabed"), ("BB", "fishing"),
    ]  # fmt: skip
    whole = [Zone("AA", zone, SEA) for zone in ("territorial", "fishing", "seabed")]
    assert given_waters(whole, "all", "REAL", derived).states == ("AA",)
    assert given_waters(whole, "all", "REAL", derived).status == "REAL"


def test_a_narrow_area_is_found_and_the_edge_of_what_is_known_is_no_median() -> None:
    strip = Zone("AA", "seabed", shapely.box(50.5, 41, 50.5025, 42))
    along = stretches(np.array([[50.0, 41.5], [51.5, 41.5]]), given_waters([strip], "treaty", "REAL"))
    assert [item.state for item in along] == ["", "AA", ""]
    assert [event.name for event in boundary_events(along)] == ["EDGE", "EDGE"]


def test_a_route_of_half_a_metre_is_one_stretch() -> None:
    waters = equidistance_waters(shores_of(SEA, WEST_EAST, 10.0), 5.0, 8.0)
    (only,) = stretches(np.array([[50.5, 41.5], [50.500005, 41.5]]), waters)
    assert only.length_km == pytest.approx(line_length_km([[50.5, 41.5], [50.500005, 41.5]]))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (Border("AZ", "RU", 41.885, 48.5338), "km from the shoreline: expected at most 10 km"),
        (Border("TM", "RU", 48.5338, 41.885), "belongs to no one state"),
    ],
)
def test_a_wrong_border_is_told(wrong: Border, says: str) -> None:
    with pytest.raises(EngineeringError, match=says):
        shores_of(caspian(), [wrong, *borders()[1:]], 10.0)


def test_two_borders_alone_do_not_tell_two_shores_apart() -> None:
    with pytest.raises(EngineeringError, match="between two states only"):
        shores_of(SEA, WEST_EAST[:2], 10.0)
