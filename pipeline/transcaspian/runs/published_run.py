"""What is sent to a database: a run as its folder holds it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio

from transcaspian.core.errors import ExportError
from transcaspian.core.frames import typed
from transcaspian.core.layer_catalogue import all_layers, published_in
from transcaspian.export.published import part_of
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

    @property
    def title(self) -> str:
        """What the study is called."""
        return str(self._document.get("study", {}).get("title", self.study_id))

    @property
    def system_ids(self) -> tuple[str, ...]:
        """The systems in the order of the study."""
        return tuple(item["id"] for item in self.manifest.get("systems", ()))

    @property
    def bounds(self) -> tuple[float, ...]:
        """West, south, east and north of the routes, degrees."""
        return tuple(float(edge) for edge in self.layers["routes"].total_bounds)

    @property
    def _document(self) -> dict[str, Any]:
        found: dict[str, Any] = self.manifest["study"].get("document", {})
        return found


def read_run(folder: Path) -> PublishedRun:
    """The manifest and the layers of a run, after the GeoPackage was found to be the one that the manifest names.

    Raises
    ------
    ExportError
        When the folder is no run, or the GeoPackage is damaged.
    """
    if folder.name == LINK and not folder.exists():
        raise ExportError(f"nothing is published yet in {folder.parent}: run the study, or name another run")
    manifest, fault = read_manifest(folder)
    if fault:
        raise ExportError(f"{folder} is not a run that can be published: {fault}. Name another run")
    study, run = manifest["study"], manifest["run"]
    package = folder / f"{study['id']}.gpkg"
    try:
        wanted = manifest["files"][package.name]["sha256"]
        found = sha256_of(package)
    except (OSError, KeyError) as exc:
        raise ExportError(f"{folder} is not a run that can be published: {exc}. Name another run") from exc
    if found != wanted:
        raise ExportError(f"{package} has sha256 {found}, its manifest says {wanted}: the file was changed, run again")
    return PublishedRun(
        run_id=run["id"],
        study_id=study["id"],
        revision=study["revision"],
        created_utc=run["created_utc"],
        code_sha256=manifest["code"]["sha256"],
        manifest=manifest,
        layers=layers_in(package),
    )


def layers_in(package: Path) -> dict[str, gpd.GeoDataFrame]:
    """The published layers of a GeoPackage of a run, by name; one of mixed geometry, as they once were, in its parts.

    Raises
    ------
    ExportError
        When it lacks a layer that runs of this version have.
    """
    there = set(pyogrio.list_layers(package)[:, 0])
    found = {}
    for layer in published_in(there):
        whole = all_layers()[layer.part_of] if layer.part_of else layer
        mixed = not there.issuperset(part.name for part in whole.parts)
        if whole.name not in there:
            raise ExportError(f"{package} has no layer {layer.name}: it is of another version, run the study again")
        data = typed(layer, pyogrio.read_dataframe(package, layer=whole.name if mixed else layer.name))
        found[layer.name] = part_of(data, whole, layer) if mixed else data
    return found
