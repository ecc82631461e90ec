"""Raster writer: cloud-optimised GeoTIFF, with a style and a table of colours beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import ArrayLike, NDArray
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import Affine
from rasterio.windows import Window

from transcaspian.core.errors import ExportError
from transcaspian.core.grid import CRS, Grid, strips_of
from transcaspian.core.styles import channels_of

BLOCK_CELLS = 512
"""Side of the blocks that the driver makes by itself."""


@dataclass(frozen=True)
class Raster:
    """A raster of a run.

    Attributes
    ----------
    name
        Of the file, without suffix.
    array
        Shape ``grid.shape``, row 0 the northernmost; NaN is no data.
    description, unit
        What the values are, and in which unit.
    stops
        Values with their colours; between two of them the colour goes over evenly.
    shown
        Whether a new project switches it on.
    """

    name: str
    array: NDArray[np.float32]
    description: str
    unit: str
    stops: tuple[tuple[float, str], ...]
    shown: bool = False

    @property
    def file(self) -> str:
        """Its file, relative to the folder of the run."""
        return f"rasters/{self.name}.tif"


def write_cog(path: Path, grid: Grid, array: ArrayLike, *, description: str, units: str) -> None:
    """Write an array as a cloud-optimised GeoTIFF, float32, NaN for no data, with overviews.

    The file is made in memory and written in one piece, so that a full disk raises instead of leaving a file that
    the driver called finished.

    Parameters
    ----------
    path
        File to write.
    grid
        Where the cells lie, EPSG:4326.
    array
        Shape ``grid.shape``, row 0 the northernmost.
    description, units
        Of the band, for those who open the file.

    Raises
    ------
    ExportError
        When GDAL cannot make the file.

    Examples
    --------
    >>> grid = Grid.covering(50.0, 40.0, 50.4, 40.2, step_deg=0.1)
    >>> depth_m = np.full(grid.shape, 12.5)
    >>> write_cog(folder / "depth.tif", grid, depth_m, description="depth below mean sea level", units="m")
    >>> read_raster(folder / "depth.tif")[1].shape
    (2, 4)
    """
    values = np.asarray(array, np.float32)
    profile = {
        "driver": "COG",
        "height": grid.rows,
        "width": grid.cols,
        "count": 1,
        "dtype": "float32",
        "crs": CRS,
        "transform": Affine(*grid.transform),
        "nodata": float("nan"),
        "compress": "DEFLATE",
        "predictor": "YES",
        "level": 3,  # the usual level takes half as long again for 3 % fewer bytes
        "overviews": "AUTO",
        "resampling": "AVERAGE",
        "num_threads": "ALL_CPUS",  # the bytes are the same with any number
    }
    try:
        with MemoryFile() as memory:
            with memory.open(**profile) as target:
                target.write(values, 1)
                target.set_band_description(1, description)
                target.set_band_unit(1, units)
            path.write_bytes(memory.getbuffer())
    except RasterioError as exc:
        raise ExportError(f"{path} cannot be made: {exc}") from exc


def read_raster(path: Path) -> tuple[Grid, NDArray[np.float32]]:
    """A raster of a run as `write_cog` wrote it: its grid and its values.

    Parameters
    ----------
    path
        A GeoTIFF of one band.

    Returns
    -------
    tuple
        The grid, and values of shape ``grid.shape``, row 0 northernmost, NaN for no data.

    Raises
    ------
    ExportError
        When it does not open.

    Examples
    --------
    >>> grid = Grid.covering(50.0, 40.0, 50.2, 40.1, step_deg=0.1)
    >>> write_cog(folder / "slope.tif", grid, [[2.5, np.nan]], description="slope", units="deg")
    >>> found, slope_deg = read_raster(folder / "slope.tif")
    >>> found.bounds, slope_deg.tolist()
    ((50.0, 40.0, 50.2, 40.1), [[2.5, nan]])
    """
    try:
        with rasterio.open(path) as source:
            transform = source.transform
            return Grid(transform.c, transform.f, transform.a, *source.shape), source.read(1)
    except RasterioError as exc:
        raise ExportError(f"{path} cannot be read: {exc}") from exc


def colour_table(stops: Sequence[tuple[float, str]]) -> str:
    """The colours as `gdaldem color-relief` and QGIS read them: value, red, green, blue, opacity; ``nv``: no data."""
    lines = [f"{value:g} {' '.join(map(str, channels_of(colour)))} 255" for value, colour in stops]
    return "\n".join([*lines, "nv 0 0 0 0", ""])


def check_cog(path: Path, grid: Grid, array: ArrayLike) -> None:
    """Read the raster back and compare its frame and its values.

    Raises
    ------
    ExportError
        When it does not open or differs.
    """
    values = np.asarray(array, np.float32)
    try:
        with rasterio.open(path) as source:
            framed = source.crs == CRS and source.transform.almost_equals(Affine(*grid.transform), 1e-9)
            same = source.shape == values.shape and all(
                np.array_equal(source.read(1, window=Window.from_slices(rows, slice(0, grid.cols))), values[rows], True)
                for rows in strips_of(grid.rows, BLOCK_CELLS)
            )
    except RasterioError as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    if not framed:
        raise ExportError(f"{path} does not read back in its place: expected {CRS} and {grid.transform}")
    if not same:
        raise ExportError(f"{path} does not read back as it was written: check the disk and the memory")
