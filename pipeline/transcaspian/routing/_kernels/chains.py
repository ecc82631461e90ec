"""Numba kernel that lengthens chains of legs by one leg."""

from __future__ import annotations

import numpy as np

from transcaspian.core.compiled import allocating


@allocating
def one_leg_more(cost, turns, last):  # type: ignore[no-untyped-def]
    """The cheapest chains with one more leg, by their last leg.

    ``longer[i, j] = cost[i, j] + min over h of last[h, i]``, where a chain may turn from leg ``(h, i)`` to leg
    ``(i, j)``: the recurrence of Held and Karp (1962) with a leg as the state. Of equal ways the first counts.

    Parameters
    ----------
    cost
        ``(n, n)``: cost of the leg from ``i`` to ``j > i``; inf where there is none.
    turns
        Flat: for each inner point ``i``, row by row, whether leg ``(h, i)`` may be followed by leg ``(i, j)``, for
        ``h < i`` and ``j > i``.
    last
        ``(n, n)``: cost of the cheapest chain from point 0 that ends with the leg from ``i`` to ``j``.

    Returns
    -------
    longer, before
        ``(n, n)`` each: as ``last``, and the point before the last leg.
    """
    n = cost.shape[0]
    longer = np.full((n, n), np.inf)
    before = np.zeros((n, n), np.int32)
    first = 0
    for i in range(1, n - 1):
        width = n - i - 1
        for h in range(i):
            so_far = last[h, i]
            if so_far < np.inf:
                for k in range(width):
                    if turns[first + h * width + k] and so_far < longer[i, i + 1 + k]:
                        longer[i, i + 1 + k] = so_far
                        before[i, i + 1 + k] = h
        longer[i] += cost[i]
        first += i * width
    return longer, before
