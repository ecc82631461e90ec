"""The lines that people give: Route Position Lists, vertices in the study, and lines of earlier runs, read as lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError, StudyError
from transcaspian.core.linear_reference import cut, line_length_km
from transcaspian.rpl.model import BARE, Position, Rpl, Span
from transcaspian.runs.archive.archived_runs import ArchivedRun, find_run
from transcaspian.runs.stages.inputs import OwnList, RunSettings
from transcaspian.sources.resolve import Provenance
from transcaspian.sources.verify import sha256_of

if TYPE_CHECKING:
    import pandas as pd

    from transcaspian.core.layers import Layer
    from transcaspian.study import Study, System


ENDS = frozenset({"CLS", "BMH", "LP"})
"""Events of the ends of a list."""


def read_own_lists(study: Study, settings: RunSettings) -> dict[str, OwnList]:
    """The list of every system that has a line of its own, by its id.

    Raises
    ------
    StudyError, IngestError, ExportError
        When a file, a run or a line in it is not there, or cannot be read.
    """
    return {system.id: found for system in study.systems if (found := _own_list(study, settings, system))}


def _own_list(study: Study, settings: RunSettings, system: System) -> OwnList | None:
    if system.rpl is not None:
        return _from_file(settings.study_path, system)
    if system.course:
        return OwnList(bare_list(system.id, np.array(system.course, float)), "the study")
    if system.adopt is not None:
        return _from_run(settings.out_dir / study.study.id, system)
    return None


def _from_file(study_path: Path, system: System) -> OwnList:
    from transcaspian.rpl.boundary import read_rpl_sheet
    from transcaspian.rpl.reader import rpl_of

    path = (study_path.resolve().parent / (system.rpl or "")).resolve()
    if not path.is_file():
        raise StudyError(f"systems.{system.id}.rpl names {path}, which is not a file: paths count from the study file")
    sheet = read_rpl_sheet(path)
    origin = _provenance(system, path, path.stem, "a Route Position List of the user's")
    return OwnList(rpl_of(path, sheet), path.name, origin, tuple(sheet.notes))


def _provenance(system: System, path: Path, name: str, citation: str) -> Provenance:
    return Provenance(
        role=f"line of {system.id}",
        id=name,
        file=path.name,
        sha256=sha256_of(path),
        version="",
        licence="not stated",
        citation=citation,
        datum="WGS 84",
        epoch="",
        status="ASSUMED",
    )


def bare_list(system_id: str, lonlat: NDArray[np.float64]) -> Rpl:
    """A list of vertices ``(n, 2)`` that states nothing but where they are."""
    positions = tuple(
        Position(str(number), "", float(lon), float(lat), None) for number, (lon, lat) in enumerate(lonlat, 1)
    )
    spans = tuple(Span(str(number), str(number + 1), None, None) for number in range(1, len(lonlat)))
    return Rpl(system_id, "", "", positions, spans, columns=BARE)


def _from_run(home: Path, system: System) -> OwnList:
    """A line of an earlier run."""
    from transcaspian.rpl.vertices import bends

    wanted = system.adopt
    assert wanted is not None
    where = f"systems.{system.id}.adopt"
    if wanted.run == "latest":
        raise StudyError(
            f"{where}.run is `latest`, which is another run after the next publication: name the run, see "
            "`transcaspian runs list`"
        )
    run = find_run(home, wanted.run)
    found = {layer.name: row for layer, row in _rows_of(run, wanted.id, wanted.layer)}
    if len(found) != 1:
        layers = ", ".join(found) or f"no layer of lines{f' called {wanted.layer}' if wanted.layer else ''}"
        what = "is in several layers" if found else "is not there"
        raise StudyError(
            f"{where}: `{wanted.id}` {what} of run {run.name}: {layers} {'have' if found else 'has'} it; name the "
            "layer, and a feature of it"
        )
    ((layer, row),) = found.items()
    told = f"run {run.name}, {layer} {wanted.id}"
    if isinstance(file := row.get("rpl_file"), str):
        path = run.folder / file
        origin = _provenance(system, path, f"{run.name}/{file}", f"run {run.name}, layer {layer}")
        return OwnList(list_of_run(path), told, origin)
    package = package_of(run)
    origin = _provenance(system, package, f"{run.name}/{layer}/{wanted.id}", f"run {run.name}, layer {layer}")
    return OwnList(bare_list(system.id, bends(_line_of(row))), told, origin)


def list_of_run(path: Path) -> Rpl:
    """A list that a run wrote, from shoreline to shoreline: what lies on land is made again, and so are the ends."""
    from transcaspian.engineering.listing_rows import SHORELINE
    from transcaspian.rpl.boundary import read_rpl_sheet
    from transcaspian.rpl.reader import rpl_of

    rpl = rpl_of(path, read_rpl_sheet(path))
    waterlines = [i for i, at in enumerate(rpl.positions) if "LP" in at.event.split(" / ")]
    shores = [i for i, at in enumerate(rpl.positions) if SHORELINE in at.remarks]
    first, last = min([*waterlines, *shores]), max([*waterlines, *shores])
    positions = tuple(
        replace(at, event=" / ".join(name for name in at.event.split(" / ") if name not in ENDS), remarks="")
        if {*at.event.split(" / ")} & ENDS
        else at
        for at in rpl.positions[first : last + 1]
    )
    return replace(rpl, positions=positions, spans=rpl.spans[first:last], columns=BARE)


def package_of(run: ArchivedRun) -> Path:
    """The GeoPackage of a run.

    Raises
    ------
    IngestError
        When it has none.
    """
    found = sorted(run.folder.glob("*.gpkg"))
    if not found:
        raise IngestError(f"{run.folder} has no GeoPackage: look at it by `transcaspian runs verify {run.name}`")
    return found[0]


def _rows_of(run: ArchivedRun, wanted: str, name: str | None) -> Iterator[tuple[Layer, pd.Series]]:
    """Features of an id in the layers of whole lines of a run: those of parts of a route say from which KP."""
    import pyogrio

    from transcaspian.core.layer_catalogue import all_layers
    from transcaspian.ingest.publishers import published_layer

    package = package_of(run)
    there = set(pyogrio.list_layers(package)[:, 0])
    for layer in all_layers().values():
        if layer.geometry != "LineString" or "from_kp_km" in layer.field_names:
            continue
        if layer.name not in there or name not in (None, layer.name):
            continue
        rows = published_layer(package, layer.name)
        rows = rows[rows[layer.key].astype(str) == wanted]
        if len(rows) == 1 and len(_line_of(rows.iloc[0])):
            yield layer, rows.iloc[0]


def _line_of(row: pd.Series) -> NDArray[np.float64]:
    """A published line from shoreline to shoreline: routes say how much of them lies ashore; empty: it is in parts."""
    import shapely

    line = shapely.line_merge(row["geometry"])
    if line.geom_type != "LineString":
        return np.empty((0, 2))
    lonlat = shapely.get_coordinates(line)
    before_km, after_km = (float(row.get(name, 0.0) or 0.0) for name in ("from_shore_km", "to_shore_km"))
    if not before_km + after_km > 0:
        return lonlat
    return cut(lonlat, before_km, line_length_km(lonlat) - after_km)
