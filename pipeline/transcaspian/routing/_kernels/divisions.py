"""Numba kernel that divides steps into runs of one level."""

from __future__ import annotations

import numpy as np

from transcaspian.core.compiled import allocating


@allocating
def cheapest_divisions(required, weight, min_steps, a_run):  # type: ignore[no-untyped-def]
    """The cheapest division of the first steps, by how many they are and the level of the last run.

    A run of a level may begin where no step after it asks for a higher one, and where the run before has another level.

    Parameters
    ----------
    required
        ``(n,)``: lowest level of each step, from 0.
    weight
        ``(levels,)``: what a step of each level costs.
    min_steps
        Smallest number of steps in a run.
    a_run
        What a run costs beside its steps.

    Returns
    -------
    cost, start
        ``(n + 1, levels)`` each: the cost (inf where there is no division) and the first step of the last run.
    """
    n, levels = len(required), len(weight)
    cost = np.full((n + 1, levels), np.inf)
    start = np.zeros((n + 1, levels), np.int64)
    # cheapest way to have covered the steps before `a` with a last run of another level
    other = np.full((n + 1, levels), np.inf)
    other[0] = 0.0
    earliest = np.zeros(levels, np.int64)
    # the cheapest begin of a last run of each level among those that it may have, and its cost but for the run's steps
    best, best_start = np.full(levels, np.inf), np.zeros(levels, np.int64)
    for end in range(1, n + 1):
        for level in range(required[end - 1]):
            earliest[level] = end
            best[level] = np.inf
        begin = end - min_steps
        lowest, second, cheapest = np.inf, np.inf, 0
        for level in range(levels):
            if begin >= 0 and earliest[level] <= begin:
                way = other[begin, level] - weight[level] * begin
                if way < best[level]:
                    best[level], best_start[level] = way, begin
            cost[end, level], start[end, level] = best[level] + weight[level] * end + a_run, best_start[level]
            if cost[end, level] < lowest:
                lowest, second, cheapest = cost[end, level], lowest, level
            elif cost[end, level] < second:
                second = cost[end, level]
        other[end] = lowest
        other[end, cheapest] = second
    return cost, start
