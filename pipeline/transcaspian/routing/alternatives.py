"""Alternatives: the cheapest lines that keep their distance from the route and from each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.errors import EngineeringError, LandingError, NoRouteError
from transcaspian.core.geodesy import arc_squared_m2, distance_to_points_m
from transcaspian.core.grid import GEOD, Grid
from transcaspian.routing.between import MetricOf, route_between
from transcaspian.routing.field import Terrain, checked_cost
from transcaspian.routing.landing import ShoreLanding
from transcaspian.routing.path import LeastCostPath

Finish = Callable[[LeastCostPath], LeastCostPath]

MOST_TRIES = 8
_SHARE_TOLERANCE = 0.03
_RADIUS_TOLERANCE = 0.05
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
    least_separation_km
        Least geodesic distance from the earlier lines outside the end zones.
    end_zone_km
        Radius around each landing inside which it may come close to them.
    """

    rank: int
    line: LeastCostPath
    excess: float
    separated_share: float
    least_separation_km: float
    end_zone_km: float


@dataclass(frozen=True)
class Alternatives:
    """Those that exist, by rank; ``reason`` says why there are fewer than asked for, None when all are there."""

    found: tuple[Alternative, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class _Search:
    """What all tries of a search have in common.

    ``find`` finds the cheapest line on a cost; ``from_landing_m`` is the distance of each cell from the nearer
    landing, ``(rows, cols)``; ``margin_m`` that of its corner from its centre, ``(rows, 1)``.
    """

    grid: Grid
    cost: NDArray[np.float32]
    find: Callable[[NDArray[np.float32]], LeastCostPath]
    finish: Finish | None
    start: ShoreLanding
    end: ShoreLanding
    route: LeastCostPath
    separation_m: float
    min_share: float
    from_landing_m: NDArray[np.float32]
    margin_m: NDArray[np.float64]


def alternatives(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    water: shapely.Geometry,
    start: ShoreLanding,
    end: ShoreLanding,
    forbidden: shapely.Geometry | None,
    route: LeastCostPath,
    *,
    count: int,
    min_separation_km: float,
    min_share: float,
    max_approach_km: float | None = None,
    metric_of: MetricOf | None = None,
    finish: Finish | None = None,
) -> Alternatives:
    """The cheapest line that keeps away from the route, then the cheapest that keeps away from both, and so on.

    Around the earlier lines all within the separation is walled, but for an end zone around each landing, and the
    least-cost path is sought again. The end zones are the greatest with which the finished line is still separated
    over the share asked for; the greater they are, the cheaper the line. Their radius is found by bisection.

    Parameters
    ----------
    grid, cost_per_m, water, start, end, forbidden, max_approach_km, metric_of
        As given to `route_between` for the path of the route.
    route
        The line to keep away from, as it is published.
    count
        How many are wanted.
    min_separation_km
        Geodesic distance to keep outside the end zones.
    min_share
        Least share of an alternative's length, in (0, 1], that is at least that far from all earlier lines. It is
        measured on the finished line.
    finish
        What was done with the path of the route to make the route of it. It is given paths whose ``sea`` has the
        walls, and raises EngineeringError where no line can be made of one. None where the route is the path.
    """
    from_ends_m2 = [arc_squared_m2(grid.lon_deg, grid.lat_deg, at.lon, at.lat) for at in (start, end)]
    search = _Search(
        grid=grid,
        cost=checked_cost(grid, cost_per_m),
        find=lambda cost: route_between(
            grid, cost, water, start, end, forbidden, max_approach_km=max_approach_km, metric_of=metric_of
        ),
        finish=finish,
        start=start,
        end=end,
        route=route,
        separation_m=1000.0 * min_separation_km,
        min_share=min_share,
        from_landing_m=np.sqrt(np.minimum(*from_ends_m2)).astype(np.float32),
        margin_m=half_diagonal_m(grid),
    )
    found: list[Alternative] = []
    earlier = [densified(route.lonlat)]
    for rank in range(1, count + 1):
        best = _alternative(search, rank, earlier)
        if isinstance(best, str):
            return Alternatives(tuple(found), f"{len(found)} of {count} alternatives exist: {best}")
        found.append(best)
        earlier.append(densified(best.line.lonlat))
    return Alternatives(tuple(found))


def _alternative(search: _Search, rank: int, earlier: Sequence[NDArray[np.float64]]) -> Alternative | str:
    """The cheapest line found that keeps the share, with end zones as great as that allows; or why there is none.

    A zone too small leaves no water between the walls, one too great leaves too little of the line apart.
    """
    before = np.vstack(earlier)
    from_earlier_m = cells_from(search.grid, before, search.separation_m + float(search.margin_m.max()))
    low_m, high_m = 0.0, search.route.length_m / 2
    radius_m = min(_FIRST_GUESS * (1.0 - search.min_share), 1.0) * high_m
    held: list[Alternative] = []
    faults: dict[str, str] = {}
    for _ in range(MOST_TRIES):
        candidate = _line_apart(search, rank, before, from_earlier_m, radius_m)
        zones = f"with end zones of {radius_m / 1000.0:.1f} km"
        if isinstance(candidate, str):
            faults["small"] = f"{zones} {candidate}"
            low_m = radius_m
        elif fault := _fault(search, candidate):
            faults["great"] = f"{zones} {fault}"
            high_m = radius_m
        else:
            held.append(candidate)
            low_m = radius_m
        if high_m - low_m < _RADIUS_TOLERANCE * high_m or (
            held and candidate is held[-1] and _is_close(search, held[-1])
        ):
            break
        radius_m = _next_radius_m(search, candidate, low_m, high_m)
    # what keeps its distance outside small end zones keeps it outside greater ones
    return min(held, key=lambda found: found.line.cost) if held else _why_none(search, faults)


def _is_close(search: _Search, candidate: Alternative) -> bool:
    """Whether greater end zones would leave less of a line apart than was asked for."""
    return candidate.separated_share <= search.min_share + _SHARE_TOLERANCE


def _next_radius_m(search: _Search, candidate: Alternative | str, low_m: float, high_m: float) -> float:
    """Where what is not apart would just fill the rest, if it grew as the end zones do; else half way."""
    if isinstance(candidate, Alternative) and candidate.separated_share < 1.0:
        growth = (1.0 - search.min_share - _SHARE_TOLERANCE / 2) / (1.0 - candidate.separated_share)
        guess_m = 1000.0 * candidate.end_zone_km * growth
        if low_m < guess_m < high_m and abs(growth - 1.0) < 0.5:
            return guess_m
    return (low_m + high_m) / 2


def _line_apart(
    search: _Search,
    rank: int,
    before: NDArray[np.float64],
    from_earlier_m: NDArray[np.float32],
    radius_m: float,
) -> Alternative | str:
    """The cheapest line outside the walls around the earlier lines, finished and measured; or why there is none.

    A path that does not keep what was promised is not finished: that takes longer than to find it.
    """
    # by a cell's half diagonal more than asked, so that no corner of an open cell is too near
    near = from_earlier_m < search.separation_m + search.margin_m
    walled = near & (search.from_landing_m > radius_m - search.margin_m)
    cost = np.where(walled, np.float32(np.inf), search.cost)
    if not np.isfinite(cost).any():
        return _NO_WATER
    try:
        path = search.find(cost)
    except (NoRouteError, LandingError):
        return _NO_WATER
    found = _measured(search, rank, path, before, radius_m)
    if search.finish is None or _fault(search, found):
        return found
    assert path.sea is not None
    try:
        line = search.finish(replace(path, sea=_with_walls(path.sea, walled)))
    except EngineeringError as exc:
        return str(exc)
    return _measured(search, rank, line, before, radius_m)


def _with_walls(sea: Terrain, walled: NDArray[np.bool_]) -> Terrain:
    """The ground that priced a path, without the prices that it has in walls which the path grazes."""
    cost = np.where(walled.ravel(), np.float32(np.inf), sea.ground.cost)
    return replace(sea, ground=sea.ground._replace(cost=cost))


def _measured(
    search: _Search, rank: int, line: LeastCostPath, before: NDArray[np.float64], radius_m: float
) -> Alternative:
    """A line beside the earlier ones."""
    ends = np.array([(at.lon, at.lat) for at in (search.start, search.end)])
    share, least_m = separation(line.lonlat, before, search.separation_m, ends, radius_m)
    return Alternative(rank, line, line.cost / search.route.cost - 1.0, share, least_m / 1000.0, radius_m / 1000.0)


def _fault(search: _Search, found: Alternative) -> str:
    """What a line does not keep of what was promised; empty when it keeps all."""
    if found.separated_share < search.min_share:
        return f"only {found.separated_share:.0%} of the line keeps that distance"
    if 1000.0 * found.least_separation_km < search.separation_m:
        return f"the line comes within {found.least_separation_km:.2f} km outside them"
    return ""


def _why_none(search: _Search, faults: dict[str, str]) -> str:
    """One sentence on the tries that failed."""
    return (
        f"no line from {search.start.name} to {search.end.name} keeps {search.separation_m / 1000.0:g} km from the "
        f"earlier ones over {search.min_share:.0%} of its length ({'; '.join(faults.values())})"
    )


def separation(
    lonlat: NDArray[np.float64],
    earlier: NDArray[np.float64],
    min_separation_m: float,
    ends_lonlat: NDArray[np.float64],
    end_zone_m: float,
) -> tuple[float, float]:
    """How a line keeps away from others: the share of its length, and the least distance outside the end zones.

    Parameters
    ----------
    lonlat
        The line, ``(n, 2)`` degrees.
    earlier
        Points of the other lines, close together, from `densified`, ``(m, 2)`` degrees.
    min_separation_m
        Distance that counts as separated, geodesic.
    ends_lonlat, end_zone_m
        Centres, ``(k, 2)`` degrees, and radius of the end zones: what lies in them does not count for the least
        distance.

    Returns
    -------
    share, least_m
        A piece counts as separated when both its ends are; ``least_m`` is inf when all of the line is in the zones.
    """
    points = densified(lonlat)
    lon, lat = points.T
    to_point_m = distance_to_points_m(lon, lat, earlier, np.inf)
    # the other line may pass nearer, between two of its points
    apart_m = np.sqrt(np.maximum(to_point_m**2 - (_DENSE_M / 2) ** 2, 0.0))
    outside = distance_to_points_m(lon, lat, ends_lonlat, np.inf) > end_zone_m
    _, _, piece_m = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    separated = (apart_m[:-1] >= min_separation_m) & (apart_m[1:] >= min_separation_m)
    share = float(np.asarray(piece_m)[separated].sum() / np.sum(piece_m))
    return share, float(apart_m[outside].min()) if outside.any() else float("inf")


def densified(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """A line's vertices and points between them on its geodesic legs, at most 100 m apart, ``(m, 2)`` degrees."""
    pieces = []
    for (lon, lat), (to_lon, to_lat) in pairwise(lonlat):
        count = max(1, int(np.ceil(GEOD.inv(lon, lat, to_lon, to_lat)[2] / _DENSE_M)))
        leg = GEOD.inv_intermediate(
            lon, lat, to_lon, to_lat, count, initial_idx=0, terminus_idx=1, return_back_azimuth=False
        )
        pieces.append(np.column_stack([leg.lons, leg.lats]))
    return np.vstack([*pieces, lonlat[-1:]])


def cells_from(grid: Grid, points: NDArray[np.float64], reach_m: float) -> NDArray[np.float32]:
    """Geodesic distance of the cells' centres from the nearest of some points, inf beyond the reach, grid's shape."""
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    dx_m, dy_m = grid.spacing_m()
    (top, left), (bottom, right) = (np.stack(grid.to_rowcol(*at)) for at in ((west, north), (east, south)))
    more_rows, more_cols = reach_m / dy_m.min() + 1, reach_m / dx_m.min() + 1
    rows = slice(max(int(top - more_rows), 0), max(int(bottom + more_rows) + 2, 0))
    cols = slice(max(int(left - more_cols), 0), max(int(right + more_cols) + 2, 0))
    lon, lat = np.meshgrid(grid.lon_deg[cols], grid.lat_deg[rows])
    distance_m = np.full(grid.shape, np.inf, np.float32)
    distance_m[rows, cols] = distance_to_points_m(lon.ravel(), lat.ravel(), points, reach_m).reshape(lon.shape)
    return distance_m


def half_diagonal_m(grid: Grid) -> NDArray[np.float64]:
    """From the centre of a cell to its corner, and a metre for rounding, ``(rows, 1)``."""
    dx_m, dy_m = grid.spacing_m()
    return np.hypot(dx_m, dy_m)[:, np.newaxis] / 2 * 1.001 + 1.0
