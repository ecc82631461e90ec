"""What a reader must know of the states whose seabed a route crosses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from transcaspian.core.findings import Finding, Place
from transcaspian.engineering.route import EngineeredRoute
from transcaspian.engineering.sectors import Stretch

LAYER = "layer route_sectors"


def sector_findings(system_id: str, route: EngineeredRoute) -> Iterator[Finding]:
    """Where agreed lines change which states are crossed, and where the line between two states is not agreed.

    Parameters
    ----------
    system_id
        Of the system.
    route
        With the stretches of its waters; without waters there are none, and no finding.

    Yields
    ------
    Finding
        In the order of KP, after one on the states that agreed lines change.
    """
    yield from _changed_states(system_id, route)
    for before, after in pairwise(route.stretches):
        if after.entered_by == "assumed":
            yield Finding(
                kind="assumed boundary",
                severity="minor",
                subject=system_id,
                sentence=f"passes from {before.state} to {after.state} seabed by a line whose course is assumed",
                action="get the line that the two states have agreed on and give it in sources.agreed_lines",
                source=LAYER,
                status="ASSUMED",
                place=Place(after.from_km),
            )
        elif after.entered_by == "equidistance":
            yield Finding(
                kind="boundary not agreed",
                severity="minor",
                subject=system_id,
                sentence=f"passes from {before.state} to {after.state} seabed by an equidistance line: no agreed line "
                "is known here",
                action="ask both states where their sectors meet before the survey",
                source=LAYER,
                place=Place(after.from_km),
            )


def _changed_states(system_id: str, route: EngineeredRoute) -> Iterator[Finding]:
    agreed, equidistant = states_along(route.stretches), states_along(route.by_equidistance)
    if not equidistant or agreed == equidistant:
        return
    differ = sorted(set(agreed) ^ set(equidistant))
    km = [(state, km_in(route.stretches, state), km_in(route.by_equidistance, state)) for state in differ]
    lengths = ", ".join(f"{state} {by_line:.1f} against {nearest:.1f} km" for state, by_line, nearest in km)
    both = [", ".join(states) for states in (agreed, equidistant)]
    yield Finding(
        kind="agreed line changes states",
        severity="major",
        subject=system_id,
        sentence=f"crosses the seabed of {both[0]} by agreed lines, of {both[1]} by equidistance ({lengths})",
        action=f"ask {' and '.join(sorted(set(agreed)))} for the permits{_not_asked(agreed, equidistant)}; have both "
        "states confirm the course of the agreed line",
        source=LAYER,
        place=Place(next((item.from_km for item in route.stretches if item.entered_by == "agreed"), None)),
    )


def _not_asked(agreed: Sequence[str], equidistant: Sequence[str]) -> str:
    """States that equidistance alone would have asked."""
    dropped = sorted(set(equidistant) - set(agreed))
    return f", not {' and '.join(dropped)}" if dropped else ""


def states_along(stretches: Sequence[Stretch]) -> tuple[str, ...]:
    """The states whose seabed a route crosses, in their order; one that it comes back to stands again."""
    states = [item.state for item in stretches if item.state]
    return tuple(state for state, before in zip(states, ["", *states], strict=False) if state != before)


def km_in(stretches: Sequence[Stretch], state: str) -> float:
    """Length in the waters of a state."""
    return sum(item.length_km for item in stretches if item.state == state)
