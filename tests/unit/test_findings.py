"""Findings: the most severe first, of several systems the same one once before it comes again, and kept as written."""

from __future__ import annotations

import json
from dataclasses import asdict

from hypothesis import given
from hypothesis import strategies as st

from transcaspian.core.findings import Finding, Place, ranked
from transcaspian.core.vocabulary import SEVERITIES, STATUSES

degrees = st.floats(-180, 180)
places = st.builds(Place, st.none() | st.floats(0, 1e4), st.none() | st.tuples(degrees, degrees))
findings = st.builds(
    Finding,
    kind=st.sampled_from("abcd"),
    severity=st.sampled_from(SEVERITIES),
    subject=st.sampled_from(["", "main", "spare"]),
    sentence=st.text(max_size=5),
    action=st.just("look"),
    source=st.just("here"),
    status=st.sampled_from(STATUSES),
    place=st.none() | places,
)


@given(st.lists(findings))
def test_ranks_keep_all_and_put_the_most_severe_first(listed: list[Finding]) -> None:
    found = ranked(listed)
    assert sorted(map(repr, found)) == sorted(map(repr, listed))
    order = [SEVERITIES.index(item.severity) for item in found]
    assert order == sorted(order)
    for severity in SEVERITIES:
        kinds = [item.kind for item in found if item.severity == severity]
        assert len(set(kinds[: len(set(kinds))])) == len(set(kinds)), "each kind is there before one comes again"


@given(findings)
def test_a_manifest_holds_a_finding_whole(item: Finding) -> None:
    assert Finding.of_manifest(json.loads(json.dumps(asdict(item)))) == item


def test_places_are_said_as_engineers_say_them() -> None:
    item = Finding(
        kind="steep",
        severity="minor",
        subject="main",
        sentence="the slope is 9°",
        action="",
        source="",
        place=Place(1.25),
    )
    assert str(item) == "main: the slope is 9° (KP 1.2)"
    assert str(Place(3.0, (49.5, 40.25))) == "KP 3.0, 49.5000° E 40.2500° N"
