"""Whether positions of hazards, cables and pipelines hold against what is published of them.

A file may say the depth, the length, the distance from a place and the block that were published. Where a position is
off by more than its stated accuracy, and a depth by more than the error of the seabed too, the file contradicts itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from transcaspian.core.findings import Finding, Place
from transcaspian.core.geodesy import distance_to_geometries_m
from transcaspian.core.grid import GEOD, Grid
from transcaspian.core.linear_reference import line_length_km
from transcaspian.seabed import DepthModel, geodesic_buffer
from transcaspian.seabed.water import burn

Row = Mapping[str, Any]
SIGMAS = 2.0
ENDS = 2.0
"""Each end of a line may be off by its accuracy."""
_FAR_M = 1e6


@dataclass(frozen=True)
class Contradiction:
    """What a file says of an asset that its position does not hold to.

    ``what``: the published figure beside ours, in words.
    """

    asset_id: str
    name: str
    what: str
    lonlat: tuple[float, float]

    def __str__(self) -> str:
        return f"`{self.asset_id}` ({self.name}): {self.what}"


def contradictions(
    hazards: Iterable[Row], assets: Iterable[Row], grid: Grid, depth: DepthModel
) -> Iterator[Contradiction]:
    """Every asset whose position contradicts what its own columns say was published.

    Parameters
    ----------
    hazards, assets
        Rows of the layers ``hazards`` and ``cables`` with ``geometry``. A figure that is not given is not tested; an
        accuracy that is not given is 0.
    grid, depth
        Depths in m, positive down, that published ones are held against.

    Yields
    ------
    Contradiction
        Asset, and the published figure beside ours, in words.

    Examples
    --------
    >>> from transcaspian.seabed import DepthSurface
    >>> grid = Grid(west_deg=50.0, north_deg=41.4, step_deg=0.1, rows=4, cols=10)
    >>> depth_m = np.tile(np.linspace(10.0, 100.0, 10), (4, 1))
    >>> surface = DepthSurface.of_one_source(grid, depth_m, error_m=1.0, resolution_deg=0.1)
    >>> depth = DepthModel(surface, np.ones(grid.shape, bool), 0.1, np.zeros(grid.shape, bool))
    >>> wreck = {
    ...     "hazard_id": "wreck-1", "name": "Wreck", "geometry": shapely.Point(50.15, 41.25),
    ...     "position_accuracy_m": 100.0, "published_min_depth_m": 80.0, "published_max_depth_m": 80.0,
    ... }
    >>> print(next(contradictions([wreck], [], grid, depth)))
    `wreck-1` (Wreck): published as 80 m deep; within its accuracy the sea is 18 to 22 m deep
    """
    rows = list(hazards)
    blocks = {row["hazard_id"]: row["geometry"] for row in rows}
    for row in rows:
        told = (_depth(row, grid, depth), _distance(row), _block(row, blocks))
        yield from (_of(row, "hazard_id", what) for what in told if what)
    for row in assets:
        if what := _length(row):
            yield _of(row, "cable_id", what)


def asset_findings(found: Iterable[Contradiction]) -> Iterator[Finding]:
    """The same as findings of the run.

    Parameters
    ----------
    found
        As `contradictions` gives them.

    Yields
    ------
    Finding
        One for each.

    Examples
    --------
    >>> found = Contradiction("c-1", "Cable", "published as 80 km long, drawn as 67 km", (50.5, 41.2))
    >>> print(next(asset_findings([found])).action)
    get a surveyed position, or state the accuracy that covers the difference
    """
    for one in found:
        yield Finding(
            kind="position contradicts its source",
            severity="minor",
            sentence=f"the position of {one.name} contradicts what is published of it: {one.what}",
            action="get a surveyed position, or state the accuracy that covers the difference",
            source=f"columns of `{one.asset_id}`",
            place=Place(lonlat=one.lonlat),
        )


def _of(row: Row, key: str, what: str) -> Contradiction:
    at = row["geometry"].representative_point()
    return Contradiction(row[key], row["name"], what, (at.x, at.y))


def _figure(row: Row, name: str) -> float | None:
    value = row.get(name)
    return float(value) if value is not None and np.isfinite(value) else None


def _accuracy_m(row: Row) -> float:
    return _figure(row, "position_accuracy_m") or 0.0


def _depth(row: Row, grid: Grid, depth: DepthModel) -> str:
    """The published depths must be met somewhere within the accuracy, within two standard errors of the seabed."""
    min_m, max_m = _figure(row, "published_min_depth_m"), _figure(row, "published_max_depth_m")
    if min_m is None or max_m is None:
        return ""
    within = burn(grid, [geodesic_buffer(row["geometry"], _accuracy_m(row))], all_touched=True)
    depth_m, error_m = depth.depth_m[within], depth.error_m[within]
    known = np.isfinite(depth_m)
    if not known.any():
        return ""
    slack_m = SIGMAS * np.nan_to_num(error_m[known])
    low_m, high_m = float((depth_m[known] - slack_m).min()), float((depth_m[known] + slack_m).max())
    if low_m <= max_m and high_m >= min_m:
        return ""
    published = f"{min_m:g}" if min_m == max_m else f"{min_m:g} to {max_m:g}"
    return f"published as {published} m deep; within its accuracy the sea is {low_m:.0f} to {high_m:.0f} m deep"


def _distance(row: Row) -> str:
    published_km = _figure(row, "published_distance_km")
    lon, lat = _figure(row, "distance_from_lon_deg"), _figure(row, "distance_from_lat_deg")
    if published_km is None or lon is None or lat is None:
        return ""
    at = row["geometry"].centroid
    ours_km = float(GEOD.inv(lon, lat, at.x, at.y)[2]) / 1000.0
    if abs(ours_km - published_km) <= _accuracy_m(row) / 1000.0:
        return ""
    return f"published as {published_km:g} km from {lon:g}° E {lat:g}° N, {ours_km:.0f} km here"


def _block(row: Row, blocks: Mapping[str, BaseGeometry]) -> str:
    block_id = row.get("within_id")
    if not isinstance(block_id, str) or not block_id:
        return ""
    if block_id not in blocks:
        return f"published as inside `{block_id}`, which is not in the file"
    at = row["geometry"].representative_point()
    away_m = float(distance_to_geometries_m(np.array([at.x]), np.array([at.y]), [blocks[block_id]], _FAR_M)[0])
    return "" if away_m <= _accuracy_m(row) else f"published as inside `{block_id}`, {away_m / 1000:.0f} km away here"


def _length(row: Row) -> str:
    published_km = _figure(row, "published_length_km")
    if published_km is None:
        return ""
    parts = shapely.get_parts(row["geometry"])
    drawn_km = sum(line_length_km(shapely.get_coordinates(part)) for part in parts)
    if abs(drawn_km - published_km) <= ENDS * _accuracy_m(row) / 1000.0:
        return ""
    return f"published as {published_km:g} km long, drawn as {drawn_km:.0f} km"
