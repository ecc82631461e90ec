"""A first study from two positions: its area, its sources and its landings, over the newest packaged rules."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from transcaspian.core.disk import replace_text
from transcaspian.core.errors import StudyError
from transcaspian.runs.engine import RunSettings, check_study
from transcaspian.runs.stages.inputs import Inputs, water_polygon
from transcaspian.runs.stages.route_systems import shore_landings
from transcaspian.sources.catalogue import REGISTRY_NAME, Sea, load_registry
from transcaspian.sources.resolve import find_raw_dir
from transcaspian.study.rules import newest
from transcaspian.study.toml import toml_table, toml_value

MIN_MARGIN_DEG = 0.5
MARGIN_SHARE = 0.25
"""Of the wider extent of the landings: how far the area reaches beyond them, for lines that must go round a cape."""
MAX_SNAP_KM = 25.0
STEPS_ARCSEC = (30.0, 60.0, 120.0, 240.0, 480.0)
MAX_CELLS = 1_500_000
"""Of the grid: a first run then takes about a minute."""
SEABED_OF_THE_WORLD = "etopo-2022"
"""Entry of the registry that is fetched for the area where no embedded seabed covers it."""
UNKNOWN_COUNTRY = "ZZ"
"""User-assigned code of ISO 3166-1 for what is not known."""
NOT_NAMED = "not named yet: write here who published it, and its edition"

Bounds = tuple[float, float, float, float]


class Position(NamedTuple):
    """A landing that is wished: degrees, longitude first; a country by ISO 3166-1 alpha-2."""

    id: str
    lon_deg: float
    lat_deg: float
    name: str
    country: str


@dataclass(frozen=True)
class NewStudy:
    """What a new study is made from.

    ``seabed``, ``shoreline``: files of the user's that come before the embedded ones. ``level_m_msl``: height of the
    water level above mean sea level; None: that of the sea, and 0 m where that is not embedded.
    """

    path: Path
    ends: tuple[Position, Position]
    seabed: Path | None = None
    shoreline: Path | None = None
    level_m_msl: float | None = None
    raw_dir: Path | None = None


def position_of(text: str, role: str) -> Position:
    """``LON,LAT`` or ``LON,LAT,NAME`` or ``LON,LAT,NAME,COUNTRY`` as a position.

    Parameters
    ----------
    text
        As ``41.63,41.65,Batumi,GE``: degrees east and north.
    role
        The id where no name is given, and stands in the message: ``from`` or ``to``.

    Raises
    ------
    StudyError
        When it is none.

    Examples
    --------
    >>> position_of("41.63,41.65,Batumi,GE", "from")
    Position(id='batumi', lon_deg=41.63, lat_deg=41.65, name='Batumi', country='GE')
    """
    first, *rest = (part.strip() for part in text.split(","))
    try:
        lon, lat = float(first), float(rest[0])
    except (ValueError, IndexError):
        lon = lat = float("nan")
    name, country = (*rest[1:], "", "")[:2]
    is_place = -180 <= lon <= 180 and -90 <= lat <= 90 and re.fullmatch(r"[A-Z]{2}|", country)
    if not is_place or len(rest) > 3:
        raise StudyError(
            f"--{role} {text}: expected LON,LAT or LON,LAT,NAME,COUNTRY, degrees east and north and two capital "
            "letters, for example 41.63,41.65,Batumi,GE"
        )
    at = f"{lon:g}° E, {lat:g}° N"
    return Position(identifier(name) or role, lon, lat, name or at, country or UNKNOWN_COUNTRY)


def write_new_study(wanted: NewStudy) -> Iterator[str]:
    """Write a study that passes `check_study`, and tell what was chosen, a sentence each; else write nothing.

    Raises
    ------
    TranscaspianError
        When the file exists, no source covers the place, or the study would not run.
    """
    if wanted.path.exists():
        raise StudyError(f"{wanted.path} exists already: give the name of a new file")
    registry = load_registry((wanted.raw_dir or find_raw_dir(wanted.path)) / REGISTRY_NAME)
    sea = next((sea for sea in registry.sea if all(sea.has(end.lon_deg, end.lat_deg) for end in wanted.ends)), None)
    if sea is None and wanted.shoreline is None:
        names = ", ".join(f"{one.name} ({told_bounds(one.bounds_deg)})" for one in registry.sea)
        raise StudyError(
            f"no embedded shoreline has both landings: give --shoreline FILE, water as areas; embedded: {names}"
        )
    bounds = area_of(wanted.ends, sea)
    to_fetch = sea is None and wanted.seabed is None
    try:
        replace_text(wanted.path, "".join(_tables(wanted, sea, bounds)))
    except OSError as exc:
        raise StudyError(
            f"{wanted.path} cannot be written: {exc.strerror}. Name a file in a folder that is there"
        ) from exc
    try:
        inputs = None if to_fetch else check_study(RunSettings(wanted.path, raw_dir=wanted.raw_dir))
    except BaseException:
        wanted.path.unlink()
        raise
    yield f"{wanted.path}: area {told_bounds(bounds)}, a cell is {step_of(bounds):g} arc seconds"
    yield from _fetching(wanted) if inputs is None else _checked(wanted, inputs)


def area_of(ends: tuple[Position, Position], sea: Sea | None) -> Bounds:
    """West, south, east, north: all of an embedded sea, else around both landings with a margin.

    Raises
    ------
    StudyError
        When the landings lie on both sides of the antimeridian.
    """
    if sea is not None:
        return sea.bounds_deg
    lons, lats = sorted(end.lon_deg for end in ends), sorted(end.lat_deg for end in ends)
    if lons[1] - lons[0] > 180:
        raise StudyError("the landings lie on both sides of the antimeridian, where an area cannot lie yet")
    margin = max(MIN_MARGIN_DEG, MARGIN_SHARE * max(lons[1] - lons[0], lats[1] - lats[0]))
    low, high = (lons[0] - margin, lats[0] - margin), (lons[1] + margin, lats[1] + margin)
    return (
        max(round(low[0], 2), -180.0),
        max(round(low[1], 2), -90.0),
        min(round(high[0], 2), 180.0),
        min(round(high[1], 2), 90.0),
    )


def step_of(bounds: Bounds) -> float:
    """The finest step of a grid over an area that a first run takes about a minute for, arc seconds."""
    west, south, east, north = bounds
    square_arcsec = (east - west) * (north - south) * 3600**2
    return next((step for step in STEPS_ARCSEC if square_arcsec / step**2 <= MAX_CELLS), STEPS_ARCSEC[-1])


def told_bounds(bounds: Bounds) -> str:
    """An area for people."""
    west, south, east, north = bounds
    return f"{west:g}…{east:g}° E, {south:g}…{north:g}° N"


def _tables(wanted: NewStudy, sea: Sea | None, bounds: Bounds) -> Iterator[str]:
    title = " to ".join(end.name for end in wanted.ends)
    given = {"max_snap_km": MAX_SNAP_KM, "source": "given by hand", "status": "ASSUMED"}
    ids = [
        end.id if wanted.ends[0].id != wanted.ends[1].id else f"{end.id}-{number}"
        for number, end in enumerate(wanted.ends, 1)
    ]
    system = {"id": "-".join(ids), "name": title, "from_landing": ids[0], "to_landing": ids[1]}
    yield "# A first study, made by `transcaspian new`: what is ASSUMED is a beginning, to be replaced.\n"
    yield f"schema_version = 1\nextends = {toml_value(newest())}\nlandings = [\n"
    yield from (
        f"    {toml_value(end._asdict() | {'id': name} | given)},\n" for name, end in zip(ids, wanted.ends, strict=True)
    )
    yield f"]\nsystems = [{toml_value(system)}]\n\n"
    yield toml_table("[study]", {"id": identifier(wanted.path.stem) or "study", "title": title, "revision": "A"})
    west, south, east, north = bounds
    sides = {"west_deg": west, "south_deg": south, "east_deg": east, "north_deg": north}
    what = {"source": f"extent of the {sea.name}" if sea else "both landings with a margin", "status": "ASSUMED"}
    yield toml_table("[area]", {**sides, "grid_step_arcsec": step_of(bounds), **what})
    yield toml_table("[water_level]", _level(wanted, sea))
    yield toml_table("[sources]", _sources(wanted, sea)).rstrip("\n") + "\n"


def _level(wanted: NewStudy, sea: Sea | None) -> Mapping[str, Any]:
    if wanted.level_m_msl is None and sea is not None:
        return sea.water_level.model_dump()
    level_m_msl = wanted.level_m_msl or 0.0
    source = "given by hand" if wanted.level_m_msl is not None else "mean sea level: no other was given"
    return {"level_m_msl": level_m_msl, "epoch": "not stated", "source": source, "status": "ASSUMED"}


def _sources(wanted: NewStudy, sea: Sea | None) -> Mapping[str, Any]:
    refs: dict[str, Any] = {"seabed": {"registry": SEABED_OF_THE_WORLD}}
    for role, ref in (sea.sources if sea else {}).items():
        refs[role] = ref.model_dump(exclude_unset=True)
    for role, path in (("seabed", wanted.seabed), ("shoreline", wanted.shoreline)):
        if path is not None:
            refs[role] = {"path": Path(os.path.relpath(path, wanted.path.parent)).as_posix(), "citation": NOT_NAMED}
    return refs


def identifier(name: str) -> str:
    """A name as an id: what is not a letter or a digit of ASCII becomes a hyphen; empty where nothing is left.

    Examples
    --------
    >>> identifier("Şabran, old port")
    'abran-old-port'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:25].rstrip("-")


def _fetching(wanted: NewStudy) -> Iterator[str]:
    yield f"seabed: {SEABED_OF_THE_WORLD}, which is not here yet, so that nothing could be checked"
    yield f"next: transcaspian sources fetch {wanted.path} && transcaspian check {wanted.path}"


def _checked(wanted: NewStudy, inputs: Inputs) -> Iterator[str]:
    study = inputs.study
    found = shore_landings(water_polygon(inputs), study.landings, study.area.bounds)
    for place in study.landings:
        shore = found[place.id]
        yield f"{place.name}: brought {shore.snap_km:.1f} km to the shore at {shore.lon:.4f}° E, {shore.lat:.4f}° N"
    for role, ref in study.sources.by_role().items():
        yield f"{role}: {ref.registry or ref.path}"
    yield f"next: transcaspian run {wanted.path}"
