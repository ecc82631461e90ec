"""Schemas of well-known publishers, brought to the names of the table of layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd

from transcaspian.core.layers import Layer


@dataclass(frozen=True)
class Schema:
    """How a publisher's columns become ours.

    ``marks`` are the columns that give the publisher away; ``columns`` maps theirs to ours; ``values`` maps the values
    of one of our columns; ``constants`` fills columns that the publisher does not have.
    """

    name: str
    layer: str
    marks: frozenset[str]
    columns: Mapping[str, str]
    constants: Mapping[str, Any]
    note: str
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


TELEGEOGRAPHY = Schema(
    name="TeleGeography submarine cable map",
    layer="cables",
    marks=frozenset({"id", "name", "color", "feature_id"}),
    columns={"feature_id": "cable_id", "name": "name"},
    constants={
        "kind": "telecom_cable",
        "state": "unknown",
        "source": "TeleGeography, Submarine Cable Map (stylised, not as laid)",
        "status": "ASSUMED",
    },
    note="TeleGeography's geometry is licensed CC BY-NC-SA 3.0 and stylised: credit it, no commercial use",
)
EMODNET = Schema(
    name="EMODnet Human Activities, telecommunication cables",
    layer="cables",
    marks=frozenset({"name", "operator", "status", "medium"}),
    columns={"name": "name", "operator": "owner", "status": "state", "gid": "cable_id", "notes": "remarks"},
    constants={"kind": "telecom_cable", "source": "EMODnet Human Activities", "status": "REAL"},
    note="EMODnet Human Activities: credit the data originators",
    values={
        "state": {
            "active": "operating",
            "in service": "operating",
            "operational": "operating",
            "planned": "planned",
            "under construction": "under_construction",
            "disused": "decommissioned",
            "out of service": "decommissioned",
            "abandoned": "decommissioned",
        }
    },
)
SCHEMAS = (TELEGEOGRAPHY, EMODNET)


def recognise(layer: Layer, data: gpd.GeoDataFrame) -> Schema | None:
    """The publisher whose columns these are, or None; a file that has our key column is ours."""
    found = {str(name).lower() for name in data.columns}
    if layer.key in found:
        return None
    return next((schema for schema in SCHEMAS if schema.layer == layer.name and schema.marks <= found), None)


def translate(schema: Schema, data: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with our columns; values that the mapping does not know become ``unknown``."""
    lowered = data.rename(columns={name: str(name).lower() for name in data.columns if name != "geometry"})
    kept = [name for name in schema.columns if name in lowered.columns]
    result = lowered[[*kept, "geometry"]].rename(columns=dict(schema.columns))
    for column, mapping in schema.values.items():
        if column in result:
            result[column] = [mapping.get(str(value).strip().lower(), "unknown") for value in result[column]]
    return result.assign(**schema.constants)
