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
    epoch
        Of the shoreline; empty: not stated.
    """
    slope = np.tan(np.radians(slope_deg(grid, depth.depth_m)))
    near = (depth.depth_m > 0) & (depth.depth_m <= SHALLOW_M) & (slope > 0) & np.isfinite(depth.error_m)
    if not near.any():
        return
    error_m, off_km = depth.error_m[near], float(np.median(depth.error_m[near] / slope[near])) / 1000.0
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
