"""Work on many items at once: in order, a bounded number ahead, and what fails fails where it stands."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcaspian.analyses.batch.kept_rows import LastMade
from transcaspian.core.errors import RoutingError
from transcaspian.core.spread import WAITING, on_threads, one_beside, spread, spreading


@given(st.lists(st.integers(), max_size=40), st.integers(1, 5))
def test_results_come_in_the_order_of_the_items(items: list[int], threads: int) -> None:
    def work(item: int) -> int:
        time.sleep(0.0001 * (item % 3))
        return item * item

    assert list(on_threads(work, items, threads)) == [item * item for item in items]


def test_no_more_is_taken_than_waits_for_its_turn() -> None:
    """However long the first item takes, and however many items there are."""
    taken, release = [], threading.Event()

    def items() -> Iterator[int]:
        for item in range(1000):
            taken.append(item)
            yield item

    def work(item: int) -> int:
        if item == 0:
            release.wait(10)
        return item

    results = on_threads(work, items(), 2)
    threading.Timer(0.2, release.set).start()
    assert next(results) == 0
    assert len(taken) <= 2 * WAITING
    assert next(results) == 1
    assert len(taken) <= 2 * WAITING + 1
    results.close()  # type: ignore[attr-defined]


def test_a_fault_is_raised_in_its_place_and_the_rest_is_left() -> None:
    begun = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 3:
            raise ZeroDivisionError("a bug")
        return item

    results = on_threads(work, range(100), 1)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert len(begun) < 10


def test_whoever_runs_the_work_says_how_it_is_spread() -> None:
    one = partial(on_threads, threads=1)
    with spreading(one):
        assert spread() is one
    assert spread() is not one


def test_threads_share_what_the_first_of_them_made() -> None:
    made: list[int] = []
    kept: LastMade[int] = LastMade(2)

    def make(value: int) -> int:
        time.sleep(0.02)
        made.append(value)
        return value

    found = list(on_threads(lambda value: kept.get({"of": value}, lambda: make(value)), [1] * 8 + [2] * 8, 4))
    assert found == [1] * 8 + [2] * 8
    assert made == [1, 2]
    kept.get({"of": 3}, lambda: make(3))
    kept.get({"of": 2}, lambda: make(2))
    assert made == [1, 2, 3], "the last two are kept"
    kept.get({"of": 1}, lambda: make(1))
    assert made == [1, 2, 3, 1]


def test_what_cannot_be_made_is_not_tried_for_every_item() -> None:
    tries = []
    kept: LastMade[int] = LastMade(1)

    def make() -> int:
        tries.append(1)
        raise RoutingError("no water")

    for _ in range(3):
        with pytest.raises(RoutingError, match="no water"):
            kept.get("x", make)
    assert len(tries) == 1


def test_what_is_done_beside_is_done_in_the_context_of_the_caller() -> None:
    def how(work: object, items: object) -> Iterator[object]:
        yield from ()

    with one_beside() as beside:
        with spreading(how):
            found = beside(lambda: (threading.current_thread(), spread()))
        thread, spread_there = found.result()
    assert thread is not threading.main_thread()
    assert spread_there is how


def test_a_block_that_fails_does_not_begin_what_waits_beside_it() -> None:
    begun: list[str] = []
    waiting: list[Future[None]] = []
    may_end = threading.Event()

    def first() -> None:
        begun.append("first")
        may_end.wait()

    def block() -> None:
        with one_beside() as beside:
            beside(first)
            waiting.append(beside(lambda: begun.append("second")))
            threading.Timer(0.1, may_end.set).start()
            raise RoutingError("no way")

    with pytest.raises(RoutingError, match="no way"):
        block()
    assert begun == ["first"]
    assert waiting[0].cancelled()
