"""What is known of each landing of a route, and what is not: slope, contours, waterlines, neighbours, viability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Literal, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.findings import Finding, Place
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import range_at
from transcaspian.core.vocabulary import NOT_KNOWN, LandingVerdict
from transcaspian.engineering.crossings import Asset
from transcaspian.engineering.landing import Approach, approach
from transcaspian.engineering.listing import Feature, may_be_near
from transcaspian.engineering.profile import Profile
from transcaspian.engineering.sectors import Stretch
from transcaspian.rpl.model import Position, Rpl
from transcaspian.study import Engineering, LandingRules

Floats = NDArray[np.float64]
Item = TypeVar("Item", Feature, Asset)

CONTOURS_M = (3.0, 5.0, 10.0, 15.0)
SLOPE_KM = 3.0
"""The slope of a landing is that of so much seabed from the waterline."""
DENSE_DEG = 0.01
"""Step at which the nearest place of a long line or edge is sought; then it is sought again between."""


@dataclass(frozen=True)
class Contour:
    """How far out a depth lies, from the waterline along the route, m; None where no water there is so deep.

    ``nearest_m`` and ``farthest_m``: with all depths deeper, and shallower, by one standard error; None where that
    is not known.
    """

    depth_m: float
    away_m: float | None
    nearest_m: float | None
    farthest_m: float | None


@dataclass(frozen=True)
class Stand:
    """A landing when the water stands at a height.

    Attributes
    ----------
    level_m_msl, set_up_m
        Level of the sea, and by how much wind raises (positive) or lowers the water at the shore.
    waterline_km
        From the manhole along the route; None: it lies inland of the shoreline, where nothing is known, or there is
        no water on the route.
    waterline_min_km, waterline_max_km
        The same with all depths deeper, no nearer than the shoreline, and shallower, by one standard error; None where
        that is not known.
    lay_km
        From the manhole to the least depth of the main lay vessel; None: no water is so deep.
    verdict
        Whether a barge can lay from the manhole to there.

    Examples
    --------
    >>> set_down = Stand(-28.0, -1.5, 2.0, 1.8, 2.3, 9.5, "viable")
    >>> set_down.stands_m_msl, set_down.shore_end_km
    (-29.5, 7.5)
    """

    level_m_msl: float
    set_up_m: float
    waterline_km: float | None
    waterline_min_km: float | None
    waterline_max_km: float | None
    lay_km: float | None
    verdict: LandingVerdict

    @property
    def stands_m_msl(self) -> float:
        """Of the water, against mean sea level."""
        return self.level_m_msl + self.set_up_m

    @property
    def shore_end_km(self) -> float | None:
        """From the waterline to the least depth of the main lay vessel."""
        return None if self.waterline_km is None or self.lay_km is None else self.lay_km - self.waterline_km


@dataclass(frozen=True)
class Neighbour:
    """Something near a manhole; ``group``: hazard, constraint, or cable (with pipelines, and systems of the study)."""

    group: Literal["hazard", "constraint", "cable"]
    neighbour_id: str
    name: str
    kind: str
    distance_m: float
    bearing_deg: float
    position_accuracy_m: float | None


@dataclass(frozen=True)
class LandingSheet:
    """All that is known of a landing of a route.

    Attributes
    ----------
    landing_id, name
        Of the landing in the study; the id is empty where it is not known.
    is_start
        Whether the route begins here.
    at
        The manhole as the list has it; without one, the end of the route.
    shore_km, waterline_km
        From the manhole to the shoreline of the study, and to the waterline at the declared level; None where there is
        no water on the route.
    slope_deg
        Mean slope of the first `SLOPE_KM` from the waterline; None where the depths do not tell.
    contours
        How far out each of `CONTOURS_M` lies.
    stands
        The landing at the declared level, then with set-down and set-up by wind, then at lower levels.
    waters
        Whose they are; None where the study does not tell.
    neighbours
        Within the distance of the rules, the nearest first.
    not_known
        In words.
    """

    landing_id: str
    name: str
    is_start: bool
    at: Position
    shore_km: float
    waterline_km: float | None
    slope_deg: float | None
    contours: tuple[Contour, ...]
    stands: tuple[Stand, ...]
    waters: Stretch | None
    neighbours: tuple[Neighbour, ...]
    not_known: tuple[str, ...]

    @property
    def verdict(self) -> LandingVerdict:
        """Of all stands of the water: the worst that is known."""
        verdicts = {item.verdict for item in self.stands}
        order: tuple[LandingVerdict, ...] = ("not viable", NOT_KNOWN, "viable")
        return next(one for one in order if one in verdicts)

    @property
    def shore_end_km(self) -> float | None:
        """At the declared level."""
        return self.stands[0].shore_end_km


@dataclass(frozen=True)
class Around:
    """What may be near a landing: hazards and features of constraints, cables and pipelines, systems of the study."""

    features: Sequence[Feature]
    assets: Sequence[Asset]


def landing_sheets(
    profile: Profile, rpl: Rpl, waters: Sequence[Stretch], around: Around, declared_m_msl: float, rules: Engineering
) -> Iterator[tuple[int, LandingSheet]]:
    """The sheet of either end of a route, with the end (0 or -1); names are left to who knows the landings.

    Parameters
    ----------
    profile
        From one landing to the other.
    rpl
        Its first and last positions are the ends.
    waters
        Stretches of the states' waters; empty where the study has none.
    around
        Assets and hazards that a sheet lists as neighbours.
    declared_m_msl
        Level of the depths, m on mean sea level.
    rules
        Of the landings, with the levels to look at.
    """
    for end in (0, -1):
        seabed = approach(profile, end)
        line_km = seabed.first_km(0.0)
        at = end_of(rpl, end)
        contours = tuple(contour(seabed, line_km, depth_m) for depth_m in CONTOURS_M)
        kp_km = (line_km or 0.0) if end == 0 else profile.length_km - (line_km or 0.0)
        sheet = LandingSheet(
            landing_id="",
            name="",
            is_start=end == 0,
            at=at,
            shore_km=seabed.shore_km,
            waterline_km=line_km,
            slope_deg=slope_deg(seabed, line_km),
            contours=contours,
            stands=tuple(stands(seabed, declared_m_msl, rules)),
            waters=range_at(waters, kp_km) if waters else None,
            neighbours=tuple(neighbours(at, around, rules.landing)),
            not_known=(),
        )
        yield end, replace(sheet, not_known=tuple(not_known(sheet, seabed, rules)))


def end_of(rpl: Rpl, end: int) -> Position:
    """The manhole at an end of a list; without one its waterline, or its end."""
    positions = rpl.positions if end == 0 else rpl.positions[::-1]
    half = positions[: len(positions) // 2 + 1]
    for name in ("BMH", "LP"):
        for at in half:
            if any(event.name == name for event in at.events):
                return at
    return positions[0]


def slope_deg(seabed: Approach, line_km: float | None) -> float | None:
    """Mean slope from the waterline over `SLOPE_KM`, or to where the depths end, if that is half of it or more."""
    if line_km is None:
        return None
    known = np.isfinite(seabed.depth_m) & (seabed.away_km > line_km) & (seabed.away_km <= line_km + SLOPE_KM)
    if not known.any():
        return None
    last = int(np.flatnonzero(known)[-1])
    reach_km = float(seabed.away_km[last]) - line_km
    if reach_km < SLOPE_KM / 2:
        return None
    return float(np.degrees(np.arctan(seabed.depth_m[last] / (1000.0 * reach_km))))


def contour(seabed: Approach, line_km: float | None, depth_m: float) -> Contour:
    """How far from the waterline a depth lies, and between which distances its error leaves it."""

    def away_m(of: Approach) -> float | None:
        at_km = of.first_km(depth_m)
        return None if at_km is None or line_km is None else max(1000.0 * (at_km - line_km), 0.0)

    judged = (seabed.depth_m > 0) & (seabed.depth_m <= 2 * depth_m)
    if not judged.any() or np.isnan(seabed.error_m[judged]).any():
        return Contour(depth_m, away_m(seabed), None, None)
    deeper, shallower = within_error(seabed)
    return Contour(depth_m, away_m(seabed), away_m(deeper), away_m(shallower))


def within_error(seabed: Approach) -> tuple[Approach, Approach]:
    """With all depths deeper, and shallower, by one standard error; where that is not known, as they are."""
    error_m = np.nan_to_num(seabed.error_m)
    return replace(seabed, depth_m=seabed.depth_m + error_m), replace(seabed, depth_m=seabed.depth_m - error_m)


def waterline_within_km(seabed: Approach, line_km: float | None, fall_m: float) -> tuple[float | None, float | None]:
    """Between which distances from the manhole the waterline may lie by one standard error of the seabed.

    Parameters
    ----------
    line_km
        The waterline itself.
    fall_m
        By how much the sea is lower than the declared level.

    Returns
    -------
    tuple
        The nearest, at the shoreline or beyond, and the farthest; None where it is not known.
    """
    at = int(np.searchsorted(seabed.away_km, np.inf if line_km is None else line_km))
    if line_km is None or np.isnan(seabed.error_m[max(at - 1, 1) : at + 1]).any():
        return None, None
    deeper, shallower = within_error(seabed)
    nearest_km = deeper.first_km(0.0, fall_m)
    return seabed.shore_km if nearest_km is None else nearest_km, shallower.first_km(0.0, fall_m)


def stands(seabed: Approach, declared_m_msl: float, rules: Engineering) -> Iterator[Stand]:
    """The landing at the declared level and at those of the study, each with the wind's set-down and set-up."""
    landing, lower = rules.landing, rules.water_levels
    set_up_m = landing.wind_set_up_m or 0.0
    for level in dict.fromkeys((declared_m_msl, *(lower.below(declared_m_msl) if lower else ()))):
        for wind_m in (0.0, -set_up_m, set_up_m) if set_up_m else (0.0,):
            fall_m = declared_m_msl - level - wind_m
            lay_km = seabed.first_km(landing.min_lay_depth_m, fall_m)
            line_km = seabed.first_km(0.0, fall_m)
            within_km = waterline_within_km(seabed, line_km, fall_m)
            yield Stand(level, wind_m, line_km, *within_km, lay_km, verdict(seabed, lay_km, landing))


def verdict(seabed: Approach, lay_km: float | None, rules: LandingRules) -> LandingVerdict:
    """Whether a barge can lay from the manhole to the least depth of the main lay vessel."""
    if lay_km is not None and lay_km > rules.max_shore_end_km:
        return "not viable"
    within = seabed.away_km <= (rules.max_shore_end_km if lay_km is None else lay_km)
    if np.isnan(seabed.depth_m[within]).any():
        return NOT_KNOWN
    return "viable" if lay_km is not None else "not viable"


def neighbours(at: Position, around: Around, rules: LandingRules) -> Iterator[Neighbour]:
    """What lies within the distance of the study of a manhole, the nearest first."""
    found: list[Neighbour] = []
    within_m = 1000.0 * rules.near_km
    for feature in _nearby(at, around.features, within_m):
        group: Literal["hazard", "constraint"] = "constraint" if feature.constraint_id else "hazard"
        near = nearest(at, feature.geometry, within_m)
        if near is not None:
            of = feature.feature_id, feature.name, feature.kind
            found.append(Neighbour(group, *of, *near, feature.position_accuracy_m))
    for asset in _nearby(at, around.assets, within_m):
        near = nearest(at, asset.geometry, within_m)
        if near is not None:
            of = asset.asset_id, asset.name, asset.kind
            found.append(Neighbour("cable", *of, *near, asset.position_accuracy_m))
    yield from sorted(found, key=lambda item: (item.distance_m, item.neighbour_id))


def _nearby(at: Position, items: Sequence[Item], within_m: float) -> Iterator[Item]:
    """Those of many that may lie within a distance; never too few."""
    shapes = [item.geometry for item in items]
    return compress(items, may_be_near(np.array([at.lon_deg]), np.array([at.lat_deg]), shapes, within_m))


def nearest(at: Position, geometry: BaseGeometry, within_m: float) -> tuple[float, float] | None:
    """Geodesic distance, m, and azimuth of the nearest place of a geometry; None where it is farther.

    0 and 0 inside of an area.
    """
    here = shapely.Point(at.lon_deg, at.lat_deg)
    if shapely.intersects(geometry, here):
        return 0.0, 0.0
    # on a map that is as long as wide here, the nearest place is the nearest on the ground to within the map's error
    across = float(np.cos(np.radians(at.lat_deg)))
    flat = shapely.transform(geometry, lambda lonlat: lonlat * (across, 1.0))
    x, y = shapely.get_coordinates(shapely.shortest_line(flat, shapely.Point(at.lon_deg * across, at.lat_deg)))[0]
    azimuth_deg, _, away_m = GEOD.inv(at.lon_deg, at.lat_deg, x / across, y)
    return (float(away_m), float(azimuth_deg) % 360.0) if away_m <= within_m else None


def not_known(sheet: LandingSheet, seabed: Approach, rules: Engineering) -> Iterator[str]:
    """What a reader of a sheet would look for and not find."""
    near = seabed.away_km <= seabed.shore_km + SLOPE_KM
    if np.isnan(seabed.depth_m[near]).any():
        yield f"depths within {SLOPE_KM:g} km of the shoreline"
    if sheet.at.height_status == NOT_KNOWN:
        yield "the height of the beach manhole"
    if not any(event.name == "BMH" for event in sheet.at.events):
        yield "the beach manhole"
    if not np.isfinite(seabed.error_m).any():
        yield "the errors of the depths"
    if rules.landing.wind_set_up_m is None:
        yield "the set-up by wind"
    elif any(item.waterline_km is None for item in sheet.stands if item.set_up_m > 0):
        yield "the waterline at set-up, where it lies inland of the shoreline"
    if sheet.waters is None or not sheet.waters.state:
        yield "whose waters they are"
    yield "what no register has: services ashore, wrecks, anchorages, permits"


def landing_findings(system_id: str, sheet: LandingSheet, rules: LandingRules) -> Iterator[Finding]:
    """A landing that is not viable at some level, and one of which that cannot be told.

    Parameters
    ----------
    system_id
        Of the system that lands.
    sheet
        Its levels are looked at from the first to the last; the first that is not viable is told.
    rules
        Depth in m that a barge needs and the longest shore end in km that it lays.

    Yields
    ------
    Finding
        One, or none where the landing is viable or it cannot be told.
    """
    worst = next((item for item in sheet.stands if item.verdict == "not viable"), None)
    if worst is None:
        return
    far = "is not reached" if worst.lay_km is None else f"lies {worst.lay_km:.1f} km from the beach manhole"
    wind = f" with {-worst.set_up_m:g} m of set-down" if worst.set_up_m < 0 else ""
    end = "from_landing" if sheet.is_start else "to_landing"
    yield Finding(
        kind="landing not viable",
        severity="critical" if worst.set_up_m == 0 else "major",
        subject=system_id,
        sentence=(
            f"landing {sheet.name} is not viable at {worst.level_m_msl:g} m MSL{wind}: {rules.min_lay_depth_m:g} m of "
            f"water {far}, and a barge lays at most {rules.max_shore_end_km:g} km"
        ),
        action=(
            f"choose another landing: `transcaspian try STUDY --set systems.{system_id}.{end}=...`; or route for that "
            f"level: --set water_level.level_m_msl={worst.level_m_msl:g}"
        ),
        source="layer landing_levels; engineering.landing.max_shore_end_km",
        status=rules.status,
        place=Place(lonlat=(sheet.at.lon_deg, sheet.at.lat_deg)),
    )
