"""Cost that depends on direction: a Riemannian metric per cell, and the field of least cost under it.

The cost per metre of moving in the unit direction (e, n), east and north, is ``√(ee e² + 2 en e n + nn n²)``. A cable
is laid easily up and down a slope and badly along it, where it hangs, slides and is scoured on one side: a metric from
the gradient of depth says by how much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import GridError, RoutingError
from transcaspian.core.grid import Grid
from transcaspian.routing import _selling
from transcaspian.routing.field import CostField, cell_of, checked_cost, in_a_wall, locate

GREATEST_RATIO = 10.0
"""Dearest over cheapest direction of one cell; beyond it stencils grow too long for coasts and narrows."""
_ROUNDING = 1e-3
"""float32 entries cannot hold a ratio of ten more exactly than this."""

_LEAST_BALL_CELLS, _BALL_CELLS = 2, 10
_EVEN = 2.0
"""A ball's radius is the greatest in which no cost varies by more than this factor: measured as the best compromise
between straight rays, which go round nothing, and differences, which the field's curvature near a source defeats."""


@dataclass(frozen=True)
class Metric:
    """Cost per metre by direction: a symmetric positive definite tensor per cell.

    Attributes
    ----------
    grid
        Frame of the arrays.
    ee, en, nn
        ``(rows, cols)`` float32, row 0 northernmost, cost² per metre²: the tensor's east-east, east-north and
        north-north entries. At walls ``ee`` and ``nn`` are inf and ``en`` is 0.

    Raises
    ------
    GridError
        When a shape is not the grid's, an entry is NaN or not float32, walls differ between the entries, no cell is
        open, a tensor is not positive definite, or its dearest direction costs more than `GREATEST_RATIO` times its
        cheapest.
    """

    grid: Grid
    ee: NDArray[np.float32]
    en: NDArray[np.float32]
    nn: NDArray[np.float32]

    def __post_init__(self) -> None:
        for name, array in (("ee", self.ee), ("en", self.en), ("nn", self.nn)):
            if array.shape != self.grid.shape:
                raise GridError(f"the metric's {name} has shape {array.shape} and the grid {self.grid.shape}")
            if array.dtype != np.float32:
                raise GridError(f"the metric's {name} is {array.dtype}: expected float32")
        fault, row, col = _selling.first_fault(self.ee, self.en, self.nn, GREATEST_RATIO * (1.0 + _ROUNDING))
        if fault == _selling.NO_FAULT:
            return
        if fault == _selling.ALL_WALLS:
            raise GridError("no cell of the metric is open: every one is inf; check depth, shoreline and no-go areas")
        found = (
            f"the metric at row {row}, column {col} is ee = {self.ee[row, col]:g}, en = {self.en[row, col]:g}, "
            f"nn = {self.nn[row, col]:g}: "
        )
        if fault == _selling.BAD_WALL:
            raise GridError(f"{found}a wall has ee and nn inf and en 0, and no other cell an entry that is not finite")
        if fault == _selling.NOT_POSITIVE:
            raise GridError(f"{found}expected a positive definite tensor (ee > 0, nn > 0, en² < ee nn)")
        raise GridError(
            f"{found}its dearest direction costs more than {GREATEST_RATIO:g} times its cheapest; "
            "bring the factors nearer to each other"
        )


def isotropic_metric(grid: Grid, cost_per_m: NDArray[np.floating]) -> Metric:
    """The metric ``c² I`` of a cost that is the same in all directions.

    Parameters
    ----------
    cost_per_m
        ``(rows, cols)``, per metre, row 0 northernmost; NaN or inf is a wall.

    Raises
    ------
    GridError
        When the shape is not the grid's, a cost is not positive or its square no float32, or no cell is open.
    """
    cost = _checked_cost(grid, cost_per_m)
    square = cost * cost
    return Metric(grid, square, np.zeros_like(cost), square)


def slope_metric(
    grid: Grid,
    cost_per_m: NDArray[np.floating],
    depth_m: NDArray[np.floating],
    *,
    side_factor: float,
    in_line_factor: float,
    full_slope_deg: float,
) -> Metric:
    """The metric of a cable that minds side slope more than in-line slope.

    ``M = c² (f_in² g gᵀ + f_side² t tᵀ)`` with g the unit direction up the slope and t along the contour: who moves
    along the contour has the whole slope to the side. Each f is 1 on flat ground and grows in proportion to the angle
    of slope up to its factor at ``full_slope_deg``: ``f = 1 + (factor - 1) min(slope / full_slope, 1)``.

    Parameters
    ----------
    grid
        Lon/lat frame; the gradient is taken with its spacing on WGS84.
    cost_per_m
        ``(rows, cols)``, per metre, row 0 northernmost; NaN or inf is a wall.
    depth_m
        ``(rows, cols)``, positive down; where it is NaN, or no neighbour east or west, or none north or south, is
        known, there is no telling the direction of slope: the cost is the same in all directions. The gradient is
        central, and one-sided at the edge of the known.
    side_factor, in_line_factor
        Cost on a full slope over that on flat ground, moving along and across the contours; at least 1 each, and
        neither more than `GREATEST_RATIO` times the other.
    full_slope_deg
        Angle of slope at which the factors apply in full, degrees, above 0 up to 90.

    Raises
    ------
    GridError
        When a shape is not the grid's, a cost is not positive or its square no float32, or no cell is open.
    RoutingError
        When a factor or the full slope is out of its range.
    """
    for name, factor in (("side_factor", side_factor), ("in_line_factor", in_line_factor)):
        if not (math.isfinite(factor) and factor >= 1):
            raise RoutingError(f"{name} is {factor}: expected a number not below 1 (1 is no preference)")
    ratio = max(side_factor, in_line_factor) / min(side_factor, in_line_factor)
    if ratio > GREATEST_RATIO:
        raise RoutingError(
            f"side_factor {side_factor:g} and in_line_factor {in_line_factor:g} differ {ratio:.3g} times: "
            f"expected at most {GREATEST_RATIO:g}"
        )
    if not 0 < full_slope_deg <= 90:
        raise RoutingError(f"full_slope_deg is {full_slope_deg}: expected degrees above 0, up to 90")
    if depth_m.shape != grid.shape:
        raise GridError(f"the depth has shape {depth_m.shape} and the grid {grid.shape}: bring it to this grid")
    cost = _checked_cost(grid, cost_per_m)
    depth = np.asarray(depth_m, np.float32)
    factors = float(side_factor), float(in_line_factor), float(full_slope_deg)
    return Metric(grid, *_selling.slope_tensor(cost, depth, *grid.spacing_m(), *factors))


def solve_directional(metric: Metric, sources_lonlat: Sequence[tuple[float, float]], *, order: int = 2) -> CostField:
    """Least cost from the sources to every cell under a metric: the eikonal equation ``∇Tᵀ M⁻¹ ∇T = 1``.

    Where walls hide part of a cell's stencil, T is bounded from above by straight steps between cells in sight: in
    waters narrower than the stencil (some cells times the ratio of dearest to cheapest direction) it is too high, never
    through a wall.

    Parameters
    ----------
    metric
        Cost per metre by direction.
    sources_lonlat
        ``(lon, lat)`` in degrees, each in an open cell. Values near a source count from the point itself, not from its
        cell's centre.
    order
        2 (default) or 1: order of the differences; the first-order scheme is monotone.

    Returns
    -------
    CostField
        Values float32, in units of cost.

    Raises
    ------
    GridError
        When cells are so long and narrow (near a pole) that stencils do not fit.
    RoutingError, NoRouteError
        No source, a source outside the grid, or in a wall; an order that is neither 1 nor 2.
    """
    if order not in (1, 2):
        raise RoutingError(f"the order is {order}: expected 1 or 2")
    if not sources_lonlat:
        raise RoutingError("no source to route from: give at least one (lon, lat)")
    spacing = metric.grid.spacing_m()
    ee, en, nn = (np.ascontiguousarray(array) for array in (metric.ee, metric.en, metric.nn))
    balls = [_ball(metric, ee, en, nn, lon, lat) for lon, lat in sources_lonlat]
    seeds, values = (np.concatenate(parts) for parts in zip(*balls, strict=True))
    clear = _selling.clearance(ee)
    weight, offset, sides, longest = _selling.stencils(ee, en, nn, *spacing, clear)
    if longest > _selling.LONGEST_OFFSET:
        raise GridError(
            f"the metric needs stencils longer than {_selling.LONGEST_OFFSET} cells: the cells are too narrow for so "
            "strong a preference of direction; use a grid nearer to the equator or factors nearer to 1"
        )
    first, cells = _selling.dependants(offset, sides, clear)
    flat = _selling.march(ee, en, nn, *spacing, clear, weight, offset, sides, first, cells, seeds, values, order == 2)
    value = flat.reshape(metric.grid.shape).astype(np.float32)
    return CostField(metric.grid, value, tuple((float(lon), float(lat)) for lon, lat in sources_lonlat))


def _checked_cost(grid: Grid, cost_per_m: NDArray[np.floating]) -> NDArray[np.float32]:
    """A copy of the cost in float32, every wall inf, whose square is a normal float32."""
    cost = checked_cost(grid, cost_per_m)
    limits = np.finfo(np.float32)
    too_great = np.isfinite(cost) & (cost > math.sqrt(limits.max) / 1e3)
    if too_great.any() or cost.min() < math.sqrt(limits.tiny) * 1e3:
        raise GridError("a cost per metre is below 1e-15 or above 1e16: express it in another unit")
    return cost


def _position(metric: Metric, lon: float, lat: float) -> tuple[float, float]:
    """Fractional (row, col) of a source, which must lie in an open cell."""
    row, col = locate(metric.grid, lon, lat, "the source")
    if not metric.ee[cell_of(metric.grid, row, col)] < np.inf:
        raise in_a_wall(lon, lat, "the source")
    return row, col


def _ball(
    metric: Metric,
    ee: NDArray[np.float32],
    en: NDArray[np.float32],
    nn: NDArray[np.float32],
    lon: float,
    lat: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Cells around a source with the cost of the straight ray to each."""
    row, col = _position(metric, lon, lat)
    spacing = metric.grid.spacing_m()
    cell = cell_of(metric.grid, row, col)
    radius = _selling.even_radius(ee, en, nn, *spacing, *cell, _LEAST_BALL_CELLS, _BALL_CELLS, _EVEN)
    return _selling.ball(ee, en, nn, *spacing, row, col, radius)
