"""May a run be published without a person looking at it? Where that cannot be told, it may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from transcaspian.core.errors import TranscaspianError
from transcaspian.core.line_distance import Farthest, frechet
from transcaspian.core.linear_reference import line_length_km
from transcaspian.core.system_figures import percent
from transcaspian.routing import violations
from transcaspian.rpl.model import route_ends_km
from transcaspian.rpl.qa import check_rpl
from transcaspian.runs.archive.archived_runs import ArchivedRun
from transcaspian.runs.revisions.facts import (
    RECONCILES_KM,
    Crossed,
    Record,
    RouteFacts,
    RunFacts,
    read_facts,
    read_record,
)
from transcaspian.study import ReviewRules

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from transcaspian.products import Figures

ALWAYS = "always held"
LISTED = 5
"""So many assets, and crossings of one, are named; the rest is counted."""


@dataclass(frozen=True)
class Reason:
    """Why a person must look.

    Attributes
    ----------
    subject
        System, role of a data set, or run.
    found
        What was before, and what is now.
    rule
        Key of ``[review]`` with its value, or that no rule allows it.
    look_at
        File or layer that shows it.
    """

    subject: str
    found: str
    rule: str
    look_at: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.found} ({self.rule}): see {self.look_at}"


@dataclass(frozen=True)
class Review:
    """What the review of a run found.

    Attributes
    ----------
    held
        Why a person must look first; nothing where the run may be published.
    notes
        What was not compared because the last published run is of a version that did not record it.
    """

    held: tuple[Reason, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """A figure that may change by no more than a rule says; by percent where the key of the rule ends so."""

    name: str
    meaning: str
    unit: str
    rule: str
    look_at: str

    @property
    def is_relative(self) -> bool:
        """Whether the rule is a share of what was before, in percent."""
        return self.rule.endswith("_percent")

    def changed(self, before: float, now: float) -> float:
        """By how much, in the unit of the rule."""
        if not self.is_relative:
            return now - before
        return (100.0 * (now / before - 1.0)) if before else float(np.inf if now else 0.0)


ROUTE_MEASURES = (
    Measure("length", "length", "km", "max_length_change_percent", "layer routes"),
    Measure("cost", "cost", "USD", "max_cost_change_percent", "layer routes, cost_usd"),
    Measure("cost_base", "cost by the cost book", "USD", "max_cost_change_percent", "layer bill"),
    Measure("max_depth", "deepest point", "m", "max_depth_change_m", "layer routes, max_depth_m"),
    Measure("depth_unknown", "route of unknown depth", "km", "max_unknown_change_km", "layer routes, depth_unknown_km"),
    Measure("dry", "route that lies dry", "km", "max_dry_change_km", "changes.md, rasters/depth.tif along the route"),
    Measure("shallow", "shallow route", "km", "max_shallow_change_km", "changes.md, rasters/depth.tif along the route"),
)
SEABED_MEASURES = (
    Measure("min_elevation_m", "lowest elevation", "m", "max_elevation_change_m", "sources.seabed"),
    Measure("max_elevation_m", "highest elevation", "m", "max_elevation_change_m", "sources.seabed"),
    Measure("unknown_share", "share of unknown depth", "", "max_unknown_share_change", "rasters/depth.tif"),
)
IDENTITY = {"name": "name", "from_landing": "landing at KP 0", "to_landing": "landing at the end"}
"""What makes a system the one it was, by column of the layer ``routes``."""


def review(now: ArchivedRun, before: ArchivedRun | None, rules: ReviewRules) -> Review:
    """Hold a run against the last published one.

    Parameters
    ----------
    now
        The new run: its folder is written, and its manifest is complete but for the review.
    before
        The last published run; None: nothing is published yet, and there is nothing to compare with.
    rules
        By how much figures may change.

    Returns
    -------
    Review
        Each reason why a person must look first; none where the run may be published.

    Raises
    ------
    IngestError
        When the new run cannot be read.
    """
    record = read_record(now)
    quarantined = tuple(_quarantined(record, rules))
    if before is None:
        return Review(quarantined)
    old = facts_of_published(before)
    if isinstance(old, Reason):
        return Review((*quarantined, old))
    new = read_facts(now)
    held = (*quarantined, *_systems(old, new, rules), *_data(old.record, record, rules))
    return Review(held, tuple(_not_recorded(old, new)))


def facts_of_published(run: ArchivedRun) -> RunFacts | Reason:
    """The last published run, or why no other can be held against it.

    Parameters
    ----------
    run
        The one that ``latest`` leads to.

    Returns
    -------
    RunFacts or Reason
        What the published run states; a reason holds the new run for review.
    """
    try:
        return read_facts(run)
    except (TranscaspianError, OSError) as exc:
        found = f"the last published run cannot be compared with: {exc}"
        return Reason(f"run {run.name}", found, ALWAYS, f"`transcaspian runs verify {run.name}`")


def check_routes(figures: Sequence[Figures], water: BaseGeometry, forbidden: BaseGeometry | None) -> Iterator[Reason]:
    """What is wrong with the routes of a run by themselves.

    Parameters
    ----------
    figures
        Of the systems that have a route.
    water, forbidden
        The area inside the exact shoreline, and all that is closed, EPSG:4326; None: nothing is closed.

    Yields
    ------
    Reason
        Each route that leaves the water, enters a closed area, or whose lengths or list do not hold.
    """
    shapely.prepare(water)
    for item in figures:
        name = item.system.id
        if astray := violations(item.sea_lonlat, water, forbidden):
            at = astray[0].centroid
            found = f"the route leaves the water or enters a closed area in {len(astray)} places"
            yield Reason(name, found, ALWAYS, f"layer routes at {at.x:.4f}° E, {at.y:.4f}° N")
        line_km = line_length_km(item.lonlat)
        if abs(line_km - item.length_km) > RECONCILES_KM:
            yield Reason(name, f"the line is {line_km:.3f} km long, its figure {item.length_km:.3f}", ALWAYS, "routes")
        if item.engineered is None:
            continue
        rpl = item.engineered.rpl
        ends_km, file = route_ends_km(rpl), f"rpl/{name}.csv"
        if not any(abs(end_km - item.length_km) <= RECONCILES_KM for end_km in ends_km):
            found = f"the list ends at KP {', '.join(map(str, ends_km))}, the route is {item.length_km:.3f} km long"
            yield Reason(name, found, ALWAYS, file)
        if breaches := check_rpl(rpl):
            yield Reason(name, f"the Route Position List does not hold: {breaches[0]}", ALWAYS, file)


def _quarantined(now: Record, rules: ReviewRules) -> Iterator[Reason]:
    for role, read in now.ingest.items():
        share = read.quarantined / read.read if read.read else 0.0
        if share > rules.max_quarantined_share:
            found = f"{percent(share)} of its features are in quarantine"
            yield Reason(role, found, _more_than(rules, "max_quarantined_share"), "layer quarantine")


def _systems(old: RunFacts, new: RunFacts, rules: ReviewRules) -> Iterator[Reason]:
    not_asked = new.record.not_asked
    missing = [item for name, item in old.routes.items() if name not in {*new.routes, *not_asked}]
    added = [item for name, item in new.routes.items() if name not in old.routes]
    for item in missing:
        other = next((one for one in added if _is_same_line(item, one, rules)), None)
        renamed = f"; `{other.system_id}`, which is new, lies as it did: was it renamed?" if other else ""
        found = f"the system is in run {old.name} and is missing now{renamed}"
        yield Reason(item.system_id, found, ALWAYS, "layer routes")
    for item in added:
        yield Reason(item.system_id, f"the system is new: run {old.name} does not have it", ALWAYS, "layer routes")
    both = [(old.routes[name].without(not_asked), now) for name, now in new.routes.items() if name in old.routes]
    for before, now in both:
        yield from _route(old.name, before, now, rules)
    for meaning, asked, compare in ASPECTS:
        had, has = (all(any(run.record.has(key) for key in keys) for keys in asked) for run in (old, new))
        if had != has:
            keys = " and ".join(" or ".join(keys) for keys in asked)
            found = f"they cannot be compared: {'this run' if has else f'run {old.name}'} alone has {keys}"
            yield Reason(meaning, found, ALWAYS, "the study")
        elif has:
            for before, now in both:
                yield from compare(before, now, rules)


def _is_same_line(before: RouteFacts, now: RouteFacts, rules: ReviewRules) -> bool:
    """Whether a system may be another under a new id: between the same landings, or where the other lay."""
    ends = [{item.identity["from_landing"], item.identity["to_landing"]} for item in (before, now)]
    return ends[0] == ends[1] or frechet(before.lonlat, now.lonlat).distance_km <= rules.max_shift_km


def _route(run: str, before: RouteFacts, now: RouteFacts, rules: ReviewRules) -> Iterator[Reason]:
    for column, meaning in IDENTITY.items():
        was, is_now = before.identity[column], now.identity[column]
        if was != is_now:
            yield Reason(now.system_id, f"{meaning} {was or 'none'} → {is_now or 'none'}", ALWAYS, "layer routes")
    yield from _shift(run, before, now, rules)
    yield from _measures(now.system_id, before.figures, now.figures, ROUTE_MEASURES, rules)


def _shift(run: str, before: RouteFacts, now: RouteFacts, rules: ReviewRules) -> Iterator[Reason]:
    apart = _apart(before, now)
    if apart.distance_km > rules.max_shift_km:
        found = f"the route lies up to {apart.distance_km:.1f} km from where it lay in run {run}"
        where = f"layer routes at KP {apart.other_kp_km:.1f}, then KP {apart.kp_km:.1f}"
        yield Reason(now.system_id, found, _more_than(rules, "max_shift_km"), where)


def _apart(before: RouteFacts, now: RouteFacts) -> Farthest:
    if np.array_equal(before.lonlat, now.lonlat):
        return Farthest(0.0, 0.0, 0.0)
    return frechet(before.lonlat, now.lonlat)


def _measures(
    subject: str,
    before: Mapping[str, float | None],
    now: Mapping[str, float | None],
    measures: Sequence[Measure],
    rules: ReviewRules,
) -> Iterator[Reason]:
    """Figures that changed more than they may, and those that only one run knows."""
    for measure in measures:
        if measure.name not in before:  # the version did not record it: noted
            continue
        was, is_now = before[measure.name], now[measure.name]
        shown = f"{measure.meaning} {_shown(was, measure.unit)} → {_shown(is_now, measure.unit)}"
        if was is None or is_now is None:
            if was is not is_now:
                yield Reason(subject, f"{shown}, which cannot be compared", ALWAYS, measure.look_at)
            continue
        changed = measure.changed(was, is_now)
        if abs(changed) > getattr(rules, measure.rule):
            share = f", {changed:+.1f}%" if measure.is_relative else ""
            yield Reason(subject, f"{shown}{share}", _more_than(rules, measure.rule), measure.look_at)


def _crossings(before: RouteFacts, now: RouteFacts, rules: ReviewRules) -> Iterator[Reason]:
    counts = [Counter(item.asset_id for item in route.crossed) for route in (before, now)]
    for state, more, is_allowed, crossed in (
        ("new", counts[1] - counts[0], "allow_new_crossings", now.crossed),
        ("gone", counts[0] - counts[1], "allow_lost_crossings", before.crossed),
    ):
        if more and not getattr(rules, is_allowed):
            found = f"crossings {len(before.crossed)} → {len(now.crossed)}; {state}: {_listed(crossed, more)}"
            yield Reason(now.system_id, found, f"review.{is_allowed} false", "layer crossings")


def _listed(crossed: Sequence[Crossed], more: Counter[str]) -> str:
    """Assets that are crossed more often, with all their crossings: none of them is the further one for certain."""
    told = []
    for asset in more:
        at = [item for item in crossed if item.asset_id == asset]
        told.append(f"{asset} ({at[0].name or 'without a name'}) at KP {_joined(f'{item.kp_km:.1f}' for item in at)}")
    return _joined(told)


def _joined(texts: Iterable[str]) -> str:
    """The first of them, and how many more there are."""
    told = list(texts)
    return ", ".join(told[:LISTED]) + (f" and {len(told) - LISTED} more" if len(told) > LISTED else "")


def _zones(before: RouteFacts, now: RouteFacts, rules: ReviewRules) -> Iterator[Reason]:
    known = {item.state for item in before.zones}
    for state in dict.fromkeys(item.state for item in now.zones if item.state not in known):
        first = next(item for item in now.zones if item.state == state)
        whose = f"of {state}" if state else "of which the state is not known"
        found = f"the route comes into waters {whose}, where it was not before"
        yield Reason(now.system_id, found, ALWAYS, f"layer route_sectors at KP {first.from_kp_km:.1f}")
    was, is_now = (", ".join(str(item) for item in route.zones) or "none" for route in (before, now))
    if was != is_now and not rules.allow_zone_changes:
        found = f"states and zones {was} → {is_now}"
        yield Reason(now.system_id, found, "review.allow_zone_changes false", "layer route_sectors")


ASPECTS = (
    ("crossings", (("engineering.neighbours",),), _crossings),
    (
        "states and zones",
        (("engineering.sectors",), ("sources.borders", "sources.sectors", "sources.agreed_lines")),
        _zones,
    ),
)
"""What some studies ask for: what it is, the keys that ask for it (one of each), and what compares it."""


def _data(before: Record, now: Record, rules: ReviewRules) -> Iterator[Reason]:
    for role, read in before.ingest.items():
        kept = now.ingest[role].kept if role in now.ingest else None
        if kept is None:
            yield Reason(role, f"{read.kept:,} features → no longer read", ALWAYS, f"the study, sources.{role}")
        elif read.kept and not kept:
            yield Reason(role, f"{read.kept:,} features → none", ALWAYS, f"sources.{role}")
        elif read.kept and 100.0 * (1.0 - kept / read.kept) > rules.max_lost_features_percent:
            found = f"{read.kept:,} features → {kept:,}"
            yield Reason(role, found, _more_than(rules, "max_lost_features_percent"), f"sources.{role}")
        yield from _half_lost(role, read.in_area, now.ingest[role].in_area if role in now.ingest else None)
    old, new = (record.seabed.model_dump(exclude_none=True) for record in (before, now))
    yield from _measures("seabed", old, new, SEABED_MEASURES, rules)


def _half_lost(role: str, before: int | None, now: int | None) -> Iterator[Reason]:
    """A data set with fewer than half of the features in the area that it had: no rule allows that."""
    if before is not None and now is not None and 2 * now < before:
        yield Reason(role, f"{before:,} features in the area → {now:,}: fewer than half", ALWAYS, f"sources.{role}")


def _not_recorded(old: RunFacts, new: RunFacts) -> Iterator[str]:
    """What the version that made the run before did not record: it counts from the next run on."""
    had, has = (
        {*next(iter(run.routes.values())).figures, *run.record.seabed.model_dump(exclude_none=True)}
        for run in (old, new)
    )
    lacking = [item.meaning for item in (*ROUTE_MEASURES, *SEABED_MEASURES) if item.name in has - had]
    if lacking:
        yield (f"review: {', '.join(lacking)} not compared: not recorded by the version that made run {old.name}")


def _more_than(rules: ReviewRules, key: str) -> str:
    return f"more than review.{key} {getattr(rules, key):g}"


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "unknown"
    digits = {"km": 3, "m": 1, "USD": 0}.get(unit, 4)
    return f"{value:,.{digits}f} {unit}".rstrip()
