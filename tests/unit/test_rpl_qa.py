"""The check of a list: a sound one gives nothing, and each planted fault is found where it was planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rpl_samples import GOLDEN, PLACES, karney, rpl_through, sample_rpl, with_position, with_span
from transcaspian.rpl.model import Position, Rpl, Span, start_notes, stated_length_km
from transcaspian.rpl.qa import Tolerances, check_rpl
from transcaspian.rpl.reader import read_rpl

SAMPLE = sample_rpl()


def every_span(change: Callable[[Span], dict[str, float | None]]) -> Rpl:
    return replace(SAMPLE, spans=tuple(replace(span, **change(span)) for span in SAMPLE.spans))  # type: ignore[arg-type]


def every_position(change: Callable[[Position], dict[str, float]]) -> Rpl:
    return replace(SAMPLE, positions=tuple(replace(item, **change(item)) for item in SAMPLE.positions))  # type: ignore[arg-type]


def in_nautical_miles(rpl: Rpl) -> Rpl:
    """Each distance of the list as a figure in nautical miles."""
    spans = tuple(replace(s, route_km=s.route_km / 1.852, cable_km=s.cable_km / 1.852) for s in rpl.spans)  # type: ignore[operator]
    positions = tuple(
        replace(p, route_km=p.route_km / 1.852, cable_km=p.cable_km / 1.852)  # type: ignore[operator]
        for p in rpl.positions
    )
    return replace(rpl, positions=positions, spans=spans)


def moved_on(rpl: Rpl, first: int, by_km: float) -> Rpl:
    """Cumulatives longer from one position on, and the leg before it too."""
    for index in range(first, len(rpl.positions)):
        rpl = with_position(rpl, index, route_km=rpl.positions[index].route_km + by_km)  # type: ignore[operator]
    leg_km = rpl.spans[first - 1].route_km + by_km  # type: ignore[operator]
    return with_span(rpl, first - 1, route_km=leg_km, cable_km=leg_km * 1.025)


def leg(index: int) -> float:
    return karney(PLACES[index][2:4], PLACES[index + 1][2:4])[1]


def total(index: int) -> float:
    return sum(leg(number) for number in range(index))


@dataclass(frozen=True)
class Planted:
    """A list with one fault, and where the check must name it; ``alone`` when nothing else may be named."""

    name: str
    rpl: Rpl
    at: tuple[str, int, str]
    says: str
    alone: bool = True


PLANTED = [
    Planted(
        "leg", with_span(SAMPLE, 2, route_km=30.0, cable_km=30.75), ("span", 2, "DistBetweenPos"), "as long", False
    ),
    Planted(
        "leg in nm", with_span(SAMPLE, 2, route_km=leg(2) / 1.852), ("span", 2, "DistBetweenPos"), "nautical", False
    ),
    Planted("list in nm", in_nautical_miles(SAMPLE), ("span", 0, "DistBetweenPos"), "this list look like nautical"),
    Planted(
        "cumulatives alone",
        replace(with_position(SAMPLE, 3, route_km=total(3) + 5), spans=every_span(lambda s: {"route_km": None}).spans),
        ("position", 3, "DistCumulative"),
        "as long",
        False,
    ),
    Planted("bearing", with_span(SAMPLE, 1, bearing_deg=150.0), ("span", 1, "Bearing"), "does not run that way"),
    Planted("bearing reversed", with_span(SAMPLE, 1, bearing_deg=19.6), ("span", 1, "Bearing"), "looks reversed"),
    Planted(
        "all reversed",
        every_span(lambda s: {"bearing_deg": (s.bearing_deg + 180) % 360}),  # type: ignore[operator]
        ("span", 0, "Bearing"),
        "all bearings look reversed",
    ),
    Planted(
        "magnetic",
        every_span(lambda s: {"bearing_deg": s.bearing_deg - 6.3}),
        ("span", 0, "Bearing"),
        "-6.3°, as from",  # type: ignore[operator]
    ),
    Planted(
        "small offset",
        every_span(lambda s: {"bearing_deg": s.bearing_deg + 3}),
        ("span", 0, "Bearing"),
        "+3.0°",  # type: ignore[operator]
    ),
    Planted("off the circle", with_span(SAMPLE, 0, bearing_deg=-135.0), ("span", 0, "Bearing"), "clockwise"),
    Planted(
        "slack too small",
        with_span(SAMPLE, 0, slack_percent=-6.0, cable_km=leg(0) * 0.94),
        ("span", 0, "Slack"),
        "range",
        False,
    ),
    Planted(
        "slack too large",
        with_span(SAMPLE, 0, slack_percent=250.0, cable_km=leg(0) * 3.5),
        ("span", 0, "Slack"),
        "range",
        False,
    ),
    Planted(
        "cable of another slack",
        with_span(SAMPLE, 0, slack_percent=4.0),
        ("span", 0, "CableDistBetweenPos"),
        "slack / 100",
    ),
    Planted(
        "cable too short",
        with_span(SAMPLE, 0, slack_percent=None, cable_km=leg(0) - 1),
        ("span", 0, "CableDistBetweenPos"),
        "negative",
        False,
    ),
    Planted(
        "backward",
        with_position(SAMPLE, 4, route_km=total(3) - 1),
        ("position", 4, "DistCumulative"),
        "backward",
        False,
    ),
    Planted(
        "cumulative",
        with_position(SAMPLE, 4, route_km=total(4) + 0.03),
        ("position", 4, "DistCumulative"),
        "sum of the legs",
    ),
    Planted(
        "first cumulative",
        with_position(SAMPLE, 0, route_km=5.0),
        ("position", 0, "DistCumulative"),
        "the span after it begins at 0.000 km",
    ),
    Planted(
        "last cumulative",
        with_position(SAMPLE, 7, route_km=total(7) + 0.03),
        ("position", 7, "DistCumulative"),
        "sum of the legs",
    ),
    Planted(
        "cable sum",
        with_position(SAMPLE, 4, cable_km=1.025 * total(4) + 1),
        ("position", 4, "CableDistCumulative"),
        "sum of the legs",
    ),
    Planted(
        "cable backward", with_position(SAMPLE, 4, cable_km=0.0), ("position", 4, "CableDistCumulative"), "backward"
    ),
    Planted("drift", moved_on(SAMPLE, 4, 0.3), ("position", 4, "DistCumulative"), "drifts", False),
    Planted(
        "a span too few", replace(SAMPLE, spans=SAMPLE.spans[:-1]), ("list", 0, "DistBetweenPos"), "7 spans between"
    ),
    Planted(
        "one position", replace(SAMPLE, positions=SAMPLE.positions[:1], spans=()), ("list", 0, "PosNo"), "no route"
    ),
    Planted("does not join", with_span(SAMPLE, 3, to_pos="5"), ("span", 3, "ToPos"), "does not join"),
    Planted("joins nothing", with_span(SAMPLE, 3, from_pos=""), ("span", 3, "FromPos"), "does not join"),
    Planted(
        "duplicate",
        with_span(with_span(with_position(SAMPLE, 3, pos_no="3"), 2, to_pos="3"), 3, from_pos="3"),
        ("position", 3, "PosNo"),
        "position 3 of the list",
    ),
    Planted(
        "repeated",
        rpl_through([*PLACES[:3], ("2A", *PLACES[2][1:]), *PLACES[3:]]),
        ("position", 3, "Latitude"),
        "one; join",
    ),
    Planted(
        "swapped list",
        every_position(lambda p: {"lon_deg": p.lat_deg, "lat_deg": p.lon_deg}),
        ("list", 0, "Latitude"),
        "exchanged",
    ),
    Planted(
        "one swapped",
        with_position(SAMPLE, 3, lon_deg=PLACES[3][3], lat_deg=PLACES[3][2]),
        ("position", 3, "Latitude"),
        "exchanged",
    ),
    Planted(
        "first swapped",
        with_position(SAMPLE, 0, lon_deg=PLACES[0][3], lat_deg=PLACES[0][2]),
        ("position", 0, "Latitude"),
        "exchanged",
    ),
    Planted("outlier", with_position(SAMPLE, 3, lat_deg=44.0), ("position", 3, "Latitude"), "likely wrong", False),
    Planted(
        "depth upside down", with_position(SAMPLE, 3, depth_m=-61.5), ("position", 3, "ApproxDepth"), "positive down"
    ),
    Planted(
        "depth not finite",
        with_position(SAMPLE, 3, depth_m=float("inf")),
        ("position", 3, "ApproxDepth"),
        "positive down",
    ),
    Planted("off the globe", with_position(SAMPLE, 3, lat_deg=142.8), ("position", 3, "Latitude"), "not on the globe"),
    Planted(
        "no longitude", with_position(SAMPLE, 3, lon_deg=float("nan")), ("position", 3, "Longitude"), "not on the globe"
    ),
]


@pytest.mark.parametrize("case", PLANTED, ids=lambda case: case.name)
def test_a_planted_fault_is_found_where_it_is(case: Planted) -> None:
    found = check_rpl(case.rpl)
    hits = [b for b in found if (b.place, b.index, b.column) == case.at and case.says in str(b)]
    assert hits, "\n".join(f"{b.place} {b.index} {b.column}: {b}" for b in found)
    assert not case.alone or len(found) == 1, "\n".join(map(str, found))
    assert len(found) <= 4, "\n".join(map(str, found))


def test_a_sound_list_gives_nothing() -> None:
    assert check_rpl(SAMPLE) == ()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_segment_may_begin_at_any_kp_and_run_either_way(sign: int) -> None:
    segment = every_position(
        lambda p: {"route_km": 420.5 + sign * p.route_km, "cable_km": 433.1 + sign * p.cable_km}  # type: ignore[operator]
    )
    assert check_rpl(segment) == ()
    assert [note.split(":")[0] for note in start_notes(segment)] == [
        f"{word} {'begins at' if sign > 0 else 'runs down from'} {km} km"
        for word, km in (("KP", "420.500"), ("cable distance", "433.100"))
    ]
    bare = replace(segment, spans=tuple(replace(span, route_km=None, cable_km=None) for span in segment.spans))
    assert check_rpl(bare) == ()
    assert stated_length_km(bare, "route_km") == pytest.approx(total(7))


def test_what_is_not_stated_is_not_judged() -> None:
    bare = every_position(lambda _: {"route_km": None, "cable_km": None, "depth_m": None})  # type: ignore[dict-item]
    spans = tuple(Span(s.from_pos, s.to_pos, None, None) for s in SAMPLE.spans)
    assert check_rpl(replace(bare, spans=spans)) == ()


places = st.lists(
    st.tuples(st.floats(46.7, 54.5), st.floats(36.6, 47.0)), min_size=2, max_size=12, unique_by=lambda p: (p[0], p[1])
)


@settings(max_examples=60)
@given(places, st.sampled_from([0, 1, 2, 3]))
def test_rounding_is_no_fault(points: list[tuple[float, float]], decimals: int) -> None:
    far = [points[0]]
    far += [p for p in points[1:] if karney(p, far[-1])[1] > 0.25]
    rows = [(str(n), "AC", lon, lat, 10.0) for n, (lon, lat) in enumerate(dict.fromkeys(far))]
    if len(rows) < 2 or any(karney(a[2:4], b[2:4])[1] < 0.25 for a, b in pairwise(rows)):
        return
    rpl = rpl_through(rows)
    spans = tuple(
        replace(
            s,
            route_km=round(s.route_km or 0, decimals),
            cable_km=round(s.cable_km or 0, decimals),
            bearing_deg=round(s.bearing_deg or 0, decimals),
        )
        for s in rpl.spans
    )
    positions = tuple(
        replace(p, route_km=round(p.route_km or 0, decimals), cable_km=round(p.cable_km or 0, decimals))
        for p in rpl.positions
    )
    rounded = replace(rpl, spans=spans, positions=positions)
    allowed = Tolerances(drift_km=0.1 + 10.0**-decimals)
    assert check_rpl(rounded, allowed) == ()


@settings(max_examples=60)
@given(st.integers(0, 6), st.floats(1.05, 1.5), st.booleans())
def test_a_leg_beyond_both_tolerances_is_named_and_one_within_is_not(index: int, factor: float, longer: bool) -> None:
    factor = factor if longer else 1 / factor
    wrong = with_span(SAMPLE, index, route_km=leg(index) * factor, slack_percent=None, cable_km=None)
    assert ("span", index, "DistBetweenPos") in [(b.place, b.index, b.column) for b in check_rpl(wrong)]
    wide = Tolerances(span_percent=60.0, drift_km=1e3, reconcile_km=1e3)
    assert check_rpl(wrong, wide) == ()


def test_each_tolerance_is_used() -> None:
    cases = [
        (with_span(SAMPLE, 1, bearing_deg=193.0), Tolerances(bearing_deg=7.0)),
        (with_span(SAMPLE, 1, bearing_deg=150.0), Tolerances(bearing_over_km=1e4)),
        (
            with_span(SAMPLE, 1, slack_percent=-6.0, cable_km=leg(1) * 0.94),
            Tolerances(min_slack_percent=-7.0, reconcile_km=9),
        ),
        (
            with_span(SAMPLE, 1, slack_percent=150.0, cable_km=leg(1) * 2.5),
            Tolerances(max_slack_percent=200.0, reconcile_km=99),
        ),
        (with_position(SAMPLE, 4, route_km=total(4) + 0.03), Tolerances(reconcile_km=0.1)),
        (moved_on(SAMPLE, 4, 0.3), Tolerances(drift_km=0.5, reconcile_km=0.5)),
    ]
    for rpl, wide in cases:
        assert check_rpl(rpl) != ()
        assert check_rpl(rpl, wide) == ()


def test_the_golden_lists_are_sound() -> None:
    for name in ("rpl_flat.csv", "rpl_interleaved.csv"):
        assert check_rpl(read_rpl(GOLDEN / name)) == ()


def test_breaches_stand_in_the_order_of_the_route() -> None:
    wrong = with_span(with_position(with_span(SAMPLE, 5, bearing_deg=0.0), 3, depth_m=-9.0), 3, bearing_deg=99.0)
    assert [(b.place, b.index) for b in check_rpl(wrong)] == [("position", 3), ("span", 3), ("span", 5)]
