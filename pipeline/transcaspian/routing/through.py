"""A line between two landings through waypoints: via discs in their order, and legs that stand whatever they cost.

Between two waypoints the line is that of `route_between`. Where in its disc it passes is chosen by the fields of least
cost from the places before and after: for one disc that is the best there is, for several each in turn until none of
them moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.errors import LandingError, NoRouteError
from transcaspian.core.geodesy import arc_squared_m2
from transcaspian.core.grid import GEOD
from transcaspian.routing.between import Landings, for_pricing, price_coast, route_between
from transcaspian.routing.bound import Bound, first_narrowed, tightened
from transcaspian.routing.cost_excess import CostExcess, excess_between
from transcaspian.routing.exact_water import violations
from transcaspian.routing.field import solve
from transcaspian.routing.landing import ShoreLanding, entry_cell
from transcaspian.routing.path import LeastCostPath, along_geodesics, measured, price
from transcaspian.routing.problem import FixedLegs, LonLat, RoutingProblem, ViaDisc
from transcaspian.routing.terrain import Terrain, cell_at, cells_on

SAME_PLACE_M = 1.0
MAX_SWEEPS = 4
FREE = 1e-3
"""Cost in via discs, of the lowest cost anywhere, in a bound that holds wherever in them a line passes."""


@dataclass(frozen=True)
class Held:
    """What legs along a path must keep.

    Attributes
    ----------
    lonlat
        Vertices of the path, shape ``(n, 2)``: the legs between them stand; of a via disc the one place in it.
    centre, radius_km
        Of the disc; legs may pass it anywhere. None: they go through the place itself.
    """

    lonlat: NDArray[np.float64]
    name: str
    centre: LonLat | None = None
    radius_km: float = 0.0


@dataclass(frozen=True)
class HeldPath(LeastCostPath):
    """A path through waypoints.

    Attributes
    ----------
    held
        What of it legs must keep, in its order.
    """

    held: tuple[Held, ...] = ()


@dataclass(frozen=True)
class ThroughBound(Bound):
    """The sum of the bounds between waypoints and the cost of the legs that stand.

    Attributes
    ----------
    covers
        Which lines it is a bound of, in words.
    """

    covers: str = ""


def route_through(problem: RoutingProblem, start: ShoreLanding, end: ShoreLanding) -> LeastCostPath:
    """`route_between` by way of the problem's waypoints.

    Parameters
    ----------
    problem
        What the line is sought on, its waypoints in their order, and how much effort it is worth.
    start, end
        On the shoreline. Fixed legs may begin or end there.

    Returns
    -------
    LeastCostPath
        A `HeldPath` where there are waypoints. Its bound, where one is asked for, is a `ThroughBound`.

    Raises
    ------
    LandingError, NoRouteError
        As `route_between`, for any two waypoints in a row; also where a via point is not in open water, or fixed legs
        leave the water or enter a closed area.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape), waypoints=(ViaDisc((50.1, 41.95), radius_km=2.0),))
    >>> west, east = ShoreLanding(50.005, 41.85), ShoreLanding(50.195, 41.85)
    >>> route_through(problem, west, east).lonlat[3].round(3).tolist()  # the nearest place of the disc
    [50.095, 41.935]
    """
    if not problem.waypoints:
        return route_between(problem, start, end)
    check_waypoints(problem)
    plain = replace(problem, waypoints=())
    held = placed(plain, problem.waypoints, start, end)
    pieces: list[NDArray[np.float64]] = []
    found: list[LeastCostPath | None] = []
    stops = [Held(np.array([start.lonlat]), start.name), *held, Held(np.array([end.lonlat]), end.name)]
    for before, after in pairwise(stops):
        path = _piece(plain, _anchor(before, -1, (start, end)), _anchor(after, 0, (start, end)))
        found.append(path)
        pieces += [] if path is None else [path.lonlat]
        pieces.append(along_geodesics(plain.grid, after.lonlat))
    line = without_repeats(np.vstack([stops[0].lonlat, *pieces]))
    path = priced_as_laid(plain, (start, end), line)
    return HeldPath(path.lonlat, path.cost, path.length_m, _summed(plain, stops, found, path), path.sea, held)


def excess_through(problem: RoutingProblem, start: ShoreLanding, end: ShoreLanding, path: LeastCostPath) -> CostExcess:
    """`excess_between` for a line through waypoints: of each stretch between two of them, as a share of the whole.

    Parameters
    ----------
    problem, start, end
        As in `route_through`.
    path
        From it.

    Returns
    -------
    CostExcess
        Of every cell the lower of the two excesses where two stretches pass it; a share of the cost of the whole.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> via = ViaDisc((50.1, 41.95))
    >>> problem = RoutingProblem(grid, np.ones(grid.shape), waypoints=(via,))
    >>> west, east = ShoreLanding(50.005, 41.85), ShoreLanding(50.195, 41.85)
    >>> near = excess_through(problem, west, east, route_through(problem, west, east))
    >>> f"{near.path_cost / 1000:.1f} km, {near.excess[5, 10]:.1%} beside the via point"
    '27.2 km, 0.5% beside the via point'
    """
    if not isinstance(path, HeldPath):
        return excess_between(problem, start, end, path)
    stops = [Held(np.array([start.lonlat]), start.name), *path.held, Held(np.array([end.lonlat]), end.name)]
    excess = np.full(problem.grid.shape, np.nan, np.float32)
    for line, before, after in zip(pieces_between(path), stops[:-1], stops[1:], strict=True):
        ends = _anchor(before, -1, (start, end)), _anchor(after, 0, (start, end))
        if len(line) > 1:
            near = excess_between(problem, *ends, LeastCostPath(line, np.inf, np.inf))
            excess = np.fmin(excess, near.excess * np.float32(near.path_cost / path.cost))
    return CostExcess(problem.grid, excess, path.cost, path.lonlat, path.ends)


def pieces_between(path: HeldPath) -> list[NDArray[np.float64]]:
    """A path cut at what it holds: the stretches before, between and after, shape ``(n, 2)`` each.

    Parameters
    ----------
    path
        From `route_through`, with what it holds in order.

    Returns
    -------
    list
        One more than is held; a piece of one vertex where two held parts meet.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape), waypoints=(ViaDisc((50.1, 41.95)),))
    >>> west, east = ShoreLanding(50.005, 41.85), ShoreLanding(50.195, 41.85)
    >>> [piece[[0, -1]].tolist() for piece in pieces_between(route_through(problem, west, east))]
    [[[50.005, 41.85], [50.1, 41.95]], [[50.1, 41.95], [50.195, 41.85]]]
    """
    parts: list[NDArray[np.float64]] = []
    begin = 0
    for item in path.held:
        first = begin + _index_of(path.lonlat[begin:], item.lonlat[0])
        parts.append(path.lonlat[begin : first + 1])
        begin = first + _index_of(path.lonlat[first:], item.lonlat[-1])
    return [*parts, path.lonlat[begin:]]


def _index_of(lonlat: NDArray[np.float64], place: NDArray[np.float64]) -> int:
    return int(np.abs(lonlat - place).sum(axis=1).argmin())


def check_waypoints(problem: RoutingProblem) -> None:
    """Refuse waypoints where no cable can lie.

    Parameters
    ----------
    problem
        With its waypoints, water and closed areas.

    Raises
    ------
    LandingError
        When a via point is on land, in a closed area or outside the grid, or fixed legs are; the message names it.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape), waypoints=(ViaDisc((51.0, 41.9), name="via point A"),))
    >>> check_waypoints(problem)
    Traceback (most recent call last):
    transcaspian.core.errors.LandingError: via point A at 51.00000 E, 41.90000 N is outside the study's area
    """
    for item in problem.waypoints:
        line = np.atleast_2d(np.array(item.lonlat if isinstance(item, FixedLegs) else [item.lonlat], float))
        for lon, lat in line:
            if not problem.grid.contains(lon, lat):
                raise LandingError(f"{item.name} at {lon:.5f} E, {lat:.5f} N is outside the study's area")
        if isinstance(item, ViaDisc):
            _check_disc(problem, item)
        elif astray := violations(along_geodesics(problem.grid, line), problem.water, problem.forbidden):
            at = astray[0].centroid
            raise LandingError(
                f"{item.name} leave the water or enter a closed area, at {at.x:.5f} E, {at.y:.5f} N: no leg can be "
                "laid there; change them or open the area"
            )


def _check_disc(problem: RoutingProblem, disc: ViaDisc) -> None:
    at = shapely.Point(disc.lonlat)
    if _is_open(problem, disc.lonlat) or _cells_in(problem, disc).any():
        return
    why = "on land" if not shapely.covers(problem.water, at) else "in a closed area or without open seabed"
    within = f" and all within {disc.radius_km:g} km of it" if disc.radius_km else ""
    raise LandingError(
        f"{disc.name} at {disc.lonlat[0]:.5f} E, {disc.lonlat[1]:.5f} N{within} is {why}: move it to open water"
    )


def _is_open(problem: RoutingProblem, lonlat: LonLat) -> bool:
    """Whether a place is in an open cell, in the exact water and out of the exact no-go areas."""
    at = shapely.Point(lonlat)
    closed = problem.forbidden is not None and shapely.intersects(problem.forbidden, at)
    cell = problem.checked_cost[cell_at(problem.grid, *lonlat)]
    return bool(np.isfinite(cell) and shapely.covers(problem.water, at) and not closed)


def _cells_in(problem: RoutingProblem, disc: ViaDisc) -> NDArray[np.bool_]:
    """Open cells whose centres lie in a disc and in the exact water, ``(rows, cols)``."""
    grid = problem.grid
    inside = arc_squared_m2(grid.lon_deg, grid.lat_deg, *disc.lonlat) <= (1000.0 * disc.radius_km) ** 2
    inside &= np.isfinite(problem.checked_cost)
    rows, cols = np.nonzero(inside)
    places = shapely.points(np.column_stack(grid.to_lonlat(rows, cols)))
    clear = shapely.covers(problem.water, places)
    if problem.forbidden is not None:
        clear &= ~shapely.intersects(problem.forbidden, places)
    inside[rows, cols] = clear
    return inside


def placed(
    problem: RoutingProblem, waypoints: Sequence[ViaDisc | FixedLegs], start: ShoreLanding, end: ShoreLanding
) -> tuple[Held, ...]:
    """Where a line passes its waypoints: in each disc where it costs least with the places before and after.

    Parameters
    ----------
    problem
        What the line is sought on; no waypoint of it counts.
    waypoints
        In their order, as checked by `check_waypoints`.
    start, end
        As in `route_through`.
    """
    inside = [_choices(problem, item) for item in waypoints]
    places = [
        item.lonlat if isinstance(item, FixedLegs) else np.array([_nearest(problem, item, choice)])
        for item, choice in zip(waypoints, inside, strict=True)
    ]
    fields: dict[LonLat, NDArray[np.float32]] = {}

    def field_of(at: LonLat, landing: ShoreLanding) -> NDArray[np.float32]:
        source = entry_cell(problem, landing).lonlat if at == landing.lonlat else at
        if source not in fields:
            fields[source] = solve(problem, [source]).value
        return fields[source]

    for _ in range(MAX_SWEEPS):
        moved = False
        for i, choice in enumerate(inside):
            if choice is None:
                continue
            before = _lonlat(places[i - 1][-1]) if i else start.lonlat
            after = _lonlat(places[i + 1][0]) if i + 1 < len(places) else end.lonlat
            total = np.where(choice, np.add(field_of(before, start), field_of(after, end), dtype=float), np.inf)
            if not np.isfinite(total).any():
                continue  # the router says which two places lie in separate waters
            best = np.column_stack(problem.grid.to_lonlat(*np.unravel_index([int(total.argmin())], total.shape)))
            moved |= not np.array_equal(best, places[i])
            places[i] = best
        if not moved or sum(choice is not None for choice in inside) < 2:
            break
    return tuple(_held(item, place) for item, place in zip(waypoints, places, strict=True))


def _choices(problem: RoutingProblem, item: ViaDisc | FixedLegs) -> NDArray[np.bool_] | None:
    """Cells to choose from; None where the place is given."""
    if isinstance(item, FixedLegs) or item.radius_km == 0:
        return None
    inside = _cells_in(problem, item)
    return inside if inside.sum() > 1 else None


def _nearest(problem: RoutingProblem, disc: ViaDisc, inside: NDArray[np.bool_] | None) -> LonLat:
    """The middle of a disc, or its open cell nearest to that."""
    if _is_open(problem, disc.lonlat):
        return disc.lonlat
    rows, cols = np.nonzero(_cells_in(problem, disc) if inside is None else inside)
    lon, lat = problem.grid.to_lonlat(rows, cols)
    east, north = (np.full(len(rows), value) for value in disc.lonlat)
    at = int(np.argmin(GEOD.inv(east, north, lon, lat)[2]))
    return float(lon[at]), float(lat[at])


def _lonlat(place: NDArray[np.float64]) -> LonLat:
    return float(place[0]), float(place[1])


def _held(item: ViaDisc | FixedLegs, place: NDArray[np.float64]) -> Held:
    if isinstance(item, FixedLegs):
        return Held(place, item.name)
    return Held(place, item.name, item.lonlat if item.radius_km else None, item.radius_km)


def _anchor(stop: Held, end: int, landings: Landings) -> ShoreLanding:
    """The place of a stop that a piece of line begins or ends at."""
    at = _lonlat(stop.lonlat[end])
    return next((one for one in landings if one.lonlat == at), ShoreLanding(*at, name=stop.name))


def _piece(problem: RoutingProblem, start: ShoreLanding, end: ShoreLanding) -> LeastCostPath | None:
    """The line between two stops; None where they are one place."""
    if float(GEOD.inv(*start.lonlat, *end.lonlat)[2]) <= SAME_PLACE_M:
        return None
    try:
        return route_between(problem, start, end)
    except (NoRouteError, LandingError) as exc:
        raise type(exc)(f"between {start.name} and {end.name}: {exc}") from exc


def without_repeats(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """A line without points that stand on the one before them.

    Parameters
    ----------
    line
        Vertices, shape ``(n, 2)``, degrees.

    Returns
    -------
    ndarray
        Shape ``(m, 2)``, at least its first point.

    Examples
    --------
    >>> without_repeats(np.array([(50.0, 40.0), (50.0, 40.0), (51.0, 40.0)])).tolist()
    [[50.0, 40.0], [51.0, 40.0]]
    """
    return line[np.r_[True, (np.diff(line, axis=0) != 0).any(axis=1)]]


def priced_as_laid(problem: RoutingProblem, landings: Landings, lonlat: NDArray[np.float64]) -> LeastCostPath:
    """A given line with its cost, and the ground that prices it: never inf.

    Coastal cells by the landings have the price of the open cell there, as in `route_between`. A wall that the line
    enters all the same has the highest price beside it, and without open seabed beside it the highest of all: a line
    that a person gives is laid as it is given, and what it breaks is told elsewhere.

    Parameters
    ----------
    problem
        Its cost prices.
    landings
        The ends of the line.
    lonlat
        ``(n, 2)`` degrees, straight on the map between vertices, as from `along_geodesics`.

    Returns
    -------
    LeastCostPath
        The line as given, with its cost and length.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> west, east = ShoreLanding(50.005, 41.85), ShoreLanding(50.195, 41.85)
    >>> line = along_geodesics(grid, np.array([west.lonlat, east.lonlat]))
    >>> round(priced_as_laid(problem, (west, east), line).cost)
    15779
    """
    priced = problem.checked_cost.copy()
    for at in landings:
        try:
            price_coast(problem, priced, at, entry_cell(problem, at))
        except LandingError:  # a line may begin where the router could not
            continue
    priced = for_pricing(np.minimum(problem.checked_cost, priced))
    under = cells_on(problem.grid, along_geodesics(problem.grid, lonlat))
    walls = np.isinf(priced)
    if walls[under].any():
        priced[walls] = priced[~walls].max()
    sea: Terrain = problem.with_cost(priced).terrain
    return replace(measured(sea, lonlat), sea=sea)


def _summed(
    problem: RoutingProblem, stops: Sequence[Held], found: Sequence[LeastCostPath | None], path: LeastCostPath
) -> ThroughBound | None:
    """The bound of all lines through the waypoints: the bounds between them, and the price of what stands."""
    if problem.effort.mode != "proven" or path.sea is None:
        return None
    lower = sum(price(path.sea, along_geodesics(problem.grid, stop.lonlat)) for stop in stops)
    kept_share = 0.0
    for piece, (before, after) in zip(found, pairwise(stops), strict=True):
        bound = None if piece is None else _bound_between(problem, before, after, piece)
        if bound is not None:
            lower, kept_share = lower + bound.lower, max(kept_share, bound.kept_share)
    return ThroughBound(min(lower, path.cost), path.cost, kept_share, ", ".join(_covered(stops[1:-1])))


def _bound_between(problem: RoutingProblem, before: Held, after: Held, piece: LeastCostPath) -> Bound | None:
    """The bound of lines from any place of one stop to any of the next."""
    discs = [ViaDisc(stop.centre, stop.radius_km) for stop in (before, after) if stop.centre is not None]
    if not discs:
        return piece.bound
    grid, cost = problem.grid, problem.checked_cost.copy()
    free = FREE * float(cost.min())
    under = tuple(part[np.isinf(cost[cells_on(grid, piece.lonlat)])] for part in cells_on(grid, piece.lonlat))
    cost[under] = free
    for disc in discs:
        reach_m = 1000.0 * disc.radius_km + float(np.max(grid.spacing_m()))
        cost[arc_squared_m2(grid.lon_deg, grid.lat_deg, *disc.lonlat) <= reach_m**2] = free
    free_at_discs = problem.with_cost(cost)
    return tightened(free_at_discs, piece.ends, first_narrowed(free_at_discs, piece.ends, piece.cost))


def _covered(stops: Sequence[Held]) -> Iterator[str]:
    discs = sum(stop.centre is not None for stop in stops)
    places = sum(stop.centre is None and len(stop.lonlat) == 1 for stop in stops)
    legs = sum(len(stop.lonlat) > 1 for stop in stops)
    for count, word in ((discs, "via disc"), (places, "via point"), (legs, "stretch of fixed legs")):
        if count:
            plural = word.replace("stretch", "stretches") if "stretch" in word else f"{word}s"
            yield f"{count} {word if count == 1 else plural}"
