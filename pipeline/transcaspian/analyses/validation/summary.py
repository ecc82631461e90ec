"""What many cables say together: whether one line lies nearer than another, by paired values of independent units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]

MIN_UNITS = 6
"""Fewer decide nothing: the sign test of five cannot fall below p = 0.06, two-sided."""
MAX_P = 0.05
RESAMPLES, SEED = 2000, 1
ON_IT_KM = 1e-6
"""A line that lies on the cable to a millimetre: its distance has no logarithm below that."""


@dataclass(frozen=True)
class Estimate:
    """A value with the 95 % interval of a bootstrap over units; shares, 0.1 is 10 % farther."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:+.1f} % [{100 * self.low:+.1f}, {100 * self.high:+.1f}]"


@dataclass(frozen=True)
class Contest:
    """Paired differences, one per unit: how many are positive, negative and nil, and what tests say of them.

    Attributes
    ----------
    sign_p, wilcoxon_p
        Two-sided; None where fewer than `MIN_UNITS` differ ("insufficient information"). Wilcoxon 1945; the sign
        test is that of the binomial distribution with one half.
    ratio
        Median of the paired ratios less 1, negative where the first is nearer; None of what is no distance, and where
        fewer than `MIN_UNITS` differ.
    """

    wins: int
    losses: int
    ties: int
    median_difference: float | None
    sign_p: float | None
    wilcoxon_p: float | None
    ratio: Estimate | None = None

    @property
    def count(self) -> int:
        """Units."""
        return self.wins + self.losses + self.ties

    @property
    def is_shown(self) -> bool:
        """Whether the first does better: by the sign test, and by the interval of the ratio where there is one."""
        is_sure = self.sign_p is not None and self.sign_p < MAX_P and self.wins > self.losses
        return is_sure and (self.ratio is None or self.ratio.high < 0)


def contest(differences: Iterable[float], ratio: Estimate | None = None) -> Contest:
    """Test paired differences, positive where the first does better."""
    values = np.array([value for value in differences if np.isfinite(value)], float)
    wins, losses = int((values > 0).sum()), int((values < 0).sum())
    decided = wins + losses
    enough = decided >= MIN_UNITS
    return Contest(
        wins,
        losses,
        len(values) - decided,
        float(np.median(values)) if len(values) else None,
        float(stats.binomtest(wins, decided, 0.5).pvalue) if enough else None,
        float(stats.wilcoxon(values[values != 0]).pvalue) if enough else None,
        ratio if enough else None,
    )


def nearer(km: ArrayLike, other_km: ArrayLike) -> Contest:
    """Test whether lines lie nearer to the cables than others, from distances of units; NaN: not known."""
    one, other = (np.maximum(np.asarray(values, float), ON_IT_KM) for values in (km, other_km))
    known = np.isfinite(one) & np.isfinite(other)
    logs = np.log(one[known] / other[known])
    return contest(other[known] - one[known], bootstrapped(logs, np.median) if len(logs) else None)


def bootstrapped(logs: Floats, statistic: Callable[..., Floats]) -> Estimate:
    """A statistic of paired log ratios as a share, with its interval by resampling units."""
    draws = np.random.default_rng(SEED).integers(0, len(logs), (RESAMPLES, len(logs)))
    low, high = np.quantile(statistic(logs[draws], axis=1), (0.025, 0.975))
    return Estimate(*(float(np.expm1(value)) for value in (statistic(logs), low, high)))


def by_unit(units: Sequence[str], values: Sequence[float], lengths_km: Sequence[float]) -> dict[str, float]:
    """One value per unit: the mean over its sections by length, for sections are no independent witnesses.

    A section whose value is not known (NaN) is left out; so is a unit without any other.
    """
    sums: dict[str, list[float]] = {}
    for unit, value, length_km in zip(units, values, lengths_km, strict=True):
        if not np.isfinite(value):
            continue
        total = sums.setdefault(unit, [0.0, 0.0])
        total[0] += value * length_km
        total[1] += length_km
    return {unit: weighted / length_km for unit, (weighted, length_km) in sums.items()}
