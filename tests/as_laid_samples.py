"""A design, and the list of how its cable was laid, made from a seeded truth that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from geographiclib.geodesic import Geodesic

from tests.rpl_samples import karney, rpl_through
from transcaspian.core.linear_reference import positions_at_km, vertices_km
from transcaspian.rpl.model import Position, Rpl, Span

CORNERS = [(50.0, 41.2), (50.35, 41.45), (50.6, 41.4), (50.9, 41.75)]
TARGETS_M = (1.0, 1.5, 0.6)
SLACK_PERCENT = (0.5, 1.5, 0.8)
BODIES_KM = {"RPTR 1": 20.0, "JT 1": 52.0, "RPTR 2": 71.0}


def design() -> Rpl:
    """Three legs, each with its own target and slack, and three bodies."""
    at_km = vertices_km(CORNERS)
    all_km = sorted([*at_km.tolist(), *BODIES_KM.values()])
    names = {km: name for name, km in BODIES_KM.items()}
    lonlat = positions_at_km(CORNERS, all_km).lonlat
    places = [
        (str(n), names.get(km, "AC"), float(lon), float(lat), 40.0)
        for n, (km, (lon, lat)) in enumerate(zip(all_km, lonlat, strict=True), 1)
    ]
    made = rpl_through(places)
    middle_km = [(a + b) / 2 for a, b in pairwise(all_km)]
    legs = np.searchsorted(at_km, middle_km) - 1
    return counted(
        made,
        [
            replace(span, target_burial_m=TARGETS_M[leg], slack_percent=SLACK_PERCENT[leg])
            for span, leg in zip(made.spans, legs.tolist(), strict=True)
        ],
    )


def counted(rpl: Rpl, spans: Sequence[Span]) -> Rpl:
    """The list with these spans, and the cable that their slack makes."""
    spans = [replace(span, cable_km=span.route_km * (1 + span.slack_percent / 100)) for span in spans]  # type: ignore[operator]
    sums = np.concatenate([[0.0], np.cumsum([span.cable_km for span in spans])]).tolist()
    positions = [replace(at, cable_km=km) for at, km in zip(rpl.positions, sums, strict=True)]
    return replace(rpl, positions=tuple(positions), spans=tuple(spans))


@dataclass(frozen=True)
class Truth:
    """How the cable was laid: KP on the design and offset of each position, and of each span burial and slack."""

    kp_km: tuple[float, ...]
    offset_m: tuple[float, ...]
    burial_m: tuple[float | None, ...]
    slack_percent: tuple[float, ...]


def truth(seed: int, positions: int = 60) -> Truth:
    """Positions anywhere along the design and up to 80 m aside, with any burial and slack."""
    random = np.random.default_rng(seed)
    length_km = float(vertices_km(CORNERS)[-1])
    inner_km = np.sort(random.uniform(1.0, length_km - 1.0, positions))
    inner_km = inner_km[np.concatenate([[True], np.diff(inner_km) > 0.3])]
    corners_km = vertices_km(CORNERS)[1:-1]
    inner_km = inner_km[np.abs(inner_km[:, None] - corners_km).min(axis=1) > 0.5]  # beside a corner there are two feet
    kp_km = np.concatenate([[0.0], np.sort(np.concatenate([inner_km, corners_km])), [length_km]])
    offset_m = random.normal(0.0, 25.0, len(kp_km)).clip(-80, 80)
    offset_m[np.isin(kp_km, [0.0, *corners_km, length_km])] = 0.0
    burial = [None if random.random() < 0.1 else round(float(random.uniform(0.2, 1.8)), 2) for _ in kp_km[1:]]
    slack = [round(float(random.uniform(0.0, 3.0)), 3) for _ in kp_km[1:]]
    return Truth(tuple(kp_km.tolist()), tuple(offset_m.tolist()), tuple(burial), tuple(slack))


def as_laid(made: Truth, bodies_km: dict[str, float] | None = None) -> Rpl:
    """The list that a ship would hand over, by the geodesics of another library; bodies at the nearest position."""
    on_design = positions_at_km(CORNERS, made.kp_km)
    events = dict.fromkeys(range(len(made.kp_km)), "")
    for name, km in (bodies_km or {}).items():
        events[int(np.abs(np.array(made.kp_km) - km).argmin())] = name
    places = []
    for n, (lon, lat, bearing, offset) in enumerate(
        zip(on_design.lon_deg, on_design.lat_deg, on_design.bearing_deg, made.offset_m, strict=True)
    ):
        at = Geodesic.WGS84.Direct(lat, lon, bearing + 90.0, offset)
        places.append((str(n + 1), events[n], at["lon2"], at["lat2"], None))
    listed = rpl_through(places)
    spans = [
        replace(span, burial_m=burial, slack_percent=slack, target_burial_m=None)
        for span, burial, slack in zip(listed.spans, made.burial_m, made.slack_percent, strict=True)
    ]
    return counted(listed, spans)


def turned(rpl: Rpl) -> Rpl:
    """The list from its other end."""
    positions: list[Position] = []
    total_km = rpl.positions[-1].route_km or 0.0
    cable_km = rpl.positions[-1].cable_km or 0.0
    for at in rpl.positions[::-1]:
        positions.append(replace(at, route_km=total_km - (at.route_km or 0), cable_km=cable_km - (at.cable_km or 0)))
    bearings_deg = [karney((a.lon_deg, a.lat_deg), (b.lon_deg, b.lat_deg))[0] for a, b in pairwise(positions)]
    spans = [
        replace(span, from_pos=a.pos_no, to_pos=b.pos_no, bearing_deg=bearing_deg)
        for span, (a, b), bearing_deg in zip(rpl.spans[::-1], pairwise(positions), bearings_deg, strict=True)
    ]
    return replace(rpl, positions=tuple(positions), spans=tuple(spans))
