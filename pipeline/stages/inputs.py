"""The first stage: the study and every file it names, read under contract."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapely import MultiPolygon, Polygon, box
from shapely.ops import unary_union

from pipeline import ingest, routing
from pipeline.errors import IngestError
from pipeline.ingest.register import read_register
from pipeline.rpl import Numbers
from pipeline.sources.resolve import Provenance, find_raw_dir, resolve_sources
from pipeline.study import Landing, Study, System, load_study


@dataclass(frozen=True)
class RunSettings:
    """What somebody asked for; ``systems`` empty means all of the study's, ``formats`` those beside the usual two."""

    study_path: Path
    out_dir: Path = Path("data/processed")
    systems: tuple[str, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    raw_dir: Path | None = None
    criteria_rasters: bool = False
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inputs:
    """The study and every data set it names, as read: nothing is computed yet.

    ``numbers``: those of the positions in the last run, by system id, so that a position keeps its own.
    """

    study: Study
    study_sha256: str
    systems: tuple[System, ...]
    provenance: tuple[Provenance, ...]
    seabed: ingest.SeabedRaster
    layers: Mapping[str, ingest.Ingested]
    numbers: Mapping[str, Numbers]


def read_inputs(settings: RunSettings) -> Inputs:
    """Read and validate the study and every file it names."""
    study = load_study(settings.study_path, settings.overrides)
    raw_dir = settings.raw_dir or find_raw_dir(settings.study_path)
    sources = resolve_sources(study, settings.study_path, raw_dir)
    layers = {
        role: ingest.read_layer(source.file, bounds=study.area.bounds)
        for role, source in sources.items()
        if role != "seabed"
    }
    return Inputs(
        study=study,
        study_sha256=hash_json(study.model_dump(mode="json")),
        systems=study.select(settings.systems),
        provenance=tuple(source.provenance for source in sources.values()),
        seabed=ingest.read_seabed(sources["seabed"].file, study.area.bounds),
        layers=layers,
        numbers=read_register(settings.out_dir / study.study.id),
    )


def water_polygon(inputs: Inputs) -> Polygon | MultiPolygon:
    """All water inside the study's area.

    Raises
    ------
    IngestError
        When the shoreline has no water there.
    """
    shoreline = inputs.layers["shoreline"].layer
    water = unary_union(list(shoreline.geometry)).intersection(box(*inputs.study.area.bounds))
    polygons = [part for part in getattr(water, "geoms", [water]) if isinstance(part, Polygon) and not part.is_empty]
    if not polygons:
        raise IngestError(
            f"the shoreline of sources.shoreline has no water inside the area {inputs.study.area.bounds}: "
            "check [area] and the order of coordinates in the file"
        )
    return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)


def shore_landings(water: Polygon | MultiPolygon, landings: Sequence[Landing]) -> dict[str, routing.ShoreLanding]:
    """The landings on the shoreline, by their id."""
    return {
        place.id: routing.snap_to_shore(water, place.lon_deg, place.lat_deg, place.max_snap_km, place.name)
        for place in landings
    }


def hash_json(value: Any) -> str:
    """sha256 of a value's canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
