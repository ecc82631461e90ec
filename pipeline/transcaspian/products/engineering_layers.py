"""Layers of the engineered routes: Route Position List, profile, neighbours, waters, levels of the sea."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import geopandas as gpd
from shapely import LineString, Point

from transcaspian.core.frames import frame, known
from transcaspian.core.layers import (
    CROSSINGS,
    PARALLEL_RUNS,
    ROUTE_HAZARDS,
    ROUTE_PROFILE,
    ROUTE_SECTORS,
    RPL_LINES,
    RPL_POINTS,
    SCENARIO_ROUTES,
    SEABED_BENDS,
    SLD,
    Layer,
)
from transcaspian.engineering import EngineeredRoute, KpRange, cut, sld_segments
from transcaspian.products.figures import Figures
from transcaspian.study import Engineering, Study

Records = Iterator[dict[str, Any]]


def engineering_layers(study: Study, figures: Sequence[Figures]) -> dict[str, gpd.GeoDataFrame]:
    """The layers by name; empty where the study has no rules of engineering."""
    makers: dict[Layer, Callable[[str, EngineeredRoute, Engineering], Records]] = {
        RPL_POINTS: point_records,
        RPL_LINES: line_records,
        SLD: sld_records,
        ROUTE_PROFILE: profile_records,
        SEABED_BENDS: bend_records,
        SCENARIO_ROUTES: scenario_records,
        CROSSINGS: crossing_records,
        PARALLEL_RUNS: parallel_records,
        ROUTE_HAZARDS: hazard_records,
        ROUTE_SECTORS: stretch_records,
    }
    rules = study.engineering
    return {
        layer.name: frame(
            layer,
            [
                record
                for item in figures
                if rules is not None and item.engineered is not None
                for record in make(item.system.id, item.engineered, rules)
            ],
        )
        for layer, make in makers.items()
    }


def point_records(system_id: str, route: EngineeredRoute, rules: Engineering) -> Records:
    """Rows of the layer ``rpl_points``."""
    for sequence, position in enumerate(route.rpl.positions, 1):
        yield {
            "system_id": system_id,
            "SeqNo": sequence,
            "PosNo": position.pos_no,
            "Event": position.event,
            "Latitude": position.lat_deg,
            "Longitude": position.lon_deg,
            "DistCumulative": position.route_km,
            "CableDistCumulative": position.cable_km,
            "ApproxDepth": position.depth_m,
            "Remarks": position.remarks,
            "geometry": Point(position.lon_deg, position.lat_deg),
        }


def line_records(system_id: str, route: EngineeredRoute, rules: Engineering) -> Records:
    """Rows of the layer ``rpl_lines``; long spans are drawn along their geodesic."""
    kp_km = [position.route_km or 0.0 for position in route.rpl.positions]
    for sequence, span in enumerate(route.rpl.spans, 1):
        yield {
            "system_id": system_id,
            "SeqNo": sequence,
            "FromPos": span.from_pos,
            "ToPos": span.to_pos,
            "Bearing": span.bearing_deg,
            "DistBetweenPos": span.route_km,
            "Slack": span.slack_percent,
            "CableDistBetweenPos": span.cable_km,
            "CableCode": span.cable_code,
            "CableType": span.cable_type,
            "ProtectionMethod": span.protection_method,
            "TargetBurialDepth": span.target_burial_m,
            "TerritorialWater": span.territorial_water,
            "EEZ": span.eez,
            "geometry": LineString(cut(route.lonlat, kp_km[sequence - 1], kp_km[sequence])),
        }


def sld_records(system_id: str, route: EngineeredRoute, rules: Engineering) -> Records:
    """Rows of the layer ``sld``."""
    for item in sld_segments(route):
        yield {
            "segment_id": f"{system_id}/{item.from_km:.3f}",
            "length_km": item.length_km,
            "cable_type": item.cable.rule.cable_type,
            "cable_rule": item.cable.rule.id,
            "slack_percent": item.slack.rule.slack_percent,
            "slack_rule": item.slack.rule.id,
            "protection_method": item.burial.rule.method,
            "target_burial_m": item.burial.rule.target_m,
            "burial_rule": item.burial.rule.id,
            "state": item.waters.state if item.waters else None,
            "zone": item.waters.zone if item.waters else None,
            "min_depth_m": item.min_depth_m,
            "max_depth_m": item.max_depth_m,
            "steepest_deg": item.steepest_deg,
        } | on_route(system_id, route, item)


def profile_records(system_id: str, route: EngineeredRoute, rules: Engineering) -> Records:
    """Rows of the layer ``route_profile``."""
    profile = route.profile
    for i, kp_km in enumerate(profile.kp_km):
        yield {
            "sample_id": f"{system_id}/{kp_km:.3f}",
            "system_id": system_id,
            "kp_km": float(kp_km),
            "depth_m": known(profile.depth_m[i]),
            "in_line_slope_deg": known(profile.in_line_slope_deg[i]),
            "side_slope_deg": known(profile.side_slope_deg[i]),
            "bend_deg_per_km": known(profile.bend_deg_per_km[i]),
            "seabed_resolution_deg": profile.resolution_deg,
            "geometry": Point(profile.lon_deg[i], profile.lat_deg[i]),
        }


def bend_records(system_id: str, route: EngineeredRoute, rules: Engineering) -> Records:
    """Rows of the layer ``seabed_bends``."""
    for bend in route.bends:
        yield {
            "bend_id": f"{system_id}/{bend.from_km:.3f}",
            "kind": bend.kind,
            "worst_deg_per_km": bend.worst_deg_per_km,
            "limit_deg_per_km": rules.profile.bend_limit_deg_per_km,
        } | on_route(system_id, route, bend)


def scenario_records(system_id: str, route: EngineeredRoute, rules: Engineering) -> Records:
    """Rows of the layer ``scenario_routes``; a route that lies dry altogether keeps its whole line."""
    for at in route.at_levels:
        from_km, to_km = at.from_extension_km, route.profile.length_km - at.to_extension_km
        if from_km >= to_km:
            from_km, to_km = 0.0, route.profile.length_km
        yield {
            "scenario_id": f"{system_id}/{at.level_m_msl:g}",
            "system_id": system_id,
            "level_m_msl": at.level_m_msl,
            "from_extension_km": at.from_extension_km,
            "to_extension_km": at.to_extension_km,
            "dry_km": at.dry_km,
            "submerged_km": at.submerged_km,
            "shallow_km": at.shallow_length_km,
            "shallow_ranges": "; ".join(f"{a:.3f}–{b:.3f}" for a, b in at.shallow_km),
            "shallow_limit_m": rules.water_levels.shallow_m if rules.water_levels else None,
            "unknown_km": at.unknown_km,
            "max_depth_m": at.max_depth_m,
            "status": "DERIVED",
            "geometry": LineString(cut(route.lonlat, from_km, to_km)),
        }


def crossing_records(system_id: str, route: EngineeredRoute, rules: Engineering) -> Records:
    """Rows of the layer ``crossings``."""
    for crossing, price_km in route.crossings:
        asset = crossing.asset
        yield {
            "crossing_id": f"{system_id}/{asset.asset_id}/{crossing.kp_km:.3f}",
            "system_id": system_id,
            "cable_id": asset.asset_id,
            "name": asset.name,
            "kind": asset.kind,
            "owner": asset.owner,
            "state": asset.state,
            "kp_km": crossing.kp_km,
            "asset_kp_km": crossing.asset_kp_km,
            "angle_deg": crossing.angle_deg,
            "least_angle_deg": rules.neighbours.least_angle_deg if rules.neighbours else None,
            "aimed_angle_deg": rules.neighbours.aimed_angle_deg if rules.neighbours else None,
            "depth_m": crossing.depth_m,
            "price_km": price_km,
            "position_accuracy_m": asset.position_accuracy_m,
            "verdict": crossing.verdict,
            "rule": rules.neighbours.source if rules.neighbours else None,
            "status": "DERIVED",
            "geometry": Point(crossing.lon_deg, crossing.lat_deg),
        }


def parallel_records(system_id: str, route: EngineeredRoute, rules: Engineering) -> Records:
    """Rows of the layer ``parallel_runs``."""
    for run in route.parallel_runs:
        yield {
            "run_id": f"{system_id}/{run.asset.asset_id}/{run.from_km:.3f}",
            "cable_id": run.asset.asset_id,
            "name": run.asset.name,
            "asset_state": run.asset.state,
            "kind": run.kind,
            "length_km": run.length_km,
            "least_m": run.least_m,
            "least_kp_km": run.least_kp_km,
            "required_m": run.required_m,
            "position_accuracy_m": run.asset.position_accuracy_m,
            "verdict": run.verdict,
            "rule": rules.neighbours.source if rules.neighbours else None,
        } | on_route(system_id, route, run)


def hazard_records(system_id: str, route: EngineeredRoute, rules: Engineering) -> Records:
    """Rows of the layer ``route_hazards``."""
    for item in route.nearby:
        feature = item.feature
        yield {
            "listing_id": f"{system_id}/{feature.feature_id if feature else item.what}/{item.from_km:.3f}",
            "hazard_id": feature.feature_id if feature else None,
            "name": item.what,
            "kind": feature.kind if feature else None,
            "nearest_m": item.nearest_m,
            "nearest_kp_km": item.nearest_kp_km,
            "keep_off_m": feature.keep_off_m if feature else None,
            "position_accuracy_m": feature.position_accuracy_m if feature else None,
            "verdict": item.verdict,
        } | on_route(system_id, route, item)


def stretch_records(system_id: str, route: EngineeredRoute, rules: Engineering) -> Records:
    """Rows of the layer ``route_sectors``."""
    for item in route.stretches:
        yield {
            "stretch_id": f"{system_id}/{item.from_km:.3f}",
            "length_km": item.length_km,
            "state": item.state or None,
            "zone": item.zone or None,
        } | on_route(system_id, route, item)


def on_route(system_id: str, route: EngineeredRoute, item: KpRange) -> dict[str, Any]:
    """What rows of layers of stretches have in common."""
    return {
        "system_id": system_id,
        "from_kp_km": item.from_km,
        "to_kp_km": item.to_km,
        "status": "DERIVED",
        "geometry": LineString(cut(route.lonlat, item.from_km, item.to_km)),
    }
