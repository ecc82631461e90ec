"""The cost book: what cable, work and permits cost. Every cost of the product is computed from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from transcaspian.core.vocabulary import (
    BURIAL_METHODS,
    CABLE_KINDS,
    CABLE_TYPES,
    BeachMethod,
    BurialMethod,
    CableKind,
    CableType,
    PostLayMethod,
    Status,
)
from transcaspian.study.base import Model, NotNegative, Positive, Text, check_unique
from transcaspian.study.engineering_tables import Engineering

CURRENCY = "USD"
PRICED_AS = {"PLIB": "jetting", "mattress": "surface laid"}
"""Of methods without a price of their own; a beach costs what trenching does. Mattresses stand in ``crossing``."""
CABLE_PRICED_AS: dict[CableType, CableType] = {"LWA": "SA"}
"""Of cable without a price of its own."""
NO_SOURCE = "no source is given"
MAX_CONTINGENCY_PERCENT = 100.0
Year = Annotated[int, Field(ge=1900, le=2200)]


class Price(Model):
    """A price as it is known, from ``low`` to ``high``.

    Attributes
    ----------
    low, base, high
        In the currency of the book, ascending; a contingency in percent.
    source
        Where it comes from; without one it is ASSUMED.
    status
        REAL, DERIVED or ASSUMED.
    currency, year
        May be repeated here: they must be those of the book.
    """

    low: NotNegative
    base: NotNegative
    high: NotNegative
    source: Text = NO_SOURCE
    status: Status = "ASSUMED"
    currency: Text | None = None
    year: Year | None = None

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if not self.low <= self.base <= self.high:
            raise ValueError(
                f"low {self.low:g}, base {self.base:g} and high {self.high:g} do not ascend: expected low <= base "
                "<= high"
            )
        if self.status != "ASSUMED" and self.source == NO_SOURCE:
            raise ValueError(f"the price is {self.status} without a source: name the source, or write ASSUMED")
        return self


class BurialPrice(Price):
    """Gear and crew for a kilometre of burial, and how fast the vessel, which is paid by the day, gets on.

    Attributes
    ----------
    method
        How it is buried.
    to_m
        Depth of lowering that the price holds for, m; of several of one method the first that reaches the target holds,
        and beyond the deepest of them that one: a list may state more than any rule asks for.
    km_per_day
        Speed of the work.
    """

    method: BurialMethod | PostLayMethod | BeachMethod
    to_m: NotNegative
    km_per_day: Positive


class VesselPrice(Price):
    """A day of the lay vessel.

    Attributes
    ----------
    days_per_system
        Loading, transit, shore ends, tests and weather, for each system.
    """

    days_per_system: NotNegative


class Prices(Model):
    """The cost book of a study.

    Attributes
    ----------
    currency
        Of all prices; USD.
    year
        Whose prices they are.
    outside
        What costs do not include, to be read beside published budgets.
    cable
        A km of cable, by type.
    burial
        A km of route, by method and depth of lowering.
    repeater, ropa, branching_unit
        One of each.
    power_feed
        What feeds repeaters, for each station; without it, it counts as part of the landing station.
    joint
        One; without it, joints count as part of the cable and of laying it.
    crossing
        One, by what is crossed.
    shore_end, landing_station, permits
        For each landing.
    land_tail
        A km ashore.
    spare
        A km of spare cable.
    survey
        A km of route.
    mobilisation
        For each system.
    vessel_day
        A day of the lay vessel.
    contingency_percent
        Of all other items, percent.
    """

    currency: Text
    year: Year
    outside: tuple[Text, ...] = ()
    cable: dict[CableType, Price]
    burial: tuple[BurialPrice, ...]
    repeater: Price
    ropa: Price
    branching_unit: Price
    power_feed: Price | None = None
    joint: Price | None = None
    crossing: dict[CableKind, Price]
    shore_end: Price
    landing_station: Price
    land_tail: Price
    spare: Price
    survey: Price
    mobilisation: Price
    vessel_day: VesselPrice
    permits: Price
    contingency_percent: Price

    @model_validator(mode="after")
    def _is_one_book(self) -> Self:
        if self.currency != CURRENCY:
            raise ValueError(
                f"currency is {self.currency}, and costs are published in {CURRENCY}: convert the prices at a rate of "
                f"{self.year} and name it in their sources"
            )
        for key, price in self.items():
            if price.currency not in (None, self.currency):
                raise ValueError(f"{key} is in {price.currency}, the book in {self.currency}: convert it")
            if price.year not in (None, self.year):
                raise ValueError(
                    f"{key} is of {price.year}, the book of {self.year}: bring it to prices of {self.year}"
                )
        for cable_type, price in self.cable.items():
            if price.base == 0:
                raise ValueError(f"cable.{cable_type} has a base price of 0: cable is not free, give what it costs")
        if self.contingency_percent.high > MAX_CONTINGENCY_PERCENT:
            raise ValueError(
                f"contingency_percent.high is {self.contingency_percent.high:g}: expected percent of all other items, "
                f"at most {MAX_CONTINGENCY_PERCENT:g}"
            )
        check_unique("prices.burial", [f"{price.method} to {price.to_m:g} m" for price in self.burial])
        for table, kinds, priced in (
            ("cable", [kind for kind in CABLE_TYPES if kind not in CABLE_PRICED_AS], self.cable),
            ("burial", BURIAL_METHODS, {price.method for price in self.burial}),
            ("crossing", CABLE_KINDS, self.crossing),
        ):
            if missing := [kind for kind in kinds if kind not in priced]:
                raise ValueError(f"{table} has no price of {missing[0]}: add it, for what has no price is not free")
        return self

    def items(self) -> Iterator[tuple[str, Price]]:
        """Every price with its key."""
        for name, value in self:
            if isinstance(value, Price):
                yield f"prices.{name}", value
            elif isinstance(value, dict):
                yield from ((f"prices.{name}.{key}", price) for key, price in value.items())
        yield from ((f"prices.burial {price.method} to {price.to_m:g} m", price) for price in self.burial)

    def cable_of(self, cable_type: CableType) -> Price:
        """The price of a km of cable; a type without a price of its own costs what `CABLE_PRICED_AS` names."""
        return self.cable[cable_type if cable_type in self.cable else CABLE_PRICED_AS[cable_type]]

    def has_burial(self, method: str) -> bool:
        """Whether the book has a price of a method."""
        return any(price.method == method for price in self.burial)

    def burial_of(self, method: str, target_m: float) -> BurialPrice:
        """The price of burial by a method to a depth of lowering; beyond the greatest of the book that of it.

        A method without a price of its own costs what `PRICED_AS` names.
        """
        named = method if self.has_burial(method) else PRICED_AS.get(method, "trenching")
        depths = sorted((price for price in self.burial if price.method == named), key=lambda price: price.to_m)
        return next((price for price in depths if price.to_m >= target_m), depths[-1])

    def doubts(self, rules: Engineering | None) -> Iterator[str]:
        """What a reader of the costs should know of the book, beside the rules of engineering that it prices."""
        if without := [key for key, price in self.items() if price.source == NO_SOURCE]:
            yield f"no source is given of {', '.join(without)}: ASSUMED; name where each price comes from"
        if rules is None:
            yield "without the tables of [engineering] nothing is laid that could be priced: no cost by [prices]"
            return
        for cable in rules.cable_types:
            if cable.cable_type not in self.cable:
                yield (
                    f"prices.cable has no {cable.cable_type}, which rule `{cable.id}` of engineering.cable_types lays: "
                    f"the price of {CABLE_PRICED_AS[cable.cable_type]} is taken; add one"
                )
        beach = rules.landing.beach_method
        if not self.has_burial(beach):
            yield f"prices.burial has no {beach}, which engineering.landing.beach_method asks for: trenching is taken"
        if not self.has_burial("PLIB"):
            yield "prices.burial has no PLIB, by which cable is buried where no plough goes: jetting is taken; add one"
        for rule in rules.burial:
            if (reached_m := self.burial_of(rule.method, rule.target_m).to_m) < rule.target_m:
                yield (
                    f"prices.burial has no {rule.method} to {rule.target_m:g} m, which rule `{rule.id}` of "
                    f"engineering.burial asks for: the price to {reached_m:g} m is taken; add one"
                )
