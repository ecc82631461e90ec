"""What takes cables out of service, alone or two at once: anchors, earthquakes, mud volcanoes, and what is ashore."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from transcaspian.analyses.risk.config import AvailabilityRules, EarthquakeRisk
from transcaspian.analyses.risk.outages import Outage
from transcaspian.analyses.risk.rates import Hazard
from transcaspian.analyses.risk.seismicity import Recurrence, share_between
from transcaspian.core.geodesy import METRES_PER_DEGREE, arc_m, arc_squared_m2, chord_m, to_ecef_m
from transcaspian.core.grid import GEOD, Grid
from transcaspian.engineering import share_manhole, share_station
from transcaspian.seabed import sample
from transcaspian.study import Landing

Floats = NDArray[np.float64]

_CELLS_OF_REACH = 5
"""Epicentres lie on cells so many to a reach: breaks by them sum to those of the ledger within some percent."""


def _nothing() -> Floats:
    return np.empty(0)


@dataclass(frozen=True)
class ExposedLine:
    """A laid cable, step by step: arrays of shape ``(n,)``; of no system, one without steps.

    Attributes
    ----------
    faults
        Per year by cause, with the greatest rates of the study where one is not known.
    anchor_passes
        Share of the anchors that come to the cable that break it.
    site_days, spare_km
        Of a repair, once the ship is there; of cable that it lays in.
    """

    lon_deg: Floats = field(default_factory=_nothing)
    lat_deg: Floats = field(default_factory=_nothing)
    faults: Mapping[str, Floats] = field(default_factory=dict)
    anchor_passes: Floats = field(default_factory=_nothing)
    site_days: Floats = field(default_factory=_nothing)
    spare_km: Floats = field(default_factory=_nothing)
    landings: tuple[Landing, ...] = ()

    def of(self, cause: str) -> Floats:
        """Faults a year by a cause, of each step."""
        return self.faults.get(cause, np.zeros(len(self.lon_deg)))

    @property
    def ecef_m(self) -> Floats:
        """Earth-centred positions, shape ``(n, 3)``."""
        return to_ecef_m(self.lon_deg, self.lat_deg)


Lines = tuple[ExposedLine, ExposedLine]


@dataclass(frozen=True)
class Events:
    """Places that events come from.

    Attributes
    ----------
    per_year
        Of each place, shape ``(m,)``.
    breaks, work_days
        Of each line by an event, shape ``(2, m)``: mean number, and days of work on all of them.
    """

    per_year: Floats
    breaks: Floats
    work_days: Floats

    @classmethod
    def together(cls, parts: Sequence[Events]) -> Events:
        """All of them."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts], -1) for name in cls.__annotations__))


def outages_of(lines: Lines, rules: AvailabilityRules, hazard: Hazard, known: Recurrence | None) -> tuple[Outage, ...]:
    """What takes two systems out of service; the second may be of no system."""
    found = [*anchor_outages(lines, rules.anchor_drag_km), *ashore_outages(lines, rules)]
    if hazard.rules.earthquakes is not None and known is not None:
        found += event_outages("earthquake", quake_events(lines, hazard, hazard.rules.earthquakes, known))
    if hazard.mud_volcanoes:
        found += event_outages("mud_volcano", eruptions(lines, hazard.mud_volcanoes, rules.eruptions_per_year))
    for cause in hazard.causes:
        if cause not in ("anchoring", "earthquake", "mud_volcano"):
            found += [_alone(cause, which, line.of(cause), line.site_days) for which, line in enumerate(lines)]
    return tuple(outage for outage in found if outage.per_year > 0)


def _alone(cause: str, which: int, faults: Floats, site_days: Floats) -> Outage:
    """Faults of one line, with the mean days on site."""
    days = _mean(site_days, faults)
    return Outage(cause, float(faults.sum()), (days, 0.0) if which == 0 else (0.0, days))


def _mean(values: Floats, weights: Floats) -> float:
    total = float(weights.sum())
    return float((values * weights).sum()) / total if total > 0 else 0.0


def one_ship(cause: str, yearly: float, days: tuple[float, float]) -> Outage:
    """An event that one ship repairs on both lines: the one that takes fewer days first."""
    first, second = days
    return Outage(cause, yearly, (first, first + second) if first <= second else (first + second, second))


def crosses_too(apart: ArrayLike, drag: float) -> Floats:
    """Share of the anchors dragged over one of two parallel cables that are dragged over the other as well.

    ``√(1 − q²) − q acos q`` with ``q`` the distance apart over that of the drag: of straight drags in any direction and
    from anywhere, those that cross both over those that cross one (after Buffon's needle). 1 side by side, 0 beyond.

    >>> crosses_too([0.0, 5.0, 10.0, 20.0], 10.0).round(3).tolist()
    [1.0, 0.342, 0.0, 0.0]
    """
    q = np.minimum(np.asarray(apart, float) / drag, 1.0)
    return np.asarray(np.sqrt(1.0 - q**2) - q * np.arccos(q))


def anchor_outages(lines: Lines, drag_km: float) -> Iterator[Outage]:
    """Anchors that break one cable, or both on one drag.

    An anchor that breaks a cable reaches the other by `crosses_too` at the distance of its nearest step, and breaks it
    by the share that its armour and burial let pass there. Seen from either cable the rate comes out a little
    different where they do not run parallel: the mean is taken.
    """
    faults = [line.of("anchoring") for line in lines]
    both, days = 0.0, (0.0, 0.0)
    if all(len(line.lon_deg) for line in lines):
        joint = [one * _dragged_over(*pair, drag_km) for one, pair in zip(faults, (lines, lines[::-1]), strict=True)]
        both = min(sum(float(one.sum()) for one in joint) / 2, *(float(one.sum()) for one in faults))
        days = (_mean(lines[0].site_days, joint[0]), _mean(lines[1].site_days, joint[1]))
    for which, line in enumerate(lines):
        alone = float(faults[which].sum())
        share = (alone - both) / alone if alone > 0 else 0.0
        yield _alone("anchoring", which, share * faults[which], line.site_days)
    if min(days) > 0:
        yield one_ship("anchoring", both, days)


def _dragged_over(line: ExposedLine, other: ExposedLine, drag_km: float) -> Floats:
    """Share of the anchors over each step of a line that break the other too."""
    chords, nearest = cKDTree(other.ecef_m).query(line.ecef_m)
    return crosses_too(arc_m(chords) / 1000.0, drag_km) * other.anchor_passes[nearest]


def event_outages(cause: str, events: Events) -> Iterator[Outage]:
    """Outages by events that break either line, or both, at random: a Poisson number of times each.

    An event breaks a line with ``1 − e^−n`` where it breaks it ``n`` times on the mean; several breaks by one event are
    one outage, in which all are repaired.
    """
    hit = -np.expm1(-events.breaks)
    # work days are those of n breaks on the mean: of an event that does break the line they are as many more
    work = np.divide(events.work_days, hit, out=np.zeros_like(hit), where=hit > 0)
    for which in (0, 1):
        yearly = events.per_year * hit[which] * (1.0 - hit[1 - which])
        days = _mean(work[which], yearly)
        yield Outage(cause, float(yearly.sum()), (days, 0.0) if which == 0 else (0.0, days))
    yearly = events.per_year * hit[0] * hit[1]
    if yearly.sum() > 0:
        yield one_ship(cause, float(yearly.sum()), (_mean(work[0], yearly), _mean(work[1], yearly)))


def quake_events(lines: Lines, hazard: Hazard, rules: EarthquakeRisk, known: Recurrence) -> Events:
    """Epicentres within reach of the lines, by magnitude: the same seismicity and breaks as of the rates.

    An event that breaks a cable ``p`` times breaks ``2p / (πR)`` times every km within its reach ``R``; on a step with
    its slope, armour and burial, as its rate says.
    """
    # faults of a step over breaks of a km of level bare cable: km, times all that makes them more or fewer
    counts = [_over(line.of("earthquake"), _level(hazard, line)) for line in lines]
    max_mw = max(rules.breaks[-1].to_mw, float(known.mainshocks.magnitude_mw.max()))
    parts = []
    for band in rules.breaks:
        to_mw = max_mw if band is rules.breaks[-1] else band.to_mw
        share = share_between(band.from_mw, to_mw, known.completeness_mw, max_mw, known.b)
        lonlat, yearly = _epicentres(lines, known, rules.kernel_km, band.reach_km)
        per_km = 2.0 * band.probability / (np.pi * band.reach_km)
        breaks, days = _within(lines, [per_km * count for count in counts], lonlat, band.reach_km)
        parts.append(Events(share * yearly, breaks, days))
    return Events.together(parts)


def _level(hazard: Hazard, line: ExposedLine) -> Floats:
    assert hazard.quakes is not None
    return sample(hazard.quake_grid, hazard.quakes, line.lon_deg, line.lat_deg)


def _over(one: Floats, other: Floats) -> Floats:
    return np.divide(one, other, out=np.zeros_like(one), where=other > 0)


def _epicentres(lines: Lines, known: Recurrence, kernel_km: float, reach_km: float) -> tuple[Floats, Floats]:
    """Places ``(m, 2)`` within reach of the lines, and mainshocks a year that each stands for, ``(m,)``.

    By Frankel's kernel, as `transcaspian.analyses.risk.seismicity.breaks_per_km_year` has it.
    """
    lon, lat = (np.concatenate([getattr(line, name) for line in lines]) for name in ("lon_deg", "lat_deg"))
    margin_lat = 1000.0 * reach_km / METRES_PER_DEGREE
    widest = float(np.cos(np.radians(min(np.abs(lat).max() + margin_lat, 85.0))))
    margin_lon = margin_lat / widest
    bounds = (lon.min() - margin_lon, lat.min() - margin_lat, lon.max() + margin_lon, lat.max() + margin_lat)
    west, south, east, north = map(float, bounds)
    grid = Grid.covering(west, south, east, north, margin_lat / _CELLS_OF_REACH)
    density = np.zeros(grid.shape)
    for at_lon, at_lat in zip(known.mainshocks.lon_deg, known.mainshocks.lat_deg, strict=True):
        away_2 = arc_squared_m2(grid.lon_deg, grid.lat_deg, float(at_lon), float(at_lat)) / 1e6
        density += np.exp(-away_2 / kernel_km**2)
    yearly = density * _cell_km2(grid)[:, np.newaxis] / (np.pi * kernel_km**2 * known.years)
    lonlat = np.column_stack([one.ravel() for one in np.meshgrid(grid.lon_deg, grid.lat_deg)])
    near = cKDTree(to_ecef_m(lon, lat)).query(to_ecef_m(*lonlat.T), distance_upper_bound=chord_m(1000.0 * reach_km))[0]
    is_near = np.isfinite(near)
    return lonlat[is_near], yearly.ravel()[is_near]


def _cell_km2(grid: Grid) -> Floats:
    """Area of a cell of each row, shape ``(rows,)``: the radii of curvature of WGS84 at its middle."""
    lat = np.radians(grid.lat_deg)
    bend = 1.0 - GEOD.es * np.sin(lat) ** 2
    metres_2 = (GEOD.a**2 * (1.0 - GEOD.es) / bend**2) * np.cos(lat) * np.radians(grid.step_deg) ** 2
    return np.asarray(metres_2 / 1e6, float)


def _within(lines: Lines, counts: Sequence[Floats], lonlat: Floats, reach_km: float) -> tuple[Floats, Floats]:
    """Breaks of each line by an event at each place, and days of work on them, shape ``(2, m)`` each."""
    places = cKDTree(to_ecef_m(*lonlat.T)) if len(lonlat) else None
    breaks, days = np.zeros((2, len(lonlat))), np.zeros((2, len(lonlat)))
    for which, (line, count) in enumerate(zip(lines, counts, strict=True)):
        if places is None or not len(count):
            continue
        near = cKDTree(line.ecef_m).sparse_distance_matrix(places, chord_m(1000.0 * reach_km), output_type="ndarray")
        steps, cells = near["i"], near["j"]
        breaks[which] = np.bincount(cells, count[steps], len(lonlat))
        days[which] = np.bincount(cells, (count * line.site_days)[steps], len(lonlat))
    return breaks, days


def eruptions(lines: Lines, volcanoes: Sequence[BaseGeometry], per_year: float) -> Events:
    """Eruptions of mud volcanoes: the faults near each, over how often one erupts."""
    centres = shapely.get_coordinates(shapely.centroid(np.array(volcanoes, object)))
    tree = cKDTree(to_ecef_m(*centres.T))
    breaks, days = np.zeros((2, len(centres))), np.zeros((2, len(centres)))
    for which, line in enumerate(lines):
        if len(line.lon_deg):
            nearest = tree.query(line.ecef_m)[1]
            count = line.of("mud_volcano") / per_year
            breaks[which] = np.bincount(nearest, count, len(centres))
            days[which] = np.bincount(nearest, count * line.site_days, len(centres))
    return Events(np.full(len(centres), per_year), breaks, days)


def ashore_outages(lines: Lines, rules: AvailabilityRules) -> Iterator[Outage]:
    """Manholes, stations and states of the landings; those of both lines take both."""
    mine, its = (line.landings for line in lines)
    for cause, shares, risk in (
        ("manhole", share_manhole, rules.manhole),
        ("station", share_station, rules.station),
        ("state", lambda one, other: one.country == other.country, rules.state),
    ):
        groups = [_apart(landings, shares) for landings in (mine, its)]
        common = sum(any(shares(one, other) for other in groups[1]) for one in groups[0])
        alone = [risk.events_per_year * max(len(group) - common, 0) for group in groups]
        days = risk.repair_days
        yield Outage(cause, alone[0], (days, 0.0), by_ship=False)
        yield Outage(cause, alone[1], (0.0, days), by_ship=False)
        yield Outage(cause, risk.events_per_year * common, (days, days), by_ship=False)


def _apart(landings: Sequence[Landing], shares: Callable[[Landing, Landing], bool]) -> list[Landing]:
    """One landing of each place that several may share."""
    kept: list[Landing] = []
    for landing in landings:
        if not any(shares(landing, other) for other in kept):
            kept.append(landing)
    return kept
