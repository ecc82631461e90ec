"""What people know of the line of a system, as routing takes it: areas, waypoints, and where it comes ashore."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian import routing
from transcaspian.core.errors import LandingError, StudyError
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import geodesic_legs, nearest_on, positions_at_km, signed_deg
from transcaspian.rpl.model import Rpl
from transcaspian.rpl.vertices import joined_ranges, vertices_of
from transcaspian.runs.stages.inputs import Inputs, OwnList, rows_of
from transcaspian.study import System
from transcaspian.study.own_line import DEFAULT_RADIUS_KM, Approach, FixedCrossing, Via

Landings = tuple[routing.ShoreLanding, routing.ShoreLanding]
Floats = NDArray[np.float64]

MAX_EDGE_DEG = 0.01
"""An edge of this length, straight on the map, is a geodesic to some centimetres."""


def areas_of(system: System) -> tuple[BaseGeometry | None, BaseGeometry | None]:
    """The areas that the line of a system stays in and out of; None where it has none.

    Raises
    ------
    StudyError
        When a ring is no polygon.
    """
    return _area(system, "keep_in"), _area(system, "keep_out")


def _area(system: System, key: str) -> BaseGeometry | None:
    rings = getattr(system, key)
    areas = [shapely.Polygon(ring) for ring in rings]
    for number, area in enumerate(areas, 1):
        if not area.is_valid or area.area == 0:
            why = shapely.is_valid_reason(area) if area.area else "it has no extent"
            raise StudyError(f"systems.{system.id}.{key}: ring {number} is no polygon ({why}): correct its vertices")
    return shapely.union_all(areas) if areas else None


def confined(problem: routing.RoutingProblem, system: System, landings: Landings) -> routing.RoutingProblem:
    """A problem for the line of one system: in its areas.

    Raises
    ------
    LandingError
        When a landing lies outside ``keep_in`` or in ``keep_out``.
    """
    keep_in, keep_out = areas_of(system)
    for at in landings:
        here = shapely.Point(at.lonlat)
        wrong = (
            "outside keep_in"
            if keep_in is not None and not keep_in.intersects(here)
            else "in keep_out"
            if keep_out is not None and keep_out.intersects(here)
            else ""
        )
        if wrong:
            raise LandingError(
                f"systems.{system.id}: the landing {at.name} at {at.lon:.5f} E, {at.lat:.5f} N lies {wrong}: no line "
                "can leave it; change the area"
            )
    return problem.confined(keep_in, keep_out)


def own_ends(inputs: Inputs, system: System, snapped: Landings) -> Landings:
    """Where the line of a system comes ashore: where its own list does, if that has the end.

    Raises
    ------
    LandingError
        When an end of the list is farther from the landing than ``max_snap_km``, or the list runs the other way.
    """
    own = inputs.own_lists.get(system.id)
    if own is None:
        return snapped
    lonlat = own.sea.lonlat
    ends = []
    for index, (at, landing_id) in enumerate(zip(snapped, (system.from_landing, system.to_landing), strict=True)):
        if not (system.gives_whole_line or _locks_end(system, own.sea, index)):
            ends.append(at)
            continue
        landing = inputs.study.landing(landing_id)
        lon, lat = (float(value) for value in lonlat[-index])
        away_km = float(GEOD.inv(lon, lat, landing.lon_deg, landing.lat_deg)[2]) / 1000.0
        if away_km > landing.max_snap_km:
            _refuse_end(system, own.where, landing.name, away_km, _is_reversed(lonlat, snapped))
        ends.append(routing.ShoreLanding(lon, lat, away_km, landing.name))
    return ends[0], ends[1]


def _locks_end(system: System, rpl: Rpl, end: int) -> bool:
    names = [position.pos_no for position in rpl.positions]
    return any(pair[end] == names[-end] for pair in system.locked)


def _is_reversed(lonlat: Floats, snapped: Landings) -> bool:
    first, last = ([_away_m(lonlat[end], at.lonlat) for at in snapped] for end in (0, -1))
    return first[1] < first[0] and last[0] < last[1]


def _away_m(one: Floats, other: tuple[float, float]) -> float:
    return float(GEOD.inv(float(one[0]), float(one[1]), *other)[2])


def _refuse_end(system: System, where: str, landing: str, away_km: float, is_reversed: bool) -> None:
    hint = (
        "the list runs the other way: exchange from_landing and to_landing"
        if is_reversed
        else "name the landings of the list, or move them"
    )
    raise LandingError(
        f"systems.{system.id}: its line ({where}) ends {away_km:,.1f} km from the landing {landing}, more than "
        f"max_snap_km: {hint}"
    )


def waypoints_of(inputs: Inputs, system: System, landings: Landings) -> tuple[routing.Waypoint, ...]:
    """What the line of a system passes, in its order.

    Raises
    ------
    StudyError
        When locked legs are not in the list, via points and locked legs are not in one order, or an asset to cross is
        not there.
    """
    start, end = landings
    ahead = [routing.FixedLegs(item, name) for item, name in _approach(system, "from_approach", start)]
    last = [routing.FixedLegs(item[::-1], name) for item, name in _approach(system, "to_approach", end)]
    return (*ahead, *_in_order(inputs, system, landings), *last)


def _approach(system: System, key: str, at: routing.ShoreLanding) -> Iterator[tuple[Floats, str]]:
    """The straight leg of an approach, from the landing outward, and its name."""
    rule: Approach | None = getattr(system, key)
    if rule is not None:
        lon, lat, _ = GEOD.fwd(at.lon, at.lat, rule.heading_deg, 1000.0 * rule.length_km)
        name = f"systems.{system.id}.{key}: the {rule.length_km:g} km at {rule.heading_deg:g}° from {at.name}"
        yield np.array([at.lonlat, (float(lon), float(lat))]), name


def _in_order(inputs: Inputs, system: System, landings: Landings) -> list[routing.Waypoint]:
    """Via points, crossings and locked legs."""
    own = inputs.own_lists.get(system.id)
    locked = [] if own is None else _locked_legs(system, own)
    vias = [(item.lon_deg, item.lat_deg) for item in system.via]
    if own is not None and locked and vias:
        order = [("via", i, nearest_on(own.sea.lonlat, place)[0]) for i, place in enumerate(vias)]
        _check_ascends(system, [km for _, _, km in order])
        order += [("locked", i, from_km) for i, (_, from_km, _) in enumerate(locked)]
        for _, from_km, to_km in locked:
            if inside := [i for _, i, km in order if _ == "via" and from_km < km < to_km]:
                raise StudyError(
                    f"systems.{system.id}: via {inside[0] + 1} lies beside locked legs: remove one of them"
                )
        order.sort(key=lambda one: one[2])
    else:
        order = [("via", i, 0.0) for i in range(len(vias))] + [("locked", i, 0.0) for i in range(len(locked))]
    places = [np.array([vias[i]]) if kind == "via" else locked[i][0].lonlat for kind, i, _ in order]
    around = [np.array([landings[0].lonlat]), *places, np.array([landings[1].lonlat])]
    return [
        locked[i][0] if kind == "locked" else _via(inputs, system, i, (around[k][-1], around[k + 2][0]))
        for k, (kind, i, _) in enumerate(order)
    ]


def _check_ascends(system: System, km: Sequence[float]) -> None:
    for number, (before, after) in enumerate(pairwise(km), 2):
        if after < before:
            raise StudyError(
                f"systems.{system.id}: via {number} comes before via {number - 1} along the list of its locked legs: "
                "exchange them"
            )


def _locked_legs(system: System, own: OwnList) -> list[tuple[routing.FixedLegs, float, float]]:
    """The locked legs in the order of the list, with their KPs on it."""
    rpl, pairs = own.sea, sorted(_locked_pairs(system, own))
    names = [position.pos_no for position in rpl.positions]
    for (begins, ends), (first, last) in pairwise(pairs):
        if first < ends:
            raise StudyError(
                f"systems.{system.id}: the locked legs {names[begins]} to {names[ends]} and {names[first]} to "
                f"{names[last]} overlap: lock them as one"
            )
    at_km = np.concatenate([[0.0], np.cumsum(geodesic_legs(rpl.lonlat)[1])])
    kept = set(vertices_of(rpl).tolist())
    found = []
    for first, last in joined_ranges(pairs):
        legs = [i for i in range(first, last + 1) if i in (first, last) or i in kept]
        name = f"systems.{system.id}: the locked legs {names[first]} to {names[last]}"
        found.append((routing.FixedLegs(rpl.lonlat[legs], name), float(at_km[first]), float(at_km[last])))
    return found


def _locked_pairs(system: System, own: OwnList) -> Iterator[tuple[int, int]]:
    """First and last position of locked legs, by index in the list at sea."""
    where = f"systems.{system.id}.locked"
    names = [position.pos_no for position in own.sea.positions]
    ashore = {position.pos_no for position in own.rpl.positions} - set(names)
    for pair in system.locked:
        for name in pair:
            if name in ashore:
                raise StudyError(
                    f"{where} names the position `{name}`, which lies on the land tail of its list: legs at sea run "
                    f"from `{names[0]}` to `{names[-1]}`"
                )
            if name not in names:
                raise StudyError(f"{where} names the position `{name}`, which its list does not have")
        first, last = (names.index(name) for name in pair)
        if first >= last:
            raise StudyError(f"{where}: `{pair[0]}` does not come before `{pair[1]}` in the list: exchange them")
        yield first, last


def _via(inputs: Inputs, system: System, number: int, around: tuple[Floats, Floats]) -> routing.Waypoint:
    item = system.via[number]
    name = f"systems.{system.id}: via {number + 1}"
    if isinstance(item, Via):
        rules = inputs.study.rules.via
        default_km = DEFAULT_RADIUS_KM if rules is None else rules.radius_km
        radius_km = default_km if item.radius_km is None else item.radius_km
        return routing.ViaDisc((item.lon_deg, item.lat_deg), radius_km, name)
    return routing.FixedLegs(_crossing_leg(inputs, system, item, around), f"{name}, across `{item.crosses}`,")


def _crossing_leg(inputs: Inputs, system: System, item: FixedCrossing, around: tuple[Floats, Floats]) -> Floats:
    """The straight leg across an asset: of those with the angle, the one that turns least from where the line comes."""
    rows = [row for row in rows_of(inputs, "cables") if row["cable_id"] == item.crosses]
    if not rows:
        raise StudyError(f"systems.{system.id}.via crosses `{item.crosses}`, which is no feature of sources.cables")
    before, place, after = _place_on(rows[0]["geometry"], (item.lon_deg, item.lat_deg))
    off_km = _away_m(place, (item.lon_deg, item.lat_deg)) / 1000.0
    if off_km > item.max_off_km:
        raise StudyError(
            f"systems.{system.id}.via crosses `{item.crosses}` at {item.lon_deg:g} E, {item.lat_deg:g} N, which lies "
            f"{off_km:,.1f} km away, more than max_off_km {item.max_off_km:g}: from it: give a place on it"
        )
    along_deg, comes_deg, goes_deg = (
        geodesic_legs(np.vstack(ends))[0] for ends in ((before, after), (around[0], place), (place, around[1]))
    )
    headings = along_deg + np.array([1.0, -1.0, 1.0, -1.0]) * item.angle_deg + np.array([0.0, 0.0, 180.0, 180.0])
    turns = np.abs(signed_deg(headings - comes_deg)) + np.abs(signed_deg(headings - goes_deg))
    heading_deg = float(headings[int(turns.argmin())])
    half_m = 500.0 * item.straight_km
    lon, lat = float(place[0]), float(place[1])
    ends = [GEOD.fwd(lon, lat, heading_deg + turned, half_m)[:2] for turned in (180.0, 0.0)]
    return np.array(ends, float)


def _place_on(line: BaseGeometry, at: tuple[float, float]) -> tuple[Floats, Floats, Floats]:
    """The point of an asset that is nearest to a place, between two beside it; edges run straight on the map."""
    best: tuple[float, tuple[Floats, Floats, Floats]] | None = None
    for part in getattr(line, "geoms", [line]):
        lonlat = shapely.get_coordinates(shapely.segmentize(part, MAX_EDGE_DEG))
        kp_km, away_km = nearest_on(lonlat, at)
        if best is None or away_km < best[0]:
            before, place, after = positions_at_km(lonlat, [max(kp_km - 0.01, 0.0), kp_km, kp_km + 0.01]).lonlat
            best = away_km, (before, place, after)
    assert best is not None
    return best[1]


def line_of(
    inputs: Inputs, problem: routing.RoutingProblem, system: System, landings: Landings
) -> routing.LeastCostPath:
    """The line of a system: given as a whole, or sought through what it must pass.

    Parameters
    ----------
    inputs
        Study, layers and lists.
    problem
        The sea as of all systems.
    system
        With its waypoints or its own list.
    landings
        Where it begins and ends on the shore.

    Returns
    -------
    LeastCostPath
        A given line is priced as it is laid, and is never inf.
    """
    own = inputs.own_lists.get(system.id)
    if own is not None and system.gives_whole_line:
        vertices = own.sea.lonlat[vertices_of(own.sea)]
        lonlat = routing.along_geodesics(problem.grid, vertices)
        path = routing.priced_as_laid(problem, landings, lonlat)
        held = (routing.Held(vertices, own.where),)
        return routing.HeldPath(path.lonlat, path.cost, path.length_m, None, path.sea, held)
    within = confined(problem, system, landings)
    return routing.route_through(replace(within, waypoints=waypoints_of(inputs, system, landings)), *landings)


def check_line(inputs: Inputs, water: BaseGeometry, closed: Sequence[BaseGeometry], system: System) -> None:
    """Refuse what can be seen to fail before a line is sought: waypoints on land or in closed areas, and their order.

    Parameters
    ----------
    inputs
        Study, layers and lists.
    water
        Inside the shoreline, EPSG:4326.
    closed
        Polygons in EPSG:4326 to stay out of.
    system
        One without waypoints or list passes.

    Raises
    ------
    StudyError, LandingError
        The message names the system and the waypoint.
    """
    if not system.line_keys:
        return
    from transcaspian.runs.stages.route_systems import ends_of

    landings = ends_of(inputs, water, system)
    grid = inputs.study.area.grid()
    forbidden = shapely.union_all(list(closed)) if len(closed) else None
    open_sea = np.broadcast_to(np.float32(1.0), grid.shape)
    problem = confined(routing.RoutingProblem(grid, open_sea, water, forbidden), system, landings)
    if not system.gives_whole_line:
        routing.check_waypoints(replace(problem, waypoints=waypoints_of(inputs, system, landings)))
