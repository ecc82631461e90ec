"""Depth on the grid with what is known of it, cell by cell: its standard error, its source, and what that resolves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import uniform_filter

from transcaspian.core.catzoc import ERRORS
from transcaspian.core.grid import Grid, metric_m

NO_SOURCE = 255
"""In `DepthSurface.source`: no source has a depth there."""
# In shallower water no grid without soundings is better than CATZOC C
_SHALLOW_M = 20.0
_SLOPE_OVER_DEG = 1 / 6

Floats = NDArray[np.floating]


class DepthSurface(NamedTuple):
    """Depth and what is known of it, each of shape ``grid.shape``.

    Attributes
    ----------
    depth_m
        float32, below the declared water level, positive down, never negative; NaN on land and where there is no data.
    error_m
        float32, one standard error; NaN where it is not known.
    source
        uint8, index among the seabeds of the study in their order; `NO_SOURCE` where none has a depth.
    resolution_m
        float32, spacing of the data that the cell rests on; NaN where there is no depth.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.1, rows=1, cols=2)
    >>> surface = DepthSurface.of_one_source(grid, [[35.0, np.nan]], error_m=2.0, resolution_deg=0.1)
    >>> print(surface.error_m, surface.source)
    [[ 2. nan]] [[  0 255]]
    """

    depth_m: NDArray[np.float32]
    error_m: NDArray[np.float32]
    source: NDArray[np.uint8]
    resolution_m: NDArray[np.float32]

    @classmethod
    def of_one_source(
        cls, grid: Grid, depth_m: ArrayLike, error_m: ArrayLike, resolution_deg: float, index: int = 0
    ) -> DepthSurface:
        """The surface of a single source, whose data lie so many degrees apart everywhere."""
        depth = np.asarray(depth_m, np.float32)
        known = ~np.isnan(depth)
        spacing_m = metric_m(grid.lat_deg, resolution_deg)[1][:, np.newaxis]
        return cls(
            depth,
            np.where(known, np.asarray(error_m, np.float32), np.float32(np.nan)),
            np.where(known, np.uint8(index), np.uint8(NO_SOURCE)),
            np.where(known, spacing_m.astype(np.float32), np.float32(np.nan)),
        )


class SourceError(NamedTuple):
    """Standard error of the depths of a source, beside that of what lies between them.

    The defaults were measured on one grid of one sea against ETOPO 2022 (docs/method/seabed.md), and are ASSUMED of any
    other.

    Attributes
    ----------
    base_m, depth_share
        Of any depth, and a share of it.
    slope_m
        For each metre that the bed falls in a kilometre, over ten minutes of arc.
    measured_to_m
        Deepest water that the share was measured in: deeper, the share of this depth stands.
    """

    base_m: float = 1.19
    depth_share: float = 0.132
    slope_m: float = 4.0
    measured_to_m: float = np.inf


def error_of_source_m(grid: Grid, signed_depth_m: Floats, error: SourceError) -> Floats:
    """One standard error of the source at each cell, shape ``grid.shape``; NaN where there is no depth.

    In less than 20 m of water it is never below CATZOC C (2 m and 5 % of the depth).

    Parameters
    ----------
    signed_depth_m
        Positive down; negative where the bed lies above the water level.
    """
    found = _slope_m_per_km(grid, signed_depth_m)
    found *= error.slope_m
    found **= 2
    depth_m = np.maximum(signed_depth_m, 0.0)
    found += error.base_m**2 + (error.depth_share * np.minimum(depth_m, error.measured_to_m)) ** 2
    np.sqrt(found, out=found)
    base_m, share = ERRORS["C"]
    is_shallow = depth_m < _SHALLOW_M
    depth_m *= share
    depth_m += base_m
    return np.maximum(found, depth_m, out=found, where=is_shallow)


def _slope_m_per_km(grid: Grid, signed_depth_m: Floats) -> Floats:
    """Fall of the bed between means over ten minutes of arc, twice that apart; water without depth counts as none."""
    cells = max(1, round(_SLOPE_OVER_DEG / grid.step_deg))
    known = np.isfinite(signed_depth_m)
    share = uniform_filter(known.astype(float), cells, mode="nearest")
    mean = uniform_filter(np.where(known, signed_depth_m, 0.0), cells, mode="nearest").astype(float, copy=False)
    is_known = share > 1e-9
    np.divide(mean, share, out=mean, where=is_known)
    mean[~is_known] = 0.0
    del share
    falls = []
    for axis, spacing_m in zip((0, 1), grid.spacing_m()[::-1], strict=True):
        falls.append(_difference(mean, cells, axis))
        falls[axis] /= spacing_m[:, np.newaxis]
    slope: Floats = np.hypot(falls[0], falls[1], out=mean)
    slope *= 1000.0
    return slope


def _difference(values: Floats, cells: int, axis: int) -> Floats:
    """Change per cell between so many cells before and after; fewer at the edges."""
    index = np.arange(values.shape[axis])
    before, after = np.maximum(index - cells, 0), np.minimum(index + cells, index[-1])
    apart = np.maximum(after - before, 1)
    change: Floats = np.take(values, after, axis)
    change -= np.take(values, before, axis)
    change /= np.expand_dims(apart, 1 - axis)
    return change
