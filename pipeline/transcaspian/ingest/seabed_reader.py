"""The seabed as elevations on a regular lon/lat grid: GeoTIFF, netCDF, and the BAG and S-102 that surveys deliver."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np

from transcaspian.core.errors import IngestError
from transcaspian.ingest.claims import claims_of
from transcaspian.ingest.datums import WGS84, Operation, operation_to_wgs84, stated_crs
from transcaspian.ingest.limits import check_cells, check_file
from transcaspian.ingest.plausible import refuse_implausible
from transcaspian.ingest.raster_file import RasterFile, opened_by_gdal
from transcaspian.ingest.seabed_raster import SeabedRaster
from transcaspian.ingest.understood import Understood
from transcaspian.ingest.warp import bounds_in, warped
from transcaspian.ingest.window import Bounds, Nodes, window_of
from transcaspian.sources.datafile import DataFile

TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def read_seabed(file: DataFile, bounds: Bounds | None = None) -> SeabedRaster:
    """Read the seabed, cropped to the study's area and two nodes around it; no more of the file is read.

    Parameters
    ----------
    file
        GeoTIFF, netCDF, BAG or S-102, by its content; ``file.layer`` names the variable or band where there are
        several; ``file.values`` says whether they are elevations (up) or depths (down), where the file does not.
    bounds
        ``(west, south, east, north)``, degrees.

    Raises
    ------
    IngestError
        When the file cannot be read, does not say where it lies, has no data there, no regular step, a unit or a datum
        that is not known, or values that no sea and no land has.
    """
    check_file(file.path, file.limits)
    with opened(file) as raster:
        operation, notes = place_of(file, raster, bounds)
        claims = claims_of(file, raster)
        nodes = read_nodes(file, raster, operation, bounds)
    refuse_implausible(file, nodes.values, claims.factor)
    if operation.transformer is not None:
        nodes = warped(file.path, nodes, operation, file.limits)
    if not np.isfinite(nodes.values).any():
        raise IngestError(f"{file.path} has no data (only NaN or nodata) in the study's area: give another seabed file")
    resolution_deg = file.effective_resolution_deg or coarser_step_deg(nodes)
    return SeabedRaster(
        (claims.factor * nodes.values + claims.offset_m).astype(np.float32),
        nodes.x,
        nodes.y,
        resolution_deg,
        file.source_id,
        None if nodes.error is None else (abs(claims.factor) * nodes.error).astype(np.float32),
        tuple(f"{file.path.name}: {note}" for note in (*raster.notes, *notes, *claims.notes)),
        Understood(
            format=raster.format,
            crs=operation.crs.name,
            operation=operation.shown,
            axes="lon, lat" if operation.crs.is_geographic else "x, y",
            units=claims.shown,
            count=f"{nodes.y.size} × {nodes.x.size} nodes",
            in_area=f"{np.isfinite(nodes.values).mean():.1%} with data",
            detail=f"resolves {resolution_deg:g}°",
        ),
    )


def coarser_step_deg(nodes: Nodes) -> float:
    """The step of the coarser axis: the data resolve no more."""
    return round(max(float(np.diff(nodes.x).mean()), float(-np.diff(nodes.y).mean())), 9)


def opened(file: DataFile) -> AbstractContextManager[RasterFile]:
    """The file, open by the reader of its format; what it is, its first bytes say.

    Raises
    ------
    IngestError
        When it is none that is read.
    """
    with file.path.open("rb") as content:
        start = content.read(8)
    if start[:4] in TIFF_STARTS:
        return opened_by_gdal(file, "GTiff")
    if start[:3] in (b"CDF", b"\x89HD"):  # their libraries take half a second to load
        from transcaspian.ingest.hdf5 import HDF5, survey_format
        from transcaspian.ingest.netcdf import opened_netcdf

        survey = survey_format(file.path) if start == HDF5 else ""
        return opened_by_gdal(file, survey) if survey else opened_netcdf(file, start)
    raise IngestError(
        f"{file.path} is neither GeoTIFF nor netCDF nor BAG nor S-102 by its content: give the seabed as one of them"
    )


def place_of(file: DataFile, raster: RasterFile, bounds: Bounds | None) -> tuple[Operation, tuple[str, ...]]:
    """How the nodes come to WGS 84, and what to note of it.

    Raises
    ------
    IngestError
        When the file does not say where it lies, or only a ballpark operation leads from there.
    """
    if raster.crs is None and file.crs is None and raster.is_lonlat:
        operation = Operation(WGS84, is_assumed=not file.is_registered)
        return operation, operation.notes(file.role)
    crs = stated_crs(file.path, raster.crs, file.crs, file.role)
    operation = operation_to_wgs84(file.path, crs, bounds)
    return operation, operation.notes(file.role)


def read_nodes(file: DataFile, raster: RasterFile, operation: Operation, bounds: Bounds | None) -> Nodes:
    """The values that the area needs, in order, in the CRS and the unit of the file; its size is checked first.

    Raises
    ------
    IngestError
        When the file lies elsewhere, has no regular step, is too large, or cannot be read.
    """
    wanted = bounds_in(file.path, bounds, operation) if bounds and operation.transformer else bounds
    window = window_of(file.path, raster.x, raster.y, wanted, is_degrees=operation.crs.is_geographic)
    check_cells(file.path, window.rows.size, window.cols.size, file.limits)
    error = None if raster.read_error is None else window.read(raster.read_error)
    return Nodes(window.x, window.y, np.ascontiguousarray(window.read(raster.read)), error)
