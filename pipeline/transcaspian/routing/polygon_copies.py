"""Polygons for several threads: GEOS prepares a geometry for one thread at a time, so that each needs a copy."""

from __future__ import annotations

import threading

import shapely

Polygons = tuple[shapely.Geometry, shapely.Geometry | None]


class PolygonCopies:
    """Water and closed areas, for each thread a copy.

    Parameters
    ----------
    water, forbidden
        As in `RoutingProblem`.
    """

    def __init__(self, water: shapely.Geometry, forbidden: shapely.Geometry | None) -> None:
        self._shared = (water, forbidden)
        self._local = threading.local()

    def __reduce__(self) -> tuple[type[PolygonCopies], Polygons]:
        return PolygonCopies, self._shared

    def here(self) -> Polygons:
        """Those of the thread that asks."""
        if not hasattr(self._local, "polygons"):
            self._local.polygons = tuple(None if area is None else _copied(area) for area in self._shared)
        polygons: Polygons = self._local.polygons
        return polygons


def _copied(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.from_wkb(shapely.to_wkb(geometry))
