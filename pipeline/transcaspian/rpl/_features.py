"""A list in a vector file as a table: points are positions, lines are spans, or a line's vertices are positions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from transcaspian.core.errors import IngestError
from transcaspian.core.grid import CRS
from transcaspian.ingest.values import is_empty
from transcaspian.ingest.vectors import GdalError, list_layers, open_vector
from transcaspian.rpl._headings import read_heading
from transcaspian.rpl._sheet_reading import SPAN_NUMBERS, SPAN_TEXTS
from transcaspian.rpl._table import Raw, SheetTable, some

POINTS, LINES = "points", "lines"
SAME_DEG = 1e-8
OF_WHOLE_SPAN = ("DistBetweenPos", "CableDistBetweenPos", "Bearing", "FromPos", "ToPos")
ORDER = ("SeqNo", "DistCumulative")


@dataclass(frozen=True)
class Features:
    """The points and the lines of a file that are one list, each in the order of the route; one may be empty."""

    points: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    notes: tuple[str, ...] = ()


def open_features(path: Path, wanted: str | None) -> SheetTable:
    """The list in a vector file.

    Parameters
    ----------
    wanted
        A layer, ``points`` or ``lines``, or the system (column ``system_id``), where the file holds several.

    Raises
    ------
    IngestError
        When the file cannot be read, holds several lists, or its lines do not join.
    """
    data, notes = frames(path, wanted)
    found = chosen(path, data, wanted)
    table = point_rows(path, found) if len(found.points) else line_rows(path, found.lines)
    return SheetTable(path.name, wanted, tuple(table), notes=(*notes, *found.notes))


def frames(path: Path, wanted: str | None) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """All features of the file, or of one layer."""
    if path.suffix.lower() not in (".gpkg", ".kml"):
        return open_vector(path), ()
    check_kml(path)
    layers = [name for name, kind in list_layers(path) if kind is not None]
    if wanted in layers:
        return read_layer(path, wanted), ()
    if len(layers) > 1 and {"rpl_points", "rpl_lines"} <= set(layers):
        layers = ["rpl_points", "rpl_lines"]
    read = {name: read_layer(path, name) for name in layers}
    filled = {name: data for name, data in read.items() if len(data)}
    kinds = [is_kind(data, POINTS) for data in filled.values()]
    if len(filled) > 2 or (len(filled) == 2 and sum(map(bool, (k.all() for k in kinds))) != 1):
        raise IngestError(f"{path} has the layers {', '.join(filled)}: name the one with the list by --sheet")
    if not filled:
        raise IngestError(f"{path} has no features: expected the positions of a list as points, or its route as a line")
    notes = (f"the layers {' and '.join(filled)} were read as one list",) if len(filled) == 2 else ()
    columns = list(dict.fromkeys(name for data in filled.values() for name in data.columns))
    joined = [data.reindex(columns=columns) for data in filled.values()]
    records = [record for data in joined for record in data.to_dict("records")]
    return gpd.GeoDataFrame(records, columns=columns, geometry="geometry", crs=CRS), notes


def named(data: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The features with their geometry in the column ``geometry``."""
    return data if data.geometry.name == "geometry" else data.rename_geometry("geometry")


def check_kml(path: Path) -> None:
    """A KML file that says it is one and fetches nothing from elsewhere."""
    if path.suffix.lower() == ".kml":
        text = path.read_bytes()
        if b"<kml" not in text[:2000]:
            raise IngestError(f"{path} does not begin as a KML file does: it is damaged or of another format")
        if b"NetworkLink" in text or b"<!ENTITY" in text:
            raise IngestError(f"{path} links to other files: save its features into one KML file")


def read_layer(path: Path, layer: str) -> gpd.GeoDataFrame:
    """A layer in degrees, its geometry in the column ``geometry``."""
    if path.suffix.lower() != ".kml":
        return named(open_vector(path, layer))
    try:
        with warnings.catch_warnings(action="ignore"):
            data = pyogrio.read_dataframe(path, layer=layer, on_invalid="ignore")
    except (*GdalError, ValueError) as exc:
        raise IngestError(f"{path} cannot be read: {exc}. It may be truncated or damaged") from exc
    return named(data)


def chosen(path: Path, data: gpd.GeoDataFrame, wanted: str | None) -> Features:
    """The points and lines of one list."""
    data = named(data)
    systems = list(dict.fromkeys(data["system_id"])) if "system_id" in data else []
    if wanted in systems:
        data = data[data["system_id"] == wanted]
    elif len(systems) > 1:
        names = some([*map(str, systems)], 12)
        raise IngestError(f"{path} holds the lists of the systems {names}: name one by --sheet")
    broken = data.geometry.isna() | data.geometry.is_empty
    if broken.any():
        raise IngestError(f"{path}: {int(broken.sum())} of {len(data)} features have no geometry: take them out")
    points, lines = (in_order(data[is_kind(data, kind)]) for kind in (POINTS, LINES))
    other = sorted(set(data.geom_type) - {"Point", "LineString", "MultiLineString"})
    if other:
        raise IngestError(f"{path} holds {', '.join(other)}: expected points, or lines")
    if wanted in (POINTS, LINES) or not (len(points) and len(lines)):
        return Features(points if wanted != LINES else points[:0], lines if wanted != POINTS else lines[:0])
    if len(lines) != len(points) - 1:
        raise IngestError(
            f"{path} holds {len(points)} points and {len(lines)} lines: expected a line between each point and the "
            "next; name by --sheet `points` or `lines` which of them are the list"
        )
    return Features(points, lines)


def is_kind(data: gpd.GeoDataFrame, kind: str) -> Any:
    """Which features are points, or lines."""
    return data.geom_type == "Point" if kind == POINTS else data.geom_type.isin(["LineString", "MultiLineString"])


def in_order(data: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The features in the order of the route, where a column tells it, else as they stand."""
    for field in ORDER:
        names = [name for name in data.columns if name != "geometry" and read_heading(str(name)).field == field]
        if names and data[names[0]].notna().all() and np.issubdtype(data[names[0]].dtype, np.number):
            return data.sort_values(names[0], kind="stable")
    return data


# -- rows


def point_rows(path: Path, found: Features) -> Iterator[list[Raw]]:
    """Headings, then positions, with spans in turn where there are lines."""
    points, lines = found.points, found.lines
    names = attributes(points, lines)
    yield ["Latitude", "Longitude", *names]
    spans = [["", "", *values] for values in records(lines, names)] if len(lines) else []
    for number, (at, values) in enumerate(zip(points.geometry, records(points, names), strict=True)):
        yield [at.y, at.x, *values]
        if number < len(spans):
            yield blanked(spans[number], names, points)


def blanked(span: list[Raw], names: Sequence[str], points: gpd.GeoDataFrame) -> list[Raw]:
    """A row of a span without what only tells its system and order, which the points say too."""
    keep = {name for name in names if read_heading(name).field in ("", "SeqNo")}
    return ["" if at > 1 and names[at - 2] in keep and names[at - 2] in points else raw for at, raw in enumerate(span)]


def line_rows(path: Path, lines: gpd.GeoDataFrame) -> Iterator[list[Raw]]:
    """Headings, then the vertices of the route, and between them what the line that they are of says."""
    names = [name for name in attributes(lines) if read_heading(name).field in ("", *SPAN_NUMBERS, *SPAN_TEXTS)]
    yield ["Latitude", "Longitude", *names]
    last: Any = None
    for number, (lonlat, values) in enumerate(zip(vertices(path, lines), records(lines, names), strict=True)):
        if last is not None and np.abs(last - lonlat[0]).max() > SAME_DEG:
            raise IngestError(
                f"{path}: line {number + 1} of {len(lines)} does not begin where the one before it ends: expected one "
                "route; join the lines, or name the system by --sheet"
            )
        has_one_leg = len(lonlat) == 2
        span = [
            raw if has_one_leg or read_heading(name).field not in OF_WHOLE_SPAN else ""
            for name, raw in zip(names, values, strict=True)
        ]
        for vertex, (lon_deg, lat_deg) in enumerate(lonlat):
            if vertex and any(raw != "" for raw in span):
                yield ["", "", *span]
            if vertex or last is None:
                yield [float(lat_deg), float(lon_deg), *[""] * len(names)]
        last = lonlat[-1]


def vertices(path: Path, lines: gpd.GeoDataFrame) -> Iterator[Any]:
    """Vertices of each line, shape ``(n, 2)``; parts of one line that follow each other are joined."""
    for line in lines.geometry:
        parts = [shapely.get_coordinates(part) for part in shapely.get_parts(line)]
        for before, after in pairwise(parts):
            if np.abs(before[-1] - after[0]).max() > SAME_DEG:
                raise IngestError(f"{path} has a line of {len(parts)} parts that do not join: expected one route")
        yield np.vstack([parts[0], *(part[1:] for part in parts[1:])])


def attributes(*data: gpd.GeoDataFrame) -> list[str]:
    """The columns, each once; not the geometry, and of a KML file not how it is drawn."""
    names = dict.fromkeys(str(name) for one in data for name in one.columns if len(one) and name != "geometry")
    return [name for name in names if name not in KML_COLUMNS]


KML_COLUMNS = (
    *("id", "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon"),
    "snippet",
)


def records(data: gpd.GeoDataFrame, names: Sequence[str]) -> Iterator[list[Raw]]:
    """The values of each feature in the order of the names; "" where it has none."""
    for row in data.to_dict("records"):
        yield [raw_of(row.get(name)) for name in names]


def raw_of(value: Any) -> Raw:
    """A value of a feature as a cell."""
    if is_empty(value):
        return ""
    return float(value) if isinstance(value, int | float | np.number) and not isinstance(value, bool) else str(value)
