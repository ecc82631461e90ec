"""The stage of the analysis: vessels, loads, joints, windows and the plan of every engineered route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from shapely import LineString, Point

from transcaspian.analyses.installation.access import Joint, Load, Stretch, Weight, by_vessel, joints_of, loads_of
from transcaspian.analyses.installation.calendar import Planned, plan, plan_together, total
from transcaspian.analyses.installation.days import day_columns
from transcaspian.analyses.installation.findings import installation_findings
from transcaspian.analyses.installation.fleet import Fleet, fleet_of
from transcaspian.analyses.installation.layers import (
    INSTALLATION_JOINTS,
    INSTALLATION_LOADS,
    INSTALLATION_OPERATIONS,
    INSTALLATION_SECTIONS,
    INSTALLATION_VESSELS,
    INSTALLATION_WINDOWS,
    REACHED,
    WindowVerdict,
)
from transcaspian.analyses.installation.tasks import passage, tasks_of
from transcaspian.analyses.installation.vessels import LAYING
from transcaspian.analyses.installation.windows import AT_PORT, PASSAGE, Closed, windows_of
from transcaspian.core.cost_range import NO_COST, CostRange, to_cent
from transcaspian.core.findings import AnalysisResult
from transcaspian.core.frames import Row, frames
from transcaspian.core.linear_reference import KpRange, cut, positions_at_km
from transcaspian.core.vocabulary import Status
from transcaspian.engineering import bill_of_route
from transcaspian.study.base import cited
from transcaspian.study.price_tables import Prices

if TYPE_CHECKING:
    from transcaspian.engineering import EngineeredRoute
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.study import Study

VESSEL_ITEMS = ("vessel, laying", "vessel, other days")
"""Items of the bill that are days of the vessel."""
MIN_DRAWN_KM = 0.001


@dataclass(frozen=True)
class Installed:
    """A route with all that is planned to lay it.

    Attributes
    ----------
    planned, latest
        The plan, and the same where everything takes its longest.
    together
        The plan in one calendar with the other systems of the project; empty: it is in none.
    bill_days
        Days of the vessel in the bill.
    """

    system_id: str
    route: EngineeredRoute
    stretches: tuple[Stretch, ...]
    loads: tuple[Load, ...]
    joints: tuple[Joint, ...]
    weight: Weight
    windows: tuple[Closed, ...]
    planned: tuple[Planned, ...]
    latest: tuple[Planned, ...]
    bill_days: float
    together: tuple[Planned, ...] = ()

    def line(self, stretch: KpRange) -> LineString:
        """The route along a stretch; a place is drawn as the metre after it."""
        end_km = self.route.profile.length_km
        from_km = min(stretch.from_km, end_km - MIN_DRAWN_KM)
        return LineString(cut(self.route.lonlat, from_km, min(max(stretch.to_km, from_km + MIN_DRAWN_KM), end_km)))


def plan_installation(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """Plan every engineered route as if it was built alone, and those of a project in one calendar."""
    fleet, study = fleet_of(inputs), inputs.study
    status = status_of(fleet)
    alone = [installed(study, fleet, system_id, route) for system_id, route in laid.routes.items()]
    others = {system.id: study.alternative_of(system) for system in inputs.systems}
    found = in_one_calendar(alone, others, fleet.rules.start_on)
    together = project_of(found)
    prices = prices_of(study)
    return AnalysisResult(
        layers=frames(
            {
                INSTALLATION_VESSELS: vessel_rows(fleet),
                INSTALLATION_SECTIONS: [row for one in found for row in section_rows(one, fleet)],
                INSTALLATION_LOADS: [row for one in found for row in load_rows(one, fleet)],
                INSTALLATION_JOINTS: [row for one in found for row in joint_rows(one)],
                INSTALLATION_WINDOWS: [row for one in found for row in window_rows(one)],
                INSTALLATION_OPERATIONS: [row for one in found for row in operation_rows(one, prices, status)],
            }
        ),
        figures={
            "systems": {one.system_id: figures_of(one, prices, status) for one in found},
            "project": together,
            "source": fleet.rules.source,
            "status": status,
        },
        notes=(
            "each system is planned as if it was built alone, one task after another",
            *([said_of(together)] if together else []),
        ),
        findings=tuple(finding for one in found for finding in installation_findings(one, fleet, study)),
    )


def in_one_calendar(alone: Sequence[Installed], others: Mapping[str, str], start_on: str) -> list[Installed]:
    """The systems, with the calendar of those that no other one is built instead of; as they are where that is one.

    Parameters
    ----------
    others
        By system: which other one it is an alternative of; empty: of none.
    """
    names = {one.system_id for one in alone}
    project = {one.system_id: one for one in alone if others[one.system_id] not in names}
    if len(project) < 2:
        return list(alone)
    asked = {name: ([item.task for item in one.planned], one.windows) for name, one in project.items()}
    together = plan_together(asked, start_on)
    return [replace(one, together=together.get(one.system_id, ())) for one in alone]


def project_of(found: Sequence[Installed]) -> dict[str, Any] | None:
    """Which systems are planned in one calendar, and from when to when; None: no two of them are."""
    work = {one.system_id: [item for item in one.together if item.task.phase != PASSAGE] for one in found}
    work = {name: items for name, items in work.items() if items}
    if not work:
        return None
    begins = min((item.starts_on for items in work.values() for item in items if item.starts_on), default=None)
    ends = [items[-1].ends_on for items in work.values()]
    last = None if None in ends else max(day for day in ends if day)
    return {"systems": list(work), "starts_on": day(begins), "ends_on": day(last)}


def said_of(project: Mapping[str, Any]) -> str:
    """The calendar of the project in a sentence."""
    until = f"until {project['ends_on']}" if project["ends_on"] else "and one of them has no day left"
    return (
        f"in one calendar, with vessels that go from system to system, {', '.join(project['systems'])} are built from "
        f"{project['starts_on']} {until} (columns project_starts_on, project_ends_on)"
    )


def prices_of(study: Study) -> Prices:
    """The cost book, which `Installation.check_study` asks for."""
    assert study.prices is not None
    return study.prices


def status_of(fleet: Fleet) -> Status:
    """Of every figure: assumed as soon as one that goes into it is."""
    statuses = {status for _, status, _ in cited(fleet.rules.model_dump(mode="json"))}
    return "ASSUMED" if "ASSUMED" in statuses | {one.status for one in fleet.vessels} else "DERIVED"


def installed(study: Study, fleet: Fleet, system_id: str, route: EngineeredRoute) -> Installed:
    """All that is planned of one route."""
    rules, prices = fleet.rules, prices_of(study)
    weight, stretches = Weight.of(route, rules), by_vessel(route, fleet)
    loads = tuple(loads_of(stretches, weight))
    windows = windows_of(study, rules, system_id, route)
    tasks = list(tasks_of(route, fleet, prices, loads))
    if rules.canal is not None:
        needed = dict.fromkeys([part.vessel for part in stretches] + [one.vessel for one in tasks])
        ways = [passage(vessel, rules.canal) for vessel in needed if vessel and not vessel.is_resident]
        tasks = [*ways, *tasks, *ways]
    return Installed(
        system_id,
        route,
        stretches,
        loads,
        joints_of(route, rules, weight, loads),
        weight,
        windows,
        plan(tasks, windows, rules.start_on),
        plan(tasks, windows, rules.start_on, "high"),
        sum(item.quantity for item in bill_of_route(prices, route).items if item.item in VESSEL_ITEMS),
    )


def vessel_rows(fleet: Fleet) -> list[Row]:
    """Rows of the layer ``installation_vessels``."""
    found = []
    for vessel in fleet.vessels:
        port = fleet.port_of(vessel)
        found.append(
            INSTALLATION_VESSELS.row(
                Point(port.lon_deg, port.lat_deg),
                vessel,
                vessel_id=str(vessel.row),
                vessel=vessel.name,
                works="; ".join(vessel.works),
                vessel_length_m=vessel.length_m,
                min_working_depth_m=fleet.min_working_depth_m(vessel),
                reach_depth_m=vessel.max_depth_m,
                port=port.name,
            )
        )
    return found


def section_rows(one: Installed, fleet: Fleet) -> Iterator[Row]:
    """Rows of the layer ``installation_sections``."""
    profile = one.route.profile
    for number, part in enumerate(one.stretches, 1):
        inside = (profile.kp_km >= part.from_km) & (profile.kp_km <= part.to_km)
        depth_m = profile.depth_m[inside]
        known = depth_m[depth_m == depth_m]
        vessel = part.vessel
        yield INSTALLATION_SECTIONS.row(
            one.line(part),
            part,
            vessel_section_id=f"{one.system_id}/{number}",
            system_id=one.system_id,
            from_kp_km=part.from_km,
            to_kp_km=part.to_km,
            work=part.work or None,
            vessel=vessel.name if vessel else None,
            access=vessel.access if vessel else None,
            min_working_depth_m=fleet.min_working_depth_m(vessel) if vessel else None,
            min_depth_m=float(known.min()) if len(known) else None,
            max_depth_m=float(known.max()) if len(known) else None,
            source=vessel.source if vessel else fleet.rules.source,
            status=vessel.status if vessel else fleet.rules.status,
        )


def load_rows(one: Installed, fleet: Fleet) -> Iterator[Row]:
    """Rows of the layer ``installation_loads``."""
    for number, load in enumerate(one.loads, 1):
        vessel = load.vessel
        yield INSTALLATION_LOADS.row(
            one.line(load),
            *(load, vessel),
            load_id=f"{one.system_id}/{number}",
            system_id=one.system_id,
            load=load.number,
            vessel=vessel.name,
            from_kp_km=load.from_km,
            to_kp_km=load.to_km,
            port=fleet.port_of(vessel).name,
            passage=fleet.passage(vessel),
            status=vessel.status,
        )


def joint_rows(one: Installed) -> Iterator[Row]:
    """Rows of the layer ``installation_joints``."""
    places = positions_at_km(one.route.course.lonlat, [joint.kp_km for joint in one.joints]).lonlat
    for number, (joint, lonlat) in enumerate(zip(one.joints, places, strict=True), 1):
        yield INSTALLATION_JOINTS.row(
            Point(lonlat),
            joint,
            joint_id=f"{one.system_id}/{number}",
            system_id=one.system_id,
            joint_kind=joint.kind,
            cable_kp_km=one.weight.km_to(joint.kp_km),
            status="DERIVED" if joint.in_list else "ASSUMED",
        )


def window_rows(one: Installed) -> Iterator[Row]:
    """Rows of the layer ``installation_windows``: of those that close something along the route."""
    end_km = one.route.profile.length_km
    for number, window in enumerate(one.windows, 1):
        if window.from_km >= end_km:
            continue
        closed_from, closed_to = window.told
        stretch = KpRange(window.from_km, min(window.to_km, end_km))
        yield INSTALLATION_WINDOWS.row(
            one.line(stretch) if set(window.phases) - {*AT_PORT} or not window.phases else None,
            window,
            window_id=f"{one.system_id}/{window.name}/{number}",
            system_id=one.system_id,
            window=window.name,
            from_kp_km=stretch.from_km,
            to_kp_km=stretch.to_km,
            closed_from=closed_from,
            closed_to=closed_to,
            phases=", ".join(window.phases) or (PASSAGE if window.cause == "canal" else "all along the route"),
            constraint_id=window.constraint_id or None,
        )


def operation_rows(one: Installed, prices: Prices, status: Status) -> Iterator[Row]:
    """Rows of the layer ``installation_operations``."""
    together = one.together or (None,) * len(one.planned)
    for number, (item, latest, joint) in enumerate(zip(one.planned, one.latest, together, strict=True), 1):
        task, parts = item.task, item.task.parts
        stretch = KpRange(parts[0].from_km, parts[-1].to_km) if parts else None
        yield INSTALLATION_OPERATIONS.row(
            one.line(stretch) if stretch else None,
            *(task, vessel_cost(item, prices, status) or NO_COST),
            operation_id=f"{one.system_id}/{number}",
            system_id=one.system_id,
            operation=number,
            vessel=task.vessel.name if task.vessel else None,
            from_kp_km=stretch.from_km if stretch else None,
            to_kp_km=stretch.to_km if stretch else None,
            work_days=task.work.base,
            weather_percent=task.weather_percent.base,
            **day_columns(task.days),
            starts_on=day(item.starts_on),
            ends_on=day(item.ends_on),
            latest_end_on=day(latest.ends_on),
            project_starts_on=None if joint is None else day(joint.starts_on),
            project_ends_on=None if joint is None else day(joint.ends_on),
            windows=verdict_of(item),
            waits_for=", ".join(item.waits_for) or None,
            breaks=", ".join(f"{name}: {days} days" for name, days in item.breaks) or None,
            interruptions=item.interruptions,
            status=status,
        )


def day(value: object) -> str | None:
    """A day as it is published."""
    return None if value is None else str(value)


def verdict_of(item: Planned) -> WindowVerdict:
    """What became of closed windows."""
    return "no day left" if not item.worked_on else "broken" if item.breaks else "respected"


def vessel_cost(item: Planned, prices: Prices, status: Status) -> CostRange | None:
    """What the days of a task cost at the price of a day of the cost book; a passage is part of the mobilisation."""
    if item.task.phase == PASSAGE:
        return None
    price, days = prices.vessel_day, item.task.days
    low, base, high = (
        to_cent(amount) for amount in (days.low * price.low, days.base * price.base, days.high * price.high)
    )
    return CostRange(low, base, high, "ASSUMED" if "ASSUMED" in (status, price.status) else "DERIVED")


def figures_of(one: Installed, prices: Prices, status: Status) -> dict[str, Any]:
    """The figures of a route, for the manifest."""
    work, latest = ([item for item in plan if item.task.phase != PASSAGE] for plan in (one.planned, one.latest))
    costs = [cost for item in work if (cost := vessel_cost(item, prices, status)) is not None]
    reached = [part for part in one.stretches if part.reached == REACHED]
    return {
        "km_by_work": {work: sum(part.length_km for part in reached if part.work == work) for work in LAYING},
        "not_reached_km": sum(part.length_km for part in one.stretches if part.reached != REACHED),
        "cable_km": one.weight.cable_km[-1].item(),
        "cable_t": one.weight.cable_t[-1].item(),
        "loads": {work: sum(load.work == work for load in one.loads) for work in LAYING},
        "joints": len(one.joints),
        "joints_in_list": sum(joint.in_list for joint in one.joints),
        **day_columns(total(work)),
        "bill_days": one.bill_days,
        "starts_on": day(one.planned[0].starts_on) if one.planned else None,
        "ends_on": day(work[-1].ends_on) if work else None,
        "latest_end_on": day(latest[-1].ends_on) if latest else None,
        **asdict(CostRange.sum(costs)),
        "status": status,
    }
