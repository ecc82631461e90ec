"""Seabed sectors by agreed lines: where states have agreed on a line it parts them, whatever equidistance says.

An agreed line rarely begins and ends on the equidistance lines that go on from it. From such an end the shortest way to
where they begin is assumed; what lies between is given to the state on whose side of the agreed line it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.errors import EngineeringError
from transcaspian.core.geodesy import METRES_PER_DEGREE
from transcaspian.core.grid import GEOD, KM_PER_NM, Grid
from transcaspian.core.linear_reference import positions_at_km, vertices_km
from transcaspian.core.vocabulary import ZONES, BoundaryKind
from transcaspian.engineering.sectors import (
    BoundaryLine,
    Floats,
    Ints,
    Shores,
    StateWaters,
    classes_on,
    equidistance_waters,
    states_on,
)
from transcaspian.seabed import area_of, water_mask

CELLS_ACROSS = 500
"""Of the cells that tell which areas an agreed line changes; boundaries themselves do not follow them."""
ON_LINE_DEG = 2e-5
"""Two metres: a place that was bisected onto a line lies on it."""
SAME_END_M = 100.0
STEP_KM = 1.0
"""Between points on the geodesics of a line that is given by few."""
_PAD_CELLS, _OVER_CELLS = 2.0, 3.0
_BISECTIONS = 30
_SIDE_DEG = 1e-6


@dataclass(frozen=True)
class AgreedLine:
    """A line that two states have agreed on.

    Attributes
    ----------
    line_id
        Names it in boundaries, events and findings.
    state_a, state_b
        The two states that it parts.
    lonlat
        Vertices, shape ``(n, 2)``, degrees, of geodesic legs.
    from_third_state, to_third_state
        The state that meets both at the first and at the last vertex; empty: none, or not known.
    source, status
        Where it is published; REAL, DERIVED or ASSUMED.
    """

    line_id: str
    state_a: str
    state_b: str
    lonlat: Floats
    from_third_state: str = ""
    to_third_state: str = ""
    source: str = ""
    status: str = "ASSUMED"

    @property
    def states(self) -> frozenset[str]:
        """The two."""
        return frozenset((self.state_a, self.state_b))


@dataclass(frozen=True)
class Agreement:
    """What agreed lines change.

    Attributes
    ----------
    areas
        By state, what belongs to it whatever shore is nearest; EPSG:4326.
    lines
        The agreed lines in the water, and what is assumed from their ends.
    """

    areas: Mapping[str, BaseGeometry]
    lines: tuple[BoundaryLine, ...]

    def kind_at(self, lonlat: Floats, states: frozenset[str]) -> BoundaryKind:
        """Of the line on which a route at ``lonlat``, shape ``(2,)``, passes from one of two states to the other."""
        for line in self.lines:
            if {line.state_a, line.state_b} == states and shapely.dwithin(
                shapely.LineString(line.lonlat), shapely.Point(lonlat), ON_LINE_DEG
            ):
                return line.kind
        return "equidistance"


def agreed_waters(
    waters: StateWaters, shores: Shores, agreement: Agreement, limits_nm: tuple[float, float]
) -> StateWaters:
    """Waters by equidistance, but where agreed lines say otherwise.

    Parameters
    ----------
    waters, shores
        By equidistance, and the shores that they are of.
    agreement
        From `agree`.
    limits_nm
        Of territorial water and fishing zone, from the own shore, international nautical miles.

    Returns
    -------
    StateWaters
        Waters that the agreed lines part where there are any; those by equidistance are kept beside.

    Examples
    --------
    >>> from transcaspian.engineering.sectors import Border, shores_of
    >>> sea = shapely.box(50.0, 41.0, 51.0, 41.4)
    >>> borders = [("A", "A", 50.0, 41.2), ("A", "B", 50.5, 41.4), ("B", "B", 51.0, 41.2), ("B", "A", 50.5, 41.0)]
    >>> shores = shores_of(sea, [Border(*one) for one in borders], max_off_km=1.0)
    >>> grid = Grid(west_deg=50.0, north_deg=41.4, step_deg=0.1, rows=4, cols=10)
    >>> line = AgreedLine("line of 1998", "A", "B", np.array([(50.45, 41.4), (50.45, 41.0)]))
    >>> nearest = equidistance_waters(shores, territorial_nm=3.0, fishing_nm=10.0)
    >>> waters = agreed_waters(nearest, shores, agree(shores, [line], sea, grid), (3.0, 10.0))
    >>> at = np.array([(50.47, 41.2)])
    >>> [by.named(by.class_at(at)[0]) for by in (nearest, waters)]
    [('A', 'seabed'), ('B', 'seabed')]
    """
    if not agreement.areas:
        return waters
    states = tuple(sorted({*waters.states, *agreement.areas}))
    index = np.array([states.index(state) for state in waters.states])
    limits_m = 1000.0 * KM_PER_NM * np.array(limits_nm)
    edges = shapely.union_all(shapely.boundary(list(agreement.areas.values())))
    shapely.prepare([edges, *agreement.areas.values()])

    def look(lonlat: Floats) -> tuple[Ints, Floats]:
        codes, margin_m = waters.look(lonlat)
        codes = index[codes // len(ZONES)] * len(ZONES) + codes % len(ZONES)
        for state, area in agreement.areas.items():
            inside = shapely.intersects_xy(area, lonlat[:, 0], lonlat[:, 1])
            away_m = shores.distances_to_m(state, lonlat[inside])
            codes[inside] = states.index(state) * len(ZONES) + np.searchsorted(limits_m, away_m)
            margin_m[inside] = np.minimum(margin_m[inside], np.abs(away_m[:, None] - limits_m).min(axis=1))
        return codes, np.minimum(margin_m, _nearest_m(_away_deg(edges, lonlat), lonlat))

    named = ", ".join(sorted({line.line_id for line in agreement.lines if line.kind == "agreed"}))
    method = f"agreed lines ({named}); elsewhere {waters.method}"
    return StateWaters(states, look, method, waters.status, waters.step_km, agreement.kind_at, waters)


def _away_deg(edges: BaseGeometry, lonlat: Floats) -> Floats:
    """Degrees from lines; from the box around them for what lies outside it, which is quicker and no more."""
    points = shapely.points(lonlat)
    away = np.asarray(shapely.distance(shapely.box(*edges.bounds), points))
    within = away == 0.0
    away[within] = shapely.distance(edges, points[within])
    return away


def _nearest_m(away_deg: Floats, lonlat: Floats) -> Floats:
    """At least so far, metres, is what is so many degrees away: longitude at the latitude that one could come to."""
    poleward = np.radians(np.minimum(np.abs(lonlat[:, 1]) + away_deg, 90.0))
    least: Floats = away_deg * METRES_PER_DEGREE * np.cos(poleward) * 0.99
    return least


@dataclass(frozen=True)
class _Equidistance:
    """Which shore is nearest: exactly at a place, and as areas that follow coarse cells."""

    shores: Shores
    areas: Mapping[str, BaseGeometry]
    water: BaseGeometry
    step_deg: float

    def border(self, pair: frozenset[str]) -> BaseGeometry:
        """Where the areas of two states meet; empty where they do not."""
        found = [self.areas[state] for state in sorted(pair) if state in self.areas]
        return shapely.intersection(*map(shapely.boundary, found)) if len(found) == 2 else shapely.Point()

    def is_ashore(self, lonlat: Floats) -> bool:
        """Whether a place is on land, or so near to it that areas of cells may reach beyond it."""
        at = shapely.Point(lonlat)
        shore = shapely.boundary(self.water)
        return not shapely.intersects(self.water, at) or bool(shapely.dwithin(shore, at, self.step_deg / 2))

    def to_equidistance(self, way: Floats, pair: frozenset[str]) -> Floats:
        """A way to where two areas of cells meet, shape ``(2, 2)``, to where both shores are equally near instead."""
        state_a, state_b = sorted(pair)

        def nearer_a_m(lonlat: Floats) -> float:
            one = lonlat[None, :]
            return float(self.shores.distances_to_m(state_a, one)[0] - self.shores.distances_to_m(state_b, one)[0])

        low, high = way[0], self.over(way, _PAD_CELLS * self.step_deg)[-1]
        at_start = nearer_a_m(low) > 0
        if (nearer_a_m(high) > 0) == at_start:
            return way
        for _ in range(_BISECTIONS):
            half = (low + high) / 2
            low, high = (half, high) if (nearer_a_m(half) > 0) == at_start else (low, half)
        return np.array([way[0], high])

    def over(self, lonlat: Floats, reach_deg: float) -> Floats:
        """A line carried on at its last vertex."""
        step = lonlat[-1] - lonlat[-2]
        return np.vstack([lonlat, lonlat[-1] + step / np.hypot(*step) * reach_deg])


def agree(shores: Shores, lines: Sequence[AgreedLine], water: BaseGeometry, grid: Grid) -> Agreement:
    """What agreed lines change of sectors by equidistance.

    Parameters
    ----------
    shores
        Of the states, as they are for equidistance.
    lines
        That two states each have agreed on.
    water
        The sea of the study, EPSG:4326; lines outside it change nothing.
    grid
        Of the study.

    Returns
    -------
    Agreement
        What belongs to each state whatever shore is nearest, and the lines as they lie in the water.

    Raises
    ------
    EngineeringError
        When a line names one state twice, does not part its two states, or neither of them has a shore in the area.

    Examples
    --------
    An agreed line west of the median of two states:

    >>> from transcaspian.engineering.sectors import Border, shores_of
    >>> from transcaspian.seabed import area_km2
    >>> sea = shapely.box(50.0, 41.0, 51.0, 41.4)
    >>> borders = [("A", "A", 50.0, 41.2), ("A", "B", 50.5, 41.4), ("B", "B", 51.0, 41.2), ("B", "A", 50.5, 41.0)]
    >>> shores = shores_of(sea, [Border(*one) for one in borders], max_off_km=1.0)
    >>> grid = Grid(west_deg=50.0, north_deg=41.4, step_deg=0.1, rows=4, cols=10)
    >>> line = AgreedLine("line of 1998", "A", "B", np.array([(50.45, 41.4), (50.45, 41.0)]))
    >>> agreement = agree(shores, [line], sea, grid)
    >>> {state: round(area_km2(area, 0.1)) for state, area in agreement.areas.items()}
    {'A': 745, 'B': 932}
    """
    if same := [line for line in lines if line.state_a == line.state_b]:
        raise EngineeringError(
            f"sources.agreed_lines: {same[0].line_id} has {same[0].state_a} on both sides: expected two states"
        )
    lines = [line for line in map(_dense, lines) if shapely.intersects(shapely.LineString(line.lonlat), water)]
    if not lines:
        return Agreement({}, ())
    sea = _equidistance(shores, water, grid)
    joins = list(_joins(sea, lines))
    courses = [_to_shore(sea, line.lonlat) for line in lines]
    courses += [sea.over(join.lonlat, _PAD_CELLS * sea.step_deg) for join in joins]
    faces = _faces(courses, sea)
    for line, course in zip(lines, courses, strict=False):
        if not len(_pieces(faces, course)):
            raise _parts_nothing(line, "it borders no water that lines enclose")
    owners = _owners(faces, [*lines, *joins], courses, shores, len(lines))
    areas = _areas(faces, owners, courses, sea)
    return Agreement(areas, (*_in_water(lines, "agreed", water), *_in_water(joins, "assumed", water)))


def _dense(line: AgreedLine) -> AgreedLine:
    kp_km = vertices_km(line.lonlat)
    points = np.union1d(kp_km, np.arange(0.0, kp_km[-1], STEP_KM))
    lonlat = np.where(np.isin(points, kp_km)[:, None], 0.0, positions_at_km(line.lonlat, points).lonlat)
    lonlat[np.isin(points, kp_km)] = line.lonlat[np.unique(kp_km, return_index=True)[1]]
    return replace(line, lonlat=lonlat)


def _equidistance(shores: Shores, water: BaseGeometry, grid: Grid) -> _Equidistance:
    west, south, east, north = grid.bounds
    step_deg = max(grid.step_deg, max(east - west, north - south) / CELLS_ACROSS)
    coarse = Grid.covering(west, south, east, north, step_deg)
    nearest_only = equidistance_waters(shores.thinned(5), np.inf, np.inf)
    codes = classes_on(coarse, water_mask(coarse, water), nearest_only)
    state = states_on(codes)
    areas = {name: area_of(coarse, state == i) for i, name in enumerate(shores.states) if (state == i).any()}
    return _Equidistance(shores, areas, water, step_deg)


def _to_shore(sea: _Equidistance, lonlat: Floats) -> Floats:
    """With an end that lies on the shore, or nearly, carried on over it: areas of cells do not follow the shore."""
    for _ in range(2):
        lonlat = (sea.over(lonlat, _OVER_CELLS * sea.step_deg) if sea.is_ashore(lonlat[-1]) else lonlat)[::-1]
    return lonlat


def _joins(sea: _Equidistance, lines: Sequence[AgreedLine]) -> Iterator[AgreedLine]:
    """From ends in the water to where equidistance goes on; straight on where it does not go on in the area."""
    for line, at, before, pairs in _ends(sea, lines):
        borders = {pair: shared for pair in pairs if not (shared := sea.border(pair)).is_empty}
        for pair, border in borders.items():
            way = shapely.get_coordinates(shapely.shortest_line(shapely.Point(at), border))
            if not np.array_equal(*way):
                yield _join(line, pair, sea.to_equidistance(way, pair))
        if not borders:
            west, south, east, north = sea.water.bounds
            step = (at - before) / np.hypot(*(at - before)) * np.hypot(east - west, north - south)
            yield _join(line, line.states, np.array([at, at + step]))


def _join(line: AgreedLine, pair: frozenset[str], lonlat: Floats) -> AgreedLine:
    state_a, state_b = sorted(pair)
    return AgreedLine(line.line_id, state_a, state_b, lonlat, source=line.source, status="ASSUMED")


def _ends(
    sea: _Equidistance, lines: Sequence[AgreedLine]
) -> Iterator[tuple[AgreedLine, Floats, Floats, list[frozenset[str]]]]:
    """Each end in the water, the vertex before it, and the pairs whose line goes on from there without agreement.

    Ends of several lines at one place are one. A third state without any water in the area is none.
    """
    ends = [
        (line, at, before, third if third in sea.areas else "")
        for line in lines
        for at, before, third in (
            (line.lonlat[0], line.lonlat[1], line.from_third_state),
            (line.lonlat[-1], line.lonlat[-2], line.to_third_state),
        )
    ]
    while ends:
        line, at, before, _ = ends[0]
        here = [one for one in ends if GEOD.inv(*at, *one[1])[2] <= SAME_END_M]
        ends = [one for one in ends if not any(one is other for other in here)]
        if sea.is_ashore(at):
            continue
        agreed = {one[0].states for one in here}
        states = frozenset.union(*agreed) | {one[3] for one in here if one[3]}
        pairs = [frozenset(pair) for pair in combinations(sorted(states), 2)]
        left = pairs if len(states) == 2 and len(here) == 1 else [pair for pair in pairs if pair not in agreed]
        if left:
            yield line, at, before, left


def _faces(courses: Iterable[Floats], sea: _Equidistance) -> NDArray[np.object_]:
    """What the sea falls into along the edges of the equidistance areas and the lines."""
    edges = [shapely.boundary(area) for area in sea.areas.values()]
    noded = shapely.union_all([*edges, *map(shapely.LineString, courses)])
    return shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))


def _owners(
    faces: NDArray[np.object_], lines: Sequence[AgreedLine], courses: Sequence[Floats], shores: Shores, agreed: int
) -> dict[int, str]:
    """The state of each face that a line borders; the first ``agreed`` of the lines decide before the others.

    Raises
    ------
    EngineeringError
        When a face lies on both sides of an agreed line, or no shore tells the sides.
    """
    tree = shapely.STRtree(faces)
    owners: dict[int, str] = {}
    for number, (line, course) in enumerate(zip(lines, courses, strict=True)):
        pieces = _pieces(faces, course)
        for state, side in zip(_left_and_right(line, shores), (1.0, -1.0), strict=True):
            for face in np.unique(tree.query(shapely.points(_beside(pieces, side)), "within")[1]):
                if owners.setdefault(int(face), state) != state and number < agreed:
                    at = faces[face].representative_point()
                    raise _parts_nothing(line, f"the water about {at.x:.3f}° E, {at.y:.3f}° N lies on both its sides")
    return owners


def _parts_nothing(line: AgreedLine, why: str) -> EngineeringError:
    return EngineeringError(
        f"sources.agreed_lines: {line.line_id} does not part {line.state_a} and {line.state_b}: {why}; expected a line "
        "that ends on the shore, on another agreed line, or where a third state is named (from_third_state, "
        "to_third_state)"
    )


def _pieces(faces: NDArray[np.object_], course: Floats) -> Floats:
    """Segments of a line between the places where it meets edges of faces, shape ``(n, 2, 2)``."""
    cut = shapely.intersection(shapely.LineString(course), shapely.union_all(shapely.boundary(faces)))
    coordinates = [shapely.get_coordinates(part) for part in shapely.get_parts(cut) if part.geom_type == "LineString"]
    return np.concatenate([np.empty((0, 2, 2)), *(np.stack([part[:-1], part[1:]], axis=1) for part in coordinates)])


def _beside(pieces: Floats, side: float) -> Floats:
    """Places next to the middle of segments: on the left where ``side`` is 1, on the right where it is -1."""
    along = pieces[:, 1] - pieces[:, 0]
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None]
    return pieces.mean(axis=1) + side * _SIDE_DEG * normal


def _left_and_right(line: AgreedLine, shores: Shores) -> tuple[str, str]:
    """The state on the left of a line and that on its right: going to the left, one comes nearer to its shore.

    Raises
    ------
    EngineeringError
        When neither has a shore in the area.
    """
    known = [state for state in (line.state_a, line.state_b) if state in shores.states]
    if not known:
        raise EngineeringError(
            f"sources.agreed_lines: {line.line_id} parts {line.state_a} and {line.state_b}, and neither has a shore in "
            "the area: enlarge [area], or leave the line out"
        )
    legs = np.stack([line.lonlat[:-1], line.lonlat[1:]], axis=1)
    reach = 0.01 / _SIDE_DEG
    left, right = (shores.distances_m(_beside(legs, side * reach)) for side in (1.0, -1.0))
    nearer_m = {state: float((right - left)[:, shores.states.index(state)].sum()) for state in known}
    to_left = nearer_m.get(line.state_a, 0.0) - nearer_m.get(line.state_b, 0.0)
    return (line.state_a, line.state_b) if to_left > 0 else (line.state_b, line.state_a)


def _areas(
    faces: NDArray[np.object_], owners: Mapping[int, str], courses: Sequence[Floats], sea: _Equidistance
) -> dict[str, BaseGeometry]:
    """What each state has beyond, and close to, its equidistance area; cells are too coarse to tell close to lines."""
    own = {
        state: shapely.union_all([faces[face] for face in owners if owners[face] == state])
        for state in sorted(set(owners.values()))
    }
    found: dict[str, BaseGeometry] = {}
    nothing = shapely.Polygon()
    for state, area in own.items():
        near = sea.areas.get(state, nothing)
        gained = shapely.difference(area, near)
        around = shapely.buffer(
            shapely.union_all([gained, *map(shapely.LineString, courses)]), _PAD_CELLS * sea.step_deg
        )
        others = shapely.union_all([other for name, other in own.items() if name != state])
        found[state] = shapely.difference(shapely.intersection(shapely.union(area, near), around), others)
    return found


def _in_water(lines: Sequence[AgreedLine], kind: BoundaryKind, water: BaseGeometry) -> Iterator[BoundaryLine]:
    for line in lines:
        for part in shapely.get_parts(shapely.intersection(shapely.LineString(line.lonlat), water)):
            if part.geom_type == "LineString" and part.length > 0:
                course = shapely.get_coordinates(part)
                yield BoundaryLine(line.line_id, line.state_a, line.state_b, kind, course, line.source, line.status)
