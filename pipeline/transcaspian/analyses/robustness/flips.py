"""How far one figure can be turned before the answer changes: up and down a ladder of factors, then closer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.vocabulary import FlipStep

Floats = NDArray[np.float64]

RUNGS = (1.25, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 50.0, 100.0, 300.0, 1000.0)
HALVINGS = 3


@dataclass(frozen=True)
class Flip:
    """The first factor on the ladder at which the answer is another one, and the last before it at which it was not.

    ``found`` is the line that was found there, ``(n, 2)`` degrees; without a point where there is none.
    """

    factor: float
    held_at: float
    found: Floats


def ladder(greatest: float, step: FlipStep) -> tuple[float, ...]:
    """Factors from 1 on, up to the greatest or down to its inverse; ``off``: 0 alone."""
    if step == "off":
        return (0.0,)
    up = (*(rung for rung in RUNGS if rung < greatest), greatest)
    return up if step == "up" else tuple(1.0 / rung for rung in up)


def find_flip(answer: Callable[[float], Floats | None], factors: tuple[float, ...]) -> Flip | None:
    """The flip nearest to 1 that the ladder shows; None where every rung holds.

    A figure may flip and flip back between two rungs: that is not seen.

    Parameters
    ----------
    answer
        What is found at a factor, where the answer is another one; None where it holds.
    factors
        From `ladder`.
    """
    held = 1.0
    for factor in factors:
        found = answer(factor)
        if found is None:
            held = factor
            continue
        for _ in range(HALVINGS if factor > 0 else 0):
            middle = (held * factor) ** 0.5
            between = answer(middle)
            if between is None:
                held = middle
            else:
                factor, found = middle, between
        return Flip(factor, held, found)
    return None
