"""The layers that people edit in a GIS and give back: vertices, via points, areas to stay out of, remarks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
from shapely import Point, Polygon

from transcaspian.core.frames import Row, frames
from transcaspian.core.layers import EDIT_KEEP_OUT, EDIT_REMARKS, EDIT_VERTICES, EDIT_VIA
from transcaspian.products.figures import Figures
from transcaspian.study import Study, System
from transcaspian.study.own_line import Via


def edit_layers(study: Study, figures: Sequence[Figures]) -> dict[str, gpd.GeoDataFrame]:
    """The layers by name, with what the study says already."""
    systems = [item.system for item in figures]
    return frames(
        {
            EDIT_VERTICES: [row for item in figures for row in vertex_rows(item)],
            EDIT_VIA: [row for system in systems for row in via_rows(system)],
            EDIT_KEEP_OUT: [row for system in systems for row in area_rows(system)],
            EDIT_REMARKS: remark_rows(study),
        }
    )


def vertex_rows(figures: Figures) -> Iterator[Row]:
    """The vertices of a route from shoreline to shoreline, with the numbers that its list gives them."""
    route, system_id = figures.engineered, figures.system.id
    if route is None:
        return
    at = {(position.lon_deg, position.lat_deg): position.pos_no for position in route.rpl.positions}
    for number, (lon, lat) in enumerate(route.course.at_sea.lonlat.tolist(), 1):
        yield EDIT_VERTICES.row(
            Point(lon, lat),
            vertex_id=f"{system_id}/{number}",
            system_id=system_id,
            SeqNo=number,
            PosNo=at.get((lon, lat)),
            remarks=None,
        )


def via_rows(system: System) -> Iterator[Row]:
    """The via points of a system; crossings and areas to stay in are edited in the study."""
    for number, via in enumerate(system.via, 1):
        if isinstance(via, Via):
            yield EDIT_VIA.row(
                Point(via.lon_deg, via.lat_deg),
                via_id=f"{system.id}/{number}",
                system_id=system.id,
                order=number,
                radius_km=via.radius_km,
                remarks=None,
            )


def area_rows(system: System) -> Iterator[Row]:
    """The areas that a system stays out of."""
    for number, ring in enumerate(system.keep_out, 1):
        yield EDIT_KEEP_OUT.row(Polygon(ring), area_id=f"{system.id}/{number}", system_id=system.id, remarks=None)


def remark_rows(study: Study) -> Iterator[Row]:
    """The remarks of a study."""
    for number, remark in enumerate(study.remarks, 1):
        yield EDIT_REMARKS.row(
            Point(remark.lon_deg, remark.lat_deg),
            remark_id=str(number),
            system_id=remark.system,
            remarks=remark.text,
            who=remark.who or None,
            when=remark.when or None,
        )
