"""Where the water is: what the shoreline says, by the centre of the cell."""

from __future__ import annotations

from threading import Lock

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize, shapes
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from transcaspian.core.errors import SeabedError
from transcaspian.core.grid import GEOD, Grid, window_of

_RASTERISING = Lock()
"""rasterio silences a warning of its own for the length of the call, which only one thread at a time can."""


def water_mask(grid: Grid, water_polygon: BaseGeometry) -> NDArray[np.bool_]:
    """True where the centre of a cell lies in the water polygon; its holes are islands.

    Parameters
    ----------
    grid
        Frame of the result.
    water_polygon
        Polygon or MultiPolygon in EPSG:4326, lon/lat.

    Returns
    -------
    ndarray
        Shape ``grid.shape``, bool, row 0 northernmost.

    Raises
    ------
    SeabedError
        When no cell of the grid has its centre in the water.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=3, cols=4)
    >>> print(water_mask(grid, shapely.box(50.0, 40.955, 50.045, 41.0)).astype(int))
    [[1 1 0 0]
     [1 1 0 0]
     [0 0 0 0]]
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
    with _RASTERISING:
        burnt = rasterize(
            shapes, out_shape=grid.shape, fill=0, transform=Affine(*grid.transform), all_touched=all_touched,
            dtype="uint8",
        )  # fmt: skip
    return np.asarray(burnt, dtype=bool)


def area_of(grid: Grid, inside: NDArray[np.bool_]) -> BaseGeometry:
    """The cells of a mask, shape ``grid.shape``, as one area in EPSG:4326; its outline follows the edges of cells.

    Parameters
    ----------
    grid
        Frame of the mask.
    inside
        True in the area, row 0 northernmost; cells that touch at a corner alone are not joined.

    Returns
    -------
    BaseGeometry
        Polygons; an empty geometry where no cell is True.

    Examples
    --------
    >>> grid = Grid(west_deg=50.0, north_deg=41.0, step_deg=0.02, rows=2, cols=3)
    >>> area = area_of(grid, np.array([[False, True, True], [False, False, True]]))
    >>> [round(edge_deg, 2) for edge_deg in area.bounds], round(area_km2(area, 0.02), 1)
    ([50.02, 40.96, 50.06, 41.0], 11.2)
    """
    rows, cols = window_of(inside)
    window = np.ascontiguousarray(inside[rows, cols])
    if not window.size:
        return shapely.GeometryCollection()
    step_deg, top, left = grid.step_deg, rows.start, cols.start
    placed = Affine(step_deg, 0.0, grid.west_deg + left * step_deg, 0.0, -step_deg, grid.north_deg - top * step_deg)
    with _RASTERISING:
        outlines = list(shapes(window.view(np.uint8), mask=window, connectivity=4, transform=placed))
    return shapely.union_all([shapely.geometry.shape(outline) for outline, _ in outlines])


def polygons_of(area: BaseGeometry) -> MultiPolygon:
    """The polygons of an area, made valid; points and lines that an intersection left are dropped.

    Parameters
    ----------
    area
        Any geometry.

    Returns
    -------
    MultiPolygon
        Empty where the area has no polygon.

    Examples
    --------
    >>> len(polygons_of(shapely.union(shapely.box(0, 0, 1, 1), shapely.Point(5, 5))).geoms)
    1
    """
    valid = area if area.is_valid else shapely.make_valid(area, method="structure", keep_collapsed=False)
    parts = shapely.get_parts(shapely.get_parts(valid))
    return MultiPolygon([part for part in parts if isinstance(part, Polygon)])


def area_km2(area: BaseGeometry, step_deg: float) -> float:
    """Area of polygons on WGS84, holes left out.

    Parameters
    ----------
    area
        Polygons, lon/lat degrees; edges are drawn straight in longitude and latitude.
    step_deg
        Edges are cut to pieces of this, because a long one along a parallel is not a geodesic.

    Returns
    -------
    float
        Square kilometres.

    Examples
    --------
    >>> round(area_km2(shapely.box(50.0, 40.0, 51.0, 41.0), 0.1))
    9413
    """
    drawn = shapely.orient_polygons(shapely.segmentize(area, step_deg))
    area_m2, _ = GEOD.geometry_area_perimeter(drawn)
    return abs(float(area_m2)) / 1e6


def _extent(grid: Grid) -> str:
    west, south, east, north = grid.bounds
    return f"{west:g}…{east:g}° E, {south:g}…{north:g}° N"
