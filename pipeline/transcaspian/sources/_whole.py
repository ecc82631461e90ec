"""Does a file reach as far as its own head says?

A server that does not say how long a file is, or says it wrongly, can break off unnoticed. Formats that tell where
their data lie tell it themselves; no data are read here.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from transcaspian.core.errors import SourceError
from transcaspian.sources.service_errors import service_error

TIFF_TYPE_BYTES = {
    kind: size
    for size, kinds in {1: (1, 2, 6, 7), 2: (3, 8), 4: (4, 9, 11, 13), 8: (5, 10, 12, 16, 17, 18)}.items()
    for kind in kinds
}
TIFF_LETTERS = {1: "B", 3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}
TIFF_PLACES = {273: 279, 324: 325}
"""Tags with the offsets of strips and tiles, and those with their lengths."""
NETCDF_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}


class _CutError(Exception):
    """The file ends within its head."""


def check_whole(path: Path, name: str, url: str) -> None:
    """Refuse a file that ends before its data do.

    GeoTIFF, netCDF (classic and HDF5), GeoPackage and JSON are looked at; of other formats nothing is known.

    Raises
    ------
    SourceError
        When it is cut off.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            needed = _needed_bytes(file)
        except _CutError:
            raise SourceError(
                f"{url} gives a {name} that ends within its head, after {size:,} bytes: try again"
            ) from None
    if needed > size:
        raise SourceError(f"{url} gives {size:,} bytes of a {name} whose data end at {needed:,}: try again")
    if name.lower().endswith((".geojson", ".json")):
        _check_json(path, name, url)


def _check_json(path: Path, name: str, url: str) -> None:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise SourceError(f"{url} gives a {name} that is no JSON ({exc}): try again") from exc
    if told := service_error(found):
        raise SourceError(f"{url} gives a {name} that is {told}")
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        shown = json.dumps(found, ensure_ascii=False)[:160]
        raise SourceError(f"{url} gives no feature collection but {shown}: check the URL")


def _needed_bytes(file: BinaryIO) -> int:
    head = file.read(100)
    for begins, measure in _MEASURES.items():
        if head.startswith(begins):
            return measure(file)
    return 0


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _go(file: BinaryIO, place: int) -> None:
    """Go on reading there."""
    if place > _size(file):
        raise _CutError
    file.seek(place)


def _take(file: BinaryIO, pattern: str) -> tuple[int, ...]:
    """The next numbers of a file."""
    try:
        size = struct.calcsize(pattern)
        # a count out of a damaged head would ask for memory that is not there
        if size <= _size(file):
            return struct.unpack(pattern, file.read(size))
    except struct.error:
        pass
    raise _CutError


def _tiff(file: BinaryIO) -> int:
    """End of the last strip, tile or list of numbers of every picture inside."""
    _go(file, 0)
    order = "<" if file.read(2) == b"II" else ">"
    (version,) = _take(file, order + "H")
    is_big = version == 43
    word, count_pattern = ("Q", "Q") if is_big else ("L", "H")
    if is_big:
        _go(file, 8)
    (offset,) = _take(file, order + word)
    end = 0
    seen: set[int] = set()
    while offset and offset not in seen:
        seen.add(offset)
        _go(file, offset)
        (entries,) = _take(file, order + count_pattern)
        end = max(end, _tiff_picture(file, entries, order, word), file.tell())
        (offset,) = _take(file, order + word)
    return end


def _tiff_picture(file: BinaryIO, entries: int, order: str, word: str) -> int:
    """The same of one picture, whose entries come next; the file is left behind them."""
    end = 0
    lists: dict[int, tuple[int, ...]] = {}
    for _ in range(entries):
        tag, kind, count = _take(file, order + "HH" + word)
        beside = file.tell() + struct.calcsize("=" + word)
        room = TIFF_TYPE_BYTES.get(kind, 1) * count
        if room > beside - file.tell():
            (place,) = _take(file, order + word)
            end = max(end, place + room)
            _go(file, place)
        if tag in (*TIFF_PLACES, *TIFF_PLACES.values()) and kind in TIFF_LETTERS:
            lists[tag] = _take(file, f"{order}{count}{TIFF_LETTERS[kind]}")
        _go(file, beside)
    for places, lengths in TIFF_PLACES.items():
        if places in lists and lengths in lists:
            end = max(end, *(a + b for a, b in zip(lists[places], lists[lengths], strict=False)), 0)
    return end


def _hdf5(file: BinaryIO) -> int:
    """The end that the superblock names."""
    _go(file, 8)
    (version,) = _take(file, "B")
    _go(file, {0: 40, 1: 44}.get(version, 28))
    (end,) = _take(file, "<Q")
    return end


def _sqlite(file: BinaryIO) -> int:
    """Pages of the database, where the count is in force."""
    _go(file, 16)
    (page_bytes,) = _take(file, ">H")
    _go(file, 24)
    changes, pages = _take(file, ">LL")
    _go(file, 92)
    (valid_for,) = _take(file, ">L")
    return pages * (65536 if page_bytes == 1 else page_bytes) if changes == valid_for else 0


class _NetCdfHead:
    """The head of a classic netCDF file, read item by item."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        _go(file, 3)
        version = self.take("B")
        self.number = ">Q" if version == 5 else ">L"
        self.place = ">L" if version == 1 else ">Q"

    def take(self, pattern: str) -> int:
        (found,) = _take(self.file, pattern)
        return found

    def count(self) -> int:
        return self.take(self.number)

    def skip(self, size: int) -> None:
        """So many bytes, and what pads them to four."""
        _go(self.file, self.file.tell() + -(-size // 4) * 4)

    def items(self) -> Iterator[int]:
        """Numbers of the items of a list, whose names are passed over."""
        self.take(">L")
        for number in range(self.count()):
            self.skip(self.count())
            yield number

    def attributes(self) -> None:
        for _ in self.items():
            value_bytes = NETCDF_TYPE_BYTES.get(self.take(">L"), 1)
            self.skip(self.count() * value_bytes)

    def variable(self, lengths: Sequence[int]) -> tuple[list[int], int, int, int]:
        """Lengths of its axes, bytes of a value, bytes of a record with padding, and where it begins."""
        rank = self.count()
        axes = _take(self.file, f">{rank}{self.number[1]}")
        self.attributes()
        value_bytes = NETCDF_TYPE_BYTES.get(self.take(">L"), 1)
        shape = [lengths[axis] if axis < len(lengths) else 1 for axis in axes]
        return shape, value_bytes, self.count(), self.take(self.place)


def _netcdf(file: BinaryIO) -> int:
    """End of the last variable of a classic netCDF file."""
    head = _NetCdfHead(file)
    records = head.count()
    lengths = [head.count() for _ in head.items()]
    head.attributes()
    end, record_bytes, series = 0, 0, []
    for _ in head.items():
        shape, value_bytes, padded_bytes, begin = head.variable(lengths)
        if shape and shape[0] == 0:
            series.append((begin, math.prod(shape[1:]) * value_bytes))
            record_bytes += padded_bytes
        else:
            end = max(end, begin + math.prod(shape) * value_bytes)
    if len(series) == 1:  # then records follow each other without padding
        record_bytes = series[0][1]
    is_counted = records != (1 << struct.calcsize(head.number) * 8) - 1
    if records and is_counted:
        end = max([end, *(begin + (records - 1) * record_bytes + own for begin, own in series)])
    return end


_MEASURES: dict[bytes, Callable[[BinaryIO], int]] = {
    b"II*\x00": _tiff,
    b"MM\x00*": _tiff,
    b"II+\x00": _tiff,
    b"MM\x00+": _tiff,
    b"\x89HDF\r\n\x1a\n": _hdf5,
    b"CDF\x01": _netcdf,
    b"CDF\x02": _netcdf,
    b"CDF\x05": _netcdf,
    b"SQLite format 3\x00": _sqlite,
}
