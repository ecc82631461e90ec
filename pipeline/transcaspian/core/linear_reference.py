"""Kilometre points: where on a line of geodesic legs a given distance lies, and which way the line runs there."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.grid import GEOD, length_m

Floats = NDArray[np.float64]
SOUGHT_KM = 0.25
"""Step at which the nearest place of a line is sought first."""


Range = TypeVar("Range", bound="KpRange")


@dataclass(frozen=True)
class KpRange:
    """A stretch of a route from one KP to another.

    Attributes
    ----------
    from_km, to_km
        KP along the ground, km from the start of the route; ``to_km`` is not below ``from_km``.

    Examples
    --------
    >>> KpRange(12.0, 14.5).length_km
    2.5
    """

    from_km: float
    to_km: float

    @property
    def length_km(self) -> float:
        """Length over ground."""
        return self.to_km - self.from_km


@dataclass(frozen=True)
class Event:
    """Something at a KP.

    Attributes
    ----------
    kp_km
        From the start of the route.
    name
        A short name of `transcaspian.rpl.model.EVENTS`.
    remarks
        What else is said of it.
    """

    kp_km: float
    name: str
    remarks: str = ""


@dataclass(frozen=True)
class Positions:
    """Points on a line; all arrays of shape ``(n,)``.

    Attributes
    ----------
    kp_km
        From the start of the line.
    lon_deg, lat_deg
        Degrees.
    bearing_deg
        Direction of travel, clockwise from true north, in 0…360.
    """

    kp_km: Floats
    lon_deg: Floats
    lat_deg: Floats
    bearing_deg: Floats

    @property
    def lonlat(self) -> Floats:
        """The points, shape ``(n, 2)``, longitude first."""
        return np.column_stack([self.lon_deg, self.lat_deg])


def geodesic_legs(lonlat: ArrayLike) -> tuple[Floats, Floats]:
    """Azimuth at the start of each leg of a line, and its length.

    Parameters
    ----------
    lonlat
        Vertices in the direction of travel, shape ``(n, 2)``, longitude first, degrees.

    Returns
    -------
    azimuth_deg, leg_km
        Shape ``(n - 1,)`` each, read-only: clockwise from true north in 0…360, and geodesic on WGS84.

    Examples
    --------
    >>> azimuth_deg, leg_km = geodesic_legs([(50.0, 40.0), (50.0, 41.0), (51.0, 41.0)])
    >>> azimuth_deg.round(1).tolist(), leg_km.round(1).tolist()
    ([0.0, 89.7], [111.0, 84.1])
    """
    return _legs_of(np.asarray(lonlat, float).tobytes())


@lru_cache(maxsize=16)  # one route is asked for hundreds of stretches
def _legs_of(vertices: bytes) -> tuple[Floats, Floats]:
    lonlat = np.frombuffer(vertices).reshape(-1, 2)
    azimuth_deg, _, leg_m = GEOD.inv(lonlat[:-1, 0], lonlat[:-1, 1], lonlat[1:, 0], lonlat[1:, 1])
    legs = np.mod(np.asarray(azimuth_deg), 360.0), np.asarray(leg_m) / 1000.0
    for values in legs:
        values.setflags(write=False)
    return legs


def signed_deg(angle_deg: Floats) -> Floats:
    """The same angles in −180…180.

    Parameters
    ----------
    angle_deg
        Angles, degrees, any shape.

    Returns
    -------
    ndarray
        Of that shape, degrees, at least −180 and under 180.

    Examples
    --------
    >>> signed_deg(np.array([10.0, 350.0])).tolist()
    [10.0, -10.0]
    """
    return np.mod(angle_deg + 180.0, 360.0) - 180.0


def line_length_km(lonlat: ArrayLike) -> float:
    """Length of the geodesic legs of a line on WGS84.

    Parameters
    ----------
    lonlat
        Vertices, shape ``(n, 2)``, longitude first, degrees.

    Returns
    -------
    float
        Kilometres.

    Examples
    --------
    >>> round(line_length_km([(50.0, 40.0), (50.0, 41.0)]), 3)
    111.044
    """
    return length_m(lonlat) / 1000.0


def vertices_km(lonlat: ArrayLike) -> Floats:
    """Distance of each vertex from the first, along the geodesic legs.

    Parameters
    ----------
    lonlat
        Vertices, shape ``(n, 2)``, longitude first, degrees.

    Returns
    -------
    ndarray
        Shape ``(n,)``, km, from 0.

    Examples
    --------
    >>> vertices_km([(50.0, 40.0), (50.0, 41.0), (50.0, 42.0)]).round(1).tolist()
    [0.0, 111.0, 222.1]
    """
    return np.concatenate([[0.0], np.cumsum(geodesic_legs(lonlat)[1])])


def positions_at_km(lonlat: ArrayLike, kp_km: ArrayLike) -> Positions:
    """Points at the given distances from the first vertex, along the geodesic legs.

    Parameters
    ----------
    lonlat
        Vertices in the direction of travel, shape ``(n, 2)``, degrees.
    kp_km
        Distances, shape ``(m,)``; those outside the line are moved to its ends.

    Returns
    -------
    Positions
        Of ``m`` points.

    Examples
    --------
    >>> found = positions_at_km([(50.0, 40.0), (50.0, 41.0)], [0.0, 50.0, 500.0])
    >>> found.kp_km.round(1).tolist(), found.lat_deg.round(2).tolist()
    ([0.0, 50.0, 111.0], [40.0, 40.45, 41.0])
    """
    lonlat = np.asarray(lonlat, float)
    azimuth_deg, leg_km = geodesic_legs(lonlat)
    start_km = np.concatenate([[0.0], np.cumsum(leg_km)])
    along_km = np.clip(np.asarray(kp_km, float), 0.0, start_km[-1])
    leg = np.clip(np.searchsorted(start_km, along_km, side="right") - 1, 0, len(leg_km) - 1)
    on_leg_m = 1000.0 * (along_km - start_km[leg])
    lon, lat, back_deg = GEOD.fwd(lonlat[leg, 0], lonlat[leg, 1], azimuth_deg[leg], on_leg_m)
    return Positions(along_km, np.asarray(lon), np.asarray(lat), np.mod(np.asarray(back_deg) + 180.0, 360.0))


def cut(lonlat: ArrayLike, from_km: float, to_km: float) -> Floats:
    """The stretch of a line between two KPs: its ends and the vertices between them.

    Parameters
    ----------
    lonlat
        Vertices, shape ``(n, 2)``, longitude first, degrees.
    from_km, to_km
        KPs of its ends, ascending; those outside the line are moved to its ends.

    Returns
    -------
    ndarray
        Shape ``(m, 2)``, degrees.

    Examples
    --------
    >>> cut([(50.0, 40.0), (50.0, 41.0)], 50.0, 60.0).round(2).tolist()
    [[50.0, 40.45], [50.0, 40.54]]
    """
    lonlat = np.asarray(lonlat, float)
    along_km = vertices_km(lonlat)
    ends = positions_at_km(lonlat, [from_km, to_km]).lonlat
    inner = lonlat[(along_km > from_km + 1e-9) & (along_km < to_km - 1e-9)]
    return np.vstack([ends[:1], inner, ends[1:]])


def kp_series_km(length_km: float, interval_km: float) -> Floats:
    """KP 0, every whole interval, and the end of the line, without doubling the end.

    Parameters
    ----------
    length_km, interval_km
        Of the line, and between two KPs.

    Returns
    -------
    ndarray
        Shape ``(n,)``, km, ascending.

    Examples
    --------
    >>> kp_series_km(25.0, 10.0).tolist()
    [0.0, 10.0, 20.0, 25.0]
    """
    whole = np.arange(0.0, length_km, interval_km)
    return np.append(whole, length_km)


def nearest_on(lonlat: ArrayLike, place: tuple[float, float]) -> tuple[float, float]:
    """KP of the point of a line that is nearest to a place, and how far away it is, both in km.

    Sought at steps of `SOUGHT_KM`, then between them, to a millimetre.

    Parameters
    ----------
    lonlat
        Vertices, shape ``(n, 2)``, longitude first, degrees.
    place
        Longitude and latitude, degrees.

    Returns
    -------
    kp_km, away_km
        On WGS84, both 0 or more.

    Examples
    --------
    >>> kp_km, away_km = nearest_on([(50.0, 40.0), (50.0, 41.0)], (50.01, 40.45))
    >>> round(kp_km, 3), round(away_km, 3)
    (49.968, 0.848)
    """
    lonlat = np.asarray(lonlat, float)
    length_km = line_length_km(lonlat)
    kp_km, step_km = kp_series_km(length_km, SOUGHT_KM), SOUGHT_KM
    while True:
        on = positions_at_km(lonlat, kp_km)
        lon_deg, lat_deg = (np.full(len(kp_km), value) for value in place)
        away_m = GEOD.inv(on.lon_deg, on.lat_deg, lon_deg, lat_deg)[2]
        best = int(np.argmin(away_m))
        at_km = float(kp_km[best])
        if step_km < 1e-6:
            return at_km, float(away_m[best]) / 1000.0
        kp_km = np.linspace(max(at_km - step_km, 0.0), min(at_km + step_km, length_km), 41)
        step_km /= 20


def range_at(ranges: Sequence[Range], kp_km: float) -> Range:
    """Of stretches that follow each other, the one that a KP lies in; at a change, the one before it.

    Parameters
    ----------
    ranges
        At least one, in their order, each beginning where the one before ends.
    kp_km
        A KP; beyond the last one it lies in that.

    Returns
    -------
    KpRange
        One of ``ranges``.

    Examples
    --------
    >>> range_at([KpRange(0.0, 5.0), KpRange(5.0, 9.0)], 5.0)
    KpRange(from_km=0.0, to_km=5.0)
    """
    at = bisect_left(ranges, kp_km, key=attrgetter("to_km"))
    return ranges[min(at, len(ranges) - 1)]


def numbers_at(ranges: Sequence[KpRange], kp_km: ArrayLike) -> NDArray[np.int64]:
    """The numbers of the stretches that `range_at` gives for many KPs.

    Parameters
    ----------
    ranges
        Stretches that follow one another.
    kp_km
        KPs, any shape.

    Returns
    -------
    ndarray
        Shape of ``kp_km``; a KP behind the last stretch has the number of the last.

    Examples
    --------
    >>> numbers_at([KpRange(0.0, 5.0), KpRange(5.0, 9.0)], [5.0, 6.0, 12.0]).tolist()
    [0, 1, 1]
    """
    ends_km = np.array([item.to_km for item in ranges])
    return np.minimum(np.searchsorted(ends_km, np.asarray(kp_km, float), side="left"), len(ranges) - 1)


def runs(kp_km: Floats, holds: NDArray[np.bool_]) -> list[tuple[float, float, slice]]:
    """Stretches of samples of which something holds: from KP, to KP, and the samples.

    A sample stands for the line to halfway to its neighbours, so that the stretches of any division of the samples add
    up to the whole length.

    Parameters
    ----------
    kp_km
        Of the samples, ascending, shape ``(n,)``.
    holds
        Whether it holds of each, shape ``(n,)``.

    Returns
    -------
    list of tuple
        From KP, to KP, and the slice of the samples, of each stretch in its order.

    Examples
    --------
    >>> runs(np.array([0.0, 1.0, 2.0, 3.0]), np.array([False, True, True, False]))
    [(0.5, 2.5, slice(1, 3, None))]
    """
    if not len(kp_km):
        return []
    edges_km = np.concatenate([kp_km[:1], (kp_km[1:] + kp_km[:-1]) / 2, kp_km[-1:]])
    changes = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(np.int8), [0]])))
    return [(float(edges_km[a]), float(edges_km[b]), slice(int(a), int(b))) for a, b in changes.reshape(-1, 2)]
