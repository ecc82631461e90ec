"""Ships as pieces of tracks, whatever they are known by: lanes, tracks, positions; and densities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from transcaspian.analyses.burial.config import DENSITY_UNITS, HOURS_PER_YEAR, Burial, Lane, ShipClass, Traffic
from transcaspian.analyses.burial.soil import nodes_at
from transcaspian.core.grid import GEOD
from transcaspian.core.linear_reference import kp_series_km, line_length_km, positions_at_km

Floats = NDArray[np.float64]
PIECE_KM = 10.0
"""Between points put on the geodesics of a lane: a straight line on the map strays from them by 2 m at most."""
STRANDS, WIDTH = 501, 4.5
"""So many lines, out to so many standard deviations, stand for a lane that is spread."""


@dataclass(frozen=True)
class Passages:
    """Pieces of tracks, and how often ships of a class run along each; arrays of shape ``(n,)``.

    Attributes
    ----------
    lonlat
        Longitude and latitude where a piece begins and where it ends, shape ``(n, 4)``, degrees; so short that it is
        straight on the map.
    ship
        Index of its class among those of the study.
    per_year
        Passages in a year of 8,760 h.
    observed
        Passages that this is known from: of positions each piece was run once; what is stated by the year counts as
        seen for a year.
    """

    lonlat: Floats
    ship: NDArray[np.int64]
    per_year: Floats
    speed_kn: Floats
    observed: Floats


@dataclass(frozen=True)
class Density:
    """Hours that ships of a class spend on a km² in a year of 8,760 h, at nodes.

    Attributes
    ----------
    hours
        Shape ``(len(lat_deg), len(lon_deg))``; NaN: not known.
    lon_deg, lat_deg
        Longitudes ascend, latitudes descend.
    """

    ship: int
    hours: Floats
    lon_deg: Floats
    lat_deg: Floats

    def at(self, lon_deg: Floats, lat_deg: Floats) -> Floats:
        """Of the nearest node to each place, NaN outside of the raster."""
        inside, rows, cols = nodes_at(self.lon_deg, self.lat_deg, lon_deg, lat_deg)
        return np.where(inside, self.hours[rows, cols], np.nan)


@dataclass(frozen=True)
class Ships:
    """All traffic of a study: passages of tracks, and densities where only those are known. They add up."""

    passages: Passages
    densities: tuple[Density, ...] = ()


NO_PASSAGES = Passages(np.empty((0, 4)), np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))


def ships_of(rules: Burial, read: Mapping[str, Mapping[str, Any]]) -> Ships:
    """The traffic of a study.

    Parameters
    ----------
    read
        What was read of each file of ``burial.traffic``, by its id.
    """
    ids = [ship.id for ship in rules.ships]
    parts = [passages_of_lane(lane, ids) for lane in rules.lanes]
    densities = []
    for file in rules.traffic:
        found = read[file.id]
        if file.form == "density":
            assert file.ship is not None  # `Traffic` refuses one without
            assert file.unit is not None
            hours = DENSITY_UNITS[file.unit] * found["values"]
            densities.append(Density(ids.index(file.ship), hours, found["lon_deg"], found["lat_deg"]))
        elif file.form == "ais":
            parts.append(passages_of_ais(file, found, rules.ships))
        else:
            ship = np.array([ids.index(name) for name in found["ship"]], np.int64)
            parts.append(Passages(found["lonlat"], ship, found["per_year"], found["speed_kn"], found["per_year"]))
    return Ships(joined(parts), tuple(densities))


def joined(parts: Sequence[Passages]) -> Passages:
    """Several as one."""
    if not parts:
        return NO_PASSAGES
    columns = zip(*((one.lonlat, one.ship, one.per_year, one.speed_kn, one.observed) for one in parts), strict=True)
    return Passages(*(np.concatenate(column) for column in columns))


def passages_of_lane(lane: Lane, ids: Sequence[str]) -> Passages:
    """A lane as strands, each with its share of the ships of every class.

    Parameters
    ----------
    ids
        Of all classes of ships.
    """
    strands, shares = strands_of(lane)
    lonlat = np.concatenate([np.hstack([strand[:-1], strand[1:]]) for strand in strands])
    share = np.repeat(shares, len(strands[0]) - 1)
    count, classes = len(lonlat), len(lane.ships_per_year)
    per_year = np.outer(list(lane.ships_per_year.values()), share).ravel()
    return Passages(
        np.tile(lonlat, (classes, 1)),
        np.repeat([ids.index(name) for name in lane.ships_per_year], count).astype(np.int64),
        per_year,
        np.full(classes * count, lane.speed_kn),
        per_year,
    )


def strands_of(lane: Lane) -> tuple[list[Floats], Floats]:
    """Lines side by side, each of shape ``(n, 2)``, and the share of the ships on each; one where it is not spread."""
    lonlat = np.array([(point.lon_deg, point.lat_deg) for point in lane.waypoints])
    middle = positions_at_km(lonlat, kp_series_km(line_length_km(lonlat), PIECE_KM))
    if lane.spread_m == 0:
        return [middle.lonlat], np.ones(1)
    edges = np.linspace(-WIDTH, WIDTH, STRANDS + 1)
    shares = np.diff(ndtr(edges)) / (2.0 * ndtr(WIDTH) - 1.0)
    aside_deg = middle.bearing_deg + 90.0
    offsets_m = lane.spread_m * (edges[1:] + edges[:-1]) / 2
    beside = (GEOD.fwd(middle.lon_deg, middle.lat_deg, aside_deg, np.full(len(aside_deg), by_m)) for by_m in offsets_m)
    return [np.column_stack(one[:2]) for one in beside], shares


def passages_of_ais(file: Traffic, found: Mapping[str, Any], ships: Sequence[ShipClass]) -> Passages:
    """Tracks from positions, each piece run once in what the file covers."""
    lonlat = found["lonlat"]
    return Passages(
        lonlat,
        classes_of(found["length_m"], ships, [ship.id for ship in ships].index(str(file.unstated_ship))),
        np.full(len(lonlat), HOURS_PER_YEAR / period_h(file, found)),
        found["speed_kn"],
        np.ones(len(lonlat)),
    )


def period_h(file: Traffic, found: Mapping[str, Any]) -> float:
    """How long positions were taken: as the study says, else from the first to the last, an hour at least."""
    if file.period_days is not None:
        return 24.0 * file.period_days
    return max((found["last_s"] - found["first_s"]) / 3600.0, 1.0)


def classes_of(length_m: Floats, ships: Sequence[ShipClass], unstated: int) -> NDArray[np.int64]:
    """Index of the class of ships of such lengths, shape ``(n,)``; ``unstated`` where none holds a length."""
    found = np.full(len(length_m), unstated, np.int64)
    for index, ship in enumerate(ships):
        if ship.from_length_m is not None and ship.to_length_m is not None:
            found[(length_m >= ship.from_length_m) & (length_m < ship.to_length_m)] = index
    return found
