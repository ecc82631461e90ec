"""A position keeps its number from one revision to the next, and no number is ever given twice."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from transcaspian.core.errors import IngestError
from transcaspian.export.position_numbers import write_numbers
from transcaspian.rpl.model import NUMBERS, Numbers, Position, Rpl, Span
from transcaspian.rpl.numbering import numbered
from transcaspian.runs.archive.pointer import LATEST
from transcaspian.runs.kept_numbers import read_numbers


def rpl_of(places: list[tuple[float, float]], events: list[str] | None = None) -> Rpl:
    positions = tuple(
        Position(str(i + 1), (events or ["AC"] * len(places))[i], lon, lat, None) for i, (lon, lat) in enumerate(places)
    )
    spans = tuple(Span(str(i + 1), str(i + 2), None, None) for i in range(len(places) - 1))
    return Rpl("main", "Test", "A", positions, spans)


def moved(place: tuple[float, float], metres: float) -> tuple[float, float]:
    there = Geodesic.WGS84.Direct(place[1], place[0], 60.0, metres)
    return there["lon2"], there["lat2"]


# grid points a kilometre and more apart, so that none is near another
places = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=2, max_size=8, unique=True).map(
    lambda found: [(50 + i / 50, 41 + j / 50) for i, j in found]
)


@given(places, places, st.lists(st.booleans(), min_size=8, max_size=8))
def test_kept_positions_keep_their_numbers_and_new_ones_get_unused_numbers(old, others, keep) -> None:  # type: ignore[no-untyped-def]
    first, memory = numbered(rpl_of(old), None, 5.0)
    assert [p.pos_no for p in first.positions] == [str(i + 1) for i in range(len(old))]
    stay = [moved(place, 4.9) for place, k in zip(old, keep, strict=False) if k]
    new = stay + [place for place in others if place not in old]
    if len(new) < 2:
        return
    second, memory = numbered(rpl_of(new), memory, 5.0)
    numbers = [p.pos_no for p in second.positions]
    assert len(set(numbers)) == len(numbers)
    kept = [p.pos_no for p, k in zip(first.positions, keep, strict=False) if k]
    assert numbers[: len(stay)] == kept
    assert all(int(number) > len(old) for number in numbers[len(stay) :])
    assert [(s.from_pos, s.to_pos) for s in second.spans] == list(pairwise(numbers))
    assert memory.greatest == max(len(old), *map(int, numbers))
    # what was removed is gone for ever, even when a position comes back to its place
    third, _ = numbered(rpl_of(old), memory, 5.0)
    for position, k in zip(third.positions, keep, strict=False):
        if not k and (position.lon_deg, position.lat_deg) not in new:
            assert int(position.pos_no) > memory.greatest


@given(places)
def test_the_same_list_again_changes_nothing(found: list[tuple[float, float]]) -> None:
    first, memory = numbered(rpl_of(found), None, 5.0)
    assert numbered(rpl_of(found), memory, 5.0) == (first, memory)


def test_the_nearest_takes_the_number_and_the_same_event_decides_a_tie() -> None:
    _, memory = numbered(rpl_of([(50.0, 41.0), (51.0, 41.0)], ["BMH", "Tr"]), None, 50.0)
    near, nearer = moved((51.0, 41.0), 20.0), moved((51.0, 41.0), 10.0)
    second, _ = numbered(rpl_of([(50.0, 41.0), near, nearer]), memory, 50.0)
    assert [p.pos_no for p in second.positions] == ["1", "3", "2"]
    both = rpl_of([(50.0, 41.0), (51.0, 41.0), (51.0, 41.0)], ["BMH", "AC", "Tr"])
    assert [p.pos_no for p in numbered(both, memory, 50.0)[0].positions] == ["1", "3", "2"]


def test_numbers_that_are_words_are_kept() -> None:
    old = rpl_of([(50.0, 41.0), (51.0, 41.0)])
    named = replace(old.positions[1], pos_no="12A")
    again, _ = numbered(old, Numbers((old.positions[0], named), 12), 5.0)
    assert [p.pos_no for p in again.positions] == ["1", "12A"]


@given(places)
def test_the_numbers_read_back(found: list[tuple[float, float]]) -> None:
    import tempfile

    _, memory = numbered(rpl_of(found), None, 5.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run-1" / NUMBERS
        path.parent.mkdir(parents=True)
        (Path(folder) / LATEST).write_text('{"run": "run-1"}')
        write_numbers(path, {"main": memory})
        assert read_numbers(Path(folder)) == {"main": memory}


@pytest.mark.parametrize("text", ["{", "[]", '{"main": {}}', '{"main": {"greatest": 1, "positions": [{}]}}'])
def test_damaged_numbers_stop_the_run(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run-1" / NUMBERS
    path.parent.mkdir(parents=True)
    path.write_text(text)
    (tmp_path / LATEST).write_text('{"run": "run-1"}')
    with pytest.raises(IngestError, match=r"numbers\.json leads to the numbers of the positions and cannot be read"):
        read_numbers(tmp_path)
    assert read_numbers(tmp_path / "nowhere") == {}
