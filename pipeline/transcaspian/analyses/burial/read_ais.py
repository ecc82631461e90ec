"""Positions of ships (AIS) as tracks: read in pieces, each bad position counted with its reason, and reduced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.analyses.burial.read_reasons import LEFT_OUT, NOTED
from transcaspian.core.errors import IngestError
from transcaspian.core.geodesy import METRES_PER_DEGREE, to_ecef_m
from transcaspian.core.grid import GEOD
from transcaspian.ingest.limits import check_file
from transcaspian.sources.datafile import DataFile

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ROWS_AT_ONCE = 500_000
KNOTS = 3600.0 / 1852.0
NO_SPEED_KN = 102.3
"""The code of AIS for a speed that is not available."""
SHOWN = 20
"""So many places of each reason are kept."""
TOLERANCE_M = 50.0
"""How far a reduced track may stray from the positions."""
TILES = 64
"""The area in so many tiles a side: only positions in those with a shore in them are held against it one by one."""
NAMES: Mapping[str, tuple[str, ...]] = {
    "mmsi": ("mmsi",),
    "time": (
        "time",
        "timestamp",
        "# timestamp",
        "basedatetime",
        "time_utc",
        "datetime",
        "date_time_utc",
        "received_at",
    ),
    "lon": ("lon", "longitude", "lon_deg", "x"),
    "lat": ("lat", "latitude", "lat_deg", "y"),
    "sog_kn": ("sog_kn", "sog", "speed", "speed_kn"),
    "length_m": ("length_m", "length", "loa", "ship_length"),
}
"""Headings of a column, lower case; the study may name others (``data.columns``)."""
NEEDED = ("mmsi", "time", "lon", "lat")


@dataclass
class Tally:
    """How many positions there are of each reason, and where."""

    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[Floats]] = field(default_factory=dict)

    def add(self, reason: str, where: Bools, lon: Floats, lat: Floats) -> None:
        """Count rows of which something is so."""
        if count := int(where.sum()):
            self.counts[reason] += count
            kept = self.places.setdefault(reason, [])
            room = SHOWN - sum(map(len, kept))
            at = np.column_stack([lon[where][: max(room, 0)], lat[where][: max(room, 0)]])
            valid = np.isfinite(at).all(axis=1) & (np.abs(at[:, 0]) <= 180) & (np.abs(at[:, 1]) <= 90)
            kept.append(at[valid])


def read_ais(
    file: DataFile, rules: Mapping[str, Any], water: BaseGeometry, bounds: tuple[float, ...]
) -> dict[str, Any]:
    """The tracks of a file of positions, reduced, with what was left out and what was noted.

    Parameters
    ----------
    rules
        ``max_gap_h``, ``max_speed_kn``, ``min_speed_kn`` and ``time_format`` (None: ISO 8601 or seconds since 1970).
    water
        EPSG:4326: what lies in the area and not in it is land.
    bounds
        ``(west, south, east, north)``, degrees.

    Returns
    -------
    dict
        ``lonlat`` of the pieces of tracks, shape ``(n, 4)``; ``speed_kn`` and ``length_m`` (NaN: not stated) of each,
        shape ``(n,)``; ``first_s`` and ``last_s``, the times covered; ``ships`` that have a track, and those
        ``without_length``; ``count`` of rows; ``reasons`` and ``places`` of what was told, by reason.

    Raises
    ------
    IngestError
        When the file is no such table, or no row of it can be used.
    """
    check_file(file.path, file.limits)
    tally, parts, rows = Tally(), [], 0
    for chunk in chunks_of(file):
        rows += len(chunk)
        parts.append(_usable(file, chunk, rules, water, bounds, tally))
    at = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    if not rows or not len(at["mmsi"]):
        told = "; ".join(f"{count:,}: {reason}" for reason, count in tally.counts.most_common()) or "it has no rows"
        raise IngestError(f"{file.path}: none of {rows:,} positions can be used: {told}. Give the AIS of this sea")
    return {"count": rows, **tracks_of(at, rules, tally), **told_of(tally)}


def told_of(tally: Tally) -> dict[str, Any]:
    """Counts and places by reason, in a fixed order."""
    order = [reason for reason in (*LEFT_OUT, *NOTED) if tally.counts[reason]]
    return {
        "reasons": {reason: tally.counts[reason] for reason in order},
        "places": {reason: np.concatenate(tally.places[reason]) for reason in order},
    }


def chunks_of(file: DataFile) -> Iterator[pd.DataFrame]:
    """The rows of the file, some at a time, with our names of the columns."""
    if file.path.suffix.lower() in (".parquet", ".pq"):
        yield from _of_parquet(file)
        return
    with file.path.open(encoding="utf-8-sig", errors="replace") as opened:
        heading = opened.readline().rstrip("\r\n")
    separator = max(",;\t", key=heading.count)
    names = [name.strip().strip('"') for name in heading.rstrip(separator).split(separator)]
    ours = columns_of(file, names)
    options: dict[str, Any] = {
        "sep": separator,
        "header": None,
        "skiprows": 1,
        "names": names,
        "usecols": list(ours),
        "index_col": False,  # a separator at the end of each row moves no column
        "skipinitialspace": True,
        "encoding": "utf-8-sig",
        "encoding_errors": "replace",  # names of ships are written in many ways, and not read
        "low_memory": False,
    }
    try:
        with pd.read_csv(file.path, **options, chunksize=ROWS_AT_ONCE) as reader:
            for chunk in reader:
                yield chunk.rename(columns=ours)
    except pd.errors.ParserError as exc:
        raise IngestError(f"{file.path}: a row has more fields than the heading ({exc}): write it again") from exc


def _of_parquet(file: DataFile) -> Iterator[pd.DataFrame]:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError as exc:
        raise IngestError(f"{file.path} is Parquet: install transcaspian[parquet], or give it as CSV") from exc
    try:
        opened = parquet.ParquetFile(file.path)
    except ArrowInvalid as exc:
        raise IngestError(f"{file.path} is no Parquet file: {exc}") from exc
    ours = columns_of(file, opened.schema_arrow.names)
    for batch in opened.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(ours)):
        yield batch.to_pandas().rename(columns=ours)


def columns_of(file: DataFile, names: list[str]) -> dict[str, str]:
    """Our name of each column of the file that is read.

    Raises
    ------
    IngestError
        When one that is needed is not there, or two have the name of one.
    """
    found: dict[str, str] = {}
    for ours, usual in NAMES.items():
        wanted = {file.columns[ours].casefold()} if ours in file.columns else set(usual)
        same = [name for name in names if name.casefold() in wanted]
        if len(same) > 1:
            raise IngestError(f"{file.path} has {' and '.join(same)} for `{ours}`: name one in data.columns")
        if same:
            found[same[0]] = ours
    if missing := [ours for ours in NEEDED if ours not in found.values()]:
        raise IngestError(
            f"{file.path} has no column for {', '.join(missing)}: it has {', '.join(names)}; name them in "
            "data.columns, "
            f'as {{ {missing[0]} = "..." }}'
        )
    return found


def _usable(
    file: DataFile,
    chunk: pd.DataFrame,
    rules: Mapping[str, Any],
    water: BaseGeometry,
    bounds: tuple[float, ...],
    tally: Tally,
) -> dict[str, NDArray[Any]]:
    """The rows that can be used; ``tally`` counts the others."""
    columns = {name: numbers(chunk[name]) for name in ("mmsi", "lon", "lat", "sog_kn", "length_m") if name in chunk}
    missing = np.full(len(chunk), np.nan)
    lon, lat, mmsi = columns["lon"], columns["lat"], columns["mmsi"]
    seconds, is_time = seconds_of(file, chunk["time"], rules["time_format"])
    kept = np.ones(len(chunk), bool)
    for reason, where in zip(LEFT_OUT, _faults(mmsi, lon, lat, is_time, bounds), strict=False):
        tally.add(reason, kept & where, lon, lat)
        kept &= ~where
    land = np.zeros(len(chunk), bool)
    land[kept] = _on_land(lon[kept], lat[kept], water, bounds)
    tally.add(LEFT_OUT[5], land, lon, lat)
    kept &= ~land
    sog_kn = columns.get("sog_kn", missing)
    is_none = np.abs(sog_kn - NO_SPEED_KN) < 0.05
    tally.add(NOTED[0], kept & is_none, lon, lat)
    tally.add(NOTED[1], kept & ~is_none & (sog_kn > rules["max_speed_kn"]), lon, lat)
    return {
        "mmsi": mmsi[kept].astype(np.int32),
        "s": seconds[kept],
        "lon": lon[kept],
        "lat": lat[kept],
        "length_m": columns.get("length_m", missing)[kept].astype(np.float32),
    }


def _faults(mmsi: Floats, lon: Floats, lat: Floats, is_time: Bools, bounds: tuple[float, ...]) -> tuple[Bools, ...]:
    """Where each of the first reasons of `LEFT_OUT` holds."""
    west, south, east, north = bounds
    return (
        ~is_time,
        ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)),
        mmsi < 10_000_000,
        ~((mmsi >= 200_000_000) & (mmsi < 800_000_000)),
        (lon < west) | (lon > east) | (lat < south) | (lat > north),
    )


def numbers(column: pd.Series[Any]) -> Floats:
    """A column as numbers, NaN where one cannot be read."""
    return np.asarray(pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan))


def seconds_of(file: DataFile, column: pd.Series[Any], time_format: str | None) -> tuple[NDArray[np.int64], Bools]:
    """Seconds since 1970 in UTC, and which of them are known; a time without a zone is one of UTC.

    Raises
    ------
    IngestError
        When no time of the rows can be read.
    """
    if pd.api.types.is_numeric_dtype(column):
        values = numbers(column)
        is_time = (values > 0) & (values < 4e9)  # seconds up to the year 2096; milliseconds are more
        found = np.where(is_time, values, 0.0).astype(np.int64)
    else:
        times = pd.to_datetime(column, format=time_format or "ISO8601", utc=True, errors="coerce")
        is_time = times.notna().to_numpy(bool)
        found = times.to_numpy("datetime64[s]").astype(np.int64)
    if len(column) and not is_time.any():
        raise IngestError(
            f"{file.path}: no time can be read, as `{column.iloc[0]}`: expected ISO 8601 (2025-07-01T12:00:00Z) or "
            'seconds since 1970; give time_format, as "%d/%m/%Y %H:%M:%S"'
        )
    return found, is_time


def _on_land(lon: Floats, lat: Floats, water: BaseGeometry, bounds: tuple[float, ...]) -> Bools:
    """Which positions, all within the bounds, are not in water, shape ``(n,)``."""
    west, south, east, north = bounds
    col, row = (
        np.clip(((at - low) / (high - low) * TILES).astype(int), 0, TILES - 1)
        for at, low, high in ((lon, west, east), (lat, south, north))
    )
    x, y = (low + (high - low) * np.arange(TILES + 1) / TILES for low, high in ((west, east), (south, north)))
    tiles = shapely.box(*np.meshgrid(x[:-1], y[:-1]), *np.meshgrid(x[1:], y[1:]))
    shapely.prepare(water)
    dry, wet = ~shapely.intersects(water, tiles), shapely.contains_properly(water, tiles)
    land: Bools = dry[row, col]
    near = np.flatnonzero(~land & ~wet[row, col])
    land[near] = ~shapely.intersects_xy(water, lon[near], lat[near])
    return land


def tracks_of(at: dict[str, NDArray[Any]], rules: Mapping[str, Any], tally: Tally) -> dict[str, Any]:
    """Tracks of ships, reduced to few pieces.

    Parameters
    ----------
    at
        Usable positions, ``mmsi``, ``s`` (time), ``lon``, ``lat``, ``length_m``, in the order of the file.
    """
    by_ship = np.argsort(at["mmsi"], kind="stable")
    backwards = np.zeros(len(by_ship), bool)
    backwards[by_ship[1:]] = (np.diff(at["mmsi"][by_ship]) == 0) & (np.diff(at["s"][by_ship]) < 0)
    tally.add(NOTED[2], backwards, at["lon"], at["lat"])
    order = by_ship[np.lexsort((at["s"][by_ship], at["mmsi"][by_ship]))]
    at = {name: values[order] for name, values in at.items()}
    again = (np.diff(at["mmsi"], prepend=-1) == 0) & (np.diff(at["s"], prepend=-1) == 0)
    same = again & (np.diff(at["lon"], prepend=np.nan) == 0) & (np.diff(at["lat"], prepend=np.nan) == 0)
    tally.add(LEFT_OUT[6], same, at["lon"], at["lat"])
    tally.add(LEFT_OUT[7], again & ~same, at["lon"], at["lat"])
    at = {name: values[~again] for name, values in at.items()}
    length_m = lengths_of(at["mmsi"], at["length_m"])
    joins = joined(at, rules, tally)
    _, first = np.unique(at["mmsi"], return_index=True)
    return {
        **reduced(at, length_m, joins),
        "first_s": int(at["s"].min()),
        "last_s": int(at["s"].max()),
        "ships": len(first),
        "without_length": int(np.isnan(length_m[first]).sum()),
    }


def lengths_of(mmsi: NDArray[np.int32], length_m: NDArray[np.float32]) -> Floats:
    """The length of the ship of each position: the greatest that it states, NaN where it states none."""
    _, ship = np.unique(mmsi, return_inverse=True)
    found = np.full(int(ship.max()) + 1, -np.inf)
    stated = length_m > 0
    np.maximum.at(found, ship[stated], length_m[stated])
    return np.where(np.isfinite(found), found, np.nan)[ship]


def joined(at: Mapping[str, NDArray[Any]], rules: Mapping[str, Any], tally: Tally) -> Bools:
    """Whether a ship sails from each position to the next one, shape ``(n - 1,)``."""
    same = np.diff(at["mmsi"]) == 0
    hours = np.diff(at["s"]) / 3600.0
    metres = np.linalg.norm(np.diff(to_ecef_m(at["lon"], at["lat"]), axis=0), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        speed_kn = metres / hours / 1852.0
    gap = same & (hours > rules["max_gap_h"])
    fast = same & ~gap & (speed_kn > rules["max_speed_kn"])
    rest = same & ~gap & (speed_kn < rules["min_speed_kn"])
    for reason, where in ((NOTED[3], fast), (NOTED[4], gap), (NOTED[5], rest)):
        tally.add(reason, where, at["lon"][:-1], at["lat"][:-1])
    return same & ~gap & ~fast & ~rest


def reduced(at: Mapping[str, NDArray[Any]], length_m: Floats, joins: Bools) -> dict[str, Any]:
    """Tracks with few vertices, as pieces: where they begin and end, speed and length of the ship."""
    trip = np.concatenate([[0], np.cumsum(~joins)])
    # a ship's trip has at least two positions; time goes along as the third coordinate
    _, start, count = np.unique(trip, return_index=True, return_counts=True)
    inside = np.repeat(count > 1, count)
    if not inside.any():
        return {"lonlat": np.empty((0, 4)), "speed_kn": np.empty(0), "length_m": np.empty(0)}
    points = np.column_stack([at["lon"], at["lat"], at["s"] - at["s"].min()])[inside]
    line = np.repeat(np.arange((count > 1).sum()), count[count > 1])
    lines = shapely.simplify(shapely.linestrings(points, indices=line), TOLERANCE_M / METRES_PER_DEGREE)
    vertices, of = shapely.get_coordinates(lines, include_z=True, return_index=True)
    ends = np.flatnonzero(np.diff(of) == 0)
    a, b = vertices[ends], vertices[ends + 1]
    metres = np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])
    return {
        "lonlat": np.hstack([a[:, :2], b[:, :2]]),
        "speed_kn": metres / np.maximum(b[:, 2] - a[:, 2], 1.0) * KNOTS,
        "length_m": length_m[start[count > 1]][of[ends]],
    }
