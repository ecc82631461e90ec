"""A table of positions to route between, from a CSV file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from transcaspian.core.errors import IngestError
from transcaspian.ingest.csv_rows import read_rows

COLUMNS = ("pair_id", "from_lon_deg", "from_lat_deg", "to_lon_deg", "to_lat_deg")
NAMES = ("from_name", "to_name")
LIMITS_DEG = {"lon": 180.0, "lat": 90.0}


@dataclass(frozen=True)
class PositionPair:
    """Two positions, degrees, with the names that people know them by."""

    pair_id: str
    from_name: str
    from_lon_deg: float
    from_lat_deg: float
    to_name: str
    to_lon_deg: float
    to_lat_deg: float


def read_pairs(path: Path) -> tuple[PositionPair, ...]:
    """Read the pairs of a CSV file with the columns of `COLUMNS`, and `NAMES` where it has them.

    Raises
    ------
    IngestError
        When the file cannot be read, lacks a column, has no row, or a cell is not what it should be; the message names
        the row (from 1, the heading included) and the column.
    """
    rows = read_rows(path)
    missing = [name for name in COLUMNS if name not in rows.names]
    if missing:
        raise IngestError(
            f"{path} has the columns {', '.join(rows.names) or 'none'}: "
            f"expected {', '.join(COLUMNS)}; {missing[0]} is missing"
        )
    pairs = tuple(
        _pair(path, number, dict(zip(rows.names, cells, strict=True)))
        for number, cells in zip(rows.numbers, rows.cells, strict=True)
    )
    if not pairs:
        raise IngestError(f"{path} has no rows below its heading: expected a pair of positions in each")
    ids = [pair.pair_id for pair in pairs]
    for twice in {name for name in ids if ids.count(name) > 1} if len(set(ids)) < len(ids) else ():
        raise IngestError(f"{path} has the pair_id `{twice}` more than once: give each row its own")
    return pairs


def _pair(path: Path, number: int, row: Mapping[str, str]) -> PositionPair:
    name = row["pair_id"].strip()
    if not name or "/" in name or not name.isprintable():
        raise IngestError(f"{path}, row {number}, pair_id: {name!r} names no pair: expected text without `/`")
    angles = {column: _angle(path, number, column, row[column]) for column in COLUMNS[1:]}
    named = {column: row.get(column, "").strip() for column in NAMES}
    return PositionPair(
        pair_id=name,
        from_name=named["from_name"] or f"the start of {name}",
        to_name=named["to_name"] or f"the end of {name}",
        **angles,
    )


def _angle(path: Path, number: int, column: str, text: str) -> float:
    limit = LIMITS_DEG[column.split("_")[1]]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= limit:
        raise IngestError(
            f"{path}, row {number}, {column}: {text!r}: expected degrees between {-limit:g} and {limit:g}, with a point"
        )
    return value
