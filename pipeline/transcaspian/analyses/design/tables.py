"""What the stage ``design`` found, as rows of layers and as figures of the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shapely import LineString, MultiLineString, Point

from transcaspian.analyses.design.config import BranchingRules
from transcaspian.analyses.design.layers import BRANCH_LEGS, BRANCHING_UNITS, DESIGN_ROUTES, SHARED_HAZARDS
from transcaspian.core.cost_range import COST_COLUMNS, NO_COST, CostRange
from transcaspian.core.frames import Row, known
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.engineering import Quantities, bill_of
from transcaspian.routing import Branching, JointPlan, LeastCostPath, SharedHazard
from transcaspian.routing.shared import SharedPart
from transcaspian.study.price_tables import Prices


@dataclass(frozen=True)
class DesignPoint:
    """A point of the curve: its plan, and what each pair of its systems shares, by kind; None: no data to tell.

    ``events``: one by one, of all pairs. ``costs``: of each system by the cost book; empty where the study has none.
    """

    plan: JointPlan
    system_ids: tuple[str, ...]
    totals: dict[tuple[str, str], dict[str, SharedHazard | None]]
    events: list[SharedEvent]
    costs: tuple[CostRange, ...] = ()

    @property
    def point_id(self) -> str:
        return f"apart-{self.plan.separation_km:g}"


@dataclass(frozen=True)
class SharedEvent:
    """What one event reaches of two systems, with what is known of it and of the rule."""

    systems: tuple[str, str]
    found: SharedHazard
    name: str
    within_km: float
    source: str
    status: str


@dataclass(frozen=True)
class WayLeg:
    """A leg from a unit or a landing to a landing.

    ``factor``: what a metre of it costs over a metre of the same seabed otherwise; ``crosses``: how often it crosses
    other systems.
    """

    path: LeastCostPath
    from_place: str
    to_landing: str
    factor: float
    crosses: int


@dataclass(frozen=True)
class BranchWay:
    """One way of joining a third landing: a unit and its legs, or no unit and a cable of its own.

    ``bought``: cable, burial and units of all legs; None where the study has no rules for it.
    """

    way: str
    unit: Branching | None
    legs: tuple[WayLeg, ...]
    cost: float
    bought: Quantities | None

    @property
    def cable_km(self) -> float | None:
        """The cable of all legs with slack; None where the study has no rules for it."""
        return None if self.bought is None else sum(self.bought.cable_km.values())

    @property
    def crosses(self) -> int:
        """How often the legs cross other systems."""
        return sum(leg.crosses for leg in self.legs)

    @property
    def length_km(self) -> float:
        """Sum over the legs."""
        return sum(leg.path.length_m for leg in self.legs) / 1000.0


def route_rows(point: DesignPoint, chosen: bool, revision: str) -> Iterator[Row]:
    """Rows of the layer ``design_routes``."""
    plan = point.plan
    costs = point.costs or (NO_COST,) * len(point.system_ids)
    for system_id, path, excess, cost in zip(point.system_ids, plan.paths, plan.excesses, costs, strict=True):
        yield DESIGN_ROUTES.row(
            LineString(path.lonlat),
            *(point, plan, cost),
            route_id=f"{point.point_id}/{system_id}",
            system_id=system_id,
            chosen=chosen,
            separation_asked_km=plan.separation_km,
            separation_reached_km=known(plan.reached_km),
            length_km=path.length_m / 1000.0,
            friction_cost=path.cost / 1000.0,
            excess=excess,
            joint_cost=plan.cost / 1000.0,
            joint_excess=plan.excess,
            revision=revision,
        )


def shared_rows(point_id: str, events: Sequence[SharedEvent]) -> Iterator[Row]:
    """Rows of the layer ``shared_hazards``: two for each event, one for either route."""
    for event in events:
        parts: tuple[SharedPart, SharedPart] = (event.found.one, event.found.other)
        for k in (0, 1):
            own, other = event.systems[k], event.systems[1 - k]
            yield SHARED_HAZARDS.row(
                MultiLineString([LineString(piece) for piece in parts[k].pieces]),
                *(parts[k], event.found, event),
                shared_id="/".join(filter(None, (point_id, own, other, event.found.kind, event.found.event))),
                point_id=point_id,
                system_id=own,
                other_system_id=other,
                event_id=event.found.event or None,
                name=event.name or None,
                other_length_km=parts[1 - k].length_km,
                status=event.status,
            )


def unit_row(
    way: BranchWay, unit: Branching, rules: BranchingRules, depth: Mapping[str, float | None], saving: float
) -> Row:
    """One row of the layer ``branching_units``; ``depth`` has its columns of the depth."""
    return BRANCHING_UNITS.row(
        Point(unit.lon, unit.lat),
        *(way, rules),
        unit_id=f"{rules.trunk}/{rules.third_landing}/{way.way}",
        **depth,
        legs_km=way.length_km,
        friction_cost=way.cost / 1000.0,
        unit_price_km=unit.price / 1000.0,
        saving=saving,
    )


def leg_rows(way: BranchWay, revision: str) -> Iterator[Row]:
    """Rows of the layer ``branch_legs``."""
    for leg in way.legs:
        yield BRANCH_LEGS.row(
            LineString(leg.path.lonlat),
            *(leg, way),
            leg_id=f"{way.way}/{leg.from_place}/{leg.to_landing}",
            length_km=leg.path.length_m / 1000.0,
            friction_cost=leg.path.cost / 1000.0,
            revision=revision,
        )


def point_figures(point: DesignPoint) -> dict[str, Any]:
    """A point of the curve for the manifest; lengths and costs in km, the latter of clear seabed."""
    plan = point.plan
    return {
        "point_id": point.point_id,
        "separation_asked_km": plan.separation_km,
        "separation_reached_km": known(plan.reached_km),
        "cost_km": plan.cost / 1000.0,
        **cost_figures(CostRange.sum(point.costs) if point.costs else None),
        "excess": plan.excess,
        "lower_bound_km": plan.lower_cost / 1000.0,
        "gap": plan.gap,
        "certain_lower_bound_km": None if plan.certain_cost is None else plan.certain_cost / 1000.0,
        "certain_gap": plan.certain_gap,
        "systems": {
            system_id: {
                "length_km": path.length_m / 1000.0,
                "cost_km": path.cost / 1000.0,
                **cost_figures(cost),
                "excess": excess,
            }
            for system_id, path, excess, cost in zip(
                point.system_ids, plan.paths, plan.excesses, point.costs or [None] * len(plan.paths), strict=True
            )
        },
        "shared_km": {
            f"{one}+{other}": {kind: shared_figures(found, one, other) for kind, found in kinds.items()}
            for (one, other), kinds in point.totals.items()
        },
    }


def cost_figures(cost: CostRange | None) -> dict[str, Any]:
    """A cost without land tails for the manifest; empty without a cost book."""
    return dict.fromkeys((*COST_COLUMNS, "cost_status")) if cost is None else asdict(cost)


def shared_figures(found: SharedHazard | None, one: str, other: str) -> Any:
    """Kilometres of either route that events of a kind share, and of them those outside the landing zones."""
    if found is None:
        return NOT_KNOWN
    return {
        system_id: {"length_km": part.length_km, "outside_zones_km": part.outside_km}
        for system_id, part in ((one, found.one), (other, found.other))
    }


def way_figures(way: BranchWay, separate: BranchWay, usd_per_km: float, prices: Prices | None) -> dict[str, Any]:
    """A way of joining for the manifest, beside a cable of its own; its costs are without land tails."""
    cost = None if prices is None or way.bought is None else bill_of(prices, way.bought).total
    return {
        "way": way.way,
        "cost_km": way.cost / 1000.0,
        "saving": 1.0 - way.cost / separate.cost,
        "length_km": way.length_km,
        "cable_km": way.cable_km,
        **cost_figures(cost),
        "laid_usd": way.length_km * usd_per_km,
        "unit": None if way.unit is None else {"lon_deg": way.unit.lon, "lat_deg": way.unit.lat},
        "crossings_of_other_systems": way.crosses,
        "status": "DERIVED",
    }
