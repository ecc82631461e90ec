"""Expected faults per km and year of a bare cable on the seabed, by cause, at any places. Arrays in, arrays out.

Where what a rate depends on is not known, the rate is NaN ("insufficient information"), and beside it stands the
greatest that it could be by the tables of the study: nothing is scored as safe because nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.analyses.risk.config import DepthRisk, EarthquakeRisk, MudVolcanoRisk, RiskRules
from transcaspian.analyses.risk.seismicity import Recurrence, breaks_per_km_year
from transcaspian.core.geodesy import distance_to_geometries_m
from transcaspian.core.grid import Grid
from transcaspian.seabed import sample

Floats = NDArray[np.float64]

_KERNEL_SHARE = 0.1
"""Breaks by earthquakes are computed at places so far apart, as a share of the kernel: it errs by under 1 % between."""
_PER_1000_KM = 1e-3
ANCHORING = "anchoring"
PASSAGES = "anchoring_passages"


@dataclass(frozen=True)
class Places:
    """Seabed of one kind each, arrays of shape ``(n,)``; NaN in depth and slope is not known."""

    lon_deg: Floats
    lat_deg: Floats
    depth_m: Floats
    slope_deg: Floats

    @classmethod
    def of_cells(
        cls, grid: Grid, where: NDArray[np.bool_], depth_m: NDArray[np.float32], slope_deg: NDArray[np.float32]
    ) -> Places:
        """The cells of a grid ``where`` a mask holds, row by row; all arrays of its shape."""
        row, col = np.nonzero(where)
        return cls(grid.lon_deg[col], grid.lat_deg[row], depth_m[where].astype(float), slope_deg[where].astype(float))

    def __len__(self) -> int:
        return len(self.lon_deg)


@dataclass(frozen=True)
class Rates:
    """Faults per km and year.

    Attributes
    ----------
    causes
        In the order of the first axis.
    rate
        Shape ``(causes, n)``; NaN: insufficient information.
    at_most
        The same with the greatest that the tables of the study allow where it is not known.
    """

    causes: tuple[str, ...]
    rate: Floats
    at_most: Floats

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Where all causes are known, shape ``(n,)``."""
        return np.asarray(~np.isnan(self.rate).any(axis=0))

    @property
    def total(self) -> Floats:
        """All causes together, shape ``(n,)``; NaN where one of them is not known."""
        return np.asarray(self.rate.sum(axis=0), float)


@dataclass(frozen=True)
class Hazard:
    """What rates are computed from.

    Attributes
    ----------
    quakes
        Breaks per km and year on level seabed, on ``quake_grid``; None where no catalogue tells.
    mud_volcanoes
        Their geometries; None where no source tells where they are.
    missing
        Why a cause that the study has figures for is left out, by cause.
    strikes
        Anchor strikes on a bare cable per km and year by traffic, on a grid; None where no traffic is known: anchors
        then go by depth.
    passages
        Observed passages over a km of cable, on the same grid: what strikes are known from.
    """

    rules: RiskRules
    quake_grid: Grid
    quakes: Floats | None
    mud_volcanoes: tuple[BaseGeometry, ...] | None
    missing: Mapping[str, str]
    strikes: tuple[Grid, NDArray[np.float32]] | None = None
    passages: NDArray[np.float32] | None = None

    @property
    def causes(self) -> tuple[str, ...]:
        """Those that rates are computed for."""
        return tuple(cause for cause in self.rules.causes if cause not in self.missing)

    @property
    def is_by_traffic(self) -> bool:
        """Whether faults by anchors go by traffic, not by depth."""
        return self.strikes is not None and ANCHORING in self.causes


def model_hazard(
    bounds: tuple[float, float, float, float],
    rules: RiskRules,
    known: Recurrence | None,
    mud_volcanoes: Sequence[BaseGeometry] | None,
) -> Hazard:
    """What a study and its sources say of faults.

    Parameters
    ----------
    bounds
        ``(west, south, east, north)`` of the area, degrees.
    known
        How often earthquakes come; None where no catalogue tells.
    mud_volcanoes
        Geometries in EPSG:4326; None where the study has no source of hazards (an empty list says there are none).
    """
    quakes, grid, missing = None, Grid.covering(*bounds, 1.0), {}
    if rules.earthquakes is not None:
        if known is None:
            missing["earthquake"] = "no catalogue with two mainshocks above the magnitude of completeness"
        else:
            # kilometres of latitude are the longest of a degree
            grid = Grid.covering(*bounds, _KERNEL_SHARE * rules.earthquakes.kernel_km / 111.0)
            quakes = breaks_per_km_year(grid, known, rules.earthquakes)
    if rules.mud_volcanoes is not None and mud_volcanoes is None:
        missing["mud_volcano"] = "no source of hazards"
    return Hazard(rules, grid, quakes, None if mud_volcanoes is None else tuple(mud_volcanoes), missing)


def rates_at(hazard: Hazard, places: Places) -> Rates:
    """Expected faults of a bare cable at places, by cause."""
    rules, found = hazard.rules, {}
    if rules.earthquakes is not None and hazard.quakes is not None:
        found["earthquake"] = _by_earthquakes(rules.earthquakes, hazard.quake_grid, hazard.quakes, places)
    if rules.mud_volcanoes is not None and hazard.mud_volcanoes is not None:
        near = mud_volcano_rate(rules.mud_volcanoes, places, hazard.mud_volcanoes)
        found["mud_volcano"] = near, near
    for item in rules.by_depth:
        known, at_most = depth_rate(item, places)
        found[item.cause] = rules.depth_factor * known, rules.depth_factor * at_most
    if hazard.is_by_traffic:
        assert hazard.strikes is not None
        grid, strikes = hazard.strikes
        found[ANCHORING] = (sample(grid, strikes, places.lon_deg, places.lat_deg).astype(float),) * 2
    causes = hazard.causes
    return Rates(causes, *(np.stack([found[cause][which] for cause in causes]) for which in (0, 1)))


def passages_at(hazard: Hazard, places: Places) -> Floats:
    """Observed passages over a km of cable, shape ``(n,)``; NaN where anchors do not go by traffic."""
    if hazard.strikes is None or hazard.passages is None:
        return np.full(len(places), np.nan)
    return sample(hazard.strikes[0], hazard.passages, places.lon_deg, places.lat_deg).astype(float)


def _by_earthquakes(rules: EarthquakeRisk, grid: Grid, quakes: Floats, places: Places) -> tuple[Floats, Floats]:
    # cells of the coarse grid reach beyond the area, never short of it
    level = sample(grid, quakes, places.lon_deg, places.lat_deg)
    factor = banded(places.slope_deg, [(band.from_deg, band.factor) for band in rules.slopes])
    return level * factor, level * np.where(np.isnan(factor), max(band.factor for band in rules.slopes), factor)


def depth_rate(rules: DepthRisk, places: Places) -> tuple[Floats, Floats]:
    """Faults per km and year of a cause that goes by depth, and the most they could be; shape ``(n,)`` each."""
    rate = _PER_1000_KM * banded(places.depth_m, [(band.from_m, band.faults_per_1000km_year) for band in rules.bands])
    worst = _PER_1000_KM * max(band.faults_per_1000km_year for band in rules.bands)
    north = np.ones(len(places))
    if rules.from_lat_deg is not None and rules.full_lat_deg is not None:
        north = np.clip((places.lat_deg - rules.from_lat_deg) / (rules.full_lat_deg - rules.from_lat_deg), 0.0, 1.0)
    # where the cause does not reach, no depth need be known
    reached = north > 0
    return np.where(reached, rate * north, 0.0), np.where(np.isnan(rate), worst, rate) * north


def mud_volcano_rate(rules: MudVolcanoRisk, places: Places, geometries: Sequence[BaseGeometry]) -> Floats:
    """Faults per km and year by the distance to the nearest mud volcano, shape ``(n,)``; 0 beyond the last band."""
    reach_km = rules.bands[-1].to_km
    away_km = distance_to_geometries_m(places.lon_deg, places.lat_deg, geometries, 1000.0 * reach_km) / 1000.0
    bands = [(band.from_km, _PER_1000_KM * band.faults_per_1000km_year) for band in rules.bands]
    return banded(away_km, [*bands, (reach_km, 0.0)])


def banded(values: ArrayLike, bands: Sequence[tuple[float, float]]) -> Floats:
    """The figure of the band that each value lies in, of its shape; NaN for NaN.

    Parameters
    ----------
    bands
        ``(from, figure)``, ascending; ``from`` belongs to the band, and the last goes on for ever.
    """
    value = np.asarray(values, float)
    limits, figures = np.array(bands[1:], float).reshape(-1, 2)[:, 0], np.array([figure for _, figure in bands], float)
    found: Floats = figures[np.searchsorted(limits, value, side="right")]
    return np.where(np.isnan(value), np.nan, found)
