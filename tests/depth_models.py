"""Depths that tests take for certain."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.grid import Grid
from transcaspian.seabed import DepthModel, DepthSurface


def exact(
    grid: Grid, depth_m: ArrayLike, wet: NDArray[np.bool_], error_m: float = 0.0, resolution_deg: float = 0.1
) -> DepthModel:
    """The depths as they are given, with one error everywhere."""
    surface = DepthSurface.of_one_source(grid, depth_m, error_m, resolution_deg)
    return DepthModel(surface, wet, resolution_deg, ~wet)
