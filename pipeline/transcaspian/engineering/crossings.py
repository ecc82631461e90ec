"""Crossings of other cables and pipelines, and runs beside them: what a route meets, and whether the rules allow it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.frames import known
from transcaspian.core.geodesy import distance_to_geometries_m
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import (
    Event,
    KpRange,
    Positions,
    line_length_km,
    positions_at_km,
    runs,
    vertices_km,
)
from transcaspian.core.vocabulary import NOT_KNOWN, AssetVerdict, ParallelKind
from transcaspian.engineering.listing import may_be_near
from transcaspian.engineering.profile import Profile
from transcaspian.study import NeighbourRules

Floats = NDArray[np.float64]

DENSE_KM = 1.0
"""Between points put on the geodesics of a route: a straight line on the map strays from them by 2 cm at most."""
DRAWN_DEG = 0.01
REPEATED_DEG = 1e-9
SAMPLE_KM = 0.1
SHARED_END_KM = 0.05
"""Two lines whose ends lie no farther apart share a landing."""
_FOUND_TWICE_KM = 0.002


@dataclass(frozen=True)
class Asset:
    """A cable or pipeline that lies there or is planned; its legs are straight on the map, as they are drawn.

    Attributes
    ----------
    asset_id, name
        As the source has them.
    kind
        Of the layer of cables, as ``telecom_cable`` or ``pipeline``.
    owner, state
        Who owns it; ``operating``, ``planned`` and so on. Empty where it is not stated.
    position_accuracy_m
        None where it is not stated.
    geometry
        Line or lines, EPSG:4326.

    Examples
    --------
    >>> import shapely
    >>> drawn = shapely.LineString([(50.5, 41.3), (50.5, 41.7)])
    >>> Asset("pipe", "Pipe", "pipeline", "", "operating", 10.0, drawn).is_placed(trusted_accuracy_m=500.0)
    True
    """

    asset_id: str
    name: str
    kind: str
    owner: str
    state: str
    position_accuracy_m: float | None
    geometry: BaseGeometry

    def is_placed(self, trusted_accuracy_m: float) -> bool:
        """Whether its position is known well enough to judge by."""
        return self.position_accuracy_m is not None and self.position_accuracy_m <= trusted_accuracy_m


@dataclass(frozen=True)
class Meeting:
    """Where a route and another asset meet: they cross, or land together.

    Attributes
    ----------
    kp_km, asset_kp_km
        On the route, and on the asset from its first vertex (of its part, where it has several).
    angle_deg
        Between the two on the ellipsoid, 0…90.
    """

    asset: Asset
    kp_km: float
    asset_kp_km: float
    angle_deg: float

    def explains_km(self, required_m: ArrayLike, rules: NeighbourRules) -> Floats:
        """How far to either side the two may be nearer than required because they meet here.

        At the angle θ that is ``required / sin θ``; an angle below the least one explains no more than the least does.
        """
        sine = np.sin(np.radians(max(self.angle_deg, rules.min_angle_deg)))
        return np.asarray(required_m, float) / 1000.0 / sine


@dataclass(frozen=True)
class Crossing(Meeting):
    """A route over another asset.

    Attributes
    ----------
    asset
        That is crossed.
    kp_km, asset_kp_km
        On the route, and on the asset from its first vertex (of its part, where it has several).
    angle_deg
        Between the two on the ellipsoid, 0…90.
    lon_deg, lat_deg
        Where.
    depth_m, depth_error_m
        Of the water there, positive down, and its standard error; None where they are not known.
    verdict
        ``pass`` or ``fail`` by the least angle of the rules; ``insufficient information`` where the asset's position is
        not known well enough.
    """

    lon_deg: float
    lat_deg: float
    depth_m: float | None
    depth_error_m: float | None
    verdict: AssetVerdict


@dataclass(frozen=True)
class SharedEnd(Meeting):
    """An end of a route in the manhole where a system ends that is built with it: no crossing.

    ``apart_m``: how far the two ends lie from each other.
    """

    apart_m: float

    def explains_km(self, required_m: ArrayLike, rules: NeighbourRules) -> Floats:
        """How far the legs that leave the manhole may be nearer than required: within the approach to the landing."""
        sine = max(np.sin(np.radians(self.angle_deg)), 1e-9)
        return np.minimum(np.asarray(required_m, float) / 1000.0 / sine, rules.approach_km)


@dataclass(frozen=True)
class ParallelRun(KpRange):
    """A stretch nearer to another asset than the rules allow, beyond what a crossing explains.

    Attributes
    ----------
    from_km, to_km
        KPs of its ends.
    asset
        That it is nearer to.
    kind
        ``parallel``, or ``landing`` within the approach to a landing.
    min_distance_m, min_distance_kp_km
        Least distance in it, and where.
    required_m
        Distance that the rule asks for there.
    verdict
        ``fail``, or ``insufficient information`` where the asset's position is not known well enough.
    """

    asset: Asset
    kind: ParallelKind
    min_distance_m: float
    min_distance_kp_km: float
    required_m: float
    verdict: AssetVerdict


def crossings(lonlat: Floats, profile: Profile, assets: Sequence[Asset], rules: NeighbourRules) -> tuple[Crossing, ...]:
    """Every crossing of a route of geodesic legs, in the order of KP.

    A stretch along an asset is no crossing, and neither is a landing that both share.

    Parameters
    ----------
    lonlat
        Vertices of geodesic legs, shape ``(n, 2)``, degrees.
    profile
        Of the same legs; gives depth and its error where they cross.
    assets
        Lines in EPSG:4326; of a polygon its outline counts.
    rules
        Smallest angle and what else a crossing is judged by.

    Returns
    -------
    tuple
        With KP on the route and on the asset in km, angle in degrees from 0 to 90, depth in m, positive down.
    """
    route = drawn_positions(lonlat)
    line, length_km = shapely.LineString(route.lonlat), float(route.kp_km[-1])
    found: list[Crossing] = []
    met = may_be_near(route.lon_deg, route.lat_deg, [asset.geometry for asset in assets], _FOUND_TWICE_KM * 1000.0)
    for asset in compress(assets, met):
        of_asset: list[Crossing] = []
        for part in _lines(asset.geometry):
            # on a grid of 0.1 mm, or a stretch that both share could fall apart into points by rounding
            points = _points(shapely.intersection(line, part, grid_size=REPEATED_DEG))
            drawn, drawn_km = shapely.get_coordinates(part), _drawn_km(part) if points else np.empty(0)
            for point in points:
                crossing = _crossing((route.lonlat, route.kp_km), (drawn, drawn_km), asset, point, profile, rules)
                ends_km = min(crossing.kp_km, length_km - crossing.kp_km)
                own_end_km = min(crossing.asset_kp_km, drawn_km[-1] - crossing.asset_kp_km)
                if max(ends_km, own_end_km) > SHARED_END_KM and all(
                    abs(crossing.kp_km - other.kp_km) > _FOUND_TWICE_KM for other in of_asset
                ):
                    of_asset.append(crossing)
        found += of_asset
    return in_order(found)


def in_order(found: Iterable[Crossing]) -> tuple[Crossing, ...]:
    """Crossings by KP."""
    return tuple(sorted(found, key=lambda crossing: (crossing.kp_km, crossing.asset.asset_id)))


def drawn_positions(lonlat: Floats) -> Positions:
    """A route of geodesic legs as a map draws it: its vertices, and points every `DENSE_KM`.

    Parameters
    ----------
    lonlat
        Vertices of geodesic legs, shape ``(n, 2)``, degrees.

    Returns
    -------
    Positions
        In the order of KP, from 0 to the end, no two at the same KP.

    Examples
    --------
    A leg along a parallel strays north of it by 120 m in the middle:

    >>> drawn = drawn_positions(np.array([(50.0, 41.2), (51.0, 41.2)]))
    >>> len(drawn.kp_km), round(float(drawn.kp_km[-1]), 1), round(float(drawn.lat_deg.max()), 4)
    (85, 83.9, 41.2011)
    """
    length_km = line_length_km(lonlat)
    kp_km = np.union1d(np.linspace(0, length_km, max(2, int(length_km / DENSE_KM) + 2)), vertices_km(lonlat))
    return positions_at_km(lonlat, kp_km[np.diff(kp_km, prepend=-1.0) > 1e-6])


def parallel_runs(
    lonlat: Floats, profile: Profile, assets: Sequence[Asset], met: Sequence[Meeting], rules: NeighbourRules
) -> tuple[ParallelRun, ...]:
    """Stretches nearer to an asset than ``max(least, factor × depth)``, in the order of KP.

    Where the depth is not known the least distance alone counts.

    Parameters
    ----------
    met
        Crossings and shared ends: they explain stretches around them, which are not listed.
    """
    length_km = profile.length_km
    kp_km = np.linspace(0.0, length_km, max(2, int(np.ceil(length_km / SAMPLE_KM)) + 1))
    places = positions_at_km(lonlat, kp_km)
    required_m = np.fmax(rules.min_distance_m, rules.depth_factor * profile.depth_at(kp_km))
    approach = np.minimum(kp_km, length_km - kp_km) <= rules.approach_km
    reach_m = float(required_m.max()) * 1.01
    found: list[ParallelRun] = []
    near_route = may_be_near(places.lon_deg, places.lat_deg, [asset.geometry for asset in assets], reach_m)
    for asset in compress(assets, near_route):
        away_m = distance_to_geometries_m(places.lon_deg, places.lat_deg, [asset.geometry], reach_m, step_m=20.0)
        near = away_m < required_m
        for meeting in met:
            if meeting.asset is asset:
                near &= np.abs(kp_km - meeting.kp_km) > meeting.explains_km(required_m, rules)
        verdict: AssetVerdict = "fail" if asset.is_placed(rules.trusted_accuracy_m) else NOT_KNOWN
        kinds: tuple[tuple[ParallelKind, NDArray[np.bool_]], ...] = (("landing", approach), ("parallel", ~approach))
        for kind, where in kinds:
            for from_km, to_km, part in runs(kp_km, near & where):
                at = int(away_m[part].argmin()) + part.start
                nearest = float(away_m[at]), float(kp_km[at]), float(required_m[at])
                found.append(ParallelRun(from_km, to_km, asset, kind, *nearest, verdict))
    return tuple(sorted(found, key=lambda run: (run.from_km, run.asset.asset_id)))


def asset_kp_km(geometry: BaseGeometry, lonlat: tuple[float, float]) -> float:
    """Distance along an asset, from the first vertex of its part, to the place on it that is nearest to a point, km."""
    east = np.cos(np.radians(lonlat[1]))
    place = shapely.Point(lonlat[0] * east, lonlat[1])
    parts = _lines(geometry)
    squeezed = [shapely.transform(part, lambda drawn: drawn * (east, 1.0)) for part in parts]
    level, part = min(zip(squeezed, parts, strict=True), key=lambda pair: float(shapely.distance(pair[0], place)))
    on_it = shapely.line_interpolate_point(level, shapely.line_locate_point(level, place))
    nearest = np.array([on_it.x / east, on_it.y])
    return _along(shapely.get_coordinates(part), _drawn_km(part), nearest)[0]


def crossing_events(crossed: Sequence[Crossing]) -> list[Event]:
    """``Xing`` at every crossing."""
    return [
        Event(
            item.kp_km, "Xing", f"{item.asset.name} ({item.asset.asset_id}), {item.angle_deg:.0f} deg, {item.verdict}"
        )
        for item in crossed
    ]


def _crossing(
    route: tuple[Floats, Floats],
    drawn: tuple[Floats, Floats],
    asset: Asset,
    point: Floats,
    profile: Profile,
    rules: NeighbourRules,
) -> Crossing:
    """A crossing at a point of the route and of the asset as drawn, each given by its vertices and their KP."""
    kp_km, heading_deg = _along(*route, point)
    asset_kp_km, asset_heading_deg = _along(*drawn, point)
    angle_deg = abs((heading_deg - asset_heading_deg + 90.0) % 180.0 - 90.0)
    verdict: AssetVerdict = "pass" if angle_deg >= rules.min_angle_deg else "fail"
    return Crossing(
        asset=asset,
        kp_km=kp_km,
        asset_kp_km=asset_kp_km,
        lon_deg=float(point[0]),
        lat_deg=float(point[1]),
        angle_deg=angle_deg,
        depth_m=known(profile.depth_at([kp_km])[0]),
        depth_error_m=known(profile.error_at([kp_km])[0]),
        verdict=verdict if asset.is_placed(rules.trusted_accuracy_m) else NOT_KNOWN,
    )


def crossing_distances_km(kp_km: Floats, crossed_km: Iterable[float]) -> Floats:
    """Distance of each sample of a route from the nearest crossing along it; 0 for those on both sides of one."""
    away_km = np.full(len(kp_km), np.inf)
    for at_km in crossed_km:
        away_km = np.minimum(away_km, np.abs(kp_km - at_km))
        after = int(np.clip(np.searchsorted(kp_km, at_km), 1, len(kp_km) - 1))
        away_km[after - 1 : after + 1] = 0.0
    return away_km


def _along(line: Floats, along_km: Floats, point: Floats) -> tuple[float, float]:
    """Distance of a point on a line from its start, km, and the heading of the line there, degrees."""
    low, high = np.minimum(line[:-1], line[1:]), np.maximum(line[:-1], line[1:])
    near = np.flatnonzero(((point >= low - DRAWN_DEG) & (point <= high + DRAWN_DEG)).all(axis=1))
    legs = shapely.linestrings(np.stack([line[near], line[near + 1]], axis=1))
    leg = int(near[shapely.distance(legs, shapely.Point(point)).argmin()])
    _, _, metres = GEOD.inv(*line[leg], *point)
    # the heading of so short a piece of the leg that it is the same drawn straight or along the geodesic
    step = (line[leg + 1] - line[leg]) * min(1.0, 1e-4 / max(float(np.abs(line[leg + 1] - line[leg]).max()), 1e-12))
    heading, _, _ = GEOD.inv(*(point - step / 2), *(point + step / 2))
    return float(along_km[leg]) + float(metres) / 1000.0, float(heading)


def _drawn_km(part: BaseGeometry) -> Floats:
    """Distance of each vertex of a drawn line from its first, along the drawing, km."""
    drawn = shapely.get_coordinates(part)
    parts = 1 + (np.abs(np.diff(drawn, axis=0)).max(axis=1) / DRAWN_DEG).astype(int)
    vertices = np.concatenate([[0], np.cumsum(parts)])
    every = np.arange(vertices[-1] + 1)
    return vertices_km(np.column_stack([np.interp(every, vertices, axis) for axis in drawn.T]))[vertices]


def _lines(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The lines of a geometry that have an extent, each vertex once."""
    parts = shapely.remove_repeated_points(shapely.get_parts(geometry), REPEATED_DEG)
    return [part for part in parts if part.geom_type == "LineString" and part.length > REPEATED_DEG]


def _points(geometry: BaseGeometry) -> list[Floats]:
    """The isolated points of an intersection; stretches that two lines share are left to `parallel_runs`."""
    parts = shapely.get_parts(geometry)
    shared = shapely.union_all([part for part in parts if part.geom_type != "Point"])
    return [
        shapely.get_coordinates(part)[0]
        for part in parts
        if part.geom_type == "Point" and (shared.is_empty or not shapely.intersects(part, shared))
    ]
