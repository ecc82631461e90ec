"""Figures as people read them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transcaspian.core.system_figures import percent


@given(st.floats(0, 1))
def test_only_nothing_is_nothing_and_only_all_is_all(share: float) -> None:
    assert (percent(share) == "0.0%") == (share == 0)
    assert (percent(share) == "100.0%") == (share == 1)


def test_a_share_has_one_decimal() -> None:
    assert [percent(share) for share in (0.0804, 0.0001, 0.9999)] == ["8.0%", "under 0.1%", "over 99.9%"]
