"""Layers and figures of the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
from shapely import LineString, Point

from transcaspian.analyses.network.abroad import Abroad
from transcaspian.analyses.network.config import Network
from transcaspian.analyses.network.delay import MS_PER_US, fibre_us_per_km
from transcaspian.analyses.network.layers import NETWORK_LEGS, NETWORK_NODES, NETWORK_PATHS
from transcaspian.analyses.network.legs import Leg, NetworkPlace
from transcaspian.analyses.network.paths import Path
from transcaspian.core.frames import Row, frames


def network_layers(
    rules: Network, places: Mapping[str, NetworkPlace], legs: Sequence[Leg], paths: Sequence[Path]
) -> dict[str, gpd.GeoDataFrame]:
    """The layers of the network by name."""
    us_per_km = fibre_us_per_km(rules.fibre.group_index)
    used = {leg.id: [path.id for path in paths if leg.id in [own.id for own in path.legs]] for leg in legs}
    return frames(
        {
            NETWORK_NODES: [node_row(place, legs) for place in places.values()],
            NETWORK_LEGS: [leg_row(leg, used[leg.id], us_per_km) for leg in legs],
            NETWORK_PATHS: [path_row(path) for path in paths],
        }
    )


def node_row(place: NetworkPlace, legs: Sequence[Leg]) -> Row:
    """One row of the layer ``network_nodes``."""
    count = sum(place.id in (leg.from_node, leg.to_node) for leg in legs)
    at = Point(place.lon_deg, place.lat_deg)
    return NETWORK_NODES.row(at, place, node_id=place.id, legs=count, status=place.status)


def leg_row(leg: Leg, paths: Sequence[str], us_per_km: float) -> Row:
    """One row of the layer ``network_legs``."""
    return NETWORK_LEGS.row(
        LineString(leg.lonlat),
        leg,
        leg_id=leg.id,
        kind=leg.follows,
        system_id=leg.system,
        **abroad_values(leg.abroad),
        fibre_ms=leg.cable_km * us_per_km * MS_PER_US,
        paths=", ".join(paths) or None,
        status=leg.status,
    )


def path_row(path: Path) -> Row:
    """One row of the layer ``network_paths``."""
    return NETWORK_PATHS.row(
        LineString(path.lonlat),
        *(path, path.delay),
        path_id=path.id,
        from_node=path.nodes[0],
        to_node=path.nodes[-1],
        nodes=", ".join(path.nodes),
        legs=", ".join(leg.id for leg in path.legs),
        **{f"{kind}_km": length_km for kind, length_km in path.by_kind_km.items()},
        **abroad_values(path.abroad),
        status="ASSUMED" if path.is_assumed else "DERIVED",
    )


def abroad_values(found: Sequence[Abroad] | None) -> dict[str, Any]:
    """What lies in other states, for a row."""
    if found is None:
        return {"abroad_km": None, "abroad": None}
    return {"abroad_km": sum(item.km for item in found), "abroad": "; ".join(map(str, found)) or None}


def network_figures(paths: Sequence[Path]) -> dict[str, Any]:
    """Paths as the manifest holds them."""
    return {"paths": [path_figures(path) for path in paths]}


def path_figures(path: Path) -> dict[str, Any]:
    """A path as the manifest holds it: the row of its layer, and its cable on land."""
    row = path_row(path) | {"land_cable_km": path.land_cable_km}
    return {key: rounded(value) for key, value in row.items() if key != "geometry"}


def rounded(value: Any) -> Any:
    """A figure without the noise of its last digits."""
    return round(value, 6) if isinstance(value, float) else value
