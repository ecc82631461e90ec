"""The rows of a batch as they come: GeoParquet that grows group by group, and never holds all of them in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyproj
import shapely

from transcaspian.core.errors import ExportError
from transcaspian.core.grid import CRS
from transcaspian.core.layers import Layer
from transcaspian.export.formats import PARQUET_VERSION
from transcaspian.export.read_back import expect

GROUP_ROWS = 256
"""Rows written together; so many, with their lines, are in memory."""


def check_can_write_batches() -> None:
    """Whether GeoParquet can be written here.

    Raises
    ------
    ExportError
        When its package is not installed.
    """
    if find_spec("pyarrow") is None:
        raise ExportError("a batch is written as GeoParquet: pip install 'transcaspian[parquet]'")


class RowFile:
    """A file of rows of a layer, GeoParquet 1.1, to be used as a context; the file is whole when the block has ended.

    Rows that are equal give the same bytes, however they come.
    """

    def __init__(self, path: Path, layer: Layer) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        types = {"str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
        columns = [pa.field(field.name, types[field.type]) for field in layer.fields]
        self.path, self.layer, self.count = path, layer, 0
        self._schema = pa.schema([*columns, pa.field("geometry", pa.binary())], {"geo": geo_metadata(layer)})
        self._waiting: list[Mapping[str, Any]] = []
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._write()
        finally:
            self._writer.close()

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put further rows after those before."""
        self._waiting += rows
        while len(self._waiting) >= GROUP_ROWS:
            self._write()

    def _write(self) -> None:
        import pyarrow as pa

        group, self._waiting = self._waiting[:GROUP_ROWS], self._waiting[GROUP_ROWS:]
        if not group:
            return
        columns = {name: [row.get(name) for row in group] for name in self.layer.field_names}
        columns["geometry"] = list(shapely.to_wkb([row["geometry"] for row in group], flavor="iso"))
        self._writer.write_table(pa.table(columns, schema=self._schema))
        self.count += len(group)


def geo_metadata(layer: Layer) -> str:
    """What GeoParquet 1.1 says of the geometry."""
    column = {
        "encoding": "WKB",
        "geometry_types": [layer.geometry],
        "crs": json.loads(pyproj.CRS(CRS).to_json()),
    }
    return json.dumps({"version": PARQUET_VERSION, "primary_column": "geometry", "columns": {"geometry": column}})


def check_rows(path: Path, layer: Layer, count: int) -> None:
    """Read a file of rows again: its count, and that each row has a key of its own.

    Raises
    ------
    ExportError
        When it is not as it was written.
    """
    from pyarrow import ArrowException, compute, parquet

    try:
        keys = parquet.read_table(path, columns=[layer.key]).column(layer.key)
    except (ArrowException, OSError) as exc:
        raise ExportError(f"{path} does not read back: {exc}") from exc
    expect(path, "rows", count, len(keys))
    expect(path, "different keys", count, len(compute.unique(keys)))
