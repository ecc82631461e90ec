"""Where a cable that is laid on the seabed hangs free between two humps, as far as the data can show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.findings import Finding, Place
from transcaspian.core.linear_reference import KpRange, line_length_km, positions_at_km, runs
from transcaspian.core.vocabulary import NOT_KNOWN, SpanVerdict
from transcaspian.study import FreeSpanRules

Floats = NDArray[np.float64]
SampleSeabed = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Depth and resolution in metres at longitudes and latitudes; NaN where there is no data."""

NODES_PER_SPAN = 4.0
"""A span is seen in data with so many nodes in its length; a shorter one may be noise, or not be there at all."""
MIN_SEEN_NODES = 2.0
LOOK_STEP_KM = 0.1


@dataclass(frozen=True)
class FreeSpan(KpRange):
    """A stretch in which a cable hangs free, or of which the data cannot tell.

    Attributes
    ----------
    span_m, height_m
        Its length, and the most that the cable is above the seabed; None where it is not known.
    depth_m
        Of the seabed below the highest place; None where it is not known.
    resolution_m
        Spacing of the data, the coarsest in the stretch; None: there is no depth.
    verdict
        ``critical``, ``within limits`` or `NOT_KNOWN`.
    """

    span_m: float | None
    height_m: float | None
    depth_m: float | None
    resolution_m: float | None
    verdict: SpanVerdict


def free_spans(lonlat: Floats, sample: SampleSeabed, rules: FreeSpanRules) -> tuple[FreeSpan, ...]:
    """Free spans along a line of geodesic legs, and stretches whose data cannot show them, in the order of their KP.

    Data show a span of ``max_length_m`` where they have `NODES_PER_SPAN` nodes in it; where they are coarser nothing is
    said of spans but that there is insufficient information.

    Parameters
    ----------
    lonlat
        Vertices, ``(n, 2)``, degrees.
    sample
        The seabed from its finest source.
    """
    length_km = line_length_km(lonlat)
    kp_km = np.linspace(0.0, length_km, max(3, int(np.ceil(length_km / LOOK_STEP_KM)) + 1))
    places = positions_at_km(lonlat, kp_km)
    depth_m, resolution_m = sample(places.lon_deg, places.lat_deg)
    shows = np.isfinite(depth_m) & (resolution_m <= rules.max_length_m / NODES_PER_SPAN)
    found: list[FreeSpan] = []
    for from_km, to_km, part in runs(kp_km, ~shows):
        coarsest = resolution_m[part][np.isfinite(resolution_m[part])]
        worst_m = float(coarsest.max()) if coarsest.size else None
        found.append(FreeSpan(from_km, to_km, None, None, None, worst_m, NOT_KNOWN))
    for from_km, to_km, part in runs(kp_km, shows):
        found += _spans_between(lonlat, (from_km, to_km), float(resolution_m[part].max()), sample, rules)
    return tuple(sorted(found, key=lambda span: (span.from_km, span.to_km)))


def _spans_between(
    lonlat: Floats, ends_km: tuple[float, float], resolution_m: float, sample: SampleSeabed, rules: FreeSpanRules
) -> Iterator[FreeSpan]:
    """The spans of a stretch whose data show them."""
    count = max(3, int(np.ceil(1000.0 * (ends_km[1] - ends_km[0]) / (resolution_m / 2))) + 1)
    kp_km = np.linspace(*ends_km, count)
    places = positions_at_km(lonlat, kp_km)
    depth_m, _ = sample(places.lon_deg, places.lat_deg)
    for _, _, part in runs(kp_km, np.isfinite(depth_m)):
        along_m = 1000.0 * (kp_km[part] - kp_km[part.start])
        for begin, end, highest, height_m in hanging(along_m, depth_m[part], sag_per_m(rules)):
            span_m = float(along_m[end] - along_m[begin])
            if span_m < MIN_SEEN_NODES * resolution_m or height_m < rules.min_height_m:
                continue
            is_critical = span_m > rules.max_length_m or height_m > rules.max_height_m
            yield FreeSpan(
                float(kp_km[part][begin]),
                float(kp_km[part][end]),
                span_m,
                height_m,
                float(depth_m[part][highest]),
                resolution_m,
                "critical" if is_critical else "within limits",
            )


def sag_per_m(rules: FreeSpanRules) -> float:
    """Curvature of the hanging cable, 1/m: submerged weight over residual tension."""
    return rules.submerged_weight_n_per_m / (1000.0 * rules.residual_tension_kn)


def hanging(along_m: Floats, depth_m: Floats, curvature_per_m: float) -> Iterator[tuple[int, int, int, float]]:
    """Where a heavy string under tension, laid over a profile, does not touch it.

    Between two humps the cable is the parabola ``y'' = w / H`` of submerged weight over tension (the flat catenary of
    Irvine 1981, Cable Structures, ch. 2; its own stiffness, which adds some metres to a span, is left out). Where it
    lies on the seabed the contact force is not negative: ``y'' <= w / H``. With ``(w / 2H) x²`` taken off, the cable is
    therefore the upper convex hull of the profile, exactly, and its free spans are the edges of the hull.

    Parameters
    ----------
    along_m, depth_m
        ``(n,)``, in the order of the line; depths positive down.
    curvature_per_m
        ``w / H``, 1/m; the same in all the stretch.

    Yields
    ------
    tuple
        Indices of both ends and of the highest place, and how high the cable is there, metres.
    """
    bent = -depth_m - 0.5 * curvature_per_m * along_m**2
    hull: list[int] = []
    for i in range(len(along_m)):
        while len(hull) > 1 and _is_below(along_m, bent, hull[-2], hull[-1], i):
            hull.pop()
        hull.append(i)
    for begin, end in pairwise(hull):
        if end - begin > 1:
            chord = np.interp(along_m[begin : end + 1], along_m[[begin, end]], bent[[begin, end]])
            above_m = chord - bent[begin : end + 1]
            highest = int(above_m.argmax())
            yield begin, end, begin + highest, float(above_m[highest])


def _is_below(x: Floats, y: Floats, a: int, b: int, c: int) -> bool:
    """Whether the middle of three points lies on or below the line between the others."""
    return bool((y[b] - y[a]) * (x[c] - x[a]) <= (y[c] - y[a]) * (x[b] - x[a]))


def span_findings(system_id: str, spans: Sequence[FreeSpan]) -> Iterator[Finding]:
    """What free spans of a route say to a reader: the critical ones, and how much of it cannot be told.

    Parameters
    ----------
    system_id
        Of the route.
    spans
        Of `free_spans`.

    Yields
    ------
    Finding
        At most two, of which the second gives the length of which nothing is known.

    Examples
    --------
    >>> span = FreeSpan(10.0, 10.05, 48.0, 1.6, 90.0, 4.0, "critical")
    >>> print(next(span_findings("main", [span])).sentence)
    the cable hangs free beyond the limits of the study in 1 spans, the longest 48 m long and 1.6 m above the seabed
    """
    key = "[engineering.free_spans]"
    critical = [span for span in spans if span.verdict == "critical"]
    if critical:
        worst = max(critical, key=lambda span: span.span_m or 0.0)
        yield Finding(
            kind="free spans",
            severity="major",
            subject=system_id,
            sentence=f"the cable hangs free beyond the limits of the study in {len(critical)} spans, the longest "
            f"{worst.span_m:.0f} m long and {worst.height_m:.1f} m above the seabed",
            action="move the line, or plan rock, bags or less tension there (layer free_spans)",
            source=f"{key}: {worst.resolution_m:.0f} m between the data there",
            place=Place(kp_km=worst.from_km),
        )
    unknown_km = sum(span.length_km for span in spans if span.verdict == NOT_KNOWN)
    if unknown_km > 0:
        yield Finding(
            kind="free spans not known",
            severity="information",
            subject=system_id,
            sentence=f"{NOT_KNOWN} about free spans over {unknown_km:.1f} km: the seabed data are too coarse there",
            action="survey the route, and give the survey in sources.seabed",
            source=key,
        )


def span_header(spans: Sequence[FreeSpan]) -> Iterator[tuple[str, str]]:
    """Rows above a list: each critical span with its KPs, its length and its height."""
    critical = [span for span in spans if span.verdict == "critical"]
    for number, span in enumerate(critical, 1):
        yield (
            f"Free Span {number}",
            f"{span.from_km:.3f} to {span.to_km:.3f} km from the start, {span.span_m:.0f} m long, "
            f"{span.height_m:.1f} m above the seabed",
        )
