"""Shortest ways over land along a graph of railways or roads; Dijkstra's algorithm of SciPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from transcaspian.core.errors import NetworkError
from transcaspian.core.grid import GEOD
from transcaspian.core.land_graph import LandGraph

STEP_KM = 5.0
"""Longest edge of the graph that is searched: a node then finds a vertex beside it, and lines follow the geodesic."""
SPHERE_KM = 6371.0
AROUND = 10.0
"""A way around that is longer than this many times the gap is a tear of the data."""
CHORD_MARGIN = 1.01
"""Distances of the ellipsoid are within a hundredth of those of the sphere, on which candidates are looked up."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Attachment:
    """The vertex of a graph that a node is brought to, and how far off it lies."""

    vertex: int
    snap_km: float


@dataclass(frozen=True)
class LandRoute:
    """A way along a graph.

    Attributes
    ----------
    lonlat
        Shape ``(n, 2)``.
    length_km
        Along the graph, joined gaps included.
    joined_km
        Of that, where the data have a gap.
    """

    lonlat: Floats
    length_km: float
    joined_km: float


class LandNet:
    """A graph made ready to be searched.

    Parameters
    ----------
    join_km
        Where a line of the data ends, it is joined to another that is within this distance, see `joined`.
    """

    def __init__(self, graph: LandGraph, join_km: float) -> None:
        self.name = graph.name
        ready = joined(densified(graph, STEP_KM), join_km)
        self.lonlat = ready.lonlat
        self.edges = shortest_edges(ready)

    @cached_property
    def piece(self) -> Ints:
        """Number of the connected piece that a vertex belongs to."""
        return np.asarray(connected_components(self.edges.matrix, directed=False)[1], np.int64)

    @cached_property
    def piece_size(self) -> Ints:
        """How many vertices the piece of each vertex has."""
        return np.bincount(self.piece, minlength=1)[self.piece] if len(self.piece) else self.piece

    @cached_property
    def tree(self) -> cKDTree:
        """The vertices in space."""
        return cKDTree(on_sphere(self.lonlat))

    def attach(self, lon: float, lat: float, max_snap_km: float, name: str) -> Attachment:
        """Bring a node to the graph: to the nearest vertex of the biggest piece within reach.

        Raises
        ------
        NetworkError
            When nothing of the graph is within ``max_snap_km``, geodesic.
        """
        here = on_sphere(np.array([[lon, lat]]))[0]
        near = np.asarray(self.tree.query_ball_point(here, max_snap_km * CHORD_MARGIN), np.int64)
        off_km = self._off_km(lon, lat, near)
        near, off_km = near[off_km <= max_snap_km], off_km[off_km <= max_snap_km]
        if not len(near):
            if not len(self.lonlat):
                raise NetworkError(f"there is no {self.name} of the land graph anywhere near the node {name}")
            nearest_km = self._off_km(lon, lat, np.array([self.tree.query(here)[1]]))[0]
            raise NetworkError(
                f"the nearest {self.name} of the land graph is {nearest_km:.1f} km from the node {name}, at most "
                f"{max_snap_km:g} km are allowed"
            )
        size = self.piece_size[near]
        best = np.lexsort((near, off_km, -size))[0]
        return Attachment(int(near[best]), float(off_km[best]))

    def _off_km(self, lon: float, lat: float, vertices: Ints) -> Floats:
        there = self.lonlat[vertices]
        count = len(vertices)
        off_m = GEOD.inv(np.full(count, lon), np.full(count, lat), there[:, 0], there[:, 1])[2]
        return np.asarray(off_m, float) / 1000.0

    def routes(self, pairs: Sequence[tuple[int, int]]) -> list[LandRoute | None]:
        """The shortest way between each pair of vertices; None where the graph does not connect them."""
        starts = sorted({start for start, _ in pairs})
        if not starts:
            return []
        found_km, before = dijkstra(self.edges.matrix, directed=False, indices=starts, return_predecessors=True)
        row = {start: index for index, start in enumerate(starts)}
        return [
            self._route(before[row[start]], start, end) if np.isfinite(found_km[row[start], end]) else None
            for start, end in pairs
        ]

    def _route(self, before: Ints, start: int, end: int) -> LandRoute:
        way = [end]
        while way[-1] != start:
            way.append(int(before[way[-1]]))
        vertices = np.array(way[::-1], np.int64)
        edges = self.edges.between(vertices[:-1], vertices[1:])
        length_km = self.edges.length_km[edges]
        return LandRoute(
            self.lonlat[vertices], float(length_km.sum()), float(length_km[self.edges.joined[edges]].sum())
        )

    def gap_km(self, first: int, second: int) -> float:
        """How near the pieces of two vertices come to each other, geodesic, km."""
        one, other = (np.flatnonzero(self.piece == self.piece[vertex]) for vertex in (first, second))
        space = on_sphere(self.lonlat)
        chord, nearest = cKDTree(space[other]).query(space[one])
        at = int(chord.argmin())
        lon, lat = self.lonlat[one[at]]
        return float(self._off_km(lon, lat, other[[nearest[at]]])[0])


@dataclass(frozen=True)
class Edges:
    """Edges in the order of ``key``; the lower vertex stands first.

    Attributes
    ----------
    key
        ``lower × count + higher``, ascending.
    count
        Of the vertices.
    """

    ends: Ints
    length_km: Floats
    joined: NDArray[np.bool_]
    key: Ints
    count: int

    @cached_property
    def matrix(self) -> csr_matrix:
        """Their lengths, km, shape ``(count, count)``."""
        return csr_matrix((self.length_km, tuple(self.ends.T)), shape=(self.count, self.count))

    def between(self, first: Ints, second: Ints) -> Ints:
        """Which edge joins each pair of neighbours."""
        wanted = np.minimum(first, second) * self.count + np.maximum(first, second)
        return np.searchsorted(self.key, wanted)


def shortest_edges(graph: LandGraph) -> Edges:
    """Of all edges between the same two vertices the shortest, and none from a vertex to itself."""
    count = len(graph.lonlat)
    ends = np.sort(graph.ends, axis=1)
    key = ends[:, 0] * count + ends[:, 1]
    order = np.lexsort((graph.length_km, key))
    order = order[ends[order, 0] != ends[order, 1]]
    key, first = np.unique(key[order], return_index=True)
    kept = order[first]
    return Edges(ends[kept], graph.length_km[kept], graph.joined[kept], key, count)


def densified(graph: LandGraph, step_km: float) -> LandGraph:
    """The same graph with no edge whose ends lie further apart: vertices on the geodesic divide it evenly."""
    start, end = graph.lonlat[graph.ends[:, 0]], graph.lonlat[graph.ends[:, 1]]
    azimuth_deg, _, apart_m = (np.asarray(item, float) for item in GEOD.inv(*start.T, *end.T))
    parts = np.maximum(1, np.ceil(apart_m / (1000.0 * step_km))).astype(np.int64)
    edge = np.repeat(np.arange(len(parts)), parts)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(parts) - parts, parts)
    is_last = nth == parts[edge] - 1
    inner = edge[~is_last]
    along_m = apart_m[inner] * (nth[~is_last] + 1) / parts[inner]
    lon, lat, _ = GEOD.fwd(start[inner, 0], start[inner, 1], azimuth_deg[inner], along_m)
    to = graph.ends[edge, 1].copy()
    to[~is_last] = len(graph.lonlat) + np.arange(len(inner))
    since = np.where(nth == 0, graph.ends[edge, 0], np.roll(to, 1))
    return LandGraph(
        graph.name,
        np.vstack([graph.lonlat, np.column_stack([lon, lat])]),
        np.column_stack([since, to]),
        (graph.length_km / parts)[edge],
        graph.joined[edge],
    )


def joined(graph: LandGraph, join_km: float) -> LandGraph:
    """The graph with its tears closed: straight edges, each from a dead end to the nearest vertex of another line.

    Simplifying and rounding have torn lines apart that are whole on the ground. A vertex is of another line when it is
    within ``join_km`` but further than ten times that along the graph; nearer ones are of the same yard or junction,
    and an edge to them would cut a corner.
    """
    edges = shortest_edges(graph)
    dead = np.flatnonzero(np.bincount(edges.ends.ravel(), minlength=len(graph.lonlat)) <= 1)
    pairs, apart_km = near_pairs(graph.lonlat, dead, join_km)
    other = ~reached(edges, pairs, AROUND * join_km)
    pairs, apart_km = pairs[other], apart_km[other]
    order = np.lexsort((pairs[:, 1], apart_km, pairs[:, 0]))
    _, nearest = np.unique(pairs[order, 0], return_index=True)
    kept = order[nearest]
    return LandGraph(
        graph.name,
        graph.lonlat,
        np.vstack([graph.ends, pairs[kept]]),
        np.concatenate([graph.length_km, apart_km[kept]]),
        np.concatenate([graph.joined, np.ones(len(kept), bool)]),
    )


def near_pairs(lonlat: Floats, some: Ints, within_km: float) -> tuple[Ints, Floats]:
    """Each of some vertices with each other vertex within a geodesic distance, shape ``(k, 2)``, and the distance."""
    space = on_sphere(lonlat)
    found = cKDTree(space).query_ball_point(space[some], within_km * CHORD_MARGIN) if len(some) else []
    beside = np.concatenate([np.zeros(0, np.int64), *(np.asarray(near, np.int64) for near in found)])
    pairs = np.column_stack([np.repeat(some, [len(near) for near in found]), beside]).astype(np.int64)
    apart_km = np.asarray(GEOD.inv(*lonlat[pairs[:, 0]].T, *lonlat[pairs[:, 1]].T)[2], float) / 1000.0
    kept = (pairs[:, 0] != pairs[:, 1]) & (apart_km <= within_km)
    return pairs[kept], apart_km[kept]


def reached(edges: Edges, pairs: Ints, limit_km: float) -> NDArray[np.bool_]:
    """Which pairs of vertices the edges connect within a distance."""
    found = np.zeros(len(pairs), bool)
    starts = np.unique(pairs[:, 0])
    for some in np.array_split(starts, len(starts) // 64 + 1):  # a row of all vertices each: not all rows at once
        if len(some):
            along_km = dijkstra(edges.matrix, directed=False, indices=some, limit=limit_km)
            mine = np.isin(pairs[:, 0], some)
            found[mine] = np.isfinite(along_km[np.searchsorted(some, pairs[mine, 0]), pairs[mine, 1]])
    return found


def on_sphere(lonlat: Floats) -> Floats:
    """Positions in space, km, shape ``(n, 3)``, for looking up candidates."""
    lon, lat = np.radians(lonlat).T
    return SPHERE_KM * np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
