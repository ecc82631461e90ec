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

    ``tolerance``: extra cost of the legs over the path's, as a share. A curve has at least ``turning_radius_m``, or
    ``turning_radius_depth_factor`` times the greatest depth of the path where that is more, and takes no more than half
    of each leg beside it. ``straight_approach_km``: least length of the first and the last leg. A leg ends in two
    positions of the list, which it keeps apart.
    """

    tolerance: Annotated[float, Field(gt=0, le=1)]
    min_leg_km: Annotated[float, Field(ge=0.01, allow_inf_nan=False)]
    max_alter_course_deg: Annotated[float, Field(gt=0, le=120, allow_inf_nan=False)]
    turning_radius_m: NotNegative
    turning_radius_depth_factor: NotNegative
    straight_approach_km: NotNegative


class ProfileRules(Cited):
    """How the seabed under the route is sampled, and from which bend on a cable may hang free."""

    sample_step_km: Annotated[float, Field(ge=0.01, le=10, allow_inf_nan=False)]
    bend_limit_deg_per_km: Positive


class FreeSpanRules(Cited):
    """A cable as it lies on the seabed, and from which free span on it is critical.

    ``residual_tension_kn``: what tension stays in it at the bottom; ``submerged_weight_n_per_m``: of the cable in
    water. A span is listed from ``min_height_m`` above the seabed, and is critical beyond ``max_length_m`` or
    ``max_height_m``.
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

    Depths count from ``from_depth_m`` (included) to ``to_depth_m``; a slope is the steeper of in-line and side slope.
    Where the depth or slope is not known, a condition about it is not met. ``near``: kinds of hazard, or `crossing` for
    a place where the route crosses a cable or pipeline; ``within_km`` is along the route there.
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
    """The least armour."""

    cable_type: CableType


class SlackRule(CableRule):
    """Cable laid beyond the length over ground. ``methods``: how the cable is buried there; empty: in any way.

    A cable that is buried as it is laid follows the seabed and needs little slack at any depth; one that is laid on the
    seabed, to stay there or to be buried afterwards (`PLIB`), needs more.
    """

    slack_percent: Annotated[float, Field(ge=0, le=20, allow_inf_nan=False)]
    methods: tuple[BurialMethod | PostLayMethod, ...] = ()

    @property
    def is_unconditional(self) -> bool:
        """Whether it holds everywhere."""
        return super().is_unconditional and not self.methods


class BurialRule(CableRule):
    """How the cable is protected, and how deep below the seabed it lies.

    ``PLIB``: laid on the seabed, inspected and buried afterwards; ``mattress``: laid on the seabed and covered. Rules
    near a `crossing` hold from ``within_km`` before each crossing to as far behind it, whatever else holds there.
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

    ``crossed_states``: states of the crossed assets that rules near a `crossing` hold for. A plough follows bends of
    ``turning_radius_m`` or more, ``layback_depth_factor`` times the depth behind the ship, which turns so much wider;
    a bend with no room for that ends the section. A section longer than ``max_section_km`` is divided, and each
    recovery takes ``recovery_km``. The least length of a section is ``engineering.sections.min_burial_km``.
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
    """Least lengths of what is changed on board or at the seabed."""

    min_cable_type_km: NotNegative
    min_burial_km: NotNegative
    min_slack_km: NotNegative


class AmplifierRules(Cited):
    """Reach without amplification, with remotely pumped amplifiers, and with repeaters, along the cable."""

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
    """Cable made beyond what is laid: for each joint, and as a share for the depot."""

    per_joint_km: NotNegative
    depot_percent: Annotated[float, Field(ge=0, le=50, allow_inf_nan=False)]


class DepthError(Cited):
    """Where the error of depths stood before; accepted for one more version, with a note."""

    base_m: Positive
    depth_share: NotNegative


class Chart(Cited):
    """A nautical chart and its extent. Of several that show a position the one of the largest scale is named."""

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

    ``second_crs``: the reference system of an authority, as ``EPSG:28409``, for two more columns.
    """

    depth_marks_m: tuple[Positive, ...] = ()
    same_position_m: Positive
    depth_error: DepthError | None = None
    charts: tuple[Chart, ...] = ()
    second_crs: Text | None = None


class LandTailRules(Cited):
    """The cable ashore, from the station to the beach manhole: a section of its own in the list.

    ``beach_manhole_m``: how far behind the shoreline a manhole is assumed, towards the landing's own position, where
    the landing does not give one. Its own position then stands for the station that it does not give either.
    """

    beach_manhole_m: Positive
    slack_percent: Annotated[float, Field(ge=0, le=20, allow_inf_nan=False)]
    method: LandMethod


class LandingRules(Cited):
    """How a route comes ashore, from the beach manhole out to where the main lay vessel can work.

    ``beach_method``, ``beach_burial_m``: from the manhole to the waterline. ``shore_end_method``,
    ``shore_end_burial_m``: from there, by barge, to the first water of ``min_lay_depth_m``, the least depth that the
    main lay vessel works in. ``max_shore_end_km``: from the manhole to that water; a landing that needs more is not
    viable. ``wind_set_up_m``: by how much wind raises and lowers the water at the shore; not given: not known.
    ``near_km``: how near to a manhole its sheet lists what lies there.
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

    A crossing at ``min_angle_deg`` or more passes; ``aimed_angle_deg`` is what a designer aims at. Beside an asset
    the route keeps the greater of ``min_distance_m`` and ``depth_factor`` times the depth; a nearer stretch within
    ``approach_km`` of a landing is a conflict of the landings. An asset whose position is not known to
    ``trusted_accuracy_m`` is listed and not judged.
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
    """Zones from the shore, and how far a border of ``sources.borders`` may lie from the shoreline."""

    territorial_nm: Positive
    fishing_nm: Positive
    max_border_off_km: Positive

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.territorial_nm >= self.fishing_nm:
            raise ValueError(f"territorial_nm {self.territorial_nm:g} is not less than fishing_nm {self.fishing_nm:g}")
        return self


class ListingRules(Cited):
    """Within which distance of the route a hazard is listed, by kind."""

    within_km: dict[HazardKind, Positive]


class WaterLevels(Cited):
    """Levels of the sea at which landings and shallow water are looked at again; those above the declared one are not.

    So one study serves every declared level: that of ``water_level`` is the one key that a lower sea changes.
    """

    levels_m_msl: Annotated[tuple[Annotated[float, Field(ge=-500, le=500)], ...], Field(min_length=1)]
    shallow_m: Positive

    def below(self, declared_m_msl: float) -> tuple[float, ...]:
        """The levels at or below the declared one: of the land that a higher sea would flood nothing is known."""
        return tuple(level for level in self.levels_m_msl if level <= declared_m_msl)


class Engineering(Model):
    """All rules that make a path a route. Of the rules for cable, slack and burial the first that is met decides.

    Where no rule of burial is near a `crossing`, two come first: a mattress within 0.05 km, and PLIB within 0.5 km.
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
