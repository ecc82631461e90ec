"""What is too much is refused before it is read: by the size of a file, and by what its header promises."""

from __future__ import annotations

from pathlib import Path

from transcaspian.core.errors import IngestError
from transcaspian.sources.datafile import Limits


def check_file(path: Path, limits: Limits) -> None:
    """Refuse what is no plain file, and what is too large.

    Raises
    ------
    IngestError
        When it is a folder, a device or a pipe, is not there, or has more than ``max_file_mb``.
    """
    if str(path).startswith("/vsi") or not path.is_file():
        raise IngestError(f"{path} is not a file on this disk")
    size_mb = path.stat().st_size / 1e6
    if size_mb > limits.max_file_mb:
        raise _too_much(path, f"{size_mb:,.1f} MB", "max_file_mb", limits.max_file_mb)


def check_features(path: Path, count: int, limits: Limits) -> None:
    """Refuse a layer of too many features."""
    if count > limits.max_features:
        raise _too_much(path, f"{count:,} features", "max_features", limits.max_features)


def check_vertices(path: Path, count: int, limits: Limits) -> None:
    """Refuse a layer of too many vertices."""
    if count > limits.max_vertices:
        raise _too_much(path, f"{count:,} vertices", "max_vertices", limits.max_vertices)


def check_cells(path: Path, rows: int, cols: int, limits: Limits) -> None:
    """Refuse a raster of too many cells, by what its header says."""
    if rows * cols > limits.max_raster_cells:
        raise _too_much(path, f"{rows:,} × {cols:,} cells", "max_raster_cells", limits.max_raster_cells)


def _too_much(path: Path, found: str, key: str, most: float) -> IngestError:
    return IngestError(f"{path} has {found}, more than limits.{key} {most:,.0f}: cut it to the area, or raise that key")
