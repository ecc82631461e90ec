"""Alternatives: the cheapest lines that keep their distance from the route and from each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.errors import EngineeringError, LandingError, NoRouteError
from transcaspian.core.geodesy import arc_squared_m2, distance_to_points_m
from transcaspian.core.grid import GEOD, Grid, strips_of
from transcaspian.routing.between import Landings, route_between
from transcaspian.routing.landing import ShoreLanding
from transcaspian.routing.path import LeastCostPath
from transcaspian.routing.problem import RoutingProblem
from transcaspian.routing.terrain import Terrain

Finish = Callable[[LeastCostPath], LeastCostPath]

MAX_TRIES = 8
_SHARE_TOLERANCE = 0.03
_RADIUS_TOLERANCE = 0.05
_MIN_GAIN = 1e-4
"""Where larger end zones make the path cheaper by less than this share, still larger ones are not tried."""
_STRIP_ROWS = 64
"""How many rows are taken at once where only cells near a line are looked at: few, so that a strip has little of it."""
_NO_WATER = "no water leads past them"
_FIRST_GUESS = 1.04
"""Lines are apart a little before they leave the end zones."""
_DENSE_M = 100.0
"""Lines are compared at points this far apart; a distance to the nearest one errs by 0.2 m at a separation of 5 km."""


@dataclass(frozen=True)
class Alternative:
    """A line that is genuinely different from the route and from the alternatives before it.

    Attributes
    ----------
    rank
        1 for the first that was sought, which keeps away from the route alone.
    line
        From landing to landing, finished as the route is.
    excess
        Its cost over the route's, less 1; both priced on the same cost.
        Below 0 where finishing made the route cost more.
    separated_share
        Share of its length that is at least the separation away from all earlier lines, geodesic.
    reached_separation_km
        Least geodesic distance from the earlier lines outside the end zones.
    end_zone_km
        Radius around each landing inside which it may come close to them.
    """

    rank: int
    line: LeastCostPath
    excess: float
    separated_share: float
    reached_separation_km: float
    end_zone_km: float


@dataclass(frozen=True)
class Alternatives:
    """The alternatives that exist.

    Attributes
    ----------
    found
        By rank.
    reason
        Why there are fewer than asked for; None when all are there.
    """

    found: tuple[Alternative, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Apart:
    """How many alternatives are wanted, and how far apart.

    Attributes
    ----------
    count
        As many as exist up to this.
    min_separation_km
        Geodesic distance to keep outside the end zones.
    min_share
        Share of an alternative's length, in (0, 1], that is at least that far from all earlier lines, or more. It is
        measured on the finished line.
    """

    count: int
    min_separation_km: float
    min_share: float


@dataclass(frozen=True)
class _Tries:
    """What all tries have in common.

    ``from_landing_m`` is the distance of each cell from the nearer landing, ``(rows, cols)``; ``margin_m`` that of its
    corner from its centre, ``(rows, 1)``; ``repairs`` are cells of headlands that earlier tries found cut.
    """

    problem: RoutingProblem
    landings: Landings
    route: LeastCostPath
    rules: Apart
    finish: Finish | None
    from_landing_m: NDArray[np.float32]
    margin_m: NDArray[np.float64]
    repairs: NDArray[np.bool_]

    @property
    def separation_m(self) -> float:
        return 1000.0 * self.rules.min_separation_km


def alternatives(
    problem: RoutingProblem,
    start: ShoreLanding,
    end: ShoreLanding,
    route: LeastCostPath,
    rules: Apart,
    finish: Finish | None = None,
) -> Alternatives:
    """The cheapest line that keeps away from the route, then the cheapest that keeps away from both, and so on.

    Around the earlier lines all within the separation is walled, but for an end zone around each landing, and the
    least-cost path is sought again. The end zones are the largest with which the finished line is still separated
    over the share of its length, to within some percent, or so large that larger ones gain nothing; the walls are on
    cells, so the line keeps up to a cell more distance than asked.

    Parameters
    ----------
    problem, start, end
        As given to `route_between`; neither proven nor refined.
    route
        The line to keep away from, finished as the alternatives are, with its cost.
    rules
        How many, and how far apart.
    finish
        What was done with the path of the route to make the route of it. It is given paths whose ``sea`` has the
        walls, and raises EngineeringError where no line can be laid along one. None where the route is the path.

    Returns
    -------
    Alternatives
        By rank, and why there are fewer than asked for.

    Examples
    --------
    >>> from transcaspian.core.grid import Grid
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> problem = RoutingProblem(grid, np.ones(grid.shape))
    >>> west, east = ShoreLanding(50.005, 41.85), ShoreLanding(50.195, 41.85)
    >>> from transcaspian.routing import route_between
    >>> route = route_between(problem, west, east)
    >>> found = alternatives(problem, west, east, route, Apart(count=2, min_separation_km=3.0, min_share=0.5)).found
    >>> [f"{one.excess:.0%} more, {one.reached_separation_km:.1f} km away" for one in found]
    ['16% more, 3.4 km away', '16% more, 3.4 km away']
    """
    tries = _Tries(
        problem=problem.with_effort(mode="fast", refinement=1, bounded=False),
        landings=(start, end),
        route=route,
        rules=rules,
        finish=finish,
        from_landing_m=from_points_m(problem.grid, [start.lonlat, end.lonlat]),
        margin_m=half_diagonal_m(problem.grid),
        repairs=np.zeros(problem.grid.shape, bool),
    )
    found: list[Alternative] = []
    earlier = [densified(route.lonlat)]
    for rank in range(1, rules.count + 1):
        best = _alternative(tries, rank, np.vstack(earlier))
        if isinstance(best, str):
            return Alternatives(tuple(found), f"{len(found)} of {rules.count} alternatives exist: {best}")
        found.append(best)
        earlier.append(densified(best.line.lonlat))
    return Alternatives(tuple(found))


def _alternative(tries: _Tries, rank: int, before: NDArray[np.float64]) -> Alternative | str:
    """The cheapest line found that keeps the share, with end zones as large as that allows; or why there is none.

    A zone too small leaves no water between the walls, one too large leaves too little of the line apart.
    """
    # by a cell's half diagonal more than asked, so that no corner of an open cell is too near
    wide_m = tries.separation_m + tries.margin_m
    near = cells_from(tries.problem.grid, before, float(wide_m.max())) < wide_m
    low_m, high_m = 0.0, tries.route.length_m / 2
    radius_m = min(_FIRST_GUESS * (1.0 - tries.rules.min_share), 1.0) * high_m
    kept: list[Alternative] = []
    enough = tries.rules.min_share + _SHARE_TOLERANCE
    reasons: dict[str, str] = {}
    cost_before = np.inf
    for _ in range(MAX_TRIES):
        candidate, path_cost = _line_apart(tries, rank, before, near, radius_m)
        zones = f"with end zones of {radius_m / 1000.0:.1f} km"
        if isinstance(candidate, str):
            reasons["small"] = f"{zones} {candidate}"
            low_m = radius_m
        elif broken := _broken(tries, candidate):
            reasons["large"] = f"{zones} {broken}"
            high_m = radius_m
        else:
            kept.append(candidate)
            low_m = radius_m
            if cost_before - path_cost < _MIN_GAIN * path_cost:
                break
            cost_before = path_cost
        # larger end zones would leave less of the line apart than was asked for
        is_close = kept and candidate is kept[-1] and kept[-1].separated_share <= enough
        if is_close or high_m - low_m < _RADIUS_TOLERANCE * high_m:
            break
        radius_m = _next_radius_m(tries, candidate, low_m, high_m)
    # what keeps its distance outside small end zones keeps it outside larger ones
    return min(kept, key=lambda one: one.line.cost) if kept else _why_none(tries, reasons)


def _next_radius_m(tries: _Tries, candidate: Alternative | str, low_m: float, high_m: float) -> float:
    """Where what is not apart would just fill the rest, if it grew as the end zones do; else half way."""
    if isinstance(candidate, Alternative) and candidate.separated_share < 1.0:
        growth = (1.0 - tries.rules.min_share - _SHARE_TOLERANCE / 2) / (1.0 - candidate.separated_share)
        guess_m = 1000.0 * candidate.end_zone_km * growth
        if low_m < guess_m < high_m and abs(growth - 1.0) < 0.5:
            return guess_m
    return (low_m + high_m) / 2


def _line_apart(
    tries: _Tries, rank: int, before: NDArray[np.float64], near: NDArray[np.bool_], radius_m: float
) -> tuple[Alternative | str, float]:
    """The cheapest line outside the walls around the earlier lines, finished and measured; or why there is none.

    Beside it the cost of its path. A path that does not keep what was promised is not finished: that takes longer than
    to find it.
    """
    walled = near & (tries.from_landing_m > radius_m - tries.margin_m)
    cost = np.where(walled, np.float32(np.inf), tries.problem.checked_cost)
    if not np.isfinite(cost).any():
        return _NO_WATER, np.inf
    problem = tries.problem.with_cost(cost)
    try:
        path = route_between(problem, *tries.landings, tries.repairs)
    except (NoRouteError, LandingError):
        return _NO_WATER, np.inf
    found = _compared(tries, rank, path, before, radius_m)
    if tries.finish is None or _broken(tries, found):
        return found, path.cost
    try:
        line = tries.finish(replace(path, sea=_with_walls(path.sea or problem.terrain, walled)))
    except EngineeringError as exc:
        return str(exc), path.cost
    return _compared(tries, rank, line, before, radius_m), path.cost


def _with_walls(sea: Terrain, walled: NDArray[np.bool_]) -> Terrain:
    """The terrain that priced a path, without the prices that it has in walls which the path grazes."""
    cost = np.where(walled.ravel(), np.float32(np.inf), sea.cells.cost)
    return replace(sea, cells=sea.cells._replace(cost=cost))


def _compared(
    tries: _Tries, rank: int, line: LeastCostPath, before: NDArray[np.float64], radius_m: float
) -> Alternative:
    """A line beside the earlier ones."""
    ends = np.array([at.lonlat for at in tries.landings])
    share, nearest_m = separation(line.lonlat, before, tries.separation_m, ends, radius_m)
    return Alternative(rank, line, line.cost / tries.route.cost - 1.0, share, nearest_m / 1000.0, radius_m / 1000.0)


def _broken(tries: _Tries, found: Alternative) -> str:
    """What a line does not keep of what was promised; empty when it keeps all."""
    if found.separated_share < tries.rules.min_share:
        return f"only {found.separated_share:.0%} of the line keeps that distance"
    if 1000.0 * found.reached_separation_km < tries.separation_m:
        return f"the line comes within {found.reached_separation_km:.2f} km outside them"
    return ""


def _why_none(tries: _Tries, reasons: dict[str, str]) -> str:
    """One sentence on the tries that failed."""
    start, end = tries.landings
    return (
        f"no line from {start.name} to {end.name} keeps {tries.rules.min_separation_km:g} km from the "
        f"earlier ones over {tries.rules.min_share:.0%} of its length ({'; '.join(reasons.values())})"
    )


def separation(
    lonlat: NDArray[np.float64],
    earlier: NDArray[np.float64],
    min_separation_m: float,
    ends_lonlat: NDArray[np.float64],
    end_zone_m: float,
) -> tuple[float, float]:
    """How a line keeps away from others: the share of its length, and the shortest distance outside the end zones.

    Parameters
    ----------
    lonlat
        The line, ``(n, 2)`` degrees.
    earlier
        Points of the other lines, close together, from `densified`, ``(m, 2)`` degrees.
    min_separation_m
        Distance that counts as separated, geodesic.
    ends_lonlat, end_zone_m
        Centres, ``(k, 2)`` degrees, and radius of the end zones: what lies in them does not count for the
        shortest distance.

    Returns
    -------
    share, nearest_m
        A piece counts as far as it is separated; ``nearest_m`` is inf when all of the line is in the zones.
    """
    points = densified(lonlat)
    lon, lat = points.T
    to_point_m = distance_to_points_m(lon, lat, earlier, np.inf)
    # the other line may pass nearer, between two of its points
    apart_m = np.sqrt(np.maximum(to_point_m**2 - (_DENSE_M / 2) ** 2, 0.0))
    outside = distance_to_points_m(lon, lat, ends_lonlat, np.inf) > end_zone_m
    _, _, piece_m = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    lower_m, upper_m = np.minimum(apart_m[:-1], apart_m[1:]), np.maximum(apart_m[:-1], apart_m[1:])
    # of a piece that comes near, the part before it does
    part = (upper_m - min_separation_m) / np.maximum(upper_m - lower_m, 1e-9)
    separated = np.where(lower_m >= min_separation_m, 1.0, np.clip(part, 0.0, 1.0))
    share = float(separated @ np.asarray(piece_m) / np.sum(piece_m))
    return share, float(apart_m[outside].min()) if outside.any() else float("inf")


def densified(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """A line's vertices and points between them on its geodesic legs, at most 100 m apart.

    Parameters
    ----------
    lonlat
        Vertices, shape ``(n, 2)``, longitude first, degrees.

    Returns
    -------
    ndarray
        Shape ``(m, 2)``, degrees.

    Examples
    --------
    >>> len(densified(np.array([(50.0, 40.0), (50.0, 40.01)])))
    13
    """
    pieces = []
    for (lon, lat), (to_lon, to_lat) in pairwise(lonlat):
        count = max(1, int(np.ceil(GEOD.inv(lon, lat, to_lon, to_lat)[2] / _DENSE_M)))
        leg = GEOD.inv_intermediate(
            lon, lat, to_lon, to_lat, count, initial_idx=0, terminus_idx=1, return_back_azimuth=False
        )
        pieces.append(np.column_stack([leg.lons, leg.lats]))
    return np.vstack([*pieces, lonlat[-1:]])


def cells_from(grid: Grid, points: NDArray[np.float64], reach_m: float) -> NDArray[np.float32]:
    """Geodesic distance of the cells' centres from the nearest of some points, inf beyond the reach, grid's shape.

    Parameters
    ----------
    grid
        Its cells' centres are measured.
    points
        ``(n, 2)`` degrees.
    reach_m
        Geodesic; further cells are inf.
    """
    dx_m, dy_m = grid.spacing_m()
    row, col = grid.to_rowcol(*points.T)
    more_rows, more_cols = reach_m / dy_m.min() + 1, reach_m / dx_m.min() + 1
    distance_m = np.full(grid.shape, np.inf, np.float32)
    for rows in strips_of(grid.rows, _STRIP_ROWS):
        near = (row >= rows.start - more_rows) & (row <= rows.stop + more_rows)
        if near.any():
            left, right = int(col[near].min() - more_cols), int(col[near].max() + more_cols) + 2
            cols = slice(max(left, 0), max(right, 0))
            lon, lat = np.meshgrid(grid.lon_deg[cols], grid.lat_deg[rows])
            away_m = distance_to_points_m(lon.ravel(), lat.ravel(), points[near], reach_m)
            distance_m[rows, cols] = away_m.reshape(lon.shape)
    return distance_m


def from_points_m(grid: Grid, points: ArrayLike) -> NDArray[np.float32]:
    """Distance of each cell from the nearest of a few points, ``(rows, cols)``; any reach, see `arc_squared_m2`.

    Parameters
    ----------
    grid
        Its cells' centres are measured.
    points
        ``(n, 2)`` degrees.
    """
    found = np.empty(grid.shape, np.float32)
    for rows in strips_of(grid.rows):
        squared_m2 = [
            arc_squared_m2(grid.lon_deg, grid.lat_deg[rows], lon, lat) for lon, lat in np.asarray(points, float)
        ]
        found[rows] = np.sqrt(np.min(squared_m2, axis=0))
    return found


def half_diagonal_m(grid: Grid) -> NDArray[np.float64]:
    """From the centre of a cell to its corner, and a metre for rounding, ``(rows, 1)``."""
    dx_m, dy_m = grid.spacing_m()
    return np.hypot(dx_m, dy_m)[:, np.newaxis] / 2 * 1.001 + 1.0
