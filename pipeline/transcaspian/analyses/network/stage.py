"""An optional stage: the network that the systems are part of, and its branches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from transcaspian.analyses.network.abroad import State, states_by_code
from transcaspian.analyses.network.config import GivenLeg, LandLeg, Network, SubseaLeg, node_position
from transcaspian.analyses.network.delay import MS_PER_US
from transcaspian.analyses.network.land import LandNet
from transcaspian.analyses.network.legs import Leg, NetworkPlace, SubseaRoute, given_leg, land_legs, subsea_leg
from transcaspian.analyses.network.page import NetworkFound, network_page
from transcaspian.analyses.network.paths import Path, path_along, shortest_chain
from transcaspian.analyses.network.tables import network_figures, network_layers
from transcaspian.core.errors import NetworkError
from transcaspian.core.findings import AnalysisResult, Finding
from transcaspian.core.grid import length_m
from transcaspian.core.reconciled import Reading, Subject

if TYPE_CHECKING:
    from transcaspian.core.land_graph import LandGraph
    from transcaspian.engineering import EngineeredRoute
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.runs.stages.model_seabed import Seabed
    from transcaspian.runs.stages.route_systems import Routed
    from transcaspian.study import Study

LAND_NOTE = (
    "ways on land derive from railways and highways © OpenStreetMap contributors, and so does their part of the layers "
    "network_legs and network_paths (ODbL 1.0); they are simplified and torn in places: lengths carry an uncertainty, "
    "and ways show no more than the general direction"
)


def find_network(
    inputs: Inputs, ground: Seabed, routed: Routed, engineered: Mapping[str, EngineeredRoute]
) -> AnalysisResult:
    """Lay the legs, join them to paths, and measure lengths and delays.

    Raises
    ------
    TranscaspianError
        When legs or paths cannot be made; see `transcaspian.analyses.network`.
    """
    rules = inputs.study.required_table(Network)
    places = places_of(inputs.study, rules)
    routes = subsea_routes(inputs, routed, engineered)
    legs = _legs_of(rules, places, routes, ways_in(inputs), states_in(inputs))
    paths, notes = paths_of(rules, legs)
    credits = [f"{name}: {graph.credit}" for name, graph in ways_in(inputs).items()]
    notes = (*notes, *(LAND_NOTE for _ in credits[:1]))
    found = NetworkFound(rules, places, list(legs.values()), paths, credits)
    pages = {"network.md": network_page(inputs.study.study.title, found, notes)}
    layers = network_layers(rules, places, found.legs, paths)
    return AnalysisResult(
        layers, figures=network_figures(paths), notes=notes, pages=pages, findings=tuple(left_states(paths))
    )


def left_states(paths: Sequence[Path]) -> Iterator[Finding]:
    """The legs of paths that leave the states that they join."""
    legs = {leg.id: leg for path in paths for leg in path.legs if leg.abroad}
    told = [f"{leg.id} {', '.join(map(str, leg.abroad or ()))}" for leg in legs.values()]
    if told:
        yield Finding(
            kind="way through another state",
            severity="minor",
            sentence=f"{len(told)} legs on land leave the states that they join: {'; '.join(told)}",
            action="Give these legs another way by `along`, nodes and `via`, or ask whether the cable may lie there.",
            source="layer network_legs, sources.states",
        )


def check_network(inputs: Inputs) -> None:
    """Look whether legs and paths can be made, with straight lines for the systems, which are not routed yet.

    Raises
    ------
    NetworkError
        When they cannot.
    """
    rules = inputs.study.required_table(Network)
    straight = {}
    for system in inputs.systems:
        ends = [inputs.study.landing(name) for name in (system.from_landing, system.to_landing)]
        lonlat = np.array([[end.lon_deg, end.lat_deg] for end in ends])
        straight[system.id] = SubseaRoute(
            system.from_landing, lonlat, float(length_m(lonlat)) / 1000.0, cable_km=None, amplifiers=0
        )
    paths_of(rules, _legs_of(rules, places_of(inputs.study, rules), straight, ways_in(inputs)))


def ways_in(inputs: Inputs) -> dict[str, LandGraph]:
    """Railways and highways that were read, by name."""
    return {name: inputs.further[name].value for name in ("railway", "highway") if name in inputs.further}


def states_in(inputs: Inputs) -> dict[str, State]:
    """States on land, by their codes; none where the study names no data set of them."""
    return states_by_code(inputs.layers["states"].layer) if "states" in inputs.layers else {}


def places_of(study: Study, rules: Network) -> dict[str, NetworkPlace]:
    """Where the nodes are; a landing is where the study says, before it is brought to the shore."""
    found = {}
    for node in rules.nodes:
        lon, lat = node_position(study, node)
        snap_km = node.max_snap_km or rules.land.max_snap_km
        found[node.id] = NetworkPlace(
            node.id, node.name, node.country, node.kind, lon, lat, snap_km, node.source, node.status
        )
    return found


def subsea_routes(inputs: Inputs, routed: Routed, engineered: Mapping[str, EngineeredRoute]) -> dict[str, SubseaRoute]:
    """The systems of this run as the network needs them."""
    found = {}
    for system in inputs.systems:
        route = engineered.get(system.id)
        lonlat = routed.paths[system.id].lonlat if route is None else route.lonlat
        found[system.id] = SubseaRoute(
            from_landing=system.from_landing,
            lonlat=lonlat,
            length_km=float(length_m(lonlat)) / 1000.0 if route is None else route.profile.length_km,
            cable_km=None if route is None else route.cable.length_km,
            amplifiers=0 if route is None else len(route.cable.amplifiers),
        )
    return found


def _legs_of(
    rules: Network,
    places: Mapping[str, NetworkPlace],
    routes: Mapping[str, SubseaRoute],
    land: Mapping[str, LandGraph],
    states: Mapping[str, State] = MappingProxyType({}),
) -> dict[str, Leg]:
    """The legs by id, in the order of the study; without those of systems that this run was not asked for."""
    nets = {name: LandNet(graph, rules.land.join_km) for name, graph in land.items()}
    landing_of = {node.id: node.landing for node in rules.nodes}
    on_land = land_legs([leg for leg in rules.legs if isinstance(leg, LandLeg)], places, nets, rules, states)
    found: dict[str, Leg] = {}
    for leg in rules.legs:
        if isinstance(leg, LandLeg):
            found[leg.id] = on_land[leg.id]
        elif isinstance(leg, GivenLeg):
            found[leg.id] = given_leg(leg, places, rules)
        elif isinstance(leg, SubseaLeg) and leg.system in routes:
            found[leg.id] = subsea_leg(leg, routes[leg.system], places, landing_of)
    return found


def paths_of(rules: Network, legs: Mapping[str, Leg]) -> tuple[list[Path], tuple[str, ...]]:
    """The paths of the study, and which cannot be made because this run leaves a system out."""
    missing = {leg.id for leg in rules.legs} - set(legs)
    found, notes = [], []
    for path in rules.paths:
        try:
            if path.legs is not None:
                absent = [leg for leg in path.legs if leg in missing]
                if absent:
                    raise NetworkError(f"its leg `{absent[0]}` is not there")
                chain, begin = [legs[leg] for leg in path.legs], None
            else:
                chain, begin = shortest_chain(list(legs.values()), path.stops, path.avoid), path.from_node
        except NetworkError as exc:
            if not missing:
                raise NetworkError(f"path `{path.id}`: {exc}") from exc
            notes.append(f"path {path.id} is left out: this run leaves out the systems of {', '.join(sorted(missing))}")
            continue
        found.append(path_along(path.id, path.name, path.branch, chain, rules, begin))
    return found, tuple(notes)


def subjects_of(found: AnalysisResult) -> Iterator[Subject]:
    """The paths that were found, as published figures speak of them."""
    for row in found.figures["paths"]:
        land_km, us_per_km = row["length_km"] - row["subsea_km"], row["fibre_ms"] / row["cable_km"] / MS_PER_US
        way_km, way_ms = row["uncertainty_km"], row["uncertainty_km"] * us_per_km * MS_PER_US
        on_land_ms = row["land_cable_km"] * us_per_km * MS_PER_US
        yield Subject(
            id=row["path_id"],
            name=row["name"],
            branch=row["branch"],
            geodesic_km=row["geodesic_km"],
            us_per_km=us_per_km,
            abroad_km=row["abroad_km"] or 0.0,
            remarks=(f"Of the way lie {row['abroad']}.",) if row["abroad"] else (),
            readings={
                "length_km": (
                    Reading("line", row["length_km"], way_km),
                    Reading("line_on_land", land_km, way_km),
                    Reading("line_cable", row["cable_km"], way_km, "a slack on land that is ASSUMED"),
                ),
                "delay_ms": (
                    Reading("one_way", row["one_way_ms"], way_ms),
                    Reading("one_way_on_land", on_land_ms, way_ms, "a slack on land that is ASSUMED"),
                    Reading("round_trip", row["round_trip_ms"], 2 * way_ms),
                ),
            },
        )
