"""What is to be done along a route, phase by phase, and how many days of work it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from transcaspian.analyses.installation.access import Load
from transcaspian.analyses.installation.config import PAID_BY_SPEED, UNITS, Canal, Phase, Spread
from transcaspian.analyses.installation.days import Days
from transcaspian.analyses.installation.fleet import Fleet
from transcaspian.analyses.installation.vessels import Vessel
from transcaspian.analyses.installation.windows import PASSAGE
from transcaspian.core.linear_reference import KpRange
from transcaspian.engineering import EngineeredRoute
from transcaspian.study.price_tables import Prices

OUT_OF_USE = "decommissioned"


@dataclass(frozen=True)
class Part(KpRange):
    """A stretch with the days of work that it takes."""

    days: Days


@dataclass(frozen=True)
class Task:
    """Work of one phase that is done without leaving it.

    Attributes
    ----------
    parts
        In their order; none of what is done at a port.
    extra
        Days on top, before the first part.
    start_on
        A day that is fixed; empty: none is.
    """

    phase: str
    vessel: Vessel | None
    parts: tuple[Part, ...]
    extra: Days
    weather_percent: Spread
    quantity: float
    unit: str
    source: str
    status: str
    start_on: str = ""

    @property
    def work(self) -> Days:
        """Days of work, without weather."""
        return sum((part.days for part in self.parts), self.extra)

    @property
    def days(self) -> Days:
        """With weather."""
        return self.work.over(self.weather_percent)


def tasks_of(route: EngineeredRoute, fleet: Fleet, prices: Prices, loads: Sequence[Load]) -> tuple[Task, ...]:
    """All work along a route in the order of the phases of the study, without what takes no time."""
    found: list[Task] = []
    for phase in fleet.rules.phases:
        vessel = fleet.for_phase(phase.kind)
        about = (vessel, phase, route)
        if phase.kind == "shore ends":
            found += _shore_tasks(*about, prices)
        elif phase.kind == "loading":
            found.append(_task(vessel, phase, (), sum(load.cable_t for load in loads if load.vessel == vessel)))
        elif phase.kind == "route clearance":
            found.append(clearance_task(*about))
        elif phase.kind == "crossings":
            found.append(crossing_task(*about))
        else:
            found.append(_along_task(*about, prices))
    return tuple(one for one in found if one.work.high > 0 and (one.parts or one.phase == "loading"))


def _task(vessel: Vessel | None, phase: Phase, parts: tuple[Part, ...], quantity: float) -> Task:
    """Work of a phase; where it has no parts, its quantity takes the days."""
    extra = Days.of(phase.extra_days)
    if not parts and phase.per_day is not None:
        extra += each(phase, quantity)
    unit = UNITS.get(phase.kind, "km")
    about = (phase.weather_percent, quantity, unit, phase.source, phase.status, phase.start_on or "")
    return Task(phase.kind, vessel, parts, extra, *about)


def each(phase: Phase, quantity: float) -> Days:
    """Days of a quantity at the rate of a phase."""
    rate = phase.per_day
    return Days() if rate is None else Days(quantity / rate.high, quantity / rate.base, quantity / rate.low)


def crossing_task(vessel: Vessel | None, phase: Phase, route: EngineeredRoute) -> Task:
    """Work at every crossing."""
    found = [one.kp_km for one, _ in route.crossings]
    return _task(vessel, phase, tuple(Part(kp_km, kp_km, each(phase, 1.0)) for kp_km in found), float(len(found)))


def clearance_task(vessel: Vessel | None, phase: Phase, route: EngineeredRoute) -> Task:
    """Clearing what is out of use where it is crossed; the days on top are along the whole route."""
    found = [one.kp_km for one, _ in route.crossings if one.asset.state == OUT_OF_USE]
    whole = Part(0.0, route.profile.length_km, Days.of(phase.extra_days))
    parts = (whole, *(Part(kp_km, kp_km, each(phase, 1.0)) for kp_km in found))
    return replace(_task(vessel, phase, parts, float(len(found))), extra=Days())


def _along_task(vessel: Vessel | None, phase: Phase, route: EngineeredRoute, prices: Prices) -> Task:
    """Work along the sections of a phase, at the speeds of the cost book, and at its own rate along ploughed ones."""
    parts = list(speed_parts(phase, route, prices))
    if phase.kind in UNITS:
        ploughed = [item for item in route.cable.burial if item.rule.method == "plough"]
        parts += [Part(item.from_km, item.to_km, each(phase, item.length_km)) for item in ploughed]
    parts.sort(key=lambda part: part.from_km)
    quantity = sum(part.length_km for part in parts)
    return _task(vessel, phase, tuple(parts), quantity)


def _shore_tasks(vessel: Vessel | None, phase: Phase, route: EngineeredRoute, prices: Prices) -> Iterator[Task]:
    """The work of either shore end."""
    parts, middle_km = list(speed_parts(phase, route, prices)), route.profile.length_km / 2
    for is_first in (True, False):
        own = tuple(part for part in parts if ((part.from_km + part.to_km) / 2 < middle_km) is is_first)
        if own:
            yield _task(vessel, phase, own, sum(part.length_km for part in own))


def speed_parts(phase: Phase, route: EngineeredRoute, prices: Prices) -> Iterator[Part]:
    """Sections of the methods of a phase at the speeds of the cost book, times ``speed_factor``."""
    factor = phase.speed_factor
    low, base, high = (1.0, 1.0, 1.0) if factor is None else (factor.low, factor.base, factor.high)
    for item in route.cable.burial:
        if item.rule.method in PAID_BY_SPEED.get(phase.kind, ()):
            days = item.length_km / prices.burial_of(item.rule.method, item.rule.target_m).km_per_day
            yield Part(item.from_km, item.to_km, Days(days / high, days / base, days / low))


def passage(vessel: Vessel, canal: Canal) -> Task:
    """A vessel's way through the canal."""
    days, none = Days(*(canal.passage_days,) * 3), Spread(low=0.0, base=0.0, high=0.0)
    return Task(PASSAGE, vessel, (), days, none, 1.0, "each", canal.source, canal.status)
