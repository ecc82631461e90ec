"""What lies near a route, by KP range, with what is known of its position; and where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.geodesy import METRES_PER_DEGREE, distance_to_geometries_m
from transcaspian.core.linear_reference import KpRange, runs
from transcaspian.core.vocabulary import NOT_KNOWN, HazardVerdict
from transcaspian.engineering.profile import Profile

Floats = NDArray[np.float64]
BOX_POINTS = 50
"""Of a line in one box, while what may be near it is looked for."""


@dataclass(frozen=True)
class Feature:
    """A hazard, or a feature of a constraint.

    Attributes
    ----------
    feature_id, name, kind
        As the source has them.
    geometry
        EPSG:4326.
    keep_off_m
        Distance that a route should keep.
    position_accuracy_m
        None where it is not stated.
    list_within_km
        How near it is listed; None: as the study says for its kind.
    constraint_id, season
        Of the constraint that it belongs to; empty where it belongs to none, or holds all year.
    """

    feature_id: str
    name: str
    kind: str
    geometry: BaseGeometry
    keep_off_m: float
    position_accuracy_m: float | None
    list_within_km: float | None = None
    constraint_id: str = ""
    season: str = ""


@dataclass(frozen=True)
class Surface:
    """A raster of a constraint: what of it the route lies in is listed.

    Attributes
    ----------
    about
        Stands for its constraint; without geometry.
    lon_deg, lat_deg
        Nodes, ascending and descending.
    values
        At the nodes, shape ``(len(lat_deg), len(lon_deg))``; NaN: no data.
    limits
        Ascending, of bands that are listed each for itself; empty: each value is.
    unlisted
        Values or, with limits, numbers of bands that are of no interest.
    """

    about: Feature
    lon_deg: Floats
    lat_deg: Floats
    values: NDArray[np.float32]
    limits: tuple[float, ...] = ()
    unlisted: tuple[float, ...] = ()


@dataclass(frozen=True)
class Register:
    """A list of features that was looked through; what it does not have may be there all the same.

    Attributes
    ----------
    about
        Stands for it where none of its features is near.
    looked_through
        What it is, in words.
    """

    about: Feature
    looked_through: str


@dataclass(frozen=True)
class Nearby(KpRange):
    """A stretch of route within reach of a feature, or without the data that would tell.

    Attributes
    ----------
    from_km, to_km
        KPs of its ends.
    feature
        None where the stretch is one that a source does not cover. One without an id stands for a whole constraint.
    what
        Of the feature, in words; the source, where it does not cover the stretch.
    nearest_m, nearest_kp_km
        Least distance in the stretch, 0 inside, and where; None where a source does not cover.
    verdict
        ``inside``: nearer than the distance to keep. ``clear``: farther than that by more than the accuracy of the
        position. ``insufficient information``: between the two, or the accuracy is not stated, or there is no data.
    """

    feature: Feature | None
    what: str
    nearest_m: float | None
    nearest_kp_km: float | None
    verdict: HazardVerdict

    @property
    def is_too_near(self) -> bool:
        """Whether a distance is not kept. A constraint that closes nothing, as a map of soils, asks for none."""
        asks = self.feature is not None and (not self.feature.constraint_id or self.feature.keep_off_m > 0.0)
        return self.verdict == "inside" and asks


def hazard_listing(profile: Profile, features: Sequence[Feature], within_km: Mapping[str, float]) -> tuple[Nearby, ...]:
    """Stretches within the stated distance of each feature, in the order of KP; ranges to half a sample.

    Parameters
    ----------
    within_km
        Distance by kind; a kind left out is not listed.
    """
    found = []
    for feature, reach_m in within_reach(profile, features, within_km):
        away_m = distance_to_geometries_m(profile.lon_deg, profile.lat_deg, [feature.geometry], reach_m)
        for from_km, to_km, part in runs(profile.kp_km, away_m <= reach_m):
            at = int(away_m[part].argmin()) + part.start
            nearest_m = float(away_m[at])
            found.append(
                Nearby(
                    feature=feature,
                    what=feature.name,
                    from_km=from_km,
                    to_km=to_km,
                    nearest_m=nearest_m,
                    nearest_kp_km=float(profile.kp_km[at]),
                    verdict=_verdict(feature, nearest_m),
                )
            )
    return tuple(sorted(found, key=lambda item: (item.from_km, item.what)))


def within_reach(
    profile: Profile, features: Sequence[Feature], within_km: Mapping[str, float]
) -> list[tuple[Feature, float]]:
    """The features that are listed by their kind or their constraint and may be near enough, with that distance, m."""
    reach_m = np.array([1000.0 * listed_within_km(feature, within_km) for feature in features])
    shapes = [feature.geometry for feature in features]
    near = (reach_m >= 0) & may_be_near(profile.lon_deg, profile.lat_deg, shapes, reach_m)
    return [(features[i], float(reach_m[i])) for i in np.flatnonzero(near).tolist()]


def may_be_near(
    lon_deg: Floats, lat_deg: Floats, shapes: Sequence[BaseGeometry], reach_m: ArrayLike
) -> NDArray[np.bool_]:
    """Which geometries may lie within their reach of a line, shape ``(n,)``; quickly, and never too few.

    Parameters
    ----------
    lon_deg, lat_deg
        Points of the line, close together, or the one point that it is, degrees.
    shapes
        Lon/lat degrees.
    reach_m
        Of each, or of all; below 0 as 0.
    """
    lonlat = np.column_stack([lon_deg, lat_deg])
    line = shapely.LineString(lonlat) if len(lonlat) > 1 else shapely.Point(lonlat)
    widest = min(float(np.abs(lat_deg).max()) + 2.0, 89.0)
    wide = np.maximum(reach_m, 0.0) / (METRES_PER_DEGREE * np.cos(np.radians(widest)) * 0.98)
    wide = np.broadcast_to(wide, len(shapes))
    found = np.zeros(len(shapes), bool)
    if len(shapes):
        every = np.asarray(shapes, dtype=object)
        boxes = boxes_along(lonlat, float(wide.max()) + 1e-9)
        beside = np.unique(shapely.STRtree(every).query(boxes)[1])
        shapely.prepare(line)
        found[beside] = shapely.dwithin(line, every[beside], wide[beside])
    return found


def boxes_along(lonlat: Floats, wide_deg: float) -> NDArray[np.object_]:
    """Boxes around stretches of a line, wider than them to all sides; every point of the line is in one."""
    starts = np.arange(0, max(len(lonlat) - 1, 1), BOX_POINTS)
    ends = np.minimum(starts + BOX_POINTS, len(lonlat) - 1)
    low = np.minimum(np.minimum.reduceat(lonlat, starts), lonlat[ends]) - wide_deg
    high = np.maximum(np.maximum.reduceat(lonlat, starts), lonlat[ends]) + wide_deg
    return np.asarray(shapely.box(*low.T, *high.T))


def listed_within_km(feature: Feature, within_km: Mapping[str, float]) -> float:
    """How near a feature is listed; below 0: not at all."""
    return within_km.get(feature.kind, -1.0) if feature.list_within_km is None else feature.list_within_km


def surface_listing(profile: Profile, surfaces: Sequence[Surface]) -> tuple[Nearby, ...]:
    """Stretches by the values of rasters at the samples, and those that a raster says nothing of."""
    found: list[Nearby] = []
    for surface in surfaces:
        value = values_along(profile, surface)
        name = surface.about.name
        for from_km, to_km, _ in runs(profile.kp_km, np.isnan(value)):
            found.append(Nearby(from_km, to_km, surface.about, f"{name}: no data", None, None, NOT_KNOWN))
        at = np.searchsorted(surface.limits, value, side="right").astype(float) if surface.limits else value
        for one in np.unique(at[np.isfinite(value)]):
            if one in surface.unlisted:
                continue
            for from_km, to_km, part in runs(profile.kp_km, np.isfinite(value) & (at == one)):
                what = f"{name}: {told(surface, float(one))}"
                found.append(
                    Nearby(from_km, to_km, surface.about, what, 0.0, float(profile.kp_km[part.start]), "inside")
                )
    return tuple(found)


def values_along(profile: Profile, surface: Surface) -> Floats:
    """The value of the nearest node under each sample; NaN beyond the raster and where it has no data."""
    lon, lat = surface.lon_deg, surface.lat_deg
    col = np.rint((profile.lon_deg - lon[0]) / (lon[-1] - lon[0]) * (len(lon) - 1)).astype(int)
    row = np.rint((profile.lat_deg - lat[0]) / (lat[-1] - lat[0]) * (len(lat) - 1)).astype(int)
    inside = (col >= 0) & (col < len(lon)) & (row >= 0) & (row < len(lat))
    found = surface.values[np.clip(row, 0, len(lat) - 1), np.clip(col, 0, len(lon) - 1)].astype(float)
    return np.where(inside, found, np.nan)


def told(surface: Surface, one: float) -> str:
    """A value, or a band by its limits."""
    if not surface.limits:
        return f"{one:g}"
    low, high = int(one) - 1, int(one)
    if low < 0:
        return f"under {surface.limits[0]:g}"
    return f"from {surface.limits[low]:g}" + (f" to {surface.limits[high]:g}" if high < len(surface.limits) else "")


def silent_registers(profile: Profile, registers: Sequence[Register], found: Sequence[Nearby]) -> tuple[Nearby, ...]:
    """Registers of which nothing is near a route: what was looked through, and never that nothing is there."""
    heard = {(item.feature.constraint_id if item.feature else None) for item in found}
    return tuple(
        Nearby(
            from_km=0.0,
            to_km=profile.length_km,
            feature=one.about,
            what=f"{one.about.name}: register known incomplete here; looked through: {one.looked_through}",
            nearest_m=None,
            nearest_kp_km=None,
            verdict=NOT_KNOWN,
        )
        for one in registers
        if one.about.constraint_id not in heard
    )


def coverage_gaps(profile: Profile) -> tuple[Nearby, ...]:
    """Stretches without a depth, and those whose data hold no slope or bend as short as a sample could show."""
    without = [(from_km, to_km, "seabed: no depth") for from_km, to_km, _ in runs(profile.kp_km, profile.is_unknown)]
    coarse = [
        (from_km, to_km, f"seabed: slopes, bends and suspensions over less than {coarsest_km(profile, part):.2g} km")
        for from_km, to_km, part in runs(profile.kp_km, profile.resolution_m > 2000.0 * profile.step_km)
    ]
    return tuple(
        Nearby(from_km, to_km, None, what, None, None, NOT_KNOWN) for from_km, to_km, what in (*without, *coarse)
    )


def coarsest_km(profile: Profile, part: slice) -> float:
    """Spacing of the coarsest seabed data of some samples."""
    return float(np.nanmax(profile.resolution_m[part])) / 1000.0


def _verdict(feature: Feature, nearest_m: float) -> HazardVerdict:
    if feature.position_accuracy_m is None:
        return "inside" if nearest_m == 0 else NOT_KNOWN
    if nearest_m > feature.keep_off_m + feature.position_accuracy_m:
        return "clear"
    if nearest_m < feature.keep_off_m - feature.position_accuracy_m or nearest_m == 0:
        return "inside"
    return NOT_KNOWN
