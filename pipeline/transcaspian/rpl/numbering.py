"""Numbers of positions that hold from one revision to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from transcaspian.core.grid import GEOD
from transcaspian.rpl.model import Numbers, Position, Rpl


def numbered(rpl: Rpl, before: Numbers | None, same_position_m: float) -> tuple[Rpl, Numbers]:
    """Give a list the numbers of the revision before it.

    A position that lies within ``same_position_m`` of one of the list before keeps its number; every other gets a
    number never used before, counted on from the greatest. Numbers of positions that are gone are not given again.

    Parameters
    ----------
    rpl
        Our list; its own numbers do not count.
    before
        Of the same system; None where there is no list before: positions are then numbered from 1.
    same_position_m
        Two positions that are nearer are one.

    Returns
    -------
    tuple
        The list, and the numbers to remember for the next revision.

    Examples
    --------
    A position between two that stay gets the next number:

    >>> from transcaspian.rpl.model import Span
    >>> def made(*lon_deg):
    ...     positions = tuple(Position("", "AC", lon, 41.0, None) for lon in lon_deg)
    ...     return Rpl("main", "Example", "A", positions, (Span("", "", None, None),) * (len(positions) - 1))
    >>> first, numbers = numbered(made(50.0, 51.0), None, same_position_m=10.0)
    >>> second, numbers = numbered(made(50.0, 50.5, 51.0), numbers, same_position_m=10.0)
    >>> [at.pos_no for at in second.positions], numbers.greatest
    (['1', '3', '2'], 3)
    """
    kept = {} if before is None else kept_numbers(before.positions, rpl.positions, same_position_m)
    greatest = 0 if before is None else before.greatest
    names = []
    for i in range(len(rpl.positions)):
        if i not in kept:
            greatest += 1
        names.append(kept.get(i, str(greatest)))
    positions = tuple(replace(at, pos_no=name) for at, name in zip(rpl.positions, names, strict=True))
    spans = tuple(
        replace(span, from_pos=start, to_pos=end)
        for span, start, end in zip(rpl.spans, names[:-1], names[1:], strict=True)
    )
    return replace(rpl, positions=positions, spans=spans), Numbers(positions, greatest)


def kept_numbers(old: Sequence[Position], new: Sequence[Position], same_position_m: float) -> dict[int, str]:
    """Number by index of each new position that is an old one.

    One to one; the nearest pair is settled first, and of pairs equally near one with the same event.
    """
    if not old or not new:
        return {}
    i, j = (index.ravel() for index in np.indices((len(old), len(new))))
    lon_old, lat_old = (np.array([getattr(at, name) for at in old]) for name in ("lon_deg", "lat_deg"))
    lon_new, lat_new = (np.array([getattr(at, name) for at in new]) for name in ("lon_deg", "lat_deg"))
    _, _, apart_m = GEOD.inv(lon_old[i], lat_old[i], lon_new[j], lat_new[j])
    near = np.flatnonzero(np.asarray(apart_m) <= same_position_m)
    ranked = sorted(
        (round(float(apart_m[k]), 3), old[i[k]].event != new[j[k]].event, int(i[k]), int(j[k])) for k in near
    )
    taken: set[int] = set()
    found: dict[int, str] = {}
    for _, _, of_old, of_new in ranked:
        if of_old not in taken and of_new not in found:
            taken.add(of_old)
            found[of_new] = old[of_old].pos_no
    return found
