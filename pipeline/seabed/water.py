"""Where the water is: what the shoreline says, by the centre of the cell."""

from __future__ import annotations

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from pipeline.errors import SeabedError
from pipeline.grid import Grid


def water_mask(grid: Grid, water_polygon: BaseGeometry) -> NDArray[np.bool_]:
    """True where the centre of a cell lies in the water polygon; its holes are islands.

    Parameters
    ----------
    water_polygon
        Polygon or MultiPolygon in EPSG:4326, lon/lat.

    Returns
    -------
    numpy.ndarray
        Shape ``grid.shape``.

    Raises
    ------
    SeabedError
        When no cell of the grid has its centre in the water.
    """
    mask = burn(grid, [water_polygon], all_touched=False)
    if not mask.any():
        raise SeabedError(
            f"the shoreline has no water in the grid {_extent(grid)}: check [area], the step of the grid, and the "
            "order of longitude and latitude in the shoreline"
        )
    return mask


def burn(grid: Grid, geometries: list[BaseGeometry], all_touched: bool) -> NDArray[np.bool_]:
    """True where a cell belongs to a geometry: by its centre, or as soon as it is touched."""
    shapes = [(geometry, 1) for geometry in geometries if not geometry.is_empty]
    if not shapes:
        return np.zeros(grid.shape, dtype=bool)
    burnt = rasterize(
        shapes, out_shape=grid.shape, fill=0, transform=Affine(*grid.transform), all_touched=all_touched, dtype="uint8"
    )
    return np.asarray(burnt, dtype=bool)


def _extent(grid: Grid) -> str:
    west, south, east, north = grid.bounds
    return f"{west:g}…{east:g}° E, {south:g}…{north:g}° N"
