"""Agreed lines part the seabed sectors of two states; equidistance holds elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import RAW
from tests.unit.test_sectors import SEA, WEST_EAST, borders, caspian
from transcaspian.core.errors import EngineeringError
from transcaspian.core.findings import Place
from transcaspian.core.grid import Grid
from transcaspian.engineering import (
    AgreedLine,
    Border,
    EngineeredRoute,
    agree,
    agreed_waters,
    classes_on,
    equidistance_waters,
    median_lines,
    sector_findings,
    shores_of,
)
from transcaspian.engineering.sectors import StateWaters, boundary_events, stretches
from transcaspian.seabed import water_mask

GRID = Grid.covering(50.0, 41.0, 51.5, 42.0, 1 / 120)
LIMITS_NM = (3.0, 5.0)
NORTHERN_END, SOUTHERN_END = (49 + 53.3 / 60, 42 + 33.6 / 60), (50 + 56.6 / 60, 41 + 32.4 / 60)
"""Of the line that Azerbaijan and Kazakhstan agreed on in 2003."""


def waters_of(*lines: AgreedLine, sea: shapely.Geometry = SEA, shore: list[Border] = WEST_EAST) -> StateWaters:
    shores = shores_of(sea, shore, 10.0)
    agreement = agree(shores, lines, sea, GRID)
    return agreed_waters(equidistance_waters(shores, *LIMITS_NM), shores, agreement, LIMITS_NM)


def state_at(waters: StateWaters, lon: float, lat: float) -> str:
    return waters.named(int(waters.class_at(np.array([[lon, lat]]))[0]))[0]


def line(*lonlat: tuple[float, float], states: tuple[str, str] = ("AA", "BB"), **ends: str) -> AgreedLine:
    return AgreedLine("line", *states, np.array(lonlat), **ends)  # type: ignore[arg-type]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(50.15, 51.35), min_size=3, max_size=6), st.booleans())
def test_from_shore_to_shore_an_agreed_line_parts_the_sea_whatever_is_nearer(lons: list[float], turned: bool) -> None:
    lats = np.linspace(40.95, 42.05, len(lons))
    course = list(zip(lons, lats, strict=True))[:: -1 if turned else 1]
    waters = waters_of(line(*course))
    west = shapely.Polygon([(49.0, 40.95), *zip(lons, lats, strict=True), (49.0, 42.05)])
    places = np.random.default_rng(3).uniform((50.01, 41.01), (51.49, 41.99), (400, 2))
    places = places[shapely.distance(west.exterior, shapely.points(places)) > 0.003]  # legs are geodesics
    wanted = np.where(shapely.contains_xy(west, *places.T), "AA", "BB")
    assert [waters.named(int(code))[0] for code in waters.class_at(places)] == wanted.tolist()


def test_a_route_over_an_agreed_line_has_a_boundary_there_and_over_the_rest_a_median() -> None:
    # agreed in the southern half only, a quarter of a degree west of the median
    waters = waters_of(line((50.5, 40.99), (50.5, 41.5)))
    south = stretches(np.array([[50.1, 41.3], [51.4, 41.3]]), waters)
    north = stretches(np.array([[50.1, 41.8], [51.4, 41.8]]), waters)
    assert [event.name for event in boundary_events(south) if event.name not in ("", "TW", "FZ")] == ["BOUNDARY"]
    assert [event.name for event in boundary_events(north) if event.name not in ("", "TW", "FZ")] == ["MEDIAN"]
    (into,) = [item for item in south if item.entered_by]
    assert into.state == "BB"
    assert into.from_km == pytest.approx(33.5, abs=0.3)  # 0.4° of longitude at 41.3° N
    between = stretches(np.array([[50.6, 41.3], [50.6, 41.9]]), waters)
    assert [(item.state, item.entered_by) for item in between] == [("BB", ""), ("AA", "assumed")]
    assert [event.name for event in boundary_events(between)][-1] == "EDGE"


def test_without_a_line_here_nothing_changes() -> None:
    waters = waters_of(line((20.0, 41.0), (20.0, 42.0)))
    assert waters.by_equidistance is None
    assert waters.look(np.array([[50.4, 41.5]]))[0] == waters_of().look(np.array([[50.4, 41.5]]))[0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (line((50.5, 40.9), (50.5, 42.1), states=("AA", "AA")), "AA on both sides"),
        (line((50.5, 40.9), (50.5, 42.1), states=("XX", "YY")), "neither has a shore in the area"),
    ],
)
def test_a_line_that_cannot_be_used_says_which_and_why(wrong: AgreedLine, message: str) -> None:
    with pytest.raises(EngineeringError, match=message):
        waters_of(wrong)


def test_lines_that_meet_divide_the_sea_among_three() -> None:
    shore = [
        Border("AA", "BB", 50.75, 42.0),
        Border("BB", "CC", 51.5, 41.5),
        Border("AA", "CC", 50.0, 41.2),
        Border("AA", "AA", 50.0, 41.8),
    ]
    meet = (50.9, 41.4)
    waters = waters_of(
        line((50.75, 42.01), meet, to_third_state="CC"),
        line(meet, (51.51, 41.5), states=("BB", "CC")),
        replace(line(meet, (49.99, 41.2), states=("AA", "CC")), line_id="third"),
        shore=shore,
    )
    assert not [one for one in boundary_kinds(waters, shore, meet) if one == "assumed"]
    for lon, lat, state in ((50.8, 41.6, "AA"), (50.95, 41.5, "BB"), (50.9, 41.35, "CC"), (50.3, 41.3, "AA")):
        assert state_at(waters, lon, lat) == state


def boundary_kinds(waters: StateWaters, shore: list[Border], meet: tuple[float, float]) -> list[str]:
    angles = np.linspace(0, 2 * np.pi, 60)
    ring = np.column_stack([meet[0] + 0.05 * np.cos(angles), meet[1] + 0.05 * np.sin(angles)])
    return [item.entered_by for item in stretches(ring, waters) if item.entered_by]


@pytest.fixture(scope="module")
def agreed():  # type: ignore[no-untyped-def]
    water = caspian()
    shores = shores_of(water, borders(), 10.0)
    (feature,) = json.loads((RAW / "agreed_lines_caspian.geojson").read_text())["features"]
    told = {key: feature["properties"][key] for key in ("line_id", "state_a", "state_b", "source", "status")}
    thirds = {key: feature["properties"][key] for key in ("from_third_state", "to_third_state")}
    lonlat = np.array(feature["geometry"]["coordinates"])
    grid = Grid.covering(46.0, 36.25, 55.0, 47.75, 1 / 60)
    agreement = agree(shores, [AgreedLine(lonlat=lonlat, **told, **thirds)], water, grid)
    waters = agreed_waters(equidistance_waters(shores, 15.0, 25.0), shores, agreement, (15.0, 25.0))
    return water, shores, waters, agreement, lonlat, grid


def test_the_line_of_2003_begins_and_ends_where_the_protocol_says_and_is_a_median(agreed) -> None:  # type: ignore[no-untyped-def]
    _, shores, _, _, lonlat, _ = agreed
    assert lonlat[0] == pytest.approx(NORTHERN_END, abs=1e-6)
    assert lonlat[-1] == pytest.approx(SOUTHERN_END, abs=1e-6)
    away_m = shores.distances_m(lonlat)[:, [shores.states.index(state) for state in ("AZ", "KZ")]]
    assert np.abs(away_m[:, 0] - away_m[:, 1]).max() < 2 * 2000.0  # as accurate as the file says it is


def test_around_the_ends_of_the_line_of_2003_three_states_meet(agreed) -> None:  # type: ignore[no-untyped-def]
    waters = agreed[2]
    for end, third in ((NORTHERN_END, "RU"), (SOUTHERN_END, "TM")):
        angles = np.linspace(0, 2 * np.pi, 720)
        ring = np.column_stack([end[0] + 0.06 * np.cos(angles), end[1] + 0.04 * np.sin(angles)])
        assert {waters.named(int(code))[0] for code in waters.class_at(ring)} == {"AZ", "KZ", third}


def test_the_reserve_route_passes_from_azerbaijan_to_kazakhstan_at_the_agreed_line(agreed) -> None:  # type: ignore[no-untyped-def]
    waters = agreed[2]
    route = np.array([[50.114, 40.519], [51.668, 43.174]])
    along = stretches(route, waters)
    assert [item.state for item in along if item.zone == "seabed"] == ["AZ", "KZ"]
    assert [item.entered_by for item in along if item.entered_by] == ["agreed"]
    assert waters.by_equidistance is not None
    assert "TM" in {item.state for item in stretches(route, waters.by_equidistance)}
    found = list(sector_findings("reserve", route_over(route, waters)))
    assert [(item.kind, item.severity) for item in found] == [("agreed line changes states", "major")]
    assert "of AZ, KZ by agreed lines, of AZ, TM, KZ by equidistance (TM 0.0 against 18.7 km)" in found[0].sentence
    assert found[0].place == Place(next(item.from_km for item in along if item.entered_by))


def test_cells_of_the_caspian_say_the_same_as_places_and_no_median_follows_the_agreed_line(agreed) -> None:  # type: ignore[no-untyped-def]
    water, shores, waters, agreement, lonlat, _ = agreed
    grid = Grid.covering(49.4, 41.3, 51.4, 42.9, 1 / 60)
    codes = classes_on(grid, water_mask(grid, water), waters)
    rows, cols = np.nonzero(codes >= 0)
    assert np.array_equal(codes[rows, cols], waters.class_at(np.column_stack(grid.to_lonlat(rows, cols))))
    agreed_line = shapely.LineString(lonlat)
    for pair, pieces in median_lines(grid, codes, water, shores, agreement.lines).items():
        for piece in pieces if pair == ("AZ", "KZ") else ():
            assert shapely.LineString(piece).distance(agreed_line) > grid.step_deg


def route_over(lonlat: np.ndarray, waters: StateWaters) -> EngineeredRoute:
    """A route of which only the stretches are known."""
    assert waters.by_equidistance is not None
    both = {"stretches": stretches(lonlat, waters), "by_equidistance": stretches(lonlat, waters.by_equidistance)}
    return cast(EngineeredRoute, SimpleNamespace(**both))


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        ([[50.6, 41.3], [50.6, 41.9]], "assumed boundary"),
        ([[50.1, 41.8], [51.4, 41.8]], "boundary not agreed"),
    ],
)
def test_lines_that_are_not_agreed_are_findings_of_their_own(way: list[list[float]], kind: str) -> None:
    waters = waters_of(line((50.5, 40.99), (50.5, 41.5)))
    found = sector_findings("s", route_over(np.array(way), waters))
    assert [item.kind for item in found if item.severity == "minor"] == [kind]
