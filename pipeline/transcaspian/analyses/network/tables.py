"""Layers and figures of the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import geopandas as gpd
from shapely import LineString, Point

from transcaspian.analyses.network.config import Network
from transcaspian.analyses.network.delay import MS_PER_US, fibre_us_per_km
from transcaspian.analyses.network.layers import NETWORK_LEGS, NETWORK_NODES, NETWORK_PATHS
from transcaspian.analyses.network.legs import Leg, Place
from transcaspian.analyses.network.paths import Path
from transcaspian.analyses.network.published import Compared
from transcaspian.core.frames import frame


def network_layers(
    rules: Network, places: Mapping[str, Place], legs: Sequence[Leg], paths: Sequence[Path]
) -> dict[str, gpd.GeoDataFrame]:
    """The layers of the network by name."""
    us_per_km = fibre_us_per_km(rules.fibre.group_index)
    used = {leg.id: [path.id for path in paths if leg.id in [own.id for own in path.legs]] for leg in legs}
    return {
        NETWORK_NODES.name: frame(NETWORK_NODES, [node_record(place, legs) for place in places.values()]),
        NETWORK_LEGS.name: frame(NETWORK_LEGS, [leg_record(leg, used[leg.id], us_per_km) for leg in legs]),
        NETWORK_PATHS.name: frame(NETWORK_PATHS, [path_record(path) for path in paths]),
    }


def node_record(place: Place, legs: Sequence[Leg]) -> dict[str, Any]:
    """One row of the layer ``network_nodes``."""
    return {
        "node_id": place.id,
        "name": place.name,
        "country": place.country,
        "kind": place.kind,
        "legs": sum(place.id in (leg.from_node, leg.to_node) for leg in legs),
        "source": place.source,
        "status": place.status,
        "geometry": Point(place.lon_deg, place.lat_deg),
    }


def leg_record(leg: Leg, paths: Sequence[str], us_per_km: float) -> dict[str, Any]:
    """One row of the layer ``network_legs``."""
    return {
        "leg_id": leg.id,
        "kind": leg.follows,
        "from_node": leg.from_node,
        "to_node": leg.to_node,
        "system_id": leg.system,
        "length_km": leg.length_km,
        "geodesic_km": leg.geodesic_km,
        "cable_km": leg.cable_km,
        "access_km": leg.access_km,
        "joined_km": leg.joined_km,
        "uncertainty_km": leg.uncertainty_km,
        "railway_km": leg.railway_km,
        "highway_km": leg.highway_km,
        "amplifiers": leg.amplifiers,
        "fibre_ms": leg.cable_km * us_per_km * MS_PER_US,
        "paths": ", ".join(paths) or None,
        "source": leg.source,
        "status": leg.status,
        "geometry": LineString(leg.lonlat),
    }


def path_record(path: Path) -> dict[str, Any]:
    """One row of the layer ``network_paths``."""
    return {
        "path_id": path.id,
        "name": path.name,
        "branch": path.branch,
        "from_node": path.nodes[0],
        "to_node": path.nodes[-1],
        "nodes": ", ".join(path.nodes),
        "legs": ", ".join(leg.id for leg in path.legs),
        "length_km": path.length_km,
        **{f"{kind}_km": length_km for kind, length_km in path.by_kind_km.items()},
        "uncertainty_km": path.uncertainty_km,
        "geodesic_km": path.geodesic_km,
        "cable_km": path.cable_km,
        "amplifiers": path.amplifiers,
        **asdict(path.delay),
        "one_way_ms": path.delay.one_way_ms,
        "round_trip_ms": path.delay.round_trip_ms,
        "status": "ASSUMED" if path.is_assumed else "DERIVED",
        "geometry": LineString(path.lonlat),
    }


def network_figures(paths: Sequence[Path], rows: Sequence[Compared]) -> dict[str, Any]:
    """Paths, and published figures beside ours, as the manifest holds them."""
    return {
        "paths": [
            {key: rounded(value) for key, value in path_record(path).items() if key != "geometry"} for path in paths
        ],
        "published": [published_record(row) for row in rows],
    }


def published_record(row: Compared) -> dict[str, Any]:
    """A published figure beside ours: a row of the table."""
    figure = row.figure
    return {
        "figure_id": figure.id,
        "what": figure.what,
        "quantity": figure.quantity,
        "unit": row.unit,
        "of": row.subject.id if row.subject else None,
        "published": figure.value,
        "published_to": figure.to_value,
        "tolerance": figure.tolerance,
        "ours": rounded(row.ours),
        "difference": rounded(row.difference),
        "verdict": row.verdict,
        "explanation": row.explanation,
        "remarks": figure.remarks or None,
        "source": figure.source,
        "status": figure.status,
        "ours_status": None if row.ours is None else "DERIVED",
    }


def rounded(value: Any) -> Any:
    """A figure without the noise of its last digits."""
    return round(value, 6) if isinstance(value, float) else value
