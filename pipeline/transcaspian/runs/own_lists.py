"""The lines that people give: Route Position Lists, vertices in the study, and lines of earlier runs, read as lists."""

from __future__ import annotations

from collections.abc import Iterator
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
    found = {layer.name: line for layer, line in _lines_of(run, wanted.id, wanted.layer)}
    if len(found) != 1:
        layers = ", ".join(found) or f"no layer of lines{f' called {wanted.layer}' if wanted.layer else ''}"
        what = "is in several layers" if found else "is not there"
        raise StudyError(
            f"{where}: `{wanted.id}` {what} of run {run.name}: {layers} {'have' if found else 'has'} it; name the "
            "layer, and a feature of it"
        )
    ((layer, line),) = found.items()
    package = package_of(run)
    origin = _provenance(system, package, f"{run.name}/{layer}/{wanted.id}", f"run {run.name}, layer {layer}")
    return OwnList(bare_list(system.id, bends(line)), f"run {run.name}, {layer} {wanted.id}", origin)


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


def _lines_of(run: ArchivedRun, wanted: str, name: str | None) -> Iterator[tuple[Layer, NDArray[np.float64]]]:
    """Lines of an id in the layers of a run."""
    import pyogrio
    import shapely

    from transcaspian.core.layer_catalogue import all_layers
    from transcaspian.ingest.publishers import published_layer

    package = package_of(run)
    there = set(pyogrio.list_layers(package)[:, 0])
    for layer in all_layers().values():
        if layer.geometry != "LineString" or layer.name not in there or name not in (None, layer.name):
            continue
        rows = published_layer(package, layer.name)
        rows = rows[rows[layer.key].astype(str) == wanted]
        if len(rows) == 1:
            line = shapely.line_merge(rows.geometry.iloc[0])
            if line.geom_type == "LineString":
                yield layer, _at_sea(shapely.get_coordinates(line), rows.iloc[0])


def _at_sea(lonlat: NDArray[np.float64], row: pd.Series) -> NDArray[np.float64]:
    """A published line from shoreline to shoreline: routes say how much of them lies ashore."""
    before_km, after_km = (float(row.get(name, 0.0) or 0.0) for name in ("from_shore_km", "to_shore_km"))
    if not before_km + after_km > 0:
        return lonlat
    return cut(lonlat, before_km, line_length_km(lonlat) - after_km)
