"""A published run in a format of other programs, beside the run: the run itself stays as it is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from transcaspian.core.errors import ExportError
from transcaspian.core.layer_catalogue import published_in
from transcaspian.export.dxf import write_dxf
from transcaspian.export.formats import FORMATS, check_formats
from transcaspian.export.geodatabase import write_geodatabase
from transcaspian.export.kmz import write_kmz
from transcaspian.export.shapefile import write_shapefiles
from transcaspian.runs.published_run import PublishedRun, read_run

Writer = Callable[[Path, PublishedRun, Path], None]


@dataclass(frozen=True)
class Exported:
    """Where a run was written to, and how many features of how many layers it has."""

    path: Path
    layers: int
    features: int


def export_run(folder: Path, name: str, out: Path) -> Exported:
    """Write a run in a format of `WRITERS` into a folder, read it back, and only then give it its name.

    Parameters
    ----------
    folder
        A run, or a pointer to one (``latest``).
    name
        Of the format: its suffix.

    Raises
    ------
    ExportError
        When the format is not known or cannot be written here, the run is damaged, what is to be written exists, or it
        does not read back as it was written; nothing is left behind then.
    """
    if name not in WRITERS:
        raise ExportError(f"format `{name}` is not known: expected {', '.join(WRITERS)}")
    run = read_run(folder)
    target = out / f"{run.study_id}.{name}"
    if folder.resolve() == out.resolve() or folder.resolve() in out.resolve().parents:
        raise ExportError(f"{out} is within the run {folder}, which is never changed: name another folder with --out")
    if target.exists():
        raise ExportError(f"{target} exists already: remove it, or name another folder with --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ExportError(f"{out} cannot be made: {exc.strerror or exc}. Name another folder with --out") from exc
    unfinished = out / f".unfinished-{os.getpid()}"
    unfinished.mkdir()
    try:
        WRITERS[name](unfinished / target.name, run, folder)
        for made in sorted(unfinished.iterdir()):
            made.replace(out / made.name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Exported(target, len(run.layers), sum(map(len, run.layers.values())))


def _geodatabase(path: Path, run: PublishedRun, folder: Path) -> None:
    write_geodatabase(path, run.layers, folder / f"{run.study_id}.gpkg")


def _shapefiles(path: Path, run: PublishedRun, folder: Path) -> None:
    write_shapefiles(path, run.layers)


def _kmz(path: Path, run: PublishedRun, folder: Path) -> None:
    write_kmz(path, run.layers, run.system_ids, f"{run.title}, revision {run.revision}", run.created_utc)


def _dxf(path: Path, run: PublishedRun, folder: Path) -> None:
    write_dxf(path, run.layers, run.system_ids, run.bounds)


def _layer_by_layer(format_name: str, path: Path, run: PublishedRun, folder: Path) -> None:
    """A folder with a file for each layer."""
    check_formats([format_name])
    wanted = FORMATS[format_name]
    path.mkdir()
    for layer in published_in(run.layers):
        file = path / f"{layer.name}.{wanted.suffix}"
        wanted.write(file, layer, run.layers[layer.name])
        wanted.check(file, layer, run.layers[layer.name])


WRITERS: Mapping[str, Writer] = {
    "gdb": _geodatabase,
    "shp": _shapefiles,
    "kmz": _kmz,
    "dxf": _dxf,
    "fgb": partial(_layer_by_layer, "flatgeobuf"),
    "parquet": partial(_layer_by_layer, "parquet"),
}
"""What writes each format, by its suffix: a path that does not exist, the run, and its folder."""
