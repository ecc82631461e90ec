"""Ways that cost the same are all told."""

from __future__ import annotations

import numpy as np
import pytest

from transcaspian.core.errors import NoRouteError
from transcaspian.core.grid import GEOD, Grid
from transcaspian.routing import RoutingProblem, polyline_cost, ties

GRID = Grid(50.0, 0.25, 1 / 120, 60, 60)  # the equator runs through its middle
WEST, EAST = (50.05, 0.0), (50.45, 0.0)


def with_island(*, north_cost: float) -> np.ndarray:
    """An island across the line between the ends, as far to the north as to the south."""
    cost = np.ones(GRID.shape, np.float32)
    cost[:30] = north_cost
    cost[20:40, 28:32] = np.nan
    return cost


def test_two_ways_around_an_island_of_equal_cost_are_both_told() -> None:
    cost = with_island(north_cost=1.0)
    found = ties(RoutingProblem(GRID, cost), (WEST, EAST))
    assert len(found) == 2
    sides = {float(np.sign(path.lonlat[np.abs(path.lonlat[:, 1]).argmax(), 1])) for path in found}
    assert sides == {-1.0, 1.0}
    for path in found:
        assert tuple(path.lonlat[0]) == WEST
        assert tuple(path.lonlat[-1]) == EAST
        assert np.isfinite(polyline_cost(RoutingProblem(GRID, cost), path.lonlat))
    assert found[1].cost / found[0].cost - 1 < 2e-3


def test_a_dearer_way_is_no_tie_until_the_tolerance_allows_it() -> None:
    cost = with_island(north_cost=1.05)
    assert len(ties(RoutingProblem(GRID, cost), (WEST, EAST))) == 1
    assert len(ties(RoutingProblem(GRID, cost), (WEST, EAST), tolerance=0.1)) == 2


def test_open_water_has_one_way_the_geodesic() -> None:
    found = ties(RoutingProblem(GRID, np.ones(GRID.shape, np.float32)), (WEST, EAST))
    assert len(found) == 1
    assert found[0].length_m == pytest.approx(GEOD.inv(*WEST, *EAST)[2], rel=1e-3)


def test_the_noise_of_an_even_seabed_makes_no_second_way() -> None:
    for seed in range(8):
        noise = np.random.default_rng(seed).normal(size=GRID.shape)
        cost = np.exp(0.01 * noise).astype(np.float32)
        assert len(ties(RoutingProblem(GRID, cost), (WEST, EAST), tolerance=0.002)) == 1


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_ways_are_told_where_costs_by_a_landing_differ_from_cell_to_cell(seed: int) -> None:
    """There the fields err by more than the tolerance, in all ways alike."""
    cost = with_island(north_cost=1.0)
    row, col = (round(float(v)) for v in GRID.to_rowcol(*WEST))
    cost[row - 3 : row + 5, col - 3 : col + 5] = np.exp(0.7 * np.random.default_rng(seed).normal(size=(8, 8)))
    cost[30:] = cost[:30][::-1]
    assert len(ties(RoutingProblem(GRID, cost), (WEST, EAST))) == 2


def test_separate_waters_are_an_error() -> None:
    cost = np.ones(GRID.shape, np.float32)
    cost[:, 30] = np.nan
    with pytest.raises(NoRouteError, match="separate waters"):
        ties(RoutingProblem(GRID, cost), (WEST, EAST))
