"""HDF5 files before their values are read: what they are, and whether they hold and fit what they promise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from transcaspian.core.errors import IngestError
from transcaspian.ingest.limits import check_axis, check_block

HDF5 = b"\x89HDF\r\n\x1a\n"


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Says in one sentence what readers raise on damaged files; they know no errors of their own.

    Raises
    ------
    IngestError
        When a reader fails.
    """
    try:
        yield
    except IngestError:
        raise
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, IndexError) as exc:
        raise IngestError(f"{path} cannot be read as netCDF: {exc}. It may be truncated or damaged") from exc


def survey_format(path: Path) -> str:
    """The driver of a survey's exchange format, `BAG` or `S102`; empty where an HDF5 file is none of them."""
    expect_own_bytes(path)
    with readable(path), h5py.File(path, "r") as file:
        return "BAG" if "BAG_root" in file else "S102" if "BathymetryCoverage" in file else ""


def expect_own_bytes(path: Path) -> None:
    """An HDF5 file may take its values from other files of this disk, or promise more than memory holds: refused."""

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
            elif isinstance(item, h5py.Dataset):
                check_dataset(path, name, item)

    with readable(path), h5py.File(path, "r") as file:
        look(file)


def check_dataset(path: Path, name: str, item: h5py.Dataset) -> None:
    """Refuse values that lie in another file, an axis that is none by its length, and pieces too large to unpack."""
    if item.external or item.is_virtual:
        raise IngestError(f"{path}: the values of {name} lie in another file: give a file of its own")
    if len(item.shape or ()) == 1:
        check_axis(path, name, item.shape[0])
    if item.chunks:
        check_block(path, item.chunks, item.dtype.itemsize)
