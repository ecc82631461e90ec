"""What lines of a front cost by the cost book: the bill of the armour and burial that were chosen along them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.risk.ledger import Ledger
from transcaspian.analyses.risk.protection import Options
from transcaspian.core.cost_range import CostRange
from transcaspian.core.vocabulary import CROSSING
from transcaspian.engineering import Asset, Feature, Profile, Quantities, bill_of
from transcaspian.engineering.bill import LANDINGS
from transcaspian.engineering.cable import amplifier_positions, cable_along, slack_sections, spare_km
from transcaspian.engineering.crossings import Crossing, crossing_distances_km, crossings
from transcaspian.engineering.route import hazard_distances_km
from transcaspian.study import Engineering
from transcaspian.study.price_tables import Prices

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LineCosts:
    """Prices the lines of one system as its route is priced: slack, amplifiers, spare and crossings by the same rules.

    ``assets``: what a line may cross; ``land_km``: of the land tails, which are those of the route.
    """

    prices: Prices
    rules: Engineering
    options: Options
    features: tuple[Feature, ...]
    assets: tuple[Asset, ...]
    land_km: float

    def total(self, lonlat: Floats, profile: Profile, ledger: Ledger) -> CostRange:
        """The cost of a line with its armour and burial."""
        crossed = crossings(lonlat, profile, self.assets, self.rules.neighbours) if self.rules.neighbours else ()
        return bill_of(self.prices, self.quantities(profile, ledger, tuple(crossed))).total

    def quantities(self, profile: Profile, ledger: Ledger, crossed: tuple[Crossing, ...]) -> Quantities:
        """What the line comes to."""
        along_km = self.cable_km(profile, ledger, crossed)
        laid, length_km = laid_quantities(self.options, ledger, np.diff(along_km)), float(along_km[-1])
        amplifiers = amplifier_positions(length_km, self.rules.amplifiers)
        joints = int((np.diff(ledger.choice[:, 0]) != 0).sum()) + 2 * len(amplifiers) + 2
        return replace(
            laid,
            spare_km=spare_km(length_km, joints, self.rules.spare),
            land_km=self.land_km,
            units=Counter(event for event, _ in amplifiers),
            crossings=Counter(crossing.asset.kind for crossing in crossed),
            landings=LANDINGS,
            systems=1,
        )

    def cable_km(self, profile: Profile, ledger: Ledger, crossed: tuple[Crossing, ...]) -> Floats:
        """Cable up to the end of each step with the slack of the study's rules."""
        rules = self.rules
        near = hazard_distances_km(profile, self.features, rules.slack)
        near[CROSSING] = crossing_distances_km(profile.kp_km, [crossing.kp_km for crossing in crossed])
        steps = np.clip(np.searchsorted(ledger.kp_km, profile.kp_km, side="right") - 1, 0, len(ledger.choice) - 1)
        methods = [self.options.burial[place].method for place in ledger.choice[steps, 1].tolist()]
        edges_km, along_km = cable_along(slack_sections(profile, near, rules, methods))
        return np.interp(ledger.kp_km, edges_km, along_km)


def laid_quantities(options: Options, ledger: Ledger, cable_km: Floats) -> Quantities:
    """Cable by type and burial by method and depth; ``cable_km``: along each step, shape ``(steps,)``."""
    armour, burial = ledger.choice.T
    route_km = np.diff(ledger.kp_km)
    return Quantities(
        {item.cable_type: float(cable_km[armour == place].sum()) for place, item in enumerate(options.armour)},
        {
            (item.method, item.target_m): float(route_km[burial == place].sum())
            for place, item in enumerate(options.burial)
        },
    )
