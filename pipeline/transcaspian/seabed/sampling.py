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
    grid
        Frame of the array.
    array
        Shape ``grid.shape``; NaN is no data.
    lon_deg, lat_deg
        Points, shapes that broadcast, degrees.

    Returns
    -------
    ndarray
        Of the points' shape, in the unit of the array; NaN where a point has no value.

    Raises
    ------
    ValueError
        When the array is not of the shape of the grid.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=2, cols=3)
    >>> depth_m = [[10.0, 20.0, np.nan], [10.0, 20.0, np.nan]]
    >>> print(sample(grid, depth_m, [50.01, 50.02, 50.035, 50.05], 40.98))
    [10. 15. 20. nan]
    """
    return sample_at(*_on(grid, array, lon_deg, lat_deg))


def smooth(grid: Grid, array: ArrayLike, lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.float64]:
    """As `sample`, of a surface without kinks (`smooth_at`).

    Parameters
    ----------
    grid
        Frame of the array.
    array
        Shape ``grid.shape``, row 0 northernmost; NaN is no data.
    lon_deg, lat_deg
        Of shapes that broadcast, degrees.

    Returns
    -------
    ndarray
        NaN outside the grid, and where the nearest value is none.
    """
    return smooth_at(*_on(grid, array, lon_deg, lat_deg))


def on_nodes(
    grid: Grid, values: NDArray[Any], lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Bilinear values of a grid at all nodes of two axes; beyond the centres of the outermost cells, as there.

    Parameters
    ----------
    grid
        Frame of the values.
    values
        Shape ``grid.shape``, without NaN.
    lon_deg, lat_deg
        Shapes ``(m,)`` and ``(n,)``, degrees.

    Returns
    -------
    ndarray
        float32, shape ``(n, m)``, in the unit of the values.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=2, cols=3)
    >>> friction = np.array([[0.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    >>> print(on_nodes(grid, friction, np.array([50.01, 50.015, 50.02]), np.array([40.98])))
    [[0.   0.25 0.5 ]]
    """
    found = values.astype(np.float32)
    for axis, at in enumerate(
        (grid.to_rowcol(grid.lon_deg[0], lat_deg)[0], grid.to_rowcol(lon_deg, grid.lat_deg[0])[1])
    ):
        place = np.clip(at, 0, found.shape[axis] - 1)
        before = np.minimum(place.astype(int), max(found.shape[axis] - 2, 0))
        share = np.expand_dims((place - before).astype(np.float32), 1 - axis)
        behind = np.minimum(before + 1, found.shape[axis] - 1)
        found = (1 - share) * found.take(before, axis) + share * found.take(behind, axis)
    return found


def _on(
    grid: Grid, array: ArrayLike, lon_deg: ArrayLike, lat_deg: ArrayLike
) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64]]:
    """Values of a grid, and places in rows and columns of it."""
    values = np.asarray(array)
    if values.shape != grid.shape:
        raise ValueError(f"the array has shape {values.shape}, its grid {grid.shape}")
    row, col = np.broadcast_arrays(*grid.to_rowcol(lon_deg, lat_deg))
    return values, row, col


def sample_at(values: NDArray[Any], row: ArrayLike, col: ArrayLike) -> NDArray[np.float64]:
    """Bilinear value at fractional rows and columns, as `sample` has it.

    Parameters
    ----------
    values
        ``(rows, cols)``; NaN is no data.
    row, col
        Of one shape; whole numbers at the centres.
    """
    inside, row, col = _clipped(values, row, col)
    rows, cols = values.shape
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


def smooth_at(values: NDArray[Any], row: ArrayLike, col: ArrayLike) -> NDArray[np.float64]:
    """Value at fractional rows and columns of a surface through all values that has no kinks.

    Bicubic by the slopes at the four values around (Catmull and Rom 1974 where all sixteen are known): differences to
    both neighbours, to one where the other is not known. What has no value counts as in `sample`, and so does a place
    whose nearest value is none: the surface has no step where values end.

    Parameters
    ----------
    values
        ``(rows, cols)``; NaN is no data.
    row, col
        Of one shape; whole numbers at the centres.
    """
    inside, row, col = _clipped(values, row, col)
    first = np.floor(row).astype(int), np.floor(col).astype(int)
    along = [(_rise(at - begin), _bulge(at - begin)) for at, begin in zip((row, col), first, strict=True)]
    total, weights = np.zeros(row.shape), np.zeros(row.shape)
    for row_step, (height_r, slope_r) in enumerate(zip(*along[0], strict=True)):
        for col_step, (height_c, slope_c) in enumerate(zip(*along[1], strict=True)):
            value, down, right, twist = _tangents(values, first[0] + row_step, first[1] + col_step)
            weight = np.where(np.isnan(value), 0.0, height_r * height_c)
            raised = value * weight + height_c * slope_r * down + height_r * slope_c * right + slope_r * slope_c * twist
            total += np.where(np.isnan(value), 0.0, raised)
            weights += weight
    own = values[np.rint(row).astype(int), np.rint(col).astype(int)]
    known = inside & ~np.isnan(own) & (weights > 0)
    return np.where(known, total / np.where(weights > 0, weights, 1.0), np.nan)


def _clipped(
    values: NDArray[Any], row: ArrayLike, col: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Which places lie in a cell, and where between the centres of the outermost cells they count."""
    row, col = np.asarray(row, float), np.asarray(col, float)
    rows, cols = values.shape
    inside = (row >= -0.5) & (row <= rows - 0.5) & (col >= -0.5) & (col <= cols - 0.5)
    return (
        inside,
        np.clip(np.where(inside, row, 0.0), 0, rows - 1),
        np.clip(np.where(inside, col, 0.0), 0, cols - 1),
    )


def _rise(t: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of the values before and behind, at the share ``t`` of the way between them."""
    behind = t * t * (3.0 - 2.0 * t)
    return 1.0 - behind, behind


def _bulge(t: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of the slopes before and behind."""
    return t * (1.0 - t) ** 2, t * t * (t - 1.0)


def _tangents(values: NDArray[Any], row: NDArray[np.intp], col: NDArray[np.intp]) -> list[NDArray[np.float64]]:
    """Values with their change down a row, right a column, and both; changes are 0 where no neighbour tells them."""
    rows, cols = values.shape

    def at(down: int, right: int) -> NDArray[np.float64]:
        r, c = row + down, col + right
        there = (r >= 0) & (r < rows) & (c >= 0) & (c < cols)
        value: NDArray[np.float64] = values[np.clip(r, 0, rows - 1), np.clip(c, 0, cols - 1)].astype(float)
        return np.where(there, value, np.nan)

    value = at(0, 0)
    twist = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4.0
    return [value, _change(at(-1, 0), value, at(1, 0)), _change(at(0, -1), value, at(0, 1)), np.nan_to_num(twist)]


def _change(before: NDArray[np.float64], here: NDArray[np.float64], behind: NDArray[np.float64]) -> NDArray[np.float64]:
    """By both neighbours, by one, or none."""
    from_before, to_behind = here - before, behind - here
    one = np.where(np.isnan(from_before), to_behind, from_before)
    return np.nan_to_num(np.where(np.isnan(from_before + to_behind), one, (from_before + to_behind) / 2.0))
