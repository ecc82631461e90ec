"""One sample of all that is uncertain: the same for the same seed and number, in whatever order samples are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, zoom
from shapely.geometry.base import BaseGeometry

from transcaspian.core.grid import GEOD, Grid

Floats = NDArray[np.float64]

_NODES_PER_SIGMA = 4
"""A smooth field needs no more nodes than so many in the width of its kernel; between them it is interpolated."""
_KERNEL_REACH = 4.0


@dataclass(frozen=True)
class Spreads:
    """How uncertain each thing is; None, or 0 for lengths: it is certain.

    Attributes
    ----------
    weight_factor
        Weights lie log-uniformly between ``1 / factor`` and ``factor`` times their own.
    level_sd_m
        Standard deviation of the water level.
    has_seabed_error
        Whether the depth has an error.
    accuracies_m
        Radius within which each hazard may lie elsewhere, shape ``(n,)``.
    epicentre_accuracy_m
        That of every epicentre.
    """

    weight_factor: float | None
    level_sd_m: float
    has_seabed_error: bool
    accuracies_m: Floats
    epicentre_accuracy_m: float


@dataclass(frozen=True)
class Draw:
    """What one sample takes for true.

    Attributes
    ----------
    factors
        What each weight is multiplied by, by the name of its criterion.
    level_shift_m
        By how much the water stands higher than declared.
    hazard_offsets, epicentre_offsets
        Azimuth in degrees and distance in metres, shape ``(n, 2)``.
    error_rng
        Draws the error of the depth; None where there is none.
    """

    number: int
    factors: Mapping[str, float]
    level_shift_m: float
    hazard_offsets: Floats
    epicentre_offsets: Floats
    error_rng: np.random.Generator | None


def draw(seed: int, number: int, criteria: Sequence[str], epicentres: int, spreads: Spreads) -> Draw:
    """The sample of a number.

    Each part has a stream of its own, so that what one of them draws does not depend on whether another is uncertain.

    Parameters
    ----------
    criteria
        Names of the criteria with a weight.
    epicentres
        How many there are.
    """
    weights, level, seabed, hazards, quakes = (
        np.random.default_rng(part) for part in np.random.SeedSequence(seed, spawn_key=(number,)).spawn(5)
    )
    reach = np.log(spreads.weight_factor or 1.0)
    exponents = weights.uniform(-1.0, 1.0, len(criteria))
    return Draw(
        number=number,
        factors={name: float(np.exp(reach * one)) for name, one in zip(criteria, exponents, strict=True)},
        level_shift_m=float(level.standard_normal()) * spreads.level_sd_m,
        hazard_offsets=offsets(hazards, spreads.accuracies_m),
        epicentre_offsets=offsets(quakes, np.full(epicentres, spreads.epicentre_accuracy_m)),
        error_rng=seabed if spreads.has_seabed_error else None,
    )


def offsets(rng: np.random.Generator, accuracies_m: Floats) -> Floats:
    """Azimuth and distance of places drawn evenly over discs, shape ``(n, 2)``."""
    azimuth_deg = rng.uniform(0.0, 360.0, len(accuracies_m))
    return np.column_stack([azimuth_deg, accuracies_m * np.sqrt(rng.uniform(0.0, 1.0, len(accuracies_m)))])


def moved(geometry: BaseGeometry, azimuth_deg: float, distance_m: float) -> BaseGeometry:
    """A geometry elsewhere: its centroid goes along the geodesic, and all of it by the same degrees."""
    if distance_m == 0 or geometry is None or geometry.is_empty:
        return geometry
    centre = geometry.centroid
    lon, lat, _ = GEOD.fwd(centre.x, centre.y, azimuth_deg, distance_m)
    shift = np.array([lon - centre.x, lat - centre.y])
    return shapely.transform(geometry, lambda points: points + shift)


def smooth_error(grid: Grid, correlation_km: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """A smooth normal field of mean 0 and variance 1, shape ``grid.shape``, with the correlation ``exp(−d² / L²)``.

    White noise under a Gaussian kernel with the standard deviation ``L / 2`` (its autocorrelation is a Gaussian of
    twice the variance). East and west ``L`` is true in the middle of the grid; over the Caspian it is off by up to a
    tenth in the north and the south.
    """
    dx_m, dy_m = grid.spacing_m()
    sigma = 500.0 * correlation_km / np.array([dy_m.mean(), dx_m[grid.rows // 2]])
    step = np.maximum(1, np.floor(sigma / _NODES_PER_SIGMA)).astype(int)
    nodes = -(-np.array(grid.shape) // step) + 1
    own = sigma / step
    margin = np.ceil(_KERNEL_REACH * own).astype(int)  # so that the field is as rough at its edge as in its middle
    noise = rng.standard_normal(nodes + 2 * margin, dtype=np.float32)
    smooth = gaussian_filter(noise, own, mode="wrap", truncate=_KERNEL_REACH)
    smooth = smooth[margin[0] : margin[0] + nodes[0], margin[1] : margin[1] + nodes[1]]
    smooth *= np.float32(np.sqrt(4 * np.pi * own[0] * own[1]))  # smoothed white noise has the variance 1 / (4 π s s)
    fine = zoom(smooth, ((nodes - 1) * step + 1) / nodes, order=1)
    return np.ascontiguousarray(fine[: grid.rows, : grid.cols], np.float32)


def depth_with_error(
    depth_m: ArrayLike, error: ArrayLike | None, sd_m: float, sd_share_of_depth: float, level_shift_m: float
) -> NDArray[np.float32]:
    """A depth as one sample has it: never negative, and NaN where it was.

    Parameters
    ----------
    depth_m
        Below the declared level, positive down.
    error
        From `smooth_error`, same shape; None: none.
    sd_m, sd_share_of_depth
        The greater of ``sd_m`` and the share of the depth is the standard deviation of the error at each place.
    level_shift_m
        By how much the water stands higher.
    """
    depth = np.asarray(depth_m, np.float32)
    wrong = 0.0 if error is None else np.asarray(error) * np.maximum(np.float32(sd_m), sd_share_of_depth * depth)
    return np.maximum(depth + wrong + np.float32(level_shift_m), np.float32(0)).astype(np.float32)
