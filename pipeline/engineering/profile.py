"""Depth along a line, and how much of the line has none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pipeline.engineering.kp import line_length_km, positions_at_km
from pipeline.grid import Grid
from pipeline.seabed import sample


@dataclass(frozen=True)
class DepthFigures:
    """``max_depth_m`` is None when no sample has a depth; ``unknown_km`` is the length without one."""

    max_depth_m: float | None
    unknown_km: float


def depth_figures(grid: Grid, depth_m: ArrayLike, lonlat: ArrayLike, sample_step_km: float = 0.25) -> DepthFigures:
    """Greatest depth and length of unknown depth, from samples of the bilinear depth at equal steps.

    Parameters
    ----------
    grid, depth_m
        Depth below the declared water level, shape ``grid.shape``; NaN is unknown.
    lonlat
        Vertices of the line, shape ``(n, 2)``, degrees.
    """
    length_km = line_length_km(lonlat)
    count = max(2, int(np.ceil(length_km / sample_step_km)) + 1)
    places = positions_at_km(lonlat, np.linspace(0.0, length_km, count))
    depths_m = sample(grid, np.asarray(depth_m), places.lon_deg, places.lat_deg)
    unknown = np.isnan(depths_m)
    deepest = None if unknown.all() else float(np.nanmax(depths_m))
    return DepthFigures(deepest, float(unknown.mean()) * length_km)
