"""A seabed larger than memory: a cloud-optimised GeoTIFF, read frame by frame as it is asked for, at any step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING
from warnings import catch_warnings

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError
from transcaspian.core.grid import Grid
from transcaspian.core.reading import Reading, read
from transcaspian.ingest.boundary import reading_limits

if TYPE_CHECKING:
    from transcaspian.sources.datafile import DataFile

Floats = NDArray[np.float32]
ALIGNED_CELLS = 64
"""Frames begin at a whole number of these: an overview of up to so many cells a side is read where it lies."""
_ROUND_DEG = 360.0


@dataclass(frozen=True)
class RasterLevels:
    """A seabed whose values stay in its file.

    Attributes
    ----------
    file
        A GeoTIFF in lon/lat degrees on WGS 84, best one with tiles and overviews.
    grid
        Frame of all its cells.
    factor, offset_m
        Its elevations are ``factor * value + offset_m``, metres above mean sea level, positive up.
    """

    file: DataFile
    grid: Grid
    factor: float
    offset_m: float

    def frame(self, bounds: tuple[float, float, float, float]) -> Grid:
        """The cells of the file that an area needs, as a frame.

        Parameters
        ----------
        bounds
            ``(west, south, east, north)``, degrees; across the antimeridian the east is less than the west, or beyond
            180°.

        Returns
        -------
        Grid
            Its north-western corner lies a multiple of `ALIGNED_CELLS` from that of the file, so that cells of
            overviews are not cut.
        """
        west, south, east, north = bounds
        grid, step = self.grid, self.grid.step_deg
        east += _ROUND_DEG if east < west else 0.0
        left, top = (
            int(np.floor(gap / step / ALIGNED_CELLS + 1e-9)) * ALIGNED_CELLS
            for gap in (west - grid.west_deg, grid.north_deg - north)
        )
        right, bottom = (int(np.ceil(gap / step - 1e-6)) for gap in (east - grid.west_deg, grid.north_deg - south))
        return Grid(grid.west_deg + left * step, grid.north_deg - top * step, step, bottom - top, right - left)

    def elevation_m(self, frame: Grid) -> Floats:
        """Mean elevations of the cells of a frame; no more of the file is read, and its overviews where they do.

        Parameters
        ----------
        frame
            Its cells are a whole number of times as long as those of the file, and its edges are edges of those; best
            beside a `frame` by whole cells of its own: means of overviews may lie half an overview's cell beside
            others.

        Returns
        -------
        ndarray
            ``(rows, cols)``, metres above mean sea level, positive up, row 0 northernmost, each the mean of what there
            is; NaN where the file has no data.

        Raises
        ------
        IngestError
            When the file cannot be read.
        """
        side = round(frame.step_deg / self.grid.step_deg)
        top = round((self.grid.north_deg - frame.north_deg) / self.grid.step_deg)
        left = round((frame.west_deg - self.grid.west_deg) / self.grid.step_deg)
        total, weight = np.zeros(frame.shape), np.zeros(frame.shape)
        around = round(_ROUND_DEG / self.grid.step_deg)
        for shift in (-around, 0, around):
            rows = _pieces(top, side, frame.rows, self.grid.rows)
            cols = _pieces(left + shift, side, frame.cols, self.grid.cols)
            for (at_rows, from_rows), (at_cols, from_cols) in product(rows, cols):
                mean = self._window(from_rows, from_cols, (at_rows.stop - at_rows.start, at_cols.stop - at_cols.start))
                cells = np.where(np.isfinite(mean), len(from_rows) * len(from_cols) / mean.size, 0.0)
                total[at_rows, at_cols] += cells * np.nan_to_num(mean)
                weight[at_rows, at_cols] += cells
        values = np.divide(total, weight, out=np.full(frame.shape, np.nan), where=weight > 0)
        return (self.factor * values + self.offset_m).astype(np.float32)

    def _window(self, rows: range, cols: range, shape: tuple[int, int]) -> Floats:
        """Cells of the file as so many means, read in the process that reads."""
        window = (rows.start, rows.stop), (cols.start, cols.stop)
        arguments = (self.file, *window, shape)
        return read(Reading(window_here, self.file.path, arguments, None, reading_limits(self.file))).value


def raster_levels(file: DataFile) -> RasterLevels:
    """A seabed of which frames will be read; its size is no matter.

    Parameters
    ----------
    file
        A GeoTIFF; what it does not say itself, as for `read_seabed`.

    Returns
    -------
    RasterLevels
        Nothing but the head of the file has been read.

    Raises
    ------
    IngestError
        When it is no GeoTIFF in lon/lat degrees on WGS 84, or its unit or vertical datum is not known.

    Examples
    --------
    >>> from transcaspian.export import write_cog
    >>> from transcaspian.sources.datafile import DataFile
    >>> path, belt = folder / "belt.tif", Grid(west_deg=-180.0, north_deg=10.0, step_deg=0.5, rows=40, cols=720)
    >>> write_cog(path, belt, np.full(belt.shape, -3000.0), description="elevation", units="m")
    >>> sea = raster_levels(DataFile("seabed", path, "belt", values="elevation_m_up"))
    >>> frame = sea.frame((170.0, -5.0, -170.0, 5.0))
    >>> frame.bounds, float(sea.elevation_m(frame).mean())
    ((140.0, -5.0, 190.0, 10.0), -3000.0)
    """
    return read(Reading(levels_here, file.path, (file,), None, reading_limits(file))).value


def levels_here(file: DataFile) -> RasterLevels:
    """In this process."""
    from transcaspian.ingest.claims import claims_of
    from transcaspian.ingest.limits import check_file
    from transcaspian.ingest.raster_file import opened_by_gdal
    from transcaspian.ingest.seabed_reader import place_of

    check_file(file.path, replace(file.limits, max_file_mb=np.inf))
    with opened_by_gdal(file, "GTiff") as raster:
        operation, _ = place_of(file, raster, None)
        claims = claims_of(file, raster)
        step, down = float(np.diff(raster.x).mean()), -float(np.diff(raster.y).mean())
        if operation.transformer is not None or not np.isclose(step, down, rtol=1e-6):
            raise IngestError(
                f"{file.path} is in {operation.crs.name} with a step of {step:g} by {down:g}: expected square cells in "
                "lon/lat degrees on WGS 84 (gdalwarp -t_srs EPSG:4326 -tr)"
            )
        grid = Grid(float(raster.x[0]) - step / 2, float(raster.y[0]) + step / 2, step, raster.y.size, raster.x.size)
    return RasterLevels(file, grid, claims.factor, claims.offset_m)


def window_here(file: DataFile, rows: tuple[int, int], cols: tuple[int, int], shape: tuple[int, int]) -> Floats:
    """In this process: a window of the file as cells that are means of its own.

    Parameters
    ----------
    file
        A GeoTIFF.
    rows, cols
        First of the window, and one past the last.
    shape
        Rows and columns to read it as; each side of the window is a multiple of it.
    """
    from transcaspian.ingest.raster_file import opened_by_gdal

    down, across = (rows[1] - rows[0]) // shape[0], (cols[1] - cols[0]) // shape[1]
    # GDAL takes the overview of the coarser axis: it would see too little of a part of a cell
    with opened_by_gdal(file, "GTiff", shape if down == across else None) as raster:
        values = raster.read(slice(*rows), slice(*cols)).reshape(
            shape[0], -1, shape[1], across if down != across else 1
        )
    with catch_warnings(action="ignore", category=RuntimeWarning):  # of cells without data
        return np.nanmean(values, axis=(1, 3), dtype=float).astype(np.float32)


def _pieces(start: int, side: int, count: int, end: int) -> list[tuple[slice, range]]:
    """Of so many cells, each so many long, what lies between 0 and an end: those that lie there as a whole, and
    the part of a cell on either side; the cells, and what of the file they cover."""
    first, last = max(0, -(-max(-start, 0) // side)), min(count, max(end - start, 0) // side)
    edges = [(first - 1, first), (first, max(first, last)), (max(first, last), max(first, last) + 1)]
    found = []
    for begin, stop in edges:
        covered = range(max(start + begin * side, 0), min(start + stop * side, end))
        if 0 <= begin < stop <= count and covered:
            found.append((slice(begin, stop), covered))
    return found
