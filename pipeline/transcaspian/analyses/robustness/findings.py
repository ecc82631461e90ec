"""What a reader must know of how sure the routes are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcaspian.analyses.robustness.counts import Share
from transcaspian.core.findings import Finding
from transcaspian.core.system_figures import percent


@dataclass(frozen=True)
class Rank:
    """How a candidate stands in the samples.

    Attributes
    ----------
    best
        The share in which it is the cheapest.
    excess_median
        What it costs more than the cheapest, a share; None where it is closed in all.
    """

    name: str
    best: Share
    excess_median: float | None


def candidate_findings(system_id: str, ranks: Sequence[Rank]) -> Iterator[Finding]:
    """A published route that another candidate beats: in more samples than chance explains, or in the median too.

    Parameters
    ----------
    ranks
        The first is that of the published route.
    """
    route, *others = ranks
    ahead = max(others, key=lambda rank: rank.best.count, default=route)
    if ahead.best.count <= route.best.count or route.best.high is None or ahead.best.low is None:
        return
    is_certain = ahead.best.low > route.best.high
    is_less = ahead.excess_median is not None and (
        route.excess_median is None or ahead.excess_median < route.excess_median
    )
    yield Finding(
        kind="route best in few samples",
        severity="major" if is_certain or is_less else "minor",
        subject=system_id,
        sentence=(
            f"the route is the cheapest of {len(ranks)} lines in {percent(route.best.share or 0.0)} of "
            f"{route.best.samples} samples, {ahead.name} in {percent(ahead.best.share or 0.0)}"
        ),
        action=f"take {ahead.name} ([[systems]] adopt)",
        source="layer rank_acceptability",
    )


def sample_findings(system_id: str, near: Share, near_km: float, reasons: Sequence[str]) -> Iterator[Finding]:
    """A route that few samples stay near, and samples without any route.

    Parameters
    ----------
    near
        Samples within ``near_km`` of the route.
    reasons
        Why samples have no route, one for each of those.
    """
    if near.high is not None and near.high < 0.5:
        yield Finding(
            kind="route not sure",
            severity="minor",
            subject=system_id,
            sentence=f"{percent(near.share or 0.0)} of {near.samples} samples stay within {near_km:g} km of the route",
            action="survey a wider zone, or narrow what is uncertain (layer weight_flips)",
            source="layer robustness",
        )
    if reasons:
        yield Finding(
            kind="samples without a route",
            severity="minor",
            subject=system_id,
            sentence=f"{len(reasons)} of {near.samples} samples have no route: {reasons[0]}",
            action="look at the landings and at what is closed",
            source="layer robustness, without_route",
        )
