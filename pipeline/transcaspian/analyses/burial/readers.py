"""How the files of the table are read: by functions that run in the process that reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shapely import to_wkb
from shapely.ops import unary_union

from transcaspian.analyses.burial.config import Burial
from transcaspian.core.registry import FileReader

if TYPE_CHECKING:
    from transcaspian.sources.datafile import DataFile
    from transcaspian.study import Study


def readers_of(study: Study, layers: Mapping[str, Any]) -> dict[str, FileReader]:
    """The reader of each file, by its key.

    Parameters
    ----------
    layers
        What was read of the study: shoreline and islands tell positions on land.
    """
    rules, bounds = study.required_table(Burial), study.area.bounds
    found = {}
    for file in rules.traffic:
        if file.form == "ais":
            water = unary_union(list(layers["shoreline"].layer.geometry))
            if "islands" in layers:
                water = water.difference(unary_union(list(layers["islands"].layer.geometry)))
            limits = file.model_dump(include={"max_gap_h", "max_speed_kn", "min_speed_kn", "time_format"})
            reader = FileReader(_ais_here, (limits, to_wkb(water, hex=True), bounds), "positions of ships")
        elif file.form == "tracks":
            reader = FileReader(tracks_here, (tuple(ship.id for ship in rules.ships), bounds), "tracks of ships")
        else:
            reader = FileReader(density_here, (bounds,), "nodes with a density of ships")
        found[f"traffic.{file.id}"] = reader
    for log in rules.soil_logs:
        arguments = (log.strength_unit, log.cone_factor)
        found[f"soil_logs.{log.id}"] = FileReader(logs_here, arguments, "intervals of boreholes and CPTs")
    return found


def _ais_here(file: DataFile, rules: Mapping[str, Any], water: str, bounds: tuple[float, ...]) -> dict[str, Any]:
    """In this process; ``water``: as hexadecimal WKB."""
    from shapely import from_wkb

    from transcaspian.analyses.burial.read_ais import read_ais

    return read_ais(file, rules, from_wkb(water), bounds)


def tracks_here(file: DataFile, ships: tuple[str, ...], bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """In this process."""
    from transcaspian.analyses.burial.read_files import read_tracks

    return read_tracks(file, ships, bounds)


def density_here(file: DataFile, bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """In this process."""
    from transcaspian.analyses.burial.read_files import read_density

    return read_density(file, bounds)


def logs_here(file: DataFile, unit: str | None, cone_factor: float | None) -> dict[str, Any]:
    """In this process."""
    from transcaspian.analyses.burial.read_files import read_logs

    return read_logs(file, unit, cone_factor)
