"""Armour and burial along a line: the cheapest choice with least lengths of both, by dynamic programming.

`engineering.rule_sections.divided` finds the best runs where a level costs the same on every step and a higher one
serves wherever a lower one does. Here the price of an option differs from step to step, options have no order, and two
kinds of runs end in different places; so what is remembered is the option of each kind and how long it has run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    finite = cost[np.isfinite(cost)]
    a_change = _A_CHANGE * (float(finite.mean()) + 1e-300) if finite.size else 0.0
    from transcaspian.analyses.risk._choice_kernel import values_of_runs

    firsts = worthwhile(cost)
    seconds = worthwhile(cost[:, firsts].swapaxes(1, 2))
    value, *came = values_of_runs(np.ascontiguousarray(cost[:, firsts][:, :, seconds]), (ages[0], ages[1]), a_change)
    last = value[:, -1, :, -1]
    if not np.isfinite(last).any():
        raise RiskError(
            f"no armour and burial of [risk] can be laid along all of {name} in runs as long as engineering.sections "
            "asks for: widen the depths or slopes of risk.armour and risk.burial, or shorten the least lengths"
        )
    first, second = _read_back(came, last, ages).T
    return np.column_stack([firsts[first], seconds[second]])


def worthwhile(cost: Floats) -> Ints:
    """Options of the first kind that are cheaper than each other one on some step, with some option of the second.

    One that is nowhere cheaper than another is in no best choice that the other is not in: a run of it may be one of
    the other, and runs get no shorter by that. Of equal ones the first stays.

    Parameters
    ----------
    cost
        Shape ``(steps, first, second)``.
    """
    kept = list(range(cost.shape[1]))
    for option in reversed(range(cost.shape[1])):
        others = [other for other in kept if other != option]
        if any((cost[:, other] <= cost[:, option]).all() for other in others):
            kept.remove(option)
    return np.array(kept, np.int64)


def _read_back(came: Sequence[Any], last: Floats, ages: list[int]) -> Ints:
    """The options of all steps, from the last one to the first; ``came``: from `values_of_runs`."""
    firsts, first_stays, seconds, second_stays = came
    first, second = (int(place) for place in np.unravel_index(last.argmin(), last.shape))
    at = [first, ages[0] - 1, second, ages[1] - 1]
    found = [(first, second)]
    for step in range(len(firsts) - 1, 0, -1):
        # undone in the order opposite to that in which it was done
        at[2], at[3] = _before(seconds[step], second_stays[step], (at[2], at[3]), (at[0], at[1]), ages[1])
        at[0], at[1] = _before(firsts[step], first_stays[step], (at[0], at[1]), (at[2], at[3]), ages[0])
        found.append((at[0], at[2]))
    return np.array(found[::-1], np.int64)


def _before(before: Any, stays: Any, own: tuple[int, int], other: tuple[int, int], ages: int) -> tuple[int, int]:
    """Option and age a step before, of one kind."""
    option, age = own
    if ages == 1:
        return (option, 0) if stays[(option, *other)] else (int(before[(option, *other)]), 0)
    if age == 0:
        return int(before[(option, *other)]), ages - 1
    if age == ages - 1 and stays[(option, *other)]:
        return option, age
    return option, age - 1
