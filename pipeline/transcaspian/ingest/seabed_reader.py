"""The seabed as elevations on a regular lon/lat grid, from GeoTIFF or netCDF (COARDS and CF)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import rasterio
import xarray as xr
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.errors import RasterioError
from rasterio.transform import Affine
from rasterio.warp import Resampling, calculate_default_transform, reproject

from transcaspian.core.errors import IngestError
from transcaspian.ingest.limits import check_cells, check_file
from transcaspian.ingest.plausible import refuse_implausible
from transcaspian.ingest.seabed_raster import SeabedRaster
from transcaspian.sources.datafile import DataFile

Bounds = tuple[float, float, float, float]
Floats = NDArray[np.float64]

MARGIN_NODES = 2
VALUE_NAMES = ("elevation", "z", "Band1", "depth", "topo", "bedrock", "altitude")
LON_NAMES, LAT_NAMES = ("lon", "longitude", "x"), ("lat", "latitude", "y")
LON_UNITS, LAT_UNITS = ("degrees_east", "degree_east", "degreese"), ("degrees_north", "degree_north", "degreesn")
TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
# Steps may differ by this share: longitudes stored as float32 do
STEP_TOLERANCE = 0.02


def read_seabed(file: DataFile, bounds: Bounds | None = None) -> SeabedRaster:
    """Read the seabed, cropped to the study's area and two nodes around it.

    Parameters
    ----------
    file
        GeoTIFF (``.tif``, ``.tiff``) or netCDF (``.nc``, ``.grd``); ``file.layer`` names the variable where there are
        several; ``file.values`` says whether they are elevations (up) or depths (down), both from mean sea level.
    bounds
        ``(west, south, east, north)``, degrees.

    Raises
    ------
    IngestError
        When the file cannot be read, is not georeferenced in degrees, has no data there, no regular step, or values
        that no sea and no land has.
    """
    check_file(file.path, file.limits)
    with file.path.open("rb") as opened:
        start = opened.read(8)
    if start[:4] in TIFF_STARTS:
        lon, lat, values = read_geotiff(file)
    elif start[:3] == b"CDF" or start == b"\x89HDF\r\n\x1a\n":
        if start[:3] != b"CDF":
            expect_own_bytes(file.path)
        engine = "scipy" if start[:3] == b"CDF" else "h5netcdf"
        lon, lat, values = read_netcdf(file, engine, bounds)
    else:
        raise IngestError(f"{file.path} is neither GeoTIFF nor netCDF by its content: give the seabed as one of them")
    lon, lat, values = in_order(file.path, lon, lat, values)
    if bounds is not None:
        lon, lat, values = crop(file.path, lon, lat, values, bounds)
    if not np.isfinite(values).any():
        raise IngestError(f"{file.path} has no data (only NaN or nodata) in the study's area: give another seabed file")
    refuse_implausible(file, values)
    elevation_m = values if file.values == "elevation_m_up" else -values
    resolution_deg = file.effective_resolution_deg or round(float(np.diff(lon).mean()), 9)
    return SeabedRaster(elevation_m.astype(np.float32), lon, lat, resolution_deg, file.source_id)


def without_nodata(file: DataFile, values: Floats) -> Floats:
    """NaN for what the study declares to be no data; compared as the file may have stored it, in single precision."""
    if file.nodata is not None:
        with np.errstate(over="ignore"):
            values[values.astype(np.float32) == np.float32(file.nodata)] = np.nan
    return values


def read_geotiff(file: DataFile) -> tuple[Floats, Floats, Floats]:
    """Pixel centres and values of the first band."""
    path = file.path
    try:
        # without a list of the folder GDAL opens nothing beside the file: its values and its place are its own
        with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"), rasterio.open(path, driver="GTiff") as source:
            check_cells(path, source.height, source.width, file.limits)
            if source.crs is None:
                raise IngestError(f"{path} names no CRS: set it in the file (EPSG:4326); it is not guessed")
            if np.dtype(source.dtypes[0]).kind not in "iuf":
                raise IngestError(f"{path} holds values of type {source.dtypes[0]}: expected numbers")
            if source.transform.b or source.transform.d:
                raise IngestError(f"{path} is rotated: warp it north-up (gdalwarp)")
            values = source.read(1, masked=True).astype(float).filled(np.nan)
            values = without_nodata(file, values * source.scales[0] + source.offsets[0])
            step = source.transform
            if not CRS.from_wkt(source.crs.to_wkt()).equals(CRS("EPSG:4326"), ignore_axis_order=True):
                refuse_implausible(file, values)  # before neighbours take a share of them
                values, step = warped(values, source.crs, step, source.bounds)
    except RasterioError as exc:
        raise IngestError(f"{path} cannot be read as GeoTIFF: {exc}. It may be truncated or damaged") from exc
    lon = step.c + (np.arange(values.shape[1]) + 0.5) * step.a
    lat = step.f + (np.arange(values.shape[0]) + 0.5) * step.e
    return (lon - 360 if lon.min() >= 180 else lon), lat, values


def warped(values: Floats, crs: Any, step: Affine, bounds: Any) -> tuple[Floats, Affine]:
    """The values on a lon/lat grid of like resolution, bilinear; what the source does not cover is NaN."""
    place, width, height = calculate_default_transform(crs, "EPSG:4326", values.shape[1], values.shape[0], *bounds)
    target = np.full((height, width), np.nan)
    reproject(
        values,
        target,
        src_transform=step,
        src_crs=crs,
        src_nodata=np.nan,
        dst_transform=place,
        dst_crs="EPSG:4326",
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    return target, place


def read_netcdf(file: DataFile, engine: str, bounds: Bounds | None) -> tuple[Floats, Floats, Floats]:
    """Nodes and values of the elevation variable; scale, offset and fill value are honoured by xarray."""
    path = file.path
    try:
        with xr.open_dataset(path, engine=engine) as dataset:
            data = chosen_variable(path, dataset, file.layer)
            lon_name = coordinate(path, dataset, data, LON_NAMES, LON_UNITS, "longitude")
            lat_name = coordinate(path, dataset, data, LAT_NAMES, LAT_UNITS, "latitude")
            lon = np.asarray(dataset[lon_name].values, float)
            lat = np.asarray(dataset[lat_name].values, float)
            if bounds is not None:
                middle = (bounds[0] + bounds[2]) / 2  # longitudes within half a turn of the study, however counted
                lon = np.round(middle + (lon - middle + 180) % 360 - 180, 9)
            columns = np.argsort(lon, kind="stable")
            columns = columns[np.append(np.diff(lon[columns]) > 0, True)]  # 0 and 360 are the same meridian
            rows = np.arange(lat.size)
            if bounds is not None:
                columns = columns[near(lon[columns], bounds[0], bounds[2])]
                rows = rows[near(lat, bounds[1], bounds[3])]
            picked = data.transpose(lat_name, lon_name)[{lat_name: rows, lon_name: columns}]
            check_cells(path, rows.size, columns.size, file.limits)
            values = without_nodata(file, np.asarray(picked.values, float))
            if "emodnet" in " ".join(str(value) for value in dataset.attrs.values()).lower():
                # EMODnet Bathymetry writes exactly 0 where it has no coverage: that is no data, not a depth
                values[values == 0] = np.nan
    except IngestError:
        raise
    except (OSError, ValueError) as exc:
        raise IngestError(f"{path} cannot be read as netCDF: {exc}. It may be truncated or damaged") from exc
    return lon[columns], lat[rows], values


def expect_own_bytes(path: Path) -> None:
    """An HDF5 file may take its values from other files of this disk, whatever they are: such a one is refused."""

    def look(group: h5py.Group) -> None:
        for name in group:
            kind = group.get(name, getlink=True)
            if isinstance(kind, h5py.ExternalLink):
                raise IngestError(f"{path}: {name} leads to another file, {kind.filename!r}: give a file of its own")
            if isinstance(kind, h5py.SoftLink):
                continue
            item = group[name]
            if isinstance(item, h5py.Group):
                look(item)
            elif isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
                raise IngestError(f"{path}: the values of {name} lie in another file: give a file of its own")

    try:
        with h5py.File(path, "r") as file:
            look(file)
    except (OSError, RuntimeError, KeyError) as exc:
        raise IngestError(f"{path} cannot be read as netCDF: {exc}. It may be truncated or damaged") from exc


def near(axis: Floats, low: float, high: float) -> NDArray[np.bool_]:
    """Nodes within a few steps of a range, so that a large file is not read whole; all when none is near."""
    step = float(np.median(np.abs(np.diff(axis)))) if axis.size > 1 else 1.0
    inside = (axis >= low - (MARGIN_NODES + 1) * step) & (axis <= high + (MARGIN_NODES + 1) * step)
    return inside if inside.sum() >= 2 else np.ones(axis.size, bool)


def chosen_variable(path: Path, dataset: xr.Dataset, variable: str | None) -> xr.DataArray:
    """The variable asked for, the one of a usual name, or the only one with two dimensions."""
    names = [str(name) for name, data in dataset.data_vars.items() if data.ndim == 2]
    if variable is not None:
        if variable not in dataset.data_vars:
            raise IngestError(f"{path} has no variable `{variable}`: it has {', '.join(names) or '(none)'}")
        name = variable
    elif usual := [name for name in VALUE_NAMES if name in names]:
        name = usual[0]
    elif len(names) == 1:
        name = names[0]
    else:
        raise IngestError(f"{path} has the variables {', '.join(names) or '(none)'}: name one by `layer`")
    if dataset[name].dtype.kind not in "iuf":
        raise IngestError(f"{path}, variable {name}, holds values of type {dataset[name].dtype}: expected numbers")
    if dataset[name].ndim != 2:
        raise IngestError(
            f"{path}, variable {name}, has {dataset[name].ndim} dimensions: expected latitude and longitude"
        )
    return dataset[name]


def coordinate(
    path: Path, dataset: xr.Dataset, data: xr.DataArray, names: tuple[str, ...], units: tuple[str, ...], meaning: str
) -> str:
    """Name of the dimension that is a longitude or latitude, by its units or its name."""
    for dimension in map(str, data.dims):
        if dimension not in dataset.coords:
            continue
        unit = str(dataset[dimension].attrs.get("units", "")).lower()
        if unit in units or (not unit and dimension.lower() in names) or dimension.lower() in names[:2]:
            return dimension
    raise IngestError(
        f"{path} has no {meaning} coordinate for the variable {data.name} on {', '.join(map(str, data.dims))}; "
        f"expected a coordinate variable named {names[0]} or with units {units[0]}"
    )


def in_order(path: Path, lon: Floats, lat: Floats, values: Floats) -> tuple[Floats, Floats, Floats]:
    """Longitudes ascending, latitudes descending, both with a regular step."""
    if lon.size < 2 or lat.size < 2:
        raise IngestError(f"{path} has {lat.size} × {lon.size} nodes: expected at least two by two")
    if lon[0] > lon[-1]:
        lon, values = lon[::-1], values[:, ::-1]
    if lat[0] < lat[-1]:
        lat, values = lat[::-1], values[::-1]
    for name, steps in (("longitude", np.diff(lon)), ("latitude", -np.diff(lat))):
        if not (np.isfinite(steps).all() and steps.min() > 0 and np.ptp(steps) <= STEP_TOLERANCE * steps.mean()):
            raise IngestError(
                f"{path}: the {name} step varies from {steps.min():g} to {steps.max():g}°: expected a regular grid"
            )
    if np.abs(lat).max() > 90.001:
        raise IngestError(
            f"{path} has latitudes up to {np.abs(lat).max():g}: expected degrees, and lon, lat not swapped"
        )
    return lon, lat, np.ascontiguousarray(values)


def crop(path: Path, lon: Floats, lat: Floats, values: Floats, bounds: Bounds) -> tuple[Floats, Floats, Floats]:
    """The nodes of the area and two around it."""
    west, south, east, north = bounds
    if lon[-1] < west or lon[0] > east or lat[0] < south or lat[-1] > north:
        raise IngestError(
            f"{path} spans {lon[0]:g}…{lon[-1]:g}° E, {lat[-1]:g}…{lat[0]:g}° N, outside the study's area "
            f"{west:g}…{east:g}° E, {south:g}…{north:g}° N: give the seabed of this sea"
        )
    first_col = max(int(np.searchsorted(lon, west)) - MARGIN_NODES, 0)
    last_col = min(int(np.searchsorted(lon, east, side="right")) + MARGIN_NODES, lon.size)
    first_row = max(int(np.searchsorted(-lat, -north)) - MARGIN_NODES, 0)
    last_row = min(int(np.searchsorted(-lat, -south, side="right")) + MARGIN_NODES, lat.size)
    inside = slice(first_row, last_row), slice(first_col, last_col)
    return lon[inside[1]], lat[inside[0]], values[inside]
