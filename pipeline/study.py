"""The study file: what is wanted, as frozen models.

Every table that holds a figure also holds its ``source`` and its ``status`` (REAL, DERIVED or ASSUMED): a figure
without a source does not enter a study. Units stand in the names of the keys; an unknown key is an error.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from pipeline.errors import StudyError
from pipeline.grid import Grid

Status = Literal["REAL", "DERIVED", "ASSUMED"]
HazardKind = Literal["oil_gas_field", "platform", "mud_volcano", "restricted_area"]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]

MAX_GRID_CELLS = 200_000_000


class Model(BaseModel):
    """Frozen, strict about unknown keys, no silent conversion of text to numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Cited(Model):
    """A table that holds figures: where they come from and how far they can be trusted."""

    source: Text
    status: Status


class Identity(Model):
    """Who this study is."""

    id: Identifier
    title: Text
    revision: Text
    description: str = ""


class Area(Cited):
    """Extent of the study and the step of its grid."""

    west_deg: Longitude
    south_deg: Latitude
    east_deg: Longitude
    north_deg: Latitude
    grid_step_arcsec: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _has_extent(self) -> Self:
        if self.west_deg >= self.east_deg:
            raise ValueError(f"west_deg {self.west_deg} is not west of east_deg {self.east_deg}")
        if self.south_deg >= self.north_deg:
            raise ValueError(f"south_deg {self.south_deg} is not south of north_deg {self.north_deg}")
        grid = self.grid()
        if grid.rows * grid.cols > MAX_GRID_CELLS:
            raise ValueError(
                f"the grid would have {grid.rows * grid.cols:,} cells, more than {MAX_GRID_CELLS:,}: "
                "shrink the extent or enlarge grid_step_arcsec"
            )
        return self

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """``(west, south, east, north)``, degrees."""
        return self.west_deg, self.south_deg, self.east_deg, self.north_deg

    def grid(self) -> Grid:
        """The grid that covers the extent."""
        return Grid.covering(*self.bounds, step_deg=self.grid_step_arcsec / 3600)


class WaterLevel(Cited):
    """The level that every depth of the study is measured from."""

    level_m_msl: Annotated[float, Field(ge=-500, le=500, allow_inf_nan=False)]
    epoch: Text


class SourceRef(Model):
    """A data set: an entry of the registry of ``data/raw``, or a file of the user's with its credit."""

    registry: Identifier | None = None
    path: Text | None = None
    layer: Text | None = None
    values: Literal["elevation_m_up", "depth_m_down"] = "elevation_m_up"
    effective_resolution_deg: Positive | None = None
    citation: Text | None = None
    licence: Text | None = None
    status: Status = "REAL"

    @model_validator(mode="after")
    def _names_one_place(self) -> Self:
        if (self.registry is None) == (self.path is None):
            raise ValueError("give either `registry` (an id of data/raw/registry.toml) or `path` (a file), not both")
        if self.path is not None and self.citation is None:
            raise ValueError("a file of your own needs `citation`: every figure names its source")
        return self


class Sources(Model):
    """The data sets of the study by their role; those without a default must be given."""

    seabed: SourceRef
    shoreline: SourceRef
    cables: SourceRef | None = None
    hazards: SourceRef | None = None
    earthquakes: SourceRef | None = None

    def by_role(self) -> dict[str, SourceRef]:
        """The data sets that are given, in a fixed order."""
        roles = ("seabed", "shoreline", "cables", "hazards", "earthquakes")
        return {role: ref for role in roles if (ref := getattr(self, role)) is not None}


class Landing(Cited):
    """A place where a system comes ashore; the pipeline snaps it to the shoreline."""

    id: Identifier
    name: Text
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    lon_deg: Longitude
    lat_deg: Latitude
    max_snap_km: Positive


class PublishedLength(Cited):
    """A length somebody published for a system: shown beside ours, never tuned to."""

    length_km: Positive
    remarks: str = ""


class System(Model):
    """A cable between two landings."""

    id: Identifier
    name: Text
    from_landing: Identifier
    to_landing: Identifier
    published: PublishedLength | None = None


class DepthBand(Model):
    """Friction of the water depths from ``from_m`` (included) to ``to_m``."""

    from_m: NotNegative
    to_m: Positive
    friction: NotNegative


class SlopeBand(Model):
    """Friction of the seabed slopes from ``from_deg`` (included) to ``to_deg``."""

    from_deg: NotNegative
    to_deg: Annotated[float, Field(gt=0, le=90, allow_inf_nan=False)]
    friction: NotNegative


class Criterion(Cited):
    """What adds friction to a metre of cable; ``weight`` 0 switches it off."""

    weight: NotNegative


class DepthCriterion(Criterion):
    """Friction by water depth."""

    bands: tuple[DepthBand, ...]

    @model_validator(mode="after")
    def _bands_follow(self) -> Self:
        check_bands([(band.from_m, band.to_m) for band in self.bands])
        return self


class SlopeCriterion(Criterion):
    """Friction by the slope of the seabed, as steep as the resolution of the data lets it appear."""

    bands: tuple[SlopeBand, ...]

    @model_validator(mode="after")
    def _bands_follow(self) -> Self:
        check_bands([(band.from_deg, band.to_deg) for band in self.bands])
        return self


class ShallowCriterion(Criterion):
    """Friction of shallow water away from the approaches to the landings."""

    limit_m: Positive
    approach_km: NotNegative
    friction: NotNegative


class HazardCriterion(Criterion):
    """Friction that falls linearly from a hazard to its reach."""

    friction: NotNegative
    reach_km: dict[HazardKind, Positive]


class EarthquakeCriterion(Criterion):
    """Friction by the density of epicentres."""

    bandwidth_km: Positive
    min_magnitude_mw: NotNegative
    friction: NotNegative


class UnknownCriterion(Criterion):
    """Friction where the depth is not known: insufficient information is never clear seabed."""

    friction: NotNegative


class Criteria(Model):
    """All criteria of the cost surface."""

    depth: DepthCriterion
    slope: SlopeCriterion
    shallow: ShallowCriterion
    hazards: HazardCriterion
    earthquakes: EarthquakeCriterion
    unknown: UnknownCriterion


class NoGo(Cited):
    """Buffers around hazards with ``no_go = true`` whose own ``buffer_m`` is empty."""

    default_buffer_m: dict[HazardKind, NotNegative]


class Cost(Cited):
    """What a kilometre of cable costs laid; friction steers the route but is not paid."""

    base_cost_usd_per_km: Positive


class KpInterval(Cited):
    """Distance between two KP marks."""

    interval_km: Positive


class Approach(Cited):
    """How far from the landing the first charted cell may lie."""

    max_km: Positive


class Rules(Model):
    """Engineering rules of the study."""

    kp_marks: KpInterval
    landing_approach: Approach


class RoutingRules(Cited):
    """How hard the router looks.

    ``proven``: search wherever a cheaper line could pass, and certify how much cheaper one could be at most.
    ``refinement``: march again around the line on cells so many times as fine; 1: not.
    """

    proven: bool = False
    refinement: Annotated[int, Field(ge=1, le=8)] = 1


class DirectionRules(Cited):
    """Cost by direction: dearer along the contours of a slope (side slope) than up and down it (in line)."""

    side_factor: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)]
    in_line_factor: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)] = 1.0
    full_slope_deg: Annotated[float, Field(gt=0, le=90, allow_inf_nan=False)]


class CorridorLimits(Cited):
    """Which near-optimal corridors are drawn: by how much the best line through a cell may be dearer, as a share."""

    excess_limits: tuple[Annotated[float, Field(gt=0, le=1)], ...]

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if not self.excess_limits:
            raise ValueError("excess_limits is empty: expected at least one, or no table [corridor]")
        for low, high in pairwise(self.excess_limits):
            if low >= high:
                raise ValueError(f"excess_limits has {low} before {high}: expected ascending limits")
        return self


class AlternativeRules(Cited):
    """How many alternatives are sought, and what makes them different: a distance over a share of their length."""

    count: Annotated[int, Field(ge=1, le=10)]
    min_separation_km: Positive
    min_share: Annotated[float, Field(gt=0, le=1)]


class Study(Model):
    """A whole study; without ``corridor`` or ``alternatives`` none is computed, without ``direction`` no direction is
    dearer than another, and without ``routing`` the router is at its fastest.
    """

    schema_version: Literal[1]
    study: Identity
    area: Area
    water_level: WaterLevel
    sources: Sources
    landings: tuple[Landing, ...]
    systems: Annotated[tuple[System, ...], Field(min_length=1)]
    cost: Cost
    criteria: Criteria
    no_go: NoGo
    rules: Rules
    routing: RoutingRules | None = None
    direction: DirectionRules | None = None
    corridor: CorridorLimits | None = None
    alternatives: AlternativeRules | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        check_unique("landings", [landing.id for landing in self.landings])
        check_unique("systems", [system.id for system in self.systems])
        known = {landing.id for landing in self.landings}
        for system in self.systems:
            for end in (system.from_landing, system.to_landing):
                if end not in known:
                    raise ValueError(
                        f"system `{system.id}` names the landing `{end}`, which is not among {sorted(known)}"
                    )
            if system.from_landing == system.to_landing:
                raise ValueError(f"system `{system.id}` begins and ends at the landing `{system.from_landing}`")
        for landing in self.landings:
            self._check_inside(landing)
        return self

    def _check_inside(self, landing: Landing) -> None:
        west, south, east, north = self.area.bounds
        lon, lat = landing.lon_deg, landing.lat_deg
        if west <= lon <= east and south <= lat <= north:
            return
        swapped = west <= lat <= east and south <= lon <= north
        hint = "longitude and latitude look swapped" if swapped else "move the landing or enlarge [area]"
        raise ValueError(
            f"landing `{landing.id}` at {lon}° E, {lat}° N lies outside the area {west}…{east}° E, "
            f"{south}…{north}° N: {hint}"
        )

    def landing(self, landing_id: str) -> Landing:
        """The landing of that id (validated to exist for every system)."""
        return next(landing for landing in self.landings if landing.id == landing_id)

    def select(self, system_ids: Sequence[str]) -> tuple[System, ...]:
        """The systems of these ids in the study's order; all of them when none is named.

        Raises
        ------
        StudyError
            When an id is not in the study.
        """
        if not system_ids:
            return self.systems
        known = [system.id for system in self.systems]
        for wanted in system_ids:
            if wanted not in known:
                raise StudyError(f"system `{wanted}` is not in the study: it has {', '.join(known)}")
        return tuple(system for system in self.systems if system.id in system_ids)


def check_bands(bands: Sequence[tuple[float, float]]) -> None:
    """Bands must be given, begin below where they end, and follow each other without gap or overlap."""
    if not bands:
        raise ValueError("no bands given: expected at least one")
    for low, high in bands:
        if low >= high:
            raise ValueError(f"the band {low}…{high} does not ascend")
    for (_, high), (low, _) in pairwise(bands):
        if high != low:
            raise ValueError(f"a band ends at {high} and the next begins at {low}: expected the same figure")


def check_unique(table: str, identifiers: Sequence[str]) -> None:
    """Identifiers may stand only once in a table."""
    twice = sorted({name for name in identifiers if list(identifiers).count(name) > 1})
    if twice:
        raise ValueError(f"{table} has the id `{twice[0]}` more than once")


def load_study(path: Path, overrides: Mapping[str, Any] | None = None) -> Study:
    """Read, override and validate a study file.

    Parameters
    ----------
    path
        A TOML file.
    overrides
        Dotted keys with new values, as of ``--set``: ``{"criteria.slope.weight": 2.0}``; a member of a list of
        tables is named by its id: ``landings.aktau.lon_deg``.

    Raises
    ------
    StudyError
        When the file cannot be read, is not TOML, or does not describe a study; the message names every key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
        raise StudyError(f"study file {path} cannot be read: {reason}. Give the path of a TOML file") from exc
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise StudyError(f"study file {path} is not valid TOML: {exc}") from exc
    for key, value in (overrides or {}).items():
        apply_override(tables, key, value)
    try:
        return Study.model_validate_json(json.dumps(tables, default=str))
    except ValidationError as exc:
        raise StudyError(f"study file {path}: {explain(exc)}") from exc


def apply_override(tables: dict[str, Any], dotted_key: str, value: Any) -> None:
    """Put ``value`` in the place of a key that the study already has or may have; changes ``tables``.

    Raises
    ------
    StudyError
        When a table on the way to the key does not exist.
    """
    *way, last = dotted_key.split(".")
    place: Any = tables
    for depth, name in enumerate(way):
        place = _step_into(place, name)
        if not isinstance(place, dict | list):
            found = ".".join(way[: depth + 1])
            raise StudyError(f"--set {dotted_key}: the study has no table `{found}`")
    if not isinstance(place, dict):
        raise StudyError(f"--set {dotted_key}: `{'.'.join(way)}` is a list: name a member by its id, then a key")
    place[last] = value


def _step_into(place: Any, name: str) -> Any:
    if isinstance(place, list):
        return next((item for item in place if isinstance(item, dict) and item.get("id") == name), None)
    return place.get(name)


def parse_override(text: str) -> tuple[str, Any]:
    """``KEY=VALUE`` of the command line; the value is read as TOML and, failing that, as text.

    Raises
    ------
    StudyError
        When there is no ``=`` or no key.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise StudyError(f"--set {text}: expected KEY=VALUE, for example criteria.slope.weight=2.0")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value


def explain(error: ValidationError) -> str:
    """All that is wrong, one sentence each: the key, what was found, what was expected."""
    sentences = []
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"]) or "the study"
        if item["type"] == "missing":
            sentences.append(f"`{key}` is missing")
        elif item["type"] == "extra_forbidden":
            sentences.append(f"`{key}` is not a key of a study: remove it or correct its name")
        elif item["type"] == "value_error":
            sentences.append(f"`{key}`: {item['ctx']['error']}")
        else:
            sentences.append(f"`{key}` is {_brief(item['input'])}: {item['msg'][:1].lower()}{item['msg'][1:]}")
    return "; ".join(sentences)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def study_schema() -> dict[str, Any]:
    """JSON schema of a study file, for editors."""
    return Study.model_json_schema()
