"""The nodes of a seabed source around a grid, and their values on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from transcaspian.core.errors import SeabedError
from transcaspian.core.grid import Grid

if TYPE_CHECKING:  # a kept depth does not depend on how files are read
    from transcaspian.ingest import SeabedRaster

Floats = NDArray[np.float64]


class Nodes(NamedTuple):
    """Depths at nodes: ascending axes in degrees, positive down from the declared level, NaN where there is no data.

    ``error_m``: one standard error, as the file of the source has it; None where it has none.
    """

    lon_deg: Floats
    lat_deg: Floats
    depth_m: Floats
    error_m: Floats | None

    @property
    def step_deg(self) -> float:
        """Spacing of the nodes, the coarser of the two directions."""
        return float(max(np.median(np.diff(self.lon_deg)), np.median(np.diff(self.lat_deg))))

    def resampled(self, grid: Grid, values: Floats) -> Floats:
        """Values at the nodes: mean over the cell of the grid, then bilinear; NaN where the nearest node has none."""
        from scipy.interpolate import RegularGridInterpolator  # 0.2 s, which only runs with new depths need

        axes = self.lat_deg, self.lon_deg
        finite = np.isfinite(values)
        size = tuple(max(1, round(grid.step_deg / float(np.median(np.diff(axis))))) for axis in axes)
        weight = uniform_filter(finite.astype(float), size, mode="constant")
        total = uniform_filter(np.where(finite, values, 0.0), size, mode="constant")
        at = tuple(np.meshgrid(grid.lat_deg, grid.lon_deg, indexing="ij"))

        def at_cells(of_nodes: Floats, method: str) -> Floats:
            interpolated: Floats = RegularGridInterpolator(
                axes, of_nodes, method=method, bounds_error=False, fill_value=0.0
            )(at)
            return interpolated

        weights = at_cells(weight, "linear")
        known = (at_cells(finite.astype(float), "nearest") > 0.5) & (weights > 1e-9)
        return np.where(known, at_cells(total, "linear") / np.where(known, weights, 1.0), np.nan)


def nodes_around(grid: Grid, source: SeabedRaster, level_m_msl: float) -> Nodes:
    """The nodes around the grid, or what is wrong with them.

    Raises
    ------
    SeabedError
        When the axes and the values do not fit each other, an axis turns back, or the source lies elsewhere.
    """
    ordered = _ascending(source)
    lon, lat = ordered.lon_deg, ordered.lat_deg
    margin_deg = 2 * ordered.step_deg
    west, south, east, north = grid.bounds
    near_lon = (lon >= west - margin_deg) & (lon <= east + margin_deg)
    near_lat = (lat >= south - margin_deg) & (lat <= north + margin_deg)
    if near_lon.sum() < 2 or near_lat.sum() < 2:
        raise SeabedError(
            f"the seabed source spans {lon[0]:g}…{lon[-1]:g}° E, {lat[0]:g}…{lat[-1]:g}° N, away from the grid "
            f"{west:g}…{east:g}° E, {south:g}…{north:g}° N: check [area] and the sign of the longitudes"
        )
    near = np.ix_(near_lat, near_lon)
    error_m = None if ordered.error_m is None else ordered.error_m[near]
    return Nodes(lon[near_lon], lat[near_lat], level_m_msl - ordered.depth_m[near], error_m)


def _ascending(source: SeabedRaster) -> Nodes:
    """All nodes with ascending axes; what they hold are elevations still."""
    lon, lat, elevation_m = source.lon_deg, source.lat_deg, np.asarray(source.elevation_m, float)
    if elevation_m.shape != (lat.size, lon.size) or min(elevation_m.shape) < 2:
        raise SeabedError(
            f"the seabed source has {lat.size} latitudes, {lon.size} longitudes and elevations of shape "
            f"{elevation_m.shape}: expected (latitudes, longitudes), at least two of each"
        )
    for name, axis in (("longitudes", lon), ("latitudes", lat)):
        steps = np.diff(axis)
        if not ((steps > 0).all() or (steps < 0).all()):
            raise SeabedError(f"the {name} of the seabed source neither ascend nor descend: sort the file")
    order = np.s_[:: 1 if lat[0] < lat[-1] else -1, :: 1 if lon[0] < lon[-1] else -1]
    error_m = None if source.uncertainty_m is None else np.asarray(source.uncertainty_m, float)[order]
    return Nodes(lon[order[1]], lat[order[0]], elevation_m[order], error_m)
