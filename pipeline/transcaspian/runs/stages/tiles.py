"""Where a shoreline that comes in tiles was cut: the edge of a tile whose neighbour is missing is no shore."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

MIN_EDGE_DEG = 1e-3
"""Edges of tiles are longer; shores along a meridian or parallel are not, beyond the digits of a file."""
DIGITS = 5
WIDTH_DEG = 2e-6
"""Within which an outline runs along the edge of a tile."""
Span = tuple[int, float, float]
"""Number of a body, and from where to where one of its edges runs."""


def tile_edges(bodies: Sequence[BaseGeometry]) -> BaseGeometry:
    """The edges of tiles: all along a meridian or parallel on which two bodies of water meet somewhere.

    Parameters
    ----------
    bodies
        Polygons of water as the file has them, EPSG:4326, shape ``(n,)``.

    Returns
    -------
    shapely.Geometry
        Lines; empty where no two bodies meet so.
    """
    on_line: defaultdict[tuple[int, float], list[Span]] = defaultdict(list)
    for number, body in enumerate(bodies):
        for axis, place, low, high in straight_edges(body):
            on_line[axis, place].append((number, low, high))
    lines = []
    for (axis, place), spans in on_line.items():
        if meet(spans):
            for _, low, high in spans:
                along = np.array([[place, low], [place, high]])
                lines.append(shapely.LineString(along if axis == 0 else along[:, ::-1]))
    return shapely.MultiLineString(lines)


def straight_edges(body: BaseGeometry) -> Iterator[tuple[int, float, float, float]]:
    """Edges along a meridian (axis 0) or parallel (1): the axis, where it is, and from where to where it runs."""
    for ring in shapely.get_rings(body):
        points = shapely.get_coordinates(ring)
        begins, ends = points[:-1], points[1:]
        for axis in (0, 1):
            other = 1 - axis
            is_along = (begins[:, axis] == ends[:, axis]) & (np.abs(begins - ends)[:, other] >= MIN_EDGE_DEG)
            for begin, end in zip(begins[is_along], ends[is_along], strict=True):
                low, high = sorted((float(begin[other]), float(end[other])))
                yield axis, round(float(begin[axis]), DIGITS), low, high


def meet(spans: Sequence[Span]) -> bool:
    """Whether edges of two bodies on one line run beside each other."""
    ordered = sorted(spans, key=lambda span: span[1])
    return any(
        one[0] != other[0] and min(one[2], other[2]) - other[1] >= MIN_EDGE_DEG
        for number, one in enumerate(ordered)
        for other in ordered[number + 1 :]
    )


def cut_edges(water: BaseGeometry, bodies: Sequence[BaseGeometry]) -> BaseGeometry:
    """What of the outline of the water is the edge of a tile, whose neighbour the file does not have.

    Parameters
    ----------
    water
        The bodies as one.
    bodies
        As for `tile_edges`.
    """
    edges = tile_edges(bodies) if len(bodies) > 1 else shapely.MultiLineString()
    if edges.is_empty:
        return edges
    parts = shapely.get_parts(shapely.boundary(water).intersection(edges.buffer(WIDTH_DEG, cap_style="flat")))
    return shapely.union_all([part for part in parts if part.length >= MIN_EDGE_DEG / 2])
