"""The tables ``[[constraints]]`` of a study: any layer, and what it means to a line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag, model_validator

from transcaspian.core.kinds import KIND_BY_NAME, ConstraintRole
from transcaspian.core.vocabulary import CableKind, ConstraintKind
from transcaspian.study.base import Cited, Identifier, Model, NotNegative, Positive, Text, check_bands
from transcaspian.study.source_ref import SourceRef


def _of_calendar(text: str) -> str:
    """A day that some year has."""
    try:
        date.fromisoformat(f"2000-{text}")
    except ValueError as exc:
        raise ValueError(f"{text} is no day of any year") from exc
    return text


DayOfYear = Annotated[
    str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"), AfterValidator(_of_calendar)
]
Number = Annotated[float, Field(allow_inf_nan=False)]
DAYS_OF_LEAP_YEAR = 366


class Season(Model):
    """Days of the year, both included, over the turn of the year too: ``{ from_day = "11-15", to_day = "03-31" }``.

    Attributes
    ----------
    from_day, to_day
        Month and day, ``"11-15"``.
    """

    from_day: DayOfYear
    to_day: DayOfYear

    def __str__(self) -> str:
        return f"{self.from_day} to {self.to_day}"

    @property
    def days(self) -> tuple[int, int]:
        """First day of the year, from 0, and how many days; of a year with a 29 February.

        >>> Season(from_day="12-31", to_day="01-02").days
        (365, 3)
        """
        first, last = (date.fromisoformat(f"2000-{day}").timetuple().tm_yday for day in (self.from_day, self.to_day))
        return first - 1, (last - first) % DAYS_OF_LEAP_YEAR + 1


class ValueBand(Model):
    """Friction of the values from ``from_value`` (included) to ``to_value``.

    Attributes
    ----------
    from_value, to_value
        In the unit of the layer; the first is included.
    friction
        Added to each metre there, 0 or more.
    """

    from_value: Number
    to_value: Number
    friction: NotNegative


class Constraint(Cited):
    """What all constraints have.

    ``source`` and ``status`` are those of the figures; those of the file stand in ``data``.

    Attributes
    ----------
    id
        Short name, unique among the constraints.
    name
        What people read; not given, its kind and id.
    kind
        What it is: decides the label, the style and the usual role.
    data
        Its file; or give ``from_source``.
    from_source
        A data set of the study that the features are taken from.
    kinds
        Which kinds of features of ``from_source``; empty: all.
    column
        Of a vector file, where its classes or values stand.
    season
        Days of the year on which it holds, for the plan and the listing; the line keeps to it all year.
    list_within_km
        How near to the route a feature is listed; not given, as far as the constraint acts.
    role
        What it means to the line; not given, the usual one of its kind.
    """

    id: Identifier
    name: Text | None = None
    kind: ConstraintKind
    data: SourceRef | None = None
    from_source: Literal["cables", "hazards"] | None = None
    kinds: tuple[Text, ...] = ()
    column: Text | None = None
    season: Season | None = None
    list_within_km: NotNegative | None = None
    role: ConstraintRole

    @model_validator(mode="after")
    def _has_data(self) -> Self:
        if (self.data is None) == (self.from_source is None):
            raise ValueError(
                "give one of `data` (a file) and `from_source` (`cables` or `hazards` of this study), and only one"
            )
        if self.kinds and self.from_source is None and not isinstance(self, FollowConstraint):
            raise ValueError("`kinds` picks features of `from_source`: for a file of its own leave it out")
        return self

    @property
    def label(self) -> str:
        """What people read."""
        return self.name or f"{KIND_BY_NAME[self.kind].label} ({self.id})"

    @property
    def acts_within_km(self) -> float:
        """How far from a feature it acts."""
        return 0.0


class BarrierConstraint(Constraint):
    """No line enters it, nor comes nearer than ``buffer_m``.

    Attributes
    ----------
    buffer_m
        Distance that the line keeps from a feature, m.
    add_position_accuracy
        Whether the buffer grows by how well a feature's position is known, its column ``position_accuracy_m``.
    default_accuracy_m
        Stands in where a feature has no ``position_accuracy_m``, m.
    closed
        Classes that are closed; not given, all features.
    closed_from
        Only features or cells of at least this value are closed.
    """

    role: Literal["barrier"] = "barrier"
    buffer_m: NotNegative = 0.0
    add_position_accuracy: bool = False
    default_accuracy_m: NotNegative | None = None
    closed: tuple[Text, ...] | None = None
    closed_from: Number | None = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if self.closed is not None and self.closed_from is not None:
            raise ValueError("give `closed` (classes) or `closed_from` (a value), not both")
        return self

    @property
    def acts_within_km(self) -> float:
        """Its buffer."""
        return self.buffer_m / 1000.0


class FrictionConstraint(Constraint):
    """Friction inside: the same everywhere, by class, or by bands of a value.

    Attributes
    ----------
    weight
        Times the friction; 0 switches it off.
    friction
        The same everywhere inside.
    classes
        Friction by class.
    bands
        Friction by bands of the value, which follow each other without gap.
    unknown_friction
        Where a raster has no data or a feature no value; a raster that leaves water out needs it.
    """

    role: Literal["friction"] = "friction"
    weight: NotNegative = 1.0
    friction: NotNegative | None = None
    classes: dict[str, NotNegative] | None = None
    bands: tuple[ValueBand, ...] | None = None
    unknown_friction: NotNegative | None = None

    @model_validator(mode="after")
    def _has_figures(self) -> Self:
        if sum(item is not None for item in (self.friction, self.classes, self.bands)) != 1:
            raise ValueError("give one of `friction`, `classes` ({ class = friction }) and `bands`, and only one")
        if self.classes is not None and not self.classes:
            raise ValueError("`classes` is empty: expected a friction for each class of the layer")
        if self.bands is not None:
            check_bands([(band.from_value, band.to_value) for band in self.bands])
        if self.friction is not None and self.column is not None:
            raise ValueError("`column` says where classes or values stand: give `classes` or `bands` with it")
        return self


class DistanceConstraint(Constraint):
    """Friction that falls linearly from a feature to its reach; inside an area it is whole.

    Attributes
    ----------
    weight
        Times the friction; 0 switches it off.
    friction
        At the feature, and inside an area.
    reach_km
        Distance at which the friction has fallen to 0.
    """

    role: Literal["friction_by_distance"] = "friction_by_distance"
    weight: NotNegative = 1.0
    friction: NotNegative
    reach_km: Positive

    @property
    def acts_within_km(self) -> float:
        """Its reach."""
        return self.reach_km


class FollowConstraint(Constraint):
    """Running along cables costs least between the separation and the outer limit; elsewhere, and nearer, friction.

    The separation is ``max(min_separation_m, separation_depths × depth)``. The weight is how much more a metre costs
    that follows nothing; it is 0 (off) where it is not given, because no gain was measured: more than 0.1 made lines
    worse, and a run notes it. Pipelines are followed only where ``kinds`` names them.

    Attributes
    ----------
    weight
        How much more a metre costs that follows nothing; 0 switches it off.
    min_separation_m
        Distance to keep from what is followed, m.
    separation_depths
        The same as a multiple of the water depth; the greater of both holds.
    outer_km
        Beyond this distance nothing is followed.
    kinds
        Kinds of cable that are followed.
    """

    role: Literal["follow"] = "follow"
    weight: NotNegative = 0.0
    min_separation_m: Positive = 500.0
    separation_depths: NotNegative = 3.0
    outer_km: Positive = 20.0
    kinds: tuple[CableKind, ...] = ("telecom_cable", "power_cable")

    @model_validator(mode="after")
    def _asks_for_pipelines(self) -> Self:
        if self.kind == "pipeline" and "pipeline" not in self.kinds:
            raise ValueError('pipelines are followed only on request: give kinds = ["pipeline"]')
        return self

    @property
    def acts_within_km(self) -> float:
        """Its outer limit."""
        return self.outer_km


class CrossingConstraint(Constraint):
    """What a crossing costs straight across, in kilometres of clear seabed; nothing near a landing.

    Attributes
    ----------
    weight
        Times the price; 0 switches it off.
    price_km
        Price of one crossing, as km of clear seabed.
    free_radius_km
        Within this distance of a landing nothing is charged.
    """

    role: Literal["price_per_crossing"] = "price_per_crossing"
    weight: NotNegative = 1.0
    price_km: NotNegative
    free_radius_km: NotNegative = 0.0


class AdviceConstraint(Constraint):
    """Listed along the route; it steers nothing."""

    role: Literal["advice"] = "advice"


def role_of(table: Any) -> str:
    """The role of a table: as it says, else the usual one of its kind (one that there is not is refused later)."""
    if isinstance(table, Constraint):
        return table.role
    said = table.get("role") if isinstance(table, Mapping) else None
    kind = KIND_BY_NAME.get(str(table.get("kind"))) if isinstance(table, Mapping) else None
    return str(said) if said is not None else kind.role if kind else "advice"


if TYPE_CHECKING:
    AnyConstraint: TypeAlias = Constraint
else:
    AnyConstraint = Annotated[
        Annotated[BarrierConstraint, Tag("barrier")]
        | Annotated[FrictionConstraint, Tag("friction")]
        | Annotated[DistanceConstraint, Tag("friction_by_distance")]
        | Annotated[FollowConstraint, Tag("follow")]
        | Annotated[CrossingConstraint, Tag("price_per_crossing")]
        | Annotated[AdviceConstraint, Tag("advice")],
        Discriminator(role_of),
    ]
