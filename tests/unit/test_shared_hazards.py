"""Shared kilometres: by hand on lines whose distances are known, and against GeographicLib."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from transcaspian.routing import EventPlace, shared_by_anchors, shared_by_places

# along two meridians that are 16.7 km apart at 42 N and come together in the south
LANDINGS = np.array([[50.0, 41.0], [50.0, 42.0], [50.2, 42.0]])


def wedge() -> tuple[np.ndarray, np.ndarray]:
    return np.array([[50.0, 42.0], [50.0, 41.0]]), np.array([[50.2, 42.0], [50.0, 41.0]])


def km(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    return float(Geodesic.WGS84.Inverse(lat, lon, to_lat, to_lon)["s12"]) / 1000


@pytest.mark.parametrize("drag_km", [2.0, 5.0, 10.0])
def test_an_anchor_reaches_both_where_they_are_as_near_as_it_is_dragged(drag_km: float) -> None:
    one, other = wedge()
    found = shared_by_anchors(one, other, LANDINGS, drag_km=drag_km, zone_km=4.0)
    # in the wedge the distance to the other side grows evenly from its point: sin of the angle between the sides
    side = Geodesic.WGS84.Inverse(41.0, 50.0, 42.0, 50.2)
    sine = np.sin(np.radians(side["azi1"]))
    assert found.one.length_km == pytest.approx(drag_km / sine, rel=0.01)
    assert found.other.length_km == pytest.approx(drag_km / sine, rel=0.01)
    assert found.one.in_zone_km == pytest.approx(4.0, abs=0.11)
    assert found.one.outside_km == pytest.approx(found.one.length_km - found.one.in_zone_km)
    (piece,) = found.one.pieces
    assert piece[-1].tolist() == pytest.approx([50.0, 41.0])


def test_an_anchor_counts_only_where_it_reaches_the_seabed() -> None:
    one, other = wedge()
    shallow = shared_by_anchors(
        one, other, LANDINGS, drag_km=5.0, zone_km=4.0, within_reach=lambda lon, lat: lat > 41.1
    )
    whole = shared_by_anchors(one, other, LANDINGS, drag_km=5.0, zone_km=4.0)
    assert whole.one.length_km - shallow.one.length_km == pytest.approx(km(41.0, 50.0, 41.1, 50.0), abs=0.2)
    none = shared_by_anchors(
        one, other, LANDINGS, drag_km=5.0, zone_km=4.0, within_reach=lambda lon, lat: np.zeros(len(lon), bool)
    )
    assert none.one.length_km == none.other.length_km == 0.0
    assert none.one.pieces == ()


def test_an_event_counts_only_where_it_reaches_both() -> None:
    one = np.array([[50.0, 41.0], [50.0, 42.0]])
    other = np.array([[50.5, 41.0], [50.5, 42.0]])  # 41.6 km away
    between, beside = Point(50.25, 41.5), Point(49.8, 41.5)
    places = [EventPlace("earthquake", "e1", between, 30.0), EventPlace("earthquake", "e2", beside, 30.0),
              EventPlace("mud_volcano", "v", Point(50.25, 41.7).buffer(0.1), 20.0)]  # fmt: skip
    events, totals = shared_by_places(one, other, LANDINGS, places, zone_km=5.0)
    assert [event.event for event in events] == ["e1", "v"]
    away = km(41.5, 50.25, 41.5, 50.0)
    chord = 2 * np.sqrt(30.0**2 - away**2)
    assert events[0].one.length_km == pytest.approx(chord, rel=0.01)
    assert events[0].other.length_km == pytest.approx(chord, rel=0.01)
    assert totals["earthquake"].one.length_km == events[0].one.length_km
    # a disc of 0.1 degree: its edge is nearer than its middle
    assert events[1].one.length_km > 0


def test_what_two_events_share_is_counted_once_in_the_total() -> None:
    one, other = np.array([[50.0, 41.0], [50.0, 42.0]]), np.array([[50.1, 41.0], [50.1, 42.0]])
    places = [
        EventPlace("earthquake", name, Point(50.05, lat), 20.0) for name, lat in (("a", 41.5), ("b", 41.5), ("c", 41.7))
    ]
    events, totals = shared_by_places(one, other, LANDINGS, places, zone_km=5.0)
    each = [event.one.length_km for event in events]
    assert each[0] == each[1]
    assert max(each) < totals["earthquake"].one.length_km < sum(each[1:])


@settings(max_examples=15)
@given(seed=st.integers(0, 2**31), reach=st.floats(5.0, 40.0))
def test_against_geographiclib_at_points_of_winding_lines(seed: int, reach: float) -> None:
    random = np.random.default_rng(seed)
    one, other = (np.column_stack([np.linspace(50, 51, 6), 41.5 + random.uniform(-0.2, 0.2, 6)]) for _ in range(2))
    place = Point(*random.uniform((50.2, 41.3), (50.8, 41.7)))
    events, _ = shared_by_places(one, other, LANDINGS, [EventPlace("earthquake", "e", place, reach)], zone_km=5.0)

    def length_km(line: np.ndarray) -> float:
        total = 0.0
        for (lon, lat), (to_lon, to_lat) in pairwise(line):
            leg = Geodesic.WGS84.InverseLine(lat, lon, to_lat, to_lon)
            n = max(1, round(leg.s13 / 250.0))
            for k in range(n):
                at = leg.Position((k + 0.5) / n * leg.s13)
                total += leg.s13 / n / 1000 * (km(at["lat2"], at["lon2"], place.y, place.x) <= reach)
        return total

    wanted = [length_km(one), length_km(other)]
    if min(wanted) < 2.0:
        return
    (event,) = events
    assert event.one.length_km == pytest.approx(wanted[0], abs=1.5)
    assert event.other.length_km == pytest.approx(wanted[1], abs=1.5)
