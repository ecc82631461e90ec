"""What a fault of the cable is expected to cost, and what protection costs: every figure with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from transcaspian.core.vocabulary import POST_LAY_METHODS, BurialMethod, CableType, RiskCause
from transcaspian.study.agreement import Contradiction
from transcaspian.study.base import (
    Cited,
    Identifier,
    Latitude,
    Model,
    NotNegative,
    Positive,
    check_bands,
    check_unique,
)
from transcaspian.study.constraint_tables import DAYS_OF_LEAP_YEAR, Season
from transcaspian.study.engineering_tables import Slope
from transcaspian.study.schema import AnalysisTable, Study

DepthCause = Literal["anchoring", "fishing", "ice", "other"]
OWN_VESSEL = "repair"
"""The ship of ``risk.repair`` among those that repairs may wait for."""
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Year = Annotated[int, Field(ge=1, le=9998)]
Magnitude = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


class BreakBand(Model):
    """Earthquakes of a range of magnitudes, and how often one within reach breaks a cable.

    Attributes
    ----------
    from_mw, to_mw
        Moment magnitude; the first is included.
    reach_km
        From the epicentre.
    probability
        Mean number of breaks of a long cable whose nearest point to the epicentre is within ``reach_km``.
    """

    from_mw: Magnitude
    to_mw: Magnitude
    reach_km: Positive
    probability: Share


class SlopeFactor(Model):
    """How many times as often a cable breaks on seabed as steep as this, where it may slide.

    Attributes
    ----------
    from_deg, to_deg
        Slope of the seabed; the first is included.
    factor
        Times the breaks of flat seabed.
    """

    from_deg: NotNegative
    to_deg: Slope
    factor: NotNegative


class EarthquakeRisk(Cited):
    """Breaks by earthquakes: smoothed seismicity of the declustered catalogue, and a table of what an event does.

    The last of the ``breaks`` ends at the largest magnitude that is thought possible; where the catalogue has a larger
    one, it goes on to that.

    Attributes
    ----------
    from_year, to_year
        Years that the catalogue covers, both included.
    completeness_mw
        The catalogue lacks no event from this magnitude on.
    magnitude_step
        Magnitudes are rounded to it.
    kernel_km
        Frankel's correlation distance.
    breaks
        By ascending magnitude.
    slopes
        By ascending slope.
    """

    from_year: Year
    to_year: Year
    completeness_mw: Magnitude
    magnitude_step: Annotated[float, Field(gt=0, le=1)]
    kernel_km: Positive
    breaks: tuple[BreakBand, ...]
    slopes: tuple[SlopeFactor, ...]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.from_year > self.to_year:
            raise ValueError(f"from_year {self.from_year} is after to_year {self.to_year}")
        check_bands([(band.from_mw, band.to_mw) for band in self.breaks])
        check_bands([(band.from_deg, band.to_deg) for band in self.slopes])
        if self.breaks[0].from_mw < self.completeness_mw:
            raise ValueError(
                f"breaks begins at magnitude {self.breaks[0].from_mw:g}, below completeness_mw "
                f"{self.completeness_mw:g}: how often such events come cannot be told from the catalogue"
            )
        steepest = max(band.factor for band in self.slopes)
        worst = max(band.probability for band in self.breaks)
        if steepest * worst > 1:
            raise ValueError(
                f"a break has a probability of {worst:g} times the slope factor {steepest:g}, which is over 1"
            )
        return self


class RateBand(Model):
    """Faults at water depths from ``from_m`` (included) to ``to_m``, of a bare cable on the seabed.

    Attributes
    ----------
    from_m, to_m
        Water depth, m; the first is included.
    faults_per_1000km_year
        For 1,000 km of cable and a year.
    """

    from_m: NotNegative
    to_m: Positive
    faults_per_1000km_year: NotNegative


class DepthRisk(Cited):
    """Faults of one cause by water depth.

    Beyond the last band its rate holds on.

    Attributes
    ----------
    id
        Short name, unique among them.
    cause
        Of the faults.
    bands
        By ascending depth.
    from_lat_deg, full_lat_deg
        The cause begins at the first latitude and grows in proportion to its whole rate at the second, to the north of
        it.
    """

    id: Identifier
    cause: DepthCause
    bands: tuple[RateBand, ...]
    from_lat_deg: Latitude | None = None
    full_lat_deg: Latitude | None = None

    @model_validator(mode="after")
    def _bands_follow(self) -> Self:
        check_bands([(band.from_m, band.to_m) for band in self.bands])
        if self.bands[0].from_m != 0:
            raise ValueError(f"the bands of `{self.cause}` begin at {self.bands[0].from_m:g} m: expected 0 m")
        if (self.from_lat_deg is None) != (self.full_lat_deg is None):
            raise ValueError(f"`{self.cause}`: give from_lat_deg and full_lat_deg together, or neither")
        if self.from_lat_deg is not None and self.full_lat_deg is not None and self.from_lat_deg >= self.full_lat_deg:
            raise ValueError(
                f"`{self.cause}`: from_lat_deg {self.from_lat_deg:g} is not less than full_lat_deg "
                f"{self.full_lat_deg:g}"
            )
        return self


class DistanceBand(Model):
    """Faults at distances from ``from_km`` (included) to ``to_km``, of a bare cable on the seabed.

    Attributes
    ----------
    from_km, to_km
        Distance; the first is included.
    faults_per_1000km_year
        For 1,000 km of cable and a year.
    """

    from_km: NotNegative
    to_km: Positive
    faults_per_1000km_year: NotNegative


class MudVolcanoRisk(Cited):
    """Faults by the distance to the nearest mud volcano; none beyond the last band.

    Attributes
    ----------
    bands
        By ascending distance.
    """

    bands: tuple[DistanceBand, ...]

    @model_validator(mode="after")
    def _bands_follow(self) -> Self:
        check_bands([(band.from_km, band.to_km) for band in self.bands])
        if self.bands[0].from_km != 0:
            raise ValueError(f"the bands begin at {self.bands[0].from_km:g} km: expected 0 km")
        return self


class Protection(Cited):
    """One way to protect the cable, where it may be used, what it costs and what it keeps off.

    Attributes
    ----------
    id
        Short name, unique in its list.
    price
        USD per km as a share of ``cost.base_cost_usd_per_km``, those of armour and burial add up; not read where the
        study has ``[prices]``, and for one version more.
    from_depth_m, to_depth_m
        Water that it may be used in, m; the first is included.
    where_unknown
        Whether it may be used where the depth (or the slope, where that has a limit) is not known.
    passes
        Share of the faults of a cause that remain, by cause; a cause left out is not kept off.
    """

    id: Identifier
    price: NotNegative | None = None
    from_depth_m: NotNegative = 0.0
    to_depth_m: Positive | None = None
    where_unknown: bool = False
    passes: dict[RiskCause, Share] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.to_depth_m is not None and self.from_depth_m >= self.to_depth_m:
            raise ValueError(f"from_depth_m {self.from_depth_m:g} is not less than to_depth_m {self.to_depth_m:g}")
        return self


class ArmourOption(Protection):
    """A type of cable; RA is laid only where a rule of engineering lays it by a hazard that is named.

    Attributes
    ----------
    cable_type
        Type of the cable.
    """

    cable_type: CableType
    price: Positive | None = None


class BurialOption(Protection):
    """A depth of lowering by a method.

    Attributes
    ----------
    method
        Of burial.
    target_m
        Depth of lowering below the seabed, m.
    to_slope_deg
        Steepest seabed that it works on; not given, any.
    repair_days
        How much longer a repair takes because the cable is buried.
    """

    method: BurialMethod
    target_m: NotNegative
    to_slope_deg: Slope | None = None
    repair_days: NotNegative = 0.0

    @model_validator(mode="after")
    def _target_fits(self) -> Self:
        if (self.method == "surface laid") != (self.target_m == 0):
            raise ValueError(f"`{self.method}` with target_m = {self.target_m:g}")
        return self


class RepairBand(Model):
    """A repair at water depths from ``from_m`` (included) to ``to_m``: days on site and spare cable laid in.

    Attributes
    ----------
    from_m, to_m
        Water depth, m; the first is included.
    days_on_site
        Of the ship.
    spare_km
        Of cable that is laid in.
    """

    from_m: NotNegative
    to_m: Positive
    days_on_site: Positive
    spare_km: NotNegative


class RepairRisk(Cited):
    """What a repair takes and costs.

    Attributes
    ----------
    waiting_days
        From the fault to the ship's arrival, ship hired or not.
    ship_days
        Of these, those that the ship is paid for.
    ship_usd_per_day
        Of the repair ship.
    mobilisation_usd
        For each repair.
    spare_usd_per_km
        Of spare cable.
    outage_usd_per_day
        What a day without the cable costs its owner.
    bands
        By ascending depth.
    """

    waiting_days: NotNegative
    ship_days: NotNegative
    ship_usd_per_day: NotNegative
    mobilisation_usd: NotNegative
    spare_usd_per_km: NotNegative
    outage_usd_per_day: NotNegative = 0.0
    bands: tuple[RepairBand, ...]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        check_bands([(band.from_m, band.to_m) for band in self.bands])
        if self.bands[0].from_m != 0:
            raise ValueError(f"the bands begin at {self.bands[0].from_m:g} m: expected 0 m")
        if self.ship_days > self.waiting_days:
            raise ValueError(f"ship_days {self.ship_days:g} is more than waiting_days {self.waiting_days:g}")
        return self


class PublishedRate(Cited):
    """What faults of laid cables are published to come to in total, and what the rates by depth are multiplied by.

    Attributes
    ----------
    faults_per_1000km_year
        For 1,000 km of cable and a year.
    low, high
        The range of published totals.
    factor
        Of all rates of ``by_depth``, whose shares by cause stay as they are; a run says which factor brings its routes
        to the published total.
    """

    faults_per_1000km_year: Positive
    low: NotNegative
    high: Positive
    factor: Positive = 1.0

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if not self.low <= self.faults_per_1000km_year <= self.high:
            raise ValueError(
                f"faults_per_1000km_year {self.faults_per_1000km_year:g} is not within {self.low:g} to {self.high:g}"
            )
        return self


class AshoreRisk(Cited):
    """What befalls a place ashore: how often a year it takes all cables there out of service, and for how many days.

    Attributes
    ----------
    events_per_year
        At one place.
    repair_days
        Of one event.
    """

    events_per_year: NotNegative
    repair_days: Positive


class RepairVessel(Cited):
    """A ship that repairs would wait for instead of that of ``risk.repair``; ``closed``: when it cannot come.

    Attributes
    ----------
    id
        Short name, unique among the vessels.
    waiting_days
        From the fault to its arrival.
    closed
        Days of the year on which it cannot come.
    """

    id: Identifier
    waiting_days: NotNegative
    closed: Season | None = None

    @model_validator(mode="after")
    def _comes_some_day(self) -> Self:
        if self.closed is not None and self.closed.days[1] == DAYS_OF_LEAP_YEAR:
            raise ValueError(f"vessel `{self.id}` is closed from {self.closed}, all year: leave it out")
        return self


class Depot(Model):
    """Where spare cable lies: at a landing.

    Attributes
    ----------
    id
        Short name, unique among the depots.
    landing
        Id of the landing.
    """

    id: Identifier
    landing: Identifier


class SpareStock(Cited):
    """Spare cable by type and depot: what repairs need until new cable comes, with that confidence.

    Attributes
    ----------
    replacement_days
        Until new cable comes.
    confidence
        That the stock lasts until then, 0.5 to 1.
    depots
        One or more.
    """

    replacement_days: Positive
    confidence: Annotated[float, Field(ge=0.5, lt=1, allow_inf_nan=False)]
    depots: Annotated[tuple[Depot, ...], Field(min_length=1)]


class AvailabilityRules(Cited):
    """How long systems that are built together are out of service, alone and at once.

    Attributes
    ----------
    anchor_drag_km
        How far an anchor is dragged.
    eruptions_per_year
        Of one mud volcano.
    manhole, station
        Events at one of each.
    state
        Events at all landings in one state.
    vessels
        Other repair ships.
    spares
        Spare cable.
    """

    anchor_drag_km: Positive
    eruptions_per_year: Positive
    manhole: AshoreRisk
    station: AshoreRisk
    state: AshoreRisk
    vessels: tuple[RepairVessel, ...] = ()
    spares: SpareStock | None = None

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        check_unique("risk.availability.vessels", [OWN_VESSEL, *(vessel.id for vessel in self.vessels)])
        if self.spares is not None:
            check_unique("risk.availability.spares.depots", [depot.id for depot in self.spares.depots])
        return self

    def check_landings(self, landings: Sequence[str]) -> None:
        """Refuse a depot at what is no landing."""
        for depot in self.spares.depots if self.spares else ():
            if depot.landing not in landings:
                raise ValueError(
                    f"depot `{depot.id}` of risk.availability.spares lies at `{depot.landing}`, which is no landing: "
                    f"expected one of {', '.join(landings)}"
                )


class RiskRules(AnalysisTable, Cited):
    """Expected faults, repairs, and the front of laying cost against them.

    Attributes
    ----------
    service_years, discount_rate
        Of the present value of repairs: years, and a share per year.
    max_routes
        How often the router is asked for one front.
    tolerance
        The front is fine enough where no supported point can lie farther from it, as a share of its extents.
    stretch_km
        Length of the stretches that the faults of a published route are given for.
    paid_criteria
        Criteria, and constraints by their ids, whose friction is money: their share of the base cost is paid.
    earthquakes, mud_volcanoes
        Faults by them; not given: not counted.
    by_depth
        Faults by water depth, one table for each cause.
    armour, burial
        Ways to protect the cable.
    repair
        What a repair takes.
    availability
        How long systems are out of service; not given: not computed.
    published_rate
        Published totals that the rates are held against.
    """

    service_years: Positive
    discount_rate: Share
    max_routes: Annotated[int, Field(ge=3, le=100)] = 25
    tolerance: Annotated[float, Field(gt=0, le=0.5)] = 0.01
    stretch_km: Positive
    paid_criteria: tuple[Identifier, ...] = ()
    earthquakes: EarthquakeRisk | None = None
    mud_volcanoes: MudVolcanoRisk | None = None
    by_depth: Annotated[tuple[DepthRisk, ...], Field(min_length=1)]
    armour: Annotated[tuple[ArmourOption, ...], Field(min_length=1)]
    burial: Annotated[tuple[BurialOption, ...], Field(min_length=1)]
    repair: RepairRisk
    availability: AvailabilityRules | None = None
    published_rate: PublishedRate | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for name, told in (
            ("by_depth", [(item.id, item.cause) for item in self.by_depth]),
            ("armour", [(item.id, item.cable_type) for item in self.armour]),
            ("burial", [(item.id, f"{item.method} to {item.target_m:g} m") for item in self.burial]),
        ):
            check_unique(f"risk.{name}", [identifier for identifier, _ in told])
            _check_once(f"risk.{name}", [what for _, what in told])
        _check_cover("risk.armour beside RA", [item for item in self.armour if item.cable_type != "RA"])
        _check_cover("risk.burial", [item for item in self.burial if item.to_slope_deg is None])
        return self

    @property
    def depth_factor(self) -> float:
        """What the rates by depth are multiplied by."""
        return 1.0 if self.published_rate is None else self.published_rate.factor

    @property
    def causes(self) -> tuple[RiskCause, ...]:
        """All causes that the study has figures for, in the order they are shown."""
        found: list[RiskCause] = ["earthquake"] if self.earthquakes else []
        found += ["mud_volcano"] if self.mud_volcanoes else []
        return (*found, *(item.cause for item in self.by_depth))

    def contradictions(self, study: Study) -> Iterator[Contradiction]:
        """The drag of an anchor, the price of spare cable, and the water that a burial works in, each given twice."""
        anchor = getattr(getattr(getattr(study, "design", None), "shared_hazards", None), "anchor", None)
        if self.availability is not None and anchor is not None and anchor.drag_km != self.availability.anchor_drag_km:
            yield Contradiction(
                f"risk.availability.anchor_drag_km is {self.availability.anchor_drag_km:g} km and "
                f"design.shared_hazards.anchor.drag_km {anchor.drag_km:g} km: one anchor is dragged two distances",
                "give both the same",
                "risk.availability.anchor_drag_km",
            )
        if study.prices is not None and study.prices.spare.base != self.repair.spare_usd_per_km:
            yield Contradiction(
                f"risk.repair.spare_usd_per_km is {self.repair.spare_usd_per_km:,.0f} and the base of prices.spare "
                f"{study.prices.spare.base:,.0f}: a kilometre of spare cable has two prices",
                "give both the same",
                "risk.repair.spare_usd_per_km",
            )
        for rule in study.engineering.burial if study.engineering else ():
            options = [one for one in self.burial if (one.method, one.target_m) == (rule.method, rule.target_m)]
            for option in options:
                deepest_m = rule.to_depth_m
                if deepest_m is not None and option.to_depth_m is not None and deepest_m > option.to_depth_m:
                    yield Contradiction(
                        f"rule `{rule.id}` of engineering.burial holds to {deepest_m:,.0f} m of water, and "
                        f"`{option.id}` of risk.burial to {option.to_depth_m:,.0f} m: the route has burial that no "
                        "point of its front may have",
                        "give both the same depth",
                        f"risk.burial.{option.id}",
                    )

    def check_study(self, study: Study) -> None:
        """What the engineered routes lay must have a price and protect: else their faults could not be told.

        Raises
        ------
        ValueError
            When a rule of engineering lays something that is no option here, or there are none; or what is paid adds
            no friction.
        """
        steer = [*type(study.criteria).model_fields, *(one.id for one in study.constraints if one.id in study.weights)]
        if unknown := [name for name in self.paid_criteria if name not in steer]:
            raise ValueError(
                f"risk.paid_criteria names `{unknown[0]}`, which is no criterion and no constraint with friction: "
                f"expected some of {', '.join(steer)}"
            )
        if self.availability is not None:
            self.availability.check_landings([landing.id for landing in study.landings])
        unpriced = [item.id for item in (*self.armour, *self.burial) if item.price is None]
        if study.prices is None and unpriced:
            raise ValueError(f"`{unpriced[0]}` of [risk] has no price, and the study has no [prices]: give that table")
        engineering = study.engineering
        if engineering is None:
            raise ValueError("[risk] needs the tables of [engineering]: lengths of sections, and the published routes")
        types = {item.cable_type for item in self.armour}
        for rule in engineering.cable_types:
            if rule.cable_type not in types:
                raise ValueError(
                    f"rule `{rule.id}` of engineering.cable_types lays {rule.cable_type}, which is not among "
                    f"risk.armour: {', '.join(sorted(types))}"
                )
        buried = {(item.method, item.target_m) for item in self.burial}
        for buries in engineering.burial:
            # what is buried or covered afterwards is as protected as the next best option
            if buries.method not in POST_LAY_METHODS and (buries.method, buries.target_m) not in buried:
                raise ValueError(
                    f"rule `{buries.id}` of engineering.burial is {buries.method} to {buries.target_m:g} m, which is "
                    "not among risk.burial: add it there with its price"
                )


def _check_once(table: str, told: Sequence[str]) -> None:
    """What a member of a table is about may stand there only once."""
    twice = sorted({what for what in told if list(told).count(what) > 1})
    if twice:
        raise ValueError(f"{table} has {twice[0]} more than once")


def _check_cover(name: str, items: Sequence[Protection]) -> None:
    """Something can be used at every depth, and where the depth is not known."""
    if not any(item.where_unknown for item in items):
        raise ValueError(f"none of {name} has where_unknown = true (and no limit of slope): expected at least one")
    reached_m = 0.0
    while True:
        over = [item for item in items if item.from_depth_m <= reached_m]
        ends = [item.to_depth_m for item in over]
        if None in ends:
            return
        farther = max((end for end in ends if end is not None), default=0.0)
        if farther <= reached_m:
            raise ValueError(f"none of {name} can be used at {reached_m:g} m of water on any slope")
        reached_m = farther
