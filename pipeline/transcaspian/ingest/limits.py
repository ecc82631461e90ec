"""What is too much is refused before it is read: by the size of a file, and by what its header promises."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from transcaspian.core.errors import IngestError
from transcaspian.sources.datafile import Limits

BYTES_PER_CELL = 48
"""What a cell of a raster takes while it is read and looked at: some six numbers of eight bytes."""
MAX_AXIS_NODES = 10_000_000
"""An axis round the Earth with a node every 4 m has so many."""
MAX_BLOCK_MB = 512.0
CGROUP = Path("/sys/fs/cgroup")


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
    """Refuse a raster of too many cells, or more than memory holds, by what its header says.

    Parameters
    ----------
    path
        For messages.
    rows, cols
        As the header of the file has them, or those that are read of it.
    limits
        Most cells, and MB of memory.
    """
    if rows * cols > limits.max_raster_cells:
        raise _too_much(path, f"{rows:,} × {cols:,} cells", "max_raster_cells", limits.max_raster_cells)

    needed_mb, free_mb = rows * cols * BYTES_PER_CELL / 1e6, min(memory_mb(), limits.max_read_mb)
    if needed_mb > free_mb:
        raise IngestError(
            f"{path} has {rows:,} × {cols:,} cells, which take {needed_mb:,.0f} MB to read; {free_mb:,.0f} MB are "
            "free: cut it to the area, or make it coarser (gdalwarp -tr)"
        )


def check_axis(path: Path, name: str, nodes: int) -> None:
    """Refuse a list of values that is longer than any axis, by what the header says."""
    if nodes > MAX_AXIS_NODES:
        raise IngestError(f"{path}: {name} has {nodes:,} values: expected an axis of at most {MAX_AXIS_NODES:,}")


def check_block(path: Path, shape: Iterable[int], itemsize: int) -> None:
    """Refuse pieces that cannot be unpacked singly: a small file may hold a large one."""
    size_mb = math.prod(shape) * itemsize / 1e6
    if size_mb > min(MAX_BLOCK_MB, memory_mb()):
        raise IngestError(
            f"{path} is stored in pieces of {size_mb:,.0f} MB, more than {MAX_BLOCK_MB:,.0f} MB or than is free: store "
            "it in smaller ones (gdal_translate -co TILED=YES, or nccopy -c)"
        )


def memory_mb() -> float:
    """Memory that this process can still take, MB; infinite where the system does not tell."""
    free = [math.inf]
    try:
        said = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
        free.append(int(said["MemAvailable"].split()[0]) / 1e3)
    except (OSError, KeyError, ValueError):
        pass
    try:
        limit, used = ((CGROUP / f"memory.{name}").read_text(encoding="ascii") for name in ("max", "current"))
        free.append((int(limit) - int(used)) / 1e6)
    except (OSError, ValueError):  # no group, or one without a limit: `max`
        pass
    return min(free)


def _too_much(path: Path, found: str, key: str, most: float) -> IngestError:
    return IngestError(f"{path} has {found}, more than limits.{key} {most:,.0f}: cut it to the area, or raise that key")
