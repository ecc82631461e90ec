"""The engineered route of a system: legs, profile, cable, neighbours and Route Position List in one value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.core.errors import EngineeringError
from transcaspian.core.geodesy import distance_to_geometries_m
from transcaspian.core.grid import Grid
from transcaspian.core.linear_reference import Event, line_length_km, positions_at_km
from transcaspian.engineering.alter_course import Course, alter_courses
from transcaspian.engineering.bodies import kept_off
from transcaspian.engineering.cable import CablePlan, ChosenCable, engineer_cable
from transcaspian.engineering.crossings import (
    Asset,
    Crossing,
    ParallelRun,
    crossing_events,
    crossings,
    in_order,
    parallel_runs,
)
from transcaspian.engineering.free_spans import FreeSpan, free_spans, span_header
from transcaspian.engineering.land_tail import manhole_lonlat, manhole_of
from transcaspian.engineering.landing import Installation, installation
from transcaspian.engineering.landing_sheet import Around, LandingSheet, landing_sheets
from transcaspian.engineering.laying import Legs
from transcaspian.engineering.leg_findings import (
    LegFinding,
    area_findings,
    cable_findings,
    course_findings,
    crossing_findings,
    list_findings,
    plough_findings,
)
from transcaspian.engineering.listed import Label, finished
from transcaspian.engineering.listing import (
    Feature,
    Nearby,
    Register,
    Surface,
    coverage_gaps,
    hazard_listing,
    may_be_near,
    silent_registers,
    surface_listing,
)
from transcaspian.engineering.listing_rows import (
    JOINED_KM,
    cable_events,
    course_events,
    depth_events,
    rows,
    shore_events,
    stations,
)
from transcaspian.engineering.profile import Profile, SeabedBend, seabed_bends, seabed_profile
from transcaspian.engineering.scenarios import RouteAtLevel, route_at_level
from transcaspian.engineering.sectors import StateWaters, Stretch, boundary_events, stretches
from transcaspian.engineering.sld import Segment, segments_of
from transcaspian.engineering.stated import (
    Listed,
    from_manholes,
    left_to_rules,
    listed_on,
    stated_cable,
    stated_list,
    with_tails,
)
from transcaspian.engineering.together import Met
from transcaspian.routing import LeastCostPath, RoutingProblem, along_geodesics
from transcaspian.rpl.model import Rpl
from transcaspian.rpl.vertices import at_sea
from transcaspian.seabed import CostSurface, DepthModel, ridge_half_width_m, sample, seabed_at
from transcaspian.study import CableRule, Engineering, Landing, LandTailRules, NeighbourRules

PRICE_STEP_KM = 0.05
SHALLOWEST_PRICED_DEG = 10.0
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Surroundings:
    """What all systems of a study lie on.

    Attributes
    ----------
    grid, depth, cost
        Frame, water depth and cost of the study.
    water, forbidden
        Polygons that a route stays in and out of, lon/lat; ``forbidden`` is None where nothing is closed.
    level_m_msl
        The declared water level against mean sea level.
    features, assets
        Hazards and features of constraints, and cables and pipelines that are no systems of the study.
    surfaces, registers
        Rasters of constraints; and what was looked through, to be named where nothing of it is near.
    waters
        Whose waters they are; None where the study does not tell.
    """

    grid: Grid
    depth: DepthModel
    cost: CostSurface
    water: shapely.Geometry
    forbidden: shapely.Geometry | None
    level_m_msl: float
    features: tuple[Feature, ...] = ()
    surfaces: tuple[Surface, ...] = ()
    registers: tuple[Register, ...] = ()
    assets: tuple[Asset, ...] = ()
    waters: StateWaters | None = None


@dataclass(frozen=True)
class EngineeredRoute:
    """A route that can be surveyed and laid.

    Attributes
    ----------
    course
        Its legs.
    lonlat, sea_lonlat
        Its line as a map draws it, shape ``(n, 2)``: the vertices of the legs, and points on the geodesics between;
        from beach manhole to beach manhole, and from shoreline to shoreline.
    profile, bends
        The seabed under it, and where that bends more than a cable follows.
    installation
        How it is laid, from KP 0 to the end.
    cable
        Types, slack, burial and amplifiers.
    rpl
        Its Route Position List.
    crossings, parallel_runs
        Of other cables and pipelines; a crossing with the price that the router paid, in km of clear seabed.
    nearby
        Hazards, and stretches without data.
    stretches
        By whose waters they lie in; empty where the study does not tell.
    at_levels
        The route at lower levels of the sea.
    free_spans
        Where the cable hangs free, and where that is not known; empty where the study has no rules for it.
    landings
        The sheet of its first and of its last landing.
    findings
        Where a list that a person gives and the rules differ.
    by_equidistance
        ``stretches`` as if there were no agreed line; empty where there is none.
    """

    course: Course
    lonlat: Floats
    sea_lonlat: Floats
    profile: Profile
    installation: tuple[Installation, ...]
    bends: tuple[SeabedBend, ...]
    cable: CablePlan
    rpl: Rpl
    crossings: tuple[tuple[Crossing, float], ...]
    parallel_runs: tuple[ParallelRun, ...]
    nearby: tuple[Nearby, ...]
    stretches: tuple[Stretch, ...]
    at_levels: tuple[RouteAtLevel, ...]
    free_spans: tuple[FreeSpan, ...] = ()
    landings: tuple[LandingSheet, ...] = ()
    findings: tuple[LegFinding, ...] = ()
    by_equidistance: tuple[Stretch, ...] = ()

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The stretches between all changes, from KP 0 to the end, without gaps."""
        return segments_of(self.profile, self.cable, self.stretches, self.installation)


@dataclass(frozen=True)
class Passage:
    """Legs with all that they pass, whatever cable lies on them.

    Attributes
    ----------
    along
        Whose waters; empty where the study does not tell.
    sections
        How the route is installed.
    """

    course: Course
    profile: Profile
    met: Met
    crossed: tuple[Crossing, ...]
    beside: tuple[ParallelRun, ...]
    along: tuple[Stretch, ...]
    sections: tuple[Installation, ...]


def passage_of(ground: Surroundings, course: Course, profile: Profile, rules: Engineering, met: Met) -> Passage:
    """What legs pass; ``met``: of the systems that they are built together with.

    Parameters
    ----------
    ground
        Seabed, assets and waters around the legs.
    course
        The legs.
    profile
        Of their seabed.
    rules
        Of neighbours, landings and sections.
    met
        Crossings and shared ends of systems that are built together with this one.

    Returns
    -------
    Passage
        Crossings, stretches beside other assets, waters and ways of laying along the legs.
    """
    return Passage(
        course,
        profile,
        met,
        *_neighbours(ground, course, profile, rules.neighbours, met),
        waters_along(course, ground.waters) if ground.waters else (),
        installation(profile, rules.landing, rules.sections.min_burial_km),
    )


def engineer_route(
    ground: Surroundings, course: Course, profile: Profile, rules: Engineering, label: Label, met: Met
) -> EngineeredRoute:
    """Make a route of its legs.

    Parameters
    ----------
    ground
        Seabed, neighbours and waters around it.
    course, profile
        From `lay_course`.
    rules
        Of the study.
    label
        Names and revision; a list that a person gives.
    met
        What it meets of the systems that it is built together with.

    Returns
    -------
    EngineeredRoute
        With its Route Position List; all KPs in km from its first position.
    """
    return engineer_passage(ground, passage_of(ground, course, profile, rules, met), rules, label)


def engineer_passage(ground: Surroundings, passage: Passage, rules: Engineering, label: Label) -> EngineeredRoute:
    """Make a route of its legs and of what they pass.

    Parameters
    ----------
    ground
        As in `passage_of`.
    passage
        From it.
    rules
        Of cable, profile, landings and sections.
    label
        Names and revision; its ``stated`` is the given list that the route follows, None where ours is
        made.

    Returns
    -------
    EngineeredRoute
        With the Route Position List, and with what a stated list has otherwise than the rules would.
    """
    course, profile, along = passage.course, passage.profile, passage.along
    cable = planned = _planned_cable(ground, passage, rules, label.chosen)
    listed = None if label.stated is None else listed_of(label, course)
    if listed is not None:
        cable = stated_cable(planned, listed, rules)
    equidistant = ground.waters.by_equidistance if ground.waters else None
    found = list(_events_of(ground, passage, cable, label, rules))
    differs: list[LegFinding] = []
    if listed is None:
        positions, spans = rows(stations(course, found), cable, profile, along)
        rpl = Rpl(label.system_id, label.title, label.revision, positions, spans, water_level=label.water_level)
    else:
        rpl = list_with_events(label, stated_list(listed, course, left_to_rules(found, listed), cable, profile, along))
        differs += _findings_of(listed, ground, course, profile, rules)
        differs += [*cable_findings(listed, planned), *plough_findings(listed, cable, planned)]
        differs += crossing_findings(listed, passage.crossed)
    hanging = spans_of(ground, course, rules)
    rpl = finished(rpl, label, rules, profile.resolution_deg, ground.grid.bounds, ground.water)
    return EngineeredRoute(
        course=course,
        lonlat=along_geodesics(ground.grid, course.lonlat),
        sea_lonlat=along_geodesics(ground.grid, course.at_sea.lonlat),
        profile=profile,
        installation=passage.sections,
        bends=seabed_bends(profile, rules.profile.bend_limit_deg_per_km),
        cable=cable,
        rpl=replace(rpl, header=(*rpl.header, *span_header(hanging))),
        crossings=tuple(zip(passage.crossed, prices_paid_km(ground, course, passage.crossed), strict=True)),
        parallel_runs=passage.beside,
        nearby=listing_of(ground, profile, rules),
        stretches=along,
        at_levels=levels_of(profile, ground.level_m_msl, rules),
        free_spans=hanging,
        landings=tuple(sheets_of(ground, (profile, rpl, along), label, rules, passage.met)),
        findings=tuple(sorted(differs, key=lambda item: (item.from_km, item.to_km, item.rule))),
        by_equidistance=waters_along(course, equidistant) if equidistant else (),
    )


def _events_of(
    ground: Surroundings, passage: Passage, cable: CablePlan, label: Label, rules: Engineering
) -> Iterator[Event]:
    """What the list names: ends, alter courses, changes of cable, crossings, boundaries, and depths between them."""
    profile = passage.profile
    found = [
        *_manhole_events(passage.course, label, rules, ground.water),
        *shore_events(profile, (label.from_name, label.to_name), label.water_level, passage.sections),
        *course_events(passage.course),
        *cable_events(cable),
        *crossing_events(passage.crossed),
        *boundary_events(passage.along),
    ]
    yield from (*found, *depth_events(profile, rules.rpl.depth_marks_m, found))


def _planned_cable(
    ground: Surroundings, passage: Passage, rules: Engineering, chosen: ChosenCable | None = None
) -> CablePlan:
    """The cable by the rules alone, or as it was chosen, protected as each section of installation allows."""
    course, profile, crossed = passage.course, passage.profile, passage.crossed
    near = hazard_distances_km(profile, ground.features, rules.cable_types + rules.slack + rules.burial)
    legs = Legs.of(course.lonlat, crossed_assets(crossed))
    off = list(kept_off(course, crossed, passage.along, passage.sections))
    return engineer_cable(profile, near, rules, replace(legs, kept_off=off, installed=passage.sections), chosen)


def crossed_assets(crossed: Sequence[Crossing]) -> list[tuple[float, str]]:
    """KP and state of all that a route crosses."""
    return [(crossing.kp_km, crossing.asset.state) for crossing in crossed]


def _manhole_events(course: Course, label: Label, rules: Engineering, water: shapely.Geometry) -> Iterator[Event]:
    """The beach manholes that the legs run from and to."""
    ends_km, sea = (0.0, line_length_km(course.lonlat)), course.at_sea.lonlat
    for end, kp_km in zip((0, -1), ends_km, strict=True):
        if course.ashore[end] and label.ends and rules.land_tail:
            place = manhole_of(label.ends[end], tuple(sea[end].tolist()), rules.land_tail, water)
            yield Event(kp_km, "BMH", place.remarks if place else "")


def sheets_of(
    ground: Surroundings, laid: tuple[Profile, Rpl, Sequence[Stretch]], label: Label, rules: Engineering, met: Met
) -> Iterator[LandingSheet]:
    """The sheet of either landing.

    Parameters
    ----------
    laid
        Seabed, list and waters of the route.
    """
    around = Around(ground.features, [*ground.assets, *met.assets])
    for end, sheet in landing_sheets(*laid, around, ground.level_m_msl, rules):
        name = (label.from_name, label.to_name)[end]
        yield replace(sheet, name=name, landing_id=label.ends[end].id if label.ends else "")


def waters_along(course: Course, waters: StateWaters) -> tuple[Stretch, ...]:
    """By whose waters a route lies in; a beach counts to the waters that it leads to."""
    begins_km = course.ashore_km[0]
    along = [
        replace(item, from_km=item.from_km + begins_km, to_km=item.to_km + begins_km)
        for item in stretches(course.at_sea.lonlat, waters)
    ]
    along[0] = replace(along[0], from_km=0.0)
    along[-1] = replace(along[-1], to_km=line_length_km(course.lonlat))
    return tuple(along)


def listed_of(label: Label, course: Course) -> Listed:
    """The list that a person gives, on the legs; one that says nothing of its ends gets the manholes of the legs."""
    assert label.stated is not None
    stated = at_sea(label.stated)
    if not label.locked and any(course.ashore):
        stated = from_manholes(stated, course)
    return listed_on(course, stated, label.locked)


def listing_of(ground: Surroundings, profile: Profile, rules: Engineering) -> tuple[Nearby, ...]:
    """What lies near a route, what registers do not know, and where there is no depth."""
    within_km = {str(kind): km for kind, km in rules.listing.within_km.items()} if rules.listing else {}
    found = (*hazard_listing(profile, ground.features, within_km), *surface_listing(profile, ground.surfaces))
    return (*found, *silent_registers(profile, ground.registers, found), *coverage_gaps(profile))


def list_with_events(label: Label, filled: Rpl) -> Rpl:
    """The list that a person gives, filled in, under the heading of the study; with its land tails where all stands."""
    stated = label.stated
    assert stated is not None
    level = stated.water_level or label.water_level
    whole = filled if label.locked else with_tails(filled, stated)
    return replace(whole, system_id=label.system_id, title=label.title, revision=label.revision, water_level=level)


def _findings_of(
    listed: Listed, ground: Surroundings, course: Course, profile: Profile, rules: Engineering
) -> Iterator[LegFinding]:
    """Where the legs and figures of a list that a person gives differ from the rules."""
    yield from course_findings(listed, course, rules.alter_course, profile.max_depth_m)
    yield from area_findings(listed, course, ground.grid, ground.water, ground.forbidden)
    yield from list_findings(listed)


def _neighbours(
    ground: Surroundings, course: Course, profile: Profile, rules: NeighbourRules | None, met: Met
) -> tuple[tuple[Crossing, ...], tuple[ParallelRun, ...]]:
    """What a route crosses and what it runs beside; nothing where the study has no rules of neighbours."""
    if rules is None:
        return (), ()
    crossed = in_order([*met.crossings, *crossings(course.lonlat, profile, ground.assets, rules)])
    others, explained = [*ground.assets, *met.assets], [*crossed, *met.shared_ends]
    return crossed, parallel_runs(course.lonlat, profile, others, explained, rules)


def lay_course(
    ground: Surroundings,
    path: LeastCostPath,
    rules: Engineering,
    name: str,
    ends: tuple[Landing, Landing] | None = None,
) -> tuple[Course, Profile]:
    """The legs along a path, and the seabed under them.

    Parameters
    ----------
    ground
        Seabed, cost and closed areas.
    path
        Least-cost path that the legs follow, from shore to shore.
    rules
        Of legs, profile and land tails.
    name
        Of the system, for messages.
    ends
        The landings whose beach manholes the legs run from and to, where the study has rules for the land; None: they
        run from shoreline to shoreline.

    Returns
    -------
    course, profile
        Geodesic legs, and samples of the seabed under them.

    Raises
    ------
    EngineeringError
        When no legs are within the rules; the message names the system.
    """
    sea = path.sea or RoutingProblem(ground.grid, ground.cost.friction_cost).terrain
    seabed, resolution_deg = ground.depth, ground.depth.effective_resolution_deg
    below = seabed_profile(ground.grid, seabed, path.lonlat, resolution_deg)
    try:
        course = alter_courses(sea, path, ground.water, ground.forbidden, rules.alter_course, below.max_depth_m)
    except EngineeringError as exc:
        raise EngineeringError(f"{name}: {exc}") from exc
    if ends is not None and rules.land_tail is not None:
        course = course.from_manholes(*manholes(course, ends, rules.land_tail, ground.water))
    step_km = rules.profile.sample_step_km
    profile = seabed_profile(ground.grid, seabed, course.lonlat, resolution_deg, step_km)
    return course, with_drying(profile.with_ashore(course.ashore_km), ground.grid, ground.depth)


def with_drying(profile: Profile, grid: Grid, depth: DepthModel) -> Profile:
    """The profile with how high the seabed stands where it is dry.

    Parameters
    ----------
    profile
        Depths in m, 0 where dry.
    grid
        Frame of ``depth``.
    depth
        Its ``drying_m``, positive up from the declared level, is sampled; None: the profile stays as it is.

    Returns
    -------
    Profile
        Depth and drying height in m, both 0 or more, of which one is 0 at each sample.

    Examples
    --------
    The first cell lies 1 m above the level:

    >>> from transcaspian.seabed import DepthSurface
    >>> grid = Grid(west_deg=50.0, north_deg=41.2, step_deg=0.1, rows=2, cols=4)
    >>> depth_m = np.tile([0.0, 10.0, 20.0, 30.0], (2, 1))
    >>> dry_m = np.where(depth_m == 0, np.float32(1), np.float32(0))
    >>> surface = DepthSurface.of_one_source(grid, depth_m, error_m=1.0, resolution_deg=0.1)
    >>> depth = DepthModel(surface, np.ones(grid.shape, bool), 0.1, dry_m > 0, drying_m=dry_m)
    >>> line = seabed_profile(grid, depth, [(50.05, 41.1), (50.35, 41.1)], 0.1, sample_step_km=8.4)
    >>> found = with_drying(line, grid, depth)
    >>> print(found.depth_m.round(1), found.drying_m.round(1))
    [ 0.   7.2 15.  22.5 30. ] [1. 0. 0. 0. 0.]
    """
    if depth.drying_m is None:
        return profile
    # between a dry cell and a wet one the water ends where the seabed passes the level
    dry_m = np.nan_to_num(sample(grid, depth.drying_m, profile.lon_deg, profile.lat_deg))
    signed_m = profile.depth_m - dry_m
    return replace(profile, depth_m=np.maximum(signed_m, 0.0), drying_m=np.maximum(-signed_m, 0.0))


def manholes(
    course: Course, ends: tuple[Landing, Landing], rules: LandTailRules, water: shapely.Geometry
) -> Iterator[Floats]:
    """The beach manhole at either end of a course, shape ``(1, 2)``; ``(0, 2)`` where it is its end, or not known.

    Parameters
    ----------
    course
        From shore to shore.
    ends
        Landings where it begins and where it ends.
    rules
        How far behind the shoreline a manhole is assumed.
    water
        EPSG:4326; an assumed manhole lies outside of it.
    """
    for end, landing in zip((0, -1), ends, strict=True):
        shore = course.lonlat[end]
        place = manhole_lonlat(landing, tuple(shore.tolist()), rules, water)
        lonlat = np.empty((0, 2)) if place is None else np.array([place])
        yield lonlat if len(lonlat) and line_length_km(np.vstack([shore, lonlat])) > JOINED_KM else np.empty((0, 2))


def prices_paid_km(ground: Surroundings, course: Course, crossed: Sequence[Crossing]) -> list[float]:
    """Friction of the criterion ``crossings`` where the route crosses, km of clear seabed; 0 without the criterion.

    Summed as far as the asset's own friction reaches at that angle; where that of another reaches there too, it is in
    both their prices.
    """
    friction = ground.cost.criteria.get("crossings") if crossed else None
    return [0.0 if friction is None else price_paid_km(ground, course, crossing, friction) for crossing in crossed]


def price_paid_km(ground: Surroundings, course: Course, crossing: Crossing, friction: NDArray[np.float32]) -> float:
    """Of one crossing, by the friction of the criterion."""
    sine = np.sin(np.radians(max(crossing.angle_deg, SHALLOWEST_PRICED_DEG)))
    reach_km = ridge_half_width_m(ground.grid) / 1000.0 / sine
    kp_km = crossing.kp_km + np.arange(-reach_km, reach_km + PRICE_STEP_KM / 2, PRICE_STEP_KM)
    kp_km = kp_km[(kp_km >= 0) & (kp_km <= line_length_km(course.lonlat))]
    places = positions_at_km(course.lonlat, kp_km)
    return float(np.nansum(sample(ground.grid, friction, places.lon_deg, places.lat_deg)) * PRICE_STEP_KM)


def spans_of(ground: Surroundings, course: Course, rules: Engineering) -> tuple[FreeSpan, ...]:
    """Free spans of the legs, from the finest seabed that there is."""

    def sample_seabed(lon_deg: Floats, lat_deg: Floats) -> tuple[Floats, Floats]:
        found = seabed_at(ground.grid, ground.depth, lon_deg, lat_deg)
        return found.depth_m, found.resolution_m

    if rules.free_spans is None:
        return ()
    begins_km = course.ashore_km[0]
    return tuple(
        replace(item, from_km=item.from_km + begins_km, to_km=item.to_km + begins_km)
        for item in free_spans(course.at_sea.lonlat, sample_seabed, rules.free_spans)
    )


def levels_of(profile: Profile, declared_m_msl: float, rules: Engineering) -> tuple[RouteAtLevel, ...]:
    """The route at every level that the study asks for."""
    if rules.water_levels is None:
        return ()
    shallow_m = rules.water_levels.shallow_m
    return tuple(
        route_at_level(profile, declared_m_msl, level, shallow_m) for level in rules.water_levels.below(declared_m_msl)
    )


def hazard_distances_km(profile: Profile, features: Sequence[Feature], rules: Sequence[CableRule]) -> dict[str, Floats]:
    """Distance of each sample from the nearest hazard of the kinds that rules speak of; infinite beyond their reach."""
    reach_km: dict[str, float] = {}
    for rule in rules:
        for kind in map(str, rule.near):
            reach_km[kind] = max(reach_km.get(kind, 0.0), rule.within_km or 0.0)
    found: dict[str, Floats] = {}
    for kind, reach in reach_km.items():
        shapes = [feature.geometry for feature in features if feature.kind == kind]
        near = compress(shapes, may_be_near(profile.lon_deg, profile.lat_deg, shapes, 1000.0 * reach))
        away_m = distance_to_geometries_m(profile.lon_deg, profile.lat_deg, list(near), 1000.0 * reach)
        found[kind] = away_m / 1000.0
    return found
