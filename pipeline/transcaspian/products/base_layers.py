"""The published layers, made from values to the table of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import LineString, Point

from transcaspian.core.frames import frame, known
from transcaspian.core.grid import Grid
from transcaspian.core.layers import (
    ALTERNATIVES,
    CABLES,
    COASTLINE,
    CORRIDORS,
    HAZARDS,
    KP_MARKS,
    LANDING_POINTS,
    LEAST_COST_PATHS,
    QUARANTINE,
    ROUTES,
    SCENARIO_SEAS,
)
from transcaspian.engineering import SeaAtLevel, kp_series_km, positions_at_km
from transcaspian.products.engineering_layers import engineering_layers
from transcaspian.products.figures import CorridorFigures, Figures
from transcaspian.routing import Alternative, ShoreLanding
from transcaspian.seabed import DepthModel, sample
from transcaspian.study import Study, System


def published_layers(
    study: Study,
    figures: Sequence[Figures],
    landings: Mapping[str, ShoreLanding],
    grid: Grid,
    depth: DepthModel,
    no_go: gpd.GeoDataFrame,
    seas: Sequence[SeaAtLevel],
    waters: Mapping[str, gpd.GeoDataFrame],
    read: Mapping[str, gpd.GeoDataFrame],
    quarantined: Sequence[gpd.GeoDataFrame],
) -> dict[str, gpd.GeoDataFrame]:
    """Every layer of a run by name, in the order of the table of layers.

    Parameters
    ----------
    seas
        The sea at lower levels, as the study asks for them.
    waters
        The layers of the states' waters, from `water_layers`.
    read
        The layers as read, by their name in the table (``coastline``, ``cables``, ``hazards``); one that the study
        does not name is published empty.
    quarantined
        What the readers could not use.
    """
    layers = {
        ROUTES.name: frame(ROUTES, [route_record(study, item) for item in figures]),
        LANDING_POINTS.name: frame(LANDING_POINTS, [landing_record(study, *item) for item in landings.items()]),
        KP_MARKS.name: frame(
            KP_MARKS,
            [record for item in figures for record in kp_records(item, grid, depth, study.rules.kp_marks.interval_km)],
        ),
        LEAST_COST_PATHS.name: frame(LEAST_COST_PATHS, [path_record(study, item) for item in figures]),
        **engineering_layers(study, figures),
        **waters,
        SCENARIO_SEAS.name: frame(SCENARIO_SEAS, sea_records(seas, depth)),
        CORRIDORS.name: frame(
            CORRIDORS, [corridor_record(item.system, area) for item in figures for area in item.corridors]
        ),
        ALTERNATIVES.name: frame(
            ALTERNATIVES,
            [alternative_record(study, item.system, found) for item in figures for found in item.alternatives.found],
        ),
        **{layer.name: read.get(layer.name, frame(layer, [])) for layer in (COASTLINE, CABLES, HAZARDS)},
        "no_go": no_go,
    }
    rows = [rejected for rejected in quarantined if len(rejected)]
    layers[QUARANTINE.name] = (
        gpd.GeoDataFrame(pd.concat(rows, ignore_index=True), crs=rows[0].crs) if rows else frame(QUARANTINE, [])
    )
    return layers


def sea_records(seas: Sequence[SeaAtLevel], depth: DepthModel) -> list[dict[str, Any]]:
    """Rows of the layer ``scenario_seas``."""
    return [
        {
            "level_id": f"{sea.level_m_msl:g}",
            "level_m_msl": sea.level_m_msl,
            "fall_m": sea.fall_m,
            "area_km2": sea.area_km2,
            "lost_km2": sea.lost_km2,
            "seabed_resolution_deg": depth.effective_resolution_deg,
            "status": "DERIVED",
            "geometry": sea.water,
        }
        for sea in seas
    ]


def route_record(study: Study, figures: Figures) -> dict[str, Any]:
    """One row of the layer ``routes``."""
    system, route = figures.system, figures.engineered
    return {
        "system_id": system.id,
        "name": system.name,
        "from_landing": system.from_landing,
        "to_landing": system.to_landing,
        "length_km": figures.length_km,
        "geodesic_km": figures.geodesic_km,
        "published_km": figures.published_km,
        "published_source": system.published.source if system.published else None,
        "difference_km": figures.first.difference_km,
        "max_depth_m": figures.max_depth_m,
        "depth_unknown_km": figures.profile.unknown_km,
        "seabed_resolution_deg": figures.profile.resolution_deg,
        "seabed_length_km": figures.profile.seabed_length_km,
        "alter_courses": len(route.course.alter_course_deg) if route else None,
        "cable_km": route.cable.length_km if route else None,
        "spare_cable_km": route.cable.spare_km if route else None,
        "cost_usd": figures.cost_usd,
        "friction_cost": figures.friction_cost_km,
        "engineering_excess": route.course.excess if route else None,
        "optimality_gap": figures.bound.gap if figures.bound else None,
        "revision": study.study.revision,
        "status": "DERIVED",
        "geometry": LineString(figures.lonlat),
    }


def path_record(study: Study, figures: Figures) -> dict[str, Any]:
    """One row of the layer ``least_cost_paths``."""
    return {
        "system_id": figures.system.id,
        "length_km": figures.path.length_m / 1000.0,
        "friction_cost": figures.path.cost / 1000.0,
        "revision": study.study.revision,
        "status": "DERIVED",
        "geometry": LineString(figures.path.lonlat),
    }


def corridor_record(system: System, corridor: CorridorFigures) -> dict[str, Any]:
    """One row of the layer ``corridors``."""
    return {
        "corridor_id": f"{system.id}/{corridor.excess_limit}",
        "system_id": system.id,
        "excess_limit": corridor.excess_limit,
        "area_km2": corridor.area_km2,
        "mean_width_km": corridor.mean_width_km,
        "status": "DERIVED",
        "geometry": corridor.polygon,
    }


def alternative_record(study: Study, system: System, found: Alternative) -> dict[str, Any]:
    """One row of the layer ``alternatives``."""
    return {
        "alternative_id": f"{system.id}/{found.rank}",
        "system_id": system.id,
        "rank": found.rank,
        "length_km": found.line.length_m / 1000.0,
        "excess": found.excess,
        "separated_share": found.separated_share,
        "least_separation_km": found.least_separation_km,
        "min_separation_km": study.alternatives.min_separation_km if study.alternatives else None,
        "end_zone_km": found.end_zone_km,
        "revision": study.study.revision,
        "status": "DERIVED",
        "geometry": LineString(found.line.lonlat),
    }


def landing_record(study: Study, landing_id: str, snapped: ShoreLanding) -> dict[str, Any]:
    """One row of the layer ``landing_points``."""
    landing = study.landing(landing_id)
    return {
        "landing_id": landing.id,
        "name": landing.name,
        "country": landing.country,
        "snap_km": snapped.snap_km,
        "source": landing.source,
        "status": landing.status,
        "geometry": Point(snapped.lon, snapped.lat),
    }


def kp_records(figures: Figures, grid: Grid, depth: DepthModel, interval_km: float) -> list[dict[str, Any]]:
    """Rows of the layer ``kp_marks`` of one system, from KP 0 to the end of the line."""
    places = positions_at_km(figures.lonlat, kp_series_km(figures.length_km, interval_km))
    depth_m = sample(grid, depth.depth_m, places.lon_deg, places.lat_deg)
    return [
        {
            "kp_id": f"{figures.system.id}/{kp_km:.3f}",
            "system_id": figures.system.id,
            "kp_km": float(kp_km),
            "depth_m": known(here_m),
            "seabed_resolution_deg": figures.profile.resolution_deg,
            "bearing_deg": float(bearing_deg),
            "geometry": Point(lon, lat),
        }
        for kp_km, lon, lat, bearing_deg, here_m in zip(
            places.kp_km, places.lon_deg, places.lat_deg, places.bearing_deg, depth_m, strict=True
        )
    ]
