"""Armour and burial: what may be laid where, what it costs, and what share of the faults of each cause it lets pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian.analyses.risk.config import ArmourOption, BurialOption, Protection, RepairRisk, RiskRules
from transcaspian.analyses.risk.rates import Places, banded
from transcaspian.core.geodesy import distance_to_geometries_m
from transcaspian.engineering import Quantities, bill_of
from transcaspian.study.price_tables import Prices

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NamedHazards = tuple[Sequence[BaseGeometry], float]
"""Hazards, EPSG:4326, and how near to one something holds, km."""


@dataclass(frozen=True)
class Options:
    """All pairs of armour and burial. The first two axes of all arrays are armour and burial.

    Attributes
    ----------
    usd_per_km
        Shape ``(armour, burial)``.
    passes
        Share of the faults of each cause that remain, shape ``(armour, burial, causes)``.
    rock
        Hazards that rules of engineering lay rock armour by, with the reach of each rule, km: nowhere else is it laid.
    """

    armour: tuple[ArmourOption, ...]
    burial: tuple[BurialOption, ...]
    causes: tuple[str, ...]
    usd_per_km: Floats
    passes: Floats
    rock: tuple[NamedHazards, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of armour and of burial options."""
        return self.usd_per_km.shape[0], self.usd_per_km.shape[1]

    def armour_of(self, cable_type: str) -> int:
        """Place of a type of cable."""
        return next(place for place, item in enumerate(self.armour) if item.cable_type == cable_type)

    def burial_of(self, method: str, target_m: float) -> int:
        """Place of a burial; of one that the study has no option of, as by a shore, that which protects next best."""
        exact = [i for i, item in enumerate(self.burial) if (item.method, item.target_m) == (method, target_m)]
        next_best = sorted(range(len(self.burial)), key=lambda i: self.burial[i].target_m)
        no_deeper = [i for i in next_best if self.burial[i].target_m <= target_m]
        return (exact or no_deeper[-1:] or next_best)[0]


def options_of(
    rules: RiskRules, causes: Sequence[str], base_usd_per_km: float, prices: Prices | None = None
) -> Options:
    """The options of a study with what a kilometre of each pair costs.

    Parameters
    ----------
    prices
        The cost book; without one prices are shares of the base cost.
    """
    if prices is None:
        armour, burial = ([item.price or 0.0 for item in items] for items in (rules.armour, rules.burial))
        usd_per_km = base_usd_per_km * np.add.outer(armour, burial)
    else:
        usd_per_km = np.array([[_usd_of_km(prices, one, other) for other in rules.burial] for one in rules.armour])
    passes = _passing(rules.armour, causes)[:, np.newaxis] * _passing(rules.burial, causes)[np.newaxis]
    return Options(rules.armour, rules.burial, tuple(causes), usd_per_km, passes)


def _usd_of_km(prices: Prices, armour: ArmourOption, burial: BurialOption) -> float:
    """Base cost of a kilometre without slack, with the vessel, survey and contingency."""
    laid = Quantities({armour.cable_type: 1.0}, {(burial.method, burial.target_m): 1.0})
    return bill_of(prices, laid).total.cost_base_usd


def _passing(items: Sequence[Protection], causes: Sequence[str]) -> Floats:
    """Shape ``(items, causes)``."""
    shares: list[dict[str, float]] = [{str(cause): share for cause, share in item.passes.items()} for item in items]
    return np.array([[share.get(cause, 1.0) for cause in causes] for share in shares], np.float64)


def feasible(options: Options, places: Places) -> Bools:
    """Whether each pair may be laid at places, shape ``(armour, burial, n)``."""
    armour = np.stack([_may_lie(item, places.depth_m) for item in options.armour])
    for place, item in enumerate(options.armour):
        if item.cable_type == "RA":
            armour[place] &= _is_near(options.rock, places)
    burial = np.stack([_may_lie(item, places.depth_m) & _is_level(item, places.slope_deg) for item in options.burial])
    return np.asarray(armour[:, np.newaxis] & burial[np.newaxis])


def _is_near(hazards: Sequence[NamedHazards], places: Places) -> Bools:
    found = np.zeros(len(places), bool)
    for geometries, within_km in hazards:
        found |= distance_to_geometries_m(places.lon_deg, places.lat_deg, geometries, 1000.0 * within_km) <= (
            1000.0 * within_km
        )
    return found


def _may_lie(item: Protection, depth_m: Floats) -> Bools:
    deepest_m = np.inf if item.to_depth_m is None else item.to_depth_m
    within = (depth_m >= item.from_depth_m) & (depth_m < deepest_m)
    return np.where(np.isnan(depth_m), item.where_unknown, within)


def _is_level(item: BurialOption, slope_deg: Floats) -> Bools:
    if item.to_slope_deg is None:
        return np.ones(slope_deg.shape, bool)
    return np.where(np.isnan(slope_deg), item.where_unknown, slope_deg < item.to_slope_deg)


def remaining(options: Options, rate: Floats) -> Floats:
    """Faults per km and year that each pair lets pass, shape ``(armour, burial, n)``; NaN where a cause is not known.

    Parameters
    ----------
    rate
        Of a bare cable by cause, shape ``(causes, n)``.
    """
    return np.asarray(np.tensordot(options.passes, rate, axes=1))


@dataclass(frozen=True)
class Repairs:
    """A repair at each of ``n`` places: days from fault to service, and USD; shape ``(burial, n)`` each."""

    days: Floats
    usd: Floats


def repairs_at(options: Options, rules: RepairRisk, depth_m: ArrayLike) -> Repairs:
    """What a repair takes and costs; where the depth is not known, what it does at the depth where it takes longest.

    Days: waiting, on site, and what a buried cable takes longer. USD: mobilisation, the ship for its days of transit
    and all days on site, spare cable, and what the owner loses in all the days.
    """
    on_site = _by_depth(rules, "days_on_site", depth_m)
    spare_km = spare_at(rules, depth_m)
    on_site = on_site + np.array([item.repair_days for item in options.burial])[:, np.newaxis]
    days = rules.waiting_days + on_site
    usd = (
        rules.mobilisation_usd
        + rules.ship_usd_per_day * (rules.ship_days + on_site)
        + rules.spare_usd_per_km * spare_km
        + rules.outage_usd_per_day * days
    )
    return Repairs(days, usd)


def spare_at(rules: RepairRisk, depth_m: ArrayLike) -> Floats:
    """Cable that a repair at each place lays in, km, shape ``(n,)``."""
    return _by_depth(rules, "spare_km", depth_m)


def _by_depth(rules: RepairRisk, name: str, depth_m: ArrayLike) -> Floats:
    longest = max(rules.bands, key=lambda band: (band.days_on_site, band.spare_km))
    found = banded(depth_m, [(band.from_m, getattr(band, name)) for band in rules.bands])
    return np.nan_to_num(found, nan=getattr(longest, name))


def annuity(rate: float, years: float) -> float:
    """Present value of one USD a year over some years: ``(1 − (1 + r)^−T) / r``, and ``T`` without interest."""
    return years if rate == 0 else float((1.0 - (1.0 + rate) ** -years) / rate)
