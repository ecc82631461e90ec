"""What a run publishes: the figures of each system and the layers, made from values to the table of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Point

from pipeline.engineering import kp_series_km, positions_at_km, seabed_profile
from pipeline.frames import frame
from pipeline.grid import GEOD, Grid
from pipeline.layers import (
    ALTERNATIVES,
    CABLES,
    COASTLINE,
    CORRIDORS,
    HAZARDS,
    KP_MARKS,
    LANDING_POINTS,
    QUARANTINE,
    ROUTES,
)
from pipeline.routing import Alternative, Alternatives, Bound, LeastCostPath, ShoreLanding, area_km2
from pipeline.seabed import DepthModel, sample
from pipeline.study import Study, System


@dataclass(frozen=True)
class CorridorFigures:
    """The corridor of one excess limit; its mean width is its area over the length of the route."""

    excess_limit: float
    area_km2: float
    mean_width_km: float
    polygon: MultiPolygon

    def as_manifest(self) -> dict[str, Any]:
        """Limit and figures, for the manifest."""
        return {
            "excess_limit": self.excess_limit,
            "figures": derived({"area": (self.area_km2, "km²"), "mean_width": (self.mean_width_km, "km")}),
        }


@dataclass(frozen=True)
class Figures:
    """The figures of one routed system; ``lonlat`` is the line, shape ``(n, 2)``."""

    system: System
    lonlat: NDArray[np.float64]
    length_km: float
    geodesic_km: float
    max_depth_m: float | None
    depth_unknown_km: float
    seabed_resolution_deg: float
    cost_usd: float
    friction_cost_km: float
    bound: Bound | None = None
    corridors: tuple[CorridorFigures, ...] = ()
    alternatives: Alternatives = field(default_factory=Alternatives)

    @property
    def published_km(self) -> float | None:
        """The length somebody published, or None."""
        return self.system.published.length_km if self.system.published else None

    @property
    def difference_km(self) -> float | None:
        """Routed less published length; None where nothing is published."""
        return None if self.published_km is None else self.length_km - self.published_km

    def as_manifest(self) -> dict[str, Any]:
        """Every figure with its unit and its status, for the manifest."""
        published = self.system.published
        figures = derived(
            {
                "length": (self.length_km, "km"),
                "geodesic": (self.geodesic_km, "km"),
                "max_depth": (self.max_depth_m, "m"),
                "depth_unknown": (self.depth_unknown_km, "km"),
                "cost": (self.cost_usd, "USD"),
                "friction_cost": (self.friction_cost_km, "km"),
            }
        )
        if self.bound is not None:
            figures |= derived(
                {
                    "lower_bound": (self.bound.lower / 1000.0, "km"),
                    "gap": (self.bound.gap, "1"),
                    "kept_share": (self.bound.kept_share, "1"),
                }
            )
        if published is not None:
            figures["published"] = {
                "value": published.length_km,
                "unit": "km",
                "status": published.status,
                "source": published.source,
            }
        return {
            "id": self.system.id,
            "name": self.system.name,
            "from_landing": self.system.from_landing,
            "to_landing": self.system.to_landing,
            "figures": figures,
            "corridors": [corridor.as_manifest() for corridor in self.corridors],
            "alternatives": [alternative_as_manifest(line) for line in self.alternatives.found],
            "alternatives_missing": self.alternatives.reason,
        }


def alternative_as_manifest(line: Alternative) -> dict[str, Any]:
    """Rank and figures of an alternative, for the manifest."""
    return {
        "rank": line.rank,
        "figures": derived(
            {
                "length": (line.path.length_m / 1000.0, "km"),
                "friction_cost": (line.path.cost / 1000.0, "km"),
                "excess": (line.excess, "1"),
                "separated_share": (line.separated_share, "1"),
                "least_separation": (line.least_separation_km, "km"),
                "end_zone": (line.end_zone_km, "km"),
            }
        ),
    }


def derived(figures: Mapping[str, tuple[float | None, str]]) -> dict[str, Any]:
    """Figures computed here, given as value and unit by name, as the manifest shows them."""
    return {
        name: {"value": value if value is None else round(value, 6), "unit": unit, "status": "DERIVED"}
        for name, (value, unit) in figures.items()
    }


def figures_of(
    study: Study,
    system: System,
    path: LeastCostPath,
    grid: Grid,
    depth: DepthModel,
    corridors: Mapping[float, MultiPolygon] | None = None,
    alternatives: Alternatives | None = None,
) -> Figures:
    """Measure a routed line: lengths on WGS84, depths below the declared level, base cost.

    Parameters
    ----------
    corridors
        Area of each corridor by its excess limit; None when the study asks for none, as with ``alternatives``.
    """
    start, end = path.lonlat[0], path.lonlat[-1]
    profile = seabed_profile(grid, depth.depth_m, path.lonlat, depth.effective_resolution_deg)
    length_km = path.length_m / 1000.0
    return Figures(
        system=system,
        lonlat=path.lonlat,
        length_km=length_km,
        geodesic_km=float(GEOD.inv(*start, *end)[2]) / 1000.0,
        max_depth_m=profile.max_depth_m,
        depth_unknown_km=profile.unknown_km,
        seabed_resolution_deg=depth.effective_resolution_deg,
        cost_usd=length_km * study.cost.base_cost_usd_per_km,
        friction_cost_km=path.cost / 1000.0,
        bound=path.bound,
        corridors=tuple(
            corridor_figures(limit, polygon, length_km, grid) for limit, polygon in (corridors or {}).items()
        ),
        alternatives=alternatives or Alternatives(),
    )


def corridor_figures(limit: float, polygon: MultiPolygon, length_km: float, grid: Grid) -> CorridorFigures:
    """Measure a corridor on the ellipsoid."""
    area = area_km2(polygon, grid.step_deg)
    return CorridorFigures(limit, area, area / length_km, polygon)


def published_layers(
    study: Study,
    figures: Sequence[Figures],
    landings: Mapping[str, ShoreLanding],
    grid: Grid,
    depth: DepthModel,
    no_go: gpd.GeoDataFrame,
    read: Mapping[str, gpd.GeoDataFrame],
    quarantined: Sequence[gpd.GeoDataFrame],
) -> dict[str, gpd.GeoDataFrame]:
    """Every layer of a run by name, in the order of the table of layers.

    Parameters
    ----------
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
        CORRIDORS.name: frame(
            CORRIDORS, [corridor_record(item.system, area) for item in figures for area in item.corridors]
        ),
        ALTERNATIVES.name: frame(
            ALTERNATIVES,
            [alternative_record(study, item.system, line) for item in figures for line in item.alternatives.found],
        ),
        **{layer.name: read.get(layer.name, frame(layer, [])) for layer in (COASTLINE, CABLES, HAZARDS)},
        "no_go": no_go,
    }
    rows = [rejected for rejected in quarantined if len(rejected)]
    layers[QUARANTINE.name] = (
        gpd.GeoDataFrame(pd.concat(rows, ignore_index=True), crs=rows[0].crs) if rows else frame(QUARANTINE, [])
    )
    return layers


def route_record(study: Study, figures: Figures) -> dict[str, Any]:
    """One row of the layer ``routes``."""
    system = figures.system
    return {
        "system_id": system.id,
        "name": system.name,
        "from_landing": system.from_landing,
        "to_landing": system.to_landing,
        "length_km": figures.length_km,
        "geodesic_km": figures.geodesic_km,
        "published_km": figures.published_km,
        "published_source": system.published.source if system.published else None,
        "difference_km": figures.difference_km,
        "max_depth_m": figures.max_depth_m,
        "depth_unknown_km": figures.depth_unknown_km,
        "seabed_resolution_deg": figures.seabed_resolution_deg,
        "cost_usd": figures.cost_usd,
        "friction_cost": figures.friction_cost_km,
        "optimality_gap": figures.bound.gap if figures.bound else None,
        "revision": study.study.revision,
        "status": "DERIVED",
        "geometry": LineString(figures.lonlat),
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


def alternative_record(study: Study, system: System, line: Alternative) -> dict[str, Any]:
    """One row of the layer ``alternatives``."""
    return {
        "alternative_id": f"{system.id}/{line.rank}",
        "system_id": system.id,
        "rank": line.rank,
        "length_km": line.path.length_m / 1000.0,
        "excess": line.excess,
        "separated_share": line.separated_share,
        "least_separation_km": line.least_separation_km,
        "min_separation_km": study.alternatives.min_separation_km if study.alternatives else None,
        "end_zone_km": line.end_zone_km,
        "revision": study.study.revision,
        "status": "DERIVED",
        "geometry": LineString(line.path.lonlat),
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
            "depth_m": None if np.isnan(here_m) else float(here_m),
            "seabed_resolution_deg": figures.seabed_resolution_deg,
            "bearing_deg": float(bearing_deg),
            "geometry": Point(lon, lat),
        }
        for kp_km, lon, lat, bearing_deg, here_m in zip(
            places.kp_km, places.lon_deg, places.lat_deg, places.bearing_deg, depth_m, strict=True
        )
    ]
