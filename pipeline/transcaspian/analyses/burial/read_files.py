"""Tracks and densities of ships, and logs of soil: files of ``[burial]``, as they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from transcaspian.analyses.burial.config import STRENGTH_UNITS
from transcaspian.core.errors import IngestError
from transcaspian.ingest.constraint_reader import read_raster
from transcaspian.ingest.csv_rows import read_rows
from transcaspian.ingest.limits import check_file
from transcaspian.ingest.vectors import open_placed
from transcaspian.sources.datafile import DataFile

Floats = NDArray[np.float64]
MAX_STRENGTH_KPA = 1000.0
"""What is stronger is rock, or was written in another unit."""
TRACK_COLUMNS = ("ship", "ships_per_year", "speed_kn")
LOG_COLUMNS = ("log", "lon", "lat", "from_m", "to_m")
MEASURES = ("strength", "qc")


def read_tracks(file: DataFile, ships: tuple[str, ...], bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """Lines of ships, with how often ships of a class pass each.

    Parameters
    ----------
    ships
        Ids of the classes of the study.

    Raises
    ------
    IngestError
        When a column is missing, or no line can be used.
    """
    check_file(file.path, file.limits)
    data, _, _ = open_placed(file, bounds)
    columns = {ours: file.columns.get(ours, ours) for ours in TRACK_COLUMNS}
    if missing := [name for name in columns.values() if name not in data.columns]:
        raise IngestError(
            f"{file.path} has no column {', '.join(missing)}: it has {', '.join(map(str, data.columns))}; name them in "
            "data.columns"
        )
    lines = data.explode(index_parts=False)
    per_year, speed_kn = (numbers(lines[columns[name]]) for name in ("ships_per_year", "speed_kn"))
    faults = {
        "no line": ~np.isin(lines.geom_type, ["LineString", "LinearRing"]),
        "its ship is no class of burial.ships": ~lines[columns["ship"]].isin(ships).to_numpy(bool),
        "ships_per_year is no number of 0 or more": ~(per_year >= 0),
        "speed_kn is no number over 0": ~(speed_kn > 0),
    }
    kept, reasons = np.ones(len(lines), bool), Counter[str]()
    for reason, where in faults.items():
        reasons[reason] += int((kept & where).sum())
        kept &= ~where
    if not kept.any():
        raise IngestError(f"{file.path}: none of {len(lines)} tracks can be used: {told(reasons)}")
    vertices, of = shapely.get_coordinates(lines.geometry.to_numpy()[kept], return_index=True)
    ends = np.flatnonzero(np.diff(of) == 0)
    return {
        "count": len(lines),
        "lonlat": np.hstack([vertices[ends], vertices[ends + 1]]),
        "ship": [str(name) for name in lines[columns["ship"]].to_numpy()[kept][of[ends]]],
        "per_year": per_year[kept][of[ends]],
        "speed_kn": speed_kn[kept][of[ends]],
        "reasons": dict(+reasons),
    }


def read_density(file: DataFile, bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """A raster of hours of ships.

    Raises
    ------
    IngestError
        When it cannot be read, lies in another sea, or has a negative value.
    """
    check_file(file.path, file.limits)
    raster = read_raster(file, bounds)
    if (lowest := float(np.nanmin(raster.values))) < 0:
        raise IngestError(f"{file.path} has the value {lowest:g}: hours of ships are 0 or more; state its `nodata`")
    return {
        "count": int(np.isfinite(raster.values).sum()),
        "values": raster.values.astype(np.float64),
        "lon_deg": raster.lon_deg,
        "lat_deg": raster.lat_deg,
        "reasons": {},
    }


def read_logs(file: DataFile, unit: str | None, cone_factor: float | None) -> dict[str, Any]:
    """Boreholes and CPTs: intervals of soil and strength.

    Parameters
    ----------
    unit
        ``kPa`` or ``MPa`` of a column whose heading does not say it.
    cone_factor
        Cone resistance over undrained shear strength.

    Returns
    -------
    dict
        ``log``, ``soil`` (empty: not stated) as lists; ``lon_deg``, ``lat_deg``, ``from_m``, ``to_m`` and
        ``strength_kpa`` (NaN: not stated) as arrays; ``count`` of rows, and ``reasons`` of those left out.

    Raises
    ------
    IngestError
        When a column is missing, a strength has no unit, or no row can be used.
    """
    check_file(file.path, file.limits)
    found = read_rows(file.path)
    data = pd.DataFrame(found.cells, columns=list(found.names), dtype=str)
    data = data.rename(columns={theirs: ours for ours, theirs in file.columns.items()})
    data.columns = [str(name).strip().lower() for name in data.columns]
    if missing := [name for name in LOG_COLUMNS if name not in data]:
        raise IngestError(
            f"{file.path} has no column {', '.join(missing)}: it has {', '.join(data.columns)}; name them in "
            "data.columns"
        )
    strength_kpa = _strengths(file, data, unit, cone_factor)
    at = {name: numbers(data[name]) for name in LOG_COLUMNS[1:]}
    soil = data["soil"].str.strip() if "soil" in data else pd.Series("", index=data.index)
    faults = {
        "no position": ~((np.abs(at["lon"]) <= 180) & (np.abs(at["lat"]) <= 90)),
        "from_m is not less than to_m": ~((at["from_m"] >= 0) & (at["from_m"] < at["to_m"])),
        f"strength over {MAX_STRENGTH_KPA:,.0f} kPa: rock, or of another unit": strength_kpa > MAX_STRENGTH_KPA,
        "negative strength": strength_kpa < 0,
        "neither soil nor strength": (soil == "").to_numpy(bool) & np.isnan(strength_kpa),
    }
    kept, reasons = np.ones(len(data), bool), Counter[str]()
    for reason, where in faults.items():
        reasons[reason] += int((kept & where).sum())
        kept &= ~where
    if not kept.any():
        raise IngestError(f"{file.path}: none of {len(data)} rows can be used: {told(reasons) or 'it has none'}")
    return {
        "count": len(data),
        "log": data["log"].astype(str)[kept].tolist(),
        "soil": soil[kept].tolist(),
        "lon_deg": at["lon"][kept],
        "lat_deg": at["lat"][kept],
        "from_m": at["from_m"][kept],
        "to_m": at["to_m"][kept],
        "strength_kpa": strength_kpa[kept],
        "reasons": dict(+reasons),
    }


def _strengths(file: DataFile, data: pd.DataFrame, unit: str | None, cone_factor: float | None) -> Floats:
    """Undrained shear strengths of rows, kPa; NaN where none is stated.

    Raises
    ------
    IngestError
        When the unit is not stated, or is said to be two, or a cone resistance has no cone factor.
    """
    found = np.full(len(data), np.nan)
    for measure in MEASURES:
        same = [name for name in data.columns if name == measure or name.partition("_")[0] == measure]
        same = [name for name in same if name != f"{measure}_unit"]
        for name in same:
            factors = _units_of(file, data, name, measure, unit)
            values = numbers(data[name]) * factors
            if measure == "qc":
                if cone_factor is None:
                    raise IngestError(f"{file.path} has cone resistances (`{name}`): give cone_factor, and its source")
                values = values / cone_factor
            found = np.where(np.isnan(found), values, found)
    return found


def _units_of(file: DataFile, data: pd.DataFrame, name: str, measure: str, unit: str | None) -> Floats:
    """kPa in the unit of each row of a column: by its heading, the column of units beside it, or the study."""
    known = {each.casefold(): factor for each, factor in STRENGTH_UNITS.items()}
    heading = name.partition("_")[2].strip("[]() ")
    if heading and heading not in known:
        raise IngestError(f"{file.path}: `{name}` has the unit {heading}: expected kPa or MPa")
    if heading and unit is not None and heading != unit.casefold():
        raise IngestError(
            f"{file.path}: `{name}` is in {heading} by its heading and in {unit} by strength_unit: which?"
        )
    if f"{measure}_unit" in data:
        texts = data[f"{measure}_unit"].str.strip().str.casefold()
        if wrong := sorted(set(texts[data[name].str.strip() != ""]) - set(known)):
            raise IngestError(f"{file.path}: `{measure}_unit` is `{wrong[0]}`: expected kPa or MPa in every row")
        return np.asarray(texts.map(known).to_numpy(float))
    stated = heading or (unit or "").casefold()
    if not stated:
        raise IngestError(
            f"{file.path}: `{name}` states no unit, and kPa for MPa is a factor of 1,000: head it {name}_kpa or "
            f"{name}_mpa, add a column {measure}_unit, or give strength_unit"
        )
    return np.full(len(data), known[stated])


def numbers(column: Any) -> Floats:
    """A column as numbers, NaN where one cannot be read."""
    return np.asarray(pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan))


def told(reasons: Mapping[str, int]) -> str:
    """Reasons with how often."""
    return "; ".join(f"{count}: {reason}" for reason, count in reasons.items() if count)
