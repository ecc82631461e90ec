"""The one value that routing speaks: what it checks, what its variations share, and that lines come of arrays alone."""

from __future__ import annotations

import doctest
import inspect
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
import shapely

from transcaspian import routing
from transcaspian.core.errors import GridError
from transcaspian.core.grid import Grid, length_m
from transcaspian.routing import Effort, RoutingProblem, ShoreLanding, problem, route_between, solve, solve_directional

GRID = Grid(50.0, 42.0, 0.01, 30, 40)
WEST, EAST = ShoreLanding(50.005, 41.85), ShoreLanding(50.395, 41.85)


def test_the_example_of_its_documentation_runs() -> None:
    assert doctest.testmod(problem).attempted > 5
    assert doctest.testmod(problem).failed == 0


def test_a_line_between_landings_comes_of_arrays_in_three_statements() -> None:
    grid = Grid(50.0, 42.0, 0.01, 30, 40)
    sea = RoutingProblem(grid, np.full(grid.shape, 2.0))
    path = route_between(sea, WEST, EAST)
    assert path.length_m == pytest.approx(length_m([WEST.lonlat, EAST.lonlat]), rel=1e-4)
    assert path.cost == pytest.approx(2 * path.length_m, rel=1e-6)


def test_closed_areas_and_water_hold_the_line_to_their_exact_edges() -> None:
    island = shapely.Point(50.2, 41.85).buffer(0.043)
    sea = RoutingProblem(GRID, np.ones(GRID.shape), forbidden=island)
    line = shapely.LineString(route_between(sea, WEST, EAST).lonlat)
    assert shapely.intersection(line, island).length < 1e-6
    south = replace(sea, water=shapely.box(50.0, 41.7, 50.4, 41.86))
    assert route_between(south, WEST, EAST).lonlat[:, 1].max() <= 41.86


def test_the_cost_must_lie_on_the_grid_and_be_positive_where_it_is_read() -> None:
    with pytest.raises(GridError, match=r"the cost has shape \(3, 4\)"):
        RoutingProblem(GRID, np.ones((3, 4)))
    with pytest.raises(GridError, match="expected more than zero"):
        _ = RoutingProblem(GRID, np.zeros(GRID.shape)).checked_cost
    with pytest.raises(GridError, match="no cell of the cost is open"):
        solve(RoutingProblem(GRID, np.full(GRID.shape, np.nan)), [WEST.lonlat])


def test_it_does_not_change_and_variations_share_what_they_can() -> None:
    sea = RoutingProblem(GRID, np.ones(GRID.shape, np.float32))
    with pytest.raises(FrozenInstanceError):
        sea.cost = np.zeros(GRID.shape)  # type: ignore[misc]
    terrain = sea.terrain
    proven = sea.with_effort(mode="proven", threads=1)
    assert (proven.effort, sea.effort) == (Effort("proven", threads=1), Effort())
    assert proven.terrain is terrain
    doubled_cost = sea.with_cost(2 * sea.cost)
    assert doubled_cost.terrain is not terrain
    assert doubled_cost.checked_cost.max() == 2 * sea.checked_cost.max()


def test_a_cost_is_copied_only_where_it_must_be() -> None:
    plain = np.ones(GRID.shape, np.float32)
    assert RoutingProblem(GRID, plain).checked_cost is plain
    holed = plain.copy()
    holed[3, 4] = np.nan
    holed.flags.writeable = False
    checked = RoutingProblem(GRID, holed).checked_cost
    assert checked[3, 4] == np.inf
    assert np.isnan(holed[3, 4])
    assert checked.flags.writeable


def test_a_metric_prices_and_directs_all_that_is_asked_of_it() -> None:
    cost = np.ones(GRID.shape, np.float32)
    doubled = replace(RoutingProblem(GRID, cost), metric_of=lambda c: routing.isotropic_metric(GRID, 2 * c))
    line = [(50.1, 41.8), (50.2, 41.9)]
    plain = routing.polyline_cost(RoutingProblem(GRID, cost), line)
    assert routing.polyline_cost(doubled, line) == pytest.approx(2 * plain)
    assert doubled.metric is not None
    by_metric = solve_directional(doubled.metric, [WEST.lonlat])
    np.testing.assert_array_equal(solve(doubled, [WEST.lonlat]).value, by_metric.value)


def test_no_public_function_of_routing_takes_more_than_six() -> None:
    for name in routing.__all__:
        thing = getattr(routing, name)
        if inspect.isfunction(thing):
            assert len(inspect.signature(thing).parameters) <= 6, name
