"""What is surveyed along a route: shores, blocks of lines, samples and crossings, and who reaches them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.installation.config import Spread
from transcaspian.analyses.installation.days import Days
from transcaspian.analyses.installation.layers import REACHED
from transcaspian.analyses.installation.vessels import Vessel
from transcaspian.analyses.survey.config import CorridorBand, Samples, Survey
from transcaspian.analyses.survey.layers import Surveyed
from transcaspian.analyses.survey.lines import Plan, blocks, plan_at
from transcaspian.analyses.survey.reach import Reach, reach_at
from transcaspian.core.frames import known
from transcaspian.core.linear_reference import KpRange, line_length_km
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.engineering import EngineeredRoute, Profile
from transcaspian.engineering.landing import approach
from transcaspian.engineering.strip import line_beside

Floats = NDArray[np.float64]
KM_PER_H_PER_KN = 1.852
BY_SHORE = Reach(None, REACHED)


@dataclass(frozen=True)
class Block(KpRange):
    """A stretch of corridor that is surveyed in one way by one vessel.

    Attributes
    ----------
    plan
        None on a shore, and where the depth is not known.
    lines
        The lines as drawn, shape ``(n, 2)`` each.
    """

    surveyed: Surveyed
    width_m: float
    sensors: str
    depth_m: tuple[float | None, float | None]
    reach: Reach
    plan: Plan | None
    lines: tuple[Floats, ...]
    days: Days | None
    source: str
    status: str

    @property
    def line_km(self) -> float | None:
        """Length of all lines; None where their number is not known."""
        return sum(line_length_km(line) for line in self.lines) if self.plan else None


@dataclass(frozen=True)
class Station:
    """A place where a sample is taken or a crossing inspected."""

    surveyed: Surveyed
    samples: str
    kp_km: float
    depth_m: float
    reach: Reach
    days: Days
    source: str
    status: str


def sea_km(route: EngineeredRoute, rules: Survey) -> tuple[float, float]:
    """Where lines begin and end: in the first water of ``shore.to_m`` from either end, or the middle without any."""
    profile = route.profile
    away_km = [approach(profile, end).first_km(rules.shore.to_m) for end in (0, -1)]
    if away_km[0] is None or away_km[1] is None:
        return profile.length_km / 2, profile.length_km / 2
    return away_km[0], profile.length_km - away_km[1]


def blocks_of(route: EngineeredRoute, rules: Survey, vessels: Sequence[Vessel]) -> Iterator[Block]:
    """The corridor from beach manhole to beach manhole."""
    from_km, to_km = sea_km(route, rules)
    yield _shore_block(route, rules, 0.0, from_km)
    for cut in _same_vessel(route.profile, rules, vessels, from_km, to_km):
        yield from line_blocks(route, rules, cut)
    yield _shore_block(route, rules, to_km, route.profile.length_km)


def _shore_block(route: EngineeredRoute, rules: Survey, from_km: float, to_km: float) -> Block:
    """From a beach manhole to where lines begin."""
    shore = rules.shore
    return Block(
        from_km,
        to_km,
        "shore",
        shore.width_m,
        "topography, probes or divers",
        depth_range(route.profile, from_km, to_km),
        BY_SHORE,
        None,
        (),
        Days.of(shore.days).over(rules.weather_percent),
        shore.source,
        shore.status,
    )


@dataclass(frozen=True)
class Cut(KpRange):
    """A stretch in one band of depth that one vessel surveys; ``band`` is None where the depth is not known."""

    band: CorridorBand | None
    reach: Reach


def _same_vessel(
    profile: Profile, rules: Survey, vessels: Sequence[Vessel], from_km: float, to_km: float
) -> Iterator[Cut]:
    """Stretches between two KPs, divided halfway between samples."""
    inside = np.flatnonzero((profile.kp_km >= from_km) & (profile.kp_km <= to_km))
    found: list[Cut] = []
    for i in inside:
        depth_m = float(profile.depth_m[i])
        band = next((one for one in rules.corridor if one.from_m <= depth_m < one.to_m), None)
        reach = reach_at(depth_m, "survey", vessels, rules.under_keel_m)
        half_km = float(profile.kp_km[i]) + profile.step_km / 2
        if found and (found[-1].band, found[-1].reach) == (band, reach):
            found[-1] = replace(found[-1], to_km=half_km)
        else:
            found.append(Cut(found[-1].to_km if found else from_km, half_km, band, reach))
    if found:
        found[-1] = replace(found[-1], to_km=to_km)
    yield from found


def line_blocks(route: EngineeredRoute, rules: Survey, cut: Cut) -> Iterator[Block]:
    """The blocks of lines of a stretch."""
    profile, band = route.profile, cut.band
    if band is None:
        yield unknown_block(rules, cut)
        return
    sensors = {sensor.id: sensor for sensor in rules.sensors}
    samples = np.flatnonzero((profile.kp_km >= cut.from_km) & (profile.kp_km <= cut.to_km))
    plans = [plan_at(float(profile.depth_m[i]), band, sensors) for i in samples]
    min_steps = int(np.ceil(rules.min_block_km / profile.step_km - 1e-9))
    found = list(blocks(np.array([plan.lines for plan in plans]), min_steps))
    edges_km = [cut.from_km, *(float(profile.kp_km[samples[last]]) for _, last in found[:-1]), cut.to_km]
    for (first, last), (from_km, to_km) in zip(found, pairwise(edges_km), strict=True):
        plan = max(plans[first : last + 1], key=lambda one: one.lines)
        drawn = tuple(line_beside(route.course.lonlat, from_km, to_km, float(off_m)) for off_m in plan.offsets_m)
        yield Block(
            from_km,
            to_km,
            "lines",
            band.width_m,
            ", ".join(band.sensors),
            depth_range(profile, from_km, to_km),
            cut.reach,
            plan,
            drawn,
            None if cut.reach.vessel is None else line_days(drawn, rules),
            band.source,
            band.status,
        )


def unknown_block(rules: Survey, cut: Cut) -> Block:
    """A stretch without a depth: as wide as the widest band, its lines insufficient information."""
    widest = max(rules.corridor, key=lambda one: one.width_m)
    about = (None, (), None, widest.source, widest.status)
    reach = Reach(None, NOT_KNOWN)
    return Block(
        cut.from_km, cut.to_km, "lines", widest.width_m, ", ".join(widest.sensors), (None, None), reach, *about
    )


def line_days(lines: Sequence[Floats], rules: Survey) -> Days:
    """How long lines take, with a turn at the end of each."""
    line_km = sum(line_length_km(line) for line in lines)
    turns_h = len(lines) * rules.turn_h
    days = (
        (line_km / (kn * KM_PER_H_PER_KN) + turns_h) / rules.hours_per_day
        for kn in (rules.speed_kn.high, rules.speed_kn.base, rules.speed_kn.low)
    )
    return Days(*days).over(rules.weather_percent)


def depth_range(profile: Profile, from_km: float, to_km: float) -> tuple[float | None, float | None]:
    """Smallest and greatest depth between two KPs; None where none is known."""
    inside = (profile.kp_km >= from_km) & (profile.kp_km <= to_km)
    depths_m = np.concatenate([profile.depth_m[inside], profile.depth_at([from_km, to_km])])
    return known(np.fmin.reduce(depths_m)), known(np.fmax.reduce(depths_m))


def stations_of(route: EngineeredRoute, rules: Survey, vessels: Sequence[Vessel]) -> Iterator[Station]:
    """Samples at their spacing, and crossings, in the order of their kinds."""
    for samples in rules.samples:
        yield from _samples_of(route, rules, samples, vessels)
    each = each_takes(rules.crossings_per_day, rules)
    for crossing, _ in route.crossings:
        depth_m = float("nan") if crossing.depth_m is None else crossing.depth_m
        reach = reach_at(depth_m, "survey", vessels, rules.under_keel_m)
        about = (crossing.asset.asset_id, crossing.kp_km, depth_m, reach, each, rules.source, rules.status)
        yield Station("crossing", *about)


def _samples_of(
    route: EngineeredRoute, rules: Survey, samples: Samples, vessels: Sequence[Vessel]
) -> Iterator[Station]:
    """Samples of one kind, from where lines begin; where the depth is not known too."""
    from_km, to_km = sea_km(route, rules)
    kp_km = np.arange(from_km, to_km, samples.spacing_km)
    each = each_takes(samples.per_day, rules)
    for at_km, depth_m in zip(kp_km.tolist(), route.profile.depth_at(kp_km).tolist(), strict=True):
        if depth_m < samples.from_m or (samples.to_m is not None and depth_m >= samples.to_m):
            continue
        reach = reach_at(depth_m, samples.work, vessels, rules.under_keel_m)
        yield Station("samples", samples.id, at_km, depth_m, reach, each, samples.source, samples.status)


def each_takes(per_day: Spread, rules: Survey) -> Days:
    """Days of one station."""
    return Days(1 / per_day.high, 1 / per_day.base, 1 / per_day.low).over(rules.weather_percent)


@dataclass(frozen=True)
class Work:
    """All that one vessel does of one kind on a route; ``line_km`` is None where no lines are run."""

    surveyed: Surveyed
    reach: Reach
    length_km: float
    line_km: float | None
    stations: int
    days: Days | None


def work_of(blocks_found: Sequence[Block], stations: Sequence[Station]) -> Iterator[Work]:
    """Kilometres, stations and days by what is done and by whom, in the order that they come."""
    found: dict[tuple[Surveyed, Reach], Work] = {}
    for block in blocks_found:
        length_km, line_km = block.length_km, block.line_km
        _add(found, Work(block.surveyed, block.reach, length_km, line_km, 0, block.days))
    for station in stations:
        days = None if station.reach.vessel is None else station.days
        _add(found, Work(station.surveyed, station.reach, 0.0, None, 1, days))
    yield from found.values()


def _add(found: dict[tuple[Surveyed, Reach], Work], more: Work) -> None:
    """Add work to that of its kind and vessel."""
    key = more.surveyed, more.reach
    if key not in found:
        found[key] = more
        return
    old = found[key]
    found[key] = replace(
        old,
        length_km=old.length_km + more.length_km,
        line_km=None if old.line_km is None or more.line_km is None else old.line_km + more.line_km,
        stations=old.stations + more.stations,
        days=None if old.days is None or more.days is None else old.days + more.days,
    )


def total_days(work: Sequence[Work]) -> Days:
    """Of all that a vessel reaches."""
    return sum((one.days for one in work if one.days is not None), Days())
