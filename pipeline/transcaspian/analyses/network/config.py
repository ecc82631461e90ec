"""The network that the subsea systems are part of: nodes, legs, paths, delay, and what others published of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from transcaspian.core.vocabulary import NodeKind
from transcaspian.study.agreement import Contradiction
from transcaspian.study.base import (
    Cited,
    Identifier,
    Latitude,
    Longitude,
    Model,
    NotNegative,
    Positive,
    Text,
    check_unique,
)
from transcaspian.study.published import PublishedFigure
from transcaspian.study.schema import AnalysisTable, Study

Along = Literal["railway", "highway", "shorter"]
Names = Annotated[tuple[Identifier, ...], Field(min_length=1)]


class Node(Cited):
    """A place that legs join: where it is, or which landing of the study it is.

    Attributes
    ----------
    id
        Short name, unique among the nodes.
    name
        What people read.
    country
        ISO 3166-1 alpha-2 code.
    kind
        What stands there.
    landing
        Id of a landing of the study; or give the position.
    lon_deg, lat_deg
        Degrees east and north, WGS 84.
    max_snap_km
        Stands in for that of ``network.land``.
    """

    id: Identifier
    name: Text
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    kind: NodeKind
    landing: Identifier | None = None
    lon_deg: Longitude | None = None
    lat_deg: Latitude | None = None
    max_snap_km: Positive | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        given = [self.lon_deg is not None, self.lat_deg is not None]
        if any(given) != all(given) or all(given) == (self.landing is not None):
            raise ValueError(f"node `{self.id}`: give `landing`, or `lon_deg` with `lat_deg`, and not both")
        return self


class SubseaLeg(Model):
    """A system of the study; its length is that of its route and its cable.

    Attributes
    ----------
    id
        Short name, unique among the legs.
    kind
        ``subsea``.
    from_node, to_node
        Ids of its ends.
    system
        Id of the system.
    """

    id: Identifier
    kind: Literal["subsea"]
    from_node: Identifier
    to_node: Identifier
    system: Identifier


class LandLeg(Cited):
    """A cable along a railway or a highway; ``shorter``: along whichever is shorter here.

    Attributes
    ----------
    id
        Short name, unique among the legs.
    kind
        ``land``.
    from_node, to_node
        Ids of its ends.
    along
        What it follows.
    """

    id: Identifier
    kind: Literal["land"]
    from_node: Identifier
    to_node: Identifier
    along: Along

    @property
    def ways(self) -> tuple[str, ...]:
        """What it may follow."""
        return ("railway", "highway") if self.along == "shorter" else (self.along,)


class GivenLeg(Cited):
    """A cable whose length was published.

    Attributes
    ----------
    id
        Short name, unique among the legs.
    kind
        ``given``.
    from_node, to_node
        Ids of its ends.
    length_km
        As published.
    """

    id: Identifier
    kind: Literal["given"]
    from_node: Identifier
    to_node: Identifier
    length_km: Positive


NetworkLeg = Annotated[SubseaLeg | LandLeg | GivenLeg, Field(discriminator="kind")]


class NetworkPath(Model):
    """A way through the network: its legs in their order, or its ends (and nodes between) with the shortest chain.

    Attributes
    ----------
    id
        Short name, unique among the paths.
    name
        What people read.
    branch
        Groups paths that are variants of each other.
    legs
        Ids in their order; or give the ends.
    from_node, to_node
        Ids of its ends, between which the shortest chain of legs is sought.
    via
        Ids of nodes that it passes, in their order.
    avoid
        Ids of legs that it does not take.
    """

    id: Identifier
    name: Text
    branch: Text
    legs: Names | None = None
    from_node: Identifier | None = None
    to_node: Identifier | None = None
    via: tuple[Identifier, ...] = ()
    avoid: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _is_legs_or_ends(self) -> Self:
        ends = self.from_node is not None and self.to_node is not None
        some_end = self.from_node is not None or self.to_node is not None
        if (self.legs is not None) == ends or (self.legs is not None and (some_end or self.via or self.avoid)):
            raise ValueError(
                f"path `{self.id}`: give `legs`, or `from_node` and `to_node` (with `via` nodes and legs to `avoid` "
                "where you want), and not both"
            )
        if self.from_node is not None and self.from_node == self.to_node:
            raise ValueError(f"path `{self.id}` begins and ends at the node `{self.from_node}`")
        return self

    @property
    def stops(self) -> tuple[str, ...]:
        """The nodes that it is sought through, from end to end; none where its legs are given."""
        return tuple(stop for stop in (self.from_node, *self.via, self.to_node) if stop is not None)


class FibreRules(Cited):
    """How fast light is in the fibre.

    Attributes
    ----------
    group_index
        Speed of light in vacuum over that in the fibre.
    """

    group_index: Annotated[float, Field(ge=1, le=2, allow_inf_nan=False)]


class LineAmplifierRules(Cited):
    """Amplifiers on the way; those of subsea legs are counted by the rules of engineering.

    Attributes
    ----------
    spacing_km
        Distance between two.
    delay_us
        Of one, µs.
    """

    spacing_km: Positive
    delay_us: NotNegative


class EquipmentRules(Cited):
    """Delay of the terminal at each end of a path, and of a node that it passes.

    Attributes
    ----------
    terminal_us
        At each end, µs.
    node_us
        Of a node on the way, µs.
    """

    terminal_us: NotNegative
    node_us: NotNegative


class CompensationRules(Cited):
    """What explained older delays before; read for one more version, with a note, and not used.

    Attributes
    ----------
    us_per_km
        Not used.
    """

    us_per_km: NotNegative


class LandCableRules(Cited):
    """Cable over the length of the line that it follows: ducts, loops, detours.

    Attributes
    ----------
    slack_percent
        Percent of the length of that line.
    """

    slack_percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class LandRules(Cited):
    """How nodes and torn lines are brought together on the graphs of railways and highways.

    Attributes
    ----------
    max_snap_km
        Longest distance from a node to the line.
    join_km
        Longest gap in a line that is closed; 0: ends at the same place alone.
    margin_deg
        How far around the nodes ways are sought.
    uncertainty_percent
        How far a length may be off.
    """

    max_snap_km: Positive
    join_km: NotNegative
    margin_deg: Annotated[float, Field(ge=0, le=30, allow_inf_nan=False)]
    uncertainty_percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class Network(AnalysisTable):
    """The network of a study.

    Attributes
    ----------
    nodes
        Places.
    legs
        Cables between two nodes.
    paths
        Ways through the network.
    published
        Old place of ``[[published]]``.
    fibre
        Of all legs.
    amplifiers
        Of legs on land.
    equipment
        Of terminals and nodes.
    land
        How ways on land are found.
    land_cable
        How much longer the cable is than its way on land.
    compensation
        Not used; the next version refuses it.
    """

    nodes: Annotated[tuple[Node, ...], Field(min_length=2)]
    legs: Annotated[tuple[NetworkLeg, ...], Field(min_length=1)]
    paths: tuple[NetworkPath, ...] = ()
    published: tuple[PublishedFigure, ...] = ()
    fibre: FibreRules
    amplifiers: LineAmplifierRules
    equipment: EquipmentRules
    land: LandRules
    land_cable: LandCableRules
    compensation: CompensationRules | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        tables: dict[str, Sequence[Node | NetworkLeg | NetworkPath]] = {
            "network.nodes": self.nodes,
            "network.legs": self.legs,
            "network.paths": self.paths,
        }
        for table, members in tables.items():
            check_unique(table, [member.id for member in members])
        nodes = {node.id for node in self.nodes}
        legs = {leg.id: leg for leg in self.legs}
        for leg in self.legs:
            for end in (leg.from_node, leg.to_node):
                _known(f"leg `{leg.id}`", "node", end, nodes)
            if leg.from_node == leg.to_node:
                raise ValueError(f"leg `{leg.id}` begins and ends at the node `{leg.from_node}`")
        for path in self.paths:
            for stop in path.stops:
                _known(f"path `{path.id}`", "node", stop, nodes)
            for leg_id in (*(path.legs or ()), *path.avoid):
                _known(f"path `{path.id}`", "leg", leg_id, legs)
            if path.legs is not None:
                chained(
                    path.id, [(legs[leg_id].id, legs[leg_id].from_node, legs[leg_id].to_node) for leg_id in path.legs]
                )
        return self

    def contradictions(self, study: Study) -> Iterator[Contradiction]:
        """The group index of the same fibre, given twice."""
        link = getattr(study, "link", None)
        if link is not None and link.group_index != self.fibre.group_index:
            yield Contradiction(
                f"link.group_index is {link.group_index:g} and network.fibre.group_index {self.fibre.group_index:g}: a "
                "line has two delays",
                "give both the index of the fibre that is bought",
                "network.fibre.group_index",
            )

    @property
    def ways(self) -> tuple[str, ...]:
        """What its legs may follow on land."""
        asked = {way for leg in self.legs if isinstance(leg, LandLeg) for way in leg.ways}
        return tuple(way for way in ("railway", "highway") if way in asked)

    def check_study(self, study: Study) -> None:
        """Check what the table names of the rest of the study.

        Raises
        ------
        ValueError
            When something is not there, or a subsea leg does not end where its system does.
        """
        systems = {system.id: (system.from_landing, system.to_landing) for system in study.systems}
        landings = {landing.id for landing in study.landings}
        nodes = {node.id: node for node in self.nodes}
        for node in self.nodes:
            if node.landing is not None:
                _known(f"node `{node.id}`", "landing", node.landing, landings)
        for leg in self.legs:
            if isinstance(leg, SubseaLeg):
                _known(f"leg `{leg.id}`", "system", leg.system, systems)
                ends = {nodes[leg.from_node].landing, nodes[leg.to_node].landing}
                if ends != set(systems[leg.system]):
                    raise ValueError(
                        f"leg `{leg.id}` joins the nodes `{leg.from_node}` and `{leg.to_node}`, but its system "
                        f"`{leg.system}` lands at {' and '.join(f'`{name}`' for name in systems[leg.system])}: name "
                        "those by `landing` of the nodes"
                    )

    @property
    def subjects(self) -> tuple[str, ...]:
        """Its paths: published figures may speak of them."""
        return tuple(path.id for path in self.paths)

    @property
    def published_figures(self) -> tuple[PublishedFigure, ...]:
        """Where ``[[published]]`` stood before."""
        return self.published

    @property
    def renamed_keys(self) -> tuple[str, ...]:
        """Keys of an earlier version."""
        old = {
            "network.published is an old key: write [[published]]": bool(self.published),
            "network.compensation is an old key and not used, for no source says that these lines have such fibre: "
            "remove it": self.compensation is not None,
        }
        return tuple(f"{said}; the next version refuses it" for said, is_there in old.items() if is_there)

    @property
    def summary(self) -> str:
        """How many nodes, legs and paths."""
        return f"{len(self.nodes)} nodes, {len(self.legs)} legs, {len(self.paths)} paths"


def node_position(study: Study, node: Node) -> tuple[float, float]:
    """Longitude and latitude of a node, degrees; of a landing, before it is brought to the shore."""
    if node.lon_deg is not None and node.lat_deg is not None:
        return node.lon_deg, node.lat_deg
    landing = next(landing for landing in study.landings if landing.id == node.landing)
    return landing.lon_deg, landing.lat_deg


def _known(who: str, kind: str, name: str, names: Collection[str]) -> None:
    """Refuse a name that is not there."""
    if name not in names:
        raise ValueError(f"{who} names the {kind} `{name}`, which is not among {sorted(names)}")


def chained(path_id: str, legs: Sequence[tuple[str, str, str]], begin: str | None = None) -> list[str]:
    """The nodes that legs (id and ends) pass in their order, each leg in the direction that fits.

    ``begin``: the node that the first leg begins at; None: the end that fits the second leg, else its own first.

    Raises
    ------
    ValueError
        When a leg does not go on where the one before it ends.
    """
    (_, start, here), *rest = legs
    backwards = here == begin if begin else bool(rest) and here not in rest[0][1:] and start in rest[0][1:]
    if backwards:
        start, here = here, start
    nodes = [start, here]
    for (before, *_), (leg_id, one, other) in pairwise(legs):
        if here not in (one, other):
            raise ValueError(
                f"path `{path_id}` does not hang together: the leg `{before}` ends at `{here}`, and the leg "
                f"`{leg_id}` joins `{one}` and `{other}`"
            )
        here = other if here == one else one
        nodes.append(here)
    return nodes
