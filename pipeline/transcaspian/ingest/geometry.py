"""Geometry as a layer wants it: repaired so that what is closed stays closed, and land stays land; or why it is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.grid import GEOD
from transcaspian.core.layers import COASTLINE, Layer

DIMENSION = {"Point": 0, "LineString": 1, "Polygon": 2}
AN_ISLAND = "an island must be a hole of its polygon; take out water that is drawn twice"
_STEP_DEG = 0.1


class UnusableError(ValueError):
    """Why a row cannot be used; it never leaves this package."""


def usable_geometry(layer: Layer, geometry: BaseGeometry | None) -> tuple[BaseGeometry, str]:
    """The geometry as the layer wants it, and what had to be repaired; empty: nothing. Heights are dropped.

    Raises
    ------
    UnusableError
        When it is none, no degrees, of another kind than the layer's, or cannot be repaired for certain.
    """
    if geometry is None or geometry.is_empty:
        raise UnusableError("the geometry is empty or cannot be read (an open ring, a line of one position)")
    if has_empty_part(geometry):
        raise UnusableError("a part or a ring of the geometry is empty")
    geometry = shapely.force_2d(geometry)
    coordinates = shapely.get_coordinates(geometry)
    if not np.isfinite(coordinates).all():
        raise UnusableError("a coordinate is not a number, or a part (a curve, a damaged one) cannot be read")
    if (np.abs(coordinates) > (180.0, 90.0)).any():
        lon, lat = coordinates[(np.abs(coordinates) > (180.0, 90.0)).any(axis=1)][0]
        raise UnusableError(f"a coordinate is {lon:g}, {lat:g}: expected degrees; the file may declare a wrong CRS")
    dimension = DIMENSION.get(layer.geometry)
    if dimension is not None and shapely.get_dimensions(geometry) != dimension:
        raise UnusableError(f"the geometry is a {geometry.geom_type}: expected {layer.geometry}")
    try:
        kept = whole(layer, geometry)
        repair = "" if kept is geometry or layer.geometry == "Point" else repair_of(geometry, kept)
    except shapely.errors.GEOSException as exc:
        raise UnusableError(f"the geometry cannot be repaired ({' '.join(str(exc).split())})") from exc
    if layer.geometry == "LineString" and shapely.length(kept) == 0:
        raise UnusableError("the line has no length")
    return kept, repair


def sound_geometries(layer: Layer, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """What `usable_geometry` gives of many, where that is certain at a glance; None where it is to be asked.

    Parameters
    ----------
    geometries
        As they were read, shape ``(n,)``.

    Examples
    --------
    >>> from transcaspian.core.layers import CABLES
    >>> read = np.array([shapely.LineString([(50, 40, -9), (51, 41, -9)]), shapely.Point(50, 40), None])
    >>> sound_geometries(CABLES, read).tolist()
    [<LINESTRING (50 40, 51 41)>, None, None]
    """
    wanted = [layer.geometry] if layer.geometry in DIMENSION else list(DIMENSION)
    kinds = [shapely.GeometryType[name.upper()] for name in wanted]
    sound = np.isin(shapely.get_type_id(geometries), kinds) & ~shapely.is_empty(geometries)
    sound &= shapely.get_num_interior_rings(geometries) == 0
    coordinates, of = shapely.get_coordinates(geometries, return_index=True)
    sound[of[~(np.abs(coordinates) <= (180.0, 90.0)).all(axis=1)]] = False
    found = geometries.copy()
    found[~sound] = None
    found = shapely.force_2d(found)
    sound &= shapely.is_valid(found)
    if layer.geometry == "LineString":
        sound &= shapely.length(found) > 0
    found[~sound] = None
    return found


def has_empty_part(geometry: BaseGeometry) -> bool:
    """Whether a geometry has a part, or a hole, without any position."""
    if hasattr(geometry, "geoms"):
        return any(part.is_empty or has_empty_part(part) for part in geometry.geoms)
    return geometry.geom_type == "Polygon" and any(ring.is_empty for ring in geometry.interiors)


def whole(layer: Layer, geometry: BaseGeometry) -> BaseGeometry:
    """A valid geometry of the layer's kind; the very same where it is one already.

    Raises
    ------
    UnusableError
        When nothing of that kind is left, one feature has several points, or water may be meant for an island.
    """
    parts = pieces(geometry)
    if layer.geometry == "Point":
        if len(parts) > 1:
            raise UnusableError(f"the geometry has {len(parts)} points: expected one in each feature")
        return geometry if geometry.geom_type == "Point" else parts[0]
    any_kind = layer.geometry == "Unknown"
    if geometry.is_valid and (any_kind or geometry.geom_type != "GeometryCollection"):
        return geometry
    valid = [piece for part in parts for piece in pieces(repaired(part))]
    fitting = [piece for piece in valid if any_kind or shapely.get_dimensions(piece) == DIMENSION[layer.geometry]]
    if not fitting:
        raise UnusableError("the geometry is invalid and nothing is left after repair")
    if layer is COASTLINE and nested(fitting):
        raise UnusableError(f"a part of the water lies inside another part: {AN_ISLAND}")
    if len(fitting) == 1:
        return fitting[0]
    return shapely.MultiLineString(fitting) if layer.geometry == "LineString" else shapely.union_all(fitting)


def repaired(piece: BaseGeometry) -> BaseGeometry:
    """All that the shell of a polygon goes round, less all that its holes go round, be it twice.

    GEOS's `linework` counts crossings instead: it opens a closed area where it is covered twice, and fills a hole that
    lies along the shell. Its `structure` is right for a ring, but makes a shell of a hole outside the shell. What
    encloses nothing is left as the line or point it is, for what keeps a distance from it.
    """
    if piece.is_valid:
        return piece
    if piece.geom_type != "Polygon":
        return shapely.make_valid(piece)
    rings = [shapely.Polygon(ring) for ring in (piece.exterior, *piece.interiors)]
    shell, *holes = shapely.make_valid(rings, method="structure", keep_collapsed=True)
    return shell.difference(shapely.union_all(holes)) if holes else shell


def nested(bodies: Sequence[BaseGeometry]) -> list[tuple[int, int]]:
    """Pairs of bodies of water of which the first has the second inside it: an island, or water that is drawn twice."""
    outer, inner = shapely.STRtree(bodies).query(bodies, predicate="contains_properly")
    return [(int(one), int(other)) for one, other in zip(outer, inner, strict=True)]


def pieces(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The single parts of a geometry, however they are nested."""
    return [piece for part in geometry.geoms for piece in pieces(part)] if hasattr(geometry, "geoms") else [geometry]


def repair_of(drawn: BaseGeometry, kept: BaseGeometry) -> str:
    """What was repaired, and what that did to the area."""
    reason = str(shapely.is_valid_reason(drawn)).replace("[", " at ").rstrip("]")
    cause = f"of a {drawn.geom_type} the parts of one kind are kept" if drawn.is_valid else reason
    areas = [sum(map(enclosed_km2, pieces(geometry))) for geometry in (drawn, kept)]
    return f"{cause}, {areas[0]:,.6g} km² as drawn, {areas[1]:,.6g} km² as repaired" if any(areas) else cause


def enclosed_km2(piece: BaseGeometry) -> float:
    """Area on WGS84 within the shell of a polygon less that within its holes, km², be it valid or not; else 0.

    A ring that crosses itself counts as it winds: both loops of an eight of equal size are nothing together. (GEOS
    repairs a polygon before it cuts its edges to pieces, so rings are measured.)
    """
    if piece.geom_type != "Polygon":
        return 0.0
    rings = [shapely.LineString(ring) for ring in (piece.exterior, *piece.interiors)]
    each = [GEOD.polygon_area_perimeter(*shapely.get_coordinates(shapely.segmentize(r, _STEP_DEG)).T)[0] for r in rings]
    return (abs(each[0]) - sum(map(abs, each[1:]))) / 1e6


def drawable(geometry: BaseGeometry | None) -> BaseGeometry | None:
    """The geometry where it can be stored without harm, for a look at it; None otherwise."""
    if geometry is None or geometry.is_empty:
        return None
    coordinates = shapely.get_coordinates(geometry)
    sound = np.isfinite(coordinates).all() and (np.abs(coordinates) <= (180.0, 90.0)).all()
    return shapely.force_2d(geometry) if sound else None
