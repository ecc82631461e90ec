"""The study file: what is wanted, as frozen models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, PrivateAttr, StringConstraints, model_validator

from transcaspian.core.errors import StudyError
from transcaspian.core.grid import Grid
from transcaspian.core.second_crs import second_crs
from transcaspian.core.vocabulary import CableKind, CableState, HazardKind
from transcaspian.study.agreement import Contradiction, rule_contradictions
from transcaspian.study.base import (
    Cited,
    Identifier,
    Latitude,
    Longitude,
    Model,
    NotNegative,
    PlainText,
    Positive,
    Text,
    check_bands,
    check_unique,
)
from transcaspian.study.constraint_tables import AnyConstraint, BarrierConstraint
from transcaspian.study.depth_tables import DEPTH_MODEL_DEFAULTS, DepthModelRules
from transcaspian.study.document_tables import Document
from transcaspian.study.engineering_tables import Engineering
from transcaspian.study.own_line import Adoption, OwnLine, Remark, ViaRules
from transcaspian.study.price_tables import Prices
from transcaspian.study.published import PublishedFigure
from transcaspian.study.review_limits import REVIEW_DEFAULTS, ReviewRules
from transcaspian.study.seabed_tables import DEFAULT_FUSION, SEABED, SeabedFusion, SeabedRef, Seabeds
from transcaspian.study.source_ref import SourceRef

MAX_GRID_CELLS = 200_000_000
DEEPEST_SEA_M = 11_100.0
"""No sea is deeper: the Challenger Deep is some 10,930 m."""
TableT = TypeVar("TableT", bound=Model)


class Contact(Model):
    """Whom to ask about the outputs.

    Attributes
    ----------
    organisation
        Name.
    email, url
        Not given: none is published.
    """

    organisation: Text
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None


class Identity(Model):
    """Who this study is; licence and contact go into the metadata of what it publishes.

    Attributes
    ----------
    id
        Names the folder of its runs and its GeoPackage.
    title, description
        In the report and in the metadata.
    revision
        Of the study, as its author counts.
    licence
        Of the outputs.
    contact
        Whom to ask.
    """

    id: Identifier
    title: Text
    revision: Text
    description: PlainText = ""
    licence: Text | None = None
    contact: Contact | None = None


class Area(Cited):
    """Extent of the study and the step of its grid.

    Attributes
    ----------
    west_deg, east_deg
        Longitudes of the extent, degrees, east positive.
    south_deg, north_deg
        Latitudes of the extent, degrees, north positive.
    grid_step_arcsec
        Side of a cell of the grid, seconds of arc.
    max_depth_m
        The deepest that the sea in it can be, m, positive down; a seabed that is deeper is refused.
    """

    west_deg: Longitude
    south_deg: Latitude
    east_deg: Longitude
    north_deg: Latitude
    grid_step_arcsec: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)]
    max_depth_m: Positive | None = None

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
    """The level that every depth of the study is measured from.

    Attributes
    ----------
    level_m_msl
        Height above mean sea level, m, positive up.
    epoch
        Year or period of that level.
    """

    level_m_msl: Annotated[float, Field(ge=-500, le=500, allow_inf_nan=False)]
    epoch: Text


class Sea(Cited):
    """Where ``area.max_depth_m`` stood before; read for one more version, with a note.

    Attributes
    ----------
    max_depth_m
        Old place of ``area.max_depth_m``.
    """

    max_depth_m: Positive


class Sources(Model):
    """The data sets of the study by their role; those without a default must be given.

    Attributes
    ----------
    seabed
        Depths or elevations; one data set or several.
    shoreline
        Land areas or coastlines, that divide water from land.
    cables
        Cables and pipelines.
    hazards
        Mud volcanoes, platforms, fields, wrecks and the like.
    earthquakes
        Catalogue of epicentres with magnitudes.
    borders
        A point for each pair of states, where the border on land meets the shore; the waters are divided from there.
    sectors
        Areas of the states' waters, where they are given.
    states
        Outlines of states, at which legs of the network on land are cut.
    agreed_lines
        Lines between sectors that states agreed.
    islands
        Land that the shoreline does not have.
    """

    seabed: Seabeds
    shoreline: SourceRef
    cables: SourceRef | None = None
    hazards: SourceRef | None = None
    earthquakes: SourceRef | None = None
    borders: SourceRef | None = None
    sectors: SourceRef | None = None
    states: SourceRef | None = None
    agreed_lines: SourceRef | None = None
    islands: SourceRef | None = None

    def by_role(self) -> dict[str, SourceRef]:
        """The data sets that are given, in a fixed order; several seabeds as ``seabed.<name>``."""
        roles = (
            "shoreline",
            "cables",
            "hazards",
            "earthquakes",
            "borders",
            "sectors",
            "states",
            "agreed_lines",
            "islands",
        )
        return {**self.seabeds, **{role: ref for role in roles if (ref := getattr(self, role)) is not None}}

    @property
    def seabeds(self) -> dict[str, SeabedRef]:
        """The seabeds by their roles, the lowest first."""
        if isinstance(self.seabed, SeabedRef):
            return {SEABED: self.seabed}
        return {f"{SEABED}.{ref.name}": ref for ref in sorted(self.seabed, key=lambda ref: ref.priority)}


class Place(Cited):
    """A position ashore.

    Attributes
    ----------
    lon_deg, lat_deg
        Degrees east and north, WGS 84.
    height_m_msl
        Of the ground there, m above mean sea level, positive up.
    """

    lon_deg: Longitude
    lat_deg: Latitude
    height_m_msl: Annotated[float, Field(ge=-500, le=9000, allow_inf_nan=False)] | None = None


class Landing(Cited):
    """A place where a system comes ashore; the pipeline snaps it to the shoreline.

    Attributes
    ----------
    id
        Short name, unique among the landings.
    name
        What people read.
    country
        ISO 3166-1 alpha-2 code.
    lon_deg, lat_deg
        Degrees east and north, WGS 84; it is moved to the shoreline.
    max_snap_km
        How far it may be moved.
    island
        Whether it is on the shore of an island. Without, it is on that of the mainland, or of the island that its
        position lies on.
    beach_manhole, cable_station
        Where they are, if that is known; they do not move with the water level.
    """

    id: Identifier
    name: Text
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    lon_deg: Longitude
    lat_deg: Latitude
    max_snap_km: Positive
    island: bool = False
    beach_manhole: Place | None = None
    cable_station: Place | None = None


class Lay(Cited):
    """How a system is to be laid: from which of its landings, and with how many pairs of fibres.

    Attributes
    ----------
    from_landing
        Where laying begins.
    fibre_pairs
        Of the cable.
    """

    from_landing: Identifier | None = None
    fibre_pairs: Annotated[int, Field(gt=0)] | None = None


class PublishedLength(Cited):
    """Where a figure of ``[[published]]`` stood before; read for one more version, with a note.

    Attributes
    ----------
    length_km
        As published.
    remarks
        What else a reader should know.
    """

    length_km: Positive
    remarks: str = ""


class System(OwnLine):
    """A cable between two landings, whose line is the router's but for what `OwnLine` says.

    Attributes
    ----------
    id
        Short name, unique among the systems; names its files and the rows of its layers.
    name
        What people read.
    from_landing, to_landing
        Ids of the landings at KP 0 and at the end.
    published
        Old place of a figure of ``[[published]]``.
    own_assets
        Features of ``sources.cables`` that are this very system, as published: the route replaces them.
    coexists_with
        Systems that it is built together with; not given, it is with every other.
    alternative_of
        The system whose link it is another plan of: of the two only one is built.
    diverse_from
        Cables that it must not share a fate with, by their ids or those of constraints: it follows none.
    lay
        How it is to be laid.
    """

    id: Identifier
    name: Text
    from_landing: Identifier
    to_landing: Identifier
    published: PublishedLength | None = None
    own_assets: tuple[Text, ...] = ()
    coexists_with: tuple[Identifier, ...] | None = None
    alternative_of: Identifier | None = None
    diverse_from: tuple[Text, ...] = ()
    lay: Lay | None = None


class DepthBand(Model):
    """Friction of a range of water depths.

    Attributes
    ----------
    from_m, to_m
        Water depth, m, positive down; the first is included.
    friction
        Added to each metre there, 0 or more.
    """

    from_m: NotNegative
    to_m: Positive
    friction: NotNegative


class SlopeBand(Model):
    """Friction of a range of slopes of the seabed.

    Attributes
    ----------
    from_deg, to_deg
        Slope of the seabed; the first is included.
    friction
        Added to each metre there, 0 or more.
    """

    from_deg: NotNegative
    to_deg: Annotated[float, Field(gt=0, le=90, allow_inf_nan=False)]
    friction: NotNegative


class Criterion(Cited):
    """What adds friction to a metre of cable; ``weight`` 0 switches it off.

    Friction is added to each metre of cable: 1 doubles its weighted length.

    Attributes
    ----------
    weight
        Times the friction; 0 switches it off.
    """

    weight: NotNegative


class DepthCriterion(Criterion):
    """Friction by water depth.

    Attributes
    ----------
    bands
        Ranges of depth, which follow each other without gap.
    """

    bands: tuple[DepthBand, ...]

    @model_validator(mode="after")
    def _bands_follow(self) -> Self:
        check_bands([(band.from_m, band.to_m) for band in self.bands])
        return self


class SlopeCriterion(Criterion):
    """Friction by the slope of the seabed, as steep as the resolution of the data lets it appear.

    Attributes
    ----------
    bands
        Ranges of slope, which follow each other without gap.
    """

    bands: tuple[SlopeBand, ...]

    @model_validator(mode="after")
    def _bands_follow(self) -> Self:
        check_bands([(band.from_deg, band.to_deg) for band in self.bands])
        return self


class ShallowCriterion(Criterion):
    """Friction of shallow water away from the approaches to the landings.

    Attributes
    ----------
    limit_m
        Shallower water than this has the friction, m.
    approach_km
        Within this distance of a landing it has none.
    friction
        Added to each metre there, 0 or more.
    """

    limit_m: Positive
    approach_km: NotNegative
    friction: NotNegative


class HazardCriterion(Criterion):
    """Friction that falls linearly from a hazard to its reach.

    Attributes
    ----------
    friction
        At the hazard.
    reach_km
        Distance at which the friction has fallen to 0, by kind of hazard.
    """

    friction: NotNegative
    reach_km: dict[HazardKind, Positive]


class EarthquakeCriterion(Criterion):
    """Friction by the density of epicentres.

    Attributes
    ----------
    bandwidth_km
        Standard deviation of the kernel around each epicentre.
    min_magnitude_mw
        Weaker earthquakes do not count.
    friction
        Where the density is highest; in proportion elsewhere.
    """

    bandwidth_km: Positive
    min_magnitude_mw: NotNegative
    friction: NotNegative


class UnknownCriterion(Criterion):
    """Friction where the depth is not known: insufficient information is never clear seabed.

    Attributes
    ----------
    friction
        Added to each metre there, 0 or more.
    """

    friction: NotNegative


class CrossingCriterion(Criterion):
    """What a crossing of another cable or pipeline costs straight across, in kilometres of clear seabed, by kind.

    Attributes
    ----------
    price_km
        Price of one crossing, as km of clear seabed, by kind of asset.
    states
        States of assets whose crossing has a price.
    free_radius_km
        Within this distance of a landing nothing is charged.
    """

    price_km: dict[CableKind, NotNegative]
    states: tuple[CableState, ...]
    free_radius_km: NotNegative


class Criteria(Model):
    """All criteria of the cost surface.

    Attributes
    ----------
    depth
        Friction by water depth.
    slope
        Friction by slope.
    shallow
        Friction of shallow water.
    hazards
        Friction near hazards.
    earthquakes
        Friction by density of epicentres.
    unknown
        Friction where the depth is not known.
    crossings
        Price of crossing other cables and pipelines.
    """

    depth: DepthCriterion
    slope: SlopeCriterion
    shallow: ShallowCriterion
    hazards: HazardCriterion
    earthquakes: EarthquakeCriterion
    unknown: UnknownCriterion
    crossings: CrossingCriterion | None = None


class NoGo(Cited):
    """Buffers around hazards with ``no_go = true`` whose own ``buffer_m`` is empty.

    Attributes
    ----------
    default_buffer_m
        Distance that the line keeps, m, by kind of hazard.
    """

    default_buffer_m: dict[HazardKind, NotNegative]


class KnownHazards(Cited):
    """How many hazards of a kind are published as known in a region, and which of them the data set holds.

    Attributes
    ----------
    region
        Where they are, in words.
    kind
        Of hazard.
    count
        How many are published as known.
    in_data
        Ids of those that the data set holds. The others have no position, so no analysis counts them, and a finding
        says so.
    """

    region: Text
    kind: HazardKind
    count: Annotated[int, Field(ge=1)]
    in_data: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _holds_no_more_than_are_known(self) -> Self:
        check_unique("known_hazards.in_data", list(self.in_data))
        if len(self.in_data) > self.count:
            raise ValueError(f"{len(self.in_data)} ids stand in `in_data`, of {self.count} that are known")
        return self


class Cost(Cited):
    """What a kilometre of route costs laid, for ``cost_usd`` alone; every other cost is of `[prices]`.

    Attributes
    ----------
    base_cost_usd_per_km
        USD for each km of route.
    """

    base_cost_usd_per_km: Positive


class KpInterval(Cited):
    """Distance between two KP marks.

    Attributes
    ----------
    interval_km
        Between two marks.
    """

    interval_km: Positive


class LandingApproach(Cited):
    """How far from the landing the first charted cell may lie.

    Attributes
    ----------
    max_km
        From the landing to the first cell of known depth.
    """

    max_km: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


class Rules(Model):
    """Engineering rules of the study.

    Attributes
    ----------
    kp_marks
        Distance between marks.
    landing_approach
        How a route leaves the shore.
    via
        How near a line passes a via point.
    """

    kp_marks: KpInterval
    landing_approach: LandingApproach
    via: ViaRules | None = None


DEFAULT_MAX_GAP = 0.25
"""Of a study that says nothing of it: ASSUMED, above what coarse blocks cost on the studies here."""


class RoutingRules(Cited):
    """How hard the router looks.

    Attributes
    ----------
    proven
        Search wherever a cheaper line could pass, and certify how much cheaper one could be at most.
    refinement
        March again around the line on cells so many times as fine; 1: not.
    max_gap
        A run says so where a line could be cheaper than the published one by more than this share, as far as is
        certain.
    """

    proven: bool = False
    refinement: Annotated[int, Field(ge=1, le=8)] = 1
    max_gap: Annotated[float, Field(gt=0, allow_inf_nan=False)] = DEFAULT_MAX_GAP


class DirectionRules(Cited):
    """Cost by direction: more along the contours of a slope (side slope) than up and down it (in line).

    Attributes
    ----------
    side_factor
        Times the cost along the contours of a steep slope.
    in_line_factor
        Times the cost up and down it.
    full_slope_deg
        From this slope on the factors are whole; they grow with the slope up to it.
    """

    side_factor: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)]
    in_line_factor: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)] = 1.0
    full_slope_deg: Annotated[float, Field(gt=0, le=90, allow_inf_nan=False)]


class CostTolerance(Cited):
    """Which zones are drawn: by how much the best line through a cell may cost more than the route, as a share.

    Attributes
    ----------
    excess_limits
        Shares of the route's cost, ascending: 0.05 draws the zone of lines that cost up to 5 % more.
    """

    excess_limits: tuple[Annotated[float, Field(gt=0, le=1)], ...]

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if not self.excess_limits:
            raise ValueError("excess_limits is empty: expected at least one, or no table [cost_tolerance]")
        for low, high in pairwise(self.excess_limits):
            if low >= high:
                raise ValueError(f"excess_limits has {low} before {high}: expected ascending limits")
        return self


class AlternativeRules(Cited):
    """How many alternatives are sought, and what makes them different: a distance over a share of their length.

    Attributes
    ----------
    count
        How many.
    min_separation_km
        How far apart two lines must be.
    min_share
        Over which share of their length.
    """

    count: Annotated[int, Field(ge=1, le=10)]
    min_separation_km: Positive
    min_share: Annotated[float, Field(gt=0, le=1)]


class LimitRules(Model):
    """How much of a data file is read at most: a file that holds more is refused before it fills memory or disk.

    Attributes
    ----------
    max_file_mb
        Size of a file.
    max_features
        Of a layer.
    max_vertices
        Of a layer, of all its features.
    max_raster_cells
        Of a raster.
    max_read_s
        How long reading may take for each 100 MB of the file.
    max_read_mb
        How much memory reading may take.
    """

    max_file_mb: Positive = 8_000.0
    max_features: Annotated[int, Field(ge=1)] = 1_000_000
    max_vertices: Annotated[int, Field(ge=1)] = 50_000_000
    max_raster_cells: Annotated[int, Field(ge=1)] = 400_000_000
    max_read_s: Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)] = 120.0
    max_read_mb: Annotated[float, Field(ge=100, le=1e7, allow_inf_nan=False)] = 8_000.0


class Study(Model):
    """A whole study; tables of further questions are those that analyses register (`study.whole`).

    Without ``cost_tolerance`` or ``alternatives`` none is computed, without ``direction`` all directions cost the same,
    without ``routing`` the router is at its fastest, without ``engineering`` the route is the path that the router
    found, with no Route Position List, and without ``review`` its defaults hold.

    Attributes
    ----------
    schema_version
        Of the format of the study file.
    study
        Id, title and revision.
    area
        Extent and grid.
    water_level
        Level that every depth is measured from.
    sea
        Old place of ``area.max_depth_m``.
    depth_model
        How depths are joined between data, and their error.
    sources
        Data sets by role.
    landings
        Places where systems come ashore.
    systems
        Cables to route, each between two landings.
    cost
        Price of a km of route.
    prices
        Cost book.
    criteria
        What adds friction to a metre.
    no_go
        Buffers around closed hazards.
    known_hazards
        How many hazards are known that the data may lack.
    seabed_fusion
        How several seabeds become one.
    constraints
        Further layers, and what they mean to the line.
    rules
        Rules of marks, landings and via points.
    routing
        How hard the router looks.
    direction
        Cost by direction on slopes.
    cost_tolerance
        Zones of lines that cost little more.
    alternatives
        Other lines between the same landings.
    engineering
        Rules that make a path a route.
    published
        Figures that others published, shown beside ours.
    remarks
        What people say of places.
    adopted
        Who adopted edited lines, and when.
    review
        How much a run may change and be published unseen.
    limits
        How much of a data file is read.
    document
        Who the desktop study is for and by.

    Examples
    --------
    >>> from transcaspian.study import load_study
    >>> study = load_study("studies/trans_caspian.toml")
    >>> study.water_level.level_m_msl, study.landing("siyazan").country
    (-29.5, 'AZ')
    """

    schema_version: Literal[1]
    study: Identity
    area: Area
    water_level: WaterLevel
    sea: Sea | None = None
    depth_model: DepthModelRules = DEPTH_MODEL_DEFAULTS
    sources: Sources
    landings: tuple[Landing, ...]
    systems: Annotated[tuple[System, ...], Field(min_length=1)]
    cost: Cost
    prices: Prices | None = None
    criteria: Criteria
    no_go: NoGo
    known_hazards: tuple[KnownHazards, ...] = ()
    seabed_fusion: SeabedFusion | None = None
    constraints: tuple[AnyConstraint, ...] = ()
    rules: Rules
    routing: RoutingRules | None = None
    direction: DirectionRules | None = None
    cost_tolerance: CostTolerance | None = None
    alternatives: AlternativeRules | None = None
    engineering: Engineering | None = None
    published: tuple[PublishedFigure, ...] = ()
    remarks: tuple[Remark, ...] = ()
    adopted: tuple[Adoption, ...] = ()
    review: ReviewRules = REVIEW_DEFAULTS

    limits: LimitRules = LimitRules()
    document: Document | None = None
    _old_names: tuple[str, ...] = PrivateAttr(())

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
            self._check_lay(system)
            self._check_coexists(system)
            self._check_alternative(system)
            self._check_apart(system)
        for landing in self.landings:
            self._check_inside(landing)
        self._check_levels()
        self._check_constraints()
        self._check_lists()
        return self

    def _check_constraints(self) -> None:
        check_unique("constraints", [constraint.id for constraint in self.constraints])
        for constraint in self.constraints:
            if constraint.id in type(self.criteria).model_fields:
                raise ValueError(f"a constraint has the id `{constraint.id}`, which is a criterion's: give it another")
            if constraint.from_source is not None and getattr(self.sources, constraint.from_source) is None:
                raise ValueError(
                    f"constraint `{constraint.id}` takes its features from sources.{constraint.from_source}, which the "
                    "study does not have: name that data set, or give the constraint `data` of its own"
                )

    def _check_lay(self, system: System) -> None:
        ends = (system.from_landing, system.to_landing)
        if system.lay and system.lay.from_landing not in (None, *ends):
            raise ValueError(
                f"system `{system.id}` is laid from `{system.lay.from_landing}`: expected one of its landings, "
                f"`{ends[0]}` or `{ends[1]}`"
            )

    def _check_lists(self) -> None:
        """What the Route Position Lists are to say can be said."""
        if self.engineering is None:
            return
        given = [landing.id for landing in self.landings if landing.beach_manhole or landing.cable_station]
        if given and self.engineering.land_tail is None:
            raise ValueError(
                f"landing `{given[0]}` gives a beach manhole or a cable station, but the study has no table "
                "[engineering.land_tail]: it says how the cable lies ashore"
            )
        if self.engineering.rpl.second_crs:
            second_crs(self.engineering.rpl.second_crs, self.area.bounds)

    def _check_coexists(self, system: System) -> None:
        others = [other.id for other in self.systems if other.id != system.id]
        for name in system.coexists_with or ():
            if name not in others:
                what = "itself" if name == system.id else "no system of the study"
                raise ValueError(
                    f"system `{system.id}` names `{name}` in coexists_with, which is {what}: expected some of "
                    f"{', '.join(others) or 'none, for it is the only system'}"
                )

    def _check_alternative(self, system: System) -> None:
        if system.alternative_of is None:
            return
        key = f"system `{system.id}` is alternative_of `{system.alternative_of}`"
        plan = next((other for other in self.systems if other.id == system.alternative_of), None)
        if plan is None or plan.id == system.id:
            others = ", ".join(other.id for other in self.systems if other.id != system.id)
            raise ValueError(
                f"{key}, which is {'itself' if plan else 'no system of the study'}: expected one of {others}"
            )
        if plan.alternative_of is not None:
            raise ValueError(f"{key}, itself an alternative of `{plan.alternative_of}`: name that one")
        if plan.id in (system.coexists_with or ()) or system.id in (plan.coexists_with or ()):
            raise ValueError(f"{key} and coexists_with says that both are built: remove one of the two keys")

    def _check_apart(self, system: System) -> None:
        begin, end = self.landing(system.from_landing), self.landing(system.to_landing)
        if (begin.lon_deg, begin.lat_deg) == (end.lon_deg, end.lat_deg):
            raise ValueError(
                f"system `{system.id}` begins and ends at {begin.lon_deg}° E, {begin.lat_deg}° N: the landings "
                f"`{begin.id}` and `{end.id}` are one place"
            )

    def _check_levels(self) -> None:
        levels = self.engineering.water_levels if self.engineering else None
        declared_m_msl = self.water_level.level_m_msl
        if levels is not None and not levels.below(declared_m_msl):
            raise ValueError(
                f"engineering.water_levels has {levels.levels_m_msl[0]:g} m and no level at or below the declared "
                f"{declared_m_msl:g} m: the land that a higher sea would flood is not in the depth model"
            )

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

    def built_with(self, system: System) -> tuple[System, ...]:
        """The other systems that are built together with one: either names the other in ``coexists_with``.

        One without the key names every other. Plans of one link are never built together. All else are alternatives of
        it.
        """

        def names(one: System, other: System) -> bool:
            return one.coexists_with is None or other.id in one.coexists_with

        def is_one_link(one: System, other: System) -> bool:
            return (one.alternative_of or one.id) == (other.alternative_of or other.id)

        return tuple(
            other
            for other in self.systems
            if not is_one_link(system, other) and (names(system, other) or names(other, system))
        )

    def built_pairs(self, systems: Sequence[System]) -> list[tuple[System, System]]:
        """Those of some systems that are built together, each pair once, in their order."""
        return [pair for pair in combinations(systems, 2) if pair[1] in self.built_with(pair[0])]

    def alternative_of(self, system: System) -> str:
        """The system that one is an alternative of: as it says, else the first before it that it is never built with.

        Empty: of none.
        """
        if system.alternative_of is not None:
            return system.alternative_of
        together = {other.id for other in self.built_with(system)}
        before = self.systems[: [one.id for one in self.systems].index(system.id)]
        shared = {system.from_landing, system.to_landing}
        return next(
            (
                one.id
                for one in before
                if one.id not in together and one.alternative_of is None and shared & {one.from_landing, one.to_landing}
            ),
            "",
        )

    def alternatives_of(self, system_id: str) -> tuple[str, ...]:
        """Ids of the systems that one is not built together with."""
        system = next(one for one in self.systems if one.id == system_id)
        together = {system_id, *(other.id for other in self.built_with(system))}
        return tuple(other.id for other in self.systems if other.id not in together)

    @property
    def fusion(self) -> SeabedFusion:
        """How several seabeds become one."""
        return self.seabed_fusion or DEFAULT_FUSION

    @property
    def max_depth_m(self) -> float:
        """The deepest that the sea can be below its level: what lies deeper in the seabed is none of it."""
        return self.area.max_depth_m or (self.sea.max_depth_m if self.sea else DEEPEST_SEA_M)

    @property
    def old_names(self) -> tuple[str, ...]:
        """What to tell the user of each old name of `core.old_names` in its file; the study has the new ones."""
        return self._old_names

    @property
    def renamed_keys(self) -> tuple[str, ...]:
        """Keys of an earlier version that it has and that now stand elsewhere, each with what to write."""
        return (
            *self._old_sea(),
            *self._old_depth_error(),
            *self._old_lengths(),
            *(old for table in self.tables for old in table.renamed_keys),
        )

    def _old_sea(self) -> Iterator[str]:
        if self.sea is not None:
            unread = "" if self.area.max_depth_m is None else ", and not read, for [area] has one"
            yield (
                f"[sea] max_depth_m is an old key{unread}: write max_depth_m = {self.max_depth_m:g} in [area] and "
                "remove [sea], which the next version refuses"
            )

    def _old_depth_error(self) -> Iterator[str]:
        if self.engineering is not None and self.engineering.rpl.depth_error is not None:
            yield (
                "[engineering.rpl.depth_error] is an old key, and not read: lists print depths to the error of the "
                "depth model; write its figures in [depth_model.source_error] and remove it, for the next version "
                "refuses it"
            )

    def _old_lengths(self) -> Iterator[str]:
        for system in self.systems:
            if system.published is not None:
                yield (
                    f"systems.{system.id}.published is an old key: write a [[published]] with quantity = "
                    f'"length_km", value = {system.published.length_km:g} and of = ["{system.id}"], and remove it; the '
                    "next version refuses it"
                )

    @property
    def tables(self) -> tuple[AnalysisTable, ...]:
        """The tables of further questions that it has."""
        return tuple(table for _, table in self if isinstance(table, AnalysisTable))

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Rules that contradict each other or their source."""
        of_tables = (found for table in self.tables for found in table.contradictions(self))
        return (*(rule_contradictions(self.engineering) if self.engineering else ()), *of_tables)

    @property
    def published_figures(self) -> tuple[PublishedFigure, ...]:
        """Every published figure, also those that stand under old keys."""
        lengths = (
            PublishedFigure(
                id=f"length-{system.id}",
                what=f"length of {system.name}",
                quantity="length_km",
                value=system.published.length_km,
                of=(system.id,),
                **system.published.model_dump(include={"remarks", "source", "status"}),
            )
            for system in self.systems
            if system.published is not None
        )
        figures = (*lengths, *(figure for table in self.tables for figure in table.published_figures))
        return (*self.published, *figures)

    @property
    def data_sets(self) -> dict[str, SourceRef]:
        """Every data set of the study: by its role, as ``constraints.<id>``, of an analysis as ``<name>.<key>``."""
        own = {f"constraints.{one.id}": one.data for one in self.constraints if one.data is not None}
        of_tables = {
            f"{name}.{key}": ref
            for name, table in self
            if isinstance(table, AnalysisTable)
            for key, ref in table.data_sets.items()
        }
        return self.sources.by_role() | own | of_tables

    @property
    def barriers(self) -> tuple[BarrierConstraint, ...]:
        """The constraints that close water."""
        return tuple(one for one in self.constraints if isinstance(one, BarrierConstraint))

    @property
    def diverse_from(self) -> dict[str, tuple[str, ...]]:
        """What systems must not follow, by their ids; only those that ask."""
        return {system.id: system.diverse_from for system in self.systems if system.diverse_from}

    @property
    def weights(self) -> dict[str, float]:
        """The weights of all that adds to the cost: criteria by name, constraints by id, and what analyses add."""
        criteria = {name: table.weight for name, table in self.criteria if table is not None}
        constraints = {one.id: one.weight for one in self.constraints if hasattr(one, "weight")}
        return criteria | constraints | {name: weight for one in self.tables for name, weight in one.steers.items()}

    def with_weights(self, weights: Mapping[str, float]) -> Self:
        """The study with other weights of some of what adds to the cost."""
        criteria = {
            name: table.model_copy(update={"weight": weights[name]}) for name, table in self.criteria if name in weights
        }
        constraints = tuple(
            one.model_copy(update={"weight": weights[one.id]}) if one.id in weights else one for one in self.constraints
        )
        tables = {name: table.with_steering(weights) for name, table in self if isinstance(table, AnalysisTable)}
        update = {"criteria": self.criteria.model_copy(update=criteria), "constraints": constraints, **tables}
        return self.model_copy(update=update)

    def weight_key(self, name: str) -> str:
        """The dotted key of a weight, as of ``--set``."""
        for table_name, table in self:
            if isinstance(table, AnalysisTable) and name in table.steers:
                return f"{table_name}.steering.{name}.weight"
        return f"{'criteria' if name in type(self.criteria).model_fields else 'constraints'}.{name}.weight"

    @property
    def steered_by(self) -> tuple[str, ...]:
        """The tables of analyses that add to the cost, by their names: those with a weight over 0."""
        return tuple(name for name, table in self if isinstance(table, AnalysisTable) and any(table.steers.values()))

    @property
    def sketches(self) -> frozenset[str]:
        """Features of ``sources.cables`` that are systems of the study: routes replace them."""
        return frozenset(asset_id for system in self.systems for asset_id in system.own_assets)

    def table(self, kind: type[TableT]) -> TableT | None:
        """The table of a class, its own or that of an analysis; None where the study has none."""
        return next((value for _, value in self if type(value) is kind), None)

    def required_table(self, kind: type[TableT]) -> TableT:
        """The table of a class.

        Raises
        ------
        StudyError
            When the study has none.
        """
        found = self.table(kind)
        if found is None:
            raise StudyError(f"the study has no table with {kind.__name__}")
        return found

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


class AnalysisTable(Model):
    """The table of an analysis, which knows what it asks of the rest of the study."""

    def check_study(self, study: Study) -> None:
        """Refuse, by a `ValueError`, what does not fit the rest of the study."""

    def contradictions(self, study: Study) -> Iterator[Contradiction]:
        """What fits, and says something else than the rest of the study."""
        yield from ()

    @property
    def summary(self) -> str:
        """How much there is of it, for `transcaspian check`; empty: nothing to count."""
        return ""

    @property
    def data_sets(self) -> Mapping[str, SourceRef]:
        """Files of its own, by a key that is unique in it: it says how they are read (`core.registry.Wing.readers`)."""
        return {}

    @property
    def steers(self) -> Mapping[str, float]:
        """The weights of what it adds to the cost of a metre, by a name that nothing else that adds to it has.

        They stand in the study as ``<table>.steering.<name>.weight``.
        """
        return {}

    def with_steering(self, weights: Mapping[str, float]) -> Self:
        """The same with other weights of some of these; other names are not its own."""
        return self

    @property
    def subjects(self) -> tuple[str, ...]:
        """Ids of what published figures may speak of, beside the systems."""
        return ()

    @property
    def published_figures(self) -> tuple[PublishedFigure, ...]:
        """Published figures that stand in it under an old key."""
        return ()

    @property
    def renamed_keys(self) -> tuple[str, ...]:
        """Keys of an earlier version that it has, each with what to write now."""
        return ()
