"""The rules that make a path a route: legs, profile, cable, burial, amplifiers. Each says where it comes from."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from transcaspian.core.vocabulary import (
    CABLE_STATES,
    CROSSING,
    BeachMethod,
    BurialMethod,
    CableState,
    CableType,
    HazardKind,
    LandMethod,
    NearKind,
    PostLayMethod,
)
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

UNBURIED = ("surface laid", "mattress")
Slope = Annotated[float, Field(ge=0, le=90, allow_inf_nan=False)]


class AlterCourseRules(Cited):
    """What legs a ship can lay.

    A leg ends in two positions of the list, which it keeps apart.

    Attributes
    ----------
    tolerance
        Extra cost of the legs over the path's, as a share.
    min_leg_km
        Shortest leg.
    max_alter_course_deg
        Sharpest turn at a position.
    turning_radius_m
        Smallest radius of a curve, m; a curve takes no more than half of each leg beside it.
    turning_radius_depth_factor
        The same as a multiple of the deepest water of the path; the greater of both holds.
    straight_approach_km
        Shortest first and last leg.
    """

    tolerance: Annotated[float, Field(gt=0, le=1)]
    min_leg_km: Annotated[float, Field(ge=0.01, allow_inf_nan=False)]
    max_alter_course_deg: Annotated[float, Field(gt=0, le=120, allow_inf_nan=False)]
    turning_radius_m: NotNegative
    turning_radius_depth_factor: NotNegative
    straight_approach_km: NotNegative


class ProfileRules(Cited):
    """How the seabed under the route is sampled, and from which bend on a cable may hang free.

    Attributes
    ----------
    sample_step_km
        Distance between samples along the route.
    bend_limit_deg_per_km
        A seabed that bends more may leave the cable hanging.
    """

    sample_step_km: Annotated[float, Field(ge=0.01, le=10, allow_inf_nan=False)]
    bend_limit_deg_per_km: Positive


class FreeSpanRules(Cited):
    """A cable as it lies on the seabed, and from which free span on it is critical.

    Attributes
    ----------
    residual_tension_kn
        Tension that stays in the cable at the bottom.
    submerged_weight_n_per_m
        Weight of the cable in water.
    max_length_m, max_height_m
        A span beyond either is critical.
    min_height_m
        A span is listed from this height above the seabed.
    """

    residual_tension_kn: Positive
    submerged_weight_n_per_m: Positive
    max_length_m: Positive
    max_height_m: Positive
    min_height_m: NotNegative

    @model_validator(mode="after")
    def _limits_ascend(self) -> Self:
        if self.min_height_m > self.max_height_m:
            raise ValueError(f"min_height_m {self.min_height_m:g} is more than max_height_m {self.max_height_m:g}")
        return self


class CableRule(Cited):
    """Where a rule holds: all conditions that are given must be met; one without any holds everywhere.

    Where the depth or slope is not known, a condition about it is not met.

    Attributes
    ----------
    id
        Short name, unique among the rules of its list.
    from_depth_m, to_depth_m
        Water depth, m, positive down; the first is included.
    from_slope_deg, to_slope_deg
        The steeper of in-line and side slope; the first is included.
    near
        Kinds of hazard, or `crossing` for a place where the route crosses a cable or pipeline.
    within_km
        Distance to what is `near`, along the route at a crossing.
    """

    id: Identifier
    from_depth_m: NotNegative | None = None
    to_depth_m: Positive | None = None
    from_slope_deg: Slope | None = None
    to_slope_deg: Slope | None = None
    near: tuple[NearKind, ...] = ()
    within_km: Positive | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for low, high, name in (
            (self.from_depth_m, self.to_depth_m, "depth_m"),
            (self.from_slope_deg, self.to_slope_deg, "slope_deg"),
        ):
            if low is not None and high is not None and low >= high:
                raise ValueError(f"rule `{self.id}`: from_{name} {low:g} is not less than to_{name} {high:g}")
        if bool(self.near) != (self.within_km is not None):
            raise ValueError(f"rule `{self.id}`: give `near` and `within_km` together, or neither")
        return self

    @property
    def is_unconditional(self) -> bool:
        """Whether it holds everywhere."""
        limits = (self.from_depth_m, self.to_depth_m, self.from_slope_deg, self.to_slope_deg)
        return not self.near and all(limit is None for limit in limits)


class CableTypeRule(CableRule):
    """The least armour.

    Attributes
    ----------
    cable_type
        The weakest type that the rule allows.
    """

    cable_type: CableType


class SlackRule(CableRule):
    """Cable laid beyond the length over ground. ``methods``: how the cable is buried there; empty: in any way.

    A cable that is buried as it is laid follows the seabed and needs little slack at any depth; one that is laid on the
    seabed, to stay there or to be buried afterwards (`PLIB`), needs more.

    Attributes
    ----------
    slack_percent
        Cable laid beyond the length over ground, percent of that length.
    methods
        How the cable is buried there; empty: in any way.
    """

    slack_percent: Annotated[float, Field(ge=0, le=20, allow_inf_nan=False)]
    methods: tuple[BurialMethod | PostLayMethod, ...] = ()

    @property
    def is_unconditional(self) -> bool:
        """Whether it holds everywhere."""
        return super().is_unconditional and not self.methods


class BurialRule(CableRule):
    """How the cable is protected, and how deep below the seabed it lies.

    Rules near a `crossing` hold from ``within_km`` before each crossing to as far behind it, whatever else holds there.

    Attributes
    ----------
    method
        ``PLIB``: laid on the seabed, inspected and buried afterwards; ``mattress``: laid on the seabed and covered.
    target_m
        Depth of lowering below the seabed, m; 0 where it is not buried.
    """

    method: BurialMethod | PostLayMethod
    target_m: NotNegative

    @model_validator(mode="after")
    def _target_fits(self) -> Self:
        if (self.method in UNBURIED) != (self.target_m == 0):
            raise ValueError(f"rule `{self.id}`: `{self.method}` with target_m = {self.target_m:g}")
        if CROSSING in self.near and self.method == "plough":
            raise ValueError(
                f"rule `{self.id}`: a plough near a crossing cuts what it crosses: expected another method"
            )
        return self


CROSSING_RULES = (
    BurialRule(
        id="mattress-at-crossing",
        method="mattress",
        target_m=0.0,
        near=(CROSSING,),
        within_km=0.05,
        source="laid over what is crossed and covered: practice; the distance is an engineering default",
        status="ASSUMED",
    ),
    BurialRule(
        id="plib-at-crossing",
        method="PLIB",
        target_m=1.0,
        near=(CROSSING,),
        within_km=0.5,
        source="a plough is recovered at a crossing, the gap buried afterwards: practice; the standoff is a default",
        status="ASSUMED",
    ),
)
"""The rules of burial that come first where a study has none for crossings."""


class PloughRules(Cited):
    """What a plough follows, and how long it stays down; where it is up the cable is buried afterwards.

    A bend with no room for the turn of the ship ends the section. The shortest section is
    ``engineering.sections.min_burial_km``.

    Attributes
    ----------
    crossed_states
        States of the crossed assets that rules near a `crossing` hold for.
    turning_radius_m
        Smallest radius that a plough follows, m.
    layback_depth_factor
        Distance from the ship to the plough, as a multiple of the depth; the ship turns so much wider.
    max_section_km
        A longer section is divided.
    recovery_km
        What each recovery takes along the route.
    """

    crossed_states: tuple[CableState, ...] = CABLE_STATES
    turning_radius_m: NotNegative = 500.0
    layback_depth_factor: NotNegative = 3.0
    max_section_km: Positive = 100.0
    recovery_km: Positive = 0.5


PLOUGH_DEFAULTS = PloughRules(
    source="engineering default: no source was found for the turning radius, layback and longest section of a plough",
    status="ASSUMED",
)
"""Of a study without ``[engineering.plough]``."""


class SectionRules(Cited):
    """Shortest lengths of what is changed on board or at the seabed.

    Attributes
    ----------
    min_cable_type_km
        Of one type of cable.
    min_burial_km
        Of one method of burial.
    min_slack_km
        Of one slack.
    """

    min_cable_type_km: NotNegative
    min_burial_km: NotNegative
    min_slack_km: NotNegative


class AmplifierRules(Cited):
    """Reach without amplification, with remotely pumped amplifiers, and with repeaters, along the cable.

    Attributes
    ----------
    unrepeatered_km
        Longest cable without any amplifier.
    ropa_km
        Longest cable with remotely pumped amplifiers.
    ropa_from_terminal_km
        Where a remotely pumped amplifier stands, from the station.
    repeater_spacing_km
        Longest cable between two repeaters.
    """

    unrepeatered_km: Positive
    ropa_km: Positive
    ropa_from_terminal_km: Positive
    repeater_spacing_km: Positive

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.unrepeatered_km > self.ropa_km:
            raise ValueError(f"unrepeatered_km {self.unrepeatered_km:g} is greater than ropa_km {self.ropa_km:g}")
        if 2 * self.ropa_from_terminal_km > self.ropa_km:
            raise ValueError("two ropa_from_terminal_km are more than ropa_km: the amplifiers would pass each other")
        return self


class SpareRules(Cited):
    """Cable made beyond what is laid: for each joint, and as a share for the depot.

    Attributes
    ----------
    per_joint_km
        For each joint.
    depot_percent
        Of the cable, for the depot.
    """

    per_joint_km: NotNegative
    depot_percent: Annotated[float, Field(ge=0, le=50, allow_inf_nan=False)]


class DepthError(Cited):
    """Where the error of depths stood before; accepted for one more version, with a note.

    Attributes
    ----------
    base_m
        Error at any depth, m.
    depth_share
        Times the depth.
    """

    base_m: Positive
    depth_share: NotNegative


class Chart(Cited):
    """A nautical chart and its extent. Of several that show a position the one of the largest scale is named.

    Attributes
    ----------
    number
        As it is printed.
    scale
        Denominator, 100000 for 1 : 100 000.
    west_deg, east_deg
        Longitudes of the extent, degrees, east positive.
    south_deg, north_deg
        Latitudes of the extent, degrees, north positive.
    """

    number: Text
    scale: Annotated[int, Field(gt=0)]
    west_deg: Longitude
    south_deg: Latitude
    east_deg: Longitude
    north_deg: Latitude

    @model_validator(mode="after")
    def _has_an_extent(self) -> Self:
        if self.west_deg >= self.east_deg or self.south_deg >= self.north_deg:
            raise ValueError(f"chart `{self.number}`: its west is not west of its east, or its south of its north")
        return self

    def shows(self, lon_deg: float, lat_deg: float) -> bool:
        """Whether a position lies on it."""
        return self.west_deg <= lon_deg <= self.east_deg and self.south_deg <= lat_deg <= self.north_deg


class RplRules(Cited):
    """Positions of the list beyond the alter courses, when one keeps its number, and what the list says of them.

    Attributes
    ----------
    depth_marks_m
        Depths whose contours get a position, m.
    same_position_m
        A position that lies no farther from one of the last revision keeps its number.
    depth_error
        Old place of ``depth_model.source_error``; not read.
    charts
        That positions lie on.
    second_crs
        Reference system of an authority, as ``EPSG:28409``, for two more columns.
    """

    depth_marks_m: tuple[Positive, ...] = ()
    same_position_m: Positive
    depth_error: DepthError | None = None
    charts: tuple[Chart, ...] = ()
    second_crs: Text | None = None


class LandTailRules(Cited):
    """The cable ashore, from the station to the beach manhole: a section of its own in the list.

    Attributes
    ----------
    beach_manhole_m
        How far behind the shoreline a manhole is assumed, m, towards the landing's own position, where the landing does
        not give one. Its own position then stands for the station that it does not give either.
    slack_percent
        Cable beyond the length over ground, percent of that length.
    method
        How the cable lies there.
    """

    beach_manhole_m: Positive
    slack_percent: Annotated[float, Field(ge=0, le=20, allow_inf_nan=False)]
    method: LandMethod


class LandingRules(Cited):
    """How a route comes ashore, from the beach manhole out to where the main lay vessel can work.

    Attributes
    ----------
    beach_method, beach_burial_m
        From the beach manhole to the waterline: method, and depth of lowering, m.
    shore_end_method, shore_end_burial_m
        From there, by barge, to where the main lay vessel can work: method, and depth of lowering, m.
    min_lay_depth_m
        Shallowest water that the main lay vessel works in, m.
    max_shore_end_km
        From the manhole to that water; a landing that needs more is not viable.
    near_km
        How near to a manhole its sheet lists what lies there.
    wind_set_up_m
        By how much wind raises and lowers the water at the shore, m; not given: not known.
    """

    beach_method: BeachMethod = "beach trench"
    beach_burial_m: Positive = 2.0
    shore_end_method: BurialMethod = "trenching"
    shore_end_burial_m: NotNegative = 1.0
    min_lay_depth_m: Positive = 10.0
    max_shore_end_km: Positive = 25.0
    near_km: Positive = 10.0
    wind_set_up_m: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _works_by_a_barge(self) -> Self:
        if self.shore_end_method == "plough":
            raise ValueError("shore_end_method = `plough`: the main lay vessel tows it; expected another method")
        if (self.shore_end_method == "surface laid") != (self.shore_end_burial_m == 0):
            raise ValueError(f"`{self.shore_end_method}` with shore_end_burial_m = {self.shore_end_burial_m:g}")
        return self


LANDING_DEFAULTS = LandingRules(
    source="least depth: a vessel of 6.5 m draught (SCV Khankendi: bakushipyard, offshore-energy.biz) with 3.5 m under "
    "the keel; methods, depths of burial and the limit are engineering defaults",
    status="ASSUMED",
)
"""Of a study without ``[engineering.landing]``."""


class NeighbourRules(Cited):
    """Crossings of other cables and pipelines, and the distance to keep from them.

    Beside an asset the route keeps the greater of ``min_distance_m`` and ``depth_factor`` times the depth.

    Attributes
    ----------
    aimed_angle_deg
        Angle of a crossing that a designer aims at.
    min_angle_deg
        A crossing at this angle or more passes.
    min_distance_m
        From an asset that runs beside the route, m.
    depth_factor
        The same as a multiple of the water depth.
    approach_km
        A nearer stretch within this distance of a landing is a conflict of the landings.
    trusted_accuracy_m
        An asset whose position is known less well is listed and not judged, m.
    """

    aimed_angle_deg: Annotated[float, Field(gt=0, le=90)]
    min_angle_deg: Annotated[float, Field(gt=0, le=90)]
    min_distance_m: NotNegative
    depth_factor: NotNegative
    approach_km: NotNegative
    trusted_accuracy_m: Positive

    @model_validator(mode="after")
    def _aims_high(self) -> Self:
        if self.aimed_angle_deg < self.min_angle_deg:
            raise ValueError(
                f"aimed_angle_deg {self.aimed_angle_deg:g} is less than min_angle_deg {self.min_angle_deg:g}"
            )
        return self


class SectorRules(Cited):
    """Zones from the shore, and how far a border of ``sources.borders`` may lie from the shoreline.

    Attributes
    ----------
    territorial_nm
        Width of the territorial water from the shore, nautical miles.
    fishing_nm
        Outer limit of the fishing zone from the shore, nautical miles.
    max_border_off_km
        Distance of the end of a border to the shoreline.
    """

    territorial_nm: Positive
    fishing_nm: Positive
    max_border_off_km: Positive

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.territorial_nm >= self.fishing_nm:
            raise ValueError(f"territorial_nm {self.territorial_nm:g} is not less than fishing_nm {self.fishing_nm:g}")
        return self


class ListingRules(Cited):
    """Within which distance of the route a hazard is listed, by kind.

    Attributes
    ----------
    within_km
        Distance from the route, by kind of hazard.
    """

    within_km: dict[HazardKind, Positive]


class WaterLevels(Cited):
    """Levels of the sea at which landings and shallow water are looked at again; those above the declared one are not.

    So one study serves every declared level: that of ``water_level`` is the one key that a lower sea changes.

    Attributes
    ----------
    levels_m_msl
        Heights above mean sea level, m, positive up.
    shallow_m
        Water shallower than this counts as shallow, m.
    """

    levels_m_msl: Annotated[tuple[Annotated[float, Field(ge=-500, le=500)], ...], Field(min_length=1)]
    shallow_m: Positive

    def below(self, declared_m_msl: float) -> tuple[float, ...]:
        """The levels at or below the declared one: of the land that a higher sea would flood nothing is known."""
        return tuple(level for level in self.levels_m_msl if level <= declared_m_msl)


class Engineering(Model):
    """All rules that make a path a route. Of the rules for cable, slack and burial the first that is met decides.

    Where no rule of burial is near a `crossing`, two come first: a mattress within 0.05 km, and PLIB within 0.5 km.

    Attributes
    ----------
    alter_course
        Legs that a ship can lay.
    profile
        How the seabed under the route is sampled.
    cable_types
        Which armour where.
    slack
        How much cable beyond the length over ground, and where.
    neighbours
        Crossings of other cables and pipelines, and the distance to them.
    burial
        How the cable is protected, and where.
    plough
        What a plough can do.
    sections
        Shortest sections.
    amplifiers
        How far the cable reaches without amplifiers, and with them.
    spare
        Cable that is made and not laid.
    rpl
        What the Route Position List says.
    land_tail
        Cable from the station to the beach manhole; without, the list ends at the shore.
    landing
        How a route comes ashore.
    sectors
        Zones of the states' waters; without, no waters are told.
    listing
        Hazards that are listed along the route.
    free_spans
        Where the cable hangs free; without, none are sought.
    water_levels
        Lower levels of the sea that are looked at.
    """

    alter_course: AlterCourseRules
    profile: ProfileRules
    cable_types: Annotated[tuple[CableTypeRule, ...], Field(min_length=1)]
    slack: Annotated[tuple[SlackRule, ...], Field(min_length=1)]
    neighbours: NeighbourRules | None = None
    burial: Annotated[tuple[BurialRule, ...], Field(min_length=1)]
    plough: PloughRules = PLOUGH_DEFAULTS
    sections: SectionRules
    amplifiers: AmplifierRules
    spare: SpareRules
    rpl: RplRules
    land_tail: LandTailRules | None = None
    landing: LandingRules = LANDING_DEFAULTS
    sectors: SectorRules | None = None
    listing: ListingRules | None = None
    free_spans: FreeSpanRules | None = None
    water_levels: WaterLevels | None = None

    @field_validator("burial")
    @classmethod
    def _crossings_have_a_rule(cls, rules: tuple[BurialRule, ...], info: ValidationInfo) -> tuple[BurialRule, ...]:
        has_rule = any(CROSSING in rule.near for rule in rules)
        return rules if has_rule or not info.data.get("neighbours") else (*CROSSING_RULES, *rules)

    @model_validator(mode="after")
    def _rules_for_crossings_come_first(self) -> Self:
        ploughed = [number for number, rule in enumerate(self.burial) if rule.method == "plough"]
        for rule in self.burial[min(ploughed, default=len(self.burial)) :]:
            if CROSSING in rule.near:
                raise ValueError(
                    f"rule `{rule.id}` of engineering.burial holds near crossings and stands behind the plough of "
                    f"`{self.burial[ploughed[0]].id}`: put it first"
                )
        return self

    @model_validator(mode="after")
    def _plough_sections_can_be_divided(self) -> Self:
        longest_km, shortest_km = self.plough.max_section_km, self.sections.min_burial_km
        if "plough" in self.model_fields_set and longest_km < 2 * shortest_km:
            raise ValueError(
                f"plough.max_section_km {longest_km:g} is less than twice sections.min_burial_km {shortest_km:g}: a "
                "longer section could not be divided into two that are long enough"
            )
        return self

    @model_validator(mode="after")
    def _reaches_pass_a_section(self) -> Self:
        section_km = self.sections.min_cable_type_km
        for name in ("unrepeatered_km", "ropa_km", "ropa_from_terminal_km", "repeater_spacing_km"):
            if (reach_km := getattr(self.amplifiers, name)) < section_km:
                raise ValueError(
                    f"amplifiers.{name} {reach_km:g} is shorter than the shortest section of cable "
                    f"(sections.min_cable_type_km {section_km:g}): raise it, or allow shorter sections"
                )
        return self

    @model_validator(mode="after")
    def _every_place_has_a_rule(self) -> Self:
        for name in ("cable_types", "slack", "burial"):
            rules: tuple[CableRule, ...] = getattr(self, name)
            check_unique(f"engineering.{name}", [rule.id for rule in rules])
            if not rules[-1].is_unconditional:
                raise ValueError(
                    f"the last rule of {name}, `{rules[-1].id}`, has conditions: end with one that holds everywhere, "
                    "so that seabed of unknown depth has a rule too"
                )
        return self
