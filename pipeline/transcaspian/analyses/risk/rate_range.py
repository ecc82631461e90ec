"""How far rates may be off: by the catalogue, by the ships that were seen, and by the range of published totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from transcaspian.analyses.risk.config import EarthquakeRisk, PublishedRate
from transcaspian.analyses.risk.seismicity import Recurrence, share_between

NINETY_PERCENT = 1.645
"""Standard errors to either side of the middle nine tenths of a normal distribution."""


@dataclass(frozen=True)
class RateRange:
    """Shares of the rates of a study that its figures may come down to, and go up to.

    Attributes
    ----------
    quakes
        Of breaks by earthquakes.
    others
        Of all other causes.
    """

    quakes: tuple[float, float]
    others: tuple[float, float]

    def of(self, by_cause: Mapping[str, float], anchor_error: float | None = None) -> tuple[float, float]:
        """The lowest and the highest sum of faults by cause: limits, as all causes are off to one side at once.

        ``anchor_error``: standard error of faults by anchors, where these go by traffic and so not by published totals.
        """
        quakes = by_cause.get("earthquake", 0.0)
        anchors = 0.0 if anchor_error is None else by_cause.get("anchoring", 0.0)
        rest = sum(by_cause.values()) - quakes - anchors
        low, high = (q * quakes + other * rest for q, other in zip(self.quakes, self.others, strict=True))
        off = NINETY_PERCENT * (anchor_error or 0.0)
        return low + max(anchors - off, 0.0), high + anchors + off


def rate_range(published: PublishedRate, rules: EarthquakeRisk | None, known: Recurrence | None) -> RateRange:
    """Of a study; the middle nine tenths for earthquakes.

    Parameters
    ----------
    published
        The total that the rates are held to, with its range.
    known
        How often earthquakes come; None where no catalogue tells.
    """
    rate = published.faults_per_1000km_year
    others = published.low / rate, published.high / rate
    if rules is None or known is None:
        return RateRange((1.0, 1.0), others)
    off = NINETY_PERCENT * quake_error(rules, known)
    return RateRange((max(1.0 - off, 0.0), 1.0 + off), others)


def quake_error(rules: EarthquakeRisk, known: Recurrence) -> float:
    """Standard error of breaks by earthquakes, as a share: of the number of mainshocks, and of their b.

    ``√(1/n + (∂ln r/∂b · σ_b)²)``: numbers of a Poisson process, and b by Shi & Bolt (1982), taken as independent.
    """
    above, below = (_breaks(rules, known, known.b + sign * known.b_error) for sign in (1.0, -1.0))
    by_b = abs(above - below) / (2.0 * _breaks(rules, known, known.b))
    return float(np.hypot(1.0 / np.sqrt(len(known.mainshocks)), by_b))


def _breaks(rules: EarthquakeRisk, known: Recurrence, b: float) -> float:
    """Breaks by all magnitudes with a slope of b, up to a factor: ``2 R ν p`` summed over the bands."""
    max_mw = max(rules.breaks[-1].to_mw, float(known.mainshocks.magnitude_mw.max()))
    total = 0.0
    for band in rules.breaks:
        to_mw = max_mw if band is rules.breaks[-1] else band.to_mw
        total += share_between(band.from_mw, to_mw, known.completeness_mw, max_mw, b) * band.reach_km * band.probability
    return total
