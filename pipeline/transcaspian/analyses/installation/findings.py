"""What a reader must know before a vessel is chartered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from transcaspian.analyses.installation.calendar import total
from transcaspian.analyses.installation.fleet import MAIN_LAY, Fleet
from transcaspian.analyses.installation.layers import REACHED
from transcaspian.analyses.installation.windows import PASSAGE
from transcaspian.core.findings import Finding, Place
from transcaspian.core.vocabulary import NOT_KNOWN

if TYPE_CHECKING:
    from transcaspian.analyses.installation.stage import Installed
    from transcaspian.study import Study

PLAN = "layer installation_operations"


def installation_findings(one: Installed, fleet: Fleet, study: Study) -> Iterator[Finding]:
    """Of one route."""
    yield from access_findings(one)
    yield from depth_findings(one, fleet, study)
    yield from capacity_findings(one)
    yield from joint_findings(one)
    yield from window_findings(one)
    yield from day_findings(one)


def access_findings(one: Installed) -> Iterator[Finding]:
    """Water that no vessel of the table lays in."""
    short = [part for part in one.stretches if part.reached not in (REACHED, NOT_KNOWN)]
    if short:
        worst = max(short, key=lambda part: part.length_km)
        yield Finding(
            kind="no vessel lays here",
            severity="major",
            subject=one.system_id,
            sentence=f"no vessel that is there lays {sum(part.length_km for part in short):.1f} km, of which "
            f"{worst.length_km:.1f} km in a piece",
            action="find a vessel for that water, and add it to the table of vessels",
            source="layer installation_sections",
            status="ASSUMED",
            place=Place((worst.from_km + worst.to_km) / 2),
        )


def depth_findings(one: Installed, fleet: Fleet, study: Study) -> Iterator[Finding]:
    """A main lay vessel that needs other water than the shore ends are planned for."""
    vessel, rules = fleet.for_phase(MAIN_LAY), study.engineering
    if vessel is None or rules is None:
        return
    needed_m, planned_m = fleet.min_working_depth_m(vessel), rules.landing.min_lay_depth_m
    if needed_m > planned_m:
        yield Finding(
            kind="lay vessel needs more water",
            severity="major",
            subject=one.system_id,
            sentence=f"{vessel.name} works from {needed_m:g} m of water, and the list has the main lay begin in "
            f"{planned_m:g} m",
            action="set engineering.landing.min_lay_depth_m to what the vessel needs, or take another vessel",
            source="table of vessels, engineering.landing.min_lay_depth_m",
            status="ASSUMED",
        )


def capacity_findings(one: Installed) -> Iterator[Finding]:
    """Loads that cannot be counted."""
    unknown = {load.vessel.name: load.cable_t for load in one.loads if load.number is None}
    if unknown:
        name, cable_t = max(unknown.items(), key=lambda item: item[1])
        yield Finding(
            kind="loads not known",
            severity="minor",
            subject=one.system_id,
            sentence=f"how much cable {name} carries is insufficient information: {cable_t:,.0f} t in one piece",
            action="ask the owner, and give cable_capacity_t in the table of vessels",
            source="layer installation_loads",
        )


def joint_findings(one: Installed) -> Iterator[Finding]:
    """Joints that the list does not have, and why."""
    missing = [joint for joint in one.joints if not joint.in_list]
    if missing:
        told = ", ".join(f"{count} by {kind}" for kind, count in Counter(joint.kind for joint in missing).items())
        yield Finding(
            kind="joints not in the list",
            severity="minor",
            subject=one.system_id,
            sentence=f"{len(missing)} of {len(one.joints)} joints are not in the list, which has those of transitions "
            f"and amplifiers: {told}",
            action="agree the pieces with the cable factory and the loads with the vessel, then add the joints",
            source="layer installation_joints",
            status="ASSUMED",
            place=Place(missing[0].kp_km),
        )


def window_findings(one: Installed) -> Iterator[Finding]:
    """Tasks that break a window, have no day, or wait between."""
    for item in one.planned:
        task = item.task
        place = Place(task.parts[0].from_km) if task.parts else None
        if item.breaks:
            told = ", ".join(f"`{name}` on {days} days" for name, days in item.breaks)
            yield Finding(
                kind="plan breaks a window",
                severity="major",
                subject=one.system_id,
                sentence=f"{task.phase} from {item.starts_on} to {item.ends_on} is at work while closed: {told}",
                action=f"move start_on of `{task.phase}`, or agree an exemption",
                source=PLAN,
                status="ASSUMED",
                place=place,
            )
        if item.begins_early:
            yield Finding(
                kind="phase begins too early",
                severity="major",
                subject=one.system_id,
                sentence=f"{task.phase} is fixed to begin on {item.starts_on}, before what comes before it is done",
                action=f"move start_on of `{task.phase}`, or of the phases before it",
                source=PLAN,
                status="ASSUMED",
                place=place,
            )
        if item.interruptions:
            yield Finding(
                kind="plan waits for a window",
                severity="minor",
                subject=one.system_id,
                sentence=f"{task.phase} takes {task.days.base:.0f} days and is interrupted {item.interruptions} times "
                f"for {', '.join(f'`{name}`' for name in item.waits_for)}: it ends on {item.ends_on}",
                action="work with more vessels, or plan to cut and buoy the cable there",
                source=PLAN,
                status="ASSUMED",
                place=place,
            )
    yield from no_day_findings(one)


def no_day_findings(one: Installed) -> Iterator[Finding]:
    """The first task that has no day left; what comes after it has none either."""
    ended = next((item for item in one.planned if not item.worked_on), None)
    if ended is not None:
        yield Finding(
            kind="no day left",
            severity="critical",
            subject=one.system_id,
            sentence=f"{', '.join(f'`{name}`' for name in ended.waits_for)} leave no day for {ended.task.phase}",
            action="open one of these windows, or lead the line elsewhere",
            source=f"{PLAN}, layer installation_windows",
            status="ASSUMED",
            place=Place(ended.task.parts[0].from_km) if ended.task.parts else None,
        )


def day_findings(one: Installed) -> Iterator[Finding]:
    """A bill that pays for other days than the plan takes."""
    days = total([item for item in one.planned if item.task.phase != PASSAGE])
    if not days.low <= one.bill_days <= days.high:
        yield Finding(
            kind="days of the bill",
            severity="minor",
            subject=one.system_id,
            sentence=f"the bill pays {one.bill_days:.0f} days of a vessel, the plan takes {days.base:.0f} "
            f"({days.low:.0f}–{days.high:.0f})",
            action="set prices.vessel_day.days_per_system to what loading, transit, tests and weather take",
            source=f"{PLAN}, layer bill",
            status="ASSUMED",
        )
