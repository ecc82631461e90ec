"""Cables as drawn or surveyed, from any vector file or Route Position List: who each is, and its lines.

The contract of the layer ``cables`` asks for columns that a comparison does not need, so these files are read by what
they have: the columns of a publisher that is recognised, else the one column that can be a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.errors import IngestError
from transcaspian.ingest.limits import check_file
from transcaspian.ingest.schemas import Schema, recognise
from transcaspian.ingest.values import is_empty
from transcaspian.ingest.vectors import ALL, open_vector
from transcaspian.rpl.column_map import NO_MAP, ColumnMap
from transcaspian.rpl.reader import read_rpl_sheet, rpl_of
from transcaspian.sources.datafile import Limits
from transcaspian.sources.verify import sha256_of

Floats = NDArray[np.float64]

NAME_COLUMNS = (
    *("name", "cable_name", "cablename", "cable", "cable_system", "system", "system_name", "name_"),
    *("navn", "naam", "nom", "pipe_name", "objnam"),
)
"""Columns that can name a cable in a file whose publisher is not recognised."""
LISTS = (".csv", ".xlsx")


@dataclass(frozen=True)
class DrawnLine:
    """A line of a feature, as it stands in the file.

    Attributes
    ----------
    cable
        What groups the lines of one cable.
    name
        Of the cable, for people.
    feature
        Position of the feature in the file, from 0.
    lonlat
        Vertices, shape ``(n, 2)``, degrees; a leg is straight in longitude and latitude (RFC 7946, 3.1.1).
    accuracy_m
        How far it may be off, where the file says so.
    """

    cable: str
    name: str
    feature: int
    lonlat: Floats
    status: str
    accuracy_m: float | None = None


@dataclass(frozen=True)
class Refused:
    """A feature, or part of one, that cannot be compared, and why."""

    name: str
    feature: int
    reason: str
    lonlat: Floats | None = None

    def __str__(self) -> str:
        return f"{self.name} (feature {self.feature}): {self.reason}"


@dataclass(frozen=True)
class Drawn:
    """What a file holds: its lines, what of it cannot be used, and what a person should know."""

    sha256: str
    publisher: str
    lines: tuple[DrawnLine, ...]
    refused: tuple[Refused, ...]
    features: int
    notes: tuple[str, ...]


def read_drawn(
    path: Path,
    layer: str | None = None,
    name_column: str | None = None,
    limits: Limits = ALL,
    status: str = "",
    columns: ColumnMap = NO_MAP,
) -> Drawn:
    """Read the cables of a file.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile or FlatGeobuf with lines, or a Route Position List (.csv, .xlsx).
    layer
        Layer of a GeoPackage, or sheet of a workbook, where there are several.
    name_column
        Column that names the cables; None: found by itself.
    status
        REAL or ASSUMED, of lines of which the file does not say it; empty: as the publisher's are, else ASSUMED.
    columns
        What headings of a list are to be read as.

    Raises
    ------
    IngestError
        When the file cannot be read, is empty, has no line, or several columns could name its cables.
    """
    check_file(path, limits)
    sha256 = sha256_of(path)
    if path.suffix.lower() in LISTS:
        return _list(path, layer, sha256, status, columns)
    if columns != NO_MAP:
        raise IngestError(f"{path} is no table: --columns names the headings of a list in .csv or .xlsx")
    data = open_vector(path, layer, limits)
    if not len(data):
        raise IngestError(f"{path} has no features: expected cables as lines")
    publisher, named = _columns(path, data, name_column)
    default = status or (publisher.status if publisher else "") or "ASSUMED"
    lines: list[DrawnLine] = []
    refused: list[Refused] = []
    for feature, row in enumerate(data.to_dict("records")):
        _take(feature, row, default, named, lines, refused)
    if not lines:
        first = f"; the first: {refused[0].reason}" if refused else ""
        raise IngestError(f"{path} has no line among its {len(data)} features{first}: expected cables as lines")
    title = publisher.name if publisher else "columns of its own"
    notes = [f"{path.name} is read as {title}{f'; {publisher.note}' if publisher and publisher.note else ''}"]
    if not named["name"]:
        notes.append(f"{path.name} has no column of names: each feature is taken for a cable of its own")
    return Drawn(sha256, title, tuple(lines), tuple(refused), len(data), tuple(notes))


def _list(path: Path, sheet: str | None, sha256: str, status: str, columns: ColumnMap) -> Drawn:
    """A Route Position List as one cable; its legs are geodesics."""
    found = read_rpl_sheet(path, sheet, columns)
    if found.unused:
        raise IngestError(f"{path} does not have the column `{found.unused[0]}`, which --columns names")
    rpl = rpl_of(path, found)
    name = rpl.title or rpl.system_id or path.stem
    line = DrawnLine(path.stem, name, 0, rpl.lonlat, status or "ASSUMED")
    notes = (f"{path.name} is read as a Route Position List", *(f"{path.name}: {note}" for note in found.notes))
    return Drawn(sha256, "Route Position List", (line,), (), 1, notes)


def _columns(path: Path, data: gpd.GeoDataFrame, name_column: str | None) -> tuple[Schema | None, Mapping[str, str]]:
    """The publisher, and the columns of the file that say name, key, status and accuracy; empty where there is none."""
    there = {str(name).strip().lower(): str(name) for name in data.columns if name != data.geometry.name}
    publisher = recognise(there)
    if name_column is not None:
        if name_column.lower() not in there:
            raise IngestError(
                f"{path} has no column `{name_column}` to name its cables: found "
                f"{', '.join(there.values()) or '(none)'}"
            )
        name, key = there[name_column.lower()], ""
    elif publisher is not None:
        name, key = there.get(publisher.theirs("name"), ""), there.get(publisher.group, "")
    else:
        found = [there[column] for column in NAME_COLUMNS if column in there]
        if len(found) > 1:
            raise IngestError(
                f"{path} has the columns {', '.join(found)}, any of which could name its cables: say which by --name"
            )
        name, key = found[0] if found else "", ""
    ours = publisher is not None and publisher.group == "cable_id"
    extra = {item: there.get(item, "") if ours else "" for item in ("status", "position_accuracy_m")}
    return publisher, {"name": name, "key": key, **extra}


def _take(
    feature: int,
    row: Mapping[str, Any],
    default_status: str,
    columns: Mapping[str, str],
    lines: list[DrawnLine],
    refused: list[Refused],
) -> None:
    """The lines of one feature, or why there are none."""

    def told(column: str) -> str:
        value = row.get(columns[column]) if columns[column] else None
        return "" if is_empty(value) else _text(value)

    name = told("name") or told("key") or f"feature {feature}"
    cable = told("key") or told("name") or f"feature {feature}"
    status = told("status") or default_status
    accuracy = told("position_accuracy_m")
    geometry = row.get("geometry")
    if geometry is None or geometry.is_empty:
        refused.append(Refused(name, feature, "the geometry is empty, or a line of a single position"))
        return
    parts = list(_lines_of(geometry))
    if not parts:
        refused.append(Refused(name, feature, f"the geometry is a {geometry.geom_type}: expected lines"))
    for part in parts:
        lonlat = shapely.get_coordinates(part)
        fault = _fault(lonlat)
        if fault:
            refused.append(Refused(name, feature, fault))
        else:
            lines.append(DrawnLine(cable, name, feature, lonlat, status, float(accuracy) if accuracy else None))


def _lines_of(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    """All lines in a geometry; heights are left out by who takes the coordinates."""
    if "Collection" in geometry.geom_type or geometry.geom_type.startswith("Multi"):
        for part in shapely.get_parts(geometry):
            yield from _lines_of(part)
    elif geometry.geom_type in ("LineString", "LinearRing") and not geometry.is_empty:
        yield geometry


def _fault(lonlat: Floats) -> str:
    """What is wrong with coordinates; longitudes may count on beyond 180 degrees, as where a line crosses there."""
    if not np.isfinite(lonlat).all():
        return "a coordinate is not a number"
    wrong = (np.abs(lonlat) > (540.0, 90.0)).any(axis=1)
    if wrong.any():
        lon, lat = lonlat[wrong][0]
        return f"a coordinate is {lon:g}, {lat:g}: expected degrees, longitude first"
    if (lonlat == lonlat[0]).all():
        return "the line has no length"
    return ""


def _text(value: Any) -> str:
    """A cell as text that every output can hold; numbers that a driver made floats of are whole again."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
