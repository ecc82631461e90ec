"""Which rows and columns of a raster an area needs, and their values in order: no more of a large file is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError
from transcaspian.ingest.raster_file import Read

Bounds = tuple[float, float, float, float]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MARGIN_NODES = 2
# Steps may differ by this share: longitudes stored as float32 do
STEP_TOLERANCE = 0.02


@dataclass(frozen=True)
class Nodes:
    """Values at nodes.

    Attributes
    ----------
    x, y
        Ascending and descending, in the units of the CRS.
    values
        As the file counts them, shape ``(len(y), len(x))``; NaN is no data.
    error
        Of the same shape; None: the file has none.
    """

    x: Floats
    y: Floats
    values: Floats
    error: Floats | None = None


@dataclass(frozen=True)
class Window:
    """Rows and columns to read, by their places in the file, from west to east; ``x`` and ``y`` are of these."""

    rows: Ints
    cols: Ints
    x: Floats
    y: Floats

    def read(self, reader: Read) -> Floats:
        """The values, shape ``(len(rows), len(cols))``: of each run of columns in one piece."""
        rows = slice(int(self.rows.min()), int(self.rows.max()) + 1)
        breaks = np.flatnonzero(np.abs(np.diff(self.cols)) != 1) + 1
        pieces = []
        for run in np.split(self.cols, breaks):
            piece = reader(rows, slice(int(run.min()), int(run.max()) + 1))
            pieces.append(piece if run[0] <= run[-1] else piece[:, ::-1])
        values = np.hstack(pieces)
        return values if self.rows[0] <= self.rows[-1] else values[::-1]


def window_of(path: Path, x: Floats, y: Floats, bounds: Bounds | None, *, is_degrees: bool) -> Window:
    """The nodes of an area and two around it, in order.

    Parameters
    ----------
    path
        Of the file, for messages.
    x, y
        Of all nodes of the file.
    bounds
        ``(west, south, east, north)`` of the area, in the units of the nodes; None: all nodes.
    is_degrees
        Whether ``x`` are longitudes, which may count from 0 to 360.

    Raises
    ------
    IngestError
        When the axes are no regular ones, or the file lies elsewhere.
    """
    if x.size < 2 or y.size < 2:
        raise IngestError(f"{path} has {y.size} × {x.size} nodes: expected at least two by two")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise IngestError(f"{path} has axes with values that are no numbers: expected a regular grid")
    if is_degrees and np.abs(y).max() > 90.001:
        raise IngestError(f"{path} has latitudes up to {np.abs(y).max():g}: expected degrees, and lon, lat not swapped")
    x = around(x, bounds) if is_degrees else x
    cols, rows = np.argsort(x, kind="stable"), np.argsort(-y, kind="stable")
    cols = cols[np.append(np.diff(x[cols]) > 0, True)] if is_degrees else cols  # 0 and 360 are the same meridian
    if bounds is not None:
        west, south, east, north = bounds
        if x[cols[-1]] < west or x[cols[0]] > east or y[rows[0]] < south or y[rows[-1]] > north:
            raise IngestError(
                f"{path} spans {told_span(x, y, is_degrees)}, outside the study's area "
                f"{told_span(np.array([west, east]), np.array([south, north]), is_degrees)}: give the seabed of "
                "this sea"
            )
        cols, rows = cols[within(x[cols], west, east)], rows[within(-y[rows], -north, -south)]
    _check_regular(path, x[cols], -y[rows], is_degrees)
    return Window(rows, cols, x[cols], y[rows])


def around(lon: Floats, bounds: Bounds | None) -> Floats:
    """Longitudes within half a turn of the study, however they are counted; those that are so already as they stand."""
    if bounds is None:
        return lon - 360 if lon.min() >= 180 else lon
    middle = (bounds[0] + bounds[2]) / 2
    if np.abs(lon - middle).max() <= 180:
        return lon
    return np.asarray(np.round(middle + (lon - middle + 180) % 360 - 180, 9))


def within(axis: Floats, low: float, high: float) -> slice:
    """The part of an ascending axis that a range needs, with `MARGIN_NODES` around it."""
    first = max(int(np.searchsorted(axis, low)) - MARGIN_NODES, 0)
    return slice(first, min(int(np.searchsorted(axis, high, side="right")) + MARGIN_NODES, axis.size))


def _check_regular(path: Path, x: Floats, y: Floats, is_degrees: bool) -> None:
    """Refuse axes whose step is not the same everywhere."""
    if x.size < 2 or y.size < 2:
        raise IngestError(f"{path} has {y.size} × {x.size} nodes in the study's area: expected at least two by two")
    names, unit = (("longitude", "latitude"), "°") if is_degrees else (("x", "y"), "")
    for name, steps in zip(names, (np.diff(x), np.diff(y)), strict=True):
        if not (steps.min() > 0 and np.ptp(steps) <= STEP_TOLERANCE * steps.mean()):
            raise IngestError(
                f"{path}: the {name} step varies from {steps.min():g} to {steps.max():g}{unit}: expected a regular grid"
            )


def told_span(x: Floats, y: Floats, is_degrees: bool) -> str:
    """From where to where, for a message."""
    if is_degrees:
        return f"{x.min():g}…{x.max():g}° E, {y.min():g}…{y.max():g}° N"
    return f"x {x.min():g}…{x.max():g}, y {y.min():g}…{y.max():g}"
