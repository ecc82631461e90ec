"""Whose waters a route lies in: territorial water, fishing zone and seabed sector of the coastal states.

Given areas decide where a study has them. Without, a place belongs to the state whose shore is nearest along the
ellipsoid, and the zones count from that shore: an equidistance line, labelled as such. Lines that states have agreed on
come before it (`transcaspian.engineering.agreed_lines`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from types import MappingProxyType
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from transcaspian.core.errors import EngineeringError
from transcaspian.core.geodesy import arc_m, boundary_lonlat, to_ecef_m
from transcaspian.core.grid import GEOD, KM_PER_NM, Grid
from transcaspian.core.linear_reference import Event, KpRange, line_length_km, positions_at_km
from transcaspian.core.vocabulary import STATUSES, ZONES, BoundaryKind
from transcaspian.rpl.model import SAME_PLACE_M
from transcaspian.seabed import area_of, polygons_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int16]
"""Classes of cells: few states and zones, many cells."""
Bounds = tuple[float, float, float, float]

SHORE_STEP_M = 200.0
"""Between points that stand for the shore: a distance ``d`` is too great by ``step² / 8d`` at most, 0.2 m at 15 nm."""
ROUTE_STEP_KM, GIVEN_STEP_KM = 0.5, 0.05
"""Between places of a route that are looked at; a given area that a route passes through in less may be missed."""
SLIVER_KM = SAME_PLACE_M / 1000.0
WORTH_THREADS = 20_000
"""Places for which threads that look for the nearest shore gain more than it takes to start them."""
_BISECTIONS = 24
_HALVINGS = 12
_BLOCKS = (32, 8, 2, 1)
EDGE_DEG = 1e-6
"""A point so near to the edge of the area lies on it: the water was cut there, within rounding."""
UNKNOWN = -1
TERRITORIAL, FISHING, SEABED = range(len(ZONES))


BOUNDARY_EVENTS: Mapping[BoundaryKind, str] = MappingProxyType(
    {"agreed": "BOUNDARY", "given": "BOUNDARY", "equidistance": "MEDIAN", "assumed": "EDGE"}
)
"""The event where a route passes from one state's sector to another's, by how the line between them is known."""


@dataclass(frozen=True)
class Stretch(KpRange):
    """A stretch of route in one state's zone.

    Attributes
    ----------
    from_km, to_km
        KPs of its ends.
    state, zone
        Empty where nothing is known.
    entered_by
        How the line is known on which the route comes into it from another state; empty where it does not.

    Examples
    --------
    >>> Stretch(0.0, 22.0, "AZ", "territorial").seabed_sector
    'AZ seabed sector'
    """

    state: str
    zone: str
    entered_by: BoundaryKind | Literal[""] = ""

    @property
    def territorial_water(self) -> str:
        """The state in whose territorial water it lies; empty where it lies in none, or nothing is known."""
        return self.state if self.zone == "territorial" else ""

    @property
    def seabed_sector(self) -> str:
        """The seabed sector that it lies in, which runs to the shore; empty where nothing is known."""
        return f"{self.state} seabed sector" if self.state else ""


@dataclass(frozen=True)
class Border:
    """Where the land border of two states meets the shore.

    Attributes
    ----------
    state_a, state_b
        On its two sides; the same twice is a point on that state's shore.
    lon_deg, lat_deg
        Where.
    """

    state_a: str
    state_b: str
    lon_deg: float
    lat_deg: float


@dataclass(frozen=True)
class Zone:
    """An area of one state's waters.

    Attributes
    ----------
    state
        Whose.
    zone
        ``territorial``, ``fishing`` or ``seabed``.
    area
        Polygons, EPSG:4326.
    """

    state: str
    zone: str
    area: BaseGeometry


@dataclass(frozen=True)
class BoundaryLine:
    """A line between two states that is not one of equal distance: agreed, or assumed from the end of an agreed one.

    Attributes
    ----------
    line_id
        Of the agreed one.
    state_a, state_b
        The two states that it parts.
    kind
        How it is known.
    lonlat
        Vertices, shape ``(n, 2)``, degrees.
    source, status
        Of the agreed one; REAL, DERIVED or ASSUMED.
    """

    line_id: str
    state_a: str
    state_b: str
    kind: BoundaryKind
    lonlat: Floats
    source: str
    status: str


@dataclass(frozen=True)
class StateWaters:
    """What tells whose waters a place lies in.

    Attributes
    ----------
    states
        Codes, in the order of the indices that `look` gives.
    look
        Of points ``(n, 2)`` lon/lat: index of the state times the number of zones plus index of the zone, or `UNKNOWN`;
        and a distance in metres within which that is certainly the same.
    method, status
        How the boundaries were computed.
    step_km
        Between places of a route at which to look first.
    kind_at
        How the line between two states is known at a place on it, shape ``(2,)``.
    by_equidistance
        The same without any agreed line; None where there is none.
    """

    states: tuple[str, ...]
    look: Callable[[Floats], tuple[Ints, Floats]]
    method: str
    status: str
    step_km: float = ROUTE_STEP_KM
    kind_at: Callable[[Floats, frozenset[str]], BoundaryKind] = lambda _lonlat, _states: "equidistance"
    by_equidistance: StateWaters | None = None

    def class_at(self, lonlat: Floats) -> Ints:
        """What `look` says without the margin."""
        return self.look(lonlat)[0]

    def named(self, code: int) -> tuple[str, str]:
        """State and zone of a class."""
        return ("", "") if code == UNKNOWN else (self.states[code // len(ZONES)], ZONES[code % len(ZONES)])


@dataclass(frozen=True)
class Shores:
    """The shore of each state, by points.

    Attributes
    ----------
    states
        Their codes.
    lonlat
        Points of each, shape ``(n, 2)``, degrees, `SHORE_STEP_M` apart at most.
    trees
        Of the same points, to find the nearest.
    """

    states: tuple[str, ...]
    lonlat: tuple[Floats, ...]
    trees: tuple[cKDTree, ...]

    def distances_m(self, lonlat: Floats) -> Floats:
        """Along the ellipsoid to the nearest point of each state's shore, shape ``(n, states)``."""
        at = to_ecef_m(lonlat[:, 0], lonlat[:, 1])
        return np.column_stack([_nearest_m(tree, at) for tree in self.trees])

    def distances_to_m(self, state: str, lonlat: Floats) -> Floats:
        """Along the ellipsoid to the nearest point of one state's shore, shape ``(n,)``; infinite where it has none."""
        if state not in self.states:
            return np.full(len(lonlat), np.inf)
        tree = self.trees[self.states.index(state)]
        return _nearest_m(tree, to_ecef_m(lonlat[:, 0], lonlat[:, 1]))

    def thinned(self, every: int) -> Shores:
        """The same shores by every n-th point: quick, and near enough where areas follow cells anyway."""
        return _with_trees(self.states, [points[::every] for points in self.lonlat])


def shores_of(
    water: BaseGeometry,
    borders: Sequence[Border],
    max_off_km: float,
    area: Bounds | None = None,
    islands: Sequence[tuple[str, BaseGeometry]] = (),
) -> Shores:
    """Divide the shoreline among the states.

    The outline of the greatest water is cut where the borders meet it; a piece belongs to the state that both its ends
    name. Islands, and shores of other waters, belong to the state whose piece is nearest, unless it is given.

    Parameters
    ----------
    water
        Polygons, EPSG:4326.
    borders
        All round the greatest water, in any order.
    max_off_km
        How far a border may lie from the shoreline.
    area
        ``(west, south, east, north)`` that the water was cut to, degrees: its edges are no shore, and a border beyond
        them only tells whose the shore next to them is. None: it was not cut.
    islands
        Areas of land with the state that they belong to.

    Returns
    -------
    Shores
        By state, in the order of their codes.

    Raises
    ------
    EngineeringError
        When a border lies too far from the shore, or the borders do not divide the shore so that both ends of every
        piece name one state.

    Examples
    --------
    >>> sea = shapely.box(50.0, 41.0, 51.0, 41.4)
    >>> borders = [("A", "A", 50.0, 41.2), ("A", "B", 50.5, 41.4), ("B", "B", 51.0, 41.2), ("B", "A", 50.5, 41.0)]
    >>> shores = shores_of(sea, [Border(*one) for one in borders], max_off_km=1.0)
    >>> shores.states, shores.distances_m(np.array([(50.3, 41.2)])).round(-2).tolist()
    (('A', 'B'), [[22200.0, 27800.0]])
    """
    polygons = [part for part in shapely.get_parts(water) if part.geom_type == "Polygon"]
    main = max(polygons, key=lambda part: float(part.area))
    ring = boundary_lonlat(main.exterior, SHORE_STEP_M)[:-1]
    cuts = sorted((_nearest_index(ring, border, max_off_km, area), border) for border in borders)
    pieces: dict[str, list[Floats]] = {}
    for (start, before), (end, after) in zip(cuts, cuts[1:] + cuts[:1], strict=True):
        owners = {before.state_a, before.state_b} & {after.state_a, after.state_b}
        if len(owners) != 1:
            raise EngineeringError(
                f"sources.borders: the shore from {before.state_a}-{before.state_b} to {after.state_a}-{after.state_b} "
                "belongs to no one state: expected every border of the sea, each named by the states on its two sides "
                "(between two states only, put a point with one state as both of its sides on each shore)"
            )
        piece = ring[start : end + 1] if start < end else np.vstack([ring[start:], ring[: end + 1]])
        if len(shore := _off_edges(piece, area)):
            pieces.setdefault(owners.pop(), []).append(shore)
    if not pieces:
        raise EngineeringError(
            "sources.borders: no shore in the area: leave [engineering.sectors] out, or enlarge [area]"
        )
    states = tuple(sorted(pieces))
    main_shores = _with_trees(states, [np.vstack(pieces[state]) for state in states])
    known = [(state, area) for state, area in islands if state in states]
    others = [boundary_lonlat(hole, SHORE_STEP_M) for part in polygons for hole in part.interiors]
    others += [boundary_lonlat(part.exterior, SHORE_STEP_M) for part in polygons if part is not main]
    for shore in (kept for points in others if len(kept := _off_edges(points, area))):
        pieces[_owner(shore, main_shores, known)].append(shore)
    return _with_trees(states, [np.vstack(pieces[state]) for state in states])


def _owner(shore: Floats, main_shores: Shores, known: Sequence[tuple[str, BaseGeometry]]) -> str:
    """The state of an island or another water: as given, or that of the nearest shore."""
    line = shapely.LineString(shore) if len(shore) > 1 else shapely.Point(shore[0])
    given = {state for state, area in known if shapely.intersects(area, line)}
    if len(given) == 1:
        return given.pop()
    nearest = np.unravel_index(int(main_shores.distances_m(shore).argmin()), (len(shore), len(main_shores.states)))[1]
    return main_shores.states[int(nearest)]


def equidistance_waters(shores: Shores, territorial_nm: float, fishing_nm: float) -> StateWaters:
    """Waters by the nearest shore; zones by the distance from it.

    Parameters
    ----------
    shores
        The shoreline of each state.
    territorial_nm, fishing_nm
        Outer limits of the two zones from the nearest shore, international nautical miles (1.852 km).

    Returns
    -------
    StateWaters
        Waters whose status is DERIVED: the shoreline stands for the baselines.

    Examples
    --------
    >>> sea = shapely.box(50.0, 41.0, 51.0, 41.4)
    >>> borders = [("A", "A", 50.0, 41.2), ("A", "B", 50.5, 41.4), ("B", "B", 51.0, 41.2), ("B", "A", 50.5, 41.0)]
    >>> shores = shores_of(sea, [Border(*one) for one in borders], max_off_km=1.0)
    >>> waters = equidistance_waters(shores, territorial_nm=3.0, fishing_nm=10.0)
    >>> [waters.named(code) for code in waters.class_at(np.array([(50.01, 41.2), (50.1, 41.2), (50.6, 41.2)]))]
    [('A', 'territorial'), ('A', 'fishing'), ('B', 'seabed')]
    """
    limits_m = 1000.0 * KM_PER_NM * np.array([territorial_nm, fishing_nm])

    def look(lonlat: Floats) -> tuple[Ints, Floats]:
        away_m = shores.distances_m(lonlat)
        state = away_m.argmin(axis=1)
        nearest_m = away_m[np.arange(len(state)), state]
        # a distance changes by no more than one moves, and the difference of two by twice that
        rest_m = np.where(np.arange(len(shores.states)) == state[:, None], np.inf, away_m).min(axis=1)
        margin_m = np.minimum(np.abs(nearest_m[:, None] - limits_m).min(axis=1), (rest_m - nearest_m) / 2)
        return state * len(ZONES) + np.searchsorted(limits_m, nearest_m), margin_m

    return StateWaters(
        shores.states,
        look,
        f"nearest shore on the ellipsoid; zones of {territorial_nm:g} and {fishing_nm:g} nm from it; not the lines of "
        "the treaties, and the shoreline stands for the baselines",
        "DERIVED",
    )


def given_waters(zones: Sequence[Zone], source: str, status: str, otherwise: StateWaters | None = None) -> StateWaters:
    """Waters by the areas of a study, and what no kind of area is given for by another way of telling.

    Territorial water counts before fishing zone, and that before seabed sector. A kind that is given lies where its
    areas lie and nowhere else; in a given sector all waters are those of its state.

    Parameters
    ----------
    zones
        Areas of the study, EPSG:4326.
    source, status
        Where they are from; REAL, DERIVED or ASSUMED.
    otherwise
        Tells the kinds of zone that are not given; None leaves them unknown.

    Returns
    -------
    StateWaters
        With the worse of both statuses, where there are two.

    Examples
    --------
    >>> sector = Zone("A", "seabed", shapely.box(50.0, 41.0, 50.5, 41.4))
    >>> near = Zone("A", "territorial", shapely.box(50.0, 41.0, 50.2, 41.4))
    >>> waters = given_waters([sector, near], "example", "ASSUMED")
    >>> [waters.named(code) for code in waters.class_at(np.array([(50.1, 41.2), (50.3, 41.2), (50.7, 41.2)]))]
    [('A', 'territorial'), ('A', 'seabed'), ('', '')]
    """
    given = {zone.zone for zone in zones}
    rest = None if otherwise is None or given == set(ZONES) else otherwise
    states = tuple(sorted({zone.state for zone in zones} | set(rest.states if rest else ())))

    def look(lonlat: Floats) -> tuple[Ints, Floats]:
        state, zone = np.full(len(lonlat), UNKNOWN), np.full(len(lonlat), SEABED)
        if rest is not None:
            codes = rest.class_at(lonlat)
            state = np.array([states.index(name) for name in rest.states])[codes // len(ZONES)]
            zone = codes % len(ZONES)
        # a kind that is given lies in its areas only: outside them it is the next zone out, or of no state
        for kind in (TERRITORIAL, FISHING):
            if ZONES[kind] in given:
                zone[zone == kind] += 1
        if ZONES[SEABED] in given:
            state[zone == SEABED] = UNKNOWN
        for kind in (SEABED, FISHING, TERRITORIAL):
            for item in zones:
                if item.zone == ZONES[kind]:
                    inside = shapely.intersects_xy(item.area, lonlat[:, 0], lonlat[:, 1])
                    state[inside] = states.index(item.state)
                    # in a sector the zones nearer the shore stay
                    zone[inside] = np.minimum(zone[inside], kind)
        return np.where(state == UNKNOWN, UNKNOWN, state * len(ZONES) + zone), np.zeros(len(lonlat))

    def kind_at(lonlat: Floats, pair: frozenset[str]) -> BoundaryKind:
        return "given" if rest is None or ZONES[SEABED] in given else rest.kind_at(lonlat, pair)

    method = f"{', '.join(name for name in ZONES if name in given)} as given: {source}"
    if rest is not None:
        method, status = f"{method}; other zones: {rest.method}", max(status, rest.status, key=STATUSES.index)
    return StateWaters(states, look, method, status, GIVEN_STEP_KM, kind_at)


def stretches(lonlat: Floats, waters: StateWaters) -> tuple[Stretch, ...]:
    """Divide a route of geodesic legs by whose waters it lies in; boundaries to a centimetre.

    A stretch of less than a metre, as where areas do not quite meet or end on the shore, goes to its neighbour.
    """
    length_km = line_length_km(lonlat)

    def class_at_km(kp_km: Floats) -> Ints:
        return waters.class_at(positions_at_km(lonlat, kp_km).lonlat)

    kp_km = np.linspace(0.0, length_km, max(2, int(np.ceil(length_km / waters.step_km)) + 1))
    codes = class_at_km(kp_km)
    edges: list[tuple[float, int]] = [(0.0, int(codes[0]))]
    for i in np.flatnonzero(codes[1:] != codes[:-1]):
        edges += _changes(class_at_km, float(kp_km[i]), float(kp_km[i + 1]), int(codes[i]), int(codes[i + 1]))
    whole = [
        (from_km, to_km, code)
        for (from_km, code), (to_km, _) in pairwise([*edges, (length_km, UNKNOWN)])
        if to_km - from_km > SLIVER_KM
    ] or [(0.0, length_km, int(codes[0]))]
    found: list[Stretch] = []
    for _, to_km, code in whole:
        state, zone = waters.named(code)
        if found and (found[-1].state, found[-1].zone) == (state, zone):
            found[-1] = replace(found[-1], to_km=to_km)
            continue
        from_km, before = (found[-1].to_km, found[-1].state) if found else (0.0, "")
        changes = bool(state and before and before != state)
        at = positions_at_km(lonlat, [from_km]).lonlat[0]
        how = waters.kind_at(at, frozenset((before, state))) if changes else ""
        found.append(Stretch(from_km, to_km, state, zone, how))
    found[-1] = replace(found[-1], to_km=length_km)
    return tuple(found)


def boundary_events(along: Sequence[Stretch]) -> list[Event]:
    """``TW`` or ``FZ`` wherever a route passes from one zone to another, ``BOUNDARY`` or ``MEDIAN`` from one state to
    another by an agreed line or one of equal distance, ``EDGE`` where the knowledge of whose waters they are begins or
    ends, or is only assumed.

    Remarks name the seabed sector where it changes; that in which the route begins has an event without a name.
    """
    found = [Event(item.from_km, "", item.seabed_sector) for item in along[:1] if item.state]
    for before, after in pairwise(along):
        if not (before.state and after.state):
            name = "EDGE"
        elif after.entered_by:
            name = BOUNDARY_EVENTS[after.entered_by]
        else:
            name = "TW" if "territorial" in (before.zone, after.zone) else "FZ"
        sector = f"; {after.seabed_sector}" if after.state and after.state != before.state else ""
        how = f"; {_HOW[after.entered_by]}" if after.entered_by else ""
        found.append(Event(after.from_km, name, f"{_called(before)} to {_called(after)}{sector}{how}"))
    return found


def classes_on(grid: Grid, wet: NDArray[np.bool_], waters: StateWaters) -> Codes:
    """Class of every cell that is wet or beside a wet one, shape ``grid.shape``; `UNKNOWN` elsewhere.

    A block of cells whose class is certainly the same all over is asked for once, at its middle.

    Parameters
    ----------
    grid
        Frame of the cells.
    wet
        True in water, shape ``grid.shape``, row 0 northernmost.
    waters
        Whose ``look`` gives class and margin at a position.

    Returns
    -------
    ndarray
        Classes as `StateWaters.named` reads them, int16.

    Examples
    --------
    >>> sea = shapely.box(50.0, 41.0, 51.0, 41.4)
    >>> borders = [("A", "A", 50.0, 41.2), ("A", "B", 50.5, 41.4), ("B", "B", 51.0, 41.2), ("B", "A", 50.5, 41.0)]
    >>> shores = shores_of(sea, [Border(*one) for one in borders], max_off_km=1.0)
    >>> grid = Grid(west_deg=50.0, north_deg=41.4, step_deg=0.1, rows=4, cols=10)
    >>> waters = equidistance_waters(shores, territorial_nm=3.0, fishing_nm=10.0)
    >>> codes = classes_on(grid, np.ones(grid.shape, bool), waters)
    >>> print(codes)
    [[0 0 0 0 0 3 3 3 3 3]
     [0 1 1 1 1 4 4 4 4 3]
     [0 1 1 1 1 4 4 4 4 3]
     [0 0 0 0 0 3 3 3 3 3]]
    >>> waters.named(4)
    ('B', 'fishing')
    """
    wanted = wet.copy()
    for across, of in ((wanted, wet), (wanted.T, wet.T)):
        across[1:] |= of[:-1]
        across[:-1] |= of[1:]
    codes = np.full(grid.shape, UNKNOWN, np.int16)
    open_cells = wanted.copy()
    half_diagonal_m = 0.5 * float(np.max(np.hypot(*grid.spacing_m())))
    for block in _BLOCKS:
        some = np.logical_or.reduceat(open_cells, np.arange(0, grid.rows, block), axis=0)
        some = np.logical_or.reduceat(some, np.arange(0, grid.cols, block), axis=1)
        top, left = (block * index for index in np.nonzero(some))
        middle = np.column_stack(grid.to_lonlat(top + (block - 1) / 2, left + (block - 1) / 2))
        found, margin_m = waters.look(middle)
        sure = (margin_m > half_diagonal_m * block) | (block == 1)
        # what a block has beyond the grid stands for its last row and column
        rows = np.minimum(top[sure, None] + np.arange(block), grid.rows - 1)[:, :, None]
        cols = np.minimum(left[sure, None] + np.arange(block), grid.cols - 1)[:, None, :]
        codes[rows, cols], open_cells[rows, cols] = found[sure, None, None], False
    codes[~wanted] = UNKNOWN
    return codes


def states_on(codes: Codes) -> Codes:
    """Index of the state of each class from `classes_on`; `UNKNOWN` where that is."""
    return np.asarray(codes // len(ZONES), np.int16)  # which leaves −1 as it is


def zone_areas(grid: Grid, codes: Codes, water: BaseGeometry, waters: StateWaters) -> tuple[Zone, ...]:
    """The zones as areas in the exact water; between each other their edges follow the cells of the grid.

    Parameters
    ----------
    grid
        Frame of the codes.
    codes
        Class of each cell from `classes_on`, shape ``grid.shape``.
    water
        Polygons in EPSG:4326 that the zones are cut to.
    waters
        That the codes are of.

    Returns
    -------
    tuple
        Those that are not empty, by rising code.

    Examples
    --------
    >>> from transcaspian.seabed import area_km2
    >>> sea = shapely.box(50.0, 41.0, 51.0, 41.4)
    >>> borders = [("A", "A", 50.0, 41.2), ("A", "B", 50.5, 41.4), ("B", "B", 51.0, 41.2), ("B", "A", 50.5, 41.0)]
    >>> shores = shores_of(sea, [Border(*one) for one in borders], max_off_km=1.0)
    >>> grid = Grid(west_deg=50.0, north_deg=41.4, step_deg=0.1, rows=4, cols=10)
    >>> waters = equidistance_waters(shores, territorial_nm=3.0, fishing_nm=10.0)
    >>> codes = classes_on(grid, np.ones(grid.shape, bool), waters)
    >>> [(zone.state, zone.zone, round(area_km2(zone.area, 0.1))) for zone in zone_areas(grid, codes, sea, waters)][:2]
    [('A', 'territorial', 1118), ('A', 'fishing', 745)]
    """
    return tuple(
        Zone(*waters.named(int(code)), area)
        for code in np.unique(codes[codes != UNKNOWN])
        if not (area := polygons_of(shapely.intersection(area_of(grid, codes == code), water))).is_empty
    )


def median_lines(
    grid: Grid, codes: Codes, water: BaseGeometry, shores: Shores, others: Sequence[BoundaryLine] = ()
) -> dict[tuple[str, str], list[Floats]]:
    """Lines as far from the shore of one state as from that of another, by the two states.

    A vertex lies between the centres of two neighbouring cells that belong to the two states, where their distances
    are equal to a metre: distances from the points of `Shores`, which stand `SHORE_STEP_M` apart, and where shores of
    two states meet the line is as sure as that.

    Parameters
    ----------
    grid
        Frame of the codes.
    codes
        From `classes_on`.
    water
        Polygons in EPSG:4326 that the lines are cut to.
    shores
        That distances are from.
    others
        Lines that part states otherwise: within a cell of one there is no median of its two states.

    Returns
    -------
    dict
        By the two states, lines of shape ``(n, 2)``, degrees.

    Examples
    --------
    >>> sea = shapely.box(50.0, 41.0, 51.0, 41.4)
    >>> borders = [("A", "A", 50.0, 41.2), ("A", "B", 50.5, 41.4), ("B", "B", 51.0, 41.2), ("B", "A", 50.5, 41.0)]
    >>> shores = shores_of(sea, [Border(*one) for one in borders], max_off_km=1.0)
    >>> grid = Grid(west_deg=50.0, north_deg=41.4, step_deg=0.1, rows=4, cols=10)
    >>> waters = equidistance_waters(shores, territorial_nm=3.0, fishing_nm=10.0)
    >>> codes = classes_on(grid, np.ones(grid.shape, bool), waters)
    >>> [line] = median_lines(grid, codes, sea, shores)["A", "B"]
    >>> line.round(2).tolist()
    [[50.5, 41.05], [50.5, 41.15], [50.5, 41.25], [50.5, 41.35]]
    """
    state = states_on(codes)
    areas = [area_of(grid, state == i) for i in range(len(shores.states))]
    found: dict[tuple[str, str], list[Floats]] = {}
    for i, j in combinations(range(len(shores.states)), 2):
        pair = {shores.states[i], shores.states[j]}
        shared = shapely.get_parts(shapely.intersection(areas[i], areas[j]))
        edges = shapely.line_merge(shapely.MultiLineString([part for part in shared if part.geom_type == "LineString"]))
        if edges.is_empty:
            continue
        parted = [shapely.LineString(line.lonlat) for line in others if {line.state_a, line.state_b} == pair]
        beyond = shapely.difference(water, shapely.buffer(shapely.union_all(parted), 1.5 * grid.step_deg))
        units = [_unit_edges(shapely.get_coordinates(edge), grid.step_deg) for edge in shapely.get_parts(edges)]
        places = _equidistant(np.concatenate(units), shores, i, j, grid.step_deg)
        for of_edge in np.split(places, np.cumsum([len(unit) for unit in units[:-1]])):
            exact = of_edge[np.isfinite(of_edge[:, 0])]
            if len(exact) < 2:
                continue
            inside = shapely.get_parts(shapely.intersection(shapely.LineString(exact), beyond))
            lines = [part for part in inside if part.geom_type == "LineString" and not part.is_empty]
            pieces = [shapely.get_coordinates(line) for line in lines]
            found.setdefault((shores.states[i], shores.states[j]), []).extend(pieces)
    return {pair: pieces for pair, pieces in found.items() if pieces}


def _equidistant(edges: Floats, shores: Shores, i: int, j: int, step_deg: float) -> Floats:
    """The place on the normal through the middle of each edge ``(n, 2, 2)`` where both shores are as near, or NaN."""
    middle = edges.mean(axis=1)
    along = edges[:, 1] - edges[:, 0]
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None] * (step_deg / 2)
    low, high = middle - normal, middle + normal

    def nearer_i_m(lonlat: Floats) -> Floats:
        at = to_ecef_m(lonlat[:, 0], lonlat[:, 1])
        return _nearest_m(shores.trees[i], at) - _nearest_m(shores.trees[j], at)

    at_low, at_high = nearer_i_m(low), nearer_i_m(high)
    between = np.sign(at_low) != np.sign(at_high)
    low, high, sign = low[between], high[between], np.sign(at_low)[between]
    for _ in range(_HALVINGS if len(low) else 0):
        half = (low + high) / 2
        same = np.sign(nearer_i_m(half)) == sign
        low, high = np.where(same[:, None], half, low), np.where(same[:, None], high, half)
    found = np.full(middle.shape, np.nan)
    found[between] = (low + high) / 2
    return found


def _unit_edges(coordinates: Floats, step_deg: float) -> Floats:
    """The edges of single cells along a line that follows cells, shape ``(n, 2, 2)``."""
    pieces = []
    for start, end in pairwise(coordinates):
        count = max(1, int(np.rint(np.abs(end - start).max() / step_deg)))
        points = np.linspace(start, end, count + 1)
        pieces.append(np.stack([points[:-1], points[1:]], axis=1))
    return np.concatenate(pieces) if pieces else np.empty((0, 2, 2))


def is_inside(border: Border, area: Bounds | None) -> bool:
    """Whether a border lies in an area, ``(west, south, east, north)`` in degrees; in any where that is None."""
    if area is None:
        return True
    west, south, east, north = area
    return west <= border.lon_deg <= east and south <= border.lat_deg <= north


def _off_edges(points: Floats, area: Bounds | None) -> Floats:
    """Points of an outline, shape ``(n, 2)``, without those on the edges of the area that the water was cut to."""
    if area is None:
        return points
    away = np.abs(points[:, [0, 1, 0, 1]] - area)
    return points[(away > EDGE_DEG).all(axis=1)]


def _nearest_index(ring: Floats, border: Border, max_off_km: float, area: Bounds | None) -> int:
    """Index of the point of the shore nearest to a border."""
    here = to_ecef_m(border.lon_deg, border.lat_deg)
    index = int(np.argmin(np.square(to_ecef_m(ring[:, 0], ring[:, 1]) - here).sum(axis=1)))
    away_m = GEOD.inv(ring[index, 0], ring[index, 1], border.lon_deg, border.lat_deg)[2]
    if away_m > 1000.0 * max_off_km and is_inside(border, area):
        raise EngineeringError(
            f"sources.borders: {border.state_a}-{border.state_b} at {border.lon_deg:.4f}° E, {border.lat_deg:.4f}° N "
            f"lies {away_m / 1000:.1f} km from the shoreline: expected at most {max_off_km:g} km; is it a "
            "border of this sea, and are longitude and latitude in that order?"
        )
    return index


def _nearest_m(tree: cKDTree, at_ecef_m: Floats) -> Floats:
    """Along the ellipsoid to the nearest point of a tree, shape ``(n,)``; threads begin where points are many."""
    return arc_m(tree.query(at_ecef_m, workers=-1 if len(at_ecef_m) > WORTH_THREADS else 1)[0])


def _with_trees(states: tuple[str, ...], lonlat: Sequence[Floats]) -> Shores:
    trees = tuple(cKDTree(to_ecef_m(points[:, 0], points[:, 1])) for points in lonlat)
    return Shores(states, tuple(lonlat), trees)


def _changes(
    class_at_km: Callable[[Floats], Ints], low_km: float, high_km: float, code: int, last: int
) -> Iterator[tuple[float, int]]:
    """Every place between two KPs where the class changes, and the class after it; bisected to under a millimetre."""
    while code != last:
        a, b, after = low_km, high_km, last
        for _ in range(_BISECTIONS):
            half = (a + b) / 2
            found = int(class_at_km(np.array([half]))[0])
            if found == code:
                a = half
            else:
                b, after = half, found
        yield b, after
        low_km, code = b, after


_HOW: Mapping[BoundaryKind, str] = MappingProxyType(
    {
        "agreed": "agreed line",
        "given": "line of the study",
        "equidistance": "equidistance, not agreed",
        "assumed": "course of the line assumed",
    }
)


def _called(item: Stretch) -> str:
    return f"{item.state} {item.zone}".strip() or "unknown"
