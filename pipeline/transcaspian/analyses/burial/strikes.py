"""Anchor strikes: ships that cross a cable, the hours in which an anchor let go would hit it, and how many do.

Of every crossing of a track and the cable: the last ``exposure_lengths`` drag lengths of the track before it take
``D / v`` hours of each passage; an incident happens in them by its rate per ship-year (of 8,760 h); an anchor that is
let go reaches the seabed by the chance of its chain. The sum over passages is the rate of strikes on a bare cable, and
that of the ships whose anchors go deeper than the cable lies is the rate that burial leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from transcaspian.analyses.burial.anchors import Anchor, anchor_of, drag_length_m, reach_chance
from transcaspian.analyses.burial.config import HOURS_PER_YEAR, Burial
from transcaspian.analyses.burial.traffic import Passages, Ships
from transcaspian.core.linear_reference import kp_series_km, line_length_km, positions_at_km, vertices_km

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DENSE_KM = 1.0
"""Between points put on the geodesics of a cable: a straight line on the map strays from them by 2 cm at most."""
ANY_HEADING = 2.0 / np.pi
"""Mean of the sine of the angle between a cable and headings that are all alike: a density does not say which it is."""
M_PER_KN_H = 1852.0


@dataclass(frozen=True)
class Crossed:
    """Where passages cross a cable; arrays of shape ``(n,)``."""

    kp_km: Floats
    ship: Ints
    per_year: Floats
    speed_kn: Floats


@dataclass(frozen=True)
class Seabed:
    """The seabed at some places on a cable; arrays of shape ``(n,)``.

    Attributes
    ----------
    depth_m
        Of water; NaN: not known.
    soil
        Index of the soil among those of the study, -1 where it is not known.
    """

    depth_m: Floats
    soil: Ints


def exposure_h(length_m: ArrayLike, speed_kn: ArrayLike, passages: ArrayLike) -> Floats:
    """Hours that ships spend on a length of their way.

    Parameters
    ----------
    length_m, speed_kn, passages
        Any shapes that go together.

    Examples
    --------
    >>> round(float(exposure_h(34113.2, 12.5, 610.0)), 2)
    898.88
    """
    hours = np.asarray(length_m, float) / (M_PER_KN_H * np.asarray(speed_kn, float))
    return np.asarray(hours * np.asarray(passages, float))


def crossings_of(lonlat: ArrayLike, passages: Passages) -> Crossed:
    """Where tracks cross a line of geodesic legs, in the order of its KP.

    Parameters
    ----------
    lonlat
        Vertices of the cable, shape ``(n, 2)``, degrees.
    """
    vertices = np.asarray(lonlat, float)
    kps_km = np.unique(np.concatenate([kp_series_km(line_length_km(vertices), DENSE_KM), vertices_km(vertices)]))
    points = positions_at_km(vertices, kps_km).lonlat
    pieces = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    tracks = shapely.linestrings(passages.lonlat.reshape(-1, 2, 2))
    track, piece = shapely.STRtree(pieces).query(tracks)
    along, on_track = _met(points[piece], points[piece + 1], passages.lonlat[track, :2], passages.lonlat[track, 2:])
    # a vertex belongs to the piece that begins there, of both: a crossing at one counts once
    crosses = (along >= 0) & (along < 1) & (on_track >= 0) & (on_track < 1)
    piece, track, along = piece[crosses], track[crosses], along[crosses]
    kp_km = kps_km[piece] + along * np.diff(kps_km)[piece]
    order = np.argsort(kp_km, kind="stable")
    track = track[order]
    return Crossed(kp_km[order], passages.ship[track], passages.per_year[track], passages.speed_kn[track])


def _met(a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats]:
    """Where on ``ab`` and on ``cd`` two lines meet, as shares of each, shape ``(n,)``; NaN where they are parallel."""
    ab, cd, ac = b - a, d - c, c - a
    across = ab[:, 0] * cd[:, 1] - ab[:, 1] * cd[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        along = (ac[:, 0] * cd[:, 1] - ac[:, 1] * cd[:, 0]) / across
        on_track = (ac[:, 0] * ab[:, 1] - ac[:, 1] * ab[:, 0]) / across
    return along, on_track


@dataclass(frozen=True)
class Anchors:
    """The anchors of all classes of ships of a study, in the seabed."""

    rules: Burial
    anchors: tuple[Anchor, ...]

    @classmethod
    def of(cls, rules: Burial) -> Anchors:
        """Those of a study."""
        return cls(rules, tuple(anchor_of(ship, rules) for ship in rules.ships))

    def penetration_in(self, soil: Ints) -> Floats:
        """How deep the anchors of all classes go in soils, shape ``(n, ships)``; NaN where a soil is not known."""
        flukes_m = np.array([anchor.fluke_m for anchor in self.anchors])
        in_flukes = np.array([*(one.penetration_flukes for one in self.rules.soils), np.nan])
        return np.outer(in_flukes[soil], flukes_m)

    def drag_in(self, soil: Ints) -> Floats:
        """How far all classes drag anchors let go at their ``drop_speed_kn``, as `penetration_in`."""
        found = [self.drag_m(i, soil, ship.drop_speed_kn, True) for i, ship in enumerate(self.rules.ships)]
        return np.stack(found, axis=1) if found else np.empty((len(soil), 0))

    def holding(self, soil: Ints, is_known: bool) -> Floats:
        """Holding capacities; of unknown soil NaN, or that of the soil in which anchors drag farthest."""
        known = np.array([one.holding for one in self.rules.soils])
        if not len(known):
            return np.full(len(soil), np.nan)
        return np.append(known, np.nan if is_known else known.min())[soil]

    def drag_m(self, ship: int, soil: Ints, speed_kn: ArrayLike, is_known: bool) -> Floats:
        """How far ships of a class drag their anchors."""
        holding = self.holding(soil, is_known)
        return drag_length_m(self.rules.ships[ship], self.anchors[ship], holding, speed_kn, self.rules.drag.factor)

    def strikes(self, ship: int, bed: Seabed, hours_per_m: Floats, speed_kn: ArrayLike, is_known: bool) -> Floats:
        """Strikes a year of a bare cable by ships of a class.

        Parameters
        ----------
        bed
            Where they are over the cable.
        hours_per_m
            Of exposure in a year, for each metre of drag length.
        speed_kn
            Of the ships.
        is_known
            False: at most, where soil or depth is not known; true: NaN there.
        """
        length_m = self.rules.drag.exposure_lengths * self.drag_m(ship, bed.soil, speed_kn, is_known)
        chance = reach_chance(bed.depth_m, self.anchors[ship].chain_m, self.rules.reach)
        chance = chance if is_known else np.nan_to_num(chance, nan=1.0)
        rate = self.rules.incidents.per_ship_year / HOURS_PER_YEAR
        # beyond the reach of the chain no soil matters
        return np.where(chance == 0.0, 0.0, hours_per_m * length_m * rate * chance)


@dataclass(frozen=True)
class Strikes:
    """Strikes a year on each section of a bare cable by each class of ships; shape ``(sections, ships)``.

    Attributes
    ----------
    per_year
        NaN where soil, depth or traffic is not known.
    at_most_per_year
        With what is worst where soil or depth is not known; NaN where no traffic is.
    passages_per_year
        Of tracks that cross it; a density does not tell.
    """

    per_year: Floats
    at_most_per_year: Floats
    passages_per_year: Floats


@dataclass(frozen=True)
class Divided:
    """A cable in sections, and the seabed along it.

    Attributes
    ----------
    lonlat
        Vertices of the cable, shape ``(n, 2)``, degrees.
    edges_km
        KPs where sections begin, and where the last ends; shape ``(sections + 1,)``, ascending.
    kp_km, bed
        Samples, and the seabed there.
    """

    lonlat: Floats
    edges_km: Floats
    kp_km: Floats
    bed: Seabed

    def bed_at(self, kp_km: Floats) -> Seabed:
        """The seabed at any KPs: depth between the samples, soil of the nearest."""
        sample = np.searchsorted((self.kp_km[1:] + self.kp_km[:-1]) / 2, kp_km)
        return Seabed(np.interp(kp_km, self.kp_km, self.bed.depth_m), self.bed.soil[sample])

    def section_at(self, kp_km: Floats) -> Ints:
        """Index of the section that each KP lies in."""
        found = np.searchsorted(self.edges_km, kp_km, side="right") - 1
        return np.clip(found, 0, len(self.edges_km) - 2)

    @property
    def cells_km(self) -> tuple[Floats, Floats]:
        """The cable in parts of one section and one sample: the middle of each, and its length."""
        ends_km = np.unique(np.concatenate([self.edges_km, (self.kp_km[1:] + self.kp_km[:-1]) / 2]))
        return (ends_km[1:] + ends_km[:-1]) / 2, np.diff(ends_km)


def strikes_of(anchors: Anchors, ships: Ships, cable: Divided) -> Strikes:
    """Strikes by section and class of ships."""
    shape = (len(cable.edges_km) - 1, len(anchors.rules.ships))
    known, at_most, passages = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    crossed = crossings_of(cable.lonlat, ships.passages)
    section, bed = cable.section_at(crossed.kp_km), cable.bed_at(crossed.kp_km)
    for ship in range(shape[1]):
        at = crossed.ship == ship
        here, speed_kn = Seabed(bed.depth_m[at], bed.soil[at]), crossed.speed_kn[at]
        hours_per_m = exposure_h(1.0, speed_kn, crossed.per_year[at])
        for total, is_known in ((known, True), (at_most, False)):
            np.add.at(total[:, ship], section[at], anchors.strikes(ship, here, hours_per_m, speed_kn, is_known))
        np.add.at(passages[:, ship], section[at], crossed.per_year[at])
    for density in ships.densities:
        middle_km, length_km = cable.cells_km
        places, here = positions_at_km(cable.lonlat, middle_km), cable.bed_at(middle_km)
        # hours on a km² and year, times km of cable, times km for each metre of drag length
        hours_per_m = ANY_HEADING * length_km * density.at(places.lon_deg, places.lat_deg) / 1000.0
        drop_kn = anchors.rules.ships[density.ship].drop_speed_kn
        for total, is_known in ((known, True), (at_most, False)):
            found = anchors.strikes(density.ship, here, hours_per_m, drop_kn, is_known)
            np.add.at(total[:, density.ship], cable.section_at(middle_km), found)
    return Strikes(known, at_most, passages)


def left_by_depth(strikes: Strikes, penetration_m: Floats) -> Floats:
    """What burial leaves of the strikes on a section, shape ``(sections, 1 + ships)``.

    Of a bare cable, and of one as deep as the anchors of each class go. NaN where strikes or penetration are not known.
    """
    bare = strikes.per_year.sum(axis=1, keepdims=True)
    deeper = penetration_m[:, np.newaxis, :] > np.nan_to_num(penetration_m)[:, :, np.newaxis]
    left = np.where(deeper, strikes.per_year[:, np.newaxis, :], 0.0).sum(axis=2)
    unknown = np.isnan(bare) | (np.isnan(penetration_m) & (strikes.at_most_per_year > 0)).any(axis=1, keepdims=True)
    return np.hstack([bare, np.where(unknown, np.nan, left)])


def accepted_per_km(strikes: Strikes, penetration_m: Floats, length_km: Floats, accepted: float) -> float:
    """How many strikes a year on a km a section may have, so that the whole route has no more than is accepted.

    Where few places are struck they may have more than their share by length. What is not known counts as if it were
    bare, at most; where that alone is too much, the share by length is all.

    Parameters
    ----------
    penetration_m
        Of each class in the soil of each section, shape ``(sections, ships)``; NaN: not known.
    length_km
        Of the sections.
    accepted
        Of the whole route, 1/a.
    """
    left = left_by_depth(strikes, penetration_m)
    at_most = np.nan_to_num(strikes.at_most_per_year.sum(axis=1))
    per_km = np.where(np.isnan(left), np.inf, left / length_km[:, np.newaxis])

    def total(limit: float) -> float:
        """On the whole route, where each section is as deep as the limit asks."""
        bearable = np.where(per_km <= limit, np.nan_to_num(left), -1.0).max(axis=1)
        return float(np.where(bearable < 0, at_most, bearable).sum())

    limits = np.unique(per_km[np.isfinite(per_km)])
    low, high = 0, len(limits)  # `total` grows with the limit
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if total(limits[middle]) <= accepted else (low, middle)
    return max(float(limits[low - 1]) if low else 0.0, accepted / float(length_km.sum()))


def needed_depth_m(strikes: Strikes, penetration_m: Floats, allowed_per_year: Floats) -> Floats:
    """The smallest depth of lowering, by section, that leaves no more strikes than are allowed there.

    Parameters
    ----------
    penetration_m
        As of `accepted_per_km`.
    allowed_per_year
        Shape ``(sections,)``.

    Returns
    -------
    depth_m
        Shape ``(sections,)``, 0 where a bare cable is hit as seldom; NaN where strikes or penetration are not known.
    """
    left = left_by_depth(strikes, penetration_m)
    depths_m = np.hstack([np.zeros((len(left), 1)), penetration_m])
    # a limit that is one of these figures times a length is not to fail by rounding
    enough = left <= allowed_per_year[:, np.newaxis] * (1 + 1e-12)
    depth_m = np.fmin.reduce(np.where(enough, depths_m, np.inf), axis=1)
    return np.where(np.isinf(depth_m), np.nan, depth_m)
