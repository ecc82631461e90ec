"""Figures as people read them."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transcaspian.core.system_figures import percent
from transcaspian.products.figures import alternative_as_manifest
from transcaspian.routing import Alternative, LeastCostPath


@given(st.floats(0, 1))
def test_only_nothing_is_nothing_and_only_all_is_all(share: float) -> None:
    assert (percent(share) == "0.0%") == (share == 0)
    assert (percent(share) == "100.0%") == (share == 1)


def test_a_share_has_one_decimal() -> None:
    assert [percent(share) for share in (0.0804, 0.0001, 0.9999)] == ["8.0%", "under 0.1%", "over 99.9%"]


def test_an_alternative_within_the_end_zones_reaches_no_separation() -> None:
    line = LeastCostPath(np.array([[50.0, 40.0], [51.0, 40.0]]), 1.0, 85_000.0)
    found = alternative_as_manifest(Alternative(1, line, 0.1, 1.0, float("inf"), 42.5), None)
    assert found["figures"]["reached_separation"]["value"] is None
    json.dumps(found, allow_nan=False)
