"""A barrier never vanishes: land, and what is closed to routes, is used as it is given or stops the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from transcaspian.core.errors import IngestError
from transcaspian.core.layers import COASTLINE, HAZARDS, ISLANDS, Layer
from transcaspian.core.xmltext import xml_text
from transcaspian.ingest.geometry import AN_ISLAND, UnusableError, drawable, nested
from transcaspian.ingest.values import as_bool, cell, is_empty
from transcaspian.sources.datafile import DataFile

Bounds = tuple[float, float, float, float]

LISTED = 3
OUTSIDE_DEG = 1.0
"""What lies so far from the study's area is plainly outside it, whatever distance is to be kept from it."""
NAMED = {item.name: item for item in HAZARDS.fields}


@dataclass(frozen=True)
class Rejected:
    """A row that cannot be used, and why."""

    index: int
    row: Mapping[str, Any]
    reason: str


def refuse_lost(
    layer: Layer, file: DataFile, columns: Mapping[str, str], rejected: Sequence[Rejected], bounds: Bounds | None
) -> None:
    """A barrier never vanishes: a row that closes water, or may, is used or stops the run.

    Where the study says ``on_error`` for the source, each row that cannot be used stops the run, or none does.

    Parameters
    ----------
    layer
        The table that the file is read as.
    file
        Its path, role and ``on_error``.
    columns
        Names of columns in the file by ours.
    rejected
        Rows that cannot be used, each with its reason.
    bounds
        ``(west, south, east, north)`` of the study, degrees; None: no row is outside it.

    Raises
    ------
    IngestError
        When such a row cannot be used and is not plainly outside the study.
    """
    stops_all = file.on_error == "stop"
    lost = [
        item
        for item in rejected
        if stops_all or (may_close(layer, columns, item.row) and not is_outside(item.row, bounds))
    ]
    if not lost or file.on_error == "quarantine":
        return
    told = listed([f"feature {item.index}{called(layer, columns, item.row)}: {item.reason}" for item in lost])
    if stops_all:
        raise IngestError(f'{file.path}: {told}. Correct it, or say on_error = "quarantine" in sources.{file.role}')
    if layer in (COASTLINE, ISLANDS):
        raise IngestError(f"{file.path}: part of the shoreline cannot be used; {told}. Correct it or take it out")
    raise IngestError(
        f"{file.path}: what is or may be a no-go area cannot be used, and is never left out; {told}. Correct it, say "
        "no_go = false where it closes nothing, or take it out"
    )


def refuse_islands(layer: Layer, kept: Sequence[Mapping[str, Any]], file: DataFile) -> None:
    """Land stays land: a body of water inside another may be meant for an island, and would be lost in it.

    Raises
    ------
    IngestError
        When the shoreline has such a body.
    """
    for outer, inner in nested([row["geometry"] for row in kept]) if layer is COASTLINE else ():
        names = [kept[number][layer.key] for number in (outer, inner)]
        raise IngestError(f"{file.path}: `{names[1]}` lies inside `{names[0]}`: {AN_ISLAND}")


def may_close(layer: Layer, columns: Mapping[str, str], row: Mapping[str, Any]) -> bool:
    """Whether a row keeps routes out, or cannot be told not to: land, or a hazard that is no-go."""
    if layer is not HAZARDS:
        return layer in (COASTLINE, ISLANDS)
    closed, kind = cell(row, columns, "no_go"), cell(row, columns, "kind")
    if is_empty(closed):
        return kind not in NAMED["kind"].choices
    try:
        return as_bool(NAMED["no_go"], closed)
    except UnusableError:
        return True


def is_outside(row: Mapping[str, Any], bounds: Bounds | None) -> bool:
    """Whether a feature lies, as far as it can be read, a degree or more outside the study."""
    geometry = drawable(row.get("geometry"))
    if geometry is None or bounds is None:
        return False
    west, south, east, north = bounds
    around = shapely.box(west - OUTSIDE_DEG, south - OUTSIDE_DEG, east + OUTSIDE_DEG, north + OUTSIDE_DEG)
    return not shapely.box(*geometry.bounds).intersects(around)


def called(layer: Layer, columns: Mapping[str, str], row: Mapping[str, Any]) -> str:
    """What a row calls itself, in brackets."""
    said = (cell(row, columns, name) for name in (layer.key, "name"))
    names = [xml_text(str(value)) for value in said if not is_empty(value)]
    return f" ({', '.join(names)})" if names else ""


def listed(items: Sequence[str]) -> str:
    """The first few of many."""
    more = len(items) - LISTED
    return "; ".join(items[:LISTED]) + (f"; and {more} more" if more > 0 else "")
