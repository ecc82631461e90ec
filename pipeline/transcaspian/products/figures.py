"""The figures of a system, from what was routed and engineered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon

from transcaspian.core.cost_range import COST_COLUMNS, CostRange
from transcaspian.core.frames import known
from transcaspian.core.grid import GEOD, Grid, length_m
from transcaspian.core.reconciled import Reading, Subject
from transcaspian.core.system_figures import SystemFigures
from transcaspian.engineering import (
    Bill,
    EngineeredRoute,
    Profile,
    RouteAtLevel,
    bill_of_route,
    route_at_level,
    seabed_profile,
)
from transcaspian.products.reconciliation import Reconciled
from transcaspian.routing import Alternative, Alternatives, Bound, LeastCostPath
from transcaspian.seabed import DepthModel, area_km2
from transcaspian.study import Study, System

UNITS = {"km": "km", "m": "m", "km2": "km²", "usd": "USD"}


@dataclass(frozen=True)
class ZoneFigures:
    """The cost-tolerance zone of one excess limit; its mean width is its area over the length of the route.

    ``cheaper_km2``: area through which some line costs less than the published route.
    """

    excess_limit: float
    area_km2: float
    mean_width_km: float
    cheaper_km2: float
    polygon: MultiPolygon

    def as_manifest(self) -> dict[str, Any]:
        """Limit and figures, for the manifest."""
        return {
            "excess_limit": self.excess_limit,
            "figures": derived(area_km2=self.area_km2, mean_width_km=self.mean_width_km, cheaper_km2=self.cheaper_km2),
        }


@dataclass(frozen=True)
class Figures:
    """The figures of one system.

    Attributes
    ----------
    system
        As the study has it.
    path
        What the router found.
    engineered
        The route engineered from it; None where the study has no rules of engineering, and the path is the route.
    profile
        The seabed under the route.
    declared
        The route at the declared water level: what of it lies dry or in shallow water.
    base_cost_usd_per_km
        Of the study, for each km of route.
    tails_km
        Cable ashore from both stations to the ends of the route; None where the study has no rules for it.
    stations_km
        Geodesic between both stations.
    reconciled
        Published figures of it beside ours.
    bill
        What the engineered route costs; None where the study has no cost book.
    zones
        Cost-tolerance zones, one for each excess limit of the study.
    alternatives, alternative_costs
        Other lines between the same landings, and what each costs; None where the study has no cost book.
    """

    system: System
    path: LeastCostPath
    engineered: EngineeredRoute | None
    profile: Profile
    declared: RouteAtLevel
    base_cost_usd_per_km: float
    tails_km: float | None = None
    stations_km: float | None = None
    reconciled: tuple[Reconciled, ...] = ()
    bill: Bill | None = None
    zones: tuple[ZoneFigures, ...] = ()
    alternatives: Alternatives = field(default_factory=Alternatives)
    alternative_costs: tuple[CostRange | None, ...] = ()

    @property
    def lonlat(self) -> NDArray[np.float64]:
        """The published line, shape ``(n, 2)``."""
        return self.path.lonlat if self.engineered is None else self.engineered.lonlat

    @property
    def sea_lonlat(self) -> NDArray[np.float64]:
        """The published line from shoreline to shoreline, shape ``(n, 2)``."""
        return self.path.lonlat if self.engineered is None else self.engineered.sea_lonlat

    @property
    def length_km(self) -> float:
        """Sum of the geodesic legs."""
        return self.profile.length_km

    @property
    def geodesic_km(self) -> float:
        """Geodesic between the two landing points."""
        return float(GEOD.inv(*self.lonlat[0], *self.lonlat[-1])[2]) / 1000.0

    @property
    def max_depth_m(self) -> float | None:
        """Greatest depth on the route; None when none is known."""
        return self.profile.max_depth_m

    @property
    def cost_usd(self) -> float:
        """Base cost: friction steers, it is not paid."""
        return self.length_km * self.base_cost_usd_per_km

    @property
    def cost(self) -> CostRange | None:
        """By the cost book; None where the study has none."""
        return None if self.bill is None else self.bill.total

    @property
    def friction_cost_km(self) -> float:
        """What the router minimised, of the published line."""
        return (self.path.cost if self.engineered is None else self.engineered.course.cost) / 1000.0

    @property
    def bound(self) -> Bound | None:
        """What is certain about that cost; None where it was not asked for."""
        bound = self.path.bound
        return None if bound is None else replace(bound, upper=1000.0 * self.friction_cost_km)

    @property
    def published(self) -> Reconciled | None:
        """The first length that was published of it, beside ours; None where there is none."""
        return next((row for row in self.reconciled if row.figure.quantity == "length_km"), None)

    @property
    def first(self) -> SystemFigures:
        """Those that stand first."""
        published = self.published
        return SystemFigures(
            self.system.id,
            self.length_km,
            self.geodesic_km,
            published.figure.value if published else None,
            self.max_depth_m,
            self.cost_usd,
            None if self.bound is None else self.bound.gap,
            published.difference if published else None,
            published.verdict if published else "",
            self.cost,
        )

    @property
    def cost_reading(self) -> Reading:
        """The cost as published budgets are compared with it: by the cost book where there is one."""
        if self.bill is None:
            return Reading("cable_laid", self.cost_usd)
        total = self.bill.total
        outside = f"; outside of it: {', '.join(self.bill.outside)}" if self.bill.outside else ""
        rests = f"prices that are {total.cost_status}, million USD: {total}{outside}"
        return Reading("system_built", total.cost_base_usd, rests_on=rests)

    @property
    def subject(self) -> Subject:
        """The system as published figures speak of it; without rules of engineering its cable is the route."""
        cable = self.engineered.cable if self.engineered is not None else None
        cable_km = cable.length_km if cable is not None else self.length_km
        lengths = [Reading("cable", cable_km)]
        if self.tails_km is not None:
            lengths.append(Reading("cable_to_stations", cable_km + self.tails_km, rests_on="stations that are ASSUMED"))
        if cable is not None:
            made_km = cable_km + (self.tails_km or 0.0) + cable.spare_km
            lengths.append(Reading("cable_made", made_km, rests_on="a rate of spare cable that is ASSUMED"))
        return Subject(
            id=self.system.id,
            name=self.system.name,
            geodesic_km=self.geodesic_km,
            stations_km=self.stations_km,
            readings={"length_km": tuple(lengths), "cost_usd": (self.cost_reading,)},
        )

    def beside(
        self, areas: Mapping[float, MultiPolygon], cheaper_km2: float, alternatives: Alternatives | None, grid: Grid
    ) -> Figures:
        """With its cost-tolerance zones, measured, and its alternatives.

        Parameters
        ----------
        areas
            Of each zone by its excess limit; empty when the study asks for none, as ``alternatives`` is None.
        cheaper_km2
            Area through which some line costs less than the route.
        """
        zones = tuple(_zone_figures(limit, area, cheaper_km2, self.length_km, grid) for limit, area in areas.items())
        return replace(self, zones=zones, alternatives=alternatives or Alternatives())

    def with_alternatives_at(self, costs: Sequence[CostRange]) -> Figures:
        """With what each of its alternatives costs by the cost book; none is given where the study has none."""
        return replace(self, alternative_costs=tuple(costs) or (None,) * len(self.alternatives.found))

    def as_manifest(self) -> dict[str, Any]:
        """Every figure with its unit and its status, for the manifest."""
        system, published = self.system, self.published
        figures = derived(
            length_km=self.length_km,
            geodesic_km=self.geodesic_km,
            seabed_length_km=self.profile.seabed_length_km,
            max_depth_m=self.max_depth_m,
            depth_unknown_km=self.profile.unknown_km,
            dry_km=self.declared.dry_length_km,
            shallow_km=self.declared.shallow_length_km,
            friction_cost_km=self.friction_cost_km,
        )
        figures |= costs_as_manifest(self.cost_usd, self.cost)
        if self.bound is not None:
            bound = self.bound
            certain = {"lower_bound_km": bound.lower / 1000.0, "gap": bound.gap, "kept_share": bound.kept_share}
            if self.path.bound is not None:
                certain["gap_of_path"] = self.path.bound.gap
            figures |= derived(**{name: value for name, value in certain.items() if value is not None})
        if self.engineered is not None:
            figures |= engineering_as_manifest(self.engineered)
        if published is not None:
            figures["published"] = {"value": published.figure.value, "unit": "km", "verdict": published.verdict}
            figures["published"] |= published.figure.model_dump(include={"status", "source"})
        return {
            "id": system.id,
            "name": system.name,
            "from_landing": system.from_landing,
            "to_landing": system.to_landing,
            "figures": figures,
            "cost_tolerance_zones": [zone.as_manifest() for zone in self.zones],
            "alternatives": [
                alternative_as_manifest(found, cost)
                for found, cost in zip(self.alternatives.found, self.alternative_costs, strict=True)
            ],
            "alternatives_missing": self.alternatives.reason,
            "waters": [] if self.engineered is None else waters_as_manifest(self.engineered),
            "bill": [] if self.bill is None else bill_as_manifest(self.bill),
        }


def costs_as_manifest(cost_usd: float, cost: CostRange | None) -> dict[str, Any]:
    """A length at the base price, which is an average of other systems, and the cost by the cost book (or None)."""
    base = derived(cost_usd=cost_usd)["cost"] | {"status": "ASSUMED"}
    return {"cost": base} | (derived(**dict.fromkeys(COST_COLUMNS)) if cost is None else book_figures(cost))


def book_figures(cost: CostRange) -> dict[str, Any]:
    """A cost by the cost book, for the manifest."""
    return {name: figure | {"status": cost.cost_status} for name, figure in derived(**cost.by_name).items()}


def bill_as_manifest(bill: Bill) -> list[dict[str, Any]]:
    """The items of a bill, for the manifest."""
    return [
        {
            "item": item.item,
            "quantity": item.quantity,
            "unit": item.unit,
            **item.cost.by_name,
            "status": item.cost.cost_status,
            "source": item.price.source,
        }
        for item in bill.items
    ]


def waters_as_manifest(route: EngineeredRoute) -> list[dict[str, Any]]:
    """Kilometres by state and zone, for the manifest; the three zones of a state make up its seabed sector."""
    found: dict[tuple[str, str], float] = {}
    for item in route.stretches:
        found[item.state, item.zone] = found.get((item.state, item.zone), 0.0) + item.length_km
    return [
        {"state": state, "zone": zone, "figures": derived(length_km=length_km)}
        for (state, zone), length_km in sorted(found.items())
    ]


def engineering_as_manifest(route: EngineeredRoute) -> dict[str, Any]:
    """Figures of legs and cable, for the manifest."""
    return derived(
        alter_courses=float(len(route.course.at_sea.alter_course_deg)),
        engineering_excess=route.course.excess,
        cable_km=route.cable.length_km,
        spare_cable_km=route.cable.spare_km,
        positions=float(len(route.rpl.positions)),
        amplifiers=float(len(route.cable.amplifiers)),
        bends=float(len(route.bends)),
        crossings=float(len(route.crossings)),
        parallel_km=sum(run.length_km for run in route.parallel_runs),
    )


def alternative_as_manifest(found: Alternative, cost: CostRange | None) -> dict[str, Any]:
    """Rank and figures of an alternative, for the manifest; ``cost``: by the cost book, None without one."""
    return {
        "rank": found.rank,
        "figures": derived(
            length_km=found.line.length_m / 1000.0,
            friction_cost_km=found.line.cost / 1000.0,
            excess=found.excess,
            separated_share=found.separated_share,
            reached_separation_km=known(found.reached_separation_km),
            end_zone_km=found.end_zone_km,
        )
        | ({} if cost is None else book_figures(cost)),
    }


def derived(**figures: float | None) -> dict[str, Any]:
    """Figures computed here as the manifest shows them: the unit that a name ends with stands beside the value."""
    found = {}
    for name, value in figures.items():
        begin, _, unit = name.rpartition("_")
        begin, unit = (begin, UNITS[unit]) if unit in UNITS else (name, "1")
        found[begin] = {"value": value if value is None else round(value, 6), "unit": unit, "status": "DERIVED"}
    return found


def figures_of(
    study: Study,
    system: System,
    path: LeastCostPath,
    engineered: EngineeredRoute | None,
    grid: Grid,
    depth: DepthModel,
) -> Figures:
    """Measure a system: lengths on WGS84, depths below the declared level, base cost.

    Parameters
    ----------
    study
        The study as it was run.
    system
        One of its systems.
    path
        The least-cost path, or the line that the study gives.
    engineered
        Its engineered route; None where the line could not be laid: the seabed is then sampled along the path.
    grid
        Frame of the depths.
    depth
        In m, positive down from the declared level.

    Returns
    -------
    Figures
        Lengths in km; the bill is None without prices.
    """
    profile = (
        seabed_profile(grid, depth, path.lonlat, depth.effective_resolution_deg)
        if engineered is None
        else engineered.profile
    )
    return Figures(
        system=system,
        path=path,
        engineered=engineered,
        profile=profile,
        declared=at_declared_level(study, profile),
        base_cost_usd_per_km=study.cost.base_cost_usd_per_km,
        tails_km=tails_km(study, system, path.lonlat if engineered is None else engineered.lonlat),
        stations_km=float(length_m(stations_of(study, system))) / 1000.0,
        bill=None if study.prices is None or engineered is None else bill_of_route(study.prices, engineered),
    )


def stations_of(study: Study, system: System) -> NDArray[np.float64]:
    """The stations of a system, shape ``(2, 2)``; a landing that gives none has it at its own position."""
    ends = (study.landing(system.from_landing), study.landing(system.to_landing))
    return np.array([[at.lon_deg, at.lat_deg] for at in (end.cable_station or end for end in ends)])


def tails_km(study: Study, system: System, lonlat: NDArray[np.float64]) -> float | None:
    """Cable ashore with its slack, from both stations straight to the ends of a route; None without rules for it."""
    rules = study.engineering.land_tail if study.engineering else None
    if rules is None:
        return None
    away_m = GEOD.inv(*stations_of(study, system).T, *lonlat[[0, -1]].T)[2]
    return float(np.sum(away_m)) / 1000.0 * (1.0 + rules.slack_percent / 100.0)


def at_declared_level(study: Study, profile: Profile) -> RouteAtLevel:
    """A route at the declared level of the sea; shallow by the study's rules for lower seas, else by its criterion."""
    level_m_msl, lower = study.water_level.level_m_msl, study.engineering and study.engineering.water_levels
    shallow_m = lower.shallow_m if lower else study.criteria.shallow.limit_m
    return route_at_level(profile, level_m_msl, level_m_msl, shallow_m)


def _zone_figures(limit: float, polygon: MultiPolygon, cheaper_km2: float, length_km: float, grid: Grid) -> ZoneFigures:
    """Measure a zone on the ellipsoid."""
    area = area_km2(polygon, grid.step_deg)
    return ZoneFigures(limit, area, area / length_km, cheaper_km2, polygon)
