"""What a run took, by its stages and their main parts."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from transcaspian.cli.profile import Profile, Took
from transcaspian.routing.alternatives import densified
from transcaspian.runs.stages.order import COST, COURSES, ROUTES, WATERS
from transcaspian.runs.stages.stage import REUSED


def test_parts_are_the_functions_that_do_the_work_and_none_is_within_another() -> None:
    calls: dict[tuple[str, ...], float] = {
        ("routing.between", "routing.path", "routing.trace"): 5,
        ("routing.between", "routing.path", "routing.price"): 3,
        ("routing.between",): 1,
        ("engineering.cable",): 1,
        ("routing.bound", "routing.march"): 6,
        ("routing.field", "routing.march"): 4,
    }
    assert Took("routes", calls=calls).parts == [
        ("routing.march", 0.5),
        ("routing.trace", 0.25),
        ("routing.price", 0.15),
    ]


def test_a_stage_is_seen_at_work() -> None:
    told: list[str] = []
    profile = Profile()
    watch = profile.beside(lambda stage, seconds, why: told.append(f"{stage.name} {why}"))
    watch(ROUTES, None, "first")
    began = perf_counter()
    while perf_counter() - began < 0.3:
        densified(np.array([(50.0, 40.0), (50.0, 41.0)]))
    watch(ROUTES, perf_counter() - began, "first")
    (took,) = profile.took
    assert told == ["routes first", "routes first"]
    assert took.wall_s >= 0.3
    assert took.cpu_s > 0
    assert took.peak_mb > 0
    assert took.parts[0][0].startswith("routing.alternatives")
    assert profile.table().row_count == 1 + len(took.parts)


def test_stages_side_by_side_are_one_row() -> None:
    profile = Profile()
    watch = profile.beside(lambda stage, seconds, why: None)
    watch(WATERS, None, "")
    watch(COST, 0.0, REUSED)
    watch(ROUTES, None, "")
    watch(WATERS, 0.0, "")
    assert not profile.took  # routes are at work still
    watch(ROUTES, 0.0, "")
    watch(COURSES, None, "")
    watch(COURSES, 0.0, "")
    assert [took.name for took in profile.took] == ["waters, routes", "courses"]
