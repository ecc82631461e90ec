"""One route assessed: its sections, what reaches how deep in each, and what can bury it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.burial.config import THREAT_CAUSES, Burial, BurialTool, value_of
from transcaspian.analyses.burial.known import Known, burial_cost
from transcaspian.analyses.burial.layers import ANCHORS, ASHORE, BURIED, NO_TOOL, NOT_NEEDED, SHALLOW, SOIL_VERDICTS
from transcaspian.analyses.burial.soil import CONTRADICTS, SoilAt, soil_at
from transcaspian.analyses.burial.strikes import (
    Divided,
    Seabed,
    Strikes,
    accepted_per_km,
    needed_depth_m,
    strikes_of,
)
from transcaspian.analyses.burial.threats import threats_at
from transcaspian.analyses.burial.tools import Fitness, Ground, bend_radius_m, fitness
from transcaspian.core.cost_range import CostRange
from transcaspian.core.frames import known
from transcaspian.core.linear_reference import KpRange, range_at
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.engineering import EngineeredRoute
from transcaspian.engineering.cable import cable_along
from transcaspian.engineering.crossings import crossing_distances_km
from transcaspian.study.price_tables import Prices

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
TOLERANCE_M = 1e-9


@dataclass(frozen=True)
class Choice:
    """The tool of a section.

    Attributes
    ----------
    tool, achievable_m
        None where no tool buries for certain.
    not_known
        Ids of tools of which that cannot be told.
    excluded
        Of each tool that cannot work its reasons.
    """

    tool: BurialTool | None
    achievable_m: float | None
    not_known: tuple[str, ...]
    excluded: Mapping[str, tuple[str, ...]]


NO_CHOICE = Choice(None, None, (), {})


@dataclass(frozen=True)
class Reached:
    """How deep a cause reaches, NaN where that is not known, and what of it: a class of ships, or a threat."""

    depth_m: float
    by: str = ""


@dataclass(frozen=True)
class SoilTold:
    """The soil of a section: None where nothing says; ``verdict``: one of `layers.SOIL_VERDICTS`."""

    soil: str | None
    soil_verdict: str
    soil_source: str | None
    soil_confidence: float | None
    shear_strength_kpa: float | None


@dataclass(frozen=True)
class Struck:
    """Strikes a year on a section: of a bare cable, at most, and as it is planned; NaN: not known."""

    strikes_per_year: float
    strikes_at_most_per_year: float
    planned_strikes_per_year: float

    @property
    def return_period_years(self) -> float | None:
        """Of a strike on a bare cable."""
        return known(1.0 / self.strikes_per_year) if self.strikes_per_year > 0 else None


@dataclass(frozen=True)
class Section(KpRange):
    """A stretch of a route with one soil, one plan, one set of threats and of tools.

    Attributes
    ----------
    depth_m
        The smallest and the greatest depth of water; None where none is known.
    cable_km
        Length of cable as laid, with its slack.
    reaches_m
        How deep each cause reaches: 0 where it does not act, NaN where that is not known.
    reached_by
        What of each cause: a class of ships, or a threat of the study.
    planned
        Method and depth of lowering.
    index_planned
        The burial protection index at that depth; None: the study has no curve for the soil.
    """

    cable_km: float
    is_at_sea: bool
    depth_m: tuple[float | None, float | None]
    steepest_deg: float | None
    soil: SoilTold
    struck: Struck
    reaches_m: Mapping[str, float]
    reached_by: Mapping[str, str]
    choice: Choice
    planned: tuple[str, float]
    index_planned: float | None

    @property
    def target_m(self) -> float:
        """How deep the cable must lie for the deepest of what is known."""
        return max((depth_m for depth_m in self.reaches_m.values() if np.isfinite(depth_m)), default=0.0)

    @property
    def threat(self) -> str | None:
        """What reaches that deep."""
        deepest = (cause for cause, depth_m in self.reaches_m.items() if depth_m == self.target_m > 0)
        return next(deepest, None)

    @property
    def threat_id(self) -> str | None:
        """The class of ships or the threat of the study that reaches that deep."""
        return None if self.threat is None else self.reached_by.get(self.threat)

    @property
    def is_whole(self) -> bool:
        """Whether all that acts is known."""
        return bool(np.isfinite(list(self.reaches_m.values())).all())

    @property
    def verdict(self) -> str:
        """Whether a tool reaches the target; one of `layers.VERDICTS`."""
        if not self.is_at_sea:
            return ASHORE
        if self.target_m == 0:
            return NOT_NEEDED if self.is_whole else NOT_KNOWN
        reached_m = self.choice.achievable_m
        if reached_m is not None and reached_m + TOLERANCE_M >= self.target_m:
            return BURIED if self.is_whole else NOT_KNOWN
        if self.choice.not_known or not (self.choice.excluded or self.choice.tool):
            return NOT_KNOWN
        return NO_TOOL if reached_m is None else SHALLOW

    @property
    def work_days(self) -> float | None:
        """Days of work of its tool; None where none is asked for, or there is no tool."""
        tool = self.choice.tool
        return None if tool is None or self.target_m == 0 else self.length_km / (value_of(tool.km_per_day) or np.inf)

    def cost(self, prices: Prices | None) -> CostRange | None:
        """Of burying it with its tool: gear, crew and days of the vessel; None as `work_days`, or without prices."""
        tool = self.choice.tool
        if tool is None or prices is None or self.target_m == 0:
            return None
        return burial_cost(prices, tool, self.choice.achievable_m or 0.0, self.length_km)


@dataclass(frozen=True)
class Sampled:
    """What is known at the samples of a route's profile, ``n`` of them.

    Attributes
    ----------
    acts, acts_unknown
        Where each threat of the study acts, and where that is not known; shape ``(threats, n)``.
    """

    route: EngineeredRoute
    soil: SoilAt
    tools: tuple[Fitness, ...]
    acts: Bools
    acts_unknown: Bools

    @property
    def borders_km(self) -> Floats:
        """Halfway between the samples, shape ``(n - 1,)``."""
        kp_km = self.route.profile.kp_km
        return (kp_km[1:] + kp_km[:-1]) / 2

    @property
    def weights_km(self) -> Floats:
        """The length that each sample stands for, shape ``(n,)``: all of the route together."""
        return np.diff(np.concatenate([[0.0], self.borders_km, [self.route.profile.length_km]]))

    @property
    def changes(self) -> Bools:
        """Whether anything that a section has is another on both sides of each border, shape ``(n - 1,)``."""
        rows: list[NDArray[Any]] = [self.soil.soil, self.soil.source, np.nan_to_num(self.soil.strength_kpa, nan=-1.0)]
        rows += [self.route.profile.at_sea, *self.acts, *self.acts_unknown]
        rows += [row for tool in self.tools for row in (*tool.excluded, *tool.is_unknown)]
        return np.asarray((np.diff(np.stack([np.asarray(row, float) for row in rows])) != 0).any(axis=0))

    def edges_km(self, section_km: float) -> Floats:
        """Where sections begin, and where the last ends: at all changes, and so that none is longer than asked."""
        length_km = self.route.profile.length_km
        planned = [item.from_km for item in self.route.cable.burial]
        at_km = np.unique(np.concatenate([[0.0, length_km], self.borders_km[self.changes], planned]))
        at_km = at_km[(at_km >= 0) & (at_km <= length_km)]
        parts = np.maximum(np.ceil(np.diff(at_km) / section_km - 1e-9).astype(int), 1)
        inner = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(at_km[:-1], at_km[1:], parts, strict=True)]
        return np.concatenate([*inner, [length_km]])


def sampled(route: EngineeredRoute, study: Known) -> Sampled:
    """Soil, tools and threats along a route."""
    rules, profile = study.rules, route.profile
    soil = soil_at(rules, study.constraints, study.logs, profile.lon_deg, profile.lat_deg)
    radii_m = [value_of(tool.min_turning_radius_m) or 0.0 for tool in rules.tools]
    ground = Ground(
        profile.depth_m,
        profile.steepest_deg,
        soil.known,
        soil.strength_kpa,
        bend_radius_m(route.course.lonlat, profile.kp_km, radii_m),
        crossing_distances_km(profile.kp_km, [crossing.kp_km for crossing, _ in route.crossings]),
    )
    places = (profile.lon_deg, profile.lat_deg, profile.depth_m)
    return Sampled(route, soil, fitness(rules, ground), *threats_at(rules, study.constraints, *places))


@dataclass(frozen=True)
class Assessed:
    """A route with its sections.

    Attributes
    ----------
    strikes, drag_m, penetration_m
        Of each section by class of ships, shape ``(sections, ships)``; NaN: not known.
    """

    system_id: str
    sections: tuple[Section, ...]
    strikes: Strikes
    drag_m: Floats
    penetration_m: Floats
    samples: Sampled

    @property
    def lonlat(self) -> Floats:
        """Vertices of the legs, shape ``(n, 2)``."""
        return self.samples.route.course.lonlat

    def km_where(self, *verdicts: str) -> float:
        """Length of the sections with one of some verdicts."""
        return float(sum(section.length_km for section in self.sections if section.verdict in verdicts))


def assess(system_id: str, route: EngineeredRoute, study: Known) -> Assessed:
    """The sections of an engineered route, which follow each other from KP 0 to its end."""
    samples, profile = sampled(route, study), route.profile
    edges_km = samples.edges_km(study.rules.section_km)
    bed = Seabed(profile.depth_m, samples.soil.known)
    strikes = strikes_of(study.anchors, study.ships, Divided(route.course.lonlat, edges_km, profile.kp_km, bed))
    at = np.searchsorted(samples.borders_km, (edges_km[1:] + edges_km[:-1]) / 2)
    penetration_m = study.anchors.penetration_in(samples.soil.known[at])
    anchors_m = _anchor_depths_m(study, strikes, penetration_m, np.diff(edges_km))
    sections = []
    for index, ends_km in enumerate(pairwise(edges_km.tolist())):
        struck = _struck_of(study, strikes, penetration_m, index, planned_at(route, *ends_km)[1])
        anchors = anchors_reach(study, float(anchors_m[index]), penetration_m[index])
        sections.append(_section_of(study, samples, ends_km, int(at[index]), struck, anchors))
    drag_m = study.anchors.drag_in(samples.soil.known[at])
    return Assessed(system_id, tuple(sections), strikes, drag_m, penetration_m, samples)


def _anchor_depths_m(study: Known, strikes: Strikes, penetration_m: Floats, length_km: Floats) -> Floats:
    """The target against anchors by section; NaN where traffic, soil or depth is not known.

    What is accepted is of the whole route, so the target does not depend on how it is cut.
    """
    if not study.rules.has_traffic:
        return np.full(len(length_km), np.nan)
    per_km = accepted_per_km(strikes, penetration_m, length_km, 1.0 / study.rules.return_period_years)
    return study.rules.factor_of_safety * needed_depth_m(strikes, penetration_m, per_km * length_km)


def planned_at(route: EngineeredRoute, from_km: float, to_km: float) -> tuple[str, float]:
    """Method and depth of lowering of a section by the plan."""
    rule = range_at(route.cable.burial, (from_km + to_km) / 2).rule
    return rule.method, rule.target_m


def _struck_of(study: Known, strikes: Strikes, penetration_m: Floats, index: int, planned_m: float) -> Struck:
    """The strikes on a section."""
    if not study.rules.has_traffic:
        return Struck(np.nan, np.nan, np.nan)
    left = np.where(penetration_m[index] <= planned_m, 0.0, strikes.per_year[index])
    return Struck(float(strikes.per_year[index].sum()), float(strikes.at_most_per_year[index].sum()), float(left.sum()))


def _section_of(
    study: Known, samples: Sampled, ends_km: tuple[float, float], at: int, struck: Struck, anchors: Reached
) -> Section:
    """A section by the sample that it lies at; ``anchors``: how deep those reach that it must be safe from."""
    profile, rules = samples.route.profile, study.rules
    inside = (profile.kp_km > ends_km[0]) & (profile.kp_km < ends_km[1])
    depths_m = profile.depth_at([*ends_km, *profile.kp_km[inside]])
    slopes_deg = profile.steepest_deg[[at, *np.flatnonzero(inside)]]
    is_at_sea = bool(profile.at_sea[at])
    reached = {ANCHORS: anchors, **reached_at(rules, samples.acts[:, at], samples.acts_unknown[:, at])}
    reaches_m = {cause: one.depth_m if is_at_sea else 0.0 for cause, one in reached.items()}
    planned = planned_at(samples.route, *ends_km)
    target_m = max((depth_m for depth_m in reaches_m.values() if np.isfinite(depth_m)), default=0.0)
    cable_km = np.interp(ends_km, *cable_along(samples.route.cable.slack))
    return Section(
        *ends_km,
        float(cable_km[1] - cable_km[0]),
        is_at_sea,
        (known(np.fmin.reduce(depths_m)), known(np.fmax.reduce(depths_m))),
        known(np.fmax.reduce(slopes_deg)),
        soil_told(rules, samples.soil, at),
        struck,
        reaches_m,
        {cause: one.by for cause, one in reached.items() if one.by},
        _choose(rules, samples.tools, at, target_m) if is_at_sea else NO_CHOICE,
        planned,
        index_at(rules, int(samples.soil.known[at]), planned[1]),
    )


def reached_at(rules: Burial, acts: Bools, is_unknown: Bools) -> dict[str, Reached]:
    """How deep each cause beside anchors reaches at a place, by the threats that act there."""
    found: dict[str, Reached] = dict.fromkeys(THREAT_CAUSES, Reached(0.0))
    for threat, here, unsure in zip(rules.threats, acts.tolist(), is_unknown.tolist(), strict=True):
        deepest = found[threat.cause]
        if here and not threat.depth_m <= deepest.depth_m:
            found[threat.cause] = Reached(threat.depth_m, threat.id)
        elif unsure and threat.depth_m > deepest.depth_m:
            found[threat.cause] = Reached(np.nan)
    return found


def anchors_reach(study: Known, anchors_m: float, penetration_m: Floats) -> Reached:
    """The class of ships whose anchors a target is for."""
    of = [
        ship.id
        for ship, depth_m in zip(study.rules.ships, penetration_m.tolist(), strict=True)
        if abs(study.rules.factor_of_safety * depth_m - anchors_m) <= TOLERANCE_M
    ]
    return Reached(anchors_m, of[0] if of and anchors_m > 0 else "")


def soil_told(rules: Burial, soil: SoilAt, at: int) -> SoilTold:
    """The soil at a sample in words."""
    said_by = [one.id for one in rules.said_by]
    index, source = int(soil.soil[at]), int(soil.source[at])
    return SoilTold(
        rules.soils[index].id if index >= 0 else None,
        SOIL_VERDICTS[1] if index == CONTRADICTS else SOIL_VERDICTS[0] if index >= 0 else NOT_KNOWN,
        said_by[source] if source >= 0 else None,
        known(soil.confidence[at]),
        known(soil.strength_kpa[at]),
    )


def _choose(rules: Burial, tools: Sequence[Fitness], at: int, target_m: float) -> Choice:
    """The tool of a place: of those that reach the target the fastest, else the one that buries deepest."""
    soil = int(tools[0].soil[at]) if tools else -1
    working = [one.tool for one in tools if one.works[at]]

    def rank(tool: BurialTool) -> tuple[float, float]:
        return min(tool.burial_m(rules.soils[soil].id), target_m), value_of(tool.km_per_day) or 0.0

    tool = max(working, key=rank, default=None)
    return Choice(
        tool,
        None if tool is None else tool.burial_m(rules.soils[soil].id),
        tuple(one.tool.id for one in tools if one.may_work[at]),
        {one.tool.id: one.reasons_at(at) for one in tools if one.excluded[:, at].any()},
    )


def index_at(rules: Burial, soil: int, depth_m: float) -> float | None:
    """The burial protection index by the user's curve; None where there is none, or it does not go so deep."""
    for curve in rules.index_curves:
        if soil >= 0 and curve.soil == rules.soils[soil].id:
            depths, indices = ([getattr(point, name) for point in curve.points] for name in ("depth_m", "index"))
            return known(np.interp(depth_m, depths, indices, np.nan, np.nan))
    return None
