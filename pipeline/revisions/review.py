"""May a run be published without a person looking at it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import shapely

from pipeline.engineering import line_length_km
from pipeline.engineering.qa import check_rpl
from pipeline.figures import percent
from pipeline.routing import violations

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from pipeline.ingest import Counts
    from pipeline.products import Figures
    from pipeline.revisions.diff import RunDiff
    from pipeline.study import ReviewRules

RECONCILES_KM = 0.005
"""What lengths of one route may differ by, told in two places: lists are rounded to a metre."""


def review(
    figures: Sequence[Figures],
    water: BaseGeometry,
    forbidden: BaseGeometry | None,
    counts: Mapping[str, Counts],
    changes: RunDiff | None,
    rules: ReviewRules | None,
) -> tuple[str, ...]:
    """Why a person must look first, a sentence each; nothing where the run may be published.

    Parameters
    ----------
    water, forbidden
        The exact shoreline, and all that is closed.
    counts
        Of the features read, by role.
    changes
        Against the last good run; None where there is none.
    rules
        How much may change unseen; None: any change may.
    """
    return (*_routes(figures, water, forbidden), *(_changes(counts, changes, rules) if rules else ()))


def _routes(figures: Sequence[Figures], water: BaseGeometry, forbidden: BaseGeometry | None) -> Iterator[str]:
    shapely.prepare(water)
    for item in figures:
        name = item.system.id
        if astray := violations(item.lonlat, water, forbidden):
            at = astray[0].centroid
            yield (
                f"{name}: the route leaves the water or enters a closed area in {len(astray)} places, the first at "
                f"{at.x:.4f}° E, {at.y:.4f}° N"
            )
        if abs(line_length_km(item.lonlat) - item.length_km) > RECONCILES_KM:
            yield f"{name}: the line is {line_length_km(item.lonlat):.3f} km long, its figure {item.length_km:.3f} km"
        if item.engineered is None:
            continue
        rpl = item.engineered.rpl
        listed_km = rpl.positions[-1].route_km
        if listed_km is None or abs(listed_km - item.length_km) > RECONCILES_KM:
            yield f"{name}: the Route Position List ends at KP {listed_km}, the route is {item.length_km:.3f} km long"
        if breaches := check_rpl(rpl):
            yield f"{name}: the Route Position List does not hold: {breaches[0]}"


def _changes(counts: Mapping[str, Counts], changes: RunDiff | None, rules: ReviewRules) -> Iterator[str]:
    for role, read in counts.items():
        share = read.quarantined / read.read if read.read else 0.0
        if share > rules.max_quarantined_share:
            yield (
                f"{role}: {percent(share)} of its features are in quarantine, more than review.max_quarantined_share "
                f"{percent(rules.max_quarantined_share)}"
            )
    if changes is None:
        return
    for system in changes.systems:
        if system.lists is None:
            continue
        shift_km = abs(system.lists.greatest_offset.offset_m) / 1000
        if shift_km > rules.max_shift_km:
            yield (
                f"{system.system_id}: the route lies up to {shift_km:.1f} km from that of run {changes.before}, more "
                f"than review.max_shift_km {rules.max_shift_km:g}"
            )
        length = next((item for item in system.figures if item.what == "length"), None)
        if length and abs(length.now / length.before - 1) > rules.max_length_change_percent / 100:
            yield (
                f"{system.system_id}: the length changed from {length.before:.1f} to {length.now:.1f} km, more than "
                f"review.max_length_change_percent {rules.max_length_change_percent:g}"
            )
