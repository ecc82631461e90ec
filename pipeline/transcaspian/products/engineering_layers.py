"""Layers of the engineered routes: Route Position List, profile, neighbours, waters, levels of the sea."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
from shapely import LineString, Point

from transcaspian.core.cost_range import NO_COST
from transcaspian.core.frames import Row, frames
from transcaspian.core.layers import (
    BILL,
    CROSSINGS,
    FREE_SPANS,
    PARALLEL_RUNS,
    ROUTE_FINDINGS,
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
from transcaspian.core.linear_reference import KpRange, cut, range_at
from transcaspian.core.vocabulary import LAND_CABLE
from transcaspian.engineering import EngineeredRoute, bill_of_route, segment_costs
from transcaspian.products.figures import Figures
from transcaspian.rpl.model import PUBLISHED_POSITION_FIELDS, PUBLISHED_SPAN_FIELDS, columns_of
from transcaspian.study import Engineering, Study
from transcaspian.study.price_tables import Prices

Rows = Iterator[Row]
MIN_DRAWN_KM = 0.05
"""A finding at a point is drawn so long."""


def engineering_layers(study: Study, figures: Sequence[Figures]) -> dict[str, gpd.GeoDataFrame]:
    """The layers by name; empty where the study has no rules of engineering."""
    prices = study.prices
    makers: dict[Layer, Callable[[str, EngineeredRoute, Engineering], Rows]] = {
        RPL_POINTS: point_rows,
        RPL_LINES: span_rows,
        SLD: partial(sld_rows, prices=prices),
        ROUTE_PROFILE: profile_rows,
        SEABED_BENDS: bend_rows,
        FREE_SPANS: free_span_rows,
        SCENARIO_ROUTES: scenario_rows,
        CROSSINGS: crossing_rows,
        PARALLEL_RUNS: parallel_rows,
        ROUTE_HAZARDS: hazard_rows,
        ROUTE_SECTORS: stretch_rows,
        ROUTE_FINDINGS: finding_rows,
    }
    if prices is not None:
        makers[BILL] = partial(_bill_rows, prices=prices)
    rules = study.engineering
    made = [(item.system.id, item.engineered) for item in figures if item.engineered is not None]
    return frames(
        {
            layer: [row for system_id, route in made for row in make(system_id, route, rules)] if rules else []
            for layer, make in makers.items()
        }
    )


def point_rows(system_id: str, route: EngineeredRoute, rules: Engineering) -> Rows:
    """Rows of the layer ``rpl_points``."""
    for sequence, position in enumerate(route.rpl.positions, 1):
        at = Point(position.lon_deg, position.lat_deg)
        yield RPL_POINTS.row(at, system_id=system_id, SeqNo=sequence, **columns_of(position, PUBLISHED_POSITION_FIELDS))


def span_rows(system_id: str, route: EngineeredRoute, rules: Engineering) -> Rows:
    """Rows of the layer ``rpl_lines``; long spans at sea are drawn along their geodesic."""
    kp_km = [position.route_km or 0.0 for position in route.rpl.positions]
    for sequence, span in enumerate(route.rpl.spans, 1):
        ashore = span.cable_type == LAND_CABLE
        legs = route.rpl.lonlat if ashore else route.lonlat
        from_km = kp_km[0] if ashore else 0.0
        line = LineString(cut(legs, kp_km[sequence - 1] - from_km, kp_km[sequence] - from_km))
        yield RPL_LINES.row(line, system_id=system_id, SeqNo=sequence, **columns_of(span, PUBLISHED_SPAN_FIELDS))


def sld_rows(system_id: str, route: EngineeredRoute, rules: Engineering, prices: Prices | None) -> Rows:
    """Rows of the layer ``sld``.

    Parameters
    ----------
    system_id
        Of the route.
    route
        As it was engineered.
    rules
        By which it was.
    prices
        The cost book; without one the rows have no costs.
    """
    segments = route.segments
    costs = [NO_COST] * len(segments) if prices is None else segment_costs(prices, route, segments)
    for item, cost in zip(segments, costs, strict=True):
        yield SLD.row(
            line_of(route, item),
            *(item, item.cable.rule, item.slack.rule, cost),
            segment_id=f"{system_id}/{item.from_km:.3f}",
            cable_rule=item.cable.rule.id,
            slack_rule=item.slack.rule.id,
            protection_method=item.burial.rule.method,
            target_burial_m=item.burial.rule.target_m,
            burial_rule=item.burial.rule.id,
            installation=item.installation.kind if item.installation else None,
            state=item.waters.state if item.waters else None,
            zone=item.waters.zone if item.waters else None,
            change_from_kp_km=item.change_km[0] if item.change_km else None,
            change_to_kp_km=item.change_km[1] if item.change_km else None,
            **range_of(system_id, item),
        )


def _bill_rows(system_id: str, route: EngineeredRoute, rules: Engineering, prices: Prices) -> Rows:
    """Rows of the layer ``bill``, each drawn along the legs of the route."""
    legs = LineString(route.course.lonlat)
    for item in bill_of_route(prices, route).items:
        price = item.price
        yield BILL.row(
            legs,
            *(item, item.cost, price),
            bill_id=f"{system_id}/{item.item}",
            system_id=system_id,
            price_low=price.low,
            price_base=price.base,
            price_high=price.high,
            status=item.cost.cost_status,
        )


def finding_rows(system_id: str, route: EngineeredRoute, rules: Engineering) -> Rows:
    """Rows of the layer ``route_findings``."""
    for number, item in enumerate(route.findings, 1):
        from_km = min(item.from_km, route.profile.length_km - MIN_DRAWN_KM)
        line = LineString(cut(route.lonlat, from_km, max(item.to_km, from_km + MIN_DRAWN_KM)))
        yield ROUTE_FINDINGS.row(
            line,
            item,
            finding_id=f"{system_id}/{number}",
            system_id=system_id,
            FromPos=item.from_pos,
            ToPos=item.to_pos,
            from_kp_km=item.from_km,
            to_kp_km=item.to_km,
        )


def profile_rows(system_id: str, route: EngineeredRoute, rules: Engineering) -> Rows:
    """Rows of the layer ``route_profile``."""
    profile = route.profile
    for i, kp_km in enumerate(profile.kp_km):
        yield ROUTE_PROFILE.row(
            Point(profile.lon_deg[i], profile.lat_deg[i]),
            sample_id=f"{system_id}/{kp_km:.3f}",
            system_id=system_id,
            kp_km=kp_km,
            depth_m=profile.depth_m[i],
            depth_error_m=profile.depth_error_m[i],
            in_line_slope_deg=profile.in_line_slope_deg[i],
            side_slope_deg=profile.side_slope_deg[i],
            bend_deg_per_km=profile.bend_deg_per_km[i],
            depth_resolution_m=profile.resolution_m[i],
            depth_source=None if np.isnan(profile.source[i]) else int(profile.source[i]),
            seabed_resolution_deg=profile.resolution_deg,
        )


def bend_rows(system_id: str, route: EngineeredRoute, rules: Engineering) -> Rows:
    """Rows of the layer ``seabed_bends``."""
    for bend in route.bends:
        yield SEABED_BENDS.row(
            line_of(route, bend),
            bend,
            bend_id=f"{system_id}/{bend.from_km:.3f}",
            limit_deg_per_km=rules.profile.bend_limit_deg_per_km,
            **range_of(system_id, bend),
        )


def free_span_rows(system_id: str, route: EngineeredRoute, rules: Engineering) -> Rows:
    """Rows of the layer ``free_spans``."""
    for span in route.free_spans:
        burial = range_at(route.cable.burial, (span.from_km + span.to_km) / 2).rule
        yield FREE_SPANS.row(
            line_of(route, span),
            span,
            span_id=f"{system_id}/{span.from_km:.3f}",
            target_burial_m=burial.target_m,
            **range_of(system_id, span),
        )


def scenario_rows(system_id: str, route: EngineeredRoute, rules: Engineering) -> Rows:
    """Rows of the layer ``scenario_routes``; a route that lies dry altogether keeps its whole line."""
    for at in route.at_levels:
        before_km, after_km = route.profile.ashore_km
        from_km = before_km + at.from_extension_km
        to_km = route.profile.length_km - after_km - at.to_extension_km
        if from_km >= to_km:
            from_km, to_km = 0.0, route.profile.length_km
        yield SCENARIO_ROUTES.row(
            LineString(cut(route.lonlat, from_km, to_km)),
            at,
            scenario_id=f"{system_id}/{at.level_m_msl:g}",
            system_id=system_id,
            shallow_km=at.shallow_length_km,
            shallow_ranges="; ".join(f"{a:.3f}–{b:.3f}" for a, b in at.shallow_km),
            shallow_limit_m=rules.water_levels.shallow_m if rules.water_levels else None,
        )


def crossing_rows(system_id: str, route: EngineeredRoute, rules: Engineering) -> Rows:
    """Rows of the layer ``crossings``."""
    for crossing, price_km in route.crossings:
        asset = crossing.asset
        yield CROSSINGS.row(
            Point(crossing.lon_deg, crossing.lat_deg),
            *(crossing, asset, rules.neighbours),
            crossing_id=f"{system_id}/{asset.asset_id}/{crossing.kp_km:.3f}",
            system_id=system_id,
            cable_id=asset.asset_id,
            price_km=price_km,
            rule=rules.neighbours.source if rules.neighbours else None,
        )


def parallel_rows(system_id: str, route: EngineeredRoute, rules: Engineering) -> Rows:
    """Rows of the layer ``parallel_runs``."""
    for run in route.parallel_runs:
        yield PARALLEL_RUNS.row(
            line_of(route, run),
            *(run, run.asset),
            run_id=f"{system_id}/{run.asset.asset_id}/{run.from_km:.3f}",
            cable_id=run.asset.asset_id,
            asset_state=run.asset.state,
            rule=rules.neighbours.source if rules.neighbours else None,
            **range_of(system_id, run),
        )


def hazard_rows(system_id: str, route: EngineeredRoute, rules: Engineering) -> Rows:
    """Rows of the layer ``route_hazards``."""
    for item in route.nearby:
        feature = item.feature
        yield ROUTE_HAZARDS.row(
            line_of(route, item),
            item,
            listing_id=f"{system_id}/{(feature.feature_id if feature else '') or item.what}/{item.from_km:.3f}",
            hazard_id=(feature.feature_id or None) if feature else None,
            constraint_id=(feature.constraint_id or None) if feature else None,
            season=(feature.season or None) if feature else None,
            name=item.what,
            kind=(feature.kind or None) if feature else None,
            keep_off_m=feature.keep_off_m if feature else None,
            position_accuracy_m=feature.position_accuracy_m if feature else None,
            **range_of(system_id, item),
        )


def stretch_rows(system_id: str, route: EngineeredRoute, rules: Engineering) -> Rows:
    """Rows of the layer ``route_sectors``."""
    for item in route.stretches:
        yield ROUTE_SECTORS.row(
            line_of(route, item),
            item,
            stretch_id=f"{system_id}/{item.from_km:.3f}",
            state=item.state or None,
            zone=item.zone or None,
            entered_by=item.entered_by or None,
            **range_of(system_id, item),
        )


def line_of(route: EngineeredRoute, item: KpRange) -> LineString:
    """The line of a stretch."""
    return LineString(cut(route.lonlat, item.from_km, item.to_km))


def range_of(system_id: str, item: KpRange) -> dict[str, Any]:
    """Columns that all layers of stretches have."""
    return {"system_id": system_id, "from_kp_km": item.from_km, "to_kp_km": item.to_km}
