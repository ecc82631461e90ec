"""Railways and highways around the nodes of the network, those that its legs ask for."""

from __future__ import annotations

import numpy as np

from transcaspian.analyses.network.config import Network, node_position
from transcaspian.ingest.boundary import read_land_graph
from transcaspian.runs.stages.inputs import FurtherInput
from transcaspian.study import Study


def read_ways(study: Study) -> dict[str, FurtherInput]:
    """The part of their graphs that lies within the study's margin around the nodes, by name.

    Raises
    ------
    SourceError
        When a leg asks for them and they are not installed.
    """
    rules = study.required_table(Network)
    lonlat = np.array([node_position(study, node) for node in rules.nodes])
    low, high = lonlat.min(axis=0) - rules.land.margin_deg, lonlat.max(axis=0) + rules.land.margin_deg
    bounds = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    found = {}
    for name in rules.ways:
        data = read_land_graph(name, bounds)
        found[name] = FurtherInput(
            data.graph, len(data.graph.ends), "edges around the nodes of the network", data.provenance
        )
    return found
