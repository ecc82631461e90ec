"""What lines of a front cost by the cost book: the bill of the armour and burial that were chosen along them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.risk.ledger import Ledger
from transcaspian.analyses.risk.protection import Options
from transcaspian.core.cost_range import CostRange
from transcaspian.core.linear_reference import range_at
from transcaspian.core.vocabulary import CROSSING
from transcaspian.engineering import Asset, Feature, Profile, Quantities, bill_of
from transcaspian.engineering.bill import LANDINGS, Burial
from transcaspian.engineering.cable import Laid, amplifier_positions, cable_along, slack_sections, spare_km
from transcaspian.engineering.crossings import Crossing, crossing_distances_km, crossings
from transcaspian.engineering.landing import installation, protected_by
from transcaspian.engineering.route import hazard_distances_km
from transcaspian.study import Engineering
from transcaspian.study.price_tables import Prices

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LineCosts:
    """Prices the lines of one system as its route is priced: slack, amplifiers, spare and crossings by the same rules.

    ``assets``: what a line may cross; ``land_km`` of its land tails and ``beaches`` are those of the route.
    """

    prices: Prices
    rules: Engineering
    options: Options
    features: tuple[Feature, ...]
    assets: tuple[Asset, ...]
    land_km: float
    beaches: Quantities

    def total(self, lonlat: Floats, profile: Profile, ledger: Ledger) -> CostRange:
        """The cost of a line with its armour and burial."""
        crossed = crossings(lonlat, profile, self.assets, self.rules.neighbours) if self.rules.neighbours else ()
        return bill_of(self.prices, self.quantities(profile, ledger, tuple(crossed)) + self.beaches).total

    def quantities(self, profile: Profile, ledger: Ledger, crossed: tuple[Crossing, ...]) -> Quantities:
        """What the line comes to."""
        along_km = self.cable_km(profile, ledger, crossed)
        methods = self.methods(profile, ledger)
        laid, length_km = laid_quantities(self.options, ledger, np.diff(along_km), methods), float(along_km[-1])
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

    def methods(self, profile: Profile, ledger: Ledger) -> list[Burial]:
        """How each step is buried: as was chosen where the main lay vessel goes, elsewhere as it is for the route."""
        rules = self.rules.landing
        near: dict[str, Burial] = {
            "beach": (rules.beach_method, rules.beach_burial_m),
            "shore end": (rules.shore_end_method, rules.shore_end_burial_m),
        }
        sections = installation(profile, rules, self.rules.sections.min_burial_km)
        middle_km = (ledger.kp_km[:-1] + ledger.kp_km[1:]) / 2
        chosen = [self.options.burial[place] for place in ledger.choice[:, 1].tolist()]
        return [
            near.get(protected_by(range_at(sections, km).kind, one.target_m), (one.method, one.target_m))
            for km, one in zip(middle_km.tolist(), chosen, strict=True)
        ]

    def cable_km(self, profile: Profile, ledger: Ledger, crossed: tuple[Crossing, ...]) -> Floats:
        """Cable up to the end of each step with the slack of the study's rules."""
        rules = self.rules
        near = hazard_distances_km(profile, self.features, rules.slack)
        near[CROSSING] = crossing_distances_km(profile.kp_km, [crossing.kp_km for crossing in crossed])
        methods = [self.options.burial[place].method for place in ledger.choice[:, 1].tolist()]
        steps = zip(pairwise(ledger.kp_km.tolist()), methods, strict=True)
        laid = [Laid(begin_km, end_km, method) for (begin_km, end_km), method in steps]
        edges_km, along_km = cable_along(slack_sections(profile, near, rules, laid))
        return np.interp(ledger.kp_km, edges_km, along_km)


def laid_quantities(options: Options, ledger: Ledger, cable_km: Floats, methods: Sequence[Burial]) -> Quantities:
    """Cable by type and burial by method and depth; both of each step."""
    armour, burial_km = ledger.choice[:, 0], dict.fromkeys(methods, 0.0)
    for method, km in zip(methods, np.diff(ledger.kp_km).tolist(), strict=True):
        burial_km[method] += km
    return Quantities(
        {item.cable_type: float(cable_km[armour == place].sum()) for place, item in enumerate(options.armour)},
        burial_km,
    )
