"""How long the systems of a study are out of service, alone and two at once, and the spare cable that repairs need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import poisson
from shapely import LineString, MultiLineString, Point

from transcaspian.analyses.risk.common_events import ExposedLine, outages_of
from transcaspian.analyses.risk.config import OWN_VESSEL, AvailabilityRules, RiskRules, SpareStock
from transcaspian.analyses.risk.layers import AVAILABILITY, OUTAGES, SPARE_STOCK
from transcaspian.analyses.risk.outages import (
    YEAR_DAYS,
    YEAR_HOURS,
    Outage,
    OutOfService,
    Ship,
    out_of_service,
    per_year,
)
from transcaspian.analyses.risk.rates import Hazard
from transcaspian.analyses.risk.seismicity import Recurrence
from transcaspian.core.cost_range import NO_COST, CostRange
from transcaspian.core.findings import Finding
from transcaspian.core.frames import Row
from transcaspian.core.geodesy import to_ecef_m
from transcaspian.core.layers import Layer
from transcaspian.core.vocabulary import Status
from transcaspian.engineering import Quantities, bill_of
from transcaspian.study import Landing, Study, System
from transcaspian.study.constraint_tables import Season
from transcaspian.study.price_tables import Prices

WHOLE_PERCENT = 100.0
JOINTS_OF_REPAIR = 2
"""A repair cuts the cable and lays in a piece with a joint at either end."""
SHARED_BY_CHANCE = 2.0
"""Both lines are said to depend on each other when they are out together so many times as often as by chance."""


@dataclass(frozen=True)
class SystemsLaid:
    """Systems with their cables: what all figures of availability come from."""

    study: Study
    rules: RiskRules
    hazard: Hazard
    recurrence: Recurrence | None
    systems: Mapping[str, System]
    lines: Mapping[str, ExposedLine]
    lonlat: Mapping[str, Any]

    @property
    def asked(self) -> AvailabilityRules:
        """Its rules, which it has."""
        assert self.rules.availability is not None
        return self.rules.availability

    @property
    def ships(self) -> dict[str, Ship]:
        """The ship of ``risk.repair``, and those that repairs would wait for instead."""
        others = {vessel.id: _ship(vessel.waiting_days, vessel.closed) for vessel in self.asked.vessels}
        return {OWN_VESSEL: Ship(self.rules.repair.waiting_days), **others}

    @property
    def pairs(self) -> list[tuple[System, System]]:
        """Those that are built together, each once."""
        return self.study.built_pairs([self.systems[name] for name in self.lines])

    def geometry(self, *system_ids: str) -> LineString | MultiLineString:
        """Their lines."""
        lines = [LineString(self.lonlat[name]) for name in system_ids]
        return lines[0] if len(lines) == 1 else MultiLineString(lines)


def _ship(waiting_days: float, closed: Season | None) -> Ship:
    # the days of a year with a 29 February: what they are off by is a fraction of a day
    return Ship(waiting_days) if closed is None else Ship(waiting_days, *map(float, closed.days))


@dataclass(frozen=True)
class CableLaid:
    """Cable types of a system, step by step, and the spare for the depots that is made with it."""

    types: Sequence[str]
    depot_km: float


@dataclass(frozen=True)
class Service:
    """A system, or two that are built together, with one repair ship.

    Attributes
    ----------
    systems
        One or two ids.
    share
        Of time out of service.
    """

    systems: tuple[str, ...]
    ship: str
    outages: tuple[Outage, ...]
    share: OutOfService

    @property
    def id(self) -> str:
        """Of its row."""
        return f"{'/'.join(self.systems)}@{self.ship}"

    @property
    def out(self) -> float:
        """Share of time without any of them in service."""
        return self.share.one if len(self.systems) == 1 else self.share.both

    @property
    def largest_cause(self) -> str | None:
        """Of those that take both, the one by which they are out longest."""
        return max(self.share.common, key=lambda cause: self.share.common[cause], default=None)

    @property
    def common_h(self) -> float:
        """Hours a year that both are out by events that take both."""
        return YEAR_HOURS * sum(self.share.common.values())


def services_of(laid: SystemsLaid) -> list[Service]:
    """Every system, and every two that are built together, with every ship."""
    found = []
    groups: list[tuple[str, ...]] = [*((name,) for name in laid.lines), *((one.id, two.id) for one, two in laid.pairs)]
    for names in groups:
        one, other = [*(laid.lines[name] for name in names), ExposedLine()][:2]
        outages = outages_of((one, other), laid.asked, laid.hazard, laid.recurrence)
        found += [Service(names, name, outages, out_of_service(outages, ship)) for name, ship in laid.ships.items()]
    return found


def availability_rows(laid: SystemsLaid, services: Sequence[Service], status: Status) -> Iterator[Row]:
    """Rows of the layer ``availability``."""
    for found in services:
        is_pair = len(found.systems) == 2
        yield AVAILABILITY.row(
            laid.geometry(*found.systems),
            availability_id=found.id,
            system_id=found.systems[0],
            other_system_id=found.systems[1] if is_pair else None,
            ship=found.ship,
            waiting_days=laid.ships[found.ship].waiting_days,
            outages_per_year=per_year(found.outages, 0),
            other_outages_per_year=per_year(found.outages, 1) if is_pair else None,
            availability_percent=WHOLE_PERCENT * (1.0 - found.out),
            out_h_per_year=YEAR_HOURS * found.out,
            common_h_per_year=found.common_h if is_pair else None,
            coincidence_h_per_year=YEAR_HOURS * found.share.coincidence if is_pair else None,
            if_independent_h_per_year=YEAR_HOURS * found.share.if_independent if is_pair else None,
            largest_common_cause=found.largest_cause,
            status=status,
        )


def outage_rows(laid: SystemsLaid, services: Sequence[Service], status: Status) -> Iterator[Row]:
    """Rows of the layer ``outages``: what the figures of the layer ``availability`` are computed from."""
    for found in services:
        if found.ship != OWN_VESSEL:
            continue
        is_pair = len(found.systems) == 2
        for number, outage in enumerate(found.outages, 1):
            yield OUTAGES.row(
                laid.geometry(*found.systems),
                outage_id=f"{'/'.join(found.systems)}/{number}",
                system_id=found.systems[0],
                other_system_id=found.systems[1] if is_pair else None,
                cause=outage.cause,
                events_per_year=outage.per_year,
                work_days=outage.days[0],
                other_work_days=outage.days[1] if is_pair else None,
                takes="both" if outage.is_common else "one",
                by_ship=outage.by_ship,
                status=status,
            )


@dataclass(frozen=True)
class Stock:
    """Spare cable of a type at a depot."""

    depot_id: str
    landing: Landing
    cable_type: str
    repairs_expected: float
    repairs_covered: int
    spare_km: float


def stocks_of(laid: SystemsLaid, types: Mapping[str, Sequence[str]]) -> list[Stock]:
    """Spare by type and depot of the systems that are built together, as the first of the study is.

    Repairs of a type until new cable comes are a Poisson number, each step of a line repaired from the nearest depot.
    The stock is for so many that more come with no more than the remaining probability, and for one of every type that
    lies there, each as long as the longest repair there.

    Parameters
    ----------
    types
        Cable type of each step, by system.
    """
    rules = laid.asked.spares
    if rules is None or not laid.lines:
        return []
    landings = [laid.study.landing(depot.landing) for depot in rules.depots]
    places = cKDTree(to_ecef_m([one.lon_deg for one in landings], [one.lat_deg for one in landings]))
    needs: dict[tuple[int, str], tuple[float, float]] = {}
    for name in planned(laid):
        line, of_type = laid.lines[name], np.asarray(types[name])
        repairs = np.sum([line.of(cause) for cause in line.faults], axis=0) * rules.replacement_days / YEAR_DAYS
        nearest = places.query(line.ecef_m)[1]
        for key in {*zip(nearest.tolist(), of_type.tolist(), strict=True)}:
            here = (nearest == key[0]) & (of_type == key[1])
            expected, longest_km = needs.get(key, (0.0, 0.0))
            needs[key] = expected + float(repairs[here].sum()), max(longest_km, float(line.spare_km[here].max()))
    return [_stock(rules, place, kind, landings[place], *need) for (place, kind), need in sorted(needs.items())]


def _stock(
    rules: SpareStock, place: int, cable_type: str, landing: Landing, expected: float, longest_km: float
) -> Stock:
    covered = max(int(poisson.ppf(rules.confidence, expected)), 1)
    return Stock(rules.depots[place].id, landing, cable_type, expected, covered, covered * longest_km)


def planned(laid: SystemsLaid) -> list[str]:
    """Systems of one plan: none that is an alternative of another that was laid."""
    return [name for name in laid.lines if laid.study.alternative_of(laid.systems[name]) not in laid.lines]


def spare_cost(prices: Prices | None, km: float) -> CostRange | None:
    """What spare cable costs, as in the bills; None without a cost book."""
    return None if prices is None else bill_of(prices, Quantities(spare_km=km)).items[0].cost


def spare_rows(stocks: Sequence[Stock], status: Status, prices: Prices | None) -> Iterator[Row]:
    """Rows of the layer ``spare_stock``."""
    for stock in stocks:
        yield SPARE_STOCK.row(
            Point(stock.landing.lon_deg, stock.landing.lat_deg),
            *(stock, spare_cost(prices, stock.spare_km) or NO_COST),
            stock_id=f"{stock.depot_id}/{stock.cable_type}",
            landing_id=stock.landing.id,
            joints=JOINTS_OF_REPAIR * stock.repairs_covered,
            status=status,
        )


def service_findings(laid: SystemsLaid, services: Sequence[Service], status: Status) -> Iterator[Finding]:
    """What two systems between the same states are worth together: the pairs that stand in for each other."""
    for found in services:
        if len(found.systems) == 1 or found.ship != OWN_VESSEL or not _same_states(laid, found.systems):
            continue
        own, other = found.systems
        hours = [f"{YEAR_HOURS * share:.1f} h" for share in (found.share.one, found.share.other)]
        yield Finding(
            kind="availability",
            severity="minor" if found.out > SHARED_BY_CHANCE * found.share.if_independent else "information",
            subject=own,
            sentence=(
                f"{own} is out of service {hours[0]} a year and {other} {hours[1]}; both at once "
                f"{YEAR_HOURS * found.out:.2f} h (availability {WHOLE_PERCENT * (1 - found.out):.5f} %), of it "
                f"{found.common_h:.2f} h by what takes both{_mostly(found)}; by chance alone it would be "
                f"{YEAR_HOURS * found.share.if_independent:.2f} h{_with_other_ships(services, found)}"
            ),
            action=_action(found),
            source="layers availability and outages; rates of [risk], risk.availability",
            status=status,
        )


def _same_states(laid: SystemsLaid, names: Sequence[str]) -> bool:
    one, other = ({landing.country for landing in laid.lines[name].landings} for name in names)
    return one == other


def _mostly(found: Service) -> str:
    return f", mostly {found.largest_cause.replace('_', ' ')}" if found.largest_cause else ""


def _with_other_ships(services: Sequence[Service], found: Service) -> str:
    others = [one for one in services if one.systems == found.systems and one.ship != found.ship]
    told = ", ".join(f"{YEAR_HOURS * one.out:.2f} h with the ship {one.ship}" for one in others)
    return f"; {told}" if told else ""


def _action(found: Service) -> str:
    if found.largest_cause in ("manhole", "station"):
        return "give one of them a landing of its own"
    if found.largest_cause == "state":
        return "lead traffic through a third state as well: no second cable between the same two helps against it"
    if found.largest_cause is not None and found.common_h > YEAR_HOURS * found.share.coincidence:
        return "lay them farther apart where one event reaches both (layer outages)"
    return "agree on a repair ship: both are out by faults of their own while they wait for it"


def spare_findings(laid: SystemsLaid, stocks: Sequence[Stock], depot_km: Mapping[str, float]) -> Iterator[Finding]:
    """Spare that repairs ask for, beside what the bills have for the depots.

    Parameters
    ----------
    depot_km
        Spare cable of each system for the depots, by the rules of engineering.
    """
    if not stocks:
        return
    asked_km = sum(stock.spare_km for stock in stocks)
    systems = planned(laid)
    listed_km = sum(depot_km[name] for name in systems)
    by_type: dict[str, float] = {}
    for stock in stocks:
        by_type[stock.cable_type] = by_type.get(stock.cable_type, 0.0) + stock.spare_km
    types = ", ".join(f"{km:.1f} km of {name}" for name, km in by_type.items())
    is_short, off_km = asked_km > listed_km, abs(asked_km - listed_km)
    cost = spare_cost(laid.study.prices, off_km)
    said = f"the other {off_km:.1f} km" if is_short else f"{off_km:.1f} km more than repairs ask for"
    worth = "" if cost is None else f" ({cost} million USD)"
    yield Finding(
        kind="spare cable",
        severity="minor" if is_short else "information",
        sentence=f"repairs of {', '.join(systems)} ask for {asked_km:.1f} km of spare cable in stock ({types}); in "
        f"their line `spare cable` the bills have {listed_km:.1f} km for the depots, by engineering.spare: {said}"
        f"{worth}{' are in no bill' if is_short else ''}",
        action="order spare by type and depot (layer spare_stock), and "
        f"{'raise' if is_short else 'see whether to lower'} engineering.spare.depot_percent",
        source="layer spare_stock; risk.availability.spares",
        status="ASSUMED",
    )


def service_figures(
    laid: SystemsLaid, services: Sequence[Service], stocks: Sequence[Stock], depot_km: Mapping[str, float]
) -> dict[str, Any]:
    """For the manifest.

    Parameters
    ----------
    depot_km
        As for `spare_findings`.
    """
    return {
        "formula": "1 - exp(-c) + exp(-c) (1 - exp(-a)) (1 - exp(-b)); a, b, c: mean number of outages under repair "
        "that hold one line, the other, both",
        "services": {
            found.id: {
                "systems": list(found.systems),
                "waiting_days": laid.ships[found.ship].waiting_days,
                "availability": 1.0 - found.out,
                "out_h_per_year": YEAR_HOURS * found.out,
                "coincidence_h_per_year": YEAR_HOURS * found.share.coincidence,
                "common_h_per_year": {cause: YEAR_HOURS * share for cause, share in found.share.common.items()},
                "if_independent_h_per_year": YEAR_HOURS * found.share.if_independent,
            }
            for found in services
        },
        "spare_km": {f"{stock.depot_id}/{stock.cable_type}": stock.spare_km for stock in stocks},
        "depot_km_in_bills": sum(depot_km[name] for name in planned(laid)),
    }


@dataclass(frozen=True)
class Availability:
    """What a study's systems are worth as each other's reserve."""

    laid: SystemsLaid
    services: tuple[Service, ...]
    stocks: tuple[Stock, ...]
    depot_km: Mapping[str, float]
    status: Status

    @classmethod
    def of(cls, laid: SystemsLaid, cables: Mapping[str, CableLaid], status: Status) -> Availability:
        """Of systems as they are laid, with their cables."""
        types = {name: cable.types for name, cable in cables.items()}
        depot_km = {name: cable.depot_km for name, cable in cables.items()}
        return cls(laid, tuple(services_of(laid)), tuple(stocks_of(laid, types)), depot_km, status)

    @property
    def rows(self) -> dict[Layer, list[Row]]:
        """Of its layers."""
        return {
            AVAILABILITY: list(availability_rows(self.laid, self.services, self.status)),
            OUTAGES: list(outage_rows(self.laid, self.services, self.status)),
            SPARE_STOCK: list(spare_rows(self.stocks, self.status, self.laid.study.prices)),
        }

    @property
    def findings(self) -> list[Finding]:
        """What a reader must know."""
        return [
            *service_findings(self.laid, self.services, self.status),
            *spare_findings(self.laid, self.stocks, self.depot_km),
        ]

    @property
    def figures(self) -> dict[str, Any]:
        """For the manifest."""
        return service_figures(self.laid, self.services, self.stocks, self.depot_km)
