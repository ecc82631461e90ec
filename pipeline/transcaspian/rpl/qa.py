"""The check of a Route Position List of any author: its figures against the geodesics, and against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.grid import KM_PER_NM
from transcaspian.core.linear_reference import geodesic_legs, signed_deg
from transcaspian.core.old_names import with_old_attributes
from transcaspian.rpl.model import PRINT_M, SAME_PLACE_M, STRAIGHT_KM, Position, Rpl, Span, cumulative

__all__ = ["DEFAULTS", "Breach", "Tolerances", "check_rpl"]

Floats = NDArray[np.float64]

# A fault of the whole list, as the wrong unit, shows in most of its spans
MOST = 0.8
# An offset of all bearings shows below their tolerance too
MIN_OFFSET_DEG = 1.0
MIN_SPANS_FOR_OFFSET = 4
PRINTED_STEPS = (1.0, 0.1, 0.01, 0.001)
CROSSINGS = ("Xing",)
ROUNDED_M = SAME_PLACE_M + PRINT_M
"""What a distance along a list may lack because its positions are printed to some decimals, or shared by events."""
ASHORE = ("BMH", "LP", "CLS")


@with_old_attributes
@dataclass(frozen=True)
class Tolerances:
    """What a list may differ by.

    Attributes
    ----------
    span_m, span_percent
        A stated leg is at fault when it differs from the geodesic by more than both.
    bearing_deg, bearing_over_km
        On spans longer than that.
    min_slack_percent, max_slack_percent
        Range of the slack.
    drift_km
        Of a cumulative from the sum of the geodesics.
    reconcile_km
        Of figures that follow from each other, besides the rounding that they show themselves.
    repeated_m
        Two positions in a row that are closer are one.
    jump_km
        Longest span.
    plough_clear_m
        A plough is up within this of a crossing.
    body_clear_km, body_depth_factor
        A repeater, joint or branching unit keeps the greater of the two from a crossing; the factor is of the depth.
    boundary_clear_km, turn_clear_km, large_turn_deg
        What it keeps from a boundary, and from an alter course of at least so much.
    straight_km
        A longer stretch without an alter course is named.

    Examples
    --------
    >>> Tolerances(bearing_deg=1.0).bearing_deg, Tolerances().bearing_deg
    (1.0, 5.0)
    """

    span_m: float = 50.0
    span_percent: float = 2.0
    bearing_deg: float = 5.0
    bearing_over_km: float = 0.2
    min_slack_percent: float = -5.0
    max_slack_percent: float = 100.0
    drift_km: float = 0.1
    reconcile_km: float = 0.005
    repeated_m: float = SAME_PLACE_M
    jump_km: float = 400.0
    plough_clear_m: float = 500.0
    body_clear_km: float = 1.0
    body_depth_factor: float = 3.0
    boundary_clear_km: float = 0.5
    turn_clear_km: float = 1.0
    large_turn_deg: float = 20.0
    straight_km: float = STRAIGHT_KM


DEFAULTS = Tolerances()
"""What a list may differ by where nothing else is said."""


@dataclass(frozen=True)
class Breach:
    """A figure that does not hold.

    Attributes
    ----------
    place
        ``position``, ``span`` or ``list``.
    index
        Of the position or the span in the list, from 0.
    column
        The field, by the names of `POSITION_FIELDS` and `SPAN_FIELDS`.
    found
        What the list states, with its unit.
    expected
        Completes the sentence "found …, …".
    sentence
        What is wrong.
    rule
        Which of `transcaspian.rpl.rules.RULES` it is against.
    """

    place: str
    index: int
    column: str
    found: str
    expected: str
    sentence: str
    rule: str = ""

    def __str__(self) -> str:
        return f"found {self.found}, {self.expected}: {self.sentence}"


@dataclass(frozen=True)
class Geometry:
    """The list beside its geodesics, shape ``(n - 1,)`` each; NaN where a figure is not stated.

    ``leg_km`` is what the list states for the spans: the leg or, without one, the difference of the cumulatives.
    ``step_km`` is the last decimal that its distances show.
    """

    lonlat: Floats
    leg_km: Floats
    geodesic_km: Floats
    azimuth_deg: Floats
    step_km: float


def check_rpl(rpl: Rpl, tolerances: Tolerances = DEFAULTS) -> tuple[Breach, ...]:
    """Everything in the list that does not hold; empty when it is sound. What is not stated is not judged.

    Of several breaches of one figure the one that explains most is named, and a fault of the whole list (nautical
    miles, latitude for longitude, bearings from magnetic north) is named once, at its first span.

    Parameters
    ----------
    rpl
        Positions and spans in their order; any figure may be None.
    tolerances
        By how much figures may differ.

    Returns
    -------
    tuple of Breach
        In the order of the list, those of the whole list first.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp(), "list.csv")
    >>> rows = ["Latitude,Longitude,DistBetweenPos", "40.0,50.0,", "40.1,50.5,44.12", "40.0,51.0,34.12"]
    >>> _ = file.write_text("\\n".join(rows))
    >>> from transcaspian.rpl.boundary import read_rpl
    >>> len(check_rpl(read_rpl(file))), len(check_rpl(read_rpl(file), Tolerances(span_m=20_000.0)))
    (1, 0)
    """
    by_rule: list[tuple[str, Iterator[Breach]]] = [("count", _check_count(rpl)), ("positions", _check_positions(rpl))]
    if is_whole(rpl):
        geometry = geometry_of(rpl)
        by_rule += [
            ("places", _check_places(geometry, tolerances)),
            ("lengths", _check_legs(rpl, geometry, tolerances)),
            ("bearings", _check_bearings(rpl, geometry, tolerances)),
            ("ends", _check_joints(rpl)),
            ("cable", _check_cable(rpl, tolerances)),
            ("cumulative", _check_cumulative(rpl, "route_km", "DistCumulative", tolerances)),
            ("cumulative", _check_cumulative(rpl, "cable_km", "CableDistCumulative", tolerances)),
            ("drift", _check_drift(rpl, geometry, tolerances)),
            ("plough-crossing", _check_ploughed(rpl)),
        ]
    return _in_order([replace(breach, rule=rule) for rule, breaches in by_rule for breach in breaches])


def is_whole(rpl: Rpl) -> bool:
    """Whether there is one span between each position and the next."""
    return len(rpl.spans) == len(rpl.positions) - 1 and bool(rpl.spans)


def _in_order(found: Sequence[Breach]) -> tuple[Breach, ...]:
    """One breach for each figure, the first found, along the route."""
    first: dict[tuple[str, int, str], Breach] = {}
    for breach in found:
        first.setdefault((breach.place, breach.index, breach.column), breach)
    return along(first.values())


def along(found: Iterable[Breach]) -> tuple[Breach, ...]:
    """Breaches along the route, those of the whole list first, a position before the span it begins."""
    rank = {"list": -1, "position": 0, "span": 1}
    return tuple(sorted(found, key=lambda item: (item.index + min(rank[item.place], 0), rank[item.place])))


def geometry_of(rpl: Rpl) -> Geometry:
    """Geodesics between the positions; NaN where one of them is off the globe."""
    lonlat = rpl.lonlat
    lonlat[~_on_globe(lonlat)] = np.nan
    sign = cumulative(rpl, "route_km").sign
    pairs = zip(rpl.spans, pairwise(rpl.positions), strict=True)
    stated = [_leg_of(span, start, end, sign) for span, (start, end) in pairs]
    azimuth_deg, length_km = geodesic_legs(lonlat)
    figures = [span.route_km for span in rpl.spans] + [position.route_km for position in rpl.positions]
    return Geometry(lonlat, np.array(stated), length_km, azimuth_deg, _printed_step(figures))


def _on_globe(lonlat: Floats) -> NDArray[np.bool_]:
    """Which positions are finite and within ±180° and ±90°, shape ``(n,)``."""
    return np.asarray(np.isfinite(lonlat).all(axis=1) & (np.abs(lonlat) <= (180.0, 90.0)).all(axis=1))


def _leg_of(span: Span, start: Position, end: Position, sign: int) -> float:
    """Stated length of a span, km: its own, or that between the cumulatives; NaN where neither is stated."""
    if span.route_km is not None:
        return span.route_km
    if start.route_km is None or end.route_km is None:
        return float("nan")
    return sign * (end.route_km - start.route_km)


def _printed_step(values: Sequence[float | None]) -> float:
    """The last decimal that figures show (1, 0.1, 0.01 or 0.001); 0 where they show more."""
    stated = np.array([value for value in values if value is not None and np.isfinite(value)])
    for step in PRINTED_STEPS:
        if np.all(np.abs(stated / step - np.round(stated / step)) < 1e-6 / step):
            return step
    return 0.0


# -- the list and its positions


def _check_count(rpl: Rpl) -> Iterator[Breach]:
    """n positions have n - 1 spans."""
    positions, spans = len(rpl.positions), len(rpl.spans)
    if positions < 2:
        yield Breach("list", 0, "PosNo", f"{positions} positions", "expected two or more", "this is no route")
    elif spans != positions - 1:
        sentence = (
            f"{positions} positions have {positions - 1} spans between them; lengths and bearings are not checked"
        )
        yield Breach("list", 0, "DistBetweenPos", f"{spans} spans", f"expected {positions - 1}", sentence)


def _check_positions(rpl: Rpl) -> Iterator[Breach]:
    """What a position says by itself."""
    first: dict[str, int] = {}
    for index, position in enumerate(rpl.positions):
        name = position.pos_no.strip()
        if name in first:
            sentence = f"it names position {first[name] + 1} of the list too; a PosNo belongs to one position for ever"
            yield Breach("position", index, "PosNo", position.pos_no, "expected a PosNo of its own", sentence)
        first.setdefault(name, index)
        for column, value, most in (("Latitude", position.lat_deg, 90.0), ("Longitude", position.lon_deg, 180.0)):
            if not abs(value) <= most:
                sentence = "the position is not on the globe"
                yield Breach("position", index, column, f"{value}°", f"expected {-most:.0f}…{most:.0f}°", sentence)
        yield from _check_depth(index, position)


def _check_depth(index: int, position: Position) -> Iterator[Breach]:
    """A depth is positive down, and only a landing stands above the water."""
    depth_m = position.depth_m
    ashore = any(event.name in ASHORE for event in position.events)
    if depth_m is not None and (not np.isfinite(depth_m) or (depth_m < 0 and not ashore)):
        sentence = "depths are positive down, and only a landing lies above the water level"
        yield Breach("position", index, "ApproxDepth", f"{depth_m:.1f} m", "expected 0 m or more", sentence)


def _check_joints(rpl: Rpl) -> Iterator[Breach]:
    """A span joins the position before it to the position after it."""
    for index, (span, (start, end)) in enumerate(zip(rpl.spans, pairwise(rpl.positions), strict=True)):
        for column, found, position in (("FromPos", span.from_pos, start), ("ToPos", span.to_pos, end)):
            if found != position.pos_no:
                sentence = "the span does not join the positions that it stands between"
                yield Breach("span", index, column, found or "nothing", f"expected {position.pos_no}", sentence)


# -- what is laid


def with_events(rpl: Rpl, names: tuple[str, ...]) -> list[int]:
    """Indices of the positions that have one of the events."""
    return [index for index, at in enumerate(rpl.positions) if any(event.name in names for event in at.events)]


def ploughed(rpl: Rpl) -> list[bool]:
    """Whether the plough is down in each span: by its protection or, without one, by the events PLDN and PLUP."""
    found, is_down = [], False
    for span, at in zip(rpl.spans, rpl.positions, strict=False):
        names = [event.name for event in at.events]
        is_down = "PLDN" in names or (is_down and "PLUP" not in names)
        method = span.protection_method.strip().lower()
        found.append("plough" in method or "plow" in method if method else is_down)
    return found


def plough_of(rpl: Rpl, index: int) -> str:
    """What a span calls the plough."""
    return rpl.spans[index].protection_method.strip() or "plough down"


def _check_ploughed(rpl: Rpl) -> Iterator[Breach]:
    """A plough is up where the route crosses something, on both sides of it."""
    crossed = set(with_events(rpl, CROSSINGS))
    for index, is_down in enumerate(ploughed(rpl)):
        for at in sorted(crossed & {index, index + 1}) if is_down else ():
            found = f"{plough_of(rpl, index)} through the crossing at position {rpl.positions[at].pos_no}"
            sentence = "the gap is buried afterwards or covered: a plough cuts what it crosses"
            expected = "expected PLUP before the crossing and PLDN behind it"
            yield Breach("span", index, "ProtectionMethod", found, expected, sentence)


# -- against the geodesics


def _check_places(geometry: Geometry, tolerances: Tolerances) -> Iterator[Breach]:
    """Positions that stand in the list twice, or with latitude for longitude."""
    for index in np.flatnonzero(geometry.geodesic_km * 1000.0 < tolerances.repeated_m).tolist():
        distance = f"{geometry.geodesic_km[index] * 1000.0:.2f} m from the position before"
        sentence = "two positions in a row are one; join their events by ` / `"
        yield Breach("position", index + 1, "Latitude", distance, "expected a position of its own", sentence)
    if _swapped_list(geometry, tolerances):
        expected = "expected latitude and longitude the other way round"
        sentence = "with the two exchanged, the lengths of the spans hold in the whole list"
        yield Breach("list", 0, "Latitude", _place_text(geometry.lonlat[0]), expected, sentence)
        return
    for index in _swapped_positions(geometry, tolerances):
        expected = "expected latitude and longitude the other way round"
        sentence = "with the two exchanged, the spans on both sides have the length that they state"
        yield Breach("position", index, "Latitude", _place_text(geometry.lonlat[index]), expected, sentence)
    for index in _outliers(geometry, tolerances):
        around_km = geodesic_legs(geometry.lonlat[[index - 1, index + 1]])[1][0]
        expected = f"the positions before and after are only {around_km:.3f} km apart"
        sentence = "no other span differs from its geodesic, so that this position is likely wrong"
        yield Breach("position", index, "Latitude", _place_text(geometry.lonlat[index]), expected, sentence)


def _check_legs(rpl: Rpl, geometry: Geometry, tolerances: Tolerances) -> Iterator[Breach]:
    """Stated legs against the geodesics."""
    if _swapped_list(geometry, tolerances):
        return
    wrong = _differs(geometry.leg_km, geometry.geodesic_km, geometry, tolerances)
    for index in _swapped_positions(geometry, tolerances):
        wrong[max(index - 1, 0) : index + 1] = False
    nautical = wrong & ~_differs(geometry.leg_km * KM_PER_NM, geometry.geodesic_km, geometry, tolerances)
    if _whole_list(nautical, geometry.leg_km):
        yield _leg_breach(rpl, geometry, int(np.flatnonzero(nautical)[0]), NAUTICAL_LIST)
        wrong &= ~nautical
    for index in np.flatnonzero(wrong).tolist():
        yield _leg_breach(rpl, geometry, index, NAUTICAL if nautical[index] else LENGTH)


LENGTH = "the span is not as long as its positions are apart"
SUM_OF_LEGS = "a cumulative distance is the sum of the legs"
NAUTICAL = "the figure looks like nautical miles"
NAUTICAL_LIST = "the distances of this list look like nautical miles"


def _leg_breach(rpl: Rpl, geometry: Geometry, index: int, sentence: str) -> Breach:
    """A leg that is not its geodesic; named at the cumulative where the list states no leg."""
    found, expected = f"{geometry.leg_km[index]:.3f} km", f"the geodesic is {geometry.geodesic_km[index]:.3f} km"
    if rpl.spans[index].route_km is None:
        return Breach("position", index + 1, "DistCumulative", f"{found} since the last position", expected, sentence)
    return Breach("span", index, "DistBetweenPos", found, expected, sentence)


def _differs(stated_km: Floats, true_km: Floats, geometry: Geometry, tolerances: Tolerances) -> NDArray[np.bool_]:
    """Which lengths differ by more than both tolerances; what is not stated does not."""
    difference_km = np.abs(stated_km - true_km) - geometry.step_km / 2.0
    return (difference_km * 1000.0 > tolerances.span_m) & (difference_km > true_km * tolerances.span_percent / 100.0)


def _whole_list(found: NDArray[np.bool_], stated: Floats) -> bool:
    """Whether a fault is that of the list and not of a figure: most of the figures, and more than one, have it."""
    return int(found.sum()) > 1 and bool(found.sum() >= MOST * np.isfinite(stated).sum())


def _exchanged(lonlat: Floats) -> Floats:
    """Latitude for longitude; NaN where that leaves the globe."""
    other = lonlat[:, ::-1].copy()
    other[~_on_globe(other)] = np.nan
    return other


def _swapped_list(geometry: Geometry, tolerances: Tolerances) -> bool:
    """Whether the legs hold in most spans with latitude for longitude, and in few as the list stands."""
    stated = np.isfinite(geometry.leg_km)
    other_km = geodesic_legs(_exchanged(geometry.lonlat))[1]
    fits = stated & np.isfinite(other_km) & ~_differs(geometry.leg_km, other_km, geometry, tolerances)
    wrong = _differs(geometry.leg_km, geometry.geodesic_km, geometry, tolerances)
    return _whole_list(fits, geometry.leg_km) and 2 * int(wrong.sum()) > int(stated.sum())


def _swapped_positions(geometry: Geometry, tolerances: Tolerances) -> list[int]:
    """Positions whose spans are all wrong as they stand, and all right with latitude for longitude."""
    wrong = _differs(geometry.leg_km, geometry.geodesic_km, geometry, tolerances)
    other = _exchanged(geometry.lonlat)
    found = []
    for index in range(len(geometry.lonlat)):
        first = max(index - 1, 0)
        spans = slice(first, index + 1)
        if not wrong[spans].all():
            continue
        tried = geometry.lonlat[first : index + 2].copy()
        tried[index - first] = other[index]
        tried_km = geodesic_legs(tried)[1]
        fits = np.isfinite(tried_km) & ~_differs(geometry.leg_km[spans], tried_km, geometry, tolerances)
        if fits.all():
            found.append(index)
    return found


def _outliers(geometry: Geometry, tolerances: Tolerances) -> list[int]:
    """Positions off the line: both of their spans, and no others, are wrong, and both are too short for the place."""
    wrong = _differs(geometry.leg_km, geometry.geodesic_km, geometry, tolerances)
    swapped = _swapped_positions(geometry, tolerances)
    found = []
    for index in range(1, len(geometry.lonlat) - 1):
        pair = slice(index - 1, index + 1)
        if not (wrong[pair].all() and int(wrong.sum()) == 2 and len(wrong) > 2):
            continue
        around_km = geodesic_legs(geometry.lonlat[[index - 1, index + 1]])[1][0]
        stated_km = float(geometry.leg_km[pair].sum())
        if around_km <= stated_km + tolerances.span_m / 1000.0 and index not in swapped:
            found.append(index)
    return found


def _place_text(lonlat: Floats) -> str:
    """Latitude and longitude for messages."""
    return f"{lonlat[1]:.5f}°, {lonlat[0]:.5f}°"


def _check_bearings(rpl: Rpl, geometry: Geometry, tolerances: Tolerances) -> Iterator[Breach]:
    """Stated bearings against the azimuths of the geodesics."""
    stated = np.array([np.nan if span.bearing_deg is None else span.bearing_deg for span in rpl.spans])
    off_circle = (stated < 0) | (stated > 360)
    for index in np.flatnonzero(off_circle | np.isinf(stated)).tolist():
        sentence = "bearings are clockwise from true north"
        yield Breach("span", index, "Bearing", f"{stated[index]:g}°", "expected 0…360°", sentence)
    if _swapped_list(geometry, tolerances):
        return
    judged = ~off_circle & (geometry.geodesic_km > tolerances.bearing_over_km)
    for index in _swapped_positions(geometry, tolerances) + _outliers(geometry, tolerances):
        judged[max(index - 1, 0) : index + 1] = False
    offset_deg = np.where(judged, signed_deg(stated - geometry.azimuth_deg), np.nan)
    wrong = np.abs(offset_deg) > tolerances.bearing_deg
    reversed_ = np.abs(signed_deg(offset_deg - 180.0)) <= tolerances.bearing_deg
    common_deg = _common_offset(offset_deg)
    if _whole_list(reversed_, offset_deg):
        yield _bearing_breach(stated, geometry, int(np.flatnonzero(reversed_)[0]), "all bearings look reversed")
        wrong &= ~reversed_
    elif common_deg is not None:
        sentence = f"all bearings are off by about {common_deg:+.1f}°, as from magnetic or grid north"
        yield _bearing_breach(stated, geometry, int(np.flatnonzero(np.isfinite(offset_deg))[0]), sentence)
        wrong &= np.abs(offset_deg - common_deg) > tolerances.bearing_deg
    for index in np.flatnonzero(wrong).tolist():
        sentence = "the bearing looks reversed" if reversed_[index] else "the span does not run that way"
        yield _bearing_breach(stated, geometry, index, sentence)


def _bearing_breach(stated: Floats, geometry: Geometry, index: int, sentence: str) -> Breach:
    """A bearing that is not its azimuth."""
    found, expected = f"{stated[index]:.2f}°", f"the geodesic begins at {geometry.azimuth_deg[index]:.2f}°"
    return Breach("span", index, "Bearing", found, expected, sentence)


def _common_offset(offset_deg: Floats) -> float | None:
    """The offset that all bearings share; None where they do not share one worth naming."""
    known = offset_deg[np.isfinite(offset_deg)]
    if len(known) < MIN_SPANS_FOR_OFFSET:
        return None
    middle = float(np.median(known))
    near = np.abs(known - middle) <= max(abs(middle) / 4.0, 0.5)
    return middle if MIN_OFFSET_DEG < abs(middle) < 90.0 and near.mean() >= MOST else None


# -- against each other


def _check_cable(rpl: Rpl, tolerances: Tolerances) -> Iterator[Breach]:
    """Slack in its range, and the cable as long as route and slack say."""
    slack_step = _printed_step([span.slack_percent for span in rpl.spans])
    step_km = _printed_step([value for span in rpl.spans for value in (span.route_km, span.cable_km)])
    low, high = tolerances.min_slack_percent, tolerances.max_slack_percent
    for index, span in enumerate(rpl.spans):
        slack, route_km, cable_km = span.slack_percent, span.route_km, span.cable_km
        if slack is not None and not low <= slack <= high:
            sentence = "the slack is out of its range"
            yield Breach("span", index, "Slack", f"{slack:g} %", f"expected {low:g}…{high:g} %", sentence)
        if route_km is None or cable_km is None:
            continue
        allowed_km = tolerances.reconcile_km + step_km + abs(route_km) * slack_step / 200.0
        found = f"{cable_km:.3f} km"
        if cable_km < route_km - allowed_km and (slack is None or slack >= 0):
            expected = f"the route is {route_km:.3f} km"
            sentence = "a cable shorter than its route has a negative slack, and none is stated"
            yield Breach("span", index, "CableDistBetweenPos", found, expected, sentence)
        elif slack is not None and abs(cable_km - route_km * (1 + slack / 100)) > allowed_km:
            expected = f"route and slack of {slack:g} % make {route_km * (1 + slack / 100):.3f} km"
            yield Breach("span", index, "CableDistBetweenPos", found, expected, "cable = route × (1 + slack / 100)")


def _check_cumulative(rpl: Rpl, name: str, column: str, tolerances: Tolerances) -> Iterator[Breach]:
    """A cumulative never goes backward, and is the sum of the legs before it.

    A single wrong figure is named alone: the next one is compared with whichever of the two before it fits. In a list
    whose figures run down all of them are taken with the other sign.
    """
    counted = cumulative(rpl, name)
    sign, start_km = counted.sign, counted.sign * counted.begins_km
    stated = [None if km is None else sign * km for km in (getattr(position, name) for position in rpl.positions)]
    legs: list[float | None] = [getattr(span, name) for span in rpl.spans]
    allowed_km = max(tolerances.reconcile_km, 1.5 * _printed_step([*stated, *legs]) + 1e-6)
    trusted_km = None if stated[0] is None else start_km
    if stated[0] is not None and abs(stated[0] - start_km) > allowed_km:
        expected = f"the span after it begins at {sign * start_km:.3f} km"
        yield Breach("position", 0, column, f"{sign * stated[0]:.3f} km", expected, SUM_OF_LEGS)
    for index, leg_km in enumerate(legs, start=1):
        here_km = stated[index]
        sum_km = None if trusted_km is None or leg_km is None else trusted_km + leg_km
        if here_km is None:
            trusted_km = sum_km
            continue
        before_km = trusted_km
        trusted_km = here_km
        if before_km is not None and here_km < before_km - 1e-9:
            expected = f"expected {before_km:.3f} km or more" if sum_km is None else f"expected {sign * sum_km:.3f} km"
            sentence = "a cumulative distance does not go backward"
            yield Breach("position", index, column, f"{sign * here_km:.3f} km", expected, sentence)
            trusted_km = sum_km if sum_km is not None else here_km
        elif sum_km is not None and abs(here_km - sum_km) > allowed_km:
            expected = f"the legs before it make {sign * sum_km:.3f} km"
            yield Breach("position", index, column, f"{sign * here_km:.3f} km", expected, SUM_OF_LEGS)
        if sum_km is not None and _fits_next(stated, legs, index, sum_km, allowed_km):
            trusted_km = sum_km


def _fits_next(
    stated: Sequence[float | None], legs: Sequence[float | None], index: int, sum_km: float, allowed_km: float
) -> bool:
    """Whether the next cumulative goes on from the sum and not from what stands at the index."""
    here_km = stated[index]
    if here_km is None or abs(here_km - sum_km) <= allowed_km or index >= len(legs):
        return False
    next_km, leg_km = stated[index + 1], legs[index]
    return next_km is not None and leg_km is not None and abs(sum_km + leg_km - next_km) <= allowed_km


def _check_drift(rpl: Rpl, geometry: Geometry, tolerances: Tolerances) -> Iterator[Breach]:
    """Cumulatives against the sum of the geodesics; a drift is named where it grows beyond the tolerance."""
    if _swapped_list(geometry, tolerances):
        return
    # a leg that is wrong by itself is named there, and not once more in every position after it
    wrong = np.isnan(geometry.geodesic_km) | _differs(geometry.leg_km, geometry.geodesic_km, geometry, tolerances)
    counted = cumulative(rpl, "route_km")
    along_km = counted.sign * np.concatenate([[0.0], np.cumsum(np.where(wrong, geometry.leg_km, geometry.geodesic_km))])
    start = None if rpl.positions[0].route_km is None else counted.begins_km
    named_km = 0.0
    for index, position in enumerate(rpl.positions):
        if position.route_km is None:
            continue
        start = position.route_km - along_km[index] if start is None else start
        drift_km = position.route_km - along_km[index] - start
        if abs(drift_km) <= tolerances.drift_km:
            named_km = 0.0
        elif abs(drift_km - named_km) > tolerances.drift_km:
            named_km = drift_km
            expected = f"the geodesics make {along_km[index] + start:.3f} km"
            sentence = "the cumulative distance drifts away from the positions"
            yield Breach("position", index, "DistCumulative", f"{position.route_km:.3f} km", expected, sentence)
