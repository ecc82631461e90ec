"""Systems of a study that are built together: where they cross, which both of their lists name, and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, TypeVar

import numpy as np

from transcaspian.core.findings import Finding, Place
from transcaspian.core.frames import known
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import line_length_km, signed_deg
from transcaspian.engineering.alter_course import Course
from transcaspian.engineering.crossings import SHARED_END_KM, Asset, Crossing, Meeting, SharedEnd, crossings, in_order
from transcaspian.engineering.profile import Profile
from transcaspian.study import Landing, NeighbourRules, System
from transcaspian.study import Place as GivenPlace

AnyMeeting = TypeVar("AnyMeeting", bound=Meeting)


@dataclass(frozen=True)
class Laid:
    """The legs of a system, the seabed under them, and what the system is to the others.

    Attributes
    ----------
    course, profile
        From `lay_course`.
    asset
        The line as the others cross it.
    """

    course: Course
    profile: Profile
    asset: Asset


@dataclass(frozen=True)
class Met:
    """What a system meets of those that it is built together with.

    Attributes
    ----------
    assets
        Those systems, as they are laid.
    crossings
        Of them, in the order of KP; each is at the same place in the other's.
    shared_ends
        Where it ends in the same manhole as another.
    """

    assets: tuple[Asset, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    shared_ends: tuple[SharedEnd, ...] = ()

    def and_also(self, asset: Asset, crossed: Iterable[Crossing], shared: Iterable[SharedEnd]) -> Met:
        """With one system more."""
        return Met((*self.assets, asset), in_order([*self.crossings, *crossed]), (*self.shared_ends, *shared))


def meetings(systems: Mapping[str, Laid], pairs: Iterable[tuple[str, str]], rules: NeighbourRules) -> dict[str, Met]:
    """What each system meets of the others.

    Parameters
    ----------
    systems
        By id, as each is laid.
    pairs
        Ids of the systems that are built together, each pair once.
    rules
        Least angle and distances between neighbours.

    Returns
    -------
    dict
        By id of the system. A crossing is found once and named from both sides, so that the place and the angle are
        the same, and the KP of one is the ``asset_kp_km`` of the other.

    Examples
    --------
    >>> import shapely
    >>> from transcaspian.core.grid import Grid
    >>> from transcaspian.engineering.profile import seabed_profile
    >>> from transcaspian.study import load_study
    >>> rules = load_study("studies/trans_caspian.toml").engineering.neighbours
    >>> grid = Grid(west_deg=50.0, north_deg=41.4, step_deg=0.1, rows=4, cols=10)
    >>> def laid(name, lonlat):
    ...     asset = Asset(name, name, "telecom_cable", "", "planned", 0.0, shapely.LineString(lonlat))
    ...     profile = seabed_profile(grid, np.full(grid.shape, 50.0), lonlat, 0.1)
    ...     return Laid(Course(lonlat, np.empty(0), 1.0, 1.0, 0.005), profile, asset)
    >>> lines = {"one": [(50.1, 41.2), (50.9, 41.2)], "two": [(50.3, 41.05), (50.6, 41.35)]}
    >>> systems = {name: laid(name, np.array(line)) for name, line in lines.items()}
    >>> for name, met in meetings(systems, [("one", "two")], rules).items():
    ...     [crossing] = met.crossings
    ...     print(f"{name}: KP {crossing.kp_km:.1f}, {crossing.angle_deg:.0f}°, {crossing.verdict}")
    one: KP 29.4, 53°, pass
    two: KP 21.0, 53°, pass
    """
    met = dict.fromkeys(systems, Met())
    for first, second in pairs:
        one, other = systems[first], systems[second]
        shared = shared_ends(one, other)
        crossed = [
            crossing
            for crossing in crossings(one.course.lonlat, one.profile, [other.asset], rules)
            if not any(_is_at(end, crossing, rules) for end in shared)
        ]
        met[first] = met[first].and_also(other.asset, crossed, shared)
        met[second] = met[second].and_also(
            one.asset,
            [
                replace(
                    _turned(crossing, one.asset),
                    depth_m=known(other.profile.depth_at([crossing.asset_kp_km])[0]),
                    depth_error_m=known(other.profile.error_at([crossing.asset_kp_km])[0]),
                )
                for crossing in crossed
            ],
            [_turned(end, one.asset) for end in shared],
        )
    return met


def shared_ends(one: Laid, other: Laid) -> list[SharedEnd]:
    """Ends of two systems that lie in one manhole, with the angle between the legs that leave it, at most 90°."""
    found = []
    for i in (0, -1):
        for j in (0, -1):
            ends = one.course.lonlat[i], other.course.lonlat[j]
            apart_m = float(GEOD.inv(*ends[0], *ends[1])[2])
            if apart_m <= 1000.0 * SHARED_END_KM:
                between_deg = abs(signed_deg(np.array(_leaving_deg(one, i) - _leaving_deg(other, j))))
                found.append(
                    SharedEnd(
                        asset=other.asset,
                        kp_km=_end_km(one, i),
                        asset_kp_km=_end_km(other, j),
                        angle_deg=min(float(between_deg), 90.0),
                        apart_m=apart_m,
                    )
                )
    return found


def _leaving_deg(system: Laid, end: int) -> float:
    """Azimuth of the leg that leaves the first (0) or the last (-1) vertex."""
    start, after = (system.course.lonlat[i] for i in ((0, 1) if end == 0 else (-1, -2)))
    return float(GEOD.inv(*start, *after)[0])


def _end_km(system: Laid, end: int) -> float:
    return 0.0 if end == 0 else line_length_km(system.course.lonlat)


def _is_at(end: SharedEnd, crossing: Crossing, rules: NeighbourRules) -> bool:
    """Whether two lines cross only because their ends in one manhole lie apart.

    Straight legs at the angle θ then cross within ``apart / sin θ`` of the ends (law of sines).
    """
    off_km = end.apart_m / 1000.0 / max(np.sin(np.radians(crossing.angle_deg)), 1e-9)
    away_km = abs(crossing.kp_km - end.kp_km), abs(crossing.asset_kp_km - end.asset_kp_km)
    return max(away_km) <= min(SHARED_END_KM + off_km, rules.approach_km)


def _turned(meeting: AnyMeeting, asset: Asset) -> AnyMeeting:
    """The same meeting, seen from the other system."""
    return replace(meeting, asset=asset, kp_km=meeting.asset_kp_km, asset_kp_km=meeting.kp_km)


@dataclass(frozen=True)
class CommonCause:
    """What one event would take from two systems that are built together: a manhole, or a station, that both have.

    Attributes
    ----------
    system_id, other_system_id
        The two.
    what, place
        The kind, and its name.
    lon_deg, lat_deg
        Where.
    """

    system_id: str
    other_system_id: str
    what: Literal["beach manhole", "cable landing station"]
    place: str
    lon_deg: float
    lat_deg: float

    @property
    def finding(self) -> Finding:
        """As a reader of the run is told of it."""
        return Finding(
            kind="common cause",
            severity="minor",
            subject=self.system_id,
            sentence=f"{self.system_id} and {self.other_system_id} end in one {self.what} at {self.place}: one event "
            "there cuts both, and their faults are not independent",
            action="count both as one where availabilities are combined, or give one of them another landing",
            source="landings of the study",
            place=Place(lonlat=(self.lon_deg, self.lat_deg)),
        )


def common_causes(pairs: Iterable[tuple[System, System]], landings: Mapping[str, Landing]) -> Iterator[CommonCause]:
    """Manholes and stations that two systems share.

    Parameters
    ----------
    pairs
        Systems that are built together, each pair once.
    landings
        By id.

    Yields
    ------
    CommonCause
        Pair by pair.

    Examples
    --------
    >>> own = {"max_snap_km": 5.0, "source": "example", "status": "ASSUMED"}
    >>> baku = Landing(id="baku", name="Baku", country="AZ", lon_deg=49.9, lat_deg=40.4, **own)
    >>> aktau = Landing(id="aktau", name="Aktau", country="KZ", lon_deg=51.1, lat_deg=43.6, **own)
    >>> one = System(id="one", name="One", from_landing="baku", to_landing="aktau")
    >>> two = System(id="two", name="Two", from_landing="baku", to_landing="aktau")
    >>> [(cause.what, cause.place) for cause in common_causes([(one, two)], {"baku": baku, "aktau": aktau})]
    [('beach manhole', 'Baku'), ('beach manhole', 'Aktau')]
    """
    for one, other in pairs:
        for mine, its in product((one.from_landing, one.to_landing), (other.from_landing, other.to_landing)):
            first, second = landings[mine], landings[its]
            if share_manhole(first, second):
                at = first.beach_manhole or first
                yield CommonCause(one.id, other.id, "beach manhole", first.name, at.lon_deg, at.lat_deg)
            elif share_station(first, second):
                at = first.cable_station or first
                yield CommonCause(one.id, other.id, "cable landing station", first.name, at.lon_deg, at.lat_deg)


def share_manhole(first: Landing, second: Landing) -> bool:
    """Whether two landings are one, or have one beach manhole.

    Parameters
    ----------
    first, second
        Landings of two systems, or of one.

    Returns
    -------
    bool
        Where one of the manholes is not given, False unless the landing is the same.

    Examples
    --------
    >>> own = {"max_snap_km": 5.0, "source": "example", "status": "ASSUMED"}
    >>> baku = Landing(id="baku", name="Baku", country="AZ", lon_deg=49.9, lat_deg=40.4, **own)
    >>> aktau = Landing(id="aktau", name="Aktau", country="KZ", lon_deg=51.1, lat_deg=43.6, **own)
    >>> share_manhole(baku, baku), share_manhole(baku, aktau)
    (True, False)
    """
    return first.id == second.id or _is_one(first.beach_manhole, second.beach_manhole)


def share_station(first: Landing, second: Landing) -> bool:
    """Whether two landings have one station; where one manhole serves both and a station is not given, it is.

    Parameters
    ----------
    first, second
        Landings of two systems, or of one.

    Returns
    -------
    bool
        Whether the station is paid for once.

    Examples
    --------
    >>> own = {"max_snap_km": 5.0, "source": "example", "status": "ASSUMED"}
    >>> baku = Landing(id="baku", name="Baku", country="AZ", lon_deg=49.9, lat_deg=40.4, **own)
    >>> aktau = Landing(id="aktau", name="Aktau", country="KZ", lon_deg=51.1, lat_deg=43.6, **own)
    >>> share_station(baku, baku), share_station(baku, aktau)
    (True, False)
    """
    stations = first.cable_station, second.cable_station
    return _is_one(*stations) or (share_manhole(first, second) and (first.id == second.id or None in stations))


def _is_one(place: GivenPlace | None, other: GivenPlace | None) -> bool:
    """Whether two places are given and lie no farther apart than ends that share a landing."""
    if place is None or other is None:
        return False
    return float(GEOD.inv(place.lon_deg, place.lat_deg, other.lon_deg, other.lat_deg)[2]) <= 1000.0 * SHARED_END_KM
