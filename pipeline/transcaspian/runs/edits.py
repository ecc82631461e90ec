"""What a person changed in the layers of a run that are there to be edited."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.errors import ExportError, IngestError
from transcaspian.core.grid import GEOD
from transcaspian.core.layers import EDIT_KEEP_OUT, EDIT_REMARKS, EDIT_VERTICES, EDIT_VIA, Layer
from transcaspian.core.linear_reference import line_length_km, nearest_on
from transcaspian.ingest.publishers import published_layer
from transcaspian.rpl.model import PRINT_M
from transcaspian.runs.archive.archived_runs import ArchivedRun, find_run
from transcaspian.runs.own_lists import package_of

Floats = NDArray[np.float64]
LonLat = tuple[float, float]
Rows = list[dict[str, Any]]

LAYERS = (EDIT_VERTICES, EDIT_VIA, EDIT_KEEP_OUT, EDIT_REMARKS)
RUN_ID = re.compile(r"<gmd:fileIdentifier>\s*<gco:CharacterString>([^<]+)<")


@dataclass(frozen=True)
class SystemEdits:
    """What changed of one system; None: nothing of that kind.

    Attributes
    ----------
    course
        The vertices of its line, ``(n, 2)`` degrees.
    via
        ``(lon, lat, radius_km)`` of its via points in their order; no radius where it is the study's.
    keep_out
        Rings of the areas that it stays out of.
    adopt
        Layer and feature of the run that is the line.
    told
        What was done, a sentence each.
    """

    course: Floats | None = None
    via: tuple[tuple[float, float, float | None], ...] | None = None
    keep_out: tuple[tuple[LonLat, ...], ...] | None = None
    adopt: tuple[str, str] | None = None
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edits:
    """What changed against the run ``run``, by system id.

    ``remarks``: of the whole study as ``(lon, lat, system, text, who, when)``; None where none changed.
    """

    run: ArchivedRun
    systems: Mapping[str, SystemEdits]
    remarks: tuple[tuple[float, float, str, str, str, str], ...] | None = None

    @property
    def are_none(self) -> bool:
        """Whether nothing changed."""
        return not self.systems and self.remarks is None


def read_edits(edited: Path, home: Path) -> Edits:
    """Hold an edited GeoPackage against the run that it came from.

    Parameters
    ----------
    edited
        A copy of the GeoPackage of a run, with edits in the layers that are there for it.
    home
        Folder of the runs of the study.

    Raises
    ------
    IngestError
        When the file is none of a run, is of another study, lacks a layer, or has features that cannot be read.
    """
    if not edited.is_file():
        raise IngestError(f"{edited} is not a file: give the GeoPackage of a run that you edited")
    with TemporaryDirectory(prefix="transcaspian-adopt-") as folder:
        copy = _whole_copy(edited, Path(folder))
        run = _run_of(edited, copy, home)
        new = {layer.name: _rows(edited, copy, layer) for layer in LAYERS}
        old = {layer.name: _rows(edited, package_of(run), layer) for layer in LAYERS}
    known = [item["id"] for item in run.manifest.get("systems", ())]
    lines = {name: _course_of(old[EDIT_VERTICES.name], name) for name in known}
    for layer in LAYERS:
        _assign(edited, layer, new[layer.name], lines)
    systems = {}
    for name in known:
        mine = {layer: [row for row in rows if row["system_id"] == name] for layer, rows in new.items()}
        was = {layer: [row for row in rows if row["system_id"] == name] for layer, rows in old.items()}
        if (found := _system_edits(name, was, mine, lines[name])).told:
            systems[name] = found
    return Edits(run, systems, _remarks(old[EDIT_REMARKS.name], new[EDIT_REMARKS.name]))


FRONT = "risk_front"
POINT = re.compile(r"(?P<system>[^/]+)/\d+")


def point_edits(point_id: str, run: ArchivedRun) -> Edits:
    """The point of a Pareto front in place of the line of its system.

    Parameters
    ----------
    point_id
        System and rank: ``main/8``.

    Raises
    ------
    IngestError
        When the run has no such point; the message says which it has.
    """
    package = package_of(run)
    rows = published_layer(package, FRONT) if FRONT in pyogrio.list_layers(package)[:, 0] else None
    points = [] if rows is None else rows["point_id"].tolist()
    if rows is None or point_id not in points:
        front = f"its points are {', '.join(points)}" if points else "it has no front: a study needs the table [risk]"
        raise IngestError(f"run {run.name} has no point {point_id}: {front}")
    row = rows[rows["point_id"] == point_id].iloc[0]
    told = (
        f"point {row['rank']} of the front: USD {row['cost_usd']:,.2f}, {row['faults_at_most_per_year']:.3f} faults a "
        f"year, cable and burial by its list {row['rpl_file']}"
    )
    return Edits(run, {row["system_id"]: SystemEdits(adopt=(FRONT, point_id), told=(told,))})


def _whole_copy(edited: Path, folder: Path) -> Path:
    """A copy with what SQLite has not yet written into the file: QGIS keeps it beside while the file is open."""
    copy = folder / "edited.gpkg"
    try:
        shutil.copyfile(edited, copy)
        log = edited.with_name(f"{edited.name}-wal")
        if log.is_file():
            shutil.copyfile(log, copy.with_name(f"{copy.name}-wal"))
        with closing(sqlite3.connect(copy)) as database:
            database.execute("pragma wal_checkpoint(truncate)")
            database.execute("pragma journal_mode = delete")
    except (OSError, sqlite3.Error) as exc:
        raise IngestError(f"{edited} cannot be read as a GeoPackage: {exc}") from exc
    return copy


def _run_of(edited: Path, copy: Path, home: Path) -> ArchivedRun:
    """The run that a GeoPackage came from."""
    try:
        with closing(sqlite3.connect(copy)) as database:
            texts = [str(row[0]) for row in database.execute("select metadata from gpkg_metadata")]
    except sqlite3.Error as exc:
        raise IngestError(f"{edited} is no GeoPackage of a run: {exc}") from exc
    names = [match[1] for text in texts if (match := RUN_ID.search(text))]
    if not names:
        raise IngestError(f"{edited} does not say which run it is of: edit a copy of the GeoPackage of a run")
    try:
        return find_run(home, names[0])
    except ExportError as exc:
        raise IngestError(
            f"{edited} is of run {names[0]}, which is not among those in {home}: it is of another study or folder "
            f"(see --out and the study), or the run was pruned ({exc})"
        ) from exc


def _rows(edited: Path, package: Path, layer: Layer) -> Rows:
    try:
        rows: Rows = published_layer(package, layer.name).to_dict("records")
    except IngestError as exc:
        raise IngestError(
            f"{edited}: the layer {layer.name} cannot be compared ({exc}): edit the GeoPackage of a run of this version"
        ) from exc
    for number, row in enumerate(rows, 1):
        lacking = [field.name for field in layer.fields if field.name not in row]
        if lacking:
            raise IngestError(f"{edited}, layer {layer.name}, lacks the column {', '.join(lacking)}: restore it")
        shape = row["geometry"]
        if shape is None or shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
            raise IngestError(f"{edited}, layer {layer.name}, feature {number} has no place: delete it or draw it")
        for name, value in row.items():
            row[name] = None if _is_nothing(value) else value
    return rows


def _is_nothing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value)) or str(value) == "<NA>"


def _course_of(rows: Rows, system_id: str) -> Floats:
    """The vertices of the route of a system in a run, ``(n, 2)``."""
    mine = sorted((row for row in rows if row["system_id"] == system_id), key=lambda row: int(row["SeqNo"]))
    return np.array([_lonlat(row["geometry"]) for row in mine], float).reshape(-1, 2)


def _lonlat(shape: BaseGeometry) -> LonLat:
    lon, lat = shapely.get_coordinates(shape)[0]
    return float(lon), float(lat)


def _assign(edited: Path, layer: Layer, rows: Rows, lines: Mapping[str, Floats]) -> None:
    """Give features without a system, in place, that of the nearest route; remarks may be of none."""
    for row in rows:
        if row["system_id"] is None:
            if layer is not EDIT_REMARKS:
                at = _lonlat(shapely.centroid(row["geometry"]))
                drawn = {name: line for name, line in lines.items() if len(line) > 1}
                row["system_id"] = min(drawn, key=lambda name: nearest_on(drawn[name], at)[1], default=None)
        elif row["system_id"] not in lines:
            raise IngestError(
                f"{edited}, layer {layer.name}: the system `{row['system_id']}` is not one of the run: it has "
                f"{', '.join(lines)}"
            )


def _apart_m(one: LonLat, other: LonLat) -> float:
    return float(GEOD.inv(*one, *other)[2])


def _system_edits(name: str, was: Mapping[str, Rows], now: Mapping[str, Rows], line: Floats) -> SystemEdits:
    course, told = _course_edits(was[EDIT_VERTICES.name], now[EDIT_VERTICES.name], line)
    via, more = _via_edits(was[EDIT_VIA.name], now[EDIT_VIA.name], line)
    areas, further = _area_edits(was[EDIT_KEEP_OUT.name], now[EDIT_KEEP_OUT.name])
    if course is not None and via is not None:
        raise IngestError(
            f"{name}: vertices and via points were both edited, but vertices give the whole line: undo one of them"
        )
    return SystemEdits(course, via, areas, told=(*told, *more, *further))


def _matched(was: Rows, now: Rows, key: str) -> tuple[dict[str, dict[str, Any]], Rows]:
    """Edited features by the key that they had, and those that were added, copies among them."""
    known = {str(row[key]) for row in was}
    kept: dict[str, dict[str, Any]] = {}
    added: Rows = []
    for row in now:
        name = str(row[key])
        if name in known and name not in kept:
            kept[name] = row
        else:
            added.append(row)
    return kept, added


def _course_edits(was: Rows, now: Rows, line: Floats) -> tuple[Floats | None, list[str]]:
    """The vertices after the edits; None where they are those of before."""
    kept, added = _matched(was, now, EDIT_VERTICES.key)
    old = sorted(was, key=lambda row: int(row["SeqNo"]))
    told: list[str] = []
    places: list[tuple[float, LonLat]] = []
    for at, row in enumerate(old):
        called = f"vertex {row['PosNo'] or row['SeqNo']}"
        edited = kept.get(str(row[EDIT_VERTICES.key]))
        before = _lonlat(row["geometry"])
        if edited is None:
            if at in (0, len(old) - 1):
                raise IngestError(f"{called} is an end of the route and was deleted: move it, or undo that")
            told.append(f"{called} deleted")
            continue
        now_at = _lonlat(edited["geometry"])
        moved_m = _apart_m(before, now_at)
        if moved_m > PRINT_M:
            told.append(f"{called} moved by {_distance(moved_m)}")
        places.append((float(at), now_at if moved_m > PRINT_M else before))
    for row in added:
        at_lonlat = _lonlat(row["geometry"])
        places.append((_place_between(line, at_lonlat), at_lonlat))
        told.append(f"a vertex added at {at_lonlat[0]:.5f} E, {at_lonlat[1]:.5f} N")
    places.sort(key=lambda one: one[0])
    return (np.array([place for _, place in places]) if told else None), told


def _distance(metres: float) -> str:
    return f"{metres:,.1f} m" if metres < 1000.0 else f"{metres / 1000.0:,.2f} km"


def _place_between(line: Floats, at: LonLat) -> float:
    """Number of the leg that a place is nearest to, and how far along it: where a vertex is put in."""
    found = []
    for leg in range(len(line) - 1):
        ends = line[leg : leg + 2]
        kp_km, away_km = nearest_on(ends, at)
        share = min(max(kp_km / max(line_length_km(ends), 1e-9), 1e-6), 1 - 1e-6)
        found.append((away_km, leg + share))
    return min(found)[1]


def _via_edits(was: Rows, now: Rows, line: Floats) -> tuple[Any, list[str]]:
    """The via points after the edits, in their order; None where they are those of before."""
    kept, added = _matched(was, now, EDIT_VIA.key)
    told = [f"via {row['order']} deleted" for row in was if str(row[EDIT_VIA.key]) not in kept]
    for row in was:
        edited = kept.get(str(row[EDIT_VIA.key]))
        if edited is None:
            continue
        moved_m = _apart_m(_lonlat(row["geometry"]), _lonlat(edited["geometry"]))
        if moved_m > PRINT_M:
            told.append(f"via {row['order']} moved by {_distance(moved_m)}")
        else:
            edited["geometry"] = row["geometry"]
        for name in ("radius_km", "order"):
            if edited[name] != row[name]:
                told.append(f"via {row['order']}: {name} {row[name]} → {edited[name]}")
    for row in added:
        told.append("a via point added at {:.5f} E, {:.5f} N".format(*_lonlat(row["geometry"])))
    if not told:
        return None, []
    ordered = sorted(
        (row for row in [*kept.values(), *added] if row["order"] is not None), key=lambda row: row["order"]
    )
    placed = [(_via_km(line, row), row) for row in ordered]
    for row in [*kept.values(), *added]:
        if row["order"] is None:
            kp_km = _via_km(line, row)
            place = next((i for i, (other_km, _) in enumerate(placed) if other_km > kp_km), len(placed))
            placed.insert(place, (kp_km, row))
    return tuple((*_lonlat(row["geometry"]), row["radius_km"]) for _, row in placed), told


def _via_km(line: Floats, row: dict[str, Any]) -> float:
    return nearest_on(line, _lonlat(row["geometry"]))[0]


def _area_edits(was: Rows, now: Rows) -> tuple[tuple[tuple[LonLat, ...], ...] | None, list[str]]:
    """The rings after the edits; None where they are those of before."""
    kept, added = _matched(was, now, EDIT_KEEP_OUT.key)
    told = [f"keep-out area {row['area_id']} deleted" for row in was if str(row[EDIT_KEEP_OUT.key]) not in kept]
    for row in was:
        edited = kept.get(str(row[EDIT_KEEP_OUT.key]))
        if edited is not None and not _is_same_area(row["geometry"], edited["geometry"]):
            told.append(f"keep-out area {row['area_id']} changed")
        elif edited is not None:
            edited["geometry"] = row["geometry"]
    told += ["a keep-out area added"] * len(added)
    if not told:
        return None, []
    return tuple(ring for row in [*kept.values(), *added] for ring in _rings(row["geometry"])), told


def _is_same_area(one: BaseGeometry, other: BaseGeometry) -> bool:
    return bool(shapely.hausdorff_distance(shapely.boundary(one), shapely.boundary(other)) * 111_320.0 <= PRINT_M)


def _rings(area: BaseGeometry) -> Iterator[tuple[LonLat, ...]]:
    for part in shapely.get_parts(area):
        if part.geom_type != "Polygon" or not part.is_valid or len(part.interiors):
            why = shapely.is_valid_reason(part) if not part.is_valid else "it has a hole, or is no polygon"
            raise IngestError(f"a keep-out area cannot be used ({why}): draw it as polygons without holes")
        yield tuple((float(lon), float(lat)) for lon, lat in part.exterior.coords[:-1])


def _remarks(was: Rows, now: Rows) -> tuple[tuple[float, float, str, str, str, str], ...] | None:
    """All remarks after the edits; None where they are those of before."""

    def said(rows: Iterable[Mapping[str, Any]]) -> list[tuple[float, float, str, str, str, str]]:
        found = []
        for row in rows:
            if row["remarks"] is not None:
                system, text, who, when = (str(row[name] or "") for name in ("system_id", "remarks", "who", "when"))
                found.append((*_lonlat(row["geometry"]), system, text, who, when))
        return found

    kept, _ = _matched(was, now, EDIT_REMARKS.key)
    for row in was:
        edited = kept.get(str(row[EDIT_REMARKS.key]))
        if edited is not None and _apart_m(_lonlat(row["geometry"]), _lonlat(edited["geometry"])) <= PRINT_M:
            edited["geometry"] = row["geometry"]
    return tuple(said(now)) if sorted(said(was)) != sorted(said(now)) else None
