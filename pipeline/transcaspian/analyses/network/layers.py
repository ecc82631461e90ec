"""Layers of the analysis and their columns: nodes, legs and paths of the network."""

from __future__ import annotations

from typing import get_args

from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layers import Layer
from transcaspian.core.vocabulary import LegKind, NodeKind

define(
    Field("node_id", "str", "identifier"),
    Field("kind:node", "str", "what it is", required=True, choices=get_args(NodeKind)),
    Field("legs", "int", "how many legs end there", "1"),
    Field("leg_id", "str", "identifier"),
    Field("kind:leg", "str", "what it follows", required=True, choices=get_args(LegKind)),
    Field("from_node", "str", "node it begins at", required=True),
    Field("to_node", "str", "node it ends at", required=True),
    Field("length_km:way", "float", "along its way from end to end", "km"),
    Field("access_km", "float", "of its length, straight pieces from nodes to the shore or the line", "km"),
    Field("joined_km", "float", "of its length, where the data of railways or highways have a gap", "km"),
    Field("uncertainty_km", "float", "how far the length may be off; 0: none stated", "km"),
    Field("railway_km", "float", "length along railways, where it was sought and found", "km"),
    Field("highway_km", "float", "length along highways, where it was sought and found", "km"),
    Field("amplifiers", "int", "amplifiers between its ends", "1"),
    Field("fibre_ms", "float", "one way, delay in its fibre", "ms"),
    Field("abroad_km", "float", "of its length, in states where it neither begins nor ends; empty: not known", "km"),
    Field("abroad", "str", "these states with their lengths; in brackets what borders that are off may make of it"),
    Field("paths", "str", "paths that use it, by their identifiers"),
    Field("path_id", "str", "identifier"),
    Field("branch", "str", "paths of one branch are variants of each other", required=True),
    Field("nodes", "str", "all nodes it passes, in their order"),
    Field("legs:path", "str", "its legs, in their order"),
    Field("subsea_km", "float", "of its length, subsea systems", "km"),
    Field("railway_km:path", "float", "of its length, along railways", "km"),
    Field("highway_km:path", "float", "of its length, along highways", "km"),
    Field("given_km", "float", "of its length, legs of a published length", "km"),
    Field("amplifiers_ms", "float", "one way, delay in amplifiers", "ms"),
    Field("equipment_ms", "float", "one way, delay in terminals and at nodes", "ms"),
    Field("one_way_ms", "float", "delay one way", "ms"),
    Field("round_trip_ms", "float", "delay there and back", "ms"),
)

NETWORK_NODES = Layer(
    "network_nodes",
    "Point",
    "places that the legs of the network join",
    columns("node_id! name! country! kind:node legs source status"),
    key="node_id",
    asked_by="network",
)

NETWORK_LEGS = Layer(
    "network_legs",
    "LineString",
    "legs between nodes: subsea systems, cables along railways and highways, published lengths; those along "
    "railways and highways derive from OpenStreetMap, ODbL 1.0",
    columns(
        """leg_id! kind:leg from_node to_node system_id? length_km:way geodesic_km cable_km access_km joined_km
        uncertainty_km railway_km highway_km abroad_km abroad amplifiers fibre_ms paths source status"""
    ),
    key="leg_id",
    asked_by="network",
)

NETWORK_PATHS = Layer(
    "network_paths",
    "LineString",
    "ways through the network from end to end, with their delay",
    columns(
        """path_id! name! branch from_node to_node nodes legs:path length_km:way subsea_km railway_km:path
        highway_km:path given_km abroad_km abroad uncertainty_km geodesic_km cable_km amplifiers fibre_ms amplifiers_ms
        equipment_ms one_way_ms round_trip_ms status"""
    ),
    key="path_id",
    asked_by="network",
)
