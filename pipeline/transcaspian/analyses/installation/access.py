"""By which vessel a route is laid, load by load, and where its cable is joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.installation.config import Installation
from transcaspian.analyses.installation.fleet import MAIN_LAY, Fleet
from transcaspian.analyses.installation.layers import NOT_REACHED, REACHED, JointKind, Reached
from transcaspian.analyses.installation.vessels import LAYING, Vessel
from transcaspian.core.linear_reference import KpRange, range_at, runs
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.engineering import EngineeredRoute
from transcaspian.engineering.bodies import kept_off
from transcaspian.engineering.cable import clear_place_km
from transcaspian.rpl.model import Position

Floats = NDArray[np.float64]
SAME_KM = 0.05
"""A joint so near to another is the same."""


@dataclass(frozen=True)
class Stretch(KpRange):
    """A stretch of route by the vessel that its water allows.

    Attributes
    ----------
    work
        Of `vessels.LAYING`; empty where the depth is not known.
    vessel
        None where none of the table works there.
    """

    work: str
    vessel: Vessel | None
    reached: Reached


def by_vessel(route: EngineeredRoute, fleet: Fleet) -> tuple[Stretch, ...]:
    """Stretches from shoreline to shoreline; where the seabed lies dry the water is 0 m deep."""
    depth_m, kp_km, at_sea = route.profile.depth_m, route.profile.kp_km, route.profile.at_sea
    lays = {"barge": fleet.for_phase("shore ends"), "main lay": fleet.for_phase(MAIN_LAY)}
    vessels = [lays[work] if work in lays else fleet.for_work(work) for work in LAYING]
    # from the shallowest water to the deepest: the last that works somewhere lays there
    of_sample = np.full(len(kp_km), -1)
    for number, vessel in enumerate(vessels):
        if vessel is not None:
            reach_m = vessel.max_depth_m if vessel.max_depth_m is not None else np.inf
            of_sample[(depth_m >= fleet.min_working_depth_m(vessel)) & (depth_m <= reach_m)] = number
    of_sample[np.isnan(depth_m)] = -2
    found = []
    for number in np.unique(of_sample[at_sea]).tolist():
        work, vessel = (LAYING[number], vessels[number]) if number >= 0 else ("", None)
        verdict: Reached = REACHED if number >= 0 else NOT_REACHED if number == -1 else NOT_KNOWN
        for from_km, to_km, _ in runs(kp_km, at_sea & (of_sample == number)):
            found.append(Stretch(from_km, to_km, work, vessel, verdict))
    return tuple(sorted(found, key=lambda item: item.from_km))


@dataclass(frozen=True)
class Weight:
    """How much cable a route has up to a KP.

    Attributes
    ----------
    kp_km, cable_km, cable_t
        Where type or slack change, length of cable up to there and its weight in air, shape ``(n,)``.
    """

    kp_km: Floats
    cable_km: Floats
    cable_t: Floats

    @classmethod
    def of(cls, route: EngineeredRoute, rules: Installation) -> Weight:
        """Of the cable as it is laid, spare and land tails not included."""
        types, slack = route.cable.types, route.cable.slack
        kp_km = np.array(
            sorted({item.from_km for item in types} | {item.from_km for item in slack} | {types[-1].to_km})
        )
        middles_km = (kp_km[1:] + kp_km[:-1]) / 2
        factor = np.array([1.0 + range_at(slack, km).rule.slack_percent / 100.0 for km in middles_km])
        per_km = np.array([rules.make_of(range_at(types, km).rule.cable_type).t_per_km for km in middles_km])
        cable_km = np.diff(kp_km) * factor
        upto_km, upto_t = (np.concatenate([[0.0], np.cumsum(item)]) for item in (cable_km, cable_km * per_km))
        return cls(kp_km, upto_km, upto_t)

    def km_to(self, kp_km: float) -> float:
        """Cable up to a KP."""
        return float(np.interp(kp_km, self.kp_km, self.cable_km))

    def t_to(self, kp_km: float) -> float:
        """Its weight."""
        return float(np.interp(kp_km, self.kp_km, self.cable_t))

    def kp_at_t(self, cable_t: float) -> float:
        """The KP up to which the cable weighs so much."""
        return float(np.interp(cable_t, self.cable_t, self.kp_km))

    def kp_at_km(self, cable_km: float) -> float:
        """The KP up to which there is so much cable."""
        return float(np.interp(cable_km, self.cable_km, self.kp_km))


@dataclass(frozen=True)
class Load(KpRange):
    """Cable that a vessel takes on board at once; ``number`` is None where it is not known how much it carries."""

    work: str
    vessel: Vessel
    number: int | None
    cable_km: float
    cable_t: float


def loads_of(stretches: Sequence[Stretch], weight: Weight) -> Iterator[Load]:
    """The cable of each stretch in loads: all but the last as heavy as the vessel carries."""
    numbers = dict.fromkeys(LAYING, 0)
    for stretch in stretches:
        if stretch.vessel is None:
            continue
        begins_t, ends_t = weight.t_to(stretch.from_km), weight.t_to(stretch.to_km)
        capacity_t = stretch.vessel.cable_capacity_t
        count = 1 if capacity_t is None else max(1, ceil((ends_t - begins_t) / capacity_t - 1e-9))
        limits_km = [stretch.from_km, stretch.to_km]
        limits_km[1:1] = [weight.kp_at_t(begins_t + i * (capacity_t or 0.0)) for i in range(1, count)]
        for from_km, to_km in pairwise(limits_km):
            numbers[stretch.work] += 1  # type: ignore[index]
            cable_km = weight.km_to(to_km) - weight.km_to(from_km)
            number = None if capacity_t is None else numbers[stretch.work]  # type: ignore[index]
            cable_t = weight.t_to(to_km) - weight.t_to(from_km)
            yield Load(from_km, to_km, stretch.work, stretch.vessel, number, cable_km, cable_t)


@dataclass(frozen=True)
class Joint:
    """A place where cable is joined; ``in_list``: whether the Route Position List has it."""

    kind: JointKind
    kp_km: float
    in_list: bool
    remarks: str


def joints_of(route: EngineeredRoute, rules: Installation, weight: Weight, loads: Sequence[Load]) -> tuple[Joint, ...]:
    """Transitions and amplifiers, ends of loads, and ends of pieces that cannot be made longer, in the order of KP."""
    listed_km = [at.route_km for at in route.rpl.positions if at.route_km is not None and _is_joined(at)]
    found: list[Joint] = []

    def add(kind: JointKind, kp_km: float, remarks: str) -> None:
        if all(abs(kp_km - joint.kp_km) > SAME_KM for joint in found):
            in_list = any(abs(kp_km - km) <= SAME_KM for km in listed_km)
            found.append(Joint(kind, kp_km, in_list, remarks))

    for before, after in pairwise(route.cable.types):
        add("transition", after.from_km, f"{before.rule.cable_type} to {after.rule.cable_type}")
    for body in route.cable.amplifiers:
        add("amplifier", body.kp_km, body.event)
    for before_load, load in pairwise(loads):
        add("load", load.from_km, f"{before_load.vessel.name} to {load.vessel.name}")
    for piece_km, kp_km in pieces_of(route, rules, weight, [joint.kp_km for joint in found]):
        add("factory length", kp_km, f"pieces of {piece_km:.1f} km of cable")
    return tuple(sorted(found, key=lambda joint: joint.kp_km))


def _is_joined(position: Position) -> bool:
    """Whether a position of the list is a joint or a body, which has one to either side."""
    return any(event.name in ("JT", "RPTR", "ROPA", "BU") for event in position.events)


def pieces_of(
    route: EngineeredRoute, rules: Installation, weight: Weight, joined_km: Sequence[float]
) -> Iterator[tuple[float, float]]:
    """Length of cable of a piece, and the KP where the next begins; clear of what a body is kept off, where it can be.

    Parameters
    ----------
    joined_km
        KPs where cable is joined anyway.
    """
    crossed = [crossing for crossing, _ in route.crossings]
    kept = list(kept_off(route.course, crossed, route.stretches, route.installation))
    ends_km = sorted({0.0, route.profile.length_km, *joined_km})
    for from_km, to_km in pairwise(ends_km):
        cable_type = range_at(route.cable.types, (from_km + to_km) / 2).rule.cable_type
        begins_km, ends = weight.km_to(from_km), weight.km_to(to_km)
        max_km = rules.make_of(cable_type).max_piece_km
        count = max(1, ceil((ends - begins_km) / max_km - 1e-9))
        piece_km = (ends - begins_km) / count
        for number in range(1, count):
            # so far may both ends of a piece move and leave it no longer than it can be made
            at_km, room_km = begins_km + number * piece_km, (max_km - piece_km) / 2
            low_km, kp_km, high_km = (weight.kp_at_km(at_km + by) for by in (-room_km, 0.0, room_km))
            yield piece_km, clear_place_km(kp_km, kept, low_km, high_km)
