"""An optional stage: expected faults and repairs of the routes, and the front of laying cost against them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from transcaspian.analyses.risk.availability import Availability, CableLaid, SystemsLaid
from transcaspian.analyses.risk.built_points import BuiltPoint, FrontBuilder, common_ground
from transcaspian.analyses.risk.common_events import ExposedLine
from transcaspian.analyses.risk.findings import (
    DesignCost,
    TotalRate,
    cause_findings,
    dominated_findings,
    dominates,
    dominating,
    price_findings,
    total_rate,
)
from transcaspian.analyses.risk.layers import (
    AVAILABILITY,
    OUTAGES,
    RISK_FRONT,
    RISK_SECTIONS,
    ROUTE_RISK,
    SPARE_STOCK,
)
from transcaspian.analyses.risk.ledger import Ledger, midway
from transcaspian.analyses.risk.protection import repairs_at, spare_at
from transcaspian.analyses.risk.rates import ANCHORING
from transcaspian.analyses.risk.weighed import ledger_of_route, open_cells, prepare
from transcaspian.core.cost_range import NO_COST, CostRange
from transcaspian.core.findings import AnalysisResult, Finding, Surface
from transcaspian.core.frames import Row, frames
from transcaspian.core.linear_reference import KpRange, cut, numbers_at
from transcaspian.core.spread import all_threads
from transcaspian.core.vocabulary import BURIAL_METHODS, CABLE_TYPES, NOT_KNOWN, RISK_CAUSES
from transcaspian.engineering import CommonCause, EngineeredRoute, common_causes
from transcaspian.engineering.cable import depot_km
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.study import Engineering

if TYPE_CHECKING:
    from transcaspian.analyses.risk.cells import Cells
    from transcaspian.analyses.risk.front import Front
    from transcaspian.analyses.risk.ledger import Account
    from transcaspian.analyses.risk.seismicity import Recurrence
    from transcaspian.analyses.risk.weighed import Weighed
    from transcaspian.core.layers import Layer
    from transcaspian.rpl.model import Rpl
    from transcaspian.runs.stages.model_seabed import Seabed
    from transcaspian.runs.stages.route_systems import Routed
    from transcaspian.study import System

_FEW_EVENTS = 50
"""Below that many, b is known to little better than a fifth (Aki: b / sqrt(n)) and more is said of it."""
Fronts = Mapping[str, "Front[BuiltPoint]"]


def weigh_risk(
    inputs: Inputs, ground: Seabed, routed: Routed, engineered: Mapping[str, EngineeredRoute]
) -> AnalysisResult:
    """Faults expected of the engineered routes, and of every system the front of cost against faults."""
    weighed = prepare(inputs, ground)
    cells = open_cells(weighed)
    fronts = _fronts_of(weighed, cells, routed, engineered)
    ledgers = {system_id: ledger_of_route(weighed, route) for system_id, route in engineered.items()}
    designs = {name: designs_of(weighed, fronts[name], ledger) for name, ledger in ledgers.items()}
    service, total = services(weighed, engineered, ledgers), total_of(weighed, ledgers)
    of_services = service.rows if service else {AVAILABILITY: [], OUTAGES: [], SPARE_STOCK: []}
    further = {"availability": service.figures if service else None, "total": total.as_figures() if total else None}
    bare = "expected faults of a bare cable on the seabed, all causes; no data: insufficient information"
    return AnalysisResult(
        layers=frames(_rows_of(weighed, fronts, engineered, ledgers, designs) | of_services),
        surfaces=(Surface("fault_rate", cells.bare, bare, "1/(km a)", "faults"),),
        figures=_figures(weighed, fronts, engineered, ledgers, designs) | further,
        notes=(*notes(weighed, fronts, ledgers), *([total.sentence] if total else [])),
        options=dict(shown_options(designs)),
        lists=lists_of(fronts),
        findings=(*findings_of(designs), *(service.findings if service else ()), *(total.findings if total else ())),
    )


def _fronts_of(weighed: Weighed, cells: Cells, routed: Routed, engineered: Mapping[str, EngineeredRoute]) -> Fronts:
    """The front of every system, over all threads, each with polygons of its own.

    GEOS prepares a geometry for one thread at a time; whose waters a place lies in is looked up by one at a time.
    """
    common, systems = common_ground(weighed), weighed.inputs.systems
    owned = [replace(weighed, ground=weighed.ground.with_own_polygons()) for _ in systems]

    def front(work: tuple[System, Weighed]) -> Front[BuiltPoint]:
        system, own = work
        ground = replace(common, water=own.ground.water, forbidden=own.ground.forbidden)
        return FrontBuilder(own, cells, routed, ground, engineered, system).front()

    found = all_threads()(front, zip(systems, owned, strict=True))
    return {system.id: one for system, one in zip(systems, found, strict=True)}


def _rows_of(
    weighed: Weighed,
    fronts: Fronts,
    engineered: Mapping[str, EngineeredRoute],
    ledgers: Mapping[str, Ledger],
    designs: Mapping[str, Designs],
) -> dict[Layer, list[Row]]:
    """Rows of the layers of fronts and routes."""
    return {
        RISK_FRONT: [
            row for name, front in fronts.items() for row in _front_rows(weighed, name, front, designs.get(name))
        ],
        RISK_SECTIONS: [row for name, front in fronts.items() for row in section_rows(weighed, name, front)],
        ROUTE_RISK: [
            row
            for name, ledger in ledgers.items()
            for row in _stretch_rows(weighed, name, engineered[name].lonlat, ledger)
        ],
    }


def lists_of(fronts: Fronts) -> dict[str, Rpl]:
    """The Route Position List of every point, by the name of its file."""
    return {
        list_file(name, rank): replace(point.found.route.rpl, title=f"{name}, point {rank} of the front")
        for name, front in fronts.items()
        for rank, point in enumerate(front.points, 1)
    }


@dataclass(frozen=True)
class Designs:
    """The design of a route beside the points of its front.

    ``margin``: the share by which a point must be better to be named. ``base_usd``: the length at the base price; None
    where the study has a cost book, by which all costs are.
    """

    route: DesignCost
    front: tuple[DesignCost, ...]
    knee: int
    margin: float
    base_usd: float | None
    faults_per_year: Mapping[str, float]

    @property
    def best(self) -> DesignCost:
        """The point that is better than the route, else the knee."""
        return dominating(self.route, self.front, self.knee, self.margin) or self.front[self.knee]

    def beside(self, place: int) -> dict[str, Any]:
        """Columns of a point beside the route of the run."""
        point = self.front[place]
        return {
            "cost_over_route_percent": 100.0 * (point.cost_usd / self.route.cost_usd - 1.0),
            "faults_over_route_percent": 100.0 * (point.faults_per_year / self.route.faults_per_year - 1.0),
            "dominates_route": dominates(point, self.route, self.margin),
        }


def designs_of(weighed: Weighed, front: Front[BuiltPoint], ledger: Ledger) -> Designs:
    """A route beside its front."""
    account = ledger.account()
    points = tuple(
        design_cost(weighed, f"point {place}", point.found.ledger) for place, point in enumerate(front.points, 1)
    )
    margin = weighed.rules.tolerance
    at_base_price = account.length_km * weighed.inputs.study.cost.base_cost_usd_per_km
    base_usd = at_base_price if ledger.total is None else None
    return Designs(
        design_cost(weighed, "the route", ledger), points, front.knee, margin, base_usd, account.at_most_per_year
    )


def shown_options(designs: Mapping[str, Designs]) -> Iterator[tuple[str, dict[str, str]]]:
    """The engineered routes, and of each front the point that is better, else the knee."""
    for name, found in designs.items():
        for option, cost in ((name, found.route), (f"{name}/{found.best.name}", found.best)):
            yield (
                option,
                cost.shown | {"faults a year": f"{cost.faults_per_year:.3f}"},
            )


def findings_of(designs: Mapping[str, Designs]) -> Iterator[Finding]:
    """What a reader must know of the engineered routes beside their fronts."""
    for name, found in designs.items():
        yield from dominated_findings(name, found.route, found.front, found.knee, found.margin)
        if found.base_usd is not None:
            yield from price_findings(name, found.route, found.base_usd)
    yield from cause_findings([found.faults_per_year for found in designs.values()])


def design_cost(weighed: Weighed, name: str, ledger: Ledger) -> DesignCost:
    """What a line with its cable costs."""
    faults = float(ledger.at_most.sum())
    return DesignCost(name, ledger.paid_usd, faults, weighed.present_value(ledger), ledger.total)


def total_of(weighed: Weighed, ledgers: Mapping[str, Ledger]) -> TotalRate | None:
    """Faults of all engineered routes beside the published total; None where the study gives none."""
    published = weighed.rules.published_rate
    accounts = [ledger.account() for ledger in ledgers.values()]
    if published is None or not accounts:
        return None
    own = {"earthquake", "mud_volcano", *([ANCHORING] if weighed.hazard.is_by_traffic else [])}
    return total_rate(published, [(account.length_km, account.at_most_per_year) for account in accounts], own)


def _exposed_line(weighed: Weighed, system: System, route: EngineeredRoute, ledger: Ledger) -> ExposedLine:
    """The engineered cable as events find it."""
    sea, repair = route.profile.sea_part(), weighed.rules.repair
    armour, burial = ledger.choice.T
    depth_m = midway(sea.depth_m)
    passes = np.ones(len(ledger.choice))
    if "anchoring" in ledger.causes:
        passes = weighed.options.passes[armour, burial, ledger.causes.index("anchoring")]
    days = repairs_at(weighed.options, repair, depth_m).days[burial, np.arange(len(burial))]
    study = weighed.inputs.study
    return ExposedLine(
        midway(sea.lon_deg),
        midway(sea.lat_deg),
        dict(zip(ledger.causes, ledger.at_most, strict=True)),
        passes,
        days - repair.waiting_days,
        spare_at(repair, depth_m),
        (study.landing(system.from_landing), study.landing(system.to_landing)),
    )


def services(
    weighed: Weighed, engineered: Mapping[str, EngineeredRoute], ledgers: Mapping[str, Ledger]
) -> Availability | None:
    """Availability and spare of the engineered systems; None where the study does not ask for them."""
    if weighed.rules.availability is None:
        return None
    systems = {system.id: system for system in weighed.inputs.systems if system.id in ledgers}
    laid = SystemsLaid(
        weighed.inputs.study,
        weighed.rules,
        weighed.hazard,
        weighed.recurrence,
        systems,
        {name: _exposed_line(weighed, systems[name], engineered[name], ledgers[name]) for name in systems},
        {name: engineered[name].lonlat for name in systems},
    )
    armour = weighed.options.armour
    spare = weighed.inputs.study.required_table(Engineering).spare
    cables = {
        name: CableLaid(
            [armour[place].cable_type for place in ledgers[name].choice[:, 0]],
            depot_km(engineered[name].cable.length_km, spare),
        )
        for name in systems
    }
    return Availability.of(laid, cables, weighed.status)


def faults_of_routes(
    inputs: Inputs, ground: Seabed, engineered: Mapping[str, EngineeredRoute]
) -> dict[str, float | None]:
    """Faults a year of the engineered routes, by system id; None where nothing is known of a route."""
    weighed = prepare(inputs, ground)
    accounts = {name: ledger_of_route(weighed, route).account() for name, route in engineered.items()}
    return {name: faults_record(account)["faults_per_year"] for name, account in accounts.items()}


def lowest_present_value(weighed: Weighed, front: Front[BuiltPoint]) -> int:
    """Place of the point of lowest present value."""
    return int(np.argmin([weighed.present_value(point.found.ledger) for point in front.points]))


def faults_record(account: Account) -> dict[str, Any]:
    """Columns of expected faults; a cause of which nothing is known on the whole stretch is empty."""
    nothing = account.unknown_km >= account.length_km - 1e-9
    known = {
        cause: faults
        for cause, faults in account.faults_per_year.items()
        if not nothing or account.at_most_per_year[cause] == faults
    }
    return {
        "faults_per_year": None if nothing else account.faults,
        "faults_at_most_per_year": account.at_most,
        **{f"{cause}_per_year": known.get(cause) for cause in RISK_CAUSES},
        "unknown_km": account.unknown_km,
    }


def list_file(system_id: str, rank: int) -> str:
    """The Route Position List of a point, in the folder of a run."""
    return f"rpl/front/{system_id}_{rank}.csv"


def _front_rows(weighed: Weighed, system_id: str, front: Front[BuiltPoint], designs: Designs | None) -> Iterator[Row]:
    """Rows of the layer ``risk_front`` of one system."""
    knee, least = front.knee, lowest_present_value(weighed, front)
    for place, point in enumerate(front.points):
        route, ledger = point.found.route, point.found.ledger
        account = ledger.account()
        yield RISK_FRONT.row(
            LineString(route.lonlat),
            *(account, ledger.total or NO_COST),
            cost_usd=ledger.paid_usd,
            point_id=f"{system_id}/{place + 1}",
            system_id=system_id,
            rank=place + 1,
            price_usd=point.price if front.supported[place] else None,
            **faults_record(account),
            **range_record(weighed, account),
            present_value_usd=weighed.present_value(ledger),
            is_supported=front.supported[place],
            is_knee=place == knee,
            is_lowest_present_value=place == least,
            **lengths(route, account),
            **({} if designs is None else designs.beside(place)),
            rpl_file=list_file(system_id, place + 1),
            status=weighed.status,
        )


def range_record(weighed: Weighed, account: Account) -> dict[str, float | None]:
    """Columns of how low and how high faults may be; empty where the study says nothing of it."""
    low, high = (
        (None, None) if weighed.range is None else weighed.range.of(account.at_most_per_year, account.anchor_error)
    )
    return {"faults_low_per_year": low, "faults_high_per_year": high}


def lengths(route: EngineeredRoute, account: Account) -> dict[str, float]:
    """Kilometres in the sea by type of cable and by method of burial."""
    found = {f"{name.lower()}_km": 0.0 for name in CABLE_TYPES}
    found |= {f"{name.replace(' ', '_')}_km": 0.0 for name in BURIAL_METHODS}
    types = ((item, item.rule.cable_type.lower()) for item in route.cable.types)
    methods = ((item, item.rule.method.replace(" ", "_")) for item in route.cable.burial)
    named: Iterator[tuple[KpRange, str]] = chain(types, methods)
    for item, name in named:
        km = min(item.to_km, account.to_km) - max(item.from_km, account.from_km)
        if km > 0 and f"{name}_km" in found:  # a beach has methods of its own
            found[f"{name}_km"] += km
    return found


def section_rows(weighed: Weighed, system_id: str, front: Front[BuiltPoint]) -> Iterator[Row]:
    """Rows of the layer ``risk_sections`` of one system."""
    for place, point in enumerate(front.points):
        route, ledger = point.found.route, point.found.ledger
        laid = laid_along(route, midway(ledger.kp_km))
        edges = [0, *(step for step in range(1, len(laid)) if laid[step] != laid[step - 1]), len(laid)]
        accounts = [ledger.account(first, after) for first, after in pairwise(edges)]
        shares: list[CostRange | None] = [None] * len(accounts)
        if ledger.total is not None:
            shares = [*ledger.total.shared_out([account.cost_usd for account in accounts])]
        for account, first, cost in zip(accounts, edges, shares, strict=False):
            cable_type, method, target_m = laid[first]
            yield RISK_SECTIONS.row(
                LineString(cut(route.lonlat, account.from_km, account.to_km)),
                *(account, cost or NO_COST),
                cost_usd=account.cost_usd if cost is None else cost.cost_base_usd,
                section_id=f"{system_id}/{place + 1}/{account.from_km:.3f}",
                point_id=f"{system_id}/{place + 1}",
                system_id=system_id,
                from_kp_km=account.from_km,
                to_kp_km=account.to_km,
                cable_type=cable_type,
                protection_method=method,
                target_burial_m=target_m,
                **faults_record(account),
                status=weighed.status,
            )


def laid_along(route: EngineeredRoute, kp_km: NDArray[np.float64]) -> list[tuple[str, str, float]]:
    """Cable type, method and depth of lowering at each KP."""
    types = [item.rule.cable_type for item in route.cable.types]
    burial = [(item.rule.method, item.rule.target_m) for item in route.cable.burial]
    at = zip(numbers_at(route.cable.types, kp_km), numbers_at(route.cable.burial, kp_km), strict=True)
    return [(types[first], *burial[second]) for first, second in at]


def _stretch_rows(weighed: Weighed, system_id: str, lonlat: NDArray[np.float64], ledger: Ledger) -> Iterator[Row]:
    """Rows of the layer ``route_risk`` of one system."""
    for account in ledger.stretches(weighed.rules.stretch_km):
        yield ROUTE_RISK.row(
            LineString(cut(lonlat, account.from_km, account.to_km)),
            account,
            stretch_id=f"{system_id}/{account.from_km:.3f}",
            system_id=system_id,
            from_kp_km=account.from_km,
            to_kp_km=account.to_km,
            **faults_record(account),
            faults_at_most_per_1000km_year=1000.0 * account.at_most / account.length_km,
            verdict=NOT_KNOWN if account.unknown_km > 0 else "known",
            status=weighed.status,
        )


def _figures(
    weighed: Weighed,
    fronts: Fronts,
    engineered: Mapping[str, EngineeredRoute],
    ledgers: Mapping[str, Ledger],
    designs: Mapping[str, Designs],
) -> dict[str, Any]:
    """Everything for the manifest."""
    rules = weighed.rules
    return {
        "status": weighed.status,
        "source": rules.source,
        "causes": list(weighed.hazard.causes),
        "not_modelled": dict(weighed.hazard.missing),
        "present_value": {"service_years": rules.service_years, "discount_rate": rules.discount_rate},
        "earthquakes": None if weighed.recurrence is None else earthquake_figures(weighed.recurrence),
        "common_causes": [asdict(cause) for cause in shared_ends_of(weighed)],
        "routes": {
            name: summary(weighed, ledger) | lengths(engineered[name], ledger.account())
            for name, ledger in ledgers.items()
        },
        "fronts": {name: front_figures(weighed, front, designs.get(name)) for name, front in fronts.items()},
    }


def shared_ends_of(weighed: Weighed) -> list[CommonCause]:
    """Manholes and stations that systems share which are built together: no rate is known of what befalls them."""
    study = weighed.inputs.study
    landings = {landing.id: landing for landing in study.landings}
    return list(common_causes(study.built_pairs(weighed.inputs.systems), landings))


def earthquake_figures(quakes: Recurrence) -> dict[str, Any]:
    """How the catalogue was read, for the manifest."""
    return {
        "read": quakes.read,
        "of_the_years": quakes.of_the_years,
        "mainshocks": quakes.declustered,
        "complete_mainshocks": len(quakes.mainshocks),
        "completeness_mw": quakes.completeness_mw,
        "per_year": quakes.per_year,
        "b": quakes.b,
        "b_standard_error": quakes.b_error,
        "status": "DERIVED",
    }


def front_figures(weighed: Weighed, front: Front[BuiltPoint], designs: Designs | None) -> dict[str, Any]:
    """A front, its corners, and what of it is better than the route of the run, for the manifest."""
    best = lowest_present_value(weighed, front)
    corners = {"cheapest": 0, "knee": front.knee, "lowest_present_value": best, "lowest_faults": -1}
    return {
        "points": len(front.points),
        "routes_sought": front.solved,
        "gap": front.gap,
        "dominates_route": [
            {"rank": place + 1, **designs.beside(place)}
            for place in range(len(front.points))
            if designs is not None and designs.beside(place)["dominates_route"]
        ],
        **{name: summary(weighed, front.points[at].found.ledger) for name, at in corners.items()},
    }


def summary(weighed: Weighed, ledger: Ledger) -> dict[str, Any]:
    """The figures of a route as JSON holds them."""
    account = ledger.account()
    return {
        "length_km": account.length_km,
        **({} if ledger.total is None else asdict(ledger.total)),
        "cost_usd": ledger.paid_usd,
        "faults_per_year": account.faults,
        "faults_at_most_per_year": account.at_most,
        **range_record(weighed, account),
        "faults_at_most_per_1000km_year": 1000.0 * account.at_most / account.length_km,
        "by_cause_per_year": account.faults_per_year,
        "by_cause_at_most_per_year": account.at_most_per_year,
        "unknown_km": account.unknown_km,
        "repair_days_per_year": account.repair_days_per_year,
        "repair_usd_per_year": account.repair_usd_per_year,
        "present_value_usd": weighed.present_value(ledger),
    }


def notes(weighed: Weighed, fronts: Fronts, ledgers: Mapping[str, Ledger]) -> Iterator[str]:
    """What a person should know before reading the figures."""
    for cause, why in weighed.hazard.missing.items():
        yield f"faults by {cause}: insufficient information ({why}); no figure has them in it"
    if weighed.hazard.is_by_traffic:
        yield "faults by anchors go by the traffic of [burial], not by the depths of risk.by_depth, and by no factor"
    quakes = weighed.recurrence
    if quakes is not None and len(quakes.mainshocks) < _FEW_EVENTS:
        yield (
            f"earthquakes: b = {quakes.b:.2f} ± {quakes.b_error:.2f} from {len(quakes.mainshocks)} mainshocks of Mw "
            f"{quakes.completeness_mw:g} and more, out of {quakes.of_the_years} events: few to tell rates from"
        )
    for name, ledger in ledgers.items():
        account = ledger.account()
        yield (
            f"{name}: {account.at_most:.3f} faults a year expected of the engineered route "
            f"({1000.0 * account.at_most / account.length_km:.2f} per 1,000 km), {account.faults:.3f} of them where "
            f"all is known; on {account.unknown_km:.1f} km a rate is not known"
        )
    for name, front in fronts.items():
        knee = front.points[front.knee].found.ledger
        yield (
            f"{name}: front of {len(front.points)} routes; the knee costs USD {knee.paid_usd / 1e6:.2f} million with "
            f"{knee.account().at_most:.3f} faults a year"
        )
        if front.gap > weighed.rules.tolerance:
            yield (
                f"{name}: after {front.solved} routes the front may still lack points {front.gap:.1%} of its extents "
                "away: raise risk.max_routes"
            )
