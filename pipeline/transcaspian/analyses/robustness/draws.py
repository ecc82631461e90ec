"""One sample of all that is uncertain: the same for the same seed and number, in whatever order samples are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.fft import irfft2, next_fast_len, rfft2
from shapely.geometry.base import BaseGeometry

from transcaspian.core.grid import GEOD, Grid

Floats = NDArray[np.float64]

_MARGIN = 6.0
"""Correlation lengths after which two errors are taken to have nothing in common: exp(−6) is 0.2 %."""


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


def correlated_error(
    grid: Grid, alike_share: float, correlation_km: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """A normal field of mean 0 and variance 1, shape ``grid.shape``: how depths are wrong together.

    The correlation of two places ``h`` apart is ``alike_share + (1 − alike_share) exp(−h / correlation_km)``: a part
    that all places share, and one by circulant embedding (Dietrich, C. R. and Newsam, G. N. (1997), Fast and exact
    simulation of stationary Gaussian processes, SIAM J. Sci. Comput. 18, 1088–1107) on a torus that is larger than the
    grid by `_MARGIN` correlation lengths. East and west distances are true in the middle of the grid.

    Parameters
    ----------
    grid
        Frame of the field.
    alike_share
        Of the variance, from 0 to 1, that all places share.
    correlation_km
        Distance at which the correlation of the rest is 1/e.
    rng
        Drawn from; the same state gives the same field.

    Returns
    -------
    ndarray
        Float32; multiply it by the standard error of the depth in m.
    """
    dx_m, dy_m = grid.spacing_m()
    cell_km = np.array([dy_m.mean(), dx_m[grid.rows // 2]]) / 1000.0
    cells = np.array(grid.shape) + np.ceil(_MARGIN * correlation_km / cell_km)
    shape = [next_fast_len(int(count), True) for count in cells]
    along, across = (np.minimum(np.arange(n), n - np.arange(n)) * km for n, km in zip(shape, cell_km, strict=True))
    alike = np.exp(-np.hypot(along[:, np.newaxis], across) / correlation_km).astype(np.float32)
    amplitude = np.sqrt(np.maximum(rfft2(alike).real, 0.0))
    everywhere = rng.standard_normal()
    field = irfft2(amplitude * rfft2(rng.standard_normal(shape, dtype=np.float32)), s=shape)
    field = field[: grid.rows, : grid.cols]
    return (np.sqrt(alike_share) * everywhere + np.sqrt(1 - alike_share) * field).astype(np.float32)


def depth_with_error(
    depth_m: ArrayLike, error: ArrayLike | None, standard_error_m: ArrayLike, level_shift_m: float
) -> NDArray[np.float32]:
    """A depth as one sample has it: never negative, and NaN where it was.

    Parameters
    ----------
    depth_m
        Below the declared level, positive down.
    error
        From `correlated_error`, same shape; None: none.
    standard_error_m
        Of the depth at each place; where it is not known (NaN) the depth is drawn as it is.
    level_shift_m
        By how much the water stands higher.
    """
    depth = np.asarray(depth_m, np.float32)
    wrong = 0.0 if error is None else np.asarray(error) * np.nan_to_num(np.asarray(standard_error_m, np.float32))
    return np.maximum(depth + wrong + np.float32(level_shift_m), np.float32(0)).astype(np.float32)
