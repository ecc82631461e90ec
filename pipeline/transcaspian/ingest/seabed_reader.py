"""The seabed as elevations on a regular lon/lat grid: GeoTIFF, netCDF, and the BAG and S-102 that surveys deliver."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.catzoc import TID_CLASSES, errors_of_types
from transcaspian.core.errors import IngestError
from transcaspian.ingest.claims import Claims, claims_of
from transcaspian.ingest.datums import WGS84, Operation, operation_to_wgs84, stated_crs
from transcaspian.ingest.limits import check_cells, check_file
from transcaspian.ingest.plausible import refuse_implausible
from transcaspian.ingest.raster_file import RasterFile, opened_by_gdal
from transcaspian.ingest.seabed_raster import SeabedRaster
from transcaspian.ingest.understood import Understood
from transcaspian.ingest.warp import bounds_in, nearest, warped
from transcaspian.ingest.window import Bounds, Nodes, window_of
from transcaspian.sources.datafile import DataFile

Floats = NDArray[np.float64]

POINT_SUFFIXES = (".xyz", ".txt", ".csv", ".gpkg", ".geojson", ".json", ".shp", ".fgb")
"""Of files that hold soundings or contours."""
TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def read_seabed(file: DataFile, bounds: Bounds | None = None) -> SeabedRaster:
    """Read the seabed, cropped to the study's area and two nodes around it; no more of the file is read.

    Parameters
    ----------
    file
        GeoTIFF, netCDF, BAG or S-102, by its content, or soundings or contours; ``file.layer`` names the variable or
        band where there are several; ``file.values`` says whether they are elevations (up) or depths (down), where the
        file does not.
    bounds
        ``(west, south, east, north)``, degrees.

    Raises
    ------
    IngestError
        When the file cannot be read, does not say where it lies, has no data there, no regular step, a unit or a datum
        that is not known, or values that no sea and no land has.
    """
    check_file(file.path, file.limits)
    if is_of_points(file):
        from transcaspian.ingest.seabed_points import read_points

        return read_points(file, bounds)
    with opened(file) as raster:
        operation, notes = place_of(file, raster, bounds)
        claims = claims_of(file, raster)
        nodes = read_nodes(file, raster, operation, bounds)
    refuse_implausible(file, nodes.values, claims.factor)
    nodes = with_stated_errors(file, nodes, bounds, abs(claims.factor))
    error_m, share = error_of(file, nodes, operation, bounds)
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
        understood_of(file, raster, operation, claims, nodes),
        error_m=error_m,
        share_of_depth=share,
        has_known_datum=claims.has_known_datum,
        role=file.role,
    )


def understood_of(file: DataFile, raster: RasterFile, operation: Operation, claims: Claims, nodes: Nodes) -> Understood:
    """What was understood of a grid, for a table.

    Parameters
    ----------
    file, raster, operation, claims
        What was read, what it says of itself, and how it is brought to elevations on WGS 84.
    nodes
        As they were read, on WGS 84.
    """
    resolution_deg = file.effective_resolution_deg or coarser_step_deg(nodes)
    return Understood(
        format=raster.format,
        crs=operation.crs.name,
        operation=operation.shown,
        axes="lon, lat" if operation.crs.is_geographic else "x, y",
        units=claims.shown,
        count=f"{nodes.y.size} × {nodes.x.size} nodes",
        in_area=f"{np.isfinite(nodes.values).mean():.1%} with data",
        detail=f"resolves {resolution_deg:g}°{told_error(file, has_band=raster.read_error is not None)}",
    )


def with_stated_errors(file: DataFile, nodes: Nodes, bounds: Bounds | None, metres: float) -> Nodes:
    """The nodes with the grid of standard errors that the study names, where it does.

    Parameters
    ----------
    file, nodes, bounds
        Of the seabed, in its own CRS and unit.
    metres
        In a unit of its values.
    """
    stated = file.stated_error
    if stated is None or stated.raster is None:
        return nodes
    errors_m = read_beside(file, stated.raster, nodes, bounds)
    refuse_negative(stated.raster, errors_m)
    return replace(nodes, error=errors_m / metres)


def is_of_points(file: DataFile) -> bool:
    """Whether a seabed is soundings or contours, by what the study says or by its suffix."""
    return file.kind in ("soundings", "contours") or (file.kind is None and file.path.suffix.lower() in POINT_SUFFIXES)


def read_beside(file: DataFile, path: Path, nodes: Nodes, bounds: Bounds | None) -> Floats:
    """The values of a raster with the nodes of a seabed, in their order.

    Parameters
    ----------
    file
        Of the seabed.
    path
        Of the other raster.
    nodes
        Of the seabed, in its own CRS.

    Raises
    ------
    IngestError
        When it cannot be read, or has other nodes.
    """
    beside = replace(file, path=path, layer=None, nodata=None)
    check_file(path, file.limits)
    with opened(beside) as raster:
        operation, _ = place_of(beside, raster, bounds)
        found = read_nodes(beside, raster, operation, bounds)
    slack = 0.01 * abs(nodes.x[1] - nodes.x[0])
    for name, axis, other in (("columns", nodes.x, found.x), ("rows", nodes.y, found.y)):
        if axis.shape != other.shape or np.abs(axis - other).max() > slack:
            raise IngestError(
                f"{path} has other nodes than {file.path.name}: {other.size} {name} from {other[0]:g} to "
                f"{other[-1]:g}, expected {axis.size} from {axis[0]:g} to {axis[-1]:g}; resample it onto that grid "
                "(gdalwarp -te -ts)"
            )
    return found.values


def refuse_negative(path: Path, values: Floats) -> None:
    """Refuse standard errors that are none."""
    if not np.isfinite(values).any() or np.nanmin(values) < 0:
        raise IngestError(
            f"{path} holds no standard errors: expected metres of 0 and more at nodes with data, found "
            f"{'no data' if not np.isfinite(values).any() else f'{np.nanmin(values):g}'}"
        )


def error_of(
    file: DataFile, nodes: Nodes, operation: Operation, bounds: Bounds | None
) -> tuple[NDArray[np.float32] | float | None, NDArray[np.float32] | float]:
    """Metres and share of the depth that a study states as the error; those of GEBCO's types by node.

    Parameters
    ----------
    nodes
        In the CRS of the file.
    """
    stated = file.stated_error
    if stated is None or stated.raster is not None:
        return None, 0.0
    if stated.tid is None:
        return stated.error_m, stated.share_of_depth
    types = Nodes(nodes.x, nodes.y, read_beside(file, stated.tid, nodes, bounds))
    if operation.transformer is not None:
        types = warped(file.path, types, operation, file.limits, nearest)
    known = types.values[np.isfinite(types.values)]
    if unknown := sorted(set(np.unique(known)) - {0.0, *map(float, TID_CLASSES)}):
        raise IngestError(
            f"{stated.tid} holds {', '.join(f'{value:g}' for value in unknown[:5])}, which are no type identifiers of "
            "GEBCO's grids since 2020: expected 10 to 17, 40 to 46, 70 to 72, and 0 for land"
        )
    return errors_of_types(types.values)


def told_error(file: DataFile, *, has_band: bool) -> str:
    """The error of a seabed, behind what stands before it in a table; empty: nothing says it."""
    if file.stated_error is not None:
        return f", error {file.stated_error.told}"
    return ", error in the file" if has_band else ""


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

    Parameters
    ----------
    file
        Path, and limits of what may be read.
    raster
        The opened file.
    operation
        From its CRS to WGS 84.
    bounds
        ``(west, south, east, north)`` of the area, degrees; None reads the whole.

    Returns
    -------
    Nodes
        ``x`` ascending and ``y`` descending in the CRS of the file; values not yet moved to our datum.

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
