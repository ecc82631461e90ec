"""What a route costs: quantities of its engineered sections times the prices of the study's cost book.

Every cost that a run publishes comes from `bill_of`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from transcaspian.core.cost_range import CostRange, to_cent
from transcaspian.core.vocabulary import LAND_CABLE, Status
from transcaspian.engineering.cable import CablePlan, engineer_cable
from transcaspian.engineering.crossings import Crossing, crossings
from transcaspian.engineering.landing import installation
from transcaspian.engineering.laying import Legs
from transcaspian.engineering.profile import seabed_profile
from transcaspian.engineering.route import (
    EngineeredRoute,
    Surroundings,
    crossed_assets,
    hazard_distances_km,
    with_drying,
)
from transcaspian.engineering.sld import Segment, segments_of
from transcaspian.study import Engineering
from transcaspian.study.price_tables import Price, Prices

Kind = TypeVar("Kind")
Burial = tuple[str, float]
"""Method and depth of lowering, m."""
LANDINGS = 2
"""Of a system."""
CONTINGENCY = "contingency"
"""The item that is a share of all others."""


@dataclass(frozen=True)
class Quantities:
    """What is made, laid and built.

    Attributes
    ----------
    cable_km
        As laid, with slack, by type.
    burial_km
        Over ground, by method and depth of lowering: all of the route, surface laid too.
    spare_km, land_km
        Cable beyond what is laid; cable ashore.
    units
        Numbers by the short name of the event: RPTR, ROPA, BU.
    crossings
        Numbers by the kind of what is crossed.
    landings, systems
        How often a landing, and how often a vessel is mobilised.
    joints
        At transitions, on either side of each body, and at both ends.

    Examples
    --------
    >>> bought = Quantities(cable_km={"SA": 100.0}, burial_km={("plough", 1.0): 98.0}, landings=2)
    >>> shorter = bought.at_length(route_km=49.0)
    >>> dict(shorter.cable_km), shorter.landings, (bought + shorter).route_km
    ({'SA': 50.0}, 2, 147.0)
    """

    cable_km: Mapping[str, float] = field(default_factory=dict)
    burial_km: Mapping[Burial, float] = field(default_factory=dict)
    spare_km: float = 0.0
    land_km: float = 0.0
    units: Mapping[str, float] = field(default_factory=dict)
    crossings: Mapping[str, float] = field(default_factory=dict)
    landings: int = 0
    systems: int = 0
    joints: int = 0

    def __add__(self, other: Quantities) -> Quantities:
        return Quantities(
            _added(self.cable_km, other.cable_km),
            _added(self.burial_km, other.burial_km),
            self.spare_km + other.spare_km,
            self.land_km + other.land_km,
            _added(self.units, other.units),
            _added(self.crossings, other.crossings),
            self.landings + other.landings,
            self.systems + other.systems,
            self.joints + other.joints,
        )

    def at_length(self, route_km: float) -> Quantities:
        """The same mixture of cable and burial over another length, with the same landings, units and crossings."""
        share = route_km / self.route_km
        return replace(
            self,
            cable_km={kind: share * km for kind, km in self.cable_km.items()},
            burial_km={kind: share * km for kind, km in self.burial_km.items()},
            spare_km=share * self.spare_km,
        )

    @property
    def route_km(self) -> float:
        """Length over ground."""
        return fsum(self.burial_km.values())


def _added(one: Mapping[Kind, float], other: Mapping[Kind, float]) -> dict[Kind, float]:
    return {kind: one.get(kind, 0) + other.get(kind, 0) for kind in {**one, **other}}


@dataclass(frozen=True)
class BillItem:
    """One line of a bill.

    Attributes
    ----------
    item
        Its name.
    quantity, unit
        How much of what: km, each, days, or USD of the contingency.
    price
        Per unit.
    cost
        Quantity times price, to the cent.
    """

    item: str
    quantity: float
    unit: str
    price: Price
    cost: CostRange


@dataclass(frozen=True)
class Bill:
    """The items of a cost and their sum, to the cent.

    Attributes
    ----------
    items
        The last is the contingency.
    outside
        What is in none of them, in words.
    """

    items: tuple[BillItem, ...]
    outside: tuple[str, ...] = ()

    @property
    def total(self) -> CostRange:
        """Of all items."""
        return CostRange.sum(item.cost for item in self.items)


def bill_of(prices: Prices, bought: Quantities) -> Bill:
    """The bill of what is bought; nothing stands in it of which there is none.

    Each amount is rounded to the cent, and the total is the sum of the rounded amounts. The low total is the sum of all
    low prices with the low contingency, and the high one that of all high prices: limits, not quantiles.

    Parameters
    ----------
    prices
        Per unit, each with its low, base and high, in USD.
    bought
        Lengths in km and counts; a quantity of 0 has no line.

    Returns
    -------
    Bill
        Its last item is the contingency, a share of the sum of those before it.

    Examples
    --------
    >>> from transcaspian.study import load_study
    >>> prices = load_study("studies/trans_caspian.toml").prices
    >>> bill = bill_of(prices, Quantities(cable_km={"SA": 100.0}, burial_km={("plough", 1.0): 98.0}))
    >>> print(*(f"{one.item}: {one.quantity:.1f} {one.unit}, {one.cost}" for one in bill.items[:2]), sep="; ")
    cable SA: 100.0 km, 1.25 (0.90–1.70); plough to 1 m: 98.0 km, 0.24 (0.10–0.49)
    """
    items = [_item(*line) for line in _lines(prices, bought) if line[1] > 0]
    contingency = _contingency(prices.contingency_percent, CostRange.sum(item.cost for item in items))
    return Bill((*items, contingency), prices.outside)


def _lines(prices: Prices, bought: Quantities) -> Iterator[tuple[str, float, str, Price]]:
    """Name, quantity, unit and price of every item."""
    days = 0.0
    for cable_type, km in bought.cable_km.items():
        yield f"cable {cable_type}", km, "km", prices.cable_of(cable_type)  # type: ignore[arg-type]
    for (method, target_m), km in bought.burial_km.items():
        burial = prices.burial_of(method, target_m)
        days += km / burial.km_per_day
        yield method if target_m == 0 else f"{method} to {target_m:g} m", km, "km", burial
    units = {"RPTR": ("repeaters", prices.repeater), "ROPA": ("remote amplifiers", prices.ropa)}
    units["BU"] = ("branching units", prices.branching_unit)
    for event, (name, price) in units.items():
        yield name, bought.units.get(event, 0), "each", price
    if prices.power_feed is not None and bought.units.get("RPTR"):
        yield "power feed equipment", bought.landings, "each", prices.power_feed
    if prices.joint is not None:
        yield "joints", bought.joints, "each", prices.joint
    for kind, number in bought.crossings.items():
        yield f"crossings of {kind.replace('_', ' ')}s", number, "each", prices.crossing[kind]  # type: ignore[index]
    yield "shore ends", bought.landings, "each", prices.shore_end
    yield "landing stations", bought.landings, "each", prices.landing_station
    yield "land tails", bought.land_km, "km", prices.land_tail
    yield "spare cable", bought.spare_km, "km", prices.spare
    yield "survey", bought.route_km, "km", prices.survey
    yield "mobilisation", bought.systems, "each", prices.mobilisation
    yield "vessel, laying", days, "days", prices.vessel_day
    yield "vessel, other days", bought.systems * prices.vessel_day.days_per_system, "days", prices.vessel_day
    yield "permits", bought.landings, "each", prices.permits


def _item(name: str, quantity: float, unit: str, price: Price) -> BillItem:
    low, base, high = (to_cent(quantity * one) for one in (price.low, price.base, price.high))
    return BillItem(name, quantity, unit, price, CostRange(low, base, high, _status(price)))


def _contingency(share: Price, of: CostRange) -> BillItem:
    low = to_cent(of.cost_low_usd * share.low / 100.0)
    base = to_cent(of.cost_base_usd * share.base / 100.0)
    high = to_cent(of.cost_high_usd * share.high / 100.0)
    return BillItem(CONTINGENCY, of.cost_base_usd, "USD", share, CostRange(low, base, high, _status(share)))


def _status(price: Price) -> Status:
    return "ASSUMED" if price.status == "ASSUMED" else "DERIVED"


def quantities_of(route: EngineeredRoute) -> Quantities:
    """What the sections of an engineered route, its land tails, amplifiers and crossings come to.

    Parameters
    ----------
    route
        With its Route Position List, in which land tails are spans of land cable.

    Returns
    -------
    Quantities
        Lengths in km, and counts.
    """
    land_km = fsum(span.cable_km or 0.0 for span in route.rpl.spans if span.cable_type == LAND_CABLE)
    crossed = [crossing for crossing, _ in route.crossings]
    return _planned(route.segments, route.cable, crossed, land_km)


def quantities_along(ground: Surroundings, lonlat: ArrayLike, rules: Engineering, land_km: float = 0.0) -> Quantities:
    """What a line at sea that has no list costs, with the cable that the rules of engineering give it.

    It is protected near the shore as a route is; its beaches are `quantities_ashore` of the route that it may replace.

    Parameters
    ----------
    ground
        Of it the seabed, the features that rules are about, and the assets that the line may cross.
    lonlat
        Vertices of its geodesic legs, shape ``(n, 2)``.
    rules
        What cable lies where, and how it is protected.
    land_km
        Of its land tails, which only a list has.

    Returns
    -------
    Quantities
        Lengths in km, and counts.
    """
    depth, line = ground.depth, np.asarray(lonlat, float)
    resolution_deg, step_km = depth.effective_resolution_deg, rules.profile.sample_step_km
    profile = with_drying(seabed_profile(ground.grid, depth, line, resolution_deg, step_km), ground.grid, depth)
    crossed = crossings(line, profile, ground.assets, rules.neighbours) if rules.neighbours else []
    near = hazard_distances_km(profile, ground.features, rules.cable_types + rules.slack + rules.burial)
    legs = Legs.of(line, crossed_assets(crossed))
    sections = installation(profile, rules.landing, rules.sections.min_burial_km)
    cable = engineer_cable(profile, near, rules, replace(legs, installed=sections))
    return _planned(segments_of(profile, cable), cable, crossed, land_km)


def quantities_ashore(route: EngineeredRoute) -> Quantities:
    """What the beaches of a route come to, from its manholes to the shoreline: the same for any line between them.

    Parameters
    ----------
    route
        Of it the first and the last section, which reach from the manholes to the shoreline.

    Returns
    -------
    Quantities
        Cable and laying in km.
    """
    segments = route.segments
    ends = zip((segments[0], segments[-1]), route.profile.ashore_km, strict=True)
    return _laid([replace(part, from_km=0.0, to_km=km) for part, km in ends])


def _planned(segments: Sequence[Segment], cable: CablePlan, crossed: Sequence[Crossing], land_km: float) -> Quantities:
    return replace(
        _laid(segments),
        spare_km=cable.spare_km,
        land_km=land_km,
        units=Counter(amplifier.event for amplifier in cable.amplifiers),
        crossings=Counter(crossing.asset.kind for crossing in crossed),
        landings=LANDINGS,
        systems=1,
        joints=cable.joints,
    )


def bill_of_route(prices: Prices, route: EngineeredRoute) -> Bill:
    """The bill of an engineered route, as if it was built alone.

    Parameters
    ----------
    prices
        As in `bill_of`.
    route
        Its sections, land tails, amplifiers and crossings are counted, shared manholes and stations included.

    Returns
    -------
    Bill
        The bill in USD.
    """
    return bill_of(prices, quantities_of(route))


def segment_costs(prices: Prices, route: EngineeredRoute, segments: Sequence[Segment]) -> list[CostRange]:
    """The cost of a route shared out to its stretches, in proportion to what making and laying each costs.

    Parameters
    ----------
    prices
        As in `bill_of`.
    route
        Whose bill is shared out.
    segments
        Stretches that cover the route once, from `EngineeredRoute.segments`.

    Returns
    -------
    list
        One for each segment, in their order, in USD; they sum to the total of `bill_of_route`.
    """
    laying = [bill_of(prices, _laid((segment,))).total.cost_base_usd for segment in segments]
    return bill_of_route(prices, route).total.shared_out(laying)


def _laid(segments: Sequence[Segment]) -> Quantities:
    cable_km: defaultdict[str, float] = defaultdict(float)
    burial_km: defaultdict[Burial, float] = defaultdict(float)
    for part in segments:
        cable_km[part.cable.rule.cable_type] += part.length_km * (1.0 + part.slack.rule.slack_percent / 100.0)
        burial_km[part.burial.rule.method, part.burial.rule.target_m] += part.length_km
    return Quantities(cable_km, burial_km)
