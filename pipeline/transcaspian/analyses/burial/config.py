"""The table ``[burial]`` of a study: traffic, ships, soil, tools, and what else reaches down to a cable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from transcaspian.core.vocabulary import BurialMethod, Status
from transcaspian.study.base import (
    Cited,
    Identifier,
    Latitude,
    Longitude,
    Model,
    NotNegative,
    Positive,
    Text,
    check_unique,
)
from transcaspian.study.engineering_tables import Slope
from transcaspian.study.schema import AnalysisTable, Criterion, Study
from transcaspian.study.source_ref import SourceRef

if TYPE_CHECKING:
    from transcaspian.study.constraint_tables import Constraint

HOURS_PER_YEAR = 8760.0
"""The year of every rate here: that of the method, 365 days."""
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
ThreatCause = Literal["fishing", "ice", "mobility", "dredging"]
THREAT_CAUSES: tuple[ThreatCause, ...] = ("fishing", "ice", "mobility", "dredging")
STEERING = ("anchor_strikes", "burial_cost", "unburiable")
"""What it may add to the cost of a metre; no criterion or constraint is called so."""
DENSITY_UNITS = {"h/km2/year": 1.0, "h/km2/month": 12.0}
STRENGTH_UNITS = {"kPa": 1.0, "MPa": 1000.0}


class Figure(Cited):
    """A figure with a source and a status of its own, where those of its table are not true of it.

    Attributes
    ----------
    value
        In the unit of the key.
    """

    value: NotNegative


Stated = NotNegative | Figure
"""A figure as a number, with the source and status of its table, or as ``{ value = 15.0, source = "...", ... }``."""


def value_of(figure: float | Figure | None) -> float | None:
    """The number of a figure; None where it is not given."""
    return figure.value if isinstance(figure, Figure) else figure


class IncidentRule(Cited):
    """How often a ship must let an anchor go.

    Attributes
    ----------
    per_ship_year
        For each ship and year of 8,760 h under way.
    """

    per_ship_year: NotNegative


class ReachRule(Cited):
    """The chance that an anchor that is let go reaches the seabed and holds, by water depth over length of chain.

    It falls linearly between the two figures.

    Attributes
    ----------
    full_to_chain
        Up to this water depth, as a share of the chain of a ship, the chance is 1.
    none_from_chain
        From this one on it is 0.
    """

    full_to_chain: Share
    none_from_chain: Annotated[float, Field(gt=0, le=1)]

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if self.full_to_chain >= self.none_from_chain:
            raise ValueError(
                f"full_to_chain {self.full_to_chain:g} is not less than none_from_chain {self.none_from_chain:g}"
            )
        return self


class DragRule(Cited):
    """How far a ship drags its anchor: ``factor · m · v² / UHC``, of the ship's mass, speed and the holding capacity.

    Attributes
    ----------
    factor
        Of the equation, without unit.
    exposure_lengths
        On how many lengths of drag of its track a ship can hit the cable. 1: the anchor follows the ship, so on the
        last one before it crosses; 2: a stopped ship may drift either way.
    """

    factor: Positive
    exposure_lengths: Annotated[float, Field(ge=1, le=2)] = 1.0


class AnchorRule(Cited):
    """What is not read of an anchor by its mass: its fluke is ``fluke_m_at_1_t · (mass in t) ** (1/3)`` long.

    Attributes
    ----------
    fluke_m_at_1_t
        Length of the fluke of an anchor of one tonne, m.
    """

    fluke_m_at_1_t: Positive


DEFAULT_INCIDENTS = IncidentRule(
    per_ship_year=1.0,
    source="worked example of OMRAT (help/source/drifting.rst): 1.0 blackout per ship and year; the rate of these "
    "ships is not known",
    status="ASSUMED",
)
DEFAULT_REACH = ReachRule(
    full_to_chain=1 / 6,
    none_from_chain=0.5,
    source="full: design depth of anchoring, 1/10 to 1/6 of the chain (BV NR600 ch. 5 s. 4); none: half of the chain "
    "that a ship carries is on either anchor, an engineering default",
    status="ASSUMED",
)
DEFAULT_DRAG = DragRule(
    factor=0.25,
    source="m v² / 4 UHC, as the guide of the Carbon Trust (CTC835) is remembered: hold it against the guide, p. 26",
    status="ASSUMED",
)
DEFAULT_ANCHOR = AnchorRule(
    fluke_m_at_1_t=0.8, source="engineering default: length of a fluke in proportion to the anchor", status="ASSUMED"
)


class ShipClass(Cited):
    """Ships of a size.

    The anchor follows from the equipment number: given, or by IACS from displacement, ``breadth_m``, ``height_m`` and
    ``profile_m2``.

    Attributes
    ----------
    id
        Short name, unique among the ships.
    displacement_t
        Tonnes.
    drop_speed_kn
        At which an anchor is let go; the ship's own speed where that is less.
    from_length_m, to_length_m
        A ship of such a length is of this class; the first is included.
    equipment_number
        Where it is known.
    breadth_m
        Of the hull.
    height_m
        Of the uppermost deckhouse above the waterline.
    profile_m2
        Of the hull above the waterline, from the side.
    anchor_kg, chain_m
        Mass of the anchor and length of its chain, where they are known better.
    """

    id: Identifier
    displacement_t: Positive
    drop_speed_kn: Positive
    from_length_m: NotNegative | None = None
    to_length_m: Positive | None = None
    equipment_number: Positive | None = None
    breadth_m: Positive | None = None
    height_m: Positive | None = None
    profile_m2: NotNegative | None = None
    anchor_kg: Positive | None = None
    chain_m: Positive | None = None

    @model_validator(mode="after")
    def _has_an_anchor(self) -> Self:
        sizes = (self.breadth_m, self.height_m, self.profile_m2)
        if self.equipment_number is None and None in sizes and None in (self.anchor_kg, self.chain_m):
            raise ValueError(
                f"ship `{self.id}`: give equipment_number, or breadth_m, height_m and profile_m2, or anchor_kg and "
                "chain_m"
            )
        if (self.from_length_m is None) != (self.to_length_m is None):
            raise ValueError(f"ship `{self.id}`: give from_length_m and to_length_m together, or neither")
        if self.from_length_m is not None and self.to_length_m is not None and self.from_length_m >= self.to_length_m:
            raise ValueError(
                f"ship `{self.id}`: from_length_m {self.from_length_m:g} is not less than to_length_m "
                f"{self.to_length_m:g}"
            )
        return self


class Waypoint(Model):
    """A position on a lane.

    Attributes
    ----------
    lon_deg, lat_deg
        Degrees east and north, WGS 84.
    """

    lon_deg: Longitude
    lat_deg: Latitude


class Lane(Cited):
    """A lane of ships; its legs are geodesics.

    Attributes
    ----------
    id
        Short name, unique among the lanes.
    waypoints
        In their order, two or more.
    ships_per_year
        By class, both ways together.
    speed_kn
        Of all of them.
    spread_m
        One standard deviation across the lane, normal, m.
    """

    id: Identifier
    waypoints: Annotated[tuple[Waypoint, ...], Field(min_length=2)]
    ships_per_year: Annotated[dict[Identifier, NotNegative], Field(min_length=1)]
    speed_kn: Positive
    spread_m: NotNegative = 0.0


class Traffic(Cited):
    """A file of ships.

    ``ais``: positions, CSV or Parquet, with ``mmsi``, ``time``, ``lon``, ``lat`` and, where it has them, ``sog_kn`` and
    ``length_m`` (or ``data.columns`` that name them).

    ``tracks``: lines with ``ship`` (a class), ``ships_per_year`` and ``speed_kn``. ``density``: a raster of one class
    in a stated unit, hours of ships per km² and year or month.

    Attributes
    ----------
    id
        Short name, unique among the files.
    form
        What the file holds.
    data
        The file.
    period_days
        What a file of AIS covers; without it from its first to its last time.
    time_format
        Where times are not ISO 8601.
    unstated_ship
        Class of a ship of AIS without a length, or of one that no class has.
    ship
        Class of the ships of a density.
    unit
        Of a density.
    max_gap_h
        Longer silence ends a track of AIS, hours.
    max_speed_kn
        A faster step of AIS is an error.
    min_speed_kn
        A slower ship lies still and is not counted.
    """

    id: Identifier
    form: Literal["ais", "tracks", "density"]
    data: SourceRef
    period_days: Positive | None = None
    time_format: Text | None = None
    unstated_ship: Identifier | None = None
    ship: Identifier | None = None
    unit: Literal["h/km2/year", "h/km2/month"] | None = None
    max_gap_h: Positive = 6.0
    max_speed_kn: Positive = 60.0
    min_speed_kn: NotNegative = 0.5

    @model_validator(mode="after")
    def _says_what_it_is(self) -> Self:
        needs = {"ais": ("unstated_ship",), "tracks": (), "density": ("ship", "unit")}[self.form]
        for name in needs:
            if getattr(self, name) is None:
                raise ValueError(f"traffic `{self.id}` is {self.form}: give `{name}`")
        return self


class Soil(Cited):
    """A kind of seabed and what it does to anchors.

    Attributes
    ----------
    id
        Short name, unique among the soils.
    names
        Classes of maps and codes of rasters (Folk) that are of it, beside its id.
    holding
        Holding capacity of an anchor over its weight.
    penetration_flukes
        How deep an anchor goes, in lengths of its fluke.
    strength_kpa
        Undrained shear strength from, to: a log with a strength in it is of this soil.
    """

    id: Identifier
    names: tuple[Text, ...] = ()
    holding: Positive
    penetration_flukes: NotNegative
    strength_kpa: tuple[NotNegative, Positive] | None = None


class SoilMap(Cited):
    """A constraint of the study that maps soils (areas with a class, or a raster of codes), and how sure it is.

    Attributes
    ----------
    id
        Short name, unique among the maps.
    constraint
        Id of the constraint.
    confidence
        0 to 1; of several maps the surer one holds.
    """

    id: Identifier
    constraint: Identifier
    confidence: Share


class SoilLogs(Cited):
    """Boreholes and CPTs: a CSV with ``log``, ``lon``, ``lat``, ``from_m``, ``to_m``, and ``soil`` or ``strength``.

    A log speaks for the route near it, by its uppermost part.

    Attributes
    ----------
    id
        Short name, unique among the files.
    data
        The file.
    within_km
        How far from a log it speaks for the route.
    confidence
        0 to 1; beside maps the surer one holds.
    strength_unit
        Of the column ``strength`` (undrained shear strength), where its heading does not say it (``strength_kpa``,
        ``strength_mpa``); of a CPT ``qc`` likewise.
    cone_factor
        Of a CPT: ``qc`` over it is the undrained shear strength.
    window_m
        Uppermost part of a log that counts, m.
    """

    id: Identifier
    data: SourceRef
    within_km: Positive
    confidence: Share
    strength_unit: Literal["kPa", "MPa"] | None = None
    cone_factor: Positive | None = None
    window_m: Positive = 2.0


class BurialTool(Cited):
    """What buries a cable, and where it can: a limit that is not given is none.

    Figures are numbers, or tables with a source of their own.

    Attributes
    ----------
    id
        Short name, unique among the tools.
    name
        What people read.
    method
        As in the rules of burial.
    soils
        Ids of the soils that it works in.
    max_burial_m
        How deep it buries, m, in any of its soils, or by soil.
    km_per_day
        While it works.
    min_strength_kpa, max_strength_kpa
        Undrained shear strength that it works in.
    min_depth_m, max_depth_m
        Water that it works in, m.
    max_slope_deg
        Steepest seabed.
    min_turning_radius_m
        Sharpest bend, m.
    crossing_m
        How far from a crossing along the route it is recovered, m.
    """

    id: Identifier
    name: Text
    method: Literal["plough", "jetting", "trenching", "diver"]
    soils: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    max_burial_m: Stated | dict[Identifier, Stated]
    km_per_day: Stated
    min_strength_kpa: Stated | None = None
    max_strength_kpa: Stated | None = None
    min_depth_m: Stated | None = None
    max_depth_m: Stated | None = None
    max_slope_deg: Slope | Figure | None = None
    min_turning_radius_m: Stated | None = None
    crossing_m: Stated | None = None

    @model_validator(mode="after")
    def _can_work_somewhere(self) -> Self:
        for low, high in (("min_strength_kpa", "max_strength_kpa"), ("min_depth_m", "max_depth_m")):
            a, b = value_of(getattr(self, low)), value_of(getattr(self, high))
            if a is not None and b is not None and a >= b:
                raise ValueError(f"tool `{self.id}`: {low} {a:g} and {high} {b:g} exclude each other")
        if not value_of(self.km_per_day):
            raise ValueError(f"tool `{self.id}`: km_per_day is 0: it would never finish")
        if isinstance(self.max_burial_m, dict) and set(self.max_burial_m) != set(self.soils):
            raise ValueError(
                f"tool `{self.id}`: max_burial_m is given for {', '.join(sorted(self.max_burial_m)) or 'no soil'}, and "
                f"its soils are {', '.join(sorted(self.soils))}: give one for each"
            )
        return self

    def burial_m(self, soil: str) -> float:
        """How deep it buries in a soil that is among its own."""
        stated = self.max_burial_m[soil] if isinstance(self.max_burial_m, dict) else self.max_burial_m
        return value_of(stated) or 0.0

    def status_of(self, *names: str) -> Status:
        """Of some of its figures together."""
        stated: list[Any] = [getattr(self, name) for name in names]
        inner = [one for value in stated for one in (value.values() if isinstance(value, dict) else [value])]
        found = {one.status if isinstance(one, Figure) else self.status for one in inner if one is not None}
        return "ASSUMED" if "ASSUMED" in found else "REAL" if found == {"REAL"} else "DERIVED"

    @property
    def bill_method(self) -> BurialMethod:
        """As the plan and the cost book have it: a diver trenches."""
        return "trenching" if self.method == "diver" else self.method


class Threat(Cited):
    """What reaches ``depth_m`` into the seabed beside anchors: where a constraint of the study lies, or everywhere.

    Ice acts only where a ``constraint`` declares it.

    Attributes
    ----------
    id
        Short name, unique among the threats.
    cause
        What it is.
    depth_m
        How deep below the seabed it reaches, m.
    constraint
        Id of the constraint that says where; not given, everywhere.
    from_water_m, to_water_m
        Only in such depths of water, m.
    """

    id: Identifier
    cause: ThreatCause
    depth_m: NotNegative
    constraint: Identifier | None = None
    from_water_m: NotNegative = 0.0
    to_water_m: Positive | None = None

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.cause == "ice" and self.constraint is None:
            raise ValueError(
                f"threat `{self.id}` is ice and names no `constraint`: ice acts only where an area of the study "
                "declares it, for most of the sea has none"
            )
        if self.to_water_m is not None and self.from_water_m >= self.to_water_m:
            raise ValueError(
                f"threat `{self.id}`: from_water_m {self.from_water_m:g} is not less than to_water_m "
                f"{self.to_water_m:g}"
            )
        return self


class IndexPoint(Model):
    """A point of a curve of the burial protection index.

    Attributes
    ----------
    depth_m
        Depth of lowering below the seabed, m.
    index
        Burial protection index there.
    """

    depth_m: NotNegative
    index: NotNegative


class IndexCurve(Cited):
    """The burial protection index by depth of lowering in a soil, as the user has it: none stands in.

    Attributes
    ----------
    id
        Short name, unique among the curves.
    soil
        Id of the soil.
    points
        By ascending depth.
    """

    id: Identifier
    soil: Identifier
    points: Annotated[tuple[IndexPoint, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        depths = [point.depth_m for point in self.points]
        if depths != sorted(set(depths)):
            raise ValueError(f"curve `{self.id}`: depth_m of its points does not ascend")
        return self


class StrikeCriterion(Criterion):
    """Strikes expected of a cable on the seabed; one a year counts as ``km_per_strike`` of clear seabed.

    Attributes
    ----------
    km_per_strike
        One strike a year counts as so many km of clear seabed.
    """

    km_per_strike: Positive


class UnburiableCriterion(Criterion):
    """Seabed that no tool buries in, and seabed of which that is not known.

    Attributes
    ----------
    friction
        Where no tool buries.
    unknown_friction
        Where it is not known.
    """

    friction: NotNegative
    unknown_friction: NotNegative


class SteeringRules(Model):
    """What the router is to keep away from, each with a weight; without, nothing of this steers.

    Attributes
    ----------
    anchor_strikes
        By the strikes that are expected.
    burial_cost
        The cost of burying a metre by the cost book, as a share of ``cost.base_cost_usd_per_km``.
    unburiable
        Where no tool buries.
    """

    anchor_strikes: StrikeCriterion | None = None
    burial_cost: Criterion | None = None
    unburiable: UnburiableCriterion | None = None


class Burial(AnalysisTable, Cited):
    """How deep the cable must lie, and what can bring it there.

    Attributes
    ----------
    return_period_years
        One strike in so many years is accepted of a whole route; each section has its share by its length.
    factor_of_safety
        The target is so many times the depth that anchors go to.
    section_km
        No section is longer.
    incidents
        How often anchors are let go.
    reach
        How deep water an anchor reaches down.
    drag
        How far it is dragged.
    anchor
        How large its fluke is.
    ships
        Classes of ships.
    lanes
        Lanes of ships.
    traffic
        Files of ships.
    soils
        Kinds of seabed.
    soil_maps
        Constraints that map soils.
    soil_logs
        Boreholes and CPTs.
    tools
        What buries cables.
    threats
        What else reaches into the seabed.
    index_curves
        Burial protection index by soil.
    steering
        What the router keeps away from.
    """

    return_period_years: Positive
    factor_of_safety: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)]
    section_km: Annotated[float, Field(ge=0.05, le=100, allow_inf_nan=False)]
    incidents: IncidentRule = DEFAULT_INCIDENTS
    reach: ReachRule = DEFAULT_REACH
    drag: DragRule = DEFAULT_DRAG
    anchor: AnchorRule = DEFAULT_ANCHOR
    ships: tuple[ShipClass, ...] = ()
    lanes: tuple[Lane, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    soils: tuple[Soil, ...] = ()
    soil_maps: tuple[SoilMap, ...] = ()
    soil_logs: tuple[SoilLogs, ...] = ()
    tools: tuple[BurialTool, ...] = ()
    threats: tuple[Threat, ...] = ()
    index_curves: tuple[IndexCurve, ...] = ()
    steering: SteeringRules = SteeringRules()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for name in ("ships", "soils", "tools", "threats", "index_curves"):
            check_unique(f"burial.{name}", [one.id for one in getattr(self, name)])
        check_unique("burial: lanes, traffic", [one.id for one in self.lanes] + [one.id for one in self.traffic])
        check_unique("burial: soil_maps, soil_logs", [one.id for one in self.said_by])
        check_unique("burial: traffic, soil_logs", [key.partition(".")[2] for key in self.data_sets])
        for what, names, known, of in self._named():
            if missing := [name for name in names if name not in known]:
                raise ValueError(
                    f"{what} names `{missing[0]}`, which is none of burial.{of}: it has {', '.join(known) or 'none'}"
                )
        self._check_lengths()
        self._check_names()
        return self

    def _named(self) -> Iterator[tuple[str, Sequence[str], Sequence[str], str]]:
        """What names ships and soils: who, which, those that there are, and of which table."""
        ships, soils = [one.id for one in self.ships], [one.id for one in self.soils]
        for lane in self.lanes:
            yield f"lane `{lane.id}`", tuple(lane.ships_per_year), ships, "ships"
        for file in self.traffic:
            named = [name for name in (file.ship, file.unstated_ship) if name is not None]
            yield f"traffic `{file.id}`", named, ships, "ships"
        for tool in self.tools:
            yield f"tool `{tool.id}`", tool.soils, soils, "soils"
        for curve in self.index_curves:
            yield f"curve `{curve.id}`", [curve.soil], soils, "soils"

    def _check_lengths(self) -> None:
        """No ship is of two classes."""
        lengths = sorted(
            (one.from_length_m, one.to_length_m or 0.0, one.id) for one in self.ships if one.from_length_m is not None
        )
        for (_, to_m, first), (from_m, _, second) in pairwise(lengths):
            if from_m < to_m:
                raise ValueError(f"ships `{first}` and `{second}` overlap at a length of {from_m:g} m")

    def _check_names(self) -> None:
        """No class of a map is of two soils."""
        names = [name for soil in self.soils for name in {soil.id, *soil.names}]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"burial.soils has the name `{twice[0]}` in two soils")

    def check_study(self, study: Study) -> None:
        """Constraints that it names must be there, and what steers must have a price and data.

        Raises
        ------
        ValueError
            When that is not so.
        """
        if study.engineering is None:
            raise ValueError("[burial] needs the tables of [engineering]: it is about the engineered routes")
        known = {one.id: one for one in study.constraints}
        for what, one in (("soil map", self.soil_maps), ("threat", self.threats)):
            for item in one:
                if item.constraint is not None and item.constraint not in known:
                    raise ValueError(
                        f"{what} `{item.id}` of [burial] names the constraint `{item.constraint}`, which the study "
                        f"does not have: it has {', '.join(known) or 'none'}"
                    )
        self._check_maps(known)
        self._check_steering(study, set(known))

    def _check_maps(self, known: Mapping[str, Constraint]) -> None:
        for item in self.soil_maps:
            if not self.soils:
                raise ValueError("burial.soil_maps are given and no burial.soils: say what their classes mean")
            if known[item.constraint].role not in ("advice", "friction"):
                raise ValueError(
                    f"soil map `{item.id}` is the constraint `{item.constraint}`, a {known[item.constraint].role}: "
                    "expected one of the role advice or friction"
                )

    def _check_steering(self, study: Study, constraints: set[str]) -> None:
        if taken := sorted(constraints & set(STEERING)):
            raise ValueError(f"a constraint has the id `{taken[0]}`, which [burial] adds to the cost: rename it")
        if self.steering.anchor_strikes and not (self.lanes or self.traffic):
            raise ValueError("burial.steering.anchor_strikes needs burial.lanes or burial.traffic: there are no ships")
        for name in ("burial_cost", "unburiable"):
            if getattr(self.steering, name) and not (self.tools and (self.soil_maps or self.soil_logs)):
                raise ValueError(f"burial.steering.{name} needs burial.tools, and soil_maps or soil_logs")
        if self.steering.burial_cost and study.prices is None:
            raise ValueError("burial.steering.burial_cost needs the cost book [prices]: it says what burial costs")

    @property
    def said_by(self) -> tuple[SoilMap | SoilLogs, ...]:
        """All that says what the soil is, in the order of the study."""
        return (*self.soil_maps, *self.soil_logs)

    @property
    def has_traffic(self) -> bool:
        """Whether anything is said of ships."""
        return bool(self.lanes or self.traffic)

    @property
    def has_soil(self) -> bool:
        """Whether anything is said of the soil."""
        return bool(self.said_by)

    @property
    def summary(self) -> str:
        """What it has."""
        counts = (
            (self.ships, "classes of ships"),
            ((*self.lanes, *self.traffic), "lanes and files of traffic"),
            (self.soils, "soils"),
            (self.said_by, "maps and logs of them"),
            (self.tools, "tools"),
            (self.threats, "threats beside anchors"),
        )
        return ", ".join(f"{len(items)} {what}" for items, what in counts)

    @property
    def data_sets(self) -> Mapping[str, SourceRef]:
        """Its files, by the id of what they are of."""
        return {f"{name}.{one.id}": one.data for name in ("traffic", "soil_logs") for one in getattr(self, name)}

    @property
    def steers(self) -> Mapping[str, float]:
        """Of what steers."""
        return {name: rule.weight for name, rule in self.steering if rule is not None}

    def with_steering(self, weights: Mapping[str, float]) -> Self:
        """The same with other weights of what steers."""
        own = {
            name: rule.model_copy(update={"weight": weights[name]})
            for name, rule in self.steering
            if rule is not None and name in weights
        }
        return self.model_copy(update={"steering": self.steering.model_copy(update=own)}) if own else self
