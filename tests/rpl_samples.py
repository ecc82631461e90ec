"""A sound Route Position List, made by another library than the one that checks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from geographiclib.geodesic import Geodesic

from transcaspian.rpl.model import Position, Rpl, Span

GOLDEN = Path(__file__).parent / "golden"
CREATED = "2026-01-31T12:00:00.000Z"
PLACES = [
    ("1", "BMH", 51.1739, 43.6611, -3.0),
    ("2", "PLDN", 51.0512, 43.5718, 12.0),
    ("3", "PLUP / AC", 50.8807, 43.2214, 34.0),
    ("3A", "Xing / AC", 50.7031, 42.8405, 61.5),
    ("4", "PLDN / WD 200", 50.4419, 42.2207, 200.0),
    ("5", "AC", 50.2004, 41.6012, 388.0),
    ("6", "PLUP", 49.8101, 40.9003, 24.0),
    ("7", "BMH", 49.6702, 40.6001, -1.5),
]


def karney(start: Sequence[float], end: Sequence[float]) -> tuple[float, float]:
    """Azimuth 0…360 and length in km from one ``lon, lat`` to another."""
    found = Geodesic.WGS84.Inverse(start[1], start[0], end[1], end[0])
    return found["azi1"] % 360.0, found["s12"] / 1000.0


def rpl_through(places: Sequence[tuple[str, str, float, float, float | None]], slack: float = 2.5) -> Rpl:
    """A list whose figures all follow from its positions."""
    positions = [Position(*places[0][:4], 0.0, 0.0, places[0][4], "start")]
    spans = []
    for before, here in pairwise(places):
        azimuth_deg, length_km = karney(before[2:4], here[2:4])
        cable_km = length_km * (1 + slack / 100)
        route_sum_km = (positions[-1].route_km or 0.0) + length_km
        cable_sum_km = (positions[-1].cable_km or 0.0) + cable_km
        method = "PLIB" if "Xing" in before[1] + here[1] else "plough"
        texts = ("DA1", "DA", method, 1.5, "KZ", "Kazakhstan")
        spans.append(Span(before[0], here[0], azimuth_deg, length_km, slack, cable_km, *texts))
        positions.append(Position(*here[:4], route_sum_km, cable_sum_km, here[4], ""))
    return Rpl("north", "Aktau to Sumqayit", "B1", tuple(positions), tuple(spans), water_level="-28.0 m, Baltic 1977")


def sample_rpl() -> Rpl:
    """Eight positions across the Caspian Sea."""
    return rpl_through(PLACES)


def with_position(rpl: Rpl, index: int, **changes: Any) -> Rpl:
    """The list with one position changed."""
    positions = list(rpl.positions)
    positions[index] = replace(positions[index], **changes)
    return replace(rpl, positions=tuple(positions))


def with_span(rpl: Rpl, index: int, **changes: Any) -> Rpl:
    """The list with one span changed."""
    spans = list(rpl.spans)
    spans[index] = replace(spans[index], **changes)
    return replace(rpl, spans=tuple(spans))
