"""The compiled loop of `transcaspian.analyses.risk.choice`: values of all runs that may be going on, step by step."""

from __future__ import annotations

import numpy as np

from transcaspian.core.compiled import allocating, kernel


@allocating
def values_of_runs(cost, ages, a_change):  # type: ignore[no-untyped-def]
    """Value of every state after the last step, and for each step and kind where a run came from.

    A state is ``[option, its age, other option, its age]``; the last age stands for all from there on. ``before`` is
    the option that a run of age 0 followed, ``stays`` whether a run of the last age went on; both
    ``[step, option, other option, age of the other]``.
    """
    steps, firsts, seconds = cost.shape
    value = np.full((firsts, ages[0], seconds, ages[1]), np.inf)
    value[:, 0, :, 0] = cost[0]
    first_before = np.zeros((steps, firsts, seconds, ages[1]), np.int16)
    first_stays = np.zeros((steps, firsts, seconds, ages[1]), np.bool_)
    second_before = np.zeros((steps, seconds, firsts, ages[0]), np.int16)
    second_stays = np.zeros((steps, seconds, firsts, ages[0]), np.bool_)
    other_way = value.transpose(2, 3, 0, 1)
    for step in range(1, steps):
        grow(value, a_change, first_before[step], first_stays[step])
        grow(other_way, a_change, second_before[step], second_stays[step])
        for first in range(firsts):
            for second in range(seconds):
                value[first, :, second, :] += cost[step, first, second]
    return value, first_before, first_stays, second_before, second_stays


@kernel
def grow(value, a_change, before, stays):  # type: ignore[no-untyped-def]
    """A step on, in place: every run of the kind on the first two axes grows, or another begins."""
    options, ages, others, other_ages = value.shape
    for other in range(others):
        for other_age in range(other_ages):
            # the best and the second best option whose run may end: no run is followed by one of the same option
            best, runner_up = 0, -1
            for option in range(1, options):
                done = value[option, ages - 1, other, other_age]
                if done < value[best, ages - 1, other, other_age]:
                    best, runner_up = option, best
                elif runner_up < 0 or done < value[runner_up, ages - 1, other, other_age]:
                    runner_up = option
            of_best = value[best, ages - 1, other, other_age]
            of_runner_up = value[runner_up, ages - 1, other, other_age] if runner_up >= 0 else np.inf
            for option in range(options):
                is_best = option == best
                before[option, other, other_age] = max(runner_up, 0) if is_best else best
                begun = (of_runner_up if is_best else of_best) + a_change
                done = value[option, ages - 1, other, other_age]
                going_on = begun if ages == 1 else value[option, ages - 2, other, other_age]
                is_going_on = done <= going_on
                stays[option, other, other_age] = is_going_on
                for age in range(ages - 1, 0, -1):
                    value[option, age, other, other_age] = value[option, age - 1, other, other_age]
                if ages > 1 or is_going_on:
                    value[option, ages - 1, other, other_age] = min(done, going_on)
                if ages > 1 or not is_going_on:
                    value[option, 0, other, other_age] = begun
