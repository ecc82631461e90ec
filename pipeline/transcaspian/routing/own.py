"""Polygons for several threads: GEOS prepares a geometry for one thread at a time, so that each needs a copy."""

from __future__ import annotations

import threading

import shapely


class OwnPolygons:
    """Water and closed areas, for each thread its own copy.

    Parameters
    ----------
    water, forbidden
        As in `route_between`.
    """

    def __init__(self, water: shapely.Geometry, forbidden: shapely.Geometry | None) -> None:
        self._shared = (water, forbidden)
        self._own = threading.local()

    def __reduce__(self) -> tuple[type[OwnPolygons], tuple[shapely.Geometry, shapely.Geometry | None]]:
        return OwnPolygons, self._shared

    def here(self) -> tuple[shapely.Geometry, shapely.Geometry | None]:
        """Those of the thread that asks."""
        if not hasattr(self._own, "polygons"):
            water, forbidden = self._shared
            self._own.polygons = (copied(water), None if forbidden is None else copied(forbidden))
        found: tuple[shapely.Geometry, shapely.Geometry | None] = self._own.polygons
        return found


def copied(geometry: shapely.Geometry) -> shapely.Geometry:
    """The same geometry, shared with nobody."""
    return shapely.from_wkb(shapely.to_wkb(geometry))
