"""What the review holds one run against another by: the manifest, and the lines and crossings of the GeoPackage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, ValidationError
from shapely import LineString

from transcaspian.core.errors import IngestError
from transcaspian.core.frames import of_system
from transcaspian.core.layers import CROSSINGS, ROUTE_SECTORS, ROUTES, Layer
from transcaspian.core.linear_reference import line_length_km
from transcaspian.ingest.publishers import published_layer
from transcaspian.runs.archive.archived_runs import ArchivedRun, manifest_faults
from transcaspian.runs.archive.manifest_schema import ManifestFile, ManifestPart, ManifestStudy
from transcaspian.runs.archive.steps import MANIFEST
from transcaspian.sources.verify import sha256_of
from transcaspian.study import explain

RECONCILES_KM = 0.005
"""What lengths of one route may differ by, told in two places: lists are rounded to a metre."""
FIGURES = {1: ("length", "cost", "max_depth", "depth_unknown"), 2: ("dry", "shallow")}
"""Figures of a system by the schema of the manifest that first has them."""
COLUMNS: dict[Layer, tuple[str, ...]] = {
    ROUTES: ("system_id", "name", "from_landing", "to_landing"),
    CROSSINGS: ("system_id", "cable_id", "name", "kp_km"),
    ROUTE_SECTORS: ("system_id", "state", "zone", "from_kp_km", "to_kp_km"),
}
"""What is read of the layers."""

Number = Annotated[float, Field(allow_inf_nan=False)]


class _ComparedStudy(ManifestStudy):
    document: dict[str, Any]


class _Counts(ManifestPart):
    """``in_area``: ``None`` where the version that made the run did not record it."""

    read: int
    kept: int
    quarantined: int
    in_area: int | None = None


class _Seabed(ManifestPart):
    """``None``: the version that made the run did not record it."""

    min_elevation_m: Number | None = None
    max_elevation_m: Number | None = None
    unknown_share: Number | None = None


class _Settings(ManifestPart):
    systems: list[str]


class _Measured(ManifestPart):
    value: Number | None
    unit: str


class _MeasuredSystem(ManifestPart):
    id: str
    figures: dict[str, _Measured]


class Record(ManifestPart):
    """What a manifest must say, beside what every manifest must, so that its run can be held against another.

    A manifest of schema 1, of an earlier version, does not have all of it.
    """

    schema_version: Literal[1, 2, 3]
    study: _ComparedStudy
    ingest: dict[str, _Counts]
    seabed: _Seabed
    settings: _Settings
    systems: Annotated[list[_MeasuredSystem], Field(min_length=1)]
    files: dict[str, ManifestFile]

    @property
    def not_asked(self) -> set[str]:
        """Systems of the study that the run was not asked for."""
        return {item["id"] for item in self.study.document["systems"]} - set(self.settings.systems)

    @property
    def lacking(self) -> list[str]:
        """What a manifest of its schema has, and this one does not."""
        needed = [name for since, names in FIGURES.items() if since <= self.schema_version for name in names]
        found = [f"{item.id}.figures.{name}" for item in self.systems for name in needed if name not in item.figures]
        if self.schema_version > 1:
            found += [f"seabed.{name}" for name in _Seabed.model_fields if getattr(self.seabed, name) is None]
        return found

    def has(self, key: str) -> bool:
        """Whether the study of the run has a dotted key."""
        value: Any = self.study.document
        for name in key.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return value is not None


@dataclass(frozen=True)
class Crossed:
    """Where a route crosses a cable or pipeline."""

    asset_id: str
    name: str
    kp_km: float


@dataclass(frozen=True)
class InZone:
    """A stretch of a route in the waters of a state; both empty where nothing is known."""

    state: str
    zone: str
    from_kp_km: float
    to_kp_km: float

    def __str__(self) -> str:
        return f"{self.state} {self.zone}".strip() or "unknown"


@dataclass(frozen=True)
class RouteFacts:
    """A system as a run published it.

    Attributes
    ----------
    identity
        Its name and its landings, by column of the layer ``routes``.
    lonlat
        Vertices from the first landing to the second, shape ``(n, 2)``, degrees.
    figures
        By their names in the manifest; None: insufficient information. A figure that the version did not record is
        not there.
    """

    system_id: str
    identity: Mapping[str, str]
    lonlat: NDArray[np.float64]
    figures: Mapping[str, float | None]
    crossed: tuple[Crossed, ...]
    zones: tuple[InZone, ...]

    def without(self, systems: Set[str]) -> RouteFacts:
        """As it would be in a run that does not have these systems: it crosses none of them."""
        return replace(self, crossed=tuple(item for item in self.crossed if item.asset_id not in systems))


@dataclass(frozen=True)
class RunFacts:
    """A run: its name, its manifest, and its systems by their ids."""

    name: str
    record: Record
    routes: Mapping[str, RouteFacts]


def read_facts(run: ArchivedRun) -> RunFacts:
    """What a run published, from its manifest and its GeoPackage.

    Raises
    ------
    IngestError
        When either cannot be read, is not as it was written, or they do not agree.
    """
    record = read_record(run)
    package = intact_package(run.folder, record)
    rows = {layer.name: rows_of(package, layer) for layer in COLUMNS}
    routes = {item.id: route_of(package, item, rows) for item in record.systems}
    return RunFacts(run.name, record, routes)


def read_record(run: ArchivedRun) -> Record:
    """The manifest of a run, with all that it takes to compare it.

    Raises
    ------
    IngestError
        When something is missing, or is not what it should be.
    """
    path = run.folder / MANIFEST
    if faults := manifest_faults(run):
        raise IngestError(f"{run.folder}: {faults[0]}")
    try:
        record = Record.model_validate(dict(run.manifest))
    except ValidationError as exc:
        raise IngestError(f"{path}: {explain(exc, 'a manifest')}") from exc
    if record.lacking:
        raise IngestError(f"{path} lacks {', '.join(record.lacking)}")
    return record


def intact_package(folder: Path, record: Record) -> Path:
    """The GeoPackage of a run, as it was written: lines that were moved since are not those that were published.

    Raises
    ------
    IngestError
        When it is not there, or was changed.
    """
    name = f"{record.study.id}.gpkg"
    if name not in record.files:
        raise IngestError(f"{folder / MANIFEST} names no file {name}")
    try:
        is_intact = sha256_of(folder / name) == record.files[name].sha256
    except OSError as exc:
        raise IngestError(f"{folder / name} cannot be read: {exc.strerror or exc}") from exc
    if not is_intact:
        raise IngestError(f"{folder / name} is not as it was written")
    return folder / name


def rows_of(package: Path, layer: Layer) -> gpd.GeoDataFrame:
    """The features of a layer, with the columns that are read.

    Raises
    ------
    IngestError
        When it cannot be read, or lacks a column.
    """
    found = published_layer(package, layer.name)
    if lacking := [name for name in COLUMNS[layer] if name not in found.columns]:
        raise IngestError(f"{package}, layer {layer.name}, lacks the column {', '.join(lacking)}")
    return found


def route_of(package: Path, item: _MeasuredSystem, rows: Mapping[str, gpd.GeoDataFrame]) -> RouteFacts:
    """A system, from the layers of the GeoPackage.

    Raises
    ------
    IngestError
        When it has no line there, or one of another length than the manifest has.
    """
    own = {name: of_system(layer, item.id) for name, layer in rows.items()}
    routes = own[ROUTES.name]
    if len(routes) != 1 or not isinstance(routes.geometry.iloc[0], LineString):
        raise IngestError(f"{package}, layer {ROUTES.name}, has {len(routes)} routes of {item.id}: expected one line")
    lonlat = np.asarray(routes.geometry.iloc[0].coords, float)[:, :2]
    length_km, told_km = line_length_km(lonlat), item.figures["length"].value
    if told_km is None or abs(length_km - told_km) > RECONCILES_KM:
        told = "unknown" if told_km is None else f"{told_km:.3f} km"
        raise IngestError(f"{package}: the route of {item.id} is {length_km:.3f} km long, in {MANIFEST} {told}")
    return RouteFacts(
        system_id=item.id,
        identity={name: _text(routes[name].iloc[0]) for name in ("name", "from_landing", "to_landing")},
        lonlat=lonlat,
        figures={name: figure.value for name, figure in item.figures.items()},
        crossed=tuple(_crossed(own[CROSSINGS.name])),
        zones=tuple(_zones(own[ROUTE_SECTORS.name])),
    )


def _crossed(rows: gpd.GeoDataFrame) -> Iterator[Crossed]:
    for row in rows.sort_values("kp_km").to_dict("records"):
        yield Crossed(_text(row["cable_id"]), _text(row["name"]), float(row["kp_km"]))


def _zones(rows: gpd.GeoDataFrame) -> Iterator[InZone]:
    for row in rows.sort_values("from_kp_km").to_dict("records"):
        at_km = float(row["from_kp_km"]), float(row["to_kp_km"])
        yield InZone(_text(row["state"]), _text(row["zone"]), *at_km)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
