"""Raster writer: cloud-optimised GeoTIFF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import ArrayLike
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from pipeline.errors import ExportError
from pipeline.grid import CRS, Grid


def write_cog(path: Path, grid: Grid, array: ArrayLike, *, description: str, units: str) -> None:
    """Write an array as a cloud-optimised GeoTIFF, float32, NaN for no data, with overviews.

    The file is made in memory and written in one piece, so that a full disk raises instead of leaving a file that
    the driver called finished.

    Parameters
    ----------
    array
        Shape ``grid.shape``, row 0 the northernmost.

    Raises
    ------
    ExportError
        When GDAL cannot make the file.
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
        "overviews": "AUTO",
        "resampling": "AVERAGE",
    }
    try:
        with MemoryFile() as memory:
            with memory.open(**profile) as target:
                target.write(values, 1)
                target.set_band_description(1, description)
                target.set_band_unit(1, units)
            data = memory.read()
    except RasterioError as exc:
        raise ExportError(f"{path} cannot be made: {exc}") from exc
    path.write_bytes(data)


def check_cog(path: Path, grid: Grid, array: ArrayLike) -> None:
    """Read the raster back and compare its frame and its values.

    Raises
    ------
    ExportError
        When it does not open or differs.
    """
    try:
        with rasterio.open(path) as source:
            found = source.read(1)
            framed = source.crs == CRS and source.transform.almost_equals(Affine(*grid.transform), 1e-9)
    except RasterioError as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    if not framed:
        raise ExportError(f"{path} does not read back in its place: expected {CRS} and {grid.transform}")
    if not np.array_equal(found, np.asarray(array, np.float32), equal_nan=True):
        raise ExportError(f"{path} does not read back as it was written: check the disk")
