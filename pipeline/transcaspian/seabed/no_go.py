"""Areas that no route enters: hazards with their buffers, and the walls they make on the grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from transcaspian.core.errors import SeabedError
from transcaspian.core.frames import frame
from transcaspian.core.grid import Grid
from transcaspian.core.layers import NO_GO
from transcaspian.seabed.water import burn

_QUARTER_SEGMENTS = 32
_SEGMENT_M = 1000.0
_SEGMENT_DEG = 0.01


def geodesic_buffer(geometry: BaseGeometry, buffer_m: float) -> BaseGeometry:
    """A geometry and all within ``buffer_m`` of it along the ellipsoid, EPSG:4326.

    Buffered in an azimuthal equidistant projection around the feature's centre: exact around a point, within
    ``(d / R)² / 6`` at the distance ``d`` from the centre (0.001 % at 50 km, 0.1 % at 490 km). The polygon stands
    around the true circle, not inside it, so that the buffer is nowhere less than asked for (at most 0.03 % more).

    Raises
    ------
    SeabedError
        When the buffer is negative or not a number, or a point or line has none (it would close nothing).
    """
    if not (np.isfinite(buffer_m) and buffer_m >= 0):
        raise SeabedError(f"a no-go area has a buffer of {buffer_m} m: expected a number of at least 0")
    if buffer_m == 0:
        return geometry
    centre = shapely.centroid(geometry)
    local = CRS.from_proj4(f"+proj=aeqd +lon_0={centre.x!r} +lat_0={centre.y!r} +datum=WGS84 +units=m")
    forward = Transformer.from_crs("EPSG:4326", local, always_xy=True)
    # Edges run straight in longitude and latitude; undensified, a line of 100 km would stray by over 100 m
    drawn = shapely.segmentize(geometry, _SEGMENT_DEG)
    flat = shapely.transform(drawn, forward.transform, interleaved=False)
    around_m = buffer_m / float(np.cos(np.pi / (4 * _QUARTER_SEGMENTS)))
    wide = shapely.segmentize(shapely.buffer(flat, around_m, quad_segs=_QUARTER_SEGMENTS), _SEGMENT_M)

    def back(x: Any, y: Any) -> Any:
        return forward.transform(x, y, direction="INVERSE")

    return shapely.transform(wide, back, interleaved=False)


def no_go_areas(hazards: Sequence[tuple[str, BaseGeometry, float]]) -> list[BaseGeometry]:
    """The closed polygon of each hazard ``(id, geometry, buffer_m)``, in their order.

    Raises
    ------
    SeabedError
        When a buffer is no distance, or a hazard without extent has no buffer; the message names the hazard.
    """
    areas = []
    for hazard_id, geometry, buffer_m in hazards:
        try:
            area = geodesic_buffer(geometry, buffer_m)
        except SeabedError as exc:
            raise SeabedError(f"hazard `{hazard_id}`: {exc}") from exc
        if (shapely.get_dimensions(_parts(area)) < 2).any() or area.area == 0:
            raise SeabedError(
                f"hazard `{hazard_id}` is a {geometry.geom_type} with a buffer of {buffer_m:g} m, which closes no "
                "area, or not with all its parts: give it a buffer_m greater than 0, or no_go = false"
            )
        areas.append(area)
    return areas


def _parts(area: BaseGeometry) -> Any:
    """The single parts of an area, also of collections of multi-part geometries."""
    return shapely.get_parts(shapely.get_parts(shapely.get_parts(area)))


def no_go_layer(hazards: Sequence[Mapping[str, Any]], default_buffer_m: Mapping[str, float]) -> gpd.GeoDataFrame:
    """The layer ``no_go`` of hazards marked so.

    Parameters
    ----------
    hazards
        Rows of the layer ``hazards`` with ``geometry``; an empty ``buffer_m`` takes the default of the kind, and an
        area of a kind without one is closed as it is drawn.
    default_buffer_m
        Metres by kind.

    Raises
    ------
    SeabedError
        When a point or line has no buffer and its kind no default, or a hazard closes no area.
    """
    buffers = [_buffer_m(row, default_buffer_m) for row in hazards]
    areas = no_go_areas(
        [(row["hazard_id"], row["geometry"], buffer_m) for row, buffer_m in zip(hazards, buffers, strict=True)]
    )
    return frame(
        NO_GO,
        (
            NO_GO.row(
                area,
                no_go_id=f"no-go/{row['hazard_id']}",
                buffer_m=buffer_m,
                **{name: row[name] for name in ("hazard_id", "name", "kind", "source", "status")},
            )
            for row, buffer_m, area in zip(hazards, buffers, areas, strict=True)
        ),
    )


def own_or_default_m(row: Mapping[str, Any], default_buffer_m: Mapping[str, float]) -> float | None:
    """Distance to keep from a hazard: its own, else the default of its kind; None where neither is given."""
    own = row.get("buffer_m")
    return default_buffer_m.get(row["kind"]) if own is None or np.isnan(own) else float(own)


def _buffer_m(row: Mapping[str, Any], default_buffer_m: Mapping[str, float]) -> float:
    buffer_m = own_or_default_m(row, default_buffer_m)
    if buffer_m is None and shapely.get_dimensions(row["geometry"]) == 2:
        return 0.0  # an area closes what it covers; a distance around it would need a figure
    if buffer_m is None:
        raise SeabedError(
            f"hazard `{row['hazard_id']}` is no-go and has no buffer_m, and no_go.default_buffer_m has no entry for "
            f"its kind `{row['kind']}`: give one of them"
        )
    return buffer_m


def rasterise_walls(grid: Grid, polygons: Sequence[BaseGeometry]) -> NDArray[np.bool_]:
    """True for every cell that a polygon touches, be it at a corner: no path slips through. Shape ``grid.shape``."""
    return burn(grid, list(polygons), all_touched=True)
