"""What seabeds that are finer than the grid add to the cost of a metre, for the band around a route."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from transcaspian import seabed
from transcaspian.core.grid import Grid
from transcaspian.routing import FinerCost
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.model_seabed import Seabed

MAX_FACTOR = 16
"""No cells are finer than a sixteenth of those of the grid."""
MIN_FACTOR = 2


def finer_costs(inputs: Inputs, ground: Seabed) -> tuple[FinerCost, ...]:
    """Of each seabed that is finer than the grid, the lowest first."""
    return tuple(
        FinerCost(layer.bounds, factor, partial(added_cost, inputs, ground, layer.resolution_m))
        for layer in ground.depth.layers
        if (factor := min(round(ground.grid.step_deg / layer.step_deg), MAX_FACTOR)) >= MIN_FACTOR
    )


def added_cost(inputs: Inputs, ground: Seabed, resolution_m: float, frame: Grid) -> NDArray[np.float32]:
    """What depth and slope add on finer cells to the cost of the cells that they lie in; NaN where no finer data is.

    Parameters
    ----------
    resolution_m
        Of the seabed: where the data are coarser, another one counts.
    frame
        Of the finer cells.
    """
    wide = Grid(
        frame.west_deg - frame.step_deg,
        frame.north_deg + frame.step_deg,
        frame.step_deg,
        frame.rows + 2,
        frame.cols + 2,
    )
    found = seabed.seabed_at(ground.grid, ground.depth, *np.meshgrid(wide.lon_deg, wide.lat_deg))
    depth_m, inner = found.depth_m.astype(np.float32), np.s_[1:-1, 1:-1]
    slope_deg = seabed.slope_deg(wide, depth_m)
    criteria = inputs.study.criteria
    depth_bands = [(band.from_m, band.to_m, band.friction) for band in criteria.depth.bands]
    slope_bands = [(band.from_deg, band.to_deg, band.friction) for band in criteria.slope.bands]
    fine = criteria.depth.weight * seabed.depth_friction(depth_m[inner], depth_bands)
    fine += criteria.slope.weight * seabed.slope_friction(slope_deg[inner], slope_bands)
    cells = cells_under(ground.grid, frame)
    coarse = ground.cost.criteria["depth"][cells] + ground.cost.criteria["slope"][cells]
    return np.where(found.resolution_m[inner] <= resolution_m, fine - coarse, np.float32(np.nan))


def cells_under(grid: Grid, frame: Grid) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the cells of a grid that those of a finer frame lie in, as an open mesh."""
    row, _ = grid.to_rowcol(grid.west_deg, frame.lat_deg)
    _, col = grid.to_rowcol(frame.lon_deg, grid.north_deg)
    rows, cols = (np.clip(np.rint(at).astype(int), 0, size - 1) for at, size in ((row, grid.rows), (col, grid.cols)))
    return np.ix_(rows, cols)
