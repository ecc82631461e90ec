"""What is sent to a database: a run as its folder holds it."""

from __future__ import annotations

from dataclasses import dataclass
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
"""Where a DSN may stand too."""


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
