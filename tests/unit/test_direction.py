"""Cost by direction, from the slope of the seabed to the finished line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from transcaspian.core.errors import NoRouteError, StudyError
from transcaspian.core.grid import GEOD, Grid
from transcaspian.routing import (
    Effort,
    Metric,
    MetricOf,
    RoutingProblem,
    isotropic_metric,
    least_cost_path,
    polyline_cost,
    route_between,
    slope_metric,
    snap_to_shore,
    solve_directional,
    trace,
)
from transcaspian.study import load_study

GRID = Grid(50.0, 0.5, 1 / 120, 120, 120)
COST = np.ones(GRID.shape, np.float32)
X_M = GRID.spacing_m()[0][60] * np.arange(GRID.cols)


def plane(slope_deg: float) -> np.ndarray:
    """Depth that grows eastward: contours run north-south."""
    return np.broadcast_to(np.tan(np.radians(slope_deg)) * X_M, GRID.shape).astype(np.float32)


def on(metric: Metric) -> RoutingProblem:
    return RoutingProblem(GRID, COST, metric_of=lambda cost: metric)


def steep(depth_m: np.ndarray, side_factor: float = 3.0) -> MetricOf:
    return lambda cost: slope_metric(
        GRID, cost, depth_m, side_factor=side_factor, in_line_factor=1.0, full_slope_deg=10.0
    )


@pytest.mark.parametrize(("to", "factor"), [((50.3, 0.2), 1.0), ((50.2, 0.3), 3.0)], ids=["up the slope", "along it"])
def test_on_an_even_slope_the_line_is_straight_and_costs_its_norm(to: tuple[float, float], factor: float) -> None:
    start = (50.2, 0.2) if to[0] != 50.2 else (50.2, 0.1)
    path = least_cost_path(on(steep(plane(10.0))(COST)), start, to)
    distance_m = GEOD.inv(*start, *to)[2]
    assert path.length_m == pytest.approx(distance_m, rel=1e-3)
    assert path.cost == pytest.approx(factor * distance_m, rel=2e-3)


def test_a_line_leaves_a_side_slope_for_even_ground() -> None:
    # a slope between 10 and 20 cells west of the line's ends, which lie in its middle; even ground on both sides
    depth = np.interp(np.arange(GRID.cols), [40, 60], [0.0, 20 * 925 * np.tan(np.radians(10))])
    metric = steep(np.broadcast_to(depth, GRID.shape).astype(np.float32), side_factor=4.0)(COST)
    lon, lats = float(GRID.lon_deg[50]), (0.45, -0.45)
    path = least_cost_path(on(metric), (lon, lats[0]), (lon, lats[1]))
    middle = path.lonlat[len(path.lonlat) // 2, 0]
    assert not GRID.lon_deg[40] < middle < GRID.lon_deg[60]
    assert path.cost < 0.5 * polyline_cost(on(metric), [(lon, lats[0]), (lon, lats[1])])


def test_a_metric_without_direction_changes_nothing() -> None:
    rows = np.arange(GRID.rows)[:, None] / 17
    cost = (1.5 + np.sin(rows) * np.cos(np.arange(GRID.cols) / 23)).astype(np.float32)
    water = shapely.box(50.02, -0.48, 50.98, 0.48)
    ends = [snap_to_shore(water, lon, lat, 30, name) for lon, lat, name in ((49.9, -0.3, "A"), (51.1, 0.3, "B"))]
    problem = RoutingProblem(GRID, cost, water)
    plain = route_between(problem, *ends)
    same = route_between(replace(problem, metric_of=lambda c: isotropic_metric(GRID, c)), *ends)
    assert same.cost == pytest.approx(plain.cost, rel=2e-3)


def test_the_certificate_holds_where_direction_counts() -> None:
    depth = 300 * np.sin(np.arange(GRID.cols) / 8) * np.cos(np.arange(GRID.rows)[:, None] / 11) + 400
    water = shapely.box(50.02, -0.48, 50.98, 0.48)
    ends = [snap_to_shore(water, lon, lat, 30, name) for lon, lat, name in ((49.9, -0.3, "A"), (51.1, 0.3, "B"))]
    metric_of = steep(depth.astype(np.float32))
    effort = Effort("proven", refinement=4)
    path = route_between(RoutingProblem(GRID, COST, water, metric_of=metric_of, effort=effort), *ends)
    assert path.bound is not None
    assert 0 < path.bound.lower <= path.cost == path.bound.upper
    assert path.cost <= polyline_cost(on(metric_of(COST)), [(at.lon, at.lat) for at in ends]) * 1.001


def test_traced_lines_cost_what_the_field_says() -> None:
    depth = (200 * np.sin(np.arange(GRID.cols) / 20) + np.zeros((GRID.rows, 1)) + 300).astype(np.float32)
    metric = steep(depth)(COST)
    field = solve_directional(metric, [(50.1, 0.1)])
    path = least_cost_path(on(metric), (50.1, 0.1), (50.8, -0.3))
    row, col = (round(float(v)) for v in GRID.to_rowcol(50.8, -0.3))
    assert path.cost == pytest.approx(float(field.value[row, col]), rel=0.01)
    assert len(trace(on(metric), field, 50.8, -0.3)) > 2


def test_separate_waters_name_both_ends() -> None:
    cost = COST.copy()
    cost[:, 60] = np.nan
    with pytest.raises(NoRouteError, match=r"Aktau.*Baku.*separate waters"):
        least_cost_path(on(isotropic_metric(GRID, cost)), (50.1, 0), (50.9, 0), names=("Aktau", "Baku"))


def test_the_study_says_what_is_wrong_with_its_rules(study_file: Callable[..., Path]) -> None:
    for table, message in (
        ({"side_factor": 0.5, "full_slope_deg": 10, "source": "s", "status": "ASSUMED"}, "direction.side_factor"),
        ({"side_factor": 3, "full_slope_deg": 0, "source": "s", "status": "ASSUMED"}, "direction.full_slope_deg"),
        ({"side_factor": 3, "full_slope_deg": 10}, "direction.source"),
    ):
        with pytest.raises(StudyError, match=message):
            load_study(study_file(), {"direction": table})
    with pytest.raises(StudyError, match=r"routing\.refinement"):
        load_study(study_file(), {"routing": {"refinement": 0, "source": "s", "status": "ASSUMED"}})
