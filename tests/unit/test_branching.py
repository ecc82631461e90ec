"""The branching unit stands at the Torricelli point of an even sea and at the brute-force optimum of rough ones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import ndimage, optimize
from skimage.graph import MCP_Geometric

from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import Grid
from transcaspian.routing import Joined, RoutingProblem, ShoreLanding, UnitRules, join_third, least_cost_path

GRID = Grid(50.0, 42.0, 1 / 40, 36, 48)
SEA = shapely.box(50.0 + 1e-9, 41.1 + 1e-9, 51.2 - 1e-9, 42.0 - 1e-9)
SMALL = Grid(50.0, 42.0, 1 / 20, 10, 12)
SMALL_SEA = shapely.box(50.0 + 1e-9, 41.5 + 1e-9, 50.6 - 1e-9, 42.0 - 1e-9)


def at(grid: Grid, row: int, col: int, name: str) -> ShoreLanding:
    lon, lat = grid.to_lonlat(row, col)
    return ShoreLanding(float(lon), float(lat), 0.0, name)


def joined(grid: Grid, sea: shapely.Geometry, cost: np.ndarray, cells: list[tuple[int, int]], **more: object) -> Joined:
    first, second, third = (at(grid, *cell, name) for cell, name in zip(cells, "ABC", strict=True))
    rules = UnitRules(**{"allowed": np.ones(grid.shape, bool)} | more)  # type: ignore[arg-type]
    return join_third(RoutingProblem(grid, cost, sea), (first, second), third, rules)


def geodesic_m(lon: float, lat: float, to: ShoreLanding) -> float:
    return float(Geodesic.WGS84.Inverse(lat, lon, to.lat, to.lon)["s12"])


@pytest.mark.parametrize(
    ("cells", "spur"),
    [
        ([(4, 3), (30, 6), (18, 44)], 1.0),
        ([(4, 3), (30, 6), (18, 44)], 0.6),
        ([(4, 3), (30, 6), (18, 44)], 1.4),
        ([(3, 3), (3, 44), (33, 20)], 1.0),
    ],
)
def test_on_an_even_sea_it_is_the_weighted_torricelli_point(cells: list[tuple[int, int]], spur: float) -> None:
    landings = [at(GRID, *cell, "x") for cell in cells]
    result = joined(GRID, SEA, np.ones(GRID.shape, np.float32), cells, spur_factor=spur)

    def total(place: np.ndarray) -> float:
        return sum(f * geodesic_m(place[0], place[1], to) for f, to in zip((1, 1, spur), landings, strict=True))

    best = optimize.minimize(total, [50.6, 41.55], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-3})
    assert abs(result.best.lon - best.x[0]) <= GRID.step_deg
    assert abs(result.best.lat - best.x[1]) <= GRID.step_deg
    assert result.best.cost == pytest.approx(best.fun, rel=2e-3)
    assert result.best.length_m == pytest.approx(sum(leg.length_m for leg in result.best.legs))


def test_a_spur_so_dear_that_its_landing_takes_the_unit() -> None:
    """With a factor above the sum of the others', the unit goes to the third landing itself."""
    cells = [(4, 3), (30, 6), (18, 40)]
    result = joined(GRID, SEA, np.ones(GRID.shape, np.float32), cells, spur_factor=2.5)
    third = at(GRID, *cells[2], "C")
    assert geodesic_m(result.best.lon, result.best.lat, third) < 4500.0
    deep = np.ones(GRID.shape, bool)
    deep[:, 30:] = False
    result = joined(GRID, SEA, np.ones(GRID.shape, np.float32), cells, spur_factor=2.5, allowed=deep)
    assert GRID.to_rowcol(result.best.lon, result.best.lat)[1] < 30


@settings(max_examples=2)
@given(seed=st.integers(0, 2**31), spur=st.floats(0.6, 1.5))
@example(seed=7, spur=1.0)
def test_no_cell_is_better_by_brute_force(seed: int, spur: float) -> None:
    """Every cell of a small rough grid is tried, each with the lines of the public router."""
    random = np.random.default_rng(seed)
    cost = np.exp(ndimage.gaussian_filter(random.normal(size=SMALL.shape), 2.0) * 2).astype(np.float32)
    cells = [(1, 1), (8, 2), (int(random.integers(2, 8)), 10)]
    result = joined(SMALL, SMALL_SEA, cost, cells, spur_factor=spur)
    landings = [at(SMALL, *cell, "x") for cell in cells]
    sums = np.zeros(SMALL.shape)
    for cell in product(*(range(n) for n in SMALL.shape)):
        here = at(SMALL, *cell, "x")
        sums[cell] = sum(
            factor * least_cost_path(RoutingProblem(SMALL, cost), (to.lon, to.lat), (here.lon, here.lat)).cost
            for factor, to in zip((1, 1, spur), landings, strict=True)
            if (to.lon, to.lat) != (here.lon, here.lat)
        )
    row, col = (round(float(v)) for v in SMALL.to_rowcol(result.best.lon, result.best.lat))
    best = np.unravel_index(int(np.argmin(sums)), SMALL.shape)
    near = max(abs(row - best[0]), abs(col - best[1])) <= 1
    assert near or sums[row, col] <= sums.min() * (1 + 1e-4)
    # another program's graph of eight neighbours cannot be cheaper by more than what our lines err by
    graph = sum(
        factor * MCP_Geometric(np.kron(cost, np.ones((3, 3)))).find_costs([(3 * r + 1, 3 * c + 1)])[0]
        for factor, (r, c) in zip((1, 1, spur), cells, strict=True)
    )
    dx_m, dy_m = SMALL.spacing_m()
    assert result.best.cost <= float(graph.min()) / 3 * max(dx_m.max(), dy_m.max()) * 1.01


def test_it_stands_beside_a_unit_on_the_trunk_and_a_cable_of_its_own() -> None:
    cells = [(4, 3), (30, 6), (18, 44)]
    cost = np.ones(GRID.shape, np.float32)
    result = joined(GRID, SEA, cost, cells, price=5000.0)
    assert result.on_trunk is not None
    first, second, third = (at(GRID, *cell, "x") for cell in cells)
    assert result.best.cost <= result.on_trunk.cost <= result.separate_cost + 5000.0
    assert result.separate_cost == pytest.approx(
        geodesic_m(first.lon, first.lat, second)
        + min(geodesic_m(third.lon, third.lat, end) for end in (first, second)),
        rel=1e-3,
    )
    # the trunk as it is: its two halves are the trunk
    assert sum(leg.length_m for leg in result.on_trunk.legs[:2]) == pytest.approx(result.trunk.length_m, rel=1e-6)
    assert result.best.cost == pytest.approx(5000.0 + sum(leg.cost for leg in result.best.legs))
    for leg, landing in zip(result.best.legs, (first, second, third), strict=True):
        assert leg.lonlat[0].tolist() == pytest.approx([result.best.lon, result.best.lat])
        assert leg.lonlat[-1].tolist() == pytest.approx([landing.lon, landing.lat])


def test_depth_that_is_not_known_is_never_deep_enough() -> None:
    depth_m = np.full(GRID.shape, np.nan)
    with pytest.raises(NoRouteError, match=r"no place for a branching unit between A, B, C: .* lower min_depth_m"):
        joined(GRID, SEA, np.ones(GRID.shape, np.float32), [(4, 3), (30, 6), (18, 44)], allowed=depth_m >= 50.0)


def test_a_trunk_nowhere_deep_enough_has_no_unit_on_it() -> None:
    deep = np.zeros(GRID.shape, bool)
    deep[:, 20:] = True
    result = joined(GRID, SEA, np.ones(GRID.shape, np.float32), [(4, 3), (30, 6), (18, 44)], allowed=deep)
    assert result.on_trunk is None
    assert GRID.to_rowcol(result.best.lon, result.best.lat)[1] >= 20 - 1e-6
