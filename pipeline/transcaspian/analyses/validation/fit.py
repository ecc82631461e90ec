"""Weights found from cables: who trains and who is held out, and a seeded search without derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

Floats = NDArray[np.float64]

REACH = 50.0
"""A weight is sought between a fiftieth and fifty times that of the study."""
ABOUT_AS_GOOD = 0.05
"""Trials within this share of the best objective say how well a weight is determined."""
_SPREAD = 0.25
_WIDER, _NARROWER = 1.5, 0.85


@dataclass(frozen=True)
class Split:
    """Units that weights are fitted on, and those that are kept aside."""

    train: tuple[str, ...]
    held_out: tuple[str, ...]


@dataclass(frozen=True)
class Search:
    """What a search came to.

    Attributes
    ----------
    factors
        Of each weight, over that of the start.
    objective, start_objective
        Of the factors found, and of the start.
    low, high
        Least and greatest factor among the trials about as good: far apart, the cables do not determine the weight.
    """

    factors: Floats
    objective: float
    start_objective: float
    low: Floats
    high: Floats
    evaluations: int


def hold_out(units: Sequence[str], share: float, seed: int) -> Split:
    """Keep a share of the units aside, by lot: at least one, and leave at least one."""
    shuffled = _shuffled(units, seed)
    count = min(max(1, round(share * len(shuffled))), len(shuffled) - 1)
    return Split(tuple(shuffled[count:]), tuple(shuffled[:count]))


def folds(units: Sequence[str], share: float, seed: int) -> tuple[Split, ...]:
    """So many splits that each unit is held out once, about a share of them at a time."""
    shuffled = _shuffled(units, seed)
    count = min(max(2, round(1 / share)), len(shuffled))
    groups = [shuffled[start::count] for start in range(count)]
    return tuple(Split(tuple(name for name in shuffled if name not in group), tuple(group)) for group in groups)


def _shuffled(units: Sequence[str], seed: int) -> list[str]:
    unique = sorted(set(units))
    return [unique[i] for i in np.random.default_rng(seed).permutation(len(unique))]


def search(objective: Callable[[Floats], float], count: int, *, evaluations: int, seed: int) -> Search:
    """Find factors of ``count`` weights that make an objective small, between ``1 / REACH`` and ``REACH``.

    First the start itself (all 1); then half of the evaluations on a scrambled Sobol sequence over the logarithms; then
    steps from the best, each drawn from a normal distribution that widens after a success and narrows after a failure
    (a (1+1) evolution strategy, Rechenberg 1973). The same seed gives the same answer. Only what is strictly better
    takes the place of the best, so that where nothing matters the start stays.

    Parameters
    ----------
    objective
        Takes factors, shape ``(count,)``, gives the figure to be small.
    count
        Of weights.
    evaluations
        Of the objective, at most; the start is one.
    seed
        Of the sequence and of the steps.

    Returns
    -------
    Search
        The best factors, and between which factors the trials were about as good.
    """
    reach = np.log(REACH)
    random = np.random.default_rng(seed)
    tried = [np.zeros(count)]
    values = [objective(np.ones(count))]
    wide = max(0, (evaluations - 1) // 2)
    if count and wide:
        points = qmc.Sobol(count, seed=random).random_base2(int(np.ceil(np.log2(wide)))) if wide > 1 else None
        for point in points[:wide] if points is not None else random.random((1, count)):
            _try(objective, reach * (2 * point - 1), tried, values)
    spread = _SPREAD * reach
    while count and len(values) < evaluations:
        best = int(np.argmin(values))
        moved = tried[best] + spread * random.standard_normal(count)
        _try(objective, np.clip(moved, -reach, reach), tried, values)
        spread = min(spread * (_WIDER if values[-1] < values[best] else _NARROWER), _SPREAD * reach)
    return _found(np.array(tried), np.array(values))


def _try(objective: Callable[[Floats], float], logs: Floats, tried: list[Floats], values: list[float]) -> None:
    tried.append(logs)
    values.append(objective(np.exp(logs)))


def _found(tried: Floats, values: Floats) -> Search:
    best = int(np.argmin(values))
    good = np.exp(tried[values <= values[best] * (1 + ABOUT_AS_GOOD)])
    return Search(
        np.exp(tried[best]), float(values[best]), float(values[0]), good.min(axis=0), good.max(axis=0), len(values)
    )
