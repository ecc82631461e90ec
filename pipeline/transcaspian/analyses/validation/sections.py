"""What of a cable lies in the water of a study: sections from end to end, with the kind of each end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.analyses.validation.lines import Cable
from transcaspian.core.errors import LandingError
from transcaspian.core.grid import GEOD, length_m
from transcaspian.core.vocabulary import EndKind
from transcaspian.routing import ShoreLanding, snap_to_shore
from transcaspian.rpl.drawn import Refused

Floats = NDArray[np.float64]

SAMPLE_DEG = 0.005
"""Half a kilometre: a spit that is narrower may be passed over, which is less than any bridge of land allowed."""
EDGE_DEG = 1e-6
BISECTIONS = 24
LOOP_SHARE = 0.1
"""A section whose ends lie closer than this share of its length has no great circle to be compared with."""


@dataclass(frozen=True)
class CutRules:
    """How a cable is cut to the water.

    Attributes
    ----------
    snap_km
        An end at sea that lies no farther from the shore is taken for a landing, and the line is led to the shore.
    bridge_km
        Land of no more length on the way is passed over: the shoreline or the drawing is too coarse there.
    min_km
        Sections that are shorter are not compared.
    """

    snap_km: float = 5.0
    bridge_km: float = 3.0
    min_km: float = 20.0


@dataclass(frozen=True)
class SectionEnd:
    """An end of a section: on the ``shore``, at ``sea`` (a branching unit), or at the ``edge`` of the area.

    ``moved_km``: by how much the line was led on to reach the shore.
    """

    kind: EndKind
    place: ShoreLanding
    moved_km: float = 0.0


@dataclass(frozen=True)
class CableSection:
    """A stretch of a cable in the water, of short legs ``(n, 2)``; ``dry_km`` of it crosses land."""

    cable: Cable
    label: str
    lonlat: Floats
    start: SectionEnd
    end: SectionEnd
    dry_km: float


def sections_of(
    cable: Cable, water: shapely.Geometry, bounds: tuple[float, float, float, float], rules: CutRules
) -> tuple[tuple[CableSection, ...], tuple[Refused, ...]]:
    """Cut a cable to the water of an area.

    Parameters
    ----------
    water
        Polygon or multipolygon inside the area, lon/lat; islands are holes.
    bounds
        ``(west, south, east, north)`` of the area, degrees.

    Returns
    -------
    sections, refused
        Together they are the whole cable inside the area, or say why there is nothing of it.
    """
    shapely.prepare(water)
    found: list[_Stretch] = []
    entered = False
    for shift in (-360.0, 0.0, 360.0):
        line = cable.lonlat + np.array([shift, 0.0])
        if not shapely.box(*bounds).intersects(shapely.LineString(line)):
            continue
        entered = True
        found += _stretches(line, water, bounds, rules)
    if not found:
        what = "no part of it lies in the water" if entered else "it lies outside the area of the study"
        return (), (_refused(cable, what),)
    return _judged(cable, found, water, bounds, rules)


@dataclass(frozen=True)
class _Stretch:
    """Samples that follow each other in the water, and why it ends at either side."""

    lonlat: Floats
    kinds: tuple[EndKind, EndKind]
    dry_km: float


def _judged(
    cable: Cable,
    found: list[_Stretch],
    water: shapely.Geometry,
    bounds: tuple[float, float, float, float],
    rules: CutRules,
) -> tuple[tuple[CableSection, ...], tuple[Refused, ...]]:
    """The stretches that can be compared; the others with their reasons, short ones of a cable together."""
    sections: list[CableSection] = []
    refused: list[Refused] = []
    short: list[_Stretch] = []
    for stretch in found:
        length_km = length_m(stretch.lonlat) / 1000
        apart_km = float(GEOD.inv(*stretch.lonlat[0], *stretch.lonlat[-1])[2]) / 1000
        if length_km < rules.min_km:
            short.append(stretch)
        elif apart_km < LOOP_SHARE * length_km:
            what = f"its ends lie {apart_km:.1f} km apart after {length_km:.1f} km: a loop"
            refused.append(_refused(cable, what, stretch.lonlat))
        else:
            sections.append(_section(cable, stretch, water, bounds, rules))
    if short:
        total_km = sum(length_m(stretch.lonlat) / 1000 for stretch in short)
        pieces = f"{len(short)} pieces of it, together" if len(short) > 1 else "a piece of it,"
        what = f"{pieces} {total_km:.1f} km in the water of the area, shorter than {rules.min_km:g} km"
        refused.append(_refused(cable, f"{what} each" if len(short) > 1 else what, short[0].lonlat))
    many = len(sections) > 1
    named = [
        CableSection(item.cable, f"{item.label}, section {number}" if many else item.label, *_rest(item))
        for number, item in enumerate(sections, start=1)
    ]
    return tuple(named), tuple(refused)


def _rest(item: CableSection) -> tuple[Floats, SectionEnd, SectionEnd, float]:
    return item.lonlat, item.start, item.end, item.dry_km


def _refused(cable: Cable, reason: str, lonlat: Floats | None = None) -> Refused:
    return Refused(cable.label, cable.features[0], reason, cable.lonlat if lonlat is None else lonlat)


def _stretches(
    line: Floats, water: shapely.Geometry, bounds: tuple[float, float, float, float], rules: CutRules
) -> list[_Stretch]:
    """The stretches of a line in the water, over land that may be bridged."""
    points = shapely.get_coordinates(shapely.segmentize(shapely.LineString(line), SAMPLE_DEG))
    wet = shapely.contains_xy(water, points[:, 0], points[:, 1])
    changes = np.flatnonzero(np.diff(np.r_[0, wet.astype(np.int8), 0]))
    runs = [(int(a), int(b) - 1) for a, b in changes.reshape(-1, 2)]
    groups: list[list[tuple[int, int]]] = []
    for run in runs:
        if groups and _may_bridge(points[groups[-1][-1][1] : run[0] + 1], bounds, rules.bridge_km):
            groups[-1].append(run)
        else:
            groups.append([run])
    return [_stretch(points, group, water, bounds) for group in groups]


def _may_bridge(gap: Floats, bounds: tuple[float, float, float, float], bridge_km: float) -> bool:
    """Whether a gap between two wet samples is land of little length inside the area."""
    return bool(_inside(gap, bounds).all()) and length_m(gap) / 1000 <= bridge_km


def _inside(points: Floats, bounds: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    west, south, east, north = bounds
    lon, lat = points.T
    return np.asarray((lon > west) & (lon < east) & (lat > south) & (lat < north))


def _stretch(
    points: Floats, group: list[tuple[int, int]], water: shapely.Geometry, bounds: tuple[float, float, float, float]
) -> _Stretch:
    """Runs of wet samples as one stretch, led on to where the line leaves the water."""
    first, last = group[0][0], group[-1][1]
    line = points[first : last + 1]
    kinds: list[EndKind] = []
    for index, beyond in ((first, first - 1), (last, last + 1)):
        if not 0 <= beyond < len(points):
            kinds.append("sea")
            continue
        at = _leaving(points[index], points[beyond], water)
        line = np.vstack([at, line]) if beyond < index else np.vstack([line, at])
        kinds.append("edge" if _on_edge(at, bounds) else "shore")
    dry_km = sum(length_m(points[before[1] : after[0] + 1]) / 1000 for before, after in pairwise(group))
    line = line[np.r_[True, (np.diff(line, axis=0) != 0).any(axis=1)]]
    return _Stretch(line, (kinds[0], kinds[1]), dry_km)


def _leaving(wet: Floats, dry: Floats, water: shapely.Geometry) -> Floats:
    """The last point in the water on the way from a wet point to a dry one."""
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        lon, lat = wet + middle * (dry - wet)
        low, high = (middle, high) if shapely.contains_xy(water, lon, lat) else (low, middle)
    return wet + low * (dry - wet)


def _on_edge(at: Floats, bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    away = np.abs(np.array([at[0] - west, at[0] - east, at[1] - south, at[1] - north]))
    return bool(away.min() <= EDGE_DEG)


def _section(
    cable: Cable,
    stretch: _Stretch,
    water: shapely.Geometry,
    bounds: tuple[float, float, float, float],
    rules: CutRules,
) -> CableSection:
    """A stretch with its ends, led to the shore where an end at sea lies near enough to it."""
    line = stretch.lonlat
    ends: list[SectionEnd] = []
    for side, kind in zip((0, -1), stretch.kinds, strict=True):
        end = end_at(line[side], kind, water, bounds, rules.snap_km, cable.label)
        if end.moved_km > 0:
            to = np.array([[end.place.lon, end.place.lat]])
            line = np.vstack([to, line]) if side == 0 else np.vstack([line, to])
        ends.append(end)
    return CableSection(cable, cable.label, line, ends[0], ends[1], stretch.dry_km)


def end_at(
    at: Sequence[float],
    kind: EndKind,
    water: shapely.Geometry,
    bounds: tuple[float, float, float, float],
    snap_km: float,
    name: str,
) -> SectionEnd:
    """An end of the line; one at sea is brought to the shore within the limit.

    Parameters
    ----------
    at
        ``(lon, lat)`` in degrees.
    kind
        What the end is known to be; ``sea`` may turn out to be at the shore.
    water
        Inside the shoreline, EPSG:4326.
    bounds
        ``(west, south, east, north)`` that the water was cut to, degrees; its edges are no shore.
    snap_km
        How far the shore may be.
    name
        For messages.

    Returns
    -------
    SectionEnd
        With its distance to the shore in km, 0 where it was not moved.
    """
    lon, lat = float(at[0]), float(at[1])
    here = ShoreLanding(lon, lat, 0.0, name)
    if kind != "sea":
        return SectionEnd(kind, here)
    try:
        shore = snap_to_shore(water, lon, lat, snap_km, name)
    except LandingError:
        return SectionEnd("sea", here)
    if _on_edge(np.array([shore.lon, shore.lat]), bounds):  # the box that cuts the water is no shore
        return SectionEnd("sea", here)
    return SectionEnd("shore", shore, shore.snap_km)
