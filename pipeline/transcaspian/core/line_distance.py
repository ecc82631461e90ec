"""How far two lines lie apart, on the ellipsoid: means, Hausdorff and Fréchet distance, share within a distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from transcaspian.core.geodesy import arc_m, to_ecef_m
from transcaspian.core.linear_reference import line_length_km, positions_at_km

Floats = NDArray[np.float64]

_NEAREST = 4
"""So many of the nearest sample points are looked at, with the stretches on both sides of each."""


@dataclass(frozen=True)
class LineDistances:
    """A line beside the one that lies there (the *as-laid* line); lengths in km.

    Attributes
    ----------
    length_ratio
        Length over that of the as-laid line.
    mean_to_km, mean_from_km
        Mean distance to the line from points of the as-laid line, and the other way round.
    mean_km
        Mean of both.
    hausdorff_km
        Greatest distance from a point of one line to the other line.
    within_share
        Of the as-laid line: what lies within the distance asked for.
    off_water_share
        Of the line: what lies on land or outside the area.
    """

    length_km: float
    length_ratio: float
    mean_to_km: float
    mean_from_km: float
    hausdorff_km: float
    within_share: float
    off_water_share: float

    @property
    def mean_km(self) -> float:
        """Mean distance, both ways."""
        return (self.mean_to_km + self.mean_from_km) / 2


def even(lonlat: ArrayLike, step_km: float) -> Floats:
    """Points at equal distances along the geodesic legs of a line, both ends included, at most a step apart."""
    length_km = line_length_km(lonlat)
    parts = max(1, int(np.ceil(length_km / step_km - 1e-9)))
    return positions_at_km(lonlat, np.linspace(0.0, length_km, parts + 1)).lonlat


def read_off(
    laid: ArrayLike, line: ArrayLike, *, step_km: float, within_km: float, off_water_share: float = 0.0
) -> LineDistances:
    """Measure a line against the as-laid one.

    Means are integrals along the line by the trapezoidal rule on even samples; a distance is that to the nearest point
    of the other line, between its samples too. What it misses of a bend is at most what a step can hold.

    Parameters
    ----------
    laid, line
        Vertices of geodesic legs, shapes ``(n, 2)`` and ``(m, 2)``, degrees.
    step_km
        Between samples, on both lines.
    """
    own, other = even(laid, step_km), even(line, step_km)
    to_km, from_km = apart_km(own, other), apart_km(other, own)
    length_km, laid_km = line_length_km(line), line_length_km(laid)
    return LineDistances(
        length_km=length_km,
        length_ratio=length_km / laid_km,
        mean_to_km=_mean(to_km),
        mean_from_km=_mean(from_km),
        hausdorff_km=float(max(to_km.max(), from_km.max())),
        within_share=_share(to_km, within_km),
        off_water_share=off_water_share,
    )


def apart_km(points: Floats, line: Floats) -> Floats:
    """Distance from points ``(n, 2)`` to a line of short legs ``(m, 2)``, shape ``(n,)``, km.

    Legs are chords through the ellipsoid: of one kilometre they pass two centimetres below it.
    """
    vertices = to_ecef_m(line[:, 0], line[:, 1])
    places = to_ecef_m(points[:, 0], points[:, 1])
    count = min(_NEAREST, len(vertices))
    _, nearest = cKDTree(vertices).query(places, k=count)
    best = np.full(len(places), np.inf)
    for near in np.reshape(nearest, (len(places), count)).T:
        for leg in (near - 1, near):
            leg = np.clip(leg, 0, max(len(vertices) - 2, 0))
            best = np.minimum(best, _to_legs(places, vertices[leg], vertices[np.minimum(leg + 1, len(vertices) - 1)]))
    return arc_m(best) / 1000.0


@dataclass(frozen=True)
class Farthest:
    """Where two lines lie farthest apart when both are followed from end to end; KP on the one and on the other."""

    distance_km: float
    kp_km: float
    other_kp_km: float


def frechet(line: ArrayLike, other: ArrayLike, samples: int = 1000) -> Farthest:
    """Fréchet distance of two lines: the least leash for two that walk along them and never turn back.

    Symmetric, and never below the Hausdorff distance: where a line comes near itself, a place is compared with the
    part of the other line that is its own turn, and lines that run in opposite directions lie far apart. It is the
    discrete distance (Eiter and Mannila 1994), between even samples on both lines: at most one spacing of the samples
    above that of the lines themselves, and never below it by more than what a spacing can hold of a bend.

    Parameters
    ----------
    line, other
        Vertices of geodesic legs in the direction of travel, shapes ``(n, 2)`` and ``(m, 2)``, degrees.
    samples
        Of the longer line; the spacing on both is the same.
    """
    lines = [np.asarray(line, float), np.asarray(other, float)]
    step_km = max(line_length_km(one) for one in lines) / samples
    one, two = (even(lonlat, step_km) for lonlat in lines)
    away_m = cdist(to_ecef_m(*one.T), to_ecef_m(*two.T))
    reach_m = np.full((len(one) + 1, len(two) + 1), np.inf)  # the leash it takes to come so far on both lines
    reach_m[0, 0] = 0.0
    for total in range(len(one) + len(two) - 1):  # all that lies on a diagonal depends on the two before it alone
        i = np.arange(max(0, total - len(two) + 1), min(total, len(one) - 1) + 1)
        j = total - i
        before_m = np.minimum(np.minimum(reach_m[i, j], reach_m[i, j + 1]), reach_m[i + 1, j])
        reach_m[i + 1, j + 1] = np.maximum(away_m[i, j], before_m)
    i, j = np.argwhere(away_m == reach_m[-1, -1])[0]
    return Farthest(
        float(arc_m(reach_m[-1, -1])) / 1000.0,
        float(i) / (len(one) - 1) * line_length_km(lines[0]),
        float(j) / (len(two) - 1) * line_length_km(lines[1]),
    )


def within_share(points: Floats, line: Floats, within_km: float) -> float:
    """Of evenly spaced points, the share that lies within a distance of a line of short legs."""
    return _share(apart_km(points, line), within_km)


def _to_legs(places: Floats, start: Floats, end: Floats) -> Floats:
    """Distance of each point to its straight leg, in space, metres."""
    way = end - start
    squared = np.maximum(np.einsum("ij,ij->i", way, way), 1e-12)
    along = np.clip(np.einsum("ij,ij->i", places - start, way) / squared, 0.0, 1.0)
    return np.asarray(np.linalg.norm(places - (start + along[:, None] * way), axis=1))


def _mean(values: Floats) -> float:
    """Of evenly spaced samples by the trapezoidal rule: the ends count by half."""
    weights = np.ones(len(values))
    weights[[0, -1]] = 0.5
    return float((weights * values).sum() / weights.sum())


def _share(distance_km: Floats, within_km: float) -> float:
    return _mean((distance_km <= within_km).astype(float))
