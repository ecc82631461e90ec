"""Extreme values of a study are refused by a sentence, or computed with in the time of others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import STUDY
from transcaspian.core.errors import StudyError
from transcaspian.core.grid import Grid
from transcaspian.routing.exact_water import around
from transcaspian.study.load import apply_override, have_ids, read_tables, study_of

GRID = Grid.covering(49.0, 39.0, 51.0, 40.0, step_deg=0.1)
EXTREMES = (1e-300, -1, 10**30, 1e300)


def numbers(value: Any, key: str = "") -> Iterator[str]:
    """Dotted keys of all numbers of a study."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from numbers(item, f"{key}.{name}".lstrip("."))
    elif isinstance(value, list) and value and have_ids(value):
        for item in value:
            yield from numbers(item, f"{key}.{item['id']}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield key


@pytest.mark.parametrize("extreme", EXTREMES)
def test_each_number_of_a_study_is_taken_or_refused_by_a_sentence(extreme: float) -> None:
    keys = list(numbers(read_tables(STUDY)))
    assert len(keys) > 100
    for key in keys:
        tables = read_tables(STUDY)
        apply_override(tables, key, extreme)
        with suppress(StudyError):  # anything else is a fault of ours
            study_of(tables, "study")


def test_the_way_to_the_first_charted_cell_has_a_limit() -> None:
    tables = read_tables(STUDY)
    apply_override(tables, "rules.landing_approach.max_km", 1e300)
    with pytest.raises(StudyError, match=r"landing_approach\.max_km"):
        study_of(tables, "study")


places = st.lists(st.tuples(st.integers(0, GRID.rows - 1), st.integers(0, GRID.cols - 1)), min_size=1, max_size=4)


@given(places, st.one_of(st.integers(0, 12), st.just(10**9)))
def test_cells_around_others_are_those_within_the_radius_along_both_axes(
    cells: list[tuple[int, int]], radius: int
) -> None:
    rows, cols = np.array(cells).T
    all_rows, all_cols = np.indices((GRID.rows, GRID.cols)).reshape(2, -1)
    apart = np.maximum(abs(all_rows[:, None] - rows), abs(all_cols[:, None] - cols)).min(axis=1)
    found = around(GRID, (rows, cols), radius)
    np.testing.assert_array_equal(found, (all_rows[apart <= radius], all_cols[apart <= radius]))
