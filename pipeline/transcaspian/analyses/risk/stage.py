"""An optional stage: expected faults and repairs of the routes, and the front of laying cost against them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from transcaspian import routing
from transcaspian.analyses.risk.availability import Availability, CableLaid, SystemsLaid
from transcaspian.analyses.risk.cells import Cells, LaidRoute, Planner, survey_cells
from transcaspian.analyses.risk.common_events import ExposedLine
from transcaspian.analyses.risk.config import RiskRules
from transcaspian.analyses.risk.costs import LineCosts
from transcaspian.analyses.risk.findings import (
    DesignCost,
    TotalRate,
    cause_findings,
    dominated_findings,
    dominating,
    price_findings,
    total_rate,
)
from transcaspian.analyses.risk.front import trace_front
from transcaspian.analyses.risk.layers import (
    AVAILABILITY,
    OUTAGES,
    RISK_FRONT,
    RISK_SECTIONS,
    ROUTE_RISK,
    SPARE_STOCK,
)
from transcaspian.analyses.risk.ledger import Ledger, SurveyedLine, choice_of_cable, ledger_of, midway, survey_line
from transcaspian.analyses.risk.protection import Options, annuity, options_of, repairs_at, spare_at
from transcaspian.analyses.risk.rate_range import RateRange, rate_range
from transcaspian.analyses.risk.rates import Hazard, Places, model_hazard
from transcaspian.analyses.risk.seismicity import Catalogue, recurrence
from transcaspian.core.cost_range import NO_COST, CostRange
from transcaspian.core.findings import AnalysisResult, Finding, Surface
from transcaspian.core.frames import Row, frames
from transcaspian.core.vocabulary import BURIAL_METHODS, CABLE_TYPES, NOT_KNOWN, RISK_CAUSES, Status
from transcaspian.engineering import (
    CommonCause,
    EngineeredRoute,
    Profile,
    Quantities,
    bill_of_route,
    common_causes,
    cut,
    quantities_ashore,
    quantities_of,
    seabed_profile,
    with_drying,
)
from transcaspian.runs.stages.engineer_systems import assets_of, features_of, system_asset
from transcaspian.runs.stages.inputs import Inputs, rows_of
from transcaspian.runs.stages.own_lines import confined
from transcaspian.runs.stages.steering import steered_by
from transcaspian.seabed import sample, slope_deg
from transcaspian.study import Engineering
from transcaspian.study.base import cited

if TYPE_CHECKING:
    from transcaspian.analyses.risk.front import Front, Point
    from transcaspian.analyses.risk.ledger import Account
    from transcaspian.analyses.risk.seismicity import Recurrence
    from transcaspian.runs.stages.model_seabed import Seabed
    from transcaspian.runs.stages.route_systems import Routed
    from transcaspian.study import System

_FEW_EVENTS = 50
"""Below that many, b is known to little better than a fifth (Aki: b / sqrt(n)) and more is said of it."""


@dataclass(frozen=True)
class Weighed:
    """What all systems of a run have in common, on the ground of the study."""

    inputs: Inputs
    ground: Seabed
    rules: RiskRules
    hazard: Hazard
    options: Options
    recurrence: Recurrence | None
    paid_usd_per_km: NDArray[np.float32]

    @property
    def status(self) -> Status:
        """Of every figure: assumed as soon as one figure that goes into it is."""
        statuses = {status for _, status, _ in cited(self.rules.model_dump(mode="json"))}
        return "ASSUMED" if "ASSUMED" in statuses else "DERIVED"

    @property
    def range(self) -> RateRange | None:
        """How far rates may be off; None where the study does not say."""
        published = self.rules.published_rate
        return None if published is None else rate_range(published, self.rules.earthquakes, self.recurrence)

    @property
    def annuity(self) -> float:
        """Present value of a USD a year over the service life."""
        return annuity(self.rules.discount_rate, self.rules.service_years)

    def profile(self, lonlat: NDArray[np.float64]) -> Profile:
        """The seabed under a line, at the steps of the study."""
        rules, depth = self.inputs.study.required_table(Engineering), self.ground.depth
        step_km = rules.profile.sample_step_km
        profile = seabed_profile(self.ground.grid, depth, lonlat, depth.effective_resolution_deg, step_km)
        return with_drying(profile, self.ground.grid, depth)

    def survey(self, lonlat: NDArray[np.float64]) -> SurveyedLine:
        """What could be laid on a line."""
        return self.survey_profile(self.profile(lonlat))

    def survey_profile(self, profile: Any) -> SurveyedLine:
        """What could be laid on the seabed of a profile."""
        paid = sample(self.ground.grid, self.paid_usd_per_km, profile.lon_deg, profile.lat_deg)
        return survey_line(self.hazard, self.options, self.rules.repair, profile, np.nan_to_num(paid))

    def present_value(self, ledger: Ledger) -> float:
        """Cost, and repairs of the service life at their present value."""
        return ledger.paid_usd + self.annuity * float(ledger.repair_usd.sum())


def weigh_risk(
    inputs: Inputs, ground: Seabed, routed: Routed, engineered: Mapping[str, EngineeredRoute]
) -> AnalysisResult:
    """Faults expected of the engineered routes, and of every system the front of cost against faults."""
    weighed = prepare(inputs, ground)
    cells = open_cells(weighed)
    costs = {system.id: line_costs(weighed, system, engineered) for system in inputs.systems}
    fronts = {system.id: front_of(weighed, cells, routed, system, costs[system.id]) for system in inputs.systems}
    ledgers = {system_id: ledger_of_route(weighed, route) for system_id, route in engineered.items()}
    designs = {name: designs_of(weighed, fronts[name], ledger, engineered[name]) for name, ledger in ledgers.items()}
    service = services(weighed, engineered, ledgers)
    total = total_of(weighed, ledgers)
    return AnalysisResult(
        layers=frames(
            {
                RISK_FRONT: [row for name, front in fronts.items() for row in front_rows(weighed, name, front)],
                RISK_SECTIONS: [row for name, front in fronts.items() for row in section_rows(weighed, name, front)],
                ROUTE_RISK: [
                    row
                    for name, ledger in ledgers.items()
                    for row in stretch_rows(weighed, name, engineered[name].lonlat, ledger)
                ],
                **(service.rows if service else {AVAILABILITY: [], OUTAGES: [], SPARE_STOCK: []}),
            }
        ),
        surfaces=(
            Surface(
                "fault_rate",
                cells.bare,
                "expected faults of a bare cable on the seabed, all causes; no data: insufficient information",
                "1/(km a)",
                "faults",
            ),
        ),
        figures=figures(weighed, fronts, ledgers)
        | {
            "availability": service.figures if service else None,
            "total": None if total is None else total.as_figures(),
        },
        notes=(*notes(weighed, fronts, ledgers), *([] if total is None else [total.sentence])),
        options=dict(shown_options(designs)),
        findings=(*findings_of(designs), *(service.findings if service else ()), *(total.findings if total else ())),
    )


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


def designs_of(weighed: Weighed, front: Front[LaidRoute], ledger: Ledger, route: EngineeredRoute) -> Designs:
    """A route beside its front."""
    account = ledger.account()
    points = tuple(
        design_cost(weighed, f"point {place}", point.found.ledger) for place, point in enumerate(front.points, 1)
    )
    margin = weighed.rules.tolerance + max(route.course.excess, 0.0)
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
    """What a line with its cable comes to."""
    faults = float(ledger.at_most.sum())
    return DesignCost(name, ledger.paid_usd, faults, weighed.present_value(ledger), ledger.total)


def prepare(inputs: Inputs, ground: Seabed) -> Weighed:
    """Earthquakes, hazards and options of the study."""
    rules = inputs.study.required_table(RiskRules)
    known = None
    if rules.earthquakes is not None and "earthquakes" in inputs.layers:
        known = recurrence(catalogue_of(inputs), rules.earthquakes)
    mud_volcanoes = None
    if "hazards" in inputs.layers:
        mud_volcanoes = [row["geometry"] for row in rows_of(inputs, "hazards") if row["kind"] == "mud_volcano"]
    hazard = model_hazard(ground.grid.bounds, rules, known, mud_volcanoes)
    base_usd = inputs.study.cost.base_cost_usd_per_km
    paid = paid_friction(inputs, ground, rules)
    paid_usd = np.float32(base_usd) * np.sum([np.zeros(ground.grid.shape, np.float32), *paid], axis=0)
    options = options_of(rules, hazard.causes, base_usd, inputs.study.prices)
    return Weighed(inputs, ground, rules, hazard, options, known, paid_usd.astype(np.float32))


def paid_friction(inputs: Inputs, ground: Seabed, rules: RiskRules) -> list[NDArray[np.float32]]:
    """The weighted frictions that are money: of criteria as the cost has them, and of constraints; NaN off water."""
    found = [ground.cost.criteria[name] for name in rules.paid_criteria if name in ground.cost.criteria]
    for constraint in inputs.study.constraints:
        if constraint.id in rules.paid_criteria:
            steering = steered_by(inputs, ground.grid, ground.depth, constraint)
            weighted = np.float32(steering.weight) * steering.friction()
            found.append(np.where(ground.depth.water, weighted, np.float32(np.nan)))
    return found


def catalogue_of(inputs: Inputs) -> Catalogue:
    """The earthquakes that were read."""
    quakes = inputs.layers["earthquakes"].layer
    return Catalogue(
        np.array([moment(text) for text in quakes["time_utc"]], "datetime64[s]"),
        quakes.geometry.x.to_numpy(float),
        quakes.geometry.y.to_numpy(float),
        quakes["magnitude_mw"].to_numpy(float),
    )


def moment(text: Any) -> np.datetime64:
    """A time of ISO 8601 in UTC; NaT where it is not stated or cannot be read."""
    try:
        return np.datetime64(str(text).strip().removesuffix("Z").replace(" ", "T"), "s")
    except ValueError:
        return np.datetime64("NaT", "s")


def open_cells(weighed: Weighed) -> Cells:
    """What each cell of open water costs and risks."""
    grid, depth_m = weighed.ground.grid, weighed.ground.depth.depth_m
    is_open = np.isfinite(weighed.ground.cost.friction_cost)
    places = Places.of_cells(grid, is_open, depth_m, slope_deg(grid, depth_m))
    return survey_cells(weighed.hazard, weighed.options, is_open, places, weighed.paid_usd_per_km)


def line_costs(weighed: Weighed, system: System, engineered: Mapping[str, EngineeredRoute]) -> LineCosts | None:
    """What prices the lines of a system; None where the study has no cost book."""
    study, inputs = weighed.inputs.study, weighed.inputs
    if study.prices is None:
        return None
    beside = [other for other in study.built_with(system) if other.id in engineered]
    assets = [system_asset(inputs, other, engineered[other.id].lonlat) for other in beside]
    route = engineered.get(system.id)
    ashore = (0.0, Quantities()) if route is None else (quantities_of(route).land_km, quantities_ashore(route))
    return LineCosts(
        study.prices,
        study.required_table(Engineering),
        weighed.options,
        features_of(inputs),
        (*assets_of(inputs), *assets),
        *ashore,
    )


def front_of(
    weighed: Weighed, cells: Cells, routed: Routed, system: System, costs: LineCosts | None
) -> Front[LaidRoute]:
    """The front of a system: lines by the router, armour and burial with the least lengths of the study."""
    ground, study = weighed.ground, weighed.inputs.study
    sections = study.required_table(Engineering).sections

    def route(cost_per_m: NDArray[np.float32]) -> NDArray[np.float64]:
        # the prices of the front know no direction, and its lines are many
        approach_km = study.rules.landing_approach.max_km
        problem = routing.RoutingProblem(ground.grid, cost_per_m, ground.water, ground.forbidden, approach_km)
        ends = routed.landings[system.from_landing], routed.landings[system.to_landing]
        return routing.route_between(confined(problem, system, ends), *ends).lonlat

    def least(line: SurveyedLine) -> tuple[int, int]:
        step_km = float(line.step_km[0])
        return tuple(int(np.ceil(km / step_km - 1e-9)) for km in (sections.min_cable_type_km, sections.min_burial_km))  # type: ignore[return-value]

    def total(lonlat: NDArray[np.float64], ledger: Ledger) -> CostRange:
        assert costs is not None
        return costs.total(lonlat, weighed.profile(lonlat), ledger)

    planner = Planner(
        cells, weighed.options, route, weighed.survey, least, system.name, None if costs is None else total
    )

    def worth(cheapest: Point[LaidRoute]) -> float:
        """The price at which a fault costs what its repairs do: there the present value is least, or nearly."""
        account = cheapest.found.ledger.account()
        return weighed.annuity * account.repair_usd_per_year / account.at_most

    return trace_front(planner.solve, weighed.rules.max_routes, weighed.rules.tolerance, worth)


def ledger_of_route(weighed: Weighed, route: EngineeredRoute) -> Ledger:
    """The engineered route with the cable that the rules of the study gave it."""
    line, prices = weighed.survey_profile(route.profile.sea_part()), weighed.inputs.study.prices
    ledger = ledger_of(line, weighed.options, choice_of_cable(line, weighed.options, route.cable))
    return ledger if prices is None else replace(ledger, total=bill_of_route(prices, route).total)


def total_of(weighed: Weighed, ledgers: Mapping[str, Ledger]) -> TotalRate | None:
    """Faults of all engineered routes beside the published total; None where the study gives none."""
    published = weighed.rules.published_rate
    accounts = [ledger.account() for ledger in ledgers.values()]
    if published is None or not accounts:
        return None
    return total_rate(published, [(account.length_km, account.at_most_per_year) for account in accounts])


def exposed_line(weighed: Weighed, system: System, route: EngineeredRoute, ledger: Ledger) -> ExposedLine:
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
        {name: exposed_line(weighed, systems[name], engineered[name], ledgers[name]) for name in systems},
        {name: engineered[name].lonlat for name in systems},
    )
    armour = weighed.options.armour
    cables = {
        name: CableLaid(
            [armour[place].cable_type for place in ledgers[name].choice[:, 0]], engineered[name].cable.spare_km
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


def least_present_value(weighed: Weighed, front: Front[LaidRoute]) -> int:
    """Place of the point of least present value."""
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


def front_rows(weighed: Weighed, system_id: str, front: Front[LaidRoute]) -> Iterator[Row]:
    """Rows of the layer ``risk_front`` of one system."""
    knee, least = front.knee, least_present_value(weighed, front)
    for place, point in enumerate(front.points):
        ledger = point.found.ledger
        account = ledger.account()
        yield RISK_FRONT.row(
            LineString(point.found.lonlat),
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
            is_least_present_value=place == least,
            **lengths(weighed.options, ledger),
            status=weighed.status,
        )


def range_record(weighed: Weighed, account: Account) -> dict[str, float | None]:
    """Columns of how low and how high faults may be; empty where the study says nothing of it."""
    low, high = (None, None) if weighed.range is None else weighed.range.of(account.at_most_per_year)
    return {"faults_low_per_year": low, "faults_high_per_year": high}


def lengths(options: Options, ledger: Ledger) -> dict[str, float]:
    """Kilometres by type of cable and by method of burial."""
    by_type = {f"{name.lower()}_km": 0.0 for name in CABLE_TYPES}
    for place, armour in enumerate(options.armour):
        by_type[f"{armour.cable_type.lower()}_km"] += ledger.length_of(0, place)
    by_method = {f"{name.replace(' ', '_')}_km": 0.0 for name in BURIAL_METHODS}
    for place, burial in enumerate(options.burial):
        by_method[f"{burial.method.replace(' ', '_')}_km"] += ledger.length_of(1, place)
    return by_type | by_method


def section_rows(weighed: Weighed, system_id: str, front: Front[LaidRoute]) -> Iterator[Row]:
    """Rows of the layer ``risk_sections`` of one system."""
    options = weighed.options
    for place, point in enumerate(front.points):
        ledger = point.found.ledger
        sections = ledger.sections()
        shares: list[CostRange | None] = [None] * len(sections)
        if ledger.total is not None:
            shares = [*ledger.total.shared_out([account.cost_usd for account, _, _ in sections])]
        for (account, armour, burial), cost in zip(sections, shares, strict=True):
            yield RISK_SECTIONS.row(
                LineString(cut(point.found.lonlat, account.from_km, account.to_km)),
                *(account, options.armour[armour], cost or NO_COST),
                cost_usd=account.cost_usd if cost is None else cost.cost_base_usd,
                section_id=f"{system_id}/{place + 1}/{account.from_km:.3f}",
                point_id=f"{system_id}/{place + 1}",
                system_id=system_id,
                from_kp_km=account.from_km,
                to_kp_km=account.to_km,
                protection_method=options.burial[burial].method,
                target_burial_m=options.burial[burial].target_m,
                **faults_record(account),
                status=weighed.status,
            )


def stretch_rows(weighed: Weighed, system_id: str, lonlat: NDArray[np.float64], ledger: Ledger) -> Iterator[Row]:
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


def figures(weighed: Weighed, fronts: Mapping[str, Front[LaidRoute]], ledgers: Mapping[str, Ledger]) -> dict[str, Any]:
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
        "routes": {name: summary(weighed, ledger) for name, ledger in ledgers.items()},
        "fronts": {name: front_figures(weighed, front) for name, front in fronts.items()},
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


def front_figures(weighed: Weighed, front: Front[LaidRoute]) -> dict[str, Any]:
    """A front and its corners, for the manifest."""
    best = least_present_value(weighed, front)
    corners = {"cheapest": 0, "knee": front.knee, "least_present_value": best, "fewest_faults": -1}
    return {
        "points": len(front.points),
        "routes_sought": front.solved,
        "gap": front.gap,
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


def notes(weighed: Weighed, fronts: Mapping[str, Front[LaidRoute]], ledgers: Mapping[str, Ledger]) -> Iterator[str]:
    """What a person should know before reading the figures."""
    for cause, why in weighed.hazard.missing.items():
        yield f"faults by {cause}: insufficient information ({why}); no figure has them in it"
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
