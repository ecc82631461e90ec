"""Values between the centres of cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.grid import Grid


def sample(grid: Grid, array: ArrayLike, lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.float64]:
    """Bilinear value at points, from those of the four cells around that have one.

    Weights of cells without a value (NaN) go to the others in proportion. A point whose own cell (the nearest
    centre) has no value has none either, nor has a point outside the grid: nothing is carried over land.

    Parameters
    ----------
    array
        Shape ``grid.shape``; NaN is no data.
    lon_deg, lat_deg
        Points, shapes that broadcast, degrees.

    Returns
    -------
    numpy.ndarray
        Of the points' shape.
    """
    values = np.asarray(array)
    if values.shape != grid.shape:
        raise ValueError(f"the array has shape {values.shape}, its grid {grid.shape}")
    row, col = np.broadcast_arrays(*grid.to_rowcol(lon_deg, lat_deg))
    return sample_at(values, row, col)


def sample_at(values: NDArray[Any], row: ArrayLike, col: ArrayLike) -> NDArray[np.float64]:
    """Bilinear value at fractional rows and columns, as `sample` has it.

    Parameters
    ----------
    values
        ``(rows, cols)``; NaN is no data.
    row, col
        Of one shape; whole numbers at the centres.
    """
    row, col = np.asarray(row, float), np.asarray(col, float)
    rows, cols = values.shape
    inside = (row >= -0.5) & (row <= rows - 0.5) & (col >= -0.5) & (col <= cols - 0.5)
    row = np.clip(np.where(inside, row, 0.0), 0, rows - 1)
    col = np.clip(np.where(inside, col, 0.0), 0, cols - 1)
    row_0, col_0 = np.floor(row).astype(int), np.floor(col).astype(int)
    total, weights = np.zeros(row.shape), np.zeros(row.shape)
    for row_step in (0, 1):
        for col_step in (0, 1):
            weight = np.abs(1 - row_step - (row - row_0)) * np.abs(1 - col_step - (col - col_0))
            corner = values[np.minimum(row_0 + row_step, rows - 1), np.minimum(col_0 + col_step, cols - 1)].astype(
                float
            )
            weight = np.where(np.isnan(corner), 0.0, weight)
            total += weight * np.nan_to_num(corner)
            weights += weight
    own = values[np.rint(row).astype(int), np.rint(col).astype(int)]
    known = inside & ~np.isnan(own) & (weights > 0)
    return np.where(known, total / np.where(weights > 0, weights, 1.0), np.nan)
