"""Where repeaters, joints and branching units may not lie: what `check_practice` would name, and shore ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from transcaspian.core.linear_reference import KpRange, vertices_km
from transcaspian.engineering.alter_course import Course, headings_change_deg
from transcaspian.engineering.crossings import Crossing
from transcaspian.engineering.landing import Installation
from transcaspian.engineering.sectors import Stretch, boundary_events
from transcaspian.rpl.practice import BOUNDARIES
from transcaspian.rpl.qa import DEFAULTS, Tolerances

BY_SHORE = ("beach", "shore end")
MARGIN_KM = 0.02
"""Beyond what is asked for: a list is printed to a metre or so, and its depths to what is known of them."""


def kept_off(
    course: Course,
    crossed: Sequence[Crossing],
    along: Sequence[Stretch],
    installed: Sequence[Installation] = (),
    tolerances: Tolerances = DEFAULTS,
) -> Iterator[KpRange]:
    """Stretches around crossings, boundaries and large alter courses, and shore ends: there a body is hard to lay.

    ``installed``: how the route is laid; a barge lays no bodies, and by the shore anchors and surf reach them.

    Parameters
    ----------
    course
        The legs, with their vertices and turns.
    crossed
        Crossings; the clear distance grows with the depth there.
    along
        Stretches of waters; territorial and other boundaries between them count.
    installed
        How the route is laid; empty where that is not known.
    tolerances
        Clear distances in km and the turn in degrees from which one counts.

    Returns
    -------
    Iterator
        KPs in km; stretches may overlap and reach beyond the ends of the route.
    """
    yield from (
        KpRange(item.from_km - MARGIN_KM, item.to_km + MARGIN_KM) for item in installed if item.kind in BY_SHORE
    )
    for event in boundary_events(along):
        if event.name in BOUNDARIES:
            yield _around(event.kp_km, tolerances.boundary_clear_km)
    for crossing in crossed:
        by_depth_km = tolerances.body_depth_factor * max(crossing.depth_m or 0.0, 0.0) / 1000.0
        yield _around(crossing.kp_km, max(tolerances.body_clear_km, by_depth_km))
    large = np.abs(headings_change_deg(course.lonlat)) >= tolerances.large_turn_deg
    for kp_km in vertices_km(course.lonlat)[1:-1][large].tolist():
        yield _around(kp_km, tolerances.turn_clear_km)


def _around(kp_km: float, clear_km: float) -> KpRange:
    return KpRange(kp_km - clear_km - MARGIN_KM, kp_km + clear_km + MARGIN_KM)
