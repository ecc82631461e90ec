"""A grid in a netCDF file (COARDS and CF, classic or HDF5), by longitude and latitude or in a projection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from transcaspian.core.errors import IngestError
from transcaspian.ingest.hdf5 import HDF5, readable
from transcaspian.ingest.raster_file import RasterFile, Read, check_scale, without_nodata
from transcaspian.ingest.units import direction_of
from transcaspian.sources.datafile import DataFile

Floats = NDArray[np.float64]

VALUE_NAMES = ("elevation", "z", "Band1", "depth", "topo", "bedrock", "altitude")
LON_NAMES, LAT_NAMES = ("lon", "longitude", "x"), ("lat", "latitude", "y")
X_NAMES, Y_NAMES = ("x", "easting", "projection_x_coordinate"), ("y", "northing", "projection_y_coordinate")
LON_UNITS, LAT_UNITS = ("degrees_east", "degree_east", "degreese"), ("degrees_north", "degree_north", "degreesn")
VERTICAL_NAMES = ("vertical_datum", "vertical_crs", "verticaldatum", "vertical_reference")


@contextmanager
def opened_netcdf(file: DataFile, start: bytes) -> Iterator[RasterFile]:
    """A netCDF file, open for reading.

    Parameters
    ----------
    file
        Its ``layer`` names the variable where there are several.
    start
        The first eight bytes.

    Raises
    ------
    IngestError
        When it cannot be read, or has no grid of numbers with two axes that are known.
    """
    path = file.path
    if start[:4] == b"CDF\x05":
        raise IngestError(
            f"{path} is netCDF of the kind CDF-5, which is not read: bring it to netCDF-4 (nccopy -k nc4)"
        )
    with readable(path):
        engine = "h5netcdf" if start == HDF5 else "scipy"
        opened = xr.open_dataset(path, engine=engine, decode_times=False, mask_and_scale=True)
    with opened as dataset:
        if {"x_range", "y_range", "dimension"} <= {str(name) for name in dataset.variables}:
            raise IngestError(
                f"{path} is a grid of GMT 3, without axes: bring it to netCDF of now (gmt grdconvert old.grd "
                "new.grd=nf, or gdal_translate old.grd new.tif)"
            )
        with readable(path):
            found = described(file, dataset, "netCDF-4" if start == HDF5 else "netCDF")
        yield found


def described(file: DataFile, dataset: xr.Dataset, shown: str) -> RasterFile:
    """What an open data set says of itself."""
    path = file.path
    data = chosen_variable(path, dataset, file.layer)
    attributes = {str(name).lower(): value for name, value in (dataset.attrs | data.attrs).items()}
    x_name, y_name = axes_of(path, dataset, data)
    standard_name = str(data.attrs.get("standard_name", ""))
    vertical = next((str(attributes[name]) for name in VERTICAL_NAMES if name in attributes), "")
    return RasterFile(
        format=shown,
        x=np.asarray(dataset[x_name].values, float),
        y=np.asarray(dataset[y_name].values, float),
        crs=crs_of(path, dataset, data),
        read=window_reader(file, dataset, data.transpose(y_name, x_name)),
        unit=str(data.attrs.get("units", "")),
        positive=direction_of(str(data.attrs.get("positive", "")), standard_name),
        is_lonlat=not is_projected(path, dataset, data),
        vertical=vertical or ("reference ellipsoid" if "ellipsoid" in standard_name else ""),
    )


def window_reader(file: DataFile, dataset: xr.Dataset, data: xr.DataArray) -> Read:
    """Reads windows of a variable; scale, offset, fill value and valid range of the file are honoured."""
    scale, offset = data.encoding.get("scale_factor", 1.0), data.encoding.get("add_offset", 0.0)
    check_scale(file.path, np.ravel(scale)[0], np.ravel(offset)[0])
    low, high = valid_range(file.path, data)
    scale, offset = float(np.ravel(scale)[0]), float(np.ravel(offset)[0])
    # EMODnet Bathymetry writes exactly 0 where it has no coverage: that is no data, not a depth
    is_emodnet = "emodnet" in " ".join(str(value) for value in dataset.attrs.values()).lower()

    def read(rows: slice, cols: slice) -> Floats:
        with readable(file.path):
            values = np.array(data[rows, cols].values, float)
        stored = (values - offset) / scale
        values[(stored < low) | (stored > high) | (is_emodnet & (values == 0))] = np.nan
        return without_nodata(file, stored, values)

    return read


def valid_range(path: Path, data: xr.DataArray) -> tuple[float, float]:
    """The values, as they are stored, that a file calls valid; what lies beyond is no data (CF 2.5.1)."""
    said = data.attrs
    try:
        low, high = np.ravel(said.get("valid_range", (said.get("valid_min", -np.inf), said.get("valid_max", np.inf))))
        low, high = float(low), float(high)
    except (TypeError, ValueError) as exc:
        raise IngestError(f"{path}: valid_range of {data.name} is no pair of numbers: {exc}") from exc
    if not low <= high:
        raise IngestError(f"{path}: the valid range of {data.name} is {low:g} to {high:g}: expected ascending numbers")
    slack = 1e-6 * max([1.0, *(abs(bound) for bound in (low, high) if np.isfinite(bound))])
    return low - slack, high + slack


def chosen_variable(path: Path, dataset: xr.Dataset, variable: str | None) -> xr.DataArray:
    """The variable asked for, the one of a usual name, or the only one with two dimensions of more than one node."""
    grids = {str(name): data.squeeze(drop=True) for name, data in dataset.data_vars.items()}
    names = [name for name, data in grids.items() if data.ndim == 2]
    if variable is not None:
        if variable not in grids:
            raise IngestError(f"{path} has no variable `{variable}`: it has {', '.join(names) or '(none)'}")
        name = variable
    elif usual := [name for name in VALUE_NAMES if name in names]:
        name = usual[0]
    elif len(names) == 1:
        name = names[0]
    else:
        raise IngestError(f"{path} has the variables {', '.join(names) or '(none)'}: name one by `layer`")
    if grids[name].dtype.kind not in "iuf":
        raise IngestError(f"{path}, variable {name}, holds values of type {grids[name].dtype}: expected numbers")
    if grids[name].ndim != 2:
        raise IngestError(
            f"{path}, variable {name}, has {grids[name].ndim} dimensions: expected latitude and longitude"
        )
    return grids[name]


def axes_of(path: Path, dataset: xr.Dataset, data: xr.DataArray) -> tuple[str, str]:
    """Names of the dimensions that are longitude and latitude, or x and y of a projection that is stated."""
    lon = _coordinate(dataset, data, LON_NAMES, LON_UNITS)
    lat = _coordinate(dataset, data, LAT_NAMES, LAT_UNITS)
    if lon is None and lat is None and is_projected(path, dataset, data):
        lon, lat = _coordinate(dataset, data, X_NAMES, ()), _coordinate(dataset, data, Y_NAMES, ())
    for name, meaning, expected, unit in ((lon, "longitude", "lon", LON_UNITS), (lat, "latitude", "lat", LAT_UNITS)):
        if name is None:
            raise IngestError(
                f"{path} has no {meaning} coordinate for the variable {data.name} on {', '.join(map(str, data.dims))}; "
                f"expected a coordinate variable named {expected} or with units {unit[0]}"
            )
    return str(lon), str(lat)


def is_projected(path: Path, dataset: xr.Dataset, data: xr.DataArray) -> bool:
    """Whether a projection is stated."""
    crs = crs_of(path, dataset, data)
    return crs is not None and crs.is_projected


def _coordinate(dataset: xr.Dataset, data: xr.DataArray, names: tuple[str, ...], units: tuple[str, ...]) -> str | None:
    """Name of the dimension that is a coordinate by its units; by its name where it has none or is of a projection."""
    for dimension in map(str, data.dims):
        if dimension not in dataset.coords:
            continue
        said = dataset[dimension].attrs
        unit, name = str(said.get("units", "")).lower(), str(said.get("standard_name", dimension)).lower()
        is_named = dimension.lower() in names or name in names
        if unit in units or (is_named and (not unit or not units)) or (units and dimension.lower() in names[:2]):
            return dimension
    return None


def crs_of(path: Path, dataset: xr.Dataset, data: xr.DataArray) -> CRS | None:
    """The CRS of the grid mapping; None where there is none."""
    name = data.attrs.get("grid_mapping") or data.encoding.get("grid_mapping")
    name = str(name).split(":")[0] if name is not None else None
    if name is None or name not in dataset.variables:
        return None
    said: dict[str, Any] = dict(dataset[name].attrs)
    text = said.get("crs_wkt") or said.get("spatial_ref") or said.get("epsg_code")
    if text is None and "grid_mapping_name" not in said:
        return None
    try:
        return CRS.from_user_input(text) if text is not None else CRS.from_cf(said)
    except (CRSError, KeyError, TypeError, ValueError) as exc:
        raise IngestError(f"{path}: the grid mapping {name} states no CRS that PROJ knows: {exc}") from exc
