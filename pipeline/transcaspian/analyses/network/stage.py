"""An optional stage: the network that the systems are part of, its branches, and published figures beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from transcaspian.analyses.network.config import GivenLeg, LandLeg, Network, SubseaLeg, node_position
from transcaspian.analyses.network.land import LandNet
from transcaspian.analyses.network.legs import Leg, NetworkPlace, SubseaRoute, given_leg, land_legs, subsea_leg
from transcaspian.analyses.network.page import NetworkFound, network_page, published_csv
from transcaspian.analyses.network.paths import Path, path_along, shortest_chain
from transcaspian.analyses.network.published import Subject, compare
from transcaspian.analyses.network.tables import network_figures, network_layers, published_record
from transcaspian.core.errors import NetworkError
from transcaspian.core.findings import AnalysisResult
from transcaspian.core.grid import length_m

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
    """Lay the legs, join them to paths, measure lengths and delays, and set published figures beside them.

    Raises
    ------
    TranscaspianError
        When legs or paths cannot be made; see `transcaspian.analyses.network`.
    """
    rules = inputs.study.required_table(Network)
    places = places_of(inputs.study, rules)
    routes = subsea_routes(inputs, routed, engineered)
    legs = legs_of(rules, places, routes, ways_in(inputs))
    paths, notes = paths_of(rules, legs)
    base_cost = inputs.study.cost.base_cost_usd_per_km
    subjects = {item.id: item for item in (*system_subjects(inputs, routes, engineered), *map(path_subject, paths))}
    rows = compare(rules, subjects, base_cost)
    credits = [f"{name}: {graph.credit}" for name, graph in ways_in(inputs).items()]
    notes = (*notes, *(LAND_NOTE for _ in credits[:1]))
    found = NetworkFound(rules, places, list(legs.values()), paths, rows, credits)
    pages = {"network.md": network_page(inputs.study.study.title, found, notes)}
    if rows:
        pages["network_published.csv"] = published_csv([published_record(row) for row in rows])
    layers = network_layers(rules, places, found.legs, paths)
    return AnalysisResult(layers, figures=network_figures(paths, rows), notes=notes, pages=pages)


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
    paths_of(rules, legs_of(rules, places_of(inputs.study, rules), straight, ways_in(inputs)))


def ways_in(inputs: Inputs) -> dict[str, LandGraph]:
    """Railways and highways that were read, by name."""
    return {name: inputs.further[name].value for name in ("railway", "highway") if name in inputs.further}


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


def legs_of(
    rules: Network,
    places: Mapping[str, NetworkPlace],
    routes: Mapping[str, SubseaRoute],
    land: Mapping[str, LandGraph],
) -> dict[str, Leg]:
    """The legs by id, in the order of the study; without those of systems that this run was not asked for."""
    nets = {name: LandNet(graph, rules.land.join_km) for name, graph in land.items()}
    landing_of = {node.id: node.landing for node in rules.nodes}
    on_land = land_legs([leg for leg in rules.legs if isinstance(leg, LandLeg)], places, nets, rules)
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


def system_subjects(
    inputs: Inputs, routes: Mapping[str, SubseaRoute], engineered: Mapping[str, EngineeredRoute]
) -> Iterator[Subject]:
    """The systems as published figures speak of them."""
    for system in inputs.systems:
        route = routes[system.id]
        cable_km = route.length_km if route.cable_km is None else route.cable_km
        spare_km = engineered[system.id].cable.spare_km if system.id in engineered else 0.0
        ends = route.lonlat[[0, -1]]
        yield Subject(
            id=system.id,
            name=system.name,
            length_km=route.length_km,
            cable_km=cable_km,
            made_km=cable_km + spare_km,
            geodesic_km=float(length_m(ends)) / 1000.0,
            subsea_km=route.length_km,
            land_geodesic_km=0.0,
            uncertainty_km=0.0,
            cost_usd=route.length_km * inputs.study.cost.base_cost_usd_per_km,
        )


def path_subject(path: Path) -> Subject:
    """A path as published figures speak of it."""
    return Subject(
        id=path.id,
        name=path.name,
        length_km=path.length_km,
        cable_km=path.cable_km,
        made_km=path.cable_km,
        geodesic_km=path.geodesic_km,
        subsea_km=path.by_kind_km["subsea"],
        land_geodesic_km=sum(leg.geodesic_km for leg in path.legs if leg.follows != "subsea"),
        uncertainty_km=path.uncertainty_km,
        delay=path.delay,
    )
