"""Paths through the network: legs that follow each other, given or found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from transcaspian.analyses.network.abroad import Abroad, together
from transcaspian.analyses.network.config import Network, chained
from transcaspian.analyses.network.delay import Delay, delay_of
from transcaspian.analyses.network.legs import SEA_AND_LAND, Leg, geodesic_km
from transcaspian.core.errors import NetworkError


@dataclass(frozen=True)
class Path:
    """A way through the network.

    Attributes
    ----------
    nodes
        From one end to the other; one more than ``legs``.
    by_kind_km
        Length by what its legs follow, each of `SEA_AND_LAND`.
    uncertainty_km
        Sum over its legs: their lengths come from the same data and are off together.
    """

    id: str
    name: str
    branch: str
    nodes: tuple[str, ...]
    legs: tuple[Leg, ...]
    lonlat: NDArray[np.float64]
    by_kind_km: Mapping[str, float]
    cable_km: float
    amplifiers: int
    uncertainty_km: float
    delay: Delay

    @property
    def length_km(self) -> float:
        """Of all its legs."""
        return sum(self.by_kind_km.values())

    @property
    def geodesic_km(self) -> float:
        """Straight from end to end."""
        return geodesic_km(self.lonlat[0], self.lonlat[-1])

    @property
    def land_km(self) -> float:
        """Of all its legs but those under the sea."""
        return self.length_km - self.by_kind_km["subsea"]

    @property
    def land_cable_km(self) -> float:
        """Cable of these legs, with slack."""
        return sum(leg.cable_km for leg in self.legs if leg.follows != "subsea")

    @property
    def abroad(self) -> tuple[Abroad, ...] | None:
        """What of it lies in states where the leg neither begins nor ends; None: not known of any leg on land."""
        known = [leg.abroad for leg in self.legs if leg.abroad is not None]
        return together(known) if known else None

    @property
    def is_assumed(self) -> bool:
        """Whether a length in it is an assumption."""
        return any(leg.status == "ASSUMED" for leg in self.legs)


def path_along(
    path_id: str, name: str, branch: str, legs: Sequence[Leg], rules: Network, begin: str | None = None
) -> Path:
    """The path along legs that follow each other, each in the direction that fits; ``begin``: its first node.

    Parameters
    ----------
    path_id, name, branch
        As the study names the path, and the branch that it is of.
    legs
        In their order; each shares a node with the next.
    rules
        Speed in the fibre, and delay of amplifiers and nodes.
    begin
        Its first node; None where the legs tell.

    Returns
    -------
    Path
        Lengths in km, delay one way in ms, positions ``(n, 2)`` in degrees from its first node to its last.
    """
    nodes = chained(path_id, [(leg.id, leg.from_node, leg.to_node) for leg in legs], begin)
    lines = [
        leg.lonlat if leg.from_node == start else leg.lonlat[::-1] for leg, start in zip(legs, nodes, strict=False)
    ]
    cable_km = sum(leg.cable_km for leg in legs)
    amplifiers = sum(leg.amplifiers for leg in legs)
    return Path(
        id=path_id,
        name=name,
        branch=branch,
        nodes=tuple(nodes),
        legs=tuple(legs),
        lonlat=np.vstack([lines[0], *(line[1:] for line in lines[1:])]),
        by_kind_km={kind: sum(leg.length_km for leg in legs if leg.follows == kind) for kind in SEA_AND_LAND},
        cable_km=cable_km,
        amplifiers=amplifiers,
        uncertainty_km=sum(leg.uncertainty_km for leg in legs),
        delay=delay_of(cable_km, amplifiers, len(nodes) - 2, rules),
    )


def shortest_chain(legs: Sequence[Leg], stops: Sequence[str], avoid: Collection[str] = ()) -> list[Leg]:
    """The legs of least total length from the first stop over the others to the last.

    Parameters
    ----------
    stops
        Nodes to pass, in their order; two at least.
    avoid
        Legs that may not be taken.

    Raises
    ------
    NetworkError
        When no legs lead from one stop to the next.
    """
    usable = [leg for leg in legs if leg.id not in avoid]
    names = sorted({*stops, *(end for leg in usable for end in (leg.from_node, leg.to_node))})
    number = {name: index for index, name in enumerate(names)}
    shortest: dict[tuple[int, int], Leg] = {}
    for leg in sorted(usable, key=lambda leg: (leg.length_km, leg.id), reverse=True):
        one, other = sorted((number[leg.from_node], number[leg.to_node]))
        shortest[one, other] = leg
    rows, cols = ([pair[side] for pair in shortest] for side in (0, 1))
    matrix = csr_matrix(([leg.length_km for leg in shortest.values()], (rows, cols)), shape=(len(names), len(names)))
    found: list[Leg] = []
    for start, end in pairwise(stops):
        reach_km, before = dijkstra(matrix, directed=False, indices=number[start], return_predecessors=True)
        if not np.isfinite(reach_km[number[end]]):
            raise NetworkError(
                f"no legs lead from the node `{start}` to `{end}`{_without(avoid)}: from `{start}` they reach "
                f"{', '.join(f'`{name}`' for name in names if np.isfinite(reach_km[number[name]]))}"
            )
        way = [number[end]]
        while way[-1] != number[start]:
            way.append(int(before[way[-1]]))
        found += [shortest[min(a, b), max(a, b)] for a, b in pairwise(way[::-1])]
    return found


def _without(avoid: Collection[str]) -> str:
    return f" without {', '.join(f'`{leg}`' for leg in sorted(avoid))}" if avoid else ""
