"""Which cables are one witness: lines of one system, and cables that lie beside each other for most of their way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from transcaspian.analyses.validation.follow import is_twin, middle_of
from transcaspian.analyses.validation.sections import CableSection


def units_of(sections: Sequence[CableSection], within_km: float) -> tuple[str, ...]:
    """The unit of each section: the system of the first that it belongs together with.

    Six cables of one corridor were laid by one decision: they are one unit, however many systems they belong to. Two
    sections belong together where they are of one system, or one is a twin of the other (`is_twin`), and so do all that
    are joined by a chain of such pairs.

    Parameters
    ----------
    within_km
        How near twins lie.
    """
    systems = [section.cable.system for section in sections]
    shapes = [shapely.LineString(section.lonlat) for section in sections]
    middles: list[NDArray[np.float64]] = [middle_of(section.lonlat) for section in sections]
    pairs = [
        (one, other)
        for one in range(len(sections))
        for other in range(len(sections))
        if one != other and (systems[one] == systems[other] or is_twin(shapes[other], middles[one], within_km))
    ]
    rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
    links = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(len(sections), len(sections)))
    number = connected_components(links, directed=False)[1].tolist()
    first = {group: systems[number.index(group)] for group in set(number)}
    return tuple(first[group] for group in number)
