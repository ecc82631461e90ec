"""Legs between nodes: a subsea system, a cable along a railway or a highway, or a published length."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.network.abroad import Abroad, State, abroad_of
from transcaspian.analyses.network.config import GivenLeg, LandLeg, LandRules, Network, SubseaLeg
from transcaspian.analyses.network.land import Attachment, LandNet, LandRoute
from transcaspian.core.errors import NetworkError
from transcaspian.core.grid import GEOD

SEA_AND_LAND = ("subsea", "railway", "highway", "given")
"""What a leg follows."""
REMEDY = (
    "Raise network.land.max_snap_km for nodes off the line or network.land.join_km for lines in pieces, let the leg "
    "follow the other kind, or give it a length"
)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NetworkPlace:
    """A node where it is."""

    id: str
    name: str
    country: str
    kind: str
    lon_deg: float
    lat_deg: float
    max_snap_km: float
    source: str
    status: str

    @property
    def lonlat(self) -> Floats:
        """Shape ``(2,)``."""
        return np.array([self.lon_deg, self.lat_deg])


@dataclass(frozen=True)
class SubseaRoute:
    """What the network needs to know of a system: its line from one landing to the other, its cable, its amplifiers.

    ``cable_km`` is None where the study has no rules of engineering: slack is then not known.
    """

    from_landing: str
    lonlat: Floats
    length_km: float
    cable_km: float | None
    amplifiers: int


@dataclass(frozen=True)
class Leg:
    """A leg of the network.

    Attributes
    ----------
    follows
        One of `SEA_AND_LAND`.
    lonlat
        From the first node to the second, shape ``(n, 2)``; of a given leg the geodesic, which says nothing of its way.
    length_km
        Along its way from node to node, the straight pieces to the shore or to the line included.
    access_km
        Of that, those straight pieces.
    joined_km
        Of that, where the data of railways or highways have a gap.
    cable_km
        Cable with its slack.
    uncertainty_km
        How far the length may be off; 0 where no uncertainty is stated.
    railway_km, highway_km
        Length along either, where it was sought; None elsewhere.
    abroad
        What of it lies in states where it neither begins nor ends; None: not known.
    """

    id: str
    follows: str
    from_node: str
    to_node: str
    lonlat: Floats
    length_km: float
    access_km: float
    joined_km: float
    cable_km: float
    amplifiers: int
    uncertainty_km: float
    source: str
    status: str
    system: str | None = None
    railway_km: float | None = None
    highway_km: float | None = None
    abroad: tuple[Abroad, ...] | None = None

    @property
    def geodesic_km(self) -> float:
        """Straight from node to node."""
        return geodesic_km(self.lonlat[0], self.lonlat[-1])


def geodesic_km(one: Floats, other: Floats) -> float:
    """Geodesic between two positions, km."""
    return float(GEOD.inv(one[0], one[1], other[0], other[1])[2]) / 1000.0


def amplifiers_on(cable_km: float, spacing_km: float) -> int:
    """Amplifiers between the ends of a cable, at equal spans no longer than the spacing."""
    return max(0, math.ceil(cable_km / spacing_km) - 1)


def subsea_leg(
    leg: SubseaLeg, route: SubseaRoute, places: Mapping[str, NetworkPlace], landing_of: Mapping[str, str | None]
) -> Leg:
    """A system as a leg; from each node to the shore end of its route goes a straight piece of cable on land."""
    start, end = places[leg.from_node], places[leg.to_node]
    line = route.lonlat if landing_of[leg.from_node] == route.from_landing else route.lonlat[::-1]
    access_km = geodesic_km(start.lonlat, line[0]) + geodesic_km(end.lonlat, line[-1])
    return Leg(
        id=leg.id,
        follows="subsea",
        from_node=leg.from_node,
        to_node=leg.to_node,
        lonlat=np.vstack([start.lonlat, line, end.lonlat]),
        length_km=route.length_km + access_km,
        access_km=access_km,
        joined_km=0.0,
        cable_km=(route.length_km if route.cable_km is None else route.cable_km) + access_km,
        amplifiers=route.amplifiers,
        uncertainty_km=0.0,
        source="route and cable of this run",
        status="DERIVED",
        system=leg.system,
    )


def given_leg(leg: GivenLeg, places: Mapping[str, NetworkPlace], rules: Network) -> Leg:
    """A leg of a published length, which is taken as that of its cable."""
    start, end = places[leg.from_node], places[leg.to_node]
    apart_km = geodesic_km(start.lonlat, end.lonlat)
    if leg.length_km < apart_km:
        raise NetworkError(
            f"leg `{leg.id}` is given as {leg.length_km:g} km, but {start.name} and {end.name} are {apart_km:.1f} km "
            "apart in a straight line: correct network.legs or the positions of the nodes"
        )
    return Leg(
        id=leg.id,
        follows="given",
        from_node=leg.from_node,
        to_node=leg.to_node,
        lonlat=geodesic_line(start.lonlat, end.lonlat),
        length_km=leg.length_km,
        access_km=0.0,
        joined_km=0.0,
        cable_km=leg.length_km,
        amplifiers=amplifiers_on(leg.length_km, rules.amplifiers.spacing_km),
        uncertainty_km=0.0,
        source=leg.source,
        status=leg.status,
    )


def geodesic_line(one: Floats, other: Floats, step_km: float = 25.0) -> Floats:
    """Points on the geodesic, no further apart than a step, shape ``(n, 2)``."""
    between = max(0, math.ceil(geodesic_km(one, other) / step_km) - 1)
    inner = np.array(GEOD.npts(one[0], one[1], other[0], other[1], between)).reshape(-1, 2)
    return np.vstack([one, inner, other])


@dataclass(frozen=True)
class _Try:
    """A leg sought along one graph."""

    ends: tuple[Attachment, Attachment]
    route: LandRoute

    @property
    def length_km(self) -> float:
        return self.route.length_km + self.access_km

    @property
    def access_km(self) -> float:
        return self.ends[0].snap_km + self.ends[1].snap_km


def land_legs(
    legs: Sequence[LandLeg],
    places: Mapping[str, NetworkPlace],
    nets: Mapping[str, LandNet],
    rules: Network,
    states: Mapping[str, State],
) -> dict[str, Leg]:
    """Cables along railways and highways, by leg.

    Parameters
    ----------
    nets
        The graphs that the legs ask for, by name.
    states
        By their codes; empty: what leaves the states of its ends is not known.

    Raises
    ------
    NetworkError
        When a node is too far from the line, or the line does not lead from one node to the other; of a leg that may
        go along either, when neither does.
    """
    found: dict[str, dict[str, _Try]] = {leg.id: {} for leg in legs}
    faults: dict[str, list[str]] = {leg.id: [] for leg in legs}
    for name, net in nets.items():
        asked = [leg for leg in legs if name in leg.ways]
        for leg, tried in zip(asked, _tries(asked, places, net), strict=True):
            if isinstance(tried, _Try):
                found[leg.id][name] = tried
            else:
                faults[leg.id].append(tried)
    for leg in legs:
        if not found[leg.id]:
            raise NetworkError(f"leg `{leg.id}`: {'; '.join(faults[leg.id])}. {REMEDY}")
    return {leg.id: with_abroad(_land_leg(leg, found[leg.id], places, rules), places, states) for leg in legs}


def with_abroad(leg: Leg, places: Mapping[str, NetworkPlace], states: Mapping[str, State]) -> Leg:
    """A leg on land with what of it lies in other states."""
    home = [places[end].country for end in (leg.from_node, leg.to_node)]
    return replace(leg, abroad=abroad_of(leg.lonlat, leg.length_km, home, states)) if states else leg


def _tries(legs: Sequence[LandLeg], places: Mapping[str, NetworkPlace], net: LandNet) -> list[_Try | str]:
    """Each leg along one graph, or why it cannot go there."""
    attached: dict[str, Attachment | str] = {}
    for node in dict.fromkeys(end for leg in legs for end in (leg.from_node, leg.to_node)):
        attached[node] = _attached(places[node], net)
    pairs = [(attached[leg.from_node], attached[leg.to_node]) for leg in legs]
    sound = [(a, b) for a, b in pairs if isinstance(a, Attachment) and isinstance(b, Attachment)]
    routes = iter(net.routes([(a.vertex, b.vertex) for a, b in sound]))
    results: list[_Try | str] = []
    for leg, (a, b) in zip(legs, pairs, strict=True):
        if isinstance(a, str) or isinstance(b, str):
            results.append("; ".join(item for item in (a, b) if isinstance(item, str)))
            continue
        route = next(routes)
        ends = (places[leg.from_node], places[leg.to_node])
        results.append(_apart(ends, (a, b), net) if route is None else _Try((a, b), route))
    return results


def _attached(place: NetworkPlace, net: LandNet) -> Attachment | str:
    """Where a node joins the graph, or why it does not."""
    try:
        return net.attach(place.lon_deg, place.lat_deg, place.max_snap_km, place.name)
    except NetworkError as exc:
        return str(exc)


def _apart(ends: tuple[NetworkPlace, NetworkPlace], attached: tuple[Attachment, Attachment], net: LandNet) -> str:
    """Why a graph does not lead from one end to the other."""
    sizes = [int(net.piece_size[item.vertex]) for item in attached]
    gap_km = net.gap_km(attached[0].vertex, attached[1].vertex)
    return (
        f"no {net.name} of the land graph leads from {ends[0].name} to {ends[1].name}: they are on pieces of "
        f"{sizes[0]} and {sizes[1]} vertices, {gap_km:.1f} km apart where they are nearest"
    )


def _land_leg(leg: LandLeg, found: Mapping[str, _Try], places: Mapping[str, NetworkPlace], rules: Network) -> Leg:
    """The shortest of what was found."""
    name = min(found, key=lambda along: found[along].length_km)
    best = found[name]
    cable_km = best.length_km * (1.0 + rules.land_cable.slack_percent / 100.0)
    return Leg(
        id=leg.id,
        follows=name,
        from_node=leg.from_node,
        to_node=leg.to_node,
        lonlat=np.vstack([places[leg.from_node].lonlat, best.route.lonlat, places[leg.to_node].lonlat]),
        length_km=best.length_km,
        access_km=best.access_km,
        joined_km=best.route.joined_km,
        cable_km=cable_km,
        amplifiers=amplifiers_on(cable_km, rules.amplifiers.spacing_km),
        uncertainty_km=_uncertainty_km(best.length_km, best.access_km, best.route.joined_km, rules.land),
        source=leg.source,
        status="DERIVED",
        railway_km=found["railway"].length_km if "railway" in found else None,
        highway_km=found["highway"].length_km if "highway" in found else None,
    )


def _uncertainty_km(length_km: float, access_km: float, joined_km: float, rules: LandRules) -> float:
    """How far a length on land may be off: a share of it, and all that is straight for lack of data."""
    return length_km * rules.uncertainty_percent / 100.0 + access_km + joined_km
