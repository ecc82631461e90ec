"""The table ``[installation]`` of a study: vessels and their ports, how cable is made, phases, and closed windows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from transcaspian.core.vocabulary import CABLE_TYPES, BeachMethod, BurialMethod, CableType, PostLayMethod
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
from transcaspian.study.constraint_tables import Season
from transcaspian.study.price_tables import CABLE_PRICED_AS
from transcaspian.study.schema import AnalysisTable, Study
from transcaspian.study.source_ref import SourceRef

PhaseKind = Literal[
    "loading",
    "route clearance",
    "pre-lay grapnel run",
    "shore ends",
    "main lay",
    "plough",
    "post-lay inspection and burial",
    "crossings",
]
PHASE_KINDS: tuple[PhaseKind, ...] = get_args(PhaseKind)
"""In the order in which they are done where the study does not list them otherwise."""
PAID_BY_SPEED: Mapping[PhaseKind, tuple[BurialMethod | PostLayMethod | BeachMethod, ...]] = {
    "shore ends": ("beach trench", "HDD", "trenching"),
    "main lay": ("surface laid", "mattress"),
    "plough": ("plough",),
    "post-lay inspection and burial": ("jetting", "PLIB"),
}
"""Methods that the cost book has a speed of, by the phase that does them: every method of a route is in one."""
UNITS: Mapping[PhaseKind, str] = {
    "loading": "t",
    "route clearance": "each",
    "pre-lay grapnel run": "km",
    "post-lay inspection and burial": "km",
    "crossings": "each",
}
"""What ``per_day`` counts: cable; crossings out of use; kilometres to plough; kilometres ploughed; crossings."""
WindowCause = Literal["ice", "spawning", "seals", "weather", "canal", "permits", "survey of others", "other"]
WINDOW_CAUSES: tuple[WindowCause, ...] = get_args(WindowCause)


def _of_calendar(text: str) -> str:
    """A day that there is."""
    try:
        date.fromisoformat(text)
    except ValueError as exc:
        raise ValueError(f"{text} is no day of the calendar: expected year-month-day") from exc
    return text


Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_of_calendar)]
Percent = Annotated[float, Field(ge=0, lt=100, allow_inf_nan=False)]
Kilometres = NotNegative


class Spread(Model):
    """A figure as it is known, from ``low`` to ``high``.

    Attributes
    ----------
    low, base, high
        In the unit of the key, ascending.
    """

    low: NotNegative
    base: NotNegative
    high: NotNegative

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if not self.low <= self.base <= self.high:
            raise ValueError(f"low {self.low:g}, base {self.base:g} and high {self.high:g} do not ascend")
        return self


class Speed(Spread):
    """A figure that work is divided by: more than 0."""

    low: Positive
    base: Positive
    high: Positive


class Share(Spread):
    """Of all days, in percent: less than 100."""

    low: Percent
    base: Percent
    high: Percent


NONE = Spread(low=0.0, base=0.0, high=0.0)


class Port(Cited):
    """Where vessels lie and load.

    Attributes
    ----------
    id
        Short name, unique among the ports.
    name
        What people read.
    lon_deg, lat_deg
        Degrees east and north, WGS 84.
    """

    id: Identifier
    name: Text
    lon_deg: Longitude
    lat_deg: Latitude


class Canal(Cited):
    """The way in for vessels that are not resident.

    Attributes
    ----------
    name
        What people read.
    max_length_m, max_beam_m, max_draught_m
        Of a vessel that may pass.
    closed
        Days of the year on which no ship passes.
    lead_days
        From the application to the permission.
    passage_days
        From the sea outside to the port.
    """

    name: Text
    max_length_m: Positive
    max_beam_m: Positive
    max_draught_m: Positive
    closed: Season
    lead_days: NotNegative
    passage_days: NotNegative


class CableMake(Cited):
    """How cable of a type is made: its weight in air, and the longest piece without a joint.

    Attributes
    ----------
    t_per_km
        Weight in air, tonnes per km.
    max_piece_km
        Longest piece without a joint.
    """

    t_per_km: Positive
    max_piece_km: Positive


class Phase(Cited):
    """Work of one kind along a system.

    What the cost book has a speed of is done at that speed times ``speed_factor``; everything else at ``per_day``.

    Attributes
    ----------
    kind
        Of work.
    per_day
        Units of work a day: tonnes, km, or pieces, by its kind.
    speed_factor
        Times the speed of the cost book.
    extra_days
        On top, once for each system (and for each landing of shore ends).
    weather_percent
        Days lost, percent of all days.
    vessel
        Its name in the table; not given, the first that can.
    start_on
        A day that is fixed, whatever window is closed then; ``2027-05-01``.
    """

    kind: PhaseKind
    per_day: Speed | None = None
    speed_factor: Speed | None = None
    extra_days: Spread = NONE
    weather_percent: Share
    vessel: Text | None = None
    start_on: Day | None = None

    @model_validator(mode="after")
    def _has_a_rate(self) -> Self:
        if self.per_day is not None and self.kind not in UNITS:
            raise ValueError(f"per_day: the speed of `{self.kind}` stands in prices.burial; scale it by speed_factor")
        if self.speed_factor is not None and self.kind not in PAID_BY_SPEED:
            raise ValueError(f"speed_factor: `{self.kind}` has no speed in prices.burial; give per_day")
        if self.per_day is None and self.kind in UNITS and self.kind not in PAID_BY_SPEED and self.extra_days == NONE:
            raise ValueError(f"`{self.kind}` has neither per_day nor extra_days: it would take no time")
        return self


class Window(Cited):
    """Days on which nothing may be done somewhere.

    Give ``closed`` (days of every year), or ``from_on`` and ``to_on`` (days of one year), of which one may be left out.

    Attributes
    ----------
    id
        Short name, unique among the windows.
    cause
        Why.
    closed
        Days of every year, both included, over the turn of the year too.
    from_on, to_on
        Days of one year, both included; ``2027-05-01``.
    systems
        Ids; empty: all.
    from_kp_km, to_kp_km
        Along the route; not given, the whole route.
    phases
        Kinds of work; empty: all.
    """

    id: Identifier
    cause: WindowCause
    closed: Season | None = None
    from_on: Day | None = None
    to_on: Day | None = None
    systems: tuple[Identifier, ...] = ()
    from_kp_km: Kilometres | None = None
    to_kp_km: Positive | None = None
    phases: tuple[PhaseKind, ...] = ()

    @model_validator(mode="after")
    def _closes_something(self) -> Self:
        if (self.closed is None) == (self.from_on is None and self.to_on is None):
            raise ValueError("give one of `closed` (days of every year) and `from_on` or `to_on` (days of one year)")
        if self.from_on is not None and self.to_on is not None and self.from_on > self.to_on:
            raise ValueError(f"from_on {self.from_on} is after to_on {self.to_on}")
        if self.to_kp_km is not None and self.to_kp_km <= (self.from_kp_km or 0.0):
            raise ValueError(f"to_kp_km {self.to_kp_km:g} is not beyond from_kp_km {self.from_kp_km or 0.0:g}")
        return self


class Installation(AnalysisTable, Cited):
    """Who lays the cable, from where, when.

    Attributes
    ----------
    vessels
        A table, CSV, with the columns of `transcaspian.analyses.installation.vessels.COLUMNS`.
    start_on
        When the first phase may begin; ``2027-05-01``.
    under_keel_m
        What a vessel keeps under its keel, m, where the table does not say how little water it works in.
    canal
        The way in for vessels from outside; not given: there is none.
    ports
        Where vessels load.
    cable
        How each type of cable is made.
    phases
        Work, in its order.
    windows
        Days on which something is closed.
    """

    vessels: SourceRef
    start_on: Day
    under_keel_m: NotNegative
    canal: Canal | None = None
    ports: Annotated[tuple[Port, ...], Field(min_length=1)]
    cable: dict[CableType, CableMake]
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    windows: tuple[Window, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        check_unique("installation.ports", [port.id for port in self.ports])
        check_unique("installation.phases", [phase.kind for phase in self.phases])
        check_unique("installation.windows", [window.id for window in self.windows])
        kinds = [phase.kind for phase in self.phases]
        if missing := [kind for kind in PAID_BY_SPEED if kind not in kinds]:
            raise ValueError(f"installation.phases has no `{missing[0]}`: add it, for what is not planned is not done")
        needed = [kind for kind in CABLE_TYPES if kind not in CABLE_PRICED_AS]
        if lacking := [kind for kind in needed if kind not in self.cable]:
            raise ValueError(f"installation.cable has no {lacking[0]}: add its weight and longest piece")
        return self

    def make_of(self, cable_type: CableType) -> CableMake:
        """How a type is made; one without a row of its own as the type that `CABLE_PRICED_AS` names."""
        return self.cable[cable_type if cable_type in self.cable else CABLE_PRICED_AS[cable_type]]

    @property
    def data_sets(self) -> Mapping[str, SourceRef]:
        """Its table of vessels."""
        return {"vessels": self.vessels}

    @property
    def summary(self) -> str:
        """How much there is."""
        return f"{len(self.phases)} phases, {len(self.windows)} windows"

    def check_study(self, study: Study) -> None:
        """Refuse a study without rules or prices, windows of no system, and windows that leave no day."""
        if study.engineering is None or study.prices is None:
            raise ValueError("installation needs [engineering] and [prices]: sections, speeds and days come from them")
        ids = {system.id for system in study.systems}
        for window in self.windows:
            if unknown := [name for name in window.systems if name not in ids]:
                raise ValueError(
                    f"installation.windows `{window.id}` names system `{unknown[0]}`: the study has "
                    f"{', '.join(sorted(ids))}"
                )
        from transcaspian.analyses.installation.windows import closed_for_ever

        if fault := closed_for_ever(self, sorted(ids)):
            raise ValueError(fault)
