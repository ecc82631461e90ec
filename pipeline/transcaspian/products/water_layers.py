"""Layers of the states' waters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from transcaspian.core.frames import frames
from transcaspian.core.layers import BOUNDARY_LINES, MEDIAN_LINES, SECTORS
from transcaspian.core.linear_reference import line_length_km
from transcaspian.core.vocabulary import BoundaryKind
from transcaspian.engineering import BoundaryLine, Zone
from transcaspian.seabed import area_km2

METHODS: Mapping[BoundaryKind, str] = {
    "agreed": "as the two states agreed, inside the water of the study",
    "assumed": "the shortest way from the end of the agreed line to where equal distance goes on: not known",
}


def water_layers(
    zones: Sequence[Zone],
    medians: Mapping[tuple[str, str], Sequence[NDArray[np.float64]]],
    *,
    method: str,
    source: str,
    status: str,
    step_deg: float,
) -> dict[str, gpd.GeoDataFrame]:
    """The layers ``sectors`` and ``median_lines`` by name; empty where the study does not tell.

    Parameters
    ----------
    zones
        Areas of the states in EPSG:4326.
    medians
        Median lines, ``(n, 2)`` degrees each, by the two states.
    method, source, status
        How the waters were divided, from what, and whether that is REAL, DERIVED or ASSUMED.
    step_deg
        Longest piece of an edge when areas are measured on the ellipsoid.

    Returns
    -------
    dict
        Areas in km², lengths in km, EPSG:4326.

    Examples
    --------
    >>> from shapely import box
    >>> zones = [Zone("AZE", "territorial water", box(50.0, 40.0, 50.5, 40.5))]
    >>> median = {("AZE", "TKM"): [np.array([(51.0, 40.0), (51.0, 40.5)])]}
    >>> layers = water_layers(zones, median, method="equal distance", source="", status="DERIVED", step_deg=0.01)
    >>> layers["sectors"]["area_km2"].round(1).tolist(), layers["median_lines"]["length_km"].round(2).tolist()
    ([2361.8], [55.52])
    """
    areas = (
        SECTORS.row(
            zone.area,
            zone,
            sector_id=f"{zone.state}/{zone.zone}",
            area_km2=area_km2(zone.area, step_deg),
            method=method,
            source=source,
            status=status,
        )
        for zone in zones
    )
    lines = (
        MEDIAN_LINES.row(
            LineString(line),
            median_id=f"{state_a}-{state_b}/{number}",
            state_a=state_a,
            state_b=state_b,
            length_km=line_length_km(line),
            method="as far from the one shore as from the other, on the ellipsoid; not agreed",
        )
        for (state_a, state_b), pieces in medians.items()
        for number, line in enumerate(pieces, 1)
    )
    return frames({SECTORS: areas, MEDIAN_LINES: lines})


def boundary_layer(boundaries: Sequence[BoundaryLine]) -> dict[str, gpd.GeoDataFrame]:
    """The layer ``boundary_lines`` by name.

    Parameters
    ----------
    boundaries
        Pieces of agreed and assumed lines, ``(n, 2)`` degrees each.

    Returns
    -------
    dict
        EPSG:4326, with lengths in km.

    Examples
    --------
    >>> lonlat = np.array([(51.0, 40.0), (51.0, 40.5)])
    >>> line = BoundaryLine("line-1", "AZE", "TKM", "assumed", lonlat, "made for this example", "ASSUMED")
    >>> layer = boundary_layer([line])["boundary_lines"]
    >>> layer["boundary_id"][0], f"{layer['length_km'][0]:.2f} km"
    ('line-1/1', '55.52 km')
    """
    lines = (
        BOUNDARY_LINES.row(
            LineString(line.lonlat),
            line,
            boundary_id=f"{line.line_id}/{number}",
            length_km=line_length_km(line.lonlat),
            method=METHODS[line.kind],
            status=line.status,
        )
        for number, line in enumerate(boundaries, 1)
    )
    return frames({BOUNDARY_LINES: lines})
