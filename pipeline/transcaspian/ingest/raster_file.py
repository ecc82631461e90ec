"""A raster as its file describes it, before a value is read; and those that GDAL opens: GeoTIFF, BAG and S-102."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from transcaspian.core.errors import IngestError
from transcaspian.ingest.limits import check_block
from transcaspian.sources.datafile import DataFile

Floats = NDArray[np.float64]
Read = Callable[[slice, slice], Floats]

SURVEYS: Mapping[str, tuple[str, str]] = {"BAG": ("up", "metre"), "S102": ("down", "metre")}
"""By the driver: which way the values of a survey's exchange format count, and in what."""
SHOWN = {"GTiff": "GeoTIFF", "BAG": "BAG", "S102": "S-102"}
SURVEYS_SHOWN = tuple(SHOWN[driver] for driver in SURVEYS)


NUMBER_BYTES = 8
"""The most that a number of a raster takes."""


@dataclass(frozen=True)
class RasterFile:
    """What a raster says of itself.

    Attributes
    ----------
    x, y
        Of the nodes along both axes, in the units of the CRS.
    crs
        As stated, compound where a vertical one is stated with it; None: not stated.
    read
        Values of a window of rows and columns, in the unit of the file; NaN is no data. It works as long as the file
        is open.
    read_error
        The same of the standard error of each value, where the file has it.
    unit, positive, vertical
        As stated; empty: not stated. ``vertical`` is used where the CRS has no vertical part.
    is_lonlat
        Whether the axes say themselves that they are longitude and latitude, whatever the CRS.
    """

    format: str
    x: Floats
    y: Floats
    crs: CRS | None
    read: Read
    read_error: Read | None = None
    unit: str = ""
    positive: str = ""
    vertical: str = ""
    is_lonlat: bool = False
    notes: tuple[str, ...] = ()


@contextmanager
def opened_by_gdal(file: DataFile, driver: str, shape: tuple[int, int] | None = None) -> Iterator[RasterFile]:
    """A GeoTIFF, a BAG or an S-102 surface, open for reading.

    Parameters
    ----------
    file, driver
        The file, and GDAL's name of its format.
    shape
        What each window is read as: so many rows and columns of means; None: as it is.

    Raises
    ------
    IngestError
        When it cannot be read, is rotated, holds no numbers, or has several bands of which none is named.
    """
    path = file.path
    try:
        # without a list of the folder GDAL opens nothing beside the file: its values and its place are its own
        with (
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED=False),
            rasterio.open(path, driver=driver) as source,
        ):
            yield described(file, driver, source, shape)
    except RasterioError as exc:
        raise IngestError(f"{path} cannot be read as {SHOWN[driver]}: {exc}. It may be truncated or damaged") from exc


def described(file: DataFile, driver: str, source: DatasetReader, shape: tuple[int, int] | None = None) -> RasterFile:
    """What an open data set says of itself.

    Parameters
    ----------
    file
        As the study names it.
    driver
        GDAL's name of the format.
    source
        The open data set.
    shape
        Rows and columns that windows are brought to; None: their own.

    Raises
    ------
    IngestError
        When the raster is rotated, does not say where it lies, or its blocks are too large to be read.
    """
    path, place = file.path, source.transform
    if place.b or place.d:
        raise IngestError(f"{path} is rotated: warp it north-up (gdalwarp)")
    if place.is_identity:  # what GDAL gives where the file has none: its columns and rows would be degrees
        raise IngestError(
            f"{path} does not say where it lies (no geotransform): write its place and CRS into the file "
            "(gdal_translate -a_ullr west north east south -a_srs EPSG:4326)"
        )
    positive, unit = SURVEYS.get(driver, ("", ""))
    band = 1 if driver in SURVEYS else chosen_band(file, source)
    check_block(path, source.block_shapes[band - 1], NUMBER_BYTES)
    tags = source.tags()
    notes = (
        ["it has several resolutions, of which the coarsest is read"] if tags.get("HAS_SUPERGRIDS") == "TRUE" else []
    )
    if source.count > 1 and driver not in SURVEYS:
        notes.append(f"band {band} of {source.count} is read")
    return RasterFile(
        format=SHOWN[driver],
        x=place.c + (np.arange(source.width) + 0.5) * place.a,
        y=place.f + (np.arange(source.height) + 0.5) * place.e,
        crs=CRS.from_wkt(source.crs.to_wkt()) if source.crs else None,
        read=band_reader(file, source, band, shape),
        read_error=band_reader(file, source, 2) if driver in SURVEYS and source.count > 1 else None,
        unit=source.units[band - 1] or unit,
        positive=positive,
        vertical=tags.get("VERTICAL_DATUM_ABBREV", ""),
        notes=tuple(notes),
    )


def chosen_band(file: DataFile, source: DatasetReader) -> int:
    """Number of the band that holds the elevations: the only one, or that which `layer` names."""
    path = file.path
    names = [name or str(number) for number, name in enumerate(source.descriptions, 1)]
    if file.layer is not None and file.layer not in (*names, *map(str, source.indexes)):
        raise IngestError(f"{path} has no band `{file.layer}`: it has {', '.join(names)}")
    if file.layer is None and source.count != 1:
        raise IngestError(f"{path} has the bands {', '.join(names)}: name the one with the elevations by `layer`")
    if names.count(file.layer) > 1:
        raise IngestError(f'{path} has the bands {", ".join(names)}: name one by its number, as layer = "1"')
    band = 1 if file.layer is None else names.index(file.layer) + 1 if file.layer in names else int(file.layer)
    if not source.dtypes[band - 1].startswith(("int", "uint", "float")):  # GDAL has some that NumPy does not know
        raise IngestError(f"{path} holds values of type {source.dtypes[band - 1]}: expected numbers")
    if source.colorinterp[band - 1] is ColorInterp.palette:
        raise IngestError(
            f"{path} is a picture: its values are numbers of colours; give the grid that it was drawn from"
        )
    return band


def band_reader(file: DataFile, source: DatasetReader, band: int, shape: tuple[int, int] | None = None) -> Read:
    """Reads windows of a band; scale, offset, mask and no-data value of the file are applied.

    Parameters
    ----------
    file, source
        As the study names it, and opened.
    band
        From 1.
    shape
        Rows and columns that a window is brought to, by the mean; None: its own.

    Returns
    -------
    callable
        Of slices of rows and columns the values, float64, NaN for no data.
    """
    scale, offset = source.scales[band - 1], source.offsets[band - 1]
    check_scale(file.path, scale, offset)

    def read(rows: slice, cols: slice) -> Floats:
        try:
            window = Window.from_slices(rows, cols)
            raw = source.read(band, window=window, masked=True, out_shape=shape, resampling=Resampling.average)
        except RasterioError as exc:
            raise IngestError(f"{file.path} cannot be read: {exc}. It may be truncated or damaged") from exc
        values = raw.astype(float).filled(np.nan)
        return without_nodata(file, values, values * scale + offset)

    return read


def check_scale(path: Path, scale: object, offset: object) -> None:
    """Refuse a scale that makes nothing of values, or no numbers.

    Raises
    ------
    IngestError
        When the scale is zero, or either is no number.
    """
    for name, value in (("scale_factor", scale), ("add_offset", offset)):
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = np.nan
        if not np.isfinite(number) or (name == "scale_factor" and number == 0):
            raise IngestError(f"{path} has the {name} {value!r}: expected a number, and no scale of 0")


def without_nodata(file: DataFile, stored: Floats, values: Floats) -> Floats:
    """NaN for what the study declares to be no data, as stored or as meant; compared in single precision."""
    if file.nodata is not None:
        with np.errstate(over="ignore"):
            fill = np.float32(file.nodata)
            values[(stored.astype(np.float32) == fill) | (values.astype(np.float32) == fill)] = np.nan
    return values
