"""Systems planned together: beside an exact oracle on small grids, apart as GeographicLib measures it, in the water."""

from __future__ import annotations

import heapq
from itertools import pairwise, product

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from scipy import ndimage

from transcaspian.core.errors import SeparationError
from transcaspian.core.grid import Grid
from transcaspian.routing import (
    Effort,
    LeastCostPath,
    Link,
    RoutingProblem,
    ShoreLanding,
    plan_together,
    route_between,
    separation_curve,
)
from transcaspian.routing.joint import JointPlan

GRID = Grid(50.0, 42.0, 1 / 40, 40, 80)
SEA = shapely.box(50.1, 41.1, 51.9, 41.9)


def cost_of(grid: Grid, water: shapely.Geometry, cost: float | np.ndarray = 1.0) -> np.ndarray:
    lon, lat = np.meshgrid(grid.lon_deg, grid.lat_deg)
    return np.where(shapely.contains_xy(water, lon, lat), cost, np.nan).astype(np.float32)


def link(name: str, start: tuple[float, float], end: tuple[float, float]) -> Link:
    return Link(name, ShoreLanding(*start, 0.0, f"{name} west"), ShoreLanding(*end, 0.0, f"{name} east"))


NORTH, SOUTH = link("north", (50.1, 41.53), (51.9, 41.53)), link("south", (50.1, 41.47), (51.9, 41.47))


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(Geodesic.WGS84.Inverse(one[1], one[0], other[1], other[0])["s12"])


def outside(lonlat: np.ndarray, landings: list[tuple[float, float]], zone_km: float) -> np.ndarray:
    """Points every 500 m along a line by GeographicLib that lie outside all landing zones."""
    points = []
    for (lon, lat), (to_lon, to_lat) in pairwise(lonlat):
        leg = Geodesic.WGS84.InverseLine(lat, lon, to_lat, to_lon)
        for k in range(count := max(1, round(leg.s13 / 500.0))):
            at = leg.Position(k / count * leg.s13)
            points.append((at["lon2"], at["lat2"]))
    return np.array([at for at in points if min(metres(at, end) for end in landings) > 1000.0 * zone_km + 50.0])


def min_apart_km(links: list[Link], lines: list[np.ndarray], zone_km: float) -> float:
    landings = [(at.lon, at.lat) for one in links for at in (one.start, one.end)]
    first, second = (outside(line, landings, zone_km) for line in lines)
    plane = np.hypot(
        (first[:, None, 0] - second[None, :, 0]) * np.cos(np.radians(41.5)), first[:, None, 1] - second[None, :, 1]
    )
    near = np.argwhere(plane <= plane.min() * 1.005)
    return min(metres(tuple(first[i]), tuple(second[j])) for i, j in near[:50]) / 1000.0


def test_on_even_cost_both_give_way_by_the_same() -> None:
    """Costs grow as the square of how far a line gives way, so half each is cheapest: half of what one alone pays."""
    water, cost = SEA, cost_of(GRID, SEA)
    plan = plan_together(RoutingProblem(GRID, cost, water), [NORTH, SOUTH], separation_km=14.0, landing_zone_km=20.0)
    assert min_apart_km([NORTH, SOUTH], [path.lonlat for path in plan.paths], 20.0) >= 14.0
    assert 14.0 <= plan.reached_km < 17.5
    first, second = plan.excesses
    assert first == pytest.approx(second, rel=0.7)
    # the one that gives way alone
    alone = alone_cost(plan, water, cost, 14.0)
    assert plan.cost - plan.own_cost < 0.8 * (alone - plan.own_cost)
    assert plan.own_cost <= plan.lower_cost <= plan.cost
    assert plan.gap == pytest.approx(plan.cost / plan.lower_cost - 1)


def alone_cost(plan: JointPlan, water: shapely.Geometry, cost: np.ndarray, km: float) -> float:
    """One line at its best, the other around it by walls of this test's own."""
    lon, lat = np.meshgrid(GRID.lon_deg, GRID.lat_deg)
    line = shapely.LineString(plan.own[0].lonlat)
    away = shapely.distance(shapely.points(lon, lat), line) * 111.0
    ends = [(at.lon, at.lat) for at in (NORTH.start, NORTH.end)]
    zone = np.min([np.hypot((lon - at[0]) * 0.749, lat - at[1]) * 111.3 for at in ends], axis=0)
    walled = np.where((away < km + 0.9) & (zone > 20.0), np.nan, cost).astype(np.float32)
    return plan.own[0].cost + route_between(RoutingProblem(GRID, walled, water), SOUTH.start, SOUTH.end).cost


def test_systems_that_are_apart_already_keep_their_best_routes() -> None:
    links = [link("north", (50.1, 41.8), (51.9, 41.8)), link("south", (50.1, 41.2), (51.9, 41.2))]
    plan = plan_together(RoutingProblem(GRID, cost_of(GRID, SEA), SEA), links, separation_km=30.0, landing_zone_km=10.0)
    assert plan.excess == 0.0
    assert plan.gap == 0.0
    assert plan.reached_km == pytest.approx(metres((51.0, 41.8), (51.0, 41.2)) / 1000, rel=0.01)


def test_two_systems_of_one_landing_part_at_the_edge_of_its_zone() -> None:
    links = [link("one", (50.1, 41.5), (51.9, 41.75)), link("two", (50.1, 41.5), (51.9, 41.25))]
    plan = plan_together(RoutingProblem(GRID, cost_of(GRID, SEA), SEA), links, separation_km=12.0, landing_zone_km=15.0)
    assert min_apart_km(links, [path.lonlat for path in plan.paths], 15.0) >= 12.0


def test_three_systems_keep_apart_from_each_other() -> None:
    links = [NORTH, SOUTH, link("middle", (50.1, 41.5), (51.9, 41.5))]
    plan = plan_together(RoutingProblem(GRID, cost_of(GRID, SEA), SEA), links, separation_km=8.0, landing_zone_km=12.0)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        lines = [plan.paths[i].lonlat, plan.paths[j].lonlat]
        landings = links[:2] if (i, j) == (0, 1) else links
        assert min_apart_km(landings, lines, 12.0) >= 8.0
    assert plan.lower_cost <= plan.cost


@pytest.mark.parametrize(
    ("links", "km", "zone_km", "says"),
    [
        (
            [NORTH, SOUTH],
            95.0,
            12.0,
            ("north and south cannot keep 95 km", "landing zones of 12 km", "largest separation"),
        ),
        (
            [link("up", (50.1, 41.3), (51.9, 41.7)), link("down", (50.1, 41.7), (51.9, 41.3))],
            20.0,
            3.0,
            ("up and down cannot keep 20 km", "cross", "exchange their landings"),
        ),
    ],
    ids=["no-room", "crossing"],
)
def test_an_impossible_separation_names_who_what_and_a_way_out(
    links: list[Link], km: float, zone_km: float, says: tuple[str]
) -> None:
    with pytest.raises(SeparationError) as caught:
        plan_together(RoutingProblem(GRID, cost_of(GRID, SEA), SEA), links, separation_km=km, landing_zone_km=zone_km)
    for word in says:
        assert word in str(caught.value)


def test_in_a_strait_both_hug_their_shores_though_the_best_of_either_is_its_middle() -> None:
    """16.7 km of water: the line that comes first and takes the middle leaves no room for 10 km."""
    strait = shapely.union_all(
        [
            shapely.box(50.1, 41.1, 50.6, 41.9),
            shapely.box(50.5, 41.425, 51.5, 41.575),
            shapely.box(51.4, 41.1, 51.9, 41.9),
        ]
    )
    lat = np.repeat(GRID.lat_deg[:, np.newaxis], GRID.cols, axis=1)
    cost = cost_of(GRID, strait, 1.0 + 4.0 * np.abs(lat - 41.5))
    plan = plan_together(RoutingProblem(GRID, cost, strait), [NORTH, SOUTH], separation_km=10.0, landing_zone_km=12.0)
    assert min_apart_km([NORTH, SOUTH], [path.lonlat for path in plan.paths], 12.0) >= 10.0
    assert all(strait.buffer(1e-5).covers(shapely.LineString(path.lonlat)) for path in plan.paths)
    with pytest.raises(SeparationError, match=r"largest separation found possible is 1[0-6]\.\d km"):
        plan_together(RoutingProblem(GRID, cost, strait), [NORTH, SOUTH], separation_km=25.0, landing_zone_km=12.0)


def test_the_curve_rises_and_no_point_beats_another() -> None:
    cost = cost_of(GRID, SEA)
    curve = separation_curve(
        RoutingProblem(GRID, cost, SEA), [NORTH, SOUTH], separations_km=[18.0, 3.0, 12.0, 95.0], landing_zone_km=12.0
    )
    apart = [plan.reached_km for plan in curve.points]
    costs = [plan.cost for plan in curve.points]
    assert apart == sorted(set(apart))
    assert costs == sorted(set(costs))
    assert curve.points[0].separation_km == 0.0
    assert 3.0 in curve.dropped or 3.0 in [plan.separation_km for plan in curve.points]
    assert list(curve.impossible) == [95.0]
    assert "95 km" in curve.impossible[95.0]
    assert curve.cheapest(95.0) is None
    found = curve.cheapest(12.0)
    assert found is not None
    assert found.reached_km >= 12.0
    # the price of keeping apart grows ever faster on even cost, so the knee is neither end
    assert any(curve.knee is plan for plan in curve.points[1:-1])


# --- an exact oracle: all pairs of paths of a small grid, by a search over pairs of places ------------------------

TINY = Grid(50.0, 42.0, 1 / 12, 9, 13)
TINY_SEA = shapely.box(50.0 + 1e-9, 42.0 - 9 / 12 + 1e-9, 50.0 + 13 / 12 - 1e-9, 42.0 - 1e-9)


def graph_paths(grid: Grid, cost: np.ndarray) -> dict[tuple[int, int], list[tuple[tuple[int, int], float]]]:
    """Each cell's steps one column east, with their costs: paths that never turn back."""
    dx_m, dy_m = grid.spacing_m()
    steps: dict[tuple[int, int], list[tuple[tuple[int, int], float]]] = {}
    for row, col in product(range(grid.rows), range(grid.cols - 1)):
        for to in range(max(row - 2, 0), min(row + 3, grid.rows)):
            length_m = float(np.hypot(dx_m[row], (to - row) * dy_m[row]))
            n = max(2, 4 * abs(to - row) + 2)
            along = (np.arange(n) + 0.5) / n
            under = cost[np.rint(row + along * (to - row)).astype(int), np.rint(col + along).astype(int)]
            if np.isfinite(under).all():
                steps.setdefault((row, col), []).append(((to, col + 1), length_m * float(under.mean())))
    return steps


def exact_pair(
    grid: Grid, cost: np.ndarray, starts: tuple[int, int], ends: tuple[int, int], apart_km: float, zone_km: float
) -> float:
    """Least sum of two paths of the graph whose cells outside the zones are apart: Dijkstra on pairs of rows.

    Both paths move one column at a time, so two cells of different columns are compared too: those of the last steps.
    """
    steps = graph_paths(grid, cost)
    lon, lat = np.meshgrid(grid.lon_deg, grid.lat_deg)
    last = grid.cols - 1
    ends_at = [(starts[0], 0), (starts[1], 0), (ends[0], last), (ends[1], last)]
    places = [(lon[at], lat[at]) for at in ends_at]
    free = np.array(
        [[min(metres((lon[r, c], lat[r, c]), at) for at in places) <= 1000 * zone_km for c in range(grid.cols)]
         for r in range(grid.rows)]
    )  # fmt: skip
    # rows so far away in the same column are apart from all cells of the other path nearby as well
    _, dy_m = grid.spacing_m()
    rows_apart = apart_km * 1000.0 / float(dy_m.min())

    def ok(a: int, b: int, col: int) -> bool:
        return bool(free[a, col] or free[b, col] or abs(a - b) >= rows_apart)

    queue = [(0.0, 0, starts[0], starts[1])]
    done: set[tuple[int, int, int]] = set()
    while queue:
        so_far, col, a, b = heapq.heappop(queue)
        if (col, a, b) in done:
            continue
        done.add((col, a, b))
        if col == last:
            if (a, b) == ends:
                return so_far
            continue
        for (to_a, _), cost_a in steps.get((a, col), []):
            for (to_b, _), cost_b in steps.get((b, col), []):
                if ok(to_a, to_b, col + 1) and (col + 1, to_a, to_b) not in done:
                    heapq.heappush(queue, (so_far + cost_a + cost_b, col + 1, to_a, to_b))
    return float("inf")


def beside_the_oracle(seed: int, km: float, rough: float) -> tuple[float, float, bool]:
    """Cost of the plan and its lower bound over the oracle's, and whether the paths keep their distance."""
    random = np.random.default_rng(seed)
    cost = np.exp(rough * ndimage.gaussian_filter(random.normal(size=TINY.shape), 1.0) * 2).astype(np.float32)
    starts, ends = (3, 5), (3, 5)
    dx_m, dy_m = TINY.spacing_m()
    spare_km = float(np.hypot(dx_m.max(), dy_m.max())) / 1000.0
    exact = exact_pair(TINY, cost, starts, ends, km + spare_km, 15.0)
    assert np.isfinite(exact)
    links = []
    for k, name in enumerate(("one", "two")):
        (lon, lat), (to_lon, to_lat) = TINY.to_lonlat(starts[k], 0), TINY.to_lonlat(ends[k], TINY.cols - 1)
        links.append(link(name, (float(lon), float(lat)), (float(to_lon), float(to_lat))))
    plan = plan_together(RoutingProblem(TINY, cost, TINY_SEA), links, separation_km=km, landing_zone_km=15.0)
    return plan.cost / exact, plan.lower_cost / exact, plan.reached_km >= km


def test_plans_are_seldom_dearer_than_the_best_pair_of_paths_of_a_small_grid() -> None:
    """The oracle keeps half a cell's diagonal more on either side, as our walls do; its paths go on cells only.

    The worst plan is 8 % more expensive: 28 km on a sea where every way is a detour (seed 5).
    """
    draws = [
        (0, 28.0, 0.0),
        (1, 20.0, 0.0),
        (2, 12.0, 0.2),
        (3, 28.0, 0.5),
        (4, 28.0, 1.0),
        (5, 28.0, 1.0),
        (6, 12.0, 0.9),
    ]
    costs, bounds, apart = zip(*(beside_the_oracle(*draw) for draw in draws), strict=True)
    assert np.median(costs) <= 1.0
    assert max(costs) <= 1.09
    assert max(bounds) <= 1.005
    assert all(apart)


def test_bounds_stand_below_what_the_oracle_finds_apart_or_not() -> None:
    """Own optima, gates and the plan in this order; certificates of the own lines are handed on."""
    cost = cost_of(GRID, SEA)
    own: list[LeastCostPath] = [
        route_between(RoutingProblem(GRID, cost, SEA, effort=Effort(mode="proven")), one.start, one.end)
        for one in (NORTH, SOUTH)
    ]
    plan = plan_together(
        RoutingProblem(GRID, cost, SEA), [NORTH, SOUTH], separation_km=20.0, landing_zone_km=12.0, own=own
    )
    assert plan.certain_cost is not None
    assert plan.certain_cost == pytest.approx(sum(path.bound.lower for path in own if path.bound))
    assert plan.certain_cost <= plan.own_cost < plan.lower_cost <= plan.cost
    assert plan.certain_gap is not None
    assert plan.certain_gap >= plan.gap > 0
