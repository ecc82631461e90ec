"""Crossings and lower seas of one run beside those of another."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rpl_samples import PLACES, rpl_through, with_position, with_span
from transcaspian.core.errors import IngestError
from transcaspian.ingest.publishers import published_rows
from transcaspian.rpl.compare import compare_rpl
from transcaspian.runs.revisions.diff import LISTED, RunDiff, SystemDiff
from transcaspian.runs.revisions.layer_changes import (
    LEVEL_FIGURES,
    Changed,
    CrossingChange,
    crossing_changes,
    level_changes,
)


def crossing(asset: str, on_asset_km: float, kp_km: float, verdict: str = "pass") -> dict[str, Any]:
    return {
        "cable_id": asset,
        "name": asset.upper(),
        "asset_kp_km": on_asset_km,
        "kp_km": kp_km,
        "angle_deg": 61.25,
        "verdict": verdict,
    }


@pytest.mark.parametrize("more", [0, 1])
def test_no_more_are_announced_than_there_are(more: int) -> None:
    changes = crossing_changes([], [crossing(f"a{number}", 1.0, number) for number in range(LISTED + more)])
    inputs = (Changed("grid step", 30, 60),) * (LISTED + more)
    told = RunDiff("r1", "r2", inputs, (SystemDiff("main", "kept", crossings=changes),)).as_markdown()
    assert ("- and 1 more\n" in told, "And 1 more crossings." in told) == (more, more)
    assert "and 0 more" not in told.lower()


def level(level_m: float, **figures: float | None) -> dict[str, Any]:
    return {"level_m_msl": level_m, **dict.fromkeys(LEVEL_FIGURES, 0.0), **figures}


def test_a_crossing_stays_itself_when_the_route_moves_and_its_verdict_is_told() -> None:
    before = [crossing("a", 10.0, 5.0), crossing("a", 90.0, 60.0), crossing("b", 3.0, 70.0)]
    now = [crossing("a", 12.0, 8.0, "fail"), crossing("a", 91.0, 66.0), crossing("c", 1.0, 80.0)]
    found = crossing_changes(before, now)
    assert [(item.state, item.asset) for item in found] == [("verdict", "A (a)"), ("gone", "B (b)"), ("added", "C (c)")]
    assert found[0].before is before[0]
    assert found[0].now is now[0]


crossings = st.lists(
    st.builds(
        crossing, st.sampled_from("ab"), st.integers(0, 99).map(float), st.integers(0, 99).map(float),
        st.sampled_from(["pass", "fail", "insufficient information"]),
    ),
    max_size=4,
)  # fmt: skip


@given(crossings, crossings)
def test_every_crossing_is_accounted_for(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> None:
    """Against counts by asset: what is not paired was added or is gone, and never both of one asset."""
    found = crossing_changes(before, now)
    for asset in "ab":
        counts = [sum(row["cable_id"] == asset for row in rows) for rows in (before, now)]
        states = [item.state for item in found if item.asset.endswith(f"({asset})")]
        assert states.count("added") == max(0, counts[1] - counts[0])
        assert states.count("gone") == max(0, counts[0] - counts[1])
    assert all(item.before["verdict"] != item.now["verdict"] for item in found if item.state == "verdict")  # type: ignore[index]
    assert crossing_changes(now, now) == ()
    back = {(item.state, id(item.before), id(item.now)) for item in crossing_changes(now, before)}
    other = {"added": "gone", "gone": "added", "verdict": "verdict"}
    assert len(back) == len(found)
    assert sorted(other[state] for state, _, _ in back) == sorted(item.state for item in found)


def test_the_order_of_the_rows_changes_nothing() -> None:
    before = [crossing("a", 10.0, 5.0), crossing("b", 3.0, 70.0)]
    now = [crossing("a", 12.0, 8.0, "fail"), crossing("c", 1.0, 80.0), crossing("a", 50.0, 30.0)]
    found = [
        [(item.state, item.asset) for item in crossing_changes(before, list(order))] for order in permutations(now)
    ]
    assert all(one == found[0] for one in found)


def test_levels_are_compared_figure_by_figure() -> None:
    before = [level(-30.0, shallow_km=4.0), level(-31.0, from_extension_km=3.5, max_depth_m=None)]
    now = [level(-30.0, shallow_km=4.0004), level(-31.0, from_extension_km=5.0, max_depth_m=700.0), level(-32.0)]
    found = list(level_changes(before, now))
    assert [str(item) for item in found[:2]] == [
        "-31 m: dry before the first water: 3.5 → 5.0",
        "-31 m: max depth: – → 700.0",
    ]
    assert [item.what for item in found[2:]] == [f"-32 m: {meaning}" for meaning, _ in LEVEL_FIGURES.values()]
    assert list(level_changes(now, now)) == []


def test_the_report_has_a_table_of_each() -> None:
    changes = (
        CrossingChange("verdict", crossing("a|b", 1.0, 12.0), crossing("a|b", 1.0, 13.5, "fail")),
        CrossingChange("added", None, crossing("c", 1.0, 80.0)),
    )
    levels = tuple(level_changes([level(-30.0, dry_km=1.0)], [level(-30.0, dry_km=2.5)]))
    item = SystemDiff("main", "kept", levels=levels, crossings=changes)
    assert not item.is_same
    assert not replace(item, crossings=()).is_same
    assert replace(item, crossings=(), levels=()).is_same
    said = RunDiff("one", "two", (), (item,)).as_markdown()
    assert "| -30 m: dry between | 1 | 2.5 | +1.5 | km |" in said
    assert "| A\\|B (a\\|b) | other verdict | 12.000 | 13.500 | 61.2 | 61.2 | pass → fail |" in said
    assert "| C (c) | added | – | 80.000 | – | 61.2 | pass |" in said


def test_the_report_names_what_the_lists_say_otherwise() -> None:
    before = rpl_through([(no, event, 50 + 0.02 * n, 41 + 0.03 * n, 5.0) for n, (no, event, *_) in enumerate(PLACES)])
    now = with_span(with_position(before, 2, event="RPTR"), 3, target_burial_m=2.0)
    item = SystemDiff("main", "kept", lists=compare_rpl(before, now))
    assert not item.is_same
    said = RunDiff("one", "two", (), (item,)).as_markdown()
    assert "- Event, position 3: PLUP / AC → RPTR" in said
    assert ": 1.5 → 2.0\n" in said.split("- TargetBurialDepth, KP ")[1]


def test_rows_are_those_of_the_system_and_a_damaged_layer_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "geojson" / "crossings.geojson"
    path.parent.mkdir()
    features = [{"properties": {"system_id": system, "kp_km": 1.0}, "geometry": None} for system in ("main", "other")]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert published_rows(tmp_path, "crossings", "main") == [{"system_id": "main", "kp_km": 1.0}]
    for text in ("", "[]", '{"features": [3]}', "{}"):
        path.write_text(text)
        with pytest.raises(IngestError, match=r"crossings\.geojson cannot be read: "):
            published_rows(tmp_path, "crossings", "main")
    path.unlink()
    with pytest.raises(IngestError, match="No such file or directory"):
        published_rows(tmp_path, "crossings", "main")
