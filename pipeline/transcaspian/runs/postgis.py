"""A published run in a PostGIS database: what is sent, and the door to it.

The database itself is spoken to in `transcaspian.runs._postgis`, which is loaded only when a run is published: its
package is an extra.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio

from transcaspian.core.errors import ExportError
from transcaspian.core.frames import typed
from transcaspian.core.layer_catalogue import published_in
from transcaspian.runs.archive.archived_runs import read_manifest
from transcaspian.runs.archive.pointer import LINK
from transcaspian.sources.verify import sha256_of

DSN_VARIABLE = "TRANSCASPIAN_POSTGIS_DSN"
SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,49}")


@dataclass(frozen=True)
class PublishedRun:
    """A run folder as it is published; ``layers`` as they stand in its GeoPackage, by name."""

    run_id: str
    study_id: str
    revision: str
    created_utc: str
    code_sha256: str
    manifest: dict[str, Any]
    layers: dict[str, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Publication:
    """What was done: rows by layer, whether the run was there before, and the older runs that were removed."""

    run_id: str
    schema: str
    place: str
    rows: dict[str, int]
    was_there: bool
    removed: tuple[str, ...]


def publish_postgis(folder: Path, dsn: str, *, schema: str | None = None, keep: int | None = None) -> Publication:
    """Write a published run into a schema, make it the current one, and keep the runs before it.

    Parameters
    ----------
    folder
        A run, or a pointer to one (``latest``).
    dsn
        ``postgresql://user@host/database`` or ``key=value`` pairs, as libpq reads them. It is never shown.
    schema
        By default the id of the study, with ``_`` for ``-``. One schema holds one study.
    keep
        How many runs stay, the current one among them; None: all.

    Raises
    ------
    ExportError
        When the run is damaged, the database refuses, or what arrived is not what was sent; nothing is changed then.
    """
    if find_spec("psycopg") is None:
        raise ExportError("PostGIS needs the package psycopg: pip install 'transcaspian[postgis]'")
    from transcaspian.runs import _postgis

    run = read_run(folder)
    name = schema or run.study_id.replace("-", "_")
    if not SCHEMA_NAME.fullmatch(name):
        raise ExportError(f"schema `{name}`: expected a-z, 0-9 and _, not beginning with a figure, 50 at most")
    with _postgis.opened(dsn, name) as database:
        was_there = database.put(run)
        removed = database.prune(keep) if keep is not None else ()
    rows = {layer: len(data) for layer, data in run.layers.items()}
    return Publication(run.run_id, name, database.place, rows, was_there, removed)


def read_run(folder: Path) -> PublishedRun:
    """The manifest and the layers of a run, after the GeoPackage was found to be the one that the manifest names.

    Raises
    ------
    ExportError
        When the folder is no run, or the GeoPackage is damaged.
    """
    if folder.name == LINK and not folder.exists():
        raise ExportError(f"nothing is published yet in {folder.parent}: run the study, or name a run with --run")
    manifest, fault = read_manifest(folder)
    if fault:
        raise ExportError(f"{folder} is not a run that can be published: {fault}. Name another with --run")
    study, run = manifest["study"], manifest["run"]
    package = folder / f"{study['id']}.gpkg"
    try:
        wanted = manifest["files"][package.name]["sha256"]
        found = sha256_of(package)
    except (OSError, KeyError) as exc:
        raise ExportError(f"{folder} is not a run that can be published: {exc}. Name another with --run") from exc
    if found != wanted:
        raise ExportError(f"{package} has sha256 {found}, its manifest says {wanted}: the file was changed, run again")
    there = published_in(pyogrio.list_layers(package)[:, 0])
    return PublishedRun(
        run_id=run["id"],
        study_id=study["id"],
        revision=study["revision"],
        created_utc=run["created_utc"],
        code_sha256=manifest["code"]["sha256"],
        manifest=manifest,
        layers={layer.name: typed(layer, pyogrio.read_dataframe(package, layer=layer.name)) for layer in there},
    )
