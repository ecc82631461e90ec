"""What many cables say together: medians, and whether one kind of line lies nearer than another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEAST_CABLES = 6
"""Fewer decide nothing: the sign test of five cables cannot fall below p = 0.06, two-sided."""


@dataclass(frozen=True)
class Contest:
    """Paired differences, one per cable system: how many are positive, negative and nil, and what tests say of them.

    Attributes
    ----------
    sign_p, wilcoxon_p
        Two-sided; None where fewer than `LEAST_CABLES` differ ("insufficient information"). Wilcoxon 1945; the sign
        test is that of the binomial distribution with one half.
    """

    wins: int
    losses: int
    ties: int
    median_difference: float | None
    sign_p: float | None
    wilcoxon_p: float | None

    @property
    def count(self) -> int:
        """Cable systems."""
        return self.wins + self.losses + self.ties


def contest(differences: Iterable[float]) -> Contest:
    """Test paired differences, positive where the first does better."""
    values = np.array([value for value in differences if np.isfinite(value)], float)
    wins, losses = int((values > 0).sum()), int((values < 0).sum())
    decided = wins + losses
    enough = decided >= LEAST_CABLES
    return Contest(
        wins,
        losses,
        len(values) - decided,
        float(np.median(values)) if len(values) else None,
        float(stats.binomtest(wins, decided, 0.5).pvalue) if enough else None,
        float(stats.wilcoxon(values[values != 0]).pvalue) if enough else None,
    )


def by_system(systems: Sequence[str], values: Sequence[float], lengths_km: Sequence[float]) -> dict[str, float]:
    """One value per cable system: the mean over its sections by length, for sections are no independent witnesses.

    A section whose value is not known (NaN) is left out; so is a system without any other.
    """
    sums: dict[str, list[float]] = {}
    for system, value, length_km in zip(systems, values, lengths_km, strict=True):
        if not np.isfinite(value):
            continue
        total = sums.setdefault(system, [0.0, 0.0])
        total[0] += value * length_km
        total[1] += length_km
    return {system: weighted / length_km for system, (weighted, length_km) in sums.items()}
