"""What a reader must know of cost against risk."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from transcaspian.analyses.risk.config import PublishedRate
from transcaspian.core.cost_range import MILLION, CostRange
from transcaspian.core.findings import Finding
from transcaspian.core.vocabulary import RiskCause, Status

COST_APART = 0.05
"""Two prices of one route that differ by more than this share are said to differ."""
OFF_BY = 2.0
"""Shares of causes that differ from the published ones by more than this factor are said to differ."""
NATURAL: tuple[RiskCause, ...] = ("earthquake", "mud_volcano", "ice")


@dataclass(frozen=True)
class DesignCost:
    """A design of a system: what it costs to lay, and what is expected to break it.

    Attributes
    ----------
    faults_per_year
        At most: where a rate is not known the greatest of the study counts.
    cost
        By the cost book, of which ``cost_usd`` is the base; None where the study has none.
    """

    name: str
    cost_usd: float
    faults_per_year: float
    present_value_usd: float
    cost: CostRange | None = None

    @property
    def shown(self) -> dict[str, str]:
        """Its cost among the options of the first page."""
        if self.cost is None:
            return {"cable and burial, MUSD": f"{self.cost_usd / MILLION:.1f}"}
        low, base, high = (f"{amount / MILLION:.1f}" for amount in self.cost.by_name.values())
        return {"cost book, MUSD": f"{base} ({low}\u2013{high})"}


@dataclass(frozen=True)
class PublishedShare:
    """How large a share of all faults causes have together, as published; a single figure stands twice."""

    name: str
    causes: tuple[RiskCause, ...]
    low: float
    high: float
    source: str
    status: Status = "REAL"

    @property
    def percent(self) -> str:
        """The share in percent."""
        return _range(self.low, self.high).removesuffix(" %")


PUBLISHED_SHARES = (
    PublishedShare("natural causes", NATURAL, 0.08, 0.12, "Carter et al. 2009 (UNEP-WCMC/ICPC): 8-12 % of all faults"),
    PublishedShare("anchors", ("anchoring",), 0.25, 0.25, "TeleGeography 2017 after ICPC: 25 % of all faults"),
    PublishedShare("fishing", ("fishing",), 0.38, 0.38, "TeleGeography 2017 after ICPC: 38 % of all faults"),
)


def dominated_findings(
    system_id: str, route: DesignCost, front: Sequence[DesignCost], knee: int, margin: float
) -> Iterator[Finding]:
    """The design of a route where points of its own front are cheaper and have fewer faults.

    Parameters
    ----------
    knee
        Place of the knee in the front: it is named where it dominates, else the point of lowest present value.
    margin
        Share by which a point must be better in one of the two.
    """
    best = dominating(route, front, knee, margin)
    if best is None:
        return
    yield Finding(
        kind="dominated design",
        severity="major",
        subject=system_id,
        sentence=(
            f"the design costs {_musd(route)} with {route.faults_per_year:.3f} faults a year; {best.name} of its front "
            f"costs {_musd(best)} with {best.faults_per_year:.3f}: {_less(route.cost_usd, best.cost_usd)} of the cost "
            f"and {_less(route.faults_per_year, best.faults_per_year)} of the faults less"
        ),
        action=f"take {best.name} of the front: `transcaspian adopt {system_id}/{best.name.split()[-1]}`",
        source="layer risk_front; rates of [risk]",
        status="ASSUMED",
    )


def dominating(route: DesignCost, front: Sequence[DesignCost], knee: int, margin: float) -> DesignCost | None:
    """The point of a front that is named as better than a route; None where there is none. See `dominated_findings`."""
    better = [point for point in front if dominates(point, route, margin)]
    if front[knee] in better:
        return front[knee]
    return min(better, key=lambda point: point.present_value_usd, default=None)


def dominates(point: DesignCost, route: DesignCost, margin: float) -> bool:
    """Whether a point is no worse than a route in both, and better by a share in one of them."""
    is_no_worse = point.cost_usd <= route.cost_usd and point.faults_per_year <= route.faults_per_year
    within = 1.0 - margin
    is_better = point.cost_usd < within * route.cost_usd or point.faults_per_year < within * route.faults_per_year
    return is_no_worse and is_better


def _musd(design: DesignCost) -> str:
    return f"{design.cost_usd / 1e6:.1f} million USD"


def _less(amount: float, than: float) -> str:
    """By which share one is less than the other."""
    return f"{100 * (1 - than / amount):.1f} %"


@dataclass(frozen=True)
class TotalRate:
    """Faults of all routes of a run, per 1,000 km and year, beside what is published.

    ``by_depth``: of it, what the factor of the study multiplies.
    """

    ours: float
    by_depth: float
    published: PublishedRate

    @property
    def factor(self) -> float | None:
        """That brings the total to the published one; None: no factor of the rates by depth does."""
        rest = self.published.faults_per_1000km_year - (self.ours - self.by_depth)
        return self.published.factor * rest / self.by_depth if rest > 0 and self.by_depth > 0 else None

    def as_figures(self) -> dict[str, Any]:
        """For the manifest and the page."""
        published = self.published.model_dump(mode="json")
        return {"ours": self.ours, "by_depth": self.by_depth, "published": published, "factor": self.factor}

    @property
    def sentence(self) -> str:
        """Ours and the published one."""
        published = self.published
        asked = f"; risk.published_rate.factor = {self.factor:.3g} makes them the same" if self.factor else ""
        return (
            f"{self.ours:.2f} faults per 1,000 km and year of all routes; published "
            f"{published.faults_per_1000km_year:g} ({published.low:g} to {published.high:g}){asked}"
        )

    @property
    def findings(self) -> Iterator[Finding]:
        """Where ours lies outside of the published range."""
        if not self.published.low <= self.ours <= self.published.high:
            yield Finding(
                kind="faults in total",
                severity="minor",
                sentence=self.sentence,
                action="set that factor, or replace the rates of [risk] by those of the sea",
                source=self.published.source,
                status=self.published.status,
            )


def total_rate(
    published: PublishedRate,
    routes: Sequence[tuple[float, Mapping[str, float]]],
    not_by_depth: Collection[str] = ("earthquake", "mud_volcano"),
) -> TotalRate:
    """Of routes: their lengths in km and their faults a year by cause.

    ``not_by_depth``: causes that the factor of the study does not multiply.
    """
    length_km = sum(length for length, _ in routes)
    faults = sum(sum(by_cause.values()) for _, by_cause in routes)
    rest = sum(by_cause.get(cause, 0.0) for _, by_cause in routes for cause in not_by_depth)
    return TotalRate(1000.0 * faults / length_km, 1000.0 * (faults - rest) / length_km, published)


def price_findings(system_id: str, route: DesignCost, base_usd: float) -> Iterator[Finding]:
    """Two prices of one route: at the base price per km, and of its cable and burial."""
    if abs(route.cost_usd / base_usd - 1.0) <= COST_APART:
        return
    yield Finding(
        kind="two costs",
        severity="minor",
        subject=system_id,
        sentence=(
            f"the route costs {base_usd / 1e6:.2f} million USD at the base price per km and "
            f"{route.cost_usd / 1e6:.2f} by its cable and burial"
        ),
        action="quote the cost by cable and burial; the base price compares lengths only",
        source="layer routes, cost_usd; table [risk]",
        status="ASSUMED",
    )


def cause_findings(faults_per_year: Sequence[Mapping[str, float]]) -> Iterator[Finding]:
    """Shares of causes that are far from those published of all cables; one finding for all routes.

    Parameters
    ----------
    faults_per_year
        Of each route by cause.
    """
    totals = [sum(by_cause.values()) for by_cause in faults_per_year]
    told = []
    for published in PUBLISHED_SHARES:
        ours = [
            sum(by_cause.get(cause, 0.0) for cause in published.causes) / total
            for by_cause, total in zip(faults_per_year, totals, strict=True)
            if total > 0 and any(cause in by_cause for cause in published.causes)
        ]
        if ours and not published.low / OFF_BY <= float(np.median(ours)) <= published.high * OFF_BY:
            told.append(f"{published.name} make {_range(min(ours), max(ours))} of its faults ({_published(published)})")
    if told:
        yield Finding(
            kind="causes of faults",
            severity="minor",
            sentence="; ".join(told).replace("its faults", "the faults", 1),
            action="replace the rates of [risk] by those of the sea: they decide armour and burial",
            source="; ".join(dict.fromkeys(item.source for item in PUBLISHED_SHARES)),
            status="ASSUMED",
        )


def _range(low: float, high: float) -> str:
    first, last = f"{100 * low:.2g}", f"{100 * high:.2g}"
    return f"{first} %" if first == last else f"{first} to {last} %"


def _published(share: PublishedShare) -> str:
    return f"published {_range(share.low, share.high)}"
