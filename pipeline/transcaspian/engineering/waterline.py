"""How far the waterline at the declared level may lie from the shoreline of the data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from transcaspian.core.findings import Finding
from transcaspian.core.grid import Grid
from transcaspian.seabed import DepthModel, slope_deg

SHALLOW_M = 5.0
"""Of the water by the shore whose slope and error are looked at; a default."""

MAX_OFF_KM = 1.0
"""A waterline that may be farther off moves shore ends and landings, and is to be settled."""


def waterline_findings(grid: Grid, depth: DepthModel, epoch: str) -> Iterator[Finding]:
    """The shoreline stands for the waterline: of when it is, and what the error of the seabed is on its slope.

    Parameters
    ----------
    grid, depth
        Water depth in m, positive down, with its standard error.
    epoch
        Of the shoreline; empty: not stated.

    Yields
    ------
    Finding
        One, or none where no water by the shore has both depth and error.

    Examples
    --------
    >>> import shapely
    >>> from transcaspian.seabed import DepthSurface
    >>> grid = Grid(west_deg=50.0, north_deg=41.1, step_deg=0.01, rows=10, cols=10)
    >>> depth_m = np.tile(np.linspace(0.5, 9.5, 10), (10, 1))
    >>> surface = DepthSurface.of_one_source(grid, depth_m, error_m=1.0, resolution_deg=0.01)
    >>> depth = DepthModel(surface, np.ones(grid.shape, bool), 0.01, np.zeros(grid.shape, bool))
    >>> print(next(waterline_findings(grid, depth, "2024")).sentence)
    the waterline is that of the shoreline (2024)... the seabed is known to 1.0 m, on its slope 0.8 km (medians)
    """
    near = (depth.depth_m > 0) & (depth.depth_m <= SHALLOW_M) & np.isfinite(depth.error_m)
    slope, error_m = np.tan(np.radians(slope_deg(grid, depth.depth_m)[near])), depth.error_m[near]
    slope, error_m = slope[slope > 0], error_m[slope > 0]
    if not slope.size:
        return
    off_km = float(np.median(error_m / slope)) / 1000.0
    yield Finding(
        kind="waterline",
        severity="minor" if off_km >= MAX_OFF_KM else "information",
        sentence=(
            f"the waterline is that of the shoreline ({epoch or 'epoch not stated'}), not of the declared level: by "
            f"the shore the seabed is known to {np.median(error_m):.1f} m, on its slope "
            f"{off_km:.1f} km (medians)"
        ),
        action="give a shoreline of the declared level, or a survey of the landings",
        source="layer coastline; rasters depth and depth_error",
    )
