"""The published layers, made from values to the table of layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely import LineString, Point

from transcaspian.core.constraint_data import ConstraintData, ConstraintFeatures
from transcaspian.core.cost_range import NO_COST, CostRange
from transcaspian.core.findings import Finding, Place
from transcaspian.core.frames import Row, frame, frames, known, typed
from transcaspian.core.grid import Grid
from transcaspian.core.layers import (
    ALTERNATIVES,
    CABLES,
    COASTLINE,
    CONSTRAINTS,
    CORRIDORS,
    COST_TOLERANCE_ZONES,
    FINDINGS,
    HAZARDS,
    ISLANDS,
    KP_MARKS,
    LANDING_POINTS,
    LEAST_COST_PATHS,
    NO_GO,
    QUARANTINE,
    ROUTES,
    SCENARIO_SEAS,
    Layer,
)
from transcaspian.core.linear_reference import kp_series_km, positions_at_km
from transcaspian.engineering import SeaAtLevel
from transcaspian.products.edit_layers import edit_layers
from transcaspian.products.engineering_layers import engineering_layers
from transcaspian.products.figures import Figures, ZoneFigures
from transcaspian.products.landing_layers import landing_layers
from transcaspian.routing import Alternative, ShoreLanding
from transcaspian.seabed import DepthModel, seabed_at
from transcaspian.study import Constraint, Study, System


def system_layers(
    study: Study, figures: Sequence[Figures], landings: Mapping[str, ShoreLanding], grid: Grid, depth: DepthModel
) -> dict[str, gpd.GeoDataFrame]:
    """The layers of systems by name: routes, what was engineered, cost-tolerance zones and alternatives.

    Parameters
    ----------
    study
        The study as it was run.
    figures
        One of each system that has a route.
    landings
        Where each landing meets the shore, by its id.
    grid
        Frame of the depths.
    depth
        In m, positive down, sampled at the kilometre points.

    Returns
    -------
    dict
        EPSG:4326, each with the columns that its table of layers names.
    """
    interval_km = study.rules.kp_marks.interval_km
    rows: dict[Layer, Iterator[Row]] = {
        ROUTES: (route_row(study, item) for item in figures),
        LANDING_POINTS: (landing_row(study, *item) for item in landings.items()),
        KP_MARKS: (row for item in figures for row in _kp_rows(item, grid, depth, interval_km)),
        LEAST_COST_PATHS: (path_row(study, item) for item in figures),
        COST_TOLERANCE_ZONES: (zone_row(item.system, zone) for item in figures for zone in item.zones),
        CORRIDORS: (old_zone_row(item.system, zone) for item in figures for zone in item.zones),
        ALTERNATIVES: (
            _alternative_row(study, item.system, found, cost)
            for item in figures
            for found, cost in zip(item.alternatives.found, item.alternative_costs, strict=True)
        ),
    }
    return {
        **frames(rows),
        **engineering_layers(study, figures),
        **landing_layers(study, figures),
        **edit_layers(study, figures),
    }


def sea_layers(seas: Sequence[SeaAtLevel], depth: DepthModel) -> dict[str, gpd.GeoDataFrame]:
    """The layer of the sea at lower levels, as the study asks for them.

    Parameters
    ----------
    seas
        From `sea_at_level`, one for each level.
    depth
        The depths that they were found in: their resolution stands beside the areas.

    Returns
    -------
    dict
        The layer ``scenario_seas``, EPSG:4326: levels in m above mean sea level, positive up, areas in km².

    Examples
    --------
    >>> from shapely import MultiPolygon, box
    >>> from transcaspian.seabed import DepthSurface
    >>> grid = Grid.covering(50.0, 40.0, 50.2, 40.1, step_deg=0.1)
    >>> wet = np.ones(grid.shape, bool)
    >>> depth = DepthModel(DepthSurface.of_one_source(grid, np.full(grid.shape, 12.5), 1.0, 0.1), wet, 0.1, ~wet)
    >>> sea = SeaAtLevel(-29.0, 1.0, MultiPolygon([box(50.0, 40.0, 50.2, 40.1)]), area_km2=189.6, lost_km2=3.0)
    >>> sea_layers([sea], depth)["scenario_seas"][["level_id", "lost_km2"]].to_numpy().tolist()
    [['-29', 3.0]]
    """
    return frames({SCENARIO_SEAS: (sea_row(sea, depth) for sea in seas)})


def read_layers(
    read: Mapping[str, gpd.GeoDataFrame], no_go: gpd.GeoDataFrame, quarantined: Sequence[gpd.GeoDataFrame]
) -> dict[str, gpd.GeoDataFrame]:
    """What was read, and what of it is closed.

    Parameters
    ----------
    read
        By name of the layer (``coastline``, ``islands``, ``cables``, ``hazards``); one that the study does not name is
        published empty.
    no_go
        What is closed to routes, with the columns of the layer ``no_go``.
    quarantined
        What the readers could not use.

    Returns
    -------
    dict
        The layers ``coastline``, ``islands``, ``cables``, ``hazards``, ``no_go`` and ``quarantine``, EPSG:4326.

    Examples
    --------
    >>> cable = {"cable_id": "c1", "geometry": LineString([(50.0, 40.0), (51.0, 40.5)])}
    >>> layers = read_layers({"cables": frame(CABLES, [cable])}, frame(NO_GO, []), [])
    >>> {name: len(layer) for name, layer in layers.items()}
    {'coastline': 0, 'islands': 0, 'cables': 1, 'hazards': 0, 'no_go': 0, 'quarantine': 0}
    """
    rejected = [rows for rows in quarantined if len(rows)]
    return {
        **{layer.name: read.get(layer.name, frame(layer, [])) for layer in (COASTLINE, ISLANDS, CABLES, HAZARDS)},
        NO_GO.name: no_go,
        QUARANTINE.name: gpd.GeoDataFrame(pd.concat(rejected, ignore_index=True), crs=rejected[0].crs)
        if rejected
        else frame(QUARANTINE, []),
    }


def constraint_layer(
    constraints: Sequence[Constraint], data: Mapping[str, ConstraintData], citations: Mapping[str, str]
) -> gpd.GeoDataFrame:
    """The features of all constraints as one layer; rasters have none.

    Parameters
    ----------
    constraints
        Of the study.
    data
        What was read of each, by its id.
    citations
        Of the files, by the id of the constraint; one without has its source in the study.

    Returns
    -------
    GeoDataFrame
        The layer ``constraint_features``, EPSG:4326.

    Examples
    --------
    >>> from transcaspian.study import DistanceConstraint
    >>> told = {"source": "made for this example", "status": "ASSUMED"}
    >>> one = DistanceConstraint(id="w", kind="wreck", from_source="hazards", friction=2.0, reach_km=1.0, **told)
    >>> columns = dict.fromkeys(("feature_id", "name", "kind", "text"), ["7"]) | {"position_accuracy_m": [50.0]}
    >>> table = gpd.GeoDataFrame(columns, geometry=[Point(50.0, 40.0)], crs=4326)
    >>> layer = constraint_layer([one], {"w": ConstraintFeatures(table, frame(QUARANTINE, []), 1, ())}, {})
    >>> layer[["constraint_feature_id", "role"]].to_numpy().tolist()
    [['w/7', 'friction_by_distance']]
    """
    tables = [frame(CONSTRAINTS, [])]
    for one in constraints:
        read = data[one.id]
        if isinstance(read, ConstraintFeatures) and len(read.layer):
            own = read.layer.rename(columns={"feature_id": "constraint_feature_id"}).assign(
                constraint_feature_id=[identifier(one.id, feature_id) for feature_id in read.layer["feature_id"]],
                name=read.layer["name"].where(read.layer["name"] != "", one.label),
                text=read.layer["text"].where(read.layer["text"] != "", None),
                constraint_id=one.id,
                kind=one.kind,
                role=one.role,
                season=str(one.season) if one.season else None,
                source=citations.get(one.id, one.source),
                status=one.data.status if one.data else one.status,
            )
            tables.append(typed(CONSTRAINTS, own[[*CONSTRAINTS.field_names, "geometry"]]))
    kept = [table for table in tables if len(table)] or tables
    return gpd.GeoDataFrame(pd.concat(kept, ignore_index=True), crs=kept[0].crs)


def identifier(constraint_id: str, feature_id: str) -> str:
    """Of a feature among those of all constraints."""
    return feature_id if feature_id.startswith(f"{constraint_id}/") else f"{constraint_id}/{feature_id}"


def sea_row(sea: SeaAtLevel, depth: DepthModel) -> Row:
    """A row of the layer ``scenario_seas``."""
    resolution_deg = depth.effective_resolution_deg
    return SCENARIO_SEAS.row(sea.water, sea, level_id=f"{sea.level_m_msl:g}", seabed_resolution_deg=resolution_deg)


def route_row(study: Study, figures: Figures) -> Row:
    """One row of the layer ``routes``."""
    system, route = figures.system, figures.engineered
    return ROUTES.row(
        LineString(figures.lonlat),
        *(figures, figures.first, figures.profile, system, study.study, figures.cost or NO_COST),
        system_id=system.id,
        alternative_of=study.alternative_of(system) or None,
        built_with="; ".join(other.id for other in study.built_with(system)) or None,
        published_source=figures.published.figure.source if figures.published else None,
        published_verdict=figures.first.verdict or None,
        max_depth_error_m=figures.profile.max_depth_error_m,
        depth_unknown_km=figures.profile.unknown_km,
        seabed_resolution_deg=figures.profile.resolution_deg,
        from_shore_km=figures.profile.ashore_km[0],
        to_shore_km=figures.profile.ashore_km[1],
        alter_courses=len(route.course.at_sea.alter_course_deg) if route else None,
        cable_km=route.cable.length_km if route else None,
        spare_cable_km=route.cable.spare_km if route else None,
        friction_cost=figures.friction_cost_km,
        engineering_excess=route.course.excess if route else None,
        optimality_gap=figures.first.gap,
    )


def path_row(study: Study, figures: Figures) -> Row:
    """One row of the layer ``least_cost_paths``."""
    path = figures.path
    return LEAST_COST_PATHS.row(
        LineString(path.lonlat),
        study.study,
        system_id=figures.system.id,
        length_km=path.length_m / 1000.0,
        friction_cost=path.cost / 1000.0,
    )


def zone_row(system: System, zone: ZoneFigures) -> Row:
    """One row of the layer ``cost_tolerance_zones``."""
    zone_id = f"{system.id}/{zone.excess_limit}"
    return COST_TOLERANCE_ZONES.row(zone.polygon, zone, zone_id=zone_id, system_id=system.id)


def old_zone_row(system: System, zone: ZoneFigures) -> Row:
    """The same in the layer ``corridors``, its old name."""
    zone_id = f"{system.id}/{zone.excess_limit}"
    return CORRIDORS.row(zone.polygon, zone, corridor_id=zone_id, system_id=system.id)


def _alternative_row(study: Study, system: System, found: Alternative, cost: CostRange | None) -> Row:
    """One row of the layer ``alternatives``; ``cost``: by the cost book, None without one."""
    return ALTERNATIVES.row(
        LineString(found.line.lonlat),
        *(found, study.alternatives, study.study, cost or NO_COST),
        alternative_id=f"{system.id}/{found.rank}",
        system_id=system.id,
        length_km=found.line.length_m / 1000.0,
        reached_separation_km=known(found.reached_separation_km),
    )


def finding_layer(findings: Sequence[Finding], figures: Sequence[Figures]) -> dict[str, gpd.GeoDataFrame]:
    """The layer ``findings``: each where it is, by its position or its KP on the route of its system.

    Parameters
    ----------
    findings
        Of the whole run; ids count those of one subject and kind.
    figures
        Routes that the KPs are on.

    Returns
    -------
    dict
        Points in EPSG:4326; no geometry where a finding has no place.

    Examples
    --------
    >>> at = Place(lonlat=(50.0, 40.0))
    >>> wreck = Finding(kind="wreck", severity="minor", sentence="A wreck.", action="Survey it.", source="", place=at)
    >>> layer = finding_layer([wreck, wreck], [])["findings"]
    >>> layer["finding_id"].tolist(), layer.geometry[0].wkt
    (['run/wreck', 'run/wreck/2'], 'POINT (50 40)')
    """
    lines = {item.system.id: item.lonlat for item in figures}
    ids: Counter[str] = Counter()
    rows = []
    for item in findings:
        name = f"{item.subject or 'run'}/{item.kind}"
        ids[name] += 1
        number = f"/{ids[name]}" if ids[name] > 1 else ""
        kp_km = item.place.kp_km if item.place else None
        rows.append(
            FINDINGS.row(
                finding_point(item.place, lines.get(item.subject)),
                item,
                finding_id=f"{name}{number}",
                system_id=item.subject or None,
                kp_km=kp_km,
                status=item.status,
            )
        )
    return frames({FINDINGS: rows})


def finding_point(place: Place | None, lonlat: NDArray[np.float64] | None) -> Point | None:
    """Where a finding is; None where that is not known."""
    if place is None:
        return None
    if place.lonlat is not None:
        return Point(place.lonlat)
    return None if place.kp_km is None or lonlat is None else Point(positions_at_km(lonlat, [place.kp_km]).lonlat[0])


def landing_row(study: Study, landing_id: str, snapped: ShoreLanding) -> Row:
    """One row of the layer ``landing_points``."""
    landing = study.landing(landing_id)
    at = Point(snapped.lon, snapped.lat)
    return LANDING_POINTS.row(at, landing, snapped, landing_id=landing_id, status=landing.status)


def _kp_rows(figures: Figures, grid: Grid, depth: DepthModel, interval_km: float) -> Iterator[Row]:
    """Rows of the layer ``kp_marks`` of one system, from KP 0 to the end of the line."""
    places = positions_at_km(figures.lonlat, kp_series_km(figures.length_km, interval_km))
    depth_m, error_m, *_ = seabed_at(grid, depth, places.lon_deg, places.lat_deg)
    for i, kp_km in enumerate(places.kp_km):
        yield KP_MARKS.row(
            Point(places.lonlat[i]),
            kp_id=f"{figures.system.id}/{kp_km:.3f}",
            system_id=figures.system.id,
            kp_km=kp_km,
            depth_m=depth_m[i],
            depth_error_m=error_m[i],
            seabed_resolution_deg=figures.profile.resolution_deg,
            bearing_deg=places.bearing_deg[i],
        )
