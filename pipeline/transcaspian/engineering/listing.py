"""What lies near a route, by KP range, with what is known of its position; and where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.core.linear_reference import KpRange, runs
from transcaspian.core.vocabulary import NOT_KNOWN, HazardVerdict
from transcaspian.engineering.profile import Profile
from transcaspian.seabed import distance_to_geometries_m

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """A hazard or another area.

    ``keep_off_m`` is the distance that a route should keep; ``position_accuracy_m`` is None where it is not stated.
    """

    feature_id: str
    name: str
    kind: str
    geometry: BaseGeometry
    keep_off_m: float
    position_accuracy_m: float | None


@dataclass(frozen=True)
class Nearby(KpRange):
    """A stretch of route within reach of a feature, or without the data that would tell.

    Attributes
    ----------
    feature
        None where the stretch is one that a source does not cover; ``what`` then names the source.
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


def hazard_listing(profile: Profile, features: Sequence[Feature], within_km: Mapping[str, float]) -> tuple[Nearby, ...]:
    """Stretches within the stated distance of each feature, in the order of KP; ranges to half a sample.

    Parameters
    ----------
    within_km
        Distance by kind; a kind left out is not listed.
    """
    found = []
    for feature in features:
        if feature.kind not in within_km:
            continue
        reach_m = 1000.0 * within_km[feature.kind]
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


def coverage_gaps(profile: Profile) -> tuple[Nearby, ...]:
    """Stretches without a depth."""
    return tuple(
        Nearby(from_km, to_km, None, "seabed: no depth", None, None, NOT_KNOWN)
        for from_km, to_km, _ in runs(profile.kp_km, np.isnan(profile.depth_m))
    )


def _verdict(feature: Feature, nearest_m: float) -> HazardVerdict:
    if feature.position_accuracy_m is None:
        return "inside" if nearest_m == 0 else NOT_KNOWN
    if nearest_m > feature.keep_off_m + feature.position_accuracy_m:
        return "clear"
    if nearest_m < feature.keep_off_m - feature.position_accuracy_m or nearest_m == 0:
        return "inside"
    return NOT_KNOWN
