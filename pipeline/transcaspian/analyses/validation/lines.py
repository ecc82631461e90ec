"""From the lines of a file to cables: joined where ends meet, each once, whole over the antimeridian."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from transcaspian.core.geodesy import to_ecef_m
from transcaspian.core.grid import GEOD, length_m
from transcaspian.rpl.drawn import DrawnLine, Refused

Floats = NDArray[np.float64]

MEET_M = 250.0
"""Ends so close are one place: published lines are cut at the antimeridian with gaps of a hundred metres."""
SAME_DEG = 1e-6
"""A tenth of a metre: lines whose vertices agree so far are one line."""


@dataclass(frozen=True)
class Cable:
    """A line between two ends, joined from the parts of one cable of a file.

    Attributes
    ----------
    system
        What groups the lines of one cable: they are no independent witnesses.
    label
        The name, with a number where the cable has several lines.
    lonlat
        Shape ``(n, 2)``; longitudes run on over the antimeridian.
    spacing_km
        Length over the number of legs as drawn: how finely the line is known.
    """

    system: str
    label: str
    features: tuple[int, ...]
    lonlat: Floats
    spacing_km: float
    status: str
    accuracy_m: float | None


def nowhere(lon: float, lat: float) -> bool:
    """No place is a landing."""
    return False


def cables_of(
    lines: Sequence[DrawnLine], is_landing: Callable[[float, float], bool] = nowhere
) -> tuple[tuple[Cable, ...], tuple[Refused, ...]]:
    """Join the lines of each cable where exactly two ends meet at sea; what is drawn twice counts once.

    Where three or more ends meet (a branching unit) each line between ends is a cable of its own, and so it is where
    two meet at a landing (the stations of a festoon).

    Parameters
    ----------
    is_landing
        Whether a place, lon and lat, is by the shore or on land.

    Returns
    -------
    cables, refused
        ``refused`` are lines drawn before in the file, and rings.
    """
    once, refused = _without_twins(lines)
    cables: list[Cable] = []
    for system in dict.fromkeys(line.cable for line in once):
        own = [line for line in once if line.cable == system]
        chains = list(_chains(own, is_landing))
        for number, (members, lonlat) in enumerate(chains, start=1):
            first = members[0]
            label = first.name if len(chains) == 1 else f"{first.name}, line {number} of {len(chains)}"
            if _meet(lonlat[0], lonlat[-1]):
                refused.append(Refused(label, first.feature, "the line ends where it begins", lonlat))
                continue
            known = [line.accuracy_m for line in members if line.accuracy_m is not None]
            cables.append(
                Cable(
                    system,
                    label,
                    tuple(sorted({line.feature for line in members})),
                    lonlat,
                    length_m(lonlat) / 1000 / (len(lonlat) - 1),
                    min(line.status for line in members),  # ASSUMED before DERIVED before REAL
                    max(known) if known else None,
                )
            )
    return tuple(cables), tuple(refused)


def unwrapped(lonlat: Floats) -> Floats:
    """The line with longitudes that run on where it crosses the antimeridian, without repeated vertices.

    A step of more than 180 degrees of longitude is taken for the short way round.
    """
    result = np.column_stack([np.unwrap(lonlat[:, 0], period=360.0), lonlat[:, 1]])
    return result[np.r_[True, (np.diff(result, axis=0) != 0).any(axis=1)]]


def _without_twins(lines: Sequence[DrawnLine]) -> tuple[list[DrawnLine], list[Refused]]:
    """Each line once, in either direction, and those left out."""
    seen: dict[bytes, DrawnLine] = {}
    refused = []
    for line in lines:
        mark = _mark(line.lonlat)
        if mark in seen:
            before = seen[mark]
            reason = f"the same line as that of {before.name} (feature {before.feature})"
            refused.append(Refused(line.name, line.feature, reason, line.lonlat))
        else:
            seen[mark] = line
    return list(seen.values()), refused


def _mark(lonlat: Floats) -> bytes:
    """The same for a line and its reverse, on whichever side of the antimeridian it is counted."""
    places = np.rint(np.column_stack([np.mod(lonlat[:, 0], 360.0), lonlat[:, 1]]) / SAME_DEG).astype(np.int64)
    places = places[np.r_[True, (np.diff(places, axis=0) != 0).any(axis=1)]]
    return min(places.tobytes(), places[::-1].tobytes())


def _chains(
    lines: Sequence[DrawnLine], is_landing: Callable[[float, float], bool]
) -> Iterator[tuple[list[DrawnLine], Floats]]:
    """Lines joined end to end: which, and the vertices of all."""
    shapes = [unwrapped(line.lonlat) for line in lines]
    node = _nodes(shapes)
    at: dict[int, list[tuple[int, int]]] = {}
    for line in range(len(lines)):
        for end in (0, 1):
            at.setdefault(int(node[line, end]), []).append((line, end))

    def onward(line: int, end: int) -> tuple[int, int] | None:
        """The other line that goes on from an end, and which of its ends is there; None where there is not one."""
        meeting = at[int(node[line, end])]
        if len(meeting) != 2 or is_landing(*shapes[line][-end]):
            return None
        other = meeting[0] if meeting[1] == (line, end) else meeting[1]
        return None if other[0] == line else other

    used: set[int] = set()
    for line in range(len(lines)):
        if line in used:
            continue
        start, entered = _first(line, onward)
        members, pieces = [], []
        step: tuple[int, int] | None = (start, entered)
        while step is not None and step[0] not in used:
            number, entry = step
            used.add(number)
            members.append(lines[number])
            pieces.append(shapes[number] if entry == 0 else shapes[number][::-1])
            step = onward(number, 1 - entry)
        yield members, unwrapped(np.vstack([pieces[0], *(piece[1:] for piece in pieces[1:])]))


def _first(line: int, onward: Callable[[int, int], tuple[int, int] | None]) -> tuple[int, int]:
    """The line at the beginning of the chain that a line belongs to, and its free end."""
    number, entry = line, 0
    while True:
        before = onward(number, entry)
        if before is None or before[0] == line:
            return (number, entry) if before is None else (line, 0)
        number, entry = before[0], 1 - before[1]


def _nodes(shapes: Sequence[Floats]) -> NDArray[np.int64]:
    """Number of the place at which each end lies, shape ``(lines, 2)``; ends within `MEET_M` are at one."""
    ends = np.array([shape[[0, -1]] for shape in shapes]).reshape(-1, 2)
    pairs = cKDTree(to_ecef_m(ends[:, 0], ends[:, 1])).query_pairs(MEET_M, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(ends), len(ends)))
    return np.asarray(connected_components(links, directed=False)[1], np.int64).reshape(-1, 2)


def _meet(first: Floats, last: Floats) -> bool:
    return float(GEOD.inv(*first, *last)[2]) <= MEET_M
