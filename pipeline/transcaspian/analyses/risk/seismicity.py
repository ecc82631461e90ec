"""How often earthquakes come: a catalogue without its aftershocks, Gutenberg and Richter's law, smoothed epicentres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import ncx2

from transcaspian.analyses.risk.config import EarthquakeRisk
from transcaspian.core.geodesy import arc_squared_m2
from transcaspian.core.grid import GEOD, Grid

Floats = NDArray[np.float64]

_FEWEST = 2
_FROM_MAGNITUDE_ON = 6.5
"""The time window of Gardner and Knopoff's table has a bend there."""
_KERNEL_REACH = 4.0
"""At so many correlation distances Frankel's kernel has fallen to 1e-7."""
_PROFILE_STEPS = 2000


@dataclass(frozen=True)
class Catalogue:
    """Earthquakes; arrays of shape ``(n,)``.

    ``time``: ``datetime64[s]`` in UTC, NaT where it is not stated.
    """

    time: NDArray[np.datetime64]
    lon_deg: Floats
    lat_deg: Floats
    magnitude_mw: Floats

    def __len__(self) -> int:
        return len(self.magnitude_mw)

    def where(self, kept: NDArray[np.bool_]) -> Catalogue:
        """Those events alone."""
        return Catalogue(self.time[kept], self.lon_deg[kept], self.lat_deg[kept], self.magnitude_mw[kept])


@dataclass(frozen=True)
class Recurrence:
    """How often earthquakes of each size come in the region of a catalogue.

    Attributes
    ----------
    mainshocks
        Those at or above the magnitude of completeness.
    read, of_the_years, declustered
        How many events there were, in the years that the catalogue covers, and after aftershocks were left out.
    b, b_error
        Slope of Gutenberg and Richter's law, and its standard error.
    years
        That the catalogue covers.
    """

    mainshocks: Catalogue
    read: int
    of_the_years: int
    declustered: int
    b: float
    b_error: float
    years: float
    completeness_mw: float

    @property
    def per_year(self) -> float:
        """Mainshocks a year at or above the magnitude of completeness."""
        return len(self.mainshocks) / self.years


def windows(magnitude_mw: ArrayLike) -> tuple[Floats, Floats]:
    """Reach in km and duration in days of the aftershocks of a mainshock.

    Gardner, J. K. & Knopoff, L. (1974), Is the sequence of earthquakes in Southern California, with aftershocks
    removed, Poissonian?, BSSA 64, 1363–1367, in the usual log-linear form of their table (van Stiphout, Zhuang &
    Marsan 2012, CORSSA, eq. 1): ``10^(0.1238 M + 0.983)`` km; ``10^(0.5409 M − 0.547)`` days, from magnitude 6.5 on
    ``10^(0.032 M + 2.7389)`` days.
    """
    magnitude = np.asarray(magnitude_mw, float)
    days = np.where(magnitude < _FROM_MAGNITUDE_ON, 0.5409 * magnitude - 0.547, 0.032 * magnitude + 2.7389)
    return 10.0 ** (0.1238 * magnitude + 0.983), 10.0**days


def mainshocks(catalogue: Catalogue) -> NDArray[np.bool_]:
    """Which events are mainshocks, shape ``(n,)``.

    From the greatest event down: what lies within its windows, before or after it, belongs to it and is left out, with
    no windows of its own. An event without a time belongs to nothing.
    """
    reach_km, duration_days = windows(catalogue.magnitude_mw)
    days = (catalogue.time - np.datetime64(0, "s")) / np.timedelta64(1, "D")
    is_main = np.ones(len(catalogue), bool)
    is_free = np.ones(len(catalogue), bool)
    for event in np.argsort(-catalogue.magnitude_mw, kind="stable"):
        if not is_free[event]:
            continue
        is_free[event] = False
        near = is_free & (np.abs(days - days[event]) <= duration_days[event])
        others = np.flatnonzero(near)
        at_lon, at_lat = (np.full(others.size, values[event]) for values in (catalogue.lon_deg, catalogue.lat_deg))
        _, _, away_m = GEOD.inv(at_lon, at_lat, catalogue.lon_deg[others], catalogue.lat_deg[others])
        own = others[np.asarray(away_m) <= 1000.0 * reach_km[event]]
        is_free[own] = False
        is_main[own] = False
    return is_main


def b_value(magnitude_mw: ArrayLike, completeness_mw: float, step: float) -> tuple[float, float]:
    """Slope of Gutenberg and Richter's law and its standard error.

    ``b = log10(e) / (mean(M) − (Mc − ΔM/2))``: Aki, K. (1965), Bull. Earthq. Res. Inst. 43, 237–239, with the
    correction for rounded magnitudes of Utsu, T. (1966), J. Phys. Earth 14, 37–40. The error
    ``ln(10) b² √(Σ (M − mean)² / (n (n − 1)))`` is that of Shi, Y. & Bolt, B. A. (1982), BSSA 72, 1677–1687.

    Parameters
    ----------
    magnitude_mw
        Events at or above ``completeness_mw``, two or more.
    step
        Magnitudes are rounded to it.
    """
    magnitude = np.asarray(magnitude_mw, float)
    b = float(np.log10(np.e) / (magnitude.mean() - (completeness_mw - step / 2)))
    return b, float(np.log(10.0) * b**2 * magnitude.std(ddof=1) / np.sqrt(magnitude.size))


def recurrence(catalogue: Catalogue, rules: EarthquakeRisk) -> Recurrence | None:
    """How often earthquakes come by a catalogue; None where fewer than two mainshocks are left to tell it from.

    Events outside the years that the catalogue covers are left out, as are those without place or magnitude.
    """
    known = np.isfinite(catalogue.lon_deg) & np.isfinite(catalogue.lat_deg) & np.isfinite(catalogue.magnitude_mw)
    first, after = (np.datetime64(f"{year:04d}-01-01", "s") for year in (rules.from_year, rules.to_year + 1))
    in_time = np.isnat(catalogue.time) | ((catalogue.time >= first) & (catalogue.time < after))
    covered = catalogue.where(known & in_time)
    left = covered.where(mainshocks(covered))
    # the edge of the bin that holds the magnitude of completeness
    complete = left.where(left.magnitude_mw >= rules.completeness_mw - rules.magnitude_step / 2)
    if len(complete) < _FEWEST or np.ptp(complete.magnitude_mw) == 0:
        return None
    b, error = b_value(complete.magnitude_mw, rules.completeness_mw, rules.magnitude_step)
    years = float(rules.to_year + 1 - rules.from_year)
    return Recurrence(complete, len(catalogue), len(covered), len(left), b, error, years, rules.completeness_mw)


def share_between(low_mw: float, high_mw: float, completeness_mw: float, max_mw: float, b: float) -> float:
    """Share of the events at or above completeness that have a magnitude in a band, by the law cut off at the greatest.

    ``(10^(−b (low − Mc)) − 10^(−b (high − Mc))) / (1 − 10^(−b (Mmax − Mc)))``: Gutenberg & Richter (1944), bounded as
    by Cornell & Vanmarcke (1969).

    Parameters
    ----------
    low_mw, high_mw
        Edges of the band, moment magnitude, within completeness and the greatest.
    completeness_mw
        Magnitude from which on the catalogue is complete.
    max_mw
        Greatest magnitude that is possible.
    b
        Of the Gutenberg-Richter law, per unit of magnitude.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> share_between(4.0, 7.5, 4.0, 7.5, 1.0)
    1.0
    >>> round(share_between(5.0, 7.5, 4.0, 7.5, 1.0), 3)
    0.1
    """
    ends = 10.0 ** (-b * (np.array([low_mw, high_mw, max_mw]) - completeness_mw))
    return float((ends[0] - ends[1]) / (1.0 - ends[2]))


def breaks_per_km_year(grid: Grid, known: Recurrence, rules: EarthquakeRisk) -> Floats:
    """Breaks per km of cable and year by earthquakes on level seabed, shape ``grid.shape``.

    Every mainshock stands for ``1 / years`` events a year, spread around its epicentre by Frankel's Gaussian
    ``exp(−d²/c²) / (π c²)`` (Frankel, A. 1995, Mapping seismic hazard in the central and eastern United States, Seism.
    Res. Lett. 66(4), 8–21). The share of that within a radius R of a place at distance d is a noncentral chi-square
    probability. A long straight cable crosses the circles of reach R around epicentres as near as R in chords of
    ``π R / 2`` on the mean: an event there breaks ``p`` times a cable when it breaks ``2 p / (π R)`` times every km of
    chord. With epicentres as dense as ν everywhere that is ``2 R ν p`` per km and year.

    Parameters
    ----------
    grid
        As coarse as a tenth of the kernel: see `transcaspian.analyses.risk.rates`.
    """
    lon, lat, c_m = grid.lon_deg, grid.lat_deg, 1000.0 * rules.kernel_km
    reach_m = [1000.0 * band.reach_km for band in rules.breaks]
    farthest_m = max(reach_m) + _KERNEL_REACH * c_m
    away_m = np.linspace(0.0, farthest_m, _PROFILE_STEPS)
    profile = np.zeros(away_m.size)
    max_mw = max(rules.breaks[-1].to_mw, float(known.mainshocks.magnitude_mw.max()))
    for band, radius_m in zip(rules.breaks, reach_m, strict=True):
        to_mw = max_mw if band is rules.breaks[-1] else band.to_mw
        share = share_between(band.from_mw, to_mw, known.completeness_mw, max_mw, known.b)
        within = ncx2.cdf(2.0 * (radius_m / c_m) ** 2, 2, 2.0 * (away_m / c_m) ** 2)
        profile += share * within * 2.0 * band.probability / (np.pi * radius_m / 1000.0)
    rate = np.zeros(grid.shape)
    for at_lon, at_lat in zip(known.mainshocks.lon_deg, known.mainshocks.lat_deg, strict=True):
        from_event_m = np.sqrt(arc_squared_m2(lon, lat, float(at_lon), float(at_lat)))
        rate += np.interp(from_event_m, away_m, profile, right=0.0)
    return rate / known.years
