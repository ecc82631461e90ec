"""Armour and burial along a line: the cheapest choice with least lengths of both, by dynamic programming.

`engineering.rule_sections.divided` finds the best runs where a level costs the same on every step and a higher one
serves wherever a lower one does. Here the price of an option differs from step to step, options have no order, and two
kinds of runs end in different places; so what is remembered is the option of each kind and how long it has run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import RiskError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_A_CHANGE = 1e-9
"""What a change costs of the mean cost of all: of choices that cost the same, the one of fewest changes is taken."""


def cheapest_choice(cost: Floats, least: tuple[int, int], name: str = "the line") -> Ints:
    """An option of the first and one of the second kind for every step, shape ``(steps, 2)``, of the least total cost.

    Parameters
    ----------
    cost
        Of each step with each pair of options, shape ``(steps, first, second)``; inf where a pair cannot be laid.
    least
        Fewest steps in a run of one option of the first and of the second kind; a line of fewer steps is one run.
    name
        For the message.

    Raises
    ------
    RiskError
        When no choice with runs as long as that can be laid.
    """
    steps = len(cost)
    ages = [max(1, min(fewest, steps)) for fewest in least]
    firsts, seconds = cost.shape[1:]
    finite = cost[np.isfinite(cost)]
    a_change = _A_CHANGE * (float(finite.mean()) + 1e-300) if finite.size else 0.0
    # value[first, its age, second, its age]; the last age stands for all from there on
    value = np.full((firsts, ages[0], seconds, ages[1]), np.inf)
    value[:, 0, :, 0] = cost[0]
    came: list[tuple[_Moved, _Moved]] = []
    for step in range(1, steps):
        value, first = _moved(value, a_change)
        turned, second = _moved(value.transpose(2, 3, 0, 1), a_change)
        value = turned.transpose(2, 3, 0, 1) + cost[step][:, np.newaxis, :, np.newaxis]
        came.append((first, second))
    last = value[:, -1, :, -1]
    if not np.isfinite(last).any():
        raise RiskError(
            f"no armour and burial of [risk] can be laid along all of {name} in runs as long as engineering.sections "
            "asks for: widen the depths or slopes of risk.armour and risk.burial, or shorten the least lengths"
        )
    return _read_back(came, last, ages)


_Moved = tuple[Ints, NDArray[np.bool_]]
"""For a kind: the option before a change to each (``[option, ...others]``), and whether the last age stayed in it."""


def _moved(value: Floats, a_change: float) -> tuple[Floats, _Moved]:
    """Values a step on, before it is paid: every run of the kind on the first two axes grows, or another begins."""
    count, ages = value.shape[:2]
    done = value[:, -1]
    # the best and the second best option whose run may end: no run is followed by one of the same option
    flat = done.reshape(count, -1)
    column = np.arange(flat.shape[1])
    best = flat.argmin(axis=0)
    others = flat.copy()
    others[best, column] = np.inf
    runner_up = others.argmin(axis=0)
    before = np.broadcast_to(best, flat.shape).copy()
    before[best, column] = runner_up
    begun = np.broadcast_to(flat[best, column], flat.shape).copy()
    begun[best, column] = others[runner_up, column]
    before, begun = before.reshape(done.shape), begun.reshape(done.shape) + a_change
    grown = np.empty_like(value)
    if ages == 1:
        stays = done <= begun
        grown[:, 0] = np.where(stays, done, begun)
    else:
        stays = done <= value[:, -2]
        grown[:, 1:] = value[:, :-1]
        grown[:, -1] = np.where(stays, done, value[:, -2])
        grown[:, 0] = begun
    return grown, (before, stays)


def _read_back(came: list[tuple[_Moved, _Moved]], last: Floats, ages: list[int]) -> Ints:
    """The options of all steps, from the last one to the first."""
    first, second = (int(place) for place in np.unravel_index(last.argmin(), last.shape))
    at = [first, ages[0] - 1, second, ages[1] - 1]
    found = [(first, second)]
    for (firsts, first_stays), (seconds, second_stays) in reversed(came):
        # undone in the order opposite to that in which it was done
        at[2], at[3] = _before(seconds, second_stays, (at[2], at[3]), (at[0], at[1]), ages[1])
        at[0], at[1] = _before(firsts, first_stays, (at[0], at[1]), (at[2], at[3]), ages[0])
        found.append((at[0], at[2]))
    return np.array(found[::-1], np.int64)


def _before(
    before: Ints, stays: NDArray[np.bool_], own: tuple[int, int], other: tuple[int, int], ages: int
) -> tuple[int, int]:
    """Option and age a step before, of one kind."""
    option, age = own
    if ages == 1:
        return (option, 0) if stays[(option, *other)] else (int(before[(option, *other)]), 0)
    if age == 0:
        return int(before[(option, *other)]), ages - 1
    if age == ages - 1 and stays[(option, *other)]:
        return option, age
    return option, age - 1
