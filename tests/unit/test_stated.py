"""A list whose legs stand in part: the route between them is told as well as it is known."""

from __future__ import annotations

import numpy as np

from tests.rpl_samples import PLACES, sample_rpl
from transcaspian.core.linear_reference import vertices_km
from transcaspian.engineering.alter_course import Course
from transcaspian.engineering.stated import listed_on


def test_positions_between_locked_legs_say_where_they_are_and_nothing_else() -> None:
    lonlat = np.array([place[2:4] for place in PLACES])
    lonlat[[1, 6]] += 0.01
    course = Course(lonlat, np.zeros(len(PLACES) - 2), 1.0, 1.0, 0.0)
    found = listed_on(course, sample_rpl(), [("3", "4")])
    np.testing.assert_array_equal(found.rpl.lonlat, lonlat)
    assert [at.pos_no for at in found.rpl.positions] == ["", "", "3", "3A", "4", "", "", ""]
    assert found.given == ((2, 4),)
    assert len(found.rpl.spans) == len(PLACES) - 1
    np.testing.assert_allclose(found.kp_km, vertices_km(lonlat))
