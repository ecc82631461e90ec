"""How steep the seabed is, as far as the resolution of the data lets it appear."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.grid import Grid

_ROWS = 512
"""How many rows are taken at once: all of a fine grid would take forty bytes a cell."""


def slope_deg(grid: Grid, depth_m: ArrayLike) -> NDArray[np.float32]:
    """Angle of steepest descent of the seabed against the horizontal, degrees.

    ``atan(√((∂z/∂x)² + (∂z/∂y)²))`` with the ellipsoidal spacing of each row. Central differences where both
    neighbours are known, one-sided at the edge of the known; where a direction has no known neighbour at all,
    the other direction alone speaks (a lower bound, in channels one cell wide).

    Parameters
    ----------
    grid
        The frame; row 0 is the northernmost.
    depth_m
        Shape ``grid.shape``, metres, positive down; NaN is unknown.

    Returns
    -------
    numpy.ndarray
        Shape ``grid.shape``; NaN where the depth is unknown or no neighbour is known.

    Examples
    --------
    A seabed that falls by 100 m from one row to the next, 1,111 m to the south:

    >>> grid = Grid.covering(50.0, 40.0, 50.03, 40.03, step_deg=0.01)
    >>> depth_m = np.repeat([[100.0], [200.0], [300.0]], 3, axis=1)
    >>> slope_deg(grid, depth_m)[1].round(1).tolist()
    [5.099999904632568, 5.099999904632568, 5.099999904632568]
    """
    return slope_between(np.asarray(depth_m, dtype=np.float32), *grid.spacing_m())


def slope_between(
    depth: NDArray[np.float32], dx_m: NDArray[np.float64], dy_m: NDArray[np.float64]
) -> NDArray[np.float32]:
    """As `slope_deg`, of nodes that lie so far apart along each row and from row to row.

    Parameters
    ----------
    depth
        ``(rows, cols)``; NaN is unknown.
    dx_m, dy_m
        ``(rows,)``.
    """
    result = np.empty(depth.shape, np.float32)
    for first in range(0, len(depth), _ROWS):
        low, high = max(first - 1, 0), first + _ROWS + 1  # a slope takes a row on either side
        inner = slice(first - low, first - low + _ROWS)
        result[first : first + _ROWS] = _of_rows(depth[low:high], dx_m[low:high], dy_m[low:high])[inner]
    return result


def _of_rows(depth: NDArray[np.float32], dx_m: NDArray[np.float64], dy_m: NDArray[np.float64]) -> NDArray[np.float32]:
    """As `slope_between`, of some rows."""
    east = _gradient(depth, dx_m.astype(np.float32)[:, np.newaxis], axis=1)
    north = _gradient(depth, dy_m.astype(np.float32)[:, np.newaxis], axis=0)
    neither = np.isnan(east) & np.isnan(north)
    steepness = np.hypot(np.nan_to_num(east), np.nan_to_num(north))
    steepness[neither | np.isnan(depth)] = np.nan
    result: NDArray[np.float32] = np.degrees(np.arctan(steepness))
    return result


def _gradient(depth: NDArray[np.float32], spacing_m: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Difference to the known neighbours along one axis, per metre; NaN when there is none."""
    pad = [(0, 0), (0, 0)]
    pad[axis] = (1, 1)
    padded = np.pad(depth, pad, constant_values=np.nan)
    count = depth.shape[axis]
    behind = depth - np.take(padded, range(count), axis=axis)
    ahead = np.take(padded, range(2, count + 2), axis=axis) - depth
    sides = (~np.isnan(behind)).astype(np.float32) + ~np.isnan(ahead)
    total = np.nan_to_num(behind) + np.nan_to_num(ahead)
    with np.errstate(invalid="ignore", divide="ignore"):
        gradient: NDArray[np.float32] = total / (sides * spacing_m)
    gradient[sides == 0] = np.nan
    return gradient
