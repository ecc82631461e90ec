"""Cost that depends on direction: a Riemannian metric per cell, by the slope of the seabed for one.

The cost per metre of moving in the unit direction (e, n), east and north, is ``√(ee e² + 2 en e n + nn n²)``. A cable
is laid easily up and down a slope and badly along it, where it hangs, slides and is scoured on one side: a metric from
the gradient of depth says by how much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import GridError, RoutingError
from transcaspian.core.grid import Grid
from transcaspian.routing._kernels import selling
from transcaspian.routing._kernels.descent import CellCosts
from transcaspian.routing._kernels.layout import whole
from transcaspian.routing.terrain import Terrain, checked_cost

MAX_RATIO = 10.0
"""Highest over lowest cost of a direction in one cell; beyond it stencils grow too long for coasts and narrows."""
_ROUNDING = 1e-3
"""float32 entries cannot hold a ratio of ten more exactly than this."""


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
        open, a tensor is not positive definite, or its most expensive direction costs more than
        `MAX_RATIO` times its cheapest.
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
        fault, row, col = selling.first_fault(self.ee, self.en, self.nn, MAX_RATIO * (1.0 + _ROUNDING))
        if fault == selling.NO_FAULT:
            return
        if fault == selling.ALL_WALLS:
            raise GridError("no cell of the metric is open: every one is inf; check depth, shoreline and no-go areas")
        found = (
            f"the metric at row {row}, column {col} is ee = {self.ee[row, col]:g}, en = {self.en[row, col]:g}, "
            f"nn = {self.nn[row, col]:g}: "
        )
        if fault == selling.BAD_WALL:
            raise GridError(f"{found}a wall has ee and nn inf and en 0, and no other cell an entry that is not finite")
        if fault == selling.NOT_POSITIVE:
            raise GridError(f"{found}expected a positive definite tensor (ee > 0, nn > 0, en² < ee nn)")
        raise GridError(
            f"{found}its most expensive direction costs more than {MAX_RATIO:g} times its cheapest; "
            "bring the factors nearer to each other"
        )

    def terrain(self) -> Terrain:
        """The metric as the kernels of lines take it."""
        tensor = np.stack([self.ee.ravel(), self.en.ravel(), self.nn.ravel()])
        cells = CellCosts(np.ascontiguousarray(tensor[0]), tensor, whole(self.grid), *self.grid.spacing_m())
        return Terrain(self.grid, cells)


def isotropic_metric(grid: Grid, cost_per_m: NDArray[np.floating]) -> Metric:
    """The metric ``c² I`` of a cost that is the same in all directions.

    Parameters
    ----------
    grid
        Frame of the cost.
    cost_per_m
        ``(rows, cols)``, per metre, row 0 northernmost; NaN or inf is a wall.

    Returns
    -------
    Metric
        ``c²`` east-east and north-north, 0 between.

    Raises
    ------
    GridError
        When the shape is not the grid's, a cost is not positive or its square no float32, or no cell is open.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> metric = isotropic_metric(grid, np.full(grid.shape, 2.0))
    >>> float(metric.ee[0, 0]), float(metric.en[0, 0]), float(metric.nn[0, 0])
    (4.0, 0.0, 4.0)
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
        neither more than `MAX_RATIO` times the other.
    full_slope_deg
        Angle of slope at which the factors apply in full, degrees, above 0 up to 90.

    Returns
    -------
    Metric
        Its three parts, ``(rows, cols)`` float32 each.

    Raises
    ------
    GridError
        When a shape is not the grid's, a cost is not positive or its square no float32, or no cell is open.
    RoutingError
        When a factor or the full slope is out of its range.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=42.0, step_deg=0.01, rows=30, cols=20)
    >>> depth_m = np.tile(np.linspace(10.0, 400.0, 20), (30, 1))  # falls to the east by 1.4 degrees
    >>> factors = {"side_factor": 3.0, "in_line_factor": 1.5, "full_slope_deg": 10.0}
    >>> metric = slope_metric(grid, np.ones(grid.shape), depth_m, **factors)
    >>> f"a metre down the slope costs {metric.ee[0, 0] ** 0.5:.2f}, along the contour {metric.nn[0, 0] ** 0.5:.2f}"
    'a metre down the slope costs 1.07, along the contour 1.28'
    """
    for name, factor in (("side_factor", side_factor), ("in_line_factor", in_line_factor)):
        if not (math.isfinite(factor) and factor >= 1):
            raise RoutingError(f"{name} is {factor}: expected a number not below 1 (1 is no preference)")
    ratio = max(side_factor, in_line_factor) / min(side_factor, in_line_factor)
    if ratio > MAX_RATIO:
        raise RoutingError(
            f"side_factor {side_factor:g} and in_line_factor {in_line_factor:g} differ {ratio:.3g} times: "
            f"expected at most {MAX_RATIO:g}"
        )
    if not 0 < full_slope_deg <= 90:
        raise RoutingError(f"full_slope_deg is {full_slope_deg}: expected degrees above 0, up to 90")
    if depth_m.shape != grid.shape:
        raise GridError(f"the depth has shape {depth_m.shape} and the grid {grid.shape}: bring it to this grid")
    cost = _checked_cost(grid, cost_per_m)
    depth = np.asarray(depth_m, np.float32)
    factors = selling.SlopeFactors(float(side_factor), float(in_line_factor), float(full_slope_deg))
    return Metric(grid, *selling.slope_tensor(cost, depth, *grid.spacing_m(), factors))


def _checked_cost(grid: Grid, cost_per_m: NDArray[np.floating]) -> NDArray[np.float32]:
    """A copy of the cost in float32, every wall inf, whose square is a normal float32."""
    cost = checked_cost(grid, cost_per_m)
    limits = np.finfo(np.float32)
    too_high = np.isfinite(cost) & (cost > math.sqrt(limits.max) / 1e3)
    if too_high.any() or cost.min() < math.sqrt(limits.tiny) * 1e3:
        raise GridError("a cost per metre is below 1e-15 or above 1e16: express it in another unit")
    return cost
