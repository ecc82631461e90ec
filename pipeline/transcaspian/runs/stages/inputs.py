"""What a run is asked for, what it reads, and what it writes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from transcaspian.core.constraint_data import ConstraintData, ConstraintFeatures
from transcaspian.core.errors import IngestError
from transcaspian.core.findings import Advice, Finding
from transcaspian.core.layers import ISLANDS
from transcaspian.core.system_figures import SystemFigures

if TYPE_CHECKING:  # the stages after the first one do not depend on how files are found and read
    import geopandas as gpd

    from transcaspian.ingest import Ingested, SeabedRaster
    from transcaspian.rpl.model import Numbers, Rpl
    from transcaspian.sources.resolve import Provenance
    from transcaspian.study import Study, System

NEW_LAND = 0.9
"""An island is one beside the shoreline where more than this share of it lies in the water of that; a default."""
SEAM_DEG, SEAM_M = 1e-6, 0.11
"""Land narrower than this between two bodies of water is none; the same along a meridian, in metres."""


@dataclass(frozen=True)
class RunSettings:
    """What a run is asked for.

    Attributes
    ----------
    systems
        Empty: all of the study's.
    formats
        Vector formats beside the usual two.
    reuse
        Whether what an earlier run kept may be taken, and this run's values are kept.
    since
        Name of the first stage to compute even where its value is kept; None: none.
    cache_mb
        What the kept values of a study may take on the disk.
    document
        The study as a manifest has it, overrides and all; ``study_path`` then only says where paths count from.
    fetch
        Whether sources of the network are fetched first. What cannot be is used as it was last, and a note says so.
    publish
        Whether the run is to be published; None: where it is of the whole study as its file has it.
    """

    study_path: Path
    out_dir: Path = Path("data/processed")
    systems: tuple[str, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    raw_dir: Path | None = None
    criteria_rasters: bool = False
    formats: tuple[str, ...] = ()
    reuse: bool = True
    since: str | None = None
    cache_mb: float = 2000.0
    document: Mapping[str, Any] | None = None
    fetch: bool = False
    publish: bool | None = None

    @property
    def wants_publication(self) -> bool:
        """Whether the run is to be published: a run with other keys or of some systems only is a what-if."""
        return not (self.systems or self.overrides) if self.publish is None else self.publish


@dataclass(frozen=True)
class FurtherInput:
    """What an analysis has read beside the data sets of the study.

    Attributes
    ----------
    value
        What its stage is handed; it can be kept (`transcaspian.core.codec`).
    count, meaning
        How many features it has, and what those are.
    """

    value: Any
    count: int
    meaning: str
    provenance: Provenance


@dataclass(frozen=True)
class OwnList:
    """A line that a person gives of a system, as a list.

    Attributes
    ----------
    where
        What it comes from, for messages.
    provenance
        None where it stands in the study itself.
    notes
        How the list was understood.
    """

    rpl: Rpl
    where: str
    provenance: Provenance | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def sea(self) -> Rpl:
        """From waterline to waterline."""
        from transcaspian.rpl.vertices import at_sea

        return at_sea(self.rpl)


@dataclass(frozen=True)
class Inputs:
    """The study and every data set it names, as read: nothing is computed yet.

    ``numbers``: those of the positions in the last run, by system id, so that a position keeps its own. ``further``:
    what analyses have read for themselves, by name. ``own_lists``: lines that the study gives, by
    system id. ``constraints``: the data of each constraint by its id. ``seabeds``: by their roles, the lowest first.
    """

    study: Study
    study_sha256: str
    systems: tuple[System, ...]
    provenance: tuple[Provenance, ...]
    seabeds: Mapping[str, SeabedRaster]
    layers: Mapping[str, Ingested]
    numbers: Mapping[str, Numbers]
    further: Mapping[str, FurtherInput] = field(default_factory=dict)
    own_lists: Mapping[str, OwnList] = field(default_factory=dict)
    constraints: Mapping[str, ConstraintData] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """A run that was written.

    Attributes
    ----------
    figures
        Of each system, to show.
    notes
        What a person should know of its data before reading its figures; they stand in the report too.
    """

    run_id: str
    figures: tuple[SystemFigures, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    advice: tuple[Advice, ...] = ()


def coarse_roles(inputs: Inputs) -> tuple[str, ...]:
    """Of several seabeds, those that are coarser than the grid: each is modelled, and kept, alone."""
    grid = inputs.study.area.grid()
    several = {role: source for role, source in inputs.seabeds.items() if "." in role}
    return tuple(role for role, source in several.items() if not grid.is_coarser_than(source.step_deg))


def water_polygon(inputs: Inputs) -> Polygon | MultiPolygon:
    """All water inside the study's area, less the islands beside the shoreline.

    Raises
    ------
    IngestError
        When the shoreline has no water there.
    """
    water, _ = joined(inputs)
    water = water.intersection(box(*inputs.study.area.bounds))
    water = water.difference(unary_union(list(islands_beside(inputs, water).geometry)))
    polygons = [part for part in getattr(water, "geoms", [water]) if isinstance(part, Polygon) and not part.is_empty]
    if not polygons:
        raise IngestError(
            f"the shoreline of sources.shoreline has no water inside the area {inputs.study.area.bounds}: "
            "check [area] and the order of coordinates in the file"
        )
    return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)


def islands_beside(inputs: Inputs, water: BaseGeometry) -> gpd.GeoDataFrame:
    """The islands that count beside the shoreline.

    One that is land there already for a tenth or more is the same land: where the shoreline is known better, its
    outline stands.

    Parameters
    ----------
    water
        Of the shoreline, EPSG:4326.
    """
    from transcaspian.core.frames import frame

    if "islands" not in inputs.layers:
        return frame(ISLANDS, [])
    islands = inputs.layers["islands"].layer
    outlines = islands.geometry.to_numpy()
    share = shapely.area(shapely.intersection(outlines, water)) / shapely.area(outlines)
    known_m = inputs.layers["shoreline"].layer["position_accuracy_m"].max(skipna=False)
    return islands[(share > NEW_LAND) | ~(islands["position_accuracy_m"] > known_m)]


def joined(inputs: Inputs) -> tuple[BaseGeometry, int]:
    """The bodies of water that reach the area as one, and how many shores are gone with gaps too narrow to be land.

    Water that comes in tiles has gaps of rounding between them, which would be shores.
    """
    shoreline = inputs.layers["shoreline"].layer.geometry
    bodies = list(shoreline[shoreline.intersects(box(*inputs.study.area.bounds))])
    water = unary_union(bodies)
    if len(bodies) < 2:
        return water, 0
    wide = unary_union([body.buffer(SEAM_DEG / 2, join_style="mitre") for body in bodies])
    closed = wide.buffer(-SEAM_DEG / 2, join_style="mitre")
    gone = shores_in(water) - shores_in(closed)
    return (closed, gone) if gone > 0 else (water, 0)


def shores_in(water: BaseGeometry) -> int:
    """How many shores close upon themselves: the outlines of the bodies, and those of their islands."""
    return sum(1 + len(part.interiors) for part in getattr(water, "geoms", [water]) if isinstance(part, Polygon))


def reading_notes(inputs: Inputs) -> tuple[str, ...]:
    """What a person should know of the files as they were read."""
    notes = [f"{role}: {note}" for role, read in inputs.seabeds.items() for note in read.notes]
    notes += [f"{role}: {note}" for role, read in inputs.layers.items() for note in read.notes]
    notes += [f"constraint {name}: {note}" for name, read in inputs.constraints.items() for note in read.notes]
    notes += [
        f"constraint {name}: {len(read.quarantine)} of {read.looked_through} features are in quarantine, with reasons"
        for name, read in inputs.constraints.items()
        if isinstance(read, ConstraintFeatures) and len(read.quarantine)
    ]
    if gone := joined(inputs)[1]:
        notes.append(
            f"shoreline: its bodies of water are joined over gaps narrower than {SEAM_M:g} m, as tiles have them: "
            f"{gone} shore{'s' if gone > 1 else ''} less"
        )
    if "islands" in inputs.layers:
        islands = inputs.layers["islands"].layer
        if same := len(islands) - len(islands_beside(inputs, joined(inputs)[0])):
            notes.append(
                f"islands: {same} of {len(islands)} are land of the shoreline already, which is known better: its "
                "outline stands"
            )
    if "borders" in inputs.layers and (
        beyond := len(inputs.layers["borders"].layer) - inputs.layers["borders"].counts.in_area
    ):
        notes.append(
            f"borders: {beyond} of {len(inputs.layers['borders'].layer)} lie outside the area and are left out: they "
            "only tell whose the shore next to its edges is"
        )
    return (
        *notes,
        *(f"{system_id}: {own.where}: {note}" for system_id, own in inputs.own_lists.items() for note in own.notes),
        *(
            f"{source.role}: {', '.join(source.ignored)} beside {source.file} is not read: what it says must stand in "
            "the file itself"
            for source in inputs.provenance
            if source.ignored
        ),
        *(
            f"{role}: {read.counts.quarantined} of {read.counts.read} features are in quarantine, with their reasons"
            for role, read in inputs.layers.items()
            if read.counts.quarantined
        ),
    )


def rows_of(inputs: Inputs, role: str) -> list[dict[str, Any]]:
    """The rows of a layer that was read; none where the study does not name it."""
    from transcaspian.core.frames import records

    return records(inputs.layers[role].layer) if role in inputs.layers else []


def hash_json(value: Any) -> str:
    """sha256 of a value's canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
