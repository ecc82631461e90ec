"""What a published figure may be said of: a system or a path with our own figures, each with what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Quantity = Literal["length_km", "reduction_km", "delay_ms", "delay_ratio", "capacity_tbit_s", "cost_usd"]
Counts = Literal[
    "cable", "cable_to_stations", "cable_made", "line", "line_on_land", "line_cable",
    "one_way", "one_way_on_land", "round_trip", "cable_laid", "cable_protected", "system_built", "fibre_pairs",
]  # fmt: skip
"""What a figure counts; published figures say it where their source does."""
COUNTS: Mapping[Counts, str] = {
    "cable": "cable from shore to shore, with slack",
    "cable_to_stations": "cable with the land tails to the stations",
    "cable_made": "cable with land tails and spare",
    "line": "way from end to end",
    "line_on_land": "way on land, without the crossing",
    "line_cable": "cable from end to end, with slack",
    "one_way": "one way, from end to end",
    "one_way_on_land": "one way, on land alone",
    "round_trip": "there and back, from end to end",
    "cable_laid": "cable made and laid at a price per km of route, without land tails, spare, stations, equipment, "
    "survey and permits",
    "cable_protected": "cable made and laid at a price per km of route, with armour and burial by their prices",
    "system_built": "the system built by the cost book: cable, laying, burial, repeaters, crossings, shore ends, "
    "stations, land tails, spare, survey, mobilisation, permits and contingency",
    "fibre_pairs": "all fibre pairs of the cable times what one carries, one way",
}


UNITS: Mapping[Quantity, str] = {
    "length_km": "km",
    "reduction_km": "km",
    "delay_ms": "ms",
    "delay_ratio": "1",
    "capacity_tbit_s": "Tbit/s",
    "cost_usd": "USD",
}


@dataclass(frozen=True)
class Reading:
    """A figure of ours that a published one may mean.

    Attributes
    ----------
    value, uncertainty
        In the unit of the quantity; the uncertainty is 0 where none is stated.
    rests_on
        A parameter with the status ASSUMED without which it would be another; empty: none.
    """

    counts: Counts
    value: float
    uncertainty: float = 0.0
    rests_on: str = ""


@dataclass(frozen=True)
class Subject:
    """A system or a path that published figures may speak of.

    Attributes
    ----------
    branch
        Paths of one branch are variants of each other; empty: of a system.
    readings
        By quantity; the first is what a figure that says nothing else is compared with.
    geodesic_km, stations_km
        Between its ends; of a system also between the places on land that its landings are named for.
    us_per_km
        Delay of its fibre; None where it is not known.
    remarks
        Sentences on its lengths: what of it lies in other states.
    abroad_km
        Of its way, in states where none of its legs begins or ends.
    """

    id: str
    name: str
    geodesic_km: float
    readings: Mapping[Quantity, tuple[Reading, ...]] = field(default_factory=dict)
    branch: str = ""
    us_per_km: float | None = None
    remarks: tuple[str, ...] = ()
    abroad_km: float = 0.0
    stations_km: float | None = None


def said(reading: Reading, unit: str) -> str:
    """A figure of ours with its uncertainty, and what it rests on."""
    text = amount(reading.value, unit, reading.uncertainty)
    return f"{text} ({reading.rests_on})" if reading.rests_on else text


def signed(value: float, unit: str) -> str:
    """A difference with its sign."""
    return f"{'+' if value > 0 else ''}{amount(value, unit)}".replace("-", "\u2212")


def amount(value: float, unit: str, uncertainty: float = 0.0) -> str:
    """A figure with its unit, without a digit more than it has a meaning for.

    >>> amount(2956.2, "km", 113.4), amount(16.816, "ms"), amount(1.5, "1")
    ('2,956 ± 113 km', '16.82 ms', '1.5')
    """
    spread = f" ± {uncertainty:,.0f}" if uncertainty >= 20 else f" ± {number(uncertainty, unit)}" if uncertainty else ""
    return f"{number(value, unit)}{spread}{'' if unit == '1' else f' {unit}'}"


def number(value: float, unit: str) -> str:
    """A figure without its unit."""
    digits = 0 if abs(value) >= 1000 else 2 if unit in ("ms", "1") else 1
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
