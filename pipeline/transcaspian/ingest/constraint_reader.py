"""Layers of constraints: features of any vector file, or values of any raster, read column by column."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.constraint_data import NO_FEATURES, ConstraintData, ConstraintFeatures, ConstraintRaster, Wanted
from transcaspian.core.errors import IngestError
from transcaspian.core.frames import frame
from transcaspian.core.layers import CONSTRAINTS, QUARANTINE
from transcaspian.ingest.barriers import Bounds, Rejected, is_outside, listed
from transcaspian.ingest.constraint_features import empty, table_of
from transcaspian.ingest.contracts import quarantine_row
from transcaspian.ingest.geometry import UnusableError, usable_geometry
from transcaspian.ingest.hdf5 import HDF5
from transcaspian.ingest.limits import check_file
from transcaspian.ingest.seabed_reader import TIFF_STARTS, opened, place_of, read_nodes
from transcaspian.ingest.vectors import open_placed
from transcaspian.ingest.warp import nearest, warped
from transcaspian.sources.datafile import DataFile

KM_PER_DEGREE = 110.0


def read_constraint(file: DataFile, wanted: Wanted, bounds: Bounds) -> ConstraintData:
    """Read the file of a constraint.

    Parameters
    ----------
    file
        Any vector file that is read as a layer, GeoTIFF or netCDF, by its content.
    bounds
        ``(west, south, east, north)`` of the study, degrees.

    Raises
    ------
    IngestError
        When the file cannot be read, lies in another sea, lacks the column, or has a feature that closes water and
        cannot be used.
    """
    check_file(file.path, file.limits)
    with file.path.open("rb") as opened:
        start = opened.read(8)
    if start[:4] in TIFF_STARTS or start[:3] == b"CDF" or start == HDF5:
        return read_raster(file, bounds)
    return read_features(file, wanted, bounds)


def read_features(file: DataFile, wanted: Wanted, bounds: Bounds) -> ConstraintFeatures:
    """The features of a vector file that lie in the study's area or within the constraint's reach of it."""
    data, _, read_notes = open_placed(file, bounds)
    count = len(data)
    if not count:
        return ConstraintFeatures(*empty(), 0, (f"{NO_FEATURES} in {file.path.name}",))
    columns = {str(name).strip().lower(): str(name) for name in data.columns if name != data.geometry.name}
    expect_column(file, wanted, columns)
    geometry, rejected, repairs = usable(data)
    refuse_lost(
        file,
        rejected
        if file.on_error == "stop"
        else [item for item in rejected if wanted.is_closed and not is_outside(item.row, bounds)],
    )
    near = within(geometry, bounds, wanted.within_km)
    notes = (*read_notes, f"{file.path.name}: {repairs} features repaired") if repairs else read_notes
    if not near.any() and len(rejected) < count:
        told = elsewhere(geometry, bounds)
        if not file.is_registered and file.expect is None:
            raise IngestError(f"{file.path}: {told}. Give the file of this sea, or take the constraint out")
        notes = (*notes, f"{NO_FEATURES} in {file.path.name}; {told}")
    quarantine = frame(QUARANTINE, [quarantine_row(CONSTRAINTS, file, item) for item in rejected])
    return ConstraintFeatures(table_of(wanted, data[near], geometry[near], columns), quarantine, count, notes)


def expect_column(file: DataFile, wanted: Wanted, columns: Mapping[str, str]) -> None:
    """Refuse a file without the column that the study names."""
    if wanted.column is not None and wanted.column.lower() not in columns:
        raise IngestError(
            f"{file.path} has no column `{wanted.column}`, which constraint `{wanted.constraint_id}` names: it has "
            f"{', '.join(columns.values()) or 'none'}"
        )


def usable(data: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], list[Rejected], int]:
    """The geometries in two dimensions, None where one cannot be used; those rows with their reasons; how many repairs.

    All at once: only what is not valid is looked at one by one.
    """
    geometry: NDArray[np.object_] = data.geometry.to_numpy().copy()
    if shapely.has_z(geometry).any():
        geometry = shapely.force_2d(geometry)
    x0, y0, x1, y1 = shapely.bounds(geometry).T
    sound = shapely.is_valid(geometry) & (x0 >= -180) & (x1 <= 180) & (y0 >= -90) & (y1 <= 90)
    rejected, repairs = [], 0
    for index in np.flatnonzero(~sound):
        try:
            geometry[index], repair = usable_geometry(CONSTRAINTS, geometry[index])
            repairs += bool(repair)
        except UnusableError as reason:
            rejected.append(Rejected(int(index), data.iloc[index].to_dict(), str(reason)))
            geometry[index] = None
    return geometry, rejected, repairs


def refuse_lost(file: DataFile, lost: list[Rejected]) -> None:
    """A barrier never vanishes, unless the study says so."""
    if lost and file.on_error != "quarantine":
        told = listed([f"feature {item.index}: {item.reason}" for item in lost])
        raise IngestError(
            f"{file.path}: what closes water cannot be used, and is never left out; {told}. Correct it or take it out"
        )


def within(geometry: NDArray[np.object_], bounds: Bounds, within_km: float) -> NDArray[np.bool_]:
    """Whether each geometry may lie within a distance of the area, by its extent; None does not."""
    west, south, east, north = bounds
    high = within_km / KM_PER_DEGREE
    wide = high / max(np.cos(np.radians(min(max(abs(south), abs(north)) + high, 89.0))), 0.01)
    x0, y0, x1, y1 = shapely.bounds(geometry).T
    near: NDArray[np.bool_] = (x0 <= east + wide) & (x1 >= west - wide) & (y0 <= north + high) & (y1 >= south - high)
    return near


def elsewhere(geometry: NDArray[np.object_], bounds: Bounds) -> str:
    """That no feature lies in the area, where they lie, and whether the axes look swapped."""
    west, south, east, north = bounds
    left, low, right, high = shapely.total_bounds(geometry)
    swapped = bool(within(geometry, (south, west, north, east), 0.0).any())
    return (
        f"none of its {len(geometry)} features lies in the study's area {west:g}…{east:g}° E, {south:g}…{north:g}° N: "
        f"they span {left:g}…{right:g}° E, {low:g}…{high:g}° N"
        + ("; longitude and latitude look swapped: expected lon, lat" if swapped else "")
    )


def read_raster(file: DataFile, bounds: Bounds) -> ConstraintRaster:
    """The values of a raster around the study's area; one of another sea, or without data here, is refused.

    Where it is brought to longitudes and latitudes each place takes the nearest value: classes are not mixed.
    """
    with opened(file) as raster:
        operation, notes = place_of(file, raster, bounds)
        nodes = read_nodes(file, raster, operation, bounds)
    if operation.transformer is not None:
        nodes = warped(file.path, nodes, operation, file.limits, nearest)
    if not np.isfinite(nodes.values).any():
        raise IngestError(f"{file.path} has no data (only NaN or nodata) in the study's area: give another raster")
    told = tuple(f"{file.path.name}: {note}" for note in (*raster.notes, *notes))
    return ConstraintRaster(nodes.values.astype(np.float32), nodes.x, nodes.y, told)
