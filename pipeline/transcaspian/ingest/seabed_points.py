"""Soundings and contours as a seabed: points of an XYZ, CSV or vector file, and lines of equal depth."""

from __future__ import annotations

import re
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError
from transcaspian.ingest.claims import Claims, claims_of
from transcaspian.ingest.datums import Bounds, Operation
from transcaspian.ingest.limits import check_cells, check_features
from transcaspian.ingest.plausible import refuse_implausible
from transcaspian.ingest.points_to_grid import Gridded, gridded, mean_spacing_deg
from transcaspian.ingest.raster_file import RasterFile
from transcaspian.ingest.seabed_raster import SeabedRaster
from transcaspian.ingest.understood import Understood
from transcaspian.ingest.vectors import FORMATS, placed, read_as_is
from transcaspian.sources.datafile import DataFile

Floats = NDArray[np.float64]

TEXTS = (".xyz", ".txt")
DOWN_NAMES = ("depth", "depth_m", "dep", "sounding", "valsou", "valdco", "contour_depth")
UP_NAMES = ("elevation", "elevation_m", "elev", "height", "altitude", "z", "contour", "level")
"""Names of the column, by which way its values count; the first that the file has is taken."""
VERTICES_PER_SPACING = 2.0
HALF_INTERVAL = 0.5 / np.sqrt(3.0)
"""Standard error between two contours over their interval: a depth anywhere between them is as likely."""


class Depths(NamedTuple):
    """Points with values as the file has them.

    ``lonlat`` ``(n, 2)`` degrees, ``values`` ``(n,)``; ``spacing_deg``: distance of the data, degrees of latitude;
    ``interval``: of contours, in the unit of the values, else 0; ``shown``: how many features they are of.
    """

    lonlat: Floats
    values: Floats
    spacing_deg: float
    interval: float
    shown: str


def read_points(file: DataFile, bounds: Bounds | None) -> SeabedRaster:
    """Read soundings or contours as a grid of elevations.

    Parameters
    ----------
    file
        XYZ (``.xyz``, ``.txt``), or CSV or vector file with points or lines; ``file.depth_column`` names the values.
    bounds
        ``(west, south, east, north)`` of the study, degrees.

    Raises
    ------
    IngestError
        When there is no column of depths, no feature has one, none lies in the area, or they span no surface.
    """
    data, operation, notes = opened(file, bounds)
    column = depth_column(file, data)
    claims = claims_of(file, stated_by(file, column))
    values = pd.to_numeric(data[column], errors="coerce").to_numpy(float)
    if file.nodata is not None:
        values[values == file.nodata] = np.nan
    usable = np.isfinite(values) & ~shapely.is_empty(data.geometry.to_numpy()) & data.geometry.notna().to_numpy()
    if not usable.any():
        raise IngestError(f"{file.path}: no feature has a depth in `{column}`: expected numbers")
    if lost := int((~usable).sum()):
        notes = (*notes, f"{file.path.name}: {lost} of {len(data)} have no depth in `{column}` and are left out")
    refuse_implausible(file, values[usable], claims.factor)
    geometry = data.geometry.to_numpy()[usable]
    found = depths_of(file, geometry, values[usable])
    near = in_area(file, found, bounds)
    grid = surface_of(file, found._replace(lonlat=found.lonlat[near], values=found.values[near]), claims)
    between_m = np.hypot(grid.between_m, abs(claims.factor) * found.interval * HALF_INTERVAL)
    resolution_deg = file.effective_resolution_deg or round(found.spacing_deg, 9)
    error = f", error {file.stated_error.told}" if file.stated_error else ""
    return SeabedRaster(
        grid.elevation_m,
        grid.lon_deg,
        grid.lat_deg,
        resolution_deg,
        file.source_id,
        notes=(*notes, *(f"{file.path.name}: {note}" for note in claims.notes)),
        understood=Understood(
            format="XYZ" if file.path.suffix.lower() in TEXTS else FORMATS[file.path.suffix.lower()],
            crs=operation.crs.name,
            operation=operation.shown,
            axes="lon, lat" if operation.crs.is_geographic else "x, y",
            units=claims.shown,
            count=found.shown,
            in_area=f"{near.mean():.1%} of the points",
            detail=f"{column}, resolves {resolution_deg:g}°{error}",
        ),
        error_m=file.stated_error.error_m if file.stated_error else None,
        share_of_depth=file.stated_error.share_of_depth if file.stated_error else 0.0,
        between_m=between_m.astype(np.float32),
        has_known_datum=claims.has_known_datum,
        role=file.role,
    )


def opened(file: DataFile, bounds: Bounds | None) -> tuple[gpd.GeoDataFrame, Operation, tuple[str, ...]]:
    """The features in WGS 84, with the heights of their geometries as the column ``z`` where they have no other."""
    if file.stated_error is not None and (file.stated_error.raster or file.stated_error.tid):
        raise IngestError(
            f"{file.path} holds points or lines, and sources.{file.role}.error names a grid: give figures or a class"
        )
    if file.path.suffix.lower() in TEXTS:
        return placed(file, read_xyz(file), bounds)
    raw = read_as_is(file.path, file.layer, file.limits, file.encoding)
    points = raw.geometry.to_numpy()
    if len(points) and (shapely.has_z(points) & (shapely.get_dimensions(points) == 0)).all() and "z" not in raw.columns:
        raw = raw.explode(ignore_index=True)
        raw["z"] = shapely.get_z(raw.geometry.to_numpy())
    return placed(file, raw, bounds)


def read_xyz(file: DataFile) -> gpd.GeoDataFrame:
    """Three columns of numbers: longitude or x, latitude or y, and the value; separated by spaces, commas or the like.

    Raises
    ------
    IngestError
        When a row has fewer, or what is no number stands in them.
    """
    try:
        with file.path.open(encoding="utf-8-sig") as text:
            first = next((line for line in text if line.strip() and not line.startswith("#")), "")
        has_heading = not any(map(is_number, re.split(r"[\s,;]+", first.strip())))
        table = pd.read_csv(
            file.path,
            sep=";" if ";" in first else "," if "," in first else r"\s+",
            header=0 if has_heading else None,
            comment="#",
            encoding="utf-8-sig",
        )
    except (OSError, UnicodeDecodeError, ValueError) as exc:
        raise IngestError(f"{file.path} cannot be read as XYZ: {exc}. Expected rows of x, y and depth") from exc
    if table.shape[1] < 3:
        raise IngestError(
            f"{file.path} has {table.shape[1]} columns and no depth column: expected rows of x, y and depth"
        )
    check_features(file.path, len(table), file.limits)
    plain = ["x", "y", "z", *map(str, range(3, table.shape[1]))]
    names = [str(name).strip() for name in table.columns] if has_heading else plain
    table.columns = pd.Index(names)
    x, y = (pd.to_numeric(table[name], errors="coerce").to_numpy(float) for name in names[:2])
    if bad := int((~(np.isfinite(x) & np.isfinite(y))).sum()):
        raise IngestError(f"{file.path}: {bad} rows have no number in the first two columns: expected x, y and depth")
    return gpd.GeoDataFrame(table.drop(columns=names[:2]), geometry=gpd.points_from_xy(x, y))


def is_number(text: str) -> bool:
    """Whether a text is one."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def depth_column(file: DataFile, data: gpd.GeoDataFrame) -> str:
    """The column with the values.

    Raises
    ------
    IngestError
        When the file has none.
    """
    columns = {str(name).strip().lower(): str(name) for name in data.columns if name != data.geometry.name}
    wanted = [file.depth_column.strip().lower()] if file.depth_column else [*DOWN_NAMES, *UP_NAMES]
    for name in wanted:
        if name in columns:
            return columns[name]
    has = ", ".join(columns.values()) or "none"
    if file.depth_column:
        raise IngestError(
            f"{file.path} has no column `{file.depth_column}`, which depth_column in sources.{file.role} names: it has "
            f"{has}"
        )
    raise IngestError(
        f"{file.path} has no depth column: found {has}; name the column with the depths by depth_column in "
        f"sources.{file.role}"
    )


def stated_by(file: DataFile, column: str) -> RasterFile:
    """What a file of points says of its values, as a raster would: which way they count, by the name of the column."""
    way = "down" if column.lower() in DOWN_NAMES or "depth" in column.lower() else ""
    nothing = np.zeros(0)
    return RasterFile(
        format="soundings", x=nothing, y=nothing, crs=None, read=lambda *_: nothing, positive="" if file.values else way
    )


def depths_of(file: DataFile, geometry: NDArray[np.object_], values: Floats) -> Depths:
    """Points of soundings, or along contours, each place once.

    Raises
    ------
    IngestError
        When the features are neither all points nor all lines.
    """
    dimensions = set(np.unique(shapely.get_dimensions(geometry)).tolist())
    if dimensions == {0}:
        lonlat, index = shapely.get_coordinates(geometry, return_index=True)
        interval, spacing, count = 0.0, 0.0, f"{len(geometry):,} soundings"
    elif dimensions == {1}:
        spacing = line_spacing_deg(geometry)
        lines = shapely.segmentize(geometry, spacing / VERTICES_PER_SPACING)
        lonlat, index = shapely.get_coordinates(lines, return_index=True)
        levels = np.unique(values)
        interval = float(np.median(np.diff(levels))) if levels.size > 1 else 0.0
        count = f"{len(geometry):,} contours, {levels.size} levels"
        if levels.size < 2:
            raise IngestError(f"{file.path}: all contours are of {levels[0]:g}: expected at least two levels")
    else:
        raise IngestError(f"{file.path} holds neither points nor lines alone: give soundings or contours")
    lonlat, kept = np.unique(lonlat, axis=0, return_index=True)
    if len(lonlat) < 3:
        raise IngestError(f"{file.path} has depths at {len(lonlat)} places: expected at least three")
    return Depths(lonlat, values[index][kept], spacing or mean_spacing_deg(lonlat), interval, count)


def line_spacing_deg(lines: NDArray[np.object_]) -> float:
    """The mean distance between contours, degrees of latitude: their area over their length."""
    narrow = np.cos(np.radians(np.mean(shapely.total_bounds(lines)[[1, 3]])))
    flat = shapely.transform(lines, lambda at: at * [narrow, 1.0])
    hull = shapely.convex_hull(shapely.geometrycollections(flat))
    return float(shapely.area(hull) / shapely.length(flat).sum())


def in_area(file: DataFile, found: Depths, bounds: Bounds | None) -> NDArray[np.bool_]:
    """Which points lie in the study's area or a few of their distances around it.

    Raises
    ------
    IngestError
        When none lies in it.
    """
    if bounds is None:
        return np.ones(len(found.lonlat), bool)
    west, south, east, north = bounds
    (x, y), margin = found.lonlat.T, 4 * found.spacing_deg
    if not ((x >= west) & (x <= east) & (y >= south) & (y <= north)).any():
        is_swapped = ((y >= west) & (y <= east) & (x >= south) & (x <= north)).any()
        raise IngestError(
            f"{file.path} spans {x.min():g}…{x.max():g}° E, {y.min():g}…{y.max():g}° N, outside the study's area "
            f"{west:g}…{east:g}° E, {south:g}…{north:g}° N: "
            + ("longitude and latitude look swapped" if is_swapped else "give the seabed of this sea")
        )
    is_near = (x >= west - margin) & (x <= east + margin) & (y >= south - margin) & (y <= north + margin)
    return np.asarray(is_near)


def surface_of(file: DataFile, found: Depths, claims: Claims) -> Gridded:
    """The grid of elevations.

    Raises
    ------
    IngestError
        When the points span none.
    """
    spacing_deg = file.effective_resolution_deg or found.spacing_deg
    check_cells(file.path, len(found.lonlat), 4, file.limits)
    made = gridded(found.lonlat, claims.factor * found.values + claims.offset_m, spacing_deg)
    if made is None or not np.isfinite(made.elevation_m).any():
        raise IngestError(
            f"{file.path}: its {len(found.lonlat)} depths span no surface, they lie on a line or too far apart for "
            f"their distance of {spacing_deg:g}°: say how far apart they lie by effective_resolution_deg in "
            f"sources.{file.role}"
        )
    return made
